"""The benchmark's own PostgreSQL under var/bench-postgres, and in it one database for each size of corpus."""

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psycopg
from psycopg.sql import SQL, Identifier

from tracker import database

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / "var" / "bench-postgres"
MADE_OF = ("bench/corpus.py", "bench/prepare.py", "fixtures/catalogue.yaml", "problems/migrations/*.py")
THREADS = 4  # for each target; all together have to fit into the connections of the server


def environment(url: str) -> dict[str, str]:
    """Environment of a process of the benchmark: production but for rates and time limits, and the same for every target."""
    return os.environ | {
        "DATABASE_URL": url,
        "SECRET_KEY": "for the benchmark: 0123456789abcdefghijklmnopqrstuvwxyz",
        "SITE_URL": "http://127.0.0.1:8000",
        "RATE_FACTOR": "1000",
        "API_ANONYMOUS_RATE": "1000000",
        "WEB_THREADS": str(THREADS),
        "DATABASE_POOL": str(THREADS),
        "STATEMENT_TIMEOUT": "120",
    }


def start() -> str:
    """Start the server unless it runs, and return the URL of its maintenance database."""
    return database.start(HOME, "postgres")


def prepare(size: int) -> tuple[str, dict[str, object]]:
    """URL of the database with a corpus of this size, made where it is missing or outdated, and what to ask of it."""
    files = sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern))
    name = f"bench_{size}_{hashlib.sha256(b''.join(path.read_bytes() for path in files)).hexdigest()[:12]}"
    with psycopg.connect(start(), autocommit=True) as connection:
        for (old,) in connection.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"bench\\_{size}\\_%"]).fetchall():
            if old != name:
                connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(old)))
    url = database.start(HOME, name)
    began = time.perf_counter()
    made = subprocess.run(
        [sys.executable, "-m", "bench.worker", "prepare", str(size)], cwd=ROOT, env=environment(url), check=True, stdout=subprocess.PIPE
    )
    sys.stderr.write(f"{size:,} papers ready after {time.perf_counter() - began:.0f} s\n")
    return url, json.loads(made.stdout.splitlines()[-1])  # npm, too, may have said something
