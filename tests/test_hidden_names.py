"""A contributor may hide their name: then nobody but curators and they themselves find it, at any address there is (promise 6)."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, RequestContext, Template
from django.test import Client, RequestFactory

from problems.api.serializers.tags import TagSerializer
from problems.models import Tag, User
from problems.services import tokens
from tests.access import TABLE
from tests.factories import PASSWORD, Cast
from tests.promises.figures import FULL
from tests.test_access import answer, client_of, world  # noqa: F401 - a fixture

NAME = "Zyxoperson Qualmname"
QUERIES = ("?include=tags", "?q=Zyxoperson", "?format=jsonl")
LISTS = ("papers/", "people/", "changes", "api/v1/")
"""Routes that read such queries."""


@pytest.fixture
def hidden(cast: Cast, world: dict[str, Any]) -> dict[str, Any]:  # noqa: F811 - the fixture
    """The world, in which everybody who handed something in hides their name."""
    User.objects.filter(pk__in=[cast.stranger.pk, cast.contributor.pk]).update(display_name=NAME, hide_name=True)
    return world


def found(client: Client, hidden: dict[str, Any]) -> set[str]:
    """Addresses that show the name, the page of the account and the log-out aside."""
    answers = {}
    for line in TABLE:
        address = line.address.format(**hidden)
        if "/logout/" in address or address in answers:
            continue
        answers[address] = answer(client, address)
        if answers[address].startswith("200 ") and "?" not in address and line.route.startswith(LISTS):
            answers |= {address + query: answer(client, address + query) for query in QUERIES}
    return {address for address, text in answers.items() if any(part in text for part in NAME.split())}


@pytest.mark.parametrize("role", ["anonymous", "reader", "teammate", "reviewer"] if FULL else ["anonymous", "reviewer"])
def test_nobody_else_finds_it(cast: Cast, hidden: dict[str, Any], role: str) -> None:
    assert {address for address in found(client_of(cast, role), hidden) if "q=Zyxoperson" not in address} == set()


@pytest.mark.parametrize("role", ["curator", "stranger"] if FULL else ["curator"])
def test_curators_and_they_themselves_find_it(cast: Cast, hidden: dict[str, Any], role: str) -> None:
    """Else the test above proves nothing: on the page of a paper, and nested and plain in the API."""
    at = found(client_of(cast, role), hidden)
    assert {hidden["paper"], f"/api/v1/tags/{hidden['tag_id']}/", "/api/v1/tags/", f"/api/v1/papers/{hidden['paper_id']}/?include=tags"} <= at


def test_nobody_finds_it_by_searching(cast: Cast, hidden: dict[str, Any]) -> None:
    """A search for the name answers as one for a made-up word does."""
    for role in ("anonymous", "reviewer"):
        client = client_of(cast, role)
        for address in ("/papers/?q={}", "/api/v1/papers/?q={}", "/api/v1/tags/?paper={}"):
            one, other = (answer(client, address.format(word)).replace(word, "") for word in ("qualmname", "qualmnome"))
            assert one == other
    assert hidden


def test_who_reads_by_a_token_sees_no_more(client: Client, cast: Cast, hidden: dict[str, Any]) -> None:
    for user, shown in ((cast.reader, "a contributor"), (cast.reviewer, "a contributor"), (cast.stranger, NAME), (cast.curator, NAME)):
        _, secret = tokens.make(user=user, name="Script", scope="read", by=user)
        row = client.get(f"/api/v1/tags/{hidden['tag_id']}/", headers={"authorization": f"Bearer {secret}"}).json()
        assert (user.email, row["contributor"]) == (user.email, shown)


def test_a_name_that_is_shown_again_is_found(cast: Cast, hidden: dict[str, Any]) -> None:
    User.objects.update(hide_name=False)
    assert NAME in answer(client_of(cast, "anonymous"), hidden["paper"])


def test_without_a_reader_it_is_shown_as_to_a_visitor(cast: Cast, hidden: dict[str, Any]) -> None:
    """A template or serializer that is not told who reads errs on the safe side."""
    tag = Tag.objects.get(public_id=hidden["tag_id"])
    assert TagSerializer(tag).data["contributor"] == "a contributor"
    page = Template('{% include "components/person.html" with person=someone only %}')
    assert page.render(Context({"someone": tag.contributor})).strip() == '<span class="person">a contributor</span>'
    request = RequestFactory().get("/")
    for user, shown in ((AnonymousUser(), "a contributor"), (cast.curator, NAME)):
        request.user = user
        assert shown in page.render(RequestContext(request, {"someone": tag.contributor}))


def test_hiding_is_a_switch_of_ones_own_page(client: Client, cast: Cast) -> None:
    assert client.login(email=cast.stranger.email, password=PASSWORD)
    assert client.post("/account/", {"display_name": NAME, "hide_name": "on"}).status_code == 302
    assert User.objects.get(pk=cast.stranger.pk).hide_name
