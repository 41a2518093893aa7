"""The form that declares a conflict of interest."""

from typing import ClassVar

from django import forms

from problems.forms.teams import Cleaned
from problems.services.interests import AUTHOR, LONGEST, PAPER, TEAM


class InterestForm(Cleaned):
    """With what, and which."""

    labels: ClassVar[dict[str, str]] = {"kind": "With", "what": "Which"}
    hints: ClassVar[dict[str, str]] = {
        "what": "Of a paper its id, DOI or address here; of an author the ORCID, or family name, comma, given names; of a team the last part of the "
        "address of its page.",
    }
    limits: ClassVar[dict[str, int]] = {"what": LONGEST}
    kind = forms.ChoiceField(choices=[(PAPER, "A paper"), (AUTHOR, "An author"), (TEAM, "A team")])
    what = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off"}))
