"""The import of a file, measured: from `start` to the end of `run_next`, beside the bare parser and the bare index. Imported where Django is set up.

The file is BibTeX made of the invented papers. Memory is the peak of this process, which is the worker, and of the one that reads the file.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from threading import Event, Thread

from django.core.management import call_command
from django.db import connection

from bench import corpus, usage
from problems.choices import PaperType, Role, Scheme
from problems.formats import FORMATS
from problems.models import ImportRun, User
from problems.records import PaperRecord, PartialDate, PersonName
from problems.services import imports

NOTHING = corpus.Targets(existing=["P1.E1"], limitations=["P1.L1"], calls=["C1"], problems=["P1"])
TABLE = """
CREATE TABLE bench_index (title text, names text, venue text, abstract text, search tsvector GENERATED ALWAYS AS (
    setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('english', names), 'B') || setweight(to_tsvector('english', venue), 'C')
    || setweight(to_tsvector('english', abstract), 'D')) STORED);
CREATE INDEX ON bench_index USING gin (search);
CREATE INDEX ON bench_index USING gin (upper(title) gin_trgm_ops)
"""


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds for each, and bytes of memory at the peak."""

    entries: int
    size: int
    parsed: float
    indexed: float
    imported: float
    again: float
    counts: dict[str, int]
    worker: int
    reader: int

    @property
    def ratio(self) -> float:
        """Rate of the import, as a share of that of the slower of parser and index."""
        return max(self.parsed, self.indexed) / self.imported


def records(entries: int) -> list[PaperRecord]:
    """The invented papers as a file tells of them."""
    return [
        PaperRecord(
            title=paper.title,
            authors=tuple(PersonName(family=family, given=given) for family, given in paper.authors),
            date=PartialDate(paper.year, paper.month),
            venue=paper.venue,
            type=PaperType(paper.type),
            abstract=paper.abstract,
            identifiers=tuple(sorted((Scheme(scheme), value) for scheme, value in paper.identifiers)),
            key=paper.public_id,
        )
        for paper in islice(corpus.papers(NOTHING), entries)
    ]


def measure(entries: int) -> Figures:
    """Import this many invented papers into the connected database, and do by itself what that is made of."""
    bibtex, made = FORMATS["bibtex"], records(entries)
    if bibtex.write is None or bibtex.read is None:
        raise AssertionError
    data, read = "".join(bibtex.write(made)).encode(), bibtex.read
    parsed = seconds(lambda: sum(1 for _ in read(data)))
    indexed = seconds(lambda: index(made))
    by = User.objects.create_user(None, display_name="Importer", role=Role.CONTRIBUTOR)
    _forget_peak()
    readers: list[int] = [0]
    watching = Thread(target=_watch, args=(readers, done := Event()), daemon=True)
    watching.start()
    imported, first = take_in(data, by)
    done.set()
    watching.join()
    worker, reader = _peak("self"), max(readers)
    again, second = take_in(data, by)
    if second.counts.get("created"):
        raise AssertionError(second.counts)
    return Figures(entries, len(data), parsed, indexed, imported, again, first.counts, worker, reader)


def take_in(data: bytes, by: User) -> tuple[float, ImportRun]:
    """Import a file as a person would; the seconds until its last row is stored and handed in."""
    began = time.perf_counter()
    run = imports.start(data=data, filename="bench.bib", by=by)
    while imports.run_next():
        pass
    run.refresh_from_db()
    if run.error:
        raise AssertionError(run.error)
    return time.perf_counter() - began, run


def index(made: list[PaperRecord]) -> None:
    """The bare rows into a table with the same indexes for searching."""
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        with cursor.copy("COPY bench_index (title, names, venue, abstract) FROM STDIN") as rows:
            for record in made:
                rows.write_row((record.title, " ".join(map(str, record.authors)), record.venue, record.abstract))
        cursor.execute("SELECT gin_clean_pending_list(indexrelid) FROM pg_index WHERE indrelid = 'bench_index'::regclass")
        cursor.execute("DROP TABLE bench_index")


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def report(entries: int) -> Iterator[str]:
    """What was measured, in lines."""
    call_command("migrate", verbosity=0)
    found = measure(entries)
    yield f"A BibTeX file of {found.entries:,} entries, {found.size / 1e6:.1f} MB; entries a second:"
    for what, took in (
        ("bare parser", found.parsed),
        ("bare index", found.indexed),
        ("import", found.imported),
        ("the same file again", found.again),
    ):
        yield f"  {what:<20} {found.entries / took:>8,.0f}   ({took:.1f} s)"
    yield f"The import takes in at {found.ratio:.2f} of the rate of the slower of parser and index (aim 0.50): {found.counts}"
    yield f"Memory at the peak: worker {found.worker / 1e6:.0f} MB, reader {found.reader / 1e6:.0f} MB."


def _forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def _watch(peaks: list[int], done: Event) -> None:
    """Note the peaks of the children of this process until it is done: what the system says of them at their end counts this process in."""
    while not done.wait(0.1):
        for child in usage.children(os.getpid()):
            with suppress(OSError, StopIteration):  # it has ended meanwhile
                peaks.append(_peak(str(child)))


def _peak(process: str) -> int:
    line = next(line for line in Path("/proc", process, "status").read_text().splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
