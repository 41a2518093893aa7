"""What to ask of a corpus: the same of every target, each in its own words. Imported where Django is set up; see worker.py."""

import random
from dataclasses import dataclass

from bench import corpus
from problems.choices import Visibility
from problems.filters import PaperFilter
from problems.models import Paper, Problem
from problems.pagination import paginate

PAGE = 50


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the list of papers, as each target is asked for it."""

    before: int
    number: int
    cursor: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask of a corpus, many of each."""

    size: int
    tagged: list[tuple[int, str]]
    first_pages: list[Page]
    deep_pages: list[Page]
    papers: list[tuple[str, str]]
    problems: list[tuple[int, str]]
    pairs: list[tuple[str, str]]


def ask(size: int, *, most: int = 40) -> Questions:
    """What to ask of the connected corpus: the same for all targets, and up to `most` of each kind."""
    public = Paper.objects.filter(visibility=Visibility.PUBLIC)
    keys = list(public.order_by("-pk").values_list("pk", flat=True))
    newest_first = PaperFilter.ORDERINGS[0]

    def page(number: int) -> Page:
        """Page `number`, counted from 1, with the cursor that the app gives out on the page before."""
        after = keys[(number - 1) * PAGE - 1]
        return Page(before=after, number=number, cursor=paginate(public.filter(pk__lte=after), newest_first, size=1).next)

    chance = random.Random(corpus.SEED)  # noqa: S311 - data, not secrets
    tagged = [
        (number, relation) for number in Problem.objects.values_list("number", flat=True) for relation in ("contributes", "narrows", "confirms")
    ]
    deepest = max(2, len(keys) // PAGE * 9 // 10)
    return Questions(
        size=size,
        tagged=tagged[:most],
        first_pages=[page(number) for number in range(2, min(most, len(keys) // PAGE) + 1)],
        deep_pages=[page(number) for number in range(max(2, deepest - most + 1), deepest + 1)],
        papers=[(paper.public_id, paper.slug) for paper in public.filter(pk__in=chance.sample(keys, min(5 * most, len(keys)))).order_by("pk")],
        problems=list(Problem.objects.values_list("number", "slug")),
        pairs=corpus.pairs(most),
    )
