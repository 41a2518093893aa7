"""What teams say that they work on."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from problems.models.base import PublicIdField, TextField, TimeStamped, VisibleQuerySet
from problems.models.catalogue import CallToAction, Statement
from problems.models.people import Team, User
from problems.permissions import visible_declarations


class DeclarationQuerySet(VisibleQuerySet["Declaration"]):
    """Declarations."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_declarations(user)

    def on_map(self) -> "DeclarationQuerySet":
        """Those that hold today, on statements that are not retired."""
        return self.filter(ended_at=None, until__gte=timezone.localdate(), statement__retired_on=None)


class Declaration(TimeStamped):
    """A team works on a statement or a call, until a day: shown beside the state, and ends by itself."""

    public_id = PublicIdField()
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="declarations")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="declarations")
    call = models.ForeignKey(CallToAction, on_delete=models.PROTECT, null=True, blank=True, related_name="declarations")
    sentence = TextField(max_length=300, help_text="What the team works on, in one sentence.")
    until = models.DateField(help_text="The last day on which it is shown.")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(statement__isnull=False, call=None) | Q(statement=None, call__isnull=False),
                name="declaration_one_target",
                violation_error_message="Choose one: a statement or a call.",
            ),
            models.UniqueConstraint(
                fields=["team", "statement", "call"],
                condition=Q(ended_at=None),
                nulls_distinct=False,
                name="declaration_once",
                violation_error_message="The team has declared this already. End that declaration, or change it.",
            ),
        ]

    def __str__(self) -> str:
        """Who, on what."""
        return f"{self.team} on {self.statement or self.call}"

    @property
    def code(self) -> str:
        """Code of its target: P5.L2 or C3."""
        return str(self.statement or self.call)
