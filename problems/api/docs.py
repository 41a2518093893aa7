"""The page that shows the OpenAPI document to people: plain HTML of our own, without scripts, under the same content policy as every page."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import groupby
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

from problems.api.bodies import COMPONENTS
from problems.api.schema import openapi
from problems.middleware import error_answer

type Schema = dict[str, Any]

LINKS = "#/components/schemas/"


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter or a field: its name, what it takes or holds, the object of that kind, if it is one, and what it is for."""

    name: str
    kind: str
    leads_to: str
    text: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What one can ask."""

    method: str
    path: str
    summary: str
    text: str
    parameters: list[Line]
    body: str
    """The object that is sent, if one is."""

    @property
    def is_plain(self) -> bool:
        """Whether the address can be opened as it stands."""
        return self.method == "GET" and "{" not in self.path


@dataclass(slots=True)
class Section:
    """A resource: what one can ask, and what one object of it holds."""

    name: str
    operations: list[Operation] = field(default_factory=list)
    title: str = ""
    fields: list[Line] = field(default_factory=list)
    example: str = ""


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponse:
    """The page. Other methods are refused like everywhere in the API."""
    if request.method not in {"GET", "HEAD"}:
        refusal = error_answer(request, HTTPStatus.METHOD_NOT_ALLOWED, "This page can only be read.")
        refusal.headers["Allow"] = "GET, HEAD"
        return refusal
    document = openapi()
    sections = list(_sections(document))
    shown = {section.title for section in sections}
    objects = [
        Section(name=name, title=schema.get("description", ""), fields=list(_fields(document, schema, sent=name in COMPONENTS)))
        for name, schema in document["components"]["schemas"].items()
        if "properties" in schema and name not in shown and not name.endswith("Page")
    ]
    return render(request, "api/docs.html", {"document": document, "sections": sections, "objects": objects, "site": settings.SITE_URL})


def _sections(document: Schema) -> Iterator[Section]:
    operations = [(path, method, told) for path, item in document["paths"].items() for method, told in item.items()]
    order = list(dict.fromkeys(told["tags"][0] for _, _, told in operations))
    operations.sort(key=lambda each: order.index(each[2]["tags"][0]))
    for name, group in groupby(operations, key=lambda each: each[2]["tags"][0]):
        section = Section(name)
        for path, method, told in group:
            parameters = [Line(each["name"], *_kind(document, each["schema"]), each.get("description", "")) for each in told.get("parameters", [])]
            sent = told.get("requestBody", {"content": {}})["content"].get("application/json", {"schema": {}})["schema"]
            body = sent.get("$ref", "").removeprefix(LINKS)  # none of a file
            section.operations.append(Operation(method.upper(), path, told["summary"], told["description"], parameters, body))
            asks = method == "post" and path == f"/api/v1/{name}/" and "200" in told["responses"]  # a POST that writes nothing
            if not (method == "get" or asks) or path.endswith(("/history/", "/rows/")):
                continue
            answer = told["responses"]["200"]["content"]["application/json"]
            title = answer["schema"]["$ref"].removeprefix(LINKS)
            if title.endswith("Page"):
                continue
            section.title = title
            section.fields = list(_fields(document, document["components"]["schemas"][title]))
            section.example = orjson.dumps(answer["examples"]["Example"]["value"], option=orjson.OPT_INDENT_2).decode()
        yield section


def _fields(document: Schema, schema: Schema, *, sent: bool = False) -> Iterator[Line]:
    for name, each in schema["properties"].items():
        kind, leads_to = _kind(document, each)
        yield Line(
            name,
            kind if name in schema.get("required", ()) else f"{kind}, {'optional' if sent else 'not always there'}",
            leads_to,
            each.get("description", ""),
        )


def _kind(document: Schema, schema: Schema) -> tuple[str, str]:
    """What a schema takes or holds, in words, and the object that it leads to."""
    found: tuple[str, str]
    match schema:
        case {"$ref": reference}:
            name = reference.removeprefix(LINKS)
            target = document["components"]["schemas"][name]
            found = (name, name) if "properties" in target else _kind(document, target)
        case {"allOf": [inner]} | {"oneOf": [inner]}:
            found = _kind(document, inner)
        case {"oneOf": [inner, other]}:
            kind, leads_to = _kind(document, inner)
            found = f"{kind}, or {'null' if other == {'type': 'null'} else 'empty'}", leads_to
        case {"enum": words}:
            found = f"one of {', '.join(map(str, words))}", ""
        case {"type": "array", "items": inner}:
            kind, leads_to = _kind(document, inner)
            found = (f"any of {kind.removeprefix('one of ')}" if kind.startswith("one of") else f"list of {kind}"), leads_to
        case {"type": "object", "additionalProperties": dict(inner)}:
            kind, leads_to = _kind(document, inner)
            found = f"{kind} by id", leads_to
        case _:
            kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
            found = ", or ".join([f"{kinds[0]} ({schema['format']})" if "format" in schema else kinds[0], *kinds[1:]]), ""
    return found
