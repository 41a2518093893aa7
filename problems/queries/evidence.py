"""What counts for or against limitations: the accepted tags, as the plain evidence that states.py judges."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.utils import timezone

from problems import states
from problems.choices import Relation, Section, State
from problems.models import Authorship, Tag
from problems.queries.methods import ANY, Method
from problems.records import PersonName


def evidence_for(statement_ids: Iterable[int], method: Method = ANY) -> dict[int, list[states.Evidence]]:
    """What counts for or against each of these limitations, by statement; with a `method` only of papers with such a one. Two queries.

    Two, since as one the planner compares each author with each tag while it takes the tables for empty: minutes for the shipped literature.
    """
    found: dict[int, list[states.Evidence]] = defaultdict(list)
    dates = [f"paper__{name}" for name in ("year", "month", "day")]
    rows = Tag.objects.on_map().filter(method.of_tags, statement__in=list(statement_ids))
    tags = list(rows.select_related("paper").only("relation", "decided_at", "statement", *dates))
    # of no other relation it matters who the authors are; 0 is the key of none, so that the number of queries is the same where there are none
    independent = {0, *(tag.paper_id for tag in tags if tag.relation == Relation.ADDRESSES)}
    authors: dict[int, list[PersonName]] = defaultdict(list)
    for row in Authorship.objects.filter(paper__in=independent).order_by("paper_id", "position"):
        authors[row.paper_id].append(row.to_name())
    for tag in tags:
        if tag.statement_id is None or tag.decided_at is None:  # the database rules both out
            continue
        found[tag.statement_id].append(
            states.Evidence(
                tag=tag.pk,
                relation=Relation(tag.relation),
                accepted_at=tag.decided_at,
                paper=tag.paper_id,
                date=tag.paper.date,
                authors=tuple(authors.get(tag.paper_id, ())),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Outlook:
    """State of a limitation now, and if one more tag were accepted."""

    now: State
    then: State


def outlooks(tags: Sequence[Tag]) -> dict[int, Outlook]:
    """For each of these tags that is against a limitation, by its key: the state now and if it alone were accepted on a public paper."""
    against = _against(tags)
    evidence = evidence_for({tag.statement_id for tag in against if tag.statement_id})
    found: dict[int, Outlook] = {}
    for tag in against:
        standing = [piece for piece in evidence[tag.statement_id or 0] if piece.tag != tag.pk]
        found[tag.pk] = Outlook(_last(standing), _last([*standing, _one_more(tag)]))
    return found


def together(tags: Iterable[Tag], *, without: Collection[int] = frozenset()) -> dict[str, Outlook]:
    """Limitations that move if all of these tags counted at once, and nothing on the papers `without`, by code: the state now and then.

    A fixed number of queries.
    """
    against = _against(tags)
    evidence = evidence_for({tag.statement_id for tag in against if tag.statement_id})
    more: dict[tuple[str, int], list[states.Evidence]] = defaultdict(list)
    for tag in against:
        if tag.statement:
            more[tag.statement.code, tag.statement.pk].append(_one_more(tag))
    found: dict[str, Outlook] = {}
    for (code, key), pieces in sorted(more.items()):
        new = {piece.tag for piece in pieces}
        every = [*(piece for piece in evidence[key] if piece.tag not in new), *pieces]
        outlook = Outlook(_last(evidence[key]), _last([piece for piece in every if piece.paper not in without]))
        if outlook.now != outlook.then:
            found[code] = outlook
    return found


def _against(tags: Iterable[Tag]) -> list[Tag]:
    """Those of these tags that are against a limitation, with the authors of their papers."""
    against = [tag for tag in tags if tag.statement and tag.statement.section == Section.LIMITATION and tag.relation in Relation.values]
    prefetch_related_objects(against, "paper__authorships")
    return against


def _one_more(tag: Tag) -> states.Evidence:
    """A tag as evidence, were it accepted now."""
    return states.Evidence(
        tag=tag.pk,
        relation=Relation(tag.relation),
        accepted_at=timezone.now(),
        paper=tag.paper.twin_of_id or tag.paper_id,
        date=tag.paper.date,
        authors=tag.paper.people,
    )


def _last(evidence: Sequence[states.Evidence]) -> State:
    steps = states.steps(evidence)
    return steps[-1].after if steps else State.UNTOUCHED
