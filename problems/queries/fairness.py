"""Who may not decide on what: the reasons of permissions.py, put on rows so that its rules can read them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Case, CharField, Model, Q, QuerySet, Value, When

from problems import permissions
from problems.choices import OpinionState, Role
from problems.models import Flag, Interest, Paper, Search, SecondOpinion, Submission, Tag, Trashed, User
from problems.permissions import (
    ASK_BARS,
    ASKED_OF_ANOTHER,
    DIFFER,
    FIRST,
    Action,
    Actor,
    barred,
    barred_submissions,
    role_of,
    submissions_out_of_reach,
)

type Decided = Submission | Paper | Tag | Search


def require(by: Actor, action: Action, thing: object) -> None:
    """Look at `thing` where the action asks for it, then raise Refused, with the reason, unless `by` may do `action` to it."""
    look_for(by, action, thing)
    permissions.require(by, action, thing)


def why_not(by: Actor, action: Action, thing: object) -> str:
    """The reason itself, or an empty text."""
    look_for(by, action, thing)
    return permissions.why_not(by, action, thing)


def look_for(by: Actor, action: Action, thing: object, like: object = None) -> None:
    """Look at what `action` on `thing` asks about: the thing itself, what a flag or the trash points at, the submission of a second opinion.

    What was found of `like`, the same row as somebody holds it, is taken over: who decides on many has looked at all of them at once.
    """
    if action not in ASK_BARS or by is None or by.pk is None:
        return
    known = getattr(like, "bars", None)
    if isinstance(thing, Paper | Tag | Search) and known is not None and by.pk in known:
        thing.bars = known
        return
    match thing:
        case Flag():
            _look_at_flagged(by, thing)
        case Trashed():
            look(by, [each for each in (thing.paper, thing.tag, thing.search) if each is not None])
        case SecondOpinion():
            look(by, [thing.submission])
        case Submission() | Paper() | Tag() | Search():
            look(by, [thing])
        case _:
            pass


def _look_at_flagged(by: Actor, flag: Flag) -> None:
    if flag.tag is not None:
        look(by, [flag.tag])
    elif flag.paper is not None:
        look(by, [flag.paper])


def look(user: Actor, things: "Iterable[Decided]") -> None:
    """Put on each of these rows of one model why `user` may not decide on it, or an empty text. Six queries at most; none for a visitor."""
    rows = [thing for thing in things if thing.pk is not None]  # type: ignore[redundant-expr]  # a new one has none
    if user is None or user.pk is None or not user.is_authenticated:
        return
    judges = rows and role_of(user) >= Role.REVIEWER  # others may not decide on anything
    found = reasons(user, type(rows[0]), [row.pk for row in rows]) if judges else {}
    kept = kept_from(user, [row.pk for row in rows]) if judges and isinstance(rows[0], Submission) else {}
    for row in rows:
        row.bars = {**(row.bars or {}), user.pk: found.get(row.pk, "")}
        if isinstance(row, Submission):
            row.kept_from = {**(row.kept_from or {}), user.pk: kept.get(row.pk, "")}


def reasons(user: Actor, model: type[Model], keys: Sequence[int]) -> Mapping[int, str]:
    """By key of those rows of `model` on which `user` may not decide: why. A row that is left out is open to them, as far as this goes."""
    if user is None or user.pk is None or not user.is_authenticated:
        return {}
    rules = _rules(user, model)
    why = Case(*(When(rule, then=Value(reason)) for reason, rule in rules.items()), default=Value(""), output_field=CharField())
    everything = Q()
    for rule in rules.values():
        everything |= rule
    rows = model._base_manager.filter(pk__in=keys).filter(everything)  # noqa: SLF001  # the documented way to reach every row
    return {key: reason for key, reason in rows.order_by().annotate(why=why).values_list("pk", "why") if reason}


def kept_from(user: User, keys: Sequence[int]) -> Mapping[int, str]:
    """By key of those submissions on which `user` may not decide now, because a second opinion is open: why. One query."""
    found = {}
    rows = SecondOpinion.objects.open().filter(submission__in=keys).order_by()
    for key, state, first, wanted in rows.values_list("submission", "state", "first", "wanted"):
        if state == OpinionState.DIFFERENT:
            found[key] = DIFFER
        elif first == user.pk:
            found[key] = FIRST
        elif wanted not in {None, user.pk} and role_of(user) < Role.CURATOR:
            found[key] = ASKED_OF_ANOTHER
    return found


def out_of_reach(user: User, model: type[Tag | Paper]) -> QuerySet[Any]:
    """Tags or papers of `user`, of submissions of theirs, and those on which they may not decide: who did is not told them."""
    mine = Submission.objects.filter(submissions_out_of_reach(user)).order_by()
    if model is Tag:
        rows = Q(contributor=user) | Q(submission__in=mine.values("pk"))
    else:
        rows = Q(logged_by=user) | Q(pk__in=mine.exclude(paper=None).values("paper"))
    for rule in _rules(user, model).values():
        rows |= rule
    return model._base_manager.filter(rows).order_by()  # noqa: SLF001  # the documented way to reach every row


def keys_out_of_reach(user: Actor, model: type[Tag | Paper], keys: Collection[int]) -> set[int]:
    """Those of these keys that are among them; a fixed number of queries, and none for who reviews nothing."""
    if not keys or not isinstance(user, User) or role_of(user) < Role.REVIEWER:
        return set()
    return set(out_of_reach(user, model).filter(pk__in=keys).values_list("pk", flat=True))


def interests(user: User) -> list[Interest]:
    """What `user` declared, the latest first; each paper that they may know of is `seen`. Two queries."""
    found = list(Interest.objects.visible_to(user).select_related("team"))
    in_sight(user, found)
    return found


def in_sight(user: Actor, rows: Iterable[Interest]) -> None:
    """Put on each of these its paper, where `user` may know of that. One query."""
    found = list(rows)
    papers = Paper.objects.visible_to(user).in_bulk({each.paper_id for each in found if each.paper_id})
    for each in found:
        each.seen = papers.get(each.paper_id) if each.paper_id else None


def may_decide(people: Iterable[User], submission: Submission) -> list[User]:
    """Those of these people who may decide on a submission, as far as fairness goes; six queries a person, so ask it of few."""
    able = []
    for person in people:
        look(person, [submission])
        if not permissions.why_not(person, Action.REVIEW, submission):
            able.append(person)
    return able


def _rules(user: "Actor", model: type[Model]) -> Mapping[str, Q]:
    if user is None or not user.is_authenticated:
        return {}
    if model is Submission:
        return barred_submissions(user)
    if model is Paper:
        return barred(user, ("", "twin_of__"), people="logged_by")
    if model is Tag:
        return barred(user, ("paper__", "paper__twin_of__"), people="contributor", team="submission__team")
    return barred(user, (), people="by", team="submission__team")
