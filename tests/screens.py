"""`make screens`: a picture of every page, in light and dark colours, wide and narrow, under var/screens, for somebody to look at."""

import shutil

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import map_site  # noqa: F401 - a fixture
from tests.browser.scenes import reviewing
from tests.browser.served import NARROW, ROOT, WIDE, Visitor, addresses

FOLDER = ROOT / "var" / "screens"


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_screens(browser: Browser, map_site: str) -> None:  # noqa: F811 - the fixture again
    shutil.rmtree(FOLDER, ignore_errors=True)
    outside, inside = addresses(), reviewing()
    for colours in ("light", "dark"):
        for width in (WIDE, NARROW):
            with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
                for pages in (outside, inside):
                    if pages is inside:
                        visitor.logs_in()
                    for name, address in pages.items():
                        visitor.page.goto(address)
                        visitor.page.evaluate("document.fonts.ready")
                        visitor.page.screenshot(path=FOLDER / f"{name}-{width}-{colours}.png", full_page=True)
