"""Forms of the pages on teams."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from problems.errors import Unparsable
from problems.forms.accounts import LABELS, Worded
from problems.models import Team
from problems.services.declarations import LONGEST
from problems.services.teams import MESSAGE_LIMIT
from problems.text import clean_text


class Cleaned(Worded, forms.Form):
    """A form whose texts pass the one gate for text."""

    limits: ClassVar[dict[str, int]] = {}
    multiline: ClassVar[frozenset[str]] = frozenset()

    def clean(self) -> dict[str, Any]:
        """Clean the texts, each with what is wrong with it."""
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for name, limit in self.limits.items():
            if name in data:
                try:
                    data[name] = clean_text(
                        data[name], limit=limit, field=name, required=self.fields[name].required, multiline=name in self.multiline
                    )
                except Unparsable as error:
                    self.add_error(name, ValidationError(str(error)))
        return data


class TeamForm(Cleaned):
    """A team as everybody sees it."""

    labels: ClassVar[dict[str, str]] = {"name": "Name", "about": "What it works on"}
    hints: ClassVar[dict[str, str]] = {
        "name": "Shown to everybody. The address of its page is made of it once, and stays.",
        "about": "A sentence or two, shown to everybody. Up to 500 characters.",
    }
    limits: ClassVar[dict[str, int]] = {"name": 200, "about": 500}
    multiline = frozenset({"about"})
    name = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    about = forms.CharField(required=False, widget=forms.Textarea(attrs={"rows": 3}))


class NewTeamForm(TeamForm):
    """A new team, and who leads it."""

    labels: ClassVar[dict[str, str]] = TeamForm.labels | {"lead": "First lead"}
    hints: ClassVar[dict[str, str]] = TeamForm.hints | {
        "lead": "E-mail address of an account. Without one, make a link for a lead on the next page.",
    }
    lead = forms.EmailField(required=False, max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"}))


class ContactForm(Cleaned):
    """A message to the leads of a team."""

    labels: ClassVar[dict[str, str]] = LABELS | {"text": "Message", "answer": "Let them answer to my address"}
    hints: ClassVar[dict[str, str]] = {
        "text": f"Mailed to the leads of the team, with your name as it is shown here. Up to {MESSAGE_LIMIT:,} characters.",
        "answer": "Then the leads see your e-mail address. Without it they see your name only, and cannot answer.",
    }
    limits: ClassVar[dict[str, int]] = {"text": MESSAGE_LIMIT}
    multiline = frozenset({"text"})
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 8}))
    answer = forms.BooleanField(required=False)


class DeclarationForm(Cleaned):
    """What a team works on, until when."""

    labels: ClassVar[dict[str, str]] = {"sentence": "What the team works on", "until": "Until"}
    hints: ClassVar[dict[str, str]] = {
        "sentence": "One sentence, shown to everybody with the name of the team. No addresses: people write to the team through this site.",
        "until": "The last day on which it is shown, at most a year from today. It ends then by itself.",
    }
    limits: ClassVar[dict[str, int]] = {"sentence": 300}
    sentence = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    until = forms.DateField(
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Write the day like 2026-01-31."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """With the days that there may be."""
        super().__init__(*args, **kwargs)
        today = timezone.localdate()
        self.fields["until"].widget.attrs |= {"min": today.isoformat(), "max": (today + LONGEST).isoformat()}


class DeclareForm(DeclarationForm):
    """The same for a target, by one of several teams."""

    labels: ClassVar[dict[str, str]] = DeclarationForm.labels | {"team": "Team", "target": "Statement or call"}
    hints: ClassVar[dict[str, str]] = DeclarationForm.hints | {"target": "Its code, as in P5.L2 or C3."}
    limits: ClassVar[dict[str, int]] = DeclarationForm.limits | {"target": 20}
    team = forms.ChoiceField(error_messages={"invalid_choice": "You are in no such team."})
    target = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
    field_order = ("team", "target", "sentence", "until")

    def __init__(self, *args: Any, teams: list[Team], **kwargs: Any) -> None:
        """Of one of these teams."""
        super().__init__(*args, **kwargs)
        self.fields["team"].choices = [(team.slug, team.name) for team in teams]  # type: ignore[attr-defined]  # a ChoiceField
