"""Filters of every resource, each beside a row that must not match, and what a bad value is told."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, QueryDict
from django.utils import timezone

from problems.choices import Relation, ReviewStatus, Scheme, Section, Visibility
from problems.errors import Unparsable
from problems.filters import CallFilter, ChallengeFilter, Filters, PaperFilter, PhaseFilter, ProblemFilter, StatementFilter, TagFilter
from problems.models import CallToAction, Paper, Problem, Statement, Tag
from problems.records import PersonName
from problems.services.catalogue import save as save_catalogue
from tests.factories import make_call, make_challenge, make_paper, make_phase, make_problem, make_search, make_statement, make_tag

pytestmark = pytest.mark.django_db


def ask(filters: type[Filters], query: str, queryset: Any) -> Filters:
    request = HttpRequest()
    request.user = AnonymousUser()
    return filters(QueryDict(query), queryset=queryset, request=request)


def found(filters: type[Filters], query: str, queryset: Any) -> list[str]:
    asked = ask(filters, query, queryset)
    assert asked.is_valid(), asked.errors
    return sorted(str(row) for row in asked.qs)


def world() -> dict[str, Any]:
    """Two problems that differ in all that filters ask for, a paper on each, and one on none."""
    data, noise = make_challenge("data"), make_challenge("noise")
    marks = make_problem(1, title="Marks of images", phase=make_phase("design"), challenges=[data])
    agents = make_problem(2, title="Agents", phase=make_phase("upkeep"), challenges=[noise])
    mark, agent = make_statement(marks, text="Marks are removed."), make_statement(agents, text="Agents are misused.")
    work = make_statement(marks, section=Section.EXISTING_WORK, text="Marks exist.")
    first, second = make_call(mark, phase=marks.phase, text="Build marks."), make_call(agent, phase=agents.phase, text="Watch agents.")
    one = make_paper(
        title="Watermarks removed", year=2023, authors=[PersonName(family="Łukasz", given="Ada")], identifiers=[(Scheme.DOI, "10.1234/one")]
    )
    two = make_paper(title="Agents at work", year=2025, type="report", identifiers=[(Scheme.ARXIV, "2501.00002")], abstract="About watermarks too.")
    make_paper(title="Alone", year=None)
    make_tag(mark, one, relation=Relation.NARROWS, basis="other_modality")
    make_tag(agent, two, relation=Relation.CONFIRMS)
    make_tag(second, two)
    return {"marks": marks, "agents": agents, "mark": mark, "agent": agent, "work": work, "first": first, "second": second, "one": one, "two": two}


ONE, TWO, ALONE = "Watermarks removed", "Agents at work", "Alone"


PAPERS: list[tuple[str, list[str]]] = [
    ("", [TWO, ALONE, ONE]),
    ("problem=1", [ONE]),
    ("problem=1&problem=2", [TWO, ONE]),
    ("statement=P1.L1", [ONE]),
    ("statement=P1.E1", []),
    ("call=C2", [TWO]),
    ("relation=narrows", [ONE]),
    ("relation=narrows&relation=confirms", [TWO, ONE]),
    ("problem=1&relation=confirms", []),
    ("problem=2&relation=responds_to", []),
    ("basis=other_modality", [ONE]),
    ("challenge=noise", [TWO]),
    ("phase=upkeep", [TWO]),
    ("state=narrowed", [ONE]),
    ("state=untouched", []),
    ("type=report", [TWO]),
    ("year=2023", [ONE]),
    ("year__gte=2024", [TWO]),
    ("year__lte=2024", [ONE]),
    ("doi=https://doi.org/10.1234/ONE", [ONE]),
    ("arxiv=arXiv:2501.00002v3", [TWO]),
    ("q=watermark", [TWO, ONE]),
    ("q=%22watermarks+removed%22", [ONE]),
    ("q=watermark+-removed", [TWO]),
    ("q=lukasz", [ONE]),
    ("q=%C5%81ukasz", [ONE]),
    ("modified__gte=2000-01-01T00:00:00Z", [TWO, ALONE, ONE]),
    ("modified__gte=2100-01-01T00:00:00Z", []),
    ("modified__lte=2000-01-01T00:00:00Z", []),
]


def test_papers() -> None:
    world()
    assert {query: found(PaperFilter, query, Paper.objects.all()) for query, _ in PAPERS} == dict(PAPERS)


def test_papers_match_by_tags_that_count_only() -> None:
    at = world()
    make_tag(at["mark"], make_paper(title="Proposed"), status=ReviewStatus.PROPOSED)
    make_tag(at["mark"], make_paper(title="Hidden", visibility=Visibility.RESTRICTED))
    assert found(PaperFilter, "statement=P1.L1", Paper.objects.all()) == [ONE]


def test_facets_count_with_all_other_filters_applied() -> None:
    world()
    asked = ask(PaperFilter, "problem=1", Paper.objects.all())
    assert asked.facet("problem") == {1: 1, 2: 1, None: 1}
    assert asked.facet("relation") == {"narrows": 1}
    assert asked.facet("challenge") == {"data": 1}
    assert asked.years() == {2023: 1}
    assert ask(PaperFilter, "year=2023", Paper.objects.all()).years() == {2023: 1, 2025: 1}
    assert ask(PaperFilter, "q=agents", Paper.objects.all()).facet("relation") == {"confirms": 1, "responds_to": 1}


TAGS: list[tuple[str, list[str]]] = [
    ("", ["C2 responds_to", "P1.L1 narrows", "P2.L1 confirms"]),
    ("problem=1", ["P1.L1 narrows"]),
    ("statement=P2.L1", ["P2.L1 confirms"]),
    ("call=C2", ["C2 responds_to"]),
    ("relation=confirms", ["P2.L1 confirms"]),
    ("basis=other_modality", ["P1.L1 narrows"]),
    ("challenge=data", ["P1.L1 narrows"]),
    ("phase=upkeep", ["C2 responds_to", "P2.L1 confirms"]),
    ("state=confirmed", ["P2.L1 confirms"]),
    ("status=accepted", ["C2 responds_to", "P1.L1 narrows", "P2.L1 confirms"]),
    ("status=declined", []),
    ("year=2023", ["P1.L1 narrows"]),
    ("year__gte=2024", ["C2 responds_to", "P2.L1 confirms"]),
    ("year__lte=2024", ["P1.L1 narrows"]),
    ("doi=10.1234/one", ["P1.L1 narrows"]),
    ("arxiv=2501.00002", ["C2 responds_to", "P2.L1 confirms"]),
    ("q=removed", ["P1.L1 narrows"]),
    ("paper=nothing000", []),
]


def test_tags() -> None:
    world()
    assert {query: found(TagFilter, query, Tag.objects.all()) for query, _ in TAGS} == dict(TAGS)


STATEMENTS: list[tuple[str, list[str]]] = [
    ("", ["P1.E1", "P1.L1", "P2.L1"]),
    ("problem=1", ["P1.E1", "P1.L1"]),
    ("statement=P1.L1&statement=P2.L1", ["P1.L1", "P2.L1"]),
    ("section=existing_work", ["P1.E1"]),
    ("state=narrowed", ["P1.L1"]),
    ("state=untouched", []),
    ("relation=confirms", ["P2.L1"]),
    ("challenge=noise", ["P2.L1"]),
    ("phase=design", ["P1.E1", "P1.L1"]),
    ("call=C1", ["P1.L1"]),
    ("searched=true", ["P2.L1"]),
    ("searched=false", ["P1.E1", "P1.L1"]),
    ("q=misused", ["P2.L1"]),
]


def test_statements() -> None:
    make_search(world()["agent"])
    assert {query: found(StatementFilter, query, Statement.objects.all()) for query, _ in STATEMENTS} == dict(STATEMENTS)


def test_retired_statements_and_their_tags_only_when_asked_for() -> None:
    statement = world()["mark"]
    statement.retired_on = timezone.localdate()
    save_catalogue(thing=statement, by=None)
    assert found(StatementFilter, "", Statement.objects.all()) == ["P1.E1", "P2.L1"]
    assert found(StatementFilter, "retired=false", Statement.objects.all()) == ["P1.E1", "P2.L1"]
    assert found(StatementFilter, "retired=true", Statement.objects.all()) == ["P1.E1", "P1.L1", "P2.L1"]
    assert found(TagFilter, "", Tag.objects.all()) == ["C2 responds_to", "P2.L1 confirms"]
    assert found(TagFilter, "retired=true", Tag.objects.all()) == ["C2 responds_to", "P1.L1 narrows", "P2.L1 confirms"]
    assert found(PaperFilter, "problem=1", Paper.objects.all()) == []
    assert found(ProblemFilter, "state=narrowed", Problem.objects.all()) == []


PROBLEMS: list[tuple[str, list[str]]] = [
    ("problem=1", ["1 Marks of images"]),
    ("statement=P2.L1", ["2 Agents"]),
    ("call=C1", ["1 Marks of images"]),
    ("challenge=noise", ["2 Agents"]),
    ("phase=design", ["1 Marks of images"]),
    ("state=confirmed", ["2 Agents"]),
    ("q=images", ["1 Marks of images"]),
]


def test_problems() -> None:
    world()
    assert {query: found(ProblemFilter, query, Problem.objects.all()) for query, _ in PROBLEMS} == dict(PROBLEMS)


CALLS: list[tuple[str, list[str]]] = [
    ("call=C2", ["C2"]),
    ("phase=design", ["C1"]),
    ("statement=P2.L1", ["C2"]),
    ("problem=1", ["C1"]),
    ("challenge=noise", ["C2"]),
    ("state=narrowed", ["C1"]),
    ("q=watch", ["C2"]),
]


def test_calls() -> None:
    world()
    assert {query: found(CallFilter, query, CallToAction.objects.all()) for query, _ in CALLS} == dict(CALLS)


BAD = [
    ("year=20245", "year", "20245 is not a year. Write four digits, for example 2024."),
    ("year=1e999999999", "year", "1e999999999 is not a year. Write four digits, for example 2024."),
    ("year=" + "9" * 5000, "year", "99999999999999999999 is not a year. Write four digits, for example 2024."),
    ("year__gte=-1", "year__gte", "-1 is not a year. Write four digits, for example 2024."),
    ("problem=99", "problem", "Select a valid choice. 99 is not one of the available choices."),
    ("problem=%00", "problem", "A value contains a NUL character. Delete it and try again."),
    ("statement=P9.L9", "statement", "Select a valid choice. P9.L9 is not one of the available choices."),
    ("relation=likes", "relation", f"“likes” is not known. Choose among: {', '.join(Relation.values)}."),
    ("relation=" + "&relation=".join(["narrows"] * 201), "relation", "More than 200 values. Ask in several requests."),
    ("modified__gte=yesterday", "modified__gte", "This is not a time. Write it like 2026-01-31T12:00:00Z."),
    ("doi=nonsense", "doi", "“nonsense” is not a DOI. Write it like 10.1145/3442188.3445922."),
    ("q=a%00b", "q", "The search contains a NUL character. Delete it and try again."),
    ("q=" + "x" * 301, "q", "The search has 301 characters. Shorten it to 300 or fewer."),
    ("q=" + "+".join(["word"] * 21), "q", "The search has more than 20 words. Leave some out."),
]


def test_bad_values_are_told_by_field() -> None:
    world()
    for query, field, says in BAD:
        asked = ask(PaperFilter, query, Paper.objects.all())
        assert not asked.is_valid()
        assert dict(asked.errors) == {field: [says]}
        assert asked.active == {}


@pytest.mark.parametrize("filters", [CallFilter, ChallengeFilter, PaperFilter, PhaseFilter, ProblemFilter, StatementFilter, TagFilter])
def test_sortings_end_in_something_unique_and_unknown_ones_are_refused(filters: type[Filters]) -> None:
    asked = ask(filters, "", filters._meta.model._default_manager.all())
    assert asked.ordering("") == asked.orderings[0]
    names = [ordering.name for ordering in asked.orderings]
    assert len(set(names)) == len(names)
    for ordering in asked.orderings:
        assert list(asked.qs.order_by(*ordering.fields)) == []
    with pytest.raises(Unparsable, match="There is no sorting by “password”"):
        asked.ordering("password")


def test_relevance_is_a_sorting_only_where_there_are_words() -> None:
    world()
    assert ask(PaperFilter, "", Paper.objects.all()).ordering("").name == "-created"
    with pytest.raises(Unparsable):
        ask(PaperFilter, "", Paper.objects.all()).ordering("relevance")
    asked = ask(PaperFilter, "q=watermarks", Paper.objects.all())
    assert [str(paper) for paper in asked.qs.order_by(*asked.ordering("").fields)] == [ONE, TWO]


def test_by_method() -> None:
    at = world()
    Paper.objects.filter(pk=at["one"].pk).update(material="none_needed", modalities=["text", "image"])
    Paper.objects.filter(pk=at["two"].pk).update(material="needs_it", modalities=["image", "agents"])
    tags = ["C2 responds_to", "P1.L1 narrows", "P2.L1 confirms"]
    asked: list[tuple[str, list[str], list[str], list[str], list[str], list[str]]] = [
        ("material=none_needed", [ONE], tags[1:2], ["P1.L1"], ["1 Marks of images"], []),
        ("material=needs_it", [TWO], tags[::2], ["P2.L1"], ["2 Agents"], ["C2"]),
        ("material=proxy_only", [], [], [], [], []),
        ("material=needs_it&material=none_needed", [TWO, ONE], tags, ["P1.L1", "P2.L1"], ["1 Marks of images", "2 Agents"], ["C2"]),
        ("modality=image", [TWO, ONE], tags, ["P1.L1", "P2.L1"], ["1 Marks of images", "2 Agents"], ["C2"]),
        ("modality=text&modality=audio", [ONE], tags[1:2], ["P1.L1"], ["1 Marks of images"], []),
        ("modality=agents&material=none_needed", [], [], [], [], []),
    ]
    for query, papers, *others in asked:
        assert found(PaperFilter, query, Paper.objects.all()) == papers
        for filters, expected in zip((TagFilter, StatementFilter, ProblemFilter, CallFilter), others, strict=True):
            assert (query, found(filters, query, filters._meta.model._default_manager.all())) == (query, expected)
    assert found(PaperFilter, "material=none_needed&relation=confirms", Paper.objects.all()) == []
    make_tag(at["mark"], make_paper(title="Other"), relation=Relation.CONFIRMS)
    assert found(StatementFilter, "statement=P1.L1&material=none_needed&relation=confirms", Statement.objects.all()) == []  # of one tag, not of two


def test_methods_of_papers_out_of_sight_count_nowhere() -> None:
    statement = make_statement()
    hidden = make_paper(visibility=Visibility.RESTRICTED, material="needs_it", modalities=["text"])
    make_tag(statement, hidden, relation=Relation.NARROWS)
    make_tag(statement, make_paper(material="needs_it"), status=ReviewStatus.PROPOSED, relation=Relation.NARROWS)
    for filters in (StatementFilter, ProblemFilter):
        assert found(filters, "material=needs_it", filters._meta.model._default_manager.all()) == []
        assert found(filters, "modality=text", filters._meta.model._default_manager.all()) == []
    seen = Paper.objects.visible_to(AnonymousUser())
    assert ask(PaperFilter, "", seen).facet("material") == {"needs_it": 1}
    assert ask(PaperFilter, "", seen).facet("modality") == {}


def test_facets_of_the_method() -> None:
    at = world()
    Paper.objects.filter(pk=at["one"].pk).update(material="none_needed", modalities=["text", "image"])
    Paper.objects.filter(pk=at["two"].pk).update(material="needs_it", modalities=["image"])
    asked = ask(PaperFilter, "material=needs_it", Paper.objects.all())
    assert asked.facet("material") == {"none_needed": 1, "needs_it": 1}
    assert asked.facet("modality") == {"image": 1}
    assert asked.facet("relation") == {"confirms": 1, "responds_to": 1}
    assert ask(PaperFilter, "problem=1", Paper.objects.all()).facet("modality") == {"text": 1, "image": 1}
    assert ask(PaperFilter, "q=watermarks", Paper.objects.all()).facet("modality") == {"text": 1, "image": 2}
