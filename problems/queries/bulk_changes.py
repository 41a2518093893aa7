"""What was done to many submissions at once, as a reader may be told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from problems.models import BulkChange, Submission, User
from problems.queries.submissions import with_parts, withhold


@dataclass(frozen=True, slots=True)
class ToldPart:
    """One thing that changed."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ToldItem:
    """A submission that was chosen; None where there is none that the reader may know of."""

    id: str
    submission: Submission | None
    left: str
    changes: list[ToldPart]


def changes_of(user: Any) -> Any:
    """Those that `user` may know of."""
    return BulkChange.objects.visible_to(user).select_related("by")


def tell(changes: Sequence[BulkChange], user: Any, *, whole: bool = False) -> None:
    """Put on each of these what is told of it: `told_items` and `told_options`; `whole` with what a page shows of a submission.

    A fixed number of queries.
    """
    rows = Submission.objects.visible_to(user).filter(public_id__in={item["id"] for change in changes for item in change.items})
    found = list(with_parts(rows) if whole else rows)
    if whole:
        withhold(found, user)
    known = {row.public_id: row for row in found}
    people = {person.public_id: person for person in User.objects.filter(public_id__in={change.options.get("to", "") for change in changes} - {""})}
    for change in changes:
        names = ("reason", "words", "source", "target", "relation")
        change.told_options = {name: change.options.get(name, "") for name in names} | {"to": people.get(change.options.get("to", ""))}  # type: ignore[attr-defined]  # for those who show it
        change.told_items = [  # type: ignore[attr-defined]  # as above
            ToldItem(item["id"], known.get(item["id"]), item["left"], [ToldPart(*each) for each in item.get("told", ())]) for item in change.items
        ]
