"""People, for curators: who has an account, with which role; and to give another role, or close it, with a reason."""

from collections.abc import Callable
from functools import wraps
from http import HTTPMethod
from typing import Concatenate

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from problems.errors import TrackerError
from problems.forms.people import ReasonForm, RoleForm, SearchForm
from problems.models import User
from problems.pagination import CURSOR, address, paginate
from problems.permissions import Action, require
from problems.queries.people import BY_NAME, accounts
from problems.services import people
from problems.views.keeping import keeps_typed, typed


def curators_only[**Rest](
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """Lead visitors to the log-in, keeping what they typed, refuse others, and ask curators for a fresh log-in before anything is written."""

    @keeps_typed
    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        require(request.user, Action.CHANGE_PEOPLE, User())
        fresh = reauthentication_required(view, enabled=request.method == HTTPMethod.POST)
        response: HttpResponseBase = fresh(request, *args, **kwargs)
        return response

    return answer


@curators_only
def index(request: HttpRequest) -> HttpResponse:
    """Accounts by name, to search and filter."""
    form = SearchForm(request.GET)
    form.is_valid()
    state = form.cleaned_data["state"]
    rows = accounts(words=form.cleaned_data["q"] or "", role=form.cleaned_data["role"], is_open=(state == "open") if state else None)
    page = paginate(rows, BY_NAME, cursor=request.GET.get(CURSOR, ""))
    context = {
        "form": form,
        "rows": page.rows,
        "total": rows.count(),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "people/index.html", context, status=400 if form.errors else 200)


@curators_only
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One account: its role, and whether it is open; each is changed by a form of its own."""
    person = get_object_or_404(User, public_id=public_id)
    given = typed(request)
    role_form = RoleForm(given if given and "role" in given else None, initial={"role": person.role})
    reason_form = ReasonForm(None if role_form.is_bound else given, auto_id="id_standing_%s")
    form: RoleForm | ReasonForm = role_form if role_form.is_bound else reason_form
    status = 422 if request.method == HTTPMethod.POST else 200
    if form.is_valid() and given is not None and request.method == HTTPMethod.POST:
        changed = get_object_or_404(User, public_id=public_id)  # another instance than the one shown: what is refused shows nowhere else
        if role_form.is_bound:
            changed.role = form.cleaned_data["role"]
        else:
            changed.is_active = given.get("open") == "true"
        try:
            people.save(user=changed, by=request.user, reason=form.cleaned_data["reason"])
        except TrackerError as error:
            if person == request.user:  # whose page has no form to tell it at
                raise
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "The account is changed.")
            return HttpResponseRedirect(reverse("person", args=[public_id]))
    return render(request, "people/detail.html", {"person": person, "role_form": role_form, "reason_form": reason_form}, status=status)
