"""Care: folded texts, each as its reader has set it; advisories; addresses that are links, and those that are not; the log for curators."""

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import EventKind, Role, SubmissionKind, Verdict, Visibility
from problems.errors import Invalid, Refused
from problems.models import AuditEvent, Care, Paper, RestrictedRead, Submission, User
from problems.queries import care as queries
from problems.queries import reviews
from problems.services import care, edits, merging, opinions, papers
from problems.services import reviews as reviews_service
from problems.services import submissions as services
from problems.services.reviews import Ruling, Rulings
from problems.services.submissions import hand_in
from tests.factories import Cast, make_agenda, make_paper, make_phase, make_problem, make_statement, make_submission, make_tag, make_user, tag_data
from tests.views.html import Node, read, visit
from tests.views.test_logging import fields

pytestmark = pytest.mark.django_db
ABSTRACT, RATIONALE = "The words of the abstract.", "The words of the rationale of it."
FOLDED = "Folded: level 2 advisory"


@pytest.fixture
def paper() -> Paper:
    """An advised record with a tag."""
    make_agenda()
    made = make_paper(abstract=ABSTRACT, advisory=2, topics=["victims"], url="https://unknown.example/paper")
    make_tag(make_statement(make_problem(1, phase=make_phase())), made, rationale=RATIONALE)
    return made


def folded(client: Client, address: str) -> int:
    """How many texts are folded on a page."""
    return client.get(address).text.count("Folded: level")


def test_texts_of_advised_records_are_folded_as_each_reader_has_set_it(client: Client, cast: Cast, paper: Paper) -> None:
    on_problem = paper.tags.get().statement.get_absolute_url().partition("#")[0]  # type: ignore[union-attr]
    pages = {paper.get_absolute_url(): 2, on_problem: 1}
    for address, texts in pages.items():
        assert folded(client, address) == texts
    client.force_login(cast.reader)
    settings: list[tuple[dict[str, Any], bool]] = [
        ({}, True),
        ({"fold_from": 2}, True),
        ({"fold_from": 3}, False),
        ({"fold_from": 3, "left_out": ["violence"]}, False),
        ({"fold_from": 4, "left_out": ["victims"]}, True),
    ]
    for values, is_folded in settings:
        Care.objects.all().delete()
        care.save(user=cast.reader, by=cast.reader, values=values)
        assert {address: folded(client, address) for address in pages} == {address: texts * is_folded for address, texts in pages.items()}
    Care.objects.all().delete()
    care.save(user=cast.reader, by=cast.reader, values={"fold_from": 4})
    assert ABSTRACT in client.get(paper.get_absolute_url()).text


@pytest.mark.usefixtures("paper")
def test_the_map_shows_no_rationale_of_an_advised_record_that_is_folded(client: Client) -> None:
    assert (RATIONALE in client.get("/map/").text, "level 2 advisory" in client.get("/map/").text) == (False, True)
    Paper.objects.update(advisory=0)
    assert RATIONALE in client.get("/map/").text


def test_what_is_not_advised_is_not_folded(client: Client) -> None:
    plain = make_paper(abstract=ABSTRACT)
    make_tag(make_statement(), plain, rationale=RATIONALE)
    assert folded(client, plain.get_absolute_url()) == 0


def test_how_one_reads_costs_one_query_however_much_there_is(client: Client, cast: Cast, paper: Paper) -> None:
    client.force_login(cast.reader)
    address, counts = paper.get_absolute_url(), []
    client.get(address)
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        counts.append((len(asked), sum("problems_care" in each["sql"] for each in asked)))
        for _ in range(2):
            make_tag(make_statement(paper.tags.first().statement.problem), paper, rationale=RATIONALE)  # type: ignore[union-attr]
    assert counts == [counts[0]] * 2
    assert counts[0][1] == 1


def test_the_page_keeps_what_one_sets_and_tells_nobody(client: Client, cast: Cast) -> None:
    client.force_login(cast.reviewer)
    before = AuditEvent.objects.count()
    page = client.get("/account/care/").text
    assert ("Your queue" in page, "checked" in page) == (True, True)
    sent = {"fold_from": "2", "left_out": ["violence", "victims"], "most_level": "1", "daily": "10"}
    assert client.post("/account/care/", sent).status_code == 303
    mine = queries.of(cast.reviewer)
    assert (mine.fold_from, mine.left_out, mine.most_level, mine.daily) == (2, ["victims", "violence"], 1, 10)
    assert AuditEvent.objects.count() == before
    for daily in ("x", "-1", "1001", "1e3"):
        answer = client.post("/account/care/", sent | {"daily": daily})
        assert (answer.status_code, f'value="{daily}"' in answer.text) == (422, True)
    assert client.post("/account/care/", sent | {"fold_from": "9"}).status_code == 422
    assert queries.of(cast.reviewer).daily == 10
    client.force_login(cast.reader)
    assert "Your queue" not in client.get("/account/care/").text
    assert client.post("/account/care/", {"fold_from": "3"}).status_code == 303
    assert (queries.of(cast.reader).fold_from, queries.of(cast.reader).most_level) == (3, 3)


def test_what_was_typed_outlives_a_lost_session(client: Client, cast: Cast) -> None:
    client.post("/account/care/", {"fold_from": "3", "left_out": ["violence"]})
    client.force_login(cast.reader)
    page = client.get("/account/care/").text
    assert not Care.objects.exists()
    assert page.count("checked") == 2  # the level and the topic, as typed


def test_the_api_keeps_it_too_and_gives_nobody_that_of_another(client: Client, cast: Cast) -> None:
    default = {"fold_from": 1, "left_out": [], "most_level": 3, "daily": None}
    assert client.get("/api/v1/care/").json() == default
    client.force_login(cast.reviewer)
    answer = client.get("/api/v1/care/")
    sent = {"fold_from": 3, "left_out": ["violence"], "daily": 5}
    headers = {"if-match": answer.headers["ETag"]}
    answer = client.patch("/api/v1/care/", sent, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()) == (200, default | sent)
    assert client.patch("/api/v1/care/", sent, content_type="application/json", headers=headers).status_code == 412
    for wrong in ({"fold_from": 5}, {"fold_from": "3"}, {"left_out": ["x"]}, {"daily": -1}, {"daily": True}, {"user": 1}):
        refused = client.patch("/api/v1/care/", wrong, content_type="application/json", headers={"if-match": "*"})
        assert (refused.status_code, next(iter(wrong)) in refused.text) == (422, True)
    client.force_login(cast.curator)
    assert client.get("/api/v1/care/").json() == default


# -- the advisory of a record --


def test_reviewers_set_an_advisory_on_the_site_and_in_the_api(client: Client, cast: Cast) -> None:
    paper = make_paper()
    client.force_login(cast.reviewer)
    address = f"/papers/{paper.public_id}/advisory/"
    assert address in client.get(paper.get_absolute_url()).text
    assert "sexual abuse" in client.get(address).text.lower()
    sent = {"advisory": "2", "topics": ["violence", "victims"], "reason": "As the abstract says."}
    assert client.post(address, sent).headers["Location"] == paper.get_absolute_url()
    paper.refresh_from_db()
    assert (paper.advisory, paper.topics) == (2, ["victims", "violence"])
    event = AuditEvent.objects.latest("pk")
    assert (event.kind, event.reason, event.after) == (EventKind.CHANGED, "As the abstract says.", {"advisory": 2, "topics": ["victims", "violence"]})
    assert client.post(address, {"advisory": "7"}).status_code == 422
    told = client.post(f"/api/v1/papers/{paper.public_id}/advisory/", {"advisory": 1, "topics": ["self_harm"]}, content_type="application/json")
    assert (told.status_code, told.json()["advisory"], told.json()["topics"]) == (200, 1, ["self_harm"])
    told = client.post(f"/api/v1/papers/{paper.public_id}/advisory/", {"advisory": 0, "topics": ["self_harm"]}, content_type="application/json")
    assert (told.json()["advisory"], told.json()["topics"]) == (0, [])
    client.force_login(cast.contributor)
    assert (client.post(address, sent).status_code, address in client.get(paper.get_absolute_url()).text) == (403, False)


def test_the_strictest_advisory_and_all_topics_survive_a_merge(cast: Cast) -> None:
    kept, merged = make_paper(advisory=1, topics=["violence"], url="https://a.example/x"), make_paper(advisory=2, topics=["victims"])
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    kept.refresh_from_db()
    assert (kept.advisory, kept.topics) == (2, ["victims", "violence"])


def test_papers_are_found_by_level_and_topic(client: Client, paper: Paper) -> None:
    make_paper(advisory=1, topics=["violence"])
    for query, found in {"advisory=2": 1, "advisory=1&advisory=2": 2, "advisory=3": 0, "topic=victims": 1, "topic=victims&topic=violence": 2}.items():
        assert len(client.get(f"/api/v1/papers/?{query}").json()["results"]) == found
        assert client.get(f"/papers/?{query}").text.count('class="paper-title"') == found
    assert paper.title in client.get("/papers/?topic=victims").text
    assert [client.get(f"{path}?topic=x").status_code for path in ("/papers/", "/api/v1/papers/")] == [400, 400]


# -- addresses --


def test_an_address_of_an_unknown_host_is_plain_text_until_a_reviewer_approves_it(client: Client, cast: Cast, paper: Paper) -> None:
    address, link = f"/papers/{paper.public_id}/approve-link/", f'href="{paper.url}"'
    page = client.get(paper.get_absolute_url()).text
    assert (paper.url in page, link in page, "Approve this link" in page) == (True, False, False)
    client.force_login(cast.contributor)
    assert client.post(address, {"url": paper.url}).status_code == 403
    client.force_login(cast.reviewer)
    assert "Approve this link" in client.get(paper.get_absolute_url()).text
    assert client.post(address, {"url": "https://unknown.example/other"}).status_code == 412
    assert client.post(address, {"url": paper.url}).status_code == 303
    assert AuditEvent.objects.latest("pk").kind == EventKind.LINK_APPROVED
    assert link in Client().get(paper.get_absolute_url()).text
    assert client.post(address, {"url": paper.url}).status_code == 409
    paper.refresh_from_db()
    paper.url = "https://unknown.example/another"
    papers.save(paper=paper, by=cast.curator)
    assert f'href="{paper.url}"' not in Client().get(paper.get_absolute_url()).text


def test_nobody_approves_the_address_of_what_they_logged(client: Client, cast: Cast) -> None:
    own = make_paper(url="https://unknown.example/own", visibility=Visibility.WAITING, logged_by=cast.reviewer)
    client.force_login(cast.reviewer)
    assert "Approve this link" not in client.get(own.get_absolute_url()).text
    body = {"address": own.url}
    assert client.post(f"/api/v1/papers/{own.public_id}/approve-link/", body, content_type="application/json").status_code == 403
    client.force_login(cast.curator)
    told = client.post(f"/api/v1/papers/{own.public_id}/approve-link/", body, content_type="application/json")
    assert (told.status_code, told.json()["address_is_link"]) == (200, True)


def test_hosts_of_scholarly_publishing_are_links(client: Client) -> None:
    known = make_paper(url="https://www.usenix.org/conference/x")
    assert f'href="{known.url}"' in client.get(known.get_absolute_url()).text


# -- the log --


def test_curators_read_filter_and_export_the_log(client: Client, cast: Cast) -> None:
    papers_read = [make_paper(title=f"Hidden {number}", visibility=Visibility.RESTRICTED) for number in range(3)]
    client.force_login(cast.reviewer)
    for paper in papers_read:
        client.get(f"/api/v1/papers/{paper.public_id}/")
    client.force_login(cast.curator)
    client.get("/review/reads/")
    with CaptureQueriesContext(connection) as asked:
        page = client.get("/review/reads/").text
    many = len(asked.captured_queries)
    assert ("3 readings" in page, "Hidden" in page, str(cast.reviewer) in page) == (True, False, True)
    assert all(paper.public_id in page for paper in papers_read)
    filters = {
        f"reader={cast.reviewer.public_id}": 3,
        f"reader={cast.curator.public_id}": 0,
        f"record={papers_read[0].public_id}": 1,
        "day__gte=2100-01-01": 0,
        "day__lte=2100-01-01": 3,
    }
    for query, found in filters.items():
        assert f"<b>{found} reading" in client.get(f"/review/reads/?{query}").text
        assert b"".join(client.get(f"/review/reads.csv?{query}").streaming_content).count(b"\r\n") == found + 1  # type: ignore[attr-defined]
        assert len(client.get(f"/api/v1/restricted-reads/?{query}").json()["results"]) == found
    for query in ("reader=x", "day__gte=yesterday", "cursor=x"):
        assert client.get(f"/review/reads/?{query}").status_code == 400
    wrong = client.get("/review/reads.csv?day__gte=yesterday")
    assert (wrong.status_code, wrong.headers["Content-Type"].split(";")[0], "From: " in wrong.text) == (400, "text/html", True)
    told = client.get("/api/v1/restricted-reads/?ordering=at&page_size=2").json()
    assert [row["record"] for row in told["results"]] == [paper.public_id for paper in papers_read[:2]]
    assert (told["results"][0]["reader_id"], told["results"][0]["face"], bool(told["next"])) == (cast.reviewer.public_id, "api", True)
    assert len(client.get(told["next"].removeprefix("http://localhost")).json()["results"]) == 1
    assert RestrictedRead.objects.count() == 3  # reading the log is no reading
    RestrictedRead.objects.create(reader=cast.reader, face="site", kind="paper", object_name="a" * 10)
    with CaptureQueriesContext(connection) as asked:
        client.get("/review/reads/")
    assert len(asked.captured_queries) == many
    client.force_login(cast.reviewer)
    assert client.get("/review/reads/").status_code == 403
    assert client.get("/api/v1/restricted-reads/").json()["results"] == []


def outside_folds(page: str, words: str) -> bool:
    """Whether these words stand on a page where nothing has to be unfolded to read them."""
    return words in re.sub(r"<details class=\"[^\"]*fold[^>]*>.*?</details>", "", page, flags=re.DOTALL)


def test_every_page_folds_the_texts_of_an_advised_record(client: Client, cast: Cast) -> None:
    advised = make_paper(abstract="Planted abstract.", advisory=3)
    submission = make_submission(
        cast.contributor, tag_data(make_statement(), rationale="Planted rationale, of this length."), paper=advised, message="Planted message."
    )
    second = make_user(Role.REVIEWER)
    key = submission.tags.get().public_id
    edit = Ruling(Verdict.ACCEPT, changes={"rationale": "Planted edit, of this length too."})
    no = Ruling(Verdict.DECLINE, reason="not_said", words="Planted words.")
    opinions.ask(submission=submission, by=cast.reviewer, rulings=Rulings(tags={key: edit}), note="Planted note.")
    client.force_login(cast.reviewer)
    pages = {"asked": client.get(submission.get_review_url()).text}
    opinions.decide(submission=submission, by=second, rulings=Rulings(tags={key: no}), note="Planted answer.")
    client.force_login(cast.curator)
    pages["settle"] = client.get(f"/review/{submission.public_id}/settle/").text
    opinions.settle(submission=submission, by=cast.curator, rulings=Rulings(tags={key: no}), note="Planted end.")
    correction = {"paper": advised.public_id, "changes": {"abstract": "Planted correction."}, "reason": "Planted reason."}
    corrected = hand_in(by=cast.contributor, kind="correction", content={"correction": correction})
    pages["decided"] = client.get(submission.get_review_url()).text
    pages["correction"] = client.get(corrected.get_review_url()).text
    pages["merge"] = client.get(f"/papers/merge/?keep={advised.public_id}&merge={make_paper(abstract='Another.').public_id}").text
    client.force_login(cast.contributor)
    pages["own"] = client.get(submission.get_absolute_url()).text
    pages["own correction"] = client.get(corrected.get_absolute_url()).text
    planted = {
        "asked": "abstract rationale message edit note",
        "settle": "rationale edit words note answer",
        "decided": "abstract rationale message words end",
        "correction": "abstract correction reason",
        "merge": "abstract",
        "own": "rationale message words end",
        "own correction": "correction reason",
    }
    for name, page in pages.items():
        words = [
            {"rationale": "Planted rationale, of this length.", "edit": "Planted edit, of this length too."}.get(word, f"Planted {word}.")
            for word in planted[name].split()
        ]
        assert (name, [each for each in words if each not in page]) == (name, [])
        assert (name, [each for each in words if outside_folds(page, each)]) == (name, [])


def test_who_hands_a_record_in_says_what_it_speaks_of(client: Client, cast: Cast) -> None:
    """So that the queue can leave it out before anybody has opened it."""
    make_agenda()
    make_statement(make_problem(1), text="Nobody has tested 1.")
    client.force_login(cast.contributor)
    page = visit(client, "/log/?new=1")
    assert [label.text for label in page.one("fieldset", "topics").all("label")][:2] == ["Sexual abuse", "How offenders act"]
    given = fields(page) | {"title": "On tests", "abstract": ABSTRACT, "advisory": "2", "topic_victims": "on", "topic_offending": "on"}
    sent = client.post(
        "/log/",
        given | {"tag-0-target": "P1.L1", "tag-0-relation": "narrows", "tag-0-rationale": RATIONALE, "tag-0-basis": "other_modality", "do": "submit"},
    )
    assert sent.status_code == 303, [each.text for each in read(sent).one("div", "error-summary").all("li")]
    submission = Submission.objects.get()
    assert submission.content["record"]["topics"] == ["offending", "victims"]
    assert (submission.state, submission.paper.topics) == ("submitted", ["offending", "victims"])  # type: ignore[union-attr]
    told = visit(client, submission.get_absolute_url()).one("section", **{"aria-labelledby": "record"})
    assert ("Topics", "how offenders act, victims and survivors") in zip(
        *([each.text for each in told.all(tag)] for tag in ("dt", "dd")), strict=False
    )
    care.save(user=cast.reviewer, by=cast.reviewer, values={"left_out": ["victims"]})
    assert reviews.lane(cast.reviewer).keys == []
    care.save(user=cast.reviewer, by=cast.reviewer, values={"left_out": ["violence"]})
    assert reviews.lane(cast.reviewer).keys == [submission.pk]


@pytest.mark.parametrize(("record", "kept"), [({"topics": ["victims"]}, []), ({"advisory": 1, "topics": ["victims", "victims"]}, ["victims"])])
def test_without_a_level_there_are_no_topics(cast: Cast, record: dict[str, Any], kept: list[str]) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "On tests", **record})
    assert submission.paper.topics == kept  # type: ignore[union-attr]


def test_topics_are_corrected_like_the_rest(client: Client, cast: Cast, paper: Paper) -> None:
    client.force_login(cast.contributor)
    address = f"/papers/{paper.public_id}/correct/"
    given = fields(visit(client, address))
    assert given["topic_victims"] == "on"
    refused = client.post(address, given | {"reason": "As printed.", "do": "submit"})
    assert (refused.status_code, Submission.objects.count()) == (422, 0)
    client.post(address, given | {"topic_violence": "on", "reason": "As printed.", "do": "submit"})
    submission = Submission.objects.get()
    assert submission.content["correction"]["changes"] == {"topics": ["victims", "violence"]}
    table = visit_as(cast.reviewer, submission.get_review_url()).one("table", "differences")
    assert [cell.text for cell in table.all("tr")[1].all("td")] == ["victims and survivors", "victims and survivors, violence"]
    opinions.decide(submission=submission, by=cast.reviewer, rulings=Rulings(correction=Ruling(Verdict.ACCEPT)))
    paper.refresh_from_db()
    assert (paper.topics, paper.advisory) == (["victims", "violence"], 2)


def test_a_proposal_of_topics_says_something(cast: Cast, paper: Paper) -> None:
    Paper.objects.filter(pk=paper.pk).update(topics=["victims", "violence"])
    plain = make_paper()
    for about, changes, place in (
        (paper, {"topics": ["violence", "victims"]}, "correction.changes"),
        (plain, {"topics": ["victims"]}, "correction.changes.topics"),
    ):
        told = {"correction": {"paper": about.public_id, "changes": changes, "reason": "As printed."}}
        with pytest.raises(Invalid) as refused:
            hand_in(by=cast.contributor, kind=SubmissionKind.CORRECTION, content=told)
        assert list(refused.value.errors) == [place]


def test_what_is_said_of_a_waiting_record_is_raised_by_who_hands_it_in_and_lowered_by_reviewers(cast: Cast) -> None:
    record = {"title": "On tests", "identifiers": {"doi": ["10.1234/one"]}}
    again = make_submission(cast.contributor, tag_data(make_statement()), record=record)
    waiting = Paper.objects.get()

    def said() -> tuple[int, list[str]]:
        waiting.refresh_from_db()
        return waiting.advisory, waiting.topics

    papers.set_advisory(paper=waiting, level=2, topics=["victims"], by=cast.reviewer)
    reviews_service.request_changes(submission=again, by=cast.reviewer, note="The title, please.")
    services.submit(submission=Submission.objects.get(pk=again.pk), by=cast.contributor)
    assert said() == (2, ["victims"])
    make_submission(cast.stranger, tag_data(make_statement()), record=record | {"advisory": 3, "topics": ["self_harm"]})
    assert said() == (3, ["victims", "self_harm"])


def test_an_edit_keeps_record_and_submission_alike_and_lowers_nothing(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "On tests"})
    paper = submission.paper
    assert paper is not None
    edits.edit_paper(paper=paper, by=cast.contributor, changes={"topics": ["victims"]})
    submission.refresh_from_db()
    assert submission.content["record"]["topics"] == []
    edits.edit_paper(paper=Paper.objects.get(pk=paper.pk), by=cast.contributor, changes={"advisory": 1, "topics": ["victims"]})
    submission.refresh_from_db()
    assert (submission.content["record"]["topics"], Paper.objects.get(pk=paper.pk).topics) == (["victims"], ["victims"])
    with pytest.raises(Refused):
        edits.edit_paper(paper=Paper.objects.get(pk=paper.pk), by=cast.contributor, changes={"advisory": 0})


def visit_as(user: User, address: str) -> Node:
    other = Client()
    other.force_login(user)
    return visit(other, address)
