"""The method of a paper on the pages: logged, reviewed, shown, corrected, and what narrows the map."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Relation, ReviewStatus, SubmissionKind, SubmissionState, Visibility
from problems.models import Paper, Submission, User
from problems.services import reviews, submissions
from problems.services.reviews import Ruling, Rulings
from tests.factories import Cast, make_agenda, make_call, make_paper, make_problem, make_statement, make_tag, tag_data
from tests.views.html import Node, read, visit
from tests.views.test_logging import LOG, fields
from tests.views.test_reviews import filled as decision

METHOD = {"material": "none_needed", "modalities": ["image"]}


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The contributor's browser."""
    make_agenda()
    make_statement(make_problem(5), text="Nobody has tested 1.")
    client.force_login(cast.contributor)
    return client


def hand_in(by: User, *tags: dict[str, Any], paper: Paper | None = None) -> Submission:
    about = {"paper": paper.public_id} if paper else {"record": {"title": "On tests"}}
    return submissions.hand_in(by=by, kind=SubmissionKind.PAPER, content={**about, "tags": list(tags), "method": METHOD})


def boxes(page: Node) -> list[str]:
    """Labels of the boxes that are ticked."""
    return [label.text for label in page.one("fieldset", "modalities").all("label") if "checked" in label.one("input").attributes]


def as_reviewer(cast: Cast) -> Client:
    other = Client()
    other.force_login(cast.reviewer)
    return other


# -- logging and correcting --


def test_it_is_logged_beside_the_record_and_kept_in_a_draft(desk: Client) -> None:
    page = visit(desk, LOG, new="1")
    method = page.one("fieldset", "method")
    options = method.one("select", name="material").all("option")
    assert [option.text for option in options] == ["Not said", "None needed", "Proxy data only", "Needs it"]
    assert [label.text for label in method.one("fieldset", "modalities").all("label")] == ["Text", "Image", "Video", "Audio", "Agents"]
    assert boxes(page) == []
    assert "Optional. Reviewed like tags." in method.text
    given = fields(page) | {"title": "On tests", "material": "proxy_only", "modality_video": "on", "modality_text": "on"}
    desk.post(LOG, given | {"do": "draft"})
    draft = Submission.objects.get()
    assert draft.content["method"] == {"material": "proxy_only", "modalities": ["text", "video"]}
    edit = visit(desk, f"{draft.get_absolute_url()}edit/")
    assert (boxes(edit), fields(edit)["material"]) == (["Text", "Video"], "proxy_only")
    desk.post(f"{draft.get_absolute_url()}edit/", fields(edit) | {"do": "submit"})
    draft.refresh_from_db()
    assert reviews.waiting_parts(draft).method == {"material": "proxy_only", "modalities": ["text", "video"]}


def test_a_method_alone_is_handed_in_for_a_paper_on_record(desk: Client) -> None:
    paper = make_paper(material="needs_it")
    page = visit(desk, LOG, paper=paper.public_id)
    assert "On record: harmful material: needs it" in page.one("fieldset", "method").text
    refused = desk.post(LOG, fields(page) | {"material": "needs_it", "do": "submit"})
    assert (refused.status_code, fields(read(refused))["material"]) == (422, "needs_it")
    assert desk.post(LOG, fields(page) | {"material": "none_needed", "do": "submit"}).status_code == 303
    submission = Submission.objects.get()
    assert (submission.content["method"], submission.state) == ({"material": "none_needed"}, SubmissionState.SUBMITTED)


def test_nonsense_is_told_at_its_field(desk: Client) -> None:
    answer = desk.post(LOG, {"title": "On tests", "material": "much", "do": "draft"})
    page = read(answer)
    assert answer.status_code == 422
    (fault,) = page.one("div", "error-summary").all("li")
    assert fault.text == "Harmful material: This word is not known. Choose among: none_needed, proxy_only, needs_it."
    assert page.all("", id=fault.one("a")["href"].removeprefix("#"))


def test_a_correction_hands_in_what_differs(desk: Client, cast: Cast) -> None:
    paper = make_paper(material="needs_it", modalities=["text", "image"])
    address = f"/papers/{paper.public_id}/correct/"
    page = visit(desk, address)
    assert (boxes(page), fields(page)["material"]) == (["Text", "Image"], "needs_it")
    given = {name: value for name, value in fields(page).items() if name != "modality_text"}
    desk.post(address, given | {"modality_audio": "on", "material": "", "reason": "As printed.", "do": "submit"})
    submission = Submission.objects.get()
    assert submission.content["correction"]["changes"] == {"material": "", "modalities": ["image", "audio"]}
    told = visit(desk, submission.get_absolute_url()).one("section", **{"aria-labelledby": "changes"})
    assert [(row.one("dt").text, row.one("dd").text) for row in told.all("div")][:2] == [
        ("Harmful material", "empty"),
        ("Modality studied", "image, audio"),
    ]
    table = visit(as_reviewer(cast), submission.get_review_url()).one("table", "differences")
    assert [[cell.text for cell in row.all("td")] for row in table.all("tr")][1:] == [["needs it", "empty"], ["text, image", "image, audio"]]


# -- reviewing --


def test_a_reviewer_sees_it_as_one_part_and_edits_it(desk: Client, cast: Cast) -> None:
    paper = make_paper(modalities=["text"])
    submission = hand_in(cast.contributor, tag_data("P5.L1"), paper=paper)
    reviewer = as_reviewer(cast)
    page = visit(reviewer, submission.get_review_url())
    assert [mark.text for mark in visit(reviewer, "/review/").all("span", "queue-mark")] == ["method"]
    part = page.one("section", **{"aria-labelledby": "part-method"})
    assert [[cell.text for cell in row.all("td")] for row in part.all("tr")][1:] == [["not said", "none needed"], ["text", "image"]]
    assert [radio["value"] for radio in part.all("input", name="method.verdict")] == ["accept", "edit", "decline", "ask"]
    assert page.one("h2", "pane-title").text == "2 parts to decide"

    def send(**values: Any) -> Any:
        return reviewer.post(submission.get_review_url(), decision(submission) | {name.replace("__", "."): value for name, value in values.items()})

    missing = send()
    assert (missing.status_code, missing.context["errors"]) == (
        422,
        [{"label": "Method", "text": "Decide on this too: a decision covers all parts.", "target": "id_method.verdict_0"}],
    )
    empty = send(method__verdict="edit", method__material="", method__modalities=[])
    assert [fault["label"] for fault in empty.context["errors"]] == ["Method"]
    odd = send(method__verdict="edit", method__modalities=["smell"])
    assert (odd.status_code, odd.context["errors"][0]["label"]) == (422, "Method")
    assert send(method__verdict="edit", method__material="none_needed", method__modalities=["video", "audio"]).status_code == 302
    assert Paper.objects.values_list("material", "modalities").get(pk=paper.pk) == ("none_needed", ["video", "audio"])
    told = visit(desk, submission.get_absolute_url()).one("section", **{"aria-labelledby": "method"})
    assert [(row.one("dt").text, row.one("dd").text) for row in told.all("div") if row.all("dt")] == [
        ("Harmful material", "none needed"),
        ("Modality studied", "image"),
        ("Now: harmful material", "none needed"),
        ("Now: modality studied", "video, audio"),
    ]
    assert "Accepted, with changes" in told.text
    assert "method" in visit(desk, "/my/").one("td", "codes").text


def test_what_is_asked_of_it_stands_at_its_fields(desk: Client, cast: Cast) -> None:
    submission = hand_in(cast.contributor)
    values = decision(submission) | {"act": "ask", "method.verdict": "ask", "method.words": "Which images?"}
    assert as_reviewer(cast).post(submission.get_review_url(), values).status_code == 302
    assert "Which images?" in visit(desk, f"{submission.get_absolute_url()}edit/").one("fieldset", "method").text
    assert "Which images?" in visit(desk, submission.get_absolute_url()).one("section", **{"aria-labelledby": "method"}).text


def test_a_declined_one_is_told_with_its_reason(desk: Client, cast: Cast) -> None:
    submission = hand_in(cast.contributor, paper=make_paper())
    values = decision(submission) | {"method.verdict": "decline", "method.reason": "not_said", "method.words": "Page 3 says otherwise."}
    assert as_reviewer(cast).post(submission.get_review_url(), values).status_code == 302
    page = visit(desk, submission.get_absolute_url())
    section = page.one("section", **{"aria-labelledby": "method"})
    assert "Not said in the paper" in section.text
    assert "Page 3 says otherwise." in section.text
    assert page.all("a", href=f"{submission.get_absolute_url()}appeal/")


# -- reading --


def test_a_paper_says_it_and_its_history_names_it(desk: Client, cast: Cast) -> None:
    submission = hand_in(cast.contributor)
    rulings = Rulings(record=Ruling("accept"), method=Ruling("accept"))  # type: ignore[arg-type]  # a word of the vocabulary
    reviews.decide(submission=submission, by=cast.reviewer, rulings=rulings)
    page = visit(Client(), Paper.objects.get(title="On tests").get_absolute_url())
    rows = page.one("section", **{"aria-labelledby": "method-title"}).all("dd")
    assert [(row.text, row.one("a")["href"]) for row in rows] == [
        ("none needed", "/papers/?material=none_needed"),
        ("image", "/papers/?modality=image"),
    ]
    assert "Changed: method." in page.one("ol", "history").text
    assert visit(Client(), make_paper().get_absolute_url()).all("section", **{"aria-labelledby": "method-title"}) == []
    del desk


@pytest.fixture
def world(db: None) -> dict[str, Any]:
    """A limitation with a paper of each kind, and one that is hidden."""
    del db
    make_agenda()
    problem = make_problem(1, slug="first")
    statement, other = make_statement(problem), make_statement(problem)
    free, bound = make_paper(title="Free", material="none_needed", modalities=["image", "text"]), make_paper(title="Bound", material="needs_it")
    hidden = make_paper(title="Hidden", material="proxy_only", modalities=["audio"], visibility=Visibility.RESTRICTED)
    make_tag(statement, free, relation=Relation.NARROWS)
    make_tag(statement, bound, relation=Relation.CONFIRMS)
    make_tag(other, bound, relation=Relation.CONFIRMS)
    make_tag(other, hidden, relation=Relation.NARROWS)
    make_tag(other, make_paper(material="proxy_only"), relation=Relation.NARROWS, status=ReviewStatus.PROPOSED)
    make_tag(make_call(statement), bound)
    return {"statement": statement, "free": free}


def facet(page: Node, label: str) -> dict[str, int]:
    found = [each for each in page.all("fieldset") if each.all("legend") and each.all("legend")[0].text == label]
    return {row.all("span")[0].text: int(row.one("span", "count-end").text) for each in found for row in each.all("label", "check")}


def test_papers_are_filtered_with_facets(client: Client, world: dict[str, Any], cast: Cast) -> None:
    page = visit(client, "/papers/", material="none_needed")
    assert [each.text for each in page.all("h3") if each.all("a")] == ["Free"]
    assert (facet(page, "Harmful material"), facet(page, "Modality")) == (
        {"none needed": 1, "proxy data only": 1, "needs it": 1},
        {"text": 1, "image": 1},
    )
    assert [chip.text for chip in page.all("a", "chip")] == ["Harmful material: none needed Remove this filter"]
    assert facet(visit(client, "/papers/"), "Modality") == {"text": 1, "image": 1}
    client.force_login(cast.reviewer)
    assert facet(visit(client, "/papers/"), "Modality") == {"text": 1, "image": 1, "audio": 1}  # what is hidden counts for reviewers alone
    wrong = visit(client, "/papers/", status=400, material="much")
    assert wrong.one("div", "error-summary").one("li").text.startswith("Harmful material: “much” is not known.")
    assert world["free"].material == "none_needed"


def test_the_map_is_narrowed_and_says_so(client: Client, world: dict[str, Any]) -> None:
    cell = visit(client, "/map/").one("a", "cell", href="/problems/1-first/#P1.L1")
    assert cell.classes >= {"state-narrowed"}
    page = visit(client, "/map/", material="none_needed", modality="image")
    assert page.one("div", "narrowed").text.startswith(
        "Narrowed by methods that need no access to harmful material on the modality image. States and counts follow from the 1 paper on the map"
    )
    assert page.one("div", "narrowed").one("a")["href"] == "/map/"
    assert [cell.text for cell in page.all("a", "cell")] == ["P1.L1: narrowed, 1 paper", "P1.L2: untouched, 0 papers"]
    assert [item.one("span", "code").text for item in page.one("ul", "frontier").all("li")] == ["P1.L2"]
    assert [each["href"] for each in page.all("a", "heat")] == ["/papers/?problem=1&relation=narrows&material=none_needed&modality=image"]
    table = visit(client, "/map/", material="needs_it", view="table")
    assert [row.one("td", "words").text for row in table.all("tr", "map-row")] == ["Nobody has tested 1.", "Nobody has tested 2."]
    assert [row.one("span", "state").text for row in table.all("tr", "map-row")] == ["Confirmed", "Confirmed"]
    both = visit(client, "/map/", material=["none_needed", "needs_it"])
    assert "methods that need no access to harmful material or need harmful material" in both.one("div", "narrowed").text
    menu = page.one("nav", "menu-list", **{"aria-label": "Modality"})
    assert [option["href"] for option in menu.all("a")][:2] == [
        "/map/?material=none_needed&modality=text&modality=image",
        "/map/?material=none_needed",
    ]
    assert [option.attributes.get("aria-current") for option in menu.all("a")] == [None, "true", None, None, None]
    hidden = visit(client, "/map/", material="proxy_only")
    assert "from the 0 papers" in hidden.one("div", "narrowed").text
    wrong = visit(client, "/map/", status=400, modality="smell")
    assert wrong.one("div", "error-summary").one("li").text == "Modality: “smell” is not known. Choose one of: text, image, video, audio, agents."
    world["statement"].refresh_from_db()
    assert world["statement"].state == "narrowed"  # nothing of it is kept


def test_home_and_calls_are_narrowed_alike(client: Client, world: dict[str, Any]) -> None:
    assert visit(client, "/").one("h2", id="figure-title").text.startswith("2 of 2 limitations have a paper on record;")
    page = visit(client, "/", material="none_needed")
    assert page.one("h2", id="figure-title").text == (
        "1 of 2 limitations have a paper on record, narrowed by methods that need no access to harmful material; 0 of the other 1 have been searched"
    )
    assert page.one("h2", id="figure-title").all("a")[1]["href"] == "/map/?material=none_needed#frontier"
    assert [step.one("a", "code").text for step in page.one("ol", "moves").all("li")] == ["P1.L1"]
    assert "No response" in page.one("ul", "call-list").text
    assert page.one("div", "narrowed").one("a")["href"] == "/#problems"
    assert "0 of 1" in visit(client, "/calls/", modality="image").one("div", "totals").text
    assert "1 of 1" in visit(client, "/calls/", material="needs_it").one("div", "totals").text
    visit(client, "/", status=400, material="much")
    visit(client, "/calls/", status=400, material="much")
    assert world


@pytest.mark.parametrize("address", ["/", "/map/", "/calls/"])
def test_narrowing_takes_a_fixed_number_of_queries(client: Client, world: dict[str, Any], address: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            visit(client, address, material="none_needed", modality="image")
        return len(queries)

    make_tag(make_call(world["statement"]), world["free"])
    one = count()
    for _ in range(2):
        paper = make_paper(material="none_needed", modalities=["image"])
        make_tag(world["statement"], paper, relation=Relation.ADDRESSES)
        make_tag(make_statement(make_problem()), paper, relation=Relation.CONFIRMS)
        make_tag(make_call(world["statement"]), paper)
    assert count() == one
