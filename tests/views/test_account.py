"""One's own account."""

import pytest
from django.test import Client

from problems.choices import Role
from problems.models import AuditEvent, User
from tests.factories import make_user


@pytest.mark.django_db
def test_visitors_log_in_first(client: Client) -> None:
    assert client.get("/account/")["Location"] == "/accounts/login/?next=/account/"
    assert client.post("/account/", {"display_name": "Mine"})["Location"] == "/accounts/login/?next=/account/"


@pytest.mark.parametrize("role", Role)
@pytest.mark.django_db
def test_it_says_who_one_is_and_what_one_may_do(client: Client, role: Role) -> None:
    user = make_user(role)
    client.force_login(user)
    text = client.get("/account/").content.decode()
    assert str(user.email) in text
    assert f"Role: {role.label}" in text
    assert ('href="/admin/"' in text) is (role == Role.CURATOR)


@pytest.mark.django_db
def test_a_name_is_changed_and_recorded_without_the_name(client: Client) -> None:
    user = make_user(Role.READER, display_name="Old name")
    client.force_login(user)
    assert client.post("/account/", {"display_name": "  Zoë   Ó Brádaigh "})["Location"] == "/account/"
    assert User.objects.get(pk=user.pk).display_name == "Zoë Ó Brádaigh"
    event = AuditEvent.objects.latest("pk")
    assert (event.kind, event.actor, event.face, event.before, event.after) == ("changed", user, "site", {}, {"personal": ["display_name"]})
    assert client.post("/account/", {"display_name": ""}).status_code == 302
    assert str(User.objects.get(pk=user.pk)) == "a contributor"


@pytest.mark.parametrize("name", ["x" * 101, "a\x00b", "a\u202eb", "a\x07b"])
@pytest.mark.django_db
def test_an_odd_name_is_refused_and_kept_in_the_field_only(client: Client, name: str) -> None:
    user = make_user(Role.READER, display_name="Old name")
    client.force_login(user)
    page = client.post("/account/", {"display_name": name})
    text = page.content.decode()
    assert page.status_code == 422
    assert 'aria-invalid="true"' in text
    assert "1 thing to correct" in text
    assert "Old name" in text  # in the header
    assert User.objects.get(pk=user.pk).display_name == "Old name"


@pytest.mark.django_db
def test_nothing_else_can_be_changed_here(client: Client) -> None:
    user, other = make_user(Role.READER), make_user(Role.READER)
    client.force_login(user)
    before = list(User.objects.order_by("pk").values("pk", "email", "role", "is_active", "public_id", "password"))
    forged = {"role": 40, "email": "x@example.org", "is_active": "", "public_id": "aaaaaaaaaa", "password": "x", "id": other.pk, "pk": other.pk}
    assert client.post("/account/", forged | {"display_name": "Mine"}).status_code == 302
    assert list(User.objects.order_by("pk").values("pk", "email", "role", "is_active", "public_id", "password")) == before
    assert User.objects.get(pk=other.pk).display_name == other.display_name


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
@pytest.mark.django_db
def test_other_methods_are_refused(client: Client, method: str) -> None:
    client.force_login(make_user())
    assert getattr(client, method)("/account/").status_code == 405


@pytest.mark.django_db
def test_a_name_is_hidden_and_shown_again(client: Client) -> None:
    user = make_user(Role.CONTRIBUTOR, display_name="Ada")
    client.force_login(user)
    for given, hidden in (({"hide_name": "on"}, True), ({}, False)):
        assert client.post("/account/", {"display_name": "Ada"} | given).status_code == 302
        assert User.objects.get(pk=user.pk).hide_name is hidden
        page = client.get("/account/")
        assert (page.context["form"]["hide_name"].value(), "You are shown as “a contributor” to everybody" in page.content.decode()) == (hidden, True)
    event = AuditEvent.objects.latest("pk")
    assert (event.actor, event.before, event.after) == (user, {"hide_name": True}, {"hide_name": False})
