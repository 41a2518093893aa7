"""The catalogue of today as the YAML file that `load_catalogue` reads, in the shape of fixtures/catalogue.yaml."""

from typing import Any, override

import yaml

from problems.choices import Section
from problems.models import Agenda, CallToAction, ChallengeType, Phase, Problem, Statement

SECTIONS = {"existing_work": (Section.EXISTING_WORK, "E"), "limitations": (Section.LIMITATION, "L")}
"""Lists of a problem in the file, each with its section and the letter of its codes."""
HEAD = """\
# The catalogue: one agenda of open problems, as data, written by `manage.py export_catalogue`; `manage.py load_catalogue` reads it.
#
# A code (P5.E1, P5.L2, C3) never changes its meaning and is never used again. A statement that is out of date stays here, with `retired_on: <date>`
# and, where there is one, `successor: <code>`. One that ages has `review_by: <date>`, the day on which reviewers are asked whether it still holds.

"""
WIDE = 10_000


class _Row(dict[str, Any]):
    """A mapping that stands in one line."""


class _Dumper(yaml.SafeDumper):
    """Lists of lists are indented, short lists and names stand in one line, texts of several lines as they are."""

    @override
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> Any:
        return super().increase_indent(flow, False)  # noqa: FBT003  # as PyYAML calls it


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    if "\n" in value:
        return dumper.represent_scalar("tag:yaml.org,2002:str", f"{value}\n", style="|")
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style='"' if value.startswith("#") else None)


def _list(dumper: yaml.SafeDumper, value: list[Any]) -> yaml.SequenceNode:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", value, flow_style=all(isinstance(each, str) for each in value))


_Dumper.add_representer(str, _text)
_Dumper.add_representer(list, _list)
_Dumper.add_representer(_Row, lambda dumper, value: dumper.represent_mapping("tag:yaml.org,2002:map", value, flow_style=True))


def as_text() -> str:
    """All of it. Loading it changes nothing; a fixed number of queries."""
    parts = {
        "agenda": _agenda(Agenda.objects.get()),
        "phases": [_phase(each) for each in Phase.objects.all()],
        "challenges": [_challenge(each) for each in ChallengeType.objects.order_by("position")],
        "problems": [_problem(each) for each in Problem.objects.select_related("phase").prefetch_related("challenges", "statements__successor")],
        "calls": [_call(each) for each in CallToAction.objects.select_related("phase").prefetch_related("serves").order_by("position")],
    }
    return HEAD + "\n".join(_dumped({name: part}) for name, part in parts.items())


def _dumped(part: dict[str, Any]) -> str:
    text: str = yaml.dump(part, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDE)
    return text.replace("\n  - number: ", "\n\n  - number: ").replace(":\n\n  - number: ", ":\n  - number: ") if "problems" in part else text


def _agenda(agenda: Agenda) -> dict[str, Any]:
    return {
        "title": agenda.title,
        "authors": [_Row(author) for author in agenda.authors],
        "organisations": agenda.organisations,
        "year": agenda.year,
        "url": agenda.url,
        "headline": agenda.headline,
        "introduction": agenda.introduction,
        "constraints": agenda.constraints_heading,
        "bibtex": agenda.bibtex,
    }


def _fields(thing: Any, *names: str) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in names}


def _phase(phase: Phase) -> dict[str, Any]:
    return _fields(phase, "slug", "number", "title", "label", "scope", "icon", "colour", "colour_dark", "soft", "soft_dark")


def _challenge(challenge: ChallengeType) -> dict[str, Any]:
    return _fields(challenge, "slug", "label", "title", "text", "icon", "colour", "colour_dark")


def _problem(problem: Problem) -> dict[str, Any]:
    found = _fields(problem, "number", "slug", "title", "question", "summary") | {"phase": problem.phase.slug}
    found["challenges"] = [challenge.slug for challenge in problem.challenges.all()]
    rows = sorted(problem.statements.all(), key=lambda each: each.position)
    return found | {name: [_statement(each) for each in rows if each.section == section] for name, (section, _) in SECTIONS.items()}


def _statement(statement: Statement) -> dict[str, Any]:
    found = _fields(statement, "code", "text")
    aged = {"review_by": statement.review_by, "retired_on": statement.retired_on}
    found |= {name: day for name, day in aged.items() if day}
    return found | ({"successor": statement.successor.code} if statement.successor else {})


def _call(call: CallToAction) -> dict[str, Any]:
    serves = sorted(call.serves.all(), key=lambda each: each.pk)
    return {"code": call.code, "phase": call.phase.slug, "text": call.text, "serves": [each.code for each in serves]}
