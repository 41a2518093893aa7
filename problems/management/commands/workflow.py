"""manage.py workflow."""

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand

from problems.choices import Role, SubmissionKind, SubmissionState
from problems.models import Review, Submission, User
from problems.permissions import Action, why_not
from problems.workflow import CLAIM_LASTS, TABLE, UNDO_WITHIN, Move

NEEDS = {
    Move.EDIT: Action.CHANGE_SUBMISSION,
    Move.SUBMIT: Action.HAND_IN,
    Move.DISCARD: Action.CHANGE_SUBMISSION,
    Move.WITHDRAW: Action.CHANGE_SUBMISSION,
    Move.CLAIM: Action.REVIEW,
    Move.RELEASE: Action.RELEASE_CLAIM,
    Move.DECIDE: Action.REVIEW,
    Move.REQUEST_CHANGES: Action.REVIEW,
    Move.UNDO: Action.UNDO_REVIEW,
    Move.APPEAL: Action.APPEAL,
}
OWNER, HOLDER, OTHER = 1, 2, 3


class Command(BaseCommand):
    """Draws the moves of submissions."""

    help = "Print docs/workflow.md: the states of a submission, the moves between them and who may make them, from the table that the code uses."

    def handle(self, **_options: Any) -> None:
        """Write it."""
        self.stdout.write("\n".join(lines()), ending="")


def lines() -> Iterable[str]:
    """The page, line by line."""
    yield from (
        "# The way of a submission",
        "",
        "Written by `python manage.py workflow > docs/workflow.md` from `problems/workflow.py` and `problems/permissions.py`; a test compares.",
        "",
        f"A claim ends by itself {int(CLAIM_LASTS.total_seconds() // 3600)} hours after it was made or renewed.",
        f"An answer can be undone for {int(UNDO_WITHIN.total_seconds() // 60)} minutes, if nothing has changed since.",
        "Nobody decides on their own, whatever their role, and an appeal goes to somebody else than who decided.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        "    [*] --> draft",
    )
    for (state, move), after in TABLE.items():
        yield f"    {state.value} --> {after.value if after else '[*]'}: {_short(move)}"
    yield from ("```", "", "| from | move | to | who |", "|---|---|---|---|")
    for (state, move), after in TABLE.items():
        yield f"| {state.label.lower()} | {_short(move)} | {after.label.lower() if after else 'gone'} | {_who(move)} |"
    yield from (
        "",
        "What is not in the table is refused (409). Accepted and declined are states of the record and of each tag, not of the submission.",
        "",
    )


def _short(move: Move) -> str:
    return move.name.lower().replace("_", " ")


def _who(move: Move) -> str:
    """Who may make a move, found by asking the rules for one person of each kind."""
    cast = {
        "who handed it in": User(pk=OWNER, role=Role.CONTRIBUTOR),
        "the reviewer who holds it, or answered": User(pk=HOLDER, role=Role.REVIEWER),
        "other reviewers": User(pk=OTHER, role=Role.REVIEWER),
        "other curators": User(pk=OTHER, role=Role.CURATOR),
    }
    thing: Any = Submission(contributor_id=OWNER, kind=SubmissionKind.PAPER, state=SubmissionState.SUBMITTED, claimed_by_id=HOLDER)
    if move == Move.UNDO:
        thing = Review(reviewer_id=HOLDER)
    return ", ".join(name for name, person in cast.items() if not why_not(person, NEEDS[move], thing))
