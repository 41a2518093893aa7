"""Papers that may bear on a statement, for who logs papers."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import render

from problems.choices import SubmissionKind
from problems.models import Statement
from problems.queries import suggestions
from problems.views.asking import reads
from problems.views.handing_in import refusal


@reads
@login_required
def statement(request: HttpRequest, code: str) -> HttpResponseBase:
    """The papers, each with the words that speak for it and a link to tag it."""
    if refused := refusal(request, SubmissionKind.PAPER):
        return refused
    found = Statement.objects.select_related("problem__phase").filter(code=code).first()
    if found is None:
        raise Http404
    return render(request, "suggestions/statement.html", {"statement": found, "candidates": suggestions.for_statement(found, request.user)})
