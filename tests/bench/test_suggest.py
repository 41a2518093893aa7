"""The measurement of suggestions: that it runs, holds out what it asks, and counts rightly."""

import numpy as np
import pytest

from bench import suggest
from bench.suggest import Size, bm25, interval, measure, most_frequent, ranks, read, report
from problems.lexical.training import Kind, Settings


@pytest.fixture(scope="module")
def data() -> suggest.Data:
    return read(glossary=False)


def test_the_report_tells_all_that_is_compared(data: suggest.Data, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggest, "GRID", [Settings()])
    found = measure(data, Size(seeds=1, outer=2, inner=2))
    titles = set(data.titles.tolist())
    assert set(found.ranks["ridge"]) == set(found.ranks["BM25"]) == set(found.kept) == titles
    assert set(found.rejected) == set(data.fields)
    told = report("Some", data, found)
    names = (
        "| ridge |",
        "| BM25 |",
        "| most frequent |",
        "silence counted as a miss",
        "| always the first of existing work |",
        "titles of other fields",
    )
    assert [name for name in names if name not in told] == []
    first = [sum(rank <= 1 for [rank] in found.ranks[name].values()) / len(titles) for name in ("ridge", "most frequent")]
    assert first[0] > 0.4 > first[1]


def test_whole_fields_and_titles_are_held_out(data: suggest.Data) -> None:
    asked = []
    for rows, titles, others in suggest._outer(data, 4, np.random.default_rng(0)):
        assert not set(rows) & {*titles, *others}
        assert not {data.fields[row] for row in rows if row in data.fields} & {data.fields[row] for row in others}
        asked += [*titles, *others]
    assert sorted(asked) == sorted([*data.titles, *data.fields])


def test_baselines(data: suggest.Data) -> None:
    titles = data.titles
    learned_from = data.corpus.rows(Kind.CATALOGUE, Kind.TITLE)
    same = most_frequent(data.corpus, learned_from, titles)
    assert np.ptp(same, axis=0).max() == 0
    places = ranks(bm25(data.corpus, learned_from, titles), data.corpus.bearing[titles] > 0)
    assert sum(place == 1 for place in places) / len(places) > 0.9, "a title that was learned from is found again"


def test_places_and_intervals() -> None:
    assert ranks(np.array([[0.1, 0.9, 0.5], [3.0, 2.0, 1.0]]), np.array([[True, False, True], [False, False, True]])) == [2, 3]
    assert interval([1.0] * 20) == "1.000 (1.00 to 1.00)"
    assert interval([]) == "-"
