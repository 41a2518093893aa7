"""The OpenAPI document. It is made of the serializers, the filters and the rules of query.py, so that it says what the code does."""

from functools import cache
from typing import Any, override

import django_filters
from django.conf import settings
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiExample, OpenApiParameter

from problems import filters
from problems.api import query
from problems.api.errors import MEDIA_TYPE
from problems.api.examples import EXAMPLES
from problems.api.serializers.root import ErrorSerializer
from problems.filters import Filters
from problems.pagination import CURSOR, SIZE
from problems.records import YEARS

type Schema = dict[str, Any]

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
ANSWERS = {
    "400": "The query has parameters that cannot be used; each is named.",
    "404": "There is nothing with this id that you may know of.",
    "406": "JSON is not accepted.",
    "429": "Too many requests; the Retry-After header says how many seconds to wait.",
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
        case filters.YearFilter():
            found = YEAR
        case filters.TimeFilter():
            found = {"type": "string", "format": "date-time"}
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
    def get_operation(self, *args: Any, **kwargs: Any) -> Schema:
        operation: Schema = super().get_operation(*args, **kwargs) or {}
        error = {"content": {MEDIA_TYPE: {"schema": self.resolve_serializer(ErrorSerializer, "response").ref}}}
        answers = operation["responses"]
        answers["200"] |= {"description": "As asked for.", "headers": {"ETag": {"description": "Mark of this answer.", "schema": TEXT}}}
        answers["304"] = {"description": "Nothing has changed since the answer that If-None-Match names."}
        for status, description in ANSWERS.items():
            if status != "404" or "{id}" in self.path or self.path.endswith("/agenda/"):
                answers[status] = {"description": description} | error
        answers["429"] |= {"headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}}
        return operation

    @override
    def _is_list_view(self, serializer: Any = None) -> bool:
        return getattr(self.view, "action", "") == "list"

    @override
    def get_response_serializers(self) -> Any:
        return self.view.serializer

    @override
    def get_request_serializer(self) -> None:
        return None

    @override
    def get_summary(self) -> str:
        if self.view.summary:
            return str(self.view.summary)
        return f"List {self.view.many}" if self._is_list_view() else f"One {self.view.one}"

    @override
    def get_description(self) -> str:  # type: ignore[override]  # as drf-spectacular calls it
        return str(type(self.view).__doc__)

    @override
    def get_tags(self) -> list[str]:
        return super().get_tags() or ["root"]

    @override
    def get_override_parameters(self) -> list[Any]:
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
        if "{id}" in self.path:
            pattern = {"type": "string", "pattern": f"^({self.view.pattern})$"}
            found.append(OpenApiParameter("id", pattern, OpenApiParameter.PATH, description=f"Id of the {self.view.one}."))
        return found

    @override
    def get_examples(self) -> list[OpenApiExample]:
        return [OpenApiExample("Example", EXAMPLES[self.view.serializer], response_only=True, status_codes=["200"])]

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
