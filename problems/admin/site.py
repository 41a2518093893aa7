"""The admin site: opened by curators, entered through the same log-in as all else, second factor included."""

from functools import update_wrapper
from typing import Any, cast, override

from allauth.account.views import logout
from django.contrib.admin import AdminSite
from django.contrib.admin.models import LogEntry
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import Truncator

from problems.errors import Refused, Unparsable

LABEL = 100  # characters of a choice


def label(thing: Model) -> str:
    """A row as a choice: with its text, where its name is a code."""
    return Truncator(f"{thing} {getattr(thing, 'text', '') if hasattr(thing, 'code') else ''}".strip()).chars(LABEL)


class Choices(AutocompleteJsonView):
    """What pickers find."""

    @override
    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        return super().serialize_result(obj, to_field_name) | {"text": label(obj)}


class CuratorSite(AdminSite):
    """Django's admin without log-in, password and log pages of its own."""

    site_title = site_header = "Open Problems Tracker"
    index_title = "Curation"
    empty_value_display = "none"

    @override
    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Guard a view, also from what the database cannot even be asked for."""

        def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if any("\0" in value for values in request.GET.lists() for value in values[1]):
                title = "The address contains a NUL character."
                raise Unparsable(title, "Delete it and try again.")
            return view(request, *args, **kwargs)

        return super().admin_view(update_wrapper(asked, view), cacheable)

    @override
    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", Choices.as_view(admin_site=self)(request))

    @override
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead visitors to the log-in of the site; raise Refused for those who are signed in and no curators."""
        index = reverse("admin:index", current_app=self.name)
        if self.has_permission(request):
            return HttpResponseRedirect(index)
        if request.user.is_authenticated:
            title = "You may not open the admin."
            raise Refused(title, "This needs the role curator.")
        return redirect_to_login(request.GET.get("next", index))

    @override
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]  # wider
        """Log out as everywhere."""
        response: HttpResponseBase = logout(request)
        return response

    @override
    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # as the caller needs it
        """Lead to the page for everybody."""
        return HttpResponseRedirect(reverse("account_change_password"))

    @override
    def password_change_done(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]  # as the caller needs it
        """Lead to the page for everybody."""
        return HttpResponseRedirect(reverse("account"))

    @override
    def get_log_entries(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """None: there is one record of changes, and it is not this one."""
        return LogEntry.objects.none()


site = CuratorSite(name="admin")
