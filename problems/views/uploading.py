"""Files that a form sends: none, but on the page of imports one, which is taken into memory and stored nowhere."""

from io import BytesIO
from typing import Any, override

from django.conf import settings
from django.core.exceptions import TooManyFilesSent
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler
from django.http import HttpRequest


class NoFile(FileUploadHandler):
    """Refuses every file: what all pages but one have."""

    @override
    def new_file(self, *args: Any, **kwargs: Any) -> None:
        message = "No file is taken here."
        raise TooManyFilesSent(message)

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        return None

    @override
    def file_complete(self, file_size: int) -> None:
        return None


class InMemory(FileUploadHandler):
    """Takes one file into memory; of one beyond the limit it keeps nothing, and `too_large` says so."""

    def __init__(self, request: HttpRequest | None = None) -> None:
        """Of this request."""
        super().__init__(request)
        self.pieces: list[bytes] = []
        self.too_large = False

    @override
    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        self.too_large = self.too_large or start + len(raw_data) > settings.MAX_IMPORT
        if self.too_large:
            self.pieces.clear()
        else:
            self.pieces.append(raw_data)
        return None

    @override
    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        data = b"".join(self.pieces)
        return InMemoryUploadedFile(BytesIO(data), self.field_name, self.file_name or "", self.content_type, len(data), self.charset)
