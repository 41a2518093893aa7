"""manage.py load_literature FILE."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.errors import TrackerError
from problems.services import literature, roles


class Command(BaseCommand):
    """Loads papers with their accepted tags."""

    help = "Load papers with accepted tags from a JSON Lines file. What is on record already is left as it is."

    def add_arguments(self, parser: CommandParser) -> None:
        """File."""
        parser.add_argument("file", type=Path)

    def handle(self, *, file: Path, **_options: Any) -> None:
        """Load, and print counts."""
        try:
            report = literature.load(lines=file.read_text(encoding="utf-8").splitlines(), by=None, reason=f"Loaded from {file.name}")
        except (OSError, UnicodeDecodeError) as error:
            message = f"{file} cannot be read: {error}"
            raise CommandError(message) from error
        except TrackerError as error:
            message = f"{file}: {error} Nothing was stored."
            raise CommandError(message) from error
        roles.analyse()
        self.stdout.write(f"{report.created} papers created, {report.matched} known already, {report.tagged} tags added.")
