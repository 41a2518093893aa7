"""Each source against answers of the service's real shape, on loopback."""

import re
from typing import Any

import pytest
from django.conf import settings
from pytest_httpserver import HTTPServer

from problems.choices import PaperType, Scheme
from problems.errors import SourceDown
from problems.identifiers import Identifier
from problems.records import PaperRecord, PartialDate, PersonName
from problems.sources import SOURCES, ask, order_for
from tests.sources.conftest import AGENT, SAMPLES, access

BY_ADDRESS = {
    "/works/10.1145/3442188.3445922": "crossref-proceedings.json",
    "/works/10.1101/2022.07.20.500902": "crossref-posted.json",
    "/works/10.2139/ssrn.5705186": "crossref-ssrn.json",
    "/dois/10.48550/arxiv.2404.12241": "datacite-arxiv.json",
    "/works/doi:10.1145/3442188.3445922": "openalex-work.json",
    "/works/doi:10.48550/arxiv.2103.99999": "openalex-work.json",
    "/works/W3133702157": "openalex-work.json",
    "/works/pmid:33000001": "openalex-work.json",
}
DOI, ARXIV = Identifier(Scheme.DOI, "10.1145/3442188.3445922"), Identifier(Scheme.ARXIV, "2404.12241")
ARXIV_DOI = "10.48550/arxiv.2404.12241"
ORCID = "0000-0002-1825-0097"


@pytest.fixture
def service(httpserver: HTTPServer) -> HTTPServer:
    for path, name in BY_ADDRESS.items():
        httpserver.expect_request(path).respond_with_data((SAMPLES / name).read_bytes(), content_type="application/json")
    return httpserver


def fetched(service: HTTPServer, name: str, wanted: Any) -> PaperRecord | None:
    return ask(SOURCES[name], wanted, access(service.url_for("")))


def test_crossref_tells_of_a_paper(service: HTTPServer) -> None:
    assert fetched(service, "crossref", DOI) == PaperRecord(
        title="On the Dangers of Stochastic Parrots: Can Language Models Be Too Big? \U0001f99c",
        authors=(
            PersonName(family="Bender", given="Emily M."),
            PersonName(family="Gebru", given="Timnit", orcid=ORCID),
            PersonName(family="McMillan-Major", given="Angelina"),
            PersonName(family="Shmitchell", given="Shmargaret", suffix="Jr."),
            PersonName(literal="The Aether"),
        ),
        date=PartialDate(2021, 3, 3),
        venue="Proceedings of the 2021 ACM Conference on Fairness, Accountability, and Transparency",
        type=PaperType.CONFERENCE,
        url="https://doi.org/10.1145/3442188.3445922",
        abstract="The past 3 years of work in NLP have been characterized by ever larger language models & more."
        "\n\nA second paragraph, with p < 0.05.",
        identifiers=((Scheme.DOI, "10.1145/3442188.3445922"),),
    )
    [(request, _)] = service.log
    assert (request.headers["User-Agent"], request.args.to_dict()) == (AGENT, {"mailto": "map@example.org"})


def test_crossref_tells_of_a_preprint_and_its_publication(service: HTTPServer) -> None:
    assert fetched(service, "crossref", Identifier(Scheme.DOI, "10.1101/2022.07.20.500902")) == PaperRecord(
        title="A preprint with a later publication",
        authors=(PersonName(family="Berg", given="Ada", particle="van den"),),
        date=PartialDate(2022, 7),
        venue="bioRxiv",
        type=PaperType.PREPRINT,
        url="https://doi.org/10.1101/2022.07.20.500902",
        identifiers=((Scheme.DOI, "10.1038/s41586-000-00001-1"), (Scheme.DOI, "10.1101/2022.07.20.500902")),
    )


@pytest.mark.parametrize("wanted", [Identifier(Scheme.SSRN, "5705186"), Identifier(Scheme.DOI, "10.2139/ssrn.5705186")])
def test_crossref_tells_of_what_is_at_ssrn(service: HTTPServer, wanted: Identifier) -> None:
    found = fetched(service, "crossref", wanted)
    assert found is not None
    assert (found.type, found.date, found.venue) == (PaperType.PREPRINT, PartialDate(2025), "Elsevier BV")
    assert found.identifiers == ((Scheme.DOI, "10.2139/ssrn.5705186"), (Scheme.SSRN, "5705186"))


def test_datacite_tells_of_a_preprint(service: HTTPServer) -> None:
    assert fetched(service, "datacite", ARXIV) == PaperRecord(
        title="Introducing v0.5 of the AI Safety Benchmark from MLCommons",
        authors=(
            PersonName(family="Vidgen", given="Bertie", orcid=ORCID),
            PersonName(family="Berg", given="Ada", particle="van der"),
            PersonName(literal="MLCommons"),
        ),
        date=PartialDate(2024, 4, 18),
        venue="arXiv",
        type=PaperType.PREPRINT,
        url="https://arxiv.org/abs/2404.12241",
        abstract="This paper introduces v0.5 of the AI Safety Benchmark.",
        identifiers=((Scheme.ARXIV, "2404.12241"), (Scheme.DOI, "10.1145/1234567.1234568")),
    )


@pytest.mark.parametrize(
    "wanted",
    [DOI, Identifier(Scheme.ARXIV, "2103.99999"), Identifier(Scheme.OPENALEX, "W3133702157"), Identifier(Scheme.PUBMED, "33000001")],
    ids=lambda wanted: wanted.scheme,
)
def test_openalex_tells_of_a_paper(service: HTTPServer, wanted: Identifier) -> None:
    assert fetched(service, "openalex", wanted) == PaperRecord(
        title="On the Dangers of Stochastic Parrots",
        authors=(
            PersonName(family="Bender", given="Emily M.", orcid=ORCID),
            PersonName(family="Berg", given="Ludwig", particle="van der"),
            PersonName(literal="Shmargaret"),
        ),
        date=PartialDate(2021, 3, 1),
        venue="Conference on Fairness, Accountability, and Transparency",
        type=PaperType.CONFERENCE,
        url="https://doi.org/10.1145/3442188.3445922",
        abstract="The past 3 years, past once more.",
        identifiers=(
            (Scheme.ARXIV, "2103.99999"),
            (Scheme.DOI, "10.1145/3442188.3445922"),
            (Scheme.OPENALEX, "W3133702157"),
            (Scheme.PUBMED, "33000001"),
        ),
    )
    [(request, _)] = service.log
    assert request.args["mailto"] == "map@example.org"


def test_arxiv_tells_of_a_preprint_and_its_publication(httpserver: HTTPServer) -> None:
    entry = (SAMPLES / "arxiv-entry.xml").read_bytes()
    query = {"id_list": "2404.12241", "max_results": "1"}
    httpserver.expect_request("/api/query", query_string=query).respond_with_data(entry, content_type="application/atom+xml")
    assert fetched(httpserver, "arxiv", ARXIV) == PaperRecord(
        title="Introducing v0.5 of the AI Safety Benchmark from MLCommons",
        authors=(
            PersonName(family="Vidgen", given="Bertie"),
            PersonName(family="Berg", given="Ada M.", particle="van der"),
            PersonName(literal="MLCommons"),
        ),
        date=PartialDate(2024, 4, 18),
        venue="arXiv",
        type=PaperType.PREPRINT,
        url="https://arxiv.org/abs/2404.12241v2",
        abstract="This paper introduces v0.5 of the AI Safety Benchmark, which has been created by a working group. It holds for n < 10.",
        identifiers=((Scheme.ARXIV, "2404.12241"), (Scheme.DOI, "10.1145/1234567.1234568")),
    )


def test_arxiv_knows_nothing_of_a_number(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data((SAMPLES / "arxiv-none.xml").read_bytes(), content_type="application/atom+xml")
    assert fetched(httpserver, "arxiv", Identifier(Scheme.ARXIV, "2404.99999")) is None


@pytest.mark.parametrize("name", ["crossref", "datacite", "openalex"])
def test_nothing_is_known_where_the_service_says_so(httpserver: HTTPServer, name: str) -> None:
    httpserver.expect_request(re.compile("/.*")).respond_with_data("Not here", status=404)
    assert fetched(httpserver, name, DOI) is None


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "https://example.org/\nb", "http://user@example.org/", "data:text/html,x", "//example.org"]
)
def test_an_address_that_is_none_is_left_out(httpserver: HTTPServer, address: str) -> None:
    """Hole 31, by a service."""
    item = {"doi": ARXIV_DOI, "titles": [{"title": "A"}], "url": address}
    httpserver.expect_request(f"/dois/{ARXIV_DOI}").respond_with_json({"data": {"attributes": item}})
    work = {"id": "https://openalex.org/W3133702157", "display_name": "A", "doi": address, "primary_location": {"landing_page_url": address}}
    httpserver.expect_request("/works/W3133702157").respond_with_json(work)
    for name, wanted in (("datacite", ARXIV), ("openalex", Identifier(Scheme.OPENALEX, "W3133702157"))):
        found = fetched(httpserver, name, wanted)
        assert found is not None
        assert (found.url, found.identifiers) == ("", ((wanted.scheme, wanted.value),))


# -- titles --


@pytest.mark.parametrize(
    "title", ["On the Dangers of Stochastic Parrots", "on the dangers of stochastic parots.", "On the dangers — of “stochastic” parrots"]
)
@pytest.mark.parametrize("name", ["crossref", "openalex"])
def test_a_title_is_found_among_its_neighbours(httpserver: HTTPServer, name: str, title: str) -> None:
    httpserver.expect_request("/works").respond_with_data((SAMPLES / f"{name}-search.json").read_bytes(), content_type="application/json")
    found = fetched(httpserver, name, title)
    assert found is not None
    assert (Scheme.DOI, "10.1145/3442188.3445922") in found.identifiers
    [(request, _)] = httpserver.log
    asked = request.args.get("query.bibliographic") or request.args["filter"]
    assert asked in {title, "title.search:" + " ".join(title.replace("—", "").replace("“", "").replace("”", "").replace(".", "").split())}


@pytest.mark.parametrize("name", ["crossref", "openalex"])
def test_a_neighbour_is_not_the_paper(httpserver: HTTPServer, name: str) -> None:
    httpserver.expect_request("/works").respond_with_data((SAMPLES / f"{name}-search.json").read_bytes(), content_type="application/json")
    assert fetched(httpserver, name, "On the dangers of another bird altogether") is None


def test_a_search_without_commas_and_bars(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/works").respond_with_json({"results": []})
    assert fetched(httpserver, "openalex", "Fast, accurate|and healthier: blurring & more") is None
    [(request, _)] = httpserver.log
    assert request.args["filter"] == "title.search:Fast accurate and healthier blurring more"


# -- another paper --


@pytest.mark.parametrize("name", ["crossref", "openalex"])
def test_another_paper_is_refused(httpserver: HTTPServer, name: str) -> None:
    sample = {"crossref": "crossref-proceedings.json", "openalex": "openalex-work.json"}[name]
    httpserver.expect_request(f"/works/{'doi:' if name == 'openalex' else ''}10.5555/asked").respond_with_data((SAMPLES / sample).read_bytes())
    with pytest.raises(SourceDown) as refusal:
        fetched(httpserver, name, Identifier(Scheme.DOI, "10.5555/asked"))
    assert refusal.value.title == f"{SOURCES[name].label} answered with another paper than was asked for."


def test_another_preprint_is_refused(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/api/query").respond_with_data((SAMPLES / "arxiv-entry.xml").read_bytes())
    httpserver.expect_request("/dois/10.48550/arxiv.2404.00001").respond_with_data((SAMPLES / "datacite-arxiv.json").read_bytes())
    for name in ("arxiv", "datacite"):
        with pytest.raises(SourceDown, match="another paper"):
            fetched(httpserver, name, Identifier(Scheme.ARXIV, "2404.00001"))


# -- who is asked for what --


def test_the_order_fits_what_was_given() -> None:
    def names(wanted: Any) -> list[str]:
        return [source.name for source in order_for(wanted)]

    assert {scheme: names(Identifier(scheme, "1")) for scheme in Scheme} == {
        Scheme.DOI: ["crossref", "datacite", "openalex"],
        Scheme.ARXIV: ["arxiv", "datacite", "openalex"],
        Scheme.SSRN: ["crossref", "openalex"],
        Scheme.PUBMED: ["openalex"],
        Scheme.OPENALEX: ["openalex"],
        Scheme.OPENREVIEW: [],
        Scheme.SEMANTIC_SCHOLAR: [],
        Scheme.ISBN: [],
    }
    assert names("A title") == ["openalex", "crossref"]
    for scheme in Scheme:
        assert all(scheme in source.schemes for source in order_for(Identifier(scheme, "1")))
    assert all(source.search for source in order_for("A title"))


def test_each_has_a_setting_for_its_address() -> None:
    assert set(settings.SOURCES) == set(SOURCES)
