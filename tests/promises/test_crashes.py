"""Promise 5: no acknowledged write is lost and none is half there, whenever the process of the app, or the database, is killed.

Writers hand in submissions by the API, each under a key of its own, and repeat what was not acknowledged. Afterwards SQL counts.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

from tests.factories import RATIONALE, make_statement
from tests.promises.figures import SEED, figure, told
from tests.promises.serving import people_who_write
from tracker import database

ROOT = Path(__file__).resolve().parents[2]


class Served:
    """The app in a process of its own."""

    def __init__(self, url: str) -> None:
        """Over this database, on a free port."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environment = os.environ | {"DATABASE_URL": url, "PYTHONUNBUFFERED": "1"}
        self.process = self.start()

    def start(self) -> "subprocess.Popen[bytes]":
        """Start it and wait until it answers."""
        command = [sys.executable, "-m", "tests.promises.serving", str(self.port)]
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            assert process.poll() is None, "it ended by itself"
            if ask(self.port, "GET", "/healthz") == 200:
                return process
            time.sleep(0.05)
        pytest.fail("nobody answers")

    def kill(self) -> None:
        """End it without a word, and start another."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process = self.start()

    def end(self) -> None:
        """End it for good."""
        self.process.kill()
        self.process.wait()


def ask(port: int, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> int:
    """Status of the answer; 0 where there is none."""
    client = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        client.request(method, path, body or None, headers or {})
        return client.getresponse().status
    except (OSError, HTTPException):
        return 0
    finally:
        client.close()


class Writer(threading.Thread):
    """Hands in one submission after the other, each until it is acknowledged."""

    def __init__(self, number: int, port: int, token: str, target: str, stop: threading.Event) -> None:
        """Number tells its keys from others'."""
        super().__init__(daemon=True)
        self.number, self.port, self.token, self.target, self.stop = number, port, token, target, stop
        self.acknowledged: list[str] = []
        self.repeated = 0

    def run(self) -> None:
        """Until it is told to stop, and the last one is acknowledged."""
        while not self.stop.is_set():
            key = f"{self.number}-{len(self.acknowledged)}"
            tag = {"target": self.target, "relation": "narrows", "rationale": RATIONALE, "locator": "", "basis": "general_proxy"}
            record = {"title": f"Written under {key}", "authors": [{"family": "Writer"}], "identifiers": {"doi": [f"10.1234/{key}"]}}
            body = json.dumps({"kind": "paper", "record": record, "tags": [tag], "message": key, "submit": True}).encode()
            headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Idempotency-Key": key}
            while ask(self.port, "POST", "/api/v1/submissions/", body, headers) != 201:
                self.repeated += 1
                time.sleep(0.05)
            self.acknowledged.append(key)


def in_the_middle(writers: list[Writer], chance: random.Random) -> None:
    """Wait until a write was acknowledged, and then some moments into the next ones."""
    before = sum(len(writer.acknowledged) for writer in writers)
    while sum(len(writer.acknowledged) for writer in writers) == before:
        assert any(writer.is_alive() for writer in writers)
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.3))


def lost_and_doubled(url: str, acknowledged: list[str]) -> dict[str, Any]:
    """What SQL says of the writes: keys without, or with more than, one whole submission."""
    whole = """
        SELECT s.message, count(*), count(p.id), count(t.id), count(c.id), count(h.id)
        FROM problems_submission s
        LEFT JOIN problems_paper p ON p.id = s.paper_id AND p.title = 'Written under ' || s.message
        LEFT JOIN problems_tag t ON t.submission_id = s.id AND t.paper_id = p.id
        LEFT JOIN problems_auditevent c ON c.submission_id = s.id AND c.kind = 'created'
        LEFT JOIN problems_auditevent h ON h.submission_id = s.id AND h.kind = 'submitted'
        GROUP BY s.message"""
    with psycopg.connect(url) as direct:
        rows = {row[0]: row[1:] for row in direct.execute(whole).fetchall()}
        orphans = direct.execute("SELECT count(*) FROM problems_paper WHERE id NOT IN (SELECT paper_id FROM problems_submission)").fetchall()[0][0]
    return {
        "lost": sorted(set(acknowledged) - set(rows)),
        "partial or doubled": {key: counts for key, counts in rows.items() if counts != (1, 1, 1, 1, 1)},
        "without a submission": orphans,
    }


@contextmanager
def writing(port: int, tokens_: list[str], target: str) -> Iterator[list[Writer]]:
    """Writers at work; in the end each finishes the write that it is at."""
    stop = threading.Event()
    writers = [Writer(number, port, token, target, stop) for number, token in enumerate(tokens_)]
    for writer in writers:
        writer.start()
    yield writers
    stop.set()
    for writer in writers:
        writer.join(timeout=60)
        assert not writer.is_alive(), "a write is never acknowledged"


def counted(url: str, what: str, kills: int, writers: list[Writer]) -> None:
    """Hold what was acknowledged against what SQL finds."""
    acknowledged = [key for writer in writers for key in writer.acknowledged]
    found = lost_and_doubled(url, acknowledged)
    told(5, f"{kills} kills of {what}, {len(acknowledged)} writes acknowledged, {sum(writer.repeated for writer in writers)} repeated: {found}")
    assert found == {"lost": [], "partial or doubled": {}, "without a submission": 0}
    assert len(acknowledged) > kills


@pytest.mark.django_db(transaction=True)
def test_no_write_is_lost_when_the_app_is_killed() -> None:
    target, given = make_statement().code, people_who_write()
    url = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    served, chance, kills = Served(url), random.Random(SEED), figure(1000, 3)
    try:
        with writing(served.port, given, target) as writers:
            for _ in range(kills):
                in_the_middle(writers, chance)
                served.kill()
    finally:
        served.end()
    counted(url, "the app", kills, writers)


def kill_database(home: Path) -> None:
    """End the server of `home` without a word; its processes end when they see that it is gone."""
    os.kill(int((home / "data" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)


def test_no_write_is_lost_when_the_database_is_killed(tmp_path: Path) -> None:
    home = tmp_path / "postgres"
    url = database.start(home)
    environment = os.environ | {"DATABASE_URL": url}
    command = [sys.executable, "-m", "tests.promises.serving", "prepare"]
    prepared = json.loads(subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout)
    served, chance, kills = Served(url), random.Random(SEED), figure(200, 2)
    try:
        with writing(served.port, prepared["tokens"], prepared["target"]) as writers:
            for _ in range(kills):
                in_the_middle(writers, chance)
                kill_database(home)
                database.start(home)
    finally:
        served.end()
    counted(url, "the database", kills, writers)
