"""A row is held against its rules in few queries, with the verdict that Django has of it."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from problems.models import Declaration, Flag, Interest, Paper, Problem, Search, Statement, Tag, Team, User, Watch
from problems.services.changes import _sound
from tests.factories import Cast, make_paper, make_problem, make_search, make_statement, make_tag, make_team

pytestmark = pytest.mark.django_db


def rows(cast: Cast) -> dict[str, Model]:
    """Rows that keep the rules, and rows that break one each."""
    problem, paper = make_problem(1), make_paper()
    statement, tag = make_statement(problem), make_tag(paper=paper)
    unsaved = Paper(title="Not stored")

    def changed(row: Any, **values: Any) -> Model:
        again: Model = type(row)._base_manager.get(pk=row.pk)
        for name, value in values.items():
            setattr(again, name, value)
        return again

    found: dict[str, Model] = {f"{type(row).__name__} as it is": changed(row) for row in (problem, paper, statement, tag, make_search(statement))}
    found |= {
        "no title": changed(paper, title=""),
        "a word that is none": changed(paper, type="song"),
        "a day without a month": changed(paper, month=None, day=3),
        "two rules broken": changed(paper, visibility="nowhere", advisory=9),
        "a code of another": Statement(problem=problem, code=statement.code, text="x", section=statement.section, position=9),
        "a number of another": Problem(number=1, slug="x", title="x", question="x", summary="x", phase=problem.phase),
        "a tag on two things": changed(tag, problem=problem, statement=statement),
        "a relation that is none": changed(tag, relation="likes"),
        "a tag on no paper": changed(tag, paper=None),
        "a tag on a paper that is not stored": changed(tag, paper=unsaved),
        "a tag on a paper that is gone": changed(tag, paper_id=10**9),
        "an address in capitals of another": User(email="Reader@example.org", display_name="x", role=0),
        "a role that is none": changed(cast.reader, role=7),
        "a slug of another": Team(name="x", slug=make_team(cast.reader).slug),
        "a conflict with nothing": Interest(user=cast.reviewer),
        "a flag on two things": Flag(by=cast.reader, paper=paper, statement=statement, reason="wrong"),
        "a watch on nothing": Watch(user=cast.reader),
        "a search of nothing": Search(by=cast.reader),
        "a declaration of nothing": Declaration(team=make_team(cast.reader), sentence="x"),
    }
    return found


def test_the_verdict_is_that_of_django(cast: Cast) -> None:
    def sound(row: Model) -> bool:
        try:
            row.full_clean()
        except ValidationError:
            return False
        return True

    found = rows(cast)
    verdicts = {name: _sound(row, ()) for name, row in found.items()}
    assert verdicts == {name: sound(row) for name, row in found.items()}
    assert {name for name, verdict in verdicts.items() if verdict} == {name for name in found if name.endswith("as it is")}


def test_all_conditions_are_one_query(cast: Cast) -> None:
    del cast
    tag = Tag.objects.select_related("paper", "statement").get(pk=make_tag().pk)
    with CaptureQueriesContext(connection) as few:
        assert _sound(tag, ())
    with CaptureQueriesContext(connection) as many:
        tag.full_clean()
    assert len(few) < len(many) / 2
