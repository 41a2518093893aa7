"""What people hand in, as plain data: the shape of Submission.content, which form and API both fill, and the one reader that checks it.

A draft may be incomplete: here only types, sizes and characters are checked, and words of vocabularies where they are given. What must be
there is the rule of the models, asked when it is submitted.

    {"paper": "k3v9q1x0ab"}                      a paper on record, by id; or
    {"record": {"title": …, "authors": […], …}}  a paper that is not
    {"tags": [{"target": "P5.L2", "relation": "narrows", "rationale": …, "locator": …, "basis": …}]}
    {"method": {"material": "none_needed", "modalities": ["image"]}}  of either, optional
    {"search": {"targets": ["P5.L2"], "where": …, "query": …, "searched_on": "2026-11-25"}}
    {"correction": {"paper" or "tag": id, "changes": {field: value}, "reason": …}}
"""

from collections.abc import Callable, Mapping
from typing import Any

from problems.choices import Advisory, Basis, Material, Modality, PaperType, Relation, Scheme, SubmissionKind, Topic
from problems.errors import Invalid, Unparsable
from problems.identifiers import IDENTIFIER_LIMIT, URL_LIMIT, normalise, safe_url
from problems.records import PaperRecord, PartialDate, PersonName
from problems.text import ABSTRACT_LIMIT, AUTHORS_LIMIT, LOCATOR_LIMIT, NAME_LIMIT, NOTE_LIMIT, RATIONALE_LIMIT, TITLE_LIMIT, VENUE_LIMIT, clean_text

TAGS_LIMIT, TARGETS_LIMIT, IDENTIFIERS_LIMIT = 100, 20, 50
CODE_LIMIT, ID_LIMIT, DAY_LIMIT, QUERY_LIMIT = 12, 10, 10, 300

type Data = dict[str, Any]
type Reader = Callable[[Any, str, Faults], Any]


class Faults(dict[str, list[str]]):
    """Sentences by where they belong, as in tags.0.rationale."""

    def add(self, where: str, sentence: str) -> None:
        """One more."""
        self.setdefault(where, []).append(sentence)


def read(raw: object, kind: str) -> Data:
    """`raw` as the content of a submission of this kind: checked, its texts cleaned, nothing in it that does not belong.

    Raises Invalid with every fault by its place.
    """
    return read_fields(raw, CONTENT[SubmissionKind(kind)])


def read_fields(raw: object, fields: Mapping[str, Reader]) -> Data:
    """`raw` as an object of these fields, in the same way."""
    faults = Faults()
    found = _table(raw, "", faults, fields)
    if faults:
        raise Invalid(faults)
    return found


def to_record(record: Mapping[str, Any]) -> PaperRecord:
    """The plain shape of a record that was read. Raises Invalid by field, under "record"."""
    faults = Faults()
    identifiers: list[tuple[Scheme, str]] = []
    for scheme, values in record.get("identifiers", {}).items():
        for number, value in enumerate(values):
            try:
                identifiers.append((Scheme(scheme), normalise(Scheme(scheme), value)))
            except Unparsable as error:
                faults.add(f"record.identifiers.{scheme}.{number}", str(error))
    date = None
    try:
        date = PartialDate.parse(record["date"]) if record.get("date") else None
    except Unparsable as error:
        faults.add("record.date", str(error))
    address = record.get("address", "")
    try:
        address = safe_url(address) if address else ""
    except Unparsable as error:
        faults.add("record.address", str(error))
    if not record.get("title"):
        faults.add("record.title", "The title is missing. Write it in visible characters.")
    names = [PersonName(**author) for author in record.get("authors", [])]
    for number, name in enumerate(names):
        if not name.family and not name.literal:
            faults.add(f"record.authors.{number}", "An author needs a family name or a literal name.")
    if faults:
        raise Invalid(faults)
    return PaperRecord(
        title=record["title"],
        authors=tuple(names),
        date=date,
        venue=record.get("venue", ""),
        type=PaperType(record.get("type") or PaperType.OTHER),
        url=address,
        abstract=record.get("abstract", ""),
        identifiers=tuple(dict.fromkeys(identifiers)),
    )


def from_record(record: PaperRecord) -> Data:
    """A record of the plain shape as the data that `read` takes: what fills a form."""
    identifiers: dict[str, list[str]] = {}
    for scheme, value in record.identifiers:
        identifiers.setdefault(scheme.value, []).append(value)
    return {
        "title": record.title,
        "authors": [{part: text for part in PERSON if (text := getattr(name, part))} for name in record.authors],
        "date": str(record.date or ""),
        "venue": record.venue,
        "type": record.type.value,
        "address": record.url,
        "abstract": record.abstract,
        "identifiers": identifiers,
    }


# -- readers: each takes a value, its place and the faults, and gives the value to keep --


def text(limit: int, *, multiline: bool = False) -> Reader:
    """Of a text up to this length."""

    def reader(value: Any, where: str, faults: Faults) -> str:
        if not isinstance(value, str):
            faults.add(where, "This has to be a text.")
            return ""
        name = where.rpartition(".")[2]
        try:
            return clean_text(value, limit=limit, field=name if name and not name.isdecimal() else "text", multiline=multiline)
        except Unparsable as error:
            faults.add(where, str(error))
            return ""

    return reader


def word(vocabulary: Any) -> Reader:
    """Of one of these words, or none."""

    def reader(value: Any, where: str, faults: Faults) -> str:
        if not isinstance(value, str) or (value and value not in vocabulary.values):
            faults.add(where, f"This word is not known. Choose among: {', '.join(vocabulary.values)}.")
            return ""
        return value

    return reader


def _level(value: Any, where: str, faults: Faults) -> int:
    if type(value) is not int or value not in Advisory.values:
        faults.add(where, f"Write one of the numbers {', '.join(map(str, Advisory.values))}.")
        return 0
    return value


def number(most: int) -> Reader:
    """Of a whole number from 1."""

    def reader(value: Any, where: str, faults: Faults) -> int:
        if type(value) is not int or not 1 <= value <= most:
            faults.add(where, f"Write a whole number from 1 to {most:,}.")
            return 1
        return value

    return reader


def count_or_none(most: int) -> Reader:
    """Of a whole number from 0, or none."""

    def reader(value: Any, where: str, faults: Faults) -> int | None:
        if value is not None and (type(value) is not int or not 0 <= value <= most):
            faults.add(where, f"Write a whole number from 0 to {most:,}, or null.")
            return None
        return value

    return reader


def flag(value: Any, where: str, faults: Faults) -> bool:
    """Of true or false."""
    if type(value) is not bool:
        faults.add(where, "Write true or false.")
    return value is True


def listed(of: Reader, limit: int, what: str) -> Reader:
    """Of a list that is not too long."""

    def reader(value: Any, where: str, faults: Faults) -> list[Any]:
        if not isinstance(value, list):
            faults.add(where, "This has to be a list.")
            return []
        if len(value) > limit:
            faults.add(where, f"{len(value):,} {what} are more than {limit:,}. Hand in the rest separately.")
            return []
        return [of(each, f"{where}.{number}", faults) for number, each in enumerate(value)]

    return reader


def by_id(of: Reader, limit: int) -> Reader:
    """Of an object whose names are ids."""

    def reader(value: Any, where: str, faults: Faults) -> Data:
        if not isinstance(value, Mapping):
            faults.add(where, "This has to be an object, by id.")
            return {}
        if len(value) > limit:
            faults.add(where, f"{len(value):,} are more than {limit:,}.")
            return {}
        return {name: of(each, f"{where}.{name}"[:100], faults) for name, each in value.items()}

    return reader


def of(fields: Mapping[str, Reader]) -> Reader:
    """Of an object with these fields."""
    return lambda value, where, faults: _table(value, where, faults, fields)


def _table(value: Any, where: str, faults: Faults, fields: Mapping[str, Reader]) -> Data:
    if not isinstance(value, Mapping):
        faults.add(where, "This has to be an object with fields.")
        return {}
    found: Data = {}
    for name, each in value.items():
        place = f"{where}.{name}" if where else str(name)
        if name not in fields:
            faults.add(place[:100], f"There is no such field here. Fields: {', '.join(fields)}.")
        else:
            found[name] = fields[name](each, place, faults)
    return found


PERSON: Mapping[str, Reader] = {
    "family": text(NAME_LIMIT),
    "given": text(NAME_LIMIT),
    "particle": text(100),
    "suffix": text(100),
    "literal": text(NAME_LIMIT),
    "orcid": text(19),
}
IDENTIFIERS = of({scheme.value: listed(text(IDENTIFIER_LIMIT), IDENTIFIERS_LIMIT, "identifiers") for scheme in Scheme})
RECORD: Mapping[str, Reader] = {
    "title": text(TITLE_LIMIT),
    "authors": listed(of(PERSON), AUTHORS_LIMIT, "authors"),
    "date": text(DAY_LIMIT),
    "venue": text(VENUE_LIMIT),
    "type": word(PaperType),
    "address": text(URL_LIMIT),
    "abstract": text(ABSTRACT_LIMIT, multiline=True),
    "identifiers": IDENTIFIERS,
    "advisory": _level,
    "topics": listed(word(Topic), len(Topic), "topics"),
}
TAG: Mapping[str, Reader] = {
    "id": text(ID_LIMIT),
    "target": text(CODE_LIMIT),
    "relation": word(Relation),
    "rationale": text(RATIONALE_LIMIT, multiline=True),
    "locator": text(LOCATOR_LIMIT),
    "basis": word(Basis),
}
SEARCH: Mapping[str, Reader] = {
    "targets": listed(text(CODE_LIMIT), TARGETS_LIMIT, "statements"),
    "where": text(QUERY_LIMIT),
    "query": text(QUERY_LIMIT),
    "searched_on": text(DAY_LIMIT),
}
METHOD: Mapping[str, Reader] = {
    "material": word(Material),
    "modalities": listed(word(Modality), len(Modality), "modalities"),
}
CHANGES: Mapping[str, Reader] = {
    **RECORD,
    **{name: reader for name, reader in TAG.items() if name != "id"},
    **METHOD,
    "retracted": flag,
    "corrected": flag,
}
CORRECTION: Mapping[str, Reader] = {
    "paper": text(ID_LIMIT),
    "tag": text(ID_LIMIT),
    "changes": of(CHANGES),
    "reason": text(NOTE_LIMIT, multiline=True),
}
CONTENT: Mapping[SubmissionKind, Mapping[str, Reader]] = {
    SubmissionKind.PAPER: {"paper": text(ID_LIMIT), "record": of(RECORD), "tags": listed(of(TAG), TAGS_LIMIT, "tags"), "method": of(METHOD)},
    SubmissionKind.SEARCH: {"search": of(SEARCH)},
    SubmissionKind.CORRECTION: {"correction": of(CORRECTION)},
    SubmissionKind.IMPORT: {},
}
