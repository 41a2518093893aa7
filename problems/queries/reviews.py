"""What reviewers are shown beside a submission: what they may decide on and in which order, and what the queue is about.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from problems.choices import Part
from problems.models import Review, Search, Submission, Tag, User
from problems.permissions import Action, why_not
from problems.queries.submissions import with_parts
from problems.workflow import UNDO_WITHIN

LANE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a submission stands among those that a reviewer may decide on: its number (0 where it is none of them), how many, the next ones."""

    number: int
    total: int
    rows: list[Submission]

    @property
    def following(self) -> Submission | None:
        """The one to open after it, or first."""
        rows = self.rows[1:] if self.number else self.rows
        return rows[0] if rows else None


def lane(user: User, at: Submission | None = None) -> Lane:
    """What waits for `user`: held by nobody else and not their own, the oldest first; from `at` on, and then from the start again."""
    waiting = Submission.objects.visible_to(user).waiting().order_by("submitted_at", "public_id")
    facts = waiting.only("public_id", "state", "contributor_id", "appealed_against_id", "claimed_by_id", "claimed_at")
    keys = [each.pk for each in facts if not why_not(user, Action.REVIEW, each) and (each.claim_ends is None or each.claimed_by_id == user.pk)]
    place = keys.index(at.pk) if at and at.pk in keys else 0
    turned = keys[place:] + keys[:place]
    rows = {row.pk: row for row in with_parts(Submission.objects.filter(pk__in=turned[:LANE_SHOWN]))}
    return Lane(
        number=place + 1 if at and at.pk in keys else 0,
        total=len(keys),
        rows=[rows[key] for key in turned[:LANE_SHOWN] if key in rows],
    )


def kinds(submissions: QuerySet[Submission]) -> Counter[str]:
    """How many of these submissions are of which kind."""
    return Counter(dict(submissions.order_by().values_list("kind").annotate(number=Count("pk"))))


def problems(submissions: QuerySet[Submission]) -> Counter[int]:
    """How many of these submissions bear on which problem, by its number."""
    keys = submissions.order_by().values("pk")
    pairs: set[tuple[int, int | None]] = set()
    for path in ("statement__problem__number", "problem__number"):
        pairs |= set(Tag.objects.filter(submission__in=keys).order_by().values_list("submission", path))
        pairs |= set(Search.objects.filter(submission__in=keys).order_by().values_list("submission", path))
        pairs |= set(submissions.order_by().values_list("pk", f"corrected_tag__{path}"))
    return Counter(number for _, number in pairs if number is not None)


def just_sent(user: User, public_id: str) -> Review | None:
    """The last answer of `user` to this submission, as long as it can be undone; with `tags`, how many it was about."""
    about = Review.objects.filter(submission__public_id=public_id, reviewer=user, undone_at=None, at__gt=timezone.now() - UNDO_WITHIN)
    return about.select_related("submission").annotate(tags=Count("decisions", filter=Q(decisions__part=Part.TAG))).first()


def waiting(user: Any) -> int:
    """How many submissions wait for a decision."""
    return Submission.objects.visible_to(user).waiting().count()
