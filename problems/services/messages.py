"""What people say to one another about a submission. A message is written once: nobody changes or deletes it."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from problems.choices import Audience, EventKind, SubmissionState
from problems.errors import Conflict, Invalid, TooMany
from problems.models import Message, Submission, User
from problems.permissions import Action, require
from problems.queries.messages import mentionable
from problems.queries.submissions import withhold
from problems.services import audit, changes
from problems.services.submissions import locked

MENTIONS_MOST = 10
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RIGHTS = {Audience.CONTRIBUTOR: Action.WRITE_MESSAGE, Audience.REVIEWERS: Action.WRITE_TO_REVIEWERS}


@transaction.atomic
def write(*, submission: Submission, by: User, audience: str, text: str) -> Message:
    """Say something about a submission, to its contributor and reviewers, or among reviewers.

    A name after “@” tells that person, if they may read this and their name is told to `by`; any other stays text like the rest.
    Raises Refused, Invalid, Conflict, TooMany.
    """
    if audience not in Audience.values:
        raise Invalid({"audience": [f"Choose among: {', '.join(Audience.values)}."]})
    submission = locked(submission, by)
    require(by, RIGHTS[Audience(audience)], submission)
    withhold([submission], by)
    if submission.state == SubmissionState.DRAFT:
        raise Conflict("A draft is read by nobody else.", "Hand it in first.")
    if submission.withheld:
        raise Conflict("This submission is closed for messages.")
    _within_rate(by)
    if not text.strip():
        raise Invalid({"text": ["Write what you want to say."]})
    message = Message(submission=submission, author=by, audience=audience, text=text)
    changes.validate(message)
    message.text, named = _naming(message.text, submission, audience, by)
    if len(named) > MENTIONS_MOST:
        raise Invalid({"text": [f"This names {len(named)} people. A message names {MENTIONS_MOST} at most."]})
    changes.validate(message)
    message.save()
    message.mentions.set(named)
    audit.record(EventKind.CREATED, message, by=by, after={"submission_id": submission.pk, "audience": message.audience})
    return message


def _naming(text: str, submission: Submission, audience: str, by: User) -> tuple[str, list[User]]:
    """The text with the ids of those who are named in it for their names, the longest name first; and who they are."""
    if "@" not in text:
        return text, []
    names: dict[str, list[User]] = {}
    for person in mentionable(submission, audience, by):
        names.setdefault(person.display_name.casefold(), []).append(person)
    pieces, found = text.split("@"), {}
    written = [pieces[0]]
    for piece in pieces[1:]:
        before = written[-1][-1:]
        name = next((name for name in sorted(names, key=len, reverse=True) if _begins(piece, name)), "") if not before.isalnum() else ""
        for person in names.get(name, ()):
            found[person.pk] = person
        marks = " ".join(f"@{{{person.public_id}}}" for person in names.get(name, ()))
        written.append(f"{marks}{piece[len(name) :]}" if name else f"@{piece}")
    return "".join(written), list(found.values())


def _begins(piece: str, name: str) -> bool:
    """Whether this piece of text is this name, and something else or nothing after it."""
    return piece[: len(name)].casefold() == name and not piece[len(name) : len(name) + 1].isalnum()


def _within_rate(by: User) -> None:
    """Refuse messages that come too fast."""
    now = timezone.now()
    for window, limit, words in ((MINUTE, settings.WRITES_A_MINUTE, "a minute"), (DAY, settings.WRITES_A_DAY, "a day")):
        if Message.objects.filter(author=by, created__gt=now - window).count() >= limit:
            title = f"This is more than {limit} messages in {words}."
            raise TooMany(title, "Wait and try again.", retry_after=int(window.total_seconds()))
