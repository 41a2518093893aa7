"""One act on many submissions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any, ClassVar, cast, override

from django.utils.dateparse import parse_datetime
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.bulk_changes import BulkChangeSerializer, BulkPreviewSerializer
from problems.api.viewsets.asking import Asking
from problems.api.viewsets.writing import Writing, fields
from problems.errors import Invalid
from problems.filters import BulkChangeFilter
from problems.handed_in import Data
from problems.models import BulkChange, Statement, User
from problems.permissions import Action, require
from problems.queries import bulk_changes as queries
from problems.services import bulk_changes
from problems.services.bulk_changes import MOST, Options
from problems.services.idempotency import Answer

NAMES = ("reason", "words", "to", "source", "target", "relation")


class BulkPreviewViewSet(Asking):
    """What an act on many submissions would change."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "ask": Operation(
            "Preview a bulk change",
            "Tell of each submission what would change, or why it is left, and which limitations would move. It writes nothing. For reviewers.",
            bodies.BULK,
            BulkPreviewSerializer,
            version="",
            asks=True,
        ),
    }

    def ask(self, request: Request) -> Response:
        """What would change."""
        self.refuse_parameters(request)
        require(request.user, Action.BULK, BulkChange())
        given = fields(request, bodies.BULK.readers, *bodies.BULK.required)
        shown = bulk_changes.preview(by=cast("User", request.user), act=given["act"], public_ids=given["submissions"], options=_options(given))
        statements = Statement.objects.in_bulk(list(shown.states), field_name="code")
        told = {
            "act": shown.act,
            "items": shown.items,
            "states": [{"statement": statements[code], "outlook": outlook} for code, outlook in shown.states.items()],
        }
        return Response(BulkPreviewSerializer(told, context={"request": request}).data)


class BulkChangeViewSet(Writing[BulkChange]):
    """What you did to many submissions at once; for curators what anybody did."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "bulk change", "bulk changes"
    filters, serializer = BulkChangeFilter, BulkChangeSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Change many submissions",
            f"Accept, decline, assign, re-tag or restrict up to {MOST} submissions at once, each by the rules for one. What does not allow it is "
            "left, and said. Where nothing can be done to any, the answer is 422. For reviewers.",
            bodies.BULK_CHANGE,
            BulkChangeSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "undo": Operation(
            "Undo a bulk change",
            "Take back what you did, as a whole, within ten minutes. Where one of the submissions has moved on, nothing is undone.",
            bodies.NOTHING,
            BulkChangeSerializer,
            version="",
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> Any:
        return queries.changes_of(user)

    @override
    def complete(self, rows: Sequence[BulkChange]) -> None:
        queries.tell(rows, self.request.user)

    def create(self, request: Request) -> Response:
        """Do it."""
        self.refuse_parameters(request)
        require(request.user, Action.BULK, BulkChange())
        given = fields(request, bodies.BULK_CHANGE.readers, *bodies.BULK_CHANGE.required)
        seen = _seen(given.get("seen", {}))

        def work() -> Answer:
            made = bulk_changes.apply(by=self.user, act=given["act"], public_ids=given["submissions"], options=_options(given), seen=seen)
            return self.now(request, made.public_id, HTTPStatus.CREATED)

        return self.write(request, work)

    def undo(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Take it back."""
        change = self.found(request, id)
        require(request.user, Action.UNDO_BULK, change)
        fields(request, bodies.NOTHING.readers)

        def work() -> Answer:
            bulk_changes.undo(change=change, by=self.user)
            return self.now(request, id)

        return self.write(request, work)


def _options(given: Data) -> Options:
    return Options(**{name: given[name] for name in NAMES if name in given})


def _seen(given: Mapping[str, str]) -> dict[str, datetime]:
    """Times by id. Raises Invalid."""
    found, faults = {}, {}
    for key, value in given.items():
        try:
            time = parse_datetime(value)
        except ValueError:
            time = None
        if time is None or time.tzinfo is None:
            faults[f"seen.{key}"[:100]] = ["This is not a time. Send it as the preview gave it."]
        else:
            found[key] = time
    if faults:
        raise Invalid(faults)
    return found
