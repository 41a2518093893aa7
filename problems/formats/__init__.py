"""Formats that papers come in and go out by: one module of this folder each, with a FORMAT (a name with _ in front is a helper of theirs).

Upload forms, downloads, commands and docs ask this registry, so a new format is a new file and nothing else.
"""

import pkgutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import PurePath
from types import MappingProxyType

from problems.errors import Unparsable
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


@dataclass(frozen=True, slots=True)
class Format:
    """A format; `read` raises Unparsable for a file as a whole and yields one answer for each of its entries. None: not in this direction.

    `for_citing`: it is shown beside a single paper, to be copied.
    """

    name: str
    label: str
    media_type: str
    suffixes: tuple[str, ...]
    read: Callable[[bytes], Iterator[Parsed | Failed]] | None = None
    write: Callable[[Iterable[PaperRecord]], Iterator[str]] | None = None
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


def _found() -> Mapping[str, Format]:
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return MappingProxyType({module.FORMAT.name: module.FORMAT for module in modules})


FORMATS: Mapping[str, Format] = _found()
