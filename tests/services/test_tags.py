"""Tags and searches: what fits what, who decides, and that a decision moves the map."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from problems.choices import RELATIONS_OF, Basis, EventKind, Relation, ReviewStatus, Section, State, Target, Visibility
from problems.errors import Invalid, Refused
from problems.models import AuditEvent, Search, Statement, Tag
from problems.services import tags
from problems.services.catalogue import save as save_catalogue
from tests.factories import RATIONALE, Cast, make_call, make_paper, make_problem, make_search, make_statement, make_tag


def proposed(cast: Cast, **fields: Any) -> Tag:
    target = {} if {"call", "problem", "statement"} & set(fields) else {"statement": make_statement()}
    given = {
        "paper": make_paper(),
        "relation": Relation.NARROWS,
        "rationale": RATIONALE,
        "basis": Basis.GENERAL_PROXY,
        "contributor": cast.contributor,
    }
    return Tag(**given | target | fields)


def targets() -> dict[Target, dict[str, Any]]:
    return {
        Target.EXISTING_WORK: {"statement": make_statement(section=Section.EXISTING_WORK)},
        Target.LIMITATION: {"statement": make_statement()},
        Target.CALL: {"call": make_call()},
        Target.PROBLEM: {"problem": make_problem()},
    }


@pytest.mark.parametrize("relation", Relation)
@pytest.mark.parametrize("target", Target)
def test_each_relation_fits_its_targets_only(cast: Cast, target: Target, relation: Relation) -> None:
    tag = proposed(cast, relation=relation, **targets()[target])
    if relation in RELATIONS_OF[target]:
        assert tags.save(tag=tag, by=cast.contributor).status == ReviewStatus.PROPOSED
    else:
        with pytest.raises(Invalid) as refusal:
            tags.save(tag=tag, by=cast.contributor)
        assert "relation" in refusal.value.errors
        assert Tag.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rationale": "x" * 19}, "rationale"),
        ({"rationale": "x" * 501}, "rationale"),
        ({"rationale": "\u200b" * 30}, "rationale"),
        ({"locator": "x" * 101}, "locator"),
        ({"basis": "hearsay"}, "basis"),
        ({"relation": "likes"}, "relation"),
        ({"statement": None}, ""),
    ],
)
def test_bad_values_are_refused_by_field(cast: Cast, fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        tags.save(tag=proposed(cast, **fields), by=cast.contributor)
    assert field in refusal.value.errors
    assert Tag.objects.count() == 0


def test_two_targets_are_one_too_many(cast: Cast) -> None:
    with pytest.raises(Invalid, match="Choose one"):
        tags.save(tag=proposed(cast, statement=make_statement(), problem=make_problem()), by=cast.contributor)


def test_several_relations_to_one_target_but_none_twice(cast: Cast) -> None:
    tag = tags.save(tag=proposed(cast), by=cast.contributor)
    tags.save(tag=proposed(cast, paper=tag.paper, statement=tag.statement, relation=Relation.CONFIRMS), by=cast.contributor)
    with pytest.raises(Invalid, match="already"):
        tags.save(tag=proposed(cast, paper=tag.paper, statement=tag.statement), by=cast.contributor)
    other = tags.save(tag=proposed(cast, paper=tag.paper, statement=tag.statement), by=cast.stranger)  # who does not know of the first one
    tags.decide(tag=tag, status=ReviewStatus.ACCEPTED, by=cast.reviewer)
    with pytest.raises(Invalid, match="already"):
        tags.decide(tag=other, status=ReviewStatus.ACCEPTED, by=cast.reviewer)
    assert Tag.objects.count() == 3


def test_a_retired_statement_takes_no_new_tag_and_names_its_successor(cast: Cast) -> None:
    old, new = make_statement(), make_statement()
    old.retired_on, old.successor = timezone.localdate(), new
    save_catalogue(thing=old, by=cast.curator)
    with pytest.raises(Invalid, match=f"{old.code} is retired. Use {new.code}."):
        tags.save(tag=proposed(cast, statement=old), by=cast.contributor)


@pytest.mark.parametrize(("name", "allowed"), [("reader", False), ("contributor", False), ("stranger", False), ("reviewer", True), ("curator", True)])
def test_reviewers_decide_on_the_work_of_others(cast: Cast, name: str, allowed: bool) -> None:  # noqa: FBT001 - a column of the table
    tag = tags.save(tag=proposed(cast), by=cast.contributor)
    tag.status = ReviewStatus.ACCEPTED
    by = getattr(cast, name)
    if not allowed:
        with pytest.raises(Refused):
            tags.save(tag=tag, by=by)
        assert Tag.objects.get().status == ReviewStatus.PROPOSED
        return
    with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False):
        tags.save(tag=tag, by=by, reason="Section 4 says so")
    tag.refresh_from_db()
    assert tag.statement is not None
    assert (tag.status, tag.decided_by, tag.decided_at) == (ReviewStatus.ACCEPTED, by, datetime(2026, 11, 30, 12, tzinfo=UTC))
    assert (tag.statement.state, tag.statement.state_since) == (State.NARROWED, tag.decided_at)
    event = AuditEvent.objects.about(tag).first()
    assert event is not None
    assert (event.kind, event.reason, event.after["status"]) == (EventKind.ACCEPTED, "Section 4 says so", "accepted")


@pytest.mark.parametrize("name", ["reviewer", "curator"])
def test_nobody_decides_on_their_own(cast: Cast, name: str) -> None:
    by = getattr(cast, name)
    tag = tags.save(tag=proposed(cast, contributor=by), by=by)
    tag.status = ReviewStatus.ACCEPTED
    with pytest.raises(Refused, match="their own"):
        tags.save(tag=tag, by=by)
    with pytest.raises(Refused, match="their own"):
        tags.save(tag=proposed(cast, contributor=by, status=ReviewStatus.ACCEPTED), by=by)


@pytest.mark.parametrize(("name", "allowed"), [("contributor", True), ("stranger", False), ("reviewer", False), ("curator", True)])
def test_own_tags_and_curators_change_them(cast: Cast, name: str, allowed: bool) -> None:  # noqa: FBT001 - a column of the table
    tag = tags.save(tag=proposed(cast), by=cast.contributor)
    tag.locator = "Section 5"
    if allowed:
        tags.save(tag=tag, by=getattr(cast, name))
    else:
        with pytest.raises(Refused):
            tags.save(tag=tag, by=getattr(cast, name))
    assert Tag.objects.get().locator == ("Section 5" if allowed else "")


def test_declining_and_reopening_move_the_map_back(cast: Cast) -> None:
    tag = make_tag(relation=Relation.NARROWS, contributor=cast.contributor)
    assert tag.statement is not None
    tag.status = ReviewStatus.DECLINED
    tags.save(tag=tag, by=cast.reviewer)
    tag.statement.refresh_from_db()
    assert tag.statement.state == State.UNTOUCHED
    tag.status = ReviewStatus.PROPOSED
    tags.save(tag=tag, by=cast.reviewer)
    tag.refresh_from_db()
    assert (tag.decided_at, tag.decided_by) == (None, None)


def test_moving_a_tag_moves_both_statements(cast: Cast) -> None:
    here, there = make_statement(), make_statement()
    tag = make_tag(here, relation=Relation.NARROWS)
    tag.statement = there
    tags.save(tag=tag, by=cast.curator)
    here.refresh_from_db()
    there.refresh_from_db()
    assert (here.state, there.state) == (State.UNTOUCHED, State.NARROWED)


def test_a_paper_that_waits_moves_nothing(cast: Cast) -> None:
    tag = make_tag(paper=make_paper(visibility=Visibility.WAITING, logged_by=cast.contributor), relation=Relation.NARROWS)
    assert tag.statement is not None
    tag.statement.refresh_from_db()
    assert tag.statement.state == State.UNTOUCHED


def test_a_search_is_logged_accepted_by_another_and_goes_stale(cast: Cast) -> None:
    search = make_search(status=ReviewStatus.PROPOSED, by=cast.contributor)
    assert list(Search.objects.on_map()) == []
    search.status = ReviewStatus.ACCEPTED
    with pytest.raises(Refused):
        tags.save_search(search=search, by=cast.contributor)
    tags.save_search(search=search, by=cast.reviewer)
    assert list(Search.objects.on_map()) == [search]
    with time_machine.travel(timezone.now() + timedelta(days=366), tick=False):
        assert list(Search.objects.on_map()) == []


def test_a_search_is_changed_by_who_made_it_or_a_curator(cast: Cast) -> None:
    search = make_search(status=ReviewStatus.PROPOSED, by=cast.contributor)
    search.query = "other words"
    with pytest.raises(Refused):
        tags.save_search(search=search, by=cast.stranger)
    assert tags.save_search(search=search, by=cast.curator).query == "other words"


def test_a_search_still_to_come_is_refused(cast: Cast) -> None:
    del cast
    with pytest.raises(Invalid, match="still to come"):
        make_search(searched_on=timezone.localdate() + timedelta(days=1))


@pytest.mark.parametrize("name", ["contributor", "curator"])
def test_who_said_it_does_not_change_what_was_decided_on(cast: Cast, name: str) -> None:
    by = getattr(cast, name)
    tag = make_tag(relation=Relation.NARROWS, contributor=by)
    tag.relation = Relation.CONFIRMS
    with pytest.raises(Refused, match="Suggest a correction"):
        tags.save(tag=tag, by=by)
    search = make_search(by=by)
    search.query = "other words"
    with pytest.raises(Refused, match="Suggest a correction"):
        tags.save_search(search=search, by=by)


def test_who_decides_does_not_rewrite(cast: Cast) -> None:
    tag = tags.save(tag=proposed(cast), by=cast.contributor)
    tag.status, tag.relation = ReviewStatus.ACCEPTED, Relation.ADDRESSES
    with pytest.raises(Refused):
        tags.save(tag=tag, by=cast.reviewer)
    search = make_search(status=ReviewStatus.PROPOSED, by=cast.contributor)
    search.status, search.query = ReviewStatus.ACCEPTED, "other words"
    with pytest.raises(Refused):
        tags.save_search(search=search, by=cast.reviewer)


def test_tags_are_made_in_ones_own_name_on_papers_in_sight(cast: Cast) -> None:
    assert tags.save(tag=proposed(cast, contributor=cast.stranger), by=cast.contributor).contributor == cast.contributor
    for visibility in (Visibility.RESTRICTED, Visibility.WAITING):
        with pytest.raises(Invalid, match="There is no such paper"):
            tags.save(tag=proposed(cast, paper=make_paper(visibility=visibility, logged_by=cast.stranger)), by=cast.contributor)


def test_a_state_that_moves_is_a_change_of_its_statement_and_no_other_is(cast: Cast) -> None:
    tag = make_tag(relation=Relation.NARROWS, status=ReviewStatus.PROPOSED, contributor=cast.contributor)
    assert tag.statement is not None
    before = Statement.objects.get(pk=tag.statement.pk).modified
    tag.status = ReviewStatus.ACCEPTED
    tags.save(tag=tag, by=cast.reviewer)
    moved = Statement.objects.get(pk=tag.statement.pk).modified
    assert moved > before
    make_tag(tag.statement, relation=Relation.CONFIRMS, paper=make_paper(year=2020))
    assert Statement.objects.get(pk=tag.statement.pk).modified == moved
