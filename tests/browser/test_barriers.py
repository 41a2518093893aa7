"""Every page, error pages included: no violation that axe-core sees, nothing to scroll sideways, no word on the console, nobody else asked."""

import pytest
from playwright.sync_api import Browser

from tests import factories
from tests.browser.served import LOOKS, NARROW, WIDE, Visitor, addresses

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
STATUS = {"papers-error": 400, "not-found": 404}


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_pages_have_no_barriers(browser: Browser, map_site: str, colours: str, width: int) -> None:
    with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
        for name, address in addresses().items():
            visitor.goes(address, STATUS.get(name, 200))
            visitor.finds_no_barrier(f"{name} {width} {colours}")
        visitor.goes("/accounts/login/")
        visitor.page.locator("main input[name=login]").fill("curator@example.org")
        visitor.page.locator("main input[name=password]").fill(factories.PASSWORD)
        visitor.page.locator("main").get_by_role("button", name="Log in").click()
        visitor.page.wait_for_url("**/")
        for address in ("/", "/account/", "/papers/"):
            visitor.goes(address)
            visitor.finds_no_barrier(f"{address} signed in {width} {colours}")
        visitor.saw_nothing_wrong()


def test_open_menus_and_popovers_have_no_barriers(visitor: Visitor) -> None:
    visitor.goes("/map/")
    visitor.page.locator("a.cell").first.focus()
    visitor.page.locator(".popover").wait_for()
    visitor.finds_no_barrier("popover")
    visitor.page.keyboard.press("Escape")
    visitor.page.locator("summary", has_text="Phase").click()
    visitor.finds_no_barrier("menu")


@pytest.mark.parametrize("width", [WIDE, NARROW])
@pytest.mark.parametrize("address", ["/papers/", "/problems/5-watermark-robustness/", "/calls/"])
def test_open_export_menus_have_no_barriers(browser: Browser, map_site: str, address: str, width: int) -> None:
    with Visitor.arrives(browser, map_site, color_scheme="dark", viewport={"width": width, "height": 900}) as visitor:
        visitor.goes(address)
        visitor.page.locator("details", has_text="BibTeX").first.locator("summary").first.click()
        visitor.finds_no_barrier(f"{address} {width}")
        visitor.saw_nothing_wrong()
