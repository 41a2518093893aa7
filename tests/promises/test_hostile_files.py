"""Promise 15: no parser crashes, hangs or grows. Hostile files from a seed for each; and the holes that parsers of others had, by name."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from problems.errors import Unparsable
from problems.formats import FORMATS, Failed, Parsed, sniff
from tests.promises.figures import FULL, SEED, told

ROOT = Path(__file__).resolve().parents[2]
READ = [name for name, form in FORMATS.items() if form.read]
SECONDS = 600 if FULL else 0.3


@pytest.mark.parametrize("name", READ)
def test_no_parser_crashes_hangs_or_grows(name: str) -> None:
    command = [sys.executable, "-m", "tests.promises.fuzzing", name, str(SECONDS), str(SEED)]
    found = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
    told(15, f"{name}: {SECONDS} s of hostile files: {found}")
    assert found["crashes"] == []
    assert found["slowest"] < 5
    assert found["megabytes"] < 200
    assert found["files"] > 5


def answers(name: str, data: bytes) -> list[Parsed | Failed]:
    read = FORMATS[name].read
    assert read
    return list(read(data))


BLANKS = b"\n" * 300_000 + b" " * 300_000
UNCLOSED = {
    "bibtex": b"\n@article{a, title = {" + b"{" * 100_000 + b'\n\n@article{b, title = "T',
    "ris": b"\nTY  - JOUR\nTI  - T\nTY  - JOUR\nAB  - ",
    "nbib": b"\nPMID- 1\nTI  - T\nPMID- 2\nAB  - ",
    "csl-json": b'\n[{"title": "T"}, {"title": "' + b"[" * 100_000,
    "jsonl": b'\n{"title": "T"}\n{"title": "' + b"[" * 100_000,
    "csv": b'title,abstract\nT,x\n"T,' + b'""' * 100_000,
}


@pytest.mark.parametrize("name", READ)
def test_hole_30_blanks_and_what_is_never_closed_end_soon_with_the_line(name: str) -> None:
    started = time.process_time()
    found = answers(name, UNCLOSED[name] + BLANKS)
    assert len(found) >= 2 or name == "csl-json"
    assert all(isinstance(answer, Parsed) or (answer.line >= 2 and answer.reason) for answer in found)
    assert any(isinstance(answer, Failed) for answer in found)
    with pytest.raises(Unparsable):
        answers(name, BLANKS)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("name", ["", *(f"a{FORMATS[name].suffixes[0]}" for name in READ)])
def test_hole_30_entities_are_refused_whatever_the_file_is_called(name: str) -> None:
    bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;</a>'
    for data in (bomb, bomb.decode().encode("utf-16"), b"\xef\xbb\xbf\n" + bomb.partition(b"?>")[2]):
        with pytest.raises(Unparsable, match="XML or a web page, which is not read here"):
            sniff(data, name)


WITH_ADDRESS = {
    "bibtex": "@misc{{a, title={{T}}, url={{{0}}}, howpublished={{\\url{{{0}}}}}}}",
    "ris": "TY  - GEN\nTI  - T\nUR  - {0}\nER  - \n",
    "nbib": "PMID- 1\nTI  - T\nURLF- {0}\n",
    "csl-json": '[{{"title": "T", "URL": "{0}"}}]',
    "jsonl": '{{"title": "T", "address": "{0}"}}\n',
    "csv": "title,address\nT,{0}\n",
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "//example.org", "https://a:b@example.org/"]
)
def test_hole_31_an_address_that_is_a_script_is_left_out(name: str, address: str) -> None:
    (answer,) = answers(name, WITH_ADDRESS[name].format(address).encode())
    assert isinstance(answer, Parsed)
    assert answer.record.url == ""


@pytest.mark.parametrize("name", READ)
def test_a_long_list_of_nothing_is_told(name: str) -> None:
    nothing = {"bibtex": b"@string{a = {b}}\n", "csv": b"title,date\n" + b",,\n"}
    with pytest.raises(Unparsable, match=r"There is no .* entry"):
        answers(name, nothing.get(name, b"\n") * (10_000 if name != "csv" else 1))
