"""The pages of reviewers and curators in Chromium, flags and the trash among them: no barriers, wide and narrow, in light and dark."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import Browser, expect

from tests.browser.scenes import reviewing
from tests.browser.served import LOOKS, Visitor

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=20_000)  # on a busy machine


def something_to_see() -> list[str]:
    """Addresses of pages that show what is going on."""
    try:
        return list(reviewing().values())
    finally:
        connections.close_all()


def test_pages_have_no_barriers_and_a_flag_is_followed(browser: Browser, map_site: str) -> None:
    with ThreadPoolExecutor(1) as pool:  # outside the transaction of the test, so that the served site sees it
        pages = pool.submit(something_to_see).result()
    for width, colours in LOOKS:
        with Visitor.arrives(browser, map_site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
            page = visitor.page
            visitor.logs_in()
            for address in pages:
                visitor.goes(address)
                visitor.finds_no_barrier(f"{address} {width} {colours}")
            page.get_by_label("Something in it is wrong").check()
            page.get_by_label("In words").fill("The year is another one.")
            page.get_by_role("button", name="Send the flag").click()
            expect(page.get_by_role("heading", name="Your flag")).to_be_visible()
            visitor.finds_no_barrier(f"flag {width} {colours}")
            visitor.saw_nothing_wrong()
