"""Loads the shipped literature: papers with their accepted tags, as facts. What is on record already is left as it is."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from problems.choices import PaperType, ReviewStatus, Scheme
from problems.errors import TrackerError, Unparsable
from problems.models import CallToAction, Paper, Problem, Statement, Tag, User
from problems.permissions import Actor
from problems.records import PaperRecord, PartialDate, PersonName
from problems.services import papers, people, tags


@dataclass
class Report:
    """What loading did."""

    created: int = 0
    matched: int = 0
    tagged: int = 0


@transaction.atomic
def load(*, lines: Iterable[str], by: Actor, reason: str = "") -> Report:
    """Load JSON Lines: first `{"contributors": {key: display name}}`, then a paper a line (see fixtures/literature.jsonl).

    Raises Unparsable with the number of the line that is wrong; then nothing is stored.
    """
    report, contributors = Report(), {}
    targets: dict[str, dict[Any, Any]] = {
        "statement": {statement.code: statement for statement in Statement.objects.select_related("problem")},
        "call": {call.code: call for call in CallToAction.objects.all()},
        "problem": {problem.number: problem for problem in Problem.objects.all()},
    }
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if "contributors" in row:
                contributors = {key: _contributor(name, by) for key, name in row["contributors"].items()}
                continue
            paper, outcome = papers.create_or_find(record=_record(row), by=by, reason=reason)
            report.created += outcome == papers.Outcome.CREATED
            report.matched += outcome == papers.Outcome.MATCHED
            report.tagged += sum(_tag(paper, tag, targets, contributors, by) for tag in row["tags"])
        except TrackerError as error:
            title = f"Line {number}: {error}"
            raise Unparsable(title) from error
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            title = f"Line {number}: {type(error).__name__} {error}"
            raise Unparsable(title, "Each line is one JSON object as in fixtures/literature.jsonl.") from error
    return report


def _contributor(name: str, by: Actor) -> User:
    return User.objects.filter(email=None, display_name=name).first() or people.save(user=User(display_name=name), by=by)


def _record(row: Mapping[str, Any]) -> PaperRecord:
    return PaperRecord(
        title=row["title"],
        authors=tuple(PersonName(**author) for author in row["authors"]),
        date=PartialDate.parse(row["date"]) if row.get("date") else None,
        venue=row.get("venue", ""),
        type=PaperType(row["type"]),
        url=row.get("url", ""),
        identifiers=tuple((Scheme(scheme), value) for scheme, value in row["identifiers"].items()),
    )


def _tag(paper: Paper, row: Mapping[str, Any], targets: Mapping[str, Mapping[Any, Any]], contributors: Mapping[str, User], by: Actor) -> bool:
    """Add a tag unless the paper has it; whether it was added."""
    kind = next((kind for kind in targets if kind in row), "")
    if not kind:
        title = "A tag has no target."
        raise Unparsable(title, "Name a statement, a call or a problem.")
    tag = Tag(
        paper=paper,
        relation=row["relation"],
        rationale=row["rationale"],
        locator=row.get("locator", ""),
        basis=row["basis"],
        contributor=contributors[row["contributor"]],
        status=ReviewStatus.ACCEPTED,
        decided_at=datetime.fromisoformat(row["accepted"]),
    )
    setattr(tag, kind, targets[kind][row[kind]])
    if Tag.objects.filter(paper=paper, relation=tag.relation, statement=tag.statement, call=tag.call, problem=tag.problem).exists():
        return False
    tags.save(tag=tag, by=by)
    return True
