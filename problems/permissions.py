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

from problems.choices import Audience, EventKind, OpinionState, ReviewStatus, Role, SubmissionKind, SubmissionState, Visibility
from problems.errors import Refused

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from problems.models import User

type Actor = "User | AnonymousUser | None"

NOBODY = 0
NAMELESS = "a contributor"
A_REVIEWER = "a reviewer"
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
        return ~Q(**{f"{prefix}visibility__in": (Visibility.MERGED, Visibility.TRASHED)})
    waits = Q(**{f"{prefix}visibility__in": (Visibility.WAITING, Visibility.DECLINED)})
    return Q(**{f"{prefix}visibility": Visibility.PUBLIC}) | waits & (_own(user, f"{prefix}logged_by") | _handed_in(user, prefix))


def visible_tags(user: Actor, prefix: str = "") -> Q:
    """Tags that `user` may know of: accepted ones and their own, on papers that they may know of."""
    kept = visible_papers(user, f"{prefix}paper__") & ~Q(**{f"{prefix}status": ReviewStatus.TRASHED})
    if role_of(user) >= Role.REVIEWER:
        return kept
    return kept & (Q(**{f"{prefix}status": ReviewStatus.ACCEPTED}) | _own(user, f"{prefix}contributor"))


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


def shown_reviewer(user: Actor, person: "User | None", submission: Any = None) -> str:
    """Name of `person`, who reviewed or changed a record, as `user` may see it: told to reviewers, as `shown_name` says, and to the person only.

    Of a `submission` that a reviewer may not decide on they are told no more than who handed it in; queries.fairness has looked at it before.
    """
    mine = person is not None and user is not None and user.pk == person.pk
    told = role_of(user) >= Role.REVIEWER and (submission is None or not out_of_reach(user, submission))
    return shown_name(user, person) if mine or told else A_REVIEWER


def out_of_reach(user: Actor, submission: Any) -> bool:
    """Whether it is their own, or `queries.fairness.look` has found that they may not decide on it."""
    return bool(_not_own("contributor")(user, submission) or _fair(user, submission))


def visible_searches(user: Actor, prefix: str = "") -> Q:
    """Searches that found nothing: accepted ones and their own."""
    kept = ~Q(**{f"{prefix}status": ReviewStatus.TRASHED})
    if role_of(user) >= Role.REVIEWER:
        return kept
    return kept & (Q(**{f"{prefix}status": ReviewStatus.ACCEPTED}) | _own(user, f"{prefix}by"))


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


# -- who may not decide, though their role would let them --

OF_TEAM = "It comes from a team that you are in. Somebody else has to decide on it."
AUTHORED = "You are an author of this work. Somebody else has to decide on it."
DECLARED = "You declared a conflict of interest here. Somebody else has to decide on it."
TOOK_PART = "You took part in the decision that is appealed. An appeal goes to somebody else."

# -- whose turn it is, while a second opinion is open --

FIRST = "You gave the first opinion. Somebody else gives the second."
ASKED_OF_ANOTHER = "A second opinion is asked of somebody else. If they cannot give it, who asked can take that back."
DIFFER = "Two reviewers differ on this submission. It is settled on a page of its own."


def _by_author(people: "Iterable[tuple[str, str, str]]") -> Q:
    """Authorships of these people: each an ORCID, or a family name and how the given names begin."""
    found = NONE
    for orcid, family, given in people:
        if orcid:
            found |= Q(orcid=orcid)
        elif family:
            found |= Q(family__iexact=family) & (Q(given__istartswith=given) if given else Q())
    return found


def _papers_by(people: "Iterable[tuple[str, str, str]]", prefix: str) -> Q:
    wrote = apps.get_model("problems", "Authorship").objects.filter(_by_author(people)).order_by()
    return Q(**{f"{prefix}pk__in": wrote.values("paper")})


def barred(user: "User", papers: "Iterable[str]", *, people: str, team: str = "") -> dict[str, Q]:
    """Rows on which `user` may not decide, by the reason: of their team, on work that they wrote, where they declared a conflict of interest.

    `papers` are the ways from a row to its papers ("paper__", "" for papers themselves), `people` the way to who handed it in ("contributor"),
    `team` to the team on whose behalf. Three queries beside the one that it is used in, once a request that reads. Their own work is `_not_own`'s.
    """
    declared, names = user.declared(), user.known_as()
    teams = [each["team"] for each in declared if each["team"]]
    theirs = Q(**{f"{people}__in": user.colleagues()}) & ~Q(**{people: user.pk})
    named = Q(**{f"{people}__teams__in": teams}) & ~Q(**{people: user.pk}) if teams else NONE
    if team:
        theirs |= Q(**{f"{team}__in": user.teams.values("pk")})
        named |= Q(**{f"{team}__in": teams}) if teams else NONE
    wrote, known = NONE, NONE
    authors = [(each["orcid"], each["family"], each["given"]) for each in declared if each["orcid"] or each["family"]]
    kept = {each[name] for each in declared for name in ("paper", "paper__merged_into")} - {None}
    for way in papers:
        wrote |= _papers_by(names, way)
        known |= _papers_by(authors, way) | Q(**{f"{way}pk__in": kept})
    return {AUTHORED: wrote, OF_TEAM: theirs, DECLARED: named | known}


def barred_submissions(user: "User") -> dict[str, Q]:
    """The same for submissions; of an appeal also those who took part in what is appealed."""
    reviews = apps.get_model("problems", "Review").objects.filter(submission=OuterRef("pk"), undone_at=None, at__lte=OuterRef("appealed_at"))
    opinions = apps.get_model("problems", "SecondOpinion").objects.filter(submission=OuterRef("pk"), closed_at__lte=OuterRef("appealed_at"))
    took = Q(Exists(reviews.filter(reviewer=user))) | Q(Exists(opinions.filter(Q(first=user) | Q(second=user) | Q(settled_by=user))))
    return {TOOK_PART: Q(appealed_at__isnull=False) & took, **barred(user, ("paper__", "paper__twin_of__"), people="contributor", team="team")}


def submissions_out_of_reach(user: "User") -> Q:
    """Submissions of one's own, and those that one may not decide on."""
    rows = Q(contributor=user)
    for rule in barred_submissions(user).values():
        rows |= rule
    return rows


def _out_of_reach(user: "User", prefix: str) -> Q:
    """Rows that hang on such a submission."""
    submissions = apps.get_model("problems", "Submission").objects.filter(submissions_out_of_reach(user)).order_by()
    return Q(**{f"{prefix}in": submissions.values("pk")})


# -- who may see what reviewers and curators work with --


def visible_messages(user: Actor) -> Q:
    """Messages: with the contributor, for all who may know of the submission; among reviewers, for those who may decide on it.

    While a second opinion is asked for, what the first reviewer says is told to no other reviewer: the second decides without it.
    """
    if user is None:
        return ALL
    if role_of(user) == NOBODY or not user.is_authenticated:
        return NONE
    told = Q(audience=Audience.CONTRIBUTOR) & visible_submissions(user, "submission__")
    if role_of(user) < Role.REVIEWER:
        return told & (Q(submission__paper=None) | visible_papers(user, "submission__paper__"))
    open_opinions = apps.get_model("problems", "SecondOpinion").objects.filter(state=OpinionState.ASKED)
    blind = Q(Exists(open_opinions.filter(submission=OuterRef("submission"), first=OuterRef("author")))) & ~Q(author=user)
    thrown = Q(submission__paper__visibility=Visibility.TRASHED)
    told &= ~blind | Q(submission__contributor=user)  # who handed it in is written to, and gives no opinion
    return (told | Q(audience=Audience.REVIEWERS) & ~_out_of_reach(user, "submission__") & ~blind) & ~thrown


def visible_opinions(user: Actor) -> Q:
    """Second opinions: for reviewers, but for those who may not decide. What is in them is asked of `may_see_rulings`."""
    if user is None or role_of(user) < Role.REVIEWER or not user.is_authenticated:
        return NONE
    return ~_out_of_reach(user, "submission__") & ~Q(submission__paper__visibility=Visibility.TRASHED)


def may_see_rulings(user: Actor, opinion: Any) -> bool:
    """Whether `user` may see what the first reviewer ruled, and who that is: themselves at once, others once the second has decided.

    What was taken back is nobody else's either: who took it back may ask again.
    """
    given = opinion.state in {OpinionState.AGREED, OpinionState.DIFFERENT, OpinionState.SETTLED}
    return given or (user is not None and user.pk == opinion.first_id)


def _blind(user: Actor, prefix: str = "") -> Q:
    """Entries that would say who gave the first opinion, while the second is asked for: told to nobody else."""
    told = (EventKind.OPINION_ASKED, EventKind.CLAIMED, EventKind.RELEASED, EventKind.ASSIGNED)
    opinions = apps.get_model("problems", "SecondOpinion").objects.filter(submission=OuterRef(f"{prefix}submission"), state=OpinionState.ASKED)
    if user is not None and user.pk is not None:
        opinions = opinions.exclude(first=user.pk)
    return Q(**{f"{prefix}kind__in": told}) & Q(Exists(opinions))


def _of_opinions(user: "User | AnonymousUser") -> Q:
    """Entries of what reviewers ask one another, of which those who may not decide on it hear nothing: they hear of the decision."""
    kinds = Q(kind__in=(EventKind.OPINION_ASKED, EventKind.OPINION_GIVEN, EventKind.SETTLED))
    return kinds & _out_of_reach(user, "submission__") if role_of(user) >= Role.REVIEWER and user.is_authenticated else kinds


def visible_interests(user: Actor) -> Q:
    """Conflicts of interest: one's own."""
    return NONE if user is None or role_of(user) == NOBODY or not user.is_authenticated else Q(user=user)


def visible_notifications(user: Actor) -> Q:
    """Notifications: one's own."""
    return visible_interests(user)


def visible_bulk_changes(user: Actor) -> Q:
    """What was done to many at once: one's own; for curators all."""
    if role_of(user) >= Role.CURATOR:
        return ALL
    return NONE if user is None or role_of(user) < Role.REVIEWER or not user.is_authenticated else Q(by=user)


def visible_assignments(user: Actor) -> Q:
    """What comes in for whom as a standing matter: for curators, since it may name a person who hides their name."""
    return ALL if role_of(user) >= Role.CURATOR else NONE


def visible_reviewers(user: Actor) -> Q:
    """Accounts that one can ask to review: for reviewers those who show their name, and themselves; for curators all."""
    if user is None or role_of(user) < Role.REVIEWER or not user.is_authenticated:
        return NONE
    reviewers = Q(role__gte=Role.REVIEWER, is_active=True)
    return reviewers if role_of(user) >= Role.CURATOR else reviewers & (Q(hide_name=False) | Q(pk=user.pk))


def visible_duplicates(user: Actor) -> Q:
    """Probable duplicates: for reviewers, as far as they may know of both records."""
    if role_of(user) < Role.REVIEWER:
        return NONE
    return visible_papers(user, "first__") & visible_papers(user, "second__")


def visible_trash(user: Actor) -> Q:
    """What was thrown away: for curators."""
    return ALL if role_of(user) >= Role.CURATOR else NONE


def visible_flags(user: Actor) -> Q:
    """Flags: for reviewers all; others their own."""
    if role_of(user) >= Role.REVIEWER:
        return ALL
    return NONE if user is None or role_of(user) == NOBODY or not user.is_authenticated else Q(by=user)


def visible_proposals(user: Actor) -> Q:
    """Proposed changes of the catalogue: for reviewers all; others their own."""
    return visible_flags(user)


def visible_reads(user: Actor) -> Q:
    """The log of restricted reads: for curators."""
    return visible_trash(user)


UNTOLD = (
    EventKind.RESTRICTED,
    EventKind.TEXT_RESTRICTED,
    EventKind.DECLINED,
    EventKind.UNDONE,
    EventKind.UNMERGED,
    EventKind.TRASHED,
    EventKind.RESTORED,
    EventKind.DISMISSED,
)


def _merge_undone() -> Q:
    """Entries of a merge that was undone: the other record may be one that was out of sight, and is again."""
    stands = apps.get_model("problems", "Merge").objects.filter(undone_at=None, at__lte=OuterRef("at")).order_by()
    kept = stands.filter(kept=OuterRef("paper"), merged__public_id=KeyTextTransform("merged", OuterRef("after")))
    merged = stands.filter(merged=OuterRef("paper"), kept__public_id=KeyTextTransform("merged_into", OuterRef("after")))
    return Q(kind=EventKind.MERGED) & ~Exists(kept) & ~Exists(merged)


def visible_events(user: Actor) -> Q:
    """Entries of the record: curators all; others those on the catalogue, and on papers, tags and submissions that they may know of."""
    if user is None:
        return ALL
    if role_of(user) >= Role.CURATOR:
        return ~_blind(user) & ~_of_opinions(user)
    on_paper = visible_papers(user, "paper__") | Q(paper__visibility=Visibility.MERGED) & visible_papers(user, "paper__merged_into__")
    there, of_tag = Q(paper__visibility__isnull=False), Q(tag__status__isnull=False)  # what was deleted for good is told to curators alone
    about_paper = on_paper & there & (Q(tag__isnull=True) | of_tag & visible_tags(user, "tag__"))
    if role_of(user) < Role.REVIEWER:  # that something was out of sight for a while, or was declined at first, is nobody else's to know
        restricted_once = Q(kind=EventKind.PUBLISHED, before__visibility=Visibility.RESTRICTED.value)
        about_paper &= ~Q(kind__in=UNTOLD) & ~restricted_once & ~_merge_undone()
    about_submission = visible_submissions(user, "submission__") & Q(submission__isnull=False) & ~_blind(user)
    about_submission &= ~_of_opinions(user)
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
    ASSIGN = "assign this submission"
    LEAVE = "leave this submission to others"
    ASSIGN_STANDING = "assign what comes in"
    BULK = "change many submissions at once"
    UNDO_BULK = "undo this change of many"
    ASK_OPINION = "ask for a second opinion"
    GIVE_OPINION = "give this second opinion"
    WITHDRAW_OPINION = "take this question back"
    SETTLE = "settle this difference"
    SEE_AGREEMENT = "see how far reviewers agree"
    DECLARE_INTEREST = "declare a conflict of interest"
    WRITE_MESSAGE = "write to the contributor"
    WRITE_TO_REVIEWERS = "write among reviewers"
    FOLLOW = "follow this"
    FLAG = "flag this entry"
    ANSWER_FLAG = "answer this flag"
    DISMISS_DUPLICATE = "say that these are two works"
    TRASH = "throw this away"
    RESTORE = "restore this"
    PROPOSE_CHANGE = "propose a change of the catalogue"
    WITHDRAW_CHANGE = "withdraw this proposal"
    PUBLISH_CHANGE = "publish this change of the catalogue"
    CONFIRM_STATEMENT = "say that this statement is still true"
    SET_ADVISORY = "set the advisory of this record"
    LOWER_ADVISORY = "lower the advisory of this record"
    APPROVE_LINK = "approve this link"
    READ_LOG = "read the log of restricted reads"
    SET_CARE = "set how this is read"
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


def _owner_or_reviewer(by: Actor, submission: Any) -> str:
    """A contributor writes about what they handed in, a reviewer about what they may decide on."""
    mine = by is not None and by.pk is not None and submission.contributor_id == by.pk
    return "" if mine else _at_least(Role.REVIEWER)(by, submission) or _fair(by, submission)


def _not_own(owner: str) -> Rule:
    def rule(by: Actor, thing: object) -> str:
        mine = by is not None and getattr(thing, f"{owner}_id") == by.pk
        return "Nobody decides on their own work. Somebody else has to." if mine else ""

    return rule


def _not_own_thing(by: Actor, thing: Any) -> str:
    """A correction of a tag or a record is not for who handed that in."""
    return _not_own("contributor" if hasattr(thing, "contributor_id") else "logged_by")(by, thing)


def _not_own_kept(by: Actor, thing: Any) -> str:
    """What is on the map is not thrown away by who put it there."""
    return _not_own("by" if hasattr(thing, "by_id") else "contributor" if hasattr(thing, "contributor_id") else "logged_by")(by, thing)


def _fair_in_trash(by: Actor, trashed: Any) -> str:
    """The same of what lies in the trash, where there is such: queries.fairness has looked at it."""
    thing = next((each for name in ("paper", "tag", "search") if (each := getattr(trashed, name, None)) is not None), None)
    return (_not_own_kept(by, thing) or _fair(by, thing)) if thing is not None else ""


def _not_own_flagged(by: Actor, flag: Any) -> str:
    """Nor is the answer to a flag on it: `flag` has its tag or paper with it, and queries.fairness has looked at the flag."""
    thing = flag.tag or flag.paper
    return (_not_own_thing(by, thing) or _fair(by, thing)) if thing is not None else ""


def _fair(by: Actor, thing: Any) -> str:
    """Nobody decides on work of their team, on their own paper, or where they declared a conflict: queries.fairness has put why on `thing`."""
    if by is None or by.pk is None or thing.pk is None:
        return ""
    if thing.bars is None or by.pk not in thing.bars:
        message = f"Whether {type(thing).__name__} is out of reach was not looked up: call queries.fairness.look first."
        raise TypeError(message)
    reason: str = thing.bars[by.pk]
    return reason


def _in_turn(by: Actor, submission: Any) -> str:
    """While a second opinion is open, only who is to give it decides: queries.fairness has put on `submission` who is kept from it."""
    return "" if by is None or by.pk is None or not submission.kept_from else str(submission.kept_from.get(by.pk, ""))


def _not_first(by: Actor, opinion: Any) -> str:
    mine = by is not None and by.pk is not None and opinion.first_id == by.pk
    return FIRST if mine else ""


def _asked_by(by: Actor, opinion: Any) -> str:
    mine = by is not None and by.pk is not None and opinion.first_id == by.pk
    return "" if mine else "Only who asked for it may do this."


def _fair_on_its_submission(by: Actor, opinion: Any) -> str:
    submission = opinion.submission
    return _not_own("contributor")(by, submission) or _not_appealed_against(by, submission) or _fair(by, submission)


def _one_of_both_or_curator(by: Actor, opinion: Any) -> str:
    mine = by is not None and by.pk in {opinion.first_id, opinion.second_id}
    return "" if mine or role_of(by) >= Role.CURATOR else "Only one of the two reviewers, or a curator, may do this."


def _anybody(_by: Actor, _thing: object) -> str:
    return ""


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
    Action.REVIEW: (_at_least(Role.REVIEWER), _not_own("contributor"), _not_appealed_against, _fair, _in_turn),
    Action.RELEASE_CLAIM: (_at_least(Role.REVIEWER), _holder_or_curator),
    Action.UNDO_REVIEW: (_at_least(Role.REVIEWER), _owner("reviewer")),
    Action.RESTRICT: (_at_least(Role.REVIEWER),),
    Action.UNRESTRICT: (_at_least(Role.REVIEWER), _not_own("contributor"), _fair),
    Action.CORRECT: (_at_least(Role.REVIEWER), _not_own_thing, _fair),
    Action.SET_METHOD: (_at_least(Role.REVIEWER),),  # whose proposal it is, REVIEW asks
    Action.LOG_PAPER: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_PAPER: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("logged_by"), _while_it_waits),
    Action.ACCEPT_PAPER: (_at_least(Role.REVIEWER), _not_own("logged_by"), _fair),
    Action.SET_VISIBILITY: (_at_least(Role.CURATOR), _not_own("logged_by"), _fair),
    Action.TAG_PAPER: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_TAG: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("contributor"), _undecided("contributor")),
    Action.DECIDE_TAG: (_at_least(Role.REVIEWER), _not_own("contributor"), _fair),
    Action.LOOK_UP: (_at_least(Role.READER),),
    Action.LOG_SEARCH: (_at_least(Role.CONTRIBUTOR),),
    Action.CHANGE_SEARCH: (_at_least(Role.CONTRIBUTOR), _owner_or_curator("by"), _undecided("by")),
    Action.DECIDE_SEARCH: (_at_least(Role.REVIEWER), _not_own("by"), _fair),
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
    Action.ASSIGN: (_at_least(Role.REVIEWER), _not_own("contributor"), _fair),
    Action.LEAVE: (_at_least(Role.REVIEWER),),
    Action.ASSIGN_STANDING: (_at_least(Role.CURATOR),),
    Action.BULK: (_at_least(Role.REVIEWER),),
    Action.UNDO_BULK: (_at_least(Role.REVIEWER), _owner("by")),
    Action.ASK_OPINION: (_at_least(Role.REVIEWER), _not_own("contributor"), _not_appealed_against, _fair, _in_turn),
    Action.GIVE_OPINION: (_at_least(Role.REVIEWER), _not_first, _fair_on_its_submission),
    Action.WITHDRAW_OPINION: (_at_least(Role.REVIEWER), _asked_by),
    Action.SETTLE: (_at_least(Role.REVIEWER), _one_of_both_or_curator, _fair_on_its_submission),
    Action.SEE_AGREEMENT: (_at_least(Role.REVIEWER),),
    Action.DECLARE_INTEREST: (_at_least(Role.REVIEWER),),
    Action.WRITE_MESSAGE: (_owner_or_reviewer,),
    Action.WRITE_TO_REVIEWERS: (_at_least(Role.REVIEWER), _not_own("contributor"), _fair),
    Action.FOLLOW: (_at_least(Role.READER),),
    Action.FLAG: (_anybody,),
    Action.ANSWER_FLAG: (_at_least(Role.REVIEWER), _not_own("by"), _not_own_flagged),
    Action.DISMISS_DUPLICATE: (_at_least(Role.REVIEWER),),
    Action.TRASH: (_at_least(Role.CURATOR), _not_own_kept, _fair),
    Action.RESTORE: (_at_least(Role.CURATOR), _fair_in_trash),
    Action.PROPOSE_CHANGE: (_at_least(Role.REVIEWER),),
    Action.WITHDRAW_CHANGE: (_at_least(Role.REVIEWER), _owner("by")),
    Action.PUBLISH_CHANGE: (_at_least(Role.CURATOR),),
    Action.CONFIRM_STATEMENT: (_at_least(Role.REVIEWER),),
    Action.SET_ADVISORY: (_at_least(Role.REVIEWER),),  # raising it is open to all: see services.papers
    Action.LOWER_ADVISORY: (_at_least(Role.REVIEWER), _not_own("logged_by"), _fair),
    Action.APPROVE_LINK: (_at_least(Role.REVIEWER), _not_own("logged_by"), _fair),
    Action.READ_LOG: (_at_least(Role.CURATOR),),
    Action.SET_CARE: (_self,),
    Action.MAKE_TOKEN: (_self_or_operator,),
}


_LOOKING = {_fair, _not_own_flagged, _fair_in_trash, _fair_on_its_submission, _owner_or_reviewer}
ASK_BARS = frozenset(action for action, rules in RULES.items() if _LOOKING & {*rules})
"""What is asked only of what `queries.fairness.look` has looked at; `queries.fairness.require` does both."""


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
