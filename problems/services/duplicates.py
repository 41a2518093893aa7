"""Probable duplicates: pairs of records that may be one work, found once a day and kept until they are merged, or somebody says that they are two."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind
from problems.errors import Conflict, Invalid
from problems.models import Paper, ProbableDuplicate, User
from problems.permissions import Action, Actor, require
from problems.queries import curating, duplicates
from problems.queries.likeness import Certainty, compare
from problems.queries.titles import Titles
from problems.services import audit, changes

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Found:
    """How many records were looked at, how many pairs are open, and how many of those are new."""

    records: int
    pairs: int
    new: int


def find() -> Found:
    """Hold every record against those that share an identifier, an address or words of its title, and keep the pairs that may be one work.

    Never all against all: nine queries and one read of the authors for each 500 records. A pair that was dismissed stays dismissed; one that
    does not look alike any more goes.
    """
    pairs: dict[tuple[int, int], bool] = {}
    titles = Titles.visible_to(None)
    looked = set(curating.compared().order_by().values_list("pk", flat=True))
    keys = sorted(looked)
    for start in range(0, len(keys), CHUNK):
        rows = (
            Paper.objects.filter(pk__in=keys[start : start + CHUNK])
            .prefetch_related("authorships", "identifiers")
            .defer("abstract", "search", "names")
        )
        facts = [duplicates.facts_of(paper) for paper in rows]
        for one, others in zip(facts, duplicates.candidates_for(facts, user=None, titles=titles), strict=True):
            for other in others:
                if other.key in looked and other.key != one.key and (certainty := compare(one, other).certainty):
                    pair = min(one.key, other.key), max(one.key, other.key)
                    pairs[pair] = pairs.get(pair, False) or certainty == Certainty.CERTAIN
    return Found(len(keys), *_keep(pairs))


@transaction.atomic
def _keep(pairs: dict[tuple[int, int], bool]) -> tuple[int, int]:
    """Store these pairs; how many are open, and how many of those are new."""
    known = {(row.first_id, row.second_id): row for row in ProbableDuplicate.objects.select_for_update(of=("self",)).order_by("pk")}
    gone = [row.pk for pair, row in known.items() if row.dismissed_at is None and pair not in pairs]
    ProbableDuplicate.objects.filter(pk__in=gone, dismissed_at=None).delete()
    for certain in (True, False):
        changed = [row.pk for pair, row in known.items() if pairs.get(pair) is certain and row.certain is not certain]
        ProbableDuplicate.objects.filter(pk__in=changed).update(certain=certain, modified=timezone.now())
    there = set(Paper.objects.filter(pk__in={key for pair in pairs.keys() - known.keys() for key in pair}).values_list("pk", flat=True))
    fresh = [
        ProbableDuplicate(first_id=first, second_id=second, certain=certain)
        for (first, second), certain in sorted(pairs.items())
        if (first, second) not in known and first in there and second in there
    ]
    ProbableDuplicate.objects.bulk_create(fresh, ignore_conflicts=True, batch_size=1000)
    return ProbableDuplicate.objects.open().count(), len(fresh)


@transaction.atomic
def dismiss(*, duplicate: ProbableDuplicate, by: Actor, reason: str) -> ProbableDuplicate:
    """Say, with a reason, that these are two works. Raises Refused, Invalid, Conflict."""
    require(by, Action.DISMISS_DUPLICATE, duplicate)
    rows = ProbableDuplicate.objects.visible_to(by).select_for_update(of=("self",)).select_related("first", "second")
    fresh: ProbableDuplicate | None = rows.filter(pk=duplicate.pk).first()
    if fresh is None:
        title = "One of the two is gone, or they were merged meanwhile."
        raise Conflict(title)
    if fresh.dismissed_at:
        title = "Somebody has said already that these are two works."
        raise Conflict(title)
    if not reason.strip():
        raise Invalid({"reason": ["Say why they are two works."]})
    fresh.dismissed_at, fresh.dismissed_by, fresh.reason = timezone.now(), by if isinstance(by, User) else None, reason
    changes.validate(fresh)
    fresh.save()
    audit.record(EventKind.DISMISSED, fresh.first, by=by, after={"other": fresh.second.public_id}, reason=fresh.reason)
    return fresh
