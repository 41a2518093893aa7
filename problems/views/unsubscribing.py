"""The link at the foot of every notification mail: mails of a kind are ended without a log-in."""

from http import HTTPMethod, HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from problems.choices import Pace
from problems.queries.notifications import labels
from problems.services import notifications as service


@csrf_exempt  # mail programs send the form of RFC 8058, which has no token; all that it can do is to end mails of whose address this is
@never_cache
@require_http_methods([HTTPMethod.GET, HTTPMethod.HEAD, HTTPMethod.POST])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Show which mails the link ends; POST ends them. A look at the page ends nothing: mail programs look at links by themselves."""
    named = service.named_by(token)
    status, done = HTTPStatus.OK if named else HTTPStatus.NOT_FOUND, False
    if named and request.method == HTTPMethod.POST:
        user, subjects = named
        service.set_paces(by=user, paces=dict.fromkeys(subjects, Pace.NONE.value))
        done = True
    response = render(request, "notifications/unsubscribe.html", {"kinds": labels(named[1]) if named else [], "done": done}, status=status)
    response.headers["Referrer-Policy"] = "no-referrer"  # the address is a secret
    return response
