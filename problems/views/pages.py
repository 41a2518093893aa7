"""Pages about the map, and what machines ask for: colours, robots.txt, security.txt."""

import hashlib
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response

from problems.choices import Target
from problems.codebook import codebook
from problems.models import Agenda, ChallengeType, Phase
from problems.models.catalogue import COLOUR, SLUG
from problems.views.asking import of_agenda, reads

GROUPS = {
    Target.EXISTING_WORK: "Relations to existing work",
    Target.LIMITATION: "Relations to a limitation",
    Target.CALL: "Relation to a call to action",
    Target.PROBLEM: "Relation to a problem as a whole",
}
BARRED = ("/api/", "/admin/", "/accounts/", "/account/", "/log/", "/review/", "/my/")
SECURITY_VALID = timedelta(days=180)


@reads
def words(request: HttpRequest) -> HttpResponse:
    """The codebook."""
    book = codebook()
    groups = [
        {"key": key.value, "label": label, "entries": [term for term in book.relations.values() if term.group == key]}
        for key, label in GROUPS.items()
    ]
    context = {
        "relation_groups": groups,
        "bases": list(book.bases.values()),
        "states": list(book.states.values()),
        "materials": list(book.materials.values()),
        "modalities": list(book.modalities.values()),
        "advisories": list(book.advisories.values()),
        "topics": list(book.topics.values()),
        "reasons": list(book.reasons.values()),
    }
    return render(request, "codebook/index.html", context)


@of_agenda
def about(request: HttpRequest, agenda: Agenda) -> HttpResponse:
    """What the map is, who words it, how to tell us of an error, where to report harmful material."""
    return render(request, "about/index.html", {"agenda": agenda, "contact": settings.CONTACT, "version": "", "guidance": settings.REPORT_GUIDANCE})


@reads
def theme(request: HttpRequest) -> HttpResponseBase:
    """The colours of phases and challenge types as a style sheet. What is no colour or slug is left out, whoever wrote it."""
    lines = [
        f".phase-{each.slug}{{--hue:light-dark({each.colour},{each.colour_dark});--hue-soft:light-dark({each.soft},{each.soft_dark})}}\n"
        for each in Phase.objects.all()
        if _safe(each.slug, each.colour, each.colour_dark, each.soft, each.soft_dark)
    ]
    lines += [
        f".challenge-{each.slug}{{--hue:light-dark({each.colour},{each.colour_dark})}}\n"
        for each in ChallengeType.objects.all()
        if _safe(each.slug, each.colour, each.colour_dark)
    ]
    sheet = "".join(lines)
    etag = f'"{hashlib.sha256(sheet.encode()).hexdigest()[:32]}"'
    response = HttpResponse(sheet, content_type="text/css; charset=utf-8", headers={"ETag": etag})
    return get_conditional_response(request, etag=etag, response=response) or response


def _safe(slug: str, *colours: str) -> bool:
    try:
        SLUG(slug)
        for colour in colours:
            COLOUR(colour)
    except ValidationError:
        return False
    return True


@reads
def robots(_request: HttpRequest) -> HttpResponse:
    """What crawlers may not fetch, and where the public pages are listed."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in BARRED), "", f"Sitemap: {settings.SITE_URL}{reverse('sitemap')}", ""]
    return _text("\n".join(lines))


@reads
def security(_request: HttpRequest) -> HttpResponse:
    """Whom to tell of a hole (RFC 9116)."""
    contact = f"mailto:{settings.CONTACT}" if settings.CONTACT else f"{settings.SITE_URL}{reverse('about')}#misread"
    expires = (timezone.now() + SECURITY_VALID).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: en",
        f"Canonical: {settings.SITE_URL}{reverse('security')}",
        "",
    ]
    return _text("\n".join(lines))


def _text(text: str) -> HttpResponse:
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
