"""The form of how somebody wants to read, and that of the advisory of a record."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms

from problems.choices import Advisory
from problems.codebook import codebook
from problems.forms.accounts import Worded
from problems.forms.reviews import Text
from problems.models import Care, Paper
from problems.models.reviewing import NEVER_FOLD
from problems.services.care import DAILY_MOST, FIELDS
from problems.text import NOTE_LIMIT


def _levels() -> list[tuple[int, str]]:
    return [(int(value), f"{value}: {term.label}") for value, term in codebook().advisories.items()]


def _topics() -> list[tuple[str, str]]:
    return [(value, term.label.capitalize()) for value, term in codebook().topics.items()]


class CareForm(Worded, forms.Form):
    """From which level texts are folded, which topics always, and what the queue offers."""

    labels: ClassVar[dict[str, str]] = {
        "fold_from": "Fold texts from this level on",
        "left_out": "Topics",
        "most_level": "Highest level that the queue offers",
        "daily": "Advised items a day",
    }
    hints: ClassVar[dict[str, str]] = {
        "left_out": "Texts on these are always folded, and the queue leaves them out.",
        "daily": f"The queue offers no more than this. 0 to {DAILY_MOST:,}; empty: no limit.",
    }
    fold_from = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect)
    left_out = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    most_level = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect, required=False)
    daily = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=DAILY_MOST,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "size": 6}),
        error_messages={"invalid": f"Write a whole number from 0 to {DAILY_MOST:,}, or nothing."},
    )

    def __init__(self, data: Any = None, *, care: Care) -> None:
        """As it is set now, or as it was sent."""
        super().__init__(data, initial={name: getattr(care, name) for name in FIELDS}, use_required_attribute=False)
        fields: Mapping[str, Any] = self.fields
        fields["fold_from"].choices = [*_levels()[Advisory.GENERAL :], (NEVER_FOLD, "Never")]
        fields["left_out"].choices = _topics()
        fields["most_level"].choices = _levels()

    @property
    def values(self) -> dict[str, Any]:
        """What to keep: of fields that the page did not show, nothing."""
        return {name: value for name, value in self.cleaned_data.items() if name in {"left_out", "daily"} or value != ""}


class AdvisoryForm(Worded, forms.Form):
    """How hard a record is to read, and what it is about."""

    labels: ClassVar[dict[str, str]] = {"advisory": "Level", "topics": "Topics", "reason": "Why"}
    hints: ClassVar[dict[str, str]] = {
        "topics": "What the abstract speaks of. People can leave topics folded, or out of their queue.",
        "reason": "May be empty. It is kept in the record of changes.",
    }
    advisory = forms.TypedChoiceField(coerce=int, widget=forms.RadioSelect)
    topics = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    reason = Text(NOTE_LIMIT, rows=2)

    def __init__(self, data: Any = None, *, paper: Paper, initial: Any = None) -> None:
        """As it is on record, or as it was typed."""
        kept = {"advisory": paper.advisory, "topics": paper.topics}
        super().__init__(data, initial=kept | dict(initial or {}), use_required_attribute=False)
        fields: Mapping[str, Any] = self.fields
        fields["advisory"].choices = [(int(value), f"{value}: {term.label}. {term.definition}") for value, term in codebook().advisories.items()]
        fields["topics"].choices = _topics()
