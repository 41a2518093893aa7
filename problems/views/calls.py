"""The calls to action on one page."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse

from problems import downloads
from problems.models import Agenda
from problems.queries import coverage
from problems.views.asking import Query, of_agenda

DOTS = 8


@of_agenda
def index(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """Calls by phase, with the problems that each serves and the papers that respond."""
    calls = coverage.calls()
    by_phase = groupby(sorted(calls, key=lambda each: (each.call.phase.number, each.call.position)), key=lambda each: each.call.phase)
    return Query(request).answer(
        "calls/index.html",
        {
            "agenda": agenda,
            "totals": {"calls": len(calls), "answered": sum(each.papers > 0 for each in calls), "papers": coverage.responding()},
            "phases": [
                {
                    "phase": phase,
                    "calls": [
                        {
                            "call": each.call,
                            "problems": each.problems,
                            "papers": each.papers,
                            "dots": list(range(min(each.papers, DOTS))),
                            "latest": each.latest,
                            "exports": downloads.links(call=each.call.code) if each.papers else [],
                        }
                        for each in group
                    ],
                }
                for phase, group in by_phase
            ],
        },
    )
