"""The first page: what the map says, and the problems."""

from datetime import date
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from problems.models import Agenda
from problems.queries import coverage
from problems.views.asking import Query, of_agenda
from problems.views.narrowing import asked_method, menus, narrowed

MOVES_SHOWN, CALLS_SHOWN = 4, 5
SORTS = ("number", "untouched")


@of_agenda
def home(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """Headline, figure, challenges, problems by phase (by `challenge`, sorted by `sort`), what moved, calls, how to cite.

    With `material` and `modality` what is said of the map is narrowed to papers with such a method.
    """
    asked = Query(request)
    method = asked_method(asked, target="problems-title")
    everything = coverage.bands(method)
    challenges: list[Any] = list(coverage.challenges())  # each with its problem_count
    challenge = asked.one_of("challenge", "Challenge", [each.slug for each in challenges], target="problems-title")
    sort = asked.one_of("sort", "Sorting", SORTS, target="problems-title", default="number")
    total = sum(len(band.rows) for band in everything)
    calls = coverage.calls(method=method)
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
            "method_menus": menus(asked, method, anchor="problems"),
            "narrowed": narrowed(asked, method, anchor="problems"),
            "sort": sort,
            "sort_urls": {"number": asked.address("problems", sort=""), "untouched": asked.address("problems", sort="untouched")},
            "phases": [{"phase": band.phase, "problems": _rows(band, sort)} for band in coverage.only(everything, challenge=challenge)],
            "moved": coverage.moved_by(method, limit=MOVES_SHOWN) if method else list(coverage.moved(limit=MOVES_SHOWN)),
            "calls": [
                {"call": each.call, "problems": each.problems, "papers": each.papers, "working": each.working}
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
            "worked_on": row.worked_on,
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
