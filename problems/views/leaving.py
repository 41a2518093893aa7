"""How a reviewer leaves a submission to others, on the pages that show one."""

import re
from collections.abc import Iterable
from typing import Any, cast

from django.http import HttpRequest, QueryDict

from problems.choices import Passing
from problems.models import Submission, User
from problems.permissions import Action, why_not
from problems.queries import reviews as queue
from problems.views import keeping
from problems.workflow import Move, allows

PUBLIC_ID = re.compile(r"[a-z0-9]{10}")
OF_THE_ACT = ("act", "how", "to", "wanted", "seen", "audience")
TYPED = re.compile(r"note|record|.+\.verdict|.+-text")
"""Names of fields that hold something only if somebody typed or chose it: all others come filled in."""
SAID = {
    Passing.SKIPPED.value: "Skipped. It comes last in your queue today.",
    Passing.ABSTAINED.value: "Left to others. Your queue does not offer it again.",
}


def panel(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """How it can be left while it waits, and to whom; whose turn it is. `submission` knows that by queries.turns."""
    user = cast("User", request.user)
    waits = allows(submission.state, Move.CLAIM)
    return {
        "submission": submission,
        "may_leave": waits and submission.contributor_id != user.pk,
        "may_assign": waits and not why_not(user, Action.ASSIGN, submission),
        "reviewers": list(queue.reviewers(user, submission)) if waits else [],
        "chosen": request.POST.get("to", ""),
        "turn": submission.turn,
        "asked_of": submission.asked_of,
        "left": waits and queue.has_left(user, submission) != "",
    }


def just_left(request: HttpRequest) -> dict[str, str]:
    """What was just left to others, with the way back, as long as it is left."""
    public_id = request.GET.get("left", "")
    if not PUBLIC_ID.fullmatch(public_id):
        return {}
    submission = Submission.objects.visible_to(request.user).waiting().filter(public_id=public_id).first()
    how = queue.has_left(cast("User", request.user), submission) if submission else ""
    return {"id": public_id, "text": SAID[how]} if how else {}


def typed_on(body: QueryDict) -> bool:
    """Whether the form of a review page holds something of a decision, or of a message."""
    return any(TYPED.fullmatch(name) and value.strip() for name, values in body.lists() for value in values)


def put_aside(request: HttpRequest, submission: Submission, *, sent: Iterable[str] = ()) -> None:
    """Keep for the review page what was typed there while its form sent something else, of which these are the fields."""
    body = request.POST.copy()
    for name in (*OF_THE_ACT, *sent):
        body.pop(name, None)
    if typed_on(body):
        keeping.put_aside(request, submission.get_review_url(), body)
