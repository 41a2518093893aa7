"""What the database refuses for the sake of a rule, a row or time, as something to tell a person."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, DataError, IntegrityError

from problems.errors import Busy, Conflict, TrackerError, Unparsable

CHANGING = (Conflict, "Somebody else is changing this at the moment.", "Try again.")
BY_CODE: dict[str, tuple[type[TrackerError], str, str]] = {  # by code of PostgreSQL, or the class that its first two signs are
    "55P03": CHANGING,  # lock_not_available
    "40P01": CHANGING,  # deadlock_detected
    "23": (Conflict, "Somebody changed this at the same moment.", "Look at it first, then try again."),  # a rule said once more, a row pointed at
    "22": (Unparsable, "Something in this request cannot be stored.", "Type it anew, without control characters."),  # a NUL, a number too great
    "54000": (Unparsable, "This is longer than can be searched.", "Shorten it."),  # program_limit_exceeded
    "57014": (Busy, "This takes too long to find.", "Ask for less: fewer words, or more filters."),  # query_canceled
}


def as_refusal(exception: BaseException) -> TrackerError | None:
    """The refusal that `exception` is, or stands for; None where it is an accident."""
    if isinstance(exception, TrackerError):
        return exception
    without_code = {IntegrityError: "23000", DataError: "22000"}  # said by Django or the driver, before the database was asked
    code = next((code for kind, code in without_code.items() if isinstance(exception, kind)), "")
    if isinstance(exception, DatabaseError):
        code = getattr(exception.__cause__, "sqlstate", None) or code
    kind, title, hint = BY_CODE.get(code) or BY_CODE.get(code[:2]) or (None, "", "")
    return kind(title, hint) if kind else None


@contextmanager
def refusing() -> Iterator[None]:
    """Make what the database refuses inside a TrackerError, for a form that shows it beside what was typed."""
    try:
        yield
    except DatabaseError as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        raise refusal from error
