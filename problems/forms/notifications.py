"""The form that says how often mails of each kind come."""

from typing import Any, ClassVar

from django import forms

from problems.choices import Pace, Subject
from problems.forms.accounts import Worded


class PacesForm(Worded, forms.Form):
    """A pace for each kind."""

    labels: ClassVar[dict[str, str]] = {subject.value: str(subject.label) for subject in Subject}
    hints: ClassVar[dict[str, str]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """A menu for each kind."""
        self.base_fields = {  # type: ignore[misc]  # of this form alone
            subject.value: forms.ChoiceField(choices=Pace.choices, error_messages={"invalid_choice": "Choose one of the paces that the menu offers."})
            for subject in Subject
        }
        super().__init__(*args, use_required_attribute=False, **kwargs)
