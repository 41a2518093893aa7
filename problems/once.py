"""What is asked of the database once in a request that reads, however many rules want it.

A request that writes asks each time, since what it was told before it held a row may have changed meanwhile; so does everything outside of a request.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_kept: ContextVar[dict[Hashable, Any] | None] = ContextVar("kept", default=None)


@contextmanager
def reading(method: str | None) -> Iterator[None]:
    """Keep what is read inside, in a request of this method."""
    token = _kept.set({} if method in {"GET", "HEAD"} else None)
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
