"""Teams in the API: what each has on record, who works on what, submissions on behalf of one; never who is in it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.models import Declaration, Tag, Team
from problems.services import people
from tests.api.conftest import API, HOST, Ask, World, ids
from tests.factories import Cast, declare, make_statement, make_submission, make_tag, make_team, tag_data

UNTIL = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def team(cast: Cast) -> Team:
    """A team that the contributor leads."""
    return people.save_team(
        team=Team(slug="lab", name="The Lab", about="It measures."), by=None, members={cast.contributor: True, cast.teammate: False}
    )


def named(team: Team) -> dict[str, Any]:
    return {"id": team.slug, "url": f"{HOST}{API}/teams/{team.slug}/", "name": team.name}


def send(client: Client, by: Any, method: str, path: str, body: Any, **more: Any) -> Any:
    client.force_login(by)
    return client.generic(method, f"{API}/{path}", json.dumps(body), content_type="application/json", **more)


def test_a_team(ask: Ask, world: World, cast: Cast, team: Team) -> None:
    declare(team, world.limitations[0], cast.contributor)
    declare(team, world.calls[0], cast.contributor, until=UNTIL + timedelta(days=1), sentence="We build one.")
    handed_in = make_submission(cast.contributor, tag_data(world.elsewhere), draft=True)
    type(handed_in).objects.update(team=team)
    Tag.objects.filter(pk=world.narrows.pk).update(submission=handed_in)
    expected = {
        "id": "lab",
        "url": f"{HOST}{API}/teams/lab/",
        "html_url": f"{HOST}/teams/lab/",
        "slug": "lab",
        "name": "The Lab",
        "about": "It measures.",
        "tags": 1,
        "works_on": [
            {
                "statement": {"id": "P1.L1", "url": f"{HOST}{API}/statements/P1.L1/"},
                "call": None,
                "sentence": "We measure it on open data.",
                "until": UNTIL.isoformat(),
            },
            {
                "statement": None,
                "call": {"id": "C1", "url": f"{HOST}{API}/calls/C1/"},
                "sentence": "We build one.",
                "until": (UNTIL + timedelta(days=1)).isoformat(),
            },
        ],
    }
    for person in (cast.anonymous, cast.contributor, cast.curator):
        assert ask("teams/lab/", by=person) == expected
        listed = ask("teams/", by=person)["results"]
        assert [row["id"] for row in listed] == sorted([row["id"] for row in listed], key=lambda slug: Team.objects.get(slug=slug).name)
        assert next(row for row in listed if row["id"] == "lab") == expected


def test_nothing_tells_who_is_in_a_team(ask: Ask, cast: Cast, team: Team) -> None:
    before = [ask("teams/"), ask("teams/lab/")]
    people.save_team(team=team, by=None, members={cast.stranger: True, cast.reader: False})
    assert [ask("teams/"), ask("teams/lab/")] == before
    for query in ("member=stranger", "members=1", "modified__gte=2020-01-01T00:00:00Z", "ordering=modified", "ordering=created"):
        assert ask(f"teams/?{query}", status=400)["status"] == 400
    assert ids(ask("teams/?ordering=-name")) == ids(ask("teams/"))[::-1]
    assert ask("teams/no-such-team/", status=404) == ask("teams/another/", status=404)


def test_who_works_on_a_statement_and_a_call(ask: Ask, world: World, cast: Cast, team: Team) -> None:
    declare(team, world.limitations[0], cast.contributor)
    other = make_team(cast.stranger)
    declare(other, world.limitations[0], cast.stranger)
    declare(team, world.calls[0], cast.contributor)
    over = declare(team, world.elsewhere, cast.contributor)
    Declaration.objects.filter(pk=over.pk).update(until=timezone.localdate() - timedelta(days=1))
    told = {"sentence": "We measure it on open data.", "until": UNTIL.isoformat()}
    assert ask("statements/P1.L1/")["being_worked_on"] == [{"team": named(team), **told}, {"team": named(other), **told}]
    assert ask("calls/C1/")["being_worked_on"] == [{"team": named(team), **told}]
    assert ask("statements/P2.L1/")["being_worked_on"] == []
    assert ids(ask("statements/?being_worked_on=true")) == ["P1.L1", "P1.L2"]
    assert ids(ask("statements/?being_worked_on=false")) == ["P1.E1", "P2.L1"]
    assert ask("statements/P1.L1/")["state"] == "narrowed"


@pytest.mark.parametrize("path", ["statements/", "calls/", "teams/", "tags/"])
def test_lists_of_fixed_cost(ask: Ask, world: World, cast: Cast, team: Team, path: str) -> None:
    declare(team, world.limitations[0], cast.contributor)
    ask(path)
    with CaptureQueriesContext(connection) as few:
        ask(path)
    for number in range(3):
        other = make_team(cast.stranger, slug=f"other-{number}")
        statement = make_statement(world.problems[0])
        declare(other, statement, cast.stranger)
        declare(other, world.calls[0], cast.stranger)
        handed_in = make_submission(cast.stranger, tag_data(statement))
        type(handed_in).objects.filter(pk=handed_in.pk).update(team=other)
        tag = make_tag(statement)
        Tag.objects.filter(pk=tag.pk).update(submission=handed_in)
    with CaptureQueriesContext(connection) as many:
        ask(path)
    assert len(many) == len(few)


@pytest.mark.usefixtures("world")
def test_a_submission_on_behalf_of_a_team(client: Client, ask: Ask, cast: Cast, team: Team) -> None:
    body = {"record": {"title": "Tests of tests", "authors": [{"family": "Berg"}], "date": "2025"}, "tags": [tag_data("P1.L1")], "team": "lab"}
    made = send(client, cast.contributor, "POST", "submissions/", body).json()
    assert made["team"] == named(team)
    path = f"submissions/{made['id']}/"
    changed = send(client, cast.contributor, "PATCH", path, {"message": "Please look."}, HTTP_IF_MATCH="*").json()
    assert changed["team"] == named(team)
    changed = send(client, cast.contributor, "PATCH", path, {"team": ""}, HTTP_IF_MATCH="*").json()
    assert changed["team"] is None
    changed = send(client, cast.contributor, "PATCH", path, {"team": "lab"}, HTTP_IF_MATCH="*").json()
    handed_in = send(client, cast.contributor, "POST", f"{path}submit/", {}).json()
    assert (handed_in["team"], handed_in["tags"][0]["team"]) == (named(team), named(team))
    Tag.objects.update(status="accepted", decided_at=timezone.now())
    tag = Tag.objects.get(submission__team=team)
    type(tag.paper).objects.filter(pk=tag.paper_id).update(visibility="public")
    cast.contributor.hide_name = True
    people.save(user=cast.contributor, by=None)
    client.logout()
    told = ask(f"tags/{tag.public_id}/")
    assert (told["contributor"], told["team"]) == ("a contributor", named(team))


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("papers/", {"title": "Tests of tests", "date": "2025"}),
        ("tags/", tag_data("P1.L2")),
        ("searches/", {"target": "P1.L2", "where": "arXiv", "query": "tests", "searched_on": "2026-01-31"}),
    ],
)
def test_what_is_handed_in_at_once_may_be_on_behalf_of_a_team(  # noqa: PLR0917 - columns of the table
    client: Client, world: World, cast: Cast, team: Team, path: str, body: dict[str, Any]
) -> None:
    sent = body | ({"paper": world.papers[0].public_id} if path == "tags/" else {})
    made = send(client, cast.contributor, "POST", path, sent | {"team": "lab"})
    assert made.status_code == 201
    assert send(client, cast.contributor, "GET", f"submissions/{made.json()['submission']['id']}/", None).json()["team"] == named(team)


def test_a_team_of_others_is_as_none(client: Client, world: World, cast: Cast, team: Team) -> None:
    """Hole 4."""
    del world
    answers = []
    for slug in (team.slug, "no-such-team"):
        answer = send(client, cast.stranger, "POST", "submissions/", {"record": {"title": "Tests"}, "team": slug})
        assert answer.status_code == 422
        answers.append(answer.json())
    assert answers[0] == answers[1]
    assert answers[0]["errors"] == [{"pointer": "/team", "code": "invalid", "detail": "You are in no such team."}]
