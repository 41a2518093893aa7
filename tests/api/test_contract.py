"""Promise 19: the OpenAPI document is true. Requests made of it, right ones and wrong ones, by each role; every answer held against it."""

import random
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from schemathesis import Case
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from problems.api.schema import openapi
from problems.choices import TokenScope
from problems.models import ImportRun, Search, Submission, Tag, Team, User
from problems.services import tokens
from problems.text import is_blank
from tests.api.conftest import World
from tests.factories import Cast, make_import, make_import_row, make_submission, tag_data
from tests.promises.figures import FULL, SEED, figure

ROLES = ("anonymous", "reader", "contributor", "reviewer", "curator")
CASES, WRITE_CASES = figure(100, 3), figure(100, 8)
REVIEWED = ("restrict", "claim", "release", "decision", "request-changes", "undo")
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


UNKNOWABLE: list[Any] = [
    positive_data_acceptance,  # whether a code stands for something, or a thing is in a state that allows this, no document says
    ignored_auth,  # it sends a request without the token once more, and counts a session as none
]
document: Any = schemathesis.openapi.from_dict(openapi())
document.app = get_wsgi_application()


def possible(case: Case[Any]) -> None:
    """Put in, the same at each run, what no document can say: words of the catalogue, identifiers and ids that are on record."""
    random.seed(f"{SEED} {case.path_parameters} {case.query}")
    for name in sorted(KNOWN.keys() & case.query.keys()):
        given = case.query[name]
        case.query[name] = random.choices(KNOWN[name], k=len(given)) if isinstance(given, list) else random.choice(KNOWN[name])
    if "team" in case.query and case.operation.path.endswith("/submissions/"):
        case.query["team"] = list(Team.objects.values_list("slug", flat=True)[:1])
    case.query.pop("cursor", None)
    if is_blank(str(case.query.get("q", "words"))):
        case.query["q"] = "watermark"
    if "id" in case.path_parameters and random.random() < 0.5:
        name = case.operation.path.split("/")[3]
        tag = Tag.objects.all()[0]
        ids = {"papers": [tag.paper.public_id], "tags": [tag.public_id], "problems": ["1"], "searches": [Search.objects.all()[0].public_id]}
        ids["submissions"] = ids["imports"] = ["aaaaaaaaaa"]
        ids["reviewers"] = list(User.objects.filter(role__gte=30).values_list("public_id", flat=True)) or ["none"]
        ids["teams"] = list(Team.objects.values_list("slug", flat=True)) or ["none"]
        found = ids.get(name) or KNOWN.get(name.removesuffix("s")) or ["aaaaaaaaaa"]
        case.path_parameters["id"] = random.choice(found)


WRITTEN: dict[str, list[Any]] = {
    "target": ["P1.L1", "P1.E1", "P2", "C1", "P9.L9"],
    "targets": [["P1.L1"], ["P2"]],
    "searched_on": ["2026-01-31"],
    "date": ["2024", "2024-05"],
    "rationale": ["What in the paper bears on it is said here."],
    "where": ["arXiv"],
    "query": ["watermark"],
    "address": ["https://example.org/a"],
    "orcid": ["0000-0002-1825-0097"],
}


def filled(value: Any, submission: Submission) -> Any:
    """A body with values that a reviewer, or the map, knows in place of some that are made up."""
    if isinstance(value, list):
        return [filled(each, submission) for each in value]
    if not isinstance(value, dict):
        return value
    found = {
        name: random.choice(WRITTEN[name]) if name in WRITTEN and random.random() < 0.8 else filled(each, submission) for name, each in value.items()
    }
    if "tags" in found and isinstance(found["tags"], dict):
        found["tags"] = {tag.public_id: each for tag, each in zip(submission.tags.all(), found["tags"].values(), strict=False)}
    if "identifiers" in found:
        found["identifiers"] = {"doi": [f"10.1000/{random.randrange(10**6)}"]}
    return found


def with_rows(case: Case[Any]) -> None:
    """Let a write meet rows that there are: a submission that waits, a draft, a tag, a paper; and name the version that there is."""
    waits = Submission.objects.get(state="submitted")
    draft = Submission.objects.get(state="draft")
    known = {"papers": [waits.paper], "tags": [*waits.tags.all(), Tag.objects.earliest("pk")], "submissions": [waits, waits, draft]}
    known["imports"] = list(ImportRun.objects.all())
    if "id" in case.path_parameters and random.random() < 0.9:
        rows = known.get(case.operation.path.split("/")[3])
        case.path_parameters["id"] = random.choice(rows).public_id if rows else "aaaaaaaaaa"
    if case.headers and case.headers.get("If-Match"):
        case.headers["If-Match"] = "*"
    if isinstance(case.body, dict):
        case.body = filled(case.body, waits)


@pytest.fixture
def handed_in(cast: Cast, world: World) -> None:
    """A submission that waits, and a draft."""
    make_submission(cast.contributor, tag_data(world.limitations[0]), tag_data(world.elsewhere))
    make_submission(cast.contributor, tag_data(world.limitations[1]), draft=True)
    make_import_row(make_import(cast.contributor, 0, submission=None), "unclear", number=1)


@pytest.fixture
def tokens_of(cast: Cast) -> dict[str, str]:
    """A token of each role."""
    return {role: tokens.make(user=getattr(cast, role), name="Contract", scope=TokenScope.WRITE, by=getattr(cast, role))[1] for role in ROLES[1:]}


@pytest.fixture
def cookies(cast: Cast) -> dict[str, dict[str, str]]:
    """What each role's browser sends."""
    found: dict[str, dict[str, str]] = {"anonymous": {}}
    for role in ROLES[1:]:
        client = Client()
        client.force_login(getattr(cast, role))
        found[role] = {name: cookie.value for name, cookie in client.cookies.items()}
    return found


READS = document.include(method="GET")
writes: Any = schemathesis.openapi.from_dict(openapi())
writes.app = document.app
# A version that is none (412) is refused before the body is read.
REJECTION = writes.config.checks.negative_data_rejection
REJECTION.expected_statuses = [*REJECTION.expected_statuses, "412"]
writes.config.phases.coverage.enabled = FULL  # hundreds of bodies an operation, which takes minutes
WRITES = writes.exclude(method="GET")


@READS.parametrize()  # type: ignore[untyped-decorator]
@pytest.mark.parametrize("roles", [(role,) for role in ROLES] if FULL else [ROLES], ids="-".join)
@hypothesis_settings(max_examples=CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_the_document_says(case: Case[Any], roles: tuple[str, ...], world: World, cookies: dict[str, dict[str, str]]) -> None:
    del world
    if not FULL and case.query and crc32(f"{SEED} {case.operation.path} {case.query}".encode()) % 3:  # a third of the hundreds on parameters
        return
    if case.meta is None or case.meta.generation.mode.is_positive:
        possible(case)
    case.call_and_validate(cookies=cookies[random.choice(roles)])


@WRITES.parametrize()  # type: ignore[untyped-decorator]
@pytest.mark.parametrize("roles", [(role,) for role in ROLES] if FULL else [ROLES], ids="-".join)
@pytest.mark.usefixtures("handed_in")
@hypothesis_settings(max_examples=WRITE_CASES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_every_write_is_answered_as_the_document_says(
    case: Case[Any], roles: tuple[str, ...], tokens_of: dict[str, str], cookies: dict[str, dict[str, str]]
) -> None:
    """By token, or by session; what a write makes is taken back."""
    random.seed(f"{SEED} {case.path_parameters} {case.body!r}")
    if case.meta is None or case.meta.generation.mode.is_positive:
        with_rows(case)
    fit = "reviewer" if case.operation.path.rstrip("/").endswith(REVIEWED) else "contributor"
    role = fit if fit in roles and random.random() < 0.6 else random.choice(roles)
    with transaction.atomic():
        if role != "anonymous" and random.random() < 0.7:
            case.call_and_validate(headers={"Authorization": f"Bearer {tokens_of[role]}"}, excluded_checks=UNKNOWABLE)
        else:
            case.call_and_validate(cookies=cookies[role], excluded_checks=UNKNOWABLE)
        transaction.set_rollback(True)
