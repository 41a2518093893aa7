"""Who may see (a Q per model) and who may do (rules per action): the only place that says so. Every face and command asks here.

`by` and `user` are a User, an AnonymousUser, or None. None is the operator who runs a command on the host: whoever has the shell may do all.
Roles: a reader reads; a contributor also logs papers and tags, and changes what they logged; a reviewer also sees what waits and decides
on others' work; a curator also changes any record, the catalogue, roles and visibility, and opens the admin.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from problems.choices import ReviewStatus, Role, Visibility
from problems.errors import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from problems.models import User

type Actor = "User | AnonymousUser | None"

NOBODY = 0
NONE = Q(pk__in=[])
ALL = ~NONE  # not Q(), which vanishes when it is joined by “or”


def role_of(user: Actor) -> int:
    """Role of `user` as a number that compares with Role; NOBODY for a visitor who is not signed in or whose account was closed."""
    if user is None:
        return Role.CURATOR
    return user.role if user.is_authenticated and user.is_active else NOBODY


def _own(user: Actor, field: str) -> Q:
    """Rows whose `field` is `user` or somebody of a team of theirs; no row for a visitor."""
    if user is None or role_of(user) == NOBODY or not user.is_authenticated:
        return NONE
    return Q(**{f"{field}__in": user.colleagues()})


def visible_papers(user: Actor, prefix: str = "") -> Q:
    """Papers that `user` may know of; with `prefix` ("paper__") rows that hang on such a paper."""
    if role_of(user) >= Role.REVIEWER:
        return ALL
    waiting = Q(**{f"{prefix}visibility": Visibility.WAITING}) & _own(user, f"{prefix}logged_by")
    return Q(**{f"{prefix}visibility": Visibility.PUBLIC}) | waiting


def visible_tags(user: Actor, prefix: str = "") -> Q:
    """Tags that `user` may know of: accepted ones and their own, on papers that they may know of."""
    if role_of(user) >= Role.REVIEWER:
        return ALL
    reviewed = Q(**{f"{prefix}status": ReviewStatus.ACCEPTED}) | _own(user, f"{prefix}contributor")
    return reviewed & visible_papers(user, f"{prefix}paper__")


def on_map(prefix: str = "", *, retired: bool = False) -> Q:
    """Tags that count: accepted, on a public paper, and not (with `retired`: only) against a retired statement. The same for every reader."""
    return Q(
        **{
            f"{prefix}status": ReviewStatus.ACCEPTED,
            f"{prefix}paper__visibility": Visibility.PUBLIC,
            f"{prefix}statement__retired_on__isnull": not retired,
        }
    )


def visible_searches(user: Actor, prefix: str = "") -> Q:
    """Searches that found nothing: accepted ones and their own."""
    if role_of(user) >= Role.REVIEWER:
        return ALL
    return Q(**{f"{prefix}status": ReviewStatus.ACCEPTED}) | _own(user, f"{prefix}by")


def visible_events(user: Actor) -> Q:
    """Entries of the record: curators all; others those on the catalogue, and on papers and tags that they may know of."""
    if role_of(user) >= Role.CURATOR:
        return ALL
    about_paper = visible_papers(user, "paper__") & Q(paper__isnull=False) & (Q(tag__isnull=True) | visible_tags(user, "tag__"))
    return Q(about_catalogue=True) | about_paper


class Action(StrEnum):
    """What somebody may want to do."""

    LOG_PAPER = "log a paper"
    CHANGE_PAPER = "change this paper"
    ACCEPT_PAPER = "accept this paper"
    SET_VISIBILITY = "set who may see this paper"
    TAG_PAPER = "tag this paper"
    CHANGE_TAG = "change this tag"
    DECIDE_TAG = "decide on this tag"
    LOG_SEARCH = "log a search"
    CHANGE_SEARCH = "change this search"
    DECIDE_SEARCH = "decide on this search"
    CHANGE_CATALOGUE = "change the catalogue"
    CHANGE_PEOPLE = "change accounts and roles"
    CHANGE_OWN_ACCOUNT = "change this account"
    IMPORT_PAPERS = "import papers"


type Rule = Callable[[Actor, Any], str]
"""Given who and what, the reason of a refusal, or an empty text. It reads facts that are on the object and asks no database."""


def _at_least(role: Role) -> Rule:
    def rule(by: Actor, _thing: object) -> str:
        return "" if role_of(by) >= role else f"This needs the role {role.label.lower()}."

    return rule


def _owner_or_curator(owner: str) -> Rule:
    def rule(by: Actor, thing: object) -> str:
        mine = by is not None and by.pk is not None and getattr(thing, f"{owner}_id") == by.pk
        return "" if mine or role_of(by) >= Role.CURATOR else "Only who handed it in, or a curator, may do this."

    return rule


def _not_own(owner: str) -> Rule:
    def rule(by: Actor, thing: object) -> str:
        mine = by is not None and getattr(thing, f"{owner}_id") == by.pk
        return "Nobody decides on their own work. Somebody else has to." if mine else ""

    return rule


def _self(by: Actor, thing: Any) -> str:
    return "" if by is not None and thing.pk is not None and thing.pk == by.pk else "An account is changed by its owner."


RULES: dict[Action, tuple[Rule, ...]] = {
    Action.LOG_PAPER: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_PAPER: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("logged_by")),
    Action.ACCEPT_PAPER: (_at_least(Role.REVIEWER), _not_own("logged_by")),
    Action.SET_VISIBILITY: (_at_least(Role.CURATOR),),
    Action.TAG_PAPER: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_TAG: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("contributor")),
    Action.DECIDE_TAG: (_at_least(Role.REVIEWER), _not_own("contributor")),
    Action.LOG_SEARCH: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_SEARCH: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("by")),
    Action.DECIDE_SEARCH: (_at_least(Role.REVIEWER), _not_own("by")),
    Action.CHANGE_CATALOGUE: (_at_least(Role.CURATOR),),
    Action.CHANGE_PEOPLE: (_at_least(Role.CURATOR),),
    Action.CHANGE_OWN_ACCOUNT: (_self,),
    Action.IMPORT_PAPERS: (_at_least(Role.CURATOR),),
}


def why_not(by: Actor, action: Action, thing: object) -> str:
    """Reason why `by` may not do `action` to `thing`, or an empty text. `thing` is what it is done to, for a new one its unsaved instance."""
    if thing is None:
        message = f"To {action.value} is asked with the thing in hand."
        raise TypeError(message)
    return next((reason for rule in RULES[action] if (reason := rule(by, thing))), "")


def require(by: Actor, action: Action, thing: object) -> None:
    """Raise Refused, with the reason, unless `by` may do `action` to `thing`."""
    if reason := why_not(by, action, thing):
        title = f"You may not {action.value}."
        raise Refused(title, reason)
