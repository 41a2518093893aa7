"""Learns a Model from texts: ridge regression, one label against the others, in its dual form, since there are fewer texts than features."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

import numpy as np
import numpy.typing as npt

from problems.lexical.model import ON, Column, Model
from problems.lexical.words import Block, Places, features, is_kept, rarity, strength, words

type Numbers = npt.NDArray[np.float64]
type Rows = npt.NDArray[np.intp]

KEPT = 0.92  # share of papers of the field that must get a suggestion
FOLDS = 5
DECLINED = -1.0
OWN_TELLING, TELLING = 4, 6  # words that papers are looked for by: of the statement, of its problem
TEMPERATURES = (0.05, 0.07, 0.1, 0.14, 0.2, 0.3)


class Kind(StrEnum):
    """Where a text comes from."""

    CATALOGUE = "catalogue"
    GLOSSARY = "glossary"
    TITLE = "title"
    OFF_TOPIC = "off topic"


@dataclass(frozen=True, slots=True)
class Text:
    """A text and the labels that it speaks for; `declined` are those that somebody gave it and a reviewer refused."""

    text: str
    kind: Kind
    labels: frozenset[str] = frozenset()
    declined: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Settings:
    """What cross-validation chooses (bench/suggest.py); by default what it chose most often."""

    pull: float = 2.0
    title_weight: float = 1.0
    statement_share: float = 0.25
    lead: float = 0.1
    sibling: float = 0.3


@dataclass(frozen=True, slots=True)
class Labels:
    """What can be suggested: problems, statements with the problem of each, and the statements that have a lead."""

    problems: tuple[str, ...]
    parents: Mapping[str, str]
    leading: Collection[str] = ()

    @property
    def statements(self) -> tuple[str, ...]:
        """Those with a problem above them."""
        return tuple(self.parents)


@dataclass(frozen=True)
class Corpus:
    """Texts with the strengths of their features, counted once however often parts of them are learned from."""

    texts: Sequence[Text]
    labels: Labels
    names: list[str] = field(init=False)
    strengths: npt.NDArray[np.float32] = field(init=False)

    def __post_init__(self) -> None:
        """Count."""
        counted = [features(words(text.text)) for text in self.texts]
        seen: dict[str, int] = {}
        for found in counted:
            for name in found:
                seen[name] = seen.get(name, 0) + 1
        names = sorted(name for name, times in seen.items() if is_kept(name, times))
        numbers = {name: number for number, name in enumerate(names)}
        strengths = np.zeros((len(self.texts), len(names)), np.float32)
        for row, found in enumerate(counted):
            self._fill(strengths[row], found, numbers)
        object.__setattr__(self, "names", names)
        object.__setattr__(self, "strengths", strengths)

    @staticmethod
    def _fill(row: npt.NDArray[np.float32], found: Mapping[str, Places], numbers: Mapping[str, int]) -> None:
        for name, places in found.items():
            if name in numbers:
                row[numbers[name]] = strength(len(places))

    @cached_property
    def are_words(self) -> npt.NDArray[np.bool_]:
        """Which features are of the block of words."""
        return np.array([name[0] == Block.WORDS for name in self.names], bool)

    @cached_property
    def are_single(self) -> npt.NDArray[np.bool_]:
        """Which features are kept if only one text has them."""
        return np.array([is_kept(name, 1) for name in self.names], bool)

    def rows(self, *kinds: Kind) -> Rows:
        """Rows of these kinds."""
        return np.array([row for row, text in enumerate(self.texts) if text.kind in kinds], np.intp)

    @cached_property
    def bearing(self) -> Numbers:
        """Whether each text bears on a problem (rows by problems); below zero where that was declined."""
        return self._matrix(self.labels.problems)

    @cached_property
    def bearing_on_statements(self) -> Numbers:
        """The same for statements."""
        return self._matrix(self.labels.statements)

    def _matrix(self, labels: Sequence[str]) -> Numbers:
        matrix = np.zeros((len(self.texts), len(labels)))
        for row, text in enumerate(self.texts):
            for column, label in enumerate(labels):
                if label in text.labels:
                    matrix[row, column] = 1
                elif label in text.declined:
                    matrix[row, column] = DECLINED
        return matrix


class Fold:
    """What can be learned from some rows of a corpus: nothing of the others has a say, rarities included."""

    def __init__(self, corpus: Corpus, rows: Rows) -> None:
        """Make vectors and their likenesses."""
        self.corpus, self.rows = corpus, rows
        self.times = (corpus.strengths[rows] > 0).sum(axis=0)
        self.kept = np.flatnonzero((self.times > 1) | corpus.are_single & (self.times == 1))
        rarities = np.array([rarity(times, len(rows)) for times in self.times[self.kept]], np.float32)
        vectors = corpus.strengths[:, self.kept] * rarities
        for block in (corpus.are_words[self.kept], ~corpus.are_words[self.kept]):
            lengths = np.sqrt((vectors[:, block] ** 2).sum(axis=1, keepdims=True))
            vectors[:, block] /= np.where(lengths > 0, lengths, 1)
        self.vectors = vectors
        self.likeness = (vectors @ vectors[rows].T).astype(np.float64)

    def learn(self, settings: Settings) -> "Learned":
        """Weights of the rows, for each label."""
        corpus, rows = self.corpus, self.rows
        weights = np.array([settings.title_weight if corpus.texts[row].kind == Kind.TITLE else 1.0 for row in rows])
        silent = np.array([not corpus.texts[row].labels and bool(corpus.texts[row].declined) for row in rows])
        problems = corpus.bearing[rows]
        offsets = (weights[:, None] * np.maximum(problems, 0)).sum(axis=0) / weights.sum()
        targets = problems - offsets
        targets[silent[:, None] & (problems == 0)] = 0  # declined somewhere: that says nothing of the other problems
        statements = self._statement_targets(settings)
        solved = self._solve(np.hstack([targets, statements]), weights, settings.pull)
        count = len(corpus.labels.problems)

        about = np.array([1.0 if corpus.texts[row].labels else -1.0 for row in rows])
        balanced = weights * np.where(about > 0, 1.0, weights[about > 0].sum() / max(weights[about < 0].sum(), 1.0))
        offset = float((balanced * about).sum() / balanced.sum())
        about = np.where(silent, 0, about - offset)
        on = self._solve(about[:, None], balanced, settings.pull)
        lead = np.array([settings.lead if label in corpus.labels.leading else 0.0 for label in corpus.labels.statements])
        return Learned(self, solved[:, :count], offsets, solved[:, count:] * settings.statement_share, lead, on[:, 0], offset)

    def _statement_targets(self, settings: Settings) -> Numbers:
        """One for its own texts, somewhat below zero for those of its siblings, zero elsewhere: told apart within the problem."""
        corpus, rows = self.corpus, self.rows
        targets: Numbers = corpus.bearing_on_statements[rows].copy()
        places = {label: column for column, label in enumerate(corpus.labels.problems)}
        said = (targets > 0).any(axis=1)
        for column, label in enumerate(corpus.labels.statements):
            beside = said & (corpus.bearing[rows, places[corpus.labels.parents[label]]] > 0) & (targets[:, column] == 0)
            targets[beside, column] = -settings.sibling
        return targets

    def _solve(self, targets: Numbers, weights: Numbers, pull: float) -> Numbers:
        if not len(self.rows):
            return targets
        return np.linalg.solve(self.likeness[self.rows] + np.diag(pull / weights), targets)


@dataclass(frozen=True, slots=True)
class Learned:
    """The weights of the rows of a fold, from which any row of the corpus gets its scores."""

    fold: Fold
    problem_weights: Numbers
    problem_offsets: Numbers
    statement_weights: Numbers
    statement_offsets: Numbers
    on_weights: Numbers
    on_offset: float

    def problems(self, rows: Rows) -> Numbers:
        """Scores for the problems."""
        scores: Numbers = self.fold.likeness[rows] @ self.problem_weights + self.problem_offsets
        return scores

    def statements(self, rows: Rows) -> Numbers:
        """Scores for the statements, that of the problem included."""
        labels = self.fold.corpus.labels
        above = [labels.problems.index(parent) for parent in labels.parents.values()]
        scores: Numbers = self.problems(rows)[:, above] + self.fold.likeness[rows] @ self.statement_weights + self.statement_offsets
        return scores

    def bears(self, rows: Rows) -> Numbers:
        """How much a text is about any of it."""
        scores: Numbers = self.fold.likeness[rows] @ self.on_weights + self.on_offset + self.problems(rows).max(axis=1)
        return scores

    def model(self, threshold: float, temperature: float) -> Model:
        """As weights of features."""
        fold, labels = self.fold, self.fold.corpus.labels
        vectors = fold.vectors[fold.rows].astype(np.float64)
        columns = {}
        for names, weights, offsets in (
            (labels.problems, self.problem_weights, self.problem_offsets),
            (labels.statements, self.statement_weights, self.statement_offsets),
            ((ON,), self.on_weights[:, None], np.array([self.on_offset])),
        ):
            dense = vectors.T @ weights
            for column, name in enumerate(names):
                columns[name] = Column.of(dense[:, column].tolist(), float(offsets[column]))
        kept = [fold.corpus.names[number] for number in fold.kept]
        model = Model(kept, fold.times[fold.kept].tolist(), len(fold.rows), columns, dict(labels.parents), threshold, temperature)
        return replace(model, telling=telling_words(model, [fold.corpus.texts[row] for row in fold.rows]))


def telling_words(model: Model, texts: Sequence[Text]) -> dict[str, list[str]]:
    """For each statement words to look for, as they are written: of its own those that speak most for it, then those of its problem's words."""
    known: dict[str, dict[str, str]] = {label: {} for label in (*model.problems, *model.parents)}
    for text in texts:
        if text.kind in {Kind.CATALOGUE, Kind.GLOSSARY}:
            for label in text.labels:
                known[label] |= {word.stem: word.folded for word in words(text.text)}

    def best(label: str, most: int) -> list[str]:
        column, found = model.columns[label], {}
        for stem, word in known[label].items():
            number = model.numbers[f"{Block.WORDS}{stem}"]
            if column.steps[number] > 0:
                found[word] = (-column.steps[number], word)
        return sorted(found, key=found.__getitem__)[:most]

    return {label: list(dict.fromkeys([*best(label, OWN_TELLING), *best(parent, TELLING)])) for label, parent in model.parents.items()}


def deal(rows: Rows, corpus: Corpus, folds: int, random: np.random.Generator) -> list[Rows]:
    """These rows in `folds` parts, each with as many of every problem as can be."""
    shuffled = random.permutation(rows)
    numbers = {label: number for number, label in enumerate(corpus.labels.problems)}
    places = [min((numbers[label] for label in corpus.texts[row].labels if label in numbers), default=-1) for row in shuffled]
    ordered = shuffled[np.argsort(places, kind="stable")]
    return [ordered[part::folds] for part in range(folds)]


def held_out(corpus: Corpus, rows: Rows, folds: int, random: np.random.Generator) -> Iterator[tuple[Fold, Rows]]:
    """Of these rows, titles and texts of other fields are left out by turns; catalogue and glossary are always learned from."""
    kinds = np.array([text.kind for text in corpus.texts])[rows]
    titles = deal(rows[kinds == Kind.TITLE], corpus, folds, random)
    others = deal(rows[kinds == Kind.OFF_TOPIC], corpus, folds, random)
    for title_part, other_part in zip(titles, others, strict=True):
        out = np.concatenate([title_part, other_part])
        yield Fold(corpus, np.setdiff1d(rows, out)), out


def train(texts: Sequence[Text], labels: Labels, settings: Settings | None = None) -> Model:
    """A model of all these texts. Where it falls silent, and how sure its scores sound, comes from texts held out by turns."""
    settings = settings or Settings()
    corpus = Corpus(texts, labels)
    every = np.arange(len(texts), dtype=np.intp)
    bears: list[float] = []
    scores: list[Numbers] = []
    right: list[Numbers] = []
    for fold, out in held_out(corpus, every, FOLDS, np.random.default_rng(0)):
        titles = np.array([row for row in out if corpus.texts[row].kind == Kind.TITLE and corpus.texts[row].labels], np.intp)
        if len(titles) and len(fold.rows):
            learned = fold.learn(settings)
            bears += learned.bears(titles).tolist()
            scores.append(learned.problems(titles))
            right.append(np.maximum(corpus.bearing[titles], 0))
    threshold = float(np.quantile(bears, 1 - KEPT)) if bears else 0.0
    temperature = fitting_temperature(np.vstack(scores), np.vstack(right)) if scores else TEMPERATURES[0]
    return Fold(corpus, every).learn(settings).model(threshold, temperature)


def fitting_temperature(scores: Numbers, right: Numbers) -> float:
    """The temperature by which what is right was most likely."""

    def surprise(temperature: float) -> float:
        raised = np.exp((scores - scores.max(axis=1, keepdims=True)) / temperature)
        parts = (raised * right).sum(axis=1) / raised.sum(axis=1)
        return float(-np.log(np.maximum(parts, 1e-12)).mean())

    return min(TEMPERATURES, key=surprise)
