"""Papers as files, from the site and the API: the whole list, what the reader may know of, in every format, and not too often."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems import downloads
from problems.choices import Scheme
from problems.formats import FORMATS, Parsed
from problems.models import Paper
from problems.queries import exports
from tests.factories import Cast, make_paper, make_statement, make_tag
from tests.views.conftest import SECRETS, SmallMap, hide

NAMES = ("bibtex", "csl-json", "csv", "jsonl", "nbib", "ris")
PLACES = ("/papers/", "/api/v1/papers/")


@pytest.fixture(autouse=True)
def _new_hour() -> None:
    cache.clear()


def body(answer: Any) -> str:
    return bytes(answer.getvalue()).decode()


def titles(answer: Any, name: str) -> list[str]:
    """Titles in a file, in order."""
    assert answer.status_code == 200
    read = FORMATS[name].read
    assert read
    text = answer.getvalue()
    if not text.strip(b"[]\r\n") or (name == "csv" and text.count(b"\r\n") == 1):
        return []
    return [each.record.title for each in read(text) if isinstance(each, Parsed)]


def test_there_are_five() -> None:
    assert tuple(downloads.WRITTEN) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_a_list_is_a_file(client: Client, small_map: SmallMap, place: str, name: str) -> None:
    del small_map
    answer: Any = client.get(place, {"format": name, "ordering": "title"})
    assert answer.streaming
    form = FORMATS[name]
    assert answer.headers["Content-Type"] == f"{form.media_type}; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="papers{form.suffixes[0]}"'
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (answer.headers["Cache-Control"], "ETag" in answer.headers) == ("no-cache", False)
    assert titles(answer, name) == ["Paper one", "Paper three", "Paper two"]
    head = client.head(place, {"format": name})
    assert (head.status_code, body(head), head.headers["Content-Type"]) == (200, "", answer.headers["Content-Type"])


def test_keywords_are_the_tags_that_count(client: Client, small_map: SmallMap) -> None:
    make_tag(small_map.problem.statements.get(code="P1.L3"), small_map.paper, status="proposed")
    lines = body(client.get("/papers/", {"format": "jsonl", "q": "one"})).splitlines()
    assert [json.loads(line)["keywords"] for line in lines] == [["P1.E1 contributes", "P1.L1 confirms", "C1 responds_to"]]
    Paper.objects.filter(pk=small_map.paper.pk).update(material="none_needed", modalities=["text", "image"])
    (line,) = body(client.get("/papers/", {"format": "jsonl", "material": "none_needed"})).splitlines()
    assert json.loads(line)["keywords"][3:] == ["material none_needed", "modality text", "modality image"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(
    ("query", "expected", "filename"),
    [
        ("problem=1", ["Paper one", "Paper three", "Paper two"], "papers-P1.ris"),
        ("problem=1&problem=2", ["Paper one", "Paper three", "Paper two"], "papers.ris"),
        ("statement=P1.L2", ["Paper two"], "papers-P1.L2.ris"),
        ("call=C1", ["Paper one"], "papers-C1.ris"),
        ("q=three", ["Paper three"], "papers.ris"),
        ("year__lte=2023", ["Paper one"], "papers.ris"),
    ],
)
@pytest.mark.usefixtures("small_map")
def test_any_filter(client: Client, place: str, query: str, expected: list[str], filename: str) -> None:
    answer = client.get(f"{place}?{query}&format=ris")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{filename}"'
    assert sorted(titles(answer, "ris")) == expected


@pytest.mark.parametrize("place", PLACES)
def test_all_of_a_list_comes_whatever_the_page(client: Client, small_map: SmallMap, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    del small_map
    for number in range(5):
        make_paper(title=f"More {number}")
    monkeypatch.setattr(exports, "CHUNK", 3)
    expected = ["More 4", "More 3", "More 2", "More 1", "More 0", "Paper three", "Paper two", "Paper one"]
    assert titles(client.get(place, {"format": "ris", "cursor": ""} if place == "/papers/" else {"format": "ris"}), "ris") == expected
    assert titles(client.get(f"{place}?format=ris&q=paper&ordering=year"), "ris")[0] == "Paper one"


def test_queries_grow_with_the_chunks_only(client: Client, small_map: SmallMap) -> None:
    def count(place: str, name: str) -> int:
        total = Paper.objects.count()
        with CaptureQueriesContext(connection) as queries:
            assert len(titles(client.get(place, {"format": name}), name)) == total
        return len(queries)

    before = {(place, name): count(place, name) for place in PLACES for name in NAMES}
    assert set(before.values()) == {4}
    for _ in range(3):
        paper = make_paper(authors=["One", "Two"], identifiers=[(Scheme.DOI, f"10.1000/{Paper.objects.count()}")])
        make_tag(small_map.problem.statements.get(code="P1.L3"), paper)
        make_tag(make_statement(small_map.problem), paper)
    assert {(place, name): count(place, name) for place in PLACES for name in NAMES} == before


def test_a_paper(client: Client, small_map: SmallMap) -> None:
    page = small_map.paper.get_absolute_url()
    for address in (page, f"/api/v1/papers/{small_map.paper.public_id}/"):
        answer = client.get(address, {"format": "bibtex"})
        assert answer.headers["Content-Disposition"] == 'attachment; filename="paper-one.bib"'
        assert titles(answer, "bibtex") == ["Paper one"]
    moved = client.get(f"/papers/{small_map.paper.public_id}/old/", {"format": "ris"})
    assert (moved.status_code, moved.headers["Location"]) == (301, f"{page}?format=ris")


def test_the_accept_header_chooses_too(client: Client, small_map: SmallMap) -> None:
    for name in NAMES:
        answer = client.get("/api/v1/papers/", {"statement": "P1.L2"}, headers={"Accept": FORMATS[name].media_type})
        assert titles(answer, name) == ["Paper two"]
        assert "Accept" in answer.headers["Vary"]
    detail = client.get(f"/api/v1/papers/{small_map.paper.public_id}/", headers={"Accept": "application/x-bibtex"})
    assert titles(detail, "bibtex") == ["Paper one"]
    for accept, query in (("*/*", {}), ("application/json", {}), ("text/csv", {"format": "json"})):
        assert client.get("/api/v1/papers/", query, headers={"Accept": accept}).headers["Content-Type"] == "application/json"
    assert client.get("/api/v1/papers/", headers={"Accept": "text/csv"}).headers["Content-Type"] == "text/csv; charset=utf-8"
    assert client.get("/api/v1/papers/", headers={"Accept": "image/png"}).status_code == 406
    assert client.get("/api/v1/tags/", headers={"Accept": "text/csv"}).status_code == 406


@pytest.mark.parametrize("accept", ["*/*", "application/x-bibtex"])
def test_what_cannot_be_is_told(client: Client, small_map: SmallMap, accept: str) -> None:
    for place in ("/api/v1/papers/", f"/api/v1/papers/{small_map.paper.public_id}/"):
        answer = client.get(place, {"format": "poem"}, headers={"Accept": accept})
        assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["errors"] == [
            {"parameter": "format", "code": "unknown", "detail": f"There is no such format. Choose one of: json, {', '.join(NAMES)}."}
        ]
    for place in ("/papers/", small_map.paper.get_absolute_url()):
        page = client.get(place, {"format": "poem"}, headers={"Accept": accept})
        assert page.status_code == 400
        assert f"Choose one of: {', '.join(NAMES)}." in page.text
    assert client.get("/papers/", {"format": "ris", "year": "20245"}).status_code == 400
    wrong = client.get("/api/v1/papers/", {"format": "ris", "year": "20245"})
    assert (wrong.status_code, wrong.headers["Content-Type"]) == (400, "application/problem+json")


def test_my_bibliography(client: Client, small_map: SmallMap, cast: Cast) -> None:
    make_paper(title="Logged", logged_by=cast.contributor)
    make_paper(title="Logged and waiting", logged_by=cast.contributor, visibility="waiting")
    make_paper(title="Restricted since", logged_by=cast.contributor, visibility="restricted")
    make_paper(title="Of the team", logged_by=cast.teammate)
    make_tag(small_map.problem.statements.get(code="P1.L3"), small_map.paper, contributor=cast.contributor, status="proposed")
    for place in PLACES:
        assert titles(client.get(f"{place}?mine=true&format=ris"), "ris") == []
    client.force_login(cast.contributor)
    for place in PLACES:
        answer = client.get(f"{place}?mine=true&format=ris")
        assert sorted(titles(answer, "ris")) == ["Logged", "Logged and waiting", "Paper one"]
        assert answer.headers["Content-Disposition"] == 'attachment; filename="my-papers.ris"'
        assert answer.headers["Cache-Control"] == "private, no-cache"
    page = client.get("/papers/?mine=true").text
    assert ("My bibliography: yes" in page, "/papers/?mine=true&amp;format=bibtex" in page) == (True, True)


@pytest.mark.parametrize("first", ["curator", "anonymous"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("place", PLACES)
def test_nothing_hidden_goes_out(small_map: SmallMap, cast: Cast, place: str, name: str, first: str) -> None:
    """Whoever asks first: nothing of the curator's answer rests where a visitor gets it."""
    hidden = hide(small_map, cast)
    insider, visitor, stranger = Client(), Client(), Client()
    insider.force_login(cast.curator)
    stranger.force_login(cast.stranger)

    def found(client: Client) -> set[str]:
        texts = [body(client.get(place, query | {"format": name})) for query in ({}, {"problem": "1"}, {"q": "paper"}, {"ordering": "year"})]
        for paper in hidden.values():
            address = paper.get_absolute_url() if place == "/papers/" else f"/api/v1/papers/{paper.public_id}/"
            answer = client.get(address, {"format": name})
            if answer.status_code == 200:
                texts.append(body(answer))
        return {secret for secret in SECRETS for text in texts if secret in text.lower()}

    order = [insider, visitor, stranger] if first == "curator" else [visitor, stranger, insider]
    expected = {id(insider): {"secretwaiting", "secretrestricted"}, id(visitor): set(), id(stranger): set()}
    assert [found(client) for client in order] == [expected[id(client)] for client in order]


@pytest.mark.parametrize("place", PLACES)
def test_what_is_hidden_changes_no_byte(client: Client, small_map: SmallMap, cast: Cast, place: str) -> None:
    before = [body(client.get(place, {"format": name})) for name in NAMES]
    hide(small_map, cast)
    assert [body(client.get(place, {"format": name})) for name in NAMES] == before


def test_not_too_often(client: Client, small_map: SmallMap, cast: Cast, settings: LazySettings) -> None:
    settings.EXPORT_RATE = 2
    page = small_map.paper.get_absolute_url()
    for address in ("/papers/?format=ris", "/api/v1/papers/?format=csv"):
        assert client.get(address).status_code == 200
    for address in ("/papers/?format=ris", f"{page}?format=bibtex", "/api/v1/papers/?format=csv"):
        refused = client.get(address)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 3600
        assert refused.headers["Content-Type"] == ("application/problem+json" if "/api/" in address else "text/html; charset=utf-8")
    assert client.get("/papers/").status_code == client.get("/api/v1/papers/").status_code == 200
    client.force_login(cast.reader)
    assert client.get("/papers/?format=ris").status_code == 200


def test_links_stand_where_papers_are_listed(client: Client, small_map: SmallMap) -> None:
    for address, links in {
        "/papers/?problem=1": "/papers/?problem=1&amp;format={}",
        small_map.problem.get_absolute_url(): "/papers/?problem=1&amp;format={}",
        f"{small_map.problem.get_absolute_url()}#": "/papers/?statement=P1.L1&amp;format={}",
        "/calls/": "/papers/?call=C1&amp;format={}",
        small_map.paper.get_absolute_url(): "?format={}",
    }.items():
        text = client.get(address).text
        assert [name for name in NAMES if f'href="{links.format(name)}"' in text] == list(NAMES), address
    assert "format=" not in client.get("/papers/?q=nothingofthesort").text
