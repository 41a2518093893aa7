"""What pages and API show of imports: their new records, what became of them, their entries as far as each reader may know.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import Count, QuerySet
from psycopg.errors import QueryCanceled

from problems.choices import ImportState, Role, RowOutcome, SubmissionKind, Visibility
from problems.models import ImportRow, ImportRun, Paper, Submission
from problems.models.imports import ImportRunQuerySet
from problems.models.papers import PaperQuerySet
from problems.permissions import role_of
from problems.queries import duplicates
from problems.queries.duplicates import Certainty, Facts, Near

NEAR_SHOWN, NEAR_LASTS = 3, "3s"


def runs(user: Any) -> ImportRunQuerySet:
    """Imports that `user` may know of, without the files themselves."""
    found: ImportRunQuerySet = ImportRun.objects.visible_to(user).select_related("by", "team", "submission").defer("data")
    return found


def own_runs(user: Any) -> ImportRunQuerySet:
    """Those of `user` and of their teams."""
    return runs(user).filter(by__in=user.colleagues())


def records(submission: Submission) -> PaperQuerySet:
    """The records that an import has made, waiting or decided on."""
    made = ImportRow.objects.filter(run__submission=submission, outcome=RowOutcome.CREATED)
    found: PaperQuerySet = Paper.objects.filter(pk__in=made.values("paper"))
    return found


def waiting(submission: Submission) -> PaperQuerySet:
    """Those of them that wait for a decision."""
    return records(submission).filter(visibility=Visibility.WAITING)


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the new records of an import."""

    records: int = 0
    waiting: int = 0
    accepted: int = 0
    declined: int = 0
    restricted: int = 0
    """Told to reviewers only; to others always 0."""


def tallies(submissions: Iterable[Submission], user: Any) -> dict[int, Tally]:
    """By key of each import among these submissions, what became of its records. One query, or none where there is no import."""
    keys = [each.pk for each in submissions if each.kind == SubmissionKind.IMPORT]
    if not keys:
        return {}
    made = ImportRow.objects.filter(run__submission__in=keys, outcome=RowOutcome.CREATED).order_by()
    counted: dict[int, dict[str | None, int]] = defaultdict(dict)
    for key, visibility, number in made.values_list("run__submission", "paper__visibility").annotate(number=Count("pk")):
        counted[key][visibility] = number
    sees_all = role_of(user) >= Role.REVIEWER
    return {
        key: Tally(
            records=sum(counted[key].values()),
            waiting=counted[key].get(Visibility.WAITING, 0),
            accepted=counted[key].get(Visibility.PUBLIC, 0),
            declined=counted[key].get(Visibility.DECLINED, 0),
            restricted=counted[key].get(Visibility.RESTRICTED, 0) if sees_all else 0,
        )
        for key in keys
    }


def entries(run: ImportRun, outcome: str = "") -> QuerySet[ImportRow]:
    """Entries of a file that were dealt with, in its order."""
    found = run.rows.all()
    return found.filter(outcome=outcome) if outcome else found


def name_papers(rows: Sequence[ImportRow], user: Any, *, only_names: bool = False) -> None:
    """Put on each of these entries its paper, where `user` may know of it; else None, and nothing that names it. Three queries.

    With `only_names` the paper has no more than its id and title: for thousands of entries.
    """
    visible: PaperQuerySet = Paper.objects.visible_to(user).filter(pk__in={row.paper_id for row in rows if row.paper_id})
    known = {paper.pk: paper for paper in (visible.only("public_id", "title") if only_names else visible.for_lists())}
    for row in rows:
        row.named = known.get(row.paper_id) if row.paper_id else None  # type: ignore[attr-defined]  # for those who show it
        if row.paper_id and row.named is None and row.outcome in {RowOutcome.KNOWN, RowOutcome.UNCLEAR}:  # type: ignore[attr-defined]
            row.reason = ""


def outcomes(run: ImportRun) -> dict[str, int]:
    """How many entries came out how, in the order of the vocabulary."""
    return {outcome.value: int(run.counts.get(outcome.value, 0)) for outcome in RowOutcome}


def is_going_on(run: ImportRun) -> bool:
    """Whether it is still read."""
    return run.state in {ImportState.QUEUED, ImportState.RUNNING}


def near(papers: Sequence[Paper], user: Any) -> dict[int, list[Near]] | None:
    """By key of each of these papers, which have their authors and identifiers at hand: what on record may be the same work, as certain as it is.

    None where the database does not find it in time, as with thousands of titles that are all alike: nobody is kept from deciding by that.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout'), set_config('statement_timeout', %s, TRUE)", [NEAR_LASTS])
            before = cursor.fetchone()[0]
            found = _near(papers, user)
            cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [before])
    except OperationalError as error:
        if not isinstance(error.__cause__, QueryCanceled):
            raise
        return None
    return found


def _near(papers: Sequence[Paper], user: Any) -> dict[int, list[Near]]:
    facts = [duplicates.facts_of(paper) for paper in papers]
    found: dict[int, list[tuple[Certainty, float, int]]] = {}
    for paper, own, candidates in zip(papers, facts, duplicates.candidates_for(facts, user=user), strict=True):
        besides = {paper.pk, paper.twin_of_id}
        found[paper.pk] = sorted(_like(own, [each for each in candidates if each.key not in besides]), reverse=True)[:NEAR_SHOWN]
    keys = {key for each in found.values() for _, _, key in each}
    rows = {paper.pk: paper for paper in Paper.objects.visible_to(user).filter(pk__in=keys).for_lists()}
    return {key: [Near(rows[other], certainty) for certainty, _, other in each if other in rows] for key, each in found.items()}


def _like(own: Facts, candidates: Sequence[Facts]) -> list[tuple[Certainty, float, int]]:
    matches = [(duplicates.classify(own, [each]), each.key) for each in candidates]
    return [(match.certainty, match.likeness, key) for match, key in matches if match.certainty]
