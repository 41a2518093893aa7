"""Accounts and invitations as curators look for them."""

from typing import Any

from django.db.models import Q, QuerySet

from problems.models import Invitation, User
from problems.pagination import Ordering

BY_NAME = Ordering("name", "Name", ("display_name", "public_id"))
LATEST = Ordering("created", "Latest first", ("-created", "public_id"))


def accounts(*, words: str = "", role: int | None = None, is_open: bool | None = None) -> QuerySet[User]:
    """Accounts whose name or address holds `words`, of this role, open or closed."""
    found = Q()
    if words:
        found &= Q(display_name__icontains=words) | Q(email__icontains=words)
    if role is not None:
        found &= Q(role=role)
    if is_open is not None:
        found &= Q(is_active=is_open)
    return User.objects.filter(found)


def invitations() -> QuerySet[Any]:
    """All invitations, with who made them."""
    return Invitation.objects.select_related("invited_by")
