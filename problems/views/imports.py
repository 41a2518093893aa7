"""Imports: send a file, watch it being read, see what became of each entry, settle what is unclear."""

from collections.abc import Iterator
from http import HTTPMethod, HTTPStatus
from io import StringIO
from typing import Any, cast

import orjson
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from problems.choices import RowOutcome, SubmissionState
from problems.errors import TrackerError
from problems.formats import FORMATS
from problems.formats.csv import inert
from problems.forms.common import record_values
from problems.forms.imports import ImportForm
from problems.models import ImportRow, ImportRun, User
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import Action, require, why_not
from problems.queries import imports as queries
from problems.services import idempotency, imports
from problems.services.refusals import refusing
from problems.views.asking import Query
from problems.views.uploading import InMemory

SIZE, ROWS = 25, 50
LATEST = Ordering("made", "Made last", ("-created", "public_id"))
IN_ORDER = Ordering("number", "In the order of the file", ("number",))
COLUMNS = ("number", "line", "key", "title", "outcome", "reason", "notes", "record")
USED = "This file was sent before. Open that import; to import it once more, send it again."


@csrf_exempt  # asked for below, once it is known that somebody may send a file at all
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def index(request: HttpRequest) -> HttpResponseBase:
    """Imports of oneself and one's teams, and the form. Who may not import is refused before anything of a body is read."""
    if not request.user.is_authenticated:
        return redirect_to_login(request.path)
    require(request.user, Action.IMPORT_FILE, ImportRun())
    if request.method == HTTPMethod.POST:
        request.upload_handlers = [InMemory(request)]
    return _index(request)


@csrf_protect
def _index(request: HttpRequest) -> HttpResponseBase:
    user = _user(request)
    if request.method != HTTPMethod.POST:
        return _list(request, ImportForm(user=user))
    form = ImportForm(request.POST, request.FILES, user=user, too_large=any(getattr(each, "too_large", False) for each in request.upload_handlers))
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    if form.is_valid():
        try:
            return HttpResponseRedirect(_started(request, form), status=HTTPStatus.SEE_OTHER)
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
    return _list(request, form, status)


def _started(request: HttpRequest, form: ImportForm) -> str:
    """Start an import, once however often the form is sent; the address of its page."""
    user, given = _user(request), form.cleaned_data
    data: bytes = given["file"].read()
    team = given.get("team", "")

    def write() -> idempotency.Answer:
        run = imports.start(data=data, filename=given["file"].name, by=user, team=team)
        return idempotency.Answer(HTTPStatus.SEE_OTHER, None, {"Location": run.get_absolute_url()})

    with refusing():
        if not given["once"]:
            return write().headers["Location"]
        digest = idempotency.digest("POST", request.path, data + b"\0" + team.encode())
        return idempotency.once(by=user, key=given["once"], request=digest, write=write).headers["Location"]


def _list(request: HttpRequest, form: ImportForm, status: int = HTTPStatus.OK) -> HttpResponse:
    runs = queries.own_runs(request.user)
    page = paginate(runs, LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    context = {
        "form": form,
        "errors": form.summary if form.is_bound else [],
        "rows": [_told(run) for run in page.rows],
        "total": runs.count(),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "imports/index.html", context, status=status)


@login_required
@never_cache
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One import: how far it is, and each entry that was dealt with. Cancel it; say of an unclear entry what it is."""
    run = _one(request, public_id)
    if request.method == HTTPMethod.POST:
        return _changed(request, run)
    query = Query(request)
    outcome = query.one_of("outcome", "Outcome", RowOutcome.values, target="report")
    entries = queries.entries(run, outcome)
    page = paginate(entries, IN_ORDER, cursor=request.GET.get(CURSOR, ""), size=ROWS)
    queries.name_papers(page.rows, request.user)
    counts = queries.outcomes(run)
    tabs = [(each.value, each.label, counts[each], "") for each in RowOutcome]
    settles = run.submission is None or run.submission.state == SubmissionState.SUBMITTED
    context = {
        "run": run,
        "told": _told(run),
        "may_cancel": run.is_open and not why_not(request.user, Action.SETTLE_IMPORT, run),
        "may_settle": settles and not run.is_open and not why_not(request.user, Action.SETTLE_IMPORT, run),
        "own": run.by_id == request.user.pk,
        "outcomes": query.options("outcome", [("", "All", sum(counts.values()), ""), *tabs], anchor="report"),
        "rows": [{"row": row, "theirs": _record(row)} for row in page.rows],
        "total": counts[outcome] if outcome else sum(counts.values()),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return query.answer("imports/detail.html", context)


def _changed(request: HttpRequest, run: ImportRun) -> HttpResponse:
    """Cancel the import, or settle one of its entries, and go back to where one was."""
    act, _, choice = request.POST.get("act", "").partition(":")
    with refusing():
        if act == "cancel":
            imports.cancel(run=run, by=_user(request))
            messages.success(request, "The import is being cancelled.")
            return HttpResponseRedirect(run.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
        row = run.rows.filter(number=int(act)).first() if act.isascii() and act.isdecimal() and len(act) <= 6 else None  # noqa: PLR2004  # 10,000 entries
        if row is None:
            raise Http404
        imports.settle(row=row, choice=choice, by=_user(request))
    messages.success(request, "Noted: the same work." if choice == "same" else "A new record waits for review.")
    return HttpResponseRedirect(f"{run.get_absolute_url()}?outcome={RowOutcome.UNCLEAR}#report", status=HTTPStatus.SEE_OTHER)


@login_required
@never_cache
@require_safe
def progress(request: HttpRequest, public_id: str) -> HttpResponse:
    """How far it is: what the page asks for again and again while the file is read."""
    return render(request, "imports/progress.html", {"told": _told(_one(request, public_id))})


@login_required
@never_cache
@require_safe
def report(request: HttpRequest, public_id: str, form: str) -> HttpResponse:
    """What became of every entry, as a file."""
    run = _one(request, public_id)
    rows = list(queries.entries(run).defer("record"))
    queries.name_papers(rows, request.user, only_names=True)
    lines = (_cells(request, row) for row in rows)
    body, kind = (_csv(lines), "text/csv; charset=utf-8") if form == "csv" else (_jsonl(lines), "application/jsonl; charset=utf-8")
    return HttpResponse(b"".join(body), content_type=kind, headers={"Content-Disposition": f'attachment; filename="import-{run.public_id}.{form}"'})


def _cells(request: HttpRequest, row: ImportRow) -> dict[str, Any]:
    paper = row.named  # type: ignore[attr-defined]  # put on it by name_papers
    record = request.build_absolute_uri(paper.get_absolute_url()) if paper else ""
    values = (row.number, row.line, row.key, row.title, row.outcome, row.reason, row.notes, record)
    return dict(zip(COLUMNS, values, strict=True))


def _csv(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    """Cells that a spreadsheet takes for text; see formats/csv.py."""
    import csv  # noqa: PLC0415  # the name is taken by nothing here, and is needed here only

    def line(cells: list[Any]) -> bytes:
        text = StringIO()
        csv.writer(text, lineterminator="\r\n").writerow(cells)
        return text.getvalue().encode()

    yield "\ufeff".encode() + line(list(COLUMNS))
    for cells in lines:
        yield line([inert(" ".join(each) if isinstance(each, list) else each) if isinstance(each, str | list) else each for each in cells.values()])


def _jsonl(lines: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for cells in lines:
        yield orjson.dumps(cells) + b"\n"


def _one(request: HttpRequest, public_id: str) -> ImportRun:
    run: ImportRun | None = queries.runs(request.user).filter(public_id=public_id).first()
    if run is None:
        raise Http404
    return run


def _told(run: ImportRun) -> dict[str, Any]:
    """An import in words and numbers."""
    counts = queries.outcomes(run)
    return {
        "run": run,
        "title": run.filename or "Import",
        "format": FORMATS[run.format].label if run.format in FORMATS else run.format,
        "counts": [(RowOutcome(name).label.lower(), number) for name, number in counts.items() if number or name == RowOutcome.CREATED],
        "unclear": counts[RowOutcome.UNCLEAR],
        "waits": run.is_open and run.started_at is None,
    }


def _record(row: ImportRow) -> list[tuple[str, str]]:
    """An unclear entry as its file has it, as pairs of label and text."""
    if row.outcome != RowOutcome.UNCLEAR or not row.record:
        return []
    values = record_values(row.record)
    return [(name.capitalize(), values[name]) for name in ("title", "authors", "date", "venue", "identifiers") if values[name]]


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
