"""The catalogue is edited on the site: proposals, what each would change, versions side by side, statements that are due."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import ChangeState, Relation
from problems.models import CatalogueChange, Statement
from problems.services import catalogue_changes, checks_due
from tests.factories import Cast, make_agenda, make_call, make_problem, make_statement, make_tag
from tests.views.html import Node, read, visit

WHY = "It was measured since."
PROPOSE = "/catalogue/propose/"


@pytest.fixture
def pair(db: None) -> tuple[Statement, Statement]:
    """Two limitations of problem 1."""
    del db
    make_agenda()
    problem = make_problem(1)
    return make_statement(problem, text="Nobody has tested it."), make_statement(problem, text="Few have tested it.")


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def propose(cast: Cast, kind: str = "wording", target: str = "P1.L1", **values: str) -> CatalogueChange:
    return catalogue_changes.propose(kind=kind, target=target, values=values, reason=WHY, by=cast.reviewer)


def words(page: Node, tag: str) -> list[str]:
    """What is marked as added or left out, without what is said to who listens."""
    return ["".join(child for child in node.children if isinstance(child, str)) for node in page.all(tag)]


def summary(answer: Any) -> list[str]:
    return [each.text for each in read(answer).one("div", "error-summary").all("a")]


@pytest.mark.usefixtures("pair")
def test_a_wording_is_proposed_previewed_published_and_undone(cast: Cast) -> None:
    reviewer, curator = signed_in(cast.reviewer), signed_in(cast.curator)
    form = visit(reviewer, f"{PROPOSE}?on=P1.L1&kind=wording")
    assert form.one("textarea", name="text").text == "Nobody has tested it."
    sent = {"on": "P1.L1", "kind": "wording", "text": "Somebody has tested it.", "review_by": "", "reason": WHY}
    answer = reviewer.post(PROPOSE, sent)
    change = CatalogueChange.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, change.get_absolute_url())
    assert reviewer.post(PROPOSE, sent)["Location"] == change.get_absolute_url()  # sent twice
    page = visit(reviewer, change.get_absolute_url())
    assert (words(page, "del"), words(page, "ins")) == (["Nobody"], ["Somebody"])
    assert [button["value"] for button in page.all("button", name="do")] == ["withdraw"]
    page = visit(curator, change.get_absolute_url())
    assert [button["value"] for button in page.all("button", name="do")] == ["publish", "decline"]
    assert curator.post(change.get_absolute_url(), {"do": "publish"}).status_code == 303
    assert Statement.objects.get(code="P1.L1").text == "Somebody has tested it."
    page = visit(curator, change.get_absolute_url())
    assert [button["value"] for button in page.all("button", name="do")] == ["undo"]
    assert curator.post(change.get_absolute_url(), {"do": "undo"}).status_code == 303
    assert Statement.objects.get(code="P1.L1").text == "Nobody has tested it."
    assert visit(curator, change.get_absolute_url()).all("button", name="do") == []


@pytest.mark.usefixtures("pair")
def test_a_retirement_shows_what_moves(cast: Cast) -> None:
    make_call(Statement.objects.get(code="P1.L1"))
    make_tag(Statement.objects.get(code="P1.L1"), relation=Relation.NARROWS)
    answer = signed_in(cast.reviewer).post(PROPOSE, {"on": "P1.L1", "kind": "retirement", "successor": "P1.L2", "reason": WHY})
    page = visit(signed_in(cast.curator), answer["Location"])
    rows = {row.one("dt").text: row.one("dd").text for row in page.all("dl", "rows")[1].all("div")}
    assert rows == {
        "P1.L1": "Narrowed → retired, no state",
        "P1.L2": "Untouched → Narrowed",
        "Tags": "1 moves",
        "Searches": "0",
        "Declarations of teams": "0",
        "Followers": "0",
        "Calls that serve it": "C1",
    }


@pytest.mark.usefixtures("pair")
def test_a_new_statement_is_proposed(cast: Cast) -> None:
    reviewer, curator = signed_in(cast.reviewer), signed_in(cast.curator)
    answer = reviewer.post(PROPOSE, {"on": "P1", "kind": "new", "section": "limitation", "text": "A third one holds.", "reason": WHY})
    assert words(visit(reviewer, answer["Location"]), "ins") == ["Limitation", "A third one holds."]
    curator.post(answer["Location"], {"do": "publish"})
    assert Statement.objects.get(text="A third one holds.").code == "P1.L3"
    assert visit(curator, answer["Location"]).one("h1").text == "New statement P1.L3"


@pytest.mark.usefixtures("pair")
def test_what_is_wrong_is_said_and_what_is_typed_is_kept(cast: Cast) -> None:
    reviewer = signed_in(cast.reviewer)
    answer = reviewer.post(PROPOSE, {"on": "P1.L1", "kind": "wording", "text": "Nobody has tested it.", "reason": "Typed."})
    assert (answer.status_code, summary(answer)) == (422, ["Wording: It reads the same as now. Write what should stand there instead."])
    assert read(answer).one("textarea", name="reason").text == "Typed."
    answer = reviewer.post(PROPOSE, {"on": "P1.L1", "kind": "retirement", "successor": "P9.L9", "reason": "Typed."})
    assert summary(answer) == ["Successor: There is no such statement. Write a code like P5.L2, or leave it empty."]
    answer = reviewer.get(f"{PROPOSE}?on=P9.L9")
    assert summary(answer) == ["What it is about: There is no “P9.L9”. Write a code like P5.L2, C3 or P5."]
    page = visit(reviewer, f"{PROPOSE}?on=P1")
    assert [link.text for link in page.one("ul", "kinds").all("a")] == ["Another wording", "A new statement of this problem"]
    assert CatalogueChange.objects.count() == 0


@pytest.mark.usefixtures("pair")
def test_what_a_visitor_typed_waits_behind_the_log_in(client: Client, cast: Cast) -> None:
    answer = client.post(PROPOSE, {"on": "P1.L1", "kind": "wording", "text": "Typed before.", "reason": WHY})
    assert answer["Location"] == f"/accounts/login/?next={PROPOSE}"
    client.force_login(cast.reviewer, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert visit(client, PROPOSE).one("textarea", name="text").text == "Typed before."


@pytest.mark.usefixtures("pair")
def test_what_changed_meanwhile_is_said_and_it_cannot_be_published(cast: Cast) -> None:
    curator = signed_in(cast.curator)
    first, second = propose(cast, text="One."), propose(cast, text="Two.")
    curator.post(first.get_absolute_url(), {"do": "publish"})
    page = visit(curator, second.get_absolute_url())
    assert "P1.L1 has changed since this was proposed." in page.text
    assert "disabled" in page.one("button", value="publish").attributes
    answer = curator.post(second.get_absolute_url(), {"do": "publish"})
    assert (answer.status_code, "P1.L1 has changed since" in read(answer).text) == (409, True)
    answer = curator.post(second.get_absolute_url(), {"do": "decline", "answer": ""})
    assert (answer.status_code, summary(answer)) == (422, ["Why it stays as it is: Say why, so that its author can learn from it."])
    assert curator.post(second.get_absolute_url(), {"do": "burn"}).status_code == 422
    assert curator.post(second.get_absolute_url(), {"do": "decline", "answer": "It holds."}).status_code == 303
    assert "It holds." in visit(signed_in(cast.reviewer), second.get_absolute_url()).text
    assert signed_in(cast.reviewer).post(second.get_absolute_url(), {"do": "publish"}).status_code == 403


@pytest.mark.usefixtures("pair")
def test_proposals_by_where_they_are(cast: Cast) -> None:
    reviewer = signed_in(cast.reviewer)
    waits, withdrawn = propose(cast, text="One."), propose(cast, text="Two.")
    catalogue_changes.withdraw(change=withdrawn, by=cast.reviewer)
    for query, expected in (("", waits), ("?state=withdrawn", withdrawn)):
        rows = visit(reviewer, f"/catalogue/{query}").one("tbody").all("tr")
        assert [row.one("th").one("a")["href"] for row in rows] == [expected.get_absolute_url()]
    assert reviewer.get("/catalogue/?state=lost").status_code == 400
    assert reviewer.get("/catalogue/?cursor=lost").status_code == 400


def test_the_list_takes_a_fixed_number_of_queries(cast: Cast, pair: tuple[Statement, Statement]) -> None:
    reviewer, counts = signed_in(cast.reviewer), []
    for number in (1, 3):
        for place in range(number):
            propose(cast, text=f"Version {number} {place}.", target=pair[place % 2].code)
        reviewer.get("/catalogue/")
        with CaptureQueriesContext(connection) as queries:
            visit(reviewer, "/catalogue/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# -- versions --


@pytest.mark.usefixtures("pair")
def test_any_two_versions_side_by_side(client: Client, cast: Cast) -> None:
    for text in ("Few people have tested it.", "Some people have tested it twice."):
        catalogue_changes.publish(change=propose(cast, text=text), by=cast.curator)
    page = visit(client, "/catalogue/P1.L1/versions/")
    assert [row.one("th").text for row in page.one("tbody").all("tr")] == ["3", "2", "1"]
    assert (words(page, "del"), words(page, "ins")) == (["Few"], ["Some", " twice"])
    assert "Curator" not in page.text
    assert WHY not in page.text
    page = visit(client, "/catalogue/P1.L1/versions/", a="1", b="3")
    assert (words(page, "del"), words(page, "ins")) == (["Nobody has"], ["Some people have", " twice"])
    page = visit(signed_in(cast.reviewer), "/catalogue/P1.L1/versions/")
    assert (page.text.count("Curator"), page.text.count(WHY)) == (2, 2)
    assert client.get("/catalogue/P1.L1/versions/?a=9").status_code == 400
    assert client.get("/catalogue/p1.l1/versions/")["Location"] == "/catalogue/P1.L1/versions/"


def test_versions_of_a_problem_and_a_call(client: Client, pair: tuple[Statement, Statement]) -> None:
    make_call(pair[0])
    links = [link.text for link in visit(client, "/catalogue/P1/versions/").all("a", "code")]
    assert links == ["P1.L1", "P1.L2"]
    assert "Build test 1." in visit(client, "/catalogue/C1/versions/").text


def test_versions_take_a_fixed_number_of_queries(client: Client, cast: Cast, pair: tuple[Statement, Statement]) -> None:
    counts = []
    for number in (1, 3):
        for place in range(number):
            catalogue_changes.publish(change=propose(cast, text=f"Version {number} {place}."), by=cast.curator)
        with CaptureQueriesContext(connection) as queries:
            visit(client, f"/catalogue/{pair[0].code}/versions/")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("who", "links"), [("anonymous", 0), ("contributor", 0), ("reviewer", 4), ("curator", 4)])
def test_the_page_of_a_problem_leads_reviewers_to_proposals(cast: Cast, pair: tuple[Statement, Statement], who: str, links: int) -> None:
    client = Client() if who == "anonymous" else signed_in(getattr(cast, who))
    page = visit(client, pair[0].problem.get_absolute_url())
    found = [link for link in page.all("a") if link.attributes.get("href", "").startswith(PROPOSE)]
    assert len(found) == links - 1 if links else not found
    assert page.all("a", href="/catalogue/P1/versions/")


# -- still true --


def test_what_is_due_is_answered(cast: Cast, pair: tuple[Statement, Statement]) -> None:
    reviewer, today = signed_in(cast.reviewer), timezone.localdate()
    Statement.objects.filter(pk=pair[0].pk).update(review_by=date(2026, 1, 1))
    Statement.objects.filter(pk=pair[1].pk).update(review_by=today + timedelta(days=9))
    page = visit(reviewer, "/review/still-true/")
    assert [each.text for each in page.all("h2", "statement-text")] == ["Nobody has tested it."]
    assert page.one("input", name="until")["value"] == (today + timedelta(days=365)).isoformat()
    sent = {"code": "P1.L1", "reason": "", "until": (today + timedelta(days=30)).isoformat()}
    answer = reviewer.post("/review/still-true/", sent)
    assert (answer.status_code, len(summary(answer))) == (422, 1)
    answer = reviewer.post("/review/still-true/", sent | {"reason": "Typed.", "until": "soon"})
    assert (summary(answer), read(answer).one("textarea", name="reason").text) == (["Ask again on: Write the day like 2026-01-31."], "Typed.")
    answer = reviewer.post("/review/still-true/", sent | {"reason": "Looked."})
    assert (answer.status_code, Statement.objects.get(pk=pair[0].pk).review_by) == (303, today + timedelta(days=30))
    page = visit(reviewer, "/review/still-true/")
    assert ("Nothing is due." in page.text, "P1.L2" in page.text) == (True, True)
    answer = reviewer.post("/review/still-true/", sent | {"reason": "Looked."})
    assert (answer.status_code, "P1.L1 is not due" in read(answer).text) == (409, True)
    assert reviewer.post("/review/still-true/", {"code": "P9.L9"}).status_code == 422


def test_what_is_refused_on_another_page_is_kept(cast: Cast, pair: tuple[Statement, Statement]) -> None:
    reviewer, problem = signed_in(cast.reviewer), pair[0].problem
    made = [make_statement(problem, review_by=date(2026, 1, 1) + timedelta(days=number)) for number in range(21)]
    answer = reviewer.post("/review/still-true/", {"code": made[-1].code, "reason": "Typed.", "until": "soon"})
    page = read(answer)
    first = page.all("article", "due")[0]
    assert (answer.status_code, first["aria-labelledby"], first.one("textarea", name="reason").text) == (422, f"due-{made[-1].code}", "Typed.")
    assert (summary(answer), "is not due here" in page.text) == (["Ask again on: Write the day like 2026-01-31."], False)


def test_what_is_due_is_paged_by_day(cast: Cast, pair: tuple[Statement, Statement]) -> None:
    reviewer, problem = signed_in(cast.reviewer), pair[0].problem
    made = [make_statement(problem, review_by=date(2026, 1, 1) + timedelta(days=number // 2)) for number in range(24)]
    first = visit(reviewer, "/review/still-true/")
    second = visit(reviewer, first.one("a", rel="next")["href"])
    assert [node["id"] for page in (first, second) for node in page.all("h2", "statement-text")] == [
        f"due-{each.code}" for each in sorted(made, key=lambda each: (each.review_by, each.code))
    ]
    counts = []
    for number in (24, 22):
        with CaptureQueriesContext(connection) as queries:
            visit(reviewer, "/review/still-true/")
        counts.append(len(queries))
        for statement in made[:2] if number == 24 else ():
            checks_due.confirm(statement=statement, by=cast.reviewer, reason="Looked.")
    assert counts[0] == counts[1]


@pytest.mark.usefixtures("pair")
def test_a_proposal_is_nobody_elses(cast: Cast) -> None:
    change = propose(cast, text="One.")
    assert signed_in(cast.contributor).get(change.get_absolute_url()).status_code == 403
    assert signed_in(cast.contributor).get("/catalogue/changes/aaaaaaaaaa/").status_code == 403
    assert CatalogueChange.objects.get().state == ChangeState.PROPOSED
