"""Second opinions on the pages and in the API: asked, given, settled; conflicts of interest; how far reviewers agree."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from problems.choices import OpinionState, Relation, ReviewStatus, Role, Scheme, SubmissionState, Verdict, Visibility
from problems.models import Interest, Review, SecondOpinion, Submission, Tag, User
from problems.queries.opinions import agreement
from problems.services import interests, opinions, reviews
from problems.services.reviews import Ruling
from tests.factories import Cast, make_paper, make_statement, make_submission, make_tag, make_user, tag_data
from tests.services.test_submissions import DECLINE, rulings


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()), paper=make_paper())


@pytest.fixture
def second(cast: Cast) -> User:
    del cast
    return make_user(Role.REVIEWER, display_name="Second")


def sent(client: Client, submission: Submission, act: str, verdict: str = "accept", **more: str) -> Any:
    submission.refresh_from_db()
    place = f"tags.{submission.tags.get().public_id}"
    form = {"act": act, "seen": submission.modified.isoformat(), f"{place}.verdict": verdict, f"{place}.reason": "not_said"} | more
    return client.post(submission.get_review_url(), form, follow=True)


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_second_opinion_into_a_difference_and_its_settlement(cast: Cast, client: Client, submission: Submission, second: User) -> None:
    client.force_login(cast.reviewer)
    assert "Ask for a second opinion" in text(client.get(submission.get_review_url()))
    answer = sent(client, submission, "opinion", wanted=second.public_id, note="Clear.")
    assert "What you decided is kept back until it is given." in text(answer)
    own = text(client.get(submission.get_review_url()))
    assert "What you said is kept back until it is given" in own
    assert "Clear." in own
    client.force_login(second)
    assert "Another reviewer has decided; what they said is shown once the second has decided" in text(client.get(submission.get_review_url()))
    assert "Your opinion differs from the first." in text(sent(client, submission, "decide", "decline", note="Not so."))
    page = text(client.get(submission.get_review_url()))
    assert "Two reviewers differ" in page
    settle = reverse("review-settle", args=[submission.public_id])
    assert settle in page
    page = text(client.get(settle))
    assert all(words in page for words in ("First opinion: </span>Accept", "Second opinion: </span>Decline: ", "Clear.", "Not so.", "Propose this"))
    seen = Submission.objects.get().modified.isoformat()
    refused = client.post(settle, {"act": "settle", "seen": seen, "note": "Kept."})
    assert (refused.status_code, "Choose one of the two." in text(refused), "Kept." in text(refused)) == (422, True, True)
    place = f"tags.{submission.tags.get().public_id}"
    answer = client.post(settle, {"act": "settle", "seen": seen, place: "first"}, follow=True)
    assert "The other reviewer confirms it, or proposes something else." in text(answer)
    assert Submission.objects.get().state == SubmissionState.SUBMITTED
    client.force_login(cast.reviewer)
    assert "Confirm it" in text(client.get(settle))
    stale = client.post(settle, {"act": "confirm", "seen": seen})
    assert (stale.status_code, "has changed since you read it" in text(stale)) == (412, True)
    answer = client.post(settle, {"act": "confirm", "seen": Submission.objects.get().modified.isoformat()}, follow=True)
    assert "The difference is settled." in text(answer)
    assert (Submission.objects.get().state, Tag.objects.get().status) == (SubmissionState.DECIDED, ReviewStatus.ACCEPTED)
    assert "differed;" in text(client.get(submission.get_review_url()))
    assert "No difference is open on this submission." in text(client.get(settle))


def test_a_curator_settles_at_once_and_once_however_often_it_is_pressed(cast: Cast, client: Client, submission: Submission, second: User) -> None:
    opinions.ask(submission=submission, by=cast.reviewer, rulings=rulings(submission))
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    client.force_login(cast.curator)
    settle, seen = reverse("review-settle", args=[submission.public_id]), Submission.objects.get().modified.isoformat()
    form = {"act": "settle", "seen": seen, f"tags.{submission.tags.get().public_id}": "second"}
    for _ in range(2):
        assert client.post(settle, form).status_code in {302, 303}
    assert (Review.objects.count(), Tag.objects.get().status, SecondOpinion.objects.get().settled_by) == (1, ReviewStatus.DECLINED, cast.curator)


def test_the_question_is_taken_back_on_its_page(cast: Cast, client: Client, submission: Submission, second: User) -> None:
    opinions.ask(submission=submission, by=cast.reviewer, rulings=rulings(submission))
    address = reverse("review-opinion", args=[submission.public_id])
    client.force_login(second)
    assert client.post(address).status_code == 403
    client.force_login(cast.reviewer)
    assert "You hold this submission again." in text(client.post(address, follow=True))
    assert SecondOpinion.objects.get().state == OpinionState.WITHDRAWN


def test_who_is_neither_of_the_two_settles_nothing(cast: Cast, client: Client, submission: Submission, second: User) -> None:
    settle = reverse("review-settle", args=[submission.public_id])
    opinions.ask(submission=submission, by=cast.reviewer, rulings=rulings(submission))
    opinions.decide(submission=submission, by=second, rulings=rulings(submission, DECLINE))
    client.force_login(make_user(Role.REVIEWER))
    assert (client.get(settle).status_code, client.post(settle).status_code) == (403, 403)
    assert settle not in text(client.get(submission.get_review_url()))


def test_each_step_in_the_api(cast: Cast, client: Client, submission: Submission, second: User) -> None:
    key, base = submission.tags.get().public_id, f"/api/v1/submissions/{submission.public_id}/"

    def post(by: User, tail: str, body: dict[str, Any], status: int = 200) -> Any:
        client.force_login(by)
        answer = client.post(base + tail, body, content_type="application/json")
        assert answer.status_code == status, answer.content
        return answer.json()

    def decision(verdict: str, **more: Any) -> dict[str, Any]:
        return {"tags": {key: {"verdict": verdict} | ({"reason": "not_said"} if verdict == "decline" else {})}} | more

    assert "tags" in str(post(cast.reviewer, "second-opinion/", {}, 422)["errors"])
    assert "wanted" in str(post(cast.reviewer, "second-opinion/", decision("accept", wanted="nonsense"), 422)["errors"])
    told = post(cast.reviewer, "second-opinion/", decision("accept", note="Clear."))["opinions"]
    assert [(each["state"], each["first"], each["note"], each["rulings"]) for each in told] == [
        ("asked", "Reviewer", "Clear.", {"tags": {key: {"verdict": "accept"}}})
    ]
    client.force_login(second)
    assert [(each["first"], each["note"], each["rulings"]) for each in client.get(base).json()["opinions"]] == [(None, "", None)]
    client.force_login(cast.contributor)
    assert client.get(base).json()["opinions"] == []
    client.force_login(cast.reviewer)
    assert client.delete(f"{base}second-opinion/").status_code == 428
    assert client.delete(f"{base}second-opinion/", headers={"If-Match": client.get(base).headers["ETag"]}).status_code == 204
    post(cast.reviewer, "second-opinion/", decision("accept"))
    post(cast.reviewer, "decision/", decision("accept"), 403)
    assert post(second, "decision/", decision("decline"))["opinions"][0]["state"] == "different"
    post(second, "decision/", decision("decline"), 403)
    assert post(second, "settle/", decision("accept"))["opinions"][0]["proposed"] == {"tags": {key: {"verdict": "accept"}}}
    post(second, "settle/", {"confirm": True}, 409)
    assert "note" in str(post(cast.reviewer, "settle/", {"confirm": True, "note": "No."}, 422)["errors"])
    settled = post(cast.reviewer, "settle/", {"confirm": True})
    assert (settled["state"], settled["opinions"][0]["state"], settled["opinions"][0]["settled_by"]) == ("decided", "settled", "Reviewer")
    post(cast.curator, "settle/", decision("accept"), 409)


def test_how_far_reviewers_agree_of_five_pairs_and_more(cast: Cast, client: Client, second: User) -> None:
    statement = make_statement()
    for number in range(6):
        relation = Relation.NARROWS if number < 5 else Relation.CONFIRMS
        one = make_submission(cast.contributor, tag_data(statement, relation), paper=make_paper())
        opinions.ask(submission=one, by=cast.reviewer, rulings=rulings(one))
        changed = Ruling(Verdict.ACCEPT, changes={"relation": Relation.CONFIRMS})
        opinions.decide(
            submission=one, by=second, rulings=rulings(one, DECLINE if number == 0 else changed if number == 5 else Ruling(Verdict.ACCEPT))
        )
    found = [(row.relation, row.pairs, row.same, row.percent) for row in agreement()]
    assert found == [("", 6, 5, 83), (Relation.NARROWS, 5, 4, 80), (Relation.CONFIRMS, 1, 1, None)]
    assert client.get("/api/v1/agreement/").json() == {"fewest": 5, "rows": []}
    client.force_login(cast.reviewer)
    page = text(client.get(reverse("agreement")))
    assert "80 %" in page
    assert "No figure below 5 pairs" in page
    assert not [name for name in ("Second", "Reviewer</") if name in page.split("<main")[1].split("</main")[0].replace("Second factor", "")]
    assert client.get("/api/v1/agreement/").json()["rows"][0] == {"relation": "", "pairs": 6, "percent": 83}


# -- conflicts of interest --


@pytest.mark.parametrize(
    ("kind", "what", "shown"),
    [
        ("paper", "10.5555/12345678", "A test of tests"),
        ("author", "https://orcid.org/0000-0002-1825-0097", "0000-0002-1825-0097"),
        ("author", "van den Berg, Ada", "van den Berg, Ada"),
        ("author", "Berg", "Berg"),
        ("team", "{team}", "Team"),
    ],
)
def test_one_is_declared_and_taken_back(cast: Cast, client: Client, kind: str, what: str, shown: str) -> None:
    make_paper(title="A test of tests", identifiers=[(Scheme.DOI, "10.5555/12345678")])
    team = cast.contributor.teams.get()
    what = what.replace("{team}", team.slug)
    client.force_login(cast.reviewer)
    page = client.post(reverse("interests"), {"kind": kind, "what": what}, follow=True)
    assert "Declared. What it touches is kept from you" in text(page)
    assert shown.replace("Team", team.name) in text(page)
    again = client.post(reverse("interests"), {"kind": kind, "what": what})
    assert (again.status_code, "You have declared this already." in text(again)) == (422, True)
    interest = Interest.objects.get()
    client.force_login(cast.curator)
    assert shown not in text(client.get(reverse("interests"))).split("Declare one")[0].split("Declared")[1]
    assert client.post(reverse("interests"), {"act": "withdraw", "interest": interest.public_id}).status_code == 404
    client.force_login(cast.reviewer)
    client.post(reverse("interests"), {"act": "withdraw", "interest": interest.public_id})
    assert not Interest.objects.exists()


@pytest.mark.parametrize(
    ("kind", "what", "sentence"),
    [
        ("paper", "{restricted}", "There is no such paper."),
        ("paper", "nonsense", "There is no such paper."),
        ("author", "7", "Write an ORCID, or the family name, a comma and the given names."),
        ("team", "no-such-team", "There is no such team."),
        ("paper", "", "This is missing."),
        ("person", "Ada", "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_and_kept(cast: Cast, client: Client, kind: str, what: str, sentence: str) -> None:
    trashed = make_paper(visibility=Visibility.TRASHED)  # out of sight of everybody: as nonsense
    client.force_login(cast.reviewer)
    what = what.replace("{restricted}", trashed.public_id)
    page = client.post(reverse("interests"), {"kind": kind, "what": what})
    assert (page.status_code, sentence in text(page), f'value="{what}"' in text(page) if what else True) == (422, True, True)


def test_declaring_releases_what_it_touches(cast: Cast, submission: Submission, second: User) -> None:
    other = make_submission(cast.stranger, tag_data(make_statement()))
    for one in (submission, other):
        reviews.claim(submission=one, by=cast.reviewer)
    third = make_submission(cast.contributor, tag_data(make_statement()))
    opinions.ask(submission=third, by=cast.reviewer, rulings=rulings(third))
    fourth = make_submission(cast.contributor, tag_data(make_statement()))
    opinions.ask(submission=fourth, by=second, rulings=rulings(fourth), wanted=cast.reviewer.public_id)
    interests.declare(by=cast.reviewer, kind="team", what=cast.contributor.teams.get().slug)
    assert list(Submission.objects.filter(claimed_by=cast.reviewer)) == [other]
    assert not Submission.objects.filter(assigned_to=cast.reviewer).exists()
    assert SecondOpinion.objects.get(submission=third).state == OpinionState.WITHDRAWN
    assert SecondOpinion.objects.get(submission=fourth).wanted is None


def test_interests_in_the_api_are_ones_own(cast: Cast, client: Client) -> None:
    tag = make_tag()
    client.force_login(cast.reviewer)

    def post(body: dict[str, Any]) -> Any:
        return client.post("/api/v1/interests/", body, content_type="application/json")

    made = post({"kind": "paper", "what": tag.paper.public_id})
    assert (made.status_code, made.json()["paper"]["id"], made.json()["author"]) == (201, tag.paper.public_id, "")
    assert post({"kind": "paper", "what": "nonsense"}).json()["errors"][0]["detail"] == "There is no such paper."
    assert post({"kind": "person", "what": "Ada"}).status_code == 422
    address = f"/api/v1/interests/{made.json()['id']}/"
    client.force_login(cast.curator)
    assert (client.get(address).status_code, client.get("/api/v1/interests/").json()["results"]) == (404, [])
    client.force_login(cast.reviewer)
    assert client.delete(address, headers={"If-Match": client.get(address).headers["ETag"]}).status_code == 204
    assert not Interest.objects.exists()


def _number(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return len(queries)


def test_pages_ask_a_fixed_number_of_queries(cast: Cast, client: Client, second: User) -> None:
    client.force_login(cast.curator)

    def more() -> None:
        one = make_submission(cast.contributor, tag_data(make_statement()), paper=make_paper())
        opinions.ask(submission=one, by=cast.reviewer, rulings=rulings(one))
        opinions.decide(submission=one, by=second, rulings=rulings(one, DECLINE))
        interests.declare(by=cast.curator, kind="paper", what=make_paper().public_id)

    addresses = ("/api/v1/submissions/", "/api/v1/interests/", "/api/v1/agreement/", reverse("interests"), reverse("agreement"))
    more()
    first: Callable[[], list[int]] = lambda: [_number(client, address) for address in addresses]  # noqa: E731
    before = first()
    more()
    more()
    assert first() == before
