"""What is written as BibTeX is read back as the same record."""

from dataclasses import replace

import pytest

from problems.choices import PaperType, Scheme
from problems.formats import FORMATS, Parsed
from problems.records import PaperRecord, PartialDate, PersonName

BIBTEX = FORMATS["bibtex"]
PLAIN = PaperRecord(
    title="Erasing concepts",
    authors=(PersonName(family="Kim", given="Changhoon"), PersonName(family="Min", given="Kyle")),
    date=PartialDate(2024),
    venue="Journal of Tests",
    type=PaperType.ARTICLE,
    url="https://example.org/a_paper?x=1&y=%20#part",
    identifiers=((Scheme.DOI, "10.1000/a_b"),),
)
RECORDS = [
    PLAIN,
    replace(PLAIN, title="50% off & $5 for a_b #1 {x} \\ y ~ z", venue="R&D_Tests"),
    replace(PLAIN, title="NeurIPS, iPhones and É", authors=(PersonName(literal="Institute of A and B, Ltd."),)),
    replace(PLAIN, authors=(PersonName(particle="van", family="Beethoven", given="Ludwig"), PersonName(family="King", given="Martin", suffix="Jr."))),
    replace(PLAIN, authors=(PersonName(family="boyd", given="danah"), PersonName(family="Ó Brádaigh", given="Seán"))),
    replace(
        PLAIN, authors=(), date=PartialDate(2024, 5), identifiers=((Scheme.ARXIV, "2405.16341"),), venue="arXiv preprint", type=PaperType.PREPRINT
    ),
    replace(PLAIN, type=PaperType.CONFERENCE, venue="Conference on Tests"),
    replace(PLAIN, type=PaperType.THESIS, venue="University of Tests"),
    replace(PLAIN, type=PaperType.REPORT, venue="Institute of Tests"),
    replace(PLAIN, type=PaperType.BOOK, venue="Press", identifiers=((Scheme.ISBN, "9780306406157"),)),
]


@pytest.mark.parametrize("record", RECORDS, ids=range(len(RECORDS)))
def test_round_trip(record: PaperRecord) -> None:
    assert BIBTEX.read
    assert BIBTEX.write
    (answer,) = BIBTEX.read("".join(BIBTEX.write([record])).encode())
    assert isinstance(answer, Parsed)
    assert replace(answer.record, key="") == record


def test_an_entry() -> None:
    assert BIBTEX.write
    assert "".join(BIBTEX.write([PLAIN])) == (
        "@article{kim2024erasing,\n"
        "  author={Kim, Changhoon and Min, Kyle},\n"
        "  title={{Erasing concepts}},\n"
        "  journal={Journal of Tests},\n"
        "  year={2024},\n"
        "  doi={10.1000/a_b},\n"
        "  url={https://example.org/a_paper?x=1&y=%20#part}\n"
        "}\n"
    )
