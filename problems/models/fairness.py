"""What keeps a decision fair: declared conflicts of interest, and second opinions."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from problems.choices import OpinionState
from problems.models.base import ProseField, PublicIdField, TextField, TimeStamped, VisibleQuerySet
from problems.models.papers import ORCID, Paper
from problems.models.people import Team, User
from problems.models.submissions import Review, Submission
from problems.permissions import visible_interests, visible_opinions
from problems.text import NAME_LIMIT, NOTE_LIMIT


class InterestQuerySet(VisibleQuerySet["Interest"]):
    """Conflicts of interest."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_interests(user)


class Interest(TimeStamped):
    """A conflict of interest that somebody declared: a paper, a team, or an author (by ORCID, or by name). They decide on nothing that it touches.

    It holds until they take it back, which deletes it.
    """

    public_id = PublicIdField()
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="interests")
    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    orcid = models.CharField("ORCID", max_length=19, blank=True, validators=[ORCID])
    family = TextField("family name", max_length=NAME_LIMIT, blank=True)
    given = TextField("given names", max_length=NAME_LIMIT, blank=True, help_text="Empty: everybody of this family name.")

    seen: Paper | None = None
    """Its paper, where the person that it is shown to may know of that: put here by queries.fairness."""

    objects = InterestQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(paper__isnull=False, team=None, orcid="", family="")
                | Q(paper=None, team__isnull=False, orcid="", family="")
                | Q(paper=None, team=None) & (~Q(orcid="") | ~Q(family="")),
                name="interest_one_thing",
                violation_error_message="Choose one: a paper, a team, or an author.",
            ),
            models.UniqueConstraint(
                fields=["user", "paper", "team", "orcid", "family", "given"],
                nulls_distinct=False,
                name="interest_once",
                violation_error_message="You have declared this already.",
            ),
        ]

    def __str__(self) -> str:
        """Its id; what it names is not for everybody."""
        return f"Conflict of interest {self.public_id}"


class OpinionQuerySet(VisibleQuerySet["SecondOpinion"]):
    """Second opinions."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_opinions(user)

    def open(self) -> "OpinionQuerySet":
        """Those that somebody still has to do something about."""
        return self.filter(state__in=(OpinionState.ASKED, OpinionState.DIFFERENT))


class SecondOpinion(TimeStamped):
    """A reviewer's rulings on a submission, kept back until another has given theirs without seeing them.

    `rulings` and `second_rulings` have the shape of a decision in the API:
    {"record": …, "tags": {id: …}, "searches": …, "correction": …, "method": …}.
    Where they differ, `proposed` is what one of the two, or a curator, proposes to settle on.
    """

    public_id = PublicIdField()
    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="opinions")
    state = models.CharField(max_length=20, choices=OpinionState.choices, default=OpinionState.ASKED)
    first = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", help_text="Who asked.")
    asked_at = models.DateTimeField(default=timezone.now)
    rulings = models.JSONField(default=dict)
    note = ProseField(max_length=NOTE_LIMIT, blank=True)
    wanted = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Of whom it is asked. Empty: anybody."
    )
    second = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField(null=True, blank=True)
    second_rulings = models.JSONField(default=dict, blank=True)
    second_note = ProseField(max_length=NOTE_LIMIT, blank=True)
    proposed = models.JSONField(default=dict, blank=True)
    proposed_note = ProseField(max_length=NOTE_LIMIT, blank=True)
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    proposed_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    review = models.OneToOneField(
        Review, on_delete=models.SET_NULL, null=True, blank=True, related_name="opinion", help_text="The decision that it led to."
    )

    blind = True
    """Whether what is in it is kept from the person that it is shown to: put here by queries.opinions."""

    objects = OpinionQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=Q(state__in=OpinionState.values), name="opinion_words_known"),
            models.UniqueConstraint(
                fields=["submission"],
                condition=Q(state__in=(OpinionState.ASKED, OpinionState.DIFFERENT)),
                name="opinion_open_once",
                violation_error_message="A second opinion on this submission is asked for already.",
            ),
            models.CheckConstraint(
                condition=Q(second=None, given_at=None) | Q(second__isnull=False, given_at__isnull=False), name="opinion_given_whole"
            ),
            models.CheckConstraint(condition=Q(second=None) | ~Q(second=models.F("first")), name="opinion_of_another"),
        ]

    def __str__(self) -> str:
        """Its id; never who, which is blind for a while."""
        return f"Second opinion {self.public_id}"
