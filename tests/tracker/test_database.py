"""The embedded PostgreSQL: one server for all who ask, gone with the last, and nothing lost by a kill."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from tracker import database

ROOT = Path(__file__).resolve().parents[2]
ASK = """
import sys
from pathlib import Path
from tracker import database
print(database.start(Path(sys.argv[1]), durable=sys.argv[2] == "durable"), flush=True)
sys.stdin.read()  # until the test closes it
"""


class Client:
    """A process that has asked for the server and holds it."""

    def __init__(self, home: Path, kind: str = "fast") -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASK, str(home), kind], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def url(self) -> str:
        """Where the server is, as soon as it is there."""
        assert self.process.stdout
        return str(self.process.stdout.readline()).strip()

    def end(self) -> None:
        """End as processes should."""
        self.process.communicate()
        assert self.process.returncode == 0

    def kill(self) -> None:
        """End as processes should not."""
        self.process.kill()
        self.process.communicate()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for folder in (tmp_path, *tmp_path.parents[:2]):  # the server of root runs as nobody, who must reach its socket
        folder.chmod(0o755)
    return tmp_path / "pg"


def server_pid(home: Path) -> int:
    return int((home / "data" / "postmaster.pid").read_text().splitlines()[0])


def rows(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [number for (number,) in connection.execute("SELECT number FROM kept ORDER BY number")]


def keep(url: str, number: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        connection.execute("INSERT INTO kept VALUES (%s)", [number])


def test_many_at_once_share_one_server_that_the_last_one_stops(home: Path) -> None:
    clients = [Client(home) for _ in range(4)]
    urls = {client.url() for client in clients}
    assert urls == {database.url(home)}
    for client in clients[:-1]:
        client.end()
    keep(urls.pop(), 1)
    clients[-1].end()
    assert not (home / "data" / "postmaster.pid").exists()


def test_nothing_is_lost_when_the_server_or_its_client_is_killed(home: Path) -> None:
    client = Client(home)
    keep(client.url(), 1)
    os.kill(server_pid(home), signal.SIGKILL)
    second = Client(home)
    keep(second.url(), 2)
    client.kill()
    second.kill()
    third = Client(home)
    assert rows(third.url()) == [1, 2]
    third.end()
    assert not (home / "data" / "postmaster.pid").exists()


def test_data_of_an_earlier_version_get_the_role_of_the_app(home: Path) -> None:
    first = Client(home)
    with psycopg.connect(first.url(), autocommit=True) as connection:
        connection.execute("DROP ROLE tracker_app")
    second = Client(home)
    second.url()
    with psycopg.connect(database.url(home, role=database.APP)) as connection:
        assert connection.execute("SELECT rolname, rolsuper FROM pg_roles WHERE rolname = current_user").fetchall() == [("tracker_app", False)]
    first.end()
    second.end()


def test_an_unfinished_cluster_is_made_anew(home: Path) -> None:
    half = home / "data.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18")
    client = Client(home)
    keep(client.url(), 1)
    client.end()
    assert not half.exists()


@pytest.mark.parametrize("name", ["with blanks and 'quotes'", "zażółć", "long" * 25])
def test_any_folder_will_do(home: Path, name: str) -> None:
    client = Client(home / name)
    keep(client.url(), 1)
    client.end()


def test_no_port_is_opened_and_the_data_are_private(home: Path) -> None:
    client = Client(home)
    with psycopg.connect(client.url()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    client.end()
    assert [(home / name).stat().st_mode & 0o777 for name in ("data", "run")] == [0o700, 0o700]


def test_people_s_data_are_written_through(home: Path) -> None:
    client = Client(home, "durable")
    with psycopg.connect(client.url()) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    client.end()


def test_ensure_starts_nothing_where_a_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/tracker")
    monkeypatch.setattr(database, "start", lambda: pytest.fail("It was started"))
    database.ensure()


def test_reading_the_settings_starts_no_server() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    code = "import tests.settings, tracker.database; print(tracker.database._held)"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert result.stdout == "{}\n"


def test_a_folder_that_may_not_be_written_is_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_arguments: object, **_options: object) -> None:
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(database.NoDatabase, match=r"^This account cannot write to .+: use the account that made it, or remove the folder"):
        database.start(home)
