"""One's own account and tokens. Log-in, password and second factor are django-allauth's views; see problems/accounts."""

from http import HTTPMethod, HTTPStatus

from allauth.account.decorators import reauthentication_required
from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from problems.errors import TrackerError
from problems.forms.accounts import DeleteForm, NameForm, TokenForm
from problems.models import ApiToken, User
from problems.services import people, personal_data, tokens
from problems.services.refusals import refusing


@login_required
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def detail(request: HttpRequest) -> HttpResponse:
    """Show one's account, and change the name that others see, or hide it."""
    user = own(request)  # another instance than that of the request: a refused name shows nowhere else
    form = NameForm(request.POST or None, instance=user)
    if form.is_valid():
        people.save(user=user, by=request.user)
        messages.success(request, "Your name is saved.")
        return HttpResponseRedirect(reverse("account"))
    second_factor = get_adapter().is_mfa_enabled(request.user)
    status = 422 if form.is_bound else 200
    kept = ApiToken.objects.filter(user=user, revoked_at=None).count()
    return render(request, "account/detail.html", {"form": form, "second_factor": second_factor, "tokens": kept}, status=status)


@never_cache
@login_required
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
@reauthentication_required  # type: ignore[untyped-decorator]
def token_list(request: HttpRequest) -> HttpResponse:
    """Show one's tokens, and make one: the answer to that is the only page that shows it."""
    form = TokenForm(request.POST or None)
    secret, status = "", 422 if form.is_bound else 200
    if form.is_valid():
        try:
            _, secret = tokens.make(user=own(request), by=request.user, **form.cleaned_data)
            form, status = TokenForm(), 201
        except TrackerError as error:
            form.refuse(error)
    kept = ApiToken.objects.filter(user=own(request), revoked_at=None)
    shown = [{"name": "token", "label": "Token", "text": secret}] if secret else []
    return render(request, "account/tokens.html", {"form": form, "shown": shown, "tokens": kept, "now": timezone.now()}, status=status)


@login_required
@require_POST
def token_revoke(request: HttpRequest, public_id: str) -> HttpResponse:
    """Revoke one of one's tokens; that of somebody else does not exist."""
    token = get_object_or_404(ApiToken, user=own(request), public_id=public_id)
    tokens.revoke(token=token, by=request.user)
    messages.success(request, "The token is revoked.")
    return HttpResponseRedirect(reverse("tokens"))


@never_cache
@login_required
@require_safe
@reauthentication_required  # type: ignore[untyped-decorator]
def own_data(request: HttpRequest) -> HttpResponse:
    """Everything that is kept about oneself, as a file."""
    response = JsonResponse(personal_data.of(own(request)), json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@never_cache
@login_required
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
@reauthentication_required  # type: ignore[untyped-decorator]
def delete(request: HttpRequest) -> HttpResponse:
    """Delete one's account, for good."""
    form = DeleteForm(request.POST if request.method == HTTPMethod.POST else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            with refusing():
                personal_data.delete(user=own(request), by=request.user)
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            logout(request)
            messages.success(request, "Your account is deleted.")
            return HttpResponseRedirect(reverse("home"), status=HTTPStatus.SEE_OTHER)
    return render(request, "account/delete.html", {"form": form}, status=status)


def own(request: HttpRequest) -> User:
    """Who is signed in, read anew."""
    return get_object_or_404(User, pk=request.user.pk)


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
