"""Changes of the catalogue: proposed by reviewers, published, declined or undone by curators. What a retirement moves goes to the successor.

What publishing would do is read by `queries.proposals.preview`; the same rows move here.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils import timezone

from problems.choices import ChangeKind, ChangeState, EventKind, ReviewStatus, Section, SubmissionState
from problems.errors import Conflict, Duplicate, Invalid
from problems.models import CallToAction, CatalogueChange, Declaration, Problem, Search, Statement, StateStep, Submission, Tag, User, Watch
from problems.permissions import Action, Actor, require
from problems.queries import proposals, targets
from problems.queries.proposals import UNDO, WORDING, Moves
from problems.queries.targets import AnyTarget, code_of
from problems.services import audit, catalogue, changes, coverage
from problems.services.checks_due import day_to_come
from problems.services.submissions import not_there

TAKES: Mapping[str, tuple[str, ...]] = {
    ChangeKind.WORDING: ("title", "question", "summary", "text", "review_by"),
    ChangeKind.NEW: ("section", "text", "review_by"),
    ChangeKind.RETIREMENT: ("successor",),
}
"""What each kind may hold."""
UNDECIDED = (SubmissionState.SUBMITTED, SubmissionState.CHANGES_REQUESTED)
GONE_ON = "It has changed since this was published, so it cannot be undone as a whole."
BY_HAND = "Propose another change instead."


@transaction.atomic
def propose(*, kind: str, target: str, values: Mapping[str, str], reason: str, by: User) -> CatalogueChange:
    """Propose another wording of a problem, statement or call, a new statement of a problem, or to retire a statement; `target` is a code.

    `values` are the new values by field, as typed: title, question, summary; text, review_by (a day, or empty); section; successor (a code).
    Raises Refused, Invalid by field, Duplicate where the same person has proposed the same already.
    """
    change = CatalogueChange(kind=kind, by=by, reason=reason)
    require(by, Action.PROPOSE_CHANGE, change)
    if kind not in ChangeKind.values:
        raise Invalid({"kind": [f"Choose one of: {', '.join(ChangeKind.values)}."]})
    thing = targets.by_code([target]).get(target)
    if thing is None:
        raise Invalid({"target": [not_there(target)]})
    if unfit := [name for name, value in values.items() if value and name not in TAKES[kind]]:
        raise Invalid({name: ["This is no part of such a change. Leave it empty."] for name in unfit})
    {ChangeKind.WORDING: _reword, ChangeKind.NEW: _add, ChangeKind.RETIREMENT: _retire}[ChangeKind(kind)](change, thing, values)
    changes.validate(change)
    said = {name: getattr(change, name) for name in ("kind", "state", "by", "problem", "statement", "call", "values", "before")}
    same = CatalogueChange.objects.filter(**said).first()
    if same:
        title = "You have proposed this already."
        raise Duplicate(title, "It waits for a curator.", known=same.public_id)
    change.save()
    audit.record(EventKind.PROPOSED, change, by=by, after={"kind": change.kind, "state": change.state}, reason=change.reason)
    return change


@transaction.atomic
def publish(*, change: CatalogueChange, by: Actor) -> CatalogueChange:
    """Make it so. Raises Refused, Invalid, Conflict where it was answered already, or where what it is about has changed since it was proposed."""
    fresh = _held(change, by, Action.PUBLISH_CHANGE, ChangeState.PROPOSED)
    if reason := proposals.obstacle(fresh):
        raise Conflict(reason, "Decline this proposal; its author can propose it anew.")
    write = {ChangeKind.WORDING: _publish_wording, ChangeKind.NEW: _publish_new, ChangeKind.RETIREMENT: _publish_retirement}
    fresh.before = proposals.was(fresh) | {UNDO: write[ChangeKind(fresh.kind)](fresh, by)}
    return _answered(fresh, ChangeState.PUBLISHED, by)


@transaction.atomic
def decline(*, change: CatalogueChange, answer: str, by: Actor) -> CatalogueChange:
    """Answer that it stays as it is, and why. Raises Refused, Invalid, Conflict where it was answered already."""
    fresh = _held(change, by, Action.PUBLISH_CHANGE, ChangeState.PROPOSED)
    if not answer.strip():
        raise Invalid({"answer": ["Say why, so that its author can learn from it."]})
    fresh.answer = answer
    return _answered(fresh, ChangeState.DECLINED, by)


@transaction.atomic
def withdraw(*, change: CatalogueChange, by: Actor) -> CatalogueChange:
    """Take one's own proposal back. Raises Refused, Conflict where it was answered already."""
    fresh = _held(change, by, Action.WITHDRAW_CHANGE, ChangeState.PROPOSED)
    fresh.state = ChangeState.WITHDRAWN
    fresh.save()
    _record(EventKind.WITHDRAWN, fresh, ChangeState.PROPOSED, by)
    return fresh


@transaction.atomic
def undo(*, change: CatalogueChange, by: Actor) -> CatalogueChange:
    """Put all back as it was. A new statement is retired again, since a code never changes its meaning.

    Raises Refused, Conflict where it is not published, or where what it changed has changed since.
    """
    fresh = _held(change, by, Action.PUBLISH_CHANGE, ChangeState.PUBLISHED)
    {ChangeKind.WORDING: _undo_wording, ChangeKind.NEW: _undo_new, ChangeKind.RETIREMENT: _undo_retirement}[ChangeKind(fresh.kind)](fresh, by)
    fresh.state, fresh.undone_at = ChangeState.UNDONE, timezone.now()
    fresh.save()
    _record(EventKind.UNDONE, fresh, ChangeState.PUBLISHED, by)
    return fresh


# -- what is proposed, held against the rules that it would have to keep --


def _reword(change: CatalogueChange, thing: AnyTarget, values: Mapping[str, str]) -> None:
    fields = WORDING[type(thing)]
    if unfit := [name for name, value in values.items() if value and name not in fields]:
        raise Invalid({name: [f"{code_of(thing)} has no such field. Leave it empty."] for name in unfit})
    if isinstance(thing, Statement) and thing.retired_on:
        raise Invalid({"target": [f"{thing.code} is retired, and stays as it was."]})
    worded = type(thing)._default_manager.get(pk=thing.pk)  # noqa: SLF001  # the documented way
    for name in set(fields) & set(values):
        setattr(worded, name, _day(values[name]) if name == "review_by" else values[name])
    changes.validate(worded)
    before, after = proposals.now(thing, fields), proposals.now(worded, fields)
    change.values = {name: after[name] for name in fields if after[name] != before[name]}
    change.before = {name: before[name] for name in change.values}
    if not change.values:
        raise Invalid({fields[0]: ["It reads the same as now. Write what should stand there instead."]})
    if change.values.get("review_by") and isinstance(worded, Statement) and worded.review_by:
        day_to_come(worded.review_by, "review_by")
    _aim(change, thing)


def _add(change: CatalogueChange, thing: AnyTarget, values: Mapping[str, str]) -> None:
    if not isinstance(thing, Problem):
        raise Invalid({"target": ["Write the code of the problem that it is to be a statement of, like P5."]})
    section = values.get("section", "")
    if section not in Section.values:
        raise Invalid({"section": [f"Choose one of: {', '.join(Section.values)}."]})
    made = _made(thing, section, values.get("text", ""), _day(values.get("review_by", "")))
    changes.validate(made)
    if made.review_by:
        day_to_come(made.review_by, "review_by")
    change.problem = thing
    change.values = {"section": section, "text": made.text, "review_by": proposals.plain(made.review_by)}


def _retire(change: CatalogueChange, thing: AnyTarget, values: Mapping[str, str]) -> None:
    if not isinstance(thing, Statement):
        raise Invalid({"target": ["Only statements are retired. Write a code like P5.L2."]})
    if thing.retired_on:
        raise Invalid({"target": [f"{thing.code} is retired already."]})
    code = values.get("successor", "").strip().upper()
    successor = targets.by_code([code]).get(code) if code else None
    if code and not isinstance(successor, Statement):
        raise Invalid({"successor": ["There is no such statement. Write a code like P5.L2, or leave it empty."]})
    if isinstance(successor, Statement):
        if successor == thing:
            raise Invalid({"successor": ["A statement does not follow itself."]})
        if successor.retired_on:
            raise Invalid({"successor": [f"{successor.code} is retired."]})
        if successor.section != thing.section:
            raise Invalid({"successor": ["A limitation is followed by a limitation, existing work by existing work: their tags say other things."]})
    change.statement = thing
    change.values = {"successor": successor.code if isinstance(successor, Statement) else ""}
    change.before = {"text": thing.text} | ({"successor_text": successor.text} if isinstance(successor, Statement) else {})


def _made(problem: Problem, section: str, text: str, review_by: date | None) -> Statement:
    """A new statement with the next free code."""
    position = proposals.next_position(problem, section)
    code = proposals.code_at(problem, section, position)
    return Statement(problem=problem, section=section, position=position, code=code, text=text, review_by=review_by)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError as error:
        raise Invalid({"review_by": ["Write the day like 2026-01-31, or leave it empty."]}) from error


def _aim(change: CatalogueChange, thing: AnyTarget) -> None:
    setattr(change, {Problem: "problem", Statement: "statement", CallToAction: "call"}[type(thing)], thing)


# -- published --


def _publish_wording(change: CatalogueChange, by: Actor) -> dict[str, Any]:
    _set_words(proposals.about(change), change.values, by, change.reason)
    return {}


def _publish_new(change: CatalogueChange, by: Actor) -> dict[str, Any]:
    if change.problem is None:  # the database rules it out
        raise LookupError(change)
    values = change.values
    made = _made(change.problem, values["section"], values["text"], _day(values["review_by"]))
    catalogue.save(thing=made, by=by, reason=change.reason)
    change.statement = made
    return {}


def _publish_retirement(change: CatalogueChange, by: Actor) -> dict[str, Any]:
    statement, successor = _pair(change)
    found = proposals.moves(statement, successor) if successor else Moves()
    statement.retired_on, statement.successor = timezone.localdate(), successor
    catalogue.save(thing=statement, by=by, reason=change.reason)
    calls: dict[str, Any] = {}
    if successor:
        _point(found, statement, successor, by, change.reason)
        for call in CallToAction.objects.filter(pk__in=found.calls).order_by("pk"):
            serves = list(call.serves.all())
            now = sorted({each for each in serves if each != statement} | {successor}, key=lambda each: each.pk)
            catalogue.save(thing=call, by=by, reason=change.reason, lists={"serves": now})
            calls[call.code] = {"before": [each.code for each in serves], "after": [each.code for each in now]}
    kept = {name: getattr(found, name) for name in ("tags", "searches", "declarations", "watches")}
    return kept | {"retired_on": proposals.plain(statement.retired_on), "calls": calls}


# -- undone --


def _undo_wording(change: CatalogueChange, by: Actor) -> None:
    thing = proposals.about(change)
    if proposals.now(thing, change.values) != change.values or (isinstance(thing, Statement) and thing.retired_on):
        raise Conflict(GONE_ON, BY_HAND)
    _set_words(thing, proposals.was(change), by, change.reason)


def _undo_new(change: CatalogueChange, by: Actor) -> None:
    statement = change.statement
    if statement is None or statement.retired_on or statement.text != change.values["text"]:
        raise Conflict(GONE_ON, BY_HAND)
    hanging = (statement.tags, statement.searches, statement.declarations, statement.calls, statement.predecessors)
    if any(rows.exists() for rows in hanging):
        title = f"{statement.code} is used by now: papers, searches, teams, calls or other statements point to it."
        raise Conflict(title, "Propose to retire it, with a successor where there is one.")
    statement.retired_on = timezone.localdate()
    catalogue.save(thing=statement, by=by, reason=change.reason)


def _undo_retirement(change: CatalogueChange, by: Actor) -> None:
    statement, successor = _pair(change)
    kept = change.before[UNDO]
    stands = statement.successor == successor and proposals.plain(statement.retired_on) == kept["retired_on"]
    if not stands or (successor and successor.retired_on):
        raise Conflict(GONE_ON, "Undo a later change of the two first, or propose another one.")
    calls = {call.code: call for call in CallToAction.objects.filter(code__in=kept["calls"])}
    if any({each.code for each in calls[code].serves.all()} != set(told["after"]) for code, told in kept["calls"].items()):
        raise Conflict(GONE_ON, "What a call serves was changed since. Change the two by hand.")
    statement.retired_on, statement.successor = None, None
    catalogue.save(thing=statement, by=by, reason=change.reason)
    if successor:
        found = Moves(**{name: kept[name] for name in ("tags", "searches", "declarations", "watches")})
        try:
            with transaction.atomic():
                _point(found, successor, statement, by, change.reason)
        except IntegrityError as error:
            raise Conflict(GONE_ON, "The same is said of both by now. Move their tags by hand.") from error
    for code, told in kept["calls"].items():
        serves = list(Statement.objects.filter(code__in=told["before"]))
        catalogue.save(thing=calls[code], by=by, reason=change.reason, lists={"serves": serves})


# -- how --


def _held(change: CatalogueChange, by: Actor, action: Action, state: ChangeState) -> CatalogueChange:
    """The proposal as it is now, in this state, with what it is about, all held until the end of the transaction.

    In the order of all writes: submissions, tags, statements; before them the proposal, so that one of two wins.
    """
    held = CatalogueChange.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=change.pk).first()
    if held is None:
        title = "This proposal is gone."
        raise Conflict(title, "Look at the list of proposals.")
    require(by, action, held)
    if held.state != state:
        title = f"This proposal is {held.get_state_display().lower()}."
        raise Conflict(title, "Somebody may have answered it a moment ago. Look at it once more.")
    pair: list[int | None] = [held.statement_id]
    if held.kind == ChangeKind.RETIREMENT:
        pair.append(Statement.objects.filter(code=held.values["successor"]).values_list("pk", flat=True).first())
        waiting = Q(tags__statement__in=pair) | Q(searches__statement__in=pair)
        _hold(Submission.objects.filter(pk__in=Submission.objects.filter(waiting, state__in=UNDECIDED).values("pk")))
        _hold(Tag.objects.filter(statement__in=pair))
    _hold(Problem.objects.filter(pk__in=[held.problem_id] if held.problem_id else []))
    _hold(Statement.objects.filter(pk__in=[pk for pk in pair if pk]))
    _hold(CallToAction.objects.filter(pk__in=[held.call_id] if held.call_id else []))
    fresh: CatalogueChange = proposals.listed(by).get(pk=held.pk)
    return fresh


def _hold(rows: "models.QuerySet[Any]") -> None:
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _pair(change: CatalogueChange) -> tuple[Statement, Statement | None]:
    if change.statement is None:  # the database rules it out
        raise LookupError(change)
    return change.statement, proposals.successor_of(change)


def _set_words(thing: AnyTarget, values: Mapping[str, str], by: Actor, reason: str) -> None:
    for name, value in values.items():
        setattr(thing, name, _day(value) if name == "review_by" else value)
    catalogue.save(thing=thing, by=by, reason=reason)


def _point(found: Moves, was: Statement, now: Statement, by: Actor, reason: str) -> None:
    """Point these rows to `now`, as far as they still point to `was`, and let submissions that wait say the same.

    Who follows `now` already, or has declared there, has it once.
    """
    moment = timezone.now()
    tags = list(Tag.objects.filter(pk__in=found.tags, statement=was))
    Tag.objects.filter(pk__in=[tag.pk for tag in tags]).update(statement=now, modified=moment)
    sides: dict[str, Any] = {"before": {"statement_id": was.pk}, "after": {"statement_id": now.pk}, "reason": reason}
    audit.record_all([audit.entry(EventKind.CHANGED, tag, by=by, **sides) for tag in tags])
    searches = list(Search.objects.filter(pk__in=found.searches, statement=was))
    Search.objects.filter(pk__in=[search.pk for search in searches]).update(statement=now, modified=moment)
    audit.record_all([audit.entry(EventKind.CHANGED, search, by=by, **sides) for search in searches])
    declared = Declaration.objects.filter(pk__in=found.declarations, statement=was)
    declared.exclude(ended_at=None, team__in=Declaration.objects.filter(statement=now, ended_at=None).values("team")).update(
        statement=now, modified=moment
    )
    watched = Watch.objects.filter(pk__in=found.watches, statement=was)
    watched.exclude(user__in=Watch.objects.filter(statement=now).values("user")).update(statement=now, modified=moment)
    StateStep.objects.filter(statement=was, tag__in=found.tags).delete()
    rows: list[Any] = [*tags, *searches]
    waiting = {row.submission_id for row in rows if row.submission_id and row.status == ReviewStatus.PROPOSED}
    moved = {tag.public_id for tag in tags}
    for submission in Submission.objects.select_for_update(of=("self",)).filter(pk__in=waiting, state__in=UNDECIDED).order_by("pk"):
        for data in submission.content.get("tags", []):
            if data.get("id") in moved:
                data["target"] = now.code
        if codes := submission.content.get("search", {}).get("targets"):
            submission.content["search"]["targets"] = list(dict.fromkeys(now.code if code.upper() == was.code else code for code in codes))
        submission.save()
    coverage.refresh({was.pk, now.pk})


def _answered(change: CatalogueChange, state: ChangeState, by: Actor) -> CatalogueChange:
    change.state, change.answered_at = state, timezone.now()
    change.answered_by = by if isinstance(by, User) else None
    changes.validate(change)
    change.save()
    _record(EventKind.ANSWERED, change, ChangeState.PROPOSED, by, reason=change.answer)
    return change


def _record(kind: EventKind, change: CatalogueChange, was: ChangeState, by: Actor, reason: str = "") -> None:
    audit.record(kind, change, by=by, before={"state": was.value}, after={"state": str(change.state)}, reason=reason)
