"""Records as BibTeX entries: what `bibtex.read` reads back as the same record, as far as BibTeX can say it."""

import re
from collections.abc import Iterable, Iterator

from problems.choices import PaperType, Scheme
from problems.records import PaperRecord, PersonName

ENTRIES = {
    PaperType.ARTICLE: ("article", "journal"),
    PaperType.CONFERENCE: ("inproceedings", "booktitle"),
    PaperType.PREPRINT: ("article", "journal"),
    PaperType.REPORT: ("techreport", "institution"),
    PaperType.BOOK: ("book", "publisher"),
    PaperType.CHAPTER: ("incollection", "booktitle"),
    PaperType.THESIS: ("phdthesis", "school"),
}
OTHER = ("misc", "howpublished")
IDENTIFIERS = {Scheme.DOI: "doi", Scheme.ISBN: "isbn", Scheme.PUBMED: "pmid"}
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
SPECIAL = {
    **{character: f"\\{character}" for character in "&%$#_{}"},
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
}
WORD = re.compile(r"[A-Za-z0-9]+")
JOINS = re.compile(r"\s(?:and)\s|,", re.IGNORECASE)


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """An entry for each record."""
    for record in records:
        kind, venue = ENTRIES.get(record.type, OTHER)
        lines = [f"  {name}={value}" for name, value in _fields(record, venue) if value]
        yield f"@{kind}{{{_key(record)},\n" + ",\n".join(lines) + "\n}\n"


def _fields(record: PaperRecord, venue: str) -> Iterator[tuple[str, str]]:
    yield "author", _braced(" and ".join(_name(name) for name in record.authors))
    yield "title", _braced(_braced(_escaped(record.title)))  # twice: the case stays as it is
    yield venue, _braced(_escaped(record.venue))
    if record.date:
        yield "year", _braced(str(record.date.year))
        if record.date.month:
            yield "month", MONTHS[record.date.month - 1]
    for scheme, value in record.identifiers:
        if scheme == Scheme.ARXIV:
            yield "eprint", _braced(value)
            yield "archiveprefix", _braced("arXiv")
        elif scheme in IDENTIFIERS:
            yield IDENTIFIERS[scheme], _braced(value)
    yield "url", _braced(record.url)


def _braced(text: str) -> str:
    return f"{{{text}}}" if text else ""


def _escaped(text: str) -> str:
    return "".join(SPECIAL.get(character, character) for character in text)


def _name(name: PersonName) -> str:
    if name.literal:
        return _braced(_escaped(name.literal))
    family = _escaped(name.family)
    if JOINS.search(name.family) or name.family[:1].islower():
        family = _braced(family)  # else its parts would be taken for names, or its beginning for a particle
    parts = [" ".join(part for part in (_escaped(name.particle), family) if part), _escaped(name.suffix), _escaped(name.given)]
    return ", ".join(part for part in parts if part)


def _key(record: PaperRecord) -> str:
    first = record.authors[0] if record.authors else PersonName()
    words = [*WORD.findall(first.literal or first.family)[:1], str(record.date.year) if record.date else "", *WORD.findall(record.title)[:1]]
    return "".join(words).lower() or "paper"
