"""Conflicts of interest, and how far reviewers agree."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.serializers.base import ApiAddress, Named, PaperReference, TeamReference
from problems.choices import Relation
from problems.models import Interest


class InterestSerializer(Named):
    """A conflict of interest that you declared: a paper, a team, or an author by ORCID or name. Nobody else reads it."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API.")
    created = serializers.DateTimeField(help_text="Since when.")
    paper = PaperReference(source="seen", allow_null=True, help_text="The paper, where it is one that you may know of.")
    team = TeamReference(allow_null=True, help_text="The team, where it is one.")
    author = serializers.SerializerMethodField(help_text="The author, where it is one: ORCID, or family name, comma, given names. Else empty.")

    @extend_schema_field({"type": "string"})
    def get_author(self, interest: Interest) -> str:
        """As it was declared."""
        return interest.orcid or ", ".join(filter(None, [interest.family, interest.given]))


class RelationAgreementSerializer(serializers.Serializer[Any]):
    """How often two reviewers said the same of tags that were handed in with a relation."""

    relation = serializers.ChoiceField([*Relation.choices, ("", "")], help_text="The relation; empty for all tags.")
    pairs = serializers.IntegerField(help_text="On how many tags two decided without seeing each other.")
    percent = serializers.IntegerField(allow_null=True, help_text="Of a hundred pairs, how many are the same. Null below the fewest pairs.")


class AgreementSerializer(serializers.Serializer[Any]):
    """How far reviewers agree; of nobody in particular."""

    fewest = serializers.IntegerField(help_text="Of fewer pairs no figure is told.")
    rows = RelationAgreementSerializer(many=True, help_text="All tags, then by relation. Empty for who reviews nothing.")
