"""The admin in a browser: nothing is refused by the content policy, pickers work, and screen readers find names."""

import json

import pytest
from django.db import transaction
from playwright.sync_api import Browser, expect

from problems.models import Paper, Problem, Tag
from tests import factories as make
from tests.accounts.test_browser import by_name, log_in, person
from tests.admin.pages import url
from tests.admin.test_pages import with_rows
from tests.browser.served import AXE, RULES, Visitor
from tests.factories import RATIONALE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
NO_HEADER = {"empty-table-header": {"enabled": False}}  # over the names of rows, in Django's own table
NO_NAME = [[".select2-selection__rendered"]]  # inside the named picker that Django ships


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_pages_are_readable_and_break_no_rule(browser: Browser, site: str, colours: str) -> None:
    with transaction.atomic():
        user, paper, problem = person(), with_rows(Paper, 2), with_rows(Problem, 2)
    pages = [
        "/admin/",
        url(Paper),
        url(Paper, "change", paper.pk),
        url(Paper, "history", paper.pk),
        url(Problem, "change", problem.pk),
        url(Tag, "change", Tag.objects.earliest("pk").pk),
    ]
    with Visitor.arrives(browser, by_name(site), color_scheme=colours) as visitor:
        log_in(visitor.page, user)
        for path in pages:
            visitor.goes(path)
            visitor.page.evaluate(AXE.read_text())
            options = {"runOnly": RULES, "resultTypes": ["violations"], "rules": NO_HEADER}
            found = visitor.page.evaluate(f"axe.run({{exclude: {json.dumps(NO_NAME)}}}, {json.dumps(options)})")["violations"]
            assert [(path, each["id"], each["nodes"][0]["html"][:200]) for each in found] == []
        visitor.saw_nothing_wrong()


def test_a_tag_is_changed_with_pickers(browser: Browser, site: str) -> None:
    with transaction.atomic():
        user, tag, statement = person(), make.make_tag(paper=make.make_paper(title="On tests")), make.make_statement()
    with Visitor.arrives(browser, by_name(site)) as visitor:
        page = visitor.page
        log_in(page, user)
        visitor.goes(url(Tag, "change", tag.pk))
        page.locator("#select2-id_statement-container").click()
        page.locator(".select2-search__field").fill(statement.code)
        page.get_by_role("option", name=f"{statement.code} {statement.text}").click()
        page.get_by_label("Relation").select_option("narrows")
        page.get_by_label("Rationale").fill("Too short.")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Write at least 20 characters")).to_be_visible()
        expect(page.locator("#select2-id_statement-container")).to_contain_text(statement.code)
        page.get_by_label("Rationale").fill(RATIONALE)
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("was changed successfully")).to_be_visible()
        changed = Tag.objects.get()
        assert (changed.statement, changed.relation, changed.rationale) == (statement, "narrows", RATIONALE)
        visitor.saw_nothing_wrong()
