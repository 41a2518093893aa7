"""manage.py sweep."""

from typing import Any

from django.core.management.base import BaseCommand

from problems.services import personal_data


class Command(BaseCommand):
    """Deletes what was kept long enough."""

    help = "Delete ended sessions, used keys, old look-ups, and what is left of tokens and invitations that ended 30 days ago. For every day."

    def handle(self, **_options: Any) -> None:
        """Delete, and tell how much."""
        for what, count in personal_data.sweep().items():
            self.stdout.write(f"{count:>6} {what}")
