"""Forms of changes of the catalogue. Nothing is checked here but days: services say what is wrong, to pages and API alike."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from problems.choices import ChangeKind, Section
from problems.forms.accounts import Worded
from problems.forms.common import Text, Word
from problems.models import Statement
from problems.queries import proposals
from problems.queries.targets import AnyTarget
from problems.services.checks_due import A_YEAR, LONGEST

REASON = "What has changed, or was wrong. Curators and reviewers read it."
KINDS = {ChangeKind.WORDING: "Another wording", ChangeKind.NEW: "A new statement of this problem", ChangeKind.RETIREMENT: "Retire it"}
_SECTIONS = [("", "Choose"), (Section.LIMITATION.value, "Limitation"), (Section.EXISTING_WORK.value, "Existing work")]


class WhichForm(Worded, forms.Form):
    """What the change is about."""

    labels: ClassVar[dict[str, str]] = {"on": "What it is about"}
    hints: ClassVar[dict[str, str]] = {"on": "A code: P5.L2 for a statement, C3 for a call, P5 for a problem."}
    on = Text()


class ProposalForm(Worded, forms.Form):
    """A proposal: the fields that its kind has for what it is about, and why."""

    labels: ClassVar[dict[str, str]] = {
        "title": "Title",
        "question": "Question",
        "summary": "Summary",
        "text": "Wording",
        "section": "List",
        "review_by": "Ask again whether it holds, on",
        "successor": "Successor",
        "reason": "Why",
    }
    hints: ClassVar[dict[str, str]] = {
        "text": "One claim, in one sentence where possible. Up to 1,000 characters.",
        "review_by": "For what ages by its wording, as in “no public benchmark exists”. Empty: it does not age.",
        "successor": "Code of the statement that stands in its place: its tags, searches, declarations and followers move there. Empty: none, "
        "and they stay with it.",
        "reason": REASON,
    }
    title = Text()
    question = Text(rows=3)
    summary = Text(rows=6)  # type: ignore[assignment]  # Django takes fields out of the class
    section = Word(_SECTIONS)
    text = Text(rows=4)
    review_by = Text()
    successor = Text()
    reason = Text(rows=3)

    def __init__(self, values: Mapping[str, str] | None, *, kind: str, thing: AnyTarget) -> None:
        """For a change of this kind; a new wording starts from what stands there."""
        fields = fields_of(kind, thing)
        self.base_fields = {name: each for name, each in self.base_fields.items() if name in {*fields, "reason"}}  # type: ignore[misc]  # of this form alone
        super().__init__(values, initial=proposals.now(thing, fields) if kind == ChangeKind.WORDING else None, use_required_attribute=False)
        if "review_by" in self.fields:
            self.fields["review_by"].widget = forms.DateInput(attrs={"type": "date"})

    @property
    def values(self) -> dict[str, str]:
        """What is typed, but for the reason."""
        return {name: value for name, value in self.cleaned_data.items() if name != "reason"}


class AnswerForm(Worded, forms.Form):
    """Why a proposal is declined."""

    labels: ClassVar[dict[str, str]] = {"answer": "Why it stays as it is"}
    hints: ClassVar[dict[str, str]] = {"answer": "Read by who proposed it and by reviewers."}
    answer = Text(rows=3)


class StillTrueForm(Worded, forms.Form):
    """That a statement still holds: what was looked at, and until when."""

    labels: ClassVar[dict[str, str]] = {"reason": "What you looked at", "until": "Ask again on"}
    hints: ClassVar[dict[str, str]] = {"reason": "Kept in the record of changes."}
    reason = Text(rows=2)
    until = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Write the day like 2026-01-31."},
    )

    def __init__(self, values: Any, *, statement: Statement) -> None:
        """For one of several on a page, a year on by default."""
        today = timezone.localdate()
        super().__init__(values, auto_id=f"id_{statement.code.replace('.', '-')}_%s", initial={"until": today + A_YEAR}, use_required_attribute=False)
        self.fields["until"].widget.attrs |= {"min": (today + timedelta(days=1)).isoformat(), "max": (today + LONGEST).isoformat()}


def fields_of(kind: str, thing: AnyTarget) -> tuple[str, ...]:
    """Fields of a change of this kind."""
    fixed = {ChangeKind.NEW: ("section", "text", "review_by"), ChangeKind.RETIREMENT: ("successor",)}
    return fixed.get(ChangeKind(kind)) or proposals.WORDING[type(thing)]


def kinds_of(thing: AnyTarget) -> list[tuple[str, str]]:
    """Kinds of change that there may be of it, each with its words."""
    return [(kind.value, KINDS[kind]) for kind in proposals.kinds(thing)]
