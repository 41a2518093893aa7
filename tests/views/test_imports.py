"""Imports on the site: who sends what, what its page tells whom, the report, and deciding on the records."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import ImportState, RowOutcome, Scheme, SubmissionState, Visibility
from problems.models import ImportRun, Paper, Submission, Team, User
from problems.queries import duplicates
from problems.queries import imports as queries
from problems.services import imports
from tests.factories import Cast, make_agenda, make_import, make_import_row, make_paper, make_statement, make_submission, make_team, tag_data
from tests.views.html import Node, read, visit

BIB = b"""@article{one, title={Nobody has tested one}, author={Abel, Ada}, year={2024}}
@article{two, title={Measuring how long a mark lasts}, year={2023}}
"""
AUTHORED = {
    "title": "Nobody has tested one",
    "authors": [{"family": "Abel", "given": "Ada"}],
    "date": "2024",
    "identifiers": {"doi": ["10.1000/one"]},
}


@pytest.fixture
def mine(cast: Cast, client: Client) -> Client:
    """The contributor's browser."""
    make_agenda()
    client.force_login(cast.contributor)
    return client


def upload(client: Client, data: bytes = BIB, name: str = "library.bib", **more: Any) -> Any:
    return client.post("/imports/", {"file": SimpleUploadedFile(name, data), **more})


def as_user(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


# -- sending a file --


def test_a_file_is_taken_in_and_its_page_follows_it(mine: Client, cast: Cast) -> None:
    answer = upload(mine)
    run = ImportRun.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, run.get_absolute_url())
    assert (run.by, run.filename, run.format, run.size, bytes(run.data or b"")) == (cast.contributor, "library.bib", "bibtex", len(BIB), BIB)
    page = visit(mine, run.get_absolute_url())
    assert page.one("div", "import-progress").text == "Waits to be read 0 created"
    assert page.one("noscript").one("a")["href"] == run.get_absolute_url()
    assert imports.run_next()
    page = visit(mine, run.get_absolute_url())
    assert page.one("div", "import-progress").text == "Finished: 2 of 2 entries 2 created"
    assert page.all("noscript") == page.all("progress") == []
    papers = list(Paper.objects.order_by("pk"))
    assert [each["href"] for each in page.one("table", "import-rows").all("a")] == [paper.get_absolute_url() for paper in papers]


def test_the_form_is_sent_once_however_often_it_is_pressed(mine: Client) -> None:
    once = visit(mine, "/imports/").one("input", name="once")["value"]
    assert upload(mine, once=once).headers["Location"] == upload(mine, once=once).headers["Location"]
    assert ImportRun.objects.count() == 1
    assert upload(mine, BIB + b"\n", once=once).status_code == 422


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (None, "File: Choose a file."),
        (b"%PDF-1.7 x", "File: "),
        (b"PK\x03\x04 x", "File: "),
    ],
)
def test_what_is_no_file_of_records_is_told_at_the_field(mine: Client, data: bytes | None, told: str) -> None:
    answer = mine.post("/imports/") if data is None else upload(mine, data, "library.pdf")
    page = read(answer)
    assert answer.status_code == 422
    assert page.one("div", "error-summary").one("a").text.startswith(told)
    assert ImportRun.objects.count() == 0


def test_on_behalf_of_a_team_of_theirs(mine: Client, cast: Cast) -> None:
    team = Team.objects.get(members=cast.contributor)
    assert [each.text for each in visit(mine, "/imports/").one("select", name="team").all("option")] == ["Myself", team.name]
    assert upload(mine, team=team.slug).status_code == 303
    assert ImportRun.objects.get().team == team
    assert upload(mine, team="no-such-team").status_code == 422
    assert visit(as_user(cast.stranger), "/imports/").all("select", name="team") == []


class _Body:
    """A body of a request that fails the test when it is read."""

    def read(self, *_: Any) -> bytes:
        pytest.fail("The body was read")

    readline = read


@pytest.mark.parametrize(("role", "status"), [("anonymous", 302), ("reader", 403)])
def test_who_may_not_is_refused_before_anything_is_read(cast: Cast, role: str, status: int) -> None:
    client = Client(enforce_csrf_checks=True)
    if role != "anonymous":
        client.force_login(getattr(cast, role))
    for path, kind in (("/imports/", "multipart/form-data; boundary=x"), ("/api/v1/imports/", "application/octet-stream")):
        unread: Any = {"CONTENT_LENGTH": "1000", "wsgi.input": _Body()}
        answer = client.generic("POST", path, b"", content_type=kind, **unread)
        api_status = 401 if role == "anonymous" else 403
        assert answer.status_code == (status if path == "/imports/" else api_status)


def test_a_form_of_another_site_is_refused(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.contributor)
    assert upload(client).status_code == 403
    assert ImportRun.objects.count() == 0


def test_sizes(mine: Client, settings: LazySettings) -> None:
    settings.MAX_IMPORT = 1000
    assert upload(mine, b"x" * 100_000).status_code == 413
    answer = upload(mine, b"@article{x, title={" + b"x" * 1000 + b"}}")
    assert (answer.status_code, read(answer).one("div", "error-summary").one("a").text) == (
        422,
        "File: The file is larger than 1,000 bytes. Split it, and import the parts.",
    )
    assert upload(mine, BIB).status_code == 303


def test_no_other_page_takes_a_file(mine: Client) -> None:
    for path in ("/log/", "/log/search/", "/accounts/password/change/"):
        assert upload_to(mine, path) == 400, path


def upload_to(client: Client, path: str) -> int:
    return int(client.post(path, {"file": SimpleUploadedFile("library.bib", BIB)}).status_code)


# -- the list and the page --


def test_the_list_holds_those_of_oneself_and_one_s_teams(mine: Client, cast: Cast) -> None:
    first, second = make_import(cast.contributor, 1, filename="first.bib"), make_import(cast.teammate, 2, filename="second.bib")
    make_import(cast.stranger, filename="third.bib")
    assert rows(visit(mine, "/imports/")) == [("second.bib", second.get_absolute_url()), ("first.bib", first.get_absolute_url())]
    assert len(rows(visit(as_user(cast.reviewer), "/imports/"))) == 0


def rows(page: Node) -> list[tuple[str, str]]:
    return [(each.text, each["href"]) for each in page.all("a", "line-title")]


def test_the_list_is_paged_by_key_with_the_same_queries(mine: Client, cast: Cast) -> None:
    make_import(cast.contributor, 0, filename="0.bib")
    mine.get("/imports/")
    with CaptureQueriesContext(connection) as few:
        visit(mine, "/imports/")
    for number in range(1, 26):
        make_import(cast.contributor, 0, filename=f"{number}.bib")
    with CaptureQueriesContext(connection) as many:
        page = visit(mine, "/imports/")
    assert len(many) == len(few)
    assert len(rows(page)) == 25
    following = page.one("a", rel="next")["href"]
    assert [name for name, _ in rows(read(mine.get(following)))] == ["0.bib"]


@pytest.mark.parametrize("role", ["reader", "stranger", "anonymous"])
def test_hole_6_imports_of_others_are_not_there(cast: Cast, role: str) -> None:
    """Reports of another team: 404 for others and for anonymous, who is led to the log-in whether it is there or not."""
    make_agenda()
    run = make_import(cast.contributor, 1)
    client = Client() if role == "anonymous" else as_user(getattr(cast, role))
    for tail in ("", "progress/", "report.csv", "report.jsonl"):
        for method in ("get", "post"):
            theirs = getattr(client, method)(f"/imports/{run.public_id}/{tail}")
            unknown = getattr(client, method)(f"/imports/aaaaaaaaaa/{tail}")
            assert theirs.status_code == unknown.status_code
            assert theirs.status_code in ({302, 405} if role == "anonymous" else {404, 405})
    for known in (cast.teammate, cast.reviewer):
        visit(as_user(known), run.get_absolute_url())


def full(cast: Cast) -> ImportRun:
    """An import with an entry of each outcome."""
    run = make_import(cast.contributor, 1, counts={"created": 1, "known": 1, "unclear": 1, "refused": 1}, total=4, done=4)
    make_import_row(run, RowOutcome.KNOWN, number=2, title="Known one", paper=make_paper(title="Known one"))
    near = make_paper(title="Nobody has tested one!", authors=["Abel"], identifiers=[(Scheme.DOI, "10.1000/near")])
    make_import_row(run, RowOutcome.UNCLEAR, number=3, title="Nobody has tested one", paper=near, record=AUTHORED, reason="Say whether it is.")
    make_import_row(run, RowOutcome.REFUSED, number=4, title="", key="=cmd()", reason="It has no title.", notes=["+1"])
    return run


def entries(page: Node) -> list[tuple[str, str]]:
    table = page.one("table", "import-rows")
    return [(row.one("td", "num").text, row.all("td")[1].one("b").text) for row in table.all("tr") if row.all("th", scope="row")]


def test_every_entry_is_told_and_filtered_by_outcome(mine: Client, cast: Cast) -> None:
    run = full(cast)
    page = visit(mine, run.get_absolute_url())
    assert [tab.text for tab in page.one("nav", "tabs").all("a")] == ["All 4", "Created 1", "Known 1", "Unclear 1", "Refused 1"]
    assert entries(page) == [("10", "Created"), ("20", "Known"), ("30", "Unclear"), ("40", "Refused")]
    assert "It has no title." in page.one("table", "import-rows").text
    assert entries(visit(mine, f"{run.get_absolute_url()}?outcome=refused")) == [("40", "Refused")]
    assert mine.get(f"{run.get_absolute_url()}?outcome=nonsense").status_code == 400


def told(part: Node) -> list[str]:
    return [each.text for each in part.all("dd")]


def test_unclear_ones_stand_side_by_side_and_are_settled(mine: Client, cast: Cast) -> None:
    run = full(cast)
    page = visit(mine, f"{run.get_absolute_url()}?outcome=unclear")
    theirs, ours = page.one("div", "beside").all("section")
    assert [theirs.one("h3").text, *told(theirs)] == ["In the file", "Nobody has tested one", "Abel, Ada", "2024", "DOI: 10.1000/one"]
    assert [ours.one("h3").text, *told(ours)] == ["On record", "Nobody has tested one!", "Abel", "2024", "DOI: 10.1000/near"]
    assert [each["value"] for each in page.all("button", name="act")] == ["3:same", "3:new"]
    answer = mine.post(run.get_absolute_url(), {"act": "3:new"}, follow=True)
    assert "A new record waits for review." in read(answer).one("main").text
    made = Paper.objects.get(title="Nobody has tested one")
    assert (made.visibility, run.rows.get(number=3).outcome, run.rows.get(number=3).paper) == (Visibility.WAITING, RowOutcome.CREATED, made)
    assert mine.post(run.get_absolute_url(), {"act": "3:same"}).status_code == 409
    assert mine.post(run.get_absolute_url(), {"act": "2:neither"}).status_code == 422
    for odd in ("", "99:same", "x:same", "٣:same", "9999999999999:same"):
        assert mine.post(run.get_absolute_url(), {"act": odd}).status_code == 404


def test_others_see_no_buttons_and_may_not_settle(cast: Cast) -> None:
    make_agenda()
    run = full(cast)
    for role in ("teammate", "reviewer"):
        client = as_user(getattr(cast, role))
        assert visit(client, f"{run.get_absolute_url()}?outcome=unclear").all("button", name="act") == []
        assert client.post(run.get_absolute_url(), {"act": "3:same"}).status_code == 403
        assert client.post(run.get_absolute_url(), {"act": "cancel"}).status_code == 403


def test_a_record_that_the_reader_may_not_know_of_is_named_nowhere(mine: Client, cast: Cast) -> None:
    """Hole 7: what was matched and restricted afterwards."""
    run = make_import(cast.contributor, 0, counts={"known": 1, "unclear": 1})
    hidden = make_paper(title="Secretword", visibility=Visibility.RESTRICTED)
    make_import_row(run, RowOutcome.KNOWN, number=1, paper=hidden, reason="The same as Secretword.")
    make_import_row(run, RowOutcome.UNCLEAR, number=2, paper=hidden, reason="It may be Secretword.", record=AUTHORED)
    for tail in ("", "?outcome=known", "report.csv", "report.jsonl"):
        for client, found in ((mine, False), (as_user(cast.reviewer), True)):
            text = client.get(f"{run.get_absolute_url()}{tail}").content.decode()
            assert ("secretword" in text.lower(), hidden.public_id in text) == (found, found), tail
    page = visit(mine, f"{run.get_absolute_url()}?outcome=unclear")
    assert [each["value"] for each in page.all("button", name="act")] == ["2:new"]


def test_it_is_cancelled_while_it_goes_on(mine: Client, cast: Cast) -> None:
    upload(mine)
    run = ImportRun.objects.get()
    assert visit(mine, run.get_absolute_url()).one("button", name="act")["value"] == "cancel"
    answer = mine.post(run.get_absolute_url(), {"act": "cancel"}, follow=True)
    page = read(answer)
    assert page.one("div", "import-progress").text.startswith("Cancelled")
    assert page.all("button", name="act") == []
    assert ImportRun.objects.get().state == ImportState.CANCELLED
    assert mine.post(run.get_absolute_url(), {"act": "cancel"}).status_code == 409
    assert cast.contributor.submissions.count() == 0


def test_its_progress_is_a_piece_of_its_page(mine: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 0, state=ImportState.RUNNING, submission=None, total=10, done=4, counts={"created": 3, "known": 1})
    piece = read(mine.get(f"{run.get_absolute_url()}progress/"))
    assert piece.text == "Running: 4 of 10 entries 3 created · 1 known"
    bar = piece.one("progress")
    assert (bar["value"], bar["max"], bar["aria-label"]) == ("4", "10", "Entries read")
    page = visit(mine, run.get_absolute_url())
    assert page.one("div", "import-progress").text == piece.text
    assert page.one("section", "import-state")["data-progress-url"] == f"{run.get_absolute_url()}progress/"


def test_the_page_takes_the_same_queries_for_one_entry_and_many(mine: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    visit(mine, run.get_absolute_url())
    with CaptureQueriesContext(connection) as few:
        visit(mine, run.get_absolute_url())
    for number in range(2, 60):
        make_import_row(run, RowOutcome.KNOWN, number=number, paper=make_paper() if number < 6 else None)
    with CaptureQueriesContext(connection) as many:
        page = visit(mine, run.get_absolute_url())
    assert len(many) == len(few)
    assert len(entries(page)) == 50
    assert len(entries(read(mine.get(page.one("a", rel="next")["href"])))) == 9


def test_the_report_as_a_file(mine: Client, cast: Cast) -> None:
    run = full(cast)
    answer = mine.get(f"{run.get_absolute_url()}report.csv")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="import-{run.public_id}.csv"'
    lines = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    known = run.rows.get(number=2).paper
    assert known
    assert lines[0] == ["number", "line", "key", "title", "outcome", "reason", "notes", "record"]
    assert lines[2] == ["2", "20", "entry2", "Known one", "known", "", "", f"http://testserver{known.get_absolute_url()}"]
    assert lines[4] == ["4", "40", "'=cmd()", "", "refused", "It has no title.", "'+1", ""]  # hole 32: nothing that a spreadsheet would run
    lines_told = [json.loads(line) for line in mine.get(f"{run.get_absolute_url()}report.jsonl").content.splitlines()]
    assert [(each["number"], each["outcome"], each["key"], each["notes"]) for each in lines_told] == [
        (1, "created", "entry1", []),
        (2, "known", "entry2", []),
        (3, "unclear", "entry3", []),
        (4, "refused", "=cmd()", ["+1"]),
    ]


# -- what its submission shows --


def test_its_submission_tells_its_contributor_what_became_of_it(mine: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 3)
    assert run.submission
    first, second, _ = [row.paper for row in run.rows.all()]
    assert first
    assert second
    Paper.objects.filter(pk=first.pk).update(visibility=Visibility.PUBLIC)
    Paper.objects.filter(pk=second.pk).update(visibility=Visibility.DECLINED)
    page = visit(mine, run.submission.get_absolute_url())
    assert page.one("h1").text == "Import: 3 records"
    assert told(page.one("section", **{"aria-labelledby": "records"})) == ["1", "1", "1"]
    assert [each["href"] for each in page.one("section", **{"aria-labelledby": "records"}).all("a")] == [run.get_absolute_url()]
    assert [each.text for each in page.one("div", "submission-actions").all("a")] == ["Withdraw"]
    row = visit(mine, "/my/").one("table", "my-table").all("tr")[1]
    assert (row.one("a", "line-title").text, row.one("span", "standing-chip").text) == ("Import: 3 records", "Submitted, 1 accepted, 1 declined")


def test_it_is_withdrawn_and_neither_edited_nor_handed_in_again(mine: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    assert run.submission
    address = run.submission.get_absolute_url()
    assert "To hand them in again, import the file once more." in visit(mine, f"{address}withdraw/").one("main").text
    assert mine.post(f"{address}withdraw/").status_code == 303
    assert (Paper.objects.count(), Submission.objects.get().state) == (0, SubmissionState.WITHDRAWN)
    for tail in ("edit/", ""):
        answer = mine.post(f"{address}{tail}", {"do": "submit"}, follow=True)
        assert "Import the file once more." in read(answer).one("main").text
    assert Submission.objects.get().state == SubmissionState.WITHDRAWN


# -- reviewing --


@pytest.fixture
def desk(cast: Cast) -> Client:
    """The reviewer's browser."""
    make_agenda()
    client = as_user(cast.reviewer)
    client.get("/review/")
    return client


def decide(desk: Client, run: ImportRun, act: str, *chosen: Paper | None, verdict: str = "accept", **more: str) -> Any:
    assert run.submission
    seen = Submission.objects.get(pk=run.submission.pk).modified.isoformat()
    data = {"act": act, "seen": seen, "ruling.verdict": verdict, "record": [paper.public_id for paper in chosen if paper], **more}
    return desk.post(run.submission.get_review_url(), data, follow=True)


def papers(run: ImportRun) -> list[Paper | None]:
    return [row.paper for row in run.rows.all()]


def test_the_queue_and_the_screen(desk: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 2, doi="10.1000/one")
    assert run.submission
    first, second = papers(run)
    assert first
    make_paper(title=first.title, authors=["Author1"], year=2023, visibility=Visibility.WAITING)
    queue = visit(desk, "/review/")
    assert [(each.text, each["href"]) for each in queue.all("a", "queue-title")] == [("Import: 2 records", run.submission.get_review_url())]
    page = visit(desk, run.submission.get_review_url())
    body = page.one("table", "import-records").one("tbody").all("tr")
    assert [row.one("input", name="record")["value"] for row in body] == [paper.public_id for paper in (first, second) if paper]
    assert body[0].one("th").one("a", "code")["href"] == "https://doi.org/10.1000/one"
    assert [row.all("td")[1].text for row in body] == [f"{first.title} Author1 2023 · waiting · certain", "None"]
    assert page.all("div", "fold") == []


def test_chosen_ones_then_all(desk: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 4)
    first, second, third, fourth = papers(run)
    page = read(decide(desk, run, "chosen", second, verdict="decline", **{"ruling.reason": "out_of_scope", "note": "Not this one."}))
    assert "1 record declined." in page.one("main").text
    assert page.one("h1").text == "Import: 4 records"
    assert "3 wait · 1 declined" in page.text
    page = read(decide(desk, run, "everything"))
    assert "3 records accepted." in page.one("main").text
    assert "This submission is decided." in page.text
    visible = [Paper.objects.get(pk=paper.pk).visibility for paper in (first, second, third, fourth) if paper]
    assert visible == ["public", "declined", "public", "public"]
    assert [each.text for each in page.all("article", "earlier")][1].endswith("1 declined Not this one.")
    answer = desk.post(f"/review/{run.submission.public_id}/undo/", follow=True)  # type: ignore[union-attr]  # it is there
    assert "The decision is undone." in read(answer).one("main").text
    assert Paper.objects.filter(visibility=Visibility.WAITING).count() == 3


@pytest.mark.parametrize(
    ("act", "chosen", "values", "told"),
    [
        ("chosen", 0, {}, "Decision: Choose at least one record above."),
        ("chosen", 1, {"verdict": ""}, "Decision: Choose a decision."),
        ("chosen", 1, {"verdict": "decline"}, "Decision: Choose a reason."),
        ("chosen", 2, {"verdict": "restrict", "ruling.words": "Might help offenders."}, "Decision: Restrict records one by one."),
        ("everything", 0, {"verdict": "restrict", "ruling.words": "Might help offenders."}, "Decision: Choose among: accept, decline."),
        ("chosen", 1, {"verdict": "restrict"}, "Decision: Say why it is restricted, without detail."),
    ],
)
def test_what_is_missing_is_told_and_what_was_typed_stays(  # noqa: PLR0917  # a table
    desk: Client, cast: Cast, act: str, chosen: int, values: dict[str, str], told: str
) -> None:
    run = make_import(cast.contributor, 2)
    answer = decide(desk, run, act, *papers(run)[:chosen], note="A note.", **values)
    page = read(answer)
    assert (answer.status_code, [each.text for each in page.one("div", "error-summary").all("a")]) == (422, [told])
    assert (page.one("textarea", name="note").text, len(page.all("input", checked="", name="record"))) == ("A note.", chosen)
    assert set(Paper.objects.values_list("visibility", flat=True)) == {"waiting"}


def test_it_is_held_and_who_holds_it_decides(desk: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    assert run.submission
    address = run.submission.get_review_url()
    assert desk.post(address, {"act": "claim"}).status_code == 302
    other = as_user(cast.curator)
    assert "Reviewer is reviewing this submission." in visit(other, address).text
    assert decide(other, run, "everything").status_code == 409
    assert desk.post(address, {"act": "release"}).status_code == 302
    kept = read(desk.post(address, {"act": "claim", "note": "A note.", "record": papers(run)[0].public_id}))  # type: ignore[union-attr]
    assert (kept.one("textarea", name="note").text, len(kept.all("input", checked="", name="record"))) == ("A note.", 1)
    assert desk.post(address, {"act": "release"}).status_code == 302
    assert decide(other, run, "everything").status_code == 200
    assert "Curator decided on this submission" in read(decide(desk, run, "everything")).text


def test_one_s_own_is_for_somebody_else(desk: Client, cast: Cast) -> None:
    run = make_import(cast.reviewer, 1)
    assert run.submission
    page = visit(desk, run.submission.get_review_url())
    assert "Nobody decides on their own work. Somebody else has to." in page.text
    assert page.all("button", name="act") == page.all("input", name="record") == []


def test_the_screen_takes_the_same_queries_for_few_records_and_many(desk: Client, cast: Cast) -> None:
    few_of, many_of = make_import(cast.contributor, 2, title="One of many"), make_import(cast.contributor, 27, title="One of many")
    assert few_of.submission
    assert many_of.submission
    visit(desk, few_of.submission.get_review_url())
    with CaptureQueriesContext(connection) as few:
        visit(desk, few_of.submission.get_review_url())
    with CaptureQueriesContext(connection) as many:
        page = visit(desk, many_of.submission.get_review_url())
    assert len(many) == len(few)
    assert len(page.all("input", name="record")) == 25
    assert len(read(desk.get(page.one("a", rel="next")["href"])).all("input", name="record")) == 2


def test_what_takes_too_long_to_compare_keeps_nobody_from_deciding(desk: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_: Any, **__: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(5)")

    monkeypatch.setattr(queries, "NEAR_LASTS", "50ms")
    monkeypatch.setattr(duplicates, "candidates_for", slow)
    run = make_import(cast.contributor, 1)
    assert run.submission
    page = visit(desk, run.submission.get_review_url())
    assert [each.all("td")[1].text for each in page.one("tbody").all("tr")] == ["Not compared: it takes too long."]
    assert decide(desk, run, "everything").status_code == 200


def test_a_paper_that_joined_the_record_is_reviewed_as_before(desk: Client, cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    joined = make_submission(cast.teammate, tag_data(make_statement()), paper=papers(run)[0])
    assert visit(desk, joined.get_review_url()).one("h1").text == joined.paper.title  # type: ignore[union-attr]


def test_who_may_not_read_the_report_is_not_led_to_it(cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    assert run.submission
    page = run.submission.get_absolute_url()
    for joined in (False, True):
        if joined:
            make_team(cast.contributor, cast.stranger)
        assert [run.get_absolute_url() in as_user(by).get(page).text for by in (cast.contributor, cast.teammate)] == [True, not joined]
