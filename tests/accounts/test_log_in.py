"""Log-in, log-out, passwords, the second factor: who gets in, and who does not."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from problems.choices import Role
from problems.models import User
from tests.accounts.conftest import confirmed
from tests.accounts.people import code_of, log_in, sign_in, with_app
from tests.factories import PASSWORD, make_user

OTHER = "another horse battery staple"
LINK = re.compile(r"https?://\S+")


def signed_in(client: Client) -> bool:
    """Whether the account page opens."""
    return client.get("/account/").status_code == 200


def test_a_new_session_at_log_in_and_none_after_log_out(client: Client, person: User) -> None:
    client.get("/accounts/login/")
    assert log_in(client, "Person@Example.ORG ")["Location"] == "/"
    first = client.cookies["session"].value
    assert signed_in(client)
    assert (client.get("/accounts/logout/").status_code, signed_in(client)) == (200, True)
    assert client.post("/accounts/logout/")["Location"] == "/"
    assert not signed_in(client)
    client.cookies["session"] = first  # a copy of the old cookie is worth nothing
    assert not signed_in(client)
    log_in(client, str(person.email))
    assert client.cookies["session"].value not in {"", first}


def test_a_session_that_was_there_before_gets_another_key(client: Client, person: User) -> None:
    session = client.session
    session["planted"] = "by somebody else"
    session.save()
    planted = session.session_key
    log_in(client, str(person.email))
    assert client.session.session_key != planted


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/map/?phase=design", "/map/?phase=design"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example/", "/"),
        ("\\\\evil.example", "/"),
        ("http:///evil.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("\x00/map/", "/"),
    ],
)
def test_log_in_leads_nowhere_else(client: Client, person: User, wanted: str, reached: str) -> None:
    answer = client.post("/accounts/login/", {"login": person.email, "password": PASSWORD, "next": wanted})
    assert (answer.status_code, answer["Location"]) == (302, reached)


def test_wrong_passwords_and_closed_accounts_stay_outside(client: Client, person: User) -> None:
    assert "do not belong together" in log_in(client, str(person.email), "not the password").content.decode()
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert log_in(client, str(person.email))["Location"] == "/accounts/inactive/"
    assert not signed_in(client)


def test_an_account_that_is_closed_ends_with_the_next_request(client: Client, person: User) -> None:
    log_in(client, str(person.email))
    assert signed_in(client)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert not signed_in(client)


def test_an_account_without_log_in_cannot_be_entered(client: Client, db: None) -> None:
    del db
    make_user(email=None, display_name="Bibliography of the paper")
    for email in ("", "None", "bibliography@example.org"):
        assert log_in(client, email).status_code == 200
    assert not signed_in(client)


def asks_for_link(client: Client, email: str, **headers: Any) -> list[str]:
    """Ask for a new password; the links in the mail that follows."""
    mail.outbox.clear()
    answer = client.post("/accounts/password/reset/", {"email": email}, headers=headers)
    assert answer["Location"] == "/accounts/password/reset/done/"
    (message,) = mail.outbox
    assert message.to == [email.lower()]
    return LINK.findall(str(message.body))


def path_of(link: str) -> str:
    """The address on this site."""
    assert link.startswith("http://localhost/")
    return link.removeprefix("http://localhost")


def test_a_forgotten_password_is_replaced_once(client: Client, person: User) -> None:
    link = asks_for_link(client, "Person@example.org")[0]
    page = client.get(path_of(link), follow=True)
    form = page.request["PATH_INFO"]
    assert (page.status_code, "set-password" in form, "Choose a new password" in page.content.decode()) == (200, True, True)
    for weak in ("short", "password1234", "person@example.org"):
        assert client.post(form, {"password1": weak, "password2": weak}).status_code == 200
    assert "12 characters or more" in client.post(form, {"password1": "short", "password2": "short"}).content.decode()
    assert client.post(form, {"password1": OTHER, "password2": OTHER})["Location"] == "/accounts/password/reset/key/done/"
    assert not signed_in(client)
    assert log_in(client, str(person.email)).status_code == 200
    assert log_in(client, str(person.email), OTHER).status_code == 302
    again = Client().get(path_of(link), follow=True)
    assert "This link is used up or too old" in again.content.decode()


@pytest.mark.parametrize("key", ["1-x", "zzzzzzzzzzzzz-cabc12-0123456789abcdef", "1-%00", "0-set-password", "1-" + "x" * 3000])
@pytest.mark.django_db
def test_links_that_are_made_up_lead_nowhere(client: Client, key: str) -> None:
    page = client.get(f"/accounts/password/reset/key/{key}/", follow=True)
    assert page.status_code in {200, 404}
    assert "Save the password" not in page.content.decode()


def test_links_in_mails_name_our_own_host(client: Client, person: User) -> None:
    """Hole 36: whichever host a request claims, and is answered by."""
    for host in ("testserver", "127.0.0.1"):
        for address in (str(person.email), "nobody@example.org"):
            for link in asks_for_link(client, address, host=host, x_forwarded_host="evil.example"):
                assert link.startswith("http://localhost"), link
    assert client.post("/accounts/password/reset/", {"email": person.email}, headers={"host": "evil.example"}).status_code == 400


def test_a_new_address_is_confirmed_before_the_first_log_in(client: Client, db: None) -> None:
    del db
    user = make_user(Role.READER, email="new@example.org")
    assert log_in(client, "new@example.org")["Location"] == "/accounts/confirm-email/"
    assert not signed_in(client)
    (message,) = mail.outbox
    link = LINK.findall(str(message.body))[0]
    page = client.get(path_of(link))
    assert "Is new@example.org your address?" in page.content.decode()
    assert not EmailAddress.objects.get(user=user).verified  # opening the link is not enough: mail scanners do that
    assert client.post(path_of(link)).status_code == 302
    assert EmailAddress.objects.get(user=user).verified
    Client().post("/accounts/logout/")
    assert log_in(Client(), "new@example.org")["Location"] == "/"
    assert client.get("/accounts/confirm-email/made-up:key/").status_code == 200


def test_another_address_has_to_be_confirmed(client: Client, person: User, curator: User) -> None:
    sign_in(client, curator)
    form = {"email": "moved@example.org", "display_name": person.display_name, "role": person.role, "is_active": "on"}
    assert client.post(f"/admin/problems/user/{person.pk}/change/", form).status_code == 302
    visitor = Client()
    assert log_in(visitor, "person@example.org").status_code == 200
    assert log_in(visitor, "moved@example.org")["Location"] == "/accounts/confirm-email/"
    assert not signed_in(visitor)


def test_a_password_is_changed_and_ends_every_session(client: Client, person: User) -> None:
    elsewhere = Client()
    for browser in (client, elsewhere):
        log_in(browser, str(person.email))
    wrong = client.post("/accounts/password/change/", {"oldpassword": "x", "password1": OTHER, "password2": OTHER})
    assert "This is not your current password." in wrong.content.decode()
    right = {"oldpassword": PASSWORD, "password1": OTHER, "password2": OTHER}
    assert client.post("/accounts/password/change/", right).status_code == 302
    assert (signed_in(client), signed_in(elsewhere)) == (False, False)
    assert log_in(client, str(person.email), OTHER).status_code == 302


def test_a_first_password_is_set(client: Client, db: None) -> None:
    del db
    user = confirmed(make_user(email="none@example.org"))
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    assert client.get("/accounts/password/change/")["Location"] == "/accounts/password/set/"
    page = client.get("/accounts/password/set/")
    assert (page.status_code, page.content.decode().count("<h1>")) == (200, 1)


def test_an_app_is_set_up_asked_for_and_taken_away(client: Client, person: User) -> None:
    sign_in(client, person)
    assert client.get("/accounts/2fa/totp/picture/").status_code == 404
    page = client.get("/accounts/2fa/totp/activate/")
    secret = page.context["form"].secret
    picture = client.get("/accounts/2fa/totp/picture/")
    assert (picture.status_code, picture["Content-Type"], picture.content[:5]) == (200, "image/svg+xml", b"<?xml")
    assert "no-store" in picture["Cache-Control"]
    assert "This code is not right." in client.post("/accounts/2fa/totp/activate/", {"code": "000000x"}).content.decode()
    assert client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})["Location"] == "/accounts/2fa/recovery-codes/"
    codes = client.get("/accounts/2fa/recovery-codes/download/")
    assert (codes["Content-Type"], codes["Content-Disposition"]) == ("text/plain", 'attachment; filename="recovery-codes.txt"')
    recovery = codes.content.decode().split()
    assert len(recovery) == 10

    visitor = Client()
    assert log_in(visitor, str(person.email))["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(visitor)
    page = visitor.get("/accounts/2fa/authenticate/")
    assert (page.status_code, page.content.decode().count("<h1>")) == (200, 1)
    assert visitor.post("/accounts/2fa/authenticate/", {"code": "1"}).status_code == 200
    assert not signed_in(visitor)
    assert visitor.post("/accounts/2fa/authenticate/", {"code": recovery[0]})["Location"] == "/"
    assert signed_in(visitor)
    again = Client()
    log_in(again, str(person.email))
    assert again.post("/accounts/2fa/authenticate/", {"code": recovery[0]}).status_code == 200  # good for once
    assert not signed_in(again)

    assert client.get("/accounts/2fa/totp/deactivate/").status_code == 200
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert not Authenticator.objects.exists()
    assert log_in(Client(), str(person.email))["Location"] == "/"


def test_codes_cannot_be_guessed(client: Client, person: User) -> None:
    secret = with_app(person)
    log_in(client, str(person.email))
    for _ in range(6):
        client.post("/accounts/2fa/authenticate/", {"code": "000001x"}, headers={"x-forwarded-for": "203.0.113.9"})
    assert "Too many attempts" in client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).content.decode()
    assert not signed_in(client)


def test_curators_need_a_second_factor_in_production(client: Client, curator: User, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    sign_in(client, curator)
    for address in ("/", "/admin/", "/account/", "/about/", "/admin/problems/paper/"):
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (302, "/accounts/2fa/"), address
    assert client.post("/admin/problems/team/add/", {"slug": "lab", "name": "Lab"})["Location"] == "/accounts/2fa/"
    assert client.get("/api/v1/agenda/").status_code in {403, 404}
    assert client.get("/theme.css").status_code == 200
    page = client.get("/accounts/2fa/")
    assert "Curators need one." in page.content.decode()
    secret = client.get("/accounts/2fa/totp/activate/").context["form"].secret
    client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert client.get("/admin/").status_code == 200
    assert "Curators need one." not in client.get("/accounts/2fa/").content.decode()


def test_the_admin_asks_for_the_second_factor_too(client: Client, curator: User) -> None:
    secret = with_app(curator)
    entrance = client.get("/admin/", follow=True)
    assert entrance.redirect_chain[-1][0] == "/accounts/login/?next=/admin/"
    assert log_in(client, str(curator.email))["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/admin/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)}).status_code == 302
    assert client.get("/admin/").status_code == 200


@pytest.mark.parametrize("role", [Role.READER, Role.CONTRIBUTOR, Role.REVIEWER])
@pytest.mark.django_db
def test_others_may_go_without(client: Client, role: Role, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(make_user(role))
    assert client.get("/account/").status_code == 200
