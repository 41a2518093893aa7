"""Suggestions on pages: for who logs papers, apart from tags, each with a link to tag."""

import pytest
from django.test import Client

from problems.choices import Visibility
from tests.factories import Cast, make_agenda, make_paper, make_tag
from tests.teaching import Field, learn, make_field

pytestmark = pytest.mark.django_db


@pytest.fixture
def field() -> Field:
    make_agenda()
    made = make_field()
    learn()
    return made


def test_a_paper_shows_them_to_contributors(client: Client, cast: Cast, field: Field) -> None:
    paper = make_paper(title="A watermark lost by regeneration")
    link = f'href="/log/?paper={paper.public_id}&amp;statement=P1.L1"'
    shown = {}
    for name, person in cast.everybody().items():
        client.logout()
        if name != "anonymous":
            client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
        page = client.get(paper.get_absolute_url()).content.decode()
        shown[name] = (link in page, "Suggested, not tagged" in page)
    logs = dict.fromkeys(("contributor", "teammate", "stranger", "reviewer", "curator"), (True, True))
    assert shown == {"anonymous": (False, False), "reader": (False, False)} | logs
    make_tag(field.moves, paper)
    assert link not in client.get(paper.get_absolute_url()).content.decode()


def test_a_statement_has_a_page_of_papers(client: Client, cast: Cast, field: Field) -> None:
    paper = make_paper(title="A watermark lost by regeneration")
    hidden = make_paper(title="A watermark lost by zyxomark", visibility=Visibility.RESTRICTED)
    assert client.get("/suggestions/P1.L1/").status_code == 302
    client.force_login(cast.contributor, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert 'href="/suggestions/P1.L1/"' in client.get(field.marks.get_absolute_url()).content.decode()
    page = client.get("/suggestions/P1.L1/").content.decode()
    assert f'href="/log/?paper={paper.public_id}&amp;statement=P1.L1"' in page
    assert "“watermark”" in page
    assert hidden.title not in page
    assert field.papers[1].title not in page, "it is tagged there"
    empty = client.get("/suggestions/P2.L1/").content.decode()
    assert "No paper on record seems to bear on this" in empty
    assert 'href="/log/search/?statement=P2.L1"' in empty
    assert client.get("/suggestions/P9.L9/").status_code == 404
    client.force_login(cast.reader, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert client.get("/suggestions/P1.L1/").status_code == 403
    assert "/suggestions/" not in client.get(field.marks.get_absolute_url()).content.decode()
