"""What all writes of the API have in common: who may is asked before anything is read, versions are compared, a repeated request is not done twice.

The order of refusals: 405, 401, 403 for the scope of a token, 404, 403, 428 or 412, 413 or 415 or 400 for the body, 422 for its values.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Any, ClassVar, cast, override

import orjson
from django.db.models import Model
from django.utils.http import parse_etags, quote_etag
from rest_framework.request import Request
from rest_framework.response import Response

from problems import handed_in
from problems.api import bodies, parsers
from problems.api.addresses import api_address
from problems.api.errors import IDEMPOTENCY_KEY, PreconditionRequired
from problems.api.operations import Operation
from problems.api.renderers import JSONRenderer
from problems.api.viewsets.base import Resource
from problems.errors import Invalid, Stale
from problems.handed_in import Data, Reader
from problems.models import User
from problems.permissions import Action
from problems.queries import fairness
from problems.services import idempotency
from problems.services.idempotency import Answer


class Writing[Row: Model](Resource[Row]):
    """A resource that takes writes too."""

    http_method_names = ["get", "post", "patch", "delete", "head", "options"]
    operations: ClassVar[Mapping[str, Operation]]

    @property
    def user(self) -> User:
        """Who writes: somebody, or the request would have been refused."""
        return cast("User", self.request.user)

    @override
    def found(self, request: Request, key: str) -> Row:
        self.refuse_parameters(request)
        return super().found(request, key)

    def told(self, request: Request, row: Row) -> Data:
        """What reading it answers."""
        return dict(self.serializer(row, context={"request": request}).data)

    def seen(self, request: Request, row: Row, *, required: bool) -> datetime | None:
        """When `row` last changed, where If-Match names it as it is. Raises 428 where it has to and does not, 412 where it names another version."""
        header = request.headers.get("If-Match")
        if header is None:
            if required:
                raise PreconditionRequired
            return None
        if header.strip() == "*":
            return None
        if mark(self.told(request, row)) not in parse_etags(header):
            title = "This has changed since you read it."
            raise Stale(title, "Read it again, then repeat the change.")
        return row.modified  # type: ignore[attr-defined,no-any-return]  # of every model here

    def write(self, request: Request, work: Callable[[], Answer], *, sent: bytes | None = None) -> Response:
        """Answer with what `work` does: once, where the request carries a key. `sent` stands for a body that was read already."""
        key = request.headers.get(IDEMPOTENCY_KEY)
        if key is None:
            return self.answer(work())

        def kept() -> Answer:
            answer = work()
            return replace(answer, body=orjson.dumps(answer.body).decode())  # as text: the database would sort its fields

        same = idempotency.digest(request.method or "", request.path, request.body if sent is None else sent)
        first = idempotency.once(by=self.user, key=key, request=same, write=kept)
        return self.answer(replace(first, body=orjson.loads(first.body)))

    def reasoned(self, request: Request, key: str, action: Action, do: Callable[[Row, str], object]) -> Response:
        """Do to a row what asks for nothing but a reason."""
        row = self.found(request, key)
        fairness.require(request.user, action, row)
        given = fields(request, bodies.RESTRICTION.readers, *bodies.RESTRICTION.required)

        def work() -> Answer:
            self.seen(request, row, required=False)
            do(row, given["reason"])
            return self.now(request, key)

        return self.write(request, work)

    @staticmethod
    def answer(answer: Answer) -> Response:
        """As a response."""
        return Response(answer.body, answer.status, headers=dict(answer.headers))

    def now(self, request: Request, key: str, status: HTTPStatus = HTTPStatus.OK) -> Answer:
        """The row as it is after a write, marked like the answer to reading it."""
        row = self.found(request, key)
        body = self.told(request, row)
        headers = {"ETag": mark(body)} | ({"Location": api_address(row)} if status == HTTPStatus.CREATED else {})
        return Answer(status, body, headers)


def mark(body: Mapping[str, Any]) -> str:
    """The strong ETag of a representation."""
    return quote_etag(sha256(JSONRenderer().render(body)).hexdigest())


def fields(request: Request, readers: Mapping[str, Reader], *required: str) -> Data:
    """The body of a request, read by these. Raises an APIException where it is no JSON object, Invalid by field."""
    given = handed_in.read_fields(parsers.read(request), readers)
    missing = {name: ["This field is missing."] for name in required if name not in given}
    if missing:
        raise Invalid(missing)
    return given


@contextmanager
def placed(rename: Callable[[str], str]) -> Iterator[None]:
    """Name faults by their places in the request, where it became other content."""
    try:
        yield
    except Invalid as error:
        found: dict[str, list[str]] = {}
        for place, sentences in error.errors.items():
            found.setdefault(rename(place), []).extend(sentences)
        raise Invalid(found) from error
