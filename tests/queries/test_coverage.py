"""What the map shows: the same for everybody, only what counts, in a fixed number of queries."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import Relation, ReviewStatus, Section, State, Visibility
from problems.models import Problem
from problems.queries import coverage
from problems.services import coverage as keeping
from problems.services.catalogue import save as save_catalogue
from tests.factories import make_call, make_challenge, make_paper, make_phase, make_problem, make_search, make_statement, make_tag

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 11, 1, 9, tzinfo=UTC)


def test_the_map_by_phase_and_problem() -> None:
    later, earlier = make_phase(number=92), make_phase(number=91)
    data, noise = make_challenge(position=2), make_challenge(position=1)
    two = make_problem(2, phase=later, challenges=[data, noise])
    one = make_problem(1, phase=earlier, challenges=[data])
    work = make_statement(one, section=Section.EXISTING_WORK)
    first, second = make_statement(one), make_statement(one)
    paper, other = make_paper(), make_paper()
    make_tag(work, paper)
    make_tag(first, paper, relation=Relation.NARROWS, decided_at=THEN)
    make_tag(first, other, relation=Relation.CONFIRMS, decided_at=THEN + timedelta(days=1))
    make_tag(one, make_paper())
    make_search(second)
    bands = coverage.bands()
    assert [(band.phase, [row.problem for row in band.rows]) for band in bands] == [(earlier, [one]), (later, [two])]
    row = bands[0].rows[0]
    assert [(cell.statement, cell.papers, cell.state, cell.searched) for cell in (*row.existing, *row.limitations)] == [
        (work, 1, "", None),
        (first, 2, State.NARROWED, None),
        (second, 0, State.UNTOUCHED, timezone.localdate()),
    ]
    assert (row.papers, row.untouched, row.relations) == (3, 1, {"contributes": 1, "narrows": 1, "confirms": 1, "relevant": 1})
    assert row.states == {"untouched": 1, "confirmed": 0, "contested": 0, "narrowed": 1, "addressed": 0}
    assert row.moved_at == THEN
    assert [cell.statement for cell in row.stacked] == [second, first]
    headline = coverage.headline(bands)
    assert (headline.limitations, headline.with_paper, headline.others, headline.searched) == (2, 1, 1, 1)
    assert [(each, vars(each)["problem_count"]) for each in coverage.challenges()] == [(noise, 1), (data, 2)]
    assert [row.problem for band in coverage.only(coverage.bands(), phase=later.slug) for row in band.rows] == [two]
    assert [row.problem for band in coverage.only(coverage.bands(), challenge=noise.slug) for row in band.rows] == [two]


def test_what_is_not_public_counts_nowhere() -> None:
    statement, retired = make_statement(), make_statement()
    make_tag(retired, relation=Relation.NARROWS)
    retired.retired_on = timezone.localdate()
    save_catalogue(thing=retired, by=None)
    before = str(coverage.bands()), str(list(coverage.moved())), str(coverage.frontier())
    make_tag(statement, status=ReviewStatus.PROPOSED, relation=Relation.NARROWS)
    make_tag(statement, status=ReviewStatus.DECLINED, relation=Relation.NARROWS)
    for visibility in (Visibility.WAITING, Visibility.RESTRICTED):
        make_tag(statement, make_paper(visibility=visibility), relation=Relation.NARROWS)
        make_tag(statement.problem, make_paper(visibility=visibility))
    make_search(statement, status=ReviewStatus.PROPOSED)
    make_search(statement, searched_on=timezone.localdate() - timedelta(days=366))
    assert (str(coverage.bands()), str(list(coverage.moved())), str(coverage.frontier())) == before
    assert [gap.statement for gap in coverage.frontier()] == [statement]


def test_evidence_shows_the_newest_papers_first_and_counts_the_rest() -> None:
    statement = make_statement()
    tags = [make_tag(statement, make_paper(year=year), relation=Relation.NARROWS) for year in (2021, 2024, None, 2023)]
    bands = coverage.bands()
    coverage.add_evidence(bands, most=3)
    cell = bands[0].rows[0].limitations[0]
    assert (cell.evidence, cell.relations, cell.papers) == ([tags[1], tags[3], tags[0]], {"narrows": 4}, 4)
    found = coverage.for_problem(statement.problem)
    assert found.limitations[0].tags == [tags[1], tags[3], tags[0], tags[2]]


def test_a_statement_with_many_papers_shows_a_bounded_number() -> None:
    statement = make_statement()
    for _ in range(coverage.EVIDENCE_SHOWN + 2):
        make_tag(statement, relation=Relation.NARROWS)
    found = coverage.for_problem(statement.problem).limitations[0]
    assert (len(found.tags), found.cell.papers) == (coverage.EVIDENCE_SHOWN, coverage.EVIDENCE_SHOWN + 2)


def test_searches_of_a_statement_and_of_the_whole_problem() -> None:
    statement = make_statement()
    one, whole, _ = make_search(statement), make_search(statement.problem), make_search()
    found = coverage.for_problem(statement.problem)
    assert (found.limitations[0].searches, found.searches) == ([one], [whole])


def test_the_frontier_names_the_closest_work_of_the_problem() -> None:
    problem = make_problem()
    gap = make_statement(problem, text="Solutions that protect video are missing.")
    near = make_tag(make_statement(problem), make_paper(title="Protecting video against edits"))
    make_tag(make_statement(problem), make_paper(title="Something about sound"))
    make_tag(make_statement(), make_paper(title="Solutions that protect video, elsewhere"))
    lonely = make_statement()
    make_search(lonely)
    assert [(each.statement, each.closest, each.searched) for each in coverage.frontier()] == [
        (gap, near, None),
        (lonely, None, timezone.localdate()),
    ]
    assert [each.statement for each in coverage.frontier(searched=True)] == [lonely]
    assert [each.statement for each in coverage.frontier(searched=False)] == [gap]
    assert [each.statement for each in coverage.frontier(phase=problem.phase.slug)] == [gap]
    assert [each.statement for each in coverage.frontier(challenge=problem.challenges.get().slug)] == [gap]


def test_neighbours_share_papers() -> None:
    here, near, nearer, far = (make_statement() for _ in range(4))
    one, two = make_paper(), make_paper()
    for statement, paper in ((here, one), (here, two), (near, one), (nearer, one), (nearer, two), (far, make_paper())):
        make_tag(statement, paper)
    assert [(each.problem, each.shared) for each in coverage.neighbours(here.problem)] == [(nearer.problem, 2), (near.problem, 1)]


def test_calls_with_what_responds() -> None:
    statement = make_statement()
    call, other = make_call(statement), make_call()
    paper = make_paper()
    make_tag(call, paper, decided_at=THEN)
    latest = make_tag(call, make_paper(), decided_at=THEN + timedelta(days=1))
    make_tag(call, make_paper(), status=ReviewStatus.PROPOSED)
    found = coverage.calls()
    assert [(each.call, each.problems, each.papers, each.latest) for each in found] == [(call, [statement.problem], 2, latest), (other, [], 0, None)]
    assert [each.call for each in coverage.calls(problem=statement.problem)] == [call]


def test_what_moved_last() -> None:
    first, second = make_statement(), make_statement()
    one = make_tag(first, relation=Relation.CONFIRMS, decided_at=THEN)
    two = make_tag(second, relation=Relation.NARROWS, decided_at=THEN + timedelta(days=2))
    three = make_tag(first, relation=Relation.DISPUTES, decided_at=THEN + timedelta(days=1))
    assert [(step.tag, step.before, step.after) for step in coverage.moved()] == [
        (two, "untouched", "narrowed"),
        (three, "confirmed", "contested"),
        (one, "untouched", "confirmed"),
    ]
    assert [step.tag for step in coverage.moved(problem=first.problem)] == [three, one]
    assert [step.tag for step in coverage.moved(limit=1)] == [two]


QUERIES: dict[str, Callable[[Problem], Any]] = {
    "bands": lambda _problem: coverage.add_evidence(coverage.bands()),
    "problem": coverage.for_problem,
    "frontier": lambda _problem: coverage.frontier(),
    "neighbours": coverage.neighbours,
    "calls": lambda _problem: coverage.calls(),
    "moved": lambda _problem: [step.tag.paper.people for step in coverage.moved()],
    "keeping": lambda problem: keeping.refresh([statement.pk for statement in problem.statements.all()]),
}


@pytest.mark.parametrize("name", QUERIES)
def test_as_many_queries_for_three_as_for_one(name: str) -> None:
    def grow(statement: Any) -> None:
        make_tag(statement, relation=Relation.NARROWS)
        make_tag(make_call(statement))
        make_search(statement)
        other = make_statement()
        make_tag(other, statement.tags.first().paper)
        make_statement(statement.problem)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            QUERIES[name](statement.problem)
        return len(queries)

    statement = make_statement()
    grow(statement)
    one = count()
    grow(statement)
    grow(statement)
    assert count() == one
