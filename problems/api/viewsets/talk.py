"""Messages on submissions, notifications, and what somebody follows."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import QuerySet
from django.http import HttpResponseBase
from django.urls import reverse
from django.utils.http import parse_etags
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.addresses import absolute
from problems.api.errors import PreconditionRequired
from problems.api.operations import Operation
from problems.api.serializers.talk import FeedSerializer, MessageSerializer, NotificationSerializer, PacesSerializer, WatchSerializer
from problems.api.viewsets.writing import Writing, fields, mark
from problems.errors import Invalid, Stale
from problems.filters import MessageFilter, NotificationFilter, WatchFilter
from problems.models import Message, Notification, NotificationPace, Submission, Watch
from problems.permissions import Action, require
from problems.queries import fairness
from problems.queries import following as watching
from problems.queries import messages as said
from problems.queries import notifications as queries
from problems.queries.submissions import withhold
from problems.services import following, messages, notifications
from problems.services.idempotency import Answer


class MessageViewSet(Writing[Message]):
    """What was said about a submission, as far as you may read it."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "submission", "messages"
    filters, serializer = MessageFilter, MessageSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "write": Operation(
            "Write a message",
            "Say something about a submission, to its contributor and reviewers or among reviewers. A name after @ tells that person, if they may "
            "read this and you may see their name. For its contributor and for reviewers. Nobody changes or deletes a message.",
            bodies.MESSAGE,
            MessageSerializer,
            version="",
        ),
    }
    submission: Submission | None = None

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Message]:
        return said.said(self.submission, user) if self.submission else Message.objects.none()

    @override
    def complete(self, rows: Sequence[Message]) -> None:
        said.complete(rows, self.request.user)

    def _submission(self, key: str) -> Submission:
        found = Submission.objects.visible_to(self.request.user).filter(public_id=key).first() if self.is_id(key) else None
        if found is None:
            raise NotFound(self.nothing)
        withhold([found], self.request.user)
        return found

    @override
    def list(self, request: Request, id: str = "") -> HttpResponseBase:  # the word of the address
        """A page of them."""
        self.submission = self._submission(id)
        return super().list(request)

    def write(self, request: Request, id: str) -> Response:  # type: ignore[override]  # noqa: A002  # as an operation is named
        """One more."""
        self.refuse_parameters(request)
        self.submission = submission = self._submission(id)
        fairness.look(request.user, [submission])
        require(request.user, Action.WRITE_MESSAGE, submission)
        given = fields(request, bodies.MESSAGE.readers, *bodies.MESSAGE.required)

        def work() -> Answer:
            message = messages.write(submission=submission, by=self.user, audience=given["audience"], text=given["text"])
            self.complete([message])
            return Answer(HTTPStatus.OK, self.told(request, message), {})

        return super().write(request, work)


class NotificationViewSet(Writing[Notification]):
    """What happened to what you handed in, review and follow. What you may not see any more is not among them."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "notification", "notifications"
    filters, serializer = NotificationFilter, NotificationSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "read": Operation(
            "Mark a notification as read", "With earlier, also all that came before it.", bodies.READ, NotificationSerializer, version=""
        ),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Notification]:
        return queries.listed(user)

    @override
    def complete(self, rows: Sequence[Notification]) -> None:
        for each in queries.told(rows):
            each.notification.sentence, each.notification.leads_to = each.sentence, each.url  # type: ignore[attr-defined]  # for the serializer

    def read(self, request: Request, id: str) -> Response:  # noqa: A002
        """Mark it."""
        row = self.found(request, id)
        given = fields(request, bodies.READ.readers)

        def work() -> Answer:
            notifications.read(by=self.user, notification=row, earlier=given.get("earlier", False))
            return Answer(HTTPStatus.OK, self.told(request, self.found(request, id)), {})

        return self.write(request, work)


class PaceViewSet(Writing[NotificationPace]):
    """How often mails of each kind come to you; visitors read what holds for who said nothing."""

    serializer, one, many, pattern = PacesSerializer, "pace", "paces", ""
    operations: ClassVar[Mapping[str, Operation]] = {
        "edit": Operation(
            "Set how often mails come",
            "Of each kind at once, daily, weekly or never. Here and on the site all is told at once.",
            bodies.PACES,
            PacesSerializer,
            version="required",
        ),
    }

    def retrieve(self, request: Request) -> Response:  # type: ignore[override]  # there is one, without an id
        """As it is set."""
        self.refuse_parameters(request)
        return Response(self._told(request))

    def edit(self, request: Request) -> Response:
        """Change some of it."""
        self.refuse_parameters(request)
        require(request.user, Action.CHANGE_OWN_ACCOUNT, self.user)
        self._unchanged(request)
        given = fields(request, bodies.PACES.readers)
        if empty := [name for name, pace in given.items() if not pace]:
            raise Invalid({name: ["Choose a pace."] for name in empty})
        notifications.set_paces(by=self.user, paces=given)
        told = self._told(request)
        return self.answer(Answer(HTTPStatus.OK, told, {"ETag": mark(told)}))

    def _unchanged(self, request: Request) -> None:
        """Raise 428 without If-Match, 412 where it names another version."""
        header = request.headers.get("If-Match")
        if header is None:
            raise PreconditionRequired
        if header.strip() != "*" and mark(self._told(request)) not in parse_etags(header):
            title = "This has changed since you read it."
            raise Stale(title, "Read it again, then repeat the change.")

    def _told(self, request: Request) -> dict[str, Any]:
        return dict(self.serializer(queries.paces(request.user)).data)


class WatchViewSet(Writing[Watch]):
    """What you follow. Nobody else knows of it."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "thing", "followed things"
    filters, serializer = WatchFilter, WatchSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Follow something",
            "From now on you hear of what happens to a problem, a statement, a call or a team. Following it again changes nothing.",
            bodies.FOLLOWED,
            WatchSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "end": Operation("Follow something no more", "What was told stays.", None, None, HTTPStatus.NO_CONTENT, version="required"),
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Watch]:
        return watching.watches(user)

    def create(self, request: Request) -> Response:
        """One more."""
        self.refuse_parameters(request)
        require(request.user, Action.FOLLOW, Watch())
        given = fields(request, bodies.FOLLOWED.readers)
        names = [name for name in ("target", "team") if given.get(name)]
        if len(names) != 1:
            raise Invalid({"target": ["Name one thing: a target by its code, or a team by its slug."]})
        thing = watching.found(f"team:{given['team']}" if names == ["team"] else given["target"])
        if thing is None:
            raise Invalid({names[0]: ["There is no such team."] if names == ["team"] else ["There is no such code. Write P5, P5.L2 or C3."]})

        def work() -> Answer:
            watch = following.follow(thing=thing, by=self.user)
            return self.now(request, watch.public_id, HTTPStatus.CREATED)

        return self.write(request, work)

    def end(self, request: Request, id: str) -> Response:  # noqa: A002
        """No more."""
        watch = self.found(request, id)
        self.seen(request, watch, required=True)
        following.end(watch=watch, by=self.user)
        return Response(status=HTTPStatus.NO_CONTENT)


class FeedViewSet(Writing[Watch]):
    """The feed of what you follow, at a secret address."""

    serializer, one, many, pattern = FeedSerializer, "feed", "feeds", ""
    operations: ClassVar[Mapping[str, Operation]] = {
        "make": Operation(
            "Make the feed of what you follow",
            "Its address is told this once. Where there is one already, its address ends and another takes its place.",
            bodies.NOTHING,
            FeedSerializer,
            version="",
        ),
        "end_feed": Operation("End the feed of what you follow", "Its address answers no more.", None, None, HTTPStatus.NO_CONTENT, version=""),
    }

    def make(self, request: Request) -> Response:
        """Make it, or another address for it. What is kept for a key holds no secret."""
        self.refuse_parameters(request)
        require(request.user, Action.FOLLOW, Watch())
        fields(request, bodies.NOTHING.readers)
        told = {"address": ""}

        def work() -> Answer:
            told["address"] = absolute(reverse("feed-following", args=[following.renew_feed(by=self.user)]))
            return Answer(HTTPStatus.OK, {"address": ""}, {})

        answer = super().write(request, work)
        answer.data = told
        return answer

    def end_feed(self, request: Request) -> Response:
        """End it."""
        self.refuse_parameters(request)
        require(request.user, Action.FOLLOW, Watch())
        following.end_feed(by=self.user)
        return Response(status=HTTPStatus.NO_CONTENT)
