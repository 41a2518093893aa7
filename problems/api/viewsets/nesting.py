"""`include=tags`: the tags that count, nested in the papers or statements that carry them, and never so many that an answer grows without end."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch
from django.urls import reverse

from problems.api.addresses import RESOURCES, absolute
from problems.models import Tag
from problems.models.tags import TagQuerySet

TAGS, NESTED = "tags", 20


def read_tags(tags: TagQuerySet) -> TagQuerySet:
    """With all that a serializer reads, in one query."""
    return tags.select_related("paper", "statement", "call", "problem", "contributor", "submission__team").defer(
        "paper__abstract", "paper__search", "paper__names", "submission__content", "submission__message", "submission__appeal"
    )


def prefetch() -> "Prefetch[Any]":
    """The latest tags of each row that count, one more than are nested."""
    return Prefetch("tags", read_tags(Tag.objects.on_map()).order_by("-decided_at", "-pk")[: NESTED + 1], to_attr="nested_tags")


def cut(rows: Iterable[Any]) -> None:
    """Keep of each row as many tags as are nested, where they are asked for; where there are more, say where all are."""
    for row in rows:
        if len(getattr(row, "nested_tags", ())) > NESTED:
            del row.nested_tags[NESTED:]
            name, key = RESOURCES[type(row)]
            row.more_tags = absolute(f"{reverse('api:tags-list')}?{name.removesuffix('s')}={getattr(row, key)}&status=accepted")
