"""Teams: the list, what each has on record, its people for who is in it, the link by which one joins, and a message to its leads."""

from collections.abc import Callable
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from problems.errors import TrackerError
from problems.forms.teams import ContactForm, NewTeamForm, TeamForm
from problems.models import Team, TeamInvitation, User
from problems.pagination import CURSOR, Ordering, address, paginate
from problems.permissions import Action, may_see_members, require, why_not
from problems.queries import teams as queries
from problems.queries.following import followed
from problems.services import teams as service
from problems.views.asking import Query, reads
from problems.views.keeping import keeps_typed, typed

SIZE = 25
MADE = Ordering("made", "Made last", ("-created", "public_id"))
SHOWN = ("papers", "searches")
OPEN_SHOWN = 50


@reads
def index(request: HttpRequest) -> HttpResponse:
    """Teams by name."""
    rows = queries.listed(request.user)
    page = paginate(rows, queries.BY_NAME, cursor=request.GET.get(CURSOR, ""))
    context = {
        "rows": page.rows,
        "total": rows.count(),
        "may_make": not why_not(request.user, Action.MAKE_TEAM, Team()),
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "teams/index.html", context)


@reads
def detail(request: HttpRequest, slug: str) -> HttpResponse:
    """What a team has on record, for everybody: its accepted papers and tags, its searches, what it works on. Never who is in it."""
    team = _team(request, slug)
    asked = Query(request)
    show = asked.one_of("show", "Show", SHOWN, target="record", default="papers")
    papers, searches = queries.papers_of(team), queries.searches_of(team)
    found: Any = papers.for_lists() if show == "papers" else searches  # type: ignore[attr-defined]  # a queryset of papers
    page = paginate(found, MADE, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    counts = {"papers": papers.count(), "searches": searches.count()}
    tags: dict[int, list[Any]] = {}
    if show == "papers":
        for tag in queries.tags_of(team).filter(paper__in=page.rows).for_lists().order_by("pk"):  # type: ignore[attr-defined]  # of tags
            tags.setdefault(tag.paper_id, []).append(tag)
    speaks = not why_not(request.user, Action.SPEAK_FOR_TEAM, team)
    context = {
        "team": team,
        "tag_total": queries.tags_of(team).count(),
        "working": list(queries.declared_by(team)),
        "member": may_see_members(request.user, team.people),
        "speaks": speaks,
        "follows": request.user.is_authenticated,
        "followed": ("team", team.pk) in followed(request.user),
        "may_end": speaks or not why_not(request.user, Action.LEAD_TEAM, team),
        "show": show,
        "tabs": [(name, name.capitalize(), asked.address("record", show="" if name == "papers" else name), counts[name]) for name in SHOWN],
        "rows": [{"paper": row, "tags": tags.get(row.pk, [])} for row in page.rows] if show == "papers" else page.rows,
        "shown": len(page.rows),
        "total": counts[show],
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return asked.answer("teams/detail.html", context)


@keeps_typed
def make(request: HttpRequest) -> HttpResponse:
    """A new team, by a curator."""
    require(request.user, Action.MAKE_TEAM, Team())
    form = NewTeamForm(typed(request))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == HTTPMethod.POST else HTTPStatus.OK
    if form.is_valid() and request.method == HTTPMethod.POST:
        email = form.cleaned_data["lead"].lower()
        leads = list(User.objects.filter(email=email, is_active=True)) if email else []
        if email and not leads:
            form.add_error("lead", "There is no open account with this address. Leave it empty and make a link for the lead.")
        else:
            try:
                team = service.make(name=form.cleaned_data["name"], about=form.cleaned_data["about"], leads=leads, by=request.user)
            except TrackerError as error:
                form.refuse(error)
            else:
                messages.success(request, "The team is made.")
                return HttpResponseRedirect(reverse("team-people", args=[team.slug]), status=HTTPStatus.SEE_OTHER)
    return render(request, "teams/make.html", {"form": form}, status=status)


@never_cache
@keeps_typed
def people(request: HttpRequest, slug: str) -> HttpResponse:
    """Who is in a team, for who is in it and curators; leads change it here. For anybody else there is no such page."""
    team = _team(request, slug)
    if not may_see_members(request.user, team.people):
        raise Http404
    given = typed(request)
    do, _, value = (given.get("do", "") if given else "").partition(":")
    form = TeamForm(given if do == "change" else None, initial={"name": team.name, "about": team.about})
    status, secret = HTTPStatus.OK, ""
    if request.method == HTTPMethod.POST:
        if do == "invite":
            secret = service.invite(team=team, as_lead=value == "lead", by=request.user)
            status = HTTPStatus.CREATED
        elif do == "change":
            require(request.user, Action.LEAD_TEAM, team)
            if form.is_valid() and _changed(request, team, form):
                return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
            status = HTTPStatus.UNPROCESSABLE_ENTITY
        else:
            return _act(request, team, do, value)
    context = {
        "team": team,
        "form": form,
        "leads": not why_not(request.user, Action.LEAD_TEAM, team),
        "speaks": not why_not(request.user, Action.SPEAK_FOR_TEAM, team),
        "mine": request.user.pk in team.people,
        "members": list(queries.members_of(team)),
        "offers": _open(team),
        "shown": [{"name": "link", "label": "Link", "text": service.link(secret)}] if secret else [],
        "as_lead": value == "lead",
        "days": service.DAYS,
    }
    return render(request, "teams/people.html", context, status=status)


def _changed(request: HttpRequest, team: Team, form: TeamForm) -> bool:
    try:
        service.change(team=team, name=form.cleaned_data["name"], about=form.cleaned_data["about"], by=request.user)
    except TrackerError as error:
        form.refuse(error)
        return False
    messages.success(request, "Saved.")
    return True


def _act(request: HttpRequest, team: Team, do: str, value: str) -> HttpResponse:
    """One press of a button, then the page anew. What is refused is told by a page of its own."""
    by: Any = request.user

    def of_member(write: Callable[[User], object]) -> None:
        write(get_object_or_404(User, public_id=value, memberships__team=team))

    if do == "leave":
        service.leave(team=team, by=by)
        messages.success(request, f"You have left {team}.")
        return HttpResponseRedirect(team.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    if do == "withdraw":
        service.withdraw(offer=get_object_or_404(TeamInvitation.objects.select_related("team"), public_id=value, team=team), by=by)
        messages.success(request, "The link is withdrawn.")
    elif do == "remove":
        of_member(lambda user: service.remove(team=team, user=user, by=by))
        messages.success(request, "Taken out of the team.")
    elif do in {"lead", "member"}:
        of_member(lambda user: service.set_lead(team=team, user=user, is_lead=do == "lead", by=by))
        messages.success(request, "Saved.")
    return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)


@never_cache
@keeps_typed
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Join the team that a link is for. A look at the page does not use the link up."""
    by: Any = request.user
    offer = service.find(secret)
    if offer is None:
        return _private(render(request, "teams/accept.html", status=HTTPStatus.NOT_FOUND))
    already = by.pk in offer.team.people
    if request.method == HTTPMethod.POST and not already:
        team = service.accept(secret=secret, by=by)
        messages.success(request, f"You are in {team} now.")
        return HttpResponseRedirect(reverse("team-people", args=[team.slug]), status=HTTPStatus.SEE_OTHER)
    status = HTTPStatus.CONFLICT if request.method == HTTPMethod.POST else HTTPStatus.OK
    return _private(render(request, "teams/accept.html", {"offer": offer, "already": already}, status=status))


def _private(response: HttpResponse) -> HttpResponse:
    response.headers["Referrer-Policy"] = "strict-origin"  # the address is a secret; without any referrer, the form would be refused as forged
    return response


@keeps_typed
def contact(request: HttpRequest, slug: str) -> HttpResponse:
    """A message to the leads of a team, of whom nothing is told."""
    by: Any = request.user
    team = _team(request, slug)
    require(by, Action.CONTACT_TEAM, team)
    form = ContactForm(typed(request))
    status: int = HTTPStatus.UNPROCESSABLE_ENTITY if request.method == HTTPMethod.POST else HTTPStatus.OK
    if form.is_valid() and request.method == HTTPMethod.POST:
        try:
            service.contact(team=team, by=by, text=form.cleaned_data["text"], answer=form.cleaned_data["answer"])
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "Your message is on its way to the leads of the team.")
            return HttpResponseRedirect(team.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    return render(request, "teams/contact.html", {"team": team, "form": form}, status=status)


def _team(request: HttpRequest, slug: str) -> Team:
    """The team at this address, knowing its people."""
    return queries.with_people(get_object_or_404(Team.objects.visible_to(request.user), slug=slug))


def _open(team: Team) -> list[TeamInvitation]:
    """Links that may still be used."""
    offers = team.invitations.filter(accepted_at=None, withdrawn_at=None, expires__gt=timezone.now())
    return list(offers.select_related("invited_by")[:OPEN_SHOWN])
