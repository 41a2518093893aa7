"""Titles in memory, to find those that are nearly the same: for an import, which asks for thousands. One title is asked of the database.

Two titles that people take for one have most of their words in common, so one of the rarer words too: only titles with one of those are compared.
"""

import math
from array import array
from collections import Counter, defaultdict
from typing import Self

from rapidfuzz import fuzz

from problems.models import Paper
from problems.permissions import Actor
from problems.queries.likeness import Facts

IN_COMMON = 0.5  # of the words of a title
LIKE = 85  # percent, of characters or of words: less than likeness.py takes for probable
TELLING_LETTERS = 8
FOUND = 10


class Titles:
    """Titles by their words, each with the key that its owner gave it."""

    def __init__(self) -> None:
        """None yet."""
        self._keys: array[int] = array("q")
        self._texts: list[str] = []
        self._by_word: defaultdict[str, array[int]] = defaultdict(lambda: array("l"))

    @classmethod
    def visible_to(cls, user: Actor) -> Self:
        """Those of all papers that `user` may know of. One query."""
        titles = cls()
        for key, title in Paper.objects.visible_to(user).order_by().values_list("pk", "title").iterator(chunk_size=5_000):
            titles.add(Facts(key, title))
        return titles

    def add(self, facts: Facts) -> None:
        """Take in one more, by the key of these facts."""
        place = len(self._keys)
        self._keys.append(facts.key)
        self._texts.append(facts.bare)
        for word in set(facts.bare.split()):
            self._by_word[word].append(place)

    def near(self, facts: Facts) -> list[int]:
        """Keys of those that are like this one, the most like first."""
        text = facts.bare
        if len(text) <= TELLING_LETTERS:
            return []
        known = [(len(self._by_word[word]) if word in self._by_word else 0, word) for word in set(text.split())]
        rare = sorted(known)[: len(known) - math.ceil(IN_COMMON * len(known)) + 1]
        shared: Counter[int] = Counter()
        for number, word in rare:
            if number:
                shared.update(self._by_word[word])
        least = 2 if len(rare) > 3 else 1  # noqa: PLR2004  # one word of many says little
        near = [place for place, times in shared.items() if times >= least and self._is_like(text, place)]
        near.sort(key=lambda place: (-fuzz.ratio(text, self._texts[place]), place))
        return [self._keys[place] for place in near[:FOUND]]

    def _is_like(self, text: str, place: int) -> bool:
        other = self._texts[place]
        return fuzz.ratio(text, other, score_cutoff=LIKE) > 0 or fuzz.token_set_ratio(text, other, score_cutoff=LIKE) > 0
