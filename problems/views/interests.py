"""Conflicts of interest: a reviewer's own, declared and taken back, and as whom papers may name them."""

from http import HTTPMethod, HTTPStatus
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from problems.errors import TrackerError
from problems.forms.interests import InterestForm
from problems.models import Interest, User
from problems.permissions import Action, require
from problems.queries import fairness
from problems.services import interests as service
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed, typed


@keeps_typed
def index(request: HttpRequest) -> HttpResponseBase:
    """One's own conflicts of interest, and the form for one more; nobody else sees them."""
    user = cast("User", request.user)
    require(user, Action.DECLARE_INTEREST, Interest(user=user))
    if request.method == HTTPMethod.POST and request.POST.get("act") == "withdraw":
        return _withdraw(request, user)
    given = typed(request)
    sent = request.method == HTTPMethod.POST
    form = InterestForm(given) if sent else InterestForm(initial=given.dict() if given else None)
    status: int = HTTPStatus.OK
    if sent and form.is_valid():
        try:
            with refusing():
                service.declare(by=user, **form.cleaned_data)
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "Declared. What it touches is kept from you on every page, and in the API.")
            return HttpResponseRedirect(reverse("interests"), status=HTTPStatus.SEE_OTHER)
    elif sent:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    context = {"form": form, "interests": fairness.interests(user), "known_as": user.known_as()}
    return render(request, "review/interests.html", context, status=status)


def _withdraw(request: HttpRequest, user: User) -> HttpResponseBase:
    interest = Interest.objects.visible_to(user).filter(public_id=request.POST.get("interest", "")[:20]).first()
    if interest is None:
        raise Http404
    service.withdraw(interest=interest, by=user)
    messages.success(request, "Taken back.")
    return HttpResponseRedirect(reverse("interests"), status=HTTPStatus.SEE_OTHER)
