"""Proposed changes of the catalogue: what each is about, what publishing it would change, and which tags it would move. Pure reading."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Max, QuerySet
from django.utils import timezone

from problems import states
from problems.choices import ChangeKind, ReviewStatus, Section, State
from problems.models import CallToAction, CatalogueChange, Declaration, Problem, Search, Statement, Tag, Watch
from problems.pagination import Ordering
from problems.permissions import Actor
from problems.queries.evidence import evidence_for
from problems.queries.targets import AnyTarget, code_of
from problems.queries.versions import Line, line

WORDING: Mapping[type[AnyTarget], tuple[str, ...]] = {
    Problem: ("title", "question", "summary"),
    Statement: ("text", "review_by"),
    CallToAction: ("text",),
}
"""What can be worded otherwise."""
LABELS = {
    "title": "Title",
    "question": "Question",
    "summary": "Summary",
    "section": "List",
    "text": "Wording",
    "review_by": "Still true until",
    "successor": "Successor",
    "retired_on": "Retired on",
}
LETTERS = {Section.EXISTING_WORK: "E", Section.LIMITATION: "L"}
UNDO = "undo"
"""Under this name `before` holds what undoing takes: keys of rows, for nobody's eyes."""
MOVING = (ReviewStatus.ACCEPTED, ReviewStatus.PROPOSED)
SHOWN = 20
LATEST = Ordering("created", "Latest first", ("-created", "public_id"))


@dataclass(frozen=True, slots=True)
class Moves:
    """Keys of what a retirement moves to the successor, and of the tags that stay, because the same is said there already."""

    tags: list[int] = field(default_factory=list)
    stay: list[int] = field(default_factory=list)
    searches: list[int] = field(default_factory=list)
    declarations: list[int] = field(default_factory=list)
    watches: list[int] = field(default_factory=list)
    calls: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Outlook:
    """A statement, its state now, and what it would be; empty where it would have none."""

    code: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What publishing a proposal would do now, as far as its reader may know; `obstacle` says why it cannot be published, if so."""

    lines: list[Line]
    obstacle: str
    states: list[Outlook] = field(default_factory=list)
    moving: int = 0
    staying: int = 0
    tags: list[Tag] = field(default_factory=list)
    staying_tags: list[Tag] = field(default_factory=list)
    searches: int = 0
    declarations: int = 0
    followers: int = 0
    calls: list[str] = field(default_factory=list)


def listed(user: Actor) -> QuerySet[CatalogueChange]:
    """Proposals that `user` may know of, with what a row shows."""
    rows: QuerySet[CatalogueChange] = CatalogueChange.objects.visible_to(user).select_related(
        "problem", "statement__problem", "statement__successor", "call", "by", "answered_by"
    )
    return rows


def about(change: CatalogueChange) -> AnyTarget:
    """What it is about: of a new statement the problem."""
    found = change.problem or change.statement or change.call
    if found is None:  # the database rules it out
        raise LookupError(change)
    return found


def kinds(thing: AnyTarget) -> tuple[ChangeKind, ...]:
    """Kinds of change that there may be of it: none of what is retired."""
    if isinstance(thing, Statement):
        return () if thing.retired_on else (ChangeKind.WORDING, ChangeKind.RETIREMENT)
    return (ChangeKind.WORDING, ChangeKind.NEW) if isinstance(thing, Problem) else (ChangeKind.WORDING,)


def plain(value: object) -> str:
    """A value as a proposal keeps it."""
    return value.isoformat() if isinstance(value, date) else str(value or "")


def now(thing: AnyTarget, fields: Iterable[str]) -> dict[str, str]:
    """What stands in these fields."""
    return {name: plain(getattr(thing, name)) for name in fields}


def next_position(problem: Problem, section: str) -> int:
    """The first place that no statement of this list has or had."""
    return (Statement.objects.filter(problem=problem, section=section).aggregate(last=Max("position"))["last"] or 0) + 1


def code_at(problem: Problem, section: str, position: int) -> str:
    """The code of this place."""
    return f"P{problem.number}.{LETTERS[Section(section)]}{position}"


def successor_of(change: CatalogueChange) -> Statement | None:
    """The successor that a retirement names."""
    code = change.values.get("successor", "")
    return Statement.objects.select_related("problem").filter(code=code).first() if code else None


def was(change: CatalogueChange) -> dict[str, str]:
    """What stood there when it was proposed."""
    return {name: value for name, value in change.before.items() if name != UNDO}


def obstacle(change: CatalogueChange) -> str:
    """Why it cannot be published as it is: what it is about has changed since it was proposed. Empty where it can."""
    thing = about(change)
    code = code_of(thing)
    if isinstance(thing, Statement) and thing.retired_on:
        return f"{code} is retired by now."
    if change.kind == ChangeKind.NEW:
        return ""
    before = was(change)
    expected = {name: value for name, value in before.items() if name != "successor_text"}
    if now(thing, expected) != expected:
        return f"{code} has changed since this was proposed."
    if change.values.get("successor"):
        successor = successor_of(change)
        if successor is None or successor.retired_on:
            return f"{change.values['successor']} is retired by now."
        if successor.text != before["successor_text"]:
            return f"{successor.code} has changed since this was proposed."
    return ""


def moves(statement: Statement, successor: Statement) -> Moves:
    """What would move from one to the other: tags that are accepted or proposed, searches, open declarations, followers, and the calls served."""
    there = list(Tag.objects.filter(statement=successor, status__in=MOVING).values_list("status", "paper", "relation", "contributor"))
    accepted = {(paper, relation) for status, paper, relation, _ in there if status == ReviewStatus.ACCEPTED}
    proposed = {row[1:] for row in there if row[0] == ReviewStatus.PROPOSED}
    found = Moves()
    rows = Tag.objects.filter(statement=statement, status__in=MOVING).order_by("pk").values_list("pk", "status", "paper", "relation", "contributor")
    for key, status, *said in rows:
        same = (said[0], said[1]) in accepted or (status == ReviewStatus.PROPOSED and tuple(said) in proposed)
        (found.stay if same else found.tags).append(key)
    found.searches.extend(Search.objects.filter(statement=statement, status__in=MOVING).order_by("pk").values_list("pk", flat=True))
    open_there = Declaration.objects.filter(statement=successor, ended_at=None).values("team")
    declared = Declaration.objects.filter(statement=statement, ended_at=None, until__gte=timezone.localdate()).exclude(team__in=open_there)
    found.declarations.extend(declared.order_by("pk").values_list("pk", flat=True))
    watched = Watch.objects.filter(statement=statement).exclude(user__in=Watch.objects.filter(statement=successor).values("user"))
    found.watches.extend(watched.order_by("pk").values_list("pk", flat=True))
    found.calls.extend(statement.calls.order_by("pk").values_list("pk", flat=True))
    return found


def lines(change: CatalogueChange) -> list[Line]:
    """What stood there when it was proposed, beside what should stand there."""
    before, values = was(change), dict(change.values)
    if "section" in values:
        values["section"] = Section(values["section"]).label
    return [
        line(name, label, before.get(name, ""), values[name]) for name, label in LABELS.items() if values.get(name) or name in before.keys() & values
    ]


def preview(change: CatalogueChange, user: Actor) -> Preview:
    """What publishing it now would do: a fixed number of queries."""
    thing = about(change)
    if change.kind != ChangeKind.RETIREMENT:
        return Preview(lines(change), obstacle(change))
    if not isinstance(thing, Statement):  # a retirement is of a statement
        raise TypeError(thing)
    successor = successor_of(change)
    shown = [line("successor", LABELS["successor"], "", f"{successor.code} {successor.text}" if successor else "None")]
    if successor is None:
        return Preview(shown, obstacle(change), _states(thing, None, []))
    found = moves(thing, successor)
    tags = {tag.pk: tag for tag in Tag.objects.visible_to(user).for_lists().filter(pk__in=[*found.tags[:SHOWN], *found.stay[:SHOWN]])}
    known = set(Tag.objects.visible_to(user).filter(pk__in=[*found.tags, *found.stay]).values_list("pk", flat=True))
    return Preview(
        shown,
        obstacle(change),
        states=_states(thing, successor, found.tags),
        moving=len(known.intersection(found.tags)),
        staying=len(known.intersection(found.stay)),
        tags=[tags[key] for key in found.tags[:SHOWN] if key in tags],
        staying_tags=[tags[key] for key in found.stay[:SHOWN] if key in tags],
        searches=Search.objects.visible_to(user).filter(pk__in=found.searches).count(),
        declarations=len(found.declarations),
        followers=len(found.watches),
        calls=list(CallToAction.objects.filter(pk__in=found.calls).values_list("code", flat=True)),
    )


def _states(statement: Statement, successor: Statement | None, moving: list[int]) -> list[Outlook]:
    """States of both limitations before and after."""
    if statement.section != Section.LIMITATION:
        return []
    found = [Outlook(statement.code, statement.state, "")]
    if successor:
        evidence: Mapping[int, list[Any]] = evidence_for([statement.pk, successor.pk])
        carried = [piece for piece in evidence[statement.pk] if piece.tag in set(moving)]
        steps = states.steps([*evidence[successor.pk], *carried])
        found.append(Outlook(successor.code, successor.state, steps[-1].after if steps else State.UNTOUCHED))
    return found
