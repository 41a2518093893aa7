"""Questions that are too long for an address: a POST that writes nothing, so it needs no key and no version."""

from collections.abc import Mapping
from typing import ClassVar

from rest_framework.viewsets import ViewSetMixin

from problems.api.operations import Operation
from problems.api.viewsets.base import ReadOnly


class Asking(ViewSetMixin, ReadOnly):
    """A question, asked by POST."""

    http_method_names = ["post", "options"]
    operations: ClassVar[Mapping[str, Operation]]
