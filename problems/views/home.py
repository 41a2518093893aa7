"""The first page: what the map says, and the problems."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from problems.models import Agenda
from problems.queries import coverage
from problems.views.asking import Query, of_agenda

MOVES_SHOWN, CALLS_SHOWN = 4, 5
SORTS = ("number", "untouched")


@of_agenda
def home(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """Headline, figure, challenges, problems by phase (by `challenge`, sorted by `sort`), what moved, calls, how to cite."""
    everything = coverage.bands()
    challenges: list[Any] = list(coverage.challenges())  # each with its problem_count
    asked = Query(request)
    challenge = asked.one_of("challenge", "Challenge", [each.slug for each in challenges], target="problems-title")
    sort = asked.one_of("sort", "Sorting", SORTS, target="problems-title", default="number")
    total = sum(len(band.rows) for band in everything)
    calls = coverage.calls()
    return asked.answer(
        "home.html",
        {
            "agenda": agenda,
            "headline": coverage.headline(everything),
            "figure": [
                {"phase": band.phase, "problems": [{"problem": row.problem, "marks": row.stacked} for row in band.rows]} for band in everything
            ],
            "challenges": [{"challenge": each, "count": each.problem_count} for each in challenges],
            "challenge_filter": asked.options(
                "challenge",
                [("", "All", total, ""), *((each.slug, each.label, each.problem_count, each.icon) for each in challenges)],
                anchor="problems",
            ),
            "sort": sort,
            "sort_urls": {"number": asked.address("problems", sort=""), "untouched": asked.address("problems", sort="untouched")},
            "phases": [{"phase": band.phase, "problems": _rows(band, sort)} for band in coverage.only(everything, challenge=challenge)],
            "moved": list(coverage.moved(limit=MOVES_SHOWN)),
            "calls": [
                {"call": each.call, "problems": each.problems, "papers": each.papers}
                for each in sorted(calls, key=lambda each: (each.papers > 0, each.call.position))[:CALLS_SHOWN]
            ],
            "calls_total": len(calls),
            "calls_unanswered": sum(not each.papers for each in calls),
            "cite": cite(agenda, timezone.localdate()),
        },
    )


def _rows(band: coverage.Band, sort: str) -> list[dict[str, object]]:
    rows = sorted(band.rows, key=lambda row: -row.untouched) if sort == "untouched" else band.rows
    return [
        {
            "problem": row.problem,
            "challenges": list(row.problem.challenges.all()),
            "marks": row.limitations,
            "untouched": row.untouched,
            "total": len(row.limitations),
            "papers": row.papers,
            "moved_at": row.moved_at,
        }
        for row in rows
    ]


def cite(agenda: Agenda, today: date) -> list[dict[str, str]]:
    """How to cite the paper, and the map as it stands today."""
    fields = {
        "title": f"Open Problems Tracker: {agenda.title}",
        "year": str(today.year),
        "url": f"{settings.SITE_URL}/",
        "note": f"State of {today.isoformat()}",
    }
    lines = ",\n".join(f"  {name}={{{value}}}" for name, value in fields.items())
    return [
        {"name": "paper", "label": "The paper", "text": agenda.bibtex.strip()},
        {"name": "map", "label": "The map", "text": f"@misc{{openproblemstracker{today.year},\n{lines}\n}}"},
    ]
