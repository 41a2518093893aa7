"""What all pages of the admin share: they write through services, show the record, and ask the database a fixed number of times.

A page does one thing: it translates a form and its rows into calls of services, in `store`. A refusal by a service (TrackerError) rolls back
all of it and shows the same page again, with everything typed, and the sentence at the row or field that it is about.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar, override

from django import forms
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import PAGE_VAR
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget, AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.forms.formsets import DELETION_FIELD_NAME
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from problems.admin.site import label
from problems.errors import Invalid, TrackerError, Unparsable
from problems.models import AuditEvent
from problems.models.base import ProseField, TextField, VisibleQuerySet
from problems.text import NOTE_LIMIT, clean_text

REFUSAL = "tracker.refusal"  # key of request.META: what a service refused in this request
HISTORY_PAGE = 50
LONGEST_KEY = 19  # digits of the greatest key of a row

type Formsets = Sequence["Rows"]


@contextmanager
def concerning(request: HttpRequest, form: forms.BaseForm) -> Iterator[None]:
    """Note that a refusal inside is about this form: its page shows it there."""
    try:
        yield
    except TrackerError as error:
        request.META.setdefault(REFUSAL, (form.prefix, error))
        raise


class RefusableForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A form that shows what a service refused, and whose fields have a name also where a table shows them without their label."""

    request: ClassVar[HttpRequest]  # the class is made anew for each request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Name the fields."""
        super().__init__(*args, **kwargs)
        if self.prefix:
            for name, field in self.fields.items():
                widget: Any = getattr(field.widget, "widget", field.widget)
                widget.attrs["aria-label"] = field.label or name.replace("_", " ")

    def _post_clean(self) -> None:
        """Add the refusal to what the form found itself."""
        super()._post_clean()  # type: ignore[misc]  # not in the stubs
        prefix, error = self.request.META.get(REFUSAL, ("", None))
        if error is None or prefix != self.prefix:
            return
        sentences = error.errors.items() if isinstance(error, Invalid) else [(error.field, [str(error)])]
        for field, messages in sentences:
            self.add_error(field if field in self.fields else None, [ValidationError(message) for message in messages])


class CuratorForm(RefusableForm):
    """The form of a page, which asks why."""

    reason = forms.CharField(
        required=False,
        max_length=NOTE_LIMIT,
        widget=AdminTextareaWidget(attrs={"rows": 2}),
        help_text="Why. It is kept in the record, readable to all who may read this.",
    )

    def clean_reason(self) -> str:
        """Clean the text."""
        try:
            return clean_text(self.cleaned_data["reason"], limit=NOTE_LIMIT, field="reason", multiline=True)
        except Unparsable as error:
            raise ValidationError(str(error)) from error


def _keys(values: Sequence[str]) -> list[str]:
    """Those of `values` that can be keys: others are refused by the field, and may not be looked up to show them again."""
    return [value for value in map(str, values) if value.isascii() and value.isdecimal() and len(value) < LONGEST_KEY]


class Picker(AutocompleteSelect):
    """An autocomplete that takes the label of its choice from the row that holds it, where it does: a page asks no query per row."""

    held: models.Model | None = None

    @override
    def build_attrs(self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None) -> dict[str, Any]:
        """Say in an empty field what it is for: nothing else names it to a screen reader."""
        plural = self.field.remote_field.model._meta.verbose_name_plural  # noqa: SLF001  # the documented Model._meta API
        return super().build_attrs(base_attrs, extra_attrs) | {"data-placeholder": f"Search {plural}"}

    @override
    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        if self.held is None or list(value) != [str(self.held.pk)]:
            return super().optgroups(name, _keys(value), attr)
        none = [] if self.is_required else [self.create_option(name, "", "", selected=False, index=0)]
        return [(None, [*none, self.create_option(name, self.held.pk, label(self.held), selected=True, index=1)], 0)]


class PickerOfMany(AutocompleteSelectMultiple):
    """The same for several choices, which a page has once."""

    @override
    def optgroups(self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None) -> list[Any]:
        return super().optgroups(name, _keys(value), attr)


class Picking(admin.options.BaseModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Choices of related rows: by these pickers, and of visible rows only."""

    @override
    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = Picker(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    @override
    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name in self.get_autocomplete_fields(request):
            kwargs["widget"] = PickerOfMany(db_field, self.admin_site)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    @override
    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> models.QuerySet[Any]:
        return visible(db_field.remote_field.model, request)


class Rows(BaseInlineFormSet):  # type: ignore[type-arg]  # not generic at run time
    """The rows of an inline."""

    may_change: ClassVar[bool]

    @override
    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if DELETION_FIELD_NAME in form.fields:
            form.fields[DELETION_FIELD_NAME].widget.attrs["aria-label"] = "Delete"
        for name, field in form.fields.items():
            picker = getattr(field.widget, "widget", field.widget)
            if isinstance(picker, Picker):
                picker.held = getattr(form.instance, name, None)

    @property
    def kept(self) -> list[Any]:
        """Forms of the rows that stay or are new, in order."""
        forms_ = [*self.initial_forms, *(form for form in self.extra_forms if form.has_changed())]
        return [form for form in forms_ if not form.cleaned_data.get(DELETION_FIELD_NAME)]

    @property
    def changed(self) -> list[Any]:
        """Those of them that differ from what is stored."""
        return [form for form in self.kept if form.has_changed()]


class InlineRows(Picking, admin.options.InlineModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Rows of another model on the page of what they belong to. They are stored by that page."""

    form = RefusableForm
    formset = Rows
    extra = 0
    related: tuple[str, ...] = ()
    """What a row shows of other rows, to be fetched with it."""

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = visible(self.model, request)
        return rows.select_related(*self.related) if self.related else rows

    @override
    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        formset: Any = super().get_formset(request, obj, **kwargs)
        formset.form.request = request
        formset.may_change = self.has_change_permission(request, obj)
        return formset

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class Tabular(InlineRows, admin.TabularInline):  # type: ignore[type-arg]  # not generic at run time
    """One line a row."""

    formfield_overrides = {
        ProseField: {"widget": AdminTextareaWidget(attrs={"rows": 3, "cols": 44, "class": "prose"})},
        TextField: {"widget": AdminTextInputWidget(attrs={"size": 16, "class": "short"})},
    }


class Stacked(InlineRows, admin.StackedInline):  # type: ignore[type-arg]  # not generic at run time
    """One block a row."""

    formfield_overrides = {ProseField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}


def visible(model: type[models.Model], request: HttpRequest) -> models.QuerySet[Any]:
    """Rows of `model` that this person may know of: those of visible_to, or all where the model has nothing to hide."""
    rows = model._default_manager.all()  # noqa: SLF001  # the documented way
    return rows.visible_to(request.user) if isinstance(rows, VisibleQuerySet) else rows


class CuratorAdmin(Picking, admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """The pages of a model."""

    form = CuratorForm
    actions = None
    fixed: tuple[str, ...] = ()
    """Fields that are given once, when the object is made."""
    later: tuple[str, ...] = ()
    """Fields that only an object that is there already has, beside the read-only ones."""
    formfield_overrides = {
        ProseField: {"widget": AdminTextareaWidget},
        TextField: {"widget": AdminTextInputWidget(attrs={"class": "vLargeTextField"})},
    }
    show_full_result_count = False
    list_per_page = 50

    # -- what is shown --

    @override
    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = visible(self.model, request)
        ordering = self.get_ordering(request)
        return rows.order_by(*ordering) if ordering else rows

    @override
    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        absent = () if obj else (*self.later, *self.readonly_fields)
        changeable = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        return [*(field for field in self.fields or () if field not in absent), *(["reason"] if changeable else [])]

    @override
    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*self.readonly_fields, *(self.fixed if obj else ())]

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what others point at is retired, declined, restricted or closed instead."""
        return False

    @override
    def history_view(self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The record of this object."""
        thing = self.get_object(request, unquote(object_id))
        if thing is None:
            return HttpResponseRedirect(reverse(f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_changelist"))
        if not self.has_view_or_change_permission(request, thing):
            raise PermissionDenied
        events = Paginator(AuditEvent.objects.visible_to(request.user).about(thing).select_related("actor"), HISTORY_PAGE).get_page(
            request.GET.get(PAGE_VAR)
        )
        context = self.admin_site.each_context(request) | {
            "title": f"History: {thing}",
            "events": events,
            "object": thing,
            "opts": self.opts,
            "page_var": PAGE_VAR,
        }
        return TemplateResponse(request, "admin/history.html", context)

    # -- what is written --

    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        """Hand the form and its rows to the services."""
        raise NotImplementedError

    @override
    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the page, or store it; when a service refuses, show it again with the reason."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except TrackerError as error:
            request.META.setdefault(REFUSAL, (None, error))
            return super().changeform_view(request, object_id, form_url, extra_context)

    @override
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change=change, **kwargs)
        form.request = request
        return form

    @override
    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Nothing: it is stored together with its rows."""

    @override
    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Store all of it."""
        self.store(request, form, formsets)

    @override
    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Nothing: the services write the record."""
        return []

    @override
    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # the record is elsewhere
        """Nothing, as above."""

    @override
    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> None:  # type: ignore[override]  # the record is elsewhere
        """Nothing, as above."""


class HandedInAdmin(CuratorAdmin):
    """Pages of what comes in through submissions only."""

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False


class ReadOnlyAdmin(CuratorAdmin):
    """Pages of what nobody writes by hand."""

    @override
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
