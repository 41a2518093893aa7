"""The record of changes."""

from django.contrib import admin

from problems.admin.base import ReadOnlyAdmin
from problems.admin.site import site
from problems.models import AuditEvent


@admin.register(AuditEvent, site=site)
class AuditEventAdmin(ReadOnlyAdmin):
    """Entries, to be read only."""

    fields = ("at", "kind", "object_type", "object_name", "actor", "face", "request_id", "before", "after", "reason")
    list_display = ("at", "kind", "object_type", "object_name", "actor", "face", "reason")
    list_filter = ("kind", "object_type", "face", "at")
    list_select_related = ("actor",)
    search_fields = ("=object_name", "=request_id", "reason", "actor__display_name")
