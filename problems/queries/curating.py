"""What curators and reviewers keep in order: probable duplicates, the trash, flags; each with what the reader may know of it now.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from problems.choices import Visibility
from problems.models import Flag, Paper, ProbableDuplicate, Search, Statement, Tag, Trashed
from problems.models.papers import PaperQuerySet
from problems.pagination import Ordering
from problems.permissions import Actor

CERTAIN_FIRST = Ordering("certain", "Certain first", ("-certain", "-created", "public_id"))
LATEST = Ordering("-created", "Latest first", ("-created", "public_id"))

type Flagged = Paper | Tag | Statement


def compared() -> PaperQuerySet:
    """The records that are held against each other: not those that were declined, which are not on the map, nor those that stand for another."""
    found: PaperQuerySet = Paper.objects.visible_to(None).exclude(visibility=Visibility.DECLINED).filter(twin_of=None)
    return found


def open_duplicates(user: Actor) -> QuerySet[ProbableDuplicate]:
    """Pairs that `user` may know of and that nobody has dismissed. Those that were merged, declined or thrown away leave by themselves."""
    rows = ProbableDuplicate.objects.visible_to(user).open()
    rows = rows.exclude(Q(first__visibility=Visibility.DECLINED) | Q(second__visibility=Visibility.DECLINED))
    return (
        rows.select_related("first", "second")
        .defer(*(f"{side}__{column}" for side in ("first", "second") for column in ("search", "names")))
        .prefetch_related(*(f"{side}__{lists}" for side in ("first", "second") for lists in ("authorships", "identifiers")))
    )


def in_trash(user: Actor) -> QuerySet[Trashed]:
    """What was thrown away and can be restored."""
    rows = Trashed.objects.visible_to(user).held().select_related("by", "paper", "tag__paper", "tag__statement", "tag__call", "tag__problem")
    rows = rows.select_related("search__statement", "search__problem").prefetch_related("tag__paper__trashed")
    return rows.defer(*(f"{way}__{column}" for way in ("paper", "tag__paper") for column in ("abstract", "search", "names")))


@dataclass(frozen=True, slots=True)
class Told:
    """What something is, as far as it may be told."""

    kind: str
    name: str
    url: str = ""


def told_of_trash(each: Trashed) -> Told:
    """What lies in the trash. Of a record that was restricted before, or is now, nothing but that is told: it is read once it is restored."""
    if each.paper is not None:
        return Told("Record", "A restricted record" if each.was == Visibility.RESTRICTED else each.paper.title)
    if each.tag is not None:
        hidden = each.tag.paper.visibility == Visibility.RESTRICTED or _was_restricted(each.tag.paper)
        return Told("Tag", f"{each.tag.code} {each.tag.relation.replace('_', ' ')}: {'a restricted record' if hidden else each.tag.paper.title}")
    return Told("Search", f"{each.search.code}: {each.search.query}" if each.search else "")


def _was_restricted(paper: Paper) -> bool:
    """Whether a record that lies in the trash itself was restricted before."""
    return any(each.restored_at is None and each.was == Visibility.RESTRICTED for each in paper.trashed.all())


def flags(user: Actor) -> QuerySet[Flag]:
    """Flags that `user` may know of, with what they are about."""
    rows = Flag.objects.visible_to(user).select_related("by", "answered_by", "paper", "statement__problem")
    return rows.select_related("tag__paper", "tag__statement__problem", "tag__call", "tag__problem").defer(
        *(f"{way}__{column}" for way in ("paper", "tag__paper") for column in ("abstract", "search", "names"))
    )


def name_flagged(rows: Sequence[Flag], user: Actor) -> None:
    """Put on each of these flags what it is about, as far as `user` may know of that now, as `told`; None where they may not. Two queries."""
    papers = set(_visible(Paper, (row.paper_id for row in rows), user))
    tags = set(_visible(Tag, (row.tag_id for row in rows), user))
    for row in rows:
        hidden = (row.paper_id and row.paper_id not in papers) or (row.tag_id and row.tag_id not in tags)
        row.told = None if hidden else told_of(row.paper or row.tag or row.statement)  # type: ignore[attr-defined]  # for the page


def _visible(model: Any, keys: Iterable[int | None], user: Actor) -> Iterable[int]:
    found: Iterable[int] = model.objects.visible_to(user).filter(pk__in=[key for key in keys if key]).values_list("pk", flat=True)
    return found


def told_of(thing: "Flagged | Search | None") -> Told | None:
    """An entry by kind and name, with its address."""
    match thing:
        case Paper():
            return Told("Record", thing.title, thing.get_absolute_url())
        case Tag():
            return Told("Tag", f"{thing.code} {thing.relation.replace('_', ' ')}: {thing.paper.title}", thing.get_absolute_url())
        case Statement():
            return Told("Statement", f"{thing.code} {thing.text}", thing.get_absolute_url())
        case Search():
            return Told("Search", f"{thing.code}: {thing.query}")
    return None
