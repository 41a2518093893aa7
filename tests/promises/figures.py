"""How much of each promise is shown: a small seeded share in `make test`, the full figure in `make promises`."""

import os

FULL = os.environ.get("PROMISES") == "full"
SEED = 20261124


def figure(full: int, share: int) -> int:
    """The full figure, or the share of it that each test run shows."""
    return full if FULL else share


def told(promise: int, text: str) -> None:
    """Print a figure for docs/reliability.md."""
    print(f"\npromise {promise}: {text}")  # noqa: T201 - the one output of `make promises`
