"""Writes on tags and searches."""

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind, ReviewStatus
from problems.models import Search, Tag
from problems.permissions import Action, Actor, require
from problems.services import changes, coverage

DECIDED = {ReviewStatus.ACCEPTED: EventKind.ACCEPTED, ReviewStatus.DECLINED: EventKind.DECLINED, ReviewStatus.PROPOSED: EventKind.CHANGED}


@transaction.atomic
def save(*, tag: Tag, by: Actor, reason: str = "") -> Tag:
    """Store a new or changed tag. A new one is proposed, unless the operator loads it with its decision.

    A change of its status is a decision and needs the right to decide. Raises Refused, Invalid, Conflict.
    """
    stored = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk) if tag.pk else None
    was = stored.status if stored else ReviewStatus.PROPOSED
    deciding = stored is not None and tag.status != was
    if tag.status != was:
        require(by, Action.DECIDE_TAG, stored or tag)
        if stored or tag.decided_at is None:
            tag.decided_at = None if tag.status == ReviewStatus.PROPOSED else timezone.now()
            tag.decided_by = None if by is None or tag.status == ReviewStatus.PROPOSED or not by.is_authenticated else by
    action = Action.TAG_PAPER if stored is None else Action.DECIDE_TAG if deciding else Action.CHANGE_TAG
    changes.save(tag, by=by, action=action, reason=reason, kind=DECIDED[ReviewStatus(tag.status)] if deciding else None)
    coverage.refresh({tag.statement_id, stored.statement_id if stored else None})
    return tag


@transaction.atomic
def save_search(*, search: Search, by: Actor, reason: str = "") -> Search:
    """Store a new or changed search. A change of its status needs the right to decide. Raises Refused, Invalid, Conflict."""
    stored = Search.objects.select_for_update(of=("self",)).get(pk=search.pk) if search.pk else None
    was = stored.status if stored else ReviewStatus.PROPOSED
    if search.status != was:
        require(by, Action.DECIDE_SEARCH, stored or search)
        search.decided_at = None if search.status == ReviewStatus.PROPOSED else timezone.now()
    deciding = stored is not None and search.status != was
    kind = DECIDED[ReviewStatus(search.status)] if deciding else None
    action = Action.LOG_SEARCH if stored is None else Action.DECIDE_SEARCH if deciding else Action.CHANGE_SEARCH
    changes.save(search, by=by, action=action, reason=reason, kind=kind)
    return search
