"""A queue of ten, worked by keyboard alone: claimed, skipped, decided, undone; the keys switched off; and two reviewers at once."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from problems.models import Passed, Submission
from tests.browser.served import Visitor, with_log_in
from tests.factories import PASSWORD, make_agenda, make_cast, make_problem, make_statement, make_submission, tag_data

pytestmark = [pytest.mark.browser]
expect.set_options(timeout=20_000)  # on a busy machine
TEN = 10
DECLINED, MOVED, RESTRICTED = 3, 4, 5


def log_in(page: Page, name: str = "reviewer") -> None:
    page.goto("/accounts/login/?next=/review/")
    page.locator("main input[name=login]").fill(f"{name}@example.org")
    page.locator("main input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("//[^/]*/review/$"))


def make_queue() -> list[Submission]:
    """Ten submissions, handed in one after the other, and somebody who reviews."""
    cast = make_cast()
    with_log_in(cast)
    make_agenda()
    problem = make_problem(1)
    targets = [make_statement(problem) for _ in range(3)]
    return [make_submission(cast.contributor, tag_data(targets[number % 2]), record={"title": f"Paper {number}"}) for number in range(TEN)]


def focused(page: Page) -> str:
    text: str = page.evaluate("document.activeElement.textContent.trim()")
    return text


def test_a_queue_of_ten_worked_by_keyboard_alone(browser: Browser, site: str) -> None:
    waiting = make_queue()
    with Visitor.arrives(browser, site) as visitor:
        worked(visitor, visitor.page, waiting)
        visitor.saw_nothing_wrong()
    found = [submission.tags.select_related("statement").get() for submission in waiting]
    assert {submission.state for submission in Submission.objects.all()} == {"decided"}
    assert [tag.status for tag in found] == ["accepted", "accepted", "accepted", "declined", *["accepted"] * 6]
    assert [tag.text_restricted for tag in found] == [number == RESTRICTED for number in range(TEN)]
    assert [tag.code for tag in found] == ["P1.L3" if number == MOVED else f"P1.L{number % 2 + 1}" for number in range(TEN)]
    assert Passed.objects.count() == 1


def goes_through_the_list(visitor: Visitor, page: Page, waiting: list[Submission]) -> None:
    """Move, tick, claim, open the next one, skip it, have it back, abstain, have it back, skip it."""
    keys, titles = page.keyboard, [f"Paper {number}" for number in range(TEN)]
    keys.press("j")
    assert focused(page) == titles[0]
    for key in ("j", "j", "k"):
        keys.press(key)
    assert focused(page) == titles[1]
    keys.press("x")
    expect(page.get_by_text("1 selected")).to_be_visible()
    keys.press("x")
    keys.press("c")  # the row itself
    expect(page.get_by_text("You hold 1 submission for 48 hours.")).to_be_visible()
    visitor.goes("/review/")
    keys.press("n")
    page.wait_for_url(re.compile(re.escape(waiting[0].get_review_url())))
    expect(page.get_by_text(f"1 of {TEN}", exact=True)).to_be_visible()
    keys.press("s")
    page.wait_for_url(re.compile(f"{waiting[1].get_review_url()}.left="))
    keys.press("u")  # back to what was left
    page.wait_for_url(re.compile(f"{waiting[0].get_review_url()}$"))
    keys.press("a")
    keys.press("b")  # abstain: what was chosen is there for who comes back
    page.wait_for_url(re.compile(f"{waiting[1].get_review_url()}.left="))
    keys.press("u")
    page.wait_for_url(re.compile(f"{waiting[0].get_review_url()}$"))
    expect(page.locator("[name='record.verdict']").first).to_be_checked()
    keys.press("h")
    expect(page.get_by_label("To", exact=True)).to_be_focused()
    keys.press("Escape")
    keys.press("s")
    page.wait_for_url(re.compile(f"{waiting[1].get_review_url()}.left="))


def worked(visitor: Visitor, page: Page, waiting: list[Submission]) -> None:
    """All of it, without the mouse from the log-in on."""
    log_in(page)
    keys = page.keyboard
    goes_through_the_list(visitor, page, waiting)
    for number in (*range(1, TEN), 0):  # what was skipped comes last
        submission = waiting[number]
        page.wait_for_url(re.compile(re.escape(submission.get_review_url())))
        keys.press("a")
        keys.press("j")
        keys.press({DECLINED: "d", MOVED: "m", RESTRICTED: "r"}.get(number, "a"))
        if number == DECLINED:
            keys.press("Space")  # the first reason
        elif number == MOVED:
            keys.type("P1.L3")
            keys.press("Escape")
        elif number == RESTRICTED:
            keys.type("It names a method. aemd?")  # no key while somebody types
        keys.press("t")
        keys.type("Thank you." if number != RESTRICTED else "")
        keys.press("Control+Enter")
        page.wait_for_url(re.compile(f"sent={submission.public_id}"))
        if number == 1:
            keys.press("u")
            page.wait_for_url(re.compile(f"{submission.get_review_url()}$"))
            for key in ("a", "j", "a", "Control+Enter"):
                keys.press(key)
            page.wait_for_url(re.compile(f"sent={submission.public_id}"))
    expect(page.get_by_text("Nothing waits for you.")).to_be_visible()
    keys.press("?")
    switch = page.get_by_label("Single keys work, outside of fields.")
    expect(switch).to_be_visible()
    keys.press("Tab")
    keys.press("Space")
    page.reload()
    keys.press("?")
    expect(switch).to_be_hidden()  # switched off, and kept so
    visitor.goes("/")  # on every page
    keys.press("/")
    assert page.evaluate("document.activeElement.matches('[data-search]')") is False


def test_two_reviewers_at_once(browser: Browser, site: str) -> None:
    """Who comes second is told who was first, loses no word, and goes on with the next one."""
    one, two = make_queue()[:2]
    with Visitor.arrives(browser, site) as first, Visitor.arrives(browser, site) as second:
        for visitor, name in ((first, "reviewer"), (second, "curator")):
            log_in(visitor.page, name)
            visitor.goes(one.get_review_url())
            for key in "aja":
                visitor.page.keyboard.press(key)
            visitor.page.keyboard.press("t")
            visitor.page.keyboard.type(f"What {name} thought.")
        first.page.keyboard.press("Control+Enter")
        first.page.wait_for_url(re.compile(f"{two.get_review_url()}.sent="))
        second.expected = 409
        second.page.keyboard.press("Control+Enter")
        expect(second.page.get_by_role("alert")).to_contain_text("Reviewer decided on this submission 0 minutes ago.")
        expect(second.page.locator("pre:visible")).to_contain_text("What curator thought.")
        second.expected = 200
        second.goes("/review/")
        second.page.keyboard.press("n")
        second.page.wait_for_url(re.compile(two.get_review_url()))  # whole: keys do nothing before the script is there
        expect(second.page.get_by_text("1 of 9", exact=True)).to_be_visible()
        second.page.keyboard.press("t")
        second.page.keyboard.type("Say where it is said.")
        second.page.keyboard.press("Escape")
        second.page.keyboard.press("f")  # ask for changes
        second.page.wait_for_url(re.compile(f"sent={two.public_id}"))
        expect(second.page.get_by_text("2 of 9", exact=True)).to_be_visible()
        for visitor in (first, second):
            visitor.saw_nothing_wrong()
    assert [review.reviewer.email for review in one.reviews.all()] == ["reviewer@example.org"]
    assert Submission.objects.get(pk=two.pk).state == "changes_requested"


ACTS = {
    "a": "Accept 2 submissions",
    "d": "Decline 2 submissions",
    "g": "Assign 2 submissions",
    "t": "Re-tag 2 submissions",
    "r": "Restrict 2 submissions",
}


def test_keys_on_ticked_rows_and_for_what_is_held(browser: Browser, site: str) -> None:
    one = make_queue()[0]
    with Visitor.arrives(browser, site) as visitor:
        page = visitor.page
        log_in(page)
        for key, heading in ACTS.items():
            visitor.goes("/review/")
            for each in ("j", "x", "j", "x"):
                page.keyboard.press(each)
            expect(page.get_by_text("2 selected")).to_be_visible()
            page.keyboard.press(key)
            expect(page.get_by_role("heading", level=1)).to_have_text(heading)
        visitor.goes(one.get_review_url())
        page.get_by_role("link", name="0 of 2 decided").click()
        expect(page.locator("#parts")).to_be_focused()
        page.keyboard.press("c")
        expect(page.get_by_text("Claimed by you")).to_be_visible()
        page.wait_for_load_state()
        page.keyboard.press("l")
        expect(page.get_by_text("Claimed by you")).to_be_hidden()
        page.wait_for_load_state()
        for key in ("a", "j", "a", "o"):
            page.keyboard.press(key)
        expect(page.get_by_text("What you decided is kept back until it is given.")).to_be_visible()
        visitor.saw_nothing_wrong()
