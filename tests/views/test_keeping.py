"""What was typed survives a session that ended: it waits for the log-in, is stored nowhere else, and is shown again."""

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from problems.models import Submission
from problems.views import keeping
from tests.factories import PASSWORD, Cast
from tests.views.html import read, visit

FORM = {
    "title": "Typed at length",
    "authors": "Kim, Ada\r\nMöller, Jo",
    "tag-0-target": "P5.L1",
    "tag-0-rationale": "Because & so on",
    "do": "submit",
}
LOG_IN = "/accounts/login/?next=/log/"
SITE = "http://testserver"


@pytest.fixture
def verified(cast: Cast) -> Cast:
    """The cast, able to log in."""
    from tests.browser.served import with_log_in  # noqa: PLC0415  # it needs Django to be set up

    cache.clear()
    with_log_in(cast)
    return cast


def log_in(client: Client, cast: Cast) -> Any:
    """Log in by the form; where it leads."""
    del cast
    return client.post(LOG_IN, {"login": "contributor@example.org", "password": PASSWORD, "next": "/log/"})


def typed(client: Client) -> tuple[str, str, str]:
    """Title, authors and rationale in the form."""
    page = visit(client, "/log/")
    texts = {
        node["name"]: "".join(child for child in node.children if isinstance(child, str)).removeprefix("\n").replace("\r\n", "\n")
        for node in page.all("textarea")
    }
    return page.one("input", id="id_title")["value"], texts["authors"], texts["tag-0-rationale"]


def test_a_form_sent_without_a_session_is_there_after_the_log_in(client: Client, verified: Cast) -> None:
    answer = client.post("/log/", FORM)
    assert (answer.status_code, answer["Location"]) == (302, LOG_IN)
    assert keeping.SIGNED_OUT in read(client.get(LOG_IN)).one("main").text
    assert log_in(client, verified)["Location"] == "/log/"
    assert client.session.get_expiry_age() > keeping.KEPT  # the short life of a visitor's session is over
    assert keeping.AGAIN not in visit(client, "/log/search/").one("main").text
    for _ in range(2):  # also when the page is loaded anew
        assert typed(client) == ("Typed at length", "Kim, Ada\nMöller, Jo", "Because & so on")
    assert keeping.AGAIN in visit(client, "/log/").one("main").text
    assert not Submission.objects.exists()
    assert visit(client, "/my/").one("main").all("textarea") == []
    client.post("/log/", {"title": "Sent", "once": "k", "do": "draft"})
    assert (Submission.objects.get().content["record"]["title"], visit(client, "/log/").all("input", id="id_title")) == ("Sent", [])


def test_a_form_of_ours_with_a_stale_token_is_shown_again(verified: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(verified.contributor, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.post("/log/", FORM | {"csrfmiddlewaretoken": "x" * 64}, headers={"Origin": SITE})
    assert (answer.status_code, answer["Location"]) == (303, "/log/")
    assert typed(client) == ("Typed at length", "Kim, Ada\nMöller, Jo", "Because & so on")
    assert not Submission.objects.exists()


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Referer": "https://evil.example/"}, {"Origin": "null"}])
def test_a_form_of_somebody_else_is_refused(verified: Cast, headers: dict[str, str]) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(verified.contributor, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.post("/log/", FORM, headers=headers).status_code == 403
    assert keeping.KEY not in client.session
    assert client.post("/account/", {"display_name": "Evil"}, headers={"Origin": SITE}).status_code == 403  # a form that keeps nothing


@pytest.mark.usefixtures("verified")
def test_what_is_kept_is_limited(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.post("/log/", {"abstract": "x" * keeping.LONGEST})
    assert (answer.status_code, "too long to be kept here" in answer.content.decode(), keeping.KEY in client.session) == (403, True, False)
    monkeypatch.setattr(keeping, "MOST", 2)
    assert [Client().post("/log/", FORM).status_code for _ in range(4)] == [302, 302, 429, 429]


def test_what_is_old_is_not_shown(client: Client, verified: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client.post("/log/", FORM)
    log_in(client, verified)
    monkeypatch.setattr(keeping, "KEPT", -60)
    assert visit(client, "/log/").all("input", id="id_title") == []
