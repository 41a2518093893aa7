"""Pages of many at once: from the queue to a preview, to what became of it, and back by one undo."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Role, SubmissionState, Visibility
from problems.models import BulkChange, Submission
from problems.services import reviews
from tests.factories import Cast, make_agenda, make_statement, make_submission, make_user, tag_data
from tests.views.html import Node, read, visit

BULK = "/review/bulk/"


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The reviewer's browser."""
    make_agenda()
    client.force_login(cast.reviewer)
    client.get("/review/")
    return client


def some(cast: Cast, number: int = 2) -> list[Submission]:
    return [make_submission(cast.contributor, tag_data(make_statement())) for _ in range(number)]


def send(client: Client, act: str, rows: list[Any], *, status: int = 200, **values: str) -> Node:
    answer = client.post(BULK, {"act": act, "submission": [getattr(row, "public_id", row) for row in rows]} | values)
    assert answer.status_code == status, answer.text
    return read(answer)


def hidden(page: Node) -> dict[str, Any]:
    """What the form of the preview sends by itself."""
    form = page.one("form", "bulk")
    found: dict[str, Any] = {}
    for each in form.all("input", type="hidden"):
        found.setdefault(each["name"], []).append(each["value"])
    return {name: values for name, values in found.items() if name != "csrfmiddlewaretoken"}


def headings(page: Node) -> list[str]:
    return [each.text for each in page.one("main").all("h2")]


def test_previewed_applied_and_undone(desk: Client, cast: Cast) -> None:
    one, other = some(cast)
    held = reviews.claim(submission=some(cast, 1)[0], by=cast.curator)
    page = send(desk, "accept", [one, other, held, "aaaaaaaaaa"])
    assert page.one("h1").text == "Accept 2 submissions"
    assert headings(page) == ["What changes", "Limitations that move", "Left as they are"]
    assert [each.text for each in page.all("ul", "bulk-list")[1].all("li")] == [
        f"{held.content['record']['title']} Somebody else is reviewing it.",
        "There is no such submission.",
    ]
    assert Submission.objects.filter(state=SubmissionState.DECIDED).count() == 0
    answer = desk.post(BULK, hidden(page) | {"do": "apply"})
    change = BulkChange.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{BULK}{change.public_id}/")
    assert desk.post(BULK, hidden(page) | {"do": "apply"}).headers["Location"] == answer.headers["Location"]  # pressed twice
    assert BulkChange.objects.count() == 1
    page = visit(desk, f"{BULK}{change.public_id}/")
    assert page.one("h1").text == "Accept: 2 submissions"
    assert page.one("form", "bulk-undo").one("button").text == "Undo all 2"
    assert Submission.objects.filter(state=SubmissionState.DECIDED).count() == 2
    assert desk.post(f"{BULK}{change.public_id}/").status_code == 303
    assert Submission.objects.filter(state=SubmissionState.DECIDED).count() == 0
    page = visit(desk, f"{BULK}{change.public_id}/")
    assert page.all("form", "bulk-undo") == []
    assert desk.post(f"{BULK}{change.public_id}/").status_code == 409


def test_each_act_asks_for_what_it_needs(desk: Client, cast: Cast) -> None:
    rows = some(cast, 1)
    needs = {
        "accept": [],
        "decline": ["reason", "words"],
        "assign": ["to"],
        "retag": ["source", "target", "relation"],
        "restrict": ["words"],
    }
    for act, names in needs.items():
        form = send(desk, act, rows).one("form", "bulk")
        fields = [each["name"] for tag in ("select", "input", "textarea") for each in form.all(tag) if each.attributes.get("type") != "hidden"]
        assert sorted(fields) == sorted(names)


def test_what_is_missing_is_said_and_what_was_typed_stays(desk: Client, cast: Cast) -> None:
    rows = some(cast, 1)
    page = send(desk, "decline", rows, status=422, do="apply", words="Not of this field")
    assert page.one("div", "error-summary").all("li")[0].text == "Reason: Choose a reason."
    assert page.one("textarea").text == "Not of this field"
    assert Submission.objects.get(pk=rows[0].pk).state == SubmissionState.SUBMITTED
    page = send(desk, "retag", rows, status=422, do="preview", target="P9.L9")
    assert page.one("input", name="target")["value"] == "P9.L9"
    assert "There is no “P9.L9”." in page.one("div", "error-summary").text


def test_nothing_possible_is_said_at_each(desk: Client, cast: Cast) -> None:
    held = reviews.claim(submission=some(cast, 1)[0], by=cast.curator)
    page = send(desk, "accept", [held], status=422, do="apply")
    assert page.one("div", "error-summary").all("li")[0].text == "Submissions: Nothing could be done to any of them. Each says why."
    assert headings(page)[-1] == "Left as they are"
    assert page.all("button", "primary") == []


@pytest.mark.parametrize(
    ("act", "number", "text"),
    [
        ("accept", 0, "Choose at least one submission."),
        ("accept", 101, "Choose 100 submissions at most."),
        ("burn", 1, "Choose what to do with them."),
    ],
)
def test_a_choice_that_cannot_be_is_refused(desk: Client, act: str, number: int, text: str) -> None:
    page = send(desk, act, [f"{each:010}" for each in range(number)], status=422)
    assert page.one("div", "error-summary").all("li")[0].text == f"Submissions: {text}"


def test_garbled_values_are_answers(desk: Client, cast: Cast) -> None:
    [row] = some(cast, 1)
    for values in (
        {"words": "a\0b"},
        {"words": "x" * 6000},
        {"reason": "\ud800".encode("utf-8", "replace").decode()},
        {f"seen.{row.public_id}": "x"},
    ):
        assert desk.post(BULK, {"act": "decline", "submission": [row.public_id, "a\0b", "x" * 5000], "do": "apply"} | values).status_code == 422


def test_the_choice_outlives_a_session(client: Client, cast: Cast) -> None:
    rows = some(cast, 1)
    answer = client.post(BULK, {"act": "decline", "submission": [rows[0].public_id], "do": "apply", "reason": "other", "words": "Kept words"})
    assert answer.headers["Location"].startswith("/accounts/login/")
    client.force_login(cast.reviewer)
    page = visit(client, BULK)
    assert page.one("textarea").text == "Kept words"
    assert Submission.objects.get(pk=rows[0].pk).state == SubmissionState.SUBMITTED


def test_the_list_is_of_ones_own_and_asks_as_often_whatever_the_number(desk: Client, cast: Cast) -> None:
    asked = []
    for number in (1, 3):
        for _ in range(number):
            BulkChange.objects.create(by=cast.reviewer, act="accept", items=[{"id": "aaaaaaaaaa", "left": "", "told": []}])
        BulkChange.objects.create(by=make_user(Role.REVIEWER), act="decline")
        with CaptureQueriesContext(connection) as queries:
            page = visit(desk, BULK)
        asked.append(len(queries))
        assert {each.text for each in page.one("table").all("th", scope="row")} == {"Accept"}
    assert asked[0] == asked[1]
    assert len(visit(desk, BULK).one("table").all("th", scope="row")) == 4


def test_restricted_and_lifted_by_the_same_person(desk: Client, cast: Cast) -> None:
    [row] = some(cast, 1)
    page = send(desk, "restrict", [row], words="Asked for by its authors", do="preview")
    desk.post(BULK, hidden(page) | {"do": "apply", "words": "Asked for by its authors"})
    assert row.paper is not None
    row.paper.refresh_from_db()
    assert row.paper.visibility == Visibility.RESTRICTED
    desk.post(BulkChange.objects.get().get_absolute_url())
    row.paper.refresh_from_db()
    assert row.paper.visibility == Visibility.WAITING
