"""Many submissions at once: what would change, what is done, what is left and why, and one undo."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import EventKind, OpinionState, Reason, Relation, ReviewStatus, Role, State, SubmissionState, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, BulkChange, Interest, SecondOpinion, Statement, Submission, Tag, User
from problems.services import assignments, bulk_changes, reviews, submissions
from problems.services.bulk_changes import MOST, NOT_THERE, Options
from tests.factories import Cast, make_call, make_import, make_paper, make_search, make_statement, make_submission, make_user, tag_data

NONE = Options()
DECLINE = Options(reason="out_of_scope")
WHY = Options(words="Asked for by its authors")


def ids(*rows: Submission) -> list[str]:
    return [row.public_id for row in rows]


def some(cast: Cast, number: int = 2) -> list[Submission]:
    """Submissions, each with a new record and a tag on a limitation of its own."""
    return [make_submission(cast.contributor, tag_data(make_statement())) for _ in range(number)]


def left(change: BulkChange) -> list[str]:
    return [item["left"] for item in change.items]


def state(row: Any) -> Any:
    """Row and parts, as the database has them now."""
    fresh = Submission.objects.select_related("paper").get(pk=row.pk)
    tags = tuple(fresh.tags.order_by("pk").values_list("status", "statement__code", "relation"))
    return fresh.state, fresh.paper and fresh.paper.visibility, tags, fresh.claimed_by_id, fresh.assigned_to_id, fresh.assigned_at


def test_accepted_all_parts_and_undone_as_one(cast: Cast) -> None:
    one, other = some(cast)
    reviews.claim(submission=one, by=cast.reviewer)
    before = [state(one), state(other)]
    codes = [tag.code for tag in Tag.objects.order_by("pk")]
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(other, one), options=NONE)
    assert left(change) == ["", ""]
    assert [item["id"] for item in change.items] == ids(other, one)
    assert change.items[1]["told"] == [["Record", "waiting", "accepted"], [f"Tag {codes[0]} narrows", "proposed", "accepted"]]
    assert [state(row)[:3] for row in (one, other)] == [
        (SubmissionState.DECIDED, Visibility.PUBLIC, ((ReviewStatus.ACCEPTED, code, Relation.NARROWS),)) for code in codes
    ]
    assert list(Statement.objects.order_by("pk").values_list("state", flat=True)) == [State.NARROWED] * 2
    assert AuditEvent.objects.filter(kind=EventKind.DECIDED, submission__in=[one.pk, other.pk], actor=cast.reviewer).count() == 2
    undone = bulk_changes.undo(change=change, by=cast.reviewer)
    assert undone.undone_at is not None
    assert [state(one), state(other)] == before  # the claim that was there before too, and no other
    assert list(Statement.objects.order_by("pk").values_list("state", flat=True)) == [State.UNTOUCHED] * 2
    with pytest.raises(Conflict, match="undone already"):
        bulk_changes.undo(change=change, by=cast.reviewer)


def test_declined_with_one_reason_for_all_parts(cast: Cast) -> None:
    statement = make_statement()
    one = make_submission(cast.contributor, tag_data(statement), tag_data(make_statement()))
    search = submissions.hand_in(
        by=cast.contributor,
        kind="search",
        content={"search": {"targets": [statement.code], "where": "arXiv", "query": "tests", "searched_on": "2026-01-31"}},
    )
    change = bulk_changes.apply(by=cast.reviewer, act="decline", public_ids=ids(one, search), options=Options(reason="other", words="Not of it"))
    assert left(change) == ["", ""]
    assert change.options == {"reason": "other", "words": "Not of it"}
    told = [(each.verdict, each.reason, each.words) for row in (one, search) for each in row.reviews.get().decisions.all()]
    assert told == [("decline", "other", "Not of it")] * 4
    assert set(one.tags.values_list("status", flat=True)) == {ReviewStatus.DECLINED}


def test_assigned_and_put_back(cast: Cast) -> None:
    one, other = some(cast)
    another = make_user(Role.REVIEWER)
    Submission.objects.filter(pk=other.pk).update(assigned_to=cast.curator, assigned_at=timezone.now() - timedelta(days=1))
    before = [state(one), state(other)]
    change = bulk_changes.apply(by=cast.reviewer, act="assign", public_ids=ids(one, other), options=Options(to=another.public_id))
    assert left(change) == ["", ""]
    assert [state(row)[4] for row in (one, other)] == [another.pk] * 2
    assert AuditEvent.objects.filter(kind=EventKind.ASSIGNED, submission__in=[one.pk, other.pk]).count() == 2
    bulk_changes.undo(change=change, by=cast.reviewer)
    assert [state(one), state(other)] == before


def test_retagged_where_meant_stays_proposed_and_is_put_back(cast: Cast) -> None:
    wrong, right, third = make_statement(), make_statement(), make_statement()
    one = make_submission(cast.contributor, tag_data(wrong), tag_data(third))
    other = make_submission(cast.stranger, tag_data(third))
    before = [state(one), state(other)]
    options = Options(source=wrong.code, target=right.code, relation="confirms")
    shown = bulk_changes.preview(by=cast.reviewer, act="retag", public_ids=ids(one, other), options=options)
    assert [(each.what, each.before, each.after) for each in shown.items[0].changes] == [("Tag", f"{wrong.code} narrows", f"{right.code} confirms")]
    change = bulk_changes.apply(by=cast.reviewer, act="retag", public_ids=ids(one, other), options=options)
    assert left(change) == ["", "No tag of it that waits is meant."]
    assert state(one)[2] == (("proposed", right.code, "confirms"), ("proposed", third.code, "narrows"))
    assert AuditEvent.objects.filter(kind=EventKind.CHANGED, tag__in=one.tags.all(), actor=cast.reviewer).count() == 1
    assert Submission.objects.get(pk=one.pk).modified > one.modified  # who reads it at the moment is told
    bulk_changes.undo(change=change, by=cast.reviewer)
    assert [state(one), state(other)] == before


def test_what_cannot_be_retagged_is_left_with_the_reason(cast: Cast) -> None:
    target, call = make_statement(), make_call()
    two = make_submission(cast.contributor, tag_data(make_statement()), tag_data(make_statement()))
    for options, reason in (
        (Options(target=target.code), "Two of its tags would be the same."),
        (Options(target=call.code), f"“narrows” does not fit {call.code}."),
    ):
        assert [item.left for item in bulk_changes.preview(by=cast.reviewer, act="retag", public_ids=ids(two), options=options).items] == [reason]
        with pytest.raises(Invalid) as refused:
            bulk_changes.apply(by=cast.reviewer, act="retag", public_ids=ids(two), options=options)
        assert refused.value.errors == {"submissions.0": [reason]}


def test_restricted_at_once_stays_in_the_queue_and_is_put_back(cast: Cast) -> None:
    statement = make_statement()
    paper = make_paper()
    one, other = make_submission(cast.contributor, tag_data(statement), paper=paper), some(cast, 1)[0]
    same = make_submission(cast.stranger, tag_data(make_statement()), paper=paper)
    bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(one), options=NONE)
    shown = bulk_changes.preview(by=cast.curator, act="restrict", public_ids=ids(one, other, same), options=WHY)
    assert {code: (each.now, each.then) for code, each in shown.states.items()} == {statement.code: (State.NARROWED, State.UNTOUCHED)}
    change = bulk_changes.apply(by=cast.curator, act="restrict", public_ids=ids(one, other, same), options=WHY)
    assert left(change) == ["", "", "This record is restricted already."]
    assert [state(row)[:2] for row in (one, other)] == [("decided", Visibility.RESTRICTED), ("submitted", Visibility.RESTRICTED)]
    statement.refresh_from_db()
    assert statement.state == State.UNTOUCHED
    bulk_changes.undo(change=change, by=cast.curator)
    assert [state(row)[:2] for row in (one, other)] == [("decided", Visibility.PUBLIC), ("submitted", Visibility.WAITING)]
    statement.refresh_from_db()
    assert statement.state == State.NARROWED


def test_what_is_left_and_why(cast: Cast) -> None:
    good, held, decided, asked = some(cast, 4)
    own = make_submission(cast.reviewer, tag_data(make_statement()))
    draft = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    imported = make_import(cast.contributor).submission
    declared = make_submission(cast.stranger, tag_data(make_statement()))
    gone = make_statement()
    retired = make_submission(cast.contributor, tag_data(gone))
    Statement.objects.filter(pk=gone.pk).update(retired_on=timezone.localdate())
    Interest.objects.create(user=cast.reviewer, paper=declared.paper)
    reviews.claim(submission=held, by=cast.curator)
    bulk_changes.apply(by=cast.curator, act="accept", public_ids=ids(decided), options=NONE)
    SecondOpinion.objects.create(submission=asked, first=cast.curator, state=OpinionState.ASKED)
    assert imported is not None
    wanted = [*ids(good, held, decided, asked, own, draft, imported, declared, retired), "aaaaaaaaaa", "no id\0"]
    shown = bulk_changes.preview(by=cast.reviewer, act="accept", public_ids=wanted, options=NONE)
    expected = [
        "",
        "Somebody else is reviewing it.",
        "It is decided.",
        "A second opinion on it is open. Decide on its own page.",
        "Nobody decides on their own work. Somebody else has to.",
        NOT_THERE,
        "An import is decided on record by record.",
        "You declared a conflict of interest here. Somebody else has to decide on it.",
        f"{gone.code} is retired. Move the tag, or decline it.",
        NOT_THERE,
        NOT_THERE,
    ]
    assert [item.left for item in shown.items] == expected
    assert [item.submission for item in shown.items if item.left == NOT_THERE] == [None] * 3
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=wanted, options=NONE)
    others = "It is for somebody else to decide on."  # curators read what is kept: whose it is, and what somebody declared, is told to them alone
    kept = [others if "Somebody else has to" in each else each for each in expected]
    assert (left(change), kept.count(others)) == (kept, 2)
    assert Submission.objects.filter(state=SubmissionState.DECIDED).count() == 2


@pytest.mark.parametrize("act", ["accept", "decline", "assign", "retag"])
def test_own_work_is_left_by_every_act_that_decides(cast: Cast, act: str) -> None:
    own = make_submission(cast.reviewer, tag_data(make_statement()))
    target = make_statement()
    options = {"decline": DECLINE, "assign": Options(to=cast.curator.public_id), "retag": Options(target=target.code)}.get(act, NONE)
    with pytest.raises(Invalid) as refused:
        bulk_changes.apply(by=cast.reviewer, act=act, public_ids=ids(own), options=options)
    assert refused.value.errors == {"submissions.0": ["Nobody decides on their own work. Somebody else has to."]}
    assert not BulkChange.objects.exists()


def test_nobody_is_assigned_who_may_not_decide_and_no_reason_is_told(cast: Cast) -> None:
    own = make_submission(cast.curator, tag_data(make_statement()))
    declared = some(cast, 1)[0]
    Interest.objects.create(user=cast.curator, paper=declared.paper)
    shown = bulk_changes.preview(by=cast.reviewer, act="assign", public_ids=ids(own, declared), options=Options(to=cast.curator.public_id))
    assert {item.left for item in shown.items} == {"This person may not decide on it. Choose somebody else."}


def test_what_changed_since_the_preview_is_left(cast: Cast) -> None:
    one, other = some(cast)
    seen = bulk_changes.preview(by=cast.reviewer, act="accept", public_ids=ids(one, other), options=NONE).seen
    Submission.objects.get(pk=one.pk).save()
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(one, other), options=NONE, seen=seen)
    assert left(change) == ["It has changed since you looked.", ""]


def test_states_before_and_after_as_one(cast: Cast) -> None:
    statement = make_statement()
    tag = tag_data(statement, relation="addresses")
    rows = [make_submission(cast.contributor, tag, record={"authors": [{"family": name}]}) for name in ("One", "Other")]
    shown = bulk_changes.preview(by=cast.reviewer, act="accept", public_ids=ids(*rows), options=NONE)
    assert {code: (each.now, each.then) for code, each in shown.states.items()} == {statement.code: (State.UNTOUCHED, State.ADDRESSED)}
    bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(*rows), options=NONE)
    statement.refresh_from_db()
    assert statement.state == State.ADDRESSED
    for act, options in (("decline", DECLINE), ("assign", Options(to=cast.curator.public_id))):
        assert bulk_changes.preview(by=cast.reviewer, act=act, public_ids=ids(*some(cast)), options=options).states == {}


WRONG: Mapping[str, tuple[str, Options, dict[str, list[str]]]] = {
    "act": ("remove", NONE, {"act": ["Choose among: accept, decline, assign, retag, restrict."]}),
    "reason": ("decline", NONE, {"reason": ["Choose a reason."]}),
    "unknown reason": ("decline", Options(reason="dull"), {"reason": [f"Choose among: {', '.join(Reason.values)}."]}),
    "words": ("decline", Options(reason="other"), {"words": ["Say which reason."]}),
    "why": ("restrict", NONE, {"words": ["Say why it is restricted, without detail."]}),
    "nobody": ("assign", NONE, {"to": ["Choose a reviewer."]}),
    "no reviewer": ("assign", Options(to="aaaaaaaaaa"), {"to": ["There is no such reviewer."]}),
    "no aim": ("retag", NONE, {"target": ["Say where the tags should point, which relation they should have, or both."]}),
    "target": (
        "retag",
        Options(target="P9.L9"),
        {"target": ["There is no “P9.L9”. Write a code like P5.L2, C3 or P5."]},
    ),
    "needless": ("accept", Options(words="Why"), {"words": ["To accept needs nothing of this."]}),
}


def test_options_are_held_against_the_act(cast: Cast) -> None:
    rows = ids(*some(cast, 1))
    for act, options, errors in WRONG.values():
        for ask in (bulk_changes.preview, bulk_changes.apply):
            with pytest.raises(Invalid) as refused:
                ask(by=cast.reviewer, act=act, public_ids=rows, options=options)
            assert refused.value.errors == errors


def test_how_many(cast: Cast) -> None:
    for number, sentence in ((0, "Choose at least one submission."), (MOST + 1, "Choose 100 submissions at most.")):
        with pytest.raises(Invalid, match=sentence):
            bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=[f"{each:010}" for each in range(number)], options=NONE)


def test_who_may(cast: Cast) -> None:
    rows = some(cast)
    for person in (cast.reader, cast.contributor):
        for ask in (bulk_changes.preview, bulk_changes.apply):
            with pytest.raises(Refused):
                ask(by=person, act="accept", public_ids=ids(*rows), options=NONE)
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(*rows), options=NONE)
    with pytest.raises(Refused):
        bulk_changes.undo(change=change, by=cast.curator)
    with pytest.raises(Conflict, match="nothing to undo"):  # as if there were none
        bulk_changes.undo(change=change, by=make_user(Role.REVIEWER))


def test_a_conflict_or_a_second_opinion_since_keeps_a_retag(cast: Cast) -> None:
    (row,) = some(cast, 1)
    target = make_statement()
    change = bulk_changes.apply(by=cast.reviewer, act="retag", public_ids=ids(row), options=Options(target=target.code))
    opinion = SecondOpinion.objects.create(submission=row, first=cast.curator)
    with pytest.raises(Conflict, match="cannot be undone"):
        bulk_changes.undo(change=change, by=cast.reviewer)
    opinion.delete()
    Interest.objects.create(user=cast.reviewer, paper=row.paper)
    with pytest.raises(Conflict, match="cannot be undone"):
        bulk_changes.undo(change=change, by=cast.reviewer)
    assert row.tags.get().statement == target


def test_who_may_not_decide_by_now_is_not_assigned_again(cast: Cast) -> None:
    (row,) = some(cast, 1)
    before = make_user(Role.REVIEWER)
    assignments.assign(submission=row, to=before, by=cast.curator)
    change = bulk_changes.apply(by=cast.reviewer, act="assign", public_ids=ids(row), options=Options(to=cast.curator.public_id))
    User.objects.filter(pk=before.pk).update(role=Role.READER)
    bulk_changes.undo(change=change, by=cast.reviewer)
    row.refresh_from_db()
    assert (row.assigned_to, row.assigned_at) == (None, None)


def test_undo_within_ten_minutes(cast: Cast) -> None:
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(*some(cast)), options=NONE)
    assert bulk_changes.may_undo(change, cast.reviewer)
    BulkChange.objects.update(at=timezone.now() - timedelta(minutes=11))
    change.refresh_from_db()
    assert not bulk_changes.may_undo(change, cast.reviewer)
    with pytest.raises(Conflict, match="within 10 minutes"):
        bulk_changes.undo(change=change, by=cast.reviewer)


def _undo_one(row: Submission, by: User) -> None:
    reviews.undo(submission=row, by=by)


def _lift(row: Submission, by: User) -> None:
    assert row.paper is not None
    reviews.publish_paper(paper=row.paper, by=by, reason="Asked again")


def _reassign(row: Submission, by: User) -> None:
    Submission.objects.filter(pk=row.pk).update(assigned_to=by, assigned_at=timezone.now())


def _edit_tag(row: Submission, _by: User) -> None:
    row.tags.get().save()


MOVED: Mapping[str, tuple[Options, Any]] = {
    "accept": (NONE, _undo_one),
    "restrict": (WHY, _lift),
    "assign": (Options(), _reassign),
    "retag": (Options(relation="confirms"), _edit_tag),
}


@pytest.mark.parametrize("act", MOVED)
def test_undo_is_all_or_nothing(cast: Cast, act: str) -> None:
    rows = some(cast, 3)
    options, move = MOVED[act]
    options = Options(to=make_user(Role.REVIEWER).public_id) if act == "assign" else options
    change = bulk_changes.apply(by=cast.curator, act=act, public_ids=ids(*rows), options=options)
    move(rows[1], cast.curator)
    after = [state(row) for row in rows]
    with pytest.raises(Conflict) as refused:
        bulk_changes.undo(change=change, by=cast.curator)
    assert refused.value.title == "1 of 3 has moved on since, so this cannot be undone as a whole."
    assert [state(row) for row in rows] == after
    change.refresh_from_db()
    assert change.undone_at is None


def test_nothing_that_is_kept_names_a_person(cast: Cast) -> None:
    one, held = some(cast)
    reviews.claim(submission=held, by=cast.curator)
    change = bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(one, held), options=NONE)
    assert cast.curator.display_name not in str(change.items) + str(change.options)


def test_a_preview_stores_nothing_and_asks_as_often_whatever_the_number(cast: Cast) -> None:
    make_search()
    asked: list[int] = []
    for number in (1, 3):
        rows = some(cast, number)
        for act, options in (
            ("accept", NONE),
            ("restrict", WHY),
            ("assign", Options(to=cast.curator.public_id)),
            ("retag", Options(relation="confirms")),
        ):
            with CaptureQueriesContext(connection) as queries:
                bulk_changes.preview(by=cast.reviewer, act=act, public_ids=ids(*rows), options=options)
            asked.append(len(queries))
            assert not any(query["sql"].split()[0] in {"INSERT", "UPDATE", "DELETE"} for query in queries)
    assert asked[:4] == asked[4:]


def test_each_submission_takes_a_fixed_number_of_queries(cast: Cast) -> None:
    asked = []
    for number in (1, 2, 3):
        rows = some(cast, number)
        with CaptureQueriesContext(connection) as queries:
            bulk_changes.apply(by=cast.reviewer, act="accept", public_ids=ids(*rows), options=NONE)
        asked.append(len(queries))
    assert asked[2] - asked[1] <= asked[1] - asked[0]
