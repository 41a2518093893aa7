"""Accounts that can log in, and limits that start anew."""

from collections.abc import Iterator

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache

from problems.choices import Role
from problems.models import User
from tests.factories import make_user


@pytest.fixture(autouse=True)
def _no_attempts_yet() -> Iterator[None]:
    """Forget the attempts of other tests."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def person(db: None) -> User:
    """A contributor with a confirmed address."""
    del db
    return confirmed(make_user(Role.CONTRIBUTOR, email="person@example.org", display_name="Person"))


@pytest.fixture
def curator(db: None) -> User:
    """A curator with a confirmed address."""
    del db
    return confirmed(make_user(Role.CURATOR, email="curator@example.org", display_name="Curator"))


def confirmed(user: User) -> User:
    """The same, its address confirmed."""
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user
