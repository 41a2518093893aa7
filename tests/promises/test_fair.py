"""Hole 19: one's own, one's team's and what one has a conflict with, decided by every face: refused, and nothing is changed."""

import re
from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from problems.choices import ReviewStatus, Role, SubmissionState, Verdict, Visibility
from problems.errors import Refused, TrackerError
from problems.models import Decision, Interest, Paper, Review, Submission, Tag, User
from problems.records import PersonName
from problems.services import bulk_changes, import_reviews, interests, opinions, papers, reviews, submissions, tags, trash
from problems.services.bulk_changes import Options
from problems.services.reviews import Ruling
from tests.factories import Cast, make_import, make_paper, make_statement, make_submission, make_team, make_user, tag_data
from tests.services.test_submissions import ACCEPT, DECLINE, decided, rulings

ORCID = "0000-0002-1825-0097"


@pytest.fixture
def handed_in(cast: Cast) -> Submission:
    """By the contributor, of a work by Ada Berg."""
    author = {"family": "Berg", "given": "Ada", "orcid": ORCID}
    return make_submission(cast.contributor, tag_data(make_statement()), record={"authors": [author]})


def own(cast: Cast, by: User, submission: Submission) -> None:
    del cast
    Submission.objects.filter(pk=submission.pk).update(contributor=by)


def of_the_team(cast: Cast, by: User, submission: Submission) -> None:
    del submission
    make_team(cast.contributor, by)


def for_the_team(cast: Cast, by: User, submission: Submission) -> None:
    del cast
    Submission.objects.filter(pk=submission.pk).update(team=make_team(by))


def author_by_orcid(cast: Cast, by: User, submission: Submission) -> None:
    del cast, submission
    SocialAccount.objects.create(user=by, provider="orcid", uid=ORCID)


def author_by_address(cast: Cast, by: User, submission: Submission) -> None:
    del cast, submission
    EmailAddress.objects.create(user=by, email="ada.berg@example.org", verified=True)


def declared_paper(cast: Cast, by: User, submission: Submission) -> None:
    del cast
    assert submission.paper
    interests.declare(by=by, kind="paper", what=submission.paper.public_id)


def declared_author(cast: Cast, by: User, submission: Submission) -> None:
    del cast, submission
    interests.declare(by=by, kind="author", what="Berg, Ada")


def declared_team(cast: Cast, by: User, submission: Submission) -> None:
    del submission
    team = cast.contributor.teams.get()
    interests.declare(by=by, kind="team", what=team.slug)


OPTION = re.compile(r"<option .*?</option>")  # whom one may ask: all reviewers, whatever they did


REASONS = (own, of_the_team, for_the_team, author_by_orcid, author_by_address, declared_paper, declared_author, declared_team)


def page(client: Client, submission: Submission, by: User) -> bool:
    del by
    form = {"act": "decide", "seen": submission.modified.isoformat(), "record.verdict": "accept", f"tags.{_tag(submission)}.verdict": "accept"}
    return client.post(submission.get_review_url(), form).status_code == 403


def page_asks(client: Client, submission: Submission, by: User) -> bool:
    del by
    form = {"act": "ask", "seen": submission.modified.isoformat(), "note": "Say where."}
    return client.post(submission.get_review_url(), form).status_code == 403


def _api(client: Client, submission: Submission, tail: str) -> bool:
    ruling = {"verdict": "accept"}
    body = {"record": ruling, "tags": {_tag(submission): ruling}}
    return client.post(f"/api/v1/submissions/{submission.public_id}/{tail}/", body, content_type="application/json").status_code == 403


def api(client: Client, submission: Submission, by: User) -> bool:
    del by
    return _api(client, submission, "decision")


def opinion(client: Client, submission: Submission, by: User) -> bool:
    del by
    return _api(client, submission, "second-opinion")


def bulk(client: Client, submission: Submission, by: User) -> bool:
    del client
    with pytest.raises(TrackerError):
        bulk_changes.apply(by=by, act="accept", public_ids=[submission.public_id], options=Options())
    return True


FACES = (page, page_asks, api, opinion, bulk)
OF_ALL = (own, of_the_team, declared_paper)  # asked of each face; the other reasons come out of the same query


def _tag(submission: Submission) -> str:
    return str(submission.tags.values_list("public_id", flat=True)[0])


@pytest.mark.parametrize(
    ("role", "reason"),
    [*((Role.REVIEWER, reason) for reason in REASONS), *((Role.CURATOR, reason) for reason in (own, declared_paper))],
    ids=lambda each: getattr(each, "__name__", str(each)),
)
def test_nobody_decides_where_they_have_a_part_by_any_face(
    cast: Cast, client: Client, handed_in: Submission, role: Role, reason: Callable[[Cast, User, Submission], None]
) -> None:
    by = cast.reviewer if role == Role.REVIEWER else cast.curator
    client.force_login(by)
    reason(cast, by, handed_in)
    before = list(Submission.objects.values("state", "claimed_by")), list(Tag.objects.values("status")), list(Paper.objects.values("visibility"))
    faces = FACES if reason in OF_ALL else (api, bulk)
    assert [face.__name__ for face in faces if not face(client, handed_in, by)] == []
    after = list(Submission.objects.values("state", "claimed_by")), list(Tag.objects.values("status")), list(Paper.objects.values("visibility"))
    assert (after, Review.objects.count()) == (before, 0)
    assert decided(handed_in, make_user(Role.REVIEWER)).state == SubmissionState.DECIDED  # anybody else may


@pytest.mark.parametrize("reason", [of_the_team, author_by_orcid, declared_paper], ids=lambda reason: reason.__name__)
def test_nor_is_it_undone_or_decided_on_appeal(
    cast: Cast, client: Client, handed_in: Submission, reason: Callable[[Cast, User, Submission], None]
) -> None:
    client.force_login(cast.reviewer)
    decided(handed_in, cast.reviewer, DECLINE)
    reason(cast, cast.reviewer, handed_in)
    assert client.post(reverse("review-undo", args=[handed_in.public_id])).status_code == 403
    assert client.post(f"/api/v1/submissions/{handed_in.public_id}/undo/", {}, content_type="application/json").status_code == 403
    submissions.appeal(submission=handed_in, by=cast.contributor, text="It is on page 4.")
    with pytest.raises(Refused):
        opinions.decide(submission=handed_in, by=cast.reviewer, rulings=rulings(handed_in))
    assert Submission.objects.get().state == SubmissionState.SUBMITTED


@pytest.mark.parametrize("reason", [of_the_team, author_by_orcid, declared_paper], ids=lambda reason: reason.__name__)
def test_nor_are_single_rows_decided_on(cast: Cast, client: Client, handed_in: Submission, reason: Callable[[Cast, User, Submission], None]) -> None:
    """As the admin does, and as the pages that lift a restriction do."""
    decided(handed_in, cast.reviewer)
    tag = Tag.objects.get()
    tags.restrict_text(tag=tag, by=cast.reviewer, reason="Detail.")
    reviews.restrict_paper(paper=tag.paper, by=cast.reviewer, reason="Detail.")
    reason(cast, cast.curator, handed_in)
    client.force_login(cast.curator)
    assert client.post(reverse("lift-tag", args=[tag.public_id]), {"reason": "No detail."}).status_code == 403
    assert client.post(reverse("lift-paper", args=[tag.paper.public_id]), {"reason": "No detail."}).status_code == 403
    for path in (f"tags/{tag.public_id}", f"papers/{tag.paper.public_id}"):
        assert client.post(f"/api/v1/{path}/unrestrict/", {"reason": "No detail."}, content_type="application/json").status_code == 403
    for status in (ReviewStatus.DECLINED, ReviewStatus.PROPOSED):
        tag.refresh_from_db()
        tag.status = status
        with pytest.raises(Refused):
            tags.save(tag=tag, by=cast.curator)
    assert (Tag.objects.get().status, Paper.objects.get().visibility) == (ReviewStatus.ACCEPTED, Visibility.RESTRICTED)


@pytest.mark.parametrize("reason", [of_the_team, author_by_orcid, declared_paper], ids=lambda reason: reason.__name__)
def test_nor_is_anything_thrown_away_or_restored(
    cast: Cast, client: Client, handed_in: Submission, reason: Callable[[Cast, User, Submission], None]
) -> None:
    decided(handed_in, cast.reviewer)
    tag = Tag.objects.get()
    reason(cast, cast.curator, handed_in)
    client.force_login(cast.curator)
    other = make_user(Role.CURATOR)
    kept = {"reason": "It is no work."}
    for thing, site, api_path in ((tag, "trash-tag", "tags"), (tag.paper, "trash-paper", "papers")):
        before = Tag.objects.get().status, Paper.objects.get().visibility
        assert client.post(reverse(site, args=[thing.public_id]), kept).status_code == 403
        assert client.post(f"/api/v1/{api_path}/{thing.public_id}/trash/", kept, content_type="application/json").status_code == 403
        row = trash.throw(thing=thing, by=other, reason="It is no work.")
        assert client.post(reverse("trash-restore", args=[row.public_id])).status_code == 403
        assert client.post(f"/api/v1/trash/{row.public_id}/restore/", {}, content_type="application/json").status_code == 403
        trash.restore(trashed=row, by=other)
        assert (Tag.objects.get().status, Paper.objects.get().visibility) == before


def test_an_advisory_is_raised_by_all_and_lowered_by_who_has_no_part_in_it(cast: Cast, handed_in: Submission) -> None:
    decided(handed_in, cast.curator)
    declared_paper(cast, cast.reviewer, handed_in)
    paper = Paper.objects.get()
    papers.set_advisory(paper=paper, level=2, topics=["violence"], by=cast.reviewer)
    with pytest.raises(Refused):
        papers.set_advisory(paper=paper, level=1, topics=["violence"], by=cast.reviewer)
    assert Paper.objects.get().advisory == 2
    papers.set_advisory(paper=paper, level=0, topics=[], by=cast.curator)
    assert Paper.objects.get().advisory == 0


def test_a_correction_of_what_one_has_a_part_in_is_for_somebody_else(cast: Cast) -> None:
    paper = make_paper(authors=[PersonName(family="Berg", given="Ada")])
    content = {"correction": {"paper": paper.public_id, "changes": {"venue": "Journal of Tests"}, "reason": "Misspelt."}}
    submission = submissions.hand_in(by=cast.stranger, kind="correction", content=content)
    Interest.objects.create(user=cast.reviewer, family="berg", given="A")
    with pytest.raises(Refused):
        decided(submission, cast.reviewer)
    assert decided(submission, cast.curator).state == SubmissionState.DECIDED


def test_anybody_restricts_since_it_protects(cast: Cast, handed_in: Submission) -> None:
    decided(handed_in, cast.curator)
    declared_paper(cast, cast.reviewer, handed_in)
    reviews.restrict_paper(paper=Paper.objects.get(), by=cast.reviewer, reason="Detail.")
    assert Paper.objects.get().visibility == Visibility.RESTRICTED


def test_of_an_import_one_record_is_barred_and_the_others_are_not(cast: Cast) -> None:
    run = make_import(cast.contributor, 3)
    found = [row.paper for row in run.rows.order_by("number") if row.paper]
    interests.declare(by=cast.reviewer, kind="author", what="Author2")
    assert run.submission
    with pytest.raises(Refused) as refusal:
        import_reviews.decide_rows(submission=run.submission, by=cast.reviewer, rulings={found[1].public_id: ACCEPT})
    assert refusal.value.hint.startswith("You declared a conflict of interest here.")
    assert import_reviews.out_of_reach(run.submission, cast.reviewer) == 1
    review = import_reviews.decide_rows(submission=run.submission, by=cast.reviewer, everything=Ruling(Verdict.ACCEPT))
    assert set(Decision.objects.filter(review=review).values_list("paper", flat=True)) == {found[0].pk, found[2].pk}
    assert [Paper.objects.get(pk=paper.pk).visibility for paper in found] == [Visibility.PUBLIC, Visibility.WAITING, Visibility.PUBLIC]
    import_reviews.decide_rows(submission=run.submission, by=cast.curator, everything=Ruling(Verdict.ACCEPT))
    assert Submission.objects.get(pk=run.submission.pk).state == SubmissionState.DECIDED


def test_who_may_not_decide_is_not_told_who_does(cast: Cast, client: Client, handed_in: Submission) -> None:
    """By name; somebody else who reviews is."""
    other = make_user(Role.REVIEWER, display_name="Qualmsworth")
    reviews.request_changes(submission=handed_in, by=other, note="Say where.")
    submissions.submit(submission=handed_in, by=cast.contributor)
    reviews.claim(submission=handed_in, by=other)
    declared_paper(cast, cast.reviewer, handed_in)
    addresses = [handed_in.get_review_url(), handed_in.get_absolute_url(), "/review/?tab=all"]
    addresses += [f"/api/v1/submissions/{handed_in.public_id}/{tail}" for tail in ("", "history/")] + ["/api/v1/submissions/"]

    def told(by: User) -> list[bool]:
        client.force_login(by)
        answers = [client.get(address) for address in addresses]
        assert [answer.status_code for answer in answers] == [200] * len(addresses)
        return ["Qualmsworth" in OPTION.sub("", answer.content.decode()) for answer in answers]

    assert told(cast.reviewer) == [False] * len(addresses)
    assert told(cast.curator) == [True, False, True, True, True, True]


def test_the_name_of_the_first_is_on_no_page_until_the_second_is_given(cast: Cast, client: Client, handed_in: Submission) -> None:
    """Hole 15, by every address that shows a submission."""
    first = make_user(Role.REVIEWER, display_name="Qualmsworth")
    reviews.claim(submission=handed_in, by=first)
    ruling = Ruling(Verdict.DECLINE, reason="other", words="Plumbjackal.")
    opinions.ask(submission=handed_in, by=first, rulings=rulings(handed_in, ruling), note="Drofterword.")
    addresses = [handed_in.get_review_url(), handed_in.get_absolute_url(), "/review/?tab=all", "/review/?tab=opinions", "/review/agreement/"]
    addresses += [f"/api/v1/submissions/{handed_in.public_id}/{tail}" for tail in ("", "history/")] + ["/api/v1/submissions/", "/api/v1/changes/"]
    addresses += ["/changes/?what=submission", f"/review/{handed_in.public_id}/settle/", "/admin/problems/auditevent/"]

    def told(by: User) -> set[tuple[str, str]]:
        client.force_login(by)
        pages = {address: OPTION.sub("", client.get(address).content.decode()) for address in addresses}
        words = ("Qualmsworth", "Plumbjackal", "Drofterword")
        return {(word, address) for word in words for address, page in pages.items() if word in page}

    assert told(cast.curator) == set()
    assert told(cast.reviewer) == set()
    opinions.decide(submission=handed_in, by=cast.reviewer, rulings=rulings(handed_in))
    assert {word for word, _ in told(cast.curator)} == {"Qualmsworth", "Plumbjackal", "Drofterword"}  # what is looked for can be found
    assert told(cast.contributor) == set()
