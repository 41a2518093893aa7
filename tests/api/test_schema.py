"""The OpenAPI document, and the page that shows it."""

from io import StringIO
from typing import Any

import jsonschema  # type: ignore[import-untyped]  # comes with drf-spectacular
import pytest
from django.core.management import call_command
from django.test import Client

from problems.api.examples import EXAMPLES
from problems.api.schema import openapi
from problems.api.urls import VIEWSETS, WRITES
from problems.api.viewsets.history import HISTORIES
from problems.api.viewsets.proposals import VERSIONS
from tests.api.conftest import Ask, World

READS = [
    "/api/v1/",
    "/api/v1/agenda/",
    *(f"/api/v1/{name}/{tail}" for name in VIEWSETS for tail in ("", "{id}/")),
    *(f"/api/v1/{name}/{{id}}/history/" for name in HISTORIES),
    *(f"/api/v1/{name}/{{id}}/versions/" for name in VERSIONS),
    "/api/v1/imports/{id}/rows/",
    "/api/v1/submissions/{id}/messages/",
    "/api/v1/notification-paces/",
    "/api/v1/agreement/",
    "/api/v1/care/",
    "/api/v1/restricted-reads/",
    "/api/v1/changes/",
    "/api/v1/flags/follow/{id}/",
    "/api/v1/papers/{id}/duplicates/",
    *(f"/api/v1/{name}/{{id}}/suggestions/" for name in ("papers", "statements")),
]
WRITTEN = {
    f"/api/v1/{name}/{tail}" if tail in {"", "{id}/"} else f"/api/v1/{name}/{{id}}/{tail}": methods
    for name, tails in WRITES.items()
    for tail, methods in tails.items()
} | {"/api/v1/care/": {"patch": "edit"}, "/api/v1/notification-paces/": {"patch": "edit"}, "/api/v1/submissions/{id}/messages/": {"post": "write"}}
WRITTEN["/api/v1/following/feed/"] = {"post": "make", "delete": "end_feed"}

ASKED = ["/api/v1/bulk-changes/preview/", "/api/v1/lookups/", "/api/v1/suggestions/"]
"""What takes a question by POST and writes nothing."""


def test_the_document_is_valid_and_made_without_a_warning() -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=StringIO(), stderr=StringIO())


def test_the_document_is_served(ask: Ask, world: World) -> None:
    del world
    served = ask("schema/")
    assert (served["openapi"], served["servers"]) == ("3.1.1", [{"url": "http://localhost"}])
    assert served["paths"] == openapi()["paths"]


ERROR = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Error"}}}
WHO: list[dict[str, list[str]]] = [{"token": []}, {"cookieAuth": []}]


def test_every_operation_is_told_in_full() -> None:
    document = openapi()
    assert set(document["paths"]) == {*READS, *WRITTEN, *ASKED}
    names = []
    for path, item in document["paths"].items():
        assert set(item) == ({"get"} if path in READS else set()) | set(WRITTEN.get(path, {})) | ({"post"} if path in ASKED else set())
        for operation in item.values():
            names.append(operation["operationId"])
            assert operation["summary"]
            assert operation["description"]
            assert all(parameter["description"] for parameter in operation.get("parameters", []))
            assert all(answer["description"] for answer in operation["responses"].values())
            for status, answer in operation["responses"].items():
                if status not in {"200", "201", "202", "204", "301", "304"}:
                    assert answer["content"] == ERROR
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("path", READS)
def test_reading_needs_nobody(path: str) -> None:
    operation = openapi()["paths"][path]["get"]
    assert operation["security"] == [*WHO, {}]
    expected = {"200", "304", "400", "406", "429", "default"} | ({"404"} if "{id}" in path or path.endswith("agenda/") else set())
    assert set(operation["responses"]) == expected | ({"301"} if "/papers/{id}/" in path else set())
    assert operation["responses"]["200"]["content"]["application/json"]["examples"]["Example"]["value"]


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, methods in WRITTEN.items() for method in methods])
def test_writing_needs_somebody(path: str, method: str) -> None:
    operation = openapi()["paths"][path][method]
    assert operation["security"] == ([*WHO, {}] if path == "/api/v1/flags/" else WHO)  # anybody flags
    headers = {each["name"]: each.get("required", False) for each in operation.get("parameters", []) if each["in"] == "header"}
    feed = path == "/api/v1/following/feed/"  # it has no version, and its address is a secret
    versioned, made = method != "post" and not feed, method == "post" and "{id}" not in path and not feed
    assert ("Idempotency-Key" in headers) == (method == "post")
    assert headers.get("If-Match", False) == versioned
    [(status, answer)] = [(status, answer) for status, answer in operation["responses"].items() if status < "300"]
    assert status == ("204" if method == "delete" else "202" if path == "/api/v1/imports/" else "201" if made else "200")
    assert ("Location" in answer.get("headers", {})) == made
    assert ("requestBody" in operation) == (method != "delete")
    assert {"401", "403", "406", "409", "429"} <= set(operation["responses"])


def test_parameters_are_those_that_are_taken() -> None:
    for name, viewset in VIEWSETS.items():
        view = viewset()
        for path, taken in ((f"/api/v1/{name}/", view.list_parameters()), (f"/api/v1/{name}/{{id}}/", view.detail_parameters())):
            told = {each["name"]: each for each in openapi()["paths"][path]["get"].get("parameters", []) if each["in"] == "query"}
            assert set(told) == set(taken)
            assert {key for key, each in told.items() if each["schema"]["type"] == "array"} == {key for key, many in taken.items() if many}


@pytest.mark.parametrize("name", [serializer.__name__.removesuffix("Serializer") for serializer in EXAMPLES])
def test_examples_fit(name: str) -> None:
    document = openapi()
    [example] = [value for serializer, value in EXAMPLES.items() if serializer.__name__.removesuffix("Serializer") == name]
    schema = {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    jsonschema.validate(example, schema, format_checker=jsonschema.FormatChecker())
    assert set(example) == set(document["components"]["schemas"][name]["required"])


def test_every_field_is_described() -> None:
    left = [
        (name, field)
        for name, schema in openapi()["components"]["schemas"].items()
        for field, each in schema.get("properties", {}).items()
        if not each.get("description") and field != "results"
    ]
    assert left == []


def test_the_page_shows_all_that_the_document_tells(client: Client, world: World) -> None:
    del world
    answer = client.get("/api/docs/")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    text = answer.text
    for path, item in openapi()["paths"].items():
        for method, operation in item.items():
            assert f'{method.upper()} <a href="{path}"' in text or f"{method.upper()} {path}" in text
            assert operation["summary"] in text
    schemas: dict[str, Any] = openapi()["components"]["schemas"]
    for name, schema in schemas.items():
        if "properties" in schema and not name.endswith("Page"):
            assert f'id="object-{name}"' in text
            assert all(f"<code>{field}</code>" in text for field in schema["properties"])


def test_links_inside_the_page_lead_somewhere(client: Client, world: World) -> None:
    del world
    text = client.get("/api/docs/").text
    wanted = {piece.partition('"')[0] for piece in text.split('href="#')[1:]}
    there = {piece.partition('"')[0] for piece in text.split('id="')[1:]}
    assert wanted - there == set()
