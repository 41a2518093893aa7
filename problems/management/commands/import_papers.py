"""manage.py import_papers FILE."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.errors import TrackerError
from problems.formats import FILE_LIMIT, by_name, sniff, within_limit
from problems.models import User
from problems.services import imports, roles


class Command(BaseCommand):
    """Takes in a bibliography."""

    help = "Import papers from a bibliography file. Each entry is created, matched or refused, and told of; a second run creates nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """File and options."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", help="Name of the format; by default the file itself says it, else the end of its name.")
        parser.add_argument("--by", metavar="E-MAIL", help="Curator in whose name it is done; by default the operator.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would become of each entry, and store nothing.")

    def handle(self, *, file: Path, format: str | None, by: str | None, dry_run: bool, verbosity: int, **_options: Any) -> None:  # noqa: A002  # argparse names it so
        """Import, print each entry that was refused (all with -v 2) and the counts. Exit code 1 where any was refused."""
        actor = User.objects.filter(email=by.strip().lower()).first() if by else None
        if by and actor is None:
            message = f"No account has the address {by}."
            raise CommandError(message, returncode=2)
        try:
            with file.open("rb") as source:
                within_limit(os.fstat(source.fileno()).st_size)
                data = source.read(FILE_LIMIT + 1)  # of what is no file, and has no size
            file_format = by_name(format) if format else sniff(data, file.name)
            rows = imports.import_file(data=data, file_format=file_format, by=actor, reason=f"Imported from {file.name}", dry_run=dry_run)
        except OSError as error:
            message = f"{file} cannot be read: {error}"
            raise CommandError(message, returncode=2) from error
        except TrackerError as error:
            message = f"{file}: {error} Nothing was stored."
            raise CommandError(message, returncode=2) from error
        for row in rows:
            if row.outcome == imports.REFUSED or row.notes or verbosity > 1:
                self.stdout.write(f"{file.name}:{row.line}: {row.key or '(no key)'}: {row.outcome}{f': {row.reason}' if row.reason else ''}")
            for note in row.notes:
                self.stdout.write(f"    {note}")
        roles.analyse()
        counts = Counter(row.outcome for row in rows)
        told = ", ".join(f"{counts[outcome]} {outcome}" for outcome in ("created", "matched", imports.REFUSED))
        self.stdout.write(f"{len(rows)} entries: {told}{' (dry run)' if dry_run else ''}.")
        if counts[imports.REFUSED]:
            message = f"{counts[imports.REFUSED]} of {len(rows)} entries were refused; the lines above say why."
            raise CommandError(message, returncode=1)
