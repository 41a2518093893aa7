"""Probable duplicates, the trash, flags, the record of changes, and roles."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import Model, QuerySet
from django.urls import reverse
from rest_framework.exceptions import NotFound
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from problems.api import bodies
from problems.api.addresses import absolute, api_address
from problems.api.errors import IDEMPOTENCY_KEY
from problems.api.operations import Operation
from problems.api.serializers.curating import (
    ChangeEntrySerializer,
    FlagSerializer,
    PairSerializer,
    RaisedFlagSerializer,
    RoleSerializer,
    TrashedSerializer,
)
from problems.api.viewsets.base import Resource
from problems.api.viewsets.writing import Writing, fields
from problems.choices import Role
from problems.errors import Invalid
from problems.filters import ChangeFilter, DuplicateFilter, FlagFilter, TrashFilter
from problems.models import AuditEvent, Flag, Paper, ProbableDuplicate, Statement, Tag, Trashed, User
from problems.permissions import Action, require
from problems.queries import changes, curating, fairness
from problems.services import duplicates, flags, people, trash
from problems.services.idempotency import Answer

TRASH = Operation(
    "Move to the trash",
    "Take it off the map, for a reason. For everybody it is as if it were not there; for 30 days it can be restored, then it is deleted for good. "
    "What waits in a submission is decided on instead. For curators.",
    bodies.RESTRICTION,
    TrashedSerializer,
)


def out_of_sight[Row: Model](view: Writing[Row], request: Request, key: str, do: Callable[[Row], Response]) -> Response:
    """Do what takes a row out of sight. Repeated with its key it finds none, and is answered as the first time."""
    try:
        row = view.found(request, key)
    except NotFound as missing:
        if request.headers.get(IDEMPOTENCY_KEY) is None or not request.user.is_authenticated:
            raise
        error = missing

        def gone() -> Answer:
            raise error

        return view.write(request, gone)
    return do(row)


def thrown(view: Writing[Any], request: Request, key: str) -> Response:
    """Move a row of this resource to the trash."""
    return out_of_sight(view, request, key, lambda row: _thrown(view, request, row))


def _thrown(view: Writing[Any], request: Request, row: Any) -> Response:
    fairness.require(request.user, Action.TRASH, row)
    given = fields(request, bodies.RESTRICTION.readers, *bodies.RESTRICTION.required)

    def work() -> Answer:
        view.seen(request, row, required=False)
        made = trash.throw(thing=row, by=view.user, reason=given["reason"])
        return Answer(HTTPStatus.OK, dict(TrashedSerializer(made, context={"request": request}).data), {})

    return view.write(request, work)


class DuplicateViewSet(Writing[ProbableDuplicate]):
    """Pairs of records that may be one work, as they looked within the last day, and that nobody has dismissed. For reviewers; others get none."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "pair", "probable duplicates"
    filters, serializer = DuplicateFilter, PairSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "dismiss": Operation(
            "Say that these are two works", "With a reason. The pair is not shown again. For reviewers.", bodies.RESTRICTION, PairSerializer
        )
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[ProbableDuplicate]:
        return curating.open_duplicates(user)

    def dismiss(self, request: Request, id: str) -> Response:  # noqa: A002  # the word of the address
        """They stay two."""
        return out_of_sight(self, request, id, lambda row: self._dismiss(request, row))

    def _dismiss(self, request: Request, row: ProbableDuplicate) -> Response:
        require(request.user, Action.DISMISS_DUPLICATE, row)
        given = fields(request, bodies.RESTRICTION.readers, *bodies.RESTRICTION.required)

        def work() -> Answer:
            self.seen(request, row, required=False)
            told = self.told(request, row)
            duplicates.dismiss(duplicate=row, by=self.user, reason=given["reason"])
            return Answer(HTTPStatus.OK, told, {})

        return self.write(request, work)


class TrashViewSet(Writing[Trashed]):
    """What lies in the trash: for curators; others get none."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "thing in the trash", "things in the trash"
    filters, serializer = TrashFilter, TrashedSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "restore": Operation("Restore from the trash", "Put it back as it was. For curators.", bodies.NOTHING, TrashedSerializer, version="")
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Trashed]:
        return curating.in_trash(user)

    def restore(self, request: Request, id: str) -> Response:  # noqa: A002
        """It is there again."""
        return out_of_sight(self, request, id, lambda row: self._restore(request, row))

    def _restore(self, request: Request, row: Trashed) -> Response:
        fairness.require(request.user, Action.RESTORE, row)
        fields(request, bodies.NOTHING.readers)

        def work() -> Answer:
            trash.restore(trashed=row, by=self.user)
            row.refresh_from_db(fields=["restored_at"])
            return Answer(HTTPStatus.OK, self.told(request, row), {})

        return self.write(request, work)


class FlagViewSet(Writing[Flag]):
    """Flags: your own; for reviewers all."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "flag", "flags"
    filters, serializer = FlagFilter, FlagSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "create": Operation(
            "Flag an entry",
            "Say what is wrong with a paper, a tag or a statement that you may know of. No account is needed; five an hour are the most. The answer "
            "holds the secret address where the flag can be followed, once: not where a request is repeated with its key. Without an account a key "
            "means nothing.",
            bodies.FLAG,
            RaisedFlagSerializer,
            HTTPStatus.CREATED,
            version="",
        ),
        "answer_flag": Operation(
            "Answer a flag", "Uphold or dismiss it, with words for who raised it. For reviewers.", bodies.FLAG_ANSWER, FlagSerializer, version=""
        ),
    }

    @override
    def get_permissions(self) -> Any:
        return [AllowAny()] if getattr(self, "action", "") == "create" else super().get_permissions()

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Flag]:
        return curating.flags(user)

    @override
    def complete(self, rows: Sequence[Flag]) -> None:
        curating.name_flagged(rows, self.request.user)

    def create(self, request: Request) -> Response:
        """Raise one; a visitor's key against doing it twice means nothing. What is kept for a key holds no secret."""
        self.refuse_parameters(request)
        given = fields(request, bodies.FLAG.readers, *bodies.FLAG.required)
        thing = _entry(given, request.user)

        def work() -> Answer:
            address = request.META.get("REMOTE_ADDR", "")
            made, secret = flags.flag(thing=thing, by=request.user, reason=given["reason"], text=given.get("text", ""), address=address)
            curating.name_flagged([made], request.user)
            made.follow = absolute(reverse("flag-follow", args=[secret]))  # type: ignore[attr-defined]  # for the serializer
            told = RaisedFlagSerializer(made, context={"request": request}).data
            return Answer(HTTPStatus.CREATED, dict(told), {"Location": api_address(made)})

        if not request.user.is_authenticated:
            return self.answer(work())
        secret: dict[str, Any] = {}

        def without_secret() -> Answer:
            answer = work()
            secret["follow"] = answer.body["follow"]
            return replace(answer, body=answer.body | {"follow": None})

        response = self.write(request, without_secret)
        response.data |= secret
        return response

    def answer_flag(self, request: Request, id: str) -> Response:  # noqa: A002
        """Uphold or dismiss it."""
        row = self.found(request, id)
        fairness.require(request.user, Action.ANSWER_FLAG, row)
        given = fields(request, bodies.FLAG_ANSWER.readers, *bodies.FLAG_ANSWER.required)

        def work() -> Answer:
            flags.answer(flag=row, by=self.user, state=given["state"], text=given["text"])
            return self.now(request, id)

        return self.write(request, work)


class FollowedFlagView(Resource[Flag]):
    """A flag by the secret of its address: for whoever raised it, without an account too."""

    serializer, one, many, pattern = FlagSerializer, "flag", "flags", "[A-Za-z0-9_-]{43}"

    @override
    def retrieve(self, request: Request, id: str) -> Response:
        """As it is, and what was answered."""
        self.refuse_parameters(request)
        found = flags.follow(id) if self.is_id(id) else None
        if found is None:
            raise self.missing(request, id)
        curating.name_flagged([found], request.user)
        answer = Response(self.serializer(found, context={"request": request}).data)
        answer["Cache-Control"] = "private, no-store"
        return answer


def _entry(given: Mapping[str, Any], user: Any) -> Paper | Tag | Statement:
    """The entry that is named, if `user` may know of it. Raises Invalid."""
    named = [name for name in ("paper", "tag", "statement") if given.get(name)]
    if len(named) != 1:
        raise Invalid({name: ["Name one: a paper, a tag, or a statement."] for name in named or ["paper"]})
    [name] = named
    rows: dict[str, Any] = {
        "paper": Paper.objects.visible_to(user).filter(public_id=given[name]),
        "tag": Tag.objects.visible_to(user).select_related("paper", "statement__problem", "call", "problem").filter(public_id=given[name]),
        "statement": Statement.objects.select_related("problem").filter(code=given[name]),
    }
    found: Paper | Tag | Statement | None = rows[name].first()
    if found is None:
        raise Invalid({name: [f"There is no such {name}."]})
    return found


class ChangeEntryViewSet(Resource[AuditEvent]):
    """The record of changes, as far as you may know: what happened to what, when and by whom, the latest first."""

    rows_by, pattern, one, many = "object_name", "[a-z0-9]{10}", "change", "changes"
    filters, serializer = ChangeFilter, ChangeEntrySerializer

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[AuditEvent]:
        return changes.entries(user)

    @override
    def complete(self, rows: Any) -> None:
        rows[:] = changes.told(rows, self.request.user)


class PersonViewSet(Writing[User]):
    """Accounts, for curators."""

    rows_by, pattern, one, many = "public_id", "[a-z0-9]{10}", "person", "people"
    serializer = RoleSerializer
    operations: ClassVar[Mapping[str, Operation]] = {
        "role": Operation(
            "Give or take a role",
            "With a reason, which is kept in the record of changes; the sessions of the account end. For curators, of others than themselves.",
            bodies.ROLE,
            RoleSerializer,
        )
    }

    @override
    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[User]:
        return User.objects.all()

    def role(self, request: Request, id: str) -> Response:  # noqa: A002
        """Another role. Who may not is refused whether there is such a person or not."""
        require(request.user, Action.CHANGE_PEOPLE, User())
        row = self.found(request, id)
        given = fields(request, bodies.ROLE.readers, *bodies.ROLE.required)
        roles = {role.name.lower(): role for role in Role}
        if given["role"] not in roles:
            raise Invalid({"role": [f"Choose among: {', '.join(roles)}."]})

        def work() -> Answer:
            self.seen(request, row, required=False)
            changed = User.objects.filter(pk=row.pk).first()
            if changed is None:
                raise NotFound(self.nothing)
            changed.role = roles[given["role"]]
            people.save(user=changed, by=self.user, reason=given["reason"])
            return Answer(HTTPStatus.OK, dict(RoleSerializer(changed).data), {})

        return self.write(request, work)
