"""Taking a record, or the text of a tag, out of sight of all but reviewers, and putting it back: each a page that says what follows, and asks why."""

from collections.abc import Callable
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render

from problems.errors import TrackerError
from problems.forms.reviews import ReasonForm
from problems.models import Paper, Tag
from problems.permissions import Action
from problems.queries import fairness
from problems.services import reviews, tags
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers


@keeps_typed
@for_reviewers
def restrict_paper(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """A record, for reviewers."""
    words = {
        "title": "Restrict this record",
        "consequence": "It leaves the map, lists, counts, searches, feeds, exports and the API for all but reviewers, and the states of its "
        "statements are derived without it. Who logs its identifier again is answered as for a new one. A curator can lift it.",
        "button": "Restrict it",
        "done": "The record is restricted.",
    }
    paper = _paper(request, public_id, Action.RESTRICT)
    return _ask(request, paper, words, lambda reason: reviews.restrict_paper(paper=paper, by=request.user, reason=reason))


@keeps_typed
@for_reviewers
def lift_paper(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The same undone, for curators."""
    words = {
        "title": "Lift the restriction of this record",
        "consequence": "Everybody sees it again, on the map, in lists, feeds, exports and the API, and its tags count.",
        "button": "Make it public",
        "done": "The record is public.",
    }
    paper = _paper(request, public_id, Action.SET_VISIBILITY)
    return _ask(request, paper, words, lambda reason: reviews.publish_paper(paper=paper, by=request.user, reason=reason))


@keeps_typed
@for_reviewers
def restrict_tag(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Rationale and locator of a tag, for reviewers."""
    words = {
        "title": "Restrict the text of this tag",
        "consequence": "Its rationale and locator are shown to reviewers only. The tag itself stays, and counts as before.",
        "button": "Restrict the text",
        "done": "The text is restricted.",
    }
    tag = _tag(request, public_id, Action.RESTRICT)
    return _ask(request, tag, words, lambda reason: tags.restrict_text(tag=tag, by=request.user, reason=reason))


@keeps_typed
@for_reviewers
def lift_tag(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """The same undone, for reviewers too."""
    words = {
        "title": "Show the text of this tag again",
        "consequence": "Its rationale and locator are shown to everybody who may see the tag.",
        "button": "Show the text",
        "done": "The text is shown again.",
    }
    tag = _tag(request, public_id, Action.UNRESTRICT)
    return _ask(request, tag, words, lambda reason: tags.unrestrict_text(tag=tag, by=request.user, reason=reason))


def _paper(request: HttpRequest, public_id: str, action: Action) -> Paper:
    paper: Paper | None = Paper.objects.visible_to(request.user).filter(public_id=public_id).first()
    if paper is None:
        raise Http404
    fairness.require(request.user, action, paper)
    return paper


def _tag(request: HttpRequest, public_id: str, action: Action) -> Tag:
    tag: Tag | None = Tag.objects.visible_to(request.user).for_lists().filter(public_id=public_id).first()
    if tag is None:
        raise Http404
    fairness.require(request.user, action, tag)
    return tag


def _ask(request: HttpRequest, thing: Paper | Tag, words: dict[str, str], write: Callable[[str], Any]) -> HttpResponseBase:
    """Ask for the reason, and write with it."""
    given = typed(request)
    sent = request.method == HTTPMethod.POST
    form = ReasonForm(given) if sent else ReasonForm(initial=given.dict() if given else None)
    status = HTTPStatus.OK
    if sent and form.is_valid():
        try:
            with refusing():
                write(form.cleaned_data["reason"])
        except TrackerError as error:
            form.refuse(error)
            status = HTTPStatus(error.status)
        else:
            messages.success(request, words["done"])
            return HttpResponseRedirect(thing.get_absolute_url())
    elif sent:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    paper = thing if isinstance(thing, Paper) else thing.paper
    return render(request, "review/restrict.html", {"form": form, "words": words, "thing": thing, "paper": paper}, status=status)
