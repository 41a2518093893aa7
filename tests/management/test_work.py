"""manage.py work: it reads what waits by the process that reads, and an accident in one import stops no other."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import DatabaseError

from problems.models import ImportRun
from problems.services import imports
from tests.factories import Cast


def test_it_works_on_what_waits(cast: Cast) -> None:
    for number in range(2):
        imports.start(data=b'{"title": "Work %d"}\n{"title": \n' % number, filename="a.jsonl", by=cast.contributor)
    call_command("work", "--once")
    assert list(ImportRun.objects.values_list("state", "counts", "data")) == [("finished", {"created": 1, "refused": 1}, None)] * 2


@pytest.mark.parametrize("accident", [DatabaseError, KeyError])
def test_an_accident_does_not_end_it(db: None, accident: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    del db

    def broken(**_: Any) -> bool:
        raise accident

    monkeypatch.setattr(imports, "run_next", broken)
    monkeypatch.setattr("problems.management.commands.work.connection.close", lambda: None)
    call_command("work", "--once")
