"""manage.py trial_accounts FILE."""

import json
import secrets
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from problems.choices import Role
from problems.models import User
from problems.services import people


class Command(BaseCommand):
    """Makes an account of each role to try the tracker with."""

    help = "Make one trial account of each role; their random passwords are kept in FILE, readable to its owner only, and printed each time."

    def add_arguments(self, parser: CommandParser) -> None:
        """Where the passwords are kept."""
        parser.add_argument("file", type=Path)

    @transaction.atomic
    def handle(self, *, file: Path, **_options: Any) -> None:
        """Make those that are missing, and print all."""
        passwords: dict[str, str] = json.loads(file.read_text()) if file.exists() else {}
        for role in Role:
            email = f"{role.name.lower()}@example.org"
            passwords.setdefault(email, secrets.token_urlsafe(12))
            user = User.objects.filter(email=email).first()
            if user is None or not user.check_password(passwords[email]):
                user = people.save(
                    user=user or User(email=email, display_name=f"Trial {role.label.lower()}", role=role),
                    password=passwords[email],
                    by=None,
                    reason="Trial account",
                )
            EmailAddress.objects.get_or_create(user=user, email=email, defaults={"verified": True, "primary": True})
            self.stdout.write(f"  {email:<26} {passwords[email]:<18} {role.label.lower()}")
        fresh = file.with_suffix(".new")  # renamed when complete: a kill in the middle leaves no half file
        fresh.touch(mode=0o600)
        fresh.write_text(json.dumps(passwords, indent=1))
        fresh.rename(file)
