"""The OpenAPI document. It is made of the serializers, the filters and the rules of query.py, so that it says what the code does."""

from functools import cache
from http import HTTPStatus
from typing import Any, override

import django_filters
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from problems import downloads, filters
from problems.api import query
from problems.api.bodies import COMPONENTS
from problems.api.errors import IDEMPOTENCY_KEY
from problems.api.examples import EXAMPLES
from problems.api.operations import Operation
from problems.api.serializers.root import ErrorSerializer
from problems.filters import Filters
from problems.formats import FORMATS
from problems.middleware import PROBLEM
from problems.pagination import CURSOR, SIZE
from problems.records import YEARS

type Schema = dict[str, Any]

JSON = "application/json"
TEXT: Schema = {"type": "string", "minLength": 1}
WORD = r"[^\s\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ufffe\uffff]+"
"""Without the characters that text.py refuses."""
WORDS = rf"^\s*{WORD}(\s+{WORD}){{0,{settings.MAX_SEARCH_WORDS - 1}}}\s*$"
YEAR: Schema = {"type": "integer", "minimum": YEARS.start, "maximum": YEARS.stop - 1}
KEYS: dict[str, Schema] = {
    "number": {"type": "integer", "minimum": 1, "maximum": 999},
    "code": {"type": "string", "pattern": r"^[A-Z][0-9.A-Z]*$"},
    "slug": {"type": "string", "pattern": r"^[a-z0-9]+(-[a-z0-9]+)*$"},
}
KEY: Schema = {"type": "string", "pattern": "^[!-~]{1,255}$"}
ETAG: Schema = {"ETag": {"description": "Mark of this answer.", "schema": TEXT}}
MOVED: Schema = {
    "description": "It was merged into another paper: that one, or what is below it.",
    "headers": {"Location": {"description": "Its address.", "schema": {"type": "string", "format": "uri"}}},
    "content": {
        JSON: {
            "schema": {
                "type": "object",
                "required": ["merged_into", "url"],
                "properties": {
                    "merged_into": TEXT | {"description": "Id of the other."},
                    "url": {"type": "string", "format": "uri", "description": "The same address of the other."},
                },
            }
        }
    },
}
ANSWERS = {
    "400": "The query has parameters that cannot be used; each is named.",
    "404": "There is nothing with this id that you may know of.",
    "406": "JSON is not accepted.",
    "429": "Too many requests; the Retry-After header says how many seconds to wait.",
    "default": "Any other error.",
}
WRITE_ANSWERS = {
    "400": "The body is not one JSON object, or the address has parameters.",
    "401": "Nobody is signed in, or the token is unknown, expired or revoked.",
    "403": "You may not do this; the detail says why.",
    "404": ANSWERS["404"],
    "406": ANSWERS["406"],
    "409": "It is no longer in a state that allows this, somebody else was first, or the same thing is on record already (known names it).",
    "412": "It has changed since the version that If-Match names.",
    "413": "The body is too long.",
    "415": "The body is not sent as application/json in UTF-8.",
    "422": "Values that cannot be used; each is named by its place in the body.",
    "428": "If-Match is missing.",
    "429": ANSWERS["429"],
    "default": "Any other error.",
}


def filter_schema(each: django_filters.Filter) -> Schema:
    """What a filter takes."""
    found: Schema
    match each:
        case filters.Rows():
            found = _several(KEYS[each.extra["to_field_name"]])
        case filters.Choices():
            found = _several({"type": "string", "enum": [value for value, _ in each.extra["choices"]]})
        case filters.Flag():
            found = {"type": "boolean"}
        case django_filters.ChoiceFilter():
            found = {"type": "string", "enum": [value for value, _ in each.extra["choices"]]}
        case filters.YearFilter():
            found = YEAR
        case filters.TimeFilter():
            found = {"type": "string", "format": "date-time"}
        case django_filters.DateFilter():
            found = {"type": "string", "format": "date"}
        case filters.SearchFilter():
            found = TEXT | {"maxLength": settings.MAX_SEARCH_LENGTH, "pattern": WORDS}
        case django_filters.CharFilter(extra={"validators": [validator]}):
            found = {"type": "string", "pattern": f"^{validator.regex.pattern[2:-2]}$"}
        case _:
            found = TEXT
    return found


def _several(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1, "maxItems": settings.MAX_FILTER_VALUES}


def list_parameters(of: type[Filters]) -> list[OpenApiParameter]:
    """Filters, and how the list is sorted and paged."""
    found = [OpenApiParameter(name, filter_schema(each), description=each.extra["help_text"]) for name, each in of.base_filters.items()]
    names = [ordering.name for ordering in of.ORDERINGS]
    relevance = ' With q, the order is by relevance ("relevance") unless another is asked for.' if hasattr(of, "BY_RANK") else ""
    return [
        *found,
        OpenApiParameter(query.ORDERING, {"type": "string", "enum": names}, description=f"How to sort. Without it: {names[0]}.{relevance}"),
        *paging_parameters(),
    ]


def paging_parameters() -> list[OpenApiParameter]:
    """How a list is paged."""
    return [
        OpenApiParameter(CURSOR, TEXT, description="Where a page begins, from the next or previous address of another page."),
        OpenApiParameter(
            query.PAGE_SIZE,
            {"type": "integer", "minimum": 1, "maximum": settings.MAX_PAGE_SIZE, "default": SIZE},
            description="Rows of a page.",
        ),
    ]


class ViewSchema(AutoSchema):
    """One operation."""

    view: Any

    @override
    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Schema:
        operation: Schema = super().get_operation(path, path_regex, path_prefix, method, registry) or {}
        if self.write:
            self._tell_write(operation, self.write)
        else:
            self._tell_read(operation)
        operation["responses"]["429"] |= {"headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}}
        return operation

    def _tell_read(self, operation: Schema) -> None:
        answers = operation["responses"]
        answers["200"] |= {"description": "As asked for.", "headers": ETAG}
        for name, content in answers["200"]["content"].items():
            if name != JSON:
                content["schema"] = {"description": "All of it as a file; streamed, without an ETag."}
                content.pop("examples", None)
        answers["304"] = {"description": "Nothing has changed since the answer that If-None-Match names."}
        if "/papers/{id}/" in self.path:
            answers["301"] = MOVED
        for status, description in ANSWERS.items():
            if status != "404" or "{id}" in self.path or self.path.endswith("/agenda/"):
                answers[status] = self._error(description)

    def _tell_write(self, operation: Schema, write: Operation) -> None:
        for name, body in COMPONENTS.items():
            self.registry.register_on_missing(ResolvedComponent(name, ResolvedComponent.SCHEMA, body.schema, name))  # type: ignore[no-untyped-call]  # drf-spectacular is half typed
        if write.body:
            schema = {"$ref": f"#/components/schemas/{write.body.name}"}
            operation["requestBody"] = {"content": {JSON: {"schema": schema}}, "required": not write.body.optional}
        if write.upload:
            kinds = [*sorted({form.media_type for form in FORMATS.values() if form.read}), "application/octet-stream"]
            operation["requestBody"] = {"content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in kinds}, "required": True}
        answer: Schema = {"description": "Done."}
        if write.answer:
            [content] = [each["content"][JSON] for each in operation["responses"].values() if "content" in each]
            answer |= {"content": {JSON: content}}
        if write.version:
            answer |= {"headers": ETAG} if write.answer else {}
        if write.status in {HTTPStatus.CREATED, HTTPStatus.ACCEPTED}:
            located = {"Location": {"description": "Address of what was made.", "schema": {"type": "string", "format": "uri"}}}
            answer["headers"] = answer.get("headers", {}) | located
        operation["responses"] = {str(write.status.value): answer} | {
            status: self._error(description)
            for status, description in WRITE_ANSWERS.items()
            if (status != "404" or "{id}" in self.path)
            and (status != "412" or write.version)
            and (status != "428" or write.version == "required")
            and (status not in {"413", "415", "422"} or write.body or write.upload)
        }

        if write.pending:
            wait = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
            operation["responses"]["202"] = answer | {"description": write.pending, "headers": wait}

    def _error(self, description: str) -> Schema:
        ref = self.resolve_serializer(ErrorSerializer, "response").ref
        return {"description": description, "content": {PROBLEM: {"schema": ref}}}

    @property
    def write(self) -> Operation | None:
        """What is told of a write; None for reading."""
        found: Operation | None = getattr(self.view, "operations", {}).get(getattr(self.view, "action", ""))
        return found

    @override
    def get_operation_id(self) -> str:
        return f"{self.view.action}_{self.get_tags()[0]}" if self.write else str(super().get_operation_id())

    @override
    def _is_list_view(self, serializer: Any = None) -> bool:
        return getattr(self.view, "action", "") == "list"

    @override
    def get_response_serializers(self) -> Any:
        return (self.write.answer or {}) if self.write else self.view.serializer

    @override
    def get_request_serializer(self) -> None:
        return None

    @override
    def get_summary(self) -> str:
        if self.write:
            return self.write.summary
        if self.view.summary:
            return str(self.view.summary)
        if self.path.endswith("/history/"):
            return f"History of one {self.view.one}"
        if self.path.endswith("{id}/duplicates/"):
            return f"Duplicates of one {self.view.one}"
        return f"List {self.view.many}" if self._is_list_view() else f"One {self.view.one}"

    @override
    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        return self.write.text if self.write else str(type(self.view).__doc__)

    @override
    def get_tags(self) -> list[str]:
        return super().get_tags() or ["root"]

    @override
    def get_override_parameters(self) -> list[Any]:
        found = self._query_parameters() if not self.write else self._header_parameters(self.write)
        if "{id}" in self.path:
            pattern = {"type": "string", "pattern": f"^({self.view.pattern})$"}
            found.append(OpenApiParameter("id", pattern, OpenApiParameter.PATH, description=f"Id of the {self.view.one}."))
        return found

    def _header_parameters(self, write: Operation) -> list[Any]:
        found = []
        if self.method == "POST" and not write.asks:
            text = "Any text of up to 255 characters of your own. A request that is repeated with it within 24 hours gets the first answer."
            found.append(OpenApiParameter(IDEMPOTENCY_KEY, KEY, OpenApiParameter.HEADER, description=text))
        if write.upload:
            name, team = "Name of the file, as a hint to what it is.", "Slug of a team of yours on whose behalf it is."
            found += [OpenApiParameter("filename", TEXT | {"maxLength": 200}, description=name)]
            found += [OpenApiParameter("team", TEXT | {"maxLength": 60}, description=team)]
        if write.version:
            text = "The ETag of what you read: the write is refused where it has changed since. * stands for any version."
            found.append(OpenApiParameter("If-Match", TEXT, OpenApiParameter.HEADER, description=text, required=write.version == "required"))
        return found

    def _query_parameters(self) -> list[Any]:
        if self.path.endswith("/history/"):
            return paging_parameters()
        if self.path.endswith(("{id}/duplicates/", "/versions/")):
            return []
        found = list_parameters(self.view.filters) if self._is_list_view() else []
        if getattr(self.view, "includes", ()):
            words = {"type": "string", "enum": list(self.view.includes)}
            found.append(
                OpenApiParameter(
                    query.INCLUDE,
                    {"type": "array", "items": words, "minItems": 1},
                    description="What to nest: the latest 20 accepted tags on the map.",
                )
            )
        if getattr(self.view, "exported", False):
            words = {"type": "string", "enum": [query.JSON, *downloads.WRITTEN], "default": query.JSON}
            found.append(
                OpenApiParameter(
                    downloads.PARAMETER,
                    words,
                    description="In which format; without it the Accept header says so. Other than as JSON, a list comes whole: page_size, cursor "
                    "and include have no effect.",
                )
            )
        return found

    @override
    def get_examples(self) -> list[OpenApiExample]:
        serializer, status = (self.write.answer, self.write.status) if self.write else (self.view.serializer, HTTPStatus.OK)
        return [OpenApiExample("Example", EXAMPLES[serializer], response_only=True, status_codes=[str(status.value)])] if serializer else []

    @override
    def _get_paginator(self) -> Any:
        return Envelope() if self._is_list_view() else None

    @override
    def get_paginated_name(self, serializer_name: str) -> str:
        return f"{serializer_name}Page"


class Envelope:
    """The shape of a page, as drf-spectacular asks for it."""

    def get_paginated_response_schema(self, schema: Schema) -> Schema:
        """What a list answers."""
        address = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["next", "previous", "results"],
            "properties": {
                "next": address | {"description": "Address of the next page; null on the last one.", "example": None},
                "previous": address | {"description": "Address of the page before; null on the first one.", "example": None},
                "results": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[Any]:
        """None: they stand among the other parameters."""
        del view
        return []


@cache
def openapi() -> Schema:
    """The document, made once per process."""
    document: Schema = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    return document
