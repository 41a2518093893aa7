"""What keeps the map in order: probable duplicates, the trash, flags, and changes of the catalogue."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from problems.choices import ChangeKind, ChangeState, FlagReason, FlagState
from problems.models.base import ProseField, PublicIdField, TimeStamped, VisibleQuerySet
from problems.models.catalogue import CallToAction, Problem, Statement
from problems.models.papers import Paper
from problems.models.people import User
from problems.models.tags import Search, Tag
from problems.permissions import visible_duplicates, visible_flags, visible_proposals, visible_trash
from problems.text import NOTE_LIMIT


class ProbableDuplicateQuerySet(VisibleQuerySet["ProbableDuplicate"]):
    """Probable duplicates."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_duplicates(user)

    def open(self) -> "ProbableDuplicateQuerySet":
        """Those that nobody has dismissed."""
        return self.filter(dismissed_at=None)


class ProbableDuplicate(TimeStamped):
    """Two records that may be one work, as queries.likeness finds; kept until they are merged, or somebody says that they are two."""

    public_id = PublicIdField()
    first = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="+")
    certain = models.BooleanField(default=False)
    dismissed_at = models.DateTimeField(null=True, blank=True)
    dismissed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    reason = ProseField(max_length=NOTE_LIMIT, blank=True)

    objects = ProbableDuplicateQuerySet.as_manager()

    class Meta:
        """The certain ones first."""

        ordering: ClassVar[list[str]] = ["-certain", "-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["first", "second"], name="duplicate_once"),
            models.CheckConstraint(condition=Q(first__lt=models.F("second")), name="duplicate_in_order"),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Probable duplicate {self.public_id}"


class TrashedQuerySet(VisibleQuerySet["Trashed"]):
    """What was thrown away."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of it."""
        return visible_trash(user)

    def held(self) -> "TrashedQuerySet":
        """What can still be restored."""
        return self.filter(restored_at=None)


class Trashed(TimeStamped):
    """A record, tag or search that a curator took off the map. It is restored within 30 days, or deleted after them with this row."""

    public_id = PublicIdField()
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, null=True, blank=True, related_name="trashed")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, null=True, blank=True, related_name="trashed")
    search = models.ForeignKey(Search, on_delete=models.CASCADE, null=True, blank=True, related_name="trashed")
    was = models.CharField(max_length=20, help_text="Its visibility, or its status, before.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    reason = ProseField(max_length=NOTE_LIMIT)
    restored_at = models.DateTimeField(null=True, blank=True)

    objects = TrashedQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        verbose_name_plural = "trashed"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(paper__isnull=False, tag=None, search=None)
                | Q(paper=None, tag__isnull=False, search=None)
                | Q(paper=None, tag=None, search__isnull=False),
                name="trashed_one_thing",
            ),
            models.UniqueConstraint(fields=["paper", "tag", "search"], condition=Q(restored_at=None), nulls_distinct=False, name="trashed_once"),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Trashed {self.public_id}"


class FlagQuerySet(VisibleQuerySet["Flag"]):
    """Flags."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_flags(user)

    def open(self) -> "FlagQuerySet":
        """Those that wait for an answer."""
        return self.filter(state=FlagState.OPEN)


class Flag(TimeStamped):
    """What a reader says is wrong with an entry. Who has no account follows it by a secret address, of which only a hash is kept."""

    public_id = PublicIdField()
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, null=True, blank=True, related_name="flags")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, null=True, blank=True, related_name="flags")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, null=True, blank=True, related_name="flags")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="flags")
    digest = models.BinaryField(max_length=32, unique=True, editable=False, help_text="Of the secret of its address.")
    reason = models.CharField(max_length=20, choices=FlagReason.choices)
    text = ProseField(max_length=NOTE_LIMIT, blank=True)
    state = models.CharField(max_length=20, choices=FlagState.choices, default=FlagState.OPEN)
    answer = ProseField(max_length=NOTE_LIMIT, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = FlagQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(paper__isnull=False, tag=None, statement=None)
                | Q(paper=None, tag__isnull=False, statement=None)
                | Q(paper=None, tag=None, statement__isnull=False),
                name="flag_one_thing",
            ),
            models.CheckConstraint(condition=Q(state__in=FlagState.values, reason__in=FlagReason.values), name="flag_words_known"),
            models.CheckConstraint(
                condition=Q(state=FlagState.OPEN, answered_at=None) | ~Q(state=FlagState.OPEN) & Q(answered_at__isnull=False),
                name="flag_answered_has_time",
            ),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Flag {self.public_id}"


class CatalogueChangeQuerySet(VisibleQuerySet["CatalogueChange"]):
    """Proposed changes."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_proposals(user)


class CatalogueChange(TimeStamped):
    """A change of the catalogue that somebody proposes and a curator publishes: another wording, a new statement, a retirement with its successor.

    `values` are the new values by field; `before` those that stood there when it was proposed, and after publishing all that undoing it takes.
    """

    public_id = PublicIdField()
    kind = models.CharField(max_length=20, choices=ChangeKind.choices)
    state = models.CharField(max_length=20, choices=ChangeState.choices, default=ChangeState.PROPOSED)
    problem = models.ForeignKey(
        Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Reworded, or to have a new statement."
    )
    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Reworded, retired, or made by it."
    )
    call = models.ForeignKey(CallToAction, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Reworded.")
    values = models.JSONField(default=dict)
    before = models.JSONField(default=dict, blank=True)
    reason = ProseField(max_length=NOTE_LIMIT)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    answer = ProseField(max_length=NOTE_LIMIT, blank=True)
    answered_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = CatalogueChangeQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(kind__in=ChangeKind.values, state__in=ChangeState.values), name="change_words_known"),
            models.CheckConstraint(
                condition=Q(problem__isnull=False) | Q(statement__isnull=False) | Q(call__isnull=False), name="change_of_something"
            ),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Change {self.public_id}"

    def get_absolute_url(self) -> str:
        """Its page, for reviewers."""
        return reverse("catalogue-change", args=[self.public_id])
