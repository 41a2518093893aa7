"""The form that settles a difference: for each part that differs one of two sides, and a note."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.http import QueryDict

from problems.errors import Invalid
from problems.forms.reviews import NoteForm


class SettleForm:
    """What was chosen, and what is wrong with it."""

    def __init__(self, data: QueryDict | None, rows: Sequence[Any]) -> None:
        """For these parts, each with its `place`, `label` and whether it `differs`."""
        typed = {"note": data.get("note", "")} if data is not None else {}
        self._note = NoteForm(data, initial=typed, use_required_attribute=False)
        self.field = self._note["note"]
        self.rows = rows
        self.sides = {row.place: data.get(row.place, "") for row in rows if row.differs} if data is not None else {}
        self.wrong: dict[str, list[str]] = {}

    def is_valid(self) -> bool:
        """Whether it can be read."""
        return self._note.is_valid()

    @property
    def note(self) -> str:
        """The note to the contributor."""
        return str(self._note.cleaned_data["note"])

    def refuse(self, error: Invalid) -> None:
        """Say what the service refused, each at its part."""
        for place, sentences in error.errors.items():
            row = next((row for row in self.rows if f"{place}.".startswith(f"{row.place}.")), None)
            if row is None:
                self._note.add_error("note", [ValidationError(sentence) for sentence in sentences])
            else:
                self.wrong.setdefault(row.place, []).extend(sentences)

    @property
    def summary(self) -> list[dict[str, str]]:
        """What is wrong, in the order of the page."""
        found = [
            {"label": row.label, "text": sentence, "target": f"{row.place}-first" if row.differs else f"part-{row.place}"}
            for row in self.rows
            for sentence in self.wrong.get(row.place, [])
        ]
        return found + [{"label": "Note", "text": str(sentence), "target": "id_note"} for sentence in self._note.errors.get("note", [])]
