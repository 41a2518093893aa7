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
from django.db.models import Model, Q
from django.utils import timezone

from problems.choices import EventKind, OpinionState, Role, SubmissionState
from problems.errors import Conflict, Invalid
from problems.models import (
    ApiToken,
    Assignment,
    AuditEvent,
    BulkChange,
    Care,
    CatalogueChange,
    Declaration,
    Flag,
    FollowingFeed,
    IdempotencyKey,
    ImportRow,
    ImportRun,
    Interest,
    Invitation,
    Lookup,
    Membership,
    Merge,
    Message,
    Notification,
    NotificationPace,
    Opened,
    Passed,
    ProbableDuplicate,
    RestrictedRead,
    Review,
    Search,
    SecondOpinion,
    Submission,
    Tag,
    TeamInvitation,
    Trashed,
    User,
    Watch,
)
from problems.permissions import NAMELESS, Action, Actor, require
from problems.queries.submissions import withhold
from problems.services import audit, care, imports, people, reads, submissions, trash

KEPT_AFTER = timedelta(days=30)
"""How long what has ended (a token, an invitation) is kept for whoever asks what it was."""
RECORD_MOST = 100_000
DRAFTS_KEPT = NOTIFICATIONS_KEPT = timedelta(days=365)
NO_ADDRESS = "deleted@deleted.invalid"
ACCOUNT: tuple[type[Model], ...] = (ApiToken, IdempotencyKey, EmailAddress, Authenticator, SocialAccount, Membership)
THEIRS: tuple[type[Model], ...] = (Watch, FollowingFeed, Notification, NotificationPace, Interest, Passed, Care, Opened)
"""What is about nobody else, and goes with the person. All of it points at them as `user`."""


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
        **_as_reader(user),
        **_as_reviewer(user),
    }


def _as_reader(user: User) -> dict[str, Any]:
    """What they said and follow, how they hear of things, how they read."""
    messages = Message.objects.visible_to(user).filter(author=user).select_related("submission").order_by("pk")
    watches = Watch.objects.filter(user=user).select_related("problem", "statement", "call", "team").order_by("pk")
    flags = Flag.objects.filter(by=user).select_related("paper", "tag", "statement").order_by("pk")
    proposals = CatalogueChange.objects.filter(by=user).order_by("pk")
    return {
        "messages": [{"submission": each.submission.public_id} | _fields(each, "public_id", "audience", "text", "created") for each in messages],
        "follows": [
            {"what": audit.name_of(each.problem or each.statement or each.call or each.team or each), "since": each.created} for each in watches
        ],
        "feed_of_follows": list(FollowingFeed.objects.filter(user=user).values("created")),
        "notifications": list(Notification.objects.filter(user=user).order_by("pk").values("subject", "at", "read_at", "mailed_at")),
        "mails": list(NotificationPace.objects.filter(user=user).order_by("pk").values("subject", "pace")),
        "reading": list(Care.objects.filter(user=user).values("fold_from", "left_out", "most_level", "daily")),
        "flags": [
            {"of": audit.name_of(each.paper or each.tag or each.statement or each)}
            | _fields(each, "public_id", "reason", "text", "state", "answer", "created", "answered_at")
            for each in flags
        ],
        "proposals": [_fields(each, "public_id", "kind", "state", "values", "reason", "answer", "created", "answered_at") for each in proposals],
    }


def _as_reviewer(user: User) -> dict[str, Any]:
    """What they declared, left to others, were asked for and did as a reviewer; of second opinions their own side only."""
    interests = Interest.objects.filter(user=user).select_related("paper", "team").order_by("pk")
    opinions = SecondOpinion.objects.filter(Q(first=user) | Q(second=user)).select_related("submission").order_by("pk")
    asked = Assignment.objects.filter(reviewer=user).select_related("problem", "team").order_by("pk")
    return {
        "interests": [
            {"paper": each.paper.public_id if each.paper else "", "team": each.team.slug if each.team else ""}
            | _fields(each, "orcid", "family", "given", "created")
            for each in interests
        ],
        "second_opinions": [{"submission": each.submission.public_id} | _side(each, user) for each in opinions],
        "left_to_others": list(Passed.objects.filter(user=user).order_by("pk").values("submission__public_id", "how", "at")),
        "opened": list(Opened.objects.filter(user=user).order_by("pk").values("submission__public_id", "day")),
        "assignments": [
            {"problem": each.problem.number if each.problem else None, "team": each.team.slug if each.team else ""}
            | _fields(each, "public_id", "created")
            for each in asked
        ],
        "assigned": list(Submission.objects.visible_to(user).filter(assigned_to=user).order_by("pk").values("public_id", "assigned_at")),
        "bulk_changes": [
            _fields(each, "public_id", "act", "options", "at", "undone_at") for each in BulkChange.objects.filter(by=user).order_by("pk")
        ],
        "thrown_away": list(Trashed.objects.filter(by=user).order_by("pk").values("public_id", "at", "reason", "restored_at")),
        "two_works": list(ProbableDuplicate.objects.filter(dismissed_by=user).order_by("pk").values("public_id", "dismissed_at", "reason")),
        "restricted_reads": list(RestrictedRead.objects.filter(reader=user).order_by("pk").values("at", "face", "kind", "object_name")[:RECORD_MOST]),
    }


def _side(opinion: SecondOpinion, user: User) -> dict[str, Any]:
    if opinion.first_id == user.pk:
        return {"at": opinion.asked_at, "rulings": opinion.rulings, "note": opinion.note}
    return {"at": opinion.given_at, "rulings": opinion.second_rulings, "note": opinion.second_note}


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
    for held in (*ACCOUNT, *THEIRS):
        held._default_manager.filter(user=user).delete()  # noqa: SLF001  # the documented way
    Assignment.objects.filter(Q(reviewer=user) | Q(person=user)).delete()
    _forget_words(user)
    Invitation.objects.filter(Q(accepted_by=user) | Q(email=address)).update(email=NO_ADDRESS)
    Submission.objects.filter(contributor=user).update(message="", appeal="")
    user.email, user.display_name, user.hide_name, user.role, user.is_active = None, "", True, Role.READER, False
    user.set_unusable_password()
    user.save()
    audit.record(EventKind.DELETED, user, by=None if own else by, reason=reason)


def _forget_words(user: User) -> None:
    """Empty what they said to others, and take their name out of what others said to them. A flag, its reason and its answer stay."""
    Message.objects.filter(author=user).update(text="")
    Flag.objects.filter(by=user).update(text="")
    for message in Message.objects.select_for_update(of=("self",)).filter(mentions=user):
        message.text = message.text.replace(f"@{{{user.public_id}}}", f"@{NAMELESS}")
        message.save(update_fields=["text"])
        message.mentions.remove(user)


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
    for submission in Submission.objects.select_for_update(of=("self",)).filter(claimed_by=user):
        submission.claimed_by = submission.claimed_at = None
        submission.save()
        audit.record(EventKind.RELEASED, submission, by=user)
    Submission.objects.filter(assigned_to=user).update(assigned_to=None, assigned_at=None)
    SecondOpinion.objects.filter(wanted=user, state=OpinionState.ASKED).update(wanted=None)


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
        "trash": trash.purge(),
        "entries of files": ImportRow.objects.filter(record__isnull=False, run__finished_at__lt=ended).update(record=None),
        "sessions": Session.objects.filter(expire_date__lt=now).delete()[0],
        "idempotency keys": IdempotencyKey.objects.filter(created__lt=now - timedelta(days=1)).delete()[0],
        "look-ups": Lookup.objects.filter(asked_at__lt=cached).delete()[0],
        "tokens": ApiToken.objects.filter(Q(expires__lt=ended) | Q(revoked_at__lt=ended)).delete()[0],
        "addresses of invitations": Invitation.objects.filter(over).exclude(email=NO_ADDRESS).update(email=NO_ADDRESS),
        "invitations to teams": TeamInvitation.objects.filter(over).delete()[0],
        "notifications": Notification.objects.filter(at__lt=now - NOTIFICATIONS_KEPT).delete()[0],
        "restricted reads": reads.forget(),
        **care.forget(),
    }
