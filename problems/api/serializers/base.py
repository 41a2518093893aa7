"""What all objects of the API have in common, and how one refers to another."""

from typing import Any, override

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.addresses import absolute, api_address
from problems.models import User
from problems.permissions import shown_name

ADDRESS = {"type": "string", "format": "uri"}


@extend_schema_field(ADDRESS)
class ApiAddress(serializers.Field[Any, Any, str, Any]):
    """Address of the object in the API."""

    def __init__(self, **options: Any) -> None:
        """Of the object itself."""
        super().__init__(source="*", **options)

    @override
    def to_representation(self, value: Model) -> str:
        return api_address(value)


@extend_schema_field(ADDRESS)
class PageAddress(ApiAddress):
    """Address of the page, and the place on it, that shows the object."""

    @override
    def to_representation(self, value: Any) -> str:
        return absolute(value.get_absolute_url())


@extend_schema_field({"type": "string"})
class PersonField(serializers.Field[Any, Any, str, Any]):
    """Somebody by the name that the reader may see; without a request in the context, as a visitor sees it."""

    @override
    def to_representation(self, value: User) -> str:
        request = self.context.get("request")
        return shown_name(request.user if request else AnonymousUser(), value)


class Named(serializers.Serializer[Any]):
    """What has an id, which comes first."""

    @override
    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return {"id": fields.pop("id"), **fields}


class ObjectSerializer(Named):
    """What every object has besides its `id`."""

    url = ApiAddress(help_text="Address of this object in the API.")
    html_url = PageAddress(help_text="Address of the page, and the place on it, that shows this object to people.")
    created = serializers.DateTimeField(help_text="When this record was made.")
    modified = serializers.DateTimeField(help_text="When this record last changed.")


class Reference(Named):
    """Another object: its id and its address in the API."""

    url = ApiAddress(help_text="Address of the object in the API.")


class PaperReference(Reference):
    """A paper."""

    id = serializers.CharField(source="public_id", help_text="Id of the paper.")


class TagReference(Reference):
    """A tag."""

    id = serializers.CharField(source="public_id", help_text="Id of the tag.")


class StatementReference(Reference):
    """A statement."""

    id = serializers.CharField(source="code", help_text="Code of the statement.")


class CallReference(Reference):
    """A call to action."""

    id = serializers.CharField(source="code", help_text="Code of the call.")


class ProblemReference(Reference):
    """A problem."""

    id = serializers.IntegerField(source="number", help_text="Number of the problem.")


class PhaseReference(Reference):
    """A phase."""

    id = serializers.CharField(source="slug", help_text="Slug of the phase.")


class ChallengeReference(Reference):
    """A challenge type."""

    id = serializers.CharField(source="slug", help_text="Slug of the challenge type.")


class SubmissionReference(Reference):
    """A submission."""

    id = serializers.CharField(source="public_id", help_text="Id of the submission.")


class TeamReference(Reference):
    """A team."""

    id = serializers.CharField(source="slug", help_text="Slug of the team.")
    name = serializers.CharField(help_text="Name of the team.")


class ImportReference(Reference):
    """An import."""

    id = serializers.CharField(source="public_id", help_text="Id of the import.")


class SearchReference(Reference):
    """A search."""

    id = serializers.CharField(source="public_id", help_text="Id of the search.")
