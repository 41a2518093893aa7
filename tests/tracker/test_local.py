"""`make run`: what it sets up, says, and leaves behind."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.factories import make_problem
from tracker import local
from tracker.environment import Environment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def empty_database() -> Iterator[str]:
    """URL of a database without tables, on the server of the tests."""
    server = os.environ["DATABASE_URL"]
    name = f"test_tracker_{os.getpid()}_run"
    stamps = set(local.VAR.glob("loaded-*"))
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
    for stamp in set(local.VAR.glob("loaded-*")) - stamps:
        stamp.unlink()


@pytest.fixture
def app_database(empty_database: str) -> Iterator[str]:
    """URL of the same database for a role that has no rights yet."""
    role = f"test_tracker_run_{os.getpid()}"
    with psycopg.connect(empty_database, autocommit=True) as connection:
        connection.execute(SQL("DROP ROLE IF EXISTS {}").format(Identifier(role)))
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(role)))
        parts = urlsplit(empty_database)
        yield parts._replace(netloc=f"{role}@{parts.netloc.rpartition('@')[2]}").geturl()
        connection.execute(SQL("DROP OWNED BY {}").format(Identifier(role)))
        connection.execute(SQL("DROP ROLE {}").format(Identifier(role)))


class Run:
    """`python -m tracker.local`, as `make run` starts it, on a free port."""

    def __init__(self, database: str, log: Path, **more: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = log
        environment = {name: value for name, value in os.environ.items() if name not in {*Environment.model_fields, "DJANGO_SETTINGS_MODULE"}}
        environment |= {"DATABASE_URL": database, "PORT": str(self.port), "PYTHONUNBUFFERED": "1"} | more
        with log.open("w") as output:
            self.process = subprocess.Popen([sys.executable, "-m", "tracker.local"], cwd=ROOT, env=environment, stdout=output, stderr=output)

    def page(self, path: str) -> int:
        """Status of a page, waiting until somebody answers."""
        for _ in range(600):
            assert self.process.poll() is None, self.log.read_text()
            connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("GET", path)
                with connection.getresponse() as answer:
                    return answer.status
            except ConnectionRefusedError:
                time.sleep(0.1)
            finally:
                connection.close()
        pytest.fail(f"Nobody answers: {self.log.read_text()}")

    def log_in(self) -> int:
        """Status of the answer to a reader's address and password: it writes as the role of the app."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.request("GET", "/accounts/login/")
        answer = connection.getresponse()
        token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', answer.read().decode())[0]
        cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
        password = json.loads((ROOT / "var" / "trial-accounts.json").read_text())["reader@example.org"]
        form = {"csrfmiddlewaretoken": token, "login": "reader@example.org", "password": password}
        connection.request("POST", "/accounts/login/", urlencode(form), {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"})
        status = connection.getresponse().status
        connection.close()
        return status

    def end(self, how: signal.Signals) -> int:
        """Send the signal; exit code."""
        self.process.send_signal(how)
        return self.process.wait(timeout=15)


def test_it_serves_the_same_map_after_each_way_to_end_it_and_with_two_roles_after_one(
    empty_database: str, app_database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    def counts() -> list[int]:
        with psycopg.connect(empty_database) as connection:
            tables = ["problems_problem", "problems_statement", "problems_paper", "problems_tag", "problems_user"]
            return [connection.execute(SQL("SELECT count(*) FROM {}").format(Identifier(table))).fetchall()[0][0] for table in tables]

    found = []
    owner = {"MIGRATE_DATABASE_URL": empty_database}
    for how, code, database, more in (
        (signal.SIGKILL, -signal.SIGKILL, empty_database, {}),
        (signal.SIGTERM, 0, app_database, owner),
        (signal.SIGINT, 0, app_database, owner),
    ):
        run = Run(database, tmp_path / how.name, **more)
        request.addfinalizer(run.process.kill)
        assert [run.page(path) for path in ("/codebook/", "/readyz")] == [200, 200]
        assert run.log_in() == 302
        assert run.end(how) == code
        found.append(counts())
    assert found[0] == found[1] == found[2]
    assert min(found[0]) > 0
    accounts, file = (tmp_path / "SIGINT").read_text(), ROOT / "var" / "trial-accounts.json"
    assert [email for email, password in json.loads(file.read_text()).items() if email not in accounts or password not in accounts] == []
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_taken_port_is_a_sentence() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "tracker.local"]
        result = subprocess.run(command, cwd=ROOT, env=os.environ | {"PORT": str(port)}, capture_output=True, text=True, check=False)
    sentence = f"Port {port} is taken: stop what uses it, or choose another one with PORT=, as in `make run PORT={port + 1}`.\n"
    assert (result.returncode, result.stderr) == (1, sentence)


def test_what_is_set_in_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(local, "VAR", tmp_path)
    monkeypatch.setattr(os, "environ", {"RATE_FACTOR": "3", "PORT": "8123", "MAIL_URL": ""})
    local.use_local_settings()
    names = ["RATE_FACTOR", "SITE_URL", "MAIL_URL", "STAFF_SECOND_FACTOR"]
    assert [os.environ[name] for name in names] == ["3", "http://127.0.0.1:8123", "console:", "false"]


def test_the_secret_key_is_made_once_and_readable_to_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "var" / "secret-key"
    first = local._secret_key(path)
    assert (len(first), stat.S_IMODE(path.stat().st_mode)) == (64, 0o600)
    assert local._secret_key(path) == first


@pytest.mark.django_db
def test_the_map_is_loaded_once_into_each_database_so_that_later_work_on_it_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []
    monkeypatch.setattr(local, "call_command", lambda command, *_arguments, **_options: called.append(command))
    local.load_map(tmp_path)
    local.load_map(tmp_path)
    assert called == ["load_catalogue", "load_literature"]
    (stamp,) = tmp_path.iterdir()
    stamp.rename(tmp_path / "loaded-1-2")  # of another database
    local.load_map(tmp_path)
    assert called == ["load_catalogue", "load_literature"] * 2
    stamp.write_text("other files")
    local.load_map(tmp_path)  # says so, and leaves what curators changed
    assert called == ["load_catalogue", "load_literature"] * 2
    stamp.unlink()
    make_problem()
    local.load_map(tmp_path)  # a catalogue that is there is not loaded over
    assert called == [*["load_catalogue", "load_literature"] * 2, "load_literature"]
