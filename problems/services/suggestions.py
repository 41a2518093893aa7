"""Learns the model behind suggestions from what is public: catalogue, glossary, titles of other fields, and tags that were decided on."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q

from problems.choices import ReviewStatus, Section, Visibility
from problems.errors import Conflict
from problems.lexical.training import Kind, Labels, Text, train
from problems.models import Agenda, Problem, Statement, SuggestionModel, Tag
from problems.permissions import Action, Actor, on_map, require

KEPT_MODELS = 3  # a process may be about to read the one before
TITLES_MOST = 100  # for each problem, the latest decided ones


@dataclass(slots=True)
class Judged:
    """What reviewers said of a paper: the labels that they accepted, and those that they declined."""

    title: str
    accepted: set[str] = field(default_factory=set)
    declined: set[str] = field(default_factory=set)


def learn(*, glossary: Mapping[int, Sequence[str]], off_topic: Mapping[str, Sequence[str]], by: Actor) -> SuggestionModel:
    """Learn anew and keep the weights; suggestions follow the latest. A paper that not everybody may see has no say, whatever its tags.

    Raises Refused, and Conflict where there is no catalogue.
    """
    require(by, Action.CHANGE_CATALOGUE, Agenda())
    labels, texts = _catalogue()
    if not labels.parents:
        title = "There is no statement to learn from."
        raise Conflict(title, "Load the catalogue first: manage.py load_catalogue.")
    known = {number: terms for number, terms in glossary.items() if f"P{number}" in labels.problems}
    texts += [Text(term, Kind.GLOSSARY, frozenset({f"P{number}"})) for number, terms in known.items() for term in terms]
    texts += [Text(title, Kind.OFF_TOPIC) for titles in off_topic.values() for title in titles]
    judged = _latest(_judged(labels))
    texts += [Text(each.title, Kind.TITLE, frozenset(each.accepted), frozenset(each.declined - each.accepted)) for each in judged]
    made = SuggestionModel(
        weights=train(texts, labels).as_data(),
        texts=len(texts),
        accepted=sum(label in labels.parents for each in judged for label in each.accepted),
        declined=sum(label in labels.parents for each in judged for label in each.declined),
    )
    with transaction.atomic():
        made.save()
        kept = SuggestionModel.objects.order_by("-pk").values("pk")[:KEPT_MODELS]
        SuggestionModel.objects.exclude(pk__in=list(kept.values_list("pk", flat=True))).delete()
    return made


def _catalogue() -> tuple[Labels, list[Text]]:
    texts = []
    problems = list(Problem.objects.order_by("number"))
    for problem in problems:
        texts += [Text(text, Kind.CATALOGUE, frozenset({f"P{problem.number}"})) for text in (problem.title, problem.question, problem.summary)]
    parents, leading = {}, set()
    for statement in Statement.objects.current().select_related("problem"):
        parents[statement.code] = f"P{statement.problem.number}"
        if statement.section == Section.EXISTING_WORK:
            leading.add(statement.code)
        texts.append(Text(statement.text, Kind.CATALOGUE, frozenset({statement.code, parents[statement.code]})))
    return Labels(tuple(f"P{problem.number}" for problem in problems), parents, frozenset(leading)), texts


def _judged(labels: Labels) -> list[Judged]:
    """Public papers with what was decided of them, the latest decisions first."""
    found: dict[int, Judged] = {}
    declined = Q(status=ReviewStatus.DECLINED, paper__visibility=Visibility.PUBLIC, statement__retired_on=None)
    decided = Tag.objects.filter(on_map() | declined, call=None)
    for tag in decided.select_related("paper", "statement__problem", "problem").defer("paper__abstract").order_by("-decided_at", "-pk"):
        codes = {tag.statement.code, f"P{tag.statement.problem.number}"} if tag.statement else {f"P{tag.problem.number}"} if tag.problem else set()
        if tag.status == ReviewStatus.DECLINED and tag.statement:
            codes = {tag.statement.code}  # that it does not bear on this statement says little of the problem
        each = found.setdefault(tag.paper_id, Judged(tag.paper.title))
        (each.accepted if tag.status == ReviewStatus.ACCEPTED else each.declined).update(codes)
    for each in found.values():
        each.accepted &= {*labels.problems, *labels.parents}
        each.declined &= {*labels.problems, *labels.parents}
    return [each for each in found.values() if each.accepted or each.declined]


def _latest(judged: Sequence[Judged]) -> list[Judged]:
    """Of each problem the first TITLES_MOST; what was only declined counts with the statement or problem that it was declined for."""
    taken: Counter[str] = Counter()
    kept = []
    for each in judged:
        problems = {code.partition(".")[0] for code in each.accepted or each.declined}
        if any(taken[code] < TITLES_MOST for code in problems):
            taken.update(problems)
            kept.append(each)
    return kept
