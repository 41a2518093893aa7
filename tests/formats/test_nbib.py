"""NBIB as PubMed writes it, and as it comes broken."""

import pytest

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import FORMATS, Failed, Parsed
from problems.formats.nbib import read
from problems.records import PaperRecord, PartialDate, PersonName

ONE = (
    "PMID- 12345678\nOWN - NLM\nDP  - 2024 May 1\nTI  - A title that is\n      longer than a line.\nLID - 10.1000/A [doi]\n"
    "AB  - First part of it\n      and the second.\nFAU - Berg, Ada\nAU  - Berg A\nAUID- ORCID: 0000-0002-1825-0097\nAD  - A place.\n"
    "FAU - King, Ben, Jr\nAU  - King B Jr\nCN  - Working Group of Tests\nPT  - Journal Article\nPT  - Review\nTA  - J Tests\nJT  - Journal of tests\n"
    "OT  - one\nOT  - two\nAID - arXiv:2405.16341v2 [pii]\nAID - S0140-6736(24)00001-1 [pii]\nIS  - 2277-9175 (Electronic)\n"
)
EXPECTED = PaperRecord(
    title="A title that is longer than a line",
    authors=(
        PersonName(family="Berg", given="Ada", orcid="0000-0002-1825-0097"),
        PersonName(family="King", given="Ben", suffix="Jr"),
        PersonName(literal="Working Group of Tests"),
    ),
    date=PartialDate(2024, 5, 1),
    venue="Journal of tests",
    type=PaperType.ARTICLE,
    abstract="First part of it and the second.",
    identifiers=((Scheme.ARXIV, "2405.16341"), (Scheme.DOI, "10.1000/a"), (Scheme.PUBMED, "12345678")),
    key="12345678",
    keywords=("one", "two"),
)


def record(text: str) -> PaperRecord:
    (answer,) = read(text.encode())
    assert isinstance(answer, Parsed), answer
    return answer.record


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_entry_in_any_encoding_and_with_any_line_end(end: str, coding: str) -> None:
    assert record(ONE.replace("\n", end)) == EXPECTED
    assert list(read(ONE.replace("\n", end).encode(coding))) == [Parsed(EXPECTED, "12345678", 1)]


def test_windows_1252() -> None:
    (answer,) = read("PMID- 1\nTI  - Größe € naïve\n".encode("cp1252"))
    assert isinstance(answer, Parsed)
    assert answer.record.title == "Größe € naïve"


def test_entries_end_where_the_next_begins() -> None:
    found = list(read(f"\n{ONE}\n\nPMID- 2\nTI  - Second\n\n\nPMID- 3\nDP  - 2024\n".encode()))
    assert [(answer.key, answer.line) for answer in found] == [("12345678", 2), ("2", 28), ("3", 32)]
    assert found[2] == Failed("3", 32, "The title is missing. Write it in visible characters.")
    with pytest.raises(Unparsable, match="There is no NBIB entry in the file"):
        read(b"TI  - A title\n")


@pytest.mark.parametrize(
    ("lines", "date"),
    [
        ("DP  - 2024", "2024"),
        ("DP  - 2024 Nov-Dec", "2024-11"),
        ("DP  - 2024 Spring", "2024"),
        ("DP  - 2024\nDEP - 20240517", "2024-05-17"),
        ("DP  - 2024\nDEP - 20231230", "2024"),
        ("DEP - 20231230", "2023-12-30"),
        ("DP  - in press", "None"),
        ("DA  - 20160512", "None"),
    ],
)
def test_dates(lines: str, date: str) -> None:
    assert str(record(f"PMID- 1\nTI  - T\n{lines}\n").date) == date


def test_a_wrong_year_is_refused_with_its_line() -> None:
    assert list(read(b"\n\nPMID- 1\nTI  - T\nDP  - May 2024\n")) == [
        Failed("1", 3, "“May 2024” does not begin with a year. Write it like 2024 May 1.")
    ]


@pytest.mark.parametrize(
    ("lines", "names"),
    [
        ("AU  - Berg A\nAU  - van der Brink BC\nAU  - Solo", ["Berg, A", "van der Brink, BC", "Solo"]),
        ("FED - Editor, Eva\nED  - Editor E", ["Editor, Eva"]),
        ("CN  - Group", ["Group"]),
        ("FAU - \nAD  - Nowhere", []),
    ],
)
def test_names(lines: str, names: list[str]) -> None:
    assert [name.inverted for name in record(f"PMID- 1\nTI  - T\n{lines}\n").authors] == names


@pytest.mark.parametrize(
    ("types", "kind"),
    [
        (["Journal Article", "Review"], PaperType.ARTICLE),
        (["Preprint"], PaperType.PREPRINT),
        (["Journal Article", "Preprint"], PaperType.PREPRINT),
        (["Letter"], PaperType.ARTICLE),
        (["Book Chapter"], PaperType.CHAPTER),
        ([], PaperType.OTHER),
    ],
)
def test_types(types: list[str], kind: PaperType) -> None:
    assert record("".join(["PMID- 1\nTI  - T\n", *(f"PT  - {each}\n" for each in types)])).type == kind


def test_what_is_written_is_wrapped_like_pubmed_does() -> None:
    write = FORMATS["nbib"].write
    assert write
    text = "".join(write([EXPECTED, PaperRecord(title="word " * 60 + "end", key="b")]))
    assert text.startswith("PMID- 12345678\nOID - TRACKER: 12345678\nDP  - 2024 May 1\nTI  - A title that is longer than a line\n")
    assert max(len(line) for line in text.splitlines()) <= 86
    assert text.count("PMID- ") == 2


def test_an_entry_without_end() -> None:
    (answer,) = read(b"PMID- 1\nTI  - T\nAB  - " + b"x" * 1_000_001)
    assert answer == Failed("1", 1, "The entry has more than 1,000,000 characters or 20,000 lines. Start each with “PMID- ”.")
