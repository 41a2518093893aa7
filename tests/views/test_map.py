"""The gap map: views, filters, frontier."""

from typing import Any

import pytest
from django.test import Client

from tests.views.html import Node, visit

pytestmark = pytest.mark.usefixtures("small_map")


def problems(page: Node) -> list[str]:
    return [row.one("th").text for row in page.all("tr", "map-row")]


def test_by_phase_and_challenge(client: Client) -> None:
    assert problems(visit(client, "/map/")) == ["1 First problem", "2 Second problem", "3 Third problem"]
    assert problems(visit(client, "/map/", phase="upkeep")) == ["3 Third problem"]
    assert problems(visit(client, "/map/", challenge="data")) == ["1 First problem", "2 Second problem"]
    page = visit(client, "/map/", phase="upkeep", challenge="data")
    assert problems(page) == []
    assert "No problem fits these filters." in page.one("main").text


def test_filters_keep_one_another(client: Client) -> None:
    page = visit(client, "/map/", view="table", phase="design", challenge="people", searched="true")
    phase, challenge = page.one("nav", "menu-list", **{"aria-label": "Phase"}), page.one("nav", "menu-list", **{"aria-label": "Challenge"})
    assert [option["href"] for option in phase.all("a")] == [
        "/map/?view=table&challenge=people&searched=true",
        "/map/?view=table&phase=design&challenge=people&searched=true",
        "/map/?view=table&phase=upkeep&challenge=people&searched=true",
    ]
    assert challenge.all("a")[0]["href"] == "/map/?view=table&phase=design&searched=true"
    views = page.one("nav", "segment", **{"aria-label": "View"}).all("a")
    assert [view["href"] for view in views] == [
        "/map/?phase=design&challenge=people&searched=true",
        "/map/?view=table&phase=design&challenge=people&searched=true",
    ]
    frontier = page.one("section", id="frontier").one("nav").all("a")
    assert frontier[0]["href"] == "/map/?view=table&phase=design&challenge=people#frontier"


def test_cell_says_what_bears_on_it(client: Client) -> None:
    cell = visit(client, "/map/").one("a", "cell", href="/problems/1-first/#P1.L2")
    assert cell.classes >= {"state-narrowed"}
    assert cell.text == "P1.L2: narrowed, 1 paper"
    searched = visit(client, "/map/").one("a", "cell", href="/problems/1-first/#P1.L3")
    assert "searched" in searched.classes


def test_frontier_by_search(client: Client) -> None:
    def codes(**query: Any) -> list[str]:
        return [item.one("span", "code").text for item in visit(client, "/map/", **query).one("ul", "frontier").all("li")]

    assert codes() == ["P1.L3", "P1.L4"]
    assert codes(searched="true") == ["P1.L3"]
    assert codes(searched="false") == ["P1.L4"]
    assert "No paper near it" in visit(client, "/map/").one("ul", "frontier").text  # no paper there shares a word; test_coverage has one that does


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ({"view": "cube"}, "View"),
        ({"phase": "nonsense"}, "Phase"),
        ({"challenge": "\ud800".encode("utf-16", "surrogatepass").hex()}, "Challenge"),
        ({"searched": "1"}, "Searched"),
    ],
)
def test_unknown_value_is_named(client: Client, query: dict[str, str], label: str) -> None:
    page = visit(client, "/map/", status=400, **query)
    assert page.one("div", "error-summary").one("li").text.startswith(f"{label}: “{next(iter(query.values()))}” is not known. Choose one of: ")
    assert page.all("", id=page.one("div", "error-summary").one("li").one("a")["href"].removeprefix("#"))
