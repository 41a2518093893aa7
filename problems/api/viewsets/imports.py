"""Imports of files."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import NotFound, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies, query
from problems.api.addresses import api_address
from problems.api.errors import BadQuery
from problems.api.operations import Operation
from problems.api.parsers import TooLong, Unread
from problems.api.serializers.imports import ImportEntrySerializer, ImportSerializer
from problems.api.viewsets.base import Resource
from problems.api.viewsets.writing import Writing, fields
from problems.errors import Invalid
from problems.filters import ImportEntryFilter, ImportFilter
from problems.models import ImportRow, ImportRun
from problems.permissions import Action, require
from problems.queries import imports as queries
from problems.services import imports
from problems.services.idempotency import Answer

FORMS = {"multipart/form-data", "application/x-www-form-urlencoded"}
FILENAME, TEAM = "filename", "team"


class ImportViewSet(Writing[ImportRun]):
    """Files that you or people of your teams have sent; for reviewers all whose records were handed in."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "import", "imports"
    filters, serializer = ImportFilter, ImportSerializer
    parser_classes = [Unread]
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Import a file",
            f"Send the file itself as the body: up to {settings.MAX_IMPORT:,} bytes and 10,000 entries. It is read in the background: ask for the "
            "import until it is finished. Its new records are one submission. What the file is, is seen from what it holds. For contributors.",
            None,
            ImportSerializer,
            HTTPStatus.ACCEPTED,
            version="",
            upload=True,
        ),
        "cancel": Operation(
            "Cancel an import", "End it while it goes on; what it has created is removed again.", bodies.NOTHING, ImportSerializer, version=""
        ),
        "settle": Operation(
            "Settle an unclear entry",
            "Say whether it is the same work as the record that is named with it, or a new one. Until the submission is decided on.",
            bodies.SETTLEMENT,
            ImportEntrySerializer,
            version="",
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[ImportRun]:
        return queries.runs(user)

    @override
    def complete(self, rows: Sequence[ImportRun]) -> None:
        tallies = queries.tallies([run.submission for run in rows if run.submission], self.request.user)
        for run in rows:
            run.tally = tallies.get(run.submission_id) if run.submission_id else None  # type: ignore[attr-defined]  # for the serializer

    def create(self, request: Request) -> Response:
        """Take a file in. Who may not is refused before anything of it is read."""
        require(request.user, Action.IMPORT_FILE, ImportRun())
        given, faults = query.read(request, {FILENAME: False, TEAM: False})
        if faults:
            raise BadQuery(faults)
        data = _file(request)
        if not data:
            raise Invalid({"": ["Send the file as the body."]})

        def work() -> Answer:
            run = imports.start(data=data, filename=given.get(FILENAME, ""), by=self.user, team=given.get(TEAM, ""))
            row = Resource.found(self, request, run.public_id)  # past the parameters, which the other one refuses
            return Answer(HTTPStatus.ACCEPTED, self.told(request, row), {"Location": api_address(row)})

        return self.write(request, work, sent=request.META.get("QUERY_STRING", "").encode() + b"\0" + data)

    def cancel(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """End it."""
        run = self.found(request, id)
        require(request.user, Action.SETTLE_IMPORT, run)
        fields(request, bodies.NOTHING.readers)

        def work() -> Answer:
            imports.cancel(run=run, by=self.user)
            return self.now(request, id)

        return self.write(request, work)

    def settle(self, request: Request, id: str) -> Response:  # noqa: A002
        """Say what an unclear entry is."""
        run = self.found(request, id)
        require(request.user, Action.SETTLE_IMPORT, run)
        given = fields(request, bodies.SETTLEMENT.readers, *bodies.SETTLEMENT.required)

        def work() -> Answer:
            row = run.rows.filter(number=given["entry"]).first()
            if row is None:
                raise Invalid({"entry": ["The file has no such entry."]})
            row = imports.settle(row=row, choice=given["choice"], by=self.user)
            queries.name_papers([row], self.user)
            return Answer(HTTPStatus.OK, dict(ImportEntrySerializer(row).data), {})

        return self.write(request, work)


def _file(request: Request) -> bytes:
    """The body as it is. It is read here for the first time, and no further than the limit."""
    kind, _ = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
    if kind.lower() in FORMS or "HTTP_CONTENT_ENCODING" in request.META:
        raise UnsupportedMediaType(kind, "Send the file itself as the body, not in a form, not packed.")
    data: bytes = request.stream.read(settings.MAX_IMPORT + 1) if request.stream else b""
    if len(data) > settings.MAX_IMPORT:
        detail = f"The file is larger than {settings.MAX_IMPORT:,} bytes. Split it."
        raise TooLong(detail)
    return data


class ImportEntryViewSet(Writing[ImportRow]):
    """What became of each entry of a file, in its order."""

    rows_by, pattern, one, many = "number", "[a-z0-9]{10}", "import", "entries"
    filters, serializer = ImportEntryFilter, ImportEntrySerializer
    operations: ClassVar[Mapping[str, Operation]] = {}
    http_method_names = ["get", "head", "options"]
    run: ImportRun | None = None

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[ImportRow]:
        return queries.entries(self.run) if self.run else ImportRow.objects.none()

    @override
    def complete(self, rows: Sequence[ImportRow]) -> None:
        queries.name_papers(rows, self.request.user)

    @override
    def list(self, request: Request, id: str = "") -> HttpResponseBase:  # the word of the address
        """A page of them."""
        self.run = queries.runs(request.user).filter(public_id=id).first() if self.is_id(id) else None
        if self.run is None:
            raise NotFound(self.nothing)
        return super().list(request)
