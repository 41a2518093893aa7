"""CSV (RFC 4180) for spreadsheets: a row a paper. A cell that a spreadsheet would take for a formula gets an apostrophe, which reading takes away."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

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
    name_line,
    names_of,
    rest,
    restored,
    sentence,
    tidy_key,
    told,
    url_of,
)
from problems.records import PaperRecord, PartialDate
from problems.text import TITLE_LIMIT, VENUE_LIMIT

COLUMNS = ("id", "type", "title", "authors", "date", "venue", "doi", "arxiv", "identifiers", "address", "keywords", "abstract", "exact")
BETWEEN = "; "
OWN_COLUMN = (Scheme.DOI, Scheme.ARXIV)
_FORMULA = frozenset("=+-@")
_SHOWN_AS = {"\u2212": "-", "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-"}
_MARK = "'"

csv.field_size_limit(ENTRY_LIMIT)  # a list of thousands of authors is longer than the module's own limit


def read(data: bytes) -> Iterator[Parsed | Failed]:
    """One answer for each row below the names of the columns. Raises Unparsable for a file that is too large, empty, or has no column title."""
    text = decoded(data)
    head = text.partition("\n")[0]
    rows = _rows(text, ";" if head.count(";") > head.count(",") else "\t" if head.count("\t") > head.count(",") else ",")
    _, names = next(rows, (1, []))
    columns = [name.strip().lower() for name in names] if isinstance(names, list) else []
    if "title" not in columns:
        raise Unparsable("The first line does not name the columns.", f"Write for instance: {','.join(COLUMNS[:6])}.")
    found = few(rows, "CSV", "Write one paper a row below the names of the columns.")
    return Answers(found, lambda numbered: _answer(*numbered, columns))


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | str]]:
    """Rows that are not blank with the line where each starts; a sentence in place of one that cannot be read."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield line, f"The row cannot be read ({error}). Close its quotation marks, and double those inside a cell."
            continue
        if any(cell.strip() for cell in row):
            yield line, row


def _answer(line: int, row: list[str] | str, columns: list[str]) -> Parsed | Failed:
    if isinstance(row, str):
        return Failed("", line, sentence(row))
    cells = {name: plain(cell) for name, cell in zip(columns, row, strict=False)}
    notes: list[str] = []
    if len(row) > len(columns):
        notes.append("The row has more cells than there are columns; those were left out.")
    try:
        record = restored(_record(cells, notes), cells.get("exact", ""), notes)
    except Unparsable as error:
        return Failed(tidy_key(cells.get("id", "")), line, sentence(str(error)))
    return Parsed(record, record.key, line, told(notes))


def _record(cells: dict[str, str], notes: list[str]) -> PaperRecord:
    kind, date = cells.get("type", "").strip().lower(), cells.get("date", "").strip()
    if kind and kind not in PaperType.values:
        notes.append(f"“{kind[:40]}” is not a type that is known here; it was read as other.")
    found = [(scheme, value) for scheme in OWN_COLUMN for value in cells.get(scheme.value, "").replace(";", " ").split()]
    for pair in cells.get("identifiers", "").split():
        scheme, _, value = pair.rstrip(";").partition(":")
        if scheme in Scheme.values:
            found.append((Scheme(scheme), value))
        else:
            notes.append(f"“{pair[:40]}” is not an identifier that is known here; it was left out.")
    return PaperRecord(
        title=line_of(cells.get("title"), "title", TITLE_LIMIT, required=True),
        authors=names_of(cells.get("authors", "").split(";")),
        date=PartialDate.parse(date) if date else None,
        venue=line_of(cells.get("venue"), "venue", VENUE_LIMIT),
        type=PaperType(kind) if kind in PaperType.values else PaperType.OTHER,
        url=url_of(cells.get("address", ""), notes),
        abstract=abstract_of(cells.get("abstract", ""), notes),
        identifiers=identifiers_of(found, notes),
        key=tidy_key(line_of(cells.get("id"), "id", KEY_LIMIT)),
        keywords=keywords_of(cells.get("keywords", "").split(";")),
    )


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """The names of the columns, and a row for each record."""
    yield _line(COLUMNS)
    for record in records:
        cells = _cells(record)
        cells["exact"] = rest(differences(record, _record(cells, [])))
        yield _line(inert(cells[name]) for name in COLUMNS)


def _cells(record: PaperRecord) -> dict[str, str]:
    own = {scheme.value: " ".join(value for each, value in record.identifiers if each == scheme) for scheme in OWN_COLUMN}
    return own | {
        "id": record.key,
        "type": record.type.value,
        "title": record.title,
        "authors": BETWEEN.join(name_line(name) for name in record.authors),
        "date": str(record.date) if record.date else "",
        "venue": record.venue,
        "identifiers": " ".join(f"{scheme.value}:{value}" for scheme, value in record.identifiers if scheme not in OWN_COLUMN),
        "address": record.url,
        "keywords": BETWEEN.join(record.keywords),
        "abstract": record.abstract,
    }


def _line(cells: Iterable[str]) -> str:
    target = io.StringIO(newline="")
    csv.writer(target, lineterminator="\r\n").writerow(cells)
    return target.getvalue()


def inert(cell: str) -> str:
    """`cell` so that no spreadsheet computes it."""
    return f"{_MARK}{cell}" if _starts_like_a_formula(cell) else cell


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A file with these columns and rows, written as they are read; each cell is inert."""

    def line(cells: Iterable[str]) -> bytes:
        text = io.StringIO()
        csv.writer(text, lineterminator="\r\n").writerow(cells)
        return text.getvalue().encode()

    yield "\ufeff".encode() + line(columns)
    for cells in rows:
        yield line(map(inert, cells))


def plain(cell: str) -> str:
    """What `inert` was given."""
    return cell[1:] if cell.startswith(_MARK) and _starts_like_a_formula(cell) else cell


def _starts_like_a_formula(cell: str) -> bool:
    """Whether the first visible character behind our own marks is a sign of a formula, or looks like one; or a tab or line end stands before it."""
    for character in cell.lstrip(_MARK):
        if character in "\t\r\n":
            return True
        if not character.isspace() and unicodedata.category(character) not in {"Cf", "Zs", "Mn"}:
            return unicodedata.normalize("NFKC", _SHOWN_AS.get(character, character))[:1] in _FORMULA
    return False


FORMAT = Format(
    name="csv",
    label="CSV",
    media_type="text/csv",
    suffixes=(".csv",),
    read=read,
    write=write,
    starts=re.compile(r"\A(?:[^\n]*[,;\t])?[ \"]*title[ \"]*(?:[,;\t\n]|\Z)", re.IGNORECASE),
)
