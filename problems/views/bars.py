"""Papers by year as bars, for the list of papers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WIDTH, HEIGHT, GAP = 188, 44, 2
MOST = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """A year, and its bar in a box of WIDTH by HEIGHT."""

    year: int
    count: int
    x: float
    y: float
    width: float
    height: float
    active: bool


def bars(counts: Mapping[int, int], active: Mapping[str, Any]) -> list[Bar]:
    """A bar for each of the last years up to the latest paper; those inside the chosen years are `active`."""
    if not counts:
        return []
    last = max(counts)
    years = range(max(min(counts), last - MOST + 1), last + 1)
    most = max(counts.get(year, 0) for year in years)
    step = WIDTH / len(years)
    low, high = active.get("year", active.get("year__gte", 0)), active.get("year", active.get("year__lte", last))
    return [
        Bar(
            year,
            count := counts.get(year, 0),
            x=round(place * step, 2),
            y=round(HEIGHT - HEIGHT * count / most, 2),
            width=round(max(step - GAP, 1), 2),
            height=round(HEIGHT * count / most, 2),
            active=low <= year <= high,
        )
        for place, year in enumerate(years)
    ]
