"""Second opinions: what the page of a submission says of them, a difference settled, and how far reviewers agree."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from http import HTTPMethod, HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from problems.choices import OpinionState, SubmissionKind, SubmissionState, Verdict
from problems.codebook import codebook
from problems.errors import Invalid, TrackerError
from problems.forms.opinions import SettleForm
from problems.models import SecondOpinion, Submission, User
from problems.permissions import Action, require, why_not
from problems.queries import fairness
from problems.queries import opinions as queries
from problems.queries import reviews as queue
from problems.queries.submissions import with_parts
from problems.services import idempotency
from problems.services import opinions as service
from problems.services.refusals import refusing
from problems.services.reviews import Parts, Ruling, Rulings, waiting_parts
from problems.views.keeping import keeps_typed, typed
from problems.views.told import worded
from problems.workflow import Move, allows

VERDICTS = {Verdict.ACCEPT: "Accept", Verdict.DECLINE: "Decline", Verdict.RESTRICT: "Restrict"}


@dataclass(frozen=True, slots=True)
class Said:
    """A ruling in words."""

    verdict: str
    changes: list[tuple[str, str]]
    reason: str
    words: str
    restrict: str

    @classmethod
    def of(cls, ruling: Ruling | None) -> "Said | None":
        """The words for it."""
        if ruling is None:
            return None
        changes = [(name.capitalize(), worded(name, value)) for name, value in ruling.changes.items()]
        reason = codebook().reasons[ruling.reason].label if ruling.reason else ""
        return cls(VERDICTS[ruling.verdict], changes, reason, ruling.words, ruling.restrict_text)


@dataclass(frozen=True, slots=True)
class Row:
    """A part and what the two say of it."""

    place: str
    label: str
    text: str
    first: Said | None
    second: Said | None
    differs: bool
    choice: str = ""


def panel(request: HttpRequest, submission: Submission) -> dict[str, Any]:
    """What the page of a submission says of second opinions: those on it, and whether one can be asked for."""
    user = cast("User", request.user)
    found = queries.of([submission], user)[submission.pk]
    now = next((each for each in found if each.state in {OpinionState.ASKED, OpinionState.DIFFERENT}), None)
    decidable = submission.kind != SubmissionKind.IMPORT and allows(submission.state, Move.DECIDE) and submission.holder in {None, user}
    may_ask = now is None and decidable and not why_not(user, Action.ASK_OPINION, submission)
    return {
        "now": now,
        "mine": now is not None and now.first_id == user.pk,
        "rows": list(_rows(submission, now)) if now and not now.blind else [],
        "note": now.note if now and not now.blind else "",
        "before": [each for each in found if each.state in {OpinionState.AGREED, OpinionState.SETTLED}],
        "may_ask": may_ask,
        "people": queue.reviewers(user, submission) if may_ask else [],
        "chosen": request.POST.get("wanted", ""),
        "may_settle": now is not None and now.state == OpinionState.DIFFERENT and not fairness.why_not(user, Action.SETTLE, now),
    }


def _rows(submission: Submission, opinion: SecondOpinion) -> Iterator[Row]:
    """Each part, with what was said of it."""
    first, second, parts = Rulings.loaded(opinion.rulings), Rulings.loaded(opinion.second_rulings), waiting_parts(submission)
    given, other = dict(service.rows_of(first)), dict(service.rows_of(second))
    differ = set(service.differing(first, second, parts)) if opinion.state == OpinionState.DIFFERENT else set()
    for place in service.places(parts):
        label, text = _named(parts, place)
        yield Row(place, label, text, Said.of(given.get(place)), Said.of(other.get(place)), place in differ)


def _named(parts: Parts, place: str) -> tuple[str, str]:
    """What a part is called, and what it is about."""
    name, _, key = place.partition(".")
    if name == "tags":
        tag = next(tag for tag in parts.tags if tag.public_id == key)
        return tag.code, f"{codebook().relations[tag.relation].label}: {tag.rationale}"
    if name == "searches":
        search = next(search for search in parts.searches if search.public_id == key)
        return f"Search on {search.code}", search.query
    return name.capitalize(), ""


@login_required
@require_POST
def take_back(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take one's question back; the submission is one's claim again."""
    submission = _one(request, public_id)
    opinion = service.withdraw(submission=submission, by=cast("User", request.user))
    held = opinion.submission.claimed_by == request.user
    messages.success(request, f"The question is taken back.{' You hold this submission again.' if held else ''}")
    return HttpResponseRedirect(submission.get_review_url())


@keeps_typed
def settle(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A difference, both sides beside each other, part by part: one is chosen for each."""
    submission = _one(request, public_id)
    given = typed(request)
    opinion = next((each for each in queries.of([submission], request.user)[submission.pk] if each.state == OpinionState.DIFFERENT), None)
    if opinion is None:
        if request.method == HTTPMethod.POST:
            return HttpResponseRedirect(submission.get_review_url(), status=HTTPStatus.SEE_OTHER)
        return render(request, "review/settle.html", {"submission": submission, "rows": []})
    opinion.submission = submission
    require(request.user, Action.SETTLE, opinion)
    rows = list(_rows(submission, opinion))
    form = SettleForm(given, rows)
    error: TrackerError | None = None
    if request.method == HTTPMethod.POST and form.is_valid():
        try:
            return _sent(request, submission, opinion, form)
        except Invalid as refusal:
            form.refuse(refusal)
        except TrackerError as refusal:
            error = refusal
    status = (error.status if error else HTTPStatus.UNPROCESSABLE_ENTITY) if request.method == HTTPMethod.POST else HTTPStatus.OK
    return _settle_page(request, submission, opinion, form, error, status)


def _settle_page(  # noqa: PLR0917  # what the page is made of
    request: HttpRequest, submission: Submission, opinion: SecondOpinion, form: SettleForm, error: TrackerError | None, status: int
) -> HttpResponseBase:
    user = cast("User", request.user)
    one_of_both = user.pk in {opinion.first_id, opinion.second_id}
    proposed = dict(service.rows_of(Rulings.loaded(opinion.proposed))) if opinion.proposed else {}
    context = {
        "submission": submission,
        "title": submission.paper.title if submission.paper else submission.get_kind_display(),
        "level": submission.paper.advisory if submission.paper else 0,
        "topics": submission.paper.topics if submission.paper else [],
        "opinion": opinion,
        "form": form,
        "rows": [replace(row, choice=form.sides.get(row.place, "")) for row in form.rows],
        "errors": form.summary,
        "refused": error,
        "one_of_both": one_of_both,
        "proposal": [(row.label, Said.of(proposed.get(row.place))) for row in form.rows if row.place in proposed],
        "may_confirm": one_of_both and opinion.proposed_by_id not in {None, user.pk},
    }
    return render(request, "review/settle.html", context, status=status)


def _sent(request: HttpRequest, submission: Submission, opinion: SecondOpinion, form: SettleForm) -> HttpResponseBase:
    """Settle, propose or confirm, once however often it is pressed."""
    user = cast("User", request.user)
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        seen = datetime.min.replace(tzinfo=UTC)
    do: Any
    if request.POST.get("act") == "confirm":
        do = partial(service.confirm, submission=submission, by=user, seen=seen)
    else:
        rulings = service.settling(opinion, waiting_parts(submission), form.sides)
        do = partial(service.settle, submission=submission, by=user, rulings=rulings, note=form.note, seen=seen)

    def write() -> idempotency.Answer:
        return idempotency.Answer(HTTPStatus.FOUND, {"settled": do() is not None}, {})

    digest = idempotency.digest("POST", request.path, request.POST.urlencode().encode())
    with refusing():
        settled = idempotency.once(by=user, key=f"settle {digest.hex()}", request=digest, write=write).body["settled"]
    messages.success(request, "The difference is settled." if settled else "Proposed. The other reviewer confirms it, or proposes something else.")
    return HttpResponseRedirect(submission.get_review_url())


@login_required
@require_safe
def agreement(request: HttpRequest) -> HttpResponseBase:
    """How far two reviewers agree, by relation; of nobody in particular."""
    require(request.user, Action.SEE_AGREEMENT, SecondOpinion())
    context = {"rows": queries.agreement(), "fewest": queries.FEWEST}
    return render(request, "review/agreement.html", context)


def _one(request: HttpRequest, public_id: str) -> Submission:
    """The submission, for reviewers: others are refused, whether it is there or not."""
    require(request.user, Action.LEAVE, Submission())
    known = Submission.objects.visible_to(request.user).exclude(state=SubmissionState.DRAFT).filter(public_id=public_id)
    submission = with_parts(known).first()
    if submission is None:
        raise Http404
    fairness.look(request.user, [submission])
    return submission
