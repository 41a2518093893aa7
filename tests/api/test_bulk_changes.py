"""Many submissions at once in the API: the preview, the act, its undo, and who is told of it."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Role, SubmissionState
from problems.models import BulkChange, Submission
from problems.services import bulk_changes, reviews
from problems.services.bulk_changes import Options
from tests.api.conftest import API, HOST, Ask, ids
from tests.factories import Cast, make_statement, make_submission, make_user, tag_data

BULK = "bulk-changes/"


def post(client: Client, by: Any, path: str, body: Any, status: int, **headers: str) -> Any:
    client.force_login(by)
    answer = client.post(f"{API}/{path}", json.dumps(body), content_type="application/json", headers=headers)
    assert answer.status_code == status, answer.content
    return answer.json()


def faults(answer: Any) -> dict[str, str]:
    return {each["pointer"]: each["detail"] for each in answer["errors"]}


def named(submission: Submission) -> dict[str, str]:
    return {"id": submission.public_id, "url": f"{HOST}{API}/submissions/{submission.public_id}/"}


@pytest.fixture
def pair(cast: Cast) -> list[Submission]:
    """Two submissions: one that is free, one that the curator holds."""
    free, held = (make_submission(cast.contributor, tag_data(make_statement())) for _ in range(2))
    return [free, reviews.claim(submission=held, by=cast.curator)]


def test_previewed_done_and_undone(client: Client, ask: Ask, cast: Cast, pair: list[Submission]) -> None:
    free, held = pair
    code = free.tags.get().code
    body = {"act": "accept", "submissions": [free.public_id, held.public_id, "aaaaaaaaaa"]}
    shown = post(client, cast.reviewer, f"{BULK}preview/", body, 200)
    changes = [
        {"what": "Record", "before": "waiting", "after": "accepted"},
        {"what": f"Tag {code} narrows", "before": "proposed", "after": "accepted"},
    ]
    items = [
        {"id": free.public_id, "submission": named(free), "left": "", "changes": changes},
        {"id": held.public_id, "submission": named(held), "left": "Somebody else is reviewing it.", "changes": []},
        {"id": "aaaaaaaaaa", "submission": None, "left": "There is no such submission.", "changes": []},
    ]
    assert [{name: value for name, value in item.items() if name != "modified"} for item in shown["items"]] == items
    assert shown["states"] == [{"statement": {"id": code, "url": f"{HOST}{API}/statements/{code}/"}, "before": "untouched", "after": "narrowed"}]
    assert not BulkChange.objects.exists()
    seen = {item["id"]: item["modified"] for item in shown["items"] if item["modified"]}
    made = post(client, cast.reviewer, BULK, body | {"seen": seen}, 201)
    assert made["items"] == items
    assert (made["act"], made["by"], made["undone"], made["undoable"]) == ("accept", str(cast.reviewer), None, True)
    assert Submission.objects.get(pk=free.pk).state == SubmissionState.DECIDED
    assert ask(f"{BULK}{made['id']}/", by=cast.reviewer) == made
    undone = post(client, cast.reviewer, f"{BULK}{made['id']}/undo/", {}, 200)
    assert (undone["undone"] is not None, undone["undoable"]) == (True, False)
    assert Submission.objects.get(pk=free.pk).state == SubmissionState.SUBMITTED
    assert post(client, cast.reviewer, f"{BULK}{made['id']}/undo/", {}, 409)["detail"] == "This was undone already."


def test_what_has_changed_since_the_preview_is_left(client: Client, cast: Cast, pair: list[Submission]) -> None:
    body = {"act": "accept", "submissions": [pair[0].public_id], "seen": {pair[0].public_id: "2026-01-01T00:00:00Z"}}
    assert faults(post(client, cast.reviewer, BULK, body, 422)) == {"/submissions/0": "It has changed since you looked."}
    body["seen"] = {pair[0].public_id: "yesterday"}
    assert faults(post(client, cast.reviewer, BULK, body, 422)) == {
        f"/seen/{pair[0].public_id}": "This is not a time. Send it as the preview gave it."
    }


def test_nothing_done_is_refused_and_stored_nowhere(client: Client, cast: Cast, pair: list[Submission]) -> None:
    body = {"act": "accept", "submissions": ["aaaaaaaaaa", pair[1].public_id]}
    told = faults(post(client, cast.reviewer, BULK, body, 422))
    assert told == {"/submissions/0": "There is no such submission.", "/submissions/1": "Somebody else is reviewing it."}
    assert not BulkChange.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"act": "accept", "submissions": []}, "/submissions"),
        ({"act": "accept", "submissions": ["a"] * 101}, "/submissions"),
        ({"act": "accept", "submissions": [1]}, "/submissions/0"),
        ({"act": "burn", "submissions": ["aaaaaaaaaa"]}, "/act"),
        ({"act": "accept", "submissions": ["aaaaaaaaaa"], "items": []}, "/items"),
        ({"act": "accept", "submissions": ["aaaaaaaaaa"], "by": "aaaaaaaaaa"}, "/by"),
        ({"act": "decline", "submissions": ["aaaaaaaaaa"]}, "/reason"),
        ({"submissions": ["aaaaaaaaaa"]}, "/act"),
    ],
)
def test_bodies_are_read_strictly(client: Client, cast: Cast, body: dict[str, Any], field: str) -> None:
    for path in (BULK, f"{BULK}preview/"):
        assert set(faults(post(client, cast.reviewer, path, body, 422))) == {field}


def test_a_key_does_it_once(client: Client, cast: Cast, pair: list[Submission]) -> None:
    body = {"act": "accept", "submissions": [pair[0].public_id]}
    first = post(client, cast.reviewer, BULK, body, 201, **{"Idempotency-Key": "k1"})
    assert post(client, cast.reviewer, BULK, body, 201, **{"Idempotency-Key": "k1"}) == first
    assert BulkChange.objects.count() == 1


def test_who_is_told_of_it(ask: Ask, client: Client, cast: Cast, pair: list[Submission]) -> None:
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=[pair[0].public_id], options=Options())
    other = make_user(Role.REVIEWER)
    for person in (cast.anonymous, cast.contributor, other):
        assert ids(ask(BULK, by=person)) == []
        ask(f"{BULK}{change.public_id}/", status=404, by=person)
    for person in (cast.reviewer, cast.curator):
        assert ids(ask(BULK, by=person)) == [change.public_id]
    post(client, other, f"{BULK}{change.public_id}/undo/", {}, 404)
    post(client, cast.curator, f"{BULK}{change.public_id}/undo/", {}, 403)


def test_filters_and_queries(ask: Ask, cast: Cast, pair: list[Submission]) -> None:
    to = Options(to=cast.curator.public_id)
    made = bulk_changes.apply(by=cast.reviewer, act="assign", public_ids=[pair[0].public_id], options=to)
    ask(BULK, by=cast.reviewer)
    asked = []
    for number in (1, 3):
        for _ in range(number - 1):
            BulkChange.objects.create(by=cast.reviewer, act="assign", options=made.options, items=made.items)
        with CaptureQueriesContext(connection) as queries:
            ask(BULK)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert [row["options"]["to"] for row in ask(BULK)["results"]] == [str(cast.curator)] * 3
    assert (len(ids(ask(f"{BULK}?act=assign"))), ids(ask(f"{BULK}?act=accept"))) == (3, [])
