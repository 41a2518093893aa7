"""Writes on accounts and teams."""

from allauth.account.models import EmailAddress
from django.db import transaction

from problems.choices import EventKind
from problems.models import Membership, Team, User
from problems.permissions import Action, Actor
from problems.services import audit, changes

OWN = {"display_name", "password", "last_login"}  # what people change of their own account
PERSONAL = ("email", "display_name")  # the record says that they changed, and nothing more


@transaction.atomic
def save(*, user: User, by: Actor, password: str | None = None, reason: str = "") -> User:
    """Store a new or changed account. Without `password` it stays as it is, and nobody can log in to a new one.

    Another address has to be confirmed by its owner at the next log-in. Raises Refused, Invalid, Conflict.
    """
    stored = User.objects.select_for_update().get(pk=user.pk) if user.pk else None
    if password is not None:
        user.set_password(password)
    elif stored is None:
        user.set_unusable_password()
    own = by is not None and stored is not None and by.pk == stored.pk and changes.differing(user, stored) <= OWN
    kind = EventKind.ROLE_CHANGED if stored and stored.role != user.role else None
    changes.save(
        user,
        by=by,
        action=Action.CHANGE_OWN_ACCOUNT if own else Action.CHANGE_PEOPLE,
        reason=reason,
        kind=kind,
    )
    if stored and (personal := [name for name in PERSONAL if getattr(stored, name) != getattr(user, name)]):
        audit.record(EventKind.CHANGED, user, by=by, after={"personal": personal}, reason=reason)
        if "email" in personal:
            EmailAddress.objects.filter(user=user).delete()
    return user


@transaction.atomic
def save_team(*, team: Team, by: Actor, members: dict[User, bool] | None = None, reason: str = "") -> Team:
    """Store a new or changed team; `members` are its people, each with whether they lead. Raises Refused, Invalid, Conflict."""

    def parts(saved: Team) -> None:
        if members is None:
            return
        Membership.objects.filter(team=saved).exclude(user__in=members).delete()
        for user, is_lead in members.items():
            Membership.objects.update_or_create(team=saved, user=user, defaults={"is_lead": is_lead})

    changes.save(team, by=by, action=Action.CHANGE_PEOPLE, reason=reason, parts=parts)
    return team
