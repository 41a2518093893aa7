"""The tags and filters of our templates: icons, words of the codebook, short forms of names and dates."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import cache
from typing import Any, Protocol

from django import template
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template import Context, TemplateDoesNotExist
from django.template.defaultfilters import date as format_date
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from problems.codebook import Term, codebook
from problems.links import host_of, is_link
from problems.models import Submission, Team, User
from problems.permissions import Action, shown_name, shown_reviewer
from problems.queries import care, fairness
from problems.queries.care import Advice, advice_of
from problems.queries.teams import teams_of
from problems.records import PersonName

register = template.Library()

ICON_NAME = re.compile(r"[a-z0-9-]+")
NAMES_SHOWN, NAMES_CITED = 4, 2
TITLE_SHOWN = 40
HEAT = (1, 2, 5)  # from this many papers on, a count is shaded one step darker


class HasPeople(Protocol):
    """A paper, as far as a short name goes."""

    title: str

    @property
    def people(self) -> tuple[PersonName, ...]:
        """Authors, in order."""

    @property
    def year(self) -> int | None:
        """Year, where it is known."""


@register.simple_tag
@cache
def icon(name: str) -> str:
    """Draw the Lucide icon of this name, hidden from screen readers: a word stands beside it. Raises LookupError where there is none."""
    if ICON_NAME.fullmatch(name):
        with suppress(TemplateDoesNotExist):
            return get_template(f"icons/{name}.svg").render()
    message = f"There is no icon {name!r}."
    raise LookupError(message)


@register.simple_tag
def relation(value: str) -> Term:
    """Codebook entry of a relation; use with `as`."""
    return codebook().relations[value]


@register.simple_tag
def basis(value: str) -> Term:
    """Codebook entry of a basis of evidence; use with `as`."""
    return codebook().bases[value]


@register.simple_tag
def material(value: str) -> Term:
    """Codebook entry of whether a method needs harmful material; use with `as`."""
    return codebook().materials[value]


@register.simple_tag
def modality(value: str) -> Term:
    """Codebook entry of a modality; use with `as`."""
    return codebook().modalities[value]


@register.simple_tag
def state(value: str) -> Term:
    """Codebook entry of the state of a limitation; use with `as`."""
    return codebook().states[value]


@register.simple_tag
def reason(value: str) -> Term:
    """Codebook entry of a reason to decline; use with `as`."""
    return codebook().reasons[value]


@register.simple_tag
def states() -> list[Term]:
    """All states of a limitation, in their one order."""
    return list(codebook().states.values())


@register.simple_tag
def advisory(level: int) -> Term:
    """Codebook entry of a content advisory; use with `as`."""
    return codebook().advisories[str(level)]


@register.simple_tag
def topic(value: str) -> Term:
    """Codebook entry of a topic of advised records; use with `as`."""
    return codebook().topics[value]


@register.simple_tag(takes_context=True)
def folds(context: Context, level: Any, topics: Any = ()) -> bool:
    """Whether the reader of this page wants a text of this level and on these topics folded; use with `as`. One query a page, none for visitors."""
    request: Any = getattr(context, "request", None)
    if not level:
        return False
    if request is None:
        return care.folds(care.of(None), level, topics or ())
    if not hasattr(request, "care"):
        request.care = care.of(request.user)
    return care.folds(request.care, level, topics or ())


@register.simple_tag
def advice(submission: Submission) -> Advice:
    """What its texts are folded by, as `advisory` and `topics`; use with `as`. One query for an import."""
    return advice_of(submission)


@register.simple_tag
def link_out(url: str, approved: Any = False) -> bool:  # noqa: FBT002  # as a template says it
    """Whether an address is shown as a link; use with `as`."""
    return is_link(url or "", approved=bool(approved))


@register.filter
def host(url: str) -> str:
    """Host of an address, without www."""
    return host_of(url)


@register.simple_tag(takes_context=True)
def current(context: Mapping[str, Any], *names: str) -> SafeString | str:
    """Say `aria-current="page"` where the page is one of these URL names."""
    request: HttpRequest | None = context.get("request")
    match = request.resolver_match if request else None
    return format_html(' aria-current="{}"', "page") if match and match.view_name in names else ""


@register.simple_tag(takes_context=True)
def person(context: Context, someone: User | None) -> str:
    """Name of somebody as the reader of this page may see it, also in a component that is included with `only`."""
    request: HttpRequest | None = getattr(context, "request", None)
    return shown_name(request.user if request else AnonymousUser(), someone)


@register.simple_tag(takes_context=True)
def reviewer(context: Context, someone: User | None, submission: Submission) -> str:
    """Name of who reviewed `submission`, which queries.fairness has looked at, as the reader of this page may see it."""
    request: HttpRequest | None = getattr(context, "request", None)
    return shown_reviewer(request.user if request else AnonymousUser(), someone, submission)


@register.simple_tag(takes_context=True)
def can(context: Context, action: str, thing: object) -> bool:
    """Whether the reader of this page may do this to `thing`: the name of an action of permissions.py; use with `as`."""
    request: HttpRequest | None = getattr(context, "request", None)
    return not fairness.why_not(request.user if request else AnonymousUser(), Action[action], thing)


@register.simple_tag
def sign_in_by() -> list[tuple[str, str]]:
    """Where else one may have an account to log in by: id and name of each that is set up; use with `as`."""
    return [(name, {"orcid": "ORCID", "github": "GitHub"}[name]) for name in settings.SIGN_IN_BY]


@register.simple_tag(takes_context=True)
def my_teams(context: Context) -> list[Team]:
    """Teams that the reader of this page is in; use with `as`. One query."""
    request: HttpRequest | None = getattr(context, "request", None)
    return teams_of(request.user) if request else []


@register.filter
def age(value: datetime) -> str:
    """How long ago: in minutes, from an hour on in hours, from two days on in days."""
    minutes = max(0, int((timezone.now() - value).total_seconds() // 60))
    hours, days = minutes // 60, minutes // (24 * 60)
    return f"{days} d" if days > 1 else f"{hours} h" if hours else f"{minutes} min"


@register.filter
def hours_left(value: datetime) -> int:
    """Full hours until then."""
    return max(0, int((value - timezone.now()).total_seconds() // 3600))


@register.filter
def day(value: date | datetime | None) -> SafeString | str:
    """Show a day as 21 Nov 2026, in the time zone of the site."""
    if value is None:
        return ""
    if isinstance(value, datetime) and timezone.is_aware(value):
        value = timezone.localtime(value)
    return format_html('<time datetime="{}">{}</time>', format_date(value, "Y-m-d"), format_date(value, "j M Y"))


@register.filter
def paragraphs(text: str) -> list[str]:
    """Parts of a text that empty lines separate."""
    return [part for part in re.split(r"\n\s*\n", text.strip()) if part]


@register.filter
def short_code(code: str) -> str:
    """Code without its problem: L2 of P5.L2."""
    return code.rpartition(".")[2]


@register.filter
def heat(count: int) -> int:
    """How dark a count is shaded on the map, 0 to 3."""
    return sum(count >= step for step in HEAT)


def _family(name: PersonName) -> str:
    return name.literal or f"{name.particle} {name.family}".strip()


@register.filter
def authors_short(paper: HasPeople) -> str:
    """Family names: all up to four, else the first three and et al."""
    names = [_family(name) for name in paper.people]
    return ", ".join(names) if len(names) <= NAMES_SHOWN else f"{', '.join(names[: NAMES_SHOWN - 1])} et al."


@register.filter
def cited_as(paper: HasPeople) -> str:
    """Short name of a paper in running text: Kim et al. 2024."""
    names = [_family(name) for name in paper.people]
    if not names:
        who = Truncator(paper.title).chars(TITLE_SHOWN)
    elif len(names) > NAMES_CITED:
        who = f"{names[0]} et al."
    else:
        who = " and ".join(names)
    return f"{who} {paper.year}" if paper.year else who
