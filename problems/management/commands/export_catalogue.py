"""manage.py export_catalogue FILE."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.models import Agenda
from problems.queries import catalogue_file


class Command(BaseCommand):
    """Writes the catalogue of today."""

    help = "Write the catalogue as it is now to a YAML file, with what was published on the site. load_catalogue reads it, and changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """File."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_options: Any) -> None:
        """Write it."""
        if not Agenda.objects.exists():
            message = "There is no catalogue yet. Load one with load_catalogue."
            raise CommandError(message)
        try:
            file.write_text(catalogue_file.as_text(), encoding="utf-8")
        except OSError as error:
            message = f"{file} cannot be written: {error}"
            raise CommandError(message) from error
        self.stdout.write(f"Written to {file}.")
