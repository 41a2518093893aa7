"""Papers as records to take home: a whole list, a chunk at a time, so that memory and queries do not grow with it."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from problems.models import Paper
from problems.models.papers import PaperQuerySet
from problems.pagination import Ordering, paginate
from problems.queries.papers import tags_on_map
from problems.records import PaperRecord

CHUNK = 200
NEWEST = Ordering("-created", "Newest record", ("-created", "public_id"))


def records(papers: PaperQuerySet, ordering: Ordering = NEWEST) -> Iterator[PaperRecord]:
    """Each of these papers as a record, in order; four queries for each chunk."""
    papers, cursor = papers.prefetch_related("authorships", "identifiers"), ""
    while True:
        page = paginate(papers, ordering, cursor=cursor, size=CHUNK)
        yield from told(page.rows)
        if not page.next:
            return
        cursor = page.next


def told(papers: Sequence[Paper]) -> list[PaperRecord]:
    """These papers as records; their keywords are their tags on the map, target and relation, and what is on record of their method."""
    tags = tags_on_map(papers)
    return [
        replace(paper.to_record(), keywords=(*(f"{tag.code} {tag.relation}" for tag in tags.get(paper.pk, ())), *_method(paper))) for paper in papers
    ]


def _method(paper: Paper) -> list[str]:
    material = [f"material {paper.material}"] if paper.material else []
    return material + [f"modality {value}" for value in paper.modalities]
