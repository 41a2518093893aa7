"""A served map, and visitors of it: what browser tests and pictures share."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.db import connection
from playwright.sync_api import Browser, ConsoleMessage, Page, Request

from problems.models import Paper, Tag
from tests.factories import PASSWORD, Cast
from tests.promises.figures import FULL
from tracker import environment, server

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "var" / "vendor" / "axe.min.js"  # installed by `make vendor`
WIDE, NARROW = 1280, 390
LOOKS = [(WIDE, "light"), (NARROW, "dark"), *([(WIDE, "dark"), (NARROW, "light")] if FULL else [])]
"""Widths and colours in which each page is held against the barriers: each of both in every run of the tests, all four in `make promises`."""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def load_map() -> None:
    """Load the shipped catalogue and literature, saying nothing."""
    call_command("load_catalogue", str(ROOT / "fixtures" / "catalogue.yaml"), stdout=StringIO(), stderr=StringIO())
    call_command("load_literature", str(ROOT / "fixtures" / "literature.jsonl"), stdout=StringIO(), stderr=StringIO())
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as autovacuum does within a minute


def with_log_in(cast: Cast) -> None:
    """Confirm the addresses of the cast, so that they can log in."""
    for user in cast.everybody().values():
        if user.is_authenticated:
            EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)


@contextmanager
def serving() -> Iterator[str]:
    """Serve the site by the real server in a thread; its address."""
    listening = server.listen("127.0.0.1", 0)
    serving_now = server.make(listening, get_wsgi_application(), environment.read())
    thread = threading.Thread(target=serving_now.run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        serving_now.end()
        thread.join(timeout=10)
        _wait_for_the_last_answers()


def _wait_for_the_last_answers() -> None:
    """A window that was closed leaves requests behind, whose connections would be in the way of dropping the database."""
    busy = "SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'"
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute(busy)
            if not cursor.fetchall():
                return
        time.sleep(0.1)


def tagged_paper() -> Paper:
    """The paper with most tags: its page shows all there is to show."""
    papers = Tag.objects.on_map().values_list("paper", flat=True)
    most = max(set(papers), key=list(papers).count)
    paper: Paper = Paper.objects.get(pk=most)
    return paper


def addresses() -> dict[str, str]:
    """Every kind of page by a short name, errors included."""
    return {
        "home": "/",
        "home-filtered": "/?challenge=data&sort=untouched",
        "problem": "/problems/5-watermark-robustness/",
        "map": "/map/",
        "map-table": "/map/?view=table",
        "papers": "/papers/",
        "papers-search": "/papers/?q=diffusion+erasure&problem=12",
        "papers-none": "/papers/?q=watermrak&relation=addresses",
        "papers-error": "/papers/?year__gte=20245&q=water",
        "paper": tagged_paper().get_absolute_url(),
        "calls": "/calls/",
        "codebook": "/codebook/",
        "about": "/about/",
        "components": "/components/",
        "api-docs": "/api/docs/",
        "log-in": "/accounts/login/",
        "reset": "/accounts/password/reset/",
        "not-found": "/nothing/",
    }


CURATORS = {
    "queue": "/review/",
    "notifications": "/my/notifications/",
    "paces": "/account/notifications/",
    "following": "/my/following/",
    "my-flags": "/my/flags/",
    "assignments": "/review/assignments/",
    "bulk": "/review/bulk/",
    "conflicts": "/review/conflicts/",
    "agreement": "/review/agreement/",
    "catalogue": "/catalogue/",
    "care": "/account/care/",
    "changes": "/changes/",
    "duplicates": "/review/probable-duplicates/",
    "trash": "/review/trash/",
    "flags": "/review/flags/",
    "reads": "/review/reads/",
    "still-true": "/review/still-true/",
}
"""Pages that a curator has, by a short name."""


@dataclass
class Visitor:
    """A browser window, and what went wrong in it."""

    page: Page
    site: str
    wrong: list[str] = field(default_factory=list)
    expected: int = 200

    @classmethod
    @contextmanager
    def arrives(cls, browser: Browser, site: str, **options: Any) -> Iterator[Self]:
        """Open a window; `options` are those of a browser context."""
        given = {"viewport": {"width": WIDE, "height": 900}, "color_scheme": "light", "base_url": site, "reduced_motion": "reduce"}
        context = browser.new_context(**given | options)
        try:
            visitor = cls(context.new_page(), site)
            visitor.page.on("console", visitor._console)
            visitor.page.on("pageerror", lambda error: visitor.wrong.append(f"script: {error}"))
            visitor.page.on("request", visitor._request)
            yield visitor
        finally:
            context.close()

    def goes(self, address: str, status: int = 200) -> None:
        """Open a page and wait until its letters are there."""
        self.expected = status
        answer = self.page.goto(address)
        assert answer is not None
        assert (address, answer.status) == (address, status)
        self.page.evaluate("document.fonts.ready")

    def logs_in(self, who: str = "curator") -> None:
        """As one of the cast."""
        self.goes("/accounts/login/")
        self.page.locator("main input[name=login]").fill(f"{who}@example.org")
        self.page.locator("main input[name=password]").fill(PASSWORD)
        self.page.locator("main").get_by_role("button", name="Log in").click()
        self.page.wait_for_url("**/")

    def saw_nothing_wrong(self) -> None:
        """No script failed, nothing was written to the console, nobody else was asked for anything."""
        assert self.wrong == []

    def finds_no_barrier(self, where: str) -> None:
        """No violation of WCAG 2.2 AA as far as axe-core sees, and nothing to scroll sideways."""
        self.page.wait_for_load_state()  # an address may have changed before its page is whole
        self.page.evaluate(AXE.read_text())
        found = self.page.evaluate(f"axe.run({{runOnly: {json.dumps(RULES)}, resultTypes: ['violations']}})")
        violations = [f"{each['id']}: {node['target']} {node['failureSummary']}" for each in found["violations"] for node in each["nodes"]]
        assert not violations, (where, violations[:5])
        over = self.page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
        assert over == 0, (where, over)

    def _console(self, message: ConsoleMessage) -> None:
        asked_for = f"status of {self.expected}" in message.text and self.expected >= 400
        if message.type in {"error", "warning"} and not asked_for:
            self.wrong.append(f"{message.type}: {message.text}")

    def _request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.site).netloc:
            self.wrong.append(f"request to {request.url}")
