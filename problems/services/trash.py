"""The trash: records, tags and searches that a curator takes off the map. 30 days long they can be restored, then they are deleted for good.

What lies there is for everybody as if it were not there, curators included, but for the page of the trash.
"""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, Q
from django.utils import timezone

from problems.choices import EventKind, ReviewStatus, SubmissionKind, SubmissionState, Visibility
from problems.errors import Conflict, Invalid
from problems.models import (
    Decision,
    ImportRow,
    Merge,
    Message,
    Paper,
    PaperIdentifier,
    Review,
    Search,
    SecondOpinion,
    Statement,
    Submission,
    Tag,
    Trashed,
    User,
)
from problems.permissions import Action, Actor
from problems.queries import fairness
from problems.services import audit, changes, coverage

KEPT = timedelta(days=30)
OPEN = (SubmissionState.SUBMITTED, SubmissionState.CHANGES_REQUESTED)
WAITS = "This is part of a submission that waits for a decision."
DECIDE = "Decide on that first."
GONE = "This is gone, or somebody else has thrown it away meanwhile."

log = structlog.get_logger("tracker.trash")

type Thing = Paper | Tag | Search


@transaction.atomic
def throw(*, thing: Thing, by: Actor, reason: str) -> Trashed:
    """Take a record, tag or search off the map, for a reason. The states of limitations follow.

    Raises Refused, Invalid, and Conflict for a draft, what waits in a submission, or what stands for another record.
    """
    fairness.require(by, Action.TRASH, thing)
    fresh = _held(thing, by)
    _decided(fresh)
    if not reason.strip():
        raise Invalid({"reason": ["Say why: a short reason that names no detail."]})
    name = "visibility" if isinstance(fresh, Paper) else "status"
    kept = Trashed(was=getattr(fresh, name), by=by if isinstance(by, User) else None, reason=reason, **{_kind(fresh): fresh})
    changes.validate(kept)
    kept.save()
    _set(fresh, name, Visibility.TRASHED if isinstance(fresh, Paper) else ReviewStatus.TRASHED)
    audit.record(EventKind.TRASHED, fresh, by=by, before={name: kept.was}, after={name: getattr(fresh, name)}, reason=kept.reason)
    return kept


@transaction.atomic
def restore(*, trashed: Trashed, by: Actor) -> Thing:
    """Put it back as it was. Raises Refused, and Conflict where it is restored or deleted already, or where the same tag stands there by now."""
    fairness.require(by, Action.RESTORE, trashed)
    known = trashed.paper or trashed.tag or trashed.search
    if known is None:
        raise Conflict(GONE)
    _hold_paper(known)
    row = Trashed.objects.held().select_for_update(of=("self",)).filter(pk=trashed.pk).first()
    if row is None:
        title = "This was restored, or deleted for good, meanwhile."
        raise Conflict(title)
    return _put_back(row, by)


def bring_back(paper: Paper, by: User) -> dict[str, Any]:
    """Restore a record that a reviewer has just accepted once more, handed in anew; its caller has the right, and holds it.

    What was restricted stays restricted; any other is public. Answers what `lies_again` needs to take it back.
    """
    row = Trashed.objects.held().select_for_update(of=("self",)).get(paper=paper)
    kept = {"paper": paper.pk, "visibility": paper.visibility, "trashed": row.pk, "was": row.was}
    if row.was != Visibility.RESTRICTED:
        row.was = Visibility.PUBLIC
    _put_back(row, by)
    paper.refresh_from_db(fields=["visibility", "modified"])
    return kept


def lies_again(kept: Mapping[str, Any]) -> None:
    """Put a record back where `bring_back` took it from, for as long as it had; its caller sets the visibility, and records the change."""
    Trashed.objects.filter(pk=kept["trashed"]).update(restored_at=None, was=kept["was"], modified=timezone.now())


def _put_back(row: Trashed, by: Actor) -> Thing:
    thing: Any = row.paper or row.tag or row.search
    fresh: Thing = type(thing).objects.select_for_update(of=("self",)).get(pk=thing.pk)
    name = "visibility" if isinstance(fresh, Paper) else "status"
    before = {name: getattr(fresh, name)}
    row.restored_at = timezone.now()
    row.save()
    try:
        with transaction.atomic():
            _set(fresh, name, row.was)
    except IntegrityError as error:
        title = "The same tag is on the map by now."
        raise Conflict(title, "Leave this one in the trash, or take the other one off first.") from error
    audit.record(EventKind.RESTORED, fresh, by=by, before=before, after={name: getattr(fresh, name)})
    return fresh


def _kind(thing: Thing) -> str:
    return thing._meta.model_name or ""  # noqa: SLF001  # the documented Model._meta API


def _hold_paper(thing: Thing) -> None:
    """Hold what is about a record, in the order of all writes: submissions, papers, tags."""
    key = thing.paper_id if isinstance(thing, Tag) else thing.pk if isinstance(thing, Paper) else None
    about = Q(paper=key) | Q(corrected_tag__paper=key) if key else Q(searches=thing.pk)
    submissions = Submission.objects.filter(pk__in=Submission.objects.filter(about).order_by().values("pk"))
    list(submissions.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if key:
        list(Paper.objects.filter(pk=key).select_for_update(of=("self",)).values_list("pk"))


def _held(thing: Thing, by: Actor) -> Any:
    """The thing as it is now, held until the end of the transaction."""
    _hold_paper(thing)
    fresh = type(thing).objects.visible_to(by).select_for_update(of=("self",)).filter(pk=thing.pk).first()
    if fresh is None:
        raise Conflict(GONE)
    return fresh


def _decided(thing: Thing) -> None:
    """Refuse what is not decided on, or waits once more."""
    undecided, waiting = False, Q()
    match thing:
        case Paper():
            if thing.twin_of_id:
                title = "This record stands for one that is on record."
                raise Conflict(title, "Decide on its submission.")
            undecided = thing.visibility == Visibility.WAITING
            waiting = Q(paper=thing) | Q(corrected_tag__paper=thing)
        case Tag():
            undecided, waiting = thing.status == ReviewStatus.PROPOSED, Q(corrected_tag=thing) | Q(tags=thing)
        case Search():
            undecided, waiting = thing.status == ReviewStatus.PROPOSED, Q(searches=thing)
    if undecided or Submission.objects.filter(waiting, state__in=OPEN).exists():
        raise Conflict(WAITS, DECIDE)


def _set(thing: Thing, name: str, value: str) -> None:
    """Store it, let who polls for changes see it come or go, and derive the states anew."""
    setattr(thing, name, value)
    thing.save()
    if isinstance(thing, Paper):
        Tag.objects.filter(paper=thing).update(modified=timezone.now())
        coverage.refresh_paper(thing.pk)
    elif isinstance(thing, Tag):
        coverage.refresh({thing.statement_id})


# -- for good --


def purge() -> int:
    """Delete for good what has lain in the trash for 30 days; how many things. What cannot be deleted yet stays, and is told in the log."""
    number = 0
    for row in Trashed.objects.held().filter(at__lt=timezone.now() - KEPT).select_related("paper", "tag", "search").order_by("pk"):
        try:
            number += _purge(row)
        except ProtectedError as error:
            log.warning("purge_held", by=sorted({type(each).__name__ for each in error.protected_objects}))
    return number


@transaction.atomic
def _purge(row: Trashed) -> bool:
    known: Any = row.paper or row.tag or row.search
    _hold_paper(known)
    thing: Any = type(known).objects.select_for_update(of=("self",)).filter(pk=known.pk).first()
    if thing is None or not Trashed.objects.held().select_for_update(of=("self",)).filter(pk=row.pk).exists():
        return False  # restored, or gone with its record, a moment ago
    audit.record(EventKind.PURGED, thing, by=None, reason="30 days in the trash")
    match thing:
        case Paper():
            _purge_paper(thing)
        case Tag():
            _purge_tags([thing.pk])
        case Search():
            _empty(Submission.objects.filter(searches=thing))
            thing.delete()
    return True


def _purge_paper(paper: Paper) -> None:
    """A record with all that hangs on it and what was merged into it. Submissions keep their row, and lose what they say of it."""
    group = [paper.pk, *Paper.objects.filter(merged_into=paper).order_by("pk").values_list("pk", flat=True)]
    names = list(PaperIdentifier.objects.filter(paper__in=group, shadow=False).order_by("pk").values_list("scheme", "value"))
    said = Decision.objects.filter(Q(paper__in=group) | Q(review__submission__paper__in=group))
    said.update(words="")
    said.filter(review__submission__kind__in=(SubmissionKind.PAPER, SubmissionKind.CORRECTION)).update(before={})  # an import keeps only ids there
    _empty(Submission.objects.filter(Q(paper__in=group) | Q(corrected_tag__paper__in=group)))
    _purge_tags(Tag.objects.filter(paper__in=group).order_by("pk").values_list("pk", flat=True))
    Merge.objects.filter(Q(kept__in=group) | Q(merged__in=group)).delete()
    ImportRow.objects.filter(paper__in=group).update(title="", record=None, paper=None)
    Paper.objects.filter(twin_of__in=group).update(twin_of=None, modified=timezone.now())
    Paper.objects.filter(pk__in=group[1:]).delete()
    Paper.objects.filter(pk=paper.pk).delete()
    for scheme, value in names:  # who stood for it has its identifiers now
        if heir := PaperIdentifier.objects.filter(scheme=scheme, value=value).order_by("pk").first():
            heir.shadow = False
            heir.save()


def _purge_tags(keys: Iterable[int]) -> None:
    """Tags with their texts; what submissions say of them goes too."""
    found = list(keys)
    rows = Tag.objects.filter(pk__in=found)
    aimed = set(rows.values_list("statement", flat=True))
    named = set(rows.values_list("public_id", flat=True))
    list(Statement.objects.filter(pk__in=aimed - {None}).select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    Decision.objects.filter(tag__in=found).update(before={}, words="")
    _empty(Submission.objects.filter(corrected_tag__in=found))
    for submission in Submission.objects.filter(tags__in=found).distinct():
        if "tags" in submission.content:
            submission.content["tags"] = [data for data in submission.content["tags"] if data.get("id") not in named]
            submission.save()
    rows.delete()
    coverage.refresh(aimed)


def _empty(submissions: Any) -> None:
    """Take out of these submissions all that they say, and what was said of them."""
    keys = list(submissions.order_by().values_list("pk", flat=True))
    Message.objects.filter(submission__in=keys).delete()
    rulings: dict[str, Any] = {name: {} for name in ("rulings", "second_rulings", "proposed")}
    SecondOpinion.objects.filter(submission__in=keys).update(**rulings, note="", second_note="", proposed_note="")
    Review.objects.filter(submission__in=keys).update(note="")
    Submission.objects.filter(pk__in=keys).update(paper=None, corrected_tag=None, content={}, message="", appeal="", modified=timezone.now())
