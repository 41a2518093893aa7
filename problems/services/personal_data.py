"""What is kept about a person: all of it to take along, and how it goes. The map keeps what they handed in; it drops who they were."""

from collections.abc import Mapping
from copy import copy
from datetime import datetime, timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from problems.choices import EventKind, Role, SubmissionState
from problems.errors import Conflict, Invalid
from problems.models import (
    ApiToken,
    AuditEvent,
    Declaration,
    IdempotencyKey,
    ImportRow,
    ImportRun,
    Invitation,
    Lookup,
    Membership,
    Merge,
    Review,
    Search,
    Submission,
    Tag,
    TeamInvitation,
    User,
)
from problems.permissions import Action, Actor, require
from problems.queries.submissions import withhold
from problems.services import audit, imports, people, submissions

KEPT_AFTER = timedelta(days=30)
"""How long what has ended (a token, an invitation) is kept for whoever asks what it was."""
RECORD_MOST = 100_000
DRAFTS_KEPT = timedelta(days=365)
NO_ADDRESS = "deleted@deleted.invalid"


def of(user: User) -> dict[str, Any]:
    """Everything that is kept about `user` and by them, as plain data. What was restricted since is left out, as on every page."""
    mine = list(Submission.objects.filter(contributor=user).order_by("pk"))
    withhold(mine, user)
    tags = Tag.objects.visible_to(user).filter(contributor=user).select_related("paper", "statement", "call", "problem").order_by("pk")
    searches = Search.objects.visible_to(user).filter(by=user).select_related("statement", "problem").order_by("pk")
    answers = Review.objects.filter(reviewer=user).select_related("submission").prefetch_related("decisions").order_by("pk")
    return {
        "account": {
            **_fields(user, "public_id", "email", "display_name", "hide_name", "created", "last_login"),
            "role": user.get_role_display(),
            "addresses": list(EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified", "primary")),
            "log_in_by": list(SocialAccount.objects.filter(user=user).order_by("pk").values("provider", "uid", "date_joined", "extra_data")),
            "second_factors": list(Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")),
        },
        "teams": list(Membership.objects.filter(user=user).order_by("pk").values("team__slug", "team__name", "is_lead", "created")),
        "tokens": list(ApiToken.objects.filter(user=user).order_by("pk").values("name", "scope", "created", "expires", "last_used", "revoked_at")),
        "submissions": [
            _fields(each, "public_id", "kind", "state", "message", "content", "appeal", "created", "modified", "submitted_at", "decided_at")
            for each in mine
        ],
        "tags": [
            {"target": each.code} | _fields(each, "public_id", "relation", "rationale", "locator", "basis", "status", "created", "decided_at")
            for each in tags
        ],
        "searches": [{"target": each.code} | _fields(each, "public_id", "where", "query", "searched_on", "status", "created") for each in searches],
        "reviews": [
            {
                "submission": each.submission.public_id,
                **_fields(each, "at", "outcome", "note", "undone_at"),
                "decisions": [_fields(one, "part", "verdict", "reason", "words") for one in each.decisions.all()],
            }
            for each in answers
        ],
        "imports": [
            _fields(each, "public_id", "filename", "format", "size", "state", "counts", "created", "finished_at")
            for each in ImportRun.objects.filter(by=user).defer("data").order_by("pk")
        ],
        "merges": [_fields(each, "public_id", "at", "reason", "undone_at") for each in Merge.objects.filter(by=user).order_by("pk")],
        "team_invitations": [
            {"team": each.team.slug} | _fields(each, "public_id", "as_lead", "created", "expires", "accepted_at", "withdrawn_at")
            for each in TeamInvitation.objects.filter(invited_by=user).select_related("team").order_by("pk")
        ],
        "record": list(AuditEvent.objects.filter(actor=user).order_by("pk").values("at", "kind", "face", "object_type", "object_name")[:RECORD_MOST]),
        "declarations": [
            {"target": each.code} | _fields(each, "public_id", "sentence", "until", "ended_at")
            for each in Declaration.objects.filter(by=user).select_related("statement", "call").order_by("pk")
        ],
    }


def _fields(row: object, *names: str) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


@transaction.atomic
def delete(*, user: User, by: Actor, reason: str = "") -> None:
    """Drop who `user` was, for good: name, addresses, log-ins, tokens, teams, drafts, messages. What they handed in stays, under no name.

    A person does it themselves; or a curator, or the operator, with a reason. What waits for review goes on; what waits for an answer of
    theirs is withdrawn. Raises Refused, Invalid, Conflict for the last curator.
    """
    user = people.locked(user.pk)
    own = by is not None and by.pk == user.pk
    require(by, Action.CHANGE_OWN_ACCOUNT if own else Action.CHANGE_PEOPLE, user)
    if not own and by is not None and not reason.strip():
        raise Invalid({"reason": ["Write why: the reason is kept in the record."]})
    curators = User.objects.filter(role=Role.CURATOR, is_active=True, email__isnull=False)
    if user.is_staff and not curators.exclude(pk=user.pk).exists():
        raise Conflict("This is the last curator.", "Make somebody else a curator first.")
    _let_go(user)
    address = user.email
    people.end_sessions(user)
    for held in (ApiToken, IdempotencyKey, EmailAddress, Authenticator, SocialAccount, Membership):
        held.objects.filter(user=user).delete()
    Invitation.objects.filter(Q(accepted_by=user) | Q(email=address)).update(email=NO_ADDRESS)
    Submission.objects.filter(contributor=user).update(message="", appeal="")
    user.email, user.display_name, user.hide_name, user.role, user.is_active = None, "", True, Role.READER, False
    user.set_unusable_password()
    user.save()
    audit.record(EventKind.DELETED, user, by=None if own else by, reason=reason)


def _let_go(user: User) -> None:
    """End what would wait for them, or hold up others."""
    acting = copy(user)  # as they could when they were here: an account may be closed, or have lost its role, before it is deleted
    acting.is_active, acting.role = True, max(user.role, Role.CONTRIBUTOR)
    for run in ImportRun.objects.filter(by=user).defer("data"):
        if run.is_open:
            imports.cancel(run=run, by=acting)
    ImportRun.objects.filter(by=user).update(filename="")
    for submission in Submission.objects.filter(contributor=user, state__in=(SubmissionState.CHANGES_REQUESTED, SubmissionState.DRAFT)):
        if submission.state == SubmissionState.DRAFT:
            submissions.discard(submission=submission, by=acting)
        else:
            submissions.withdraw(submission=submission, by=acting)
    Submission.objects.filter(contributor=user, state=SubmissionState.WITHDRAWN).update(content={})
    for submission in Submission.objects.select_for_update().filter(claimed_by=user):
        submission.claimed_by = submission.claimed_at = None
        submission.save()
        audit.record(EventKind.RELEASED, submission, by=user)


def _drop_drafts(before: datetime) -> int:
    """Delete drafts that nobody has touched since."""
    drafts = list(Submission.objects.select_for_update().filter(state=SubmissionState.DRAFT, modified__lt=before))
    for draft in drafts:
        audit.record(EventKind.DELETED, draft, by=None, reason="Untouched for a year")
        draft.delete()
    return len(drafts)


@transaction.atomic
def sweep() -> Mapping[str, int]:
    """Delete what was kept long enough, as docs/operators.md lists it; how many rows of each. To be done every day: see `manage.py sweep`."""
    now = timezone.now()
    ended = now - KEPT_AFTER
    cached = now - timedelta(days=settings.LOOKUP_CACHE_DAYS)
    over = Q(accepted_at__lt=ended) | Q(withdrawn_at__lt=ended) | Q(expires__lt=ended)
    return {
        "drafts": _drop_drafts(now - DRAFTS_KEPT),
        "entries of files": ImportRow.objects.filter(record__isnull=False, run__finished_at__lt=ended).update(record=None),
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "idempotency keys": IdempotencyKey.objects.filter(created__lt=now - timedelta(days=1)).delete()[0],
        "look-ups": Lookup.objects.filter(asked_at__lt=cached).delete()[0],
        "tokens": ApiToken.objects.filter(Q(expires__lt=ended) | Q(revoked_at__lt=ended)).delete()[0],
        "addresses of invitations": Invitation.objects.filter(over).exclude(email=NO_ADDRESS).update(email=NO_ADDRESS),
        "invitations to teams": TeamInvitation.objects.filter(over).delete()[0],
    }
