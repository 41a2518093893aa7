"""Flags: who may raise one, what is kept of them, the limit, and answers."""

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.db import connection

from problems.choices import EventKind, FlagReason, FlagState
from problems.errors import Conflict, Invalid, Refused, TooMany
from problems.models import AuditEvent, Flag, Paper
from problems.services import flags
from tests.factories import Cast, make_paper, make_statement, make_tag

TEXT = "The year is another one."


def raised(cast: Cast, thing: object = None, by: object = None, **more: str) -> Flag:
    given = {"reason": FlagReason.WRONG.value, "text": TEXT} | more
    made, _ = flags.flag(thing=thing or make_paper(), by=by or cast.anonymous, **given)  # type: ignore[arg-type]
    return made


@pytest.mark.parametrize("role", ["anonymous", "reader", "contributor", "reviewer", "curator"])
def test_anybody_flags_a_record_a_tag_or_a_statement(cast: Cast, role: str) -> None:
    by = getattr(cast, role)
    for thing in (make_paper(), make_tag(), make_statement()):
        made, secret = flags.flag(thing=thing, by=by, reason="wrong", text=TEXT)
        assert flags.follow(secret) == made
        assert (made.state, made.by, made.paper or made.tag or made.statement) == (FlagState.OPEN, by if role != "anonymous" else None, thing)
    assert (flags.follow("nonsense"), flags.follow("")) == (None, None)
    told = AuditEvent.objects.filter(kind=EventKind.FLAGGED).order_by().values_list("object_type", "actor", "before", "after").distinct()
    assert list(told) == [("flag", by.pk, {}, {})]
    assert set(Flag.objects.visible_to(cast.contributor)) == (set(Flag.objects.all()) if role == "contributor" else set())


def test_no_address_and_no_secret_is_stored(cast: Cast) -> None:
    made, secret = flags.flag(thing=make_paper(), by=cast.anonymous, reason="wrong", text=TEXT, address="203.0.113.7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT problems_flag::text FROM problems_flag WHERE id = %s", [made.pk])
        row = str(cursor.fetchone())
    assert (secret in row, "203.0.113" in row) == (False, False)
    assert "203.0.113" not in str(list(AuditEvent.objects.values()))


@pytest.mark.parametrize(("given", "field"), [({"reason": "odd"}, "reason"), ({"text": " "}, "text"), ({"text": "x" * 5001}, "text")])
def test_what_cannot_be_used_is_named(cast: Cast, given: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as error:
        raised(cast, **given)
    assert set(error.value.errors) == {field}
    assert Flag.objects.count() == 0


def test_some_reasons_need_no_words(cast: Cast) -> None:
    assert raised(cast, reason=FlagReason.HARMFUL, text="").text == ""


def test_the_limit_is_one_of_an_address_and_of_an_account(cast: Cast, settings: object) -> None:
    cache.clear()
    settings.FLAG_RATE = 2  # type: ignore[attr-defined]
    assert django_settings.FLAG_RATE == 2
    paper = make_paper()
    given = {"thing": paper, "reason": "wrong", "text": TEXT}
    for _ in range(2):
        flags.flag(by=cast.anonymous, address="203.0.113.7", **given)  # type: ignore[arg-type]
        flags.flag(by=cast.reader, **given)  # type: ignore[arg-type]
    for by, address in ((cast.anonymous, "203.0.113.7"), (cast.contributor, "203.0.113.7"), (cast.reader, "203.0.113.8")):
        with pytest.raises(TooMany):
            flags.flag(by=by, address=address, **given)  # type: ignore[arg-type]
    flags.flag(by=cast.stranger, address="203.0.113.9", **given)  # type: ignore[arg-type]
    assert Flag.objects.count() == 5


def test_answered_once_with_words(cast: Cast) -> None:
    made = raised(cast, by=cast.reader)
    for role in ("anonymous", "reader", "contributor"):
        with pytest.raises(Refused):
            flags.answer(flag=made, by=getattr(cast, role), state="upheld", text="It is corrected.")
    for state, text in (("open", "So."), ("odd", "So."), ("upheld", " ")):
        with pytest.raises(Invalid):
            flags.answer(flag=made, by=cast.reviewer, state=state, text=text)
    flags.answer(flag=made, by=cast.reviewer, state="upheld", text="It is corrected.")
    made.refresh_from_db()
    assert (made.state, made.answer, made.answered_by) == (FlagState.UPHELD, "It is corrected.", cast.reviewer)
    with pytest.raises(Conflict):
        flags.answer(flag=made, by=cast.curator, state="dismissed", text="No.")
    event = AuditEvent.objects.get(kind=EventKind.ANSWERED)
    assert (event.object_type, event.before, event.after) == ("flag", {"state": "open"}, {"state": "upheld"})


def test_nobody_answers_their_own_flag_nor_one_on_their_own_work(cast: Cast) -> None:
    paper = make_paper()
    Paper.objects.filter(pk=paper.pk).update(logged_by=cast.curator)
    tag = make_tag(contributor=cast.curator)
    for made, by in ((raised(cast, by=cast.reviewer), cast.reviewer), (raised(cast, paper), cast.curator), (raised(cast, tag), cast.curator)):
        with pytest.raises(Refused):
            flags.answer(flag=made, by=by, state="dismissed", text="No.")
