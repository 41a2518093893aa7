"""How somebody reads: what is folded for them, what their queue offers. And the advisory of a record, and whether its address is a link."""

from http import HTTPMethod, HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from problems.choices import Role
from problems.errors import TrackerError
from problems.forms.care import AdvisoryForm, CareForm
from problems.links import host_of
from problems.models import Paper
from problems.permissions import Action, require, role_of
from problems.queries import care as queries
from problems.queries import fairness
from problems.services import care, papers
from problems.services.refusals import refusing
from problems.views.account import own
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers


@never_cache
@keeps_typed
def detail(request: HttpRequest) -> HttpResponseBase:
    """Set how one reads."""
    user, given = own(request), typed(request)
    mine = queries.of(user)
    form = CareForm(given, care=mine)
    status = HTTPStatus.OK
    if request.method == HTTPMethod.POST:
        if form.is_valid():
            try:
                with refusing():
                    care.save(user=user, by=request.user, values=form.values)
            except TrackerError as error:
                form.refuse(error)
                status = HTTPStatus(error.status)
            else:
                messages.success(request, "Saved. Nobody else sees it.")
                return HttpResponseRedirect(reverse("care"), status=HTTPStatus.SEE_OTHER)
        else:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "account/care.html", {"form": form, "reviews": role_of(request.user) >= Role.REVIEWER}, status=status)


@keeps_typed
@for_reviewers
def advisory(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Set the advisory of a record."""
    paper = _paper(request, public_id)
    require(request.user, Action.SET_ADVISORY, paper)
    given = typed(request)
    sent = request.method == HTTPMethod.POST
    kept = {"advisory": given.get("advisory"), "topics": given.getlist("topics"), "reason": given.get("reason")} if given and not sent else None
    form = AdvisoryForm(given if sent else None, paper=paper, initial=kept)
    status = HTTPStatus.OK
    if sent and form.is_valid():
        try:
            with refusing():
                papers.set_advisory(
                    paper=paper,
                    level=form.cleaned_data["advisory"],
                    topics=form.cleaned_data["topics"],
                    by=request.user,
                    reason=form.cleaned_data["reason"],
                )
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
        else:
            messages.success(request, "The advisory is set.")
            return HttpResponseRedirect(paper.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    elif sent:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    return render(request, "papers/advisory.html", {"form": form, "paper": paper}, status=status)


@for_reviewers
@require_POST
def approve_link(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Let the address of a record be a link."""
    paper = _paper(request, public_id)
    papers.approve_link(paper=paper, url=request.POST.get("url", ""), by=request.user)
    messages.success(request, f"Addresses on {host_of(paper.url)} in this record are a link now.")
    return HttpResponseRedirect(paper.get_absolute_url(), status=HTTPStatus.SEE_OTHER)


def _paper(request: HttpRequest, public_id: str) -> Paper:
    paper: Paper | None = Paper.objects.visible_to(request.user).filter(public_id=public_id).first()
    if paper is None:
        raise Http404
    fairness.look(request.user, [paper])
    return paper
