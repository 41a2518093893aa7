"""The catalogue: one agenda of open problems, all of it data. Another agenda is another file for `load_catalogue`."""

from typing import Any, ClassVar

from django.core.exceptions import SuspiciousFileOperation, ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse

from problems.choices import Section, State
from problems.models.base import ProseField, TextField, TimeStamped

SLUG = RegexValidator(r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Use lower-case letters, digits and hyphens, for example watermark-robustness.")
COLOUR = RegexValidator(r"\A#[0-9A-Fa-f]{6}\Z", "Write the colour as # and six hexadecimal digits, for example #3D4E9E.")
ICON = RegexValidator(r"\A[a-z0-9]+(?:-[a-z0-9]+)*\Z", "Write the name of a Lucide icon, for example database.")


def known_icon(name: str) -> None:
    """Refuse a name that stands for no icon of those installed: each page that shows it would fail."""
    try:
        get_template(f"icons/{name}.svg")
    except (TemplateDoesNotExist, SuspiciousFileOperation) as error:
        raise ValidationError(f"There is no icon “{name}”. Look it up at lucide.dev.", code="icon") from error


STATEMENT_CODE = RegexValidator(r"\AP[1-9][0-9]{0,2}\.[EL][1-9][0-9]{0,2}\Z", "Write the code as in P5.L2.")
CALL_CODE = RegexValidator(r"\AC[1-9][0-9]{0,2}\Z", "Write the code as in C3.")


class ColourField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """A colour, #RRGGBB."""

    def __init__(self, **options: Any) -> None:
        """Fixed length, validated."""
        fixed: dict[str, Any] = {"max_length": 7, "validators": [COLOUR]}
        super().__init__(**fixed | options)


class Agenda(TimeStamped):
    """The paper that the map follows. There is one per installation."""

    title = TextField(max_length=300)
    authors = models.JSONField(help_text="List of {family, given}, in order.")
    organisations = models.JSONField(default=list, blank=True, help_text="List of names.")
    year = models.PositiveSmallIntegerField()
    url = models.URLField("address", max_length=2000)
    headline = TextField(max_length=200)
    introduction = ProseField(max_length=4000)
    constraints_heading = TextField(max_length=200, help_text="Stands over the challenge types.")
    bibtex = ProseField("BibTeX", max_length=4000, help_text="How to cite the paper.")
    only = models.BooleanField(default=True, editable=False, unique=True)

    class Meta:
        """At most one row."""

        verbose_name_plural = "agenda"
        constraints: ClassVar[list[models.BaseConstraint]] = [models.CheckConstraint(condition=Q(only=True), name="agenda_only_one")]

    def __str__(self) -> str:
        """Its title."""
        return str(self.title)

    def get_absolute_url(self) -> str:
        """The about page."""
        return reverse("about")

    @property
    def author_line(self) -> str:
        """Given and family names of all authors."""
        return ", ".join(f"{author.get('given', '')} {author['family']}".strip() for author in self.authors)


class Phase(TimeStamped):
    """A phase of the life cycle that problems and calls are grouped by."""

    slug = models.CharField(max_length=60, unique=True, validators=[SLUG])
    number = models.PositiveSmallIntegerField(unique=True)
    title = TextField(max_length=200)
    label = TextField(max_length=40, help_text="The short name on a chip.")
    scope = TextField(max_length=200, help_text="What of the life cycle it covers.")
    icon = models.CharField(max_length=60, validators=[ICON, known_icon])
    colour = ColourField()
    colour_dark = ColourField()
    soft = ColourField()
    soft_dark = ColourField()

    class Meta:
        """In order of the life cycle."""

        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        """Number and label."""
        return f"Phase {self.number} · {self.label}"

    def get_absolute_url(self) -> str:
        """Its rows on the map."""
        return f"{reverse('map')}?phase={self.slug}"


class ChallengeType(TimeStamped):
    """A kind of constraint that makes problems hard."""

    slug = models.CharField(max_length=60, unique=True, validators=[SLUG])
    position = models.PositiveSmallIntegerField()
    label = TextField(max_length=40)
    title = TextField(max_length=200)
    text = ProseField(max_length=1000)
    icon = models.CharField(max_length=60, validators=[ICON, known_icon])
    colour = ColourField()
    colour_dark = ColourField()

    class Meta:
        """In the order of the agenda."""

        ordering: ClassVar[list[str]] = ["position"]

    def __str__(self) -> str:
        """Its label."""
        return str(self.label)

    def get_absolute_url(self) -> str:
        """The problems that have it, on the home page."""
        return f"{reverse('home')}?challenge={self.slug}#problems"


class Problem(TimeStamped):
    """An open problem."""

    number = models.PositiveSmallIntegerField(unique=True)
    slug = models.CharField(max_length=80, unique=True, validators=[SLUG])
    title = TextField(max_length=200)
    question = ProseField(max_length=1000)
    summary = ProseField(max_length=2000)
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="problems")
    challenges: "models.ManyToManyField[ChallengeType, models.Model]" = models.ManyToManyField(ChallengeType, related_name="problems")

    class Meta:
        """By number."""

        ordering: ClassVar[list[str]] = ["number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [models.CheckConstraint(condition=Q(number__gte=1), name="problem_number_positive")]

    def __str__(self) -> str:
        """Number and title."""
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("problem", args=[self.number, self.slug])


class StatementQuerySet(models.QuerySet["Statement"]):
    """Statements."""

    def current(self) -> "StatementQuerySet":
        """Those that are not retired."""
        return self.filter(retired_on=None)

    def limitations(self) -> "StatementQuerySet":
        """Current limitations: what the map counts."""
        return self.current().filter(section=Section.LIMITATION)


class Statement(TimeStamped):
    """One claim of a problem's existing work or limitations. Its code never changes meaning; an outdated one is retired, with a successor."""

    code = models.CharField(max_length=12, unique=True, validators=[STATEMENT_CODE])
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="statements")
    section = models.CharField(max_length=20, choices=Section.choices)
    position = models.PositiveSmallIntegerField()
    text = ProseField(max_length=1000)
    retired_on = models.DateField(null=True, blank=True)
    review_by = models.DateField(
        "still true until", null=True, blank=True, help_text="The day by which reviewers ask whether it still holds. Empty: it does not age."
    )
    successor = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="predecessors")
    state = models.CharField(
        max_length=20,
        choices=State.choices,
        default=State.UNTOUCHED,
        editable=False,
        help_text="Derived from the tags; of limitations only.",
    )
    state_since = models.DateTimeField(null=True, blank=True, editable=False)

    objects = StatementQuerySet.as_manager()

    class Meta:
        """By problem, existing work first, in order of the codes."""

        ordering: ClassVar[list[str]] = ["problem__number", "section", "position"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["problem", "section", "position"], name="statement_position_unique"),
            models.CheckConstraint(condition=Q(section__in=Section.values), name="statement_section_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="statement_state_known"),
            models.CheckConstraint(condition=Q(successor=None) | Q(retired_on__isnull=False), name="statement_successor_of_retired"),
        ]

    def __str__(self) -> str:
        """Its code."""
        return self.code

    def clean(self) -> None:
        """Refuse a code that says another problem, list or place, and a successor that cannot be one."""
        if self.successor and not self.retired_on:
            raise ValidationError({"retired_on": "Only a retired statement has a successor: write the day."})
        if self.successor and self.successor == self:
            raise ValidationError({"successor": "A statement does not follow itself."})
        if self.problem_id and self.section and self.position:
            letter = "L" if self.section == Section.LIMITATION else "E"
            if self.code != (expected := f"P{self.problem.number}.{letter}{self.position}"):
                raise ValidationError({"code": f"{self.code} is no code of this list. It is {expected}."})

    def get_absolute_url(self) -> str:
        """Its place on the page of its problem."""
        return f"{self.problem.get_absolute_url()}{'?retired=true' if self.retired_on else ''}#{self.code}"


class StateStep(models.Model):
    """A change of a limitation's state, as derived; rewritten by services.coverage whenever a tag that bears on it changes."""

    statement = models.ForeignKey(Statement, on_delete=models.CASCADE, related_name="steps")
    before = models.CharField(max_length=20, choices=State.choices)
    after = models.CharField(max_length=20, choices=State.choices)
    at = models.DateTimeField()
    tag = models.ForeignKey("problems.Tag", on_delete=models.CASCADE, related_name="steps")

    class Meta:
        """Latest first."""

        ordering: ClassVar[list[str]] = ["-at", "-pk"]
        indexes: ClassVar[list[models.Index]] = [models.Index(fields=["-at", "-id"], name="step_latest")]

    def __str__(self) -> str:
        """What moved."""
        return f"{self.statement} {self.before} → {self.after}"


class CallToAction(TimeStamped):
    """Something that the agenda asks for, and the limitations that it serves (our reading of the paper)."""

    code = models.CharField(max_length=5, unique=True, validators=[CALL_CODE])
    position = models.PositiveSmallIntegerField()
    phase = models.ForeignKey(Phase, on_delete=models.PROTECT, related_name="calls")
    text = ProseField(max_length=1000)
    serves: "models.ManyToManyField[Statement, models.Model]" = models.ManyToManyField(
        Statement, related_name="calls", blank=True, limit_choices_to={"section": Section.LIMITATION, "retired_on": None}
    )

    class Meta:
        """In the order of the agenda."""

        ordering: ClassVar[list[str]] = ["position"]
        verbose_name = "call to action"
        verbose_name_plural = "calls to action"

    def __str__(self) -> str:
        """Its code."""
        return self.code

    def get_absolute_url(self) -> str:
        """Its place on the page of calls."""
        return f"{reverse('calls')}#{self.code}"
