"""What lists and pages of papers show beside the paper itself: tags, who challenges it, what is related, what happened to it.

Each function runs a fixed number of queries, whatever the number of papers.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.db.models.functions import Coalesce

from problems import identifiers
from problems.choices import Relation, Scheme
from problems.models import AuditEvent, Merge, Paper, PaperIdentifier, RestrictedText, StateStep, Tag

RELATED_SHOWN = 5
EVENTS_SHOWN = 50
PUBLIC_ID, OWN_ADDRESS = re.compile(r"([a-z0-9]{10})"), re.compile(r"/papers/([a-z0-9]{10})(?:/|\Z)")


def tags_on_map(papers: Iterable[Paper]) -> dict[int, list[Tag]]:
    """Tags of these papers that count, by paper, in order of their targets."""
    found: dict[int, list[Tag]] = defaultdict(list)
    for tag in Tag.objects.on_map().filter(paper__in=list(papers)).select_related("statement__problem", "call", "problem").order_by("pk"):
        found[tag.paper_id].append(tag)
    for tags in found.values():
        tags.sort(key=_place)
    return found


def challengers(tags: Iterable[Tag]) -> dict[int, set[int]]:
    """Of existing work that these tags contribute to, the papers that challenge it, by statement."""
    contributed = {tag.statement_id for tag in tags if tag.relation == Relation.CONTRIBUTES}
    found: dict[int, set[int]] = defaultdict(set)
    challenging = Tag.objects.on_map().filter(statement__in=contributed, relation=Relation.CHALLENGES).order_by()
    for statement, paper in challenging.values_list("statement", "paper"):
        found[statement].add(paper)
    return found


def tags_of(paper: Paper, user: Any) -> list[Tag]:
    """Tags of a paper that `user` may know of, accepted or not, in order of their targets; none against retired statements.

    With the restricted texts that `user` may read.
    """
    restricted = Prefetch("restricted", RestrictedText.objects.visible_to(user))
    tags = Tag.objects.visible_to(user).filter(paper=paper, statement__retired_on=None).prefetch_related(restricted)
    found = tags.select_related("statement__problem__phase", "call__phase", "problem__phase", "contributor", "submission__team")
    tags_of_it = sorted(found.defer("submission__content", "submission__message", "submission__appeal"), key=_place)
    for tag in tags_of_it:
        tag.paper = paper  # as it was read: its advisory says whether the tag is folded
    return tags_of_it


@dataclass(frozen=True, slots=True)
class Related:
    """A paper on the map and the codes of the statements that it shares with another."""

    paper: Paper
    codes: list[str]


def related(paper: Paper, tags: Sequence[Tag]) -> list[Related]:
    """Papers on the map that share statements with these tags of a paper, most shared first."""
    shared = Tag.objects.on_map().filter(statement__in={tag.statement_id for tag in tags if tag.statement_id}).exclude(paper=paper).order_by()
    most = shared.values_list("paper").annotate(statements=Count("statement", distinct=True)).order_by("-statements", "-paper__year", "-paper")
    order = [pk for pk, _ in most[:RELATED_SHOWN]]
    codes: dict[int, list[str]] = defaultdict(list)
    ordered = shared.filter(paper__in=order).order_by("statement__problem__number", "statement__section", "statement__position")
    for pk, code in ordered.values_list("paper", "statement__code"):
        if code not in codes[pk]:
            codes[pk].append(code)
    papers = Paper.objects.for_lists().in_bulk(order)
    return [Related(papers[pk], codes[pk]) for pk in order]


def named(public_id: str, user: Any) -> Paper | None:
    """The paper of this id, or the one that it was merged into, if `user` may know of that. One query and two look-ups, whatever there is."""
    key = Paper.objects.filter(public_id=public_id).order_by().values(key=Coalesce("merged_into_id", "pk"))
    found: Paper | None = Paper.objects.visible_to(user).filter(pk__in=key).first()
    return found


def pointed_at(text: str, user: Any) -> Paper | None:
    """The paper on record that an id, an address of this site or an identifier in any spelling names, if `user` may know of it. One query."""
    text = text.strip()
    if match := PUBLIC_ID.fullmatch(text) or OWN_ADDRESS.search(text):
        return named(match[1], user)
    found = identifiers.parse(text)
    if found is None:
        return None
    rows = Paper.objects.visible_to(user).filter(identifiers__scheme=found.scheme, identifiers__value=found.value)
    paper: Paper | None = rows.order_by("identifiers__shadow", "pk").first()
    return paper


def merges_into(paper: Paper) -> list[Merge]:
    """What was merged into this record and can be undone, the latest first."""
    return list(Merge.objects.filter(kept=paper, undone_at=None).select_related("merged"))


def events(paper: Paper, user: Any) -> list[AuditEvent]:
    """The latest entries of the record on a paper that `user` may know of, and on those that were merged into it."""
    return list(AuditEvent.objects.visible_to(user).about(paper)[:EVENTS_SHOWN])


def steps(tags: Iterable[Tag]) -> list[StateStep]:
    """Changes of state that these tags brought about."""
    return list(StateStep.objects.filter(tag__in=list(tags), statement__retired_on=None).select_related("statement"))


def _place(tag: Tag) -> tuple[Any, ...]:
    """Where a tag stands among others: statements by problem, list and code, then whole problems, then calls; accepted ones first."""
    if tag.statement:
        where = (tag.statement.problem.number, 0, tag.statement.section, tag.statement.position)
    elif tag.problem:
        where = (tag.problem.number, 1, "", 0)
    else:
        where = (10**6, 2, "", tag.call.position if tag.call else 0)
    return (*where, tag.status, tag.pk)


def by_identifiers(*, user: Any, identifiers: Collection[tuple[Scheme, str]]) -> dict[tuple[Scheme, str], Paper]:
    """Of these identifiers those that are on record, each with its paper, among papers that `user` may know of. Two queries at most."""
    if not identifiers:
        return {}
    values: dict[str, set[str]] = {}
    for scheme, value in identifiers:
        values.setdefault(scheme, set()).add(value)
    same = Q(pk__in=[])
    for name, wanted in values.items():
        same |= Q(scheme=name, value__in=wanted)
    rows = PaperIdentifier.objects.filter(same).order_by("-shadow", "-pk")  # the record itself last, before one that stands for it
    papers = {paper.pk: paper for paper in Paper.objects.visible_to(user).filter(pk__in=rows.values("paper")).defer("abstract")}
    return {(Scheme(row.scheme), row.value): papers[row.paper_id] for row in rows if row.paper_id in papers}
