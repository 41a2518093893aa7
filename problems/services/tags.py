"""Writes on tags and searches."""

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind, ReviewStatus
from problems.errors import Invalid
from problems.models import Paper, Search, Tag, User
from problems.permissions import Action, Actor, require, why_not
from problems.services import changes, coverage

DECIDED = {ReviewStatus.ACCEPTED: EventKind.ACCEPTED, ReviewStatus.DECLINED: EventKind.DECLINED, ReviewStatus.PROPOSED: EventKind.CHANGED}


@transaction.atomic
def save(*, tag: Tag, by: Actor, reason: str = "") -> Tag:
    """Store a new or changed tag. A new one is proposed in the name of `by`; the operator may load one with its contributor and decision.

    A change of its status is a decision and needs the right to decide, any other the right to change it; what its owner changes is proposed anew.
    Raises Refused, Invalid, Conflict.
    """
    stored = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk) if tag.pk else None
    if not list(Paper.objects.visible_to(by).filter(pk=tag.paper_id).select_for_update(of=("self",)).values_list("pk")):
        raise Invalid({"paper": ["There is no such paper."]})
    if stored is None and isinstance(by, User):
        tag.contributor = by
    was = stored.status if stored else ReviewStatus.PROPOSED
    edited = stored is not None and bool(changes.differing(tag, stored) - {"status", "decided_at", "decided_by_id"})
    if stored and edited:
        require(by, Action.CHANGE_TAG, stored)
        if tag.status == was and why_not(by, Action.DECIDE_TAG, stored):
            tag.status = ReviewStatus.PROPOSED  # what was decided on is no longer what stands there
    elif tag.status != was:
        require(by, Action.DECIDE_TAG, stored or tag)
    deciding = stored is not None and tag.status != was
    if edited and deciding and tag.status != ReviewStatus.PROPOSED:
        require(by, Action.DECIDE_TAG, stored)
    if tag.status != was and (stored or tag.decided_at is None):
        tag.decided_at = None if tag.status == ReviewStatus.PROPOSED else timezone.now()
        tag.decided_by = None if not isinstance(by, User) or tag.status == ReviewStatus.PROPOSED else by
    action = Action.TAG_PAPER if stored is None else Action.CHANGE_TAG if edited else Action.DECIDE_TAG if deciding else Action.CHANGE_TAG
    changes.save(tag, by=by, action=action, reason=reason, kind=DECIDED[ReviewStatus(tag.status)] if deciding else None)
    coverage.refresh({tag.statement_id, stored.statement_id if stored else None})
    return tag


@transaction.atomic
def save_search(*, search: Search, by: Actor, reason: str = "") -> Search:
    """Store a new or changed search. A change of its status needs the right to decide. Raises Refused, Invalid, Conflict."""
    stored = Search.objects.select_for_update(of=("self",)).get(pk=search.pk) if search.pk else None
    if stored is None and isinstance(by, User):
        search.by = by
    was = stored.status if stored else ReviewStatus.PROPOSED
    edited = stored is not None and bool(changes.differing(search, stored) - {"status", "decided_at"})
    if search.status != was:
        require(by, Action.DECIDE_SEARCH, stored or search)
        search.decided_at = None if search.status == ReviewStatus.PROPOSED else timezone.now()
    deciding = stored is not None and search.status != was
    action = Action.LOG_SEARCH if stored is None else Action.CHANGE_SEARCH if edited or not deciding else Action.DECIDE_SEARCH
    changes.save(search, by=by, action=action, reason=reason, kind=DECIDED[ReviewStatus(search.status)] if deciding else None)
    return search
