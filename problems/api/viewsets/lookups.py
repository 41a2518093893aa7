"""Looking papers up."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, cast

from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.operations import Operation
from problems.api.serializers.lookups import LookupSerializer
from problems.api.viewsets.asking import Asking
from problems.api.viewsets.writing import fields
from problems.choices import LookupState
from problems.models import Lookup, Paper, User
from problems.permissions import Action, require
from problems.queries import duplicates, papers
from problems.services import lookups
from problems.services.lookups import Looked

AGAIN = "1"


class LookupViewSet(Asking):
    """What a DOI, an address, a title or an entry stands for."""

    operations: ClassVar[Mapping[str, Operation]] = {
        "ask": Operation(
            "Look a paper up",
            "Tell what a DOI, a number or address of arXiv, an address of a publisher, a title or one pasted entry stands for: the record that a "
            "metadata service has of it, and papers on record that it may be. An address is read, never opened. While a service is still asked the "
            "answer is 202: ask again. It writes nothing, and needs an account.",
            bodies.LOOKUP,
            LookupSerializer,
            version="",
            asks=True,
            pending="A service is still asked. Ask again after the seconds of Retry-After.",
        ),
    }

    def ask(self, request: Request) -> Response:
        """What it stands for, as far as is known within a moment."""
        self.refuse_parameters(request)
        require(request.user, Action.LOOK_UP, Lookup())
        given = fields(request, bodies.LOOKUP.readers, *bodies.LOOKUP.required)
        looked = lookups.look_up(what=given["what"], by=cast("User", request.user))
        told: dict[str, Any] = {name: getattr(looked, name) for name in ("recognised", "state", "record", "told", "notes")}
        told |= {"answered_by": looked.source, "known": _known(request, looked)}
        answer = LookupSerializer(told, context={"request": request}).data
        if looked.state == LookupState.PENDING:
            return Response(answer, HTTPStatus.ACCEPTED, headers={"Retry-After": AGAIN})
        return Response(answer)


def _known(request: Request, looked: Looked) -> list[Paper]:
    """Papers that the person may know of and that this may be, each with its tags on the map."""
    found = duplicates.of_record(request.user, looked.record)
    tags = papers.tags_on_map(found)
    for paper in found:
        paper.nested_tags = tags.get(paper.pk, [])  # type: ignore[attr-defined]  # as a prefetch would name it
    return found
