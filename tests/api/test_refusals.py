"""What is wrong is refused with a problem document that names it, whatever it is, and never with an accident."""

import time
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import LazySettings
from django.core import signing
from django.test import Client
from rest_framework.throttling import AnonRateThrottle

from problems.api.urls import VIEWSETS, WRITES
from problems.api.viewsets.catalogue import PhaseViewSet
from problems.errors import Conflict
from problems.middleware import error_answer
from tests.api.conftest import API, HOST, Ask, World, ids
from tests.factories import Cast

PATHS = ["/api/", f"{API}/", f"{API}/agenda/", f"{API}/schema/", "/api/errors/not_found/"]
DETAILS = {"phases": "design", "challenges": "data", "problems": "1", "statements": "P1.L1", "calls": "C1"}
LISTS = [f"{API}/{name}/" for name in VIEWSETS]
ALL = [*PATHS, *LISTS, *(f"{API}/{name}/{key}/" for name, key in DETAILS.items())]
TAKES_POST = {f"{API}/{name}/" for name, writes in WRITES.items() if "post" in writes.get("", {})}


def faults(answer: Any) -> list[tuple[str, str]]:
    """Parameter and code of each fault, of an answer that is whole."""
    assert list(answer) == ["type", "title", "status", "detail", "errors"]
    assert (answer["type"], answer["title"], answer["status"]) == ("/api/errors/bad_request/", "Bad Request", 400)
    assert all(list(each) == ["parameter", "code", "detail"] and each["detail"].endswith((".", "…")) for each in answer["errors"])
    return [(each["parameter"], each["code"]) for each in answer["errors"]]


@pytest.mark.parametrize("path", ALL)
def test_unknown_parameters_are_named(ask: Ask, world: World, path: str) -> None:
    del world
    assert faults(ask(f"{path}?depth=2&fields=id&page_size__gt=1", 400)) == [(name, "unknown") for name in ("depth", "fields", "page_size__gt")]


BAD = {
    "page_size=abc": "invalid",
    "page_size=0": "invalid",
    "page_size=201": "invalid",
    "page_size=-1": "invalid",
    "page_size=1.0": "invalid",
    "page_size=%D9%A1": "invalid",  # an Arabic digit
    "page_size=" + "9" * 5000: "invalid",
    "page_size=1&page_size=2": "repeated",
    "page_size=": "empty",
    "ordering=nothing": "unknown",
    "ordering=logged_by__email": "unknown",
    "ordering=relevance": "unknown",
    "ordering=%00": "text",
    "include=authors": "unknown",
    "include=tags&include=tags__contributor": "unknown",
    "include=tags,tags": "unknown",
    "cursor=made-up": "invalid",
    "cursor=" + quote(signing.dumps(["Paper -created", False, ["x", "y"]], salt="other")): "invalid",
    "cursor=%00": "text",
    "cursor=%20": "empty",
    "year=20245": "year",
    "year=12": "year",
    "year=2024.5": "year",
    "year=1e9": "year",
    "year=" + "9" * 6000: "year",
    "year=2020&year=2021": "repeated",
    "year__gte=abc": "year",
    "state=nothing": "invalid_choice",
    "state=untouched,confirmed": "invalid_choice",
    "relation=" + "&relation=".join(["narrows"] * 201): "values",
    "problem=99": "invalid_choice",
    "problem=first": "invalid_pk_value",
    "problem=" + "9" * 6000: "invalid_pk_value",
    "problem=99999999999999999999": "invalid_choice",
    "problem=1%2C2": "invalid_pk_value",
    "statement=P1.L9": "invalid_choice",
    "statement=%00": "text",
    "challenge=nothing": "invalid_choice",
    "modified__gte=yesterday": "time",
    "modified__gte=2026-13-01": "time",
    "modified__gte=0001-01-01T00:00:00%2B23:59": "time",
    "modified__lte=9999-12-31T23:59:59-23:59": "time",
    "doi=nonsense": "identifier",
    "doi=" + "x" * 7000: "identifier",
    "arxiv=nonsense": "identifier",
    "q=" + "x" * 301: "text",
    "q=" + "+".join(["word"] * 21): "words",
    "q=%00": "text",
    "q=%ff": "encoding",
    "q=%ED%A0%80": "encoding",  # half of a surrogate pair
    "q=%07": "text",
    "q=+++": "empty",
    "q=%E2%80%8B": "empty",  # nothing that one sees
}


@pytest.mark.parametrize(("query", "code"), BAD.items(), ids=[query[:50] for query in BAD])
def test_bad_values_are_named(ask: Ask, world: World, query: str, code: str) -> None:
    del world
    assert faults(ask(f"papers/?{query}", 400)) == [(query.partition("=")[0], code)]


@pytest.mark.parametrize("query", ["retired=yes", "retired=1", "retired=True", "retired=", "paper=short", "paper=AAAAAAAAAA", "paper=%00"])
def test_bad_values_of_other_lists_are_named(ask: Ask, world: World, query: str) -> None:
    del world
    [(name, _)] = faults(ask(f"tags/?{query}", 400))
    assert name == query.partition("=")[0]


def test_all_faults_are_told_at_once(ask: Ask, world: World) -> None:
    del world
    found = ask("papers/?nothing=1&include=x&year=20245&state=bad&page_size=0&ordering=z&q=", 400)
    assert [name for name, _ in faults(found)] == ["nothing", "q", "include", "state", "year", "page_size", "ordering"]


@pytest.mark.parametrize(
    "query", ["nothing=%ff", "%ff=1", "%00=1", "=1", "=", "&".join("a" * 900), "pk__in=1", "paper__logged_by__email=a", "password", "x" * 7000]
)
def test_strange_names_are_refused(ask: Ask, world: World, query: str) -> None:
    del world
    assert {code for _, code in faults(ask(f"papers/?{query}", 400))} == {"unknown"}


def test_too_many_parameters_are_refused(ask: Ask, world: World) -> None:
    del world
    assert ask(f"papers/?{'&'.join('a' * 1500)}", 400)["detail"] == "This request cannot be read."


def test_times_in_every_zone_are_understood(ask: Ask, world: World) -> None:
    del world
    for moment in ("2025-12-31T23:59:59-23:59", "2026-01-01T23:59:00%2B23:59", "2026-01-01", "2026-01-01T00:00", "2025-12-31T19:00:00-05:00"):
        assert len(ask(f"papers/?modified__lte={moment}")["results"]) == 3


@pytest.mark.parametrize("query", ["", "&", "&&", "page_size=1&", "&page_size=1"])
def test_empty_pieces_of_a_query_are_nothing(ask: Ask, world: World, query: str) -> None:
    del world
    assert ask(f"papers/?{query}")["results"]


def test_a_cursor_of_another_list_is_refused(ask: Ask, world: World) -> None:
    """Both sort by time and then by their id: a slug is no number."""
    del world
    cursor = ask("phases/?ordering=created&page_size=1")["next"].partition("cursor=")[2]
    assert faults(ask(f"problems/?ordering=created&cursor={cursor}", 400)) == [("cursor", "invalid")]
    assert faults(ask(f"phases/?ordering=-created&cursor={cursor}", 400)) == [("cursor", "invalid")]
    changed = cursor[:-1] + ("A" if cursor[-1] != "A" else "B")
    assert faults(ask(f"phases/?ordering=created&cursor={changed}", 400)) == [("cursor", "invalid")]


UNKNOWN = {
    "papers": ["aaaaaaaaaa", "AAAAAAAAAA", "1", "%00", "%ff", "a" * 3000, "aaaaaaaaaa%0a"],
    "tags": ["aaaaaaaaaa", "1"],
    "problems": ["99", "0", "01", "-1", "1.0", "9" * 3000, "1%20", "%D9%A1", "first"],
    "statements": ["P1.L9", "p1.l1", "P1", "P1.L1%0A"],
    "calls": ["C99", "c1", "1"],
    "phases": ["nothing", "Design", "1"],
    "challenges": ["nothing", "1"],
    "searches": ["aaaaaaaaaa", "1"],
    "submissions": ["aaaaaaaaaa", "1"],
}


@pytest.mark.parametrize(("name", "key"), [(name, key) for name, keys in UNKNOWN.items() for key in keys])
def test_an_unknown_id_is_404_and_not_repeated(ask: Ask, world: World, name: str, key: str) -> None:
    del world
    assert ask(f"{name}/{key}/", 404) == {
        "type": "/api/errors/not_found/",
        "title": "Not Found",
        "status": 404,
        "detail": f"There is no {VIEWSETS[name].one} with this id.",
    }


@pytest.mark.parametrize("path", ["/api/nothing/", "/api/v2/", "/api/v1/nothing/", "/api/v1/papers/a/b/", "/api/errors/nothing/", "/api/v1/%ff/"])
def test_an_unknown_address_is_404(ask: Ask, world: World, path: str) -> None:
    del world
    found = ask(path, 404)
    assert (list(found), found["status"], found["type"]) == (["type", "title", "status", "detail"], 404, "/api/errors/not_found/")


def allowed(path: str) -> str:
    """What `Allow` says of an address."""
    if path == "/api/docs/":
        return "GET, HEAD"
    return "GET, POST, HEAD, OPTIONS" if path in TAKES_POST else "GET, HEAD, OPTIONS"


METHODS = [
    (method, path)
    for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE")
    for path in (*ALL, "/api/docs/")
    if method != "POST" or path not in TAKES_POST
]


@pytest.mark.parametrize("role", ["anonymous", "curator"])
def test_other_methods_are_refused_first(cast: Cast, role: str) -> None:
    """The body is broken on purpose: nothing looks at it, nor asks for a token."""
    client = Client(enforce_csrf_checks=True)
    if role != "anonymous":
        client.force_login(getattr(cast, role))
    for method, path in METHODS:
        answer = client.generic(method, f"{path}?nothing=1", b'{"title": ', content_type="application/json", headers={"Accept": "text/csv"})
        told = (answer.status_code, answer.headers["Content-Type"], answer.json()["status"])
        assert told == (405, "application/problem+json", 405), (method, path)
        if method != "TRACE":
            assert answer.headers["Allow"] == allowed(path), (method, path)


@pytest.mark.parametrize("header", ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"])
def test_no_header_changes_the_method(client: Client, world: World, header: str) -> None:
    del world
    assert client.post(f"{API}/problems/", headers={header: "GET"}).status_code == 405
    assert client.get(f"{API}/papers/", headers={header: "DELETE"}).status_code == 200
    assert client.post(f"{API}/papers/", {"_method": "GET"}).status_code == 401


@pytest.mark.parametrize("path", ALL)
def test_head_and_options(client: Client, world: World, path: str) -> None:
    del world
    get, head, options = client.get(path), client.head(path), client.options(path)
    assert (head.status_code, head.content) == (200, b"")
    assert {name: value for name, value in head.items() if name != "X-Request-ID"} == {
        name: value for name, value in get.items() if name != "X-Request-ID"
    }
    assert (options.status_code, options.content, options.headers["Allow"]) == (204, b"", allowed(path))
    assert "Content-Length" not in options.headers


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "image/*", "nonsense"])
def test_what_is_not_json_is_406(client: Client, world: World, accept: str) -> None:
    del world
    answer = client.get(f"{API}/papers/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (406, "application/problem+json")
    assert answer.json()["detail"] == "This API answers in JSON. Accept application/json."


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/*"])
def test_what_takes_json_gets_it(client: Client, world: World, accept: str) -> None:
    del world
    answer = client.get(f"{API}/papers/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_too_many_requests_are_429(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    del world
    monkeypatch.setattr(AnonRateThrottle, "rate", "2/min", raising=False)
    statuses = [client.get(f"{API}/phases/", REMOTE_ADDR="10.1.2.3").status_code for _ in range(2)]
    answer = client.get(f"{API}/phases/", REMOTE_ADDR="10.1.2.3")
    assert (*statuses, answer.status_code) == (200, 200, 429)
    wait = answer.headers["Retry-After"]
    assert 0 < int(wait) <= 60
    assert answer.json() == {
        "type": "/api/errors/too_many_requests/",
        "title": "Too Many Requests",
        "status": 429,
        "detail": f"Too many requests. Wait {wait} seconds.",
    }
    assert client.get(f"{API}/phases/", REMOTE_ADDR="10.1.2.4").status_code == 200


def test_what_nobody_expected_is_500_without_a_word_of_it(client: Client, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    del world

    def broken(*_: object, **__: object) -> None:
        message = "secret detail"
        raise RuntimeError(message)

    monkeypatch.setattr(PhaseViewSet, "rows", broken)
    client.raise_request_exception = False
    answer = client.get(f"{API}/phases/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")
    assert answer.json() == {
        "type": "/api/errors/internal_server_error/",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "Something failed on our side; it is in the log. Try again later.",
    }


def test_refusals_of_the_services_keep_their_status(ask: Ask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    del world

    def refused(*_: object, **__: object) -> None:
        raise Conflict("Somebody was first.", "Try again.")

    monkeypatch.setattr(PhaseViewSet, "rows", refused)
    assert ask("phases/", 409) == {"type": "/api/errors/conflict/", "title": "Conflict", "status": 409, "detail": "Somebody was first. Try again."}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 428, 429, 500, 503])
def test_types_lead_to_an_explanation(ask: Ask, client: Client, world: World, status: int) -> None:
    """Also those that middleware answers with."""
    del world
    request = client.get("/api/").wsgi_request
    kind = error_answer(request, status, "x")
    path = kind.content.decode().partition('"type": "')[2].partition('"')[0]
    found = ask(path)
    assert (found["type"], found["status"]) == (path, status)
    assert found["detail"]


def test_a_foreign_host_is_refused_with_a_problem_document(client: Client, world: World) -> None:
    del world
    answer = client.get(f"{API}/papers/", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/problem+json")
    assert "elsewhere" not in answer.text


def test_a_public_answer_may_be_read_by_any_site_and_a_private_one_not(client: Client, world: World, cast: Cast) -> None:
    del world
    public = client.get(f"{API}/papers/")
    assert public.headers["Access-Control-Allow-Origin"] == "*"
    assert {"Cookie", "Authorization"} <= set(public.headers["Vary"].split(", "))
    client.force_login(cast.reader)
    private = client.get(f"{API}/papers/", headers={"Origin": "https://elsewhere.example"})
    assert "Access-Control-Allow-Origin" not in private.headers
    assert "private" in private.headers["Cache-Control"]
    assert "Access-Control-Allow-Credentials" not in private.headers


def test_another_version_than_if_match_names_is_a_problem_document(client: Client, world: World) -> None:
    del world
    answer = client.get(f"{API}/papers/", headers={"If-Match": '"other"'})
    assert (answer.status_code, answer.headers["Content-Type"], answer.json()["status"]) == (412, "application/problem+json", 412)


def test_who_has_the_answer_is_told_so(client: Client, world: World) -> None:
    del world
    first = client.get(f"{API}/papers/")
    again = client.get(f"{API}/papers/", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert "Content-Length" not in again.headers
    other = client.get(f"{API}/papers/?year=2024", headers={"If-None-Match": first.headers["ETag"]})
    assert (other.status_code, len(other.json()["results"])) == (200, 1)


@pytest.mark.parametrize("text", ["(" * 300, '"' * 299, "a" * 300, "- " * 20, "é" * 300, "\u0301" * 300, "or " * 20, "<->" * 90, ":*" * 140])
@pytest.mark.parametrize("path", ["papers", "tags", "statements", "problems", "calls"])
def test_no_search_takes_long(client: Client, world: World, path: str, text: str) -> None:
    del world
    began = time.perf_counter()
    assert client.get(f"{API}/{path}/", {"q": text}).status_code in {200, 400}
    assert time.perf_counter() - began < 2


def test_addresses_of_pages_ignore_the_host_of_the_request(client: Client, world: World, settings: LazySettings) -> None:
    del world
    settings.ALLOWED_HOSTS = ["*"]
    answer = client.get(f"{API}/papers/?page_size=1", headers={"Host": "elsewhere.example"}).json()
    assert answer["next"].startswith(HOST)
    assert ids(answer)
    assert "elsewhere" not in str(answer)
