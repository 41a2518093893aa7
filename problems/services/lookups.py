"""Looking papers up: what was typed becomes a record of the first metadata service that knows it. Answers are kept, for everybody, for a while.

Services are asked in the background, by a few threads of this process; who typed waits a moment and asks again later by the same call.
Of the person nothing is kept but how many look-ups they started this minute, and that in memory.
"""

import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection, transaction
from django.utils import timezone

from problems import handed_in
from problems.choices import LookupState, Scheme
from problems.errors import Invalid, SourceDown, TooMany
from problems.handed_in import Data
from problems.identifiers import Identifier
from problems.models import Lookup, User
from problems.permissions import Action, require
from problems.queries.recognising import Recognised, recognise
from problems.sources import SOURCES, Access, Source, Wanted, ask, order_for
from problems.text import title_key

WAIT = 1.5
THREADS = 4
QUEUED_MOST = 200
DEAD = timedelta(seconds=15)
"""After so long without a sign of life the process that asked is taken for dead."""
FAILED_FOR, NOTHING_FOR = timedelta(seconds=60), timedelta(days=1)
TELLING_LETTERS = 8  # a shorter title is like too many
TOLD_MOST = 500
POLL = 0.1
BY_HAND = "Fill in the form by hand."
_WAITING = threading.BoundedSemaphore(4)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of what somebody typed: as far as it goes while it is still asked for."""

    recognised: Recognised
    state: LookupState
    source: str = ""
    """Who says so, by name for people: a service, or the entry that was pasted."""
    record: Data = field(default_factory=dict)
    """In the shape of handed_in.py."""
    told: str = ""
    """What to tell the person: why there is no more."""
    notes: Sequence[str] = ()

    @property
    def identifiers(self) -> list[tuple[Scheme, str]]:
        """Identifiers of the record."""
        return Recognised(self.record).identifiers


def look_up(*, what: str, by: User, wait: float = WAIT) -> Looked:
    """What `what` stands for, and the record that a service has of it, if one answers within `wait` seconds; else it is pending: call again.

    Raises Unparsable for what cannot be read, Refused, TooMany. A service that fails raises nothing: the answer tells of it.
    """
    require(by, Action.LOOK_UP, Lookup())
    recognised = recognise(what)
    wanted = wanted_of(recognised)
    if recognised.is_entry:
        return Looked(recognised, LookupState.FOUND, recognised.source, recognised.record, "", recognised.notes)
    if wanted is None or not asked_for(wanted):
        return Looked(recognised, LookupState.NOTHING, "", recognised.record, _why_nobody(recognised, wanted), recognised.notes)
    key = key_of(wanted)
    row = Lookup.objects.filter(key=key).first()
    if row is None or not _fresh(row):
        row = _queued(key)
    if row is None:
        _within_rate(by)
        row = _claim(key, wanted)
    if row.state == LookupState.PENDING and wait > 0 and not connection.in_atomic_block:
        row = _wait(row, wait)
    return _told(row, recognised)


def wanted_of(recognised: Recognised) -> Wanted | None:
    """What to ask for: an identifier, or a title; None for an address that names none, which is never fetched."""
    if recognised.identifiers:
        scheme, value = recognised.identifiers[0]
        return Identifier(scheme, value)
    title: str = recognised.record.get("title", "")
    return title if len(title_key(title)) >= TELLING_LETTERS else None


def asked_for(wanted: Wanted) -> list[Source]:
    """Sources that this installation asks for it."""
    return [source for source in order_for(wanted) if settings.SOURCES[source.name]]


def key_of(wanted: Wanted) -> str:
    """What is asked for, as one text: two that mean the same have one key."""
    return f"{wanted.scheme.value}:{wanted.value}" if isinstance(wanted, Identifier) else f"title:{title_key(wanted)}"


def titles(recognised: Sequence[Recognised]) -> list[str]:
    """For each of these, what a service has said that it is called; empty where none has said so yet. One query."""
    keys = [key_of(wanted) if (wanted := wanted_of(each)) else "" for each in recognised]
    rows = Lookup.objects.filter(key__in=set(keys) - {""}, state=LookupState.FOUND).values_list("key", "record__title")
    said: dict[str, str] = {key: str(title or "") for key, title in rows}
    return [said.get(key, "") for key in keys]


def access_to(source: Source) -> Access:
    """How this installation asks a source."""
    contact = f"; mailto:{settings.CONTACT}" if settings.CONTACT else ""
    return Access(
        base=settings.SOURCES[source.name],
        agent=f"OpenProblemsTracker/1 ({settings.SITE_URL}{contact})",
        contact=settings.CONTACT,
        seconds=settings.SOURCE_TIMEOUT,
        on_loopback=settings.SOURCES_ON_LOOPBACK,
    )


def _why_nobody(recognised: Recognised, wanted: Wanted | None) -> str:
    if isinstance(wanted, Identifier) and not order_for(wanted):
        return f"No service is asked for {wanted.scheme.label} identifiers. Look for the title instead, or fill in the form by hand."
    if wanted is not None:
        return f"No metadata service is asked here. {BY_HAND}"
    if recognised.record.get("title"):
        return "The title is too short to look for. Write it in full, or fill in the form by hand."
    return "This address names no identifier that is known, and is not opened. Write the DOI or the title instead, or fill in the form by hand."


def _fresh(row: Lookup) -> bool:
    """Whether the answer still counts, or is still to come."""
    now = timezone.now()
    match row.state:
        case LookupState.PENDING:
            return now - row.asked_at < max(DEAD, timedelta(seconds=1.5 * settings.SOURCE_TIMEOUT))  # a source has two thirds of that
        case LookupState.FAILED:
            kept = FAILED_FOR
        case LookupState.NOTHING:
            kept = NOTHING_FOR
        case _:
            kept = timedelta(days=settings.LOOKUP_CACHE_DAYS)
    return row.answered_at is not None and now - row.answered_at < kept and (row.state != LookupState.FOUND or _record(row) is not None)


def _record(row: Lookup) -> Data | None:
    """Its record, checked once more; None where it is none."""
    try:
        return handed_in.read_fields(row.record, handed_in.RECORD)
    except Invalid:
        return None


def _within_rate(by: User) -> None:
    minute = int(time.time() // 60)
    key = f"lookups-{by.pk}-{minute}"
    cache.add(key, 0, 120)
    try:
        count = cache.incr(key)
    except ValueError:  # pushed out by others meanwhile
        count = 1
    if count > settings.LOOKUP_RATE:
        left = 60 - int(time.time() % 60)
        raise TooMany(
            f"{settings.LOOKUP_RATE} look-ups a minute are the most.", f"Wait {left} seconds, or fill in the form by hand.", retry_after=left
        )


def _queued(key: str) -> Lookup | None:
    """The row of a question that only waits for a thread of this process: it is no dead one's, and to ask for it again starts nothing."""
    rows = Lookup.objects.filter(key=key, state=LookupState.PENDING)
    return rows.first() if key in _WORKERS and rows.update(asked_at=timezone.now()) else None


@transaction.atomic
def _claim(key: str, wanted: Wanted) -> Lookup:
    """The row of this question, pending. Who finds it unanswered asks; who comes while somebody asks does not."""
    now = timezone.now()
    row, made = Lookup.objects.select_for_update().get_or_create(key=key, defaults={"asked_at": now})
    if not made:
        if _fresh(row):
            return row
        row.state, row.source, row.record, row.told, row.asked_at, row.answered_at = LookupState.PENDING, "", None, "", now, None
        row.save()
    transaction.on_commit(lambda: _WORKERS.put(key, wanted))
    return row


def _wait(row: Lookup, seconds: float) -> Lookup:
    """The row as it is after so many seconds, or as soon as there is an answer. Somebody else's process may be the one that asks.

    Where too many wait already, as it is now: a slow service must not take all threads that answer requests.
    """
    if not _WAITING.acquire(blocking=False):
        return row
    try:
        until = time.monotonic() + seconds
        while row.state == LookupState.PENDING and (left := until - time.monotonic()) > 0:
            _let_go()
            if not _WORKERS.wait(row.key, left):
                time.sleep(min(POLL, left))
            row = Lookup.objects.filter(pk=row.pk).first() or row
    finally:
        _WAITING.release()
    return row


def _let_go() -> None:
    """Give the connection back: others need it while this one waits for a service."""
    if not connection.in_atomic_block:
        connection.close()


def _told(row: Lookup, recognised: Recognised) -> Looked:
    state, record = LookupState(row.state), _record(row) if row.state == LookupState.FOUND else None
    looked = Looked(recognised, state, "", recognised.record, row.told, recognised.notes)
    if record is None:
        return looked
    known: Data = recognised.record.get("identifiers", {})
    found: Data = record.get("identifiers", {})
    schemes = {scheme: list(dict.fromkeys([*known.get(scheme, []), *found.get(scheme, [])])) for scheme in [*known, *found]}
    address = record.get("address") or recognised.record.get("address", "")
    source = SOURCES[row.source].label if row.source in SOURCES else row.source
    return replace(looked, source=source, record=record | {"identifiers": schemes, "address": address})


# -- in the background --


def ask_sources(key: str, wanted: Wanted) -> None:
    """Ask one source after the other, and keep what came of it."""
    rows = Lookup.objects.filter(key=key, state=LookupState.PENDING)
    failures: list[SourceDown] = []
    silent: list[str] = []
    for source in asked_for(wanted):
        if not rows.update(asked_at=timezone.now()):
            return  # it was answered, or forgotten, meanwhile
        _let_go()
        try:
            found = ask(source, wanted, access_to(source))
            record = handed_in.read_fields(handed_in.from_record(found), handed_in.RECORD) if found else None
        except SourceDown as error:
            failures.append(error)
        except Invalid:
            failures.append(SourceDown(f"{source.label} answered with something that cannot be kept.", BY_HAND))
        else:
            if record is not None:
                rows.update(state=LookupState.FOUND, source=source.name, record=record, answered_at=timezone.now())
                return
            silent.append(source.label)
    told = [error.title for error in failures]
    if silent:
        told.append(f"{_listed(silent)} {'knows' if len(silent) == 1 else 'know'} nothing of it.")
    told.append(failures[-1].hint if failures else BY_HAND)
    state = LookupState.FAILED if failures else LookupState.NOTHING
    rows.update(state=state, told=" ".join(told)[:TOLD_MOST], answered_at=timezone.now())


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


class _Workers:
    """A few threads that ask. They are daemons: a process that ends waits for no service, and what it leaves pending is asked anew."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[tuple[str, Wanted]] = queue.Queue(QUEUED_MOST)
        self._done: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def __contains__(self, key: str) -> bool:
        """Whether it is asked for here, or will be."""
        return key in self._done

    def put(self, key: str, wanted: Wanted) -> None:
        """Ask for it as soon as a thread is free. Where too many wait already, it is told to have failed."""
        with self._lock:
            if key in self._done:
                return  # it is still in this queue
            self._done[key] = threading.Event()
            try:
                self._jobs.put_nowait((key, wanted))
            except queue.Full:
                _break_off(key, "Too many papers are looked up at the moment. Try again in a moment, or fill in the form by hand.")
                self._done.pop(key).set()
                return
            if len(self._threads) < THREADS:
                self._threads.append(threading.Thread(target=self._work, name="look-up", daemon=True))
                self._threads[-1].start()

    def wait(self, key: str, seconds: float) -> bool:
        """Until it was asked for, or for so many seconds. False at once where this process does not ask for it."""
        done = self._done.get(key)
        if done is None:
            return False
        done.wait(seconds)
        return True

    def finish(self) -> None:
        """Wait until nothing is left to do."""
        self._jobs.join()

    def _work(self) -> None:
        while True:
            key, wanted = self._jobs.get()
            try:
                ask_sources(key, wanted)
            except Exception:  # whatever it is, the next question is asked
                log.exception("lookup_broke_off")
                _break_off(key, f"The look-up broke off. {BY_HAND}")
            finally:
                connection.close()
                if done := self._done.pop(key, None):
                    done.set()
                self._jobs.task_done()


def _break_off(key: str, told: str) -> None:
    try:
        Lookup.objects.filter(key=key, state=LookupState.PENDING).update(state=LookupState.FAILED, told=told, answered_at=timezone.now())
    except Exception:  # the database itself is what is missing
        log.exception("lookup_not_kept")


_WORKERS = _Workers()
