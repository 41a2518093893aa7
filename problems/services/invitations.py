"""Invitations: an account with a role, offered by a link in a mail. The secret of the link is kept nowhere; the database holds its hash."""

import secrets
from datetime import timedelta

import structlog
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from problems.choices import EventKind, Role
from problems.errors import Busy, Conflict, TooMany
from problems.models import Invitation, User
from problems.permissions import Action, Actor, require, why_not
from problems.services import audit, changes, people
from problems.services.tokens import digest

DAYS = 7
DAY = timedelta(days=1)
log = structlog.get_logger("tracker.mail")


@transaction.atomic
def invite(*, email: str, role: int, by: Actor) -> str:
    """Offer an account; earlier offers to the same address end. The secret of the link, which is told this once, by mail.

    Who invites learns nothing of whether the address has an account: then the mail says so instead, and there is no link that works.
    The operator gets no mail sent: the command prints the link. Raises Refused, Invalid, TooMany; Busy where the mail cannot be sent.
    """
    secret = secrets.token_urlsafe(32)
    inviter = by if isinstance(by, User) else None
    now = timezone.now()
    offer = Invitation(email=email.strip().lower(), role=role, digest=digest(secret), expires=now + timedelta(days=DAYS), invited_by=inviter)
    require(by, Action.INVITE, offer)
    changes.validate(offer)
    if inviter:
        User.objects.select_for_update(no_key=True).get(pk=inviter.pk)
        today = Invitation.objects.filter(invited_by=inviter, created__gt=now - DAY).order_by("created")
        if (count := today.count()) >= settings.INVITE_RATE:
            wait = today[count - settings.INVITE_RATE].created + DAY - now
            title = f"You have invited {count} people within a day, the most there may be."
            raise TooMany(title, "Invite again tomorrow.", retry_after=max(1, int(wait.total_seconds())))
    Invitation.objects.filter(email=offer.email, accepted_at=None, withdrawn_at=None).update(withdrawn_at=now)
    offer.save()
    audit.record(EventKind.INVITED, offer, by=by, after={"role": offer.role, "expires": offer.expires})
    known = User.objects.filter(email=offer.email).exists()
    if inviter:
        transaction.on_commit(lambda: _send("invitation_known" if known else "invitation", offer, secret))
    elif known:
        raise Conflict("There is an account with this address.")
    return secret


@transaction.atomic
def withdraw(*, offer: Invitation, by: Actor) -> None:
    """End an invitation that is open. Raises Refused, Conflict."""
    require(by, Action.INVITE, offer)
    if not Invitation.objects.filter(pk=offer.pk, accepted_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now()):
        raise Conflict("This invitation was used or withdrawn already.")
    audit.record(EventKind.WITHDRAWN, offer, by=by)


def find(secret: str) -> Invitation | None:
    """The invitation that this link is for, if it is open and who made it may still invite."""
    offers = Invitation.objects.filter(digest=digest(secret), accepted_at=None, withdrawn_at=None, expires__gt=timezone.now())
    offer = offers.select_related("invited_by").first()
    return None if offer is None or why_not(offer.invited_by, Action.INVITE, offer) else offer


@transaction.atomic
def accept(*, secret: str, display_name: str, password: str) -> User:
    """Make the account that a link offers; it works once. Raises Invalid, Conflict."""
    rows = Invitation.objects.select_for_update().filter(digest=digest(secret))
    locked = next(iter(rows), None)
    if locked is None or find(secret) is None:
        raise Conflict("This link is used up or too old.", "Ask a curator for another invitation.")
    if User.objects.filter(email=locked.email).exists():
        raise Conflict("There is an account with this address.", "Log in instead.")
    user = people.save(user=User(email=locked.email, display_name=display_name, role=locked.role), password=password, by=None)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    locked.accepted_at, locked.accepted_by = timezone.now(), user
    locked.save()
    audit.record(EventKind.ACCEPTED, locked, by=user, after={"accepted_by_id": user.pk, "role": user.role})
    return user


def link(secret: str) -> str:
    """Address of the page that an invitation opens."""
    return f"{settings.SITE_URL}/invitations/{secret}/"


def _send(template: str, offer: Invitation, secret: str) -> None:
    context = {"link": link(secret), "role": Role(offer.role).label.lower(), "days": DAYS, "site_url": settings.SITE_URL}
    subject = render_to_string(f"account/email/{template}_subject.txt", context).strip()
    try:
        send_mail(subject, render_to_string(f"account/email/{template}_message.txt", context).strip(), None, [offer.email])
    except OSError as error:  # what it says names the address
        log.error("mail_failed", template=template, error=type(error).__name__)  # noqa: TRY400  # no traceback for the same reason
        raise Busy("The message could not be sent.", "Invite again later: the link of this invitation reached nobody.") from None
