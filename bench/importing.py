"""`python -m bench.importing [ENTRIES]`: how fast a file becomes rows, beside the bare parser and the bare index over the same entries, in one run.

It empties a database of the benchmark's own PostgreSQL; see intake.py for what is measured.
"""

import os
import sys

import django
import psycopg
from psycopg.sql import SQL, Identifier

from bench import store
from tracker import database

ENTRIES = 10_000
NAME = "bench_import"


def empty() -> str:
    """URL of a new database."""
    with psycopg.connect(store.start(), autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(NAME)))
    return database.start(store.HOME, NAME)


def main(entries: int) -> None:
    """Measure, and print what was found."""
    os.environ.update(store.environment(empty()) | {"DJANGO_SETTINGS_MODULE": "tracker.settings", "LOG_LEVEL": "ERROR"})
    django.setup()
    from bench import intake  # noqa: PLC0415 - its models need Django set up

    for line in intake.report(entries):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES)
