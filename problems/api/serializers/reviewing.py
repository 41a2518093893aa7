"""Whom one can ask to review, and what comes in for whom as a standing matter."""

from rest_framework import serializers

from problems.api.serializers.base import ApiAddress, Named, PersonField, ProblemReference, TeamReference


class ReviewerSerializer(Named):
    """Somebody whom one can ask to review."""

    id = serializers.CharField(source="public_id", help_text="Id of the account.")
    url = ApiAddress(help_text="Address of this object in the API.")
    name = PersonField(source="*", help_text="The name, as you may see it.")


class AssignmentSerializer(Named):
    """What comes in on a problem, from a team or from a person is assigned to this reviewer. Two of the three are null."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API.")
    created = serializers.DateTimeField(help_text="Since when.")
    reviewer = ReviewerSerializer(help_text="To whom it is assigned.")
    problem = ProblemReference(allow_null=True, help_text="What comes in on this problem, or on a statement of it.")
    team = TeamReference(allow_null=True, help_text="What comes in on behalf of this team.")
    person = PersonField(allow_null=True, help_text="What comes in from this person.")
