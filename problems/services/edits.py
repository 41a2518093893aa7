"""Changes that somebody makes to what they handed in while it waits, row by row: the submission that it came in says the same afterwards."""

from collections.abc import Mapping
from typing import Any

from django.db import models, transaction

from problems.choices import EventKind, SubmissionKind, SubmissionState
from problems.errors import Conflict, Invalid, Stale
from problems.handed_in import RECORD, TAG
from problems.models import Paper, Submission, Tag, User
from problems.permissions import Action, require
from problems.queries import fairness, targets
from problems.services import audit, papers, tags
from problems.services.submissions import NAMES, aim, full_record, joined_by_others, not_there, rewritten, within_rate

UNDECIDED = (SubmissionState.SUBMITTED, SubmissionState.CHANGES_REQUESTED)


@transaction.atomic
def edit_paper(*, paper: Paper, by: User, changes: Mapping[str, Any], seen: Any = None) -> Paper:
    """Change fields of a record that waits; `changes` as handed_in.RECORD has them. `seen` is the time of the last change that the person knew of.

    Raises Refused, Invalid by field, Duplicate, Conflict, Stale, TooMany.
    """
    waits = _submissions(by).filter(paper=paper)
    told_in = list(waits)
    fresh = _locked(paper, by, seen)
    require(by, Action.CHANGE_PAPER, fresh)
    if joined_by_others(fresh, by):
        title = "Others handed in the same work, so nobody changes its record alone."
        raise Conflict(title, "Tell the reviewers, or suggest a correction once it is decided on.")
    within_rate(by, EventKind.CHANGED)
    level = fresh.advisory
    try:
        fresh, lists = rewritten(fresh, {**full_record(fresh), **changes})
        if fresh.advisory < level:
            fairness.require(by, Action.LOWER_ADVISORY, fresh)
        given: dict[str, Any] = {name: value if name in changes else None for name, value in lists.items()}
        papers.save(paper=fresh, by=by, **given)
    except Invalid as error:
        raise _placed(error) from error
    for submission in told_in:
        if submission.content.get("record"):
            kept = {name: value for name, value in changes.items() if name in RECORD}
            submission.content["record"] |= kept | ({"topics": fresh.topics} if {"advisory", "topics"} & set(kept) else {})
            _kept(submission, by)
    return fresh


@transaction.atomic
def edit_tag(*, tag: Tag, by: User, changes: Mapping[str, str], seen: Any = None) -> Tag:
    """Change a tag that is proposed; `changes` as handed_in.TAG has them. Raises what `edit_paper` raises."""
    told_in = _submissions(by).filter(tags=tag.pk).first()
    fresh = _locked(tag, by, seen)
    require(by, Action.CHANGE_TAG, fresh)
    within_rate(by, EventKind.CHANGED)
    if "target" in changes:
        target = targets.by_code([changes["target"]]).get(changes["target"])
        if target is None:
            raise Invalid({"target": [not_there(changes["target"])]})
        aim(fresh, target)
    for name in ("relation", "rationale", "locator", "basis"):
        setattr(fresh, name, changes.get(name, getattr(fresh, name)))
    try:
        tags.save(tag=fresh, by=by)
    except Invalid as error:
        raise _placed(error) from error
    if told_in:
        for data in told_in.content.get("tags", []):
            if data.get("id") == fresh.public_id:
                data |= {name: value for name, value in changes.items() if name in TAG}
        _kept(told_in, by)
    return fresh


def _submissions(by: User) -> models.QuerySet[Submission]:
    """Those of `by` that wait, held until the end of the transaction; before any row of them, in the order in which decisions hold them."""
    return Submission.objects.filter(contributor=by, kind=SubmissionKind.PAPER, state__in=UNDECIDED).select_for_update(of=("self",)).order_by("pk")


def _locked[Row: (Paper, Tag)](thing: Row, by: User, seen: Any) -> Row:
    rows: Any = type(thing).objects
    fresh: Row | None = rows.visible_to(by).select_for_update(of=("self",)).filter(pk=thing.pk).first()
    if fresh is None or (seen is not None and fresh.modified != seen):
        title = "This has changed since you read it."
        raise Stale(title, "Read it again, then repeat the change.")
    return fresh


def _kept(submission: Submission, by: User) -> None:
    submission.save()
    audit.record(EventKind.CHANGED, submission, by=by)


def _placed(error: Invalid) -> Invalid:
    """The same faults by the names that fields have from outside."""
    plain = ((place.removeprefix("record."), sentences) for place, sentences in error.errors.items())
    return Invalid({NAMES.get(place, place): sentences for place, sentences in plain})
