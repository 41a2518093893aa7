"""Submissions: what people hand in, and what reviewers say of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from problems import sight
from problems.choices import Part, Reason, SubmissionKind, SubmissionState, Turn, Verdict, Visibility
from problems.models.base import ProseField, PublicIdField, TimeStamped, VisibleQuerySet
from problems.models.papers import Paper
from problems.models.people import Team, User
from problems.models.tags import Search, Tag
from problems.permissions import visible_submissions
from problems.text import NOTE_LIMIT
from problems.workflow import ASSIGNED_LASTS, CLAIM_LASTS


class SubmissionQuerySet(VisibleQuerySet["Submission"]):
    """Submissions."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_submissions(user)

    def waiting(self) -> "SubmissionQuerySet":
        """Those that wait for a decision."""
        return self.filter(state=SubmissionState.SUBMITTED)

    def open(self) -> "SubmissionQuerySet":
        """Those that somebody still has to do something about: all but decided and withdrawn ones."""
        return self.exclude(state__in=(SubmissionState.DECIDED, SubmissionState.WITHDRAWN))

    def claimed(self) -> "SubmissionQuerySet":
        """Those that somebody holds now."""
        return self.filter(claimed_at__gt=timezone.now() - CLAIM_LASTS)

    def unclaimed(self) -> "SubmissionQuerySet":
        """Those that nobody holds now."""
        return self.filter(Q(claimed_at=None) | Q(claimed_at__lte=timezone.now() - CLAIM_LASTS))

    def free_for(self, user: Any) -> "SubmissionQuerySet":
        """Those that wait for whoever comes: nobody holds them, and nobody was asked of late; what `user` was asked for is theirs."""
        lapsed = Q(assigned_at__lte=timezone.now() - ASSIGNED_LASTS) & ~Q(assigned_to=user.pk)
        return self.waiting().unclaimed().filter(Q(assigned_to=None) | lapsed)

    def of_reviewer(self, user: Any) -> "SubmissionQuerySet":
        """Those that wait and that `user` holds, or was asked to review."""
        held = Q(claimed_by=user.pk, claimed_at__gt=timezone.now() - CLAIM_LASTS)
        return self.waiting().filter(held | Q(assigned_to=user.pk))


class Submission(TimeStamped):
    """What a person hands in: a paper and its tags, a search, or a correction.

    `content` is what was handed in, as typed (its shape is handed_in.py); until it is submitted there is nothing else. Submitting makes rows
    of it: a paper that waits, tags and searches that are proposed. Reviewers decide on those rows, and `content` stays as it was.
    """

    public_id = PublicIdField()
    kind = models.CharField(max_length=20, choices=SubmissionKind.choices, default=SubmissionKind.PAPER)
    contributor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="submissions")
    team = models.ForeignKey(
        Team, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions", help_text="On behalf of whom, where it is a team."
    )
    state = models.CharField(max_length=20, choices=SubmissionState.choices, default=SubmissionState.DRAFT)
    message = ProseField("message to reviewers", max_length=NOTE_LIMIT, blank=True)
    content = models.JSONField(default=dict, blank=True)
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, null=True, blank=True, related_name="submissions")
    corrected_tag = models.ForeignKey(Tag, on_delete=models.PROTECT, null=True, blank=True, related_name="corrections")
    submitted_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    claimed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="claims")
    claimed_at = models.DateTimeField(null=True, blank=True)
    assigned_to = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="assigned",
        help_text="Who is asked to review it. A claim is something else.",
    )
    assigned_at = models.DateTimeField(null=True, blank=True)
    appeal = ProseField(max_length=NOTE_LIMIT, blank=True, help_text="Why the contributor asks somebody else to decide once more.")
    appealed_at = models.DateTimeField(null=True, blank=True)
    appealed_against = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    bars: Mapping[int, str] | None = None
    """Why people may not decide on it, by their key: put here by queries.fairness, read by permissions.py."""
    kept_from: Mapping[int, str] | None = None
    """As `bars`, of who may not decide while a second opinion is open."""
    turn: "tuple[Turn, datetime] | None" = None
    """Whose turn it is and since when, as far as the reader may know: put here by queries.turns."""
    asked_of: User | None = None
    """To whom it is assigned, as far as the reader may know: put here by queries.turns."""
    told_opinions: Sequence[Any] = ()
    """Second opinions on it that the reader may know of: put here by queries.opinions."""
    withheld = False
    """Whether what it names was taken out, for the person that it is shown to: see queries.submissions.withhold."""

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        """Latest made first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["submitted_at", "public_id"], condition=Q(state=SubmissionState.SUBMITTED), name="submission_queue"),
            models.Index(fields=["contributor", "-id"], name="submission_by_contributor"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=SubmissionState.values, kind__in=SubmissionKind.values), name="submission_words_known"),
            models.CheckConstraint(
                condition=Q(claimed_by=None, claimed_at=None) | Q(claimed_by__isnull=False, claimed_at__isnull=False), name="submission_claim_whole"
            ),
            models.CheckConstraint(condition=Q(claimed_by=None) | Q(state=SubmissionState.SUBMITTED), name="submission_claim_while_submitted"),
            models.CheckConstraint(condition=Q(state=SubmissionState.DRAFT) | Q(submitted_at__isnull=False), name="submission_handed_in_has_time"),
            models.CheckConstraint(
                condition=Q(assigned_to=None, assigned_at=None) | Q(assigned_to__isnull=False, assigned_at__isnull=False),
                name="submission_assignment_whole",
            ),
            models.CheckConstraint(condition=~Q(state=SubmissionState.DECIDED) | Q(decided_at__isnull=False), name="submission_decided_has_time"),
        ]

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> "Submission":
        """As it is read; that it tells of a record is noted, for the log of restricted reads."""
        submission = super().from_db(db, field_names, values, **options)
        if "content" in submission.__dict__:
            sight.part_of(submission.__dict__.get("paper_id"))
        return submission

    def __str__(self) -> str:
        """Its kind and id; never a title, which may not be shown to all."""
        return f"{self.get_kind_display()} {self.public_id}"

    def get_absolute_url(self) -> str:
        """Its page, for who handed it in."""
        return reverse("submission", args=[self.public_id])

    def get_review_url(self) -> str:
        """Its page, for reviewers."""
        return reverse("review", args=[self.public_id])

    @property
    def claim_ends(self) -> datetime | None:
        """When the claim on it ends by itself; None where there is none now."""
        ends = self.claimed_at + CLAIM_LASTS if self.claimed_at else None
        return ends if ends and ends > timezone.now() else None

    @property
    def holder(self) -> User | None:
        """Who holds it now."""
        return self.claimed_by if self.claim_ends else None

    @property
    def record_waits(self) -> bool:
        """Whether the record of its paper is to be decided with it."""
        waits = self.paper is not None and self.paper.visibility in {Visibility.WAITING, Visibility.DECLINED}
        return waits and self.kind == SubmissionKind.PAPER


class Review(models.Model):
    """One answer of a reviewer to a submission: a decision on each of its parts, or what should change. It may be undone, never edited."""

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="reviews")
    at = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(
        max_length=20,
        choices=[(state.value, state.label) for state in (SubmissionState.DECIDED, SubmissionState.CHANGES_REQUESTED)],
    )
    note = ProseField("note to the contributor", max_length=NOTE_LIMIT, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-at", "-pk"]

    def __str__(self) -> str:
        """What it says of what."""
        return f"{self.submission.public_id} {self.outcome}"


class Decision(models.Model):
    """What a review says of one part of the submission."""

    review = models.ForeignKey(Review, on_delete=models.CASCADE, related_name="decisions")
    part = models.CharField(max_length=20, choices=Part.choices)
    tag = models.ForeignKey(Tag, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions")
    search = models.ForeignKey(Search, on_delete=models.SET_NULL, null=True, blank=True, related_name="decisions")
    paper = models.ForeignKey(
        Paper,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Of an import, the record; else it is that of the submission.",
    )
    verdict = models.CharField(max_length=20, choices=Verdict.choices)
    reason = models.CharField(max_length=20, choices=[(value, value) for value in Reason.values], blank=True)
    words = ProseField(max_length=NOTE_LIMIT, blank=True)
    edited = models.BooleanField(default=False, help_text="Whether the reviewer changed the tag, or moved it, before accepting it.")
    text_restricted = models.BooleanField(default=False)
    before = models.JSONField(default=dict, blank=True, help_text="The part as it was, to undo.")
    left_at = models.DateTimeField(
        null=True, blank=True, help_text="When the part was last changed by this decision: later changes keep it from being undone."
    )

    class Meta:
        """In the order that they were given."""

        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        """Of what, and how."""
        return f"{self.part} {self.verdict}"
