"""What machines have said: answers of metadata services, kept for a while, and the model behind suggestions."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from problems.choices import LookupState


class Lookup(models.Model):
    """The answer of a metadata service to one question, or that it is still asked. It holds nothing about who asked.

    `key` is what was asked for: "doi:10.1145/3442188.3445922", "arxiv:2405.16341", "title:" and the key of a title.
    """

    key = models.CharField(max_length=300, unique=True)
    state = models.CharField(max_length=10, choices=LookupState.choices, default=LookupState.PENDING)
    source = models.CharField(max_length=20, blank=True, help_text="Name of the service that answered.")
    record = models.JSONField(null=True, blank=True, help_text="In the shape of handed_in.py.")
    told = models.CharField(max_length=500, blank=True, help_text="What to tell the person: why there is no answer.")
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True, db_index=True)

    class Meta:
        """One answer a question."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(state=LookupState.PENDING, answered_at=None) | ~Q(state=LookupState.PENDING) & Q(answered_at__isnull=False),
                name="lookup_answered_has_time",
            ),
            models.CheckConstraint(condition=~Q(state=LookupState.FOUND) | Q(record__isnull=False), name="lookup_found_has_record"),
        ]

    def __str__(self) -> str:
        """What was asked for."""
        return self.key


class SuggestionModel(models.Model):
    """Weights from which suggestions are made; the latest row counts. Learned from what is public, and from tags declined on public papers."""

    made_at = models.DateTimeField(auto_now_add=True)
    weights = models.JSONField()
    texts = models.PositiveIntegerField(help_text="How many texts it was learned from.")
    accepted = models.PositiveIntegerField(default=0, help_text="How many accepted tags among them.")
    declined = models.PositiveIntegerField(default=0, help_text="How many declined tags.")

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        """When."""
        return f"Suggestions of {self.made_at:%Y-%m-%d %H:%M}"
