"""JSON, fast."""

from collections.abc import Mapping
from typing import Any, override

import orjson
from rest_framework.renderers import BaseRenderer

from problems import downloads


class JSONRenderer(BaseRenderer):
    """JSON in UTF-8. What is neither text, number, list nor table is written as text: decimals and lazy strings."""

    media_type = "application/json"
    format = "json"
    charset = None

    @override
    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None) -> bytes:
        return b"" if data is None else orjson.dumps(data, default=str)


EXPORTS: list[type[BaseRenderer]] = [
    type(f"{name.title()}Renderer", (JSONRenderer,), {"media_type": form.media_type, "format": name}) for name, form in downloads.WRITTEN.items()
]
"""Let the formats of downloads.py be asked for by the Accept header. Their files are streamed; what goes through here is a refusal, in JSON."""
