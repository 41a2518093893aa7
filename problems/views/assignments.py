"""What comes in for whom as a standing matter, for curators: the list, the form for another one, and the end of one."""

from http import HTTPMethod, HTTPStatus
from typing import cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from problems.errors import TrackerError
from problems.forms.reviews import AssignmentForm
from problems.models import Assignment, User
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import Action, require
from problems.services import assignments as service
from problems.views.keeping import keeps_typed, typed

LATEST = Ordering("-created", "Latest first", ("-created", "public_id"))


@keeps_typed
def index(request: HttpRequest) -> HttpResponseBase:
    """Assignments, the latest first, and the form for another one."""
    require(request.user, Action.ASSIGN_STANDING, Assignment())
    by = cast("User", request.user)
    form = AssignmentForm(typed(request), user=by)
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == HTTPMethod.POST else HTTPStatus.OK
    if request.method == HTTPMethod.POST and form.is_valid():
        try:
            service.stand(by=by, **form.said)
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "What comes in from now on is assigned.")
            return HttpResponseRedirect(reverse("assignments"))
    rows = Assignment.objects.visible_to(by).select_related("reviewer", "problem", "team", "person", "by")
    page = paginate(rows, LATEST, cursor=request.GET.get(CURSOR, ""))
    context = {
        "form": form,
        "rows": page.rows,
        "total": rows.count(),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "review/assignments.html", context, status=status)


@login_required
@require_POST
def end(request: HttpRequest, public_id: str) -> HttpResponse:
    """End one."""
    require(request.user, Action.ASSIGN_STANDING, Assignment())
    standing = Assignment.objects.visible_to(request.user).filter(public_id=public_id).first()
    if standing is None:
        raise Http404
    service.end(standing=standing, by=cast("User", request.user))
    messages.success(request, "The assignment is ended. What was assigned by it stays so.")
    return HttpResponseRedirect(reverse("assignments"))
