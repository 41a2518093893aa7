"""The app as production serves it, over DATABASE_URL, in a process of its own that a test may kill.

`python -m tests.promises.serving PORT` serves; `… prepare` makes the tables and prints a target and tokens to write with, as JSON.
"""

import json
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django

django.setup()

from django.core.management import call_command  # noqa: E402 - these need the settings made above
from django.core.wsgi import get_wsgi_application  # noqa: E402

from problems.choices import Role, TokenScope  # noqa: E402
from problems.services import tokens  # noqa: E402
from tests.factories import make_statement, make_user  # noqa: E402
from tracker import environment, server  # noqa: E402

WRITERS = 4


def people_who_write() -> list[str]:
    """A token of each of some contributors."""
    writers = [make_user(Role.CONTRIBUTOR) for _ in range(WRITERS)]
    return [tokens.make(user=user, by=user, name="writes", scope=TokenScope.WRITE)[1] for user in writers]


def main() -> None:
    """Prepare, or serve until the process ends."""
    if sys.argv[1] == "prepare":
        call_command("migrate", verbosity=0)
        sys.stdout.write(json.dumps({"target": make_statement().code, "tokens": people_who_write()}))
        return
    listening = server.listen("127.0.0.1", int(sys.argv[1]))
    server.make(listening, get_wsgi_application(), environment.read()).run()


if __name__ == "__main__":
    main()
