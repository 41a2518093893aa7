"""Promise 5 for imports: a worker may be killed at any moment; every entry of the file is done exactly once, and is whole."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from problems.choices import Role
from problems.models import ImportRun, User
from problems.services import imports
from tests.factories import make_user
from tests.promises.figures import SEED, figure, told

ROOT = Path(__file__).resolve().parents[2]
ENTRIES = 550  # more than one chunk
KILLS = figure(200, 1)
WHOLE = """
SELECT count(*), count(DISTINCT r.number), min(r.number), max(r.number), count(DISTINCT p.id), count(DISTINCT i.id), count(DISTINCT a.id),
    count(DISTINCT e.id)
FROM problems_importrow r
LEFT JOIN problems_paper p ON p.id = r.paper_id AND p.title = r.title AND r.outcome = 'created' AND p.visibility = 'waiting'
LEFT JOIN problems_paperidentifier i ON i.paper_id = p.id
LEFT JOIN problems_authorship a ON a.paper_id = p.id
LEFT JOIN problems_auditevent e ON e.paper_id = p.id AND e.kind = 'created'
WHERE r.run_id = %s
"""
ALL = """
SELECT (SELECT count(*) FROM problems_paper WHERE logged_by_id = %s), (SELECT count(*) FROM problems_submission WHERE contributor_id = %s)
"""


def file(number: int) -> bytes:
    """Entries that are nowhere else."""
    chance = random.Random(number)
    words = ["".join(chance.choices("abcdefghiklmnoprstu", k=7)) for _ in range(5_000)]
    lines = (
        {
            "title": " ".join(chance.choices(words, k=8)),
            "authors": [{"family": chance.choice(words).capitalize()}],
            "identifiers": {"doi": [f"10.1234/{number}.{entry}"]},
        }
        for entry in range(ENTRIES)
    )
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def worker() -> "subprocess.Popen[bytes]":
    """The command that reads, over the database of this test."""
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = os.environ | {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.Popen([sys.executable, "manage.py", "work"], cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def forgotten() -> None:
    """As if a minute had passed since the worker was heard of."""
    ImportRun.objects.filter(state="running").update(heartbeat_at=timezone.now() - 2 * imports.SILENT)


def progress() -> tuple[int, int]:
    """How far all imports are."""
    found = list(ImportRun.objects.order_by("pk").values_list("state", "done"))
    return sum(state == "finished" for state, _ in found), sum(done for _, done in found)


def some_progress() -> None:
    """Wait until more is done than now."""
    before, until = progress(), time.monotonic() + 60
    while progress() == before:
        assert time.monotonic() < until, "nobody works"
        time.sleep(0.01)


@pytest.mark.django_db(transaction=True)
def test_every_entry_is_done_once_whenever_the_worker_is_killed() -> None:
    by, chance = make_user(Role.CONTRIBUTOR), random.Random(SEED)
    runs, kills = [imports.start(data=file(0), filename="a.jsonl", by=by)], 0
    process = worker()
    try:
        while kills < KILLS:
            some_progress()
            time.sleep(chance.uniform(0, 0.3))
            process.send_signal(signal.SIGKILL)
            process.wait()
            kills += 1
            ImportRun.objects.filter(state="running").update(attempts=1)  # more kills than a file is tried
            forgotten()
            if not ImportRun.objects.filter(finished_at=None).exists():
                runs.append(imports.start(data=file(len(runs)), filename="a.jsonl", by=by))
            process = worker()
        runs.append(imports.start(data=file(len(runs)), filename="a.jsonl", by=by))
        some_progress()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0
    finally:
        process.kill()
        process.wait()
    while imports.run_next():
        pass
    check(runs, by, kills)


def check(runs: list[ImportRun], by: User, kills: int) -> None:
    """Hold what was sent against what SQL finds."""
    found = []
    with connection.cursor() as cursor:
        for run in runs:
            run.refresh_from_db()
            cursor.execute(WHOLE, [run.pk])
            found.append((run.state, run.done, run.counts, run.data, *cursor.fetchall()[0]))
        cursor.execute(ALL, [by.pk, by.pk])
        papers, handed_in = cursor.fetchall()[0]
    told(5, f"{kills} kills of a worker, {len(runs)} imports of {ENTRIES} entries: {papers} records, {handed_in} submissions")
    whole = ("finished", ENTRIES, {"created": ENTRIES}, None, ENTRIES, ENTRIES, 1, *[ENTRIES] * 5)
    assert found == [whole] * len(runs)
    assert (papers, handed_in) == (ENTRIES * len(runs), len(runs))
