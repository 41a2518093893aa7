"""The report: ratios taken within their round, with least, middle and greatest of all rounds; what is absolute stands below, as medians."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from bench.drive import Load
from bench.works import PAGES, WORKS, Work

MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Sample:
    """A load, the processor seconds per request of server and database, and the server's peak of memory in bytes."""

    load: Load
    server: float
    database: float
    memory: int


@dataclass
class Results:
    """All samples by work, size and target, one for each round."""

    sizes: Sequence[int]
    rounds: int
    seconds: float
    samples: dict[tuple[str, int, str], list[Sample]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def ratios(self, above: tuple[str, int, str], below: tuple[str, int, str]) -> list[float]:
        """Requests per second of one as a multiple of another's, round by round; empty where one was not measured."""
        return [one.load.rate / other.load.rate for one, other in zip(self.samples.get(above, []), self.samples.get(below, []), strict=False)]

    def middle(self, key: tuple[str, int, str], value: Callable[[Sample], float]) -> float:
        """Median over the rounds."""
        return median(value(sample) for sample in self.samples[key])


def markdown(results: Results) -> str:
    """All tables."""
    parts = [*results.notes, *(_ratios(results, size) for size in results.sizes)]
    if len(results.sizes) > 1:
        parts.append(_growth(results))
    parts += [_noise(results), _memory(results), _figures(results)]
    return "\n\n".join(parts) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _three(ratios: Sequence[float]) -> str:
    return f"{min(ratios):.2f} / **{median(ratios):.2f}** / {max(ratios):.2f}" if ratios else ""


def _met(ratios: Sequence[float], aim: float, *, most: bool) -> str:
    middle = median(ratios)
    if middle <= aim if most else middle >= aim:
        return f"{aim:g}: met"
    return f"{aim:g}: missed, {(middle / aim if most else aim / middle):.1f} x off"


def _ratios(results: Results, size: int) -> str:
    head = ["work", "OURS: x LIMIT's time per request", "aim, at most", "OURS: x PLAIN's requests/s", "aim, at least", "PLAIN: x LIMIT's time"]
    rows = []
    for work in WORKS:
        ours, plain, limit = ((work.name, size, target) for target in ("ours", "plain", "limit"))
        if work.aim and ours in results.samples:
            time, requests = results.ratios(limit, ours), results.ratios(ours, plain)
            rows.append(
                [
                    work.title,
                    _three(time),
                    _met(time, work.aim.time, most=True),
                    _three(requests),
                    _met(requests, work.aim.requests, most=False),
                    _three(results.ratios(limit, plain)),
                ]
            )
    return f"### {size:,} papers\n\nLeast / **median** / greatest of {results.rounds} rounds.\n\n{_table(head, rows)}"


def _growth(results: Results) -> str:
    small, large = results.sizes[0], results.sizes[-1]
    head = ["work", "LIMIT", "PLAIN", "OURS"]
    rows = [
        [work.title, *(_three(results.ratios((work.name, small, target), (work.name, large, target))) for target in ("limit", "plain", "ours"))]
        for work in (*WORKS, *PAGES)
    ]
    return f"### Growth: time per request at {large:,} papers as a multiple of that at {small:,}\n\n{_table(head, rows)}"


def _noise(results: Results) -> str:
    rows = []
    for size in results.sizes:
        each = [results.ratios((work.name, size, "limit"), (work.name, size, "limit again")) for work in WORKS]
        middles = [median(ratios) for ratios in each if ratios]
        rows.append([f"{size:,}", _three([ratio for ratios in each for ratio in ratios]), f"{min(middles):.2f} to {max(middles):.2f}"])
    head = ["papers", "single rounds, all works", "medians of the works"]
    return f"### Noise: requests/s of LIMIT as a multiple of the same LIMIT's\n\n{_table(head, rows)}"


def _memory(results: Results) -> str:
    targets = sorted({target for _, _, target in results.samples})
    rows = [
        [
            f"{size:,}",
            *(
                f"{max(s.memory for key, found in results.samples.items() if key[1:] == (size, target) for s in found) / MB:.0f}"
                for target in targets
            ),
        ]
        for size in results.sizes
    ]
    return f"### Peak memory of the server's process (PSS, MB)\n\n{_table(['papers', *targets], rows)}"


def _figures(results: Results) -> str:
    head = ["work", "papers", "target", "requests/s", "p50 ms", "p95 ms", "bytes", "server CPU ms", "database CPU ms", "errors"]
    rows = [_row(results, work, size, target) for work in (*WORKS, *PAGES) for size in results.sizes for target in ("limit", "plain", "ours")]
    return f"### Figures of each target (medians of {results.rounds} rounds of {results.seconds:g} s)\n\n{_table(head, [row for row in rows if row])}"


def _row(results: Results, work: Work, size: int, target: str) -> list[str]:
    key = (work.name, size, target)
    if key not in results.samples:
        return []
    wrong: dict[int, int] = {}
    for sample in results.samples[key]:
        for status, count in sample.load.errors.items():
            wrong[status] = wrong.get(status, 0) + count
    return [
        work.title,
        f"{size:,}",
        target.upper(),
        f"{results.middle(key, lambda sample: sample.load.rate):.1f}",
        f"{results.middle(key, lambda sample: sample.load.percentile(0.5)) * 1000:.1f}",
        f"{results.middle(key, lambda sample: sample.load.percentile(0.95)) * 1000:.1f}",
        f"{results.middle(key, lambda sample: sample.load.size / len(sample.load.times)):,.0f}",
        f"{results.middle(key, lambda sample: sample.server) * 1000:.2f}",
        f"{results.middle(key, lambda sample: sample.database) * 1000:.2f}",
        ", ".join(f"{count} x {status}" for status, count in wrong.items()) or "0",
    ]
