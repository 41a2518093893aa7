"""What every resource answers, field by field."""

import base64
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.utils import timezone

from problems.api.addresses import api_address
from problems.models import Agenda, Problem, Tag
from tests.api.conftest import HOST, Ask, World
from tests.factories import RATIONALE, make_paper, make_statement, make_tag

TIMES = {"created": "2026-01-01T00:00:00Z", "modified": "2026-01-01T00:00:00Z"}
ACCEPTED = "2026-03-01T12:30:00.123456Z"


def to(thing: Any, resource: str) -> dict[str, Any]:
    """A reference."""
    key = thing.number if isinstance(thing, Problem) else next(getattr(thing, name) for name in ("public_id", "code", "slug") if hasattr(thing, name))
    return {"id": key, "url": f"{HOST}/api/v1/{resource}/{key}/"}


def both(ask: Ask, resource: str, key: object, expected: dict[str, Any], query: str = "") -> None:
    """The list holds what one object answers, and both are as expected."""
    separator = "?" if query else ""
    assert ask(f"{resource}/{key}/{separator}{query}") == expected
    listed = ask(f"{resource}/?{query}")["results"]
    assert [row for row in listed if row["id"] == key] == [expected]
    assert list(expected)[:5] == ["id", "url", "html_url", "created", "modified"]


def test_root(ask: Ask) -> None:
    resources = {
        name: f"{HOST}/api/v1/{name}/"
        for name in (
            *(
                "agenda",
                "phases",
                "challenges",
                "problems",
                "statements",
                "calls",
                "papers",
                "tags",
                "searches",
                "submissions",
                "catalogue-changes",
                "teams",
            ),
            "imports",
            *("duplicates", "trash", "flags"),
            *("notifications", "following", "reviewers", "interests", "assignments", "bulk-changes"),
            *("care", "restricted-reads", "changes", "notification-paces", "agreement"),
            "schema",
        )
    }
    expected = resources | {"docs": f"{HOST}/api/docs/"}
    assert ask("/api/") == ask("/api/v1/") == expected
    assert list(expected) == list(ask("/api/"))


def test_agenda(ask: Ask, world: World) -> None:
    assert ask("agenda/") == {
        "id": "agenda",
        "url": f"{HOST}/api/v1/agenda/",
        "html_url": f"{HOST}/about/",
        **TIMES,
        "title": "Open problems of testing",
        "authors": [{"family": "Lovelace", "given": "Ada"}],
        "organisations": ["Institute of Tests"],
        "year": 2026,
        "address": "https://example.org/agenda",
        "headline": "Open problems, and who works on them",
        "introduction": "An introduction.",
        "challenges_heading": "What sets this field apart",
        "challenges": [to(challenge, "challenges") for challenge in world.challenges],
        "bibtex": "@misc{agenda, title={Open problems of testing}}",
    }


def test_an_author_of_the_agenda_may_have_no_given_name(ask: Ask, world: World) -> None:
    del world
    Agenda.objects.update(authors=[{"family": "Plato"}])
    assert ask("agenda/")["authors"] == [{"family": "Plato", "given": ""}]


def test_agenda_before_one_is_loaded(ask: Ask, world: World) -> None:
    del world
    Agenda.objects.all().delete()
    assert ask("agenda/", 404)["detail"] == "No agenda is loaded yet."


def test_phases(ask: Ask, world: World) -> None:
    phase = world.phases[0]
    expected = {
        "id": "design",
        "url": f"{HOST}/api/v1/phases/design/",
        "html_url": f"{HOST}/map/?phase=design",
        **TIMES,
        "slug": "design",
        "number": 1,
        "title": phase.title,
        "label": phase.label,
        "scope": "All of it",
    }
    both(ask, "phases", "design", expected)


def test_challenges(ask: Ask, world: World) -> None:
    challenge = world.challenges[0]
    expected = {
        "id": "data",
        "url": f"{HOST}/api/v1/challenges/data/",
        "html_url": f"{HOST}/?challenge=data#problems",
        **TIMES,
        "slug": "data",
        "label": challenge.label,
        "title": challenge.title,
        "text": "What makes it hard.",
    }
    both(ask, "challenges", "data", expected)


def test_problems(ask: Ask, world: World) -> None:
    expected = {
        "id": 1,
        "url": f"{HOST}/api/v1/problems/1/",
        "html_url": f"{HOST}/problems/1-first/",
        **TIMES,
        "number": 1,
        "slug": "first",
        "title": "First watermark",
        "question": "How does one test this?",
        "summary": "A summary.",
        "phase": to(world.phases[0], "phases"),
        "challenges": [to(world.challenges[0], "challenges")],
        "states": {"untouched": 1, "confirmed": 0, "contested": 0, "narrowed": 1, "addressed": 0},
        "papers": 2,
    }
    both(ask, "problems", 1, expected)


def test_a_limitation(ask: Ask, world: World) -> None:
    expected = {
        "id": "P1.L1",
        "url": f"{HOST}/api/v1/statements/P1.L1/",
        "html_url": f"{HOST}/problems/1-first/#P1.L1",
        **TIMES,
        "code": "P1.L1",
        "problem": to(world.problems[0], "problems"),
        "section": "limitation",
        "text": "No watermark lasts.",
        "state": "narrowed",
        "state_since": ACCEPTED,
        "steps": [
            {"before": "untouched", "after": "narrowed", "at": ACCEPTED, "paper": to(world.papers[0], "papers"), "tag": to(world.narrows, "tags")}
        ],
        "searched": None,
        "papers": 1,
        "calls": [to(world.calls[0], "calls")],
        "being_worked_on": [],
        "review_by": None,
        "retired_on": None,
        "successor": None,
    }
    both(ask, "statements", "P1.L1", expected)


def test_a_limitation_that_somebody_searched(ask: Ask, world: World) -> None:
    del world
    found = ask("statements/P1.L2/")
    told = {name: found[name] for name in ("state", "state_since", "steps", "searched", "papers")}
    assert told == {"state": "untouched", "state_since": None, "steps": [], "searched": timezone.localdate().isoformat(), "papers": 0}


def test_existing_work_has_no_state(ask: Ask, world: World) -> None:
    del world
    found = ask("statements/P1.E1/")
    told = {name: found[name] for name in ("section", "state", "state_since", "steps", "papers")}
    assert told == {"section": "existing_work", "state": None, "state_since": None, "steps": [], "papers": 1}


def test_a_retired_statement_always_answers_and_counts_nowhere(ask: Ask, world: World) -> None:
    assert world.retired.state == "contested"  # what it was when it was retired
    found = ask("statements/P1.L3/")
    told = {name: found[name] for name in ("html_url", "state", "state_since", "steps", "papers", "retired_on", "successor")}
    assert told == {
        "html_url": f"{HOST}/problems/1-first/?retired=true#P1.L3",
        "state": None,
        "state_since": None,
        "steps": [],
        "papers": 0,
        "retired_on": "2026-02-01",
        "successor": to(world.limitations[0], "statements"),
    }


def test_steps_are_told_oldest_first(ask: Ask, world: World) -> None:
    second = make_tag(world.limitations[0], relation="disputes")
    steps = ask("statements/P1.L1/")["steps"]
    assert [(step["before"], step["after"], step["tag"]["id"]) for step in steps] == [
        ("untouched", "narrowed", world.narrows.public_id),
        ("narrowed", "contested", second.public_id),
    ]


def test_calls(ask: Ask, world: World) -> None:
    expected = {
        "id": "C1",
        "url": f"{HOST}/api/v1/calls/C1/",
        "html_url": f"{HOST}/calls/#C1",
        **TIMES,
        "code": "C1",
        "phase": to(world.phases[0], "phases"),
        "text": "Build a watermark.",
        "serves": [to(world.limitations[0], "statements"), to(world.elsewhere, "statements")],
        "problems": [to(problem, "problems") for problem in world.problems],
        "papers": 1,
        "being_worked_on": [],
    }
    both(ask, "calls", "C1", expected)


def test_a_call_serves_no_retired_statement(ask: Ask, world: World) -> None:
    world.calls[1].serves.add(world.retired)
    found = ask("calls/C2/")
    assert (found["serves"], found["problems"]) == ([], [])


def paper(world: World) -> dict[str, Any]:
    """The first paper as the API tells it."""
    key = world.papers[0].public_id
    return {
        "id": key,
        "url": f"{HOST}/api/v1/papers/{key}/",
        "html_url": f"{HOST}/papers/{key}/a-lasting-watermark/",
        **TIMES,
        "title": "A lasting watermark",
        "abstract": "It lasts.",
        "authors": [
            {
                "family": "Berg",
                "given": "Ada",
                "particle": "van den",
                "suffix": "Jr.",
                "literal": "",
                "orcid": "0000-0002-1825-0097",
                "name": "Ada van den Berg Jr.",
            },
            {"family": "", "given": "", "particle": "", "suffix": "", "literal": "Institute of Tests", "orcid": "", "name": "Institute of Tests"},
        ],
        "identifiers": {"arxiv": ["2402.01239"], "doi": ["10.1000/first", "10.1000/second"]},
        "year": 2024,
        "date": "2024-05-01",
        "venue": "Journal of Tests",
        "type": "article",
        "address": "https://example.org/lasting",
        "address_is_link": False,
        "retracted": False,
        "corrected": True,
        "advisory": 1,
        "topics": [],
        "material": "none_needed",
        "modalities": ["text", "image"],
        "visibility": "public",
    }


def tag(world: World) -> dict[str, Any]:
    """The tag of that paper as the API tells it."""
    key, of = world.narrows.public_id, world.papers[0]
    return {
        "id": key,
        "url": f"{HOST}/api/v1/tags/{key}/",
        "html_url": f"{HOST}/papers/{of.public_id}/a-lasting-watermark/#tag-{key}",
        **TIMES,
        "paper": to(of, "papers"),
        "statement": to(world.limitations[0], "statements"),
        "call": None,
        "problem": None,
        "relation": "narrows",
        "rationale": RATIONALE,
        "locator": "Section 4",
        "basis": "general_proxy",
        "status": "accepted",
        "contributor": "Somebody",
        "team": None,
        "accepted": ACCEPTED,
    }


def test_papers(ask: Ask, world: World) -> None:
    both(ask, "papers", world.papers[0].public_id, paper(world))


def test_a_paper_of_which_little_is_known(ask: Ask, world: World) -> None:
    found = ask(f"papers/{world.papers[2].public_id}/")
    told = {name: found[name] for name in ("abstract", "authors", "identifiers", "year", "date", "venue", "type", "address")}
    assert told == {"abstract": "", "authors": [], "identifiers": {}, "year": None, "date": None, "venue": "", "type": "other", "address": ""}


def test_papers_with_their_tags(ask: Ask, world: World) -> None:
    both(ask, "papers", world.papers[0].public_id, paper(world) | {"tags": [tag(world)]}, "include=tags")


def test_statements_with_their_tags(ask: Ask, world: World) -> None:
    expected = ask("statements/P1.L1/") | {"tags": [tag(world)]}
    both(ask, "statements", "P1.L1", expected, "include=tags")


def test_tags(ask: Ask, world: World) -> None:
    both(ask, "tags", world.narrows.public_id, tag(world))


def test_each_kind_of_target(ask: Ask, world: World) -> None:
    nothing = dict.fromkeys(("statement", "call", "problem"))
    targets = {
        world.contributes: {"statement": to(world.existing, "statements")},
        world.responds: {"call": to(world.calls[0], "calls")},
        world.relevant: {"problem": to(world.problems[1], "problems")},
    }
    for each, target in targets.items():
        found = ask(f"tags/{each.public_id}/")
        assert {name: found[name] for name in nothing} == nothing | target


def test_a_tag_that_waits_has_no_time_of_acceptance(ask: Ask, world: World, cast: Any) -> None:
    waiting = make_tag(world.elsewhere, status="proposed", contributor=cast.contributor)
    declined = make_tag(world.elsewhere, status="declined", contributor=cast.contributor)
    for each in (waiting, declined):
        found = ask(f"tags/{each.public_id}/", by=cast.contributor)
        assert (found["status"], found["accepted"]) == (each.status, None)


@pytest.mark.parametrize("count", [20, 21])
def test_many_tags_are_cut_and_lead_to_all(ask: Ask, world: World, count: int) -> None:
    for _ in range(count):
        make_tag(world.elsewhere, relation="confirms")
    newest = list(Tag.objects.filter(statement=world.elsewhere).order_by("-decided_at").values_list("public_id", flat=True))
    found = ask("statements/P2.L1/?include=tags")
    assert [each["id"] for each in found["tags"]] == newest[:20]
    if count > 20:
        assert found["more_tags"] == f"{HOST}/api/v1/tags/?statement=P2.L1&status=accepted"
        assert len(ask(found["more_tags"].removeprefix(HOST))["results"]) == count
    else:
        assert "more_tags" not in found


def test_the_tags_of_a_paper_beyond_twenty_are_found_by_its_id(ask: Ask, world: World) -> None:
    many = make_paper()
    for _ in range(21):
        make_tag(make_statement(world.problems[1]), many)
    found = ask(f"papers/{many.public_id}/?include=tags")
    assert len(found["tags"]) == 20
    assert len(ask(found["more_tags"].removeprefix(HOST))["results"]) == 21


def test_no_answer_holds_a_database_key(ask: Ask, world: World) -> None:
    with connection.cursor() as cursor:  # keys far from every other number, so that one that comes out is seen
        for table in ("problems_paper", "problems_tag", "problems_statement", "problems_authorship", "problems_user"):
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), 9876500)", [table])
    statement = make_statement(world.problems[1])
    assert (statement.pk, make_tag(statement, make_paper(title="Late")).pk) == (9876501, 9876501)
    for resource in ("papers", "tags", "statements", "problems", "calls"):
        address = f"{HOST}/api/v1/{resource}/?page_size=1{'&include=tags' if resource in {'papers', 'statements'} else ''}"
        while address:
            answer = ask(address.removeprefix(HOST))
            cursors = [base64.urlsafe_b64decode(f"{each.partition('cursor=')[2].partition('%3A')[0]}==") for each in (answer["next"],) if each]
            assert "98765" not in f"{answer}{cursors}"
            address = answer["next"]


def test_addresses_come_from_the_setting_and_never_from_the_host(ask: Ask, world: World) -> None:
    things: list[tuple[str, Model]] = [("phases/design/", world.phases[0]), (f"papers/{world.papers[0].public_id}/", world.papers[0])]
    for path, thing in things:
        assert ask(path)["url"] == api_address(thing) == f"{HOST}/api/v1/{path}"
