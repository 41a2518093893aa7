"""Imports by the API: a file sent as it is, followed, settled; its records decided on; and what others are told of it: nothing."""

import json
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import ImportState, RowOutcome, TokenScope, Visibility
from problems.models import ImportRun, Paper, Submission, Team, User
from problems.services import imports, tokens
from tests.api.conftest import API, HOST
from tests.factories import Cast, make_import, make_import_row, make_paper, make_statement, make_submission, tag_data

BIB = b"@article{one, title={Nobody has tested one}, author={Abel, Ada}, year={2024}}\n"
RECORD = {"title": "Nobody has tested one", "authors": [{"family": "Abel"}]}


def send(by: User | None, method: str, path: str, data: Any = None, status: int = 200, **headers: str) -> Any:
    """The answer once its status is what it should be."""
    client = Client()
    if by is not None:
        client.force_login(by)
    kind = headers.pop("content_type", "application/octet-stream" if isinstance(data, bytes) else "application/json")
    body = data if isinstance(data, bytes) else b"" if data is None else json.dumps(data).encode()
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    answer: Any = client.generic(method, f"{API}/{path}", body, content_type=kind, headers=given)
    assert answer.status_code == status, (answer.status_code, answer.content)
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
    return answer


def test_from_a_file_to_records(cast: Cast) -> None:
    team = Team.objects.get(members=cast.contributor)
    made = send(cast.contributor, "POST", f"imports/?filename=library.bib&team={team.slug}", BIB, 202)
    begun = made.json()
    run = ImportRun.objects.get()
    assert made.headers["Location"] == begun["url"] == f"{HOST}/api/v1/imports/{run.public_id}/"
    assert (begun["state"], begun["filename"], begun["format"], begun["size"], begun["by"]) == (
        "queued",
        "library.bib",
        "bibtex",
        len(BIB),
        "Contributor",
    )
    assert (begun["team"]["id"], begun["total"], begun["done"], begun["submission"], begun["records"]) == (team.slug, None, 0, None, None)
    assert (begun["html_url"], begun["report"]) == (f"{HOST}/imports/{run.public_id}/", f"{HOST}/imports/{run.public_id}/report.jsonl")
    assert imports.run_next()
    told = send(cast.contributor, "GET", f"imports/{run.public_id}/").json()
    assert (told["state"], told["total"], told["done"], told["error"]) == ("finished", 1, 1, "")
    assert told["counts"] == {"created": 1, "known": 0, "unclear": 0, "refused": 0}
    assert told["records"] == {"waiting": 1, "accepted": 0, "declined": 0}
    [entry] = send(cast.contributor, "GET", f"imports/{run.public_id}/rows/").json()["results"]
    paper = Paper.objects.get()
    assert entry == {
        "number": 1,
        "line": 1,
        "key": "one",
        "title": "Nobody has tested one",
        "outcome": "created",
        "reason": "",
        "notes": [],
        "record": None,
        "paper": {"id": paper.public_id, "url": f"{HOST}/api/v1/papers/{paper.public_id}/"},
    }
    submission = send(cast.contributor, "GET", f"submissions/{told['submission']['id']}/").json()
    assert (submission["kind"], submission["imported"]["id"], submission["team"]["id"]) == ("import", run.public_id, team.slug)
    assert submission["paper"] is None


def test_with_a_token_and_with_a_session_of_a_browser(cast: Cast) -> None:
    _, secret = tokens.make(user=cast.contributor, name="Import", scope=TokenScope.WRITE, by=cast.contributor)
    client = Client(enforce_csrf_checks=True)
    answer = client.generic("POST", f"{API}/imports/", BIB, content_type="text/plain", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 202
    client.force_login(cast.contributor)
    assert client.generic("POST", f"{API}/imports/", BIB, content_type="application/octet-stream").status_code == 403
    client.get("/accounts/password/change/")
    token = client.cookies["csrf"].value
    answer = client.generic("POST", f"{API}/imports/", BIB + b"\n", content_type="application/x-bibtex", headers={"X-CSRFToken": token})
    assert (answer.status_code, ImportRun.objects.latest("pk").size) == (202, len(BIB) + 1)


def test_a_file_that_is_sent_twice_with_one_key_is_one_import(cast: Cast) -> None:
    first = send(cast.contributor, "POST", "imports/", BIB, 202, idempotency_key="once").json()
    assert send(cast.contributor, "POST", "imports/", BIB, 202, idempotency_key="once").json() == first
    send(cast.contributor, "POST", "imports/", BIB + b"\n", 422, idempotency_key="once")
    send(cast.contributor, "POST", "imports/?filename=other.bib", BIB, 422, idempotency_key="once")
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize(
    ("path", "data", "kind", "status"),
    [
        ("imports/", b"", "application/octet-stream", 422),
        ("imports/", b"%PDF-1.7", "application/pdf", 422),
        ("imports/", BIB, "multipart/form-data; boundary=x", 415),
        ("imports/", BIB, "application/x-www-form-urlencoded", 415),
        ("imports/?team=no-such-team", BIB, "application/octet-stream", 422),
        ("imports/?nonsense=1", BIB, "application/octet-stream", 400),
        ("imports/?filename=", BIB, "application/octet-stream", 400),
        ("imports/?filename=%00", BIB, "application/octet-stream", 400),
    ],
)
def test_what_is_no_file_of_records_is_refused(cast: Cast, path: str, data: bytes, kind: str, status: int) -> None:
    send(cast.contributor, "POST", path, data, status, content_type=kind)
    assert ImportRun.objects.count() == 0


def test_a_packed_file_is_refused(cast: Cast) -> None:
    send(cast.contributor, "POST", "imports/", BIB, 415, content_encoding="gzip")
    assert ImportRun.objects.count() == 0


def test_sizes(cast: Cast, settings: LazySettings) -> None:
    settings.MAX_IMPORT = len(BIB)
    send(cast.contributor, "POST", "imports/", BIB, 202)
    assert "larger than" in send(cast.contributor, "POST", "imports/", BIB + b"\n", 413).json()["detail"]
    assert "larger than" in send(cast.contributor, "POST", "imports/", b"x" * 100_000, 413).json()["detail"]
    settings.MAX_IMPORT, settings.MAX_BODY, settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 3_000_000, 1000, 1000
    send(cast.contributor, "POST", "imports/", BIB + b"\n" * 2_000_000, 202)
    send(cast.contributor, "POST", "papers/", b"x" * 1001, 413)


def test_hole_6_imports_of_others_are_not_there(cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    hidden = make_import(cast.contributor, 0, state=ImportState.RUNNING, submission=None)
    for by, known in ((None, 0), (cast.reader, 0), (cast.stranger, 0), (cast.teammate, 2), (cast.contributor, 2), (cast.reviewer, 1)):
        assert len(send(by, "GET", "imports/").json()["results"]) == known
        for tail in ("", "rows/"):
            assert send(by, "GET", f"imports/{run.public_id}/{tail}", status=200 if known else 404)
            theirs, unknown = (send(by, "GET", f"imports/{key}/{tail}", status=404) for key in ("aaaaaaaaaa", "nonsense"))
            assert theirs.json() == unknown.json()
            if known < 2:
                assert send(by, "GET", f"imports/{hidden.public_id}/{tail}", status=404).json() == theirs.json()


def test_it_is_cancelled_by_who_sent_it(cast: Cast) -> None:
    run_id = send(cast.contributor, "POST", "imports/", BIB, 202).json()["id"]
    for by, status in ((None, 401), (cast.stranger, 404), (cast.teammate, 403)):
        send(by, "POST", f"imports/{run_id}/cancel/", status=status)
    assert send(cast.contributor, "POST", f"imports/{run_id}/cancel/").json()["state"] == "cancelled"
    send(cast.contributor, "POST", f"imports/{run_id}/cancel/", status=409)


def test_unclear_entries_are_settled(cast: Cast) -> None:
    run = make_import(cast.contributor, 0, counts={"unclear": 2})
    known = make_paper(title="Nobody has tested one!")
    for number in (1, 2):
        make_import_row(run, RowOutcome.UNCLEAR, number=number, paper=known, record=RECORD, reason="Say whether it is.")
    make_import_row(run, RowOutcome.REFUSED, number=3)
    path = f"imports/{run.public_id}/"
    [first, _] = send(cast.contributor, "GET", f"{path}rows/?outcome=unclear").json()["results"]
    assert (first["record"], first["paper"]["id"]) == (RECORD, known.public_id)
    told = send(cast.contributor, "POST", f"{path}settle/", {"entry": 1, "choice": "same"}).json()
    assert (told["outcome"], told["paper"]["id"], told["record"]) == ("known", known.public_id, None)
    told = send(cast.contributor, "POST", f"{path}settle/", {"entry": 2, "choice": "new"}).json()
    assert (told["outcome"], told["paper"]["id"]) == ("created", Paper.objects.latest("pk").public_id)
    assert send(cast.contributor, "GET", path).json()["counts"] == {"created": 1, "known": 1, "unclear": 0, "refused": 1}
    send(cast.contributor, "POST", f"{path}settle/", {"entry": 3, "choice": "same"}, 409)
    for body, pointer in (
        ({"entry": 9, "choice": "same"}, "/entry"),
        ({"entry": 0, "choice": "same"}, "/entry"),
        ({"entry": "1", "choice": "same"}, "/entry"),
        ({"entry": 1, "choice": "either"}, "/choice"),
        ({"entry": 1}, "/choice"),
    ):
        assert [each["pointer"] for each in send(cast.contributor, "POST", f"{path}settle/", body, 422).json()["errors"]] == [pointer]
    send(cast.teammate, "POST", f"{path}settle/", {"entry": 1, "choice": "same"}, 403)
    send(cast.stranger, "POST", f"{path}settle/", {"entry": 1, "choice": "same"}, 404)


def test_what_the_reader_may_not_know_of_is_named_nowhere(cast: Cast) -> None:
    run = make_import(cast.contributor, 0)
    hidden = make_paper(title="Secretword", visibility=Visibility.RESTRICTED)
    make_import_row(run, RowOutcome.KNOWN, number=1, paper=hidden, reason="The same as Secretword.")
    [told] = send(cast.contributor, "GET", f"imports/{run.public_id}/rows/").json()["results"]
    assert (told["paper"], told["reason"]) == (None, "")
    [told] = send(cast.reviewer, "GET", f"imports/{run.public_id}/rows/").json()["results"]
    assert told["paper"]["id"] == hidden.public_id


def test_rows_are_filtered_and_paged_by_key_with_the_same_queries(cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    path = f"imports/{run.public_id}/rows/"
    client = Client()
    client.force_login(cast.contributor)
    client.get(f"{API}/{path}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{API}/{path}")
    for number in range(2, 6):
        make_import_row(run, RowOutcome.KNOWN, number=number, paper=make_paper())
    with CaptureQueriesContext(connection) as many:
        client.get(f"{API}/{path}")
    assert len(many) == len(few)
    first = client.get(f"{API}/{path}?page_size=3").json()
    second = client.get(first["next"].removeprefix(HOST)).json()
    assert [[row["number"] for row in page["results"]] for page in (first, second)] == [[1, 2, 3], [4, 5]]
    assert [row["number"] for row in client.get(f"{API}/{path}?outcome=known&ordering=-number").json()["results"]] == [5, 4, 3, 2]
    send(cast.contributor, "GET", f"{path}?outcome=nonsense", status=400)


def test_the_list_is_filtered_with_the_same_queries(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.contributor)

    def asked() -> int:
        client.get(f"{API}/imports/")
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{API}/imports/")
        return len(queries)

    make_import(cast.contributor, 1)
    few = asked()
    for _ in range(2):
        make_import(cast.teammate, 2)
    assert asked() == few
    running = make_import(cast.contributor, 0, state=ImportState.RUNNING, submission=None)
    assert [each["id"] for each in client.get(f"{API}/imports/?state=running").json()["results"]] == [running.public_id]


# -- its submission --


def test_an_import_is_not_begun_as_a_submission(cast: Cast) -> None:
    answer = send(cast.contributor, "POST", "submissions/", {"kind": "import", "submit": True}, 422).json()
    assert [(each["pointer"], each["detail"]) for each in answer["errors"]] == [
        ("/kind", "An import begins with its file: send that to imports/."),
    ]
    assert Submission.objects.count() == 0


def test_its_records_are_decided_on_some_and_all(cast: Cast) -> None:
    run = make_import(cast.contributor, 3)
    assert run.submission
    first, second, third = [row.paper.public_id for row in run.rows.all() if row.paper]
    path = f"submissions/{run.submission.public_id}/"
    body = {"records": {second: {"verdict": "decline", "reason": "out_of_scope"}}, "note": "Not this one."}
    told = send(cast.reviewer, "POST", f"{path}decision/", body).json()
    assert (told["state"], [review["note"] for review in told["reviews"]], told["reviews"][0]["decisions"]) == ("submitted", ["Not this one."], [])
    told = send(cast.reviewer, "POST", f"{path}decision/", {"records": {"all": {"verdict": "accept"}}}).json()
    assert told["state"] == "decided"
    assert [Paper.objects.get(public_id=key).visibility for key in (first, second, third)] == ["public", "declined", "public"]
    assert send(cast.contributor, "GET", f"imports/{run.public_id}/").json()["records"] == {"waiting": 0, "accepted": 2, "declined": 1}
    assert send(cast.reviewer, "POST", f"{path}undo/").json()["state"] == "submitted"
    assert Paper.objects.filter(visibility=Visibility.WAITING).count() == 2
    send(cast.reviewer, "POST", f"{path}request-changes/", {"note": "Why?"}, 409)
    send(cast.contributor, "POST", f"{path}decision/", {"records": {"all": {"verdict": "accept"}}}, 403)


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, ["/records"]),
        ({"records": {}}, ["/records"]),
        ({"records": {"all": {}}}, ["/records/all/verdict"]),
        ({"records": {"all": {"verdict": "restrict", "words": "Might help offenders."}}}, ["/records/all/verdict"]),
        ({"records": {"aaaaaaaaaa": {"verdict": "accept"}}}, ["/records/aaaaaaaaaa"]),
        ({"records": {"all": {"verdict": "accept"}}, "record": {"verdict": "accept"}}, ["/record"]),
    ],
)
def test_what_is_missing_is_named_by_its_place(cast: Cast, body: Any, pointers: list[str]) -> None:
    run = make_import(cast.contributor, 1)
    assert run.submission
    answer = send(cast.reviewer, "POST", f"submissions/{run.submission.public_id}/decision/", body, 422).json()
    assert [each["pointer"] for each in answer["errors"]] == pointers


def test_records_are_those_of_imports_alone(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    body = {"records": {"all": {"verdict": "accept"}}}
    answer = send(cast.reviewer, "POST", f"submissions/{submission.public_id}/decision/", body, 422).json()
    assert [each["pointer"] for each in answer["errors"]] == ["/records"]
