"""What is one work and what is not, what is found of it, by whom, and in how many queries."""

import json
from pathlib import Path
from string import ascii_lowercase
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import DjangoAssertNumQueries

from problems.choices import PaperType, Scheme, Visibility
from problems.management.commands.measure_duplicates import cases, measure, scores
from problems.models import Paper
from problems.queries.duplicates import FOUND, Certainty, Facts, among, candidates_for, classify, known, near, of_record
from problems.records import PaperRecord, PartialDate, PersonName
from problems.services import papers
from tests.factories import Cast, make_cast, make_paper

CERTAIN, PROBABLE, NONE = Certainty.CERTAIN, Certainty.PROBABLE, Certainty.NONE
ADA, BEN, CAY = PersonName(family="Abel", given="Ada"), PersonName(family="Brandt", given="Ben"), PersonName(family="Çelik", given="Cay")
TITLE = "Marks that survive GPT-4 cropping: A study of three tests"
ROOT = Path(__file__).resolve().parents[2]


def record(title: str = TITLE, **fields: Any) -> PaperRecord:
    given: dict[str, Any] = {"title": title, "authors": (ADA, BEN, CAY), "date": PartialDate(2024), "identifiers": ((Scheme.ARXIV, "2401.00001"),)}
    return PaperRecord(**given | fields)


BARE: dict[str, Any] = {"identifiers": ()}


@pytest.mark.parametrize(
    ("other", "certainty"),
    [
        (record("Another title", authors=()), CERTAIN),
        (record("Another title", identifiers=((Scheme.DOI, "10.48550/arxiv.2401.00001"),)), CERTAIN),
        (record(**BARE), CERTAIN),
        (record(identifiers=((Scheme.DOI, "10.1000/journal"),), date=PartialDate(2026), type=PaperType.ARTICLE), CERTAIN),
        (record(date=PartialDate(2027), **BARE), PROBABLE),
        (record(identifiers=((Scheme.ARXIV, "2402.99999"),)), PROBABLE),
        (record("MARKS THAT SURVIVE GPT\u20104 CROPPING \u2014 a study of thr\u00e9e tests.", **BARE), CERTAIN),
        (record(r"Marks that \emph{survive} {GPT-4} cropping: A study of thr{\'e}e tests", **BARE), CERTAIN),
        (record("Marks that survive <i>GPT-4</i> cropping&#58; A study of three tests", **BARE), CERTAIN),
        (record(authors=(PersonName(literal="A. Abel"), PersonName(literal="others")), **BARE), CERTAIN),
        (record(authors=(), **BARE), CERTAIN),
        (record(authors=(PersonName(family="Nobody"),), **BARE), PROBABLE),
        (record("Marks that survive GPT-4 cropping", **BARE), CERTAIN),
        (record("Marks that survive GPT-4 croping: A study of three tests", **BARE), CERTAIN),
        (record("Marks that survive GPT-4 cropping: A study of four tests", **BARE), PROBABLE),
        (record("Marks that survive GPT-3 cropping: A study of three tests", **BARE), PROBABLE),
        (record(f"{TITLE} v2", **BARE), PROBABLE),
        (record(f"{TITLE} (extended abstract)", **BARE), PROBABLE),
        (record(f"Retracted: {TITLE}", **BARE), PROBABLE),
        (record(f"Reply to: {TITLE}", **BARE), NONE),
        (record(f"{TITLE}: a commentary", **BARE), NONE),
        (record(f"Correction to \u201c{TITLE}\u201d", **BARE), NONE),
        (record(f"{TITLE}, Part II", **BARE), NONE),
        (record("Other marks by the same people", **BARE), NONE),
        (record("", authors=(), **BARE), NONE),
    ],
    ids=str,
)
def test_how_sure_it_is(other: PaperRecord, certainty: Certainty) -> None:
    match = classify(other, [Facts.of(record(), 7)])
    assert (match.certainty, match.key) == (certainty, None if certainty == NONE else 7)
    back = classify(record(), [Facts.of(other, 7)])
    assert back.certainty == certainty


@pytest.mark.parametrize(
    ("one", "other", "certainty"),
    [
        ("Safe by design", "Safe by design: Report of the year", PROBABLE),
        ("Tests of asymmetric marks", "Tests of symmetric marks", PROBABLE),
        ("Tests of red teaming", "Tests of redteaming", CERTAIN),
        ("Marks, Part I", "Marks, Part II", NONE),
        ("Marks, Part 2", "Marks, Part II", PROBABLE),
        ("Reply to a review of marks in pictures", "A review of marks in pictures", NONE),
        ("Llama 2", "Llama 3", NONE),
    ],
)
def test_pairs_of_titles_by_the_same_people(one: str, other: str, certainty: Certainty) -> None:
    assert classify(record(one, **BARE), [Facts.of(record(other, **BARE))]).certainty == certainty


@pytest.mark.parametrize(("year", "certainty"), [(2024, CERTAIN), (2025, PROBABLE), (2026, NONE)])
def test_a_title_that_many_works_have_tells_little(year: int, certainty: Certainty) -> None:
    assert classify(record("Editorial", date=PartialDate(year), **BARE), [Facts.of(record("Editorial", **BARE))]).certainty == certainty


def test_the_most_certain_comes_first() -> None:
    like, same = Facts.of(record(f"{TITLE} v2", **BARE), 1), Facts.of(record("Else"), 2)
    assert classify(record(), [like, same]).key == 2
    stands_for = Facts.of(record("Else"), 3, stands_for_another=True)
    assert classify(record(), [stands_for, same]).key == 2
    assert classify(record(**BARE), [Facts.of(record(**BARE), 4, stands_for_another=True)]).certainty == PROBABLE


@pytest.fixture
def on_record(db: None) -> Paper:
    del db
    return make_paper(title=TITLE, authors=[ADA, BEN, CAY], identifiers=[(Scheme.ARXIV, "2401.00001")])


@pytest.mark.parametrize(
    "asked",
    [
        record("Else", authors=()),
        record("Marks that survive GPT-4 cropping", **BARE),
        record("Marks which survive GPT-4 cropping: A study of three test", **BARE),
        record("Three tests of cropping", url="https://example.org/marks", **BARE),
    ],
    ids=["identifier", "beginning", "likeness", "address"],
)
def test_each_way_of_looking_finds_it(on_record: Paper, asked: PaperRecord) -> None:
    Paper.objects.filter(pk=on_record.pk).update(url="https://example.org/marks")
    for number in range(3):
        make_paper(title=f"Number {number} of others")
    assert [[facts.key for facts in each] for each in candidates_for([record("Nothing like it", **BARE), asked], user=None)] == [[], [on_record.pk]]
    assert [each.paper for each in near(user=None, record=asked)] == [on_record]


def test_what_one_may_not_see_is_no_candidate_and_crowds_nothing_out(cast: Cast) -> None:
    for number in range(25):
        make_paper(title=f"{TITLE} {number}", visibility=Visibility.RESTRICTED)
    shown = make_paper(title=f"{TITLE} of others")
    asked = record(**BARE)
    for user in (cast.anonymous, cast.contributor):
        assert [[facts.key for facts in each] for each in candidates_for([asked], user=user)] == [[shown.pk]]
        assert known(user=user, title=TITLE) == [shown]
    assert len(known(user=cast.reviewer, title=TITLE)) == 5


@pytest.mark.parametrize(
    ("title", "doi", "certainty"),
    [
        (f"{TITLE} v2", (), CERTAIN),
        (f"{TITLE} v2", ((Scheme.DOI, "10.1000/one"),), CERTAIN),
        (f"{TITLE} v2", ((Scheme.DOI, "10.1000/two"),), PROBABLE),
        ("Other marks by the same people", (), NONE),
    ],
)
def test_the_same_address_settles_what_the_title_leaves_open_and_no_more(title: str, doi: Any, certainty: Certainty) -> None:
    """A volume of proceedings has one address for all that is in it."""
    page = {"url": "https://example.org/volume"}
    on_it = Facts.of(record(identifiers=((Scheme.DOI, "10.1000/one"),) if doi == ((Scheme.DOI, "10.1000/two"),) else (), **page))
    assert classify(record(title, identifiers=doi, **page), [on_it]).certainty == certainty


@pytest.mark.parametrize(("name", "certainty"), [("contributor", CERTAIN), ("reviewer", PROBABLE)])
def test_that_a_record_stands_for_a_hidden_one_is_for_reviewers_to_know(cast: Cast, name: str, certainty: Certainty) -> None:
    hidden = make_paper(title="Else", visibility=Visibility.RESTRICTED)
    mine = make_paper(title=TITLE, authors=[ADA, BEN, CAY], year=2024, visibility=Visibility.WAITING, logged_by=cast.contributor)
    Paper.objects.filter(pk=mine.pk).update(twin_of=hidden)
    user = getattr(cast, name)
    (candidates,) = candidates_for([record(**BARE)], user=user)
    assert classify(record(**BARE), candidates).certainty == certainty
    assert [each.certainty for each in near(user=user, record=record(**BARE))] == [certainty]


def test_an_address_of_many_papers_finds_a_few_that_one_may_know_of(cast: Cast) -> None:
    page = "https://example.org/volume"
    for number in range(3 + FOUND):
        visibility = Visibility.RESTRICTED if number < 2 else Visibility.PUBLIC
        Paper.objects.filter(pk=make_paper(title=f"Number {number}", visibility=visibility).pk).update(url=page)
    shown = list(Paper.objects.filter(visibility=Visibility.PUBLIC).order_by("pk").values_list("pk", flat=True))[:FOUND]
    asked = [record("Else", url=page, **BARE), record("Something", **BARE), record("More", url=page, **BARE)]
    assert [[facts.key for facts in each] for each in candidates_for(asked, user=cast.contributor)] == [shown, [], shown]
    assert [len(each) for each in among([record(12 * letter, url=page, **BARE) for letter in ascii_lowercase])][-1] == FOUND


def test_a_merged_record_is_no_candidate(on_record: Paper) -> None:
    kept = make_paper(title="Else")
    Paper.objects.filter(pk=on_record.pk).update(visibility=Visibility.MERGED, merged_into=kept)
    assert candidates_for([record()], user=None) == [[]]


def test_certain_ones_come_first_and_people_tell_titles_apart(on_record: Paper) -> None:
    other = make_paper(title=f"{TITLE}?", authors=["Nobody"])
    assert known(user=None, title=TITLE, authors=[ADA], year=2024) == [on_record, other]
    assert known(user=None, title=TITLE.replace("three", "four"), authors=[PersonName(family="Nobody")], year=2024) == [other]
    assert known(user=None, title=TITLE.replace("three", "four")) == [on_record, other]


@pytest.mark.parametrize("more", [1, 3])
def test_the_number_of_queries_is_fixed(on_record: Paper, more: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(more):
        make_paper(title=f"{TITLE} {number}", authors=[ADA])
    with django_assert_num_queries(4):
        assert len(known(user=None, title=TITLE, identifiers=[(Scheme.ARXIV, "2401.00001")])) == more + 1
    with django_assert_num_queries(11):  # with a savepoint and its release
        candidates_for([record(url="https://example.org/a")] * (more + 1), user=None)
    assert on_record.pk


def test_entries_of_one_file_are_held_against_one_another() -> None:
    entries = [record(), record("Else", **BARE), record("Marks that survive GPT-4 cropping", **BARE), record("Third", authors=())]
    found = [[facts.key for facts in each] for each in among(entries)]
    assert found == [[], [], [0], [0]]
    assert [classify(entry, each).key for entry, each in zip(entries, among(entries), strict=True)] == [None, None, 0, 0]


def test_who_comes_second_joins_what_is_certain_and_makes_what_is_probable(on_record: Paper) -> None:
    by = make_cast().contributor
    assert papers.find(record=record("Marks that survive GPT-4 croping: A study of three tests", **BARE), by=by) == on_record
    assert papers.find(record=record(f"{TITLE} v2", **BARE), by=by) is None


def test_the_real_bibliography_told_otherwise_is_found_again(db: None, capsys: pytest.CaptureFixture[str]) -> None:
    """The floor of what docs/duplicates.md reports."""
    del db
    with pytest.raises(CommandError, match="no paper on record"):
        call_command("measure_duplicates")
    lines = (ROOT / "fixtures" / "literature.jsonl").read_text().splitlines()[1:]
    for row in (json.loads(line) for line in lines[:200:8]):
        make_paper(
            title=row["title"],
            authors=[PersonName(**name) for name in row["authors"]],
            year=int(row["date"][:4]) if row.get("date") else None,
            identifiers=[(Scheme(scheme), value) for scheme, value in row["identifiers"].items()],
        )
    rows = list(Paper.objects.prefetch_related("authorships", "identifiers").order_by("title_key"))
    found = {name: score.share for name, score in scores(measure(list(cases(rows, 5)))).items()}
    assert found["precision, certain"] == 1
    assert found["precision, certain or probable"] > 0.98
    assert found["recall, certain"] > 0.8
    assert found["recall, certain or probable"] > 0.98
    call_command("measure_duplicates", papers=2, show="one typo")
    said = capsys.readouterr().out
    assert said.startswith("2 papers on record, ")
    assert [line.rpartition("  ")[0].split("  ")[0] for line in said.splitlines() if line.startswith(("precision", "recall"))] == list(found)


@pytest.mark.parametrize("date", ["2024", "2024-05-01", "", "2\u0660\u0662\u0664", "n.d."])
def test_what_is_like_a_record_that_was_handed_in(cast: Cast, date: str) -> None:
    paper = make_paper(title=TITLE, identifiers=[(Scheme.DOI, "10.1000/marks")])
    hidden = make_paper(title=TITLE, visibility=Visibility.RESTRICTED)
    by_title = {"title": TITLE, "date": date}
    by_identifier = {"identifiers": {"doi": ["10.1000/marks"]}, "date": date, "authors": [{"family": "Abel", "given": "Ada"}]}
    assert [of_record(cast.reader, each) for each in (by_title, by_identifier, {})] == [[paper], [paper], []]
    assert hidden in of_record(cast.reviewer, by_title)


def test_a_title_that_is_only_the_address_says_nothing() -> None:
    page = "https://example.org/projects/evaluations"
    one = PaperRecord("Evaluations of faces", authors=(PersonName(literal="NIST"),), url=page)
    other = PaperRecord("example.org/projects/evaluations", authors=(PersonName(literal="NIST"),), url=page)
    assert classify(other, [Facts.of(one)]).certainty == Certainty.CERTAIN
    assert classify(PaperRecord("example.org/projects/evaluations", url=f"{page}/2"), [Facts.of(one)]).certainty == Certainty.NONE
