"""What all forms of submissions share: storing once, finding what a tag points at, and who may hand in."""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from problems.choices import Section, SubmissionKind, SubmissionState, Visibility
from problems.errors import Invalid, Stale, TrackerError
from problems.forms.common import HandedIn, words_of
from problems.models import IdempotencyKey, Problem, Statement, Submission
from problems.permissions import Action, why_not
from problems.queries import targets
from problems.queries.submissions import with_parts, withhold
from problems.queries.targets import AnyTarget, code_of
from problems.services import submissions
from problems.services.idempotency import Answer, digest, once
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed

DRAFT, SUBMIT = "draft", "submit"
KEY = "Idempotency-Key"
USED = "This form was sent before, and was changed since. Open what was handed in under My work; to hand in this as well, send it once more."
STALE = "It was changed elsewhere meanwhile. Your text is below: save it again to replace what is stored."
UNDECIDED = 3  # problems that are offered as a whole beside their statements


def refusal(request: HttpRequest, kind: SubmissionKind) -> HttpResponse | None:
    """The page for who may not hand in such a thing: why, and what they can do."""
    by: Any = request.user
    why = why_not(by, Action.HAND_IN, Submission(contributor=by, kind=kind))
    return render(request, "log/denied.html", {"why": why}, status=HTTPStatus.FORBIDDEN) if why else None


def store(
    request: HttpRequest, form: HandedIn, submission: Submission | None, *, submit: bool, check: Callable[[], None] | None = None
) -> tuple[str, int]:
    """Keep a draft, or hand in. The public id of the submission, or none and the status where the form now says what is wrong.

    `check` is asked first, and raises what speaks against it; not for what was sent and stored before.
    """
    by: Any = request.user
    content = form.content()
    if form.summary:
        return "", HTTPStatus.UNPROCESSABLE_ENTITY

    submission = submission or first_draft(by, form.once)

    def write() -> Answer:
        if check:
            check()
        stored = _write(request, form, submission, content, submit=submit)
        return Answer(HTTPStatus.SEE_OTHER, {"id": stored.public_id}, {})

    sent = json.dumps([submit, content, form.message, form.team], sort_keys=True).encode()
    try:
        with refusing():
            answer = once(by=by, key=form.once, request=digest("POST", request.path, sent), write=write)
    except Stale as error:
        form.add("", STALE)
        form.seen = seen(Submission.objects.get(pk=submission.pk)) if submission else ""
        return "", error.status
    except Invalid as error:
        if KEY in error.errors:
            form.once = uuid4().hex
            form.add("", USED)
        else:
            form.refuse(error)
        return "", error.status
    except TrackerError as error:
        form.refuse(error)
        return "", error.status
    made = Submission.objects.visible_to(by).filter(public_id=answer.body["id"]).first()
    if made is None or (submit and made.state in {SubmissionState.DRAFT, SubmissionState.WITHDRAWN}):  # sent once more after it was taken back
        form.once = uuid4().hex
        form.add("", USED)
        return "", HTTPStatus.CONFLICT
    return made.public_id, answer.status


def key_of_draft(key: str) -> str:
    """The key under which the draft of a form saves itself for the first time."""
    return f"{key}-auto"


def first_draft(by: Any, key: str) -> Submission | None:
    """The draft that a form has saved by itself, though its answer may not have come back."""
    kept = IdempotencyKey.objects.filter(user=by, key=key_of_draft(key), status=HTTPStatus.CREATED).values_list("body__id", flat=True).first()
    mine: Submission | None = Submission.objects.filter(contributor=by, state=SubmissionState.DRAFT, public_id=kept).first() if kept else None
    return mine


def _write(request: HttpRequest, form: HandedIn, submission: Submission | None, content: Any, *, submit: bool) -> Submission:
    by: Any = request.user
    if submission is None:
        make = submissions.hand_in if submit else submissions.create
        return make(by=by, kind=form.kind, content=content, message=form.message, team=form.team or "")
    stored = submissions.edit(submission=submission, by=by, content=content, message=form.message, team=form.team, seen=seen_at(form.seen))
    return submissions.submit(submission=stored, by=by) if submit else stored


def stored(request: HttpRequest, public_id: str, *, submit: bool) -> HttpResponse:
    """Lead on from what was stored, and say what became of it."""
    submission = Submission.objects.select_related("paper").get(public_id=public_id)
    if not submit:
        words = "The draft is saved." if submission.state == SubmissionState.DRAFT else "Saved. It is not handed in yet."
        messages.success(request, words)
        return HttpResponseRedirect(reverse("submission-edit", args=[public_id]), status=HTTPStatus.SEE_OTHER)
    messages.success(request, "Handed in. A reviewer decides on it, and this page says how.")
    joined = "record" in submission.content and submission.paper is not None and submission.paper.visibility == Visibility.PUBLIC
    if joined:
        messages.info(request, "This paper is on the map already: your tags were added to that record.")
    return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)


def mine(request: HttpRequest, public_id: str) -> Submission:
    """A submission that may be seen, with its parts. What may not be named any more is taken out: `withheld`. Raises Http404."""
    submission: Submission | None = with_parts(Submission.objects.visible_to(request.user)).filter(public_id=public_id).first()
    if submission is None:
        raise Http404
    withhold([submission], request.user)
    return submission


def seen(submission: Submission) -> str:
    """When it was last changed, for the form to send back."""
    return submission.modified.isoformat()


def behalf(submission: Submission) -> str:
    """The team on whose behalf it is, by slug, for the form; empty where it is on none."""
    return submission.team.slug if submission.team else ""


def seen_at(text: str) -> datetime | None:
    """The time that a form sends back; None where it sends none."""
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def choices(words: str, *, calls: bool = True) -> list[dict[str, str]]:
    """What words or the beginning of a code lead to, for the picker; with the problems of statements as a whole."""
    found: list[AnyTarget] = targets.finding(words)
    if words.strip():
        whole = {thing.number for thing in found if isinstance(thing, Problem)}
        problems = {thing.problem.number: thing.problem for thing in found if isinstance(thing, Statement)}
        found.extend([problem for number, problem in problems.items() if number not in whole][:UNDECIDED])
    return [{"code": code_of(thing), "text": words_of(thing), "note": _note(thing)} for thing in found if calls or code_of(thing)[0] != "C"]


def _note(thing: AnyTarget) -> str:
    if isinstance(thing, Statement):
        return "limitation" if thing.section == Section.LIMITATION else "existing work"
    return "whole problem" if isinstance(thing, Problem) else "call to action"


@keeps_typed
def find(request: HttpRequest) -> HttpResponse:
    """What the picker offers for `q`, as data for its script; without script the form does the same."""
    return JsonResponse({"found": choices(request.GET.get("q", "")[:200], calls="nocalls" not in request.GET)})


def pick(form: Any, do: str, *, add: Callable[[str], None], remove: Callable[[str], None]) -> Sequence[dict[str, str]] | None:
    """Do what a button of the picker says; what was found, or None where nothing was looked for."""
    name, _, value = do.partition(":")
    if name == "add":
        add(value.strip().upper()[:20])
    elif name == "remove":
        remove(value)
    elif name == "find" and form.find.strip():
        found = choices(form.find, calls=form.kind != SubmissionKind.SEARCH)
        if not found:
            form.add("find", f"Nothing matches “{form.find.strip()[:60]}”. Try a code such as P5.L2, or other words.")
        return found
    return None
