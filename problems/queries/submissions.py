"""What pages and API show of submissions: what of each may be told to whom, what waits, what stands on its targets already.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Prefetch, Q

from problems.choices import ReviewStatus, Role, SubmissionKind, Visibility
from problems.models import Decision, Paper, Review, Search, Submission, Tag
from problems.models.submissions import SubmissionQuerySet
from problems.permissions import role_of, visible_papers

STANDING_SHOWN = 8


def with_parts(submissions: SubmissionQuerySet) -> SubmissionQuerySet:
    """With what a row or a page shows: people, paper, tags, searches, reviews with their decisions. Eight queries."""
    tags = Tag.objects.exclude(status=ReviewStatus.TRASHED).select_related("statement__problem", "call", "problem", "paper", "contributor")
    tags = tags.defer("paper__abstract", "paper__search")
    searches = Search.objects.exclude(status=ReviewStatus.TRASHED).select_related("statement__problem", "problem", "by").order_by("pk")
    # Of an import there may be thousands: those are counted, see queries/imports.py.
    decisions = Decision.objects.exclude(review__submission__kind=SubmissionKind.IMPORT)
    decisions = decisions.exclude(tag__status=ReviewStatus.TRASHED).exclude(search__status=ReviewStatus.TRASHED)
    decisions = decisions.select_related("tag__statement__problem", "tag__call", "tag__problem", "search__statement", "search__problem")
    reviews = Review.objects.filter(undone_at=None).select_related("reviewer").prefetch_related(Prefetch("decisions", decisions))
    rows: SubmissionQuerySet = submissions.select_related(
        "contributor",
        "team",
        "claimed_by",
        "assigned_to",
        "import_run",
        "paper",
        "corrected_tag__statement__problem",
        "corrected_tag__call",
        "corrected_tag__problem",
    )
    prefetched: list[Any] = [
        "paper__authorships",
        "paper__identifiers",
        Prefetch("tags", tags.order_by("pk")),
        Prefetch("searches", searches),
        Prefetch("reviews", reviews),
    ]
    return rows.prefetch_related(*prefetched).defer("import_run__data")


def withhold(submissions: Sequence[Submission], user: Any) -> None:
    """Take out of these submissions, in memory, what `user` may not know of any more. Call it on whatever is shown to anybody.

    Where the paper was restricted since, everything that names it goes, and `withheld` is true; where the text of a tag was, that text goes.
    From reviewers nothing is withheld but what lies in the trash. Five queries.
    """
    thrown = _thrown(submissions)
    if role_of(user) >= Role.REVIEWER:
        for submission in submissions:
            _withhold(submission, hidden=submission.pk in thrown)
        return
    named = {name for submission in submissions for name in _names(submission)}
    held = Q(pk__in=[each.paper_id for each in submissions if each.paper_id]) | Q(public_id__in=named)
    seen = visible_papers(user) | Q(visibility=Visibility.MERGED) & visible_papers(user, "merged_into__")
    visible: set[Any] = {key for pair in Paper.objects.filter(held).filter(seen).values_list("pk", "public_id") for key in pair}
    corrected = [name for each in submissions if (name := each.content.get("correction", {}).get("tag"))]
    tags = Tag.objects.filter(Q(submission__in=[each.pk for each in submissions]) | Q(public_id__in=corrected), text_restricted=True)
    texts = set(tags.values_list("public_id", flat=True))
    for submission in submissions:
        hidden = bool(({submission.paper_id} - {None} | _names(submission)) - visible)
        _withhold(submission, hidden=hidden or submission.pk in thrown)
        for tag in submission.content.get("tags", []):
            if tag.get("id") in texts:
                tag["rationale"] = tag["locator"] = ""
        correction = submission.content.get("correction", {})
        if correction.get("tag") in texts:
            for name in {"rationale", "locator"} & set(correction.get("changes", {})):
                correction["changes"][name] = ""


def _withhold(submission: Submission, *, hidden: bool) -> None:
    submission.withheld = hidden
    if hidden:
        submission.content, submission.message, submission.appeal = {}, "", ""
        submission.paper = submission.corrected_tag = None
        submission._prefetched_objects_cache = {"tags": Tag.objects.none(), "searches": Search.objects.none(), "reviews": Review.objects.none()}  # type: ignore[attr-defined]  # noqa: SLF001  # the documented name of the cache


def _thrown(submissions: Sequence[Submission]) -> set[int]:
    """Keys of those whose paper, or corrected tag, lies in the trash. Tags and searches that lie there leave the others. Three queries."""
    keys = [each.pk for each in submissions]
    tags = set(Tag.objects.filter(submission__in=keys, status=ReviewStatus.TRASHED).order_by().values_list("public_id", flat=True))
    searches = Search.objects.filter(submission__in=keys, status=ReviewStatus.TRASHED).select_related("statement", "problem")
    codes = {(search.submission_id, search.code) for search in searches}
    for submission in submissions:
        if tags and submission.content.get("tags"):
            submission.content["tags"] = [data for data in submission.content["tags"] if data.get("id") not in tags]
        if codes and (targets := submission.content.get("search", {}).get("targets")):
            submission.content["search"]["targets"] = [code for code in targets if (submission.pk, code) not in codes]
    hidden = Q(paper__visibility=Visibility.TRASHED) | Q(corrected_tag__status=ReviewStatus.TRASHED)
    return set(Submission.objects.filter(hidden, pk__in=keys).order_by().values_list("pk", flat=True))


def _names(submission: Submission) -> set[str]:
    """Public ids of the papers that its content names; a draft has nothing else that says so."""
    content = submission.content
    return {content.get("paper", ""), content.get("correction", {}).get("paper", "")} - {""}


def standing(tags: Iterable[Tag]) -> dict[int, list[Tag]]:
    """By key of each of these tags: what is on the map on the same target already, the latest first. One query."""
    wanted = list(tags)
    same = Q(pk__in=[])
    for tag in wanted:
        same |= Q(statement=tag.statement_id, call=tag.call_id, problem=tag.problem_id)
    by_target: dict[tuple[int | None, ...], list[Tag]] = defaultdict(list)
    for tag in Tag.objects.filter(same).on_map().for_lists().order_by("-decided_at", "-pk"):
        by_target[tag.statement_id, tag.call_id, tag.problem_id].append(tag)
    return {tag.pk: by_target[tag.statement_id, tag.call_id, tag.problem_id][:STANDING_SHOWN] for tag in wanted}
