"""Tokens at the API: who they speak for, what they may do, how a bad one is refused (promise 13, hole 37)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from problems.api.authentication import CHALLENGE, TokenRateThrottle
from problems.api.schema import openapi
from problems.choices import TokenScope, Visibility
from problems.models import ApiToken, User
from problems.services import people, tokens
from tests.accounts.people import with_app
from tests.factories import Cast, make_paper

INVALID = f'{CHALLENGE}, error="invalid_token"'


class Echo(APIView):
    """Says who asks; takes writes, which no resource of this test needs to."""

    def get(self, request: Request) -> Response:
        """Who asks."""
        return Response({"id": request.user.pk})

    post = get


def token_of(user: User, scope: str = TokenScope.READ, name: str = "Script") -> str:
    return tokens.make(user=user, name=name, scope=scope, by=user)[1]


def ask(secret: str | None, method: str = "get", header: str = "Bearer {}", **session: Any) -> Any:
    """Ask the echo, with a token or without."""
    headers = {} if secret is None else {"authorization": header.format(secret)}
    request = getattr(APIRequestFactory(), method)("/api/v1/echo/", headers=headers)
    if session:
        force_authenticate(request, **session)
    return Echo.as_view()(request)


def test_a_token_speaks_for_its_owner(client: Client, cast: Cast) -> None:
    waiting = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    address = f"/api/v1/papers/{waiting.public_id}/"
    assert client.get(address).status_code == 404
    for user, status in ((cast.contributor, 200), (cast.reviewer, 200), (cast.stranger, 404)):
        answer = client.get(address, headers={"authorization": f"Bearer {token_of(user)}"})
        assert (answer.status_code, "private" in answer["Cache-Control"], "Access-Control-Allow-Origin" in answer) == (status, True, False)
    assert (client.cookies, Session.objects.count()) == ({}, 0)


@pytest.mark.parametrize("header", ["bearer {}", "BEARER {}", "Bearer  {} "])
def test_the_scheme_has_no_case(cast: Cast, header: str) -> None:
    assert ask(token_of(cast.reader), header=header).data == {"id": cast.reader.pk}


def spoil_expiry(_user: User) -> None:
    ApiToken.objects.update(expires=timezone.now() - timedelta(seconds=1))


def spoil_revoked(user: User) -> None:
    tokens.revoke(token=ApiToken.objects.get(), by=user)


def spoil_closed(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


@pytest.mark.parametrize("spoil", [spoil_expiry, spoil_revoked, spoil_closed])
def test_a_token_that_ended_is_refused_with_the_next_request(client: Client, cast: Cast, spoil: Callable[[User], None]) -> None:
    secret = token_of(cast.reader, TokenScope.WRITE)
    headers = {"authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/papers/", headers=headers).status_code == 200
    spoil(cast.reader)
    answer = client.get("/api/v1/papers/", headers=headers)
    assert (answer.status_code, answer["WWW-Authenticate"], answer["Content-Type"]) == (401, INVALID, "application/problem+json")
    assert answer.json()["detail"] == "This token is unknown, expired or revoked."


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer opt_", "Bearer opt_unknown", "Bearer \x00", "Bearer é", "bearer a b"])
@pytest.mark.django_db
def test_a_token_that_is_none_is_refused(client: Client, header: str) -> None:
    answer = client.get("/api/v1/papers/", headers={"authorization": header})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, INVALID)


@pytest.mark.parametrize("header", ["", "Basic YTpi", "Token opt_x", "opt_x"])
@pytest.mark.django_db
def test_other_schemes_are_nobody(client: Client, header: str) -> None:
    """Hole 18: the answer is for anonymous, and still not for a shared cache."""
    answer = client.get("/api/v1/papers/", headers={"authorization": header})
    assert (answer.status_code, "private" in answer["Cache-Control"]) == (200, True)


@pytest.mark.django_db
def test_writing_needs_somebody() -> None:
    answer = ask(None, "post")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, CHALLENGE)


def test_a_token_that_may_read_does_not_write(cast: Cast) -> None:
    for scope, status in ((TokenScope.READ, 403), (TokenScope.WRITE, 200)):
        secret = token_of(cast.contributor, scope, scope)
        assert ask(secret).status_code == 200
        assert ask(secret, "post").status_code == status
    refused = ask(token_of(cast.contributor), "post")
    assert refused["WWW-Authenticate"] == f'{CHALLENGE}, error="insufficient_scope", scope="write"'
    assert refused.data["detail"] == "This token may only read. Use one that may write."


def test_a_session_writes_with_its_csrf_token_only(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.contributor)
    request = APIRequestFactory(enforce_csrf_checks=True).post("/api/v1/echo/")
    request.user = cast.contributor
    assert Echo.as_view()(request).status_code == 403


def test_a_session_gives_a_bad_token_no_rights(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    assert client.get("/api/v1/papers/", headers={"authorization": "Bearer opt_x"}).status_code == 401


def test_curators_need_a_second_factor_for_tokens_too(client: Client, cast: Cast, settings: Settings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    secrets = {user: token_of(user) for user in (cast.curator, cast.reviewer)}
    headers = {"authorization": f"Bearer {secrets[cast.curator]}"}
    answer = client.get("/api/v1/papers/", headers=headers)
    assert (answer.status_code, answer.json()["detail"]) == (403, "This account needs a second factor first. Set one up on the site.")
    assert client.get("/api/v1/papers/", headers={"authorization": f"Bearer {secrets[cast.reviewer]}"}).status_code == 200
    with_app(cast.curator)
    assert client.get("/api/v1/papers/", headers=headers).status_code == 200


def test_another_role_counts_at_once(client: Client, cast: Cast) -> None:
    waiting = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    headers = {"authorization": f"Bearer {token_of(cast.reviewer)}"}
    assert client.get(f"/api/v1/papers/{waiting.public_id}/", headers=headers).status_code == 200
    cast.reviewer.role = cast.reader.role
    people.save(user=cast.reviewer, by=cast.curator, reason="Left")
    assert client.get(f"/api/v1/papers/{waiting.public_id}/", headers=headers).status_code == 404


def test_each_token_has_a_rate_of_its_own(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TokenRateThrottle, "THROTTLE_RATES", {"user": "2/min", "anon": "9/min"})
    cache.clear()
    one, two = (token_of(cast.reader, name=name) for name in ("One", "Two"))
    assert [ask(one).status_code for _ in range(3)] == [200, 200, 429]
    assert [ask(two).status_code for _ in range(3)] == [200, 200, 429]
    assert [ask(None, user=cast.reader).status_code for _ in range(3)] == [200, 200, 429]
    cache.clear()


def test_the_document_names_the_scheme() -> None:
    scheme = openapi()["components"]["securitySchemes"]["token"]
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
