"""Who may see (a Q per model) and who may do (rules per action): the only place that says so. Every face and command asks here.

`by` and `user` are a User, an AnonymousUser, or None. None is the operator who runs a command on the host: whoever has the shell may do all.
Roles: a reader reads and suggests corrections; a contributor also hands in papers, tags and searches; a reviewer also sees what waits, decides
on others' work and restricts; a curator also changes any record, the catalogue, roles and visibility, and opens the admin.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import Exists, OuterRef, Q
from django.db.models.fields.json import KeyTextTransform

from problems.choices import EventKind, ReviewStatus, Role, SubmissionKind, SubmissionState, Visibility
from problems.errors import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from problems.models import User

type Actor = "User | AnonymousUser | None"

NOBODY = 0
NAMELESS = "a contributor"
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


def _handed_in(user: Actor, prefix: str) -> Q:
    """Papers of a submission of `user` or of somebody of a team of theirs: a record that waits already is joined, and then known."""
    if user is None or role_of(user) == NOBODY or not user.is_authenticated:
        return NONE
    return Q(**{f"{prefix}pk__in": user.submitted_papers()})


def visible_papers(user: Actor, prefix: str = "") -> Q:
    """Papers that `user` may know of; with `prefix` ("paper__") rows that hang on such a paper."""
    if role_of(user) >= Role.REVIEWER:
        return ~Q(**{f"{prefix}visibility": Visibility.MERGED})
    waits = Q(**{f"{prefix}visibility__in": (Visibility.WAITING, Visibility.DECLINED)})
    return Q(**{f"{prefix}visibility": Visibility.PUBLIC}) | waits & (_own(user, f"{prefix}logged_by") | _handed_in(user, prefix))


def visible_tags(user: Actor, prefix: str = "") -> Q:
    """Tags that `user` may know of: accepted ones and their own, on papers that they may know of."""
    if role_of(user) >= Role.REVIEWER:
        return visible_papers(user, f"{prefix}paper__")
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


def shown_name(user: Actor, person: "User | None") -> str:
    """Name of `person` as `user` may see it: hidden names are told to curators and to the person only."""
    hidden = person is None or (person.hide_name and role_of(user) < Role.CURATOR and (user is None or user.pk != person.pk))
    return NAMELESS if hidden else str(person)


def shown_reviewer(user: Actor, person: "User | None") -> str:
    """Name of `person`, who reviewed or changed a record, as `user` may see it: told to reviewers, as `shown_name` says, and to the person only."""
    mine = person is not None and user is not None and user.pk == person.pk
    return shown_name(user, person) if mine or role_of(user) >= Role.REVIEWER else "a reviewer"


def visible_searches(user: Actor, prefix: str = "") -> Q:
    """Searches that found nothing: accepted ones and their own."""
    if role_of(user) >= Role.REVIEWER:
        return ALL
    return Q(**{f"{prefix}status": ReviewStatus.ACCEPTED}) | _own(user, f"{prefix}by")


def visible_submissions(user: Actor, prefix: str = "") -> Q:
    """Submissions: one's own; those of one's teams while they are handed in; for reviewers all that ever were. Nobody sees another's draft."""
    if user is None:
        return ALL
    if role_of(user) == NOBODY or not user.is_authenticated:
        return NONE
    if role_of(user) >= Role.REVIEWER:
        others = ~Q(**{f"{prefix}state": SubmissionState.DRAFT})
    else:
        others = ~Q(**{f"{prefix}state__in": (SubmissionState.DRAFT, SubmissionState.WITHDRAWN)}) & _own(user, f"{prefix}contributor")
    return Q(**{f"{prefix}contributor": user}) | others


def visible_imports(user: Actor) -> Q:
    """Imports of files: one's own and those of one's teams; for reviewers those whose records were handed in.

    An entry that is known tells of a record that its sender may know of. So nobody sees the import of a colleague who sees more than they do:
    of a reviewer, or of somebody who is in a team that they are not in.
    """
    if user is None:
        return ALL
    if role_of(user) == NOBODY or not user.is_authenticated:
        return NONE
    if role_of(user) >= Role.REVIEWER:
        return _own(user, "by") | Q(submission__isnull=False) & ~Q(submission__state=SubmissionState.DRAFT)
    foreign = user.teams.model.objects.exclude(pk__in=user.teams.values("pk"))
    return Q(by=user) | _own(user, "by") & Q(by__role__lt=Role.REVIEWER) & ~Q(by__teams__in=foreign)


def visible_declarations(user: Actor) -> Q:
    """What teams say that they work on: for everybody, while it holds; for members and curators what has ended, too."""
    if role_of(user) >= Role.CURATOR:
        return ALL
    mine = NONE if user is None or not user.is_authenticated else Q(team__members=user.pk)
    return Q(ended_at=None) | mine


def visible_teams(user: Actor) -> Q:
    """Teams: all, with what they have on record. Who is in one is told to its members and to curators only: see `may_see_members`."""
    _ = user
    return ALL


def may_see_members(user: Actor, members: "Iterable[int]") -> bool:
    """Whether `user` may know who the `members` (keys) of a team are."""
    return role_of(user) >= Role.CURATOR or (user is not None and user.is_authenticated and user.is_active and user.pk in set(members))


def visible_restricted(user: Actor) -> Q:
    """Restricted texts of tags: reviewers all, others none."""
    return ALL if role_of(user) >= Role.REVIEWER else NONE


UNTOLD = (EventKind.RESTRICTED, EventKind.TEXT_RESTRICTED, EventKind.DECLINED, EventKind.UNDONE, EventKind.UNMERGED)


def _merge_undone() -> Q:
    """Entries of a merge that was undone: the other record may be one that was out of sight, and is again."""
    stands = apps.get_model("problems", "Merge").objects.filter(undone_at=None, at__lte=OuterRef("at")).order_by()
    kept = stands.filter(kept=OuterRef("paper"), merged__public_id=KeyTextTransform("merged", OuterRef("after")))
    merged = stands.filter(merged=OuterRef("paper"), kept__public_id=KeyTextTransform("merged_into", OuterRef("after")))
    return Q(kind=EventKind.MERGED) & ~Exists(kept) & ~Exists(merged)


def visible_events(user: Actor) -> Q:
    """Entries of the record: curators all; others those on the catalogue, and on papers, tags and submissions that they may know of."""
    if role_of(user) >= Role.CURATOR:
        return ALL
    on_paper = visible_papers(user, "paper__") | Q(paper__visibility=Visibility.MERGED) & visible_papers(user, "paper__merged_into__")
    about_paper = on_paper & Q(paper__isnull=False) & (Q(tag__isnull=True) | visible_tags(user, "tag__"))
    if role_of(user) < Role.REVIEWER:  # that something was out of sight for a while, or was declined at first, is nobody else's to know
        restricted_once = Q(kind=EventKind.PUBLISHED, before__visibility=Visibility.RESTRICTED.value)
        about_paper &= ~Q(kind__in=UNTOLD) & ~restricted_once & ~_merge_undone()
    about_submission = visible_submissions(user, "submission__") & Q(submission__isnull=False)
    return Q(about_catalogue=True) | about_paper | about_submission


class Action(StrEnum):
    """What somebody may want to do."""

    HAND_IN = "hand this in"
    CHANGE_SUBMISSION = "change this submission"
    APPEAL = "appeal this decision"
    REVIEW = "review this submission"
    RELEASE_CLAIM = "end this claim"
    UNDO_REVIEW = "undo this decision"
    RESTRICT = "restrict this"
    UNRESTRICT = "lift this restriction"
    SET_METHOD = "decide on the method of this paper"
    CORRECT = "correct this"
    LOG_PAPER = "log a paper"
    CHANGE_PAPER = "change this paper"
    ACCEPT_PAPER = "accept this paper"
    SET_VISIBILITY = "set who may see this paper"
    TAG_PAPER = "tag this paper"
    CHANGE_TAG = "change this tag"
    DECIDE_TAG = "decide on this tag"
    LOOK_UP = "look papers up"
    LOG_SEARCH = "log a search"
    CHANGE_SEARCH = "change this search"
    DECIDE_SEARCH = "decide on this search"
    CHANGE_CATALOGUE = "change the catalogue"
    CHANGE_PEOPLE = "change accounts and roles"
    CHANGE_OWN_ACCOUNT = "change this account"
    IMPORT_PAPERS = "import papers"
    IMPORT_FILE = "import a file"
    SETTLE_IMPORT = "settle an entry of this import"
    MERGE = "merge these records"
    MAKE_TEAM = "make a team"
    LEAD_TEAM = "change this team"
    SPEAK_FOR_TEAM = "do this for the team"
    CONTACT_TEAM = "write to this team"
    INVITE = "invite people"
    MAKE_TOKEN = "make a token for this account"  # noqa: S105  # no secret


type Rule = Callable[[Actor, Any], str]
"""Given who and what, the reason of a refusal, or an empty text. It reads facts that are on the object and asks no database."""


def _at_least(role: Role) -> Rule:
    def rule(by: Actor, _thing: object) -> str:
        return "" if role_of(by) >= role else f"This needs the role {role.label.lower()}."

    return rule


def _owner(owner: str) -> Rule:
    def rule(by: Actor, thing: object) -> str:
        return "" if by is not None and by.pk is not None and getattr(thing, f"{owner}_id") == by.pk else "Only who handed it in may do this."

    return rule


def _kind_allowed(by: Actor, thing: Any) -> str:
    """Anyone signed in suggests a correction; the rest is for contributors."""
    return _at_least(Role.READER if thing.kind == SubmissionKind.CORRECTION else Role.CONTRIBUTOR)(by, thing)


DECIDED_ON = "It was decided on. Suggest a correction instead."


def _while_it_waits(by: Actor, paper: Any) -> str:
    """A record that is public is changed by curators, or by a suggestion that a reviewer decides on."""
    waits = paper.visibility in {Visibility.WAITING, Visibility.DECLINED}
    return "" if waits or role_of(by) >= Role.CURATOR else DECIDED_ON


def _undecided(owner: str) -> Rule:
    """What was decided on is changed by others than who said it, curators included."""

    def rule(by: Actor, thing: Any) -> str:
        mine = by is not None and getattr(thing, f"{owner}_id") == by.pk
        return DECIDED_ON if mine and thing.status != ReviewStatus.PROPOSED else ""

    return rule


def _not_appealed_against(by: Actor, thing: Any) -> str:
    mine = by is not None and by.pk is not None and thing.appealed_against_id == by.pk
    return "An appeal goes to somebody else than who decided." if mine else ""


def _holder_or_curator(by: Actor, thing: Any) -> str:
    mine = by is not None and by.pk is not None and thing.claimed_by_id == by.pk
    return "" if mine or role_of(by) >= Role.CURATOR else "Only who holds it, or a curator, may do this."


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


def _not_own_thing(by: Actor, thing: Any) -> str:
    """A correction of a tag or a record is not for who handed that in."""
    return _not_own("contributor" if hasattr(thing, "contributor_id") else "logged_by")(by, thing)


def _self(by: Actor, thing: Any) -> str:
    return "" if by is not None and thing.pk is not None and thing.pk == by.pk else "An account is changed by its owner."


def _self_or_operator(by: Actor, thing: Any) -> str:
    return "" if by is None else _self(by, thing)


def _leads(by: Actor, team: Any) -> str:
    """`leads` and `people` are keys that the service has put on the team."""
    return "" if role_of(by) >= Role.CURATOR or (by is not None and by.pk in team.leads) else "Only a lead of the team, or a curator, may do this."


def _member(by: Actor, team: Any) -> str:
    return "" if by is not None and by.pk in team.people else "Only a member of the team may do this."


RULES: dict[Action, tuple[Rule, ...]] = {
    Action.HAND_IN: (_owner("contributor"), _kind_allowed),
    Action.CHANGE_SUBMISSION: (_owner("contributor"),),
    Action.APPEAL: (_owner("contributor"),),
    Action.REVIEW: (_at_least(Role.REVIEWER), _not_own("contributor"), _not_appealed_against),
    Action.RELEASE_CLAIM: (_at_least(Role.REVIEWER), _holder_or_curator),
    Action.UNDO_REVIEW: (_at_least(Role.REVIEWER), _owner("reviewer")),
    Action.RESTRICT: (_at_least(Role.REVIEWER),),
    Action.UNRESTRICT: (_at_least(Role.REVIEWER), _not_own("contributor")),
    Action.CORRECT: (_at_least(Role.REVIEWER), _not_own_thing),
    Action.SET_METHOD: (_at_least(Role.REVIEWER),),  # whose proposal it is, REVIEW asks
    Action.LOG_PAPER: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_PAPER: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("logged_by"), _while_it_waits),
    Action.ACCEPT_PAPER: (_at_least(Role.REVIEWER), _not_own("logged_by")),
    Action.SET_VISIBILITY: (_at_least(Role.CURATOR), _not_own("logged_by")),
    Action.TAG_PAPER: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_TAG: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("contributor"), _undecided("contributor")),
    Action.DECIDE_TAG: (_at_least(Role.REVIEWER), _not_own("contributor")),
    Action.LOOK_UP: (_at_least(Role.READER),),
    Action.LOG_SEARCH: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_SEARCH: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("by"), _undecided("by")),
    Action.DECIDE_SEARCH: (_at_least(Role.REVIEWER), _not_own("by")),
    Action.CHANGE_CATALOGUE: (_at_least(Role.CURATOR),),
    Action.CHANGE_PEOPLE: (_at_least(Role.CURATOR),),
    Action.CHANGE_OWN_ACCOUNT: (_self,),
    Action.IMPORT_PAPERS: (_at_least(Role.CURATOR),),
    Action.IMPORT_FILE: (_at_least(Role.CONTRIBUTOR),),
    Action.SETTLE_IMPORT: (_at_least(Role.CONTRIBUTOR), _owner("by")),
    Action.MERGE: (_at_least(Role.CURATOR),),
    Action.MAKE_TEAM: (_at_least(Role.CURATOR),),
    Action.LEAD_TEAM: (_leads,),
    Action.SPEAK_FOR_TEAM: (_at_least(Role.CONTRIBUTOR), _member),
    Action.CONTACT_TEAM: (_at_least(Role.CONTRIBUTOR),),
    Action.INVITE: (_at_least(Role.CURATOR),),
    Action.MAKE_TOKEN: (_self_or_operator,),
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
