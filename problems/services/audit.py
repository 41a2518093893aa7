"""The one call by which a write becomes known: history pages read the rows made here, and who should hear of one is told by notifications.py."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models

from problems.choices import EventKind, Face
from problems.models import Agenda, AuditEvent, CallToAction, ChallengeType, Paper, Phase, Problem, Statement, Submission, Tag, Team, User
from problems.permissions import Actor
from problems.records import PaperRecord, PersonName
from problems.services import bulk, notifications

CATALOGUE = (Agenda, Phase, ChallengeType, Problem, Statement, CallToAction)
# Kept by the machine, or personal: an entry holds ids of people, no names, addresses or secrets.
UNRECORDED = {
    "id",
    "created",
    "modified",
    "search",
    "names",
    "title_key",
    "state",
    "state_since",
    "password",
    "last_login",
    "email",
    "display_name",
    "only",
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Through which face, and in which request, the current work came in."""

    face: Face = Face.COMMAND
    request_id: str = ""


COMMAND = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=COMMAND)


@contextmanager
def origin(face: Face, request_id: str = "") -> Iterator[None]:
    """Note for all writes inside where they came from."""
    token = _origin.set(Origin(face, request_id))
    try:
        yield
    finally:
        _origin.reset(token)


def where_from() -> Origin:
    """Through which face, and in which request, the current work came in."""
    return _origin.get()


def snapshot(thing: models.Model) -> dict[str, Any]:
    """Values of `thing` as the record keeps them: its own fields, and the lists that belong to it."""
    values = _columns(thing)
    match thing:
        case Paper():
            values |= _lists(thing.people, ((row.scheme, row.value) for row in thing.identifiers.all()))
        case Problem():
            values["challenges"] = [challenge.slug for challenge in thing.challenges.all()]
        case CallToAction():
            values["serves"] = [statement.code for statement in thing.serves.all()]
        case Team():
            values["members"] = list(thing.memberships.order_by("user").values_list("user", "is_lead"))
        case _:
            pass
    return values


def snapshot_of(paper: Paper, record: PaperRecord) -> dict[str, Any]:
    """The same of a new paper, with the lists of the record that it was made of; no query."""
    return _columns(paper) | _lists(record.authors, ((scheme.value, value) for scheme, value in record.identifiers))


def _columns(thing: models.Model) -> dict[str, Any]:
    return {
        field.attname: field.value_from_object(thing)
        for field in thing._meta.concrete_fields  # noqa: SLF001  # the documented Model._meta API
        if field.name not in UNRECORDED
    }


def _lists(people: Sequence[PersonName], identifiers: Iterable[tuple[str, str]]) -> dict[str, Any]:
    return {
        "authors": [str(name) for name in people],
        "orcids": [name.orcid for name in people],
        "identifiers": [f"{scheme}:{value}" for scheme, value in identifiers],
    }


def name_of(thing: models.Model) -> str:
    """Public name of `thing`: its public id, code, number or slug."""
    return str(next((value for key in ("public_id", "code", "number", "slug") if (value := getattr(thing, key, None)) is not None), thing.pk))


def record(  # each is a column
    kind: EventKind,
    thing: models.Model,
    *,
    by: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Add an entry: `kind` happened to `thing`. Of `before` and `after` only what differs is kept. Call it inside the transaction of the write."""
    event = entry(kind, thing, by=by, before=before, after=after, reason=reason)
    event.save(force_insert=True)
    notifications.deliver([event])
    return event


def record_all(entries: Iterable[AuditEvent]) -> None:
    """Add many entries at once, made by `entry`: for writes on thousands of rows. Those that are news for somebody are stored one by one."""
    quiet: list[AuditEvent] = []
    for event in entries:
        if notifications.is_heard(event):
            event.save(force_insert=True)
            notifications.deliver([event])
        else:
            quiet.append(event)
    bulk.store(quiet)


def entry(  # each is a column
    kind: EventKind,
    thing: models.Model,
    *,
    by: Actor,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """An entry that is not stored yet."""
    old, new = dict(before or {}), dict(after or {})
    changed = [key for key in old | new if old.get(key) != new.get(key)]
    paper, tag = (thing.paper_id, thing.pk) if isinstance(thing, Tag) else (thing.pk if isinstance(thing, Paper) else None, None)
    where = _origin.get()
    return AuditEvent(
        kind=kind,
        face=where.face,
        request_id=where.request_id,
        actor=by if isinstance(by, User) else None,
        object_type=thing._meta.model_name or "",  # noqa: SLF001  # the documented Model._meta API
        object_id=thing.pk,
        object_name=name_of(thing),
        paper_id=paper,
        tag_id=tag,
        submission_id=thing.pk if isinstance(thing, Submission) else None,
        about_catalogue=isinstance(thing, CATALOGUE),
        before={key: old[key] for key in changed if key in old},
        after={key: new[key] for key in changed if key in new},
        reason=reason,
    )
