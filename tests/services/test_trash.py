"""The trash: what is thrown away is as if it were not there, comes back as it was, and is gone for good after 30 days."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from problems.choices import EventKind, Relation, ReviewStatus, Scheme, State, SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, Decision, ImportRow, Merge, Message, Paper, PaperIdentifier, Search, Statement, Submission, Tag, Trashed
from problems.services import import_reviews, merging, personal_data, reviews, submissions, trash
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_import, make_paper, make_search, make_statement, make_submission, make_tag, tag_data

DOI = (Scheme.DOI, "10.1000/thrown")


def thrown(cast: Cast, thing: Paper | Tag | Search, reason: str = "It is no work.") -> Trashed:
    return trash.throw(thing=thing, by=cast.curator, reason=reason)


def decided(cast: Cast, *tags: dict[str, str], **record: object) -> Submission:
    """A submission of the contributor of which the reviewer accepted everything."""
    submission = make_submission(cast.contributor, *tags, record=dict(record))
    return accepted(cast, submission)


def accepted(cast: Cast, submission: Submission) -> Submission:
    parts = reviews.waiting_parts(submission)
    yes = Ruling(Verdict.ACCEPT)
    rulings = Rulings(record=yes if parts.record else None, tags={tag.public_id: yes for tag in parts.tags})
    reviews.decide(submission=submission, by=cast.reviewer, rulings=rulings)
    submission.refresh_from_db()
    return submission


def test_a_thrown_record_is_nowhere_and_comes_back_as_it_was(cast: Cast) -> None:
    statement = make_statement()
    paper = make_paper(identifiers=[DOI])
    tag = make_tag(statement, paper, relation=Relation.NARROWS)
    row = thrown(cast, paper)
    statement.refresh_from_db()
    assert (row.was, statement.state) == (Visibility.PUBLIC, State.UNTOUCHED)
    for person in (None, *cast.everybody().values()):
        assert not Paper.objects.visible_to(person).filter(pk=paper.pk).exists()
        assert not Tag.objects.visible_to(person).filter(pk=tag.pk).exists()
    assert trash.restore(trashed=row, by=cast.curator) == paper
    statement.refresh_from_db()
    paper.refresh_from_db()
    assert (paper.visibility, statement.state) == (Visibility.PUBLIC, State.NARROWED)
    told = AuditEvent.objects.about(paper).filter(kind__in=(EventKind.TRASHED, EventKind.RESTORED)).order_by("pk")
    assert list(told.values_list("kind", "before", "after", "reason", "actor")) == [
        ("trashed", {"visibility": "public"}, {"visibility": "trashed"}, "It is no work.", cast.curator.pk),
        ("restored", {"visibility": "trashed"}, {"visibility": "public"}, "", cast.curator.pk),
    ]
    for person in (cast.anonymous, cast.contributor, cast.reviewer):
        seen = set(AuditEvent.objects.visible_to(person).about(paper).values_list("kind", flat=True))
        assert seen == ({"created", "trashed", "restored"} if person == cast.reviewer else {"created"})


def test_a_tag_and_a_search_are_thrown_and_restored(cast: Cast) -> None:
    statement = make_statement()
    tag, search = make_tag(statement, relation=Relation.NARROWS), make_search(statement)
    rows = [thrown(cast, tag), thrown(cast, search)]
    statement.refresh_from_db()
    assert statement.state == State.UNTOUCHED
    for person in (None, *cast.everybody().values()):
        assert not Tag.objects.visible_to(person).filter(pk=tag.pk).exists()
        assert not Search.objects.visible_to(person).filter(pk=search.pk).exists()
    for row in rows:
        trash.restore(trashed=row, by=cast.curator)
    assert [type(each).objects.get(pk=each.pk).status for each in (tag, search)] == [ReviewStatus.ACCEPTED] * 2
    statement.refresh_from_db()
    assert statement.state == State.NARROWED


@pytest.mark.parametrize("role", ["anonymous", "reader", "contributor", "reviewer"])
def test_only_curators_throw_and_restore(cast: Cast, role: str) -> None:
    by, paper = getattr(cast, role), make_paper()
    with pytest.raises(Refused):
        trash.throw(thing=paper, by=by, reason="No.")
    row = thrown(cast, paper)
    with pytest.raises(Refused):
        trash.restore(trashed=row, by=by)
    assert not Trashed.objects.visible_to(by).exists()


def test_what_waits_is_not_thrown(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    tag = submission.tags.get()
    paper, other = submission.paper, make_paper()
    standing = make_tag(make_statement(), other)
    correction = {"correction": {"tag": standing.public_id, "changes": {"locator": "Section 4"}, "reason": "It is there."}}
    submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content=correction)
    for thing in (paper, tag, standing, other, make_search(status=ReviewStatus.PROPOSED)):
        assert thing is not None
        with pytest.raises(Conflict, match="waits for a decision"):
            thrown(cast, thing)
    twin = _twin(make_paper(visibility=Visibility.RESTRICTED))
    with pytest.raises(Conflict, match="stands for one"):
        thrown(cast, twin)
    assert Trashed.objects.count() == 0


def _twin(of: Paper) -> Paper:
    twin = make_paper(visibility=Visibility.WAITING)
    Paper.objects.filter(pk=twin.pk).update(twin_of=of)
    twin.refresh_from_db()
    return twin


def test_a_reason_is_asked_for_and_once_is_enough(cast: Cast) -> None:
    paper = make_paper()
    with pytest.raises(Invalid, match="Say why"):
        thrown(cast, paper, " ")
    row = thrown(cast, paper)
    with pytest.raises(Conflict):
        thrown(cast, paper)
    trash.restore(trashed=row, by=cast.curator)
    with pytest.raises(Conflict, match="restored"):
        trash.restore(trashed=row, by=cast.curator)
    thrown(cast, Paper.objects.get(pk=paper.pk))


def test_a_tag_that_stands_again_by_now_is_not_restored(cast: Cast) -> None:
    tag = make_tag()
    row = thrown(cast, tag)
    make_tag(tag.statement, tag.paper, relation=tag.relation)
    with pytest.raises(Conflict, match="on the map by now"):
        trash.restore(trashed=row, by=cast.curator)
    row.refresh_from_db()
    assert (row.restored_at, Tag.objects.get(pk=tag.pk).status) == (None, ReviewStatus.TRASHED)


@pytest.mark.parametrize(("was", "then"), [("public", "public"), ("restricted", "restricted"), ("declined", "public")])
def test_what_is_handed_in_again_is_answered_as_new_and_accepting_it_restores(cast: Cast, was: str, then: str) -> None:
    record = make_paper(title="Marks that last", identifiers=[DOI], visibility=was)
    row = thrown(cast, record)
    submission = make_submission(cast.stranger, tag_data(make_statement()), record={"title": "Marks", "identifiers": {"doi": [DOI[1]]}})
    assert submission.paper is not None
    assert (submission.paper.twin_of, submission.paper.pk != record.pk) == (record, True)
    accepted(cast, submission)
    record.refresh_from_db()
    row.refresh_from_db()
    assert (record.visibility, submission.paper, row.restored_at is not None) == (then, record, True)
    assert record.tags.get().status == ReviewStatus.ACCEPTED
    twin = Paper.objects.exclude(pk=record.pk).get()
    reviews.undo(submission=submission, by=cast.reviewer)  # and undoing that puts it back into the trash
    for each in (record, row, twin, submission):
        each.refresh_from_db()
    assert (record.visibility, row.restored_at, row.was, twin.visibility) == (Visibility.TRASHED, None, was, Visibility.WAITING)
    assert (submission.paper, twin.tags.get().status, record.tags.count()) == (twin, ReviewStatus.PROPOSED, 0)
    accepted(cast, submission)
    record.refresh_from_db()
    assert record.visibility == then


@pytest.mark.parametrize("was", [Visibility.RESTRICTED, Visibility.PUBLIC])
def test_an_import_that_brought_a_record_back_is_undone_with_it(cast: Cast, was: str) -> None:
    record = make_paper(title="Marks that last", identifiers=[DOI], visibility=was)
    row = thrown(cast, record)
    run = make_import(cast.stranger, 1, doi=DOI[1])
    assert run.submission
    import_reviews.decide_rows(submission=run.submission, by=cast.reviewer, everything=Ruling(Verdict.ACCEPT))
    record.refresh_from_db()
    assert record.visibility == was
    import_reviews.undo(submission=run.submission, by=cast.reviewer)
    record.refresh_from_db()
    row.refresh_from_db()
    assert (record.visibility, row.restored_at, row.was) == (Visibility.TRASHED, None, was)


@pytest.mark.parametrize("since", [False, True])
def test_a_declined_record_that_was_published_in_another_name_is_declined_again(cast: Cast, *, since: bool) -> None:
    record = make_paper(title="Marks that last", identifiers=[DOI], visibility=Visibility.DECLINED)
    submission = make_submission(cast.stranger, tag_data(make_statement()), record={"title": "Marks", "identifiers": {"doi": [DOI[1]]}})
    accepted(cast, submission)
    record.refresh_from_db()
    assert record.visibility == Visibility.PUBLIC
    if since:
        record.save()
        with pytest.raises(Conflict):
            reviews.undo(submission=submission, by=cast.reviewer)
    else:
        reviews.undo(submission=submission, by=cast.reviewer)
    record.refresh_from_db()
    assert record.visibility == (Visibility.PUBLIC if since else Visibility.DECLINED)


def test_purged_after_thirty_days_with_all_that_hangs_on_it(cast: Cast) -> None:
    statement = make_statement()
    submission = decided(cast, tag_data(statement, relation=Relation.NARROWS), title="To be forgotten", identifiers={"doi": [DOI[1]]})
    paper = submission.paper
    assert paper is not None
    merged = make_paper(title="To be forgotten too", identifiers=[(Scheme.ARXIV, "2401.00001")])
    merging.merge(kept=Paper.objects.get(pk=paper.pk), merged=merged, by=cast.curator)
    Message.objects.create(submission=submission, author=cast.reviewer, audience="contributor", text="Is it to be forgotten?")
    run = make_import(cast.stranger, 0)
    ImportRow.objects.create(run=run, number=1, outcome="known", title="To be forgotten", paper=paper)
    thrown(cast, Paper.objects.get(pk=paper.pk))
    kept = make_paper()
    thrown(cast, kept)
    assert [Message.objects.visible_to(by).count() for by in (cast.contributor, cast.reviewer, cast.curator)] == [0, 0, 0]
    assert trash.purge() == 0
    Trashed.objects.filter(paper=paper).update(at=timezone.now() - timedelta(days=30, minutes=1))
    assert personal_data.sweep()["trash"] == 1
    assert not Paper.objects.filter(pk__in=(paper.pk, merged.pk)).exists()
    assert (Tag.objects.count(), Merge.objects.count(), Paper.objects.filter(pk=kept.pk).exists()) == (0, 0, True)
    submission.refresh_from_db()
    assert (submission.state, submission.paper, submission.content) == (SubmissionState.DECIDED, None, {})
    assert Message.objects.count() == 0
    assert {decision.before != {} for decision in Decision.objects.all()} == {False}
    row = ImportRow.objects.get(run=run)
    assert (row.title, row.paper) == ("", None)
    event = AuditEvent.objects.get(kind=EventKind.PURGED)
    assert (event.object_name, event.actor) == (paper.public_id, None)
    for person in (AnonymousUser(), cast.reviewer):
        assert not AuditEvent.objects.visible_to(person).filter(object_name=paper.public_id).exists()
    assert Trashed.objects.count() == 1
    statement.refresh_from_db()
    assert statement.state == State.UNTOUCHED


def test_a_purged_tag_leaves_its_submission_and_a_purged_search_too(cast: Cast) -> None:
    submission = decided(cast, tag_data(make_statement()), tag_data(make_statement()))
    first, second = submission.tags.order_by("pk")
    search = make_search()
    for thing in (first, search):
        thrown(cast, thing)
    Trashed.objects.update(at=timezone.now() - timedelta(days=31))
    assert trash.purge() == 2
    submission.refresh_from_db()
    assert [data["id"] for data in submission.content["tags"]] == [second.public_id]
    assert (list(Tag.objects.all()), Search.objects.count()) == ([second], 0)


def test_who_stood_for_a_purged_record_has_its_identifiers(cast: Cast) -> None:
    record = make_paper(identifiers=[DOI])
    thrown(cast, record)
    submission = make_submission(cast.stranger, tag_data(make_statement()), record={"title": "Marks", "identifiers": {"doi": [DOI[1]]}})
    Trashed.objects.update(at=timezone.now() - timedelta(days=31))
    trash.purge()
    paper = Paper.objects.get(submissions=submission)
    assert (paper.twin_of, PaperIdentifier.objects.get(value=DOI[1]).shadow) == (None, False)
    accepted(cast, submission)
    paper.refresh_from_db()
    assert paper.visibility == Visibility.PUBLIC


def test_a_merged_record_goes_with_the_one_that_it_went_into(cast: Cast) -> None:
    kept, merged = make_paper(), make_paper()
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    with pytest.raises(Conflict):
        thrown(cast, Paper.objects.get(pk=merged.pk))
    thrown(cast, Paper.objects.get(pk=kept.pk))
    assert Statement.objects.count() == 0
    with pytest.raises(Conflict):
        merging.undo(merge=Merge.objects.get(), by=cast.curator)
