"""How people and programs are let in, in a browser: from an invitation to an account, a hidden name, a token; readable for everybody."""

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.fixtures import Settings

from problems.choices import Role
from problems.models import User
from problems.services import invitations, tokens
from tests.accounts.conftest import confirmed
from tests.accounts.test_browser import by_name, confirm, log_in
from tests.browser.served import LOOKS, Visitor
from tests.factories import PASSWORD, Cast, make_cast

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "somebody.with.a.very.long.address@institute.of.long.names.example.org"


def people() -> Cast:
    """The cast, of whom the curator can log in, the stranger hides, the reader's account is closed."""
    cast = make_cast()
    confirmed(cast.curator)
    User.objects.filter(pk=cast.stranger.pk).update(hide_name=True)
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    return cast


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_nobody_is_kept_out(browser: Browser, site: str, colours: str, width: int, settings: Settings) -> None:
    settings.SIGN_UP = "open"
    cast = people()
    secret = invitations.invite(email=LONG, role=Role.REVIEWER, by=None)
    with Visitor.arrives(browser, by_name(site), color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
        page = visitor.page
        main = page.get_by_role("main")
        for address in ("/accounts/signup/", f"/invitations/{secret}/"):
            visitor.goes(address)
            visitor.finds_no_barrier(address)
        visitor.expected = 422
        main.get_by_role("button", name="Make the account").click()
        expect(page.get_by_role("alert")).to_contain_text("Password: This is missing.")
        visitor.finds_no_barrier("invitation with errors")
        visitor.goes("/invitations/nonsense/", 404)
        visitor.finds_no_barrier("a link that is none")
        log_in(page, cast.curator)
        page.wait_for_url("**/")
        for address in ("/account/", "/people/", "/people/?q=nobody", f"/people/{cast.stranger.public_id}/", "/people/invitations/"):
            visitor.goes(address)
            visitor.finds_no_barrier(address)
        page.goto("/account/tokens/")
        confirm(page)
        visitor.finds_no_barrier("tokens")
        page.get_by_label("Name", exact=True).fill("Sync")
        main.get_by_role("button", name="Make the token").click()
        expect(page.get_by_role("heading", name="Your new token")).to_be_visible()
        visitor.finds_no_barrier("a new token")
        visitor.goes(f"/people/{cast.stranger.public_id}/")
        visitor.expected = 422
        main.get_by_role("button", name="Close it").click()
        page.get_by_role("alert").get_by_role("link", name="Reason: This is missing.").click()
        expect(page.get_by_label("Reason").nth(1)).to_be_focused()
        visitor.finds_no_barrier("person with errors")
        visitor.saw_nothing_wrong()


def test_from_an_invitation_to_a_token(browser: Browser, site: str) -> None:
    secret = invitations.invite(email="new@example.org", role=Role.CONTRIBUTOR, by=None)
    asked: list[str] = []
    with Visitor.arrives(browser, by_name(site), permissions=["clipboard-read", "clipboard-write"]) as visitor:
        page = visitor.page
        page.on("request", lambda request: asked.append(request.headers.get("referer", "")))
        visitor.goes(f"/invitations/{secret}/")
        page.get_by_label("Display name").fill("Ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("main").get_by_role("button", name="Make the account").click()
        page.wait_for_url("**/account/")
        page.get_by_label("Hide my name").check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_label("Hide my name")).to_be_checked()
        page.get_by_role("link", name="Make one").click()
        confirm(page)
        page.get_by_label("Name", exact=True).fill("Sync")
        page.get_by_role("button", name="Make the token").click()
        page.locator("[data-copy]").click()
        expect(page.get_by_text("Copied")).to_be_visible()
        copied = page.evaluate("navigator.clipboard.readText()")
        assert [referer for referer in asked if secret in referer] == []
        visitor.saw_nothing_wrong()
    token = tokens.use(copied)
    assert token is not None
    assert (token.user.email, token.user.display_name, token.user.hide_name) == ("new@example.org", "Ada", True)
