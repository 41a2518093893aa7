"""The shipped literature is what it says, goes in once, and names the line that is wrong."""

import json
from pathlib import Path
from typing import Any

import pytest

from problems.choices import ReviewStatus, State, Visibility
from problems.errors import Unparsable
from problems.formats import by_name
from problems.models import Paper, Statement, Tag, User
from problems.queries.evidence import evidence_for
from problems.services import catalogue, imports, literature
from problems.states import steps
from tests.factories import make_statement

ROOT = Path(__file__).resolve().parents[2]
LINES = (ROOT / "fixtures" / "literature.jsonl").read_text(encoding="utf-8").splitlines()
ROW: dict[str, Any] = {
    "title": "A study of marks",
    "authors": [{"family": "Abel", "given": "Ada"}],
    "date": "2024-05",
    "type": "preprint",
    "identifiers": {"arxiv": "2405.00001"},
    "tags": [
        {
            "statement": "P1.L1",
            "relation": "narrows",
            "rationale": "It measures what nobody had measured before.",
            "basis": "general_proxy",
            "contributor": "us",
            "accepted": "2026-11-24T09:00:00Z",
        }
    ],
}
HEAD = {"contributors": {"us": "First curation"}}


def load(*rows: dict[str, Any]) -> literature.Report:
    return literature.load(lines=[json.dumps(row) for row in rows], by=None)


@pytest.mark.django_db
def test_the_shipped_literature() -> None:
    catalogue.load(catalogue.read((ROOT / "fixtures" / "catalogue.yaml").read_text()), by=None)
    report = literature.load(lines=LINES, by=None)
    assert (report.created, report.matched, report.tagged) == (239, 0, 169)
    assert Tag.objects.on_map().count() == 169
    assert set(Paper.objects.values_list("visibility", flat=True)) == {Visibility.PUBLIC}
    assert not Paper.objects.exclude(abstract="").exists()
    assert sorted(User.objects.filter(tags__isnull=False).distinct().values_list("display_name", "email")) == [
        ("Bibliography of the paper", None),
        ("First curation", None),
    ]
    assert not any(user.has_usable_password() for user in User.objects.all())
    again = literature.load(lines=LINES, by=None)
    assert (again.created, again.matched, again.tagged) == (0, 239, 0)
    # each problem has at least one accepted tag
    assert {tag.code.split(".")[0] for tag in Tag.objects.filter(call=None).select_related("statement", "problem")} == {
        f"P{number}" for number in range(1, 16)
    }
    # what is kept is what derivation says
    for statement in Statement.objects.limitations():
        derived = steps(evidence_for([statement.pk])[statement.pk])
        assert [(step.before, step.after, step.at, step.tag_id) for step in statement.steps.order_by("at", "pk")] == [
            (step.before, step.after, step.at, step.tag) for step in derived
        ]
        assert statement.state == (derived[-1].after if derived else State.UNTOUCHED)
    # the bibliography that it was made from adds nothing
    bibliography = ROOT.parent / "shared" / "data" / "references.bib"
    if bibliography.exists():
        rows = imports.import_file(data=bibliography.read_bytes(), file_format=by_name("bibtex"), by=None)
        assert {row.outcome for row in rows} == {"matched"}


@pytest.mark.django_db
def test_tags_are_accepted_with_the_day_of_the_file() -> None:
    make_statement()
    load(HEAD, ROW)
    tag = Tag.objects.get()
    assert (tag.status, str(tag.decided_at), tag.contributor.display_name, str(tag.paper.date)) == (
        ReviewStatus.ACCEPTED,
        "2026-11-24 09:00:00+00:00",
        "First curation",
        "2024-05",
    )


@pytest.mark.django_db
def test_what_people_changed_since_is_left_as_it_is() -> None:
    make_statement()
    load(HEAD, ROW)
    Tag.objects.update(status=ReviewStatus.DECLINED)
    Paper.objects.update(title="Renamed")
    load(HEAD, ROW)
    assert (Tag.objects.get().status, Paper.objects.get().title) == (ReviewStatus.DECLINED, "Renamed")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"type": "poem"}, "poem"),
        ({"date": "20245"}, "is not a date"),
        ({"identifiers": {"isbn": "1"}}, "Line 2"),
        ({"tags": [ROW["tags"][0] | {"statement": "P9.L9"}]}, "P9.L9"),
        ({"tags": [ROW["tags"][0] | {"contributor": "nobody"}]}, "nobody"),
        ({"tags": [ROW["tags"][0] | {"rationale": "short"}]}, "at least 20"),
        ({"tags": [ROW["tags"][0] | {"relation": "responds_to"}]}, "does not fit"),
        ({"tags": [{key: value for key, value in ROW["tags"][0].items() if key != "statement"}]}, "A tag has no target"),
        ({"authors": [{"surname": "Abel"}]}, "surname"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_nothing_is_stored(change: dict[str, Any], says: str) -> None:
    make_statement()
    with pytest.raises(Unparsable, match=r"^Line 2: ") as refusal:
        load(HEAD, ROW | change)
    assert says in str(refusal.value)
    assert (Paper.objects.count(), User.objects.count()) == (0, 0)
