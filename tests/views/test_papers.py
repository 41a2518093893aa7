"""The list of papers: filters, search, facets, paging, and what a wrong value is answered with."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client

from problems.models import Paper
from tests.factories import dated, make_paper, make_tag
from tests.views.conftest import SmallMap
from tests.views.html import Node, visit

pytestmark = pytest.mark.usefixtures("small_map")
PAGE = "/papers/"


def titles(page: Node) -> list[str]:
    return [row.one("h3").text for row in page.all("li", "paper-row")]


def facet(page: Node, label: str) -> dict[str, int]:
    """Options of a facet with their counts."""
    fieldset = next(each for each in page.all("fieldset") if each.one("legend").text == label)
    return {option.text.rsplit(" ", 1)[0]: int(option.one("span", "count-end").text) for option in fieldset.all("label")}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, {"Paper one", "Paper two", "Paper three"}),
        ({"problem": "1"}, {"Paper one", "Paper two", "Paper three"}),
        ({"problem": "2"}, {"Paper three"}),
        ({"statement": "P1.L1"}, {"Paper one", "Paper two"}),
        ({"call": "C1"}, {"Paper one"}),
        ({"relation": ["narrows", "disputes"]}, {"Paper two", "Paper three"}),
        ({"problem": "1", "relation": "confirms"}, {"Paper one", "Paper two"}),
        ({"problem": "2", "relation": "confirms"}, set()),
        ({"state": "confirmed"}, {"Paper one", "Paper two"}),
        ({"phase": "upkeep"}, set()),
        ({"challenge": "people"}, {"Paper one", "Paper two", "Paper three"}),
        ({"year": "2023"}, {"Paper one"}),
        ({"year__gte": "2024"}, {"Paper two", "Paper three"}),
        ({"q": "two"}, {"Paper two"}),
        ({"q": "abel"}, {"Paper one"}),
        ({"q": "paper -two", "relation": "confirms"}, {"Paper one"}),
        ({"colour": "red", "title__startswith": "x"}, {"Paper one", "Paper two", "Paper three"}),
    ],
)
def test_filters(client: Client, query: dict[str, Any], found: set[str]) -> None:
    page = visit(client, PAGE, **query)
    assert set(titles(page)) == found
    assert page.one("p", role="status").text == f"{len(found)} paper{'' if len(found) == 1 else 's'}" + ("" if len(found) == 3 else " of 3")


def test_row_shows_tags_hits_and_who_challenges(client: Client) -> None:
    row = next(row for row in visit(client, PAGE, q="one").all("li", "paper-row"))
    assert [mark.text for mark in row.all("mark")] == ["one"]
    assert [chip.text for chip in row.all("a", "tag-chip")] == ["P1.E1 contributes", "P1.L1 confirms", "C1 responds to"]
    against = row.one("a", "against")
    assert (against.text, against["href"]) == ("challenged by 1 accepted paper", "/papers/?statement=P1.E1&relation=challenges")


def test_chips_take_out_one_filter_each(client: Client) -> None:
    page = visit(client, PAGE, q="paper", problem=["1", "2"], challenge="data", year__gte="2000", ordering="title", junk="x")
    assert [(chip.text, chip["href"]) for chip in page.one("ul", "chips").all("a", "chip")] == [
        ("Problem: 1 Remove this filter", "/papers/?problem=2&challenge=data&year__gte=2000&q=paper&ordering=title"),
        ("Problem: 2 Remove this filter", "/papers/?problem=1&challenge=data&year__gte=2000&q=paper&ordering=title"),
        ("Challenge: Data Remove this filter", "/papers/?problem=1&problem=2&year__gte=2000&q=paper&ordering=title"),
        ("From year: 2000 Remove this filter", "/papers/?problem=1&problem=2&challenge=data&q=paper&ordering=title"),
    ]
    assert page.one("ul", "chips").all("li")[-1].one("a")["href"] == "/papers/?q=paper&ordering=title"


def test_forms_keep_what_is_on(client: Client) -> None:
    page = visit(client, PAGE, q="paper", statement="P1.L1", problem="1", year__lte="2030", ordering="title")

    def sent(form: Node) -> list[tuple[str, str]]:
        fields = [field for field in form.all("input") if field.attributes.get("type") != "checkbox" or "checked" in field.attributes]
        return sorted((field["name"], field["value"]) for field in fields if field["value"])

    expected = [("ordering", "title"), ("problem", "1"), ("q", "paper"), ("statement", "P1.L1"), ("year__lte", "2030")]
    assert sent(page.one("form", "paper-search")) == expected
    assert sent(page.one("form", **{"aria-label": "Filters"})) == expected


def test_facets_count_with_the_other_filters(client: Client) -> None:
    page = visit(client, PAGE, problem="1", relation="confirms")
    assert facet(page, "Problem") == {"1 First problem": 2}
    assert facet(page, "Relation") == {"contributes": 1, "challenges": 1, "narrows": 1, "addresses": 1, "confirms": 2, "relevant": 1}
    assert facet(page, "Challenge") == {"Data": 2, "People": 2}
    for relation, count in facet(page, "Relation").items():
        assert len(titles(visit(client, PAGE, problem="1", relation=relation))) == count


def test_bars_of_years(client: Client) -> None:
    bars = visit(client, PAGE, year__gte="2024").one("svg", "years-bars").all("rect")
    assert [(bar.one("title").children[0], "on" in bar.classes, bar["height"]) for bar in bars] == [
        ("2023: 1", False, "22.0"),
        ("2024: 2", True, "44.0"),
    ]


def test_sorting(client: Client) -> None:
    assert titles(visit(client, PAGE, ordering="title")) == ["Paper one", "Paper three", "Paper two"]
    assert titles(visit(client, PAGE, ordering="year"))[0] == "Paper one"
    menu = visit(client, PAGE, ordering="title", problem="1").one("nav", "menu-list", **{"aria-label": "Order"}).all("a")
    assert menu[0]["href"] == "/papers/?problem=1"
    assert [option.text for option in menu if "aria-current" in option.attributes] == ["Title"]
    assert visit(client, PAGE, q="paper").one("nav", "menu-list", **{"aria-label": "Order"}).all("a")[0].text == "Most relevant"


def test_pages_hold_every_paper_once(client: Client) -> None:
    start = datetime(2020, 1, 1, tzinfo=UTC)
    for number in range(60):
        dated(make_paper(title=f"Turned page {number:02}"), start + timedelta(days=number))
    page = visit(client, PAGE, q="turned", ordering="-created")
    seen = [titles(page)]
    assert page.one("nav", "pagination").one("a", rel="next")["href"].startswith("/papers/?q=turned&ordering=-created&cursor=")
    while following := page.one("nav", "pagination").all("a", rel="next"):
        page = visit(client, following[0]["href"])
        seen.append(titles(page))
    assert [len(each) for each in seen] == [25, 25, 10]
    assert sum(seen, []) == [f"Turned page {number:02}" for number in reversed(range(60))]  # noqa: RUF017 - three short lists
    back = visit(client, page.one("nav", "pagination").one("a", rel="prev")["href"])
    assert titles(back) == seen[1]
    assert back.one("nav", "pagination").one("span").text == "25 shown, of 60"


def test_nearest_spelling(client: Client) -> None:
    make_paper(title="Watermarks in images")
    page = visit(client, PAGE, q="watermrks", relation="confirms")
    assert "No paper matches “watermrks”" in page.one("div", "empty").text
    assert page.one("div", "empty").all("a")[-1].text == "All papers"
    page = visit(client, PAGE, q="watermrks")
    link = page.one("div", "empty").all("a")[0]
    assert (link.text, link["href"]) == ("watermarks", "/papers/?q=watermarks")
    assert titles(visit(client, link["href"])) == ["Watermarks in images"]


def test_without_filters(client: Client) -> None:
    page = visit(client, PAGE, q="two", relation="disputes")
    assert "1 filter is on; without it there is 1." in page.one("div", "empty").text
    assert page.one("div", "empty").all("a")[0]["href"] == "/papers/?q=two"


@pytest.mark.parametrize(
    ("query", "said", "kept"),
    [
        ("year__gte=20245&q=two", "From year: 20245 is not a year. Write four digits, for example 2024.", ("id_year__gte", "20245")),
        ("year=abc", "Year: abc is not a year. Write four digits, for example 2024.", None),
        ("q=a%00b", "Search: The search contains a NUL character. Delete it and try again.", ("id_q", "a b")),
        ("problem=77&q=two", "Problem: ", ("id_q", "two")),
        ("problem=x", "Problem: ", None),
        ("relation=loves", "Relation: ", None),
        ("statement=P9.L9", "Statement: ", None),
        ("challenge=a%00b", "Challenge: ", None),
        ("doi=nonsense", "DOI: “nonsense” is not a DOI.", None),
        ("ordering=random", "Order: There is no sorting by “random”.", None),
        ("cursor=made.up", "Page: This cursor is not one that was given out here. Start from the first page and follow its next address.", None),
        ("modified__gte=yesterday", "Modified gte: ", None),
    ],
)
def test_wrong_value_is_named_and_kept(client: Client, query: str, said: str, kept: tuple[str, str] | None) -> None:
    page = visit(client, f"{PAGE}?{query}", status=400)
    faults = page.one("div", "error-summary").all("li")
    assert len(faults) == 1
    assert faults[0].text.startswith(said)
    assert page.all("", id=faults[0].one("a")["href"].removeprefix("#"))
    assert titles(page) == []
    if kept:
        assert page.one("input", id=kept[0])["value"] == kept[1]


@pytest.mark.parametrize("name", ["q", "problem", "cursor", "unknown"])
def test_ten_megabytes_of_a_parameter_are_refused(client: Client, name: str) -> None:
    page = visit(client, f"{PAGE}?{name}={'x' * 10_000_000}", status=414)
    assert page.one("h1").text == "The address is longer than 8192 bytes."


NAMES = {
    PAGE: ["q", "problem", "statement", "year__gte", "doi", "relation", "modified__gte", "cursor", "ordering"],
    "/": ["challenge", "sort"],
    "/map/": ["view", "phase", "challenge", "searched"],
    "/problems/1-first/": ["retired", "q"],
    "/calls/": ["q"],
}


@pytest.mark.parametrize("value", ["%ED%A0%80", "%00", "%FF%FE", "1e999", "-1", "9" * 40, "%27%22%3E%3Cscript%3E", "a" * 5000])
def test_nonsense_is_answered(client: Client, value: str) -> None:
    for address, names in NAMES.items():
        for name in names:
            answer = client.get(f"{address}?{name}={value}")
            assert (name, value, answer.status_code) in {(name, value, 200), (name, value, 400)}
            assert "<script>" not in answer.text.partition("<main")[2]


def test_cursor_of_another_sorting_is_refused(client: Client) -> None:
    for _ in range(30):
        make_paper()
    following = visit(client, PAGE, ordering="title").one("nav", "pagination").one("a", rel="next")["href"]
    cursor = dict(parse_qsl(urlsplit(following).query))["cursor"]
    page = visit(client, PAGE, status=400, ordering="year", cursor=cursor)
    assert page.one("div", "error-summary").one("li").text.startswith("Page: This cursor is for another sorting, or another list.")


def test_many_values_are_refused(client: Client) -> None:
    page = visit(client, PAGE, status=400, problem=["1"] * 201)
    assert page.one("div", "error-summary").one("li").text == "Problem: More than 200 values. Ask in several requests."


def test_retracted_is_said(client: Client, small_map: SmallMap) -> None:
    Paper.objects.filter(pk=small_map.paper.pk).update(is_retracted=True)
    row = next(row for row in visit(client, PAGE).all("li", "paper-row") if row.one("h3").text == "Paper one")
    assert "Retracted" in row.text


def test_more_than_four_tags_are_counted(client: Client, small_map: SmallMap) -> None:
    for code in ("P1.L2", "P1.L3", "P1.L4"):
        make_tag(small_map.problem.statements.get(code=code), small_map.paper, relation="confirms")
    row = next(row for row in visit(client, PAGE).all("li", "paper-row") if row.one("h3").text == "Paper one")
    assert [chip.one("span", "code").text for chip in row.all("a", "tag-chip")] == ["P1.E1", "P1.L1", "P1.L2", "P1.L3"]
    assert row.one("div", "tag-chips").all("a", "small")[0].text == "2 more"
