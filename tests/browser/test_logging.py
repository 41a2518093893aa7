"""Handing in with a browser: by keyboard alone, without scripts, and no barrier on any page of it."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.plugin import DjangoDbBlocker

from problems.choices import Reason, SubmissionState, Verdict
from problems.models import Submission, Tag, User
from problems.services import reviews
from problems.services.reviews import Ruling, Rulings
from tests import factories
from tests.browser.served import LOOKS, Visitor
from tests.factories import make_submission, tag_data

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=20_000)  # on a busy machine
OPTION = ".picker-list [role=option]"
RATIONALE = "Section 4 measures how often the mark survives each edit."


def enters(visitor: Visitor, name: str = "contributor") -> None:
    """Log in."""
    visitor.goes("/accounts/login/")
    visitor.page.locator("main input[name=login]").fill(f"{name}@example.org")
    visitor.page.locator("main input[name=password]").fill(factories.PASSWORD)
    visitor.page.locator("main").get_by_role("button", name="Log in").click()
    visitor.page.wait_for_url("**/")


@pytest.fixture(scope="module")
def pages(map_site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[dict[str, str]]:
    """Every kind of page on which somebody hands in or sees what became of it, by a short name."""
    del map_site
    with django_db_blocker.unblock():
        contributor, reviewer = User.objects.get(email="contributor@example.org"), User.objects.get(email="reviewer@example.org")
        asked = make_submission(contributor, tag_data("P5.L2"), record={"title": "Asked about"}, message="See Table 3.")
        reviews.claim(submission=asked, by=reviewer)
        asks = {asked.tags.get().public_id: "Which section says so?"}
        reviews.request_changes(submission=asked, by=reviewer, note="Name the section.", asks=asks)
        decided = make_submission(contributor, tag_data("P5.L2"), record={"title": "Decided on"})
        reviews.claim(submission=decided, by=reviewer)
        declined = Ruling(Verdict.DECLINE, reason=Reason.NOT_SAID, words="It does not say so.")
        rulings = Rulings(record=Ruling(Verdict.ACCEPT), tags={decided.tags.get().public_id: declined})
        reviews.decide(submission=decided, by=reviewer, note="A note.", rulings=rulings)
        make_submission(contributor, draft=True, record={"title": "A draft"})
        tag = Tag.objects.on_map().select_related("paper").order_by("pk")[0]
        yield {
            "start": "/log/?statement=P5.L2",
            "known": "/log/?what=erasing+concepts+from+diffusion+models",
            "new": "/log/?new=1&statement=P5.L2",
            "add": f"/log/?paper={tag.paper.public_id}&statement=C1",
            "search": "/log/search/?statement=P5.L4",
            "my": "/my/",
            "tags": "/my/tags/",
            "searches": "/my/searches/",
            "asked": asked.get_absolute_url(),
            "edit": f"{asked.get_absolute_url()}edit/",
            "withdraw": f"{asked.get_absolute_url()}withdraw/",
            "decided": decided.get_absolute_url(),
            "appeal": f"{decided.get_absolute_url()}appeal/",
            "paper": tag.paper.get_absolute_url(),
            "correct": f"/papers/{tag.paper.public_id}/correct/",
            "correct-tag": f"/tags/{tag.public_id}/correct/",
        }


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_no_barrier(browser: Browser, map_site: str, pages: dict[str, str], colours: str, width: int) -> None:
    with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
        enters(visitor)
        for name, address in pages.items():
            visitor.goes(address)
            visitor.finds_no_barrier(f"{name} {width} {colours}")
        visitor.goes("/log/?new=1")
        visitor.expected = 422
        visitor.page.get_by_role("button", name="Submit for review").click()
        expect(visitor.page.locator(".error-summary")).to_be_focused()
        visitor.finds_no_barrier(f"errors {width} {colours}")
        visitor.page.get_by_label("Find a statement").press_sequentially("waterm")
        expect(visitor.page.locator(OPTION).first).to_be_visible()
        visitor.finds_no_barrier(f"picker {width} {colours}")
        visitor.saw_nothing_wrong()


def tab_to(page: Page, target: str, key: str = "Tab") -> None:
    """Go on with the keyboard until this has the focus."""
    for _ in range(80):
        page.keyboard.press(key)
        if page.evaluate("selector => document.activeElement.matches(selector)", target):
            return
    raise AssertionError(target)


def choose(page: Page, value: str) -> int:
    """Go down the list that has the focus until it says this; how many keys that took."""
    for pressed in range(20):
        if page.evaluate("document.activeElement.value") == value:
            return pressed
        page.keyboard.press("ArrowDown")
    raise AssertionError(value)


def test_a_paper_with_two_tags_by_keyboard_alone(visitor: Visitor, page: Page) -> None:  # noqa: PLR0915  # one journey
    enters(visitor)
    visitor.goes("/log/")
    keys = page.keyboard
    expect(page.locator("#id_what")).to_be_focused()
    keys.type("arXiv:2512.00001")
    keys.press("Enter")
    expect(page.locator(".recognised")).to_have_text("Identifier: arXiv 2512.00001")
    tab_to(page, "#id_title")
    keys.type("A paper logged by keyboard")
    tab_to(page, "#id_authors")
    keys.type("Kim, Ada")
    tab_to(page, "#id_find")
    keys.type("modifying part of an image")
    expect(page.locator(OPTION).first).to_be_visible()
    keys.press("ArrowDown")
    expect(page.locator(f"{OPTION}[aria-selected=true]")).to_contain_text("P5.L2")
    keys.press("Enter")
    expect(page.locator("#id_tag-0-relation_0")).to_be_focused()
    keys.press("Space")
    keys.press("ArrowDown")
    expect(page.locator("#id_tag-0-relation_1")).to_be_checked()
    tab_to(page, "#id_tag-0-rationale")
    keys.type(RATIONALE)
    expect(page.locator("#id_tag-0-rationale + .count-left")).to_have_text(f"{len(RATIONALE)} of 500")
    tab_to(page, "#id_tag-0-basis")
    choose(page, "general_proxy")
    tab_to(page, "#id_find", "Shift+Tab")
    keys.type("P5")
    expect(page.locator(OPTION).first).to_contain_text("statement undecided")
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator("#id_tag-1-relation_0")).to_be_focused()
    expect(page.locator("#id_tag-1-relation_0")).to_be_checked()
    expect(page.locator("#id_tag-0-rationale")).to_have_value(RATIONALE)
    tab_to(page, "#id_tag-1-rationale")
    keys.type(RATIONALE)
    expect(page.locator("#id_tag-1-basis")).to_have_value("general_proxy")  # as in the tag before
    tab_to(page, "#id_tag-1-basis")
    keys.press("Home")
    visitor.expected = 422
    keys.press("Control+Enter")
    expect(page.locator(".error-summary")).to_be_focused()  # the basis of the second tag was taken back
    keys.press("Tab")
    expect(page.locator(".error-summary a")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#id_tag-1-basis")).to_be_focused()
    choose(page, "not_applicable")
    keys.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/my/submissions/[a-z0-9]{10}/$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("A paper logged by keyboard")
    expect(page.locator(".handed-in")).to_have_count(2)
    (submission,) = Submission.objects.filter(content__record__title="A paper logged by keyboard")
    assert submission.state == SubmissionState.SUBMITTED
    assert set(submission.tags.values_list("statement__code", "problem__number", "relation", "basis")) == {
        ("P5.L2", None, "narrows", "general_proxy"),
        (None, 5, "relevant", "not_applicable"),
    }


def test_a_paper_with_two_tags_without_scripts(browser: Browser, map_site: str) -> None:
    with Visitor.arrives(browser, map_site, java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto("/accounts/login/?next=/log/")
        page.locator("main input[name=login]").fill("contributor@example.org")
        page.locator("main input[name=password]").fill(factories.PASSWORD)
        page.locator("main").get_by_role("button", name="Log in").click()
        page.locator("#id_what").fill("A paper logged without scripts")
        page.get_by_role("button", name="Look it up").click()
        expect(page.locator("#id_title")).to_have_value("A paper logged without scripts")
        page.locator("#id_authors").fill("Kim, Ada")
        page.locator("#id_find").fill("P5.L2")
        page.locator("#id_find").press("Enter")
        page.get_by_role("button", name="Choose P5.L2").click()
        page.get_by_role("radio", name=re.compile("narrows")).check()
        page.locator("#id_tag-0-rationale").fill(RATIONALE)
        page.locator("#id_tag-0-basis").select_option("general_proxy")
        page.locator("#id_find").fill("provenance")
        page.locator(".picker-line").get_by_role("button", name="Find").click()
        page.get_by_role("button", name="Choose C4").click()
        expect(page.locator("#id_tag-0-rationale")).to_have_value(RATIONALE)
        page.locator("#id_tag-1-rationale").fill(RATIONALE)
        page.locator("#id_tag-1-basis").select_option("not_applicable")
        page.get_by_role("button", name="Submit for review").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("A paper logged without scripts")
        expect(page.locator(".handed-in")).to_have_count(2)
        expect(page.locator(".js-only:visible")).to_have_count(0)
        visitor.saw_nothing_wrong()
