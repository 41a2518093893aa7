"""The catalogue: agenda, phases, challenge types, problems with their statements, calls; and how states moved."""

from typing import Any, ClassVar, override

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Max
from django.http import HttpRequest

from problems.admin.base import CuratorAdmin, CuratorForm, Formsets, ReadOnlyAdmin, RefusableForm, Tabular, concerning
from problems.admin.site import site
from problems.choices import Section
from problems.errors import Unparsable
from problems.models import Agenda, CallToAction, ChallengeType, Phase, Problem, Statement, StateStep
from problems.services import catalogue
from problems.text import NAME_LIMIT, clean_text

LETTERS = {Section.EXISTING_WORK: "E", Section.LIMITATION: "L"}


class LinesField(forms.CharField):
    """A list of texts, one a line."""

    widget = AdminTextareaWidget

    @override
    def prepare_value(self, value: Any) -> Any:
        return "\n".join(self.line(item) for item in value) if isinstance(value, list) else value

    @override
    def to_python(self, value: Any) -> Any:
        try:
            texts = [clean_text(line, limit=NAME_LIMIT, field=str(self.label)) for line in (super().to_python(value) or "").splitlines()]
        except Unparsable as error:
            raise ValidationError(str(error)) from error
        return [self.item(text) for text in texts if text]

    def line(self, item: Any) -> str:
        """An item as a line."""
        return str(item)

    def item(self, text: str) -> Any:
        """A line as an item."""
        return text


class AuthorsField(LinesField):
    """A list of {family, given}."""

    @override
    def line(self, item: Any) -> str:
        return ", ".join(part for part in (item.get("family", ""), item.get("given", "")) if part)

    @override
    def item(self, text: str) -> Any:
        family, _, given = (part.strip() for part in text.partition(","))
        return {"given": given, "family": family} if given else {"family": family}


class AgendaForm(CuratorForm):
    """The agenda, its lists as lines."""

    authors = AuthorsField(label="Authors", help_text="One a line: family name, comma, given names.")
    organisations = LinesField(label="Organisations", required=False, help_text="One a line.")


class StatementRules(RefusableForm):
    """A statement, whose code follows from its problem, section and place; an old one keeps all three."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Fix what is fixed."""
        super().__init__(*args, **kwargs)
        for name in ("problem", "section", "position"):
            if self.instance.pk and name in self.fields:
                self.fields[name].disabled = True
        if "position" in self.fields:
            self.fields["position"].required = False
            self.fields["position"].help_text = "The number in its code. Empty: the next one."

    @override
    def clean(self) -> dict[str, Any]:
        """Give a new one its code."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        problem, section = data.get("problem"), data.get("section")
        if self.instance.pk or not isinstance(problem, Problem) or not section:
            return data
        if not data.get("position"):
            data["position"] = self.next_position(problem, section)
        self.instance.code = f"P{problem.number}.{LETTERS[Section(section)]}{data['position']}"
        return data

    def next_position(self, problem: Problem, section: str) -> int:
        """The first free place at the end of the list."""
        last = Statement.objects.filter(problem=problem, section=section).aggregate(last=Max("position"))["last"] if problem.pk else 0
        return (last or 0) + 1

    def _get_validation_exclusions(self) -> set[str]:
        """Check the code too, once there is one: it is no field of the form."""
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]  # not in the stubs
        return excluded - ({"code"} if self.instance.code else set())

    def _update_errors(self, errors: ValidationError) -> None:
        """Show what is wrong with the code where it comes from."""
        found = getattr(errors, "error_dict", {})
        if "code" in found:
            found.setdefault("position", []).extend(found.pop("code"))
        super()._update_errors(errors)  # type: ignore[misc]  # not in the stubs


class StatementForm(StatementRules, CuratorForm):
    """The page of a statement."""


class StatementRows(Tabular):
    """The statements of a problem."""

    model = Statement
    form = StatementRules
    fields = ("code", "section", "position", "text", "state", "retired_on", "successor")
    readonly_fields = ("code", "state")
    autocomplete_fields = ("successor",)
    related = ("successor",)
    show_change_link = True


@admin.register(Agenda, site=site)
class AgendaAdmin(CuratorAdmin):
    """The one agenda."""

    form = AgendaForm
    fields = ("title", "authors", "organisations", "year", "url", "headline", "introduction", "constraints_heading", "bibtex")
    list_display = ("title", "year", "modified")
    search_fields = ("title",)

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not Agenda.objects.exists()

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        catalogue.save(thing=form.instance, by=request.user, reason=form.cleaned_data["reason"])


@admin.register(Phase, site=site)
class PhaseAdmin(CuratorAdmin):
    """Phases."""

    form = CuratorForm
    fields = ("slug", "number", "title", "label", "scope", "icon", "colour", "colour_dark", "soft", "soft_dark")
    fixed = ("slug",)
    list_display = ("label", "number", "title", "slug", "colour", "modified")
    search_fields = ("title", "label", "slug")
    ordering = ("number",)

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        catalogue.save(thing=form.instance, by=request.user, reason=form.cleaned_data["reason"])


@admin.register(ChallengeType, site=site)
class ChallengeTypeAdmin(CuratorAdmin):
    """Challenge types."""

    form = CuratorForm
    fields = ("slug", "position", "label", "title", "text", "icon", "colour", "colour_dark")
    fixed = ("slug",)
    list_display = ("label", "position", "title", "slug", "colour", "modified")
    search_fields = ("title", "label", "slug", "text")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        catalogue.save(thing=form.instance, by=request.user, reason=form.cleaned_data["reason"])


@admin.register(Problem, site=site)
class ProblemAdmin(CuratorAdmin):
    """Problems, each with its statements."""

    fields = ("number", "slug", "title", "question", "summary", "phase", "challenges")
    fixed = ("number",)
    inlines = (StatementRows,)
    list_display = ("__str__", "phase", "challenge_types", "modified")
    list_filter = ("phase", "challenges")
    list_select_related = ("phase",)
    search_fields = ("title", "question", "summary", "slug", "=number")
    formfield_overrides: ClassVar[Any] = CuratorAdmin.formfield_overrides | {models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("challenges")

    @admin.display(description="challenges")
    def challenge_types(self, problem: Problem) -> str:
        """Labels of its challenge types."""
        return ", ".join(challenge.label for challenge in problem.challenges.all())

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        reason = form.cleaned_data["reason"]
        problem = form.instance
        catalogue.save(thing=problem, by=request.user, reason=reason, lists={"challenges": form.cleaned_data["challenges"]})
        for rows in formsets:
            for row in rows.changed:
                row.instance.problem = problem
                with concerning(request, row):
                    catalogue.save(thing=row.instance, by=request.user, reason=reason)


@admin.register(Statement, site=site)
class StatementAdmin(CuratorAdmin):
    """Statements one by one."""

    form = StatementForm
    fields = ("code", "problem", "section", "position", "text", "review_by", "retired_on", "successor", "state", "state_since")
    readonly_fields = ("code", "state", "state_since")
    autocomplete_fields = ("problem", "successor")
    list_display = ("code", "text", "section", "state", "state_since", "retired_on")
    list_filter = ("section", "state", ("retired_on", admin.EmptyFieldListFilter), "problem")
    list_select_related = ("problem",)
    search_fields = ("code", "text")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        catalogue.save(thing=form.instance, by=request.user, reason=form.cleaned_data["reason"])


@admin.register(StateStep, site=site)
class StateStepAdmin(ReadOnlyAdmin):
    """How the states of limitations moved, as derived from the tags."""

    fields = ("statement", "before", "after", "at", "tag")
    list_display = ("at", "statement", "before", "after", "tag")
    list_filter = ("after", "at")
    list_select_related = ("statement", "tag__statement", "tag__call", "tag__problem")
    search_fields = ("statement__code", "tag__paper__title")


@admin.register(CallToAction, site=site)
class CallToActionAdmin(CuratorAdmin):
    """Calls to action."""

    fields = ("code", "position", "phase", "text", "serves")
    fixed = ("code",)
    autocomplete_fields = ("serves",)
    list_display = ("code", "text", "phase", "modified")
    list_filter = ("phase",)
    list_select_related = ("phase",)
    search_fields = ("code", "text")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        catalogue.save(thing=form.instance, by=request.user, reason=form.cleaned_data["reason"], lists={"serves": form.cleaned_data["serves"]})
