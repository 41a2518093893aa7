"""What a file is, by what it holds; and the counts of files as other programs write them."""

import csv
import io
import zipfile
from operator import length_hint
from pathlib import Path

import pytest

from problems.errors import Unparsable
from problems.formats import FORMATS, Format, sniff
from tests.formats.test_round_trip import NASTY, WRITTEN

SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "data" / "import-samples"
HINT = "Export it as one of BibTeX, CSL-JSON, CSV, JSON Lines, NBIB, RIS."


def archive() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        file.writestr("library.bib", "@misc{a, title={T}}")
    return target.getvalue()


@pytest.mark.parametrize("form", WRITTEN, ids=lambda form: form.name)
@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_is_written_is_known_whatever_it_is_called(form: Format, coding: str, end: str) -> None:
    assert form.write
    text = "".join(form.write([NASTY])).replace("\r\n", "\n")
    data = text.replace("\n", end).encode(coding, "replace")
    assert [sniff(data, name) for name in ("", "a.txt", "a.bib", "a.json")] == [form] * 4


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"% a comment\n\n  @Article {a, title={T}}", "bibtex"),
        (b"@string{a = {b}}\n" * 10, "bibtex"),
        (b"\n\nTY  - JOUR\nTI  - A @article{ in a title\nER  - \n", "ris"),
        (b"TY  - JOUR\nPMID  - 1\nER  - \n", "ris"),
        (b"PMID- 1\nTI  - T\n", "nbib"),
        (b"PMID- 1\nTI  - T\n@article{a, b}", "nbib"),
        (b'{"type": "book", "title": "T"}', "csl-json"),
        (b'{\n"title": "T"\n}', "csl-json"),
        (b"[" * 100, "csl-json"),
        (b'{"title": "T"}\n{"title": "U"}\n', "jsonl"),
        (b'{"title": "T", "authors": []}', "jsonl"),
        (b"Title\nOne\n", "csv"),
        (b'date;"title";x\n1;2;3\n', "csv"),
    ],
)
def test_what_others_write_is_known(data: bytes, name: str) -> None:
    assert sniff(data, "library").name == name


def test_the_end_of_the_name_decides_where_the_content_does_not() -> None:
    assert {name: sniff(b"some words", f"A.{name}").name for name in ("BIB", "ris", "json", "nbib", "csv", "jsonl")} == {
        "BIB": "bibtex",
        "ris": "ris",
        "json": "csl-json",
        "nbib": "nbib",
        "csv": "csv",
        "jsonl": "jsonl",
    }


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "The file is empty."),
        (b" \r\n\t", "The file is empty."),
        (b"\xef\xbb\xbf", "The file is empty."),
        (b"\xff\xfe", "The file is empty."),
        (b"\x00" * 5, "The file is empty."),
        (archive(), "The file is an archive or a document of an office program, which is not read here."),
        (b"\x1f\x8b\x08", "The file is an archive, which is not read here."),
        (b"%PDF-1.7", "The file is a PDF, which is not read here."),
        (b"\x89PNG\r\n", "The file is an image, which is not read here."),
        (b"\x00\x01" * 100, "The file is not a text, which is not read here."),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "The file is XML or a web page, which is not read here."),
        ('\ufeff <!DOCTYPE a [<!ENTITY b "c">]>'.encode(), "The file is XML or a web page, which is not read here."),
        ("<html>@article{a, title={T}}".encode("utf-16"), "The file is XML or a web page, which is not read here."),
        (b"some words", "The file is in none of the formats that are read here."),
    ],
)
def test_what_is_not_read_is_said(data: bytes, says: str) -> None:
    for name in ("library", "library.doc", *(["library.bib"] if data != b"some words" else [])):
        with pytest.raises(Unparsable) as refusal:
            sniff(data, name)
        assert (refusal.value.title, refusal.value.hint, refusal.value.field) == (says, HINT, "file")


def test_a_file_that_is_too_large_is_refused_unread() -> None:
    with pytest.raises(Unparsable, match=r"The file has 20\.0 MB"):
        sniff(b"@" * 20_000_001)


def test_counts_over_all_samples_are_as_expected() -> None:
    if not SAMPLES.exists():
        pytest.skip("the samples of others are not beside this checkout")
    rows = csv.DictReader((SAMPLES / "README.csv").read_text().splitlines())
    expected = {row["file"]: int(row["entries_expected"]) for row in rows if row["format"]}
    labels = {"bibtex": "bib", "ris": "ris", "csl-json": "json", "nbib": "nbib"}
    counted = {}
    for name in expected:
        data = (SAMPLES / name).read_bytes()
        form = sniff(data)
        assert form.read
        assert name.endswith(labels[form.name])
        answers = form.read(data)
        counted[name] = length_hint(answers)
        if len(data) < 100_000:
            assert len(list(answers)) == counted[name]
    assert counted == expected
    assert sum(counted.values()) == 1561
    assert len(FORMATS) == 6
