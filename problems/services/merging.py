"""Two records that are one work become one: field by field, with the tags, identifiers and history of both; and apart again."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Model, Q
from django.utils import timezone

from problems.choices import EventKind, ReviewStatus, RowOutcome, SubmissionState, Topic, Visibility
from problems.errors import Conflict, Invalid, Stale
from problems.handed_in import Data
from problems.models import ImportRow, ImportRun, Merge, Paper, PaperIdentifier, Statement, Submission, Tag, User
from problems.permissions import Action, Actor, require
from problems.records import PersonName
from problems.services import audit, changes, coverage, papers

KEPT, MERGED = "kept", "merged"
FIELDS: Mapping[str, tuple[str, ...]] = {
    "title": ("title",),
    "authors": (),
    "date": ("year", "month", "day"),
    "venue": ("venue",),
    "type": ("type",),
    "address": ("url", "link_approved"),
    "abstract": ("abstract",),
    "material": ("material",),
    "modalities": ("modalities",),
}
"""What is chosen, and its columns. Identifiers of both stay; notes of retraction and advisories of either hold."""
COLUMNS = (*(column for columns in FIELDS.values() for column in columns), "is_retracted", "is_corrected", "advisory", "topics", "visibility")
# The strictest first. That one of the two was declined, as on record already for example, hides nothing of the other.
STRICTEST = (Visibility.RESTRICTED, Visibility.PUBLIC, Visibility.DECLINED)
OPEN = (SubmissionState.SUBMITTED, SubmissionState.CHANGES_REQUESTED)
GONE_ON = "One of the two records has changed since, so this cannot be undone as a whole."
CHANGED_TO = {Visibility.PUBLIC: EventKind.PUBLISHED, Visibility.RESTRICTED: EventKind.RESTRICTED, Visibility.DECLINED: EventKind.DECLINED}


def default(name: str, kept: Paper, merged: Paper) -> str:
    """Whose value of a field is taken where nobody says: that of the kept record, unless it has none."""
    return MERGED if not _value(name, kept) and _value(name, merged) else KEPT


def left_behind(kept: Iterable[Tag], merged: Iterable[Tag]) -> list[Tag]:
    """Of the tags of the merged record, those that the kept one has already: accepted on the same target, or proposed by the same person."""
    there = {_about(tag) for tag in kept}
    return [tag for tag in merged if tag.status != ReviewStatus.DECLINED and _about(tag) in there]


@transaction.atomic
def merge(  # what is asked of who merges
    *, kept: Paper, merged: Paper, by: Actor, fields: Mapping[str, str] | None = None, reason: str = "", seen: Mapping[int, Any] | None = None
) -> Merge:
    """Make one record of two. `fields` says of each field whose value stays, "kept" or "merged"; what is left out is as `default` says.

    The tags, identifiers and submissions of the merged one move; a tag that the kept one has too stays behind. The strictest advisory and
    visibility of the two holds, and so does a retraction of either. The address of the merged one forwards. `seen` is, by key, when each was
    last changed as far as the person knew.
    Raises Refused, Invalid by field, Stale, Conflict while one of them waits for a decision.
    """
    require(by, Action.MERGE, kept)
    _choices_known(fields or {})
    if kept.pk == merged.pk:
        title = "This is one record, not two."
        raise Conflict(title, "Choose another to merge with it.")
    _hold([kept.pk, merged.pk])
    kept, merged = _fresh(kept.pk, by), _fresh(merged.pk, by)
    for paper in (kept, merged):
        if (seen or {}).get(paper.pk, paper.modified) != paper.modified:
            title = "One of the two records has changed since you read it."
            raise Stale(title, "Look at both again, then repeat the merge.")
    _may_be_one(kept, merged)
    was = {KEPT: _row(kept), MERGED: {"visibility": merged.visibility}}
    before = audit.snapshot(kept)
    moved = _move(merged, kept)
    authors = list(merged.people) if _chosen("authors", fields or {}, kept, merged) == MERGED else None
    for name, columns in FIELDS.items():
        if _chosen(name, fields or {}, kept, merged) == MERGED:
            for column in columns:
                setattr(kept, column, getattr(merged, column))
    kept.advisory = max(kept.advisory, merged.advisory)
    kept.topics = papers.in_order([*kept.topics, *merged.topics], Topic)
    kept.is_retracted, kept.is_corrected = kept.is_retracted or merged.is_retracted, kept.is_corrected or merged.is_corrected
    kept.visibility = next(each for each in STRICTEST if each in {kept.visibility, merged.visibility})
    merged.visibility, merged.merged_into = Visibility.MERGED, kept
    merged.save()
    papers.put(paper=kept, authors=authors)
    _touch(kept, merged)
    after = audit.snapshot(_plain(kept))
    made = Merge(kept=kept, merged=merged, by=by if isinstance(by, User) else None, reason=reason)
    made.before = {"was": was, "moved": moved, "after": _as_stored(after)}
    changes.validate(made)
    made.save()
    _record(EventKind.MERGED, kept, by=by, before=before, after=after | {"merged": merged.public_id}, reason=reason)
    audit.record(EventKind.MERGED, merged, by=by, after={"merged_into": kept.public_id}, reason=reason)
    return made


@transaction.atomic
def undo(*, merge: Merge, by: Actor) -> Merge:
    """Make two records of them again, as they were. What was added to the kept one since stays there.

    Raises Refused, Conflict where it was undone before, or where one of the two has changed since.
    """
    require(by, Action.MERGE, merge.kept)
    _hold([merge.kept_id, merge.merged_id])
    merge = Merge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if merge.undone_at:
        title = "This was undone already."
        raise Conflict(title)
    kept, merged = Paper.objects.get(pk=merge.kept_id), Paper.objects.get(pk=merge.merged_id)
    was, moved = merge.before["was"], merge.before["moved"]
    before = audit.snapshot(kept)
    if merged.merged_into_id != kept.pk or _as_stored(before) != merge.before["after"]:
        raise Conflict(GONE_ON, "Undo a later merge of them first, or correct the record by hand.")
    for column, value in was[KEPT]["columns"].items():
        setattr(kept, column, value)
    merged.visibility, merged.merged_into = was[MERGED]["visibility"], None
    merged.save()
    try:
        with transaction.atomic():
            _point(moved, kept, merged)
            _made_by_import(moved, merged, RowOutcome.CREATED)
    except IntegrityError as error:
        raise Conflict(GONE_ON, "Decide by hand which of their tags stays.") from error
    papers.put(paper=kept, authors=[PersonName(**name) for name in was[KEPT]["authors"]])
    _touch(kept, merged)
    merge.undone_at = timezone.now()
    merge.save()
    _record(EventKind.UNMERGED, kept, by=by, before=before | {"merged": merged.public_id}, after=audit.snapshot(_plain(kept)))
    audit.record(EventKind.UNMERGED, merged, by=by, before={"merged_into": kept.public_id})
    return merge


def _choices_known(fields: Mapping[str, str]) -> None:
    faults = {name: ["There is no such field to choose."] for name in fields if name not in FIELDS}
    faults |= {name: ["Choose kept or merged."] for name, value in fields.items() if name in FIELDS and value not in {KEPT, MERGED}}
    if faults:
        raise Invalid({f"fields.{name}": sentences for name, sentences in faults.items()})


def _chosen(name: str, fields: Mapping[str, str], kept: Paper, merged: Paper) -> str:
    return fields.get(name) or default(name, kept, merged)


def _value(name: str, paper: Paper) -> Any:
    return paper.people if name == "authors" else next((value for column in FIELDS[name] if (value := getattr(paper, column))), None)


def _hold(keys: Iterable[int]) -> None:
    """Hold what is about these two, in the order of all writes: submissions, papers, tags, statements."""
    pair = list(keys)
    about = Submission.objects.filter(paper__in=pair)
    held = {pk for (pk,) in about.select_for_update(of=("self",)).order_by("pk").values_list("pk")}
    rows = Paper.objects.filter(Q(pk__in=pair) | Q(merged_into__in=pair) | Q(twin_of__in=pair))
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if set(about.values_list("pk", flat=True)) - held:
        title = "Somebody handed in something about one of these records a moment ago."
        raise Conflict(title, "Look at it first, then try again.")
    tags = Tag.objects.filter(paper__in=pair).select_for_update(of=("self",)).order_by("pk")
    aimed = {statement for (statement,) in tags.values_list("statement") if statement}
    list(Statement.objects.filter(pk__in=aimed).select_for_update(of=("self",)).order_by("pk").values_list("pk"))


def _fresh(pk: int, by: Actor) -> Paper:
    found: Paper | None = Paper.objects.visible_to(by).filter(pk=pk).first()
    if found is None:
        title = "One of these records is gone, or was merged meanwhile."
        raise Conflict(title, "Look for it again.")
    return found


def _may_be_one(kept: Paper, merged: Paper) -> None:
    for paper in (kept, merged):
        if paper.twin_of_id:
            title = "One of these stands for another record."
            raise Conflict(title, "Decide on its submission: what is accepted goes to that record.")
        if paper.visibility == Visibility.WAITING or paper.submissions.filter(state__in=OPEN).exists():
            title = f"“{paper.title[:60]}” is part of a submission that waits for a decision."
            raise Conflict(title, "Decide on that first.")


def _row(paper: Paper) -> Data:
    """All of a record that a merge may change."""
    return {"columns": {column: getattr(paper, column) for column in COLUMNS}, "authors": [asdict(name) for name in paper.people]}


def _move(merged: Paper, kept: Paper) -> dict[str, list[int]]:
    """Move what hangs on one record to the other; the keys of what was moved, by kind."""
    have = set(kept.identifiers.values_list("scheme", "value"))
    mine = list(merged.tags.all())
    behind = left_behind(kept.tags.all(), mine)
    rows: dict[str, Iterable[Model]] = {
        "identifiers": [row for row in merged.identifiers.all() if (row.scheme, row.value) not in have],
        "tags": [tag for tag in mine if tag not in behind],
        "submissions": merged.submissions.all(),
        "import_rows": ImportRow.objects.filter(paper=merged),
        "made": ImportRow.objects.filter(paper=merged, outcome=RowOutcome.CREATED),
        "merged": Paper.objects.filter(merged_into=merged),
        "twins": Paper.objects.filter(twin_of=merged),
    }
    moved = {name: [row.pk for row in each] for name, each in rows.items()}
    _point(moved, merged, kept)
    _made_by_import(moved, kept, RowOutcome.KNOWN)
    return moved


def _made_by_import(moved: Mapping[str, list[int]], paper: Paper, outcome: RowOutcome) -> None:
    """The kept record is none that the import has made: whoever withdraws or appeals that has no say in it. Undone, it made its own again."""
    was = RowOutcome.KNOWN if outcome == RowOutcome.CREATED else RowOutcome.CREATED
    rows = ImportRow.objects.filter(pk__in=moved.get("made", ()), paper=paper, outcome=was)
    changed = Counter(rows.values_list("run", flat=True).order_by())
    rows.update(outcome=outcome)
    for run in ImportRun.objects.select_for_update(of=("self",)).filter(pk__in=changed).defer("data").order_by("pk"):
        run.counts[was] = run.counts.get(was, 0) - changed[run.pk]
        run.counts[outcome] = run.counts.get(outcome, 0) + changed[run.pk]
        run.save(update_fields=["counts", "modified"])


def _point(moved: Mapping[str, list[int]], was: Paper, now: Paper) -> None:
    """Point these rows to `now`, as far as they are still there and point to `was`."""
    PaperIdentifier.objects.filter(pk__in=moved["identifiers"], paper=was).update(paper=now)
    Tag.objects.filter(pk__in=moved["tags"], paper=was).update(paper=now)
    Submission.objects.filter(pk__in=moved["submissions"], paper=was).update(paper=now)
    ImportRow.objects.filter(pk__in=moved["import_rows"], paper=was).update(paper=now)
    Paper.objects.filter(pk__in=moved["merged"], merged_into=was).update(merged_into=now)
    Paper.objects.filter(pk__in=moved["twins"], twin_of=was).update(twin_of=now)
    for paper in (was, now):
        getattr(paper, "_prefetched_objects_cache", {}).clear()


def _about(tag: Tag) -> tuple[Any, ...]:
    """What two tags that say the same have in common."""
    who = tag.contributor_id if tag.status == ReviewStatus.PROPOSED else None
    return tag.status, who, tag.statement_id, tag.call_id, tag.problem_id, tag.relation


def _touch(*pair: Paper) -> None:
    """Let who polls for changes see the tags come and go, and derive the states of what they point at."""
    tags = Tag.objects.filter(paper__in=pair)
    tags.update(modified=timezone.now())
    coverage.refresh(set(tags.values_list("statement", flat=True)))


def _plain(paper: Paper) -> Paper:
    plain: Paper = Paper.objects.get(pk=paper.pk)
    return plain


def _as_stored(snapshot: Mapping[str, Any]) -> Data:
    """A snapshot as JSON gives it back."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in snapshot.items()}


def _record(  # what an entry is made of
    kind: EventKind, paper: Paper, *, by: Actor, before: Mapping[str, Any], after: Mapping[str, Any], reason: str = ""
) -> None:
    """Who may see it is an entry of its own, which is told to fewer."""
    seen = {"visibility"}
    audit.record(
        kind,
        paper,
        by=by,
        before={name: value for name, value in before.items() if name not in seen},
        after={name: value for name, value in after.items() if name not in seen},
        reason=reason,
    )
    was, now = before["visibility"], after["visibility"]
    if was != now:
        audit.record(CHANGED_TO[Visibility(now)], paper, by=by, before={"visibility": was}, after={"visibility": now}, reason=reason)
