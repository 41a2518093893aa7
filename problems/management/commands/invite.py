"""manage.py invite E-MAIL --role ROLE."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.choices import Role
from problems.errors import TrackerError
from problems.services import invitations


class Command(BaseCommand):
    """Makes an invitation, on an empty installation the one of the first curator."""

    help = "Print a link with which the owner of an e-mail address makes an account; it is good for seven days, once. No mail is sent."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whom, and as what."""
        parser.add_argument("email", metavar="E-MAIL")
        parser.add_argument("--role", choices=[role.name.lower() for role in Role], default=Role.CONTRIBUTOR.name.lower())

    def handle(self, *, email: str, role: str, **_options: Any) -> None:
        """Make it, and print the link."""
        try:
            secret = invitations.invite(email=email, role=Role[role.upper()], by=None)
        except TrackerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(invitations.link(secret))
