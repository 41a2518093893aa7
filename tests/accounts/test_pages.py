"""Every page of log-in, password and second factor: in our own dress, for whom it is, and nothing that we do not offer."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import URLPattern, reverse

from problems.accounts import urls
from problems.models import User
from tests.accounts.people import sign_in, with_app

SCRIPT = re.compile(r"<script(?![^>]*(?: src=| type=\"application/json\"))")
INLINE = re.compile(r" (style|on[a-z]+)=|data:[a-z]+/")
OPEN = [
    "account_login",
    "account_inactive",
    "account_signup",
    "account_email_verification_sent",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
]
OWN = [
    "account_logout",
    "account_reauthenticate",
    "account_change_password",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_list_webauthn",
    "mfa_add_webauthn",
]
WITH_APP = ["mfa_index", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_reauthenticate"]
ELSEWHERE = {  # opened by the tests of their own
    "account_confirm_email",
    "account_reset_password_from_key",
    "account_set_password",
    "mfa_authenticate",
    "mfa_totp_picture",
    "mfa_download_recovery_codes",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
    *(f"{provider}_{page}" for provider in ("orcid", "github") for page in ("login", "callback")),
    "socialaccount_connections",
    "socialaccount_login_cancelled",
}


def shows(client: Client, address: str) -> str:
    """A page with our own frame and one heading, without a script, style or picture inside."""
    answer = client.get(address)
    text = answer.content.decode()
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/html; charset=utf-8"), address
    assert (text.count("<h1>"), 'class="site-header"' in text, 'name="robots"' in text) == (1, True, True), address
    assert (SCRIPT.findall(text), INLINE.findall(text)) == ([], []), address
    assert "site_name" not in text
    return text


def test_every_address_is_in_a_test() -> None:
    named = {pattern.name for pattern in urls.urlpatterns if isinstance(pattern, URLPattern)}
    assert named == {*OPEN, *OWN, *WITH_APP, *ELSEWHERE}


@pytest.mark.parametrize("name", OPEN)
@pytest.mark.django_db
def test_pages_for_everybody(client: Client, name: str) -> None:
    shows(client, reverse(name))


@pytest.mark.parametrize("name", [*OWN, *WITH_APP, "account", "account_set_password"])
@pytest.mark.django_db
def test_pages_of_an_account_lead_visitors_to_log_in(client: Client, name: str) -> None:
    address = reverse(name)
    answer = client.get(address)
    assert answer.status_code == 302
    expected = reverse("home") if name == "account_logout" else reverse("account_login")
    assert answer["Location"].partition("?")[0] == expected


@pytest.mark.parametrize("name", OWN)
def test_pages_of_an_account(client: Client, person: User, name: str) -> None:
    sign_in(client, person)
    shows(client, reverse(name))


@pytest.mark.parametrize("name", WITH_APP)
def test_pages_of_an_account_with_an_app(client: Client, person: User, name: str) -> None:
    sign_in(client, person)
    with_app(person)
    text = shows(client, reverse(name))
    codes = Authenticator.objects.get(user=person, type=Authenticator.Type.RECOVERY_CODES).wrap().get_unused_codes()
    assert all(code in text for code in codes) is (name == "mfa_view_recovery_codes")


def test_pages_of_a_security_key(client: Client, person: User) -> None:
    sign_in(client, person)
    key = Authenticator.objects.create(user=person, type=Authenticator.Type.WEBAUTHN, data={"name": "<b>Blue</b>", "credential": {}})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        shows(client, reverse(name, args=[key.pk]))
        assert Client().get(reverse(name, args=[key.pk])).status_code == 302
    assert "&lt;b&gt;Blue" in shows(client, reverse("mfa_list_webauthn"))
    assert client.post(reverse("mfa_edit_webauthn", args=[key.pk]), {"name": "Green"}).status_code == 302
    assert Authenticator.objects.get(pk=key.pk).data["name"] == "Green"
    assert client.post(reverse("mfa_remove_webauthn", args=[key.pk])).status_code == 302
    assert not Authenticator.objects.exists()


def test_a_key_of_somebody_else_does_not_exist(client: Client, person: User, curator: User) -> None:
    sign_in(client, person)
    key = Authenticator.objects.create(user=curator, type=Authenticator.Type.WEBAUTHN, data={"name": "Theirs", "credential": {}})
    for name in ("mfa_edit_webauthn", "mfa_remove_webauthn"):
        for pk in (key.pk, key.pk + 1):
            assert client.get(reverse(name, args=[pk])).status_code == 404
            assert client.post(reverse(name, args=[pk]), {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Theirs"


@pytest.mark.parametrize(
    "nothing", ["{", "[]", "null", "1", '"x"', "{}", "[" * 50_000, '{"id": "\\u0000", "rawId": 3, "response": []}'], ids=range(8)
)
def test_a_key_that_answers_nonsense_is_refused(client: Client, person: User, nothing: str) -> None:
    sign_in(client, person)
    for _ in range(2):
        client.get(reverse("mfa_add_webauthn"))
        assert client.post(reverse("mfa_add_webauthn"), {"name": "Blue", "credential": nothing}).status_code == 200
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize(
    "path",
    [
        "email/",
        "login/code/",
        "login/code/confirm/",
        "signup/passkey/",
        "phone/verify/",
        "2fa/webauthn/login/",
        "2fa/webauthn/signup/",
        "2fa/trust/",
        "3rdparty/",
        "sessions/",
        "",
    ],
)
@pytest.mark.django_db
def test_what_we_do_not_offer_is_not_there(client: Client, path: str) -> None:
    assert client.get(f"/accounts/{path}").status_code == 404


@pytest.mark.django_db
def test_nobody_signs_up(client: Client) -> None:
    answer = client.post(reverse("account_signup"), {"email": "new@example.org", "password1": "correct horse battery staple"})
    assert (answer.status_code, User.objects.count()) == (200, 0)
    assert "Accounts are made by curators" in answer.content.decode()


@pytest.mark.parametrize("name", ["account_login", "account_reset_password", "account_signup"])
@pytest.mark.django_db
def test_each_form_needs_its_token(name: str) -> None:
    assert Client(enforce_csrf_checks=True).post(reverse(name), {"email": "a@example.org"}).status_code == 403


def test_each_form_of_an_account_needs_its_token(person: User) -> None:
    client = Client()
    sign_in(client, person)
    client.handler.enforce_csrf_checks = True
    for name in (*OWN, "account"):
        if name not in {"mfa_index", "mfa_list_webauthn"}:
            assert client.post(reverse(name), {}).status_code == 403, name
