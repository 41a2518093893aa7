"""Addresses of the API."""

from typing import Any

from django.urls import path

from problems.api.docs import docs
from problems.api.viewsets.base import Resource
from problems.api.viewsets.bulk_changes import BulkChangeViewSet, BulkPreviewViewSet
from problems.api.viewsets.care import CareViewSet, RestrictedReadViewSet
from problems.api.viewsets.catalogue import AgendaView, CallViewSet, ChallengeViewSet, PhaseViewSet, ProblemViewSet, StatementViewSet
from problems.api.viewsets.curating import ChangeEntryViewSet, DuplicateViewSet, FlagViewSet, FollowedFlagView, PersonViewSet, TrashViewSet
from problems.api.viewsets.history import HISTORIES
from problems.api.viewsets.imports import ImportEntryViewSet, ImportViewSet
from problems.api.viewsets.interests import AgreementView, InterestViewSet
from problems.api.viewsets.lookups import LookupViewSet
from problems.api.viewsets.papers import Duplicates, PaperViewSet
from problems.api.viewsets.proposals import VERSIONS, ChangeViewSet
from problems.api.viewsets.reviewing import AssignmentViewSet, ReviewerViewSet
from problems.api.viewsets.root import ErrorView, RootView, SchemaView
from problems.api.viewsets.searches import SearchViewSet
from problems.api.viewsets.submissions import SubmissionViewSet
from problems.api.viewsets.suggestions import PaperSuggestions, StatementSuggestions, SuggestionViewSet
from problems.api.viewsets.tags import TagViewSet
from problems.api.viewsets.talk import FeedViewSet, MessageViewSet, NotificationViewSet, PaceViewSet, WatchViewSet
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
    "duplicates": DuplicateViewSet,
    "trash": TrashViewSet,
    "flags": FlagViewSet,
    "notifications": NotificationViewSet,
    "following": WatchViewSet,
    "reviewers": ReviewerViewSet,
    "assignments": AssignmentViewSet,
    "bulk-changes": BulkChangeViewSet,
    "catalogue-changes": ChangeViewSet,
    "interests": InterestViewSet,
}
WRITES: dict[str, dict[str, dict[str, str]]] = {
    "papers": {
        "": {"post": "create"},
        "{id}/": {"patch": "edit"},
        **{f"{act}/": {"post": act} for act in ("restrict", "unrestrict", "merge", "unmerge", "trash")},
        "advisory/": {"post": "advise"},
        "approve-link/": {"post": "approve_link"},
    },
    "tags": {
        "": {"post": "create"},
        "{id}/": {"patch": "edit"},
        **{f"{act}/": {"post": act} for act in ("restrict", "unrestrict", "trash")},
    },
    "searches": {"": {"post": "create"}, "trash/": {"post": "trash"}},
    "statements": {"still-true/": {"post": "still_true"}},
    "catalogue-changes": {"": {"post": "create"}, **{f"{act}/": {"post": act} for act in ("publish", "decline", "withdraw", "undo")}},
    "submissions": {
        "": {"post": "create"},
        "{id}/": {"patch": "edit", "delete": "discard"},
        **{f"{move}/": {"post": move} for move in ("submit", "withdraw", "claim", "release", "undo", "appeal")},
        "decision/": {"post": "decide"},
        "request-changes/": {"post": "request_changes"},
        **{f"{act}/": {"post": act} for act in ("skip", "abstain", "resume", "assign")},
        "hand-over/": {"post": "hand_over"},
        "second-opinion/": {"post": "ask_opinion", "delete": "withdraw_opinion"},
        "settle/": {"post": "settle"},
    },
    "bulk-changes": {"": {"post": "create"}, "undo/": {"post": "undo"}},
    "assignments": {"": {"post": "create"}, "{id}/": {"delete": "end"}},
    "notifications": {"read/": {"post": "read"}},
    "following": {"": {"post": "create"}, "{id}/": {"delete": "end"}},
    "interests": {"": {"post": "create"}, "{id}/": {"delete": "withdraw"}},
    "duplicates": {"dismiss/": {"post": "dismiss"}},
    "trash": {"restore/": {"post": "restore"}},
    "flags": {"": {"post": "create"}, "answer/": {"post": "answer_flag"}},
    "people": {"role/": {"post": "role"}},
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
    path("v1/bulk-changes/preview/", BulkPreviewViewSet.as_view({"post": "ask"})),
    path("v1/care/", CareViewSet.as_view({"get": "retrieve", "patch": "edit"}), name="care"),
    path("v1/restricted-reads/", RestrictedReadViewSet.as_view({"get": "list"}), name="restricted-reads"),
    path("v1/submissions/<str:id>/messages/", MessageViewSet.as_view({"get": "list", "post": "write"}), name="messages"),
    path("v1/notification-paces/", PaceViewSet.as_view({"get": "retrieve", "patch": "edit"}), name="notification-paces"),
    path("v1/following/feed/", FeedViewSet.as_view({"post": "make", "delete": "end_feed"})),
    path("v1/flags/follow/<str:id>/", FollowedFlagView.as_view({"get": "retrieve"})),
    path("v1/agreement/", AgreementView.as_view(), name="agreement"),
    path("v1/changes/", ChangeEntryViewSet.as_view({"get": "list"}), name="changes"),
    path("v1/people/<str:id>/role/", PersonViewSet.as_view({"post": "role"})),
    path("v1/agenda/", AgendaView.as_view(), name="agenda"),
    *(each for name, viewset in VIEWSETS.items() for each in _resource(name, viewset)),
    *(path(f"v1/{name}/<str:id>/versions/", versions.as_view({"get": "list"})) for name, versions in VERSIONS.items()),
    *(path(f"v1/{name}/<str:id>/history/", history.as_view({"get": "list"})) for name, history in HISTORIES.items()),
]
