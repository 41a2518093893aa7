"""Tags."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import Q
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.addresses import api_address
from problems.api.operations import Operation
from problems.api.serializers.tags import LoggedTagSerializer, TagSerializer
from problems.api.viewsets import nesting
from problems.api.viewsets.curating import TRASH, thrown
from problems.api.viewsets.submissions import restricted_texts
from problems.api.viewsets.writing import Writing, fields, placed
from problems.choices import ReviewStatus, Role, SubmissionKind
from problems.errors import Duplicate
from problems.filters import TagFilter
from problems.models import CallToAction, Problem, Statement, Submission, Tag
from problems.models.tags import TagQuerySet
from problems.permissions import Action, require, role_of
from problems.queries import targets
from problems.services import edits, submissions, tags
from problems.services.idempotency import Answer


class TagViewSet(Writing[Tag]):
    """Tags that you may know of: accepted ones on public papers; signed in also your own and your team's, for reviewers all."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "tag", "tags"
    filters, serializer = TagFilter, TagSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "trash": TRASH,
        "create": Operation(
            "Tag a paper",
            "One tag on a paper that is on record: a submission of its own, handed in at once. For contributors.",
            bodies.TAG_NEW,
            LoggedTagSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "edit": Operation(
            "Change a tag",
            "A tag of yours that is proposed; curators change any that others handed in. For others suggest a correction.",
            bodies.TAG_CHANGES,
            TagSerializer,
            version="required",
        ),
        "restrict": Operation(
            "Restrict the text of a tag",
            "Keep its rationale and locator to reviewers, because they might help offenders. For reviewers.",
            bodies.RESTRICTION,
            TagSerializer,
        ),
        "unrestrict": Operation(
            "Lift the restriction of a text", "Put its rationale and locator back. For reviewers.", bodies.RESTRICTION, TagSerializer
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> TagQuerySet:
        found = nesting.read_tags(Tag.objects.visible_to(user))
        return found.prefetch_related(restricted_texts(user)) if role_of(user) >= Role.REVIEWER else found

    def create(self, request: Request) -> Response:
        """One tag, handed in."""
        self.refuse_parameters(request)
        require(request.user, Action.HAND_IN, Submission(contributor=self.user, kind=SubmissionKind.PAPER))
        given = fields(request, bodies.TAG_NEW.readers, *bodies.TAG_NEW.required)
        message, team = given.pop("message", ""), given.pop("team", "")
        paper = given.pop("paper")

        def work() -> Answer:
            self._refuse_known(paper, given["target"], given["relation"])
            with placed(lambda place: place.removeprefix("tags.0.")):
                content = {"paper": paper, "tags": [given]}
                made = submissions.hand_in(by=self.user, kind=SubmissionKind.PAPER, content=content, message=message, team=team)
            tag = self.rows(user=self.user, include=frozenset()).select_related("submission").get(submission=made)
            told = LoggedTagSerializer(tag, context={"request": request}).data
            return Answer(HTTPStatus.CREATED, dict(told), {"Location": api_address(tag)})

        return self.write(request, work)

    def _refuse_known(self, paper: str, target: str, relation: str) -> None:
        """Name the tag that says the same already: one that is accepted, or one's own that is proposed."""
        thing = targets.by_code([target]).get(target)
        if thing is None:
            return
        same = {
            {Statement: "statement", CallToAction: "call", Problem: "problem"}[type(thing)]: thing,
            "relation": relation,
            "paper__public_id": paper,
        }
        stands = Q(status=ReviewStatus.ACCEPTED) | Q(status=ReviewStatus.PROPOSED, contributor=self.user)
        known = Tag.objects.visible_to(self.user).filter(stands, **same).first()
        if known:
            title = "This paper is tagged there with this relation already."
            raise Duplicate(title, "Suggest a correction to that tag instead.", field="target", known=known.public_id)

    def edit(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Change one's own while it is proposed."""
        tag = self.found(request, id)
        require(request.user, Action.CHANGE_TAG, tag)
        seen = self.seen(request, tag, required=True)
        given = fields(request, bodies.TAG_CHANGES.readers)
        edits.edit_tag(tag=tag, by=self.user, changes=given, seen=seen)
        return self.answer(self.now(request, id))

    def trash(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """Take it off the map."""
        return thrown(self, request, id)

    def restrict(self, request: Request, id: str) -> Response:  # noqa: A002
        """Keep its text to reviewers."""
        return self.reasoned(request, id, Action.RESTRICT, lambda row, why: tags.restrict_text(tag=row, by=self.user, reason=why))

    def unrestrict(self, request: Request, id: str) -> Response:  # noqa: A002
        """Put its text back."""
        return self.reasoned(request, id, Action.UNRESTRICT, lambda row, why: tags.unrestrict_text(tag=row, by=self.user, reason=why))
