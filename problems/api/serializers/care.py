"""How one reads, and the log of restricted reads."""

from typing import Any

from rest_framework import serializers

from problems.api.serializers.base import PersonField
from problems.choices import Advisory, Face, Topic


class CareSerializer(serializers.Serializer[Any]):
    """How you want to read what carries an advisory."""

    fold_from = serializers.IntegerField(help_text="From which level on texts are folded, 1 to 3; 4 for never.")
    left_out = serializers.ListField(
        child=serializers.ChoiceField(Topic.choices),
        help_text="Topics whose texts are always folded, and that your queue leaves out.",
    )
    most_level = serializers.ChoiceField(Advisory.choices, help_text="The highest level that your queue offers.")
    daily = serializers.IntegerField(allow_null=True, help_text="How many advised items a day your queue offers; null for no limit.")


class RestrictedReadSerializer(serializers.Serializer[Any]):
    """That somebody was let through to a restricted record or text."""

    at = serializers.DateTimeField(help_text="When.")
    reader = PersonField(allow_null=True, help_text="Who, by the name that you may see; null where the account is gone.")
    reader_id = serializers.SerializerMethodField(help_text="The same by id.")
    face = serializers.ChoiceField(Face.choices, help_text="Through which face.")
    kind = serializers.ChoiceField([("paper", "paper"), ("text", "text")], help_text="A record, or the text of a tag.")
    record = serializers.CharField(source="object_name", help_text="Id of the record, or of the tag.")
    request_id = serializers.CharField(help_text="Of the request, as in X-Request-ID; empty where it had none.")

    def get_reader_id(self, read: Any) -> str:
        """Public id of the reader."""
        return read.reader.public_id if read.reader else ""
