"""What keeps people and secrets out of the log, also where a library or an error would write them."""

import re
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from structlog.typing import EventDict

E_MAIL = re.compile(r"[^\s@\"'<>(){}\[\],;:=]+@[^\s@\"'<>(){}\[\],;:=]+")


def without_paths(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Name the route where Django names the path of a request: links in mails carry secrets there."""
    request = getattr(event.get("_record"), "request", None)
    if isinstance(request, HttpRequest) and request.path != "/":
        route = request.resolver_match.route if request.resolver_match else "an unknown address"
        path = request.path.encode("unicode_escape").decode("ascii")  # as Django logs it
        event["event"] = str(event["event"]).replace(path, route)
    return event


def without_values(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Write an exception without what follows the first line of its message: there the database repeats the values of rows."""
    caught = event.pop("exc_info", None)
    error = caught if isinstance(caught, BaseException) else (sys.exc_info() if caught is True else caught or (None, None))[1]
    if isinstance(error, BaseException):
        event["exception"] = "\n".join(_told(error))
    return event


def _told(error: BaseException) -> Iterator[str]:
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause:
        yield from _told(cause)
    yield from (line.rstrip() for line in traceback.format_tb(error.__traceback__))
    yield f"{type(error).__qualname__}: {str(error).partition('\n')[0]}"


def without_addresses(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Take e-mail addresses out of every text."""
    return {key: E_MAIL.sub("(address)", value) if isinstance(value, str) else value for key, value in event.items()}
