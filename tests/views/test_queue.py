"""Pages of the queue: tabs, filters, whose turn it is, and how a submission is claimed, left to others, handed over and assigned."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import OpinionState, Role
from problems.models import Assignment, Care, Interest, Opened, Paper, Passed, SecondOpinion, Submission, Tag, Team, User
from problems.services import assignments, reviews
from problems.views import keeping
from tests.factories import Cast, make_agenda, make_import, make_problem, make_statement, make_submission, make_team, make_user, tag_data
from tests.services.test_submissions import decided
from tests.views.html import Node, read, visit

QUEUE = "/review/"


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The reviewer's browser."""
    make_agenda()
    client.force_login(cast.reviewer)
    return client


@pytest.fixture
def other(cast: Cast) -> User:
    del cast
    return make_user(Role.REVIEWER, display_name="Grace")


def titled(cast: Cast, *names: str) -> list[Submission]:
    """A submission of each of these titles."""
    people = [cast.contributor, cast.stranger]
    return [
        make_submission(people[number % 2], tag_data(make_statement(make_problem())), record={"title": name}) for number, name in enumerate(names)
    ]


def titles(page: Node) -> list[str]:
    return [each.text for each in page.all("a", "queue-title")]


def turn(desk: Client, **query: Any) -> list[str]:
    return [each.text for each in visit(desk, QUEUE, **query).all("td", "queue-turn")]


def fresh(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


# -- whose turn --


def test_whose_turn_it_is_and_for_how_long(desk: Client, cast: Cast, other: User) -> None:
    free, held, mine, asked, second, different, back, own = titled(cast, *"abcdefgh")
    for number, each in enumerate((free, held, mine, asked, second, different, back, own)):
        Submission.objects.filter(pk=each.pk).update(submitted_at=timezone.now() - timedelta(days=9, minutes=30 - number))
    reviews.claim(submission=held, by=cast.curator)
    reviews.claim(submission=mine, by=cast.reviewer)
    assignments.assign(submission=asked, to=other, by=cast.curator)
    SecondOpinion.objects.create(submission=second, first=other, asked_at=timezone.now() - timedelta(days=3))
    given = {"second": cast.curator, "given_at": timezone.now() - timedelta(days=2)}
    SecondOpinion.objects.create(submission=different, first=cast.reviewer, state=OpinionState.DIFFERENT, **given)
    reviews.request_changes(submission=back, by=other, note="Say where.")
    Submission.objects.filter(pk=own.pk).update(contributor=cast.reviewer)
    Interest.objects.create(user=cast.reviewer, paper=free.paper)
    assert turn(desk, tab="all") == [
        "not for you: somebody else decides for 9 d",
        "first reviewer: Curator for 9 d",
        "first reviewer: you, ends in 47 h for 9 d",
        "first reviewer: Grace for 9 d",
        "second reviewer for 3 d",
        "to settle for 2 d",
        "yours: somebody else decides for 9 d",
    ]
    assert turn(desk, tab="changes_requested") == ["contributor for 0 min"]
    assert titles(visit(desk, QUEUE)) == ["a", "e", "f", "h"]
    assert titles(visit(desk, QUEUE, tab="me")) == ["c"]
    assert titles(visit(desk, QUEUE, tab="opinions")) == ["e", "f"]
    assert visit(desk, different.get_review_url()).one("span", "review-turn").text == "To settle, for 2 d"
    assert "turn, for 9 d · assigned to Grace" in visit(desk, asked.get_review_url()).one("span", "review-turn").text
    desk.force_login(other)
    assert titles(visit(desk, QUEUE, tab="opinions")) == []  # one's own first opinion, and a difference of others
    assert titles(visit(desk, QUEUE, tab="me")) == ["d"]


def test_who_was_asked_for_the_first_opinion_is_not_told_while_the_second_is_asked_for(desk: Client, cast: Cast, other: User) -> None:
    [submission] = titled(cast, "Blind")
    assignments.assign(submission=submission, to=other, by=cast.curator)
    SecondOpinion.objects.create(submission=submission, first=other)
    assert turn(desk) == []  # it was assigned
    assert turn(desk, tab="all") == ["second reviewer for 0 min"]
    page = visit(desk, submission.get_review_url())
    told = page.one("span", "review-turn").text
    assert (told[: len("Second reviewer")], "assigned to" in page.text) == ("Second reviewer", False)
    assert visit(desk, QUEUE).one("a", "primary")["href"] == submission.get_review_url()


# -- filters --


def test_the_queue_is_filtered_by_team_advisory_and_assignment(desk: Client, cast: Cast, other: User) -> None:
    one, two, three = titled(cast, "One", "Two", "Three")
    team = Team.objects.get()
    Submission.objects.filter(pk__in=[one.pk, two.pk]).update(team=team)
    for submission, level in ((two, 1), (three, 3)):
        Paper.objects.filter(pk=submission.paper_id).update(advisory=level)
    assignments.assign(submission=one, to=cast.reviewer, by=cast.curator)
    assignments.assign(submission=two, to=other, by=cast.curator)
    found = {
        query: titles(visit(desk, f"{QUEUE}?tab=all&{query}"))
        for query in (f"team={team.slug}", "advisory=0", "advisory=1", "assigned=me", "assigned=others", "assigned=nobody", "assigned=me&advisory=0")
    }
    assert list(found.values()) == [["One", "Two"], ["One"], ["One", "Two"], ["One"], ["Two"], ["Three"], ["One"]]
    teams = visit(desk, QUEUE, tab="all", problem="1").one("nav", **{"aria-label": "Team"})
    assert [each.text for each in teams.all("a")] == ["Any", f"{team.name} 1"]


# -- one's own limits --


def test_what_somebody_set_is_kept_to_and_told_to_them_alone(desk: Client, cast: Cast) -> None:
    plain, hard, told = titled(cast, "Plain", "Hard", "Told")
    for submission, level, topics in ((hard, 3, []), (told, 1, ["victims"])):
        Paper.objects.filter(pk=submission.paper_id).update(advisory=level, topics=topics)
    assert "allow yourself" not in visit(desk, QUEUE).text
    care = Care.objects.create(user=cast.reviewer, daily=2, most_level=2)
    visit(desk, told.get_review_url())
    visit(desk, told.get_review_url())
    visit(desk, plain.get_review_url())
    page = visit(desk, QUEUE)
    assert "You have opened 1 of the 2 advised items you allow yourself today. The next one carries no advisory." in page.text
    assert titles(page) == ["Plain", "Told"]
    assert "1 more is left out, as you set" in page.text
    assert titles(visit(desk, QUEUE, tab="all")) == ["Plain", "Hard", "Told"]
    care.daily, care.most_level = 1, 3  # the number alone: what was opened today stays
    care.save()
    page = visit(desk, QUEUE)
    assert "You have opened 1 of the 1 advised item you allow yourself today. No more are offered today." in page.text
    assert (titles(page), "1 more is left out, as you set" in page.text) == (["Plain", "Told"], True)
    assert page.one("nav", "tabs").all("a")[0].text == "Unclaimed 2"
    care.daily, care.left_out = None, ["victims"]  # the topics alone
    care.save()
    page = visit(desk, QUEUE)
    assert (titles(page), "1 more is left out, as you set" in page.text) == (["Plain", "Hard"], True)
    desk.force_login(cast.curator)
    page = visit(desk, QUEUE)
    assert (titles(page), "allow yourself" in page.text, "left out" in page.text) == (["Plain", "Hard", "Told"], False, False)
    assert list(Opened.objects.values_list("user", "submission")) == [(cast.reviewer.pk, told.pk)]


# -- many at once --


def test_those_that_are_ticked_are_claimed_and_the_rest_is_said(desk: Client, cast: Cast) -> None:
    one, two, held, own = titled(cast, *"abcd")
    reviews.claim(submission=held, by=cast.curator)
    Submission.objects.filter(pk=own.pk).update(contributor=cast.reviewer)
    draft = make_submission(cast.contributor, draft=True)
    form = visit(desk, QUEUE, tab="all").one("form", "queue-form")
    boxes = [each["value"] for each in form.all("input", name="submission")]
    assert boxes == [each.public_id for each in (one, two, held, own)]
    assert [each["value"] for each in form.all("button", name="act")] == ["accept", "decline", "assign", "retag", "restrict"]
    assert "disabled" in form.all("button")[0].attributes  # Enter in a box sends nothing
    answer = desk.post(f"{QUEUE}claim/", {"submission": [*boxes, draft.public_id, "aaaaaaaaaa", "%00"]}, follow=True)
    text = read(answer).text
    assert answer.redirect_chain == [(f"{QUEUE}?tab=me", 302)]
    assert [words in text for words in ("You hold 2 submissions", "Curator is reviewing this submission.", "Nobody decides on their own work")] == [
        True
    ] * 3
    assert [fresh(each).holder for each in (one, two, held, own)] == [cast.reviewer, cast.reviewer, cast.curator, None]
    assert "Tick at least one" in read(desk.post(f"{QUEUE}claim/", {"submission": [draft.public_id]}, follow=True)).text


# -- leaving --


@pytest.mark.parametrize(
    ("sent", "words", "claimed"),
    [
        ({"how": "skip"}, "Skipped. It comes last in your queue today.", True),
        ({"how": "abstain"}, "Left to others. Your queue does not offer it again.", False),
        ({"how": "hand_over", "to": ""}, "Left to others. Your queue does not offer it again.", False),
    ],
)
def test_it_is_left_without_a_reason_and_can_be_had_back(desk: Client, cast: Cast, sent: dict[str, str], words: str, claimed: bool) -> None:  # noqa: FBT001  # a column
    one, two = titled(cast, "One", "Two")
    if claimed:
        reviews.claim(submission=one, by=cast.reviewer)
    answer = desk.post(f"{one.get_review_url()}leave/", sent)
    assert answer["Location"] == f"{two.get_review_url()}?left={one.public_id}"
    page = read(desk.get(answer["Location"]))
    assert words in page.one("div", "toast").text
    assert (fresh(one).holder, Passed.objects.count()) == (None, 1)
    assert titles(visit(desk, QUEUE, tab="left")) == ["One"]
    assert "Left to others" in visit(desk, QUEUE).one("nav", "tabs").text
    assert "You left this to others. Take it back" in visit(desk, one.get_review_url()).text
    page = visit(desk, QUEUE)
    offered = ["One", "Two"] if sent["how"] == "skip" else ["Two"]
    assert (titles(page), page.one("nav", "tabs").all("a")[0].text) == (offered, f"Unclaimed {len(offered)}")
    assert "left out, as you set" not in page.text
    if claimed:  # once is enough
        desk.force_login(cast.curator)
        assert titles(visit(desk, QUEUE, tab="left")) == []
        for address in (f"{QUEUE}?left={one.public_id}", one.get_review_url()):
            page = visit(desk, address)
            assert ("Left to others" in page.text, "You left this" in page.text, page.all("div", "toast")) == (False, False, [])
        desk.force_login(cast.reviewer)
    assert desk.post(f"{one.get_review_url()}leave/", {"how": "take_back"})["Location"] == one.get_review_url()
    assert "1 of 2" in visit(desk, one.get_review_url()).text


def test_the_last_one_leads_back_to_the_queue(desk: Client, cast: Cast) -> None:
    [submission] = titled(cast, "Only one")
    answer = desk.post(f"{submission.get_review_url()}leave/", {"how": "abstain"})
    assert answer["Location"] == f"{QUEUE}?left={submission.public_id}"


def test_it_is_handed_over_or_assigned_to_those_who_are_shown(desk: Client, cast: Cast, other: User) -> None:
    one, two = titled(cast, "One", "Two")
    hidden = make_user(Role.REVIEWER, display_name="Quiet", hide_name=True)
    make_user(Role.REVIEWER, display_name="Gone", is_active=False)
    menu = visit(desk, one.get_review_url()).one("select", id="id_to")
    assert [each.text for each in menu.all("option")] == ["Whoever comes next", "Curator", "Grace"]
    desk.force_login(cast.curator)
    menu = visit(desk, one.get_review_url()).one("select", id="id_to")
    assert [each.text for each in menu.all("option")] == ["Whoever comes next", "Grace", "Quiet", "Reviewer"]
    desk.force_login(cast.reviewer)
    assert desk.post(f"{one.get_review_url()}leave/", {"how": "hand_over", "to": other.public_id}).status_code == 302
    answer = desk.post(f"{two.get_review_url()}assign/", {"to": other.public_id}, follow=True)
    assert "Assigned to Grace." in read(answer).text
    assert [fresh(each).assigned_to for each in (one, two)] == [other, other]
    assert list(Passed.objects.values_list("submission", flat=True)) == [one.pk]
    assert desk.post(f"{two.get_review_url()}assign/", {"to": ""}, follow=True).status_code == 200
    assert fresh(two).assigned_to is None
    for name in (hidden.public_id, cast.contributor.public_id, "aaaaaaaaaa", "%00"):
        assert desk.post(f"{two.get_review_url()}assign/", {"to": name}).status_code == 422


@pytest.mark.parametrize(("act", "how"), [("leave", "skip"), ("leave", "abstain"), ("leave", "hand_over"), ("assign", "")])
def test_what_was_typed_is_there_for_who_comes_back(desk: Client, cast: Cast, act: str, how: str) -> None:
    one, two = titled(cast, "One", "Two")
    place = f"tags.{one.tags.get().public_id}"
    sent = {"how": how, "note": "Half a thought", f"{place}.verdict": "decline", f"{place}.words": "Why", "reviewers-text": "Who knows it?"}
    desk.post(f"{one.get_review_url()}{act}/", sent)
    assert visit(desk, two.get_review_url()).one("textarea", name="note").text == ""
    if act == "leave":
        desk.post(f"{one.get_review_url()}leave/", {"how": "take_back"})  # the toast has no other field
    page = visit(desk, one.get_review_url())
    assert [page.one("textarea", name=name).text for name in ("note", f"{place}.words", "reviewers-text")] == [
        "Half a thought",
        "Why",
        "Who knows it?",
    ]
    assert "checked" in page.one("input", name=f"{place}.verdict", value="decline").attributes
    assert keeping.ASIDE in page.text
    desk.post(one.get_review_url(), sent | {"act": "claim"})  # sent: no longer kept
    assert visit(desk, one.get_review_url()).one("textarea", name="note").text == ""


@pytest.mark.parametrize("act", ["leave", "assign"])
def test_a_log_in_leads_back_to_the_submission(client: Client, cast: Cast, act: str) -> None:
    [submission] = titled(cast, "One")
    address = f"{submission.get_review_url()}{act}/"
    assert client.post(address, {"how": "skip", "note": "Half a thought"})["Location"] == f"/accounts/login/?next={address}"
    client.force_login(cast.reviewer)
    assert client.get(address)["Location"] == submission.get_review_url()
    assert (visit(client, submission.get_review_url()).one("textarea", name="note").text, Passed.objects.count()) == ("Half a thought", 0)


def test_the_place_in_the_day_counts_what_was_answered(desk: Client, cast: Cast) -> None:
    one, two = titled(cast, "One", "Two")
    assert visit(desk, one.get_review_url()).one("div", "review-bar").one("b").text == "1 of 2"
    decided(one, cast.reviewer)
    bar = visit(desk, two.get_review_url()).one("div", "review-bar")
    assert (bar.one("b").text, bar.one("progress")["value"], bar.one("progress")["max"]) == ("2 of 2", "2", "2")
    assert not two.paper or not two.paper.abstract  # the advisory is set without one, too
    assert [each["href"] for each in visit(desk, two.get_review_url()).all("a") if each.text == "Set the advisory"] == [
        f"/papers/{two.paper.public_id}/advisory/"  # type: ignore[union-attr]  # it has one
    ]


@pytest.mark.parametrize("act", ["leave", "assign"])
def test_a_refusal_is_said_on_the_page_and_keeps_what_was_typed(desk: Client, cast: Cast, other: User, act: str) -> None:
    [submission] = titled(cast, "Typed on")
    make_team(other, cast.contributor)
    place = f"tags.{Tag.objects.get().public_id}"
    sent = {"how": "hand_over", "to": other.public_id, "note": "Half a thought", f"{place}.verdict": "decline", f"{place}.words": "Why"}
    answer = desk.post(f"{submission.get_review_url()}{act}/", sent)
    page = read(answer)
    assert answer.status_code == 422
    assert "This person may not decide on it. Choose somebody else. What you wrote is still here." in page.one("div", "alert", "error").text
    assert page.one("textarea", name="note").text == "Half a thought"
    assert page.one("textarea", name=f"{place}.words").text == "Why"
    assert "selected" in page.one("select", id="id_to").one("option", value=other.public_id).attributes
    assert (fresh(submission).assigned_to, Passed.objects.count()) == (None, 0)


def test_odd_requests_are_refused_with_a_sentence(desk: Client, cast: Cast) -> None:
    [submission] = titled(cast, "Odd")
    answer = desk.post(f"{submission.get_review_url()}leave/", {"how": "loudly"})
    assert (answer.status_code, "Choose one of: skip, abstain" in read(answer).text) == (422, True)
    decided(submission, cast.curator)
    for act, sent in (("leave", {"how": "skip"}), ("assign", {"to": cast.curator.public_id})):
        assert desk.post(f"{submission.get_review_url()}{act}/", sent).status_code == 409
    assert visit(desk, submission.get_review_url()).all("button", name="how") == []


def test_an_import_is_left_and_assigned_too(desk: Client, cast: Cast, other: User) -> None:
    submission = make_import(cast.contributor, 1).submission
    assert submission is not None
    page = visit(desk, submission.get_review_url())
    assert [each["value"] for each in page.all("button", name="how")] == ["skip", "abstain", "hand_over"]
    assert [each.text for each in page.one("section", id="discussion").all("h2")] == ["With the contributor", "Among reviewers"]
    assert page.one("details", id="keys").all("input")[0].attributes.keys() >= {"data-keys-switch"}  # keys that can be switched off
    desk.post(f"/my/discussions/{submission.public_id}/", {"audience": "reviewers", "reviewers-text": "Who knows these?", "note": "Half"})
    page = visit(desk, submission.get_review_url())
    assert ("Who knows these?" in page.text, page.one("textarea", name="note").text) == (True, "Half")
    assert desk.post(f"{submission.get_review_url()}assign/", {"to": other.public_id}).status_code == 302
    assert desk.post(f"{submission.get_review_url()}leave/", {"how": "skip"})["Location"] == f"{QUEUE}?left={submission.public_id}"
    assert fresh(submission).assigned_to == other
    make_team(other, cast.contributor)
    assert desk.post(f"{submission.get_review_url()}leave/", {"how": "hand_over", "to": other.public_id}).status_code == 422


@pytest.mark.parametrize("role", ["anonymous", "reader", "contributor", "stranger"])
def test_others_may_do_none_of_it(client: Client, cast: Cast, role: str) -> None:
    [submission] = titled(cast, "Not theirs")
    if role != "anonymous":
        client.force_login(getattr(cast, role))
    status = 302 if role == "anonymous" else 403
    for address in ("claim/", f"{submission.public_id}/leave/", f"{submission.public_id}/assign/", "aaaaaaaaaa/leave/", "assignments/"):
        sent: dict[str, Any] = {"submission": submission.public_id, "how": "skip", "to": cast.reviewer.public_id}
        assert client.post(f"{QUEUE}{address}", sent).status_code == status, address
    assert (Passed.objects.count(), fresh(submission).claimed_by, fresh(submission).assigned_to) == (0, None, None)


# -- what stands --


def test_curators_say_what_comes_in_for_whom(desk: Client, cast: Cast, other: User) -> None:
    assert desk.get(f"{QUEUE}assignments/").status_code == 403
    assert "Assignments" not in visit(desk, QUEUE).one("nav", "also").text
    desk.force_login(cast.curator)
    assert "Assignments" in visit(desk, QUEUE).one("nav", "also").text
    problem, team = make_problem(7), Team.objects.get()
    for what in ({"problem": "7"}, {"team": team.slug}, {"person": "Contributor@example.org "}, {"person": cast.stranger.public_id}):
        assert desk.post(f"{QUEUE}assignments/", {"reviewer": other.public_id, **what}).status_code == 302
    page = visit(desk, f"{QUEUE}assignments/")
    rows = [each.text for each in page.all("th", scope="row")]
    assert rows == ["from Stranger", "from Contributor", f"from {team.name}", f"on 7 {problem.title}"]
    ends = [each["action"] for each in page.all("form") if each["action"].endswith("/end/")]
    assert desk.post(ends[-1]).status_code == 302
    assert desk.post(ends[-1]).status_code == 404
    assert Assignment.objects.count() == 3
    desk.force_login(other)
    assert desk.post(ends[0]).status_code == 403


@pytest.mark.parametrize(
    ("sent", "label", "text"),
    [
        ({"reviewer": ""}, "Reviewer", "This is missing."),
        ({}, "Problem", "Choose one: a problem, a team or a person."),
        ({"problem": "1", "person": "stranger@example.org"}, "Problem", "Choose one: a problem, a team or a person."),
        ({"person": "nobody@example.org"}, "Person, by e-mail address or account id", "There is no such account."),
        ({"person": "reviewer@example.org"}, "Person, by e-mail address or account id", "Nobody decides on their own work. Choose another reviewer."),
        ({"reviewer": "aaaaaaaaaa", "problem": "1"}, "Reviewer", "There is no such reviewer. Choose one of the list."),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(desk: Client, cast: Cast, sent: dict[str, str], label: str, text: str) -> None:
    make_problem(1)
    desk.force_login(cast.curator)
    answer = desk.post(f"{QUEUE}assignments/", {"reviewer": cast.reviewer.public_id} | sent)
    assert (answer.status_code, [(each["label"], each["text"]) for each in answer.context["form"].summary]) == (422, [(label, text)])
    assert Assignment.objects.count() == 0


# -- cost --


def test_the_queue_and_its_lists_take_the_same_number_of_queries(desk: Client, cast: Cast, other: User) -> None:
    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    desk.force_login(cast.curator)
    pages = [*(f"{QUEUE}?tab={tab}" for tab in ("", "all", "left")), f"{QUEUE}assignments/"]

    def more(number: int) -> None:
        for submission in titled(cast, *(f"{number} {each}" for each in range(number))):
            SecondOpinion.objects.create(submission=submission, first=other)
            Passed.objects.create(user=cast.curator, submission=submission, how="abstained")
        for submission in titled(cast, *(f"{number} asked {each}" for each in range(number))):
            assignments.assign(submission=submission, to=cast.curator, by=cast.reviewer)
        titled(cast, *(f"{number} free {each}" for each in range(number)))
        for _ in range(number):
            assignments.stand(reviewer=other, problem=make_problem(), by=cast.curator)

    more(1)
    desk.get(QUEUE)
    before = [count(page) for page in pages]
    more(2)
    assert [count(page) for page in pages] == before
