"""The number of queries does not grow with the number of rows."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from problems.api.urls import VIEWSETS
from problems.choices import Scheme, Section
from tests import factories
from tests.api.conftest import Ask, World

OF_SOME = {"submissions", "interests", "imports", "catalogue-changes", "notifications", "following", "bulk-changes"}  # each in tests of its own
OF_SOME |= {"duplicates", "trash", "flags", "reviewers", "assignments"}
LISTS = [*(f"{name}/" for name in VIEWSETS if name not in OF_SOME), "papers/?include=tags", "statements/?include=tags"]
FILTERED = ["papers/?problem=1&relation=narrows&q=watermark&include=tags", "tags/?problem=1&status=accepted", "statements/?problem=1&state=narrowed"]


def grow(world: World, cast: Any) -> None:
    """Two more of everything, with all that hangs on them, and some of it on the first problem."""
    for number in range(2):
        problem = factories.make_problem(phase=factories.make_phase(), challenges=[factories.make_challenge(), factories.make_challenge()])
        limitation = factories.make_statement(problem)
        factories.make_statement(problem, retired_on="2026-01-01", successor=limitation)
        call = factories.make_call(limitation, world.limitations[0])
        work, another = factories.make_statement(problem, section=Section.EXISTING_WORK), factories.make_statement(world.problems[0])
        targets: list[Any] = [limitation, work, call, problem, another]
        for place, target in enumerate(targets):
            paper = factories.make_paper(authors=["One", "Two"], title="A watermark", identifiers=[(Scheme.DOI, f"10.1000/{number}-{place}")])
            factories.make_tag(target, paper)
            factories.make_tag(world.limitations[0], paper, relation="confirms", contributor=cast.contributor)
            if target is another:
                factories.make_tag(target, paper, relation="narrows", contributor=cast.contributor)
        factories.make_search(limitation)
        factories.declare(factories.make_team(cast.contributor), limitation, cast.contributor)
        factories.make_submission(cast.contributor, factories.tag_data(limitation), factories.tag_data(work))


OF_EVERYBODY = [("anonymous", path) for path in (*LISTS, *FILTERED)]
OF_OTHERS = [(role, path) for role in ("contributor", "reviewer") for path in ("papers/?include=tags", "tags/", "searches/")]
OF_OTHERS += [("contributor", "submissions/?state=submitted"), ("reviewer", "submissions/?ordering=submitted")]


@pytest.mark.parametrize(("role", "path"), [*OF_EVERYBODY, *OF_OTHERS])
def test_lists(ask: Ask, world: World, cast: Any, path: str, role: str) -> None:
    by = getattr(cast, role)
    factories.make_submission(cast.contributor, factories.tag_data(world.elsewhere))
    with CaptureQueriesContext(connection) as few:
        before = len(ask(path, by=by)["results"])
    grow(world, cast)
    ask(path, by=by)
    with CaptureQueriesContext(connection) as many:
        after = len(ask(path)["results"])
    with CaptureQueriesContext(connection) as again:
        ask(path)
    assert after > before > 0
    assert len(many) == len(again) <= len(few)  # the first one also logs in


@pytest.mark.parametrize("path", ["problems/1/", "statements/P1.L1/", "statements/P1.L1/?include=tags", "calls/C1/", "agenda/"])
def test_details(ask: Ask, world: World, cast: Any, path: str) -> None:
    with CaptureQueriesContext(connection) as few:
        before = ask(path)
    grow(world, cast)
    with CaptureQueriesContext(connection) as many:
        after = ask(path)
    assert before != after or not path.startswith("statements")
    assert len(few) == len(many) <= 9


def test_a_paper(ask: Ask, world: World) -> None:
    paper = world.papers[0]
    counts = []
    for number in range(3):
        with CaptureQueriesContext(connection) as queries:
            tags = ask(f"papers/{paper.public_id}/?include=tags")["tags"]
        assert len(tags) == number + 1
        counts.append(len(queries))
        factories.make_tag(factories.make_statement(world.problems[1]), paper)
    assert counts == [4, 4, 4]
