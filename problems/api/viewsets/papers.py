"""Papers."""

from collections.abc import Sequence
from typing import Any, override

from problems.api.serializers.papers import PaperSerializer
from problems.api.viewsets import nesting
from problems.api.viewsets.base import Resource
from problems.filters import PaperFilter
from problems.models import Paper
from problems.models.papers import PaperQuerySet


class PaperViewSet(Resource[Paper]):
    """Papers that you may know of: public ones; signed in also your own and your team's that wait, for reviewers all."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "paper", "papers"
    filters, serializer, includes = PaperFilter, PaperSerializer, (nesting.TAGS,)

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> PaperQuerySet:
        papers: PaperQuerySet = Paper.objects.visible_to(user).prefetch_related("authorships", "identifiers")
        return papers.prefetch_related(nesting.prefetch()) if nesting.TAGS in include else papers

    @override
    def complete(self, rows: Sequence[Paper]) -> None:
        nesting.cut(rows)
