"""manage.py send_notifications."""

from typing import Any

from django.core.management.base import BaseCommand

from problems.services import notifications


class Command(BaseCommand):
    """Sends the mails that are due."""

    help = "Send the mails about notifications that are due: at once, daily after 6:00, weekly on Mondays. The worker does so every minute."

    def handle(self, **_options: Any) -> None:
        """Send, and tell how many."""
        self.stdout.write(f"{notifications.send_due():>6} mails")
