"""Writes: what each makes, answers and refuses; the loop from a draft to the map and back."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Scheme, SubmissionState, Verdict, Visibility
from problems.models import Paper, Search, Submission, Tag, User
from problems.services import reviews, tags
from tests.api.conftest import API, HOST
from tests.factories import RATIONALE, Cast, make_call, make_paper, make_problem, make_statement, make_submission, make_tag, tag_data

UNKNOWN = "aaaaaaaaaa"

type Send = Callable[..., Any]


@pytest.fixture
def send() -> Send:
    """Send a request as somebody; the answer once its status is what it should be."""

    def sent(by: User | None, method: str, path: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        client = Client()
        if by is not None:
            client.force_login(by)
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        kind = given.pop("content-type", "application/json")
        answer: Any = client.generic(method, path if path.startswith("/api/") else f"{API}/{path}", data, content_type=kind, headers=given)
        assert answer.status_code == status, (answer.status_code, answer.content)
        if status >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
        return answer

    return sent


def pointers(answer: Any) -> list[str]:
    """Places of the faults of a refusal."""
    assert (answer.status_code, answer.json()["title"]) == (422, "Unprocessable Content")
    return [each["pointer"] for each in answer.json()["errors"]]


def etag(send: Send, by: User, path: str) -> str:
    return str(send(by, "GET", path).headers["ETag"])


RECORD = {"title": "A lasting watermark", "authors": [{"family": "Berg", "given": "Ada"}], "date": "2026-01"}


# -- the whole loop --


def test_from_draft_to_map(send: Send, cast: Cast) -> None:
    problem = make_problem(1)
    make_statement(problem)
    make_statement(problem)
    body = {"record": RECORD, "tags": [tag_data("P1.L1"), tag_data("P1.L2")], "message": "Please look."}
    made = send(cast.contributor, "POST", "submissions/", body, 201)
    draft = made.json()
    assert made.headers["Location"] == draft["url"] == f"{HOST}/api/v1/submissions/{draft['id']}/"
    assert (draft["state"], draft["content"]["tags"], draft["tags"], draft["paper"]) == ("draft", body["tags"], [], None)
    path = f"submissions/{draft['id']}/"
    assert made.headers["ETag"] == etag(send, cast.contributor, path)
    send(cast.reviewer, "GET", path, status=404)

    edited = send(cast.contributor, "PATCH", path, {"message": "Look at page 4."}, if_match=made.headers["ETag"])
    assert (edited.json()["message"], edited.json()["content"]) == ("Look at page 4.", draft["content"])
    assert edited.headers["ETag"] == etag(send, cast.contributor, path) != made.headers["ETag"]

    handed_in = send(cast.contributor, "POST", f"{path}submit/").json()
    first, second = handed_in["tags"]
    assert (handed_in["state"], [tag["status"] for tag in handed_in["tags"]]) == ("submitted", ["proposed"] * 2)
    assert Paper.objects.get(public_id=handed_in["paper"]["id"]).visibility == Visibility.WAITING

    claimed = send(cast.reviewer, "POST", f"{path}claim/")
    assert claimed.json()["claim"]["by"] == "Reviewer"
    assert send(cast.contributor, "GET", path).json()["claim"]["by"] == "a reviewer"
    decision = {
        "record": {"verdict": "accept"},
        "tags": {
            first["id"]: {"verdict": "decline", "reason": "not_said", "words": "It says nothing of it."},
            second["id"]: {"verdict": "accept", "changes": {"target": "P1", "relation": "relevant"}},
        },
        "note": "Thank you.",
    }
    decided = send(cast.reviewer, "POST", f"{path}decision/", decision, if_match=claimed.headers["ETag"]).json()
    assert (decided["state"], decided["claim"], decided["reviews"][0]["note"]) == ("decided", None, "Thank you.")
    assert [tag["status"] for tag in decided["tags"]] == ["declined", "accepted"]
    assert decided["tags"][1]["problem"] == {"id": 1, "url": f"{HOST}/api/v1/problems/1/"}
    seen = send(cast.contributor, "GET", path).json()["reviews"][0]
    assert seen["reviewer"] == "a reviewer"
    assert [(each["part"], each["verdict"], each["edited"]) for each in seen["decisions"]] == [
        ("record", "accept", False),
        ("tag", "decline", False),
        ("tag", "accept", True),
    ]
    assert send(None, "GET", f"papers/{decided['paper']['id']}/").json()["title"] == RECORD["title"]

    undone = send(cast.reviewer, "POST", f"{path}undo/").json()
    assert (undone["state"], undone["claim"]["by"]) == ("submitted", "Reviewer")
    send(None, "GET", f"papers/{decided['paper']['id']}/", status=404)
    assert send(cast.reviewer, "POST", f"{path}release/").json()["claim"] is None
    asked = send(cast.reviewer, "POST", f"{path}request-changes/", {"note": "Where?", "tags": {first["id"]: "Which page?"}}).json()
    assert (asked["state"], asked["reviews"][0]["decisions"][0]["words"]) == ("changes_requested", "Which page?")
    assert send(cast.contributor, "POST", f"{path}withdraw/").json()["state"] == "withdrawn"
    assert (Tag.objects.count(), Paper.objects.count()) == (0, 0)


def test_an_appeal(send: Send, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), paper=make_paper())
    path, tag = f"submissions/{submission.public_id}/", submission.tags.get()
    send(cast.reviewer, "POST", f"{path}decision/", {"tags": {tag.public_id: {"verdict": "decline", "reason": "not_said"}}})
    assert pointers(send(cast.contributor, "POST", f"{path}appeal/", {}, 422)) == ["/text"]
    appealed = send(cast.contributor, "POST", f"{path}appeal/", {"text": "It is on page 4."}).json()
    assert (appealed["state"], appealed["appeal"]["text"]) == ("submitted", "It is on page 4.")
    assert "somebody else" in send(cast.reviewer, "POST", f"{path}claim/", status=403).json()["detail"]
    send(cast.contributor, "POST", f"{path}appeal/", {"text": "Again."}, 409)


def test_a_search_and_a_correction_at_once(send: Send, cast: Cast) -> None:
    statement = make_statement()
    search = {"targets": [statement.code], "where": "arXiv", "query": "watermark", "searched_on": "2026-01-31"}
    made = send(cast.contributor, "POST", "submissions/", {"kind": "search", "search": search, "submit": True}, 201).json()
    assert ([each["statement"]["id"] for each in made["searches"]], made["state"]) == ([statement.code], "submitted")
    paper = make_paper(title="Wrog")
    correction = {"paper": paper.public_id, "changes": {"title": "Wrong"}, "reason": "A slip."}
    made = send(cast.reader, "POST", "submissions/", {"kind": "correction", "correction": correction, "submit": True}, 201).json()
    assert made["paper"]["id"] == paper.public_id
    send(cast.reviewer, "POST", f"submissions/{made['id']}/decision/", {"correction": {"verdict": "accept"}})
    paper.refresh_from_db()
    assert paper.title == "Wrong"


def test_a_draft_is_deleted(send: Send, cast: Cast) -> None:
    submission = make_submission(cast.contributor, draft=True)
    path = f"submissions/{submission.public_id}/"
    send(cast.contributor, "DELETE", path, status=428)
    send(cast.contributor, "DELETE", path, status=412, if_match='"other"')
    answer = send(cast.contributor, "DELETE", path, status=204, if_match=etag(send, cast.contributor, path))
    assert (answer.content, Submission.objects.count()) == (b"", 0)
    send(cast.contributor, "GET", path, status=404)


# -- papers, tags, searches, each a submission of its own --


def test_a_paper_is_logged_and_changed_while_it_waits(send: Send, cast: Cast) -> None:
    made = send(cast.contributor, "POST", "papers/", RECORD | {"identifiers": {"doi": ["https://doi.org/10.1000/ABC"]}}, 201)
    paper = made.json()
    assert (made.headers["Location"], paper["visibility"], paper["identifiers"]) == (paper["url"], "waiting", {"doi": ["10.1000/abc"]})
    submission = Submission.objects.get()
    assert (paper["submission"]["id"], submission.state) == (submission.public_id, SubmissionState.SUBMITTED)
    path = f"papers/{paper['id']}/"
    mark = etag(send, cast.contributor, path)
    changed = send(cast.contributor, "PATCH", path, {"venue": "Journal of Tests"}, if_match=mark)
    assert (changed.json()["venue"], changed.json()["identifiers"]) == ("Journal of Tests", paper["identifiers"])
    assert changed.headers["ETag"] == etag(send, cast.contributor, path)
    submission.refresh_from_db()
    assert submission.content["record"]["venue"] == "Journal of Tests"
    assert "has changed" in send(cast.contributor, "PATCH", path, {"venue": "Other"}, 412, if_match=mark).json()["detail"]
    send(cast.contributor, "PATCH", path, {"venue": "Other"}, 428)
    send(cast.stranger, "PATCH", path, {"venue": "Other"}, 404)
    send(cast.teammate, "PATCH", path, {"venue": "Other"}, 403, if_match="*")
    assert pointers(send(cast.contributor, "PATCH", path, {"title": " ", "year": 2024}, 422, if_match="*")) == ["/year"]
    assert pointers(send(cast.contributor, "PATCH", path, {"title": " "}, 422, if_match="*")) == ["/title"]
    reviews.decide(submission=submission, by=cast.reviewer, rulings=reviews.Rulings(record=reviews.Ruling(Verdict.ACCEPT)))
    refused = send(cast.contributor, "PATCH", path, {"venue": "Other"}, 403, if_match="*")
    assert "Suggest a correction" in refused.json()["detail"]


def test_a_paper_on_record_is_named(send: Send, cast: Cast) -> None:
    known = make_paper(title="On record", identifiers=[(Scheme.DOI, "10.1000/abc")])
    refused = send(cast.contributor, "POST", "papers/", {"title": "Other", "identifiers": {"doi": ["10.1000/abc"]}}, 409).json()
    assert refused["known"] == {"id": known.public_id, "url": f"{HOST}/api/v1/papers/{known.public_id}/"}
    assert Submission.objects.count() == 0


@pytest.mark.parametrize("visibility", [Visibility.WAITING, Visibility.RESTRICTED])
def test_a_hidden_paper_answers_as_a_new_one(send: Send, cast: Cast, visibility: Visibility) -> None:
    make_paper(title="Hidden", identifiers=[(Scheme.DOI, "10.1000/abc")], visibility=visibility, logged_by=cast.stranger)
    for doi in ("10.1000/abc", "10.1000/new"):
        answer = send(cast.contributor, "POST", "papers/", {"title": f"Mine {doi}", "identifiers": {"doi": [doi]}}, 201).json()
        if visibility == Visibility.RESTRICTED:
            assert (answer["title"], answer["identifiers"]) == (f"Mine {doi}", {"doi": [doi]})


def test_a_tag_is_handed_in_and_changed(send: Send, cast: Cast) -> None:
    paper, statement = make_paper(), make_statement()
    body = {"paper": paper.public_id, **tag_data(statement)}
    made = send(cast.contributor, "POST", "tags/", body, 201)
    tag = made.json()
    assert (made.headers["Location"], tag["status"], tag["statement"]["id"]) == (tag["url"], "proposed", statement.code)
    assert tag["submission"]["id"] == Submission.objects.get().public_id
    again = send(cast.contributor, "POST", "tags/", body, 409).json()
    assert again["known"] == {"id": tag["id"], "url": tag["url"]}
    path = f"tags/{tag['id']}/"
    changed = send(cast.contributor, "PATCH", path, {"relation": "confirms"}, if_match=etag(send, cast.contributor, path)).json()
    assert (changed["relation"], Submission.objects.get().content["tags"][0]["relation"]) == ("confirms", "confirms")
    assert pointers(send(cast.contributor, "PATCH", path, {"target": "P9.L9", "relation": "confirms"}, 422, if_match="*")) == ["/target"]
    assert pointers(send(cast.contributor, "PATCH", path, {"rationale": "Short."}, 422, if_match="*")) == ["/rationale"]
    send(cast.teammate, "PATCH", path, {}, 403, if_match="*")
    assert pointers(send(cast.contributor, "POST", "tags/", {"paper": UNKNOWN, **tag_data(statement)}, 422)) == ["/paper"]
    assert pointers(send(cast.contributor, "POST", "tags/", {"paper": paper.public_id}, 422)) == ["/target", "/relation", "/rationale", "/basis"]
    accepted = make_tag(statement, paper, relation="disputes")
    assert send(cast.contributor, "POST", "tags/", body | {"relation": "disputes"}, 409).json()["known"]["id"] == accepted.public_id


def test_a_search_is_logged(send: Send, cast: Cast) -> None:
    statement = make_statement()
    body = {"target": statement.code, "where": "arXiv", "query": "watermark", "searched_on": "2026-01-31"}
    made = send(cast.contributor, "POST", "searches/", body, 201)
    search = made.json()
    assert (made.headers["Location"], search["status"], search["statement"]["id"]) == (search["url"], "proposed", statement.code)
    assert (search["where"], search["query"], search["searched_on"], search["stale"]) == ("arXiv", "watermark", "2026-01-31", False)
    send(None, "GET", f"searches/{search['id']}/", status=404)
    ruling = {"searches": {search["id"]: {"verdict": "accept"}}}
    send(cast.reviewer, "POST", f"submissions/{search['submission']['id']}/decision/", ruling)
    assert [each["id"] for each in send(None, "GET", "searches/").json()["results"]] == [search["id"]]
    for field, value in (("target", "C1"), ("target", "P9.L9"), ("searched_on", "2999-01-01"), ("where", ""), ("query", "\u200b")):
        assert pointers(send(cast.contributor, "POST", "searches/", body | {field: value}, 422)) == [f"/{field}"], (field, value)
    assert Search.objects.count() == 1


# -- restricted --


def test_a_paper_is_restricted_and_freed(send: Send, cast: Cast) -> None:
    paper = make_paper()
    path = f"papers/{paper.public_id}/"
    assert pointers(send(cast.reviewer, "POST", f"{path}restrict/", {"reason": " "}, 422)) == ["/reason"]
    assert send(cast.reviewer, "POST", f"{path}restrict/", {"reason": "It tells how."}).json()["visibility"] == "restricted"
    send(cast.contributor, "GET", path, status=404)
    send(cast.contributor, "POST", f"{path}unrestrict/", {"reason": "Fine."}, 404)
    send(cast.reviewer, "POST", f"{path}unrestrict/", {"reason": "Fine."}, 403)
    send(cast.reviewer, "POST", f"{path}restrict/", {"reason": "Again."}, 409)
    assert send(cast.curator, "POST", f"{path}unrestrict/", {"reason": "Fine."}).json()["visibility"] == "public"


def test_the_text_of_a_tag_is_for_reviewers(send: Send, cast: Cast) -> None:
    tag = make_tag(locator="Section 4", contributor=cast.contributor)
    path = f"tags/{tag.public_id}/"
    send(cast.contributor, "POST", f"{path}restrict/", b"{", 403)
    restricted = send(cast.reviewer, "POST", f"{path}restrict/", {"reason": "It tells how."}).json()
    assert restricted["restricted"] == {"rationale": RATIONALE, "locator": "Section 4", "reason": "It tells how."}
    for by in (None, cast.contributor):
        shown = send(by, "GET", path).json()
        assert ("restricted" in shown, shown["rationale"], shown["locator"]) == (False, "", "")
    freed = send(cast.reviewer, "POST", f"{path}unrestrict/", {"reason": "Fine."}).json()
    assert ("restricted" in freed, freed["rationale"]) == (False, RATIONALE)


def test_a_change_elsewhere_keeps_the_text_that_is_withheld(send: Send, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), paper=make_paper())
    tag, path = submission.tags.get(), f"submissions/{submission.public_id}/"
    tags.restrict_text(tag=tag, by=cast.reviewer, reason="It tells how.")
    send(cast.reviewer, "POST", f"{path}request-changes/", {"note": "Where?"})
    shown = send(cast.contributor, "GET", path)
    assert RATIONALE not in shown.text
    send(cast.contributor, "PATCH", path, {"message": "On page 4."}, if_match=shown.headers["ETag"])
    submission.refresh_from_db()
    assert (submission.message, submission.content["tags"][0]["rationale"]) == ("On page 4.", RATIONALE)


# -- who may, before anything is read --


@pytest.mark.parametrize("path", ["papers/", "tags/", "searches/", "submissions/"])
def test_nobody_writes_unnamed(send: Send, cast: Cast, path: str) -> None:
    del cast
    refused = send(None, "POST", path, b"{", 401)
    assert refused.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("path", ["papers/", "tags/", "searches/"])
def test_a_reader_is_refused_before_the_body_is_read(send: Send, cast: Cast, path: str) -> None:
    assert "role contributor" in send(cast.reader, "POST", path, b"{", 403).json()["detail"]
    send(cast.contributor, "POST", path, b"{", 400)


def test_a_reader_suggests_corrections_only(send: Send, cast: Cast) -> None:
    send(cast.reader, "POST", "submissions/", {"record": RECORD}, 403)
    send(cast.reader, "POST", "submissions/", {"kind": "correction"}, 201)


def test_what_is_hidden_is_unknown_to_every_write(send: Send, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    tag, paper = submission.tags.get(), submission.paper
    assert paper
    for method, path, key in (
        ("PATCH", "papers/{}/", paper.public_id),
        ("POST", "papers/{}/restrict/", paper.public_id),
        ("PATCH", "tags/{}/", tag.public_id),
        ("POST", "tags/{}/unrestrict/", tag.public_id),
        ("DELETE", "submissions/{}/", submission.public_id),
        *(("POST", f"submissions/{{}}/{move}/", submission.public_id) for move in ("submit", "claim", "decision", "undo", "appeal")),
        *(("GET", f"{resource}/{{}}/history/", key) for resource, key in (("papers", paper.public_id), ("tags", tag.public_id))),
    ):
        answers = [send(cast.stranger, method, path.format(each), b"{" if method != "GET" else b"", 404) for each in (key, UNKNOWN)]
        assert answers[0].content == answers[1].content
    hidden = {"paper": paper.public_id, **tag_data("P1.L1")}
    answers = [send(cast.stranger, "POST", "tags/", hidden | {"paper": each}, 422) for each in (paper.public_id, UNKNOWN)]
    assert answers[0].content == answers[1].content


def test_a_teammate_sees_and_may_not(send: Send, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    for move in ("submit", "withdraw", "appeal", "claim", "release", "decision", "request-changes", "undo"):
        send(cast.teammate, "POST", f"submissions/{submission.public_id}/{move}/", b"{", 403)
    send(cast.teammate, "DELETE", f"submissions/{submission.public_id}/", status=403)


@pytest.mark.parametrize("name", ["state", "contributor", "id", "decided", "claim", "paper_id", "visibility", "created"])
def test_nobody_sets_a_field_that_is_not_theirs(send: Send, cast: Cast, name: str) -> None:
    """Hole 20."""
    for path, body in (("submissions/", {"record": RECORD}), ("papers/", RECORD), ("tags/", {}), ("searches/", {})):
        assert f"/{name}" in pointers(send(cast.contributor, "POST", path, {**body, name: "decided"}, 422))


# -- what is sent --

BAD = {
    "not JSON": b"title=a",
    "NUL": b'{"title": "a\\u0000b"}',
    "a raw NUL": b'{"title": "a\x00b"}',
    "half a character": b'{"title": "\\ud800"}',
    "half a character in a name": b'{"\\udfff": 1}',
    "not a number": b'{"advisory": NaN}',
    "no end": b'{"advisory": -Infinity}',
    "beyond all numbers": b'{"advisory": 1e999}',
    "a long number": b'{"advisory": ' + b"9" * 5000 + b"}",
    "a key twice": b'{"title": "a", "title": "b"}',
    "a key twice inside": b'{"identifiers": {"doi": [], "doi": []}}',
    "more after the end": b'{"title": "a"} {"title": "b"}',
    "nested too deeply": b'{"a":' * 40 + b"1" + b"}" * 40,
    "nested far too deeply": b"[" * 500_000,
    "a mark in front": b'\xef\xbb\xbf{"title": "a"}',
    "another encoding": '{"title": "a"}'.encode("utf-16"),
    "not UTF-8": b'{"title": "\xff"}',
    "a list": b'[{"title": "a"}]',
    "a text": b'"title"',
    "null": b"null",
    "a trailing comma": b'{"title": "a",}',
    "a comment": b'{"title": "a" /* b */}',
    "single quotes": b"{'title': 'a'}",
}


@pytest.mark.parametrize("name", BAD)
def test_json_is_read_strictly(send: Send, cast: Cast, name: str) -> None:
    """Promise 2."""
    refused = send(cast.contributor, "POST", "papers/", BAD[name], 400).json()
    assert refused["detail"].endswith((".", "…}."))
    assert Submission.objects.count() == 0


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "a number for a text": ({"title": 5}, "/title"),
    "a text for a list": ({"authors": "Ada"}, "/authors"),
    "null": ({"title": None}, "/title"),
    "a list for an object": ({"identifiers": []}, "/identifiers"),
    "true for a number": ({"advisory": True}, "/advisory"),
    "a word of no vocabulary": ({"type": "poem"}, "/type"),
    "an unknown field": ({"colour": "red"}, "/colour"),
    "an unknown field inside": ({"authors": [{"family": "A"}, {"email": "x"}]}, "/authors/1/email"),
    "blank": ({"title": "\u3164 \u200b"}, "/title"),
    "a control character": ({"venue": "a\u0007"}, "/venue"),
    "too long": ({"title": "a" * 1001}, "/title"),
    "no such identifier": ({"identifiers": {"doi": ["10.1000/a", "nonsense"]}}, "/identifiers/doi/1"),
    "a script": ({"address": "javascript:alert(1)"}, "/address"),
    "no such day": ({"date": "2026-02-30"}, "/date"),
    "too many authors": ({"authors": [{"family": "A"}] * 5001}, "/authors"),
    "slashes and tildes": ({"a/b~c": 1}, "/a~1b~0c"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_are_named_by_place(send: Send, cast: Cast, name: str) -> None:
    body, place = WRONG[name]
    assert pointers(send(cast.contributor, "POST", "papers/", {"title": "A title", **body}, 422)) == [place]
    assert Submission.objects.count() == 0


def test_all_faults_are_named_at_once(send: Send, cast: Cast) -> None:
    make_statement(make_problem(1))
    wrong = [tag_data("P1.L1", rationale="Short."), tag_data("P9.L9"), tag_data("P1.L1", relation="responds_to")]
    refused = send(cast.contributor, "POST", "submissions/", {"record": RECORD, "tags": wrong, "submit": True}, 422)
    assert pointers(refused) == ["/tags/0/rationale", "/tags/1/target", "/tags/2/relation"]
    assert (Submission.objects.count(), Paper.objects.count()) == (0, 0)


def test_300_tags_are_too_many(send: Send, cast: Cast) -> None:
    refused = send(cast.contributor, "POST", "submissions/", {"record": RECORD, "tags": [tag_data("P1.L1")] * 300}, 422)
    assert pointers(refused) == ["/tags"]
    assert "300" in refused.json()["errors"][0]["detail"]


def test_a_decision_names_what_is_wrong(send: Send, cast: Cast) -> None:
    make_statement(make_problem(1))
    submission = make_submission(cast.contributor, tag_data("P1.L1"))
    tag, path = submission.tags.get().public_id, f"submissions/{submission.public_id}/decision/"
    accept = {"verdict": "accept"}
    bad: list[tuple[dict[str, Any], list[str]]] = [
        ({}, ["/record", f"/tags/{tag}"]),
        ({"record": accept, "tags": {tag: {}}}, [f"/tags/{tag}/verdict"]),
        ({"record": accept, "tags": {tag: {"verdict": "decline"}}}, [f"/tags/{tag}/reason"]),
        ({"record": accept, "tags": {tag: accept, UNKNOWN: accept}}, [f"/tags/{UNKNOWN}"]),
        ({"record": accept, "tags": {tag: accept | {"changes": {"target": "P9.L9"}}}}, [f"/tags/{tag}/changes/target"]),
        ({"record": accept, "tags": {tag: accept | {"changes": {"rationale": "Short."}}}}, [f"/tags/{tag}/changes/rationale"]),
        ({"record": accept, "tags": {tag: accept | {"changes": {"status": "accepted"}}}}, [f"/tags/{tag}/changes/status"]),
        ({"record": "accept", "tags": []}, ["/record", "/tags"]),
    ]
    for body, places in bad:
        assert pointers(send(cast.reviewer, "POST", path, body, 422)) == places, body
    submission.refresh_from_db()
    assert submission.state == SubmissionState.SUBMITTED
    body = {"record": accept, "tags": {tag: accept}}
    send(cast.reviewer, "POST", path, body)
    assert "decided" in send(cast.curator, "POST", path, body, 409).json()["detail"]


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "application/json; charset=latin-1", "nonsense"]
)
def test_other_media_types_are_refused(send: Send, cast: Cast, kind: str) -> None:
    send(cast.contributor, "POST", "papers/", b'{"title": "a"}', 415, content_type=kind)
    send(cast.contributor, "POST", "papers/", {"title": "A title"}, 201, content_type="Application/JSON; charset=UTF-8")


def test_a_long_body_is_refused(send: Send, cast: Cast, settings: Any) -> None:
    settings.MAX_BODY = settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    send(cast.contributor, "POST", "papers/", {"title": "a" * 100}, 413)


def test_writes_take_no_parameters(send: Send, cast: Cast) -> None:
    send(cast.contributor, "POST", "papers/?title=a", RECORD, 400)


# -- repeated --


def test_a_repeated_request_gets_the_first_answer(send: Send, cast: Cast) -> None:
    first = send(cast.contributor, "POST", "papers/", RECORD, 201, idempotency_key="k1")
    again = send(cast.contributor, "POST", "papers/", RECORD, 201, idempotency_key="k1")
    assert (again.content, again.headers["Location"]) == (first.content, first.headers["Location"])
    assert Submission.objects.count() == 1
    refused = send(cast.contributor, "POST", "papers/", RECORD | {"venue": "Other"}, 422, idempotency_key="k1").json()
    assert refused["errors"][0]["header"] == "Idempotency-Key"
    other = send(cast.stranger, "POST", "papers/", {"title": "Another", "date": "2020"}, 201, idempotency_key="k1").json()
    assert other["id"] != first.json()["id"]
    for key in ("", "x" * 256, "a\tb"):
        send(cast.contributor, "POST", "papers/", RECORD, 422, idempotency_key=key)


def test_each_move_may_be_repeated(send: Send, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    path = f"submissions/{submission.public_id}/"
    for by, move, body in (
        (cast.contributor, "submit", None),
        (cast.reviewer, "claim", None),
        (cast.reviewer, "release", None),
        (cast.reviewer, "request-changes", {"note": "Where?"}),
        (cast.reviewer, "undo", None),
        (cast.contributor, "withdraw", {}),
    ):
        mark = etag(send, by, path)
        first, again = (send(by, "POST", f"{path}{move}/", body, idempotency_key=move, if_match=mark) for _ in range(2))
        assert first.content == again.content


def test_a_refused_request_is_not_kept(send: Send, cast: Cast) -> None:
    body = {"paper": UNKNOWN, **tag_data(make_statement())}
    send(cast.contributor, "POST", "tags/", body, 422, idempotency_key="k")
    send(cast.contributor, "POST", "tags/", body | {"paper": make_paper().public_id}, 201, idempotency_key="k")


# -- rate, history, cost --


def test_too_many_writes(send: Send, cast: Cast, settings: Any) -> None:
    settings.WRITES_A_MINUTE = 1
    send(cast.contributor, "POST", "submissions/", {}, 201)
    assert send(cast.contributor, "POST", "submissions/", {}, 429).headers["Retry-After"] == "60"


def test_history_tells_what_but_no_text(send: Send, cast: Cast) -> None:
    made = send(cast.contributor, "POST", "papers/", {"title": "Secretive title"}, 201).json()
    path = f"papers/{made['id']}/"
    send(cast.contributor, "PATCH", path, {"title": "Second title", "date": "2024-05"}, if_match="*")
    submission = Submission.objects.get()
    reviews.decide(submission=submission, by=cast.reviewer, rulings=reviews.Rulings(record=reviews.Ruling(Verdict.ACCEPT)))

    def told(by: User | None, where: str = path) -> list[tuple[str, str, list[str]]]:
        answer = send(by, "GET", f"{where}history/")
        assert "title" not in answer.text.replace('"title"', "")
        return [(each["kind"], each["actor"], each["changed"]) for each in answer.json()["results"]]

    theirs = [("changed", "Contributor", ["title", "date"]), ("created", "Contributor", [])]
    assert told(None) == told(cast.contributor) == [("published", "a reviewer", []), *theirs]
    assert told(cast.reviewer) == told(cast.curator) == [("published", "Reviewer", []), *theirs]
    assert [kind for kind, _, _ in told(cast.contributor, f"submissions/{submission.public_id}/")] == ["decided", "changed", "submitted", "created"]
    send(None, "GET", f"submissions/{submission.public_id}/history/", status=404)
    first = send(None, "GET", f"{path}history/?page_size=2").json()
    second = send(None, "GET", first["next"].removeprefix(HOST)).json()
    assert [each["kind"] for each in (*first["results"], *second["results"])] == ["published", "changed", "created"]
    User.objects.filter(pk=cast.contributor.pk).update(hide_name=True)
    assert told(None)[1][1] == "a contributor"
    reviews.restrict_paper(paper=Paper.objects.get(), by=cast.reviewer, reason="It tells how.")
    send(None, "GET", f"{path}history/", status=404)


def test_the_history_of_a_twin_does_not_give_the_record_away(send: Send, cast: Cast) -> None:
    make_paper(title="Hidden", identifiers=[(Scheme.DOI, "10.1000/abc")], visibility=Visibility.RESTRICTED)
    told = []
    for doi in ("10.1000/abc", "10.1000/new"):
        made = send(cast.contributor, "POST", "papers/", {"title": f"Mine {doi}", "identifiers": {"doi": [doi]}}, 201).json()
        events = send(cast.contributor, "GET", f"papers/{made['id']}/history/").json()["results"]
        told.append([{name: value for name, value in event.items() if name != "at"} for event in events])
    assert told[0] == told[1]


@pytest.mark.parametrize("resource", ["problems", "statements", "calls"])
def test_the_catalogue_has_a_history(send: Send, cast: Cast, resource: str) -> None:
    del cast
    statement = make_statement(make_problem(1))
    make_call(statement)
    key = {"problems": "1", "statements": "P1.L1", "calls": "C1"}[resource]
    assert [(each["kind"], each["actor"]) for each in send(None, "GET", f"{resource}/{key}/history/").json()["results"]] == [("created", "")]


def queries(send: Send, *request: Any, **more: Any) -> int:
    with CaptureQueriesContext(connection) as captured:
        send(*request, **more)
    return len(captured)


def test_lists_cost_the_same_for_one_row_and_three(send: Send, cast: Cast) -> None:
    statement = make_statement()
    search = {"target": statement.code, "where": "arXiv", "query": "watermark", "searched_on": "2026-01-01"}
    costs = []
    for rows in (1, 3):
        while Tag.objects.count() < rows:
            submission = make_submission(cast.contributor, tag_data(statement))
            reviews.claim(submission=submission, by=cast.reviewer)
            tags.restrict_text(tag=submission.tags.get(), by=cast.reviewer, reason="Why.")
            send(cast.contributor, "POST", "searches/", search, 201)
        first = Submission.objects.earliest("pk")
        paths = ("submissions/", "searches/", "tags/", f"submissions/{first.public_id}/")
        costs.append([queries(send, by, "GET", path) for path in paths for by in (cast.contributor, cast.reviewer)])
    assert costs[0] == costs[1]


def test_history_costs_the_same_for_one_entry_and_three(send: Send, cast: Cast) -> None:
    path = f"papers/{send(cast.contributor, 'POST', 'papers/', RECORD, 201).json()['id']}/"
    one = queries(send, cast.contributor, "GET", f"{path}history/")
    for venue in ("One", "Two"):
        send(cast.contributor, "PATCH", path, {"venue": venue}, if_match="*")
    assert len(send(cast.contributor, "GET", f"{path}history/").json()["results"]) == 3
    assert queries(send, cast.contributor, "GET", f"{path}history/") == one


def test_reading_costs_no_more_with_more_tags(send: Send, cast: Cast) -> None:
    problem = make_problem(1)
    for _ in range(3):
        make_statement(problem)
    one, three = (make_submission(cast.contributor, *(tag_data(f"P1.L{n + 1}") for n in range(count))) for count in (1, 3))
    for by in (cast.contributor, cast.reviewer):
        assert queries(send, by, "GET", f"submissions/{one.public_id}/") == queries(send, by, "GET", f"submissions/{three.public_id}/")
