"""What would go wrong later, found at start: each with an id, what is wrong and what to do."""

from collections.abc import Sequence
from typing import Any

import yaml
from django.apps import AppConfig
from django.core.checks import CheckMessage, Error, register

from problems.codebook import PATH, codebook


@register()
def codebook_fits(*, app_configs: Sequence[AppConfig] | None, **_options: Any) -> list[CheckMessage]:
    """The codebook names each value of each vocabulary once, and no other."""
    del app_configs
    try:
        codebook()
    except (OSError, ValueError, TypeError, KeyError, yaml.YAMLError) as error:
        return [Error(f"The codebook cannot be used: {error}", hint=f"Correct {PATH.name} in fixtures/.", id="problems.E001")]
    return []
