"""The forms of merging: which two records, and whose value of each field stays."""

from typing import ClassVar

from django import forms

from problems.forms.accounts import Worded
from problems.forms.common import Text


class PairForm(Worded, forms.Form):
    """Which records."""

    labels: ClassVar[dict[str, str]] = {"keep": "Record to keep", "merge": "Record that goes into it"}
    hints: ClassVar[dict[str, str]] = dict.fromkeys(("keep", "merge"), "Its address here, its id, or a DOI, arXiv number or other identifier.")
    keep = Text()
    merge = Text()


class MergeForm(Worded, forms.Form):
    """Why. The choices stand in the table beside it."""

    labels: ClassVar[dict[str, str]] = {"reason": "Why they are one work"}
    hints: ClassVar[dict[str, str]] = {"reason": "Optional. It is kept in the record of changes, without detail please."}
    reason = Text(rows=2)
