"""What is said about a submission: on the pages that show it, and on a page of its own."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from problems.choices import Audience, Role, SubmissionState
from problems.errors import Invalid, TrackerError
from problems.forms import messages as form_of_messages
from problems.forms.messages import BesideForm, MessageForm
from problems.models import Message, Submission, User
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import role_of, why_not
from problems.queries import fairness
from problems.queries.messages import complete, said
from problems.services import messages as service
from problems.services.idempotency import Answer, digest, once
from problems.services.refusals import refusing
from problems.views import keeping, leaving
from problems.views.handing_in import mine
from problems.views.keeping import keeps_typed, typed

SHOWN, SIZE = 20, 50
LATEST = Ordering("latest", "Latest first", ("-created", "public_id"))
HEADS = {Audience.CONTRIBUTOR: "With the contributor", Audience.REVIEWERS: "Among reviewers"}


def panel(request: HttpRequest, submission: Submission, given: QueryDict | None = None, *, beside: bool = False) -> dict[str, Any]:
    """What the part of a page shows: the latest messages, and a form for each audience that this reader may write to. Eight queries at most.

    `beside` a decision the fields belong to the form of that, and show what was typed, `given`.
    """
    if submission.withheld or submission.state == SubmissionState.DRAFT:
        return {}
    latest = list(said(submission, request.user).order_by("-pk")[: SHOWN + 1])
    shown = _told(request, latest[:SHOWN])[::-1]
    forms = _forms(request, submission, given, beside=beside)
    own = submission.contributor_id == request.user.pk
    threads = [
        {
            "audience": audience.value,
            "head": "Messages" if role_of(request.user) < Role.REVIEWER or own else HEADS[audience],
            "messages": [message for message in shown if message.audience == audience],
            "form": next((form for form in forms if form.audience == audience), None),
        }
        for audience in Audience
    ]
    return {"threads": [each for each in threads if each["messages"] or each["form"]], "more": len(latest) > SHOWN}


@keeps_typed
def write(request: HttpRequest, public_id: str) -> HttpResponse:
    """All messages on a submission, the latest first, and the forms; `audience` says to whom what is sent goes."""
    submission = mine(request, public_id)
    if submission.state == SubmissionState.DRAFT:
        raise Http404
    if submission.withheld:
        return render(request, "submissions/withheld.html", {"submission": submission})
    if request.method != HTTPMethod.POST and any(name.endswith("-text") for name in keeping.waits(request)):
        return keeping.lead(request, _page_of(request, submission))  # it was typed there, beside a decision
    given = typed(request)
    forms = _forms(request, submission, form_of_messages.sent(given) if given else None)
    status = int(HTTPStatus.OK)
    if request.method == HTTPMethod.POST:
        leaving.put_aside(request, submission, sent=form_of_messages.fields(request.POST.get("audience", "")))
        sent = next((form for form in forms if form.audience == request.POST.get("audience")), None)
        status = int(HTTPStatus.UNPROCESSABLE_ENTITY)
        try:
            if sent is None:
                _refuse(request, submission)
            elif sent.is_valid():
                with refusing():
                    _send(request, submission, sent)
                messages.success(request, "Sent.")
                return HttpResponseRedirect(f"{_page_of(request, submission)}#discussion", status=HTTPStatus.SEE_OTHER)
        except TrackerError as error:
            if sent is None:
                raise
            sent.refuse(error)
            status = error.status
    page = paginate(said(submission, request.user), LATEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    context = {
        "submission": submission,
        "back": _page_of(request, submission),
        "forms": forms,
        "errors": [line for form in forms if form.is_bound for line in form.summary],
        "rows": _told(request, page.rows),
        "heads": role_of(request.user) >= Role.REVIEWER and submission.contributor_id != request.user.pk,
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "review/messages.html", context, status=status)


def _told(request: HttpRequest, rows: list[Message]) -> list[Message]:
    complete(rows, request.user)
    return rows


def _forms(request: HttpRequest, submission: Submission, given: QueryDict | None, *, beside: bool = False) -> list[MessageForm]:
    """A form for each audience that this reader may write to."""
    fairness.look(request.user, [submission])
    own = submission.contributor_id == request.user.pk
    checked = request.method == HTTPMethod.POST
    return [
        BesideForm(given, audience=audience, own=own) if beside else MessageForm(given, audience=audience, own=own, checked=checked)
        for audience, action in service.RIGHTS.items()
        if not why_not(request.user, action, submission)
    ]


def _refuse(request: HttpRequest, submission: Submission) -> None:
    """Say why what was sent is not taken, as the service does."""
    by: Any = request.user
    service.write(submission=submission, by=by, audience=request.POST.get("audience", ""), text="")
    raise Invalid({"text": ["Write what you want to say."]})


def _send(request: HttpRequest, submission: Submission, form: MessageForm) -> None:
    """Send it, once however often it is pressed."""
    by: Any = request.user
    text = form.cleaned_data["text"]

    def work() -> Answer:
        service.write(submission=submission, by=by, audience=form.audience, text=text)
        return Answer(HTTPStatus.SEE_OTHER, None, {})

    body = f"{form.audience}\0{text}".encode()
    once(by=by, key=f"message {form.once}", request=digest("POST", request.path, body), write=work)


def _page_of(request: HttpRequest, submission: Submission) -> str:
    """The page from which it was written."""
    user: User | Any = request.user
    reviews = role_of(user) >= Role.REVIEWER and submission.contributor_id != user.pk
    return submission.get_review_url() if reviews else submission.get_absolute_url()
