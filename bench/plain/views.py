"""Model view sets with nested model serializers, prefetches, django-filter, and pages by number."""

from collections import Counter
from typing import Any, ClassVar

import django_filters
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework import pagination, serializers, viewsets

from problems.models import Authorship, Paper, PaperIdentifier, Problem, Tag
from problems.queries import search


class Pages(pagination.PageNumberPagination):
    """Pages by number."""

    page_size = 50


class AuthorshipSerializer(serializers.ModelSerializer[Authorship]):
    """An author."""

    class Meta:
        """Fields."""

        model = Authorship
        fields: ClassVar[list[str]] = ["family", "given", "literal", "orcid"]


class PaperIdentifierSerializer(serializers.ModelSerializer[PaperIdentifier]):
    """An identifier."""

    class Meta:
        """Fields."""

        model = PaperIdentifier
        fields: ClassVar[list[str]] = ["scheme", "value"]


class TagSerializer(serializers.ModelSerializer[Tag]):
    """A tag with the codes of its target."""

    id = serializers.CharField(source="public_id")
    statement = serializers.CharField(source="statement.code", default=None)
    call = serializers.CharField(source="call.code", default=None)
    problem = serializers.IntegerField(source="problem.number", default=None)

    class Meta:
        """Fields."""

        model = Tag
        fields: ClassVar[list[str]] = [
            "id",
            "statement",
            "call",
            "problem",
            "relation",
            "rationale",
            "locator",
            "basis",
            "status",
            "created",
            "modified",
        ]


class PaperSerializer(serializers.ModelSerializer[Paper]):
    """A paper with its authors, identifiers and tags."""

    id = serializers.CharField(source="public_id")
    address = serializers.CharField(source="url")
    retracted = serializers.BooleanField(source="is_retracted")
    corrected = serializers.BooleanField(source="is_corrected")
    authors = AuthorshipSerializer(source="authorships", many=True)
    identifiers = PaperIdentifierSerializer(many=True)
    tags = TagSerializer(many=True)

    class Meta:
        """Fields."""

        model = Paper
        fields: ClassVar[list[str]] = [
            "id",
            "title",
            "year",
            "month",
            "day",
            "venue",
            "type",
            "abstract",
            "address",
            "retracted",
            "corrected",
            "advisory",
            "created",
            "modified",
            "authors",
            "identifiers",
            "tags",
        ]


class PaperFilter(django_filters.FilterSet):
    """Papers by tag and by words."""

    problem = django_filters.NumberFilter(method="by_tag")
    relation = django_filters.CharFilter(method="by_tag")
    q = django_filters.CharFilter(method="by_words")

    def by_tag(self, queryset: QuerySet[Paper], name: str, _value: Any) -> QuerySet[Paper]:
        """One tag has to fulfil all conditions, so they go into one filter."""
        given = self.form.cleaned_data
        if name == "relation" and given["problem"] is not None:
            return queryset
        rule = Q(tags__status="accepted", tags__statement__retired_on=None)
        if given["problem"] is not None:
            rule &= Q(tags__statement__problem__number=given["problem"]) | Q(tags__problem__number=given["problem"])
        if given["relation"]:
            rule &= Q(tags__relation=given["relation"])
        return queryset.filter(rule).distinct()

    def by_words(self, queryset: QuerySet[Paper], _name: str, value: str) -> QuerySet[Paper]:
        """Papers that match, the best first."""
        return search.matching(queryset, value).order_by("-rank", "public_id")  # type: ignore[misc]  # it annotates the rank


class PaperViewSet(viewsets.ModelViewSet[Paper]):
    """Papers."""

    queryset = (
        Paper.objects.filter(visibility="public")
        .order_by("-id")
        .prefetch_related(
            "authorships",
            "identifiers",
            Prefetch("tags", Tag.objects.filter(status="accepted", statement__retired_on=None).select_related("statement", "call", "problem")),
        )
    )
    serializer_class = PaperSerializer
    lookup_field = "public_id"
    filter_backends = (DjangoFilterBackend,)
    filterset_class = PaperFilter
    pagination_class = Pages
    throttle_classes = ()


class ProblemSerializer(serializers.ModelSerializer[Problem]):
    """A problem with the distribution of its states."""

    phase = serializers.CharField(source="phase.slug")
    challenges: "serializers.SlugRelatedField[Any]" = serializers.SlugRelatedField("slug", many=True, read_only=True)
    states = serializers.SerializerMethodField()
    papers = serializers.IntegerField()

    class Meta:
        """Fields."""

        model = Problem
        fields: ClassVar[list[str]] = [
            "number",
            "slug",
            "title",
            "question",
            "summary",
            "phase",
            "challenges",
            "states",
            "papers",
            "created",
            "modified",
        ]

    def get_states(self, problem: Problem) -> dict[str, int]:
        """Limitations by state."""
        return Counter(each.state for each in problem.statements.all() if each.section == "limitation" and each.retired_on is None)


class ProblemViewSet(viewsets.ModelViewSet[Problem]):
    """Problems."""

    queryset = (
        Problem.objects.select_related("phase")
        .prefetch_related("challenges", "statements")
        .annotate(
            papers=Coalesce(
                Subquery(
                    Tag.objects.filter(status="accepted", paper__visibility="public", statement__retired_on=None)
                    .annotate(place=Coalesce("statement__problem", "problem"))
                    .filter(place=OuterRef("pk"))
                    .order_by()
                    .values("place")
                    .annotate(papers=Count("paper", distinct=True))
                    .values("papers")
                ),
                0,
            )
        )
    )
    serializer_class = ProblemSerializer
    lookup_field = "number"
    pagination_class = Pages
    throttle_classes = ()
