"""Logging papers, searches and corrections, as a browser without scripts sends them."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import ReviewStatus, Scheme, SubmissionState, Visibility
from problems.models import Paper, Search, Statement, Submission, Tag, User
from problems.services import submissions
from tests.factories import RATIONALE, Cast, make_call, make_paper, make_problem, make_statement, make_submission, make_tag
from tests.views.html import Node, read, visit

LOG = "/log/"
pytestmark = pytest.mark.usefixtures("contributor", "statement")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
BIBTEX = """@inproceedings{kim2025, title={Marks that {Survive}}, author={Kim, Ada and van Beethoven, Ludwig and {World Health Organization}},
  year={2025}, booktitle={Proceedings of Marks}, doi={10.1145/3442188.3445922}}"""
RIS = "TY  - JOUR\nTI  - A title of RIS\nAU  - Kim, Ada\nPY  - 2024\nDO  - 10.1145/3442188.3445922\nER  - \n"


@pytest.fixture
def statement(cast: Cast) -> Statement:
    """A limitation to tag; its problem is number 5."""
    del cast
    return make_statement(make_problem(5, title="Marks"), text="Cropping removes the mark.")


@pytest.fixture
def contributor(client: Client, cast: Cast) -> User:
    """Somebody who contributes, signed in."""
    client.force_login(cast.contributor, backend=BACKEND)
    return cast.contributor


def fields(page: Node) -> dict[str, str]:
    """What a browser would send of the form of this page, without its button."""
    (form,) = [each for each in page.one("main").all("form") if each.all("", "dock") or "log-form" in each.classes]
    sent: dict[str, str] = {}
    for node in form.all():
        name = node.attributes.get("name")
        if not name or node.tag == "button":
            continue
        if node.tag == "textarea":
            sent[name] = "".join(child for child in node.children if isinstance(child, str)).removeprefix("\n")
        elif node.tag == "select":
            sent[name] = next((option["value"] for option in node.all("option") if "selected" in option.attributes), node.all("option")[0]["value"])
        elif node.attributes.get("type") not in {"radio", "checkbox"}:
            sent[name] = node.attributes.get("value", "")
        elif "checked" in node.attributes:
            sent[name] = node.attributes.get("value", "on")
    return sent


def send(client: Client, page: Node, do: str, to: str = LOG, **more: str) -> Any:
    """Press a button of the form."""
    return client.post(to, fields(page) | more | {"do": do})


def filled(**more: str) -> dict[str, str]:
    """A record with one tag, complete."""
    return {
        "title": "A paper on marks",
        "authors": "Kim, Ada\nLudwig van Beethoven\n{World Health Organization}",
        "date": "2025-05",
        "type": "preprint",
        "identifiers": "https://arxiv.org/abs/2505.08234",
        "tag-0-target": "P5.L1",
        "tag-0-relation": "narrows",
        "tag-0-rationale": RATIONALE,
        "tag-0-locator": "Section 3",
        "tag-0-basis": "general_proxy",
        "once": "a-key",
    } | more


def errors(page: Node) -> list[tuple[str, str]]:
    """Each line of the summary: where it leads, and what it says."""
    return [(link["href"], link.text) for link in page.one("div", "error-summary").all("a")]


def test_a_paper_is_logged_with_two_tags_without_scripts(client: Client, contributor: User, statement: Statement) -> None:
    page = read(client.post(LOG, {"do": "look", "what": "arXiv:2505.08234"}))
    assert page.one("p", "recognised").text == "Identifier: arXiv 2505.08234"
    assert fields(page)["identifiers"] == "arXiv: 2505.08234"
    page = read(send(client, page, "find", title="A paper on marks", authors="Kim, Ada", find="cropping"))
    buttons = [button["value"] for button in page.one("ul", "found").all("button")]
    assert buttons == ["add:P5.L1", "add:P5"]
    page = read(send(client, page, "add:P5.L1"))
    page = read(send(client, page, "add:P5", **{"tag-0-relation": "narrows", "tag-0-rationale": RATIONALE, "tag-0-basis": "general_proxy"}))
    assert (fields(page)["title"], fields(page)["tag-0-rationale"], fields(page)["tag-1-relation"]) == ("A paper on marks", RATIONALE, "relevant")
    response = send(client, page, "submit", message="Please look", **{"tag-1-rationale": RATIONALE, "tag-1-basis": "not_applicable"})
    assert response.status_code == 303, errors(read(response))
    submission = Submission.objects.get()
    assert (response.status_code, response["Location"]) == (303, submission.get_absolute_url())
    assert (submission.contributor, submission.state, submission.message) == (contributor, SubmissionState.SUBMITTED, "Please look")
    paper = Paper.objects.get()
    assert (paper.title, paper.visibility, [row.value for row in paper.identifiers.all()]) == ("A paper on marks", Visibility.WAITING, ["2505.08234"])
    assert set(Tag.objects.values_list("statement__code", "problem__number", "relation", "status")) == {
        ("P5.L1", None, "narrows", ReviewStatus.PROPOSED),
        (None, 5, "relevant", ReviewStatus.PROPOSED),
    }
    assert statement.code in client.get(submission.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("text", "source"), [(BIBTEX, "BibTeX entry"), (RIS, "RIS entry")])
def test_an_entry_fills_the_form_as_far_as_it_says(client: Client, text: str, source: str) -> None:
    page = read(client.post(LOG, {"do": "look", "what": text}))
    assert page.one("p", "recognised").text.startswith(f"{source}: filled in from it: title, authors, date")
    form = fields(page)
    assert (form["identifiers"], form["authors"].splitlines()[0]) == ("DOI: 10.1145/3442188.3445922", "Kim, Ada")
    if text == BIBTEX:
        assert form["authors"].splitlines() == ["Kim, Ada", "van Beethoven, Ludwig", "{World Health Organization}"]
        assert (form["venue"], form["type"], form["date"]) == ("Proceedings of Marks", "conference", "2025")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is nothing to look for."),
        ("javascript:alert(1)", "http"),
        ("arXiv:2599.00001", "is not an arXiv identifier"),
        ("@article{a, title={No end", "This looks like BibTeX and cannot be read."),
        ("word " * 300, "too long for a title"),
        ("x" * 60_001, "This is longer than 60,000 characters."),
    ],
)
def test_what_cannot_be_read_is_told_and_kept(client: Client, text: str, sentence: str) -> None:
    response = client.post(LOG, {"do": "look", "what": text})
    page = read(response)
    assert response.status_code == 422
    ((target, words),) = errors(page)
    assert (target, sentence in words) == ("#id_what", True)
    kept = "".join(child for child in page.one("textarea", id="id_what").children if isinstance(child, str)).removeprefix("\n")
    assert kept.strip() == text.strip()


def test_known_records_come_first_with_their_tags(client: Client, statement: Statement) -> None:
    paper = make_paper(title="Marks that survive cropping", identifiers=[(Scheme.DOI, "10.1145/3442188.3445922")])
    make_tag(statement, paper, relation="confirms")
    for what in ("https://doi.org/10.1145/3442188.3445922", "Marks that survives cropping"):
        page = visit(client, LOG, what=what)
        assert page.one("main").all("form")[0].all("input", name="title") == []
        (card,) = page.all("article", "known")
        assert (card.one("h2").text, [item.text for item in card.one("ul", "standing").all("li")]) == (
            paper.title,
            ["P5.L1 confirms Cropping removes the mark."],
        )
        assert card.one("a", "primary")["href"] == f"/log/?paper={paper.public_id}"
    page = read(client.post(LOG, {"do": "new", "what": "Marks that survives cropping"}))
    assert (fields(page)["title"], fields(page)["dismissed"]) == ("Marks that survives cropping", paper.public_id)
    assert send(client, page, "submit").status_code == 303


def test_tags_are_added_to_a_record(client: Client, contributor: User, statement: Statement) -> None:
    paper = make_paper()
    page = visit(client, LOG, paper=paper.public_id, statement="p5.l1")
    more = {"tag-0-relation": "disputes", "tag-0-rationale": RATIONALE, "tag-0-basis": "general_proxy"}
    assert send(client, page, "submit", **more).status_code == 303
    tag = Tag.objects.get()
    assert (tag.paper, tag.statement, tag.relation, tag.contributor) == (paper, statement, "disputes", contributor)


def test_a_record_that_is_hidden_is_not_there(client: Client) -> None:
    paper = make_paper(visibility=Visibility.RESTRICTED, identifiers=[(Scheme.ARXIV, "2505.08234")])
    for query in ({"paper": paper.public_id}, {"paper": "aaaaaaaaaa"}):
        page = visit(client, LOG, status=404, **query)
        assert errors(page) == [("#id_what", "What: There is no such paper.")]
    assert visit(client, LOG, what="arXiv:2505.08234").all("article", "known") == []
    assert client.post(LOG, filled(paper=paper.public_id) | {"do": "submit"}).status_code == 404


def test_a_record_that_may_be_known_is_asked_about_once(client: Client) -> None:
    paper = make_paper(title="A paper on marks!")
    response = client.post(LOG, filled() | {"do": "submit"})
    page = read(response)
    assert (response.status_code, errors(page)[0][0]) == (409, "#known")
    assert fields(page)["tag-0-rationale"] == RATIONALE
    (box,) = page.all("input", type="checkbox", name="dismissed")
    assert box["value"] == paper.public_id
    assert send(client, page, "submit", dismissed=box["value"]).status_code == 303
    assert Paper.objects.count() == 2


def test_every_fault_stands_at_its_field_and_all_that_was_typed_stays(client: Client) -> None:
    given = filled(
        title="",
        authors="Kim, Ada\n, Given",
        date="2025-13",
        address="javascript:alert(1)",
        **{"tag-0-rationale": "Short", "tag-0-relation": "contributes", "tag-0-basis": "", "tag-1-target": "P5.L1", "tag-2-target": "P9.L9"},
    )
    response = client.post(LOG, given | {"do": "submit"})
    page = read(response)
    assert response.status_code == 422
    assert [target for target, _ in errors(page)] == ["#id_title", "#id_authors", "#id_date", "#id_address"]
    assert {name: value for name, value in fields(page).items() if name in given and name != "tag-0-relation"} == {
        name: value for name, value in given.items() if name != "tag-0-relation"
    }
    mended = given | {"title": "A paper on marks", "authors": "Kim, Ada", "date": "2025", "address": ""}
    page = read(client.post(LOG, mended | {"do": "submit"}))
    assert [target for target, _ in errors(page)] == [
        "#id_tag-0-relation_0",
        "#id_tag-0-rationale",
        "#id_tag-0-basis",
        "#id_tag-1-relation_0",
        "#id_tag-1-rationale",
        "#id_tag-1-basis",
        "#tag-2",
    ]
    page = read(client.post(LOG, filled(address="javascript:alert(1)", identifiers="nonsense") | {"do": "submit"}))
    assert [target for target, _ in errors(page)] == ["#id_identifiers"]
    assert client.post(LOG, filled(address="javascript:alert(1)") | {"do": "draft"}).status_code == 303
    page = visit(client, f"{Submission.objects.get().get_absolute_url()}edit/")
    assert fields(page)["address"] == "javascript:alert(1)"
    response = send(client, page, "submit", to=Submission.objects.get().get_absolute_url() + "edit/")
    assert (response.status_code, [target for target, _ in errors(read(response))]) == (422, ["#id_address"])
    assert Paper.objects.count() == 0


def test_a_retired_statement_and_what_is_not_there_cannot_be_chosen(client: Client, statement: Statement) -> None:
    make_statement(statement.problem, text="Old.", retired_on=date(2026, 1, 1), successor=statement)
    page = read(client.post(LOG, filled() | {"do": "add:P5.L2"}))
    assert errors(page) == [("#id_find", "Find: P5.L2 is retired. Use P5.L1.")]
    page = read(client.post(LOG, filled() | {"do": "add:P7.L7"}))
    assert errors(page)[0][1].startswith("Find: There is no “P7.L7”.")
    page = read(client.post(LOG, filled(find="zzzz") | {"do": "find"}))
    assert (errors(page)[0][1], fields(page)["find"]) == ("Find: Nothing matches “zzzz”. Try a code such as P5.L2, or other words.", "zzzz")
    response = client.post(LOG, filled(**{"tag-0-target": "P5.L2"}) | {"do": "submit"})
    assert (response.status_code, errors(read(response))) == (422, [("#tag-0", "Target: P5.L2 is retired. Use P5.L1.")])


def test_a_hundred_tags_fit_and_three_hundred_are_told(client: Client, statement: Statement) -> None:
    problem = statement.problem
    codes = [f"C{number}" for number in range(1, 101)]
    for _ in codes:
        make_call(statement)

    def many(wanted: list[str]) -> dict[str, str]:
        tags = {f"tag-{number}-target": code for number, code in enumerate(wanted)}
        for number in range(len(wanted)):
            tags |= {f"tag-{number}-relation": "responds_to", f"tag-{number}-rationale": RATIONALE, f"tag-{number}-basis": "general_proxy"}
            tags |= {f"tag-{number}-id": "", f"tag-{number}-locator": ""}
        return {"title": "Much", "once": "many"} | tags

    page = read(client.post(LOG, many(codes) | {"do": "add:P5"}))
    assert errors(page) == [("#id_find", "Find: 100 tags are the most for one submission. Hand in the rest separately.")]
    assert client.post(LOG, many(codes) | {"do": "submit"}).status_code == 303
    assert Tag.objects.count() == 100
    more = {f"tag-{number}-target": "C1" for number in range(300)}
    response = client.post(LOG, filled(**more) | {"do": "submit"})
    assert response.status_code == 422
    assert errors(read(response)) == [("#id_find", "Find: 300 tags are more than 100. Hand in the rest separately.")]
    response = client.post(LOG, many(["C1"] * 300) | {"do": "submit"})
    assert (response.status_code, "This form has more than 1,000 fields." in response.content.decode()) == (400, True)
    assert problem.statements.count() == 1


def test_a_double_click_hands_in_once(client: Client) -> None:
    answers = [client.post(LOG, filled() | {"do": "submit"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert len({answer["Location"] for answer in answers}) == 1
    assert (Submission.objects.count(), Paper.objects.count(), Tag.objects.count()) == (1, 1, 1)
    response = client.post(LOG, filled(message="Changed", dismissed=Paper.objects.get().public_id) | {"do": "submit"})
    page = read(response)
    assert (response.status_code, "This form was sent before" in errors(page)[0][1], fields(page)["once"] == "a-key") == (422, True, False)
    assert Submission.objects.count() == 1


def test_a_draft_is_kept_found_again_and_handed_in(client: Client) -> None:
    response = client.post(LOG, {"title": "Half a title", "once": "k", "do": "draft"})
    submission = Submission.objects.get()
    edit = f"/my/submissions/{submission.public_id}/edit/"
    assert (response.status_code, response["Location"], submission.state) == (303, edit, SubmissionState.DRAFT)
    assert visit(client, LOG).one("ul", "line-list").one("a").text == "Half a title"
    page = visit(client, edit)
    assert fields(page)["title"] == "Half a title"
    response = client.post(edit, fields(page) | filled(once=fields(page)["once"]) | {"do": "submit"})
    assert (response.status_code, response["Location"]) == (303, submission.get_absolute_url())
    submission.refresh_from_db()
    assert submission.state == SubmissionState.SUBMITTED


def test_what_was_changed_elsewhere_is_not_overwritten_unseen(client: Client, contributor: User) -> None:
    submission = make_submission(contributor, draft=True)
    edit = f"{submission.get_absolute_url()}edit/"
    page = visit(client, edit)
    submissions.edit(submission=submission, by=contributor, content={"record": {"title": "Elsewhere"}})
    response = send(client, page, "draft", to=edit, title="Here")
    again = read(response)
    assert (response.status_code, fields(again)["title"]) == (412, "Here")
    assert send(client, again, "draft", to=edit).status_code == 303
    submission.refresh_from_db()
    assert submission.content["record"]["title"] == "Here"


def test_a_reader_is_told_what_to_do(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader, backend=BACKEND)
    for address in (LOG, "/log/search/"):
        page = visit(client, address, status=403)
        assert page.one("h1").text == "Only contributors hand in papers, tags and searches"
    assert client.post(LOG, filled() | {"do": "submit"}).status_code == 403
    assert not Submission.objects.exists()


def test_a_search_is_logged(client: Client) -> None:
    page = visit(client, "/log/search/", statement="P5.L1")
    assert fields(page)["target-0"] == "P5.L1"
    page = read(send(client, page, "add:P5", to="/log/search/"))
    response = send(client, page, "submit", to="/log/search/", where="", query="marks")
    assert (response.status_code, [target for target, _ in errors(read(response))]) == (422, ["#id_where"])
    assert send(client, page, "submit", to="/log/search/", where="arXiv", query="marks").status_code == 303
    assert set(Search.objects.values_list("statement__code", "problem__number", "where", "query", "status")) == {
        ("P5.L1", None, "arXiv", "marks", ReviewStatus.PROPOSED),
        (None, 5, "arXiv", "marks", ReviewStatus.PROPOSED),
    }
    response = client.post(
        "/log/search/", {"do": "submit", "once": "x", "searched_on": "2999-01-01", "where": "a", "query": "b", "target-0": "P5.L1"}
    )
    assert (response.status_code, [target for target, _ in errors(read(response))]) == (422, ["#id_searched_on"])


def test_the_picker_answers_its_script(client: Client, statement: Statement) -> None:
    call = make_call(statement, text="Measure cropping.")
    found = client.get("/log/find/", {"q": "crop"}).json()["found"]
    assert sorted(found, key=lambda each: str(each["code"])) == [
        {"code": call.code, "text": "Measure cropping.", "note": "call to action"},
        {"code": "P5", "text": "Relevant to P5, statement undecided: Marks", "note": "whole problem"},
        {"code": "P5.L1", "text": "Cropping removes the mark.", "note": "limitation"},
    ]
    assert {each["code"] for each in client.get("/log/find/", {"q": "crop", "nocalls": "1"}).json()["found"]} == {"P5.L1", "P5"}
    assert client.get("/log/find/", {"q": ""}).json() == {"found": []}


def test_a_correction_hands_in_what_differs(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader, backend=BACKEND)
    paper = make_paper(title="Mraks", authors=["Kim"], year=2024, venue="ICML", identifiers=[(Scheme.ARXIV, "2505.08234")])
    to = f"/papers/{paper.public_id}/correct/"
    page = visit(client, to)
    response = send(client, page, "submit", to=to, reason="Nothing")
    assert (response.status_code, errors(read(response))) == (422, [("#main", "Submission: Nothing differs from what is on record.")])
    response = send(client, page, "submit", to=to, title="Marks", retracted="on", reason="As printed")
    submission = Submission.objects.get()
    assert (response.status_code, response["Location"]) == (303, submission.get_absolute_url())
    assert submission.content["correction"] == {
        "paper": paper.public_id,
        "changes": {"title": "Marks", "retracted": True},
        "reason": "As printed",
    }
    shown = visit(client, submission.get_absolute_url()).one("main").text
    assert ("Proposed" in shown, "Marks" in shown, "As printed" in shown) == (True, True, True)


def test_a_tag_is_corrected(client: Client, cast: Cast, statement: Statement) -> None:
    client.force_login(cast.reader, backend=BACKEND)
    other = make_statement(statement.problem, text="Another.")
    tag = make_tag(statement, relation="narrows", contributor=cast.stranger)
    to = f"/tags/{tag.public_id}/correct/"
    page = read(send(client, visit(client, to), "add:P5.L2", to=to))
    assert fields(page)["target"] == other.code
    assert send(client, page, "submit", to=to, relation="confirms", reason="It confirms").status_code == 303
    assert Submission.objects.get().content["correction"] == {
        "tag": tag.public_id,
        "changes": {"target": "P5.L2", "relation": "confirms"},
        "reason": "It confirms",
    }


def test_what_is_hidden_cannot_be_corrected(client: Client, cast: Cast) -> None:
    client.force_login(cast.reader, backend=BACKEND)
    paper = make_paper(visibility=Visibility.RESTRICTED)
    tag = make_tag(paper=paper)
    for address in (f"/papers/{paper.public_id}/correct/", f"/tags/{tag.public_id}/correct/"):
        assert client.get(address).status_code == 404


def test_queries_do_not_grow_with_the_tags(client: Client) -> None:
    page = {}
    for count in (1, 1, 3):
        tags = {f"tag-{number}-target": "P5.L1" for number in range(count)}
        with CaptureQueriesContext(connection) as queries:
            client.post(LOG, filled(**tags) | {"do": "find", "find": "cropping"})
        page[count] = len(queries)
    assert page[1] == page[3]


@pytest.mark.parametrize("query", ["?paper=%00", "?what=doi:10.1234/ab%00c", "?what=A+title+with+a+%00+in+it"])
def test_a_nul_is_no_accident(client: Client, cast: Cast, query: str) -> None:
    client.force_login(cast.contributor, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get(f"/log/{query}").status_code in {200, 404, 422}


def test_what_was_discarded_is_not_told_as_saved_by_an_old_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.contributor, backend="allauth.account.auth_backends.AuthenticationBackend")
    given = {"title": "A paper on marks", "once": "k1", "do": "draft"}
    assert client.post(LOG, given).status_code == 303
    submissions.discard(submission=Submission.objects.get(), by=cast.contributor)
    again = client.post(LOG, given)
    assert (again.status_code, "A paper on marks" in again.content.decode(), Submission.objects.count()) == (409, True, 0)


def test_a_locked_row_loses_nothing_that_was_typed(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client.force_login(cast.contributor, backend="allauth.account.auth_backends.AuthenticationBackend")

    def held(**_given: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(submissions, "create", held)
    page = client.post(LOG, {"title": "A paper on marks", "once": "k1", "do": "draft"})
    assert (page.status_code, "A paper on marks" in page.content.decode()) == (409, True)
