"""The page of one's tokens."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.models import ApiToken, User
from problems.services import tokens
from tests.factories import PASSWORD, Cast

PAGE = "/account/tokens/"
FORM = {"name": "Script", "scope": "write", "days": "30"}
SECRET = re.compile(r"opt_[A-Za-z0-9_-]{43}")


def enter(client: Client, user: User) -> None:
    """Log in, and confirm it as the page asks."""
    client.force_login(user)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def make(user: User, name: str) -> ApiToken:
    return tokens.make(user=user, name=name, scope="read", by=user)[0]


def test_it_asks_for_a_fresh_log_in(client: Client, cast: Cast) -> None:
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
    client.force_login(cast.reader)
    assert client.get(PAGE)["Location"] == "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2F"
    assert client.post(PAGE, FORM)["Location"] == "/accounts/reauthenticate/?next=%2Faccount%2Ftokens%2F"
    assert not ApiToken.objects.exists()


def test_a_token_is_shown_once(client: Client, cast: Cast) -> None:
    enter(client, cast.reader)
    made = client.post(PAGE, FORM)
    (secret,) = set(SECRET.findall(made.content.decode()))
    assert (made.status_code, "no-store" in made["Cache-Control"]) == (201, True)
    token = tokens.use(secret)
    assert token is not None
    assert (token.user, token.name, token.scope) == (cast.reader, "Script", "write")
    assert timedelta(days=30) - (token.expires - timezone.now()) < timedelta(minutes=1)
    again = client.get(PAGE).content.decode()
    assert ("Script" in again, SECRET.findall(again)) == (True, [])
    doubled = client.post(PAGE, FORM)  # a double click, or the page loaded anew
    assert (doubled.status_code, "You have a token of this name." in doubled.content.decode()) == (422, True)
    assert ApiToken.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "value"), [("name", ""), ("name", "a\x00b"), ("name", "x" * 101), ("scope", "admin"), ("days", "0"), ("days", "366"), ("days", "x")]
)
def test_what_is_wrong_is_told_and_the_rest_kept(client: Client, cast: Cast, name: str, value: str) -> None:
    enter(client, cast.reader)
    page = client.post(PAGE, {"name": "Kept name", "scope": "read", "days": "77"} | {name: value})
    text = page.content.decode()
    assert (page.status_code, "1 thing to correct" in text, 'aria-invalid="true"' in text) == (422, True, True)
    assert 'value="77"' in text or name == "days"
    assert not ApiToken.objects.exists()


def test_one_revokes_ones_own(client: Client, cast: Cast) -> None:
    mine, theirs = make(cast.reader, "Mine"), make(cast.stranger, "Theirs")
    enter(client, cast.reader)
    page = client.get(PAGE).content.decode()
    assert ("Mine" in page, "Theirs" in page) == (True, False)
    for address in (f"{PAGE}{theirs.public_id}/revoke/", f"{PAGE}aaaaaaaaaa/revoke/"):
        assert client.post(address).status_code == 404
    assert client.post(f"{PAGE}{mine.public_id}/revoke/")["Location"] == PAGE
    assert list(ApiToken.objects.filter(revoked_at=None)) == [theirs]
    assert "Mine" not in client.get(PAGE).content.decode()


def test_the_page_takes_the_same_number_of_queries(client: Client, cast: Cast) -> None:
    enter(client, cast.reader)
    counts = []
    for names in ("A", "BC"):
        for name in names:
            make(cast.reader, name)
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        counts.append(len(queries))
    assert counts[0] == counts[1]
