"""A page takes the same number of queries whatever the number of rows on it."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Section, State, Visibility
from problems.models import Paper
from tests.factories import Cast, make_call, make_challenge, make_paper, make_problem, make_search, make_statement, make_tag
from tests.views.conftest import SmallMap

PAGES = (
    "/",
    "/map/",
    "/map/?view=table&challenge=data",
    "/problems/1-first/",
    "/problems/1-first/?retired=true",
    "/papers/",
    "/papers/?q=paper&problem=1&relation=contributes&challenge=data",
    "/calls/",
    "/components/",
    "/theme.css",
    "/sitemap-papers.xml",
)


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def grow(on: SmallMap) -> None:
    """Add more of everything: problems, statements, calls, papers, tags, searches."""
    data = on.problem.challenges.get(slug="data")
    for number in (11, 12):
        problem = make_problem(number, phase=on.problem.phase, challenges=[data, make_challenge()])
        limits = [make_statement(problem) for _ in range(2)]
        untouched = make_statement(problem)
        work = [make_statement(problem, section=Section.EXISTING_WORK) for _ in range(2)]
        call = make_call(*limits, on.problem.statements.get(code="P1.L1"), phase=on.problem.phase)
        for each in range(2):
            paper = make_paper(title=f"Paper of growth {number} {each}", authors=["Abel", "Bell", "Cole"])
            for target in (*limits, *work, call, problem, on.problem, *on.problem.statements.exclude(state=State.UNTOUCHED)):
                make_tag(target, paper)
            make_tag(work[each], on.paper)
        make_search(untouched)
        make_search(on.problem.statements.get(code="P1.L4"))


@pytest.mark.parametrize("role", ["anonymous", "contributor", "reviewer"])
def test_query_counts_do_not_grow(client: Client, small_map: SmallMap, cast: Cast, role: str) -> None:
    paper = small_map.paper.get_absolute_url()
    if role != "anonymous":
        client.force_login(getattr(cast, role))
        client.get("/")
    before = {address: count(client, address) for address in (*PAGES, paper)}
    grow(small_map)
    mine = make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor)
    assert Paper.objects.filter(pk=mine.pk).exists()
    assert {address: count(client, address) for address in (*PAGES, paper)} == before


@pytest.mark.usefixtures("small_map")
@pytest.mark.parametrize(
    ("address", "most"), [("/", 22), ("/map/", 20), ("/problems/1-first/", 28), ("/papers/", 16), ("/calls/", 10), ("/theme.css", 2)]
)
def test_query_counts_are_small(client: Client, address: str, most: int) -> None:
    assert count(client, address) <= most
