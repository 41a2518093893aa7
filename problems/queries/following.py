"""What somebody follows."""

from typing import Any

from django.db.models import Q, QuerySet

from problems.models import CallToAction, Problem, Statement, Team, Watch
from problems.pagination import Ordering
from problems.permissions import NONE, on_map
from problems.queries.targets import by_code

LATEST = Ordering("latest", "Latest first", ("-created", "public_id"))


def watches(user: Any) -> QuerySet[Watch]:
    """What they follow."""
    rows = Watch.objects.filter(user=user.pk) if user is not None and user.is_authenticated and user.is_active else Watch.objects.none()
    return rows.select_related("problem", "statement__problem", "call", "team")


def followed(user: Any) -> frozenset[tuple[str, int]]:
    """The same, each as field and key. One query; none for a visitor."""
    if user is None or not user.is_authenticated:
        return frozenset()
    fields = ("problem", "statement", "call", "team")
    rows = Watch.objects.filter(user=user.pk).values_list(*fields)
    return frozenset((name, key) for row in rows for name, key in zip(fields, row, strict=True) if key)


def found(target: str) -> Problem | Statement | CallToAction | Team | None:
    """What an address or form names: P5, P5.L2, C3, or team: and a slug."""
    kind, _, slug = target.partition(":")
    if kind == "team" and slug:
        return Team.objects.filter(slug=slug[:60]).first()
    return by_code([target]).get(target)


def tags_of(user: Any) -> Q:
    """Tags on the map that are news of something that they follow."""
    rows = Watch.objects.filter(user=user.pk)
    news = NONE
    for way, name in (
        ("statement__problem", "problem"),
        ("problem", "problem"),
        ("statement", "statement"),
        ("call", "call"),
        ("submission__team", "team"),
    ):
        news |= Q(**{f"{way}__in": rows.filter(**{f"{name}__isnull": False}).values(name)})
    return on_map() & news
