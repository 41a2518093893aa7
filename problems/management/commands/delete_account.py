"""manage.py delete_account E-MAIL."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.errors import TrackerError
from problems.models import User
from problems.services import personal_data


class Command(BaseCommand):
    """Deletes an account."""

    help = "Delete an account for good, at the wish of its owner: who they were goes, what they handed in stays, under no name."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose."""
        parser.add_argument("email", metavar="E-MAIL")

    def handle(self, *, email: str, **_options: Any) -> None:
        """Delete it."""
        try:
            personal_data.delete(user=User.objects.get_by_natural_key(email), by=None)
        except User.DoesNotExist as error:
            message = "There is no account with this address."
            raise CommandError(message) from error
        except TrackerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write("The account is deleted.")
