"""Whether two records tell of one work: the one rule, over plain data.

Certain is what joins a record without anybody being asked: an identifier in common, the same title by the same people, one with its subtitle
and one without, one letter wrong. Probable is what a person is shown, side by side. What is another work by what its title says of itself
(a reply, a correction, another part) is neither, and what may be (another version, another number) is never certain.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from urllib.parse import urlsplit

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from problems.choices import Scheme
from problems.records import PaperRecord, PersonName
from problems.text import fold, title_key

# How far apart the years of a preprint and of its publication are, at most; and of what people are shown at all.
YEARS_CERTAIN, YEARS_PROBABLE = 2, 4
# In percent of characters, or of words in any order.
NEARLY_EQUAL, ALIKE, CONTAINED = 96, 86, 95
# Words of a title that tells works apart by itself.
TELLING = 4
MAIN_TITLE, SHORT_TITLE = 12, 4  # letters of a main title that stands for the whole, and of one that may
WORD_MAY_ERR = 5  # letters of a word in which one may be wrong
SHARE = 0.5  # of the shorter list of authors

# A work has one of each of these: two different ones are two works.
SINGLE = frozenset({Scheme.ARXIV, Scheme.SSRN, Scheme.OPENALEX})

_TAG = re.compile(r"</?[A-Za-z][^<>]{0,40}>")
_STYLE = re.compile(r"\\(?:emph|text[a-z]{2,6}|math[a-z]{2,6}|[a-z](?=[\s{]))|\\[^A-Za-z]|[{}$\\]")
_WORD = re.compile(r"\w+(?:\.\d+)?")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_SUBTITLE = re.compile(r"(?<=\S)(?::\s|\s[-\u2013\u2014]\s|\u2014|[.?!]\s)")
_ABOUT = "reply|response|rejoinder|comments?|commentary|correction|corrigendum|erratum|addendum"
_ABOUT_ANOTHER = re.compile(
    rf"(?:\w+\W+){{0,2}}({_ABOUT}|replies|rebuttal|errata|discussion|review)(?:\s+(?:to|on|of|for)\b|\s*:)|.{{10,}}\W({_ABOUT})\W*\Z"
)
_VERSION = re.compile(
    r"[\s:,(\[-]*\b(?:v\s?\d{1,2}|version \d{1,2}|(?:extended|full|long|short|revised|updated) (?:abstract|version|paper)|abstract|preprint"
    r"|poster|demo|technical report|working paper|suppl\w+(?: materials?)?|appendix)[)\]\s.]*\Z"
    r"|\A\W*(?:extended abstract|poster|demo|poster abstract|retracted(?: article)?|withdrawn|preprint)\W+"
)
_PART = re.compile(
    r"\b(?:part|volume|vol|chapter|episode|round|edition)\W{0,2}(\d{1,3}|[ivx]{1,5}|one|two|three|four|five)\b|\s([ivx]{2,4}|\d{1,2})\W*\Z"
)
_ROMAN, _WORDS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"), ("one", "two", "three", "four", "five")
_LEVELS = {word: str(number) for words in (_ROMAN, _WORDS) for number, word in enumerate(words, start=1)}
_GENERIC = frozenset(
    {
        *("abstract", "bookreview", "comment", "commentary", "conclusion", "correction", "corrigendum", "discussion", "editorial", "editorsnote"),
        *("erratum", "foreword", "guesteditorial", "introduction", "lettertotheeditor", "preface", "reply", "response", "review"),
    }
)
_OTHERS = frozenset({"others", "al", "etal"})


class Certainty(IntEnum):
    """How sure it is that two records tell of one work."""

    NONE = 0
    PROBABLE = 1
    CERTAIN = 2


@dataclass(frozen=True)
class Facts:
    """What of a record is compared. `key` is the caller's: the key of the paper, the number of the entry."""

    key: int
    title: str
    names: tuple[PersonName, ...] = ()
    year: int | None = None
    identifiers: frozenset[tuple[Scheme, str]] = frozenset()
    url: str = ""
    stands_for_another: bool = False

    @classmethod
    def of(cls, record: PaperRecord, key: int = 0, *, stands_for_another: bool = False) -> "Facts":
        """The facts of a record."""
        year = record.date.year if record.date else None
        return cls(key, record.title, record.authors, year, frozenset(record.identifiers), record.url, stands_for_another)

    @cached_property
    def plain(self) -> str:
        """The title without case, accents and marks of other notations."""
        text = _TAG.sub("", html.unescape(self.title)) if "&" in self.title or "<" in self.title else self.title
        return fold(_STYLE.sub("", text) if "\\" in text or "{" in text or "$" in text else text).strip()

    @cached_property
    def title_key(self) -> str:
        """Its letters and digits."""
        return title_key(self.plain)

    @cached_property
    def bare(self) -> str:
        """The title in words, without what names its version."""
        return " ".join(_WORD.findall(_VERSION.sub("", self.plain)))

    @cached_property
    def bare_key(self) -> str:
        """Letters and digits of that."""
        return title_key(self.bare)

    @cached_property
    def main_key(self) -> str:
        """Letters and digits of the main title; empty where it has hardly any."""
        key = title_key(_SUBTITLE.split(_VERSION.sub("", self.plain), maxsplit=1)[0])
        return key if len(key) >= SHORT_TITLE else ""

    @cached_property
    def start_key(self) -> str:
        """With what the titles that may be the same begin: the main title, or the whole where that is short."""
        return self.main_key or self.bare_key or self.title_key

    @cached_property
    def version(self) -> str:
        """What it says of its version."""
        return " ".join(_WORD.findall(" ".join(match[0] for match in _VERSION.finditer(self.plain))))

    @cached_property
    def part(self) -> str:
        """Which part of a whole it says to be."""
        found = [next(filter(None, match.groups())) for match in _PART.finditer(self.plain)]
        return " ".join(_LEVELS.get(word, word) for word in found)

    @cached_property
    def numbers(self) -> list[str]:
        """The numbers in it."""
        return sorted(_NUMBER.findall(self.bare))

    @cached_property
    def about_another(self) -> str:
        """The word that says that it is about another work: a reply, a correction."""
        match = _ABOUT_ANOTHER.match(self.plain)
        return match[1] or match[2] if match else ""

    @cached_property
    def families(self) -> tuple[str, ...]:
        """The last words of family names, in order: initials, particles and what one source leaves out tell nothing beside a title."""
        words = (fold(name.family or name.literal).replace("-", "").replace("'", "").replace("\u2019", "").split() for name in self.names)
        last = ("".join(character for character in each[-1] if character.isalnum()) for each in words if each)
        return tuple(word for word in last if word and word not in _OTHERS)

    @cached_property
    def spelled(self) -> frozenset[tuple[Scheme, str]]:
        """The identifiers, and what is the same one under another name."""
        return self.identifiers | {other for pair in self.identifiers if (other := _other_name(*pair))}

    @cached_property
    def page(self) -> str:
        """The address, unless it is that of a whole site."""
        try:
            return self.url if urlsplit(self.url).path.strip("/") else ""
        except ValueError:
            return ""

    @cached_property
    def is_titled_by_its_page(self) -> bool:
        """Whether the title is nothing but the address: then it says nothing of the work."""
        return bool(self.page) and self.title_key == title_key(self.page.partition("://")[2])


@dataclass(frozen=True, slots=True)
class Match:
    """The known record that another is: its key, how sure that is, and how like they are (of 100)."""

    certainty: Certainty = Certainty.NONE
    key: int | None = None
    likeness: float = 0


def classify(record: PaperRecord | Facts, candidates: Iterable[Facts]) -> Match:
    """The candidate that `record` most certainly is; of equally certain ones the most like, then the first."""
    facts = record if isinstance(record, Facts) else Facts.of(record)
    best = Match()
    for candidate in candidates:
        match = compare(facts, candidate)
        if (match.certainty, match.likeness) > (best.certainty, best.likeness):
            best = match
    return best


def compare(one: Facts, other: Facts) -> Match:
    """How sure it is that these two tell of one work."""
    if one.spelled & other.spelled:
        return Match(Certainty.CERTAIN, other.key, 199 if other.stands_for_another else 200)  # the record itself before one that stands for it
    clash = _clash(one, other)
    by_title, likeness = _by_title(one, other)
    if by_title == Certainty.CERTAIN and (clash or other.stands_for_another):
        by_title = Certainty.PROBABLE
    same_page = bool(one.page) and one.page == other.page and not clash and not _other_doi(one, other)
    if same_page and (by_title == Certainty.PROBABLE or one.is_titled_by_its_page or other.is_titled_by_its_page):
        return Match(Certainty.CERTAIN, other.key, likeness)
    return Match(by_title, other.key, likeness) if by_title else Match()


def _by_title(one: Facts, other: Facts) -> tuple[Certainty, float]:
    """What titles, authors and years say."""
    if not one.title_key or not other.title_key:
        return Certainty.NONE, 0
    apart = abs(one.year - other.year) if one.year and other.year else 0
    if one.title_key == other.title_key:
        return _same_title(one, other, apart), 100
    likeness = _likeness(one, other)
    if one.about_another != other.about_another or (one.part != other.part and _is_part(one, other)) or apart > YEARS_PROBABLE:
        return Certainty.NONE, likeness
    ours, theirs = set(one.families), set(other.families)
    shared = len(ours & theirs)
    close = shared > 0 and shared >= SHARE * min(len(ours), len(theirs))
    certain = close and apart <= YEARS_CERTAIN and one.numbers == other.numbers and one.version == other.version
    if certain and one.families[0] == other.families[0] and (_with_subtitle(one, other, telling=True) or _one_letter(one, other)):
        return Certainty.CERTAIN, likeness
    probable = _probable(one, other, likeness, shared=shared, close=close, unknown=not ours or not theirs)
    return Certainty.PROBABLE if probable else Certainty.NONE, likeness


def _same_title(one: Facts, other: Facts, apart: int) -> Certainty:
    """The same title: certain with an author in common; a title of few words tells little without."""
    if one.names == other.names and one.year == other.year:
        return Certainty.CERTAIN
    unknown, shared = not one.families or not other.families, bool(set(one.families) & set(other.families))
    few = len(one.bare.split()) < TELLING
    generic = one.bare_key in _GENERIC
    if apart <= YEARS_CERTAIN and not generic and (shared or (unknown and not few)):
        return Certainty.CERTAIN
    if shared or unknown:
        return Certainty.NONE if generic and apart > 1 else Certainty.PROBABLE
    return Certainty.NONE if few or apart > YEARS_CERTAIN else Certainty.PROBABLE


def _likeness(one: Facts, other: Facts) -> float:
    return max(fuzz.ratio(one.bare, other.bare), fuzz.token_sort_ratio(one.bare, other.bare))


def _probable(one: Facts, other: Facts, likeness: float, *, shared: int, close: bool, unknown: bool) -> bool:
    """Whether people should look at the two."""
    few = min(len(one.bare.split()), len(other.bare.split())) < TELLING
    if not shared and not unknown:
        return likeness >= NEARLY_EQUAL and not few and one.numbers == other.numbers
    if likeness >= ALIKE:
        return bool(shared) or not few
    if few:
        return close and _with_subtitle(one, other)
    return close and (fuzz.token_set_ratio(one.bare, other.bare) >= CONTAINED or _with_subtitle(one, other))


def _with_subtitle(one: Facts, other: Facts, *, telling: bool = False) -> bool:
    """Whether one is the main title of the other, and with `telling` one that stands for the whole."""
    for main, whole in ((one.main_key, other), (other.main_key, one)):
        if main and main == whole.bare_key:
            return not telling or (len(main) >= MAIN_TITLE and len(whole.bare.split()) >= TELLING)
    return False


def _one_letter(one: Facts, other: Facts) -> bool:
    """Whether one letter of one longer word is wrong, and not its first: that may make it the opposite."""
    ours, theirs = one.bare.split(), other.bare.split()
    if len(ours) != len(theirs):
        return one.bare_key == other.bare_key  # "red teaming" and "redteaming"
    wrong = [(mine, yours) for mine, yours in zip(ours, theirs, strict=True) if mine != yours]
    if len(wrong) != 1:
        return not wrong
    mine, yours = wrong[0]
    return (
        min(len(mine), len(yours)) >= WORD_MAY_ERR
        and mine[0] == yours[0]
        and mine.isalpha()
        and yours.isalpha()
        and OSA.distance(mine, yours, score_cutoff=1) <= 1
    )


def _is_part(one: Facts, other: Facts) -> bool:
    """Whether they would be one but for the part that they name."""
    return bool(one.part and other.part) or "part" in one.bare.split() or "part" in other.bare.split()


def _clash(one: Facts, other: Facts) -> bool:
    """Whether both carry different identifiers of a scheme that gives a work one only: then they are two works with one title."""
    single = SINGLE | {Scheme.DOI} if one.bare_key in _GENERIC else SINGLE
    mine = {scheme: value for scheme, value in one.identifiers if scheme in single}
    return any(scheme in mine and mine[scheme] != value for scheme, value in other.identifiers)


def _other_doi(one: Facts, other: Facts) -> bool:
    """Whether both carry a DOI and none is the same: what has one address then is a volume, or a page of many."""
    mine, theirs = ({value for scheme, value in each.identifiers if scheme == Scheme.DOI} for each in (one, other))
    return bool(mine and theirs) and mine.isdisjoint(theirs)


def _other_name(scheme: Scheme, value: str) -> tuple[Scheme, str] | None:
    """The same identifier under another name: SSRN and arXiv give out DOIs too."""
    prefixes = {Scheme.SSRN: "10.2139/ssrn.", Scheme.ARXIV: "10.48550/arxiv."}
    if scheme in prefixes:
        return Scheme.DOI, prefixes[scheme] + value
    if scheme == Scheme.DOI:
        return next(((other, value.removeprefix(start)) for other, start in prefixes.items() if value.startswith(start)), None)
    return None
