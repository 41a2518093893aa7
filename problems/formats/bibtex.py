"""BibTeX and biblatex. bibtexparser parts an entry into fields; the rest is ours: isolation, macros, inheritance, names, dates, identifiers.

Every start of an entry in the file gives exactly one answer, Parsed or Failed, with the line it stands on.
"""

import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

from bibtexparser.entrypoint import parse_string
from bibtexparser.model import Block, DuplicateFieldKeyBlock, Entry, ImplicitComment, ParsingFailedBlock, String

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import Answers, Failed, Format, Parsed
from problems.formats._bibtex_names import read_names
from problems.formats._bibtex_writing import NEW_LINE, entry_of, written
from problems.formats._latex import to_text
from problems.formats._plain import ENTRIES_LIMIT, ENTRY_LIMIT, decoded, differences, keywords_of, ordered, readable, rest, restored
from problems.identifiers import Identifier, find_all, normalise, parse, safe_url
from problems.records import YEARS, PaperRecord, PartialDate, PersonName
from problems.text import ABSTRACT_LIMIT, TITLE_LIMIT, VENUE_LIMIT, clean_text, without_controls

_BLOCKS_LIMIT = 50_000  # entries, macros and comments together
_FIELDS_LIMIT = 1_000
_MACRO_LIMIT = 2_000  # a value that a @string may grow to: macros that double one another would fill the memory
_KEY_LIMIT = 200
_FREE_TEXT_LIMIT = 5_000  # of a field in which an address or identifier is looked for
_KEYWORDS_LIMIT = 20_000
_NOTES_LIMIT = 20
_SENTENCE_LIMIT = 300
_ANCESTORS_LIMIT = 20  # entries that one entry may inherit from
_REST = "x-tracker"

# It writes what it cannot read, with parts of the file, into the log of the site.
logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)


@dataclass(slots=True)
class _Source:
    """An entry parted into fields: names in lower case, values without delimiters, macros filled in."""

    type: str
    key: str
    line: int
    fields: dict[str, str]
    notes: list[str] = field(default_factory=list)


def read(data: bytes) -> Iterator[Parsed | Failed]:
    """One answer for each entry, in the order of the file. Raises Unparsable for a file that is too large or holds no entry."""
    text = decoded(data, mixed=True)
    found: list[_Source | Failed] = []
    broken: list[int] = []
    for entry in _split(text, broken):
        if len(found) == ENTRIES_LIMIT:
            raise Unparsable(f"The file has more than {ENTRIES_LIMIT:,} entries.", f"Part it into files of {ENTRIES_LIMIT:,} or fewer.")
        found.append(entry)
    if not found:
        hint = (
            f"What starts in line {broken[0]:,} is not closed." if broken else "An entry starts with @article{ or another type, on a line of its own."
        )
        raise Unparsable(f"There is no BibTeX entry in the {text.count('\n') + 1:,} lines of the file.", hint)
    by_key: dict[str, _Source] = {}
    for source in found:
        if isinstance(source, _Source):
            by_key.setdefault(source.key, source)
    return Answers(found, lambda source: source if isinstance(source, Failed) else _answer(source, by_key))


# -- from bytes to entries ---------------------------------------------------------------------------------------------------------------------

_START = re.compile(r"^[^\S\n]*@[^\S\n]*(\w+)[^\S\n]*(?:\n[^\S\n]*)?([{(])", re.MULTILINE)
_START_INLINE = re.compile(r"@\w*[^\S\n]*[{(]\s*[^\s,{}()\"=]*\s*,")
_KEY = re.compile(r"@\w*\s*[{(]\s*([^\s,{}()\"=]*)\s*(.?)")
_NOT_ENTRIES = frozenset({"string", "preamble", "comment"})
_ABORTED = (
    ("Expected comma after entry key", "There is no comma after the key. Write @article{key, and then the fields."),
    ("Expected a `=`", "A field has no equals sign, or a comma is missing before it. Write it like title = {…},"),
    ("Expected either", "A comma is missing between two fields. Write one after each value."),
)
_UNCLOSED = "The entry is not closed: a brace, bracket or quotation mark is missing. Close it before the next entry starts."


def _split(text: str, broken: list[int]) -> Iterator[_Source | Failed]:
    """Cut the file where entries start and read each piece alone, so that what is broken in one takes nothing from the next.

    Adds the lines of broken macros and comments to `broken`.
    """
    starts = list(islice(_START.finditer(text), _BLOCKS_LIMIT + 1))
    if len(starts) > _BLOCKS_LIMIT:
        raise Unparsable(f"The file has more than {_BLOCKS_LIMIT:,} entries, macros and comments.", "Part it into smaller files.")
    macros: dict[str, str] = {}
    line, counted = 1, 0
    for start, end in zip(starts, [*(start.start() for start in starts[1:]), len(text)], strict=False):
        line += text.count("\n", counted, start.start(1))
        counted = start.start(1)
        kind = start[1].lower()
        piece = readable(text[start.start(2) : end])
        if kind in _NOT_ENTRIES:
            # Another entry may follow on the last line of the block.
            yield from _blocks(f"@{kind}{piece}", "", line, macros, broken)
        elif len(piece) > ENTRY_LIMIT:
            reason = f"The entry has {len(piece):,} characters. Shorten it to {ENTRY_LIMIT:,} or fewer."
            yield Failed(_found_key(f"@{piece[:1000]}"), line, reason)
        else:
            # Under a name of our own: bibtexparser takes @commentary for a comment.
            yield from _blocks(f"@entry{piece}", kind, line, macros, broken)


def _blocks(piece: str, kind: str, line: int, macros: dict[str, str], broken: list[int]) -> Iterator[_Source | Failed]:
    """The entry of type `kind` at the start of `piece` (none if `kind` is empty), and whatever entries follow it without a line of their own."""
    try:
        blocks: list[Block] = parse_string(piece, parse_stack=[]).blocks if len(piece) <= ENTRY_LIMIT + 100 else []
    except Exception:  # noqa: BLE001 (a fault of the library in one entry must not take the others with it)
        blocks = []
    answered = not kind
    before: Block | None = None
    for block in blocks:
        here = line + (block.start_line or 0)
        if isinstance(block, String):
            macros[block.key.lower()] = _value(block.value, 0, macros, [])[0][:_MACRO_LIMIT]
        elif not answered:
            answered = True
            yield _source(block, kind, here, macros)
        elif before is None:
            broken += [here] if isinstance(block, ParsingFailedBlock) else []
        elif _is_entry(block, before):
            yield _source(block, "", here, macros)
        before = block
    if not answered:
        yield Failed(_found_key(piece), line, "The entry cannot be read. Check its braces and quotation marks.")


def _is_entry(block: Block, before: Block) -> bool:
    """Whether a block in the middle of a line is meant as an entry: "mail me@home (work)" and what stands behind % is not."""
    commented = isinstance(before, ImplicitComment) and before.comment.rpartition("\n")[2].lstrip().startswith("%")
    return isinstance(block, Entry | ParsingFailedBlock) and not commented and bool(_START_INLINE.match(block.raw or ""))


def _source(block: Block, kind: str, line: int, macros: dict[str, str]) -> _Source | Failed:
    raw = block.raw or ""
    notes: list[str] = []
    entry = block.ignore_error_block if isinstance(block, ParsingFailedBlock) else block
    if not isinstance(entry, Entry):
        why = str(getattr(getattr(block, "error", None), "abort_reason", ""))
        return Failed(_found_key(raw), line, next((reason for start, reason in _ABORTED if why.startswith(start)), _UNCLOSED))
    if isinstance(block, DuplicateFieldKeyBlock):
        notes.append(f"Fields given twice, the first of each was taken: {', '.join(sorted(block.duplicate_keys))[:200]}.")
    key = _tidy_key(entry.key)
    for character, name in (("\0", "a NUL character"), ("\ud800", "half of a character (an unpaired surrogate)")):
        if character in raw:
            return Failed(key, line, f"The entry contains {name}. Delete it and try again.")
    try:
        return _Source(kind or entry.entry_type.lower(), key, line, _fields(entry, macros, notes), notes)
    except Unparsable as error:
        return Failed(key, line, str(error))


def _fields(entry: Entry, macros: dict[str, str], notes: list[str]) -> dict[str, str]:
    """The fields that are not empty, the first of each name. Raises Unparsable for an entry that grows beyond the limits."""
    fields: dict[str, str] = {}
    size = count = 0
    for item in entry.fields:
        name, place = item.key.lower(), 0
        while name:
            value, following, place = _value(item.value, place, macros, notes, name)
            size += len(value)
            count += 1
            if count > _FIELDS_LIMIT:
                raise Unparsable(f"The entry has more than {_FIELDS_LIMIT:,} fields.", "Leave out those that are not needed.")
            if size > ENTRY_LIMIT:
                raise Unparsable(f"The entry has more than {ENTRY_LIMIT:,} characters once its macros are filled in.", "Shorten it.")
            if value.strip():
                fields.setdefault(name, value)
            name = following
    return fields


def _found_key(raw: str) -> str:
    """The key of an entry that could not be parted; none where the first word is a field."""
    match = _KEY.match(raw.lstrip())
    return _tidy_key(match[1]) if match and match[2] != "=" else ""


def _tidy_key(key: str) -> str:
    return " ".join(without_controls(key).split())[:_KEY_LIMIT]


# -- values ------------------------------------------------------------------------------------------------------------------------------------

_BLANKS = re.compile(r"\s*")
_DELIMITER = re.compile(r"(?<!\\)[{}\"]")
_WORD = re.compile(r"[^\s#{}\",=]+")
_NEXT_FIELD = re.compile(r"([A-Za-z][\w:+.-]*)\s*=\s*(?=\S)")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _value(source: str, place: int, macros: dict[str, str], notes: list[str], name: str = "") -> tuple[str, str, int]:
    """The text at `place` with its pieces joined (`MACRO # {text}`); if a comma was forgotten, also the name and place of the next field."""
    start, size = place, 0
    parts: list[str] = []
    while True:
        part, place = _part(source, _skip(source, place), macros, notes)
        parts.append(part)
        size += len(part)
        place = _skip(source, place)
        if source[place : place + 1] != "#" or size > ENTRY_LIMIT:
            break
        place += 1
    if place == len(source):
        return "".join(parts), "", place
    if following := _NEXT_FIELD.match(source, place):
        notes.append(f"There is no comma before “{following[1][:60]}”; it was read as a field of its own.")
        return "".join(parts), following[1].lower(), following.end()
    if name:
        notes.append(f"The value of “{name[:60]}” is not in braces as a whole; it was taken as it stands.")
    return source[start:], "", place


def _skip(source: str, place: int) -> int:
    match = _BLANKS.match(source, place)
    return match.end() if match else place


def _part(source: str, place: int, macros: dict[str, str], notes: list[str]) -> tuple[str, int]:
    """One piece of a value and the place behind it: text in braces or quotation marks, a number, a macro."""
    opening = source[place : place + 1]
    if opening in {"{", '"'}:
        depth = 0
        for mark in _DELIMITER.finditer(source, place + 1):
            if depth == 0 and mark[0] == ("}" if opening == "{" else '"'):
                return source[place + 1 : mark.start()], mark.end()
            depth += (mark[0] == "{") - (mark[0] == "}" and depth > 0)
        return source[place + 1 :], len(source)
    word = _WORD.match(source, place)
    if word is None:
        return "", place
    text = word[0]
    if text.lower() in macros:
        text = macros[text.lower()]
    elif not text[0].isdigit() and text.lower() not in _MONTHS and len(notes) < _NOTES_LIMIT:
        notes.append(f"“{text[:60]}” is not defined by a @string; it was taken as it stands.")
    return text, word.end()


# -- from fields to a record -------------------------------------------------------------------------------------------------------------------


def _answer(source: _Source, by_key: dict[str, _Source]) -> Parsed | Failed:
    notes = list(source.notes)
    try:
        record = restored(_record(source, _inherited(source, by_key, notes), notes), source.fields.get(_REST, "").strip(), notes)
    except Unparsable as error:
        return Failed(source.key, source.line, _sentence(str(error)))
    return Parsed(record, source.key, source.line, tuple(dict.fromkeys(_sentence(note) for note in notes))[:_NOTES_LIMIT])


def _sentence(text: str) -> str:
    """What is said about an entry quotes it: one line, nothing that moves the cursor of a terminal, not long."""
    return " ".join(without_controls(text).split())[:_SENTENCE_LIMIT]


def _record(source: _Source, fields: dict[str, str], notes: list[str]) -> PaperRecord:
    url = _url(fields, notes)
    venue = _venue(fields, notes)
    identifiers = _identifiers(source.type, fields, notes)
    return PaperRecord(
        title=_title(fields, url, notes),
        authors=_authors(fields, notes),
        date=_date(fields, notes),
        venue=venue,
        type=_type(source.type, fields, venue, url, identifiers),
        url=url,
        abstract=_abstract(fields, notes),
        identifiers=ordered(identifiers),
        key=source.key,
        keywords=_keywords(fields),
    )


# What a part takes from the volume it appeared in. Identifiers, address and abstract are those of the volume, not of the part.
_FROM_PARENT = ("booktitle", "journal", "journaltitle", "publisher", "organization", "institution", "school", "howpublished")
_DATES = ("date", "year", "month", "day")
_PARENTS = ("xdata", "crossref")


def _inherited(source: _Source, by_key: dict[str, _Source], notes: list[str]) -> dict[str, str]:
    """The fields of an entry and what `xdata` and `crossref` add to them, however often they lead in a circle."""
    fields = dict(source.fields)
    seen = {source.key}
    waiting = [(reference, key) for reference in _PARENTS for key in _references(source.fields, reference)]
    while waiting and len(seen) < _ANCESTORS_LIMIT:
        reference, key = waiting.pop(0)
        if key in seen:
            continue
        seen.add(key)
        parent = by_key.get(key)
        if parent is None:
            notes.append(f"The entry refers to “{key[:60]}”, which is not in the file.")
            continue
        given = parent.fields
        if reference == "crossref":
            given = {name: given[name] for name in _FROM_PARENT if name in given} | {name: given[name] for name in _DATES if name in given}
            if "title" in parent.fields:
                given.setdefault("booktitle", parent.fields["title"])
        if "date" in fields or "year" in fields:
            given = {name: value for name, value in given.items() if name not in _DATES}
        fields = given | fields
        waiting += [
            ("crossref" if "crossref" in {reference, name} else "xdata", key) for name in _PARENTS for key in _references(parent.fields, name)
        ]
    return fields


def _references(fields: dict[str, str], name: str) -> list[str]:
    return [key for key in (_tidy_key(key) for key in fields.get(name, "").split(",", _ANCESTORS_LIMIT)[:_ANCESTORS_LIMIT]) if key]


def _text(value: str, notes: list[str], *, limit: int, name: str) -> str:
    """A field as plain text. Raises Unparsable where it is too long; its source may be ten times as long, LaTeX takes room."""
    if len(value) > 10 * limit:
        raise Unparsable(f"The {name} has {len(value):,} characters.", f"Shorten it to {limit:,} or fewer.", field=name)
    text = to_text(value)
    visible = without_controls(text)
    if visible != text:
        notes.append(f"Control characters in the {name} were left out.")
    return clean_text(visible, limit=limit, field=name)


def _title(fields: dict[str, str], url: str, notes: list[str]) -> str:
    """Title and subtitle; of an entry that has neither, the address, by which it can at least be found."""
    title = _text(fields.get("title", ""), notes, limit=TITLE_LIMIT, name="title")
    subtitle = _text(fields.get("subtitle", ""), notes, limit=TITLE_LIMIT, name="title")
    if not title and url:
        notes.append("The entry has no title; its address was taken.")
        title = url.partition("//")[2][:TITLE_LIMIT]
    if not title:
        raise Unparsable("The entry has no title.", "Add title = {…} to it.", field="title")
    return clean_text(f"{title}: {subtitle}" if subtitle else title, limit=TITLE_LIMIT, field="title")


def _authors(fields: dict[str, str], notes: list[str]) -> tuple[PersonName, ...]:
    if authors := read_names(fields.get("author", ""), notes):
        return authors
    editors = read_names(fields.get("editor", ""), notes)
    if editors:
        notes.append("The entry names no author; its editors were taken.")
    return editors


def _keywords(fields: dict[str, str]) -> tuple[str, ...]:
    value = fields.get("keywords", "")[:_KEYWORDS_LIMIT]
    return keywords_of(to_text(word) for word in re.split(r"[,;]", value))


def _abstract(fields: dict[str, str], notes: list[str]) -> str:
    """The abstract; its lines end where our own writing says so, those of the file are how somebody wrapped it."""
    lines = fields.get("abstract", "").split(NEW_LINE)
    try:
        text = "\n".join(_text(line, notes, limit=ABSTRACT_LIMIT, name="abstract") for line in lines)
        return clean_text(text, limit=ABSTRACT_LIMIT, field="abstract", multiline=True)
    except Unparsable as error:
        notes.append(f"{error.title} It was left out; {ABSTRACT_LIMIT:,} is the limit.")
        return ""


# -- dates -------------------------------------------------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)", re.ASCII)
_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?", re.ASCII)
_NUMBER = re.compile(r"(?<!\d)\d{1,2}(?!\d)", re.ASCII)
_LETTERS = re.compile(r"[^\W\d_]+")


def _date(fields: dict[str, str], notes: list[str]) -> PartialDate | None:
    date, year = (_text(fields.get(name, ""), notes, limit=100, name=name) for name in ("date", "year"))
    if date and (iso := _ISO.fullmatch(_first_of_range(date))):
        if not _ISO.fullmatch(date):
            notes.append(f"“{date}” was read as {iso[0]}.")
        return _as_precise_as_right(_checked_year(iso[1]), int(iso[2] or 0), int(iso[3] or 0), notes)
    written = year or date
    if not written:
        return None
    if not any(character.isdigit() for character in written):
        notes.append(f"“{written}” is not a year; the date was left open.")
        return None
    match = _YEAR.search(written)
    number = _checked_year(match[0] if match else written)
    if match and match[0] != written:
        notes.append(f"“{written}” was read as {number}.")
    month, day = _month(fields, notes)
    return _as_precise_as_right(number, month, day, notes)


def _first_of_range(date: str) -> str:
    start, _, end = date.partition("/")
    return (start.strip(" .?~%") or end).strip(" .?~%")


def _checked_year(written: str) -> int:
    if _YEAR.fullmatch(written) and int(written) in YEARS:
        return int(written)
    raise Unparsable(f"{written[:40]} is not a year.", "Write four digits, for example 2024.", field="year")


def _month(fields: dict[str, str], notes: list[str]) -> tuple[int, int]:
    """Month and day, 0 where unknown: `month` is a number, a name in any length, or as in `"8~" # jul` a day with its name."""
    month, day = (_text(fields.get(name, ""), notes, limit=100, name=name) for name in ("month", "day"))
    names = [word[:3].lower() for word in _LETTERS.findall(month)]
    numbers = [int(number) for number in _NUMBER.findall(month)]
    days = [int(number) for number in _NUMBER.findall(day)]
    for name in names:
        if name in _MONTHS:
            return _MONTHS.index(name) + 1, (days or numbers or [0])[0]
    if month and (names or not numbers):
        notes.append(f"“{month}” is not a month; it was left out.")
        return 0, 0
    return (numbers or [0])[0], (days or [0])[0]


def _as_precise_as_right(year: int, month: int, day: int, notes: list[str]) -> PartialDate:
    for parts in ((month, day), (month,), ()):
        try:
            date = PartialDate(year, *(part or None for part in parts))
        except Unparsable as error:
            notes.append(f"{error.title} It was left out.")
        else:
            return date
    return PartialDate(year)


# -- venue, address, type ----------------------------------------------------------------------------------------------------------------------

_VENUES = ("journaltitle", "journal", "booktitle", "howpublished", "school", "institution", "organization", "publisher")
_URL_MACRO = re.compile(r"\\(?:url|href)\s*\{([^{}]*)\}")
_URL = re.compile(r"(?:https?://|www\.)[^\s{}<>\"\\]+", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([_%&#$~{}])")
_ARXIV_MENTION = re.compile(r"(?:arxiv:|abs/)[a-z.-]{0,12}/?[\d.]+(?:v\d{1,3})?(?:\s*\[[a-z.-]{1,20}\])?", re.IGNORECASE)
_CONFERENCES = re.compile(r"\bconference on\b|\bsymposium\b|\bworkshop on\b|neural information processing systems", re.IGNORECASE)
_PREPRINTS = re.compile(r"rxiv|\bcorr\b|\bssrn\b|social science research network|preprint", re.IGNORECASE)
_TYPES = {
    PaperType.ARTICLE: "article periodical suppperiodical review journal_article",
    PaperType.CONFERENCE: "inproceedings conference proceedings mvproceedings conference_proceedings conference_paper",
    PaperType.REPORT: "techreport report",
    PaperType.NEWS: "newspaper_article magazine_article newspaper newsarticle",
    PaperType.WEB_PAGE: "online electronic www web_page webpage",
    PaperType.BOOK: "book mvbook collection mvcollection reference mvreference booklet",
    PaperType.CHAPTER: "inbook incollection book_section bookinbook suppbook suppcollection inreference",
    PaperType.THESIS: "phdthesis mastersthesis thesis bachelorsthesis",
    PaperType.SOFTWARE: "software computer_program",
    PaperType.DATASET: "dataset data",
    PaperType.LEGAL: "legal legislation jurisdiction statute bill case",
}
_TYPE_OF = {name: kind for kind, names in _TYPES.items() for name in names.split()}
# Types whose ISBN is their own, not that of the volume around them.
_OWN_ISBN = frozenset({PaperType.BOOK, PaperType.THESIS, PaperType.REPORT})


def _venue(fields: dict[str, str], notes: list[str]) -> str:
    for name in _VENUES:
        value = _URL.sub("", _URL_MACRO.sub("", fields.get(name, "")))
        text = _text(_ARXIV_MENTION.sub("", value), notes, limit=VENUE_LIMIT, name="venue").strip(" ,;:")
        if text:
            return text
    return ""


def _url(fields: dict[str, str], notes: list[str]) -> str:
    """The first address that can be shown as a link, of `url`, then of the fields in which people hide one."""
    candidates = [fields[name] for name in ("url", "bdsk-url-1") if name in fields]
    for name in ("howpublished", "note", "journal"):
        value = fields.get(name, "")[:_FREE_TEXT_LIMIT]
        candidates += _URL_MACRO.findall(value) or [match.rstrip(".,;)") for match in _URL.findall(value)]
    for candidate in candidates:
        address = _bare_address(candidate)
        try:
            return safe_url(f"https://{address}" if address.lower().startswith("www.") else address)
        except Unparsable as error:
            notes.append(f"{error.title} It was left out.")
    return ""


def _bare_address(value: str) -> str:
    wrapped = _URL_MACRO.search(value)
    return _ESCAPED.sub(r"\1", wrapped[1] if wrapped else value).replace("{", "").replace("}", "").strip(" <>")


def _type(written: str, fields: dict[str, str], venue: str, url: str, identifiers: list[Identifier]) -> PaperType:
    kind = _TYPE_OF.get(written, PaperType.OTHER)
    if fields.get("entrysubtype", "").lower() in {"newspaper", "magazine"}:
        return PaperType.NEWS
    on_arxiv = any(identifier.scheme == Scheme.ARXIV for identifier in identifiers)
    if kind in {PaperType.ARTICLE, PaperType.OTHER} and (_PREPRINTS.search(venue) or (on_arxiv and not venue)):
        return PaperType.PREPRINT
    if kind == PaperType.ARTICLE and _CONFERENCES.search(venue):
        return PaperType.CONFERENCE
    if kind == PaperType.OTHER and url and written in {"misc", "generic", "unpublished"}:
        return PaperType.WEB_PAGE
    return kind


# -- identifiers -------------------------------------------------------------------------------------------------------------------------------

_FIELD_SCHEMES = (("doi", Scheme.DOI), ("arxiv", Scheme.ARXIV), ("arxivid", Scheme.ARXIV), ("pmid", Scheme.PUBMED), ("isbn", Scheme.ISBN))
_ARCHIVES = {scheme.value: scheme for scheme in (Scheme.ARXIV, Scheme.PUBMED, Scheme.SSRN, Scheme.OPENREVIEW, Scheme.DOI)}
# A note that starts with an identifier names this paper; "Comment on arXiv:…" names another one.
_OWN_NOTE = re.compile(r"(?:\\url\s*\{\s*)?(?:arxiv|corr|doi|10\.\d|https?://|pmid|ssrn|isbn)", re.IGNORECASE)


def _identifiers(written: str, fields: dict[str, str], notes: list[str]) -> list[Identifier]:
    """Every identifier of the paper itself, the first of each scheme."""
    found: list[Identifier] = []
    for name, scheme in _FIELD_SCHEMES:
        if scheme == Scheme.ISBN and _TYPE_OF.get(written) not in _OWN_ISBN:
            continue
        if value := _bare_address(fields.get(name, "")[:_FREE_TEXT_LIMIT]):
            found += _read_identifiers(scheme, value, name, notes)
    if eprint := _bare_address(fields.get("eprint", "")[:_FREE_TEXT_LIMIT]):
        found += _eprint(eprint, fields)
    for name in ("url", "journal", "journaltitle", "howpublished", "note"):
        value = fields.get(name, "")[:_FREE_TEXT_LIMIT].strip()
        if value and (name != "note" or _OWN_NOTE.match(value)):
            found += find_all(_ESCAPED.sub(r"\1", value).replace("\\url", " ").replace("{", " ").replace("}", " "))
    first: dict[Scheme, Identifier] = {}
    for identifier in found:
        kept = first.setdefault(identifier.scheme, identifier)
        if kept != identifier:
            notes.append(f"A second {identifier.scheme.label} ({identifier.value[:80]}) was left out.")
    return list(first.values())


def _read_identifiers(scheme: Scheme, value: str, name: str, notes: list[str]) -> list[Identifier]:
    found = find_all(f"ISBN {value}" if scheme == Scheme.ISBN else value)
    if whole := parse(value):
        found = [whole, *(other for other in found if other != whole)]
    if not found:
        try:
            found = [Identifier(scheme, normalise(scheme, value))]
        except Unparsable as error:
            notes.append(f"{error.title} The field “{name}” was left out.")
    return found


def _eprint(value: str, fields: dict[str, str]) -> list[Identifier]:
    """`eprint` with its archive; without one only where it can be nothing but an arXiv identifier."""
    archive = (fields.get("archiveprefix") or fields.get("eprinttype") or "").strip(" {}").lower()
    scheme = _ARCHIVES.get(archive)
    if scheme is None and not archive:
        whole = parse(value)
        return [whole] if whole and whole.scheme in {Scheme.ARXIV, Scheme.DOI} else []
    spellings = [value, f"{fields.get('primaryclass', '').strip(' {}')}/{value}"]
    for spelling in spellings if scheme else []:
        try:
            return [Identifier(scheme, normalise(scheme, spelling))] if scheme else []
        except Unparsable:
            continue
    return []


# -- from records to entries -------------------------------------------------------------------------------------------------------------------


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """An entry for each record. What the entry alone would be read as otherwise, stands in a field of our own."""
    for record in records:
        kind, fields = entry_of(record)
        if lost := rest(differences(record, _read_back(record, kind, fields))):
            fields[_REST] = lost
        yield written(kind, record, fields)


def _read_back(record: PaperRecord, kind: str, fields: dict[str, str]) -> PaperRecord:
    """What `read` would make of the entry, in those parts that it derives from more than one field or cannot hold."""
    url, venue = _url(fields, []), _venue(fields, [])
    identifiers = _identifiers(kind, fields, [])
    return replace(
        record,
        authors=_authors(fields, []),
        venue=venue,
        url=url,
        type=_type(kind, fields, venue, url, identifiers),
        identifiers=ordered(identifiers),
        keywords=_keywords(fields),
    )


FORMAT = Format(
    name="bibtex",
    label="BibTeX",
    media_type="application/x-bibtex",
    suffixes=(".bib", ".bibtex"),
    read=read,
    write=write,
    starts=_START,
    for_citing=True,
)
