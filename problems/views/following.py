"""What somebody follows: the buttons, the list, and the secret address of their feed."""

from http import HTTPMethod, HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from problems.models import FollowingFeed
from problems.pagination import CURSOR, address, paginate
from problems.queries import following as queries
from problems.services import following as service
from problems.views.keeping import keeps_typed, typed

TARGET_LIMIT = 80


@never_cache
@keeps_typed
def index(request: HttpRequest) -> HttpResponse:
    """What they follow, and their feed: `do=feed` makes it, or another address for it, `do=end` ends it."""
    by: Any = request.user
    status, secret = HTTPStatus.OK, ""
    if request.method == HTTPMethod.POST:
        if request.POST.get("do") == "feed":
            secret, status = service.renew_feed(by=by), HTTPStatus.CREATED
        else:
            if request.POST.get("do") == "end":
                service.end_feed(by=by)
                messages.success(request, "The feed is ended.")
            return HttpResponseRedirect(request.path, status=HTTPStatus.SEE_OTHER)
    rows = queries.watches(by)
    page = paginate(rows, queries.LATEST, cursor=request.GET.get(CURSOR, ""))
    context = {
        "rows": page.rows,
        "total": rows.count(),
        "has_feed": FollowingFeed.objects.filter(user=by).exists(),
        "shown": [{"name": "feed", "label": "Address", "text": f"{settings.SITE_URL}{reverse('feed-following', args=[secret])}"}] if secret else [],
        "previous_url": address(request.path, request.GET, page.previous),
        "next_url": address(request.path, request.GET, page.next),
    }
    return render(request, "following/index.html", context, status=status)


@keeps_typed
def follow(request: HttpRequest) -> HttpResponse:
    """Follow something, or follow it no more: `follow` or `unfollow` is a code, or team: and a slug. After a log-in, ask once more."""
    by: Any = request.user
    given = typed(request)
    values = request.GET if given is None else given
    ends = bool(values.get("unfollow"))
    target = (values.get("unfollow") or values.get("follow") or "")[:TARGET_LIMIT]
    thing = queries.found(target) if "\0" not in target else None
    if thing is None:
        raise Http404
    if request.method == HTTPMethod.POST:
        if ends:
            service.unfollow(thing=thing, by=by)
            messages.success(request, "You follow this no more.")
        else:
            service.follow(thing=thing, by=by)
            messages.success(request, "You follow this. What happens to it is told under Notifications.")
        to = reverse("following") if request.POST.get("from") == "list" else thing.get_absolute_url()
        return HttpResponseRedirect(to, status=HTTPStatus.SEE_OTHER)
    return render(request, "following/follow.html", {"thing": thing, "target": target, "ends": ends})
