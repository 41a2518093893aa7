"""What notifications say, and which there are: made anew each time, from what their reader may see now.

What they may not see any more is not shown, not counted and not mailed, as if it had never been.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.urls import reverse

from problems.choices import Audience, EventKind, OpinionState, Pace, Role, Subject, SubmissionKind, Visibility
from problems.codebook import codebook
from problems.models import (
    CallToAction,
    CatalogueChange,
    Declaration,
    Flag,
    Message,
    Notification,
    NotificationPace,
    Problem,
    SecondOpinion,
    Statement,
    StateStep,
    Submission,
    Tag,
    Team,
)
from problems.pagination import Ordering
from problems.permissions import on_map, role_of, visible_papers, visible_tags

MOST = 100
LATEST = Ordering("latest", "Latest first", ("-at", "public_id"))
NONE = Q(pk__in=[])


def shown(user: Any) -> QuerySet[Notification]:
    """Notifications of `user` about what they may still know of."""
    return Notification.objects.visible_to(user).filter(_rules(user, Subject, fair=False))


def unread(user: Any) -> int:
    """How many of them were not read, up to `MOST`.

    One query where there is none, as on most pages of most people, else two; of reviewers some more where one is about what conflicts of interest
    keep away.
    """
    if role_of(user) < Role.READER or user is None:
        return 0
    mine = Notification.objects.visible_to(user).filter(read_at=None).order_by()
    subjects = {Subject(each) for each in mine.values_list("subject", flat=True).distinct()}
    if not subjects:
        return 0
    if role_of(user) < Role.REVIEWER:
        return mine.filter(_rules(user, subjects, fair=False))[:MOST].count()
    asks = Case(When(Q(message__audience=Audience.REVIEWERS) | Q(subject=Subject.OPINION), then=Value(True)), default=Value(False))  # noqa: FBT003  # values
    rows = list(mine.filter(_rules(user, subjects, fair=True)).annotate(asks=asks).values_list("asks", flat=True)[:MOST])
    return shown(user).filter(read_at=None)[:MOST].count() if any(rows) else len(rows)


def listed(user: Any) -> QuerySet[Notification]:
    """The same with what `told` reads."""
    return shown(user).select_related(
        "event__submission__paper",
        "event__tag__paper",
        "event__tag__statement__problem",
        "event__tag__call",
        "event__tag__problem",
        "message__submission__paper",
    )


def _rules(user: Any, subjects: Iterable[Subject], *, fair: bool) -> Q:
    """What is told now, of these kinds: each that is not asked for makes the question shorter.

    With `fair` as if nothing were out of reach for this reviewer, which saves asking why something is.
    """
    asked = set(subjects)
    told = NONE
    for kinds, rule in RULES.items():
        if asked & set(kinds):
            told |= Q(subject__in=kinds) & rule(user, fair)
    return told


def _told_messages(user: Any, fair: bool) -> Q:  # noqa: FBT001  # one of RULES
    rows = Message.objects.exclude(submission__paper__visibility=Visibility.TRASHED) if fair else Message.objects.visible_to(user)
    return Q(message__in=rows.order_by().values("pk"))


def _told_decisions(user: Any, _: bool) -> Q:  # noqa: FBT001  # as above
    answered = Q(event__object_type="cataloguechange", event__object_id__in=CatalogueChange.objects.visible_to(user).values("pk"))
    return Q(event__submission__in=_submissions(user).values("pk")) | answered


def _told_assignments(user: Any, _: bool) -> Q:  # noqa: FBT001  # as above
    return Q(event__submission__in=_submissions(user).values("pk")) if role_of(user) >= Role.REVIEWER else NONE


def _told_opinions(user: Any, fair: bool) -> Q:  # noqa: FBT001  # as above
    rows = SecondOpinion.objects.all() if fair else SecondOpinion.objects.visible_to(user)
    return Q(event__submission__in=rows.order_by().values("submission")) if role_of(user) >= Role.REVIEWER else NONE


def _told_flags(user: Any, _: bool) -> Q:  # noqa: FBT001  # as above
    seen = (Q(paper=None) | visible_papers(user, "paper__")) & (Q(tag=None) | visible_tags(user, "tag__"))
    return Q(event__object_type="flag", event__object_id__in=Flag.objects.filter(seen, by=user.pk).order_by().values("pk"))


def _told_news(user: Any, _: bool) -> Q:  # noqa: FBT001  # as above
    del user
    return (
        Q(event__object_type="tag", event__tag__in=Tag.objects.filter(on_map()).values("pk"))
        | Q(event__about_catalogue=True)
        | Q(event__object_type="declaration", event__object_id__in=Declaration.objects.on_map().values("pk"))
    )


def _told_of_oneself(user: Any, _: bool) -> Q:  # noqa: FBT001  # as above
    del user
    return Q()


RULES: Mapping[tuple[Subject, ...], Callable[[Any, bool], Q]] = {
    (Subject.MESSAGE, Subject.MENTION): _told_messages,
    (Subject.DECISION,): _told_decisions,
    (Subject.ASSIGNMENT,): _told_assignments,
    (Subject.OPINION,): _told_opinions,
    (Subject.FLAG,): _told_flags,
    (Subject.FOLLOWED,): _told_news,
    (Subject.ACCOUNT,): _told_of_oneself,
}


def _submissions(user: Any) -> QuerySet[Submission]:
    """Those that are shown to them whole, as `queries.submissions.withhold` has it."""
    rows = Submission.objects.visible_to(user).order_by()
    if role_of(user) >= Role.REVIEWER:
        return rows.exclude(paper__visibility=Visibility.TRASHED)
    seen = visible_papers(user, "paper__") | Q(paper__visibility=Visibility.MERGED) & visible_papers(user, "paper__merged_into__")
    return rows.filter(Q(paper=None) | seen)


def paces(user: Any) -> dict[str, str]:
    """How often mails of each kind come; weekly where nothing was said."""
    said = dict(NotificationPace.objects.filter(user=user.pk).values_list("subject", "pace"))
    return {subject.value: said.get(subject.value, Pace.WEEKLY.value) for subject in Subject}


def members_of(values: Mapping[str, Any]) -> set[tuple[int, bool]]:
    """Who was in a team, and whether they led it, as an entry of the record keeps it."""
    return {(key, is_lead) for key, is_lead in values.get("members", ())}


# -- what they say --


@dataclass(frozen=True, slots=True)
class Told:
    """A notification in words, and where it leads."""

    notification: Notification
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What several notifications are about, by key."""

    steps: Mapping[int, StateStep]
    things: Mapping[str, Mapping[int, Any]]


def told(rows: Sequence[Notification]) -> list[Told]:
    """These notifications, of `listed`, in words: a sentence that names nobody. Nine queries at most."""
    known = _known(rows)
    return [Told(row, *(_of_message(row, row.message) if row.message else SENTENCES[Subject(row.subject)](row, known))) for row in rows]


def _known(rows: Sequence[Notification]) -> _Known:
    tags = [row.event.tag_id for row in rows if row.event and row.event.tag_id]
    steps = {step.tag_id: step for step in StateStep.objects.filter(tag__in=tags)} if tags else {}
    keys: dict[str, set[int]] = defaultdict(set)
    for row in rows:
        if row.event:
            keys[row.event.object_type].add(row.event.object_id)
    sources: dict[str, QuerySet[Any]] = {
        "statement": Statement.objects.select_related("problem"),
        "problem": Problem.objects.all(),
        "calltoaction": CallToAction.objects.all(),
        "declaration": Declaration.objects.select_related("team", "statement__problem", "call"),
        "team": Team.objects.all(),
    }
    return _Known(steps, {name: found.in_bulk(keys[name]) for name, found in sources.items() if keys[name]})


def _called(submission: Submission) -> str:
    """What a submission is called in a sentence."""
    if submission.paper:
        return f"“{submission.paper.title}”"
    return {SubmissionKind.SEARCH: "a search", SubmissionKind.IMPORT: "an import"}.get(SubmissionKind(submission.kind), "a submission")


def _page_of(row: Notification, submission: Submission, anchor: str = "") -> str:
    mine = submission.contributor_id == row.user_id
    return f"{submission.get_absolute_url() if mine else submission.get_review_url()}{anchor}"


def _of_message(row: Notification, message: Message) -> tuple[str, str]:
    name = _called(message.submission)
    sentence = f"A message on {name} names you." if row.subject == Subject.MENTION else f"There is a new message on {name}."
    return sentence, reverse("message", args=[message.submission.public_id])


DECISIONS = {
    EventKind.DECIDED: "What you handed in was decided on: {}.",
    EventKind.CHANGES_REQUESTED: "Changes are asked for on what you handed in: {}.",
    EventKind.UNDONE: "A decision on what you handed in was taken back, so it waits again: {}.",
}
OPINIONS = {
    EventKind.OPINION_ASKED: "You are asked for a second opinion on {}.",
    EventKind.OPINION_GIVEN: "The second opinion on {} was given.",
    OpinionState.DIFFERENT: "The second opinion on {} differs from the first. It is to be settled.",
    "proposed": "A way to settle the difference on {} was proposed.",
    EventKind.SETTLED: "The difference on {} was settled.",
}


def _decision(row: Notification, known: _Known) -> tuple[str, str]:
    del known
    event: Any = row.event
    if event.submission is None:
        return "A proposal of yours for the catalogue was answered.", reverse("catalogue-change", args=[event.object_name])
    submission = event.submission
    return DECISIONS[event.kind].format(_called(submission)), _page_of(row, submission)


def _assignment(row: Notification, known: _Known) -> tuple[str, str]:
    del known
    submission: Any = row.event.submission if row.event else None
    return f"You are asked to review {_called(submission)}.", submission.get_review_url()


def _opinion(row: Notification, known: _Known) -> tuple[str, str]:
    del known
    event: Any = row.event
    said = OPINIONS.get(event.after.get("opinion", ""), OPINIONS[event.kind])
    return said.format(_called(event.submission)), event.submission.get_review_url()


def _flag(row: Notification, known: _Known) -> tuple[str, str]:
    del row, known
    return "A flag of yours was answered.", reverse("my-flags")


def _followed(row: Notification, known: _Known) -> tuple[str, str]:
    event: Any = row.event
    if event.tag:
        tag = event.tag
        step = known.steps.get(tag.pk)
        became = f" It became {codebook().states[step.after].label.lower()}." if step else ""
        return f"Accepted on {tag.code}: “{tag.paper.title}”, {codebook().relations[tag.relation].label.lower()}.{became}", tag.get_absolute_url()
    thing = known.things.get(event.object_type, {}).get(event.object_id)
    if thing is None:  # the catalogue deletes nothing; whoever does by hand leaves this
        return "Something that you follow has changed.", reverse("following")
    if isinstance(thing, Declaration):
        return f"{thing.team} says that it works on {thing.code}.", thing.team.get_absolute_url()
    if isinstance(thing, Statement):
        if event.kind == EventKind.CREATED:
            return f"Problem {thing.problem.number} has a new statement: {thing.code}.", thing.get_absolute_url()
        became = "is no longer retired" if "retired_on" in event.after else "was reworded"
        return f"{thing.code} {'was retired' if event.kind == EventKind.RETIRED else became}.", thing.get_absolute_url()
    return f"{f'Problem {thing.number}' if isinstance(thing, Problem) else thing.code} was reworded.", thing.get_absolute_url()


def _account(row: Notification, known: _Known) -> tuple[str, str]:
    event: Any = row.event
    if event.object_type == "user":
        return f"Your role is now {Role(event.after['role']).label.lower()}.", reverse("account")
    team = known.things.get("team", {}).get(event.object_id)
    before, after = (dict(members_of(values)).get(row.user_id) for values in (event.before, event.after))
    name = str(team) if team else "a team"
    url = team.get_absolute_url() if team else reverse("teams")
    if after is None:
        return f"You are no longer in {name}.", url
    if before is None:
        return f"You are in {name} now{', as a lead' if after else ''}.", url
    return f"You {'lead' if after else 'no longer lead'} {name}.", url


SENTENCES = {
    Subject.DECISION: _decision,
    Subject.ASSIGNMENT: _assignment,
    Subject.OPINION: _opinion,
    Subject.FLAG: _flag,
    Subject.FOLLOWED: _followed,
    Subject.ACCOUNT: _account,
}


def labels(subjects: Iterable[Subject]) -> list[str]:
    """Kinds in words."""
    return [str(subject.label) for subject in subjects]
