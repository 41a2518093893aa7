"""manage.py backup FILE."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.services import backups


class Command(BaseCommand):
    """Stores the whole database in a file."""

    help = "Store the whole database, as it is at one moment, in FILE (- for standard output). Sessions are left out."

    def add_arguments(self, parser: CommandParser) -> None:
        """File and options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--force", action="store_true", help="Replace FILE if it is there.")

    def handle(self, *, file: Path, force: bool, **_options: Any) -> None:
        """Write it."""
        try:
            if str(file) == "-":
                backups.dump(sys.stdout.buffer)
                return
            backups.write(file, force=force)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            message = f"{file} cannot be written: {error.strerror}."
            raise CommandError(message) from error
        self.stdout.write(f"{file}: {file.stat().st_size} bytes.")
