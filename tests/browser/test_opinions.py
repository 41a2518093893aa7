"""A second opinion in Chromium: asked for, given without seeing the first, different, and settled on one screen; no barriers."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from problems.choices import Role
from problems.models import SecondOpinion, Submission
from problems.services import interests
from tests.browser.served import NARROW, Visitor, with_log_in
from tests.browser.test_queue import log_in
from tests.browser.test_reviewing import choose, part
from tests.factories import make_agenda, make_cast, make_problem, make_statement, make_submission, tag_data

pytestmark = [pytest.mark.browser]
SEND, ASK = "Send decision, open next", "Ask for a second opinion"


def handed_in() -> Submission:
    cast = make_cast()
    with_log_in(cast)
    cast.stranger.role = Role.REVIEWER  # the second reviewer
    cast.stranger.save()
    make_agenda()
    problem = make_problem(1)
    interests.declare(by=cast.curator, kind="author", what="Berg, Ada")
    tags = [tag_data(make_statement(problem)), tag_data(make_statement(problem))]
    return make_submission(cast.contributor, *tags, record={"title": "A test of tests"})


def rules(page: Page, second: str) -> None:
    """Accept the record and the first tag; say this of the second tag."""
    choose(page.locator("section.part").first, "Accept")
    choose(part(page, "P1.L1"), "Accept")
    choose(part(page, "P1.L2"), second)
    if second == "Decline":
        part(page, "P1.L2").get_by_role("group", name="Reason").get_by_role("radio").first.check()


def test_a_second_opinion_into_a_difference_and_its_settlement(browser: Browser, site: str) -> None:
    submission = handed_in()
    with Visitor.arrives(browser, site) as visitor:
        page = visitor.page
        log_in(page)
        visitor.goes(submission.get_review_url())
        rules(page, "Accept")
        page.get_by_label("Note to the contributor").fill("Both are shown.")
        page.locator(".review-dock").get_by_role("button", name=ASK).click()
        expect(page.get_by_text("What you decided is kept back until it is given.")).to_be_visible()
        visitor.saw_nothing_wrong()
    with Visitor.arrives(browser, site) as visitor:
        page = visitor.page
        log_in(page, "stranger")
        visitor.goes(submission.get_review_url())
        expect(page.get_by_text("Another reviewer has decided; what they said is shown once the second has decided, too.")).to_be_visible()
        expect(page.get_by_text("Both are shown.")).to_have_count(0)
        rules(page, "Decline")
        page.get_by_role("button", name=SEND).click()
        expect(page.get_by_text("Your opinion differs from the first.")).to_be_visible()
        visitor.saw_nothing_wrong()
    with Visitor.arrives(browser, site, viewport={"width": NARROW, "height": 900}) as visitor:
        page = visitor.page
        log_in(page, "curator")
        for address, where in (("/review/conflicts/", "conflicts"), ("/review/agreement/", "agreement"), (submission.get_review_url(), "differs")):
            visitor.goes(address)
            visitor.finds_no_barrier(where)
        page.get_by_role("link", name="Settle the difference").click()
        page.wait_for_url(re.compile("/settle/$"))
        visitor.finds_no_barrier("settle")
        page.get_by_role("radio", name=re.compile("^Second opinion: Decline")).focus()
        page.keyboard.press("1")
        expect(page.get_by_role("radio", name=re.compile("^First opinion: Accept"))).to_be_checked()
        page.keyboard.press("Control+Enter")  # settle, send the decision
        expect(page.get_by_text("The difference is settled.")).to_be_visible()
        visitor.saw_nothing_wrong()
    opinion = SecondOpinion.objects.get()
    assert (opinion.state, [opinion.first.email, opinion.second and opinion.second.email]) == (
        "settled",
        ["reviewer@example.org", "stranger@example.org"],
    )
    assert [tag.status for tag in submission.tags.order_by("pk")] == ["accepted", "accepted"]
