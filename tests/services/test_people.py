"""Accounts: who changes them, and that an address is one account whatever its case."""

import pytest
from pytest_django.fixtures import Settings

from problems.choices import Role
from problems.errors import Conflict, Invalid, Refused
from problems.models import Membership, User
from problems.services import people
from tests.factories import PASSWORD, Cast, make_team, make_user


@pytest.mark.django_db
def test_addresses_are_one_account_whatever_their_case() -> None:
    user = make_user(email="Ada@Example.ORG")
    assert user.email == "ada@example.org"
    assert User.objects.get_by_natural_key("ADA@example.org") == user
    with pytest.raises(Invalid, match="There is an account with this address"):
        make_user(email="ADA@EXAMPLE.org")


@pytest.mark.django_db
def test_a_contributor_without_log_in() -> None:
    first, second = (people.save(user=User(display_name=name), by=None) for name in ("One", "Two"))
    assert (first.email, second.email) == (None, None)
    assert not first.has_usable_password()


@pytest.mark.django_db
def test_nobody_is_called_by_their_address() -> None:
    assert str(make_user(display_name="", email="ada@example.org")) == "a contributor"


@pytest.mark.parametrize("name", ["reader", "contributor", "reviewer"])
def test_only_curators_give_roles(cast: Cast, name: str) -> None:
    by = getattr(cast, name)
    for pk in (by.pk, cast.stranger.pk):
        user = User.objects.get(pk=pk)
        user.role = Role.CURATOR
        with pytest.raises(Refused):
            people.save(user=user, by=by)
    assert not User.objects.filter(role=Role.CURATOR).exclude(pk=cast.curator.pk).exists()


def test_one_renames_oneself_and_nobody_else(cast: Cast) -> None:
    cast.reader.display_name = "Another name"
    people.save(user=cast.reader, by=cast.reader)
    cast.stranger.display_name = "Another name"
    with pytest.raises(Refused):
        people.save(user=cast.stranger, by=cast.reader)
    assert User.objects.filter(display_name="Another name").get() == cast.reader


def test_ones_own_account_is_a_name_and_a_password(cast: Cast) -> None:
    """A form that was read before a curator closed the account does not open it again."""
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    cast.reader.display_name = "Another name"
    with pytest.raises(Refused):
        people.save(user=cast.reader, by=cast.reader)
    assert not User.objects.get(pk=cast.reader.pk).is_active


def test_a_password_is_kept_as_a_hash_and_stays_when_not_given(cast: Cast) -> None:
    assert PASSWORD not in cast.reader.password
    cast.reader.display_name = "Another name"
    people.save(user=cast.reader, by=cast.reader)
    assert User.objects.get(pk=cast.reader.pk).check_password(PASSWORD)


def test_teams_take_and_lose_people(cast: Cast) -> None:
    team = make_team(cast.reader)
    people.save_team(team=team, members={cast.stranger: True}, by=cast.curator)
    assert [(each.user, each.is_lead) for each in Membership.objects.filter(team=team)] == [(cast.stranger, True)]
    with pytest.raises(Refused):
        people.save_team(team=team, members={cast.reader: True}, by=cast.stranger)


@pytest.mark.parametrize("fields", [{"role": Role.REVIEWER}, {"is_active": False}])
def test_another_role_and_closing_need_a_reason_and_somebody_else(cast: Cast, fields: dict[str, int]) -> None:
    other = make_user(Role.CURATOR)

    def change(user: User, by: User | None, reason: str) -> None:
        fresh = User.objects.get(pk=user.pk)
        for name, value in fields.items():
            setattr(fresh, name, value)
        people.save(user=fresh, by=by, reason=reason)

    with pytest.raises(Invalid, match="Write why"):
        change(cast.stranger, cast.curator, " ")
    with pytest.raises(Refused, match="your own role"):
        change(cast.curator, cast.curator, "Tired")
    change(cast.stranger, cast.curator, "Because")
    change(cast.curator, other, "Because")
    assert not User.objects.get(pk=cast.curator.pk).is_staff


@pytest.mark.parametrize("fields", [{"role": Role.REVIEWER}, {"is_active": False}])
def test_one_curator_who_can_log_in_stays(cast: Cast, fields: dict[str, int]) -> None:
    make_user(Role.CURATOR, email=None)
    User.objects.filter(pk=make_user(Role.CURATOR).pk).update(is_active=False)
    for name, value in fields.items():
        setattr(cast.curator, name, value)
    with pytest.raises(Conflict, match="last curator"):
        people.save(user=cast.curator, by=None, reason="Because")
    assert User.objects.get(pk=cast.curator.pk).is_staff


def test_one_hides_ones_own_name_only(cast: Cast) -> None:
    cast.stranger.hide_name = True
    with pytest.raises(Refused):
        people.save(user=cast.stranger, by=cast.reader)
    people.save(user=cast.stranger, by=cast.stranger)
    assert User.objects.filter(hide_name=True).get() == cast.stranger


@pytest.mark.django_db
def test_who_signs_up_is_a_reader_where_sign_up_is_open(settings: Settings) -> None:
    with pytest.raises(Refused):
        people.sign_up(email="new@example.org", password=PASSWORD)
    settings.SIGN_UP = "open"
    user = people.sign_up(email="New@example.org", password=PASSWORD)
    assert (user.email, user.role, user.check_password(PASSWORD)) == ("new@example.org", Role.READER, True)
