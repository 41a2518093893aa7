"""A small map in which everything occurs, what is hidden and what no longer counts included."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from pytest_django.plugin import DjangoDbBlocker

from problems.choices import ReviewStatus, Section, Visibility
from problems.models import Paper, Problem, Tag
from problems.services import coverage
from tests import factories
from tests.factories import Cast, make_call, make_challenge, make_paper, make_phase, make_problem, make_search, make_statement, make_tag

EARLY, LATE = datetime(2026, 3, 1, 9, tzinfo=UTC), datetime(2026, 4, 1, 9, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class SmallMap:
    """Three problems in two phases; the first one has all kinds of evidence."""

    problem: Problem
    paper: Paper
    tag: Tag


@transaction.atomic
def make_map() -> SmallMap:
    """Store it."""
    factories.make_agenda()
    design, upkeep = make_phase("design", number=1, label="Design"), make_phase("upkeep", number=2, label="Upkeep")
    data, people = make_challenge("data", label="Data"), make_challenge("people", label="People")
    first = make_problem(1, slug="first", phase=design, challenges=[data, people], title="First problem")
    second = make_problem(2, slug="second", phase=design, challenges=[data], title="Second problem")
    third = make_problem(3, slug="third", phase=upkeep, challenges=[people], title="Third problem")
    work = [make_statement(first, section=Section.EXISTING_WORK, text=f"Work {number} exists.") for number in (1, 2)]
    limits = [make_statement(first, text=f"Limit {number} holds.") for number in (1, 2, 3, 4)]
    retired = make_statement(first, text="Limit 5 held.", retired_on=date(2026, 2, 1), successor=limits[0])
    other = make_statement(second, text="Another limit holds.")
    make_statement(third, section=Section.EXISTING_WORK, text="Old work exists.")
    calls = [make_call(limits[0], other, phase=design), make_call(phase=upkeep)]

    one, two, three = make_paper(title="Paper one", year=2023, authors=["Abel"]), make_paper(title="Paper two"), make_paper(title="Paper three")
    tag = make_tag(work[0], one, relation="contributes", decided_at=EARLY)
    make_tag(work[0], two, relation="challenges", decided_at=EARLY)
    make_tag(limits[0], one, relation="confirms", decided_at=EARLY)
    make_tag(limits[0], two, relation="confirms", decided_at=LATE)
    make_tag(limits[1], two, relation="narrows", decided_at=LATE)
    make_tag(limits[1], two, relation="addresses", decided_at=LATE)
    make_tag(other, three, relation="disputes", decided_at=LATE)
    make_tag(first, three, decided_at=LATE)
    make_tag(calls[0], one, decided_at=EARLY)
    Tag.objects.filter(pk=make_tag(limits[3], three, relation="confirms").pk).update(statement=retired)  # tagged before it was retired
    coverage.refresh_all()
    make_search(limits[2], searched_on=timezone.localdate() - timedelta(days=30), where="arXiv", query="limit three")
    make_search(limits[3], searched_on=timezone.localdate() - timedelta(days=400))
    make_search(first, where="OpenAlex", query="first problem")
    return SmallMap(first, one, tag)


SECRETS = ("secretwaiting", "secretrestricted", "secretproposal", "secretdeclined", "secretsearch")


def hide(on: SmallMap, cast: Cast) -> dict[str, Paper]:
    """Add what not everybody may know of, each with a word of its own, and all of it by the contributor."""
    limit = on.problem.statements.get(code="P1.L3")
    call = on.problem.statements.get(code="P1.L1").calls.get()
    mine: dict[str, Any] = {"contributor": cast.contributor}
    hidden = {
        "waiting": make_paper(title="Secretwaiting paper", visibility=Visibility.WAITING, logged_by=cast.contributor, year=2019),
        "restricted": make_paper(title="Secretrestricted paper", visibility=Visibility.RESTRICTED, logged_by=cast.contributor, year=2018),
    }
    for paper in hidden.values():
        for target in (limit, call, on.problem):
            make_tag(target, paper, rationale=f"It is about {paper.title} and more.", **mine)
        make_tag(on.problem.statements.get(code="P1.E1"), paper, relation="challenges", rationale=f"It challenges, says {paper.title}.", **mine)
    make_tag(limit, on.paper, relation="confirms", status=ReviewStatus.PROPOSED, rationale="It says secretproposal at length.", **mine)
    make_tag(limit, on.paper, relation="disputes", status=ReviewStatus.DECLINED, rationale="It says secretdeclined at length.", **mine)
    make_search(on.problem.statements.get(code="P1.L4"), status=ReviewStatus.PROPOSED, by=cast.contributor, where="Secretsearch")
    return hidden


@contextmanager
def kept[Made](make: Callable[[], Made], blocker: DjangoDbBlocker) -> Iterator[Made]:
    """Store for all tests of a file what `make` makes, and empty the database after the last one."""
    with blocker.unblock():
        yield make()
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture(scope="module")
def stored_map(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[SmallMap]:
    """The map, stored once for a file of tests."""
    del django_db_setup
    with kept(make_map, django_db_blocker) as made:
        yield made


@pytest.fixture
def small_map(stored_map: SmallMap, db: None) -> SmallMap:
    """The map, in a transaction of this test."""
    del db
    return SmallMap(Problem.objects.get(pk=stored_map.problem.pk), Paper.objects.get(pk=stored_map.paper.pk), Tag.objects.get(pk=stored_map.tag.pk))
