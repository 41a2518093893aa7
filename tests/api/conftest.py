"""A small world that the API is asked about, and how to ask."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from problems.choices import Role, Scheme, Section
from problems.models import CallToAction, ChallengeType, Paper, Phase, Problem, Statement, Tag, User
from problems.records import PersonName
from problems.services.catalogue import save as save_catalogue
from tests import factories
from tests.factories import dated
from tests.views.conftest import kept

API = "/api/v1"
HOST = "http://localhost"  # SITE_URL of the tests; the client calls the site "testserver"
THEN, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 3, 1, 12, 30, 0, 123456, tzinfo=UTC)

type Ask = Callable[..., Any]


@pytest.fixture
def ask(client: Client) -> Ask:
    """The answer to a GET, as JSON, once its status is what it should be."""

    def asked(path: str, status: int = 200, by: User | None = None) -> Any:
        if by is not None and getattr(by, "pk", None):
            client.force_login(by)
        answer = client.get(path if path.startswith("/api/") else f"{API}/{path}")
        assert (answer.status_code, answer.headers["Content-Type"]) == (
            status,
            "application/json" if status == 200 else "application/problem+json",
        ), answer.content
        return answer.json()

    return asked


def ids(answer: Any) -> list[Any]:
    """Ids of a page, in order."""
    return [row["id"] for row in answer["results"]]


@dataclass(frozen=True, slots=True)
class World:
    """Two of everything: the first is full of what there is to tell, the second is the decoy."""

    phases: tuple[Phase, Phase]
    challenges: tuple[ChallengeType, ChallengeType]
    problems: tuple[Problem, Problem]
    existing: Statement
    limitations: tuple[Statement, Statement]
    elsewhere: Statement
    retired: Statement
    calls: tuple[CallToAction, CallToAction]
    papers: tuple[Paper, Paper, Paper]
    narrows: Tag
    contributes: Tag
    responds: Tag
    relevant: Tag
    against_retired: Tag


@transaction.atomic
def make_world() -> World:
    """Store it, each row made and last changed at THEN."""
    dated(factories.make_agenda(), THEN)
    phases = dated(factories.make_phase("design", number=1), THEN), dated(factories.make_phase("upkeep", number=2), THEN)
    challenges = dated(factories.make_challenge("data", position=1), THEN), dated(factories.make_challenge("people", position=2), THEN)
    problems = (
        dated(factories.make_problem(1, slug="first", title="First watermark", phase=phases[0], challenges=[challenges[0]]), THEN),
        dated(factories.make_problem(2, slug="second", title="Second", phase=phases[1], challenges=[challenges[1]]), THEN),
    )
    existing = dated(factories.make_statement(problems[0], section=Section.EXISTING_WORK, text="Tests exist."), THEN)
    limitations = (
        dated(factories.make_statement(problems[0], text="No watermark lasts."), THEN),
        dated(factories.make_statement(problems[0], text="Nothing else lasts."), THEN),
    )
    elsewhere = dated(factories.make_statement(problems[1], text="Nobody looks."), THEN)
    retired = factories.make_statement(problems[0], text="It was said.")
    calls = (
        dated(factories.make_call(limitations[0], elsewhere, phase=phases[0], text="Build a watermark."), THEN),
        dated(factories.make_call(phase=phases[1], text="Look."), THEN),
    )
    author = PersonName(family="Berg", given="Ada", particle="van den", suffix="Jr.", orcid="0000-0002-1825-0097")
    papers = (
        factories.make_paper(
            title="A lasting watermark",
            abstract="It lasts.",
            authors=[author, PersonName(literal="Institute of Tests")],
            identifiers=[(Scheme.ARXIV, "2402.01239"), (Scheme.DOI, "10.1000/second"), (Scheme.DOI, "10.1000/first")],
            year=2024,
            month=5,
            day=1,
            venue="Journal of Tests",
            type="article",
            url="https://example.org/lasting",
            is_corrected=True,
            advisory=1,
            material="none_needed",
            modalities=["image", "text"],
        ),
        factories.make_paper(title="Another", authors=["Ogre"], year=2020, identifiers=[(Scheme.DOI, "10.1000/other")]),
        factories.make_paper(title="Undated", authors=[], year=None),
    )
    for paper in papers:
        dated(paper, THEN)
    somebody = factories.make_user(Role.CONTRIBUTOR, display_name="Somebody")
    told: dict[str, Any] = {"contributor": somebody, "decided_at": LATER}
    tags = {
        "narrows": factories.make_tag(limitations[0], papers[0], relation="narrows", locator="Section 4", **told),
        "contributes": factories.make_tag(existing, papers[1], relation="contributes", basis="not_applicable", **told),
        "responds": factories.make_tag(calls[0], papers[1], **told),
        "relevant": factories.make_tag(problems[1], papers[2], **told),
        "against_retired": factories.make_tag(retired, papers[1], relation="disputes", **told),
    }
    for tag in tags.values():
        dated(tag, THEN)
    retired.refresh_from_db()
    retired.retired_on, retired.successor = date(2026, 2, 1), limitations[0]
    save_catalogue(thing=retired, by=None)
    for statement in (retired, *limitations, elsewhere):  # the tags have moved some
        dated(statement, THEN)
    factories.make_search(limitations[1])
    factories.declare(factories.make_team(somebody, slug="world-lab", name="Lab of the world"), limitations[1], somebody)
    return World(phases, challenges, problems, existing, limitations, elsewhere, retired, calls, papers, **tags)


@pytest.fixture(scope="module")
def stored_world(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    """The world, stored once for a file of tests."""
    del django_db_setup
    with kept(make_world, django_db_blocker) as made:
        yield made


@pytest.fixture
def world(stored_world: World, db: None) -> World:
    """The world, in a transaction of this test."""
    del db
    return stored_world
