"""Settings for trying the tracker on one's own machine: `python -m tracker.local COMMAND` is `manage.py COMMAND` with them.

Production is the default shape; what is eased here is named here, and anything set in the environment wins.
"""

import os
import secrets
import sys
from pathlib import Path

from django.core.management import execute_from_command_line

from tracker import database

ROOT = Path(__file__).resolve().parent.parent


def environment() -> dict[str, str]:
    """Return the environment of this process, completed by what eases trying."""
    host, port = os.environ.get("WEB_HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    eased = {
        "SECRET_KEY": _secret_key(ROOT / "var" / "secret-key"),
        "SITE_URL": f"http://{host}:{port}",
        "ALLOWED_HOSTS": "localhost,127.0.0.1",
        "MAIL_URL": "console:",
        "STAFF_SECOND_FACTOR": "false",
        "RATE_FACTOR": "100",
    }
    return eased | {name: value for name, value in os.environ.items() if value}


def _secret_key(path: Path) -> str:
    """The key in `path`, made at first use: nobody shares it, and sessions outlive a restart."""
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(".new")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        fresh.rename(path)
    return path.read_text()


def main() -> None:
    """Run the command that the arguments name."""
    os.environ.update(environment())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    database.ensure()
    execute_from_command_line(["manage.py", *sys.argv[1:]])


if __name__ == "__main__":
    main()
