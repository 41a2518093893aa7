"""Suggestions: what a paper likely bears on, and which papers likely bear on a statement. They are no tags, and nothing is written."""

from collections.abc import Mapping
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.suggestions import SuggestedPapersSerializer, SuggestionsSerializer
from problems.api.viewsets.asking import Asking
from problems.api.viewsets.base import Resource
from problems.api.viewsets.catalogue import StatementViewSet
from problems.api.viewsets.papers import PaperViewSet
from problems.api.viewsets.writing import fields
from problems.errors import Invalid
from problems.models import Paper, Statement
from problems.queries import suggestions


class SuggestionViewSet(Asking):
    """What a paper with a given title likely bears on."""

    permission_classes = [AllowAny]
    operations: ClassVar[Mapping[str, Operation]] = {
        "ask": Operation(
            "Suggestions for a title",
            "Problems and statements that a paper with this title likely bears on, with the words that speak for each. The answer comes from a model "
            "of words that was learned from what is public, and from tags that were declined on public papers; it is the same for everybody. Nothing "
            "is written, and what was sent is not kept.",
            bodies.TITLE,
            SuggestionsSerializer,
            version="",
            asks=True,
        ),
    }

    def ask(self, request: Request) -> Response:
        """Judge it."""
        self.refuse_parameters(request)
        given = fields(request, bodies.TITLE.readers, *bodies.TITLE.required)
        if not given["title"]:
            raise Invalid({"title": ["The title is missing. Write it in visible characters."]})
        return Response(SuggestionsSerializer(suggestions.for_title(given["title"], given.get("abstract", ""))).data)


class PaperSuggestions(Resource[Paper]):
    """Problems and statements that a paper on record likely bears on, apart from what people tagged it with."""

    rows_by, pattern, one, many = PaperViewSet.rows_by, PaperViewSet.pattern, PaperViewSet.one, PaperViewSet.many
    serializer = SuggestionsSerializer
    summary = "Suggestions for one paper"
    missing: Any = PaperViewSet.missing  # where it was merged into another, that one

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Paper]:
        papers: QuerySet[Paper] = Paper.objects.visible_to(user)
        return papers

    @override
    def retrieve(self, request: Request, id: str) -> Response:
        """Judge its title and abstract."""
        self.refuse_parameters(request)
        return Response(SuggestionsSerializer(suggestions.for_paper(self.found(request, id), request.user)).data)


class StatementSuggestions(Resource[Statement]):
    """Public papers that likely bear on a statement and that are not tagged there yet, as far as you may know."""

    rows_by, pattern, one, many = StatementViewSet.rows_by, StatementViewSet.pattern, StatementViewSet.one, StatementViewSet.many
    serializer = SuggestedPapersSerializer
    summary = "Suggestions for one statement"

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Statement]:
        return Statement.objects.all()

    @override
    def retrieve(self, request: Request, id: str) -> Response:
        """Look for them."""
        self.refuse_parameters(request)
        found = suggestions.for_statement(self.found(request, id), request.user)
        return Response(SuggestedPapersSerializer({"papers": found}).data)
