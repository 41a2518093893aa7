"""The pages of the trash, probable duplicates and flags: who opens them, what they show, what they keep of what was typed."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import FlagState, Visibility
from problems.models import Flag, Paper, ProbableDuplicate, Trashed
from problems.services import duplicates, flags, trash
from tests.factories import Cast, make_paper, make_search, make_statement, make_submission, make_tag, make_user, tag_data

TITLE = "A watermark that survives the fine-tuning of models"
TEXT = "The year is another one."


def count(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_a_curator_throws_a_record_away_and_restores_it(client: Client, cast: Cast) -> None:
    paper = make_paper(title=TITLE)
    client.force_login(cast.curator)
    page = f"/review/papers/{paper.public_id}/trash/"
    assert page in client.get(paper.get_absolute_url()).text
    assert TITLE in client.get(page).text
    refused = client.post(page, {"reason": "x" * 5001})
    assert (refused.status_code, "x" * 5001 in refused.text, Trashed.objects.count()) == (422, True, 0)
    assert client.post(page, {"reason": " "}).status_code == 422
    assert client.post(page, {"reason": "No work."}).status_code == 303
    assert client.get(paper.get_absolute_url()).status_code == 404
    listed = client.get("/review/trash/").text
    assert (TITLE in listed, "No work." in listed, ">29</td>" in listed) == (True, True, True)
    restored = client.post(f"/review/trash/{Trashed.objects.get().public_id}/restore/")
    assert (restored.status_code, restored.headers["Location"]) == (303, paper.get_absolute_url())
    assert client.get(paper.get_absolute_url()).status_code == 200
    assert client.post(f"/review/trash/{Trashed.objects.get().public_id}/restore/").status_code == 409
    history = client.get(paper.get_absolute_url()).text
    assert ("Moved to the trash." in history, "Restored from the trash." in history) == (True, True)
    client.logout()
    assert "the trash" not in client.get(paper.get_absolute_url()).text


@pytest.mark.parametrize("role", ["contributor", "reviewer"])
def test_others_learn_nothing_of_the_trash(client: Client, cast: Cast, role: str) -> None:
    paper, tag, search = make_paper(), make_tag(), make_search()
    row = trash.throw(thing=make_paper(title="Thrown"), by=cast.curator, reason="No work.")
    client.force_login(getattr(cast, role))
    for address in (
        "/review/trash/",
        *(f"/review/{kind}/{key}/trash/" for kind, key in _all(paper, tag, search)),
        "/review/papers/aaaaaaaaaa/trash/",
    ):
        assert client.get(address).status_code == 403
        assert client.post(address, {"reason": "No."}).status_code in {403, 405}
    assert client.post(f"/review/trash/{row.public_id}/restore/").status_code == 403
    assert Trashed.objects.held().count() == 1


def _all(*things: Any) -> list[tuple[str, str]]:
    return [({"paper": "papers", "tag": "tags", "search": "searches"}[each._meta.model_name], each.public_id) for each in things]


def test_tags_and_searches_go_to_the_trash(client: Client, cast: Cast) -> None:
    statement = make_statement()
    tag, search = make_tag(statement), make_search(statement)
    client.force_login(cast.curator)
    assert f"/review/tags/{tag.public_id}/trash/" in client.get(tag.paper.get_absolute_url()).text
    for kind, key in _all(tag, search):
        assert client.get(f"/review/{kind}/{key}/trash/").status_code == 200
        assert client.post(f"/review/{kind}/{key}/trash/", {"reason": "Wrong."}).status_code == 303
        assert client.get(f"/review/{kind}/{key}/trash/").status_code == 404
    assert tag.rationale not in client.get(tag.paper.get_absolute_url()).text
    waiting = make_submission(cast.contributor, tag_data(statement))
    address = f"/review/papers/{waiting.paper.public_id}/trash/"  # type: ignore[union-attr]
    refused = client.post(address, {"reason": "Wrong, said at length."})
    assert (refused.status_code, "waits for a decision" in refused.text, "Wrong, said at length." in refused.text) == (409, True, True)


def test_the_trash_does_not_tell_what_was_restricted(client: Client, cast: Cast) -> None:
    """A tag in it neither, whose record was restricted, or thrown away, since."""
    hidden = make_paper(title="Secretrestricted", visibility=Visibility.RESTRICTED)
    later = make_paper(title="Secretlater")
    for thing in (make_tag(paper=hidden), make_tag(paper=later), hidden):
        trash.throw(thing=thing, by=cast.curator, reason="No.")
    Paper.objects.filter(pk=later.pk).update(visibility=Visibility.RESTRICTED)
    client.force_login(cast.curator)
    page = client.get("/review/trash/").text
    assert ("Secret" in page, page.count("estricted record")) == (False, 6)  # each in the row, and in the name of its button


def test_a_submission_in_the_trash_is_told_without_content(client: Client, cast: Cast) -> None:
    statement = make_statement()
    submission = make_submission(cast.contributor, tag_data(statement, rationale="It measures what nobody measured."), record={"title": TITLE})
    Paper.objects.filter(submissions=submission).update(visibility=Visibility.PUBLIC)
    submission.tags.update(status="accepted", decided_at=submission.submitted_at)
    type(submission).objects.filter(pk=submission.pk).update(state="decided", decided_at=submission.submitted_at)
    pages = ((cast.contributor, submission.get_absolute_url()), (cast.reviewer, submission.get_review_url()), (cast.curator, "/review/?tab=decided"))

    def shown(word: str) -> list[bool]:
        found = []
        for person, address in pages:
            client.force_login(person)
            answer = client.get(address)
            found.append(answer.status_code == 200 and word in answer.text)
        return found

    assert shown(TITLE) == [True] * 3
    trash.throw(thing=submission.tags.get(), by=cast.curator, reason="Wrong.")
    assert shown("nobody measured") == [False] * 3
    trash.throw(thing=Paper.objects.get(submissions=submission), by=cast.curator, reason="Wrong.")
    assert shown(TITLE) == [False] * 3
    for person, address in pages:
        client.force_login(person)
        assert client.get(address).status_code == 200


def test_pairs_are_shown_side_by_side_and_dismissed(client: Client, cast: Cast) -> None:
    one, other = make_paper(title=TITLE, year=2023), make_paper(title=TITLE, year=2024)
    duplicates.find()
    client.force_login(cast.reviewer)
    page = client.get("/review/probable-duplicates/").text
    assert ("2023" in page, "2024" in page, "Certain" in page, "papers/merge" in page) == (True, True, True, False)
    client.force_login(cast.curator)
    merge = f"/papers/merge/?keep={one.public_id}&amp;merge={other.public_id}"
    assert merge in client.get("/review/probable-duplicates/").text
    client.force_login(cast.reviewer)
    address = f"/review/probable-duplicates/{ProbableDuplicate.objects.get().public_id}/"
    assert client.post(address, {"reason": ""}).status_code == 422
    assert client.post(address, {"reason": "Two editions."}).status_code == 303
    assert "0 pairs" in client.get("/review/probable-duplicates/").text
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("role", ["anonymous", "reviewer"])
def test_anybody_flags_and_follows(client: Client, cast: Cast, role: str) -> None:
    paper, tag = make_paper(title=TITLE), make_tag()
    if role != "anonymous":
        client.force_login(getattr(cast, role))
    assert f"/flag/?paper={paper.public_id}" in client.get(paper.get_absolute_url()).text
    assert f"/flag/?tag={tag.public_id}" in client.get(tag.paper.get_absolute_url()).text
    address = f"/flag/?paper={paper.public_id}"
    refused = client.post(address, {"reason": "odd", "text": TEXT})
    assert (refused.status_code, TEXT in refused.text, Flag.objects.count()) == (422, True, 0)
    assert client.post(address, {"reason": "wrong", "text": ""}).status_code == 422
    sent = client.post(address, {"reason": "wrong", "text": TEXT})
    assert sent.status_code == 303
    page = client.get(sent.headers["Location"])
    assert (TITLE in page.text, TEXT in page.text, "Open" in page.text, page.headers["Referrer-Policy"]) == (True, True, True, "strict-origin")
    flags.answer(flag=Flag.objects.get(), by=cast.curator, state="upheld", text="It is corrected.")
    Paper.objects.filter(pk=paper.pk).update(visibility=Visibility.RESTRICTED)
    page = client.get(sent.headers["Location"])
    assert ("It is corrected." in page.text, "Upheld" in page.text, TITLE in page.text) == (True, True, role == "reviewer")
    if role != "anonymous":
        assert "It is corrected." in client.get("/my/flags/").text
    assert client.get("/flags/nonsense/").status_code == 404


@pytest.mark.parametrize(
    "query", ["", "?paper=aaaaaaaaaa", "?tag=aaaaaaaaaa", "?statement=P9.L9", "?paper=%00", "?paper={}", "?tag=[]", "?paper={}&tag=[]"]
)
def test_what_one_may_not_see_is_flagged_as_nonsense(client: Client, cast: Cast, query: str) -> None:
    del cast
    hidden = make_paper(visibility=Visibility.RESTRICTED)
    tag = make_tag(paper=hidden)
    query = query.replace("{}", hidden.public_id).replace("[]", tag.public_id)
    for answer in (client.get(f"/flag/{query}"), client.post(f"/flag/{query}", {"reason": "wrong", "text": TEXT})):
        assert answer.status_code == 404
    assert Flag.objects.count() == 0


def test_reviewers_answer_flags_and_are_told_accounts_only(client: Client, cast: Cast) -> None:
    shy = make_user(display_name="Shy", hide_name=True)
    paper = make_paper(title=TITLE)
    made = [flags.flag(thing=paper, by=by, reason="wrong", text=TEXT, address="203.0.113.9")[0] for by in (cast.anonymous, cast.reader, shy)]
    client.force_login(cast.reviewer)
    page = client.get("/review/flags/").text
    assert [word in page for word in ("no account", "Reader", "a contributor", "Shy", "203.0.113")] == [True, True, True, False, False]
    address = f"/review/flags/{made[1].public_id}/"
    refused = client.post(address, {"state": "upheld", "text": ""})
    assert refused.status_code == 422
    assert client.post(address, {"state": "dismissed", "text": "It is as printed."}).status_code == 303
    made[1].refresh_from_db()
    assert (made[1].state, made[1].answer) == (FlagState.DISMISSED, "It is as printed.")
    again = client.post(address, {"state": "upheld", "text": "It is not."})
    assert (again.status_code, "answered this flag already" in again.text, "It is not." in again.text) == (409, True, True)
    assert "It is as printed." in client.get(address).text
    assert "1 shown" in client.get("/review/flags/?state=dismissed").text
    assert client.get("/review/flags/?state=odd").status_code == 400


def test_queries_do_not_grow(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    make_paper(title=f"{TITLE} and more words")
    pages = ("/review/trash/", "/review/probable-duplicates/", "/review/flags/")
    found = []
    for number in (1, 3):
        for each in range(number):
            paper = make_paper(title=f"Thrown {number} {each}")
            trash.throw(thing=make_tag(paper=paper), by=None, reason="No.")
            for thing in (paper, make_search()):
                trash.throw(thing=thing, by=None, reason="No.")
            for flagged in (make_paper(), make_tag(), make_statement()):
                flags.flag(thing=flagged, by=cast.reader, reason="wrong", text=TEXT)
            for _ in range(2):
                make_paper(title=f"{TITLE} {number} {each} and more words")
        duplicates.find()
        client.get("/review/trash/")
        found.append({page: count(client, page) for page in pages})
    assert ProbableDuplicate.objects.count() > 1
    assert found[0] == found[1]
