"""What reviewers do with an import: decide on its records, on some or on all that wait, and undo.

An import may hold thousands of records, so what is decided alike is written at once. Each call is a review of its own; the submission is
decided when none of its records waits any more.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from problems import handed_in
from problems.choices import EventKind, ImportState, Part, RowOutcome, SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import Decision, Paper, Review, Submission, Tag, User
from problems.permissions import Action, require
from problems.queries import fairness, imports
from problems.services import audit, changes, coverage, papers, trash
from problems.services.reviews import VISIBILITY, Ruling, check_ruling, close, open_to, reviewed
from problems.services.submissions import locked, unchanged
from problems.workflow import UNDO_WITHIN, Move, next_state

ALL = "all"
AT_ONCE = 1000  # rows of one statement
TWINS_AT_ONCE = 200  # each is a decision on two records
KINDS = {Verdict.ACCEPT: EventKind.PUBLISHED, Verdict.DECLINE: EventKind.DECLINED}


@transaction.atomic
def decide_rows(  # what a decision is made of
    *,
    submission: Submission,
    by: User,
    rulings: Mapping[str, Ruling] | None = None,
    everything: Ruling | None = None,
    note: str = "",
    seen: Any = None,
) -> Review:
    """Decide on records of an import: with `rulings` on some, by public id, with `everything` on all others that wait.

    Of all, those are left that this reviewer may not decide on (they handed them in too, wrote them, or declared a conflict), and those that
    stand for a record that waits elsewhere: somebody else, or that submission, decides on them; `out_of_reach` counts the first.
    Raises Refused, Conflict, Stale, and Invalid by place: "records.k3v9q1x0ab.reason", "records.all.verdict".
    """
    submission = locked(submission, by)
    require(by, Action.REVIEW, submission)
    open_to(submission, by, Move.DECIDE)  # before the next line: who comes second is told who was first
    unchanged(submission, seen)
    _is_import(submission)
    waiting = {paper.public_id: paper for paper in _held(submission)}
    single = dict(rulings or {})
    _check(single, everything, waiting)
    shared = _out_of_reach(by, waiting)
    if refused := shared.keys() & single.keys():
        title = f"You may not {Action.ACCEPT_PAPER.value}: “{waiting[min(refused)].title[:100]}”."
        raise Refused(title, shared[min(refused)])
    review = reviewed(submission, by, SubmissionState.DECIDED, note)
    chosen = {key: (paper, single.get(key, everything)) for key, paper in waiting.items() if key in single or (everything and key not in shared)}
    together: dict[tuple[Verdict, str, str], list[Paper]] = {}
    twins = 0
    for key, (paper, ruling) in chosen.items():
        if ruling is None:
            continue
        if paper.twin_of and ruling.verdict != Verdict.DECLINE:
            twins += 1
            if key in single or twins <= TWINS_AT_ONCE:
                _fold(review, paper, ruling, by, must=key in single)
        elif ruling.verdict == Verdict.RESTRICT:
            _restrict(review, paper, ruling, by)
        else:
            together.setdefault((ruling.verdict, ruling.reason, ruling.words), []).append(paper)
    for said, alike in together.items():
        _decide_alike(review, Ruling(*said), alike, by)
    if not imports.waiting(submission).exists():
        close(submission, SubmissionState.DECIDED)
        submission.decided_at = review.at
        audit.record(EventKind.DECIDED, submission, by=by, after={"state": submission.state}, reason=note)
    submission.save()
    return review


@transaction.atomic
def undo(*, submission: Submission, by: User) -> Submission:
    """Take back one's last decision on records within ten minutes, if none of them has changed since; the submission is one's claim again.

    Raises Refused to anybody else, Conflict where it is too late.
    """
    submission = locked(submission, by)
    _is_import(submission)
    review = submission.reviews.select_for_update(of=("self",)).filter(undone_at=None).first()
    if review is None or submission.state not in {SubmissionState.SUBMITTED, SubmissionState.DECIDED}:
        title = "There is no decision to undo."
        raise Conflict(title)
    require(by, Action.UNDO_REVIEW, review)
    require(by, Action.REVIEW, submission)  # once more: a conflict may have been declared since
    if submission.state == SubmissionState.SUBMITTED:
        open_to(submission, by, Move.CLAIM)
    else:
        next_state(submission.state, Move.UNDO)
    if timezone.now() - review.at > UNDO_WITHIN:
        title = "A decision can be undone within 10 minutes. This one is older."
        raise Conflict(title, "Suggest a correction, or ask the contributor to appeal.")
    decisions = [*_changed(review)]
    held = {paper.pk: paper for paper in _locked(Paper.objects.filter(pk__in=[key for key, *_ in decisions]))}
    if any(key not in held or held[key].modified != left_at for key, left_at, _ in decisions) or _gone_on(review, submission, held):
        title = "Somebody has gone on from this decision, so it cannot be undone."
        raise Conflict(title, "Suggest a correction instead.")
    by_value: dict[str, list[Paper]] = {}
    for key, _, before in decisions:
        by_value.setdefault(before, []).append(held[key])
    for visibility, alike in by_value.items():
        _set(alike, Visibility(visibility), EventKind.UNDONE, by, "")
    for before in review.decisions.filter(before__record__has_key="trashed").values_list("before", flat=True):
        trash.lies_again(before["record"])
    review.undone_at = timezone.now()
    review.save()
    submission.state, submission.decided_at = SubmissionState.SUBMITTED, None
    submission.claimed_by, submission.claimed_at = by, timezone.now()
    submission.save()
    audit.record(EventKind.UNDONE, submission, by=by, after={"state": submission.state})
    return submission


def may_undo(review: Review | None, submission: Submission, by: User) -> bool:
    """Whether there is something that `by` can take back, as far as one can say without a lock."""
    if review is None or submission.state not in {SubmissionState.SUBMITTED, SubmissionState.DECIDED}:
        return False
    return review.reviewer_id == by.pk and review.undone_at is None and timezone.now() - review.at <= UNDO_WITHIN


def _is_import(submission: Submission) -> None:
    if submission.kind != SubmissionKind.IMPORT:
        title = "This submission is no import."
        raise Conflict(title, "Decide on its parts.")


def _held(submission: Submission) -> list[Paper]:
    """Its records that wait, in the order of the file, held until the end of the transaction with those that they stand for."""
    keys = dict(imports.waiting(submission).order_by().values_list("pk", "twin_of"))
    both = keys.keys() | {key for key in keys.values() if key}  # in one order, so that two decisions at once do not wait for each other
    held = {paper.pk: paper for paper in _locked(Paper.objects.filter(pk__in=both)) if paper.pk in keys and paper.visibility == Visibility.WAITING}
    order = submission.import_run.rows.filter(paper__in=held).order_by("number").values_list("paper", flat=True) if held else ()
    return [held[key] for key in dict.fromkeys(order)]


def _locked(rows: Any) -> list[Paper]:
    return list(rows.select_for_update(of=("self",)).select_related("twin_of").defer("abstract", "search", "names").order_by("pk"))


def _check(rulings: Mapping[str, Ruling], everything: Ruling | None, waiting: Mapping[str, Paper]) -> None:
    faults = handed_in.Faults()
    if not rulings and everything is None:
        faults.add("records", "Say what is decided: on single records, or on all.")
    for key, ruling in rulings.items():
        place = f"records.{key}"
        check_ruling(faults, place, ruling, waits=key in waiting, restrictable=True)
        if ruling.verdict == Verdict.RESTRICT and key in waiting and waiting[key].twin_of_id:
            faults.add(f"{place}.verdict", "This record stands for one that is on record: accept or decline it.")
    if everything is not None:
        check_ruling(faults, f"records.{ALL}", everything, waits=True)
    if faults:
        raise Invalid(faults)


def out_of_reach(submission: Submission, by: User) -> int:
    """How many of its records that wait `by` may not decide on."""
    waiting = {paper.public_id: paper for paper in imports.waiting(submission).select_related("twin_of").defer("abstract", "search", "names")}
    return len(_out_of_reach(by, waiting))


def _out_of_reach(by: User, waiting: Mapping[str, Paper]) -> dict[str, str]:
    """Those on which this reviewer may not decide, with the reason."""
    found = dict.fromkeys(_handed_in_too(by, waiting), "You handed in the same work. Somebody else has to decide on its record.")
    reasons = fairness.reasons(by, Paper, [paper.pk for paper in waiting.values()])
    return {key: reasons[paper.pk] for key, paper in waiting.items() if paper.pk in reasons} | found


def _handed_in_too(by: User, waiting: Mapping[str, Paper]) -> set[str]:
    """Those of which this reviewer handed in the same work: a submission on it, or on the record that it stands for, or that record itself."""
    both = {paper.pk for paper in waiting.values()} | {paper.twin_of_id for paper in waiting.values() if paper.twin_of_id}
    own = set(by.submissions.filter(kind=SubmissionKind.PAPER, paper__in=both).values_list("paper", flat=True))
    return {
        key
        for key, paper in waiting.items()
        if own & {paper.pk, paper.twin_of_id} or (paper.twin_of is not None and paper.twin_of.logged_by_id == by.pk)
    }


def _decide_alike(review: Review, ruling: Ruling, alike: Sequence[Paper], by: User) -> None:
    _set(alike, VISIBILITY[ruling.verdict], KINDS[ruling.verdict], by, ruling.words or ruling.reason)
    _note(review, ruling, alike)


def _set(alike: Sequence[Paper], visibility: Visibility, kind: EventKind, by: User, reason: str) -> None:
    """Set who may see these records, with all that follows from it."""
    now = timezone.now()
    for some in batched(alike, AT_ONCE, strict=False):
        keys = [paper.pk for paper in some]
        Paper.objects.filter(pk__in=keys).update(visibility=visibility, modified=now)
        tagged = Tag.objects.filter(paper__in=keys)
        tagged.update(modified=now)  # who polls for changes sees them come and go
        coverage.refresh(tagged.filter(statement__isnull=False).values_list("statement", flat=True).distinct())
        after = {"visibility": visibility.value}
        audit.record_all(audit.entry(kind, paper, by=by, before={"visibility": paper.visibility}, after=after, reason=reason) for paper in some)
    for paper in alike:
        paper.before, paper.visibility, paper.modified = paper.visibility, visibility, now  # type: ignore[attr-defined]  # to be noted


def _note(review: Review, ruling: Ruling, alike: Sequence[Paper], **more: Any) -> None:
    decisions = [
        Decision(
            review=review,
            part=Part.RECORD,
            paper=paper,
            verdict=ruling.verdict,
            reason=ruling.reason,
            words=ruling.words,
            before={"visibility": getattr(paper, "before", Visibility.WAITING), "paper": paper.pk, **more},
            left_at=paper.modified,
        )
        for paper in alike
    ]
    changes.validate(decisions[0], exclude=("paper", "review"))
    Decision.objects.bulk_create(decisions, batch_size=AT_ONCE)


def _restrict(review: Review, paper: Paper, ruling: Ruling, by: User) -> None:
    stored = Paper.objects.get(pk=paper.pk)
    stored.visibility = Visibility.RESTRICTED
    papers.save(paper=stored, by=by, reason=ruling.words)
    _note(review, ruling, [Paper.objects.get(pk=paper.pk)])


def _fold(review: Review, twin: Paper, ruling: Ruling, by: User, *, must: bool) -> None:
    """Accept a record that stands for another: that one is the record, and the twin goes out of sight.

    Where the other one, or the twin, waits in another submission too, that one is decided first: Conflict where it `must` be decided now.
    """
    record = Paper.objects.select_for_update(of=("self",)).get(pk=twin.twin_of_id)
    elsewhere = [paper for paper in (record, twin) if Submission.objects.waiting().filter(kind=SubmissionKind.PAPER, paper=paper).exists()]
    imported = record.import_rows.filter(outcome=RowOutcome.CREATED).exclude(run__submission=review.submission_id)
    goes_on = Q(run__submission__state=SubmissionState.SUBMITTED) | Q(run__state__in=(ImportState.QUEUED, ImportState.RUNNING))
    waits_there = record.visibility == Visibility.WAITING and imported.filter(goes_on).exists()
    if elsewhere or waits_there or record.visibility == Visibility.MERGED:
        if not must:
            return
        title = "The same work waits in another submission."
        raise Conflict(title, "Decide on that one first.")
    more: dict[str, Any] = {}
    if record.visibility == Visibility.TRASHED:
        more["record"] = trash.bring_back(record, by)
    if record.visibility in {Visibility.WAITING, Visibility.DECLINED}:
        was, record.visibility = record.visibility, Visibility.PUBLIC
        papers.save(paper=record, by=by, reason="One record")
        more["record"] = {"paper": record.pk, "visibility": was}
    if more:
        left_at = Paper.objects.values_list("modified", flat=True).get(pk=record.pk)
        more["record"]["left_at"] = left_at.isoformat()
    stored = Paper.objects.get(pk=twin.pk)
    stored.visibility = Visibility.RESTRICTED
    papers.save(paper=stored, by=by, reason="One record")
    _note(review, ruling, [Paper.objects.get(pk=twin.pk)], **more)


def _changed(review: Review) -> Iterator[tuple[int, datetime | None, str]]:
    """The papers that a review has changed: when it left each, and who could see it before. The key of one that is gone is 0."""
    for key, left_at, before in review.decisions.values_list("paper", "left_at", "before"):
        yield key or 0, left_at, before["visibility"]
        if record := before.get("record"):
            yield record["paper"], datetime.fromisoformat(record["left_at"]), record["visibility"]


def _gone_on(review: Review, submission: Submission, held: Mapping[int, Paper]) -> bool:
    """Whether somebody built on this decision: tags on its records were decided on, or the contributor appealed."""
    appealed: datetime | None = submission.appealed_at
    later = Tag.objects.filter(paper__in=held, decided_at__gt=review.at)
    return (appealed is not None and appealed > review.at) or later.exists()
