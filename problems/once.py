"""What is asked of the database once in a request, however many rules read it. Outside of a request it is asked each time."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def in_request() -> Iterator[None]:
    """Keep what is read inside."""
    token = _kept.set({})
    try:
        yield
    finally:
        _kept.reset(token)


def read[Value](key: Hashable, ask: Callable[[], Value]) -> Value:
    """What `ask` says, or said before in this request under the same key."""
    kept = _kept.get()
    if kept is None:
        return ask()
    if key not in kept:
        kept[key] = ask()
    found: Value = kept[key]
    return found


def forget(key: Hashable) -> None:
    """Ask anew the next time, as it has changed."""
    if (kept := _kept.get()) is not None:
        kept.pop(key, None)
