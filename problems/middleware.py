"""What holds for every request, whatever the face: whose address counts, how large it may be, which headers answer it, when a session ends."""

import logging
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address, ip_network
from typing import Any, override
from urllib.parse import urlsplit

import structlog
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import DisallowedHost
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_cache_control, patch_vary_headers
from whitenoise.middleware import WhiteNoiseFileResponse

from problems import harm, once, sight
from problems.choices import Face, Role
from problems.errors import Unparsable
from problems.permissions import role_of
from problems.services import audit, reads
from problems.services.refusals import as_refusal

FACES = {"/api/": Face.API, "/admin/": Face.ADMIN}
PROBLEM = "application/problem+json"
FORM_AROUND = 64 * 1024  # bytes of a form around the file that it sends
REFUSALS = {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}  # what an operator looks for in the log: rights refused, limits reached
log = structlog.get_logger("tracker.request")

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


def kind_of(status: int) -> str:
    """The word for this status in the `type` of a problem document."""
    return HTTPStatus(status).phrase.lower().replace(" ", "_")


def problem_document(status: int, detail: str) -> dict[str, Any]:
    """What went wrong, for machines (RFC 9457)."""
    return {"type": f"/api/errors/{kind_of(status)}/", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}


def error_answer(request: HttpRequest, status: int, detail: str, hint: str = "") -> HttpResponse:
    """Return the answer to a request that fails: a problem document below /api/, a page elsewhere."""
    phrase = HTTPStatus(status).phrase
    if request.path_info.startswith("/api/"):
        return JsonResponse(problem_document(status, f"{detail} {hint}".strip()), status=status, content_type=PROBLEM)
    return render(request, "error.html", {"status": status, "phrase": phrase, "title": detail, "hint": hint}, status=status)


class Middleware:
    """A middleware that lets everything pass; the others say what they add."""

    def __init__(self, get_response: GetResponse) -> None:
        """Keep what comes next."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self.get_response(request)


class TrustedProxies(Middleware):
    """Believes forwarding headers from configured proxies only, and takes them away from everybody else."""

    forwarded = (
        "HTTP_X_FORWARDED_FOR",
        "HTTP_X_FORWARDED_PROTO",
        "HTTP_X_FORWARDED_HOST",
        "HTTP_X_FORWARDED_PORT",
        "HTTP_FORWARDED",
        "HTTP_X_REQUEST_ID",
    )

    def __init__(self, get_response: GetResponse) -> None:
        """Read the networks once."""
        super().__init__(get_response)
        self.networks = [ip_network(network) for network in settings.TRUSTED_PROXIES]

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        headers = {name: request.META.pop(name, "") for name in self.forwarded}
        if self.trusts(request.META.get("REMOTE_ADDR", "")):
            hops = [hop.strip() for hop in headers["HTTP_X_FORWARDED_FOR"].split(",") if hop.strip()]
            while hops and self.trusts(request.META["REMOTE_ADDR"]):  # the last address that no proxy of ours has is the client's
                request.META["REMOTE_ADDR"] = hops.pop()
            if headers["HTTP_X_FORWARDED_PROTO"] == "https":
                request.META["wsgi.url_scheme"] = "https"
            request.META["HTTP_X_REQUEST_ID"] = headers["HTTP_X_REQUEST_ID"]
        return self.get_response(request)

    def trusts(self, address: str) -> bool:
        """Whether `address` belongs to a configured proxy."""
        try:
            return any(ip_address(address) in network for network in self.networks)
        except ValueError:
            return False


class RequestLog(Middleware):
    """Gives each request an id, which the record keeps too, and writes one line about it: no query string, no address, no name."""

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        started = time.perf_counter()
        request_id = _uuid(request.META.get("HTTP_X_REQUEST_ID", ""))
        face = next((face for start, face in FACES.items() if request.path_info.startswith(start)), Face.SITE)
        with structlog.contextvars.bound_contextvars(request_id=request_id), audit.origin(face, request_id), once.reading(request.method):
            response = self.get_response(request)
            route = request.resolver_match.route if request.resolver_match else ""  # not the path: links in mails carry secrets there
            milliseconds = round((time.perf_counter() - started) * 1000)
            level = logging.WARNING if response.status_code in REFUSALS else logging.INFO
            log.log(level, "request", method=request.method, route=route, status=response.status_code, milliseconds=milliseconds)
        response.headers["X-Request-ID"] = request_id
        return response


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.uuid4())


class AnswerHeaders(Middleware):
    """Adds the headers that Django has no setting for, and keeps private answers out of shared caches."""

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if response.status_code in {HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED}:  # they have no body whose length there would be
            response.headers.pop("Content-Length", None)
        elif isinstance(response, HttpResponse):  # what is not streamed has a length, so that the connection can be used again
            response.headers.setdefault("Content-Length", str(len(response.content)))
            if request.method == "HEAD":  # the server sends what it is given, and a body here would be read as the next answer
                response.content = b""
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not isinstance(response, WhiteNoiseFileResponse):
            self.keep(request, response)
        return response

    @staticmethod
    def keep(request: HttpRequest, response: HttpResponseBase) -> None:
        """Say who may keep an answer."""
        private = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers or response.cookies
        patch_vary_headers(response, ["Cookie", "Authorization"])
        patch_cache_control(response, private=True, no_cache=True) if private else patch_cache_control(response, no_cache=True)
        if request.path_info.startswith("/api/") and not private and request.method in {"GET", "HEAD"}:
            response.headers["Access-Control-Allow-Origin"] = "*"


class Gate(Middleware):
    """Answers /healthz and /readyz, and refuses foreign hosts, unknown methods and what is too long, before anything reads the request."""

    methods = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in {"/healthz", "/readyz"}:
            return self.health(ready=request.path_info == "/readyz")
        refusal = self.refusal(request)
        if not refusal:
            return self.get_response(request)
        request.META["HTTP_HOST"] = urlsplit(settings.SITE_URL).netloc  # the page names its own address, never one that a request made up
        response = error_answer(request, *refusal)
        if response.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = ", ".join(sorted(self.methods))
        return response

    @staticmethod
    def health(*, ready: bool) -> HttpResponse:
        """200 with the database, and for `ready` with no migration missing; else 503 and why."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            if ready and _migrations() - MigrationRecorder(connection).applied_migrations().keys():
                return JsonResponse({"status": "migrations are missing"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
        except DatabaseError:
            return JsonResponse({"status": "no database"}, status=HTTPStatus.SERVICE_UNAVAILABLE)
        return JsonResponse({"status": "ok"})

    def refusal(self, request: HttpRequest) -> tuple[int, str, str] | None:
        """Status, reason and advice, if the request is to be refused."""
        if refused := request.META.get("tracker.refused"):  # by the server; see tracker.server
            status, reason = refused
            return status, reason, ""
        try:
            request.get_host()
        except DisallowedHost:
            return HTTPStatus.BAD_REQUEST, "This host name is not served here.", "Check the address."
        if request.method not in self.methods:
            return HTTPStatus.METHOD_NOT_ALLOWED, "This method is not used here.", ""
        line = len(request.META.get("REQUEST_URI", request.get_full_path()))
        if line > settings.MAX_REQUEST_LINE:
            return HTTPStatus.REQUEST_URI_TOO_LONG, f"The address is longer than {settings.MAX_REQUEST_LINE} bytes.", "Use fewer or shorter filters."
        length = request.META.get("CONTENT_LENGTH") or ""
        return self.too_long(request, int(length) if length.isdecimal() else 0)

    @staticmethod
    def too_long(request: HttpRequest, size: int) -> tuple[int, str, str] | None:
        """The same for the size of a body: files of records may be larger than others."""
        if request.method == "POST" and request.path_info in settings.UPLOADS:
            limit, told, advice = settings.MAX_IMPORT + FORM_AROUND, f"The file is larger than {settings.MAX_IMPORT:,} bytes.", "Split it."
        else:
            limit, told, advice = settings.MAX_BODY, f"The body is longer than {settings.MAX_BODY} bytes.", "Send less at once."
        return (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, told, advice) if size > limit else None


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Every migration of this source."""
    return frozenset(MigrationLoader(None).disk_migrations)


class StashedForms(Middleware):
    """Takes text that must not be stored out of the session again, where django-allauth keeps a form until the password was asked for once more."""

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if request.method != "POST" or response.status_code != HTTPStatus.FOUND or STATE_SESSION_KEY not in request.session:
            return response
        try:
            for name, values in request.POST.lists():
                for text in (name, *values):
                    harm.refuse(text)
        except Unparsable as error:
            del request.session[STATE_SESSION_KEY]
            return error_answer(request, error.status, error.title, error.hint)
        return response


class ErrorPages(Middleware):
    """Turns what was refused on purpose into an answer; the API's own handler has done so for its views."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a TrackerError; leave the rest to Django."""
        refusal = as_refusal(exception)
        return error_answer(request, refusal.status, refusal.title, refusal.hint) if refusal else None


class RestrictedReads(Middleware):
    """Logs which restricted records and texts somebody was let through to, whatever the face, before the answer leaves. No log, no answer."""

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        noted = sight.Noted()
        with sight.noting(noted):
            response = self.get_response(request)
        where = audit.where_from()

        def write() -> None:
            if noted:
                reads.log(noted=noted, reader=request.user, where=where)

        try:
            write()
        except DatabaseError:
            structlog.get_logger("tracker.reads").exception("restricted reads could not be logged")
            advice = "Try again. If it happens again, tell a curator."
            return error_answer(request, HTTPStatus.SERVICE_UNAVAILABLE, "This cannot be shown: that it is read could not be logged.", advice)
        if isinstance(response, StreamingHttpResponse):
            response.streaming_content = self.logged(response.streaming_content, noted, write)
        return response

    @staticmethod
    def logged(parts: Any, noted: sight.Noted, write: Callable[[], None]) -> Iterator[bytes]:
        """The parts of an answer that is written while its rows are read: each leaves when what was read for it is logged."""
        parts = iter(parts)
        while True:
            with sight.noting(noted):
                part = next(parts, None)
            write()
            if part is None:
                return
            yield part


class SessionLimits(Middleware):
    """Ends a session at its greatest age, earlier for staff, and renews the rest at most once an hour."""

    @override
    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = datetime.now(UTC)
            session = request.session
            started = datetime.fromisoformat(session.setdefault("started", now.isoformat()))
            longest = settings.STAFF_SESSION_LONGEST if role_of(request.user) >= Role.CURATOR else settings.SESSION_LONGEST
            if now - started > longest:
                logout(request)
            elif now - datetime.fromisoformat(session.setdefault("seen", now.isoformat())) > timedelta(hours=1):
                session["seen"] = now.isoformat()
        return self.get_response(request)


class SecondFactor(Middleware):
    """Leads staff without a second factor to the page that sets one up, from everywhere but the pages of the account."""

    def process_view(self, request: HttpRequest, _view: object, _args: object, _kwargs: dict[str, Any]) -> HttpResponse | None:
        """Redirect where the second factor is due."""
        needed = ("/accounts/", reverse("theme"))  # to set one up, in the colours of the site
        if not settings.STAFF_SECOND_FACTOR or settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info.startswith(needed):
            return None
        if role_of(request.user) < Role.CURATOR or is_mfa_enabled(request.user):
            return None
        if request.path_info.startswith("/api/"):
            return error_answer(request, HTTPStatus.FORBIDDEN, "This account needs a second factor first.", "Set one up on the site.")
        return HttpResponseRedirect(reverse("mfa_index"))
