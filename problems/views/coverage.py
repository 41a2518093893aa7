"""The gap map: every statement with its state and papers, and the frontier."""

from django.http import HttpRequest, HttpResponse

from problems.choices import RELATIONS_OF, Target
from problems.models import Agenda
from problems.queries import coverage
from problems.views.asking import Query, of_agenda
from problems.views.narrowing import asked_method, menus, narrowed

VIEWS = ("map", "table")
SEARCHED = {"": None, "true": True, "false": False}


@of_agenda
def index(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """As a map or a table (`view`), of one `phase` or `challenge`; the frontier also by whether somebody `searched`.

    With `material` and `modality` all of it is narrowed to papers with such a method.
    """
    asked = Query(request)
    method = asked_method(asked, target="view")
    everything = coverage.bands(method)
    phases = [band.phase for band in everything]
    challenges = list(coverage.challenges())
    view = asked.one_of("view", "View", VIEWS, target="view", default="map")
    phase = asked.one_of("phase", "Phase", [each.slug for each in phases], target="view")
    challenge = asked.one_of("challenge", "Challenge", [each.slug for each in challenges], target="view")
    searched = asked.one_of("searched", "Searched", ["true", "false"], target="frontier-title")
    bands = coverage.only(everything, phase=phase, challenge=challenge)
    coverage.add_evidence(bands, method=method)
    rows = [row for band in bands for row in band.rows]
    gaps = coverage.frontier(phase=phase, challenge=challenge, method=method)

    def count(*, phase: str = "", challenge: str = "") -> int:
        return sum(len(band.rows) for band in coverage.only(everything, phase=phase, challenge=challenge))

    def found(*, searched: bool | None) -> list[coverage.Gap]:
        return [gap for gap in gaps if searched is None or (gap.searched is not None) == searched]

    of_phase = [
        ("", "All phases", count(challenge=challenge), ""),
        *((each.slug, each.label, count(phase=each.slug, challenge=challenge), each.icon) for each in phases),
    ]
    of_challenge = [
        ("", "All challenges", count(phase=phase), ""),
        *((each.slug, each.label, count(phase=phase, challenge=each.slug), each.icon) for each in challenges),
    ]
    of_search = [
        (value, label, len(found(searched=wanted)), "")
        for (value, wanted), label in zip(SEARCHED.items(), ("All", "Searched", "Not searched"), strict=True)
    ]
    return asked.answer(
        "map/index.html",
        {
            "agenda": agenda,
            "view": view,
            "view_urls": {"map": asked.address(view=""), "table": asked.address(view="table")},
            "filters": [
                {
                    "name": name,
                    "label": label,
                    "options": options,
                    "current": next((each.label for each in options if each.active and each.value), ""),
                }
                for name, label, options in (
                    ("phase", "Phase", asked.options("phase", of_phase)),
                    ("challenge", "Challenge", asked.options("challenge", of_challenge)),
                )
            ],
            "method_menus": menus(asked, method),
            "narrowed": narrowed(asked, method),
            "columns": {"existing": RELATIONS_OF[Target.EXISTING_WORK], "limitation": RELATIONS_OF[Target.LIMITATION]},
            "phases": bands,
            "statements_total": sum(len(row.existing) + len(row.limitations) for row in rows),
            "problems_total": len(rows),
            "frontier": found(searched=SEARCHED[searched]),
            "frontier_total": len(gaps),
            "frontier_filter": asked.options("searched", of_search, anchor="frontier"),
        },
    )
