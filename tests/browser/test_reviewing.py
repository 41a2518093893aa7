"""Reviewing in Chromium: a decision by keyboard alone moves a state on the map; no barriers; two at once; without scripts."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.db import connections
from playwright.sync_api import Browser, Locator, Page, expect

from problems.models import Submission, User
from problems.services import submissions
from tests.browser.served import LOOKS, Visitor
from tests.factories import PASSWORD, make_submission, tag_data
from tests.services.test_submissions import decided

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=20_000)  # on a busy machine
WHY = "Audits whether a concept is present from internal behaviour, without prompting for output. Tested on public figures and styles."
numbers = count(1)


def apart[Made](work: Callable[[], Made]) -> Made:
    """Do this outside the transaction of the test, so that the served site sees it."""

    def done() -> Made:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(done).result()


def person(name: str) -> User:
    user: User = User.objects.get(email=f"{name}@example.org")
    return user


def handed_in(*codes: str) -> Submission:
    """A new paper with a tag to each of these."""
    record = {"title": f"What lurks within, part {next(numbers)}", "advisory": 1, "abstract": "One part.\n\nAnother part."}
    tags = [tag_data(code, rationale=WHY, locator="Section 3.2") for code in codes]
    return apart(lambda: make_submission(person("contributor"), *tags, record=record, message="It answers the second question in part."))


def nothing_waits() -> None:
    for submission in Submission.objects.waiting():
        submissions.withdraw(submission=submission, by=submission.contributor)


@pytest.fixture(autouse=True)
def _empty_queue(map_site: str) -> Iterator[None]:
    del map_site
    yield
    apart(nothing_waits)


def log_in(visitor: Visitor, name: str = "reviewer") -> None:
    visitor.goes("/accounts/login/")
    visitor.page.locator("main input[name=login]").fill(f"{name}@example.org")
    visitor.page.locator("main input[name=password]").fill(PASSWORD)
    visitor.page.locator("main").get_by_role("button", name="Log in").click()
    visitor.page.wait_for_url("**/")


def part(page: Page, code: str) -> Locator:
    return page.locator("section.part", has=page.get_by_role("link", name=code, exact=True))


def choose(scope: Locator, label: str) -> None:
    scope.locator(".segment label", has_text=re.compile(f"^{label}$")).click()


def tab_to(page: Page, place: Locator) -> None:
    """Press Tab until this has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if place.evaluate("element => element === document.activeElement"):
            return
    message = "The keyboard does not lead there."
    raise AssertionError(message)


def shows_state(visitor: Visitor, state: str) -> None:
    visitor.goes("/map/?view=table")
    expect(visitor.page.get_by_role("row").filter(has_text="P1.L2")).to_contain_text(state)


def presses(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_one_tag_declined_and_one_moved_by_keyboard_moves_the_state_on_the_map(visitor: Visitor, page: Page) -> None:
    first, second = handed_in("P7.L2", "P7.E1"), handed_in("P5.L2")
    shows_state(visitor, "Untouched")
    log_in(visitor)
    visitor.goes("/review/")
    tab_to(page, page.get_by_role("link", name="Review next"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(first.get_review_url()))
    step, steps = re.findall(r"\d+", page.get_by_text(re.compile(r"^\d+ of \d+$")).inner_text())
    assert int(steps) - int(step) == 1  # with those that the reviewer answered today, in whatever test
    tab_to(page, page.locator("[name='record.verdict']").first)
    page.keyboard.press("Space")
    moved, declined = part(page, "P7.L2"), part(page, "P7.E1")
    tab_to(page, moved.locator(".segment input").first)
    presses(page, "Space", "ArrowRight", "ArrowRight")
    expect(moved.get_by_role("radio", name="Move")).to_be_checked()
    tab_to(page, moved.get_by_label("Move to"))
    page.keyboard.type("P1.L2")
    tab_to(page, declined.locator(".segment input").first)
    presses(page, "Space", "ArrowRight", "ArrowRight", "ArrowRight")
    expect(page.get_by_text("3 of 3 decided")).to_be_visible()
    tab_to(page, declined.get_by_label("In words"))
    page.keyboard.type("Page 4 says the opposite.")
    tab_to(page, page.get_by_label("Note to the contributor"))
    page.keyboard.type("Thank you.")
    visitor.expected = 422
    tab_to(page, page.get_by_role("button", name="Send decision, open next"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("P7.E1: Choose a reason.")
    expect(page.get_by_label("Note to the contributor")).to_have_value("Thank you.")
    reasons = part(page, "P7.E1").get_by_role("group", name="Reason")
    tab_to(page, reasons.get_by_role("radio").first)
    page.keyboard.press("Space")
    expect(reasons.get_by_role("radio").first).to_be_checked()
    visitor.expected = 200
    tab_to(page, page.get_by_role("button", name="Send decision, open next"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"{second.get_review_url()}.*sent="))
    expect(page.get_by_role("status").filter(has_text="Decision sent for 2 tags. Undo within 10 minutes.")).to_be_visible()
    shows_state(visitor, "Narrowed")
    page.go_back()
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(f"{first.get_review_url()}$"))
    expect(page.get_by_text("Claimed by you, ends in 47 h")).to_be_visible()
    shows_state(visitor, "Untouched")


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_pages_have_no_barriers(browser: Browser, map_site: str, colours: str, width: int) -> None:
    one, other = handed_in("P7.L2", "C3", "P5"), handed_in("P5.L2")
    with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
        page = visitor.page
        log_in(visitor)
        visitor.goes("/review/")
        visitor.finds_no_barrier(f"queue {width} {colours}")
        visitor.goes(one.get_review_url())
        visitor.finds_no_barrier(f"screen {width} {colours}")
        choose(part(page, "P7.L2"), "Decline")
        choose(part(page, "C3"), "Move")
        visitor.expected = 422
        page.get_by_role("button", name="Send decision, open next").click()
        expect(page.get_by_role("alert")).to_contain_text("to correct")
        visitor.finds_no_barrier(f"errors {width} {colours}")
        visitor.goes(other.get_review_url())
        page.get_by_label("Note to the contributor").fill("What I thought of it.")
        choose(part(page, "P5.L2"), "Accept")
        apart(lambda: decided(other, person("curator")))
        visitor.expected = 409
        page.get_by_role("button", name="Send decision, open next").click()
        expect(page.get_by_role("alert")).to_contain_text("Curator decided on this submission 0 minutes ago.")
        expect(page.locator("pre:visible")).to_have_text("What I thought of it.\nP5.L2: Accept")
        visitor.finds_no_barrier(f"conflict {width} {colours}")
        assert one.paper is not None
        visitor.goes(f"/review/papers/{one.paper.public_id}/restrict/")
        visitor.finds_no_barrier(f"restrict {width} {colours}")
        visitor.saw_nothing_wrong()


def test_without_scripts(browser: Browser, map_site: str) -> None:
    submission = handed_in("P7.L2")
    with Visitor.arrives(browser, map_site, java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto("/accounts/login/")
        page.locator("main input[name=login]").fill("reviewer@example.org")
        page.locator("main input[name=password]").fill(PASSWORD)
        page.locator("main").get_by_role("button", name="Log in").click()
        page.goto("/review/")
        page.locator("summary", has_text="Problem").click()
        page.get_by_role("navigation", name="Problem").get_by_role("link", name=re.compile("^7 ")).click()
        page.get_by_role("link", name=re.compile("^What lurks within")).click()
        choose(part(page, "P7.L2"), "Edit")
        part(page, "P7.L2").get_by_label("Locator", exact=True).fill("Section 9")
        page.keyboard.press("Enter")  # sends no decision, and keeps what is typed
        expect(page.get_by_text("Claimed by you, ends in 47 h")).to_be_visible()
        choose(page.locator("section.part").first, "Accept")
        tag = part(page, "P7.L2")
        expect(tag.get_by_label("Move to")).to_be_hidden()
        expect(tag.get_by_label("Locator", exact=True)).to_have_value("Section 9")
        tag.get_by_label("Restrict its rationale and locator to reviewers").check()
        tag.get_by_label("Why, without detail").fill("It names a method.")
        page.get_by_role("button", name="Send decision, open next").click()
        expect(page.get_by_role("status").filter(has_text="Decision sent for 1 tag.")).to_be_visible()
        page.goto(submission.get_review_url())
        expect(page.get_by_text("Section 9")).to_be_visible()
        expect(page.get_by_text("restricted", exact=True)).to_be_visible()
