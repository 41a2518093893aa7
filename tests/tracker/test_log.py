"""The log as it is written: one JSON object a line, and nobody in it."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.conf import LazySettings
from django.db import IntegrityError
from django.test import Client

from problems.models import User
from problems.queries import coverage
from tests.factories import Cast, make_agenda, make_user

PAGES = ["/", "/problems/", "/papers/?q=private+words", "/account/", "/no-such-page/", "/admin/", "/api/v1/papers/?q=private", "/api/v1/nothing/"]


class Log:
    """What has been written."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    def text(self) -> str:
        """All of it."""
        return self.stream.getvalue()

    def lines(self) -> list[dict[str, Any]]:
        """Each line read as JSON."""
        return [json.loads(line) for line in self.text().splitlines()]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    """The log, with the formatter of the settings and from INFO on."""
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.INFO, "django")
    kept, root = Log(), logging.getLogger()
    handler = logging.StreamHandler(kept.stream)
    handler.setFormatter(next(one.formatter for one in root.handlers if isinstance(one.formatter, structlog.stdlib.ProcessorFormatter)))
    root.addHandler(handler)
    yield kept
    root.removeHandler(handler)


def test_nobody_is_named_in_a_run(cast: Cast, client: Client, log: Log) -> None:
    people = [
        user for name in ("reader", "contributor", "teammate", "stranger", "reviewer", "curator") if isinstance(user := getattr(cast, name), User)
    ]
    for user in people:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for page in PAGES:
            client.get(page, REMOTE_ADDR="203.0.113.9", headers={"user-agent": "Browser of Ada"})
    assert len(log.lines()) >= len(people) * len(PAGES)
    words = {word for user in people for word in (str(user.email), user.display_name)} | {"203.0.113.9", "Browser of", "private"}
    assert len(words) == 3 + 2 * len(people)
    assert [word for word in words if word in log.text()] == []


@pytest.mark.django_db
def test_a_line_of_a_request_has_these_members(client: Client, log: Log) -> None:
    answer = client.get("/codebook/")
    (line,) = log.lines()
    assert set(line) == {"timestamp", "level", "event", "request_id", "method", "route", "status", "milliseconds"}
    assert (line["request_id"], line["route"], line["level"]) == (answer.headers["X-Request-ID"], "codebook/", "info")


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/a%0A%7B%22level%22:%22error%22%7D", "/a%1B%5B31mred", "/accounts/password/reset/key/a%0D%0Ab/"])
def test_a_path_cannot_write_lines_or_colours(client: Client, log: Log, path: str) -> None:
    client.get(path)
    assert [line["event"] for line in log.lines()] == ["request"]
    assert "red" not in log.text()
    assert "\x1b" not in log.text()


@pytest.mark.django_db
def test_a_log_in_that_fails_is_told_and_not_whose(client: Client, log: Log) -> None:
    user = make_user()
    client.post("/accounts/login/", {"login": user.email, "password": "no such password"})
    assert [(line["event"], line["level"]) for line in log.lines()] == [("log-in failed", "warning"), ("request", "info")]
    assert str(user.email) not in log.text()


@pytest.mark.django_db
def test_refusals_and_limits_are_warnings(log: Log, settings: LazySettings) -> None:
    client = Client(enforce_csrf_checks=True)
    client.post("/accounts/login/", {"login": "ada@example.org", "password": "no such password"})
    settings.ACCOUNT_RATE_LIMITS = {"login": "1/h/ip"}
    for _ in range(2):
        Client(REMOTE_ADDR="203.0.113.77").post("/accounts/login/", {"login": "ada@example.org", "password": "no such password"})
    assert [(line["level"], line["status"]) for line in log.lines() if line["event"] == "request"] == [
        ("warning", 403),
        ("info", 200),
        ("warning", 429),
    ]
    assert "ada@" not in log.text()


@pytest.mark.django_db
def test_a_library_that_logs_a_path_logs_the_route(log: Log) -> None:
    assert Client(enforce_csrf_checks=True).post("/accounts/password/reset/key/ab-private-ł/").status_code == 403
    assert [line["event"].partition(": ")[2] for line in log.lines() if line["event"] != "request"] == [log.lines()[-1]["route"]]
    assert "private" not in log.text()


@pytest.mark.django_db
def test_what_fails_is_told_with_its_place_and_without_values(client: Client, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    make_agenda()  # without one the first page asks for nothing
    user = make_user(display_name="Zebulon Quix")

    def fail(*_arguments: object) -> None:
        try:
            User.objects.create(email=user.email, display_name=user.display_name)
        except IntegrityError as error:
            message = f"cannot greet {user.email}"
            raise ValueError(message) from error

    monkeypatch.setattr(coverage, "bands", fail)
    client.raise_request_exception = False
    assert client.get("/").status_code == 500
    (line,) = [line for line in log.lines() if line["level"] == "error"]
    assert line["exception"].endswith("ValueError: cannot greet (address)")
    assert "UniqueViolation: duplicate key value violates unique constraint" in line["exception"]
    assert "in fail" in line["exception"]
    assert [word for word in (str(user.email), "Zebulon", "DETAIL") if word in log.text()] == []
