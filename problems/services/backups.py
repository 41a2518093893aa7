"""The whole database as one file, and back. The file is PostgreSQL's own custom format, so pg_restore can read it without us."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg.conninfo import make_conninfo

from problems.services import roles

LEFT_OUT = ("django_session", "problems_idempotencykey")  # of the moment: a restored map starts without them
MAGIC = b"PGDMP"
EMPTY_ANEW = b"""
SET LOCAL client_min_messages = warning;
SET LOCAL lock_timeout = '10s';
DROP SCHEMA public CASCADE;
CREATE SCHEMA public AUTHORIZATION pg_database_owner;
GRANT USAGE ON SCHEMA public TO PUBLIC;
"""
UNKNOWN_BEFORE_17 = b"SET transaction_timeout = 0;\n"  # pg_restore 17 and newer write it for every server


class BackupError(Exception):
    """Why a backup cannot be made or used, as a sentence."""


def write(path: Path, *, force: bool = False) -> None:
    """Store a backup at `path`, readable to its owner alone: whole, of one moment, or not at all."""
    if path.exists() and not force:
        raise BackupError(f"{path} is there already: choose another name, or say --force to replace it.")
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            dump(out)
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def dump(out: IO[bytes]) -> None:
    """Write a backup to an open file."""
    without = [f"--exclude-table-data=public.{table}" for table in LEFT_OUT]
    with roles.as_owner(), tempfile.TemporaryFile() as told:
        command = [_tool("pg_dump"), "--format=custom", "--no-owner", "--no-privileges", "--no-comments", "--lock-wait-timeout=30s", *without]
        with subprocess.Popen([*command, _where()], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told, env=_environment()) as source:
            assert source.stdout  # noqa: S101  # for the type checker
            shutil.copyfileobj(source.stdout, out)  # not straight into the file: to that it adds a second table of contents, and may lack its end
        out.flush()
        if source.returncode:
            raise BackupError(f"The database cannot be read: {_first_line(told)}")


def restore(path: Path, *, replace: bool = False) -> None:
    """Fill the database from a backup, in one transaction; the backup is read to its end first. Afterwards `migrate` is due.

    A database that holds tables is left alone, unless `replace` says that all in it may go.
    """
    with roles.as_owner():
        _check(path)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")
            ((tables,),) = cursor.fetchall()
        if tables and not replace:
            raise BackupError("The database is not empty: restore into an empty one, or say --replace to remove all that is in it.")
        connection.close()
        _fill(path, EMPTY_ANEW if replace else b"")


def _check(path: Path) -> None:
    """Refuse what is no backup of a tracker, is not whole, or comes from a newer version."""
    foreign = BackupError(f"{path} is not a backup of the tracker.")
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise foreign
    except OSError as error:
        raise BackupError(f"{path} cannot be read: {error.strerror}.") from error
    listed = _read(path, "--list").decode()
    if any(f"TABLE DATA public {table} " not in listed for table in (roles.RECORD, roles.MIGRATIONS)):
        raise foreign
    rows = re.findall(r"^\d+\t(\w+)\t(\w+)\t", _read(path, "--data-only", f"--table={roles.MIGRATIONS}", "--file=-").decode(), flags=re.MULTILINE)
    loader = MigrationLoader(None)
    newer = sorted(name for app, name in rows if app in loader.migrated_apps and (app, name) not in loader.disk_migrations)
    if newer:
        raise BackupError(f"{path} comes from a newer version of the tracker, which has {', '.join(newer)}: install that version first.")
    _read(path, f"--file={os.devnull}")


def _read(path: Path, *how: str) -> bytes:
    done = subprocess.run([_tool("pg_restore"), *how, str(path)], check=False, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise BackupError(f"{path} cannot be read as a backup, perhaps because it is not whole: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def _fill(path: Path, before: bytes) -> None:
    with tempfile.TemporaryFile() as told:
        reading = [_tool("pg_restore"), "--no-owner", "--no-privileges", "--file=-", str(path)]
        writing = [_tool("psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", f"--output={os.devnull}", _where()]
        with (
            subprocess.Popen(reading, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told) as source,
            subprocess.Popen(writing, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=told, env=_environment()) as target,
        ):
            assert source.stdout  # noqa: S101  # for the type checker
            assert target.stdin  # noqa: S101  # as above
            try:
                target.stdin.write(b"BEGIN;\n" + before)
                target.stdin.writelines(_for_any_server(source.stdout))
                if source.wait() == 0:  # without COMMIT all that was written goes
                    target.stdin.write(b"COMMIT;\n")
                target.stdin.close()
            except BrokenPipeError:
                source.kill()
        if source.returncode or target.returncode:
            raise BackupError(f"Nothing was restored: {_first_line(told)}")


def _for_any_server(lines: Iterable[bytes]) -> Iterable[bytes]:
    head = True
    for line in lines:
        head = head and not line.startswith(b"COPY ")  # what follows are rows
        if not (head and line == UNKNOWN_BEFORE_17):
            yield line


def _where() -> str:
    """The database of the connection, for PostgreSQL's programs; the password goes by `_environment`."""
    known = connection.settings_dict
    values = {"dbname": known["NAME"], "user": known["USER"], "host": known["HOST"], "port": known["PORT"]}
    values |= {name: value for name, value in known["OPTIONS"].items() if name not in {"pool", "options"}}
    return f"--dbname={make_conninfo(**{name: value for name, value in values.items() if value})}"


def _environment() -> dict[str, str]:
    return os.environ | ({"PGPASSWORD": connection.settings_dict["PASSWORD"]} if connection.settings_dict["PASSWORD"] else {})


def _tool(name: str) -> str:
    """Path of a program of PostgreSQL: the oldest here that is not older than the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int / 10000")
        server: int = cursor.fetchall()[0][0]
    on_path = shutil.which(name)
    folders = [settings.POSTGRES_TOOLS, *Path("/usr/lib/postgresql").glob("*/bin"), Path(on_path).parent if on_path else None]
    found: dict[int, str] = {}
    for path in (folder / name for folder in folders if folder and (folder / name).exists()):
        told = subprocess.run([str(path), "--version"], check=False, capture_output=True, text=True).stdout
        if version := re.search(r"\(PostgreSQL\) (\d+)", told):
            found.setdefault(int(version[1]), str(path))
    fit = [version for version in found if version >= server]
    if not fit:
        raise BackupError(f"There is no {name} of PostgreSQL {server} or newer here: install PostgreSQL's client programs.")
    return found[min(fit)]


def _first_line(told: IO[bytes]) -> str:
    told.seek(0)
    return told.read().decode(errors="replace").strip().partition("\n")[0]
