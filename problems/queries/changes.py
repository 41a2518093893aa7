"""The record of changes as people read it: what happened to what, when and by whom, as far as each may know. A fixed number of queries a page."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import F, Func, Model, Q, QuerySet, TextField

from problems.choices import EventKind, Face, Role, Visibility
from problems.models import AuditEvent, CallToAction, Paper, Problem, Statement, Submission, Tag, User
from problems.pagination import Ordering, paginate
from problems.permissions import A_REVIEWER, NAMELESS, Actor, on_map, role_of, shown_name, shown_reviewer, submissions_out_of_reach
from problems.queries import fairness

LATEST = Ordering("-at", "Latest first", ("-at", "object_type", "object_name", "kind"))
EARLIEST = Ordering("at", "Earliest first", ("at", "object_type", "object_name", "kind"))
CHUNK = 1000
FIELDS = {
    **{name: name for name in ("title", "abstract", "venue", "type", "authors", "identifiers", "advisory", "topics")},
    "url": "address",
    "year": "date",
    "month": "date",
    "day": "date",
    "material": "material",
    "modalities": "modalities",
    "is_retracted": "retracted",
    "is_corrected": "corrected",
    "statement_id": "statement",
    "call_id": "call",
    "problem_id": "problem",
    **{name: name for name in ("relation", "rationale", "locator", "basis", "status")},
    **{name: name for name in ("code", "text", "section", "position", "retired_on", "number", "slug", "question", "summary", "challenges", "serves")},
    "phase_id": "phase",
    "successor_id": "successor",
    "review_by": "still true until",
}
"""Columns that are told of when they change. Others stay untold: some name what not everybody may know of."""
KINDS: Mapping[str, str] = {
    EventKind.CREATED: "made",
    EventKind.PUBLISHED: "made public",
    EventKind.TEXT_RESTRICTED: "text restricted, or shown again",
    EventKind.ROLE_CHANGED: "role changed",
    EventKind.CHANGES_REQUESTED: "changes requested",
    EventKind.DELETED: "deleted",
    EventKind.UNMERGED: "separated again",
    EventKind.OPINION_ASKED: "second opinion asked for",
    EventKind.OPINION_GIVEN: "second opinion given",
    EventKind.TRASHED: "moved to the trash",
    EventKind.RESTORED: "restored from the trash",
    EventKind.PURGED: "deleted for good",
    EventKind.CONFIRMED: "said to be still true",
    EventKind.DISMISSED: "said to be two works",
    EventKind.LINK_APPROVED: "link approved",
}
WHAT: Mapping[str, str] = {
    "paper": "record",
    "tag": "tag",
    "search": "search",
    "submission": "submission",
    "problem": "problem",
    "statement": "statement",
    "calltoaction": "call",
    "agenda": "agenda",
    "phase": "phase",
    "challengetype": "challenge",
    "cataloguechange": "proposed change",
    "flag": "flag",
    "user": "account",
    "team": "team",
}


def kind_in_words(kind: str) -> str:
    """What happened, as a page says it."""
    return KINDS.get(kind) or str(EventKind(kind).label).lower()


@dataclass(frozen=True, slots=True)
class Change:
    """An entry, as somebody may read it. `face` and `reason` are told to reviewers and curators only."""

    at: datetime
    kind: str
    what: str
    name: str
    label: str
    path: str
    by: str
    changed: list[str]
    face: str
    reason: str

    @property
    def kind_in_words(self) -> str:
        """What happened."""
        return kind_in_words(self.kind)

    @property
    def what_in_words(self) -> str:
        """To what kind of thing."""
        return WHAT.get(self.what, self.what)

    @property
    def face_in_words(self) -> str:
        """Through which face."""
        return str(Face(self.face).label) if self.face else ""


def _keys(column: str) -> Func:
    return Func(F(column), template="ARRAY(SELECT jsonb_object_keys(%(expressions)s))", output_field=ArrayField(TextField()))


def entries(user: Actor) -> QuerySet[AuditEvent]:
    """Entries that `user` may know of, with the names of the fields that changed and without their values."""
    return AuditEvent.objects.visible_to(user).annotate(were=_keys("before"), are=_keys("after")).defer("before", "after")


def everything(rows: QuerySet[AuditEvent], user: Actor, ordering: Ordering = LATEST) -> Iterator[Change]:
    """All of these entries, read a chunk at a time, so that memory does not grow with them."""
    cursor = ""
    while True:
        page = paginate(rows, ordering, cursor=cursor, size=CHUNK)
        yield from told(page.rows, user)
        if not page.next:
            return
        cursor = page.next


def told(events: Sequence[AuditEvent], user: Actor) -> list[Change]:
    """These entries as `user` may read them. A title is told of what they may see now, and is not restricted; anything else has its id."""
    people = User.objects.in_bulk({key for each in events for key in (each.actor_id, _of(each, "user")) if key})
    owners = dict(Paper.objects.filter(pk__in=_all(each.paper_id for each in events)).order_by().values_list("pk", "logged_by"))
    papers = Paper.objects.visible_to(user).exclude(visibility=Visibility.RESTRICTED).filter(pk__in=list(owners)).only("public_id", "title")
    tags = Tag.objects.filter(pk__in=_all(each.tag_id for each in events)).select_related("statement__problem", "call", "problem")
    submissions = Submission.objects.filter(pk__in=_all(each.submission_id for each in events)).defer("content", "message", "appeal")
    there: dict[str, dict[int, Any]] = {
        "user": people,
        "paper": papers.in_bulk(),
        "tag": tags.in_bulk(),
        "submission": submissions.in_bulk(),
        "statement": Statement.objects.select_related("problem").in_bulk(_all(_of(each, "statement") for each in events)),
        "problem": Problem.objects.in_bulk(_all(_of(each, "problem") for each in events)),
        "calltoaction": CallToAction.objects.in_bulk(_all(_of(each, "calltoaction") for each in events)),
    }
    fairness.look(user, there["submission"].values())
    alone = _all(each.paper_id for each in events if not each.tag_id)
    there["kept tag"] = dict.fromkeys(fairness.keys_out_of_reach(user, Tag, list(there["tag"])), True)
    there["kept paper"] = dict.fromkeys(fairness.keys_out_of_reach(user, Paper, alone), True)
    return [_told(each, user, there, owners) for each in events]


def _of(event: AuditEvent, kind: str) -> int | None:
    return event.object_id if event.object_type == kind else None


def _all(keys: Iterable[int | None]) -> list[int]:
    return sorted({key for key in keys if key})


def _told(event: AuditEvent, user: Actor, there: Mapping[str, Mapping[int, Any]], owners: Mapping[int, int | None]) -> Change:
    reviews = role_of(user) >= Role.REVIEWER
    thing = there.get(event.object_type, {}).get(event.object_id)
    label, path = _named(thing, user, there, reviews=reviews)
    changed = list(dict.fromkeys(FIELDS[name] for name in FIELDS if name in {*event.were, *event.are})) if event.were else []  # type: ignore[attr-defined]  # annotated
    return Change(
        at=event.at,
        kind=event.kind,
        what=event.object_type,
        name=event.object_name,
        label=label,
        path=path,
        by=_by(event, user, there, owners),
        changed=changed,
        face=event.face if reviews else "",
        reason=event.reason if reviews else "",
    )


def _named(thing: Any, user: Actor, there: Mapping[str, Mapping[int, Any]], *, reviews: bool) -> tuple[str, str]:
    match thing:
        case Paper() | Problem():
            return thing.title, thing.get_absolute_url()
        case Tag():
            paper = there["paper"].get(thing.paper_id)
            label = f"{thing.code} {thing.relation.replace('_', ' ')}"
            return (f"{label}: {paper.title}", f"{paper.get_absolute_url()}#tag-{thing.public_id}") if paper else (label, "")
        case Submission():
            return "", thing.get_review_url() if reviews else thing.get_absolute_url()
        case Statement() | CallToAction():
            return thing.text, thing.get_absolute_url()
        case User():
            return shown_name(user, thing), ""
    return "", ""


def _by(event: AuditEvent, user: Actor, there: Mapping[str, Mapping[int, Any]], owners: Mapping[int, int | None]) -> str:
    """Who did it: of who handed the thing in as it is shown beside it, of others as that of a reviewer."""
    actor = there["user"].get(event.actor_id or 0)
    if actor is None:
        return "" if event.actor_id is None else NAMELESS
    tag, submission = there["tag"].get(event.tag_id or 0), there["submission"].get(event.submission_id or 0)
    owner = tag.contributor_id if tag else submission.contributor_id if submission else owners.get(event.paper_id or 0)
    if owner == actor.pk:
        return shown_name(user, actor)
    kept = event.tag_id in there["kept tag"] if event.tag_id else event.paper_id in there["kept paper"]
    if user is not None and user.pk != actor.pk and (owner == user.pk or kept):
        return A_REVIEWER  # also to reviewers, of what they may not decide on
    return shown_reviewer(user, actor, submission)


def by_person(rows: QuerySet[AuditEvent], user: Actor, public_id: str) -> QuerySet[AuditEvent]:
    """Entries of what a person did, for reviewers and curators, as far as they are told who it was. Somebody hidden is as somebody unknown."""
    person = User.objects.filter(public_id=public_id).first() if role_of(user) >= Role.REVIEWER else None
    if person is None or user is None or shown_name(user, person) == NAMELESS:
        return rows.none()
    found = rows.filter(actor=person.pk)
    if person.pk == user.pk or not isinstance(user, User):
        return found
    out = Submission.objects.filter(submissions_out_of_reach(user)).order_by()
    hidden = Q(submission__in=out.values("pk"))
    tags, papers = (fairness.out_of_reach(user, model).values("pk") for model in (Tag, Paper))
    own = Q(tag__in=tags) | Q(tag=None, paper__in=papers)
    kept = Q(submission__contributor=person.pk) | Q(tag__contributor=person.pk) | Q(paper__logged_by=person.pk, tag=None)  # as who handed it in
    return found.exclude((hidden | own) & ~kept)


def on_problem(rows: QuerySet[AuditEvent], user: Actor, problems: Sequence[Problem]) -> QuerySet[AuditEvent]:
    """Entries on these problems, their statements, the tags on them, and the records that are on the map there."""
    keys = [problem.pk for problem in problems]
    statements = Statement.objects.filter(problem__in=keys).order_by()
    aimed = Q(statement__problem__in=keys) | Q(problem__in=keys)
    tags = Tag.objects.visible_to(user).filter(aimed).order_by()
    papers = Tag.objects.filter(on_map(), aimed).order_by()
    return rows.filter(
        Q(object_type="problem", object_id__in=keys)
        | Q(object_type="statement", object_id__in=statements.values("pk"))
        | Q(tag__in=tags.values("pk"))
        | Q(tag=None, paper__in=papers.values("paper"))
    )


@dataclass(frozen=True, slots=True)
class RoleChange:
    """Another role of somebody: who, from what to what, by whom, why."""

    at: datetime
    person: User | None
    name: str
    before: str
    after: str
    by: User | None
    reason: str


def role_changes() -> QuerySet[AuditEvent]:
    """Entries of roles that were given and taken: for curators."""
    return AuditEvent.objects.filter(kind=EventKind.ROLE_CHANGED, object_type="user").select_related("actor")


def roles_told(events: Sequence[AuditEvent]) -> list[RoleChange]:
    """These entries in words. One query."""
    people: Mapping[int, Model] = User.objects.in_bulk([event.object_id for event in events])
    return [
        RoleChange(
            at=event.at,
            person=people.get(event.object_id),  # type: ignore[arg-type]
            name=event.object_name,
            before=_role(event.before),
            after=_role(event.after),
            by=event.actor,
            reason=event.reason,
        )
        for event in events
    ]


def _role(values: Mapping[str, Any]) -> str:
    value = values.get("role")
    return str(Role(value).label) if value in Role.values else ""
