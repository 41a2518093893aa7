"""The ground of all tests: settings as in production, an embedded PostgreSQL without fsync (or DATABASE_URL), the real server, a browser."""

import os
import shutil
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import django
import hypothesis
import psycopg
import pytest
from django.core.management.color import Style
from django.db import connections
from django.db.backends.postgresql.operations import DatabaseOperations
from playwright.sync_api import Playwright
from psycopg.sql import SQL, Identifier

from tracker import database

ROOT = Path(__file__).resolve().parent.parent
# Each run tries the same examples, so that what fails fails for everybody; `make promises` tries others each time.
hypothesis.settings.register_profile("seeded", derandomize=os.environ.get("PROMISES") != "full", deadline=None)
hypothesis.settings.load_profile("seeded")
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps a loop in this thread, and Django would refuse its own queries
RUN = os.environ.setdefault("TEST_RUN", str(os.getpid()))  # the workers of one run inherit it; two runs at once do not meet


def drop_leftovers(url: str) -> None:
    """Drop the databases of runs that were killed."""
    with psycopg.connect(url, autocommit=True) as connection:
        for (name,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_tracker\\_%'").fetchall():
            if not Path("/proc", name.split("_")[2]).exists():
                connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


if not os.environ.get("DATABASE_URL"):
    os.environ["DATABASE_URL"] = database.start(ROOT / "var" / "test-postgres", durable=False)
    if "PYTEST_XDIST_WORKER" not in os.environ and Path("/proc").exists():
        drop_leftovers(os.environ["DATABASE_URL"])
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 - these need the settings made above

from tests import factories  # noqa: E402
from tracker import environment, local, server  # noqa: E402

GUARDED = ('"problems_auditevent"', '"problems_restrictedread"')  # triggers refuse to truncate them


def pytest_configure(config: pytest.Config) -> None:
    """Collect the static files once, before the workers start: pages are tested with the names and headers of production."""
    if not hasattr(config, "workerinput"):
        local.collect_static()


ONCE = ("formats", "promises", "bench", "api/test_contract.py", "tracker/test_container.py", "test_hidden_names.py", "test_access.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what need not be run once more on another version of the database."""
    for item in items:
        if item.path.is_relative_to(ROOT / "tests") and item.path.relative_to(ROOT / "tests").as_posix().startswith(ONCE):
            item.add_marker(pytest.mark.once)


@pytest.fixture(scope="session", autouse=True)
def _flush_as_owner() -> Iterator[None]:
    """Let the flush after a transactional test empty the guarded table, as only the owner of a table can."""
    flush = DatabaseOperations.sql_flush

    def sql_flush(self: DatabaseOperations, style: Style, tables: Sequence[str], **options: bool) -> list[str]:
        statements = flush(self, style, tables, **options)
        off, on = ([f"ALTER TABLE {table} {word} TRIGGER USER" for table in GUARDED] for word in ("DISABLE", "ENABLE"))
        return [*off, *statements, *on] if statements else []

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
        yield


@pytest.fixture
def cast(db: None) -> factories.Cast:
    """One person of each kind that a rule tells apart."""
    del db
    return factories.make_cast()


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """Address of the site, served by the real server in a thread on what this test has committed."""
    del transactional_db
    listening = server.listen("127.0.0.1", 0)
    serving = server.make(listening, get_wsgi_application(), environment.read())
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    serving.end()
    thread.join(timeout=10)


@pytest.fixture(scope="session")
def playwright(playwright: Playwright) -> Iterator[Playwright]:
    """Playwright, which keeps a loop in this thread: what Django connected under that loop is closed under it, or it stands in the way at the end."""
    yield playwright
    connections.close_all()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Take the Chromium of CHROMIUM, of the system, or the one that `make vendor` unpacked, and let it call nobody."""
    own = ROOT / "var" / "chromium"
    installed = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    path = installed or str(own / "chromium")
    libraries = {} if installed else {"LD_LIBRARY_PATH": str(own / "lib" / "lib")}
    quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost", *quiet]
    return browser_type_launch_args | {"executable_path": path, "env": os.environ | libraries, "args": arguments}
