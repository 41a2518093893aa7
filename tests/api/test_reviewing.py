"""Reviewing by the API: skipped, abstained, taken back, handed over, assigned; whom one can ask; what comes in for whom."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from problems.choices import Role
from problems.models import Assignment, AuditEvent, Opened, Paper, Passed, SecondOpinion, Submission, Team, User
from problems.services import assignments, reviews
from tests.api.conftest import API, HOST
from tests.api.test_writes import Send, etag, pointers, send
from tests.factories import Cast, make_problem, make_statement, make_submission, make_team, make_user, tag_data

__all__ = ["send"]


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement(make_problem(3))))


@pytest.fixture
def other(cast: Cast) -> User:
    del cast
    return make_user(Role.REVIEWER, display_name="Grace")


def fresh(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


@pytest.mark.parametrize(("act", "how"), [("skip", "skipped"), ("abstain", "abstained"), ("hand-over", "abstained")])
def test_it_is_left_and_taken_back_and_no_answer_says_so(send: Send, cast: Cast, submission: Submission, act: str, how: str) -> None:
    at = f"submissions/{submission.public_id}"
    before = {name: send(getattr(cast, name), "GET", f"{at}/").json() for name in ("curator", "contributor", "reviewer")}
    entries = AuditEvent.objects.count()
    send(cast.reviewer, "POST", f"{at}/{act}/")
    assert [(each.user, each.submission, each.how) for each in Passed.objects.all()] == [(cast.reviewer, submission, how)]
    assert {name: send(getattr(cast, name), "GET", f"{at}/").json() for name in before} == before
    assert AuditEvent.objects.count() == entries
    reviews.claim(submission=submission, by=cast.reviewer)
    answer = send(cast.reviewer, "POST", f"{at}/{act}/").json()
    assert (answer["claim"], answer["turn"]["of"]) == (None, "first_reviewer")
    send(cast.reviewer, "POST", f"{at}/resume/", {})
    assert Passed.objects.count() == 0


def test_it_is_assigned_and_handed_over(send: Send, cast: Cast, submission: Submission, other: User) -> None:
    at = f"submissions/{submission.public_id}"
    seen = etag(send, cast.reviewer, f"{at}/")
    answer = send(cast.reviewer, "POST", f"{at}/assign/", {"to": other.public_id}, If_Match=seen).json()
    assert (answer["assigned"]["to"], fresh(submission).assigned_to) == ("Grace", other)
    assert send(cast.contributor, "GET", f"{at}/").json()["assigned"]["to"] == "a reviewer"
    send(cast.reviewer, "POST", f"{at}/assign/", {"to": cast.curator.public_id}, 412, If_Match=seen)
    assert [row["id"] for row in send(other, "GET", "submissions/?assigned=me").json()["results"]] == [submission.public_id]
    answer = send(other, "POST", f"{at}/hand-over/", {"to": cast.curator.public_id}).json()
    assert answer["assigned"]["to"] == "Curator"
    assert send(cast.reviewer, "POST", f"{at}/assign/", {"to": ""}).json()["assigned"] is None
    for act in ("assign", "hand-over"):
        assert pointers(send(cast.reviewer, "POST", f"{at}/{act}/", {"to": cast.stranger.public_id}, 422)) == ["/to"]
        send(cast.reviewer, "POST", f"{at}/{act}/", {"to": other.public_id, "why": "x"}, 422)
    make_team(other, cast.contributor)
    answer = send(cast.reviewer, "POST", f"{at}/assign/", {"to": other.public_id}, 422)
    assert answer.json()["errors"][0]["detail"] == assignments.BARRED
    assert pointers(send(cast.reviewer, "POST", f"{at}/assign/", {}, 422)) == ["/to"]
    reviews.request_changes(submission=submission, by=cast.curator, note="Say where.")
    for act in ("skip", "abstain", "hand-over"):
        send(cast.reviewer, "POST", f"{at}/{act}/", None, 409)
    assert send(cast.contributor, "GET", f"{at}/").json()["turn"]["of"] == "contributor"


def test_that_a_second_opinion_is_asked_for_is_told_to_who_may_decide(send: Send, cast: Cast, submission: Submission, other: User) -> None:
    assignments.assign(submission=submission, to=other, by=cast.curator)
    SecondOpinion.objects.create(submission=submission, first=other)
    mate = make_user(Role.REVIEWER)
    make_team(mate, cast.contributor)
    told = {}
    for person in (cast.reviewer, mate, cast.contributor):
        answer = send(person, "GET", f"submissions/{submission.public_id}/").json()
        found = [len(send(person, "GET", f"submissions/?{query}").json()["results"]) for query in ("turn=second_reviewer", "turn=first_reviewer")]
        told[person] = (answer["turn"]["of"], answer["assigned"] is None, *found)
    assert told == {
        cast.reviewer: ("second_reviewer", True, 1, 0),
        mate: ("first_reviewer", False, 0, 1),
        cast.contributor: ("first_reviewer", False, 0, 1),
    }
    asked = {query: len(send(cast.reviewer, "GET", f"submissions/?assigned={query}").json()["results"]) for query in ("others", "nobody")}
    assert asked == {"others": 0, "nobody": 1}


def test_whom_one_can_ask_is_told_to_reviewers(send: Send, cast: Cast, other: User) -> None:
    hidden = make_user(Role.REVIEWER, display_name="Quiet", hide_name=True)
    make_user(Role.REVIEWER, is_active=False)

    def names(by: User | None) -> list[str]:
        return [row["name"] for row in send(by, "GET", "reviewers/").json()["results"]]

    assert [names(by) for by in (None, cast.reader, cast.contributor)] == [[], [], []]
    assert names(cast.reviewer) == ["Curator", "Grace", "Reviewer"]
    assert names(cast.curator) == ["Curator", "Grace", "Quiet", "Reviewer"]
    expected = {"id": other.public_id, "url": f"{HOST}{API}/reviewers/{other.public_id}/", "name": "Grace"}
    assert send(cast.reviewer, "GET", f"reviewers/{other.public_id}/").json() == expected
    for by, each in ((cast.reviewer, hidden), (cast.contributor, other), (cast.curator, cast.contributor)):
        send(by, "GET", f"reviewers/{each.public_id}/", None, 404)


def test_curators_say_what_comes_in_for_whom(send: Send, cast: Cast, other: User, submission: Submission) -> None:
    made = send(cast.curator, "POST", "assignments/", {"reviewer": other.public_id, "problem": 3}, 201)
    answer = made.json()
    assert made["Location"] == answer["url"] == f"{HOST}{API}/assignments/{answer['id']}/"
    expected = {
        "id": answer["id"],
        "url": answer["url"],
        "created": answer["created"],
        "reviewer": {"id": other.public_id, "url": f"{HOST}{API}/reviewers/{other.public_id}/", "name": "Grace"},
        "problem": {"id": 3, "url": f"{HOST}{API}/problems/3/"},
        "team": None,
        "person": None,
    }
    assert answer == expected
    assert send(cast.curator, "GET", "assignments/").json()["results"] == [expected]
    for by in (None, cast.contributor, other):
        assert send(by, "GET", "assignments/").json()["results"] == []
        send(by, "GET", f"assignments/{answer['id']}/", None, 404)
    assert make_submission(cast.stranger, tag_data(submission.tags.get().target)).assigned_to == other  # type: ignore[arg-type]  # it has one
    for body in ({"team": Team.objects.get().slug}, {"person": cast.contributor.public_id}):
        send(cast.curator, "POST", "assignments/", {"reviewer": other.public_id} | body, 201)
    seen = etag(send, cast.curator, f"assignments/{answer['id']}/")
    send(cast.curator, "DELETE", f"assignments/{answer['id']}/", None, 204, If_Match=seen)
    assert Assignment.objects.count() == 2


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"problem": 3}, ["/reviewer"]),
        ({"reviewer": "aaaaaaaaaa", "problem": 3}, ["/reviewer"]),
        ({"reviewer": True}, ["/problem"]),
        ({"reviewer": True, "problem": 3, "team": "lab"}, ["/problem"]),
        ({"reviewer": True, "problem": 99}, ["/problem"]),
        ({"reviewer": True, "team": "no-such"}, ["/team"]),
        ({"reviewer": True, "person": "aaaaaaaaaa"}, ["/person"]),
        ({"reviewer": True, "person": 7}, ["/person"]),
        ({"reviewer": True, "problem": 3, "by": "x"}, ["/by"]),
    ],
)
def test_what_is_wrong_is_named_by_place(send: Send, cast: Cast, body: dict[str, Any], places: list[str]) -> None:
    make_problem(3)
    given = {name: cast.reviewer.public_id if value is True else value for name, value in body.items()}
    assert pointers(send(cast.curator, "POST", "assignments/", given, 422)) == places
    assert Assignment.objects.count() == 0


def test_lists_cost_the_same_for_one_row_and_three(send: Send, cast: Cast, other: User) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            send(cast.curator, "GET", path)
        return len(queries)

    def more(number: int) -> None:
        for _ in range(number):
            submission = make_submission(cast.contributor, tag_data(make_statement()))
            assignments.assign(submission=submission, to=cast.curator, by=other)
            SecondOpinion.objects.create(submission=make_submission(cast.stranger, tag_data(make_statement())), first=other)
            assignments.stand(reviewer=make_user(Role.REVIEWER), problem=make_problem(), by=cast.curator)

    paths = ("submissions/", "submissions/?assigned=me", "submissions/?turn=second_reviewer&advisory__lte=2", "reviewers/", "assignments/")
    more(1)
    before = [cost(path) for path in paths]
    more(2)
    assert [cost(path) for path in paths] == before


def test_what_was_left_is_told_to_who_left_it_and_what_the_queue_offers(send: Send, cast: Cast, submission: Submission, other: User) -> None:
    kept = make_submission(cast.contributor, tag_data(make_statement(make_problem(4))))
    send(cast.reviewer, "POST", f"submissions/{submission.public_id}/abstain/")
    listed = {
        (name, asked): [row["id"] for row in send(user, "GET", f"submissions/?{asked}=true&ordering=submitted").json()["results"]]
        for name, user in (("one", cast.reviewer), ("other", other), ("contributor", cast.contributor))
        for asked in ("left", "offered")
    }
    assert listed == {
        ("one", "left"): [submission.public_id],
        ("one", "offered"): [kept.public_id],
        ("other", "left"): [],
        ("other", "offered"): [submission.public_id, kept.public_id],
        ("contributor", "left"): [],
        ("contributor", "offered"): [],
    }


def test_reading_an_advised_submission_counts_as_on_the_site(send: Send, cast: Cast, submission: Submission) -> None:
    for level, number in ((0, 0), (1, 1)):
        Paper.objects.update(advisory=level)
        for user in (cast.reviewer, cast.contributor):
            send(user, "GET", f"submissions/{submission.public_id}/")
        assert [(each.user, each.submission) for each in Opened.objects.all()] == [(cast.reviewer, submission)] * number
