"""Paging by key, for pages and API alike: a page costs the same however deep it lies, and shows no row twice while others come in.

A cursor holds what is listed, the sorting, the direction and the values of the row where the page ends, signed; no database key is in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core import signing
from django.db.models import Model, Q, QuerySet
from django.http import QueryDict

from problems.errors import Unparsable

SIZE = 50
CURSOR = "cursor"
SIGNER = signing.Signer(salt=CURSOR)  # without a time: the same page has the same address, and so the same mark for who has it already


@dataclass(frozen=True, slots=True)
class Ordering:
    """A way to sort: columns or annotations without nulls, "-" for falling; the last one is unique."""

    name: str
    label: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page[Row: Model]:
    """Rows of a page and the cursors of its neighbours, empty where there is none."""

    rows: list[Row]
    next: str
    previous: str


def paginate[Row: Model](queryset: QuerySet[Row], ordering: Ordering, *, cursor: str = "", size: int = SIZE) -> Page[Row]:
    """The page of `queryset` at `cursor`, or the first one. Raises Unparsable where the cursor is not one of ours or is for another sorting."""
    backwards, values = _read(cursor, queryset.model, ordering) if cursor else (False, None)
    fields = [_turned(name) for name in ordering.fields] if backwards else list(ordering.fields)
    if values is not None:
        queryset = queryset.filter(_beyond(fields, values))
    rows = list(queryset.order_by(*fields)[: size + 1])
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next, has_previous = (True, more) if backwards else (more, values is not None)
    return Page(
        rows,
        next=_write(ordering, rows[-1], backwards=False) if rows and has_next else "",
        previous=_write(ordering, rows[0], backwards=True) if rows and has_previous else "",
    )


def address(path: str, query: QueryDict, cursor: str) -> str | None:
    """Address of the page at `cursor`, with the rest of the query as it is; None without a cursor."""
    if not cursor:
        return None
    changed = query.copy()
    changed[CURSOR] = cursor
    return f"{path}?{changed.urlencode()}"


def _turned(name: str) -> str:
    return name.removeprefix("-") if name.startswith("-") else f"-{name}"


def _beyond(fields: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows after these values in this order: later in the first field, or equal there and later in the next, and so on."""
    condition, equal = Q(), Q()
    for name, value in zip(fields, values, strict=True):
        plain = name.removeprefix("-")
        condition |= equal & Q(**{f"{plain}__{'lt' if name.startswith('-') else 'gt'}": value})
        equal &= Q(**{plain: value})
    first = fields[0].removeprefix("-")
    return Q(**{f"{first}__{'lte' if fields[0].startswith('-') else 'gte'}": values[0]}) & condition


def _kind(model: type[Model], ordering: Ordering) -> str:
    """What a cursor is for. Two lists may name a sorting alike and mean columns of other types."""
    return f"{model.__name__} {ordering.name}"


def _write(ordering: Ordering, row: Model, *, backwards: bool) -> str:
    values = [_value(row, name.removeprefix("-")) for name in ordering.fields]
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    return SIGNER.sign_object([_kind(type(row), ordering), backwards, plain], compress=True)


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _read(cursor: str, model: type[Model], ordering: Ordering) -> tuple[bool, list[Any]]:
    try:
        kind, backwards, values = SIGNER.unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError) as error:
        title = "This cursor is not one that was given out here."
        raise Unparsable(title, "Start from the first page and follow its next address.", field=CURSOR) from error
    if kind != _kind(model, ordering) or len(values) != len(ordering.fields):
        title = "This cursor is for another sorting, or another list."
        raise Unparsable(title, "Start from the first page and follow its next address.", field=CURSOR)
    return backwards, values
