"""The trash, for curators: what lies in it and for how long, throwing something away, restoring it."""

from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from problems.errors import TrackerError
from problems.forms.reviews import ReasonForm
from problems.models import Paper, Search, Tag, Trashed
from problems.pagination import CURSOR, address, paginate
from problems.permissions import Action, require
from problems.queries import curating, fairness
from problems.services import trash
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers

SIZE = 50
CONSEQUENCE = (
    "It leaves the map, lists, counts, searches, feeds, exports and the API for everybody, curators too, and the states of statements are derived "
    "without it. It can be restored for 30 days; after that it is deleted for good."
)


@login_required
@for_reviewers
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """What lies in the trash, the latest first, with the days that are left."""
    require(request.user, Action.RESTORE, Trashed())
    rows = curating.in_trash(request.user)
    page = paginate(rows, curating.LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    context = {
        "rows": [{"row": row, "told": curating.told_of_trash(row), "left": days_left(row.at)} for row in page.rows],
        "total": rows.count(),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "curating/trash.html", context)


def days_left(at: datetime) -> int:
    """Days until it is deleted for good."""
    return max(0, (at + trash.KEPT - timezone.now()).days)


@login_required
@for_reviewers
@require_http_methods([HTTPMethod.POST])
def restore(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Put it back."""
    require(request.user, Action.RESTORE, Trashed())
    row = Trashed.objects.visible_to(request.user).filter(public_id=public_id).select_related("paper", "tag", "search").first()
    if row is None:
        raise Http404
    with refusing():
        thing = trash.restore(trashed=row, by=request.user)
    messages.success(request, "It is restored.")
    told = curating.told_of(thing)
    return HttpResponseRedirect(told.url if told and told.url else reverse("trash"), status=HTTPStatus.SEE_OTHER)


@keeps_typed
@for_reviewers
def throw_paper(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A record, with its tags."""
    return _throw(request, Paper.objects.visible_to(request.user).filter(public_id=public_id).first(), "record")


@keeps_typed
@for_reviewers
def throw_tag(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A tag."""
    return _throw(request, Tag.objects.visible_to(request.user).for_lists().filter(public_id=public_id).first(), "tag")


@keeps_typed
@for_reviewers
def throw_search(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A search that found nothing."""
    rows = Search.objects.visible_to(request.user).select_related("statement__problem", "problem")
    return _throw(request, rows.filter(public_id=public_id).first(), "search")


def _throw(request: HttpRequest, thing: Any, word: str) -> HttpResponseBase:
    """Ask for the reason, and throw it away."""
    fairness.require(request.user, Action.TRASH, thing or Trashed())
    if thing is None:
        raise Http404
    given, sent = typed(request), request.method == HTTPMethod.POST
    form = ReasonForm(given) if sent else ReasonForm(initial=given.dict() if given else None)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK
    if sent and form.is_valid():
        try:
            with refusing():
                trash.throw(thing=thing, by=request.user, reason=form.cleaned_data["reason"])
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
        else:
            messages.success(request, f"The {word} is in the trash.")
            return HttpResponseRedirect(reverse("trash"), status=HTTPStatus.SEE_OTHER)
    told = curating.told_of(thing)
    context = {"form": form, "word": word, "told": told, "consequence": CONSEQUENCE, "back": (told and told.url) or reverse("trash")}
    return render(request, "curating/throw.html", context, status=status)
