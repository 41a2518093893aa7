"""The page on which a reviewer decides on an import: its records that wait, a page at a time, decided some or all at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from http import HTTPMethod, HTTPStatus
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render

from problems.choices import RowOutcome, Verdict, Visibility
from problems.errors import Invalid, TrackerError
from problems.forms.reviews import NoteForm, RecordForm
from problems.models import Decision, ImportRow, Review, Submission, User
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import Action, why_not
from problems.queries import imports as queries
from problems.services import idempotency, import_reviews, reviews
from problems.services.refusals import refusing
from problems.services.reviews import Ruling
from problems.views import discussions, leaving

SIZE = 25
IN_ORDER = Ordering("number", "In the order of the file", ("number",))
CHOSEN, EVERYTHING = "chosen", "everything"
PLACE = "ruling"
DONE = {Verdict.ACCEPT: "accepted", Verdict.DECLINE: "declined", Verdict.RESTRICT: "restricted"}


class RulingForm:
    """What is decided, of which records, and a note."""

    def __init__(self, data: QueryDict | None = None, *, checked: bool = False) -> None:
        """Show what was typed; `checked` also says what is wrong with it."""
        typed = {"note": data.get("note", "")} if data is not None else {}
        self.note = NoteForm(data if checked else None, initial=typed, use_required_attribute=False)
        self.ruling = RecordForm(data, PLACE, "Decision", checked=checked)
        self.chosen = data.getlist("record") if data is not None else []

    def is_valid(self, *, everything: bool) -> bool:
        """Whether it can be sent."""
        if not (self.note.is_valid() & self.ruling.is_valid()):
            return False
        if not everything and not self.chosen:
            self.ruling.add_error("verdict", "Choose at least one record above.")
        elif self.ruling.ruling is None:
            self.ruling.add_error("verdict", "Choose a decision.")
        elif len(self.chosen) > 1 and self.ruling.ruling.verdict == Verdict.RESTRICT:
            self.ruling.add_error("verdict", "Restrict records one by one.")
        return not self.ruling.errors

    def refuse(self, error: Invalid) -> None:
        """Say what the service refused, each once."""
        for place, sentences in error.errors.items():
            field = place.rpartition(".")[2]
            form, name = (self.note, "note") if field == "note" else (self.ruling, field if field in self.ruling.used else "verdict")
            for sentence in sentences:
                if sentence not in form.errors.get(name, []):
                    form.add_error(name, ValidationError(sentence))

    @property
    def summary(self) -> list[dict[str, str]]:
        """What is wrong, in the order of the page."""
        noted = [{"label": "Note", "text": str(sentence), "target": "id_note"} for sentence in self.note.errors.get("note", [])]
        return [*self.ruling.summary, *noted]


def detail(request: HttpRequest, submission: Submission, closed: str, given: QueryDict | None) -> HttpResponseBase:
    """The page, and what its form does; `closed` says why nothing can be decided now, `given` is what was typed before."""
    if request.method != HTTPMethod.POST:
        return page(request, submission, RulingForm(given), closed, given=given)
    act, user = request.POST.get("act", ""), _user(request)
    form = RulingForm(request.POST, checked=act in {CHOSEN, EVERYTHING})
    try:
        if act in {"claim", "release"}:
            (reviews.claim if act == "claim" else reviews.release)(submission=submission, by=user)
            submission.refresh_from_db()
            typed = leaving.typed_on(request.POST)
            return page(request, submission, form, closed) if typed else HttpResponseRedirect(submission.get_review_url())
        if form.is_valid(everything=act == EVERYTHING) and form.ruling.ruling:
            _send(request, submission, form, form.ruling.ruling, everything=act == EVERYTHING)
            return HttpResponseRedirect(submission.get_review_url())
    except Invalid as error:
        form.refuse(error)
    except TrackerError as error:
        submission.refresh_from_db()
        return page(request, submission, RulingForm(request.POST), closed, status=error.status, refused=error)
    return page(request, submission, form, closed, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _send(request: HttpRequest, submission: Submission, form: RulingForm, ruling: Ruling, *, everything: bool) -> None:
    """Decide, once however often it is pressed, and say what was done."""
    user = _user(request)
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        seen = datetime.min.replace(tzinfo=UTC)
    what: dict[str, Any] = {"everything": ruling} if everything else {"rulings": dict.fromkeys(form.chosen, ruling)}
    note = form.note.cleaned_data["note"]

    def write() -> idempotency.Answer:
        review = import_reviews.decide_rows(submission=submission, by=user, note=note, seen=seen, **what)
        return idempotency.Answer(HTTPStatus.FOUND, {"number": review.decisions.count()}, {})

    digest = idempotency.digest("POST", request.path, request.POST.urlencode().encode())
    with refusing():
        number = idempotency.once(by=user, key=f"review {digest.hex()}", request=digest, write=write).body["number"]
    messages.success(request, f"{number:,} record{'' if number == 1 else 's'} {DONE[ruling.verdict]}.")


def page(  # what a page can be about
    request: HttpRequest,
    submission: Submission,
    form: RulingForm,
    closed: str,
    *,
    status: int = HTTPStatus.OK,
    refused: TrackerError | None = None,
    given: QueryDict | None = None,
) -> HttpResponse:
    """The page of an import."""
    waiting = ImportRow.objects.filter(run__submission=submission, outcome=RowOutcome.CREATED, paper__visibility=Visibility.WAITING)
    shown = waiting.select_related("paper__twin_of").prefetch_related("paper__authorships", "paper__identifiers").defer("paper__search", "record")
    found = paginate(shown, IN_ORDER, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    papers = [row.paper for row in found.rows if row.paper]
    near = queries.near(papers, request.user)
    earlier = list(submission.reviews.all())
    tally = queries.tallies([submission], request.user)[submission.pk]
    context = {
        "submission": submission,
        "run": getattr(submission, "import_run", None),
        "tally": tally,
        "rows": [
            {"row": row, "paper": row.paper, "near": (near or {}).get(row.paper.pk, []), "chosen": row.paper.public_id in form.chosen}
            for row in found.rows
            if row.paper
        ],
        "compared": near is not None,
        "form": form,
        "errors": form.summary,
        "closed": closed,
        "refused": refused,
        "earlier": _counted(earlier),
        "left_out": 0 if closed else import_reviews.out_of_reach(submission, _user(request)),
        "may_undo": import_reviews.may_undo(earlier[0] if earlier else None, submission, _user(request)),
        "may_release": not why_not(request.user, Action.RELEASE_CLAIM, submission),
        "held_by_me": submission.holder == request.user,
        "leaving": leaving.panel(request, submission),
        "left": leaving.just_left(request),
        "discussion": discussions.panel(request, submission, given or request.POST or None, beside=True),
        "previous_url": address(request.path, request.GET, found.previous),
        "next_url": address(request.path, request.GET, found.next),
    }
    return render(request, "review/import.html", context, status=status)


def _counted(earlier: Sequence[Review]) -> list[dict[str, Any]]:
    """Answers that were given, each with how many records it was about, by verdict. One query."""
    numbers: dict[int, dict[str, int]] = {}
    counted = Decision.objects.filter(review__in=earlier).order_by().values_list("review", "verdict").annotate(number=Count("pk"))
    for review, verdict, number in counted:
        numbers.setdefault(review, {})[verdict] = number
    told = [(review, numbers.get(review.pk, {})) for review in earlier]
    return [{"review": review, "counts": [(DONE[Verdict(name)], number) for name, number in counts.items()]} for review, counts in told]


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)
