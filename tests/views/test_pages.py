"""Pages about the map, files for machines, and what holds for all pages that can only be read."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine
from django.conf import LazySettings
from django.contrib.staticfiles import finders
from django.test import Client

from problems.choices import Advisory, Basis, Material, Modality, Reason, Relation, State, Topic
from problems.models import ChallengeType, Phase
from tests.factories import Cast
from tests.views.conftest import SmallMap, hide
from tests.views.html import visit

READ_ONLY = ("/", "/problems/", "/problems/1-first/", "/map/", "/papers/", "/calls/", "/codebook/", "/about/", "/components/", "/theme.css",
             "/robots.txt", "/.well-known/security.txt", "/sitemap.xml", "/sitemap-pages.xml")  # fmt: skip


@pytest.mark.usefixtures("small_map")
@pytest.mark.parametrize("address", READ_ONLY)
def test_other_methods_are_refused(address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
        answer = client.generic(method, address, b"{}", headers={"X-HTTP-Method-Override": "GET"})
        assert (method, answer.status_code, answer["Allow"]) == (method, 405, "GET, HEAD")
    head = client.head(address)
    assert (head.status_code, head.content) == (client.get(address).status_code, b"")


@pytest.mark.usefixtures("small_map")
def test_calls(client: Client) -> None:
    page = visit(client, "/calls/")
    assert page.one("div", "totals").one("p").text == "1 of 2 calls has at least one response; 1 paper responds."
    rows = page.all("li", "call-row")
    assert [(row["id"], row.one("div", "dots").text.partition(" Export")[0]) for row in rows] == [("C1", "1 paper"), ("C2", "No response")]
    assert [link.text for link in rows[0].one("ul", "call-problems").all("a")] == ["First problem", "Second problem"]
    assert rows[0].one("p", "small").text.startswith("Latest: Paper one, Abel 2023, accepted ")
    assert [len(row.all("span", "dot")) for row in rows] == [1, 1]


@pytest.mark.django_db
def test_codebook_holds_every_word_once(client: Client) -> None:
    entries = [entry["id"] for entry in visit(client, "/codebook/").all("article", "codebook-entry")]
    named = {"state": State, "material": Material, "modality": Modality, "advisory": Advisory, "topic": Topic, "reason": Reason}
    assert sorted(entries) == sorted([*Relation.values, *Basis.values, *(f"{name}-{value}" for name, each in named.items() for value in each.values)])


@pytest.mark.usefixtures("small_map")
def test_about_says_whom_to_tell(client: Client, settings: LazySettings) -> None:
    settings.CONTACT = "curators@example.org"
    page = visit(client, "/about/")
    assert [heading["id"] for heading in page.one("div", "prose").all("h2")] == ["what", "words", "states", "misread", "report", "licence"]
    assert [link.text for link in page.all("a", href="mailto:curators@example.org")] == ["curators@example.org"]
    settings.CONTACT = ""
    assert visit(client, "/about/").all("a", href="mailto:") == []


def test_components_are_shown_with_real_rows(client: Client, small_map: SmallMap) -> None:
    page = visit(client, "/components/")
    assert [article["id"] for article in page.all("article", "statement")] == ["P1.L1", "P1.L3"]
    assert page.one("li", "paper-row").one("h3").text == "Paper one"
    assert [error.text for error in page.all("p", "field-error")] == ["20245 is not a year. Write four digits, for example 2024."]
    assert small_map.paper.title


def test_theme_holds_the_colours_of_the_database(client: Client, small_map: SmallMap) -> None:
    answer = client.get("/theme.css")
    assert answer["Content-Type"] == "text/css; charset=utf-8"
    assert answer.text == (
        ".phase-design{--hue:light-dark(#3D4E9E,#A3B1F2);--hue-soft:light-dark(#ECEEF8,#222A47)}\n"
        ".phase-upkeep{--hue:light-dark(#3D4E9E,#A3B1F2);--hue-soft:light-dark(#ECEEF8,#222A47)}\n"
        ".challenge-data{--hue:light-dark(#3D4E9E,#A3B1F2)}\n"
        ".challenge-people{--hue:light-dark(#3D4E9E,#A3B1F2)}\n"
    )
    again = client.get("/theme.css", headers={"If-None-Match": answer["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Phase.objects.filter(pk=small_map.problem.phase.pk).update(colour="red;}x{")
    ChallengeType.objects.filter(slug="data").update(slug="a{}b")
    changed = client.get("/theme.css", headers={"If-None-Match": answer["ETag"]})
    assert [line.partition("{")[0] for line in changed.text.splitlines()] == [".phase-upkeep", ".challenge-people"]


def test_robots_are_kept_out_of_what_is_not_a_page(client: Client, db: None) -> None:
    del db
    answer = client.get("/robots.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.splitlines() == [
        "User-agent: *",
        "Disallow: /api/",
        "Disallow: /admin/",
        "Disallow: /accounts/",
        "Disallow: /account/",
        "Disallow: /log/",
        "Disallow: /review/",
        "Disallow: /my/",
        "",
        "Sitemap: http://localhost/sitemap.xml",
    ]


@time_machine.travel(datetime(2026, 11, 25, 8, 30, tzinfo=UTC), tick=False)
def test_security_txt(client: Client, settings: LazySettings) -> None:
    assert client.get("/.well-known/security.txt").text.splitlines() == [
        "Contact: http://localhost/about/#misread",
        "Expires: 2027-05-24T00:00:00Z",
        "Preferred-Languages: en",
        "Canonical: http://localhost/.well-known/security.txt",
    ]
    settings.CONTACT = "curators@example.org"
    assert client.get("/.well-known/security.txt").text.splitlines()[0] == "Contact: mailto:curators@example.org"


def test_sitemap_lists_public_pages(client: Client, small_map: SmallMap, cast: Cast) -> None:
    hide(small_map, cast)
    client.force_login(cast.curator)  # what is listed does not depend on who asks
    sections = re.findall("<loc>http://testserver(.*?)</loc>", client.get("/sitemap.xml").text)
    assert sections == ["/sitemap-pages.xml", "/sitemap-problems.xml", "/sitemap-papers.xml"]
    listed = [address for section in sections for address in re.findall("<loc>http://testserver(.*?)</loc>", client.get(section).text)]
    papers = [address for address in listed if address.startswith("/papers/") and address != "/papers/"]
    assert [address.rsplit("/", 2)[1] for address in papers] == ["paper-one", "paper-two", "paper-three"]
    assert [address for address in listed if address not in papers] == [
        *("/", "/map/", "/papers/", "/calls/", "/codebook/", "/about/"),
        *("/problems/1-first/", "/problems/2-second/", "/problems/3-third/"),
    ]
    for address in listed:
        assert (address, client.get(address).status_code) == (address, 200)


@pytest.mark.django_db
def test_unknown_address(client: Client) -> None:
    page = visit(client, "/nothing/", status=404)
    assert page.one("h1").text == "There is nothing at this address."
    answer = client.get("/api/nothing/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.django_db
def test_form_without_its_token_is_refused() -> None:
    page_of_refusal = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    assert page_of_refusal.status_code == 403
    assert "This form was not sent from a page that is still good." in page_of_refusal.text


@pytest.mark.usefixtures("small_map")
def test_pages_name_the_paper_that_they_follow(client: Client) -> None:
    assert visit(client, "/").one("p", "source").text == "After Lovelace, Open problems of testing, 2026. Institute of Tests."
    for address in ("/map/", "/papers/", "/problems/1-first/", "/calls/", "/codebook/", "/about/", "/accounts/login/"):
        source = visit(client, address).one("p", "foot-source")
        assert (source.text, source.one("a")["href"]) == (
            "After Lovelace, Open problems of testing, 2026. Institute of Tests.",
            "https://example.org/agenda",
        )


@pytest.mark.usefixtures("small_map")
def test_pages_print_with_a_style_sheet_of_their_own(client: Client) -> None:
    links = visit(client, "/problems/1-first/").all("link", rel="stylesheet", media="print")
    assert [re.sub(r"\.[0-9a-f]{12}\.", ".", link["href"]) for link in links] == ["/static/problems/css/print.css"]
    sheet = Path(str(finders.find("problems/css/print.css"))).read_text()
    assert "break-inside: avoid" in sheet


@pytest.mark.usefixtures("small_map")
def test_pages_hold_no_inline_style_script_or_handler(client: Client) -> None:
    for address in (
        "/",
        "/map/",
        "/map/?view=table",
        "/papers/",
        "/problems/1-first/",
        "/calls/",
        "/codebook/",
        "/about/",
        "/components/",
        "/nothing/",
    ):
        text = client.get(address).text
        assert (address, re.findall(r"<style|\sstyle=|\son\w+=|javascript:|<script(?! src=)", text)) == (address, [])
        for link in re.findall(r'<a [^>]*href="https?://(?!testserver)[^>]*>', text):
            assert 'rel="noopener noreferrer"' in link
