"""Conflicts of interest: declared once, they hold on every face until they are taken back. Who declares what is nobody else's to read."""

import re
from collections.abc import Callable

from django.db import transaction
from django.db.models import Q

from problems.choices import EventKind
from problems.errors import Invalid
from problems.models import Interest, Submission, Team, User
from problems.permissions import Action, require
from problems.queries import fairness
from problems.queries.papers import pointed_at
from problems.services import audit, changes, opinions
from problems.text import clean_text

ORCID = re.compile(r"(?:https?://)?(?:www\.)?(?:orcid\.org/)?(\d{4}-?\d{4}-?\d{4}-?\d{3}[\dXx])/?", re.ASCII)
MOST = 500
LONGEST = 300
PAPER, AUTHOR, TEAM = "paper", "author", "team"
KINDS = (PAPER, AUTHOR, TEAM)


@transaction.atomic
def declare(*, by: User, kind: str, what: str) -> Interest:
    """Declare a conflict with a paper (id, address or identifier), an author (ORCID, or family and given names), or a team (slug).

    Claims of `by` that it touches end, and what is asked of them goes to others. Raises Refused, Invalid for "kind" or "what".
    """
    require(by, Action.DECLARE_INTEREST, Interest(user=by))
    if kind not in KINDS:
        raise Invalid({"kind": [f"Choose among: {', '.join(KINDS)}."]})
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    what = clean_text(what, limit=LONGEST, field="what")
    if not what:
        raise Invalid({"what": ["Say which paper, author or team."]})
    if by.interests.count() >= MOST:
        raise Invalid({"what": [f"You have declared {MOST}, the most there may be. Take one back first."]})
    interest = Interest(user=by)
    READ[kind](interest, what)
    try:
        changes.validate(interest)
    except Invalid as error:
        raise Invalid({"what": [sentence for sentences in error.errors.values() for sentence in sentences]}) from error
    interest.save()
    audit.record(EventKind.CREATED, interest, by=by)
    _let_go(by)
    return interest


@transaction.atomic
def withdraw(*, interest: Interest, by: User) -> None:
    """Take it back: it is deleted. Raises Refused."""
    require(by, Action.DECLARE_INTEREST, interest)
    audit.record(EventKind.DELETED, interest, by=by)
    interest.delete()


def _paper(interest: Interest, what: str) -> None:
    interest.paper = pointed_at(what, interest.user)
    if interest.paper is None:
        raise Invalid({"what": ["There is no such paper."]})


def _author(interest: Interest, what: str) -> None:
    if match := ORCID.fullmatch(what):
        digits = match[1].replace("-", "").upper()
        interest.orcid = "-".join(digits[place : place + 4] for place in range(0, 16, 4))
        return
    family, _, given = (part.strip() for part in what.partition(","))
    if not family or family.isdecimal():
        raise Invalid({"what": ["Write an ORCID, or the family name, a comma and the given names."]})
    interest.family, interest.given = family, given


def _team(interest: Interest, what: str) -> None:
    interest.team = Team.objects.visible_to(interest.user).filter(slug=what).first()
    if interest.team is None:
        raise Invalid({"what": ["There is no such team."]})


READ: dict[str, Callable[[Interest, str], None]] = {PAPER: _paper, AUTHOR: _author, TEAM: _team}


def _let_go(by: User) -> None:
    """End what `by` holds, and give back what was asked of them, where they may not decide any more."""
    asked = opinions.of(by).values("submission")  # drop_for needs them too: all are held in one order
    mine = Submission.objects.waiting().filter(Q(claimed_by=by) | Q(assigned_to=by) | Q(pk__in=asked))
    held = list(mine.select_for_update(of=("self",)).order_by("pk"))
    barred = fairness.reasons(by, Submission, [submission.pk for submission in held])
    for submission in held:
        if submission.pk not in barred:
            continue
        was_held = submission.claimed_by_id == by.pk
        if not was_held and submission.assigned_to_id != by.pk:
            continue
        if was_held:
            submission.claimed_by = submission.claimed_at = None
        if submission.assigned_to_id == by.pk:
            submission.assigned_to = submission.assigned_at = None
        submission.save()
        if was_held:
            audit.record(EventKind.RELEASED, submission, by=by)
    opinions.drop_for(by=by)
