"""Flags: anybody says what is wrong with an entry and follows the answer; reviewers answer."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from problems.choices import FlagState
from problems.errors import TrackerError
from problems.forms.curating import AnswerForm, FlagForm
from problems.models import Flag, Paper, Statement, Tag
from problems.pagination import CURSOR, Page, address, paginate
from problems.permissions import Action
from problems.queries import curating, fairness
from problems.services import flags
from problems.services.refusals import refusing
from problems.views.asking import Query
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers

SIZE = 25
ENTRIES: dict[str, tuple[type[Any], str]] = {"paper": (Paper, "public_id"), "tag": (Tag, "public_id"), "statement": (Statement, "code")}


@never_cache
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def flag(request: HttpRequest) -> HttpResponseBase:
    """Say what is wrong with an entry (`paper`, `tag` or `statement` in the address). What one may not know of answers as what is not there."""
    thing = _entry(request)
    sent = request.method == HTTPMethod.POST
    form = FlagForm(request.POST if sent else None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK
    if sent and form.is_valid():
        given = form.cleaned_data
        try:
            with refusing():
                _, secret = flags.flag(
                    thing=thing, by=request.user, reason=given["reason"], text=given["text"], address=request.META.get("REMOTE_ADDR", "")
                )
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
        else:
            messages.success(request, "Thank you. A reviewer will look at it.")
            return _private(HttpResponseRedirect(reverse("flag-follow", args=[secret]), status=HTTPStatus.SEE_OTHER))
    return render(request, "curating/flag.html", {"form": form, "told": curating.told_of(thing)}, status=status)


def _entry(request: HttpRequest) -> Any:
    """The entry that the address names, if the reader may know of it."""
    named = [(name, request.GET[name]) for name in ENTRIES if request.GET.get(name)]
    if len(named) != 1:
        raise Http404
    [(name, key)] = named
    model, column = ENTRIES[name]
    if "\x00" in key:
        raise Http404
    rows = model.objects.all() if model is Statement else model.objects.visible_to(request.user)
    related = {"tag": ("paper", "statement__problem", "call", "problem"), "statement": ("problem",)}.get(name, ())
    found = rows.select_related(*related).filter(**{column: key}).first() if related else rows.filter(**{column: key}).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_safe
def follow(request: HttpRequest, secret: str) -> HttpResponseBase:
    """A flag by its secret: what was said, and what was answered."""
    row = flags.follow(secret)
    row = _with_entry(row) if row else None
    if row is None:
        raise Http404
    curating.name_flagged([row], request.user)
    return _private(render(request, "curating/flag_follow.html", {"row": row, "told": row.told}))  # type: ignore[attr-defined]  # put on it


def _with_entry(flag: Flag) -> Flag | None:
    rows = Flag.objects.select_related("paper", "statement__problem", "tag__paper", "tag__statement__problem", "tag__call", "tag__problem")
    return rows.filter(pk=flag.pk).first()


def _private(response: HttpResponse) -> HttpResponse:
    """Its address is a secret: no other site is told of it, no cache keeps it."""
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


@login_required
@require_safe
def mine(request: HttpRequest) -> HttpResponseBase:
    """One's own flags, with their answers."""
    rows = curating.flags(request.user).filter(by=request.user.pk)
    page = paginate(rows, curating.LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    return _list(request, page, rows.count(), "curating/my_flags.html")


@login_required
@for_reviewers
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Flags for reviewers: those that wait for an answer, or others."""
    query = Query(request)
    state = query.one_of("state", "State", FlagState.values, target="states", default=FlagState.OPEN)
    rows = curating.flags(request.user).filter(state=state)
    page = paginate(rows, curating.LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    states = query.options("state", [(each.value, each.label, None, "") for each in FlagState], default=FlagState.OPEN)
    return _list(request, page, rows.count(), "curating/flags.html", states=states, errors=query.faults)


def _list(request: HttpRequest, page: Page[Flag], total: int, template: str, **more: Any) -> HttpResponseBase:
    curating.name_flagged(page.rows, request.user)
    context = {
        "rows": page.rows,
        "total": total,
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
        **more,
    }
    return render(request, template, context, status=HTTPStatus.BAD_REQUEST if more.get("errors") else HTTPStatus.OK)


@keeps_typed
@for_reviewers
def answer(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One flag: uphold or dismiss it, with words for who raised it."""
    row: Flag | None = curating.flags(request.user).filter(public_id=public_id).first()
    if row is None:
        raise Http404
    curating.name_flagged([row], request.user)
    given, sent = typed(request), request.method == HTTPMethod.POST
    form = AnswerForm(given) if sent else AnswerForm(initial=given.dict() if given else None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK
    if sent and form.is_valid():
        try:
            with refusing():
                flags.answer(flag=row, by=request.user, state=form.cleaned_data["state"], text=form.cleaned_data["text"])
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
        else:
            messages.success(request, "The flag is answered.")
            return HttpResponseRedirect(reverse("flags"), status=HTTPStatus.SEE_OTHER)
    why = fairness.why_not(request.user, Action.ANSWER_FLAG, row)
    return render(request, "curating/flag_answer.html", {"row": row, "told": row.told, "form": form, "why": why}, status=status)  # type: ignore[attr-defined]
