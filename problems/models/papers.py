"""Papers: one record for one work, however often it was published. Bibliographic facts only; never a file, never an image."""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, HashIndex, OpClass
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Upper
from django.urls import reverse
from django.utils.text import slugify

from problems import identifiers, sight
from problems.choices import Advisory, Material, Modality, PaperType, Scheme, Topic, Visibility
from problems.errors import Unparsable
from problems.models.base import ProseField, PublicIdField, TextField, TimeStamped, VisibleQuerySet
from problems.models.people import User
from problems.permissions import visible_papers
from problems.records import YEARS, PaperRecord, PartialDate, PersonName
from problems.text import ABSTRACT_LIMIT, NAME_LIMIT, NOTE_LIMIT, TITLE_LIMIT, VENUE_LIMIT

WORDS = {"title", "abstract", "names", "venue", "url"}
"""What tells what a record is about: to read any of these is to read the record."""
NOT_A_YEAR = "%(value)s is not a year. Write four digits, for example 2024."
ORCID = RegexValidator(r"\A\d{4}-\d{4}-\d{4}-\d{3}[\dX]\Z", "Write the ORCID as in 0000-0002-1825-0097.")


class AddressField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """A web address (http or https) that is safe to show as a link."""

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """Normalise, or refuse with a sentence."""
        if value:
            try:
                value = identifiers.safe_url(str(value))
            except Unparsable as error:
                raise ValidationError(str(error), code="address") from error
        cleaned: str = super().clean(value, model_instance)
        return cleaned


class PaperQuerySet(VisibleQuerySet["Paper"]):
    """Papers."""

    @staticmethod
    def rule(user: Any) -> Q:
        """Who may know of them."""
        return visible_papers(user)

    def for_lists(self) -> "PaperQuerySet":
        """With what a row shows, in a fixed number of queries, and without the long text."""
        return self.defer("abstract").prefetch_related("authorships", "identifiers")


class PaperManager(models.Manager.from_queryset(PaperQuerySet)):  # type: ignore[misc]  # a base made at run time
    """Leaves the search column in the database: it is for searching only."""

    def get_queryset(self) -> PaperQuerySet:
        """All but the search column."""
        queryset: PaperQuerySet = super().get_queryset().defer("search")
        return queryset


class Paper(TimeStamped):
    """A work: preprint and publication are one record with both identifiers."""

    public_id = PublicIdField()
    title = TextField(max_length=TITLE_LIMIT)
    abstract = ProseField(max_length=ABSTRACT_LIMIT, blank=True)
    year = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(YEARS.start, NOT_A_YEAR), MaxValueValidator(YEARS.stop - 1, NOT_A_YEAR)]
    )
    month = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(12)])
    day = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(31)])
    venue = TextField(max_length=VENUE_LIMIT, blank=True)
    type = models.CharField(max_length=20, choices=PaperType.choices, default=PaperType.OTHER)
    url = AddressField("address", max_length=2000, blank=True)
    title_key = models.CharField(
        max_length=200,
        editable=False,
        db_index=True,
        help_text="Letters and digits of the title, to find the same one again; kept by services.papers.",
    )
    names = models.TextField(
        editable=False, blank=True, help_text="Author names as words to search, with and without accents; kept by services.papers."
    )
    is_retracted = models.BooleanField("retracted", default=False)
    is_corrected = models.BooleanField("corrected", default=False)
    advisory = models.PositiveSmallIntegerField(choices=Advisory.choices, default=Advisory.NONE, help_text="From level 1 on the abstract is folded.")
    topics = ArrayField(
        models.CharField(max_length=20, choices=[(value, value) for value in Topic.values]),
        size=len(Topic),
        blank=True,
        default=list,
        db_default=[],
        help_text="What an advised record is about, in the order of the vocabulary.",
    )
    link_approved = models.BooleanField(
        default=False,
        db_default=False,
        editable=False,
        help_text="Whether a reviewer lets its address be a link, whatever its host. Another address asks anew.",
    )
    material = models.CharField(
        "harmful material", max_length=20, choices=[(value, value) for value in Material.values], blank=True, default="", db_default=""
    )
    modalities = ArrayField(
        models.CharField(max_length=10, choices=[(value, value) for value in Modality.values]),
        size=len(Modality),
        blank=True,
        default=list,
        db_default=[],
        help_text="In the order of the vocabulary; kept so by services.papers.",
    )
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.WAITING, db_index=True)
    logged_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="papers", help_text="Empty: by a command.")
    twin_of = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="twins",
        help_text="The restricted record that this one stands for, towards who handed it in; reviewers decide on both as one.",
    )
    merged_into = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="merged",
        help_text="The record that this one is part of now.",
    )
    bars: Mapping[int, str] | None = None
    """Why people may not decide on it, by their key: put here by queries.fairness, read by permissions.py."""

    search = models.GeneratedField(
        expression=SearchVector("title", weight="A", config="english")
        + SearchVector("names", weight="B", config="english")
        + SearchVector("venue", weight="C", config="english")
        + SearchVector("abstract", weight="D", config="english"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = PaperManager()

    class Meta:
        """Latest made first."""

        ordering: ClassVar[list[str]] = ["-pk"]
        indexes: ClassVar[list[models.Index]] = [
            GinIndex(fields=["search"], name="paper_search"),
            HashIndex(fields=["url"], name="paper_url"),
            GinIndex(
                OpClass(Upper("title"), name="gin_trgm_ops"), name="paper_title_trigrams", fastupdate=False
            ),  # else slow to read after an import
            GinIndex(fields=["modalities"], name="paper_modalities"),
            models.Index(fields=["material"], condition=~Q(material=""), name="paper_material"),
            models.Index(Coalesce("year", 0).desc(), "public_id", name="paper_newest"),
            models.Index(Coalesce("year", 0), "public_id", name="paper_oldest"),
        ]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(condition=~Q(title=""), name="paper_title_given"),
            models.CheckConstraint(condition=Q(year=None) | Q(year__range=(YEARS.start, YEARS.stop - 1)), name="paper_year_known"),
            models.CheckConstraint(
                condition=(Q(month=None) | Q(year__isnull=False, month__range=(1, 12))) & (Q(day=None) | Q(month__isnull=False, day__range=(1, 31))),
                name="paper_date_parts",
                violation_error_message="A month needs its year, and a day its month.",
            ),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="paper_visibility_known"),
            models.CheckConstraint(
                condition=Q(merged_into=None) & ~Q(visibility=Visibility.MERGED) | Q(merged_into__isnull=False, visibility=Visibility.MERGED),
                name="paper_merged_whole",
            ),
            models.CheckConstraint(condition=Q(material__in=["", *Material.values]), name="paper_material_known"),
            models.CheckConstraint(condition=Q(twin_of=None) | ~Q(visibility=Visibility.PUBLIC), name="paper_twin_not_public"),
        ]

    def __str__(self) -> str:
        """Its title."""
        return str(self.title)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> "Paper":
        """As it is read; where it is restricted, that it was is noted for the log."""
        paper = super().from_db(db, field_names, values, **options)
        read = paper.__dict__
        if "visibility" in read:
            sight.paper(paper.pk, read.get("public_id", ""), read["visibility"])
        elif not read.keys().isdisjoint(WORDS):
            sight.part_of(paper.pk)
        return paper

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("paper", args=[self.public_id, self.slug])

    def clean(self) -> None:
        """Refuse a date that no calendar has."""
        try:
            _ = self.date
        except Unparsable as error:
            raise ValidationError({error.field: str(error)}) from error

    @property
    def slug(self) -> str:
        """Title as it stands in the address."""
        return slugify(self.title)[:80].strip("-") or "paper"

    @property
    def date(self) -> PartialDate | None:
        """Date, as precise as it is known."""
        return PartialDate(self.year, self.month, self.day) if self.year else None

    @property
    def people(self) -> tuple[PersonName, ...]:
        """Authors, in order."""
        return tuple(authorship.to_name() for authorship in self.authorships.all())

    def to_record(self) -> PaperRecord:
        """The plain shape that every format and source speaks."""
        return PaperRecord(
            title=self.title,
            authors=self.people,
            date=self.date,
            venue=self.venue,
            type=PaperType(self.type),
            url=self.url,
            abstract=self.abstract,
            identifiers=tuple((Scheme(row.scheme), row.value) for row in self.identifiers.all()),
            key=self.public_id,
        )


class PaperIdentifier(models.Model):
    """An identifier of a paper, normalised; each names one paper only."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="identifiers")
    scheme = models.CharField(max_length=20, choices=Scheme.choices)
    value = models.CharField(max_length=255)
    shadow = models.BooleanField(
        default=False, db_default=False, editable=False, help_text="Of a twin: the record that it stands for has the identifier itself."
    )

    class Meta:
        """In the order of the schemes."""

        ordering: ClassVar[list[str]] = ["scheme", "value"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["scheme", "value"], name="identifier_value")]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["scheme", "value"], condition=Q(shadow=False), name="identifier_unique"),
            models.UniqueConstraint(fields=["paper", "scheme", "value"], name="identifier_once"),
        ]

    def __str__(self) -> str:
        """Scheme and value."""
        return f"{Scheme(self.scheme).label} {self.value}"

    def clean(self) -> None:
        """Keep the one spelling."""
        try:
            self.value = identifiers.normalise(Scheme(self.scheme), self.value)
        except Unparsable as error:
            raise ValidationError({"value": str(error)}) from error

    @property
    def url(self) -> str:
        """Address where it leads."""
        return identifiers.url_for(Scheme(self.scheme), self.value)


class Authorship(models.Model):
    """An author of a paper, in order, as printed there."""

    paper = models.ForeignKey(Paper, on_delete=models.CASCADE, related_name="authorships")
    position = models.PositiveSmallIntegerField()
    family = TextField(max_length=NAME_LIMIT, blank=True)
    given = TextField(max_length=NAME_LIMIT, blank=True)
    particle = TextField(max_length=100, blank=True, help_text="As in van der Berg.")
    suffix = TextField(max_length=100, blank=True, help_text="As in Jr.")
    literal = TextField(max_length=NAME_LIMIT, blank=True, help_text="An organisation, or a name that has no parts.")
    orcid = models.CharField("ORCID", max_length=19, blank=True, validators=[ORCID])

    class Meta:
        """In order."""

        ordering: ClassVar[list[str]] = ["position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["paper", "position"], name="authorship_position_unique"),
            models.CheckConstraint(
                condition=~Q(family="", literal=""),
                name="authorship_named",
                violation_error_message="An author needs a family name or a literal name.",
            ),
        ]

    def __str__(self) -> str:
        """The name."""
        return str(self.to_name())

    def to_name(self) -> PersonName:
        """The plain shape."""
        return PersonName(family=self.family, given=self.given, particle=self.particle, suffix=self.suffix, literal=self.literal, orcid=self.orcid)


class Merge(models.Model):
    """Two records that are one work were made one: what stays, what went into it, and all that it takes to undo it."""

    public_id = PublicIdField()
    kept = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    merged = models.ForeignKey(Paper, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+", help_text="Empty: by a command.")
    at = models.DateTimeField(auto_now_add=True)
    reason = ProseField(max_length=NOTE_LIMIT, blank=True)
    before = models.JSONField(default=dict, help_text="Both records as they were, and what was moved, to undo.")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        """Ids; never a title, which may not be shown to all."""
        return f"{self.merged.public_id} into {self.kept.public_id}"
