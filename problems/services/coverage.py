"""Keeps the derived state of limitations in step with the tags. Called by every write that may move one, inside its transaction."""

from collections.abc import Iterable

from django.utils import timezone

from problems import states
from problems.choices import State
from problems.models import Statement, StateStep, Tag
from problems.queries.evidence import evidence_for


def refresh(statement_ids: Iterable[int | None]) -> None:
    """Derive the steps and states of these statements anew."""
    statements = list(
        Statement.objects.select_for_update(of=("self",)).limitations().filter(pk__in=[pk for pk in statement_ids if pk]).order_by("pk")
    )
    evidence = evidence_for([statement.pk for statement in statements])
    StateStep.objects.filter(statement__in=statements).delete()
    rows: list[StateStep] = []
    for statement in statements:
        steps = states.steps(evidence[statement.pk])
        rows += [StateStep(statement=statement, before=step.before, after=step.after, at=step.at, tag_id=step.tag) for step in steps]
        was = statement.state, statement.state_since
        statement.state, statement.state_since = (steps[-1].after, steps[-1].at) if steps else (State.UNTOUCHED, None)
        if was != (statement.state, statement.state_since):
            statement.modified = timezone.now()  # who polls for changes sees a state move
    StateStep.objects.bulk_create(rows)
    Statement.objects.bulk_update(statements, ["state", "state_since", "modified"])


def refresh_paper(paper_id: int) -> None:
    """The same for every limitation that a paper is tagged against."""
    refresh(Tag.objects.filter(paper=paper_id, statement__isnull=False).values_list("statement", flat=True).distinct())


def refresh_all() -> None:
    """The same for the whole map."""
    refresh(Statement.objects.values_list("pk", flat=True))
