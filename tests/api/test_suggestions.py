"""Suggestions by the API: shapes, faults, and nothing of what is hidden."""

from typing import Any

import pytest
from django.test import Client

from problems.choices import Visibility
from problems.services.merging import merge
from tests.api.conftest import API, HOST, Ask
from tests.factories import Cast, make_paper, make_tag
from tests.teaching import Field, learn, make_field

pytestmark = pytest.mark.django_db


@pytest.fixture
def field() -> Field:
    made = make_field()
    learn()
    return made


def post(client: Client, body: Any, status: int = 200) -> Any:
    answer = client.post(f"{API}/suggestions/", body, content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()


def test_a_title_is_judged_for_everybody(client: Client, cast: Cast, field: Field) -> None:
    del field
    told = post(client, {"title": "Watermarks for maps"})
    first, statement = told["problems"][0], told["statements"][0]
    assert {key: first[key] for key in ("problem", "title", "words")} == {
        "problem": {"id": 1, "url": f"{HOST}{API}/problems/1/"},
        "title": "Marks",
        "words": [{"word": "Watermarks", "share": first["words"][0]["share"]}],
    }
    assert {key: statement[key] for key in ("statement", "problem", "text")} == {
        "statement": {"id": "P1.E1", "url": f"{HOST}{API}/statements/P1.E1/"},
        "problem": {"id": 1, "url": f"{HOST}{API}/problems/1/"},
        "text": "Robust watermarks have been studied.",
    }
    assert all(0 < each["score"] <= 1 for each in (*told["problems"], *told["statements"]))
    client.force_login(cast.reviewer)
    assert post(client, {"title": "Watermarks for maps", "abstract": ""}) == told
    assert post(client, {"title": "Yield of spring wheat"}) == {"problems": [], "statements": []}


@pytest.mark.usefixtures("field")
def test_faults_are_named(client: Client) -> None:
    for body, status, place in (
        ({}, 422, "title"),
        ({"title": " \u200b"}, 422, "title"),
        ({"title": 5}, 422, "title"),
        ({"title": "x" * 1001}, 422, "title"),
        ({"title": "A", "abstract": "x" * 10_001}, 422, "abstract"),
        ({"title": "A", "more": 1}, 422, "more"),
    ):
        assert [each["pointer"] for each in post(client, body, status)["errors"]] == [f"/{place}"], body
    post(client, [], 400)
    assert client.post(f"{API}/suggestions/?a=1", {"title": "A"}, content_type="application/json").status_code == 400
    assert client.get(f"{API}/suggestions/").headers["Allow"] == "POST, OPTIONS"


def test_a_paper_and_a_statement(ask: Ask, client: Client, field: Field) -> None:
    paper = make_paper(title="A watermark lost by regeneration")
    assert ask(f"papers/{paper.public_id}/suggestions/") == post(client, {"title": paper.title})
    [found] = [each for each in ask("statements/P1.L1/suggestions/")["papers"] if each["title"] == paper.title]
    assert {key: found[key] for key in ("paper", "html_url", "year")} == {
        "paper": {"id": paper.public_id, "url": f"{HOST}{API}/papers/{paper.public_id}/"},
        "html_url": f"{HOST}{paper.get_absolute_url()}",
        "year": 2024,
    }
    make_tag(field.moves, paper)
    assert paper.title not in [each["title"] for each in ask("statements/P1.L1/suggestions/")["papers"]]
    assert "P1.L1" not in [each["statement"]["id"] for each in ask(f"papers/{paper.public_id}/suggestions/")["statements"]]
    ask("statements/P1.L1/suggestions/?page_size=3", 400)


def test_a_merged_paper_leads_to_the_one_it_is_part_of(client: Client, cast: Cast, field: Field) -> None:
    kept, other = field.papers[0], make_paper(title="A watermark that survives, twice")
    merge(kept=kept, merged=other, by=cast.curator)
    answer = client.get(f"{API}/papers/{other.public_id}/suggestions/")
    assert (answer.status_code, answer.headers["Location"]) == (301, f"{HOST}{API}/papers/{kept.public_id}/suggestions/")


def test_a_restricted_paper_changes_no_byte(client: Client, cast: Cast, field: Field) -> None:
    paths = [f"{API}/statements/P1.L1/suggestions/", f"{API}/statements/P2.L1/suggestions/", f"{API}/papers/{field.papers[0].public_id}/suggestions/"]

    def everything() -> list[Any]:
        posted = [post(client, {"title": title}) for title in ("Watermarks", "Zyxomark")]
        answers = [client.get(path) for path in paths]
        return [*posted, *((answer.content, answer.headers["ETag"]) for answer in answers)]

    before = everything()
    hidden = make_paper(title="A zyxomark watermark lost by regeneration", visibility=Visibility.RESTRICTED, logged_by=cast.contributor)
    make_tag(field.moves, hidden)
    assert everything() == before
    learn()
    assert everything() == before
    nothing = client.get(f"{API}/papers/aaaaaaaaaa/suggestions/")
    answer = client.get(f"{API}/papers/{hidden.public_id}/suggestions/")
    assert (
        (answer.status_code, answer.json()["detail"]) == (nothing.status_code, nothing.json()["detail"]) == (404, "There is no paper with this id.")
    )
