"""Who asks: a personal token in `Authorization: Bearer opt_…`, or the session of a browser (with its CSRF token). A token never starts a session."""

from http import HTTPStatus
from typing import Any, override

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import UserRateThrottle

from problems.choices import Role, TokenScope
from problems.errors import Refused
from problems.models import ApiToken, User
from problems.permissions import role_of
from problems.services import tokens

CHALLENGE = 'Bearer realm="Open Problems Tracker"'


class InsufficientScope(APIException):
    """A token that may read only is used to write."""

    status_code = HTTPStatus.FORBIDDEN
    default_detail = "This token may only read. Use one that may write."
    auth_header = f'{CHALLENGE}, error="insufficient_scope", scope="write"'


class TokenAuthentication(BaseAuthentication):
    """Personal tokens (RFC 6750), in the header only."""

    @override
    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _, secret = _header(request).partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = tokens.use(secret.strip())
        if token is None:
            raise AuthenticationFailed("This token is unknown, expired or revoked.")
        if request.method not in SAFE_METHODS and token.scope != TokenScope.WRITE:
            raise InsufficientScope
        if settings.STAFF_SECOND_FACTOR and role_of(token.user) >= Role.CURATOR and not is_mfa_enabled(token.user):
            raise Refused("This account needs a second factor first.", "Set one up on the site.")
        return token.user, token

    @override
    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401: with an error where a token was sent, without where none was."""
        return f'{CHALLENGE}, error="invalid_token"' if _header(request)[:6].lower() == "bearer" else CHALLENGE


def _header(request: Request) -> str:
    return str(request.headers.get("Authorization", ""))


class TokenRateThrottle(UserRateThrottle):
    """Counts what is asked with one token, or with the session of one person."""

    @override
    def get_cache_key(self, request: Request, view: Any) -> str | None:
        if isinstance(request.auth, ApiToken):
            return self.cache_format % {"scope": self.scope, "ident": f"token-{request.auth.pk}"}
        return super().get_cache_key(request, view) if request.user.is_authenticated else None


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # registers itself
    """How the OpenAPI document describes it."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        """A bearer scheme."""
        del auto_schema
        return {"type": "http", "scheme": "bearer", "description": "A personal token, made on the account page: `Authorization: Bearer opt_…`."}
