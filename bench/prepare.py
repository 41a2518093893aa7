"""Brings a database to a corpus. Imported where Django is set up; see worker.py.

The tables are those of the app, made by its migrations and filled by COPY; states are derived by the service that always does.
"""

import io
from collections.abc import Iterable
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from bench import corpus
from problems.choices import ReviewStatus
from problems.models import CallToAction, Paper, Problem, Search, Statement, User
from problems.services import coverage
from problems.text import title_key

ROOT = Path(__file__).resolve().parent.parent
SIZE_OF_BATCH = 5_000
PAPERS = "id public_id title abstract year month venue type url title_key names is_retracted is_corrected advisory visibility created modified"
AUTHORSHIPS = "paper_id position family given particle suffix literal orcid"
IDENTIFIERS = "paper_id scheme value"
TAGS = (
    "public_id paper_id statement_id call_id problem_id relation rationale locator basis "
    "contributor_id status created modified decided_at decided_by_id"
)


def load(size: int) -> None:
    """Fill the empty tables of the connected database."""
    call_command("load_catalogue", str(ROOT / "fixtures" / "catalogue.yaml"), stdout=io.StringIO())
    people = [User.objects.create_user(None, display_name=f"Contributor {number + 1}") for number in range(corpus.CONTRIBUTORS)]
    statements = dict(Statement.objects.current().values_list("code", "pk"))
    calls = dict(CallToAction.objects.values_list("code", "pk"))
    problems = {f"P{number}": pk for number, pk in Problem.objects.values_list("number", "pk")}
    targets = corpus.Targets(
        existing=[code for code in statements if ".E" in code],
        limitations=[code for code in statements if ".L" in code],
        calls=list(calls),
        problems=list(problems),
    )
    stream = enumerate(islice(corpus.papers(targets), size), start=1)
    while batch := list(islice(stream, SIZE_OF_BATCH)):
        _copy("problems_paper", PAPERS, (_paper(pk, paper) for pk, paper in batch))
        _copy(
            "problems_authorship",
            AUTHORSHIPS,
            ((pk, place, family, given, "", "", "", "") for pk, paper in batch for place, (family, given) in enumerate(paper.authors, start=1)),
        )
        _copy("problems_paperidentifier", IDENTIFIERS, ((pk, *pair) for pk, paper in batch for pair in paper.identifiers))
        _copy(
            "problems_tag",
            TAGS,
            (
                (
                    tag.public_id,
                    pk,
                    statements.get(tag.code),
                    calls.get(tag.code),
                    problems.get(tag.code),
                    tag.relation,
                    tag.rationale,
                    tag.locator,
                    tag.basis,
                    people[tag.contributor].pk,
                    tag.status,
                    tag.created,
                    tag.created,
                    tag.decided_at,
                    people[tag.contributor - 1].pk if tag.decided_at else None,
                )
                for pk, paper in batch
                for tag in paper.tags
            ),
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT setval(pg_get_serial_sequence('problems_paper', 'id'), max(id)) FROM problems_paper")
    _searches(people)
    coverage.refresh_all()


def _paper(pk: int, paper: corpus.Paper) -> tuple[Any, ...]:
    names = " ".join(f"{given} {family}" for family, given in paper.authors)
    url = f"https://example.org/papers/{pk}"
    what = (paper.title, paper.abstract, paper.year, paper.month, paper.venue, paper.type, url, title_key(paper.title), names)
    return (pk, paper.public_id, *what, False, False, 0, paper.visibility, paper.created, paper.created)


def _copy(table: str, columns: str, rows: Iterable[tuple[Any, ...]]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns.split())}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)


def _searches(people: list[Any]) -> None:
    """Somebody looked for work on some of the limitations, and found none."""
    now = timezone.now()
    Search.objects.bulk_create(
        Search(
            statement=statement,
            where="arXiv",
            query=statement.code,
            searched_on=now.date() - timedelta(days=30 * place + 1),
            by=people[place],
            status=ReviewStatus.ACCEPTED,
            decided_at=now,
        )
        for place, statement in enumerate(Statement.objects.limitations()[:20])
    )


def fill(size: int) -> None:
    """Migrate the connected database, and load the corpus unless it is there."""
    call_command("migrate", verbosity=0)
    if Paper.objects.exists():
        return
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute("SET synchronous_commit = off")
        with transaction.atomic():  # a load that was killed leaves nothing
            load(size)
        cursor.execute("VACUUM (ANALYZE)")
