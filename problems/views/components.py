"""All components of the templates on one page, with what the map holds as samples."""

from typing import override

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from problems.choices import Section, State
from problems.models import Agenda, ChallengeType, Phase, Statement, Tag
from problems.queries import coverage
from problems.views.asking import of_agenda
from problems.views.papers import rows
from problems.views.problems import entry


class SampleForm(forms.Form):
    """A field of each kind, one of them filled in wrongly."""

    title = forms.CharField(help_text="As printed on the paper.")
    venue = forms.CharField(required=False)
    year = forms.IntegerField(max_value=2100, error_messages={"max_value": "20245 is not a year. Write four digits, for example 2024."})
    relation = forms.ChoiceField(choices=[("addresses", "addresses"), ("narrows", "narrows")])
    note = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))
    proxy = forms.BooleanField(label="Reached on a proxy only", required=False)

    @override
    def __init__(self) -> None:
        super().__init__({"title": "Tree-ring watermarks", "year": "20245", "relation": "narrows", "proxy": "on"}, use_required_attribute=False)


@of_agenda
def index(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """Every component once."""
    tag = Tag.objects.on_map().filter(statement__section=Section.LIMITATION).select_related("statement__problem__phase", "paper").last()
    untouched = Statement.objects.limitations().filter(state=State.UNTOUCHED).select_related("problem__phase").first()
    return render(
        request,
        "components/index.html",
        {
            "agenda": agenda,
            "phases": list(Phase.objects.all()),
            "challenges": list(ChallengeType.objects.all()),
            "entry": _entry(tag.statement if tag else None),
            "untouched_entry": _entry(untouched),
            "row": rows([tag.paper], "")[0] if tag else None,
            "cite": [{"name": "paper", "label": "The paper", "text": agenda.bibtex.strip()}],
            "form": SampleForm(),
        },
    )


def _entry(statement: Statement | None) -> dict[str, object] | None:
    if statement is None:
        return None
    found = coverage.for_problem(statement.problem).limitations
    return next((entry(evidence) for evidence in found if evidence.cell.statement == statement), None)
