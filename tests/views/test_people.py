"""The pages on people: who opens them, what they find, what they change."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.choices import Role
from problems.models import AuditEvent, User
from tests.factories import PASSWORD, Cast, make_user

LIST = "/people/"


def enter(client: Client, user: User) -> None:
    """Log in, and confirm it as writes ask."""
    client.force_login(user)
    assert client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def page_of(user: User) -> str:
    return f"/people/{user.public_id}/"


@pytest.mark.parametrize("role", ["reader", "contributor", "reviewer"])
def test_others_are_refused_and_change_nothing(client: Client, cast: Cast, role: str) -> None:
    enter(client, getattr(cast, role))
    for user in (cast.stranger, getattr(cast, role)):
        for address in (LIST, page_of(user), "/people/aaaaaaaaaa/"):
            assert client.get(address).status_code == 403
            assert client.post(address, {"role": "40", "reason": "Because"}).status_code == 403
    assert User.objects.filter(role=Role.CURATOR).get() == cast.curator


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("q=STRANG", ["Stranger"]),
        ("q=reviewer@example", ["Reviewer"]),
        ("role=40", ["Curator"]),
        ("state=closed", ["Reader"]),
        ("q=er&role=20&state=open", ["Stranger"]),
        ("q=nobody+at+all", []),
        ("q=%25", []),
    ],
)
def test_people_are_found(client: Client, cast: Cast, query: str, names: list[str]) -> None:
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    client.force_login(cast.curator)
    page = client.get(f"{LIST}?{query}")
    assert [each.display_name for each in page.context["rows"]] == names
    assert f"{len(names)} account" in page.content.decode()


@pytest.mark.parametrize("query", ["role=99", "role=x", "state=odd", "q=%00", "q=" + "x" * 300])
def test_an_odd_query_is_told(client: Client, cast: Cast, query: str) -> None:
    client.force_login(cast.curator)
    page = client.get(f"{LIST}?{query}")
    assert (page.status_code, "1 thing to correct" in page.content.decode()) == (400, True)


def test_the_list_is_paged_by_key(client: Client, cast: Cast) -> None:
    for number in range(60):
        make_user(display_name=f"Many {number:02}")
    client.force_login(cast.curator)
    seen, address = [], f"{LIST}?q=many"
    while address:
        page = client.get(address)
        seen += [each.display_name for each in page.context["rows"]]
        address = page.context["next_url"]
    assert seen == [f"Many {number:02}" for number in range(60)]
    assert client.get(f"{LIST}?cursor=nonsense").status_code == 422


def test_the_list_takes_the_same_number_of_queries(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    client.get(LIST)
    counts = []
    for query in ("q=stranger", "q=e"):
        with CaptureQueriesContext(connection) as queries:
            client.get(f"{LIST}?{query}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_role_is_changed_with_a_reason_after_a_fresh_log_in(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    form = {"role": "30", "reason": "Knows the field"}
    assert client.post(page_of(cast.stranger), form)["Location"].startswith("/accounts/reauthenticate/")
    assert User.objects.get(pk=cast.stranger.pk).role == Role.CONTRIBUTOR
    enter(client, cast.curator)
    assert client.post(page_of(cast.stranger), form)["Location"] == page_of(cast.stranger)
    assert User.objects.get(pk=cast.stranger.pk).role == Role.REVIEWER
    event = AuditEvent.objects.latest("pk")
    assert (event.kind, event.actor, event.reason, event.before, event.after) == (
        "role_changed",
        cast.curator,
        "Knows the field",
        {"role": 20},
        {"role": 30},
    )


@pytest.mark.parametrize(
    "form", [{"role": "30", "reason": ""}, {"role": "99", "reason": "Because"}, {"role": "", "reason": "a"}, {"reason": " \u200b"}]
)
def test_what_is_wrong_is_told_and_kept(client: Client, cast: Cast, form: dict[str, str]) -> None:
    enter(client, cast.curator)
    page = client.post(page_of(cast.stranger), form)
    assert (page.status_code, "1 thing to correct" in page.content.decode()) == (422, True)
    stored = User.objects.get(pk=cast.stranger.pk)
    assert (stored.role, stored.is_active) == (Role.CONTRIBUTOR, True)


def test_nobody_changes_their_own_role(client: Client, cast: Cast) -> None:
    make_user(Role.CURATOR)
    enter(client, cast.curator)
    assert "This is your account." in client.get(page_of(cast.curator)).content.decode()
    for form in ({"role": "10", "reason": "Tired"}, {"open": "false", "reason": "Tired"}):
        page = client.post(page_of(cast.curator), form)
        assert (page.status_code, "Another curator has to." in page.content.decode()) == (403, True)
        assert User.objects.get(pk=cast.curator.pk).is_staff


def test_an_account_is_closed_and_opened(client: Client, cast: Cast) -> None:
    enter(client, cast.curator)
    theirs = Client()
    theirs.force_login(cast.stranger)
    assert theirs.get("/account/").status_code == 200
    assert client.post(page_of(cast.stranger), {"open": "false", "reason": "Left"})["Location"] == page_of(cast.stranger)
    assert not User.objects.get(pk=cast.stranger.pk).is_active
    assert theirs.get("/account/").status_code == 302
    assert client.post(page_of(cast.stranger), {"open": "true", "reason": "Came back"}).status_code == 302
    assert User.objects.get(pk=cast.stranger.pk).is_active
    assert theirs.get("/account/").status_code == 302  # the old session stays ended


def test_another_role_ends_the_sessions_of_that_account_only(client: Client, cast: Cast) -> None:
    enter(client, cast.curator)
    browsers = {name: Client() for name in ("stranger", "reader")}
    for name, browser in browsers.items():
        browser.force_login(getattr(cast, name))
    client.post(page_of(cast.stranger), {"role": "30", "reason": "Knows the field"})
    assert {name: browser.get("/account/").status_code for name, browser in browsers.items()} == {"stranger": 302, "reader": 200}
    assert client.get(LIST).status_code == 200


def test_the_menu_leads_curators_there(client: Client, cast: Cast) -> None:
    for role in ("reader", "reviewer", "curator"):
        client.force_login(getattr(cast, role))
        assert ('href="/people/"' in client.get("/account/").content.decode()) is (role == "curator")


def test_what_was_typed_outlives_the_session(client: Client, cast: Cast) -> None:
    assert client.post(page_of(cast.stranger), {"role": "30", "reason": "Knows the field"})["Location"].startswith("/accounts/login/")
    client.get("/accounts/login/")
    session = client.session
    kept = session["typed"]
    client.force_login(cast.curator)
    session = client.session
    session["typed"] = kept
    session.save()
    page = client.get(page_of(cast.stranger))
    assert (page.status_code, "Knows the field" in page.content.decode()) == (200, True)
    assert User.objects.get(pk=cast.stranger.pk).role == Role.CONTRIBUTOR
