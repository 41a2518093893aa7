"""Addresses of the API."""

from typing import Any

from django.urls import path

from problems.api.docs import docs
from problems.api.viewsets.base import Resource
from problems.api.viewsets.catalogue import AgendaView, CallViewSet, ChallengeViewSet, PhaseViewSet, ProblemViewSet, StatementViewSet
from problems.api.viewsets.history import HISTORIES
from problems.api.viewsets.imports import ImportEntryViewSet, ImportViewSet
from problems.api.viewsets.lookups import LookupViewSet
from problems.api.viewsets.papers import Duplicates, PaperViewSet
from problems.api.viewsets.root import ErrorView, RootView, SchemaView
from problems.api.viewsets.searches import SearchViewSet
from problems.api.viewsets.submissions import SubmissionViewSet
from problems.api.viewsets.suggestions import PaperSuggestions, StatementSuggestions, SuggestionViewSet
from problems.api.viewsets.tags import TagViewSet
from problems.api.viewsets.teams import TeamViewSet

app_name = "api"

VIEWSETS: dict[str, type[Resource[Any]]] = {
    "phases": PhaseViewSet,
    "challenges": ChallengeViewSet,
    "problems": ProblemViewSet,
    "statements": StatementViewSet,
    "calls": CallViewSet,
    "papers": PaperViewSet,
    "tags": TagViewSet,
    "searches": SearchViewSet,
    "submissions": SubmissionViewSet,
    "teams": TeamViewSet,
    "imports": ImportViewSet,
}
WRITES: dict[str, dict[str, dict[str, str]]] = {
    "papers": {
        "": {"post": "create"},
        "{id}/": {"patch": "edit"},
        **{f"{act}/": {"post": act} for act in ("restrict", "unrestrict", "merge", "unmerge")},
    },
    "tags": {"": {"post": "create"}, "{id}/": {"patch": "edit"}, "restrict/": {"post": "restrict"}, "unrestrict/": {"post": "unrestrict"}},
    "searches": {"": {"post": "create"}},
    "submissions": {
        "": {"post": "create"},
        "{id}/": {"patch": "edit", "delete": "discard"},
        **{f"{move}/": {"post": move} for move in ("submit", "withdraw", "claim", "release", "undo", "appeal")},
        "decision/": {"post": "decide"},
        "request-changes/": {"post": "request_changes"},
    },
    "imports": {"": {"post": "create"}, "cancel/": {"post": "cancel"}, "settle/": {"post": "settle"}},
}
"""What each resource takes besides GET: of the list, of one object, and below the address of one object."""


def _resource(name: str, viewset: type[Resource[Any]]) -> list[Any]:
    writes: dict[str, dict[str, Any]] = dict(WRITES.get(name, {}))
    return [
        path(f"v1/{name}/", viewset.as_view({"get": "list"} | writes.pop("", {})), name=f"{name}-list"),
        path(f"v1/{name}/<str:id>/", viewset.as_view({"get": "retrieve"} | writes.pop("{id}/", {})), name=f"{name}-detail"),
        *(path(f"v1/{name}/<str:id>/{tail}", viewset.as_view(actions)) for tail, actions in writes.items()),
    ]


urlpatterns = [
    path("", RootView.as_view(schema=None)),
    path("docs/", docs, name="docs"),
    path("errors/<slug:kind>/", ErrorView.as_view(), name="error"),
    path("v1/", RootView.as_view(), name="root"),
    path("v1/schema/", SchemaView.as_view(), name="schema"),
    path("v1/lookups/", LookupViewSet.as_view({"post": "ask"}), name="lookups"),
    path("v1/imports/<str:id>/rows/", ImportEntryViewSet.as_view({"get": "list"}), name="import-rows"),
    path("v1/suggestions/", SuggestionViewSet.as_view({"post": "ask"}), name="suggestions"),
    path("v1/papers/<str:id>/duplicates/", Duplicates.as_view({"get": "list"})),
    path("v1/papers/<str:id>/suggestions/", PaperSuggestions.as_view({"get": "retrieve"})),
    path("v1/statements/<str:id>/suggestions/", StatementSuggestions.as_view({"get": "retrieve"})),
    path("v1/agenda/", AgendaView.as_view(), name="agenda"),
    *(each for name, viewset in VIEWSETS.items() for each in _resource(name, viewset)),
    *(path(f"v1/{name}/<str:id>/history/", history.as_view({"get": "list"})) for name, history in HISTORIES.items()),
]
