"""`lookups/` of the API."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries
from pytest_django.fixtures import Settings

from problems.api.schema import openapi
from problems.choices import LookupState, Scheme, Visibility
from problems.models import Lookup
from tests.api.conftest import API, HOST, World
from tests.factories import Cast, make_paper

PATH = f"{API}/lookups/"
RECORD = {"title": "A lasting watermark", "date": "2024", "identifiers": {"doi": ["10.5555/lasting"]}}


@pytest.fixture(autouse=True)
def _configured(settings: Settings) -> None:
    """Services there are, and none answers: what is found is put there by the test."""
    settings.SOURCES = dict.fromkeys(settings.SOURCES, "https://example.org")
    cache.clear()


def asked(client: Client, by: Any, what: object = "10.5555/lasting", status: int = 200) -> Any:
    client.force_login(by)
    answer = client.post(PATH, {"what": what}, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer


def answered(key: str = "doi:10.5555/lasting", **values: Any) -> None:
    now = timezone.now()
    Lookup.objects.create(
        **{"key": key, "asked_at": now, "answered_at": now, "state": LookupState.FOUND, "source": "crossref", "record": RECORD} | values
    )


def test_what_is_found_comes_with_what_is_known(client: Client, cast: Cast, world: World) -> None:
    answered()
    answer = asked(client, cast.reader).json()
    [paper] = answer.pop("known")
    assert answer == {
        "recognised": "Identifier",
        "as_read": "DOI 10.5555/lasting",
        "state": "found",
        "answered_by": "Crossref",
        "record": RECORD | {"address": ""},
        "told": "",
        "notes": [],
    }
    known, tag = world.papers[0], world.narrows
    assert paper == {
        "id": known.public_id,
        "url": f"{HOST}/api/v1/papers/{known.public_id}/",
        "html_url": f"{HOST}{known.get_absolute_url()}",
        "title": known.title,
        "year": 2024,
        "tags": [{"id": tag.public_id, "url": f"{HOST}/api/v1/tags/{tag.public_id}/", "target": "P1.L1", "relation": "narrows"}],
    }


def test_while_it_is_pending_the_answer_says_when_to_come_back(client: Client, cast: Cast) -> None:
    answer = asked(client, cast.reader, status=202)
    assert answer.headers["Retry-After"] == "1"
    assert answer.json() == {
        "recognised": "Identifier",
        "as_read": "DOI 10.5555/lasting",
        "state": "pending",
        "answered_by": "",
        "record": {"identifiers": {"doi": ["10.5555/lasting"]}},
        "told": "",
        "notes": [],
        "known": [],
    }


@pytest.mark.parametrize("state", [LookupState.NOTHING, LookupState.FAILED])
def test_why_there_is_no_more_is_told(client: Client, cast: Cast, state: LookupState) -> None:
    answered(state=state, record=None, source="", told="Crossref knows nothing of it.")
    answer = asked(client, cast.reader).json()
    assert (answer["state"], answer["told"], answer["record"]) == (
        state,
        "Crossref knows nothing of it.",
        {"identifiers": {"doi": ["10.5555/lasting"]}},
    )


def test_a_hidden_paper_is_not_known(client: Client, cast: Cast, world: World) -> None:
    answered()
    before = asked(client, cast.contributor).json()
    hidden = make_paper(title="A lasting watermark", identifiers=[(Scheme.DOI, "10.5555/lasting")], visibility=Visibility.RESTRICTED)
    assert asked(client, cast.contributor).json() == before
    assert [each["id"] for each in asked(client, cast.reviewer).json()["known"]] == [hidden.public_id, world.papers[0].public_id]


def test_who_is_not_signed_in_is_not_answered(client: Client, db: None) -> None:
    del db
    answer = client.post(PATH, {"what": "10.5555/lasting"}, content_type="application/json")
    assert (answer.status_code, Lookup.objects.count()) == (401, 0)


@pytest.mark.parametrize(
    ("body", "status", "pointer"),
    [
        ({}, 422, "/what"),
        ({"what": 5}, 422, "/what"),
        ({"what": " "}, 422, "/what"),
        ({"what": "a", "url": "b"}, 422, "/url"),
        ([], 400, None),
        ({"what": "doi: nonsense"}, 422, "/what"),
        ({"what": "x" * 60_001}, 422, "/what"),
    ],
)
def test_what_cannot_be_read_is_told(client: Client, cast: Cast, body: Any, status: int, pointer: str | None) -> None:
    client.force_login(cast.reader)
    answer = client.post(PATH, body, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert [error["pointer"] for error in answer.json().get("errors", [])] == ([pointer] if pointer else [])


def test_too_many_are_told_when_to_come_back(client: Client, cast: Cast, settings: Settings) -> None:
    settings.LOOKUP_RATE = 1
    asked(client, cast.reader, status=202)
    answer = asked(client, cast.reader, "10.5555/second", status=429)
    assert 0 < int(answer.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("many", [1, 3])
def test_it_takes_the_same_queries_for_one_and_for_three(client: Client, cast: Cast, world: World, many: int) -> None:
    del world
    answered()
    for number in range(many):
        make_paper(title=f"A lasting watermark {number}")
    asked(client, cast.reader)
    with assertNumQueries(8):
        client.post(PATH, {"what": "10.5555/lasting"}, content_type="application/json")


def test_the_document_tells_of_both_answers() -> None:
    operation = openapi()["paths"]["/api/v1/lookups/"]["post"]
    assert set(operation["responses"]) == {"200", "202", "400", "401", "403", "406", "409", "413", "415", "422", "429", "default"}
    for status in ("200", "202"):
        assert operation["responses"][status]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Lookup"}
    assert set(operation["responses"]["202"]["headers"]) == {"Retry-After"}
    assert [each for each in operation["parameters"] if each["in"] == "header"] == [] if "parameters" in operation else True
