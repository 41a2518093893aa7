"""Merging by the API: what is sent and answered, who may, where the old id leads, and what may be the same."""

from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from problems.choices import Scheme, Visibility
from problems.models import Merge, Paper
from problems.services import merging
from tests.api.conftest import API, HOST
from tests.api.test_writes import Send, etag, pointers, send
from tests.factories import Cast, make_paper, make_statement, make_submission, make_tag, tag_data

__all__ = ["send"]


@pytest.fixture
def pair(cast: Cast) -> tuple[Paper, Paper]:
    del cast
    kept = make_paper(title="Marks that last", authors=["Abel"], identifiers=[(Scheme.ARXIV, "2401.00001")])
    merged = make_paper(title="Marks that last longer", authors=["Abel"], identifiers=[(Scheme.DOI, "10.1000/abc")])
    return kept, merged


def test_merged_and_undone(send: Send, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    tag = make_tag(make_statement(), merged)
    body = {"merged": merged.public_id, "fields": {"title": "merged"}, "reason": "One work."}
    answer = send(cast.curator, "POST", f"papers/{kept.public_id}/merge/", body).json()
    assert (answer["id"], answer["title"], answer["identifiers"]) == (
        kept.public_id,
        "Marks that last longer",
        {"arxiv": ["2401.00001"], "doi": ["10.1000/abc"]},
    )
    assert [row["id"] for row in send(None, "GET", f"tags/?paper={kept.public_id}").json()["results"]] == [tag.public_id]
    kinds = [row["kind"] for row in send(None, "GET", f"papers/{kept.public_id}/history/").json()["results"]]
    assert sorted(kinds) == ["created", "created", "merged", "merged"]
    answer = send(cast.curator, "POST", f"papers/{kept.public_id}/unmerge/", {"merged": merged.public_id}).json()
    assert (answer["title"], answer["identifiers"]) == ("Marks that last", {"arxiv": ["2401.00001"]})
    assert send(None, "GET", f"papers/{merged.public_id}/").json()["title"] == "Marks that last longer"


def test_a_repeated_request_merges_once(send: Send, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    for _ in range(2):
        send(cast.curator, "POST", f"papers/{kept.public_id}/merge/", {"merged": merged.public_id}, Idempotency_Key="once")
    assert Merge.objects.count() == 1


def test_a_version_that_is_gone_is_refused(send: Send, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    seen = etag(send, cast.curator, f"papers/{kept.public_id}/")
    merging.merge(kept=kept, merged=make_paper(venue="Journal"), by=None)
    send(cast.curator, "POST", f"papers/{kept.public_id}/merge/", {"merged": merged.public_id}, 412, If_Match=seen)
    assert not Merge.objects.filter(merged=merged).exists()


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({}, ["/merged"]),
        ({"merged": "aaaaaaaaaa"}, ["/merged"]),
        ({"merged": "{}", "fields": {"title": "both"}}, ["/fields/title"]),
        ({"merged": "{}", "fields": {"titel": "kept"}}, ["/fields/titel"]),
    ],
)
def test_what_cannot_be_used_is_named(send: Send, cast: Cast, pair: tuple[Paper, Paper], body: dict[str, Any], places: list[str]) -> None:
    kept, merged = pair
    sent = body | ({"merged": merged.public_id} if body.get("merged") == "{}" else {})
    assert pointers(send(cast.curator, "POST", f"papers/{kept.public_id}/merge/", sent, 422)) == places
    assert pointers(send(cast.curator, "POST", f"papers/{kept.public_id}/unmerge/", {"merged": merged.public_id}, 422)) == ["/merged"]


def test_what_waits_is_a_conflict(send: Send, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    make_submission(cast.contributor, tag_data(make_statement()), paper=merged)
    send(cast.curator, "POST", f"papers/{kept.public_id}/merge/", {"merged": merged.public_id}, 409)
    send(cast.curator, "POST", f"papers/{kept.public_id}/merge/", {"merged": kept.public_id}, 409)
    assert Merge.objects.count() == 0


def test_the_old_id_leads_to_the_new_one(send: Send, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, merged = pair
    merging.merge(kept=kept, merged=merged, by=cast.curator)
    for tail in ("", "?include=tags", "?format=ris", "history/", "duplicates/"):
        answer = send(None, "GET", f"papers/{merged.public_id}/{tail}", status=301)
        address = f"{HOST}{API}/papers/{kept.public_id}/{tail}"
        assert (answer.headers["Location"], answer.json()) == (address, {"merged_into": kept.public_id, "url": address})
        assert Client().get(address.removeprefix(HOST)).status_code == 200
    answer = send(cast.curator, "POST", f"papers/{merged.public_id}/restrict/", {"reason": "Because."}, 409)
    assert (answer.json()["merged_into"], "Location" in answer.headers) == (kept.public_id, False)
    assert Paper.objects.get(pk=kept.pk).visibility == Visibility.PUBLIC


@pytest.mark.parametrize("hidden", ["kept", "merged"])
def test_an_old_id_that_leads_to_what_is_hidden_is_like_none(send: Send, cast: Cast, pair: tuple[Paper, Paper], hidden: str) -> None:
    kept, merged = pair
    Paper.objects.filter(pk=(kept if hidden == "kept" else merged).pk).update(visibility=Visibility.RESTRICTED)
    merging.merge(kept=kept, merged=merged, by=cast.curator)

    def told(public_id: str) -> list[Any]:
        answers = [send(cast.contributor, "GET", f"papers/{public_id}/{tail}", status=404) for tail in ("", "history/", "duplicates/")]
        answers.append(send(cast.contributor, "POST", f"papers/{public_id}/restrict/", {"reason": "Because."}, 404))
        return [({name: value for name, value in each.headers.items() if name != "X-Request-ID"}, each.json()) for each in answers]

    assert told(merged.public_id) == told("aaaaaaaaaa")
    send(cast.reviewer, "GET", f"papers/{merged.public_id}/", status=301)


def test_duplicates_are_told_as_far_as_one_may_know_of_them(send: Send, cast: Cast, pair: tuple[Paper, Paper]) -> None:
    kept, _ = pair
    same = make_paper(title="Marks that last", authors=["Abel"])
    other = make_paper(title="Marks that last v2", authors=["Abel"], visibility=Visibility.RESTRICTED)
    for user, found in ((None, [("certain", same)]), (cast.reviewer, [("certain", same), ("probable", other)])):
        told = send(user, "GET", f"papers/{kept.public_id}/duplicates/").json()
        assert [(row["certainty"], row["paper"]["id"]) for row in told["results"]] == [(word, paper.public_id) for word, paper in found]
    send(None, "GET", f"papers/{kept.public_id}/duplicates/?page_size=1", status=400)


@pytest.mark.parametrize("more", [1, 3])
def test_duplicates_take_a_fixed_number_of_queries(
    client: Client, pair: tuple[Paper, Paper], more: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    kept, _ = pair
    for number in range(more):
        make_paper(title=f"Marks that last v{number}", authors=["Abel"])
    with django_assert_num_queries(10):
        answer = client.get(f"{API}/papers/{kept.public_id}/duplicates/")
    assert len(answer.json()["results"]) == more
