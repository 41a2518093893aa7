"""arXiv: preprints, by its query API, which answers in Atom."""

import re
from xml.etree import ElementTree as ET

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.identifiers import Identifier
from problems.records import PaperRecord
from problems.sources import Source
from problems.sources._client import Client
from problems.sources._plain import abstract, date, identifiers, link, people, person_in_reading_order, title

ATOM, ARXIV = "{http://www.w3.org/2005/Atom}", "{http://arxiv.org/schemas/atom}"
_DECLARED = re.compile(r"<!\s*(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)", re.IGNORECASE)


def fetch(client: Client, wanted: Identifier) -> PaperRecord | None:
    """The preprint of an identifier."""
    body = client.read("/api/query", {"id_list": wanted.value, "max_results": "1"}, accept="application/atom+xml")
    return None if body is None else read(body)


def read(body: bytes) -> PaperRecord | None:
    """The first entry of a feed as a record; None for a feed without one. Raises Unparsable."""
    feed = _parsed(body)
    if feed.tag != f"{ATOM}feed":
        raise Unparsable("This is no feed.")
    entry = feed.find(f"{ATOM}entry")
    address = _text(entry, f"{ATOM}id")
    if entry is None or "/api/errors" in address or not _text(entry, f"{ATOM}title"):
        return None  # what it knows nothing of it answers with an entry of that kind, or with none
    doi = _text(entry, f"{ARXIV}doi")
    page = next((each.get("href", "") for each in entry.findall(f"{ATOM}link") if each.get("rel") == "alternate"), "")
    return PaperRecord(
        title=title(_text(entry, f"{ATOM}title")),
        authors=people(person_in_reading_order(_text(each, f"{ATOM}name")) for each in entry.findall(f"{ATOM}author")),
        date=date(_text(entry, f"{ATOM}published")),
        venue="arXiv",
        type=PaperType.PREPRINT,
        url=link(page.replace("http://arxiv.org/", "https://arxiv.org/")),
        abstract=abstract(_text(entry, f"{ATOM}summary")),
        identifiers=identifiers([address, *doi.split()[:3]]),
    )


def _parsed(body: bytes) -> ET.Element:
    """The tree of a feed. Declarations, by which a small text becomes a huge one or reads files, are refused before anything is parsed."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unparsable("The feed is not UTF-8.") from error
    if "\x00" in text or _DECLARED.search(text):  # a NUL: it would be read in another encoding than it was looked at
        raise Unparsable("The feed declares entities.")
    try:
        return ET.fromstring(text, ET.XMLParser(encoding="utf-8"))  # noqa: S314  # nothing is declared in it, and its size is limited
    except (ET.ParseError, ValueError) as error:
        raise Unparsable("The feed is no XML.") from error


def _text(element: ET.Element | None, name: str) -> str:
    found = element.find(name) if element is not None else None
    return " ".join((found.text or "").split()) if found is not None else ""


SOURCE = Source(name="arxiv", label="arXiv", schemes=frozenset({Scheme.ARXIV}), fetch=fetch, apart=3.0)
