"""`python -m tracker.checks [--all]`: what `make lint` and `make test` check, two at a time, with the time that each took.

Every check is run, also after one that failed; the exit code says whether all passed. With `--all` the tests follow.
"""

import os
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tracker import database, local, vendor

BIN = Path(sys.executable).parent
MANAGE = f"{sys.executable} manage.py"
PRODUCTION = {
    "SECRET_KEY": "only to see whether production would start: 0123456789",
    "SITE_URL": "https://map.example.org",
    "MAIL_URL": "smtps://mail.example.org",
    "STAFF_SECOND_FACTOR": "true",
}
CHECKS = {
    "style": f"{BIN}/ruff check .",
    "form": f"{BIN}/ruff format --check .",
    "types": f"{BIN}/mypy",
    "floors": f"{BIN}/lint-imports --no-logo",
    "templates": f"{BIN}/djlint templates --lint --quiet",
    "migrations": f"{MANAGE} makemigrations --check --dry-run",
    "production settings": f"{MANAGE} check --deploy --fail-level WARNING",
    "API document": f"{MANAGE} spectacular --validate --fail-on-warn --file {os.devnull}",
}
TESTS = f"{BIN}/pytest -n 2 --dist worksteal"  # a worker begins with neighbours, which share what a file of tests has stored


def passes(name: str, command: str, **more: str) -> bool:
    """Run the command, show what it printed if it failed, and say whether it passed."""
    began = time.perf_counter()
    result = subprocess.run(shlex.split(command), check=False, env=os.environ | more, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    outcome = "failed" if result.returncode else "passed"
    sys.stdout.write(f"{'' if not result.returncode else result.stdout}{name}: {outcome} ({time.perf_counter() - began:.1f} s)\n")
    sys.stdout.flush()
    return not result.returncode


def main() -> int:
    """Run all checks and, with `--all`, the tests; 0 if everything passed."""
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = database.start(local.VAR / "test-postgres", durable=False)
    untouched = dict(os.environ)
    local.use_local_settings()
    vendor.install(tests=True)
    more = {"production settings": PRODUCTION}
    with ThreadPoolExecutor(2) as pool:
        passed = pool.map(lambda name: passes(name, CHECKS[name], **more.get(name, {})), CHECKS)
        failed = [name for name, fine in zip(CHECKS, passed, strict=True) if not fine]
    if "--all" in sys.argv and subprocess.run(shlex.split(TESTS), check=False, env=untouched).returncode:
        failed.append("tests")
    sys.stdout.write(f"Failed: {', '.join(failed)}\n" if failed else "All passed\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
