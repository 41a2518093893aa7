"""The forms of a correction: what is on record, to be changed; only what differs is handed in."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, override

from django import forms

from problems.choices import SubmissionKind
from problems.forms.common import HandedIn, Kept, MethodForm, RecordForm, TagForm, Text, Values, method_values, record_field, record_values
from problems.handed_in import METHOD, Data, Faults
from problems.models import Paper, Tag
from problems.queries import targets

_PLACE = re.compile(r"correction\.changes\.(.+)")
MARKS = ("retracted", "corrected")


class ReasonForm(Kept):
    """Why."""

    labels: ClassVar[dict[str, str]] = {"reason": "Reason"}
    hints: ClassVar[dict[str, str]] = {"reason": "What is wrong now, and where one can see it."}
    reason = Text(rows=3)


class MarksForm(Kept):
    """What became of the paper after it was published."""

    labels: ClassVar[dict[str, str]] = {"retracted": "The paper was retracted", "corrected": "A correction to the paper was published"}
    hints: ClassVar[dict[str, str]] = {}
    retracted = forms.BooleanField(required=False)
    corrected = forms.BooleanField(required=False)


class Correction(HandedIn):
    """What all corrections have."""

    kind = SubmissionKind.CORRECTION

    def __init__(self, values: Values, before: Values) -> None:
        """Filled with what is typed, or with what is on record."""
        super().__init__(values)
        self.before = before
        self.reason = ReasonForm(values)

    def differs(self, form: Kept, name: str) -> bool:
        """Whether a field holds something else than what is on record."""
        return _lines(form.value(name)) != _lines(self.before.get(name, ""))

    @override
    def field_of(self, place: str) -> tuple[Kept, str, str] | None:
        if place == "correction.reason":
            return self.reason, "reason", ""
        match = _PLACE.fullmatch(place)
        return self.changed_field(match[1]) if match else None

    def changed_field(self, place: str) -> tuple[Kept, str, str] | None:
        """Field for the rest of a place."""
        raise NotImplementedError


class PaperCorrection(Correction):
    """Of a record; `record` is all of it as it is."""

    def __init__(self, values: Values | None, paper: Paper, record: Data) -> None:
        """Filled with what is typed, or with the record."""
        before = record_values(record) | {name: "on" for name in MARKS if record.get(name)} | method_values(record)
        super().__init__(before if values is None else values, before)
        self.paper = paper
        self.record = RecordForm(before if values is None else values)
        self.marks = MarksForm(before if values is None else values)
        self.method = MethodForm(before if values is None else values)

    @classmethod
    def of(cls, content: Data, paper: Paper, record: Data, **more: str) -> "PaperCorrection":
        """Filled with what is stored."""
        correction: Mapping[str, Any] = content.get("correction", {})
        changed = record | correction.get("changes", {})
        values = record_values(changed) | {name: "on" for name in MARKS if changed.get(name)} | method_values(changed)
        return cls(values | {"reason": correction.get("reason", "")} | more, paper, record)

    @override
    def content(self) -> Data:
        faults = Faults()
        record = self.record.record(faults, "correction.changes")
        for place, sentences in faults.items():
            for sentence in sentences:
                self.add(place, sentence)
        empty: dict[str, Any] = {"authors": [], "identifiers": {}, "advisory": 0}
        named = [name for name in self.record.fields if not name.startswith("topic_")]
        changes: Data = {name: record.get(name, empty.get(name, "")) for name in named if self.differs(self.record, name)}
        if self.record.topics != RecordForm(self.before).topics:
            changes["topics"] = self.record.topics
        for name in MARKS:
            ticked = bool(self.marks.cleaned_data.get(name))
            if ticked != (name in self.before):
                changes[name] = ticked
        stood = MethodForm(self.before)
        if self.method.value("material") != stood.value("material"):
            changes["material"] = self.method.value("material")
        if self.method.modalities != stood.modalities:
            changes["modalities"] = self.method.modalities
        return {"correction": {"paper": self.paper.public_id, "changes": changes, "reason": self.reason.value("reason")}}

    @override
    def forms(self) -> Iterable[Kept]:
        return [self.record, self.marks, self.method, self.reason]

    @override
    def changed_field(self, place: str) -> tuple[Kept, str, str] | None:
        return self.method.place(place) if place.partition(".")[0] in METHOD else record_field(self.record, place)


class TagCorrection(Correction):
    """Of a tag: its target, relation, text or basis."""

    NAMES = ("target", "relation", "rationale", "locator", "basis")

    def __init__(self, values: Values | None, tag: Tag) -> None:
        """Filled with what is typed, or with the tag."""
        before = {"target": tag.code} | {name: str(getattr(tag, name)) for name in self.NAMES[1:]}
        super().__init__(before if values is None else values, before)
        self.corrected = tag
        self.tag = TagForm(before if values is None else values)
        self.aim()

    @classmethod
    def of(cls, content: Data, tag: Tag, **more: str) -> "TagCorrection":
        """Filled with what is stored."""
        correction: Mapping[str, Any] = content.get("correction", {})
        values = {"target": tag.code} | {name: str(getattr(tag, name)) for name in cls.NAMES[1:]}
        return cls(values | correction.get("changes", {}) | {"reason": correction.get("reason", "")} | more, tag)

    def aim(self) -> None:
        """Find what the tag points at. A query."""
        self.tag.thing = targets.by_code([self.tag.code]).get(self.tag.code)

    def pick(self, code: str) -> None:
        """Move it to another target."""
        if self.target_of(code):
            values = {name: self.tag.value(name) for name in self.NAMES} | {"target": code}
            self.tag = TagForm(values)
            self.aim()

    @override
    def content(self) -> Data:
        now = self.tag.tag()
        changes = {name: now.get(name, "") for name in self.NAMES if _lines(now.get(name, "")) != _lines(self.before[name])}
        return {"correction": {"tag": self.corrected.public_id, "changes": changes, "reason": self.reason.value("reason")}}

    @override
    def forms(self) -> Iterable[Kept]:
        return [self.tag, self.reason]

    @override
    def changed_field(self, place: str) -> tuple[Kept, str, str] | None:
        return (self.tag, place, "") if place in self.tag.fields else None


def _lines(text: str) -> list[str]:
    """Lines of a text without blanks at their ends: what a browser does to line ends is no change."""
    return [line.rstrip() for line in text.strip().splitlines()]
