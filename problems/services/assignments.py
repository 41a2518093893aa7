"""Who is asked to review what: one submission, or, as a standing matter, what comes in on a problem, from a team or from a person.

An assignment asks; it holds nothing. The queue leaves what is assigned to one reviewer out for the others, for `workflow.ASSIGNED_LASTS`.
Nobody is asked who may not decide: `permissions.py` says who that is.
"""

from collections.abc import Container, Iterator
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from problems.choices import EventKind, Passing, Role, SubmissionKind
from problems.errors import Conflict, Invalid, Stale
from problems.models import Assignment, Passed, Problem, Submission, Team, User
from problems.permissions import Action, require, role_of, why_not
from problems.queries import fairness
from problems.services import audit, changes
from problems.workflow import Move, next_state

NOBODY = "There is no such reviewer."
BARRED = "This person may not decide on it. Choose somebody else."


@transaction.atomic
def assign(*, submission: Submission, to: User | None, by: User, seen: datetime | None = None) -> Submission:
    """Ask `to` to review it, or with None leave it to everybody again. Raises Refused, Stale, Invalid by field, Conflict where it does not wait."""
    submission = locked(submission, by, seen)
    require(by, Action.ASSIGN, submission)
    next_state(submission.state, Move.CLAIM)
    no_opinion(submission)
    if to is not None:
        asked(submission, to)
    if submission.assigned_to_id == (to.pk if to else None):
        title = "This is assigned so already."
        raise Conflict(title)
    set_to(submission, to, by)
    return submission


def locked(submission: Submission, by: User, seen: datetime | None = None) -> Submission:
    """The submission as it is now, held until the end of the transaction, with what `by` may not decide on known."""
    fresh = Submission.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=submission.pk).first()
    if fresh is None:
        title = "This submission is gone."
        raise Conflict(title)
    if seen is not None and fresh.modified != seen:
        title = "This submission has changed since you read it."
        raise Stale(title, "Read it again, then repeat the change.")
    fairness.look(by, [fresh])
    return fresh


def no_opinion(submission: Submission) -> None:
    """Refuse, whoever is meant, while a second opinion is open: who may not be asked then would tell who gave the first."""
    if submission.opinions.open().exists():
        title = "A second opinion on it is open."
        raise Conflict(title, "Decide on its own page, or leave it to whoever comes next.")


def asked(submission: Submission, to: User) -> None:
    """Refuse somebody who could not decide on it: no reviewer, or one who is barred. Which of the reasons it is, is theirs to tell."""
    if role_of(to) < Role.REVIEWER:
        raise Invalid({"to": [NOBODY]})
    fairness.look(to, [submission])
    if why_not(to, Action.REVIEW, submission):
        raise Invalid({"to": [BARRED]})


def set_to(submission: Submission, to: User | None, by: User | None) -> None:
    """Store who is asked, and record it; with None nobody is."""
    before = submission.assigned_to_id
    submission.assigned_to, submission.assigned_at = to, timezone.now() if to else None
    submission.save(update_fields=["assigned_to", "assigned_at", "modified"])
    kind = EventKind.ASSIGNED if to else EventKind.RELEASED
    audit.record(kind, submission, by=by, before={"assigned_to": before}, after={"assigned_to": to.pk if to else None})


# -- what stands --


@transaction.atomic
def stand(*, reviewer: User, problem: Problem | None = None, team: Team | None = None, person: User | None = None, by: User) -> Assignment:
    """Assign what comes in from now on: on a problem, from a team or from a person, one of the three. Raises Refused, Invalid, Conflict."""
    standing = Assignment(reviewer=reviewer, problem=problem, team=team, person=person, by=by)
    require(by, Action.ASSIGN_STANDING, standing)
    if role_of(reviewer) < Role.REVIEWER:
        raise Invalid({"reviewer": [NOBODY]})
    if person is not None and person.pk == reviewer.pk:
        raise Invalid({"person": ["Nobody decides on their own work. Choose another reviewer."]})
    changes.validate(standing)
    try:
        with transaction.atomic():
            standing.save()
    except IntegrityError as error:
        title = "Somebody assigned this a moment ago."
        raise Conflict(title, "Look at the list first.") from error
    audit.record(EventKind.ASSIGNED, reviewer, by=by, after=_said(standing))
    return standing


@transaction.atomic
def end(*, standing: Assignment, by: User) -> None:
    """End it; what was assigned by it stays so. Raises Refused, Conflict."""
    require(by, Action.ASSIGN_STANDING, standing)
    fresh = Assignment.objects.select_for_update(of=("self",)).select_related("reviewer").filter(pk=standing.pk).first()
    if fresh is None:
        title = "This assignment was ended already."
        raise Conflict(title)
    audit.record(EventKind.RELEASED, fresh.reviewer, by=by, before=_said(fresh))
    fresh.delete()


def _said(standing: Assignment) -> dict[str, Any]:
    return {"assignment": standing.public_id, "problem": standing.problem_id, "team": standing.team_id, "person": standing.person_id}


def apply(submission: Submission) -> None:
    """Assign what was just handed in to whom it goes by what stands: by person before team before problem. Call it once its rows are stored.

    Who had it before, and may still decide, has it again. Those who may not decide, or left it for good, are passed over.
    """
    left = set(Passed.objects.filter(submission=submission, how=Passing.ABSTAINED).values_list("user", flat=True))
    if submission.assigned_to and _may(submission, submission.assigned_to, left):
        submission.assigned_at = timezone.now()
        submission.save(update_fields=["assigned_at", "modified"])
        return
    to = next((each for each in _standing(submission) if _may(submission, each, left)), None)
    if to != submission.assigned_to:
        set_to(submission, to, None)


def _may(submission: Submission, reviewer: User, left: Container[int | None]) -> bool:
    """Whether they may decide on it, and are not among those who `left` it for good. What takes queries is asked last."""
    if role_of(reviewer) < Role.REVIEWER or reviewer.pk in left or reviewer.pk in {submission.contributor_id, submission.appealed_against_id}:
        return False
    fairness.look(reviewer, [submission])
    return not why_not(reviewer, Action.REVIEW, submission)


def _standing(submission: Submission) -> Iterator[User]:
    """Reviewers to whom it goes, the nearest first."""
    numbers = problems_of(submission)
    found = Assignment.objects.filter(
        Q(person=submission.contributor_id) | (Q(team=submission.team_id) if submission.team_id else Q(pk__in=[])) | Q(problem__in=numbers)
    ).select_related("reviewer", "problem")
    order = sorted(found, key=lambda each: (each.person_id is None, each.team_id is None, each.problem.number if each.problem else 0))
    seen: set[int] = set()
    for each in order:
        if each.reviewer_id not in seen:
            seen.add(each.reviewer_id)
            yield each.reviewer


def problems_of(submission: Submission) -> set[int]:
    """Keys of the problems that it bears on."""
    rows: list[Any] = [submission.tags, submission.searches]
    found = {key for each in rows for pair in each.values_list("statement__problem", "problem") for key in pair}
    tag = submission.corrected_tag if submission.kind == SubmissionKind.CORRECTION else None
    if tag:
        found |= {tag.statement.problem_id if tag.statement else None, tag.problem_id}
    return {key for key in found if key is not None}
