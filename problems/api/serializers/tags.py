"""Tags."""

from typing import Any, override

from rest_framework import serializers

from problems.api.serializers.base import (
    CallReference,
    ObjectSerializer,
    PaperReference,
    PersonField,
    ProblemReference,
    StatementReference,
    SubmissionReference,
    TeamReference,
)
from problems.choices import Basis, Relation, ReviewStatus
from problems.models import Tag


class AcceptedField(serializers.DateTimeField):
    """When an accepted tag was accepted; null for others."""

    @override
    def get_attribute(self, instance: Tag) -> Any:
        return instance.decided_at if instance.status == ReviewStatus.ACCEPTED else None


class RestrictedTextSerializer(serializers.Serializer[Any]):
    """Rationale and locator of a tag that are kept to reviewers."""

    rationale = serializers.CharField(help_text="What in the paper bears on it.")
    locator = serializers.CharField(help_text="Page, section or figure; may be empty.")
    reason = serializers.CharField(help_text="Why it is restricted.")

    @override
    def get_attribute(self, instance: Tag) -> Any:
        text = getattr(instance, "restricted_text", None)
        if text is None:
            raise serializers.SkipField
        return text


class TagSerializer(ObjectSerializer):
    """A tie from a paper to one statement, one call, or a problem as a whole: what the paper says about it, and on what evidence."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    paper = PaperReference(help_text="The paper.")
    statement = StatementReference(allow_null=True, help_text="The statement that it is tied to. Of statement, call and problem two are null.")
    call = CallReference(allow_null=True, help_text="The call to action that it is tied to.")
    problem = ProblemReference(allow_null=True, help_text="The problem that it is tied to as a whole, where no statement is decided on yet.")
    relation = serializers.ChoiceField(Relation.choices, help_text="What the paper says about it; the codebook defines each.")
    rationale = serializers.CharField(help_text="What in the paper bears on it.")
    locator = serializers.CharField(help_text="Page, section or figure; may be empty.")
    basis = serializers.ChoiceField(Basis.choices, help_text="What the evidence was gathered on; the codebook defines each.")
    status = serializers.ChoiceField(ReviewStatus.choices, help_text="Where it stands in review. Only accepted tags count.")
    contributor = PersonField(help_text="Who handed it in, by the name that you may see: “a contributor” where it is hidden or there is none.")
    team = TeamReference(source="submission.team", allow_null=True, help_text="The team on whose behalf it was handed in; null where it was on none.")
    accepted = AcceptedField(allow_null=True, help_text="When it was accepted.")
    restricted = RestrictedTextSerializer(required=False, help_text="For reviewers, and only where there is one: the text that is kept to them.")


class LoggedTagSerializer(TagSerializer):
    """A tag that was handed in, and the submission that it came in."""

    submission = SubmissionReference(help_text="The submission that it came in.")
