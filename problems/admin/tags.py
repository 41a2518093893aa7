"""Tags and searches."""

from typing import Any, override

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from problems.admin.base import CuratorForm, Formsets, HandedInAdmin, RefusableForm
from problems.admin.site import site
from problems.choices import Target
from problems.codebook import Term, codebook
from problems.models import Search, Tag
from problems.services import tags


class TagRules(RefusableForm):
    """A tag. Its pickers say what each word means."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Take labels and definitions from the codebook, relations by what they fit."""
        super().__init__(*args, **kwargs)
        groups: dict[str, list[tuple[str, str]]] = {}
        for term in codebook().relations.values():
            groups.setdefault(f"to {Target(term.group).label.lower()}", []).append(_option(term))
        self._offer("relation", list(groups.items()))
        self._offer("basis", [_option(term) for term in codebook().bases.values()])

    def _offer(self, name: str, options: list[Any]) -> None:
        field = self.fields.get(name)
        if isinstance(field, forms.ChoiceField):
            field.choices = [("", "Choose one"), *options]


def _option(term: Term) -> tuple[str, str]:
    return term.value, f"{term.label}: {term.definition}"


class TagForm(TagRules, CuratorForm):
    """The page of a tag."""


@admin.register(Tag, site=site)
class TagAdmin(HandedInAdmin):
    """Tags."""

    form = TagForm
    fields = (
        "paper",
        ("statement", "call", "problem"),
        "relation",
        "rationale",
        "locator",
        "basis",
        "status",
        "contributor",
        "submission",
        "decided_at",
        "decided_by",
        "public_id",
        "created",
        "modified",
    )
    readonly_fields = ("paper", "contributor", "submission", "decided_at", "decided_by", "public_id", "created", "modified")
    autocomplete_fields = ("statement", "call", "problem")
    list_display = ("__str__", "paper", "status", "basis", "contributor", "created", "decided_at")
    list_filter = ("status", "relation", "basis", "created")
    list_select_related = ("paper", "statement", "call", "problem", "contributor")
    search_fields = ("paper__title", "statement__code", "call__code", "rationale", "contributor__display_name", "=public_id")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        tags.save(tag=form.instance, by=request.user, reason=form.cleaned_data["reason"])


@admin.register(Search, site=site)
class SearchAdmin(HandedInAdmin):
    """Searches that found nothing."""

    fields = (
        ("statement", "problem"),
        "where",
        "query",
        "searched_on",
        "status",
        "by",
        "submission",
        "decided_at",
        "public_id",
        "created",
        "modified",
    )
    readonly_fields = ("by", "submission", "decided_at", "public_id", "created", "modified")
    autocomplete_fields = ("statement", "problem")
    list_display = ("__str__", "where", "searched_on", "by", "status")
    list_filter = ("status", "searched_on")
    list_select_related = ("statement", "problem", "by")
    search_fields = ("statement__code", "problem__title", "where", "query", "by__display_name", "=public_id")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        tags.save_search(search=form.instance, by=request.user, reason=form.cleaned_data["reason"])
