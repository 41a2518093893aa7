"""The page of a paper: what it says on the map, its history, and what is near it."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from problems.choices import Advisory, Scheme, Visibility
from problems.models import AuditEvent, Paper
from problems.records import PersonName
from problems.services import papers
from tests.factories import Cast, make_paper, make_tag
from tests.views.conftest import SmallMap, hide
from tests.views.html import visit


def test_says_what_it_says_on_the_map(client: Client, small_map: SmallMap) -> None:
    page = visit(client, small_map.paper.get_absolute_url())
    assert page.one("h1").text == "Paper one"
    section = page.one("section", **{"aria-labelledby": "map-title"})
    assert [each.one("a", "code").text for each in section.all("div", "statement")] == ["P1.E1", "P1.L1", "C1"]
    assert [each.one("span", "relation").text for each in section.all("div", "evidence")] == ["contributes", "confirms", "responds to"]
    assert [each.text for each in section.all("p", "state-line")] == ["Confirmed"]
    assert section.all("div", "evidence")[0]["id"] == f"tag-{small_map.tag.public_id}"


def test_tells_the_record(client: Client, db: None) -> None:
    del db
    paper = make_paper(
        title="Record of a test",
        authors=[PersonName(family="Abel", given="Ada", orcid="0000-0002-1825-0097"), PersonName(literal="Institute of Tests")],
        identifiers=[(Scheme.DOI, "10.1000/182"), (Scheme.ARXIV, "2405.16341")],
        year=2024,
        month=5,
        venue="Journal of Tests",
        type="article",
        url="https://www.usenix.org/paper",
    )
    page = visit(client, paper.get_absolute_url())
    assert page.one("p", "authors").text == "Ada Abel ORCID of Ada Abel , Institute of Tests".replace(" ,", ",")
    assert page.one("p", "venue").text == "Journal of Tests, 2024-05 Journal article"
    button = page.one("a", "button", "primary")
    assert (button.text, button["href"], button["rel"]) == ("usenix.org", "https://www.usenix.org/paper", "noopener noreferrer")
    identifiers = page.one("section", **{"aria-labelledby": "identifiers-title"})
    assert [(row.one("dt").text, row.one("dd").text) for row in identifiers.one("dl").all("div")] == [
        ("arXiv", "2405.16341"),
        ("DOI", "10.1000/182"),
        ("Tracker", paper.public_id),
    ]
    assert (
        page.one("pre", "cite-text-1").text
        == "Abel, Ada; Institute of Tests (2024). Record of a test. Journal of Tests. https://arxiv.org/abs/2405.16341"
    )
    assert page.one("pre", "cite-text-2").text == (
        f"@article{{abel2024record-{paper.public_id}, author={{Abel, Ada and {{Institute of Tests}}}}, title={{{{Record of a test}}}}, "
        "journal={Journal of Tests}, year={2024}, month=may, eprint={2405.16341}, archiveprefix={arXiv}, doi={10.1000/182}, "
        "url={https://www.usenix.org/paper} }"
    )
    assert [each.text for each in page.one("div", "cite").all("label")] == ["Text", "BibTeX", "CSL-JSON", "RIS"]
    assert [each["href"] for each in page.one("section", id="cite").all("a")] == [
        f"?format={name}" for name in ("bibtex", "csl-json", "csv", "jsonl", "nbib", "ris")
    ]
    assert "No accepted tag ties this paper to a statement." in page.one("main").text


def test_history_tells_fields_and_no_values(client: Client, small_map: SmallMap, cast: Cast) -> None:
    paper = small_map.paper
    paper.title, paper.venue = "Paper one, corrected", "Hush Press"
    papers.save(paper=paper, by=cast.curator, reason="Seen in print by hush")
    lines = visit(client, Paper.objects.get(pk=paper.pk).get_absolute_url()).one("ol", "history").all("li")
    said = [line.one("span").text for line in lines]
    assert said == [
        "Changed: title, venue.",
        "Record loaded.",
        "3 tags accepted: P1.E1 contributes, P1.L1 confirms, C1 responds to. P1.L1 became confirmed.",
    ]


def test_restriction_that_was_lifted_is_told_to_reviewers_only(client: Client, small_map: SmallMap, cast: Cast) -> None:
    paper = small_map.paper
    for visibility in (Visibility.RESTRICTED, Visibility.PUBLIC):
        paper.visibility = visibility
        papers.save(paper=paper, by=cast.curator)

    def said() -> list[str]:
        return [line.one("span").text for line in visit(client, paper.get_absolute_url()).one("ol", "history").all("li")][:2]

    assert "Made public." not in said()
    client.force_login(cast.reviewer)
    assert said() == ["Made public.", "Restricted."]
    assert AuditEvent.objects.about(paper).count() == 3


def test_related_papers_share_statements(client: Client, small_map: SmallMap) -> None:
    near = visit(client, small_map.paper.get_absolute_url()).one("ul", "related").all("li")
    assert [item.text for item in near] == ["Paper two Author 2024 · shares P1.E1, P1.L1"]


@pytest.mark.django_db
def test_abstract_is_folded_behind_its_advisory(client: Client) -> None:
    folded = make_paper(abstract="Words that are hard to read.", advisory=Advisory.GENERAL)
    plain = make_paper(abstract="Words that are easy to read.")
    page = visit(client, folded.get_absolute_url())
    assert "Words that are hard to read." in page.one("details", "fold").one("div", "fold-body").text
    assert page.one("details", "fold").one("summary").one("b").text == "Folded: level 1 advisory"
    assert page.one("main").text.count("hard to read") == 1
    page = visit(client, plain.get_absolute_url())
    assert page.all("details", "fold") == []
    assert "Words that are easy to read." in page.one("div", "abstract").text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("flag", "sentence"), [("is_retracted", "This paper was retracted."), ("is_corrected", "A correction to this paper was published.")]
)
def test_flags_are_said(client: Client, flag: str, sentence: str) -> None:
    fields: dict[str, Any] = {flag: True}
    paper = make_paper(**fields)
    assert page_alerts(client, paper) == [sentence]
    assert page_alerts(client, make_paper()) == []


def page_alerts(client: Client, paper: Paper) -> list[str]:
    return [alert.one("b").text for alert in visit(client, paper.get_absolute_url()).all("div", "alert")]


@pytest.mark.django_db
def test_address_that_is_no_web_address_is_no_link(client: Client) -> None:
    paper = make_paper()
    Paper.objects.filter(pk=paper.pk).update(url="javascript:alert(1)")
    answer = client.get(paper.get_absolute_url())
    assert 'href="javascript:' not in answer.text


@pytest.mark.django_db
def test_other_spellings_lead_to_the_page(client: Client) -> None:
    paper = make_paper(title="A title: with é")
    right = f"/papers/{paper.public_id}/a-title-with-e/"
    assert paper.get_absolute_url() == right
    for address in (f"/papers/{paper.public_id}/", f"/papers/{paper.public_id}/wrong/", f"/papers/{paper.public_id}/wr%20ong/"):
        answer = client.get(address)
        assert (address, answer.status_code, answer["Location"]) == (address, 301, right)
    assert client.get(right).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/papers/0000000000/", "/papers/0000000000/x/", "/papers/x/", "/papers/UPPERCASE0/x/", "/papers/%00/x/", "/papers/1/2/3/"]
)
def test_unknown_paper_is_not_there(client: Client, address: str) -> None:
    assert visit(client, address, status=404).one("h1").text == "There is nothing at this address."


def test_waiting_and_restricted_papers_say_so(client: Client, small_map: SmallMap, cast: Cast) -> None:
    hidden = hide(small_map, cast)
    client.force_login(cast.reviewer)
    assert page_alerts(client, hidden["waiting"]) == ["This record waits for a reviewer."]
    assert page_alerts(client, hidden["restricted"]) == ["This record is restricted."]


def test_proposed_tag_is_marked(client: Client, small_map: SmallMap, cast: Cast) -> None:
    hide(small_map, cast)
    client.force_login(cast.contributor)
    tags = visit(client, small_map.paper.get_absolute_url()).all("div", "evidence")
    marks = [tag.one("span", "status").text for tag in tags if tag.all("span", "status")]
    assert marks == ["Declined, not on the map", "Proposed, not on the map"]


def test_tag_on_a_retired_statement_is_left_out(client: Client, small_map: SmallMap) -> None:
    three = Paper.objects.get(title="Paper three")
    codes = [each.one("a", "code").text for each in visit(client, three.get_absolute_url()).all("div", "statement")]
    assert codes == ["P1", "P2.L1"]
    assert small_map.problem.statements.filter(code="P1.L5", tags__paper=three).exists()


def test_a_paper_later_than_anything(client: Client, small_map: SmallMap) -> None:
    late = make_tag(
        small_map.problem.statements.get(code="P1.L2"), make_paper(year=2025), relation="confirms", decided_at=datetime(2026, 5, 1, tzinfo=UTC)
    )
    line = visit(client, late.paper.get_absolute_url()).one("ol", "history").all("li")[-1]
    assert line.one("span").text == "1 tag accepted: P1.L2 confirms. P1.L2 became contested."
