"""`make screens`: a picture of every page, in light and dark colours, wide and narrow, under var/screens, for somebody to look at."""

import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import Browser

from tests.browser.conftest import map_site  # noqa: F401 - a fixture
from tests.browser.scenes import reviewing
from tests.browser.served import NARROW, ROOT, WIDE, Visitor, addresses

FOLDER = ROOT / "var" / "screens"


def scenes() -> dict[str, str]:
    """What reviewers and curators see, made outside the transaction of the test, so that the served site sees it."""
    try:
        return reviewing()
    finally:
        connections.close_all()


@pytest.mark.browser
@pytest.mark.django_db
def test_screens(browser: Browser, map_site: str) -> None:  # noqa: F811 - the fixture again
    shutil.rmtree(FOLDER, ignore_errors=True)
    with ThreadPoolExecutor(1) as pool:
        inside = pool.submit(scenes).result()
    for colours in ("light", "dark"):
        for width in (WIDE, NARROW):
            with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
                for pages in (addresses(), inside):
                    if pages is inside:
                        visitor.logs_in()
                    for name, address in pages.items():
                        visitor.page.goto(address)
                        visitor.page.evaluate("document.fonts.ready")
                        visitor.page.screenshot(path=FOLDER / f"{name}-{width}-{colours}.png", full_page=True)
