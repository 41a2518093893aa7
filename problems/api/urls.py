"""Addresses of the API."""

from typing import Any

from django.urls import path

from problems.api.docs import docs
from problems.api.viewsets.base import Resource
from problems.api.viewsets.catalogue import AgendaView, CallViewSet, ChallengeViewSet, PhaseViewSet, ProblemViewSet, StatementViewSet
from problems.api.viewsets.papers import PaperViewSet
from problems.api.viewsets.root import ErrorView, RootView, SchemaView
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
}

urlpatterns = [
    path("", RootView.as_view(schema=None)),
    path("docs/", docs, name="docs"),
    path("errors/<slug:kind>/", ErrorView.as_view(), name="error"),
    path("v1/", RootView.as_view(), name="root"),
    path("v1/schema/", SchemaView.as_view(), name="schema"),
    path("v1/agenda/", AgendaView.as_view(), name="agenda"),
    *(path(f"v1/{name}/", viewset.as_view({"get": "list"}), name=f"{name}-list") for name, viewset in VIEWSETS.items()),
    *(path(f"v1/{name}/<str:id>/", viewset.as_view({"get": "retrieve"}), name=f"{name}-detail") for name, viewset in VIEWSETS.items()),
]
