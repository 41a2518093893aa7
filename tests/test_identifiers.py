"""Identifiers in every spelling that people paste."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.choices import Scheme
from problems.errors import Unparsable
from problems.identifiers import IDENTIFIER_LIMIT, URL_LIMIT, Identifier, find_all, normalise, parse, safe_url, url_for

DOI = "10.5555/abc_def.1"
SPELLINGS = {
    Scheme.DOI: (
        DOI,
        (
            "10.5555/ABC_Def.1",
            "doi:10.5555/abc_def.1",
            "DOI 10.5555/abc_def.1.",
            "doi: https://doi.org/10.5555/abc_def.1",
            "https://doi.org/10.5555/abc_def.1",
            "http://dx.doi.org/10.5555/ABC_DEF.1",
            "HTTPS://WWW.DOI.ORG/10.5555/abc_def.1",
            "doi.org/10.5555/abc_def.1",
            "doi: dx.doi.org/10.5555/abc_def.1",
            "info:doi/10.5555/abc_def.1",
            "https://doi.org/10.5555%2Fabc_def.1",
            "10.5555%2fabc_def.1",
            "<https://doi.org/10.5555/abc_def.1>",
            "10.5555/abc_def.1)",
            "\u201c10.5555/abc_def.1\u201d,",
            "\u200b 10.5555/abc_def.1 \ufeff",
            "https://doi.org/10.5555/abc_def.1?utm_source=x#page",
            "https://dl.acm.org/doi/pdf/10.5555/abc_def.1",
            "https://onlinelibrary.example.org/doi/full/10.5555/abc_def.1/epdf",
            "https://link.example.org/content/pdf/10.5555/abc_def.1.pdf",
            "https://example.org/paper?doi=10.5555%2Fabc_def.1&x=1",
        ),
    ),
    Scheme.ARXIV: (
        "2405.16341",
        (
            "2405.16341",
            "2405.16341v12",
            "arXiv:2405.16341",
            "ARXIV: 2405.16341v2",
            "arXiv 2405.16341.",
            "arxiv.org/abs/2405.16341",
            "https://arxiv.org/abs/2405.16341v3",
            "http://www.arxiv.org/pdf/2405.16341v3.pdf",
            "https://export.arxiv.org/pdf/2405.16341",
            "https://arxiv.org/html/2405.16341v1#S2.SS1",
            "https://arxiv.org/abs/2405.16341?context=cs.LG",
            "10.48550/arXiv.2405.16341",
            "https://doi.org/10.48550/ARXIV.2405.16341v2",
        ),
    ),
    Scheme.SSRN: (
        "5705186",
        (
            "SSRN 5705186",
            "ssrn:5705186",
            "SSRN-id5705186",
            "https://papers.ssrn.com/sol3/papers.cfm?abstract_id=5705186",
            "https://papers.ssrn.com/sol3/papers.cfm?download=yes&Abstract_ID=5705186&x=1",
            "https://ssrn.com/abstract=5705186",
            "papers.ssrn.com/abstract=5705186",
        ),
    ),
    Scheme.OPENREVIEW: (
        "aB3_-xYz09",
        ("https://openreview.net/forum?id=aB3_-xYz09", "https://openreview.net/pdf?id=aB3_-xYz09&noteId=q", "OpenReview: aB3_-xYz09"),
    ),
    Scheme.OPENALEX: (
        "W2741809807",
        ("W2741809807", "w2741809807", "https://openalex.org/W2741809807", "https://api.openalex.org/works/w2741809807", "openalex:W2741809807"),
    ),
    Scheme.SEMANTIC_SCHOLAR: (
        "0123456789abcdef0123456789abcdef01234567",
        (
            "0123456789ABCDEF0123456789abcdef01234567",
            "https://www.semanticscholar.org/paper/0123456789abcdef0123456789abcdef01234567",
            "https://www.semanticscholar.org/paper/A-Title-Nib/0123456789abcdef0123456789abcdef01234567?sort=x",
        ),
    ),
    Scheme.PUBMED: (
        "23193287",
        (
            "PMID: 23193287",
            "pmid 23193287.",
            "https://pubmed.ncbi.nlm.nih.gov/23193287/",
            "https://www.ncbi.nlm.nih.gov/pubmed/23193287",
        ),
    ),
    Scheme.ISBN: (
        "9783161484100",
        (
            "978-3-16-148410-0",
            "9783161484100",
            "ISBN 978 3 16 148410 0",
            "ISBN-13: 978-3-16-148410-0",
            "3-16-148410-X",
            "316148410x",
            "isbn:3-16-148410-X",
            "978\u20113\u201116\u2011148410\u20110",
        ),
    ),
}
SPELLED = [(scheme, value, text) for scheme, (value, texts) in SPELLINGS.items() for text in texts]


@pytest.mark.parametrize(("scheme", "value", "text"), SPELLED)
def test_every_spelling_is_one_value(scheme: Scheme, value: str, text: str) -> None:
    assert parse(text) == Identifier(scheme, value)
    assert normalise(scheme, text) == value


@pytest.mark.parametrize("scheme", Scheme)
def test_a_value_leads_to_an_address_that_is_read_back(scheme: Scheme) -> None:
    value = SPELLINGS[scheme][0]
    assert normalise(scheme, value) == value
    assert safe_url(url_for(scheme, value)) == url_for(scheme, value)
    if scheme != Scheme.ISBN:
        assert parse(url_for(scheme, value)) == Identifier(scheme, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("hep-th/9901001v2", "hep-th/9901001"),
        ("math.GT/0309136", "math/0309136"),
        ("arXiv:CS/0112017", "cs/0112017"),
        ("https://arxiv.org/abs/cond-mat/0001001v1", "cond-mat/0001001"),
        ("0704.0001", "0704.0001"),
    ],
)
def test_old_arxiv_identifiers(text: str, value: str) -> None:
    assert parse(text) == Identifier(Scheme.ARXIV, value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("10.1002/(SICI)1097-4571(199806)49:8<693::AID-ASI4>3.0.CO;2-O", "10.1002/(sici)1097-4571(199806)49:8<693::aid-asi4>3.0.co;2-o"),
        ("10.1016/S0140-6736(20)30183-5).", "10.1016/s0140-6736(20)30183-5"),
        ("10.1000.10/123456", "10.1000.10/123456"),
        ("https://www.biorxiv.org/content/10.1101/2020.01.30.927871v1.full.pdf", "10.1101/2020.01.30.927871"),
    ],
)
def test_odd_dois(text: str, value: str) -> None:
    assert parse(text) == Identifier(Scheme.DOI, value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "https://example.org/",
        "https://",
        "http://[::1",
        "10.5555/",
        "10.55/abc",
        "10.5555",
        "2413.12345",
        "0613.12345",
        "2405.123456",
        "foo/0309136",
        "5705186",
        "978-3-16-148410-1",
        "3-16-148410-0",
        "W12",
        "0123456789abcdef0123456789abcdef0123456",
        "PMID: 0",
        "PMID: x",
        "https://openreview.net/group?id=x",
        "\u0662\u0664\u0660\u0665.\u0661\u0666\u0663\u0664\u0661",
        f"10.5555/{'x' * IDENTIFIER_LIMIT}",
        f"https://doi.org/10.5555/{'x' * URL_LIMIT}",
        "\x00",
        "\ud800",
    ],
)
def test_no_identifier(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize("scheme", Scheme)
@pytest.mark.parametrize("text", ["", " ", "no, this is none", "https://example.org/", "\x00", "9" * 300])
def test_what_is_none_is_refused_with_the_field(scheme: Scheme, text: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        normalise(scheme, text)
    assert refusal.value.field == scheme.value


def test_an_identifier_of_another_scheme_is_named() -> None:
    with pytest.raises(Unparsable) as refusal:
        normalise(Scheme.DOI, "10.48550/arXiv.2405.16341")
    assert str(refusal.value) == "“10.48550/arXiv.2405.16341” is not a DOI, but an arXiv identifier. Enter 2405.16341 as such."


def test_bare_numbers_count_where_the_scheme_is_known() -> None:
    assert [normalise(Scheme.SSRN, "5705186"), normalise(Scheme.PUBMED, "23193287"), normalise(Scheme.OPENREVIEW, "aB3_-xYz09")] == [
        "5705186",
        "23193287",
        "aB3_-xYz09",
    ]


def test_all_in_free_text() -> None:
    text = (
        "arXiv preprint arXiv:2101.00001v2; CoRR, abs/1706.03762; see https://arxiv.org/abs/2001.00001, (doi:10.5555/ABC)."
        " ISBN 978-3-16-148410-0. PMID: 23193287 and again 10.5555/abc, but 2405.16341 or 978-3-16-148410-0 alone say nothing."
    )
    assert find_all(text) == [
        (Scheme.ARXIV, "2101.00001"),
        (Scheme.ARXIV, "1706.03762"),
        (Scheme.ARXIV, "2001.00001"),
        (Scheme.DOI, "10.5555/abc"),
        (Scheme.ISBN, "9783161484100"),
        (Scheme.PUBMED, "23193287"),
    ]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("https://aclanthology.org/2024.acl-long.1/", "10.18653/v1/2024.acl-long.1"),
        ("aclanthology.org/2024.findings-emnlp.12.pdf", "10.18653/v1/2024.findings-emnlp.12"),
        ("https://aclanthology.org/P18-1001", "10.18653/v1/p18-1001"),
        ("https://www.aclweb.org/anthology/D19-1001.bib", "10.18653/v1/d19-1001"),
        ("https://aclanthology.org/2022.lrec-1.1/", ""),
        ("https://aclanthology.org/2022.tacl-1.5/", ""),
        ("https://aclanthology.org/P14-1001/", ""),
        ("https://aclanthology.org/events/acl-2024/", ""),
        ("https://aclanthology.org/volumes/2024.acl-long/", ""),
        ("https://example.org/2024.acl-long.1/", ""),
    ],
)
def test_an_address_of_the_acl_anthology_names_a_doi(text: str, value: str) -> None:
    assert parse(text) == (Identifier(Scheme.DOI, value) if value else None)


def test_a_doi_of_ssrn_is_both() -> None:
    assert find_all("https://doi.org/10.2139/ssrn.5705186") == [(Scheme.DOI, "10.2139/ssrn.5705186"), (Scheme.SSRN, "5705186")]
    assert normalise(Scheme.SSRN, "10.2139/ssrn.5705186") == "5705186"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://example.org", "https://example.org/"),
        (" HTTP://Example.ORG:80/A?b=C#d ", "http://example.org/A?b=C#d"),
        ("https://example.org:8443/x", "https://example.org:8443/x"),
        ("https://bücher.example/ä?ö=ü", "https://xn--bcher-kva.example/%C3%A4?%C3%B6=%C3%BC"),
        ("https://example.org/a%20b/(c)~d_e-f.g", "https://example.org/a%20b/(c)~d_e-f.g"),
        ("https://example.org/<script>\"'", "https://example.org/%3Cscript%3E%22'"),
        ("https://web.example.org/2020/https://other.example/x@y", "https://web.example.org/2020/https://other.example/x@y"),
    ],
)
def test_a_safe_address(text: str, url: str) -> None:
    assert safe_url(text) == url
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org",
        "//example.org",
        "javascript:alert(1)",
        "JaVaScRiPt://example.org/%0aalert(1)",
        " data:text/html,<script>alert(1)</script>",
        "vbscript:x",
        "file:///etc/hosts",
        "ftp://example.org/",
        "https:example.org",
        "https:///example.org",
        "https://user@example.org/",
        "https://user:password@example.org/",
        "https://example.org@other.example/",
        "https://localhost/",
        "https://[::1]/",
        "https://[::1",
        "https://example.org:port/",
        "https://example.org:99999/",
        "https://exa\nmple.org/",
        "https://example.org/\r\nSet-Cookie: x",
        "https://example.org/a b",
        "https://example.org/\t",
        "https://example.org\\@other.example/",
        "java\tscript:alert(1)",
        "https://example.org/\x00",
        "https://example.org/\u202egpj.exe",
        "https://example.org/\ud800",
        "https://..example.org/",
        f"https://{'a' * 64}.example/",
        f"https://example.org/{'x' * URL_LIMIT}",
        f"https://example.org/{'ü' * 500}",
    ],
)
def test_an_unsafe_address_is_refused(text: str) -> None:
    if text.endswith("\t"):
        text += "x"
    with pytest.raises(Unparsable) as refusal:
        safe_url(text)
    assert refusal.value.field == "url"


@settings(deadline=None)
@given(st.text(max_size=400))
def test_any_text_is_an_answer(text: str) -> None:
    identifier = parse(text)
    assert identifier is None or normalise(identifier.scheme, identifier.value) == identifier.value
    for found in find_all(text):
        assert normalise(found.scheme, found.value) == found.value


@settings(deadline=None)
@given(st.from_regex(r"(doi:|https://doi\.org/|arxiv:|isbn )?(10\.[0-9]{4}/|[0-9.]|[a-z-]+/)[0-9a-zA-Z().;%-]{0,40}", fullmatch=True))
def test_a_value_read_from_anything_is_stable(text: str) -> None:
    for identifier in [parse(text), *find_all(text)]:
        assert identifier is None or (
            normalise(identifier.scheme, identifier.value) == identifier.value and len(identifier.value) <= IDENTIFIER_LIMIT
        )


@settings(deadline=None)
@given(st.text(max_size=60).map("https://example.org/".__add__))
def test_a_safe_address_is_plain_and_stable(text: str) -> None:
    try:
        url = safe_url(text)
    except Unparsable:
        return
    assert url.isascii()
    assert url.startswith("https://example.org/")
    assert safe_url(url) == url
