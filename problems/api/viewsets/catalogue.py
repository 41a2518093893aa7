"""Agenda, phases, challenge types, problems, statements and calls to action. All of it is public, and the same for every reader."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, ClassVar, override

from django.db.models import Count, OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Coalesce
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.catalogue import (
    AgendaSerializer,
    CallSerializer,
    ChallengeSerializer,
    PhaseSerializer,
    ProblemSerializer,
    StatementSerializer,
)
from problems.api.viewsets import nesting
from problems.api.viewsets.base import ReadOnly, Resource
from problems.api.viewsets.writing import Writing, fields
from problems.errors import Invalid
from problems.filters import CallFilter, ChallengeFilter, PhaseFilter, ProblemFilter, StatementFilter
from problems.models import Agenda, CallToAction, ChallengeType, Phase, Problem, Search, Statement, StateStep, Tag
from problems.permissions import Action, on_map, require
from problems.queries import coverage
from problems.queries.teams import working_on
from problems.services import checks_due
from problems.services.idempotency import Answer

SLUG = "[a-z0-9]+(-[a-z0-9]+)*"


def _papers(target: str) -> Coalesce:
    """Public papers with an accepted tag to the row."""
    tags = Tag.objects.on_map().filter(**{target: OuterRef("pk")}).order_by().values(target)
    return Coalesce(Subquery(tags.annotate(papers=Count("paper", distinct=True)).values("papers")), 0)


class AgendaView(ReadOnly):
    """The agenda of open problems that this map follows. There is one per installation."""

    serializer = AgendaSerializer
    summary = "The agenda"

    def get(self, request: Request) -> Response:
        """The agenda."""
        self.refuse_parameters(request)
        agenda: Any = Agenda.objects.first()
        if agenda is None:
            raise NotFound("No agenda is loaded yet.")
        agenda.challenges = list(ChallengeType.objects.all())
        return Response(AgendaSerializer(agenda).data)


class PhaseViewSet(Resource[Phase]):
    """Phases of the life cycle."""

    rows_by, pattern, one, many = "slug", SLUG, "phase", "phases"
    filters, serializer = PhaseFilter, PhaseSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Phase]:
        return Phase.objects.all()


class ChallengeViewSet(Resource[ChallengeType]):
    """Challenge types."""

    rows_by, pattern, one, many = "slug", SLUG, "challenge type", "challenge types"
    filters, serializer = ChallengeFilter, ChallengeSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[ChallengeType]:
        return ChallengeType.objects.all()


class ProblemViewSet(Resource[Problem]):
    """Open problems."""

    rows_by, pattern, one, many = "number", "[1-9][0-9]{0,2}", "problem", "problems"
    filters, serializer = ProblemFilter, ProblemSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Problem]:
        return Problem.objects.select_related("phase").prefetch_related("challenges")

    @override
    def complete(self, rows: Sequence[Any]) -> None:
        """Add what the map says of them."""
        on_the_map = {problem.pk: coverage.Row(problem) for problem in rows}
        coverage.fill(on_the_map)
        for problem in rows:
            problem.states, problem.papers = on_the_map[problem.pk].states, on_the_map[problem.pk].papers


class StatementViewSet(Writing[Statement]):
    """Statements: what the existing work of a problem is, and what limits it."""

    rows_by, pattern, one, many = "code", "P[1-9][0-9]{0,2}[.][EL][1-9][0-9]{0,2}", "statement", "statements"
    filters, serializer, includes = StatementFilter, StatementSerializer, (nesting.TAGS,)
    operations: ClassVar[Mapping[str, Operation]] = {
        "still_true": Operation(
            "Find a statement still true",
            "One that ages by its wording and is due (the filter due lists those): it stands until another day. For reviewers.",
            bodies.STILL_TRUE,
            StatementSerializer,
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Statement]:
        searches = Search.objects.on_map().filter(statement=OuterRef("pk")).order_by("-searched_on").values("searched_on")[:1]
        moves = StateStep.objects.filter(on_map("tag__")).select_related("tag__paper").defer("tag__paper__abstract", "tag__paper__search")
        statements = (
            Statement.objects.select_related("problem", "successor")
            .prefetch_related("calls", Prefetch("steps", moves.order_by("at", "pk"), to_attr="moves"))
            .annotate(papers=_papers("statement"), searched=Subquery(searches))
        )
        return statements.prefetch_related(nesting.prefetch()) if nesting.TAGS in include else statements

    @override
    def complete(self, rows: Sequence[Any]) -> None:
        nesting.cut(rows)
        working, _ = working_on(statements=[statement.pk for statement in rows])
        for statement in rows:
            statement.working = working.get(statement.pk, [])

    def still_true(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Let it stand until another day."""
        row = self.found(request, id)
        require(request.user, Action.CONFIRM_STATEMENT, row)
        given = fields(request, bodies.STILL_TRUE.readers, *bodies.STILL_TRUE.required)
        try:
            until = date.fromisoformat(given["until"]) if given.get("until") else None
        except ValueError as error:
            raise Invalid({"until": ["Write the day like 2026-01-31."]}) from error

        def work() -> Answer:
            self.seen(request, row, required=False)
            checks_due.confirm(statement=row, by=self.user, reason=given["reason"], until=until)
            return self.now(request, id)

        return self.write(request, work)


class CallViewSet(Resource[CallToAction]):
    """Calls to action of the agenda."""

    rows_by, pattern, one, many = "code", "C[1-9][0-9]{0,2}", "call to action", "calls to action"
    filters, serializer = CallFilter, CallSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[CallToAction]:
        served = Prefetch("serves", Statement.objects.current().select_related("problem"), to_attr="served")
        return CallToAction.objects.select_related("phase").prefetch_related(served).annotate(papers=_papers("call"))

    @override
    def complete(self, rows: Sequence[Any]) -> None:
        """Add the problems of what they serve."""
        _, working = working_on(calls=[call.pk for call in rows])
        for call in rows:
            call.working = working.get(call.pk, [])
            call.problems = sorted({statement.problem for statement in call.served}, key=lambda problem: problem.number)
