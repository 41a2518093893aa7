"""What people do to log in."""

import time
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.test import Client

from problems.models import User
from tests.factories import PASSWORD

PERIOD = 30


def log_in(client: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    """Send the log-in form."""
    return client.post("/accounts/login/", {"login": email, "password": password}, **more)


def sign_in(client: Client, user: User) -> None:
    """Log in, and confirm it as sensitive pages ask."""
    assert log_in(client, str(user.email), follow=False).status_code == 302
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def with_app(user: User) -> str:
    """Set up an app and recovery codes; the secret."""
    secret: str = generate_totp_secret()
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code_of(secret: str) -> str:
    """What the app shows now."""
    return f"{hotp_value(secret, int(time.time()) // PERIOD):06}"
