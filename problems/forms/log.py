"""The form of a paper and its tags."""

import re
from collections.abc import Iterable, Mapping
from typing import Any, override

from problems.choices import SubmissionKind
from problems.forms.common import HandedIn, Kept, MethodForm, RecordForm, TagForm, Values, method_values, read_authors, record_field, record_values
from problems.handed_in import TAGS_LIMIT, Data, Faults
from problems.identifiers import parse
from problems.models import Paper
from problems.queries import targets
from problems.queries.recognising import PASTE_LIMIT
from problems.records import PersonName

_TAG = re.compile(r"tag-(\d{1,4})-target", re.ASCII)
_PLACE = re.compile(r"tags\.(\d+)(?:\.(\w+))?", re.ASCII)


class PaperForm(HandedIn):
    """A paper (on record, or as a record that is typed), its tags and a message; `values` by the names of the fields."""

    kind = SubmissionKind.PAPER

    def __init__(self, values: Values, paper: Paper | None = None) -> None:
        """With as many tags as the values tell of."""
        super().__init__(values)
        self.values = values
        self.paper = paper
        self.record = None if paper else RecordForm(values)
        numbers = sorted({int(match[1]) for name in values if (match := _TAG.fullmatch(name))})
        self.tags = [TagForm(values, number=number) for number in numbers]
        self.method = MethodForm(values)
        self.dismissed = values.get("dismissed", "").split()[:20]
        self.focus: int | None = None
        self.lookup = values.get("lookup", "")[:PASTE_LIMIT]
        self.aim()

    @classmethod
    def of(cls, content: Data, paper: Paper | None = None, **more: str) -> "PaperForm":
        """Filled with what is stored, or recognised."""
        values = record_values(content.get("record", {})) | method_values(content.get("method", {}))
        for number, tag in enumerate(content.get("tags", [])):
            values |= {f"tag-{number}-{name}": str(text) for name, text in tag.items()}
            values.setdefault(f"tag-{number}-target", "")
        return cls(values | more, paper)

    def filled(self, record: Data) -> "PaperForm":
        """The same with what `record` says in the fields that are empty; identifiers that are not there yet are added."""
        if self.record is None:
            return self
        values = {**self.record.data, **self.values}
        said = record_values(record)
        known = {parse(line) for line in values.get("identifiers", "").splitlines()}
        lines = [line for line in said.pop("identifiers").splitlines() if parse(line) not in known]
        values["identifiers"] = "\n".join(filter(None, [values.get("identifiers", "").strip(), *lines]))
        values |= {name: text for name, text in said.items() if text and values.get(name, "").strip() in {"", "0"}}
        return PaperForm(values, self.paper)

    def aim(self) -> None:
        """Find what the tags point at. Three queries at most."""
        found = targets.by_code(tag.code for tag in self.tags)
        for tag in self.tags:
            tag.thing = found.get(tag.code)

    @property
    def record_is_told(self) -> bool:
        """Whether the record is complete enough, and without a fault, to be shown in short, its fields folded."""
        return (
            self.record is not None
            and not self.record.errors
            and all(self.record.value(name).strip() for name in ("title", "authors", "identifiers"))
        )

    @property
    def names(self) -> list[str]:
        """The authors as they are read, in reading order."""
        return [PersonName(**name).display for name in read_authors(self.record.value("authors"))] if self.record else []

    def add_tag(self, code: str) -> None:
        """One more tag, empty, to the target of this code; or the reason why there is none."""
        if len(self.tags) >= TAGS_LIMIT:
            self.add("find", f"{TAGS_LIMIT} tags are the most for one submission. Hand in the rest separately.")
        elif self.target_of(code):
            self.focus = max((tag.number or 0 for tag in self.tags), default=-1) + 1
            basis = self.tags[-1].value("basis") if self.tags else ""  # the evidence of one paper is mostly of one kind
            self.tags.append(TagForm({f"tag-{self.focus}-target": code, f"tag-{self.focus}-basis": basis}, number=self.focus))
            self.aim()

    def remove_tag(self, number: str) -> None:
        """Without this one."""
        self.tags = [tag for tag in self.tags if str(tag.number) != number]

    @override
    def content(self) -> Data:
        faults = Faults()
        content: Data = {"paper": self.paper.public_id} if self.paper else {"record": self.record.record(faults)} if self.record else {}
        content["tags"] = [tag.tag() for tag in self.tags]
        if method := self.method.method():
            content["method"] = method
        for place, sentences in faults.items():
            for sentence in sentences:
                self.add(place, sentence)
        return content

    @override
    def forms(self) -> Iterable[Kept]:
        return [*([self.record] if self.record else []), *self.tags, self.method]

    @override
    def field_of(self, place: str) -> tuple[Kept, str, str] | None:
        if match := _PLACE.fullmatch(place):
            tag = self.tags[int(match[1])] if int(match[1]) < len(self.tags) else None
            return (tag, match[2] if match[2] in tag.fields else "target", "") if tag else None
        if place.startswith("method"):
            return self.method.place(place.removeprefix("method").removeprefix("."))
        if place == "record":
            place = "record.title"
        return record_field(self.record, place.removeprefix("record.")) if self.record and place.startswith("record.") else None


def as_values(data: Mapping[str, Any]) -> dict[str, str]:
    """What was sent as plain values by name."""
    return {str(name): str(data[name]) for name in data}
