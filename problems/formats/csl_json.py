"""CSL-JSON: what citation processors read. A list of items, each read alone, so that a broken one costs only what stands behind it."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import Answers, Failed, Format, Parsed
from problems.formats._plain import (
    ENTRY_LIMIT,
    KEY_LIMIT,
    abstract_of,
    decoded,
    differences,
    few,
    identifiers_of,
    keywords_of,
    line_of,
    name_of,
    partial_date,
    sentence,
    tidy_key,
    told,
    url_of,
    with_parts,
)
from problems.identifiers import find_all, url_for
from problems.records import PaperRecord, PartialDate, PersonName
from problems.text import AUTHORS_LIMIT, NAME_LIMIT, TITLE_LIMIT, VENUE_LIMIT

TYPES = {
    PaperType.ARTICLE: "article-journal",
    PaperType.CONFERENCE: "paper-conference",
    PaperType.PREPRINT: "article",
    PaperType.REPORT: "report",
    PaperType.NEWS: "article-newspaper",
    PaperType.WEB_PAGE: "webpage",
    PaperType.BOOK: "book",
    PaperType.CHAPTER: "chapter",
    PaperType.THESIS: "thesis",
    PaperType.SOFTWARE: "software",
    PaperType.DATASET: "dataset",
    PaperType.LEGAL: "legislation",
    PaperType.OTHER: "document",
}
_READ_TYPES = (
    {name: kind for kind, name in TYPES.items()}
    | {"article-magazine": PaperType.NEWS, "post-weblog": PaperType.WEB_PAGE, "post": PaperType.WEB_PAGE, "manuscript": PaperType.PREPRINT}
    | {"legal_case": PaperType.LEGAL, "bill": PaperType.LEGAL, "treaty": PaperType.LEGAL, "regulation": PaperType.LEGAL}
    | {"speech": PaperType.CONFERENCE, "review": PaperType.ARTICLE}
)
PUBLISHED = frozenset({PaperType.BOOK, PaperType.REPORT, PaperType.THESIS, PaperType.SOFTWARE, PaperType.DATASET})
"""Types whose venue is who published them."""
_OWN_ISBN = frozenset({PaperType.BOOK, PaperType.REPORT, PaperType.THESIS})
_FIELDS = {"DOI": Scheme.DOI, "PMID": Scheme.PUBMED, "ISBN": Scheme.ISBN}
_BLANKS = re.compile(r"\s*")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?(?!\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,6}", re.ASCII)
_FREE_TEXT_LIMIT = 5_000
_CUSTOM = "tracker"
_DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class _Item:
    """A value of the list, the line it starts on, and what is wrong with its JSON."""

    line: int
    value: Any = None
    reason: str = ""


def read(data: bytes) -> Iterator[Parsed | Failed]:
    """One answer for each item of the list. Raises Unparsable for a file that is too large or no list of items."""
    items = few(_items(decoded(data)), "CSL-JSON", 'Write a list of items, like [{"type": "article-journal", "title": "…"}].')
    return Answers(items, _answer)


def _items(text: str) -> Iterator[_Item]:
    place = _skip(text, 0)
    many = text[place : place + 1] == "["
    place = _skip(text, place + 1) if many else place
    line, counted = 1, 0
    while place < len(text) and not (many and text[place] == "]"):
        line += text.count("\n", counted, place)
        counted = place
        try:
            value, end = _DECODER.raw_decode(text, place)
        except json.JSONDecodeError as error:
            yield _Item(line, reason=f"From line {error.lineno:,} on this is not JSON: {error.msg}. Mend it there; what follows was not read.")
            return
        except (RecursionError, ValueError):
            yield _Item(line, reason="The item nests too deep, or has a number that is too long. What follows was not read.")
            return
        yield (
            _Item(line, value)
            if end - place <= ENTRY_LIMIT
            else _Item(line, reason=f"The item has more than {ENTRY_LIMIT:,} characters. Shorten it.")
        )
        place = _skip(text, end)
        if not many:
            return
        if text[place : place + 1] == ",":
            place = _skip(text, place + 1)
        elif text[place : place + 1] != "]":
            line += text.count("\n", counted, place)
            yield _Item(line, reason="The list is not closed, or a comma is missing between two items. What follows was not read.")
            return


def _skip(text: str, place: int) -> int:
    match = _BLANKS.match(text, place)
    return match.end() if match else place


def _answer(item: _Item) -> Parsed | Failed:
    if item.reason:
        return Failed("", item.line, sentence(item.reason))
    if not isinstance(item.value, dict):
        return Failed("", item.line, 'The item is not an object. Write it like {"type": "article-journal", "title": "…"}.')
    key = tidy_key(str(item.value.get("id", ""))[: 10 * KEY_LIMIT])
    notes: list[str] = []
    try:
        record = _record(item.value, notes)
        custom = item.value.get("custom")
        if isinstance(custom, dict) and _CUSTOM in custom:
            record = with_parts(record, custom[_CUSTOM], notes)
    except Unparsable as error:
        return Failed(key, item.line, sentence(str(error)))
    return Parsed(record, record.key, item.line, told(notes))


def _record(item: dict[str, Any], notes: list[str]) -> PaperRecord:
    kind = _READ_TYPES.get(line_of(item.get("type"), "type", 100), PaperType.OTHER)
    names = ("publisher", "container-title") if kind in PUBLISHED else ("container-title", "publisher")
    venues = [line_of(item.get(name), "venue", VENUE_LIMIT) for name in (*names, "event-title", "event")]
    return PaperRecord(
        title=line_of(item.get("title"), "title", TITLE_LIMIT, required=True),
        authors=_authors(item, notes),
        date=_date(item.get("issued"), notes),
        venue=next((venue for venue in venues if venue), ""),
        type=kind,
        url=url_of(_text(item, "URL"), notes),
        abstract=abstract_of(_text(item, "abstract"), notes),
        identifiers=identifiers_of(_identifiers(item, kind), notes),
        key=tidy_key(line_of(item.get("id"), "id", KEY_LIMIT)),
        keywords=keywords_of(re.split(r"[,;]", _text(item, "keyword"))),
    )


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name, "")
    return value if isinstance(value, str) else ""


def _authors(item: dict[str, Any], notes: list[str]) -> tuple[PersonName, ...]:
    for role in ("author", "editor"):
        values = item.get(role)
        if not isinstance(values, list) or not values:
            continue
        if len(values) > AUTHORS_LIMIT:
            raise Unparsable(f"The entry has {len(values):,} authors.", f"Shorten the list to {AUTHORS_LIMIT:,} or fewer.", field="authors")
        names = tuple(name for name in map(_name, values) if name.display)
        if names and role == "editor":
            notes.append("The entry names no author; its editors were taken.")
        if names:
            return names
    return ()


def _name(value: Any) -> PersonName:
    if isinstance(value, str):
        return name_of(value)
    if not isinstance(value, dict):
        raise Unparsable("An author is neither an object nor text.", 'Write it like {"family": "…", "given": "…"}.', field="authors")

    def part(*names: str) -> str:
        return " ".join(text for text in (line_of(value.get(name), "name of an author", NAME_LIMIT) for name in names) if text)

    family, given, particle, suffix = part("family"), part("given"), part("dropping-particle", "non-dropping-particle"), part("suffix")
    short = len(particle) <= 100 and len(suffix) <= 100  # noqa: PLR2004 (what a record holds of these)
    if family and short and not part("literal"):
        return PersonName(family=family, given=given, particle=particle, suffix=suffix)
    return PersonName(literal=(part("literal") or PersonName(family=family, given=given, particle=particle, suffix=suffix).display)[:NAME_LIMIT])


def _date(issued: Any, notes: list[str]) -> PartialDate | None:
    """The first day, month or year that `issued` says, in parts or in words."""
    if not isinstance(issued, dict):
        return None
    parts = issued.get("date-parts")
    if isinstance(parts, list) and parts and isinstance(parts[0], list) and parts[0]:
        numbers = [int(match[0]) if (match := _NUMBER.fullmatch(str(part).strip())) else 0 for part in [*parts[0], "", ""][:3]]
        return partial_date(numbers[0], max(numbers[1], 0), max(numbers[2], 0), notes) if numbers[0] else None
    written = next((text for name in ("raw", "literal", "edtf") if (text := _text(issued, name))), "")
    if match := _YEAR.search(written[:100]):
        return partial_date(int(match[1]), int(match[2] or 0), int(match[3] or 0), notes)
    if written:
        notes.append(f"“{written[:40]}” is not a date; it was left open.")
    return None


def _identifiers(item: dict[str, Any], kind: PaperType) -> Iterator[tuple[Scheme, str]]:
    for name, scheme in _FIELDS.items():
        value = line_of(item.get(name), name, _FREE_TEXT_LIMIT)
        if value and (scheme != Scheme.ISBN or kind in _OWN_ISBN):
            yield from find_all(value) if scheme == Scheme.DOI and "arxiv" in value.lower() else [(scheme, value.split()[0])]
    for name in ("URL", "number", "note"):
        yield from find_all(_text(item, name)[:_FREE_TEXT_LIMIT])


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """The list, an item a line."""
    before = "["
    for record in records:
        item = _item(record)
        if lost := differences(record, _record(item, [])):
            item["custom"] = {_CUSTOM: lost}
        yield f"{before}\n{orjson.dumps(item).decode()}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _item(record: PaperRecord) -> dict[str, Any]:
    by_scheme = dict(reversed(record.identifiers))
    item: dict[str, Any] = {
        "id": record.key or "paper",
        "type": TYPES[record.type],
        "title": record.title,
        "author": [_written(name) for name in record.authors],
        ("publisher" if record.type in PUBLISHED else "container-title"): record.venue,
        "URL": record.url,
        "keyword": ", ".join(record.keywords),
        "abstract": record.abstract,
    }
    if record.date:
        item["issued"] = {"date-parts": [[part for part in (record.date.year, record.date.month, record.date.day) if part]]}
    for name, scheme in _FIELDS.items():
        if scheme != Scheme.ISBN or record.type in _OWN_ISBN:
            item[name] = by_scheme.get(scheme, "")
    item["note"] = " ".join(url_for(scheme, value) for scheme, value in record.identifiers if scheme not in _FIELDS.values())
    return {name: value for name, value in item.items() if value}


def _written(name: PersonName) -> dict[str, str]:
    if name.literal:
        return {"literal": name.literal}
    parts = {"family": name.family, "given": name.given, "non-dropping-particle": name.particle, "suffix": name.suffix}
    return {part: text for part, text in parts.items() if text}


FORMAT = Format(
    name="csl-json",
    label="CSL-JSON",
    media_type="application/vnd.citationstyles.csl+json",
    suffixes=(".json",),
    read=read,
    write=write,
    starts=re.compile(r"\A\s*[\[{]"),
    for_citing=True,
)
