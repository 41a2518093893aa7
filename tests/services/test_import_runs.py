"""A file is read by a worker: every entry is accounted for, once, whatever happens on the way; what is new waits as one submission."""

from collections.abc import Callable, Generator
from contextlib import nullcontext
from datetime import timedelta
from operator import length_hint
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from problems.choices import Role, Scheme, Visibility
from problems.errors import Conflict, Duplicate, Invalid, Refused, TooMany, Unparsable
from problems.formats import Failed, Format, Parsed, Reading
from problems.formats._isolated import never
from problems.models import AuditEvent, ImportRow, ImportRun, Paper, PaperIdentifier, Submission, User
from problems.services import imports, papers, submissions
from tests.factories import Cast, make_paper, make_statement, make_submission, make_team, make_user, tag_data

BIB = """
@article{one, title={A survey of sample methods}, author={Abel, Ada}, year={2024}, doi={10.1234/one}, archiveprefix={x}, eprint={2401.00001}}
@article{two, title={The second}, author={Brandt, Ben and others}, year={2023}}
@article{bad, title={A year too far}, year={20245}}
@misc{same, title={A survey of sample methods, again}, author={Abel, Ada}, year={2024}, doi={https://doi.org/10.1234/ONE}}
@misc{near, title={Surveys of the sample methods}, author={Abel, Ada}, year={2024}}
"""


def many(count: int, start: int = 0) -> str:
    """Entries that have little in common."""
    entry = "@misc{{k{0}, title={{Method {0:b} under condition {1}}}, author={{Person{0:b}, P}}, year={{2024}}, doi={{10.1234/{0}}}}}\n"
    return "".join(entry.format(number, number * 7919) for number in range(start, start + count))


def here(data: bytes, form: Format, *, tick: Callable[[], Any] = never, **_limits: Any) -> Reading:
    """The file read in this process: faster, where a test is not about the other one."""

    def answers() -> Generator[Parsed | Failed | int]:
        assert form.read
        found = form.read(data)
        yield length_hint(found)
        for number, answer in enumerate(found):
            if number % 100 == 0:
                tick()
            yield answer

    return Reading(answers())


@pytest.fixture(autouse=True)
def _read_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "read_isolated", here)


def begun(by: User, text: str = BIB, **more: Any) -> ImportRun:
    return imports.start(data=text.encode(), filename="library.bib", by=by, **more)


def ended(by: User, text: str = BIB) -> ImportRun:
    run = begun(by, text)
    assert imports.run_next()
    run.refresh_from_db()
    return run


def told(run: ImportRun) -> list[tuple[int, str, str]]:
    return [(row.number, row.key, row.outcome) for row in run.rows.all()]


def test_every_entry_is_accounted_for_and_what_is_new_waits_as_one_submission(cast: Cast) -> None:
    run = begun(cast.contributor)
    assert (run.state, run.total, bytes(run.data or b""), run.filename, run.format) == ("queued", None, BIB.encode(), "library.bib", "bibtex")
    assert imports.run_next()
    assert not imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.total, run.done, run.data, run.error, run.attempts) == ("finished", 5, 5, None, "", 1)
    assert run.counts == {"created": 2, "known": 1, "unclear": 1, "refused": 1}
    one, two, bad, same, near = run.rows.all()
    assert told(run) == [(1, "one", "created"), (2, "two", "created"), (3, "bad", "refused"), (4, "same", "known"), (5, "near", "unclear")]
    assert [row.line for row in run.rows.all()] == [2, 3, 4, 5, 6]
    assert (one.title, two.notes) == ("A survey of sample methods", ["The list of authors is cut short (“and others”)."])
    assert (bad.reason, bad.paper) == ("20245 is not a year. Write four digits, for example 2024.", None)
    assert (same.paper, same.reason, same.record) == (one.paper, "The same as entry 1 of this file.", None)
    assert (near.paper, near.reason) == (one.paper, imports.NEARLY)
    assert near.record is not None
    assert near.record["title"] == "Surveys of the sample methods"
    submission = Submission.objects.get()
    assert (run.submission, submission.kind, submission.state, submission.contributor) == (submission, "import", "submitted", cast.contributor)
    assert list(Paper.objects.order_by("pk").values_list("title", "visibility", "logged_by", "title_key")) == [
        ("A survey of sample methods", "waiting", cast.contributor.pk, "asurveyofsamplemethods"),
        ("The second", "waiting", cast.contributor.pk, "thesecond"),
    ]


def test_what_is_stored_together_is_as_what_is_stored_alone(cast: Cast) -> None:
    text = "@article{one, title={Größe of {X}}, author={van den Berg, Ada and {Group of Tests}}, year={2024}, month=may, doi={10.1234/one}, "
    text += "url={https://example.org/x}, journal={Journal}, abstract={It says.}, eprint={2401.00001}, archiveprefix={arXiv}}"
    ended(cast.contributor, text)
    together = Paper.objects.get()
    expected, record = facts_of(together), together.to_record()
    together.delete()
    papers.save(paper=papers.from_record(record), authors=record.authors, identifiers=record.identifiers, by=cast.contributor)
    assert facts_of(Paper.objects.get()) == expected


def facts_of(paper: Paper) -> dict[str, Any]:
    """All that is stored of it, but for what differs each time."""
    own = {name: value for name, value in vars(paper).items() if name not in {"_state", "id", "public_id", "created", "modified"}}
    event = AuditEvent.objects.get(paper=paper, kind="created")
    return own | {
        "people": paper.people,
        "identifiers": list(paper.identifiers.values_list("scheme", "value", "shadow")),
        "event": {**event.after, "public_id": ""},
        "who": (event.actor, event.object_type, event.object_name == paper.public_id, event.face, event.reason, event.before),
        "found": Paper.objects.filter(pk=paper.pk, search="group").count(),
    }


def test_the_same_file_again_creates_nothing_and_hands_in_nothing(cast: Cast) -> None:
    ended(cast.contributor)
    events = AuditEvent.objects.filter(object_type="paper").count()
    again = ended(cast.contributor)
    assert told(again) == [(1, "one", "known"), (2, "two", "known"), (3, "bad", "refused"), (4, "same", "known"), (5, "near", "unclear")]
    assert (again.submission, Paper.objects.count(), AuditEvent.objects.filter(object_type="paper").count()) == (None, 2, events)


def test_the_number_of_queries_does_not_grow_with_the_entries(cast: Cast) -> None:
    numbers = []
    for count, start in ((5, 0), (5, 100), (60, 200)):
        run = begun(cast.contributor, many(count, start))
        with CaptureQueriesContext(connection) as queries:
            imports.run_next()
        numbers.append(len(queries))
        run.refresh_from_db()
        assert run.counts == {"created": count}
    assert numbers[1] == numbers[2]


def test_entries_that_follow_one_share_its_fate_unless_it_was_refused(cast: Cast) -> None:
    first = "@misc{a, title={Measures of sample quality in practice}, author={Abel, Ada}, year={2024}}\n"
    text = first + first.replace("{a,", "{b,") + first.replace("{a,", "{c,")
    run = ended(cast.contributor, text + "@misc{d, title={???}, doi={10.1/x}}\n@misc{e, title={The work without a sign}, doi={10.1/x}}\n")
    assert told(run) == [(1, "a", "created"), (2, "b", "known"), (3, "c", "known"), (4, "d", "refused"), (5, "e", "created")]
    assert len(set(run.rows.filter(number__lte=3).values_list("paper", flat=True))) == 1


@pytest.mark.parametrize("visibility", [Visibility.RESTRICTED, Visibility.WAITING])
def test_what_is_out_of_sight_is_as_if_it_were_new(cast: Cast, visibility: str) -> None:
    hidden = make_paper(title="Out of sight", identifiers=[(Scheme.DOI, "10.1234/one")], visibility=visibility)
    run = ended(cast.contributor)
    made = run.rows.get(number=1)
    assert (made.outcome, made.reason, run.counts["created"]) == ("created", "", 2)
    assert made.paper is not None
    assert (made.paper.twin_of, made.paper.visibility) == (hidden, "waiting")
    assert list(PaperIdentifier.objects.filter(value="10.1234/one").order_by("pk").values_list("paper", "shadow")) == [
        (hidden.pk, False),
        (made.paper.pk, True),
    ]
    assert ended(make_user(Role.REVIEWER)).rows.get(number=1).paper == hidden


@pytest.mark.parametrize("name", ["anonymous", "reader"])
def test_who_may_not_import(cast: Cast, name: str) -> None:
    with pytest.raises(Refused):
        imports.start(data=b"<xml", filename="", by=getattr(cast, name))


def test_what_is_refused_before_it_is_read(cast: Cast, settings: Any) -> None:
    team = make_team(cast.stranger)
    for data, more, error, says in (
        (b"PK\x03\x04", {}, Unparsable, "an archive or a document"),
        (b"@" * 20_000_001, {}, Unparsable, "Part it into files of 20 MB or less"),
        (BIB.encode(), {"team": team.slug}, Invalid, "You are in no such team"),
    ):
        with pytest.raises(error, match=says):
            imports.start(data=data, filename="a.bib", by=cast.contributor, **more)
    assert ImportRun.objects.count() == 0
    settings.IMPORTS_A_DAY = 2
    begun(cast.contributor)
    begun(cast.contributor)
    with pytest.raises(TooMany, match="more than 2 imports in a day"):
        begun(cast.contributor)
    begun(cast.stranger)
    ImportRun.objects.update(created=timezone.now() - timedelta(days=1))
    settings.MAX_OPEN_SUBMISSIONS = 0
    with pytest.raises(Conflict, match="You have 0 open submissions"):
        begun(cast.contributor)


@pytest.mark.parametrize(
    ("given", "kept"), [("C:\\Users\\me\\lib\x00rary.bib", "lib rary.bib"), ("../../etc/x.bib", "x.bib"), ("a" * 300, "a" * 200)]
)
def test_of_the_name_of_a_file_only_the_name_is_kept(cast: Cast, given: str, kept: str) -> None:
    assert imports.start(data=BIB.encode(), filename=given, by=cast.contributor).filename == kept


def test_on_behalf_of_a_team(cast: Cast) -> None:
    team = make_team(cast.contributor, cast.teammate)
    run = begun(cast.contributor, team=team.slug)
    imports.run_next()
    assert Submission.objects.get().team == run.team == team


# -- cancelled --


def test_a_cancelled_one_that_waits_is_not_read(cast: Cast) -> None:
    run = imports.cancel(run=begun(cast.contributor), by=cast.contributor)
    assert (run.state, run.data, run.error) == ("cancelled", None, "Cancelled before it was read.")
    assert not imports.run_next()
    with pytest.raises(Conflict, match="This import has ended"):
        imports.cancel(run=run, by=cast.contributor)


def test_what_a_cancelled_one_had_created_is_removed_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 5)
    known = make_paper(title="Known", identifiers=[(Scheme.DOI, "10.1234/3")])
    run = begun(cast.contributor, many(12))
    after_each(monkeypatch, lambda: imports.cancel(run=run, by=cast.contributor) if Paper.objects.count() > 5 else None, times=1)
    imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.done, run.submission) == ("cancelled", 10, None)
    assert run.error == "Cancelled after 10 entries. What it had created was removed again."
    assert run.counts == {"created": 0, "known": 1, "unclear": 0, "refused": 9}
    assert list(Paper.objects.all()) == [known]
    assert AuditEvent.objects.filter(object_type="paper", kind="deleted", reason="Cancelled").count() == 9


def after_each(monkeypatch: pytest.MonkeyPatch, do: Callable[[], Any], times: int) -> None:
    """Do something after some chunks were stored."""
    store, left = imports._store, [times]

    def stored(*given: Any) -> None:
        store(*given)
        if left[0] and do() is not None:
            left[0] -= 1

    monkeypatch.setattr(imports, "_store", stored)


def stopped(by: User, monkeypatch: pytest.MonkeyPatch) -> ImportRun:
    """One whose worker fell silent after five of its entries."""
    monkeypatch.setattr(imports, "CHUNK", 5)
    run = begun(by, many(12))
    with monkeypatch.context() as patch:
        killed_after(patch, 1)
        with pytest.raises(KilledError):
            imports.run_next()
    ImportRun.objects.update(heartbeat_at=timezone.now() - imports.SILENT - timedelta(seconds=1))
    return run


@pytest.mark.parametrize("queued", [False, True])
def test_what_nobody_works_on_is_removed_by_the_next_worker(cast: Cast, monkeypatch: pytest.MonkeyPatch, *, queued: bool) -> None:
    run = stopped(cast.contributor, monkeypatch)
    if queued:
        imports.run_next(stopping=lambda: True)
    run = imports.cancel(run=run, by=cast.contributor)
    assert (run.state, run.cancel_asked, Paper.objects.count()) == ("queued", True, 5)
    assert imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.submission, Paper.objects.count()) == ("cancelled", None, 0)


def test_what_cannot_be_removed_is_handed_in_after_the_last_attempt(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(cast.contributor, monkeypatch)
    imports.cancel(run=run, by=cast.contributor)
    monkeypatch.setattr(papers, "remove_all", broken_off)
    for _ in range(3):
        with pytest.raises(KilledError):
            imports.run_next()
        ImportRun.objects.update(heartbeat_at=timezone.now() - imports.SILENT - timedelta(seconds=1))
    assert imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.counts, run.submission and run.submission.state) == ("failed", {"created": 5}, "submitted")


def broken_off(**_: Any) -> None:
    raise KilledError


def test_who_has_left_the_team_meanwhile_hands_in_alone(cast: Cast) -> None:
    team = make_team(cast.contributor, cast.teammate)
    run = begun(cast.contributor, team=team.slug)
    team.members.remove(cast.contributor)
    imports.run_next()
    run.refresh_from_db()
    assert (Submission.objects.get().team, run.team, run.state) == (None, None, "finished")


def test_who_withdraws_takes_no_record_of_an_import_that_is_still_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    run = stopped(cast.contributor, monkeypatch)
    paper = Paper.objects.earliest("pk")
    submissions.withdraw(submission=make_submission(cast.teammate, tag_data(make_statement()), paper=paper), by=cast.teammate)
    imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.rows.get(number=1).paper) == ("finished", paper)


def test_others_can_neither_cancel_nor_settle(cast: Cast) -> None:
    make_team(cast.contributor, cast.teammate)
    run = ended(cast.contributor)
    row = run.rows.get(outcome="unclear")
    going = begun(cast.contributor)
    for by, error in ((cast.teammate, Refused), (cast.stranger, Conflict), (cast.reviewer, Refused)):
        with pytest.raises(error):
            imports.settle(row=row, choice="new", by=by)
        with pytest.raises(Conflict if by == cast.reviewer else error):  # reviewers know of what was handed in only
            imports.cancel(run=going, by=by)
    going.refresh_from_db()
    assert (going.cancel_asked, ImportRow.objects.get(pk=row.pk).outcome) == (False, "unclear")


# -- settled --


def test_an_unclear_entry_is_settled_as_the_same_or_as_new(cast: Cast) -> None:
    run = ended(cast.contributor, BIB + "@misc{nearer, title={Surveys of sample methods}, author={Abel, Ada}, year={2025}}")
    one, other = run.rows.filter(outcome="unclear")
    assert imports.settle(row=one, choice="same", by=cast.contributor).outcome == "known"
    made = imports.settle(row=other, choice="new", by=cast.contributor)
    assert (made.outcome, made.record, made.paper and made.paper.title) == ("created", None, "Surveys of sample methods")
    run.refresh_from_db()
    assert run.counts == {"created": 3, "known": 2, "unclear": 0, "refused": 1}
    with pytest.raises(Conflict, match="settled already"):
        imports.settle(row=made, choice="same", by=cast.contributor)
    with pytest.raises(Invalid, match="Say “same” or “new”"):
        imports.settle(row=made, choice="maybe", by=cast.contributor)


def test_what_is_settled_as_new_is_handed_in_where_nothing_was(cast: Cast) -> None:
    make_paper(title="A survey of sample methods", authors=["Abel"])
    run = ended(cast.contributor, BIB[BIB.index("@misc{near") :])
    assert (run.submission, run.counts) == (None, {"unclear": 1})
    imports.settle(row=run.rows.get(), choice="new", by=cast.contributor)
    run.refresh_from_db()
    assert run.submission is not None
    assert (run.submission.state, run.submission.kind) == ("submitted", "import")


def test_nothing_is_settled_once_the_submission_is_decided_or_the_record_gone(cast: Cast) -> None:
    run = ended(cast.contributor)
    row = run.rows.get(outcome="unclear")
    Paper.objects.filter(pk=row.paper_id).update(visibility=Visibility.RESTRICTED)
    with pytest.raises(Conflict, match="is gone"):
        imports.settle(row=row, choice="same", by=cast.contributor)
    assert run.submission is not None
    submissions.withdraw(submission=run.submission, by=cast.contributor)
    with pytest.raises(Conflict, match="The submission of this import is withdrawn"):
        imports.settle(row=row, choice="new", by=cast.contributor)


# -- what goes wrong on the way --


def test_a_file_that_breaks_off_keeps_what_was_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 5)

    def broken(data: bytes, form: Format, **more: Any) -> Reading:
        def answers() -> Generator[Parsed | Failed | int]:
            found = here(data, form, **more)
            yield 12
            for _ in range(7):
                yield next(found)
            raise Unparsable("Reading the file takes too long.", "Part it.")

        return Reading(answers())

    monkeypatch.setattr(imports, "read_isolated", broken)
    run = ended(cast.contributor, many(12))
    assert (run.state, run.error, run.done, run.total) == ("failed", "Reading the file takes too long. Part it.", 5, 12)
    assert (run.counts, Paper.objects.count()) == ({"created": 5}, 5)
    assert run.submission is not None


def test_a_file_without_entries_fails_with_a_sentence(cast: Cast) -> None:
    run = ended(cast.contributor, "@string{a = {b}}\n" * 10_000)
    assert (run.state, run.error.split(".")[0], run.submission) == ("failed", "There is no BibTeX entry in the 10,001 lines of the file", None)


class KilledError(Exception):
    """Stands for the end of a worker."""


def killed_after(monkeypatch: pytest.MonkeyPatch, chunks: int) -> None:
    store, left = imports._store, [chunks]

    def stored(*given: Any) -> None:
        if not left[0]:
            raise KilledError
        left[0] -= 1
        store(*given)

    monkeypatch.setattr(imports, "_store", stored)


def test_another_worker_goes_on_after_the_last_row(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 5)
    run = begun(cast.contributor, many(12))
    with monkeypatch.context() as patch:
        killed_after(patch, 1)
        with pytest.raises(KilledError):
            imports.run_next()
    assert not imports.run_next()  # it may still be alive
    ImportRun.objects.update(heartbeat_at=timezone.now() - imports.SILENT - timedelta(seconds=1))
    assert imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.done, run.attempts, run.counts) == ("finished", 12, 2, {"created": 12})
    assert list(run.rows.values_list("number", flat=True)) == list(range(1, 13))
    assert AuditEvent.objects.filter(object_type="paper", kind="created").count() == Paper.objects.count() == 12


def test_after_three_attempts_it_is_given_up_with_a_sentence(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    run = begun(cast.contributor)
    killed_after(monkeypatch, 0)
    for _ in range(3):
        with pytest.raises(KilledError):
            imports.run_next()
        ImportRun.objects.update(heartbeat_at=timezone.now() - imports.SILENT - timedelta(seconds=1))
    assert imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "Reading this file has stopped 3 times before its end. Part the file and import the parts.")


def test_a_worker_that_was_taken_for_dead_writes_nothing_more(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 5)
    run = begun(cast.contributor, many(12))
    after_each(monkeypatch, lambda: ImportRun.objects.update(attempts=2), times=1)
    imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.done, run.rows.count(), Paper.objects.count()) == ("running", 5, 5, 5)


def test_a_worker_that_is_told_to_end_leaves_the_rest_to_the_next(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 5)
    run = begun(cast.contributor, many(12))
    imports.run_next(stopping=lambda: Paper.objects.count() >= 5)
    run.refresh_from_db()
    assert (run.state, run.done, run.attempts) == ("queued", 5, 0)
    imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.done, run.attempts, Submission.objects.count()) == ("finished", 12, 1, 1)


def test_an_import_ends_in_half_an_hour(cast: Cast) -> None:
    run = begun(cast.contributor)
    ImportRun.objects.update(started_at=timezone.now() - imports.LASTS - timedelta(seconds=1))  # it waited since
    taken = imports._take()
    assert taken is not None
    assert taken.started_at is not None
    assert timezone.now() - taken.started_at < imports.LASTS
    taken.started_at -= imports.LASTS
    imports.work(taken)
    run.refresh_from_db()
    assert (run.state, run.error) == ("failed", "The import takes longer than 30 minutes. Part the file and import the parts.")


def test_who_lost_the_right_meanwhile_imports_nothing(cast: Cast) -> None:
    run = begun(cast.contributor)
    User.objects.filter(pk=cast.contributor.pk).update(role=Role.READER)
    imports.run_next()
    run.refresh_from_db()
    assert (run.state, run.error.split(".")[0], Paper.objects.count()) == ("failed", "You may not import a file", 0)


def test_where_somebody_was_first_the_entry_is_looked_at_anew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def late(records: Any) -> set[tuple[str, str]]:
        """Nobody has them when it is asked; a moment later somebody does."""
        tries.append(list(records))
        if not Paper.objects.filter(title="First").exists():  # it goes with the transaction that it was in
            make_paper(title="First", identifiers=[(Scheme.DOI, "10.1234/one")], visibility=Visibility.RESTRICTED)
        return set()

    monkeypatch.setattr(imports, "_held", late)
    run = ended(cast.contributor)
    assert (run.state, run.counts, len(tries)) == ("finished", {"created": 2, "known": 1, "unclear": 1, "refused": 1}, 4)
    made = run.rows.get(number=1).paper
    assert made is not None
    assert made.twin_of is not None
    assert Paper.objects.count() == 3


def test_a_statement_that_takes_too_long_is_not_tried_again(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    def slow(*_: Any, **_more: Any) -> None:
        tries.append(1)
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '1ms'; SELECT pg_sleep(1)")

    monkeypatch.setattr(imports, "_fates", slow)
    begun(cast.contributor)
    with pytest.raises(OperationalError):
        imports.run_next()
    assert len(tries) == 1


def test_between_tries_it_shows_a_sign_of_life(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def clash(*_: Any, **_more: Any) -> None:
        ImportRun.objects.update(cancel_asked=True)
        raise IntegrityError

    monkeypatch.setattr(imports, "_fates", clash)
    run = begun(cast.contributor)
    monkeypatch.setattr("problems.services.imports.transaction.atomic", nullcontext)  # what it asks for would be undone with the try
    imports.run_next()
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_one_that_became_known_meanwhile_joins_it(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    first = make_paper(title="First")

    def taken(**_: Any) -> Paper:
        raise Duplicate("On record.", known=first.public_id)

    monkeypatch.setattr(papers, "save", taken)
    monkeypatch.setattr(imports, "CLASHES", 0)
    run = ended(cast.contributor, many(1))
    assert (told(run), run.rows.get().paper) == ([(1, "k0", "known")], first)
