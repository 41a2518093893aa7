"""The works that are measured: how each target is asked, and which rows its answer has to hold."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

type Questions = Mapping[str, Any]
TARGETS = ("limit", "plain", "ours")
OURS = "/api/v1"


@dataclass(frozen=True, slots=True)
class Aim:
    """Of PERFORMANCE's table: at most so many times LIMIT's time per request, at least so many times PLAIN's requests."""

    time: float
    requests: float


@dataclass(frozen=True, slots=True)
class Work:
    """A kind of request. `paths` gives for each target the same questions in the same order, in its own words."""

    name: str
    title: str
    aim: Aim | None
    paths: Callable[[Questions], dict[str, list[str]]]
    rows: Callable[[Any], list[Any]]
    conditional: bool = False
    connections: int = 16


def _address(path: str, **query: object) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _three(path: str, queries: list[dict[str, object]], **more: object) -> dict[str, list[str]]:
    """The same queries to all three; `more` is said to ours only."""
    return {
        target: [_address(f"{OURS if target == 'ours' else ''}{path}", **query | (more if target == "ours" else {})) for query in queries]
        for target in TARGETS
    }


def _tagged(asked: Questions) -> dict[str, list[str]]:
    return _three("/papers/", [{"problem": problem, "relation": relation} for problem, relation in asked["tagged"]], include="tags", page_size=50)


def _pages(pages: list[Any]) -> dict[str, list[str]]:
    return {
        "limit": [_address("/papers/", before=page["before"]) for page in pages],
        "plain": [_address("/papers/", page=page["number"]) for page in pages],
        "ours": [_address(f"{OURS}/papers/", cursor=page["cursor"], include="tags", page_size=50) for page in pages],
    }


def _details(asked: Questions) -> dict[str, list[str]]:
    plain = [f"/papers/{paper}/" for paper, _ in asked["papers"]]
    return {"limit": plain, "plain": plain, "ours": [f"{OURS}{path}?include=tags" for path in plain]}


def _found(asked: Questions) -> dict[str, list[str]]:
    return _three("/papers/", [{"q": f"{one} {other}"} for one, other in asked["pairs"]], include="tags", page_size=50)


def _target(tag: Any) -> Any:
    """Code or number of what a tag points at; ours names it in an object with its address."""
    target = tag["statement"] or tag["call"] or tag["problem"]
    return target["id"] if isinstance(target, dict) else target


def _paper(row: Any) -> list[Any]:
    """A paper as it is compared. The order of its tags may differ, that of papers may not."""
    tags = [(tag["id"], _target(tag), tag["relation"], tag["rationale"]) for tag in row["tags"]]
    return [row["id"], row["title"], row["year"], row["abstract"], len(row["authors"]), sorted(tags)]


def _one(answer: Any) -> list[Any]:
    return [_paper(answer)]


def _papers(answer: Any) -> list[Any]:
    return [_paper(row) for row in answer["results"]]


def _problems(answer: Any) -> list[Any]:
    return [
        [row["number"], row["title"], row["papers"], {state: count for state, count in row["states"].items() if count}] for row in answer["results"]
    ]


WORKS = (
    Work("tagged", "list of 50 with tags, by problem and relation", Aim(1.0, 25), _tagged, _papers),
    Work("list", "list of 50, no filter", Aim(1.2, 20), lambda asked: _pages(asked["first_pages"]), _papers),
    Work("deep", "deep page (90% of the depth)", Aim(1.0, 50), lambda asked: _pages(asked["deep_pages"]), _papers),
    Work("detail", "detail", Aim(3.5, 6), _details, _one),
    Work("search", "search, two words, exact ranking", Aim(2.2, 2), _found, _papers),
    Work("coverage", "coverage: problems with states and papers", Aim(2.5, 20), lambda _asked: _three("/problems/", [{}]), _problems),
    Work("unchanged", "304 (the list by problem and relation)", Aim(4.5, 40), _tagged, _papers, conditional=True),
)


def _page(name: str, title: str, paths: Callable[[Questions], list[str]]) -> Work:
    """A page of the site: no other target has it, so that only its growth can be told."""
    return Work(name, f"page: {title}", None, lambda asked: {"ours": paths(asked)}, list, connections=4)


PAGES = (
    _page("home", "home", lambda _asked: ["/"]),
    _page("map", "map and frontier", lambda _asked: ["/map/"]),
    _page("problem", "problem", lambda asked: [f"/problems/{number}-{slug}/" for number, slug in asked["problems"]]),
    _page("papers", "papers with facets, by problem", lambda asked: [f"/papers/?problem={number}" for number, _ in asked["problems"]]),
    _page("paper", "paper", lambda asked: [f"/papers/{paper}/{slug}/" for paper, slug in asked["papers"]]),
    _page("calls", "calls", lambda _asked: ["/calls/"]),
)


class Differs(Exception):
    """A target answers other rows than LIMIT does."""


def compare(asked: Questions, ask: Callable[[str, str], bytes], targets: Mapping[str, str], of: Sequence[Work] = WORKS) -> dict[str, int]:
    """Compare the rows of each target (its name, and whose words it speaks) with LIMIT's, for every question; return rows compared by work.

    `ask` takes the name of a target and a path. Raises Differs.
    """
    compared = {}
    for work in (work for work in of if not work.conditional):
        paths = work.paths(asked)
        compared[work.name] = 0
        for place, path in enumerate(paths["limit"]):
            expected = work.rows(json.loads(ask("limit", path)))
            for name, words in targets.items():
                found = work.rows(json.loads(ask(name, paths[words][place])))
                if found != expected:
                    raise Differs(f"{work.title}: {name} answers {paths[words][place]} otherwise than limit answers {path}.")
            compared[work.name] += len(expected)
        if not compared[work.name]:
            raise Differs(f"{work.title}: no rows to compare.")
    return compared
