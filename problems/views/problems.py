"""The page of a problem."""

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.urls import reverse

from problems.choices import State
from problems.models import Agenda, Problem, Tag
from problems.queries import coverage
from problems.views.asking import Query, of_agenda, reads

EVIDENCE_OPEN = 2
MOVES_SHOWN = 6


@reads
def index(_request: HttpRequest) -> HttpResponseBase:
    """The list of problems is part of the first page."""
    return HttpResponsePermanentRedirect(f"{reverse('home')}#problems")


@of_agenda
def detail(request: HttpRequest, agenda: Agenda, number: int | str, slug: str = "") -> HttpResponseBase:
    """A problem, its statements and the papers on each; `retired` lists retired statements too. A wrong slug leads to the right one."""
    del slug  # the address is compared as a whole
    problem = Problem.objects.select_related("phase").prefetch_related("challenges").filter(number=int(number)).first()
    if problem is None:
        raise Http404
    asked = Query(request)
    with_retired = asked.one_of("retired", "Retired", ["true", "false"], target="main") == "true"
    if request.path != problem.get_absolute_url():
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{problem.get_absolute_url()}{'?' if query else ''}{query}")
    found = coverage.for_problem(problem)
    states = found.row.states
    return asked.answer(
        "problems/detail.html",
        {
            "agenda": agenda,
            "problem": problem,
            "challenges": list(problem.challenges.all()),
            "previous": Problem.objects.filter(number__lt=problem.number).last(),
            "next": Problem.objects.filter(number__gt=problem.number).first(),
            "existing": [entry(evidence) for evidence in found.existing],
            "limitations": [entry(evidence) for evidence in found.limitations],
            "retired": [entry(evidence) for evidence in coverage.retired(problem)] if with_retired else [],
            "relevant": _split(found.relevant) | {"papers": found.row.relations.get("relevant", 0)},
            "searches": found.searches,
            "states": [{"state": state, "count": states[state]} for state in reversed(State.values) if states[state]],
            "papers": found.row.papers,
            "moved": list(coverage.moved(problem=problem, limit=MOVES_SHOWN)),
            "neighbours": coverage.neighbours(problem),
            "calls": [{"call": each.call, "papers": each.papers} for each in coverage.calls(problem=problem)],
            "cite": [{"name": "paper", "label": "The paper", "text": agenda.bibtex.strip()}],
            "exports": [{"label": "JSON", "url": f"/api/v1/problems/{problem.number}/"}],
        },
    )


def entry(evidence: coverage.Evidence) -> dict[str, object]:
    """A statement as the template shows it: two tags open, the rest behind a fold."""
    cell = evidence.cell
    return _split(evidence.tags) | {"statement": cell.statement, "papers": cell.papers, "searches": evidence.searches}


def _split(tags: list[Tag]) -> dict[str, object]:
    return {"evidence": tags[:EVIDENCE_OPEN], "more": tags[EVIDENCE_OPEN:]}
