"""The log of restricted reads: who was let through to which restricted record or text, when, by which face."""

from datetime import timedelta

from django.utils import timezone

from problems.choices import Role
from problems.models import Paper, RestrictedRead, Tag, User
from problems.permissions import Actor, role_of
from problems.services.audit import Origin
from problems.sight import WITHHELD, Noted

KEPT = timedelta(days=2 * 366)
"""Two years, and no day less than the database asks for."""


def log(*, noted: Noted, reader: Actor, where: Origin) -> int:
    """Log what was noted, once a request, and begin anew; how many rows. Two queries at most, three with texts; none where nothing is restricted.

    What is read for somebody below a reviewer is not shown to them (a twin is matched with what it stands for): they were let through to nothing.
    """
    if not isinstance(reader, User) or role_of(reader) < Role.REVIEWER:
        noted.clear()
        return 0
    rows = [
        RestrictedRead(reader_id=reader.pk, face=where.face, request_id=where.request_id, kind=kind, paper_id=paper, tag_id=tag, object_name=name)
        for kind, paper, tag, name in (*_records(noted), *_texts(noted))
    ]
    RestrictedRead.objects.bulk_create(rows)
    noted.clear()
    return len(rows)


def _records(noted: Noted) -> list[tuple[str, int, None, str]]:
    found = {key: name for key, name in noted.restricted.items() if name}
    unknown = (noted.restricted.keys() | noted.told_of) - found.keys() - noted.others
    unknown = {key for key in unknown if ("paper", key) not in noted.logged}
    if unknown:
        withheld = Paper._base_manager.filter(pk__in=unknown, visibility__in=WITHHELD).order_by()  # noqa: SLF001  # the documented way to reach every row
        found |= dict(withheld.values_list("pk", "public_id"))
        noted.others |= unknown - found.keys()
    fresh = {key: name for key, name in found.items() if ("paper", key) not in noted.logged}
    noted.logged |= {("paper", key) for key in fresh}
    return [("paper", key, None, name) for key, name in fresh.items()]


def _texts(noted: Noted) -> list[tuple[str, int, int, str]]:
    fresh = {key for key in noted.texts if ("text", key) not in noted.logged}
    noted.logged |= {("text", key) for key in fresh}
    rows = Tag._base_manager.filter(pk__in=fresh).order_by() if fresh else Tag.objects.none()  # noqa: SLF001  # as above
    return [("text", paper, key, name) for key, paper, name in rows.values_list("pk", "paper_id", "public_id")]


def forget() -> int:
    """Drop what is older than two years: the database lets nothing younger go. How many rows."""
    return RestrictedRead.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]
