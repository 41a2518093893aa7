"""What every page of the site may show."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from problems.choices import Role
from problems.models import Agenda
from problems.permissions import role_of
from problems.queries import notifications, reviews


def agenda(request: HttpRequest) -> dict[str, Any]:
    """The agenda that the map follows, for reviewers how much waits, and how many notifications are unread; asked for only where it is shown."""
    return {
        "agenda": SimpleLazyObject(Agenda.objects.first),
        "reviewing": SimpleLazyObject(lambda: _reviewing(request)),
        "unread": SimpleLazyObject(lambda: _unread(request)),
    }


def _reviewing(request: HttpRequest) -> dict[str, int]:
    user = getattr(request, "user", None)  # what is refused before anybody was asked for has none
    return {"waiting": reviews.waiting(user)} if user is not None and role_of(user) >= Role.REVIEWER else {}


def _unread(request: HttpRequest) -> int:
    user = getattr(request, "user", None)
    return notifications.unread(user) if user is not None and user.is_authenticated else 0
