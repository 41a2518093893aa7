"""Writes on accounts and teams."""

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from problems.choices import EventKind, OpinionState, Role
from problems.errors import Conflict, Invalid, Refused
from problems.models import ApiToken, Membership, SecondOpinion, Team, User
from problems.permissions import Action, Actor, require, role_of
from problems.services import audit, changes

OWN = {"display_name", "hide_name", "password", "last_login"}  # what people change of their own account
PERSONAL = ("email", "display_name")  # the record says that they changed, and nothing more


@transaction.atomic
def save(*, user: User, by: Actor, password: str | None = None, reason: str = "") -> User:
    """Store a new or changed account. Without `password` it stays as it is, and nobody can log in to a new one.

    Another role, closing and opening need a reason and somebody else than the person, and end the sessions of the account.
    Another address has to be confirmed by its owner at the next log-in. Raises Refused, Invalid, Conflict.
    """
    stored = locked(user.pk) if user.pk else None
    if password is not None:
        user.set_password(password)
    elif stored is None:
        user.set_unusable_password()
    own = by is not None and stored is not None and by.pk == stored.pk and changes.differing(user, stored) <= OWN
    kind = EventKind.ROLE_CHANGED if stored and stored.role != user.role else None
    moved = stored is not None and (stored.role, stored.is_active) != (user.role, user.is_active)
    if stored and moved:
        _may_move(user, stored, by=by, reason=reason)
    changes.save(
        user,
        by=by,
        action=Action.CHANGE_OWN_ACCOUNT if own else Action.CHANGE_PEOPLE,
        reason=reason,
        kind=kind,
    )
    if moved:
        end_sessions(user)
        if role_of(user) < Role.REVIEWER:  # a second opinion that nobody can give any more is for anybody to give
            SecondOpinion.objects.filter(wanted=user, state=OpinionState.ASKED).update(wanted=None)
    if stored and not user.is_active:
        ApiToken.objects.filter(user=user, revoked_at=None).update(revoked_at=timezone.now())
    if stored and (personal := [name for name in PERSONAL if getattr(stored, name) != getattr(user, name)]):
        audit.record(EventKind.CHANGED, user, by=by, after={"personal": personal}, reason=reason)
        if "email" in personal:
            EmailAddress.objects.filter(user=user).delete()
    return user


@transaction.atomic
def sign_up(*, email: str, password: str) -> User:
    """Store the account of somebody who signs up: a reader, whose address is yet to be confirmed. Raises Refused, Invalid, Conflict."""
    if settings.SIGN_UP != "open":
        raise Refused("Nobody can sign up here.", "Ask a curator for an invitation.")
    return save(user=User(email=email, role=Role.READER), password=password, by=None)


def locked(key: int) -> User:
    """The stored account, locked; and with it, in the order of their keys, all curators, of whom one has to stay."""
    rows = User.objects.select_for_update(no_key=True).filter(Q(pk=key) | Q(role=Role.CURATOR, is_active=True)).order_by("pk")
    return next(row for row in rows if row.pk == key)


def _may_move(user: User, stored: User, *, by: Actor, reason: str) -> None:
    """Refuse another role, or closing, by the person, without a reason, or of the last curator who can log in."""
    require(by, Action.CHANGE_PEOPLE, stored)
    if by is not None and by.pk == stored.pk:
        raise Refused("You may not change your own role or close your own account.", "Another curator has to.")
    if by is not None and not reason.strip():
        raise Invalid({"reason": ["Write why: the reason is kept in the record."]})
    curators = User.objects.filter(role=Role.CURATOR, is_active=True, email__isnull=False)
    if stored.is_staff and not user.is_staff and not curators.exclude(pk=user.pk).exists():
        raise Conflict("This is the last curator.", "Make somebody else a curator first.")


def end_sessions(user: User) -> None:
    """End all sessions of an account. They are stored without its key, so each is read; this is rare."""
    mine = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get("_auth_user_id") == str(user.pk)
    ]
    Session.objects.filter(pk__in=mine).delete()


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
