"""Who is asked to review what: one submission, what stands for what comes in, and what is left to others without a reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import EventKind, Passing, Role, SubmissionState
from problems.errors import Conflict, Invalid, Refused, Stale
from problems.models import Assignment, AuditEvent, Care, Interest, Opened, Passed, SecondOpinion, Submission, Team, User
from problems.queries import reviews as queue
from problems.services import assignments, reviews, submissions
from problems.services import queue as service
from tests.factories import Cast, make_paper, make_problem, make_statement, make_submission, make_team, make_user, tag_data
from tests.services.test_submissions import DECLINE, decided


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()))


@pytest.fixture
def other(cast: Cast) -> User:
    del cast
    return make_user(Role.REVIEWER)


def fresh(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


def events(submission: Submission) -> list[str]:
    return list(AuditEvent.objects.filter(submission=submission).order_by("pk").values_list("kind", flat=True))


def offered(user: User) -> list[str]:
    """Titles that the queue offers, in order."""
    return [each.paper.title for each in queue.lane(user).rows if each.paper]


# -- one submission --


def test_a_reviewer_asks_another_and_takes_it_back(cast: Cast, submission: Submission, other: User) -> None:
    assignments.assign(submission=submission, to=other, by=cast.reviewer)
    assert (fresh(submission).assigned_to, fresh(submission).holder) == (other, None)
    with pytest.raises(Conflict):
        assignments.assign(submission=submission, to=other, by=cast.reviewer)
    assignments.assign(submission=submission, to=None, by=cast.curator)
    assert (fresh(submission).assigned_to, fresh(submission).assigned_at) == (None, None)
    assert events(submission)[-2:] == [EventKind.ASSIGNED, EventKind.RELEASED]
    asked = AuditEvent.objects.get(submission=submission, kind=EventKind.ASSIGNED)
    assert (asked.actor, asked.after) == (cast.reviewer, {"assigned_to": other.pk})


def test_who_may_not_decide_is_not_asked_and_the_refusal_does_not_say_why(cast: Cast, submission: Submission, other: User) -> None:
    barred = [cast.contributor, make_user(Role.REVIEWER), other]
    User.objects.filter(pk=cast.contributor.pk).update(role=Role.REVIEWER)
    cast.contributor.role = Role.REVIEWER
    make_team(cast.contributor, barred[1])
    Interest.objects.create(user=other, paper=submission.paper)
    for person in barred:
        for do in (assignments.assign, service.hand_over):
            with pytest.raises(Invalid) as refusal:
                do(submission=submission, to=person, by=cast.reviewer)
            assert refusal.value.errors == {"to": [assignments.BARRED]}
    for nobody in (cast.stranger, cast.reader, make_user(Role.REVIEWER, is_active=False)):
        with pytest.raises(Invalid) as refusal:
            assignments.assign(submission=submission, to=nobody, by=cast.reviewer)
        assert refusal.value.errors == {"to": [assignments.NOBODY]}
    assert (fresh(submission).assigned_to, Passed.objects.count()) == (None, 0)


def test_nobody_assigns_what_they_may_not_decide_on(cast: Cast, submission: Submission, other: User) -> None:
    own = make_submission(cast.reviewer, tag_data(make_statement()))
    Interest.objects.create(user=cast.reviewer, paper=submission.paper)
    for each, by in ((own, cast.reviewer), (submission, cast.reviewer), (submission, cast.contributor), (submission, cast.teammate)):
        with pytest.raises(Refused):
            assignments.assign(submission=each, to=other, by=by)
        with pytest.raises(Refused):
            service.hand_over(submission=each, to=other, by=by)
    assert {each.assigned_to for each in Submission.objects.all()} == {None}


def test_only_what_waits_is_assigned_and_nothing_is_overwritten(cast: Cast, submission: Submission, other: User) -> None:
    with pytest.raises(Stale):
        assignments.assign(submission=submission, to=other, by=cast.reviewer, seen=timezone.now())
    decided(submission, cast.curator)
    with pytest.raises(Conflict):
        assignments.assign(submission=submission, to=other, by=cast.reviewer)
    with pytest.raises(Conflict):
        service.hand_over(submission=submission, by=cast.reviewer)
    with pytest.raises(Conflict):
        service.leave(submission=submission, by=cast.reviewer, how=Passing.SKIPPED)


# -- what stands --


def test_what_comes_in_goes_to_whom_it_stands_for_the_person_before_the_team_before_the_problem(cast: Cast) -> None:
    first, second = make_problem(3), make_problem(4)
    team = Team.objects.get()
    ways: list[tuple[User, dict[str, Any]]] = [
        (make_user(Role.REVIEWER), {"problem": second}),
        (make_user(Role.REVIEWER), {"team": team}),
        (make_user(Role.REVIEWER), {"person": cast.contributor}),
    ]
    target = make_statement(second)
    made, standing = Submission(), Assignment()
    for reviewer, what in ways:
        standing = assignments.stand(reviewer=reviewer, by=cast.curator, **what)
        made = submissions.hand_in(
            by=cast.contributor,
            kind="paper",
            content={"record": {"title": f"For {reviewer}", "date": "2025", "authors": [{"family": "A"}]}, "tags": [tag_data(target)]},
            team=team.slug,
        )
        assert made.assigned_to == fresh(made).assigned_to == reviewer
        assert events(made)[-1] == EventKind.ASSIGNED
        assert AuditEvent.objects.filter(object_type="user", object_id=reviewer.pk, kind=EventKind.ASSIGNED).count() == 1
    assert make_submission(cast.stranger, tag_data(make_statement(first))).assigned_to is None
    assignments.end(standing=standing, by=cast.curator)
    with pytest.raises(Conflict):
        assignments.end(standing=standing, by=cast.curator)
    assert make_submission(cast.stranger, tag_data(second)).assigned_to == ways[0][0]
    assert fresh(made).assigned_to == ways[2][0]  # what was assigned stays so


def test_of_searches_and_corrections_the_problem_counts_too(cast: Cast, other: User) -> None:
    target = make_statement()
    assignments.stand(reviewer=other, problem=target.problem, by=cast.curator)
    search = {"search": {"targets": [target.code], "where": "arXiv", "query": "tests", "searched_on": "2026-01-31"}}
    assert submissions.hand_in(by=cast.contributor, kind="search", content=search).assigned_to == other
    tag = decided(make_submission(cast.contributor, tag_data(target)), cast.curator).tags.get()
    correction = {"correction": {"tag": tag.public_id, "changes": {"locator": "p. 9"}, "reason": "It is there."}}
    assert submissions.hand_in(by=cast.stranger, kind="correction", content=correction).assigned_to == other


@pytest.mark.parametrize("bar", ["own", "team", "declared", "left", "closed"])
def test_who_may_not_decide_or_left_it_is_passed_over(cast: Cast, other: User, bar: str) -> None:
    target = make_statement()
    paper = make_paper()
    assignments.stand(reviewer=other, problem=target.problem, by=cast.curator)
    by = cast.contributor
    match bar:
        case "own":
            by = other
        case "team":
            make_team(cast.contributor, other)
        case "declared":
            Interest.objects.create(user=other, paper=paper)
        case "closed":
            User.objects.filter(pk=other.pk).update(is_active=False)
        case _:
            pass
    made = make_submission(by, tag_data(target), paper=paper)
    if bar == "left":
        assert made.assigned_to == other
        service.leave(submission=made, by=other, how=Passing.ABSTAINED)
        submissions.withdraw(submission=made, by=by)
        made = submissions.submit(submission=made, by=by)
    assert fresh(made).assigned_to is None


def test_who_asked_for_changes_has_it_again_and_an_appeal_goes_to_somebody_else(cast: Cast, submission: Submission, other: User) -> None:
    assignments.assign(submission=submission, to=other, by=cast.curator)
    reviews.request_changes(submission=submission, by=other, note="Say where.")
    Submission.objects.update(assigned_at=timezone.now() - timedelta(days=30))
    again = submissions.submit(submission=submission, by=cast.contributor)
    assert again.assigned_to == other
    assert timezone.now() - fresh(again).assigned_at < timedelta(minutes=1)  # type: ignore[operator]  # it is set
    third = make_user(Role.REVIEWER)
    assignments.stand(reviewer=third, person=cast.contributor, by=cast.curator)
    decided(submission, other, DECLINE)
    appealed = submissions.appeal(submission=submission, by=cast.contributor, text="It is on page 4.")
    assert fresh(appealed).assigned_to == third


@pytest.mark.parametrize(
    ("what", "field"),
    [({}, ""), ({"problem": True, "person": True}, ""), ({"person": "reviewer"}, "person"), ({"reviewer": "stranger", "problem": True}, "reviewer")],
)
def test_what_stands_names_one_thing_and_a_reviewer(cast: Cast, what: dict[str, Any], field: str) -> None:
    rows: dict[str, Any] = {"problem": make_problem(), "person": cast.contributor}
    given: dict[str, Any] = {name: rows[name] if value is True else getattr(cast, value) for name, value in what.items()}
    with pytest.raises(Invalid) as refusal:
        assignments.stand(**{"reviewer": cast.reviewer} | given, by=cast.curator)
    assert list(refusal.value.errors) == [field]
    assert Assignment.objects.count() == 0


def test_one_reviewer_for_one_thing_and_curators_alone_say_so(cast: Cast, other: User) -> None:
    problem = make_problem()
    for by in (cast.reviewer, cast.contributor):
        with pytest.raises(Refused):
            assignments.stand(reviewer=other, problem=problem, by=by)
    standing = assignments.stand(reviewer=other, problem=problem, by=cast.curator)
    with pytest.raises(Invalid):
        assignments.stand(reviewer=cast.reviewer, problem=problem, by=cast.curator)
    with pytest.raises(Refused):
        assignments.end(standing=standing, by=other)
    assert list(Assignment.objects.visible_to(cast.curator)) == [standing]
    assert not Assignment.objects.visible_to(cast.reviewer).exists()


def test_those_who_left_it_for_good_are_passed_over_without_a_question_each(cast: Cast) -> None:
    def asked(number: int) -> int:
        problems = [make_problem() for _ in range(number + 1)]
        submission = make_submission(cast.contributor, *(tag_data(make_statement(problem)) for problem in problems))
        reviewers = [make_user(Role.REVIEWER) for _ in problems]
        for problem, reviewer in zip(problems, reviewers, strict=True):
            assignments.stand(reviewer=reviewer, problem=problem, by=cast.curator)
        *passed, last = reviewers
        Passed.objects.bulk_create(Passed(user=each, submission=submission, how=Passing.ABSTAINED) for each in passed)
        with CaptureQueriesContext(connection) as queries:
            assignments.apply(submission)
        assert fresh(submission).assigned_to == last
        return len(queries)

    assert asked(1) == asked(3)


# -- left to others --


def test_what_is_skipped_comes_last_today_and_as_before_tomorrow(cast: Cast) -> None:
    one, two = (
        make_submission(by, tag_data(make_statement()), record={"title": name}) for by, name in ((cast.contributor, "1"), (cast.stranger, "2"))
    )
    service.leave(submission=one, by=cast.reviewer, how=Passing.SKIPPED)
    assert (offered(cast.reviewer), offered(cast.curator)) == (["2", "1"], ["1", "2"])
    assert queue.lane(cast.reviewer, two).number == 1
    Passed.objects.update(at=timezone.now() - timedelta(days=1, minutes=1))
    assert offered(cast.reviewer) == ["1", "2"]
    assert list(queue.left(cast.reviewer)) == []


def test_who_abstains_is_not_offered_it_again_unless_they_take_it_back(cast: Cast, submission: Submission) -> None:
    service.leave(submission=submission, by=cast.reviewer, how=Passing.ABSTAINED)
    Passed.objects.update(at=timezone.now() - timedelta(days=400))
    assert (len(offered(cast.reviewer)), len(offered(cast.curator))) == (0, 1)
    assert list(queue.left(cast.reviewer)) == [submission]
    service.take_back(submission=submission, by=cast.reviewer)
    assert len(offered(cast.reviewer)) == 1
    service.leave(submission=submission, by=cast.reviewer, how=Passing.ABSTAINED)
    reviews.claim(submission=submission, by=cast.reviewer)
    assert len(offered(cast.reviewer)) == 1  # they hold it


@pytest.mark.parametrize("how", [*Passing, None])
def test_leaving_ends_the_claim_and_tells_nobody_else(cast: Cast, submission: Submission, how: Passing | None) -> None:
    before = events(submission)

    def leave() -> None:
        if how:
            service.leave(submission=submission, by=cast.reviewer, how=how)
        else:
            service.hand_over(submission=submission, by=cast.reviewer)

    leave()
    assert events(submission) == before  # nothing was held: nothing is on record
    reviews.claim(submission=submission, by=cast.reviewer)
    leave()
    leave()
    assert (fresh(submission).holder, Passed.objects.count()) == (None, 1)
    assert events(submission) == [*before, EventKind.CLAIMED, EventKind.RELEASED]
    entry = AuditEvent.objects.filter(submission=submission).latest("pk")
    assert (entry.before, entry.after, entry.reason) == ({"claimed_by": cast.reviewer.pk}, {"claimed_by": None}, "")
    assert queue.left(cast.curator).count() == 0


def test_a_claim_of_somebody_else_stays(cast: Cast, submission: Submission) -> None:
    reviews.claim(submission=submission, by=cast.curator)
    service.leave(submission=submission, by=cast.reviewer, how=Passing.ABSTAINED)
    service.hand_over(submission=submission, by=cast.reviewer)
    assert fresh(submission).holder == cast.curator


def test_what_is_assigned_stays_with_who_skips_and_leaves_with_who_abstains(cast: Cast, submission: Submission) -> None:
    assignments.assign(submission=submission, to=cast.reviewer, by=cast.curator)
    service.leave(submission=submission, by=cast.reviewer, how=Passing.SKIPPED)
    assert fresh(submission).assigned_to == cast.reviewer
    service.leave(submission=submission, by=cast.reviewer, how=Passing.ABSTAINED)
    assert (fresh(submission).assigned_to, events(submission)[-1]) == (None, EventKind.RELEASED)


def test_it_is_handed_over_to_somebody_without_a_reason(cast: Cast, submission: Submission, other: User) -> None:
    reviews.claim(submission=submission, by=cast.reviewer)
    service.hand_over(submission=submission, to=other, by=cast.reviewer)
    assert (fresh(submission).holder, fresh(submission).assigned_to) == (None, other)
    assert (offered(cast.reviewer), len(offered(other))) == ([], 1)
    assert events(submission)[-3:] == [EventKind.CLAIMED, EventKind.RELEASED, EventKind.ASSIGNED]
    assert set(AuditEvent.objects.filter(submission=submission).values_list("reason", flat=True)) == {""}


@pytest.mark.parametrize("role", ["reader", "contributor", "stranger"])
def test_only_reviewers_leave_things(cast: Cast, submission: Submission, role: str) -> None:
    person = getattr(cast, role)
    gone = (Refused, Conflict)  # who may not know of it is told that it is gone
    with pytest.raises(gone):
        service.leave(submission=submission, by=person, how=Passing.SKIPPED)
    with pytest.raises(gone):
        service.hand_over(submission=submission, by=person)
    with pytest.raises(gone):
        service.take_back(submission=submission, by=person)
    assert Passed.objects.count() == 0


# -- what the queue keeps to --


def test_the_queue_leaves_out_what_others_are_at(cast: Cast, other: User) -> None:
    held, asked, mine, _, second = (
        make_submission(cast.contributor if number % 2 else cast.stranger, tag_data(make_statement()), record={"title": name})
        for number, name in enumerate(("held", "asked", "mine", "free", "second"))
    )
    reviews.claim(submission=held, by=other)
    assignments.assign(submission=asked, to=other, by=cast.curator)
    assignments.assign(submission=mine, to=cast.reviewer, by=cast.curator)
    SecondOpinion.objects.create(submission=second, first=other)
    assert (offered(cast.reviewer), offered(other)) == (["mine", "free", "second"], ["held", "asked", "free"])
    Submission.objects.filter(pk__in=[asked.pk, mine.pk]).update(assigned_at=timezone.now() - timedelta(days=7, minutes=1))
    SecondOpinion.objects.update(wanted=cast.curator)
    assert (offered(cast.reviewer), offered(other)) == (["asked", "mine", "free"], ["held", "asked", "mine", "free"])
    tabs = queue.counts(cast.reviewer, queue.limits(cast.reviewer))
    assert tabs == {"waiting": 5, "changes_requested": 0, "unclaimed": 3, "mine": 1, "opinions": 0, "left": 0}
    assert queue.counts(cast.curator, queue.limits(cast.curator))["opinions"] == 1
    assert Submission.objects.filter(state=SubmissionState.SUBMITTED).count() == len(["held", "asked", "mine", "free", "second"])


LIMITED: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["plain", "graphic", "told"]),
    ({"left_out": ["victims"]}, ["plain", "graphic"]),
    ({"most_level": 1}, ["plain", "told"]),
    ({"daily": 0}, ["plain"]),
    ({"daily": 1}, ["plain", "graphic", "told"]),
]


@pytest.mark.parametrize(("care", "expected"), LIMITED)
def test_the_queue_keeps_to_what_somebody_set(cast: Cast, care: dict[str, Any], expected: list[str]) -> None:
    made = {}
    for number, (name, level, topics) in enumerate((("plain", 0, []), ("graphic", 2, ["violence"]), ("told", 1, ["victims"]))):
        made[name] = make_submission(cast.contributor if number % 2 else cast.stranger, tag_data(make_statement()), record={"title": name})
        paper = made[name].paper
        type(paper).objects.filter(pk=paper.pk).update(advisory=level, topics=topics)  # type: ignore[union-attr]  # it is of a paper
    Care.objects.create(user=cast.reviewer, **care)
    assert (offered(cast.reviewer), len(offered(cast.curator))) == (expected, 3)
    if care.get("daily") == 1:
        service.opened(submission=made["told"], by=cast.reviewer)
        service.opened(submission=made["told"], by=cast.reviewer)
        assert offered(cast.reviewer) == ["plain", "told"]  # what was opened stays
        assert (queue.lane(cast.reviewer).limits.reached, queue.lane(cast.reviewer).plain) == (True, 1)
        Opened.objects.update(day=timezone.localdate() - timedelta(days=1))
        assert offered(cast.reviewer) == ["plain", "graphic", "told"]


def test_the_queue_takes_the_same_number_of_queries(cast: Cast) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            queue.lane(cast.reviewer)
            queue.counts(cast.reviewer, queue.limits(cast.reviewer))
        return len(queries)

    make_submission(cast.contributor, tag_data(make_statement()))
    once = asked()
    for number in range(2):
        each = make_submission((cast.contributor, cast.stranger)[number], tag_data(make_statement()))
        assignments.assign(submission=each, to=cast.reviewer, by=cast.curator)
        SecondOpinion.objects.create(submission=each, first=cast.curator)
        service.leave(submission=each, by=cast.reviewer, how=Passing.SKIPPED)
    assert asked() == once
