"""Pages for what went wrong before or outside a view; below /api/ the same become problem documents."""

from http import HTTPStatus

from django.conf import settings
from django.core.exceptions import TooManyFieldsSent
from django.http import HttpRequest, HttpResponse
from django.views.defaults import server_error as plain_page

from problems.middleware import error_answer
from problems.views import keeping


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400; what it says else is not for everybody."""
    if isinstance(exception, TooManyFieldsSent):
        hint = "Go back in your browser, where your text still is, and hand in at most 100 tags at once."
        return error_answer(request, HTTPStatus.BAD_REQUEST, f"This form has more than {settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:,} fields.", hint)
    return error_answer(request, HTTPStatus.BAD_REQUEST, "This request cannot be read.", "Start again from a page of this site.")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403."""
    del exception  # what it says is not for everybody
    return error_answer(request, HTTPStatus.FORBIDDEN, "You may not do this.", "Log in with an account that may, or ask a curator.")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404, the same for what is hidden and for what is not there."""
    del exception  # what it says is not for everybody
    hint = "It may be mistyped, or old. Search, or start from the problems."
    return error_answer(request, HTTPStatus.NOT_FOUND, "There is nothing at this address.", hint)


def server_error(request: HttpRequest) -> HttpResponse:
    """500. The page is a plain file: what failed may be what pages are made of."""
    if request.path_info.startswith("/api/"):
        return error_answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Something failed on our side; it is in the log.", "Try again later.")
    return plain_page(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form without its token; a form of ours whose token went stale is shown again with what was typed."""
    del reason  # of use to an attacker only
    if keeping.of_a_form(request) and keeping.comes_from_here(request):
        return keeping.keep(request)
    hint = "Go back, load the page anew and send it again. Cookies of this site have to be allowed."
    return error_answer(request, HTTPStatus.FORBIDDEN, "This form was not sent from a page that is still good.", hint)
