"""What contributors do with a submission: write, hand in, withdraw, appeal. What reviewers do is in reviews.py.

Handing in makes rows of what was written: a record that waits, tags and searches that are proposed. Withdrawing takes them away again.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from itertools import batched
from typing import Any, TypeGuard

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from problems import handed_in, workflow
from problems.choices import (
    EventKind,
    Modality,
    OpinionState,
    Part,
    ReviewStatus,
    RowOutcome,
    SubmissionKind,
    SubmissionState,
    Topic,
    Verdict,
    Visibility,
)
from problems.errors import Conflict, Invalid, Stale, TooMany, TrackerError
from problems.handed_in import Data
from problems.models import AuditEvent, CallToAction, ImportRow, Paper, Problem, Search, Statement, Submission, Tag, Team, User
from problems.permissions import Action, require
from problems.queries import fairness, imports, targets
from problems.queries.papers import named
from problems.records import PaperRecord
from problems.services import assignments, audit, changes, papers, tags
from problems.workflow import Move

UNDECIDED = (Visibility.WAITING, Visibility.DECLINED)
AT_ONCE = 1000  # rows of one statement
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
AUTOSAVE_APART = timedelta(seconds=1)
NO_CHANGE = "Nothing differs from what is on record."
NOTHING = "There is nothing to review yet. Add a tag."


@transaction.atomic
def create(*, by: User, kind: str, content: object, message: str = "", team: str = "") -> Submission:
    """A draft of `by`; `content` as handed_in.py has it; `team`, by slug, is one of theirs on whose behalf it is.

    Raises Refused, Invalid, TooMany, Conflict at the limit of open submissions.
    """
    submission = Submission(contributor=by, kind=SubmissionKind(kind), message=message, team=team_of(by, team))
    require(by, Action.HAND_IN, submission)
    within_rate(by, EventKind.CREATED)
    within_limit(by)
    submission.content = _named(handed_in.read(content, kind), by)
    changes.validate(submission)
    submission.save()
    audit.record(EventKind.CREATED, submission, by=by, after={"kind": submission.kind, "state": submission.state})
    return submission


@transaction.atomic
def hand_in(*, by: User, kind: str, content: object, message: str = "", team: str = "") -> Submission:
    """The same, handed in at once."""
    return submit(submission=create(by=by, kind=kind, content=content, message=message, team=team), by=by)


@transaction.atomic
def edit(  # what can be replaced
    *, submission: Submission, by: User, content: object, message: str | None = None, team: str | None = None, seen: Any = None
) -> Submission:
    """Replace what was written; None for `message` or `team` leaves it. `seen` is the time of the last change that the person knew of.

    Raises Refused, Conflict where the state does not allow it, Invalid, Stale where there was another change.
    """
    submission = locked(submission, by, seen)
    require(by, Action.CHANGE_SUBMISSION, submission)
    within_rate(by, EventKind.CHANGED)
    _rewrite(submission, by, content, message, team)
    audit.record(EventKind.CHANGED, submission, by=by)
    return submission


def _rewrite(submission: Submission, by: User, content: object, message: str | None, team: str | None) -> Submission:
    _move(submission, Move.EDIT)
    _in_sight(submission, by)
    submission.content = _named(handed_in.read(content, submission.kind), by)
    if message is not None:
        submission.message = message
    if team is not None:
        submission.team = team_of(by, team)
    changes.validate(submission)
    submission.save()
    return submission


@transaction.atomic
def autosave(*, submission: Submission, by: User, content: object, message: str, team: str | None, seen: Any, at_once: bool = False) -> Submission:
    """Keep a draft that is being written, as a page sends it by itself every few seconds: the same as `edit`.

    A draft is nobody else's, so the record of changes keeps no entry each time; it has one of its making and of its handing in.
    Raises also TooMany where the last one was within the second, but for `at_once`; Conflict for what is no draft: others see that.
    """
    submission = locked(submission, by, seen)
    require(by, Action.CHANGE_SUBMISSION, submission)
    if submission.state != SubmissionState.DRAFT:
        raise Conflict("Only a draft saves itself.", "Press Save when it is ready to be seen.")
    if not at_once and timezone.now() - submission.modified < AUTOSAVE_APART:
        raise TooMany("This is saved too often.", "Wait a second.", retry_after=1)
    return _rewrite(submission, by, content, message, team)


@transaction.atomic
def discard(*, submission: Submission, by: User, seen: Any = None) -> None:
    """Delete a draft. Raises Refused, Conflict, Stale."""
    submission = locked(submission, by, seen)
    require(by, Action.CHANGE_SUBMISSION, submission)
    _move(submission, Move.DISCARD)
    audit.record(EventKind.DELETED, submission, by=by)
    submission.delete()


@transaction.atomic
def submit(*, submission: Submission, by: User, seen: Any = None) -> Submission:
    """Hand it in: its record waits and its tags are proposed from now on, and the queue holds it.

    A record that waits already is joined. Raises Refused, Conflict, Stale, TooMany, and Invalid with every fault by its place in the content.
    """
    submission = locked(submission, by, seen)
    require(by, Action.HAND_IN, submission)
    was = submission.state
    _move(submission, Move.SUBMIT)
    _in_sight(submission, by)
    if submission.team and not submission.team.members.filter(pk=by.pk).exists():
        raise Invalid({"team": ["You are not in this team any more. Choose another, or none."]})
    within_rate(by, EventKind.SUBMITTED)
    if was == SubmissionState.WITHDRAWN:
        within_limit(by)
    submission.submitted_at = timezone.now()
    before = submission.paper
    _MAKE[SubmissionKind(submission.kind)](submission, by)
    changes.validate(submission)
    submission.save()
    _tidy(before, by)
    audit.record(EventKind.SUBMITTED, submission, by=by, before={"state": was}, after={"state": submission.state})
    assignments.apply(submission)
    return submission


@transaction.atomic
def withdraw(*, submission: Submission, by: User, seen: Any = None) -> Submission:
    """Take it back: what it proposed leaves the queue and is gone; what was written stays and can be handed in again. Raises Refused, Conflict."""
    submission = locked(submission, by, seen)
    require(by, Action.CHANGE_SUBMISSION, submission)
    was = submission.state
    _move(submission, Move.WITHDRAW)
    submission.claimed_by = submission.claimed_at = None
    submission.opinions.open().update(state=OpinionState.WITHDRAWN, closed_at=timezone.now())
    for tag in submission.tags.filter(status=ReviewStatus.PROPOSED):
        if tag.text_restricted:
            _forget_text(submission, tag)
        tags.remove(tag=tag, by=by, reason="Withdrawn")
    _drop_searches(submission, by)
    _drop_imported(submission, by)
    paper = submission.paper
    hidden = paper is not None and not Paper.objects.visible_to(by).filter(pk=paper.pk).exists()  # then what it says stays out of sight
    if not hidden and not submission.tags.exists():  # none that was decided on before an appeal
        submission.paper = submission.corrected_tag = None
    submission.save()
    audit.record(EventKind.WITHDRAWN, submission, by=by, before={"state": was}, after={"state": submission.state})
    _tidy(paper, by)
    return submission


@transaction.atomic
def appeal(*, submission: Submission, by: User, text: str, seen: Any = None) -> Submission:
    """Ask somebody else to decide once more on what was declined; once. Raises Refused, Conflict, Invalid."""
    submission = locked(submission, by, seen)
    require(by, Action.APPEAL, submission)
    _move(submission, Move.APPEAL)
    if submission.appealed_at:
        title = "This submission was appealed before. The second decision stands."
        raise Conflict(title)
    review = submission.reviews.filter(undone_at=None).first()
    declined: list[Tag | Search] = [
        *submission.tags.filter(status=ReviewStatus.DECLINED),
        *submission.searches.filter(status=ReviewStatus.DECLINED),
    ]
    record = submission.paper if submission.record_waits else None
    more = review is not None and review.decisions.filter(verdict=Verdict.DECLINE, part__in=(Part.CORRECTION, Part.METHOD)).exists()
    imported = _declined_imported(submission)
    if review is None or not (declined or record or more or imported):
        title = "Nothing of this submission was declined."
        raise Conflict(title)
    if not text.strip():
        raise Invalid({"text": ["Say why it should be looked at once more."]})
    submission.appeal, submission.appealed_against = text, review.reviewer
    submission.appealed_at = submission.submitted_at = timezone.now()
    changes.validate(submission)
    submission.save()
    for thing in declined:
        before = audit.snapshot(thing)
        thing.status, thing.decided_at = ReviewStatus.PROPOSED, None
        if isinstance(thing, Tag):
            thing.decided_by = None
        thing.save()
        audit.record(EventKind.CHANGED, thing, by=by, before=before, after=audit.snapshot(thing), reason="Appealed")
    _wait_again(imported, by)
    audit.record(EventKind.APPEALED, submission, by=by, after={"state": submission.state}, reason=text)
    assignments.apply(submission)
    return submission


def team_of(by: User, slug: str) -> Team | None:
    """The team of this slug, if `by` is in it; None for an empty one. Raises Invalid, alike for other people's teams and for none."""
    if not slug:
        return None
    team = Team.objects.filter(slug=slug, members=by.pk).first()
    if team is None:
        raise Invalid({"team": ["You are in no such team."]})
    return team


# -- shared with reviews.py --


def locked(submission: Submission, by: Any, seen: Any = None) -> Submission:
    """The submission as it is now, held until the end of the transaction. Raises Stale where it has changed since `seen`."""
    fresh = Submission.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=submission.pk).first()
    if fresh is None:
        title = "This submission is gone."
        raise Conflict(title)
    unchanged(fresh, seen)
    fairness.look(by, [fresh])
    return fresh


def proposed_method(content: Data, paper: Paper) -> Data:
    """What is said of a method and differs from what is on record of `paper`: `material`, `modalities`, both or none."""
    said: Data = content.get("method", {})
    values = {"material": said.get("material", ""), "modalities": papers.in_order(said.get("modalities", []))}
    return {name: value for name, value in values.items() if value and value != getattr(paper, name)}


def unchanged(submission: Submission, seen: Any) -> None:
    """Raise Stale where the submission has changed since `seen`, if that is given."""
    if seen is not None and submission.modified != seen:
        title = "This submission has changed since you read it."
        raise Stale(title, "Read it again, then repeat the change.")


def _move(submission: Submission, move: Move) -> None:
    after = workflow.next_state(submission.state, move)
    submission.state = after or submission.state


def _named(content: Data, by: User) -> Data:
    """The content, if the record on the map that it names is one that `by` may know of; a draft names no other either."""
    if content.get("paper") and named(content["paper"], by) is None:
        raise Invalid({"paper": ["There is no such paper."]})
    return content


def _in_sight(submission: Submission, by: User) -> None:
    """Refuse to go on with one whose paper was restricted since: what was written is not shown to them any more."""
    if submission.paper_id and not Paper.objects.visible_to(by).filter(pk=submission.paper_id).exists():
        title = "This submission is closed for changes."
        raise Conflict(title, "Withdraw it, or wait for the decision.")


def _tidy(paper: Paper | None, by: User) -> None:
    """Drop a record that waits and that nothing holds any more: no queue would show it."""
    rows = Paper.objects.select_for_update(of=("self",)).filter(visibility__in=UNDECIDED)
    fresh = rows.filter(pk=paper.pk).first() if paper else None
    imported = ImportRow.objects.filter(outcome=RowOutcome.CREATED).exclude(run__submission__state=SubmissionState.WITHDRAWN)  # or read just now
    if fresh and not any(held.exists() for held in (fresh.tags, fresh.submissions, fresh.twins, imported.filter(paper=fresh))):
        papers.remove(paper=fresh, by=by, reason="Withdrawn")


def _forget_text(submission: Submission, tag: Tag) -> None:
    """A text that was restricted is not handed back with what was written."""
    for data in submission.content.get("tags", []):
        if data.get("id") == tag.public_id:
            data["rationale"] = data["locator"] = ""


def _drop_searches(submission: Submission, by: User) -> None:
    for search in submission.searches.filter(status=ReviewStatus.PROPOSED):
        audit.record(EventKind.DELETED, search, by=by, before=audit.snapshot(search))
        search.delete()


def _drop_imported(submission: Submission, by: User) -> None:
    """Drop the records of an import that wait; those that others have built on stay."""
    if submission.kind == SubmissionKind.IMPORT:
        papers.remove_all(rows=imports.waiting(submission), by=by, reason="Withdrawn")


def _declined_imported(submission: Submission) -> list[Paper]:
    if submission.kind != SubmissionKind.IMPORT:
        return []
    return list(imports.records(submission).filter(visibility=Visibility.DECLINED).select_for_update(of=("self",)).order_by("pk"))


def _wait_again(declined: Sequence[Paper], by: User) -> None:
    """Records of an import that were declined wait once more."""
    before, after = {"visibility": Visibility.DECLINED.value}, {"visibility": Visibility.WAITING.value}
    for some in batched(declined, AT_ONCE, strict=False):
        Paper.objects.filter(pk__in=[paper.pk for paper in some]).update(visibility=Visibility.WAITING, modified=timezone.now())
        audit.record_all(audit.entry(EventKind.CHANGED, paper, by=by, before=before, after=after, reason="Appealed") for paper in some)


def within_limit(by: User) -> None:
    """Refuse one open submission too many."""
    if Submission.objects.open().filter(contributor=by).count() >= settings.MAX_OPEN_SUBMISSIONS:
        title = f"You have {settings.MAX_OPEN_SUBMISSIONS} open submissions."
        raise Conflict(title, "Wait for decisions, or withdraw or discard some.")


def within_rate(by: User, kind: EventKind) -> None:
    """Refuse writes that come too fast; the record counts them, over all processes and faces."""
    mine = AuditEvent.objects.filter(actor=by, object_type="submission", kind=kind)
    now = timezone.now()
    for window, limit, words in ((MINUTE, settings.WRITES_A_MINUTE, "a minute"), (DAY, settings.WRITES_A_DAY, "a day")):
        if mine.filter(at__gt=now - window).count() >= limit:
            title = f"This is more than {limit} writes in {words}."
            raise TooMany(title, "Wait and try again.", retry_after=int(window.total_seconds()))


# -- from content to rows --


def _make_paper(submission: Submission, by: User) -> None:
    content = submission.content
    paper = Paper.objects.select_for_update(of=("self",)).filter(pk=_paper(submission, by).pk).exclude(visibility=Visibility.MERGED).first()
    if paper is None:
        title = "The record was withdrawn a moment ago."
        raise Conflict(title, "Hand it in once more.")
    if paper.visibility not in UNDECIDED and not content.get("tags") and not proposed_method(content, paper):
        raise Invalid({"tags": [NOTHING]})
    submission.paper = paper
    Submission.objects.filter(pk=submission.pk).update(paper=paper)  # from here on they know of a record that they joined
    rows = {tag.public_id: tag for tag in submission.tags.all()}
    decided = {public_id for public_id, tag in rows.items() if tag.status != ReviewStatus.PROPOSED}
    wanted = [(number, data) for number, data in enumerate(content.get("tags", [])) if data.get("id") not in decided]
    named = {data.get("id") for _, data in wanted}
    for public_id in set(rows) - named - decided:
        tags.remove(tag=rows.pop(public_id), by=by, reason="Left out")
    faults = handed_in.Faults()
    _propose(submission, paper, wanted, rows, faults, by)
    if faults:
        raise Invalid(faults)


def _propose(  # noqa: PLR0917  # what a proposal is made of
    submission: Submission, paper: Paper, wanted: Sequence[tuple[int, Data]], rows: dict[str, Tag], faults: handed_in.Faults, by: User
) -> None:
    """Store these tags, each new or the one of `rows` that it names, and note in the content which is which."""
    found = targets.by_code(data.get("target", "") for _, data in wanted)
    others = paper.tags.filter(status=ReviewStatus.ACCEPTED).exclude(submission=submission)
    there = set(others.values_list("statement", "call", "problem", "relation"))
    for number, data in wanted:
        where = f"tags.{number}"
        target = found.get(data.get("target", ""))
        if target is None:
            faults.add(f"{where}.target", not_there(data.get("target", "")))
            continue
        tag = rows.pop(data.get("id", ""), None) or Tag(submission=submission)
        tag.paper = paper
        try:
            aim(tag, target)
        except Invalid as error:
            faults.add(f"{where}.target", str(error.title))
            continue
        for name in ("relation", "basis") if tag.text_restricted else ("relation", "basis", "rationale", "locator"):
            setattr(tag, name, data.get(name, ""))
        if (tag.statement_id, tag.call_id, tag.problem_id, tag.relation) in there and paper.twin_of_id is None:
            faults.add(f"{where}.target", f"{tag.code} {tag.relation.replace('_', ' ')} is on this paper already.")
            continue
        _collect(faults, where, lambda tag=tag: tags.save(tag=tag, by=by))  # type: ignore[misc]  # a default, to bind it now
        data["id"] = tag.public_id


def _paper(submission: Submission, by: User) -> Paper:
    """The paper that a submission is about: the one it names, the one that its record tells of, or a new one that waits."""
    content = submission.content
    if content.get("paper"):
        known_by_id = named(content["paper"], by)
        if known_by_id is None:
            raise Invalid({"paper": ["There is no such paper."]})
        return known_by_id
    if not content.get("record"):
        raise Invalid({"record": ["Say which paper this is about: name one on record, or write its record."]})
    record = handed_in.to_record(content["record"])
    if _is_theirs(submission.paper, by):
        return _resubmitted(submission.paper, content["record"], by)
    for last in (False, True):
        known: Paper | None = papers.find(record=record, by=by) or _waiting_elsewhere(record)
        if known is not None:
            papers.raise_advisory(paper=known, level=content["record"].get("advisory", 0), topics=content["record"].get("topics", []), by=by)
            return known
        try:
            with transaction.atomic():
                fresh = papers.from_record(record)
                papers.advise(fresh, content["record"].get("advisory", 0), content["record"].get("topics", []))
                return papers.save(paper=fresh, authors=record.authors, identifiers=record.identifiers, by=by)
        except Conflict:
            if last:
                raise
        except Invalid as error:
            raise Invalid({_place("record", field): sentences for field, sentences in error.errors.items()}) from error
    raise AssertionError  # the loop ends by returning or raising


def _waiting_elsewhere(record: PaperRecord) -> Paper | None:
    """A record with one of these identifiers that waits, handed in by somebody else: it is joined, and a twin like any other.

    A restricted one is not joined: see papers.save.
    """
    same = Q(pk__in=[])
    for scheme, value in record.identifiers:
        same |= Q(identifiers__scheme=scheme, identifiers__value=value)
    found: Paper | None = Paper.objects.filter(same, visibility__in=UNDECIDED).order_by("pk").first() if record.identifiers else None
    return found


def _is_theirs(paper: Paper | None, by: User) -> TypeGuard[Paper]:
    """Whether a record is what `by` handed in before, undecided and joined by nobody: then it is written anew, and else looked up anew."""
    if paper is None or paper.logged_by_id != by.pk or paper.visibility not in UNDECIDED:
        return False
    return not joined_by_others(paper, by)


def joined_by_others(paper: Paper, by: User) -> bool:
    """Whether others than `by` handed in the same work: then nobody changes the record alone."""
    return paper.submissions.filter(kind=SubmissionKind.PAPER).exclude(contributor=by).exists()


def _resubmitted(paper: Paper, data: Mapping[str, Any], by: User) -> Paper:
    """A record that was handed in before, with what has changed of it since."""
    advised = {
        "advisory": max(paper.advisory, data.get("advisory", 0)),
        "topics": [*paper.topics, *data.get("topics", [])],
    }  # lowered by reviewers only
    fresh, lists = rewritten(paper, {**data, **advised, "retracted": paper.is_retracted, "corrected": paper.is_corrected})
    try:
        return papers.save(paper=fresh, by=by, **lists)
    except Invalid as error:
        raise Invalid({_place("record", field): sentences for field, sentences in error.errors.items()}) from error


def aim(tag: Tag, target: targets.AnyTarget) -> None:
    """Tie a tag to this target and no other. Raises Invalid for a retired statement that it is not tied to already."""
    if isinstance(target, Statement) and tag.statement_id != target.pk:
        current(target)
    tag.statement = target if isinstance(target, Statement) else None
    tag.call = target if isinstance(target, CallToAction) else None
    tag.problem = target if isinstance(target, Problem) else None


def current(statement: Statement) -> None:
    """Raise Invalid where a statement is retired, naming its successor."""
    if statement.retired_on:
        raise Invalid({"target": [f"{statement.code} is retired.{f' Use {statement.successor.code}.' if statement.successor else ''}"]})


def _make_search(submission: Submission, by: User) -> None:
    data = submission.content.get("search", {})
    codes: list[str] = data.get("targets", [])
    faults = handed_in.Faults()
    if not codes:
        faults.add("search.targets", "Name the statement, or the problem, that you searched for.")
    day = None
    try:
        day = date.fromisoformat(data.get("searched_on", ""))
    except ValueError:
        faults.add("search.searched_on", "Write the day of the search like 2026-01-31.")
    found = targets.by_code(code.upper() for code in codes)
    _drop_searches(submission, by)
    decided = {search.code for search in submission.searches.all()}
    for number, code in enumerate(dict.fromkeys(code.upper() for code in codes)):
        target = found.get(code)
        where = f"search.targets.{number}"
        if target is None or isinstance(target, CallToAction):
            faults.add(where, not_there(code) if target is None else "A search is for a statement or a problem, not for a call.")
            continue
        try:
            if isinstance(target, Statement):
                current(target)
        except Invalid as error:
            faults.add(where, error.title)
            continue
        if day and code not in decided:
            search = Search(submission=submission, where=data.get("where", ""), query=data.get("query", ""), searched_on=day)
            setattr(search, "statement" if isinstance(target, Statement) else "problem", target)
            _collect(faults, "search", lambda search=search: tags.save_search(search=search, by=by))  # type: ignore[misc]  # as above
    if faults:
        raise Invalid(faults)


def _make_correction(submission: Submission, by: User) -> None:
    data = submission.content.get("correction", {})
    if bool(data.get("paper")) == bool(data.get("tag")):
        raise Invalid({"correction": ["Say what is to be corrected: a paper, or a tag."]})
    submission.corrected_tag = None
    if data.get("paper"):
        submission.paper = named(data["paper"], by)
        if submission.paper is None:
            raise Invalid({"correction.paper": ["There is no such paper."]})
    else:
        standing = Tag.objects.visible_to(by).filter(status=ReviewStatus.ACCEPTED)
        submission.corrected_tag = standing.filter(public_id=data["tag"]).select_related("paper").first()
        if submission.corrected_tag is None:
            raise Invalid({"correction.tag": ["There is no such tag."]})
        submission.paper = submission.corrected_tag.paper
    if not data.get("changes"):
        raise Invalid({"correction.changes": [NO_CHANGE]})
    corrected(submission)


def corrected(submission: Submission) -> tuple[Paper | Tag, dict[str, Any]]:
    """What a correction would make of its paper or tag, unsaved and held against the rules, and for a paper the lists that belong to it.

    Raises Invalid by the place in the content.
    """
    proposed: Data = submission.content["correction"]["changes"]
    if submission.corrected_tag:
        return _corrected_tag(submission.corrected_tag, proposed), {}
    paper = Paper.objects.get(pk=submission.paper_id)
    data = full_record(paper)
    if unknown := set(proposed) - set(data):
        raise Invalid({f"correction.changes.{name}": ["A paper has no such field."] for name in sorted(unknown)})
    ordered = {name: papers.in_order(proposed[name], words) for name, words in (("modalities", Modality), ("topics", Topic)) if name in proposed}
    if all(value == data[name] for name, value in (proposed | ordered).items()):
        raise Invalid({"correction.changes": [NO_CHANGE]})
    try:
        paper, lists = rewritten(paper, data | proposed)
    except Invalid as error:
        raise Invalid({field.replace("record", "correction.changes", 1): each for field, each in error.errors.items()}) from error
    if proposed.get("topics") and not paper.topics:
        raise Invalid({"correction.changes.topics": ["Topics count from level 1 on. Propose a level, too."]})
    _hold(paper)
    return paper, {name: value if name in proposed else None for name, value in lists.items()}


def full_record(paper: Paper) -> Data:
    """All that a correction may change of a paper, as it is."""
    more = {"advisory": paper.advisory, "topics": list(paper.topics), "retracted": paper.is_retracted, "corrected": paper.is_corrected}
    method = {"material": paper.material, "modalities": list(paper.modalities)}
    return handed_in.from_record(paper.to_record()) | more | method


def rewritten(paper: Paper, data: Mapping[str, Any]) -> tuple[Paper, dict[str, Any]]:
    """A paper with the values of `data` (a full record), unsaved, and the lists that belong to it. Raises Invalid by place."""
    record = handed_in.to_record(data)
    fresh = papers.from_record(record)
    for name in ("title", "abstract", "year", "month", "day", "venue", "type", "url"):
        setattr(paper, name, getattr(fresh, name))
    papers.advise(paper, data.get("advisory", 0), data.get("topics", paper.topics))
    paper.is_retracted, paper.is_corrected = data.get("retracted", False), data.get("corrected", False)
    paper.material, paper.modalities = data.get("material", paper.material), papers.in_order(data.get("modalities", paper.modalities))
    return paper, {"authors": record.authors, "identifiers": record.identifiers}


def _corrected_tag(tag: Tag, proposed: Data) -> Tag:
    fresh = Tag.objects.select_related("statement__problem", "statement__successor", "call", "problem", "paper").get(pk=tag.pk)
    before = audit.snapshot(fresh)
    if unknown := set(proposed) - {*handed_in.TAG}:
        raise Invalid({f"correction.changes.{name}": ["A tag has no such field."] for name in sorted(unknown)})
    if "target" in proposed:
        target = targets.by_code([proposed["target"]]).get(proposed["target"])
        if target is None:
            raise Invalid({"correction.changes.target": [not_there(proposed["target"])]})
        try:
            aim(fresh, target)
        except Invalid as error:
            raise Invalid({"correction.changes.target": [error.title]}) from error
    for name in ("relation", "rationale", "locator", "basis"):
        if name in proposed:
            setattr(fresh, name, proposed[name])
    if audit.snapshot(fresh) == before:
        raise Invalid({"correction.changes": [NO_CHANGE]})
    restricted = fresh.text_restricted
    fresh.text_restricted = False if fresh.rationale else restricted  # nobody is told here that there is a text to hide
    _hold(fresh)
    fresh.text_restricted = restricted
    return fresh


def _hold(thing: Paper | Tag) -> None:
    """Hold what a correction proposes against the rules of the model."""
    try:
        changes.validate(thing)
    except Invalid as error:
        raise Invalid({_place("correction.changes", field): sentences for field, sentences in error.errors.items()}) from error


def not_there(code: str) -> str:
    """What to say where a code stands for nothing."""
    return (
        f"There is no “{code}”. Write a code like P5.L2, C3 or P5." if code else "Choose what the paper bears on: a statement, a call or a problem."
    )


NAMES = {"statement": "target", "call": "target", "problem": "target", "url": "address", "year": "date", "month": "date", "day": "date"}


def _place(where: str, field: str) -> str:
    """Place in the content of a field of a model."""
    return f"{where}.{NAMES.get(field, field)}" if field else where


def _collect(faults: handed_in.Faults, where: str, write: Callable[[], object]) -> None:
    """Do a write; note what is wrong with it, and go on."""
    try:
        with transaction.atomic():
            write()
    except Invalid as error:
        for field, sentences in error.errors.items():
            for sentence in sentences:
                faults.add(_place(where, field), sentence)
    except TrackerError as error:
        faults.add(where, str(error))


def _make_import(submission: Submission, by: User) -> None:
    """An import makes its rows while its file is read (services/imports.py); what was taken back is gone."""
    _ = submission, by
    raise Conflict("An import is not handed in again.", "Import the file once more.")


_MAKE: Mapping[SubmissionKind, Callable[[Submission, User], None]] = {
    SubmissionKind.PAPER: _make_paper,
    SubmissionKind.SEARCH: _make_search,
    SubmissionKind.CORRECTION: _make_correction,
    SubmissionKind.IMPORT: _make_import,
}
