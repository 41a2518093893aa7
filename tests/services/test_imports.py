"""A bibliography comes in: each entry is accounted for, a second run creates nothing, what is broken keeps out that one only."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from problems.choices import Scheme
from problems.errors import Refused, Unparsable
from problems.formats import by_name
from problems.models import AuditEvent, Paper
from problems.services import imports, papers
from tests.factories import Cast, make_paper

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
BIB = b"""
@article{one, title={The first}, author={Abel, Ada}, year={2024}, doi={10.1234/one}}
@article{two, title={The second}, author={Brandt, Ben and others}, year={2023}}
@article{bad, title={A year too far}, year={20245}}
@misc{twin, title={The first, again}, author={Abel, Ada}, year={2024}, doi={https://doi.org/10.1234/ONE}}
"""


def run(data: bytes = BIB, *, dry_run: bool = False) -> list[imports.Row]:
    return imports.import_file(data=data, file_format=by_name("bibtex"), by=None, dry_run=dry_run)


@pytest.mark.django_db
def test_each_entry_is_accounted_for_and_twice_is_once() -> None:
    rows = run()
    assert [(row.key, row.line, row.outcome) for row in rows] == [
        ("one", 2, "created"),
        ("two", 3, "created"),
        ("bad", 4, "refused"),
        ("twin", 5, "matched"),
    ]
    assert rows[2].reason == "20245 is not a year. Write four digits, for example 2024."
    assert rows[0].paper == rows[3].paper == Paper.objects.get(title="The first").public_id
    events = AuditEvent.objects.count()
    assert Counter(row.outcome for row in run()) == {"matched": 3, "refused": 1}
    assert (Paper.objects.count(), AuditEvent.objects.count()) == (2, events)


@pytest.mark.django_db
def test_a_dry_run_says_the_same_and_stores_nothing() -> None:
    assert [row.outcome for row in run(dry_run=True)] == ["created", "created", "refused", "matched"]
    assert (Paper.objects.count(), AuditEvent.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_refused_row_leaves_nothing_half_written(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = papers._set_identifiers

    def broken(paper: Paper, wanted: object, by: object) -> None:
        if paper.title == "The second":
            raise Unparsable("No.")
        whole(paper, wanted, by)  # type: ignore[arg-type]  # handed on as they came

    monkeypatch.setattr(papers, "_set_identifiers", broken)
    assert [row.outcome for row in run()] == ["created", "refused", "refused", "matched"]
    assert list(Paper.objects.values_list("title", flat=True)) == ["The first"]


@pytest.mark.parametrize("name", ["anonymous", "reader", "contributor", "reviewer"])
def test_it_is_an_act_of_curators(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        imports.import_file(data=BIB, file_format=by_name("bibtex"), by=getattr(cast, name))
    assert Paper.objects.count() == 0


@pytest.mark.django_db
def test_a_waiting_record_of_somebody_is_joined_not_doubled(cast: Cast) -> None:
    waiting = make_paper(title="The first", identifiers=[(Scheme.DOI, "10.1234/one")], visibility="waiting", logged_by=cast.contributor)
    assert [row.paper for row in run() if row.key == "one"] == [waiting.public_id]


@pytest.mark.django_db
def test_the_given_files_go_in_with_their_counts() -> None:
    if not SHARED.exists():
        pytest.skip("The folder ../shared is absent: its bibliography and samples cannot be imported.")
    expected = {"references.bib": 181} | {
        row["file"]: int(row["entries_expected"])
        for row in csv.DictReader((SHARED / "import-samples" / "README.csv").read_text().splitlines())
        if row["file"].endswith(".bib") and int(row["entries_expected"]) < 200  # the two long ones are read, without a database, in tests/formats
    }
    files = {path.name: path.read_bytes() for path in (*SHARED.glob("*.bib"), *(SHARED / "import-samples").glob("*.bib")) if path.name in expected}
    assert {name: len(run(data)) for name, data in files.items()} == expected
    count = Paper.objects.count()
    again = {name: Counter(row.outcome for row in run(data)) for name, data in files.items()}
    assert again["references.bib"] == {"matched": 181}
    assert all(not outcomes["created"] for outcomes in again.values())
    assert Paper.objects.count() == count
