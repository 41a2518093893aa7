"""Changes of the catalogue: proposed, previewed, published and undone; what a retirement moves; what has changed meanwhile."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import ChangeState, EventKind, Relation, ReviewStatus, Role, Section, State
from problems.errors import Conflict, Duplicate, Invalid, Refused, Unparsable
from problems.models import AuditEvent, CatalogueChange, Declaration, Problem, Search, Statement, StateStep, Submission, Tag, Watch
from problems.queries import checks_due, proposals, versions
from problems.services import catalogue, catalogue_changes, submissions
from problems.services import checks_due as checking
from tests.factories import (
    Cast,
    declare,
    make_call,
    make_paper,
    make_problem,
    make_search,
    make_statement,
    make_submission,
    make_tag,
    make_team,
    make_user,
    tag_data,
)

NEXT_YEAR = timezone.localdate() + timedelta(days=365)
WHY = "It was measured since."


def propose(cast: Cast, target: Any, kind: str = "wording", **values: str) -> CatalogueChange:
    code = f"P{target.number}" if isinstance(target, Problem) else getattr(target, "code", target)
    return catalogue_changes.propose(kind=kind, target=code, values=values, reason=WHY, by=cast.reviewer)


def publish(cast: Cast, change: CatalogueChange) -> CatalogueChange:
    return catalogue_changes.publish(change=change, by=cast.curator)


def kinds(thing: Any) -> list[str]:
    return list(AuditEvent.objects.about(thing).order_by("pk").values_list("kind", flat=True))


def now[Row: Any](thing: Row) -> Row:
    found: Row = type(thing)._default_manager.get(pk=thing.pk)
    return found


# -- another wording --


@pytest.mark.parametrize(
    ("make", "values"),
    [
        (make_statement, {"text": "Few have tested it.", "review_by": NEXT_YEAR.isoformat()}),
        (make_problem, {"title": "Another title", "question": "Which one?", "summary": "A longer summary."}),
        (make_call, {"text": "Build another test."}),
    ],
)
def test_another_wording_is_published_and_undone(cast: Cast, make: Any, values: dict[str, str]) -> None:
    thing = make()
    before = proposals.now(thing, values)
    change = propose(cast, thing, **values)
    assert (change.state, change.values, change.before, proposals.now(now(thing), values)) == (ChangeState.PROPOSED, values, before, before)
    assert [(line.name, line.differs) for line in proposals.preview(change, cast.curator).lines] == [(name, True) for name in change.values]
    publish(cast, change)
    assert (proposals.now(now(thing), values), now(change).answered_by) == (values, cast.curator)
    catalogue_changes.undo(change=change, by=cast.curator)
    assert (proposals.now(now(thing), values), now(change).state) == (before, ChangeState.UNDONE)
    assert kinds(change) == [EventKind.PROPOSED, EventKind.ANSWERED, EventKind.UNDONE]
    assert kinds(thing) == [EventKind.CREATED, EventKind.CHANGED, EventKind.CHANGED]
    assert AuditEvent.objects.about(thing).filter(kind=EventKind.CHANGED).values_list("reason", flat=True)[0] == WHY


def test_only_what_differs_is_proposed(cast: Cast) -> None:
    problem = make_problem(title="One", question="Two?")
    assert propose(cast, problem, title="One", question="Three?").values == {"question": "Three?"}
    with pytest.raises(Invalid, match="It reads the same as now") as refusal:
        propose(cast, problem, title=" One ")
    assert refusal.value.field == "title"


@pytest.mark.parametrize(
    ("kind", "target", "values", "field", "says"),
    [
        ("burn", "P1.L1", {}, "kind", "Choose one of: wording, new, retirement"),
        ("wording", "P9.L9", {"text": "x"}, "target", "There is no “P9.L9”"),
        ("wording", "P1.L1", {"text": ""}, "text", "is missing"),
        ("wording", "P1.L1", {"text": "x" * 1001}, "text", "Shorten it"),
        ("wording", "P1.L1", {"title": "x"}, "title", "no such field"),
        ("wording", "P1.L1", {"successor": "P1.L2"}, "successor", "no part of such a change"),
        ("wording", "P1.L1", {"review_by": "soon"}, "review_by", "Write the day like 2026-01-31"),
        ("wording", "P1.L1", {"review_by": "2020-01-31"}, "review_by", "from tomorrow"),
        ("wording", "P1.L3", {"text": "x"}, "target", "is retired, and stays as it was"),
        ("new", "P1.L1", {"section": "limitation", "text": "x"}, "target", "the problem"),
        ("new", "P1", {"section": "other", "text": "x"}, "section", "existing_work, limitation"),
        ("new", "P1", {"section": "limitation", "text": " "}, "text", "is missing"),
        ("retirement", "C1", {}, "target", "Only statements are retired"),
        ("retirement", "P1.L3", {}, "target", "is retired already"),
        ("retirement", "P1.L1", {"successor": "P1.L1"}, "successor", "does not follow itself"),
        ("retirement", "P1.L1", {"successor": "P1.L3"}, "successor", "P1.L3 is retired"),
        ("retirement", "P1.L1", {"successor": "P1.E1"}, "successor", "followed by a limitation"),
        ("retirement", "P1.L1", {"successor": "C1"}, "successor", "no such statement"),
    ],
)
def test_what_cannot_be_used_is_named(  # each is a column
    cast: Cast, kind: str, target: str, values: dict[str, str], *, field: str, says: str
) -> None:
    problem = make_problem(1)
    first = make_statement(problem)
    make_statement(problem)
    make_statement(problem, retired_on=date(2026, 1, 1))
    make_statement(problem, section=Section.EXISTING_WORK)
    make_call(first)
    with pytest.raises(Invalid, match=says) as refusal:
        propose(cast, target, kind, **values)
    assert refusal.value.field == field
    assert CatalogueChange.objects.count() == 0


def test_a_reason_is_asked_for_and_the_same_is_proposed_once(cast: Cast) -> None:
    statement = make_statement()
    with pytest.raises(Invalid) as refusal:
        catalogue_changes.propose(kind="wording", target=statement.code, values={"text": "New."}, reason=" ", by=cast.reviewer)
    assert refusal.value.field == "reason"
    first = propose(cast, statement, text="New.")
    with pytest.raises(Duplicate) as twice:
        propose(cast, statement, text="New.")
    assert twice.value.known == first.public_id


def test_who_may(cast: Cast) -> None:
    statement = make_statement()
    with pytest.raises(Refused):
        catalogue_changes.propose(kind="wording", target=statement.code, values={"text": "New."}, reason=WHY, by=cast.contributor)
    change = propose(cast, statement, text="New.")
    other = make_user(Role.REVIEWER)
    for act in (catalogue_changes.publish, catalogue_changes.undo):
        with pytest.raises(Refused):
            act(change=change, by=cast.reviewer)
    with pytest.raises(Refused):
        catalogue_changes.decline(change=change, answer="No.", by=cast.reviewer)
    for by in (other, cast.curator):
        with pytest.raises(Refused):
            catalogue_changes.withdraw(change=change, by=by)
    with pytest.raises(Conflict, match="gone"):
        catalogue_changes.withdraw(change=change, by=cast.contributor)
    assert now(statement).text != "New."


def test_what_changed_since_is_not_published(cast: Cast) -> None:
    statement = make_statement(text="One.")
    first, second = propose(cast, statement, text="Two."), propose(cast, statement, text="Three.")
    publish(cast, first)
    assert proposals.preview(now(second), cast.curator).obstacle == f"{statement.code} has changed since this was proposed."
    with pytest.raises(Conflict, match="has changed since this was proposed"):
        publish(cast, second)
    assert (now(statement).text, now(second).state) == ("Two.", ChangeState.PROPOSED)
    catalogue_changes.decline(change=second, answer="Another was first.", by=cast.curator)
    assert (now(second).state, now(second).answer) == (ChangeState.DECLINED, "Another was first.")
    for act in (catalogue_changes.publish, catalogue_changes.undo):
        with pytest.raises(Conflict, match="declined"):
            act(change=second, by=cast.curator)


def test_what_changed_since_is_not_undone(cast: Cast) -> None:
    statement = make_statement(text="One.")
    change = publish(cast, propose(cast, statement, text="Two."))
    publish(cast, propose(cast, statement, text="Three."))
    with pytest.raises(Conflict, match="cannot be undone"):
        catalogue_changes.undo(change=change, by=cast.curator)
    assert now(statement).text == "Three."


def test_withdrawn_and_declined_change_nothing(cast: Cast) -> None:
    statement = make_statement(text="One.")
    change = propose(cast, statement, text="Two.")
    with pytest.raises(Invalid) as refusal:
        catalogue_changes.decline(change=change, answer=" ", by=cast.curator)
    assert refusal.value.field == "answer"
    catalogue_changes.withdraw(change=change, by=cast.reviewer)
    assert (now(change).state, now(statement).text) == (ChangeState.WITHDRAWN, "One.")
    assert kinds(change) == [EventKind.PROPOSED, EventKind.WITHDRAWN]


# -- a new statement --


def test_a_new_statement_gets_the_next_free_code_when_it_is_published(cast: Cast) -> None:
    problem = make_problem(1)
    make_statement(problem)
    make_statement(problem, retired_on=date(2026, 1, 1))
    first = propose(cast, problem, "new", section="limitation", text="A third.", review_by=NEXT_YEAR.isoformat())
    second = propose(cast, problem, "new", section="limitation", text="A fourth.")
    publish(cast, second)
    publish(cast, first)
    made = now(first).statement
    assert made is not None
    assert (made.code, made.text, made.review_by, made.state) == ("P1.L4", "A third.", NEXT_YEAR, State.UNTOUCHED)
    assert (str(now(second).statement), kinds(made)) == ("P1.L3", [EventKind.CREATED])


def test_a_new_statement_is_undone_by_retiring_it_unless_it_is_used(cast: Cast) -> None:
    problem = make_problem(1)
    used, unused = (publish(cast, propose(cast, problem, "new", section="limitation", text=text)) for text in ("One.", "Two."))
    make_tag(now(used).statement)
    with pytest.raises(Conflict, match=r"P1\.L1 is used by now"):
        catalogue_changes.undo(change=used, by=cast.curator)
    catalogue_changes.undo(change=unused, by=cast.curator)
    assert Statement.objects.get(code="P1.L2").retired_on == timezone.localdate()
    again = publish(cast, propose(cast, problem, "new", section="limitation", text="Three."))
    assert str(now(again).statement) == "P1.L3"


# -- a retirement --


def aged(cast: Cast) -> tuple[Statement, Statement]:
    """A limitation with all that may hang on one, and another in its place."""
    problem = make_problem(1)
    old, new = make_statement(problem, text="Nobody has tested it."), make_statement(problem, text="Few have tested it.")
    shared, other = make_paper(title="Shared"), make_paper(title="Other")
    make_tag(old, shared, relation=Relation.CONFIRMS)
    make_tag(new, shared, relation=Relation.CONFIRMS)
    make_tag(old, other, relation=Relation.NARROWS)
    make_tag(old, make_paper(title="Declined"), status=ReviewStatus.DECLINED)
    make_search(old)
    call = make_call(old)
    declare(make_team(cast.stranger), old, cast.stranger)
    team = make_team(cast.contributor)
    declare(team, old, cast.contributor)
    declare(team, new, cast.contributor)
    Watch.objects.create(user=cast.reader, statement=old)
    Watch.objects.create(user=cast.stranger, statement=old)
    Watch.objects.create(user=cast.stranger, statement=new)
    assert [each.code for each in call.serves.all()] == ["P1.L1"]
    return now(old), now(new)


def standing(statement: Statement) -> dict[str, Any]:
    """What hangs on it."""
    fresh = now(statement)
    return {
        "tags": sorted(fresh.tags.values_list("paper__title", "status")),
        "searches": fresh.searches.count(),
        "declarations": fresh.declarations.count(),
        "watches": Watch.objects.filter(statement=fresh).count(),
        "calls": list(fresh.calls.values_list("code", flat=True)),
        "state": fresh.state,
        "steps": list(fresh.steps.order_by("pk").values_list("after", flat=True)),
        "retired": (fresh.retired_on, fresh.successor),
    }


def test_a_retirement_moves_what_hangs_on_it_and_is_undone(cast: Cast) -> None:
    old, new = aged(cast)
    before = standing(old), standing(new)
    change = propose(cast, old, "retirement", successor="p1.l2")
    preview = proposals.preview(change, cast.curator)
    assert (preview.moving, preview.staying, preview.searches, preview.declarations, preview.followers, preview.calls) == (1, 1, 1, 1, 1, ["C1"])
    assert [(each.code, each.before, each.after) for each in preview.states] == [
        ("P1.L1", State.NARROWED, ""),
        ("P1.L2", State.CONFIRMED, State.NARROWED),
    ]
    assert (standing(old), standing(new)) == before  # it was only looked at
    publish(cast, change)
    stays = [("Declined", "declined"), ("Shared", "accepted")]
    assert standing(old) | {"state": ""} == {
        "tags": stays,
        "searches": 0,
        "declarations": 1,
        "watches": 1,
        "calls": [],
        "state": "",
        "steps": [State.CONFIRMED],
        "retired": (timezone.localdate(), new),
    }
    assert standing(new) == {
        "tags": [("Other", "accepted"), ("Shared", "accepted")],
        "searches": 1,
        "declarations": 2,
        "watches": 2,
        "calls": ["C1"],
        "state": State.NARROWED,
        "steps": [State.CONFIRMED, State.NARROWED],
        "retired": (None, None),
    }
    assert kinds(old)[-1] == EventKind.RETIRED
    moved = Tag.objects.get(paper__title="Other")
    assert kinds(moved)[-1] == EventKind.CHANGED
    catalogue_changes.undo(change=change, by=cast.curator)
    assert (standing(old), standing(new)) == before
    assert StateStep.objects.filter(tag__statement__isnull=False).exclude(statement__in=[old, new]).count() == 0


def test_who_follows_or_declared_both_by_then_keeps_no_undo_from_its_work(cast: Cast) -> None:
    old, new = aged(cast)
    change = publish(cast, propose(cast, old, "retirement", successor=new.code))
    Watch.objects.create(user=cast.reader, statement=old)
    team = Declaration.objects.exclude(team__members=cast.contributor).get().team
    Declaration.objects.filter(team=team).update(statement=new)
    Declaration.objects.create(team=team, statement=old, by=cast.stranger, sentence="Tests.", until=NEXT_YEAR)
    catalogue_changes.undo(change=change, by=cast.curator)
    assert now(old).retired_on is None
    for rows in (Watch.objects.filter(user=cast.reader), Declaration.objects.filter(team=team)):
        assert sorted(rows.values_list("statement", flat=True)) == sorted((old.pk, new.pk))


def test_a_retirement_without_successor_moves_nothing(cast: Cast) -> None:
    old, _ = aged(cast)
    before = standing(old)
    change = publish(cast, propose(cast, old, "retirement"))
    assert standing(old) == before | {"retired": (timezone.localdate(), None)}
    catalogue_changes.undo(change=change, by=cast.curator)
    assert standing(old) == before


def test_a_submission_that_waits_says_the_successor_afterwards(cast: Cast) -> None:
    problem = make_problem(1)
    old, new = make_statement(problem), make_statement(problem)
    paper = make_paper()
    make_tag(new, paper, relation=Relation.DISPUTES)
    waits = make_submission(cast.contributor, tag_data(old), tag_data(old, Relation.DISPUTES), paper=paper)
    searched = {"targets": [old.code], "where": "arXiv", "query": "tests", "searched_on": timezone.localdate().isoformat()}
    search = submissions.hand_in(by=cast.contributor, kind="search", content={"search": searched})
    draft = make_submission(cast.contributor, tag_data(old), draft=True)
    change = publish(cast, propose(cast, old, "retirement", successor=new.code))
    assert sorted(Tag.objects.filter(submission=waits).values_list("statement__code", "relation")) == [("P1.L1", "disputes"), ("P1.L2", "narrows")]
    assert [tag["target"] for tag in now(waits).content["tags"]] == ["P1.L2", "P1.L1"]
    assert (Search.objects.get().statement, now(search).content["search"]["targets"]) == (new, ["P1.L2"])
    assert now(draft).content["tags"][0]["target"] == "P1.L1"
    with pytest.raises(Invalid, match=r"P1\.L1 is retired\. Use P1\.L2"):
        submissions.submit(submission=draft, by=cast.contributor)
    catalogue_changes.undo(change=change, by=cast.curator)
    assert [tag["target"] for tag in now(waits).content["tags"]] == ["P1.L1", "P1.L1"]
    assert now(search).content["search"]["targets"] == ["P1.L1"]


def test_a_retirement_is_not_published_where_the_successor_has_changed(cast: Cast) -> None:
    old, new = aged(cast)
    change = propose(cast, old, "retirement", successor=new.code)
    publish(cast, propose(cast, new, text="Everybody has tested it."))
    with pytest.raises(Conflict, match=r"P1\.L2 has changed since"):
        publish(cast, change)
    other = propose(cast, old, "retirement", successor=new.code)
    publish(cast, propose(cast, new, "retirement"))
    with pytest.raises(Conflict, match=r"P1\.L2 is retired by now"):
        publish(cast, other)
    assert now(old).retired_on is None


def test_a_retirement_is_not_undone_where_the_two_have_changed(cast: Cast) -> None:
    old, new = aged(cast)
    change = publish(cast, propose(cast, old, "retirement", successor=new.code))
    third = make_statement(new.problem)
    later = publish(cast, propose(cast, new, "retirement", successor=third.code))
    with pytest.raises(Conflict, match="cannot be undone"):
        catalogue_changes.undo(change=change, by=cast.curator)
    assert standing(third)["tags"] == [("Other", "accepted"), ("Shared", "accepted")]
    catalogue_changes.undo(change=later, by=cast.curator)
    call = new.calls.get()
    catalogue.save(thing=call, by=cast.curator, lists={"serves": [new, third]})
    with pytest.raises(Conflict, match="cannot be undone"):
        catalogue_changes.undo(change=change, by=cast.curator)
    catalogue.save(thing=call, by=cast.curator, lists={"serves": [new]})
    catalogue_changes.undo(change=change, by=cast.curator)
    assert (now(old).retired_on, old.calls.get()) == (None, call)


def test_what_was_tagged_since_stays_with_the_successor(cast: Cast) -> None:
    old, new = aged(cast)
    change = publish(cast, propose(cast, old, "retirement", successor=new.code))
    make_tag(new, make_paper(title="Later"))
    elsewhere = make_statement(old.problem)
    Tag.objects.filter(paper__title="Other").update(statement=elsewhere)  # a curator moved it by hand
    catalogue_changes.undo(change=change, by=cast.curator)
    assert [title for title, _ in standing(old)["tags"]] == ["Declined", "Shared"]
    assert [title for title, _ in standing(new)["tags"]] == ["Later", "Shared"]
    assert [title for title, _ in standing(elsewhere)["tags"]] == ["Other"]


@pytest.mark.parametrize("act", ["preview", "publish"])
def test_many_tags_take_as_many_queries_as_few(cast: Cast, act: str) -> None:
    counts = []
    for number in (1, 3):
        problem = make_problem()
        old, new = make_statement(problem), make_statement(problem)
        for _ in range(number):
            make_tag(old, relation=Relation.CONFIRMS)
            make_search(old)
        change = proposals.listed(cast.curator).get(pk=propose(cast, old, "retirement", successor=new.code).pk)
        with CaptureQueriesContext(connection) as queries:
            proposals.preview(change, cast.curator) if act == "preview" else publish(cast, change)
        counts.append(len(queries))
    assert counts[0] == counts[1]


# -- still true --


def test_what_is_due_is_found_still_true_until_another_day(cast: Cast) -> None:
    today = timezone.localdate()
    problem = make_problem(1)
    due, early, later, _ = (make_statement(problem, review_by=day) for day in (today, date(2026, 1, 1), NEXT_YEAR, None))
    make_statement(problem, review_by=today, retired_on=today)
    assert [each.code for each in checks_due.due().order_by(*checks_due.OLDEST.fields)] == ["P1.L2", "P1.L1"]
    checking.confirm(statement=early, by=cast.reviewer, reason="I looked for one.")
    assert (now(early).review_by, list(checks_due.due())) == (today + timedelta(days=365), [due])
    event = AuditEvent.objects.about(early).latest("pk")
    assert (event.kind, event.actor, event.reason, set(event.after)) == (EventKind.CONFIRMED, cast.reviewer, "I looked for one.", {"review_by"})
    for statement, says in ((early, "is not due"), (later, "is not due"), (make_statement(problem), "does not age")):
        with pytest.raises(Conflict, match=says):
            checking.confirm(statement=statement, by=cast.reviewer, reason="Looked.")
    checking.confirm(statement=due, by=cast.curator, reason="Looked.", until=today + timedelta(days=30))
    assert checks_due.next_due() == due


@pytest.mark.parametrize(
    ("by", "until", "reason", "error"),
    [
        ("contributor", None, "Looked.", Refused),
        ("reviewer", timezone.localdate(), "Looked.", Invalid),
        ("reviewer", timezone.localdate() + timedelta(days=2000), "Looked.", Invalid),
        ("reviewer", None, " ", Unparsable),
    ],
)
def test_still_true_is_for_reviewers_until_a_day_to_come_and_says_why(cast: Cast, by: str, until: date | None, reason: str, error: Any) -> None:
    statement = make_statement(review_by=date(2026, 1, 1))
    with pytest.raises(error):
        checking.confirm(statement=statement, by=getattr(cast, by), until=until, reason=reason)
    assert now(statement).review_by == date(2026, 1, 1)


# -- versions --


def test_versions_are_rebuilt_from_the_record(cast: Cast) -> None:
    problem = make_problem(1)
    statement, successor = make_statement(problem, text="One."), make_statement(problem)
    publish(cast, propose(cast, statement, text="Two."))
    publish(cast, propose(cast, statement, text="Three."))
    publish(cast, propose(cast, statement, "retirement", successor=successor.code))
    found = versions.of(now(statement))
    assert [(each.number, each.kind, each.values["text"], each.values["successor"], each.changed) for each in found] == [
        (1, "created", "One.", "", ("text",)),
        (2, "changed", "Two.", "", ("text",)),
        (3, "changed", "Three.", "", ("text",)),
        (4, "retired", "Three.", "P1.L2", ("retired_on", "successor")),
    ]
    assert [each.actor for each in found] == [None, cast.curator, cast.curator, cast.curator]
    call = make_call(successor)
    catalogue.save(thing=call, by=cast.curator, lists={"serves": []})
    assert [each.values["serves"] for each in versions.of(now(call))] == ["P1.L2", ""]
    problem.title = "Another"
    catalogue.save(thing=problem, by=cast.curator)
    assert [each.values["title"] for each in versions.of(now(problem))] == ["Problem 1", "Another"]


@pytest.mark.parametrize(
    ("before", "after", "left", "right"),
    [
        ("One word.", "One word.", [("same", "One word.")], [("same", "One word.")]),
        ("No benchmark exists.", "One exists.", [("left_out", "No benchmark"), ("same", " exists.")], [("added", "One"), ("same", " exists.")]),
        ("", "New.", [], [("added", "New.")]),
        ("Old.", "", [("left_out", "Old.")], []),
    ],
)
def test_words_that_differ(before: str, after: str, left: Any, right: Any) -> None:
    assert [[(piece.kind, piece.text) for piece in side] for side in versions.differing(before, after)] == [left, right]


def test_the_queue_of_submissions_is_left_alone(cast: Cast) -> None:
    """A submission that was decided on keeps what it said."""
    problem = make_problem(1)
    old, new = make_statement(problem), make_statement(problem)
    submission = make_submission(cast.contributor, tag_data(old))
    Submission.objects.filter(pk=submission.pk).update(state="decided", decided_at=timezone.now())
    publish(cast, propose(cast, old, "retirement", successor=new.code))
    assert now(submission).content["tags"][0]["target"] == "P1.L1"
