"""Notifications: the page of them, and how often mails come."""

import re
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_http_methods

from problems.choices import Pace, Subject
from problems.forms.notifications import PacesForm
from problems.pagination import CURSOR, address, paginate
from problems.queries import notifications as queries
from problems.services import notifications as service
from problems.views.asking import Query
from problems.views.keeping import keeps_typed, typed

SIZE = 50
PUBLIC_ID = re.compile(r"[a-z0-9]{10}")
SHOW = ("all", "unread")


@login_required
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def index(request: HttpRequest) -> HttpResponse:
    """What happened, the latest first; `do=read` marks one as read, or all."""
    by: Any = request.user
    if request.method == HTTPMethod.POST:
        if one := request.POST.get("notification", ""):
            if not PUBLIC_ID.fullmatch(one):
                raise Http404
            service.read(by=by, notification=get_object_or_404(queries.shown(by), public_id=one))
        else:
            service.read(by=by)
        return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    asked = Query(request)
    show = asked.one_of("show", "Show", SHOW, target="main", default="all")
    rows, unread = queries.listed(by), queries.unread(by)
    page = paginate(rows.filter(read_at=None) if show == "unread" else rows, queries.LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    context = {
        "rows": queries.told(page.rows),
        "unread_total": unread,
        "most": queries.MOST,
        "show": show,
        "tabs": asked.options("show", [("all", "All", None, ""), ("unread", "Unread", unread, "")], default="all"),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return asked.answer("notifications/index.html", context)


@keeps_typed
def paces(request: HttpRequest) -> HttpResponse:
    """How often mails of each kind come."""
    by: Any = request.user
    form = PacesForm(typed(request), initial=queries.paces(by))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == HTTPMethod.POST else HTTPStatus.OK
    if request.method == HTTPMethod.POST and form.is_valid():
        service.set_paces(by=by, paces=form.cleaned_data)
        messages.success(request, "Saved.")
        return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    context = {"form": form, "rows": [form[subject.value] for subject in Subject], "paces": list(Pace)}
    return render(request, "notifications/paces.html", context, status=status)
