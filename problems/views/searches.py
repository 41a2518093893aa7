"""Logging a search that found nothing."""

from collections.abc import Mapping, Sequence
from http import HTTPMethod, HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from problems.choices import SubmissionKind
from problems.forms.common import words_of
from problems.forms.log import as_values
from problems.forms.searches import SearchForm
from problems.models import Submission
from problems.views.autosaving import autosaved
from problems.views.handing_in import DRAFT, SUBMIT, behalf, pick, refusal, seen, store, stored
from problems.views.keeping import AUTO, keeps_typed, typed
from problems.views.log import asked_note


@keeps_typed
def log(request: HttpRequest) -> HttpResponse:
    """The form; `statement` is what was searched for, a code of a statement or problem."""
    refused = refusal(request, SubmissionKind.SEARCH)
    if refused:
        return refused
    given = typed(request)
    if given is None:
        form = SearchForm({"searched_on": timezone.localdate().isoformat()})
        if code := request.GET.get("statement", "").strip().upper()[:20]:
            form.pick(code)
        return page(request, form)
    return answer(request, SearchForm(as_values(given)), str(given.get("do", "")) if request.method == HTTPMethod.POST else "")


def edit(request: HttpRequest, submission: Submission, values: Mapping[str, str] | None, do: str) -> HttpResponse:
    """The same form for what was handed in or kept before."""
    stored_now = {"message": submission.message, "team": behalf(submission), "seen": seen(submission)}
    form = SearchForm.of(submission.content, **stored_now) if values is None else SearchForm(values)
    return answer(request, form, do, submission)


def answer(request: HttpRequest, form: SearchForm, do: str, submission: Submission | None = None) -> HttpResponse:
    """Do what the button says, and show the form again or lead on."""
    status, found = int(HTTPStatus.OK), None
    if do == AUTO:
        return autosaved(request, form, submission)
    if do in {DRAFT, SUBMIT}:
        public_id, status = store(request, form, submission, submit=do == SUBMIT)
        if public_id:
            return stored(request, public_id, submit=do == SUBMIT)
    else:
        found = pick(form, do, add=form.pick, remove=form.remove)
    return page(request, form, submission, status=status, found=found)


def page(
    request: HttpRequest,
    form: SearchForm,
    submission: Submission | None = None,
    *,
    status: int = HTTPStatus.OK,
    found: Sequence[dict[str, str]] | None = None,
) -> HttpResponse:
    """The form."""
    picked = [{"code": code, "words": words_of(thing) if thing else ""} for code, thing in form.targets]
    context = {"form": form, "submission": submission, "found": found, "picked": picked, "note": asked_note(submission)}
    return render(request, "log/search.html", context, status=status)
