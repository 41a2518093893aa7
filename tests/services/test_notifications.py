"""Who hears of what, what it says by the time that it is shown, and the mails."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import Audience, EventKind, OpinionState, Pace, Relation, ReviewStatus, Role, Section, Subject, Verdict, Visibility
from problems.errors import Invalid
from problems.models import AuditEvent, CatalogueChange, Flag, Notification, NotificationPace, Paper, SecondOpinion, Submission, Tag, User
from problems.queries.notifications import listed, shown, told, unread
from problems.services import audit, catalogue, declarations, notifications, people, reviews, tags, teams
from problems.services.following import follow
from problems.services.messages import write
from problems.services.reviews import Ruling, Rulings
from tests.factories import (
    Cast,
    make_call,
    make_paper,
    make_problem,
    make_statement,
    make_submission,
    make_tag,
    make_team,
    make_user,
    tag_data,
)

MONDAY = datetime(2026, 11, 30, 7, tzinfo=UTC)
SECRET = "zyxomarkterm"


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()), record={"title": "A plain title"})


def decide(submission: Submission, by: User, verdict: Verdict = Verdict.ACCEPT) -> None:
    ruling = Ruling(verdict=verdict, reason="" if verdict == Verdict.ACCEPT else "off_topic", words="" if verdict == Verdict.ACCEPT else "No.")
    rulings = Rulings(record=ruling, tags=dict.fromkeys(submission.tags.values_list("public_id", flat=True), ruling))
    reviews.decide(submission=submission, by=by, rulings=rulings)


def heard() -> set[tuple[str, str]]:
    return set(Notification.objects.values_list("user__display_name", "subject"))


def sentences(user: User) -> list[str]:
    return [each.sentence for each in told(list(listed(user).order_by("pk")))]


# -- who hears --


def test_a_decision_and_its_undoing(cast: Cast, submission: Submission) -> None:
    reviews.request_changes(submission=submission, by=cast.reviewer, note="Say where.")
    reviews.undo(submission=submission, by=cast.reviewer)
    decide(submission, cast.reviewer)
    assert heard() == {("Contributor", Subject.DECISION)}
    assert sentences(cast.contributor) == [
        "Changes are asked for on what you handed in: “A plain title”.",
        "A decision on what you handed in was taken back, so it waits again: “A plain title”.",
        "What you handed in was decided on: “A plain title”.",
    ]
    assert [each.url for each in told(list(listed(cast.contributor)))] == [submission.get_absolute_url()] * 3


def test_an_assignment(cast: Cast, submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(assigned_to=cast.reviewer, assigned_at=timezone.now())
    audit.record(EventKind.ASSIGNED, submission, by=cast.curator)
    assert heard() == {("Reviewer", Subject.ASSIGNMENT)}
    assert sentences(cast.reviewer) == ["You are asked to review “A plain title”."]


def test_who_does_it_hears_nothing(cast: Cast, submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(assigned_to=cast.curator, assigned_at=timezone.now())
    audit.record(EventKind.ASSIGNED, submission, by=cast.curator)
    assert heard() == set()


def test_second_opinions(cast: Cast, submission: Submission) -> None:
    opinion = SecondOpinion.objects.create(submission=submission, first=cast.reviewer, wanted=cast.curator)
    audit.record(EventKind.OPINION_ASKED, submission, by=cast.reviewer)
    assert heard() == {("Curator", Subject.OPINION)}
    opinion.state, opinion.second, opinion.given_at = OpinionState.DIFFERENT, cast.curator, timezone.now()
    opinion.save()
    audit.record(EventKind.OPINION_GIVEN, submission, by=cast.curator, after={"opinion": "different"})
    audit.record(EventKind.OPINION_GIVEN, submission, by=cast.curator, after={"opinion": "proposed"})
    settler = make_user(Role.CURATOR)
    audit.record(EventKind.SETTLED, submission, by=settler)
    assert sentences(cast.curator) == ["You are asked for a second opinion on “A plain title”.", "The difference on “A plain title” was settled."]
    assert sentences(cast.reviewer) == [
        "The second opinion on “A plain title” differs from the first. It is to be settled.",
        "A way to settle the difference on “A plain title” was proposed.",
        "The difference on “A plain title” was settled.",
    ]
    assert heard() == {("Curator", Subject.OPINION), ("Reviewer", Subject.OPINION)}


def test_a_flag_and_a_proposal(cast: Cast) -> None:
    flag = Flag.objects.create(paper=make_paper(), by=cast.reader, digest=b"1", reason="wrong")
    audit.record(EventKind.ANSWERED, flag, by=cast.reviewer)
    proposal = CatalogueChange.objects.create(kind="wording", statement=make_statement(), reason="Clearer.", by=cast.reviewer)
    audit.record(EventKind.ANSWERED, proposal, by=cast.curator)
    assert heard() == {("Reader", Subject.FLAG), ("Reviewer", Subject.DECISION)}
    assert sentences(cast.reader) == ["A flag of yours was answered."]
    assert sentences(cast.reviewer) == ["A proposal of yours for the catalogue was answered."]


def test_roles_and_teams(cast: Cast) -> None:
    cast.reader.role = Role.CONTRIBUTOR
    people.save(user=cast.reader, by=cast.curator, reason="Asked for it")
    team = teams.make(name="Lab", by=cast.curator, leads=[cast.stranger])
    link = teams.invite(team=team, by=cast.stranger)
    teams.accept(secret=link, by=cast.reader)
    teams.set_lead(team=team, user=cast.reader, is_lead=True, by=cast.curator)
    teams.set_lead(team=team, user=cast.reader, is_lead=False, by=cast.stranger)
    teams.remove(team=team, user=cast.reader, by=cast.stranger)
    assert heard() == {("Reader", Subject.ACCOUNT), ("Stranger", Subject.ACCOUNT)}
    assert sentences(cast.stranger) == ["You are in Lab now, as a lead."]
    assert sentences(cast.reader) == ["Your role is now contributor.", "You lead Lab.", "You no longer lead Lab.", "You are no longer in Lab."]


def test_what_is_followed(cast: Cast) -> None:
    problem = make_problem(1)
    statement, other, call = make_statement(problem), make_statement(problem), make_call()
    team = make_team(cast.contributor, name="Lab")
    for thing in (statement, call, team):
        follow(thing=thing, by=cast.reader)
    follow(thing=problem, by=cast.stranger)
    paper = make_paper(title="A plain title")
    submission = make_submission(cast.contributor, tag_data(statement), tag_data(other), tag_data(call), paper=paper)
    Submission.objects.filter(pk=submission.pk).update(team=team)
    ruled = {tag.public_id: Ruling(verdict=Verdict.ACCEPT) for tag in submission.tags.all()}
    reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(tags=ruled))
    accepted = [f"Accepted on P1.L{number}: “A plain title”, narrows. It became narrowed." for number in (1, 2)]
    assert sentences(cast.stranger) == accepted
    assert sentences(cast.reader) == [*accepted, "Accepted on C1: “A plain title”, responds to."]  # the second one by its team
    Notification.objects.all().delete()
    statement.refresh_from_db()
    statement.text = "Nobody has tested it yet."
    catalogue.save(thing=statement, by=cast.curator)
    statement.retired_on = timezone.localdate()
    catalogue.save(thing=statement, by=cast.curator)
    make_statement(problem)
    problem.question = "How does one test that?"
    catalogue.save(thing=problem, by=cast.curator)
    call.text = "Build another test."
    catalogue.save(thing=call, by=cast.curator)
    other.refresh_from_db()
    other.review_by = timezone.localdate()
    catalogue.save(thing=other, by=cast.curator)
    declarations.declare(team=team, target="C1", sentence="We do.", until=timezone.localdate(), by=cast.contributor)
    assert sentences(cast.stranger) == [
        "P1.L1 was reworded.",
        "P1.L1 was retired.",
        "Problem 1 has a new statement: P1.L3.",
        "Problem 1 was reworded.",
    ]
    assert sentences(cast.reader) == ["P1.L1 was reworded.", "P1.L1 was retired.", "C1 was reworded.", "Lab says that it works on C1."]


def test_a_closed_account_hears_nothing(cast: Cast, submission: Submission) -> None:
    User.objects.filter(pk=cast.contributor.pk).update(is_active=False)
    decide(submission, cast.reviewer)
    assert heard() == set()


def test_many_entries_at_once_are_news_too(cast: Cast, submission: Submission) -> None:
    Submission.objects.filter(pk=submission.pk).update(assigned_to=cast.reviewer, assigned_at=timezone.now())
    quiet = audit.entry(EventKind.CLAIMED, submission, by=cast.curator)
    audit.record_all([quiet, audit.entry(EventKind.ASSIGNED, submission, by=cast.curator)])
    assert heard() == {("Reviewer", Subject.ASSIGNMENT)}
    assert AuditEvent.objects.filter(submission=submission, kind=EventKind.CLAIMED).count() == 1


def test_the_price_of_an_entry_is_fixed(cast: Cast) -> None:
    """One query more for a tag that nobody follows, four for one that is news, however many hear of it."""
    statement = make_statement()
    tag = make_tag(statement)

    def price() -> int:
        with CaptureQueriesContext(connection) as queries:
            audit.record(EventKind.ACCEPTED, tag, by=cast.reviewer)
        return len(queries)

    nobody = price()
    follow(thing=statement, by=cast.reader)
    one = price()
    for name in ("contributor", "stranger", "curator"):
        follow(thing=statement, by=getattr(cast, name))
    assert (nobody, one, price()) == (2, 5, 5)


# -- what is shown --


def everything_on(submission: Submission, cast: Cast) -> None:
    """A notification of each kind on it, for the contributor and the reviewer."""
    write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text=f"{SECRET} @Contributor")
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text=SECRET)
    decide(submission, cast.reviewer)
    flag = Flag.objects.create(paper=submission.paper, by=cast.contributor, digest=b"1", reason="wrong", text=SECRET)
    audit.record(EventKind.ANSWERED, flag, by=cast.reviewer)


@pytest.mark.parametrize("visibility", [Visibility.RESTRICTED, Visibility.TRASHED])
def test_what_is_out_of_sight_now_is_not_told(cast: Cast, visibility: Visibility) -> None:
    """Hole 7: a notification that names a paper restricted afterwards is gone, on the page, in the count, and in mails."""
    statement = make_statement()
    follow(thing=statement, by=cast.contributor)
    submission = make_submission(cast.contributor, tag_data(statement), record={"title": SECRET})
    everything_on(submission, cast)
    submission.refresh_from_db()
    assert len(sentences(cast.contributor)) == unread(cast.contributor) == 4
    assert any(SECRET in sentence for sentence in sentences(cast.contributor))
    assert len(sentences(cast.reviewer)) == 1
    Paper.objects.filter(pk=submission.paper_id).update(visibility=visibility)
    assert (sentences(cast.contributor), unread(cast.contributor)) == ([], 0)
    left = 1 if visibility == Visibility.RESTRICTED else 0  # what is restricted, reviewers know of
    assert len(sentences(cast.reviewer)) == unread(cast.reviewer) == left
    assert notifications.send_due(timezone.now() + timedelta(days=8)) == left
    assert [message.to for message in mail.outbox] == [["reviewer@example.org"]] * left


def test_what_a_role_does_not_show_any_more(cast: Cast, submission: Submission) -> None:
    """Hole 16, and the name of the role: who was a reviewer hears of no review."""
    write(submission=submission, by=cast.curator, audience=Audience.REVIEWERS, text="Look, @Reviewer.")
    Submission.objects.filter(pk=submission.pk).update(assigned_to=cast.reviewer, assigned_at=timezone.now())
    audit.record(EventKind.ASSIGNED, submission, by=cast.curator)
    SecondOpinion.objects.create(submission=submission, first=cast.curator, wanted=cast.reviewer)
    audit.record(EventKind.OPINION_ASKED, submission, by=cast.curator)
    assert len(sentences(cast.reviewer)) == unread(cast.reviewer) == 2  # the message of the first reviewer waits for the second opinion
    User.objects.filter(pk=cast.reviewer.pk).update(role=Role.CONTRIBUTOR)
    cast.reviewer.refresh_from_db()
    assert (sentences(cast.reviewer), unread(cast.reviewer)) == ([], 0)
    assert notifications.send_due(timezone.now() + timedelta(days=8)) == 0


def test_a_conflict_of_interest_takes_reviews_away(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.curator, audience=Audience.REVIEWERS, text="Look, @Reviewer.")
    assert unread(cast.reviewer) == 1
    make_team(cast.reviewer, cast.contributor)
    assert (sentences(cast.reviewer), unread(cast.reviewer)) == ([], 0)


def test_a_tag_that_is_off_the_map_is_not_told(cast: Cast) -> None:
    statement = make_statement()
    follow(thing=statement, by=cast.reader)
    tag = make_tag(statement, relation=Relation.NARROWS, status=ReviewStatus.PROPOSED)
    tags.decide(tag=tag, status=ReviewStatus.ACCEPTED, by=None)
    assert len(sentences(cast.reader)) == 1
    Tag.objects.filter(pk=tag.pk).update(status=ReviewStatus.TRASHED)
    assert sentences(cast.reader) == []


def test_the_count_takes_two_queries_and_one_where_there_is_nothing(cast: Cast, submission: Submission) -> None:
    decide(submission, cast.reviewer)
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Thanks.")
    for user, rows in ((cast.contributor, 1), (cast.reviewer, 1), (cast.stranger, 0)):
        with CaptureQueriesContext(connection) as queries:
            assert unread(user) == rows
        assert len(queries) == 1 + rows


def test_the_list_takes_as_many_queries_for_one_as_for_three(cast: Cast) -> None:
    problem = make_problem(1)
    statements = [make_statement(problem, section=Section.LIMITATION) for _ in range(3)]
    follow(thing=problem, by=cast.reader)
    counts = []
    for each in statements:
        tag = make_tag(each, relation=Relation.NARROWS, status=ReviewStatus.PROPOSED)
        tags.decide(tag=tag, status=ReviewStatus.ACCEPTED, by=None)
        each.text = f"{each.text} Still."
        each.refresh_from_db(fields=["state", "state_since"])
        catalogue.save(thing=each, by=cast.curator)
        with CaptureQueriesContext(connection) as queries:
            sentences(cast.reader)
        counts.append(len(queries))
    assert len(sentences(cast.reader)) == 6
    assert counts == [counts[0]] * 3


def test_reading(cast: Cast, submission: Submission) -> None:
    reviews.request_changes(submission=submission, by=cast.reviewer, note="Say where.")
    reviews.undo(submission=submission, by=cast.reviewer)
    decide(submission, cast.reviewer)
    first, second, third = shown(cast.contributor).order_by("pk")
    assert notifications.read(by=cast.contributor, notification=third) == 2
    assert notifications.read(by=cast.contributor, notification=second, earlier=True) == 0
    assert Notification.objects.filter(read_at=None).count() == 0
    del first


# -- mail --


@pytest.fixture
def news(cast: Cast, submission: Submission) -> Callable[[datetime], None]:
    """What makes one more notification for the contributor, as if at this time."""

    def make(at: datetime) -> None:
        audit.record(EventKind.DECIDED, submission, by=cast.reviewer)
        Notification.objects.filter(pk=Notification.objects.latest("pk").pk).update(at=at)

    return make


def test_weekly_unless_said_otherwise(news: Callable[[datetime], None]) -> None:
    for days in (1, 2, 3):
        news(MONDAY - timedelta(days=days))
    assert notifications.send_due(MONDAY - timedelta(hours=2)) == 0
    assert notifications.send_due(MONDAY) == 1
    news(MONDAY + timedelta(minutes=1))
    assert [notifications.send_due(MONDAY + timedelta(days=days)) for days in (0, 1, 6, 7, 7)] == [0, 0, 0, 1, 0]
    assert [message.subject for message in mail.outbox] == ["3 notifications", "1 notification"]


def test_at_once_is_grouped_within_a_minute(cast: Cast, news: Callable[[datetime], None]) -> None:
    notifications.set_paces(by=cast.contributor, paces={Subject.DECISION: Pace.AT_ONCE})
    news(MONDAY)
    news(MONDAY + timedelta(seconds=50))
    assert notifications.send_due(MONDAY + timedelta(seconds=59)) == 0
    assert notifications.send_due(MONDAY + timedelta(seconds=61)) == 1
    assert [message.subject for message in mail.outbox] == ["2 notifications"]


def test_daily(cast: Cast, news: Callable[[datetime], None]) -> None:
    notifications.set_paces(by=cast.contributor, paces={Subject.DECISION: Pace.DAILY})
    tuesday = MONDAY + timedelta(days=1)
    news(MONDAY)
    assert [notifications.send_due(tuesday - timedelta(hours=2)), notifications.send_due(tuesday)] == [0, 1]


def test_never(cast: Cast, news: Callable[[datetime], None]) -> None:
    news(MONDAY - timedelta(days=1))
    notifications.set_paces(by=cast.contributor, paces={Subject.DECISION: Pace.NONE})
    news(MONDAY - timedelta(days=1))
    assert notifications.send_due(MONDAY) == 0
    notifications.set_paces(by=cast.contributor, paces={Subject.DECISION: Pace.WEEKLY})
    assert notifications.send_due(MONDAY) == 0  # what came meanwhile is not mailed late


def test_what_was_read_is_not_mailed(cast: Cast, news: Callable[[datetime], None]) -> None:
    news(MONDAY - timedelta(days=1))
    notifications.read(by=cast.contributor)
    assert notifications.send_due(MONDAY) == 0


@pytest.mark.parametrize("fields", [{"is_active": False}, {"email": None}])
def test_who_is_gone_gets_none(cast: Cast, news: Callable[[datetime], None], fields: dict[str, Any]) -> None:
    news(MONDAY - timedelta(days=1))
    User.objects.filter(pk=cast.contributor.pk).update(**fields)
    assert notifications.send_due(MONDAY) == 0


def test_a_mail_tells_how_many_and_nothing_else(cast: Cast) -> None:
    """No title, no name, no code, nobody's words: planted in everything that it is about."""
    User.objects.update(display_name=SECRET)
    problem = make_problem(1, title=SECRET, question=SECRET)
    statement = make_statement(problem, text=SECRET)
    follow(thing=problem, by=cast.contributor)
    everything_on(make_submission(cast.contributor, tag_data(statement), record={"title": SECRET}, message=SECRET), cast)
    teams.make(name=SECRET, by=cast.curator, leads=[cast.contributor])
    assert notifications.send_due(timezone.now() + timedelta(days=8)) == 2
    message = next(each for each in mail.outbox if each.to == ["contributor@example.org"])
    text = str(message.message()) + message.body
    assert SECRET not in text
    assert not re.search(r"\bP1\b|\bL1\b|example\.org", str(message.body))
    assert message.subject == "5 notifications"
    for line in (
        "Answers to what you handed in: 1",
        "Messages on your submissions and reviews: 1",
        "What you follow: 1",
        "Your role and your teams: 1",
    ):
        assert f"\n{line}\n" in message.body
    assert "http://localhost/my/notifications/" in message.body
    assert message.body.count("http://localhost/unsubscribe/") == 5
    headers = message.message()
    assert headers.get_content_type() == "text/plain"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = headers["List-Unsubscribe"].replace("\n ", "").strip("<>")
    named = notifications.named_by(address.removeprefix("http://localhost/unsubscribe/").rstrip("/"))
    assert named is not None
    assert (named[0], len(named[1])) == (cast.contributor, 5)


def test_each_mail_goes_to_one_person(cast: Cast, submission: Submission) -> None:
    decide(submission, cast.reviewer)
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Thanks.")
    notifications.send_due(timezone.now() + timedelta(days=8))
    assert sorted(message.recipients() for message in mail.outbox) == [["contributor@example.org"], ["reviewer@example.org"]]


def test_a_server_that_is_away_is_asked_again(news: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch) -> None:
    news(MONDAY - timedelta(days=1))

    def away(*_: Any, **__: Any) -> None:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", away)
        assert notifications.send_due(MONDAY) == 0
    assert notifications.send_due(MONDAY) == 1


def test_an_address_that_is_refused_for_good_is_not_tried_again(news: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch) -> None:
    news(MONDAY - timedelta(days=1))

    def refused(*_: Any, **__: Any) -> None:
        raise SMTPRecipientsRefused({"contributor@example.org": (550, b"unknown")})

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", refused)
        assert notifications.send_due(MONDAY) == 0
    assert notifications.send_due(MONDAY) == 0
    assert mail.outbox == []


def test_a_crash_loses_one_and_doubles_none(news: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch) -> None:
    news(MONDAY - timedelta(days=1))

    def killed(*_: Any, **__: Any) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(EmailMessage, "send", killed)
        with pytest.raises(SystemExit):
            notifications.send_due(MONDAY)
    assert notifications.send_due(MONDAY) == 0
    assert Notification.objects.filter(read_at=None).count() == 1  # on the site it is still there


def test_the_command_and_the_worker_send(cast: Cast, news: Callable[[datetime], None], capsys: pytest.CaptureFixture[str]) -> None:
    notifications.set_paces(by=cast.contributor, paces={Subject.DECISION: Pace.AT_ONCE})
    news(timezone.now() - timedelta(minutes=2))
    call_command("send_notifications")
    assert capsys.readouterr().out == "     1 mails\n"


def test_paces_are_held_to_their_words(cast: Cast) -> None:
    with pytest.raises(Invalid) as caught:
        notifications.set_paces(by=cast.reader, paces={Subject.DECISION: "hourly", "gossip": Pace.DAILY})
    assert set(caught.value.errors) == {"decision", "gossip"}
    assert not NotificationPace.objects.exists()


def test_a_token_names_whom_it_is_for(cast: Cast) -> None:
    token = notifications.token(cast.reader, [Subject.FLAG])
    assert notifications.named_by(token) == (cast.reader, [Subject.FLAG])
    assert notifications.named_by(f"{token}x") is None
    assert str(cast.reader.email) not in token
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    assert notifications.named_by(token) is None
