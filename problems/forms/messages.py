"""The form of a message on a submission."""

from typing import Any, ClassVar
from uuid import uuid4

from django import forms
from django.http import QueryDict

from problems.choices import Audience
from problems.forms.teams import Cleaned
from problems.text import NOTE_LIMIT

NAMING = " Write @ and a name to tell somebody."
AUDIENCES = {Audience.CONTRIBUTOR: "Its contributor and reviewers read this.", Audience.REVIEWERS: "Reviewers read this, its contributor does not."}


class MessageForm(Cleaned):
    """A message to one audience. Its button names who that is."""

    labels: ClassVar[dict[str, str]] = {"text": "Message"}
    hints: ClassVar[dict[str, str]] = {}
    limits: ClassVar[dict[str, int]] = {"text": NOTE_LIMIT}
    multiline = frozenset({"text"})
    text = forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), strip=False)

    def __init__(self, data: QueryDict | None, *, audience: Audience, own: bool, checked: bool) -> None:
        """For `own` submissions the readers are the reviewers; unless `checked`, what was typed is shown without a word on it."""
        mine = data is not None and data.get("audience") == audience
        typed: dict[str, Any] = {"text": data.get("text", "")} if data is not None and mine else {}
        super().__init__(data if mine and checked else None, initial=typed, auto_id=f"id_{audience}_%s", use_required_attribute=False)
        self.audience = audience
        self.beside = False
        self.once = (data.get("once", "")[:100] if data is not None and mine else "") or uuid4().hex
        self.button = "Send to reviewers" if own or audience == Audience.REVIEWERS else "Send to the contributor"
        label = "Message to the reviewers" if own else "Message to reviewers" if audience == Audience.REVIEWERS else "Message to the contributor"
        self.fields["text"].label = label
        told = "Read by reviewers, you and your team." if own else AUDIENCES[audience]
        self.fields["text"].help_text = told + NAMING


class BesideForm(MessageForm):
    """The same on a page with a decision: its fields belong to the form of that, so that what is typed there is sent along and kept."""

    def __init__(self, data: QueryDict | None, *, audience: Audience, own: bool) -> None:
        """Show what was typed, without a word on it."""
        super().__init__(_plain(data, audience) if data is not None else None, audience=audience, own=own, checked=False)
        self.prefix, self.auto_id, self.beside = audience.value, "id_%s", True
        self.fields["text"].widget.attrs["form"] = "decision"


def sent(data: QueryDict) -> QueryDict:
    """What was sent to one audience, named as a form of its own names it, wherever it was typed."""
    audience = data.get("audience", "")
    return _plain(data, audience) if f"{audience}-text" in data else data


def fields(audience: str) -> tuple[str, ...]:
    """Names under which what goes to an audience is sent."""
    return ("text", "once", f"{audience}-text", f"{audience}-once")


def _plain(data: QueryDict, audience: str) -> QueryDict:
    found = QueryDict(mutable=True)
    found.update({"audience": audience, "text": data.get(f"{audience}-text", ""), "once": data.get(f"{audience}-once", "")})
    return found
