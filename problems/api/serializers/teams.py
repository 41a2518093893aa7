"""Teams, and what they say that they work on. Never who is in one."""

from typing import Any

from rest_framework import serializers

from problems.api.serializers.base import ApiAddress, CallReference, Named, PageAddress, StatementReference, TeamReference


class DeclarationSerializer(serializers.Serializer[Any]):
    """What a team says that it works on, until when. It moves no state."""

    team = TeamReference(help_text="The team.")
    sentence = serializers.CharField(help_text="What it works on, in its words.")
    until = serializers.DateField(help_text="The last day on which this is shown.")


class TeamWorkSerializer(serializers.Serializer[Any]):
    """The same, told of its team."""

    statement = StatementReference(allow_null=True, help_text="The statement that it works on. Of statement and call one is null.")
    call = CallReference(allow_null=True, help_text="The call to action that it works on.")
    sentence = serializers.CharField(help_text="What it works on, in its words.")
    until = serializers.DateField(help_text="The last day on which this is shown.")


class TeamSerializer(Named):
    """A lab or group. Who is in it is not told; therefore neither is when it last changed."""

    id = serializers.CharField(source="slug", help_text="Its slug.")
    url = ApiAddress(help_text="Address of this object in the API.")
    html_url = PageAddress(help_text="Address of the page that shows this object to people.")
    slug = serializers.CharField(help_text="Name in addresses and filters.")
    name = serializers.CharField(help_text="Its name.")
    about = serializers.CharField(help_text="What it works on, in its words; may be empty.")
    tags = serializers.IntegerField(source="tag_count", help_text="Accepted tags on public papers that were handed in on its behalf.")
    works_on = TeamWorkSerializer(many=True, help_text="What it says today that it works on, what ends first first.")
