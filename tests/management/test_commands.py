"""Commands: what they print, their exit codes, and that a wrong file leaves nothing behind."""

import json
import os
import stat
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from problems.models import AuditEvent, Paper, Problem, User
from problems.queries import catalogue_file
from problems.services import catalogue_changes
from tests.factories import Cast, make_paper, make_problem, make_statement, make_tag

ROOT = Path(__file__).resolve().parents[2]
TINY = ROOT / "tests" / "samples" / "tiny-agenda.yaml"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_load_catalogue_prints_the_difference(tmp_path: Path) -> None:
    assert run("load_catalogue", str(TINY), "--dry-run").splitlines()[-1] == "11 differences, none stored (dry run)."
    assert Problem.objects.count() == 0
    assert run("load_catalogue", str(TINY)).splitlines()[-1] == "11 differences stored."
    changed = tmp_path / "changed.yaml"
    changed.write_text(TINY.read_text().replace("Bells are loud.", "Bells are very loud."))
    assert run("load_catalogue", str(changed), "--reason", "Measured") == (
        "challenge noise  text: 'Bells are loud.' -> 'Bells are very loud.'\n1 differences stored.\n"
    )
    event = AuditEvent.objects.first()
    assert event is not None
    assert (event.reason, event.face) == ("Measured", "command")


def test_what_was_published_on_the_site_is_written_out_and_not_loaded_over(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "today.yaml"
    with pytest.raises(CommandError, match="There is no catalogue yet"):
        run("export_catalogue", str(file))
    run("load_catalogue", str(TINY))
    change = catalogue_changes.propose(kind="wording", target="P1.L1", values={"text": "New."}, reason="Because.", by=cast.reviewer)
    catalogue_changes.publish(change=change, by=cast.curator)
    assert run("load_catalogue", str(TINY), "--dry-run").splitlines()[1:] == [
        "1 of them change back what was published on the site: that takes --over-site.",
        "1 differences, none stored (dry run).",
    ]
    with pytest.raises(CommandError, match=r"It would change back .* Nothing was stored\."):
        run("load_catalogue", str(TINY))
    assert run("export_catalogue", str(file)) == f"Written to {file}.\n"
    assert run("load_catalogue", str(file)) == "0 differences stored.\n"
    run("load_catalogue", str(TINY), "--over-site")
    assert "New." not in catalogue_file.as_text()
    with pytest.raises(CommandError, match="cannot be written"):
        run("export_catalogue", str(tmp_path / "absent" / "today.yaml"))


@pytest.mark.django_db
def test_load_catalogue_names_file_and_line(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(TINY.read_text().replace("phase: ringing", "phase: swinging"))
    with pytest.raises(CommandError, match=r"wrong\.yaml: Line 27: “swinging” is not one of casting, ringing\. .* Nothing was stored\."):
        run("load_catalogue", str(wrong))
    with pytest.raises(CommandError, match="cannot be read"):
        run("load_catalogue", str(tmp_path / "absent.yaml"))
    wrong.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CommandError, match="cannot be read"):
        run("load_catalogue", str(wrong))
    assert Problem.objects.count() == 0


@pytest.mark.django_db
def test_import_papers_looks_at_the_size_before_it_reads(tmp_path: Path) -> None:
    file = tmp_path / "some.bib"
    file.touch()
    os.truncate(file, 10**12)  # more than fits in memory, and no room on disk
    with pytest.raises(CommandError, match=r"The file has 1000000\.0 MB\. Part it"):
        run("import_papers", str(file))


@pytest.mark.django_db
def test_import_papers_says_what_became_of_each(tmp_path: Path) -> None:
    file = tmp_path / "some.bib"
    file.write_text("@article{one, title={First}, year=2024}\n@article{bad, title={Second}, year=20245}\n@article{open, title={Third")
    with pytest.raises(CommandError) as refusal:
        run("import_papers", str(file))
    assert (refusal.value.returncode, str(refusal.value)) == (1, "2 of 3 entries were refused; the lines above say why.")
    assert list(Paper.objects.values_list("title", flat=True)) == ["First"]
    file.write_text("@article{one, title={First}, year=2024}\n")
    assert run("import_papers", str(file), "-v", "2") == "some.bib:1: one: matched\n1 entries: 0 created, 1 matched, 0 refused.\n"


def test_import_papers_by_somebody(cast: Cast, tmp_path: Path) -> None:
    file = tmp_path / "some.bib"
    file.write_text("@article{one, title={First}, year=2024}\n")
    for who, says in (("nobody@example.org", "No account has the address"), ("reviewer@example.org", "needs the role curator")):
        with pytest.raises(CommandError, match=says) as refusal:
            run("import_papers", str(file), "--by", who)
        assert refusal.value.returncode == 2
    run("import_papers", str(file), "--by", "Curator@example.org")
    assert Paper.objects.get().logged_by == cast.curator


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data", "arguments", "says"),
    [
        ("some.bib", b"", [], "The file is empty"),
        ("some.doc", b"words", [], "in none of the formats that are read here"),
        ("some.bib", b"PK\x03\x04", [], "an archive or a document of an office program, which is not read here"),
        ("some.bib", b"", ["--format", "poem"], "There is no format"),
        ("absent.bib", None, [], "cannot be read"),
        ("/dev/zero", None, [], "The file is not a text"),
    ],
)
def test_import_papers_refuses_a_file_as_a_whole(tmp_path: Path, name: str, data: bytes | None, arguments: list[str], says: str) -> None:
    if data is not None:
        (tmp_path / name).write_bytes(data)
    with pytest.raises(CommandError, match=says) as refusal:
        run("import_papers", str(tmp_path / name), *arguments)
    assert refusal.value.returncode == 2


@pytest.mark.django_db
def test_trial_accounts_are_one_of_each_role_with_passwords_of_this_installation(tmp_path: Path) -> None:
    file = tmp_path / "accounts.json"
    printed = run("trial_accounts", str(file))
    passwords = json.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert printed.splitlines() == [
        f"  {email:<26} {passwords[email]:<18} {role}"
        for email, role in (
            ("reader@example.org", "reader"),
            ("contributor@example.org", "contributor"),
            ("reviewer@example.org", "reviewer"),
            ("curator@example.org", "curator"),
        )
    ]
    assert all(User.objects.get(email=email).check_password(password) for email, password in passwords.items())
    assert run("trial_accounts", str(file)) == printed
    assert User.objects.count() == 4


def test_export_papers_writes_what_a_visitor_may_see(cast: Cast, tmp_path: Path) -> None:
    make_tag(make_statement(make_problem(5)), make_paper(title="On five", year=2024))
    make_paper(title="Elsewhere", year=2020)
    make_paper(title="Waiting", visibility="waiting")
    file = tmp_path / "papers.jsonl"
    assert run("export_papers", str(file), "--ordering", "title") == f"2 papers written to {file}.\n"
    assert [json.loads(line)["title"] for line in file.read_text().splitlines()] == ["Elsewhere", "On five"]
    assert run("export_papers", "--problem", "5").count("@") == 1
    assert run("export_papers", "--format", "ris", "--year-gte", "2021").count("TY  - ") == 1
    assert run("export_papers", "--format", "csv", "--as", "Curator@example.org").count("\r\n") == 4
    assert cast.curator.email == "curator@example.org"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format", "poem"], "There is no format “poem”"),
        (["some.doc"], "does not end like a format we know"),
        (["--year-gte", "20245"], "--year-gte: 20245 is not a year"),
        (["--ordering", "password"], "There is no sorting by"),
        (["--as", "nobody@example.org"], "No account has the address"),
        (["/nowhere/papers.ris"], "cannot be written"),
    ],
)
def test_export_papers_says_what_cannot_be(arguments: list[str], says: str) -> None:
    with pytest.raises(CommandError, match=says) as refusal:
        run("export_papers", *arguments)
    assert refusal.value.returncode == 2
