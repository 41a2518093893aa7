"""manage.py measure_duplicates: how well known papers are found again."""

import html
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from math import sqrt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from rapidfuzz import fuzz, process

from problems.choices import PaperType, Scheme, Visibility
from problems.identifiers import find_all
from problems.models import Paper
from problems.queries.duplicates import Certainty, Facts, Match, candidates_for, classify
from problems.records import PaperRecord, PartialDate, PersonName
from problems.text import fold

NEIGHBOURS = 3
TRUNCATED = 3  # authors that are left of a long list
LETTERS = "abcdefghijklmnopqrstuvwxyz"
LONG = 4  # letters of a word in which one is changed
Z = 1.96  # 95 of 100
WIDTH = 34


class Truth(StrEnum):
    """Whether a record is the known one. Unclear: people should look, so only certain is wrong."""

    SAME = "same"
    OTHER = "other"
    UNCLEAR = "unclear"


type Change = Callable[[PaperRecord, random.Random], PaperRecord | None]
"""A record told in another way; None where it cannot be told so."""


@dataclass(frozen=True, slots=True)
class Case:
    """A record that comes in, what it is to be held against (None: all that is on record), and the truth."""

    kind: str
    truth: Truth
    record: PaperRecord
    paper: int
    against: tuple[Facts, ...] | None = None


def bare(record: PaperRecord) -> PaperRecord:
    """Without what gives it away."""
    return replace(record, identifiers=(), url="")


def retitled(record: PaperRecord, title: str) -> PaperRecord | None:
    """The same under another title, and without what gives it away; None for one that is equal."""
    return None if title == record.title or not title.strip() else replace(bare(record), title=title)


def _accents_off(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    names = tuple(replace(name, family=_plain(name.family), given=_plain(name.given), literal=_plain(name.literal)) for name in record.authors)
    changed = replace(bare(record), title=_plain(record.title), authors=names)
    return None if (changed.title, names) == (record.title, record.authors) else changed


def _plain(text: str) -> str:
    return "".join(character for character in unicodedata.normalize("NFKD", text) if not unicodedata.combining(character))


def _latex(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    marks = {"\u0301": "'", "\u0300": "`", "\u0308": '"', "\u0302": "^", "\u0303": "~"}
    text = "".join(
        f"{{\\{marks[parts[1]]}{parts[0]}}}" if len(parts) > 1 and parts[1] in marks else character
        for character in record.title
        for parts in [unicodedata.normalize("NFD", character)]
    )
    return retitled(record, re.sub(r"\b([A-Z][A-Za-z]*[A-Z][A-Za-z]*)\b", r"{\1}", text).replace("&", "\\&").replace("\u2013", "--"))


def _entities(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    text = html.escape(record.title, quote=True).replace("\u2019", "&rsquo;").replace("\u2013", "&ndash;").replace("-", "&#45;")
    return retitled(record, "".join(f"&#{ord(character)};" if ord(character) > 127 else character for character in text))  # noqa: PLR2004  # ASCII


def _punctuation(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    return retitled(record, record.title.replace(":", " \u2014").replace("-", "\u2010").replace("'", "\u2019").replace(",", ""))


def _without_subtitle(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    main, colon, _ = record.title.partition(": ")
    return retitled(record, main) if colon else None


def _with_subtitle(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    return None if ":" in record.title else retitled(record, f"{record.title.rstrip('.?')}: an empirical study")


def _typos(number: int) -> Change:
    def change(record: PaperRecord, rng: random.Random) -> PaperRecord | None:
        words = record.title.split()
        places = [place for place, word in enumerate(words) if word.isalpha() and len(word) >= LONG]
        if len(places) < number:
            return None
        for place in rng.sample(places, number):
            word = words[place]
            at = rng.randrange(len(word))
            how = rng.randrange(3)
            letter = "" if how == 0 else rng.choice(LETTERS) if how == 1 else word[at] * 2
            words[place] = word[:at] + letter + word[at + 1 :]
        return retitled(record, " ".join(words))

    return change


def _word_lost(record: PaperRecord, rng: random.Random) -> PaperRecord | None:
    words = record.title.split()
    at = rng.randrange(len(words))
    return retitled(record, " ".join(words[:at] + words[at + 1 :])) if len(words) > LONG else None


def _named(how: Callable[[PersonName], PersonName]) -> Change:
    def change(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
        names = tuple(how(name) for name in record.authors)
        return replace(bare(record), authors=names) if names != record.authors else None

    return change


def _initials(name: PersonName) -> PersonName:
    return replace(name, given=" ".join(f"{part[0]}." for part in name.given.split()))


def _as_printed(name: PersonName) -> PersonName:
    return PersonName(literal=name.display)


def _few_authors(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    few = (*record.authors[:TRUNCATED], PersonName(literal="others"))
    return replace(bare(record), authors=few) if len(record.authors) > TRUNCATED else None


def _published(years: int) -> Change:
    def change(record: PaperRecord, rng: random.Random) -> PaperRecord | None:
        year = record.date.year if record.date else 2024
        doi = (Scheme.DOI, f"10.5555/{rng.randrange(10**8)}")
        return replace(bare(record), date=PartialDate(year + years), venue="Journal of Tests", type=PaperType.ARTICLE, identifiers=(doi,))

    return change


def _spelled_otherwise(record: PaperRecord, rng: random.Random) -> PaperRecord | None:
    spelled = []
    for scheme, value in record.identifiers:
        if scheme == Scheme.ARXIV:
            spelled.append(
                rng.choice([f"https://arxiv.org/pdf/{value}v2.pdf", f"arXiv:{value}v3 [cs.CR]", f"https://doi.org/10.48550/ARXIV.{value}"])
            )
        elif scheme == Scheme.DOI:
            spelled.append(rng.choice([f"https://dx.doi.org/{value.upper()}", f"doi: {value}.", f"https://publisher.example/doi/pdf/{value}"]))
    pairs = tuple((found.scheme, found.value) for text in spelled for found in find_all(text))
    return replace(record, title=f"{record.title[:20]} \u2026", authors=(), identifiers=pairs, url="") if spelled else None


def _all_at_once(record: PaperRecord, rng: random.Random) -> PaperRecord | None:
    year = record.date.year if record.date else 2024
    names = tuple(_initials(name) for name in record.authors[:TRUNCATED])
    text = _plain(record.title).lower().replace(":", rng.choice([".", " -", ":"]))
    return replace(bare(record), title=f"{text}.", authors=names, date=PartialDate(year + 1), venue="Proceedings")


SAME: dict[str, Change] = {
    "identifier in another spelling": _spelled_otherwise,
    "as it is, without identifiers": lambda record, _: bare(record),
    "capitals": lambda record, _: retitled(record, record.title.upper()),
    "accents off": _accents_off,
    "LaTeX": _latex,
    "HTML entities": _entities,
    "other punctuation": _punctuation,
    "final dot": lambda record, _: retitled(record, f"{record.title}."),
    "subtitle dropped": _without_subtitle,
    "subtitle added": _with_subtitle,
    "one typo": _typos(1),
    "two typos": _typos(2),
    "a word lost": _word_lost,
    "initials": _named(_initials),
    "family names only": _named(lambda name: replace(name, given="")),
    "names in one piece": _named(_as_printed),
    "authors cut off": _few_authors,
    "no authors": lambda record, _: replace(bare(record), authors=()),
    "no year": lambda record, _: replace(bare(record), date=None),
    "published a year later": _published(1),
    "published two years later": _published(2),
    "much of this at once": _all_at_once,
}


def _prefixed(words: str) -> Change:
    return lambda record, _: retitled(record, f"{words}{record.title}")


def _suffixed(words: str) -> Change:
    return lambda record, _: retitled(record, f"{record.title.rstrip('.')}{words}")


def _other_number(record: PaperRecord, _rng: random.Random) -> PaperRecord | None:
    return retitled(record, re.sub(r"\d+", lambda match: str(int(match[0]) + 1), record.title, count=1))


OTHER: dict[str, Change] = {
    "reply by the same people": _prefixed("Reply to: "),
    "comment on it": _prefixed("A comment on \u201c"),
    "correction of it": _prefixed("Correction to: "),
    "second part": _suffixed(": Part II"),
    "number in the title differs": _other_number,
}
UNCLEAR: dict[str, Change] = {
    "second version": _suffixed(" v2"),
    "extended abstract": _suffixed(" (extended abstract)"),
    "same title by other people": lambda record, _: replace(bare(record), authors=(PersonName(family="Nobody"),)),
}


def cases(papers: Sequence[Paper], seed: int) -> Iterator[Case]:
    """The labelled set."""
    rng = random.Random(seed)  # noqa: S311  # nothing secret
    records = [paper.to_record() for paper in papers]
    for truth, changes in ((Truth.SAME, SAME), (Truth.OTHER, OTHER), (Truth.UNCLEAR, UNCLEAR)):
        for kind, change in changes.items():
            for paper, record in zip(papers, records, strict=True):
                if changed := change(record, rng):
                    yield Case(kind, truth, changed, paper.pk)
    yield from _pairs(papers, records, rng)


def _pairs(papers: Sequence[Paper], records: Sequence[PaperRecord], rng: random.Random) -> Iterator[Case]:
    """Different papers that are like."""
    titles = [fold(record.title) for record in records]
    known = [Facts.of(record, paper.pk) for record, paper in zip(records, papers, strict=True)]
    for place, record in enumerate(records):
        near = process.extract(titles[place], titles, scorer=fuzz.token_set_ratio, limit=NEIGHBOURS + 1)
        others = tuple(known[other] for _, _, other in near if other != place)[:NEIGHBOURS]
        yield from (Case("nearest other paper", Truth.OTHER, record, papers[place].pk, (other,)) for other in others)
        yield Case("first part and second", Truth.OTHER, _must(_suffixed(", Part 2")(record, rng)), papers[place].pk, (_first_part(known[place]),))
        words, more = record.title.split(), rng.choice(records).title.split()
        mixed = words[: len(words) // 2] + more[len(more) // 2 :]
        if mixed not in (words, more):
            yield Case("same people and year, half the title", Truth.OTHER, replace(bare(record), title=" ".join(mixed)), papers[place].pk)


def _first_part(facts: Facts) -> Facts:
    return replace(facts, title=f"{facts.title.rstrip('.')}, Part 1", identifiers=frozenset(), url="")


def _must(record: PaperRecord | None) -> PaperRecord:
    if record is None:
        raise AssertionError
    return record


def measure(found: Sequence[Case]) -> list[tuple[Case, Match]]:
    """What becomes of each case: those against all that is on record are looked up there."""
    asked = [case for case in found if case.against is None]
    candidates = iter(candidates_for([case.record for case in asked], user=None))
    return [(case, classify(case.record, next(candidates) if case.against is None else case.against)) for case in found]


@dataclass(frozen=True, slots=True)
class Score:
    """So many of so many."""

    right: int
    of: int

    @property
    def share(self) -> float:
        """As a number up to 1."""
        return self.right / self.of if self.of else 1.0

    def __str__(self) -> str:
        """In percent, with the interval that holds 95 of 100 (Wilson)."""
        if not self.of:
            return "none"
        middle, spread = self.share + Z**2 / (2 * self.of), Z * sqrt(self.share * (1 - self.share) / self.of + Z**2 / (4 * self.of**2))
        low, high = ((middle + sign * spread) / (1 + Z**2 / self.of) for sign in (-1, 1))
        return f"{self.share:7.2%}  ({low:.2%} to {min(1, high):.2%}; {self.right:,} of {self.of:,})"


def scores(judged: Sequence[tuple[Case, Match]]) -> dict[str, Score]:
    """Precision and recall, of what is joined unasked and of all that is shown."""
    same = [pair for pair in judged if pair[0].truth == Truth.SAME]
    certain = [pair for pair in judged if pair[1].certainty == Certainty.CERTAIN]
    shown = [pair for pair in judged if pair[1].certainty and pair[0].truth != Truth.UNCLEAR]

    def right(pairs: Sequence[tuple[Case, Match]]) -> int:
        return sum(case.truth == Truth.SAME and match.key == case.paper for case, match in pairs)

    return {
        "precision, certain": Score(right(certain), len(certain)),
        "recall, certain": Score(right(certain), len(same)),
        "precision, certain or probable": Score(right(shown), len(shown)),
        "recall, certain or probable": Score(right(shown), len(same)),
    }


def table(judged: Sequence[tuple[Case, Match]]) -> Iterator[str]:
    """What became of each kind."""
    yield f"{'kind':{WIDTH}} {'truth':8} {'cases':>6} {'certain':>8} {'probable':>9} {'nothing':>8} {'wrong one':>10}"
    kinds: dict[tuple[str, Truth], Counter[str]] = {}
    for case, match in judged:
        counts = kinds.setdefault((case.kind, case.truth), Counter())
        wrong = bool(match.certainty) and case.truth == Truth.SAME and match.key != case.paper
        counts["wrong" if wrong else match.certainty.name] += 1
    for (kind, truth), counts in kinds.items():
        row = (counts.total(), counts["CERTAIN"], counts["PROBABLE"], counts["NONE"], counts["wrong"])
        yield f"{kind:{WIDTH}} {truth:8} {row[0]:>6,} {row[1]:>8,} {row[2]:>9,} {row[3]:>8,} {row[4]:>10,}"


class Command(BaseCommand):
    """Measures; writes nothing."""

    help = "Print precision and recall of duplicates, over papers on record told in other ways and pairs of papers that are like. Nothing is stored."

    def add_arguments(self, parser: CommandParser) -> None:
        """How many, and which."""
        parser.add_argument("--papers", type=int, default=1000, help="how many papers on record, in order of their titles (1000)")
        parser.add_argument("--seed", type=int, default=5, help="of what is left to chance (5)")
        parser.add_argument("--show", default="", help="a kind: list its cases that went wrong")

    def handle(self, *, papers: int, seed: int, show: str, **_options: Any) -> None:
        """Measure, and print."""
        known = Paper.objects.filter(visibility=Visibility.PUBLIC).prefetch_related("authorships", "identifiers").order_by("title_key", "pk")
        rows = list(known[:papers])
        if not rows:
            message = "There is no paper on record. Load the literature first: manage.py load_literature fixtures/literature.jsonl"
            raise CommandError(message)
        judged = measure(list(cases(rows, seed)))
        self.stdout.write(f"{len(rows):,} papers on record, {len(judged):,} cases, seed {seed}.\n\n")
        for line in table(judged):
            self.stdout.write(line)
        self.stdout.write("")
        for name, score in scores(judged).items():
            self.stdout.write(f"{name:{WIDTH}} {score}")
        titles = {paper.pk: paper.title for paper in rows}
        for case, match in judged:
            if case.kind == show and _is_wrong(case, match):
                self.stdout.write(f"{match.certainty.name:9} {case.record.title} | {titles.get(match.key or case.paper, '')}")


def _is_wrong(case: Case, match: Match) -> bool:
    if case.truth == Truth.SAME:
        return match.certainty < Certainty.CERTAIN or match.key != case.paper
    return bool(match.certainty)
