"""Personal tokens for the API: made, used, revoked. The token itself is told once and kept nowhere; the database holds its hash."""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind
from problems.errors import Invalid
from problems.models import ApiToken, User
from problems.permissions import Action, Actor, require
from problems.services import audit, changes

PREFIX = "opt_"  # scanners for leaked secrets find it by this
DAYS, LONGEST = 90, 365
MOST = 50
USE_NOTED = timedelta(minutes=5)


def digest(secret: str) -> bytes:
    """What is kept of a secret. It is random and long, so a plain hash cannot be turned back."""
    return sha256(secret.encode()).digest()


@transaction.atomic
def make(*, user: User, name: str, scope: str, by: Actor, days: int = DAYS) -> tuple[ApiToken, str]:
    """Make a token of `user` that is good for so many days; the row, and the token, which is told this once. Raises Refused, Invalid, Conflict."""
    require(by, Action.MAKE_TOKEN, user)
    if not 1 <= days <= LONGEST:
        raise Invalid({"days": [f"Write a whole number from 1 to {LONGEST}."]})
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken(user=user, name=name, scope=scope, expires=timezone.now() + timedelta(days=days), digest=digest(secret))
    changes.validate(token)
    kept = list(ApiToken.objects.filter(user=user, revoked_at=None).values_list("name", flat=True))
    if token.name in kept:
        raise Invalid({"name": ["You have a token of this name. Choose another name, or revoke that one."]})
    if len(kept) >= MOST:
        raise Invalid({"name": [f"You have {MOST} tokens, the most there may be. Revoke one first."]})
    token.save()
    audit.record(EventKind.CREATED, token, by=by, after={"user_id": user.pk, "scope": token.scope, "expires": token.expires})
    return token, secret


@transaction.atomic
def revoke(*, token: ApiToken, by: Actor) -> None:
    """End a token. One that is revoked already stays so. Raises Refused."""
    require(by, Action.MAKE_TOKEN, token.user)
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        audit.record(EventKind.WITHDRAWN, token, by=by, after={"user_id": token.user_id})


def use(secret: str) -> ApiToken | None:
    """The token that this is, with its owner, if it is good; that it was used is noted at most every five minutes."""
    now = timezone.now()
    good = ApiToken.objects.filter(digest=digest(secret), revoked_at=None, expires__gt=now, user__is_active=True)
    token = good.select_related("user").first()
    if token and (token.last_used is None or now - token.last_used > USE_NOTED):
        ApiToken.objects.filter(pk=token.pk).update(last_used=now)
    return token
