"""Changes of the catalogue in the API: each step, who may, what a preview tells, versions, and statements that are due."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import ChangeState, EventKind, Relation, Visibility
from problems.models import AuditEvent, CatalogueChange, Paper, Statement
from problems.services import catalogue_changes
from tests.api.conftest import API, HOST, Ask, ids
from tests.api.test_writes import Send, etag, pointers, send
from tests.factories import Cast, make_call, make_paper, make_problem, make_statement, make_tag

__all__ = ["send"]
WHY = "It was measured since."
CHANGES = "catalogue-changes/"


@pytest.fixture
def pair(db: None) -> tuple[Statement, Statement]:
    """Two limitations of problem 1."""
    del db
    problem = make_problem(1)
    return make_statement(problem, text="Nobody has tested it."), make_statement(problem, text="Few have tested it.")


def propose(send: Send, cast: Cast, status: int = 201, **body: Any) -> Any:
    return send(cast.reviewer, "POST", CHANGES, {"kind": "wording", "target": "P1.L1", "reason": WHY} | body, status)


@pytest.mark.usefixtures("pair")
def test_proposed_published_and_undone(send: Send, cast: Cast) -> None:
    made = propose(send, cast, text="Somebody has tested it.")
    change = made.json()
    path = f"{CHANGES}{change['id']}/"
    assert made.headers["Location"] == change["url"] == f"{HOST}{API}/{path}"
    assert change | {"created": "", "modified": ""} == {
        "id": change["id"],
        "url": f"{HOST}{API}/{path}",
        "html_url": f"{HOST}/catalogue/changes/{change['id']}/",
        "created": "",
        "modified": "",
        "kind": "wording",
        "state": "proposed",
        "problem": None,
        "statement": {"id": "P1.L1", "url": f"{HOST}{API}/statements/P1.L1/"},
        "call": None,
        "values": {"text": "Somebody has tested it."},
        "before": {"text": "Nobody has tested it."},
        "reason": WHY,
        "by": "Reviewer",
        "answer": "",
        "answered_by": None,
        "answered": None,
        "undone": None,
        "preview": {
            "obstacle": "",
            "changes": [{"field": "text", "before": "Nobody has tested it.", "after": "Somebody has tested it."}],
            "states": [],
            "moving": 0,
            "staying": 0,
            "moving_tags": [],
            "staying_tags": [],
            "searches": 0,
            "declarations": 0,
            "followers": 0,
            "calls": [],
        },
    }
    assert "preview" not in send(cast.reviewer, "GET", CHANGES).json()["results"][0]
    seen = etag(send, cast.curator, path)
    published = send(cast.curator, "POST", f"{path}publish/", if_match=seen).json()
    assert (published["state"], published["answered_by"], published["preview"], published["before"]) == (
        "published",
        "Curator",
        None,
        {"text": "Nobody has tested it."},
    )
    assert send(None, "GET", "statements/P1.L1/").json()["text"] == "Somebody has tested it."
    send(cast.curator, "POST", f"{path}undo/", status=412, if_match=seen)
    assert send(cast.curator, "POST", f"{path}undo/").json()["state"] == "undone"
    assert send(None, "GET", "statements/P1.L1/").json()["text"] == "Nobody has tested it."
    send(cast.curator, "POST", f"{path}publish/", status=409)


def test_a_retirement_tells_what_moves(send: Send, cast: Cast, pair: tuple[Statement, Statement]) -> None:
    old, new = pair
    call, tag = make_call(old), make_tag(old, relation=Relation.NARROWS)
    change = propose(send, cast, kind="retirement", successor="P1.L2").json()
    assert change["preview"] | {"changes": []} == {
        "obstacle": "",
        "changes": [],
        "states": [{"code": "P1.L1", "before": "narrowed", "after": ""}, {"code": "P1.L2", "before": "untouched", "after": "narrowed"}],
        "moving": 1,
        "staying": 0,
        "moving_tags": [{"id": tag.public_id, "url": f"{HOST}{API}/tags/{tag.public_id}/"}],
        "staying_tags": [],
        "searches": 0,
        "declarations": 0,
        "followers": 0,
        "calls": [call.code],
    }
    send(cast.curator, "POST", f"{CHANGES}{change['id']}/publish/")
    assert send(None, "GET", "statements/P1.L2/").json()["state"] == "narrowed"
    assert ids(send(None, "GET", "tags/?statement=P1.L2").json()) == [tag.public_id]
    assert ids(send(None, "GET", "statements/?call=C1").json()) == [new.code]


@pytest.mark.usefixtures("pair")
def test_declined_and_withdrawn(send: Send, cast: Cast) -> None:
    first, second = (propose(send, cast, text=text).json()["id"] for text in ("One.", "Two."))
    send(cast.curator, "POST", f"{CHANGES}{first}/decline/", {}, 422)
    send(cast.curator, "POST", f"{CHANGES}{first}/decline/", {"answer": " "}, 422)
    answer = send(cast.curator, "POST", f"{CHANGES}{first}/decline/", {"answer": "It holds."}).json()
    assert (answer["state"], answer["answer"]) == ("declined", "It holds.")
    assert send(cast.reviewer, "POST", f"{CHANGES}{second}/withdraw/").json()["state"] == "withdrawn"
    assert ids(send(cast.reviewer, "GET", f"{CHANGES}?state=declined").json()) == [first]
    assert ids(send(cast.reviewer, "GET", f"{CHANGES}?kind=new").json()) == []
    for user in (None, cast.contributor):
        assert ids(send(user, "GET", CHANGES).json()) == []


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"kind": None}, ["/kind"]),
        ({"kind": "burn"}, ["/kind"]),
        ({"target": "P9.L9"}, ["/target"]),
        ({"text": "Nobody has tested it."}, ["/text"]),
        ({"text": "New.", "review_by": "soon"}, ["/review_by"]),
        ({"kind": "new", "target": "P1", "text": "New."}, ["/section"]),
        ({"kind": "retirement", "successor": "P1.L1"}, ["/successor"]),
        ({"words": "New."}, ["/words"]),
    ],
)
@pytest.mark.usefixtures("pair")
def test_what_cannot_be_used_is_named(send: Send, cast: Cast, body: dict[str, Any], places: list[str]) -> None:
    assert pointers(propose(send, cast, 422, **body)) == places
    assert CatalogueChange.objects.count() == 0


@pytest.mark.usefixtures("pair")
def test_a_repeated_request_is_done_once_and_the_same_proposal_is_named(send: Send, cast: Cast) -> None:
    body = {"kind": "wording", "target": "P1.L1", "text": "New.", "reason": WHY}
    first, second = (send(cast.reviewer, "POST", CHANGES, body, 201, idempotency_key="once") for _ in range(2))
    assert (first.json(), CatalogueChange.objects.count()) == (second.json(), 1)
    assert send(cast.reviewer, "POST", CHANGES, body, 409).json()["known"]["id"] == first.json()["id"]


def test_a_preview_tells_nothing_that_its_reader_may_not_know_of(send: Send, cast: Cast, pair: tuple[Statement, Statement]) -> None:
    """Somebody who was a reviewer sees their own proposals; what is restricted is not theirs any more."""
    make_tag(pair[0], make_paper(), relation=Relation.CONFIRMS)
    hidden = make_tag(pair[0], make_paper(title="Secret"), relation=Relation.CONFIRMS)
    path = f"{CHANGES}{propose(send, cast, kind='retirement', successor='P1.L2').json()['id']}/"
    Paper.objects.filter(pk=hidden.paper_id).update(visibility=Visibility.RESTRICTED)
    assert send(cast.reviewer, "GET", path).json()["preview"]["moving"] == 2
    type(cast.reviewer).objects.filter(pk=cast.reviewer.pk).update(role=20)
    answer = send(cast.reviewer, "GET", path)
    assert (answer.json()["preview"]["moving"], hidden.public_id in answer.text) == (1, False)


@pytest.mark.parametrize("path", [CHANGES, "statements/P1.L1/versions/"])
@pytest.mark.usefixtures("pair")
def test_lists_take_a_fixed_number_of_queries(client: Client, cast: Cast, path: str) -> None:
    client.force_login(cast.reviewer)
    counts = []
    for number in (1, 3):
        for place in range(number):
            change = catalogue_changes.propose(
                kind="wording", target="P1.L1", values={"text": f"Version {number} {place}."}, reason=WHY, by=cast.reviewer
            )
            if path != CHANGES:
                catalogue_changes.publish(change=change, by=cast.curator)
        client.get(f"{API}/{path}")
        with CaptureQueriesContext(connection) as queries:
            assert len(client.get(f"{API}/{path}").json()["results"]) >= number
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("pair")
def test_versions_are_public_and_who_made_them_is_told_to_reviewers(ask: Ask, cast: Cast) -> None:
    change = catalogue_changes.propose(kind="wording", target="P1.L1", values={"text": "New."}, reason=WHY, by=cast.reviewer)
    catalogue_changes.publish(change=change, by=cast.curator)
    told = ask("statements/P1.L1/versions/")
    assert (told["next"], told["previous"], ask("problems/1/versions/")["results"][0]["number"]) == (None, None, 1)
    empty = {"review_by": "", "retired_on": "", "successor": ""}
    assert [row | {"at": ""} for row in told["results"]] == [
        {"number": 2, "at": "", "kind": "changed", "actor": "a reviewer", "changed": ["text"], "values": {"text": "New.", **empty}},
        {"number": 1, "at": "", "kind": "created", "actor": None, "changed": ["text"], "values": {"text": "Nobody has tested it.", **empty}},
    ]
    assert ask("statements/P1.L1/versions/", by=cast.reviewer)["results"][0]["actor"] == "Curator"
    assert WHY not in str(told)
    ask("statements/P1.L9/versions/", 404)
    ask("statements/P1.L1/versions/?a=1", 400)


def test_a_call_has_versions(ask: Ask, pair: tuple[Statement, Statement]) -> None:
    make_call(pair[0])
    assert ask("calls/C1/versions/")["results"][0]["values"] == {"text": "Build test 1.", "serves": "P1.L1"}


def test_what_is_due_is_found_still_true(send: Send, cast: Cast, pair: tuple[Statement, Statement]) -> None:
    today = timezone.localdate()
    Statement.objects.filter(pk=pair[0].pk).update(review_by=date(2026, 1, 1))
    assert ids(send(None, "GET", "statements/?due=true").json()) == ["P1.L1"]
    assert ids(send(None, "GET", "statements/?due=false").json()) == ["P1.L2"]
    path, until = "statements/P1.L1/still-true/", (today + timedelta(days=30)).isoformat()
    assert pointers(send(cast.reviewer, "POST", path, {"reason": "Looked.", "until": "soon"}, 422)) == ["/until"]
    assert pointers(send(cast.reviewer, "POST", path, {"reason": "Looked.", "until": today.isoformat()}, 422)) == ["/until"]
    assert send(cast.reviewer, "POST", path, {"reason": " "}, 422)
    send(cast.contributor, "POST", path, {"reason": "Looked."}, 403)
    answer = send(cast.reviewer, "POST", path, {"reason": "Looked.", "until": until}).json()
    assert (answer["review_by"], AuditEvent.objects.filter(kind=EventKind.CONFIRMED).get().reason) == (until, "Looked.")
    send(cast.reviewer, "POST", path, {"reason": "Looked."}, 409)
    assert CatalogueChange.objects.filter(state=ChangeState.PROPOSED).count() == 0
