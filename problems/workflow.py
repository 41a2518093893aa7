"""The states of a submission and the moves between them: the one table. Buttons, API actions, docs and tests read it."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from problems.choices import SubmissionState as State
from problems.errors import Conflict

CLAIM_LASTS = timedelta(hours=48)
UNDO_WITHIN = timedelta(minutes=10)
ASSIGNED_LASTS = timedelta(days=7)
"""How long what is assigned to one reviewer stays out of the queues of the others."""


class Move(StrEnum):
    """What can be done with a submission."""

    EDIT = "edit"
    SUBMIT = "submit"
    DISCARD = "discard"
    WITHDRAW = "withdraw"
    CLAIM = "claim"
    RELEASE = "release"
    DECIDE = "decide"
    REQUEST_CHANGES = "request changes to"
    UNDO = "undo the decision on"
    APPEAL = "appeal the decision on"


TABLE: Mapping[tuple[State, Move], State | None] = {  # None: it is gone
    (State.DRAFT, Move.EDIT): State.DRAFT,
    (State.DRAFT, Move.SUBMIT): State.SUBMITTED,
    (State.DRAFT, Move.DISCARD): None,
    (State.SUBMITTED, Move.WITHDRAW): State.WITHDRAWN,
    (State.SUBMITTED, Move.CLAIM): State.SUBMITTED,
    (State.SUBMITTED, Move.RELEASE): State.SUBMITTED,
    (State.SUBMITTED, Move.DECIDE): State.DECIDED,
    (State.SUBMITTED, Move.REQUEST_CHANGES): State.CHANGES_REQUESTED,
    (State.CHANGES_REQUESTED, Move.EDIT): State.CHANGES_REQUESTED,
    (State.CHANGES_REQUESTED, Move.SUBMIT): State.SUBMITTED,
    (State.CHANGES_REQUESTED, Move.WITHDRAW): State.WITHDRAWN,
    (State.CHANGES_REQUESTED, Move.UNDO): State.SUBMITTED,
    (State.WITHDRAWN, Move.EDIT): State.WITHDRAWN,
    (State.WITHDRAWN, Move.SUBMIT): State.SUBMITTED,
    (State.DECIDED, Move.UNDO): State.SUBMITTED,
    (State.DECIDED, Move.APPEAL): State.SUBMITTED,
}


def allows(state: str, move: Move) -> bool:
    """Whether `move` is in the table for a submission in `state`."""
    return (State(state), move) in TABLE


def next_state(state: str, move: Move) -> State | None:
    """Where `move` leads from `state`; None where the submission is gone then. Raises Conflict where the table has no such move."""
    if not allows(state, move):
        title = f"This submission is {State(state).label.lower()}: nobody can {move.value} it now."
        able = [other.value for (start, other) in TABLE if start == State(state)]
        raise Conflict(title, f"What can be done with it: {', '.join(able)}." if able else "")
    return TABLE[State(state), move]
