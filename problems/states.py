"""The state of a limitation, derived from the accepted tags against it. A pure function of the evidence: nobody sets a state.

The first that holds of: contested (an accepted disputes, or a confirms whose paper is later than that of an addresses or narrows),
addressed (addresses by two papers without a common author), narrowed (a narrows or an addresses), confirmed (a confirms), untouched.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, groupby

from problems.choices import Relation, State
from problems.records import PartialDate, PersonName


@dataclass(frozen=True, slots=True)
class Evidence:
    """One accepted tag against a limitation: what it says, when it was accepted, and of its paper the date and the authors."""

    tag: int
    relation: Relation
    accepted_at: datetime
    paper: int
    date: PartialDate | None = None
    authors: tuple[PersonName, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A change of state: from, to, when (acceptance of the tag) and by which tag."""

    before: State
    after: State
    at: datetime
    tag: int


def same_person(one: PersonName, other: PersonName) -> bool:
    """Whether two author names count as one person: by ORCID where both have one, else by family name and first initial."""
    if one.orcid and other.orcid:
        return one.orcid == other.orcid
    return one.family_key == other.family_key != ""


def common_author(one: Evidence, other: Evidence) -> bool:
    """Whether two papers share an author; a paper shares all with itself. A paper without authors is independent of nothing."""
    if one.paper == other.paper or not one.authors or not other.authors:
        return True
    return any(same_person(a, b) for a in one.authors for b in other.authors)


def state(evidence: Sequence[Evidence]) -> State:
    """State of a limitation with this evidence."""
    by: dict[Relation, list[Evidence]] = {relation: [] for relation in Relation}
    for piece in evidence:
        by[piece.relation].append(piece)
    progress = by[Relation.ADDRESSES] + by[Relation.NARROWS]
    if by[Relation.DISPUTES] or any(_later(confirms, earlier) for confirms in by[Relation.CONFIRMS] for earlier in progress):
        return State.CONTESTED
    if any(not common_author(one, other) for one, other in combinations(by[Relation.ADDRESSES], 2)):
        return State.ADDRESSED
    if progress:
        return State.NARROWED
    return State.CONFIRMED if by[Relation.CONFIRMS] else State.UNTOUCHED


def steps(evidence: Iterable[Evidence]) -> list[Step]:
    """Every change of state, oldest first. Tags accepted at one instant make one step, told of the tag that completed it."""
    found: list[Step] = []
    seen: list[Evidence] = []
    now = State.UNTOUCHED
    for at, group in groupby(sorted(evidence, key=lambda piece: (piece.accepted_at, piece.tag)), key=lambda piece: piece.accepted_at):
        before, mover = now, 0
        for piece in group:
            seen.append(piece)
            if now == State.CONTESTED:  # more evidence does not end a contest
                continue
            if (then := state(seen)) != now:
                now, mover = then, piece.tag
        if now != before:
            found.append(Step(before=before, after=now, at=at, tag=mover))
    return found


def _later(one: Evidence, other: Evidence) -> bool:
    return one.date is not None and other.date is not None and one.date.later_than(other.date)
