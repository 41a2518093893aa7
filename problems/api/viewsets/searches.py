"""Searches that found nothing."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.addresses import api_address
from problems.api.operations import Operation
from problems.api.serializers.searches import LoggedSearchSerializer, SearchSerializer
from problems.api.viewsets.curating import TRASH, thrown
from problems.api.viewsets.writing import Writing, fields, placed
from problems.choices import SubmissionKind
from problems.filters import SearchLogFilter
from problems.models import Search, Submission
from problems.permissions import Action, require
from problems.services import submissions
from problems.services.idempotency import Answer

PLACES = {"search.targets.0": "target", "search.targets": "target"}


class SearchViewSet(Writing[Search]):
    """Searches that you may know of: accepted ones; signed in also your own and your team's, for reviewers all."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "search", "searches"
    filters, serializer = SearchLogFilter, SearchSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "trash": TRASH,
        "create": Operation(
            "Log a search",
            "A search for one statement, or one problem, that found nothing: a submission of its own, handed in at once. For contributors.",
            bodies.SEARCH_NEW,
            LoggedSearchSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Search]:
        return Search.objects.visible_to(user).select_related("statement__problem", "problem", "by", "submission")

    def trash(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Take it off the map."""
        return thrown(self, request, id)

    def create(self, request: Request) -> Response:
        """One search, handed in."""
        self.refuse_parameters(request)
        require(request.user, Action.HAND_IN, Submission(contributor=self.user, kind=SubmissionKind.SEARCH))
        given = fields(request, bodies.SEARCH_NEW.readers, *bodies.SEARCH_NEW.required)
        message, team = given.pop("message", ""), given.pop("team", "")
        content = {"search": {"targets": [given.pop("target")], **given}}

        def work() -> Answer:
            with placed(lambda place: PLACES.get(place, place.removeprefix("search."))):
                made = submissions.hand_in(by=self.user, kind=SubmissionKind.SEARCH, content=content, message=message, team=team)
            search = self.rows(user=self.user, include=frozenset()).get(submission=made)
            told = LoggedSearchSerializer(search, context={"request": request}).data
            return Answer(HTTPStatus.CREATED, dict(told), {"Location": api_address(search)})

        return self.write(request, work)
