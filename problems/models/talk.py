"""What people say to one another about a submission, what they follow, and how they hear of it."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

from problems.choices import Audience, Pace, Subject
from problems.models.base import ProseField, PublicIdField, TimeStamped, VisibleQuerySet
from problems.models.catalogue import CallToAction, Problem, Statement
from problems.models.events import AuditEvent
from problems.models.people import Team, User
from problems.models.submissions import Submission
from problems.permissions import visible_messages, visible_notifications
from problems.text import NOTE_LIMIT


class MessageQuerySet(VisibleQuerySet["Message"]):
    """Messages."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may read them."""
        return visible_messages(user)


class Message(TimeStamped):
    """Something said about a submission: to its contributor and reviewers, or among reviewers."""

    public_id = PublicIdField()
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="messages")
    audience = models.CharField(max_length=20, choices=Audience.choices)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = ProseField(max_length=NOTE_LIMIT)
    mentions: "models.ManyToManyField[User, models.Model]" = models.ManyToManyField(User, blank=True, related_name="+")

    by = words = ""
    """Who wrote it and what it says, with the names that its reader may see: put here by queries.messages."""

    objects = MessageQuerySet.as_manager()

    class Meta:
        """In the order that they were written."""

        ordering: ClassVar[list[str]] = ["pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="message_words_known")
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Message {self.public_id}"


class Watch(TimeStamped):
    """What somebody follows: a problem, a statement, a call or a team."""

    public_id = PublicIdField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="watches")
    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    call = models.ForeignKey(CallToAction, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")

    class Meta:
        """Once a person."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "problem", "statement", "call", "team"], nulls_distinct=False, name="watch_once"),
            models.CheckConstraint(
                condition=Q(problem__isnull=False, statement=None, call=None, team=None)
                | Q(problem=None, statement__isnull=False, call=None, team=None)
                | Q(problem=None, statement=None, call__isnull=False, team=None)
                | Q(problem=None, statement=None, call=None, team__isnull=False),
                name="watch_one_thing",
            ),
        ]

    def __str__(self) -> str:
        """Its id."""
        return f"Watch {self.public_id}"


class FollowingFeed(TimeStamped):
    """The secret address of the feed of what somebody follows; only a hash of it is kept."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="following_feed")
    digest = models.BinaryField(max_length=32, unique=True, editable=False)

    def __str__(self) -> str:
        """Nothing of it."""
        return "Feed"


class NotificationQuerySet(VisibleQuerySet["Notification"]):
    """Notifications."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may read them."""
        return visible_notifications(user)


class Notification(models.Model):
    """That somebody should know of an entry of the record, or of a message. It holds no text: what it says is made when it is shown.

    `mailed_at` is empty while a mail is due; `mail` says whether there is to be one.
    """

    public_id = PublicIdField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    subject = models.CharField(max_length=20, choices=Subject.choices)
    event = models.ForeignKey(AuditEvent, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+")
    message = models.ForeignKey(Message, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True, db_index=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mail = models.BooleanField(default=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["user", "-id"], name="notification_by_user"),
            models.Index(fields=["at"], condition=Q(mail=True, mailed_at=None), name="notification_due"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(subject__in=Subject.values), name="notification_words_known"),
            models.UniqueConstraint(fields=["user", "event", "message"], nulls_distinct=False, name="notification_once"),
        ]

    def __str__(self) -> str:
        """Its kind."""
        return self.subject


class NotificationPace(models.Model):
    """How often somebody wants mails of a kind; weekly where they said nothing."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="paces")
    subject = models.CharField(max_length=20, choices=Subject.choices)
    pace = models.CharField(max_length=10, choices=Pace.choices, default=Pace.WEEKLY)

    class Meta:
        """Once a kind."""

        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["user", "subject"], name="pace_once"),
            models.CheckConstraint(condition=Q(subject__in=Subject.values, pace__in=Pace.values), name="pace_words_known"),
        ]

    def __str__(self) -> str:
        """Kind and pace."""
        return f"{self.subject} {self.pace}"
