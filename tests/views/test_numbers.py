"""Every number on the first page and on the map, read off the page, against plain SQL over the same rows; and each link behind one."""

# ruff: noqa: S608 - the SQL is put together from texts of ours only

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from tests.factories import make_cast
from tests.views.conftest import hide, kept, make_map
from tests.views.html import Node, visit

COUNTS = """
    tag.status = 'accepted' AND paper.visibility = 'public' AND (tag.statement_id IS NULL OR statement.retired_on IS NULL)
"""
TAGS = f"""
    problems_tag tag JOIN problems_paper paper ON paper.id = tag.paper_id LEFT JOIN problems_statement statement ON statement.id = tag.statement_id
    LEFT JOIN problems_problem problem ON problem.id = coalesce(statement.problem_id, tag.problem_id) WHERE {COUNTS}
"""
LIMITATIONS = (
    "problems_statement statement JOIN problems_problem problem ON problem.id = problem_id WHERE section = 'limitation' AND retired_on IS NULL"
)
LOOKED = "status = 'accepted' AND searched_on > current_date - 365"
EXISTING, LIMITING = ("contributes", "surveys", "challenges"), ("addresses", "narrows", "confirms", "disputes")


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_stored")]


@pytest.fixture(scope="module")
def _stored(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The map, and what is hidden on it."""
    del django_db_setup
    with kept(lambda: hide(make_map(), make_cast()), django_db_blocker):
        yield


def sql(query: str) -> Any:
    """Rows of a query; a dictionary where they have two columns."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        rows = cursor.fetchall()
    if rows and len(rows[0]) == 2:
        return dict(rows)
    return [row[0] for row in rows]


def number(node: Node) -> int:
    """The first number in its text; a text without one, such as "No response", is none."""
    return next((int(word) for word in node.text.split() if word.isdigit()), 0)


def test_headline(client: Client) -> None:
    limitations = sql(f"SELECT count(*) FROM {LIMITATIONS}")[0]
    with_paper = sql(f"SELECT count(DISTINCT statement.id) FROM {TAGS} AND statement.section = 'limitation'")[0]
    searched = sql(
        f"SELECT count(*) FROM {LIMITATIONS} AND EXISTS (SELECT FROM problems_search WHERE statement_id = statement.id AND {LOOKED})"
        f" AND statement.id NOT IN (SELECT statement.id FROM {TAGS} AND statement.id IS NOT NULL)"
    )[0]
    page = visit(client, "/")
    said = f"{with_paper} of {limitations} limitations have a paper on record; {searched} of the other {limitations - with_paper} have been searched"
    assert page.one("h2", id="figure-title").text == said
    assert (limitations, with_paper, searched) == (5, 3, 1)
    assert page.one("meta", name="description")["content"] == "3 of 5 limitations of Open problems of testing have a paper on record."


def test_figure_holds_each_limitation_once(client: Client) -> None:
    marks = visit(client, "/").one("figure", "figure").all("a", "mark")
    shown = {mark.text.partition(":")[0]: next(name for name in mark.classes if name.startswith("state-")).removeprefix("state-") for mark in marks}
    assert len(marks) == len(shown)
    assert shown == sql(f"SELECT code, state FROM {LIMITATIONS}")
    searched = [mark.text.partition(":")[0] for mark in marks if "searched" in mark.classes]
    assert sorted(searched) == sql(
        f"SELECT code FROM {LIMITATIONS} AND EXISTS (SELECT FROM problems_search WHERE statement_id = statement.id AND {LOOKED}) ORDER BY code"
    )


def test_problems_of_the_first_page(client: Client) -> None:
    rows = visit(client, "/").all("li", "problem-row")
    papers = sql(f"SELECT problem.number, count(DISTINCT paper.id) FROM {TAGS} AND problem.id IS NOT NULL GROUP BY 1")
    limitations = sql(f"SELECT problem.number, count(*) FROM {LIMITATIONS} GROUP BY 1")
    touched = sql(f"SELECT problem.number, count(DISTINCT statement.id) FROM {TAGS} AND statement.section = 'limitation' GROUP BY 1")
    moved = sql(
        "SELECT problem.number, to_char(max(at), 'FMDD Mon YYYY') FROM problems_statestep step JOIN problems_statement statement"
        " ON statement.id = step.statement_id JOIN problems_problem problem ON problem.id = statement.problem_id WHERE retired_on IS NULL GROUP BY 1"
    )
    numbers = sql("SELECT number FROM problems_problem ORDER BY number")
    assert [number(row) for row in rows] == numbers
    for row in rows:
        at = number(row)
        total, untouched = limitations.get(at, 0), limitations.get(at, 0) - touched.get(at, 0)
        stats = row.one("div", "problem-stats")
        assert stats.one("b").text == (f"{untouched} of {total} untouched" if untouched else "None untouched")
        assert len(stats.all("span", "mark")) == total
        count = papers.get(at, 0)
        assert stats.one("p").text == f"{count} paper{'' if count == 1 else 's'}" + (f" · moved {moved[at]}" if at in moved else "")


def test_challenges_and_filter_of_the_first_page(client: Client) -> None:
    page = visit(client, "/")
    counts = sql(
        "SELECT challenge.label, count(*) FROM problems_problem_challenges link JOIN problems_challengetype challenge"
        " ON challenge.id = link.challengetype_id GROUP BY 1"
    )
    options = page.one("nav", "segment", **{"aria-label": "Filter by challenge"}).all("a")
    assert {option.text.rsplit(" ", 1)[0]: number(option) for option in options} == {"All": 3} | counts
    assert [number(link) for item in page.one("ul", "constraints").all("li") for link in item.all("a")] == [counts["Data"], counts["People"]]
    for label, slug in (("Data", "data"), ("People", "people")):
        assert len(visit(client, "/", challenge=slug).all("li", "problem-row")) == counts[label]


def test_calls_of_the_first_page(client: Client) -> None:
    section = visit(client, "/").one("section", id="calls")
    responses = sql(
        f"SELECT (SELECT code FROM problems_calltoaction call WHERE call.id = tag.call_id), count(DISTINCT paper.id) FROM {TAGS}"
        " AND tag.call_id IS NOT NULL GROUP BY 1"
    )
    total = sql("SELECT count(*) FROM problems_calltoaction")[0]
    assert section.one("p", "call-intro").text == f"{total - len(responses)} of {total} calls have no response on record."
    assert section.one("div", "section-head").one("a").text == f"All {total}"
    shown = {item.one("span", "code").text: number(item.all("a", "small")[0]) if item.all("a", "small") else 0 for item in section.all("li")}
    assert shown == {"C1": responses["C1"], "C2": 0}


def cells(page: Node) -> dict[str, int]:
    """Papers by statement, as the cells of the map say."""
    said = [cell.text.partition(": ") for cell in page.all("a", **{"data-cell": ""})]
    return {code: int(words.partition(" paper")[0].split()[-1]) for code, _, words in said}


def test_cells_and_counts_of_the_map(client: Client) -> None:
    page = visit(client, "/map/")
    papers = sql(f"SELECT statement.code, count(DISTINCT paper.id) FROM {TAGS} AND statement.id IS NOT NULL GROUP BY 1")
    codes = sql("SELECT code FROM problems_statement WHERE retired_on IS NULL")
    assert cells(page) == {code: papers.get(code, 0) for code in codes}
    assert page.one("p", "lead").text.startswith(f"Every statement of the {sql('SELECT count(*) FROM problems_problem')[0]} problems")
    for row in page.all("tr", "map-row"):
        at = number(row)
        by_relation = sql(f"SELECT relation, count(DISTINCT paper.id) FROM {TAGS} AND problem.number = {at} GROUP BY 1")
        by_relation = by_relation if isinstance(by_relation, dict) else {}
        assert [int(cell.all("a")[0].text) if cell.all("a") else 0 for cell in row.all("td", "rel-count")] == [
            by_relation.get(relation, 0) for relation in (*EXISTING, *LIMITING)
        ]


def test_table_of_the_map(client: Client) -> None:
    page = visit(client, "/map/", view="table")
    papers = sql(f"SELECT statement.code, count(DISTINCT paper.id) FROM {TAGS} AND statement.id IS NOT NULL GROUP BY 1")
    relations = sql(f"SELECT statement.code || ' ' || relation, count(*) FROM {TAGS} AND statement.id IS NOT NULL GROUP BY 1")
    since = sql(f"SELECT code, to_char(state_since, 'FMDD Mon YYYY') FROM {LIMITATIONS} AND state <> 'untouched'")
    searched = sql(
        f"SELECT statement.code, to_char(max(searched_on), 'FMDD Mon YYYY') FROM problems_search JOIN problems_statement statement"
        f" ON statement.id = statement_id WHERE {LOOKED} GROUP BY 1"
    )
    rows = page.all("tr", "map-row")
    codes = sql("SELECT code FROM problems_statement WHERE retired_on IS NULL")
    assert sorted(row.one("a", "code").text for row in rows) == sorted(codes)
    assert number(page.one("b")) == len(codes)
    for row in rows:
        code = row.one("a", "code").text
        assert number(row.one("td", "num")) == papers.get(code, 0)
        said = [link.text.rsplit(" ", 1) for each in row.all("span", "relations") for link in each.all("a")]
        counted = {key: count for key, count in relations.items() if key.startswith(f"{code} ")}
        assert {f"{code} {word}": int(count) for word, count in said} == counted
        assert row.one("td", **{"data-label": "Since"}).text == since.get(code, "")
        assert row.one("td", **{"data-label": "Searched"}).text == searched.get(code, "")


def test_filters_and_frontier_of_the_map(client: Client) -> None:
    page = visit(client, "/map/")
    untouched = f"FROM {LIMITATIONS} AND statement.id NOT IN (SELECT statement.id FROM {TAGS} AND statement.id IS NOT NULL)"
    looked = f"EXISTS (SELECT FROM problems_search WHERE statement_id = statement.id AND {LOOKED})"
    total, searched = sql(f"SELECT count(*) {untouched}")[0], sql(f"SELECT count(*) {untouched} AND {looked}")[0]
    section = page.one("section", id="frontier")
    assert number(section.one("div", "frontier-name").one("p")) == total
    assert [number(option) for option in section.one("nav").all("a")] == [total, searched, total - searched]
    assert [item.one("span", "code").text for item in section.one("ul", "frontier").all("li")] == sql(f"SELECT code {untouched} ORDER BY code")
    by_phase = sql("SELECT phase.label, count(*) FROM problems_problem problem JOIN problems_phase phase ON phase.id = phase_id GROUP BY 1")
    menu = page.one("nav", "menu-list", **{"aria-label": "Phase"})
    assert {option.text.rsplit(" ", 1)[0]: number(option) for option in menu.all("a")} == {"All phases": 3} | by_phase


@pytest.mark.parametrize("address", ["/", "/map/", "/map/?view=table", "/problems/1-first/", "/calls/"])
def test_each_number_leads_to_as_many_papers(client: Client, address: str) -> None:
    followed = 0
    for link in visit(client, address).all("a"):
        words = link.text.removeprefix("Papers on ").split()
        is_count = any(word.isdigit() for word in words) and "state=" not in link["href"]  # beside a state stands how many limitations are in it
        if link.attributes.get("href", "").startswith("/papers/?") and is_count:
            shown = visit(client, link["href"]).one("p", role="status")
            assert (link["href"], number(shown)) == (link["href"], number(link))
            followed += 1
    assert followed >= 1
