"""One's own account. Log-in, password and second factor are django-allauth's views; see problems/accounts."""

from http import HTTPMethod

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from problems.forms.accounts import DisplayNameForm
from problems.models import User
from problems.services import people


@login_required
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def detail(request: HttpRequest) -> HttpResponse:
    """Show one's account, and change the name that others see."""
    user = get_object_or_404(User, pk=request.user.pk)  # another instance than that of the request: a refused name shows nowhere else
    form = DisplayNameForm(request.POST or None, instance=user)
    if form.is_valid():
        people.save(user=user, by=request.user)
        messages.success(request, "Your name is saved.")
        return HttpResponseRedirect(reverse("account"))
    second_factor = get_adapter().is_mfa_enabled(request.user)
    status = 422 if form.is_bound else 200
    return render(request, "account/detail.html", {"form": form, "second_factor": second_factor}, status=status)


@never_cache
@require_safe
@login_required
def totp_picture(request: HttpRequest) -> HttpResponse:
    """Draw the secret that this session is setting up as a QR code: a picture of its own, since the page may hold none."""
    secret = request.session.get(SECRET_SESSION_KEY)
    if not secret:
        raise Http404
    adapter = get_adapter()
    return HttpResponse(adapter.build_totp_svg(adapter.build_totp_url(request.user, secret)), content_type="image/svg+xml")
