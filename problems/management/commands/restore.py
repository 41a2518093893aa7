"""manage.py restore FILE."""

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.services import backups, roles


class Command(BaseCommand):
    """Fills the database from a backup."""

    help = "Fill an empty database from FILE, which `backup` has made, then migrate it. Whatever fails leaves the database as it was."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """File and options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--replace", action="store_true", help="Remove all that is in the database first.")

    def handle(self, *, file: Path, replace: bool, **_options: Any) -> None:
        """Check the file, fill the database, migrate it and set the rights of the roles."""
        try:
            backups.restore(file, replace=replace)
        except backups.BackupError as error:
            raise CommandError(str(error)) from error
        call_command("migrate", verbosity=0)
        roles.analyse()
        self.stdout.write(f"{file} is restored.")
