"""How good suggestions are for titles that nothing was learned from: nested cross-validation over the shipped literature. `make bench-suggest`.

Papers are held out whole, and only their titles are asked. Settings and the threshold of silence are chosen in inner folds, without the papers that
are asked; other fields are held out as whole fields. Every figure is a mean over papers, with a 95 % interval from resampling papers.
"""

import argparse
import json
import math
import statistics
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import yaml

from problems.lexical import reviewed
from problems.lexical.training import KEPT, Corpus, Fold, Kind, Labels, Learned, Numbers, Rows, Settings, Text, deal, held_out, train
from problems.lexical.words import words

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
FIRST, SHOWN = 1, 3
GRID = [Settings(pull=pull, title_weight=weight) for pull, weight in product((0.5, 1.0, 2.0), (1.0, 2.0))]
STATEMENT_GRID = list(product((0.25, 0.5, 1.0), (0.0, 0.1, 0.2)))
K1, B = 1.2, 0.75
RESAMPLED = 2_000
CITED = "bibliography"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured."""

    seeds: int = 3
    outer: int = 5
    inner: int = 4


FULL, QUICK = Size(), Size(seeds=1, outer=2, inner=2)


@dataclass(frozen=True)
class Data:
    """The shipped texts, which titles the agenda itself cites, and the field of each title of another field."""

    corpus: Corpus
    cited: frozenset[int]
    fields: Mapping[int, str]

    @property
    def titles(self) -> Rows:
        """Rows of titles."""
        return self.corpus.rows(Kind.TITLE)


def read(*, glossary: bool) -> Data:
    """All of it from fixtures/."""
    catalogue = yaml.safe_load((FIXTURES / "catalogue.yaml").read_text(encoding="utf-8"))
    texts: list[Text] = []
    parents: dict[str, str] = {}
    for problem in catalogue["problems"]:
        label = f"P{problem['number']}"
        texts += [Text(problem[name], Kind.CATALOGUE, frozenset({label})) for name in ("title", "question", "summary")]
        for row in (*problem["existing_work"], *problem["limitations"]):
            parents[row["code"]] = label
            texts.append(Text(row["text"], Kind.CATALOGUE, frozenset({label, row["code"]})))
    if glossary:
        texts += [Text(term, Kind.GLOSSARY, frozenset({f"P{number}"})) for number, terms in reviewed.glossary().items() for term in terms]
    fields = {}
    for name, titles in reviewed.off_topic().items():
        for title in titles:
            fields[len(texts)] = name
            texts.append(Text(title, Kind.OFF_TOPIC))
    cited = set()
    for line in (FIXTURES / "literature.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if said := _labels(row.get("tags", ())):
            if any(tag["contributor"] == CITED for tag in row["tags"]):
                cited.add(len(texts))
            texts.append(Text(row["title"], Kind.TITLE, said))
    problems = tuple(f"P{problem['number']}" for problem in catalogue["problems"])
    labels = Labels(problems, parents, frozenset(code for code in parents if ".E" in code))
    return Data(Corpus(texts, labels), frozenset(cited), fields)


def _labels(tags: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    found = set()
    for tag in tags:
        if "statement" in tag:
            found |= {tag["statement"], tag["statement"].partition(".")[0]}
        elif "problem" in tag:
            found.add(f"P{tag['problem']}")
    return frozenset(found)


# -- what is compared --


def ranks(scores: Numbers, right: npt.NDArray[np.bool_]) -> list[int]:
    """Of each row the place of the first label that is right, from 1."""
    order = np.argsort(-scores, axis=1, kind="stable")
    return [int(np.flatnonzero(right[row][order[row]])[0]) + 1 for row in range(len(scores))]


def bm25(corpus: Corpus, learned_from: Rows, asked: Rows) -> Numbers:
    """BM25 with one document for each problem: all its texts."""
    stems = {int(row): [word.stem for word in words(corpus.texts[row].text)] for row in (*learned_from, *asked)}
    documents = [Counter[str]() for _ in corpus.labels.problems]
    for row in learned_from:
        for number, label in enumerate(corpus.labels.problems):
            if label in corpus.texts[row].labels:
                documents[number].update(stems[int(row)])
    lengths = [sum(document.values()) for document in documents]
    mean = sum(lengths) / len(lengths)
    holding = Counter(stem for document in documents for stem in document)
    scores: Numbers = np.zeros((len(asked), len(documents)))
    for place, row in enumerate(asked):
        for number, document in enumerate(documents):
            for stem in stems[int(row)]:
                times = document[stem]
                rare = math.log(1 + (len(documents) - holding[stem] + 0.5) / (holding[stem] + 0.5))
                scores[place, number] += rare * times * (K1 + 1) / (times + K1 * (1 - B + B * lengths[number] / mean))
    return scores


def most_frequent(corpus: Corpus, learned_from: Rows, asked: Rows) -> Numbers:
    """The same for every title: problems by the number of their papers."""
    titles = [row for row in learned_from if corpus.texts[row].kind == Kind.TITLE]
    counts: Numbers = np.maximum(corpus.bearing[titles], 0).sum(axis=0)
    scores: Numbers = np.tile(counts, (len(asked), 1))
    return scores


def first_existing(learned: Learned, asked: Rows) -> Numbers:
    """Always the first sentence of existing work: statements in their order, under the problems as the model ranks them."""
    labels = learned.fold.corpus.labels
    order = np.argsort(np.argsort(-learned.problems(asked), axis=1), axis=1)
    above = [labels.problems.index(parent) for parent in labels.parents.values()]
    places: Numbers = (order[:, above] * len(labels.statements) + np.arange(len(labels.statements))).astype(np.float64)
    return -places


# -- measuring --


@dataclass
class Found:
    """By row of the corpus what was measured, once a seed."""

    ranks: dict[str, dict[int, list[int]]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(list)))
    all_shown: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))
    kept: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    rejected: dict[int, list[bool]] = field(default_factory=lambda: defaultdict(list))
    chosen: Counter[str] = field(default_factory=Counter)

    def add(self, name: str, rows: Sequence[int], found: Sequence[int]) -> None:
        """Places of one approach."""
        for row, rank in zip(rows, found, strict=True):
            self.ranks[name][row].append(rank)


def measure(data: Data, size: Size) -> Found:
    """Nested cross-validation."""
    found = Found()
    for seed in range(size.seeds):
        random = np.random.default_rng(seed)
        for rows, titles, others in _outer(data, size.outer, random):
            settings, threshold = choose(data.corpus, rows, size.inner, random)
            found.chosen[f"pull {settings.pull:g}, titles x{settings.title_weight:g}"] += 1
            found.chosen[f"statements x{settings.statement_share:g}, lead {settings.lead:g}"] += 1
            learned = Fold(data.corpus, rows).learn(settings)
            _ask(data.corpus, learned, titles, found)
            for row, bears in zip(titles, learned.bears(titles), strict=True):
                found.kept[int(row)].append(bool(bears >= threshold))
            for row, bears in zip(others, learned.bears(others), strict=True):
                found.rejected[int(row)].append(bool(bears < threshold))
    return found


def _outer(data: Data, folds: int, random: np.random.Generator) -> Iterator[tuple[Rows, Rows, Rows]]:
    """What is learned from, and what is asked: titles, and whole fields of others."""
    every = np.arange(len(data.corpus.texts), dtype=np.intp)
    names = random.permutation(sorted(set(data.fields.values())))
    for part, titles in enumerate(deal(data.titles, data.corpus, folds, random)):
        out = set(names[part::folds])
        others = np.array([row for row, name in data.fields.items() if name in out], np.intp)
        yield np.setdiff1d(every, np.concatenate([titles, others])), titles, others


def _ask(corpus: Corpus, learned: Learned, titles: Rows, found: Found) -> None:
    right = corpus.bearing[titles] > 0
    rows = titles.tolist()
    scores = learned.problems(titles)
    found.add("ridge", rows, ranks(scores, right))
    found.add("BM25", rows, ranks(bm25(corpus, learned.fold.rows, titles), right))
    found.add("most frequent", rows, ranks(most_frequent(corpus, learned.fold.rows, titles), right))
    shown = np.argsort(-scores, axis=1, kind="stable")[:, :SHOWN]
    for place, row in enumerate(rows):
        found.all_shown[row].append(float(right[place][shown[place]].sum() / right[place].sum()))
    single = corpus.bearing_on_statements[titles] > 0
    said = np.flatnonzero(single.any(axis=1))
    if len(said):
        rows = titles[said].tolist()
        found.add("statements", rows, ranks(learned.statements(titles[said]), single[said]))
        found.add("first existing work", rows, ranks(first_existing(learned, titles[said]), single[said]))


def choose(corpus: Corpus, rows: Rows, folds: int, random: np.random.Generator) -> tuple[Settings, float]:
    """The settings that rank best in inner folds of these rows, and the threshold that keeps KEPT of their papers."""
    reciprocal: dict[Settings, list[float]] = defaultdict(list)
    on_statements: dict[Settings, list[float]] = defaultdict(list)
    bears: dict[Settings, list[float]] = defaultdict(list)
    for fold, out in held_out(corpus, rows, folds, random):
        titles = np.array([row for row in out if corpus.texts[row].kind == Kind.TITLE], np.intp)
        right, single = corpus.bearing[titles] > 0, corpus.bearing_on_statements[titles] > 0
        said = np.flatnonzero(single.any(axis=1))
        for settings in GRID:
            learned = fold.learn(replace(settings, statement_share=1.0, lead=0.0))
            reciprocal[settings] += [1 / rank for rank in ranks(learned.problems(titles), right)]
            bears[settings] += learned.bears(titles).tolist()
            _try_statements(learned, settings, titles[said], single[said], on_statements)
    best = max(GRID, key=lambda settings: statistics.fmean(reciprocal[settings]))
    variants = [replace(best, statement_share=share, lead=lead) for share, lead in STATEMENT_GRID]
    best_variant = max(variants, key=lambda settings: statistics.fmean(on_statements[settings]))
    return best_variant, float(np.quantile(bears[best], 1 - KEPT))


def _try_statements(learned: Learned, settings: Settings, titles: Rows, right: npt.NDArray[np.bool_], found: dict[Settings, list[float]]) -> None:
    """Each way to weigh statements against their problem."""
    labels = learned.fold.corpus.labels
    leading = np.array([label in labels.leading for label in labels.statements])
    above = learned.problems(titles)[:, [labels.problems.index(parent) for parent in labels.parents.values()]]
    own = learned.statements(titles) - above
    for share, lead in STATEMENT_GRID:
        scores = above + share * own + lead * leading
        found[replace(settings, statement_share=share, lead=lead)] += [1 / rank for rank in ranks(scores, right)]


# -- telling --


def interval(values: Sequence[float]) -> str:
    """Mean, and the middle 95 % of means of resampled values."""
    if not values:
        return "-"
    random = np.random.default_rng(0)
    array = np.array(values)
    means = array[random.integers(0, len(array), (RESAMPLED, len(array)))].mean(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return f"{array.mean():.3f} ({low:.2f} to {high:.2f})"


def table(rows: Iterable[Sequence[str]]) -> str:
    """Rows as a table of Markdown, the first one as its head."""
    first, *rest = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (first, ["---"] * len(first), *rest))


def places(found: Mapping[int, Sequence[int]], score: Callable[[int], float], only: Iterable[int] | None = None) -> list[float]:
    """A score of the place, of each row the mean over seeds."""
    wanted = found if only is None else [row for row in found if row in set(only)]
    return [statistics.fmean(score(rank) for rank in found[row]) for row in wanted]


def line(
    name: str, found: Mapping[int, Sequence[int]], macro: Callable[[Mapping[int, Sequence[int]]], str], only: Iterable[int] | None = None
) -> list[str]:
    """Recall at 1 and 3 and the mean reciprocal rank of one approach."""
    kept = dict(found) if only is None else {row: found[row] for row in found if row in set(only)}
    scores: list[Callable[[int], float]] = [lambda rank: rank <= FIRST, lambda rank: rank <= SHOWN, lambda rank: 1 / rank]
    return [name, str(len(kept)), *(interval(places(kept, score)) for score in scores), macro(kept)]


def report(name: str, data: Data, found: Found) -> str:
    """What one run found, as two tables and three sentences."""
    corpus = data.corpus
    never = len(corpus.labels.statements) + 1

    def macro(places_of: Mapping[int, Sequence[int]]) -> str:
        by_problem: dict[str, list[float]] = defaultdict(list)
        for row, of_seeds in places_of.items():
            for label in corpus.texts[row].labels & set(corpus.labels.problems):
                by_problem[label].append(statistics.fmean(rank <= FIRST for rank in of_seeds))
        return f"{statistics.fmean(statistics.fmean(each) for each in by_problem.values()):.3f}"

    ridge = found.ranks["ridge"]
    after = {row: [rank if kept else never for rank, kept in zip(ridge[row], found.kept[row], strict=True)] for row in ridge}
    head = ["problems", "papers", "recall@1", "recall@3", "mean reciprocal rank", "recall@1, mean of problems"]
    lines = [
        head,
        line("ridge", ridge, macro),
        line("BM25", found.ranks["BM25"], macro),
        line("most frequent", found.ranks["most frequent"], macro),
        line("ridge, silence counted as a miss", after, macro),
        line("ridge, papers that the agenda cites", ridge, macro, data.cited),
        line("ridge, other papers", ridge, macro, set(ridge) - data.cited),
    ]
    head[0] = "statements, of all problems"
    statements = [
        ["statements, of all problems", *lines[0][1:]],
        line("ridge", found.ranks["statements"], macro),
        line("always the first of existing work", found.ranks["first existing work"], macro),
    ]
    lines[0] = ["problems", *head[1:]]
    kept = [statistics.fmean(each) for each in found.kept.values()]
    rejected = [statistics.fmean(each) for each in found.rejected.values()]
    told = [
        f"Of all problems of a paper among the first three: {interval([statistics.fmean(each) for each in found.all_shown.values()])}.",
        f"Of {len(rejected)} titles of other fields {interval(rejected)} get no suggestion; of papers of this field {interval(kept)} get one.",
        f"Chosen in the inner folds: {'; '.join(f'{words} ({times})' for words, times in found.chosen.most_common())}.",
    ]
    return "\n\n".join([f"## {name}", table(lines), table(statements), *told])


def speed(data: Data) -> str:
    """How long learning takes, and an answer: reading a title, all scores, and the words for nine of them."""
    began = time.perf_counter()
    model = train(data.corpus.texts, data.corpus.labels)
    learning = time.perf_counter() - began
    taken = []
    for text in data.corpus.texts:
        if text.kind in {Kind.TITLE, Kind.OFF_TOPIC}:
            began = time.perf_counter()
            asked = model.read(text.text)
            model.bears(asked)
            for labels, most in ((model.problems, 3), (model.parents, 6)):
                scores = {label: model.score(asked, label) for label in labels}
                for label in sorted(scores, key=scores.__getitem__)[-most:]:
                    model.explain(asked, label)
            taken.append(1000 * (time.perf_counter() - began))
    taken.sort()
    return (
        f"Learning from {model.texts} texts takes {learning:.1f} s. A title is judged in {statistics.median(taken):.1f} ms (median), "
        f"{taken[int(0.95 * len(taken))]:.1f} ms (95 of 100), {taken[-1]:.1f} ms (slowest); the words included, the database not."
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m bench.suggest", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="One round with the glossary: whether it works, no figures to keep.")
    quick = parser.parse_args(arguments).quick
    size = QUICK if quick else FULL
    began = time.perf_counter()
    _say(f"# Suggestions, {time.strftime('%Y-%m-%d')}: {size.seeds} rounds of {size.outer} outer and {size.inner} inner folds")
    for glossary in (True,) if quick else (True, False):
        data = read(glossary=glossary)
        _say(report("With the glossary" if glossary else "Without the glossary", data, measure(data, size)))
        if glossary:
            _say(speed(data))
    _say(f"Measured in {time.perf_counter() - began:.0f} s.")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n\n")


if __name__ == "__main__":
    main()
