"""The plain shape of a paper that every format and source speaks, and that services turn into rows."""

import calendar
import re
from dataclasses import dataclass
from typing import Self

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.text import fold

YEARS = range(1000, 2101)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?", re.ASCII)
_DATE_HINT = "Write 2024, 2024-05 or 2024-05-01."


@dataclass(frozen=True, slots=True)
class PersonName:
    """A name in parts as bibliographies know them; `literal` alone for organisations and for names that cannot be parted."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""
    orcid: str = ""

    @property
    def display(self) -> str:
        """The name in reading order: Ludwig van Beethoven, Martin King Jr."""
        return self.literal or " ".join(part for part in (self.given, self.particle, self.family, self.suffix) if part)

    @property
    def inverted(self) -> str:
        """The name in the order of a bibliography: van Beethoven, Ludwig; King, Jr., Martin."""
        if self.literal:
            return self.literal
        family = " ".join(part for part in (self.particle, self.family) if part)
        return ", ".join(part for part in (family, self.suffix, self.given) if part)

    @property
    def family_key(self) -> str:
        """Equal for two names with the same family name and first initial, whatever their case and marks; empty for an empty name."""
        family = _folded(self.literal or f"{self.particle} {self.family}")
        initial = _folded(self.given)[:1]
        return f"{family} {initial}".strip()

    def __str__(self) -> str:
        """The name in reading order."""
        return self.display


@dataclass(frozen=True, slots=True, order=False)
class PartialDate:
    """A day, a month or a year, as precise as known. Two of them have no total order: use `later_than`."""

    year: int
    month: int | None = None
    day: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no calendar has."""
        if self.year not in YEARS:
            raise Unparsable(f"{self.year} is not a year.", "Write four digits, for example 2024.", field="year")
        if self.month is None:
            if self.day is not None:
                raise Unparsable("A day needs its month.", _DATE_HINT, field="month")
            return
        if not 1 <= self.month <= 12:  # noqa: PLR2004 (months of a year)
            raise Unparsable(f"{self.month} is not a month.", "Write a number from 1 to 12.", field="month")
        if self.day is not None and not 1 <= self.day <= calendar.monthrange(self.year, self.month)[1]:
            raise Unparsable(f"{calendar.month_name[self.month]} {self.year} has no day {self.day}.", _DATE_HINT, field="day")

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2024", "2024-05" or "2024-05-01". Raises Unparsable."""
        match = _DATE.fullmatch(text.strip())
        if match is None:
            raise Unparsable(f"“{text.strip()[:40]}” is not a date.", _DATE_HINT, field="date")
        year, month, day = (int(part) if part else None for part in match.groups())
        return cls(year or 0, month, day)

    def later_than(self, other: Self) -> bool:
        """Whether this is known to be later: 2024-05 is later than 2023 and than 2024-04-30, and not later than 2024."""
        for mine, theirs in ((self.year, other.year), (self.month, other.month), (self.day, other.day)):
            if mine is None or theirs is None:
                return False
            if mine != theirs:
                return mine > theirs
        return False

    def __str__(self) -> str:
        """ISO 8601, cut to what is known."""
        return "-".join([f"{self.year:04}", *(f"{part:02}" for part in (self.month, self.day) if part is not None)])


@dataclass(frozen=True, slots=True)
class PaperRecord:
    """A paper as a file or a service tells of it: text is clean (see text.py), identifiers are normalised, nothing of it touched a database.

    `key` is what its file calls it. `keywords` go out with what is said about the paper ("P5.L2 narrows"); coming in they decide nothing.
    """

    title: str
    authors: tuple[PersonName, ...] = ()
    date: PartialDate | None = None
    venue: str = ""
    type: PaperType = PaperType.OTHER
    url: str = ""
    abstract: str = ""
    identifiers: tuple[tuple[Scheme, str], ...] = ()
    key: str = ""
    keywords: tuple[str, ...] = ()


def _folded(text: str) -> str:
    """`text` in lower case, its letters and digits only, without marks: "Ó Brádaigh" and "o'bradaigh" are one."""
    return "".join(character for character in fold(text) if character.isalnum())
