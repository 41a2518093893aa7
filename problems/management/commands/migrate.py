"""manage.py migrate."""

from typing import Any, override

from django.conf import settings
from django.core.management.base import CommandError
from django.core.management.commands import migrate

from problems.services import roles


class Command(migrate.Command):
    """Django's own, as the owner of the tables; then the rights of the app's role are set anew."""

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        with roles.as_owner():
            super().handle(*args, **options)
            if settings.OWNER_DATABASE and not options["plan"] and not options["check_unapplied"]:
                role = roles.app_role()
                roles.grant(role)
                if roles.may_change_record(role):
                    message = (
                        f"The tables are migrated, but the role {role} of DATABASE_URL could still change the record of changes: it is a superuser, "
                        "or owns the tables, or is a member of their owner. Give DATABASE_URL a role that is none of these."
                    )
                    raise CommandError(message)
