"""Files of records that come in, and what became of each of their entries."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse

from problems.choices import ImportState, RowOutcome
from problems.models.base import ProseField, PublicIdField, TextField, TimeStamped, VisibleQuerySet
from problems.models.papers import Paper
from problems.models.people import Team, User
from problems.models.submissions import Submission
from problems.permissions import visible_imports
from problems.text import TITLE_LIMIT

FILENAME_LIMIT = 200


class ImportRunQuerySet(VisibleQuerySet["ImportRun"]):
    """Imports."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_imports(user)


class ImportRun(TimeStamped):
    """One file: what was sent, how far it has been read, and the one submission that holds its new records.

    The bytes are kept until the file has been read, and never given back. A worker that reads it writes `heartbeat_at`; where that is old,
    another goes on after the last row that was stored.
    """

    public_id = PublicIdField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="imports")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="imports")
    submission = models.OneToOneField(Submission, on_delete=models.SET_NULL, null=True, blank=True, related_name="import_run")
    filename = TextField("name of the file", max_length=FILENAME_LIMIT, blank=True)
    format = models.CharField(max_length=20)
    data = models.BinaryField(null=True, editable=False)
    size = models.PositiveIntegerField(help_text="Of the file, in bytes.")
    state = models.CharField(max_length=10, choices=ImportState.choices, default=ImportState.QUEUED)
    total = models.PositiveIntegerField(null=True, blank=True, help_text="Entries of the file; empty until they are counted.")
    done = models.PositiveIntegerField(default=0, help_text="Entries that were dealt with.")
    counts = models.JSONField(default=dict, help_text="Entries by outcome, of those dealt with.")
    error = ProseField(max_length=1000, blank=True, help_text="Why the file as a whole could not be read, in a sentence for who sent it.")
    cancel_asked = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["id"], condition=Q(state__in=(ImportState.QUEUED, ImportState.RUNNING)), name="import_to_do"),
            models.Index(fields=["by", "-id"], name="import_by_person"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=ImportState.values), name="import_state_known"),
            models.CheckConstraint(
                condition=Q(state__in=(ImportState.QUEUED, ImportState.RUNNING), finished_at=None)
                | ~Q(state__in=(ImportState.QUEUED, ImportState.RUNNING)) & Q(finished_at__isnull=False, data=None),
                name="import_ended_keeps_no_file",
            ),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Import {self.public_id}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("import", args=[self.public_id])

    @property
    def is_open(self) -> bool:
        """Whether it is still to be read, in whole or in part."""
        return self.state in {ImportState.QUEUED, ImportState.RUNNING}


class ImportRow(models.Model):
    """One entry of a file: where it stood, and what became of it.

    `paper` is the new record, the known one, or for an unclear entry the one that it may be: shown only to who may know of it. `record` is
    the entry itself (the shape of handed_in.py) while it is unclear.
    """

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField(help_text="Of the entry in its file, from 1.")
    key = TextField(max_length=300, blank=True, help_text="What the file calls it.")
    line = models.PositiveIntegerField(default=0)
    title = TextField(max_length=TITLE_LIMIT, blank=True)
    outcome = models.CharField(max_length=10, choices=RowOutcome.choices)
    reason = ProseField(max_length=1000, blank=True)
    notes = models.JSONField(default=list)
    record = models.JSONField(null=True, blank=True)
    paper = models.ForeignKey(Paper, on_delete=models.SET_NULL, null=True, blank=True, related_name="import_rows")

    class Meta:
        """In the order of the file."""

        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["run", "number"], name="import_row_once"),
            models.CheckConstraint(condition=Q(outcome__in=RowOutcome.values), name="import_row_outcome_known"),
        ]

    def __str__(self) -> str:
        """Which, of what."""
        return f"{self.run} {self.number}"
