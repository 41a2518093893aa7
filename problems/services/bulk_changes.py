"""One act on many submissions: what it would change, doing it, and undoing it as one.

Each submission is decided, assigned, re-tagged or restricted by the service that does so for one, with all its rules; what those refuse is left as
it is, and said. Nothing kept here names a person: whom one may see is another question each time that it is shown.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from problems.choices import (
    RELATIONS_OF,
    BulkAct,
    EventKind,
    OpinionState,
    Part,
    Reason,
    Relation,
    ReviewStatus,
    Section,
    SubmissionKind,
    SubmissionState,
    Target,
    Verdict,
)
from problems.choices import Visibility as Seen
from problems.codebook import codebook
from problems.errors import Conflict, Invalid, Refused, TrackerError, Unparsable
from problems.handed_in import Faults
from problems.models import BulkChange, CallToAction, Decision, Paper, Review, SecondOpinion, Statement, Submission, Tag, User
from problems.models.submissions import SubmissionQuerySet
from problems.permissions import Action, require, why_not
from problems.queries import evidence, fairness, targets
from problems.queries.evidence import Outlook
from problems.queries.reviews import reviewers
from problems.queries.submissions import with_parts
from problems.services import assignments, audit, changes, coverage, reviews
from problems.services.refusals import refusing
from problems.services.reviews import Ruling, Rulings, waiting_parts
from problems.services.submissions import aim, locked, not_there, proposed_method
from problems.text import NOTE_LIMIT, clean_text
from problems.workflow import UNDO_WITHIN, Move, allows

ID = re.compile(r"[a-z0-9]{10}")
MOST = 100
NOT_THERE = "There is no such submission."
FOR_OTHERS = "It is for somebody else to decide on."
NONE_CHOSEN = "Choose at least one submission."
TOO_MANY = f"Choose {MOST} submissions at most."
UNDONE = "Undone"
AIMED = ("statement_id", "call_id", "problem_id", "relation")


@dataclass(frozen=True, slots=True)
class Options:
    """What an act needs besides the submissions: of a decline a reason and words, of a restriction words, of an assignment `to` (public id).

    Of re-tagging: the code that tags point at now (`source`; empty: any), and the new `target`, `relation`, or both.
    """

    reason: str = ""
    words: str = ""
    to: str = ""
    source: str = ""
    target: str = ""
    relation: str = ""


USES: Mapping[str, tuple[str, ...]] = {
    BulkAct.ACCEPT: (),
    BulkAct.DECLINE: ("reason", "words"),
    BulkAct.ASSIGN: ("to",),
    BulkAct.RETAG: ("source", "target", "relation"),
    BulkAct.RESTRICT: ("words",),
}
"""Options of each act."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes: what, and how it is called before and after."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Item:
    """A submission that was chosen: what changes of it, or why it is left. Without a submission there is none that the person may know of."""

    id: str
    submission: Submission | None
    changes: tuple[Change, ...] = ()
    left: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What an act would do, and which limitations would move by it: each with its code, its state now and then."""

    act: BulkAct
    items: list[Item]
    states: dict[str, Outlook]

    @property
    def changing(self) -> list[Item]:
        """Those that would change."""
        return [item for item in self.items if not item.left]

    @property
    def seen(self) -> dict[str, datetime]:
        """When each last changed, to be sent back with the act."""
        return {item.id: item.submission.modified for item in self.items if item.submission}


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Options, resolved."""

    act: BulkAct
    options: Options
    to: User | None = None
    found: Mapping[str, targets.AnyTarget] = field(default_factory=dict)

    @property
    def source(self) -> targets.AnyTarget | None:
        """What tags point at now, where it is said."""
        return self.found.get(self.options.source)

    @property
    def target(self) -> targets.AnyTarget | None:
        """What they are to point at."""
        return self.found.get(self.options.target)

    def aims_at(self, tag: Tag) -> bool:
        """Whether a tag is one of those to be re-tagged."""
        return tag.status == ReviewStatus.PROPOSED and self.source in {None, tag.target}


# -- what it would do --


def preview(*, by: User, act: str, public_ids: Sequence[str], options: Options, complete: bool = True) -> Preview:
    """What the act would change; nothing is stored. Unless `complete`, options may be missing yet. Raises Refused, Invalid.

    A fixed number of queries.
    """
    require(by, Action.BULK, BulkChange(by=by))
    wanted = _wanted(public_ids)
    chosen = _chosen(by, act, options, complete=complete)
    rows = list(with_parts(_known(by, wanted)).select_related("paper__twin_of"))
    fairness.look(by, rows)
    judge = _Judge(by, chosen, rows)
    known = {row.public_id: row for row in rows}
    items, taken = [], set[int]()
    for key in wanted:
        row = known.get(key)
        left = judge.left(row) if row else NOT_THERE
        if row and not left and chosen.act == BulkAct.RESTRICT and row.paper_id in taken:
            left = "It is about the same record as another one that you chose."
        if row and row.paper_id and not left:
            taken.add(row.paper_id)
        items.append(Item(key, row, tuple(judge.changes(row)) if row and not left else (), left))
    return Preview(chosen.act, items, _states(chosen.act, [item.submission for item in items if item.submission and not item.left]))


def _wanted(public_ids: Sequence[str]) -> list[str]:
    wanted = list(dict.fromkeys(public_ids))
    if not wanted:
        raise Invalid({"submissions": [NONE_CHOSEN]})
    if len(wanted) > MOST:
        raise Invalid({"submissions": [TOO_MANY]})
    return wanted


def _known(by: User, wanted: Iterable[str]) -> SubmissionQuerySet:
    """Those that `by` may know of and that were ever handed in."""
    rows: SubmissionQuerySet = Submission.objects.visible_to(by).exclude(state=SubmissionState.DRAFT)
    return rows.filter(public_id__in=[key for key in wanted if ID.fullmatch(key)])


def _chosen(by: User, act: str, options: Options, *, complete: bool = True) -> _Chosen:
    """The act and its options; raises Invalid by field for what is wrong, and, where it is to be complete, for what is missing."""
    faults = Faults()
    if act not in BulkAct.values:
        raise Invalid({"act": [f"Choose among: {', '.join(BulkAct.values)}."]})
    for name in asdict(options):
        if getattr(options, name) and name not in USES[act]:
            faults.add(name, f"To {BulkAct(act).label.lower()} needs nothing of this.")
    found = targets.by_code(code for code in (options.source, options.target) if code)
    to = _reviewer(by, options.to)
    if act == BulkAct.ASSIGN and to is None and (options.to or complete):
        faults.add("to", assignments.NOBODY if options.to else "Choose a reviewer.")
    if act == BulkAct.DECLINE:
        _check_reason(faults, options, complete=complete)
    if act == BulkAct.RETAG:
        _check_aim(faults, options, found, complete=complete)
    if act == BulkAct.RESTRICT and complete and not options.words.strip():
        faults.add("words", "Say why it is restricted, without detail.")
    try:
        options = replace(options, words=clean_text(options.words, limit=NOTE_LIMIT, field="words", multiline=True))
    except Unparsable as error:
        faults.add("words", str(error))
    if faults:
        raise Invalid(faults)
    return _Chosen(BulkAct(act), options, to, found)


def _check_reason(faults: Faults, options: Options, *, complete: bool) -> None:
    if options.reason and options.reason not in Reason.values:
        faults.add("reason", f"Choose among: {', '.join(Reason.values)}.")
    elif complete and not options.reason:
        faults.add("reason", "Choose a reason.")
    elif complete and options.reason == Reason.OTHER and not options.words.strip():
        faults.add("words", "Say which reason.")


def _check_aim(faults: Faults, options: Options, found: Mapping[str, targets.AnyTarget], *, complete: bool) -> None:
    for name in ("source", "target"):
        code = getattr(options, name)
        if code and code not in found:
            faults.add(name, not_there(code))
    if options.relation and options.relation not in Relation.values:
        faults.add("relation", f"Choose among: {', '.join(Relation.values)}.")
    if complete and not options.target and not options.relation:
        faults.add("target", "Say where the tags should point, which relation they should have, or both.")


def _reviewer(by: User, public_id: str) -> User | None:
    """A reviewer of whom `by` may know."""
    return reviewers(by).filter(public_id=public_id).first() if ID.fullmatch(public_id) else None


class _Judge:
    """Says of each submission, without asking the database again, what changes of it, or why it is left."""

    def __init__(self, by: User, chosen: _Chosen, rows: Sequence[Submission]) -> None:
        """Ask once about all of them: four queries at most, and those of `fairness.reasons`."""
        keys = [row.pk for row in rows]
        self.by, self.chosen = by, chosen
        opinions = SecondOpinion.objects.filter(submission__in=keys, state__in=(OpinionState.ASKED, OpinionState.DIFFERENT))
        self.opinions = set(opinions.values_list("submission", flat=True))
        self.barred = fairness.reasons(chosen.to, Submission, keys) if chosen.to else {}
        settled = Decision.objects.filter(review__submission__in=keys, review__undone_at=None, part=Part.METHOD, verdict=Verdict.ACCEPT)
        self.methods = [(key, before.get("said")) for key, before in settled.values_list("review__submission", "before")]

    def left(self, row: Submission) -> str:
        """Why nothing is done to it; empty where something is."""
        act = self.chosen.act
        if act == BulkAct.RESTRICT:
            return self._no_restriction(row)
        if reason := self.refused(row):
            return reason
        if not allows(row.state, Move.DECIDE):
            return f"It is {row.get_state_display().lower()}."
        if row.pk in self.opinions:
            return "A second opinion on it is open. Decide on its own page."
        if act == BulkAct.ASSIGN:
            return self._no_assignment(row)
        return self._not_open(row) or (self._no_retag(row) if act == BulkAct.RETAG else self._retired(row) if act == BulkAct.ACCEPT else "")

    def refused(self, row: Submission) -> str:
        """Why it is not for this person to decide on: told to them, and kept nowhere, since curators read what is kept."""
        if self.chosen.act == BulkAct.RESTRICT:
            return ""
        return why_not(self.by, Action.ASSIGN if self.chosen.act == BulkAct.ASSIGN else Action.REVIEW, row)

    def _not_open(self, row: Submission) -> str:
        if row.kind == SubmissionKind.IMPORT:
            return "An import is decided on record by record."
        return "Somebody else is reviewing it." if row.holder and row.holder != self.by else ""

    def _no_retag(self, row: Submission) -> str:
        meant = [tag for tag in row.tags.all() if self.chosen.aims_at(tag)]
        after = {tag: self._after(tag) if tag in meant else (tag.target, tag.relation) for tag in row.tags.all()}
        for target, relation in (after[tag] for tag in meant):
            if target and relation not in RELATIONS_OF[_kind(target)]:
                return f"“{codebook().relations[relation].label}” does not fit {targets.code_of(target)}."
        if len(set(after.values())) < len(after):
            return "Two of its tags would be the same."
        return "" if meant else "No tag of it that waits is meant."

    def _after(self, tag: Tag) -> tuple[targets.AnyTarget | None, str]:
        """Where a tag points once it is re-tagged, and how."""
        return self.chosen.target or tag.target, self.chosen.options.relation or tag.relation

    def _retired(self, row: Submission) -> str:
        retired = [tag.code for tag in self._waiting(row) if tag.statement and tag.statement.retired_on]
        return f"{', '.join(retired)} is retired. Move the tag, or decline it." if retired else ""

    @staticmethod
    def _no_restriction(row: Submission) -> str:
        paper = row.paper
        if paper is None or paper.visibility in {Seen.MERGED, Seen.TRASHED}:
            return "It has no record to restrict."
        if paper.twin_of_id:
            return "Its record stands for one that is on record. Decide on the submission."
        return "Its record is restricted already." if paper.visibility == Seen.RESTRICTED else ""

    def _no_assignment(self, row: Submission) -> str:
        to = self.chosen.to
        if to is None:
            return ""
        if self.barred.get(row.pk) or to.pk in {row.contributor_id, row.appealed_against_id}:
            return assignments.BARRED
        return "It is assigned so already." if row.assigned_to_id == to.pk else ""

    def changes(self, row: Submission) -> Iterable[Change]:
        """What changes of one that is not left."""
        match self.chosen.act:
            case BulkAct.ACCEPT | BulkAct.DECLINE:
                after = "accepted" if self.chosen.act == BulkAct.ACCEPT else "declined"
                yield from (Change(what, before, after) for what, before in self._parts(row))
            case BulkAct.ASSIGN:
                yield Change("Assigned to", "another reviewer" if row.assigned_to_id else "nobody", "the reviewer whom you chose")
            case BulkAct.RETAG:
                for tag in filter(self.chosen.aims_at, row.tags.all()):
                    target, relation = self._after(tag)
                    yield Change("Tag", _told(tag.code, tag.relation), _told(targets.code_of(target) if target else "", relation))
            case BulkAct.RESTRICT:
                yield Change("Record", Seen(row.paper.visibility).label.lower() if row.paper else "", Seen.RESTRICTED.label.lower())

    def _parts(self, row: Submission) -> Iterable[tuple[str, str]]:
        if row.record_waits and row.paper:
            yield "Record", Seen(row.paper.visibility).label.lower()
        for tag in self._waiting(row):
            yield f"Tag {_told(tag.code, tag.relation)}", "proposed"
        for search in row.searches.all():
            if search.status == ReviewStatus.PROPOSED:
                yield f"Search on {search.code}", "proposed"
        said = row.content.get("method")
        if said and row.paper and proposed_method(row.content, row.paper) and (row.pk, said) not in self.methods:
            yield "Method", "proposed"
        if row.kind == SubmissionKind.CORRECTION:
            yield "Correction", "proposed"

    @staticmethod
    def _waiting(row: Submission) -> list[Tag]:
        return [tag for tag in row.tags.all() if tag.status == ReviewStatus.PROPOSED]


def _kind(target: targets.AnyTarget) -> Target:
    """What kind of target it is."""
    if isinstance(target, Statement):
        return Target.LIMITATION if target.section == Section.LIMITATION else Target.EXISTING_WORK
    return Target.CALL if isinstance(target, CallToAction) else Target.PROBLEM


def _told(code: str, relation: str) -> str:
    return f"{code} {codebook().relations[relation].label.lower()}" if relation in codebook().relations else code


def _states(act: BulkAct, rows: Sequence[Submission]) -> dict[str, Outlook]:
    """Limitations that would move, by code: as if all of it were done at once. A fixed number of queries."""
    papers = {row.paper_id for row in rows if row.paper_id}
    if act == BulkAct.RESTRICT:
        return evidence.together(Tag.objects.on_map().filter(paper__in=papers).select_related("statement"), without=papers)
    if act != BulkAct.ACCEPT:
        return {}
    tags = [tag for row in rows for tag in row.tags.all() if tag.status == ReviewStatus.PROPOSED and _shown_then(row)]
    return evidence.together(tags)


def _shown_then(row: Submission) -> bool:
    """Whether the record of a submission is public once it is accepted."""
    paper = row.paper.twin_of or row.paper if row.paper else None
    return paper is not None and paper.visibility in {Seen.PUBLIC, Seen.WAITING, Seen.DECLINED}


# -- doing it --


@transaction.atomic
def apply(*, by: User, act: str, public_ids: Sequence[str], options: Options, seen: Mapping[str, datetime] | None = None) -> BulkChange:
    """Do it to each submission that allows it, and keep what it takes to undo it. `seen` says when each had last changed as the person saw it.

    Raises Refused, and Invalid: by field, and by the place of each submission where nothing could be done to any.
    """
    change = BulkChange(by=by, act=act, options={})
    require(by, Action.BULK, change)
    wanted = _wanted(public_ids)
    chosen = _chosen(by, act, options)
    change.options = {name: value for name, value in asdict(chosen.options).items() if value}
    rows = _held(by, wanted, chosen)
    judge = _Judge(by, chosen, rows)
    done: dict[str, dict[str, Any]] = {key: {"id": key if ID.fullmatch(key) else "", "left": NOT_THERE} for key in wanted}
    told: dict[str, str] = {}
    for row in rows:
        changed = row.modified != (seen or {}).get(row.public_id, row.modified)
        left = "It has changed since you looked." if changed else judge.left(row)
        told[row.public_id] = left
        kept = FOR_OTHERS if left and left == judge.refused(row) else left
        done[row.public_id] = {"id": row.public_id, "left": kept} if left else _do(judge, row)
    change.items = list(done.values())
    if all(item["left"] for item in change.items):
        raise Invalid({f"submissions.{number}": [told.get(key) or item["left"]] for number, (key, item) in enumerate(done.items())})
    change.save()
    return change


def _held(by: User, wanted: Sequence[str], chosen: _Chosen) -> list[Submission]:
    """The submissions, and every row that doing it may change, held until the end of the transaction; each kind in the order of its keys.

    One decision after the other would take them in another order each time, and two bulk changes could wait for one another.
    """
    known = _known(by, wanted)
    keys = list(known.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    submissions = Submission.objects.filter(pk__in=keys)
    papers = submissions.values_list("paper", "paper__twin_of", "tags__paper", "corrected_tag__paper")
    _hold(Paper, {key for row in papers for key in row})
    tags = Tag.objects.filter(Q(submission__in=keys) | Q(corrections__in=keys))
    aimed = set(tags.values_list("statement", flat=True))
    _hold(Tag, set(tags.values_list("pk", flat=True)))
    if chosen.act == BulkAct.RESTRICT:
        aimed |= set(Tag.objects.filter(paper__in=submissions.values("paper")).values_list("statement", flat=True))
    _hold(Statement, aimed | {target.pk for target in chosen.found.values() if isinstance(target, Statement)})
    rows = list(with_parts(Submission.objects.filter(pk__in=keys)).select_related("paper__twin_of").order_by("pk"))
    fairness.look(by, rows)
    return rows


def _hold(model: Any, keys: Collection[int | None]) -> None:
    list(model.objects.select_for_update(of=("self",)).filter(pk__in=[key for key in keys if key]).order_by("pk").values_list("pk"))


def _do(judge: _Judge, row: Submission) -> dict[str, Any]:
    """Do it to one of them; what its service refuses is not done, and said."""
    told = [[each.what, each.before, each.after] for each in judge.changes(row)]
    try:
        with refusing(), transaction.atomic():
            back = DO[judge.chosen.act](row, judge.by, judge.chosen)
    except Invalid as error:
        return {"id": row.public_id, "left": " ".join(dict.fromkeys(sentence for each in error.errors.values() for sentence in each))}
    except Refused:
        return {"id": row.public_id, "left": FOR_OTHERS}
    except TrackerError as error:
        return {"id": row.public_id, "left": str(error)}
    return {"id": row.public_id, "left": "", "told": told, "back": back}


def _decide(row: Submission, by: User, verdict: Verdict, reason: str = "", words: str = "") -> dict[str, Any]:
    fresh = locked(row, by)
    held = fresh.holder == by
    parts, ruling = waiting_parts(fresh), Ruling(verdict, reason=reason, words=words)
    rulings = Rulings(
        record=ruling if parts.record else None,
        tags={tag.public_id: ruling for tag in parts.tags},
        searches={search.public_id: ruling for search in parts.searches},
        correction=ruling if parts.correction else None,
        method=ruling if parts.method else None,
    )
    review = reviews.decide(submission=fresh, by=by, rulings=rulings)
    return {"review": review.pk, "held": held}


def _accept(row: Submission, by: User, chosen: _Chosen) -> dict[str, Any]:
    _ = chosen
    return _decide(row, by, Verdict.ACCEPT)


def _decline(row: Submission, by: User, chosen: _Chosen) -> dict[str, Any]:
    return _decide(row, by, Verdict.DECLINE, chosen.options.reason, chosen.options.words)


def _assign(row: Submission, by: User, chosen: _Chosen) -> dict[str, Any]:
    before = {"to": row.assigned_to_id, "at": _written(row.assigned_at)}
    made = assignments.assign(submission=row, to=chosen.to, by=by)
    return before | {"set_to": made.assigned_to_id, "set_at": _written(made.assigned_at)}


def _retag(row: Submission, by: User, chosen: _Chosen) -> dict[str, Any]:
    """Point its tags that are meant elsewhere. They stay proposed; what the contributor wrote stays as it was written."""
    fresh = locked(row, by)
    require(by, Action.REVIEW, fresh)
    moved = []
    for tag in filter(chosen.aims_at, fresh.tags.select_related("statement__problem", "call", "problem", "paper").order_by("pk")):
        before = {name: getattr(tag, name) for name in AIMED}
        if chosen.target:
            aim(tag, chosen.target)
        tag.relation = chosen.options.relation or tag.relation
        if changes.save(tag, by=by, action=Action.DECIDE_TAG):
            moved.append({"tag": tag.pk, "left_at": _written(tag.modified), **before})
    if not moved:
        title = "Its tags read so already."
        raise Conflict(title)
    fresh.save()  # who has its page open is told that it reads otherwise now
    return {"tags": moved}


def _restrict(row: Submission, by: User, chosen: _Chosen) -> dict[str, Any]:
    paper = Paper.objects.get(pk=row.paper_id)
    was = paper.visibility
    paper = reviews.restrict_paper(paper=paper, by=by, reason=chosen.options.words)
    return {"paper": paper.pk, "visibility": was, "left_at": _written(paper.modified)}


DO: Mapping[BulkAct, Callable[[Submission, User, _Chosen], dict[str, Any]]] = {
    BulkAct.ACCEPT: _accept,
    BulkAct.DECLINE: _decline,
    BulkAct.ASSIGN: _assign,
    BulkAct.RETAG: _retag,
    BulkAct.RESTRICT: _restrict,
}
"""Each does one act to one submission, and says what it takes to undo that."""


# -- undoing it --


@transaction.atomic
def undo(*, change: BulkChange, by: User) -> BulkChange:
    """Take it back as a whole, within ten minutes; or nothing of it, where one of the submissions has moved on. Raises Refused, Conflict."""
    fresh = BulkChange.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=change.pk).first()
    if fresh is None:
        title = "There is nothing to undo."
        raise Conflict(title)
    require(by, Action.UNDO_BULK, fresh)
    if fresh.undone_at:
        title = "This was undone already."
        raise Conflict(title)
    if timezone.now() - fresh.at > UNDO_WITHIN:
        title = "Many at once can be undone within 10 minutes. This is older."
        raise Conflict(title, "Open the submissions one by one.")
    items = {item["id"]: item["back"] for item in fresh.items if not item["left"]}
    rows = _held(by, list(items), _Chosen(BulkAct(fresh.act), Options()))
    failed = len(items) - len(rows)
    for row in reversed(rows):  # the last first: an earlier one may be what a later one built on
        try:
            with refusing(), transaction.atomic():
                UNDO[BulkAct(fresh.act)](row, by, items[row.public_id])
        except TrackerError:
            failed += 1
    if failed:
        title = f"{failed} of {len(items)} {'has' if failed == 1 else 'have'} moved on since, so this cannot be undone as a whole."
        raise Conflict(title, "Nothing was undone. Open the submissions one by one.")
    fresh.undone_at = timezone.now()
    fresh.save()
    return fresh


def may_undo(change: BulkChange, user: Any) -> bool:
    """Whether there is still something to undo, and it is for them to do so."""
    in_time = change.undone_at is None and timezone.now() - change.at <= UNDO_WITHIN
    return in_time and not why_not(user, Action.UNDO_BULK, change)


def _moved_on() -> Conflict:
    return Conflict("This has moved on.")


def _undecide(row: Submission, by: User, back: Mapping[str, Any]) -> None:
    latest = Review.objects.filter(submission=row, undone_at=None).first()
    if latest is None or latest.pk != back["review"]:
        raise _moved_on()
    undone = reviews.undo(submission=row, by=by)
    if not back["held"]:  # it was nobody's claim before
        undone.claimed_by = undone.claimed_at = None
        undone.save()


def _unassign(row: Submission, by: User, back: Mapping[str, Any]) -> None:
    if row.state != SubmissionState.SUBMITTED or (row.assigned_to_id, _written(row.assigned_at)) != (back["set_to"], back["set_at"]):
        raise _moved_on()
    to = User.objects.filter(pk=back["to"]).first() if back["to"] else None
    try:
        if to:
            assignments.asked(row, to)
    except Invalid:
        to = None  # they may not decide on it any more
    assignments.set_to(row, to, by)
    if to:
        Submission.objects.filter(pk=row.pk).update(assigned_at=datetime.fromisoformat(back["at"]))


def _untag(row: Submission, by: User, back: Mapping[str, Any]) -> None:
    require(by, Action.REVIEW, row)
    reviews.no_opinion(row)
    if row.state != SubmissionState.SUBMITTED or (row.holder and row.holder != by):
        raise _moved_on()
    tags = {tag.pk: tag for tag in Tag.objects.filter(pk__in=[each["tag"] for each in back["tags"]])}
    for each in back["tags"]:
        tag = tags.get(each["tag"])
        if tag is None or tag.status != ReviewStatus.PROPOSED or _written(tag.modified) != each["left_at"]:
            raise _moved_on()
        _back(tag, {name: each[name] for name in AIMED}, by)
    row.save()


def _unrestrict(row: Submission, by: User, back: Mapping[str, Any]) -> None:
    _ = row
    paper = Paper.objects.select_for_update(of=("self",)).get(pk=back["paper"])
    if paper.visibility != Seen.RESTRICTED or _written(paper.modified) != back["left_at"]:
        raise _moved_on()
    _back(paper, {"visibility": back["visibility"]}, by)
    Tag.objects.filter(paper=paper).update(modified=timezone.now())  # who polls for changes sees them come and go
    coverage.refresh(set(paper.tags.values_list("statement", flat=True)))


UNDO: Mapping[BulkAct, Callable[[Submission, User, Mapping[str, Any]], None]] = {
    BulkAct.ACCEPT: _undecide,
    BulkAct.DECLINE: _undecide,
    BulkAct.ASSIGN: _unassign,
    BulkAct.RETAG: _untag,
    BulkAct.RESTRICT: _unrestrict,
}
"""Each takes one act on one submission back, or raises a TrackerError where it has moved on."""


def _back(thing: Paper | Tag, values: Mapping[str, Any], by: User) -> None:
    """Set these values, whatever the rules say of new ones: they stood there before."""
    before = audit.snapshot(thing)
    for name, value in values.items():
        setattr(thing, name, value)
    thing.save()
    audit.record(EventKind.UNDONE, thing, by=by, before=before, after=audit.snapshot(thing), reason=UNDONE)


def _written(time: datetime | None) -> str | None:
    return time.isoformat() if time else None
