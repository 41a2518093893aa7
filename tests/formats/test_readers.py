"""Files as other programs write them, and files that are broken: every entry gets one answer, with its line and a sentence."""

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import FORMATS, Failed, Parsed, by_suffix
from problems.formats._plain import ENTRIES_LIMIT, ENTRY_LIMIT, FILE_LIMIT
from problems.formats.csv import inert, plain
from problems.records import PaperRecord, PartialDate, PersonName

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "import-samples"
READ = [each for each in FORMATS.values() if each.read and each.name != "bibtex"]
RIS = (
    "TY  - JOUR\r\nID  - one\r\nAU  - Berg, Ada\r\nAU  - World Health Organization\r\nAU  - A. Inkwell\r\nTI  - A title\r\n"
    "T2  - Journal of Tests\r\nPY  - 2024\r\nDA  - 2024/05/01/\r\nDO  - https://doi.org/10.1000/A\r\nKW  - one\r\nKW  - two\r\nthree\r\n"
    "AB  - First.\r\n\r\nSecond.\r\nUR  - https://arxiv.org/abs/2405.16341v2\r\nER  - \r\n"
)
EXPECTED = PaperRecord(
    title="A title",
    authors=(PersonName(family="Berg", given="Ada"), PersonName(literal="World Health Organization"), PersonName(family="Inkwell", given="A.")),
    date=PartialDate(2024, 5, 1),
    venue="Journal of Tests",
    type=PaperType.ARTICLE,
    url="https://arxiv.org/abs/2405.16341v2",
    abstract="First.\n\nSecond.",
    identifiers=((Scheme.ARXIV, "2405.16341"), (Scheme.DOI, "10.1000/a")),
    key="one",
    keywords=("one", "two", "three"),
)


def answers(name: str, data: bytes | str) -> list[Parsed | Failed]:
    read = FORMATS[name].read
    assert read
    return list(read(data.encode() if isinstance(data, str) else data))


def record(name: str, data: bytes | str) -> PaperRecord:
    (answer,) = answers(name, data)
    assert isinstance(answer, Parsed), answer
    return answer.record


def failed(name: str, data: bytes | str) -> list[tuple[int, str]]:
    return [(answer.line, answer.reason) for answer in answers(name, data) if isinstance(answer, Failed)]


# -- RIS --


@pytest.mark.parametrize(
    "data",
    [RIS.encode(), b"\xef\xbb\xbf" + RIS.encode(), RIS.replace("\r\n", "\n").encode(), RIS.replace("\r\n", "\r").encode(), RIS.encode("utf-16")],
)
def test_ris(data: bytes) -> None:
    assert record("ris", data) == EXPECTED


def test_ris_in_windows_1252() -> None:
    assert record("ris", "TY  - GEN\nTI  - Größe € naïve\nER  - \n".encode("cp1252")).title == "Größe € naïve"


def test_ris_that_is_not_closed_ends_where_the_next_begins() -> None:
    first, second = answers("ris", "TY  - JOUR\nTI  - One\nTY  - JOUR\nTI  - Two\nPY  - 20245\n")
    assert isinstance(first, Parsed)
    assert (first.record.title, first.line, len(first.notes)) == ("One", 1, 1)
    assert second == Failed("", 3, "20245 is not a year. Write four digits, for example 2024.")


def test_ris_without_a_title_or_an_entry() -> None:
    assert failed("ris", "\n\nTY  - JOUR\nER  - \n") == [(3, "The title is missing. Write it in visible characters.")]
    with pytest.raises(Unparsable, match="There is no RIS entry in the file"):
        answers("ris", "AU  - Nobody\n")


def test_ris_of_others() -> None:
    if not SAMPLES.exists():
        pytest.skip("the samples of others are not beside this checkout")
    two = [answer.record for answer in answers("ris", (SAMPLES / "two-records-crlf.ris").read_bytes()) if isinstance(answer, Parsed)]
    assert [(each.title, each.type, str(each.date), each.keywords) for each in two] == [
        ("Title of a conference paper", PaperType.CONFERENCE, "2020", ("keyword2", "keyword3")),
        ("Title of a journal paper", PaperType.ARTICLE, "2017", ()),
    ]
    assert two[0].authors[0] == PersonName(family="Author-One", given="A.")
    assert two[0].identifiers == ((Scheme.DOI, "10.1234/random-name55555.2020.00050"), (Scheme.PUBMED, "12345678"))
    (marked,) = answers("ris", (SAMPLES / "utf8-bom.ris").read_bytes())
    assert marked == Failed("", 1, "The title is missing. Write it in visible characters.")  # it has a short title only


# -- CSL-JSON --


def test_csl_json() -> None:
    item = {
        "id": "one",
        "type": "article-journal",
        "title": "A title",
        "author": [{"family": "Berg", "given": "Ada"}, {"literal": "World Health Organization"}, {"family": "Inkwell", "given": "A."}],
        "issued": {"date-parts": [["2024", 5, "1"], [2025]]},
        "container-title": "Journal of Tests",
        "DOI": "10.1000/A",
        "number": "arXiv:2405.16341",
        "URL": "https://arxiv.org/abs/2405.16341v2",
        "keyword": "one, two; three",
        "abstract": "First.\n\nSecond.",
        "page-first": 3,
    }
    assert record("csl-json", json.dumps([item], indent=1)) == EXPECTED
    assert record("csl-json", json.dumps(item)) == EXPECTED


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            '[\n{"title": "One"},\n{"title": "Two"',
            [(3, "From line 3 on this is not JSON: Expecting ',' delimiter. Mend it there; what follows was not read.")],
        ),
        (
            '[{"title": "One"}\n{"title": "Two"}]',
            [(2, "The list is not closed, or a comma is missing between two items. What follows was not read.")],
        ),
        ('[{"title": "One"}', [(1, "The list is not closed, or a comma is missing between two items. What follows was not read.")]),
        ('[{"title": ["One"]}]', [(1, "The title is not text. Write it in quotation marks.")]),
        ("[3]", [(1, 'The item is not an object. Write it like {"type": "article-journal", "title": "…"}.')]),
        ("[" * 100_000, [(1, "The item nests too deep, or has a number that is too long. What follows was not read.")]),
        (
            '[{"title": "One", "volume": ' + "9" * 5000 + "}]",
            [(1, "The item nests too deep, or has a number that is too long. What follows was not read.")],
        ),
        ('[{"title": "One", "issued": {"date-parts": [[20245]]}}]', [(1, "20245 is not a year. Write four digits, for example 2024.")]),
    ],
)
def test_csl_json_that_is_broken(data: str, expected: list[tuple[int, str]]) -> None:
    assert failed("csl-json", data) == expected


def test_csl_json_of_others() -> None:
    if not SAMPLES.exists():
        pytest.skip("the samples of others are not beside this checkout")
    found = answers("csl-json", (SAMPLES / "csl-dates.csl.json").read_bytes())
    assert len(found) == 15
    dates = [str(answer.record.date) if isinstance(answer, Parsed) else answer.reason for answer in found]
    assert dates[0] == "2011-05-25"


# -- CSV --


def test_csv_in_the_dialects_of_spreadsheets() -> None:
    rows = "Title{0}authors{0}date{0}unknown\r\nA title{0}Berg, Ada; A. Inkwell{0}2024-05{0}x\r\n"
    expected = PaperRecord(title="A title", authors=(EXPECTED.authors[0], EXPECTED.authors[2]), date=PartialDate(2024, 5))
    assert record("csv", rows.replace("{0}", "\t")) == expected
    quoted = rows.replace("Berg, Ada; A. Inkwell", '"Berg, Ada; A. Inkwell"')
    assert record("csv", "\ufeff" + quoted.replace("{0}", ",")) == record("csv", quoted.replace("{0}", ";")) == expected


def test_csv_that_is_broken() -> None:
    data = 'title,date\nOne,2024\n"Two"x,2024\nThree,yesterday\n\n"Four,2024\n'
    assert failed("csv", data) == [
        (3, "The row cannot be read (',' expected after '\"'). Close its quotation marks, and double those inside a cell."),
        (4, "“yesterday” is not a date. Write 2024, 2024-05 or 2024-05-01."),
        (6, "The row cannot be read (unexpected end of data). Close its quotation marks, and double those inside a cell."),
    ]
    with pytest.raises(Unparsable, match="The first line does not name the columns"):
        answers("csv", "one,two\n1,2\n")
    with pytest.raises(Unparsable, match="There is no CSV entry"):
        answers("csv", "title\n")


SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\ufe62", "\ufe63", "\ufe66", "\ufe6b", "\u2212"]


@pytest.mark.parametrize("sign", SIGNS, ids=ascii)
@pytest.mark.parametrize("before", ["", " ", "\u00a0", "\u200b", "\ufeff", "'", "''"], ids=ascii)
def test_what_a_spreadsheet_would_compute_is_inert_and_comes_back(sign: str, before: str) -> None:
    cell = f"{before}{sign}1+1"
    assert inert(cell) == f"'{cell}"
    assert plain(inert(cell)) == cell


@given(st.text(max_size=20) | st.text("'=+-@ a", max_size=6))
def test_no_cell_is_changed_by_going_out_and_in(cell: str) -> None:
    assert plain(inert(cell)) == cell


def test_ordinary_cells_are_left_as_they_are() -> None:
    for cell in ("A title", "'quoted'", "3D models", "(=)", "“@home”", ""):
        assert inert(cell) == cell == plain(cell)


# -- JSON Lines --


def test_json_lines_that_are_broken() -> None:
    data = '{"title": "One"}\n\n{"title": \n{"id": "x", "title": "Two", "identifiers": {"doi": "10.1000/a", "isbn": "1"}}\n[]\n{"id": "y"}\n'
    found = answers("jsonl", data)
    assert [(type(answer), answer.key, answer.line) for answer in found] == [
        (Parsed, "", 1),
        (Failed, "", 3),
        (Parsed, "x", 4),
        (Failed, "", 5),
        (Failed, "y", 6),
    ]
    assert isinstance(found[2], Parsed)
    assert found[2].record.identifiers == ((Scheme.DOI, "10.1000/a"),)
    assert len(found[2].notes) == 1


# -- all of them --


@pytest.mark.parametrize("form", READ, ids=lambda form: form.name)
@given(data=st.binary(max_size=300) | st.text("TY  -JOUR\nTI\"{}[],:titleER;='", max_size=300).map(str.encode))
@settings(max_examples=150, deadline=None, database=None)
def test_no_file_breaks_a_reader(form: object, data: bytes) -> None:
    name = getattr(form, "name", "")
    try:
        found = answers(name, data)
    except Unparsable:
        return
    assert found
    assert all(answer.reason.strip() and "\n" not in answer.reason for answer in found if isinstance(answer, Failed))


LONG = "x" * (ENTRY_LIMIT + 1)
LONG_ONES = {
    "ris": f"TY  - JOUR\nTI  - One\nN1  - {LONG}\nER  - \n",
    "csl-json": f'[{{"title": "One", "note": "{LONG}"}}]',
    "jsonl": f'{{"title": "One", "note": "{LONG}"}}\n',
    "csv": f"title,abstract\nOne,{LONG}\n",
    "nbib": f"PMID- 1\nTI  - One\nGN  - {LONG}\n",
}
SHORT_ONES = {"ris": "TY  - GEN\nTI  - T\n", "csl-json": '{"title":"T"},', "jsonl": '{"title":"T"}\n', "csv": "T,\n", "nbib": "PMID- 1\nTI  - T\n"}


@pytest.mark.parametrize("name", LONG_ONES)
def test_limits(name: str) -> None:
    started = time.monotonic()
    with pytest.raises(Unparsable, match=r"The file has 20\.0 MB"):
        answers(name, b" " * (FILE_LIMIT + 1))
    assert len(failed(name, LONG_ONES[name])) == 1
    many = SHORT_ONES[name] * (ENTRIES_LIMIT + 1)
    with pytest.raises(Unparsable, match="more than 10,000 entries"):
        answers(name, {"csv": "title,date\n", "csl-json": "["}.get(name, "") + many)
    assert time.monotonic() - started < 60


def test_files_are_known_by_their_names() -> None:
    names = {
        "a.ris": "ris",
        "a.json": "csl-json",
        "a.csl.json": "csl-json",
        "a.csv": "csv",
        "a.jsonl": "jsonl",
        "a.ndjson": "jsonl",
        "a.bib": "bibtex",
        "a.nbib": "nbib",
    }
    assert {name: by_suffix(name).name for name in names} == names
