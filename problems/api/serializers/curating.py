"""Probable duplicates, the trash, flags, and the record of changes."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.addresses import absolute
from problems.api.serializers.base import ApiAddress, Named, PaperReference, PersonField, StatementReference, TagReference
from problems.api.serializers.papers import PaperSerializer
from problems.choices import EventKind, Face, FlagReason, FlagState, Role, Visibility
from problems.models import Flag, Paper, Tag, Trashed
from problems.permissions import shown_name
from problems.queries.changes import Change


class PairSerializer(Named):
    """Two records that may be one work."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API.")
    certain = serializers.BooleanField(help_text="Whether it is certain that they are one work, as far as a machine can tell.")
    first = PaperSerializer(help_text="The record that was made first.")
    second = PaperSerializer(help_text="The other one.")
    created = serializers.DateTimeField(help_text="When the pair was found.")
    modified = serializers.DateTimeField(help_text="When it last changed.")


class TrashedSerializer(Named):
    """What lies in the trash."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API.")
    kind = serializers.SerializerMethodField(help_text="What it is: paper, tag or search.")
    thing = serializers.SerializerMethodField(help_text="Its id, under which it is found again once it is restored.")
    was = serializers.CharField(help_text="Its visibility, or its status, before.")
    title = serializers.SerializerMethodField(help_text="Of a paper its title, unless it is restricted: then empty. Of others empty.")
    reason = serializers.CharField(help_text="Why it was thrown away.")
    by = PersonField(help_text="Who threw it away, by the name that you may see.")
    at = serializers.DateTimeField(help_text="When. Thirty days later it is deleted for good.")
    restored = serializers.DateTimeField(source="restored_at", allow_null=True, help_text="When it was restored; null while it lies in the trash.")

    @extend_schema_field({"type": "string"})
    def get_kind(self, row: Trashed) -> str:
        """Which of the three there is."""
        return "paper" if row.paper_id else "tag" if row.tag_id else "search"

    @extend_schema_field({"type": "string"})
    def get_thing(self, row: Trashed) -> str:
        """Its public id."""
        thing = row.paper or row.tag or row.search
        return thing.public_id if thing else ""

    @extend_schema_field({"type": "string"})
    def get_title(self, row: Trashed) -> str:
        """A record that was restricted is read once it is restored."""
        return row.paper.title if row.paper and row.was != Visibility.RESTRICTED else ""


class FlagSerializer(Named):
    """What a reader says is wrong with an entry, and what was answered."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API: for reviewers, and for the account that raised it.")
    paper = serializers.SerializerMethodField(help_text="The paper, if it is one that you may know of.")
    tag = serializers.SerializerMethodField(help_text="The tag, if it is one that you may know of.")
    statement = StatementReference(allow_null=True, help_text="The statement, if it is one.")
    reason = serializers.ChoiceField(FlagReason.choices, help_text="What is wrong.")
    text = serializers.CharField(help_text="In words; may be empty.")
    by = serializers.SerializerMethodField(help_text="The account that raised it, by the name that you may see; empty where there is none.")
    state = serializers.ChoiceField(FlagState.choices, help_text="Where it is.")
    answer = serializers.CharField(help_text="What was answered; empty while it is open.")
    created = serializers.DateTimeField(help_text="When it was raised.")
    answered = serializers.DateTimeField(source="answered_at", allow_null=True, help_text="When it was answered; null while it is open.")

    @extend_schema_field(PaperReference(allow_null=True))
    def get_paper(self, flag: Flag) -> Any:
        """What was put on it says whether it may be told."""
        return self._reference(flag, flag.paper, PaperReference)

    @extend_schema_field(TagReference(allow_null=True))
    def get_tag(self, flag: Flag) -> Any:
        """The same."""
        return self._reference(flag, flag.tag, TagReference)

    def _reference(self, flag: Flag, thing: Paper | Tag | None, how: Any) -> Any:
        told = getattr(flag, "told", None)
        return how(thing).data if thing is not None and told is not None else None

    @extend_schema_field({"type": "string"})
    def get_by(self, flag: Flag) -> str:
        """An account or nobody."""
        return shown_name(self.context["request"].user, flag.by) if flag.by else ""


class RaisedFlagSerializer(FlagSerializer):
    """A flag that was raised just now, with the secret address of its page, which is told once."""

    follow = serializers.URLField(
        allow_null=True,
        help_text="Address of the page where it can be followed, without an account. Whoever has it can read it. Null in a repeated answer.",
    )


class ChangeEntrySerializer(serializers.Serializer[Any]):
    """An entry of the record of changes: what happened to what, never how a text read before or after."""

    at = serializers.DateTimeField(help_text="When.")
    kind = serializers.ChoiceField(EventKind.choices, help_text="What happened.")
    what = serializers.CharField(help_text="To what kind of thing: paper, tag, statement and others.")
    name = serializers.CharField(help_text="Its id, code, number or slug.")
    html_url = serializers.SerializerMethodField(help_text="Address of the page that shows it; empty where there is none that you may see.")
    by = serializers.CharField(help_text="Who did it, by the name that you may see; empty where no person did.")
    changed = serializers.ListField(child=serializers.CharField(), help_text="Names of the fields that changed, where some that were there did.")
    face = serializers.ChoiceField([*Face.choices, ("", "")], help_text="Through which face; told to reviewers only.")
    reason = serializers.CharField(help_text="Why; told to reviewers only, and may be empty.")

    @extend_schema_field({"type": "string"})
    def get_html_url(self, change: Change) -> str:
        """As a whole address."""
        return absolute(change.path) if change.path else ""


class RoleSerializer(serializers.Serializer[Any]):
    """An account and its role."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    name = serializers.CharField(source="display_name", help_text="Its name; may be empty.")
    role = serializers.SerializerMethodField(help_text="Its role.")

    @extend_schema_field({"type": "string", "enum": [role.name.lower() for role in Role]})
    def get_role(self, user: Any) -> str:
        """As a word."""
        return Role(user.role).name.lower()
