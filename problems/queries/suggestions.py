"""What a paper likely bears on, and which papers likely bear on a statement: said by the model that services.suggestions learned, never kept as tags.

The model has seen public papers only, so that what it says is the same for everybody. Each function runs a fixed number of queries.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F

from problems.choices import Visibility
from problems.lexical.model import Asked, Model
from problems.models import Paper, Problem, Statement, SuggestionModel, Tag

PROBLEMS_SHOWN, STATEMENTS_SHOWN, WORDS_SHOWN = 3, 6, 4
MATCHED, JUDGED, LOOKED_AT = 1_000, 100, 30
UNLIKELY, UNTELLING = 0.01, 0.05

_loaded: dict[tuple[int, datetime], tuple[Model | None]] = {}


@dataclass(frozen=True, slots=True)
class Reason:
    """A word, as it stands in the title, and its part in all that speaks for a suggestion."""

    word: str
    share: float


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A problem or a statement that a paper likely bears on."""

    code: str
    text: str
    score: float
    words: list[Reason]
    target: Problem | Statement

    @property
    def problem(self) -> Problem:
        """The problem that it belongs to."""
        return self.target if isinstance(self.target, Problem) else self.target.problem


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Problems and single statements, most likely first. Both are empty for a paper that is about something else."""

    problems: list[Suggestion] = field(default_factory=list)
    statements: list[Suggestion] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether there is anything."""
        return bool(self.problems or self.statements)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that likely bears on a statement."""

    paper: Paper
    score: float
    words: list[Reason]

    def get_absolute_url(self) -> str:
        """The page of the paper."""
        return self.paper.get_absolute_url()


def model() -> Model | None:
    """The latest model, kept in this process; none where nothing was learned yet, or by another version of the code. One query, at first two."""
    latest = SuggestionModel.objects.order_by("-pk").values_list("pk", "made_at").first()
    if latest is None:
        return None
    held = _loaded.get(latest)  # one look: another thread may be about to replace it
    if held is None:
        weights = SuggestionModel.objects.values_list("weights", flat=True).get(pk=latest[0])
        try:
            held = (Model.from_data(weights),)
        except ValueError:
            held = (None,)
        _loaded.clear()
        _loaded[latest] = held
    return held[0]


def for_title(title: str, abstract: str = "") -> Suggestions:
    """What a paper with this title likely bears on: the same for whoever asks. Three queries once the model is loaded."""
    return _suggestions(title, abstract, tagged=())


def for_paper(paper: Paper, user: Any) -> Suggestions:
    """The same for a paper on record, without what `user` sees it tagged with already."""
    tagged = Tag.objects.visible_to(user).filter(paper=paper, statement__isnull=False).values_list("statement__code", flat=True)
    return _suggestions(paper.title, paper.abstract, tagged=set(tagged))


def _suggestions(title: str, abstract: str, *, tagged: Iterable[str]) -> Suggestions:
    learned = model()
    if learned is None:
        return Suggestions()
    asked = learned.read(title, abstract)
    if not asked.values or learned.bears(asked) < 0:
        return Suggestions()
    problems = _believed(learned, asked, learned.problems)[:PROBLEMS_SHOWN]
    statements = [pair for pair in _believed(learned, asked, learned.parents) if pair[0] not in tagged]
    whole = {f"P{problem.number}": problem for problem in Problem.objects.select_related("phase")}
    single = {row.code: row for row in Statement.objects.current().select_related("problem__phase")}
    return Suggestions(
        [Suggestion(code, whole[code].title, score, reasons(learned, asked, code), whole[code]) for code, score in problems if code in whole],
        [Suggestion(code, single[code].text, score, reasons(learned, asked, code), single[code]) for code, score in statements if code in single][
            :STATEMENTS_SHOWN
        ],
    )


def _believed(learned: Model, asked: Asked, labels: Iterable[str]) -> list[tuple[str, float]]:
    """Labels with how likely each is among them, most likely first; the very unlikely are left out."""
    scores = {label: learned.score(asked, label) for label in labels}
    return sorted(
        ((label, belief) for label, belief in learned.beliefs(scores).items() if belief >= UNLIKELY), key=lambda pair: (-pair[1], -scores[pair[0]])
    )


def reasons(learned: Model, asked: Asked, label: str) -> list[Reason]:
    """The words that speak most for a label, each with its part in all that speaks for it."""
    shares = [share for share in learned.explain(asked, label) if share.share > 0]
    total = sum(share.share for share in shares)
    return [Reason(share.word, share.share / total) for share in shares[:WORDS_SHOWN] if share.share >= UNTELLING * total]


def for_statement(statement: Statement, user: Any, *, most: int = 10) -> list[Candidate]:
    """Public papers that likely bear on a statement and that `user` sees no tag of there, most likely first.

    Of the papers that share a telling word with it the latest are ranked by the database, and the best of those by the model.
    Four queries once the model is loaded, fewer where nothing is found.
    """
    learned = model()
    if statement.retired_on or learned is None or not (telling := learned.telling.get(statement.code)):
        return []
    query = SearchQuery(" or ".join(telling), config="english", search_type="websearch")
    there = Tag.objects.visible_to(user).filter(statement=statement).values("paper")
    matching = Paper.objects.visible_to(user).filter(visibility=Visibility.PUBLIC, search=query).exclude(pk__in=there).order_by("-pk")
    ranked = Paper.objects.filter(pk__in=matching.values("pk")[:MATCHED]).annotate(rank=SearchRank(F("search"), query)).order_by("-rank", "-pk")
    asked = {pk: learned.read(title) for pk, title in ranked.values_list("pk", "title")[:JUDGED]}
    scores = {pk: learned.score(each, statement.code) for pk, each in asked.items()}
    found = _likely(learned, statement.code, {pk: asked[pk] for pk in sorted(scores, key=lambda pk: (-scores[pk], -pk))[:LOOKED_AT]})
    best = sorted(found, key=lambda pk: (-found[pk], -scores[pk], -pk))[:most]
    papers = {paper.pk: paper for paper in Paper.objects.filter(pk__in=best).for_lists()}
    return [Candidate(papers[pk], found[pk], reasons(learned, asked[pk], statement.code)) for pk in best if pk in papers]


def _likely(learned: Model, code: str, asked: Mapping[int, Asked]) -> dict[int, float]:
    """Of these papers those that are about this field and have the statement's problem among the first, each with how likely the statement is."""
    found = {}
    for pk, each in asked.items():
        if learned.bears(each) < 0:
            continue
        problems = [label for label, _ in _believed(learned, each, learned.problems)[:PROBLEMS_SHOWN]]
        likely = dict(_believed(learned, each, learned.parents))
        if learned.parents[code] in problems and code in likely:
            found[pk] = likely[code]
    return found
