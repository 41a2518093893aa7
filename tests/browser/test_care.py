"""Care in Chromium: a folded text opens by keyboard, a reader sets what is folded, a curator reads the log; no barriers, wide and narrow."""

import pytest
from playwright.sync_api import Browser, expect

from problems.models import Paper
from tests import factories
from tests.browser.served import LOOKS, Visitor, with_log_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
expect.set_options(timeout=20_000)  # on a busy machine
WORDS = "The words of the abstract."


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_a_reader_is_spared_and_sets_what_is_folded(browser: Browser, site: str, width: int, colours: str) -> None:
    cast = factories.make_cast()
    with_log_in(cast)
    factories.make_agenda()
    paper: Paper = factories.make_paper(
        title="A survey of services", abstract=WORDS, advisory=2, topics=["victims"], url="https://unknown.example/paper"
    )
    factories.make_tag(factories.make_statement(), paper)
    Paper.objects.filter(pk=factories.make_paper(title="Kept to reviewers").pk).update(visibility="restricted")
    with Visitor.arrives(browser, site, color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
        page = visitor.page
        visitor.goes(paper.get_absolute_url())
        visitor.finds_no_barrier("folded")
        fold = page.locator(".fold-place details.fold")
        expect(fold.get_by_text(WORDS)).to_be_hidden()
        fold.locator("summary").focus()
        page.keyboard.press("Enter")
        expect(fold.get_by_text(WORDS)).to_be_visible()
        assert page.locator(f'a[href="{paper.url}"]').count() == 0
        visitor.goes("/accounts/login/")
        page.locator("main input[name=login]").fill("curator@example.org")
        page.locator("main input[name=password]").fill(factories.PASSWORD)
        page.locator("main").get_by_role("button", name="Log in").click()
        page.wait_for_url("**/")
        visitor.goes("/account/care/")
        page.get_by_label("Never").check()
        page.get_by_label("Violence").check()
        page.get_by_label("Advised items a day").fill("10")
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_text("Saved. Nobody else sees it.")).to_be_visible()
        visitor.goes(paper.get_absolute_url())
        expect(page.get_by_text(WORDS)).to_be_visible()
        with page.expect_navigation():
            page.get_by_role("link", name="Set the advisory").click()
        visitor.finds_no_barrier("advisory")
        visitor.goes(paper.get_absolute_url())
        page.get_by_role("button", name="Approve this link").click()
        expect(page.locator(f'a[href="{paper.url}"]').first).to_be_visible()
        visitor.goes(f"/papers/{Paper.objects.get(title='Kept to reviewers').public_id}/kept-to-reviewers/")
        visitor.goes("/review/reads/")
        expect(page.get_by_text("1 reading")).to_be_visible()
        visitor.saw_nothing_wrong()
