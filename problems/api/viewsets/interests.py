"""Conflicts of interest of who asks, and how far reviewers agree."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.interests import AgreementSerializer, InterestSerializer
from problems.api.viewsets.base import ReadOnly
from problems.api.viewsets.writing import Writing, fields
from problems.filters import InterestFilter
from problems.models import Interest, SecondOpinion
from problems.permissions import Action, require, why_not
from problems.queries import fairness, opinions
from problems.services import interests
from problems.services.idempotency import Answer


class InterestViewSet(Writing[Interest]):
    """Your conflicts of interest. What they touch is kept from you on every page and in the API. Nobody else reads them."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "conflict of interest", "conflicts of interest"
    filters, serializer = InterestFilter, InterestSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Declare a conflict of interest",
            "With a paper, an author or a team. You decide on nothing that it touches; what you hold of that is released. For reviewers.",
            bodies.INTEREST,
            InterestSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "withdraw": Operation("Take a conflict of interest back", "It is deleted.", None, None, HTTPStatus.NO_CONTENT, version="required"),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Interest]:
        return Interest.objects.visible_to(user).select_related("team")

    @override
    def complete(self, rows: Sequence[Interest]) -> None:
        fairness.in_sight(self.request.user, rows)

    def create(self, request: Request) -> Response:
        """One more."""
        self.refuse_parameters(request)
        require(request.user, Action.DECLARE_INTEREST, Interest())
        given = fields(request, bodies.INTEREST.readers, *bodies.INTEREST.required)

        def work() -> Answer:
            made = interests.declare(by=self.user, kind=given["kind"], what=given["what"])
            return self.now(request, made.public_id, HTTPStatus.CREATED)

        return self.write(request, work)

    def withdraw(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """One less."""
        interest = self.found(request, id)
        self.seen(request, interest, required=True)
        interests.withdraw(interest=interest, by=self.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class AgreementView(ReadOnly):
    """How often two reviewers said the same of a tag without seeing each other, by relation. For reviewers; for others it is empty."""

    serializer = AgreementSerializer
    summary = "How far reviewers agree"

    def get(self, request: Request) -> Response:
        """All of it."""
        self.refuse_parameters(request)
        rows = [] if why_not(request.user, Action.SEE_AGREEMENT, SecondOpinion()) else opinions.agreement()
        return Response(AgreementSerializer({"fewest": opinions.FEWEST, "rows": rows}).data)
