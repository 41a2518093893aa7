"""Proposed changes of the catalogue, what publishing one would do, and versions of what the catalogue says."""

from collections.abc import Mapping
from typing import Any, override

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.serializers.base import CallReference, ObjectSerializer, PersonField, ProblemReference, StatementReference, TagReference
from problems.api.serializers.submissions import ReviewerField
from problems.choices import ChangeKind, ChangeState, EventKind, State
from problems.models import CatalogueChange
from problems.queries import proposals

_TEXTS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}


@extend_schema_field(_TEXTS)
class TextsField(serializers.Field[Any, Any, dict[str, str], Any]):
    """Texts by the name of their field."""

    @override
    def to_representation(self, value: Mapping[str, str]) -> dict[str, str]:
        return dict(value)


class ChangeSerializer(ObjectSerializer):
    """A proposed change of the catalogue: another wording, a new statement, a retirement."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    kind = serializers.ChoiceField(ChangeKind.choices, help_text="What is to change.")
    state = serializers.ChoiceField(ChangeState.choices, help_text="Where it is.")
    problem = ProblemReference(allow_null=True, help_text="The problem that is worded otherwise, or gets a statement.")
    statement = StatementReference(allow_null=True, help_text="The statement that is worded otherwise or retired. A new one once it is published.")
    call = CallReference(allow_null=True, help_text="The call that is worded otherwise.")
    values = TextsField(help_text="What should stand there, by field.")
    before = serializers.SerializerMethodField(help_text="What stood there when it was proposed, by field.")
    reason = serializers.CharField(help_text="Why.")
    by = PersonField(help_text="Who proposed it, by the name that you may see.")
    answer = serializers.CharField(help_text="Why it was declined; may be empty.")
    answered_by = ReviewerField(allow_null=True, help_text="Who published or declined it, by the name that you may see.")
    answered = serializers.DateTimeField(source="answered_at", allow_null=True, help_text="When it was published or declined.")
    undone = serializers.DateTimeField(source="undone_at", allow_null=True, help_text="When it was undone.")

    @extend_schema_field(_TEXTS)
    def get_before(self, change: CatalogueChange) -> dict[str, str]:
        """But for what undoing takes."""
        return proposals.was(change)


class FieldChangeSerializer(serializers.Serializer[Any]):
    """A field that would read otherwise."""

    field = serializers.CharField(source="name", help_text="Its name.")
    before = serializers.SerializerMethodField(help_text="What stands there now; may be empty.")
    after = serializers.SerializerMethodField(help_text="What would stand there; may be empty.")

    def get_before(self, line: Any) -> str:
        """As one text."""
        return "".join(piece.text for piece in line.before)

    def get_after(self, line: Any) -> str:
        """As one text."""
        return "".join(piece.text for piece in line.after)


class OutlookSerializer(serializers.Serializer[Any]):
    """A limitation, and its state before and after."""

    code = serializers.CharField(help_text="Its code.")
    before = serializers.ChoiceField(State.choices, help_text="State now.")
    after = serializers.ChoiceField([*State.choices, ("", "")], help_text="State afterwards; empty where it is retired.")


class ChangePreviewSerializer(serializers.Serializer[Any]):
    """What publishing a proposal would do now, as far as you may know. A retirement moves what hangs on the statement to its successor."""

    obstacle = serializers.CharField(help_text="Why it cannot be published as it is; empty where it can.")
    changes = FieldChangeSerializer(many=True, source="lines", help_text="Fields that would read otherwise.")
    states = OutlookSerializer(many=True, help_text="States that would be others.")
    moving = serializers.IntegerField(help_text="Tags that would move.")
    staying = serializers.IntegerField(help_text="Tags that would stay, since the successor has the same already.")
    moving_tags = TagReference(many=True, source="tags", help_text="The first of those that would move.")
    staying_tags = TagReference(many=True, help_text="The first of those that would stay.")
    searches = serializers.IntegerField(help_text="Searches that would move.")
    declarations = serializers.IntegerField(help_text="Declarations of teams that would move.")
    followers = serializers.IntegerField(help_text="People who would follow the successor.")
    calls = serializers.ListField(child=serializers.CharField(), help_text="Codes of the calls that would serve the successor.")


class WholeChangeSerializer(ChangeSerializer):
    """A proposed change of the catalogue, with what publishing it would do."""

    preview = ChangePreviewSerializer(allow_null=True, help_text="What publishing it would do now. Null once it is answered.")


class VersionSerializer(serializers.Serializer[Any]):
    """What a problem, a statement or a call said from a change on until the next one."""

    number = serializers.IntegerField(help_text="Its number, from 1 for the first one.")
    at = serializers.DateTimeField(help_text="Since when.")
    kind = serializers.ChoiceField(EventKind.choices, help_text="What happened.")
    actor = ReviewerField(allow_null=True, help_text="Who made it, by the name that you may see. Null where a file was loaded.")
    changed = serializers.ListField(child=serializers.CharField(), help_text="Names of the fields that changed.")
    values = TextsField(help_text="What stood in each field.")
