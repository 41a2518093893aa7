"""Promise 7: what is hidden answers as what is not there, in words, in the work that it makes, and in time."""

import statistics
import time
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Scheme, Visibility
from problems.models import Paper
from problems.queries.papers import named
from tests.factories import Cast, make_paper, make_tag
from tests.promises.figures import FULL, figure, told

PAIRS = figure(2000, 5)
SLACK_MS, SLACK = 1.0, 0.2
ADDRESSES = (
    "/papers/{id}/x/",
    "/api/v1/papers/{id}/",
    "/api/v1/tags/?paper={id}",
    "/papers/?q={word}",
    "/api/v1/papers/?q={word}",
    "/api/v1/papers/?doi={doi}",
    "/papers/?doi={doi}",
)


@pytest.mark.parametrize("role", ["anonymous", "stranger"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_hidden_and_unknown_cost_the_same(cast: Cast, address: str, role: str) -> None:
    hidden = make_paper(title="Zyxomark", identifiers=[(Scheme.DOI, "10.1234/hidden")], visibility=Visibility.RESTRICTED)
    make_tag(paper=hidden)
    make_tag(paper=make_paper(title="Open"))
    client = Client()
    if role != "anonymous":
        client.force_login(getattr(cast, role), backend="allauth.account.auth_backends.AuthenticationBackend")
    client.get("/about/")  # the first visit of a session notes when it began
    one = address.format(id=hidden.public_id, word="zyxomark", doi="10.1234/hidden")
    other = address.format(id="aaaaaaaaaa", word="zyxomurk", doi="10.1234/absent")

    def timed(ask: Callable[[], object]) -> float:
        began = time.perf_counter()
        ask()
        return (time.perf_counter() - began) * 1000

    def queries(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        return len(captured)

    assert queries(one) == queries(other)
    assert client.get(one).status_code == client.get(other).status_code
    pairs = [(timed(lambda: client.get(one)), timed(lambda: client.get(other))) for _ in range(PAIRS)]
    first, second = (statistics.median(each) for each in zip(*pairs, strict=True))
    told(7, f"{address} as {role}: medians of {PAIRS} pairs {first:.2f} ms hidden, {second:.2f} ms unknown")
    if FULL:  # a figure, never a timed test of every day
        assert abs(first - second) < max(SLACK_MS, SLACK * second)


def test_an_id_is_looked_up_in_one_way_whatever_it_names(cast: Cast) -> None:
    """Whether it is that of a paper, of one that was merged, of a hidden one or of none."""
    kept, gone, hidden = make_paper(), make_paper(), make_paper(visibility=Visibility.RESTRICTED)
    Paper.objects.filter(pk=gone.pk).update(visibility=Visibility.MERGED, merged_into=kept)
    asked = set()
    for public_id, found in ((kept.public_id, kept), (gone.public_id, kept), (hidden.public_id, None), ("aaaaaaaaaa", None)):
        with CaptureQueriesContext(connection) as captured:
            assert named(public_id, cast.anonymous) == found
        asked |= {query["sql"].replace(public_id, "ID") for query in captured.captured_queries}
    (sql,) = asked
    assert "JOIN" not in sql  # where each half of an OR needs another table, neither index serves
