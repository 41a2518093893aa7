"""What reviewers decide on an import: record by record, all at once, undone; what withdrawing and appealing make of its records."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import EventKind, Scheme, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused, Stale
from problems.models import AuditEvent, Decision, ImportRun, Merge, Paper, Submission, User
from problems.queries import imports
from problems.services import import_reviews, reviews, submissions
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_import, make_paper, make_statement, make_submission, make_tag, tag_data

ACCEPT, DECLINE = Ruling(Verdict.ACCEPT), Ruling(Verdict.DECLINE, reason="out_of_scope")


def papers(run: ImportRun) -> list[Paper]:
    """Its records, in the order of the file."""
    return [row.paper for row in run.rows.select_related("paper") if row.paper]


def fresh(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


def seen(things: Sequence[Paper]) -> list[str]:
    return [Paper.objects.get(pk=paper.pk).visibility for paper in things]


def decide(run: ImportRun, by: User, everything: Ruling | None = None, **given: Any) -> Submission:
    assert run.submission
    import_reviews.decide_rows(submission=run.submission, by=by, everything=everything, **given)
    return fresh(run.submission)


def test_all_at_once(cast: Cast) -> None:
    run = make_import(cast.contributor, 3)
    first, second, third = papers(run)
    submission = decide(run, cast.reviewer, ACCEPT, note="Thank you.")
    assert (submission.state, submission.decided_at, submission.claimed_by) == (SubmissionState.DECIDED, submission.reviews.get().at, None)
    assert seen([first, second, third]) == ["public"] * 3
    review = submission.reviews.get()
    assert (review.reviewer, review.note) == (cast.reviewer, "Thank you.")
    told = review.decisions.values_list("paper", "part", "verdict", "before__visibility")
    assert list(told) == [(paper.pk, "record", "accept", "waiting") for paper in (first, second, third)]
    events = AuditEvent.objects.filter(kind=EventKind.PUBLISHED).order_by("pk").values_list("paper", "actor", "before", "after")
    assert list(events) == [(each.pk, cast.reviewer.pk, {"visibility": "waiting"}, {"visibility": "public"}) for each in (first, second, third)]
    assert AuditEvent.objects.filter(kind=EventKind.DECIDED).get().submission_id == submission.pk


def test_some_now_and_the_others_later(cast: Cast) -> None:
    run = make_import(cast.contributor, 3)
    first, second, third = papers(run)
    submission = decide(run, cast.reviewer, rulings={second.public_id: DECLINE})
    assert (submission.state, seen([first, second, third])) == (SubmissionState.SUBMITTED, ["waiting", "declined", "waiting"])
    assert [paper.pk for paper in imports.waiting(submission).order_by("pk")] == [first.pk, third.pk]
    submission = decide(run, cast.curator, rulings={first.public_id: ACCEPT}, everything=DECLINE)
    assert (submission.state, seen([first, second, third])) == (SubmissionState.DECIDED, ["public", "declined", "declined"])
    assert submission.reviews.count() == 2


def test_a_decision_on_thousands_is_few_statements(cast: Cast) -> None:
    def asked(number: int) -> int:
        run = make_import(cast.contributor, number)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            decide(run, cast.reviewer, ACCEPT)
        return len(queries)

    assert asked(1) == asked(30)


def test_one_is_restricted_and_never_all(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    first, second = papers(run)
    restrict = Ruling(Verdict.RESTRICT, words="Might help offenders.")
    with pytest.raises(Invalid) as refused:
        decide(run, cast.reviewer, restrict)
    assert set(refused.value.errors) == {"records.all.verdict"}
    submission = decide(run, cast.reviewer, rulings={first.public_id: restrict})
    assert (submission.state, seen([first, second])) == (SubmissionState.SUBMITTED, ["restricted", "waiting"])
    assert AuditEvent.objects.get(kind=EventKind.RESTRICTED).reason == "Might help offenders."


@pytest.mark.parametrize(
    ("rulings", "everything", "places"),
    [
        ({}, None, {"records"}),
        ({}, Ruling(Verdict.DECLINE), {"records.all.reason"}),
        ({}, Ruling(Verdict.DECLINE, reason="other"), {"records.all.words"}),
        ({}, Ruling(Verdict.CHANGE), {"records.all.verdict"}),
        ({"aaaaaaaaaa": ACCEPT}, None, {"records.aaaaaaaaaa"}),
    ],
)
def test_what_is_missing_is_named_by_its_place(cast: Cast, rulings: dict[str, Ruling], everything: Ruling | None, places: set[str]) -> None:
    run = make_import(cast.contributor, 1)
    with pytest.raises(Invalid) as refused:
        decide(run, cast.reviewer, everything, rulings=rulings)
    assert set(refused.value.errors) == places
    assert seen(papers(run)) == ["waiting"]


def test_who_may_not(cast: Cast) -> None:
    run = make_import(cast.reviewer, 1)
    for by in (cast.reviewer, cast.contributor):
        with pytest.raises((Refused, Conflict)):
            decide(run, by, ACCEPT)
    assert run.submission
    reviews.claim(submission=run.submission, by=cast.curator)
    other = make_import(cast.contributor, 1)
    assert other.submission
    reviews.claim(submission=other.submission, by=cast.curator)
    with pytest.raises(Conflict) as held:
        decide(other, cast.reviewer, ACCEPT)
    assert held.value.title == "Curator is reviewing this submission."
    assert decide(other, cast.curator, ACCEPT).state == SubmissionState.DECIDED
    with pytest.raises(Conflict) as late:
        decide(other, cast.reviewer, ACCEPT)
    assert late.value.title == "Curator decided on this submission 0 minutes ago."


def test_what_has_changed_since_it_was_read_is_read_again(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    assert run.submission
    before = run.submission.modified
    decide(run, cast.reviewer, rulings={papers(run)[0].public_id: ACCEPT}, seen=before)
    with pytest.raises(Stale):
        decide(run, cast.reviewer, ACCEPT, seen=before)


def test_parts_of_other_submissions_are_not_decided_so_nor_imports_as_a_whole(cast: Cast) -> None:
    run, other = make_import(cast.contributor, 1), make_submission(cast.contributor, tag_data(make_statement()))
    assert run.submission
    with pytest.raises(Conflict):
        import_reviews.decide_rows(submission=other, by=cast.reviewer, everything=ACCEPT)
    with pytest.raises(Conflict):
        import_reviews.undo(submission=other, by=cast.reviewer)
    for refused in (
        lambda: reviews.decide(submission=run.submission, by=cast.reviewer, rulings=Rulings()),
        lambda: reviews.request_changes(submission=run.submission, by=cast.reviewer, note="Why?"),
        lambda: reviews.undo(submission=run.submission, by=cast.reviewer),
    ):
        with pytest.raises(Conflict) as conflict:
            refused()
        assert conflict.value.title == "An import is decided on record by record."


def test_records_that_the_reviewer_handed_in_too_are_left_to_others(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    first, second = papers(run)
    make_submission(cast.reviewer, tag_data(make_statement()), paper=first)
    with pytest.raises(Refused):
        decide(run, cast.reviewer, rulings={first.public_id: ACCEPT})
    assert (decide(run, cast.reviewer, ACCEPT).state, seen([first, second])) == (SubmissionState.SUBMITTED, ["waiting", "public"])
    assert decide(run, cast.curator, ACCEPT).state == SubmissionState.DECIDED


def test_a_twin_goes_out_of_sight_and_its_record_is_the_one(cast: Cast) -> None:
    hidden = make_paper(visibility=Visibility.RESTRICTED, identifiers=[(Scheme.DOI, "10.1000/hidden")])
    run = make_import(cast.contributor, 2, doi="10.1000/hidden")
    twin, other = papers(run)
    assert twin.twin_of == hidden
    assert decide(run, cast.reviewer, ACCEPT).state == SubmissionState.DECIDED
    assert seen([hidden, twin, other]) == ["restricted", "restricted", "public"]
    assert run.submission
    import_reviews.undo(submission=run.submission, by=cast.reviewer)
    assert seen([hidden, twin, other]) == ["restricted", "waiting", "waiting"]
    assert (decide(run, cast.reviewer, DECLINE).state, seen([hidden, twin])) == (SubmissionState.DECIDED, ["restricted", "declined"])


def test_a_twin_of_what_the_reviewer_handed_in_is_left_to_others(cast: Cast) -> None:
    theirs = make_import(cast.reviewer, 1, doi="10.1000/same")
    run = make_import(cast.contributor, 2, doi="10.1000/same")
    twin, other = papers(run)
    assert theirs.submission
    Submission.objects.filter(pk=theirs.submission.pk).update(state=SubmissionState.WITHDRAWN)
    assert (decide(run, cast.reviewer, ACCEPT).state, seen([twin, other])) == (SubmissionState.SUBMITTED, ["waiting", "public"])
    with pytest.raises(Refused):
        decide(run, cast.reviewer, rulings={twin.public_id: ACCEPT})
    assert (decide(run, cast.curator, ACCEPT).state, seen(papers(theirs))) == (SubmissionState.DECIDED, ["public"])


@pytest.mark.parametrize("since", [False, True])
def test_a_record_that_was_published_with_its_twin_is_put_back_with_it(cast: Cast, *, since: bool) -> None:
    first, run = make_import(cast.stranger, 1, doi="10.1000/same"), make_import(cast.contributor, 1, doi="10.1000/same")
    both = [*papers(first), *papers(run)]
    assert first.submission
    assert run.submission
    submissions.withdraw(submission=first.submission, by=cast.stranger)
    decide(run, cast.reviewer, ACCEPT)
    assert seen(both) == ["public", "restricted"]
    if since:
        Paper.objects.filter(pk=both[0].pk).update(title="Renamed", modified=timezone.now())
        with pytest.raises(Conflict):
            import_reviews.undo(submission=run.submission, by=cast.reviewer)
    else:
        import_reviews.undo(submission=run.submission, by=cast.reviewer)
        assert seen(both) == ["waiting", "waiting"]
        assert (decide(run, cast.reviewer, ACCEPT).state, seen(both)) == (SubmissionState.DECIDED, ["public", "restricted"])


def test_the_same_work_in_two_imports_is_decided_in_the_one_that_was_first(cast: Cast) -> None:
    first, second = make_import(cast.contributor, 1, doi="10.1000/same"), make_import(cast.stranger, 1, doi="10.1000/same")
    [record], [twin] = papers(first), papers(second)
    assert twin.twin_of == record
    with pytest.raises(Conflict):
        decide(second, cast.reviewer, rulings={twin.public_id: ACCEPT})
    assert (decide(second, cast.reviewer, ACCEPT).state, seen([record, twin])) == (SubmissionState.SUBMITTED, ["waiting", "waiting"])
    assert first.submission
    submissions.withdraw(submission=first.submission, by=cast.contributor)
    assert (decide(second, cast.reviewer, ACCEPT).state, seen([record, twin])) == (SubmissionState.DECIDED, ["public", "restricted"])


def test_the_last_decision_is_undone_and_then_the_one_before(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    first, second = papers(run)
    assert run.submission
    decide(run, cast.reviewer, rulings={first.public_id: ACCEPT})
    decide(run, cast.reviewer, DECLINE)
    submission = import_reviews.undo(submission=run.submission, by=cast.reviewer)
    assert (submission.state, submission.decided_at, submission.claimed_by) == (SubmissionState.SUBMITTED, None, cast.reviewer)
    assert seen([first, second]) == ["public", "waiting"]
    assert import_reviews.undo(submission=submission, by=cast.reviewer).state == SubmissionState.SUBMITTED
    assert seen([first, second]) == ["waiting", "waiting"]
    with pytest.raises(Conflict):
        import_reviews.undo(submission=submission, by=cast.reviewer)
    assert AuditEvent.objects.filter(kind=EventKind.UNDONE, object_type="paper").count() == 2


def test_no_undo_by_others_too_late_or_after_somebody_went_on(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    first, second = papers(run)
    submission = decide(run, cast.reviewer, ACCEPT)
    with pytest.raises(Refused):
        import_reviews.undo(submission=submission, by=cast.curator)
    review = submission.reviews.get()
    submission.reviews.update(at=review.at - timedelta(minutes=11))
    with pytest.raises(Conflict) as late:
        import_reviews.undo(submission=submission, by=cast.reviewer)
    assert late.value.title == "A decision can be undone within 10 minutes. This one is older."
    submission.reviews.update(at=review.at)
    make_tag(make_statement(), first, decided_at=timezone.now())
    with pytest.raises(Conflict) as tagged:
        import_reviews.undo(submission=submission, by=cast.reviewer)
    first.tags.get().delete()
    Paper.objects.filter(pk=second.pk).update(title="Renamed", modified=timezone.now())
    with pytest.raises(Conflict) as changed:
        import_reviews.undo(submission=submission, by=cast.reviewer)
    assert {tagged.value.title, changed.value.title} == {"Somebody has gone on from this decision, so it cannot be undone."}
    assert seen([first, second]) == ["public", "public"]


def test_withdrawing_takes_what_waits_and_nothing_that_others_hang_on(cast: Cast) -> None:
    run = make_import(cast.contributor, 3)
    first, second, third = papers(run)
    decide(run, cast.reviewer, rulings={first.public_id: ACCEPT})
    make_submission(cast.teammate, tag_data(make_statement()), paper=second)
    assert run.submission
    submission = submissions.withdraw(submission=run.submission, by=cast.contributor)
    assert submission.state == SubmissionState.WITHDRAWN
    assert list(Paper.objects.filter(pk__in=[first.pk, second.pk, third.pk]).order_by("pk")) == [first, second]
    assert AuditEvent.objects.filter(kind=EventKind.DELETED).get().object_name == third.public_id
    with pytest.raises(Conflict):
        submissions.submit(submission=submission, by=cast.contributor)


def test_withdrawing_takes_no_record_that_was_merged_before(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    first, second = papers(run)
    Merge.objects.create(kept=make_paper(), merged=first, undone_at=timezone.now())
    assert run.submission
    submissions.withdraw(submission=run.submission, by=cast.contributor)
    assert list(Paper.objects.filter(pk__in=[first.pk, second.pk])) == [first]


def test_who_joined_a_record_of_an_import_and_withdraws_takes_nothing_from_it(cast: Cast) -> None:
    [paper] = papers(make_import(cast.contributor, 1))
    joined = make_submission(cast.teammate, tag_data(make_statement()), paper=paper)
    submissions.withdraw(submission=joined, by=cast.teammate)
    assert Paper.objects.filter(pk=paper.pk).exists()


def test_an_appeal_lets_declined_records_wait_again_for_somebody_else(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    first, second = papers(run)
    submission = decide(run, cast.reviewer, rulings={first.public_id: ACCEPT}, everything=DECLINE)
    submissions.appeal(submission=submission, by=cast.contributor, text="It is on topic.")
    assert seen([first, second]) == ["public", "waiting"]
    with pytest.raises(Refused):
        decide(run, cast.reviewer, ACCEPT)
    assert (decide(run, cast.curator, ACCEPT).state, seen([second])) == (SubmissionState.DECIDED, ["public"])
    with pytest.raises(Conflict):
        submissions.appeal(submission=submission, by=cast.contributor, text="Once more.")


def test_an_import_of_which_nothing_waits_any_more_can_be_closed(cast: Cast) -> None:
    run = make_import(cast.contributor, 1)
    joined = make_submission(cast.teammate, tag_data(make_statement()), paper=papers(run)[0])
    parts = reviews.waiting_parts(joined)
    given = Rulings(record=ACCEPT, tags={tag.public_id: ACCEPT for tag in parts.tags})
    reviews.decide(submission=joined, by=cast.reviewer, rulings=given)
    assert (decide(run, cast.reviewer, ACCEPT).state, Decision.objects.filter(paper__isnull=False).count()) == (SubmissionState.DECIDED, 0)


def test_what_became_of_its_records_is_counted_for_each_reader(cast: Cast) -> None:
    run = make_import(cast.contributor, 5)
    first, second, third, *_ = papers(run)
    restrict = Ruling(Verdict.RESTRICT, words="Might help offenders.")
    submission = decide(run, cast.reviewer, rulings={first.public_id: ACCEPT, second.public_id: DECLINE, third.public_id: restrict})
    told = imports.Tally(records=5, waiting=2, accepted=1, declined=1, restricted=1)
    assert imports.tallies([submission], cast.reviewer) == {submission.pk: told}
    assert imports.tallies([submission], cast.contributor)[submission.pk].restricted == 0
    assert imports.tallies([make_submission(cast.contributor, tag_data(make_statement()))], cast.reviewer) == {}
