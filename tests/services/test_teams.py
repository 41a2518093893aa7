"""Teams: who makes and leads them, the link by which one joins, a message to the leads; and that nothing says who is in one."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from django.core import mail, serializers
from django.core.mail import EmailMessage
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from problems.choices import EventKind, ReviewStatus, Role, Visibility
from problems.errors import Busy, Conflict, Invalid, Refused, TooMany, TrackerError
from problems.models import AuditEvent, Membership, Paper, Submission, Tag, Team, TeamInvitation, User
from problems.permissions import Action, may_see_members
from problems.queries import teams as queries
from problems.services import people, reviews, teams
from problems.services.reviews import Ruling, Rulings
from problems.services.submissions import hand_in, withdraw
from tests.factories import Cast, make_search, make_statement, make_team, make_user, tag_data


@pytest.fixture
def team(cast: Cast) -> Team:
    """A team that the contributor leads, with the teammate in it."""
    return people.save_team(team=Team(slug="lab", name="The Lab"), by=None, members={cast.contributor: True, cast.teammate: False})


def leads(team: Team) -> dict[str, bool]:
    return {each.user.display_name: each.is_lead for each in Membership.objects.filter(team=team).select_related("user")}


def events(team: Team) -> list[tuple[str, int | None]]:
    return list(AuditEvent.objects.about(team).order_by("pk").values_list("kind", "actor")[1:])


def test_a_curator_makes_a_team_with_its_first_lead(cast: Cast) -> None:
    team = teams.make(name="Provenance Lab", about="Marks that stay.", leads=[cast.contributor], by=cast.curator)
    assert (team.slug, team.name, team.about, leads(team)) == ("provenance-lab", "Provenance Lab", "Marks that stay.", {"Contributor": True})
    assert [teams.make(name=name, by=cast.curator).slug for name in ("Provenance Lab", "New", "研究室")] == ["provenance-lab-2", "new-2", "team"]


@pytest.mark.parametrize("name", ["reader", "contributor", "reviewer", "anonymous"])
def test_nobody_else_makes_one(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        teams.make(name="Lab", by=getattr(cast, name))
    assert Team.objects.count() == 1


def test_leads_change_it_and_its_address_stays(cast: Cast, team: Team) -> None:
    teams.change(team=team, name="Another Lab", about="What it does.", by=cast.contributor)
    team.refresh_from_db()
    assert (team.slug, team.name, team.about) == ("lab", "Another Lab", "What it does.")
    for name in ("teammate", "stranger", "reviewer", "anonymous"):
        with pytest.raises(Refused):
            teams.change(team=team, name="Taken", about="", by=getattr(cast, name))
    with pytest.raises(Invalid) as refused:
        teams.change(team=team, name="", about="x" * 501, by=cast.curator)
    assert set(refused.value.errors) == {"name", "about"}
    assert events(team) == [(EventKind.CHANGED, cast.contributor.pk)]


def test_a_link_lets_one_person_join_once(cast: Cast, team: Team) -> None:
    secret = teams.invite(team=team, by=cast.contributor)
    offer = TeamInvitation.objects.get()
    assert teams.find(secret) == offer
    assert timedelta(days=7) - (offer.expires - timezone.now()) < timedelta(minutes=1)
    assert teams.link(secret) == f"http://localhost/team-invitations/{secret}/"
    teams.accept(secret=secret, by=cast.reader)
    assert leads(team) == {"Contributor": True, "Teammate": False, "Reader": False}
    assert teams.find(secret) is None
    with pytest.raises(Conflict, match="used up or too old"):
        teams.accept(secret=secret, by=cast.stranger)
    assert events(team) == [(EventKind.JOINED, cast.reader.pk)]
    kept = serializers.serialize("json", [*AuditEvent.objects.all(), *TeamInvitation.objects.all()])
    assert secret not in kept
    assert "Reader" not in kept


def test_a_link_for_a_lead_makes_a_lead_and_one_of_the_team_keeps_it_good(cast: Cast, team: Team) -> None:
    secret = teams.invite(team=team, by=cast.contributor, as_lead=True)
    with pytest.raises(Conflict, match="in this team already"):
        teams.accept(secret=secret, by=cast.teammate)
    teams.accept(secret=secret, by=cast.stranger)
    assert leads(team)["Stranger"]


@pytest.mark.parametrize("how", ["expired", "withdrawn", "not lead any more", "closed"])
def test_a_link_that_ended_lets_nobody_in(cast: Cast, team: Team, how: str) -> None:
    secret = teams.invite(team=team, by=cast.contributor)
    offer = TeamInvitation.objects.get()
    match how:
        case "expired":
            TeamInvitation.objects.update(expires=timezone.now())
        case "withdrawn":
            teams.withdraw(offer=offer, by=cast.contributor)
        case "not lead any more":
            teams.set_lead(team=team, user=cast.contributor, is_lead=False, by=cast.curator)
        case "closed":
            User.objects.filter(pk=cast.contributor.pk).update(is_active=False)
    assert teams.find(secret) is None
    with pytest.raises(Conflict):
        teams.accept(secret=secret, by=cast.stranger)
    assert "Stranger" not in leads(team)


def test_only_leads_and_curators_make_and_withdraw_links(cast: Cast, team: Team) -> None:
    for name in ("teammate", "stranger", "reviewer", "anonymous"):
        with pytest.raises(Refused):
            teams.invite(team=team, by=getattr(cast, name))
    teams.invite(team=team, by=cast.curator)
    offer = TeamInvitation.objects.get()
    with pytest.raises(Refused):
        teams.withdraw(offer=offer, by=cast.teammate)
    teams.withdraw(offer=offer, by=cast.contributor)
    with pytest.raises(Conflict, match="used or withdrawn already"):
        teams.withdraw(offer=offer, by=cast.contributor)


def test_so_many_links_a_day(cast: Cast, team: Team, settings: Settings) -> None:
    settings.TEAM_INVITE_RATE = 2
    for by in (cast.contributor, cast.curator):
        teams.invite(team=team, by=by)
    with pytest.raises(TooMany) as refused:
        teams.invite(team=team, by=cast.contributor)
    assert 86_000 < refused.value.retry_after <= 86_400
    teams.invite(team=make_team(cast.stranger), by=cast.curator)
    TeamInvitation.objects.filter(invited_by=cast.contributor).update(created=timezone.now() - timedelta(days=1, seconds=1))
    teams.invite(team=team, by=cast.contributor)


def test_members_leave_and_are_taken_out(cast: Cast, team: Team) -> None:
    teams.leave(team=team, by=cast.teammate)
    with pytest.raises(Conflict, match="You are not in this team"):
        teams.leave(team=team, by=cast.teammate)
    teams.accept(secret=teams.invite(team=team, by=cast.contributor), by=cast.reader)
    with pytest.raises(Refused):
        teams.remove(team=team, user=cast.contributor, by=cast.reader)
    teams.remove(team=team, user=cast.reader, by=cast.contributor)
    with pytest.raises(Conflict, match="not in the team any more"):
        teams.remove(team=team, user=cast.reader, by=cast.contributor)
    assert leads(team) == {"Contributor": True}
    assert events(team) == [
        (EventKind.LEFT, cast.teammate.pk),
        (EventKind.JOINED, cast.reader.pk),
        (EventKind.LEFT, cast.contributor.pk),
    ]


def test_a_team_keeps_a_lead_except_by_a_curator(cast: Cast, team: Team) -> None:
    ways: list[Any] = [
        lambda: teams.leave(team=team, by=cast.contributor),
        lambda: teams.remove(team=team, user=cast.contributor, by=cast.contributor),
        lambda: teams.set_lead(team=team, user=cast.contributor, is_lead=False, by=cast.contributor),
    ]
    for way in ways:
        with pytest.raises(Conflict, match="only lead"):
            way()
    teams.set_lead(team=team, user=cast.teammate, is_lead=True, by=cast.contributor)
    teams.leave(team=team, by=cast.contributor)
    assert leads(team) == {"Teammate": True}
    teams.set_lead(team=team, user=cast.teammate, is_lead=False, by=cast.curator)
    assert leads(team) == {"Teammate": False}


def test_the_record_of_a_team_is_for_curators(cast: Cast, team: Team) -> None:
    teams.accept(secret=teams.invite(team=team, by=cast.contributor), by=cast.reader)
    for name, person in cast.everybody().items():
        sees = AuditEvent.objects.visible_to(person).filter(object_type__in=("team", "teaminvitation")).exists()
        assert sees == (name == "curator"), name


def test_members_are_told_to_members_and_curators(cast: Cast, team: Team) -> None:
    found = queries.with_people(team)
    told = {name for name, person in cast.everybody().items() if may_see_members(person, found.people)}
    assert told == {"contributor", "teammate", "curator"}


# -- messages --


def test_a_message_goes_to_each_lead_and_shows_no_address(
    cast: Cast, team: Team, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    teams.set_lead(team=team, user=cast.teammate, is_lead=True, by=cast.contributor)
    closed = make_user(Role.CONTRIBUTOR, is_active=False)
    Membership.objects.create(team=team, user=closed, is_lead=True)
    Membership.objects.create(team=team, user=make_user(Role.CONTRIBUTOR), is_lead=False)
    with django_capture_on_commit_callbacks(execute=True):
        teams.contact(team=team, by=cast.stranger, text="We have the same question.")
    assert [(each.to, each.reply_to) for each in mail.outbox] == [(["contributor@example.org"], []), (["teammate@example.org"], [])]
    for each in mail.outbox:
        assert "Stranger wrote to The Lab" in each.body
        assert "We have the same question." in each.body
        assert "They gave no address to answer to." in each.body
        assert "stranger@example.org" not in each.message().as_string()
    with django_capture_on_commit_callbacks(execute=True):
        teams.contact(team=team, by=cast.stranger, text="Answer me.", answer=True)
    assert mail.outbox[-1].reply_to == ["stranger@example.org"]
    assert AuditEvent.objects.about(team).filter(kind=EventKind.SUBMITTED, actor=cast.stranger).count() == 2
    assert "same question" not in serializers.serialize("json", AuditEvent.objects.all())


def test_a_hidden_name_is_not_in_the_mail(cast: Cast, team: Team, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    User.objects.filter(pk=cast.stranger.pk).update(hide_name=True)
    cast.stranger.refresh_from_db()
    with django_capture_on_commit_callbacks(execute=True):
        teams.contact(team=team, by=cast.stranger, text="A question.")
    (sent,) = mail.outbox
    assert "a contributor wrote to The Lab" in sent.body
    assert "Stranger" not in sent.message().as_string()


def test_a_message_is_for_contributors_and_has_a_length(cast: Cast, team: Team) -> None:
    for name in ("reader", "anonymous"):
        with pytest.raises(Refused):
            teams.contact(team=team, by=getattr(cast, name), text="Hello.")
    for text in ("", "  ", "x" * 5001):
        with pytest.raises(Invalid) as refused:
            teams.contact(team=team, by=cast.stranger, text=text)
        assert list(refused.value.errors) == ["text"]


def test_so_many_messages_a_day(cast: Cast, team: Team, settings: Settings) -> None:
    settings.CONTACT_RATE = 2
    other = people.save_team(team=Team(slug="other", name="Other"), by=None, members={cast.teammate: True})
    for to in (team, other):
        teams.contact(team=to, by=cast.stranger, text="Hello.")
    with pytest.raises(TooMany) as refused:
        teams.contact(team=team, by=cast.stranger, text="Hello.")
    assert 86_000 < refused.value.retry_after <= 86_400
    teams.contact(team=team, by=cast.reviewer, text="Hello.")


def test_a_message_that_cannot_be_sent_is_told_without_an_address(
    cast: Cast,
    team: Team,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_args: object, **_kwargs: object) -> None:
        raise smtplib.SMTPRecipientsRefused({"contributor@example.org": (550, b"unknown")})

    monkeypatch.setattr(EmailMessage, "send", fails)
    with pytest.raises(Busy, match="could not be sent"), django_capture_on_commit_callbacks(execute=True):
        teams.contact(team=team, by=cast.stranger, text="Hello.")
    assert "SMTPRecipientsRefused" in caplog.text
    assert "contributor@" not in caplog.text


def test_a_message_that_reaches_one_lead_is_sent_and_one_that_reaches_none_is_refused(
    cast: Cast, team: Team, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, monkeypatch: pytest.MonkeyPatch
) -> None:
    teams.set_lead(team=team, user=cast.teammate, is_lead=True, by=cast.contributor)
    send, sent = EmailMessage.send, []

    def fails_once(self: EmailMessage, *, fail_silently: bool = False) -> int:
        sent.append(self.to)
        if len(sent) == 1:
            raise smtplib.SMTPRecipientsRefused({self.to[0]: (550, b"unknown")})
        return send(self, fail_silently=fail_silently)

    monkeypatch.setattr(EmailMessage, "send", fails_once)
    with django_capture_on_commit_callbacks(execute=True):
        teams.contact(team=team, by=cast.stranger, text="Hello.")
    assert [each.to for each in mail.outbox] == [["teammate@example.org"]]
    User.objects.filter(pk=cast.contributor.pk).update(email=None)
    User.objects.filter(pk=cast.teammate.pk).update(is_active=False)
    before = AuditEvent.objects.count()
    for unreachable in (team, make_team(cast.contributor)):
        with pytest.raises(Conflict, match="Nobody who leads this team can be reached by mail"):
            teams.contact(team=unreachable, by=cast.stranger, text="Hello.")
    assert AuditEvent.objects.count() == before + 1  # of the other team
    assert len(sent) == 2


# -- the public record --


def decided(cast: Cast, submission: Submission, *, accept: bool = True) -> None:
    """Decide on all of it."""
    ruling = Ruling(verdict="accept") if accept else Ruling(verdict="decline", reason="not_said")  # type: ignore[arg-type]
    reviews.claim(submission=submission, by=cast.reviewer)
    record = Ruling(verdict="accept") if submission.record_waits else None  # type: ignore[arg-type]
    rulings = Rulings(record=record, tags={tag.public_id: ruling for tag in submission.tags.all()})
    reviews.decide(submission=submission, by=cast.reviewer, rulings=rulings, note="")


def on_behalf(by: User, team: str, *tags: dict[str, Any], title: str = "A paper of theirs") -> Submission:
    content = {"record": {"title": title, "authors": [{"family": "Author"}], "date": "2025"}, "tags": list(tags)}
    return hand_in(by=by, kind="paper", content=content, team=team)


def test_the_record_of_a_team_is_what_was_accepted_on_its_behalf(cast: Cast, team: Team) -> None:
    statement, other = make_statement(), make_statement()
    accepted = on_behalf(cast.contributor, "lab", tag_data(statement))
    untagged = on_behalf(cast.teammate, "lab", tag_data(other), title="Its tag was declined")
    declined = on_behalf(cast.contributor, "lab", tag_data(statement), title="It waits")
    own = on_behalf(cast.contributor, "", tag_data(statement), title="Of the person alone")
    for submission in (accepted, own):
        decided(cast, submission)
    decided(cast, untagged, accept=False)
    assert list(queries.tags_of(team)) == list(Tag.objects.filter(submission=accepted))
    assert set(queries.papers_of(team).values_list("title", flat=True)) == {"A paper of theirs", "Its tag was declined"}
    listed: Any = queries.listed(cast.anonymous)
    assert list(listed.exclude(tag_count=0).values_list("slug", "tag_count")) == [("lab", 1)]
    search = make_search(statement, by=cast.contributor)
    waiting = make_search(statement, by=cast.contributor, status=ReviewStatus.PROPOSED)
    type(search).objects.filter(pk__in=[search.pk, waiting.pk]).update(submission=accepted)
    assert list(queries.searches_of(team)) == [search]
    Paper.objects.filter(tags__submission=accepted).update(visibility=Visibility.RESTRICTED)
    assert list(queries.tags_of(team)) == []
    assert set(queries.papers_of(team).values_list("title", flat=True)) == {"Its tag was declined"}
    withdraw(submission=declined, by=cast.contributor)


def test_a_tag_that_was_declined_on_a_known_paper_is_not_in_the_record(cast: Cast, team: Team) -> None:
    statement = make_statement()
    decided(cast, on_behalf(cast.stranger, "", tag_data(statement), title="Known"))
    paper = Paper.objects.get(title="Known")
    later = hand_in(by=cast.contributor, kind="paper", content={"paper": paper.public_id, "tags": [tag_data(make_statement())]}, team="lab")
    decided(cast, later, accept=False)
    assert list(queries.papers_of(team)) == []


def test_who_is_not_in_a_team_hands_in_nothing_on_its_behalf(cast: Cast, team: Team) -> None:
    answers = []
    for slug in (team.slug, "no-such-team"):
        with pytest.raises(Invalid) as refused:
            on_behalf(cast.stranger, slug, tag_data(make_statement()))
        answers.append(refused.value.errors)
    assert answers == [{"team": ["You are in no such team."]}] * 2


def test_the_actions_of_teams_name_what_they_do() -> None:
    assert {Action.MAKE_TEAM.value, Action.LEAD_TEAM.value, Action.CONTACT_TEAM.value} == {"make a team", "change this team", "write to this team"}


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_let_one_in() -> None:
    team = teams.make(name="Lab", by=None)
    secret = teams.invite(team=team, by=None)
    persons = [make_user(Role.CONTRIBUTOR) for _ in range(16)]
    start = Barrier(16)

    def use(by: User) -> str:
        try:
            start.wait(timeout=30)
            teams.accept(secret=secret, by=by)
        except TrackerError as error:
            return error.title
        finally:
            connections.close_all()
        return "in"

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(use, persons))
    assert sorted(answers) == [teams.LOST] * 15 + ["in"]
    assert Membership.objects.filter(team=team).count() == 1
