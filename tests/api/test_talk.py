"""Messages, notifications, paces and what somebody follows, by the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import Audience, EventKind, Relation, ReviewStatus
from problems.models import IdempotencyKey, Message, Notification, NotificationPace, Paper, Submission, User, Watch
from problems.services import audit, tags
from problems.services.following import follow
from problems.services.messages import write
from tests.api.conftest import Ask
from tests.factories import Cast, make_call, make_problem, make_statement, make_submission, make_tag, make_team, tag_data

API = "/api/v1"


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()), record={"title": "A plain title"})


def send(by: User, method: str, path: str, body: Any = None, status: int = 200, *, headers: dict[str, str] | None = None) -> Any:
    client = Client()
    client.force_login(by)
    answer = client.generic(method, f"{API}/{path}", b"" if body is None else body, content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def test_messages(ask: Ask, cast: Cast, submission: Submission) -> None:
    path = f"submissions/{submission.public_id}/messages/"
    told = send(cast.contributor, "POST", path, '{"audience": "contributor", "text": "Is the locator right?"}')
    address = f"http://localhost{API}/submissions/{submission.public_id}/"
    assert {name: each for name, each in told.items() if name not in {"id", "created"}} == {
        "submission": {"id": submission.public_id, "url": address},
        "audience": "contributor",
        "author": "Contributor",
        "text": "Is the locator right?",
    }
    send(cast.reviewer, "POST", path, '{"audience": "contributor", "text": "It is, @Contributor."}')
    send(cast.reviewer, "POST", path, '{"audience": "reviewers", "text": "Fine by me, @Curator."}')
    read = {
        name: [(row["author"], row["text"]) for row in ask(f"{path}?ordering=created", by=getattr(cast, name))["results"]]
        for name in ("curator", "contributor")
    }
    assert read == {
        "curator": [
            ("Contributor", "Is the locator right?"),
            ("Reviewer", "It is, @Contributor."),
            ("Reviewer", "Fine by me, @Curator."),
        ],
        "contributor": [("Contributor", "Is the locator right?"), ("a reviewer", "It is, @Contributor.")],
    }
    send(cast.contributor, "POST", path, '{"audience": "reviewers", "text": "Hello."}', 403)
    send(cast.teammate, "POST", path, '{"audience": "contributor", "text": "Hello."}', 403)
    send(cast.stranger, "POST", path, '{"audience": "contributor", "text": "Hello."}', 404)
    send(cast.contributor, "POST", path, '{"audience": "contributor", "text": " "}', 422)
    send(cast.contributor, "POST", path, '{"audience": "everybody", "text": "Hello."}', 422)
    send(cast.contributor, "POST", path, '{"text": "Hello."}', 422)
    assert Message.objects.count() == 3


def test_a_key_sends_a_message_once(cast: Cast, submission: Submission) -> None:
    path, body = f"submissions/{submission.public_id}/messages/", '{"audience": "contributor", "text": "Is it right?"}'
    first, second = (send(cast.contributor, "POST", path, body, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert (first, Message.objects.count()) == (second, 1)


def test_a_withheld_submission_tells_no_message(ask: Ask, cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Is it right?")
    Paper.objects.filter(pk=submission.paper_id).update(visibility="restricted")
    assert ask(f"submissions/{submission.public_id}/messages/", by=cast.contributor)["results"] == []
    send(cast.contributor, "POST", f"submissions/{submission.public_id}/messages/", '{"audience": "contributor", "text": "Hello?"}', 409)


def test_notifications(ask: Ask, cast: Cast, submission: Submission) -> None:
    for kind in (EventKind.CHANGES_REQUESTED, EventKind.DECIDED):
        audit.record(kind, submission, by=cast.reviewer)
    rows = ask("notifications/", by=cast.contributor)["results"]
    assert [(row["subject"], row["text"], row["read"]) for row in rows] == [
        ("decision", "What you handed in was decided on: “A plain title”.", None),
        ("decision", "Changes are asked for on what you handed in: “A plain title”.", None),
    ]
    assert rows[0]["html_url"] == f"http://localhost{submission.get_absolute_url()}"
    assert ask(f"notifications/{rows[0]['id']}/", by=cast.contributor) == rows[0]
    assert ask("notifications/", by=cast.reviewer)["results"] == []
    ask(f"notifications/{rows[0]['id']}/", 404, by=cast.reviewer)
    send(cast.reviewer, "POST", f"notifications/{rows[0]['id']}/read/", status=404)
    told = send(cast.contributor, "POST", f"notifications/{rows[1]['id']}/read/")
    assert told["read"] is not None
    by_reading = {value: [row["id"] for row in ask(f"notifications/?unread={value}", by=cast.contributor)["results"]] for value in ("true", "false")}
    assert by_reading == {"true": [rows[0]["id"]], "false": [rows[1]["id"]]}
    Notification.objects.update(read_at=None)
    send(cast.contributor, "POST", f"notifications/{rows[0]['id']}/read/", '{"earlier": true}')
    assert Notification.objects.filter(read_at=None).count() == 0


def test_what_was_restricted_since_is_not_told(ask: Ask, cast: Cast, submission: Submission) -> None:
    """Hole 7: its id answers as an unknown one."""
    audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
    key = Notification.objects.get().public_id
    Paper.objects.filter(pk=submission.paper_id).update(visibility="restricted")
    assert ask("notifications/", by=cast.contributor)["results"] == []
    assert ask(f"notifications/{key}/", 404)["detail"] == ask("notifications/aaaaaaaaaa/", 404)["detail"]
    send(cast.contributor, "POST", f"notifications/{key}/read/", status=404)


def test_paces(ask: Ask, cast: Cast) -> None:
    client = Client()
    assert set(client.get(f"{API}/notification-paces/").json().values()) == {"weekly"}
    client.force_login(cast.reader)
    answer = client.get(f"{API}/notification-paces/")
    path, headers = "notification-paces/", {"If-Match": answer["ETag"]}
    send(cast.reader, "PATCH", path, '{"flag": "none"}', 428)
    told = send(cast.reader, "PATCH", path, '{"flag": "none", "decision": "at_once"}', headers=headers)
    assert {name: pace for name, pace in told.items() if pace != "weekly"} == {"flag": "none", "decision": "at_once"}
    assert ask(path, by=cast.reader) == told
    send(cast.reader, "PATCH", path, '{"flag": "daily"}', 412, headers=headers)
    for body in ('{"flag": "hourly"}', '{"flag": ""}', '{"gossip": "daily"}', '{"flag": 1}'):
        send(cast.reader, "PATCH", path, body, 422, headers={"If-Match": "*"})
    assert NotificationPace.objects.count() == 2


def test_following(ask: Ask, cast: Cast) -> None:
    problem = make_problem(1)
    make_statement(problem)
    make_call()
    team = make_team(slug="lab")
    told: Any = None
    for body in ('{"target": "P1"}', '{"target": "P1.L1"}', '{"target": "C1"}', '{"team": "lab"}', '{"target": "p1.l1"}'):
        told = send(cast.reader, "POST", "following/", body, 201)
    assert (told["statement"]["id"], told["problem"], told["html_url"]) == ("P1.L1", None, f"http://localhost{problem.get_absolute_url()}#P1.L1")
    rows = ask("following/?ordering=created", by=cast.reader)["results"]
    assert [next(row[name]["id"] for name in ("problem", "statement", "call", "team") if row[name]) for row in rows] == [1, "P1.L1", "C1", "lab"]
    assert ask("following/", by=cast.curator)["results"] == []
    ask(f"following/{rows[0]['id']}/", 404, by=cast.curator)
    send(cast.curator, "DELETE", f"following/{rows[0]['id']}/", status=404, headers={"If-Match": "*"})
    send(cast.reader, "DELETE", f"following/{rows[0]['id']}/", status=428)
    send(cast.reader, "DELETE", f"following/{rows[0]['id']}/", status=204, headers={"If-Match": "*"})
    for body in ('{"target": "P9"}', '{"team": "none"}', "{}", '{"target": "P1", "team": "lab"}', '{"target": 1}'):
        send(cast.reader, "POST", "following/", body, 422)
    assert (Watch.objects.count(), team.pk is not None) == (3, True)


@pytest.mark.parametrize("path", ["notifications/", "following/", "submissions/{}/messages/"])
def test_lists_take_as_many_queries_for_one_as_for_three(ask: Ask, cast: Cast, submission: Submission, path: str) -> None:
    problem = make_problem()
    follow(thing=problem, by=cast.contributor)
    counts = []
    for number in range(3):
        statement = make_statement(problem)
        follow(thing=statement, by=cast.contributor)
        tag = make_tag(statement, relation=Relation.NARROWS, status=ReviewStatus.PROPOSED)
        tags.decide(tag=tag, status=ReviewStatus.ACCEPTED, by=None)
        write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="@Contributor, is it right?")
        ask(path.format(submission.public_id), by=cast.contributor)
        with CaptureQueriesContext(connection) as queries:
            assert len(ask(path.format(submission.public_id))["results"]) >= number + 1
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


def test_pages_of_notifications(ask: Ask, cast: Cast, submission: Submission) -> None:
    for number in range(3):
        audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
        Notification.objects.filter(pk=Notification.objects.latest("pk").pk).update(at=timezone.now() - timedelta(days=number))
    first = ask("notifications/?page_size=2", by=cast.contributor)
    second = ask(f"notifications/?{first['next'].partition('?')[2]}")
    assert (len(first["results"]), len(second["results"]), second["next"]) == (2, 1, None)


def test_the_feed_of_what_one_follows(cast: Cast) -> None:
    def answers(address: str) -> int:
        return Client().get(address.removeprefix("http://localhost")).status_code

    key = {"Idempotency-Key": "one"}
    first = send(cast.reader, "POST", "following/feed/", headers=key)["address"]
    assert (answers(first), send(cast.reader, "POST", "following/feed/", headers=key)) == (200, {"address": ""})
    assert str(first).rsplit("/", 1)[1].removesuffix(".atom") not in str(list(IdempotencyKey.objects.values_list("body", "headers")))
    second = send(cast.reader, "POST", "following/feed/")["address"]
    assert (answers(first), answers(second)) == (404, 200)
    send(cast.reader, "DELETE", "following/feed/", status=204)
    assert answers(second) == 404
