"""Teams."""

from collections.abc import Sequence
from typing import Any, override

from django.db.models import QuerySet

from problems.api.serializers.teams import TeamSerializer
from problems.api.viewsets.base import Resource
from problems.filters import TeamFilter
from problems.models import Declaration, Team
from problems.queries.teams import listed


class TeamViewSet(Resource[Team]):
    """Teams: labs and groups on whose behalf papers, tags and searches are handed in. Who is in one is not told."""

    rows_by, pattern, one, many = "slug", "[A-Za-z0-9_-]{1,60}", "team", "teams"
    filters, serializer = TeamFilter, TeamSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Team]:
        return listed(user)

    @override
    def complete(self, rows: Sequence[Any]) -> None:
        """Add what they work on."""
        teams = {team.pk: team for team in rows}
        for team in rows:
            team.works_on = []
        for each in Declaration.objects.on_map().filter(team__in=list(teams)).select_related("statement", "call").order_by("until", "pk"):
            teams[each.team_id].works_on.append(each)
