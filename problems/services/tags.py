"""Writes on tags and searches."""

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind, ReviewStatus, SubmissionState
from problems.errors import Conflict, Invalid
from problems.models import Paper, RestrictedText, Search, Tag, User
from problems.permissions import Action, Actor, require
from problems.queries import fairness
from problems.services import audit, changes, coverage

DECIDED: dict[str, EventKind] = {
    ReviewStatus.ACCEPTED: EventKind.ACCEPTED,
    ReviewStatus.DECLINED: EventKind.DECLINED,
    ReviewStatus.PROPOSED: EventKind.CHANGED,
}


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
        if tag.status == was and fairness.why_not(by, Action.DECIDE_TAG, stored):
            tag.status = ReviewStatus.PROPOSED  # what was decided on is no longer what stands there
    elif tag.status != was:
        fairness.require(by, Action.DECIDE_TAG, stored or tag)
    deciding = stored is not None and tag.status != was
    _decided_elsewhere(stored if deciding else None)
    if edited and deciding and tag.status != ReviewStatus.PROPOSED:
        fairness.require(by, Action.DECIDE_TAG, stored)
    if tag.status != was and (stored or tag.decided_at is None):
        tag.decided_at = None if tag.status == ReviewStatus.PROPOSED else timezone.now()
        tag.decided_by = None if not isinstance(by, User) or tag.status == ReviewStatus.PROPOSED else by
    action = Action.TAG_PAPER if stored is None else Action.CHANGE_TAG if edited else Action.DECIDE_TAG if deciding else Action.CHANGE_TAG
    changes.save(tag, by=by, action=action, reason=reason, kind=DECIDED[ReviewStatus(tag.status)] if deciding else None)
    coverage.refresh({tag.statement_id, stored.statement_id if stored else None})
    return tag


@transaction.atomic
def decide(*, tag: Tag, status: ReviewStatus, by: Actor, reason: str = "") -> Tag:
    """Store a decision on a tag, with what the reviewer changed of it first. It is part of the decision on its submission: see reviews.py.

    Raises Refused, Invalid, Conflict.
    """
    stored = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk)
    tag.status = status
    tag.decided_at = None if status == ReviewStatus.PROPOSED else timezone.now()
    tag.decided_by = by if isinstance(by, User) and tag.decided_at else None
    changes.save(tag, by=by, action=Action.DECIDE_TAG, reason=reason, kind=DECIDED[status])
    coverage.refresh({tag.statement_id, stored.statement_id})
    return tag


@transaction.atomic
def correct(*, tag: Tag, by: Actor, reason: str = "") -> Tag:
    """Store a correction that a reviewer accepted; the decision on the tag stands. Raises Refused, Invalid, Conflict."""
    stored = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk)
    changes.save(tag, by=by, action=Action.CORRECT, reason=reason)
    coverage.refresh({tag.statement_id, stored.statement_id})
    return tag


@transaction.atomic
def restrict_text(*, tag: Tag, by: Actor, reason: str) -> RestrictedText:
    """Take rationale and locator of a tag out of sight of all but reviewers, for a reason. Raises Refused, Invalid, Conflict."""
    stored = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk)
    require(by, Action.RESTRICT, stored)
    if stored.text_restricted:
        title = "The text of this tag is restricted already."
        raise Conflict(title)
    kept = RestrictedText(tag=stored, rationale=stored.rationale, locator=stored.locator, reason=reason, by=by if isinstance(by, User) else None)
    changes.validate(kept)
    kept.save()
    tag.rationale, tag.locator, tag.text_restricted = "", "", True
    Tag.objects.filter(pk=tag.pk).update(rationale="", locator="", text_restricted=True, modified=timezone.now())
    audit.record(EventKind.TEXT_RESTRICTED, tag, by=by, before={"text_restricted": False}, after={"text_restricted": True}, reason=reason)
    return kept


@transaction.atomic
def unrestrict_text(*, tag: Tag, by: Actor, reason: str) -> Tag:
    """Put a restricted text back. Raises Refused, or Conflict where it is not restricted."""
    stored = Tag.objects.select_for_update(of=("self",)).get(pk=tag.pk)
    fairness.require(by, Action.UNRESTRICT, stored)
    kept = RestrictedText.objects.filter(tag=stored).first()
    if kept is None:
        title = "The text of this tag is not restricted."
        raise Conflict(title)
    tag.rationale, tag.locator, tag.text_restricted = kept.rationale, kept.locator, False
    Tag.objects.filter(pk=tag.pk).update(rationale=kept.rationale, locator=kept.locator, text_restricted=False, modified=timezone.now())
    kept.delete()
    audit.record(EventKind.TEXT_RESTRICTED, tag, by=by, before={"text_restricted": True}, after={"text_restricted": False}, reason=reason)
    return tag


@transaction.atomic
def remove(*, tag: Tag, by: Actor, reason: str = "") -> None:
    """Drop a proposed tag that was withdrawn; its caller has asked for the right."""
    audit.record(EventKind.DELETED, tag, by=by, before=audit.snapshot(tag), reason=reason)
    tag.delete()


def _decided_elsewhere(thing: Tag | Search | None) -> None:
    if thing and thing.submission and thing.submission.state in {SubmissionState.SUBMITTED, SubmissionState.CHANGES_REQUESTED}:
        title = "This is part of a submission that waits for a decision."
        raise Conflict(title, "Decide on the submission as a whole.")


@transaction.atomic
def decide_search(*, search: Search, status: ReviewStatus, by: Actor, reason: str = "") -> Search:
    """Store a decision on a search; part of the decision on its submission. Raises Refused, Invalid, Conflict."""
    search.status = status
    search.decided_at = None if status == ReviewStatus.PROPOSED else timezone.now()
    changes.save(search, by=by, action=Action.DECIDE_SEARCH, reason=reason, kind=DECIDED[status])
    return search


@transaction.atomic
def save_search(*, search: Search, by: Actor, reason: str = "") -> Search:
    """Store a new or changed search. A change of its status needs the right to decide. Raises Refused, Invalid, Conflict."""
    stored = Search.objects.select_for_update(of=("self",)).get(pk=search.pk) if search.pk else None
    if stored is None and isinstance(by, User):
        search.by = by
    was = stored.status if stored else ReviewStatus.PROPOSED
    edited = stored is not None and bool(changes.differing(search, stored) - {"status", "decided_at"})
    if search.status != was:
        fairness.require(by, Action.DECIDE_SEARCH, stored or search)
        search.decided_at = None if search.status == ReviewStatus.PROPOSED else timezone.now()
    deciding = stored is not None and search.status != was
    _decided_elsewhere(stored if deciding else None)
    action = Action.LOG_SEARCH if stored is None else Action.CHANGE_SEARCH if edited or not deciding else Action.DECIDE_SEARCH
    changes.save(search, by=by, action=action, reason=reason, kind=DECIDED[ReviewStatus(search.status)] if deciding else None)
    return search
