"""Records as BibTeX fields: what `bibtex.read` reads back as the same record, as far as BibTeX can say it."""

import re
from collections.abc import Iterator

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
NEW_LINE = "\\newline{}"
SPECIAL = {
    **{character: f"\\{character}" for character in "%$#_{}"},
    "&": "\\&{}",  # else it might begin an entity of HTML, which files of others hold
    "<": "<{}",  # as above, a tag
    "\\": "\\textbackslash{}",
    "~": "\\textasciitilde{}",
    "^": "\\textasciicircum{}",
    "\n": NEW_LINE,
}
WORD = re.compile(r"[A-Za-z0-9]+")
LIGATURES = re.compile(r"(?<=[-`'!?,<>])(?=[-`'<>])")
JOINS = re.compile(r"\s(?:and)\s|,", re.IGNORECASE)


def entry_of(record: PaperRecord) -> tuple[str, dict[str, str]]:
    """The type of its entry and the fields that have a value, without delimiters, all but the date."""
    kind, venue = ENTRIES.get(record.type, OTHER)
    return kind, {name: value for name, value in _fields(record, venue) if value}


def written(kind: str, record: PaperRecord, fields: dict[str, str]) -> str:
    """An entry of these fields and the date of the record."""
    lines = [f"  {name}={{{value}}}" for name, value in fields.items()]
    if record.date:
        place = list(fields).index("title") + 1 + any(name in fields for _, name in (*ENTRIES.values(), OTHER))
        dated = [f"  year={{{record.date.year:04}}}"]
        dated += [f"  month={MONTHS[record.date.month - 1]}"] if record.date.month else []
        dated += [f"  day={{{record.date.day}}}"] if record.date.day else []
        lines[place:place] = dated
    return f"@{kind}{{{_key(record)},\n" + ",\n".join(lines) + "\n}\n"


def _fields(record: PaperRecord, venue: str) -> Iterator[tuple[str, str]]:
    yield "author", " and ".join(_name(name) for name in record.authors)
    yield "title", _braced(_escaped(record.title))  # in braces once more: the case stays as it is
    yield venue, _escaped(record.venue)
    by_scheme = dict(reversed(record.identifiers))
    if arxiv := by_scheme.get(Scheme.ARXIV):
        yield "eprint", arxiv
        yield "archiveprefix", "arXiv"
    for scheme, name in IDENTIFIERS.items():
        yield name, by_scheme.get(scheme, "")
    yield "url", record.url
    yield "keywords", ", ".join(_escaped(word) for word in record.keywords)
    yield "abstract", _escaped(record.abstract)


def _braced(text: str) -> str:
    return f"{{{text}}}" if text else ""


def _escaped(text: str) -> str:
    special = SPECIAL if _balanced(text) else SPECIAL | {"{": "\\lbrace{}", "}": "\\rbrace{}"}  # BibTeX counts braces with a backslash too
    return "".join(special.get(character, character) for character in LIGATURES.sub("\0", text)).replace("\0", "{}")


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth < 0:
            return False
    return depth == 0


def _name(name: PersonName) -> str:
    if name.literal:
        return _braced(_escaped(name.literal))
    family = _escaped(name.family)
    if JOINS.search(name.family) or name.family[:1].islower():
        family = _braced(family)  # else its parts would be taken for names, or its beginning for a particle
    parts = [" ".join(part for part in (_escaped(name.particle), family) if part), _escaped(name.suffix), _escaped(name.given)]
    return ", ".join(part for part in parts if part)


def _key(record: PaperRecord) -> str:
    """First author, year and first word of the title; and what the record is called, so that no two entries of a file are called the same."""
    first = record.authors[0] if record.authors else PersonName()
    words = [*WORD.findall(first.literal or first.family)[:1], str(record.date.year) if record.date else "", *WORD.findall(record.title)[:1]]
    told = "".join(words).lower() or "paper"
    return f"{told}-{''.join(WORD.findall(record.key))}" if record.key else told
