"""What went wrong, as problem documents (RFC 9457). One handler turns every refusal into one; middleware does so for what never reaches a view."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any

from django.core.exceptions import SuspiciousOperation
from rest_framework.exceptions import APIException, NotAcceptable, PermissionDenied, Throttled
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from problems.errors import Unparsable
from problems.middleware import as_refusal

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with a query: which parameter, a word for machines, a sentence for people."""

    parameter: str
    code: str
    detail: str


class BadQuery(APIException):
    """The query cannot be used. Every fault of it is told at once."""

    status_code = HTTPStatus.BAD_REQUEST
    default_detail = "The query has parameters that cannot be used."

    def __init__(self, faults: Sequence[Fault]) -> None:
        """With one fault or several."""
        super().__init__()
        self.faults = faults


def kind_of(status: int) -> str:
    """The word for this status in the `type` of a problem document."""
    return HTTPStatus(status).phrase.lower().replace(" ", "_")


def document(status: int, detail: str, faults: Sequence[Fault] = ()) -> dict[str, Any]:
    """Problem document. It repeats nothing of the request but what a fault is about, so that a hidden thing answers like an unknown one."""
    answer: dict[str, Any] = {"type": f"/api/errors/{kind_of(status)}/", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    return answer | {"errors": [asdict(fault) for fault in faults]} if faults else answer


def problem_response(exc: Exception, context: dict[str, Any]) -> Response | None:
    """Answer to a refusal; None, which leads to the last resort of middleware and a line in the log, for what nobody expected."""
    del context
    match exc:
        case Unparsable():  # while the API only reads, all that it parses is the query
            exc = BadQuery([Fault(exc.field, "invalid", str(exc))])
        case _ if refusal := as_refusal(exc):
            set_rollback()
            return _answer(Response(status=refusal.status), str(refusal))
        case SuspiciousOperation():
            return _answer(Response(status=HTTPStatus.BAD_REQUEST), "This request cannot be read.")
        case _:
            pass
    response = exception_handler(exc, {})
    if response is None:
        return None
    return _answer(response, _detail(exc, response), exc.faults if isinstance(exc, BadQuery) else ())


def _answer(response: Response, detail: str, faults: Sequence[Fault] = ()) -> Response:
    response.data = document(response.status_code, detail, faults)
    response.content_type = MEDIA_TYPE
    return response


def _detail(exc: Exception, response: Response) -> str:
    match exc:
        case Throttled():
            return f"Too many requests. Wait {response.headers.get('Retry-After', 'some')} seconds."
        case NotAcceptable():
            return "This API answers in JSON. Accept application/json."
        case PermissionDenied():
            return "You may not do this."
        case APIException():
            return str(exc.detail)
        case _:
            return "There is nothing at this address."
