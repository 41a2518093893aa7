"""Invitations: the page of curators, and the page behind the link."""

import logging
import re
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from problems.choices import Role
from problems.models import Invitation, User
from problems.services import invitations
from tests.factories import PASSWORD, Cast
from tests.views.test_people import enter

PAGE = "/people/invitations/"
NEW = "new@example.org"
FORM = {"email": NEW, "role": "30"}
ACCOUNT = {"display_name": "  Zoë   New ", "password1": PASSWORD}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"')


@pytest.fixture
def link(cast: Cast) -> str:
    """The page that an invitation opens."""
    return f"/invitations/{invitations.invite(email=NEW, role=Role.REVIEWER, by=cast.curator)}/"


@pytest.mark.parametrize("role", ["reader", "contributor", "reviewer"])
def test_others_invite_nobody(client: Client, cast: Cast, role: str) -> None:
    enter(client, getattr(cast, role))
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, FORM).status_code == 403
    assert not Invitation.objects.exists()


def test_curators_invite_after_a_fresh_log_in(client: Client, cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    client.force_login(cast.curator)
    assert client.post(PAGE, FORM)["Location"].startswith("/accounts/reauthenticate/")
    assert not Invitation.objects.exists()
    enter(client, cast.curator)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(PAGE, FORM)["Location"] == PAGE
    (message,) = mail.outbox
    (secret,) = re.findall(r"http://localhost/invitations/([^/]+)/\n", str(message.body))
    text = client.get(PAGE).content.decode()
    assert (NEW in text, "open until" in text, secret in text) == (True, True, False)
    offer = Invitation.objects.get()
    assert client.get(f"{PAGE}{offer.public_id}/withdraw/").status_code == 302
    assert Invitation.objects.get().withdrawn_at is None
    assert client.post(f"{PAGE}{offer.public_id}/withdraw/")["Location"] == PAGE
    assert client.post(f"{PAGE}{offer.public_id}/withdraw/").status_code == 409
    assert "withdrawn" in client.get(PAGE).content.decode()


@pytest.mark.parametrize("form", [{"email": "nobody"}, {"email": ""}, {"email": "a\x00@example.org"}, {"role": "99"}, {"role": ""}])
def test_what_is_wrong_is_told_and_kept(client: Client, cast: Cast, form: dict[str, str]) -> None:
    enter(client, cast.curator)
    page = client.post(PAGE, FORM | form)
    assert (page.status_code, "to correct" in page.content.decode()) == (422, True)
    assert NEW in page.content.decode() or "email" in form
    assert not Invitation.objects.exists()


def test_the_limit_is_told(client: Client, cast: Cast, settings: Settings) -> None:
    settings.INVITE_RATE = 1
    enter(client, cast.curator)
    assert client.post(PAGE, FORM).status_code == 302
    page = client.post(PAGE, FORM | {"email": "other@example.org"})
    assert (page.status_code, "Invite again tomorrow." in page.content.decode(), "other@example.org" in page.content.decode()) == (429, True, True)


def test_the_curator_learns_nothing_of_who_has_an_account(
    client: Client, cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    """Hole 14: a hidden person's address too."""
    User.objects.filter(pk=cast.stranger.pk).update(hide_name=True)
    enter(client, cast.curator)
    answers = []
    for address in (NEW, "stranger@example.org"):
        with django_capture_on_commit_callbacks(execute=True), CaptureQueriesContext(connection) as queries:
            sent = client.post(PAGE, FORM | {"email": address})
        text = TOKEN.sub("", client.get(PAGE).content.decode()).replace(address, "")
        answers.append((sent.status_code, sent["Location"], len(queries), re.sub(r"[a-z0-9]{10}/withdraw", "", text)))
        Invitation.objects.all().delete()
    assert answers[0] == answers[1]
    assert [message.to for message in mail.outbox] == [[NEW], ["stranger@example.org"]]


def test_the_list_takes_the_same_number_of_queries(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    client.get(PAGE)
    counts = []
    for number in (1, 3):
        for each in range(number):
            invitations.invite(email=f"new{number}{each}@example.org", role=Role.READER, by=cast.curator)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_the_link_makes_the_account_and_logs_in(client: Client, link: str) -> None:
    page = client.get(link)
    text = page.content.decode()
    assert (page.status_code, page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == (200, "strict-origin", True)
    assert (NEW in text, "reviewer" in text, "noindex" in text) == (True, True, True)
    assert re.findall(r"<title>(.*)</title>", text) == ["Make your account · Open Problems"]
    assert client.get(link).status_code == 200  # a look does not use it up
    assert client.post(link, ACCOUNT)["Location"] == "/account/"
    user = User.objects.get(email=NEW)
    assert (user.display_name, user.role) == ("Zoë New", Role.REVIEWER)
    assert client.get("/account/").status_code == 200
    again = Client()
    assert (again.get(link).status_code, again.post(link, ACCOUNT).status_code) == (404, 404)
    login = again.post("/accounts/login/", {"login": NEW, "password": PASSWORD})
    assert (login.status_code, login["Location"]) == (302, "/")


@pytest.mark.parametrize(
    "form",
    [
        {"password1": "short"},
        {"password1": "password1234"},
        {"password1": ""},
        {"password1": NEW},
        {"display_name": "x" * 101},
        {"display_name": "a\u202eb"},
    ],
)
def test_odd_input_uses_nothing_up(client: Client, link: str, form: dict[str, str]) -> None:
    page = client.post(link, ACCOUNT | form)
    text = page.content.decode()
    assert (page.status_code, "1 thing to correct" in text, PASSWORD in text) == (422, True, False)
    assert not User.objects.filter(email=NEW).exists()
    assert client.post(link, ACCOUNT).status_code == 302


def test_nothing_else_is_taken(client: Client, link: str) -> None:
    client.post(link, ACCOUNT | {"role": "40", "email": "x@example.org", "is_active": "", "hide_name": "on"})
    user = User.objects.get(email=NEW)
    assert (user.role, user.hide_name) == (Role.REVIEWER, False)


def test_who_is_logged_in_makes_no_second_account(client: Client, cast: Cast, link: str) -> None:
    client.force_login(cast.reader)
    assert "Log out first" in client.get(link).content.decode()
    assert client.post(link, ACCOUNT).status_code == 409
    assert not User.objects.filter(email=NEW).exists()


@pytest.mark.parametrize("secret", ["x", "0" * 43, "opt_x", "A" * 500])
@pytest.mark.django_db
def test_a_link_that_is_none_says_so(client: Client, secret: str) -> None:
    for answer in (client.get(f"/invitations/{secret}/"), client.post(f"/invitations/{secret}/", ACCOUNT)):
        assert (answer.status_code, "used up or too old" in answer.content.decode()) == (404, True)


def test_the_form_needs_its_token(link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link, ACCOUNT).status_code == 403


def test_the_secret_is_in_no_log(client: Client, link: str, caplog: pytest.LogCaptureFixture) -> None:
    secret: Any = link.split("/")[2]
    with caplog.at_level(logging.DEBUG):
        client.get(link)
        client.post(link, ACCOUNT | {"password1": "x"})
        client.post(link, ACCOUNT)
    assert secret not in caplog.text
    assert NEW not in caplog.text
    assert PASSWORD not in caplog.text
