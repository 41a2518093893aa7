"""`python -m bench SIZE...`: measure LIMIT, PLAIN and OURS side by side on corpora of these sizes, and print the report as Markdown.

SECONDS (of each load) and ROUNDS may be set in the environment. Linux only: processor time and memory are read from /proc.
"""

import asyncio
import http.client
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench import corpus, drive, report, store, usage, works

DEFAULT_SIZES = (10_000, 100_000)
TARGETS = {"limit": "limit", "limit again": "limit", "plain": "plain", "ours": "ours"}  # name to words; the same one twice shows the noise
SAMPLE = 0.2
WARM_UP = 0.3
FRESH = {"If-None-Match": '"nothing"'}


@dataclass
class Server:
    """A target that runs on a corpus."""

    size: int
    name: str
    pid: int
    port: int
    asked: Mapping[str, Any]
    marks: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> tuple[int, str, bytes]:
        """Status, mark (ETag) and body of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request("GET", path, headers=dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.headers.get("ETag", ""), answer.read()
        finally:
            connection.close()

    def learn_marks(self, work: works.Work) -> bool:
        """Ask for the marks of a work that asks for changes only; False if one of them is not answered with an empty 304 a moment later."""
        paths = work.paths(self.asked)[TARGETS[self.name]]
        marks = {path: self.get(path, FRESH)[1] for path in paths}
        if all(self.get(path, {"If-None-Match": mark})[::2] == (HTTP_NOT_MODIFIED, b"") for path, mark in marks.items()):
            self.marks |= marks
            return True
        return False

    def does(self, work: works.Work) -> bool:
        """Whether this target does this work."""
        return TARGETS[self.name] in work.paths(self.asked) and (not work.conditional or bool(self.marks))

    def requests(self, work: works.Work) -> list[drive.Request]:
        """What to send for a work; where it asks for changes only, with the mark of what is known."""
        paths = work.paths(self.asked)[TARGETS[self.name]]
        if not work.conditional:
            return [drive.Request(path) for path in paths]
        return [drive.Request(path, {"If-None-Match": self.marks[path]}, HTTP_NOT_MODIFIED) for path in paths]


HTTP_OK, HTTP_NOT_MODIFIED = 200, 304


@contextmanager
def serving(url: str, size: int, name: str, asked: Mapping[str, Any]) -> Iterator[Server]:
    """A target in a process of its own."""
    command = [sys.executable, "-m", "bench.worker", TARGETS[name]]
    log = store.HOME / f"{name.replace(' ', '-')}-{size}.log"
    with (
        log.open("wb") as told,
        subprocess.Popen(
            command, cwd=store.ROOT, env=store.environment(url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=told, text=True
        ) as process,
    ):
        try:
            assert process.stdout  # noqa: S101 - as asked for
            port = process.stdout.readline()
            if not port:
                raise SystemExit(f"{name} does not start; {log} says why.")
            yield Server(size, name, process.pid, int(port), asked)
        finally:
            process.terminate()


def check(servers: list[Server]) -> list[str]:
    """Compare the rows of all targets and keep the marks that answer 304; return who does not answer so. Raises Differs."""
    for size in dict.fromkeys(server.size for server in servers):
        here = {server.name: server for server in servers if server.size == size}

        def ask(name: str, path: str, here: Mapping[str, Server] = here) -> bytes:
            status, _, body = here[name].get(path)
            if status != HTTP_OK:
                raise works.Differs(f"{name} answers {path} with {status}: {body[:200]!r}")
            return body

        others = {name: words for name, words in TARGETS.items() if name != "limit"}
        compared = works.compare(here["limit"].asked, ask, others)
        sys.stderr.write(f"{size:,} papers: the same rows from all targets ({', '.join(f'{name} {rows}' for name, rows in compared.items())})\n")
    return [
        f"{server.name}, {server.size:,} papers: not every address of “{work.title}” answers with an empty 304, so it was left out."
        for server in servers
        for work in works.WORKS
        if work.conditional and not server.learn_marks(work)
    ]


async def measure(server: Server, work: works.Work, database: int, seconds: float) -> report.Sample:
    """Put one work on one target."""
    peak = 0

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, usage.memory(server.pid))
            await asyncio.sleep(SAMPLE)

    watching = asyncio.create_task(watch())
    ours, theirs = usage.processor(server.pid), usage.processor_with_children(database)
    load = await drive.run(server.port, server.requests(work), seconds, work.connections)
    ours, theirs = usage.processor(server.pid) - ours, usage.processor_with_children(database) - theirs
    watching.cancel()
    with suppress(asyncio.CancelledError):
        await watching
    return report.Sample(load, ours / len(load.times), theirs / len(load.times), peak)


def main() -> None:
    """Measure, and print the report."""
    sizes = [int(size) for size in sys.argv[1:]] or list(DEFAULT_SIZES)
    seconds, rounds = float(os.environ.get("SECONDS", "1")), int(os.environ.get("ROUNDS", "5"))
    databases = {size: store.prepare(size) for size in sizes}
    postmaster = int(Path(store.HOME, "data", "postmaster.pid").read_text().split()[0])
    chance = random.Random(corpus.SEED)  # noqa: S311 - an order, not a secret
    results = report.Results(sizes, rounds, seconds)
    with ExitStack() as stack:
        servers = [stack.enter_context(serving(url, size, name, asked)) for size, (url, asked) in databases.items() for name in TARGETS]
        try:
            results.notes += check(servers)
        except works.Differs as difference:
            raise SystemExit(f"Nothing is measured, since the targets do not answer alike. {difference}") from None
        for turn in range(rounds + 1):
            for work in (*works.WORKS, *works.PAGES):
                here = [server for server in servers if server.does(work)]
                for server in chance.sample(here, len(here)):
                    sample = asyncio.run(measure(server, work, postmaster, seconds if turn else WARM_UP))
                    if turn:
                        results.samples.setdefault((work.name, server.size, server.name), []).append(sample)
            sys.stderr.write(f"Round {turn} of {rounds}\n" if turn else "Warmed up\n")
    sys.stdout.write(report.markdown(results))


if __name__ == "__main__":
    main()
