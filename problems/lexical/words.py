"""Text as features: words, pairs of words and pieces of words, each with the place where it stands."""

import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from problems.text import fold

WORD = re.compile(r"[^\W_]+")
WORDS_MOST = 2_000
LETTERS_MOST = 30
PIECES = (3, 4, 5)
SHORTEST_STEM = 3

STOP = frozenset((
    "a", "about", "against", "all", "also", "an", "and", "any", "are", "as", "at", "be", "been", "by", "can", "do", "does", "for", "from",
    "get", "has", "have", "how", "if", "in", "into", "is", "it", "its", "may", "more", "most", "no", "not", "of", "on", "or", "our", "such",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "toward", "towards", "under", "until",
    "up", "upon", "via", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whose", "why", "will", "with", "without",
))  # fmt: skip
_ENDINGS = (
    ("isations", "iz"), ("izations", "iz"), ("isation", "iz"), ("ization", "iz"), ("ising", "iz"), ("izing", "iz"), ("ised", "iz"), ("ized", "iz"),
    ("isers", "iz"), ("izers", "iz"), ("iser", "iz"), ("izer", "iz"), ("ises", "iz"), ("izes", "iz"), ("ise", "iz"), ("ize", "iz"),
    ("ations", "at"), ("ation", "at"), ("ators", "at"), ("ator", "at"), ("ating", "at"), ("ated", "at"), ("ates", "at"), ("ate", "at"),
    ("ments", ""), ("ment", ""), ("ness", ""), ("ities", "it"), ("ity", "it"), ("ings", ""), ("ing", ""), ("ies", "y"), ("ions", ""), ("ion", ""),
    ("ers", ""), ("er", ""), ("ed", ""), ("ly", ""), ("es", ""), ("s", ""), ("e", ""),
)  # fmt: skip


class Block(StrEnum):
    """Kinds of features; each is brought to length one by itself."""

    WORDS = "w"
    PIECES = "c"


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it stands in a text, and its stem."""

    shown: str
    folded: str
    stem: str


def stem(word: str) -> str:
    """`word` without its ending: plural and singular, British and American spellings, verb and noun mostly come out the same."""
    short = _cut(_cut(word)) if word.endswith(("ering", "ered")) else _cut(word)  # filtering as filter
    return short[:-1] if len(short) > SHORTEST_STEM and short[-1] == short[-2] and short[-1] not in "aeiouls" else short


def _cut(word: str) -> str:
    return next(
        (
            word.removesuffix(ending) + instead
            for ending, instead in _ENDINGS
            if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM and not word.endswith("ss")
        ),
        word,
    )


def words(text: str) -> list[Word]:
    """The words of `text` that say something, in order; of an endless text its first ones."""
    found = []
    for match in WORD.finditer(text):
        shown = match[0][:LETTERS_MOST]
        folded = fold(shown)
        if folded not in STOP:
            found.append(Word(shown, folded, stem(folded)))
            if len(found) == WORDS_MOST:
                break
    return found


type Places = list[tuple[int, ...]]


def features(of: list[Word]) -> dict[str, Places]:
    """Each feature of these words with every place where it stands: positions of the one or two words that it is part of."""
    found: dict[str, Places] = defaultdict(list)
    for at, word in enumerate(of):
        found[f"{Block.WORDS}{word.stem}"].append((at,))
        if at:
            found[f"{Block.WORDS}{of[at - 1].stem} {word.stem}"].append((at - 1, at))
        padded = f" {word.folded} "
        for size in PIECES:
            for start in range(len(padded) - size + 1):
                found[f"{Block.PIECES}{padded[start : start + size]}"].append((at,))
    return found


def is_kept(name: str, times: int) -> bool:
    """Whether a feature that so many texts have is learned from: single words always, pairs and pieces from the second text on."""
    return times > 1 or (times == 1 and name[0] == Block.WORDS and " " not in name)


def rarity(times: float, texts: int) -> float:
    """Inverse document frequency of a feature that `times` of so many texts have."""
    return math.log((1 + texts) / (1 + times)) + 1


def strength(places: int) -> float:
    """How much a feature says that stands at so many places of one text."""
    return 1 + math.log(places)


def vector(found: Mapping[str, Places], rarities: Mapping[str, float]) -> dict[str, float]:
    """TF-IDF of the features that are known. Either block has the length one, if there is anything in it."""
    raw = {name: strength(len(places)) * rarities[name] for name, places in found.items() if name in rarities}
    lengths = {block: math.sqrt(sum(value * value for name, value in raw.items() if name[0] == block)) for block in Block}
    return {name: value / lengths[Block(name[0])] for name, value in raw.items()}
