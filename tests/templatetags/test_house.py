"""Tags and filters of our templates."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, RequestContext, Template
from django.test import RequestFactory
from django.urls import resolve
from django.utils import timezone

from problems.choices import Basis, Relation, Role, State
from problems.codebook import codebook
from problems.models import User
from problems.records import PersonName
from problems.templatetags import house


@dataclass
class Work:
    """What a short name is made of."""

    people: tuple[PersonName, ...] = ()
    year: int | None = 2024
    title: str = "A web page that names no author and has a long title"


def people(*families: str) -> tuple[PersonName, ...]:
    """Names with these family names."""
    return tuple(PersonName(family=family) for family in families)


def test_icon_is_inline_and_hidden_from_screen_readers() -> None:
    drawn = house.icon("search")
    assert drawn.startswith("<svg ")
    assert 'aria-hidden="true"' in drawn


@pytest.mark.parametrize("name", ["no-such-icon", "../base", "", "Search", "search.svg"])
def test_icon_that_is_not_there_raises(name: str) -> None:
    with pytest.raises(LookupError, match="There is no icon"):
        house.icon(name)


def test_every_relation_has_an_icon_and_a_verb() -> None:
    for value in Relation.values:
        term = house.relation(value)
        assert term == codebook().relations[value]
        assert house.icon(term.icon)


def test_words_come_from_the_codebook() -> None:
    assert [term.value for term in house.states()] == State.values
    assert house.state(State.ADDRESSED).label == codebook().states["addressed"].label
    assert house.basis(Basis.GENERAL_PROXY).label == "general proxy"
    assert house.advisory(1) == codebook().advisories["1"]


@pytest.mark.parametrize(
    ("families", "short", "cited"),
    [
        ((), "", "A web page that names no author and has… 2024"),
        (("Kim",), "Kim", "Kim 2024"),
        (("Kim", "Min"), "Kim, Min", "Kim and Min 2024"),
        (("Wen", "Kirchenbauer", "Geiping", "Goldstein"), "Wen, Kirchenbauer, Geiping, Goldstein", "Wen et al. 2024"),
        (("Gowal", "Bunel", "Stimberg", "Stutz", "Rebuffi"), "Gowal, Bunel, Stimberg et al.", "Gowal et al. 2024"),
    ],
)
def test_short_names(families: tuple[str, ...], short: str, cited: str) -> None:
    work = Work(people(*families))
    assert house.authors_short(work) == short
    assert house.cited_as(work) == cited


def test_short_names_of_organisations_particles_and_undated_papers() -> None:
    work = Work((PersonName(literal="Internet Watch Foundation"), PersonName(family="Berg", particle="van der", given="Anna")), year=None)
    assert house.authors_short(work) == "Internet Watch Foundation, van der Berg"
    assert house.cited_as(work) == "Internet Watch Foundation and van der Berg"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (date(2026, 9, 5), '<time datetime="2026-09-05">5 Sep 2026</time>'),
        (datetime(2026, 11, 21, 23, 30, tzinfo=UTC), '<time datetime="2026-11-21">21 Nov 2026</time>'),
        (None, ""),
    ],
)
def test_day(value: date | None, shown: str) -> None:
    assert house.day(value) == shown


def test_codes_paragraphs_and_heat() -> None:
    assert house.short_code("P5.L2") == "L2"
    assert house.paragraphs("One.\n\nTwo,\nstill two.\n \nThree.\n") == ["One.", "Two,\nstill two.", "Three."]
    assert house.paragraphs("") == []
    assert [house.heat(count) for count in (0, 1, 2, 4, 5, 60)] == [0, 1, 2, 2, 3, 3]


def test_current_marks_the_page_of_the_request_only() -> None:
    request = RequestFactory().get("/map/")
    request.resolver_match = resolve("/map/")
    template = Template('{% load house %}<a{% current "map" %}>Map</a><a{% current "home" "problem" %}>Home</a>')
    assert template.render(Context({"request": request})) == '<a aria-current="page">Map</a><a>Home</a>'
    assert template.render(Context({})) == "<a>Map</a><a>Home</a>"


def test_foreign_text_is_escaped() -> None:
    template = Template("{% load house %}{{ work|authors_short }}{{ work|cited_as }}")
    assert template.render(Context({"work": Work(people("<b>"), year=None)})) == "&lt;b&gt;&lt;b&gt;"


@pytest.mark.parametrize(
    ("ago", "words"),
    [
        (timedelta(seconds=-5), "0 min"),
        (timedelta(minutes=59), "59 min"),
        (timedelta(hours=1), "1 h"),
        (timedelta(hours=47), "47 h"),
        (timedelta(days=2), "2 d"),
        (timedelta(days=40), "40 d"),
    ],
)
def test_age(ago: timedelta, words: str) -> None:
    assert house.age(timezone.now() - ago) == words


def test_hours_left() -> None:
    assert [house.hours_left(timezone.now() + timedelta(minutes=minutes)) for minutes in (-300, 30, 61, 2879)] == [0, 0, 1, 47]


def test_can_asks_the_rules_for_the_reader_of_the_page() -> None:
    page = Template("{% load house %}{% can 'RESTRICT' thing as may %}{{ may }}")
    shown = {}
    nobody = Context({"thing": object()})
    assert page.render(nobody) == "False"
    for role in (None, Role.CONTRIBUTOR, Role.REVIEWER):
        request = RequestFactory().get("/")
        request.user = User(pk=1, role=role) if role else AnonymousUser()
        shown[role] = page.render(RequestContext(request, {"thing": object()}, processors=[]))
    assert shown == {None: "False", Role.CONTRIBUTOR: "False", Role.REVIEWER: "True"}
