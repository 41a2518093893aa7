"""The page of a problem."""

import pytest
from django.test import Client
from django.utils import timezone

from problems.models import Problem
from tests.factories import make_paper, make_tag
from tests.views.conftest import SmallMap
from tests.views.html import Node, visit

PAGE = "/problems/1-first/"


def statement(page: Node, code: str) -> Node:
    return page.one("article", id=code)


def evidence(node: Node) -> list[tuple[str, str]]:
    return [(each.one("span", "relation").text, each.all("a", "evidence-title")[0].text) for each in node.all("div", "evidence")]


def test_shows_both_lists_with_their_papers(client: Client, small_map: SmallMap) -> None:
    page = visit(client, PAGE)
    assert page.one("h1").text == "1 First problem"
    assert page.one("header", "problem-head").one("p", "question").text == small_map.problem.question
    assert [each["id"] for each in page.all("article", "statement")] == ["P1.E1", "P1.E2", "P1.L1", "P1.L2", "P1.L3", "P1.L4"]
    assert evidence(statement(page, "P1.E1")) == [("challenges", "Paper two"), ("contributes", "Paper one")]
    assert evidence(statement(page, "P1.L1")) == [("confirms", "Paper two"), ("confirms", "Paper one")]
    assert statement(page, "P1.L1").one("p", "state-line").text == "Confirmed since 1 Mar 2026 2 papers"
    assert statement(page, "P1.L2").one("p", "state-line").text == "Narrowed since 1 Apr 2026 1 paper"
    assert evidence(page.one("section", id="relevant")) == [("relevant", "Paper three")]


def test_evidence_says_rationale_locator_basis_and_who(client: Client, small_map: SmallMap) -> None:
    small_map.tag.__class__.objects.filter(pk=small_map.tag.pk).update(locator="Section 4", rationale="It builds a test of this kind.")
    shown = statement(visit(client, PAGE), "P1.E1").all("div", "evidence")[1]
    assert shown.one("p", "evidence-text").text == "It builds a test of this kind."
    assert shown.one("p", "evidence-foot").text == "Section 4 · Somebody · accepted 1 Mar 2026"
    assert shown.one("span", "basis").text == "general proxy"


@pytest.mark.usefixtures("small_map")
def test_untouched_says_who_looked(client: Client) -> None:
    page = visit(client, PAGE)
    assert "Somebody looked: arXiv, “limit three”" in statement(page, "P1.L3").text
    assert "Nobody has recorded a search either." in statement(page, "P1.L4").text  # that search is older than a year
    assert "Somebody looked: OpenAlex, “first problem”" in page.one("section", id="overview").text


@pytest.mark.usefixtures("small_map")
def test_side_tells_states_moves_neighbours_and_calls(client: Client) -> None:
    page = visit(client, PAGE)
    rows = page.one("section", **{"aria-labelledby": "states-title"}).one("ul", "side-rows").all("li")
    assert [row.text for row in rows] == ["Narrowed Papers on 1", "Confirmed Papers on 1", "Untouched Limitations: 2"]
    assert [row.one("a", "code").text for row in page.one("ol", "side-moves").all("li")] == ["P1.L2", "P1.L1"]
    neighbours = page.one("section", **{"aria-labelledby": "neighbours-title"}).all("li")
    assert [row.text for row in neighbours] == ["Second problem 1 shared"]
    assert [row.one("span", "code").text for row in page.one("ul", "side-calls").all("li")] == ["C1"]
    today = timezone.localdate()
    assert [each.text for each in page.one("section", id="cite").all("pre")] == [
        "@misc{agenda, title={Open problems of testing}}",
        (
            "Ada Lovelace (2026). Problem 1: First problem. In: Open problems of testing. http://localhost/problems/1-first/, "
            f"read {today.day} {today:%B %Y}."
        ),
        (
            "@misc{lovelace2026problem, author={Lovelace, Ada}, title={{Problem 1: First problem}}, howpublished={Open problems of testing}, "
            f"year={{2026}}, url={{http://localhost/problems/1-first/}}, urldate={{{today}}} }}"
        ),
    ]
    assert [(link["rel"], link["href"]) for link in page.one("nav", "neighbour-links").all("a")] == [("next", "/problems/2-second/")]


def test_more_than_two_papers_are_folded(client: Client, small_map: SmallMap) -> None:
    target = small_map.problem.statements.get(code="P1.E2")
    for number in range(4):
        make_tag(target, make_paper(title=f"Folded {number}", year=2000 + number))
    shown = statement(visit(client, PAGE), "P1.E2")
    assert [title for _, title in evidence(shown)] == ["Folded 3", "Folded 2", "Folded 1", "Folded 0"]
    assert [title for _, title in evidence(shown.one("details", "more"))] == ["Folded 1", "Folded 0"]


@pytest.mark.usefixtures("small_map")
def test_retired_statements_only_when_asked_for(client: Client) -> None:
    assert visit(client, PAGE).all("article", id="P1.L5") == []
    shown = statement(visit(client, PAGE, retired="true"), "P1.L5")
    assert shown.one("p", "state-line").text == "Retired 1 Feb 2026; see P1.L1"
    assert evidence(shown) == [("confirms", "Paper three")]
    page = visit(client, PAGE, status=400, retired="perhaps")
    assert page.one("div", "error-summary").all("li")[0].text == "Retired: “perhaps” is not known. Choose one of: true, false."


@pytest.mark.usefixtures("small_map")
@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/problems/1/", "/problems/1-first/"),
        ("/problems/1-/", "/problems/1-first/"),
        ("/problems/1-wrong/", "/problems/1-first/"),
        ("/problems/1-wr ong%C3%A9/", "/problems/1-first/"),
        ("/problems/1-wrong/?retired=true", "/problems/1-first/?retired=true"),
        ("/problems/01-first/", "/problems/1-first/"),
        ("/problems/", "/#problems"),
        ("/problems/1-first", "/problems/1-first/"),
    ],
)
def test_other_spellings_lead_to_the_page(client: Client, address: str, target: str) -> None:
    answer = client.get(address)
    assert (answer.status_code, answer["Location"]) == (301, target)


@pytest.mark.usefixtures("small_map")
@pytest.mark.parametrize(
    "address", ["/problems/99-first/", "/problems/99/", f"/problems/{10**8}/", f"/problems/{10**30}-x/", "/problems/first/", "/problems/-1/"]
)
def test_unknown_problem_is_not_there(client: Client, address: str) -> None:
    assert visit(client, address, status=404).one("h1").text == "There is nothing at this address."


@pytest.mark.django_db
def test_problem_without_anything_on_it(client: Client, small_map: SmallMap) -> None:
    Problem.objects.filter(pk=small_map.problem.pk).update(number=7)
    page = visit(client, "/problems/3-third/")
    assert page.one("section", id="moved").one("li").text == "No limitation has changed its state yet."
