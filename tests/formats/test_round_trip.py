"""The contract of every format that is written: what goes out comes in again as the same record."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import FORMATS, Format, Parsed
from problems.identifiers import safe_url
from problems.records import YEARS, PaperRecord, PartialDate, PersonName
from problems.text import clean_text, without_controls

WRITTEN = [each for each in FORMATS.values() if each.write and each.read]
PIECES = ["and", "et al.", "others", "--", "``", "''", "<i>", "</i>", "&amp;", "{", "}", "\\", "$x$", "%", "~", "^", "#", "@article{a,", "TY  - JOUR"]
PIECES += ["ER  - ", '"', "'", ";", ",", "=1+1", "arXiv:2405.16341", "10.1000/x", "https://doi.org/10.1000/y", "Conference on", "É", "\u202f", "ﬁ"]


def cleaned(text: str, limit: int = 200) -> str:
    """As models and readers keep it; a byte order mark inside a text means nothing, and readers drop it."""
    try:
        return clean_text(without_controls(text).replace("\ufeff", ""), limit=limit, field="text")
    except Unparsable:
        return ""


def _safe(text: str) -> str:
    try:
        return safe_url(text)
    except Unparsable:
        return ""


texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=6).map(" ".join).map(cleaned)
short = st.one_of(st.sampled_from(["van der", "de", "Jr.", "III", "von", "and", "=", ""]), st.text(max_size=8).map(cleaned))
orcids = st.sampled_from(["", "", "0000-0002-1825-0097"])
names = st.one_of(
    st.builds(PersonName, family=texts.filter(bool), given=texts, particle=short, suffix=short, orcid=orcids),
    st.builds(PersonName, literal=texts.filter(bool), orcid=orcids),
)
dates = st.builds(PartialDate, st.sampled_from(YEARS), st.none() | st.integers(1, 12)) | st.builds(
    PartialDate, st.sampled_from(YEARS), st.integers(1, 12), st.integers(1, 28)
)
urls = st.one_of(
    st.just(""),
    st.sampled_from(["https://doi.org/10.1000/z", "https://arxiv.org/abs/2301.00001", "https://example.org/a_b?x=1&y=%20#p(q)"]),
    st.from_regex(r"\Ahttps://[a-z]{1,9}\.org/[!-;=?-~]{0,20}\Z").map(_safe),
)
IDENTIFIERS = [
    (Scheme.DOI, "10.1000/a_b"),
    (Scheme.DOI, "10.1000/b;c"),
    (Scheme.DOI, "10.2139/ssrn.1234567"),
    (Scheme.DOI, "10.1002/(sici)1097<1::aid>3.0"),
    (Scheme.ARXIV, "2405.16341"),
    (Scheme.ARXIV, "hep-th/9901001"),
    (Scheme.SSRN, "1234567"),
    (Scheme.OPENREVIEW, "abc_DEF-1"),
    (Scheme.OPENALEX, "W2741809807"),
    (Scheme.SEMANTIC_SCHOLAR, "0" * 40),
    (Scheme.PUBMED, "23193287"),
    (Scheme.ISBN, "9780306406157"),
]
identifiers = st.sets(st.sampled_from(IDENTIFIERS), max_size=5).map(lambda found: tuple(sorted(found, key=lambda pair: (pair[0].value, pair[1]))))
abstracts = st.lists(texts, max_size=4).map(lambda lines: "\n".join(lines).strip())
keywords = st.lists(st.one_of(st.sampled_from(["P5.L2 narrows", "C3 responds_to"]), texts.filter(bool)), max_size=3, unique=True).map(tuple)
records = st.builds(
    PaperRecord,
    title=texts.filter(bool),
    authors=st.lists(names, max_size=4).map(tuple),
    date=st.none() | dates,
    venue=texts,
    type=st.sampled_from(PaperType),
    url=urls,
    abstract=abstracts,
    identifiers=identifiers,
    key=st.from_regex(r"\A[a-z0-9]{0,10}\Z"),
    keywords=keywords,
)
NASTY = PaperRecord(
    title="=HYPERLINK(1) & <b>50% off</b> {x} $y$ \\ ~ ^ # _ -- ``q''",
    authors=(
        PersonName(family="Kim"),
        PersonName(family="van Gogh", given="and", particle="de la", suffix="III", orcid="0000-0002-1825-0097"),
        PersonName(literal="Institute of A, B; and C"),
    ),
    date=PartialDate(2024, 2, 29),
    venue="Conference on arXiv:2405.16341, ;",
    type=PaperType.ARTICLE,
    url="https://doi.org/10.1000/other",
    abstract="First.\n\nTY - JOUR\nER -\n@article{x,\n'=1",
    identifiers=tuple(sorted(IDENTIFIERS, key=lambda pair: (pair[0].value, pair[1]))),
    key="k3v9q2m7xa",
    keywords=("P5.L2 narrows", "a, b"),
)


def back(form: Format, *given: PaperRecord) -> list[PaperRecord]:
    assert form.read
    assert form.write
    answers = list(form.read("".join(form.write(given)).encode()))
    assert [answer for answer in answers if not isinstance(answer, Parsed)] == []
    return [answer.record for answer in answers if isinstance(answer, Parsed)]


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@given(record=records)
@example(record=NASTY)
@settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_what_goes_out_comes_in_again(form: Format, record: PaperRecord) -> None:
    (answer,) = back(form, record)
    assert replace(answer, key=record.key) == record
    assert back(form, answer) == [answer] or form.name == "bibtex"  # its key grows by what it is called


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
def test_many_come_in_again_in_order(form: Format) -> None:
    given = [replace(NASTY, key=f"key{number}", title=f"Paper {number}") for number in range(5)]
    assert [replace(answer, key="") for answer in back(form, *given)] == [replace(record, key="") for record in given]


@pytest.mark.parametrize("form", [each for each in WRITTEN if each.name != "bibtex"], ids=lambda form: form.name)
def test_ids_come_in_again(form: Format) -> None:
    assert back(form, NASTY) == [NASTY]
