"""How one reads, and the log of restricted reads."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.care import CareSerializer, RestrictedReadSerializer
from problems.api.viewsets.base import Resource
from problems.api.viewsets.writing import Writing, fields, mark
from problems.filters import ReadFilter
from problems.models import Care, RestrictedRead
from problems.permissions import Action, require
from problems.queries import care as queries
from problems.services import care
from problems.services.idempotency import Answer


class CareViewSet(Writing[Care]):
    """How you want to read what carries an advisory. It is yours alone; visitors read the defaults."""

    serializer, one, many, pattern = CareSerializer, "reading", "readings", ""
    operations: ClassVar[Mapping[str, Operation]] = {
        "edit": Operation(
            "Set how you read",
            "From which level on texts are folded, which topics always, and what your queue offers. Nothing of it is recorded, or told to anybody.",
            bodies.CARE,
            CareSerializer,
            version="required",
        ),
    }

    def retrieve(self, request: Request) -> Response:  # type: ignore[override]  # there is one, without an id
        """As it is set."""
        self.refuse_parameters(request)
        return Response(self._told(request))

    def edit(self, request: Request) -> Response:
        """Change some of it."""
        self.refuse_parameters(request)
        require(request.user, Action.SET_CARE, self.user)
        mine: Any = queries.of(self.user)
        mine.modified = None  # its ETag alone says which version it is
        self.seen(request, mine, required=True)
        given = fields(request, bodies.CARE.readers)
        care.save(user=self.user, by=self.user, values=given)
        told = self._told(request)
        return self.answer(Answer(HTTPStatus.OK, told, {"ETag": mark(told)}))

    def _told(self, request: Request) -> dict[str, Any]:
        return self.told(request, queries.of(request.user))


class RestrictedReadViewSet(Resource[RestrictedRead]):
    """The log of restricted reads: who was let through to which restricted record or text. For curators; for others it is empty."""

    rows_by, pattern, one, many = "object_name", "[a-z0-9]{10}", "reading", "restricted reads"
    filters, serializer = ReadFilter, RestrictedReadSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[RestrictedRead]:
        return RestrictedRead.objects.visible_to(user).select_related("reader")
