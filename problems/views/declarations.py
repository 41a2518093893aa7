"""What teams say that they work on: declared, said otherwise, ended."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from problems.errors import Refused, TrackerError
from problems.forms.teams import DeclarationForm, DeclareForm
from problems.models import Declaration, Team
from problems.permissions import Action, why_not
from problems.queries import targets
from problems.queries.teams import teams_of, with_people
from problems.services import declarations as service
from problems.views.keeping import keeps_typed, typed

NO_TEAM = "You are in no team. A lead of a team gives out the link by which one joins."


@keeps_typed
def declare(request: HttpRequest) -> HttpResponse:
    """Say that a team of one's own works on a statement or a call: `on` is its code, `team` a slug."""
    by: Any = request.user
    teams = [with_people(team) for team in teams_of(by)]
    if not teams:
        title = f"You may not {Action.SPEAK_FOR_TEAM.value}."
        raise Refused(title, NO_TEAM)
    if reason := why_not(by, Action.SPEAK_FOR_TEAM, teams[0]):  # the same for each
        title = f"You may not {Action.SPEAK_FOR_TEAM.value}."
        raise Refused(title, reason)
    given = typed(request)
    on = (given.get("target", "") if given else request.GET.get("on", "")).strip().upper()[:20]
    form = DeclareForm(given, teams=teams, initial={"target": on, "team": request.GET.get("team", "")})
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == HTTPMethod.POST else HTTPStatus.OK
    if form.is_valid() and request.method == HTTPMethod.POST:
        data = form.cleaned_data
        team = next(team for team in teams if team.slug == data["team"])
        try:
            made = service.declare(team=team, target=data["target"].upper(), sentence=data["sentence"], until=data["until"], by=by)
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "Declared. It is shown beside the state, and ends by itself.")
            return HttpResponseRedirect(_target(made), status=HTTPStatus.SEE_OTHER)
    return render(request, "teams/declare.html", {"form": form, "thing": targets.by_code([on]).get(on) if on else None, "code": on}, status=status)


@keeps_typed
def detail(request: HttpRequest, public_id: str) -> HttpResponse:
    """One declaration, for who may say it otherwise or end it; for others there is no such page."""
    by: Any = request.user
    rows = Declaration.objects.visible_to(by).on_map().select_related("team", "statement__problem", "call")
    declaration = rows.filter(public_id=public_id).first()
    if declaration is None:
        raise Http404
    team: Team = with_people(declaration.team)
    speaks, leads = not why_not(by, Action.SPEAK_FOR_TEAM, team), not why_not(by, Action.LEAD_TEAM, team)
    if not (speaks or leads):
        raise Http404
    given = typed(request)
    ends = given is not None and given.get("do") == "end"
    form = DeclarationForm(None if ends else given, initial={"sentence": declaration.sentence, "until": declaration.until})
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == HTTPMethod.POST else HTTPStatus.OK
    if request.method == HTTPMethod.POST and (ends or form.is_valid()):
        try:
            if ends:
                service.end(declaration=declaration, by=by)
            else:
                service.change(declaration=declaration, sentence=form.cleaned_data["sentence"], until=form.cleaned_data["until"], by=by)
        except TrackerError as error:
            if ends:
                raise
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "The declaration has ended." if ends else "Saved.")
            return HttpResponseRedirect(reverse("team", args=[team.slug]), status=HTTPStatus.SEE_OTHER)
    context = {"declaration": declaration, "form": form, "speaks": speaks, "target_url": _target(declaration)}
    return render(request, "teams/declaration.html", context, status=status)


def _target(declaration: Declaration) -> str:
    """Where it is shown."""
    thing = declaration.statement or declaration.call
    return thing.get_absolute_url() if thing else "/"
