"""The record of changes as page and file: who reads what of it, by which name, and filtered how; roles given and taken."""

import csv
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import EventKind, Face, Role, Verdict, Visibility
from problems.models import AuditEvent, Paper, Statement
from problems.services import audit, catalogue, people, reviews, trash
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_paper, make_statement, make_submission, make_tag, make_team, make_user, tag_data


def rows(client: Client, query: str = "") -> list[dict[str, object]]:
    """What the file holds, the latest first."""
    answer = client.get(f"/changes.jsonl{query}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/jsonl; charset=utf-8")
    return [json.loads(line) for line in answer.getvalue().decode().splitlines()]


def reworded(statement: Statement, cast: Cast, text: str = "Nobody has tested it.", reason: str = "Clearer.") -> Statement:
    statement.text = text
    with audit.origin(Face.SITE):
        catalogue.save(thing=statement, by=cast.curator, reason=reason)
    return statement


def told(client: Client, user: object, query: str) -> list[tuple[object, ...]]:
    if getattr(user, "pk", None):
        client.force_login(user)  # type: ignore[arg-type]
    else:
        client.logout()
    return [(row["kind"], row["by"], row["reason"], row["face"]) for row in rows(client, query)]


def test_each_reads_what_they_may_know_of(client: Client, cast: Cast) -> None:
    reworded(make_statement(), cast)
    paper = make_paper(title="Open to all")
    hidden = make_paper(title="Secretrestricted", visibility=Visibility.RESTRICTED)
    thrown = make_paper(title="Secretthrown")
    trash.throw(thing=thrown, by=cast.curator, reason="It names secretreason.")
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "Secretwaiting"})
    for user in (cast.anonymous, cast.reader, cast.stranger, cast.contributor, cast.reviewer, cast.curator):
        if user.is_authenticated:
            client.force_login(user)
        names = {row["name"] for row in rows(client)}
        expected = {paper.public_id}
        waiting = {submission.public_id, submission.paper.public_id}  # type: ignore[union-attr]
        expected |= waiting if user in {cast.contributor, cast.reviewer, cast.curator} else set()
        expected |= {hidden.public_id} if user in {cast.reviewer, cast.curator} else set()
        expected |= {thrown.public_id} if user == cast.curator else set()
        assert names & {each.public_id for each in (paper, hidden, thrown, submission, submission.paper)} == expected  # type: ignore[union-attr]
        page = client.get("/changes/").text
        assert ("Open to all" in page, "Secretrestricted" in page, "Secretthrown" in page) == (True, False, False)
        assert ("secretreason" in page) == (user == cast.curator)


def test_names_reasons_and_faces_are_told_to_those_who_may_know(client: Client, cast: Cast) -> None:
    statement = reworded(make_statement(), cast)
    query = "?what=statement&kind=changed"
    assert told(client, cast.anonymous, query) == told(client, cast.contributor, query) == [("changed", "a reviewer", "", "")]
    assert told(client, cast.reviewer, query) == [("changed", "Curator", "Clearer.", "site")]
    submission = make_submission(cast.contributor, tag_data(statement))
    parts = reviews.waiting_parts(submission)
    yes = Ruling(Verdict.ACCEPT)
    reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(record=yes, tags={parts.tags[0].public_id: yes}), note="Fine.")
    query = "?kind=accepted&kind=decided&ordering=at"
    assert told(client, cast.contributor, "?kind=accepted&kind=decided") == [("decided", "a reviewer", "", ""), ("accepted", "a reviewer", "", "")]
    assert told(client, cast.curator, "?kind=decided") == [("decided", "Reviewer", "Fine.", "command")]
    assert told(client, cast.anonymous, "?kind=accepted&kind=decided") == [("accepted", "a reviewer", "", "")]


def test_who_handed_it_in_is_named_as_beside_it(client: Client, cast: Cast) -> None:
    shy = make_user(Role.CONTRIBUTOR, display_name="Shy", hide_name=True)
    for by in (cast.contributor, shy):
        submission = make_submission(by, tag_data(make_statement()))
        Paper.objects.filter(submissions=submission).update(visibility=Visibility.PUBLIC)
    seen = [by for _, by, *_ in told(client, cast.anonymous, "?what=paper&kind=created")]
    assert seen == ["a contributor", "Contributor"]
    assert [by for _, by, *_ in told(client, cast.curator, "?what=paper&kind=created")] == ["Shy", "Contributor"]


def test_filters_leave_the_decoys(client: Client, cast: Cast) -> None:
    statement, other = reworded(make_statement(), cast), reworded(make_statement(), cast)
    tag, _decoy = make_tag(statement), make_tag(other)
    yesterday = timezone.localdate() - timedelta(days=1)
    client.force_login(cast.reviewer)

    def names(query: str) -> set[object]:
        return {row["name"] for row in rows(client, query)}

    number = statement.problem.number
    assert names(f"?problem={number}") == {str(number), statement.code, tag.public_id, tag.paper.public_id}
    assert names(f"?problem={number}&kind=changed") == {statement.code}
    assert names("?face=site") == {statement.code, other.code}
    assert names(f"?person={cast.curator.public_id}") == {statement.code, other.code}
    assert names(f"?day__lte={yesterday}") == set()
    assert names(f"?day__gte={yesterday}&kind=changed") == {statement.code, other.code}
    assert names("?what=tag") == {tag.public_id, _decoy.public_id}
    page = client.get(f"/changes/?problem={number}&kind=changed&kind=&person=")
    assert (statement.code in page.text or statement.text in page.text, page.status_code) == (True, 200)
    for query in ("kind=odd", "problem=99", "day__gte=x", "person=x", "cursor=x", "face=%00"):
        assert client.get(f"/changes/?{query}").status_code == 400
        if not query.startswith("cursor"):
            assert client.get(f"/changes.csv?{query}").status_code == 400


def test_a_person_that_one_may_not_know_is_as_nobody(client: Client, cast: Cast) -> None:
    """Hidden names, and those of reviewers of one's own work, are found by no filter; lesser roles find nobody at all."""
    shy = make_user(Role.CONTRIBUTOR, display_name="Shy", hide_name=True)
    for by in (shy, cast.stranger):
        submission = make_submission(by, tag_data(make_statement()))
        Paper.objects.filter(submissions=submission).update(visibility=Visibility.PUBLIC)
    nobody = "?person=aaaaaaaaaa"
    for user in (cast.anonymous, cast.contributor, cast.reviewer):
        assert told(client, user, f"?person={shy.public_id}") == told(client, user, nobody) == []
    for user in (cast.anonymous, cast.contributor):
        assert told(client, user, f"?person={cast.stranger.public_id}") == told(client, user, "?face=command") == []
        assert "Person" not in client.get("/changes/").text
    assert told(client, cast.reviewer, f"?person={cast.stranger.public_id}") != []
    assert told(client, cast.curator, f"?person={shy.public_id}") != []
    own = make_submission(cast.curator, tag_data(make_statement()))
    parts = reviews.waiting_parts(own)
    yes = Ruling(Verdict.ACCEPT)
    reviews.decide(submission=own, by=cast.reviewer, rulings=Rulings(record=yes, tags={parts.tags[0].public_id: yes}))
    assert told(client, cast.curator, f"?person={cast.reviewer.public_id}") == []
    assert {by for _, by, *_ in told(client, cast.curator, "?kind=decided&kind=accepted&kind=published")} == {"a reviewer"}


def test_a_person_who_took_part_in_the_record_is_restricted_later(client: Client, cast: Cast) -> None:
    """Hole 7: its title and its entries are gone for those who may not know of it any more."""
    paper = make_paper(title="Secretlater")
    make_tag(paper=paper)
    assert "Secretlater" in client.get("/changes/").text
    reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="It tells how.")
    for form in ("/changes/", "/changes.csv", "/changes.jsonl"):
        assert paper.public_id not in client.get(form).getvalue().decode()


def test_the_files_are_inert_and_complete(client: Client, cast: Cast) -> None:
    reworded(make_statement(), cast, reason="=1+1")
    make_paper(title="=HYPERLINK(1)")
    client.force_login(cast.reviewer)
    answer = client.get("/changes.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="changes.csv"'
    cells = list(csv.DictReader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [(row["name"], row["kind"]) for row in cells] == [(row["name"], row["kind"]) for row in rows(client)]
    assert {row["reason"] for row in cells} == {"", "'=1+1"}
    assert "'=HYPERLINK(1)" in {row["label"] for row in cells}
    assert len(cells) == AuditEvent.objects.visible_to(cast.reviewer).count()


def test_exports_are_limited(client: Client, settings: object, db: None) -> None:
    del db
    settings.EXPORT_RATE = 0  # type: ignore[attr-defined]
    answer = client.get("/changes.csv")
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)


def test_pages_lead_through_all_of_it(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    del db
    monkeypatch.setattr("problems.views.changes.SIZE", 4)
    for _ in range(7):
        make_paper()
    first = client.get("/changes/")
    second = client.get(first.context["next_url"])
    names = [row.name for page in (first, second) for row in page.context["rows"]]
    assert (len(names), len(set(names)), second.context["next_url"]) == (7, 7, None)
    assert client.get(second.context["previous_url"]).context["rows"] == first.context["rows"]


def test_queries_do_not_grow(client: Client, cast: Cast) -> None:
    found = []
    for number in (1, 3):
        for _ in range(number):
            reworded(make_statement(), cast)
            make_tag()
            make_submission(cast.contributor, tag_data(make_statement()))
            trash.throw(thing=make_paper(), by=cast.curator, reason="No.")
        counts = []
        for user in (None, cast.curator):
            client.logout()
            if user:
                client.force_login(user)
            for address in ("/changes/", f"/changes/?problem=1&person={cast.curator.public_id}", "/changes.csv"):
                with CaptureQueriesContext(connection) as queries:
                    client.get(address).getvalue()
                counts.append(len(queries))
        found.append(counts)
    assert found[0] == found[1]


def test_roles_given_and_taken(client: Client, cast: Cast) -> None:
    person = make_user(display_name="New")
    for role, reason in ((Role.REVIEWER, "Knows the field."), (Role.READER, "Has left.")):
        person.role = role
        people.save(user=person, by=cast.curator, reason=reason)
    client.force_login(cast.curator)
    page = client.get("/people/roles/")
    assert [(row.before, row.after, row.reason, row.by, row.person) for row in page.context["rows"]] == [
        ("Reviewer", "Reader", "Has left.", cast.curator, person),
        ("Reader", "Reviewer", "Knows the field.", cast.curator, person),
    ]
    assert ("Knows the field." in page.text, "New" in page.text, "/people/roles/" in client.get("/people/").text) == (True, True, True)
    for user in (cast.reader, cast.contributor, cast.reviewer):
        client.force_login(user)
        assert client.get("/people/roles/").status_code == 403
        assert EventKind.ROLE_CHANGED.value not in {row["kind"] for row in rows(client)}


@pytest.mark.parametrize("address", ["/changes/", "/changes.csv"])
def test_what_was_purged_is_told_to_curators_only(client: Client, cast: Cast, address: str) -> None:
    paper = make_paper()
    trash.throw(thing=paper, by=cast.curator, reason="No.").__class__.objects.update(at=timezone.now() - timedelta(days=31))
    trash.purge()
    for user, seen in ((cast.reader, False), (cast.reviewer, False), (cast.curator, True)):
        client.force_login(user)
        assert (paper.public_id in client.get(address).getvalue().decode()) == seen


@pytest.mark.parametrize("bar", ["own", "team"])
def test_who_reviewed_the_tags_and_the_record_is_not_told_to_those_who_may_not_decide(client: Client, cast: Cast, bar: str) -> None:
    """By no face and no filter: as in the record of the submission itself."""
    mine = make_user(Role.REVIEWER, display_name="Mine")
    by = mine if bar == "own" else cast.contributor
    if bar == "team":
        make_team(by, mine)
    submission = make_submission(by, tag_data(make_statement()))
    parts = reviews.waiting_parts(submission)
    yes = Ruling(Verdict.ACCEPT)
    reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(record=yes, tags={parts.tags[0].public_id: yes}))
    query = "?kind=accepted&kind=published&kind=decided"
    assert {by for _, by, *_ in told(client, cast.curator, query)} == {"Reviewer"}
    assert {by for _, by, *_ in told(client, mine, query)} == {"a reviewer"}
    assert told(client, mine, f"?person={cast.reviewer.public_id}") == []
    for address in (f"tags/{parts.tags[0].public_id}", f"papers/{submission.paper.public_id}", f"submissions/{submission.public_id}"):  # type: ignore[union-attr]
        found = client.get(f"/api/v1/{address}/history/").json()["results"]
        assert ("Reviewer" in str(found), "a reviewer" in str(found)) == (False, True)
