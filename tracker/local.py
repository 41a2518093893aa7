"""The tracker on one's own machine: `make run`, which is `python -m tracker.local`, sets everything up and serves the site.

`python -m tracker.local COMMAND` is `manage.py COMMAND` with the same settings. Production is the default shape; what is eased here is named
here, and anything set in the environment wins.
"""

import fcntl
import hashlib
import io
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command, execute_from_command_line
from django.db import connection

from tracker import database, environment, server, vendor

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
FIXTURES = {"load_catalogue": ROOT / "fixtures" / "catalogue.yaml", "load_literature": ROOT / "fixtures" / "literature.jsonl"}


def use_local_settings() -> None:
    """Complete the environment of this process by what eases trying."""
    host, port = os.environ.get("WEB_HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    eased = {
        "SECRET_KEY": _secret_key(VAR / "secret-key"),
        "SITE_URL": f"http://{host}:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "MAIL_URL": "console:",
        "STAFF_SECOND_FACTOR": "false",
        "RATE_FACTOR": "100",
        "DJANGO_SETTINGS_MODULE": "tracker.settings",
    }
    os.environ.update({name: value for name, value in eased.items() if not os.environ.get(name)})


def _secret_key(path: Path) -> str:
    """The key in `path`, made at first use: no two installations share one, and sessions outlive a restart."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        fresh.rename(path)
    return path.read_text()


def run() -> None:
    """Set up what is missing, say what is done, and serve the site until Ctrl-C."""
    server.stop_cleanly()
    use_local_settings()
    settings = environment.read()
    listening = server.listen(settings.WEB_HOST, settings.PORT)  # first: nothing is worth doing when the port is taken
    _say("Letters, icons and scripts")
    vendor.install(tests=False)
    _say("Database")
    database.ensure()
    django.setup()
    database.check()
    call_command("migrate", verbosity=0)
    load_map(VAR)
    call_command("learn_suggestions", if_none=True, stdout=sys.stderr)
    _say("Static files")
    collect_static()
    call_command("trial_accounts", str(VAR / "trial-accounts.json"), stdout=sys.stderr)
    from tracker.wsgi import application  # noqa: PLC0415 - it needs the settings made above

    _say(f"Serving {settings.SITE_URL}; Ctrl-C stops it")
    with working():
        server.make(listening, application, settings).run()
    _say("Stopped")


@contextmanager
def working() -> Iterator["subprocess.Popen[bytes]"]:
    """Beside the server, the worker that reads imported files; it ends with the block."""
    worker = subprocess.Popen([sys.executable, "-m", "tracker.local", "work", "--beside", str(os.getpid())], cwd=ROOT, start_new_session=True)
    try:
        yield worker
    finally:
        worker.terminate()
        worker.wait()


def load_map(folder: Path) -> None:
    """Load the catalogue and the literature of fixtures/, unless a stamp in `folder` says that this database has them; later work on them is kept."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT system_identifier, oid FROM pg_control_system(), pg_database WHERE datname = current_database()")
        stamp = folder / "-".join(map(str, ("loaded", *cursor.fetchall()[0])))
        cursor.execute("SELECT EXISTS (SELECT FROM problems_problem)")
        has_catalogue = bool(cursor.fetchall()[0][0])
    wanted = hashlib.sha256(b"".join(path.read_bytes() for path in FIXTURES.values())).hexdigest()
    if stamp.exists():
        if stamp.read_text() != wanted:
            _say("fixtures/ has changed since it was loaded; to take that in: python -m tracker.local load_catalogue (--dry-run first)")
        return
    _say("Catalogue and literature")
    for command, file in FIXTURES.items():
        if command == "load_catalogue" and has_catalogue:
            _say("The catalogue is there already, and is left as it is")
            continue
        told = io.StringIO()
        call_command(command, str(file), stdout=told)
        _say(told.getvalue().strip().rpartition("\n")[2])  # the sum of it
    stamp.write_text(wanted)


def collect_static() -> None:
    """Bring var/static to what the apps and var/vendor hold; nothing is done when nothing has changed."""
    found = [Path(storage.path(name)) for finder in get_finders() for name, storage in finder.list([])]
    wanted = hashlib.sha256("".join(f"{path}{path.stat().st_size}{path.stat().st_mtime_ns}" for path in sorted(found)).encode()).hexdigest()
    with (VAR / "static.stamp").open("a+") as stamp:
        fcntl.flock(stamp, fcntl.LOCK_EX)
        stamp.seek(0)
        if stamp.read() != wanted:
            call_command("collectstatic", interactive=False, verbosity=0)
            stamp.truncate(0)
            stamp.write(wanted)


def _say(step: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {step}\n")


def main() -> None:
    """Serve the site, or run the command that the arguments name."""
    if len(sys.argv) == 1:
        run()
    else:
        use_local_settings()
        database.ensure()
        execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
