"""Forms of the pages on people."""

from typing import Any, ClassVar, override

from django import forms
from django.core.exceptions import ValidationError

from problems.choices import Role
from problems.errors import Unparsable
from problems.forms.accounts import LABELS, Worded
from problems.text import NOTE_LIMIT, clean_text

REASON = "Why. It is kept in the record, which curators read."


class InviteForm(Worded, forms.Form):
    """Whom to invite, as what."""

    hints: ClassVar[dict[str, str]] = {"email": "The link goes there. It is good for seven days and for one account."}
    email = forms.EmailField(max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    role = forms.TypedChoiceField(choices=Role.choices, coerce=int, initial=Role.CONTRIBUTOR)


class ReasonForm(Worded, forms.Form):
    """Why an account is closed or opened."""

    hints: ClassVar[dict[str, str]] = {"reason": REASON}
    reason = forms.CharField(max_length=NOTE_LIMIT, widget=forms.Textarea(attrs={"rows": 2}))

    def clean_reason(self) -> str:
        """Clean the text."""
        try:
            return clean_text(self.cleaned_data["reason"], limit=NOTE_LIMIT, field="reason", required=True, multiline=True)
        except Unparsable as error:
            raise ValidationError(str(error)) from error


class RoleForm(ReasonForm):
    """Another role, and why."""

    role = forms.TypedChoiceField(choices=Role.choices, coerce=int)
    field_order = ("role", "reason")


class SearchForm(Worded, forms.Form):
    """Whom to find."""

    labels: ClassVar[dict[str, str]] = LABELS | {"q": "Name or e-mail address", "role": "Role", "state": "Account"}
    hints: ClassVar[dict[str, str]] = {}
    q = forms.CharField(required=False, max_length=254, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))
    role = forms.TypedChoiceField(required=False, coerce=int, empty_value=None, choices=[("", "Any"), *Role.choices])
    state = forms.ChoiceField(required=False, choices=[("", "Any"), ("open", "Open"), ("closed", "Closed")])

    @override
    def clean(self) -> dict[str, Any]:
        """Leave nothing out: a value that cannot be used filters by nothing."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        return {name: data.get(name) for name in self.fields}
