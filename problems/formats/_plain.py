"""What formats share: from bytes to text, limits, records as plain objects, and a place for what a format has no words for."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any
from urllib.parse import quote, unquote

import orjson

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.identifiers import normalise, safe_url
from problems.records import PaperRecord, PartialDate, PersonName
from problems.text import ABSTRACT_LIMIT, AUTHORS_LIMIT, NAME_LIMIT, TITLE_LIMIT, VENUE_LIMIT, clean_text, without_controls

FILE_LIMIT = 20_000_000
ENTRY_LIMIT = 1_000_000
ENTRIES_LIMIT = 10_000
KEY_LIMIT = 200
KEYWORDS_LIMIT, KEYWORD_LIMIT = 200, 200
_SHORT_PART_LIMIT = 100
_NOTES_LIMIT = 20
_SENTENCE_LIMIT = 300
_PARTICLE = re.compile(r"((?:[^\W\d_A-Z][^\s,A-Z]*\s+)+)(?=\S)")
_INITIALS = re.compile(r"((?:[A-Z]\.[ -]?)+)\s*([^\W\d_]{2}\S*)")
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]", re.ASCII)
_NAME_PARTS = tuple(each.name for each in fields(PersonName))
_TYPES, _SCHEMES = frozenset(PaperType.values), frozenset(Scheme.values)  # which make a list each time
_REST = "tracker:"
_HALF_CHARACTER = re.compile("\udced[\udca0-\udcbf][\udc80-\udcbf]")
_OTHER_BYTES = re.compile("[\udc80-\udcff]+")


# -- from bytes to text --


def within_limit(size: int) -> None:
    """Raise Unparsable for a file of more bytes than are read."""
    if size > FILE_LIMIT:
        raise Unparsable(f"The file has {size / 1e6:.1f} MB.", f"Part it into files of {FILE_LIMIT // 1_000_000} MB or less.")


def decoded(data: bytes, *, mixed: bool = False) -> str:
    """Text of a file, with one kind of line end: UTF-8 with or without a mark, UTF-16 with one, else Windows-1252.

    `mixed` keeps bytes that are not UTF-8 for `readable`, which takes them for Windows-1252 one by one. Raises Unparsable for a file that is too
    large.
    """
    within_limit(len(data))
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = data.decode("utf-16", "replace")
    elif mixed:
        text = data.decode("utf-8", "surrogateescape")
    else:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = data.decode("cp1252", "replace")
    return (text.replace("\ufeff", "") if mixed else text).replace("\r\n", "\n").replace("\r", "\n")


def readable(text: str) -> str:
    """Bytes that are not UTF-8 are taken for Windows-1252, where they stand; half of a character stays one, for the reader to refuse."""
    if text.isascii():
        return text
    text = _HALF_CHARACTER.sub("\ud800", text)
    return _OTHER_BYTES.sub(lambda match: match[0].encode("utf-8", "surrogateescape").decode("cp1252", "replace"), text)


def few[Entry](entries: Iterable[Entry], what: str, hint: str) -> list[Entry]:
    """The entries of a file. Raises Unparsable, with `hint`, where there are none or too many."""
    found: list[Entry] = []
    for entry in entries:
        if len(found) == ENTRIES_LIMIT:
            raise Unparsable(f"The file has more than {ENTRIES_LIMIT:,} entries.", f"Part it into files of {ENTRIES_LIMIT:,} or fewer.")
        found.append(entry)
    if not found:
        raise Unparsable(f"There is no {what} entry in the file.", hint)
    return found


def sentence(text: str) -> str:
    """What is said about an entry quotes it: one line, nothing that moves the cursor of a terminal, not long."""
    return " ".join(without_controls(text).split())[:_SENTENCE_LIMIT]


def told(notes: Iterable[str]) -> tuple[str, ...]:
    """Notes on an entry, each once, not too many."""
    return tuple(dict.fromkeys(sentence(note) for note in notes))[:_NOTES_LIMIT]


def tidy_key(key: str) -> str:
    """What an entry is called, in one line."""
    return " ".join(without_controls(key).split())[:KEY_LIMIT]


# -- values --


def line_of(value: object, name: str, limit: int, *, required: bool = False) -> str:
    """A text of one line. Raises Unparsable where it is none, or too long."""
    if value is None:
        value = ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = f"{value:d}" if abs(value) < 10**20 else ""
    if not isinstance(value, str):
        raise Unparsable(f"The {name} is not text.", "Write it in quotation marks.", field=name)
    return clean_text(without_controls(value), limit=limit, field=name, required=required)


def abstract_of(value: str, notes: list[str]) -> str:
    """An abstract, or none where it is too long."""
    try:
        return clean_text(without_controls(value), limit=ABSTRACT_LIMIT, field="abstract", multiline=True)
    except Unparsable as error:
        notes.append(f"{error.title} It was left out; {ABSTRACT_LIMIT:,} is the limit.")
        return ""


def url_of(value: str, notes: list[str]) -> str:
    """An address that can be shown as a link, or none."""
    if not value.strip():
        return ""
    try:
        return safe_url(value)
    except Unparsable as error:
        notes.append(f"{error.title} It was left out.")
        return ""


def identifiers_of(found: Iterable[tuple[Scheme, str]], notes: list[str]) -> tuple[tuple[Scheme, str], ...]:
    """These identifiers, normalised, each once, in the order of the schemes; what is none is left out."""
    kept: set[tuple[Scheme, str]] = set()
    for scheme, value in found:
        try:
            kept.add((scheme, normalise(scheme, value)))
        except Unparsable as error:
            notes.append(f"{error.title} It was left out.")
    return ordered(kept)


def ordered(found: Iterable[tuple[Scheme, str]]) -> tuple[tuple[Scheme, str], ...]:
    """Identifiers as a record holds them: by scheme, then by value."""
    return tuple(sorted(found, key=lambda pair: (pair[0].value, pair[1])))


def keywords_of(values: Iterable[str]) -> tuple[str, ...]:
    """Keywords that are not blank and not too long or too many, each once."""
    cleaned = (" ".join(without_controls(value).split()) for value in values)
    return tuple(dict.fromkeys(value for value in cleaned if 0 < len(value) <= KEYWORD_LIMIT))[:KEYWORDS_LIMIT]


def partial_date(year: int, month: int, day: int, notes: list[str]) -> PartialDate:
    """As much of a date as a calendar has. Raises Unparsable for a year that is none."""
    for parts in ((month or None, day or None), (month or None,)):
        try:
            return PartialDate(year, *parts)
        except Unparsable as error:
            if error.field == "year":
                raise
            notes.append(f"{error.title} It was left out.")
    return PartialDate(year)


# -- names in one line --


def name_line(name: PersonName) -> str:
    """A name as reference managers write it: Family, Given, Suffix; with a comma behind a family name alone, and none for a literal name."""
    if name.literal:
        return name.literal
    family = " ".join(part for part in (name.particle, name.family) if part)
    return f"{family}, {name.given}, {name.suffix}".rstrip(", ") if name.given or name.suffix else f"{family},"


def name_of(line: str) -> PersonName:
    """A name out of such a line."""
    line = clean_text(without_controls(line), limit=NAME_LIMIT, field="name of an author")
    family, comma, rest = line.partition(",")
    if not comma and (person := _INITIALS.fullmatch(line)):
        return PersonName(family=person[2], given=person[1].strip())
    if not comma or not family.strip():
        return PersonName(literal=line)
    particle = match[1].strip() if (match := _PARTICLE.match(family)) else ""
    given, _, suffix = rest.partition(",")
    if max(len(particle), len(suffix.strip())) > _SHORT_PART_LIMIT:
        return PersonName(literal=line)
    return PersonName(family=family[len(particle) :].strip(), given=given.strip(), particle=particle, suffix=suffix.strip())


def names_of(lines: Iterable[str]) -> tuple[PersonName, ...]:
    """Names out of lines, blank ones left out. Raises Unparsable where they are too many."""
    names = tuple(name for name in (name_of(line) for line in lines) if name.display)
    if len(names) > AUTHORS_LIMIT:
        raise Unparsable(f"The entry has {len(names):,} authors.", f"Shorten the list to {AUTHORS_LIMIT:,} or fewer.", field="authors")
    return names


# -- records as plain objects --


def to_plain(record: PaperRecord) -> dict[str, Any]:
    """All of a record as JSON knows it; what is empty is left out."""
    schemes: dict[str, list[str]] = {}
    for scheme, value in record.identifiers:
        schemes.setdefault(scheme.value, []).append(value)
    plain = {
        "id": record.key,
        "type": record.type.value,
        "title": record.title,
        "authors": [{part: text for part in _NAME_PARTS if (text := getattr(name, part))} for name in record.authors],
        "date": str(record.date) if record.date else "",
        "venue": record.venue,
        "address": record.url,
        "identifiers": schemes,
        "keywords": list(record.keywords),
        "abstract": record.abstract,
    }
    return {name: value for name, value in plain.items() if value}


def from_plain(plain: object, notes: list[str]) -> PaperRecord:
    """A record of such an object, cleaned; what can be left out is told in `notes`. Raises Unparsable for the rest."""
    if not isinstance(plain, dict):
        raise Unparsable("The entry is not an object.", 'Write it like {"title": "…"}.')
    date = line_of(plain.get("date"), "date", 100)
    kind = line_of(plain.get("type"), "type", 100)
    if kind and kind not in _TYPES:
        notes.append(f"“{kind[:40]}” is not a type that is known here; it was read as other.")
    return PaperRecord(
        title=line_of(plain.get("title"), "title", TITLE_LIMIT, required=True),
        authors=_authors(plain.get("authors")),
        date=PartialDate.parse(date) if date else None,
        venue=line_of(plain.get("venue"), "venue", VENUE_LIMIT),
        type=PaperType(kind) if kind in _TYPES else PaperType.OTHER,
        url=url_of(_string(plain.get("address"), "address"), notes),
        abstract=abstract_of(_string(plain.get("abstract"), "abstract"), notes),
        identifiers=identifiers_of(_pairs(plain.get("identifiers"), notes), notes),
        key=tidy_key(line_of(plain.get("id"), "id", KEY_LIMIT)),
        keywords=keywords_of(_strings(plain.get("keywords"), "keywords")),
    )


def _string(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise Unparsable(f"The {name} is not text.", "Write it in quotation marks.", field=name)
    return value


def _strings(value: object, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unparsable(f"The {name} are not a list of texts.", 'Write them like ["…", "…"].', field=name)
    return value


def _authors(value: object) -> tuple[PersonName, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > AUTHORS_LIMIT:
        raise Unparsable(
            f"The authors are not a list of {AUTHORS_LIMIT:,} or fewer.", 'Write them like [{"family": "…", "given": "…"}].', field="authors"
        )
    return tuple(name for name in (_author(each) for each in value) if name.family or name.literal)


def _author(value: object) -> PersonName:
    if isinstance(value, str):
        return name_of(value)
    if not isinstance(value, dict):
        raise Unparsable("An author is neither an object nor text.", 'Write it like {"family": "…", "given": "…"}.', field="authors")
    parts = {part: line_of(value.get(part), "name of an author", NAME_LIMIT) for part in _NAME_PARTS}
    if not _ORCID.fullmatch(parts["orcid"]):
        parts["orcid"] = ""
    name = PersonName(**parts)
    if name.literal or not name.family or max(len(name.particle), len(name.suffix)) > _SHORT_PART_LIMIT:
        return PersonName(literal=name.display[:NAME_LIMIT], orcid=name.orcid)
    return name


def _pairs(value: object, notes: list[str]) -> Iterator[tuple[Scheme, str]]:
    if value is None:
        return
    if not isinstance(value, dict):
        raise Unparsable("The identifiers are not an object.", 'Write them like {"doi": ["…"]}.', field="identifiers")
    for scheme, values in value.items():
        if scheme not in _SCHEMES:
            notes.append(f"“{str(scheme)[:40]}” is not a scheme of identifiers that is known here; it was left out.")
            continue
        for each in _strings([values] if isinstance(values, str) else values, "identifiers"):
            yield Scheme(scheme), each


# -- what a format has no words for --


def differences(record: PaperRecord, read_back: PaperRecord) -> dict[str, Any]:
    """The parts of `record` that its format does not give back, as a plain object."""
    wanted, given = to_plain(record), to_plain(read_back)
    return {name: wanted.get(name) for name in wanted.keys() | given.keys() if wanted.get(name) != given.get(name)}


def rest(lost: Mapping[str, Any]) -> str:
    """Such parts as one word without blanks, quotation marks or braces, for a field of a format's own; empty for none."""
    return _REST + quote(orjson.dumps(lost, option=orjson.OPT_SORT_KEYS), safe=":,") if lost else ""


def restored(record: PaperRecord, word: str, notes: list[str]) -> PaperRecord:
    """`record` with the parts that such a word holds; as it is where the word is not one of ours."""
    if not word.startswith(_REST):
        return record
    try:
        return with_parts(record, orjson.loads(unquote(word.removeprefix(_REST))), notes)
    except orjson.JSONDecodeError:
        notes.append("The field of this site cannot be read; it was left out.")
        return record


def with_parts(record: PaperRecord, parts: object, notes: list[str]) -> PaperRecord:
    """`record` with these parts of a plain object. Parts that cannot be read are left out."""
    if not isinstance(parts, dict) or not parts.keys() <= _FIELDS.keys():
        return record
    try:
        read = from_plain(to_plain(record) | parts, notes)
    except Unparsable as error:
        notes.append(f"{error.title} The field of this site was left out.")
        return record
    return replace(record, **{_FIELDS[name]: getattr(read, _FIELDS[name]) for name in parts})


_FIELDS = {
    "id": "key",
    "type": "type",
    "title": "title",
    "authors": "authors",
    "date": "date",
    "venue": "venue",
    "address": "url",
    "identifiers": "identifiers",
    "keywords": "keywords",
    "abstract": "abstract",
}
