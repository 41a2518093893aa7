"""What somebody may not know of is on no page of theirs: words planted in hidden rows, asked for by every role."""

import re

import pytest
from django.test import Client

from problems.models import AuditEvent
from tests.factories import Cast
from tests.views.conftest import SECRETS, SmallMap, hide

ROLES = ("anonymous", "reader", "stranger", "contributor", "teammate", "reviewer", "curator")
ALWAYS_SAME = ("/", "/?challenge=data", "/map/", "/map/?view=table", "/problems/1-first/", "/calls/", "/codebook/", "/about/", "/sitemap.xml",
               "/sitemap-papers.xml", "/theme.css", "/robots.txt", "/components/")  # fmt: skip
INSIDERS, OWN = {"reviewer", "curator"}, {"contributor", "teammate"}


@pytest.fixture
def visitor(client: Client, cast: Cast, request: pytest.FixtureRequest) -> Client:
    """A browser in which somebody of the cast is signed in."""
    if request.param != "anonymous":
        client.force_login(getattr(cast, request.param))
    return client


def secrets(text: str) -> set[str]:
    return {secret for secret in SECRETS if secret in text.lower()}


@pytest.mark.parametrize(("visitor", "role"), [(role, role) for role in ROLES], indirect=["visitor"])
def test_pages_show_each_what_they_may_know(visitor: Client, role: str, small_map: SmallMap, cast: Cast) -> None:
    hidden = hide(small_map, cast)
    insider, own = role in INSIDERS, role in OWN
    for address in ALWAYS_SAME:
        assert (address, secrets(visitor.get(address).text)) == (address, set())
    expected = {
        "/papers/": {"secretwaiting"} if insider or own else set(),
        "/papers/?q=two": set(),
        small_map.paper.get_absolute_url(): {"secretproposal", "secretdeclined"} if insider or own else set(),
        hidden["waiting"].get_absolute_url(): {"secretwaiting"} if insider or own else set(),
        hidden["restricted"].get_absolute_url(): {"secretrestricted"} if insider else set(),
    }
    for address, words in expected.items():
        text = visitor.get(address).text.replace(address, "")  # a page names its own address
        assert (address, secrets(text)) == (address, words)
    assert (hidden["restricted"].public_id in visitor.get("/papers/").text) == insider  # as one line without its title


@pytest.mark.parametrize("visitor", ["anonymous", "reader", "stranger"], indirect=True)
def test_answers_are_the_same_bytes_with_and_without_what_is_hidden(visitor: Client, small_map: SmallMap, cast: Cast) -> None:
    addresses = (
        *ALWAYS_SAME,
        "/papers/",
        "/papers/?q=paper",
        "/papers/?problem=1&relation=confirms",
        "/papers/?year__lte=2020",
        "/papers/?q=secretwaitin",
        "/papers/?ordering=year",
        small_map.paper.get_absolute_url(),
    )
    visitor.get("/")  # the first request stores the session

    def answers() -> list[tuple[str, int, str]]:
        return [(address, answer.status_code, unsigned(answer.text)) for address in addresses for answer in [visitor.get(address)]]

    before = answers()
    hide(small_map, cast)
    assert answers() == before


def unsigned(text: str) -> str:
    """Without what is new in every answer: the token of the form that logs out."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", text)


@pytest.mark.parametrize("visitor", ["anonymous", "reader", "stranger"], indirect=True)
@pytest.mark.parametrize("slug", ["secretwaiting-paper", "x", ""])
def test_hidden_answers_as_unknown(visitor: Client, slug: str, small_map: SmallMap, cast: Cast) -> None:
    hidden = hide(small_map, cast)
    for paper in hidden.values():
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            answers = []
            for public_id in (paper.public_id, "0000000000"):
                answer = visitor.generic(method, f"/papers/{public_id}/{slug}{'/' if slug else ''}")
                headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
                answers.append((answer.status_code, headers, unsigned(answer.text).replace(public_id, "")))
            assert answers[0] == answers[1]


def test_search_for_hidden_words_is_as_for_made_up_ones(client: Client, small_map: SmallMap, cast: Cast) -> None:
    hide(small_map, cast)
    for hidden, made_up in (("secretwaiting", "madeupwaiting"), ("secretrestrictd", "madeuprestrictd")):
        answers = [client.get("/papers/", {"q": words}).text.replace(words, "") for words in (hidden, made_up)]
        assert answers[0] == answers[1]
    client.force_login(cast.reviewer)
    assert "Secretwaiting paper" in client.get("/papers/", {"q": "secretwaiting"}).text.replace("<mark>", "").replace("</mark>", "")


def test_history_of_a_hidden_tag_is_not_told(client: Client, small_map: SmallMap, cast: Cast) -> None:
    hide(small_map, cast)
    assert AuditEvent.objects.filter(tag__rationale__contains="secret").exists()
    lines = client.get(small_map.paper.get_absolute_url()).text.partition('class="history"')[2].partition("</ol>")[0]
    assert lines.count("<li>") == 2  # record loaded, three tags accepted
