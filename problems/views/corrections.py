"""Suggesting a correction to a record or a tag: anyone signed in may; a reviewer decides."""

from collections.abc import Mapping, Sequence
from http import HTTPMethod, HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from problems.choices import SubmissionKind
from problems.forms.corrections import PaperCorrection, TagCorrection
from problems.forms.log import as_values
from problems.models import Submission, Tag
from problems.queries import papers
from problems.services.submissions import full_record
from problems.views.autosaving import autosaved
from problems.views.handing_in import DRAFT, SUBMIT, pick, refusal, seen, store, stored
from problems.views.keeping import AUTO, keeps_typed, typed
from problems.views.log import asked_note

type Form = PaperCorrection | TagCorrection


@keeps_typed
def paper(request: HttpRequest, public_id: str) -> HttpResponse:
    """The record as it is, to be changed."""
    found = papers.named(public_id, request.user)
    if found is None:
        raise Http404
    if found.public_id != public_id and request.method != HTTPMethod.POST:
        return HttpResponsePermanentRedirect(reverse("correct-paper", args=[found.public_id]))
    given = typed(request)
    form = PaperCorrection(None if given is None else as_values(given), found, full_record(found))
    return _first(request, form, str(given.get("do", "")) if given else "")


@keeps_typed
def tag(request: HttpRequest, public_id: str) -> HttpResponse:
    """The tag as it is, to be changed."""
    found = Tag.objects.visible_to(request.user).for_lists().filter(public_id=public_id).first()
    if found is None:
        raise Http404
    given = typed(request)
    form = TagCorrection(None if given is None else as_values(given), found)
    return _first(request, form, str(given.get("do", "")) if given else "")


def _first(request: HttpRequest, form: Form, do: str) -> HttpResponse:
    refused = refusal(request, SubmissionKind.CORRECTION)
    return refused or answer(request, form, do if request.method == HTTPMethod.POST else "")


def edit(request: HttpRequest, submission: Submission, values: Mapping[str, str] | None, do: str) -> HttpResponse:
    """The same form for what was handed in or kept before."""
    content = submission.content
    more = {"message": submission.message, "seen": seen(submission)}
    correction = content.get("correction", {})
    form: Form
    if correction.get("tag"):
        about = Tag.objects.visible_to(request.user).for_lists().filter(public_id=correction["tag"]).first()
        if about is None:
            return _gone(request, submission)
        form = TagCorrection.of(content, about, **more) if values is None else TagCorrection(values, about)
    else:
        record = papers.named(correction.get("paper", ""), request.user)
        if record is None:
            return _gone(request, submission)
        whole = full_record(record)
        form = PaperCorrection.of(content, record, whole, **more) if values is None else PaperCorrection(values, record, whole)
    return answer(request, form, do, submission)


def _gone(request: HttpRequest, submission: Submission) -> HttpResponse:
    """Back to its page, where it can be discarded or withdrawn."""
    messages.error(request, "What this corrects is not on record.")
    return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)


def answer(request: HttpRequest, form: Form, do: str, submission: Submission | None = None) -> HttpResponse:
    """Do what the button says, and show the form again or lead on."""
    status, found = int(HTTPStatus.OK), None
    if do == AUTO:
        return autosaved(request, form, submission)
    if do in {DRAFT, SUBMIT}:
        public_id, status = store(request, form, submission, submit=do == SUBMIT)
        if public_id:
            return stored(request, public_id, submit=do == SUBMIT)
    elif isinstance(form, TagCorrection):
        found = pick(form, do, add=form.pick, remove=lambda _code: None)
    return page(request, form, submission, status=status, found=found)


def page(
    request: HttpRequest,
    form: Form,
    submission: Submission | None = None,
    *,
    status: int = HTTPStatus.OK,
    found: Sequence[dict[str, str]] | None = None,
) -> HttpResponse:
    """The form."""
    about = form.paper if isinstance(form, PaperCorrection) else form.corrected.paper
    context = {"form": form, "paper": about, "submission": submission, "found": found, "note": asked_note(submission)}
    return render(request, "log/correct.html", context, status=status)
