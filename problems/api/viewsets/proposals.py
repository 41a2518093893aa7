"""Changes of the catalogue: proposed, published, declined, withdrawn, undone; and versions of what it says."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from django.http import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.addresses import api_address
from problems.api.operations import Operation
from problems.api.serializers.proposals import ChangeSerializer, VersionSerializer, WholeChangeSerializer
from problems.api.viewsets.base import Resource
from problems.api.viewsets.catalogue import CallViewSet, ProblemViewSet, StatementViewSet
from problems.api.viewsets.writing import Writing, fields
from problems.choices import ChangeState
from problems.filters import ProposalFilter
from problems.models import CatalogueChange
from problems.permissions import Action, require
from problems.queries import proposals, versions
from problems.services import catalogue_changes as service
from problems.services.idempotency import Answer


class ChangeViewSet(Writing[CatalogueChange]):
    """Proposed changes of the catalogue: for reviewers all, for others their own. One comes with what publishing it would do."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "proposed change", "proposed changes"
    filters = ProposalFilter
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Propose a change of the catalogue",
            "Another wording of a problem (title, question, summary), a statement (text, review_by) or a call (text); a new statement of a problem "
            "(section, text, review_by); or the retirement of a statement (successor). It waits for a curator. For reviewers.",
            bodies.PROPOSAL,
            WholeChangeSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "publish": Operation(
            "Publish a proposed change",
            "Make it so. A new statement gets the next free code; what hangs on a retired one moves to its successor. For curators.",
            bodies.NOTHING,
            WholeChangeSerializer,
        ),
        "decline": Operation(
            "Decline a proposed change", "It stays as it is, for a reason. For curators.", bodies.PROPOSAL_ANSWER, WholeChangeSerializer
        ),
        "withdraw": Operation("Withdraw a proposed change", "One of your own that waits.", bodies.NOTHING, WholeChangeSerializer),
        "undo": Operation(
            "Undo a published change",
            "Put all back as it was, unless it has changed since. A new statement is retired, since a code never changes its meaning. For curators.",
            bodies.NOTHING,
            WholeChangeSerializer,
        ),
    }

    @property
    def serializer(self) -> Any:  # type: ignore[override]  # a list tells less of each
        """Of a list without, else with what publishing would do."""
        return ChangeSerializer if getattr(self, "action", "list") == "list" else WholeChangeSerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[CatalogueChange]:
        return proposals.listed(user)

    @override
    def complete(self, rows: Sequence[Any]) -> None:
        if self.action == "list":
            return
        for change in rows:  # one
            change.preview = proposals.preview(change, self.request.user) if change.state == ChangeState.PROPOSED else None

    def create(self, request: Request) -> Response:
        """Propose one."""
        self.refuse_parameters(request)
        require(request.user, Action.PROPOSE_CHANGE, CatalogueChange(by=self.user))
        given = fields(request, bodies.PROPOSAL.readers, *bodies.PROPOSAL.required)
        said = {name: given.pop(name) for name in bodies.PROPOSAL.required}

        def work() -> Answer:
            made = service.propose(**said, values=given, by=self.user)
            answer = self.now(request, made.public_id, HTTPStatus.CREATED)
            return Answer(answer.status, answer.body, {"Location": api_address(made)})

        return self.write(request, work)

    def publish(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Make it so."""
        return self._do(request, id, Action.PUBLISH_CHANGE, bodies.NOTHING, lambda row: service.publish(change=row, by=self.user))

    def decline(self, request: Request, id: str) -> Response:  # noqa: A002
        """Leave it as it is."""
        row = self.found(request, id)
        require(request.user, Action.PUBLISH_CHANGE, row)
        given = fields(request, bodies.PROPOSAL_ANSWER.readers, *bodies.PROPOSAL_ANSWER.required)
        return self._written(request, row, lambda row: service.decline(change=row, answer=given["answer"], by=self.user))

    def withdraw(self, request: Request, id: str) -> Response:  # noqa: A002
        """Take one's own back."""
        return self._do(request, id, Action.WITHDRAW_CHANGE, bodies.NOTHING, lambda row: service.withdraw(change=row, by=self.user))

    def undo(self, request: Request, id: str) -> Response:  # noqa: A002
        """Put all back."""
        return self._do(request, id, Action.PUBLISH_CHANGE, bodies.NOTHING, lambda row: service.undo(change=row, by=self.user))

    def _do(self, request: Request, key: str, action: Action, body: bodies.Body, do: Callable[[CatalogueChange], object]) -> Response:
        row = self.found(request, key)
        require(request.user, action, row)
        fields(request, body.readers)
        return self._written(request, row, do)

    def _written(self, request: Request, row: CatalogueChange, do: Callable[[CatalogueChange], object]) -> Response:
        def work() -> Answer:
            self.seen(request, row, required=False)
            do(row)
            return self.now(request, row.public_id)

        return self.write(request, work)


class Versions(Resource[Any]):
    """Versions of what the catalogue says, the latest first: all of it is public, but for who made them."""

    serializer = VersionSerializer
    many = "versions"

    @override
    def list(self, request: Request, id: str = "") -> HttpResponseBase:  # the word of the address
        """All of them."""
        self.refuse_parameters(request)
        row = Resource.found(self, request, id)
        told = VersionSerializer(versions.of(row)[::-1], many=True, context={"request": request}).data
        return Response({"next": None, "previous": None, "results": told})


def _versions(of: type[Resource[Any]]) -> type[Versions]:
    """The view for the objects of one resource."""
    said = {"rows": of.rows, "rows_by": of.rows_by, "pattern": of.pattern, "one": of.one, "summary": f"Versions of one {of.one}"}
    return type(f"{of.one.title().replace(' ', '')}Versions", (Versions,), said | {"complete": Resource.complete, "__doc__": Versions.__doc__})


VERSIONS = {"problems": _versions(ProblemViewSet), "statements": _versions(StatementViewSet), "calls": _versions(CallViewSet)}
