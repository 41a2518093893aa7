"""The catalogue comes from a file: twice is once, nothing is lost, and what is wrong is named with its line."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from problems.choices import EventKind, Face, Relation, State
from problems.errors import Conflict, Refused, Unparsable
from problems.models import Agenda, AuditEvent, CallToAction, ChallengeType, Phase, Problem, Statement
from problems.queries import catalogue_file
from problems.services import audit, catalogue, catalogue_changes
from tests.factories import Cast, make_tag

ROOT = Path(__file__).resolve().parents[2]
TINY = (ROOT / "tests" / "samples" / "tiny-agenda.yaml").read_text()
OURS = (ROOT / "fixtures" / "catalogue.yaml").read_text()
MODELS = (Agenda, Phase, ChallengeType, Problem, Statement, CallToAction)


def load(text: str, *, dry_run: bool = False) -> list[str]:
    return [str(difference) for difference in catalogue.load(catalogue.read(text), by=None, dry_run=dry_run)]


def counts() -> list[int]:
    return [model._default_manager.count() for model in MODELS]


@pytest.mark.django_db
def test_ours_holds_the_facts_of_the_paper() -> None:
    load(OURS)
    assert counts() == [1, 3, 4, 15, 87, 12]
    facts = {
        problem.number: (problem.title, problem.phase.slug, [each.slug for each in problem.challenges.all()]) for problem in Problem.objects.all()
    }
    assert facts[5] == ("Watermark robustness", "development", ["data", "evaluation", "adversarial"])
    assert facts[9] == ("Model transparency", "deployment", ["data", "adversarial"])
    assert facts[15] == ("Assessing safeguards", "maintenance", ["evaluation", "adversarial", "wellness"])
    assert [phase.problems.count() for phase in Phase.objects.all()] == [5, 5, 5]
    assert [challenge.problems.count() for challenge in ChallengeType.objects.all()] == [9, 10, 14, 7]
    assert [phase.calls.count() for phase in Phase.objects.all()] == [4, 4, 4]
    assert Statement.objects.limitations().count() == 48
    assert not CallToAction.objects.filter(serves=None).exists()
    assert Problem.objects.get(number=5).get_absolute_url() == "/problems/5-watermark-robustness/"
    assert yaml.safe_load(catalogue_file.as_text()) == yaml.safe_load(OURS)  # what goes out is what came in


@pytest.mark.django_db
def test_the_facts_agree_with_the_given_table() -> None:
    facts = ROOT.parent / "shared" / "data" / "catalogue-facts.csv"
    if not facts.exists():
        pytest.skip("The folder ../shared is absent: its table of facts cannot be compared.")
    load(OURS)
    rows = [line.split(",") for line in facts.read_text().splitlines()[1:]]
    ours = [
        [str(each.number), each.title, each.phase.title, ";".join(challenge.label for challenge in each.challenges.all())]
        for each in Problem.objects.select_related("phase")
    ]
    assert ours == rows


@pytest.mark.django_db
def test_a_second_time_changes_nothing() -> None:
    assert len(load(TINY)) == 1 + 2 + 1 + 2 + 4 + 1
    events = AuditEvent.objects.count()
    assert load(TINY) == []
    assert AuditEvent.objects.count() == events


@pytest.mark.django_db
def test_a_dry_run_shows_the_difference_and_stores_nothing() -> None:
    load(TINY)
    changed = TINY.replace("Cracks are found late.", "Cracks are found too late.").replace("challenges: []", "challenges: [noise]")
    expected = [
        "P1.L2  text: 'Cracks are found late.' -> 'Cracks are found too late.'",
        "problem 2  challenges: [] -> ['noise']",
    ]
    events = AuditEvent.objects.count()
    assert load(changed, dry_run=True) == expected
    assert Statement.objects.get(code="P1.L2").text == "Cracks are found late."
    assert AuditEvent.objects.count() == events
    assert load(changed) == expected
    assert Statement.objects.get(code="P1.L2").text == "Cracks are found too late."


@pytest.mark.django_db
def test_a_change_of_wording_keeps_its_history() -> None:
    load(TINY)
    load(TINY.replace("Cracks are found late.", "Cracks are found too late."))
    event = AuditEvent.objects.about(Statement.objects.get(code="P1.L2")).first()
    assert event is not None
    assert (event.before, event.after) == ({"text": "Cracks are found late."}, {"text": "Cracks are found too late."})


@pytest.mark.django_db
def test_a_retired_statement_points_to_its_successor_and_counts_nowhere() -> None:
    load(TINY)
    make_tag(Statement.objects.get(code="P1.L2"), relation=Relation.NARROWS)
    retiring = (
        "{code: P1.L2, text: Cracks are found late., retired_on: 2026-11-24, successor: P1.L3}, {code: P1.L3, text: Fine cracks are found late.}"
    )
    load(TINY.replace("{code: P1.L2, text: Cracks are found late.}", retiring))
    old, new = Statement.objects.get(code="P1.L2"), Statement.objects.get(code="P1.L3")
    assert (old.retired_on, old.successor, new.state) == (date(2026, 11, 24), new, State.UNTOUCHED)
    assert list(Statement.objects.limitations().values_list("code", flat=True)) == ["P1.L1", "P1.L3", "P2.L1"]
    assert AuditEvent.objects.about(old).filter(kind=EventKind.RETIRED).count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("tagged", [True, False])
def test_what_is_on_record_cannot_be_left_out(tagged: bool) -> None:  # noqa: FBT001 - both ways
    load(TINY)
    if tagged:
        make_tag(Statement.objects.get(code="P1.L2"))
    before = counts()
    with pytest.raises(Unparsable, match=r"Line 2: P1\.L2 is on record and not in the file"):
        load(TINY.replace(", {code: P1.L2, text: Cracks are found late.}", ""))
    with pytest.raises(Unparsable, match=r"problem 2 is on record and not in the file"):
        load(TINY[: TINY.index("  - number: 2")] + TINY[TINY.index("calls:") :])
    assert counts() == before


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("code: P1.E1", "code: P1.E1x", 25, "P1.E1x is no code of this list"),
        ("code: P1.E1", "code: P2.E1", 25, "P2.E1 is no code of this list"),
        ("code: P1.L2", "code: P1.L1", 26, "P1.L1 stands twice"),
        ("phase: casting\n", "phase: forging\n", 18, "“forging” is not one of casting, ringing"),
        ("challenges: [noise]", "challenges: [silence]", 18, "“silence” is not one of noise"),
        ("challenges: [noise]", "challenges: noise", 18, "`challenges` is missing or is not a list"),
        ("    slug: cracks\n", "    slug: Cracks and more\n", 18, "Use lower-case letters"),
        ("    slug: cracks\n", "", 18, "`slug` is missing or is not text"),
        ("    slug: cracks\n", "    slug: cracks\n    slug: again\n", 18, "“slug” stands twice"),
        ("    question: Why", "    quetsion: Why", 18, "A problem has no “quetsion”"),
        ("serves: [P1.L1]", "serves: [P1.E1]", 37, "“P1.E1” is not one of P1.L1"),
        ("serves: [P1.L1]", "serves: [[P1.L1]]", 37, "is not one of"),
        ('colour: "#2369AE"', 'colour: "url(x)"', 16, "Write the colour as #"),
        ("icon: volume-2", "icon: no-such-icon", 16, "There is no icon “no-such-icon”"),
        ("icon: volume-2", "icon: ../../etc", 16, "Write the name of a Lucide icon"),
        ("number: 2, title: Ringing", "number: 1, title: Ringing", 14, "already exists"),
        ("url: https://example.org/bells", "url: javascript:alert(1)", 3, "Enter a valid URL"),
        ("year: 2025", "year: true", 3, "`year` is missing or is not a number"),
        ("[{given: Ada, family: Abel}]", "[Ada]", 3, "An author lacks a family name"),
        ("summary: Some bells crack.", "summary: Some\x07 bells crack.", 1, "character that YAML does not allow"),
        ("limitations: [{code: P2.L1", "limitations: [P9, {code: P2.L1", 27, "`limitations` is not a list of mappings"),
        ("text: Nobody has", "text: Nobody: has", 26, "expected ',' or '}'"),
        ("text: Cracks are found late.}", "text: Cracks are found late., successor: P1.L1}", 26, "P1.L2 has a successor and is not retired"),
        ("text: Cracks are found late.}", "text: Cracks are found late., retired_on: 2026-02-30}", 1, "day is out of range"),
        ("    slug: cracks\n", "    slug: [cracks]\n", 18, "`slug` is missing or is not text"),
        ("slug: noise", "slug: [noise]", 16, "`slug` is missing or is not text"),
        ("number: 2\n", "number: two\n", 27, "`number` is missing or is not a number"),
        ("text: Cracks are found late.}", "text: Cracks are found late., retired_on: 2026-11-24, successor: P1.L2}", 26, "does not follow itself"),
        ("text: Cracks are found late.}", "text: Cracks are found late., retired_on: soon}", 26, "`retired_on` is not a day"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_nothing_is_stored(old: str, new: str, line: int, says: str) -> None:
    assert old in TINY
    with pytest.raises(Unparsable) as refusal:
        load(TINY.replace(old, new, 1))
    assert says in str(refusal.value)
    assert (f"Line {line}:" in str(refusal.value)) or line == 1
    assert counts() == [0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("text", ["", "- a\n- b", "just words", "agenda: &a [*a]", "!!python/object/apply:os.system ['true']", "a: [" * 2000])
def test_what_is_no_catalogue_is_refused(text: str) -> None:
    with pytest.raises(Unparsable):
        catalogue.read(text)


@pytest.mark.parametrize("name", ["contributor", "reviewer"])
def test_only_curators_change_it(cast: Cast, name: str) -> None:
    load(TINY)
    statement = Statement.objects.get(code="P1.L1")
    statement.text = "Another claim altogether."
    with pytest.raises(Refused):
        catalogue.save(thing=statement, by=getattr(cast, name))
    assert catalogue.save(thing=statement, by=cast.curator, reason="Clearer")


# -- the file and the site --


def publish(cast: Cast, kind: str, target: str, **values: str) -> None:
    change = catalogue_changes.propose(kind=kind, target=target, values=values, reason="Because.", by=cast.reviewer)
    catalogue_changes.publish(change=change, by=cast.curator)


def test_what_was_published_goes_out_and_comes_back(cast: Cast) -> None:
    load(TINY)
    publish(cast, "new", "P1", section="limitation", text="Fine cracks: “found” late, or #never.\nSo it is said.")
    publish(cast, "wording", "P1.L1", text="Another text.", review_by="2030-01-31")
    publish(cast, "retirement", "P1.L2", successor="P1.L3")
    written = catalogue_file.as_text()
    assert load(written) == []
    with pytest.raises(Unparsable, match=r"P1\.L3 is on record and not in the file"):
        load(TINY)


@pytest.mark.django_db
@pytest.mark.parametrize("by_somebody", [True, False])
def test_a_file_does_not_silently_change_back_what_was_published(by_somebody: bool) -> None:  # noqa: FBT001 - both ways
    load(TINY)
    statement = Statement.objects.get(code="P1.L2")
    statement.text = "Cracks are found."
    with audit.origin(Face.ADMIN if by_somebody else Face.COMMAND):
        catalogue.save(thing=statement, by=None)
    difference = "P1.L2  text: 'Cracks are found.' -> 'Cracks are found late.'"
    told = f"{difference}  (published on the site)" if by_somebody else difference
    assert load(TINY, dry_run=True) == [told]
    if by_somebody:
        with pytest.raises(Conflict, match=r"It would change back what was published on the site: P1\.L2  text"):
            load(TINY)
        assert Statement.objects.get(code="P1.L2").text == "Cracks are found."
        catalogue.load(catalogue.read(TINY), by=None, over_site=True)
    else:
        load(TINY)
    assert Statement.objects.get(code="P1.L2").text == "Cracks are found late."
    load(TINY.replace("Cracks are found late.", "Cracks are found too late."))  # what a file wrote last, a file changes


@pytest.mark.django_db
def test_a_file_that_knows_what_was_published_loads_beside_it(cast: Cast) -> None:
    load(TINY)
    publish(cast, "wording", "P1.L1", text="Another text.")
    changed = catalogue_file.as_text().replace("Bells are loud.", "Bells are very loud.")
    assert load(changed) == ["challenge noise  text: 'Bells are loud.' -> 'Bells are very loud.'"]


@pytest.mark.django_db
def test_a_day_to_ask_again_is_read_from_the_file() -> None:
    load(TINY)
    aged = TINY.replace("Cracks are found late.}", "Cracks are found late., review_by: 2027-03-01}")
    assert load(aged) == ["P1.L2  review_by: None -> datetime.date(2027, 3, 1)"]
    assert load(TINY) == ["P1.L2  review_by: datetime.date(2027, 3, 1) -> None"]
    with pytest.raises(Unparsable, match="`review_by` is not a day"):
        load(aged.replace("2027-03-01", "soon"))
