"""Paging by key: every row once, both ways, ties and newcomers included; cursors are ours alone."""

import base64

import pytest
from django.core import signing
from django.http import QueryDict

from problems.errors import Unparsable
from problems.models import Paper, Phase, Problem
from problems.pagination import CURSOR, SIGNER, Ordering, address, paginate
from tests.factories import make_paper, make_phase, make_problem

BY_TITLE = Ordering("title", "Title", ("title", "public_id"))
BY_YEAR = Ordering("-year", "Year", ("-year", "public_id"))
pytestmark = pytest.mark.django_db


def titles(rows: list[Paper]) -> list[str]:
    return [paper.title for paper in rows]


def walk(ordering: Ordering, size: int) -> tuple[list[list[str]], list[list[str]]]:
    """Pages forth to the end, and back to the start, by their titles."""
    forth, back, page = [], [], paginate(Paper.objects.all(), ordering, size=size)
    while True:
        forth.append(titles(page.rows))
        if not page.next:
            break
        page = paginate(Paper.objects.all(), ordering, cursor=page.next, size=size)
    while page.previous:
        page = paginate(Paper.objects.all(), ordering, cursor=page.previous, size=size)
        back.append(titles(page.rows))
    return forth, back


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_every_row_once_both_ways_with_ties(size: int) -> None:
    for number in range(5):
        make_paper(title=f"Paper {number}", year=2020 + number // 2)
    expected = titles(list(Paper.objects.order_by(*BY_YEAR.fields)))
    forth, back = walk(BY_YEAR, size)
    assert [title for page in forth for title in page] == expected
    assert back == forth[-2::-1]


def test_rows_that_come_in_meanwhile_move_nothing() -> None:
    for title in "bdf":
        make_paper(title=title)
    first = paginate(Paper.objects.all(), BY_TITLE, size=2)
    make_paper(title="a")
    make_paper(title="e")
    second = paginate(Paper.objects.all(), BY_TITLE, cursor=first.next, size=2)
    assert (titles(first.rows), titles(second.rows)) == (["b", "d"], ["e", "f"])
    assert titles(paginate(Paper.objects.all(), BY_TITLE, cursor=second.previous, size=2).rows) == ["b", "d"]


def test_a_full_last_page_has_no_next() -> None:
    make_paper(title="a")
    make_paper(title="b")
    page = paginate(Paper.objects.all(), BY_TITLE, size=2)
    assert (page.next, page.previous) == ("", "")


MADE_UP = ["x", "a:b:c", "\x00", "é", "." * 5000, base64.b64encode(b"[1]").decode(), signing.dumps([1, 2, 3], salt="other")]


@pytest.mark.parametrize("cursor", MADE_UP, ids=range(len(MADE_UP)))  # a signature holds the time, and names of tests must not
def test_a_made_up_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(Unparsable, match="not one that was given out here") as refusal:
        paginate(Paper.objects.all(), BY_TITLE, cursor=cursor)
    assert refusal.value.field == CURSOR


def test_a_cursor_of_another_sorting_is_refused() -> None:
    make_paper()
    make_paper()
    page = paginate(Paper.objects.all(), BY_TITLE, size=1)
    with pytest.raises(Unparsable, match="another sorting"):
        paginate(Paper.objects.all(), BY_YEAR, cursor=page.next)


def test_a_cursor_of_another_list_is_refused() -> None:
    make_problem(1)
    make_problem(2)
    make_phase("late")
    by_time = Ordering("created", "Created", ("created", "number")), Ordering("created", "Created", ("created", "slug"))
    page = paginate(Phase.objects.all(), by_time[1], size=1)
    with pytest.raises(Unparsable, match="another list"):  # else a slug would be compared with a number
        paginate(Problem.objects.all(), by_time[0], cursor=page.next)


def test_a_cursor_holds_no_database_key() -> None:
    papers = [make_paper(title=f"Title {letter}") for letter in "ab"]
    page = paginate(Paper.objects.all(), BY_TITLE, size=1)
    assert SIGNER.unsign_object(page.next) == ["Paper title", False, ["Title a", papers[0].public_id]]


def test_a_page_is_one_query_however_deep(django_assert_num_queries: pytest.FixtureRequest) -> None:
    for number in range(5):
        make_paper(title=f"Paper {number}")
    page = paginate(Paper.objects.all(), BY_TITLE, size=1)
    for _ in range(4):
        with django_assert_num_queries(1):  # type: ignore[operator]  # a fixture that is called
            page = paginate(Paper.objects.all(), BY_TITLE, cursor=page.next, size=1)


def test_the_address_keeps_the_rest_of_the_query() -> None:
    query = QueryDict("problem=5&problem=12&q=a+b&cursor=old")
    assert address("/papers/", query, "new") == "/papers/?problem=5&problem=12&q=a+b&cursor=new"
    assert address("/papers/", query, "") is None
