"""Papers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.http import HttpResponseBase
from rest_framework.exceptions import APIException, NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response

from problems import downloads
from problems.api import bodies
from problems.api.addresses import absolute, api_address
from problems.api.errors import Moved
from problems.api.operations import Operation
from problems.api.renderers import EXPORTS, JSONRenderer
from problems.api.serializers.papers import DuplicateSerializer, LoggedPaperSerializer, PaperSerializer
from problems.api.viewsets import nesting
from problems.api.viewsets.curating import TRASH, thrown
from problems.api.viewsets.writing import Writing, fields, placed
from problems.choices import SubmissionKind
from problems.errors import Duplicate, Invalid
from problems.filters import Filters, PaperFilter
from problems.formats import Format
from problems.handed_in import to_record
from problems.models import Merge, Paper, Submission
from problems.models.papers import PaperQuerySet
from problems.pagination import Ordering
from problems.permissions import Action, require
from problems.queries import duplicates, exports, fairness
from problems.queries.papers import named
from problems.services import edits, merging, papers, reviews, submissions
from problems.services.idempotency import Answer


class PaperViewSet(Writing[Paper]):
    """Papers that you may know of: public ones; signed in also your own and your team's that wait, for reviewers all."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "paper", "papers"
    filters, serializer, includes = PaperFilter, PaperSerializer, (nesting.TAGS,)
    exported, renderer_classes = True, [JSONRenderer, *EXPORTS]
    operations: ClassVar[Mapping[str, Operation]] = {
        "trash": TRASH,
        "create": Operation(
            "Log a paper",
            "A record that waits for a reviewer: a submission of its own, handed in at once. For contributors. "
            "One that is on record already is answered with 409 and named.",
            bodies.PAPER,
            LoggedPaperSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "edit": Operation(
            "Change a paper",
            "A record that you logged, while it waits; curators change any. For others suggest a correction.",
            bodies.PAPER_CHANGES,
            PaperSerializer,
            version="required",
        ),
        "restrict": Operation(
            "Restrict a paper", "Keep it to reviewers, because it might help offenders. For reviewers.", bodies.RESTRICTION, PaperSerializer
        ),
        "unrestrict": Operation("Lift the restriction of a paper", "Make it public again. For curators.", bodies.RESTRICTION, PaperSerializer),
        "advise": Operation(
            "Set the advisory of a paper",
            "How hard its abstract is to read, and what it is about: from level 1 on its texts are folded, as each reader has set it. For reviewers.",
            bodies.ADVISORY,
            PaperSerializer,
        ),
        "approve_link": Operation(
            "Approve the address of a paper",
            "Let an address whose host is not one of scholarly publishing be shown as a link. Another address asks anew. For reviewers.",
            bodies.LINK,
            PaperSerializer,
        ),
        "merge": Operation(
            "Merge another paper into this one",
            "Two records of one work become one: fields as chosen, tags, identifiers, submissions and history of both; the strictest visibility and "
            "advisory hold. The address of the other leads here from then on. For curators.",
            bodies.MERGE,
            PaperSerializer,
        ),
        "unmerge": Operation(
            "Undo a merge",
            "Make two records of them again, as they were, unless this one has changed since. For curators.",
            bodies.UNMERGE,
            PaperSerializer,
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> PaperQuerySet:
        papers: PaperQuerySet = Paper.objects.visible_to(user).prefetch_related("authorships", "identifiers")
        return papers.prefetch_related(nesting.prefetch()) if nesting.TAGS in include else papers

    @override
    def export(self, request: Request, form: Format, rows: Any, ordering: Ordering | None, filters: Filters | None) -> HttpResponseBase:
        if ordering and filters:
            return downloads.answer(request, form, exports.records(rows, ordering), downloads.name_of(filters.active))
        return downloads.answer(request, form, exports.told(rows), rows[0].slug)

    @override
    def missing(self, request: Request, key: str) -> APIException:
        """Where it was merged into another that one may know of, that one."""
        kept = named(key, request.user) if self.is_id(key) else None
        if kept is None:
            return NotFound(self.nothing)
        reads = request.method in SAFE_METHODS
        address = absolute(request.get_full_path().replace(f"/{key}/", f"/{kept.public_id}/", 1)) if reads else api_address(kept)
        return Moved(kept.public_id, address, reads=reads)

    @override
    def complete(self, rows: Sequence[Paper]) -> None:
        nesting.cut(rows)

    def create(self, request: Request) -> Response:
        """A record, handed in."""
        self.refuse_parameters(request)
        require(request.user, Action.HAND_IN, Submission(contributor=self.user, kind=SubmissionKind.PAPER))
        given = fields(request, bodies.PAPER.readers, *bodies.PAPER.required)
        message, team = given.pop("message", ""), given.pop("team", "")

        def work() -> Answer:
            with placed(lambda place: place.removeprefix("record.")):
                if known := papers.find(record=to_record(given), by=self.user):
                    title = "This paper is on record already."
                    raise Duplicate(title, "Tag that record instead.", field="identifiers", known=known.public_id)
                made = submissions.hand_in(by=self.user, kind=SubmissionKind.PAPER, content={"record": given}, message=message, team=team)
            paper: Any = self.rows(user=self.user, include=frozenset()).get(submissions=made)
            paper.submission = made
            told = LoggedPaperSerializer(paper, context={"request": request}).data
            return Answer(HTTPStatus.CREATED, dict(told), {"Location": api_address(paper)})

        return self.write(request, work)

    def edit(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Change one's own while it waits."""
        paper = self.found(request, id)
        require(request.user, Action.CHANGE_PAPER, paper)
        seen = self.seen(request, paper, required=True)
        given = fields(request, bodies.PAPER_CHANGES.readers)
        edits.edit_paper(paper=paper, by=self.user, changes=given, seen=seen)
        return self.answer(self.now(request, id))

    def restrict(self, request: Request, id: str) -> Response:  # noqa: A002
        """Keep it to reviewers."""
        return self.reasoned(request, id, Action.RESTRICT, lambda row, why: reviews.restrict_paper(paper=row, by=self.user, reason=why))

    def unrestrict(self, request: Request, id: str) -> Response:  # noqa: A002
        """Make it public again."""
        return self.reasoned(request, id, Action.SET_VISIBILITY, lambda row, why: reviews.publish_paper(paper=row, by=self.user, reason=why))

    def advise(self, request: Request, id: str) -> Response:  # noqa: A002
        """Set its advisory."""
        paper = self.found(request, id)
        fairness.require(request.user, Action.SET_ADVISORY, paper)
        given = fields(request, bodies.ADVISORY.readers, *bodies.ADVISORY.required)

        def work() -> Answer:
            seen = self.seen(request, paper, required=False)
            said = {"level": given["advisory"], "topics": given.get("topics", []), "reason": given.get("reason", "")}
            papers.set_advisory(paper=paper, by=self.user, seen=seen, **said)
            return self.now(request, id)

        return self.write(request, work)

    def approve_link(self, request: Request, id: str) -> Response:  # noqa: A002
        """Let its address be a link."""
        paper = self.found(request, id)
        fairness.require(request.user, Action.APPROVE_LINK, paper)
        given = fields(request, bodies.LINK.readers, *bodies.LINK.required)

        def work() -> Answer:
            papers.approve_link(paper=paper, url=given["address"], by=self.user, seen=self.seen(request, paper, required=False))
            return self.now(request, id)

        return self.write(request, work)

    def trash(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Take it off the map."""
        return thrown(self, request, id)

    def merge(self, request: Request, id: str) -> Response:  # noqa: A002
        """Make one of this and another."""
        kept = self.found(request, id)
        require(request.user, Action.MERGE, kept)
        given = fields(request, bodies.MERGE.readers, *bodies.MERGE.required)

        def work() -> Answer:
            seen = self.seen(request, kept, required=False)
            merged = Paper.objects.visible_to(self.user).filter(public_id=given["merged"]).first()
            if merged is None:
                raise Invalid({"merged": ["There is no such paper."]})
            told: dict[str, Any] = {"fields": given.get("fields"), "reason": given.get("reason", ""), "seen": {kept.pk: seen} if seen else None}
            merging.merge(kept=kept, merged=merged, by=self.user, **told)
            return self.now(request, id)

        return self.write(request, work)

    def unmerge(self, request: Request, id: str) -> Response:  # noqa: A002
        """Make two of them again."""
        kept = self.found(request, id)
        require(request.user, Action.MERGE, kept)
        given = fields(request, bodies.UNMERGE.readers, *bodies.UNMERGE.required)

        def work() -> Answer:
            self.seen(request, kept, required=False)
            merge = Merge.objects.filter(kept=kept, merged__public_id=given["merged"], undone_at=None).select_related("kept").first()
            if merge is None:
                raise Invalid({"merged": ["No such paper was merged into this one."]})
            merging.undo(merge=merge, by=self.user)
            return self.now(request, id)

        return self.write(request, work)


class Duplicates(PaperViewSet):
    """Papers that you may know of and that may be the same work as this one, certain ones first, five at most."""

    many, serializer, includes = "duplicates", DuplicateSerializer, ()  # type: ignore[assignment]  # as wide as the base of both has them
    exported, renderer_classes = False, [JSONRenderer]

    @override
    def list(self, request: Request, id: str = "") -> HttpResponseBase:
        """All of them."""
        self.refuse_parameters(request)
        paper = self.found(request, id)
        near = [each for each in duplicates.near(user=request.user, record=paper.to_record()) if each.paper != paper]
        whole = self.rows(user=request.user, include=frozenset()).in_bulk([each.paper.pk for each in near])
        found = [replace(each, paper=whole[each.paper.pk]) for each in near if each.paper.pk in whole]
        told = DuplicateSerializer(found, many=True, context={"request": request}).data
        return Response({"next": None, "previous": None, "results": told})
