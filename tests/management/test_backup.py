"""`backup` and `restore`: the same rows come back, and a file that is not right changes nothing."""

import os
import stat
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from psycopg.sql import SQL, Identifier

from problems.models import AuditEvent, Paper, User
from problems.services import backups, roles
from tests.factories import make_cast, make_paper, make_statement, make_tag

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def tables() -> dict[str, list[str]]:
    """Every row of every table, as text, but for those that a backup leaves out."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        found = {}
        for (table,) in cursor.fetchall():
            cursor.execute(SQL("SELECT row_to_json(one)::text FROM {} one ORDER BY 1").format(Identifier(table)))
            found[table] = [] if table in backups.LEFT_OUT else [row for (row,) in cursor.fetchall()]
    return found


@pytest.fixture
def backup(transactional_db: None, tmp_path: Path) -> Path:
    """A backup of a database in which everything occurs."""
    del transactional_db
    call_command("load_catalogue", str(ROOT / "tests" / "samples" / "tiny-agenda.yaml"), stdout=StringIO())
    cast = make_cast()
    make_tag(make_statement(), make_paper(title="Ünïcødé, “quotes”\tand \\N"), contributor=cast.contributor)
    make_paper(visibility="restricted")
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_session VALUES ('key', 'data', now())")
    path = tmp_path / "map.backup"
    assert run("backup", str(path)) == f"{path}: {path.stat().st_size} bytes.\n"
    return path


@pytest.fixture
def fresh(transactional_db: None) -> Iterator[None]:
    """Another database, an empty one, in the place of the first; for a test that asks for `backup` before it."""
    del transactional_db
    name, known = f"test_tracker_{os.getpid()}_fresh", connection.settings_dict
    with connection.cursor() as cursor:
        cursor.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    roles._reconnect(known | {"NAME": name})
    yield
    roles._reconnect(known)
    with connection.cursor() as cursor:
        cursor.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture
def rows(backup: Path) -> dict[str, list[str]]:
    """What the backup has to hold."""
    del backup
    return tables()


def test_every_row_comes_back_and_the_record_is_guarded_again(backup: Path, rows: dict[str, list[str]], fresh: None) -> None:
    del fresh
    assert min(len(rows[f"problems_{table}"]) for table in ("auditevent", "user", "paper", "tag", "statement", "problem")) > 0
    assert tables() == {}
    assert run("restore", str(backup)) == f"{backup} is restored.\n"
    assert tables() == rows
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        AuditEvent.objects.update(reason="other")
    make_paper()  # the next number is free
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_a_database_that_is_not_empty_is_replaced_when_told_so(backup: Path, rows: dict[str, list[str]]) -> None:
    make_paper()
    more = tables()
    with pytest.raises(CommandError, match=r"^The database is not empty: restore into an empty one, or say --replace to remove all that is in it\.$"):
        run("restore", str(backup))
    assert tables() == more
    run("restore", str(backup), "--replace")
    assert tables() == rows


def test_a_backup_of_an_older_version_is_migrated(backup: Path, fresh: None) -> None:
    del fresh
    call_command("migrate", "problems", "0002", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO problems_team (slug, name, created, modified) VALUES ('old', 'Old team', now(), now())")
    old = backup.with_name("old.backup")
    run("backup", str(old))
    run("restore", str(old), "--replace")
    assert call_command("migrate", check_unapplied=True, verbosity=0) is None
    assert (User.objects.count(), Paper.objects.count(), len(tables()["problems_team"])) == (0, 0, 1)


def test_a_backup_of_a_newer_version_is_refused(backup: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO django_migrations (app, name, applied) VALUES ('problems', '9999_later', now())")
    later = backup.with_name("later.backup")
    run("backup", str(later))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '9999_later'")
    sentence = f"{later} comes from a newer version of the tracker, which has 9999_later: install that version first."
    with pytest.raises(CommandError) as caught:
        run("restore", str(later), "--replace")
    assert str(caught.value) == sentence


def test_a_file_that_is_not_whole_or_not_ours_is_refused(backup: Path, fresh: None) -> None:
    del fresh
    whole = backup.read_bytes()
    call_command("migrate", "sessions", verbosity=0)
    foreign = backup.with_name("foreign.backup")
    run("backup", str(foreign))
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
    broken = {"whole": foreign.read_bytes(), "text": b"SELECT 1;", "empty": b"", "start": whole[:5]}
    broken |= {f"{length} bytes": whole[:length] for length in (100, len(whole) // 2, len(whole) - 1)}
    for name, data in broken.items():  # each under the name of what is wrong with it
        file = backup.with_name(name)
        file.write_bytes(data)
        with pytest.raises(CommandError) as caught:
            run("restore", str(file))
        assert str(caught.value).startswith((f"{file} is not a backup of the tracker.", f"{file} cannot be read as a backup"))
        assert tables() == {}
    with pytest.raises(CommandError, match=r"nowhere cannot be read: No such file or directory\.$"):
        run("restore", str(backup.with_name("nowhere")))


def test_what_fails_half_way_leaves_the_database_as_it_was(backup: Path, rows: dict[str, list[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backups, "_for_any_server", lambda lines: [*list(lines)[:-200], b"SELECT 1/0;\n"])
    with pytest.raises(CommandError, match=r"^Nothing was restored: .*division by zero"):
        run("restore", str(backup), "--replace")
    assert tables() == rows
    monkeypatch.undo()
    monkeypatch.setattr(backups, "_check", lambda _path: None)  # the file breaks after it was looked at
    backup.write_bytes(backup.read_bytes()[: backup.stat().st_size // 2])
    with pytest.raises(CommandError, match=r"^Nothing was restored"):
        run("restore", str(backup), "--replace")
    assert tables() == rows


def test_a_backup_that_fails_leaves_no_file_and_none_is_replaced_unasked(backup: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = backup.read_bytes()
    with pytest.raises(CommandError, match=r"is there already: choose another name, or say --force to replace it\.$"):
        run("backup", str(backup))
    monkeypatch.setattr(backups, "_where", lambda: "--dbname=host=/nowhere")
    for path, options in ((backup, ["--force"]), (backup.with_name("other"), [])):
        with pytest.raises(CommandError, match=r"^The database cannot be read: "):
            run("backup", str(path), *options)
    assert ([path.name for path in backup.parent.iterdir()], backup.read_bytes()) == ([backup.name], kept)
    with pytest.raises(CommandError, match=r"cannot be written: No such file or directory\.$"):
        run("backup", str(backup.parent / "no" / "folder"))
    monkeypatch.undo()
    make_paper()
    run("backup", str(backup), "--force")
    assert backup.read_bytes() != kept
