"""What people follow, and the secret address of the feed of it. Neither is in the record of changes: what somebody reads is nobody else's."""

import secrets

from django.db import transaction

from problems.errors import Conflict
from problems.models import CallToAction, FollowingFeed, Problem, Statement, Team, User, Watch
from problems.permissions import Action, require
from problems.services.tokens import digest

MOST = 500

type Followed = Problem | Statement | CallToAction | Team


def of(thing: Followed) -> dict[str, Followed]:
    """The field of a watch that holds this."""
    return {{Problem: "problem", Statement: "statement", CallToAction: "call", Team: "team"}[type(thing)]: thing}


@transaction.atomic
def follow(*, thing: Followed, by: User) -> Watch:
    """Hear of what happens to a problem, statement, call or team. What is followed already stays so. Raises Refused, Conflict at the limit."""
    watch = Watch(user=by, **of(thing))
    require(by, Action.FOLLOW, watch)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if known := Watch.objects.filter(user=by, **of(thing)).first():
        return known
    if Watch.objects.filter(user=by).count() >= MOST:
        title = f"You follow {MOST} things, the most there may be."
        raise Conflict(title, "Stop following one first.")
    watch.save()
    return watch


@transaction.atomic
def unfollow(*, thing: Followed, by: User) -> None:
    """Hear of it no more. What is not followed stays so."""
    Watch.objects.filter(user=by, **of(thing)).delete()


@transaction.atomic
def end(*, watch: Watch, by: User) -> None:
    """The same, of what is followed. Raises Conflict where it is not followed any more."""
    if not Watch.objects.filter(pk=watch.pk, user=by).delete()[0]:
        raise Conflict("You do not follow this any more.")


@transaction.atomic
def renew_feed(*, by: User) -> str:
    """Make the feed of what somebody follows, or another address for it: the old one ends. Its secret, which is told this once. Raises Refused."""
    require(by, Action.FOLLOW, by)
    secret = secrets.token_urlsafe(32)
    FollowingFeed.objects.update_or_create(user=by, defaults={"digest": digest(secret)})
    return secret


@transaction.atomic
def end_feed(*, by: User) -> None:
    """End it."""
    FollowingFeed.objects.filter(user=by).delete()


def reader_of(secret: str) -> User | None:
    """Whose feed this secret is for; nobody's once the account is closed."""
    feed = FollowingFeed.objects.filter(digest=digest(secret), user__is_active=True).select_related("user").first()
    return feed.user if feed else None
