"""What the map shows: every statement with its state and papers, by problem and phase. The same for every reader, since only what is public counts.

Narrowed to papers with a `method`, all of it is as if there were no others: states are derived anew from their tags alone, and kept nowhere.
Each function runs a fixed number of queries, whatever the number of papers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from problems import states
from problems.choices import RELATIONS_OF, Section, State, Target
from problems.models import CallToAction, ChallengeType, Declaration, Phase, Problem, Search, Statement, StateStep, Tag
from problems.models.tags import TagQuerySet
from problems.permissions import on_map
from problems.queries.evidence import evidence_for
from problems.queries.methods import ANY, Method
from problems.queries.teams import working_on

MAP_RELATIONS = (*RELATIONS_OF[Target.EXISTING_WORK], *RELATIONS_OF[Target.LIMITATION])
EVIDENCE_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Counted:
    """How many papers there are with a relation."""

    relation: str
    count: int


@dataclass(slots=True)
class Cell:
    """A statement on the map: how many papers, and for a limitation its state and when somebody last searched and found nothing.

    `relations` counts its accepted tags by relation and `evidence` holds the first of them, where `add_evidence` was asked for them.
    """

    statement: Statement
    papers: int
    searched: date | None
    relations: dict[str, int] = field(default_factory=dict)
    evidence: list[Tag] = field(default_factory=list)
    working: list[Declaration] = field(default_factory=list)
    """What teams say today that they work on."""

    @property
    def state(self) -> str:
        """State of a limitation; empty for existing work."""
        return self.statement.state if self.statement.section == Section.LIMITATION else ""

    @property
    def counts(self) -> list[Counted]:
        """Papers by relation, in the order of the vocabulary, where there are any."""
        return [Counted(relation, self.relations[relation]) for relation in MAP_RELATIONS if self.relations.get(relation)]


@dataclass(slots=True)
class Row:
    """A problem on the map. `relations` counts its papers by relation."""

    problem: Problem
    existing: list[Cell] = field(default_factory=list)
    limitations: list[Cell] = field(default_factory=list)
    papers: int = 0
    moved_at: datetime | None = None
    relations: dict[str, int] = field(default_factory=dict)

    @property
    def states(self) -> dict[str, int]:
        """Distribution of the problem's limitations over the states: the state of a problem."""
        return {state: sum(cell.state == state for cell in self.limitations) for state in State.values}

    @property
    def untouched(self) -> int:
        """Limitations with no paper on record."""
        return self.states[State.UNTOUCHED]

    @property
    def worked_on(self) -> int:
        """Statements that a team says it works on."""
        return sum(bool(cell.working) for cell in (*self.existing, *self.limitations))

    @property
    def existing_counts(self) -> list[Counted]:
        """Papers by each relation to existing work, none left out."""
        return [Counted(relation, self.relations.get(relation, 0)) for relation in RELATIONS_OF[Target.EXISTING_WORK]]

    @property
    def limitation_counts(self) -> list[Counted]:
        """Papers by each relation to a limitation, none left out."""
        return [Counted(relation, self.relations.get(relation, 0)) for relation in RELATIONS_OF[Target.LIMITATION]]

    @property
    def stacked(self) -> list[Cell]:
        """Limitations by state, untouched first, as the figure stacks them."""
        return sorted(self.limitations, key=lambda cell: State.values.index(cell.state))


@dataclass(slots=True)
class Band:
    """A phase of the map and its problems."""

    phase: Phase
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Headline:
    """How many limitations there are, have a paper on record, and of the others have been searched."""

    limitations: int
    with_paper: int
    searched: int

    @property
    def others(self) -> int:
        """Limitations with no paper on record."""
        return self.limitations - self.with_paper


def bands(method: Method = ANY) -> list[Band]:
    """The map, by phase and problem."""
    by_phase: dict[int, Band] = {}
    rows: dict[int, Row] = {}
    for problem in Problem.objects.select_related("phase").prefetch_related("challenges"):
        rows[problem.pk] = Row(problem)
        by_phase.setdefault(problem.phase.number, Band(problem.phase)).rows.append(rows[problem.pk])
    fill(rows, method)
    return [by_phase[number] for number in sorted(by_phase)]


def only(of: Iterable[Band], *, phase: str = "", challenge: str = "") -> list[Band]:
    """Of these bands the problems of this phase and challenge type, where named (by slug)."""
    kept = [
        Band(band.phase, [row for row in band.rows if not challenge or challenge in {each.slug for each in row.problem.challenges.all()}])
        for band in of
        if not phase or band.phase.slug == phase
    ]
    return [band for band in kept if band.rows]


def fill(rows: Mapping[int, Row], method: Method = ANY) -> None:
    """Add statements, counts and dates to these rows, keyed by problem."""
    of_problem = Coalesce("statement__problem", "problem")
    tags = Tag.objects.on_map().filter(method.of_tags).annotate(place=of_problem).filter(place__in=list(rows)).order_by()
    papers = dict(tags.filter(statement__isnull=False).values_list("statement").annotate(papers=Count("paper", distinct=True)))
    searched = dict(Search.objects.on_map().filter(statement__isnull=False).order_by().values_list("statement").annotate(latest=Max("searched_on")))
    statements = list(Statement.objects.current().filter(problem__in=list(rows)))
    working, _ = working_on(statements=[statement.pk for statement in statements])
    for statement in statements:
        row = rows[statement.problem_id]
        statement.problem = row.problem
        cell = Cell(statement, papers.get(statement.pk, 0), searched.get(statement.pk), working=working.get(statement.pk, []))
        (row.limitations if statement.section == Section.LIMITATION else row.existing).append(cell)
    for place, count in tags.values_list("place").annotate(papers=Count("paper", distinct=True)):
        rows[place].papers = count
    for place, relation, count in tags.values_list("place", "relation").annotate(papers=Count("paper", distinct=True)):
        rows[place].relations[relation] = count
    if method:
        _derive(rows.values(), method)
        return
    for place, moved_at in (
        StateStep.objects.filter(statement__problem__in=list(rows), statement__retired_on=None)
        .order_by()
        .values_list("statement__problem")
        .annotate(at=Max("at"))
    ):
        rows[place].moved_at = moved_at


def _derive(rows: Iterable[Row], method: Method) -> None:
    """Give the limitations of these rows the state, and the rows the time, that they have by the tags of such papers alone. In memory only."""
    listed = list(rows)
    evidence = evidence_for([cell.statement.pk for row in listed for cell in row.limitations], method)
    for row in listed:
        row.moved_at = None
        for cell in row.limitations:
            steps = states.steps(evidence[cell.statement.pk])
            cell.statement.state, cell.statement.state_since = (steps[-1].after, steps[-1].at) if steps else (State.UNTOUCHED, None)
            row.moved_at = max(filter(None, [row.moved_at, cell.statement.state_since]), default=None)


def add_evidence(of: Iterable[Band], *, most: int = 2, method: Method = ANY) -> None:
    """Add to each cell of these bands its counts by relation and its first tags, newest papers first."""
    cells = {cell.statement.pk: cell for band in of for row in band.rows for cell in (*row.existing, *row.limitations)}
    tags = Tag.objects.on_map().filter(method.of_tags, statement__in=list(cells))
    for statement, relation, count in tags.order_by().values_list("statement", "relation").annotate(tags=Count("pk")):
        cells[statement].relations[relation] = count
    for tag in _newest(tags, most):
        if tag.statement_id:
            cells[tag.statement_id].evidence.append(tag)


def _newest(tags: TagQuerySet, most: int) -> list[Tag]:
    """Of each statement (or problem as a whole) the tags of its newest papers, `most` of them. Ranks keys first, and reads only those rows."""
    rank = Window(RowNumber(), partition_by=["statement", "problem"], order_by=[F("paper__year").desc(nulls_last=True), F("pk").desc()])
    order = dict(tags.order_by().annotate(nth=rank).filter(nth__lte=most).values_list("pk", "nth"))
    return sorted(Tag.objects.filter(pk__in=list(order)).for_lists(), key=lambda tag: order[tag.pk])


def headline(of: Iterable[Band]) -> Headline:
    """What the home page says first, true of these bands."""
    cells = [cell for band in of for row in band.rows for cell in row.limitations]
    empty = [cell for cell in cells if cell.state == State.UNTOUCHED]
    return Headline(len(cells), len(cells) - len(empty), sum(cell.searched is not None for cell in empty))


def challenges() -> QuerySet[ChallengeType]:
    """Challenge types, each with the number of its `problem_count`."""
    return ChallengeType.objects.annotate(problem_count=Count("problems")).order_by("position")  # grouping drops the order that the model has


def moved_by(method: Method, *, limit: int) -> list[StateStep]:
    """The same as `moved`, derived from the tags of papers with such a method alone; the steps are kept nowhere."""
    limitations = Statement.objects.limitations().in_bulk()
    evidence = evidence_for(list(limitations), method)
    steps = [(step, limitations[key]) for key, pieces in evidence.items() for step in states.steps(pieces)]
    latest = sorted(steps, key=lambda pair: (pair[0].at, pair[0].tag), reverse=True)[:limit]
    tags = {tag.pk: tag for tag in Tag.objects.filter(pk__in=[step.tag for step, _ in latest]).for_lists()}
    found = [(step, tags.get(step.tag)) for step, _ in latest]
    return [StateStep(statement=tag.statement, before=step.before, after=step.after, at=step.at, tag=tag) for step, tag in found if tag]


def moved(*, problem: Problem | None = None, limit: int = 6) -> QuerySet[StateStep]:
    """Latest changes of state, with the paper that moved each."""
    steps = StateStep.objects.filter(on_map("tag__"), statement__retired_on=None)
    if problem:
        steps = steps.filter(statement__problem=problem)
    return (
        steps.select_related("statement__problem__phase", "tag__paper")
        .prefetch_related("tag__paper__authorships")
        .defer("tag__paper__abstract", "tag__paper__search")[:limit]
    )


@dataclass(frozen=True, slots=True)
class Call:
    """A call to action, the problems that it serves, how many papers respond, the latest accepted tag of one, and who works on it."""

    call: CallToAction
    problems: list[Problem]
    papers: int
    latest: Tag | None
    working: list[Declaration] = field(default_factory=list)


def calls(*, problem: Problem | None = None, method: Method = ANY) -> list[Call]:
    """Calls to action, all or those that serve a problem, with what responds to them."""
    found = CallToAction.objects.select_related("phase").prefetch_related("serves__problem__phase")
    if problem:
        found = found.filter(pk__in=CallToAction.objects.filter(serves__problem=problem).values("pk"))
    listed = list(found)
    tags = Tag.objects.on_map().filter(method.of_tags, call__in=listed)
    counts = dict(tags.order_by().values_list("call").annotate(papers=Count("paper", distinct=True)))
    latest = {tag.call_id: tag for tag in tags.order_by("call_id", "-decided_at", "-pk").distinct("call_id").for_lists()}
    _, working = working_on(calls=[call.pk for call in listed])
    return [Call(call, _served(call), counts.get(call.pk, 0), latest.get(call.pk), working.get(call.pk, [])) for call in listed]


def _served(call: CallToAction) -> list[Problem]:
    return sorted({statement.problem for statement in call.serves.all() if not statement.retired_on}, key=lambda problem: problem.number)


@dataclass(slots=True)
class Evidence:
    """A statement with what counts for or against it: the first tags, how many papers in all, and who searched and found nothing."""

    cell: Cell
    tags: list[Tag] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)


@dataclass(slots=True)
class ProblemMap:
    """All that the page of a problem shows of the map."""

    row: Row
    existing: list[Evidence]
    limitations: list[Evidence]
    relevant: list[Tag]
    searches: list[Search]


def for_problem(problem: Problem) -> ProblemMap:
    """The map of one problem: under each statement its first tags (newest papers first), and tags to the problem as a whole."""
    row = Row(problem)
    fill({problem.pk: row})
    by_statement = {cell.statement.pk: Evidence(cell) for cell in (*row.existing, *row.limitations)}
    tags = _newest(Tag.objects.on_map().annotate(place=Coalesce("statement__problem", "problem")).filter(place=problem.pk), EVIDENCE_SHOWN)
    relevant: list[Tag] = []
    for tag in tags:
        (by_statement[tag.statement_id].tags if tag.statement_id else relevant).append(tag)
    whole: list[Search] = []
    for search in Search.objects.on_map().filter(Q(statement__problem=problem) | Q(problem=problem)).select_related("by"):
        if search.statement_id is None:
            whole.append(search)
        elif search.statement_id in by_statement:
            by_statement[search.statement_id].searches.append(search)
    return ProblemMap(
        row,
        [by_statement[cell.statement.pk] for cell in row.existing],
        [by_statement[cell.statement.pk] for cell in row.limitations],
        relevant,
        whole,
    )


def retired(problem: Problem) -> list[Evidence]:
    """Retired statements of a problem with the accepted tags that they had. They count nowhere."""
    found = {
        statement.pk: Evidence(Cell(statement, 0, None))
        for statement in problem.statements.exclude(retired_on=None).select_related("successor__problem")
    }
    for statement in (evidence.cell.statement for evidence in found.values()):
        statement.problem = problem
    tags = Tag.objects.filter(on_map(retired=True), statement__in=list(found))
    for tag in _newest(tags, EVIDENCE_SHOWN):
        found[tag.statement_id or 0].tags.append(tag)
    return list(found.values())


def responding(method: Method = ANY) -> int:
    """Papers that respond to any call."""
    return Tag.objects.on_map().filter(method.of_tags, call__isnull=False).order_by().values("paper").distinct().count()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A problem and how many papers it shares with another."""

    problem: Problem
    shared: int


def neighbours(problem: Problem, *, limit: int = 5) -> list[Neighbour]:
    """Problems with papers in common, most first. Counted in one pass, not problem by problem."""
    tags = Tag.objects.on_map().annotate(place=Coalesce("statement__problem", "problem")).order_by()
    elsewhere = tags.filter(paper__in=tags.filter(place=problem.pk).values("paper")).exclude(place=problem.pk)
    shared = dict(elsewhere.values_list("place").annotate(shared=Count("paper", distinct=True)))
    found = Problem.objects.select_related("phase").in_bulk(list(shared)).values()
    return sorted((Neighbour(each, shared[each.pk]) for each in found), key=lambda each: (-each.shared, each.problem.number))[:limit]


class AnyWord(SearchQuery):
    """Text as a search query that any of its words satisfies."""

    template = "replace(plainto_tsquery('english', %(expressions)s)::text, '&', '|')::tsquery"


@dataclass(frozen=True, slots=True)
class Gap:
    """A limitation with no paper on record, the closest accepted tag of its problem, and when somebody last searched."""

    statement: Statement
    closest: Tag | None
    searched: date | None


def frontier(*, phase: str = "", challenge: str = "", searched: bool | None = None, method: Method = ANY) -> list[Gap]:
    """Limitations with no paper on record, by problem; only searched or only unsearched ones where said so.

    Closest is the tag whose paper shares most words with the statement, by the database's rank; none where no paper shares a word.
    """
    touched = Tag.objects.on_map().filter(method.of_tags, statement=OuterRef("pk"))
    gaps = Statement.objects.limitations().filter(~Exists(touched) if method else Q(state=State.UNTOUCHED))
    if phase:
        gaps = gaps.filter(problem__phase__slug=phase)
    if challenge:
        gaps = gaps.filter(problem__challenges__slug=challenge)
    latest = Search.objects.on_map().filter(statement=OuterRef("pk")).order_by("-searched_on").values("searched_on")[:1]
    near = (
        Tag.objects.on_map()
        .filter(method.of_tags, statement__problem=OuterRef("problem"))
        .filter(paper__search=AnyWord(OuterRef("text")))
        .annotate(likeness=SearchRank(F("paper__search"), AnyWord(OuterRef("text"))))
        .order_by("-likeness", "-pk")
        .values("pk")[:1]
    )
    asked = gaps.annotate(searched_on=Subquery(latest), closest_tag=Subquery(near))
    if searched is not None:
        asked = asked.filter(searched_on__isnull=not searched)
    rows = list(asked.values_list("pk", "searched_on", "closest_tag"))
    statements = Statement.objects.select_related("problem__phase").in_bulk([pk for pk, _, _ in rows])
    tags = {tag.pk: tag for tag in Tag.objects.filter(pk__in=[closest for _, _, closest in rows if closest]).for_lists()}
    return [Gap(statements[pk], tags.get(closest), searched_on) for pk, searched_on, closest in rows]
