"""Atom feeds, read by a feed reader that is not ours."""

from typing import Any

import feedparser
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.models import Tag
from tests.factories import Cast, make_paper, make_tag
from tests.views.conftest import EARLY, LATE, SECRETS, SmallMap, hide, make_map

FEEDS = ("/feeds/new.atom", "/feeds/problems/1.atom", "/feeds/statements/P1.L1.atom", "/feeds/calls/C1.atom")


@pytest.fixture
def small_map(db: None) -> SmallMap:
    """The map of the pages' tests."""
    del db
    return make_map()


def read(client: Client, address: str) -> Any:
    answer = client.get(address)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    found = feedparser.parse(answer.content)
    assert (found.bozo, found.version) == (False, "atom10")
    return found


def test_new_on_the_map(client: Client, small_map: SmallMap) -> None:
    found = read(client, "/feeds/new.atom")
    assert (found.feed.id, found.feed.title, found.feed.link) == ("tag:localhost,2026:feed/new", "Open Problems: new on the map", "http://localhost/")
    assert [link.href for link in found.feed.links if link.rel == "self"] == ["http://localhost/feeds/new.atom"]
    assert len(found.entries) == Tag.objects.on_map().count() == 9
    latest = found.entries[0]
    tag = Tag.objects.on_map().filter(decided_at=LATE).order_by("-pk")[0]
    assert (latest.id, latest.link) == (f"tag:localhost,2026:tag/{tag.public_id}", f"http://localhost{tag.get_absolute_url()}")
    assert latest.title == "P1 relevant: Paper three"
    assert latest.published == LATE.isoformat()
    own = next(entry for entry in found.entries if entry.id.endswith(small_map.tag.public_id))
    assert (own.title, own.summary) == ("P1.E1 contributes: Paper one", "Abel 2023 contributes P1.E1: Work 1 exists.")
    assert [term.term for term in own.tags] == ["P1.E1", "contributes"]
    assert own.published == EARLY.isoformat()


@pytest.mark.parametrize(
    ("address", "title", "targets"),
    [
        ("/feeds/problems/1.atom", "Open Problems: P1 First problem", ["P1", "P1.E1", "P1.E1", "P1.L1", "P1.L1", "P1.L2", "P1.L2"]),
        ("/feeds/problems/3.atom", "Open Problems: P3 Third problem", []),
        ("/feeds/statements/P1.L2.atom", "Open Problems: P1.L2 Limit 2 holds.", ["P1.L2", "P1.L2"]),
        ("/feeds/statements/P1.L5.atom", "Open Problems: P1.L5 (retired) Limit 5 held.", ["P1.L5"]),
        ("/feeds/calls/C1.atom", "Open Problems: C1 Build test 1.", ["C1"]),
    ],
)
def test_one_subject(client: Client, small_map: SmallMap, address: str, title: str, targets: list[str]) -> None:
    del small_map
    found = read(client, address)
    assert found.feed.title == title
    assert sorted(entry.title.partition(" ")[0] for entry in found.entries) == targets


@pytest.mark.usefixtures("small_map")
def test_what_is_not_there(client: Client) -> None:
    for address in ("problems/99", "problems/99999999999999999999", f"problems/{'9' * 4999}", "statements/P9.L9", "statements/x%00", "calls/C99"):
        assert client.get(f"/feeds/{address}.atom").status_code == 404
    assert client.post("/feeds/new.atom").status_code == 405


@pytest.mark.django_db
def test_without_a_catalogue(client: Client) -> None:
    assert read(client, "/feeds/new.atom").entries == []


@pytest.mark.parametrize("address", [*FEEDS, "/feeds/problems/3.atom"])
def test_who_has_it_is_told_so(client: Client, small_map: SmallMap, address: str) -> None:
    del small_map
    first = client.get(address)
    again = client.get(address)
    assert (again.content, "Last-Modified" in first.headers) == (first.content, False)
    same = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_a_new_tag_changes_it(client: Client, small_map: SmallMap) -> None:
    before = client.get("/feeds/problems/1.atom").headers["ETag"]
    make_tag(small_map.problem.statements.get(code="P1.L3"), small_map.paper)
    after = client.get("/feeds/problems/1.atom", headers={"If-None-Match": before})
    assert (after.status_code, after.headers["ETag"] != before) == (200, True)


def test_nothing_hidden_and_no_name(small_map: SmallMap, cast: Cast) -> None:
    """For curators too: a feed is the same for every reader."""
    visitor, insider = Client(), Client()
    insider.force_login(cast.curator)
    make_tag(small_map.problem.statements.get(code="P1.L3"), small_map.paper, contributor=cast.contributor)
    before = [visitor.get(address).content for address in FEEDS]
    hide(small_map, cast)
    for client in (insider, visitor):
        texts = [client.get(address).content for address in FEEDS]
        assert texts == before
        for text in texts:
            assert [word for word in (*SECRETS, "contributor", "somebody") if word in text.decode().lower()] == []


@pytest.mark.parametrize("address", FEEDS)
def test_queries_do_not_grow(client: Client, small_map: SmallMap, address: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        return len(queries)

    before = count()
    for each in (small_map.problem.statements.get(code="P1.L1"), small_map.problem.statements.get(code="P1.L1").calls.get()):
        for _ in range(3):
            make_tag(each, make_paper(authors=["One", "Two"]))
    assert count() == before <= 4


def test_pages_name_their_feed(client: Client, small_map: SmallMap) -> None:
    assert '<link rel="alternate" type="application/atom+xml" title="New on the map" href="/feeds/new.atom">' in client.get("/").text
    page = client.get(small_map.problem.get_absolute_url()).text
    assert '<link rel="alternate" type="application/atom+xml" title="New on problem 1" href="/feeds/problems/1.atom">' in page
    assert 'href="/feeds/statements/P1.L1.atom"' in page
