"""What would go wrong later, found at start: each with an id, what is wrong and what to do."""

from collections.abc import Sequence
from typing import Any

import yaml
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Info, Tags, Warning, register  # noqa: A004  # Django names it so

from problems.codebook import PATH, codebook
from problems.services import roles


@register()
def codebook_fits(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """The codebook names each value of each vocabulary once, and no other."""
    del app_configs
    try:
        codebook()
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        return [Error(f"The codebook cannot be used: {error}", hint=f"Correct {PATH.name} in fixtures/.", id="problems.E001")]
    return []


@register(Tags.database)
def record_is_guarded(*, databases: Sequence[str] | None = None, **_options: Any) -> list[CheckMessage]:
    """The app's role cannot change the record of changes; asked with `--database default`, by `migrate` and when the server starts."""
    role = roles.app_role()
    if not databases or not roles.may_change_record(role):
        return []
    if settings.OWNER_DATABASE:
        hint = "Run manage.py migrate, which sets its rights, and says so if the role is not fit."
        return [Warning(f"The role {role} of DATABASE_URL could change the record of changes.", hint=hint, id="problems.W001")]
    hint = "To let the database refuse it by rights too, give the app a role of its own: docs/operators.md, Two roles."
    return [Info("One role owns the tables and serves the app: triggers alone guard the record of changes.", hint=hint, id="problems.I001")]
