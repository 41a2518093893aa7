"""The page of a problem."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect
from django.urls import reverse
from django.utils import timezone

from problems import downloads
from problems.choices import PaperType, Role, State
from problems.formats import FORMATS
from problems.models import Agenda, Problem, Tag
from problems.permissions import role_of
from problems.queries import coverage
from problems.queries.following import followed
from problems.queries.targets import code_of
from problems.queries.teams import speaks_for_any
from problems.records import PaperRecord, PartialDate, PersonName
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
    declares, logs = speaks_for_any(request.user), role_of(request.user) >= Role.CONTRIBUTOR
    proposes = role_of(request.user) >= Role.REVIEWER
    states, mine = found.row.states, followed(request.user)
    follows = mine if request.user.is_authenticated else None
    return asked.answer(
        "problems/detail.html",
        {
            "agenda": agenda,
            "problem": problem,
            "challenges": list(problem.challenges.all()),
            "previous": Problem.objects.filter(number__lt=problem.number).last(),
            "next": Problem.objects.filter(number__gt=problem.number).first(),
            "existing": [entry(evidence, declares=declares, logs=logs, proposes=proposes, follows=follows) for evidence in found.existing],
            "limitations": [entry(evidence, declares=declares, logs=logs, proposes=proposes, follows=follows) for evidence in found.limitations],
            "retired": [entry(evidence) for evidence in coverage.retired(problem)] if with_retired else [],
            "relevant": _split(found.relevant) | {"papers": found.row.relations.get("relevant", 0)},
            "searches": found.searches,
            "versions_code": code_of(problem),
            "proposes": proposes,
            "follows": follows is not None,
            "followed": ("problem", problem.pk) in mine,
            "states": [{"state": state, "count": states[state]} for state in reversed(State.values) if states[state]],
            "papers": found.row.papers,
            "moved": list(coverage.moved(problem=problem, limit=MOVES_SHOWN)),
            "neighbours": coverage.neighbours(problem),
            "calls": [{"call": each.call, "papers": each.papers, "working": each.working} for each in coverage.calls(problem=problem)],
            "cite": cite(problem, agenda),
            "exports": downloads.links(problem=str(problem.number)) if found.row.papers else [],
        },
    )


def entry(
    evidence: coverage.Evidence,
    *,
    declares: bool = False,
    logs: bool = False,
    proposes: bool = False,
    follows: frozenset[tuple[str, int]] | None = None,
) -> dict[str, object]:
    """A statement as the template shows it: two tags open, the rest behind a fold.

    For who speaks for a team with a link to declare work, for who logs papers with one to those that may bear on it. With `follows`, what
    somebody follows, there is a button to follow it; for reviewers there is a link to propose a change.
    """
    cell = evidence.cell
    exports = downloads.links(statement=cell.statement.code) if cell.papers and not cell.statement.retired_on else []
    shown = {"statement": cell.statement, "papers": cell.papers, "searches": evidence.searches, "exports": exports}
    shown |= {"proposes": proposes, "follows": follows is not None, "followed": ("statement", cell.statement.pk) in (follows or ())}
    return _split(evidence.tags) | shown | {"working": cell.working, "declares": declares and not cell.statement.retired_on, "logs": logs}


def cite(problem: Problem, agenda: Agenda) -> list[dict[str, str]]:
    """How to cite the paper of the agenda, and this page of the map with the day of reading, since it changes."""
    today = timezone.localdate()
    url = f"{settings.SITE_URL}{problem.get_absolute_url()}"
    title = f"Problem {problem.number}: {problem.title}"
    line = f"{agenda.author_line} ({agenda.year}). {title}. In: {agenda.title}. {url}, read {today.day} {today:%B %Y}."
    names = tuple(
        PersonName(family=each["family"], given=each["given"]) if each.get("given") else PersonName(literal=each["family"]) for each in agenda.authors
    )
    record = PaperRecord(title=title, authors=names, date=PartialDate(agenda.year), venue=agenda.title, type=PaperType.WEB_PAGE, url=url)
    bibtex = FORMATS["bibtex"].citation(record).replace("\n}", f",\n  urldate={{{today}}}\n}}")
    return [
        {"name": "paper", "label": "The paper", "text": agenda.bibtex.strip()},
        {"name": "text", "label": "This page", "text": line},
        {"name": "bibtex", "label": "BibTeX", "text": bibtex},
    ]


def _split(tags: list[Tag]) -> dict[str, object]:
    return {"evidence": tags[:EVIDENCE_OPEN], "more": tags[EVIDENCE_OPEN:]}
