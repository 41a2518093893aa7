"""Pages of messages, notifications, following, and the link that ends mails."""

import re
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import Audience, EventKind, Pace, Relation, Subject, Visibility
from problems.models import Message, Notification, NotificationPace, Paper, Submission, User, Watch
from problems.queries.notifications import paces
from problems.services import audit, notifications
from problems.services.following import follow, renew_feed
from problems.services.messages import write
from problems.services.reviews import request_changes
from tests.factories import Cast, make_agenda, make_call, make_paper, make_problem, make_statement, make_submission, make_tag, make_team, tag_data

TYPED = ("id_reviewers-text", "id_contributor-text", "id_note")


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()), record={"title": "A plain title"})


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content
    return " ".join(re.sub(r"<[^>]+>", " ", answer.text.partition("<main")[2]).split())


# -- messages --


def test_two_threads_for_reviewers_one_for_the_contributor(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Is the locator right?")
    write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="Fine by me.")
    text = page(as_(cast.curator), submission.get_review_url())
    for words in ("With the contributor", "Is the locator right?", "Send to the contributor", "Among reviewers", "Fine by me.", "Send to reviewers"):
        assert words in text
    text = page(as_(cast.contributor), submission.get_absolute_url())
    assert "Is the locator right?" in text
    assert "Send to reviewers" in text
    assert not any(words in text for words in ("Among reviewers", "Fine by me.", "Send to the contributor"))
    text = page(as_(cast.teammate), submission.get_absolute_url())
    assert ("Is the locator right?" in text, "Send to reviewers" in text) == (True, False)


@pytest.mark.parametrize(
    ("who", "audience", "back"), [("contributor", "contributor", "/my/submissions/{}/"), ("reviewer", "reviewers", "/review/{}/")]
)
def test_sending(cast: Cast, submission: Submission, who: str, audience: str, back: str) -> None:
    client, address = as_(getattr(cast, who)), f"/my/discussions/{submission.public_id}/"
    sent = {"audience": audience, "text": "Is the locator right?", "once": "key"}
    for _ in range(2):  # a second click
        answer = client.post(address, sent)
        assert (answer.status_code, answer["Location"]) == (303, f"{back.format(submission.public_id)}#discussion")
    assert list(Message.objects.values_list("audience", "text")) == [(audience, "Is the locator right?")]


@pytest.mark.parametrize("text", ["", "x" * 5001])
def test_what_is_refused_is_kept(cast: Cast, submission: Submission, text: str) -> None:
    answer = as_(cast.reviewer).post(f"/my/discussions/{submission.public_id}/", {"audience": "reviewers", "text": text})
    assert answer.status_code == 422
    assert ('href="#id_reviewers_text"' in answer.text, text in answer.text) == (True, True)
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("who", "audience", "status"), [("contributor", "reviewers", 403), ("teammate", "contributor", 403), ("reviewer", "all", 422)]
)
def test_an_audience_that_is_not_theirs(cast: Cast, submission: Submission, who: str, audience: str, status: int) -> None:
    answer = as_(getattr(cast, who)).post(f"/my/discussions/{submission.public_id}/", {"audience": audience, "text": "Hello."})
    assert (answer.status_code, Message.objects.count()) == (status, 0)


def test_who_was_signed_out_finds_it_again(cast: Cast, submission: Submission) -> None:
    client, address = Client(), f"/my/discussions/{submission.public_id}/"
    assert client.post(address, {"audience": "reviewers", "text": "Kept words."}).status_code == 302
    client.force_login(cast.reviewer)
    assert "Kept words." in page(client, address)


@pytest.mark.parametrize("signed_out", [False, True])
def test_a_message_beside_a_decision_loses_nothing_that_was_typed(cast: Cast, submission: Submission, signed_out: bool) -> None:  # noqa: FBT001  # a column
    client, address = Client(), f"/my/discussions/{submission.public_id}/"
    verdict = f"tags.{submission.tags.get().public_id}.verdict"
    sent = {
        "audience": "reviewers",
        "reviewers-text": "For reviewers.",
        "contributor-text": "Half a question",
        "note": "Half a note",
        verdict: "accept",
    }
    if signed_out:
        client.post(address, sent)
        client.force_login(cast.reviewer)
        assert client.get(address)["Location"] == submission.get_review_url()
    else:
        client.force_login(cast.reviewer)
        assert client.post(address, sent)["Location"] == f"{submission.get_review_url()}#discussion"
    text = client.get(submission.get_review_url()).text
    shown = [text.partition(f'id="{name}"')[2].partition("</textarea>")[0].rpartition("\n")[2] for name in TYPED]
    assert shown == ["For reviewers." if signed_out else "", "Half a question", "Half a note"]
    assert re.search(f'name="{verdict}" value="accept"[^>]* checked', text)
    assert list(Message.objects.values_list("text", flat=True)) == ([] if signed_out else ["For reviewers."])


def test_a_message_beside_a_decision_that_is_refused_is_kept(cast: Cast, submission: Submission) -> None:
    client, address = as_(cast.reviewer), f"/my/discussions/{submission.public_id}/"
    answer = client.post(address, {"audience": "reviewers", "reviewers-text": "x" * 5001, "note": "Half a note"})
    assert (answer.status_code, "x" * 5001 in answer.text, "Half a note" in client.get(submission.get_review_url()).text) == (422, True, True)


def test_messages_of_an_advised_record_are_folded(cast: Cast, submission: Submission) -> None:
    Paper.objects.filter(pk=submission.paper_id).update(advisory=2)
    write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="Is the locator right?")
    for client, address in ((as_(cast.contributor), submission.get_absolute_url()), (as_(cast.curator), submission.get_review_url())):
        thread = client.get(address).text.partition('class="message"')[2].partition("</article>")[0]
        assert ("Folded: level 2 advisory" in thread, "Show message" in thread) == (True, True)


def test_text_is_only_text(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="<b>See</b> https://example.org/x")
    thread = as_(cast.contributor).get(submission.get_absolute_url()).text.partition('class="message"')[2].partition("</article>")[0]
    assert "&lt;b&gt;See&lt;/b&gt; https://example.org/x" in thread
    assert "href" not in thread


def test_all_messages_have_a_page(cast: Cast, submission: Submission) -> None:
    for number in range(22):
        Message.objects.create(submission=submission, author=cast.contributor, audience=Audience.CONTRIBUTOR, text=f"Word {number}.")
    client = as_(cast.reviewer)
    text = page(client, submission.get_review_url())
    assert ("Word 1." in text, "Word 2." in text, "All messages" in text) == (False, True, True)
    assert "Word 1." in page(client, f"/my/discussions/{submission.public_id}/")


def test_a_page_with_messages_takes_as_many_queries_for_one_as_for_three(cast: Cast, submission: Submission) -> None:
    counts = []
    clients = [(as_(cast.reviewer), submission.get_review_url()), (as_(cast.contributor), submission.get_absolute_url())]
    for client, address in clients:
        client.get(address)
    for _ in range(3):
        write(submission=submission, by=cast.curator, audience=Audience.CONTRIBUTOR, text="@Contributor @Reviewer: Is it right?")
        Notification.objects.update(read_at=timezone.now())
        with CaptureQueriesContext(connection) as queries:
            for client, address in clients:
                assert client.get(address).status_code == 200
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


def test_a_withheld_submission_shows_none(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Is the locator right?")
    Paper.objects.filter(pk=submission.paper_id).update(visibility=Visibility.RESTRICTED)
    client = as_(cast.contributor)
    for address in (submission.get_absolute_url(), f"/my/discussions/{submission.public_id}/"):
        assert "locator right" not in client.get(address).text


# -- notifications --


def test_the_page(cast: Cast, submission: Submission) -> None:
    request_changes(submission=submission, by=cast.reviewer, note="Say where.")
    client = as_(cast.contributor)
    text = page(client, "/my/notifications/")
    assert "Unread: Changes are asked for on what you handed in: “A plain title”." in text
    assert 'class="count">1<' in client.get("/account/").text  # in the head of every page
    one = Notification.objects.get()
    answer = client.post("/my/notifications/", {"do": "read", "notification": one.public_id})
    assert (answer.status_code, Notification.objects.filter(read_at=None).count()) == (303, 0)
    assert "Nothing is unread." in page(client, "/my/notifications/?show=unread")
    assert 'class="icon-button bell"' in client.get("/account/").text
    assert 'class="count">1<' not in client.get("/account/").text


def test_all_at_once(cast: Cast, submission: Submission) -> None:
    for _ in range(2):
        audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
    as_(cast.reader).post("/my/notifications/", {"do": "read"})
    assert Notification.objects.filter(read_at=None).count() == 2  # they are not theirs
    as_(cast.contributor).post("/my/notifications/", {"do": "read"})
    assert Notification.objects.filter(read_at=None).count() == 0


def test_nobody_marks_those_of_others(cast: Cast, submission: Submission) -> None:
    audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
    client = as_(cast.curator)
    for key in (Notification.objects.get().public_id, "a\x00b", "x" * 300):
        answer = client.post("/my/notifications/", {"do": "read", "notification": key})
        assert (answer.status_code, Notification.objects.filter(read_at=None).count()) == (404, 1)


def test_what_was_restricted_since_is_gone(cast: Cast, submission: Submission) -> None:
    """Hole 7, on the page and in the count of every page."""
    audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
    Paper.objects.filter(pk=submission.paper_id).update(visibility=Visibility.RESTRICTED)
    client = as_(cast.contributor)
    empty = as_(cast.teammate).get("/my/notifications/").text.replace("Teammate", "Contributor")

    def plain(text: str) -> str:
        return re.sub(r'value="[^"]{60,}"', "", text)

    assert plain(client.get("/my/notifications/").text) == plain(empty)


def test_paces(cast: Cast) -> None:
    client = as_(cast.reader)
    assert page(client, "/account/notifications/").count("Weekly") >= 8
    sent = dict.fromkeys(Subject.values, Pace.DAILY.value)
    assert client.post("/account/notifications/", sent | {"flag": "none"}).status_code == 303
    assert paces(cast.reader) == sent | {"flag": "none"}
    answer = client.post("/account/notifications/", sent | {"flag": "hourly"})
    assert (answer.status_code, paces(cast.reader)["flag"]) == (422, "none")
    assert 'href="#id_flag"' in answer.text


# -- the link of every mail --


def test_unsubscribing_needs_no_log_in(cast: Cast, submission: Submission) -> None:
    """A look ends nothing; the form does, and so does one click of a mail program: no session, no token."""
    audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
    Notification.objects.update(at=timezone.now() - timedelta(days=8))
    assert notifications.send_due() == 1
    address = mail.outbox[0].message()["List-Unsubscribe"].replace("\n ", "").strip("<>").removeprefix("http://localhost")
    client = Client(enforce_csrf_checks=True)
    text = page(client, address)
    assert "Answers to what you handed in" in text
    assert not any(word in text for word in ("Contributor", "contributor@example.org"))
    assert not NotificationPace.objects.exists()
    answer = client.post(address, "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer["Referrer-Policy"]) == (200, "no-referrer")
    assert "no-store" in answer["Cache-Control"]
    assert list(NotificationPace.objects.values_list("user", "subject", "pace")) == [(cast.contributor.pk, "decision", "none")]
    assert client.post(address).status_code == 200  # once more


@pytest.mark.parametrize("token", ["nonsense", "WyJhIl0:1xWx:abc", "%00", "x" * 500])
def test_a_link_that_is_not_ours_ends_nothing(db: Any, token: str) -> None:
    del db
    for answer in (Client().get(f"/unsubscribe/{token}/"), Client().post(f"/unsubscribe/{token}/")):
        assert (answer.status_code, "not good any more" in answer.text) == (404, True)
    assert not NotificationPace.objects.exists()


def test_a_closed_account_has_no_link(cast: Cast) -> None:
    address = notifications.unsubscribe_address(cast.reader, [Subject.FLAG]).removeprefix("http://localhost")
    assert Client().get(address).status_code == 200
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    assert Client().get(address).status_code == 404


# -- following --


def test_buttons(cast: Cast) -> None:
    make_agenda()
    problem = make_problem(1)
    statement, call, team = make_statement(problem), make_call(), make_team()
    places = [
        ("P1", problem.get_absolute_url()),
        (statement.code, problem.get_absolute_url()),
        (call.code, "/calls/"),
        (f"team:{team.slug}", team.get_absolute_url()),
    ]
    client = as_(cast.reader)
    for target, address in places:
        assert f'name="follow" value="{target}"' in client.get(address).text
        assert 'name="follow"' not in Client().get(address).text
        answer = client.post("/my/follow/", {"follow": target})
        assert (answer.status_code, answer["Location"].partition("#")[0]) == (303, address)
        assert f'name="unfollow" value="{target}"' in client.get(address).text
        assert f'value="{target}"' in client.get("/my/following/").text
        assert f'name="unfollow" value="{target}"' not in as_(cast.stranger).get(address).text
    assert Watch.objects.count() == 4
    answer = client.post("/my/follow/", {"unfollow": "P1", "from": "list"})
    assert (answer["Location"], Watch.objects.count()) == ("/my/following/", 3)


def test_who_is_not_signed_in_is_asked_again(cast: Cast) -> None:
    make_problem(1)
    client = Client()
    assert client.post("/my/follow/", {"follow": "P1"}).status_code == 302
    client.force_login(cast.reader)
    text = page(client, "/my/follow/")
    assert "Follow problem 1?" in text
    assert not Watch.objects.exists()


def test_a_problem_takes_one_more_query_for_who_is_signed_in(cast: Cast) -> None:
    make_agenda()
    problem = make_problem(1)
    statements = [make_statement(problem) for _ in range(3)]
    client = as_(cast.reader)
    client.get(problem.get_absolute_url())
    counts = []
    for each in statements:
        follow(thing=each, by=cast.reader)
        with CaptureQueriesContext(connection) as queries:
            client.get(problem.get_absolute_url())
        counts.append(len(queries))
    assert counts == [counts[0]] * 3


# -- feeds --


def entries(client: Client, address: str) -> list[str]:
    answer = client.get(address)
    assert answer.status_code == 200
    found = feedparser.parse(answer.content)
    assert (found.bozo, found.version) == (False, "atom10")
    return [entry.title for entry in found.entries]


def test_the_feed_of_a_team(cast: Cast) -> None:
    team = make_team(cast.contributor, name="Lab")
    statement, paper = make_statement(make_problem(1)), make_paper(title="Open paper")
    submission = make_submission(cast.contributor, tag_data(statement), paper=paper)
    Submission.objects.filter(pk=submission.pk).update(team=team)
    address = f"/feeds/teams/{team.slug}.atom"
    assert entries(Client(), address) == []
    tag = submission.tags.get()
    tag.status, tag.decided_at = "accepted", timezone.now()
    tag.save()
    assert entries(Client(), address) == ["P1.L1 narrows: Open paper"]
    Paper.objects.filter(pk=paper.pk).update(visibility=Visibility.RESTRICTED)
    assert entries(Client(), address) == []
    assert "Contributor" not in Client().get(address).text


def test_the_feed_of_what_somebody_follows(cast: Cast) -> None:
    """At a secret address, public entries only: one that was restricted since is gone."""
    problem = make_problem(1)
    statement, other = make_statement(problem), make_statement(make_problem(2))
    paper = make_paper(title="Open paper", visibility=Visibility.PUBLIC)
    for target in (statement, other):
        make_tag(target, paper, relation=Relation.NARROWS)
    make_tag(statement, make_paper(title="Waits", visibility=Visibility.WAITING, logged_by=cast.reader), relation=Relation.NARROWS)
    follow(thing=problem, by=cast.reader)
    client = as_(cast.reader)
    answer = client.post("/my/following/", {"do": "feed"})
    assert answer.status_code == 201
    match = re.search(r"http://localhost(/feeds/following/[\w-]{40,}\.atom)", answer.text)
    assert match is not None
    assert entries(Client(), match[1]) == ["P1.L1 narrows: Open paper"]
    got = Client().get(match[1])
    assert "private" in got["Cache-Control"]
    assert match[1] not in got.text
    assert not any(word in got.text for word in ("Reader", cast.reader.public_id))
    assert match[1] not in client.get("/my/following/").text  # it is shown once
    Paper.objects.filter(pk=paper.pk).update(visibility=Visibility.RESTRICTED)
    assert entries(Client(), match[1]) == []
    secret = renew_feed(by=cast.reader)
    assert Client().get(match[1]).status_code == 404
    client.post("/my/following/", {"do": "end"})
    assert Client().get(f"/feeds/following/{secret}.atom").status_code == 404
