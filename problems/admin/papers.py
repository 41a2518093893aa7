"""Papers, with their authors, identifiers and tags."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest

from problems.admin.base import Formsets, HandedInAdmin, RefusableForm, Rows, Stacked, Tabular, concerning
from problems.admin.site import site
from problems.admin.tags import TagRules
from problems.choices import Scheme
from problems.codebook import codebook
from problems.models import Authorship, Paper, PaperIdentifier, Tag
from problems.services import papers, tags

MOST_AUTHORS = 60  # more rows would exceed the limit of form fields: such lists are changed by importing anew


class AuthorForm(RefusableForm):
    """An author, with a place that may be changed."""

    place = forms.IntegerField(required=False, min_value=1, max_value=9999, help_text="Rows are sorted by it. Empty: last.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the place."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["place"] = self.instance.position


class AuthorRows(Tabular):
    """The authors of a paper, in order."""

    model = Authorship
    verbose_name = "author"
    form = AuthorForm
    fields = ("place", "family", "given", "particle", "suffix", "literal", "orcid")

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _too_many(obj)

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]  # as InlineModelAdmin has it
        return super().has_add_permission(request, obj) and not _too_many(obj)

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields if self.has_change_permission(request, obj) else self.fields[1:]


def _too_many(paper: Any) -> bool:
    return paper is not None and paper.pk is not None and len(paper.authorships.all()) > MOST_AUTHORS


class IdentifierForm(RefusableForm):
    """An identifier. That it names one paper only is said by the service, with the title of the other one."""

    @override
    def validate_constraints(self) -> None:
        """Leave it to the service."""


class IdentifierRows(Tabular):
    """The identifiers of a paper."""

    model = PaperIdentifier
    verbose_name = "identifier"
    form = IdentifierForm
    fields = ("scheme", "value")

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


class TagRows(Stacked):
    """The tags of a paper."""

    model = Tag
    form = TagRules
    fields = (("statement", "call", "problem"), ("relation", "basis", "status"), "rationale", "locator", "contributor")
    readonly_fields = ("contributor",)
    autocomplete_fields = ("statement", "call", "problem")
    related = ("statement", "call", "problem", "contributor")
    show_change_link = True

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]  # as InlineModelAdmin has it
        return False


@admin.register(Paper, site=site)
class PaperAdmin(HandedInAdmin):
    """Papers."""

    fields = (
        "title",
        "abstract",
        ("year", "month", "day"),
        "venue",
        "type",
        "url",
        ("is_retracted", "is_corrected"),
        "advisory",
        ("material", "modalities"),
        "visibility",
        "public_id",
        "logged_by",
        "created",
        "modified",
    )
    readonly_fields = ("public_id", "logged_by", "created", "modified")
    inlines = (AuthorRows, IdentifierRows, TagRows)
    list_display = ("title", "authors", "year", "type", "visibility", "logged_by", "created")
    list_filter = ("visibility", "type", "material", "is_retracted", "is_corrected", "advisory", "created")
    list_select_related = ("logged_by",)
    search_fields = ("title", "names", "venue", "identifiers__value", "=public_id")

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("authorships")

    @override
    def formfield_for_dbfield(self, db_field: "models.Field[Any, Any]", request: HttpRequest, **kwargs: Any) -> Any:
        """Offer modalities as boxes."""
        if db_field.name == "modalities":
            words = [(value, term.label) for value, term in codebook().modalities.items()]
            return forms.MultipleChoiceField(choices=words, required=False, widget=forms.CheckboxSelectMultiple)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    @admin.display(description="authors")
    def authors(self, paper: Paper) -> str:
        """The first three."""
        names = [str(name) for name in paper.people]
        return ", ".join(names[:3]) + (" et al." if len(names) > 3 else "")  # noqa: PLR2004 - as it says

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        reason = form.cleaned_data["reason"]
        rows: dict[Any, Rows] = {formset.model: formset for formset in formsets}
        authors, identifiers = rows[Authorship], rows[PaperIdentifier]
        placed = sorted(authors.kept, key=lambda row: row.cleaned_data.get("place") or 10_000)
        paper = papers.save(
            paper=form.instance,
            by=request.user,
            authors=[row.instance.to_name() for row in placed] if authors.may_change else None,
            identifiers=[(Scheme(row.instance.scheme), row.instance.value) for row in identifiers.kept],
            reason=reason,
        )
        for row in rows[Tag].changed:
            row.instance.paper = paper
            with concerning(request, row):
                tags.save(tag=row.instance, by=request.user, reason=reason)
