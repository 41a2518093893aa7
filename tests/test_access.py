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
from problems.choices import ImportState, Relation, ReviewStatus, Role, Section, Verdict, Visibility
from problems.models import BulkChange, Paper, ProbableDuplicate, Statement, Submission, Tag, Team
from problems.services import assignments, flags, interests, messages, opinions, trash
from problems.services.catalogue_changes import propose
from problems.services.declarations import declare
from problems.services.reviews import Ruling, Rulings
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
    make_user,
    tag_data,
)
from tests.promises.figures import FULL

SECRET = "zyxomarkterm"  # in everything that is restricted
PENDING = "qualmphrase"  # in everything that waits
DRAFTED = "drofterword"  # in a draft, which is nobody else's
BINNED = "plumbjackal"  # in everything that lies in the trash: only its own page and that of it in the API tell of it
WHISPERED = "brindlewhist"  # among reviewers
BLIND = "curlewblind"  # in what the first of two reviewers ruled, while the second is asked: nobody else's, curators included
FLAGGED = "sandpiperly"  # in a flag: its sender's and reviewers'
DECLARED = "ptarmiganson"  # in a conflict of interest of the reviewer, which is nobody else's
PLANTED = (SECRET, PENDING, DRAFTED, BINNED, WHISPERED, BLIND, FLAGGED, DECLARED)
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


def talked(cast: Cast, submission: Submission, target: Statement) -> dict[str, Any]:
    """What people said and declared about it: messages, a first opinion on another one, a conflict of interest, a flag, who is asked to review."""
    messages.write(submission=submission, by=cast.contributor, audience="contributor", text="Here it is.")
    messages.write(submission=submission, by=cast.curator, audience="contributor", text="@Contributor please look.")
    messages.write(submission=submission, by=cast.curator, audience="reviewers", text=f"It is {WHISPERED}.")
    asked = make_submission(cast.contributor, tag_data(target))
    first = make_user(Role.REVIEWER, display_name="First")
    ruling = Ruling(Verdict.DECLINE, reason="other", words=f"Because {BLIND}.")
    rulings = Rulings(record=ruling, tags={tag.public_id: ruling for tag in asked.tags.all()})
    opinions.ask(submission=asked, by=first, rulings=rulings, note=f"Note {BLIND}.")
    interests.declare(by=cast.reviewer, kind="author", what=f"{DECLARED.capitalize()}, Ada")
    flags.flag(thing=target, by=cast.contributor, reason="other", text=f"It says {FLAGGED}.")
    assignments.stand(reviewer=cast.reviewer, person=cast.contributor, by=cast.curator)
    return {"asked_id": asked.public_id, "first": first}


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
    many = BulkChange.objects.create(by=cast.reviewer, act="accept", items=[{"id": submission.public_id, "left": "", "told": [], "back": {}}])
    told: dict[str, Any] = {"kind": "retirement", "target": "P1.L1", "values": {"successor": other.code}}
    change = propose(by=cast.reviewer, reason=f"Because of {PENDING}.", **told)
    binned = make_paper(title=f"Thrown {BINNED}", abstract=BINNED, authors=[BINNED])
    thrown_tag = make_tag(statement, binned, rationale=f"Because of {BINNED}, and so on.")
    flagged, _ = flags.flag(thing=thrown_tag.paper, by=cast.contributor, reason="wrong", text="The year is another one.")
    trashed = trash.throw(thing=thrown_tag.paper, by=None, reason=f"It names {BINNED}.")
    pair = ProbableDuplicate.objects.create(first=paper, second=restricted)
    return {
        **talked(cast, submission, other),
        "flag_id": flagged.public_id,
        "pair_id": pair.public_id,
        "trashed": thrown_tag.paper.get_absolute_url(),
        "trashed_id": trashed.public_id,
        "trashed_paper_id": thrown_tag.paper.public_id,
        "trashed_tag_id": thrown_tag.public_id,
        "change_id": change.public_id,
        "bulk_id": many.public_id,
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


HEADS = ROLES if FULL else ("anonymous",)
"""Who asks for the head alone, too."""


@pytest.mark.parametrize("role", ROLES)
def test_who_gets_what(cast: Cast, world: dict[str, Any], role: str) -> None:
    client = client_of(cast, role)
    differences = []
    for line in TABLE:
        for method in READS if role in HEADS else ("GET",):
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
    "contributor": {PENDING, DRAFTED, FLAGGED},
    "teammate": {PENDING},
    "reviewer": {PENDING, SECRET, WHISPERED, FLAGGED, DECLARED},
    "curator": {PENDING, SECRET, BINNED, WHISPERED, FLAGGED},
}


STILL = ("accounts/", "about/", "codebook/", "components/", "api/docs/", "api/errors/", "api/v1/schema/", "account/", "theme.css", "robots.txt")
"""Routes that show no rows: they are asked as they are."""
MANY = ("map/", "papers/", "calls/", "changes", "api/v1/")
"""Routes that read what is asked of a list, as the home page does; others are asked with one filter."""


def queries(line: Line) -> tuple[str, ...]:
    """With what else an address is asked."""
    if line.route.startswith(STILL) or "?" in line.address:
        return ()
    if "{" in line.address:
        return ONE[1:] if line.route.startswith(("api/", "papers/")) else ()
    return QUERIES[1:] if line.route.startswith(MANY) or not line.route else ("?problem=1",)


def crawl(client: Client, world: dict[str, Any]) -> dict[str, str]:
    """The answer at each address and query that may show rows. One that is refused, or names nothing, is not asked with its queries, too."""
    found: dict[str, str] = {}
    for line in TABLE:
        address = line.address.format(**world)
        if "/logout/" in address or address in found:
            continue
        found[address] = answer(client, address)
        hidden = found[address].startswith("404 ") and "{" in line.address
        if hidden or found[address].startswith("200 "):
            found |= {address + query: answer(client, address + query) for query in queries(line)}
    return found


def answer(client: Client, address: str) -> str:
    """Headers and body, without what is random, and without the address itself."""
    response = client.get(address)
    headers = {name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "Content-Security-Policy", "Expires"}}
    body = re.sub(r'name="(?:csrfmiddlewaretoken|once)" value="[^"]*"', "", response.getvalue().decode())
    return f"{response.status_code} {headers} {body}".replace(address.partition("?")[0], "")


CRAWLED = tuple(SEES) if FULL else ("anonymous", "contributor", "reviewer", "curator")


@pytest.mark.parametrize("role", CRAWLED)
def test_nothing_hidden_is_found_anywhere(cast: Cast, world: dict[str, Any], role: str) -> None:
    """By content, over every address and query; who may see it finds it on some, else this proves nothing."""
    client = client_of(cast, role)
    answers = crawl(client, world)
    found = {(word, address) for address, text in answers.items() for word in PLANTED if word in text.lower()}
    assert {(word, address) for word, address in found if word not in SEES[role]} == set()
    assert {word for word, _ in found} == SEES[role]


def test_the_first_of_two_reviewers_reads_what_they_ruled(world: dict[str, Any]) -> None:
    """Else it proves nothing that nobody else does."""
    client = Client()
    client.force_login(world["first"], backend="allauth.account.auth_backends.AuthenticationBackend")
    assert BLIND in answer(client, f"/review/{world['asked_id']}/")


@pytest.mark.parametrize("role", ["anonymous", "stranger"] if FULL else ["anonymous"])
def test_what_is_hidden_changes_no_byte(cast: Cast, world: dict[str, Any], role: str) -> None:
    """By count: each answer is the same before and after hidden rows come in."""
    client = client_of(cast, role)
    before = crawl(client, world)
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
def test_hidden_answers_as_unknown(cast: Cast, world: dict[str, Any], role: str) -> None:
    client = client_of(cast, role)

    def asked(method: str, address: str, each: str) -> tuple[int, dict[str, str], str]:
        response = client.generic(method, address.format(each))
        headers = {name: value for name, value in response.headers.items() if name not in {"X-Request-ID", "Content-Security-Policy"}}
        body = re.sub(r'name="(?:csrfmiddlewaretoken|once)" value="[^"]*"', "", response.getvalue().decode())
        return response.status_code, headers, body.replace(each, "")

    for method in (*READS, *WRITES, "OPTIONS"):
        for address in PAIRS:
            hidden = world["hidden_tag_id"] if "/tags/{}" in address else world["restricted_id"]
            assert asked(method, address, hidden) == asked(method, address, "aaaaaaaaaa"), (method, address)


def test_lines_name_each_role_once() -> None:
    assert Line._fields[2:] == ROLES
