"""The same work handed in more than once, hidden or not, by one or by several; and what must not come of changes in between."""

from typing import Any

import pytest

from problems.choices import EventKind, Relation, ReviewStatus, Scheme, SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, Paper, PaperIdentifier, Search, Submission, Tag
from problems.queries.submissions import with_parts, withhold
from problems.services import edits, papers, reviews, submissions, tags
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_paper, make_statement, make_submission, make_tag, make_user, tag_data
from tests.services.test_submissions import ACCEPT, DECLINE, decided, rulings

DOI = {"identifiers": {"doi": ["10.1000/abc"]}}


def fresh(submission: Submission) -> Submission:
    return Submission.objects.get(pk=submission.pk)


@pytest.fixture
def hidden(cast: Cast) -> Paper:
    del cast
    return make_paper(title="Hidden", identifiers=[(Scheme.DOI, "10.1000/abc")], visibility=Visibility.RESTRICTED)


def told(cast: Cast) -> list[Any]:
    """What two people who do not know of one another can tell, after both logged the same identifier."""
    one = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "One", **DOI})
    two = make_submission(cast.stranger, tag_data(make_statement()), record={"title": "Two", **DOI})
    mine, theirs = Paper.objects.visible_to(cast.contributor).get(), Paper.objects.visible_to(cast.stranger).get()
    return [one.paper == two.paper, mine == theirs, mine.title, theirs.title, mine.visibility]


def test_two_people_cannot_tell_a_restricted_identifier_from_a_new_one(cast: Cast, hidden: Paper) -> None:
    with_hidden = told(cast)
    for submission in Submission.objects.all():
        submissions.withdraw(submission=submission, by=submission.contributor)
    PaperIdentifier.objects.filter(paper=hidden).delete()
    assert told(cast) == with_hidden


def test_each_submission_on_a_twin_ends_on_the_record(cast: Cast, hidden: Paper) -> None:
    first = make_submission(cast.contributor, tag_data(make_statement()), record=DOI)
    second = make_submission(cast.stranger, tag_data(make_statement()), record=DOI)
    assert decided(first, cast.reviewer).paper == hidden
    assert decided(fresh(second), cast.reviewer).paper == hidden
    assert set(Tag.objects.values_list("paper", "status")) == {(hidden.pk, ReviewStatus.ACCEPTED)}


def test_an_appeal_after_the_fold_ends_on_the_record(cast: Cast, hidden: Paper) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), tag_data(make_statement()), record=DOI)
    first, second = Tag.objects.order_by("pk")
    given = Rulings(record=ACCEPT, tags={first.public_id: ACCEPT, second.public_id: DECLINE})
    reviews.decide(submission=submission, by=cast.reviewer, rulings=given)
    submissions.appeal(submission=fresh(submission), by=cast.contributor, text="Look again.")
    Paper.objects.filter(pk=hidden.pk).update(visibility=Visibility.PUBLIC)
    decided(fresh(submission), cast.curator)
    assert {tag.paper for tag in Tag.objects.all()} == {hidden}


def test_a_twin_of_a_twin_stands_for_the_record_itself(cast: Cast, hidden: Paper) -> None:
    record = {"identifiers": {"doi": ["10.1000/abc"], "arxiv": ["2401.00001"]}}
    decided(make_submission(cast.contributor, tag_data(make_statement()), record=record), cast.reviewer)
    later = make_submission(cast.stranger, tag_data(make_statement()), record={"identifiers": {"arxiv": ["2401.00001"]}})
    assert later.paper is not None
    assert later.paper.twin_of == hidden
    assert decided(later, cast.reviewer).paper == hidden


def test_a_twin_is_never_public(cast: Cast, hidden: Paper) -> None:
    del hidden
    submission = make_submission(cast.contributor, record=DOI)
    assert submission.paper is not None
    for act in (reviews.publish_paper, reviews.restrict_paper):
        with pytest.raises(Conflict, match="stands for one"):
            act(paper=submission.paper, by=cast.curator, reason="Because.")
    decided(submission, cast.reviewer)
    with pytest.raises(Conflict, match="stands for one"):
        reviews.publish_paper(paper=Paper.objects.get(twin_of__isnull=False), by=cast.curator, reason="Because.")


def test_an_identifier_that_was_mistyped_leaves_no_twin(cast: Cast, hidden: Paper) -> None:
    del hidden
    submission = make_submission(cast.contributor, record=DOI)
    assert submission.paper is not None
    edits.edit_paper(paper=submission.paper, by=cast.contributor, changes={"identifiers": {"doi": ["10.1000/mine"]}})
    paper = Paper.objects.get(pk=submission.paper.pk)
    assert (paper.twin_of, [row.shadow for row in paper.identifiers.all()]) == (None, [False])


def test_one_joined_since_is_changed_by_nobody_alone(cast: Cast) -> None:
    first = make_submission(cast.contributor, record=DOI)
    make_submission(cast.stranger, tag_data(make_statement()), record=DOI)
    assert first.paper is not None
    with pytest.raises(Conflict, match="Others handed in"):
        edits.edit_paper(paper=first.paper, by=cast.contributor, changes={"title": "Another"})


def test_another_record_is_another_paper(cast: Cast) -> None:
    public = make_paper(identifiers=[(Scheme.DOI, "10.1000/abc")])
    submission = make_submission(cast.contributor, tag_data(make_statement()), record=DOI)
    assert submission.paper == public
    submission = submissions.withdraw(submission=submission, by=cast.contributor)
    content = submission.content | {"record": {"title": "Another work", "identifiers": {"doi": ["10.1000/other"]}}}
    submission = submissions.edit(submission=submission, by=cast.contributor, content=content)
    submission = submissions.submit(submission=submission, by=cast.contributor)
    assert submission.paper != public
    assert Tag.objects.get().paper == submission.paper


def test_one_restricted_while_changes_are_asked_for_tells_nothing(cast: Cast) -> None:
    public = make_paper(identifiers=[(Scheme.DOI, "10.1000/abc")])
    make_tag(statement := make_statement(), public, relation=Relation.NARROWS)
    submission = make_submission(cast.contributor, tag_data(make_statement()), record=DOI)
    reviews.request_changes(submission=submission, by=cast.reviewer, note="Where?")
    reviews.restrict_paper(paper=public, by=cast.reviewer, reason="Because.")
    said = []
    for relation in (Relation.NARROWS, Relation.CONFIRMS):
        content = {"record": DOI, "tags": [tag_data(statement, relation)]}
        with pytest.raises(Conflict) as refusal:
            submissions.edit(submission=fresh(submission), by=cast.contributor, content=content)
        said.append(str(refusal.value))
    assert said[0] == said[1]
    shown = with_parts(Submission.objects.filter(pk=submission.pk)).get()
    withhold([shown], cast.contributor)
    assert (shown.withheld, shown.content, list(shown.tags.all())) == (True, {}, [])


def test_the_text_of_a_correction_goes_with_the_text_of_its_tag(cast: Cast) -> None:
    tag = make_tag(make_statement(), make_paper(), contributor=cast.contributor)
    content = {"correction": {"tag": tag.public_id, "changes": {"rationale": "A better account of what the paper shows."}}}
    submission = submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content=content)
    decided(submission, cast.reviewer)
    tags.restrict_text(tag=Tag.objects.get(), by=cast.reviewer, reason="Names a method.")
    shown = fresh(submission)
    withhold([shown], cast.reader)
    assert shown.content["correction"]["changes"]["rationale"] == ""


def test_a_proposed_tag_has_no_corrections(cast: Cast) -> None:
    make_submission(cast.contributor, tag_data(make_statement()))
    content = {"correction": {"tag": Tag.objects.get().public_id, "changes": {"locator": "p. 1"}}}
    with pytest.raises(Invalid) as refusal:
        submissions.hand_in(by=cast.contributor, kind=SubmissionKind.CORRECTION, content=content)
    assert list(refusal.value.errors) == ["correction.tag"]


def test_undo_stops_where_somebody_went_on(cast: Cast) -> None:
    first = make_submission(cast.contributor, tag_data(make_statement()), record=DOI)
    second = make_submission(cast.stranger, tag_data(make_statement()), record=DOI)
    decided(first, cast.reviewer)
    decided(fresh(second), cast.curator)
    with pytest.raises(Conflict, match="gone on"):
        reviews.undo(submission=first, by=cast.reviewer)
    third = make_submission(cast.contributor, tag_data(make_statement()))
    reviews.request_changes(submission=third, by=cast.reviewer, note="Where?")
    submissions.edit(submission=fresh(third), by=cast.contributor, content=third.content)
    with pytest.raises(Conflict, match="gone on"):
        reviews.undo(submission=third, by=cast.reviewer)


def test_tags_sent_again_without_their_ids_are_the_same_tags(cast: Cast) -> None:
    statement = make_statement()
    submission = make_submission(cast.contributor, tag_data(statement))
    reviews.request_changes(submission=submission, by=cast.reviewer, note="Where?")
    content = fresh(submission).content | {"tags": [tag_data(statement, locator="p. 3")]}
    submission = submissions.edit(submission=submission, by=cast.contributor, content=content)
    submissions.submit(submission=submission, by=cast.contributor)
    assert Tag.objects.get().locator == "p. 3"


def test_an_appeal_answered_by_a_request_for_changes_keeps_what_was_accepted(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), tag_data(make_statement()))
    first, second = Tag.objects.order_by("pk")
    given = Rulings(record=ACCEPT, tags={first.public_id: ACCEPT, second.public_id: DECLINE})
    reviews.decide(submission=submission, by=cast.reviewer, rulings=given)
    submissions.appeal(submission=fresh(submission), by=cast.contributor, text="Look again.")
    reviews.request_changes(submission=fresh(submission), by=cast.curator, note="Where?")
    submissions.submit(submission=fresh(submission), by=cast.contributor)
    assert sorted(Tag.objects.values_list("pk", "status")) == [(first.pk, ReviewStatus.ACCEPTED), (second.pk, ReviewStatus.PROPOSED)]


def test_a_move_to_a_retired_statement_is_refused(cast: Cast) -> None:
    old = make_statement(retired_on="2026-01-01")
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    tag = Tag.objects.get()
    given = Rulings(record=ACCEPT, tags={tag.public_id: Ruling(Verdict.ACCEPT, changes={"target": old.code})})
    with pytest.raises(Invalid, match="retired"):
        reviews.decide(submission=submission, by=cast.reviewer, rulings=given)
    decided(submission, cast.reviewer)
    content = {"correction": {"tag": tag.public_id, "changes": {"target": old.code}}}
    with pytest.raises(Invalid, match="retired"):
        submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content=content)


def test_who_joined_a_record_does_not_accept_it(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), record=DOI)
    make_submission(cast.reviewer, tag_data(make_statement()), record=DOI)
    with pytest.raises(Refused, match="the same work"):
        decided(submission, cast.reviewer)
    assert decided(fresh(submission), cast.curator).state == SubmissionState.DECIDED


@pytest.mark.parametrize("verdict", [ACCEPT, DECLINE])
def test_nobody_decides_on_a_correction_of_their_own(cast: Cast, verdict: Ruling) -> None:
    tag = make_tag(make_statement(), make_paper(), contributor=cast.reviewer)
    logged = make_paper(logged_by=cast.reviewer, title="Logged")
    for correction in (
        {"tag": tag.public_id, "changes": {"locator": "p. 9"}},
        {"paper": logged.public_id, "changes": {"title": "Renamed"}},
    ):
        submission = submissions.hand_in(by=cast.reader, kind=SubmissionKind.CORRECTION, content={"correction": correction})
        with pytest.raises(Refused):
            reviews.decide(submission=submission, by=cast.reviewer, rulings=rulings(submission, verdict))


def test_a_curator_publishes_nothing_of_their_own(cast: Cast) -> None:
    submission = make_submission(cast.curator, tag_data(make_statement()))
    assert submission.paper is not None
    with pytest.raises(Refused):
        reviews.publish_paper(paper=submission.paper, by=cast.curator, reason="Because.")
    reviews.restrict_paper(paper=submission.paper, by=cast.curator, reason="Because.")
    with pytest.raises(Refused):
        reviews.publish_paper(paper=submission.paper, by=cast.curator, reason="Because.")


def test_what_nothing_holds_is_dropped(cast: Cast) -> None:
    first = make_submission(cast.contributor, record=DOI)
    second = make_submission(cast.stranger, record=DOI)
    submissions.withdraw(submission=first, by=cast.contributor)
    submissions.withdraw(submission=second, by=cast.stranger)
    assert Paper.objects.count() == 0
    third = make_submission(cast.contributor, tag_data(make_statement()))
    reviews.request_changes(submission=third, by=cast.reviewer, note="Is it not the same as the other?")
    content = {"paper": make_paper(title="The other").public_id, "tags": third.content["tags"]}
    third = submissions.edit(submission=fresh(third), by=cast.contributor, content=content)
    submissions.submit(submission=third, by=cast.contributor)
    assert [paper.title for paper in Paper.objects.all()] == ["The other"]


def test_searches_are_made_once(cast: Cast) -> None:
    statement = make_statement()
    search = {"targets": [statement.code, statement.code.lower()], "where": "arXiv", "query": "q", "searched_on": "2026-11-01"}
    submission = submissions.hand_in(by=cast.contributor, kind=SubmissionKind.SEARCH, content={"search": search})
    assert Search.objects.count() == 1
    submissions.withdraw(submission=submission, by=cast.contributor)
    assert AuditEvent.objects.filter(object_type="search", kind=EventKind.DELETED).count() == 1


@pytest.mark.parametrize("address", ["http://[x", "http://a\u2100b/p"])
def test_an_address_that_cannot_be_read_is_a_fault_of_its_field(cast: Cast, address: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make_submission(cast.contributor, record={"address": address})
    assert list(refusal.value.errors) == ["record.address"]


def test_thousands_of_long_names_are_stored(cast: Cast) -> None:
    names = [{"family": f"{number} " + "éü" * 80} for number in range(4000)]
    submission = make_submission(cast.contributor, record={"authors": names})
    assert submission.paper is not None
    assert submission.paper.authorships.count() == 4000


def test_a_title_of_signs_matches_no_other(cast: Cast) -> None:
    make_paper(title="???")
    del cast
    assert papers.find(record=make_paper(title="!!!").to_record().__class__(title="***"), by=make_user()) is None


def test_withdrawing_brings_nothing_back_into_sight(cast: Cast) -> None:
    public = make_paper(identifiers=[(Scheme.DOI, "10.1000/abc")])
    submission = make_submission(cast.contributor, tag_data(make_statement()), record=DOI)
    reviews.restrict_paper(paper=public, by=cast.reviewer, reason="Because.")
    submissions.withdraw(submission=fresh(submission), by=cast.contributor)
    shown = fresh(submission)
    withhold([shown], cast.contributor)
    assert (shown.withheld, shown.content) == (True, {})
    other = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "Another"})
    tags.restrict_text(tag=other.tags.get(), by=cast.reviewer, reason="Because.")
    other = submissions.withdraw(submission=fresh(other), by=cast.contributor)
    assert other.content["tags"][0]["rationale"] == ""


@pytest.mark.parametrize("kind", [SubmissionKind.PAPER, SubmissionKind.CORRECTION])
def test_a_draft_that_names_what_was_restricted_since_is_withheld(cast: Cast, kind: SubmissionKind) -> None:
    paper = make_paper()
    content: dict[str, Any] = {"paper": paper.public_id, "tags": []}
    if kind == SubmissionKind.CORRECTION:
        content = {"correction": {"paper": paper.public_id, "changes": {"abstract": "What it says."}}}
    draft = submissions.create(by=cast.contributor, kind=kind, content=content)
    reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="Because.")
    withhold([draft], cast.contributor)
    assert (draft.withheld, draft.content) == (True, {})


def test_a_draft_names_no_paper_that_is_hidden(cast: Cast, hidden: Paper) -> None:
    said = []
    for public_id in (hidden.public_id, "aaaaaaaaaa"):
        with pytest.raises(Invalid) as refusal:
            submissions.create(by=cast.contributor, kind=SubmissionKind.PAPER, content={"paper": public_id})
        said.append(refusal.value.errors)
    assert said[0] == said[1]
