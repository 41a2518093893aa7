"""Log-in by ORCID and GitHub, played by a server on loopback: connect, log in, disconnect; and all that must not let anybody in."""

import json
import os
import subprocess
import sys
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialToken
from django.contrib.sessions.models import Session
from django.core import serializers
from django.test import Client
from pytest_django.fixtures import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from problems.accounts.providers import GitHubAdapter, OrcidAdapter
from problems.models import User
from tests.accounts.conftest import confirmed
from tests.accounts.people import code_of, log_in, sign_in, with_app
from tests.accounts.test_pages import shows
from tests.factories import PASSWORD, make_user
from tests.tracker.test_environment import GOOD, ROOT

ORCID = "0000-0002-1825-0097"
TOKEN = "a-token-that-is-kept-nowhere"


@pytest.fixture
def played(httpserver: HTTPServer, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> HTTPServer:
    """Both providers, set up and played."""
    settings.SIGN_IN_BY = {"orcid": ("orcid-client", "orcid-secret"), "github": ("github-client", "github-secret")}
    for adapter in (OrcidAdapter, GitHubAdapter):
        monkeypatch.setattr(adapter, "authorize_url", httpserver.url_for("/authorize"))
        monkeypatch.setattr(adapter, "access_token_url", httpserver.url_for("/token"))
    monkeypatch.setattr(GitHubAdapter, "profile_url", httpserver.url_for("/user"))
    httpserver.expect_request("/token", method="POST").respond_with_json({"access_token": TOKEN, "orcid": ORCID, "name": "Ada of elsewhere"})
    person = {"id": 583231, "login": "ada", "name": "Ada of elsewhere", "email": "person@example.org"}
    httpserver.expect_request("/user").respond_with_json(person)
    return httpserver


def start(client: Client, provider: str = "orcid", process: str = "login", **sent: str) -> dict[str, str]:
    """Press the button; what the provider is asked for."""
    answer = client.post(f"/accounts/{provider}/login/?process={process}", sent)
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def come_back(client: Client, provider: str = "orcid", **query: str) -> Any:
    return client.get(f"/accounts/{provider}/login/callback/", query)


def dance(client: Client, provider: str = "orcid", process: str = "login", **sent: str) -> Any:
    """There and back."""
    asked = start(client, provider, process, **sent)
    return come_back(client, provider, code="a-code", state=asked["state"])


def connected(client: Client, person: User, provider: str = "orcid") -> None:
    """Log in by password, connect, log out."""
    sign_in(client, person)
    assert dance(client, provider, "connect")["Location"] == "/accounts/providers/"
    client.post("/accounts/logout/")


def signed_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("provider", ["orcid", "github"])
def test_who_has_connected_it_logs_in_by_it(client: Client, person: User, provider: str) -> None:
    connected(client, person, provider)
    assert not signed_in(client)
    answer = dance(client, provider, next="/map/")
    assert (answer.status_code, answer["Location"], signed_in(client)) == (302, "/map/", True)
    assert client.get("/account/").context["user"] == person
    row = SocialAccount.objects.get()
    assert (row.user, row.provider, row.uid, row.extra_data) == (person, provider, ORCID if provider == "orcid" else "583231", {})
    person.refresh_from_db()
    assert (person.display_name, person.email) == ("Person", "person@example.org")


def test_what_the_provider_is_asked_for(client: Client, person: User, played: HTTPServer) -> None:
    del person
    asked = start(client, "orcid", "login&scope=/read-limited&auth_params=prompt%3Dnone")
    assert {name: asked[name] for name in ("client_id", "response_type", "scope", "redirect_uri", "code_challenge_method")} == {
        "client_id": "orcid-client",
        "response_type": "code",
        "scope": "/authenticate",
        "redirect_uri": "http://localhost/accounts/orcid/login/callback/",
        "code_challenge_method": "S256",
    }
    assert set(asked) == {"client_id", "response_type", "scope", "redirect_uri", "code_challenge_method", "code_challenge", "state"}
    assert "scope" not in start(client, "github")
    come_back(client, code="a-code", state=asked["state"])
    sent = parse_qs(next(request for request, _ in played.log if request.path == "/token").get_data(as_text=True))
    assert {name: sent[name] for name in ("code", "client_secret", "redirect_uri")} == {
        "code": ["a-code"],
        "client_secret": ["orcid-secret"],
        "redirect_uri": ["http://localhost/accounts/orcid/login/callback/"],
    }
    assert len(sent["code_verifier"][0]) >= 43


@pytest.mark.usefixtures("played")
@pytest.mark.parametrize("provider", ["orcid", "github"])
@pytest.mark.parametrize("sign_up", ["invitation", "open"])
@pytest.mark.parametrize("verified", [True, False])
def test_an_address_joins_no_account_and_makes_none(  # noqa: PLR0917 - columns of the table
    client: Client,
    person: User,
    settings: Settings,
    provider: str,
    sign_up: str,
    verified: bool,  # noqa: FBT001 - a column of the table
) -> None:
    """Hole 37: the provider gives the address of an account here, which nobody has connected."""
    settings.SIGN_UP = sign_up
    EmailAddress.objects.filter(user=person).update(verified=verified)
    answer = dance(client, provider)
    assert answer.status_code == 403
    assert "No account here is connected to this one" in answer.content.decode()
    assert (User.objects.count(), SocialAccount.objects.count(), signed_in(client)) == (1, 0, False)


@pytest.mark.usefixtures("played")
def test_a_closed_account_stays_outside(client: Client, person: User) -> None:
    connected(client, person)
    User.objects.filter(pk=person.pk).update(is_active=False)
    assert dance(client)["Location"] == "/accounts/inactive/"
    assert not signed_in(client)


@pytest.mark.usefixtures("played")
def test_the_second_factor_is_still_asked_for(client: Client, person: User) -> None:
    connected(client, person)
    secret = with_app(person)
    assert dance(client)["Location"] == "/accounts/2fa/authenticate/"
    assert not signed_in(client)
    client.post("/accounts/2fa/authenticate/", {"code": code_of(secret)})
    assert signed_in(client)


@pytest.mark.usefixtures("played")
def test_a_state_that_is_not_ours_lets_nobody_in(client: Client, person: User) -> None:
    connected(client, person)
    state = start(client)["state"]
    other = Client()
    start(other)
    for asking, query in (
        (client, {"code": "a-code", "state": f"{state[:-1]}!"}),
        (client, {"code": "a-code"}),
        (other, {"code": "a-code", "state": state}),  # of another browser
    ):
        answer = come_back(asking, **query)
        assert (answer.status_code, "That did not work" in answer.content.decode()) == (401, True)
    assert come_back(client, "github", code="a-code", state=state).status_code == 401  # of another provider
    assert not signed_in(client)
    assert come_back(client, code="a-code", state=state)["Location"] == "/"
    assert come_back(client, code="a-code", state=state).status_code == 401  # once


@pytest.mark.usefixtures("played")
def test_what_is_cancelled_over_there_changes_nothing(client: Client, person: User) -> None:
    del person
    answer = come_back(client, error="access_denied", state=start(client)["state"])
    assert answer["Location"] == "/accounts/providers/cancelled/"
    assert "Nothing has changed here" in client.get(answer["Location"]).content.decode()
    assert come_back(client, error="server_error", state=start(client)["state"]).status_code == 401
    assert not signed_in(client)


ANSWERS: dict[str, Response] = {
    "error": Response("no", status=500),
    "markup": Response("<html>", content_type="text/html"),
    "empty": Response(""),
    "list": Response("[]", content_type="application/json"),
    "word": Response('"access_token"', content_type="application/json"),
    "broken": Response("{", content_type="application/json"),
    "no person": Response(json.dumps({"access_token": TOKEN}), content_type="application/json"),
    "no such person": Response(json.dumps({"access_token": TOKEN, "orcid": "../../etc"}), content_type="application/json"),
    "empty person": Response(json.dumps({"access_token": TOKEN, "orcid": ""}), content_type="application/json"),
    "number": Response(json.dumps({"access_token": TOKEN, "orcid": 5}), content_type="application/json"),
    "null": Response(json.dumps({"access_token": None, "orcid": [ORCID]}), content_type="application/json"),
    "redirect": Response("", status=307, headers={"Location": "/inside"}),
}


@pytest.mark.parametrize("how", ANSWERS)
def test_an_answer_that_cannot_be_used_is_told(client: Client, person: User, played: HTTPServer, how: str) -> None:
    del person
    played.clear()
    played.expect_request("/token").respond_with_response(ANSWERS[how])
    answer = dance(client)
    assert (answer.status_code, "That did not work" in answer.content.decode()) == (401, True)
    assert [request.path for request, _ in played.log] == ["/token"]
    assert not signed_in(client)


@pytest.mark.parametrize("how", ["error", "markup", "list", "broken", "redirect", "nothing"])
def test_a_person_that_cannot_be_read_is_told(client: Client, person: User, played: HTTPServer, how: str) -> None:
    del person
    played.clear()
    played.expect_request("/token").respond_with_json({"access_token": TOKEN})
    answers = ANSWERS | {"nothing": Response("{}", content_type="application/json")}
    played.expect_request("/user").respond_with_response(answers[how])
    assert dance(client, "github").status_code == 401
    assert [request.path for request, _ in played.log] == ["/token", "/user"]


def test_a_provider_that_is_not_there_is_told(client: Client, person: User, played: HTTPServer, settings: Settings) -> None:
    del person
    settings.SOCIALACCOUNT_REQUESTS_TIMEOUT = 0.2

    def slow(_request: Request) -> Response:
        time.sleep(0.5)
        return Response("{}")

    played.clear()
    played.expect_request("/token").respond_with_handler(slow)
    assert dance(client).status_code == 401
    while not played.log:  # else what it answers at last stands in the log of another test
        time.sleep(0.05)


@pytest.mark.usefixtures("played")
def test_it_is_connected_after_a_fresh_log_in_only(client: Client, person: User) -> None:
    anonymous = dance(client, process="connect")
    assert anonymous["Location"] == "/accounts/providers/"
    assert SocialAccount.objects.count() == 0
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")  # a session without a log-in to tell of
    answer = dance(client, process="connect")
    assert answer["Location"].startswith("/accounts/reauthenticate/")
    assert SocialAccount.objects.count() == 0
    assert TOKEN not in str([session.get_decoded() for session in Session.objects.all()])
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert SocialAccount.objects.get().user == person


@pytest.mark.usefixtures("played")
def test_what_is_connected_to_another_account_stays_there(client: Client, person: User) -> None:
    connected(client, person)
    sign_in(client, confirmed(make_user(email="other@example.org")))
    dance(client, process="connect")
    assert "It is connected to another account here." in client.get("/accounts/providers/").content.decode()
    assert SocialAccount.objects.get().user == person


@pytest.mark.usefixtures("played")
def test_it_is_disconnected_and_then_lets_nobody_in(client: Client, person: User) -> None:
    connected(client, person)
    row = SocialAccount.objects.get()
    sign_in(client, confirmed(make_user(email="other@example.org")))
    client.post("/accounts/providers/", {"account": row.pk})  # of somebody else
    assert SocialAccount.objects.exists()
    client.post("/accounts/logout/")
    sign_in(client, person)
    page = client.get("/accounts/providers/").content.decode()
    assert f"ORCID {ORCID}" in page
    assert client.post("/accounts/providers/", {"account": row.pk})["Location"] == "/accounts/providers/"
    assert not SocialAccount.objects.exists()
    client.post("/accounts/logout/")
    assert dance(client).status_code == 403


@pytest.mark.usefixtures("played")
def test_no_token_name_or_address_of_theirs_is_kept(client: Client, person: User) -> None:
    connected(client, person, "github")
    dance(client, "github")
    kept = serializers.serialize("json", [*SocialAccount.objects.all(), *SocialToken.objects.all(), *User.objects.all()])
    kept += str([session.get_decoded() for session in Session.objects.all()])
    for secret in (TOKEN, "Ada of elsewhere", "github-secret"):
        assert secret not in kept


def test_what_is_not_set_up_is_not_there(client: Client, person: User, settings: Settings) -> None:
    log_in(client, str(person.email))
    for path in ("/accounts/orcid/login/", "/accounts/github/login/callback/", "/accounts/providers/", "/accounts/providers/cancelled/"):
        assert client.get(path).status_code == 404
    assert client.post("/accounts/orcid/login/").status_code == 404
    assert "ORCID" not in client.get("/account/").content.decode()
    client.post("/accounts/logout/")
    assert "ORCID" not in client.get("/accounts/login/").content.decode()
    settings.SIGN_IN_BY = {"orcid": ("a", "b")}
    page = client.get("/accounts/login/?next=/map/").content.decode()
    assert "Log in by ORCID" in page
    assert 'name="next" value="/map/"' in page
    assert "GitHub" not in page
    assert client.get("/accounts/github/login/").status_code == 404
    assert "You are led to ORCID" in shows(client, "/accounts/orcid/login/")
    assert client.head("/accounts/orcid/login/").status_code == 200
    shows(client, "/accounts/providers/cancelled/")
    sign_in(client, person)
    assert "Connect ORCID" in shows(client, "/accounts/providers/")
    assert "connect and disconnect" in shows(client, "/account/")


def test_a_form_may_lead_to_a_provider_that_is_set_up_and_to_no_other() -> None:
    """Browsers hold the redirect that follows a form against the policy of its page."""
    code = "from tracker import settings; print(*settings.SECURE_CSP['form-action'], sorted(settings.SIGN_IN_BY))"
    given = {**GOOD, "GITHUB_CLIENT_ID": "a", "GITHUB_CLIENT_SECRET": "b", "ORCID_CLIENT_ID": "without a secret"}
    environment = {name: os.environ[name] for name in ("PATH", "DATABASE_URL")} | given
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "'self' https://github.com ['github']"


@pytest.mark.usefixtures("played")
def test_log_ins_by_it_are_limited(client: Client, settings: Settings, db: None) -> None:
    del db
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "2/m/ip"}
    assert [client.post("/accounts/orcid/login/").status_code for _ in range(3)] == [302, 302, 429]
