"""What this request was let through to: restricted records and texts, noted where their rows are read, whatever face asked for them.

The models note here (`Paper.from_db` and its like); `middleware.RestrictedReads` writes the log of what was noted before the answer leaves.
Outside of a request nothing is noted: commands are of whoever has the shell.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from problems.choices import Visibility

WITHHELD = frozenset({Visibility.RESTRICTED.value, Visibility.TRASHED.value})
"""What only those who review see. What was thrown away counts: it may have been restricted before."""


@dataclass(slots=True)
class Noted:
    """Keys of what was read in a request."""

    restricted: dict[int, str] = field(default_factory=dict)
    """Records that are restricted, each with its public id where that was read."""
    others: set[int] = field(default_factory=set)
    """Records that are not."""
    told_of: set[int] = field(default_factory=set)
    """Records of which something was read that is kept elsewhere: in an entry of the record of changes, in a tag, as it was handed in."""
    texts: set[int] = field(default_factory=set)
    """Tags whose restricted text was read."""
    logged: set[tuple[str, int]] = field(default_factory=set)
    """What stands in the log already."""

    def __bool__(self) -> bool:
        """Whether anything may have to be logged."""
        return bool(self.restricted or self.texts or not self.told_of <= self.others)

    def clear(self) -> None:
        """Begin anew, but for what is known not to be restricted, and for what is logged."""
        for keys in (self.restricted, self.told_of, self.texts):
            keys.clear()


_noted: ContextVar[Noted | None] = ContextVar("noted", default=None)


@contextmanager
def noting(noted: Noted) -> Iterator[None]:
    """Note what is read inside."""
    token = _noted.set(noted)
    try:
        yield
    finally:
        _noted.reset(token)


def paper(key: int, public_id: str, visibility: str) -> None:
    """Note that a record was read."""
    if (noted := _noted.get()) is None:
        return
    if visibility in WITHHELD:
        noted.restricted[key] = public_id
    else:
        noted.others.add(key)


def part_of(key: int | None) -> None:
    """Note that something about this record was read, whether it is restricted or not."""
    if key is not None and (noted := _noted.get()) is not None:
        noted.told_of.add(key)


def text(tag: int) -> None:
    """Note that the restricted text of a tag was read."""
    if (noted := _noted.get()) is not None:
        noted.texts.add(tag)
