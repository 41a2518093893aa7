"""Many at once in Chromium: ticked in the queue, previewed, done, and undone as one."""

import pytest
from playwright.sync_api import Browser, expect

from problems.models import Submission
from tests.browser.served import NARROW, Visitor, with_log_in
from tests.browser.test_reviewing import log_in
from tests.factories import make_agenda, make_cast, make_statement, make_submission, tag_data

pytestmark = pytest.mark.browser


def states(*rows: Submission) -> list[str]:
    return list(Submission.objects.filter(pk__in=[row.pk for row in rows]).order_by("pk").values_list("state", flat=True))


def test_bulk_with_undo(browser: Browser, site: str) -> None:
    cast = make_cast()
    with_log_in(cast)
    make_agenda()
    rows = [make_submission(cast.contributor, tag_data(make_statement())) for _ in range(3)]
    with Visitor.arrives(browser, site) as visitor:
        page = visitor.page
        log_in(visitor)
        visitor.goes("/review/")
        for row in rows[:2]:
            page.locator(f"input[name=submission][value='{row.public_id}']").check()
        page.get_by_role("button", name="Decline", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Decline 2 submissions")
        visitor.finds_no_barrier("preview")
        page.set_viewport_size({"width": NARROW, "height": 900})
        visitor.finds_no_barrier("preview, narrow")
        visitor.expected = 422
        page.get_by_label("In words").fill("Of another field.")
        page.get_by_role("button", name="Apply to 2").click()
        expect(page.get_by_role("alert")).to_contain_text("Reason: Choose a reason.")
        visitor.expected = 200
        expect(page.get_by_label("In words")).to_have_value("Of another field.")
        page.get_by_label("Reason", exact=True).select_option("out_of_scope")
        page.get_by_role("button", name="Apply to 2").press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Decline: 2 submissions")
        visitor.finds_no_barrier("done")
        assert states(*rows) == ["decided", "decided", "submitted"]
        page.get_by_role("button", name="Undo all 2").click()
        expect(page.get_by_text("Everything is as it was before.")).to_be_visible()
        assert states(*rows) == ["submitted"] * 3
        visitor.saw_nothing_wrong()
