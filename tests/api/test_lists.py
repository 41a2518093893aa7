"""Filters, sortings and pages. Each filter finds what it should and leaves the decoys; which rules it follows is tested in test_filters.py."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from problems.api.urls import VIEWSETS
from problems.choices import EventKind, ReviewStatus
from problems.filters import Filters
from problems.models import Assignment, BulkChange, CatalogueChange, Interest, Paper, User, Watch
from problems.services import audit, duplicates, flags, trash
from problems.services.assignments import assign
from problems.services.reviews import claim, publish_paper, restrict_paper
from tests.api.conftest import HOST, LATER, Ask, World, ids
from tests.factories import Cast, dated, make_import, make_paper, make_search, make_submission, make_tag, make_user, tag_data

NAMES = ("lasting", "another", "undated")
TAGS = ("narrows", "contributes", "responds", "relevant", "against_retired")

PAPERS = {
    "problem=1": "lasting another",
    "problem=1&problem=2": "lasting another undated",
    "statement=P1.L1": "lasting",
    "call=C1": "another",
    "material=none_needed": "lasting",
    "modality=image&modality=video": "lasting",
    "relation=relevant": "undated",
    "relation=relevant&relation=narrows": "lasting undated",
    "basis=not_applicable": "another",
    "challenge=people": "undated",
    "phase=upkeep": "undated",
    "state=narrowed": "lasting",
    "state=contested": "",
    "type=article": "lasting",
    "year=2020": "another",
    "year__gte=2021": "lasting",
    "year__lte=2023": "another",
    "modified__gte=2026-02-01T00:00:00Z": "",
    "modified__lte=2026-02-01T00:00:00Z": "lasting another undated",
    "doi=https://doi.org/10.1000/OTHER": "another",
    "arxiv=arXiv:2402.01239v2": "lasting",
    "q=watermarks": "lasting",
    "q=ogre": "another",
    "problem=1&relation=relevant": "",  # of one and the same tag
    "mine=true": "",
    "mine=false": "lasting another undated",
}


def test_papers(ask: Ask, world: World) -> None:
    known = {paper.public_id: name for paper, name in zip(world.papers, NAMES, strict=True)}
    found = {query: {known[key] for key in ids(ask(f"papers/?{query}"))} for query in PAPERS}
    assert found == {query: set(names.split()) for query, names in PAPERS.items()}


TAGGED = {
    "": "narrows contributes responds relevant",
    "retired=true": " ".join(TAGS),
    "retired=false": "narrows contributes responds relevant",
    "problem=1": "narrows contributes",
    "problem=2": "relevant",
    "statement=P1.L1": "narrows",
    "material=none_needed": "narrows",
    "modality=image&modality=video": "narrows",
    "call=C1": "responds",
    "relation=contributes": "contributes",
    "basis=not_applicable": "contributes",
    "challenge=people": "relevant",
    "phase=design": "narrows contributes responds",
    "state=narrowed": "narrows",
    "state=contested&retired=true": "",
    "status=accepted": "narrows contributes responds relevant",
    "status=proposed": "",
    "year=2020": "contributes responds",
    "year__gte=2021": "narrows",
    "year__lte=2021": "contributes responds",
    "doi=10.1000/other": "contributes responds",
    "arxiv=2402.01239": "narrows",
    "q=watermark": "narrows",
    "modified__gte=2026-02-01": "",
}


def test_tags(ask: Ask, world: World) -> None:
    known = {getattr(world, name).public_id: name for name in TAGS}
    found = {query: {known[key] for key in ids(ask(f"tags/?{query}"))} for query in TAGGED}
    assert found == {query: set(names.split()) for query, names in TAGGED.items()}


def test_tags_of_a_paper(ask: Ask, world: World) -> None:
    assert ids(ask(f"tags/?paper={world.papers[0].public_id}")) == [world.narrows.public_id]
    assert ids(ask("tags/?paper=aaaaaaaaaa")) == []


CATALOGUE = {
    "statements/": "P1.E1 P1.L1 P1.L2 P2.L1",
    "statements/?retired=true": "P1.E1 P1.L1 P1.L2 P1.L3 P2.L1",
    "statements/?problem=2": "P2.L1",
    "statements/?statement=P1.L2&statement=P2.L1": "P1.L2 P2.L1",
    "statements/?call=C1": "P1.L1 P2.L1",
    "statements/?relation=contributes": "P1.E1",
    "statements/?challenge=people": "P2.L1",
    "statements/?phase=upkeep": "P2.L1",
    "statements/?section=existing_work": "P1.E1",
    "statements/?state=untouched": "P1.L2 P2.L1",
    "statements/?state=contested&retired=true": "",
    "statements/?searched=true": "P1.L2",
    "statements/?searched=false": "P1.E1 P1.L1 P2.L1",
    "statements/?due=true": "",
    "statements/?due=false": "P1.E1 P1.L1 P1.L2 P2.L1",
    "statements/?being_worked_on=true": "P1.L2",
    "statements/?being_worked_on=false": "P1.E1 P1.L1 P2.L1",
    "statements/?q=watermarks": "P1.L1",
    **dict.fromkeys(("statements/?material=none_needed", "statements/?modality=image"), "P1.L1"),
    **dict.fromkeys(("problems/?material=none_needed", "problems/?modality=image"), "1"),
    **dict.fromkeys(("calls/?material=none_needed", "calls/?modality=image"), ""),
    "problems/": "1 2",
    "problems/?problem=2": "2",
    "problems/?statement=P1.L1": "1",
    "problems/?call=C1": "1 2",
    "problems/?challenge=data": "1",
    "problems/?phase=upkeep": "2",
    "problems/?state=narrowed": "1",
    "problems/?q=watermark": "1",
    "calls/": "C1 C2",
    "calls/?call=C2": "C2",
    "calls/?phase=upkeep": "C2",
    "calls/?statement=P2.L1": "C1",
    "calls/?problem=2": "C1",
    "calls/?challenge=people": "C1",
    "calls/?state=narrowed": "C1",
    "calls/?q=watermark": "C1",
    "teams/": "world-lab",
    "phases/": "design upkeep",
    "phases/?modified__gte=2026-02-01T00:00:00Z": "",
    "challenges/": "data people",
    "challenges/?modified__lte=2025-12-31T00:00:00Z": "",
}
SEARCHES = {
    "": "first second",
    "problem=1": "first",
    "statement=P1.L1": "first",
    "status=accepted": "first",
    "status=proposed": "second",
    "mine=true": "second",
    "mine=false": "first",
}
SUBMISSIONS = {
    "": "waits held draft",
    "state=submitted": "waits held",
    "state=draft&state=decided": "draft",
    "kind=paper": "waits held draft",
    "kind=search": "",
    "problem=2": "held",
    "claimed=me": "held",
    "claimed=nobody": "waits",
    "claimed=others": "",
    "assigned=me": "waits",
    "assigned=nobody": "held",
    "assigned=others": "",
    "turn=first_reviewer": "waits held",
    "turn=second_reviewer&turn=settle&turn=contributor": "",
    "team=world-lab": "",
    "advisory__lte=0": "held draft",
    "advisory__lte=1": "waits held draft",
    "mine=true": "draft",
    "mine=false": "waits held",
    "offered=true": "waits held",
    "offered=false": "draft",
    "left=true": "",
    "left=false": "waits held draft",
    "ordering=submitted": "waits held draft",
    "ordering=-submitted": "draft held waits",
}


@pytest.mark.usefixtures("world")
def test_catalogue(ask: Ask) -> None:
    assert {path: " ".join(map(str, ids(ask(path)))) for path in CATALOGUE} == CATALOGUE


@pytest.fixture
def handed_in(world: World, cast: Cast) -> dict[str, str]:
    """Two searches and three submissions, for the reviewer, by id."""
    names: dict[str, str] = {}
    for name, target, status, by in (
        ("first", world.limitations[0], ReviewStatus.ACCEPTED, cast.contributor),
        ("second", world.elsewhere, ReviewStatus.PROPOSED, cast.reviewer),
    ):
        names[make_search(target, status=status, by=by, query=name).public_id] = name
    for name, target, by, draft in (
        ("waits", world.limitations[0], cast.contributor, False),
        ("held", world.elsewhere, cast.contributor, False),
        ("draft", world.elsewhere, cast.reviewer, True),
    ):
        submission = make_submission(by, tag_data(target), draft=draft)
        names[submission.public_id] = name
        if name == "held":
            claim(submission=submission, by=cast.reviewer)
        if name == "waits":
            assign(submission=submission, to=cast.reviewer, by=cast.curator)
            Paper.objects.filter(pk=submission.paper_id).update(advisory=1)
    make_submission(cast.contributor, draft=True)
    return names


def test_what_was_handed_in(ask: Ask, cast: Cast, handed_in: dict[str, str]) -> None:
    expected = {f"{name}/?{query}": names for name, table in (("searches", SEARCHES), ("submissions", SUBMISSIONS)) for query, names in table.items()}
    found = {path: ids(ask(path if "ordering" in path else f"{path}&ordering=created".replace("?&", "?"), by=cast.reviewer)) for path in expected}
    assert {path: " ".join(handed_in[key] for key in keys if key in handed_in) for path, keys in found.items()} == expected


def test_a_table_above_names_every_filter() -> None:
    """So that a new filter is not forgotten."""
    asked = {"papers": "&".join((*PAPERS, "advisory=", "topic=")), "tags": "&".join((*TAGGED, "paper="))}  # those two in test_care.py
    asked |= {"searches": "&".join(SEARCHES), "submissions": "&".join(SUBMISSIONS), "imports": "state="}  # the last in test_imports.py
    asked |= {"notifications": "unread="}  # in test_talk.py
    asked |= {"duplicates": "certain=", "flags": "state=&reason="}  # in test_curating.py
    asked |= {"bulk-changes": "act="}  # in test_bulk_changes.py
    asked |= {"catalogue-changes": "kind=&state="}  # in the test below
    for path in CATALOGUE:
        name, _, query = path.partition("/?")
        asked[name.strip("/")] = f"{asked.get(name.strip('/'), '')}&{query}"
    for name, viewset in VIEWSETS.items():
        left = {each for each in viewset.filters.base_filters if f"&{each}=" not in f"&{asked.get(name, '')}"}  # of others: times only
        assert left <= {"modified__gte", "modified__lte"}, name


def test_proposals_are_found_by_kind_and_state(ask: Ask, world: World, cast: Cast) -> None:
    told: dict[str, Any] = {"by": cast.reviewer, "statement": world.elsewhere, "values": {"text": "x"}, "reason": "x"}
    waits = CatalogueChange.objects.create(kind="wording", **told)
    done = CatalogueChange.objects.create(kind="retirement", state="withdrawn", **told)
    for query, rows in {"kind=wording": [waits], "kind=new": [], "state=withdrawn": [done], "state=proposed&state=withdrawn": [done, waits]}.items():
        assert ids(ask(f"catalogue-changes/?{query}", by=cast.reviewer)) == [row.public_id for row in rows]


@pytest.fixture
def ties(world: World) -> list[Paper]:
    """Five more papers, of which three tie in every sorting."""
    del world
    made = [make_paper(title=title, year=year) for title, year in (("Tie", 2022), ("Tie", 2022), ("Tie", 2022), ("Before", 2021), ("Zenith", None))]
    return [dated(paper, LATER) for paper in made]


def walk(ask: Ask, path: str) -> tuple[list[Any], list[Any]]:
    """Ids from the first page to the last one, and those from the last one back to the first."""
    page = ask(path)
    assert page["previous"] is None
    forth = [ids(page)]
    while page["next"]:
        page = ask(page["next"].removeprefix(HOST))
        forth.append(ids(page))
    back = [ids(page)]
    while page["previous"]:
        page = ask(page["previous"].removeprefix(HOST))
        back.append(ids(page))
    assert back[::-1] == forth
    return [key for rows in forth for key in rows], [len(rows) for rows in forth]


READERS = {
    **dict.fromkeys(("assignments", "trash"), "curator"),
    **dict.fromkeys(("reviewers", "interests", "bulk-changes", "catalogue-changes", "duplicates"), "reviewer"),
}
"""Who reads a list, where a contributor does not."""


@pytest.fixture
def three_of_each(world: World, cast: Cast, ties: list[Paper]) -> None:
    """At least three rows for every list."""
    del ties
    for number in range(3):
        make_tag(world.elsewhere, relation="confirms")
        make_search(world.elsewhere)
        make_submission(cast.contributor, draft=number == 1)
        make_import(cast.contributor, title=f"Imported {number}")
        flags.flag(thing=world.elsewhere, by=cast.contributor, reason="harmful")
        trash.throw(thing=make_search(world.elsewhere), by=None, reason="No.")
        BulkChange.objects.create(by=cast.reviewer, act="accept")
        Assignment.objects.create(reviewer=cast.reviewer, person=make_user())
        Interest.objects.create(user=cast.reviewer, family=f"Author {number}")
        followed = ({"statement": world.elsewhere}, {"call": world.calls[0]}, {"problem": world.problems[0]})
        Watch.objects.create(user=cast.contributor, **followed[number])
        audit.record(EventKind.DECIDED, make_submission(cast.contributor), by=cast.reviewer)
        CatalogueChange.objects.create(by=cast.reviewer, kind="wording", statement=world.elsewhere, values={"text": "x"}, reason="x")
    duplicates.find()


@pytest.mark.usefixtures("three_of_each")
def test_every_sorting_leads_through_all_rows_and_back(ask: Ask, cast: Cast) -> None:
    for name, viewset in VIEWSETS.items():
        by = getattr(cast, READERS.get(name, "contributor"))
        for ordering in viewset.filters.ORDERINGS:
            path = f"{name}/?ordering={ordering.name}"
            whole = ids(ask(f"{path}&page_size=200", by=by))
            walked, sizes = walk(ask, f"{path}&page_size=2")
            assert walked == whole, path
            assert set(sizes[:-1]) <= {2}, path
            assert len(set(walked)) == len(walked) > 1, path


class Poller:
    """A client that keeps a copy: it asks for what changed since the latest change that it knows, and stores by id."""

    def __init__(self, ask: Ask, resource: str, by: User) -> None:
        self.ask, self.resource, self.by = ask, resource, by
        self.latest, self.copy, self.news = "2020-01-01T00:00:00Z", dict[str, str](), list[str]()

    def poll(self) -> list[str]:
        """Ids of what is new or changed, oldest change first, each page of two."""
        self.news = []
        address: str | None = f"{self.resource}/?{urlencode({'ordering': 'modified', 'modified__gte': self.latest, 'page_size': 2})}"
        while address:
            page = self.ask(address, by=self.by)
            for row in page["results"]:
                if self.copy.get(row["id"]) != row["modified"]:
                    self.news.append(row["id"])
                    self.copy[row["id"]] = self.latest = row["modified"]
            address = page["next"] and page["next"].removeprefix(HOST)
        return self.news


@pytest.mark.parametrize("resource", ["papers", "tags", "searches", "submissions"])
def test_who_polls_sees_every_change_once(ask: Ask, world: World, cast: Cast, resource: str) -> None:
    """Also where rows share a time, and where they come in with a time that is the latest one known."""
    make: dict[str, Callable[[], Any]] = {
        "papers": make_paper,
        "tags": lambda: make_tag(world.elsewhere),
        "searches": lambda: make_search(world.elsewhere),
        "submissions": lambda: make_submission(cast.contributor),
    }
    poller = Poller(ask, resource, cast.contributor)
    poller.poll()
    rows = [make[resource]() for _ in range(5)]
    then = LATER + timedelta(days=300)
    for row in rows:
        dated(row, then)
    assert sorted(poller.poll()) == sorted(row.public_id for row in rows)
    assert poller.poll() == []
    late = dated(make[resource](), then)
    assert poller.poll() == [late.public_id]
    dated(rows[2], then + timedelta(microseconds=1))
    assert poller.poll() == [rows[2].public_id]
    assert poller.poll() == []


def test_what_one_may_not_see_does_not_come(ask: Ask, world: World, cast: Cast) -> None:
    poller = Poller(ask, "papers", cast.stranger)
    poller.poll()
    restrict_paper(paper=world.papers[0], by=cast.reviewer, reason="It tells how.")
    make_submission(cast.contributor)
    assert poller.poll() == []
    publish_paper(paper=world.papers[0], by=cast.curator, reason="Fine.")
    assert poller.poll() == [world.papers[0].public_id]


def test_sortings_sort(ask: Ask, ties: list[Paper], world: World) -> None:
    titles = {paper.public_id: paper.title for paper in (*world.papers, *ties)}

    def sorted_by(ordering: str) -> list[str]:
        return [titles[key] for key in ids(ask(f"papers/?ordering={ordering}"))]

    assert sorted_by("title") == ["A lasting watermark", "Another", "Before", "Tie", "Tie", "Tie", "Undated", "Zenith"]
    by_year = sorted_by("-year")
    assert by_year[:6] == ["A lasting watermark", "Tie", "Tie", "Tie", "Before", "Another"]
    assert set(by_year[6:]) == {"Undated", "Zenith"}
    assert sorted_by("year")[2:] == ["Another", "Before", "Tie", "Tie", "Tie", "A lasting watermark"]
    assert set(sorted_by("-modified")[:5]) == set(sorted_by("modified")[3:]) == {"Tie", "Before", "Zenith"}
    assert ids(ask("papers/")) == ids(ask("papers/?ordering=-created"))
    assert ids(ask("problems/?ordering=-number")) == [2, 1]


def test_a_search_is_sorted_by_relevance_unless_told_otherwise(ask: Ask, world: World) -> None:
    del world
    make_paper(title="Notes", abstract="On a watermark.", year=2025)
    titles = [row["title"] for row in ask("papers/?q=watermark")["results"]]
    assert titles == ["A lasting watermark", "Notes"]
    assert [row["title"] for row in ask("papers/?q=watermark&ordering=relevance")["results"]] == titles
    assert [row["title"] for row in ask("papers/?q=watermark&ordering=-year")["results"]] == titles[::-1]
    assert walk(ask, "papers/?q=watermark&page_size=1")[1] == [1, 1]


def test_pages_keep_the_rest_of_the_query(ask: Ask, world: World) -> None:
    del world
    page = ask("papers/?page_size=1&include=tags&year__lte=2024&year__lte=2024".replace("&year__lte=2024&year__lte=2024", "&year__lte=2024"))
    assert page["next"].startswith(f"{HOST}/api/v1/papers/?page_size=1&include=tags&year__lte=2024&cursor=")
    following = ask(page["next"].removeprefix(HOST))
    assert following["next"] is None
    assert ids(page) != ids(following)
    assert "tags" in following["results"][0]


def test_page_sizes(ask: Ask, world: World) -> None:
    del world
    for _ in range(55):
        make_paper()
    assert [len(ask(f"papers/{query}")["results"]) for query in ("", "?page_size=1", "?page_size=200")] == [50, 1, 58]


def test_rows_that_come_in_meanwhile_are_not_shown_twice(ask: Ask, world: World) -> None:
    del world
    first = ask("papers/?page_size=2")
    make_paper(title="New")
    second = ask(first["next"].removeprefix(HOST))
    assert not set(ids(first)) & set(ids(second))
    assert len(ids(second)) == 1


def test_polling_by_time_finds_each_change_once(ask: Ask, world: World) -> None:
    del world
    seen = ask("papers/?ordering=modified")["results"]
    latest = seen[-1]["modified"]
    changed = dated(make_paper(title="New"), LATER)
    fresh = ask(f"papers/?ordering=modified&modified__gte={quote(latest)}")
    assert [key for key in ids(fresh) if key not in [row["id"] for row in seen]] == [changed.public_id]
    exact = ask(f"papers/?modified__gte={quote(LATER.isoformat())}")
    assert ids(exact) == [changed.public_id]


def test_a_filter_names_what_it_is_for() -> None:
    unnamed = [(name, key) for name, viewset in VIEWSETS.items() for key, each in viewset.filters.base_filters.items() if not each.extra["help_text"]]
    assert unnamed == []
    assert issubclass(VIEWSETS["papers"].filters, Filters)
