"""Flags: what a reader, with an account or without one, says is wrong with an entry; the answer can be followed by a secret address.

Of the address that a flag comes from nothing is stored: it is counted for an hour, hashed, in memory.
"""

import secrets
import time
from hashlib import sha256

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac

from problems.choices import EventKind, FlagReason, FlagState
from problems.errors import Conflict, Invalid, TooMany
from problems.models import Flag, Paper, Statement, Tag, User
from problems.permissions import Action, Actor, require
from problems.queries import fairness
from problems.services import audit, changes

HOUR = 3600
ANSWERS = (FlagState.UPHELD, FlagState.DISMISSED)
NEEDS_WORDS = (FlagReason.WRONG, FlagReason.DUPLICATE, FlagReason.OTHER)


@transaction.atomic
def flag(*, thing: Paper | Tag | Statement, by: Actor, reason: str, text: str = "", address: str = "") -> tuple[Flag, str]:
    """Say what is wrong with an entry that `by` may know of; the flag, and the secret of its address, which is told once.

    Raises Invalid by field, and TooMany for the sixth within an hour from one address, or by one account.
    """
    made = Flag(by=by if isinstance(by, User) else None, reason=reason, text=text)
    require(by, Action.FLAG, made)
    setattr(made, thing._meta.model_name or "", thing)  # noqa: SLF001  # the documented Model._meta API
    if reason not in FlagReason.values:
        raise Invalid({"reason": ["Choose what is wrong."]})
    if reason in NEEDS_WORDS and not text.strip():
        raise Invalid({"text": ["Say what is wrong, so that somebody can check it."]})
    secret = secrets.token_urlsafe(32)
    made.digest = digest(secret)
    changes.validate(made)
    _within_rate(by, address)
    made.save()
    audit.record(EventKind.FLAGGED, made, by=by)
    return made, secret


def follow(secret: str) -> Flag | None:
    """The flag of this secret."""
    return Flag.objects.filter(digest=digest(secret)).first() if secret else None


@transaction.atomic
def answer(*, flag: Flag, by: Actor, state: str, text: str) -> Flag:
    """Uphold or dismiss a flag, with an answer that who raised it reads. Raises Refused, Invalid, Conflict."""
    fresh: Flag = Flag.objects.select_for_update(of=("self",)).select_related("paper", "tag", "statement").get(pk=flag.pk)
    fairness.require(by, Action.ANSWER_FLAG, fresh)
    if fresh.state != FlagState.OPEN:
        title = "Somebody has answered this flag already."
        raise Conflict(title, "Read their answer.")
    if state not in ANSWERS:
        raise Invalid({"state": ["Choose: upheld or dismissed."]})
    if not text.strip():
        raise Invalid({"text": ["Write an answer: who raised the flag reads it."]})
    fresh.state, fresh.answer, fresh.answered_at = FlagState(state), text, timezone.now()
    fresh.answered_by = by if isinstance(by, User) else None
    try:
        changes.validate(fresh)
    except Invalid as error:
        raise Invalid({"text" if name == "answer" else name: each for name, each in error.errors.items()}) from error
    fresh.save()
    audit.record(EventKind.ANSWERED, fresh, by=by, before={"state": FlagState.OPEN.value}, after={"state": fresh.state})
    return fresh


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return sha256(secret.encode()).digest()


def _within_rate(by: Actor, address: str) -> None:
    """Count it, for the account and for the address that it comes from."""
    now = int(time.time())
    who = [
        f"account-{by.pk}" if isinstance(by, User) else "",
        f"address-{salted_hmac('flags', address, algorithm='sha256').hexdigest()}" if address else "",
    ]
    for name in filter(None, who):
        key = f"flags-{name}-{now // HOUR}"
        cache.add(key, 0, HOUR)
        try:
            count = cache.incr(key)
        except ValueError:  # pushed out by others meanwhile
            count = 1
        if count > settings.FLAG_RATE:
            title = f"{settings.FLAG_RATE} flags an hour are the most."
            raise TooMany(title, "What you wrote is kept below: send it again later.", retry_after=HOUR - now % HOUR)
