"""Log-in by ORCID and GitHub, where the operator has set them up. Nobody makes an account by them: who has one connects them, then may log in so.

What a provider tells of a person is read for one thing, which account there this is; no name, address or token of theirs is kept.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPMethod
from typing import Any, override

import structlog
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount import views as socialaccount
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.github.provider import GitHubProvider
from allauth.socialaccount.providers.github.views import GitHubOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.provider import OAuth2Provider
from allauth.socialaccount.providers.oauth2.views import OAuth2Adapter, OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.orcid.provider import OrcidProvider
from allauth.socialaccount.providers.orcid.views import OrcidOAuth2Adapter
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from problems.accounts.adapter import at_home

ORCID_ID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)
log = structlog.get_logger("tracker.accounts")


@contextmanager
def readable() -> Iterator[None]:
    """Refuse an answer of a provider that cannot be read."""
    try:
        yield
    except (ArithmeticError, AttributeError, ImproperlyConfigured, LookupError, RecursionError, TypeError, ValueError) as error:
        raise OAuth2Error from error


class Careful(OAuth2Adapter):
    """What holds of each provider: it answers to our own address, and what it answers is not trusted to be what it should."""

    @override
    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return at_home(reverse(f"{self.provider_id}_callback"))

    @override
    def get_access_token_data(self, request: HttpRequest, app: Any, client: Any, pkce_code_verifier: str | None = None) -> Any:
        with readable():
            return super().get_access_token_data(request, app, client, pkce_code_verifier=pkce_code_verifier)

    @override
    def parse_token(self, data: Any) -> SocialToken:
        with readable():
            return SocialToken(token=data["access_token"])

    @override
    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        with readable():
            return super().complete_login(request, app, token, **kwargs)


class OrcidAdapter(Careful, OrcidOAuth2Adapter):
    """ORCID says with the token whose it is; nothing else is asked."""

    @override
    def complete_login(self, request: HttpRequest, app: Any, token: SocialToken, **kwargs: Any) -> SocialLogin:
        with readable():
            orcid = kwargs["response"]["orcid"]
            if not ORCID_ID.fullmatch(orcid):
                raise ValueError(orcid)
            return self.get_provider().sociallogin_from_response(request, {"orcid-identifier": {"path": orcid}})


class GitHubAdapter(Careful, GitHubOAuth2Adapter):
    """GitHub is asked whose the token is."""


class Strict(OAuth2Provider):
    """A provider that asks for no more than who it is, whatever the query of a request says."""

    @override
    def get_redirect_from_request_kwargs(self, request: HttpRequest) -> dict[str, Any]:
        asked = super().get_redirect_from_request_kwargs(request)
        process = AuthProcess.CONNECT if asked["process"] == AuthProcess.CONNECT else AuthProcess.LOGIN
        return {name: asked[name] for name in ("next_url",) if name in asked} | {"process": process}

    @override
    def extract_extra_data(self, data: Any) -> dict[str, Any]:
        return {}

    @override
    def extract_email_addresses(self, data: Any) -> list[Any]:
        return []

    @override
    def extract_common_fields(self, data: Any) -> dict[str, Any]:
        return {}


class Orcid(Strict, OrcidProvider):
    """ORCID."""

    name = "ORCID"
    oauth2_adapter_class = OrcidAdapter


class GitHub(Strict, GitHubProvider):
    """GitHub."""

    name = "GitHub"
    oauth2_adapter_class = GitHubAdapter


PROVIDERS: dict[str, type[Strict]] = {"orcid": Orcid, "github": GitHub}


class ProviderAdapter(DefaultSocialAccountAdapter):
    """Accounts elsewhere by which people log in."""

    error_messages = DefaultSocialAccountAdapter.error_messages | {
        "no_password": "Set a password first: without it you could not log in any more.",
        "no_verified_email": "Confirm your e-mail address first: without it you could not log in any more.",
        "connected_other": "It is connected to another account here.",
    }

    @override
    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Strict:
        """One of ours; one that is not set up any more is still known by its name."""
        client, secret = settings.SIGN_IN_BY.get(provider, ("", ""))
        app = SocialApp(provider=provider, client_id=client, secret=secret, settings={"oauth_pkce_enabled": True})
        return PROVIDERS[provider](request, app=app)

    @override
    def list_providers(self, request: HttpRequest) -> list[Strict]:
        return [self.get_provider(request, name) for name in settings.SIGN_IN_BY]

    @override
    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        """Nobody makes an account so; say what to do instead."""
        context = {"provider": PROVIDERS[sociallogin.account.provider].name}
        raise ImmediateHttpResponse(render(request, "socialaccount/unknown.html", context, status=403))

    @override
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        sociallogin.token = None  # it has done what it was for

    @override
    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: Any) -> Any:
        """Nothing of theirs is taken over: it would join or make an account."""
        return sociallogin.user

    @override
    def on_authentication_error(
        self, request: HttpRequest, provider: Any, error: Any = None, exception: Any = None, extra_context: Any = None
    ) -> None:
        """Tell the operator that it failed, not whose it was."""
        log.warning("log-in failed", provider=str(provider), error=type(exception).__name__ if exception else str(error))

    @override
    def get_requests_session(self) -> Any:
        """Requests that follow no redirect."""
        session = super().get_requests_session()
        session.max_redirects = 0
        return session


def _offered(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page of a provider that is set up, so many times a minute; of one that is not there is none."""

    @never_cache
    def answer(request: HttpRequest, provider: str) -> HttpResponse:
        if provider not in settings.SIGN_IN_BY:
            raise Http404
        return ratelimit.consume_or_429(request, action="login") or view(request, provider)

    return answer


READS = require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD])
_LOGINS = {name: OAuth2LoginView.adapter_view(each.oauth2_adapter_class) for name, each in PROVIDERS.items()}
_CALLBACKS = {name: OAuth2CallbackView.adapter_view(each.oauth2_adapter_class) for name, each in PROVIDERS.items()}


@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
@_offered
def login(request: HttpRequest, provider: str) -> HttpResponse:
    """Go to the provider (POST); asked with GET, say so and offer the button."""
    if request.method != HTTPMethod.POST:
        return render(request, "socialaccount/login.html", {"name": PROVIDERS[provider].name, "process": request.GET.get("process")})
    answer: HttpResponse = _LOGINS[provider](request)
    return answer


@READS
@_offered
def callback(request: HttpRequest, provider: str) -> HttpResponse:
    """Come back from the provider, with what it says."""
    answer: HttpResponse = _CALLBACKS[provider](request)
    return answer


@READS
def cancelled(request: HttpRequest) -> HttpResponse:
    """Say that it was cancelled over there."""
    if not settings.SIGN_IN_BY:
        raise Http404
    return render(request, "socialaccount/login_cancelled.html")


@never_cache
@login_required
def connections(request: HttpRequest) -> HttpResponse:
    """Accounts elsewhere by which one logs in: to connect and to end."""
    if not settings.SIGN_IN_BY and not SocialAccount.objects.filter(user=request.user.pk).exists():
        raise Http404
    answer: HttpResponse = socialaccount.connections(request)
    return answer
