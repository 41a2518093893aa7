"""Tags."""

from typing import Any, override

from problems.api.serializers.tags import TagSerializer
from problems.api.viewsets import nesting
from problems.api.viewsets.base import Resource
from problems.filters import TagFilter
from problems.models import Tag
from problems.models.tags import TagQuerySet


class TagViewSet(Resource[Tag]):
    """Tags that you may know of: accepted ones on public papers; signed in also your own and your team's, for reviewers all."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "tag", "tags"
    filters, serializer = TagFilter, TagSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> TagQuerySet:
        return nesting.read_tags(Tag.objects.visible_to(user))
