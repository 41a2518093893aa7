"""`python -m bench.worker ROLE [SIZE]`: a process that the benchmark starts, with the settings that it finds in the environment.

`prepare SIZE` fills the database and prints what to ask as JSON; `explain` prints the slow queries of the pages; `limit`, `plain` and `ours` serve
that target on a free port of this machine and print the port.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

import django

from tracker import environment, local, server, vendor

SETTINGS = {"plain": "bench.plain.settings"}


def application(target: str) -> Callable[..., Any]:
    """The application of a target. Each is imported where it is used, so that no process carries another's memory."""
    if target == "limit":
        from bench import limit  # noqa: PLC0415 - as said above

        settings = environment.read()
        return limit.application(limit.pool(settings.DATABASE_URL.get_secret_value(), settings.WEB_THREADS))
    from tracker.wsgi import application as ours  # noqa: PLC0415 - PLAIN is the same with other settings

    return ours


def main() -> None:
    """Take the role that the arguments name."""
    role, *arguments = sys.argv[1:]
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS.get(role, "tracker.settings")
    if role == "prepare":
        django.setup()
        from bench import prepare, questions  # noqa: PLC0415 - its models need Django set up

        vendor.install(tests=False)
        local.collect_static()
        size = int(arguments[0])
        prepare.fill(size)
        sys.stdout.write(json.dumps(asdict(questions.ask(size))))
    elif role == "explain":
        django.setup()
        from bench import explain  # noqa: PLC0415 - as above

        explain.main()
    else:
        server.stop_cleanly()
        listening = server.listen("127.0.0.1", 0)
        serving = server.make(listening, application(role), environment.read())
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        serving.run()


if __name__ == "__main__":
    main()
