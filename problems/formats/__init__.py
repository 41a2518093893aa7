"""Formats that papers come in and go out by: one module of this folder each, with a FORMAT (a name with _ in front is a helper of theirs).

Upload forms, downloads, commands and docs ask this registry, so a new format is a new file and nothing else.
"""

import codecs
import pkgutil
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType

from problems.errors import Unparsable
from problems.formats._plain import FILE_LIMIT, decoded, within_limit
from problems.records import PaperRecord

EXACT = "tracker:%7B"
"""Begins what a format says in a field of our own, because it has no words for it (see _plain.py)."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """An entry of a file that could be read; `notes` are sentences on what was left out or guessed."""

    record: PaperRecord
    key: str
    line: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """An entry of a file that could not be read: where it stands, and a sentence that says why and what to do."""

    key: str
    line: int
    reason: str


class Answers[Entry](Iterator[Parsed | Failed]):
    """One answer for each of the entries that a file was parted into. How many there are is known from the start: `operator.length_hint`."""

    def __init__(self, entries: Sequence[Entry], answer: Callable[[Entry], Parsed | Failed]) -> None:
        """`answer` reads one entry."""
        self._entries, self._answer, self._place = entries, answer, 0

    def __next__(self) -> Parsed | Failed:
        if self._place >= len(self._entries):
            raise StopIteration
        self._place += 1
        return self._answer(self._entries[self._place - 1])

    def __length_hint__(self) -> int:
        return len(self._entries) - self._place


@dataclass(frozen=True, slots=True)
class Format:
    """A format; `read` raises Unparsable for a file as a whole and yields one answer for each of its entries. None: not in this direction.

    `starts` finds where the first entry starts in a file of this format. `for_citing`: it is shown beside a single paper, to be copied.
    """

    name: str
    label: str
    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes], Iterator[Parsed | Failed]] | None = None
    write: Callable[[Iterable[PaperRecord]], Iterator[str]] | None = None
    starts: re.Pattern[str] | None = None
    for_citing: bool = False

    def citation(self, record: PaperRecord) -> str:
        """The record to be copied by a person: bibliographic facts, without what only gives it back to a machine exactly."""
        if self.write is None:
            return ""
        authors = tuple(replace(name, orcid="") for name in record.authors)
        lines = "".join(self.write([replace(record, authors=authors, abstract="", keywords=())])).splitlines()
        return "\n".join(line for line in lines if EXACT not in line).strip().replace(",\n}", "\n}")


def by_name(name: str) -> Format:
    """The format called `name`. Raises Unparsable, naming those there are."""
    try:
        return FORMATS[name]
    except KeyError:
        raise Unparsable(f"There is no format “{name[:40]}”.", f"Choose one of {', '.join(FORMATS)}.", field="format") from None


def by_suffix(filename: str) -> Format:
    """The format of a file by the end of its name. Raises Unparsable, naming the ends there are."""
    suffix = PurePath(filename).suffix.lower()
    for form in FORMATS.values():
        if suffix in form.suffixes:
            return form
    known = ", ".join(suffix for form in FORMATS.values() for suffix in form.suffixes)
    raise Unparsable(
        f"The name of the file does not end like a format we know (“{suffix[:20]}”).", f"Use a file that ends with one of {known}.", field="format"
    )


_OTHERS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "an archive or a document of an office program"),
    (0, b"PK\x05\x06", "an archive"),
    (0, b"\x1f\x8b", "an archive"),
    (0, b"BZh", "an archive"),
    (0, b"\xfd7zXZ\x00", "an archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "an archive"),
    (0, b"Rar!", "an archive"),
    (0, b"\x28\xb5\x2f\xfd", "an archive"),
    (257, b"ustar", "an archive"),
    (0, b"%PDF", "a PDF"),
    (0, b"{\\rtf", "a document of an office program"),
    (0, b"\xd0\xcf\x11\xe0", "a document of an office program"),
    (0, b"SQLite format 3", "a database"),
    (0, b"\x89PNG", "an image"),
    (0, b"\xff\xd8\xff", "an image"),
    (0, b"GIF8", "an image"),
    (8, b"WEBP", "an image"),
    (0, b"\x7fELF", "a program"),
)
_MARKUP = re.compile(r"\s*<(?:\?xml|!doctype|!entity|[a-z][\w:.-]{0,40}[\s/>])", re.IGNORECASE)
_HEAD, _SEARCHED = 1_000, 2_000_000  # characters in which signs of a format are looked for
_NULS = 10  # so many at the start are no slip: what holds fewer is read, and the entry with one refused


def sniff(data: bytes, filename: str = "") -> Format:
    """The format of a file that is to be read: by what it holds, else by the end of its name. Raises Unparsable, naming what is read here."""
    readable = [form for form in FORMATS.values() if form.read]
    hint = f"Export it as one of {', '.join(form.label for form in readable)}."
    other = next((what for place, mark, what in _OTHERS if data[place : place + len(mark)] == mark), "")
    if not other and data[:_HEAD].count(0) > _NULS and not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        other = "not a text"
    text = "" if other else decoded(data)[:_SEARCHED]
    if not other and not text.strip("\0 \t\n\ufeff"):
        raise Unparsable("The file is empty.", hint, field="file")
    if _MARKUP.match(text[:_HEAD]):
        other = "XML or a web page"
    if other:
        raise Unparsable(f"The file is {other}, which is not read here.", hint, field="file")
    found = [(match.start(), -match.end(), form.name) for form in readable if form.starts and (match := form.starts.search(text))]
    if found:
        return FORMATS[min(found)[2]]
    suffix = PurePath(filename).suffix.lower()
    by_name_ = next((form for form in readable if suffix in form.suffixes), None)
    if by_name_ is None:
        raise Unparsable("The file is in none of the formats that are read here.", hint, field="file")
    return by_name_


def _found() -> Mapping[str, Format]:
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return MappingProxyType({module.FORMAT.name: module.FORMAT for module in modules})


FORMATS: Mapping[str, Format] = _found()

from problems.formats._isolated import Reading, read_isolated  # noqa: E402  # it needs what stands above

__all__ = [
    "EXACT",
    "FILE_LIMIT",
    "FORMATS",
    "Answers",
    "Failed",
    "Format",
    "Parsed",
    "Reading",
    "by_name",
    "by_suffix",
    "read_isolated",
    "sniff",
    "within_limit",
]
