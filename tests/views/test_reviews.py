"""Pages for reviewers: the queue, a submission, one decision for all of it, and what becomes of what was typed."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import ReviewStatus, Role, Scheme, SubmissionState, Visibility
from problems.models import AuditEvent, Paper, RestrictedText, Review, Submission, Tag
from problems.services import reviews, submissions
from tests.factories import (
    RATIONALE,
    Cast,
    make_agenda,
    make_call,
    make_paper,
    make_problem,
    make_statement,
    make_submission,
    make_tag,
    make_user,
    tag_data,
)
from tests.services.test_submissions import decided
from tests.views.html import Node, read, visit

QUEUE = "/review/"


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The reviewer's browser."""
    make_agenda()
    client.force_login(cast.reviewer)
    client.get(QUEUE)
    return client


def ids(submission: Submission) -> list[str]:
    """Public ids of its tags, in order."""
    return list(submission.tags.order_by("pk").values_list("public_id", flat=True))


def filled(submission: Submission, **values: str) -> dict[str, str]:
    """A form that accepts all of it, with other values by field; "tags.0.verdict" is the first tag's."""
    parts = reviews.waiting_parts(submission)
    data = {"act": "decide", "note": "", "seen": Submission.objects.get(pk=submission.pk).modified.isoformat()}
    data |= {"record.verdict": "accept"} if parts.record else {}
    data |= {"correction.verdict": "accept"} if parts.correction else {}
    data |= {f"searches.{search.public_id}.verdict": "accept" for search in parts.searches}
    for tag in parts.tags:
        place = f"tags.{tag.public_id}"
        data |= {f"{place}.{name}": getattr(tag, name) for name in ("relation", "basis", "rationale", "locator")} | {f"{place}.verdict": "accept"}
    return data | placed(submission, values)


def placed(submission: Submission, values: dict[str, str]) -> dict[str, str]:
    """The same fields by their real names."""
    known = ids(submission)
    found = {}
    for name, value in values.items():
        part, _, rest = name.partition("__")
        number, _, field = rest.partition("__")
        found[f"tags.{known[int(number)]}.{field}" if part == "tags" else name.replace("__", ".")] = value
    return found


def send(desk: Client, submission: Submission, **values: str) -> Any:
    return desk.post(submission.get_review_url(), filled(submission, **values))


def summary(page: Any) -> list[tuple[str, str]]:
    return [(fault["label"], fault["text"]) for fault in page.context["errors"]]


def titles(page: Node) -> list[str]:
    return [each.text for each in page.all("a", "queue-title")]


# -- who --


@pytest.mark.parametrize("role", ["reader", "contributor", "stranger"])
def test_others_are_refused_whether_it_is_there_or_not(client: Client, cast: Cast, role: str) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    tag, paper = submission.tags.get().public_id, Paper.objects.get().public_id
    client.force_login(getattr(cast, role))
    for address in (QUEUE, submission.get_review_url(), "/review/aaaaaaaaaa/", "/review/aaaaaaaaaa/undo/"):
        assert client.get(address).status_code == 403
        assert client.post(address, filled(submission)).status_code == 403
    for address in (f"papers/{paper}", f"tags/{tag}", "papers/aaaaaaaaaa", "tags/aaaaaaaaaa"):
        for act in ("restrict", "lift"):
            assert client.get(f"/review/{address}/{act}/").status_code == 403
            assert client.post(f"/review/{address}/{act}/", {"reason": "Because."}).status_code == 403
    assert Submission.objects.get().state == SubmissionState.SUBMITTED


def test_drafts_are_nobody_elses(desk: Client, cast: Cast) -> None:
    draft = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    assert desk.get(draft.get_review_url()).status_code == 404
    assert titles(visit(desk, QUEUE)) == []


def test_one_s_own_is_listed_and_cannot_be_decided(desk: Client, cast: Cast) -> None:
    own = make_submission(cast.reviewer, tag_data(make_statement()), record={"title": "My own"})
    page = visit(desk, QUEUE)
    assert titles(page) == ["My own"]
    assert page.all("a", "primary") == []
    page = visit(desk, own.get_review_url())
    assert "Nobody decides on their own work. Somebody else has to." in page.text
    assert page.all("button", name="act") == []
    assert send(desk, own).status_code == 403
    assert Paper.objects.get().visibility == Visibility.WAITING


# -- the queue --


def test_the_queue_is_oldest_first_with_counts(desk: Client, cast: Cast) -> None:
    statement, other = make_statement(make_problem(3)), make_statement(make_problem(4))
    first, second, third = (
        make_submission(cast.contributor, tag_data(target), record={"title": title})
        for title, target in (("First", statement), ("Second", other), ("Third", statement))
    )
    reviews.claim(submission=second, by=cast.reviewer)
    reviews.claim(submission=third, by=cast.curator)
    reviews.request_changes(submission=make_submission(cast.contributor, tag_data(other)), by=cast.curator, note="Say where.")
    page = visit(desk, QUEUE)
    assert titles(page) == ["First"]
    tabs = [each.text for each in page.one("nav", "tabs").all("a") if "Still true?" not in each.text]
    assert tabs == ["Unclaimed 1", "Mine 1", "Waiting for contributor 1", "Second opinions 0", "All that waits 3", "Decided"]
    assert page.one("a", "primary")["href"] == first.get_review_url()
    found = {tab: titles(visit(desk, QUEUE, tab=tab)) for tab in ("me", "all", "opinions", "left", "decided")}
    assert found == {"me": ["Second"], "all": ["First", "Second", "Third"], "opinions": [], "left": [], "decided": []}
    assert titles(visit(desk, QUEUE, tab="all", problem="3")) == ["First", "Third"]
    assert titles(visit(desk, QUEUE, tab="all", problem="3", kind="search")) == []
    menus = [[option.text for option in each.all("a")] for each in visit(desk, QUEUE, tab="all").all("nav", "menu-list")]
    assert menus[:3] == [["Any", "3 Problem 3 2", "4 Problem 4 1"], ["Any"], ["Any", "Paper and tags 3"]]
    assert titles(visit(desk, QUEUE, tab="all", ordering="-submitted")) == ["Third", "Second", "First"]


@pytest.mark.parametrize(
    "query", ["tab=odd", "problem=99", "problem=%00", "kind=odd", "team=odd", "advisory=9", "assigned=odd", "ordering=odd", "cursor=odd"]
)
def test_an_odd_query_is_told(desk: Client, query: str) -> None:
    page = desk.get(f"{QUEUE}?{query}")
    assert (page.status_code, len(page.context["errors"])) == (400, 1)
    assert desk.get(f"{QUEUE}?sent=%00&left=%00").status_code == 200


def test_the_queue_is_paged_by_key(desk: Client, cast: Cast) -> None:
    statement, people = make_statement(), [cast.contributor, cast.stranger]
    for number in range(30):
        make_submission(people[number % 2], tag_data(statement), record={"title": f"Number {number:02}"})
    seen, address = [], QUEUE
    while address:
        page = desk.get(address)
        seen += titles(read(page))
        address = page.context["next_url"]
    assert seen == [f"Number {number:02}" for number in range(30)]


def count(desk: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert desk.get(address).status_code == 200
    return len(queries)


def test_pages_take_the_same_number_of_queries(desk: Client, cast: Cast) -> None:
    call = make_call()
    one = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "Of one thing", "identifiers": {"doi": ["10.1234/one"]}})
    make_tag(one.tags.get().statement)
    before = (count(desk, QUEUE), count(desk, one.get_review_url()))
    statements = [make_statement() for _ in range(3)]
    three = make_submission(
        cast.contributor,
        *(tag_data(each) for each in statements),
        record={"title": "On several others", "identifiers": {"doi": ["10.1234/two"], "arxiv": ["2405.16341"]}},
    )
    for each in statements:
        make_tag(each, relation="confirms")
        make_tag(each, relation="narrows")
    make_submission(cast.stranger, tag_data(call), tag_data(statements[0].problem))
    with_call = count(desk, QUEUE)
    assert (with_call, count(desk, three.get_review_url())) == before


# -- a submission --


def test_it_shows_what_there_is_to_know(desk: Client, cast: Cast) -> None:
    statement = make_statement()
    there = make_tag(statement, make_paper(title="There already", authors=["Abel"], year=2020), relation="confirms")
    make_paper(title="A study of quiet and small things")
    submission = make_submission(
        cast.contributor,
        tag_data(statement, locator="p. 4"),
        record={"title": "A study of quiet and small things: extended abstract", "advisory": 1, "abstract": "Folded text."},
        message="Please look at page 4.",
    )
    page = visit(desk, submission.get_review_url())
    text = page.text
    for words in ("Please look at page 4.", "May be the same work", "Confirmed", "Narrowed", "if accepted", RATIONALE, "p. 4"):
        assert words in text, words
    folded = [each.text for each in page.all("details", "fold")]
    assert [[words in text for words in ("Please look at page 4.", "Folded text.", RATIONALE)].index(True) for text in folded] == [0, 1, 2]
    assert page.one("div", "part-standing").text == f"On this statement already confirms {'Abel 2020'}"
    assert there.paper.get_absolute_url() in [link.attributes.get("href") for link in page.all("a")]


def test_a_hidden_name_is_not_told(desk: Client, cast: Cast) -> None:
    type(cast.contributor).objects.filter(pk=cast.contributor.pk).update(hide_name=True)
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    for address in (QUEUE, submission.get_review_url()):
        page = visit(desk, address)
        assert ("Contributor" in page.one("main").text.replace("contributor ", ""), "a contributor" in page.text) == (False, True)


def test_a_twin_says_what_it_stands_for(desk: Client, cast: Cast) -> None:
    make_paper(title="The hidden one", identifiers=[(Scheme.DOI, "10.1234/x")], visibility=Visibility.RESTRICTED)
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"identifiers": {"doi": ["10.1234/x"]}})
    page = visit(desk, submission.get_review_url())
    assert "This stands for a record that its contributor does not see. Accepted tags go to that record: The hidden one" in page.text
    assert [each["value"] for each in page.all("input", name="record.verdict")] == ["accept", "decline"]


def test_a_claim_is_made_held_and_released_and_typed_text_stays(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    visit(desk, submission.get_review_url())
    assert Submission.objects.get().claimed_by is None  # opening claims nothing
    assert desk.post(submission.get_review_url(), {"act": "claim"}).status_code == 302
    assert Submission.objects.get().holder == cast.reviewer
    assert "Claimed by you, ends in 47 h" in visit(desk, submission.get_review_url()).text
    page = send(desk, submission, act="release", note="Half a thought", tags__0__verdict="decline", tags__0__reason="unclear")
    assert Submission.objects.get().holder is None
    shown = read(page)
    assert shown.one("textarea", name="note").text == "Half a thought"
    assert [each["value"] for each in shown.all("input", type="radio") if "checked" in each.attributes] == ["accept", "decline", "unclear"]


def test_what_somebody_else_holds_is_shown_without_a_form(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    reviews.claim(submission=submission, by=cast.curator)
    page = visit(desk, submission.get_review_url())
    assert "Curator is reviewing this submission." in page.text
    assert page.all("button", name="act") == []
    Submission.objects.update(claimed_at=timezone.now() - timedelta(hours=49))
    acts = [each["value"] for each in visit(desk, submission.get_review_url()).all("button", name="act")]
    assert [act for act in acts if act in {"claim", "ask", "decide"}] == ["claim", "claim", "ask", "decide"]  # the first is what Enter presses


# -- deciding --


def test_one_decision_declines_edits_moves_and_restricts(desk: Client, cast: Cast) -> None:
    problem = make_problem()
    one, two, three, four = (make_statement(problem) for _ in range(4))
    submission = make_submission(cast.contributor, tag_data(one), tag_data(two), tag_data(three))
    following = make_submission(cast.stranger, tag_data(four))
    answer = send(
        desk,
        submission,
        note="Thank you.",
        tags__0__verdict="decline",
        tags__0__reason="not_said",
        tags__0__words="Page 4 says the opposite.",
        tags__1__verdict="move",
        tags__1__target=four.code.lower(),
        tags__1__relation="addresses",
        tags__2__verdict="edit",
        tags__2__locator="p. 9",
        tags__2__restrict="on",
        tags__2__restrict_why="It names a method.",
    )
    assert (answer.status_code, answer["Location"]) == (302, f"{following.get_review_url()}?sent={submission.public_id}")
    first, second, third = submission.tags.order_by("pk")
    assert (first.status, second.status, second.statement, second.relation) == ("declined", "accepted", four, "addresses")
    assert (third.status, third.rationale, third.text_restricted, third.restricted.locator) == ("accepted", "", True, "p. 9")
    review = Review.objects.get()
    assert (review.reviewer, review.note) == (cast.reviewer, "Thank you.")
    assert [(each.verdict, each.reason, each.words, each.edited) for each in review.decisions.order_by("pk")] == [
        ("accept", "", "", False),
        ("decline", "not_said", "Page 4 says the opposite.", False),
        ("accept", "", "", True),
        ("accept", "", "", True),
    ]
    four.refresh_from_db()
    assert four.state == "narrowed"
    page = read(desk.get(answer["Location"]))
    assert "Decision sent for 3 tags. Undo within 10 minutes." in page.text
    assert "2 of 2" in page.text


def test_it_can_be_undone(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    assert send(desk, submission)["Location"] == f"{QUEUE}?sent={submission.public_id}"
    assert "Decision sent for 1 tag." in visit(desk, QUEUE, sent=submission.public_id).text
    desk.force_login(cast.curator)
    assert "Decision sent" not in visit(desk, QUEUE, sent=submission.public_id).text
    assert desk.post(f"{submission.get_review_url()}undo/").status_code == 403
    desk.force_login(cast.reviewer)
    assert desk.post(f"{submission.get_review_url()}undo/")["Location"] == submission.get_review_url()
    assert (Submission.objects.get().holder, Tag.objects.get().status) == (cast.reviewer, ReviewStatus.PROPOSED)
    assert desk.post(f"{submission.get_review_url()}undo/").status_code == 409


def test_what_is_missing_is_told_part_by_part_and_nothing_typed_is_lost(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), tag_data(make_statement()))
    first, second = ids(submission)
    codes = [tag.code for tag in submission.tags.order_by("pk")]
    data = filled(
        submission, note="A long note", tags__0__verdict="decline", tags__0__words="Some words", tags__1__verdict="edit", tags__1__rationale="Short"
    )
    del data["record.verdict"]
    page = desk.post(submission.get_review_url(), data)
    assert page.status_code == 422
    assert summary(page) == [("Record", "Decide on this too: a decision covers all parts."), (codes[0], "Choose a reason.")]
    shown = read(page)
    targets = {fault["target"] for fault in page.context["errors"]}
    assert targets <= {each.attributes.get("id") for each in shown.all()}
    typed = {each.attributes.get("name"): each.text for each in shown.all("textarea")}
    assert (typed["note"], typed[f"tags.{first}.words"], typed[f"tags.{second}.rationale"]) == ("A long note", "Some words", "Short")
    page = desk.post(submission.get_review_url(), data | {"record.verdict": "accept", f"tags.{first}.reason": "unclear"})
    assert [label for label, _ in summary(page)] == [codes[1]]
    assert Submission.objects.get().state == SubmissionState.SUBMITTED


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        ("P99.L9", "There is no “P99.L9”. Write a code like P5.L2, C3 or P5."),
        ("", "Choose what the paper bears on: a statement, a call or a problem."),
        ("zebra crossings", "These words lead to nothing."),
        ("nobody tested", "These words lead to several. Choose one and write its code."),
    ],
)
def test_a_move_needs_a_target(desk: Client, cast: Cast, target: str, sentence: str) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    make_statement()
    page = send(desk, submission, tags__0__verdict="move", tags__0__target=target)
    assert (page.status_code, summary(page)) == (422, [(submission.tags.get().code, sentence)])


def test_words_that_lead_to_one_statement_are_enough(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    other = make_statement(text="Zebra crossings are not measured.")
    assert send(desk, submission, tags__0__verdict="move", tags__0__target="zebra crossings").status_code == 302
    assert Tag.objects.get().statement == other


def test_changes_are_asked_for_with_words_on_a_tag(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), tag_data(make_statement()))
    page = send(desk, submission, act="ask", tags__0__verdict="ask")
    assert (page.status_code, summary(page)) == (422, [("Note", "Say what should change.")])
    assert send(desk, submission, act="ask", tags__0__verdict="ask", tags__0__words="Which page?").status_code == 302
    assert Submission.objects.get().state == SubmissionState.CHANGES_REQUESTED
    assert [(each.tag.public_id, each.words) for each in Review.objects.get().decisions.all() if each.tag] == [(ids(submission)[0], "Which page?")]
    assert "Sent back with what should change. Undo within 10 minutes." in visit(desk, QUEUE, sent=submission.public_id).text
    assert "Which page?" in visit(desk, submission.get_review_url()).text


def test_pressing_twice_sends_once(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    data = filled(submission)
    first, again = (desk.post(submission.get_review_url(), data) for _ in range(2))
    assert (first["Location"], first.status_code) == (again["Location"], again.status_code)
    assert Review.objects.count() == 1


def test_what_was_undone_is_not_sent_by_an_old_page(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    data = filled(submission)
    desk.post(submission.get_review_url(), data)
    desk.post(f"{submission.get_review_url()}undo/")
    page = desk.post(submission.get_review_url(), data)
    assert page.status_code == 409
    assert "This was sent before, and was undone since." in read(page).one("div", "alert", "error").text
    assert Submission.objects.get().state == SubmissionState.SUBMITTED


def test_who_comes_second_is_told_who_was_first_and_keeps_the_text(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    data = filled(submission, note="What I thought", tags__0__verdict="decline", tags__0__reason="unclear", tags__0__words="My words")
    decided(submission, cast.curator)
    page = desk.post(submission.get_review_url(), data)
    shown = read(page)
    assert page.status_code == 409
    assert "Curator decided on this submission 0 minutes ago." in shown.one("div", "alert", "error").text
    assert shown.one("pre", "cite-text").text == f"What I thought record: Accept {Tag.objects.get().code}: Decline. too unclear to decide. My words"
    assert Review.objects.get().reviewer == cast.curator


def test_what_was_withdrawn_meanwhile_keeps_the_text(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    data = filled(submission, note="What I thought")
    submissions.withdraw(submission=submission, by=cast.contributor)
    page = desk.post(submission.get_review_url(), data)
    assert page.status_code == 409
    assert "What I thought" in read(page).one("pre", "cite-text").text


def test_what_changed_meanwhile_is_read_again_with_the_text(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    data = filled(submission, note="What I thought")
    submissions.withdraw(submission=submission, by=cast.contributor)
    submissions.submit(submission=submission, by=cast.contributor)
    page = desk.post(submission.get_review_url(), data)
    assert page.status_code == 412
    assert read(page).one("textarea", name="note").text == "What I thought"
    assert Review.objects.count() == 0


def test_a_session_that_ended_loses_no_text(client: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    data = filled(submission, note="What I thought", tags__0__verdict="decline")
    assert client.post(submission.get_review_url(), data).status_code == 302
    client.post("/accounts/login/", {"login": "reviewer@example.org", "password": "correct horse battery staple"})
    client.force_login(cast.reviewer)
    page = visit(client, submission.get_review_url())
    assert page.one("textarea", name="note").text == "What I thought"


@pytest.mark.parametrize("text", ["\x00", "a\x07b", "x" * 50_000, "\u202eevil"], ids=["nul", "bell", "long", "reversed"])
def test_odd_text_is_refused_with_a_sentence(desk: Client, cast: Cast, text: str) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    for name in ("note", "record__words", "tags__0__rationale", "tags__0__target", "tags__0__relation", "tags__0__words", "tags__0__verdict", "seen"):
        values = {"record__verdict": "restrict", "record__words": "So.", "tags__0__verdict": "move", "tags__0__target": "P1.L1"} | {name: text}
        if name == "tags__0__words":
            values |= {"tags__0__verdict": "decline", "tags__0__reason": "unclear"}
        page = send(desk, submission, **values)
        assert page.status_code in {412, 422}, name
    assert Review.objects.count() == 0


# -- searches and corrections --


def test_a_search_is_accepted(desk: Client, cast: Cast) -> None:
    statement = make_statement()
    content = {"search": {"targets": [statement.code], "where": "arXiv", "query": "zebra", "searched_on": "2026-01-05"}}
    submission = submissions.hand_in(by=cast.contributor, kind="search", content=content)
    page = visit(desk, submission.get_review_url())
    assert ("Search: zebra" in page.text, "arXiv" in page.text) == (True, True)
    assert send(desk, submission).status_code == 302
    assert submission.searches.get().status == ReviewStatus.ACCEPTED


def test_a_correction_shows_old_beside_new(desk: Client, cast: Cast) -> None:
    paper = make_paper(title="Old title", authors=["Abel"])
    changes = {"title": "New title", "authors": [{"family": "Bell", "given": "Ada"}], "retracted": True}
    content = {"correction": {"paper": paper.public_id, "changes": changes, "reason": "As published."}}
    submission = submissions.hand_in(by=cast.reader, kind="correction", content=content)
    rows = [[cell.text for cell in row.all() if cell.tag in {"th", "td"}] for row in visit(desk, submission.get_review_url()).one("tbody").all("tr")]
    assert rows == [["Title", "Old title", "New title"], ["Authors", "Abel", "Bell, Ada"], ["Retracted", "no", "yes"]]
    assert send(desk, submission).status_code == 302
    paper.refresh_from_db()
    assert (paper.title, paper.is_retracted) == ("New title", True)


def test_an_appeal_goes_to_somebody_else_with_the_earlier_answer(desk: Client, cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    send(desk, submission, note="Not there.", tags__0__verdict="decline", tags__0__reason="not_said")
    submissions.appeal(submission=Submission.objects.get(), by=cast.contributor, text="It is on page 4.")
    page = visit(desk, submission.get_review_url())
    assert "An appeal goes to somebody else than who decided." in page.text
    assert page.all("button", name="act") == []
    desk.force_login(cast.curator)
    page = visit(desk, submission.get_review_url())
    assert [words in page.text for words in ("It is on page 4.", "Not there.", "not said in the paper")] == [True] * 3
    acts = [each["value"] for each in page.all("button", name="act")]
    assert [act for act in acts if act in {"claim", "ask", "decide"}] == ["claim", "claim", "ask", "decide"]  # the first is what Enter presses


# -- restricting what is on record --


def test_a_record_is_restricted_and_lifted(desk: Client, cast: Cast) -> None:
    paper = make_paper(title="A record")
    address = f"/review/papers/{paper.public_id}/"
    page = visit(desk, f"{address}restrict/")
    assert "It leaves the map, lists, counts" in page.text
    assert desk.post(f"{address}restrict/", {"reason": "  "}).status_code == 422
    assert desk.post(f"{address}restrict/", {"reason": "It helps offenders."})["Location"] == paper.get_absolute_url()
    assert Paper.objects.get().visibility == Visibility.RESTRICTED
    assert desk.post(f"{address}restrict/", {"reason": "Again."}).status_code == 409
    assert desk.get(f"{address}lift/").status_code == 403
    desk.force_login(cast.curator)
    assert desk.post(f"{address}lift/", {"reason": "It was a mistake."}).status_code == 302
    assert Paper.objects.get().visibility == Visibility.PUBLIC
    assert AuditEvent.objects.filter(reason="It was a mistake.").exists()


def test_the_text_of_a_tag_is_restricted_and_lifted(desk: Client, cast: Cast) -> None:
    tag = make_tag(rationale="Secretly described at length.", locator="p. 66")
    address = f"/review/tags/{tag.public_id}/"
    assert desk.post(f"{address}restrict/", {"reason": "It names a method."})["Location"] == tag.get_absolute_url()
    assert RestrictedText.objects.get().rationale == "Secretly described at length."
    shown = {}
    for name in ("anonymous", "contributor", "reviewer"):
        visitor = Client()
        if name != "anonymous":
            visitor.force_login(getattr(cast, name))
        text = visit(visitor, tag.paper.get_absolute_url()).one("main").text
        shown[name] = ("Secretly described" in text, "restricted" in text.lower())
    assert shown == {"anonymous": (False, False), "contributor": (False, False), "reviewer": (True, True)}
    assert desk.post(f"{address}lift/", {"reason": "It does not."}).status_code == 302
    tag.refresh_from_db()
    assert (tag.rationale, tag.locator) == ("Secretly described at length.", "p. 66")
    assert desk.post(f"{address}lift/", {"reason": "Again."}).status_code == 409


def test_links_to_it_are_for_reviewers(desk: Client, cast: Cast) -> None:
    tag = make_tag()
    for who, links in ((cast.reviewer, True), (cast.contributor, False)):
        desk.force_login(who)
        page = visit(desk, tag.paper.get_absolute_url())
        assert (any(link.text == "Restrict" for link in page.all("a")), "Restrict its text" in page.text) == (links, links)


def test_the_count_in_the_head_is_for_reviewers(client: Client, cast: Cast) -> None:
    make_agenda()
    make_submission(cast.contributor, tag_data(make_statement()))
    for role, shown in ((Role.CONTRIBUTOR, 0), (Role.REVIEWER, 2)):
        client.force_login(make_user(role))
        assert len([link for link in visit(client, "/").all("a") if link.attributes.get("href") == QUEUE]) == shown
