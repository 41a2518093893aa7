"""Who gets what at every address: the table in access.py walked in full, and nothing hidden found on any of them by anybody who may not see it."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from problems.api.schema import openapi
from problems.choices import ImportState, Relation, ReviewStatus, Section, Visibility
from problems.models import Paper, Submission, Tag, Team
from problems.services.declarations import declare
from problems.services.tags import restrict_text
from tests.access import ADMIN, FORMS, METHODS, ROLES, SECOND_FACTOR, TABLE, Line
from tests.factories import (
    Cast,
    make_agenda,
    make_call,
    make_import,
    make_import_row,
    make_paper,
    make_problem,
    make_search,
    make_statement,
    make_submission,
    make_tag,
    tag_data,
)

SECRET = "zyxomarkterm"  # in everything that is restricted
PENDING = "qualmphrase"  # in everything that waits
DRAFTED = "drofterword"  # in a draft, which is nobody else's
READS = ("GET", "HEAD")
WRITES = ("POST", "PUT", "PATCH", "DELETE")


def routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every route there is."""
    for each in (resolver or get_resolver()).url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each, route)
        elif isinstance(each, URLPattern):
            yield route


@pytest.fixture
def world(cast: Cast) -> dict[str, Any]:
    """Public rows, and beside each a hidden one: a paper that waits, one that is restricted, a proposed tag, a tag on a hidden paper."""
    make_agenda()
    problem = make_problem(1)
    work, statement = make_statement(problem, section=Section.EXISTING_WORK), make_statement(problem)
    call = make_call(statement)
    paper = make_paper(title="Open to all", abstract="Plain.")
    tag = make_tag(statement, paper, relation=Relation.NARROWS, contributor=cast.stranger)
    make_tag(work, paper)
    make_tag(call, paper)
    waiting = make_paper(
        title=f"Waits {PENDING}",
        venue=f"Venue {PENDING}",
        abstract=f"Abstract {PENDING}",
        authors=[PENDING],
        visibility=Visibility.WAITING,
        logged_by=cast.contributor,
    )
    restricted = make_paper(
        title=f"Hidden {SECRET}",
        venue=f"Venue {SECRET}",
        abstract=f"Abstract {SECRET}",
        authors=[SECRET],
        visibility=Visibility.RESTRICTED,
        logged_by=cast.contributor,
    )
    hidden = make_tag(
        statement, restricted, relation=Relation.DISPUTES, rationale=f"Because of {SECRET}, and so on.", locator=SECRET, contributor=cast.contributor
    )
    make_tag(problem, restricted, rationale=f"Because of {SECRET}, and so on.")
    proposed = make_tag(
        statement,
        paper,
        relation=Relation.CONFIRMS,
        rationale=f"Because of {PENDING}, and so on.",
        locator=PENDING,
        status=ReviewStatus.PROPOSED,
        contributor=cast.contributor,
    )
    make_tag(statement, waiting, relation=Relation.CONFIRMS, rationale=f"Because of {PENDING}, and so on.", contributor=cast.contributor)
    search = make_search(statement, query=PENDING, where=PENDING, status=ReviewStatus.PROPOSED, by=cast.contributor)
    other = make_statement(problem)
    make_tag(problem, paper, rationale=f"Because of {SECRET}, and so on.", locator=SECRET, contributor=cast.contributor, relation=Relation.RELEVANT)
    restrict_text(tag=Tag.objects.get(paper=paper, problem=problem), by=cast.reviewer, reason=f"It names {SECRET}.")
    submission = make_submission(
        cast.contributor,
        tag_data(other, rationale=f"Because of {PENDING}, and so on."),
        record={"title": f"Submitted {PENDING}", "abstract": PENDING, "authors": [{"family": PENDING}]},
        message=f"Message {PENDING}",
    )
    draft = make_submission(cast.contributor, tag_data(other), record={"title": f"Draft {DRAFTED}"}, draft=True, message=DRAFTED)
    team = Team.objects.get(members=cast.contributor)
    until = timezone.localdate() + timedelta(days=30)
    declaration = declare(team=team, target=other.code, sentence="We measure it.", until=until, by=cast.teammate)
    imported = make_import(cast.contributor, 2, title=f"Imported {PENDING}", filename=f"{PENDING}.bib")
    make_import_row(imported, "unclear", number=3, title=f"Unclear {PENDING}", paper=restricted)
    running = make_import(cast.contributor, 0, state=ImportState.RUNNING, filename=f"{PENDING}.bib", submission=None)
    return {
        "import_id": imported.public_id,
        "running_id": running.public_id,
        "team_slug": team.slug,
        "declaration_id": declaration.public_id,
        "submission_id": submission.public_id,
        "submitted_paper_id": Paper.objects.get(title=f"Submitted {PENDING}").public_id,
        "draft_id": draft.public_id,
        "search_id": search.public_id,
        "problem": problem.get_absolute_url(),
        "phase_slug": problem.phase.slug,
        "challenge_slug": problem.challenges.get().slug,
        "paper": paper.get_absolute_url(),
        "waiting": waiting.get_absolute_url(),
        "restricted": restricted.get_absolute_url(),
        "paper_id": paper.public_id,
        "waiting_id": waiting.public_id,
        "restricted_id": restricted.public_id,
        "tag_id": tag.public_id,
        "proposed_id": proposed.public_id,
        "hidden_tag_id": hidden.public_id,
        "person_id": cast.stranger.public_id,
    }


def client_of(cast: Cast, role: str) -> Client:
    client = Client(raise_request_exception=False)
    if role != "anonymous":
        client.force_login(getattr(cast, role), backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def test_every_address_has_a_line() -> None:
    listed = {line.route for line in TABLE}
    unlisted = {route for route in routes() if not route.startswith((ADMIN, SECOND_FACTOR))} - listed
    assert unlisted == set()
    assert {route for route in listed if route not in set(routes())} == set()


@pytest.mark.parametrize("role", ROLES)
def test_who_gets_what(cast: Cast, world: dict[str, Any], role: str) -> None:
    client = client_of(cast, role)
    differences = []
    for line in TABLE:
        for method in READS:
            if "/logout/" in line.address and role != "anonymous":
                client = client_of(cast, role)
            status = client.generic(method, line.address.format(**world)).status_code
            if status != getattr(line, role):
                differences.append((method, line.address, status, getattr(line, role)))
    assert differences == []


@pytest.mark.parametrize("role", ROLES)
def test_the_admin_is_for_curators(cast: Cast, world: dict[str, Any], role: str) -> None:
    """Visitors end at the log-in, others are refused, whatever the method; curators are answered."""
    del world
    client = client_of(cast, role)
    wrong = []
    for route in routes():
        if not route.startswith(ADMIN) or route in {"admin/login/", "admin/logout/"}:
            continue
        address = "/" + re.sub(r"<[a-z]+:[a-z_]+>", "1", route).replace("^(?P<app_label>problems)/$", "problems/").replace("(?P<url>.*)$", "nothing")
        for method in ("GET",) if role == "curator" else ("GET", "POST"):
            response = (client.get if method == "GET" else client.post)(address, follow=True)
            end = response.redirect_chain[-1][0].split("?")[0] if response.redirect_chain else ""
            expected = {
                "anonymous": response.status_code == 200 and end == "/accounts/login/",
                "curator": response.status_code < 500 and end != "/accounts/login/",
            }
            if not expected.get(role, response.status_code == 403):
                wrong.append((method, address, response.status_code, end))
    assert wrong == []


@pytest.mark.parametrize("role", ROLES)
def test_reading_addresses_take_no_writes(cast: Cast, world: dict[str, Any], role: str) -> None:
    client = client_of(cast, role)
    before = (list(Paper.objects.values()), list(Tag.objects.values()))
    wrong = []
    taken = {(write.method, write.route) for write in METHODS}
    for line in TABLE:
        if line.route.startswith(FORMS):
            continue
        for method in WRITES:
            if (method, line.route) in taken:
                continue
            response = client.generic(
                method, line.address.format(**world), b"{", content_type="application/json", headers={"X-HTTP-Method-Override": "GET"}
            )
            if response.status_code != 405 or ("POST" if line.curator == 405 else "GET") not in response.get("Allow", ""):
                wrong.append((method, line.address, response.status_code))
    assert wrong == []
    assert (list(Paper.objects.values()), list(Tag.objects.values())) == before


@pytest.mark.parametrize("role", ROLES)
def test_who_may_write_what(cast: Cast, world: dict[str, Any], role: str) -> None:
    """Before anything is read: the body is broken, and nothing is written."""
    client = client_of(cast, role)
    before = (list(Paper.objects.values()), list(Tag.objects.values()), list(Submission.objects.values()))
    differences = []
    for write in METHODS:
        answer = client.generic(write.method, write.address.format(**world), b"{", content_type="application/json")
        if answer.status_code != getattr(write, role):
            differences.append((write.method, write.address, answer.status_code, getattr(write, role)))
    assert differences == []
    assert (list(Paper.objects.values()), list(Tag.objects.values()), list(Submission.objects.values())) == before


def test_every_write_of_the_api_has_a_line() -> None:
    told = {(method.upper(), path.removeprefix("/").replace("{id}", "<str:id>")) for path, item in openapi()["paths"].items() for method in item}
    assert {write for write in told if write[0] != "GET"} == {(write.method, write.route) for write in METHODS}


QUERIES = (
    "",
    f"?q={SECRET[:-1]}",
    f"?q={PENDING[:-1]}",
    "?page_size=200&include=tags",
    "?ordering=-modified",
    "?problem=1",
    "?statement=P1.L1&retired=true",
    "?view=table",
    "?format=jsonl",
)
ONE = ("", "?page_size=200&include=tags", "?format=jsonl")  # of an address of one thing
SEES = {
    "anonymous": set(),
    "reader": set(),
    "stranger": set(),
    "contributor": {PENDING, DRAFTED},
    "teammate": {PENDING},
    "reviewer": {PENDING, SECRET},
    "curator": {PENDING, SECRET},
}


def readable(world: dict[str, Any]) -> Iterator[str]:
    """Addresses that show rows."""
    for line in TABLE:
        if not line.route.startswith("accounts/"):
            for query in ONE if "{" in line.address else QUERIES:
                yield line.address.format(**world) + query


def answer(client: Client, address: str) -> str:
    """Headers and body, without what is random, and without the address itself."""
    response = client.get(address)
    headers = {name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "Content-Security-Policy", "Expires"}}
    body = re.sub(r'name="(?:csrfmiddlewaretoken|once)" value="[^"]*"', "", response.getvalue().decode())
    return f"{response.status_code} {headers} {body}".replace(address.partition("?")[0], "")


@pytest.mark.parametrize("role", SEES)
def test_nothing_hidden_is_found_anywhere(cast: Cast, world: dict[str, Any], role: str) -> None:
    """By content, over every address and query; who may see it finds it on some, else this proves nothing."""
    client = client_of(cast, role)
    answers = {address: answer(client, address) for address in readable(world)}
    found = {(word, address) for address, text in answers.items() for word in (SECRET, PENDING, DRAFTED) if word in text}
    assert {(word, address) for word, address in found if word not in SEES[role]} == set()
    assert {word for word, _ in found} == SEES[role]


@pytest.mark.parametrize("role", ["anonymous", "stranger"])
def test_what_is_hidden_changes_no_byte(cast: Cast, world: dict[str, Any], role: str) -> None:
    """By count: each answer is the same before and after hidden rows come in."""
    client = client_of(cast, role)
    before = {address: answer(client, address) for address in readable(world)}
    hidden = make_paper(title="Open and hidden", visibility=Visibility.RESTRICTED)
    statement = Tag.objects.get(public_id=world["tag_id"]).statement
    assert statement is not None
    make_tag(statement, hidden, relation=Relation.ADDRESSES)
    make_tag(statement.problem, hidden)
    make_tag(statement, make_paper(title="Open and waiting", visibility=Visibility.WAITING, logged_by=cast.contributor), relation=Relation.DISPUTES)
    open_paper = Paper.objects.get(public_id=world["paper_id"])
    make_tag(statement, open_paper, relation=Relation.ADDRESSES, status=ReviewStatus.PROPOSED, contributor=cast.contributor)
    make_search(statement, status=ReviewStatus.PROPOSED, by=cast.contributor)
    assert [address for address, text in before.items() if answer(client, address) != text] == []


PAIRS = ("/papers/{}/x/", "/papers/{}/", "/api/v1/papers/{}/", "/api/v1/tags/{}/", "/api/v1/tags/?paper={}")


@pytest.mark.parametrize("role", ["anonymous", "stranger"])
@pytest.mark.parametrize("method", [*READS, *WRITES, "OPTIONS"])
def test_hidden_answers_as_unknown(cast: Cast, world: dict[str, Any], role: str, method: str) -> None:
    client = client_of(cast, role)

    def asked(address: str, each: str) -> tuple[int, dict[str, str], str]:
        response = client.generic(method, address.format(each))
        headers = {name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "Content-Security-Policy"}}
        body = re.sub(r'name="(?:csrfmiddlewaretoken|once)" value="[^"]*"', "", response.getvalue().decode())
        return response.status_code, headers, body.replace(each, "")

    for address in PAIRS:
        hidden = world["hidden_tag_id"] if "/tags/{}" in address else world["restricted_id"]
        assert asked(address, hidden) == asked(address, "aaaaaaaaaa"), (method, address)


def test_lines_name_each_role_once() -> None:
    assert Line._fields[2:] == ROLES
