"""The page of one submission, for who handed it in: where it is, what was decided of each part and why, what can be done with it now."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPMethod, HTTPStatus
from typing import Any, ClassVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from problems import workflow
from problems.choices import Basis, Part, Relation, SubmissionKind, SubmissionState, Verdict
from problems.codebook import codebook
from problems.errors import TrackerError
from problems.forms.common import Kept, Text, record_values, words_of
from problems.forms.log import as_values
from problems.handed_in import Data
from problems.models import Decision, ImportRun, Submission, Tag
from problems.permissions import Action, why_not
from problems.queries import targets
from problems.queries.imports import tallies
from problems.services import submissions
from problems.services.refusals import refusing
from problems.views import corrections, discussions, log, searches
from problems.views.handing_in import SUBMIT, mine
from problems.views.keeping import keeps_typed, typed
from problems.views.told import latest, rows, worded

type Editor = Callable[[HttpRequest, Submission, Mapping[str, str] | None, str], HttpResponse]


def _read(request: HttpRequest, submission: Submission, values: Mapping[str, str] | None, do: str) -> HttpResponse:
    """An import has no form: it is imported anew."""
    del values, do
    messages.info(request, "An import is not changed or handed in again. Import the file once more.")
    return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)


EDITORS: Mapping[str, Editor] = {
    SubmissionKind.PAPER: log.edit,
    SubmissionKind.SEARCH: searches.edit,
    SubmissionKind.CORRECTION: corrections.edit,
    SubmissionKind.IMPORT: _read,
}
METHOD_LABELS = {"material": "Harmful material", "modalities": "Modality studied"}
WITHDRAWN = {SubmissionKind.IMPORT.value: "The import is withdrawn. Its records that waited are removed."}
LABELS = {"url": "Web address", "address": "Web address", "searched_on": "When"}


@dataclass(frozen=True, slots=True)
class Shown:
    """A tag as it was handed in, what it points at, and what was decided of it."""

    data: Data
    words: str
    url: str
    relation: str
    basis: str
    tag: Tag | None
    decision: Decision | None
    reason: str


class AppealForm(Kept):
    """Why somebody else should decide once more."""

    labels: ClassVar[dict[str, str]] = {"text": "Why it should be looked at once more"}
    hints: ClassVar[dict[str, str]] = {"text": "It goes to another reviewer than the one who decided. A submission can be appealed once."}
    text = Text(rows=5)


@keeps_typed
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """Where it is and what was decided; `do=submit` hands it in as it is."""
    submission = mine(request, public_id)
    if submission.withheld:
        return render(request, "submissions/withheld.html", {"submission": submission})
    if request.method == HTTPMethod.POST:
        if submission.state == SubmissionState.SUBMITTED:  # a second click
            return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
        return EDITORS[submission.kind](request, submission, None, SUBMIT)
    (row,) = rows([submission], request.user)
    review = latest(submission)
    decisions = list(review.decisions.all()) if review else []
    context = {
        "submission": submission,
        "row": row,
        "tally": tallies([submission], request.user).get(submission.pk),
        "reported": submission.kind == SubmissionKind.IMPORT and ImportRun.objects.visible_to(request.user).filter(submission=submission).exists(),
        "own": submission.contributor_id == request.user.pk,
        "able": _able(request, submission, decisions),
        "review": review,
        "record": _record(submission),
        "record_decision": next((_told(each) for each in decisions if each.part == Part.RECORD), None),
        "tags": _tags(submission, decisions),
        "method": _method(submission.content.get("method", {})),
        "method_decision": next((_told(each) for each in decisions if each.part == Part.METHOD), None),
        "search": submission.content.get("search"),
        "search_decisions": [_told(each) for each in decisions if each.part == Part.SEARCH],
        "changes": _changes(submission),
        "reason": submission.content.get("correction", {}).get("reason", ""),
        "correction_decision": next((_told(each) for each in decisions if each.part == Part.CORRECTION), None),
        "discussion": discussions.panel(request, submission),
    }
    return render(request, "submissions/detail.html", context)


@keeps_typed
def edit(request: HttpRequest, public_id: str) -> HttpResponse:
    """The form of it, as it was left."""
    submission = mine(request, public_id)
    if submission.withheld:
        return render(request, "submissions/withheld.html", {"submission": submission})
    refused = why_not(request.user, Action.CHANGE_SUBMISSION, submission)
    given = typed(request)
    if refused or (given is None and not workflow.allows(submission.state, workflow.Move.EDIT)):
        messages.info(request, refused or f"This submission is {submission.get_state_display().lower()}: it cannot be changed now.")
        return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    values = None if given is None else as_values(given)
    return EDITORS[submission.kind](request, submission, values, values.get("do", "") if values and request.method == HTTPMethod.POST else "")


@keeps_typed
def withdraw(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask, then take it back."""
    submission = mine(request, public_id)
    words = "Its tags leave the queue. You can submit it again."
    if submission.kind == SubmissionKind.IMPORT:
        words = "Its records that wait are removed. To hand them in again, import the file once more."
    return _confirm(request, submission, "Withdraw", words, lambda: submissions.withdraw(submission=submission, by=_by(request)))


@keeps_typed
def discard(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask, then delete a draft."""
    submission = mine(request, public_id)
    words = "The draft and what you typed into it are deleted. This cannot be undone."
    return _confirm(request, submission, "Discard", words, lambda: submissions.discard(submission=submission, by=_by(request)))


def _confirm(request: HttpRequest, submission: Submission, move: str, words: str, write: Callable[[], object]) -> HttpResponse:
    if request.method == HTTPMethod.POST:
        if move == "Withdraw" and submission.state == SubmissionState.WITHDRAWN:  # a second click
            return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
        write()
        taken_back = WITHDRAWN.get(submission.kind, "The submission is withdrawn. You can submit it again.")
        messages.success(request, "The draft is deleted." if move == "Discard" else taken_back)
        to = reverse("my") if move == "Discard" else submission.get_absolute_url()
        return HttpResponseRedirect(to, status=HTTPStatus.SEE_OTHER)
    (row,) = rows([submission], request.user)
    able = workflow.allows(submission.state, workflow.Move[move.upper()]) and not why_not(request.user, Action.CHANGE_SUBMISSION, submission)
    if not able:
        messages.info(request, f"This submission is {submission.get_state_display().lower()}: there is nothing to {move.lower()}.")
        return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    return render(request, "submissions/confirm.html", {"submission": submission, "row": row, "move": move, "words": words})


@keeps_typed
def appeal(request: HttpRequest, public_id: str) -> HttpResponse:
    """Ask for a second decision on what was declined."""
    submission = mine(request, public_id)
    given = typed(request)
    review = latest(submission)
    if given is None and not _able(request, submission, list(review.decisions.all()) if review else [])["appeal"]:
        messages.info(request, "There is nothing to appeal: nothing of it was declined, or it was appealed before.")
        return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    form = AppealForm(as_values(given or {}))
    status = int(HTTPStatus.OK)
    if request.method == HTTPMethod.POST:
        if submission.state == SubmissionState.SUBMITTED and form.value("text").strip() == submission.appeal != "":  # a second click
            return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
        try:
            with refusing():
                submissions.appeal(submission=submission, by=_by(request), text=form.value("text"))
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "The appeal is handed in. Another reviewer decides.")
            return HttpResponseRedirect(submission.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    (row,) = rows([submission], request.user)
    return render(request, "submissions/appeal.html", {"submission": submission, "row": row, "form": form}, status=status)


def _by(request: HttpRequest) -> Any:
    return request.user


def _able(request: HttpRequest, submission: Submission, decisions: list[Decision]) -> dict[str, bool]:
    """What can be done with it now."""
    may = not why_not(request.user, Action.CHANGE_SUBMISSION, submission)
    able = {move.name.lower(): may and workflow.allows(submission.state, move) for move in workflow.Move}
    tally = tallies([submission], request.user).get(submission.pk)
    if tally:
        able |= {"edit": False, "submit": False}
    declined = any(each.verdict == Verdict.DECLINE for each in decisions) or (tally is not None and tally.declined > 0)
    appealable = not submission.appealed_at and declined and not why_not(request.user, Action.APPEAL, submission)
    return able | {"appeal": appealable and workflow.allows(submission.state, workflow.Move.APPEAL)}


def _record(submission: Submission) -> list[tuple[str, str]]:
    """The record as it was handed in, as pairs of label and text."""
    record: Data = submission.content.get("record", {})
    values = _plain(record_values(record)) | {"topics": worded("topics", record.get("topics"))} if record else {}
    return [(LABELS.get(name, name.capitalize()), text) for name, text in values.items() if text and (name, text) != ("advisory", "0")]


def _plain(values: dict[str, str]) -> dict[str, str]:
    """The values of a record without the boxes of its topics, which are told as words."""
    return {name: text for name, text in values.items() if not name.startswith("topic_")}


def _tags(submission: Submission, decisions: list[Decision]) -> list[Shown]:
    wanted: list[Data] = submission.content.get("tags", [])
    found = targets.by_code(tag.get("target", "") for tag in wanted)
    stored = {tag.public_id: tag for tag in submission.tags.all()}
    decided = {each.tag.public_id: each for each in decisions if each.tag}
    book = codebook()
    shown = []
    for data in wanted:
        target = found.get(data.get("target", ""))
        decision = decided.get(data.get("id", ""))
        basis = data.get("basis", "")
        shown.append(
            Shown(
                data=data,
                words=words_of(target) if target else "",
                url=target.get_absolute_url() if target else "",
                relation=data.get("relation", "") if data.get("relation") in Relation.values else "",
                basis=basis if basis in Basis.values else "",
                tag=stored.get(data.get("id", "")),
                decision=decision,
                reason=book.reasons[decision.reason].label if decision and decision.reason else "",
            )
        )
    return shown


def _method(method: Data) -> list[tuple[str, str]]:
    """What is said of a method, as pairs of label and words."""
    book = codebook()
    material = book.materials[method["material"]].label if method.get("material") in book.materials else ""
    modalities = ", ".join(book.modalities[each].label for each in method.get("modalities", []) if each in book.modalities)
    return [(METHOD_LABELS[name], words) for name, words in (("material", material), ("modalities", modalities)) if words]


def _told(decision: Decision) -> dict[str, Any]:
    """A decision with its reason in words; of a method that was changed, what it became."""
    now = _method(decision.before.get("set", {})) if decision.part == Part.METHOD and decision.edited else []
    return {"now": now, "decision": decision, "reason": codebook().reasons[decision.reason].label if decision.reason else ""}


def _changes(submission: Submission) -> list[tuple[str, str]]:
    """What a correction proposes, field by field."""
    changes: Data = submission.content.get("correction", {}).get("changes", {})
    values = record_values(changes) | {name: str(changes[name]) for name in changes if name not in {"authors", "identifiers", "modalities"}}
    values |= {"topics": worded("topics", changes.get("topics"))}
    values |= {name: words for name, label in METHOD_LABELS.items() for said, words in _method(changes) if said == label}
    return [((LABELS | METHOD_LABELS).get(name, name.capitalize()), _said(values.get(name, ""))) for name in changes]


def _said(value: str) -> str:
    words = {"True": "yes", "False": "no", "": "empty"}
    return words.get(value, value)
