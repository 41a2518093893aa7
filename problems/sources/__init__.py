"""Metadata services that papers are looked up in: one module of this folder each, with a SOURCE (a name with _ in front is a helper of theirs).

A source is given a client and what to ask for, and gives a record of the plain shape; it knows no database and no address of a user's.
Who is asked for what, in which order, is said here.
"""

import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType

from rapidfuzz import fuzz

from problems.choices import Scheme
from problems.errors import SourceDown, Unparsable
from problems.identifiers import Identifier
from problems.records import PaperRecord
from problems.sources._client import Access, Client
from problems.sources._plain import ARXIV_DOI, SSRN_DOI
from problems.text import fold

__all__ = ["SOURCES", "Access", "Client", "Source", "ask", "order_for"]

LIKE = 92
"""How alike, of 100, two titles have to be to be one."""

type Wanted = Identifier | str
"""An identifier, or a title."""


@dataclass(frozen=True, slots=True)
class Source:
    """A service. `fetch` and `search` raise SourceDown, and Unparsable for a record that cannot be kept."""

    name: str
    label: str
    schemes: frozenset[Scheme]
    """What it can be asked for."""
    fetch: Callable[[Client, Identifier], PaperRecord | None]
    search: Callable[[Client, str], list[PaperRecord]] | None = None
    apart: float = 0.1
    """Seconds between two requests of this process, as the service asks for."""

    def client(self, access: Access) -> Client:
        """A client for one question."""
        return Client(self.name, self.label, access, apart=self.apart)


_ORDER: Mapping[Scheme, tuple[str, ...]] = {
    Scheme.DOI: ("crossref", "datacite", "openalex"),
    Scheme.ARXIV: ("arxiv", "datacite", "openalex"),
    Scheme.SSRN: ("crossref", "openalex"),
    Scheme.PUBMED: ("openalex",),
    Scheme.OPENALEX: ("openalex",),
}
_FOR_TITLES = ("openalex", "crossref")


def order_for(wanted: Wanted) -> tuple[Source, ...]:
    """The sources that may know it, in the order in which to ask them."""
    names = _ORDER.get(wanted.scheme, ()) if isinstance(wanted, Identifier) else _FOR_TITLES
    return tuple(SOURCES[name] for name in names)


def ask(source: Source, wanted: Wanted, access: Access) -> PaperRecord | None:
    """What `source` says of it; None where it knows nothing. Raises SourceDown, also where the answer is on another paper."""
    with source.client(access) as client:
        try:
            found = source.fetch(client, wanted) if isinstance(wanted, Identifier) else _best(source, client, wanted)
        except Unparsable as error:
            raise client.garbage() from error
    if found is not None and isinstance(wanted, Identifier) and not _names(found, wanted):
        raise SourceDown(f"{source.label} answered with another paper than was asked for.", "Fill in the form by hand.")
    return found


def _names(record: PaperRecord, wanted: Identifier) -> bool:
    """Whether `record` carries the identifier that was asked for, in either of its forms."""
    pairs = set(record.identifiers)
    other = {Scheme.SSRN: (Scheme.DOI, SSRN_DOI), Scheme.ARXIV: (Scheme.DOI, ARXIV_DOI)}.get(wanted.scheme)
    return (wanted.scheme, wanted.value) in pairs or (other is not None and (other[0], other[1] + wanted.value) in pairs)


def _best(source: Source, client: Client, title: str) -> PaperRecord | None:
    """Of what a search finds, the record whose title is the one that was asked for. A search finds neighbours too; they are none."""
    found = source.search(client, title) if source.search else []
    wanted = _plain(title)
    likeness = [(fuzz.ratio(wanted, _plain(record.title)), -place) for place, record in enumerate(found)]
    best, place = max(likeness, default=(0, 0))
    return found[-place] if best >= LIKE else None


def _plain(title: str) -> str:
    return " ".join("".join(character if character.isalnum() else " " for character in fold(title)).split())


def _found() -> Mapping[str, Source]:
    modules = (import_module(f"{__name__}.{module.name}") for module in pkgutil.iter_modules(__path__) if not module.name.startswith("_"))
    return MappingProxyType({module.SOURCE.name: module.SOURCE for module in modules})


SOURCES: Mapping[str, Source] = _found()
