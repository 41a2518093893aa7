"""Papers: who makes them, what is one work, what an identifier may say, what is recorded."""

from typing import Any

import pytest

from problems.choices import EventKind, PaperType, Relation, Scheme, State, Visibility
from problems.errors import Duplicate, Invalid, Refused
from problems.models import AuditEvent, Paper, PaperIdentifier, Tag
from problems.records import PaperRecord, PartialDate, PersonName
from problems.services import papers
from tests.factories import Cast, make_paper, make_statement, make_tag

ADA, BEN = PersonName(family="Abel", given="Ada"), PersonName(family="Brandt", given="Ben")


def record(title: str = "A study of marks", **fields: Any) -> PaperRecord:
    given: dict[str, Any] = {"title": title, "authors": (ADA,), "date": PartialDate(2024), "type": PaperType.PREPRINT}
    return PaperRecord(**given | fields)


@pytest.mark.parametrize("name", ["contributor", "reviewer", "curator"])
def test_a_paper_waits_whoever_logs_it(cast: Cast, name: str) -> None:
    by = getattr(cast, name)
    paper, outcome = papers.create_or_find(record=record(), by=by)
    assert outcome == papers.Outcome.CREATED
    assert (paper.visibility, paper.logged_by) == (Visibility.WAITING, by)


def test_an_import_by_a_curator_is_public_at_once(cast: Cast) -> None:
    paper, _ = papers.create_or_find(record=record(), by=cast.curator, imported=True)
    assert (paper.visibility, paper.logged_by) == (Visibility.PUBLIC, cast.curator)
    with pytest.raises(Refused):
        papers.create_or_find(record=record(title="Another"), by=cast.reviewer, imported=True)


def test_a_command_makes_it_public(cast: Cast) -> None:
    del cast
    assert papers.create_or_find(record=record(), by=None)[0].visibility == Visibility.PUBLIC


@pytest.mark.parametrize("name", ["anonymous", "reader"])
def test_readers_log_nothing(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        papers.create_or_find(record=record(), by=getattr(cast, name))
    assert Paper.objects.count() == 0


def test_visibility_sent_with_a_new_paper_is_not_taken(cast: Cast) -> None:
    paper = papers.save(paper=Paper(title="A study", visibility=Visibility.PUBLIC, logged_by=cast.curator), by=cast.contributor)
    assert (paper.visibility, paper.logged_by) == (Visibility.WAITING, cast.contributor)


@pytest.mark.parametrize(
    ("name", "allowed"), [("contributor", True), ("teammate", False), ("stranger", False), ("reviewer", False), ("curator", True)]
)
def test_own_papers_and_curators_change_them(cast: Cast, name: str, allowed: bool) -> None:  # noqa: FBT001 - a column of the table
    paper = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor, title="Before")
    paper.title = "After"
    if allowed:
        papers.save(paper=paper, by=getattr(cast, name))
    else:
        with pytest.raises(Refused):
            papers.save(paper=paper, by=getattr(cast, name))
    assert Paper.objects.get().title == ("After" if allowed else "Before")


def test_only_curators_set_who_sees_it(cast: Cast) -> None:
    paper = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    paper.visibility = Visibility.PUBLIC
    with pytest.raises(Refused):
        papers.save(paper=paper, by=cast.contributor)
    paper = papers.save(paper=paper, by=cast.curator, reason="Reviewed")
    event = AuditEvent.objects.about(paper).first()
    assert event is not None
    assert (event.kind, event.before, event.after, event.reason, event.actor) == (
        EventKind.PUBLISHED,
        {"visibility": "waiting"},
        {"visibility": "public"},
        "Reviewed",
        cast.curator,
    )


def test_restricting_takes_its_tags_off_the_map(cast: Cast) -> None:
    statement = make_statement()
    paper = make_paper()
    make_tag(statement, paper, relation=Relation.NARROWS)
    statement.refresh_from_db()
    assert statement.state == State.NARROWED
    paper.visibility = Visibility.RESTRICTED
    papers.save(paper=paper, by=cast.curator)
    statement.refresh_from_db()
    assert (statement.state, statement.state_since, statement.steps.count()) == (State.UNTOUCHED, None, 0)


def test_an_identifier_names_one_paper_in_any_spelling(cast: Cast) -> None:
    first = make_paper(title="The first", identifiers=[(Scheme.DOI, "10.1234/abc")])
    second = make_paper(title="The second")
    with pytest.raises(Duplicate) as refusal:
        papers.save(paper=second, identifiers=[(Scheme.DOI, "https://doi.org/10.1234/ABC")], by=cast.curator)
    assert refusal.value.title == "DOI 10.1234/abc is on record already: The first."
    assert PaperIdentifier.objects.get().paper == first


@pytest.mark.parametrize("visibility", [Visibility.RESTRICTED, Visibility.WAITING])
def test_a_duplicate_of_a_hidden_paper_is_stored_as_if_it_were_new(cast: Cast, visibility: Visibility) -> None:
    hidden = make_paper(title="Hidden", identifiers=[(Scheme.DOI, "10.1234/abc")], visibility=visibility)
    mine = papers.save(paper=Paper(title="Mine"), identifiers=[(Scheme.DOI, "10.1234/abc")], by=cast.contributor)
    mine.refresh_from_db()
    assert mine.twin_of == hidden
    assert papers.holder(Scheme.DOI, "10.1234/abc") == hidden
    assert papers.find(record=record(title="Other", identifiers=((Scheme.DOI, "10.1234/abc"),)), by=cast.contributor) == mine


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"title": ""}, "title"),
        ({"title": "\u200b\u200b"}, "title"),
        ({"title": "a\x00b"}, "title"),
        ({"title": "a\ud800b"}, "title"),
        ({"title": "x" * 1001}, "title"),
        ({"abstract": "x" * 10_001}, "abstract"),
        ({"year": 20245}, "year"),
        ({"year": 2024, "month": 13}, "month"),
        ({"year": 2023, "month": 2, "day": 29}, "day"),
        ({"month": 3}, ""),
        ({"url": "javascript:alert(1)"}, "url"),
        ({"url": "https://user@example.org/"}, "url"),
        ({"type": "poem"}, "type"),
        ({"advisory": 9}, "advisory"),
    ],
)
def test_bad_values_are_refused_by_field(cast: Cast, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        papers.save(paper=Paper(**{"title": "Fine"} | fields), by=cast.contributor)
    assert list(refusal.value.errors) == [field]
    assert (Paper.objects.count(), AuditEvent.objects.filter(object_type="paper").count()) == (0, 0)


def test_text_is_kept_composed_and_in_one_line(cast: Cast) -> None:
    paper = papers.save(paper=Paper(title="  Cafe\u0301\n and marks "), by=cast.contributor)
    assert Paper.objects.get(pk=paper.pk).title == "Café and marks"


def test_a_second_time_is_a_match_and_adds_what_was_missing(cast: Cast) -> None:
    paper, _ = papers.create_or_find(record=record(identifiers=((Scheme.ARXIV, "2401.00001"),)), by=cast.curator)
    again, outcome = papers.create_or_find(record=record(identifiers=((Scheme.ARXIV, "2401.00001"), (Scheme.DOI, "10.1234/abc"))), by=cast.curator)
    assert (again, outcome) == (paper, papers.Outcome.MATCHED)
    assert sorted(paper.identifiers.values_list("scheme", "value")) == [("arxiv", "2401.00001"), ("doi", "10.1234/abc")]
    events = AuditEvent.objects.about(paper).count()
    papers.create_or_find(record=record(identifiers=((Scheme.DOI, "10.1234/abc"),)), by=cast.curator)
    assert (Paper.objects.count(), AuditEvent.objects.about(paper).count()) == (1, events)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ({"title": "A Study of Marks."}, True),
        ({"title": "A study of mårks"}, True),
        ({"date": PartialDate(2025)}, True),
        ({"date": None}, True),
        ({"authors": (BEN, ADA)}, True),
        ({"authors": ()}, True),
        ({"date": PartialDate(2027)}, False),
        ({"authors": (BEN,)}, False),
        ({"title": "Another study of marks"}, False),
        ({"identifiers": ((Scheme.ARXIV, "2401.99999"),)}, False),
        ({"identifiers": ((Scheme.DOI, "10.1234/journal"),)}, True),
        ({"title": "A study of marks v2"}, False),
        ({"title": "A study of marks v2", "url": "https://example.org/study"}, True),
        ({"title": "A study, renamed", "authors": (BEN,), "url": "https://example.org/study"}, False),
    ],
)
def test_what_is_one_work(cast: Cast, other: dict[str, Any], same: bool) -> None:  # noqa: FBT001 - a column of the table
    known = record(identifiers=((Scheme.ARXIV, "2401.00001"),), url="https://example.org/study")
    paper, _ = papers.create_or_find(record=known, by=cast.curator)
    found = papers.find(record=record(**other), by=cast.curator)
    assert found == (paper if same else None)


def test_the_address_of_a_whole_site_makes_no_match(cast: Cast) -> None:
    papers.create_or_find(record=record(url="https://example.org/"), by=cast.curator)
    assert papers.find(record=record("Another", url="https://example.org/"), by=cast.curator) is None


def test_what_one_may_not_see_is_not_found(cast: Cast) -> None:
    make_paper(title="A study of marks", authors=[ADA], visibility=Visibility.RESTRICTED)
    assert papers.find(record=record(), by=cast.contributor) is None
    assert papers.find(record=record(), by=cast.reviewer) is not None


def test_authors_are_recorded_in_order_and_found_without_accents(cast: Cast) -> None:
    paper = papers.save(paper=Paper(title="Marks"), authors=[PersonName(family="Łukasz", given="Çağlar"), BEN], by=cast.curator)
    assert [str(name) for name in paper.people] == ["Çağlar Łukasz", "Ben Brandt"]
    event = AuditEvent.objects.about(paper).get()
    assert event.after["authors"] == ["Çağlar Łukasz", "Ben Brandt"]
    papers.save(paper=paper, authors=[BEN], by=cast.curator)
    change = AuditEvent.objects.about(paper).first()
    assert change is not None
    assert (change.before, change.after) == (
        {"authors": ["Çağlar Łukasz", "Ben Brandt"], "orcids": ["", ""]},
        {"authors": ["Ben Brandt"], "orcids": [""]},
    )
    assert "caglar lukasz" not in Paper.objects.values_list("names", flat=True).get()
    papers.save(paper=paper, authors=[PersonName(family="Łukasz", given="Çağlar")], by=cast.curator)
    assert "caglar lukasz" in Paper.objects.values_list("names", flat=True).get()


def test_saving_what_is_there_leaves_no_trace(cast: Cast) -> None:
    paper = make_paper(identifiers=[(Scheme.DOI, "10.1234/abc")])
    before = AuditEvent.objects.count()
    papers.save(paper=paper, authors=paper.people, identifiers=[(Scheme.DOI, "10.1234/ABC")], by=cast.curator)
    assert AuditEvent.objects.count() == before


def test_a_reviewer_accepts_a_waiting_paper_and_does_no_more(cast: Cast) -> None:
    paper = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    tag = make_tag(make_statement(), paper, relation=Relation.NARROWS, contributor=cast.contributor)
    before = Tag.objects.get(pk=tag.pk).modified
    paper.visibility, paper.title = Visibility.PUBLIC, "Renamed"
    with pytest.raises(Refused):
        papers.save(paper=paper, by=cast.reviewer)
    paper.refresh_from_db()
    paper.visibility = Visibility.PUBLIC
    papers.save(paper=paper, by=cast.reviewer)
    assert Paper.objects.get().visibility == Visibility.PUBLIC
    tag = Tag.objects.get(pk=tag.pk)
    assert tag.modified > before
    assert tag.statement is not None
    assert tag.statement.state == State.NARROWED
    paper.visibility = Visibility.RESTRICTED
    papers.save(paper=paper, by=cast.reviewer)
    paper.visibility = Visibility.PUBLIC
    with pytest.raises(Refused):
        papers.save(paper=paper, by=cast.reviewer)


def test_a_change_of_a_list_is_a_change_of_the_paper(cast: Cast) -> None:
    paper = make_paper()
    before = Paper.objects.get().modified
    papers.save(paper=paper, identifiers=[(Scheme.DOI, "10.1234/abc")], by=cast.curator)
    assert Paper.objects.get().modified > before
