"""Looking papers up: who is asked, what is kept and for how long, and what is told where nobody answers."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TestCase
from django.utils import timezone
from pytest_django.fixtures import Settings
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from problems.choices import LookupState
from problems.errors import Refused, TooMany, Unparsable
from problems.models import Lookup
from problems.services import lookups
from problems.services.lookups import Looked, look_up
from problems.sources import _client
from tests.factories import Cast

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "sources"
DOI, ADDRESS = "10.1145/3442188.3445922", "https://doi.org/10.1145/3442188.3445922"
TITLE = "On the Dangers of Stochastic Parrots"
type Ask = Callable[..., Looked]


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """No count and no turn of an earlier test."""
    cache.clear()
    monkeypatch.setattr(_client, "_TURNS", {})


@pytest.fixture
def service(httpserver: HTTPServer, settings: Settings) -> HTTPServer:
    """All services, at one address of this machine; they know one paper, by its DOI and by its title."""
    settings.SOURCES = dict.fromkeys(settings.SOURCES, httpserver.url_for("").rstrip("/"))
    settings.SOURCES_ON_LOOPBACK, settings.SOURCE_TIMEOUT = True, 5
    httpserver.expect_request(f"/works/{DOI}").respond_with_data((SAMPLES / "crossref-proceedings.json").read_bytes())
    httpserver.expect_request("/works").respond_with_data((SAMPLES / "openalex-search.json").read_bytes())
    httpserver.expect_request("/works/10.5555/nowhere").respond_with_data("", status=404)
    httpserver.expect_request("/works/doi:10.5555/nowhere").respond_with_data("", status=404)
    httpserver.expect_request("/dois/10.5555/nowhere").respond_with_data("", status=404)
    return httpserver


@pytest.fixture
def asked(cast: Cast, service: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Look up, the services asked before this answers: what threads do, one after the other."""
    del service
    monkeypatch.setattr(lookups._WORKERS, "put", lookups.ask_sources)

    def ask(what: str) -> Looked:
        with TestCase.captureOnCommitCallbacks(execute=True):
            look_up(what=what, by=cast.reader)
        return look_up(what=what, by=cast.reader)

    return ask


def paths(service: HTTPServer) -> list[str]:
    return [request.path for request, _ in service.log]


def moved(by: timedelta) -> None:
    """As if everything had been asked and answered so much earlier."""
    for row in Lookup.objects.all():
        row.asked_at -= by
        row.answered_at = row.answered_at and row.answered_at - by
        row.save()


def test_a_doi_is_found(asked: Ask, service: HTTPServer) -> None:
    looked = asked(ADDRESS)
    assert (looked.state, looked.source, looked.told, looked.notes) == (LookupState.FOUND, "Crossref", "", ())
    assert (looked.recognised.source, looked.recognised.told) == ("Identifier", f"DOI {DOI}")
    assert looked.record["title"] == "On the Dangers of Stochastic Parrots: Can Language Models Be Too Big? \U0001f99c"
    assert looked.record["authors"][0] == {"family": "Bender", "given": "Emily M."}
    assert looked.record["identifiers"] == {"doi": [DOI]}
    assert paths(service) == [f"/works/{DOI}"]


@pytest.mark.parametrize("again", [DOI, f"doi:{DOI}", "https://dl.acm.org/doi/pdf/10.1145/3442188.3445922"])
def test_an_answer_is_kept_for_every_spelling(asked: Ask, service: HTTPServer, again: str) -> None:
    asked(ADDRESS)
    moved(timedelta(days=29))
    assert asked(again).source == "Crossref"
    assert len(service.log) == 1


def test_an_answer_is_not_kept_for_ever(asked: Ask, service: HTTPServer) -> None:
    asked(ADDRESS)
    moved(timedelta(days=31))
    assert asked(DOI).source == "Crossref"
    assert len(service.log) == 2


def test_an_address_stays_beside_what_is_found(asked: Ask) -> None:
    asked(DOI)
    page = "https://dl.acm.org/doi/10.1145/3442188.3445922"
    row = Lookup.objects.get()
    row.record = {**(row.record or {}), "address": ""}
    row.save()
    assert asked(page).record["address"] == page


@pytest.mark.parametrize("title", [TITLE, "on the dangers of  STOCHASTIC parrots"])
def test_a_title_is_found(asked: Ask, service: HTTPServer, title: str) -> None:
    looked = asked(title)
    assert (looked.state, looked.source, looked.record["identifiers"]["doi"]) == (LookupState.FOUND, "OpenAlex", [DOI])
    assert [row.key for row in Lookup.objects.all()] == ["title:onthedangersofstochasticparrots"]
    assert paths(service) == ["/works"]


def test_nothing_is_told_after_everybody_was_asked(asked: Ask, service: HTTPServer) -> None:
    looked = asked("10.5555/nowhere")
    assert (looked.state, looked.source, looked.record) == (LookupState.NOTHING, "", {"identifiers": {"doi": ["10.5555/nowhere"]}})
    assert looked.told == "Crossref, DataCite and OpenAlex know nothing of it. Fill in the form by hand."
    assert paths(service) == ["/works/10.5555/nowhere", "/dois/10.5555/nowhere", "/works/doi:10.5555/nowhere"]
    moved(timedelta(hours=23))
    asked("10.5555/nowhere")
    assert len(service.log) == 3
    moved(timedelta(hours=2))
    asked("10.5555/nowhere")
    assert len(service.log) == 6


def test_a_failure_is_told_and_soon_forgotten(asked: Ask, service: HTTPServer) -> None:
    service.expect_request("/works/10.5555/broken").respond_with_data("<html>Down for repair</html>")
    service.expect_request("/dois/10.5555/broken").respond_with_data("", status=404)
    service.expect_request("/works/doi:10.5555/broken").respond_with_data("{}", status=400)
    looked = asked("10.5555/broken")
    assert (looked.state, looked.record) == (LookupState.FAILED, {"identifiers": {"doi": ["10.5555/broken"]}})
    assert looked.told == (
        "Crossref answered with something that cannot be read. OpenAlex refuses the question (status 400). DataCite knows nothing of it. "
        "Fill in the form by hand."
    )
    asked("10.5555/broken")
    assert len(service.log) == 3
    moved(timedelta(seconds=61))
    asked("10.5555/broken")
    assert len(service.log) == 6


def test_the_next_one_is_asked_where_one_fails(asked: Ask, service: HTTPServer) -> None:
    service.clear()
    service.expect_request(f"/works/{DOI}").respond_with_data("nonsense")
    service.expect_request(f"/dois/{DOI}").respond_with_data("", status=404)
    service.expect_request(f"/works/doi:{DOI}").respond_with_data((SAMPLES / "openalex-work.json").read_bytes())
    assert asked(DOI).source == "OpenAlex"


def test_a_source_that_is_off_is_not_asked(asked: Ask, service: HTTPServer, settings: Settings) -> None:
    settings.SOURCES = settings.SOURCES | {"crossref": "", "datacite": ""}
    assert asked("10.5555/nowhere").told == "OpenAlex knows nothing of it. Fill in the form by hand."
    assert len(service.log) == 1


@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("https://openreview.net/forum?id=abcdef1234", "No service is asked for OpenReview identifiers. Look for the title instead"),
        ("https://news.example.org/a-page", "This address names no identifier that is known, and is not opened."),
        ("Short", "The title is too short to look for."),
    ],
)
def test_what_nobody_is_asked_for_is_told(asked: Ask, service: HTTPServer, what: str, told: str) -> None:
    looked = asked(what)
    assert looked.state == LookupState.NOTHING
    assert looked.told.startswith(told)
    assert looked.told.endswith("fill in the form by hand.")
    assert looked.record
    assert (service.log, Lookup.objects.count()) == ([], 0)


def test_with_all_of_them_off_it_is_told_at_once(cast: Cast) -> None:
    looked = look_up(what=DOI, by=cast.reader)
    assert (looked.state, looked.told) == (LookupState.NOTHING, "No metadata service is asked here. Fill in the form by hand.")
    assert looked.record == {"identifiers": {"doi": [DOI]}}


def test_an_entry_is_its_own_answer(asked: Ask, service: HTTPServer) -> None:
    looked = asked("@article{a, title={A watermark}, author={Berg, Ada}, year={2024}, doi={10.5555/1}}")
    assert (looked.state, looked.source, looked.record["title"]) == (LookupState.FOUND, "BibTeX entry", "A watermark")
    assert (service.log, Lookup.objects.count()) == ([], 0)


def test_what_cannot_be_read_is_refused(cast: Cast) -> None:
    with pytest.raises(Unparsable):
        look_up(what=" ", by=cast.reader)


def test_a_closed_account_looks_nothing_up(cast: Cast) -> None:
    cast.reader.is_active = False
    with pytest.raises(Refused):
        look_up(what=DOI, by=cast.reader)


# -- pending --


def test_it_is_pending_until_somebody_answers(cast: Cast, service: HTTPServer) -> None:
    del service
    looked = look_up(what=DOI, by=cast.reader)
    assert (looked.state, looked.source, looked.record) == (LookupState.PENDING, "", {"identifiers": {"doi": [DOI]}})


@pytest.mark.parametrize(("seconds", "requests"), [(10, 0), (16, 1)])
def test_what_a_dead_process_left_is_asked_anew(asked: Ask, service: HTTPServer, seconds: int, requests: int) -> None:
    Lookup.objects.create(key=f"doi:{DOI}", asked_at=timezone.now() - timedelta(seconds=seconds))
    assert asked(DOI).state == (LookupState.FOUND if requests else LookupState.PENDING)
    assert len(service.log) == requests


@pytest.mark.parametrize("record", [{"title": 5}, {"strange": ""}, [], {"title": "A\x1fB"}, {"type": "nonsense"}])
def test_a_kept_record_is_checked_again(asked: Ask, service: HTTPServer, record: Any) -> None:
    now = timezone.now()
    Lookup.objects.create(key=f"doi:{DOI}", state=LookupState.FOUND, source="crossref", record=record, asked_at=now, answered_at=now)
    assert asked(DOI).record["title"].startswith(TITLE)
    assert len(service.log) == 1


def test_an_accident_is_told_too(asked: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lookups._WORKERS, "put", lambda key, _wanted: lookups._break_off(key, "The look-up broke off."))
    looked = asked(DOI)
    assert (looked.state, looked.told) == (LookupState.FAILED, "The look-up broke off.")


# -- the rate --


def test_look_ups_are_counted_but_not_those_that_ask_nobody(asked: Ask, cast: Cast, settings: Settings) -> None:
    settings.LOOKUP_RATE = 2
    for _ in range(3):
        asked(DOI)
    asked("10.5555/nowhere")
    with pytest.raises(TooMany) as refusal:
        asked("10.5555/third")
    assert refusal.value.title == "2 look-ups a minute are the most."
    assert 0 < refusal.value.retry_after <= 60
    assert asked(DOI).state == LookupState.FOUND
    assert look_up(what="10.5555/third", by=cast.contributor).state == LookupState.PENDING


def test_to_ask_again_for_what_still_waits_for_a_thread_costs_nothing(cast: Cast, service: HTTPServer, settings: Settings) -> None:
    settings.LOOKUP_RATE = 1
    lookups._WORKERS._done[f"doi:{DOI}"] = threading.Event()
    try:
        for _ in range(3):
            Lookup.objects.update_or_create(key=f"doi:{DOI}", defaults={"asked_at": timezone.now() - timedelta(seconds=20)})
            assert look_up(what=DOI, by=cast.reader).state == LookupState.PENDING
            assert timezone.now() - Lookup.objects.get().asked_at < timedelta(seconds=10)
    finally:
        del lookups._WORKERS._done[f"doi:{DOI}"]
    assert look_up(what="10.5555/nowhere", by=cast.reader).state == LookupState.PENDING
    assert service.log == []


def test_nothing_is_kept_of_who_asked(asked: Ask, cast: Cast) -> None:
    asked(DOI)
    [row] = Lookup.objects.values()
    assert set(row) == {"id", "key", "state", "source", "record", "told", "asked_at", "answered_at"}
    assert str(cast.reader) not in str(row)


# -- in threads --


@pytest.fixture
def ended() -> Iterator[None]:
    """The threads have done all before the tables are emptied."""
    yield
    lookups._WORKERS.finish()


@pytest.mark.usefixtures("transactional_db", "ended")
def test_sixteen_at_once_are_one_request(service: HTTPServer, cast: Cast) -> None:
    answer = (SAMPLES / "crossref-proceedings.json").read_bytes()

    def slow(_request: Request) -> Response:
        time.sleep(0.2)
        return Response(answer)

    service.clear()
    service.expect_request(f"/works/{DOI}").respond_with_handler(slow)
    gate = threading.Barrier(16)

    def one(_number: int) -> Looked:
        gate.wait()
        while True:
            looked = look_up(what=DOI, by=cast.reader, wait=5)
            connection.close()  # as at the end of a request
            if looked.state != LookupState.PENDING:
                return looked
            time.sleep(0.05)

    with ThreadPoolExecutor(16) as pool:
        found = list(pool.map(one, range(16)))
    assert {(looked.state, looked.source) for looked in found} == {(LookupState.FOUND, "Crossref")}
    assert len(service.log) == 1


@pytest.mark.usefixtures("transactional_db", "ended")
def test_a_slow_service_makes_nobody_wait_longer_than_they_want(service: HTTPServer, cast: Cast) -> None:
    answer, go = (SAMPLES / "crossref-proceedings.json").read_bytes(), threading.Event()

    def waiting(_request: Request) -> Response:
        go.wait(5)
        return Response(answer)

    service.clear()
    service.expect_request(f"/works/{DOI}").respond_with_handler(waiting)
    began = time.monotonic()
    assert look_up(what=DOI, by=cast.reader, wait=0.2).state == LookupState.PENDING
    assert 0.2 <= time.monotonic() - began < 1
    go.set()
    assert look_up(what=DOI, by=cast.reader, wait=5).state == LookupState.FOUND
    assert len(service.log) == 1
    Lookup.objects.update(state=LookupState.PENDING, answered_at=None, asked_at=timezone.now())  # of another process
    assert look_up(what=DOI, by=cast.reader, wait=0.2).state == LookupState.PENDING


@pytest.mark.usefixtures("transactional_db", "ended")
def test_where_many_wait_already_nobody_else_does(service: HTTPServer, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else a slow service would take every thread that answers requests."""

    def slow(_request: Request) -> Response:
        time.sleep(0.3)
        return Response("{}")

    service.clear()
    service.expect_request(f"/works/{DOI}").respond_with_handler(slow)
    full = threading.BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(lookups, "_WAITING", full)
    began = time.monotonic()
    assert look_up(what=DOI, by=cast.reader, wait=5).state == LookupState.PENDING
    assert time.monotonic() - began < 0.3


@pytest.mark.usefixtures("transactional_db", "ended")
def test_a_thread_survives_what_nobody_expected(service: HTTPServer, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    del service

    def broken(*_arguments: object) -> None:
        raise RuntimeError("Nobody expected this")

    with monkeypatch.context() as patch:
        patch.setattr(lookups, "ask", broken)
        looked = look_up(what=DOI, by=cast.reader, wait=5)
        assert (looked.state, looked.told) == (LookupState.FAILED, "The look-up broke off. Fill in the form by hand.")
    assert look_up(what=TITLE, by=cast.reader, wait=5).state == LookupState.FOUND
