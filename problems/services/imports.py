"""A file of records comes in: every entry is accounted for, and what is wrong with one keeps out that one only."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import transaction

from problems.errors import TrackerError
from problems.formats import Failed, Format
from problems.permissions import Action, Actor, require
from problems.services import papers

REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Row:
    """What became of one entry: created, matched (known already) or refused; `reason` says why, `notes` what was left out."""

    key: str
    line: int
    outcome: str
    reason: str = ""
    notes: tuple[str, ...] = ()
    paper: str = ""


@transaction.atomic
def import_file(*, data: bytes, file_format: Format, by: Actor, reason: str = "", dry_run: bool = False) -> list[Row]:
    """Take in each entry of `data`; known papers are matched, so a second run creates nothing. With `dry_run` nothing is stored.

    Raises Unparsable where the file as a whole cannot be read, Refused where `by` may not import.
    """
    require(by, Action.IMPORT_PAPERS, file_format)
    rows = list(_rows(data, file_format, by, reason))
    if dry_run:
        transaction.set_rollback(True)
    return rows


def _rows(data: bytes, file_format: Format, by: Actor, reason: str) -> Iterator[Row]:
    if file_format.read is None:
        message = f"{file_format.label} is not a format that is read here."
        raise TypeError(message)
    for entry in file_format.read(data):
        if isinstance(entry, Failed):
            yield Row(entry.key, entry.line, REFUSED, entry.reason)
            continue
        try:
            with transaction.atomic():
                paper, outcome = papers.create_or_find(record=entry.record, by=by, imported=True, reason=reason)
        except TrackerError as error:
            yield Row(entry.key, entry.line, REFUSED, str(error))
        else:
            yield Row(entry.key, entry.line, outcome, notes=entry.notes, paper=paper.public_id)
