"""What we write, read by programs that are not ours."""

import csv
import io
import json
from dataclasses import replace

import pytest
import rispy
from bibtexparser.entrypoint import parse_string as parse_bibtex
from bibtexparser.middlewares import LatexDecodingMiddleware
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON
from pybtex.database import parse_string

from problems.choices import PaperType, Scheme
from problems.formats import FORMATS
from problems.records import PaperRecord, PartialDate, PersonName
from tests.formats.test_round_trip import NASTY

PAPER = PaperRecord(
    title="Erasing 50% of {all} concepts & more",
    authors=(PersonName(family="Berg", given="Ada", particle="van den"), PersonName(literal="Institute of Tests")),
    date=PartialDate(2024, 5, 1),
    venue="Journal of Tests",
    type=PaperType.ARTICLE,
    url="https://example.org/a_paper?x=1&y=%20",
    abstract="It erases.",
    identifiers=((Scheme.ARXIV, "2405.16341"), (Scheme.DOI, "10.1000/a_b")),
    key="k3v9q2m7xa",
    keywords=("P5.L2 narrows", "C3 responds_to"),
)
BOTH = [PAPER, replace(NASTY, key="b4c5d6e7f8")]


def written(name: str) -> str:
    write = FORMATS[name].write
    assert write
    return "".join(write(BOTH))


def test_bibtexparser() -> None:
    library = parse_bibtex(written("bibtex"), append_middleware=[LatexDecodingMiddleware()])
    assert (library.failed_blocks, len(library.entries)) == ([], 2)
    fields = {field.key: field.value for field in library.entries[0].fields}
    assert fields | {"url": parse_bibtex(written("bibtex")).entries[0]["url"]} == {  # an address is no LaTeX
        "author": "van den Berg, Ada and Institute of Tests",
        "title": "Erasing 50% of {all} concepts & more",
        "journal": "Journal of Tests",
        "year": "2024",
        "month": "may",
        "day": "1",
        "eprint": "2405.16341",
        "archiveprefix": "arXiv",
        "doi": "10.1000/a_b",
        "url": "https://example.org/a_paper?x=1&y=%20",
        "keywords": "P5.L2 narrows, C3 responds_to",
        "abstract": "It erases.",
    }


def test_pybtex() -> None:
    entries = parse_string(written("bibtex"), "bibtex").entries
    assert list(entries) == ["berg2024erasing-k3v9q2m7xa", "kim2024hyperlink-b4c5d6e7f8"]
    first = entries["berg2024erasing-k3v9q2m7xa"]
    assert (first.type, first.fields["journal"], first.fields["year"]) == ("article", "Journal of Tests", "2024")
    assert [(person.first_names, person.prelast_names, person.last_names) for person in first.persons["author"]] == [
        (["Ada"], ["van", "den"], ["Berg"]),
        ([], [], ["{Institute of Tests}"]),
    ]


def test_rispy() -> None:
    first, second = rispy.loads(written("ris"))
    assert first == {
        "type_of_reference": "JOUR",
        "id": "k3v9q2m7xa",
        "authors": ["van den Berg, Ada", "Institute of Tests"],
        "title": "Erasing 50% of {all} concepts & more",
        "secondary_title": "Journal of Tests",
        "year": "2024",
        "date": "2024/05/01",
        "doi": "10.1000/a_b",
        "urls": ["https://example.org/a_paper?x=1&y=%20"],
        "notes": ["https://arxiv.org/abs/2405.16341"],
        "keywords": ["P5.L2 narrows", "C3 responds_to"],
        "abstract": "It erases.",
    }
    assert second["title"] == NASTY.title


@pytest.mark.filterwarnings("ignore:The following arguments for Reference are unsupported. custom")  # it does not know all of CSL 1.0.2
def test_a_processor_of_csl() -> None:
    source = CiteProcJSON(json.loads(written("csl-json")))
    bibliography = CitationStylesBibliography(CitationStylesStyle("harvard-cite-them-right", validate=False), source, formatter.plain)
    bibliography.register(Citation([CitationItem(PAPER.key)]))
    bibliography.sort()
    (entry,) = (str(each) for each in bibliography.bibliography())
    assert entry == (
        "van den Berg, A. and Institute of Tests (2024) “Erasing 50% of {all} concepts & more”, Journal of Tests [Preprint]. "
        "Available at: https://doi.org/10.1000/a_b."
    )


def test_the_csv_module() -> None:
    first, second = csv.DictReader(io.StringIO(written("csv"), newline=""))
    assert first == {
        "id": "k3v9q2m7xa",
        "type": "article",
        "title": "Erasing 50% of {all} concepts & more",
        "authors": "van den Berg, Ada; Institute of Tests",
        "date": "2024-05-01",
        "venue": "Journal of Tests",
        "doi": "10.1000/a_b",
        "arxiv": "2405.16341",
        "identifiers": "",
        "address": "https://example.org/a_paper?x=1&y=%20",
        "keywords": "P5.L2 narrows; C3 responds_to",
        "abstract": "It erases.",
        "exact": "",
    }
    assert second["title"] == f"'{NASTY.title}"


def test_the_json_module() -> None:
    first, second = (json.loads(line) for line in written("jsonl").splitlines())
    assert first == {
        "id": "k3v9q2m7xa",
        "type": "article",
        "title": PAPER.title,
        "authors": [{"family": "Berg", "given": "Ada", "particle": "van den"}, {"literal": "Institute of Tests"}],
        "date": "2024-05-01",
        "venue": "Journal of Tests",
        "address": PAPER.url,
        "identifiers": {"arxiv": ["2405.16341"], "doi": ["10.1000/a_b"]},
        "keywords": ["P5.L2 narrows", "C3 responds_to"],
        "abstract": "It erases.",
    }
    assert second["title"] == NASTY.title
