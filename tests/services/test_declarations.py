"""Declarations: who says what a team works on, for how long, and that it moves no state."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from problems.choices import EventKind, State
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, Declaration, Statement, Team
from problems.queries import coverage
from problems.queries.teams import declared_by, speaks_for_any, working_on
from problems.services import declarations, people
from tests.factories import Cast, make_call, make_problem, make_statement

SENTENCE = "We measure it on three data sets."


@pytest.fixture
def team(cast: Cast) -> Team:
    """A team of the contributor, who leads it, the teammate and a reader."""
    members = {cast.contributor: True, cast.teammate: False, cast.reader: False}
    return people.save_team(team=Team(slug="lab", name="The Lab"), by=None, members=members)


def declare(cast: Cast, team: Team, target: str, days: int = 30, **given: Any) -> Declaration:
    until = timezone.localdate() + timedelta(days=days)
    fields: dict[str, Any] = {"sentence": SENTENCE, "by": cast.contributor} | given
    return declarations.declare(team=team, target=target, until=until, **fields)


def test_a_member_declares_and_the_state_stays(cast: Cast, team: Team) -> None:
    problem = make_problem(1)
    statement = make_statement(problem)
    call = make_call(statement)
    made = [declare(cast, team, "P1.L1", by=cast.teammate), declare(cast, team, call.code)]
    assert working_on(statements=[statement.pk], calls=[call.pk]) == ({statement.pk: made[:1]}, {call.pk: made[1:]})
    found = coverage.for_problem(problem)
    (cell,) = found.row.limitations
    assert (cell.working, cell.state, found.row.worked_on) == (made[:1], State.UNTOUCHED, 1)
    assert [each.working for each in coverage.calls()] == [made[1:]]
    assert list(declared_by(team)) == made
    about = AuditEvent.objects.filter(object_type="declaration").order_by("pk").values_list("kind", "actor")
    assert list(about) == [(EventKind.CREATED, cast.teammate.pk), (EventKind.CREATED, cast.contributor.pk)]


def test_who_may_speak_for_a_team(cast: Cast, team: Team) -> None:
    code = make_statement().code
    for name in ("reader", "stranger", "reviewer", "curator", "anonymous"):  # the reader is in it
        with pytest.raises(Refused):
            declare(cast, team, code, by=getattr(cast, name))
    made = declare(cast, team, code)
    for name in ("reader", "stranger", "curator"):
        with pytest.raises(Refused):
            declarations.change(declaration=made, sentence="Another.", until=made.until, by=getattr(cast, name))
    for name in ("reader", "stranger", "reviewer"):
        with pytest.raises(Refused):
            declarations.end(declaration=made, by=getattr(cast, name))
    assert [name for name, person in cast.everybody().items() if speaks_for_any(person)] == ["contributor", "teammate"]


@pytest.mark.parametrize("days", [-1, 366])
def test_it_ends_within_a_year(cast: Cast, team: Team, days: int) -> None:
    code = make_statement().code
    with pytest.raises(Invalid) as refused:
        declare(cast, team, code, days=days)
    assert list(refused.value.errors) == ["until"]
    for within in (0, 365):
        declarations.end(declaration=declare(cast, team, code, days=within), by=cast.contributor)


@pytest.mark.parametrize(
    "sentence", ["Write to ada@example.org.", "See https://example.org/us for more.", "See www.example for more.", "All of it is at example.org now."]
)
def test_it_holds_no_address(cast: Cast, team: Team, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        declare(cast, team, make_statement().code, sentence=sentence)
    assert refused.value.errors == {"sentence": ["Leave addresses out: people write to the team through this site."]}


def test_what_it_is_on(cast: Cast, team: Team) -> None:
    statement = make_statement()
    retired = make_statement(retired_on=timezone.localdate(), successor=statement)
    for target in (f"P{statement.problem.number}", "P99.L1", "nonsense", "", retired.code):
        with pytest.raises(Invalid) as refused:
            declare(cast, team, target)
        assert list(refused.value.errors) == ["target"]
    for sentence in ("", "x" * 301):
        with pytest.raises(Invalid) as refused:
            declare(cast, team, statement.code, sentence=sentence)
        assert list(refused.value.errors) == ["sentence"]


def test_once_a_target_until_it_ends(cast: Cast, team: Team) -> None:
    statement = make_statement()
    first = declare(cast, team, statement.code)
    with pytest.raises(Invalid) as refused:
        declare(cast, team, statement.code)
    assert refused.value.errors == {"target": ["The team has declared this already. End that declaration, or change it."]}
    Declaration.objects.filter(pk=first.pk).update(until=timezone.localdate() - timedelta(days=1))
    assert working_on(statements=[statement.pk]) == ({}, {})
    assert list(declared_by(team)) == []
    again = declare(cast, team, statement.code)
    assert working_on(statements=[statement.pk]) == ({statement.pk: [again]}, {})


def test_it_is_not_shown_once_its_statement_is_retired(cast: Cast, team: Team) -> None:
    statement = make_statement()
    declare(cast, team, statement.code)
    Statement.objects.filter(pk=statement.pk).update(retired_on=timezone.localdate())
    assert working_on(statements=[statement.pk]) == ({}, {})


def test_it_is_changed_and_ended_once(cast: Cast, team: Team) -> None:
    made = declare(cast, team, make_statement().code)
    later = made.until + timedelta(days=5)
    declarations.change(declaration=made, sentence="Another sentence.", until=later, by=cast.teammate)
    made.refresh_from_db()
    assert (made.sentence, made.until) == ("Another sentence.", later)
    with pytest.raises(Invalid):
        declarations.change(declaration=made, sentence="Mail a@b.", until=later, by=cast.teammate)
    declarations.end(declaration=made, by=cast.curator)
    for way in (
        lambda: declarations.end(declaration=made, by=cast.contributor),
        lambda: declarations.change(declaration=made, sentence="x", until=later, by=cast.contributor),
    ):
        with pytest.raises(Conflict, match="has ended"):
            way()
    seen = {name for name, person in cast.everybody().items() if Declaration.objects.visible_to(person).exists()}
    assert seen == {"contributor", "teammate", "reader", "curator"}


@pytest.mark.parametrize("how", ["its day", "its statement"])
def test_one_that_has_ended_by_itself_is_not_revived(cast: Cast, team: Team, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(declarations, "MOST", 1)
    statement, yesterday = make_statement(), timezone.localdate() - timedelta(days=1)
    made = declare(cast, team, statement.code)
    if how == "its day":
        Declaration.objects.filter(pk=made.pk).update(until=yesterday)
    else:
        Statement.objects.filter(pk=statement.pk).update(retired_on=yesterday)
    later = timezone.localdate() + timedelta(days=9)
    for way in (
        lambda: declarations.change(declaration=made, sentence="Another sentence.", until=later, by=cast.contributor),
        lambda: declarations.end(declaration=made, by=cast.contributor),
    ):
        with pytest.raises(Conflict, match="has ended"):
            way()
    made.refresh_from_db()
    assert made.sentence == SENTENCE
    declare(cast, team, make_statement().code)  # nor does it count any more


def test_so_many_of_a_team(cast: Cast, team: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(declarations, "MOST", 2)
    problem = make_problem()
    codes = [make_statement(problem).code for _ in range(3)]
    first = declare(cast, team, codes[0])
    declare(cast, team, codes[1])
    with pytest.raises(Conflict, match="the most there may be"):
        declare(cast, team, codes[2])
    declarations.end(declaration=first, by=cast.contributor)
    declare(cast, team, codes[2])
