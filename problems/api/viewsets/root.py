"""Where a client begins: the list of resources, the OpenAPI document, its page, and what each kind of error means."""

from http import HTTPStatus

from django.urls import reverse
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api.addresses import RESOURCES, absolute
from problems.api.errors import document
from problems.api.schema import openapi
from problems.api.serializers.root import RootSerializer
from problems.api.viewsets.base import ReadOnly
from problems.middleware import kind_of

ALONE = ("care", "restricted-reads", "changes", "notification-paces", "agreement", "schema", "docs")
"""Resources that are no list of objects with an id."""
KINDS = {kind_of(status): status for status in HTTPStatus if status >= HTTPStatus.BAD_REQUEST}


class RootView(ReadOnly):
    """The resources of this API and where they are."""

    serializer = RootSerializer
    summary = "The resources"

    def get(self, request: Request) -> Response:
        """The resources."""
        self.refuse_parameters(request)
        names = {"agenda": "agenda"} | {name: f"{name}-list" for name, _ in RESOURCES.values()} | {name: name for name in ALONE}
        return Response({name: absolute(reverse(f"api:{address}")) for name, address in names.items()})


class SchemaView(ReadOnly):
    """The OpenAPI 3.1 document of this API."""

    schema = None

    def get(self, request: Request) -> Response:
        """The document, the same for every reader."""
        self.refuse_parameters(request)
        return Response(openapi())


class ErrorView(ReadOnly):
    """What a kind of error means: where the `type` of a problem document leads."""

    schema = None

    def get(self, request: Request, kind: str) -> Response:
        """One kind."""
        self.refuse_parameters(request)
        if kind not in KINDS:
            raise NotFound("There is no such kind of error.")
        status = KINDS[kind]
        return Response(document(status, status.description or status.phrase))
