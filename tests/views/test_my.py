"""My work, the page of one submission, and what can be done there."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Reason, ReviewStatus, SubmissionState, Verdict, Visibility
from problems.models import Paper, Statement, Submission, Tag, User
from problems.services import reviews, submissions
from problems.services.reviews import Ruling, Rulings
from tests.factories import RATIONALE, Cast, make_paper, make_problem, make_search, make_statement, make_submission, make_tag, tag_data
from tests.views.html import Node, read, visit

pytestmark = pytest.mark.usefixtures("contributor", "statement")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@pytest.fixture
def statement(cast: Cast) -> Statement:
    """A limitation to tag."""
    del cast
    return make_statement(make_problem(5, title="Marks"), text="Cropping removes the mark.")


@pytest.fixture
def contributor(client: Client, cast: Cast) -> User:
    """Somebody who contributes, signed in."""
    client.force_login(cast.contributor, backend=BACKEND)
    return cast.contributor


def decided(cast: Cast, statement: Statement, title: str = "Decided on", **ruling: Any) -> Submission:
    """A submission of one tag on a new record; the record is accepted, the tag ruled as told, by default declined."""
    submission = make_submission(cast.contributor, tag_data(statement), record={"title": title})
    rule = Ruling(**{"verdict": Verdict.DECLINE, "reason": Reason.NOT_SAID, "words": "Nothing of it is there."} | ruling)
    rulings = Rulings(record=Ruling(Verdict.ACCEPT), tags={submission.tags.get().public_id: rule})
    reviews.claim(submission=submission, by=cast.reviewer)
    reviews.decide(submission=submission, by=cast.reviewer, rulings=rulings, note="A note to you")
    submission.refresh_from_db()
    return submission


def asked(cast: Cast, statement: Statement) -> Submission:
    """A submission with a request for changes, of the whole and of its tag."""
    submission = make_submission(cast.contributor, tag_data(statement), record={"title": "Asked about"})
    reviews.claim(submission=submission, by=cast.reviewer)
    asks = {submission.tags.get().public_id: "Which section says so?"}
    reviews.request_changes(submission=submission, by=cast.reviewer, note="Name the section.", asks=asks)
    submission.refresh_from_db()
    return submission


def links(page: Node) -> list[str]:
    """Where the actions at the head of a submission lead."""
    return [each["href"] for box in page.all("div", "submission-actions") for each in box.all("a")]


def test_what_needs_me_comes_first(client: Client, cast: Cast, contributor: User, statement: Statement) -> None:
    assert "Nothing waits for you." in visit(client, "/my/").one("main").text
    draft = make_submission(contributor, draft=True, record={"title": "A draft"})
    request = asked(cast, statement)
    appealed = decided(cast, statement)
    submissions.appeal(submission=appealed, by=contributor, text="It is there, in section 3.")
    make_submission(cast.teammate, draft=True)
    page = visit(client, "/my/")
    assert [item.one("b").text for item in page.one("ul", "needed").all("li")] == [
        "Changes requested: Asked about",
        "Draft: A draft",
    ]
    assert [each["href"] for each in page.one("ul", "needed").all("a", "button")] == [
        f"{request.get_absolute_url()}edit/",
        f"{draft.get_absolute_url()}edit/",
    ]
    assert [tab.text for tab in page.one("nav", "tabs").all("a")] == ["Submissions 3", "Tags 2", "Searches 0", "Team 0"]


def test_tabs_list_what_is_mine_with_reasons(client: Client, cast: Cast, contributor: User, statement: Statement) -> None:
    decided(cast, statement)
    make_search(statement, by=contributor, query="nothing found", status=ReviewStatus.ACCEPTED)
    make_search(statement, by=cast.stranger)
    make_tag(statement, contributor=cast.stranger)
    (row,) = visit(client, "/my/").one("tbody").all("tr")
    assert ("Declined" in row.text, "P5.L1: Nothing of it is there." in row.text) == (True, True)
    (row,) = visit(client, "/my/tags/").one("tbody").all("tr")
    assert ("Declined" in row.text, "Nothing of it is there." in row.text, "narrows" in row.text) == (True, True, True)
    (row,) = visit(client, "/my/searches/").one("tbody").all("tr")
    assert ("nothing found" in row.text, "Accepted" in row.text) == (True, True)


@pytest.mark.parametrize("tab", ["", "tags/", "searches/"])
def test_lists_take_the_same_queries_for_one_row_and_three(client: Client, cast: Cast, contributor: User, statement: Statement, tab: str) -> None:
    def more() -> None:
        decided(cast, statement, f"Decided on {Submission.objects.count()}")
        make_submission(contributor, draft=True, paper=make_paper())
        make_search(statement, by=contributor)

    visit(client, f"/my/{tab}")  # what is asked once for a session is not counted
    taken = []
    for _ in range(3):
        more()
        with CaptureQueriesContext(connection) as queries:
            visit(client, f"/my/{tab}")
        taken.append(len(queries))
    assert taken[0] == taken[2]


def test_one_submission_takes_the_same_queries_for_one_tag_and_three(client: Client, contributor: User) -> None:
    problem = make_problem(6)
    targets = [make_statement(problem) for _ in range(3)]
    taken = []
    for count in (1, 1, 3):
        submission = make_submission(contributor, *(tag_data(target) for target in targets[:count]))
        with CaptureQueriesContext(connection) as queries:
            visit(client, submission.get_absolute_url())
        taken.append(len(queries))
    assert taken[1] == taken[2]


def test_a_decision_is_told_with_its_reasons_and_without_its_reviewer(client: Client, cast: Cast, statement: Statement) -> None:
    submission = decided(cast, statement)
    page = visit(client, submission.get_absolute_url())
    text = page.one("main").text
    assert ("A note to you" in text, "Declined Not said in the paper" in text, "Nothing of it is there." in text) == (True, True, True)
    assert cast.reviewer.display_name not in text
    assert links(page) == [f"{submission.get_absolute_url()}appeal/"]


def test_what_a_reviewer_changed_is_told(client: Client, cast: Cast, statement: Statement) -> None:
    other = make_statement(statement.problem)
    submission = decided(cast, statement, verdict=Verdict.ACCEPT, reason="", words="", changes={"target": other.code, "relation": "confirms"})
    text = visit(client, submission.get_absolute_url()).one("main").text
    assert ("Accepted, with changes" in text, "Now: P5.L2 confirms" in text, "P5.L1 narrows" in text) == (True, True, True)


def test_a_request_for_changes_is_shown_where_it_is_answered(client: Client, cast: Cast, statement: Statement) -> None:
    submission = asked(cast, statement)
    page = visit(client, submission.get_absolute_url())
    assert links(page) == [f"{submission.get_absolute_url()}edit/", f"{submission.get_absolute_url()}withdraw/"]
    page = visit(client, f"{submission.get_absolute_url()}edit/")
    assert page.one("", "asked-note").text == "Name the section."
    assert page.one("section", "tag").one("div", "alert").text == "Asked by the reviewer: Which section says so?"
    sent = {"title": "Asked about", "tag-0-target": "P5.L1", "tag-0-relation": "narrows", "tag-0-rationale": RATIONALE, "tag-0-locator": "Section 3"}
    sent |= {"tag-0-id": submission.tags.get().public_id, "tag-0-basis": "general_proxy", "once": "k", "do": "submit"}
    assert client.post(f"{submission.get_absolute_url()}edit/", sent).status_code == 303
    submission.refresh_from_db()
    assert (submission.state, submission.tags.get().locator) == (SubmissionState.SUBMITTED, "Section 3")


def test_withdraw_asks_first_and_can_be_handed_in_again(client: Client, contributor: User, statement: Statement) -> None:
    submission = make_submission(contributor, tag_data(statement))
    address = submission.get_absolute_url()
    page = visit(client, f"{address}withdraw/")
    assert (page.one("h1").text, page.one("p", "lead").text) == ("Withdraw this submission?", "Its tags leave the queue. You can submit it again.")
    assert client.post(f"{address}withdraw/").status_code == 303
    submission.refresh_from_db()
    assert (submission.state, Tag.objects.count()) == (SubmissionState.WITHDRAWN, 0)
    assert client.get(f"{address}withdraw/")["Location"] == address
    assert client.post(f"{address}withdraw/")["Location"] == address  # a second click
    assert links(visit(client, address)) == [f"{address}edit/"]
    assert client.post(address, {"do": "submit"})["Location"] == address
    submission.refresh_from_db()
    assert (submission.state, Tag.objects.count()) == (SubmissionState.SUBMITTED, 1)


def test_discard_asks_first(client: Client, contributor: User) -> None:
    submission = make_submission(contributor, draft=True)
    assert visit(client, f"{submission.get_absolute_url()}discard/").one("h1").text == "Discard this draft?"
    assert Submission.objects.count() == 1
    assert client.post(f"{submission.get_absolute_url()}discard/")["Location"] == "/my/"
    assert Submission.objects.count() == 0


def test_a_draft_that_is_not_complete_is_shown_with_what_is_missing(client: Client, contributor: User) -> None:
    submission = make_submission(contributor, {"target": "P5.L1"}, draft=True)
    response = client.post(submission.get_absolute_url(), {"do": "submit"})
    page = read(response)
    assert response.status_code == 422
    assert [link["href"] for link in page.one("div", "error-summary").all("a")] == ["#id_tag-0-relation_0", "#id_tag-0-rationale", "#id_tag-0-basis"]
    submission.refresh_from_db()
    assert submission.state == SubmissionState.DRAFT


def test_an_appeal_says_why_and_is_one(client: Client, cast: Cast, statement: Statement) -> None:
    submission = decided(cast, statement)
    address = f"{submission.get_absolute_url()}appeal/"
    response = client.post(address, {"text": "  "})
    assert (response.status_code, "Say why it should be looked at once more." in response.content.decode()) == (422, True)
    assert client.post(address, {"text": "It is there, in section 3."}).status_code == 303
    submission.refresh_from_db()
    assert (submission.state, submission.appeal) == (SubmissionState.SUBMITTED, "It is there, in section 3.")
    again = client.post(address, {"text": "Once more, please."})
    assert (again.status_code, "Once more, please." in again.content.decode()) == (409, True)


def test_what_was_restricted_since_is_withheld(client: Client, cast: Cast, statement: Statement) -> None:
    submission = decided(cast, statement, verdict=Verdict.ACCEPT, reason="", words="")
    reviews.restrict_paper(paper=Paper.objects.get(), by=cast.reviewer, reason="A reason")
    address = submission.get_absolute_url()
    for page in (address, f"{address}edit/", "/my/", "/my/tags/"):
        text = client.get(page).content.decode()
        assert (page, "Decided on" in text, RATIONALE in text) == (page, False, False)
    assert "reviewers restricted the record" in visit(client, address).one("main").text
    assert client.post(f"{address}edit/", {"title": "Wiped", "do": "draft"}).status_code == 200
    submission.refresh_from_db()
    assert submission.content["record"]["title"] == "Decided on"
    assert Paper.objects.get().visibility == Visibility.RESTRICTED


def test_others_see_what_they_may_and_change_nothing(client: Client, cast: Cast, statement: Statement) -> None:
    submission = make_submission(cast.contributor, tag_data(statement))
    draft = make_submission(cast.contributor, draft=True)
    address = submission.get_absolute_url()
    client.force_login(cast.stranger, backend=BACKEND)
    for move in ("", "edit/", "withdraw/", "discard/", "appeal/"):
        assert client.get(f"{address}{move}").status_code == 404
        assert client.post(f"{address}{move}", {"do": "submit"}).status_code == 404
    client.force_login(cast.teammate, backend=BACKEND)
    assert client.get(draft.get_absolute_url()).status_code == 404
    assert links(visit(client, address)) == []
    assert client.post(f"{address}withdraw/").status_code == 403
    assert client.post(f"{address}edit/", {"title": "Theirs", "do": "draft"})["Location"] == address
    submission.refresh_from_db()
    assert submission.state == SubmissionState.SUBMITTED
