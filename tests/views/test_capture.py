"""One field takes anything: links from elsewhere, lists, drafts that save themselves."""

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from problems.choices import EventKind, LookupState, Scheme, SubmissionState, Visibility
from problems.models import AuditEvent, ImportRun, Lookup, Statement, Submission, User
from problems.queries import suggestions
from problems.queries.suggestions import Reason, Suggestion, Suggestions
from problems.services import reviews, submissions
from tests.factories import RATIONALE, Cast, make_paper, make_problem, make_statement, make_submission
from tests.views.html import read, visit
from tests.views.test_logging import BACKEND, LOG, errors, fields, filled

pytestmark = pytest.mark.usefixtures("contributor")


@pytest.fixture
def contributor(client: Client, cast: Cast) -> User:
    """Somebody who contributes, signed in; P5.L1 is there to tag."""
    make_statement(make_problem(5, title="Marks"), text="Cropping removes the mark.")
    client.force_login(cast.contributor, backend=BACKEND)
    return cast.contributor


# -- addresses that fill the form --


@pytest.mark.parametrize(
    ("query", "identifiers"),
    [
        ({"doi": "10.1145/3442188.3445922"}, "DOI: 10.1145/3442188.3445922"),
        ({"arxiv": "2505.08234v2"}, "arXiv: 2505.08234"),
        ({"url": "https://arxiv.org/pdf/2505.08234"}, "arXiv: 2505.08234"),
        ({"doi": "", "arxiv": "", "url": "https://example.org/doi/10.1145/3442188.3445922", "title": "A page"}, "DOI: 10.1145/3442188.3445922"),
        ({"doi": "not one", "url": "https://arxiv.org/abs/2505.08234"}, "arXiv: 2505.08234"),
    ],
)
def test_a_link_fills_the_form(client: Client, query: dict[str, Any], identifiers: str) -> None:
    assert fields(visit(client, LOG, **query))["identifiers"] == identifiers


def test_a_page_that_names_no_paper_fills_what_it_says(client: Client) -> None:
    form = fields(visit(client, LOG, url="https://example.org/page", title="A study of marks"))
    assert (form["title"], form["identifiers"]) == ("A study of marks", "")


def test_a_link_waits_for_who_has_to_log_in_first(client: Client) -> None:
    client.logout()
    answer = client.get(LOG, {"doi": "10.1145/3442188.3445922"})
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/log/%3Fdoi%3D10.1145%252F3442188.3445922")


def test_the_bookmark_is_shown_as_text_and_leads_here(client: Client) -> None:
    page = visit(client, LOG)
    text = page.one("textarea", id="bookmarklet").text
    assert text.startswith("javascript:")
    assert "location.href='http://testserver/log/?doi='" in text
    assert [link for link in page.all("a") if link["href"].startswith("javascript:")] == []


# -- several links --


def test_links_one_a_line_become_a_list_to_work_through(client: Client) -> None:
    paper = make_paper(title="Known", identifiers=[(Scheme.ARXIV, "2505.08234")])
    make_paper(visibility=Visibility.RESTRICTED, identifiers=[(Scheme.ARXIV, "2505.00001")])
    what = "https://arxiv.org/abs/2505.08234\n\n10.1145/3442188.3445922\narXiv:2505.00001\nhttps://arxiv.org/abs/2505.08234\nhttps://example.org/x\narXiv:2599.00001"
    assert client.post(LOG, {"do": "look", "what": what})["Location"] == LOG
    page = visit(client, LOG)
    items = page.one("ul", "work-list").all("li")
    assert [(item.all("a")[-1]["href"] if item.all("a") else "") for item in items] == [
        f"/log/?paper={paper.public_id}",
        "/log/?what=10.1145/3442188.3445922",
        "/log/?what=arXiv%3A2505.00001",
        "/log/?what=https%3A//example.org/x",
        "",
    ]
    assert "On record already" in items[0].text
    assert "is not an arXiv identifier" in items[4].text
    assert page.one("h2", id="list").text == "Your list 3 of 5 left"
    client.post(LOG, {"do": "look", "what": "10.1000/1\n10.1000/2"})
    assert len(visit(client, LOG).one("ul", "work-list").all("li")) == 7
    assert client.post(LOG, {"do": "clear"}).status_code == 303
    assert visit(client, LOG).all("ul", "work-list") == []


def test_what_is_logged_is_done_in_the_list(client: Client, contributor: User) -> None:
    client.post(LOG, {"do": "look", "what": "10.1000/1\n10.1000/2"})
    make_submission(contributor, record={"identifiers": {"doi": ["10.1000/1"]}})
    page = visit(client, LOG)
    assert page.one("h2", id="list").text == "Your list 1 of 2 left"
    assert "Handed in, waiting" in page.one("ul", "work-list").all("li")[0].text


def test_a_list_asks_as_many_queries_for_three_as_for_one(client: Client) -> None:
    for number in range(3):
        make_paper(identifiers=[(Scheme.DOI, f"10.1000/{number}")])
    counted = []
    for what in ("10.1000/0\n10.1000/9", "10.1000/0\n10.1000/1\n10.1000/2\n10.1000/9"):
        client.post(LOG, {"do": "look", "what": what})
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(LOG)
        counted.append(len(queries))
    assert counted[0] == counted[1]


def test_a_title_over_two_lines_is_no_list_and_too_long_a_list_is_told(client: Client) -> None:
    assert fields(read(client.post(LOG, {"do": "look", "what": "A study\nof marks"})))["title"] == "A study of marks"
    answer = client.post(LOG, {"do": "look", "what": "\n".join(f"10.1000/{number}" for number in range(51))})
    ((target, words),) = errors(read(answer))
    assert (answer.status_code, target) == (422, "#id_what")
    assert words == "What: These are 51 lines, and 50 are the most for a list. Paste it in parts, or import a file of references."


# -- drafts save themselves --


def auto(client: Client, to: str = LOG, **more: str) -> Any:
    return client.post(to, filled(**more) | {"do": "auto"}, headers={"Accept": "application/json"})


def test_a_draft_saves_itself_once_and_then_is_that_draft(client: Client, contributor: User) -> None:
    first = auto(client, title="A pap")
    again = auto(client, title="A pap")  # the answer was lost
    told = json.loads(first.content)
    submission = Submission.objects.get()
    assert json.loads(again.content)["url"] == told["url"] == f"{submission.get_absolute_url()}edit/"
    assert (submission.state, submission.contributor, submission.content["record"]["title"]) == (SubmissionState.DRAFT, contributor, "A pap")
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        second = auto(client, told["url"], title="A paper", seen=told["seen"], once=told["once"])
    assert second.status_code == 200
    submission.refresh_from_db()
    assert (submission.content["record"]["title"], submission.content["tags"][0]["rationale"]) == ("A paper", RATIONALE)
    page = visit(client, told["url"])
    assert fields(page)["title"] == "A paper"
    assert AuditEvent.objects.filter(submission=submission).values_list("kind", flat=True).get() == EventKind.CREATED


def test_a_lost_first_answer_loses_no_word_typed_since(client: Client) -> None:
    auto(client, title="A pap")
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        assert auto(client, title="A paper on mar").status_code == 200
    assert Submission.objects.get().content["record"]["title"] == "A paper on mar"


def test_what_was_changed_elsewhere_is_not_overwritten_by_itself(client: Client) -> None:
    told = json.loads(auto(client).content)
    with time_machine.travel(timezone.now() + timedelta(seconds=2), tick=False):
        auto(client, told["url"], title="Elsewhere", seen=told["seen"])
        answer = auto(client, told["url"], title="Here", seen=told["seen"])
    assert (answer.status_code, Submission.objects.get().content["record"]["title"]) == (412, "Elsewhere")


def test_saving_too_often_is_told_but_for_the_last_words(client: Client) -> None:
    told = json.loads(auto(client).content)
    soon = auto(client, told["url"], title="Another", seen=told["seen"])
    assert (soon.status_code, json.loads(soon.content)["again"]) == (429, 1)
    assert auto(client, told["url"], title="The last words", last="1").status_code == 200
    assert Submission.objects.get().content["record"]["title"] == "The last words"


def test_what_cannot_be_read_keeps_nothing_else_from_being_kept(client: Client) -> None:
    answer = auto(client, identifiers="nonsense\narXiv:2505.08234", venue="x" * 2_000, **{"tag-0-rationale": "y" * 600})
    told = json.loads(answer.content)
    assert answer.status_code == 200
    assert told["left"][0].startswith("Identifiers: “nonsense” is no identifier")
    content = Submission.objects.get().content
    assert (content["record"]["title"], content["record"]["identifiers"]) == ("A paper on marks", {"arxiv": ["2505.08234"]})
    assert "venue" not in content["record"]
    assert "rationale" not in content["tags"][0]


def test_who_was_signed_out_is_told_and_nothing_is_kept_aside(client: Client) -> None:
    client.logout()
    assert auto(client).status_code == 401
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.get(email="contributor@example.org"), backend=BACKEND)
    assert auto(strict).status_code in {401, 403}
    assert Submission.objects.count() == 0
    assert "typed" not in client.session


def test_only_drafts_save_themselves(client: Client, contributor: User, cast: Cast) -> None:
    submission = make_submission(contributor)
    reviews.claim(submission=submission, by=cast.reviewer)
    reviews.request_changes(submission=submission, by=cast.reviewer, note="Say more.")
    edit = f"{submission.get_absolute_url()}edit/"
    assert auto(client, edit, title="Half a tit").status_code == 409
    submission.refresh_from_db()
    assert submission.content["record"]["title"] != "Half a tit"
    assert "data-autosave" not in visit(client, edit).one("form", "log-form").attributes
    assert "data-autosave" in visit(client, LOG, new="1").one("form", "log-form").attributes


def test_a_draft_that_was_discarded_meanwhile_is_made_anew(client: Client, contributor: User) -> None:
    auto(client)
    submissions.discard(submission=Submission.objects.get(), by=contributor)
    assert auto(client, title="Typed on").status_code == 200
    assert Submission.objects.get().content["record"]["title"] == "Typed on"


def test_submitting_goes_on_with_the_draft_whose_answer_was_lost(client: Client) -> None:
    auto(client)
    assert client.post(LOG, filled() | {"do": "submit"}).status_code == 303
    assert Submission.objects.get().state == SubmissionState.SUBMITTED


# -- what a link must not do --


@pytest.mark.parametrize("what", ["10.1000/1\n10.1000/2", "@misc{a, title={One}}\n@misc{b, title={Two}}"])
def test_a_link_makes_nothing(client: Client, what: str) -> None:
    answer = client.get(LOG, {"what": what})
    assert "Press “Look it up” to go on with this." in answer.content.decode()
    assert (ImportRun.objects.count(), "log_list" in client.session) == (0, False)


def test_a_file_that_is_sent_twice_is_imported_once(client: Client) -> None:
    sent = {"do": "look", "what": "@misc{a, title={One}}\n@misc{b, title={Two}}", "once": "a-key"}
    assert client.post(LOG, sent)["Location"] == client.post(LOG, sent)["Location"]
    assert ImportRun.objects.count() == 1


def test_a_list_that_is_full_drops_nothing(client: Client) -> None:
    first, second = ("\n".join(f"10.1000/{number}" for number in range(start, start + 30)) for start in (0, 30))
    client.post(LOG, {"do": "look", "what": first})
    ((_, words),) = errors(read(client.post(LOG, {"do": "look", "what": second})))
    assert words == "What: Your list would have 60 lines, and 50 are the most. Work through it, or clear it, before you paste more."
    assert len(client.session["log_list"]) == 30


# -- what a service says --

DOI = "10.1145/3442188.3445922"
RECORD = {
    "title": "A paper that a service knows",
    "authors": [{"family": "Kim", "given": "Ada"}],
    "date": "2025-05",
    "venue": "Of the service",
    "type": "conference",
    "identifiers": {"doi": [DOI], "arxiv": ["2505.08234"]},
}


@pytest.fixture
def asked(settings: Settings) -> None:
    """Crossref is asked here; what it says is in the database already."""
    settings.SOURCES = {**settings.SOURCES, "crossref": "https://api.crossref.example"}


def answered(state: LookupState, key: str = f"doi:{DOI}", **fields: Any) -> Lookup:
    now = timezone.now()
    return Lookup.objects.create(key=key, state=state, asked_at=now, answered_at=None if state == LookupState.PENDING else now, **fields)


@pytest.mark.usefixtures("asked")
def test_the_record_of_a_service_fills_the_form_and_is_named(client: Client) -> None:
    answered(LookupState.FOUND, source="crossref", record=RECORD)
    page = visit(client, LOG, doi=DOI)
    form = fields(page)
    assert [form[name] for name in ("title", "authors", "date", "venue", "type")] == [
        "A paper that a service knows",
        "Kim, Ada",
        "2025-05",
        "Of the service",
        "conference",
    ]
    assert form["identifiers"].splitlines() == [f"DOI: {DOI}", "arXiv: 2505.08234"]
    assert page.all("p", "recognised")[1].text == "Record found at Crossref. Check it before you hand it in."
    assert page.one("h2", id="record").text == "A paper that a service knows"


@pytest.mark.usefixtures("asked")
def test_what_the_service_says_may_be_on_record(client: Client) -> None:
    paper = make_paper(title="Another title", identifiers=[(Scheme.ARXIV, "2505.08234")])
    answered(LookupState.FOUND, source="crossref", record=RECORD)
    page = visit(client, LOG, doi=DOI)
    (card,) = page.all("article", "known")
    assert card.one("a", "primary")["href"] == f"/log/?paper={paper.public_id}"
    form = fields(read(client.post(LOG, {"do": "new", "what": DOI})))
    assert (form["title"], form["dismissed"]) == ("A paper that a service knows", paper.public_id)


@pytest.mark.parametrize("state", [LookupState.FAILED, LookupState.NOTHING])
@pytest.mark.usefixtures("asked")
def test_a_service_that_fails_is_told_and_the_form_opens(client: Client, state: LookupState) -> None:
    answered(state, told="Crossref does not answer.")
    page = visit(client, LOG, doi=DOI)
    assert page.one("div", "alert").one("b").text == "Crossref does not answer."
    assert fields(page)["identifiers"] == f"DOI: {DOI}"


@pytest.mark.usefixtures("asked")
def test_an_answer_that_is_late_fills_what_is_empty_and_nothing_else(client: Client) -> None:
    row = answered(LookupState.PENDING)
    page = visit(client, LOG, doi=DOI)
    assert page.one("div", "looking")["data-waiting"] == "/log/lookup/?what=10.1145/3442188.3445922"
    assert json.loads(client.get(page.one("div", "looking")["data-waiting"]).content) == {"state": "pending"}
    form = fields(page) | {"title": "Typed meanwhile", "tag-0-target": "P5.L1", "tag-0-rationale": RATIONALE}
    assert len(read(client.post(LOG, form | {"do": "fill"})).all("div", "looking")) == 1
    row.state, row.source, row.record, row.answered_at = LookupState.FOUND, "crossref", RECORD, timezone.now()
    row.save()
    assert json.loads(client.get("/log/lookup/", {"what": DOI}).content) == {"state": "found"}
    page = read(client.post(LOG, form | {"do": "fill"}))
    form = fields(page)
    assert (form["title"], form["venue"], form["tag-0-rationale"]) == ("Typed meanwhile", "Of the service", RATIONALE)
    assert form["identifiers"].splitlines() == [f"DOI: {DOI}", "arXiv: 2505.08234"]
    assert page.all("div", "looking") == []
    assert "lookup" not in form


@pytest.mark.usefixtures("asked")
def test_a_late_answer_may_be_on_record_too(client: Client) -> None:
    paper = make_paper(identifiers=[(Scheme.ARXIV, "2505.08234")])
    row = answered(LookupState.PENDING)
    form = fields(visit(client, LOG, doi=DOI))
    row.state, row.source, row.record, row.answered_at = LookupState.FOUND, "crossref", RECORD, timezone.now()
    row.save()
    page = read(client.post(LOG, form | {"do": "fill"}))
    (box,) = page.all("input", type="checkbox", name="dismissed")
    assert box["value"] == paper.public_id


@pytest.mark.usefixtures("asked")
def test_the_list_shows_what_a_service_calls_it(client: Client) -> None:
    answered(LookupState.FOUND, source="crossref", record=RECORD)
    client.post(LOG, {"do": "look", "what": f"{DOI}\n10.1000/2"})
    assert visit(client, LOG).one("ul", "work-list").all("li")[0].text.startswith("A paper that a service knows DOI")


def test_a_whole_file_that_is_pasted_is_imported(client: Client, contributor: User) -> None:
    entry = "@article{key%d, title={A paper %d}, author={Kim, Ada}, year={2025}}\n"
    answer = client.post(LOG, {"do": "look", "what": entry % (1, 1) + entry % (2, 2)})
    run = ImportRun.objects.get()
    assert (answer.status_code, answer["Location"], run.by, run.format) == (303, run.get_absolute_url(), contributor, "bibtex")
    long = "".join(entry % (number, number) for number in range(1_000))
    assert len(long) > 60_000
    assert client.post(LOG, {"do": "look", "what": long}).status_code == 303
    assert ImportRun.objects.count() == 2


# -- suggestions --


def test_suggestions_become_tags_only_by_a_choice(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    statement = Statement.objects.get(code="P5.L1")
    suggestion = Suggestion("P5.L1", statement.text, 0.9, [Reason("marks", 0.5), Reason("cropping", 0.3)], statement)
    monkeypatch.setattr(suggestions, "for_title", lambda title, _abstract="": Suggestions([], [suggestion] if title else []))
    page = visit(client, LOG, title="A study of marks")
    button = page.one("button", "suggestion")
    assert (button["value"], button["aria-pressed"]) == ("add:P5.L1", "false")
    assert button.text == "P5.L1 Cropping removes the mark. shares “marks”, “cropping”"
    assert [name for name in fields(page) if name.startswith("tag-")] == []
    page = read(client.post(LOG, fields(page) | {"do": "add:P5.L1"}))
    assert fields(page)["tag-0-target"] == "P5.L1"
    button = page.one("button", "suggestion")
    assert (button["value"], button["aria-pressed"]) == ("remove:0", "true")
    written = fields(page) | {"tag-0-rationale": RATIONALE}
    page = read(client.post(LOG, written | {"do": "find"}))
    assert (page.all("button", "suggestion"), page.one("a", "suggestion")["href"]) == ([], "#tag-0")  # no press throws it away
    assert visit(client, LOG, new="1").all("button", "suggestion") == []


def test_a_second_tag_begins_with_the_basis_of_the_first(client: Client) -> None:
    page = read(client.post(LOG, filled() | {"do": "add:P5"}))
    assert fields(page)["tag-1-basis"] == "general_proxy"
