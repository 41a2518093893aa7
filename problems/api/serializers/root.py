"""The list of resources, and problem documents."""

from typing import Any, override

from rest_framework import serializers


class RootSerializer(serializers.Serializer[Any]):
    """Where everything is."""

    agenda = serializers.URLField(help_text="The agenda that this map follows.")
    phases = serializers.URLField(help_text="Phases of the life cycle.")
    challenges = serializers.URLField(help_text="Challenge types.")
    problems = serializers.URLField(help_text="Open problems.")
    statements = serializers.URLField(help_text="Statements of the problems.")
    calls = serializers.URLField(help_text="Calls to action.")
    papers = serializers.URLField(help_text="Papers.")
    tags = serializers.URLField(help_text="Tags: what papers say about statements, calls and problems.")
    searches = serializers.URLField(help_text="Searches that found nothing.")
    submissions = serializers.URLField(help_text="What people hand in; one's own, for reviewers all.")
    bulk_changes = serializers.URLField(help_text="What was done to many submissions at once; for reviewers.")
    catalogue_changes = serializers.URLField(help_text="Proposed changes of the catalogue; for reviewers.")
    teams = serializers.URLField(help_text="Teams: labs and groups, with what they have on record.")
    imports = serializers.URLField(help_text="Files of records; one's own and one's teams'.")
    duplicates = serializers.URLField(help_text="Pairs of records that may be one work; for reviewers.")
    trash = serializers.URLField(help_text="What can be restored; for curators.")
    flags = serializers.URLField(help_text="What readers say is wrong; one's own, for reviewers all.")
    reviewers = serializers.URLField(help_text="Whom one can ask to review; for reviewers.")
    assignments = serializers.URLField(help_text="What comes in for whom; for curators.")
    interests = serializers.URLField(help_text="Your conflicts of interest.")
    notifications = serializers.URLField(help_text="What happened to what you handed in, review and follow.")
    following = serializers.URLField(help_text="What you follow.")
    care = serializers.URLField(help_text="How you read.")
    restricted_reads = serializers.URLField(help_text="Who was let through to restricted records; for curators.")
    changes = serializers.URLField(help_text="The record of changes, as far as you may know.")
    notification_paces = serializers.URLField(help_text="How often mails come.")
    agreement = serializers.URLField(help_text="How far two reviewers agree; for reviewers.")
    schema = serializers.URLField(help_text="The OpenAPI document.")
    docs = serializers.URLField(help_text="The same to read and try.")

    @override
    def get_fields(self) -> dict[str, Any]:
        return {name.replace("_", "-"): field for name, field in super().get_fields().items()}


class FaultSerializer(serializers.Serializer[Any]):
    """One thing that is wrong with a request."""

    parameter = serializers.CharField(required=False, help_text="The parameter of the query that is at fault, if it is one.")
    pointer = serializers.CharField(required=False, help_text="The place in the body that is at fault, if it is one: a JSON pointer (RFC 6901).")
    header = serializers.CharField(required=False, help_text="The header that is at fault, if it is one.")
    code = serializers.CharField(help_text="What is wrong, as a word for machines: unknown, empty, repeated, invalid and others.")
    detail = serializers.CharField(help_text="What is wrong, as a sentence.")


class KnownSerializer(serializers.Serializer[Any]):
    """What is on record already."""

    id = serializers.CharField(help_text="Its id.")
    url = serializers.URLField(help_text="Its address in the API.")


class ErrorSerializer(serializers.Serializer[Any]):
    """A problem document (RFC 9457)."""

    type = serializers.CharField(help_text="Address that explains this kind of error.")
    title = serializers.CharField(help_text="The kind of error, in words.")
    status = serializers.IntegerField(min_value=400, max_value=599, help_text="The HTTP status.")
    detail = serializers.CharField(help_text="What is wrong and what to do.")
    errors = FaultSerializer(  # type: ignore[assignment]  # DRF takes fields out of the class
        many=True, required=False, help_text="Where values are at fault: each of them."
    )
    known = KnownSerializer(required=False, help_text="With status 409, where the same thing is on record already: that one.")
