"""The form of an act on many submissions: what it needs besides them."""

from typing import Any, ClassVar, override

from django import forms

from problems.choices import BulkAct, Reason, Relation
from problems.codebook import codebook
from problems.errors import Invalid, TrackerError
from problems.forms.common import Kept, Text, Values, Word
from problems.models import User
from problems.permissions import shown_name
from problems.queries.reviews import reviewers
from problems.services.bulk_changes import USES, Options

WORDS = {BulkAct.DECLINE: "In words", BulkAct.RESTRICT: "Why, without detail"}
WORDS_HINT = {BulkAct.DECLINE: "Each contributor reads this.", BulkAct.RESTRICT: "It is kept in the record, which reviewers and curators read."}


class BulkForm(Kept):
    """Only the fields that the act uses."""

    labels: ClassVar[dict[str, str]] = {
        "to": "Reviewer",
        "source": "Tags that point at",
        "target": "Should point at",
        "relation": "With the relation",
    }
    hints: ClassVar[dict[str, str]] = {
        "to": "Those who may not decide on a submission are passed over.",
        "source": "A code, as P5.L2, C3 or P5. Empty: all tags that wait.",
        "target": "A code. Empty: as it is.",
    }
    reason = Word([("", "Choose a reason"), *((value, codebook().reasons[value].label) for value in Reason.values)])
    words = Text(rows=3)
    to = Word([])
    source = Text()
    target = Text()
    relation = Word([("", "As it is"), *((value, codebook().relations[value].label) for value in Relation.values)])

    def __init__(self, act: str, values: Values, *, user: User) -> None:
        """For this act, as `user` may see reviewers."""
        self.act, self.user = BulkAct(act), user
        super().__init__(values)
        self.wrong: list[dict[str, str]] = []

    @override
    def full_clean(self) -> None:
        for name in set(self.fields) - set(USES[self.act]):
            del self.fields[name]
        if "words" in self.fields:
            self.fields["words"].label, self.fields["words"].help_text = WORDS[self.act], WORDS_HINT[self.act]
        to = self.fields.get("to")
        if isinstance(to, forms.ChoiceField):
            to.choices = [("", "Choose a reviewer"), *((each.public_id, shown_name(self.user, each)) for each in reviewers(self.user))]
        super().full_clean()

    @property
    def options(self) -> Options:
        """What is chosen."""
        given: dict[str, Any] = {name: self.value(name).strip() for name in self.fields}
        return Options(**given | {name: given[name].upper() for name in ("source", "target") if name in given})

    def refuse(self, error: TrackerError) -> None:
        """Say what the service refused: at its field, or above all."""
        found = error.errors if isinstance(error, Invalid) else {"": [str(error)]}
        for name, sentences in found.items():
            if name in self.fields:
                self.add_error(name, [forms.ValidationError(sentence) for sentence in sentences])
            elif not name.startswith("submissions."):  # those stand at each of them
                self.wrong += [{"label": "Submissions", "text": sentence, "target": "chosen"} for sentence in sentences]
        if all(name.startswith("submissions.") for name in found):
            self.wrong = [{"label": "Submissions", "text": "Nothing could be done to any of them. Each says why.", "target": "chosen"}]

    @property
    def faults(self) -> list[dict[str, str]]:
        """All that is wrong."""
        return self.summary + self.wrong
