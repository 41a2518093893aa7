"""A parser in a process of its own, which a file may crash, hang or fill without harm: what comes of that is a sentence.

The file goes in by standard input; a line of JSON an entry comes out. The child is `python -m problems.formats` (see __main__.py).
"""

import ctypes
import os
import resource
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from operator import length_hint
from pathlib import Path
from typing import IO, Any

import orjson

from problems.errors import Unparsable
from problems.formats import Failed, Format, Parsed, by_name
from problems.formats._plain import ENTRIES_LIMIT, from_plain, tidy_key, to_plain

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
MEMORY = 512_000_000
LINE_LIMIT = 8_000_000  # an entry of the longest texts and the most authors is shorter
TICK = 1.0
PART = 1 << 16
HINT = "Part it into smaller files, or export it once more."
TOO_SLOW, TOO_LARGE = "Reading the file takes too long.", "Reading the file takes too much memory."
BROKE = "The file cannot be read: it stopped the program that reads it."


def never() -> None:
    """Do nothing while an answer is waited for."""


class Reading(Iterator[Parsed | Failed]):
    """The entries of a file as they are read, each with its place in it from 1. `total` is known once the first has come."""

    def __init__(self, answers: Generator[Parsed | Failed | int]) -> None:
        """`answers` begins with the number of entries."""
        self._answers = answers
        self.total = 0

    def __next__(self) -> Parsed | Failed:
        for answer in self._answers:
            if isinstance(answer, int):
                self.total = answer
            else:
                return answer
        raise StopIteration

    def close(self) -> None:
        """End the child, wherever it is."""
        self._answers.close()


def read_isolated(
    data: bytes,
    form: Format,
    *,
    seconds: float = SECONDS,
    memory: int = MEMORY,
    entries_most: int = ENTRIES_LIMIT,
    tick: Callable[[], Any] = never,
) -> Reading:
    """The entries of `data`, read by a child that may compute, and be silent, for `seconds` and take `memory` bytes.

    `tick` is called about each second while an answer is waited for; what it raises ends the child. Raises Unparsable, at once or on the way,
    where the file as a whole cannot be read or the child ends before its time. Close the answer, or read it to its end.
    """
    return Reading(_answers(data, form, seconds, memory, entries_most, tick))


def _answers(data: bytes, form: Format, seconds: float, memory: int, most: int, tick: Callable[[], Any]) -> Generator[Parsed | Failed | int]:  # noqa: PLR0917  # as above
    count = 0
    with _child(data, form.name, seconds, memory) as child:
        for line in _lines(child, seconds, tick):
            said = _said(line)
            match said.get("kind"):
                case "total":
                    yield int(said["total"])
                case "unparsable":
                    raise Unparsable(str(said["title"]), str(said["hint"]), field=str(said["field"]))
                case "end":
                    return
                case _:
                    count += 1
                    if count > most:
                        raise Unparsable(f"The file has more than {most:,} entries.", f"Part it into files of {most:,} or fewer.")
                    yield answer_of(said)
        raise Unparsable(_why(child.wait()), HINT)


def _why(code: int) -> str:
    """What an end without a word tells."""
    if -code in {signal.SIGXCPU, signal.SIGALRM}:
        return TOO_SLOW
    return TOO_LARGE if -code == signal.SIGKILL else BROKE


@contextmanager
def _child(data: bytes, name: str, seconds: float, memory: int) -> Iterator["subprocess.Popen[bytes]"]:
    """The process that reads; it is gone when the block is left. It has our code, and nothing of our settings."""
    command = [sys.executable, "-m", "problems.formats", name, str(seconds), str(memory), str(os.getpid())]
    environment = {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "LANG": "C.UTF-8"}
    with _as_file(data) as source:
        child = subprocess.Popen(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT)
    try:
        yield child
    finally:
        child.kill()
        child.wait()
        if child.stdout:
            child.stdout.close()


@contextmanager
def _as_file(data: bytes) -> Iterator[IO[bytes]]:
    """`data` as a file in memory, for a child to read at its own pace; where the system has none such, as one without a name."""
    with os.fdopen(os.memfd_create("import"), "w+b") if hasattr(os, "memfd_create") else tempfile.TemporaryFile() as file:
        file.write(data)
        file.seek(0)
        yield file


def _lines(child: "subprocess.Popen[bytes]", seconds: float, tick: Callable[[], Any]) -> Iterator[bytes]:
    """The lines that come, until the child ends. Raises Unparsable where nothing comes for `seconds`, or a line has no end."""
    assert child.stdout  # noqa: S101  # it was asked for
    out = child.stdout.fileno()
    held, heard = bytearray(), time.monotonic()
    poll = select.poll()
    poll.register(out, select.POLLIN | select.POLLHUP)
    ticked = heard
    while True:
        ready = poll.poll(int(TICK * 1000))
        now = time.monotonic()
        if now - ticked >= TICK:
            tick()
            ticked = now
        if not ready:
            if now - heard > seconds:
                raise Unparsable(TOO_SLOW, HINT)
            continue
        part = os.read(out, PART)
        heard = now
        if not part:
            return
        held += part
        if b"\n" in part:
            *lines, rest = held.split(b"\n")
            held = bytearray(rest)
            for line in lines:
                yield bytes(line)
            heard = time.monotonic()  # the time that our own work takes is not the child's
        elif len(held) > LINE_LIMIT:
            raise Unparsable(TOO_LARGE, HINT)


def _said(line: bytes) -> dict[str, Any]:
    try:
        said = orjson.loads(line)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        raise Unparsable(BROKE, HINT)
    return said


# -- an answer as a plain object, and back --


def said_of(answer: Parsed | Failed) -> dict[str, Any]:
    """An answer as JSON knows it."""
    if isinstance(answer, Failed):
        return {"kind": "failed", "key": answer.key, "line": answer.line, "reason": answer.reason}
    return {"kind": "parsed", "key": answer.key, "line": answer.line, "notes": answer.notes, "record": to_plain(answer.record)}


def answer_of(said: dict[str, Any]) -> Parsed | Failed:
    """The answer out of it. The record passes the same gate as one that comes from outside."""
    key, line = tidy_key(str(said.get("key", ""))), int(said.get("line", 0))
    if said.get("kind") == "failed":
        return Failed(key, line, str(said["reason"]))
    notes = [str(note) for note in said["notes"]]
    try:
        return Parsed(from_plain(said["record"], notes), key, line, tuple(notes))
    except Unparsable as error:
        return Failed(key, line, str(error))


# -- inside the child --


def serve(name: str, seconds: float, memory: int, parent: int) -> None:
    """Read the file on standard input as the format `name` and write what is in it, within these limits."""
    _limit(seconds, memory, parent)
    form = by_name(name)
    out = sys.stdout.buffer

    def say(**said: Any) -> None:
        out.write(orjson.dumps(said) + b"\n")

    try:
        if form.read is None:
            raise Unparsable(f"{form.label} is not read here.", "Choose another format.")  # noqa: TRY301  # told like all others
        answers = form.read(sys.stdin.buffer.read())
        say(kind="total", total=length_hint(answers))
        for answer in answers:
            say(**said_of(answer))
        say(kind="end")
    except Unparsable as error:
        say(kind="unparsable", title=error.title, hint=error.hint, field=error.field)
    except MemoryError:
        say(kind="unparsable", title=TOO_LARGE, hint=HINT, field="")
    except BrokenPipeError:
        os._exit(0)
    except Exception:  # noqa: BLE001  # whatever a hostile file brought about
        say(kind="unparsable", title=BROKE, hint=HINT, field="")
    out.flush()


def _limit(seconds: float, memory: int, parent: int) -> None:
    """Bound this process, and bind it to its parent."""
    limits = {resource.RLIMIT_AS: memory, resource.RLIMIT_NOFILE: 32, resource.RLIMIT_FSIZE: 0, resource.RLIMIT_CORE: 0}
    for kind, most in limits.items():
        resource.setrlimit(kind, (most, most))
    compute = max(1, round(seconds))
    resource.setrlimit(resource.RLIMIT_CPU, (compute, compute + 1))  # the first is told, the second kills
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:
            os._exit(0)
