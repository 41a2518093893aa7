"""Importing in Chromium: a file chosen, its progress followed over a reload, its entries settled, its records decided on; no barriers."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from playwright.sync_api import Browser, expect

from problems.choices import ImportState, RowOutcome
from problems.models import ImportRun
from problems.services import imports
from tests import factories
from tests.browser.served import NARROW, WIDE, Visitor, serving, with_log_in
from tests.factories import PASSWORD, make_agenda, make_import_row, make_paper

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # on a busy machine
BIB = b"@article{mark, title={Measuring how long a mark lasts}, author={Abel, Ada}, year={2024}, doi={10.1000/mark}}\n"
THEIRS = {"title": "Nobody has tested one", "authors": [{"family": "Abel", "given": "Ada"}], "date": "2024"}


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The site with an agenda and the cast."""
    del transactional_db
    with transaction.atomic():
        make_agenda()
        with_log_in(factories.make_cast())
    with serving() as address:
        yield address


def log_in(visitor: Visitor, name: str) -> None:
    page = visitor.page
    visitor.goes("/accounts/login/")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")


def test_a_file_is_imported_settled_and_decided_on(browser: Browser, site: str) -> None:
    with Visitor.arrives(browser, site) as visitor:
        page = visitor.page
        log_in(visitor, "contributor")
        visitor.goes("/imports/")
        page.get_by_label("File", exact=True).set_input_files({"name": "big.bib", "mimeType": "text/plain", "buffer": b"x" * 20_000_001})
        expect(page.get_by_text("This file is too large.")).to_be_visible()
        page.get_by_role("button", name="Import").click()
        expect(page).to_have_url(f"{site}/imports/")
        visitor.finds_no_barrier("imports")
        page.get_by_label("File", exact=True).set_input_files({"name": "library.bib", "mimeType": "text/plain", "buffer": BIB})
        page.get_by_role("button", name="Import").click()
        expect(page.get_by_role("status").filter(has_text="Waits to be read")).to_be_visible()
        run = ImportRun.objects.get()
        ImportRun.objects.update(state=ImportState.RUNNING, total=10, done=4, started_at=run.created, heartbeat_at=run.created)
        expect(page.get_by_role("progressbar", name="Entries read")).to_have_js_property("value", 4)
        page.reload()
        expect(page.get_by_role("progressbar", name="Entries read")).to_have_js_property("value", 4)
        visitor.finds_no_barrier("import that goes on")
        ImportRun.objects.update(state=ImportState.QUEUED, total=None, done=0, started_at=None, heartbeat_at=None)
        assert imports.run_next()
        expect(page.get_by_role("heading", name="Entries")).to_be_visible()
        known = make_paper(title="Nobody has tested one!", authors=["Abel"])
        make_import_row(run, RowOutcome.UNCLEAR, number=2, title="Nobody has tested one", paper=known, record=THEIRS)
        ImportRun.objects.update(counts={"created": 1, "unclear": 1})
        page.reload()
        visitor.finds_no_barrier("import that has ended")
        page.get_by_role("button", name="New record").click()
        expect(page.get_by_text("A new record waits for review.")).to_be_visible()
        visitor.saw_nothing_wrong()
    for width, colours in ((WIDE, "dark"), (NARROW, "light")):
        with Visitor.arrives(browser, site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
            page = visitor.page
            log_in(visitor, "reviewer")
            visitor.goes("/review/")
            with page.expect_navigation():
                page.get_by_role("link", name="Import: 2 records").click()
            visitor.finds_no_barrier(f"review {width}")
            visitor.goes(ImportRun.objects.get().get_absolute_url())
            visitor.finds_no_barrier(f"import {width}")
            if width == NARROW:
                page.go_back()
                page.get_by_role("checkbox", name="Measuring how long a mark lasts").check()
                page.locator("label", has_text="Accept").click()
                page.get_by_role("button", name="Decide on those chosen").click()
                expect(page.get_by_text("1 record accepted.")).to_be_visible()
            visitor.saw_nothing_wrong()
