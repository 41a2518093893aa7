"""Papers on record that a record which comes in may be: found by identifier, by title or by address, and judged by likeness.py."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Upper
from rapidfuzz import fuzz

from problems.choices import Role, Scheme
from problems.handed_in import Data
from problems.models import Paper, PaperIdentifier
from problems.models.papers import PaperQuerySet
from problems.permissions import Actor, role_of
from problems.queries.likeness import Certainty, Facts, Match, classify, compare
from problems.queries.recognising import Recognised
from problems.queries.titles import Titles
from problems.records import PaperRecord, PartialDate, PersonName
from problems.text import without_controls

__all__ = ["Certainty", "Facts", "Match", "Near", "among", "candidates_for", "classify", "known", "near", "of_record"]

SHOWN, LIKE = 5, 0.6
TELLING_LETTERS = 8  # a shorter title is like too many
CHUNK = 500
FOUND = 20  # for each record and each way of looking
LAST = "\U0010ffff"  # nothing that starts the same sorts behind it


@dataclass(frozen=True, slots=True)
class Near:
    """A paper on record, and how sure it is that it is the same work."""

    paper: Paper
    certainty: Certainty


def known(
    *, user: Any, title: str = "", identifiers: Iterable[tuple[Scheme, str]] = (), authors: Iterable[PersonName] = (), year: int | None = None
) -> list[Paper]:
    """Papers that `user` may know of and that may be the same work, certain ones first. Four queries at most."""
    date = PartialDate(year) if year else None
    record = PaperRecord(title=title, identifiers=tuple(identifiers), authors=tuple(authors), date=date)
    return [each.paper for each in near(user=user, record=record)]


def near(*, user: Any, record: PaperRecord) -> list[Near]:
    """The same with how sure each is. Where the record names no authors, titles that are like are enough."""
    facts = Facts.of(record)
    visible: PaperQuerySet = Paper.objects.visible_to(user)
    found = visible.filter(_same(facts)).values_list("pk", flat=True).order_by("pk")[:FOUND]
    title = without_controls(record.title).upper()
    if len(title) > TELLING_LETTERS:
        like = visible.annotate(capitals=Upper("title")).filter(capitals__trigram_similar=title)
        like = like.annotate(likeness=TrigramSimilarity("capitals", title)).filter(likeness__gte=LIKE).order_by("-likeness", "pk")
        found = found.union(like.values_list("pk", flat=True)[:FOUND])
    papers = list(Paper.objects.filter(pk__in=list(found)).for_lists())
    on_record = _facts(papers, user)
    judged = [(compare(facts, on_record[paper.pk]), paper) for paper in papers]
    if not facts.names:
        judged = [(match if match.certainty else _alike(facts, paper), paper) for match, paper in judged]
    shown = [(match, paper) for match, paper in judged if match.certainty]
    shown.sort(key=lambda pair: (-pair[0].certainty, -pair[0].likeness, pair[1].pk))
    return [Near(paper, match.certainty) for match, paper in shown[:SHOWN]]


def facts_of(paper: Paper, *, stands_for_another: bool = False) -> Facts:
    """What of a paper on record is compared; with its authors and identifiers at hand it takes no query."""
    identifiers = frozenset((Scheme(row.scheme), row.value) for row in paper.identifiers.all())
    return Facts(paper.pk, paper.title, paper.people, paper.year, identifiers, paper.url, stands_for_another=stands_for_another)


def _facts(papers: Iterable[Paper], user: Actor) -> dict[int, Facts]:
    """Of these papers, which `user` may know of, by key.

    That one stands for another tells of that other: whoever may not see that has a plain record before them.
    """
    rows = {paper.pk: paper for paper in papers}
    sees_all = role_of(user) >= Role.REVIEWER
    return {key: facts_of(paper, stands_for_another=bool(paper.twin_of_id) and (sees_all or paper.twin_of_id in rows)) for key, paper in rows.items()}


def candidates_for(records: Sequence[PaperRecord | Facts], *, user: Actor, titles: Titles | None = None) -> list[list[Facts]]:
    """For each record, the papers that `user` may know of and that `classify` should judge. Eight queries for 500 records.

    With `titles`, those that are nearly the same are looked for there.
    """
    found: list[list[Facts]] = []
    for start in range(0, len(records), CHUNK):
        found += _candidates([each if isinstance(each, Facts) else Facts.of(each) for each in records[start : start + CHUNK]], user, titles)
    return found


def among(records: Sequence[PaperRecord | Facts]) -> list[list[Facts]]:
    """For each record, the earlier ones of the same list that `classify` should judge; their key is their place in the list."""
    facts = [each if isinstance(each, Facts) else Facts.of(each) for each in records]
    facts = [each if each.key == place else replace(each, key=place) for place, each in enumerate(facts)]
    places: dict[Any, list[int]] = defaultdict(list)
    titles = Titles()
    found: list[list[Facts]] = []
    for place, each in enumerate(facts):
        marks: list[Any] = [*each.spelled, each.page, each.start_key, each.title_key]
        near = {other for mark in marks if mark for other in places[mark]} | set(titles.near(each))
        found.append([facts[other] for other in sorted(near)])
        titles.add(each)
        for mark in marks:
            if mark != each.page or len(places[mark]) < FOUND:
                places[mark].append(place)
    return found


def _alike(facts: Facts, paper: Paper) -> Match:
    """A title that is like, where nothing but a title is known: it was found by that already."""
    return Match(Certainty.PROBABLE, paper.pk, fuzz.ratio(facts.bare, facts_of(paper).bare))


def _same(facts: Facts) -> Q:
    """Papers with one of its identifiers, a title that begins with its main title, or its address."""
    same = Q(pk__in=[])
    for scheme, value in sorted(facts.spelled):
        same |= Q(pk__in=PaperIdentifier.objects.filter(scheme=scheme, value=value).values("paper"))
    if facts.start_key:
        same |= Q(title_key__startswith=facts.main_key) if facts.main_key else Q(title_key=facts.start_key)
    if facts.page:
        same |= Q(url=facts.page)
    return same


BY_IDENTIFIER = """
SELECT asked.place, found.paper_id FROM unnest(%s::int[], %s::text[], %s::text[]) AS asked (place, scheme, value)
JOIN problems_paperidentifier AS found ON found.scheme = asked.scheme AND found.value = asked.value
"""
# A sum, so that where many share one address the planner does not walk through all papers in the order of their keys.
BY_ADDRESS = """
SELECT asked.place, found.id FROM unnest(%s::int[], %s::text[]) AS asked (place, url)
CROSS JOIN LATERAL (
    SELECT id FROM problems_paper AS paper
    WHERE paper.url = asked.url AND paper.id IN ({visible})
    ORDER BY id + 0 LIMIT {limit}
) AS found
"""
# As a range, so that the index on the beginnings of keys is used for each of them.
BY_BEGINNING = """
SELECT asked.place, found.id FROM unnest(%s::int[], %s::text[], %s::text[]) AS asked (place, start, stop)
CROSS JOIN LATERAL (
    SELECT id FROM problems_paper AS paper
    WHERE paper.title_key ~>=~ asked.start AND paper.title_key ~<=~ asked.stop AND paper.id IN ({visible})
    ORDER BY paper.title_key, id LIMIT {limit}
) AS found
"""
# Where many share one address the planner would read the whole table, and so where the index of titles has a list of new rows to go through:
# that is thirty times the price and more.
BY_INDEX = "SELECT set_config('pg_trgm.similarity_threshold', %s, TRUE), set_config('enable_seqscan', 'off', TRUE)"
# OFFSET 0 keeps the planner from comparing titles inside the join with what may be seen, as it may while it takes the tables for empty:
# each title with each, once for every paper.
BY_LIKENESS = """
SELECT asked.place, found.id FROM unnest(%s::int[], %s::text[]) AS asked (place, title)
CROSS JOIN LATERAL (
    SELECT id FROM (
        SELECT id, similarity(UPPER(title), asked.title) AS likeness FROM problems_paper WHERE UPPER(title) %% asked.title OFFSET 0
    ) AS paper
    WHERE paper.id IN ({visible})
    ORDER BY likeness DESC, id LIMIT {limit}
) AS found
"""


def _candidates(facts: Sequence[Facts], user: Actor, in_memory: Titles | None = None) -> list[list[Facts]]:
    visible = Paper.objects.visible_to(user)
    pairs: set[tuple[int, int]] = set()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(BY_INDEX, [str(LIKE)])
        named = [(place, scheme.value, value) for place, each in enumerate(facts) for scheme, value in each.spelled]
        pairs |= _ask(cursor, BY_IDENTIFIER, named)
        pages: dict[str, list[int]] = defaultdict(list)
        for place, each in enumerate(facts):
            if each.page:
                pages[each.page].append(place)
        at_page = _ask(cursor, BY_ADDRESS, [(places[0], page) for page, places in pages.items()], visible)  # each address once
        pairs |= {(place, key) for first, key in at_page for place in pages[facts[first].page]}
        keys = [(place, each.start_key, each.start_key + (LAST if each.main_key else "")) for place, each in enumerate(facts) if each.start_key]
        pairs |= _ask(cursor, BY_BEGINNING, keys, visible)
        if in_memory is not None:
            pairs |= {(place, key) for place, each in enumerate(facts) for key in in_memory.near(each)}
        else:
            titles = [(place, without_controls(each.plain).upper()) for place, each in enumerate(facts)]
            pairs |= _ask(cursor, BY_LIKENESS, [(place, title) for place, title in titles if len(title) > TELLING_LETTERS], visible)
        cursor.execute("SET LOCAL pg_trgm.similarity_threshold TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT")
    papers = visible.filter(pk__in={pk for _, pk in pairs}).prefetch_related("authorships", "identifiers").defer("abstract", "search", "names")
    known_facts = _facts(papers, user)
    found: list[list[Facts]] = [[] for _ in facts]
    for place, pk in sorted(pairs):
        if pk in known_facts:
            found[place].append(known_facts[pk])
    return found


def _ask(cursor: Any, text: str, rows: Sequence[tuple[Any, ...]], visible: PaperQuerySet | None = None) -> set[tuple[int, int]]:
    """Pairs of a place in the list and the key of a paper; the columns of `rows` are sent as arrays."""
    if not rows:
        return set()
    parameters: list[Any] = [list(column) for column in zip(*rows, strict=True)]
    if visible is not None:
        sql, more = visible.order_by().values("pk").query.sql_with_params()
        text = text.format(visible=sql, limit=FOUND)
        parameters += more
    cursor.execute(text, parameters)
    return set(cursor.fetchall())


def of_record(user: Any, record: Data) -> list[Paper]:
    """Papers that `user` may know of and that this record, in the shape of handed_in.py, may be. Queries as `known`."""
    year = record.get("date", "")[:4]
    return known(
        user=user,
        title=record.get("title", ""),
        identifiers=Recognised(record).identifiers,
        authors=[PersonName(**author) for author in record.get("authors", [])],
        year=int(year) if year.isascii() and year.isdecimal() else None,
    )
