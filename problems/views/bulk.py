"""One act on many submissions: a preview with what it needs, what became of it, and its undo. The rules are services.bulk_changes'."""

from collections.abc import Mapping
from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from problems.choices import BulkAct
from problems.errors import Invalid, TrackerError, Unparsable
from problems.forms.bulk import BulkForm
from problems.models import BulkChange, User
from problems.pagination import CURSOR, Ordering, Page, paginate
from problems.queries import bulk_changes as queries
from problems.queries.submissions import withhold
from problems.services import bulk_changes, idempotency
from problems.services.bulk_changes import NONE_CHOSEN, TOO_MANY, USES, Options, Preview
from problems.services.refusals import refusing
from problems.views.asking import Fault, Query
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers, title
from problems.workflow import UNDO_WITHIN

SIZE = 25
LATEST = Ordering("latest", "Latest first", ("-created", "public_id"))
ACTS: Mapping[str, str] = {
    BulkAct.ACCEPT: "Every part of each submission that waits is accepted.",
    BulkAct.DECLINE: "Every part of each submission that waits is declined, for one reason.",
    BulkAct.ASSIGN: "One reviewer is asked to review them. Claims stay as they are.",
    BulkAct.RETAG: "Tags that wait point elsewhere from then on. They wait on.",
    BulkAct.RESTRICT: "Their records are out of sight of all but reviewers at once. The submissions stay in the queue.",
}


@keeps_typed
@for_reviewers
def index(request: HttpRequest) -> HttpResponseBase:
    """The preview of what was chosen in the queue, and doing it; without a choice, what was done lately."""
    given = typed(request)
    if given is None:
        return _latest(request)
    act, chosen = given.get("act", ""), [*dict.fromkeys(given.getlist("submission"))]
    if act not in BulkAct.values or not 0 < len(chosen) <= bulk_changes.MOST:
        text = NONE_CHOSEN if not chosen else TOO_MANY if act in BulkAct.values else "Choose what to do with them."
        return _nothing(request, text)
    values = {name: given.get(name, "") for name in USES[act]}
    form = BulkForm(act, values, user=_user(request))
    do = given.get("do", "") if request.method == HTTPMethod.POST else ""
    if do == "apply":
        return _applied(request, given, chosen, form)
    shown, status = _preview(request, form, chosen, complete=do == "preview")
    return _page(request, form, shown, status=status)


def _preview(request: HttpRequest, form: BulkForm, chosen: list[str], *, complete: bool) -> tuple[Preview, int]:
    """What would change; where an option is wrong the form says so, and it is shown as far as it goes without."""
    try:
        return bulk_changes.preview(by=_user(request), act=form.act, public_ids=chosen, options=form.options, complete=complete), HTTPStatus.OK
    except Invalid as error:
        form.refuse(error)
    plain = bulk_changes.preview(by=_user(request), act=form.act, public_ids=chosen, options=Options(), complete=False)
    return plain, HTTPStatus.UNPROCESSABLE_ENTITY


def _applied(request: HttpRequest, given: QueryDict, chosen: list[str], form: BulkForm) -> HttpResponseBase:
    """Do it, once however often it is pressed."""
    user, options = _user(request), form.options
    seen = {key: time for key in chosen if (time := _time(given.get(f"seen.{key}", "")))}

    def write() -> idempotency.Answer:
        made = bulk_changes.apply(by=user, act=form.act, public_ids=chosen, options=options, seen=seen)
        return idempotency.Answer(HTTPStatus.SEE_OTHER, None, {"Location": made.get_absolute_url()})

    digest = idempotency.digest("POST", request.path, given.urlencode().encode())
    try:
        with refusing():
            answer = idempotency.once(by=user, key=f"bulk {digest.hex()}", request=digest, write=write)
    except TrackerError as error:
        form.refuse(error)
        shown, _ = _preview(request, form, chosen, complete=False)
        return _page(request, form, shown, status=error.status)
    return HttpResponseRedirect(answer.headers["Location"], status=HTTPStatus.SEE_OTHER)


def _page(request: HttpRequest, form: BulkForm, shown: Preview, *, status: int) -> HttpResponse:
    known = [item.submission for item in shown.items if item.submission]
    withhold(known, request.user)
    titles = {row.public_id: title(row) for row in known}
    seen = {key: time.isoformat() for key, time in shown.seen.items()}
    context = {
        "act": form.act,
        "told": ACTS[form.act],
        "form": form,
        "known": [{"id": key, "seen": time} for key, time in seen.items()],
        "changing": [{"item": item, "title": titles[item.id]} for item in shown.changing],
        "left": [{"item": item, "title": titles.get(item.id, "")} for item in shown.items if item.left],
        "states": shown.states,
    }
    return render(request, "review/bulk.html", context, status=status)


def _nothing(request: HttpRequest, text: str) -> HttpResponse:
    return _latest(request, Fault("Submissions", text, "main"))


def _latest(request: HttpRequest, fault: Fault | None = None) -> HttpResponse:
    query = Query(request, faults=[fault] if fault else [])
    rows = queries.changes_of(request.user)
    page = Page[BulkChange]([], "", "")
    try:
        page = paginate(rows, LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    except Unparsable as error:
        query.faults.append(Fault("Page", str(error), "main"))
    context = {
        "errors": query.faults,
        "rows": [{"change": each, "done": sum(not item["left"] for item in each.items), "all": len(each.items)} for each in page.rows],
        "total": rows.count(),
        "previous_url": query.address(**{CURSOR: page.previous}) if page.previous else None,
        "next_url": query.address(**{CURSOR: page.next}) if page.next else None,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if fault else HTTPStatus.BAD_REQUEST if query.faults else HTTPStatus.OK
    return render(request, "review/bulk_latest.html", context, status=status)


@keeps_typed
@for_reviewers
def detail(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What became of each submission; and with POST, the undo of all of it."""
    change = queries.changes_of(request.user).filter(public_id=public_id).first()
    if change is None:
        raise Http404
    status, refused = HTTPStatus.OK, None
    if request.method == HTTPMethod.POST:
        try:
            with refusing():
                bulk_changes.undo(change=change, by=_user(request))
        except TrackerError as error:
            status, refused = HTTPStatus(error.status), error
        else:
            messages.success(request, "All of it is undone.")
            return HttpResponseRedirect(reverse("bulk-change", args=[public_id]), status=HTTPStatus.SEE_OTHER)
    typed(request)
    queries.tell([change], request.user, whole=True)
    items = [{"item": item, "title": title(item.submission) if item.submission else ""} for item in change.told_items]
    context: dict[str, Any] = {
        "change": change,
        "options": change.told_options,
        "done": [each for each in items if not each["item"].left],
        "left": [each for each in items if each["item"].left],
        "may_undo": bulk_changes.may_undo(change, request.user),
        "until": change.at + UNDO_WITHIN,
        "refused": refused,
    }
    return render(request, "review/bulk_change.html", context, status=status)


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
