"""Writes that a client may repeat: the same key gets the first answer, and the write happens once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from problems import harm
from problems.errors import Invalid
from problems.models import IdempotencyKey, User

KEPT = timedelta(hours=24)
LONGEST = 255


@dataclass(frozen=True, slots=True)
class Answer:
    """What a write was answered with."""

    status: int
    body: Any
    headers: Mapping[str, str]


def digest(method: str, path: str, body: bytes) -> bytes:
    """What makes two requests the same one."""
    return sha256(b"\0".join((method.encode(), path.encode(), body))).digest()


@transaction.atomic
def once(*, by: User, key: str, request: bytes, write: Callable[[], Answer]) -> Answer:
    """Answer of `write`, done in this transaction; for a key that was used before, the answer of that time. What fails is not kept.

    `request` is its digest. Raises Invalid for a key that was used for another request, and what `write` raises.
    """
    if not key or len(key) > LONGEST or not key.isprintable():
        raise Invalid({"Idempotency-Key": [f"A key has 1 to {LONGEST} printable characters."]})
    harm.refuse(key, field="Idempotency-Key")
    IdempotencyKey.objects.filter(user=by, key=key, created__lt=timezone.now() - KEPT).delete()
    try:
        with transaction.atomic():  # a second request with this key waits here until the first is done
            row = IdempotencyKey.objects.create(user=by, key=key, digest=request)
    except IntegrityError:
        row = IdempotencyKey.objects.get(user=by, key=key)
        if bytes(row.digest) != request:
            raise Invalid({"Idempotency-Key": ["This key was used for another request. Take a new one."]}) from None
        return Answer(row.status, row.body, row.headers)
    answer = write()
    row.status, row.body, row.headers = answer.status, answer.body, dict(answer.headers)
    row.save()
    return answer
