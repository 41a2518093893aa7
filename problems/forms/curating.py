"""Forms of flags and their answers."""

from typing import ClassVar

from django import forms

from problems.choices import FlagReason, FlagState
from problems.forms.accounts import Worded
from problems.forms.common import Text


class FlagForm(Worded, forms.Form):
    """What is wrong with an entry."""

    labels: ClassVar[dict[str, str]] = {"reason": "What is wrong", "text": "In words"}
    hints: ClassVar[dict[str, str]] = {"text": "What should be checked. Name no detail of harmful material, and nobody who was harmed."}
    reason = forms.ChoiceField(choices=FlagReason.choices, widget=forms.RadioSelect)
    text = Text(rows=4)


class AnswerForm(Worded, forms.Form):
    """What was made of a flag."""

    labels: ClassVar[dict[str, str]] = {"state": "The flag is", "text": "Answer"}
    hints: ClassVar[dict[str, str]] = {"text": "Who raised it reads this. Say what was done, or why nothing is."}
    state = forms.ChoiceField(choices=[(state.value, state.label) for state in (FlagState.UPHELD, FlagState.DISMISSED)], widget=forms.RadioSelect)
    text = Text(rows=3)
