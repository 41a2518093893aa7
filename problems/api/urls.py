"""Addresses of the API."""

from typing import Any

from django.urls import path

from problems.api.docs import docs
from problems.api.viewsets.base import Resource
from problems.api.viewsets.catalogue import AgendaView, CallViewSet, ChallengeViewSet, PhaseViewSet, ProblemViewSet, StatementViewSet
from problems.api.viewsets.history import HISTORIES
from problems.api.viewsets.papers import PaperViewSet
from problems.api.viewsets.root import ErrorView, RootView, SchemaView
from problems.api.viewsets.searches import SearchViewSet
from problems.api.viewsets.submissions import SubmissionViewSet
from problems.api.viewsets.tags import TagViewSet

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
}
WRITES: dict[str, dict[str, dict[str, str]]] = {
    "papers": {"": {"post": "create"}, "{id}/": {"patch": "edit"}, "restrict/": {"post": "restrict"}, "unrestrict/": {"post": "unrestrict"}},
    "tags": {"": {"post": "create"}, "{id}/": {"patch": "edit"}, "restrict/": {"post": "restrict"}, "unrestrict/": {"post": "unrestrict"}},
    "searches": {"": {"post": "create"}},
    "submissions": {
        "": {"post": "create"},
        "{id}/": {"patch": "edit", "delete": "discard"},
        **{f"{move}/": {"post": move} for move in ("submit", "withdraw", "claim", "release", "undo", "appeal")},
        "decision/": {"post": "decide"},
        "request-changes/": {"post": "request_changes"},
    },
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
    path("v1/agenda/", AgendaView.as_view(), name="agenda"),
    *(each for name, viewset in VIEWSETS.items() for each in _resource(name, viewset)),
    *(path(f"v1/{name}/<str:id>/history/", history.as_view({"get": "list"})) for name, history in HISTORIES.items()),
]
