"""What is known of a paper that somebody typed something of."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.serializers.base import ApiAddress, PageAddress, TagReference
from problems.choices import LookupState, Relation


@extend_schema_field({"allOf": [{"$ref": "#/components/schemas/RecordData"}]})
class RecordField(serializers.JSONField):
    """A record as it can be handed in."""


class KnownTagSerializer(TagReference):
    """A tag of such a paper."""

    target = serializers.CharField(source="code", help_text="Code of the statement, call or problem that it points at.")
    relation = serializers.ChoiceField(Relation.choices, help_text="What the paper says about it.")


class KnownPaperSerializer(serializers.Serializer[Any]):
    """A paper on record that this may be."""

    id = serializers.CharField(source="public_id", help_text="Id of the paper.")
    url = ApiAddress(help_text="Address of the paper in the API.")
    html_url = PageAddress(help_text="Address of its page.")
    title = serializers.CharField(help_text="Title.")
    year = serializers.IntegerField(allow_null=True, help_text="Year.")
    tags = KnownTagSerializer(many=True, source="nested_tags", help_text="Its tags on the map.")


class LookupSerializer(serializers.Serializer[Any]):
    """What was typed, what it was taken for, and what a metadata service says of it."""

    recognised = serializers.CharField(source="recognised.source", help_text="What it was taken for: Identifier, Title, Web address, or an entry.")
    as_read = serializers.CharField(source="recognised.told", help_text="How it was read.")
    state = serializers.ChoiceField(
        LookupState.choices, help_text="pending: a service is still asked, ask again. found, nothing, failed: no service answered as it should."
    )
    answered_by = serializers.CharField(help_text="Who says what the record holds: Crossref, DataCite, OpenAlex, arXiv, or the entry. May be empty.")
    record = RecordField(help_text="What is known so far, as it can be handed in.")
    told = serializers.CharField(help_text="Why there is no more; may be empty.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was guessed or left out in reading an entry.")
    known = KnownPaperSerializer(many=True, help_text="Papers on record that this may be, the most certain first.")
