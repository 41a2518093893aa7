"""Drafts that save themselves: what the script of a form sends every few seconds, and what it is told."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone

from problems.errors import Invalid, TooMany, TrackerError
from problems.forms.common import HandedIn
from problems.handed_in import Data
from problems.models import Submission
from problems.services import submissions
from problems.services.idempotency import Answer, digest, once
from problems.services.refusals import refusing
from problems.views.handing_in import first_draft, key_of_draft, seen, seen_at
from problems.views.keeping import AUTO


def autosaved(request: HttpRequest, form: HandedIn, submission: Submission | None) -> JsonResponse:
    """Keep what is typed as a draft, new or known, and tell where it is now; or why it cannot be kept yet: `again` is when to try, in seconds.

    What cannot be read, or is too long, keeps nothing else from being kept: `left` says what is left out.
    """
    content = form.content()
    left = [f"{line['label']}: {line['text']}" for line in form.summary]
    try:
        with refusing():
            try:
                kept = _kept(request, form, submission, content)
            except Invalid as error:
                left += error.errors
                kept = _kept(request, form, submission, _without(content, error.errors))
    except TooMany as error:
        return JsonResponse({"error": error.title, "again": error.retry_after}, status=error.status)
    except TrackerError as error:
        return JsonResponse({"error": str(error)}, status=error.status)
    url = reverse("submission-edit", args=[kept.public_id])
    return JsonResponse({"url": url, "seen": seen(kept), "once": uuid4().hex, "saved": f"{timezone.localtime():%H:%M}", "left": left[:1]})


def _kept(request: HttpRequest, form: HandedIn, submission: Submission | None, content: Data) -> Submission:
    by: Any = request.user
    last = bool(request.POST.get("last"))  # the tab is being closed: what it has is the latest
    seen_then = None if last else seen_at(form.seen)
    if submission is None:

        def make() -> Answer:
            made = submissions.create(by=by, kind=form.kind, content=content, message=form.message, team=form.team or "")
            return Answer(HTTPStatus.CREATED, {"id": made.public_id}, {})

        # the key, and not what is typed, says which draft it is: an answer that was lost makes no second one
        answer = once(by=by, key=key_of_draft(form.once), request=digest("POST", request.path, AUTO.encode()), write=make)
        submission = first_draft(by, form.once)
        if submission is None:  # it was made, and discarded elsewhere since
            return submissions.create(by=by, kind=form.kind, content=content, message=form.message, team=form.team or "")
        if submission.public_id == answer.body["id"] and submission.content == content:
            return submission
        seen_then = None
    return submissions.autosave(
        submission=submission, by=by, content=content, message=form.message, team=form.team, seen=seen_then, at_once=last or seen_then is None
    )


def _without(content: Data, places: Iterable[str]) -> Data:
    """The content without what stands at these places, as in tags.0.rationale."""
    for place in sorted(places, reverse=True):  # of a list, the last first
        *way, name = place.split(".")
        inner: Any = content
        for step in way:
            inner = inner[int(step)] if isinstance(inner, list) and step.isdecimal() and int(step) < len(inner) else inner.get(step, {})
        if isinstance(inner, list) and name.isdecimal() and int(name) < len(inner):
            del inner[int(name)]
        elif isinstance(inner, dict):
            inner.pop(name, None)
    return content
