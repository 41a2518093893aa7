"""An installation without a catalogue, and one with another agenda: nothing of the catalogue stands in code."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client

from problems.models import Problem
from tests.views.html import visit

TINY = Path(__file__).resolve().parents[1] / "samples" / "tiny-agenda.yaml"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/", "/map/", "/calls/", "/about/", "/components/"])
def test_without_a_catalogue_a_page_says_how_to_load_one(client: Client, address: str) -> None:
    page = visit(client, address)
    assert page.one("h1").text == "No catalogue is loaded yet"
    assert page.one("main").one("code").text == "python manage.py load_catalogue fixtures/catalogue.yaml"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/papers/", "/codebook/", "/accounts/login/", "/theme.css", "/sitemap.xml", "/robots.txt"])
def test_without_a_catalogue_other_pages_open(client: Client, address: str) -> None:
    assert client.get(address).status_code == 200


@pytest.mark.django_db
def test_another_agenda_is_another_file(client: Client) -> None:
    call_command("load_catalogue", str(TINY), stdout=StringIO())
    page = visit(client, "/")
    assert page.one("h1").text == "Two open problems of bell ringing"
    assert [row.one("h4").text for row in page.all("li", "problem-row")] == ["1 Cracks", "2 Methods"]
    assert "0 of 3 limitations have a paper on record" in page.one("figure", "figure").text
    addresses = ["/map/", "/map/?view=table", "/papers/", "/calls/", "/about/", "/codebook/", "/components/"]
    for address in [*addresses, *(problem.get_absolute_url() for problem in Problem.objects.all())]:
        assert visit(client, address).one("main").all("h1")
    assert client.get("/theme.css").text.count("\n") == 3
