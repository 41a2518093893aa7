"""The shipped map, loaded and served once for a file of browser tests, and pages that notice what should not happen on them."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from playwright.sync_api import Browser, Page
from pytest_django.plugin import DjangoDbBlocker

from tests import factories
from tests.browser.served import Visitor, load_map, serving, with_log_in


@pytest.fixture(scope="module")
def map_site(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """Address of the site with the shipped catalogue and literature, and the cast."""
    del django_db_setup
    with django_db_blocker.unblock():
        load_map()
        with_log_in(factories.make_cast())
        with serving() as address:
            yield address
        call_command("flush", interactive=False, verbosity=0)


@pytest.fixture
def visitor(browser: Browser, map_site: str) -> Iterator[Visitor]:
    """Somebody with a browser window of 1280 px, in light colours, who notes what goes wrong."""
    with Visitor.arrives(browser, map_site) as somebody:
        yield somebody
        somebody.saw_nothing_wrong()


@pytest.fixture
def page(visitor: Visitor) -> Page:
    """The window of that visitor."""
    return visitor.page
