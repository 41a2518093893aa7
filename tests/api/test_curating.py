"""Probable duplicates, the trash, flags, the record of changes and roles by the API."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Role, Visibility
from problems.models import AuditEvent, Flag, IdempotencyKey, Paper, ProbableDuplicate, Trashed
from problems.services import catalogue, duplicates, flags, trash
from tests.api.conftest import API, HOST, ids
from tests.api.test_writes import Send, pointers, send
from tests.factories import Cast, make_paper, make_search, make_statement, make_tag, make_user

__all__ = ["send"]
TITLE = "A watermark that survives the fine-tuning of models"
TEXT = "The year is another one."


def test_thrown_away_and_restored(send: Send, cast: Cast) -> None:
    paper = make_paper(title=TITLE)
    tag, search = make_tag(paper=paper), make_search()
    for kind, thing in (("tags", tag), ("searches", search), ("papers", paper)):
        path = f"{kind}/{thing.public_id}/"
        told = send(cast.curator, "POST", f"{path}trash/", {"reason": "No work."}).json()
        assert (told["thing"], told["reason"], told["by"], told["restored"]) == (thing.public_id, "No work.", "Curator", None)
        for by in (None, cast.reviewer, cast.curator):
            send(by, "GET", path, status=404)
    rows = send(cast.curator, "GET", "trash/?ordering=created").json()["results"]
    assert [(row["kind"], row["title"]) for row in rows] == [("tag", ""), ("search", ""), ("paper", TITLE)]
    assert send(cast.reviewer, "GET", "trash/").json()["results"] == []
    for row in rows:
        assert send(cast.curator, "POST", f"trash/{row['id']}/restore/").json()["restored"] is not None
        send(cast.curator, "GET", f"trash/{row['id']}/", status=404)
    for kind, thing in (("tags", tag), ("searches", search), ("papers", paper)):
        assert send(None, "GET", f"{kind}/{thing.public_id}/").json()["id"] == thing.public_id


def test_a_repeated_request_throws_once(send: Send, cast: Cast) -> None:
    paper = make_paper()
    for _ in range(2):
        send(cast.curator, "POST", f"papers/{paper.public_id}/trash/", {"reason": "No work."}, Idempotency_Key="once")
    assert Trashed.objects.count() == 1
    assert pointers(send(cast.curator, "POST", f"papers/{make_paper().public_id}/trash/", {}, 422)) == ["/reason"]


def test_the_trash_does_not_tell_the_title_of_what_was_restricted(send: Send, cast: Cast) -> None:
    trash.throw(thing=make_paper(title=TITLE, visibility=Visibility.RESTRICTED), by=cast.curator, reason="No.")
    [row] = send(cast.curator, "GET", "trash/").json()["results"]
    assert (row["was"], row["title"]) == ("restricted", "")


def test_pairs_are_listed_filtered_and_dismissed(send: Send, cast: Cast) -> None:
    one, other = make_paper(title=TITLE, authors=["Abel"]), make_paper(title=TITLE, authors=["Abel"])
    third = make_paper(title=f"{TITLE}: extended version", authors=["Abel", "Cole"])
    duplicates.find()
    rows = send(cast.reviewer, "GET", "duplicates/").json()["results"]
    assert [row["certain"] for row in rows] == [True, False, False]
    assert (rows[0]["first"]["id"], rows[0]["second"]["id"]) == (one.public_id, other.public_id)
    assert [row["id"] for row in send(cast.reviewer, "GET", "duplicates/?certain=true").json()["results"]] == [rows[0]["id"]]
    assert len(send(cast.reviewer, "GET", "duplicates/?certain=false").json()["results"]) == 2
    for by in (None, cast.contributor):
        assert send(by, "GET", "duplicates/").json()["results"] == []
    path = f"duplicates/{rows[0]['id']}/"
    assert pointers(send(cast.reviewer, "POST", f"{path}dismiss/", {}, 422)) == ["/reason"]
    assert send(cast.reviewer, "POST", f"{path}dismiss/", {"reason": "Two editions."}).json()["id"] == rows[0]["id"]
    send(cast.reviewer, "GET", path, status=404)
    trash.throw(thing=third, by=cast.curator, reason="No.")
    assert send(cast.curator, "GET", "duplicates/").json()["results"] == []
    assert ProbableDuplicate.objects.count() == 3


@pytest.mark.parametrize("role", ["anonymous", "reader", "reviewer"])
def test_anybody_flags(send: Send, cast: Cast, role: str) -> None:
    by = None if role == "anonymous" else getattr(cast, role)
    paper, tag, statement = make_paper(), make_tag(), make_statement()
    for name, key in (("paper", paper.public_id), ("tag", tag.public_id), ("statement", statement.code)):
        made = send(by, "POST", "flags/", {name: key, "reason": "wrong", "text": TEXT}, 201)
        told = made.json()
        assert (told[name]["id"], told["state"], told["by"]) == (key, "open", "" if by is None else by.display_name)
        assert made.headers["Location"] == told["url"]
        assert TEXT in Client().get(told["follow"].removeprefix(HOST)).text
        followed = send(None, "GET", f"flags/follow/{told['follow'].rstrip('/').rsplit('/', 1)[1]}/")
        assert (followed.json()["id"], followed.json()["text"], "no-store" in followed.headers["Cache-Control"]) == (told["id"], TEXT, True)
        assert send(by, "GET", told["url"].removeprefix(HOST), status=404 if by is None else 200)
    assert len(send(by, "GET", "flags/").json()["results"]) == (0 if by is None else 3)
    assert send(cast.contributor, "GET", "flags/").json()["results"] == []


def test_a_flag_is_raised_once_with_a_key_and_its_secret_is_kept_nowhere(send: Send, cast: Cast) -> None:
    given = {"paper": make_paper().public_id, "reason": "wrong", "text": TEXT}
    first, again = (send(cast.reader, "POST", "flags/", given, 201, Idempotency_Key="flag-1").json() for _ in range(2))
    assert Flag.objects.count() == 1
    follow = first["follow"]
    assert again == first | {"follow": None}
    kept = IdempotencyKey.objects.get()
    assert follow.rstrip("/").rsplit("/", 1)[1] not in str(kept.body) + str(kept.headers)


def test_what_cannot_be_flagged_is_told_alike(send: Send, cast: Cast) -> None:
    hidden = make_paper(visibility=Visibility.RESTRICTED)
    given = {"reason": "wrong", "text": TEXT}
    answers = [send(None, "POST", "flags/", {"paper": key, **given}, 422).json() for key in (hidden.public_id, "aaaaaaaaaa")]
    assert answers[0] == answers[1]
    tag = make_tag(paper=hidden)
    assert pointers(send(cast.reader, "POST", "flags/", {"tag": tag.public_id, **given}, 422)) == ["/tag"]
    assert pointers(send(None, "POST", "flags/", given, 422)) == ["/paper"]
    assert pointers(send(None, "POST", "flags/", {"paper": make_paper().public_id, "reason": "odd"}, 422)) == ["/reason"]
    assert Flag.objects.count() == 0


def test_reviewers_answer_and_filter_flags(send: Send, cast: Cast) -> None:
    paper = make_paper()
    made, other = (flags.flag(thing=paper, by=cast.reader, reason=reason, text=TEXT)[0] for reason in ("wrong", "harmful"))
    path = f"flags/{made.public_id}/"
    assert pointers(send(cast.reviewer, "POST", f"{path}answer/", {"state": "upheld"}, 422)) == ["/text"]
    assert pointers(send(cast.reviewer, "POST", f"{path}answer/", {"state": "open", "text": "So."}, 422)) == ["/state"]
    assert send(cast.reviewer, "POST", f"{path}answer/", {"state": "upheld", "text": "So."}).json()["answer"] == "So."
    send(cast.curator, "POST", f"{path}answer/", {"state": "dismissed", "text": "No."}, 409)
    assert send(cast.reader, "GET", path).json()["state"] == "upheld"
    for query, expected in (("state=open", other), ("state=upheld", made), ("reason=harmful", other)):
        assert ids(send(cast.reviewer, "GET", f"flags/?{query}").json()) == [expected.public_id]
    trash.throw(thing=Paper.objects.get(pk=paper.pk), by=None, reason="No.")
    assert send(cast.reader, "GET", path).json()["paper"] is None


def test_roles_are_given_with_a_reason(send: Send, cast: Cast) -> None:
    person = make_user(display_name="New")
    path = f"people/{person.public_id}/role/"
    assert pointers(send(cast.curator, "POST", path, {"role": "reviewer"}, 422)) == ["/reason"]
    assert pointers(send(cast.curator, "POST", path, {"role": "king", "reason": "So."}, 422)) == ["/role"]
    told = send(cast.curator, "POST", path, {"role": "reviewer", "reason": "Knows the field."}).json()
    assert told == {"id": person.public_id, "name": "New", "role": "reviewer"}
    person.refresh_from_db()
    assert person.role == Role.REVIEWER
    event = AuditEvent.objects.get(kind="role_changed")
    assert (event.actor, event.reason) == (cast.curator, "Knows the field.")
    send(cast.curator, "POST", f"people/{cast.curator.public_id}/role/", {"role": "reader", "reason": "So."}, 403)
    send(cast.curator, "POST", "people/aaaaaaaaaa/role/", {"role": "reader", "reason": "So."}, 404)
    send(cast.reviewer, "POST", "people/aaaaaaaaaa/role/", {"role": "reader", "reason": "So."}, 403)


def test_the_record_of_changes(send: Send, cast: Cast) -> None:
    statement = make_statement()
    paper = make_paper(title=TITLE)
    statement.text = "Nobody has tested it."
    catalogue.save(thing=statement, by=cast.curator, reason="Clearer.")
    hidden = make_paper(visibility=Visibility.RESTRICTED)
    rows = send(None, "GET", "changes/?page_size=2").json()
    assert (
        rows["results"][0]
        == {
            "at": rows["results"][0]["at"],
            "kind": "created",
            "what": "paper",
            "name": paper.public_id,
            "html_url": f"{HOST}{paper.get_absolute_url()}",
            "by": "",
            "changed": [],
            "face": "",
            "reason": "",
        }
        or rows["results"][0]["what"] == "statement"
    )
    [changed] = send(cast.reviewer, "GET", "changes/?what=statement&kind=changed").json()["results"]
    assert (changed["changed"], changed["by"], changed["reason"], changed["face"]) == (["text"], "Curator", "Clearer.", "command")
    [told] = send(None, "GET", "changes/?what=statement&kind=changed").json()["results"]
    assert (told["by"], told["reason"], told["face"]) == ("a reviewer", "", "")
    assert hidden.public_id not in str(send(None, "GET", "changes/?page_size=200").json())
    following = send(None, "GET", rows["next"].removeprefix(HOST)).json()["results"]
    assert [row["name"] for row in following] != [row["name"] for row in rows["results"]]
    for query in ("kind=odd", "what=odd", "problem=x", "day__gte=x", "person=x", "ordering=name"):
        send(None, "GET", f"changes/?{query}", status=400)


def test_queries_do_not_grow(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    found: list[dict[str, int]] = []
    for number in (1, 3):
        for each in range(number):
            trash.throw(thing=make_paper(), by=None, reason="No.")
            flags.flag(thing=make_paper(), by=cast.reader, reason="wrong", text=TEXT)
            for _ in range(2):
                make_paper(title=f"{TITLE} {number} {each} and more words")
        duplicates.find()
        counts: dict[str, Any] = {}
        for name in ("trash", "duplicates", "flags", "changes"):
            client.get(f"{API}/{name}/")
            with CaptureQueriesContext(connection) as queries:
                assert client.get(f"{API}/{name}/?page_size=3").status_code == 200
            counts[name] = len(queries)
        found.append(counts)
    assert found[0] == found[1]
