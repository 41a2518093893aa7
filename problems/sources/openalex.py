"""OpenAlex: an index over publishers, preprint servers and repositories."""

import re
from typing import Any
from urllib.parse import quote

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.identifiers import Identifier, parse
from problems.records import PaperRecord, PartialDate
from problems.sources import Source
from problems.sources._client import Client
from problems.sources._plain import (
    ARXIV_DOI,
    SSRN_DOI,
    abstract,
    at,
    date,
    identifiers,
    link,
    list_at,
    people,
    person_in_reading_order,
    text_at,
    title,
    venue,
)
from problems.text import ABSTRACT_LIMIT

ROWS = 5
WORDS_MOST = ABSTRACT_LIMIT
FIELDS = "id,doi,ids,display_name,publication_date,publication_year,type,authorships,primary_location,locations,abstract_inverted_index"
TYPES = {
    "article": PaperType.ARTICLE,
    "review": PaperType.ARTICLE,
    "letter": PaperType.ARTICLE,
    "preprint": PaperType.PREPRINT,
    "report": PaperType.REPORT,
    "book": PaperType.BOOK,
    "book-chapter": PaperType.CHAPTER,
    "dissertation": PaperType.THESIS,
    "dataset": PaperType.DATASET,
    "software": PaperType.SOFTWARE,
}
_BY_PLACE = {"conference": PaperType.CONFERENCE, "repository": PaperType.PREPRINT}
_PREPRINTS = frozenset({Scheme.ARXIV, Scheme.SSRN})
_NO_WORD = re.compile(r"[^\w\s'\u2019-]+")


def fetch(client: Client, wanted: Identifier) -> PaperRecord | None:
    """The work of an identifier."""
    match wanted.scheme:
        case Scheme.ARXIV:
            key = f"doi:{ARXIV_DOI}{wanted.value}"
        case Scheme.SSRN:
            key = f"doi:{SSRN_DOI}{wanted.value}"
        case Scheme.PUBMED:
            key = f"pmid:{wanted.value}"
        case Scheme.OPENALEX:
            key = wanted.value
        case _:
            key = f"doi:{wanted.value}"
    answer = client.json(f"/works/{quote(key, safe=':/')}", {"select": FIELDS} | client.polite)
    return None if answer is None else read(answer)


def search(client: Client, text: str) -> list[PaperRecord]:
    """Works with the words of this title in theirs. Commas and bars have a meaning in a filter and are left out."""
    words = " ".join(_NO_WORD.sub(" ", text).split())
    answer = client.json("/works", {"filter": f"title.search:{words}", "per-page": str(ROWS), "select": FIELDS} | client.polite)
    found = []
    for item in list_at(answer, "results")[:ROWS]:
        try:
            found.append(read(item))
        except Unparsable:  # one of the neighbours, perhaps
            continue
    return found


def read(item: Any) -> PaperRecord:
    """A work as a record. Raises Unparsable."""
    place = text_at(item, "primary_location", "source", "type")
    kind = TYPES.get(text_at(item, "type"), PaperType.OTHER)
    if kind in {PaperType.ARTICLE, PaperType.OTHER}:
        kind = _BY_PLACE.get(place, kind)
    elsewhere = [parse(text_at(each, "landing_page_url")) for each in [at(item, "primary_location"), *list_at(item, "locations")[:20]]]
    pmid = text_at(item, "ids", "pmid")
    return PaperRecord(
        title=title(text_at(item, "display_name") or text_at(item, "title")),
        authors=people(
            person_in_reading_order(text_at(each, "author", "display_name") or text_at(each, "raw_author_name"), text_at(each, "author", "orcid"))
            for each in list_at(item, "authorships")
        ),
        date=_date(item),
        venue=venue(text_at(item, "primary_location", "source", "display_name")),
        type=kind,
        url=link(text_at(item, "doi") or text_at(item, "primary_location", "landing_page_url")),
        abstract=abstract(_abstract(at(item, "abstract_inverted_index"))),
        identifiers=identifiers(
            [text_at(item, "id"), text_at(item, "doi"), pmid], *(each for each in elsewhere if each and each.scheme in _PREPRINTS)
        ),
    )


def _date(item: Any) -> PartialDate | None:
    """It always tells a day; the first of January mostly stands for a year alone."""
    day = text_at(item, "publication_date")
    return date(day.removesuffix("-01-01"), at(item, "publication_year"))


def _abstract(index: Any) -> str:
    """The text of which an index by word is given: each word with the places at which it stands."""
    if not isinstance(index, dict):
        return ""
    words: dict[int, str] = {}
    for word, places in index.items():
        for place in places if isinstance(places, list) else ():
            if type(place) is int and 0 <= place < WORDS_MOST:
                words[place] = word
    return " ".join(words[place] for place in sorted(words))


SOURCE = Source(
    name="openalex",
    label="OpenAlex",
    schemes=frozenset({Scheme.DOI, Scheme.ARXIV, Scheme.SSRN, Scheme.PUBMED, Scheme.OPENALEX}),
    fetch=fetch,
    search=search,
)
