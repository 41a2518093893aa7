"""The record of changes of one object, below its address."""

from typing import Any, override

from django.db.models import Model
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import query
from problems.api.addresses import absolute
from problems.api.errors import BadQuery
from problems.api.serializers.submissions import EventSerializer
from problems.api.viewsets.base import Resource
from problems.api.viewsets.catalogue import CallViewSet, ProblemViewSet, StatementViewSet
from problems.api.viewsets.papers import PaperViewSet
from problems.api.viewsets.submissions import SubmissionViewSet
from problems.api.viewsets.tags import TagViewSet
from problems.choices import Role
from problems.models import AuditEvent, Paper, Submission, Tag
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import Actor, out_of_reach, role_of
from problems.queries import fairness

LATEST = Ordering("-at", "Latest first", ("-at", "kind"))


class History(Resource[Any]):
    """What happened to one object that you may know of, the latest first: what, when, who, and which fields changed, never their values."""

    serializer = EventSerializer
    many = "events"

    @override
    def list(self, request: Request, id: str = "") -> HttpResponseBase:  # the word of the address
        """A page of it."""
        row = Resource.found(self, request, id)
        given, faults = query.read(request, self.list_parameters())
        size = query.page_size(given, faults)
        if faults:
            raise BadQuery(faults)
        events = AuditEvent.objects.visible_to(request.user).about(row).select_related("actor")
        page = paginate(events, LATEST, cursor=given.get(CURSOR, ""), size=size)
        here, told = absolute(request.path), {"request": request, "owner": _owner(row), "kept": _kept(request.user, row)}
        return Response(
            {
                "next": address(here, given, page.next),
                "previous": address(here, given, page.previous),
                "results": EventSerializer(page.rows, many=True, context=told).data,
            }
        )

    @override
    def list_parameters(self) -> dict[str, bool]:
        return dict.fromkeys((CURSOR, query.PAGE_SIZE), False)


def _kept(user: Actor, row: Model) -> bool:
    """Whether it is kept from `user` who reviewed it, since they may not decide on it."""
    match row:
        case Submission():
            fairness.look(user, [row])
            return role_of(user) >= Role.REVIEWER and out_of_reach(user, row)
        case Paper() | Tag():
            return row.pk in fairness.keys_out_of_reach(user, type(row), [row.pk])
        case _:
            return False


def _owner(row: Model) -> int | None:
    """Who handed it in: their name stands beside it anyway."""
    match row:
        case Paper():
            return row.logged_by_id
        case Tag() | Submission():
            return row.contributor_id
        case _:
            return None


def _history(of: type[Resource[Any]]) -> type[History]:
    """The view for the objects of one resource: which rows there are, and who may know of them, is said there."""
    said = {"rows": of.rows, "rows_by": of.rows_by, "pattern": of.pattern, "one": of.one, "missing": of.missing, "__doc__": History.__doc__}
    return type(f"{of.one.title().replace(' ', '')}History", (History,), said)


HISTORIES = {
    "problems": _history(ProblemViewSet),
    "statements": _history(StatementViewSet),
    "calls": _history(CallViewSet),
    "papers": _history(PaperViewSet),
    "tags": _history(TagViewSet),
    "submissions": _history(SubmissionViewSet),
}
