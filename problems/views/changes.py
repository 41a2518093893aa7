"""The record of changes as a page and as a file, for everybody as far as they may know; and roles given and taken, for curators."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from problems import downloads
from problems.choices import EventKind, Face, Role
from problems.errors import Unparsable
from problems.filters import ChangeFilter
from problems.formats.csv import table
from problems.middleware import error_answer
from problems.models import AuditEvent, Problem
from problems.pagination import CURSOR, Page, paginate
from problems.permissions import role_of
from problems.queries import changes
from problems.queries.changes import LATEST, WHAT, Change
from problems.views.asking import Fault, address, reads, shown
from problems.views.people import curators_only

SIZE = 50
COLUMNS = ("at", "kind", "what", "name", "label", "address", "by", "changed", "face", "reason")
LABELS = {
    "kind": "What happened",
    "what": "To what",
    "problem": "Problem",
    "day__gte": "From",
    "day__lte": "To",
    "face": "By which face",
    "person": "Person, by id",
}
INSIDERS = ("face", "person")


@reads
def index(request: HttpRequest) -> HttpResponseBase:
    """A page of it, the latest first."""
    filters, faults = _asked(request)
    page = Page[AuditEvent]([], "", "")
    try:
        if not faults:
            page = paginate(filters.qs, LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    except Unparsable as error:
        faults.append(Fault("Page", str(error), "main"))
    given = [(name, value) for name in LABELS for value in request.GET.getlist(name) if value]
    here = reverse("changes")
    context = {
        "rows": changes.told(page.rows, request.user),
        "fields": _fields(request),
        "errors": faults,
        "filtered": bool(given),
        "next_url": address(here, [*given, (CURSOR, page.next)]) if page.next else None,
        "previous_url": address(here, [*given, (CURSOR, page.previous)]) if page.previous else None,
        "exports": [{"label": label, "url": address(reverse(f"changes-{form}"), given)} for form, label in (("csv", "CSV"), ("jsonl", "JSON Lines"))],
        "insider": role_of(request.user) >= Role.REVIEWER,
    }
    return render(request, "curating/changes.html", context, status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK)


@reads
def export(request: HttpRequest, form: str) -> HttpResponseBase:
    """All of it as filtered, as a file, written as it is read."""
    filters, faults = _asked(request)
    if faults:
        return error_answer(request, HTTPStatus.BAD_REQUEST, f"{faults[0].label}: {faults[0].text}", "Go back and correct it.")
    write, kind = WRITERS[form]
    lines = write(_cells(change) for change in changes.everything(filters.qs, request.user))
    return downloads.stream(request, lines, f"changes.{form}", kind)


def _asked(request: HttpRequest) -> tuple[ChangeFilter, list[Fault]]:
    """The record as this reader asks for it, and what is wrong with how they do."""
    given = request.GET.copy()
    for name, values in request.GET.lists():
        given.setlist(name, [value for value in values if value])  # a field that was left empty
    filters = ChangeFilter(given, changes.entries(request.user), request=request)
    return filters, [Fault(LABELS.get(name, name), " ".join(map(str, texts)), f"id_{name}") for name, texts in filters.form.errors.items()]


def _fields(request: HttpRequest) -> list[dict[str, Any]]:
    """The controls, each with what was chosen."""
    problems = [(str(each.number), f"{each.number} {each.title}") for each in Problem.objects.all()]
    options: dict[str, list[tuple[str, str]]] = {
        "kind": sorted(((kind.value, changes.kind_in_words(kind).capitalize()) for kind in EventKind), key=lambda pair: pair[1]),
        "what": [(value, label.capitalize()) for value, label in WHAT.items()],
        "problem": problems,
        "face": [(face.value, str(face.label)) for face in Face],
    }
    insider = role_of(request.user) >= Role.REVIEWER
    return [
        {"name": name, "label": label, "value": shown(request.GET.get(name, "")), "options": options.get(name), "day": name.startswith("day")}
        for name, label in LABELS.items()
        if insider or name not in INSIDERS
    ]


def _cells(change: Change) -> dict[str, Any]:
    return {
        "at": change.at.isoformat(),
        "kind": change.kind,
        "what": change.what,
        "name": change.name,
        "label": change.label,
        "address": downloads.absolute(change.path) if change.path else "",
        "by": change.by,
        "changed": change.changed,
        "face": change.face,
        "reason": change.reason,
    }


def _csv(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    return table(COLUMNS, ([" ".join(each) if isinstance(each, list) else each for each in cells.values()] for cells in lines))


def _jsonl(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for cells in lines:
        yield orjson.dumps(cells) + b"\n"


WRITERS: dict[str, tuple[Callable[[Iterator[dict[str, Any]]], Iterator[bytes]], str]] = {
    "csv": (_csv, "text/csv"),
    "jsonl": (_jsonl, "application/jsonl"),
}


@curators_only
def roles(request: HttpRequest) -> HttpResponse:
    """Roles that were given and taken: whose, from what to what, by whom, and why."""
    rows = changes.role_changes()
    page = paginate(rows, LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    here = reverse("role-changes")
    context = {
        "rows": changes.roles_told(page.rows),
        "total": rows.count(),
        "next_url": address(here, [(CURSOR, page.next)]) if page.next else None,
        "previous_url": address(here, [(CURSOR, page.previous)]) if page.previous else None,
    }
    return render(request, "curating/roles.html", context)
