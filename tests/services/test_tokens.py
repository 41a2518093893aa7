"""Tokens: told once, kept as a hash, good while they should be, and noted when used."""

import json
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from problems.choices import EventKind, TokenScope
from problems.errors import Invalid, Refused
from problems.models import ApiToken, AuditEvent, User
from problems.services import people, tokens
from tests.factories import Cast


def make(user: User, name: str = "Script", **fields: object) -> tuple[ApiToken, str]:
    return tokens.make(**{"user": user, "name": name, "scope": TokenScope.READ, "by": user} | fields)  # type: ignore[arg-type]


def test_a_token_is_told_once_and_kept_as_a_hash(cast: Cast) -> None:
    token, secret = make(cast.reader, days=7)
    assert secret.startswith("opt_")
    assert len(secret) == 47
    assert len(bytes(token.digest)) == 32
    assert timedelta(days=7) - (token.expires - timezone.now()) < timedelta(minutes=1)
    kept = serializers.serialize("json", [*ApiToken.objects.all(), *AuditEvent.objects.all()])
    assert secret not in kept
    assert secret.removeprefix("opt_") not in kept
    event = AuditEvent.objects.get(object_type="apitoken")
    assert (event.kind, event.actor, event.object_name) == (EventKind.CREATED, cast.reader, token.public_id)
    assert sorted(event.after) == ["expires", "scope", "user_id"]
    assert "Script" not in json.dumps(event.after)


def test_a_token_is_of_who_makes_it(cast: Cast) -> None:
    for by in (cast.contributor, cast.curator, cast.anonymous):
        with pytest.raises(Refused):
            make(cast.reader, by=by)
    token, secret = make(cast.reader, by=None)
    with pytest.raises(Refused):
        tokens.revoke(token=token, by=cast.curator)
    assert tokens.use(secret) == token


@pytest.mark.parametrize("days", [0, -1, 366, 10**9])
def test_it_lives_for_a_year_at_most(cast: Cast, days: int) -> None:
    with pytest.raises(Invalid, match="whole number from 1 to 365"):
        make(cast.reader, days=days)


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("name", "x" * 101), ("name", "a\x00b"), ("scope", "admin")])
def test_what_is_wrong_is_named(cast: Cast, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        make(cast.reader, **{field: value})
    assert list(refused.value.errors) == [field]


def test_names_tell_tokens_apart(cast: Cast) -> None:
    token, _ = make(cast.reader)
    make(cast.stranger)
    with pytest.raises(Invalid, match="You have a token of this name"):
        make(cast.reader, " Script ")
    tokens.revoke(token=token, by=cast.reader)
    make(cast.reader)


def test_there_are_fifty_at_most(cast: Cast) -> None:
    for number in range(tokens.MOST):
        make(cast.reader, f"Script {number}")
    with pytest.raises(Invalid, match="Revoke one first"):
        make(cast.reader)


def test_only_a_good_token_is_used(cast: Cast) -> None:
    token, secret = make(cast.reader)
    assert tokens.use(secret) == token
    assert tokens.use(secret.upper()) is None
    assert tokens.use("") is None
    ApiToken.objects.update(expires=timezone.now())
    assert tokens.use(secret) is None
    ApiToken.objects.update(expires=timezone.now() + timedelta(days=1))
    assert tokens.use(secret) == token
    tokens.revoke(token=token, by=cast.reader)
    tokens.revoke(token=token, by=cast.reader)
    assert tokens.use(secret) is None
    assert AuditEvent.objects.filter(object_type="apitoken", kind=EventKind.WITHDRAWN).count() == 1


def test_closing_an_account_ends_its_tokens_for_good(cast: Cast) -> None:
    _, secret = make(cast.reader)
    _, other = make(cast.stranger)
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    assert tokens.use(secret) is None
    User.objects.filter(pk=cast.reader.pk).update(is_active=True)
    for is_open in (False, True):
        cast.reader.is_active = is_open
        people.save(user=cast.reader, by=cast.curator, reason="Left")
    assert tokens.use(secret) is None
    assert tokens.use(other) is not None


def test_use_is_noted_every_five_minutes(cast: Cast) -> None:
    token, secret = make(cast.reader)
    tokens.use(secret)
    first = ApiToken.objects.get().last_used
    assert first is not None
    tokens.use(secret)
    assert ApiToken.objects.get().last_used == first
    ApiToken.objects.update(last_used=first - timedelta(minutes=6))
    tokens.use(secret)
    noted = ApiToken.objects.get(pk=token.pk)
    assert noted.last_used is not None
    assert noted.last_used > first
    assert noted.modified == token.modified
