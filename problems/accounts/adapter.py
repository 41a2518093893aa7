"""How django-allauth serves our accounts: sign-up is open or not by a setting, links in mails name our own address, and refusals are in our words."""

from typing import Any, override
from urllib.parse import urljoin, urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from problems.services import people

NAME = "Open Problems Tracker"
log = structlog.get_logger("tracker.accounts")


def at_home(url: str) -> str:
    """The same address on the host of SITE_URL, whatever host the request claims."""
    parts = urlsplit(url)
    return urljoin(settings.SITE_URL, f"{parts.path}?{parts.query}" if parts.query else parts.path)


class AccountAdapter(DefaultAccountAdapter):
    """Accounts."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": "This account is closed.",
        "email_password_mismatch": "This address and password do not belong together. Check both.",
        "incorrect_code": "This code is not right. Enter the one that is shown now.",
        "incorrect_password": "This password is not right.",
        "enter_current_password": "This is not your current password.",
        "invalid_password_reset": "This link is used up or too old.",
        "too_many_login_attempts": "Too many attempts failed. Try again in five minutes.",
        "rate_limited": "Too many attempts. Try again in a few minutes.",
    }

    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Whether strangers may make an account."""
        return bool(settings.SIGN_UP == "open")

    @override
    def save_user(self, request: HttpRequest, user: Any, form: Any, commit: bool = True) -> Any:
        """Store somebody who signs up, as the services store every account."""
        return people.sign_up(email=form.cleaned_data["email"], password=form.cleaned_data["password1"])

    @override
    def get_reset_password_from_key_url(self, key: str) -> str:
        return at_home(super().get_reset_password_from_key_url(key))

    @override
    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: Any) -> str:
        return at_home(super().get_email_confirmation_url(request, emailconfirmation))

    @override
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        super().send_mail(template_prefix, email, context | {"site_name": NAME, "site_url": settings.SITE_URL})

    @override
    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Tell the operator that it was tried, not who tried."""
        log.warning("log-in failed")

    @override
    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Count failures by the address alone: neither another host name nor another spelling starts anew."""
        return str(credentials.get("email", "")).strip().casefold()


class SecondFactorAdapter(DefaultMFAAdapter):
    """The second factor."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code is not right. Enter the one that is shown now.",
        "unverified_email": "Confirm your e-mail address first: a link was sent when you logged in.",
        "cannot_generate_recovery_codes": "Recovery codes need a second factor. Set one up first.",
    }

    @override
    def get_totp_issuer(self) -> str:
        return NAME
