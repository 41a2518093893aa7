"""The pages of teams: what everybody sees, what members do, and that nothing tells who is in one."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from problems.choices import Role
from problems.errors import Busy
from problems.models import CallToAction, Declaration, Membership, Paper, Statement, Submission, Tag, Team, TeamInvitation, User
from problems.services import people, teams
from problems.services.submissions import create, hand_in
from tests.factories import (
    Cast,
    declare,
    make_agenda,
    make_call,
    make_problem,
    make_search,
    make_statement,
    make_submission,
    make_team,
    make_user,
    tag_data,
)
from tests.views.html import Node, read, visit

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
UNTIL = timezone.localdate() + timedelta(days=30)


@pytest.fixture
def team(cast: Cast) -> Team:
    """A team that the contributor leads, with the teammate in it."""
    members = {cast.contributor: True, cast.teammate: False}
    return people.save_team(team=Team(slug="lab", name="The Lab", about="It measures."), by=None, members=members)


@pytest.fixture
def statement(cast: Cast) -> Statement:
    """A limitation to work on."""
    del cast
    make_agenda()
    return make_statement(make_problem(5, slug="marks", title="Marks"), text="Cropping removes the mark.")


@pytest.fixture
def call(statement: Statement) -> CallToAction:
    """A call that it is served by."""
    return make_call(statement)


def enter(client: Client, user: Any) -> Client:
    client.logout()
    if getattr(user, "pk", None):
        client.force_login(user, backend=BACKEND)
    return client


def on_map(team: Team | None, statement: Statement, by: User, title: str = "A paper of theirs") -> Tag:
    """A tag that was handed in on behalf of a team, accepted."""
    submission = make_submission(by, tag_data(statement), record={"title": title})
    Submission.objects.filter(pk=submission.pk).update(team=team)
    Tag.objects.filter(submission=submission).update(status="accepted", decided_at=timezone.now())
    Paper.objects.filter(submissions=submission).update(visibility="public")
    return Tag.objects.get(submission=submission)


def told(client: Client, path: str) -> str:
    """What a page says, its own address apart."""
    return read(client.get(path)).one("main").text.replace(path, "")


# -- what everybody sees --


def test_the_list_of_teams(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    on_map(team, statement, cast.contributor)
    page = visit(client, "/teams/")
    rows = {row.one("h2").text: row.one("p", "small").text for row in page.all("li", "team-row")}
    assert rows == {each.name: "1 accepted tag" if each == team else "0 accepted tags" for each in Team.objects.all()}
    assert not page.all("a", href="/teams/new/")
    assert visit(enter(client, cast.curator), "/teams/").all("a", href="/teams/new/")


def test_the_record_of_a_team(client: Client, cast: Cast, team: Team, statement: Statement, call: CallToAction) -> None:
    tag = on_map(team, statement, cast.contributor)
    on_map(None, statement, cast.contributor, "Of the person alone")
    search = make_search(statement, by=cast.contributor, query="marks that last")
    type(search).objects.filter(pk=search.pk).update(submission=tag.submission)
    declare(team, statement, cast.contributor, sentence="We crop.")
    declare(team, call, cast.contributor, sentence="We build.")
    for person in (cast.anonymous, cast.stranger, cast.reviewer):
        page = visit(enter(client, person), "/teams/lab/")
        assert [each.text for each in page.all("h3")] == ["A paper of theirs"]
        assert [each.one("span", "code").text for each in page.all("a", "tag-chip")] == ["P5.L1"]
        assert "It measures." in page.text
        assert "“We crop.”" in page.text
        assert "“We build.”" in page.text
        assert "Of the person alone" not in page.text
        for hidden in ("Contributor", "Teammate", "/people/", "declarations/", "/declare/"):
            assert hidden not in client.get("/teams/lab/").content.decode().replace("Contributors", "")
    page = visit(client, "/teams/lab/", show="searches")
    assert "marks that last" in page.one("main").text
    visit(client, "/teams/lab/", status=400, show="members")


@pytest.mark.parametrize("query", ["", "?show=searches"])
def test_the_record_costs_the_same(client: Client, cast: Cast, team: Team, statement: Statement, query: str) -> None:
    def grow(number: int) -> None:
        tag = on_map(team, statement, cast.contributor, f"Paper {number}")
        search = make_search(statement, by=cast.contributor)
        type(search).objects.filter(pk=search.pk).update(submission=tag.submission)
        declare(team, make_statement(statement.problem), cast.contributor)

    grow(1)
    client.get(f"/teams/lab/{query}")
    with CaptureQueriesContext(connection) as few:
        client.get(f"/teams/lab/{query}")
    for number in (2, 3, 4):
        grow(number)
    with CaptureQueriesContext(connection) as many:
        client.get(f"/teams/lab/{query}")
    assert len(many) == len(few)
    make_team()
    with CaptureQueriesContext(connection) as few:
        client.get("/teams/")
    for _ in range(3):
        make_team(cast.stranger)
    with CaptureQueriesContext(connection) as many:
        client.get("/teams/")
    assert len(many) == len(few)


def test_who_is_in_a_team_changes_no_byte_for_others(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    """Holes 1, 3, 10, 14."""
    on_map(team, statement, cast.contributor)
    pages = ("/teams/", "/teams/lab/", "/teams/lab/people/", "/teams/lab/contact/", "/problems/5-marks/", "/papers/")

    def seen(person: Any) -> list[str]:
        enter(client, person)
        return [read(client.get(page)).text for page in pages]

    others = (cast.anonymous, cast.stranger, cast.reviewer)
    before = [seen(person) for person in others]
    people.save_team(team=team, by=None, members={cast.teammate: True})
    assert [seen(person) for person in others] == before


def test_whose_behalf_a_tag_was_handed_in_on(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    tag = on_map(team, statement, cast.contributor)
    User.objects.filter(pk=cast.contributor.pk).update(hide_name=True)
    own = on_map(None, statement, cast.contributor, "Alone")
    for address in (tag.paper.get_absolute_url(), "/problems/5-marks/"):
        page = visit(client, address)
        feet = [each.text for each in page.all("p", "evidence-foot")]
        assert any(text.startswith("a contributor for The Lab") for text in feet)
        assert page.all("a", href="/teams/lab/")
    foot = visit(client, own.paper.get_absolute_url()).one("p", "evidence-foot").text
    assert foot.startswith("a contributor · accepted")


# -- people --


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize("name", ["anonymous", "reader", "stranger", "reviewer"])
def test_the_people_of_a_team_are_nobody_elses_to_see(client: Client, cast: Cast, name: str) -> None:
    enter(client, getattr(cast, name))
    there, unknown = client.get("/teams/lab/people/"), client.get("/teams/nowhere/people/")
    assert there.status_code == unknown.status_code == (302 if name == "anonymous" else 404)
    if name != "anonymous":
        assert told(client, "/teams/lab/people/") == told(client, "/teams/nowhere/people/")
        sent = client.post("/teams/lab/people/", {"do": "invite:member"})
        assert (sent.status_code, TeamInvitation.objects.count()) == (404, 0)


@pytest.mark.usefixtures("team")
def test_members_see_each_other_and_leads_more(client: Client, cast: Cast) -> None:
    User.objects.filter(pk=cast.contributor.pk).update(hide_name=True)
    page = visit(enter(client, cast.teammate), "/teams/lab/people/")
    names = [each.one("h3").text for each in page.all("div", "token")]
    assert names == ["a contributor", "Teammate (you)"]
    assert [each["value"] for each in page.one("main").all("button")] == ["leave"]
    page = visit(enter(client, cast.contributor), "/teams/lab/people/")
    assert [each.one("h3").text for each in page.all("div", "token")] == ["Contributor (you)", "Teammate"]
    mate = cast.teammate.public_id
    lead = cast.contributor.public_id
    assert [each["value"] for each in page.one("main").all("button")] == [
        f"member:{lead}",
        f"lead:{mate}",
        f"remove:{mate}",
        "leave",
        "invite:member",
        "invite:lead",
        "change",
    ]


def test_a_link_is_made_shown_once_and_joined_by(client: Client, cast: Cast, team: Team) -> None:
    made = enter(client, cast.contributor).post("/teams/lab/people/", {"do": "invite:lead"})
    assert made.status_code == 201
    link = read(made).one("pre").text
    path = link.removeprefix("http://localhost")
    assert path.startswith("/team-invitations/")
    assert link not in client.get("/teams/lab/people/").content.decode()
    assert "You are in The Lab already" in visit(client, path).text
    assert client.post(path).status_code == 409
    client.logout()
    assert client.get(path)["Location"].startswith("/accounts/login/?next=/team-invitations/")
    enter(client, cast.reader)
    page = client.get(path)
    assert (page.status_code, page["Referrer-Policy"], "no-store" in page["Cache-Control"]) == (200, "strict-origin", True)
    assert "Join The Lab" in read(page).text
    assert TeamInvitation.objects.get().accepted_at is None
    assert client.post(path)["Location"] == "/teams/lab/people/"
    assert Membership.objects.get(team=team, user=cast.reader).is_lead
    assert enter(client, cast.stranger).get(path).status_code == 404
    assert told(client, path) == told(client, "/team-invitations/nonsense/")


def test_leads_change_a_team_by_its_page(client: Client, cast: Cast, team: Team) -> None:
    enter(client, cast.contributor)
    mate = cast.teammate.public_id

    def press(do: str, **more: str) -> Any:
        return client.post("/teams/lab/people/", {"do": do, **more})

    assert press("change", name="Another Lab", about="Says more.").status_code == 303
    team.refresh_from_db()
    assert (team.name, team.about) == ("Another Lab", "Says more.")
    wrong = press("change", name=" ", about="kept text")
    assert (wrong.status_code, "kept text" in wrong.content.decode()) == (422, True)
    assert press("change", name="a\x00b").status_code == 422
    press(f"lead:{mate}")
    assert Membership.objects.get(user=cast.teammate, team=team).is_lead
    press(f"member:{mate}")
    press("invite:member")
    press(f"withdraw:{TeamInvitation.objects.get().public_id}")
    assert TeamInvitation.objects.get().withdrawn_at is not None
    assert press(f"remove:{cast.stranger.public_id}").status_code == 404
    assert press("leave").status_code == 409
    assert press(f"remove:{mate}").status_code == 303
    assert list(team.members.all()) == [cast.contributor]
    assert press("nonsense").status_code == 303


def test_a_member_who_leads_nothing_changes_nothing(client: Client, cast: Cast, team: Team) -> None:
    enter(client, cast.teammate)
    for do in ("invite:member", f"remove:{cast.contributor.public_id}", f"lead:{cast.teammate.public_id}"):
        assert client.post("/teams/lab/people/", {"do": do}).status_code == 403
    for name in ("Taken", ""):
        assert client.post("/teams/lab/people/", {"do": "change", "name": name}).status_code == 403
    team.refresh_from_db()
    assert team.name == "The Lab"
    assert client.post("/teams/lab/people/", {"do": "leave"})["Location"] == "/teams/lab/"
    assert client.get("/teams/lab/people/").status_code == 404


def test_a_curator_makes_a_team(client: Client, cast: Cast) -> None:
    assert enter(client, cast.stranger).get("/teams/new/").status_code == 403
    enter(client, cast.curator)
    wrong = client.post("/teams/new/", {"name": "New Lab", "about": "kept text", "lead": "nobody@example.org"})
    assert (wrong.status_code, "no open account" in wrong.content.decode(), "kept text" in wrong.content.decode()) == (422, True, True)
    assert client.post("/teams/new/", {"name": "New Lab", "lead": "Stranger@example.org"})["Location"] == "/teams/new-lab/people/"
    team = Team.objects.get(slug="new-lab")
    assert [(each.user, each.is_lead) for each in team.memberships.all()] == [(cast.stranger, True)]
    assert client.post("/teams/new/", {"name": "Second"}).status_code == 303


# -- messages --


@pytest.mark.usefixtures("team")
def test_a_message_is_sent_and_told(client: Client, cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    assert enter(client, cast.reader).get("/teams/lab/contact/").status_code == 403
    page = visit(enter(client, cast.stranger), "/teams/lab/contact/")
    assert "checked" not in page.one("input", name="answer").attributes
    sent = {"text": "A question.\nIn two lines."}
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post("/teams/lab/contact/", sent, follow=True)
    assert read(answer).one("div", "messages").text == "Your message is on its way to the leads of the team."
    assert "example.org" not in answer.content.decode()
    User.objects.filter(pk=cast.contributor.pk).update(email=None)
    refused = client.post("/teams/lab/contact/", sent)
    assert refused.status_code == 409
    for words in ("can be reached by mail", "A question."):
        assert words in refused.content.decode()
    assert "example.org" not in refused.content.decode()
    assert [(each.to, each.subject) for each in mail.outbox] == [(["contributor@example.org"], "A message to The Lab")]
    assert "A question.\nIn two lines." in mail.outbox[0].body


def test_a_message_that_is_refused_keeps_its_text(client: Client, cast: Cast, team: Team, settings: Settings) -> None:
    enter(client, cast.stranger)
    assert client.post("/teams/lab/contact/", {"text": ""}).status_code == 422
    long = client.post("/teams/lab/contact/", {"text": "kept text " * 600})
    assert (long.status_code, "kept text" in long.content.decode()) == (422, True)

    teams.contact(team=team, by=cast.stranger, text="x")
    settings.CONTACT_RATE = 1
    limited = client.post("/teams/lab/contact/", {"text": "kept text"})
    assert (limited.status_code, "kept text" in limited.content.decode(), "the most there may be" in limited.content.decode()) == (429, True, True)


@pytest.mark.usefixtures("team")
def test_a_message_that_cannot_be_sent_is_told_and_kept(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(**_given: object) -> None:
        raise Busy("The message could not be sent.")

    monkeypatch.setattr(teams, "contact", fails)
    answer = enter(client, cast.stranger).post("/teams/lab/contact/", {"text": "kept text"})
    assert answer.status_code == 503
    assert "could not be sent" in answer.content.decode()
    assert "kept text" in answer.content.decode()


# -- declarations --


@pytest.mark.usefixtures("team")
def test_a_member_declares_on_the_page_of_a_problem(client: Client, cast: Cast, call: CallToAction) -> None:
    for person in (cast.anonymous, cast.reader, cast.stranger, cast.curator):
        page = enter(client, person).get("/problems/5-marks/").content.decode()
        assert "/declare/" not in page
        assert "/declare/" not in client.get("/calls/").content.decode()
    enter(client, cast.teammate)
    assert visit(client, "/problems/5-marks/").all("a", href="/declare/?on=P5.L1")
    assert visit(client, "/calls/").all("a", href=f"/declare/?on={call.code}")
    asked = visit(client, "/declare/", on="P5.L1")
    assert "Cropping removes the mark." in asked.text
    assert asked.one("input", name="target")["value"] == "P5.L1"
    sent = {"team": "lab", "target": "p5.l1", "sentence": "We crop in five ways.", "until": UNTIL.isoformat()}
    assert client.post("/declare/", sent)["Location"] == "/problems/5-marks/#P5.L1"
    again = client.post("/declare/", sent)
    assert (again.status_code, "declared this already" in again.content.decode()) == (422, True)
    for wrong in ({"until": "soon"}, {"sentence": ""}, {"target": "P99.L1"}, {"team": "team-of-others"}, {"sentence": "a\x00"}):
        answer = client.post("/declare/", sent | {"target": call.code} | wrong)
        assert (answer.status_code, Declaration.objects.count()) == (422, 1)


def test_who_is_in_no_team_or_only_reads_declares_nothing(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    del statement
    Membership.objects.create(team=team, user=cast.reader)
    for person in (cast.reader, cast.stranger):
        assert enter(client, person).get("/declare/").status_code == 403
        assert client.post("/declare/", {"team": "lab", "target": "P5.L1", "sentence": "x", "until": UNTIL.isoformat()}).status_code == 403
    assert "/declare/" not in enter(client, cast.reader).get("/problems/5-marks/").content.decode()


def places(client: Client) -> dict[str, Node]:
    return {path: visit(client, path) for path in ("/problems/5-marks/", "/map/", "/map/?view=table", "/calls/", "/")}


def test_what_is_worked_on_is_shown_beside_the_state_until_it_ends(
    client: Client, cast: Cast, team: Team, statement: Statement, call: CallToAction
) -> None:
    words = "being worked on"
    for path, page in places(client).items():
        legend = 1 if path == "/map/" else 0
        assert page.one("main").text.lower().count(words) == legend, path
    made = declare(team, statement, cast.contributor, sentence="We crop in five ways.")
    on_call = declare(team, call, cast.contributor, sentence="We build one.")
    found = places(client)
    line = f"Being worked on by The Lab until {UNTIL.day} {UNTIL:%b %Y}: We crop in five ways."
    problem = found["/problems/5-marks/"]
    assert problem.one("article", id="P5.L1").one("ul", "working").text == line
    assert problem.one("article", id="P5.L1").one("span", "worked").text == words
    assert "state-untouched" in problem.one("article", id="P5.L1").one("span", "state").classes
    (cell,) = found["/map/"].all("a", "cell", "worked-on")
    assert cell.text.endswith("0 papers, being worked on")
    assert found["/map/?view=table"].one("ul", "working").text == line
    assert "We build one." in found["/calls/"].one("ul", "working").text
    assert "1 being worked on" in found["/"].text
    Declaration.objects.filter(pk__in=[made.pk, on_call.pk]).update(until=timezone.localdate() - timedelta(days=1))
    for path, page in places(client).items():
        assert page.one("main").text.lower().count(words) == (1 if path == "/map/" else 0), path


def test_pages_with_what_is_worked_on_cost_the_same(client: Client, cast: Cast, team: Team, statement: Statement, call: CallToAction) -> None:
    declare(team, statement, cast.contributor)
    paths = ("/problems/5-marks/", "/map/", "/calls/", "/")

    def count() -> list[int]:
        found = []
        for path in paths:
            client.get(path)
            with CaptureQueriesContext(connection) as queries:
                client.get(path)
            found.append(len(queries))
        return found

    few = count()
    for _ in range(3):
        other = make_team(cast.stranger)
        declare(other, statement, cast.stranger)
        declare(other, make_statement(statement.problem), cast.stranger)
        declare(other, call, cast.stranger)
    assert count() == few


def test_a_declaration_is_changed_and_ended_by_its_team(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    made = declare(team, statement, cast.contributor)
    path = f"/declarations/{made.public_id}/"
    for person in (cast.reader, cast.stranger, cast.reviewer):
        enter(client, person)
        assert told(client, path) == told(client, "/declarations/aaaaaaaaaa/")
        assert client.post(path, {"do": "end"}).status_code == 404
    Membership.objects.create(team=team, user=cast.reader)  # who may speak for no team: a link would lead to nothing
    assert visit(enter(client, cast.reader), "/teams/lab/").all("a", href=path) == []
    assert client.get(path).status_code == 404
    for person in (cast.curator, cast.teammate):
        assert visit(enter(client, person), "/teams/lab/").all("a", href=path)
    later = (UNTIL + timedelta(days=3)).isoformat()
    assert client.post(path, {"sentence": "We crop otherwise.", "until": later})["Location"] == "/teams/lab/"
    made.refresh_from_db()
    assert (made.sentence, made.until.isoformat()) == ("We crop otherwise.", later)
    wrong = client.post(path, {"sentence": "kept text, mail a@b.", "until": later})
    assert (wrong.status_code, "kept text" in wrong.content.decode()) == (422, True)
    page = visit(enter(client, cast.curator), path)  # ends it, and says nothing for the team
    assert not page.one("main").all("input", name="sentence")
    Declaration.objects.filter(pk=made.pk).update(until=timezone.localdate() - timedelta(days=1))
    assert client.get(path).status_code == 404
    Declaration.objects.filter(pk=made.pk).update(until=UNTIL)
    assert client.post(path, {"do": "end"}).status_code == 303
    assert enter(client, cast.teammate).get(path).status_code == 404


# -- handing in on behalf of a team, and my work --


def test_a_paper_is_logged_on_behalf_of_a_team(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    del statement
    assert not visit(enter(client, cast.stranger), "/log/", new="1").all("select", name="team")
    enter(client, cast.contributor)
    page = visit(client, "/log/", new="1")
    options = [(each["value"], each.text) for each in page.one("select", name="team").all("option")]
    assert options[0] == ("", "Myself only")
    assert ("lab", "The Lab") in options
    sent = {"title": "A paper on marks", "authors": "Kim, Ada", "date": "2025", "team": "lab", "once": "k"}
    wrong = client.post("/log/", sent | {"do": "submit", "date": "no date"})
    assert wrong.status_code == 422
    kept = [each["value"] for each in read(wrong).one("select", name="team").all("option") if "selected" in each.attributes]
    assert kept == ["lab"]
    assert client.post("/log/", sent | {"do": "draft"}).status_code == 303
    draft = Submission.objects.get()
    assert draft.team == team
    edit = f"/my/submissions/{draft.public_id}/edit/"
    page = visit(client, edit)
    assert [each["value"] for each in page.one("select", name="team").all("option") if "selected" in each.attributes] == ["lab"]
    seen = page.one("input", name="seen")["value"]
    assert client.post(edit, sent | {"do": "draft", "team": "", "seen": seen, "once": "l"}).status_code == 303
    assert list(Submission.objects.values_list("team", flat=True)) == [None]
    refused = client.post("/log/", sent | {"do": "draft", "team": "team-of-others", "once": "m"})
    assert refused.status_code == 422
    assert "You are in no such team." in refused.content.decode()


def test_who_reviews_it_reads_on_whose_behalf_it_is(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    submission = make_submission(cast.contributor, tag_data(statement))
    Submission.objects.filter(pk=submission.pk).update(team=team)
    assert "by Contributor for The Lab" in visit(enter(client, cast.reviewer), submission.get_review_url()).text
    assert "for The Lab" in visit(enter(client, cast.teammate), submission.get_absolute_url()).text


def test_a_search_is_logged_on_behalf_of_a_team(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    enter(client, cast.contributor)
    assert visit(client, "/log/search/").all("select", name="team")
    sent = {"target-0": statement.code, "where": "arXiv", "query": "marks", "searched_on": "2026-01-31", "team": "lab", "once": "k"}
    assert client.post("/log/search/", sent | {"do": "submit"}).status_code == 303
    assert Submission.objects.get().team == team


@pytest.mark.usefixtures("team")
def test_my_work_for_my_teams(client: Client, cast: Cast, statement: Statement) -> None:
    content: dict[str, Any] = {"record": {"title": "Of the team", "authors": [{"family": "Author"}], "date": "2025"}, "tags": [tag_data(statement)]}
    hand_in(by=cast.teammate, kind="paper", content=content, team="lab")
    secret = content | {"record": content["record"] | {"title": "A draft of somebody"}}
    create(by=cast.teammate, kind="paper", content=secret, team="lab")
    former = make_user(Role.CONTRIBUTOR)
    Submission.objects.filter(pk=make_submission(former, tag_data(statement)).pk).update(team=Team.objects.get(slug="lab"))
    hand_in(by=cast.teammate, kind="paper", content=content | {"record": {"title": "Of the person alone", "date": "2025"}})
    page = visit(enter(client, cast.contributor), "/my/team/")
    assert [each.text for each in page.all("a", "line-title")] == ["Of the team"]
    assert "handed in by Teammate" in page.text
    assert "A draft of somebody" not in page.text
    side = page.one("section", **{"aria-labelledby": "team-lab"})
    assert side.text.startswith("The Lab 0 drafts of yours, 1 waiting for a decision People of The Lab")
    own = visit(enter(client, cast.teammate), "/my/").one("section", **{"aria-labelledby": "team-lab"})
    assert own.text.startswith("The Lab 1 draft of yours, 1 waiting for a decision")
    enter(client, cast.contributor)
    assert "A draft of somebody" not in client.get("/my/").content.decode()
    assert visit(enter(client, cast.stranger), "/my/").all("aside") == []
    assert client.get("/my/team/").status_code == 404


def test_my_work_costs_the_same(client: Client, cast: Cast, team: Team, statement: Statement) -> None:
    enter(client, cast.contributor)

    def grow() -> None:
        submission = make_submission(cast.teammate, tag_data(statement))
        Submission.objects.filter(pk=submission.pk).update(team=team)

    grow()
    client.get("/my/team/")
    with CaptureQueriesContext(connection) as few:
        client.get("/my/team/")
    for _ in range(3):
        grow()
    with CaptureQueriesContext(connection) as many:
        client.get("/my/team/")
    assert len(many) == len(few)
