"""What all answers of the API have in common, and the two that a resource gives: a list and one object."""

import re
from collections.abc import Sequence
from hashlib import sha256
from http import HTTPStatus
from typing import Any, ClassVar, override

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from rest_framework.exceptions import APIException, MethodNotAllowed, NotFound
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import Serializer
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from problems import downloads
from problems.api import query
from problems.api.addresses import absolute
from problems.api.errors import BadQuery
from problems.filters import Filters
from problems.formats import Format
from problems.middleware import error_answer
from problems.pagination import CURSOR, Ordering, address, paginate


class ReadOnly(APIView):
    """An answer to GET and HEAD. Methods that there are not are refused for everybody, before anything else is looked at."""

    http_method_names = ["get", "head", "options"]
    summary: ClassVar[str] = ""

    @override
    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(request.method or "")
        super().initial(request, *args, **kwargs)

    @override
    def options(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Response:
        """Say which methods there are: the Allow header does."""
        return Response(status=HTTPStatus.NO_CONTENT)

    @override
    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Mark a whole answer with what it holds, so that who has it already is told so instead (304)."""
        response = super().finalize_response(request, response, *args, **kwargs)
        if response.status_code == HTTPStatus.OK and isinstance(response, Response) and request.method in SAFE_METHODS:
            response.add_post_render_callback(lambda rendered: _unless_known(request, rendered))
        return response

    def refuse_parameters(self, request: Request) -> None:
        """Refuse every parameter, where there are none."""
        if faults := query.read(request, {})[1]:
            raise BadQuery(faults)


def _unless_known(request: Request, response: HttpResponse) -> HttpResponse:
    etag = quote_etag(sha256(response.content).hexdigest())
    response.headers["ETag"] = etag
    answer = get_conditional_response(request, etag=etag, response=response) or response
    if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
        return error_answer(request, HTTPStatus.PRECONDITION_FAILED, "This is not the version that If-Match names.")
    return answer


class Resource[Row: Model](ViewSetMixin, ReadOnly):
    """A list, filtered, sorted and paged, and one object by its id."""

    rows_by: ClassVar[str]
    """The field that is the id."""
    pattern: ClassVar[str]
    """What an id looks like."""
    filters: ClassVar[type[Filters]]
    serializer: ClassVar[type[Serializer[Any]]]
    includes: ClassVar[tuple[str, ...]] = ()
    exported: ClassVar[bool] = False
    """Whether there are other formats than JSON; `export` answers them then."""
    one: ClassVar[str]
    """The word for one object."""
    many: ClassVar[str]
    """The word for several."""

    def rows(self, *, user: Any, include: frozenset[str]) -> QuerySet[Row]:
        """Rows that `user` may know of, with what the serializer reads."""
        raise NotImplementedError

    def complete(self, rows: Sequence[Row]) -> None:
        """Add to these rows what no query of `rows` brings."""

    def export(self, request: Request, form: Format, rows: Any, ordering: Ordering | None, filters: Filters | None) -> HttpResponseBase:
        """Rows as a file: a queryset as filtered and sorted, or a list of one object."""
        raise NotImplementedError

    def list(self, request: Request) -> HttpResponseBase:
        """A page of the list, or in another format than JSON all of it."""
        given, faults = query.read(request, self.list_parameters())
        include = query.include(given, self.includes, faults)
        filters = self.filters(given, self.rows(user=request.user, include=include), request=request)
        faults += query.filter_faults(filters, given)
        size = query.page_size(given, faults)
        ordering = query.ordering(filters, given, faults)
        form = query.download(request, given, faults) if self.exported else None
        if faults or ordering is None:
            raise BadQuery(faults)
        if form:
            return self.export(request, form, filters.qs, ordering, filters)
        page = paginate(filters.qs, ordering, cursor=given.get(CURSOR, ""), size=size)
        self.complete(page.rows)
        here = absolute(request.path)
        return Response(
            {
                "next": address(here, given, page.next),
                "previous": address(here, given, page.previous),
                "results": self.serializer(page.rows, many=True, context={"request": request}).data,
            }
        )

    def retrieve(self, request: Request, id: str) -> HttpResponseBase:  # noqa: A002  # the word of the address
        """One object."""
        given, faults = query.read(request, self.detail_parameters())
        include = query.include(given, self.includes, faults)
        form = query.download(request, given, faults) if self.exported else None
        if faults:
            raise BadQuery(faults)
        found = self.rows(user=request.user, include=include).filter(**{self.rows_by: id}) if self.is_id(id) else ()
        for row in found:
            if form:
                return self.export(request, form, [row], None, None)
            self.complete([row])
            return Response(self.serializer(row, context={"request": request}).data)
        raise self.missing(request, id)

    def found(self, request: Request, key: str) -> Row:
        """The row of this id that one may know of, as for reading. Raises NotFound."""
        row = self.rows(user=request.user, include=frozenset()).filter(**{self.rows_by: key}).first() if self.is_id(key) else None
        if row is None:
            raise self.missing(request, key)
        self.complete([row])
        return row

    def missing(self, request: Request, key: str) -> APIException:
        """What is answered where there is no such row that one may know of."""
        del request, key
        return NotFound(self.nothing)

    @property
    def nothing(self) -> str:
        """What is said where there is none."""
        return f"There is no {self.one} with this id."

    def is_id(self, key: str) -> bool:
        """Whether `key` looks like an id."""
        return re.fullmatch(self.pattern, key) is not None

    def list_parameters(self) -> dict[str, bool]:
        """Parameters of the list, each with whether it may be repeated."""
        many = {name: hasattr(each, "is_noop") for name, each in self.filters.base_filters.items()}
        return many | dict.fromkeys(query.PAGING, False) | self.detail_parameters()

    def detail_parameters(self) -> dict[str, bool]:
        """Parameters of one object, each with whether it may be repeated."""
        return ({query.INCLUDE: True} if self.includes else {}) | ({downloads.PARAMETER: False} if self.exported else {})
