"""The commands that let people and programs in."""

from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from problems.choices import Role, TokenScope
from problems.models import ApiToken, Invitation, User
from problems.services import tokens
from tests.factories import PASSWORD, make_user


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_the_first_curator_of_an_empty_installation(client: Client) -> None:
    said = run("invite", "First@example.org", "--role", "curator")
    assert said.startswith("http://localhost/invitations/")
    assert (Invitation.objects.get().invited_by, mail.outbox) == (None, [])
    address = said.strip().removeprefix("http://localhost")
    assert client.post(address, {"display_name": "First", "password1": PASSWORD})["Location"] == "/account/"
    user = User.objects.get()
    assert (user.email, user.role) == ("first@example.org", Role.CURATOR)
    assert client.get("/admin/").status_code == 200


@pytest.mark.django_db
def test_wrong_words_are_told() -> None:
    make_user(email="known@example.org")
    with pytest.raises(CommandError, match="There is an account with this address"):
        run("invite", "known@example.org")
    with pytest.raises(CommandError, match="valid email"):
        run("invite", "nobody")
    with pytest.raises(CommandError, match="invalid choice"):
        run("invite", "new@example.org", "--role", "king")
    assert not Invitation.objects.exists()


@pytest.mark.django_db
def test_a_token_is_printed_once() -> None:
    user = make_user(email="known@example.org")
    secret = run("make_token", "Known@example.org", "--name", "Sync", "--scope", "write", "--days", "7").strip()
    token = tokens.use(secret)
    assert token is not None
    assert (token.user, token.name, token.scope) == (user, "Sync", TokenScope.WRITE)
    for arguments, said in (
        (("nobody@example.org", "--name", "Sync"), "There is no account"),
        (("known@example.org", "--name", "Sync"), "You have a token of this name"),
        (("known@example.org", "--name", "Other", "--days", "400"), "from 1 to 365"),
    ):
        with pytest.raises(CommandError, match=said):
            run("make_token", *arguments)
    assert ApiToken.objects.count() == 1
