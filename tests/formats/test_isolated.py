"""The process that reads a file: it answers as the parser does, and whatever becomes of it is a sentence."""

import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from problems.errors import Unparsable
from problems.formats import FORMATS, Failed, Parsed, _isolated
from problems.formats._isolated import answer_of, read_isolated, said_of
from tests.formats.test_round_trip import NASTY

BIB = b"@misc{a, title={One}, year={2024}, note={x}, journal = nowhere}\n@misc{b, title={Two}, year={20245}}\n@misc{c, title={Three"
BIBTEX = FORMATS["bibtex"]


def test_it_answers_as_the_parser_does_and_says_how_many() -> None:
    assert BIBTEX.read
    reading = read_isolated(BIB, BIBTEX)
    answers = list(reading)
    assert reading.total == 3
    assert answers == list(BIBTEX.read(BIB))
    assert [type(answer) for answer in answers] == [Parsed, Failed, Failed]


def test_an_answer_survives_the_way() -> None:
    for answer in (Parsed(NASTY, NASTY.key, 7, ("One.", "Two.")), Failed("key", 3, "No.")):
        assert answer_of(_isolated._said(orjson.dumps(said_of(answer)))) == answer


@pytest.mark.parametrize(
    ("data", "limits", "says"),
    [
        (b"@string{a = {b}}\n" * 10_000, {}, "There is no BibTeX entry in the 10,001 lines of the file."),
        (b"@misc{a, title={x}}\n" * 3, {"entries_most": 2}, "The file has more than 2 entries."),
        (b"@misc{a, title={x}}\n" * 9_000 + b"\xc3\xa9" * 5_000_000, {"memory": 70_000_000}, "Reading the file takes too much memory."),
        ((b"@misc{a, title={" + b'{\\"a}' * 300 + b"}}\n") * 9_999, {"seconds": 1}, "Reading the file takes too long."),
    ],
    ids=["no entry", "too many", "memory", "time"],
)
def test_what_cannot_be_read_is_a_sentence(data: bytes, limits: dict[str, int], says: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        list(read_isolated(data, BIBTEX, **limits))  # type: ignore[arg-type]  # numbers all
    assert refusal.value.title == says


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("kill -9 $$", "Reading the file takes too much memory."),
        ("kill -24 $$", "Reading the file takes too long."),
        ("exec sleep 60", "Reading the file takes too long."),
        ("exit 1", "The file cannot be read: it stopped the program that reads it."),
        ("echo nonsense", "The file cannot be read: it stopped the program that reads it."),
        ("echo 3", "The file cannot be read: it stopped the program that reads it."),
        ("""echo '{"kind": "total", "total": 2}'""", "The file cannot be read: it stopped the program that reads it."),
        ("while true; do printf '%s' aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa; done", "Reading the file takes too much memory."),
    ],
    ids=["killed", "out of time", "silent", "failed", "no JSON", "no object", "breaks off", "no end of line"],
)
def test_whatever_becomes_of_the_process_is_a_sentence(script: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(_isolated, "TICK", 0.05)
    monkeypatch.setattr(_isolated, "LINE_LIMIT", 1_000)
    started = time.monotonic()
    with pytest.raises(Unparsable) as refusal:
        list(read_isolated(b"", BIBTEX, seconds=0.5))
    assert refusal.value.title == says
    assert time.monotonic() - started < 10


def test_what_a_tick_raises_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, said = tmp_path / "python", tmp_path / "pid"
    program.write_text(f"#!/bin/sh\necho $$ > {said}\nexec sleep 60\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(_isolated, "TICK", 0.05)

    def tick() -> None:
        if said.exists() and said.read_text().strip():
            raise KeyError

    with pytest.raises(KeyError):
        next(read_isolated(b"", BIBTEX, tick=tick))
    assert not Path("/proc", said.read_text().strip()).exists()


def test_it_knows_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program, said = tmp_path / "python", tmp_path / "environment"
    program.write_text(f"#!/bin/sh\nenv > {said}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    with pytest.raises(Unparsable):
        list(read_isolated(b"", BIBTEX))
    allowed = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "PYTHONHASHSEED", "LANG", "PWD", "SHLVL", "_"}
    assert {line.partition("=")[0] for line in said.read_text().splitlines()} <= allowed


def test_it_ends_with_who_asked() -> None:
    code = "import sys, time; from problems.formats import FORMATS, _isolated; "
    code += "reading = _isolated.read_isolated(sys.stdin.buffer.read(), FORMATS['bibtex']); "
    code += "next(reading); print('read', flush=True); time.sleep(60)"
    asking = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=_isolated.ROOT)
    assert asking.stdin
    assert asking.stdout
    asking.stdin.write((b"@misc{a, title={One more of the same}, abstract={" + b"word " * 1000 + b"}}\n") * 300)  # more than a pipe holds
    asking.stdin.close()
    assert asking.stdout.readline() == b"read\n"
    children = [each for each in Path("/proc").iterdir() if each.name.isdigit() and f"\0{asking.pid}\0" in _command(each)]
    asking.kill()
    asking.wait()
    asking.stdout.close()
    for _ in range(100):
        if not any(child.exists() for child in children):
            break
        time.sleep(0.05)
    assert len(children) == 1
    assert [child for child in children if child.exists()] == []


def _command(process: Path) -> str:
    try:
        return (process / "cmdline").read_text()
    except OSError:
        return ""
