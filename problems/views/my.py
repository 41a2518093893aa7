"""My work: what needs me now, then what I handed in, my tags, my searches, what was handed in on behalf of my teams, a page at a time."""

from collections.abc import Sequence
from http import HTTPMethod
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from problems.choices import Role, SubmissionState
from problems.codebook import codebook
from problems.models import Decision, Search, Submission, Tag, Team
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import role_of
from problems.queries.submissions import with_parts, withhold
from problems.queries.teams import open_work, teams_of
from problems.views.told import rows

SIZE, NEEDED = 25, 10
CHANGED = Ordering("changed", "Changed last", ("-modified", "public_id"))
OF_SUBMISSIONS = {"submissions", "team"}
MADE = Ordering("made", "Made last", ("-created", "public_id"))
TABS = {"submissions": "Submissions", "tags": "Tags", "searches": "Searches", "team": "Team"}
READS = require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD])


def _mine(request: HttpRequest, teams: Sequence[Team]) -> dict[str, Any]:
    user = request.user
    of_team = {"team": Submission.objects.visible_to(user).filter(team__in=teams).exclude(state=SubmissionState.DRAFT)} if teams else {}
    return of_team | {
        "submissions": Submission.objects.visible_to(user).filter(contributor=user.pk),
        "tags": Tag.objects.visible_to(user).filter(contributor=user.pk),
        "searches": Search.objects.visible_to(user).filter(by=user.pk),
    }


@READS
@login_required
def index(request: HttpRequest, tab: str = "submissions") -> HttpResponse:
    """What needs me now, and one of the tabs."""
    teams = teams_of(request.user)
    mine = _mine(request, teams)
    if tab not in mine:
        raise Http404
    needed = mine["submissions"].filter(state__in=(SubmissionState.CHANGES_REQUESTED, SubmissionState.DRAFT))
    first = list(with_parts(needed).order_by("state", "-modified", "public_id")[:NEEDED])  # changes requested, then drafts
    withhold(first, request.user)
    counts = {name: queryset.count() for name, queryset in mine.items()}
    work = open_work(teams, request.user)
    page = paginate(SHOWN[tab](mine[tab]), CHANGED if tab in OF_SUBMISSIONS else MADE, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    listed: Any = page.rows
    if tab in OF_SUBMISSIONS:
        withhold(listed, request.user)
        listed = rows(listed, request.user)
    elif tab == "tags":
        listed = [{"tag": tag, "why": _why(tag)} for tag in listed]
    context = {
        "needed": rows(first, request.user),
        "needed_total": needed.count(),
        "tab": tab,
        "tabs": [
            (name, label, reverse("my") if name == "submissions" else reverse("my-tab", args=[name]), counts[name])
            for name, label in TABS.items()
            if name in mine
        ],
        "rows": listed,
        "shown": len(listed),
        "total": counts[tab],
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
        "teams": [(team, work.get(team.pk, {})) for team in teams],
        "contributes": role_of(request.user) >= Role.CONTRIBUTOR,
    }
    return render(request, "my/index.html", context)


def _tags(tags: Any) -> Any:
    decisions = Decision.objects.filter(review__undone_at=None).order_by("-pk")
    return (
        tags.for_lists()
        .select_related("paper", "statement__problem", "call", "problem", "contributor", "submission")
        .prefetch_related(Prefetch("decisions", decisions))
    )


SHOWN: dict[str, Any] = {
    "submissions": with_parts,
    "team": with_parts,
    "tags": _tags,
    "searches": lambda found: found.select_related("statement", "problem", "submission"),
}


def _why(tag: Tag) -> dict[str, str]:
    """Why a tag was declined: the reason, and words."""
    decision = next(iter(tag.decisions.all()), None)
    if decision is None or tag.status != "declined":
        return {}
    return {"reason": codebook().reasons[decision.reason].label if decision.reason else "", "words": decision.words}
