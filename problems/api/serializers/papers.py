"""Papers."""

from typing import Any, override

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.serializers.base import ObjectSerializer, SubmissionReference
from problems.api.serializers.tags import TagSerializer
from problems.choices import Advisory, Material, Modality, PaperType, Scheme, Topic, Visibility
from problems.links import is_link

VALUES = {"type": "array", "items": {"type": "string"}, "minItems": 1}


class AuthorSerializer(serializers.Serializer[Any]):
    """An author as printed on the paper. Parts that are not known are empty."""

    family = serializers.CharField(help_text="Family name.")
    given = serializers.CharField(help_text="Given names.")
    particle = serializers.CharField(help_text="As in van der Berg.")
    suffix = serializers.CharField(help_text="As in Jr.")
    literal = serializers.CharField(help_text="An organisation, or a name that has no parts; the parts are empty then.")
    orcid = serializers.CharField(help_text="ORCID, for instance 0000-0002-1825-0097.")
    name = serializers.CharField(source="display", help_text="The whole name in reading order.")


@extend_schema_field(
    {"type": "object", "properties": {scheme.value: VALUES | {"description": scheme.label} for scheme in Scheme}, "additionalProperties": False}
)
class IdentifiersField(serializers.Field[Any, Any, dict[str, list[str]], Any]):
    """Identifiers of a paper by scheme. A preprint with a later publication may have two of a scheme, so each is a list."""

    @override
    def to_representation(self, value: Any) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for identifier in value.all():
            found.setdefault(identifier.scheme, []).append(identifier.value)
        return found


class PaperSerializer(ObjectSerializer):
    """A work: preprint and publication are one record with both identifiers. Bibliographic facts only, never a file."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    title = serializers.CharField(help_text="Title.")
    abstract = serializers.CharField(help_text="Abstract; empty where none is on record.")
    authors = AuthorSerializer(many=True, source="people", help_text="Authors, in order.")
    identifiers = IdentifiersField(help_text="Identifiers by scheme, each a list. Schemes without one are left out.")
    year = serializers.IntegerField(allow_null=True, help_text="Year.")
    date = serializers.CharField(allow_null=True, help_text="Date as precise as it is known: 2024, 2024-05 or 2024-05-01.")
    venue = serializers.CharField(help_text="Journal, conference or publisher; may be empty.")
    type = serializers.ChoiceField(PaperType.choices, help_text="Kind of work.")
    address = serializers.CharField(source="url", help_text="Where to read it; may be empty.")
    address_is_link = serializers.SerializerMethodField(
        help_text="Whether to show the address as a link: its host is one of scholarly publishing, or a reviewer approved it. It was not fetched."
    )
    retracted = serializers.BooleanField(source="is_retracted", help_text="Whether it was retracted.")
    corrected = serializers.BooleanField(source="is_corrected", help_text="Whether it was corrected.")
    advisory = serializers.ChoiceField(
        Advisory.choices,
        help_text="How hard the abstract is to read: 0 not at all, 1 names harm in general terms, 2 discusses it in some detail, 3 hard to read.",
    )
    topics = serializers.ListField(
        child=serializers.ChoiceField(Topic.choices), help_text="What an advised record is about; the codebook defines each."
    )
    material = serializers.ChoiceField(
        [*Material.choices, ("", "")], help_text="Whether its method needs harmful material; the codebook defines each. Empty where it is not known."
    )
    modalities = serializers.ListField(
        child=serializers.ChoiceField(Modality.choices), help_text="What kinds of content or system were studied; the codebook defines each."
    )
    visibility = serializers.ChoiceField(Visibility.choices, help_text="Who may know of it. Readers see public ones only.")
    tags = TagSerializer(
        many=True, source="nested_tags", required=False, help_text="With include=tags: its accepted tags, while it is public, the latest 20 of them."
    )
    more_tags = serializers.URLField(required=False, help_text="With include=tags, and only if it has more than 20: address of the list of all.")

    def get_address_is_link(self, paper: Any) -> bool:
        """By its host, or as a reviewer said."""
        return is_link(paper.url, approved=paper.link_approved)


class LoggedPaperSerializer(PaperSerializer):
    """A paper that was logged, and the submission that it came in."""

    submission = SubmissionReference(help_text="The submission that it came in.")


class DuplicateSerializer(serializers.Serializer[Any]):
    """A paper on record that may be the same work as another."""

    certainty = serializers.SerializerMethodField(help_text="Certain: who hands it in joins that record. Probable: people should look.")
    paper = PaperSerializer(help_text="The paper.")

    @extend_schema_field({"type": "string", "enum": ["certain", "probable"]})
    def get_certainty(self, near: Any) -> str:
        """As a word."""
        return str(near.certainty.name.lower())
