"""Whom one can ask to review, and what comes in for whom as a standing matter."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.reviewing import AssignmentSerializer, ReviewerSerializer
from problems.api.viewsets.base import Resource
from problems.api.viewsets.writing import Writing, fields
from problems.errors import Invalid
from problems.filters import AssignmentFilter, ReviewerFilter
from problems.handed_in import Data
from problems.models import Assignment, Problem, Team, User
from problems.permissions import Action, require, visible_reviewers
from problems.queries.reviews import reviewers
from problems.services import assignments
from problems.services.idempotency import Answer


def reviewer(by: User, given: Data, name: str) -> User | None:
    """The reviewer that a body names, of those whom `by` may know; None where it names nobody. Raises Invalid."""
    if not given.get(name):
        return None
    found = reviewers(by).filter(public_id=given[name]).first()
    if found is None:
        raise Invalid({name: [assignments.NOBODY]})
    return found


class ReviewerViewSet(Resource[User]):
    """People whom one can ask to review. For reviewers those who show their names, for curators all, for others nobody."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "reviewer", "reviewers"
    filters, serializer = ReviewerFilter, ReviewerSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[User]:
        return User.objects.filter(visible_reviewers(user))


class AssignmentViewSet(Writing[Assignment]):
    """What comes in on a problem, from a team or from a person, and to whom it is assigned. For curators."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "assignment", "assignments"
    filters, serializer = AssignmentFilter, AssignmentSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Assign what comes in",
            "From now on what comes in on a problem, from a team or from a person, one of the three, is assigned to a reviewer. The person comes "
            "first, then the team, then the problem. Nobody is asked who may not decide. For curators.",
            bodies.ASSIGNMENT,
            AssignmentSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "end": Operation(
            "End an assignment", "What was assigned by it stays so. For curators.", None, None, HTTPStatus.NO_CONTENT, version="required"
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Assignment]:
        return Assignment.objects.visible_to(user).select_related("reviewer", "problem", "team", "person")

    def create(self, request: Request) -> Response:
        """Another one."""
        self.refuse_parameters(request)
        require(request.user, Action.ASSIGN_STANDING, Assignment())
        given = fields(request, bodies.ASSIGNMENT.readers, *bodies.ASSIGNMENT.required)

        def work() -> Answer:
            made = assignments.stand(by=self.user, **self._named(given))
            return self.now(request, made.public_id, HTTPStatus.CREATED)

        return self.write(request, work)

    def end(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """End it."""
        standing = self.found(request, id)
        require(request.user, Action.ASSIGN_STANDING, standing)
        self.seen(request, standing, required=True)
        assignments.end(standing=standing, by=self.user)
        return Response(status=HTTPStatus.NO_CONTENT)

    def _named(self, given: Data) -> dict[str, Any]:
        """The rows that a body names. Raises Invalid."""
        kinds = {"problem": (Problem, "number"), "team": (Team, "slug"), "person": (User, "public_id")}
        if len([name for name in kinds if given.get(name)]) != 1:
            raise Invalid({"problem": ["Choose one: a problem, a team or a person."]})
        asked = reviewer(self.user, given, "reviewer")
        if asked is None:
            raise Invalid({"reviewer": [assignments.NOBODY]})
        found: dict[str, Any] = {"reviewer": asked}
        for name, (model, key) in kinds.items():
            if not given.get(name):
                continue
            found[name] = model._default_manager.filter(**{key: given[name]}).first()  # noqa: SLF001  # the documented way
            if found[name] is None:
                raise Invalid({name: [f"There is no such {'account' if name == 'person' else name}."]})
        return found
