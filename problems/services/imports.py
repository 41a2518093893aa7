"""A file of records comes in: every entry is accounted for, and what is wrong with one keeps out that one only.

What a person sends waits in the table of imports until a worker takes it (`run_next`). The worker has the file read by a process of its own,
stores the entries chunk by chunk, and hands in what is new as one submission. Each chunk is one transaction with its rows, so a worker that is
killed leaves nothing half: another goes on after the last row. `import_file` is for commands, and does all at once.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import batched
from pathlib import PurePath

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.utils import timezone
from psycopg.errors import QueryCanceled

from problems import handed_in, harm
from problems.choices import EventKind, ImportState, RowOutcome, SubmissionKind, SubmissionState, Visibility
from problems.errors import Conflict, Duplicate, Invalid, TooMany, TrackerError, Unparsable
from problems.formats import Failed, Format, Parsed, Reading, by_name, read_isolated, sniff
from problems.models import ImportRow, ImportRun, Paper, PaperIdentifier, Submission, User
from problems.models.imports import FILENAME_LIMIT
from problems.permissions import Action, Actor, require
from problems.queries import duplicates
from problems.queries.duplicates import Certainty, Facts
from problems.queries.titles import Titles
from problems.records import PaperRecord
from problems.services import audit, bulk, changes, papers, submissions
from problems.text import without_controls

REFUSED = "refused"
CHUNK = 500
ATTEMPTS = 3
DAY, LASTS, SILENT = timedelta(days=1), timedelta(minutes=30), timedelta(seconds=60)
STATEMENT_LASTS = "40s"  # of a worker, for which nobody waits; less than it may be silent
CLASHES = 3  # how often a chunk is tried once more where somebody else was first
REASON_LIMIT, ERROR_LIMIT, KEY_LIMIT = 1000, 1000, 300
NEARLY = "It may be the record shown beside it. Say whether it is."
PART_IT = "Part the file and import the parts."


# -- at once, by commands --


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one entry: created, matched (known already) or refused; `reason` says why, `notes` what was left out."""

    key: str
    line: int
    outcome: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    paper: str = ""


@transaction.atomic
def import_file(*, data: bytes, file_format: Format, by: Actor, reason: str = "", dry_run: bool = False) -> list[Row]:
    """Take in each entry of `data`, public at once; known papers are matched, so a second run creates nothing. With `dry_run` nothing is stored.

    Raises Unparsable where the file as a whole cannot be read, Refused where `by` may not import.
    """
    require(by, Action.IMPORT_PAPERS, file_format)
    rows = list(_rows(data, file_format, by, reason))
    if dry_run:
        transaction.set_rollback(True)
    return rows


def _rows(data: bytes, file_format: Format, by: Actor, reason: str) -> Iterator[Row]:
    if file_format.read is None:
        message = f"{file_format.label} is not a format that is read here."
        raise TypeError(message)
    for entry in file_format.read(data):
        if isinstance(entry, Failed):
            yield Row(entry.key, entry.line, REFUSED, entry.reason)
            continue
        try:
            with transaction.atomic():
                paper, outcome = papers.create_or_find(record=entry.record, by=by, imported=True, reason=reason)
        except TrackerError as error:
            yield Row(entry.key, entry.line, REFUSED, str(error))
        else:
            yield Row(entry.key, entry.line, outcome, notes=entry.notes, paper=paper.public_id)


# -- what the person does --


@transaction.atomic
def start(*, data: bytes, filename: str, by: User, team: str = "") -> ImportRun:
    """Take in a file, to be read by a worker. `team`, by slug, is one of theirs on whose behalf it is.

    Raises Refused, TooMany, Conflict at the limit of open submissions, Unparsable for what no format reads, Invalid.
    """
    require(by, Action.IMPORT_FILE, ImportRun())
    harm.refuse(filename, field="file")
    harm.refuse_file(data, field="file")  # before a byte of it is stored, and while nobody waits for this
    list(User.objects.select_for_update(no_key=True).filter(pk=by.pk))  # two files sent at once are counted one after the other
    if ImportRun.objects.filter(by=by, created__gt=timezone.now() - DAY).count() >= settings.IMPORTS_A_DAY:
        title = f"This is more than {settings.IMPORTS_A_DAY} imports in a day."
        raise TooMany(title, "Wait and try again.", retry_after=int(DAY.total_seconds()))
    submissions.within_limit(by)
    form = sniff(data, filename)
    name = " ".join(without_controls(PurePath(filename.replace("\\", "/")).name).split())[:FILENAME_LIMIT]
    run = ImportRun(by=by, team=submissions.team_of(by, team), filename=name, format=form.name, data=data, size=len(data))
    changes.validate(run, exclude=("by", "team", "data", "counts"), constraints=False)
    run.save()
    audit.record(EventKind.CREATED, run, by=by, after={"format": run.format, "size": run.size})
    return run


@transaction.atomic
def cancel(*, run: ImportRun, by: User) -> ImportRun:
    """End an import that goes on; what it has created is removed again, by the worker at its next step. Raises Refused, Conflict."""
    fresh = _locked(run, by)
    require(by, Action.SETTLE_IMPORT, fresh)
    if not fresh.is_open:
        title = "This import has ended."
        raise Conflict(title, "Withdraw its submission, if it has one.")
    fresh.cancel_asked = True
    fresh.save(update_fields=["cancel_asked", "modified"])
    if fresh.state == ImportState.QUEUED and fresh.started_at is None:
        _end(fresh, ImportState.CANCELLED)
    elif _is_silent(fresh):
        fresh.state = ImportState.QUEUED  # should its worker come back, it finds that this is not its own any more
        fresh.save(update_fields=["state", "modified"])
    return fresh


@transaction.atomic
def settle(*, row: ImportRow, choice: str, by: User) -> ImportRow:
    """Say of an unclear entry whether it is the "same" work as the record beside it, or "new". Until the submission is decided on.

    Raises Refused, Conflict, Invalid.
    """
    if choice not in {"same", "new"}:
        raise Invalid({"choice": ["Say “same” or “new”."]})
    run = _locked(row.run, by)
    require(by, Action.SETTLE_IMPORT, run)
    if run.is_open:
        title = "The file is still being read."
        raise Conflict(title, "Wait until the import has ended.")
    entry = run.rows.select_for_update().get(pk=row.pk)
    if entry.outcome != RowOutcome.UNCLEAR:
        title = "This entry is settled already."
        raise Conflict(title)
    held = Submission.objects.select_for_update(of=("self",)).filter(import_run=run).first()
    if held and held.state != SubmissionState.SUBMITTED:
        title = f"The submission of this import is {held.get_state_display().lower()}."
        raise Conflict(title, "Log this work by itself.")
    if choice == "same":
        if entry.paper_id is None or not Paper.objects.visible_to(by).filter(pk=entry.paper_id).exists():
            title = "The record that this entry was compared with is gone."
            raise Conflict(title, "Settle it as new.")
        entry.outcome, entry.reason = RowOutcome.KNOWN, "Settled as the same work."
    else:
        entry.outcome, entry.paper, entry.reason = _saved(handed_in.to_record(entry.record or {}), by)
        entry.reason = entry.reason or "Settled as new."
    entry.record = None
    entry.save()
    run.counts = {**run.counts, **_counted(run)}
    if run.submission_id is None and entry.outcome == RowOutcome.CREATED:
        run.submission = _hand_in(run)
    run.save(update_fields=["counts", "submission", "team", "modified"])
    audit.record(EventKind.CHANGED, run, by=by, before={"unclear": entry.number}, after={entry.outcome: entry.number})
    return entry


def _locked(run: ImportRun, by: User) -> ImportRun:
    """The import as it is now, without its file, held until the end of the transaction."""
    fresh: ImportRun | None = ImportRun.objects.visible_to(by).defer("data").select_for_update(of=("self",)).filter(pk=run.pk).first()
    if fresh is None:
        title = "This import is gone."
        raise Conflict(title)
    return fresh


def _is_silent(run: ImportRun) -> bool:
    return run.heartbeat_at is None or run.heartbeat_at < timezone.now() - SILENT


# -- what a worker does --


class _StoppedError(Exception):
    """The worker is told to end; another goes on."""


class _CancelledError(Exception):
    """The person has cancelled it."""


class _LostError(Exception):
    """Another worker has this import by now."""


def never() -> bool:
    """Nothing asks the worker to end."""
    return False


def run_next(*, stopping: Callable[[], bool] = never) -> bool:
    """Work on the import that waits longest, if there is one; False where there is none. Where `stopping` says so, leave it to another."""
    run = _take()
    if run is not None:
        work(run, stopping=stopping)
    return run is not None


@transaction.atomic
def _take() -> ImportRun | None:
    """An import that waits, or whose worker has gone silent, as one's own."""
    now = timezone.now()
    silent = Q(state=ImportState.RUNNING, heartbeat_at__lt=now - SILENT)
    waits = ImportRun.objects.filter(Q(state=ImportState.QUEUED) | silent).select_for_update(skip_locked=True, of=("self",)).order_by("pk")
    run: ImportRun | None = waits.first()
    if run is None:
        return None
    run.state, run.heartbeat_at, run.started_at = ImportState.RUNNING, now, now  # while nobody worked on it, no time has passed
    run.attempts += 1
    run.save(update_fields=["state", "heartbeat_at", "started_at", "attempts", "modified"])
    return run


def work(run: ImportRun, *, stopping: Callable[[], bool] = never) -> None:
    """Read the file of an import that was taken, store what is in it, and end it."""
    state, error = ImportState.FINISHED, ""
    try:
        if run.attempts > ATTEMPTS:
            raise Unparsable(f"Reading this file has stopped {ATTEMPTS} times before its end.", PART_IT)
        _beat(run, stopping)
        require(run.by, Action.IMPORT_FILE, run)
        with closing(read_isolated(bytes(run.data or b""), by_name(run.format), tick=lambda: _beat(run, stopping))) as reading:
            titles: Titles | None = None  # once the file could be read
            for some in batched(enumerate(reading, start=1), CHUNK, strict=False):
                _beat(run, stopping)
                titles = titles or Titles.visible_to(run.by)
                if fresh := [(number, entry) for number, entry in some if number > run.done]:
                    _store(run, fresh, reading, titles, lambda: _beat(run, stopping))
    except _LostError:
        return
    except _StoppedError:
        mine = ImportRun.objects.filter(pk=run.pk, attempts=run.attempts, state=ImportState.RUNNING)
        mine.update(state=ImportState.QUEUED, attempts=run.attempts - 1, heartbeat_at=None)
        return
    except _CancelledError:
        state = ImportState.CANCELLED
    except TrackerError as refusal:
        state, error = ImportState.FAILED, str(refusal)[:ERROR_LIMIT]
    with transaction.atomic():
        mine = ImportRun.objects.defer("data").filter(pk=run.pk, attempts=run.attempts, state=ImportState.RUNNING)
        if fresh_run := mine.select_for_update(of=("self",)).first():
            removable = run.attempts <= ATTEMPTS + 1  # what could not be removed then is handed in
            _end(fresh_run, ImportState.CANCELLED if fresh_run.cancel_asked and removable else state, error)


def _beat(run: ImportRun, stopping: Callable[[], bool]) -> None:
    """Say that this one is being worked on; raise where that has to end."""
    now = timezone.now()
    mine = ImportRun.objects.filter(pk=run.pk, attempts=run.attempts, state=ImportState.RUNNING)
    if not mine.update(heartbeat_at=now):
        raise _LostError
    if mine.filter(cancel_asked=True).exists():
        raise _CancelledError
    if stopping():
        raise _StoppedError
    if run.started_at and now - run.started_at > LASTS:
        raise Unparsable(f"The import takes longer than {LASTS.seconds // 60} minutes.", PART_IT)


def _end(run: ImportRun, state: ImportState, error: str = "") -> None:
    """Close an import that is locked: the file is forgotten, and what is new is handed in, or removed where it was cancelled."""
    if state == ImportState.CANCELLED:
        error = f"Cancelled after {run.done:,} entries. What it had created was removed again." if run.done else "Cancelled before it was read."
        _undo(run)
    elif run.rows.filter(outcome=RowOutcome.CREATED).exists():
        run.submission = _hand_in(run)
    run.state, run.error, run.data, run.finished_at = state, error, None, timezone.now()
    run.save()
    after = {"state": run.state, **run.counts}
    audit.record(EventKind.CHANGED, run, by=run.by, before={"state": ImportState.RUNNING.value}, after=after)


def _undo(run: ImportRun) -> None:
    """Remove the records that were created, but those that others have built on; entries that were to be settled stay as they are known."""
    made = run.rows.filter(outcome=RowOutcome.CREATED)
    papers.remove_all(rows=Paper.objects.filter(pk__in=made.values("paper"), visibility=Visibility.WAITING), by=run.by, reason="Cancelled")
    reason = "Cancelled: this entry was not kept."
    gone = run.rows.filter(Q(outcome=RowOutcome.CREATED, paper=None) | Q(outcome=RowOutcome.UNCLEAR))
    gone.update(outcome=RowOutcome.REFUSED, reason=reason, record=None, paper=None)
    run.counts = _counted(run)
    if run.counts[RowOutcome.CREATED]:
        run.submission = _hand_in(run)


def _hand_in(run: ImportRun) -> Submission:
    """The one submission of an import, which holds its new records from now on."""
    state = SubmissionState.SUBMITTED
    if run.team and not run.team.members.filter(pk=run.by.pk).exists():  # they have left it
        run.team = None
    made = Submission(kind=SubmissionKind.IMPORT, contributor=run.by, team=run.team, state=state, submitted_at=timezone.now(), content={})
    made.save()
    audit.record(EventKind.CREATED, made, by=run.by, after={"kind": made.kind, "state": SubmissionState.DRAFT.value})
    audit.record(EventKind.SUBMITTED, made, by=run.by, before={"state": SubmissionState.DRAFT.value}, after={"state": made.state})
    return made


def _counted(run: ImportRun) -> dict[str, int]:
    found = Counter(run.rows.values_list("outcome", flat=True))
    return {outcome.value: found[outcome] for outcome in RowOutcome}


# -- from entries to rows --


@dataclass(slots=True)
class _Fate:
    """What becomes of an entry."""

    number: int
    entry: Parsed | Failed
    outcome: RowOutcome
    paper: int | None = None
    reason: str = ""
    like: "_Fate | None" = field(default=None, repr=False)
    """The entry of the same file that it is, or may be."""


def _store(run: ImportRun, entries: Sequence[tuple[int, Parsed | Failed]], reading: Reading, titles: Titles, beat: Callable[[], None]) -> None:
    """Store some entries and that they are done, whole or not at all. Where somebody else was first, look anew, and in the end one by one."""
    for clash in range(CLASHES + 1):
        if clash:
            beat()
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    cursor.execute("SELECT set_config('statement_timeout', %s, TRUE)", [STATEMENT_LASTS])
                fates = _fates(entries, run.by, titles, one_by_one=clash == CLASHES)
                bulk.store([_row(run, fate) for fate in fates])
                counts = Counter(run.counts) + Counter(fate.outcome.value for fate in fates)
                done = entries[-1][0]
                values = {"done": done, "total": reading.total or done, "counts": dict(counts), "heartbeat_at": timezone.now()}
                mine = ImportRun.objects.filter(pk=run.pk, attempts=run.attempts, state=ImportState.RUNNING)
                if not mine.update(**values):
                    raise _LostError
        except DatabaseError as error:
            if clash == CLASHES or isinstance(error.__cause__, QueryCanceled) or not connection.is_usable():
                raise
        else:
            run.done, run.counts = done, dict(counts)
            for fate in fates:
                if fate.outcome == RowOutcome.CREATED and fate.paper and isinstance(fate.entry, Parsed):
                    titles.add(Facts(fate.paper, fate.entry.record.title))
            return


def _fates(entries: Sequence[tuple[int, Parsed | Failed]], by: User, titles: Titles, *, one_by_one: bool) -> list[_Fate]:
    fates = [_Fate(number, entry, RowOutcome.REFUSED, reason=entry.reason if isinstance(entry, Failed) else "") for number, entry in entries]
    read = [(fate, fate.entry.record) for fate in fates if isinstance(fate.entry, Parsed)]
    facts = [Facts.of(record, place) for place, (_, record) in enumerate(read)]
    on_record, in_file = duplicates.candidates_for(facts, user=by, titles=titles), duplicates.among(facts)
    for place, (fate, _) in enumerate(read):
        _judge(fate, facts[place], on_record[place], in_file[place], [each for each, _ in read])
    fresh = [(fate, record) for fate, record in read if fate.outcome == RowOutcome.CREATED]
    held = _held(record for _, record in fresh)
    alone = [(fate, record) for fate, record in fresh if one_by_one or not held.isdisjoint(record.identifiers)]
    together = [(fate, record) for fate, record in fresh if not one_by_one and held.isdisjoint(record.identifiers)]
    for (fate, _), made in zip(together, papers.create_all(records=[record for _, record in together], by=by), strict=True):
        if isinstance(made, Invalid):
            fate.outcome, fate.reason = RowOutcome.REFUSED, str(made)
        else:
            fate.paper = made.pk
    for fate, record in alone:
        fate.outcome, paper, fate.reason = _saved(record, by)
        fate.paper = paper.pk if paper else None
    for fate, record in read:
        _follow(fate, record, by)
    return fates


def _judge(fate: _Fate, facts: Facts, on_record: Sequence[Facts], in_file: Sequence[Facts], before: Sequence[_Fate]) -> None:
    """Whether an entry is known, may be known, or is new. An entry before it in the file counts like a record."""
    record, entry = duplicates.classify(facts, on_record), duplicates.classify(facts, in_file)
    other = before[entry.key] if entry.key is not None else None
    while other and other.like and other.outcome == RowOutcome.KNOWN:
        other = other.like
    if record.certainty == Certainty.CERTAIN:
        fate.outcome, fate.paper = RowOutcome.KNOWN, record.key
    elif other and entry.certainty == Certainty.CERTAIN:
        fate.outcome, fate.like = RowOutcome.KNOWN, other
    elif record.certainty == Certainty.PROBABLE:
        fate.outcome, fate.paper, fate.reason = RowOutcome.UNCLEAR, record.key, NEARLY
    elif other and entry.certainty == Certainty.PROBABLE and other.outcome != RowOutcome.UNCLEAR:
        fate.outcome, fate.like = RowOutcome.UNCLEAR, other
    else:
        fate.outcome = RowOutcome.CREATED


def _follow(fate: _Fate, record: PaperRecord, by: User) -> None:
    """An entry that is, or may be, one before it shares its fate, unless that one was refused."""
    if fate.like is None:
        return
    if fate.like.paper is None:
        fate.outcome, paper, fate.reason = _saved(record, by)
        fate.paper = paper.pk if paper else None
    elif RowOutcome.UNCLEAR in {fate.outcome, fate.like.outcome}:
        fate.outcome, fate.paper, fate.reason = RowOutcome.UNCLEAR, fate.like.paper, NEARLY
    else:
        fate.paper, fate.reason = fate.like.paper, f"The same as entry {fate.like.number:,} of this file."


def _held(records: Iterator[PaperRecord]) -> set[tuple[str, str]]:
    """Those identifiers of these records that somebody has already. Nobody is told: the record becomes the twin of one out of sight."""
    wanted: dict[str, set[str]] = {}
    for record in records:
        for scheme, value in record.identifiers:
            wanted.setdefault(scheme.value, set()).add(value)
    same = Q(pk__in=[])
    for name, values in wanted.items():
        same |= Q(scheme=name, value__in=values)
    return set(PaperIdentifier.objects.filter(same, shadow=False).values_list("scheme", "value")) if wanted else set()


def _saved(record: PaperRecord, by: User) -> tuple[RowOutcome, Paper | None, str]:
    """A new record by itself, whoever has its identifiers; or the known one, where somebody was first."""
    try:
        paper = papers.save(paper=papers.from_record(record), authors=record.authors, identifiers=record.identifiers, by=by)
    except Duplicate as error:
        return RowOutcome.KNOWN, Paper.objects.visible_to(by).filter(public_id=error.known).first(), ""
    except TrackerError as error:
        return RowOutcome.REFUSED, None, str(error)
    return RowOutcome.CREATED, paper, ""


def _row(run: ImportRun, fate: _Fate) -> ImportRow:
    entry = fate.entry
    row = ImportRow(run=run, number=fate.number, key=entry.key[:KEY_LIMIT], line=entry.line, outcome=fate.outcome, reason=fate.reason[:REASON_LIMIT])
    if isinstance(entry, Parsed):
        row.title, row.notes, row.paper_id = entry.record.title, list(entry.notes), fate.paper
        row.record = handed_in.from_record(entry.record) if fate.outcome == RowOutcome.UNCLEAR else None
    return row
