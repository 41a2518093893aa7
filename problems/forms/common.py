"""What the forms of contributors share: fields that keep what is typed, a record as a form, errors by their place in what is handed in.

Nothing is checked here: handed_in.py and the models say what is wrong, to pages and API alike. A form is filled from plain values by name
(what was typed, or a draft), gives the content to hand in, and takes the errors of a service back to its fields.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, override
from uuid import uuid4

from django import forms

from problems.choices import RELATIONS_OF, Advisory, Modality, Relation, Scheme, Section, SubmissionKind, Target, Topic
from problems.codebook import Term, codebook
from problems.errors import Invalid, TrackerError
from problems.forms.accounts import Worded
from problems.handed_in import Data, Faults
from problems.identifiers import parse
from problems.models import CallToAction, Problem, Statement
from problems.models.tags import RATIONALE_MINIMUM
from problems.queries import targets
from problems.queries.targets import AnyTarget
from problems.records import PersonName
from problems.text import RATIONALE_LIMIT

type Values = Mapping[str, str]

_ORCID = re.compile(r"[\s(<\[]*(?:orcid[:\s]*)?(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])[)>\]\s]*\Z", re.IGNORECASE | re.ASCII)
_PARTICLE = re.compile(r"((?:[^\W\d_A-Z][^\s,A-Z]*\s+)+)(?=\S)")
SENTENCES = "Submission"
FINDING = ("find", "tags", "search.targets")


class Text(forms.CharField):
    """A text as it is typed."""

    def __init__(self, *, rows: int = 0, **attributes: Any) -> None:
        """With `rows`, of several lines."""
        widget = forms.Textarea(attrs={"rows": rows} | attributes) if rows else forms.TextInput(attrs={"autocomplete": "off"} | attributes)
        super().__init__(required=False, widget=widget)

    @override
    def clean(self, value: Any) -> str:
        return value or ""


class Word(forms.ChoiceField):
    """A word of a vocabulary, as it is sent."""

    def __init__(self, choices: Iterable[tuple[Any, Any]], widget: Any = forms.Select) -> None:
        """One of `choices`."""
        super().__init__(choices=list(choices), required=False, widget=widget)

    @override
    def clean(self, value: Any) -> str:
        return value or ""


class Kept(Worded, forms.Form):
    """A form of such fields, filled from values."""

    def __init__(self, values: Values, *, prefix: str | None = None) -> None:
        """Filled."""
        super().__init__(dict(values), prefix=prefix, use_required_attribute=False)
        self.full_clean()

    def value(self, name: str) -> str:
        """What a field holds."""
        return str(self.cleaned_data.get(name, ""))

    @property
    def summary(self) -> list[dict[str, str]]:
        """Each error with its label and the field to go to."""
        return [
            {"label": str(self.fields[name].label), "text": text, "target": self.anchor(name)}
            for name in self.fields
            for text in self.errors.get(name, ())
        ]

    def anchor(self, name: str) -> str:
        """Id of the element to go to."""
        return str(self[name].id_for_label or self[name].auto_id)


class RecordForm(Kept):
    """The record of a paper."""

    labels: ClassVar[dict[str, str]] = {"address": "Web address", "advisory": "Advisory on the abstract"}
    hints: ClassVar[dict[str, str]] = {
        "title": "As printed on the paper.",
        "authors": "One a line: Family, Given, or Given Family. An organisation in braces: {World Health Organization}.",
        "date": "As precise as known: 2024, 2024-05 or 2024-05-01.",
        "venue": "Journal, conference or archive.",
        "identifiers": "One a line, in any spelling: DOI, arXiv, OpenAlex, PubMed, ISBN and others.",
        "advisory": "From level 1 on the abstract is folded.",
    }
    topics_hint = "What the abstract speaks of. It counts from level 1 on: people can leave topics folded, or out of their queue."
    title = Text()
    authors = Text(rows=4)
    date = Text()
    venue = Text()
    type = Word([("", "Not said"), *((value, term.label.capitalize()) for value, term in codebook().types.items())])
    address = Text(inputmode="url")
    identifiers = Text(rows=3)
    abstract = Text(rows=6)
    advisory = Word([(str(level), f"{level}: {label}") for level, label in Advisory.choices])

    def __init__(self, values: Values) -> None:
        """With a box for each topic."""
        self.base_fields = self.base_fields | boxes("topic", codebook().topics)  # type: ignore[misc]  # of this form alone
        super().__init__(values)
        self.boxes = [(self[f"topic_{value}"], value) for value in codebook().topics]

    @property
    def topics(self) -> list[str]:
        """Those that are ticked."""
        return [value for box, value in self.boxes if self.cleaned_data.get(box.name)]

    def record(self, faults: Faults, where: str = "record") -> Data:
        """What is typed as the record to hand in; lines that cannot be read become faults."""
        record: Data = {name: self.value(name) for name in ("title", "date", "venue", "type", "address", "abstract") if self.value(name).strip()}
        if authors := read_authors(self.value("authors")):
            record["authors"] = authors
        if identifiers := read_identifiers(self.value("identifiers"), faults, f"{where}.identifiers"):
            record["identifiers"] = identifiers
        level = self.value("advisory")
        if level not in {"", "0"}:
            record["advisory"] = int(level) if level.isascii() and level.isdecimal() else level
        if self.topics:
            record["topics"] = self.topics
        return record


def record_values(record: Data) -> dict[str, str]:
    """A record that is handed in, as the values of its form."""
    values = {name: str(record.get(name, "")) for name in ("title", "date", "venue", "type", "address", "abstract")}
    values["authors"] = "\n".join(_author(PersonName(**author)) for author in record.get("authors", []))
    identifiers: Mapping[str, Sequence[str]] = record.get("identifiers", {})
    values["identifiers"] = "\n".join(f"{Scheme(scheme).label}: {value}" for scheme, each in identifiers.items() for value in each)
    values["advisory"] = str(record.get("advisory", 0))
    return values | {f"topic_{value}": "on" for value in record.get("topics", []) if value in Topic.values}


def boxes(name: str, terms: Mapping[str, Term]) -> dict[str, forms.Field]:
    """A box for each word of a vocabulary, so that each is one plain value."""
    return {f"{name}_{value}": forms.BooleanField(required=False, label=term.label.capitalize()) for value, term in terms.items()}


def read_authors(text: str) -> list[Data]:
    """Names, one a line."""
    return [_name(line) for line in (line.strip() for line in text.splitlines()) if line]


def _name(line: str) -> Data:
    found: Data = {}
    if match := _ORCID.search(line):
        found["orcid"] = match[1].upper()
        line = line[: match.start()].strip()
    if line.startswith("{") and line.endswith("}"):
        return {"literal": line[1:-1].strip()} | found
    parts = [part.strip() for part in line.split(",")]
    if len(parts) > 1:
        family, given, suffix = parts[0], parts[-1], ", ".join(parts[1:-1])
    else:
        given, _, family = line.rpartition(" ")
        suffix = ""
        if match := re.search(r"\s([^\W\d_A-Z][^\sA-Z]*\s(?:.*\s)?)\Z", f" {given} "):
            given, family = f" {given} "[: match.start()].strip(), f"{match[1]}{family}"
    if match := _PARTICLE.match(family):
        found["particle"], family = match[1].strip(), family[match.end() :]
    return {name: text for name, text in (("family", family), ("given", given), ("suffix", suffix)) if text} | found


def _author(name: PersonName) -> str:
    orcid = f" (ORCID {name.orcid})" if name.orcid else ""
    if name.literal:
        return f"{{{name.literal}}}{orcid}"
    alone = " " in name.inverted and not (name.given or name.suffix)  # a family name of several words
    return f"{name.inverted}{',' if alone else ''}{orcid}"


def read_identifiers(text: str, faults: Faults, where: str) -> dict[str, list[str]]:
    """Identifiers, one a line, by scheme."""
    found: dict[str, list[str]] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        identifier = parse(line)
        if identifier:
            found.setdefault(identifier.scheme.value, []).append(identifier.value)
        else:
            faults.add(where, f"“{line[:60]}” is no identifier that is known here. Write it like doi:10.1145/3442188.3445922 or arXiv:2405.16341.")
    return found


class TagForm(Kept):
    """What a paper says of one target."""

    labels: ClassVar[dict[str, str]] = {"target": "Target", "locator": "Where in the paper", "basis": "Basis of the evidence"}
    hints: ClassVar[dict[str, str]] = {
        "rationale": f"What in the paper bears on it, in your words. {RATIONALE_MINIMUM} to {RATIONALE_LIMIT} characters.",
        "locator": "Page, section or figure.",
    }
    target = Text()
    id = Text()
    relation = Word([], forms.RadioSelect)
    rationale = Text(rows=3, **{"data-count": RATIONALE_LIMIT})
    locator = Text()
    basis = Word([("", "Choose"), *((value, term.label.capitalize()) for value, term in codebook().bases.items())])

    def __init__(self, values: Values, *, number: int | None = None) -> None:
        """Number `number` of a submission; without one, alone."""
        super().__init__(values, prefix=None if number is None else f"tag-{number}")
        self.number = number
        self.thing: AnyTarget | None = None

    @property
    def code(self) -> str:
        """Code of the target, as typed."""
        return self.value("target").strip()[:20]

    @property
    def relations(self) -> list[Term]:
        """The relations that fit."""
        fitting = RELATIONS_OF[kind_of(self.thing)] if self.thing else tuple(Relation)
        return [codebook().relations[value] for value in fitting]

    @property
    def bases(self) -> list[Term]:
        """What each basis means."""
        return list(codebook().bases.values())

    @property
    def chosen(self) -> str:
        """The relation that is chosen, or the only one there is."""
        return self.relations[0].value if len(self.relations) == 1 else self.value("relation")

    def tag(self) -> Data:
        """As it is handed in."""
        found = {name: self.value(name) for name in ("target", "id", "rationale", "locator", "basis") if self.value(name)}
        return found | ({"relation": self.chosen} if self.chosen else {})

    @override
    def anchor(self, name: str) -> str:
        if name in {"target", "id"}:
            return f"tag-{self.number}" if self.number is not None else "id_find"
        return f"{self[name].auto_id}_0" if name == "relation" else super().anchor(name)


class MethodForm(Kept):
    """Whether the method of a paper needs harmful material, and which modalities were studied."""

    labels: ClassVar[dict[str, str]] = {"material": "Harmful material"}
    hints: ClassVar[dict[str, str]] = {}
    material = Word([("", "Not said"), *((value, term.label.capitalize()) for value, term in codebook().materials.items())])

    def __init__(self, values: Values) -> None:
        """With a box for each modality, and its words beside it."""
        self.base_fields = self.base_fields | boxes("modality", codebook().modalities)  # type: ignore[misc]  # of this form alone
        super().__init__(values)
        self.boxes = [(self[f"modality_{value}"], value) for value in codebook().modalities]
        self.asked = ""
        """What a reviewer asked for."""

    @property
    def modalities(self) -> list[str]:
        """Those that are ticked."""
        return [value for box, value in self.boxes if self.cleaned_data.get(box.name)]

    def method(self) -> Data:
        """As it is handed in: what is said."""
        said = {"material": self.value("material"), "modalities": self.modalities}
        return {name: value for name, value in said.items() if value}

    @property
    def materials(self) -> list[Term]:
        """What each word of the one vocabulary means."""
        return list(codebook().materials.values())

    @property
    def kinds(self) -> list[Term]:
        """What each word of the other one means."""
        return list(codebook().modalities.values())

    def place(self, name: str) -> tuple["MethodForm", str, str]:
        """Field for the rest of a place, as in modalities.0."""
        return self, "material" if name == "material" else self.boxes[0][0].name, ""


def method_values(method: Data) -> dict[str, str]:
    """A method that is handed in, as the values of its form."""
    boxes = {f"modality_{value}": "on" for value in method.get("modalities", []) if value in Modality.values}
    return {"material": str(method.get("material", "")), **boxes}


def kind_of(thing: AnyTarget) -> Target:
    """Which kind of target it is."""
    if isinstance(thing, Statement):
        return Target.LIMITATION if thing.section == Section.LIMITATION else Target.EXISTING_WORK
    return Target.CALL if isinstance(thing, CallToAction) else Target.PROBLEM


def words_of(thing: AnyTarget) -> str:
    """What it says, for lists."""
    return f"Relevant to P{thing.number}, statement undecided: {thing.title}" if isinstance(thing, Problem) else thing.text


class MoreForm(Kept):
    """What goes with everything that is handed in."""

    labels: ClassVar[dict[str, str]] = {"message": "Message to the reviewers", "team": "On behalf of"}
    hints: ClassVar[dict[str, str]] = {
        "message": "Optional. Seen by reviewers and by you.",
        "team": "Once accepted, its tags show the name of the team beside yours, to everybody; if your name is hidden, beside “a contributor”.",
    }
    message = Text(rows=3)
    team = Text()


class HandedIn:
    """A form of a submission, made of other forms. Errors go by their place in the content to the field that they are about.

    `once` is the key by which a double click is known, `seen` the last change that the person knew of, `find` the words for the picker.
    """

    kind: ClassVar[SubmissionKind]

    def __init__(self, values: Values) -> None:
        """Nothing is wrong so far."""
        self.loose: list[dict[str, str]] = []
        self.more = MoreForm(values)
        self.once = values.get("once", "")[:100] or uuid4().hex
        self.seen = values.get("seen", "")
        self.find = values.get("find", "")[:200]

    @property
    def message(self) -> str:
        """What is told to the reviewers beside it."""
        return self.more.value("message")

    @property
    def team(self) -> str | None:
        """Slug of the team on whose behalf it is, empty for none; None where the form did not ask."""
        return self.more.value("team") if "team" in self.more.data else None

    def content(self) -> Data:
        """What is typed, as it is handed in. What cannot be read stands at its field then: ask `summary`."""
        raise NotImplementedError

    def forms(self) -> Iterable[Kept]:
        """The forms, in the order of the page."""
        raise NotImplementedError

    def field_of(self, place: str) -> tuple[Kept, str, str] | None:
        """Form, field, and what to say before the sentence, for a place."""
        raise NotImplementedError

    def refuse(self, error: TrackerError) -> None:
        """Say what a service refused."""
        found = error.errors if isinstance(error, Invalid) else {error.field: [str(error)]}
        for place, sentences in found.items():
            for sentence in sentences:
                self.add(place, sentence)

    def add(self, place: str, sentence: str) -> None:
        """Say one thing that is wrong."""
        at = (self.more, place, "") if place in self.more.fields else self.field_of(place)
        if place in FINDING:
            self.loose.append({"label": "Find", "text": sentence, "target": "id_find", "place": "find"})
        elif at is None:
            self.loose.append({"label": SENTENCES, "text": sentence, "target": "known" if place == "known" else "main"})
        else:
            form, name, before = at
            if f"{before}{sentence}" not in form.errors.get(name, ()):
                form.add_error(name, f"{before}{sentence}")

    @property
    def summary(self) -> list[dict[str, str]]:
        """Everything that is wrong."""
        return [*self.loose, *(line for form in (*self.forms(), self.more) for line in form.summary)]

    @property
    def find_errors(self) -> list[str]:
        """What is wrong about the picker."""
        return [line["text"] for line in self.loose if line.get("place") == "find"]

    def target_of(self, code: str) -> AnyTarget | None:
        """What a code that was picked stands for; where it cannot be used the reason stands at the picker."""
        thing = targets.by_code([code]).get(code)
        if thing is None:
            self.add("find", f"There is no “{code[:20]}”. Search by a code like P5.L2, C3 or P5, or by words.")
        elif isinstance(thing, Statement) and thing.retired_on:
            self.add("find", f"{thing.code} is retired. {f'Use {thing.successor.code}.' if thing.successor else 'Choose another.'}")
            return None
        else:
            self.find = ""
        return thing


def record_field(form: RecordForm, place: str) -> tuple[Kept, str, str] | None:
    """Field of a record for the rest of a place, as in authors.3.family."""
    name, _, rest = place.partition(".")
    if name == "topics":
        return form, form.boxes[0][0].name, ""
    if name not in form.fields:
        return None
    number = rest.partition(".")[0]
    return form, name, f"Line {int(number) + 1}: " if name == "authors" and number.isdecimal() else ""
