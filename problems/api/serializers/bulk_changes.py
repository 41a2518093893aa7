"""Many submissions at once: what would change, and what was done."""

from typing import Any

from rest_framework import serializers

from problems.api.serializers.base import Named, ObjectSerializer, StatementReference, SubmissionReference
from problems.api.serializers.submissions import ReviewerField
from problems.choices import BulkAct, Reason, Relation, State
from problems.services.bulk_changes import may_undo


class BulkPartSerializer(serializers.Serializer[Any]):
    """One thing that changes."""

    what = serializers.CharField(help_text="What it is: the record, a tag by its code, a search, the method, the correction, the assignment.")
    before = serializers.CharField(help_text="What it is now, or was before.")
    after = serializers.CharField(help_text="What it becomes.")


class BulkItemSerializer(Named):
    """One of the submissions that were chosen."""

    id = serializers.CharField(help_text="Id, as it was sent; empty where it was none.")
    submission = SubmissionReference(allow_null=True, help_text="The submission; null where there is none that you may know of.")
    left = serializers.CharField(help_text="Why nothing is done to it; empty where something is.")
    changes = BulkPartSerializer(many=True, help_text="What changes of it.")


class BulkPreviewItemSerializer(BulkItemSerializer):
    """One of the submissions that were chosen, as it is now."""

    modified = serializers.DateTimeField(
        source="submission.modified", default=None, allow_null=True, help_text="When it last changed; to be sent as seen."
    )


class BulkStateSerializer(serializers.Serializer[Any]):
    """A limitation that would move."""

    statement = StatementReference(help_text="The limitation.")
    before = serializers.ChoiceField(State.choices, source="outlook.now", help_text="Its state now.")
    after = serializers.ChoiceField(State.choices, source="outlook.then", help_text="Its state if all of it were done.")


class BulkPreviewSerializer(serializers.Serializer[Any]):
    """What an act on many submissions would change. Nothing of it is stored."""

    act = serializers.ChoiceField(BulkAct.choices, help_text="What would be done.")
    items = BulkPreviewItemSerializer(many=True, help_text="Each submission, in the order in which they were sent.")
    states = BulkStateSerializer(many=True, help_text="Limitations whose state would move.")


class BulkOptionsSerializer(serializers.Serializer[Any]):
    """What was chosen besides the submissions; each empty where it was not."""

    reason = serializers.ChoiceField([*Reason.choices, ("", "")], help_text="Why it was declined.")
    words = serializers.CharField(help_text="Why, in words.")
    to = ReviewerField(allow_null=True, help_text="Who is asked to review, by the name that you may see; null where nobody is.")
    source = serializers.CharField(help_text="Code that tags pointed at.")  # type: ignore[assignment]  # a field of this name; the class keeps none
    target = serializers.CharField(help_text="Code that they point at now.")
    relation = serializers.ChoiceField([*Relation.choices, ("", "")], help_text="Relation that they have now.")


class BulkChangeSerializer(ObjectSerializer):
    """One act on many submissions that was done."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    act = serializers.ChoiceField(BulkAct.choices, help_text="What was done.")
    by = ReviewerField(help_text="Who did it, by the name that you may see.")
    undone = serializers.DateTimeField(source="undone_at", allow_null=True, help_text="When it was undone; null where it was not.")
    undoable = serializers.SerializerMethodField(help_text="Whether you can undo it now.")
    options = BulkOptionsSerializer(source="told_options", help_text="What was chosen besides the submissions.")
    items = BulkItemSerializer(source="told_items", many=True, help_text="Each submission, in the order in which they were sent.")

    def get_undoable(self, change: Any) -> bool:
        """By who did it, within ten minutes."""
        return may_undo(change, self.context["request"].user)
