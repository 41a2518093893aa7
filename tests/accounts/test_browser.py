"""The pages of log-in and second factor in a browser: readable for everybody, and usable with an app and with a security key."""

from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Browser, Page, expect

from problems.choices import Role
from problems.models import User
from tests.accounts.conftest import confirmed
from tests.accounts.people import code_of, with_app
from tests.browser.served import LOOKS, Visitor
from tests.factories import PASSWORD, make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOR_ALL = [
    "login/",
    "signup/",
    "inactive/",
    "confirm-email/",
    "confirm-email/old:key/",
    "password/reset/",
    "password/reset/done/",
    "password/reset/key/1-x/",
]
OWN = ["logout/", "password/change/", "2fa/", "2fa/totp/activate/", "2fa/webauthn/", "2fa/webauthn/add/", "2fa/recovery-codes/generate/"]
WITH_APP = ["2fa/", "2fa/totp/deactivate/", "2fa/recovery-codes/", "2fa/reauthenticate/"]


def by_name(site: str) -> str:
    """The address with a name: security keys work for names only."""
    return site.replace("127.0.0.1", "localhost")


def log_in(page: Page, user: User) -> None:
    """Type address and password, and wait for what follows: a click returns before the next page is there."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(str(user.email))
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("main").get_by_role("button", name="Log in").click()


def confirm(page: Page) -> None:
    """Type the password once more, as sensitive pages ask, and wait for what follows."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Confirm").click()


def person() -> User:
    """A curator, who sees the most."""
    return confirmed(make_user(Role.CURATOR, email="curator@example.org", display_name="Curator"))


@pytest.mark.parametrize(("width", "colours"), LOOKS)
def test_nobody_is_kept_out(browser: Browser, site: str, colours: str, width: int) -> None:
    user = person()
    with Visitor.arrives(browser, by_name(site), color_scheme=colours, viewport={"width": width, "height": 900}) as visitor:
        page = visitor.page
        for path in FOR_ALL:
            visitor.goes(f"/accounts/{path}")
            visitor.finds_no_barrier(path)
        visitor.goes("/accounts/login/")
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).to_contain_text("2 things to correct")
        visitor.finds_no_barrier("log-in with errors")
        log_in(page, user)
        visitor.goes("/account/")
        visitor.finds_no_barrier("account")
        page.goto("/accounts/2fa/totp/activate/")
        visitor.finds_no_barrier("reauthenticate")
        confirm(page)
        for path in OWN:
            visitor.goes(f"/accounts/{path}")
            visitor.finds_no_barrier(path)
        secret = with_app(user)
        key = Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "Blue", "credential": {}})
        for path in (*WITH_APP, "2fa/webauthn/", f"2fa/webauthn/keys/{key.pk}/edit/", f"2fa/webauthn/keys/{key.pk}/remove/"):
            visitor.goes(f"/accounts/{path}")
            visitor.finds_no_barrier(path)
        key.delete()
        page.context.clear_cookies()
        log_in(page, user)
        expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
        visitor.finds_no_barrier("authenticate")
        page.get_by_label("Code").fill(code_of(secret))
        page.get_by_role("main").get_by_role("button", name="Log in").click()
        page.wait_for_url("**/")
        visitor.saw_nothing_wrong()


def test_an_app_is_set_up(browser: Browser, site: str) -> None:
    user = person()
    with Visitor.arrives(browser, by_name(site)) as visitor:
        page = visitor.page
        log_in(page, user)
        page.goto("/accounts/2fa/")
        page.get_by_role("link", name="Set up an app").click()
        confirm(page)
        picture = page.get_by_alt_text("QR code of the secret below")
        # decode() waits for the picture: a page is there before its pictures are.
        assert picture.evaluate("async image => { await image.decode(); return image.naturalWidth > 100 }")
        page.get_by_label("Code").fill(code_of(page.locator("dd code").first.inner_text()))
        page.get_by_role("button", name="Set it up").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        assert page.locator("main ul code").count() == 10
        visitor.saw_nothing_wrong()


def test_a_security_key_is_added_and_asked_for(browser: Browser, site: str) -> None:
    user = person()
    with Visitor.arrives(browser, by_name(site)) as visitor:
        page = visitor.page
        log_in(page, user)
        page.goto("/accounts/2fa/webauthn/add/")
        confirm(page)
        keys = page.context.new_cdp_session(page)
        keys.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasResidentKey": False,
            "hasUserVerification": False,
            "automaticPresenceSimulation": True,
        }
        authenticator = keys.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]
        page.get_by_label("Name of the key").fill("Blue key")
        page.get_by_role("button", name="Add the key").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
        assert Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).wrap().name == "Blue key"
        page.goto("/accounts/2fa/webauthn/")
        expect(page.get_by_role("main")).to_contain_text("Blue key")

        page.goto("/accounts/logout/")
        page.get_by_role("main").get_by_role("button", name="Log out").click()
        log_in(page, user)
        page.get_by_role("button", name="Use a security key").click()
        page.wait_for_url(lambda address: urlsplit(address).path == "/")
        page.goto("/account/")
        expect(page.get_by_role("main")).to_contain_text("Set up.")

        page.goto("/accounts/2fa/webauthn/reauthenticate/?next=/accounts/2fa/")
        page.get_by_role("button", name="Use a security key").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
        keys.send("WebAuthn.removeVirtualAuthenticator", {"authenticatorId": authenticator})
        visitor.saw_nothing_wrong()


def test_a_security_key_that_does_not_answer_is_told(browser: Browser, site: str) -> None:
    user = person()
    with Visitor.arrives(browser, by_name(site)) as visitor:
        page = visitor.page
        log_in(page, user)
        page.goto("/accounts/2fa/webauthn/add/")
        confirm(page)
        page.evaluate("() => { navigator.credentials.create = () => Promise.reject(new DOMException('no', 'NotAllowedError')) }")
        page.get_by_role("button", name="Add the key").click()
        expect(page.get_by_text("The key did not answer.")).to_be_visible()
        visitor.saw_nothing_wrong()
