"""Hostile files, made from a seed, given to the parser of a format: `python -m tests.promises.fuzzing NAME SECONDS SEED` prints figures as JSON.

It is a process of its own so that its memory is the parser's. What is not an answer or Unparsable is a crash, and is told with its file.
"""

import base64
import json
import random
import resource
import sys
import time
import traceback
from pathlib import Path

from problems.choices import PaperType, Scheme
from problems.errors import Unparsable
from problems.formats import FORMATS, Failed, Parsed
from problems.records import PaperRecord, PartialDate, PersonName

RECORD = PaperRecord(
    title="=A {title} & <b>more</b> \\ $x$",
    authors=(PersonName(family="van Gogh", given="and", suffix="III"), PersonName(literal="Institute, of; Tests")),
    date=PartialDate(2024, 2, 29),
    venue="Conference on Tests",
    type=PaperType.ARTICLE,
    url="https://example.org/a",
    abstract="First.\n\nTY  - JOUR",
    identifiers=((Scheme.ARXIV, "2405.16341"), (Scheme.DOI, "10.1000/a")),
    key="k",
)
SEEDS = {name: "".join(form.write([RECORD] * 2)).encode() for name, form in FORMATS.items() if form.write}
SEEDS["macros"] = b"@string{a = {b} # a}\n@string{c = a # a # a}\n@article{k, title = c # c, crossref={k}, author = {A and {B} and C, D, E}}\n"
TOKENS = [
    *(bytes([character]) for character in b"{}[]()\"'\\@#,=:;%$&<>-~^_ \t\r\n\0"),
    *(
        b"@article{",
        b"@string{",
        b"@comment{",
        b"TY  - JOUR\n",
        b"ER  - \n",
        b"PMID- 1\n",
        b"AU  - ",
        b"FAU - ",
        b'{"title":',
        b'"',
        b'""',
        b"title\n",
    ),
    *(b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xe2\x80\xae", b"\xf0\x9f\x98\x80", b"\\u0000", b"\\ud800", b"1e999", b"-9", b"NaN", b"null"),
    *(
        b"title\n",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"javascript:alert(1)",
        b"=cmd|' /C x'!A0",
        b"tracker:%7B%22title%22:",
        b"10.1000/",
        b"arXiv:",
        b" and ",
    ),
]


def _peak() -> int:
    """The most memory that this process had, in bytes. What getrusage says begins with that of the process which started it."""
    try:
        (line,) = [line for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines() if line.startswith("VmHWM:")]
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return int(line.split()[1]) * 1024


def hostile(chance: random.Random, name: str) -> bytes:
    """A file of this format, or what was one."""
    data = bytearray(SEEDS["macros" if name == "bibtex" and chance.random() < 0.2 else name])
    for _ in range(chance.randint(1, 12)):
        place = chance.randrange(len(data) + 1)
        match chance.randrange(8):
            case 0:
                data[place:place] = chance.choice(TOKENS)
            case 1:
                data[place:place] = chance.choice(TOKENS) * chance.choice((2, 10, 1_000, 100_000 if chance.random() < 0.1 else 5))
            case 2:
                del data[place : place + chance.randint(1, 60)]
            case 3:
                part = data[place : place + chance.randint(1, 300)]
                data[place:place] = part * chance.choice((1, 2, 50))
            case 4 if data:
                data[place % len(data)] = chance.randrange(256)
            case 5:
                data[place:place] = chance.choice(list(SEEDS.values()))
            case 6:
                del data[place:]
            case _:
                data[place:place] = chance.randbytes(chance.randint(1, 40))
    return bytes(data[:2_000_000])


def fuzz(name: str, seconds: float, seed: int) -> dict[str, object]:
    """Read such files for so long."""
    chance, form = random.Random(f"{seed}{name}"), FORMATS[name]
    if form.read is None:
        raise AssertionError
    files = answers = refused = 0
    slowest, crashes = 0.0, []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        data = hostile(chance, name)
        began = time.process_time()
        try:
            found = list(form.read(data))
            if not all(isinstance(answer, Parsed | Failed) for answer in found):
                raise TypeError(found)  # noqa: TRY301 - told like any other
            answers += len(found)
        except Unparsable:
            refused += 1
        except Exception:  # noqa: BLE001 - what is looked for
            crashes.append((traceback.format_exc()[-1_000:], base64.b64encode(data[:2_000]).decode()))
        slowest = max(slowest, time.process_time() - began)
        files += 1
    peak = _peak()
    return {
        "files": files,
        "answers": answers,
        "refused": refused,
        "slowest": round(slowest, 2),
        "megabytes": round(peak / 1e6),
        "crashes": crashes[:5],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(fuzz(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))))
