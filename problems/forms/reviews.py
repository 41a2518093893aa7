"""The form of a decision: a part for the record, each tag, each search, the correction, and a note. What is missing in it is said by the service."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, override

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict

from problems.choices import Basis, Reason, Target, Verdict
from problems.codebook import Term, codebook
from problems.errors import Invalid, Unparsable
from problems.forms.accounts import Worded
from problems.models import Paper, Problem, Search, Tag, Team, User
from problems.queries import targets
from problems.queries.reviews import reviewers
from problems.services.reviews import Parts, Ruling, Rulings
from problems.text import LOCATOR_LIMIT, NOTE_LIMIT, RATIONALE_LIMIT, clean_text

ACCEPT, EDIT, MOVE, DECLINE, ASK, RESTRICT = "accept", "edit", "move", "decline", "ask", "restrict"
VERDICTS = {ACCEPT: "Accept", EDIT: "Edit", MOVE: "Move", DECLINE: "Decline", ASK: "Ask", RESTRICT: "Restrict"}
MEANT = {ACCEPT: Verdict.ACCEPT, EDIT: Verdict.ACCEPT, MOVE: Verdict.ACCEPT, DECLINE: Verdict.DECLINE, RESTRICT: Verdict.RESTRICT}
CHANGED = ("relation", "basis", "rationale", "locator")
WHERE_LIMIT = 200


class Text(forms.CharField):
    """A text that is kept as it was typed, and cleaned as every text that comes in."""

    def __init__(self, limit: int, *, rows: int = 0, **options: Any) -> None:
        """With `rows` it may have several lines."""
        self.limit, self.multiline = limit, bool(rows)
        widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput(attrs={"autocomplete": "off"})
        super().__init__(required=False, strip=False, widget=widget, **options)

    @override
    def clean(self, value: Any) -> str:
        try:
            return clean_text(value or "", limit=self.limit, field="text", multiline=self.multiline)
        except Unparsable as error:
            raise ValidationError(str(error)) from error


def _options(terms: Mapping[str, Term]) -> list[tuple[str, str]]:
    return [(value, f"{term.label}: {term.definition}") for value, term in terms.items()]


def _relations() -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, dict[str, Term]] = {}
    for value, term in codebook().relations.items():
        groups.setdefault(f"to {Target(term.group).label.lower()}", {})[value] = term
    return [(group, _options(terms)) for group, terms in groups.items()]


class PartForm(forms.Form):
    """What is said of one part. Fields that the verdict does not use are kept as typed and not looked at."""

    verdicts: ClassVar[tuple[str, ...]] = (ACCEPT, DECLINE)
    uses: ClassVar[Mapping[str, tuple[str, ...]]] = {DECLINE: ("reason", "words"), RESTRICT: ("words",), ASK: ("words",)}
    verdict = forms.ChoiceField(required=False, widget=forms.RadioSelect, label="Decision")
    reason = forms.ChoiceField(required=False, widget=forms.RadioSelect, label="Reason")
    words = Text(NOTE_LIMIT, rows=2, label="In words", help_text="The contributor reads this.")

    def __init__(self, data: QueryDict | None, place: str, name: str, *, checked: bool, initial: Mapping[str, Any] | None = None) -> None:
        """For the part at `place`, called `name`; unless `checked`, show what was typed without a word on it."""
        super().__init__(data if checked else None, prefix=place, initial=dict(initial or {}), use_required_attribute=False)
        self.place, self.name = place, name
        verdict, reason = self.fields["verdict"], self.fields["reason"]
        if isinstance(verdict, forms.ChoiceField) and isinstance(reason, forms.ChoiceField):
            verdict.choices = [(each, VERDICTS[each]) for each in self.verdicts]
            reason.choices = [(value, codebook().reasons[value].label) for value in Reason.values]
        if data is not None and not checked:
            for key, field in self.fields.items():
                if self.add_prefix(key) in data or not isinstance(field.widget, forms.Textarea | forms.TextInput | forms.Select):
                    self.initial[key] = field.widget.value_from_datadict(data, {}, self.add_prefix(key))

    @override
    def add_prefix(self, field_name: str) -> str:
        """Name fields as services name places: tags.k3v9q1x0ab.reason."""
        return f"{self.prefix}.{field_name}"

    @override
    def clean(self) -> dict[str, Any]:
        """Forget what is wrong with fields that do not count."""
        for name in set(self.errors) - {"verdict", *self.used}:
            del self.errors[name]
            self.cleaned_data.setdefault(name, "")
        return self.cleaned_data

    @property
    def used(self) -> tuple[str, ...]:
        """Fields that the verdict uses."""
        return self.uses.get(self.cleaned_data.get("verdict", ""), ())

    @property
    def ruling(self) -> Ruling | None:
        """What it says; None where it says nothing, or asks for a change."""
        data = self.cleaned_data
        if data["verdict"] not in MEANT:
            return None
        reason, words = (data[name] if name in self.used else "" for name in ("reason", "words"))
        return Ruling(MEANT[data["verdict"]], reason=reason, words=words)

    @property
    def summary(self) -> Iterator[dict[str, str]]:
        """What is wrong, with the field to go to."""
        for name, sentences in self.errors.items():
            field = self[name]
            target = f"{field.auto_id}_0" if isinstance(field.field.widget, forms.RadioSelect) else field.auto_id
            for sentence in sentences:
                yield {"label": self.name, "text": str(sentence), "target": target}


class RecordForm(PartForm):
    """Of a new record."""

    verdicts: ClassVar[tuple[str, ...]] = (ACCEPT, DECLINE, RESTRICT)


class TwinForm(PartForm):
    """Of a record that stands for a hidden one."""


class TagForm(PartForm):
    """Of a tag, which may be changed before it is accepted."""

    verdicts: ClassVar[tuple[str, ...]] = (ACCEPT, EDIT, MOVE, DECLINE, ASK)
    uses: ClassVar[Mapping[str, tuple[str, ...]]] = {
        **PartForm.uses,
        ACCEPT: ("restrict", "restrict_why"),
        EDIT: (*CHANGED, "restrict", "restrict_why"),
        MOVE: ("target", *CHANGED, "restrict", "restrict_why"),
    }
    target = Text(WHERE_LIMIT, label="Move to", help_text="A code, as P5.L2, C3 or P5, or words of the statement.")
    relation = forms.ChoiceField(required=False, choices=_relations)
    basis = forms.ChoiceField(required=False, choices=lambda: _options({value: codebook().bases[value] for value in Basis.values}))
    rationale = Text(RATIONALE_LIMIT, rows=5)
    locator = Text(LOCATOR_LIMIT, help_text="Page, section or figure.")
    restrict = forms.BooleanField(required=False, label="Restrict its rationale and locator to reviewers")
    restrict_why = Text(NOTE_LIMIT, label="Why, without detail", help_text="Reviewers read this.")

    def __init__(self, data: QueryDict | None, tag: Tag, *, checked: bool) -> None:
        """Fill in the tag as it is."""
        self.tag = tag
        self.found: list[targets.AnyTarget] = []
        initial = {name: getattr(tag, name) for name in CHANGED}
        super().__init__(data, f"tags.{tag.public_id}", tag.code, checked=checked, initial=initial)
        self.fields["target"].widget.attrs["list"] = "targets"

    def clean_target(self) -> str:
        """Take a code, or words that lead to one target only."""
        text: str = self.cleaned_data["target"]
        if not text or targets.CODE.fullmatch(text) or self.cleaned_data.get("verdict") != MOVE:
            return text.upper()
        self.found = targets.finding(text)
        if len(self.found) != 1:
            raise ValidationError("These words lead to several. Choose one and write its code." if self.found else "These words lead to nothing.")
        return targets.code_of(self.found[0])

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if "restrict" in self.used and data.get("restrict") and not data.get("restrict_why"):
            self.add_error("restrict_why", "Say why it is restricted, without detail.")
        return data

    @property
    @override
    def ruling(self) -> Ruling | None:
        plain, data = super().ruling, self.cleaned_data
        if plain is None or plain.verdict != Verdict.ACCEPT:
            return plain
        changes = {name: data[name] for name in CHANGED if name in self.used and data[name] != getattr(self.tag, name)}
        if "target" in self.used:
            changes["target"] = data["target"]
        return Ruling(plain.verdict, changes=changes, restrict_text=data["restrict_why"] if data["restrict"] else "")


class MethodForm(PartForm):
    """Of what is said of a method, which may be changed before it is accepted."""

    verdicts: ClassVar[tuple[str, ...]] = (ACCEPT, EDIT, DECLINE, ASK)
    uses: ClassVar[Mapping[str, tuple[str, ...]]] = {**PartForm.uses, EDIT: ("material", "modalities")}
    material = forms.ChoiceField(required=False, choices=lambda: [("", "Leave as it is"), *_options(codebook().materials)], label="Harmful material")
    modalities = forms.MultipleChoiceField(
        required=False, choices=lambda: _options(codebook().modalities), widget=forms.CheckboxSelectMultiple, label="Modality studied"
    )

    def __init__(self, data: QueryDict | None, method: Mapping[str, Any], *, checked: bool) -> None:
        """Fill in what is said."""
        self.method = method
        super().__init__(data, "method", "Method", checked=checked, initial=method)

    @property
    @override
    def ruling(self) -> Ruling | None:
        plain = super().ruling
        if plain is None or self.cleaned_data["verdict"] != EDIT:
            return plain
        said = {name: self.cleaned_data[name] for name in self.used}
        return Ruling(plain.verdict, changes={name: value for name, value in said.items() if value != self.method.get(name, type(value)())})


class NoteForm(forms.Form):
    """The note that goes with it."""

    note = Text(NOTE_LIMIT, rows=3, label="Note to the contributor", help_text="Goes out with the decision, or says what should change.")


class DecisionForm:
    """All of it: one form on the page, a part for each thing that waits."""

    def __init__(self, parts: Parts, data: QueryDict | None = None, *, checked: bool = False) -> None:
        """Show what was typed; `checked` also says what is wrong with it."""
        typed = {"note": data.get("note", "")} if data is not None else {}
        self.note = NoteForm(data if checked else None, initial=typed, use_required_attribute=False)
        self.record = self._record(parts.record, data, checked=checked) if parts.record else None
        self.tags = [TagForm(data, tag, checked=checked) for tag in parts.tags]
        self.searches = [self._search(search, data, checked=checked) for search in parts.searches]
        self.method = MethodForm(data, parts.method, checked=checked) if parts.method else None
        self.correction = PartForm(data, "correction", "Correction", checked=checked) if parts.correction else None

    @staticmethod
    def _record(paper: Paper, data: QueryDict | None, *, checked: bool) -> PartForm:
        return (TwinForm if paper.twin_of_id else RecordForm)(data, "record", "Record", checked=checked)

    @staticmethod
    def _search(search: Search, data: QueryDict | None, *, checked: bool) -> PartForm:
        form = PartForm(data, f"searches.{search.public_id}", f"Search on {search.code}", checked=checked)
        form.search = search  # type: ignore[attr-defined]  # for the page, which shows both together
        return form

    @property
    def parts(self) -> list[PartForm]:
        """Every part, in the order of the page."""
        return [*filter(None, [self.record]), *self.tags, *filter(None, [self.method]), *self.searches, *filter(None, [self.correction])]

    def is_valid(self) -> bool:
        """Whether it can be read."""
        return all(form.is_valid() for form in (self.note, *self.parts))

    @property
    def rulings(self) -> Rulings:
        """What it says of each part."""
        return Rulings(
            record=self.record.ruling if self.record else None,
            tags={form.tag.public_id: ruling for form in self.tags if (ruling := form.ruling)},
            searches={form.place.partition(".")[2]: ruling for form in self.searches if (ruling := form.ruling)},
            correction=self.correction.ruling if self.correction else None,
            method=self.method.ruling if self.method else None,
        )

    @property
    def asks(self) -> dict[str, str]:
        """What should change, by tag: the words of those that are asked for a change, or would be declined."""
        asked = {form.tag.public_id: form.cleaned_data["words"] for form in self.tags if "words" in form.used}
        return {public_id: words for public_id, words in asked.items() if words}

    @property
    def asked_of_method(self) -> str:
        """What should change about the method."""
        return str(self.method.cleaned_data["words"]) if self.method and "words" in self.method.used else ""

    def refuse(self, error: Invalid) -> None:
        """Say what the service refused, each at its part and field."""
        for place, sentences in error.errors.items():
            form = next((form for form in self.parts if f"{place}.".startswith(f"{form.place}.")), None)
            if form is None:
                self.note.add_error("note", [ValidationError(sentence) for sentence in sentences])
                continue
            field = place[len(form.place) + 1 :]
            field = "target" if field in {"statement", "call", "problem"} else field
            if isinstance(form, MethodForm) and field.startswith("changes"):
                field = field.split(".")[1] if field.count(".") else "modalities"
            form.add_error(field if field in form.used else "verdict", [ValidationError(sentence) for sentence in sentences])

    @property
    def summary(self) -> list[dict[str, str]]:
        """What is wrong, in the order of the page."""
        noted = [{"label": "Note", "text": str(sentence), "target": "id_note"} for sentence in self.note.errors.get("note", [])]
        return [fault for form in self.parts for fault in form.summary] + noted


class ReasonForm(Worded, forms.Form):
    """Why something is restricted, or no longer."""

    labels: ClassVar[dict[str, str]] = {"reason": "Why, without detail"}
    hints: ClassVar[dict[str, str]] = {"reason": "It is kept in the record, which reviewers and curators read."}
    reason = Text(NOTE_LIMIT, rows=3)


class AssignmentForm(Worded, forms.Form):
    """What comes in for whom: a problem, a team or a person, one of the three."""

    labels: ClassVar[dict[str, str]] = {"person": "Person, by e-mail address or account id"}
    hints: ClassVar[dict[str, str]] = {"problem": "Choose one of the next three."}
    reviewer = forms.ModelChoiceField(queryset=User.objects.none(), to_field_name="public_id", empty_label="Choose", label="Reviewer")
    problem = forms.ModelChoiceField(queryset=Problem.objects.all(), to_field_name="number", required=False, empty_label="None")
    team = forms.ModelChoiceField(queryset=Team.objects.all(), to_field_name="slug", required=False, empty_label="None")
    person = forms.CharField(required=False, max_length=254, widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, data: QueryDict | None, *, user: User) -> None:
        """For whom `user` may choose."""
        super().__init__(data, use_required_attribute=False)
        chosen: Any = self.fields["reviewer"]
        chosen.queryset = reviewers(user)
        chosen.error_messages["invalid_choice"] = "There is no such reviewer. Choose one of the list."

    def clean_person(self) -> User | None:
        """The account of this address or id."""
        name = self.cleaned_data["person"].strip()
        if not name:
            return None
        found = User.objects.filter(Q(email=name.lower()) | Q(public_id=name)).first() if "\0" not in name else None
        if found is None:
            raise ValidationError("There is no such account.")
        return found

    @override
    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        named = [name for name in ("problem", "team", "person") if data.get(name)]
        if not self.errors and len(named) != 1:
            self.add_error("problem", "Choose one: a problem, a team or a person.")
        return data

    @property
    def said(self) -> dict[str, Any]:
        """What it says."""
        return {name: self.cleaned_data[name] or None for name in ("reviewer", "problem", "team", "person")}
