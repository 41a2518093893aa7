"""RIS, as reference managers write it: a tag a line, an entry from TY to ER."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import Answers, Failed, Format, Parsed
from problems.formats._plain import (
    ENTRY_LIMIT,
    abstract_of,
    decoded,
    differences,
    few,
    identifiers_of,
    keywords_of,
    line_of,
    name_line,
    names_of,
    partial_date,
    rest,
    restored,
    sentence,
    tidy_key,
    told,
    url_of,
)
from problems.identifiers import find_all, parse, url_for
from problems.records import PaperRecord, PartialDate, PersonName
from problems.text import TITLE_LIMIT, VENUE_LIMIT

TYPES = {
    PaperType.ARTICLE: "JOUR",
    PaperType.CONFERENCE: "CPAPER",
    PaperType.PREPRINT: "UNPB",
    PaperType.REPORT: "RPRT",
    PaperType.NEWS: "NEWS",
    PaperType.WEB_PAGE: "ELEC",
    PaperType.BOOK: "BOOK",
    PaperType.CHAPTER: "CHAP",
    PaperType.THESIS: "THES",
    PaperType.SOFTWARE: "COMP",
    PaperType.DATASET: "DATA",
    PaperType.LEGAL: "STAT",
    PaperType.OTHER: "GEN",
}
_READ_TYPES = (
    {code: kind for kind, code in TYPES.items()}
    | {kind.label.upper(): kind for kind in PaperType}
    | {"JFULL": PaperType.ARTICLE, "EJOUR": PaperType.ARTICLE, "MGZN": PaperType.NEWS, "CONF": PaperType.CONFERENCE, "EBOOK": PaperType.BOOK}
    | {"EDBOOK": PaperType.BOOK, "ECHAP": PaperType.CHAPTER, "BLOG": PaperType.WEB_PAGE, "LEGAL": PaperType.LEGAL, "CASE": PaperType.LEGAL}
    | {"BILL": PaperType.LEGAL, "GOVDOC": PaperType.REPORT, "MANSCPT": PaperType.PREPRINT, "AGGR": PaperType.DATASET}
)
PUBLISHED = frozenset({PaperType.BOOK, PaperType.REPORT, PaperType.THESIS})
"""Types whose venue is who published them, and whose ISBN is their own."""
_VENUES = ("T2", "JF", "JO", "BT", "C3", "T3", "J2", "JA", "PB")
_TAG = re.compile(r"(PMID|[A-Z][A-Z0-9])[ \t]{1,3}-(?:[ \t](.*)|)")
_CONTINUED = {"AB": "\n", "N2": "\n", "TI": " ", "T1": " "}
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)(?:[/-](\d{1,2})(?!\d)(?:[/-](\d{1,2})(?!\d))?)?", re.ASCII)
_LINES_LIMIT = 10_000
_FREE_TEXT_LIMIT = 5_000
_REST = "C8"


@dataclass(slots=True)
class _Source:
    """An entry parted into tags."""

    line: int
    tags: dict[str, list[str]] = field(default_factory=dict)
    lines: int = 0
    size: int = 0
    closed: bool = False

    def first(self, *names: str) -> str:
        """The first value of these tags that is not blank."""
        return next((value for name in names for value in self.tags.get(name, ()) if value.strip()), "")

    def all(self, *names: str) -> list[str]:
        """The values of the first of these tags that has some."""
        found = (self.tags.get(name, []) for name in names)
        return next((values for values in found if any(value.strip() for value in values)), [])


def read(data: bytes) -> Iterator[Parsed | Failed]:
    """One answer for each TY in the file. Raises Unparsable for a file that is too large or has none."""
    return Answers(few(_split(decoded(data)), "RIS", "An entry starts with a line like “TY  - JOUR” and ends with “ER  - ”."), _answer)


def _split(text: str) -> Iterator[_Source]:
    source: _Source | None = None
    tag, blanks = "", 0
    for number, line in enumerate(text.split("\n"), start=1):
        match = _TAG.fullmatch(line.rstrip())
        if match and match[1] == "TY":
            if source:
                yield source
            source, tag = _Source(number, {"TY": [match[2] or ""]}), "TY"
        elif source is None:
            continue
        elif match and match[1] == "ER":
            source.closed = True
            yield source
            source = None
        elif source.size > ENTRY_LIMIT or source.lines > _LINES_LIMIT:
            source.size += len(line)
        elif match:
            tag, blanks = match[1], 0
            source.tags.setdefault(tag, []).append(match[2] or "")
            source.size += len(line)
            source.lines += 1
        elif not line.strip():
            blanks += 1
        else:
            _continue(source, tag, line.strip(), blanks)
            blanks = 0
    if source:
        yield source


def _continue(source: _Source, tag: str, text: str, blanks: int) -> None:
    """A line without a tag belongs to the abstract or title before it, or is one more keyword; elsewhere it is a stray."""
    if tag == "KW":
        source.tags[tag].append(text)
    elif tag in _CONTINUED and len(source.tags[tag][-1]) <= ENTRY_LIMIT:
        between = _CONTINUED[tag]
        source.tags[tag][-1] += between * (blanks + 1 if between == "\n" else 1) + text
    source.size += len(text)
    source.lines += 1


def _answer(source: _Source) -> Parsed | Failed:
    key = tidy_key(source.first("ID"))
    if source.size > ENTRY_LIMIT or source.lines > _LINES_LIMIT:
        return Failed(key, source.line, f"The entry has more than {ENTRY_LIMIT:,} characters or {_LINES_LIMIT:,} lines. Close entries with “ER  - ”.")
    notes: list[str] = [] if source.closed else ["The entry is not closed by “ER  - ”; it was read up to where the next one starts."]
    try:
        record = restored(_record(source, notes), source.first(_REST), notes)
    except Unparsable as error:
        return Failed(key, source.line, sentence(str(error)))
    return Parsed(record, key, source.line, told(notes))


def _record(source: _Source, notes: list[str]) -> PaperRecord:
    written = source.first("TY").strip().upper()
    kind = _READ_TYPES.get(written, PaperType.OTHER)
    venues = ("PB", *_VENUES) if kind in PUBLISHED else _VENUES
    return PaperRecord(
        title=line_of(source.first("TI", "T1", "CT"), "title", TITLE_LIMIT, required=True),
        authors=_authors(source, notes),
        date=_date(source, notes),
        venue=line_of(source.first(*venues), "venue", VENUE_LIMIT),
        type=kind,
        url=url_of(source.first("UR"), notes),
        abstract=abstract_of(source.first("AB", "N2"), notes),
        identifiers=identifiers_of(_identifiers(source, kind), notes),
        key=tidy_key(source.first("ID")),
        keywords=keywords_of(source.all("KW")),
    )


def _authors(source: _Source, notes: list[str]) -> tuple[PersonName, ...]:
    if authors := names_of(source.all("AU", "A1")):
        return authors
    editors = names_of(source.all("A2", "ED"))
    if editors:
        notes.append("The entry names no author; its editors were taken.")
    return editors


def _date(source: _Source, notes: list[str]) -> PartialDate | None:
    """The year of PY or Y1, and from DA the month and day where it says the same year."""
    values = [value.strip() for name in ("PY", "Y1", "DA") for value in source.all(name)[:1] if value.strip()]
    found = [match for value in values if (match := _YEAR.search(value))]
    if not found:
        if any(character.isdigit() for value in values for character in value):
            raise Unparsable(f"{values[0][:40]} is not a year.", "Write four digits, for example 2024.", field="year")
        if values:
            notes.append(f"“{values[0]}” is not a year; the date was left open.")
        return None
    best = max((match for match in found if match[1] == found[0][1]), key=lambda match: sum(part is not None for part in match.groups()))
    return partial_date(int(best[1]), int(best[2] or 0), int(best[3] or 0), notes)


def _identifiers(source: _Source, kind: PaperType) -> Iterator[tuple[Scheme, str]]:
    for value in source.all("DO"):
        text = value.strip()[:_FREE_TEXT_LIMIT]
        if whole := parse(text):
            yield whole
        elif found := find_all(text):
            yield from found
        elif text:
            yield Scheme.DOI, text
    for value in source.all("PMID"):
        yield Scheme.PUBMED, value.strip()[:_FREE_TEXT_LIMIT]
    if kind in PUBLISHED:
        yield from find_all(f"ISBN {source.first('SN')[:_FREE_TEXT_LIMIT]}")
    for name in ("UR", "N1", "M1"):
        for value in source.all(name)[:10]:
            if name == "UR" or re.match(r"https?://|doi|10\.\d|arxiv|pmid|ssrn", value, re.IGNORECASE):
                yield from find_all(value[:_FREE_TEXT_LIMIT])


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """An entry for each record, with the line ends that the format asks for."""
    for record in records:
        lines = [(name, value) for name, value in _lines(record) if value]
        source = _Source(1)
        for name, value in lines:
            source.tags.setdefault(name, []).append(value)
        lost = rest(differences(record, _record(source, [])))
        lines += [(_REST, lost)] if lost else []
        yield "".join(f"{name}  - {value.replace('\n', '\r\n')}\r\n" for name, value in lines) + "ER  - \r\n\r\n"


def _lines(record: PaperRecord) -> Iterator[tuple[str, str]]:
    by_scheme = dict(reversed(record.identifiers))
    yield "TY", TYPES[record.type]
    yield "ID", record.key
    for name in record.authors:
        yield "AU", name_line(name)
    yield "TI", record.title
    yield ("PB" if record.type in PUBLISHED else "T2"), record.venue
    if record.date:
        yield "PY", f"{record.date.year:04}"
        if record.date.month:
            yield "DA", str(record.date).replace("-", "/")
    yield "DO", by_scheme.get(Scheme.DOI, "")
    if record.type in PUBLISHED:
        yield "SN", by_scheme.get(Scheme.ISBN, "")
    yield "UR", record.url
    yield "N1", " ".join(url_for(scheme, value) for scheme, value in record.identifiers if scheme not in {Scheme.DOI, Scheme.ISBN})
    for word in record.keywords:
        yield "KW", word
    yield "AB", "\n".join(f" {line}" if place and _TAG.fullmatch(line) else line for place, line in enumerate(record.abstract.split("\n")))


FORMAT = Format(
    name="ris",
    label="RIS",
    media_type="application/x-research-info-systems",
    suffixes=(".ris",),
    read=read,
    write=write,
    starts=re.compile(r"^TY {1,3}-", re.MULTILINE),
    for_citing=True,
)
