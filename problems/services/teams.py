"""Teams: made by curators, led by leads, joined by a link that works once. The secret of the link is kept nowhere; the database holds its hash."""

import secrets
from collections.abc import Iterable
from datetime import timedelta
from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.text import slugify

from problems.choices import EventKind
from problems.errors import Busy, Conflict, Invalid, TooMany
from problems.models import AuditEvent, Membership, Team, TeamInvitation, User
from problems.permissions import Action, Actor, require, shown_name, why_not
from problems.queries.teams import with_people
from problems.services import audit, changes
from problems.services.tokens import digest

DAYS = 7
DAY = timedelta(days=1)
RESERVED = {"new"}
MESSAGE_LIMIT = 5000
ONLY_LEAD = "This is the only lead of the team."
LOST = "This link is used up or too old."
log = structlog.get_logger("tracker.mail")


@transaction.atomic
def make(*, name: str, by: Actor, about: str = "", leads: Iterable[User] = ()) -> Team:
    """Store a new team with these first leads; a lead may come later by a link. Raises Refused, Invalid, Conflict."""
    team = Team(name=name, about=about, slug=_free(name))

    def people(saved: Team) -> None:
        for user in leads:
            Membership.objects.create(team=saved, user=user, is_lead=True)

    changes.save(team, by=by, action=Action.MAKE_TEAM, parts=people)
    return team


@transaction.atomic
def change(*, team: Team, name: str, about: str, by: Actor) -> Team:
    """Give a team another name, or say otherwise what it works on; its address stays. Raises Refused, Invalid."""
    fresh = _locked(team)
    require(by, Action.LEAD_TEAM, fresh)
    before = audit.snapshot(fresh)
    fresh.name, fresh.about = name, about
    changes.validate(fresh)
    if (after := audit.snapshot(fresh)) != before:
        fresh.save()
        audit.record(EventKind.CHANGED, fresh, by=by, before=before, after=after)
    return fresh


@transaction.atomic
def invite(*, team: Team, by: Actor, as_lead: bool = False) -> str:
    """Offer a place in a team. The secret of the link, which is told this once. Raises Refused, TooMany."""
    fresh = _locked(team)
    require(by, Action.LEAD_TEAM, fresh)
    now = timezone.now()
    today = TeamInvitation.objects.filter(team=fresh, created__gt=now - DAY).order_by("created")
    if (count := today.count()) >= settings.TEAM_INVITE_RATE:
        wait = today[count - settings.TEAM_INVITE_RATE].created + DAY - now
        title = f"{count} links were made for this team within a day, the most there may be."
        raise TooMany(title, "Make another one tomorrow.", retry_after=max(1, int(wait.total_seconds())))
    secret = secrets.token_urlsafe(32)
    inviter = by if isinstance(by, User) else None
    offer = TeamInvitation.objects.create(team=fresh, as_lead=as_lead, digest=digest(secret), expires=now + timedelta(days=DAYS), invited_by=inviter)
    audit.record(EventKind.INVITED, offer, by=by, after={"team_id": fresh.pk, "as_lead": as_lead, "expires": offer.expires})
    return secret


@transaction.atomic
def withdraw(*, offer: TeamInvitation, by: Actor) -> None:
    """End an invitation that is open. Raises Refused, Conflict."""
    require(by, Action.LEAD_TEAM, with_people(offer.team))
    if not TeamInvitation.objects.filter(pk=offer.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        raise Conflict("This link was used or withdrawn already.")
    audit.record(EventKind.WITHDRAWN, offer, by=by, after={"team_id": offer.team_id})


def find(secret: str) -> TeamInvitation | None:
    """The invitation that this link is for, if it is open and who made it may still invite."""
    open_now = TeamInvitation.objects.filter(digest=digest(secret), accepted_at=None, withdrawn_at=None, expires__gt=timezone.now())
    offer = open_now.select_related("team", "invited_by").first()
    if offer is None or (offer.invited_by and not offer.invited_by.is_active):
        return None
    return None if why_not(offer.invited_by, Action.LEAD_TEAM, with_people(offer.team)) else offer


@transaction.atomic
def accept(*, secret: str, by: User) -> Team:
    """Join the team that a link is for; it works once. Raises Conflict."""
    locked = TeamInvitation.objects.select_for_update().filter(digest=digest(secret)).first()
    if locked is None or find(secret) is None:
        raise Conflict(LOST, "Ask a lead of the team for another one.")
    team = _locked(locked.team)
    if by.pk in team.people:
        raise Conflict("You are in this team already.", "The link stays good for somebody else.")
    before = audit.snapshot(team)
    Membership.objects.create(team=team, user=by, is_lead=locked.as_lead)
    locked.accepted_at, locked.accepted_by = timezone.now(), by
    locked.save()
    audit.record(EventKind.JOINED, team, by=by, before=before, after=audit.snapshot(team))
    return team


@transaction.atomic
def leave(*, team: Team, by: User) -> None:
    """Go out of a team. Raises Conflict for who is not in it, and for its only lead."""
    fresh = _locked(team)
    if by.pk not in fresh.people:
        raise Conflict("You are not in this team.")
    _take_out(fresh, by, by=by)


@transaction.atomic
def remove(*, team: Team, user: User, by: Actor) -> None:
    """Take somebody out of a team. Raises Refused, Conflict."""
    fresh = _locked(team)
    require(by, Action.LEAD_TEAM, fresh)
    if user.pk not in fresh.people:
        raise Conflict("This person is not in the team any more.")
    _take_out(fresh, user, by=by)


@transaction.atomic
def set_lead(*, team: Team, user: User, is_lead: bool, by: Actor) -> None:
    """Make a member a lead, or a lead a member. Raises Refused, Conflict."""
    fresh = _locked(team)
    require(by, Action.LEAD_TEAM, fresh)
    if user.pk not in fresh.people:
        raise Conflict("This person is not in the team any more.")
    if not is_lead:
        _keeps_a_lead(fresh, user, by)
    before = audit.snapshot(fresh)
    Membership.objects.filter(team=fresh, user=user).update(is_lead=is_lead)
    after = audit.snapshot(fresh)
    if after != before:
        audit.record(EventKind.CHANGED, fresh, by=by, before=before, after=after)


@transaction.atomic
def contact(*, team: Team, by: User, text: str, answer: bool = False) -> None:
    """Mail a message to the leads of a team. Nobody learns an address: with `answer` the leads may answer to that of `by`.

    Raises Refused, Invalid, TooMany; Conflict where no lead has an address, Busy where the mail can be sent to none.
    """
    require(by, Action.CONTACT_TEAM, team)
    if not text.strip():
        raise Invalid({"text": ["Write what you want to tell the team."]})
    if len(text) > MESSAGE_LIMIT:
        raise Invalid({"text": [f"This is longer than {MESSAGE_LIMIT:,} characters."]})
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    now = timezone.now()
    today = AuditEvent.objects.filter(actor=by, object_type="team", kind=EventKind.SUBMITTED, at__gt=now - DAY).order_by("at")
    if (count := today.count()) >= settings.CONTACT_RATE:
        wait = today[count - settings.CONTACT_RATE].at + DAY - now
        title = f"You have written {count} messages to teams within a day, the most there may be."
        raise TooMany(title, "Write again tomorrow.", retry_after=max(1, int(wait.total_seconds())))
    if not _reachable(team).exists():
        raise Conflict("Nobody who leads this team can be reached by mail.", "Ask a curator to pass your message on.")
    audit.record(EventKind.SUBMITTED, team, by=by)
    transaction.on_commit(lambda: _send(team, by, text, answer=answer))


def link(secret: str) -> str:
    """Address of the page that an invitation opens."""
    return f"{settings.SITE_URL}/team-invitations/{secret}/"


def _locked(team: Team) -> Team:
    """The team as it is now, held until the end of the transaction, with the keys of its people."""
    fresh = Team.objects.select_for_update().filter(pk=team.pk).first()
    if fresh is None:
        raise Conflict("This team is gone.")
    return with_people(fresh)


def _free(name: str) -> str:
    """An address for a team of this name that no other has."""
    base = slugify(name)[:50].strip("-") or "team"
    taken = {*RESERVED, *Team.objects.filter(slug__startswith=base).values_list("slug", flat=True)}
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def _keeps_a_lead(team: Team, user: User, by: Actor) -> None:
    """Refuse to take away the last lead, except to curators."""
    if team.leads == {user.pk} and why_not(by, Action.MAKE_TEAM, team):
        raise Conflict(ONLY_LEAD, "Make somebody else a lead first, or ask a curator.")


def _take_out(team: Team, user: User, *, by: Actor) -> None:
    _keeps_a_lead(team, user, by)
    before = audit.snapshot(team)
    Membership.objects.filter(team=team, user=user).delete()
    audit.record(EventKind.LEFT, team, by=by, before=before, after=audit.snapshot(team))


def _reachable(team: Team) -> QuerySet[User]:
    """Its leads who have an address."""
    leads = User.objects.filter(memberships__team=team, memberships__is_lead=True, is_active=True, email__isnull=False)
    return leads.exclude(email="").order_by("pk")


def _send(team: Team, by: User, text: str, *, answer: bool) -> None:
    """One mail a lead, so that no lead learns the address of another. One that cannot be sent keeps no other back."""
    context: dict[str, Any] = {
        "team": team,
        "sender": shown_name(AnonymousUser(), by),
        "text": text,
        "answer": answer and bool(by.email),
        "site_url": settings.SITE_URL,
    }
    subject = render_to_string("teams/email/contact_subject.txt", context).strip()
    body = render_to_string("teams/email/contact_message.txt", context).strip()
    reply = [by.email] if answer and by.email else []
    sent = 0
    for lead in _reachable(team):
        try:
            EmailMessage(subject, body, None, [lead.email or ""], reply_to=reply).send()
        except (OSError, SMTPException) as error:  # what it says names an address
            log.error("mail_failed", template="contact", error=type(error).__name__)  # noqa: TRY400  # no traceback for the same reason
        else:
            sent += 1
    if not sent:
        raise Busy("The message could not be sent.", "Your text is kept below: send it again later.")
