"""Logging a paper with its tags: what is pasted is recognised, what is known already is shown, then one form."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from problems.choices import SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Duplicate, TrackerError
from problems.forms.log import PaperForm, Recognised, as_values, recognise
from problems.handed_in import Faults
from problems.models import Paper, Submission
from problems.queries import duplicates, papers
from problems.queries.submissions import withhold
from problems.views.handing_in import DRAFT, SUBMIT, pick, refusal, seen, store, stored
from problems.views.keeping import keeps_typed, typed
from problems.views.told import rows

DRAFTS_SHOWN = 5
LOOK, NEW = "look", "new"


@keeps_typed
def index(request: HttpRequest) -> HttpResponse:
    """One field first (`what`); then, or with `paper` or `new`, the form. `statement` is a target to begin with."""
    refused = refusal(request, SubmissionKind.PAPER)
    if refused:
        return refused
    values = as_values(request.GET if (given := typed(request)) is None else given)
    do = values.get("do", "")
    what, statement = values.get("what", ""), values.get("statement", "").strip().upper()[:20]
    if given is None or do in {LOOK, NEW}:
        if values.get("paper"):
            return _tags_for(request, values["paper"], statement)
        if do == NEW or values.get("new"):
            return _new(request, what, statement)
        return _look(request, what, statement) if what.strip() or do == LOOK else start(request, statement=statement)
    paper = _paper(request, values["paper"]) if values.get("paper") else None
    if values.get("paper") and paper is None:
        form = PaperForm(values, None)  # what was typed stays
        form.add("", GONE)
        return page(request, form, status=HTTPStatus.NOT_FOUND)
    return answer(request, PaperForm(values, paper), do if request.method == HTTPMethod.POST else "")


ID = re.compile(r"[a-z0-9]{10}")
GONE = "There is no such paper."


def start(request: HttpRequest, what: str = "", statement: str = "", fault: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    """The one field, and the drafts of this person."""
    drafts = Submission.objects.visible_to(request.user).filter(contributor=request.user.pk, state=SubmissionState.DRAFT, kind=SubmissionKind.PAPER)
    latest = list(drafts.select_related("paper").order_by("-modified")[:DRAFTS_SHOWN])
    withhold(latest, request.user)
    errors = [{"label": "What", "text": fault, "target": "id_what"}] if fault else []
    context = {"what": what, "statement": statement, "errors": errors, "drafts": rows(latest, request.user)}
    return render(request, "log/start.html", context, status=status)


def _look(request: HttpRequest, what: str, statement: str) -> HttpResponse:
    try:
        found = recognise(what)
    except TrackerError as error:
        return start(request, what, statement, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    known = known_records(request, found.record.get("title", ""), found.identifiers)
    if not known:
        return _filled(request, found, statement)
    context = {"what": what, "statement": statement, "recognised": found, "known": known}
    return render(request, "log/known.html", context)


def _new(request: HttpRequest, what: str, statement: str) -> HttpResponse:
    try:
        found = recognise(what) if what.strip() else Recognised()
    except TrackerError as error:
        return start(request, what, statement, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    known = known_records(request, found.record.get("title", ""), found.identifiers)
    return _filled(request, found, statement, [each["paper"].public_id for each in known])


def _filled(request: HttpRequest, found: Recognised, statement: str, dismissed: Sequence[str] = ()) -> HttpResponse:
    form = PaperForm.of({"record": found.record}, dismissed=" ".join(dismissed))
    if statement:
        form.add_tag(statement)
        form.focus = None
    return page(request, form, recognised=found if found.source else None)


def _tags_for(request: HttpRequest, public_id: str, statement: str) -> HttpResponse:
    paper = _paper(request, public_id)
    if paper is None:
        return start(request, fault=GONE, status=HTTPStatus.NOT_FOUND)
    form = PaperForm({}, paper)
    if statement:
        form.add_tag(statement)
    return page(request, form)


def _paper(request: HttpRequest, public_id: str) -> Paper | None:
    rows = Paper.objects.visible_to(request.user).for_lists()
    found: Paper | None = rows.filter(public_id=public_id).first() if ID.fullmatch(public_id) else None
    return found


def known_records(request: HttpRequest, title: str, identifiers: Sequence[Any]) -> list[dict[str, Any]]:
    """Records that this may be, each with the tags that it has on the map."""
    found = duplicates.known(user=request.user, title=title, identifiers=identifiers)
    tags = papers.tags_on_map(found)
    return [{"paper": paper, "tags": tags.get(paper.pk, [])} for paper in found]


def edit(request: HttpRequest, submission: Submission, values: Mapping[str, str] | None, do: str) -> HttpResponse:
    """The same form for what was handed in or kept before."""
    joined = submission.paper is not None and submission.paper.visibility == Visibility.PUBLIC
    named = submission.content.get("paper", "")
    paper = _paper(request, named) if named else submission.paper if joined else None
    stored_now = {"message": submission.message, "seen": seen(submission)}
    form = PaperForm.of(submission.content, paper, **stored_now) if values is None else PaperForm(values, paper)
    if named and paper is None:
        form.add("", GONE)
    return answer(request, form, do, submission)


def answer(request: HttpRequest, form: PaperForm, do: str, submission: Submission | None = None) -> HttpResponse:
    """Do what the button says, and show the form again or lead on."""
    status, found = int(HTTPStatus.OK), None
    known: list[dict[str, Any]] = []

    def check() -> None:
        known.extend(_unasked(request, form, submission))
        if known:
            raise Duplicate("This paper may be on record already.", "Look at the records below first.", field="known")

    if do in {DRAFT, SUBMIT}:
        public_id, status = store(request, form, submission, submit=do == SUBMIT, check=check if do == SUBMIT else None)
        if public_id:
            return stored(request, public_id, submit=do == SUBMIT)
    else:
        found = pick(form, do, add=form.add_tag, remove=form.remove_tag)
    return page(request, form, submission, status=status, known=known, found=found)


def _unasked(request: HttpRequest, form: PaperForm, submission: Submission | None) -> list[dict[str, Any]]:
    """Records that a new one may be, and that the person has not said no to."""
    if form.record is None or (submission and submission.paper):
        return []
    record = form.record.record(Faults())
    identifiers = Recognised(record).identifiers
    return [each for each in known_records(request, record.get("title", ""), identifiers) if each["paper"].public_id not in form.dismissed]


def page(  # a form has these sides
    request: HttpRequest,
    form: PaperForm,
    submission: Submission | None = None,
    *,
    status: int = HTTPStatus.OK,
    recognised: Recognised | None = None,
    known: Sequence[dict[str, Any]] = (),
    found: Sequence[dict[str, str]] | None = None,
) -> HttpResponse:
    """The form."""
    context = {
        "form": form,
        "submission": submission,
        "recognised": recognised,
        "known": known,
        "known_ids": " ".join([*form.dismissed, *(each["paper"].public_id for each in known)]),
        "found": found,
        "paper_tags": papers.tags_on_map([form.paper])[form.paper.pk] if form.paper else [],
        "tags": [(tag, words) for tag, words in zip(form.tags, _asked(form, submission), strict=True)],
        "note": asked_note(submission),
    }
    return render(request, "log/form.html", context, status=status)


def asked_note(submission: Submission | None) -> str:
    """What a reviewer asked for, of the whole; empty where nothing was asked."""
    if submission is None or submission.state != SubmissionState.CHANGES_REQUESTED:
        return ""
    return next((review.note for review in submission.reviews.all()), "")


def _asked(form: PaperForm, submission: Submission | None) -> list[str]:
    """What a reviewer asked for, tag by tag."""
    words: dict[str, str] = {}
    if submission is not None and submission.state == SubmissionState.CHANGES_REQUESTED:
        for review in list(submission.reviews.all())[:1]:
            words = {each.tag.public_id: each.words for each in review.decisions.all() if each.tag and each.verdict == Verdict.CHANGE}
    return [words.get(tag.value("id"), "") for tag in form.tags]
