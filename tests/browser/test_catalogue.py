"""The catalogue edited in Chromium: a change is proposed, previewed, published, compared with what stood there, and undone; no barriers."""

from collections.abc import Iterator

import pytest
from django.db import transaction
from playwright.sync_api import Browser, Page, expect

from problems.models import Statement
from tests import factories
from tests.browser.served import NARROW, Visitor, serving, with_log_in
from tests.factories import PASSWORD, make_agenda, make_problem, make_statement, make_tag

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # on a busy machine


@pytest.fixture
def site(transactional_db: None) -> Iterator[str]:
    """The site with two limitations, of which one carries a tag, and the cast."""
    del transactional_db
    with transaction.atomic():
        make_agenda()
        with_log_in(factories.make_cast())
        problem = make_problem(1)
        make_tag(make_statement(problem, text="Nobody has tested it."), relation="confirms")
        make_statement(problem, text="Few have tested it.")
    with serving() as address:
        yield address


def log_in(visitor: Visitor, name: str) -> Page:
    page = visitor.page
    visitor.goes("/accounts/login/")
    page.get_by_label("E-mail").fill(f"{name}@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Log in").click()
    page.wait_for_url("**/")
    return page


def test_a_change_is_published_compared_and_undone(browser: Browser, site: str) -> None:
    with Visitor.arrives(browser, site) as visitor:
        page = log_in(visitor, "reviewer")
        visitor.goes("/problems/1-problem-1/")
        page.get_by_role("link", name="Propose a change of P1.L1").click()
        page.get_by_role("link", name="Another wording").click()
        page.get_by_label("Wording").fill("Hardly anybody has tested it.")
        page.get_by_label("Why").fill("One was tested.")
        visitor.finds_no_barrier("proposing")
        page.get_by_role("button", name="Propose").click()
        expect(page.get_by_role("status")).to_contain_text("Proposed.")
        wording = page.url
        page.goto(f"{site}/catalogue/propose/?on=P1.L2&kind=retirement")
        page.get_by_label("Successor").fill("P1.L1")
        page.get_by_label("Why").fill("The other says the same.")
        page.get_by_role("button", name="Propose").click()
        expect(page.get_by_role("heading", name="Retirement, followed by P1.L1")).to_be_visible()
        visitor.finds_no_barrier("a proposal")
        visitor.saw_nothing_wrong()
    with Visitor.arrives(browser, site, viewport={"width": NARROW, "height": 800}) as visitor:
        page = log_in(visitor, "curator")
        visitor.goes("/catalogue/")
        visitor.finds_no_barrier("proposals")
        page.get_by_role("link", name="Another wording").click()
        expect(page.locator("ins")).to_contain_text("Hardly anybody")
        page.get_by_role("button", name="Publish").click()
        expect(page.get_by_role("status")).to_contain_text("Published.")
        assert Statement.objects.get(code="P1.L1").text == "Hardly anybody has tested it."
        page.get_by_role("link", name="Versions of P1.L1").click()
        expect(page.locator("del")).to_contain_text("Nobody")
        expect(page.locator("ins")).to_contain_text("Hardly anybody")
        page.get_by_label("Version 2 as the older one").check()
        page.get_by_role("button", name="Compare").click()
        expect(page.get_by_role("heading", name="Versions 2 and 2")).to_be_visible()
        visitor.finds_no_barrier("versions")
        page.goto(wording)
        page.get_by_role("button", name="Undo").click()
        expect(page.get_by_role("status")).to_contain_text("Undone.")
        assert Statement.objects.get(code="P1.L1").text == "Nobody has tested it."
        Statement.objects.filter(code="P1.L1").update(review_by="2026-01-01")
        visitor.goes("/review/still-true/")
        visitor.finds_no_barrier("still true")
        page.get_by_label("What you looked at").fill("The archives.")
        page.get_by_role("button", name="Still true").click()
        expect(page.get_by_text("Nothing is due.")).to_be_visible()
        visitor.saw_nothing_wrong()
