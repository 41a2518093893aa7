"""Statements that age are looked at once more when their day has come: still true until another day, or a change is proposed."""

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind
from problems.errors import Conflict, Invalid
from problems.models import Statement
from problems.permissions import Action, Actor, require
from problems.services import changes
from problems.text import NOTE_LIMIT, clean_text

A_YEAR, LONGEST = timedelta(days=365), timedelta(days=5 * 365)


def day_to_come(day: date, field: str) -> date:
    """Refuse a day that is past, or too far away."""
    today = timezone.localdate()
    if not today < day <= today + LONGEST:
        raise Invalid({field: [f"Write a day from tomorrow to {today + LONGEST:%Y-%m-%d}."]})
    return day


@transaction.atomic
def confirm(*, statement: Statement, by: Actor, reason: str, until: date | None = None) -> Statement:
    """Say that a statement that is due still holds, until another day: without one a year from today.

    Raises Refused, Invalid, Unparsable, Conflict where it is not due, or no longer.
    """
    fresh: Statement = Statement.objects.select_for_update(of=("self",)).select_related("problem").get(pk=statement.pk)
    require(by, Action.CONFIRM_STATEMENT, fresh)
    today = timezone.localdate()
    reason = clean_text(reason, limit=NOTE_LIMIT, field="reason", required=True, multiline=True)
    until = day_to_come(today + A_YEAR if until is None else until, "until")
    if fresh.retired_on:
        title = f"{fresh.code} is retired."
        raise Conflict(title, "What is retired is asked no more.")
    if fresh.review_by is None or fresh.review_by > today:
        title = f"{fresh.code} is not due: it stands until {fresh.review_by}." if fresh.review_by else f"{fresh.code} does not age."
        raise Conflict(title, "Look at it first. To change its day, propose another wording.")
    fresh.review_by = until
    changes.save(fresh, by=by, action=Action.CONFIRM_STATEMENT, kind=EventKind.CONFIRMED, reason=reason)
    return fresh
