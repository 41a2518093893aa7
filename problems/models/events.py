"""The record of changes: what was written, by whom, when, why. It only grows; the database refuses anything else."""

from collections.abc import Collection
from typing import Any, ClassVar

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q

from problems import sight
from problems.choices import EventKind, Face
from problems.models.base import VisibleQuerySet
from problems.models.papers import Paper
from problems.models.people import User
from problems.models.submissions import Submission
from problems.models.tags import Tag
from problems.permissions import visible_events, visible_reads


class AuditEventQuerySet(VisibleQuerySet["AuditEvent"]):
    """Entries of the record."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_events(user)

    def about(self, thing: models.Model) -> "AuditEventQuerySet":
        """Entries on this object; of a paper also those on the ones that were merged into it."""
        entries = self.filter(object_type=thing._meta.model_name)  # noqa: SLF001  # the documented Model._meta API
        if isinstance(thing, Paper):
            return entries.filter(object_id__in=Paper.objects.filter(Q(pk=thing.pk) | Q(merged_into=thing.pk)).order_by().values("pk"))
        return entries.filter(object_id=thing.pk)


def _pointer(to: type[models.Model]) -> "models.ForeignKey[Any, Any]":
    """A pointer that outlives what it points at: no constraint, since the row may never be updated."""
    return models.ForeignKey(to, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")


class RestrictedReadQuerySet(VisibleQuerySet["RestrictedRead"]):
    """Readings of restricted records."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_reads(user)


class RestrictedRead(models.Model):
    """That somebody was let through to a restricted record or text; ids only. Triggers refuse UPDATE and TRUNCATE, and DELETE for two years."""

    at = models.DateTimeField(auto_now_add=True)
    reader = _pointer(User)
    face = models.CharField(max_length=10, choices=Face.choices)
    request_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=10, choices=[("paper", "Record"), ("text", "Text of a tag")])
    paper = _pointer(Paper)
    tag = _pointer(Tag)
    object_name = models.CharField(max_length=10, help_text="Public id of the record, or of the tag.")

    objects = RestrictedReadQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["reader", "-id"], name="read_by_reader"),
            models.Index(fields=["at"], name="read_by_time"),
        ]

    def __str__(self) -> str:
        """What was read."""
        return f"{self.kind} {self.object_name}"


class AuditEvent(models.Model):
    """One write. Triggers refuse UPDATE, DELETE and TRUNCATE. It holds ids of people, no names and no addresses."""

    at = models.DateTimeField(auto_now_add=True)
    kind = models.CharField(max_length=20, choices=EventKind.choices)
    face = models.CharField(max_length=10, choices=Face.choices)
    request_id = models.CharField(max_length=64, blank=True)
    actor = _pointer(User)
    object_type = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    object_name = models.CharField(max_length=60, help_text="Public id, code, number or slug.")
    paper = _pointer(Paper)
    tag = _pointer(Tag)
    submission = _pointer(Submission)
    about_catalogue = models.BooleanField(default=False)
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder, help_text="Changed values as they were.")
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder, help_text="Changed values as they are.")
    reason = models.TextField(blank=True)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["object_type", "object_id", "-id"], name="event_by_object"),
            models.Index(fields=["actor", "-at"], name="event_by_actor"),
            models.Index(fields=["-at"], name="event_latest"),
        ]

    def __str__(self) -> str:
        """What happened to what."""
        return f"{self.object_type} {self.object_name} {self.kind}"

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> "AuditEvent":
        """As it is read; that it tells of a record is noted, for the log of restricted reads."""
        event = super().from_db(db, field_names, values, **options)
        if "after" in event.__dict__ or "before" in event.__dict__:
            sight.part_of(event.__dict__.get("paper_id"))
        return event
