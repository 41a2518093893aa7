"""The form that sends a file."""

from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.conf import settings

from problems.errors import Invalid, TrackerError
from problems.formats import FORMATS
from problems.forms.accounts import Worded
from problems.models import Team, User

SUFFIXES = (".bib", ".ris", ".json", ".nbib", ".csv", ".jsonl", ".txt")
ONE_MILLION = 1_000_000


class ImportForm(Worded, forms.Form):
    """One file, and on whose behalf."""

    labels: ClassVar[dict[str, str]] = {"file": "File", "team": "On behalf of"}
    file = forms.FileField(
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ",".join(SUFFIXES)}),
    )
    team = forms.ChoiceField(required=False)
    once = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, user: User, too_large: bool = False, **options: Any) -> None:
        """For this person, with their teams; `too_large` says that the file was not kept."""
        super().__init__(*args, use_required_attribute=False, **options)
        self.too_large = too_large
        self.fields["file"].error_messages |= dict.fromkeys(("required", "invalid", "missing"), "Choose a file.")
        self.teams = list(Team.objects.filter(members=user.pk))
        read = ", ".join(sorted({form.label for form in FORMATS.values() if form.read}))
        most = settings.MAX_IMPORT // ONE_MILLION
        self.fields["file"].help_text = f"{read}. Up to {most} MB and 10,000 entries. It is read and then deleted."
        self.fields["file"].widget.attrs["data-most"] = settings.MAX_IMPORT
        self.initial["once"] = uuid4().hex
        team = self.fields["team"]
        if self.teams and isinstance(team, forms.ChoiceField):
            team.choices = [("", "Myself"), *((each.slug, each.name) for each in self.teams)]
        else:
            del self.fields["team"]

    def clean(self) -> dict[str, Any]:
        """Say that a file was too large, rather than empty."""
        if self.too_large:
            self.add_error("file", f"The file is larger than {settings.MAX_IMPORT:,} bytes. Split it, and import the parts.")
        return self.cleaned_data

    def refuse(self, error: TrackerError) -> None:
        """Say what the service refused."""
        found = error.errors if isinstance(error, Invalid) else {"file": [str(error)]}
        for name, sentences in found.items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else "file", sentence)

    @property
    def summary(self) -> list[dict[str, str]]:
        """Each error with its label and the field to go to."""
        return [
            {"label": str(self.fields[name].label), "text": str(text), "target": self[name].id_for_label}
            for name, texts in self.errors.items()
            for text in texts
        ]
