"""The journey that a lab takes every week: log a paper by its DOI and tag two limitations, its interactions counted; and what may go wrong on it."""

import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Browser, Page, Route, expect
from pytest_django import Settings
from pytest_django.plugin import DjangoDbBlocker
from pytest_httpserver import HTTPServer

from problems.choices import LookupState, SubmissionState
from problems.models import Lookup, Submission
from tests.browser.served import Visitor
from tests.browser.test_logging import RATIONALE, choose, enters, tab_to

pytestmark = [pytest.mark.browser, pytest.mark.django_db]
expect.set_options(timeout=20_000)  # on a busy machine
MOST = 12
TITLE = "Removing a watermark from an image by modifying a part of it"
OTHER = "Provenance of pictures that were cropped: a measurement"


@dataclass
class Hands:
    """What somebody does on a page, counted: a text typed, a key that does something, a click. Moving on by Tab is counted apart."""

    page: Page
    count: int = 0
    moves: int = 0

    def types(self, text: str) -> None:
        """A text into the field that has the focus."""
        self.count += 1
        self.page.keyboard.type(text)

    def presses(self, key: str) -> None:
        """A key that does something."""
        self.count += 1
        self.page.keyboard.press(key)

    def clicks(self, where: str) -> None:
        """A click."""
        self.count += 1
        self.page.locator(where).click()

    def chooses(self, where: str, value: str) -> None:
        """A word of a list: one click opens it, another chooses."""
        self.count += 2
        self.page.locator(where).select_option(value)

    def tabs_to(self, where: str) -> None:
        """Moves on by Tab, as often as it takes."""
        self.moves += 1
        tab_to(self.page, where)


@pytest.fixture(scope="module")
def learned(map_site: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The model of suggestions, learned from the shipped map."""
    del map_site
    with django_db_blocker.unblock():
        call_command("learn_suggestions", stdout=StringIO())
        yield


def crossref(server: HTTPServer, settings: Settings, doi: str, title: str) -> None:
    """Crossref, played on loopback, knows this DOI."""
    settings.SOURCES = {**settings.SOURCES, "crossref": server.url_for("").rstrip("/")}
    settings.SOURCES_ON_LOOPBACK = True
    message = {
        "DOI": doi,
        "type": "proceedings-article",
        "title": [title],
        "author": [{"given": "Ada", "family": "Kim", "sequence": "first"}],
        "issued": {"date-parts": [[2025, 6, 1]]},
        "container-title": ["Proceedings of Marks"],
    }
    server.expect_request(f"/works/{doi}").respond_with_json({"status": "ok", "message-type": "work", "message": message})


def committed[Row](write: Callable[[], Row]) -> Row:
    """Write as another process would: at once, and for the served site to see."""

    def there() -> Row:
        try:
            return write()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(there).result()


def check(title: str, relation: str) -> None:
    """It is handed in whole, as the service told it, with two tags to limitations."""
    submission = Submission.objects.filter(content__record__title=title).latest("pk")
    assert submission.state == SubmissionState.SUBMITTED
    assert (submission.content["record"]["venue"], submission.content["record"]["date"]) == ("Proceedings of Marks", "2025-06-01")
    tags = list(submission.tags.values_list("statement__section", "relation", "basis"))
    assert tags == [("limitation", relation, "general_proxy")] * 2


@pytest.mark.usefixtures("learned")
def test_a_doi_and_two_limitations_by_mouse(browser: Browser, map_site: str, httpserver: HTTPServer, settings: Settings) -> None:
    crossref(httpserver, settings, "10.1145/1000001", TITLE)
    with Visitor.arrives(browser, map_site) as visitor:
        enters(visitor)
        visitor.goes("/log/")
        page, hands = visitor.page, Hands(visitor.page)
        hands.types("https://doi.org/10.1145/1000001")
        hands.clicks("button[value=look]")
        expect(page.locator(".known-title")).to_have_text(TITLE)
        limitations = page.locator(".suggestion", has=page.locator(".code", has_text=re.compile(r"\.L\d")))
        first, second = (limitations.nth(place).locator(".code").inner_text() for place in (0, 1))
        for number, code in enumerate((first, second)):
            hands.clicks(f".suggestion[value='add:{code}']")
            hands.clicks(f"#id_tag-{number}-relation_2")
            page.locator(f"#id_tag-{number}-rationale").fill(RATIONALE)
            if not number:  # the second begins as the first
                hands.chooses("#id_tag-0-basis", "general_proxy")
        hands.clicks("[data-submit]")
        expect(page).to_have_url(re.compile(r"/my/submissions/[a-z0-9]{10}/$"))
        visitor.saw_nothing_wrong()
    print(f"\nA DOI and two limitations by mouse: {hands.count} interactions, two rationales apart")  # noqa: T201
    check(TITLE, "confirms")
    assert hands.count <= MOST


def test_a_doi_and_two_limitations_by_keyboard(browser: Browser, map_site: str, httpserver: HTTPServer, settings: Settings) -> None:
    crossref(httpserver, settings, "10.1145/1000002", OTHER)
    with Visitor.arrives(browser, map_site) as visitor:
        enters(visitor)
        visitor.goes("/log/")
        page, hands = visitor.page, Hands(visitor.page)
        expect(page.locator("#id_what")).to_be_focused()
        hands.types("10.1145/1000002")
        hands.presses("Enter")
        expect(page.locator("#id_find")).to_be_focused()
        for number, code in enumerate(("P5.L2", "P5.L4")):
            hands.types(code)
            expect(page.locator("[role=option]").first).to_contain_text(code)
            hands.presses("Enter")
            expect(page.locator(f"#id_tag-{number}-relation_0")).to_be_focused()
            hands.presses("3")
            hands.tabs_to(f"#id_tag-{number}-rationale")
            page.keyboard.type(RATIONALE)
            if not number:
                hands.tabs_to("#id_tag-0-basis")
                hands.count += choose(page, "general_proxy")
                hands.tabs_to("#tag-0 summary")
                hands.presses("t")
                expect(page.locator("#id_find")).to_be_focused()
        hands.presses("Control+Enter")
        expect(page).to_have_url(re.compile(r"/my/submissions/[a-z0-9]{10}/$"))
        visitor.saw_nothing_wrong()
    print(f"\nA DOI and two limitations by keyboard: {hands.count} interactions, {hands.moves} moves by Tab and two rationales apart")  # noqa: T201
    check(OTHER, "confirms")
    assert hands.count <= MOST


def test_a_slow_service_holds_nobody_up_and_fills_the_form_when_it_answers(
    browser: Browser, map_site: str, httpserver: HTTPServer, settings: Settings
) -> None:
    settings.SOURCES = {**settings.SOURCES, "crossref": httpserver.url_for("").rstrip("/")}
    settings.SOURCES_ON_LOOPBACK = True
    with Visitor.arrives(browser, map_site) as visitor:
        enters(visitor)
        pending = {"key": "doi:10.1145/1000003", "state": LookupState.PENDING, "asked_at": timezone.now()}  # another process asks
        row = committed(lambda: Lookup.objects.create(**pending))
        visitor.goes("/log/?doi=10.1145/1000003")
        page = visitor.page
        expect(page.locator(".looking")).to_contain_text("Still looking it up.")
        page.locator("#id_venue").fill("Written meanwhile")
        record = {"title": "A slow answer", "authors": [{"family": "Kim"}], "venue": "Of the service", "identifiers": {"doi": ["10.1145/1000003"]}}
        found = {"state": LookupState.FOUND, "source": "crossref", "record": record, "answered_at": timezone.now()}
        committed(lambda: Lookup.objects.filter(pk=row.pk).update(**found))
        expect(page.locator("#id_title")).to_have_value("A slow answer")
        expect(page.locator("#id_venue")).to_have_value("Written meanwhile")
        expect(page.locator(".recognised")).to_contain_text("Record found at Crossref.")
        visitor.saw_nothing_wrong()


def test_no_typed_word_is_lost_with_the_connection_or_the_session(browser: Browser, map_site: str) -> None:
    with Visitor.arrives(browser, map_site) as visitor:
        enters(visitor)
        visitor.goes("/log/?new=1")
        page = visitor.page
        state = page.locator("[data-save-state]")

        def lost(route: Route) -> None:
            route.abort("connectionfailed")

        page.route("**/log/", lost)
        page.locator("#id_title").fill("Typed without a connection")
        expect(state).to_contain_text("Not saved: no connection.")
        page.unroute("**/log/", lost)
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(state).to_contain_text("Draft saved")
        draft = page.url
        page.context.clear_cookies()
        page.locator("#id_venue").fill("Typed after the session")
        expect(state).to_contain_text("Not saved: you were signed out.")
        with page.context.expect_page() as opened:
            page.evaluate("open('/accounts/login/')")
        other = opened.value
        other.locator("main input[name=login]").fill("contributor@example.org")
        other.locator("main input[name=password]").fill("correct horse battery staple")
        other.locator("main").get_by_role("button", name="Log in").click()
        other.wait_for_url("**/")
        page.evaluate("dispatchEvent(new Event('online'))")
        expect(state).to_contain_text("Draft saved")
        page.close()
        other.goto(draft)
        expect(other.locator("#id_title")).to_have_value("Typed without a connection")
        expect(other.locator("#id_venue")).to_have_value("Typed after the session")


def test_a_closed_tab_loses_nothing(browser: Browser, map_site: str) -> None:
    with Visitor.arrives(browser, map_site) as visitor:
        enters(visitor)
        visitor.goes("/log/?new=1")
        visitor.page.locator("#id_title").fill("Typed and closed at once")
        other = visitor.page.context.new_page()
        visitor.page.evaluate("dispatchEvent(new Event('pagehide'))")
        visitor.page.close(run_before_unload=False)
        for _ in range(20):
            other.goto("/log/")
            if other.get_by_role("link", name="Typed and closed at once").count():
                break
            other.wait_for_timeout(250)
        expect(other.get_by_role("link", name="Typed and closed at once")).to_be_visible()
