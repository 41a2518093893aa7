"""How a person wants to read what carries an advisory."""

from collections.abc import Collection
from dataclasses import dataclass

from problems.choices import Advisory, SubmissionKind
from problems.models import Care, Paper, Submission, User
from problems.permissions import Actor


def of(user: Actor) -> Care:
    """What `user` has set, or the defaults: folded from the first level on, nothing left out, no limit. One query; none for a visitor."""
    if not isinstance(user, User) or user.pk is None:
        return Care()
    return Care.objects.filter(user=user).first() or Care(user=user)


def folds(care: Care, level: int, topics: Collection[str] = ()) -> bool:
    """Whether a text of this level and on these topics is folded for who has set `care`."""
    return level >= Advisory.GENERAL and (level >= care.fold_from or not set(topics).isdisjoint(care.left_out))


@dataclass(frozen=True, slots=True)
class Advice:
    """How hard it is to read, and what it is about."""

    advisory: int
    topics: tuple[str, ...]


def advice_of(submission: Submission) -> Advice:
    """What the texts on a submission are folded by: its paper; of an import, all its records together. One query for an import."""
    if submission.kind != SubmissionKind.IMPORT:
        paper = submission.paper
        return Advice(paper.advisory, tuple(paper.topics)) if paper else Advice(0, ())
    rows = list(Paper.objects.filter(import_rows__run__submission=submission, advisory__gt=0).values_list("advisory", "topics"))
    return Advice(max((level for level, _ in rows), default=0), tuple(sorted({topic for _, topics in rows for topic in topics})))
