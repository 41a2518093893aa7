"""Two records become one, and two again: what moves, what holds, who may, and what stands in the way."""

from typing import Any

import pytest
from django.utils import timezone

from problems.choices import (
    Advisory,
    EventKind,
    Material,
    Modality,
    Relation,
    ReviewStatus,
    RowOutcome,
    Scheme,
    State,
    SubmissionKind,
    SubmissionState,
    Verdict,
    Visibility,
)
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, Merge, Paper, Statement, Submission, Tag
from problems.queries import imports
from problems.queries.submissions import withhold
from problems.records import PersonName
from problems.services import audit, merging, papers, reviews, submissions, tags
from tests.factories import Cast, make_call, make_import, make_paper, make_problem, make_statement, make_submission, make_tag, tag_data

ADA, BEN = PersonName(family="Abel", given="Ada", orcid="0000-0002-1825-0097"), PersonName(literal="Institute of Tests")
ARXIV, DOI = (Scheme.ARXIV, "2401.00001"), (Scheme.DOI, "10.1000/abc")


def fresh[Row: (Paper, Tag, Statement, Submission)](row: Row) -> Row:
    return type(row)._base_manager.get(pk=row.pk)


def pair(**fields: Any) -> tuple[Paper, Paper]:
    kept = make_paper(title="Marks that last", authors=[ADA], year=2023, identifiers=[ARXIV])
    merged = make_paper(title="Marks that last longer", authors=[BEN, ADA], year=2024, month=5, venue="Journal", identifiers=[DOI], **fields)
    return kept, merged


def picture(*rows: Paper) -> list[Any]:
    """All that there is of these records and of what hangs on them."""
    told = []
    for row in rows:
        paper = fresh(row)
        told.append(
            (
                audit.snapshot(paper),
                (paper.title_key, paper.names),
                sorted(paper.tags.values_list("pk", "status")),
                sorted(paper.submissions.values_list("pk", flat=True)),
                sorted(paper.import_rows.values_list("pk", flat=True)),
            )
        )
    return told


@pytest.mark.parametrize("name", ["anonymous", "reader", "contributor", "reviewer", "curator"])
def test_curators_merge_and_undo(cast: Cast, name: str) -> None:
    kept, merged = pair()
    by = getattr(cast, name)
    if name == "curator":
        made = merging.merge(kept=kept, merged=merged, by=by, reason="One work")
        assert (made.by, made.reason, fresh(merged).merged_into) == (by, "One work", kept)
        merging.undo(merge=made, by=by)
        assert fresh(merged).merged_into is None
        return
    with pytest.raises(Refused):
        merging.merge(kept=kept, merged=merged, by=by)
    made = merging.merge(kept=kept, merged=merged, by=None)
    with pytest.raises(Refused):
        merging.undo(merge=made, by=by)


def test_each_field_is_that_of_the_one_that_was_chosen(cast: Cast) -> None:
    kept, merged = pair(material=Material.PROXY_ONLY, modalities=[Modality.IMAGE], abstract="What it says.")
    merging.merge(kept=kept, merged=merged, by=cast.curator, fields={"title": "merged", "authors": "merged", "abstract": "kept", "date": "merged"})
    paper = fresh(kept)
    told = (paper.title, list(paper.people), paper.abstract, str(paper.date), paper.venue, paper.material, paper.modalities)
    assert told == ("Marks that last longer", [BEN, ADA], "", "2024-05", "Journal", Material.PROXY_ONLY, [Modality.IMAGE])
    assert (paper.title_key, "institute of tests" in paper.names.lower()) == ("marksthatlastlonger", True)
    assert [(row.scheme, row.value) for row in paper.identifiers.all()] == [ARXIV, DOI]
    assert papers.holder(*DOI) == paper


def test_where_nobody_chooses_the_kept_one_says_what_it_has(cast: Cast) -> None:
    kept, merged = pair()
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    paper = fresh(kept)
    assert (paper.title, list(paper.people), str(paper.date), paper.venue) == ("Marks that last", [ADA], "2023", "Journal")


@pytest.mark.parametrize(("fields", "place"), [({"titel": "kept"}, "fields.titel"), ({"title": "both"}, "fields.title")])
def test_a_choice_that_there_is_not_is_refused(cast: Cast, fields: dict[str, str], place: str) -> None:
    kept, merged = pair()
    with pytest.raises(Invalid) as refusal:
        merging.merge(kept=kept, merged=merged, by=cast.curator, fields=fields)
    assert list(refusal.value.errors) == [place]
    assert Merge.objects.count() == 0


def test_tags_move_and_the_kept_ones_go_first(cast: Cast) -> None:
    kept, merged = pair()
    both, one, call, problem = make_statement(), make_statement(), make_call(), make_problem()
    first = make_tag(both, kept, relation=Relation.NARROWS)
    second = make_tag(both, merged, relation=Relation.NARROWS, contributor=cast.stranger)
    moving = [make_tag(target, merged) for target in (one, call, problem)]
    moving.append(make_tag(both, merged, relation=Relation.CONFIRMS))
    moving.append(make_tag(both, merged, relation=Relation.NARROWS, status=ReviewStatus.DECLINED))
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    assert sorted(kept.tags.values_list("pk", flat=True)) == sorted([first.pk, *(tag.pk for tag in moving)])
    assert [(tag.pk, tag.contributor) for tag in merged.tags.all()] == [(second.pk, cast.stranger)]
    assert set(Tag.objects.on_map().values_list("paper", flat=True)) == {kept.pk}
    assert not Tag.objects.visible_to(cast.curator).filter(pk=second.pk).exists()


def test_states_follow(cast: Cast) -> None:
    kept, merged = make_paper(visibility=Visibility.RESTRICTED), make_paper()
    statement = make_statement()
    make_tag(statement, merged, relation=Relation.NARROWS)
    assert fresh(statement).state == State.NARROWED
    made = merging.merge(kept=kept, merged=merged, by=cast.curator)
    assert fresh(statement).state == State.UNTOUCHED
    merging.undo(merge=made, by=cast.curator)
    assert fresh(statement).state == State.NARROWED


@pytest.mark.parametrize(
    ("one", "other", "after"),
    [
        (Visibility.PUBLIC, Visibility.PUBLIC, Visibility.PUBLIC),
        (Visibility.PUBLIC, Visibility.RESTRICTED, Visibility.RESTRICTED),
        (Visibility.RESTRICTED, Visibility.PUBLIC, Visibility.RESTRICTED),
        (Visibility.RESTRICTED, Visibility.DECLINED, Visibility.RESTRICTED),
        (Visibility.DECLINED, Visibility.PUBLIC, Visibility.PUBLIC),
        (Visibility.DECLINED, Visibility.DECLINED, Visibility.DECLINED),
    ],
)
def test_the_strictest_holds_undone_and_merged_again(cast: Cast, one: Visibility, other: Visibility, after: Visibility) -> None:
    kept = make_paper(visibility=one, advisory=Advisory.NONE, is_retracted=True)
    merged = make_paper(visibility=other, advisory=Advisory.SPECIFIC, is_corrected=True)
    before = picture(kept, merged)
    made = merging.merge(kept=kept, merged=merged, by=cast.curator)
    paper = fresh(kept)
    assert (paper.visibility, paper.advisory, paper.is_retracted, paper.is_corrected) == (after, Advisory.SPECIFIC, True, True)
    assert Paper.objects.visible_to(cast.anonymous).filter(pk=kept.pk).exists() == (after == Visibility.PUBLIC)
    merging.undo(merge=made, by=cast.curator)
    assert picture(kept, merged) == before
    merging.merge(kept=fresh(merged), merged=fresh(kept), by=cast.curator)
    paper = fresh(merged)
    assert (paper.visibility, paper.advisory, paper.is_retracted, paper.is_corrected) == (after, Advisory.SPECIFIC, True, True)


def test_undone_all_is_as_it_was(cast: Cast) -> None:
    kept, merged = pair(abstract="What it says.", advisory=Advisory.SPECIFIC)
    both = make_statement()
    for paper in (kept, merged):
        make_tag(both, paper, relation=Relation.NARROWS)
    make_tag(make_statement(), merged)
    submission = make_submission(cast.contributor, tag_data(make_statement()), paper=merged)
    submissions.withdraw(submission=submission, by=cast.contributor)
    decided = make_submission(cast.contributor, tag_data(make_statement()), paper=merged)
    reviews.decide(submission=decided, by=cast.reviewer, rulings=reviews.Rulings(tags={decided.tags.get().public_id: ACCEPT}))
    earlier, twin = make_paper(visibility=Visibility.PUBLIC), make_paper(visibility=Visibility.WAITING)
    merging.merge(kept=merged, merged=earlier, by=cast.curator)
    Paper.objects.filter(pk=twin.pk).update(twin_of=merged)
    before = picture(kept, merged, earlier, twin)
    made = merging.merge(kept=kept, merged=merged, by=cast.curator, fields={"title": "merged", "authors": "merged", "abstract": "merged"})
    assert (fresh(decided).paper, fresh(earlier).merged_into, fresh(twin).twin_of) == (kept, kept, kept)
    merging.undo(merge=made, by=cast.curator)
    assert picture(kept, merged, earlier, twin) == before
    with pytest.raises(Conflict, match="undone already"):
        merging.undo(merge=made, by=cast.curator)


ACCEPT = reviews.Ruling(verdict=Verdict.ACCEPT)


def test_what_was_added_since_stays_with_the_kept_one(cast: Cast) -> None:
    kept, merged = pair()
    moved = make_tag(make_statement(), merged)
    made = merging.merge(kept=kept, merged=merged, by=cast.curator)
    added = make_tag(make_statement(), fresh(kept))
    merging.undo(merge=made, by=cast.curator)
    assert ([*kept.tags.all()], [*merged.tags.all()]) == ([added], [moved])


@pytest.mark.parametrize("change", ["restricted", "renamed", "merged on", "identifier"])
def test_a_change_since_keeps_it_from_being_undone(cast: Cast, change: str) -> None:
    kept, merged = pair()
    made = merging.merge(kept=kept, merged=merged, by=cast.curator)
    paper, later = fresh(kept), made
    match change:
        case "restricted":
            reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="Because.")
        case "renamed":
            paper.title = "Renamed"
            papers.save(paper=paper, by=cast.curator)
        case "identifier":
            papers.save(paper=paper, identifiers=[ARXIV], by=cast.curator)
        case _:
            later = merging.merge(kept=make_paper(), merged=paper, by=cast.curator)
    before = picture(kept, merged)
    with pytest.raises(Conflict, match="has changed since"):
        merging.undo(merge=made, by=cast.curator)
    assert picture(kept, merged) == before
    if change == "merged on":
        merging.undo(merge=later, by=cast.curator)
        merging.undo(merge=made, by=cast.curator)
        assert fresh(merged).visibility == Visibility.PUBLIC


def test_a_tag_that_came_to_stand_in_the_way_is_a_conflict(cast: Cast) -> None:
    kept, merged = pair()
    statement = make_statement()
    for paper in (kept, merged):
        make_tag(statement, paper, relation=Relation.NARROWS)
    other = make_tag(statement, merged, relation=Relation.CONFIRMS)
    made = merging.merge(kept=kept, merged=merged, by=cast.curator)
    kept.tags.get(relation=Relation.NARROWS).delete()
    other = fresh(other)
    other.relation = Relation.NARROWS
    tags.correct(tag=other, by=cast.reviewer)
    with pytest.raises(Conflict, match="has changed since"):
        merging.undo(merge=made, by=cast.curator)
    assert fresh(merged).merged_into == kept


@pytest.mark.parametrize("which", ["kept", "merged"])
@pytest.mark.parametrize("how", ["waits", "tags wait", "correction", "twin"])
def test_what_waits_is_decided_on_first(cast: Cast, which: str, how: str) -> None:
    one, other = make_paper(), make_paper()
    match how:
        case "waits":
            Paper.objects.filter(pk=one.pk).update(visibility=Visibility.WAITING)
        case "tags wait":
            make_submission(cast.contributor, tag_data(make_statement()), paper=one)
        case "correction":
            content = {"correction": {"paper": one.public_id, "changes": {"title": "Otherwise"}}}
            submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content=content)
        case _:
            Paper.objects.filter(pk=one.pk).update(twin_of=make_paper(), visibility=Visibility.RESTRICTED)
    kept, merged = (one, other) if which == "kept" else (other, one)
    with pytest.raises(Conflict):
        merging.merge(kept=kept, merged=merged, by=cast.curator)
    assert Merge.objects.count() == 0


def test_one_is_not_merged_with_itself_or_twice(cast: Cast) -> None:
    kept, merged = pair()
    with pytest.raises(Conflict, match="one record"):
        merging.merge(kept=kept, merged=kept, by=cast.curator)
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    for one, other in ((kept, merged), (merged, kept)):
        with pytest.raises(Conflict, match="gone, or was merged"):
            merging.merge(kept=one, merged=other, by=cast.curator)


def test_both_know_of_it_and_the_kept_one_has_both_histories(cast: Cast) -> None:
    kept, merged = pair()
    made = merging.merge(kept=kept, merged=merged, by=cast.curator, reason="One work")
    events = AuditEvent.objects.visible_to(cast.anonymous).about(fresh(kept))
    assert [(event.object_id, event.kind) for event in events] == [
        (merged.pk, EventKind.MERGED),
        (kept.pk, EventKind.MERGED),
        (merged.pk, EventKind.CREATED),
        (kept.pk, EventKind.CREATED),
    ]
    assert [event.reason for event in events[:2]] == ["One work", "One work"]
    merging.undo(merge=made, by=cast.curator)
    assert [event.kind for event in AuditEvent.objects.about(fresh(merged))] == [EventKind.UNMERGED, EventKind.MERGED, EventKind.CREATED]
    assert [event.kind for event in AuditEvent.objects.about(fresh(kept))] == [EventKind.UNMERGED, EventKind.MERGED, EventKind.CREATED]


def test_only_reviewers_are_told_of_a_merge_that_was_undone(cast: Cast) -> None:
    kept, merged, third = make_paper(), make_paper(visibility=Visibility.RESTRICTED), make_paper()
    before = {name: list(AuditEvent.objects.visible_to(getattr(cast, name)).about(kept)) for name in ("anonymous", "contributor")}
    made = merging.merge(kept=kept, merged=merged, by=cast.curator, reason="One work")
    merging.undo(merge=made, by=cast.curator)
    for name, events in before.items():
        assert list(AuditEvent.objects.visible_to(getattr(cast, name)).about(fresh(kept))) == events
    kinds = [event.kind for event in AuditEvent.objects.visible_to(cast.reviewer).about(fresh(kept))]
    assert kinds == [EventKind.PUBLISHED, EventKind.UNMERGED, EventKind.RESTRICTED, EventKind.MERGED, EventKind.CREATED]
    merging.undo(merge=merging.merge(kept=fresh(kept), merged=third, by=cast.curator), by=cast.curator)
    merging.merge(kept=fresh(kept), merged=fresh(third), by=cast.curator)
    told = AuditEvent.objects.visible_to(cast.anonymous).about(fresh(kept))
    assert [(event.object_id, event.kind) for event in told if event.kind != EventKind.CREATED] == [
        (third.pk, EventKind.MERGED),
        (kept.pk, EventKind.MERGED),
    ]


def test_the_kept_one_is_none_that_an_import_has_made(cast: Cast) -> None:
    run = make_import(cast.contributor, 2)
    row = run.rows.get(number=1)
    assert row.paper
    assert run.submission
    Paper.objects.filter(import_rows__run=run).update(visibility=Visibility.DECLINED)
    Submission.objects.filter(pk=run.submission.pk).update(state=SubmissionState.DECIDED, decided_at=timezone.now())
    kept = make_paper(visibility=Visibility.DECLINED)
    made = merging.merge(kept=kept, merged=row.paper, by=cast.curator)
    row.refresh_from_db()
    run.refresh_from_db()
    assert (row.outcome, row.paper, run.counts) == (RowOutcome.KNOWN, kept, {"created": 1, "known": 1})
    assert list(imports.records(run.submission)) == [run.rows.get(number=2).paper]
    merging.undo(merge=made, by=cast.curator)
    run.refresh_from_db()
    assert ([each.outcome for each in run.rows.all()], run.counts) == ([RowOutcome.CREATED] * 2, {"created": 2, "known": 0})
    assert imports.records(run.submission).filter(pk=made.merged_id).exists()


def test_nobody_is_told_that_one_of_them_was_restricted(cast: Cast) -> None:
    kept, merged = make_paper(), make_paper(visibility=Visibility.RESTRICTED)
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    assert not AuditEvent.objects.visible_to(cast.contributor).about(kept).exists()
    reviews.publish_paper(paper=fresh(kept), by=cast.curator, reason="Because.")
    events = list(AuditEvent.objects.visible_to(cast.contributor).about(kept))
    assert events
    assert not any({"visibility", "advisory"} & (set(event.before) | set(event.after)) for event in events if event.kind == EventKind.MERGED)
    assert [event.kind for event in events if "restricted" in {event.before.get("visibility"), event.after.get("visibility")}] == []


def test_who_handed_in_the_merged_one_still_reads_what_they_wrote(cast: Cast) -> None:
    kept = make_paper()
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "Another"})
    (tag,) = submission.tags.all()
    reviews.decide(submission=submission, by=cast.reviewer, rulings=reviews.Rulings(record=ACCEPT, tags={tag.public_id: ACCEPT}))
    merged = fresh(submission).paper
    assert merged
    more = make_submission(cast.contributor, tag_data(make_statement()), paper=merged)
    submissions.withdraw(submission=more, by=cast.contributor)
    draft = make_submission(cast.contributor, tag_data(make_statement()), paper=merged, draft=True)
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    for each in (submission, more, draft):
        shown = fresh(each)
        withhold([shown], cast.contributor)
        assert not shown.withheld
    submissions.submit(submission=draft, by=cast.contributor)
    assert [fresh(each).paper for each in (submission, draft)] == [kept, kept]
    reviews.restrict_paper(paper=fresh(kept), by=cast.reviewer, reason="Because.")
    shown = fresh(more)
    withhold([shown], cast.contributor)
    assert shown.withheld
