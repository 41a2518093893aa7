"""Writes, as the OpenAPI document tells them."""

from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from rest_framework.serializers import Serializer

from problems.api.bodies import Body


@dataclass(frozen=True, slots=True)
class Operation:
    """A write: what it is for, what it takes and answers."""

    summary: str
    text: str
    body: Body | None
    answer: type[Serializer[Any]] | None
    status: HTTPStatus = HTTPStatus.OK
    version: str = field(default="optional", kw_only=True)
    """Whether If-Match is required, optional, or not looked at (empty)."""
    upload: bool = field(default=False, kw_only=True)
    """Whether the body is a file, whose name and team stand in the address."""
    asks: bool = field(default=False, kw_only=True)
    """Whether it only asks: then a key against doing it twice means nothing."""
    pending: str = field(default="", kw_only=True)
    """What is said of the answer 202, where there may be one."""
