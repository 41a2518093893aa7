"""What holds for every request: proxies, headers, the gate, the log, sessions, the second factor."""

import json
import logging
from datetime import timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.conf import LazySettings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.test import Client, RequestFactory
from django.utils import timezone

from problems import middleware
from problems.choices import Role
from problems.models import User
from problems.services.refusals import as_refusal
from tests.factories import make_user

PUBLIC = "/codebook/"


def seen(**meta: str) -> tuple[str, str, str]:
    """Address, scheme and request id that the application sees of such a request."""
    caught: list[HttpRequest] = []

    def view(request: HttpRequest) -> HttpResponseBase:
        caught.append(request)
        return HttpResponse()

    middleware.TrustedProxies(view)(RequestFactory().get("/", **meta))  # type: ignore[arg-type]
    return caught[0].META["REMOTE_ADDR"], caught[0].scheme or "", caught[0].META.get("HTTP_X_REQUEST_ID", "")


FORWARDED = {"HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9, 10.0.0.7", "HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_REQUEST_ID": "abc"}


@pytest.mark.parametrize(
    ("address", "outcome"),
    [
        ("10.0.0.1", ("203.0.113.9", "https", "abc")),  # what stands left of the last foreign address is made up by the client
        ("::1", ("203.0.113.9", "https", "abc")),
        ("203.0.113.5", ("203.0.113.5", "http", "")),
        ("", ("", "http", "")),
    ],
)
def test_forwarding_headers_count_from_configured_proxies_alone(settings: LazySettings, address: str, outcome: tuple[str, str, str]) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8", "::1/128"]
    assert seen(REMOTE_ADDR=address, **FORWARDED) == outcome


def test_without_configured_proxies_no_forwarding_header_counts(settings: LazySettings) -> None:
    settings.TRUSTED_PROXIES = []
    assert seen(REMOTE_ADDR="127.0.0.1", **FORWARDED) == ("127.0.0.1", "http", "")


HEADERS = {
    "Content-Security-Policy": "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [PUBLIC, "/accounts/login/", "/healthz", "/readyz", "/no-such-page/", "/api/v1/no-such-thing/", "/admin/login/", "/static/no-such-file.css"],
)
def test_every_answer_carries_its_headers(client: Client, path: str) -> None:
    answer = client.get(path)
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "Server" not in answer.headers


@pytest.mark.django_db
def test_behind_tls_browsers_are_told_to_stay_there_and_plain_http_leads_there(client: Client, settings: LazySettings) -> None:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_SSL_REDIRECT, settings.SECURE_SSL_HOST = 31536000, True, "map.example.org"
    assert client.get(PUBLIC, secure=True).headers["Strict-Transport-Security"] == "max-age=31536000"
    answer = client.get(PUBLIC, headers={"host": "elsewhere.example"})
    assert (answer.status_code, answer.headers["Location"]) == (301, f"https://map.example.org{PUBLIC}")
    assert client.get("/healthz").status_code == 200


@pytest.mark.django_db
def test_public_answers_may_be_shared_and_private_ones_not(client: Client) -> None:
    public = client.get(PUBLIC)
    assert (public.headers["Cache-Control"], public.headers["Vary"]) == ("no-cache", "Cookie, Authorization")
    client.force_login(User.objects.create(email="reader@example.org", role=Role.READER))
    assert "private" in client.get(PUBLIC).headers["Cache-Control"]
    assert "private" in Client().get(PUBLIC, headers={"Authorization": "Bearer x"}).headers["Cache-Control"]
    assert "private" in Client().get(PUBLIC, headers={"Authorization": ""}).headers["Cache-Control"]


@pytest.mark.django_db
def test_other_sites_may_read_the_api_as_nobody_and_nothing_else(client: Client) -> None:
    def allowed(path: str, **headers: str) -> str | None:
        return client.get(path, headers=headers).headers.get("Access-Control-Allow-Origin")

    assert (allowed("/api/v1/problems/"), allowed("/api/v1/problems/", Authorization="Bearer x"), allowed(PUBLIC)) == ("*", None, None)
    assert "Access-Control-Allow-Origin" not in client.post("/api/v1/problems/").headers
    client.force_login(User.objects.create(email="reader@example.org", role=Role.READER))
    assert allowed("/api/v1/problems/") is None


@pytest.mark.django_db
@pytest.mark.parametrize(
    "host", ["elsewhere.example", "localhost.elsewhere.example", "localhost@elsewhere.example", "local host", "[::1", "localhost:x"]
)
@pytest.mark.parametrize("path", [PUBLIC, "/api/v1/problems/", "/static/x.css", "/accounts/login/"])
def test_an_unknown_host_is_400_everywhere(client: Client, host: str, path: str) -> None:
    answer = client.get(path, headers={"host": host})
    assert answer.status_code == 400
    assert "elsewhere" not in answer.content.decode()
    if path.startswith("/api/"):
        assert answer.headers["Content-Type"] == "application/problem+json"
        detail = "This host name is not served here. Check the address."
        assert json.loads(answer.content) == {"type": "/api/errors/bad_request/", "title": "Bad Request", "status": 400, "detail": detail}


@pytest.mark.django_db
def test_health_says_when_the_database_is_gone(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise DatabaseError

    assert client.get("/healthz").json() == {"status": "ok"}
    monkeypatch.setattr(connection, "cursor", fail)
    for path in ("/healthz", "/readyz"):
        answer = client.get(path, headers={"host": "10.0.0.5"})
        assert (answer.status_code, answer.json()) == (503, {"status": "no database"})


@pytest.mark.django_db
def test_it_is_ready_when_no_migration_is_missing(client: Client, settings: LazySettings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert (client.get("/readyz").status_code, client.get("/readyz").json()) == (200, {"status": "ok"})
    MigrationRecorder(connection).record_unapplied("problems", "0002_append_only")
    answer = client.get("/readyz", headers={"host": "10.0.0.5"})
    assert (answer.status_code, answer.json(), client.get("/healthz").status_code) == (503, {"status": "migrations are missing"}, 200)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE django_migrations")
    assert client.get("/readyz").json() == {"status": "migrations are missing"}


@pytest.mark.django_db
def test_the_log_names_the_route_and_neither_query_nor_person(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    answer = client.get(
        "/accounts/password/reset/key/abc-secret-key/?q=private+words", headers={"user-agent": "Browser of Ada"}, REMOTE_ADDR="203.0.113.9"
    )
    text = caplog.text
    assert "accounts/" in text
    assert answer.headers["X-Request-ID"] in text
    assert [word for word in ("private", "secret", "Browser", "203.0.113.9") if word in text] == []


@pytest.mark.django_db
def test_a_session_ends_at_its_greatest_age_and_after_long_idleness(client: Client) -> None:
    def signed_in() -> bool:
        return bool(client.get("/account/").wsgi_request.user.is_authenticated)

    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(User.objects.create(email="reader@example.org", role=Role.READER))
        for _ in range(2):  # visits keep it, past what idleness would allow
            assert signed_in()
            clock.shift(timedelta(days=13))
        assert signed_in()
        clock.shift(timedelta(days=4, seconds=1))  # 30 days in all
        assert not signed_in()
        client.force_login(User.objects.get())
        assert signed_in()
        clock.shift(timedelta(days=14, seconds=1))
        assert not signed_in()


@pytest.mark.django_db
def test_the_session_of_a_curator_ends_within_the_day(client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client.force_login(User.objects.create(email="curator@example.org", role=Role.CURATOR))
        assert client.get("/account/").wsgi_request.user.is_authenticated
        clock.shift(timedelta(hours=12))
        assert client.get("/account/").wsgi_request.user.is_authenticated
        clock.shift(timedelta(seconds=1))
        assert not client.get("/account/").wsgi_request.user.is_authenticated


@pytest.mark.django_db
def test_a_curator_without_a_second_factor_comes_no_further_than_the_account(client: Client, settings: LazySettings) -> None:
    settings.STAFF_SECOND_FACTOR = True
    curator = User.objects.create(email="curator@example.org", role=Role.CURATOR)
    client.force_login(curator)
    for path in (PUBLIC, "/admin/"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers.get("Location")) == (302, "/accounts/2fa/")
    assert client.get("/api/v1/problems/").status_code == 403
    assert [client.get(path).status_code for path in ("/theme.css", "/accounts/logout/")] == [200, 200]
    Authenticator.objects.create(user=curator, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get(PUBLIC).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "required"), [(Role.REVIEWER, True), (Role.CURATOR, False)])
def test_the_second_factor_is_asked_of_curators_where_it_is_required(client: Client, settings: LazySettings, role: Role, required: bool) -> None:  # noqa: FBT001 - a parameter
    settings.STAFF_SECOND_FACTOR = required
    client.force_login(User.objects.create(email="somebody@example.org", role=role))
    assert client.get(PUBLIC).status_code == 200


@pytest.mark.django_db
def test_what_is_missing_below_static_is_private_to_who_is_signed_in(client: Client) -> None:
    client.force_login(make_user(Role.READER), backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "private" in client.get("/static/no-such-file.css").headers["Cache-Control"]


@pytest.mark.django_db(transaction=True)
def test_a_row_that_others_hold_is_409_and_a_slow_statement_503() -> None:
    """By real errors of the database; what a person reads names neither."""
    caught = []
    for statement in ("SELECT pg_sleep(5)", "LOCK problems_paper NOWAIT"):
        other = connection.copy()
        with other.cursor() as holder:
            holder.execute("BEGIN")
            holder.execute("LOCK problems_paper")
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute("SET LOCAL statement_timeout = 100")
                    cursor.execute(statement)
            except OperationalError as error:
                caught.append(error)
            holder.execute("ROLLBACK")
        other.close()
    refusals = [as_refusal(error) for error in caught]
    assert [refusal and (refusal.status, refusal.title) for refusal in refusals] == [
        (503, "This takes too long to find."),
        (409, "Somebody else is changing this at the moment."),
    ]
    assert as_refusal(ValueError()) is None
