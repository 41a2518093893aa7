"""Imports of files, and what became of each entry."""

from typing import Any, override

from django.urls import reverse
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.addresses import absolute
from problems.api.serializers.base import ApiAddress, ObjectSerializer, PaperReference, PersonField, SubmissionReference, TeamReference
from problems.api.serializers.submissions import ContentField
from problems.choices import ImportState, RowOutcome
from problems.models import ImportRun
from problems.queries import imports


class CountsSerializer(serializers.Serializer[Any]):
    """Entries by what became of them."""

    created = serializers.IntegerField(help_text="New records.")
    known = serializers.IntegerField(help_text="Entries that are on record already.")
    unclear = serializers.IntegerField(help_text="Entries that may be on record: say of each whether it is.")
    refused = serializers.IntegerField(help_text="Entries of which nothing was taken, each with the reason.")


class TallySerializer(serializers.Serializer[Any]):
    """What reviewers have made of the new records so far."""

    waiting = serializers.IntegerField(help_text="Records that wait for a decision.")
    accepted = serializers.IntegerField(help_text="Records that are public.")
    declined = serializers.IntegerField(help_text="Records that were declined.")


class ReportAddress(ApiAddress):
    """Address of the report as a file."""

    @override
    def to_representation(self, value: Any) -> str:
        return absolute(reverse("import-report-jsonl", args=[value.public_id]))


class ImportSerializer(ObjectSerializer):
    """A file that was sent, how far it has been read, and what became of its entries."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    by = PersonField(help_text="Who sent it, by the name that you may see.")
    team = TeamReference(allow_null=True, help_text="The team on whose behalf it was sent; null where it was on none.")
    filename = serializers.CharField(help_text="Name of the file; may be empty.")
    format = serializers.CharField(help_text="In which format it is read.")
    size = serializers.IntegerField(help_text="Bytes of the file.")
    state = serializers.ChoiceField(ImportState.choices, help_text="Where it is: ask again while it is queued or running.")
    total = serializers.IntegerField(allow_null=True, help_text="Entries of the file; null until they are counted.")
    done = serializers.IntegerField(help_text="Entries that were dealt with.")
    counts = serializers.SerializerMethodField(help_text="Entries by what became of them.")
    error = serializers.CharField(help_text="Why the file as a whole could not be read; empty where it could.")
    finished = serializers.DateTimeField(source="finished_at", allow_null=True, help_text="When it ended; null while it goes on.")
    submission = SubmissionReference(allow_null=True, help_text="The submission that its new records wait in; null where there is none.")
    records = serializers.SerializerMethodField(help_text="What reviewers have made of its new records; null where there is no submission.")
    report = ReportAddress(help_text="Address of the report on every entry as JSON Lines, for a browser that is logged in.")

    @extend_schema_field(CountsSerializer)
    def get_counts(self, run: ImportRun) -> dict[str, int]:
        """Each outcome."""
        return imports.outcomes(run)

    @extend_schema_field(TallySerializer(allow_null=True))
    def get_records(self, run: ImportRun) -> Any:
        """What was put on it by the viewset."""
        tally = getattr(run, "tally", None)
        return TallySerializer(tally).data if tally else None


class ImportEntrySerializer(serializers.Serializer[Any]):
    """One entry of a file: where it stands, and what became of it."""

    number = serializers.IntegerField(help_text="Of the entry in its file, from 1.")
    line = serializers.IntegerField(help_text="Line on which it begins; 0 where it has none.")
    key = serializers.CharField(help_text="What the file calls it; may be empty.")
    title = serializers.CharField(help_text="Its title, as read; empty where it could not be.")
    outcome = serializers.ChoiceField(RowOutcome.choices, help_text="What became of it.")
    reason = serializers.CharField(help_text="Why; may be empty.")
    notes = serializers.ListField(child=serializers.CharField(), help_text="What was left out or guessed, in sentences.")
    record = ContentField(allow_null=True, help_text="Of an unclear entry, what the file says, in the fields of a record; else null.")
    paper = PaperReference(source="named", allow_null=True, help_text="Its record, the known one, or the one that it may be.")
