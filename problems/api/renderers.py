"""JSON, fast."""

from collections.abc import Mapping
from typing import Any, override

import orjson
from rest_framework.renderers import BaseRenderer


class JSONRenderer(BaseRenderer):
    """JSON in UTF-8. What is neither text, number, list nor table is written as text: decimals and lazy strings."""

    media_type = "application/json"
    format = "json"
    charset = None

    @override
    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)
