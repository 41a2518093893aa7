"""The map narrowed by method: as if there were no other papers, for everybody alike, in a fixed number of queries."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from problems.choices import Relation, ReviewStatus, Section, State, Visibility
from problems.models import Paper, Statement, Tag
from problems.queries import coverage, methods
from problems.queries.methods import Method
from problems.services.coverage import refresh
from tests.factories import make_call, make_paper, make_problem, make_statement, make_tag

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 11, 1, 9, tzinfo=UTC)
NONE_NEEDED, IMAGE = Method(material=("none_needed",)), Method(modality=("image",))


def cells(method: Method) -> list[tuple[Any, ...]]:
    bands = coverage.bands(method)
    coverage.add_evidence(bands, method=method)
    rows = [row for band in bands for row in band.rows]
    return [
        (cell.statement.code, cell.state, cell.papers, cell.relations, cell.evidence) for row in rows for cell in (*row.existing, *row.limitations)
    ]


def test_states_and_counts_follow_from_such_papers_alone() -> None:
    problem = make_problem(1)
    work, first, second = make_statement(problem, section=Section.EXISTING_WORK), make_statement(problem), make_statement(problem)
    free = make_paper(material="none_needed", modalities=["image", "text"], authors=["Ames"])
    bound = make_paper(material="needs_it", modalities=["image"], authors=["Berg"])
    contributes = make_tag(work, bound)
    addresses = make_tag(first, free, relation=Relation.ADDRESSES, decided_at=THEN)
    other = make_tag(first, bound, relation=Relation.ADDRESSES, decided_at=THEN + timedelta(days=1))
    make_tag(first, make_paper(), relation=Relation.DISPUTES, decided_at=THEN + timedelta(days=2))
    make_tag(second, bound, relation=Relation.CONFIRMS, decided_at=THEN)
    make_tag(problem, bound)
    assert [cell[1:3] for cell in cells(methods.ANY)] == [("", 1), (State.CONTESTED, 3), (State.CONFIRMED, 1)]
    assert cells(NONE_NEEDED) == [
        ("P1.E1", "", 0, {}, []),
        ("P1.L1", State.NARROWED, 1, {"addresses": 1}, [addresses]),
        ("P1.L2", State.UNTOUCHED, 0, {}, []),
    ]
    assert [cell[:4] for cell in cells(IMAGE)] == [
        ("P1.E1", "", 1, {"contributes": 1}),
        ("P1.L1", State.ADDRESSED, 2, {"addresses": 2}),
        ("P1.L2", State.CONFIRMED, 1, {"confirms": 1}),
    ]
    assert cells(Method(material=("needs_it",), modality=("text",)))[1][1:3] == (State.UNTOUCHED, 0)
    assert cells(Method(material=("needs_it", "none_needed")))[1][1:3] == (State.ADDRESSED, 2)
    row = coverage.bands(NONE_NEEDED)[0].rows[0]
    assert (row.papers, row.relations, row.moved_at) == (1, {"addresses": 1}, THEN)
    headline = coverage.headline(coverage.bands(NONE_NEEDED))
    assert (headline.limitations, headline.with_paper) == (2, 1)
    assert [gap.statement for gap in coverage.frontier(method=NONE_NEEDED)] == [second]
    assert [gap.statement for gap in coverage.frontier(method=IMAGE)] == []
    assert [(step.tag, step.before, step.after, step.at) for step in coverage.moved_by(IMAGE, limit=2)] == [
        (other, "narrowed", "addressed", THEN + timedelta(days=1)),
        (Tag.objects.get(statement=second), "untouched", "confirmed", THEN),
    ]
    assert (methods.papers(NONE_NEEDED), methods.papers(IMAGE), methods.papers(Method(modality=("audio",)))) == (1, 2, 0)
    assert Statement.objects.get(pk=first.pk).state == State.CONTESTED  # nothing of it is kept
    assert contributes.paper == bound


def test_all_of_the_map_is_all_papers_with_a_method() -> None:
    """Where every paper has the same method, narrowing changes nothing: one derivation, not two."""
    problem = make_problem(1)
    statements = [make_statement(problem) for _ in range(3)]
    for number, relation in enumerate((Relation.ADDRESSES, Relation.ADDRESSES, Relation.CONFIRMS, Relation.NARROWS, Relation.DISPUTES)):
        make_tag(statements[number % 3], make_paper(authors=[f"Author {number}"], year=2020 + number), relation=relation)
    Paper.objects.update(material="none_needed")
    refresh([statement.pk for statement in statements])
    assert cells(NONE_NEEDED) == cells(methods.ANY)

    def told(steps: Any) -> list[tuple[Any, ...]]:
        return sorted((step.statement.code, step.tag.pk, step.before, step.after, step.at) for step in steps)

    assert told(coverage.moved()) == told(coverage.moved_by(NONE_NEEDED, limit=6)) != []


def test_papers_out_of_sight_do_not_move_it() -> None:
    statement, retired = make_statement(), make_statement()
    call = make_call(statement)
    Statement.objects.filter(pk=retired.pk).update(retired_on=THEN)
    before = cells(NONE_NEEDED), coverage.frontier(method=NONE_NEEDED), methods.papers(NONE_NEEDED), coverage.calls(method=NONE_NEEDED)
    for visibility in (Visibility.RESTRICTED, Visibility.WAITING, Visibility.DECLINED):
        hidden = make_paper(visibility=visibility, material="none_needed", modalities=["image"])
        make_tag(statement, hidden, relation=Relation.NARROWS)
        make_tag(call, hidden)
    make_tag(statement, make_paper(material="none_needed"), status=ReviewStatus.PROPOSED, relation=Relation.NARROWS)
    make_tag(retired, make_paper(material="none_needed"), relation=Relation.NARROWS)
    after = cells(NONE_NEEDED), coverage.frontier(method=NONE_NEEDED), methods.papers(NONE_NEEDED), coverage.calls(method=NONE_NEEDED)
    assert after == before
    assert coverage.moved_by(NONE_NEEDED, limit=6) == []


def test_calls_of_such_papers() -> None:
    call = make_call(make_statement())
    tag = make_tag(call, make_paper(modalities=["image"]), decided_at=THEN)
    make_tag(call, make_paper(), decided_at=THEN + timedelta(days=1))
    assert [(each.papers, each.latest) for each in coverage.calls(method=IMAGE)] == [(1, tag)]
    assert (coverage.responding(IMAGE), coverage.responding()) == (1, 2)


def test_as_many_queries_for_three_as_for_one() -> None:
    def grow() -> None:
        statement = make_statement()
        for relation in (Relation.ADDRESSES, Relation.CONFIRMS):
            make_tag(statement, make_paper(material="none_needed", modalities=["image"]), relation=relation)
        make_tag(make_call(statement), make_paper(material="none_needed"))

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            coverage.add_evidence(coverage.bands(NONE_NEEDED), method=NONE_NEEDED)
            coverage.frontier(method=NONE_NEEDED)
            coverage.calls(method=NONE_NEEDED)
            assert [step.tag.paper.people for step in coverage.moved_by(NONE_NEEDED, limit=6)]
        return len(queries)

    grow()
    one = count()
    grow()
    grow()
    assert count() == one
