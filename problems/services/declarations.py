"""Declarations: a team says that it works on a statement or a call, until a day. They move no state, and end by themselves."""

import re
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind
from problems.errors import Conflict, Invalid
from problems.models import CallToAction, Declaration, Statement, Team, User
from problems.permissions import Action, Actor, require, why_not
from problems.queries import targets
from problems.queries.teams import with_people
from problems.services import audit, changes
from problems.services.submissions import current

LONGEST = timedelta(days=365)
MOST = 20
_ADDRESS = re.compile(r"\S@\S|https?:|www\.|\w\.(?:com|org|net|io|edu|info)\b", re.IGNORECASE)


@transaction.atomic
def declare(*, team: Team, target: str, sentence: str, until: date, by: User) -> Declaration:
    """Say that a team works on a statement or a call, by its code. Raises Refused, Invalid, Conflict at the most that a team may have open."""
    fresh = _locked(team)
    require(by, Action.SPEAK_FOR_TEAM, fresh)
    thing = targets.by_code([target]).get(target)
    if not isinstance(thing, Statement | CallToAction):
        raise Invalid({"target": ["Write the code of a statement or a call, like P5.L2 or C3."]})
    if isinstance(thing, Statement):
        current(thing)
    declaration = Declaration(team=fresh, by=by, sentence=sentence, until=until)
    declaration.statement = thing if isinstance(thing, Statement) else None
    declaration.call = thing if isinstance(thing, CallToAction) else None
    _hold(declaration)
    now = timezone.now()
    Declaration.objects.filter(team=fresh, ended_at=None, until__lt=timezone.localdate()).update(ended_at=now)  # they have ended by themselves
    _validate(declaration)
    if Declaration.objects.on_map().filter(team=fresh).count() >= MOST:
        title = f"This team has {MOST} declarations open, the most there may be."
        raise Conflict(title, "End one first.")
    declaration.save()
    audit.record(EventKind.CREATED, declaration, by=by, after=audit.snapshot(declaration))
    return declaration


@transaction.atomic
def change(*, declaration: Declaration, sentence: str, until: date, by: User) -> Declaration:
    """Say it otherwise, or until another day. Raises Refused, Invalid, Conflict where it has ended."""
    fresh = _open(declaration)
    require(by, Action.SPEAK_FOR_TEAM, with_people(fresh.team))
    before = audit.snapshot(fresh)
    fresh.sentence, fresh.until = sentence, until
    _hold(fresh)
    _validate(fresh)
    if (after := audit.snapshot(fresh)) != before:
        fresh.save()
        audit.record(EventKind.CHANGED, fresh, by=by, before=before, after=after)
    return fresh


@transaction.atomic
def end(*, declaration: Declaration, by: Actor) -> None:
    """End it before its day: its team, or a curator. Raises Refused, Conflict where it has ended."""
    fresh = _open(declaration)
    if why_not(by, Action.LEAD_TEAM, with_people(fresh.team)):
        require(by, Action.SPEAK_FOR_TEAM, fresh.team)
    before = audit.snapshot(fresh)
    fresh.ended_at = timezone.now()
    fresh.save()
    audit.record(EventKind.WITHDRAWN, fresh, by=by, before=before, after=audit.snapshot(fresh))


def _locked(team: Team) -> Team:
    return with_people(Team.objects.select_for_update().get(pk=team.pk))


def _open(declaration: Declaration) -> Declaration:
    """The declaration as it is now, held until the end of the transaction. One whose day has passed, or whose statement is retired, has ended too."""
    fresh = Declaration.objects.on_map().select_for_update(of=("self",)).select_related("team").filter(pk=declaration.pk).first()
    if fresh is None:
        raise Conflict("This declaration has ended.", "Declare it anew.")
    return fresh


def _hold(declaration: Declaration) -> None:
    """Refuse a day that is past or too far, and addresses: people write to a team through the site."""
    today = timezone.localdate()
    faults: dict[str, list[str]] = {}
    if not today <= declaration.until <= today + LONGEST:
        faults["until"] = [f"Write a day from today to {today + LONGEST:%Y-%m-%d}: a declaration ends within a year."]
    if _ADDRESS.search(declaration.sentence):
        faults["sentence"] = ["Leave addresses out: people write to the team through this site."]
    if faults:
        raise Invalid(faults)


def _validate(declaration: Declaration) -> None:
    """Hold it against the rules of the model; what is declared already is told at the target."""
    try:
        changes.validate(declaration)
    except Invalid as error:
        raise Invalid({("target" if field in {"", "statement", "call"} else field): each for field, each in error.errors.items()}) from error
