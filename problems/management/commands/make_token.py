"""manage.py make_token E-MAIL --name NAME."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.choices import TokenScope
from problems.errors import TrackerError
from problems.models import User
from problems.services import tokens


class Command(BaseCommand):
    """Makes a token for the API."""

    help = "Print a new API token of an account. It is shown this once: only a hash of it is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, and what for."""
        parser.add_argument("email", metavar="E-MAIL")
        parser.add_argument("--name", required=True, help="what it is for")
        parser.add_argument("--scope", choices=TokenScope.values, default=TokenScope.READ)
        parser.add_argument("--days", type=int, default=tokens.DAYS, help=f"1 to {tokens.LONGEST}, by default {tokens.DAYS}")

    def handle(self, *, email: str, name: str, scope: str, days: int, **_options: Any) -> None:
        """Make it, and print it."""
        try:
            user = User.objects.get_by_natural_key(email)
            _, secret = tokens.make(user=user, name=name, scope=scope, days=days, by=None)
        except User.DoesNotExist as error:
            message = "There is no account with this address."
            raise CommandError(message) from error
        except TrackerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(secret)
