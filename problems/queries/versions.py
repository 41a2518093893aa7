"""Versions of a problem, a statement or a call, rebuilt from the record of changes; and the words in which two texts differ."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from problems.models import AuditEvent, CallToAction, Problem, Statement, User
from problems.queries.targets import AnyTarget

FIELDS: Mapping[type[AnyTarget], Mapping[str, str]] = {
    Problem: {"title": "Title", "question": "Question", "summary": "Summary", "challenges": "Challenge types"},
    Statement: {"text": "Wording", "review_by": "Still true until", "retired_on": "Retired on", "successor": "Successor"},
    CallToAction: {"text": "Wording", "serves": "Limitations that it serves"},
}
"""What a version is made of, by the name of the field as it is told, each with its label."""
COLUMNS = {"successor": "successor_id"}
SAME, ADDED, LEFT_OUT = "same", "added", "left_out"
_WORDS = re.compile(r"\s+|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Version:
    """What stood there from a change on until the next one."""

    number: int
    at: datetime
    kind: str
    actor: User | None
    reason: str
    values: dict[str, str]
    changed: tuple[str, ...]

    @property
    def label(self) -> str:
        """Its number as a word."""
        return str(self.number)


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of a text: the same in the other one, added, or left out."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A field of two versions, side by side."""

    name: str
    label: str
    before: list[Piece]
    after: list[Piece]
    differs: bool


def of(thing: AnyTarget) -> list[Version]:
    """All versions, the first one first. The entries of the record are taken back one by one from what stands there now. At most three queries.

    There are as many as curators made: all are read at once.
    """
    fields = FIELDS[type(thing)]
    entries = AuditEvent.objects.filter(about_catalogue=True).about(thing).select_related("actor").order_by("-pk")
    columns = {name: COLUMNS.get(name, name) for name in fields}
    touching = [entry for entry in entries if any(column in {**entry.before, **entry.after} for column in columns.values())]
    values = {column: _value(thing, column) for column in columns.values()}
    found: list[tuple[AuditEvent, dict[str, Any]]] = []
    for entry in touching:
        found.append((entry, dict(values)))
        values |= {column: entry.before.get(column) for column in values if column in entry.before or column in entry.after}
    codes = _codes(each["successor_id"] for _, each in found if "successor_id" in each)
    return [
        Version(
            number,
            at=entry.at,
            kind=entry.kind,
            actor=entry.actor,
            reason=entry.reason,
            values={name: _words(each[column], codes if name == "successor" else {}) for name, column in columns.items()},
            changed=tuple(name for name, column in columns.items() if column in entry.before or column in entry.after),
        )
        for number, (entry, each) in enumerate(reversed(found), start=1)
    ]


def beside(thing: AnyTarget, one: Version, other: Version) -> list[Line]:
    """Two versions side by side, field by field; fields that are empty in both are left out."""
    return [
        line(name, label, one.values[name], other.values[name])
        for name, label in FIELDS[type(thing)].items()
        if one.values[name] or other.values[name]
    ]


def line(name: str, label: str, before: str, after: str) -> Line:
    """One field of both."""
    old, new = differing(before, after)
    return Line(name, label, old, new, before != after)


def differing(before: str, after: str) -> tuple[list[Piece], list[Piece]]:
    """Both texts in pieces: what is the same, what was left out of the first, what was added in the second."""
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    left: list[Piece] = []
    right: list[Piece] = []
    for same, gone, come in _runs(old, new):
        if same:
            left.append(Piece(SAME, gone))
            right.append(Piece(SAME, come))
        else:
            left += [Piece(LEFT_OUT, gone)] if gone else []
            right += [Piece(ADDED, come)] if come else []
    return left, right


def _runs(old: list[str], new: list[str]) -> list[tuple[bool, str, str]]:
    """Runs that are the same, or not; a blank between two changes is part of them."""
    codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    runs: list[tuple[bool, str, str]] = []
    for place, (kind, start, end, first, last) in enumerate(codes):
        gone, come = "".join(old[start:end]), "".join(new[first:last])
        same = kind == "equal" and (bool(gone.strip()) or place in {0, len(codes) - 1})
        if runs and runs[-1][0] == same:
            runs[-1] = (same, runs[-1][1] + gone, runs[-1][2] + come)
        else:
            runs.append((same, gone, come))
    return runs


def _value(thing: Any, column: str) -> Any:
    """A field as the record keeps it."""
    match column:
        case "challenges":
            return [each.slug for each in thing.challenges.all()]
        case "serves":
            return [each.code for each in thing.serves.all()]
        case _:
            return getattr(thing, column)


def _codes(keys: Iterable[Any]) -> dict[Any, str]:
    wanted = {key for key in keys if key}
    return dict(Statement.objects.filter(pk__in=wanted).values_list("pk", "code")) if wanted else {}


def _words(value: Any, codes: Mapping[Any, str]) -> str:
    if value is None:
        return ""
    return ", ".join(map(str, value)) if isinstance(value, list) else codes.get(value, str(value))
