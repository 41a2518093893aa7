"""manage.py work."""

import os
import signal
import time
from collections.abc import Callable
from threading import Event
from typing import Any

import structlog
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, connection

from problems.services import duplicates, imports, notifications, personal_data

PAUSE = 1.0  # seconds between two looks
SWEEP_EVERY = 24 * 3600.0
MAIL_EVERY = 60.0
log = structlog.get_logger("tracker.worker")


class Command(BaseCommand):
    """Reads the files that people import, sends mails that are due; once a day deletes what was kept long enough and looks for duplicates."""

    help = "Work on imports until SIGTERM (the next worker goes on with what is begun); send mails that are due; sweep once a day. Several may run."

    def add_arguments(self, parser: CommandParser) -> None:
        """Options."""
        parser.add_argument("--once", action="store_true", help="End when nothing waits.")
        parser.add_argument("--beside", type=int, metavar="PID", help="End with the process that started this one, which has this number.")

    def handle(self, *, once: bool, beside: int | None, **_options: Any) -> None:
        """Look, work, and look again."""
        stopped = Event()

        def stopping() -> bool:
            return stopped.is_set() or (beside is not None and os.getppid() != beside)

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.set())
        swept = mailed = float("-inf")
        while not stopping():
            if not once and time.monotonic() - swept > SWEEP_EVERY:
                self._try(personal_data.sweep)
                self._try(duplicates.find)
                swept = time.monotonic()
            if not once and time.monotonic() - mailed > MAIL_EVERY:
                self._try(notifications.send_due)
                mailed = time.monotonic()
            if self._try(lambda: imports.run_next(stopping=stopping)):
                continue
            if once:
                return
            stopped.wait(PAUSE)

    def _try(self, work: Callable[[], object]) -> bool:
        """Do one thing; whether there was anything to do. An accident is told in the log, and leaves it for a later attempt."""
        try:
            return bool(work())
        except DatabaseError as error:
            log.warning("database", kind=type(error).__name__)
            connection.close()
        except Exception:
            log.exception("work_broke")
        return False
