"""What helps reviewers through the queue: who is asked to review what, what each leaves to others, many at once, and their own limits."""

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from problems.choices import Advisory, BulkAct, Passing, Topic
from problems.models.base import PublicIdField, TimeStamped, VisibleQuerySet
from problems.models.catalogue import Problem
from problems.models.people import Team, User
from problems.models.submissions import Submission
from problems.permissions import visible_assignments, visible_bulk_changes

NEVER_FOLD = max(Advisory.values) + 1


class AssignmentQuerySet(VisibleQuerySet["Assignment"]):
    """Who is asked to review what comes in."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_assignments(user)


class Assignment(TimeStamped):
    """What comes in on a problem, from a team or from a person is assigned to this reviewer as it is handed in."""

    public_id = PublicIdField()
    reviewer = models.ForeignKey(User, on_delete=models.CASCADE, related_name="assignments")
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        """Latest first; one reviewer for one thing."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(problem__isnull=False, team=None, person=None)
                | Q(problem=None, team__isnull=False, person=None)
                | Q(problem=None, team=None, person__isnull=False),
                name="assignment_one_thing",
                violation_error_message="Choose one: a problem, a team or a person.",
            ),
            models.UniqueConstraint(
                fields=["problem", "team", "person"],
                nulls_distinct=False,
                name="assignment_once",
                violation_error_message="Somebody is assigned to this already. End that first.",
            ),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Assignment {self.public_id}"


class Passed(models.Model):
    """A submission that a reviewer leaves to others: for today, or for good. Nobody else reads it, and nothing counts it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="passed")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    how = models.CharField(max_length=10, choices=Passing.choices)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        """Once a person."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "submission"], name="passed_once"),
            models.CheckConstraint(condition=Q(how__in=Passing.values), name="passed_words_known"),
        ]

    def __str__(self) -> str:
        """How."""
        return self.how


class Care(models.Model):
    """How a person wants to read: from which level on texts are folded, which topics they leave out, how many advised items a day they review.

    It is theirs alone: no page, list, log or record of changes tells it to anybody else.
    """

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="care")
    fold_from = models.PositiveSmallIntegerField(
        default=Advisory.GENERAL, validators=[MinValueValidator(Advisory.GENERAL), MaxValueValidator(NEVER_FOLD)]
    )
    left_out = ArrayField(
        models.CharField(max_length=20, choices=[(value, value) for value in Topic.values]), size=len(Topic), blank=True, default=list
    )
    most_level = models.PositiveSmallIntegerField(
        default=Advisory.GRAVE, choices=Advisory.choices, help_text="The highest level that the queue offers."
    )
    daily = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MaxValueValidator(1000)], help_text="How many advised items a day the queue offers. Empty: no limit."
    )

    def __str__(self) -> str:
        """Nothing of it."""
        return "Care"


class Opened(models.Model):
    """An advised item that somebody opened on a day, to keep to their own limit; deleted the day after."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()

    class Meta:
        """Once a day."""

        constraints: ClassVar[list[models.BaseConstraint]] = [models.UniqueConstraint(fields=["user", "submission", "day"], name="opened_once")]

    def __str__(self) -> str:
        """When."""
        return str(self.day)


class BulkChangeQuerySet(VisibleQuerySet["BulkChange"]):
    """What was done to many at once."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_bulk_changes(user)


class BulkChange(TimeStamped):
    """One act on many submissions, and what it takes to undo it as one."""

    public_id = PublicIdField()
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    act = models.CharField(max_length=20, choices=BulkAct.choices)
    options = models.JSONField(default=dict, help_text="What was chosen: reason, words, person, target, relation.")
    items = models.JSONField(default=list, help_text="For each submission: its id, what was done, what stood there before; or why it was left.")
    at = models.DateTimeField(default=timezone.now)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = BulkChangeQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [models.CheckConstraint(condition=Q(act__in=BulkAct.values), name="bulk_words_known")]

    def __str__(self) -> str:
        """Its id."""
        return f"{self.act} {self.public_id}"

    def get_absolute_url(self) -> str:
        """What became of it, and its undo."""
        return reverse("bulk-change", args=[self.public_id])
