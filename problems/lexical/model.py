"""What was learned, as plain data, and how it judges a text: a weighted sum of its words, of which each word's share is known exactly."""

import base64
import math
import sys
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from problems.lexical.words import Places, Word, features, rarity, vector, words

ON = "on"
VERSION = 1
STEPS = 32_767
ABSTRACT_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class Column:
    """The weights of one label in whole steps of `step`, by number of the feature, and what is added whatever the text says."""

    steps: array[int]
    step: float
    offset: float

    @classmethod
    def of(cls, weights: Iterable[float], offset: float) -> "Column":
        """These weights, rounded to steps."""
        values = list(weights)
        step = max((abs(value) for value in values), default=0.0) / STEPS or 1.0
        return cls(array("h", [round(value / step) for value in values]), step, offset)

    def as_data(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {"steps": base64.b64encode(_little(self.steps).tobytes()).decode(), "step": self.step, "offset": self.offset}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Column":
        """The same back."""
        steps = array("h")
        steps.frombytes(base64.b64decode(data["steps"]))
        return cls(_little(steps), data["step"], data["offset"])


def _little(steps: array[int]) -> array[int]:
    """The steps with the lower byte first, on whatever machine."""
    if sys.byteorder == "big":  # pragma: no cover - no such machine at hand
        steps = array("h", steps)
        steps.byteswap()
    return steps


@dataclass(frozen=True, slots=True)
class Share:
    """A word and what it adds to a score; below zero where it speaks against."""

    word: str
    share: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A text that is judged: its words, and each known feature with its value and its places."""

    words: list[Word]
    values: dict[int, float]
    places: dict[int, Places]


@dataclass(frozen=True)
class Model:
    """Weights for each label ("P5", "P5.L2", and ON for whether a text bears on anything at all) over the features of texts.

    `parents` has the problem of each statement, `telling` the words to look for where papers are wanted that bear on one.
    """

    names: list[str]
    times: list[int]
    texts: int
    columns: dict[str, Column]
    parents: dict[str, str]
    threshold: float
    temperature: float
    telling: dict[str, list[str]] = field(default_factory=dict)
    numbers: dict[str, int] = field(init=False, repr=False, compare=False)
    rarities: dict[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare what every question needs."""
        object.__setattr__(self, "numbers", {name: number for number, name in enumerate(self.names)})
        rarities = {name: rarity(times, self.texts) for name, times in zip(self.names, self.times, strict=True)}
        object.__setattr__(self, "rarities", rarities)

    def as_data(self) -> dict[str, Any]:
        """All of it as JSON holds it."""
        return {
            "version": VERSION,
            "names": self.names,
            "times": self.times,
            "texts": self.texts,
            "columns": {label: column.as_data() for label, column in self.columns.items()},
            "parents": self.parents,
            "threshold": self.threshold,
            "temperature": self.temperature,
            "telling": self.telling,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Model":
        """The same back. Raises ValueError where another version of this code wrote it."""
        if data.get("version") != VERSION:
            message = f"These weights are of version {data.get('version')}, not {VERSION}."
            raise ValueError(message)
        columns = {label: Column.from_data(column) for label, column in data["columns"].items()}
        kept = {key: data[key] for key in ("names", "times", "texts", "parents", "threshold", "temperature", "telling")}
        return cls(columns=columns, **kept)

    @property
    def problems(self) -> list[str]:
        """Labels that stand for themselves."""
        return [label for label in self.columns if label != ON and label not in self.parents]

    def read(self, title: str, abstract: str = "") -> Asked:
        """The features of a title; an abstract counts for less, since titles are what was learned from."""
        parts = [(title, 1.0)] if not abstract.strip() else [(title, 1 - ABSTRACT_SHARE), (abstract, ABSTRACT_SHARE)]
        every: list[Word] = []
        values: dict[int, float] = defaultdict(float)
        places: dict[int, Places] = defaultdict(list)
        for text, weight in parts:
            of = words(text)
            found = features(of)
            for name, value in vector(found, self.rarities).items():
                number = self.numbers[name]
                values[number] += weight * value
                places[number] += [tuple(len(every) + at for at in place) for place in found[name]]
            every += of
        return Asked(every, dict(values), dict(places))

    def score(self, asked: Asked, label: str) -> float:
        """What the words of a text add up to for a label; for a statement with what they add up to for its problem."""
        return sum(self._sum(asked, self.columns[each]) for each in self._line(label))

    def bears(self, asked: Asked) -> float:
        """How far above the threshold a text is that is about this field; below zero: it is about something else."""
        return self.score(asked, ON) + max((self.score(asked, label) for label in self.problems), default=0.0) - self.threshold

    def beliefs(self, scores: Mapping[str, float]) -> dict[str, float]:
        """Scores of labels that exclude one another as parts of one."""
        top = max(scores.values(), default=0.0)
        raised = {label: math.exp((score - top) / self.temperature) for label, score in scores.items()}
        total = sum(raised.values())
        return {label: value / total for label, value in raised.items()}

    def explain(self, asked: Asked, label: str) -> list[Share]:
        """What each word adds, most first; with the offset of the label they sum to its score. A pair's share is halved between its words."""
        shares: dict[str, float] = defaultdict(float)
        shown: dict[str, str] = {}
        for word in asked.words:
            shown.setdefault(word.folded, word.shown)
        for column in (self.columns[each] for each in self._line(label)):
            for number, value in asked.values.items():
                whole = value * column.steps[number] * column.step
                for place in asked.places[number]:
                    for at in place:
                        shares[asked.words[at].folded] += whole / len(asked.places[number]) / len(place)
        return sorted((Share(shown[word], share) for word, share in shares.items()), key=lambda share: (-share.share, share.word))

    def offset(self, label: str) -> float:
        """What a label has whatever the text says."""
        return sum(self.columns[each].offset for each in self._line(label))

    def _line(self, label: str) -> list[str]:
        return [label, self.parents[label]] if label in self.parents else [label]

    @staticmethod
    def _sum(asked: Asked, column: Column) -> float:
        steps = column.steps
        return column.step * sum(value * steps[number] for number, value in asked.values.items()) + column.offset
