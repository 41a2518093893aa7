"""Holes that systems like ours had, over what reviewers and curators work with.

Others stand beside what they are about: docs/reliability.md lists all.
"""

import json
import re
from typing import Any

import pytest
from django.test import Client

from problems.api.bodies import COMPONENTS
from problems.choices import Relation, Role, Verdict, Visibility
from problems.formats import FORMATS
from problems.models import BulkChange, Flag, Paper, User
from problems.services import flags, opinions, reviews, trash
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_agenda, make_paper, make_statement, make_submission, make_tag, make_user, tag_data

WORD = "zyxomarkterm"
NONSENSE = "aaaaaaaaaa"
RANDOM = re.compile(r'name="(?:csrfmiddlewaretoken|once)" value="[^"]*"|%3A[^"]+|"(?:instance|request_id)": ?"[^"]*"')


def client_of(person: User | None) -> Client:
    client = Client(raise_request_exception=False)
    if person:
        client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def told(client: Client, method: str, address: str, body: Any = None) -> tuple[int, str]:
    """Status and what is said, without what is random, and without the id that was asked about."""
    sent: dict[str, Any] = {"data": json.dumps(body), "content_type": "application/json"} if body is not None else {}
    response = client.generic(method, address, **sent)
    return response.status_code, RANDOM.sub("", response.getvalue().decode())


def alike(client: Client, method: str, address: str, body: Any, hidden: str) -> int:
    """The status with which both are answered, once every other byte is the same."""
    answers = []
    for each in (hidden, NONSENSE):
        filled = json.loads(json.dumps(body).replace("{id}", each)) if body is not None else None
        status, text = told(client, method, address.replace("{id}", each), filled)
        answers.append((status, text.replace(each, "")))
    assert answers[0] == answers[1], (method, address, answers)
    assert answers[0][0] < 500
    return answers[0][0]


def test_hole_1_and_10_no_parameter_finds_a_hidden_person(cast: Cast) -> None:
    """Also not by what is left out, in another order or on another page."""
    make_agenda()
    make_submission(cast.contributor, tag_data(make_statement()))
    User.objects.filter(pk=cast.contributor.pk).update(hide_name=True)
    client = client_of(cast.reviewer)
    for address in ("/changes/?person={id}", "/changes.csv?person={id}", "/changes.jsonl?person={id}", "/api/v1/changes/?person={id}"):
        alike(client, "GET", address, None, cast.contributor.public_id)
        alike(client, "GET", f"{address}&ordering=modified", None, cast.contributor.public_id)
    alike(client, "GET", "/api/v1/reviewers/{id}/", None, cast.contributor.public_id)


def test_hole_4_and_14_naming_what_one_may_not_know_of_is_naming_nothing(cast: Cast) -> None:
    paper = make_paper(visibility=Visibility.RESTRICTED, title=WORD)
    tag = make_tag(make_statement(), paper)
    draft = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    waiting = make_submission(cast.contributor, tag_data(make_statement()))
    shy = make_user(Role.REVIEWER, hide_name=True)
    stranger, reviewer = client_of(cast.stranger), client_of(cast.reviewer)
    assert alike(stranger, "POST", "/api/v1/flags/", {"paper": "{id}", "reason": "harmful"}, paper.public_id) == 422
    assert alike(stranger, "POST", "/api/v1/flags/", {"tag": "{id}", "reason": "harmful"}, tag.public_id) == 422
    assert alike(stranger, "GET", "/flag/?paper={id}", None, paper.public_id) == 404
    assert alike(stranger, "POST", "/api/v1/submissions/{id}/messages/", {"audience": "contributor", "text": "Hello."}, waiting.public_id) == 404
    assign = f"/api/v1/submissions/{waiting.public_id}/assign/"
    assert alike(reviewer, "POST", assign, {"to": "{id}"}, shy.public_id) == 422
    bulk = {"act": "assign", "submissions": [waiting.public_id], "to": "{id}"}
    assert alike(reviewer, "POST", "/api/v1/bulk-changes/preview/", bulk, shy.public_id) == 422
    for path in ("bulk-changes/preview/", "bulk-changes/"):
        alike(reviewer, "POST", f"/api/v1/{path}", {"act": "accept", "submissions": ["{id}"]}, draft.public_id)
    assert Flag.objects.count() == BulkChange.objects.count() == 0


def test_hole_7_and_9_what_was_restricted_since_is_named_by_nothing_older(cast: Cast) -> None:
    """Its flag, its histories and versions, and what was done to many."""
    make_agenda()
    statement = make_statement()
    submission = make_submission(cast.contributor, tag_data(statement), record={"title": WORD, "abstract": WORD})
    tag, paper = submission.tags.get(), submission.paper
    assert paper is not None
    ruling = Ruling(Verdict.ACCEPT)
    reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(record=ruling, tags={tag.public_id: ruling}))
    _, secret = flags.flag(thing=paper, by=None, reason="harmful", address="192.0.2.1")
    flags.flag(thing=paper, by=cast.stranger, reason="harmful")
    addresses = [
        f"/flags/{secret}/",
        "/my/flags/",
        "/api/v1/flags/",
        "/changes/",
        "/changes.csv",
        "/api/v1/changes/",
        f"/api/v1/papers/{paper.public_id}/history/",
        f"/api/v1/tags/{tag.public_id}/history/",
        f"/catalogue/{statement.code}/versions/",
        f"/api/v1/statements/{statement.code}/versions/",
        "/my/notifications/",
        "/api/v1/notifications/",
    ]

    def found() -> set[str]:
        """Who finds a word of it, or its id, and where."""
        people = {"stranger": cast.stranger, "nobody": None, "contributor": cast.contributor}
        texts = {(name, address): told(client_of(person), "GET", address)[1] for name, person in people.items() for address in addresses}
        return {f"{name} {address}" for (name, address), text in texts.items() if WORD in text or paper.public_id in text.replace(address, "")}

    assert WORD in told(client_of(None), "GET", f"/flags/{secret}/")[1]  # else it proves nothing
    reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="Asked for")
    assert found() == set()
    Paper.objects.filter(pk=paper.pk).update(visibility=Visibility.PUBLIC)
    trash.throw(thing=Paper.objects.get(pk=paper.pk), by=None, reason="Asked for")
    assert found() == set()


def test_hole_11_a_statement_with_hidden_evidence_alone_is_shown_as_with_none(cast: Cast) -> None:
    make_agenda()
    statement = make_statement()
    page = statement.problem.get_absolute_url()
    addresses = (page, "/map/", "/map/?view=table", f"/api/v1/statements/{statement.code}/", f"/feeds/statements/{statement.code}.atom")
    before = [told(client_of(cast.stranger), "GET", address) for address in addresses]
    restricted, thrown = make_paper(visibility=Visibility.RESTRICTED), make_paper()
    make_tag(statement, restricted, relation=Relation.ADDRESSES)
    make_tag(statement, thrown, relation=Relation.DISPUTES)
    trash.throw(thing=thrown, by=None, reason="Asked for")
    after = [told(client_of(cast.stranger), "GET", address) for address in addresses]
    times = re.compile(r"<updated>[^<]*</updated>|\"modified\": ?\"[^\"]*\"|datetime=\"[^\"]*\"")
    assert [(status, times.sub("", text)) for status, text in after] == [(status, times.sub("", text)) for status, text in before]


@pytest.mark.parametrize("how", ["restricted", "trashed"])
def test_hole_13_no_side_format_gives_what_the_page_refuses(cast: Cast, how: str) -> None:
    make_agenda()
    paper = make_paper(title=WORD, abstract=WORD)
    statement = make_statement()
    tag = make_tag(statement, paper)
    if how == "restricted":
        reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="Asked for")
    else:
        trash.throw(thing=paper, by=None, reason="Asked for")
    client = client_of(cast.stranger)
    for name, form in FORMATS.items():
        for address in (paper.get_absolute_url(), f"/api/v1/papers/{paper.public_id}/"):
            assert client.get(f"{address}?format={name}").status_code == 404
            assert client.get(address, headers={"accept": form.media_type}).status_code in {404, 406}
        assert WORD not in told(client, "GET", f"/papers/?format={name}")[1]
    feeds = ("/feeds/new.atom", f"/feeds/problems/{statement.problem.number}.atom", f"/feeds/statements/{statement.code}.atom")
    for address in (*feeds, "/sitemap.xml", "/sitemap-papers.xml", "/changes.csv", "/changes.jsonl"):
        text = told(client, "GET", address)[1]
        assert not any(each in text for each in (WORD, paper.public_id, tag.public_id)), address


def test_hole_20_what_is_not_for_sale_is_not_taken() -> None:
    """No body of a write has a field for what only the service sets."""
    bought = {
        "visibility",
        "by",
        "owner",
        "reviewer_id",
        "contributor",
        "created",
        "modified",
        "at",
        "public_id",
        "undone_at",
        "decided_at",
        "status",
    }
    assert {(name, field) for name, body in COMPONENTS.items() for field in body.readers if field in bought} == set()
    assert all(body.schema["additionalProperties"] is False for body in COMPONENTS.values())


def test_hole_20_unknown_fields_are_refused_by_each_new_write(cast: Cast) -> None:
    client = client_of(cast.curator)
    for name in ("bulk-changes", "bulk-changes/preview", "interests", "flags", "following", "assignments", "catalogue-changes"):
        status, text = told(client, "POST", f"/api/v1/{name}/", {"visibility": "public", "created": "2026-01-01T00:00:00Z"})
        assert status == 422, name
        assert {"/visibility", "/created"} <= {each["pointer"] for each in json.loads(text)["errors"]}, name


def test_hole_21_a_draft_of_somebody_else_is_moved_by_nobody(cast: Cast) -> None:
    draft = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    for person in (cast.stranger, cast.reviewer, cast.curator):
        client = client_of(person)
        for move in ("skip", "abstain", "resume", "hand-over", "assign", "second-opinion", "settle", "claim", "decision", "messages"):
            assert alike(client, "POST", f"/api/v1/submissions/{{id}}/{move}/", {}, draft.public_id) == 404


def test_hole_15_and_16_a_blind_first_opinion_comes_out_by_no_bulk(cast: Cast) -> None:
    """Neither who gave it nor what it says, in a preview or in what is kept of it."""
    first = make_user(Role.REVIEWER, display_name="Firstly Given")
    submission, other = (make_submission(cast.contributor, tag_data(make_statement())) for _ in range(2))
    ruling = Ruling(Verdict.DECLINE, reason="other", words=WORD)
    rulings = Rulings(record=ruling, tags={submission.tags.get().public_id: ruling})
    opinions.ask(submission=submission, by=first, rulings=rulings, note=WORD)
    for person in (cast.reviewer, cast.curator):
        for act, more in (("accept", {}), ("restrict", {"words": "Asked for"}), ("assign", {"to": cast.curator.public_id})):
            body = {"act": act, "submissions": [submission.public_id, other.public_id]} | more
            text = told(client_of(person), "POST", "/api/v1/bulk-changes/preview/", body)[1]
            assert WORD not in text
            assert "Firstly" not in text


LISTS = ("bulk-changes", "interests", "flags", "assignments", "duplicates", "trash", "catalogue-changes", "notifications", "following", "reviewers")


def test_hole_38_no_parameter_reaches_a_private_field_of_a_person(cast: Cast) -> None:
    make_agenda()
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    BulkChange.objects.create(by=cast.reviewer, act="accept", items=[{"id": submission.public_id, "left": "", "told": [], "back": {}}])
    flags.flag(thing=make_paper(), by=cast.contributor, reason="harmful")
    client = client_of(cast.curator)
    for name in (*LISTS, "changes", "restricted-reads"):
        for query in ("include=by", "fields=by", "ordering=by__email", "by__email__startswith=a", "depth=3"):
            assert told(client, "GET", f"/api/v1/{name}/?{query}")[0] == 400, (name, query)
        text = told(client, "GET", f"/api/v1/{name}/")[1]
        assert not any(secret in text for secret in ("@example.org", "argon2", "password")), name
