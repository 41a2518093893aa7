"""What every page of the site may show."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from problems.models import Agenda


def agenda(_request: HttpRequest) -> dict[str, Any]:
    """The agenda that the map follows, which each page names; asked for only where it is shown."""
    return {"agenda": SimpleLazyObject(Agenda.objects.first)}
