"""Titles in memory: those that are nearly the same are found, and no others."""

import pytest

from problems.choices import Visibility
from problems.queries.likeness import Facts
from problems.queries.titles import Titles
from tests.factories import Cast, make_paper

TITLE = "A survey of methods for testing sample filters"


def found(*titles: str, asked: str = TITLE) -> list[int]:
    known = Titles()
    for number, title in enumerate(titles):
        known.add(Facts(number, title))
    return known.near(Facts(99, asked))


@pytest.mark.parametrize(
    "title",
    [
        TITLE,
        "A SURVEY of Methods for Testing Sample Filters.",
        "A survey of method for testing sample filters",
        "Survey of methods for testing sample filters",
        "A survey of methods for testing sample filters: with an appendix",
        "A survéy of methods for testing sample filters",
    ],
)
def test_what_is_nearly_the_same_is_found(title: str) -> None:
    assert found("Something else entirely about weather", title, "The weather of a survey") == [1]


@pytest.mark.parametrize("title", ["", "Weather", "A survey of weather for the sea", "Testing filters"])
def test_what_is_not_is_not(title: str) -> None:
    assert found(title) == []


def test_of_many_the_most_like_come_first() -> None:
    titles = [f"{TITLE} {'more ' * number}" for number in range(1, 15)]
    near = found(*titles, TITLE)
    assert (near[0], len(near)) == (14, 10)


def test_only_what_one_may_know_of_is_in_memory(cast: Cast) -> None:
    public = make_paper(title=TITLE)
    hidden = make_paper(title=TITLE, visibility=Visibility.RESTRICTED)
    assert Titles.visible_to(cast.contributor).near(Facts(0, TITLE)) == [public.pk]
    assert sorted(Titles.visible_to(cast.reviewer).near(Facts(0, TITLE))) == [public.pk, hidden.pk]
