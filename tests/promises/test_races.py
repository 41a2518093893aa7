"""Promise 4: one winner, no silent loser. The same write by many at once, over real connections to the served app, token by token."""

import json
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from problems.choices import EventKind, Role, Scheme, SubmissionState, TokenScope, Verdict, Visibility
from problems.models import AuditEvent, ImportRun, Paper, PaperIdentifier, Review, SecondOpinion, Submission, User
from problems.services import catalogue_changes, reviews, tokens
from tests.factories import make_paper, make_statement, make_submission, make_tag, make_user, tag_data
from tests.promises.figures import FULL, figure, told
from tracker import server

ROUNDS = figure(20, 1)
AT_ONCE = (16, 50) if FULL else (16,)
DOI = "10.1000/race"


@dataclass(frozen=True, slots=True)
class Answer:
    """What one of them was told."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a token."""

    user: User
    token: str


def person(role: Role) -> Person:
    user = make_user(role)
    return Person(user, tokens.make(user=user, name="Race", scope=TokenScope.WRITE, by=user)[1])


class Site:
    """The served app, asked by many at the same moment."""

    def __init__(self, address: str, count: int) -> None:
        self.netloc, self.count = urlsplit(address).netloc, count

    def ask(self, by: Person, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """One answer."""
        connection = HTTPConnection(self.netloc, timeout=60)
        given = {"Authorization": f"Bearer {by.token}", "Content-Type": "application/json"}
        data = json.dumps({} if body is None else body)
        connection.request(method, f"/api/v1/{path}", data, given | {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text) if text else None)

    def race(self, asks: list[Callable[[], Answer]]) -> list[Answer]:
        """What each is told, all of whom ask once the last one is ready."""
        ready = threading.Barrier(len(asks))

        def one(ask: Callable[[], Answer]) -> Answer:
            ready.wait(timeout=30)
            return ask()

        with ThreadPoolExecutor(len(asks)) as pool:
            answers = list(pool.map(one, asks))
        assert [answer for answer in answers if answer.status >= 500] == []
        return answers

    def same(self, by: Person, method: str, path: str, body: Any = None, **headers: str) -> list[Answer]:
        """What all are told who send the same."""
        return self.race([partial(self.ask, by, method, path, body, **headers)] * self.count)


@pytest.fixture(params=AT_ONCE, ids="{} at once".format)
def served(site: str, request: pytest.FixtureRequest) -> Site:
    """The site, and how many ask at once."""
    return Site(site, request.param)


def statuses(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


def test_the_same_key_is_one_write(served: Site) -> None:
    who, other = person(Role.CONTRIBUTOR), person(Role.CONTRIBUTOR)
    for number in range(ROUNDS):
        answers = served.same(who, "POST", "papers/", {"title": f"Race {number}", "date": "2024"}, Idempotency_Key=f"key {number}")
        assert statuses(answers) == {201: served.count}
        assert all((each.body, each.headers["location"]) == (answers[0].body, answers[0].headers["location"]) for each in answers)
        assert (Paper.objects.count(), Submission.objects.count()) == (number + 1, number + 1)
    assert served.ask(who, "POST", "papers/", {"title": "Another"}, Idempotency_Key="key 0").status == 422
    assert served.ask(other, "POST", "papers/", {"title": "Mine alone"}, Idempotency_Key="key 0").body["title"] == "Mine alone"
    told(4, f"{ROUNDS} rounds of {served.count} with one key: one record each")


def test_the_same_key_is_one_import(served: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OF_ONE_ADDRESS", served.count)
    monkeypatch.setattr(server, "UPLOADS_AT_ONCE", served.count)
    who = person(Role.CONTRIBUTOR)
    for number in range(ROUNDS):
        given = {"Idempotency_Key": f"key {number}", "Content_Type": "application/octet-stream"}
        answers = served.same(who, "POST", "imports/", {"title": f"Race {number}"}, **given)
        assert statuses(answers) == {202: served.count}
        assert {(each.body["id"], each.headers["location"]) for each in answers} == {(answers[0].body["id"], answers[0].headers["location"])}
        assert ImportRun.objects.count() == number + 1
    told(4, f"{ROUNDS} rounds of {served.count} files with one key: one import each")


@pytest.mark.parametrize("record", ["new", "restricted"])
def test_the_same_identifier_is_one_record(served: Site, record: str) -> None:
    people = [person(Role.CONTRIBUTOR) for _ in range(4)]
    for number in range(ROUNDS):
        doi = f"{DOI}{number}"
        if record == "restricted":
            make_paper(identifiers=[(Scheme.DOI, doi)], visibility=Visibility.RESTRICTED)
        body = {"title": f"Race {number}", "identifiers": {"doi": [doi]}}
        answers = served.race([partial(served.ask, people[each % 4], "POST", "papers/", body) for each in range(served.count)])
        assert set(statuses(answers)) <= {201, 409}
        assert statuses(answers)[201] >= 1
        assert PaperIdentifier.objects.filter(value=doi, shadow=False).count() == 1
    told(4, f"{ROUNDS} rounds of {served.count} with one identifier, {record}: one record each")


def test_the_same_version_is_changed_once(served: Site) -> None:
    who = person(Role.CONTRIBUTOR)
    for number in range(ROUNDS):
        paper = make_submission(who.user, record={"title": f"Race {number}"}).paper
        assert paper
        draft = make_submission(who.user, draft=True)
        for path, field in ((f"papers/{paper.public_id}/", "venue"), (f"submissions/{draft.public_id}/", "message")):
            mark = served.ask(who, "GET", path).headers["etag"]
            asks = [partial(served.ask, who, "PATCH", path, {field: f"By {each}"}, If_Match=mark) for each in range(served.count)]
            answers = served.race([*asks])
            assert statuses(answers) == {200: 1, 412: served.count - 1}
            [won] = [each for each in answers if each.status == 200]
            now = served.ask(who, "GET", path)
            assert (now.body, now.headers["etag"]) == (won.body, won.headers["etag"])
            assert served.ask(who, "PATCH", path, {field: "Blind"}).status == 428
    told(4, f"{ROUNDS} rounds of {served.count} changes of one version: one done, the others 412")


def test_one_claim_holds(served: Site) -> None:
    contributor, people = person(Role.CONTRIBUTOR), [person(Role.REVIEWER) for _ in range(served.count)]
    for _ in range(ROUNDS):
        submission = make_submission(contributor.user, tag_data(make_statement()))
        answers = served.race([partial(served.ask, each, "POST", f"submissions/{submission.public_id}/claim/") for each in people])
        assert statuses(answers) == {200: 1, 409: served.count - 1}
        submission.refresh_from_db()
        [winner] = [number for number, each in enumerate(answers) if each.status == 200]
        assert submission.claimed_by == people[winner].user
    told(4, f"{ROUNDS} rounds of {served.count} claims: one holder each")


def test_contrary_decisions_have_one_winner(served: Site) -> None:
    contributor, people = person(Role.CONTRIBUTOR), [person(Role.REVIEWER) for _ in range(3)]
    for _ in range(ROUNDS):
        submission = make_submission(contributor.user, tag_data(make_statement()))
        tag = submission.tags.get()
        decline = {"verdict": "decline", "reason": "not_said"}
        bodies = [
            ("decision", {"record": {"verdict": "accept"}, "tags": {tag.public_id: {"verdict": "accept"}}}, "accepted"),
            ("decision", {"record": decline, "tags": {tag.public_id: decline}}, "declined"),
            ("request-changes", {"note": "Where?"}, "proposed"),
        ]
        asks: list[Callable[[], Answer]] = []
        for number in range(served.count):
            move, body, _status = bodies[number % 3]
            asks.append(partial(served.ask, people[number % 3], "POST", f"submissions/{submission.public_id}/{move}/", body))
        answers = served.race(asks)
        assert statuses(answers) == {200: 1, 409: served.count - 1}
        [winner] = [number % 3 for number, each in enumerate(answers) if each.status == 200]
        review = Review.objects.get(submission=submission)
        submission.refresh_from_db()
        tag.refresh_from_db()
        assert (review.reviewer, review.outcome, tag.status) == (people[winner].user, submission.state, bodies[winner][2])
        events = AuditEvent.objects.about(submission).filter(kind__in=(EventKind.DECIDED, EventKind.CHANGES_REQUESTED))
        assert [event.actor for event in events] == [review.reviewer]
    told(4, f"{ROUNDS} rounds of {served.count} contrary decisions: one each, and the record agrees")


def test_what_works_once_works_once(served: Site) -> None:
    """Hole 25: undo, appeal, withdrawing."""
    contributor, reviewer = person(Role.CONTRIBUTOR), person(Role.REVIEWER)
    for _ in range(ROUNDS):
        submission = make_submission(contributor.user, tag_data(make_statement()))
        path = f"submissions/{submission.public_id}"
        decline = reviews.Ruling(Verdict.DECLINE, reason="not_said")
        rulings = reviews.Rulings(record=decline, tags={submission.tags.get().public_id: decline})
        reviews.decide(submission=submission, by=reviewer.user, rulings=rulings)
        assert statuses(served.same(reviewer, "POST", f"{path}/undo/")) == {200: 1, 409: served.count - 1}
        reviews.decide(submission=Submission.objects.get(pk=submission.pk), by=reviewer.user, rulings=rulings)
        assert statuses(served.same(contributor, "POST", f"{path}/appeal/", {"text": "Page 4."})) == {200: 1, 409: served.count - 1}
        assert statuses(served.same(contributor, "POST", f"{path}/withdraw/")) == {200: 1, 409: served.count - 1}
        submission.refresh_from_db()
        assert submission.state == SubmissionState.WITHDRAWN
    told(4, f"{ROUNDS} rounds of {served.count} undoing, appealing, withdrawing: once each")


def test_one_second_opinion_counts_and_a_difference_is_settled_once(served: Site) -> None:
    contributor, first, curator = person(Role.CONTRIBUTOR), person(Role.REVIEWER), person(Role.CURATOR)
    others = [person(Role.REVIEWER) for _ in range(4)]
    for _ in range(ROUNDS):
        submission = make_submission(contributor.user, tag_data(make_statement()))
        path, key = f"submissions/{submission.public_id}", submission.tags.get().public_id
        accept, decline = {"verdict": "accept"}, {"verdict": "decline", "reason": "not_said"}
        accepted, declined = ({"record": each, "tags": {key: each}} for each in (accept, decline))
        assert served.ask(first, "POST", f"{path}/second-opinion/", accepted).status == 200
        answers = served.race([partial(served.ask, others[each % 4], "POST", f"{path}/decision/", declined) for each in range(served.count)])
        assert statuses(answers) == {200: 1, 403: served.count - 1}
        [winner] = [number % 4 for number, each in enumerate(answers) if each.status == 200]
        opinion = SecondOpinion.objects.get(submission=submission)
        assert (opinion.state, opinion.second, submission.reviews.count()) == ("different", others[winner].user, 0)
        assert statuses(served.same(curator, "POST", f"{path}/settle/", declined)) == {200: 1, 409: served.count - 1}
        opinion.refresh_from_db()
        assert (opinion.state, opinion.review) == ("settled", submission.reviews.get())
    told(4, f"{ROUNDS} rounds of {served.count} second opinions, and settlements: one each")


def test_a_change_of_the_catalogue_is_published_and_undone_once(served: Site) -> None:
    reviewer, curators = person(Role.REVIEWER), [person(Role.CURATOR) for _ in range(4)]
    for number in range(ROUNDS):
        old = make_statement()
        new = make_statement(old.problem)
        make_tag(old)
        values = {"successor": new.code}
        change = catalogue_changes.propose(kind="retirement", target=old.code, values=values, reason=f"Round {number}", by=reviewer.user)
        path = f"catalogue-changes/{change.public_id}"
        for act, holder in (("publish", new), ("undo", old)):
            answers = served.race([partial(served.ask, curators[each % 4], "POST", f"{path}/{act}/") for each in range(served.count)])
            assert statuses(answers) == {200: 1, 409: served.count - 1}
            assert (new.tags.count(), old.tags.count()) == ((1, 0) if holder == new else (0, 1))
    told(4, f"{ROUNDS} rounds of {served.count} publishing and undoing one change of the catalogue: once each")


def test_many_at_once_are_undone_once_and_assigned_once(served: Site) -> None:
    """Hole 25; and of two bulk changes over the same submissions, in contrary orders, each submission is decided by one."""
    contributor, people = person(Role.CONTRIBUTOR), [person(Role.REVIEWER) for _ in range(2)]
    for _ in range(ROUNDS):
        ids = [make_submission(contributor.user, tag_data(make_statement())).public_id for _ in range(2)]
        assigning = {"to": people[0].user.public_id}
        answers = served.same(people[1], "POST", f"submissions/{ids[0]}/assign/", assigning)
        assert statuses(answers) == {200: 1, 409: served.count - 1}
        bodies = [{"act": "accept", "submissions": ids}, {"act": "decline", "submissions": ids[::-1], "reason": "not_said"}]
        answers = served.race([partial(served.ask, people[each % 2], "POST", "bulk-changes/", bodies[each % 2]) for each in range(served.count)])
        assert set(statuses(answers)) <= {201, 409, 422}
        assert statuses(answers)[201] == 1
        assert Review.objects.filter(submission__public_id__in=ids).count() == 2
        [number] = [number for number, each in enumerate(answers) if each.status == 201]
        undoing = served.same(people[number % 2], "POST", f"bulk-changes/{answers[number].body['id']}/undo/")
        assert statuses(undoing) == {200: 1, 409: served.count - 1}
        assert set(Submission.objects.filter(public_id__in=ids).values_list("state", flat=True)) == {SubmissionState.SUBMITTED}
    told(4, f"{ROUNDS} rounds of {served.count} assigning, deciding and undoing many at once: once each")
