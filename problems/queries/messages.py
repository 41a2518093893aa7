"""What was said about a submission, as one person may read it."""

import re
from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from problems.choices import Audience, OpinionState, Role, SubmissionState
from problems.models import Message, SecondOpinion, Submission, User
from problems.pagination import Ordering
from problems.permissions import NONE, role_of, shown_name, shown_reviewer
from problems.queries import fairness

OLDEST = Ordering("oldest", "In the order that they were written", ("created", "public_id"))
NAMED = re.compile(r"@\{([a-z0-9]{10})\}")
"""How a stored text names somebody: by their id, so that the name is the one that each reader may see, and goes with the account."""


def said(submission: Submission, user: Any) -> QuerySet[Message]:
    """Messages on it that `user` may read; of one that is withheld none."""
    rows = Message.objects.visible_to(user).filter(submission=submission)
    if submission.withheld or submission.state == SubmissionState.DRAFT:
        return rows.none()
    return rows.select_related("author", "submission").prefetch_related(Prefetch("mentions", User.objects.order_by("pk")))


def complete(messages: Sequence[Message], user: Any) -> None:
    """Put on each how `user` reads it: `by`, the name of who wrote it, and `words`, its text with the names of who is named in it.

    No query; for reviewers seven, since one who may not decide is told no names of those who may, and nobody that of who asked for a second
    opinion, until it is given.
    """
    fairness.look(user, [message.submission for message in messages])
    asking: set[tuple[int, int]] = set()
    if messages and role_of(user) >= Role.REVIEWER:
        asked = SecondOpinion.objects.filter(submission__in={message.submission_id for message in messages}, state=OpinionState.ASKED)
        asking = set(asked.exclude(first=user).values_list("submission", "first"))
    for message in messages:
        named = {person.public_id: person for person in message.mentions.all()}

        def name(person: User, submission: Submission = message.submission) -> str:
            if person.pk == submission.contributor_id:
                return shown_name(user, person)
            return "a reviewer" if (submission.pk, person.pk) in asking else shown_reviewer(user, person, submission)

        message.by = name(message.author)
        names = {key: name(person) for key, person in named.items()}
        pieces = NAMED.split(message.text)  # text, id, text, id, text
        message.words = "".join(
            piece if number % 2 == 0 else f"@{names[piece]}" if piece in names else f"@{{{piece}}}" for number, piece in enumerate(pieces)
        )


def mentionable(submission: Submission, audience: str, by: User) -> QuerySet[User]:
    """People whom `by` may name in a message: those who may read it, and whose name is told to `by`.

    Reviewers are told one another's names, and the contributor's; a contributor is told those of their teams.
    """
    own, reads = submission.contributor_id == by.pk, NONE
    if role_of(by) >= Role.REVIEWER and not own:
        reads |= Q(role__gte=Role.REVIEWER) & (~Q(pk=submission.contributor_id) if audience == Audience.REVIEWERS else Q())
    if audience == Audience.CONTRIBUTOR:
        reads |= Q(pk__in=by.colleagues().values("pk")) if own else Q(pk=submission.contributor_id)
    told = Q() if role_of(by) >= Role.CURATOR else Q(hide_name=False)
    return User.objects.filter(reads & told, is_active=True).exclude(Q(display_name="") | Q(pk=by.pk)).order_by("pk")
