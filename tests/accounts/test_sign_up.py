"""Sign-up where it is open: a reader with a confirmed address, and no word to strangers of who has an account (promise 12, hole 14)."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from pytest_django.fixtures import Settings

from problems.choices import Role
from problems.errors import Invalid
from problems.models import AuditEvent, User
from problems.services import people as service
from tests.accounts.people import log_in
from tests.accounts.test_guessing import answer, apart, crowd, people  # noqa: F401 - fixtures
from tests.factories import PASSWORD

ADDRESS = "/accounts/signup/"
NEW = "new@example.org"
LINK = re.compile(r"https?://\S+")
APART = 0.25


@pytest.fixture(autouse=True)
def _open(settings: Settings, db: None) -> None:
    """Let everybody sign up."""
    del db
    settings.SIGN_UP = "open"


def sign_up(email: str = NEW, password: str = PASSWORD, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).post(ADDRESS, {"email": email, "password1": password} | more)


def test_one_signs_up_confirms_and_logs_in(client: Client) -> None:
    page = client.get(ADDRESS)
    assert (page.status_code, "Make an account" in page.content.decode()) == (200, True)
    assert sign_up(" New@Example.org ", client=client)["Location"] == "/accounts/confirm-email/"
    user = User.objects.get()
    assert (user.email, user.role, user.is_active) == (NEW, Role.READER, True)
    event = AuditEvent.objects.get()
    assert (event.kind, event.actor, event.face) == ("created", None, "site")
    assert client.get("/account/").status_code == 302
    assert log_in(client, NEW)["Location"] == "/accounts/confirm-email/"
    (message, *_) = mail.outbox
    (link, *_) = LINK.findall(str(message.body))
    assert link.startswith("http://localhost/")
    assert client.post(link.removeprefix("http://localhost")).status_code == 302
    assert EmailAddress.objects.get().verified
    assert log_in(Client(), NEW)["Location"] == "/"


@pytest.mark.parametrize(
    ("email", "password"), [("nobody", PASSWORD), ("", PASSWORD), ("a\x00@example.org", PASSWORD), (NEW, "short"), (NEW, "password1234"), (NEW, NEW)]
)
def test_odd_input_is_told(email: str, password: str) -> None:
    page = sign_up(email, password)
    assert (page.status_code, "to correct" in page.content.decode(), User.objects.count()) == (200, True, 0)


def test_nothing_else_is_taken() -> None:
    sign_up(role="40", display_name="x", is_active="", hide_name="on", public_id="aaaaaaaaaa")
    user = User.objects.get()
    assert (user.role, user.display_name, user.hide_name, user.public_id != "aaaaaaaaaa") == (Role.READER, "", False, True)


def test_who_has_an_account_is_told_by_mail_only(people: dict[str, str]) -> None:  # noqa: F811 - the fixture
    """Hole 14: a hidden person's address too."""
    User.objects.filter(email=people["open"]).update(hide_name=True)
    answers = {}
    for who, address in people.items():
        client = Client()
        sent = sign_up(address, client=client)
        answers[who] = answer(sent, address), answer(client.get(sent["Location"]), address)
    assert [who for who in people if answers[who] != answers["nobody"]] == []
    assert {message.to[0]: message.subject for message in mail.outbox} == {
        people["open"]: "You have an account already",
        people["closed"]: "You have an account already",
        people["no password"]: "You have an account already",
        people["new"]: "You have an account already",
        people["nobody"]: "Confirm your e-mail address",
    }
    links = [link for message in mail.outbox for link in LINK.findall(str(message.body))]
    assert [link for link in links if not link.startswith("http://localhost")] == []


def test_it_takes_the_same_time_for_everybody(crowd: dict[str, list[str]]) -> None:  # noqa: F811 - the fixture
    turn = iter(range(10**6))

    def ask(address: str) -> None:
        assert sign_up(address if not address.startswith("nobody") else f"nobody-{next(turn)}@example.org").status_code == 302

    assert apart(ask, crowd) < APART


def test_two_at_the_same_moment_make_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told what somebody with an account is told."""

    def late(**_fields: object) -> None:
        raise Invalid({"email": ["There is an account with this address."]})

    monkeypatch.setattr(service, "sign_up", late)
    assert sign_up()["Location"] == "/accounts/confirm-email/"
    assert [message.subject for message in mail.outbox] == ["You have an account already"]


def test_so_many_an_hour(settings: Settings) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"signup": "5/h/ip"}
    headers = {"x-forwarded-for": "203.0.113.9"}
    assert [Client().post(ADDRESS, {"email": f"new{turn}@example.org", "password1": PASSWORD}, headers=headers).status_code for turn in range(7)] == [
        302,
        302,
        302,
        302,
        302,
        429,
        429,
    ]
