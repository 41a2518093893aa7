"""The calls to action on one page."""

from itertools import groupby

from django.http import HttpRequest, HttpResponse

from problems import downloads
from problems.models import Agenda
from problems.queries import coverage
from problems.queries.following import followed
from problems.queries.teams import speaks_for_any
from problems.views.asking import Query, of_agenda
from problems.views.narrowing import asked_method, menus, narrowed

DOTS = 8


@of_agenda
def index(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """Calls by phase, with the problems that each serves and the papers that respond; with `material` and `modality` those with such a method."""
    asked = Query(request)
    method = asked_method(asked, target="filters")
    calls, mine = coverage.calls(method=method), followed(request.user)
    by_phase = groupby(sorted(calls, key=lambda each: (each.call.phase.number, each.call.position)), key=lambda each: each.call.phase)
    return asked.answer(
        "calls/index.html",
        {
            "agenda": agenda,
            "declares": speaks_for_any(request.user),
            "follows": request.user.is_authenticated,
            "totals": {"calls": len(calls), "answered": sum(each.papers > 0 for each in calls), "papers": coverage.responding(method)},
            "method_menus": menus(asked, method),
            "narrowed": narrowed(asked, method),
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
                            "working": each.working,
                            "followed": ("call", each.call.pk) in mine,
                            "exports": downloads.links(call=each.call.code, more=method.pairs) if each.papers else [],
                        }
                        for each in group
                    ],
                }
                for phase, group in by_phase
            ],
        },
    )
