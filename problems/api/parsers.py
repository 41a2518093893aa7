"""Reads the JSON of a request strictly: what two readers might understand differently is refused, with what is wrong and where."""

import json
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, override

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.exceptions import APIException, ParseError, UnsupportedMediaType
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

MEDIA_TYPE = "application/json"
_TEXTS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_BRACKETS = re.compile(r"[\[\]{}]")
_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")


class TooLong(APIException):
    """A body beyond the limit."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Unread(BaseParser):
    """Reads nothing: for a body that its view reads itself, once it is known that somebody may send one."""

    media_type = "*/*"

    @override
    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        return {}


def read(request: Request) -> dict[str, Any]:
    """The object that a request carries; without a body an empty one. Raises an APIException: 400, 413 or 415."""
    body: bytes = request.body
    if len(body) > settings.MAX_BODY:
        detail = f"The body is longer than {settings.MAX_BODY} bytes. Send less at once."
        raise TooLong(detail)
    if not body:
        return {}
    kind, options = parse_header_parameters(request.META.get("CONTENT_TYPE", ""))
    if kind.lower() != MEDIA_TYPE or options.get("charset", "utf-8").lower() != "utf-8" or "HTTP_CONTENT_ENCODING" in request.META:
        raise UnsupportedMediaType(kind, f"Send the body as {MEDIA_TYPE}, in UTF-8, not packed.")
    found = parse(body)
    if not isinstance(found, dict):
        raise ParseError("The body has to be one JSON object: {…}.")
    return found


def parse(body: bytes) -> Any:
    """The value that this JSON text stands for. Raises ParseError."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise ParseError(f"The body is not UTF-8: byte {error.start + 1:,} is out of place.") from error
    _refuse_depth(text)
    try:
        found = json.loads(text, object_pairs_hook=_table, parse_constant=_no_number, parse_float=_number)
    except json.JSONDecodeError as error:
        raise ParseError(f"The body is not JSON: {error.msg.removesuffix('.')} (line {error.lineno:,}, column {error.colno:,}).") from error
    except ValueError as error:  # digits beyond what Python turns into a number
        raise ParseError("The body holds a number that is too long.") from error
    _refuse_unstorable([found])
    return found


def _refuse_depth(text: str) -> None:
    """Before it is read: a reader of nested things takes from the stack for each level."""
    depth = 0
    for bracket in _BRACKETS.finditer(_TEXTS.sub("", text)):
        depth += 1 if bracket[0] in "[{" else -1
        if depth > settings.MAX_JSON_DEPTH:
            raise ParseError(f"The body is nested more than {settings.MAX_JSON_DEPTH} levels deep.")


def _table(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in found if names.count(name) > 1)
        raise ParseError(f"The name “{_UNSTORABLE.sub('?', twice[:60])}” stands twice in one object.")
    return found


def _no_number(word: str) -> None:
    raise ParseError(f"{word} is no number in JSON.")


def _number(digits: str) -> float:
    number = float(digits)
    if number in {float("inf"), float("-inf")}:
        raise ParseError("The body holds a number that is too large.")
    return number


def _refuse_unstorable(values: Iterable[Any]) -> None:
    for value in values:
        if isinstance(value, str):
            if _UNSTORABLE.search(value):
                raise ParseError("A text holds a NUL character, or half of a character (an unpaired surrogate). Delete it and try again.")
        elif isinstance(value, Mapping):
            _refuse_unstorable(value.keys())
            _refuse_unstorable(value.values())
        elif isinstance(value, list):
            _refuse_unstorable(value)
