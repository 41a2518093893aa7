"""Invitations: who makes them, what is kept of them, and that each makes one account (hole 25)."""

import smtplib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail, serializers
from django.db import connections
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from problems.choices import EventKind, Role
from problems.errors import Busy, Conflict, Invalid, Refused, TooMany, TrackerError
from problems.models import AuditEvent, Invitation, User
from problems.services import invitations, people
from tests.factories import PASSWORD, Cast, make_user

NEW = "new@example.org"


def accept(secret: str, name: str = "New") -> User:
    return invitations.accept(secret=secret, display_name=name, password=PASSWORD)


def test_an_invitation_makes_an_account_with_its_role(cast: Cast) -> None:
    secret = invitations.invite(email=" New@Example.ORG", role=Role.REVIEWER, by=cast.curator)
    offer = Invitation.objects.get()
    assert invitations.find(secret) == offer
    assert timedelta(days=7) - (offer.expires - timezone.now()) < timedelta(minutes=1)
    user = accept(secret)
    assert (user.email, user.display_name, user.role, user.check_password(PASSWORD)) == (NEW, "New", Role.REVIEWER, True)
    assert list(EmailAddress.objects.values_list("user", "email", "verified", "primary")) == [(user.pk, NEW, True, True)]
    offer.refresh_from_db()
    assert (offer.accepted_by, offer.accepted_at is not None) == (user, True)
    assert invitations.find(secret) is None
    with pytest.raises(Conflict, match="used up or too old"):
        accept(secret)


def test_secret_and_address_are_nowhere_in_the_record(cast: Cast) -> None:
    """Hole 38."""
    secret = invitations.invite(email=NEW, role=Role.CONTRIBUTOR, by=cast.curator)
    accept(secret)
    events = AuditEvent.objects.filter(object_type="invitation").order_by("pk")
    assert [(event.kind, event.actor_id) for event in events] == [
        (EventKind.INVITED, cast.curator.pk),
        (EventKind.ACCEPTED, User.objects.get(email=NEW).pk),
    ]
    kept = serializers.serialize("json", AuditEvent.objects.all())
    assert NEW not in kept
    rows = serializers.serialize("json", [*AuditEvent.objects.all(), *Invitation.objects.all()])
    assert secret not in rows
    assert "digest" not in kept


@pytest.mark.parametrize("name", ["reader", "contributor", "reviewer", "anonymous"])
def test_only_curators_invite(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        invitations.invite(email=NEW, role=Role.READER, by=getattr(cast, name))
    invitations.invite(email=NEW, role=Role.READER, by=cast.curator)
    with pytest.raises(Refused):
        invitations.withdraw(offer=Invitation.objects.get(), by=getattr(cast, name))
    assert Invitation.objects.get().withdrawn_at is None


@pytest.mark.parametrize(("field", "given"), [("email", {"email": "nobody"}), ("email", {"email": "a\x00@example.org"}), ("role", {"role": 99})])
def test_what_is_wrong_is_named(cast: Cast, field: str, given: dict[str, Any]) -> None:
    fields: dict[str, Any] = {"email": NEW, "role": Role.READER} | given
    with pytest.raises(Invalid) as refused:
        invitations.invite(**fields, by=cast.curator)
    assert list(refused.value.errors) == [field]


def spoil(how: str, cast: Cast) -> None:
    match how:
        case "expired":
            Invitation.objects.update(expires=timezone.now())
        case "withdrawn":
            invitations.withdraw(offer=Invitation.objects.get(), by=cast.curator)
        case "replaced":
            invitations.invite(email=NEW, role=Role.READER, by=cast.curator)
        case "inviter demoted":
            make_user(Role.CURATOR)
            User.objects.filter(pk=cast.curator.pk).update(role=Role.REVIEWER)
        case "inviter closed":
            User.objects.filter(pk=cast.curator.pk).update(is_active=False)


@pytest.mark.parametrize("how", ["expired", "withdrawn", "replaced", "inviter demoted", "inviter closed"])
def test_a_link_that_ended_makes_nothing(cast: Cast, how: str) -> None:
    secret = invitations.invite(email=NEW, role=Role.CURATOR, by=cast.curator)
    assert invitations.find(secret) is not None
    spoil(how, cast)
    assert invitations.find(secret) is None
    with pytest.raises(Conflict):
        accept(secret)
    assert not User.objects.filter(email=NEW).exists()


def test_an_invitation_is_withdrawn_once(cast: Cast) -> None:
    invitations.invite(email=NEW, role=Role.READER, by=cast.curator)
    offer = Invitation.objects.get()
    invitations.withdraw(offer=offer, by=cast.curator)
    with pytest.raises(Conflict):
        invitations.withdraw(offer=offer, by=cast.curator)
    assert AuditEvent.objects.filter(object_type="invitation", kind=EventKind.WITHDRAWN).count() == 1


def test_so_many_a_day(cast: Cast, settings: Settings) -> None:
    settings.INVITE_RATE = 3
    other = make_user(Role.CURATOR)
    for number in range(3):
        invitations.invite(email=f"new{number}@example.org", role=Role.READER, by=cast.curator)
    with pytest.raises(TooMany) as refused:
        invitations.invite(email=NEW, role=Role.READER, by=cast.curator)
    assert 86_000 < refused.value.retry_after <= 86_400
    invitations.invite(email=NEW, role=Role.READER, by=other)
    Invitation.objects.filter(email="new0@example.org").update(created=timezone.now() - timedelta(days=1, seconds=1))
    invitations.invite(email="newer@example.org", role=Role.READER, by=cast.curator)


def test_who_has_an_account_is_told_so_and_gets_no_link(cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    secrets = {}
    for address in (NEW, "stranger@example.org"):
        with django_capture_on_commit_callbacks(execute=True):
            secrets[address] = invitations.invite(email=address, role=Role.REVIEWER, by=cast.curator)
    new, known = mail.outbox
    assert (new.to, known.to) == ([NEW], ["stranger@example.org"])
    assert f"http://localhost/invitations/{secrets[NEW]}/" in new.body
    assert "reviewer" in new.body
    assert "You have an account with this address already." in known.body
    assert secrets["stranger@example.org"] not in known.body
    with pytest.raises(Conflict, match="There is an account"):
        accept(secrets["stranger@example.org"])
    with pytest.raises(Conflict, match="There is an account"):
        invitations.invite(email="stranger@example.org", role=Role.READER, by=None)


def test_a_mail_that_cannot_be_sent_is_told_without_its_address(
    cast: Cast,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(*_args: object, **_kwargs: object) -> None:
        raise smtplib.SMTPRecipientsRefused({NEW: (550, b"unknown")})

    monkeypatch.setattr(invitations, "send_mail", fails)
    with pytest.raises(Busy, match="could not be sent"), django_capture_on_commit_callbacks(execute=True):
        invitations.invite(email=NEW, role=Role.READER, by=cast.curator)
    assert "SMTPRecipientsRefused" in caplog.text
    assert NEW not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_sixteen_at_once_make_one_account() -> None:
    secret = invitations.invite(email=NEW, role=Role.READER, by=None)
    start = Barrier(16)

    def use(number: int) -> str:
        try:
            start.wait(timeout=30)
            return f"made {accept(secret, f'Person {number}').pk}"
        except TrackerError as error:
            return str(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(use, range(16)))
    user = User.objects.get(email=NEW)
    assert sorted(answers) == sorted([f"made {user.pk}"] + ["This link is used up or too old. Ask a curator for another invitation."] * 15)
    assert EmailAddress.objects.count() == 1
    assert AuditEvent.objects.filter(kind=EventKind.ACCEPTED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_curators_cannot_demote_each_other_at_once() -> None:
    pair = [make_user(Role.CURATOR), make_user(Role.CURATOR)]
    start = Barrier(2)

    def demote(index: int) -> str:
        try:
            user, by = User.objects.get(pk=pair[index].pk), User.objects.get(pk=pair[1 - index].pk)
            user.role = Role.READER
            start.wait(timeout=30)
            people.save(user=user, by=by, reason="Because")
        except TrackerError as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(2) as threads:
        answers = sorted(threads.map(demote, range(2)))
    assert answers[1] == "done"
    assert answers[0] in {"Conflict", "Refused"}
    assert User.objects.filter(role=Role.CURATOR).count() == 1
