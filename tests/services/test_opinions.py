"""Second opinions: kept back, given blind, applied where both agree, else settled; and who may not."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from problems.choices import Audience, EventKind, OpinionState, Passing, Relation, ReviewStatus, Role, SubmissionState, Verdict
from problems.errors import Conflict, Invalid, Refused, Stale
from problems.models import AuditEvent, Interest, Message, Paper, Review, SecondOpinion, Statement, Submission, Tag, User
from problems.permissions import DIFFER, FIRST, TOOK_PART, Action, may_see_rulings, why_not
from problems.queries import fairness
from problems.queries import opinions as queries
from problems.services import assignments, interests, opinions, papers, people, queue, reviews, submissions, tags
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_paper, make_statement, make_submission, make_user, tag_data
from tests.services.test_submissions import ACCEPT, DECLINE, rulings


@pytest.fixture
def second(cast: Cast) -> User:
    del cast
    return make_user(Role.REVIEWER, display_name="Second")


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()), paper=make_paper())


def asked(submission: Submission, by: User, ruling: Ruling = ACCEPT, **more: Any) -> SecondOpinion:
    return opinions.ask(submission=submission, by=by, rulings=rulings(submission, ruling), **more)


def different(submission: Submission, cast: Cast, second: User) -> SecondOpinion:
    opinion = asked(submission, cast.reviewer)
    assert opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE)) is None
    opinion.refresh_from_db()
    return opinion


def now(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


def test_nothing_is_decided_until_the_second_agrees(cast: Cast, submission: Submission, second: User) -> None:
    reviews.claim(submission=submission, by=cast.reviewer)
    opinion = asked(submission, cast.reviewer, replace(ACCEPT, words="Well shown."), note="Thank you.")
    assert (now(submission).state, now(submission).claimed_by, Review.objects.count()) == (SubmissionState.SUBMITTED, None, 0)
    assert Tag.objects.get().status == ReviewStatus.PROPOSED
    review = opinions.decide(submission=submission, by=second, rulings=rulings(submission, replace(ACCEPT, words="Table 2.")), note="Good work.")
    opinion.refresh_from_db()
    assert review
    assert (review.reviewer, review.note) == (second, "Thank you.\n\nGood work.")
    assert [decision.words for decision in review.decisions.all()] == ["Well shown.\n\nTable 2."]
    assert (opinion.state, opinion.second, opinion.review) == (OpinionState.AGREED, second, review)
    assert (now(submission).state, Tag.objects.get().status) == (SubmissionState.DECIDED, ReviewStatus.ACCEPTED)
    kinds = list(AuditEvent.objects.filter(submission=submission, kind__startswith="opinion").order_by("pk").values_list("kind", "actor"))
    assert kinds == [(EventKind.OPINION_ASKED, cast.reviewer.pk), (EventKind.OPINION_GIVEN, second.pk)]


def test_without_a_question_a_decision_is_a_decision(cast: Cast, submission: Submission) -> None:
    assert opinions.decide(submission=submission, by=cast.reviewer, rulings=rulings(submission)) == Review.objects.get()


@pytest.mark.parametrize(
    ("first", "other", "same"),
    [
        ({}, {}, True),
        ({"rationale": "It measures what is missing here."}, {"locator": "Section 9"}, True),
        ({"relation": Relation.CONFIRMS}, {"relation": Relation.CONFIRMS}, True),
        ({"relation": Relation.CONFIRMS}, {}, False),
        ({"target": "P1.L1"}, {}, False),
    ],
)
def test_the_same_is_verdict_target_and_relation(cast: Cast, second: User, first: dict[str, str], other: dict[str, str], same: bool) -> None:  # noqa: FBT001 - a column of the table
    make_statement()
    submission = make_submission(cast.contributor, tag_data(make_statement()), paper=make_paper())
    opinions.ask(submission=submission, by=cast.reviewer, rulings=rulings(submission, Ruling(Verdict.ACCEPT, changes=first)))
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, Ruling(Verdict.ACCEPT, changes=other)))
    assert (SecondOpinion.objects.get().state == OpinionState.AGREED) is same
    if same:
        tag = Tag.objects.get()
        assert all(getattr(tag, name) == value for name, value in (first | other).items())


def test_a_difference_is_settled_by_a_curator_at_once(cast: Cast, submission: Submission, second: User) -> None:
    opinion = different(submission, cast, second)
    assert (opinion.state, now(submission).state, Review.objects.count()) == (OpinionState.DIFFERENT, SubmissionState.SUBMITTED, 0)
    review = opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission), note="The first is right.")
    opinion.refresh_from_db()
    assert (opinion.state, opinion.settled_by, opinion.review) == (OpinionState.SETTLED, cast.curator, review)
    assert Tag.objects.get().status == ReviewStatus.ACCEPTED
    assert AuditEvent.objects.get(kind=EventKind.SETTLED).actor == cast.curator


def test_one_of_the_two_proposes_and_the_other_confirms(cast: Cast, submission: Submission, second: User) -> None:
    opinion = different(submission, cast, second)
    with pytest.raises(Conflict, match="no proposal"):
        opinions.confirm(submission=submission, by=cast.reviewer)
    assert opinions.settle(submission=submission, by=second, rulings=rulings(submission), note="I see it now.") is None
    assert now(submission).state == SubmissionState.SUBMITTED
    with pytest.raises(Conflict, match="no proposal"):
        opinions.confirm(submission=submission, by=second)
    stranger = make_user(Role.REVIEWER)
    with pytest.raises(Refused):
        opinions.confirm(submission=submission, by=stranger)
    with pytest.raises(Refused):
        opinions.settle(submission=submission, by=stranger, rulings=rulings(submission))
    opinions.confirm(submission=submission, by=cast.reviewer, seen=now(submission).modified)
    opinion.refresh_from_db()
    assert (opinion.state, opinion.settled_by, opinion.proposed_by) == (OpinionState.SETTLED, cast.reviewer, second)
    assert (Tag.objects.get().status, Review.objects.get().note) == (ReviewStatus.ACCEPTED, "I see it now.")


def test_a_proposal_may_be_answered_by_another(cast: Cast, submission: Submission, second: User) -> None:
    different(submission, cast, second)
    opinions.settle(submission=submission, by=second, rulings=rulings(submission))
    seen = now(submission).modified
    opinions.settle(submission=submission, by=cast.reviewer, rulings=rulings(submission, DECLINE))
    with pytest.raises(Stale):
        opinions.confirm(submission=submission, by=second, seen=seen)
    opinions.confirm(submission=submission, by=second)
    assert Tag.objects.get().status == ReviewStatus.DECLINED


def test_a_curator_who_is_one_of_the_two_only_proposes(cast: Cast, submission: Submission, second: User) -> None:
    opinions.ask(submission=submission, by=cast.curator, rulings=rulings(submission))
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    assert opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission)) is None
    assert SecondOpinion.objects.get().state == OpinionState.DIFFERENT


def test_who_asked_gives_no_second_and_nobody_passes_over_it(cast: Cast, submission: Submission, second: User) -> None:
    asked(submission, cast.reviewer)
    with pytest.raises(Refused, match="You may not") as refusal:
        opinions.decide(submission=submission, by=cast.reviewer, rulings=rulings(submission))
    assert refusal.value.hint == FIRST
    for write in (
        lambda: reviews.decide(submission=submission, by=second, rulings=rulings(submission)),
        lambda: reviews.request_changes(submission=submission, by=second, note="Say where."),
        lambda: asked(submission, second),
    ):
        with pytest.raises(Conflict, match="A second opinion on this submission is open"):
            write()
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    for by in (cast.reviewer, second, cast.curator):
        fairness.look(by, [submission])
        assert why_not(by, Action.REVIEW, submission) == DIFFER


def test_it_may_be_asked_of_one_who_may_decide(cast: Cast, submission: Submission, second: User) -> None:
    third = make_user(Role.REVIEWER)
    barred = make_user(Role.REVIEWER)
    Interest.objects.create(user=barred, paper=submission.paper)
    for wanted in (barred, cast.reviewer, cast.contributor, cast.reader):
        with pytest.raises(Invalid) as refusal:
            asked(submission, cast.reviewer, wanted=wanted.public_id)
        assert refusal.value.errors == {"wanted": [opinions.NOBODY]}
    with pytest.raises(Invalid) as refusal:
        asked(submission, cast.reviewer, wanted="nonsense")
    assert refusal.value.errors == {"wanted": [opinions.NOBODY]}
    asked(submission, cast.reviewer, wanted=second.public_id)
    assert now(submission).assigned_to == second
    with pytest.raises(Refused):
        opinions.decide(submission=submission, by=third, rulings=rulings(submission))
    assert opinions.decide(submission=submission, by=second, rulings=rulings(submission))


def test_what_would_be_refused_is_refused_at_once(cast: Cast, submission: Submission, second: User) -> None:
    events = AuditEvent.objects.count()
    key = submission.tags.get().public_id
    for wrong, place in (
        (Rulings(), f"tags.{key}"),
        (rulings(submission, Ruling(Verdict.ACCEPT, changes={"target": "P9.L9"})), f"tags.{key}.target"),
    ):
        with pytest.raises(Invalid) as refusal:
            opinions.ask(submission=submission, by=cast.reviewer, rulings=wrong)
        assert list(refusal.value.errors) == [place]
    assert (SecondOpinion.objects.count(), AuditEvent.objects.count()) == (0, events)
    asked(submission, cast.reviewer)
    with pytest.raises(Invalid):
        opinions.decide(submission=submission, by=second, rulings=Rulings())
    assert SecondOpinion.objects.get().state == OpinionState.ASKED


def test_the_question_is_taken_back_and_can_be_asked_again(cast: Cast, submission: Submission, second: User) -> None:
    asked(submission, cast.reviewer)
    with pytest.raises(Refused):
        opinions.withdraw(submission=submission, by=second)
    opinions.withdraw(submission=submission, by=cast.reviewer)
    assert (SecondOpinion.objects.get().state, now(submission).claimed_by) == (OpinionState.WITHDRAWN, cast.reviewer)
    with pytest.raises(Conflict):
        opinions.withdraw(submission=submission, by=cast.reviewer)
    assert not may_see_rulings(second, SecondOpinion.objects.get())
    asked(submission, cast.reviewer)
    assert SecondOpinion.objects.open().count() == 1
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    with pytest.raises(Conflict, match="cannot be taken back"):
        opinions.withdraw(submission=submission, by=cast.reviewer)


def test_it_ends_when_the_contributor_withdraws(cast: Cast, submission: Submission) -> None:
    asked(submission, cast.reviewer)
    submissions.withdraw(submission=submission, by=cast.contributor)
    assert SecondOpinion.objects.get().state == OpinionState.WITHDRAWN


def test_an_agreement_is_undone_by_who_sent_it_and_is_no_question_any_more(cast: Cast, submission: Submission, second: User) -> None:
    asked(submission, cast.reviewer)
    opinions.decide(submission=submission, by=second, rulings=rulings(submission))
    with pytest.raises(Refused):
        reviews.undo(submission=submission, by=cast.reviewer)
    reviews.undo(submission=submission, by=second)
    opinion = SecondOpinion.objects.get()
    assert (opinion.state, opinion.second, opinion.second_rulings, opinion.review) == (OpinionState.WITHDRAWN, None, {}, None)
    assert (opinion.closed_at is None, now(submission).claimed_by) == (False, second)
    assert opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE)) == Review.objects.get(undone_at=None)
    assert SecondOpinion.objects.get().state == OpinionState.WITHDRAWN


def test_a_settlement_is_undone_by_who_sent_it_and_is_different_again(cast: Cast, submission: Submission, second: User) -> None:
    different(submission, cast, second)
    opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission))
    reviews.undo(submission=submission, by=cast.curator)
    opinion = SecondOpinion.objects.get()
    assert (opinion.state, opinion.second, opinion.settled_by, now(submission).claimed_by) == (OpinionState.DIFFERENT, second, None, None)
    opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission, DECLINE))
    assert SecondOpinion.objects.get().state == OpinionState.SETTLED


def test_an_appeal_goes_to_nobody_who_took_part(cast: Cast, submission: Submission, second: User) -> None:
    different(submission, cast, second)
    opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission, DECLINE))
    submissions.appeal(submission=now(submission), by=cast.contributor, text="It is on page 4.")
    appealed = now(submission)
    for by in (cast.reviewer, second, cast.curator):
        with pytest.raises(Refused) as refusal:
            opinions.decide(submission=appealed, by=by, rulings=rulings(appealed))
        assert refusal.value.hint in {TOOK_PART, "An appeal goes to somebody else than who decided."}
    opinions.decide(submission=appealed, by=make_user(Role.REVIEWER), rulings=rulings(appealed))
    assert Tag.objects.get().status == ReviewStatus.ACCEPTED


def test_who_has_a_conflict_settles_nothing(cast: Cast, submission: Submission, second: User) -> None:
    different(submission, cast, second)
    Interest.objects.create(user=cast.curator, paper=submission.paper)
    with pytest.raises(Refused):
        opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission))


def test_the_second_is_blind_until_they_have_decided(cast: Cast, submission: Submission, second: User) -> None:
    """Hole 15: neither rulings nor name come out, by record, message or a round before; curators are no exception."""
    reviews.claim(submission=submission, by=cast.reviewer)
    asked(submission, cast.reviewer)
    opinions.withdraw(submission=submission, by=cast.reviewer)
    opinion = asked(submission, cast.reviewer)
    Message.objects.create(submission=submission, audience=Audience.REVIEWERS, author=cast.reviewer, text="I say accept.")

    def told(user: User) -> tuple[set[str], int, bool]:
        events = AuditEvent.objects.visible_to(user).filter(submission=submission, actor=cast.reviewer)
        messages = Message.objects.visible_to(user).filter(submission=submission).count()
        return set(events.values_list("kind", flat=True)), messages, may_see_rulings(user, opinion)

    mine = {"claimed", "released", "opinion_asked"} - {"released"}  # the claim went with the question
    assert [told(user) for user in (second, cast.curator)] == [(set(), 0, False)] * 2
    assert told(cast.reviewer) == (mine, 1, True)
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    opinion.refresh_from_db()
    assert [told(user) for user in (second, cast.curator)] == [(mine, 1, True)] * 2
    assert "opinion_asked" not in told(cast.contributor)[0]


def test_rulings_survive_the_way_through_the_database(cast: Cast) -> None:
    given = Rulings(
        record=Ruling(Verdict.DECLINE, reason="not_said", words="Where?"),
        tags={"a": Ruling(Verdict.ACCEPT, changes={"relation": Relation.CONFIRMS}, restrict_text="Detail.")},
        searches={"b": ACCEPT},
        method=Ruling(Verdict.ACCEPT, changes={"modalities": ["image"]}),
    )
    opinion = SecondOpinion.objects.create(submission=make_submission(cast.contributor), first=cast.reviewer, rulings=given.dumped())
    assert Rulings.loaded(SecondOpinion.objects.get(pk=opinion.pk).rulings) == given


def test_a_statement_that_retired_meanwhile_is_said_to_the_second(cast: Cast, submission: Submission, second: User) -> None:
    asked(submission, cast.reviewer)
    Statement.objects.update(retired_on="2026-01-01")
    with pytest.raises(Invalid, match="retired"):
        opinions.decide(submission=submission, by=second, rulings=rulings(submission))
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    assert SecondOpinion.objects.get().state == OpinionState.DIFFERENT


def test_who_agrees_on_what_the_first_never_read_does_not_agree(cast: Cast, submission: Submission, second: User) -> None:
    asked(submission, cast.reviewer)
    tag = submission.tags.get()
    tag.rationale = "It measures something else by now."
    tags.save(tag=tag, by=cast.contributor)
    assert opinions.decide(submission=submission, by=second, rulings=rulings(submission)) is None
    assert (SecondOpinion.objects.get().state, Tag.objects.get().status) == (OpinionState.DIFFERENT, ReviewStatus.PROPOSED)
    assert opinions.settle(submission=submission, by=cast.curator, rulings=rulings(submission))


@pytest.mark.parametrize("edited", [True, False])
def test_of_a_record_what_its_contributor_changes_counts_and_what_reviewers_set_beside_it_does_not(cast: Cast, second: User, edited: bool) -> None:  # noqa: FBT001 - a column of the table
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "Waits"})
    asked(submission, cast.reviewer)
    paper = Paper.objects.get()
    papers.set_advisory(paper=paper, level=1, topics=[], by=second)
    if edited:
        paper = Paper.objects.get()
        paper.title = "Waits still"
        papers.save(paper=paper, by=cast.contributor)
    agreed = opinions.decide(submission=submission, by=second, rulings=rulings(submission)) is not None
    assert agreed is not edited


@pytest.mark.parametrize("how", ["abstain", "leave", "hand over", "demoted", "closed"])
def test_of_whom_it_is_asked_may_leave_it_to_others(cast: Cast, submission: Submission, second: User, how: str) -> None:
    third = make_user(Role.REVIEWER)
    asked(submission, cast.reviewer, wanted=second.public_id)
    match how:
        case "abstain":
            queue.leave(submission=submission, by=second, how=Passing.ABSTAINED)
        case "leave":
            queue.hand_over(submission=submission, by=second)
        case "hand over":
            queue.hand_over(submission=submission, to=third, by=second)
        case _:
            account = User.objects.get(pk=second.pk)
            account.role, account.is_active = (Role.CONTRIBUTOR, True) if how == "demoted" else (account.role, False)
            people.save(user=account, by=cast.curator, reason="They left.")
    opinion = SecondOpinion.objects.get()
    assert (opinion.state, opinion.wanted) == (OpinionState.ASKED, third if how == "hand over" else None)
    assert opinions.decide(submission=submission, by=third, rulings=rulings(submission))


def test_nobody_finds_the_first_by_whom_one_may_not_name(cast: Cast, submission: Submission, second: User) -> None:
    third = make_user(Role.REVIEWER)
    asked(submission, cast.reviewer)
    said = set()
    for to in (cast.reviewer, third):
        for write in (assignments.assign, queue.hand_over):
            with pytest.raises(Conflict) as refusal:
                write(submission=submission, to=to, by=second)
            said.add(str(refusal.value))
    assert len(said) == 1


def test_what_the_first_writes_to_the_contributor_is_told_to_no_other_reviewer_meanwhile(cast: Cast, submission: Submission, second: User) -> None:
    asked(submission, cast.reviewer)
    Message.objects.create(submission=submission, audience=Audience.CONTRIBUTOR, author=cast.reviewer, text="I say accept.")
    told = [Message.objects.visible_to(user).count() for user in (second, cast.curator, cast.contributor, cast.reviewer)]
    assert told == [0, 0, 1, 1]


def test_who_may_not_decide_reads_nothing_of_it_in_the_record(cast: Cast, submission: Submission, second: User) -> None:
    different(submission, cast, second)
    Interest.objects.create(user=cast.curator, paper=submission.paper)
    rows = AuditEvent.objects.filter(submission=submission, kind__startswith="opinion")
    assert [rows.visible_to(user).count() for user in (cast.curator, second)] == [0, 2]


def test_who_is_barred_by_now_takes_it_back_without_a_claim_and_lets_a_claim_go(cast: Cast, submission: Submission) -> None:
    asked(submission, cast.reviewer)
    Interest.objects.create(user=cast.reviewer, paper=submission.paper)
    opinions.withdraw(submission=submission, by=cast.reviewer)
    assert (SecondOpinion.objects.get().state, now(submission).claimed_by) == (OpinionState.WITHDRAWN, None)
    Submission.objects.update(claimed_by=cast.reviewer, claimed_at=timezone.now())
    reviews.release(submission=submission, by=cast.reviewer)
    assert now(submission).claimed_by is None


@pytest.mark.parametrize("first", [True, False])
def test_a_conflict_that_ends_it_is_seen_by_who_has_the_page_open(cast: Cast, submission: Submission, second: User, first: bool) -> None:  # noqa: FBT001 - a column of the table
    asked(submission, cast.reviewer, wanted=second.public_id)
    Submission.objects.update(assigned_to=None, assigned_at=None)
    seen = now(submission).modified
    interests.declare(by=cast.reviewer if first else second, kind="paper", what=submission.paper.public_id)  # type: ignore[union-attr]  # it is of a paper
    opinion = SecondOpinion.objects.get()
    assert (opinion.state, opinion.wanted) == ((OpinionState.WITHDRAWN, second) if first else (OpinionState.ASKED, None))
    assert now(submission).modified > seen
    entry = AuditEvent.objects.filter(submission=submission).latest("pk")
    assert (entry.kind, entry.after) == (EventKind.RELEASED, {"opinion": "withdrawn"} if first else {"wanted": None})


def test_those_who_agreed_on_a_tag_that_was_moved_before_count_as_agreed(cast: Cast, submission: Submission, second: User) -> None:
    target = make_statement()
    Tag.objects.update(statement=target)
    asked(submission, cast.reviewer)
    assert opinions.decide(submission=submission, by=second, rulings=rulings(submission, Ruling(Verdict.ACCEPT, changes={"target": target.code})))
    assert [(each.pairs, each.same) for each in queries.agreement()] == [(1, 1), (1, 1)]
