"""The first page: its filter and sorting, and an installation without a catalogue."""

import pytest
from django.test import Client

from tests.factories import make_problem, make_statement
from tests.views.conftest import SmallMap
from tests.views.html import Node, visit


def numbers(page: Node) -> list[str]:
    return [row.one("h4").text.split()[0] for row in page.all("li", "problem-row")]


def test_lists_problems_by_phase(client: Client, small_map: SmallMap) -> None:
    page = visit(client, "/")
    assert page.one("h1").text == "Open problems, and who works on them"
    assert [block.one("a", "phase-chip").text for block in page.all("div", "phase-block")] == ["Phase 1 · Design", "Phase 2 · Upkeep"]
    assert numbers(page) == ["1", "2", "3"]
    assert page.all("li", "problem-row")[0].one("h4").one("a")["href"] == small_map.problem.get_absolute_url()


@pytest.mark.usefixtures("small_map")
def test_filter_by_challenge_is_a_link(client: Client) -> None:
    page = visit(client, "/", challenge="people")
    assert numbers(page) == ["1", "3"]
    options = page.one("nav", "segment", **{"aria-label": "Filter by challenge"}).all("a")
    assert [(option["href"], "aria-current" in option.attributes) for option in options] == [
        ("/#problems", False),
        ("/?challenge=data#problems", False),
        ("/?challenge=people#problems", True),
    ]


@pytest.mark.usefixtures("small_map")
def test_figure_and_headline_are_never_filtered(client: Client) -> None:
    everything, filtered = visit(client, "/"), visit(client, "/", challenge="data")
    assert filtered.one("figure", "figure").text == everything.one("figure", "figure").text


def test_sorting_keeps_the_filter_and_phases(client: Client, small_map: SmallMap) -> None:
    untouched = make_problem(4, phase=small_map.problem.phase, challenges=list(small_map.problem.challenges.all()))
    for _ in range(3):
        make_statement(untouched)
    page = visit(client, "/", challenge="data", sort="untouched")
    assert numbers(page) == ["4", "1", "2"]
    options = page.one("nav", "segment", **{"aria-label": "Filter by challenge"}).all("a")
    assert [option["href"] for option in options] == [
        "/?sort=untouched#problems",
        "/?challenge=data&sort=untouched#problems",
        "/?challenge=people&sort=untouched#problems",
    ]
    assert page.one("p", "sort").one("a")["href"] == "/?challenge=data#problems"


@pytest.mark.usefixtures("small_map")
def test_what_moved_and_calls(client: Client) -> None:
    page = visit(client, "/")
    moves = [item.one("a", "code").text for item in page.one("ol", "moves").all("li")]
    assert moves == ["P2.L1", "P1.L2", "P1.L1"]
    assert [item.one("span", "code").text for item in page.one("section", id="calls").all("li")] == ["C2", "C1"]  # unanswered first
    assert page.one("pre", "cite-text-1").text == "@misc{agenda, title={Open problems of testing}}"


@pytest.mark.usefixtures("small_map")
@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"challenge": "nonsense"}, "Challenge: “nonsense” is not known. Choose one of: data, people."),
        ({"challenge": "a\x00b"}, "Challenge: “a b” is not known. Choose one of: data, people."),
        ({"sort": "x" * 3000}, f"Sorting: “{'x' * 60}…” is not known. Choose one of: number, untouched."),
    ],
)
def test_unknown_value_is_named(client: Client, query: dict[str, str], sentence: str) -> None:
    page = visit(client, "/", status=400, **query)
    assert [item.text for item in page.one("div", "error-summary").all("li")] == [sentence]
    assert numbers(page) == ["1", "2", "3"]


@pytest.mark.usefixtures("small_map")
def test_unknown_parameter_is_ignored(client: Client) -> None:
    assert numbers(visit(client, "/", colour="red", challenge__slug="x")) == ["1", "2", "3"]
