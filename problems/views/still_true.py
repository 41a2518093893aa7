"""Still true? Statements that age, and whose day has come, for reviewers."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from problems.errors import Refused, TrackerError
from problems.forms.catalogue import StillTrueForm
from problems.models import Statement
from problems.pagination import CURSOR, address, paginate
from problems.queries import checks_due
from problems.services import checks_due as service
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers

SIZE = 20


@keeps_typed
@for_reviewers
def index(request: HttpRequest) -> HttpResponseBase:
    """Statements that are due, the oldest first; each is answered by a form of its own."""
    given = typed(request)
    code = str(given.get("code", ""))[:20] if given else ""
    status: int = HTTPStatus.OK
    answered: StillTrueForm | None = None
    refused: TrackerError | None = None
    if given is not None and (statement := Statement.objects.select_related("problem").filter(code=code).first()):
        answered = StillTrueForm(given, statement=statement)
        if request.method == HTTPMethod.POST:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            if answered.is_valid():
                try:
                    with refusing():
                        service.confirm(statement=statement, by=request.user, **answered.cleaned_data)
                except Refused:
                    raise
                except TrackerError as error:
                    answered.refuse(error)
                    status, refused = error.status, error
                else:
                    messages.success(request, f"{statement.code} stands until then.")
                    return HttpResponseRedirect(reverse("still-true"), status=HTTPStatus.SEE_OTHER)
    elif request.method == HTTPMethod.POST:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    due = checks_due.due()
    page = paginate(due, checks_due.OLDEST, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    rows: list[dict[str, Any]] = [
        {"statement": each, "form": answered if answered and each.code == code else StillTrueForm(None, statement=each)} for each in page.rows
    ]
    if answered and not any(row["form"] is answered for row in rows) and (asked := due.filter(code=code).first()):
        rows.insert(0, {"statement": asked, "form": answered})  # of another page: the form leads to the first
    shown = any(row["form"] is answered for row in rows)
    context = {
        "rows": rows,
        "errors": answered.summary if answered and shown else [],
        "refused": None if shown else refused,
        "lost": bool(given) and request.method == HTTPMethod.POST and not shown,
        "total": due.count(),
        "next": None if rows else checks_due.next_due(),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "catalogue/still_true.html", context, status=status)
