"""What is suggested, to whom, and what never is."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from problems.choices import ReviewStatus, Visibility
from problems.models import Paper, Statement, SuggestionModel
from problems.queries import suggestions
from problems.queries.suggestions import Suggestions, for_paper, for_statement, for_title
from tests.factories import Cast, make_paper, make_tag
from tests.teaching import Field, learn, make_field
from tests.views.conftest import kept

pytestmark = pytest.mark.django_db
NOBODY: Any = AnonymousUser()


def make_learned() -> Field:
    made = make_field()
    learn()
    return made


@pytest.fixture(scope="module")
def stored_field(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Field]:
    del django_db_setup
    with kept(make_learned, django_db_blocker) as made:
        yield made


@pytest.fixture
def field(stored_field: Field, db: None) -> Field:
    del db
    return deepcopy(stored_field)


def codes(found: Suggestions) -> tuple[list[str], list[str]]:
    return [each.code for each in found.problems], [each.code for each in found.statements]


def titles(statement: Statement, user: Any = NOBODY) -> list[str]:
    return [each.paper.title for each in for_statement(statement, user)]


def test_a_title_leads_to_problems_and_statements(field: Field) -> None:
    found = for_title("Watermarks for maps")
    problems, statements = codes(found)
    assert (problems[0], statements[0]) == ("P1", "P1.E1")
    assert found.problems[0].problem == found.statements[0].problem == field.marks
    assert [reason.word for reason in found.problems[0].words] == ["Watermarks"]
    assert (found.problems[0].text, found.statements[0].text) == ("Marks", "Robust watermarks have been studied.")
    scores = [each.score for each in found.statements]
    assert scores == sorted(scores, reverse=True)
    assert 0 < sum(scores) <= 1.000001


def test_another_title_leads_elsewhere(field: Field) -> None:
    del field
    problems, statements = codes(for_title("Unlearning a concept"))
    assert (problems[0], statements[0]) == ("P2", "P2.L1")


@pytest.mark.usefixtures("field")
def test_what_is_about_something_else_gets_nothing() -> None:
    for title in ("Yield of spring wheat", "xyzzy", "", "…", "一二三", "\u0301", "of the", "x" * 1000, "a " * 500):
        assert codes(for_title(title)) == ([], []), title
        assert not for_title(title, title)


def test_without_a_model_there_are_none(field: Field, cast: Cast) -> None:
    SuggestionModel.objects.all().delete()
    assert not for_title("Watermarks")
    assert not for_paper(field.papers[0], cast.contributor)
    assert for_statement(field.moves, cast.contributor) == []


def test_weights_of_another_version_count_as_none(field: Field) -> None:
    latest = SuggestionModel.objects.get()
    SuggestionModel.objects.create(weights=latest.weights | {"version": 0}, texts=1)
    assert not for_title("Watermarks")
    assert for_statement(field.moves, NOBODY) == []


def test_the_latest_model_counts(field: Field) -> None:
    def scores() -> dict[str, float]:
        return {each.code: each.score for each in for_title("Watermarks").statements}

    before = scores()
    for paper in Paper.objects.filter(tags__statement=field.survives):
        make_tag(field.moves, paper, relation="narrows")
    field.survives.tags.update(status=ReviewStatus.DECLINED)
    assert scores() == before
    learn()
    after = scores()
    assert after["P1.L1"] > before["P1.L1"]
    assert after["P1.E1"] < before["P1.E1"]


def test_what_was_retired_since_is_left_out(field: Field) -> None:
    Statement.objects.filter(pk=field.survives.pk).update(retired_on="2026-01-01")
    assert "P1.E1" not in codes(for_title("Watermarks"))[1]
    field.survives.refresh_from_db()
    make_paper(title="A watermark of maps")
    assert for_statement(field.survives, NOBODY) == []


def test_a_paper_gets_what_its_title_gets_without_its_tags(field: Field, cast: Cast) -> None:
    paper = make_paper(title="A watermark and its regeneration")
    assert codes(for_paper(paper, NOBODY)) == codes(for_title(paper.title))
    assert "P1.L1" in codes(for_paper(paper, NOBODY))[1]
    tag = make_tag(field.moves, paper, status=ReviewStatus.PROPOSED, contributor=cast.contributor)
    assert "P1.L1" not in codes(for_paper(paper, cast.contributor))[1]
    assert "P1.L1" in codes(for_paper(paper, cast.stranger))[1], "that somebody proposed it is nobody else's to know"
    type(tag).objects.filter(pk=tag.pk).update(status=ReviewStatus.ACCEPTED, decided_at=tag.created)
    assert "P1.L1" not in codes(for_paper(paper, cast.stranger))[1]


def test_a_statement_gets_papers_that_are_not_tagged_there(field: Field) -> None:
    near, nearer = make_paper(title="On marks: the watermark of maps"), make_paper(title="A watermark is lost by regeneration of images")
    make_paper(title="Unlearning of maps")
    make_paper(title="Yield of winter wheat")
    tagged_elsewhere = [field.papers[place].title for place in (0, 2, 3)]
    assert titles(field.moves)[0] == nearer.title
    assert set(titles(field.moves)) <= {near.title, nearer.title, *tagged_elsewhere}
    assert field.papers[1].title not in titles(field.moves)
    [first] = [each for each in for_statement(field.moves, NOBODY) if each.paper == nearer]
    assert {"watermark", "regeneration"} <= {reason.word for reason in first.words}
    assert first.get_absolute_url() == nearer.get_absolute_url()
    make_tag(field.moves, nearer)
    assert nearer.title not in titles(field.moves)


def test_a_proposed_tag_hides_a_paper_from_who_may_know_of_it_only(field: Field, cast: Cast) -> None:
    paper = make_paper(title="A watermark lost by regeneration")
    make_tag(field.moves, paper, status=ReviewStatus.PROPOSED, contributor=cast.contributor)
    seen = {role: paper.title in titles(field.moves, getattr(cast, role)) for role in ("anonymous", "stranger", "contributor", "reviewer")}
    assert seen == {"anonymous": True, "stranger": True, "contributor": False, "reviewer": False}


def test_a_hidden_paper_is_suggested_to_nobody(field: Field, cast: Cast) -> None:
    paper = make_paper(title="A watermark lost by regeneration")
    assert paper.title in titles(field.moves)
    for visibility in (Visibility.RESTRICTED, Visibility.WAITING, Visibility.DECLINED):
        Paper.objects.filter(pk=paper.pk).update(visibility=visibility, logged_by=cast.contributor)
        for name, person in cast.everybody().items():
            assert paper.title not in titles(field.moves, person), (visibility, name)


def test_suggestions_are_the_same_before_and_after_a_restricted_paper(field: Field, cast: Cast) -> None:
    def everything() -> Any:
        asked = [for_title(title) for title in ("Watermarks", "Zyxomark", "Unlearning")]
        return repr(asked), [
            [(each.paper.pk, each.score) for each in for_statement(statement, cast.reader)] for statement in (field.moves, field.forgets)
        ]

    before = everything()
    hidden = make_paper(title="A zyxomark watermark lost by regeneration", visibility=Visibility.RESTRICTED)
    make_tag(field.moves, hidden)
    make_tag(field.forgets, hidden)
    assert everything() == before
    learn()
    assert everything() == before


def test_at_most_as_many_as_wanted_and_judged(field: Field, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        make_paper(title=f"A watermark lost by regeneration {number}")
    made = {f"A watermark lost by regeneration {number}" for number in range(5)}
    assert set(titles(field.moves)[:5]) == made
    assert [each.paper.title for each in for_statement(field.moves, NOBODY, most=2)] == titles(field.moves)[:2]
    monkeypatch.setattr(suggestions, "MATCHED", 4)
    assert sorted(titles(field.moves)) == [f"A watermark lost by regeneration {number}" for number in (1, 2, 3, 4)], "the latest that match"


def test_the_number_of_queries_is_fixed(field: Field, cast: Cast) -> None:
    def count() -> list[int]:
        found = []
        for ask in (
            lambda: for_title("Watermarks"),
            lambda: for_paper(field.papers[0], cast.contributor),
            lambda: [each.paper.people for each in for_statement(field.moves, cast.contributor)],
        ):
            with CaptureQueriesContext(connection) as queries:
                assert ask()
            found.append(len(queries))
        return found

    for_title("Watermarks")
    for_statement(field.moves, cast.contributor)
    few = count()
    for number in range(3):
        make_tag(field.forgets, make_paper(title=f"A watermark lost {number}", authors=["One", "Two"]))
    assert count() == few
    assert max(few) <= 7
