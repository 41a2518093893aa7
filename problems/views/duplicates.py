"""Probable duplicates, for reviewers: pairs side by side, with what differs; to be merged, or said to be two works."""

from dataclasses import dataclass
from http import HTTPMethod, HTTPStatus

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from problems.choices import Scheme
from problems.errors import TrackerError
from problems.forms.reviews import ReasonForm
from problems.models import Paper, ProbableDuplicate
from problems.pagination import CURSOR, address, paginate
from problems.permissions import Action, why_not
from problems.queries import curating
from problems.services import duplicates
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed, typed
from problems.views.merging import in_words
from problems.views.reviews import for_reviewers

SIZE = 20
COMPARED = {"title": "Title", "authors": "Authors", "date": "Date", "venue": "Venue", "type": "Type", "address": "Address"}


@dataclass(frozen=True, slots=True)
class Row:
    """A field of both records, as words."""

    label: str
    first: str
    second: str

    @property
    def differs(self) -> bool:
        """Whether they say it otherwise."""
        return self.first != self.second


@login_required
@for_reviewers
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Pairs that nobody has decided on, the certain ones first."""
    rows = curating.open_duplicates(request.user)
    page = paginate(rows, curating.CERTAIN_FIRST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    context = {
        "rows": [{"pair": pair, "fields": side_by_side(pair)} for pair in page.rows],
        "total": rows.count(),
        "may_merge": not why_not(request.user, Action.MERGE, Paper()),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "curating/duplicates.html", context)


@keeps_typed
@for_reviewers
def dismiss(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Say that these are two works, and why."""
    pair: ProbableDuplicate | None = curating.open_duplicates(request.user).filter(public_id=public_id).first()
    if pair is None:
        raise Http404
    given, sent = typed(request), request.method == HTTPMethod.POST
    form = ReasonForm(given) if sent else ReasonForm(initial=given.dict() if given else None)
    form.fields["reason"].label = "Why they are two works"
    status = HTTPStatus.UNPROCESSABLE_ENTITY if sent else HTTPStatus.OK
    if sent and form.is_valid():
        try:
            with refusing():
                duplicates.dismiss(duplicate=pair, by=request.user, reason=form.cleaned_data["reason"])
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
        else:
            messages.success(request, "Noted: two works. The pair is not shown again.")
            return HttpResponseRedirect(reverse("duplicates"), status=HTTPStatus.SEE_OTHER)
    return render(request, "curating/dismiss.html", {"pair": pair, "fields": side_by_side(pair), "form": form}, status=status)


def side_by_side(pair: ProbableDuplicate) -> list[Row]:
    """What the two records say, field by field; their authors and identifiers are at hand."""
    found = [Row(label, in_words(name, pair.first), in_words(name, pair.second)) for name, label in COMPARED.items()]
    found.append(Row("Identifiers", _identifiers(pair.first), _identifiers(pair.second)))
    return [row for row in found if row.first or row.second]


def _identifiers(paper: Paper) -> str:
    return "; ".join(f"{Scheme(row.scheme).label} {row.value}" for row in paper.identifiers.all())
