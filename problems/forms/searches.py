"""The form of a search that found nothing."""

import re
from collections.abc import Iterable
from typing import ClassVar, override

from django import forms

from problems.choices import SubmissionKind
from problems.forms.common import HandedIn, Kept, Text, Values
from problems.handed_in import TARGETS_LIMIT, Data
from problems.queries import targets
from problems.queries.targets import AnyTarget

_TARGET = re.compile(r"target-(\d{1,3})", re.ASCII)
_PLACE = re.compile(r"search\.(\w+)(?:\.(\d+))?", re.ASCII)


class WhereForm(Kept):
    """Where somebody looked, for what, when."""

    labels: ClassVar[dict[str, str]] = {"where": "Where you looked", "query": "What you searched for", "searched_on": "When"}
    hints: ClassVar[dict[str, str]] = {
        "where": "For example arXiv and Semantic Scholar.",
        "query": "The words of the query, so that others can repeat it.",
        "searched_on": "After 12 months a search is out of date and no longer shown.",
    }
    where = Text()
    query = Text()
    searched_on = Text()

    def __init__(self, values: Values) -> None:
        """With a field for a day."""
        super().__init__(values)
        self.fields["searched_on"].widget = forms.DateInput(attrs={"type": "date"})


class SearchForm(HandedIn):
    """What was searched for, where and when."""

    kind = SubmissionKind.SEARCH

    def __init__(self, values: Values) -> None:
        """With the targets that the values tell of."""
        super().__init__(values)
        self.where = WhereForm(values)
        numbered = sorted((int(match[1]), code) for name, code in values.items() if (match := _TARGET.fullmatch(name)))
        self.codes = list(dict.fromkeys(code.strip()[:20] for _, code in numbered if code.strip()))

    @classmethod
    def of(cls, content: Data, **more: str) -> "SearchForm":
        """Filled with what is stored."""
        search = content.get("search", {})
        values = {name: str(search.get(name, "")) for name in ("where", "query", "searched_on")}
        return cls(values | {f"target-{number}": code for number, code in enumerate(search.get("targets", []))} | more)

    @property
    def targets(self) -> list[tuple[str, AnyTarget | None]]:
        """Each code with what it stands for."""
        found = targets.by_code(self.codes)
        return [(code, found.get(code)) for code in self.codes]

    def pick(self, code: str) -> None:
        """One more statement or problem."""
        if len(self.codes) >= TARGETS_LIMIT:
            self.add("find", f"{TARGETS_LIMIT} are the most for one search. Log the rest separately.")
        elif code not in self.codes and self.target_of(code):
            self.codes.append(code)

    def remove(self, code: str) -> None:
        """Without this one."""
        self.codes = [other for other in self.codes if other != code]

    @override
    def content(self) -> Data:
        search = {name: self.where.value(name) for name in ("where", "query", "searched_on")}
        return {"search": {"targets": list(self.codes)} | search}

    @override
    def forms(self) -> Iterable[Kept]:
        return [self.where]

    @override
    def add(self, place: str, sentence: str) -> None:
        super().add("find" if place.startswith("search.targets") or place == "search.statement" else place, sentence)

    @override
    def field_of(self, place: str) -> tuple[Kept, str, str] | None:
        match = _PLACE.fullmatch(place)
        return (self.where, match[1], "") if match and match[1] in self.where.fields else None
