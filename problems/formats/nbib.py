"""NBIB, the MEDLINE format of PubMed: a tag a line, longer values indented below it, an entry from one PMID to the next."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

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
    name_of,
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
from problems.text import AUTHORS_LIMIT, TITLE_LIMIT, VENUE_LIMIT

TYPES = {
    PaperType.ARTICLE: "Journal Article",
    PaperType.CONFERENCE: "Congress",
    PaperType.PREPRINT: "Preprint",
    PaperType.REPORT: "Technical Report",
    PaperType.NEWS: "News",
    PaperType.WEB_PAGE: "Web page",
    PaperType.BOOK: "Book",
    PaperType.CHAPTER: "Book Chapter",
    PaperType.THESIS: "Academic Dissertation",
    PaperType.SOFTWARE: "Software",
    PaperType.DATASET: "Dataset",
    PaperType.LEGAL: "Legislation",
    PaperType.OTHER: "Other",
}
_READ_TYPES = (
    {words.lower(): kind for kind, words in TYPES.items()}
    | {"clinical conference": PaperType.CONFERENCE, "newspaper article": PaperType.NEWS, "legal case": PaperType.LEGAL, "monograph": PaperType.BOOK}
    | {"government publication": PaperType.REPORT, "webcast": PaperType.WEB_PAGE, "dissertation": PaperType.THESIS}
)
PUBLISHED = frozenset({PaperType.BOOK, PaperType.REPORT, PaperType.THESIS})
"""Types whose venue is who published them, and whose ISBN is their own."""
_TAG = re.compile(r"([A-Z][A-Z0-9]{0,3}) {0,3}-(?: (.*)|)")
_MARKED = re.compile(r"(.*?)\s*\[(\w+)\]", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(rf"(\d{{4}})(?!\d)(?:\s+({'|'.join(_MONTHS)})[a-z]{{0,6}}(?![a-z])(?:\s+(\d{{1,2}})(?!\d))?)?", re.ASCII | re.IGNORECASE)
_DAY = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)
_SHORT_NAME = re.compile(r"(\S.*?)\s+([^\W\d_]{1,4})(?:\s+(Jr|Sr|2nd|3rd|4th))?")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)
_FREE_TEXT_LIMIT = 5_000
_IDENTIFIERS_LIMIT = 50
_LINES_LIMIT = 20_000
_WIDTH = 80
_INDENT = " " * 6
_REST, _KEY, _KEY_MARK = "GN", "OID", "TRACKER: "


@dataclass(slots=True)
class _Source:
    """An entry parted into tags, in the order of the file."""

    line: int
    tags: list[tuple[str, str]] = field(default_factory=list)
    size: int = 0
    lines: int = 0

    @property
    def too_large(self) -> bool:
        return self.size > ENTRY_LIMIT or self.lines > _LINES_LIMIT

    def all(self, *names: str) -> list[str]:
        """The values of these tags that are not blank."""
        return [value for name, value in self.tags if name in names and value.strip()]

    def first(self, *names: str) -> str:
        """The first value of the first of these tags that has one."""
        return next((values[0] for name in names if (values := self.all(name))), "")


def read(data: bytes) -> Iterator[Parsed | Failed]:
    """One answer for each PMID in the file. Raises Unparsable for a file that is too large or has none."""
    return Answers(few(_split(decoded(data)), "NBIB", "An entry starts with a line like “PMID- 12345678”."), _answer)


def _split(text: str) -> Iterator[_Source]:
    source: _Source | None = None
    parts: list[str] = []
    tag = ""

    def close(entry: _Source) -> None:
        if tag:
            entry.tags.append((tag, " ".join(part for part in parts if part)))

    for number, line in enumerate(text.split("\n"), start=1):
        match = _TAG.fullmatch(line.rstrip())
        if match and match[1] == "PMID":
            if source:
                close(source)
                yield source
            source, tag, parts = _Source(number), "PMID", [(match[2] or "").strip()]
        elif source is None:
            continue
        elif source.too_large or (match is None and not line[:1].isspace()):
            source.size += len(line)
        elif match:
            close(source)
            tag, parts = match[1], [(match[2] or "").strip()]
            source.size += len(line)
            source.lines += 1
        else:
            parts.append(line.strip())
            source.size += len(line)
            source.lines += 1
    if source:
        close(source)
        yield source


def _answer(source: _Source) -> Parsed | Failed:
    key = _key(source)
    if source.too_large:
        return Failed(key, source.line, f"The entry has more than {ENTRY_LIMIT:,} characters or {_LINES_LIMIT:,} lines. Start each with “PMID- ”.")
    notes: list[str] = []
    try:
        more = next((value for value in source.all(_REST) if value.startswith("tracker:")), "")
        record = restored(_record(source, notes), more, notes)
    except Unparsable as error:
        return Failed(key, source.line, sentence(str(error)))
    return Parsed(record, record.key, source.line, told(notes))


def _key(source: _Source) -> str:
    ours = next((value.removeprefix(_KEY_MARK) for value in source.all(_KEY) if value.startswith(_KEY_MARK)), "")
    return tidy_key(ours or source.first("PMID"))


def _record(source: _Source, notes: list[str]) -> PaperRecord:
    kind = _type(source)
    venues = ("PB", "JT", "TA", "BTI") if kind in PUBLISHED else ("JT", "TA", "PB") if kind != PaperType.CHAPTER else ("JT", "BTI", "PB")
    title = line_of(source.first("TI", "BTI", "TT"), "title", TITLE_LIMIT, required=True)
    return PaperRecord(
        title=title[:-1] if title.endswith(".") and not title.endswith("..") and len(title) > 1 else title,
        authors=_authors(source, notes),
        date=_date(source, notes),
        venue=line_of(source.first(*venues), "venue", VENUE_LIMIT),
        type=kind,
        url=url_of(source.first("URLF"), notes),
        abstract=abstract_of(source.first("AB", "OAB"), notes),
        identifiers=identifiers_of(_identifiers(source, kind), notes),
        key=_key(source),
        keywords=keywords_of(source.all("OT") or source.all("MH")),
    )


def _type(source: _Source) -> PaperType:
    """The most telling of its types: a review or a letter is an article too."""
    found = [_READ_TYPES.get(value.lower()) for value in source.all("PT")]
    told_of = [kind for kind in found if kind not in {None, PaperType.ARTICLE}]
    return next((kind for kind in told_of if kind), PaperType.ARTICLE if found else PaperType.OTHER)


def _authors(source: _Source, notes: list[str]) -> tuple[PersonName, ...]:
    for full, short in (("FAU", "AU"), ("FED", "ED")):
        wanted = full if source.all(full) else short
        names: list[PersonName] = []
        for tag, value in source.tags:
            if (full == "FAU" and tag == "CN") or tag == wanted:
                names.append(PersonName(literal=name_of(value).display) if tag == "CN" else _name(value, short=wanted == short))
            elif tag == "AUID" and names and "orcid" in value.lower() and (found := _ORCID.search(value)):
                names[-1] = replace(names[-1], orcid=found[0])
        names = [name for name in names if name.display]
        if len(names) > AUTHORS_LIMIT:
            raise Unparsable(f"The entry has {len(names):,} authors.", f"Shorten the list to {AUTHORS_LIMIT:,} or fewer.", field="authors")
        if names:
            if full == "FED":
                notes.append("The entry names no author; its editors were taken.")
            return tuple(names)
    return ()


def _name(value: str, *, short: bool) -> PersonName:
    """Family, Given in full; or Family AB, as PubMed shortens it."""
    if short and "," not in value and (match := _SHORT_NAME.fullmatch(value.strip()[:_FREE_TEXT_LIMIT])) and match[2].isupper():
        return replace(name_of(f"{match[1]}, {match[2]}"), suffix=match[3] or "")
    return name_of(value)


def _date(source: _Source, notes: list[str]) -> PartialDate | None:
    """The date of publication; from that of the electronic version the month and day, where it says the same year and more."""
    written = source.first("DP").strip()[:100]
    match = _DATE.match(written)
    electronic = _DAY.fullmatch(source.first("DEP").strip()[:20])
    if match and not match[2] and electronic and electronic[1] == match[1]:
        return partial_date(int(electronic[1]), int(electronic[2]), int(electronic[3]), notes)
    if match:
        month = _MONTHS.index(match[2].capitalize()) + 1 if match[2] else 0
        return partial_date(int(match[1]), month, int(match[3] or 0), notes)
    if any(character.isdigit() for character in written):
        raise Unparsable(f"“{written[:40]}” does not begin with a year.", "Write it like 2024 May 1.", field="year")
    if electronic:
        return partial_date(int(electronic[1]), int(electronic[2]), int(electronic[3]), notes)
    if written:
        notes.append(f"“{written[:40]}” is not a date; it was left open.")
    return None


def _identifiers(source: _Source, kind: PaperType) -> Iterator[tuple[Scheme, str]]:
    if number := source.first("PMID").strip():
        yield Scheme.PUBMED, number[:_FREE_TEXT_LIMIT]
    for value in source.all("LID", "AID")[:_IDENTIFIERS_LIMIT]:
        text = value.strip()[:_FREE_TEXT_LIMIT]
        marked = _MARKED.fullmatch(text)
        if marked and marked[2].lower() == "doi":
            yield parse(marked[1]) or (Scheme.DOI, marked[1])
        else:
            yield from find_all(marked[1] if marked else text)
    if kind in PUBLISHED:
        yield from find_all(f"ISBN {source.first('ISBN').removeprefix('ISBN ')[:_FREE_TEXT_LIMIT]}")
    yield from find_all(source.first("URLF")[:_FREE_TEXT_LIMIT])


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """An entry for each record; one that PubMed does not have begins with an empty PMID."""
    for record in records:
        source = _Source(1)
        source.tags += [(name, value) for name, value in _lines(record) if value or name == "PMID"]
        lost = rest(differences(record, _record(source, [])))
        source.tags += [(_REST, lost)] if lost else []
        yield "".join(_line(name, value) for name, value in source.tags) + "\n"


def _lines(record: PaperRecord) -> Iterator[tuple[str, str]]:
    by_scheme = dict(reversed(record.identifiers))
    yield "PMID", by_scheme.get(Scheme.PUBMED, "")
    yield _KEY, f"{_KEY_MARK}{record.key}" if record.key else ""
    if record.date:
        month = _MONTHS[record.date.month - 1] if record.date.month else ""
        yield "DP", " ".join(part for part in (f"{record.date.year:04}", month, str(record.date.day or "")) if part)
    yield "TI", record.title
    yield "LID", f"{by_scheme[Scheme.DOI]} [doi]" if Scheme.DOI in by_scheme else ""
    yield "AB", " ".join(record.abstract.split())
    for name in record.authors:
        yield ("CN" if name.literal else "FAU"), name.literal or name_line(name)
        yield "AUID", f"ORCID: {name.orcid}" if name.orcid else ""
    yield "PT", TYPES[record.type]
    yield ("PB" if record.type in PUBLISHED else "JT"), record.venue
    if record.type in PUBLISHED:
        yield "ISBN", by_scheme.get(Scheme.ISBN, "")
    for word in record.keywords:
        yield "OT", word
    for scheme, value in record.identifiers:
        if scheme not in {Scheme.PUBMED, Scheme.DOI, Scheme.ISBN}:
            yield "AID", f"{url_for(scheme, value)} [uri]"
    yield "URLF", record.url


def _line(name: str, value: str) -> str:
    lines = textwrap.wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False, expand_tabs=False, replace_whitespace=False) or [""]
    return f"{name:<4}- {f'\n{_INDENT}'.join(lines)}\n"


FORMAT = Format(
    name="nbib",
    label="NBIB",
    media_type="application/nbib",
    suffixes=(".nbib",),
    read=read,
    write=write,
    starts=re.compile(r"^PMID *-", re.MULTILINE),
)
