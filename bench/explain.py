"""What the pages and lists ask of the database: each statement that took longer than a limit, with its plan. To be read, not a check."""

import re
import sys
from collections.abc import Iterator

from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.models import Paper, Problem, Tag
from problems.services import coverage

SLOW = 0.02
SHOWN = 400


def addresses() -> Iterator[str]:
    """Addresses of the pages and lists that are asked for most."""
    problem, paper = Problem.objects.earliest("number"), Paper.objects.filter(visibility="public", tags__isnull=False).order_by("pk")[0]
    yield from ("/", "/map/", "/map/?view=table", "/papers/", f"/papers/?problem={problem.number}", "/papers/?q=badrok", "/papers/?ordering=-year")
    yield from (problem.get_absolute_url(), paper.get_absolute_url(), "/calls/", "/sitemap.xml")
    api = "/api/v1"
    yield from (f"{api}/papers/?include=tags", f"{api}/papers/?problem=1&relation=confirms&include=tags", f"{api}/papers/{paper.public_id}/")
    yield from (f"{api}/papers/?ordering={name}" for name in ("-modified", "-year", "title"))
    yield from (
        f"{api}/papers/?challenge=data&phase=deployment&state=contested",
        f"{api}/papers/?doi=10.5555/bench.1",
        f"{api}/papers/?year__gte=2024",
    )
    yield from (
        f"{api}/problems/",
        f"{api}/statements/",
        f"{api}/statements/?include=tags",
        f"{api}/calls/",
        f"{api}/tags/",
        f"{api}/tags/?problem=1",
    )


def main() -> None:
    """Print the total time and the slow statements of each address, and of a decision on a tag."""
    client = Client(headers={"host": "127.0.0.1"})
    for address in addresses():
        client.get(address)  # once to warm up
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address)
        _show(f"{answer.status_code} {address}", [(query["sql"], float(query["time"])) for query in queries])
    tag = Tag.objects.filter(status="accepted", statement__section="limitation").order_by("-pk")[0]
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        coverage.refresh([tag.statement_id])
    _show(f"services.coverage.refresh of {tag.code}", [(query["sql"], float(query["time"])) for query in queries])


def _show(title: str, queries: list[tuple[str, float]]) -> None:
    sys.stdout.write(f"\n== {title}: {len(queries)} statements, {sum(seconds for _, seconds in queries) * 1000:.0f} ms\n")
    for sql, seconds in queries:
        if seconds >= SLOW and sql.startswith("SELECT"):
            sys.stdout.write(f"-- {seconds * 1000:.0f} ms  {_short(sql)}\n")
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) {sql.replace('%', '%%')}", [])
                for (line,) in cursor.fetchall():
                    sys.stdout.write(f"   {line[:220]}\n")


def _short(sql: str) -> str:
    return re.sub(r'"problems_|"', "", sql)[:SHOWN]
