"""Promise 19: the OpenAPI document is true. Requests made of it, right ones and wrong ones, by each role; every answer held against it."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis import Case

from problems.api.schema import openapi
from problems.models import Tag
from problems.text import is_blank
from tests.api.conftest import World
from tests.factories import Cast
from tests.promises.figures import FULL, SEED, figure

ROLES = ("anonymous", "reader", "reviewer", "curator")
CASES = figure(100, 3)
KNOWN: dict[str, list[Any]] = {
    "problem": [1, 2],
    "statement": ["P1.L1", "P1.E1", "P1.L3"],
    "call": ["C1", "C2"],
    "challenge": ["data", "people"],
    "phase": ["design", "upkeep"],
    "doi": ["10.1000/first", "https://doi.org/10.1000/OTHER"],
    "arxiv": ["2402.01239", "arXiv:2402.01239v1"],
}


@pytest.fixture(autouse=True)
def _one_connection() -> Iterator[None]:
    """Keep the connection of the test over requests, as Django's own client does: what the test stored is not committed."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


document: Any = schemathesis.openapi.from_dict(openapi())
document.app = get_wsgi_application()


def possible(case: Case[Any]) -> None:
    """Put in, the same at each run, what no document can say: words of the catalogue, identifiers and ids that are on record."""
    random.seed(f"{SEED} {case.path_parameters} {case.query}")
    for name in sorted(KNOWN.keys() & case.query.keys()):
        given = case.query[name]
        case.query[name] = random.choices(KNOWN[name], k=len(given)) if isinstance(given, list) else random.choice(KNOWN[name])
    case.query.pop("cursor", None)
    if is_blank(str(case.query.get("q", "words"))):
        case.query["q"] = "watermark"
    if "id" in case.path_parameters and random.random() < 0.5:
        name = case.operation.path.split("/")[-3]
        ids = {"papers": [str(Tag.objects.all()[0].paper.public_id)], "tags": [str(Tag.objects.all()[0].public_id)], "problems": ["1"]}
        found = ids.get(name) or KNOWN[name.removesuffix("s")]
        case.path_parameters["id"] = random.choice(found)


@pytest.fixture
def cookies(cast: Cast) -> dict[str, dict[str, str]]:
    """What each role's browser sends."""
    found: dict[str, dict[str, str]] = {"anonymous": {}}
    for role in ROLES[1:]:
        client = Client()
        client.force_login(getattr(cast, role))
        found[role] = {name: cookie.value for name, cookie in client.cookies.items()}
    return found


@document.parametrize()  # type: ignore[untyped-decorator]
@pytest.mark.parametrize("roles", [(role,) for role in ROLES] if FULL else [ROLES], ids="-".join)
@hypothesis_settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case: Case[Any], roles: tuple[str, ...], world: World, cookies: dict[str, dict[str, str]]) -> None:
    del world
    if case.meta is None or case.meta.generation.mode.is_positive:
        possible(case)
    case.call_and_validate(cookies=cookies[random.choice(roles)])
