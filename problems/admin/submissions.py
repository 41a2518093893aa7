"""Submissions, and what reviewers said of them: to look at. They are decided on under /review/."""

from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from problems.admin.base import ReadOnlyAdmin, Tabular
from problems.admin.site import site
from problems.models import Decision, Review, Submission


class ReadOnlyRows(Tabular):
    """Rows that nobody writes by hand."""

    @override
    def has_add_permission(self, request: HttpRequest, obj: Any) -> bool:  # type: ignore[override]  # as InlineModelAdmin has it
        return False

    @override
    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReviewRows(ReadOnlyRows):
    """The answers to a submission."""

    model = Review
    fields = readonly_fields = ("reviewer", "at", "outcome", "note", "undone_at")
    related = ("reviewer", "submission")
    show_change_link = True


@admin.register(Submission, site=site)
class SubmissionAdmin(ReadOnlyAdmin):
    """Submissions."""

    fields = (
        "public_id",
        "page",
        "kind",
        "state",
        "contributor",
        "paper",
        "corrected_tag",
        "message",
        "content",
        ("submitted_at", "decided_at"),
        ("claimed_by", "claimed_at"),
        "appeal",
        ("appealed_at", "appealed_against"),
        ("created", "modified"),
    )
    readonly_fields = ("page",)
    inlines = (ReviewRows,)
    list_display = ("__str__", "state", "contributor", "paper", "submitted_at", "decided_at", "claimed_by")
    list_filter = ("state", "kind", "submitted_at")
    list_select_related = ("contributor", "paper", "claimed_by")
    search_fields = ("paper__title", "contributor__display_name", "=public_id")

    @admin.display(description="review")
    def page(self, submission: Submission) -> SafeString:
        """Where it is decided on."""
        return format_html('<a href="{}">{}</a>', submission.get_review_url(), submission.get_review_url())


class DecisionRows(ReadOnlyRows):
    """What an answer says of each part."""

    model = Decision
    fields = readonly_fields = ("part", "tag", "search", "verdict", "reason", "words", "edited", "text_restricted")
    related = ("tag__statement", "tag__call", "tag__problem", "search__statement", "search__problem")


@admin.register(Review, site=site)
class ReviewAdmin(ReadOnlyAdmin):
    """What reviewers answered."""

    fields = ("submission", "reviewer", "at", "outcome", "note", "undone_at")
    inlines = (DecisionRows,)
    list_display = ("__str__", "reviewer", "at", "undone_at")
    list_filter = ("outcome", "at")
    list_select_related = ("submission", "reviewer")
    search_fields = ("submission__paper__title", "reviewer__display_name", "=submission__public_id")
