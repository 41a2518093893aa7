"""Merging on the site: side by side, field by field, undone; and where the old address leads, for whom."""

import re
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from problems.choices import Relation, Scheme, Visibility
from problems.models import Merge, Paper
from problems.services import merging
from tests.factories import Cast, make_paper, make_statement, make_submission, make_tag, tag_data
from tests.views.html import read

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ADDRESS = "/papers/merge/"
RANDOM = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|[0-9a-f]{32}|[0-9a-f-]{36}')


def client_of(user: Any) -> Client:
    client = Client()
    if not isinstance(user, AnonymousUser):
        client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def pair(cast: Cast) -> tuple[Paper, Paper]:
    del cast
    kept = make_paper(title="Marks that last", authors=["Abel"], identifiers=[(Scheme.ARXIV, "2401.00001")])
    merged = make_paper(title="Marks that last longer", authors=["Abel"], venue="Journal", identifiers=[(Scheme.DOI, "10.1000/abc")])
    return kept, merged


@pytest.fixture
def client(cast: Cast) -> Client:
    return client_of(cast.curator)


def form_of(client: Client, kept: Paper, merged: Paper) -> dict[str, str]:
    """What the form holds as it comes."""
    page = read(client.get(ADDRESS, {"keep": kept.public_id, "merge": merged.public_id}))
    form = page.one("main").one("form", "merging")
    hidden = {each["name"]: each["value"] for each in form.all("input", type="hidden") if each["name"] != "csrfmiddlewaretoken"}
    chosen = {each["name"]: each["value"] for each in form.all("input", type="radio") if "checked" in each.attributes}
    return hidden | chosen


def test_what_differs_is_chosen_and_what_is_the_same_is_told(client: Client, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    page = read(client.get(ADDRESS, {"keep": kept.public_id, "merge": merged.public_id}))
    assert [each.one("p", "side-name").text for each in page.all("div", "differs")] == ["Title", "Venue"]
    chosen = form_of(client, kept, merged)
    assert {name: chosen[name] for name in ("title", "venue")} == {"title": "kept", "venue": "merged"}
    assert {name for name in chosen if not name.startswith("seen")} == {"title", "venue", "keep", "merge"}


def test_tags_that_move_and_that_stay_behind_are_shown_first(client: Client, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    both, one = make_statement(), make_statement()
    for paper in pair:
        make_tag(both, paper, relation=Relation.NARROWS)
    make_tag(one, merged, relation=Relation.CONFIRMS)
    page = read(client.get(ADDRESS, {"keep": kept.public_id, "merge": merged.public_id}))
    lists = [[item.text for item in each.all("li")] for each in page.all("ul", "there")]
    assert [[text.split()[0] for text in texts] for texts in lists] == [[both.code], [one.code], [both.code]]


def test_the_strictest_is_said_before(client: Client, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    Paper.objects.filter(pk=merged.pk).update(visibility=Visibility.RESTRICTED, advisory=1, is_retracted=True)
    page = read(client.get(ADDRESS, {"keep": kept.public_id, "merge": merged.public_id}))
    said = [item.text for item in page.one("section", **{"aria-labelledby": "stays-title"}).one("ul").all("li")]
    assert said == [
        "Restricted to reviewers, as the other record is.",
        "Content advisory: Names harmful concepts in general terms.",
        "Marked as retracted.",
    ]


def test_merged_and_undone(client: Client, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    sent = form_of(client, kept, merged) | {"title": "merged", "reason": "One work."}
    response = client.post(ADDRESS, sent)
    made = Merge.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/papers/merges/{made.public_id}/")
    paper = Paper.objects.get(pk=kept.pk)
    assert (paper.title, paper.venue, made.reason) == ("Marks that last longer", "Journal", "One work.")
    again = client.post(ADDRESS, sent)
    assert (again.status_code, again["Location"], Merge.objects.count()) == (303, response["Location"], 1)
    assert "Undo the merge" in client.get(response["Location"]).content.decode()
    assert read(client.get(paper.get_absolute_url())).one("a", href=response["Location"]).text.endswith(merged.title)
    undone = client.post(response["Location"])
    assert (undone.status_code, Paper.objects.get(pk=kept.pk).title) == (303, "Marks that last")
    assert client.post(response["Location"]).status_code == 409
    assert "Two records again" in client.get(response["Location"]).content.decode()


def test_a_refusal_keeps_what_was_typed(client: Client, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    sent = form_of(client, kept, merged) | {"venue": "kept", "reason": "One work."}
    submission = make_submission(cast.contributor, tag_data(make_statement()), paper=merged)
    response = client.post(ADDRESS, sent)
    page = read(response)
    assert response.status_code == 409
    assert "Decide on that first." in page.one("div", "error-summary").text
    assert page.one("textarea", id="id_reason").text.strip() == "One work."
    (venue,) = [each["value"] for each in page.all("input", type="radio", name="venue") if "checked" in each.attributes]
    assert venue == "kept"
    submission.tags.all().delete()
    submission.delete()
    Paper.objects.get(pk=kept.pk).save()
    assert client.post(ADDRESS, sent).status_code == 412
    assert client.post(ADDRESS, form_of(client, kept, merged) | {"title": "both"}).status_code == 422
    assert Merge.objects.count() == 0


def test_records_are_named_in_any_way(client: Client, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    for one in (kept.public_id, f"http://localhost{kept.get_absolute_url()}", "arXiv:2401.00001v2"):
        for other in (f"/papers/{merged.public_id}/", "https://doi.org/10.1000/ABC"):
            page = read(client.get(ADDRESS, {"keep": one, "merge": other}))
            assert [page.one("input", name=name)["value"] for name in ("keep", "merge")] == [kept.public_id, merged.public_id]


@pytest.mark.parametrize(("keep", "merge", "told"), [("nothing", "", "#id_keep"), ("{}", "10.1000/none", "#id_merge"), ("{}", "{}", "#id_merge")])
def test_what_is_not_there_is_said_at_its_field(client: Client, pair: tuple[Paper, Paper], keep: str, merge: str, told: str) -> None:
    response = client.get(ADDRESS, {"keep": keep.format(pair[0].public_id), "merge": merge.format(pair[0].public_id)})
    assert (response.status_code, read(response).one("div", "error-summary").one("a")["href"]) == (422, told)


def test_the_one_to_merge_with_is_offered(client: Client, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    make_paper(title="Something else")
    offered = f"{ADDRESS}?keep={kept.public_id}"
    assert read(client.get(kept.get_absolute_url())).one("a", href=offered).text == "Merge with another record"
    Paper.objects.filter(pk=merged.pk).update(title="Marks that last!", title_key="marksthatlast")
    assert [each["href"] for each in read(client.get(offered)).one("ul", "related").all("a")] == [f"{offered}&merge={merged.public_id}"]


@pytest.mark.parametrize("name", ["anonymous", "reader", "contributor", "reviewer"])
def test_others_merge_nothing(cast: Cast, pair: tuple[Paper, Paper], name: str) -> None:
    kept, merged = pair
    client = client_of(getattr(cast, name))
    expected = 302 if name == "anonymous" else 403
    assert client.post(ADDRESS, {"keep": kept.public_id, "merge": merged.public_id}).status_code == expected
    assert "Merge with" not in client.get(kept.get_absolute_url()).content.decode()
    made = merging.merge(kept=kept, merged=merged, by=None)
    assert client.post(f"/papers/merges/{made.public_id}/").status_code == expected
    assert Merge.objects.get().undone_at is None


def test_the_old_address_forwards(cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    new = kept.get_absolute_url()
    client = client_of(cast.reader)
    for old, leads in (
        (merged.get_absolute_url(), new),
        (f"/papers/{merged.public_id}/", new),
        (f"{merged.get_absolute_url()}?format=bibtex", f"{new}?format=bibtex"),
        (f"/papers/{merged.public_id}/correct/", f"/papers/{kept.public_id}/correct/"),
    ):
        response = client.get(old)
        assert (response.status_code, response["Location"]) == (301, leads)
    third = make_paper()
    merging.merge(kept=third, merged=kept, by=cast.curator)
    assert client.get(merged.get_absolute_url())["Location"] == third.get_absolute_url()


@pytest.mark.parametrize("hidden", ["kept", "merged"])
def test_an_old_address_that_leads_to_what_is_hidden_is_like_none(cast: Cast, pair: tuple[Paper, Paper], hidden: str) -> None:
    kept, merged = pair
    Paper.objects.filter(pk=(kept if hidden == "kept" else merged).pk).update(visibility=Visibility.RESTRICTED)
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    client = client_of(cast.contributor)

    def told(public_id: str) -> list[Any]:
        tails = ("x/", "", "correct/", "x/?format=ris")
        answers = [client.get(f"/papers/{public_id}/{tail}") for tail in tails]
        return [(each.status_code, "Location" in each, RANDOM.sub("", each.content.decode()).replace(public_id, "")) for each in answers]

    nothing = told("aaaaaaaaaa")
    assert [status for status, _, _ in nothing] == [404, 404, 404, 404]
    assert told(merged.public_id) == nothing
    assert client_of(cast.reviewer).get(merged.get_absolute_url()).status_code == 301


def test_a_correction_typed_under_the_old_address_is_not_lost(cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    response = client_of(cast.reader).post(f"/papers/{merged.public_id}/correct/", {"title": "Typed meanwhile"})
    assert (response.status_code, "Typed meanwhile" in response.content.decode()) == (200, True)


def test_the_history_tells_of_it(cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    made = merging.merge(kept=kept, merged=merged, by=cast.curator, fields={"title": "merged"})
    lines = read(client_of(cast.reader).get(Paper.objects.get(pk=kept.pk).get_absolute_url())).one("ol", "history").all("li")
    assert [line.one("span").text for line in lines] == [
        "Merged with another record. Changed: title, venue, identifiers.",
        "Record loaded.",
        "Record loaded.",
    ]
    merging.undo(merge=made, by=cast.curator)
    lines = read(client_of(cast.reader).get(Paper.objects.get(pk=merged.pk).get_absolute_url())).one("ol", "history").all("li")
    assert [line.one("span").text for line in lines] == ["Record loaded."]


def test_merged_records_are_in_no_list(cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    for user in cast.everybody().values():
        client = client_of(user)
        for address in ("/papers/", "/papers/?q=marks", "/api/v1/papers/", "/sitemap-papers.xml", "/papers/?format=csv"):
            assert merged.public_id not in client.get(address, follow=True).getvalue().decode(), (str(user), address)


def test_reviewers_see_what_a_waiting_record_may_be(cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, _ = pair
    record = {"title": "Marks that last (extended abstract)", "authors": [{"family": "Abel"}], "identifiers": {"doi": ["10.1000/other"]}}
    submission = make_submission(cast.contributor, tag_data(make_statement()), record=record)
    for name, links in (("reviewer", 0), ("curator", 1)):
        page = read(client_of(getattr(cast, name)).get(f"/review/{submission.public_id}/"))
        section = page.one("section", **{"aria-labelledby": "near-title"})
        first = section.all("table")[0]
        assert section.all("h3")[0].text == kept.title
        assert [cell.text for cell in first.all("tr")[1].all("td")] == [kept.title, "Marks that last (extended abstract)"]
        paper = submission.paper
        assert paper is not None
        assert len(section.all("a", href=f"{ADDRESS}?keep={kept.public_id}&merge={paper.public_id}")) == links


@pytest.mark.parametrize("more", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(
    client: Client, pair: tuple[Paper, Paper], more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    kept, merged = pair
    for _ in range(more):
        make_tag(make_statement(), kept)
        make_tag(make_statement(), merged)
    with django_assert_num_queries(14):
        client.get(ADDRESS, {"keep": kept.public_id, "merge": merged.public_id})
