"""The codebook: the one table of labels, definitions, deciding questions and examples for the vocabularies of choices.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from problems.choices import Advisory, Basis, Material, Modality, PaperType, Reason, Relation, ReviewStatus, State, Topic

PATH = Path(__file__).resolve().parent.parent / "fixtures" / "codebook.yaml"


@dataclass(frozen=True, slots=True)
class Term:
    """One value of a vocabulary. `tone` is plain, moves or against and picks the colour; `cito` is the CiTO term where one fits."""

    value: str
    label: str
    definition: str
    question: str = ""
    accepted: str = ""
    rejected: str = ""
    rule: str = ""
    group: str = ""
    icon: str = ""
    tone: str = "plain"
    cito: str = ""


@dataclass(frozen=True, slots=True)
class Codebook:
    """Each vocabulary by value, in the order of the file."""

    relations: Mapping[str, Term]
    bases: Mapping[str, Term]
    states: Mapping[str, Term]
    statuses: Mapping[str, Term]
    advisories: Mapping[str, Term]
    types: Mapping[str, Term]
    reasons: Mapping[str, Term]
    materials: Mapping[str, Term]
    modalities: Mapping[str, Term]
    topics: Mapping[str, Term]


VOCABULARIES: dict[str, tuple[str, ...]] = {
    "relations": tuple(Relation.values),
    "bases": tuple(Basis.values),
    "states": tuple(State.values),
    "statuses": tuple(ReviewStatus.values),
    "advisories": tuple(str(value) for value in Advisory.values),
    "types": tuple(PaperType.values),
    "reasons": tuple(Reason.values),
    "materials": tuple(Material.values),
    "modalities": tuple(Modality.values),
    "topics": tuple(Topic.values),
}


@cache
def codebook() -> Codebook:
    """The codebook of this installation, read once per process. Raises ValueError where file and code do not name the same values."""
    document: dict[str, list[dict[str, Any]]] = yaml.safe_load(PATH.read_text(encoding="utf-8"))
    tables: dict[str, dict[str, Term]] = {}
    for name, values in VOCABULARIES.items():
        rows = [{key: str(text) for key, text in row.items() if text is not None} for row in document.get(name, [])]
        tables[name] = {row["value"]: Term(**row) for row in rows}
        if unlike := set(values) ^ set(tables[name]):
            message = f"{PATH.name}: {name} and the code differ in {', '.join(sorted(unlike))}."
            raise ValueError(message)
    return Codebook(**tables)
