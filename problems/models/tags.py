"""Tags and searches: what contributors say about statements, calls and problems."""

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from problems import sight
from problems.choices import RELATIONS_OF, Basis, Relation, ReviewStatus, Section, Target
from problems.models.base import ProseField, PublicIdField, TextField, TimeStamped, VisibleQuerySet
from problems.models.catalogue import CallToAction, Problem, Statement
from problems.models.papers import Paper
from problems.models.people import User
from problems.permissions import on_map, visible_restricted, visible_searches, visible_tags
from problems.text import LOCATOR_LIMIT, NOTE_LIMIT, RATIONALE_LIMIT

RATIONALE_MINIMUM = 20
STALE_AFTER = timedelta(days=365)


def not_to_come(day: date) -> None:
    """Refuse a day that is still to come."""
    if day > timezone.localdate():
        raise ValidationError("This day is still to come. Write the day of the search.", code="to_come")


class TagQuerySet(VisibleQuerySet["Tag"]):
    """Tags."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_tags(user)

    def on_map(self) -> "TagQuerySet":
        """Those that show and count in public."""
        return self.filter(on_map())

    def for_lists(self) -> "TagQuerySet":
        """With what a row shows, in a fixed number of queries."""
        return (
            self.select_related("paper", "statement__problem", "call", "problem", "contributor", "submission__team")
            .prefetch_related("paper__authorships")
            .defer("paper__abstract", "paper__search", "submission__content", "submission__message", "submission__appeal")
        )


class Tag(TimeStamped):
    """A tie from a paper to one statement, one call, or a problem as a whole: what the paper says about it, and on what evidence."""

    public_id = PublicIdField()
    paper = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="tags")
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="tags")
    call = models.ForeignKey(CallToAction, on_delete=models.PROTECT, null=True, blank=True, related_name="tags")
    problem = models.ForeignKey(
        Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="tags", help_text="Only where the statement is not decided yet."
    )
    relation = models.CharField(max_length=20, choices=Relation.choices)
    rationale = ProseField(
        max_length=RATIONALE_LIMIT,
        blank=True,  # where its text is restricted; clean() asks for it elsewhere
        validators=[MinLengthValidator(RATIONALE_MINIMUM, "Write at least %(limit_value)d characters: what in the paper bears on it.")],
    )
    locator = TextField(max_length=LOCATOR_LIMIT, blank=True, help_text="Page, section or figure.")
    basis = models.CharField(max_length=40, choices=Basis.choices)
    contributor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="tags")
    status = models.CharField(max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.PROPOSED)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    submission = models.ForeignKey("problems.Submission", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="tags")
    text_restricted = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Its rationale and locator are kept apart, for reviewers only: see RestrictedText."
    )

    bars: Mapping[int, str] | None = None
    """Why people may not decide on it, by their key: put here by queries.fairness, read by permissions.py."""

    objects = TagQuerySet.as_manager()

    class Meta:
        """Latest made first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["statement", "relation", "paper"], condition=Q(status=ReviewStatus.ACCEPTED), name="tag_accepted_by_statement"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["paper", "statement", "call", "problem", "relation"],
                condition=Q(status=ReviewStatus.ACCEPTED),
                nulls_distinct=False,
                name="tag_once",
                violation_error_message="This paper is tagged there with this relation already.",
            ),
            models.UniqueConstraint(
                fields=["paper", "statement", "call", "problem", "relation", "contributor"],
                condition=Q(status=ReviewStatus.PROPOSED),
                nulls_distinct=False,
                name="tag_proposed_once",
                violation_error_message="You have proposed this tag already.",
            ),
            models.CheckConstraint(
                condition=Q(text_restricted=False) | Q(rationale="", locator=""),
                name="tag_restricted_text_apart",
                violation_error_message="The text of this tag is restricted. Lift the restriction first, or decline.",
            ),
            models.CheckConstraint(
                condition=Q(statement__isnull=False, call=None, problem=None)
                | Q(statement=None, call__isnull=False, problem=None)
                | Q(statement=None, call=None, problem__isnull=False),
                name="tag_one_target",
                violation_error_message="Choose one: a statement, a call, or a problem as a whole.",
            ),
            models.CheckConstraint(
                condition=Q(statement__isnull=False, relation__in=RELATIONS_OF[Target.EXISTING_WORK] + RELATIONS_OF[Target.LIMITATION])
                | Q(call__isnull=False, relation__in=RELATIONS_OF[Target.CALL])
                | Q(problem__isnull=False, relation__in=RELATIONS_OF[Target.PROBLEM]),
                name="tag_relation_fits_target",
                violation_error_message="This relation does not fit this target.",
            ),
            models.CheckConstraint(
                condition=Q(status=ReviewStatus.PROPOSED, decided_at=None) | ~Q(status=ReviewStatus.PROPOSED) & Q(decided_at__isnull=False),
                name="tag_decided_has_time",
            ),
            models.CheckConstraint(condition=Q(basis__in=Basis.values) & Q(status__in=ReviewStatus.values), name="tag_words_known"),
        ]

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> "Tag":
        """As it is read; that it tells of its paper is noted, for the log of restricted reads."""
        tag = super().from_db(db, field_names, values, **options)
        if "rationale" in tag.__dict__:
            sight.part_of(tag.__dict__.get("paper_id"))
        return tag

    def __str__(self) -> str:
        """Target and relation."""
        return f"{self.code} {self.relation}"

    def get_absolute_url(self) -> str:
        """Its place on the page of its paper."""
        return f"{self.paper.get_absolute_url()}#tag-{self.public_id}"

    def clean(self) -> None:
        """Refuse a relation that does not fit its target, and a retired statement for a new tag."""
        if not self.rationale and not self.text_restricted:
            raise ValidationError({"rationale": "The rationale is missing. Write what in the paper bears on it."})
        target = self.target_kind
        if target and self.relation and self.relation not in RELATIONS_OF[target]:
            fitting = ", ".join(relation.replace("_", " ") for relation in RELATIONS_OF[target])
            raise ValidationError({"relation": f"“{self.relation.replace('_', ' ')}” does not fit this target. Choose one of: {fitting}."})
        if self.statement and self.statement.retired_on and self._state.adding:
            successor = f" Use {self.statement.successor.code}." if self.statement.successor else ""
            raise ValidationError({"statement": f"{self.statement.code} is retired.{successor}"})

    @property
    def target(self) -> Statement | CallToAction | Problem | None:
        """What it points at."""
        return self.statement or self.call or self.problem

    @property
    def target_kind(self) -> Target | None:
        """Kind of what it points at."""
        if self.statement:
            return Target.LIMITATION if self.statement.section == Section.LIMITATION else Target.EXISTING_WORK
        if self.call:
            return Target.CALL
        return Target.PROBLEM if self.problem else None

    @property
    def code(self) -> str:
        """Code of its target: P5.L2, C3, or P5 for a problem as a whole."""
        if self.problem:
            return f"P{self.problem.number}"
        return str(self.target)


class RestrictedTextQuerySet(VisibleQuerySet["RestrictedText"]):
    """Texts that were taken out of sight."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may read them."""
        return visible_restricted(user)


class RestrictedText(TimeStamped):
    """Rationale and locator of a tag, taken out of the tag so that no face can show them by accident; for reviewers only."""

    tag = models.OneToOneField(Tag, on_delete=models.CASCADE, related_name="restricted")
    rationale = ProseField(max_length=RATIONALE_LIMIT)
    locator = TextField(max_length=LOCATOR_LIMIT, blank=True)
    reason = ProseField(max_length=NOTE_LIMIT)
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = RestrictedTextQuerySet.as_manager()

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> "RestrictedText":
        """As it is read; that it was is noted for the log."""
        text = super().from_db(db, field_names, values, **options)
        sight.text(text.tag_id)
        return text

    def __str__(self) -> str:
        """Of which tag."""
        return f"Text of {self.tag}"


class SearchQuerySet(VisibleQuerySet["Search"]):
    """Searches."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_searches(user)

    def on_map(self) -> "SearchQuerySet":
        """Those that show in public: accepted, and not older than a year."""
        return self.filter(status=ReviewStatus.ACCEPTED, searched_on__gt=timezone.localdate() - STALE_AFTER)


class Search(TimeStamped):
    """Somebody looked for work on a statement, or on a problem, and found nothing."""

    public_id = PublicIdField()
    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, blank=True, related_name="searches")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, null=True, blank=True, related_name="searches")
    where = TextField("where they looked", max_length=300, help_text="For example arXiv and Semantic Scholar.")
    query = TextField(max_length=300)
    searched_on = models.DateField("when", validators=[not_to_come])
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="searches")
    status = models.CharField(max_length=10, choices=ReviewStatus.choices, default=ReviewStatus.PROPOSED)
    decided_at = models.DateTimeField(null=True, blank=True)
    submission = models.ForeignKey("problems.Submission", on_delete=models.PROTECT, null=True, blank=True, editable=False, related_name="searches")

    bars: Mapping[int, str] | None = None
    """As of a tag."""

    objects = SearchQuerySet.as_manager()

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-searched_on", "-pk"]
        verbose_name_plural = "searches"
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=Q(statement__isnull=False, problem=None) | Q(statement=None, problem__isnull=False),
                name="search_one_target",
                violation_error_message="Choose one: a statement, or a problem as a whole.",
            ),
        ]

    @property
    def code(self) -> str:
        """Code of its target: P5.L2, or P5 for a problem as a whole."""
        return str(self.statement) if self.statement else f"P{self.problem.number}" if self.problem else ""

    def __str__(self) -> str:
        """Where and for what."""
        return f"{self.statement or self.problem}: {self.query}"
