"""The form of a paper and its tags, and what a pasted text says of a paper."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, override

from problems import formats, handed_in
from problems.choices import Scheme, SubmissionKind
from problems.errors import Unparsable
from problems.formats import Failed, Parsed
from problems.forms.common import HandedIn, Kept, RecordForm, TagForm, Values, record_field, record_values
from problems.handed_in import TAGS_LIMIT, Data, Faults
from problems.identifiers import normalise, parse, safe_url
from problems.models import Paper
from problems.queries import targets
from problems.text import TITLE_LIMIT, without_controls

_TAG = re.compile(r"tag-(\d{1,4})-target", re.ASCII)
_PLACE = re.compile(r"tags\.(\d+)(?:\.(\w+))?", re.ASCII)
_ADDRESS = re.compile(r"(?:https?://|www\.)\S+\Z|[a-z][a-z0-9+.-]{1,20}:\S+\Z", re.IGNORECASE | re.ASCII)
_STARTS = (("bibtex", re.compile(r"\s*@\w+\s*[{(]")), ("ris", re.compile(r"\s*TY\s{1,2}-")), ("csl-json", re.compile(r"\s*[\[{]\s*[{\"]")))
PASTE_LIMIT = 60_000
PARTS = ("title", "authors", "date", "venue", "abstract")


class PaperForm(HandedIn):
    """A paper (on record, or as a record that is typed), its tags and a message; `values` by the names of the fields."""

    kind = SubmissionKind.PAPER

    def __init__(self, values: Values, paper: Paper | None = None) -> None:
        """With as many tags as the values tell of."""
        super().__init__(values)
        self.paper = paper
        self.record = None if paper else RecordForm(values)
        numbers = sorted({int(match[1]) for name in values if (match := _TAG.fullmatch(name))})
        self.tags = [TagForm(values, number=number) for number in numbers]
        self.dismissed = values.get("dismissed", "").split()[:20]
        self.focus: int | None = None
        self.aim()

    @classmethod
    def of(cls, content: Data, paper: Paper | None = None, **more: str) -> "PaperForm":
        """Filled with what is stored, or recognised."""
        values = record_values(content.get("record", {}))
        for number, tag in enumerate(content.get("tags", [])):
            values |= {f"tag-{number}-{name}": str(text) for name, text in tag.items()}
            values.setdefault(f"tag-{number}-target", "")
        return cls(values | more, paper)

    def aim(self) -> None:
        """Find what the tags point at. Three queries at most."""
        found = targets.by_code(tag.code for tag in self.tags)
        for tag in self.tags:
            tag.thing = found.get(tag.code)

    def add_tag(self, code: str) -> None:
        """One more tag, empty, to the target of this code; or the reason why there is none."""
        if len(self.tags) >= TAGS_LIMIT:
            self.add("find", f"{TAGS_LIMIT} tags are the most for one submission. Hand in the rest separately.")
        elif self.target_of(code):
            self.focus = max((tag.number or 0 for tag in self.tags), default=-1) + 1
            self.tags.append(TagForm({f"tag-{self.focus}-target": code}, number=self.focus))
            self.aim()

    def remove_tag(self, number: str) -> None:
        """Without this one."""
        self.tags = [tag for tag in self.tags if str(tag.number) != number]

    @override
    def content(self) -> Data:
        faults = Faults()
        content: Data = {"paper": self.paper.public_id} if self.paper else {"record": self.record.record(faults)} if self.record else {}
        content["tags"] = [tag.tag() for tag in self.tags]
        for place, sentences in faults.items():
            for sentence in sentences:
                self.add(place, sentence)
        return content

    @override
    def forms(self) -> Iterable[Kept]:
        return [*([self.record] if self.record else []), *self.tags]

    @override
    def field_of(self, place: str) -> tuple[Kept, str, str] | None:
        if match := _PLACE.fullmatch(place):
            tag = self.tags[int(match[1])] if int(match[1]) < len(self.tags) else None
            return (tag, match[2] if match[2] in tag.fields else "target", "") if tag else None
        if place == "record":
            place = "record.title"
        return record_field(self.record, place.removeprefix("record.")) if self.record and place.startswith("record.") else None


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text says of a paper: the record, in which words to tell so, and what to know about it."""

    record: Data = field(default_factory=dict)
    source: str = ""
    told: str = ""
    notes: Sequence[str] = ()

    @property
    def identifiers(self) -> list[tuple[Scheme, str]]:
        """Its identifiers."""
        return [(Scheme(scheme), value) for scheme, values in self.record.get("identifiers", {}).items() for value in values]


def recognise(text: str) -> Recognised:
    """What `text` is: an entry of a bibliography, an identifier, an address, or else a title. Raises Unparsable where it cannot be read."""
    text = text.strip()
    if not text:
        raise Unparsable("There is nothing to look for.", "Write an identifier, an address, a title, or paste an entry.", field="what")
    if len(text) > PASTE_LIMIT:
        raise Unparsable(
            f"This is longer than {PASTE_LIMIT:,} characters.", "Paste one entry. A file of many is imported by a curator.", field="what"
        )
    for name, start in _STARTS:
        if start.match(text) and (form := formats.FORMATS.get(name)) and form.read:
            return _entry(form.label, list(islice(form.read(text.encode()), 20)))
    identifier = parse(text)
    if identifier:
        record: Data = {"identifiers": {identifier.scheme.value: [identifier.value]}}
        told = f"{identifier.scheme.label} {identifier.value}"
        if text.lower().startswith(("http://", "https://")) and not any(host in text for host in ("doi.org/", "arxiv.org/")):
            record["address"] = safe_url(text)
        return Recognised(record, "Identifier", told)
    prefix = text.partition(":")[0].lower()
    if prefix in Scheme.values:
        normalise(Scheme(prefix), text)  # says what is wrong with it
    if _ADDRESS.match(text):
        address = safe_url(f"https://{text}" if text.lower().startswith("www.") else text)
        return Recognised({"address": address}, "Web address", address)
    title = " ".join(without_controls(text).split())
    if len(title) > TITLE_LIMIT:
        hint = "Paste a BibTeX or RIS entry as a whole, or write the title."
        raise Unparsable(f"This is no identifier, address or entry that is known, and too long for a title ({len(title):,}).", hint, field="what")
    return Recognised({"title": title}, "Title", title)


def _entry(label: str, entries: Sequence[Parsed | Failed]) -> Recognised:
    first = next((entry for entry in entries if isinstance(entry, Parsed)), None)
    if first is None:
        failed = next((entry.reason for entry in entries if isinstance(entry, Failed)), "")
        raise Unparsable(
            f"This looks like {label} and cannot be read. {failed}".strip(), "Mend the entry, or write the record by hand.", field="what"
        )
    record = handed_in.from_record(first.record)
    names = [name for name in PARTS if record.get(name)] + (["identifiers"] if record["identifiers"] else [])
    notes = list(first.notes)
    if len(entries) > 1:
        notes.insert(0, "There is more than one entry. The first that can be read was taken; log the others one by one.")
    return Recognised(record, f"{label} entry", f"filled in from it: {', '.join(names)}", notes)


def as_values(data: Mapping[str, Any]) -> dict[str, str]:
    """What was sent as plain values by name."""
    return {str(name): str(data[name]) for name in data}
