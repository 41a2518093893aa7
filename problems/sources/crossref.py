"""Crossref: what publishers have registered for a DOI."""

from typing import Any
from urllib.parse import quote

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.identifiers import Identifier
from problems.records import PaperRecord, PersonName
from problems.sources import Source
from problems.sources._client import Client
from problems.sources._plain import (
    SSRN_DOI,
    abstract,
    at,
    date,
    identifiers,
    line,
    link,
    list_at,
    people,
    person,
    text_at,
    title,
    venue,
)

ROWS = 5
TYPES = {
    "journal-article": PaperType.ARTICLE,
    "proceedings-article": PaperType.CONFERENCE,
    "posted-content": PaperType.PREPRINT,
    "report": PaperType.REPORT,
    "report-component": PaperType.REPORT,
    "book": PaperType.BOOK,
    "monograph": PaperType.BOOK,
    "edited-book": PaperType.BOOK,
    "reference-book": PaperType.BOOK,
    "book-chapter": PaperType.CHAPTER,
    "book-section": PaperType.CHAPTER,
    "reference-entry": PaperType.CHAPTER,
    "dissertation": PaperType.THESIS,
    "dataset": PaperType.DATASET,
}
_PUBLISHED = frozenset({PaperType.REPORT, PaperType.BOOK, PaperType.THESIS, PaperType.DATASET})
_SAME_WORK = ("is-preprint-of", "has-preprint", "is-version-of", "has-version", "is-identical-to")


def fetch(client: Client, wanted: Identifier) -> PaperRecord | None:
    """The work of a DOI, or of a number of SSRN, which is a DOI too."""
    doi = SSRN_DOI + wanted.value if wanted.scheme == Scheme.SSRN else wanted.value
    answer = client.json(f"/works/{quote(doi, safe='')}", client.polite)
    return None if answer is None else read(at(answer, "message"))


def search(client: Client, text: str) -> list[PaperRecord]:
    """Works whose bibliographic data is like this title."""
    answer = client.json("/works", {"query.bibliographic": text, "rows": str(ROWS)} | client.polite)
    found = []
    for item in list_at(answer, "message", "items")[:ROWS]:
        try:
            found.append(read(item))
        except Unparsable:  # one of the neighbours, perhaps
            continue
    return found


def read(item: Any) -> PaperRecord:
    """A work as a record. Raises Unparsable."""
    doi = text_at(item, "DOI")
    kind = TYPES.get(text_at(item, "type"), PaperType.OTHER)
    if doi.lower().startswith(SSRN_DOI):
        kind = PaperType.PREPRINT
    main, subtitle = line(text_at(item, "title", 0)), line(text_at(item, "subtitle", 0))
    whole = f"{main}: {subtitle}" if main and subtitle and subtitle.casefold() not in main.casefold() else main
    names = [text_at(item, "publisher"), text_at(item, "container-title", 0)]
    if kind not in _PUBLISHED:
        names = [
            text_at(item, "container-title", 0),
            text_at(item, "event", "name"),
            text_at(item, "institution", 0, "name"),
            text_at(item, "group-title"),
        ]
        names += [text_at(item, "publisher")] if kind in {PaperType.PREPRINT, PaperType.OTHER} else []
    others = [text_at(each, "id") for relation in _SAME_WORK for each in list_at(item, "relation", relation) if text_at(each, "id-type") == "doi"]
    isbns = [f"isbn:{each}" for each in list_at(item, "ISBN") if isinstance(each, str)] if kind == PaperType.BOOK else []
    return PaperRecord(
        title=title(whole),
        authors=people(_name(each) for each in list_at(item, "author")),
        date=date(*(at(item, name, "date-parts", 0) for name in ("issued", "published", "posted", "created"))),
        venue=venue(*names),
        type=kind,
        url=link(f"https://doi.org/{quote(doi, safe='/:;()-._')}") if doi else "",
        abstract=abstract(text_at(item, "abstract")),
        identifiers=identifiers([doi, *others, *isbns]),
    )


def _name(author: Any) -> PersonName | None:
    return person(
        family=text_at(author, "family"),
        given=text_at(author, "given"),
        suffix=text_at(author, "suffix"),
        literal=text_at(author, "name"),
        orcid=text_at(author, "ORCID"),
    )


SOURCE = Source(name="crossref", label="Crossref", schemes=frozenset({Scheme.DOI, Scheme.SSRN}), fetch=fetch, search=search)
