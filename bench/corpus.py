"""Invented papers with tags, the same for the same seed: a smaller corpus is the beginning of a larger one. Standard library only.

Words follow Zipf's law: some stand in a tenth of all papers, most in a few. Nothing here is ever loaded outside a database of the benchmark.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, product

SEED = 20261125
WORDS = 8_000
BEGINNING = datetime(2024, 1, 1, tzinfo=UTC)
PUBLIC_ID = "abcdefghijklmnopqrstuvwxyz0123456789"
CONTRIBUTORS = 40
TAG_COUNTS, TAG_WEIGHTS = (0, 1, 2, 3, 4, 5, 6), (8, 20, 22, 20, 14, 9, 7)
BASES = ("other_modality", "general_proxy", "related_benign_concept", "validated_by_authorised_body", "not_applicable")
TYPES = ("article", "conference", "preprint", "preprint", "report")
EXISTING = ("contributes", "contributes", "contributes", "surveys", "challenges")
# What is said of a limitation, by turns, so that every state occurs on the map.
CHARACTERS: tuple[tuple[str, ...], ...] = (
    ("addresses", "narrows", "narrows", "confirms", "confirms", "disputes"),
    ("confirms",),
    ("narrows",),
    ("addresses", "narrows", "narrows"),
    (),
)


@dataclass(frozen=True, slots=True)
class Targets:
    """What can be tagged, by code: P5.E1, P5.L2, C3, and P5 for a problem as a whole."""

    existing: Sequence[str]
    limitations: Sequence[str]
    calls: Sequence[str]
    problems: Sequence[str]


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag; `contributor` counts from 0."""

    public_id: str
    code: str
    relation: str
    rationale: str
    locator: str
    basis: str
    contributor: int
    status: str
    created: datetime
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper; each was made a minute after the one before."""

    public_id: str
    title: str
    abstract: str
    year: int
    month: int | None
    venue: str
    type: str
    visibility: str
    created: datetime
    authors: tuple[tuple[str, str], ...]
    identifiers: tuple[tuple[str, str], ...]
    tags: tuple[Tag, ...]


def _vocabulary() -> list[str]:
    """Invented words, the most common first."""
    begins = ("b", "br", "d", "dr", "f", "g", "gl", "k", "kr", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v")
    syllables = [f"{begin}{vowel}" for begin, vowel in product(begins, "aou")]
    words = [f"{one}{two}{three}k" for one, two, three in product(syllables, syllables, syllables)]
    return random.Random(SEED).sample(words, WORDS)  # noqa: S311 - data, not secrets


VOCABULARY = _vocabulary()
_LIKELINESS = list(accumulate(1 / (rank + 80) for rank in range(WORDS)))
_FAMILIES = [word.capitalize() for word in VOCABULARY[-3000:]]
_GIVEN = [word.capitalize() for word in VOCABULARY[-4000:-3000]]
_VENUES = [f"Proceedings of {word.capitalize()}" for word in VOCABULARY[-4300:-4000]]


def papers(targets: Targets, seed: int = SEED) -> Iterator[Paper]:
    """Papers without end."""
    chance = random.Random(seed)  # noqa: S311 - data, not secrets
    number = 0
    while True:
        yield _paper(chance, number, targets)
        number += 1


def pairs(count: int, seed: int = SEED) -> list[tuple[str, str]]:
    """Searches of two words: a common one and one that is less so."""
    chance = random.Random(seed)  # noqa: S311 - data, not secrets
    return [(chance.choice(VOCABULARY[10:60]), chance.choice(VOCABULARY[60:400])) for _ in range(count)]


def _words(chance: random.Random, least: int, most: int) -> str:
    return " ".join(chance.choices(VOCABULARY, cum_weights=_LIKELINESS, k=chance.randint(least, most))).capitalize()


def _paper(chance: random.Random, number: int, targets: Targets) -> Paper:
    created = BEGINNING + timedelta(minutes=number)
    identifiers = [("doi", f"10.5555/bench.{number}")] if chance.random() < 0.8 else []  # noqa: PLR2004 - a share
    if chance.random() < 0.4:  # noqa: PLR2004 - a share
        identifiers.append(("arxiv", f"{8 + number // 99_999 // 12:02}{number // 99_999 % 12 + 1:02}.{number % 99_999 + 1:05}"))
    return Paper(
        public_id=_public_id(chance),
        title=_words(chance, 6, 14),
        abstract=f"{_words(chance, 60, 140)}.",
        year=2026 - int(chance.expovariate(0.25)) % 20,
        month=chance.choice((None, *range(1, 13))),
        venue=chance.choice(_VENUES),
        type=chance.choice(TYPES),
        visibility=chance.choices(("public", "waiting", "restricted"), (97, 2, 1))[0],
        created=created,
        authors=tuple((chance.choice(_FAMILIES), chance.choice(_GIVEN)) for _ in range(chance.randint(1, 6))),
        identifiers=tuple(identifiers),
        tags=_tags(chance, created, targets),
    )


def _tags(chance: random.Random, created: datetime, targets: Targets) -> tuple[Tag, ...]:
    found: dict[tuple[str, str], Tag] = {}
    for _ in range(chance.choices(TAG_COUNTS, TAG_WEIGHTS)[0]):
        code, relation = _target(chance, targets)
        status = chance.choices(("accepted", "proposed", "declined"), (90, 8, 2))[0]
        found[code, relation] = Tag(
            public_id=_public_id(chance),
            code=code,
            relation=relation,
            rationale=f"{_words(chance, 8, 30)}.",
            locator=chance.choice(("", f"page {chance.randint(1, 30)}", f"section {chance.randint(1, 7)}")),
            basis=chance.choice(BASES),
            contributor=chance.randrange(CONTRIBUTORS),
            status=status,
            created=created,
            decided_at=None if status == "proposed" else created + timedelta(seconds=chance.randint(60, 9_000_000)),
        )
    return tuple(found.values())


def _target(chance: random.Random, targets: Targets) -> tuple[str, str]:
    kind = chance.choices(("limitation", "existing", "problem", "call"), (45, 30, 15, 10))[0]
    if kind == "limitation":
        place = min(chance.randrange(len(targets.limitations)) for _ in range(2))  # the first ones are worked on most
        if said := CHARACTERS[place % len(CHARACTERS)]:
            return targets.limitations[place], chance.choice(said)
        kind = "existing"
    if kind == "existing":
        return chance.choice(targets.existing), chance.choice(EXISTING)
    if kind == "problem":
        return chance.choice(targets.problems), "relevant"
    return chance.choice(targets.calls), "responds_to"


def _public_id(chance: random.Random) -> str:
    return "".join(chance.choices(PUBLIC_ID, k=10))
