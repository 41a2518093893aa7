"""What somebody typed into a form outlives a session that ended meanwhile: it waits in a session until they are back, nothing else is stored."""

from collections.abc import Callable
from functools import wraps
from http import HTTPMethod, HTTPStatus
from typing import Any, Concatenate
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse, QueryDict
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from problems import harm
from problems.errors import Unparsable
from problems.middleware import error_answer

KEY = "typed"
AUTO = "auto"
"""What a script says that it does when a draft saves itself: of that nothing is kept here, the page has it still."""
KEPT = 3600  # seconds; what is older is not shown any more
MOST = 60  # forms an hour that visitors of one host have kept
LONGEST = 250_000  # characters: a submission with 100 tags, and room
TOKEN = "csrfmiddlewaretoken"  # noqa: S105  # a name, no secret
SIGNED_OUT = "You were signed out. Nothing was stored. Log in, and what you typed is here again."
AGAIN = "Nothing was stored yet. What you typed is kept below: send it again."
ASIDE = "What you had typed here is below. None of it was sent."
NOT_ASIDE = "What you had typed beside it could not be kept. Go back in your browser, copy it and type it again."


def keeps_typed[**Rest](
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """For pages with a form that sends to its own address: visitors are led to the log-in and back, with what they typed.

    The view asks `typed` for what its form holds, on GET too, and writes on POST only.
    """

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if request.user.is_authenticated:
            return view(request, *args, **kwargs)
        if request.method == HTTPMethod.POST:
            return keep(request)
        return redirect_to_login(request.get_full_path())

    limited: Any = require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])(answer)
    limited.keeps_typed = True
    return limited  # type: ignore[no-any-return]  # require_http_methods is not that exact


def typed(request: HttpRequest) -> QueryDict | None:
    """What the form of this page holds: what was sent now, or what was kept from before a log-in; None for a form that is new."""
    kept: dict[str, Any] = request.session.get(KEY) or {}
    mine = kept.get("path") == request.path
    if request.method == HTTPMethod.POST:
        if mine:
            del request.session[KEY]
        return request.POST
    if not mine or request.META.get("QUERY_STRING") or timezone.now().timestamp() - kept["at"] > KEPT:
        return None
    messages.info(request, kept.get("told", AGAIN))
    return QueryDict(kept["body"])


def waits(request: HttpRequest) -> QueryDict:
    """What was kept for this address; empty where nothing was."""
    kept: dict[str, Any] = request.session.get(KEY) or {}
    return QueryDict(kept["body"] if kept.get("path") == request.path else "")


def lead(request: HttpRequest, path: str) -> HttpResponseRedirect:
    """From an address that only takes what is sent to the page that sends there, with what was kept from before a log-in."""
    kept: dict[str, Any] = request.session.get(KEY) or {}
    if kept.get("path") == request.path:
        request.session[KEY] = kept | {"path": path}
    return HttpResponseRedirect(path)


def put_aside(request: HttpRequest, path: str, body: QueryDict) -> None:
    """Keep what was typed into the form of the page at `path`, and was sent along while something else was done, until that page is seen again."""
    body.pop(TOKEN, None)
    text = body.urlencode()
    try:
        _refuse_harm(body)
    except Unparsable:
        messages.warning(request, NOT_ASIDE)
        return
    if len(text) > LONGEST:
        messages.warning(request, NOT_ASIDE)
        return
    request.session[KEY] = {"path": path, "body": text, "at": int(timezone.now().timestamp()), "told": ASIDE}


def keep(request: HttpRequest) -> HttpResponse:
    """Put what was sent aside and lead to the log-in, or, who is signed in, back to the form. The session of a visitor ends within the hour."""
    if request.POST.get("do") == AUTO:
        return JsonResponse({"error": "You were signed out."}, status=HTTPStatus.UNAUTHORIZED)
    body = request.POST.copy()
    body.pop(TOKEN, None)
    text = body.urlencode()
    try:
        _refuse_harm(body)
    except Unparsable as error:  # what must not be stored is kept by no session, too
        return error_answer(request, HTTPStatus.UNPROCESSABLE_ENTITY, error.title, error.hint)
    if len(text) > LONGEST:
        hint = "Go back in your browser, copy your text, log in and send it again."
        return error_answer(request, HTTPStatus.FORBIDDEN, "You were signed out, and this is too long to be kept here.", hint)
    if not request.user.is_authenticated and _too_many(request.META.get("REMOTE_ADDR", "")):
        return error_answer(request, HTTPStatus.TOO_MANY_REQUESTS, "Too many forms were sent without a log-in.", "Log in, then send it again.")
    request.session[KEY] = {"path": request.path, "body": text, "at": int(timezone.now().timestamp())}
    if request.user.is_authenticated:
        return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    request.session.set_expiry(KEPT)
    messages.info(request, SIGNED_OUT)
    return redirect_to_login(request.path)


def _refuse_harm(body: QueryDict) -> None:
    """Raise Unparsable for what must not be stored."""
    for name, values in body.lists():
        harm.refuse(name)
        for value in values:
            harm.refuse(value)


def _too_many(host: str) -> bool:
    """Whether this host had enough kept within the hour: visitors fill no store."""
    key = f"typed-{host}"
    if cache.add(key, 1, KEPT):
        return False
    try:
        return cache.incr(key) > MOST
    except ValueError:  # it ran out between the two
        return False


def comes_from_here(request: HttpRequest) -> bool:
    """Whether a form was sent by a page of this site, as the browser says, whatever its token: a log-in elsewhere makes one stale."""
    sent_by = request.headers.get("Origin") or request.headers.get("Referer", "")
    return urlsplit(sent_by)[:2] == (request.scheme, request.get_host())


def of_a_form(request: HttpRequest) -> bool:
    """Whether the address keeps what is typed."""
    match = request.resolver_match
    return bool(match and getattr(match.func, "keeps_typed", False))
