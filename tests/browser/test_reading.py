"""Reading the shipped map in Chromium, with a keyboard, without scripts, on a phone, signed in."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests import factories
from tests.browser.served import NARROW, Visitor, tagged_paper

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=20_000)  # on a busy machine


def test_home_filter_problem(visitor: Visitor, page: Page) -> None:
    visitor.goes("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Fifteen open problems where AI safety meets child safety")
    expect(page.locator(".problem-row")).to_have_count(15)
    page.get_by_role("navigation", name="Filter by challenge").get_by_role("link", name="Data").click()
    expect(page).to_have_url(re.compile(r"/\?challenge=data#problems$"))
    expect(page.locator(".problem-row")).to_have_count(9)
    page.locator(".problem-row h4 a", has_text="Watermark robustness").click(position={"x": 60, "y": 10})
    expect(page).to_have_url(re.compile(r"/problems/5-watermark-robustness/$"))
    page.get_by_role("navigation", name="On this page").get_by_role("link", name="Limitations").click()
    expect(page.get_by_role("link", name="Limitations")).to_have_attribute("aria-current", "true")
    more = page.locator("#P5\\.L1 details", has_text="more:")
    expect(more.locator(".evidence").first).not_to_be_visible()
    more.locator("summary").click()
    expect(more.locator(".evidence").first).to_be_visible()
    page.get_by_role("link", name="5 papers").first.click()
    expect(page.get_by_role("status").filter(has_text="papers")).to_contain_text("5 papers of 239")


def test_filter_without_scripts(browser: Browser, map_site: str) -> None:
    with Visitor.arrives(browser, map_site, java_script_enabled=False) as visitor:
        page = visitor.page
        page.goto("/")
        page.get_by_role("navigation", name="Filter by challenge").get_by_role("link", name="Wellness").click()
        expect(page.locator(".problem-row")).to_have_count(7)
        expect(page.locator(".js-only:visible")).to_have_count(0)
        page.goto("/papers/?q=watermark")
        page.get_by_role("checkbox", name=re.compile("Watermark robustness")).check()
        page.get_by_role("button", name="Apply filters").click()
        expect(page).to_have_url(re.compile("q=watermark&problem=5"))
        page.goto("/map/")
        page.locator("summary", has_text="Phase").click()
        page.get_by_role("navigation", name="Phase").get_by_role("link", name="Maintenance").click()
        expect(page.locator("tr.map-row")).to_have_count(5)
        page.locator("a.cell").first.click()
        expect(page).to_have_url(re.compile(r"/problems/11-.*#P11\.L1$"))
        visitor.saw_nothing_wrong()


def test_map_by_keyboard_and_as_a_table(visitor: Visitor, page: Page) -> None:
    visitor.goes("/map/")
    page.locator("a.cell[href$='#P5.L2']").focus()
    popover = page.locator(".popover")
    expect(popover).to_contain_text("Modifying part of an image can remove its watermark.")
    page.keyboard.press("ArrowRight")
    expect(popover).to_contain_text("P5.L3")
    page.keyboard.press("ArrowDown")
    expect(popover).to_contain_text("P6.L")
    page.keyboard.press("Escape")
    expect(popover).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/problems/6-.*#P6\.L\d$"))
    page.go_back()
    page.locator("a.cell[href$='#P5.L2']").hover()
    expect(popover.get_by_role("link", name="Open statement")).to_be_visible()
    page.get_by_role("navigation", name="View").get_by_role("link", name="Table").click()
    expect(page.get_by_role("row").filter(has_text="P5.L2")).to_contain_text("Narrowed")


def test_papers_search_facet_paper(visitor: Visitor, page: Page) -> None:
    visitor.goes("/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox", name="Search papers")).to_be_focused()
    page.keyboard.type("watermark")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/papers/\?q=watermark$"))
    expect(page.locator(".paper-row mark").first).to_be_visible()
    page.get_by_role("checkbox", name=re.compile("confirms")).check()  # filters at once, and the box keeps the focus
    expect(page).to_have_url(re.compile("q=watermark&relation=confirms"))
    expect(page.get_by_role("checkbox", name=re.compile("confirms"))).to_be_focused()
    page.get_by_role("link", name=re.compile("^Relation: confirms")).click()
    expect(page).to_have_url(re.compile(r"/papers/\?q=watermark$"))
    page.locator(".paper-row h3 a").first.click()
    expect(page.get_by_role("heading", name="What it says on the map")).to_be_visible()
    visitor.goes("/papers/?q=watermrak")
    page.get_by_role("link", name="watermark", exact=True).click()
    expect(page.locator(".paper-row").first).to_be_visible()
    visitor.goes("/papers/?year__gte=20245", status=400)
    expect(page.get_by_role("alert")).to_be_focused()
    page.get_by_role("alert").get_by_role("link").click()
    expect(page.get_by_label("From", exact=True)).to_have_value("20245")


def test_paper_is_reached_by_pages(visitor: Visitor, page: Page) -> None:
    visitor.goes("/papers/?ordering=title")
    first = page.locator(".paper-row h3").first.inner_text()
    page.get_by_role("link", name="Next").click()
    expect(page.locator(".paper-row h3").first).not_to_have_text(first)
    page.get_by_role("link", name="Previous").click()
    expect(page.locator(".paper-row h3").first).to_have_text(first)
    paper = tagged_paper()
    visitor.goes(paper.get_absolute_url())
    expect(page.get_by_role("heading", level=1)).to_have_text(paper.title)


def test_colours_are_chosen_and_kept(visitor: Visitor, page: Page) -> None:
    visitor.goes("/")
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Dark").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (light, dark) == ("rgb(250, 250, 247)", "rgb(18, 22, 28)")
    visitor.goes("/papers/")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark
    page.get_by_role("button", name="System").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == light


def test_navigation_on_a_phone(browser: Browser, map_site: str) -> None:
    with Visitor.arrives(browser, map_site, viewport={"width": NARROW, "height": 844}, has_touch=True) as visitor:
        page = visitor.page
        visitor.goes("/")
        expect(page.locator("header").get_by_role("link", name="Gap map")).not_to_be_visible()
        page.locator("header summary", has_text="Menu").tap()
        page.locator("header").get_by_role("link", name="Gap map").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Gap map")
        cell = page.locator("a.cell[href$='#P5.L2']")
        cell.tap()  # the first shows, the second opens
        expect(page.locator(".popover")).to_contain_text("P5.L2")
        cell.tap()
        expect(page).to_have_url(re.compile(r"#P5\.L2$"))
        visitor.goes("/papers/")
        page.locator("details.facets summary").tap()
        expect(page.get_by_role("checkbox", name=re.compile("Watermark robustness"))).to_be_visible()
        visitor.saw_nothing_wrong()


def test_problem_prints_without_what_is_for_screens(visitor: Visitor, page: Page) -> None:
    visitor.goes("/problems/5-watermark-robustness/")
    page.emulate_media(media="print")
    for hidden in (".site-header", ".site-foot", "nav.tabs", ".buttons >> nth=0"):
        expect(page.locator(hidden)).not_to_be_visible()
    expect(page.locator(".print-foot")).to_contain_text("/problems/5-watermark-robustness/ · printed ")
    expect(page.locator(".statement")).to_have_count(7)
    assert page.evaluate("getComputedStyle(document.querySelector('.evidence')).breakInside") == "avoid"


def test_log_in_and_out(visitor: Visitor, page: Page) -> None:
    visitor.goes("/papers/")
    page.get_by_role("link", name="Log in").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.locator("main input[name=login]").fill("contributor@example.org")
    page.locator("main input[name=password]").fill("not the password at all")
    page.locator("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.locator("main input[name=login]")).to_have_value("contributor@example.org")
    page.locator("main input[name=password]").fill(factories.PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    menu = page.locator("header summary", has_text="Contributor")
    expect(menu).to_be_visible()
    visitor.goes("/account/")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    menu.click()
    page.get_by_role("banner").get_by_role("button", name="Log out").click()
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
    page.goto("/account/")
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/account/"))
