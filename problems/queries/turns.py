"""Whose turn a submission is, and for how long: the contributor's, a first reviewer's, a second one's, or theirs who settle a difference.

That a second opinion is asked for is told to those who may decide; for everybody else it is the first reviewer's turn.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from problems.choices import OpinionState, Role, SubmissionState, Turn
from problems.models import SecondOpinion, Submission
from problems.permissions import role_of

OF_OPINION = {OpinionState.ASKED: Turn.SECOND, OpinionState.DIFFERENT: Turn.SETTLE}


def is_of(user: Any, turns: Iterable[str]) -> Q:
    """Submissions whose turn it is, as `user` may know."""
    wanted = set(turns)
    known = SecondOpinion.objects.visible_to(user).open().order_by()
    waits = Q(state=SubmissionState.SUBMITTED)
    found = Q(pk__in=[])
    if Turn.CONTRIBUTOR in wanted:
        found |= Q(state=SubmissionState.CHANGES_REQUESTED)
    if Turn.FIRST in wanted:
        found |= waits & ~Q(pk__in=known.values("submission"))
    for state, turn in OF_OPINION.items():
        if turn in wanted:
            found |= waits & Q(pk__in=known.filter(state=state).values("submission"))
    return found


def mine(user: Any) -> QuerySet[SecondOpinion]:
    """Second opinions that `user` may give, and differences that they may settle."""
    given = Q(state=OpinionState.ASKED) & ~Q(first=user.pk) & (Q(wanted=None) | Q(wanted=user.pk))
    settled = Q(state=OpinionState.DIFFERENT)
    if role_of(user) < Role.CURATOR:
        settled &= Q(first=user.pk) | Q(second=user.pk)
    return SecondOpinion.objects.visible_to(user).filter(given | settled, submission__state=SubmissionState.SUBMITTED).order_by()


def look(user: Any, submissions: Sequence[Submission]) -> None:
    """Put on each of these whose turn it is and who is asked. A fixed number of queries.

    While a second opinion is asked for, who was asked for the first is told to nobody: the second decides without it.
    """
    waiting = [each for each in submissions if each.state == SubmissionState.SUBMITTED]
    opinions = {each.submission_id: each for each in SecondOpinion.objects.visible_to(user).open().filter(submission__in=[one.pk for one in waiting])}
    for each in submissions:
        opinion = opinions.get(each.pk)
        each.turn = None
        if each.state == SubmissionState.CHANGES_REQUESTED:
            asked = next((review.at for review in each.reviews.all() if review.undone_at is None), each.modified)
            each.turn = (Turn.CONTRIBUTOR, asked)
        elif opinion:
            since = opinion.given_at if opinion.state == OpinionState.DIFFERENT else opinion.asked_at
            each.turn = (OF_OPINION[OpinionState(opinion.state)], since or opinion.asked_at)
        elif each.state == SubmissionState.SUBMITTED:
            each.turn = (Turn.FIRST, each.submitted_at or each.created)
        blind = opinion is not None and opinion.state == OpinionState.ASKED
        each.asked_of = each.assigned_to if each.state == SubmissionState.SUBMITTED and not blind else None
