"""Invitations: the page on which curators make them, and the page that their link opens."""

from http import HTTPMethod

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from problems.errors import TrackerError
from problems.forms.accounts import InvitedForm
from problems.forms.people import InviteForm
from problems.models import Invitation
from problems.pagination import CURSOR, address, paginate
from problems.queries.people import LATEST, invitations
from problems.services import invitations as service
from problems.views.keeping import typed
from problems.views.people import curators_only


@curators_only
def index(request: HttpRequest) -> HttpResponse:
    """Invitations, latest first, and the form for another one."""
    form = InviteForm(typed(request))
    status = 422 if request.method == HTTPMethod.POST else 200
    if form.is_valid() and request.method == HTTPMethod.POST:
        try:
            service.invite(email=form.cleaned_data["email"], role=form.cleaned_data["role"], by=request.user)
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "The message is sent.")
            return HttpResponseRedirect(reverse("invitations"))
    rows = invitations()
    page = paginate(rows, LATEST, cursor=request.GET.get(CURSOR, ""))
    context = {
        "form": form,
        "rows": page.rows,
        "total": rows.count(),
        "now": timezone.now(),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "people/invitations.html", context, status=status)


@curators_only
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Withdraw an invitation; asked with GET, lead to the list."""
    offer = get_object_or_404(Invitation, public_id=public_id)
    if request.method == HTTPMethod.POST:
        service.withdraw(offer=offer, by=request.user)
        messages.success(request, "The invitation is withdrawn.")
    return HttpResponseRedirect(reverse("invitations"))


@sensitive_variables("secret", "form")
@sensitive_post_parameters("password1")
@never_cache
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Make the account that the link offers, and log in. A look at the page does not use the link up: mail scanners look."""
    offer = service.find(secret)
    if offer is None:
        return render(request, "people/invitation.html", status=404)
    if request.user.is_authenticated:
        return _answer(request, {"offer": offer}, 409 if request.method == HTTPMethod.POST else 200)
    form = InvitedForm(request.POST if request.method == HTTPMethod.POST else None, email=offer.email)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            user = service.accept(secret=secret, display_name=form.cleaned_data["display_name"], password=form.cleaned_data["password1"])
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            response: HttpResponse = perform_login(request, user, redirect_url=reverse("account"))
            return response
    return _answer(request, {"offer": offer, "form": form}, status)


def _answer(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(request, "people/invitation.html", context, status=status)
    response.headers["Referrer-Policy"] = "strict-origin"  # the address is a secret; without any referrer, the form would be refused as forged
    return response
