"""What is written in the admin passes the services: the same rules, the same record, and a refusal that loses nothing."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import models
from django.test import Client

from problems.choices import EventKind, Face, ReviewStatus, Role, Scheme, Section, State
from problems.models import (
    Agenda,
    AuditEvent,
    CallToAction,
    ChallengeType,
    Paper,
    Phase,
    Problem,
    Review,
    Search,
    Statement,
    Submission,
    Tag,
    Team,
    User,
)
from tests import factories as make
from tests.admin.pages import fields, said, url
from tests.factories import RATIONALE, Cast

REASON = "The wording was unclear."


def events(since: int = 0) -> list[tuple[str, str, str]]:
    """Kind, kind of object, face of each entry of the record since then."""
    return list(AuditEvent.objects.filter(pk__gt=since).order_by("pk").values_list("kind", "object_type", "face"))


def latest() -> int:
    """Key of the last entry."""
    return AuditEvent.objects.latest("pk").pk


def change(desk: Client, thing: models.Model, **values: Any) -> Any:
    """Send the form of an object back with these values."""
    address = url(type(thing), "change", thing.pk)
    return desk.post(address, fields(desk, address) | values)


def add(desk: Client, model: type[models.Model], **values: Any) -> Any:
    """Send the empty form of a model with these values."""
    return desk.post(url(model, "add"), fields(desk, url(model, "add")) | values)


def stored(thing: models.Model) -> dict[str, Any]:
    """The row as the database has it, but for what follows from the rest."""
    values: dict[str, Any] = type(thing)._default_manager.filter(pk=thing.pk).values().get()
    return {name: value for name, value in values.items() if name not in {"modified", "search", "title_key"}}


CHANGES: list[tuple[Any, str, Any]] = [
    (make.make_agenda, "headline", "Another headline"),
    (make.make_phase, "title", "Another title"),
    (make.make_challenge, "text", "Another text"),
    (make.make_problem, "summary", "Another summary"),
    (make.make_statement, "text", "Another text"),
    (make.make_call, "text", "Another text"),
    (make.make_paper, "venue", "Another venue"),
    (make.make_paper, "modalities", ["image", "agents"]),
    (make.make_tag, "locator", "Section 3"),
    (make.make_search, "query", "other words"),
    (make.make_team, "name", "Another name"),
]


@pytest.mark.parametrize(("maker", "field", "value"), CHANGES, ids=lambda part: getattr(part, "__name__", ""))
def test_a_change_leaves_one_entry_with_before_after_and_reason(desk: Client, cast: Cast, maker: Any, field: str, value: Any) -> None:
    thing = maker()
    before, since = stored(thing), latest()
    assert change(desk, thing).status_code == 302  # nothing changed, nothing told
    assert (stored(thing), events(since)) == (before, [])
    assert change(desk, thing, **{field: value, "reason": REASON}).status_code == 302
    assert stored(thing) == before | {field: value}
    event = AuditEvent.objects.filter(pk__gt=since).get()
    assert (event.kind, event.face, event.actor, event.reason) == (EventKind.CHANGED, Face.ADMIN, cast.curator, REASON)
    assert (event.before, event.after) == ({field: before[field]}, {field: value})
    assert len(event.request_id) == 36
    assert not LogEntry.objects.exists()
    page = desk.get(url(type(thing), "history", thing.pk))
    assert page.context["events"][0].pk == event.pk
    assert REASON in page.content.decode()


def test_the_agenda_keeps_its_lists(desk: Client) -> None:
    agenda = make.make_agenda()
    assert change(desk, agenda, authors="Lovelace, Ada\r\n\r\nBabbage", organisations="One\nTwo").status_code == 302
    agenda = Agenda.objects.get()
    assert agenda.authors == [{"given": "Ada", "family": "Lovelace"}, {"family": "Babbage"}]
    assert agenda.organisations == ["One", "Two"]
    page = change(desk, agenda, authors="A\x00da")
    assert (page.status_code, len(said(page))) == (200, 1)
    assert desk.get(url(Agenda, "add")).status_code == 403


def test_an_icon_that_does_not_exist_is_refused(desk: Client) -> None:
    phase = make.make_phase()
    assert said(change(desk, phase, icon="no-such-icon")) == ["There is no icon “no-such-icon”. Look it up at lucide.dev."]
    assert said(change(desk, phase, colour="red")) == ["Write the colour as # and six hexadecimal digits, for example #3D4E9E."]


def test_catalogue_objects_are_made(desk: Client) -> None:
    given = {
        "number": 1,
        "title": "Design",
        "label": "Design",
        "scope": "All",
        "icon": "database",
        "colour": "#000000",
        "colour_dark": "#000000",
        "soft": "#000000",
    }
    assert add(desk, Phase, slug="design", soft_dark="#000000", **given).status_code == 302
    challenge = make.make_challenge()
    problem = {
        "number": 7,
        "slug": "seven",
        "title": "Seven",
        "question": "How?",
        "summary": "So.",
        "phase": Phase.objects.get().pk,
        "challenges": challenge.pk,
    }
    rows = {
        "statements-TOTAL_FORMS": 2,
        "statements-0-section": "limitation",
        "statements-0-text": "Nobody has.",
        "statements-1-section": "existing_work",
        "statements-1-position": 4,
        "statements-1-text": "Somebody has.",
    }
    since = latest()
    assert add(desk, Problem, **problem, **rows).status_code == 302
    seven = Problem.objects.get(number=7)
    assert list(seven.challenges.all()) == [challenge]
    assert sorted(seven.statements.values_list("code", "section", "position")) == [("P7.E4", "existing_work", 4), ("P7.L1", "limitation", 1)]
    assert events(since) == [("created", "problem", "admin"), ("created", "statement", "admin"), ("created", "statement", "admin")]
    assert (
        add(
            desk, CallToAction, code="C1", position=1, phase=Phase.objects.get().pk, text="Do.", serves=seven.statements.get(code="P7.L1").pk
        ).status_code
        == 302
    )
    assert [statement.code for statement in CallToAction.objects.get().serves.all()] == ["P7.L1"]


def test_a_statement_gets_its_code_from_problem_section_and_place(desk: Client) -> None:
    problem = make.make_problem(3)
    assert add(desk, Statement, problem=problem.pk, section="limitation", position="", text="First.").status_code == 302
    assert add(desk, Statement, problem=problem.pk, section="limitation", position="", text="Second.", code="P9.L9").status_code == 302
    assert list(Statement.objects.values_list("code", flat=True)) == ["P3.L1", "P3.L2"]
    page = add(desk, Statement, problem=problem.pk, section="limitation", position=2, text="Again.")
    assert "Statement with this Code already exists." in said(page)
    assert add(desk, Statement, problem=problem.pk, section="limitation", position=1000, text="Far.").status_code == 200
    assert Statement.objects.count() == 2


def test_a_statement_is_retired_with_its_successor(desk: Client) -> None:
    old = make.make_statement()
    new = make.make_statement(old.problem)
    page = change(desk, old, successor=new.pk)
    assert "Only a retired statement has a successor: write the day." in said(page)
    rows = {"statements-0-retired_on": "2026-11-20", "statements-0-successor": new.pk}
    since = latest()
    assert change(desk, old.problem, **rows).status_code == 302
    old.refresh_from_db()
    assert (str(old.retired_on), old.successor) == ("2026-11-20", new)
    assert events(since) == [("retired", "statement", "admin")]


@pytest.mark.parametrize("model", [Paper, Tag, Search, Submission, Review])
def test_what_comes_in_by_submission_is_not_added_here(desk: Client, model: type[models.Model]) -> None:
    statement, paper = make.make_statement(), make.make_paper()
    given = {
        "title": "Forged",
        "paper": paper.pk,
        "statement": statement.pk,
        "relation": "confirms",
        "rationale": RATIONALE,
        "basis": "general_proxy",
    }
    since = latest()
    for answer in (desk.get(url(model, "add")), desk.post(url(model, "add"), given)):
        assert answer.status_code == 403
    rows = {f"tags-0-{name}": value for name, value in given.items()} | {"tags-TOTAL_FORMS": 1, "tags-INITIAL_FORMS": 0}
    assert change(desk, paper, **rows).status_code == 302
    assert (events(since), paper.tags.count()) == ([], 0)


def test_a_decision_on_a_part_of_an_open_submission_is_refused(desk: Client, cast: Cast) -> None:
    tag = make.make_submission(cast.contributor, make.tag_data(make.make_statement())).tags.get()
    since = latest()
    sentence = "This is part of a submission that waits for a decision. Decide on the submission as a whole."
    assert said(change(desk, tag, status="accepted", reason=REASON)) == [sentence]
    assert said(change(desk, tag.paper, **{"tags-0-status": "accepted"})) == [sentence]
    assert (events(since), Tag.objects.get().status) == ([], ReviewStatus.PROPOSED)


def test_authors_are_moved_removed_and_added(desk: Client) -> None:
    paper = make.make_paper(authors=("One", "Two", "Three"))
    rows = {"authorships-TOTAL_FORMS": 4, "authorships-0-place": 9, "authorships-1-DELETE": "on", "authorships-3-family": "Four"}
    assert change(desk, paper, **rows).status_code == 302
    assert [str(name) for name in Paper.objects.get().people] == ["Three", "One", "Four"]
    assert AuditEvent.objects.latest("pk").after["authors"] == ["Three", "One", "Four"]


def test_a_long_list_of_authors_is_shown_and_left_as_it_is(desk: Client) -> None:
    paper = make.make_paper(authors=[f"Author {number}" for number in range(150)], venue="Here")
    assert not [name for name in fields(desk, url(Paper, "change", paper.pk)) if name.endswith("-family")]
    forged = {"authorships-0-family": "Forged", "authorships-150-family": "Forged", "authorships-TOTAL_FORMS": 151}
    assert change(desk, paper, venue="There", **forged).status_code == 302
    paper = Paper.objects.get()
    assert (paper.venue, len(paper.people), str(paper.people[0])) == ("There", 150, "Author 0")


@pytest.mark.parametrize("spelling", ["10.1234/ABC", "https://doi.org/10.1234/abc", "doi:10.1234/aBc"])
def test_an_identifier_of_another_paper_is_refused_with_its_title(desk: Client, spelling: str) -> None:
    make.make_paper(title="The one on record", identifiers=[(Scheme.DOI, "10.1234/abc")])
    paper = make.make_paper(title="Another")
    before, since = stored(paper), latest()
    rows = {"identifiers-TOTAL_FORMS": 1, "identifiers-0-scheme": "doi", "identifiers-0-value": spelling}
    page = change(desk, paper, title="Typed by hand", abstract="Much typed text.", reason=REASON, **rows)
    assert page.status_code == 200
    assert said(page) == ["DOI 10.1234/abc is on record already: The one on record. Add to that record instead."]
    shown = page.content.decode()
    assert [typed in shown for typed in ("Typed by hand", "Much typed text.", REASON, spelling)] == [True] * 4
    assert (stored(paper), events(since)) == (before, [])


def test_what_a_row_gets_wrong_is_said_at_the_row_and_nothing_is_stored(desk: Client, cast: Cast) -> None:
    paper, statement = make.make_paper(), make.make_statement()
    make.make_tag(statement, paper, status=ReviewStatus.PROPOSED, contributor=cast.curator)
    since = latest()
    page = change(desk, paper, title="Typed by hand", **{"tags-0-status": "accepted"})
    assert said(page) == ["You may not decide on this tag. Nobody decides on their own work. Somebody else has to."]
    tags = next(inline.formset for inline in page.context["inline_admin_formsets"] if inline.formset.prefix == "tags")
    assert len(tags.forms[0].errors) == 1
    make.make_tag(statement, paper, relation="narrows")
    other = make.make_tag(statement, paper, relation="confirms")
    since = latest()
    for field, value, sentence in (
        ("rationale", "Short.", "Write at least 20 characters: what in the paper bears on it."),
        ("relation", "surveys", "“surveys” does not fit this target. Choose one of: addresses, narrows, confirms, disputes."),
        ("relation", "narrows", "This paper is tagged there with this relation already."),
    ):
        assert sentence in said(change(desk, paper, **{f"tags-0-{field}": value}))
    other.refresh_from_db()
    assert other.relation == "confirms"
    assert events(since) == []


def test_a_decision_moves_the_state(desk: Client, cast: Cast) -> None:
    tag = make.make_tag(relation="narrows", status=ReviewStatus.PROPOSED)
    assert tag.statement is not None
    since = latest()
    assert change(desk, tag, status="accepted", reason=REASON).status_code == 302
    tag.refresh_from_db()
    assert (tag.status, tag.decided_by) == (ReviewStatus.ACCEPTED, cast.curator)
    assert Statement.objects.get(pk=tag.statement.pk).state == State.NARROWED
    assert events(since) == [("accepted", "tag", "admin")]
    assert change(desk, tag.paper, visibility="restricted").status_code == 302
    assert Statement.objects.get(pk=tag.statement.pk).state == State.UNTOUCHED
    assert events(since)[1:] == [("restricted", "paper", "admin")]


def test_nobody_decides_on_their_own_work_here_either(desk: Client, cast: Cast) -> None:
    """Hole 19."""
    statement = make.make_statement()
    tag = make.make_tag(statement, status=ReviewStatus.PROPOSED, contributor=cast.curator)
    search = make.make_search(statement, status=ReviewStatus.PROPOSED, by=cast.curator)
    for thing in (tag, search):
        before = stored(thing)
        page = change(desk, thing, status="accepted", reason=REASON)
        assert "Nobody decides on their own work." in said(page)[0]
        assert REASON in page.content.decode()
        assert stored(thing) == before


def test_fields_that_are_not_for_sale_are_not_taken(desk: Client, cast: Cast) -> None:
    """Hole 20: what the form does not show, or shows only, cannot be set."""
    tag = make.make_tag(relation="narrows")
    assert tag.statement is not None
    other = make.make_problem(99)
    forged = {
        "id": 1,
        "pk": 1,
        "public_id": "aaaaaaaaaa",
        "created": "2001-01-01",
        "modified": "2001-01-01",
        "created_0": "2001-01-01",
        "created_1": "00:00",
        "logged_by": cast.reader.pk,
        "contributor": cast.reader.pk,
        "decided_by": cast.reader.pk,
        "decided_at": "2001-01-01",
        "state": "addressed",
        "state_since": "2001-01-01",
        "title_key": "x",
        "names": "x",
        "password": "x",
        "last_login": "2001-01-01",
        "is_staff": "on",
        "only": "",
        "by": cast.reader.pk,
        "code": "P99.L99",
        "number": 98,
        "problem": other.pk,
        "section": Section.EXISTING_WORK,
        "position": 98,
    }
    things: list[tuple[models.Model, str, set[str]]] = [  # each with a field that is taken, and those of the forged that its form rightly has
        (tag.statement, "text", set()),
        (tag.statement.problem, "title", set()),
        (tag.paper, "title", set()),
        (make.make_search(tag.statement), "query", {"problem"}),
        (cast.reader, "display_name", set()),
        (make.make_call(), "text", {"position"}),
    ]
    since = latest()
    for thing, mine, real in things:
        before = stored(thing)
        sent = {name: value for name, value in forged.items() if name not in real} | {mine: "Another text"}
        assert change(desk, thing, **sent).status_code == 302, thing
        assert stored(thing) == before | {mine: "Another text"}, thing
    assert {event[2] for event in events(since)} == {"admin"}
    before = stored(tag)
    sent = {name: value for name, value in forged.items() if name != "problem"} | {"paper": make.make_paper().pk, "locator": "p. 3"}
    assert change(desk, tag, **sent).status_code == 302
    assert stored(tag) == before | {"locator": "p. 3"}


def test_rows_of_others_cannot_be_slipped_in(desk: Client) -> None:
    """Hole 23: a row of an inline is one of this object, or new."""
    mine, theirs = make.make_tag(), make.make_tag()
    before = stored(theirs)
    page = change(desk, mine.paper, **{"tags-0-id": theirs.pk, "tags-0-rationale": "Forged and long enough to be taken."})
    assert (page.status_code, stored(theirs)) == (200, before)
    forged = {"tags-0-paper": theirs.paper.pk, "tags-0-rationale": "Forged and long enough to be taken."}
    change(desk, mine.paper, **forged)
    assert Tag.objects.get(pk=mine.pk).paper == mine.paper
    inline = {"statements-TOTAL_FORMS": 1, "statements-INITIAL_FORMS": 0, "statements-0-section": "limitation", "statements-0-text": "Forged."}
    change(desk, make.make_phase(), **inline)
    assert not Statement.objects.filter(text="Forged.").exists()


@pytest.mark.parametrize("role", [Role.READER, Role.CONTRIBUTOR, Role.REVIEWER])
def test_forged_forms_of_lesser_roles_change_nothing(desk: Client, role: Role) -> None:
    """Hole 23."""
    tag = make.make_tag()
    assert tag.statement
    things: list[models.Model] = [tag, tag.paper, tag.statement, tag.statement.problem]
    forms = {thing: fields(desk, url(type(thing), "change", thing.pk)) for thing in things}
    since = latest()
    desk.force_login(make.make_user(role))
    since = latest()
    for thing, values in forms.items():
        for address in (url(type(thing), "change", thing.pk), url(type(thing), "add")):
            assert desk.post(address, values | {"title": "Forged", "text": "Forged", "locator": "Forged"}).status_code == 302
    assert events(since) == []


def test_read_only_pages_take_nothing(desk: Client) -> None:
    tag = make.make_tag(relation="narrows")
    step, event = tag.steps.get(), AuditEvent.objects.earliest("pk")
    for thing in (step, event):
        before = stored(thing)
        assert desk.get(url(type(thing), "add")).status_code == 403
        assert desk.post(url(type(thing), "add"), {"after": "addressed"}).status_code == 403
        assert desk.post(url(type(thing), "change", thing.pk), {"after": "addressed", "reason": "Forged"}).status_code == 403
        assert stored(thing) == before


def test_an_account_is_made_without_a_password(desk: Client) -> None:
    assert add(desk, User, email="New@Example.org", display_name="New", role=20, password="taken?", is_active="").status_code == 302
    user = User.objects.get(email="new@example.org")
    assert (user.role, user.is_active, user.has_usable_password()) == (Role.CONTRIBUTOR, True, False)
    assert said(add(desk, User, email="NEW@example.org", role=10)) == ["There is an account with this address."]
    assert User.objects.filter(display_name="New").count() == 1


def test_another_role_needs_a_reason(desk: Client, cast: Cast) -> None:
    since = latest()
    assert said(change(desk, cast.reader, role=30)) == ["Write why: the reason is kept in the record."]
    assert change(desk, cast.reader, role=30, reason="Has reviewed for a year.").status_code == 302
    event = AuditEvent.objects.filter(pk__gt=since).get()
    assert (event.kind, event.before, event.after, event.reason) == ("role_changed", {"role": 10}, {"role": 30}, "Has reviewed for a year.")


def test_the_record_of_an_account_says_what_changed_and_holds_no_address(desk: Client, cast: Cast) -> None:
    since = latest()
    assert change(desk, cast.reader, email="other@example.org", display_name="Other", reason=REASON).status_code == 302
    event = AuditEvent.objects.filter(pk__gt=since).get()
    assert (event.kind, event.before, event.after, event.reason) == ("changed", {}, {"personal": ["email", "display_name"]}, REASON)


def test_a_team_and_its_people(desk: Client, cast: Cast) -> None:
    rows = {"memberships-TOTAL_FORMS": 2, "memberships-0-user": cast.reader.pk, "memberships-0-is_lead": "on", "memberships-1-user": cast.reviewer.pk}
    assert add(desk, Team, slug="lab", name="The lab", **rows).status_code == 302
    team = Team.objects.get(slug="lab")
    assert sorted(team.memberships.values_list("user__display_name", "is_lead")) == [("Reader", True), ("Reviewer", False)]
    since = latest()
    assert change(desk, team, **{"memberships-0-DELETE": "on"}, reason=REASON).status_code == 302
    assert [user.display_name for user in team.members.all()] == ["Reviewer"]
    assert events(since) == [("changed", "team", "admin")]


@pytest.mark.parametrize("text", ["\x00", "a\x07b", "x" * 50_000, "\u202eevil", "\u200b\u200b"], ids=["nul", "bell", "long", "reversed", "invisible"])
def test_odd_text_is_refused_with_a_sentence_or_taken_as_it_is(desk: Client, text: str) -> None:
    phase, paper, tag = make.make_phase(), make.make_paper(), make.make_tag()
    for thing, names in (
        (phase, ["title", "slug", "icon", "colour"]),
        (paper, ["title", "url", "year", "month", "identifiers-0-value"]),
        (tag, ["rationale", "locator", "statement", "status"]),
    ):
        for name in [*names, "reason"]:
            page = change(desk, thing, **{name: text, "identifiers-TOTAL_FORMS": 1, "identifiers-0-scheme": "doi"})
            assert page.status_code in {200, 302}, name


@pytest.mark.parametrize("value", ["20245", "0", "-3", "99999999999999999999", "2e3", "twenty"])
def test_odd_years_are_refused(desk: Client, value: str) -> None:
    paper = make.make_paper(year=2024)
    assert change(desk, paper, year=value).status_code == 200
    assert Paper.objects.get().year == 2024


def test_script_addresses_are_refused_and_shown_as_text_were_they_stored(desk: Client) -> None:
    """Hole 31."""
    paper, agenda = make.make_paper(), make.make_agenda()
    for thing in (paper, agenda):
        for address in ("javascript:alert(1)", "https://example.org/\r\nx", "data:text/html,x", "https://example.org/\x00"):
            assert change(desk, thing, url=address).status_code == 200, address
        type(thing)._default_manager.filter(pk=thing.pk).update(url="javascript:alert(1)")
        for address in (url(type(thing), "change", thing.pk), url(type(thing)), url(type(thing), "history", thing.pk)):
            assert 'href="javascript' not in desk.get(address).content.decode().lower()


def test_markup_is_shown_as_text(desk: Client) -> None:
    paper = make.make_paper(title="<script>alert(1)</script>", authors=("<b>Bold</b>",))
    change(desk, paper, venue="Elsewhere", reason="<i>why</i>")
    for address in (url(Paper), url(Paper, "change", paper.pk), url(Paper, "history", paper.pk), url(AuditEvent)):
        shown = desk.get(address).content.decode()
        assert ("<script>alert" in shown, "<b>Bold" in shown, "<i>why" in shown) == (False, False, False)


def test_types_of_challenges_belong_to_problems(desk: Client) -> None:
    problem, other = make.make_problem(), make.make_challenge()
    assert change(desk, problem, challenges=[other.pk]).status_code == 302
    assert list(problem.challenges.all()) == [other]
    assert AuditEvent.objects.latest("pk").after == {"challenges": [other.slug]}
    assert change(desk, problem, challenges=[]).status_code == 200
    assert ChallengeType.objects.count() == 2
