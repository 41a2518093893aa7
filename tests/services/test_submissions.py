"""From draft to map and back: every cell of the state table, what handing in makes, what joins what, and who may not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from problems.choices import EventKind, Part, Relation, ReviewStatus, Role, Scheme, State, SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused, Stale, TooMany
from problems.models import AuditEvent, Decision, Paper, PaperIdentifier, RestrictedText, Search, Submission, Tag
from problems.services import reviews, submissions, tags
from problems.services.reviews import Ruling, Rulings
from problems.workflow import TABLE, Move
from tests.factories import RATIONALE, Cast, make_paper, make_problem, make_statement, make_submission, make_tag, make_team, make_user, tag_data

ACCEPT = Ruling(Verdict.ACCEPT)
DECLINE = Ruling(Verdict.DECLINE, reason="not_said")


def rulings(submission: Submission, ruling: Ruling = ACCEPT) -> Rulings:
    parts = reviews.waiting_parts(submission)
    return Rulings(
        record=ruling if parts.record else None,
        tags={tag.public_id: ruling for tag in parts.tags},
        searches={search.public_id: ruling for search in parts.searches},
        correction=ruling if parts.correction else None,
    )


def decided(submission: Submission, by: Any, ruling: Ruling = ACCEPT) -> Submission:
    reviews.decide(submission=submission, by=by, rulings=rulings(submission, ruling))
    return Submission.objects.get(pk=submission.pk)


# -- the table, cell by cell --


def in_state(cast: Cast, state: SubmissionState) -> Submission:
    submission = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    if state == SubmissionState.DRAFT:
        return submission
    submission = submissions.submit(submission=submission, by=cast.contributor)
    match state:
        case SubmissionState.CHANGES_REQUESTED:
            reviews.request_changes(submission=submission, by=cast.reviewer, note="Say where.")
        case SubmissionState.WITHDRAWN:
            submissions.withdraw(submission=submission, by=cast.contributor)
        case SubmissionState.DECIDED:
            decided(submission, cast.reviewer, DECLINE)
        case _:
            reviews.claim(submission=submission, by=cast.reviewer)
    return Submission.objects.get(pk=submission.pk)


def moves(cast: Cast) -> dict[Move, Callable[[Submission], Any]]:
    return {
        Move.EDIT: lambda s: submissions.edit(submission=s, by=cast.contributor, content=s.content),
        Move.SUBMIT: lambda s: submissions.submit(submission=s, by=cast.contributor),
        Move.DISCARD: lambda s: submissions.discard(submission=s, by=cast.contributor),
        Move.WITHDRAW: lambda s: submissions.withdraw(submission=s, by=cast.contributor),
        Move.APPEAL: lambda s: submissions.appeal(submission=s, by=cast.contributor, text="It is on page 4."),
        Move.CLAIM: lambda s: reviews.claim(submission=s, by=cast.reviewer),
        Move.RELEASE: lambda s: reviews.release(submission=s, by=cast.reviewer),
        Move.DECIDE: lambda s: reviews.decide(submission=s, by=cast.reviewer, rulings=rulings(s)),
        Move.REQUEST_CHANGES: lambda s: reviews.request_changes(submission=s, by=cast.reviewer, note="Say where."),
        Move.UNDO: lambda s: reviews.undo(submission=s, by=cast.reviewer),
    }


@pytest.mark.parametrize("move", Move)
@pytest.mark.parametrize("state", SubmissionState)
def test_each_cell_of_the_table(cast: Cast, state: SubmissionState, move: Move) -> None:
    submission = in_state(cast, state)
    events = AuditEvent.objects.count()
    if (state, move) not in TABLE:
        with pytest.raises(Conflict):
            moves(cast)[move](submission)
        assert Submission.objects.get(pk=submission.pk).state == state
        assert AuditEvent.objects.count() == events
        return
    moves(cast)[move](submission)
    after = Submission.objects.filter(pk=submission.pk).values_list("state", flat=True).first()
    assert after == TABLE[state, move]
    assert AuditEvent.objects.count() > events or move == Move.CLAIM  # one that is held already is held longer


# -- who may move it: the owner, a teammate, a stranger, reviewers, curators --

OWNERS = {Move.EDIT, Move.SUBMIT, Move.DISCARD, Move.WITHDRAW, Move.APPEAL}
START = {move: next(state for (state, each) in TABLE if each == move and (move != Move.UNDO or state == SubmissionState.DECIDED)) for move in Move}


@pytest.mark.parametrize("name", ["reader", "contributor", "teammate", "stranger", "reviewer", "curator"])
@pytest.mark.parametrize("move", Move)
def test_who_may_move_it(cast: Cast, move: Move, name: str) -> None:
    submission = in_state(cast, START[move])
    if move in {Move.CLAIM, Move.DECIDE, Move.REQUEST_CHANGES}:
        reviews.release(submission=submission, by=cast.reviewer)
        submission.refresh_from_db()
    by = getattr(cast, name)
    may = name == "contributor" if move in OWNERS else name == "reviewer" if move == Move.UNDO else name in {"reviewer", "curator"}
    calls: dict[Move, Callable[[Submission], Any]] = {
        Move.EDIT: lambda s: submissions.edit(submission=s, by=by, content=s.content),
        Move.SUBMIT: lambda s: submissions.submit(submission=s, by=by),
        Move.DISCARD: lambda s: submissions.discard(submission=s, by=by),
        Move.WITHDRAW: lambda s: submissions.withdraw(submission=s, by=by),
        Move.APPEAL: lambda s: submissions.appeal(submission=s, by=by, text="Look again."),
        Move.CLAIM: lambda s: reviews.claim(submission=s, by=by),
        Move.RELEASE: lambda s: reviews.release(submission=s, by=by),
        Move.DECIDE: lambda s: reviews.decide(submission=s, by=by, rulings=rulings(s)),
        Move.REQUEST_CHANGES: lambda s: reviews.request_changes(submission=s, by=by, note="Say where."),
        Move.UNDO: lambda s: reviews.undo(submission=s, by=by),
    }
    if may:
        calls[move](submission)
        return
    with pytest.raises((Refused, Conflict)):  # Conflict where they may not even know of it: it is gone, for them
        calls[move](submission)
    assert Submission.objects.get(pk=submission.pk).state == START[move]


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.CURATOR])
def test_nobody_decides_on_their_own(role: Role, db: None) -> None:
    del db
    by = make_user(role)
    submission = make_submission(by, tag_data(make_statement()))
    for act in (
        lambda: reviews.claim(submission=submission, by=by),
        lambda: reviews.decide(submission=submission, by=by, rulings=rulings(submission)),
        lambda: reviews.request_changes(submission=submission, by=by, note="No."),
    ):
        with pytest.raises(Refused):
            act()
    assert Paper.objects.get().visibility == Visibility.WAITING


# -- handing in --


def test_handing_in_makes_rows_that_wait(cast: Cast) -> None:
    statement = make_statement()
    submission = make_submission(cast.contributor, tag_data(statement, locator="p. 4"), message="Please look.")
    paper, tag = Paper.objects.get(), Tag.objects.get()
    assert (paper.visibility, paper.logged_by, submission.paper) == (Visibility.WAITING, cast.contributor, paper)
    assert (tag.status, tag.submission, tag.contributor, tag.statement, tag.locator) == (
        ReviewStatus.PROPOSED,
        submission,
        cast.contributor,
        statement,
        "p. 4",
    )
    assert list(Paper.objects.visible_to(cast.stranger)) == []
    statement.refresh_from_db()
    assert statement.state == State.UNTOUCHED


def test_who_was_taken_out_of_a_team_hands_in_nothing_on_its_behalf(cast: Cast) -> None:
    team = make_team(cast.contributor, cast.teammate)
    draft = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    draft = submissions.edit(submission=draft, by=cast.contributor, content=draft.content, team=team.slug)
    team.members.remove(cast.contributor)
    with pytest.raises(Invalid) as refused:
        submissions.submit(submission=draft, by=cast.contributor)
    assert refused.value.errors == {"team": ["You are not in this team any more. Choose another, or none."]}
    draft = submissions.edit(submission=draft, by=cast.contributor, content=draft.content, team="")
    assert submissions.submit(submission=draft, by=cast.contributor).team is None


def test_a_draft_is_nobody_elses(cast: Cast) -> None:
    draft = make_submission(cast.contributor, draft=True)
    for name, user in cast.everybody().items():
        assert list(Submission.objects.visible_to(user)) == ([draft] if name == "contributor" else [])
    submissions.submit(submission=draft, by=cast.contributor)
    seers = {name for name, user in cast.everybody().items() if Submission.objects.visible_to(user).exists()}
    assert seers == {"contributor", "teammate", "reviewer", "curator"}


def test_accepted_it_is_on_the_map(cast: Cast) -> None:
    statement = make_statement()
    submission = decided(make_submission(cast.contributor, tag_data(statement, Relation.NARROWS)), cast.reviewer)
    statement.refresh_from_db()
    assert (Paper.objects.get().visibility, Tag.objects.get().status, statement.state) == (Visibility.PUBLIC, ReviewStatus.ACCEPTED, State.NARROWED)
    assert (submission.state, submission.claimed_by) == (SubmissionState.DECIDED, None)
    kinds = list(AuditEvent.objects.filter(submission=submission).order_by("pk").values_list("kind", flat=True))
    assert kinds == [EventKind.CREATED, EventKind.SUBMITTED, EventKind.DECIDED]


def test_an_identifier_that_waits_joins_that_record(cast: Cast) -> None:
    doi = {"identifiers": {"doi": ["https://doi.org/10.1000/ABC"]}}
    first = make_submission(cast.contributor, tag_data(make_statement()), record=doi)
    assert not Paper.objects.visible_to(cast.stranger).exists()
    second = make_submission(cast.stranger, tag_data(make_statement()), record={"title": "Spelt otherwise", "identifiers": {"doi": ["10.1000/abc"]}})
    assert second.paper == first.paper == Paper.objects.get()
    assert list(Paper.objects.visible_to(cast.stranger)) == [first.paper]
    assert Tag.objects.visible_to(cast.stranger).get().submission == second
    decided(first, cast.reviewer)
    assert decided(Submission.objects.get(pk=second.pk), cast.reviewer).state == SubmissionState.DECIDED
    assert Tag.objects.on_map().count() == 2


def test_one_on_the_map_is_joined(cast: Cast) -> None:
    paper = make_paper(identifiers=[(Scheme.DOI, "10.1000/abc")])
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"identifiers": {"doi": ["10.1000/abc"]}})
    assert submission.paper == paper
    assert reviews.waiting_parts(submission).record is None


def test_a_restricted_one_answers_as_new(cast: Cast) -> None:
    hidden = make_paper(title="Hidden", identifiers=[(Scheme.DOI, "10.1000/abc")], visibility=Visibility.RESTRICTED)
    statement = make_statement()
    submission = make_submission(
        cast.contributor, tag_data(statement, Relation.NARROWS), record={"title": "Mine", "identifiers": {"doi": ["10.1000/abc"]}}
    )
    mine = Paper.objects.visible_to(cast.contributor).get()
    assert (mine.title, mine.visibility, mine.twin_of, submission.paper) == ("Mine", Visibility.WAITING, hidden, mine)
    assert [row.value for row in mine.identifiers.all()] == ["10.1000/abc"]
    assert PaperIdentifier.objects.filter(shadow=False).get().paper == hidden
    after = decided(submission, cast.reviewer)
    tag = Tag.objects.get()
    assert (tag.paper, tag.status, after.paper) == (hidden, ReviewStatus.ACCEPTED, hidden)
    assert list(Paper.objects.visible_to(cast.contributor)) == []
    statement.refresh_from_db()
    assert statement.state == State.UNTOUCHED
    reviews.undo(submission=after, by=cast.reviewer)
    tag.refresh_from_db()
    assert (tag.paper, tag.status, Paper.objects.visible_to(cast.contributor).get()) == (mine, ReviewStatus.PROPOSED, mine)


def test_faults_are_told_by_their_place_and_nothing_is_stored(cast: Cast) -> None:
    retired = make_statement(retired_on="2026-01-01")
    good = make_statement()
    content = {
        "record": {"title": "One"},
        "tags": [
            tag_data(good),
            tag_data(make_statement(), rationale="short"),
            tag_data("P99.L9"),
            tag_data(retired),
            tag_data(good, Relation.SURVEYS),
            {},
        ],
    }
    with pytest.raises(Invalid) as refusal:
        submissions.hand_in(by=cast.contributor, kind=SubmissionKind.PAPER, content=content)
    assert sorted(refusal.value.errors) == ["tags.1.rationale", "tags.2.target", "tags.3.target", "tags.4.relation", "tags.5.target"]
    assert (Submission.objects.count(), Paper.objects.count(), Tag.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ({"tags": [{}] * 101}, "tags"),
        ({"record": {"title": 7}}, "record.title"),
        ({"record": {"title": "x" * 1001}}, "record.title"),
        ({"record": {"address": "a\x00b"}}, "record.address"),
        ({"record": {"type": "scroll"}}, "record.type"),
        ({"state": "decided"}, "state"),
        ({"tags": [{"status": "accepted"}]}, "tags.0.status"),
        ({"tags": {}}, "tags"),
        ([], ""),
    ],
)
def test_a_draft_takes_no_nonsense(cast: Cast, content: Any, place: str) -> None:
    with pytest.raises(Invalid) as refusal:
        submissions.create(by=cast.contributor, kind=SubmissionKind.PAPER, content=content)
    assert list(refusal.value.errors) == [place]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "https://user@example.org/"])
def test_an_address_that_is_no_link_is_refused(cast: Cast, address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make_submission(cast.contributor, tag_data(make_statement()), record={"address": address})
    assert list(refusal.value.errors) == ["record.address"]


def test_withdrawing_leaves_only_what_was_written(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    submission = submissions.withdraw(submission=submission, by=cast.contributor)
    assert (Paper.objects.count(), Tag.objects.count(), submission.paper) == (0, 0, None)
    again = submissions.submit(submission=submission, by=cast.contributor)
    assert (again.state, Paper.objects.count(), Tag.objects.count()) == (SubmissionState.SUBMITTED, 1, 1)


def test_a_record_that_others_joined_survives_a_withdrawal(cast: Cast) -> None:
    doi = {"identifiers": {"doi": ["10.1000/abc"]}}
    first = make_submission(cast.contributor, record=doi)
    second = make_submission(cast.stranger, record=doi)
    submissions.withdraw(submission=first, by=cast.contributor)
    assert second.paper == Paper.objects.get()


def test_changes_requested_and_answered(cast: Cast) -> None:
    one, two = make_statement(), make_statement()
    submission = make_submission(cast.contributor, tag_data(one), tag_data(two))
    kept, dropped = Tag.objects.order_by("pk")
    reviews.request_changes(submission=submission, by=cast.reviewer, note="More detail.", asks={kept.public_id: "Which figure?"})
    submission.refresh_from_db()
    content = submission.content
    content["tags"] = [content["tags"][0] | {"locator": "Figure 2"}, tag_data(make_statement())]
    content["record"]["title"] = "Another title"
    submission = submissions.edit(submission=submission, by=cast.contributor, content=content)
    submission = submissions.submit(submission=submission, by=cast.contributor)
    kept.refresh_from_db()
    assert (kept.locator, Paper.objects.get().title) == ("Figure 2", "Another title")
    assert not Tag.objects.filter(pk=dropped.pk).exists()
    assert Tag.objects.filter(submission=submission).count() == 2
    assert Decision.objects.get().words == "Which figure?"


def test_what_has_changed_since_is_not_overwritten(cast: Cast) -> None:
    draft = make_submission(cast.contributor, draft=True)
    seen = draft.modified
    submissions.edit(submission=draft, by=cast.contributor, content={"record": {"title": "First"}}, seen=seen)
    with pytest.raises(Stale):
        submissions.edit(submission=draft, by=cast.contributor, content={"record": {"title": "Second"}}, seen=seen)
    assert Submission.objects.get().content["record"]["title"] == "First"


def test_limits(cast: Cast, settings: Any) -> None:
    settings.MAX_OPEN_SUBMISSIONS = 1
    make_submission(cast.contributor, draft=True)
    with pytest.raises(Conflict, match="1 open"):
        make_submission(cast.contributor, draft=True)
    settings.MAX_OPEN_SUBMISSIONS, settings.WRITES_A_MINUTE = 200, 1
    with pytest.raises(TooMany):
        make_submission(cast.contributor, draft=True)


# -- deciding --


def test_a_decision_covers_everything(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    tag = Tag.objects.get()
    with pytest.raises(Invalid) as refusal:
        reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(tags={"x": ACCEPT}))
    assert set(refusal.value.errors) == {"record", f"tags.{tag.public_id}", "tags.x"}
    with pytest.raises(Invalid) as refusal:
        reviews.decide(submission=submission, by=cast.reviewer, rulings=rulings(submission, Ruling(Verdict.DECLINE)))
    assert set(refusal.value.errors) == {"record.reason", f"tags.{tag.public_id}.reason"}
    assert Submission.objects.get().state == SubmissionState.SUBMITTED


def test_edit_then_accept_move_and_restrict(cast: Cast) -> None:
    problem = make_problem()
    one, two = make_statement(problem), make_statement(problem)
    submission = make_submission(cast.contributor, tag_data(one), tag_data(problem))
    first, second = Tag.objects.order_by("pk")
    given = {
        first.public_id: Ruling(Verdict.ACCEPT, changes={"target": two.code, "relation": "confirms"}, restrict_text="Names a method."),
        second.public_id: DECLINE,
    }
    reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(record=ACCEPT, tags=given), note="Thank you.")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.statement, first.relation, first.status, first.rationale, first.text_restricted) == (two, "confirms", "accepted", "", True)
    assert RestrictedText.objects.visible_to(cast.reviewer).get().rationale == RATIONALE
    assert not RestrictedText.objects.visible_to(cast.contributor).exists()
    assert second.status == ReviewStatus.DECLINED
    two.refresh_from_db()
    assert two.state == State.CONFIRMED
    reviews.undo(submission=submission, by=cast.reviewer)
    first.refresh_from_db()
    two.refresh_from_db()
    assert (first.statement, first.relation, first.status, first.rationale, two.state) == (one, "narrows", "proposed", RATIONALE, State.UNTOUCHED)
    assert (Paper.objects.get().visibility, Submission.objects.get().claimed_by) == (Visibility.WAITING, cast.reviewer)


def test_what_is_there_already_cannot_be_accepted_twice(cast: Cast) -> None:
    statement, paper = make_statement(), make_paper()
    submission = make_submission(cast.contributor, tag_data(statement, Relation.NARROWS), paper=paper)
    make_tag(statement, paper, relation=Relation.NARROWS)
    with pytest.raises(Invalid, match="already"):
        decided(submission, cast.reviewer)
    assert decided(submission, cast.reviewer, DECLINE).state == SubmissionState.DECIDED


def test_a_declined_record_takes_its_tags_along(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    tag = Tag.objects.get()
    with pytest.raises(Invalid) as refusal:
        reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(record=DECLINE, tags={tag.public_id: ACCEPT}))
    assert list(refusal.value.errors) == [f"tags.{tag.public_id}.verdict"]
    decided(submission, cast.reviewer, DECLINE)
    assert Paper.objects.get().visibility == Visibility.DECLINED


def test_the_second_to_decide_is_told_who_was_first(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    given = rulings(submission)
    reviews.decide(submission=submission, by=cast.reviewer, rulings=given)
    with pytest.raises(Conflict, match="Reviewer decided on this submission 0 minutes ago"):
        reviews.decide(submission=submission, by=cast.curator, rulings=given)


def test_a_claim_keeps_others_out_until_it_ends(cast: Cast, time_machine: Any) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    reviews.claim(submission=submission, by=cast.reviewer)
    with pytest.raises(Conflict, match="Reviewer is reviewing"):
        reviews.claim(submission=submission, by=cast.curator)
    with pytest.raises(Conflict, match="Reviewer is reviewing"):
        reviews.decide(submission=submission, by=cast.curator, rulings=rulings(submission))
    assert list(Submission.objects.unclaimed()) == []
    time_machine.move_to(timezone.now() + timedelta(hours=48, seconds=1))
    assert list(Submission.objects.unclaimed()) == [submission]
    assert reviews.claim(submission=submission, by=cast.curator).holder == cast.curator


def test_undo_ends_after_ten_minutes_and_with_any_change(cast: Cast, time_machine: Any) -> None:
    submission = decided(make_submission(cast.contributor, tag_data(make_statement())), cast.reviewer)
    with pytest.raises(Refused):
        reviews.undo(submission=submission, by=cast.curator)
    tag = Tag.objects.get()
    tag.rationale = "A curator has rewritten this rationale since."
    tags.save(tag=tag, by=cast.curator)
    with pytest.raises(Conflict, match="changed since"):
        reviews.undo(submission=submission, by=cast.reviewer)
    time_machine.move_to(timezone.now() + timedelta(minutes=10, seconds=1))
    with pytest.raises(Conflict, match="10 minutes"):
        reviews.undo(submission=submission, by=cast.reviewer)


def test_one_appeal_to_somebody_else(cast: Cast) -> None:
    statement = make_statement()
    submission = decided(make_submission(cast.contributor, tag_data(statement, Relation.NARROWS)), cast.reviewer, DECLINE)
    submission = submissions.appeal(submission=submission, by=cast.contributor, text="See page 4.")
    assert Tag.objects.get().status == ReviewStatus.PROPOSED
    with pytest.raises(Refused, match="somebody else"):
        reviews.claim(submission=submission, by=cast.reviewer)
    submission = decided(submission, cast.curator)
    statement.refresh_from_db()
    assert (statement.state, Paper.objects.get().visibility) == (State.NARROWED, Visibility.PUBLIC)
    with pytest.raises(Conflict):
        submissions.appeal(submission=submission, by=cast.contributor, text="Again.")


def test_nothing_to_appeal(cast: Cast) -> None:
    submission = decided(make_submission(cast.contributor, tag_data(make_statement())), cast.reviewer)
    with pytest.raises(Conflict, match="Nothing of this submission was declined"):
        submissions.appeal(submission=submission, by=cast.contributor, text="Why?")


# -- searches and corrections --


def test_a_search_is_public_when_it_is_accepted(cast: Cast) -> None:
    one, two = make_statement(), make_statement()
    content = {"search": {"targets": [one.code, two.code], "where": "arXiv", "query": "tests", "searched_on": "2026-11-01"}}
    submission = submissions.hand_in(by=cast.contributor, kind=SubmissionKind.SEARCH, content=content)
    assert list(Search.objects.visible_to(cast.anonymous)) == []
    decided(submission, cast.reviewer)
    assert {search.statement for search in Search.objects.on_map()} == {one, two}


@pytest.mark.parametrize(
    ("search", "place"),
    [
        ({"targets": ["C1"], "where": "arXiv", "query": "q", "searched_on": "2026-11-01"}, "search.targets.0"),
        ({"targets": ["P1.L1"], "where": "arXiv", "query": "q", "searched_on": "1 May"}, "search.searched_on"),
        ({"targets": ["P1.L1"], "where": "", "query": "q", "searched_on": "2026-11-01"}, "search.where"),
        ({"targets": [], "where": "arXiv", "query": "q", "searched_on": "2026-11-01"}, "search.targets"),
        ({"targets": ["P1.L1"], "where": "arXiv", "query": "q", "searched_on": "2999-11-01"}, "search.searched_on"),
    ],
)
def test_a_search_says_what_is_missing(cast: Cast, search: dict[str, Any], place: str) -> None:
    make_statement(make_problem(1))
    with pytest.raises(Invalid) as refusal:
        submissions.hand_in(by=cast.contributor, kind=SubmissionKind.SEARCH, content={"search": search})
    assert list(refusal.value.errors) == [place]


def test_anyone_signed_in_corrects_a_record(cast: Cast) -> None:
    paper = make_paper(title="Tpyo", authors=["Doe"])
    content = {"correction": {"paper": paper.public_id, "changes": {"title": "Typo", "retracted": True}}}
    submission = submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content=content)
    decided(submission, cast.reviewer)
    paper.refresh_from_db()
    assert (paper.title, paper.is_retracted, [str(name) for name in paper.people]) == ("Typo", True, ["Doe"])
    reviews.undo(submission=submission, by=cast.reviewer)
    paper.refresh_from_db()
    assert (paper.title, paper.is_retracted) == ("Tpyo", False)


def test_a_tag_is_corrected_and_the_map_moves(cast: Cast) -> None:
    statement, paper = make_statement(), make_paper()
    tag = make_tag(statement, paper, relation=Relation.NARROWS, contributor=cast.contributor)
    content = {"correction": {"tag": tag.public_id, "changes": {"relation": "confirms"}}}
    submission = submissions.hand_in(by=cast.stranger, kind=SubmissionKind.CORRECTION, content=content)
    decided(submission, cast.reviewer)
    statement.refresh_from_db()
    assert statement.state == State.CONFIRMED
    assert Decision.objects.get().part == Part.CORRECTION


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"title": "Same"}, "correction.changes"),
        ({"relation": "narrows"}, "correction.changes.relation"),
        ({"title": ""}, "correction.changes.title"),
    ],
)
def test_a_correction_that_is_none(cast: Cast, changes: dict[str, Any], place: str) -> None:
    paper = make_paper(title="Same")
    content = {"correction": {"paper": paper.public_id, "changes": changes}}
    with pytest.raises(Invalid) as refusal:
        submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content=content)
    assert list(refusal.value.errors) == [place]


@pytest.mark.parametrize("thing", ["paper", "tag"])
def test_a_hidden_thing_is_corrected_like_one_that_is_not_there(cast: Cast, thing: str) -> None:
    paper = make_paper(visibility=Visibility.RESTRICTED)
    hidden = {"paper": paper.public_id, "tag": make_tag(make_statement(), paper).public_id}[thing]
    said = []
    for public_id in (hidden, "aaaaaaaaaa"):
        content = {"correction": {thing: public_id, "changes": {"title": "New"}}}
        with pytest.raises(Invalid) as refusal:
            submissions.hand_in(by=cast.contributor, kind=SubmissionKind.CORRECTION, content=content)
        said.append(refusal.value.errors)
    assert said[0] == said[1]


def test_restricting_a_record(cast: Cast) -> None:
    statement, paper = make_statement(), make_paper()
    make_tag(statement, paper, relation=Relation.NARROWS)
    with pytest.raises(Refused):
        reviews.restrict_paper(paper=paper, by=cast.contributor, reason="Because.")
    with pytest.raises(Invalid):
        reviews.restrict_paper(paper=paper, by=cast.reviewer, reason=" ")
    reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="Describes a method.")
    statement.refresh_from_db()
    assert (statement.state, list(Paper.objects.visible_to(cast.contributor))) == (State.UNTOUCHED, [])
    with pytest.raises(Refused):
        reviews.publish_paper(paper=paper, by=cast.reviewer, reason="Harmless.")
    reviews.publish_paper(paper=paper, by=cast.curator, reason="Harmless.")
    statement.refresh_from_db()
    assert statement.state == State.NARROWED
