"""How the API names things: the id of an object and its address. Addresses start with SITE_URL, never with what a Host header says."""

from django.conf import settings
from django.db.models import Model
from django.urls import reverse

from problems.models import (
    Agenda,
    Assignment,
    BulkChange,
    CallToAction,
    CatalogueChange,
    ChallengeType,
    Flag,
    ImportRun,
    Interest,
    Notification,
    Paper,
    Phase,
    ProbableDuplicate,
    Problem,
    Search,
    Statement,
    Submission,
    Tag,
    Team,
    Trashed,
    User,
    Watch,
)

RESOURCES: dict[type[Model], tuple[str, str]] = {
    Phase: ("phases", "slug"),
    ChallengeType: ("challenges", "slug"),
    Problem: ("problems", "number"),
    Statement: ("statements", "code"),
    CallToAction: ("calls", "code"),
    Paper: ("papers", "public_id"),
    Tag: ("tags", "public_id"),
    Search: ("searches", "public_id"),
    Submission: ("submissions", "public_id"),
    CatalogueChange: ("catalogue-changes", "public_id"),
    Team: ("teams", "slug"),
    ImportRun: ("imports", "public_id"),
    ProbableDuplicate: ("duplicates", "public_id"),
    Trashed: ("trash", "public_id"),
    Flag: ("flags", "public_id"),
    Notification: ("notifications", "public_id"),
    Watch: ("following", "public_id"),
    User: ("reviewers", "public_id"),
    Interest: ("interests", "public_id"),
    Assignment: ("assignments", "public_id"),
    BulkChange: ("bulk-changes", "public_id"),
}
"""Of each model the name of its resource, and the field that is its id."""


def absolute(path: str) -> str:
    """Address of a path of this site."""
    return f"{settings.SITE_URL}{path}"


def api_address(thing: Model) -> str:
    """Address of `thing` in the API."""
    if isinstance(thing, Agenda):
        return absolute(reverse("api:agenda"))
    name, key = RESOURCES[type(thing)]
    return address_of(name, getattr(thing, key))


def address_of(resource: str, key: object) -> str:
    """Address in the API of the object of this resource with this id."""
    return absolute(reverse(f"api:{resource}-detail", args=[key]))
