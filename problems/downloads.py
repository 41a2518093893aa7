"""Papers as a file to take home: the one answer of site and API alike, and the one limit on how often."""

import time
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from rest_framework.request import Request

from problems.errors import Unparsable
from problems.formats import FORMATS, Format
from problems.middleware import error_answer
from problems.records import PaperRecord

PARAMETER = "format"
WRITTEN: dict[str, Format] = {name: form for name, form in FORMATS.items() if form.write}
HOUR = 3600
_SCOPES = ("problem", "statement", "call")


def by_name(name: str) -> Format:
    """The format that is written under this name. Raises Unparsable, naming those there are."""
    if name not in WRITTEN:
        raise Unparsable(f"There is no format “{name[:40]}”.", f"Choose one of: {', '.join(WRITTEN)}.", field=PARAMETER)
    return WRITTEN[name]


def answer(request: HttpRequest | Request, form: Format, records: Iterable[PaperRecord], name: str) -> HttpResponseBase:
    """A file called `name` with these records, written as they are read; 429 for who asks too often."""
    if form.write is None:
        message = f"{form.label} is not a format that is written here."
        raise TypeError(message)
    return stream(request, form.write(records), f"{name}{form.suffixes[0]}", form.media_type)


def stream(request: HttpRequest | Request, lines: Iterable[str | bytes], name: str, media_type: str) -> HttpResponseBase:
    """A file called `name` with these lines, under the same limit."""
    if seconds := _wait(request):
        refusal = error_answer(
            request, HTTPStatus.TOO_MANY_REQUESTS, "These are too many exports within an hour.", f"Wait {seconds} seconds and try again."
        )
        refusal.headers["Retry-After"] = str(seconds)
        return refusal
    body = () if request.method == "HEAD" else lines
    disposition = f'attachment; filename="{name}"'
    return StreamingHttpResponse(body, content_type=f"{media_type}; charset=utf-8", headers={"Content-Disposition": disposition})


def absolute(path: str) -> str:
    """Address of a path of this site."""
    return f"{settings.SITE_URL}{path}"


def name_of(active: dict[str, Any]) -> str:
    """The name of a file that holds a list with these filters, without its suffix."""
    for scope in _SCOPES:
        rows = list(active.get(scope, ()))
        if len(rows) == 1:
            return f"papers-{getattr(rows[0], 'code', '') or f'P{rows[0].number}'}"
    return "my-papers" if active.get("mine") else "papers"


def links(*, more: Iterable[tuple[str, str]] = (), **filters: str) -> list[dict[str, str]]:
    """Addresses of the papers with these filters (`more` of them as pairs), as a file in each format."""
    given = [*filters.items(), *more]
    return [{"label": form.label, "url": f"{reverse('papers')}?{urlencode([*given, (PARAMETER, name)])}"} for name, form in WRITTEN.items()]


def _wait(request: HttpRequest | Request) -> int:
    """Count this export; the seconds to wait if it is one too many for this token, account or address."""
    now = int(time.time())
    key = f"exports:{_who(request)}:{now // HOUR}"
    cache.add(key, 0, HOUR)
    return HOUR - now % HOUR if cache.incr(key) > settings.EXPORT_RATE else 0


def _who(request: HttpRequest | Request) -> str:
    if token := getattr(getattr(request, "auth", None), "pk", None):
        return f"token-{token}"
    return f"account-{request.user.pk}" if request.user.is_authenticated else f"address-{request.META.get('REMOTE_ADDR', '')}"
