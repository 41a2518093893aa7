"""What a code stands for: P5.L2 a statement, C3 a call, P5 a problem as a whole; and the statements that words lead to."""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.search import Lexeme, SearchQuery, SearchRank, SearchVector
from django.db.models import F

from problems.models import CallToAction, Problem, Statement

type AnyTarget = Statement | CallToAction | Problem

CODE = re.compile(r"(?i)\s*(?:(?P<statement>P\d{1,3}\.[EL]\d{1,3})|(?P<call>C\d{1,3})|P(?P<problem>\d{1,3}))\s*", re.ASCII)
WORDS = re.compile(r"\w+")
FOUND_MOST = 12


def code_of(thing: AnyTarget) -> str:
    """The code that is written for a target."""
    return f"P{thing.number}" if isinstance(thing, Problem) else thing.code


def by_code(codes: Iterable[str]) -> dict[str, AnyTarget]:
    """What these codes stand for, by the code as given; codes of nothing are left out. At most three queries."""
    wanted: dict[str, dict[str, str]] = {"statement": {}, "call": {}, "problem": {}}
    for code in codes:
        if match := CODE.fullmatch(code):
            wanted[match.lastgroup or ""][code] = match[match.lastgroup or 0].upper()
    found: dict[str, AnyTarget] = {}
    if wanted["statement"]:
        statements = Statement.objects.select_related("problem", "successor").in_bulk(list(wanted["statement"].values()), field_name="code")
        found |= {code: statements[key] for code, key in wanted["statement"].items() if key in statements}
    if wanted["call"]:
        calls = CallToAction.objects.in_bulk(list(wanted["call"].values()), field_name="code")
        found |= {code: calls[key] for code, key in wanted["call"].items() if key in calls}
    if wanted["problem"]:
        problems = Problem.objects.in_bulk([int(number) for number in wanted["problem"].values()], field_name="number")
        found |= {code: problems[int(number)] for code, number in wanted["problem"].items() if int(number) in problems}
    return found


def finding(text: str) -> list[AnyTarget]:
    """Current statements, calls and problems that a code, the beginning of one, or words lead to; the best first. Three queries."""
    text = text.strip()[:200]
    start = text.upper()
    if not start:
        return []
    if re.fullmatch(r"[PC]\d{0,3}(?:\.[EL]?\d{0,3})?", start, re.ASCII):
        statements = Statement.objects.current().select_related("problem").filter(code__startswith=start)[: FOUND_MOST * 2]
        exact = [each for each in statements if each.code == start] + [each for each in statements if each.code != start]
        calls = CallToAction.objects.filter(code__startswith=start) if start.startswith("C") else CallToAction.objects.none()
        whole = Problem.objects.filter(number=int(start[1:])) if re.fullmatch(r"P\d+", start) else Problem.objects.none()
        every: list[AnyTarget] = [*whole, *calls, *exact]
        return every[:FOUND_MOST]
    words = [word for word in WORDS.findall(text) if len(word) > 1][:10]
    if not words:
        return []
    found: list[tuple[float, AnyTarget]] = []
    for rows, vector in (
        (Statement.objects.current().select_related("problem"), _vector("text", "problem__title")),
        (Problem.objects.all(), _vector("title", "question")),
        (CallToAction.objects.all(), _vector("text")),
    ):
        found += [(row.rank, row) for row in _ranked(rows, vector, words)]
    found.sort(key=lambda pair: -pair[0])
    return [row for _, row in found[:FOUND_MOST]]


def _vector(first: str, second: str = "") -> Any:
    vector = SearchVector(first, weight="A", config="english")
    return vector + SearchVector(second, weight="B", config="english") if second else vector


def _ranked(rows: Any, vector: Any, words: list[str]) -> Any:
    """Rows that hold one of the words, or a word that begins like the last one."""
    lexemes = reduce(or_, [Lexeme(word) for word in words], Lexeme(words[-1], prefix=True))
    query = SearchQuery(lexemes, config="english")
    return rows.annotate(words=vector).filter(words=query).annotate(rank=SearchRank(F("words"), query)).order_by("-rank")[:FOUND_MOST]
