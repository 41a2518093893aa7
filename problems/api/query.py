"""Reads a query string strictly: what is unknown, empty, repeated or no text is refused by name, and every fault is told at once."""

from collections.abc import Container, Mapping
from urllib.parse import unquote_to_bytes

from django.conf import settings
from django.core.handlers.wsgi import get_bytes_from_wsgi
from django.http import HttpRequest, QueryDict
from rest_framework.request import Request

from problems import downloads
from problems.api.errors import Fault
from problems.api.renderers import JSONRenderer
from problems.errors import Unparsable
from problems.filters import Filters
from problems.formats import Format
from problems.pagination import CURSOR, SIZE, Ordering

SHOWN = 60
PAGE_SIZE, ORDERING, INCLUDE = "page_size", "ordering", "include"
PAGING = (CURSOR, PAGE_SIZE, ORDERING)
JSON = "json"


def read(request: HttpRequest, known: Mapping[str, bool]) -> tuple[QueryDict, list[Fault]]:
    """Parameters that can be used, and the faults of the others. `known` says of each whether it may be repeated."""
    found: dict[str, list[str]] = {}
    faults: list[Fault] = []
    for part in get_bytes_from_wsgi(request.META, "QUERY_STRING", "").split(b"&"):
        if not part:
            continue
        raw_name, _, raw_value = part.replace(b"+", b" ").partition(b"=")
        name = unquote_to_bytes(raw_name).decode(errors="replace")
        if name not in known:
            faults.append(Fault(name[:SHOWN], "unknown", f"There is no such parameter here. Known: {', '.join(known) or 'none'}."))
            continue
        try:
            value = unquote_to_bytes(raw_value).decode()
        except UnicodeDecodeError:
            faults.append(Fault(name, "encoding", "The value is not UTF-8."))
            continue
        found.setdefault(name, []).append(value)
    given = QueryDict(mutable=True)
    for name, values in found.items():
        if fault := _fault(name, values, may_repeat=known[name]):
            faults.append(fault)
        else:
            given.setlist(name, values)
    return given, list(dict.fromkeys(faults))


def _fault(name: str, values: list[str], *, may_repeat: bool) -> Fault | None:
    if len(values) > 1 and not may_repeat:
        return Fault(name, "repeated", "This parameter takes one value.")
    if any("\x00" in value for value in values):
        return Fault(name, "text", "The value contains a NUL character.")
    if not all(value.strip() for value in values):
        return Fault(name, "empty", "The value is empty. Leave the parameter out instead.")
    return None


def filter_faults(filters: Filters, given: QueryDict) -> list[Fault]:
    """What the filters refuse, and values of which nothing is left to filter by."""
    refused = filters.form.errors.get_json_data()
    faults = [Fault(name, error["code"] or "invalid", error["message"]) for name, errors in refused.items() for error in errors]
    if not faults:
        blank = [name for name in given if name in filters.filters and name not in filters.active]
        faults += [Fault(name, "empty", "The value is empty. Leave the parameter out instead.") for name in blank]
    return faults


def page_size(given: QueryDict, faults: list[Fault]) -> int:
    """Rows of a page."""
    text = given.get(PAGE_SIZE, str(SIZE))
    size = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(settings.MAX_PAGE_SIZE)) else 0
    if not 1 <= size <= settings.MAX_PAGE_SIZE:
        faults.append(Fault(PAGE_SIZE, "invalid", f"Write a whole number from 1 to {settings.MAX_PAGE_SIZE}."))
    return size


def ordering(filters: Filters, given: QueryDict, faults: list[Fault]) -> Ordering | None:
    """The sorting that is asked for, or the first one."""
    try:
        return filters.ordering(given.get(ORDERING, ""))
    except Unparsable as error:
        faults.append(Fault(ORDERING, "unknown", str(error)))
        return None


def download(request: Request, given: QueryDict, faults: list[Fault]) -> Format | None:
    """The format that is asked for by `format`, or else by the Accept header; None for JSON."""
    name = given.get(downloads.PARAMETER, "")
    if not name:
        name = request.accepted_renderer.format
    if name == JSON:
        request.accepted_renderer, request.accepted_media_type = JSONRenderer(), JSONRenderer.media_type  # the parameter counts more than the header
        return None
    try:
        return downloads.by_name(name)
    except Unparsable:
        faults.append(Fault(downloads.PARAMETER, "unknown", f"There is no such format. Choose one of: {', '.join((JSON, *downloads.WRITTEN))}."))
        return None


def include(given: QueryDict, allowed: Container[str], faults: list[Fault]) -> frozenset[str]:
    """What is to be nested."""
    wanted = frozenset(given.getlist(INCLUDE))
    faults += [Fault(INCLUDE, "unknown", f"“{name[:SHOWN]}” cannot be included here.") for name in sorted(wanted) if name not in allowed]
    return wanted
