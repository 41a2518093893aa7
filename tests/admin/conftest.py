"""A curator who is signed in."""

import pytest
from django.test import Client

from tests.factories import Cast


@pytest.fixture
def desk(cast: Cast, client: Client) -> Client:
    """The curator's browser."""
    client.force_login(cast.curator)
    client.get("/admin/")  # the first request stores the session
    return client
