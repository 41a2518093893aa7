"""Whether a method needs harmful material, and which modality was studied: proposed, decided on as one part, corrected."""

from typing import Any

import pytest

from problems.choices import EventKind, Part, ReviewStatus, Scheme, SubmissionKind, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, Decision, Paper, Submission
from problems.services import papers, reviews, submissions
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_paper, make_statement, make_submission, make_tag, tag_data
from tests.services.test_submissions import ACCEPT, DECLINE

METHOD = {"material": "none_needed", "modalities": ["image"]}


def hand_in(by: Any, method: dict[str, Any] = METHOD, *tags: dict[str, Any], paper: Paper | None = None, **record: Any) -> Submission:
    about = {"paper": paper.public_id} if paper else {"record": {"title": "On tests", "authors": [{"family": "Author"}]} | record}
    return submissions.hand_in(by=by, kind=SubmissionKind.PAPER, content={**about, "tags": list(tags), "method": method})


def on_record(paper: Paper | None) -> tuple[str, list[str]]:
    return Paper.objects.values_list("material", "modalities").get(pk=paper.pk) if paper else ("", [])


def rule(submission: Submission, by: Any, method: Ruling | None = ACCEPT, record: Ruling = ACCEPT, tags: Ruling = ACCEPT) -> Submission:
    parts = reviews.waiting_parts(Submission.objects.get(pk=submission.pk))
    given = Rulings(record=record if parts.record else None, tags={tag.public_id: tags for tag in parts.tags}, method=method)
    reviews.decide(submission=submission, by=by, rulings=given)
    return Submission.objects.get(pk=submission.pk)


def decision() -> tuple[str, str, str, bool]:
    return Decision.objects.filter(part=Part.METHOD).values_list("verdict", "reason", "words", "edited").latest("pk")


def test_accepted_it_is_on_record_in_the_order_of_the_vocabulary(cast: Cast) -> None:
    submission = hand_in(cast.contributor, {"material": "proxy_only", "modalities": ["agents", "text", "text"]}, tag_data(make_statement()))
    assert on_record(submission.paper) == ("", [])
    assert reviews.waiting_parts(submission).method == {"material": "proxy_only", "modalities": ["text", "agents"]}
    after = rule(submission, cast.reviewer)
    assert on_record(after.paper) == ("proxy_only", ["text", "agents"])
    assert decision() == ("accept", "", "", False)
    event = AuditEvent.objects.filter(paper=after.paper, kind=EventKind.CHANGED).get()
    assert (event.actor, event.before, event.after) == (
        cast.reviewer,
        {"material": "", "modalities": []},
        {"material": "proxy_only", "modalities": ["text", "agents"]},
    )


def test_a_decision_covers_the_method(cast: Cast) -> None:
    submission = hand_in(cast.contributor, METHOD, tag_data(make_statement()))
    with pytest.raises(Invalid) as error:
        rule(submission, cast.reviewer, method=None)
    assert error.value.errors == {"method": ["Decide on this too: a decision covers all parts."]}
    with pytest.raises(Invalid) as error:
        rule(submission, cast.reviewer, method=Ruling(Verdict.RESTRICT, words="Because."))
    assert error.value.errors == {"method.verdict": ["Choose among: accept, decline."]}
    with pytest.raises(Invalid) as error:
        rule(submission, cast.reviewer, method=Ruling(Verdict.DECLINE))
    assert error.value.errors == {"method.reason": ["Choose a reason."]}
    with pytest.raises(Invalid) as error:
        rule(submission, cast.reviewer, record=DECLINE, tags=DECLINE)
    assert error.value.errors == {"method.verdict": ["The record is declined, so its method cannot be accepted."]}
    other = make_submission(cast.contributor, tag_data(make_statement()))
    with pytest.raises(Invalid) as error:
        rule(other, cast.reviewer)
    assert error.value.errors == {"method": ["This does not wait for a decision."]}
    assert (on_record(submission.paper), Decision.objects.count()) == (("", []), 0)


def test_declined_it_is_nowhere_and_can_be_appealed(cast: Cast) -> None:
    paper = make_paper()
    submission = hand_in(cast.contributor, METHOD, paper=paper)
    after = rule(submission, cast.reviewer, method=Ruling(Verdict.DECLINE, reason="not_said", words="Page 3 says otherwise."))
    assert (on_record(paper), decision()) == (("", []), ("decline", "not_said", "Page 3 says otherwise.", False))
    submissions.appeal(submission=after, by=cast.contributor, text="Page 4 says so.")
    rule(after, cast.curator)
    assert on_record(paper) == ("none_needed", ["image"])


def test_a_reviewer_changes_it_before_accepting(cast: Cast) -> None:
    submission = hand_in(cast.contributor, METHOD, paper=make_paper())
    for changes, faults in (
        ({"material": "", "modalities": []}, {"method.changes": ["Say what the method needs, or which modality was studied; or decline it."]}),
        ({"modalities": ["smell"]}, {"method.changes.modalities.0": ["This word is not known. Choose among: text, image, video, audio, agents."]}),
        ({"title": "x"}, {"method.changes.title": ["There is no such field here. Fields: material, modalities."]}),
    ):
        with pytest.raises(Invalid) as error:
            rule(submission, cast.reviewer, method=Ruling(Verdict.ACCEPT, changes=changes))
        assert error.value.errors == faults
    with pytest.raises(Invalid) as error:
        rule(submission, cast.reviewer, method=Ruling(Verdict.DECLINE, reason="not_said", changes={"material": "needs_it"}))
    assert error.value.errors == {"method.changes": ["Only a tag or a method that is accepted is changed."]}
    after = rule(submission, cast.reviewer, method=Ruling(Verdict.ACCEPT, changes={"material": "", "modalities": ["video", "image"]}))
    assert (on_record(after.paper), decision()) == (("", ["image", "video"]), ("accept", "", "", True))


def test_what_is_on_record_already_does_not_wait(cast: Cast) -> None:
    paper = make_paper(material="none_needed", modalities=["image"])
    with pytest.raises(Invalid) as error:
        hand_in(cast.contributor, METHOD, paper=paper)
    assert error.value.errors == {"tags": ["There is nothing to review yet. Add a tag."]}
    submission = hand_in(cast.contributor, {"material": "none_needed", "modalities": ["image", "video"]}, paper=paper)
    assert reviews.waiting_parts(submission).method == {"modalities": ["image", "video"]}
    papers.set_method(paper=paper, values={"modalities": ["image", "video"]}, by=cast.curator)
    assert reviews.waiting_parts(Submission.objects.get(pk=submission.pk)).method == {}


@pytest.mark.parametrize("method", [{}, {"material": "", "modalities": []}])
def test_a_method_that_says_nothing_is_none(cast: Cast, method: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        hand_in(cast.contributor, method, paper=make_paper())
    assert reviews.waiting_parts(hand_in(cast.contributor, method)).method == {}


def test_what_is_not_said_stays_as_it_is(cast: Cast) -> None:
    paper = make_paper(material="needs_it", modalities=["text"])
    rule(hand_in(cast.contributor, {"modalities": ["audio"]}, paper=paper), cast.reviewer)
    assert on_record(paper) == ("needs_it", ["audio"])


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ({"material": "much"}, "method.material"),
        ({"modalities": "image"}, "method.modalities"),
        ({"modalities": ["x"]}, "method.modalities.0"),
        ({"modalities": ["text"] * 6}, "method.modalities"),
        ({"more": 1}, "method.more"),
        ("image", "method"),
    ],
)
def test_a_draft_takes_no_nonsense(cast: Cast, method: Any, place: str) -> None:
    with pytest.raises(Invalid) as error:
        submissions.create(by=cast.contributor, kind=SubmissionKind.PAPER, content={"method": method})
    assert list(error.value.errors) == [place]


def test_nobody_decides_on_their_own(cast: Cast) -> None:
    paper = make_paper(logged_by=cast.reviewer)
    with pytest.raises(Refused):
        rule(hand_in(cast.reviewer, METHOD, paper=paper), cast.reviewer)
    rule(hand_in(cast.contributor, METHOD, paper=paper), cast.reviewer)  # of a record of theirs, what somebody else says
    assert on_record(paper) == ("none_needed", ["image"])


def test_undo_puts_everything_back(cast: Cast) -> None:
    submission = hand_in(cast.contributor, METHOD, tag_data(make_statement()))
    after = rule(submission, cast.reviewer)
    back = reviews.undo(submission=after, by=cast.reviewer)
    assert back.paper is not None
    assert (on_record(back.paper), back.paper.visibility, back.tags.get().status) == (("", []), Visibility.WAITING, ReviewStatus.PROPOSED)
    assert reviews.waiting_parts(back).method == METHOD
    again = rule(back, cast.reviewer)
    papers.set_method(paper=Paper.objects.get(pk=again.paper_id), values={"material": "needs_it"}, by=cast.curator)
    with pytest.raises(Conflict):
        reviews.undo(submission=again, by=cast.reviewer)
    assert on_record(again.paper) == ("needs_it", ["image"])


def test_what_was_accepted_does_not_wait_again_after_an_appeal(cast: Cast) -> None:
    submission = hand_in(cast.contributor, METHOD, tag_data(make_statement()))
    after = rule(submission, cast.reviewer, tags=DECLINE)
    papers.set_method(paper=Paper.objects.get(pk=after.paper_id), values={"material": "needs_it"}, by=cast.curator)
    after = submissions.appeal(submission=after, by=cast.contributor, text="Look again.")
    parts = reviews.waiting_parts(after)
    assert (parts.record, len(parts.tags), parts.method) == (None, 1, {})


def test_changes_to_it_are_asked_for(cast: Cast) -> None:
    submission = hand_in(cast.contributor, METHOD, tag_data(make_statement()))
    reviews.request_changes(submission=submission, by=cast.reviewer, note="", method="Which images?")
    assert decision() == ("change", "", "Which images?", False)
    plain = make_submission(cast.contributor, tag_data(make_statement()))
    with pytest.raises(Invalid) as error:
        reviews.request_changes(submission=plain, by=cast.reviewer, note="", method="Which images?")
    assert error.value.errors == {"method": ["This submission says nothing of a method that waits."]}


def test_of_a_hidden_record_it_goes_to_that_one_and_nobody_can_tell(cast: Cast) -> None:
    hidden = make_paper(title="Hidden", identifiers=[(Scheme.DOI, "10.1000/abc")], visibility=Visibility.RESTRICTED, material="none_needed")
    submission = hand_in(cast.contributor, METHOD, identifiers={"doi": ["10.1000/abc"]})
    twin = submission.paper
    assert reviews.waiting_parts(submission).method == METHOD  # as of a new one, though the hidden record says a part of it
    after = rule(submission, cast.reviewer)
    assert (after.paper, on_record(hidden), on_record(twin)) == (hidden, ("none_needed", ["image"]), ("", []))
    reviews.undo(submission=after, by=cast.reviewer)
    assert (on_record(hidden), on_record(twin)) == (("none_needed", []), ("", []))


def test_two_who_log_the_same_say_it_of_one_record(cast: Cast) -> None:
    one = hand_in(cast.contributor, METHOD, identifiers={"doi": ["10.1000/abc"]})
    two = hand_in(cast.stranger, {"material": "needs_it"}, identifiers={"doi": ["10.1000/abc"]})
    rule(one, cast.reviewer)
    two = Submission.objects.get(pk=two.pk)
    assert (two.paper, reviews.waiting_parts(two).method) == (one.paper, {"material": "needs_it"})
    rule(two, cast.reviewer, method=DECLINE)
    assert on_record(one.paper) == ("none_needed", ["image"])


def test_it_survives_being_handed_in_again(cast: Cast) -> None:
    submission = hand_in(cast.contributor, METHOD, tag_data(make_statement()))
    submission = submissions.withdraw(submission=submission, by=cast.contributor)
    submission = submissions.submit(submission=submission, by=cast.contributor)
    assert reviews.waiting_parts(submission).method == METHOD


def correct(by: Any, paper: Paper, **changes: Any) -> Submission:
    content = {"correction": {"paper": paper.public_id, "changes": changes, "reason": "As printed."}}
    return submissions.hand_in(by=by, kind=SubmissionKind.CORRECTION, content=content)


def test_a_correction_changes_it_and_empties_it(cast: Cast) -> None:
    paper = make_paper(material="needs_it", modalities=["text", "audio"])
    make_tag(paper=paper)
    submission = correct(cast.reader, paper, material="", modalities=["video", "image"])
    reviews.decide(submission=submission, by=cast.reviewer, rulings=Rulings(correction=ACCEPT))
    assert on_record(paper) == ("", ["image", "video"])
    reviews.undo(submission=Submission.objects.get(pk=submission.pk), by=cast.reviewer)
    assert on_record(paper) == ("needs_it", ["text", "audio"])
    with pytest.raises(Invalid) as error:
        correct(cast.reader, paper, modalities=["audio", "text"])
    assert error.value.errors == {"correction.changes": ["Nothing differs from what is on record."]}
    reviews.decide(submission=correct(cast.reader, paper, title="Another"), by=cast.reviewer, rulings=Rulings(correction=ACCEPT))
    assert on_record(paper) == ("needs_it", ["text", "audio"])  # what a correction does not name stays
