"""manage.py find_duplicates."""

import time
from typing import Any

from django.core.management.base import BaseCommand

from problems.services import duplicates


class Command(BaseCommand):
    """Finds records that may be one work."""

    help = "Look through all records for pairs that may be one work, for the page of probable duplicates. `manage.py work` does it once a day."

    def handle(self, **_options: Any) -> None:
        """Look, and tell what was found."""
        began = time.monotonic()
        found = duplicates.find()
        seconds = time.monotonic() - began
        self.stdout.write(f"{found.records} records, {found.pairs} probable duplicates, {found.new} of them new. {seconds:.1f} s.")
