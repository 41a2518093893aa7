"""A record as lines of text and back: what a form shows and what it reads are one spelling."""

import pytest

from problems.choices import Scheme
from problems.forms.common import read_authors, read_identifiers, record_values
from problems.handed_in import Data, Faults

SAMPLES = {
    Scheme.DOI: "10.1145/3442188.3445922",
    Scheme.ARXIV: "2405.16341",
    Scheme.SSRN: "5705186",
    Scheme.OPENREVIEW: "abcDEF_123",
    Scheme.OPENALEX: "W2741809807",
    Scheme.SEMANTIC_SCHOLAR: "0123456789abcdef0123456789abcdef01234567",
    Scheme.PUBMED: "23193287",
    Scheme.ISBN: "9783161484100",
}
AUTHORS: list[Data] = [
    {"family": "Kim", "given": "Ada"},
    {"family": "Beethoven", "given": "Ludwig", "particle": "van"},
    {"family": "King", "given": "Martin", "suffix": "Jr."},
    {"literal": "World Health Organization"},
    {"family": "Plato"},
    {"family": "García Márquez"},
    {"family": "Curie", "given": "Marie", "orcid": "0000-0002-1825-0097"},
    {"literal": "Institute, of, Tests", "orcid": "0000-0002-1825-0097"},
]


def test_every_scheme_is_read_as_it_is_shown() -> None:
    assert set(SAMPLES) == set(Scheme)
    identifiers = {scheme.value: [value] for scheme, value in SAMPLES.items()}
    faults = Faults()
    assert read_identifiers(record_values({"identifiers": identifiers})["identifiers"], faults, "identifiers") == identifiers
    assert faults == {}


def test_names_are_read_as_they_are_shown() -> None:
    assert read_authors(record_values({"authors": AUTHORS})["authors"]) == AUTHORS


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Ada Kim", {"family": "Kim", "given": "Ada"}),
        ("Ludwig van Beethoven", {"family": "Beethoven", "given": "Ludwig", "particle": "van"}),
        ("Juan de la Cruz", {"family": "Cruz", "given": "Juan", "particle": "de la"}),
        ("  Plato ", {"family": "Plato"}),
        ("Kim, Ada <0000-0002-1825-0097>", {"family": "Kim", "given": "Ada", "orcid": "0000-0002-1825-0097"}),
    ],
)
def test_names_in_reading_order(line: str, name: Data) -> None:
    assert read_authors(f"\n{line}\n") == [name]


def test_what_is_no_identifier_is_told_with_its_line() -> None:
    faults = Faults()
    assert read_identifiers("arXiv:2405.16341\nnonsense here", faults, "record.identifiers") == {"arxiv": ["2405.16341"]}
    (sentence,) = faults["record.identifiers"]
    assert sentence.startswith("“nonsense here” is no identifier")
