"""Probable duplicates: which pairs are found and kept, and what it takes to say that they are two works."""

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from problems.choices import EventKind, Scheme, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import AuditEvent, Paper, ProbableDuplicate
from problems.queries.curating import open_duplicates
from problems.services import duplicates, merging, trash
from tests.factories import Cast, make_paper

TITLE = "A watermark that survives the fine-tuning of models"


def pairs(user: object = None) -> list[tuple[str, str, bool]]:
    return [(each.first.title, each.second.title, each.certain) for each in open_duplicates(user).order_by("-certain", "pk")]  # type: ignore[arg-type]


def test_pairs_are_found_and_kept_once(cast: Cast) -> None:
    one = make_paper(title=TITLE, authors=["Abel", "Bell"])
    make_paper(title=f"{TITLE}: extended version", authors=["Abel", "Cole"])
    make_paper(title="Something else altogether, about tests", authors=["Abel"])
    same = make_paper(title=TITLE, authors=["Abel", "Bell"])
    assert duplicates.find() == duplicates.Found(4, 3, 3)
    assert pairs(cast.reviewer)[0] == (one.title, same.title, True)
    assert [certain for *_, certain in pairs(cast.reviewer)] == [True, False, False]
    assert duplicates.find() == duplicates.Found(4, 3, 0)
    assert pairs(cast.contributor) == pairs(cast.anonymous) == []


def test_a_pair_that_is_none_any_more_goes(cast: Cast) -> None:
    del cast
    make_paper(title=TITLE)
    other = make_paper(title=TITLE)
    duplicates.find()
    Paper.objects.filter(pk=other.pk).update(title="Something else altogether, about tests", title_key="somethingelse")
    assert duplicates.find() == duplicates.Found(2, 0, 0)


def test_what_is_no_record_of_its_own_is_left_out(cast: Cast) -> None:
    """Declined, thrown away, merged, and those that stand for another."""
    record = make_paper(title=TITLE, visibility=Visibility.RESTRICTED)
    twin = make_paper(title=TITLE, visibility=Visibility.WAITING)
    Paper.objects.filter(pk=twin.pk).update(twin_of=record)
    make_paper(title=TITLE, visibility=Visibility.DECLINED)
    assert duplicates.find() == duplicates.Found(1, 0, 0)
    other, third = make_paper(title=TITLE), make_paper(title=TITLE)
    assert duplicates.find() == duplicates.Found(3, 3, 3)
    trash.throw(thing=third, by=cast.curator, reason="No work.")
    assert len(pairs(cast.reviewer)) == 1
    merging.merge(kept=Paper.objects.get(pk=record.pk), merged=other, by=cast.curator)
    assert pairs(cast.reviewer) == []


def test_two_works_stay_dismissed(cast: Cast) -> None:
    first, second = make_paper(title=TITLE), make_paper(title=TITLE)
    duplicates.find()
    pair = ProbableDuplicate.objects.get()
    for role in ("anonymous", "reader", "contributor"):
        with pytest.raises(Refused):
            duplicates.dismiss(duplicate=pair, by=getattr(cast, role), reason="Two parts.")
    with pytest.raises(Invalid):
        duplicates.dismiss(duplicate=pair, by=cast.reviewer, reason=" ")
    duplicates.dismiss(duplicate=pair, by=cast.reviewer, reason="Two parts.")
    with pytest.raises(Conflict):
        duplicates.dismiss(duplicate=pair, by=cast.curator, reason="Two parts.")
    assert duplicates.find() == duplicates.Found(2, 0, 0)
    event = AuditEvent.objects.get(kind=EventKind.DISMISSED)
    assert (event.paper, event.after, event.reason) == (first, {"other": second.public_id}, "Two parts.")
    seen = [AuditEvent.objects.visible_to(by).filter(pk=event.pk).exists() for by in (cast.anonymous, cast.contributor, cast.reviewer)]
    assert seen == [False, False, True]


def test_the_command_and_a_fixed_number_of_queries(capsys: pytest.CaptureFixture[str], db: None) -> None:
    del db
    counts = []
    for number in (3, 9):
        ProbableDuplicate.objects.all().delete()
        for each in range(number):
            make_paper(title=TITLE, identifiers=[(Scheme.DOI, f"10.1000/{number}.{each}")])
        with CaptureQueriesContext(connection) as queries:
            duplicates.find()
        counts.append(len(queries))
    assert counts[0] == counts[1]
    call_command("find_duplicates")
    assert "12 records" in capsys.readouterr().out
