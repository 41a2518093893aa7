"""manage.py load_catalogue FILE."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.errors import TrackerError
from problems.services import catalogue


class Command(BaseCommand):
    """Loads or updates the catalogue."""

    help = "Load or update the catalogue of open problems from a YAML file. Running it again changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """File and options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="Show what would change, and store nothing.")
        parser.add_argument("--over-site", action="store_true", help="Change back what was published on the site where the file says otherwise.")
        parser.add_argument("--reason", default="", help="Kept in the record of changes.")

    def handle(self, *, file: Path, dry_run: bool, over_site: bool, reason: str, **_options: Any) -> None:
        """Load, and print what differs."""
        try:
            document = catalogue.read(file.read_text(encoding="utf-8"))
            differences = catalogue.load(document, by=None, reason=reason, dry_run=dry_run, over_site=over_site)
        except (OSError, UnicodeDecodeError) as error:
            message = f"{file} cannot be read: {error}"
            raise CommandError(message) from error
        except TrackerError as error:
            message = f"{file}: {error} Nothing was stored."
            raise CommandError(message) from error
        for difference in differences:
            self.stdout.write(str(difference))
        if undone := sum(difference.undoes for difference in differences):
            self.stdout.write(f"{undone} of them change back what was published on the site{': that takes --over-site' if dry_run else ''}.")
        self.stdout.write(f"{len(differences)} differences{', none stored (dry run)' if dry_run else ' stored'}.")
