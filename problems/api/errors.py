"""What went wrong, as problem documents (RFC 9457). One handler turns every refusal into one; middleware does so for what never reaches a view."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import UnreadablePostError
from rest_framework.exceptions import APIException, NotAcceptable, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from problems.api.addresses import address_of
from problems.errors import Duplicate, Invalid, TooMany, TrackerError, Unparsable
from problems.middleware import PROBLEM, problem_document
from problems.services.refusals import as_refusal

MOST = 100
IDEMPOTENCY_KEY = "Idempotency-Key"
FIELDS_OF_TAGS = {"target"}


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a request: where, a word for machines, a sentence for people."""

    place: str
    code: str
    detail: str
    kind: str = "parameter"
    """What the place is: a parameter of the query, a pointer into the body (RFC 6901), or a header."""

    def told(self) -> dict[str, str]:
        """As a problem document has it."""
        return {self.kind: self.place, "code": self.code, "detail": self.detail}


class BadQuery(APIException):
    """The query cannot be used. Every fault of it is told at once."""

    status_code = HTTPStatus.BAD_REQUEST
    default_detail = "The query has parameters that cannot be used."

    def __init__(self, faults: Sequence[Fault]) -> None:
        """With one fault or several."""
        super().__init__()
        self.faults = faults


class PreconditionRequired(APIException):
    """A change that does not say which version it is of."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED
    default_detail = "Say which version you change: send the ETag of what you read as If-Match."


class Moved(APIException):
    """What was asked for is part of another object now: readers are led there, writers are told."""

    default_detail = "This record was merged into another. Write to that one."

    def __init__(self, merged_into: str, address: str, *, reads: bool) -> None:
        """With the id and the address of the other."""
        super().__init__()
        self.status_code = HTTPStatus.MOVED_PERMANENTLY if reads else HTTPStatus.CONFLICT
        self.merged_into = merged_into
        self.address = address


def document(status: int, detail: str, faults: Sequence[Fault] = ()) -> dict[str, Any]:
    """Problem document. It repeats nothing of the request but what a fault is about, so that a hidden thing answers like an unknown one."""
    answer = problem_document(status, detail)
    return answer | {"errors": [fault.told() for fault in faults[:MOST]]} if faults else answer


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer to a refusal; None, which leads to the last resort of middleware and a line in the log, for what nobody expected."""
    reads = context["request"].method in SAFE_METHODS if context.get("request") else True
    match exc:
        case Unparsable() if reads:
            exc = BadQuery([Fault(exc.field, "invalid", str(exc))])
        case _ if refusal := as_refusal(exc):
            set_rollback()
            return _refused(refusal)
        case Moved():
            return _moved(exc)
        case SuspiciousOperation() | BadRequest() | UnreadablePostError():
            return _answer(Response(status=HTTPStatus.BAD_REQUEST), "This request cannot be read.")
        case _:
            pass
    response = exception_handler(exc, {})
    if response is None:
        return None
    return _answer(response, _detail(exc, response), exc.faults if isinstance(exc, BadQuery) else ())


def _refused(refusal: TrackerError) -> Response:
    response = Response(status=refusal.status)
    match refusal:
        case Invalid():
            return _answer(response, "Some values cannot be used.", list(_faults(refusal.errors)))
        case Unparsable():
            return _answer(response, "Some values cannot be used.", list(_faults({refusal.field: [str(refusal)]})))
        case Duplicate() if refusal.known:
            response = _answer(response, str(refusal))
            resource = "tags" if refusal.field in FIELDS_OF_TAGS else "papers"
            response.data["known"] = {"id": refusal.known, "url": address_of(resource, refusal.known)}
            return response
        case TooMany():
            response.headers["Retry-After"] = str(refusal.retry_after)
        case _:
            pass
    return _answer(response, str(refusal))


def _moved(exc: Moved) -> Response:
    told = {"merged_into": exc.merged_into, "url": exc.address}
    if exc.status_code == HTTPStatus.MOVED_PERMANENTLY:
        return Response(told, exc.status_code, headers={"Location": exc.address})
    response = _answer(Response(status=exc.status_code), str(exc.detail))
    response.data |= told
    return response


def _faults(errors: Mapping[str, Sequence[str]]) -> Iterator[Fault]:
    """Places like tags.0.rationale as pointers like /tags/0/rationale."""
    for place, sentences in errors.items():
        for sentence in sentences:
            if place == IDEMPOTENCY_KEY:
                yield Fault(place, "invalid", sentence, "header")
            else:
                yield Fault(
                    "".join(f"/{part.replace('~', '~0').replace('/', '~1')}" for part in place.split(".") if part), "invalid", sentence, "pointer"
                )


def _answer(response: Response, detail: str, faults: Sequence[Fault] = ()) -> Response:
    response.data = document(response.status_code, detail, faults)
    response.content_type = PROBLEM
    return response


def _detail(exc: Exception, response: Response) -> str:
    match exc:
        case Throttled():
            return f"Too many requests. Wait {response.headers.get('Retry-After', 'some')} seconds."
        case NotAcceptable():
            return "This API answers in JSON. Accept application/json."
        case PermissionDenied() if str(exc.detail).startswith("CSRF"):
            return "With the session of a browser a write needs its CSRF token, in the header X-CSRFToken."
        case PermissionDenied():
            return "You may not do this."
        case APIException():
            return str(exc.detail)
        case _:
            return "There is nothing at this address."
