"""Teams: what each has on record, what it works on, and for its members who is in it.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from problems.choices import Part, ReviewStatus, Role, SubmissionState, Verdict, Visibility
from problems.models import Decision, Declaration, Membership, Paper, Search, Submission, Tag, Team
from problems.pagination import Ordering
from problems.permissions import role_of

BY_NAME = Ordering("name", "Name", ("name", "slug"))


def with_people(team: Team) -> Team:
    """The team, knowing the keys of its people for the rules of permissions.py. One query."""
    rows = list(Membership.objects.filter(team=team).values_list("user", "is_lead"))
    team.people = frozenset(key for key, _ in rows)
    team.leads = frozenset(key for key, is_lead in rows if is_lead)
    return team


def listed(user: Any) -> QuerySet[Team]:
    """Teams, each with the number of its accepted `tag_count`."""
    tags = Tag.objects.on_map().filter(submission__team=OuterRef("pk")).order_by().values("submission__team")
    counted = Subquery(tags.annotate(found=Count("pk")).values("found"))
    return Team.objects.visible_to(user).annotate(tag_count=Coalesce(counted, 0))


def tags_of(team: Team) -> QuerySet[Tag]:
    """Tags on the map that were handed in on its behalf."""
    return Tag.objects.on_map().filter(submission__team=team)


def papers_of(team: Team) -> QuerySet[Paper]:
    """Public papers that it tagged, or whose record was accepted from it."""
    of_team = Decision.objects.filter(part=Part.RECORD, verdict=Verdict.ACCEPT, review__undone_at=None, review__submission__team=team)
    logged = Q(pk__in=of_team.filter(paper=None).values("review__submission__paper")) | Q(pk__in=of_team.exclude(paper=None).values("paper"))
    found: QuerySet[Paper] = Paper.objects.filter(Q(pk__in=tags_of(team).values("paper")) | logged, visibility=Visibility.PUBLIC)
    return found


def searches_of(team: Team) -> QuerySet[Search]:
    """Accepted searches that were handed in on its behalf, old ones too."""
    return Search.objects.filter(status=ReviewStatus.ACCEPTED, submission__team=team).select_related("statement__problem", "problem")


def working_on(*, statements: Iterable[int] = (), calls: Iterable[int] = ()) -> tuple[dict[int, list[Declaration]], dict[int, list[Declaration]]]:
    """What teams say today that they work on, by key of statement and by key of call. One query."""
    by_statement: dict[int, list[Declaration]] = defaultdict(list)
    by_call: dict[int, list[Declaration]] = defaultdict(list)
    wanted = Q(statement__in=list(statements)) | Q(call__in=list(calls))
    for each in Declaration.objects.on_map().filter(wanted).select_related("team").order_by("created", "pk"):
        if each.statement_id:
            by_statement[each.statement_id].append(each)
        elif each.call_id:
            by_call[each.call_id].append(each)
    return dict(by_statement), dict(by_call)


def declared_by(team: Team) -> QuerySet[Declaration]:
    """What it works on today."""
    return Declaration.objects.on_map().filter(team=team).select_related("team", "statement__problem", "call").order_by("until", "pk")


def members_of(team: Team) -> QuerySet[Membership]:
    """Who is in it, leads first, then by when they came."""
    return team.memberships.select_related("user").order_by("-is_lead", "created", "pk")


def open_work(teams: Iterable[Team], user: Any) -> dict[int, dict[str, int]]:
    """By key of each of these teams: how many `drafts` on its behalf `user` keeps, and how many that they may see are `waiting`. One query."""
    rows = Submission.objects.visible_to(user).filter(team__in=list(teams)).order_by().values("team")
    counted = rows.annotate(drafts=Count("pk", filter=Q(state=SubmissionState.DRAFT)), waiting=Count("pk", filter=Q(state=SubmissionState.SUBMITTED)))
    return {row["team"]: {"drafts": row["drafts"], "waiting": row["waiting"]} for row in counted}


def speaks_for_any(user: Any) -> bool:
    """Whether this person is in a team and may speak for it. One query at most."""
    return role_of(user) >= Role.CONTRIBUTOR and Membership.objects.filter(user=user.pk).exists()


def teams_of(user: Any) -> list[Team]:
    """Teams that this person is in."""
    return list(Team.objects.filter(members=user.pk).order_by("name", "slug")) if user.is_authenticated else []
