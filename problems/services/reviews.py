"""What reviewers do with a submission: claim it, decide on each of its parts, ask for changes, undo; and restrict what should not be public.

A decision is one: every part of the submission gets its verdict in one transaction, or none does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from problems import handed_in
from problems.choices import EventKind, OpinionState, Part, Reason, ReviewStatus, SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.handed_in import Data
from problems.models import AuditEvent, Decision, Paper, Review, Search, SecondOpinion, Statement, Submission, Tag, User
from problems.permissions import Action, require, shown_name
from problems.queries import fairness, targets
from problems.services import audit, changes, coverage, papers, tags, trash
from problems.services.submissions import aim, corrected, full_record, locked, not_there, proposed_method, rewritten, unchanged
from problems.workflow import UNDO_WITHIN, Move, allows, next_state


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer says of one part.

    Declined and restricted ones need a reason: a word of the codebook, words of one's own, or both. `changes` are new values of a tag that is
    accepted (target, relation, rationale, locator, basis), or of a method (material, modalities); `restrict_text` is the reason for which the
    rationale and locator of a tag go out of sight.
    """

    verdict: Verdict
    reason: str = ""
    words: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    restrict_text: str = ""


@dataclass(frozen=True, slots=True)
class Rulings:
    """A ruling on each part: tags and searches by public id."""

    record: Ruling | None = None
    tags: Mapping[str, Ruling] = field(default_factory=dict)
    searches: Mapping[str, Ruling] = field(default_factory=dict)
    correction: Ruling | None = None
    method: Ruling | None = None

    def dumped(self) -> Data:
        """As plain data, in the shape of a decision in the API."""
        found: Data = {name: _plain(ruling) for name in SINGLE if (ruling := getattr(self, name))}
        for name in SEVERAL:
            if given := getattr(self, name):
                found[name] = {key: _plain(ruling) for key, ruling in given.items()}
        return found

    @classmethod
    def loaded(cls, data: Data) -> "Rulings":
        """The same, of such data."""
        given: dict[str, Any] = {name: _ruling(data[name]) for name in SINGLE if name in data}
        given |= {name: {key: _ruling(each) for key, each in data.get(name, {}).items()} for name in SEVERAL}
        return cls(**given)


SINGLE, SEVERAL = ("record", "correction", "method"), ("tags", "searches")


def _plain(ruling: Ruling) -> Data:
    return {name: value for name, value in asdict(ruling).items() if value}


def _ruling(data: Data) -> Ruling:
    return Ruling(**{**data, "verdict": Verdict(data["verdict"])})


@transaction.atomic
def claim(*, submission: Submission, by: User) -> Submission:
    """Hold a submission, so that nobody else reviews it meanwhile; again to hold it longer. Raises Refused, or Conflict, naming who holds it."""
    submission = locked(submission, by)
    require(by, Action.REVIEW, submission)
    open_to(submission, by, Move.CLAIM)
    renewed = submission.holder == by
    submission.claimed_by, submission.claimed_at = by, timezone.now()
    submission.save()
    if not renewed:
        audit.record(EventKind.CLAIMED, submission, by=by)
    return submission


@transaction.atomic
def release(*, submission: Submission, by: User) -> Submission:
    """Let others review it. Raises Refused, Conflict."""
    submission = locked(submission, by)
    if submission.claimed_by_id != by.pk:  # what one holds one may let go, also where one may not decide on it any more
        require(by, Action.REVIEW, submission)
    next_state(submission.state, Move.RELEASE)
    if submission.claimed_by is None:
        title = "Nobody holds this submission."
        raise Conflict(title)
    require(by, Action.RELEASE_CLAIM, submission)
    submission.claimed_by = submission.claimed_at = None
    submission.save()
    audit.record(EventKind.RELEASED, submission, by=by)
    return submission


@transaction.atomic
def decide(*, submission: Submission, by: User, rulings: Rulings, note: str = "", seen: datetime | None = None) -> Review:
    """Close a submission with a ruling on each of its parts that wait. The states of limitations follow.

    Raises Refused if `by` may not, Conflict if somebody else holds it or did so meanwhile, or a second opinion is open (faces call
    services.opinions.decide, which knows what to do then), Stale, and Invalid by part: "record", "tags.k3v9q1x0ab.reason".
    """
    submission = held(submission, by, seen)
    no_opinion(submission)
    return close_with(submission, by, rulings, note)


def held(submission: Submission, by: User, seen: datetime | None, action: Action = Action.REVIEW) -> Submission:
    """The submission as it is now, once it is clear that `by` may decide on it. Raises Refused, Conflict, Stale."""
    submission = locked(submission, by)
    require(by, action, submission)
    open_to(submission, by, Move.DECIDE)  # before the next line: who comes second is told who was first
    unchanged(submission, seen)
    _no_import(submission)
    return submission


def no_opinion(submission: Submission) -> None:
    """Refuse what would pass over a second opinion that is open."""
    if submission.opinions.open().exists():
        title = "A second opinion on this submission is open."
        raise Conflict(title, "Decide on each of its parts on its own page: that gives the second opinion.")


def close_with(submission: Submission, by: User, rulings: Rulings, note: str) -> Review:
    """Write a decision on a submission that is `held`. Raises Refused where a part is out of reach, Invalid by part."""
    found = targets.by_code(ruling.changes["target"] for ruling in rulings.tags.values() if "target" in ruling.changes)
    _hold_rows(submission, found)
    parts = waiting_parts(submission)
    faults = _incomplete(parts, rulings)
    if faults:
        raise Invalid(faults)
    fairness.look(by, parts.tags)
    fairness.look(by, parts.searches)
    review = reviewed(submission, by, SubmissionState.DECIDED, note)
    if parts.record and rulings.record:
        _rule_on_record(review, parts.record, rulings.record, by)
    for tag in parts.tags:
        _rule_on_tag(review, tag, rulings.tags[tag.public_id], found, by, faults)
    for search in parts.searches:
        _rule_on_search(review, search, rulings.searches[search.public_id], by)
    if parts.method and rulings.method:
        _rule_on_method(review, submission, parts.method, rulings.method, by)
    if parts.correction and rulings.correction:
        _rule_on_correction(review, submission, rulings.correction, by, faults)
    if faults:
        raise Invalid(faults)
    if not (rulings.record and rulings.record.verdict == Verdict.DECLINE):
        _keep_folded(review, [kept for twin in _twins(submission) if (kept := _fold(submission, twin, by))])
    _seal(review)
    close(submission, SubmissionState.DECIDED)
    submission.decided_at = review.at
    submission.save()
    audit.record(EventKind.DECIDED, submission, by=by, after={"state": submission.state}, reason=note)
    return review


@transaction.atomic
def request_changes(  # what can be asked for
    *, submission: Submission, by: User, note: str, asks: Mapping[str, str] | None = None, method: str = "", seen: datetime | None = None
) -> Review:
    """Hand a submission back with what should change: a note, words on single tags by their public id, and on the `method`.

    Raises Refused, Conflict, Stale, Invalid.
    """
    submission = locked(submission, by)
    require(by, Action.REVIEW, submission)
    open_to(submission, by, Move.REQUEST_CHANGES)  # before the next line: who comes second is told who was first
    unchanged(submission, seen)
    _no_import(submission)
    no_opinion(submission)
    if not note.strip() and not method.strip() and not any((asks or {}).values()):
        raise Invalid({"note": ["Say what should change."]})
    review = reviewed(submission, by, SubmissionState.CHANGES_REQUESTED, note)
    mine = {tag.public_id: tag for tag in submission.tags.all()}
    for public_id, words in (asks or {}).items():
        if public_id not in mine:
            raise Invalid({f"tags.{public_id}": ["This submission has no such tag."]})
        if words:
            _keep(Decision(review=review, part=Part.TAG, tag=mine[public_id], verdict=Verdict.CHANGE, words=words), f"tags.{public_id}")
    if method.strip():
        if not waiting_parts(submission).method:
            raise Invalid({"method": ["This submission says nothing of a method that waits."]})
        _keep(Decision(review=review, part=Part.METHOD, verdict=Verdict.CHANGE, words=method), "method")
    close(submission, SubmissionState.CHANGES_REQUESTED)
    submission.save()
    audit.record(EventKind.CHANGES_REQUESTED, submission, by=by, after={"state": submission.state}, reason=note)
    return review


@transaction.atomic
def undo(*, submission: Submission, by: User) -> Submission:
    """Take back one's last answer within ten minutes, if nothing has changed since; the submission is one's claim again.

    Raises Refused to anybody else, Conflict where it is too late.
    """
    submission = locked(submission, by)
    _no_import(submission)
    review = submission.reviews.select_for_update(of=("self",)).filter(undone_at=None).first()
    if review is None or review.outcome != submission.state:
        next_state(submission.state, Move.UNDO)
        title = "There is no decision to undo."
        raise Conflict(title)
    require(by, Action.UNDO_REVIEW, review)
    require(by, Action.REVIEW, submission)  # once more: a conflict may have been declared since
    next_state(submission.state, Move.UNDO)
    if timezone.now() - review.at > UNDO_WITHIN:
        title = "A decision can be undone within 10 minutes. This one is older."
        raise Conflict(title, "Suggest a correction, or ask the contributor to appeal.")
    _hold_rows(submission, {})
    if _gone_on(review, submission):
        title = "Somebody has gone on from this decision, so it cannot be undone."
        raise Conflict(title, "Suggest a correction instead.")
    touched = _put_back(review, submission, by)
    review.undone_at = timezone.now()
    review.save()
    submission.state, submission.decided_at = SubmissionState.SUBMITTED, None
    if not _reopened(review):
        submission.claimed_by, submission.claimed_at = by, timezone.now()
    submission.save()
    coverage.refresh(touched)
    audit.record(EventKind.UNDONE, submission, by=by, after={"state": submission.state})
    return submission


def _reopened(review: Review) -> bool:
    """Open the second opinion again that led to this review: one that was settled is to be settled.

    One that agreed is taken back: the record shows by now what was said, so a second could not be given without having seen it.
    """
    opinion = SecondOpinion.objects.select_for_update(of=("self",)).filter(review=review).first()
    if opinion is None:
        return False
    settled = opinion.state == OpinionState.SETTLED
    opinion.state = OpinionState.DIFFERENT if settled else OpinionState.WITHDRAWN
    opinion.closed_at = None if settled else timezone.now()
    opinion.settled_by = opinion.review = None
    if not settled:
        opinion.second = opinion.given_at = None
        opinion.second_rulings, opinion.second_note = {}, ""
    opinion.save()
    return settled


@transaction.atomic
def restrict_paper(*, paper: Paper, by: Any, reason: str) -> Paper:
    """Take a record out of sight of all but reviewers, for a reason. Raises Refused, Invalid, Conflict."""
    return _set_visibility(paper, Visibility.RESTRICTED, by, reason)


@transaction.atomic
def publish_paper(*, paper: Paper, by: Any, reason: str) -> Paper:
    """Lift the restriction of a record: for curators. Raises Refused, Invalid, Conflict."""
    return _set_visibility(paper, Visibility.PUBLIC, by, reason)


def _no_import(submission: Submission) -> None:
    """An import is decided record by record: see import_reviews.py."""
    if submission.kind == SubmissionKind.IMPORT:
        title = "An import is decided on record by record."
        raise Conflict(title, "Accept or decline its records, some or all at once.")


def _hold_rows(submission: Submission, found: Mapping[str, targets.AnyTarget]) -> None:
    """Hold, until the end of the transaction and always in this order, every row that a decision may change: papers, tags, statements."""
    held = {submission.paper_id, submission.paper.twin_of_id if submission.paper else None, *submission.tags.values_list("paper", flat=True)}
    list(Paper.objects.select_for_update(of=("self",)).filter(pk__in=held - {None}).order_by("pk").values_list("pk"))
    mine = Tag.objects.filter(Q(submission=submission) | Q(pk=submission.corrected_tag_id))
    aimed = set(mine.select_for_update(of=("self",)).order_by("pk").values_list("statement", flat=True))
    aimed |= {target.pk for target in found.values() if isinstance(target, Statement)}
    list(Statement.objects.select_for_update(of=("self",)).filter(pk__in=aimed - {None}).order_by("pk").values_list("pk"))
    submission.refresh_from_db(fields=["paper", "corrected_tag"])


def _gone_on(review: Review, submission: Submission) -> bool:
    """Whether somebody built on this review: another submission on the same record was decided, or the contributor is answering already."""
    if review.outcome == SubmissionState.CHANGES_REQUESTED:
        return AuditEvent.objects.filter(submission=submission, kind=EventKind.CHANGED, at__gt=review.at).exists()
    later = Tag.objects.filter(paper=submission.paper_id, decided_at__gt=review.at).exclude(submission=submission)
    return review.decisions.filter(part=Part.RECORD).exists() and later.exists()


def _set_visibility(paper: Paper, visibility: Visibility, by: Any, reason: str) -> Paper:
    fresh = Paper.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=paper.pk).first()
    if fresh is None:
        title = "This record was withdrawn."
        raise Conflict(title)
    if fresh.twin_of:
        title = "This record stands for one that is on record."
        raise Conflict(title, "Do it there, or decide on its submission.")
    if not reason.strip():
        raise Invalid({"reason": ["Say why: a short reason that names no detail."]})
    if fresh.visibility == visibility:
        title = f"This record is {visibility.label.lower()} already."
        raise Conflict(title)
    fresh.visibility = visibility
    return papers.save(paper=fresh, by=by, reason=reason)


# -- what is to be decided --


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a submission that wait for a ruling."""

    record: Paper | None
    tags: list[Tag]
    searches: list[Search]
    correction: bool
    method: Data = field(default_factory=dict)
    """What would be set, by field: empty where no method waits."""


def waiting_parts(submission: Submission) -> Parts:
    """What of a submission waits for a ruling, each kind in the order that it was handed in."""
    rows = submission.tags.filter(status=ReviewStatus.PROPOSED).select_related("statement__problem", "call", "problem", "paper", "contributor")
    order = {data.get("id"): number for number, data in enumerate(submission.content.get("tags", []))}
    return Parts(
        record=submission.paper if submission.record_waits else None,
        tags=sorted(rows, key=lambda tag: (order.get(tag.public_id, len(order)), tag.pk)),
        searches=list(submission.searches.filter(status=ReviewStatus.PROPOSED).select_related("statement", "problem").order_by("pk")),
        correction=submission.kind == SubmissionKind.CORRECTION,
        method=_waiting_method(submission),
    )


def _waiting_method(submission: Submission) -> Data:
    """What is said of the method and waits: not what is on record, nor what was accepted before an appeal."""
    if submission.paper is None or not (found := proposed_method(submission.content, submission.paper)):
        return {}
    accepted = Decision.objects.filter(review__submission=submission, review__undone_at=None, part=Part.METHOD, verdict=Verdict.ACCEPT)
    return {} if any(before.get("said") == submission.content["method"] for before in accepted.values_list("before", flat=True)) else found


def _incomplete(parts: Parts, rulings: Rulings) -> handed_in.Faults:
    """What is missing in the rulings, or too much, by part."""
    faults = handed_in.Faults()
    single = {
        "record": (parts.record is not None, rulings.record),
        "method": (bool(parts.method), rulings.method),
        "correction": (parts.correction, rulings.correction),
    }
    for part, (waits, ruling) in single.items():
        check_ruling(faults, part, ruling, waits=waits)
    for name, rows, given in (("tags", parts.tags, rulings.tags), ("searches", parts.searches, rulings.searches)):
        keys = [row.public_id for row in rows]
        for key in dict.fromkeys([*keys, *given]):
            check_ruling(faults, f"{name}.{key}", given.get(key), waits=key in keys)
    declined = rulings.record and rulings.record.verdict == Verdict.DECLINE
    for key, ruling in rulings.tags.items():
        if declined and ruling.verdict == Verdict.ACCEPT:
            faults.add(f"tags.{key}.verdict", "The record is declined, so its tags cannot be accepted.")
    if declined and rulings.method and rulings.method.verdict == Verdict.ACCEPT:
        faults.add("method.verdict", "The record is declined, so its method cannot be accepted.")
    return faults


def check_ruling(faults: handed_in.Faults, place: str, ruling: Ruling | None, *, waits: bool, restrictable: bool = False) -> None:
    """Note what is missing in a ruling on the part at `place`, or too much."""
    if ruling is None:
        if waits:
            faults.add(place, "Decide on this too: a decision covers all parts.")
        return
    if not waits:
        faults.add(place, "This does not wait for a decision.")
        return
    allowed = {Verdict.ACCEPT, Verdict.DECLINE} | ({Verdict.RESTRICT} if restrictable or place == "record" else set())
    if ruling.verdict not in allowed:
        faults.add(f"{place}.verdict", f"Choose among: {', '.join(sorted(allowed))}.")
    if ruling.reason and ruling.reason not in Reason.values:
        faults.add(f"{place}.reason", f"Choose among: {', '.join(Reason.values)}.")
    if ruling.verdict == Verdict.DECLINE and not ruling.reason:
        faults.add(f"{place}.reason", "Choose a reason.")
    if ruling.verdict == Verdict.DECLINE and ruling.reason == Reason.OTHER and not ruling.words.strip():
        faults.add(f"{place}.words", "Say which reason.")
    if ruling.verdict == Verdict.RESTRICT and not ruling.words.strip():
        faults.add(f"{place}.words", "Say why it is restricted, without detail.")
    changeable = ruling.verdict == Verdict.ACCEPT and (place.startswith("tags.") or (place == "method" and not ruling.restrict_text))
    if (ruling.changes or ruling.restrict_text) and not changeable:
        faults.add(f"{place}.changes", "Only a tag or a method that is accepted is changed.")


def open_to(submission: Submission, by: User, move: Move) -> None:
    """Refuse what somebody else has decided or holds, naming who."""
    if not allows(submission.state, move):
        review = submission.reviews.filter(undone_at=None).select_related("reviewer").first()
        if review and review.reviewer_id != by.pk and submission.state == review.outcome:
            words = "decided on" if review.outcome == SubmissionState.DECIDED else "asked for changes to"
            minutes = int((timezone.now() - review.at).total_seconds() // 60)
            ago = f"{minutes} minute{'' if minutes == 1 else 's'} ago" if minutes < 120 else f"on {review.at:%-d %B %Y}"  # noqa: PLR2004  # two hours
            title = f"{_capital(shown_name(by, review.reviewer))} {words} this submission {ago}."
            raise Conflict(title, "Nothing of yours was stored.")
        next_state(submission.state, move)
    if submission.holder and submission.holder != by:
        title = f"{_capital(shown_name(by, submission.holder))} is reviewing this submission."
        raise Conflict(title, f"The claim ends by itself on {submission.claim_ends:%-d %B, %H:%M} UTC at the latest.")


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def close(submission: Submission, state: SubmissionState) -> None:
    """Let it leave the queue."""
    submission.state = state
    submission.claimed_by = submission.claimed_at = None


def reviewed(submission: Submission, by: User, outcome: SubmissionState, note: str) -> Review:
    """Store an answer, to which decisions belong. Raises Invalid."""
    review = Review(submission=submission, reviewer=by, outcome=outcome, note=note)
    changes.validate(review)
    review.save()
    return review


def _keep(decision: Decision, place: str) -> None:
    try:
        changes.validate(decision)
    except Invalid as error:
        raise Invalid({f"{place}.{name}": sentences for name, sentences in error.errors.items()}) from error
    decision.save()


def _noted(review: Review, part: Part, ruling: Ruling, before: Data, place: str, **more: Any) -> None:
    words = {"verdict": ruling.verdict, "reason": ruling.reason, "words": ruling.words}
    _keep(Decision(review=review, part=part, before=before, **words, **more), place)


def _thing(decision: Decision, submission: Submission) -> Paper | Tag | Search | None:
    """The row that a decision is about."""
    return decision.tag or decision.search or submission.paper


def _seal(review: Review) -> None:
    """Note how the decision left each row, so that a later change keeps it from being undone."""
    for decision in review.decisions.select_related("tag", "search"):
        thing = _thing(decision, review.submission)
        if thing:
            thing.refresh_from_db(fields=["modified"])
            decision.left_at = thing.modified
            decision.save()


# -- rulings become rows --


def _why(ruling: Ruling) -> str:
    return ruling.words or ruling.reason


def _rule_on_record(review: Review, paper: Paper, ruling: Ruling, by: User) -> None:
    before = {"visibility": paper.visibility, "paper": paper.pk}
    if paper.submissions.filter(contributor=by, kind=SubmissionKind.PAPER).exists():
        title = f"You may not {Action.ACCEPT_PAPER.value}."
        raise Refused(title, "You handed in the same work. Somebody else has to decide on its record.")
    if paper.twin_of and ruling.verdict == Verdict.RESTRICT:
        raise Invalid({"record.verdict": ["This record stands for one that is on record: accept or decline it."]})
    if paper.twin_of is None or ruling.verdict == Verdict.DECLINE:
        paper.visibility = VISIBILITY[ruling.verdict]
        papers.save(paper=paper, by=by, reason=_why(ruling))
    _noted(review, Part.RECORD, ruling, before, "record")


def _twins(submission: Submission) -> list[Paper]:
    """Papers that stand for others, and that the submission is about or has accepted tags on."""
    accepted = submission.tags.filter(status=ReviewStatus.ACCEPTED).values("paper")
    held = Paper.objects.filter(Q(pk=submission.paper_id) | Q(pk__in=accepted), twin_of__isnull=False)
    return list(held.select_related("twin_of").order_by("pk"))


def _fold(submission: Submission, twin: Paper, by: User) -> Data:
    """What was accepted on a twin goes to the record that it stands for; the twin goes out of sight.

    Answers who could see the record before, where that has changed.
    """
    record = twin.twin_of
    kept: Data = {}
    if record is None:
        return kept
    if record.visibility == Visibility.TRASHED:
        kept = trash.bring_back(record, by)
    if record.visibility in {Visibility.WAITING, Visibility.DECLINED}:
        if record.submissions.waiting().filter(kind=SubmissionKind.PAPER).exists():
            title = "The same work waits in another submission."
            raise Conflict(title, "Decide on that one first.")
        kept = {"paper": record.pk, "visibility": record.visibility}
        record.visibility = Visibility.PUBLIC
        papers.save(paper=record, by=by, reason="One record")
    for tag in submission.tags.filter(status=ReviewStatus.ACCEPTED, paper=twin):
        same = {name: getattr(tag, name) for name in ("statement", "call", "problem", "relation")}
        known = record.tags.filter(**same, status=ReviewStatus.ACCEPTED).exists()
        tag.paper = record
        tags.decide(tag=tag, status=ReviewStatus.DECLINED if known else ReviewStatus.ACCEPTED, by=by, reason="One record")
    if twin.visibility != Visibility.RESTRICTED:
        _back(twin, {"visibility": Visibility.RESTRICTED}, by, EventKind.RESTRICTED)
    submission.paper = record
    return kept


def _keep_folded(review: Review, folded: Sequence[Data]) -> None:
    """Keep, with one of the decisions, who could see the records on which it ended, for an undo."""
    decision = review.decisions.order_by("pk").first()
    if not folded or decision is None:
        return
    left = dict(Paper.objects.filter(pk__in=[kept["paper"] for kept in folded]).values_list("pk", "modified"))
    decision.before[FOLDED] = [kept | {"left_at": left[kept["paper"]].isoformat()} for kept in folded]
    decision.save()


def _unfold(kept: Data, by: User) -> set[int | None]:
    """Bring a record on which a decision ended out of sight again, as it was."""
    record = Paper.objects.get(pk=kept["paper"])
    if "trashed" in kept:
        trash.lies_again(kept)
    _back(record, {"visibility": kept["visibility"]}, by)
    return set(record.tags.values_list("statement", flat=True))


FOLDED = "folded"
VISIBILITY = {Verdict.ACCEPT: Visibility.PUBLIC, Verdict.DECLINE: Visibility.DECLINED, Verdict.RESTRICT: Visibility.RESTRICTED}
TAG_VALUES = ("paper_id", "statement_id", "call_id", "problem_id", "relation", "rationale", "locator", "basis")


def _change(tag: Tag, values: Mapping[str, str], found: Mapping[str, targets.AnyTarget]) -> None:
    """What a reviewer changes of a tag before it is accepted. Raises Invalid by field."""
    if unknown := set(values) - {"target", "relation", "rationale", "locator", "basis"}:
        raise Invalid({"changes": [f"A tag has no {', '.join(sorted(unknown))}."]})
    for name, value in values.items():
        if name != "target":
            setattr(tag, name, value)
        elif value in found:
            aim(tag, found[value])
        else:
            raise Invalid({"target": [not_there(value)]})


def _rule_on_tag(  # noqa: PLR0917  # what a ruling is made of
    review: Review, tag: Tag, ruling: Ruling, found: Mapping[str, targets.AnyTarget], by: User, faults: handed_in.Faults
) -> None:
    place = f"tags.{tag.public_id}"
    before = {name: getattr(tag, name) for name in TAG_VALUES}
    status = ReviewStatus.ACCEPTED if ruling.verdict == Verdict.ACCEPT else ReviewStatus.DECLINED
    try:
        _change(tag, ruling.changes, found)
    except Invalid as error:
        faults.update({f"{place}.{name}": sentences for name, sentences in error.errors.items()})
        return
    edited = any(getattr(tag, name) != value for name, value in before.items())
    target = tag.statement
    if status == ReviewStatus.ACCEPTED and target and target.retired_on:
        faults.add(f"{place}.target", f"{target.code} is retired. Move the tag, or decline it.")
        return
    try:
        with transaction.atomic():
            tags.decide(tag=tag, status=status, by=by, reason=_why(ruling))
            if ruling.restrict_text:
                tags.restrict_text(tag=tag, by=by, reason=ruling.restrict_text)
    except Invalid as error:
        for name, sentences in error.errors.items():
            for sentence in sentences:
                faults.add(f"{place}.{name}" if name else place, sentence)
        return
    more = {"tag": tag, "edited": edited, "text_restricted": bool(ruling.restrict_text)}
    _noted(review, Part.TAG, ruling, before, place, **more)


def _rule_on_method(  # what a ruling is made of
    review: Review, submission: Submission, waits: Data, ruling: Ruling, by: User
) -> None:
    """Accepted values go to the record that stays: for one that stands for another, to that one."""
    paper = submission.paper
    if paper is None:  # nothing waits then
        return
    record = Paper.objects.get(pk=paper.twin_of_id or paper.pk)
    before: Data = {"paper": record.pk, "material": record.material, "modalities": record.modalities, "said": submission.content["method"]}
    try:
        changed = handed_in.read_fields(ruling.changes, handed_in.METHOD)
    except Invalid as error:
        raise Invalid({f"method.changes.{place}": sentences for place, sentences in error.errors.items()}) from error
    if "modalities" in changed:
        changed["modalities"] = papers.in_order(changed["modalities"])
    values = {name: value for name, value in {**waits, **changed}.items() if value}
    if ruling.verdict == Verdict.ACCEPT:
        if not values:
            raise Invalid({"method.changes": ["Say what the method needs, or which modality was studied; or decline it."]})
        papers.set_method(paper=record, values=values, by=by, reason=_why(ruling))
        before["set"] = values
    _noted(review, Part.METHOD, ruling, before, "method", edited=ruling.verdict == Verdict.ACCEPT and values != waits)


def _rule_on_search(review: Review, search: Search, ruling: Ruling, by: User) -> None:
    status = ReviewStatus.ACCEPTED if ruling.verdict == Verdict.ACCEPT else ReviewStatus.DECLINED
    tags.decide_search(search=search, status=status, by=by, reason=_why(ruling))
    _noted(review, Part.SEARCH, ruling, {}, f"searches.{search.public_id}", search=search)


def _rule_on_correction(review: Review, submission: Submission, ruling: Ruling, by: User, faults: handed_in.Faults) -> None:
    before: Data = {}
    thing = submission.corrected_tag or submission.paper
    if thing is not None:
        fairness.require(by, Action.CORRECT, thing)
    if ruling.verdict == Verdict.ACCEPT:
        try:
            changed, lists = corrected(submission)
            if isinstance(changed, Tag):
                stored = Tag.objects.get(pk=changed.pk)
                before = {name: getattr(stored, name) for name in TAG_VALUES}
                tags.correct(tag=changed, by=by, reason=f"Correction {submission.public_id}")
            else:
                before = full_record(Paper.objects.get(pk=changed.pk))
                papers.save(paper=changed, by=by, correcting=True, reason=f"Correction {submission.public_id}", **lists)
        except Invalid as error:
            faults.update(error.errors)
            return
    _noted(review, Part.CORRECTION, ruling, before, Part.CORRECTION, tag=submission.corrected_tag)


# -- undo --


def _put_back(review: Review, submission: Submission, by: User) -> set[int | None]:
    """Bring each row back to what it was before the review; the statements whose states may move by it."""
    touched: set[int | None] = set()
    decisions = [(each, _thing(each, submission)) for each in review.decisions.select_related("tag", "search") if each.verdict != Verdict.CHANGE]
    if any(thing is None or thing.modified != decision.left_at for decision, thing in decisions):  # of all, before any is put back
        raise _changed_since()
    folded = [kept for decision, _ in decisions for kept in decision.before.get(FOLDED, ())]
    held = {paper.pk: paper.modified.isoformat() for paper in Paper.objects.filter(pk__in=[kept["paper"] for kept in folded])}
    if any(held.get(kept["paper"]) != kept["left_at"] for kept in folded):
        raise _changed_since()
    for decision, thing in decisions:
        if thing is None:
            continue
        if isinstance(thing, Tag):
            touched.add(thing.statement_id)
        touched |= _restore(decision, submission, thing, by)
    if submission.paper:
        touched |= set(submission.paper.tags.values_list("statement", flat=True))
    for kept in folded:
        touched |= _unfold(kept, by)
    return touched


def _changed_since() -> Conflict:
    title = "Something has changed since this decision, so it cannot be undone as a whole."
    return Conflict(title, "Suggest a correction instead.")


def _restore(decision: Decision, submission: Submission, thing: Paper | Tag | Search, by: User) -> set[int | None]:
    was = {name: value for name, value in decision.before.items() if name != FOLDED}
    match decision.part:
        case Part.RECORD:
            record = Paper.objects.get(pk=was["paper"])  # the twin, where one was folded
            touched = set(record.tags.values_list("statement", flat=True))
            _back(record, {"visibility": was["visibility"]}, by)
            submission.paper = record
            return touched
        case Part.TAG:
            if decision.text_restricted and isinstance(thing, Tag):
                tags.unrestrict_text(tag=thing, by=by, reason="Undone")
            _back(thing, {**was, "status": ReviewStatus.PROPOSED, "decided_at": None, "decided_by": None}, by)
            return {was["statement_id"]}
        case Part.METHOD:
            if "set" in was:
                paper = Paper.objects.get(pk=was["paper"])
                _back(paper, {"material": was["material"], "modalities": was["modalities"]}, by)
                submission.paper = paper if submission.paper_id == paper.pk else submission.paper
        case Part.SEARCH:
            _back(thing, {"status": ReviewStatus.PROPOSED, "decided_at": None}, by)
        case Part.CORRECTION if was and isinstance(thing, Tag):
            _back(thing, was, by)
            return {was["statement_id"]}
        case Part.CORRECTION if was and isinstance(thing, Paper):
            restored, lists = rewritten(thing, was)
            papers.save(paper=restored, by=by, correcting=True, reason="Undone", **lists)
        case _:
            pass
    return set()


def _back(thing: Paper | Tag | Search, values: Mapping[str, Any], by: User, kind: EventKind = EventKind.UNDONE) -> None:
    """Set these values, whatever the rules say of new ones: they stood there before."""
    before = audit.snapshot(thing)
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save()
    if isinstance(thing, Paper):
        Tag.objects.filter(paper=thing).update(modified=timezone.now())  # who polls for changes sees them come and go
    audit.record(kind, thing, by=by, before=before, after=audit.snapshot(thing))
