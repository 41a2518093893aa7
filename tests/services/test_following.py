"""What people follow, and the secret address of the feed of it."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from problems.errors import Conflict, Refused
from problems.models import AuditEvent, FollowingFeed, User, Watch
from problems.queries.following import followed, found, watches
from problems.services import following
from problems.services.following import end, end_feed, follow, reader_of, renew_feed, unfollow
from tests.factories import Cast, make_call, make_problem, make_statement, make_team


def test_it_is_followed_once(cast: Cast) -> None:
    problem = make_problem(1)
    statement, call, team = make_statement(problem), make_call(), make_team()
    for thing in (problem, statement, call, team, statement):
        follow(thing=thing, by=cast.reader)
    expected = {("problem", problem.pk), ("statement", statement.pk), ("call", call.pk), ("team", team.pk)}
    assert followed(cast.reader) == expected
    assert (followed(cast.stranger), followed(AnonymousUser())) == (frozenset(), frozenset())
    unfollow(thing=statement, by=cast.stranger)
    assert followed(cast.reader) == expected
    unfollow(thing=statement, by=cast.reader)
    unfollow(thing=statement, by=cast.reader)
    assert followed(cast.reader) == expected - {("statement", statement.pk)}


def test_nobody_else_ends_it(cast: Cast) -> None:
    watch = follow(thing=make_statement(), by=cast.reader)
    with pytest.raises(Conflict):
        end(watch=watch, by=cast.curator)
    end(watch=watch, by=cast.reader)
    assert not Watch.objects.exists()


def test_the_record_does_not_say_who_reads_what(cast: Cast) -> None:
    before = AuditEvent.objects.count()
    statement = make_statement()
    made = AuditEvent.objects.count()
    follow(thing=statement, by=cast.reader)
    unfollow(thing=statement, by=cast.reader)
    assert (AuditEvent.objects.count(), made > before) == (made, True)


def test_a_closed_account_follows_nothing(cast: Cast) -> None:
    follow(thing=make_statement(), by=cast.reader)
    cast.reader.is_active = False
    with pytest.raises(Refused):
        follow(thing=make_statement(), by=cast.reader)
    assert watches(cast.reader).count() == 0


def test_there_is_a_limit(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MOST", 1)
    statement = make_statement()
    follow(thing=statement, by=cast.reader)
    with pytest.raises(Conflict):
        follow(thing=make_statement(), by=cast.reader)
    follow(thing=statement, by=cast.reader)


def test_what_a_code_stands_for(db: Any) -> None:
    del db
    problem = make_problem(1)
    statement, call, team = make_statement(problem), make_call(), make_team()
    assert [found(code) for code in ("P1", "p1.l1", "C1", f"team:{team.slug}")] == [problem, statement, call, team]
    assert [found(code) for code in ("", "P2", "team:", "team:none", "paper:1", "P1.L1 C1")] == [None] * 6


def test_the_feed_has_one_address(cast: Cast) -> None:
    first = renew_feed(by=cast.reader)
    assert reader_of(first) == cast.reader
    second = renew_feed(by=cast.reader)
    assert (reader_of(first), reader_of(second)) == (None, cast.reader)
    assert second.encode() not in bytes(FollowingFeed.objects.get().digest)
    User.objects.filter(pk=cast.reader.pk).update(is_active=False)
    assert reader_of(second) is None
    end_feed(by=cast.reader)
    assert not FollowingFeed.objects.exists()
