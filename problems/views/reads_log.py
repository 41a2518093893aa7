"""The log of restricted reads, for curators: who was let through to what, filtered, a page at a time, and as a file."""

from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from problems import downloads
from problems.errors import Unparsable
from problems.filters import ReadFilter
from problems.formats.csv import table
from problems.middleware import error_answer
from problems.models import RestrictedRead
from problems.pagination import CURSOR, Page, paginate
from problems.permissions import Action, require, shown_name
from problems.views.asking import Fault, address, shown

SIZE = 50
COLUMNS = ("at", "reader", "name", "face", "kind", "record", "request")
LABELS = {"reader": "Reader", "record": "Record", "day__gte": "From", "day__lte": "To"}


@login_required
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """A page of it."""
    filters, faults = _asked(request)
    page = Page[RestrictedRead]([], "", "")
    try:
        if not faults:
            page = paginate(filters.qs.select_related("reader"), ReadFilter.ORDERINGS[0], cursor=request.GET.get(CURSOR, ""), size=SIZE)
    except Unparsable as error:
        faults.append(Fault("Page", str(error), "main"))
    given = [(name, value) for name in filters.filters if (value := request.GET.get(name, ""))]
    here = reverse("reads")
    context = {
        "rows": page.rows,
        "fields": [{"name": name, "label": LABELS[name], "value": shown(request.GET.get(name, ""))} for name in LABELS],
        "total": 0 if faults else filters.qs.count(),
        "errors": faults,
        "next_url": address(here, [*given, (CURSOR, page.next)]) if page.next else None,
        "previous_url": address(here, [*given, (CURSOR, page.previous)]) if page.previous else None,
        "export_url": address(reverse("reads-csv"), given),
    }
    return render(request, "review/reads.html", context, status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK)


@login_required
@require_safe
def export(request: HttpRequest) -> HttpResponseBase:
    """All of it, as filtered, as CSV."""
    filters, faults = _asked(request)
    if faults:
        return error_answer(request, HTTPStatus.BAD_REQUEST, f"{faults[0].label}: {faults[0].text}", "Go back and correct it.")
    rows = filters.qs.select_related("reader").order_by("pk")
    return downloads.stream(request, table(COLUMNS, _cells(request, rows)), "restricted-reads.csv", "text/csv")


def _asked(request: HttpRequest) -> tuple[ReadFilter, list[Fault]]:
    """The log as this reader asks for it, and what is wrong with how they do. Raises Refused for all but curators."""
    require(request.user, Action.READ_LOG, RestrictedRead())
    filters = ReadFilter(request.GET, RestrictedRead.objects.visible_to(request.user), request=request)
    return filters, [Fault(LABELS[name], " ".join(map(str, texts)), f"id_{name}") for name, texts in filters.form.errors.items()]


def _cells(request: HttpRequest, rows: Any) -> Iterator[tuple[str, ...]]:
    for row in rows.iterator(chunk_size=1000):
        reader = row.reader
        name = shown_name(request.user, reader) if reader else ""
        at = timezone.localtime(row.at).isoformat(timespec="seconds")
        yield at, reader.public_id if reader else "", name, row.face, row.kind, row.object_name, row.request_id
