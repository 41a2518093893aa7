"""Accounts and teams."""

from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest

from problems.admin.base import CuratorAdmin, Formsets, Tabular
from problems.admin.site import site
from problems.models import Membership, Team, User
from problems.services import people


@admin.register(User, site=site)
class UserAdmin(CuratorAdmin):
    """Accounts; no password: its owner makes one by way of the page for forgotten ones."""

    fields = ("email", "display_name", "role", "is_active", "public_id", "last_login", "created", "modified")
    readonly_fields = ("public_id", "last_login", "created", "modified")
    later = ("is_active",)
    list_display = ("__str__", "email", "role", "is_active", "last_login", "created")
    list_filter = ("role", "is_active", "created")
    search_fields = ("display_name", "email", "=public_id")
    ordering = ("display_name", "pk")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        people.save(user=form.instance, by=request.user, reason=form.cleaned_data["reason"])


class MemberRows(Tabular):
    """The people of a team."""

    model = Membership
    verbose_name = "member"
    fields = ("user", "is_lead")
    autocomplete_fields = ("user",)
    related = ("user", "team")

    @override
    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)


@admin.register(Team, site=site)
class TeamAdmin(CuratorAdmin):
    """Teams, each with its people."""

    fields = ("slug", "name", "about")
    fixed = ("slug",)
    inlines = (MemberRows,)
    list_display = ("name", "slug", "modified")
    search_fields = ("name", "slug", "members__display_name")

    @override
    def store(self, request: HttpRequest, form: Any, formsets: Formsets) -> None:
        (rows,) = formsets
        members = {row.cleaned_data["user"]: row.cleaned_data["is_lead"] for row in rows.kept}
        people.save_team(team=form.instance, by=request.user, members=members, reason=form.cleaned_data["reason"])
