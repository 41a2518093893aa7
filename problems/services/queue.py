"""How a reviewer leaves a submission to others: for today, for good, or to one of them. No reason is asked, and nothing counts it.

What somebody left is theirs alone to know: no entry of the record says so. That a claim or an assignment ended is recorded, as ever.
"""

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind, OpinionState, Passing
from problems.models import Opened, Passed, SecondOpinion, Submission, User
from problems.permissions import Action, require
from problems.services import assignments, audit
from problems.workflow import Move, next_state


@transaction.atomic
def leave(*, submission: Submission, by: User, how: Passing) -> Submission:
    """Skip it for today, or abstain from it for good; what `by` holds of it is released. Raises Refused, Conflict where it does not wait."""
    submission = assignments.locked(submission, by)
    require(by, Action.LEAVE, submission)
    next_state(submission.state, Move.CLAIM)
    _pass(submission, by, how)
    _let_go(submission, by, assigned=how == Passing.ABSTAINED)
    return submission


@transaction.atomic
def hand_over(*, submission: Submission, by: User, to: User | None = None) -> Submission:
    """Leave it for good: to whoever comes next, or `to` a reviewer who may decide on it. Raises Refused, Invalid, Conflict.

    While a second opinion is open, only who it is asked of names somebody, and it is asked of that reviewer then.
    """
    submission = assignments.locked(submission, by)
    require(by, Action.LEAVE if to is None else Action.ASSIGN, submission)
    next_state(submission.state, Move.CLAIM)
    opinion = None
    if to is not None:
        opinion = _asked_of(submission, by)
        if opinion is None:
            assignments.no_opinion(submission)
        assignments.asked(submission, to)
    if to is None or to.pk != by.pk:
        _pass(submission, by, Passing.ABSTAINED)
    _let_go(submission, by, assigned=to is None)
    if to is not None and submission.assigned_to_id != to.pk:
        assignments.set_to(submission, to, by)
    if opinion is not None:
        opinion.wanted = to
        opinion.save()
    return submission


def _asked_of(submission: Submission, by: User) -> SecondOpinion | None:
    """The second opinion that is asked of `by`, asked of nobody in particular from now on."""
    asked = submission.opinions.filter(state=OpinionState.ASKED, wanted=by)
    opinion: SecondOpinion | None = asked.select_for_update(of=("self",)).first()
    if opinion is not None:
        opinion.wanted = None
        opinion.save()
    return opinion


@transaction.atomic
def take_back(*, submission: Submission, by: User) -> Submission:
    """Have in one's queue again what one left. Raises Refused."""
    submission = assignments.locked(submission, by)
    require(by, Action.LEAVE, submission)
    Passed.objects.filter(user=by, submission=submission).delete()
    return submission


def _pass(submission: Submission, by: User, how: Passing) -> None:
    Passed.objects.update_or_create(user=by, submission=submission, defaults={"how": how, "at": timezone.now()})


def _let_go(submission: Submission, by: User, *, assigned: bool) -> None:
    """End the claim of `by`, and, where that is meant too, that it is assigned to them or an opinion asked of them; one entry says so."""
    before = {}
    if assigned and _asked_of(submission, by):
        before["wanted"] = by.pk
    if submission.claimed_by_id == by.pk:
        submission.claimed_by = submission.claimed_at = None
        before["claimed_by"] = by.pk
    if assigned and submission.assigned_to_id == by.pk:
        submission.assigned_to = submission.assigned_at = None
        before["assigned_to"] = by.pk
    if before:
        submission.save(update_fields=["claimed_by", "claimed_at", "assigned_to", "assigned_at", "modified"])
        audit.record(EventKind.RELEASED, submission, by=by, before=before, after=dict.fromkeys(before))


def opened(*, submission: Submission, by: User) -> None:
    """Count an advised item towards the number that `by` allows themselves a day. The day after it is forgotten."""
    Opened.objects.get_or_create(user=by, submission=submission, day=timezone.localdate())
