"""Who sees which rows, and who may do what: the rules of permissions.py walked in full."""

from typing import Any

import pytest
from django.db.models import Q

from problems import permissions
from problems.choices import ReviewStatus, Role, SubmissionKind, Visibility
from problems.errors import Refused
from problems.models import (
    BulkChange,
    CatalogueChange,
    Flag,
    ImportRun,
    Interest,
    Paper,
    Review,
    Search,
    SecondOpinion,
    Submission,
    Tag,
    Team,
    Trashed,
)
from problems.permissions import Action, require, role_of, shown_name, why_not
from tests.factories import Cast, make_import, make_paper, make_search, make_statement, make_tag, make_team, make_user

EVERYBODY = ("anonymous", "reader", "contributor", "teammate", "stranger", "reviewer", "curator")
SEES_WAITING = ("contributor", "teammate", "reviewer", "curator")
SEES_ALL = ("reviewer", "curator")


@pytest.mark.parametrize("name", EVERYBODY)
def test_papers_in_sight(cast: Cast, name: str) -> None:
    public = make_paper(visibility=Visibility.PUBLIC, logged_by=cast.contributor)
    waiting = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    restricted = make_paper(visibility=Visibility.RESTRICTED, logged_by=cast.contributor)
    expected = {public} | ({waiting} if name in SEES_WAITING else set()) | ({restricted} if name in SEES_ALL else set())
    assert set(Paper.objects.visible_to(getattr(cast, name))) == expected


@pytest.mark.parametrize("name", EVERYBODY)
def test_tags_in_sight(cast: Cast, name: str) -> None:
    paper = make_paper()
    hidden = make_paper(visibility=Visibility.RESTRICTED)
    accepted = make_tag(make_statement(), paper, contributor=cast.contributor)
    proposed = make_tag(make_statement(), paper, status=ReviewStatus.PROPOSED, contributor=cast.contributor)
    declined = make_tag(make_statement(), paper, status=ReviewStatus.DECLINED, contributor=cast.contributor)
    on_hidden = make_tag(make_statement(), hidden, contributor=cast.contributor)
    expected = {accepted} | ({proposed, declined} if name in SEES_WAITING else set()) | ({on_hidden} if name in SEES_ALL else set())
    assert set(Tag.objects.visible_to(getattr(cast, name))) == expected
    assert set(Tag.objects.on_map()) == {accepted}


@pytest.mark.parametrize("name", EVERYBODY)
def test_searches_in_sight(cast: Cast, name: str) -> None:
    accepted = make_search(by=cast.contributor)
    proposed = make_search(status=ReviewStatus.PROPOSED, by=cast.contributor)
    assert set(Search.objects.visible_to(getattr(cast, name))) == ({accepted, proposed} if name in SEES_WAITING else {accepted})


def test_a_member_of_two_teams_sees_each_row_once(cast: Cast) -> None:

    make_team(cast.contributor, cast.teammate)
    paper = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    assert list(Paper.objects.visible_to(cast.teammate)) == [paper]


def test_a_closed_account_is_nobody(cast: Cast) -> None:
    cast.curator.is_active = False
    assert role_of(cast.curator) == permissions.NOBODY
    assert list(Paper.objects.visible_to(cast.curator)) == []
    make_paper(visibility=Visibility.RESTRICTED)
    assert list(Paper.objects.visible_to(cast.curator)) == []


def test_everything_joined_by_or_stays_everything(cast: Cast) -> None:
    paper = make_paper(visibility=Visibility.RESTRICTED)
    assert list(Paper.objects.filter(Q(pk=-1) | permissions.visible_papers(cast.reviewer))) == [paper]


# action -> who may, on something that the contributor made
CONTRIBUTORS = ("contributor", "teammate", "stranger", "reviewer", "curator")
MAY: dict[Action, tuple[str, ...]] = {
    Action.HAND_IN: ("contributor",),
    Action.CHANGE_SUBMISSION: ("contributor",),
    Action.APPEAL: ("contributor",),
    Action.REVIEW: ("reviewer", "curator"),
    Action.RELEASE_CLAIM: ("curator",),
    Action.UNDO_REVIEW: (),
    Action.RESTRICT: ("reviewer", "curator"),
    Action.CORRECT: ("reviewer", "curator"),
    Action.SET_METHOD: ("reviewer", "curator"),
    Action.UNRESTRICT: ("reviewer", "curator"),
    Action.INVITE: ("curator",),
    Action.MAKE_TOKEN: ("contributor",),
    Action.LOG_PAPER: CONTRIBUTORS,
    Action.CHANGE_PAPER: ("contributor", "curator"),
    Action.ACCEPT_PAPER: ("reviewer", "curator"),
    Action.SET_VISIBILITY: ("curator",),
    Action.TAG_PAPER: CONTRIBUTORS,
    Action.CHANGE_TAG: ("contributor", "curator"),
    Action.DECIDE_TAG: ("reviewer", "curator"),
    Action.LOOK_UP: ("reader", *CONTRIBUTORS),
    Action.LOG_SEARCH: CONTRIBUTORS,
    Action.CHANGE_SEARCH: ("contributor", "curator"),
    Action.DECIDE_SEARCH: ("reviewer", "curator"),
    Action.CHANGE_CATALOGUE: ("curator",),
    Action.CHANGE_PEOPLE: ("curator",),
    Action.CHANGE_OWN_ACCOUNT: ("contributor",),
    Action.IMPORT_PAPERS: ("curator",),
    Action.IMPORT_FILE: CONTRIBUTORS,
    Action.SETTLE_IMPORT: ("contributor",),
    Action.MERGE: ("curator",),
    Action.MAKE_TEAM: ("curator",),
    Action.LEAD_TEAM: ("contributor", "curator"),
    Action.SPEAK_FOR_TEAM: ("contributor", "teammate"),
    Action.CONTACT_TEAM: ("contributor", "teammate", "stranger", "reviewer", "curator"),
    **dict.fromkeys((Action.ASSIGN, Action.LEAVE, Action.BULK, Action.ASK_OPINION, Action.GIVE_OPINION), ("reviewer", "curator")),
    **dict.fromkeys((Action.WRITE_TO_REVIEWERS, Action.DISMISS_DUPLICATE, Action.PROPOSE_CHANGE, Action.CONFIRM_STATEMENT), ("reviewer", "curator")),
    **dict.fromkeys((Action.SET_ADVISORY, Action.LOWER_ADVISORY, Action.APPROVE_LINK, Action.ANSWER_FLAG), ("reviewer", "curator")),
    **dict.fromkeys((Action.DECLARE_INTEREST, Action.SEE_AGREEMENT), ("reviewer", "curator")),
    **dict.fromkeys((Action.ASSIGN_STANDING, Action.TRASH, Action.RESTORE, Action.PUBLISH_CHANGE, Action.READ_LOG), ("curator",)),
    **dict.fromkeys((Action.UNDO_BULK, Action.WITHDRAW_OPINION, Action.WITHDRAW_CHANGE), ()),  # who did it: see below
    Action.SETTLE: ("curator",),
    Action.WRITE_MESSAGE: ("contributor", "reviewer", "curator"),
    Action.FOLLOW: ("reader", *CONTRIBUTORS),
    Action.FLAG: EVERYBODY,
    Action.SET_CARE: ("contributor",),
}
OF_SUBMISSIONS = {
    *(Action.HAND_IN, Action.CHANGE_SUBMISSION, Action.APPEAL, Action.REVIEW, Action.RELEASE_CLAIM, Action.ASSIGN, Action.LEAVE),
    *(Action.ASK_OPINION, Action.WRITE_MESSAGE, Action.WRITE_TO_REVIEWERS),
}


def thing_of(action: Action, owner: Any) -> Any:  # noqa: C901, PLR0911  # a kind of thing each
    if action in OF_SUBMISSIONS:
        return Submission(contributor=owner)
    if action in {Action.GIVE_OPINION, Action.WITHDRAW_OPINION, Action.SETTLE}:
        return SecondOpinion(submission=Submission(contributor=owner), first=make_user(Role.REVIEWER), second=make_user(Role.REVIEWER))
    if action == Action.DECLARE_INTEREST:
        return Interest(user=owner)
    if action in {Action.BULK, Action.UNDO_BULK}:
        return BulkChange(by=make_user(Role.REVIEWER))
    if action in {Action.PROPOSE_CHANGE, Action.WITHDRAW_CHANGE, Action.PUBLISH_CHANGE}:
        return CatalogueChange(by=make_user(Role.REVIEWER))
    if action == Action.RESTORE:
        return Trashed(paper=Paper(logged_by=owner), by=make_user(Role.CURATOR))
    if action in {Action.FLAG, Action.ANSWER_FLAG}:
        return Flag(paper=Paper(logged_by=owner), by=make_user())
    if action in {Action.MAKE_TEAM, Action.LEAD_TEAM, Action.SPEAK_FOR_TEAM, Action.CONTACT_TEAM}:
        team = Team(name="A team")
        team.leads, team.people = frozenset({owner.pk}), frozenset(owner.colleagues().values_list("pk", flat=True))
        return team
    if action in {Action.IMPORT_FILE, Action.SETTLE_IMPORT}:
        return ImportRun(by=owner)
    if action == Action.UNDO_REVIEW:
        return Review(reviewer=make_user(Role.REVIEWER))
    if action in {Action.CHANGE_TAG, Action.DECIDE_TAG, Action.TAG_PAPER, Action.CORRECT, Action.UNRESTRICT}:
        return Tag(contributor=owner)
    if action in {Action.LOG_SEARCH, Action.CHANGE_SEARCH, Action.DECIDE_SEARCH}:
        return Search(by=owner)
    return owner if action in {Action.CHANGE_OWN_ACCOUNT, Action.MAKE_TOKEN, Action.SET_CARE} else Paper(logged_by=owner)


@pytest.mark.parametrize("action", Action)
def test_who_may(cast: Cast, action: Action) -> None:
    thing = thing_of(action, cast.contributor)
    assert tuple(name for name in EVERYBODY if not why_not(getattr(cast, name), action, thing)) == MAY[action]
    for name in set(EVERYBODY) - set(MAY[action]):
        with pytest.raises(Refused) as refusal:
            require(getattr(cast, name), action, thing)
        assert refusal.value.title == f"You may not {action.value}."
        assert refusal.value.hint


DECISIONS = (
    *(Action.DECIDE_TAG, Action.DECIDE_SEARCH, Action.REVIEW, Action.CORRECT, Action.UNRESTRICT, Action.ASSIGN, Action.ASK_OPINION),
    *(Action.GIVE_OPINION, Action.APPROVE_LINK, Action.ANSWER_FLAG, Action.WRITE_TO_REVIEWERS, Action.ACCEPT_PAPER, Action.LOWER_ADVISORY),
)
OF_SEVERAL = (Action.ANSWER_FLAG, Action.GIVE_OPINION, Action.SETTLE, Action.RESTORE)  # what is looked at is inside the thing


@pytest.mark.parametrize("action", DECISIONS)
@pytest.mark.parametrize("name", ["reviewer", "curator"])
def test_nobody_decides_on_their_own(cast: Cast, action: Action, name: str) -> None:
    by = getattr(cast, name)
    assert why_not(by, action, thing_of(action, by)) == "Nobody decides on their own work. Somebody else has to."


@pytest.mark.parametrize("thing", [Tag, Search, Paper])
def test_a_curator_throws_and_restores_nothing_of_their_own(cast: Cast, thing: Any) -> None:
    own = thing(**{{Tag: "contributor", Search: "by", Paper: "logged_by"}[thing]: cast.curator})
    lies = Trashed(**{thing._meta.model_name: own})
    told = {why_not(cast.curator, Action.TRASH, own), why_not(cast.curator, Action.RESTORE, lies)}
    assert told == {"Nobody decides on their own work. Somebody else has to."}


def test_a_curator_does_not_publish_what_they_logged(cast: Cast) -> None:
    own = Paper(logged_by=cast.curator)
    assert why_not(cast.curator, Action.SET_VISIBILITY, own) == "Nobody decides on their own work. Somebody else has to."


def test_who_holds_a_claim_ends_it_and_who_decided_undoes(cast: Cast) -> None:
    submission = Submission(contributor=cast.contributor, claimed_by=cast.reviewer)
    assert not why_not(cast.reviewer, Action.RELEASE_CLAIM, submission)
    assert not why_not(cast.reviewer, Action.UNDO_REVIEW, Review(reviewer=cast.reviewer))
    assert why_not(cast.reviewer, Action.REVIEW, Submission(contributor=cast.contributor, appealed_against=cast.reviewer))


def test_who_did_it_takes_it_back(cast: Cast) -> None:
    assert not why_not(cast.reviewer, Action.UNDO_BULK, BulkChange(by=cast.reviewer))
    assert not why_not(cast.reviewer, Action.WITHDRAW_CHANGE, CatalogueChange(by=cast.reviewer))
    assert not why_not(cast.reviewer, Action.WITHDRAW_OPINION, SecondOpinion(first=cast.reviewer))


@pytest.mark.parametrize("name", ["first", "second"])
def test_the_two_settle_and_who_gave_the_first_gives_no_second(cast: Cast, name: str) -> None:
    opinion = SecondOpinion(submission=Submission(contributor=cast.contributor), **{name: cast.reviewer})
    assert not why_not(cast.reviewer, Action.SETTLE, opinion)
    assert why_not(cast.reviewer, Action.GIVE_OPINION, opinion) == (permissions.FIRST if name == "first" else "")


@pytest.mark.parametrize("action", permissions.ASK_BARS - {Action.WRITE_MESSAGE, *OF_SEVERAL})
def test_what_may_be_out_of_reach_is_looked_at_first(cast: Cast, action: Action) -> None:
    thing = thing_of(action, cast.contributor)
    thing.pk = 1
    with pytest.raises(TypeError, match=r"call queries\.fairness\.look first"):
        why_not(cast.curator, action, thing)


@pytest.mark.parametrize("kind", SubmissionKind)
def test_readers_hand_in_corrections_only(cast: Cast, kind: SubmissionKind) -> None:
    refused = bool(why_not(cast.reader, Action.HAND_IN, Submission(contributor=cast.reader, kind=kind)))
    assert refused == (kind != SubmissionKind.CORRECTION)


@pytest.mark.parametrize(
    ("viewer", "sees"), [("anonymous", False), ("teammate", False), ("reviewer", False), ("contributor", True), ("curator", True)]
)
def test_a_hidden_name_is_for_curators_and_oneself(cast: Cast, viewer: str, sees: bool) -> None:  # noqa: FBT001 - a column of the table
    cast.contributor.hide_name = True
    assert shown_name(getattr(cast, viewer), cast.contributor) == ("Contributor" if sees else permissions.NAMELESS)
    assert shown_name(getattr(cast, viewer), cast.stranger) == "Stranger"


def test_a_right_is_asked_with_the_thing_in_hand(cast: Cast) -> None:
    with pytest.raises(TypeError):
        require(cast.curator, Action.CHANGE_PAPER, None)


@pytest.mark.django_db
def test_roles_are_ordered_and_open_the_admin_to_curators_only() -> None:
    assert [role for role in Role if make_user(role).is_staff] == [Role.CURATOR]
    assert [make_user(role).has_perm("problems.change_paper") for role in Role] == [False, False, False, True]
    assert not make_user(Role.CURATOR, is_active=False).is_staff


def test_an_import_is_seen_by_colleagues_who_see_no_less_than_its_sender(cast: Cast) -> None:
    """What is known in it tells of records that its sender may know of."""

    def seen(*names: str) -> list[bool]:
        return [ImportRun.objects.visible_to(getattr(cast, name)).filter(pk=run.pk).exists() for name in names]

    run = make_import(cast.contributor, 1)
    assert seen("contributor", "teammate", "stranger", "anonymous", "reviewer", "curator") == [True, True, False, False, True, True]
    make_team(cast.contributor, cast.stranger)
    assert seen("contributor", "teammate", "stranger", "reviewer") == [True, False, False, True]
    run = make_import(cast.reviewer, 1)
    make_team(cast.reviewer, cast.reader)
    assert seen("reviewer", "reader", "curator") == [True, False, True]
