"""Promise 13: what lets somebody in is shown once and kept as a hash: not in the database, the log, the record, nor in other mail."""

import logging
import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from psycopg.sql import SQL, Identifier
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from tests.accounts.people import log_in
from tests.factories import PASSWORD, Cast
from tests.views.test_people import enter

OTHER = "another horse battery staple"


def dump() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        rows = []
        for table in tables:
            cursor.execute(SQL("SELECT each::text FROM {} AS each").format(Identifier(table)))
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)


def test_no_secret_is_kept(cast: Cast, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    caplog.set_level(logging.DEBUG)
    curator, new = Client(), Client()
    enter(curator, cast.curator)
    with django_capture_on_commit_callbacks(execute=True):
        curator.post("/people/invitations/", {"email": "new@example.org", "role": "20"})
    (invitation,) = re.findall(r"/invitations/([\w-]{43})/", str(mail.outbox[0].body))
    new.post(f"/invitations/{invitation}/", {"display_name": "New", "password1": PASSWORD})
    new.post("/accounts/reauthenticate/", {"password": PASSWORD})
    page = new.post("/account/tokens/", {"name": "Script", "scope": "write", "days": "90"}).content.decode()
    (token,) = set(re.findall(r"opt_[\w-]{43}", page))
    for secret in (token, f"{token}x"):
        new.get("/api/v1/papers/", headers={"authorization": f"Bearer {secret}"})
    new.post("/accounts/password/reset/", {"email": "new@example.org"})
    (reset,) = re.findall(r"/password/reset/key/(\S+)/", str(mail.outbox[1].body))
    link = new.get(f"/accounts/password/reset/key/{reset}/", follow=True).request["PATH_INFO"]
    new.post(link, {"password1": OTHER, "password2": OTHER})
    assert log_in(Client(), "new@example.org", OTHER).status_code == 302
    kept = {"database": dump(), "log": caplog.text, "mail": "\n".join(str(message.message()) for message in mail.outbox[1:])}
    assert "new@example.org" in kept["database"]  # else this proves nothing
    found = [(where, name) for where, text in kept.items() for name, secret in named(invitation, token, OTHER, PASSWORD).items() if secret in text]
    assert found == []
    assert reset not in kept["log"]
    assert "new@example.org" not in kept["log"]


def named(invitation: str, token: str, *passwords: str) -> dict[str, str]:
    """The secrets by name; of the token also what follows the prefix; each also as the database shows bytes."""
    plain = {"invitation": invitation, "token": token, "rest of the token": token[4:]}
    plain |= dict(zip(("new password", "password"), passwords, strict=True))
    return plain | {f"{name} as bytes": secret.encode()[-20:].hex() for name, secret in plain.items()}
