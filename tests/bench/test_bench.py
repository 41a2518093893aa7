"""The benchmark runs and compares what it should: no figure is taken here."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict
from itertools import islice
from typing import Any

import pytest
from django.db import connection
from django.test import Client, override_settings

from bench import corpus, drive, limit, prepare, questions, report, works
from bench.plain import settings as plain_settings
from problems.models import Paper, Statement, StateStep, Tag
from tracker import environment, server

SIZE = 200
TARGETS = corpus.Targets(existing=["P1.E1", "P2.E1"], limitations=["P1.L1", "P1.L2", "P2.L1"], calls=["C1"], problems=["P1", "P2"])


def test_a_smaller_corpus_is_the_beginning_of_a_larger_one() -> None:
    small, large = list(islice(corpus.papers(TARGETS), 20)), list(islice(corpus.papers(TARGETS), 60))
    assert large[:20] == small
    assert len({paper.public_id for paper in large}) == 60
    assert list(islice(corpus.papers(TARGETS, seed=1), 20)) != small


def test_some_words_are_common_and_some_are_rare() -> None:
    texts = [set(f"{paper.title} {paper.abstract}".lower().replace(".", "").split()) for paper in islice(corpus.papers(TARGETS), 300)]
    shares = [sum(corpus.VOCABULARY[rank] in words for words in texts) / len(texts) for rank in (0, 7000)]
    assert shares[0] > 0.1
    assert shares[1] < 0.02


@pytest.fixture
def asked(db: None) -> dict[str, Any]:
    """A loaded corpus, and what to ask of it."""
    del db
    prepare.load(SIZE)
    return asdict(questions.ask(SIZE, most=3))


def ask_in_process(name: str, path: str) -> bytes:
    """The answer of a target on the connection of this test."""
    if name == "limit":
        bare, _, query = path.partition("?")
        return limit.ask(connection.connection, bare, query)
    plain = {"ROOT_URLCONF": plain_settings.ROOT_URLCONF, "MIDDLEWARE": plain_settings.MIDDLEWARE}
    with override_settings(**plain if name == "plain" else {}):
        answer = Client().get(path)
    assert answer.status_code == 200, answer.content
    return answer.content


def test_all_targets_answer_with_the_same_rows_and_a_wrong_one_is_found_out(asked: dict[str, Any]) -> None:
    assert (Paper.objects.count(), Tag.objects.exists(), StateStep.objects.exists()) == (SIZE, True, True)
    assert Statement.objects.limitations().values("state").distinct().count() == 5
    compared = works.compare(asked, ask_in_process, {"plain": "plain", "ours": "ours"})
    assert set(compared) == {work.name for work in works.WORKS if not work.conditional}
    assert all(compared.values())

    def ask(name: str, path: str) -> bytes:
        answer = ask_in_process(name, path)
        return answer.replace(b'"title":"', b'"title":"X', 1) if name == "ours" else answer

    for work in works.WORKS:
        if not work.conditional:
            with pytest.raises(works.Differs, match=re.escape(work.title)):
                works.compare(asked, ask, {"ours": "ours"}, of=[work])
    for page in works.PAGES:
        assert Client().get(page.paths(asked)["ours"][0]).status_code == 200, page.title


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    """A target that answers three paths in three ways."""
    match environ["PATH_INFO"]:
        case "/rows":
            start_response("200 OK", [("Content-Length", "7")])
            return [b"[1,2,3]"]
        case "/same" if environ.get("HTTP_IF_NONE_MATCH") == '"1"':
            start_response("304 Not Modified", [])
            return []
        case _:
            start_response("404 Not Found", [("Content-Length", "0")])
            return []


@contextmanager
def served() -> Iterator[int]:
    """Port of that target."""
    listening = server.listen("127.0.0.1", 0)
    serving = server.make(listening, application, environment.read())
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    yield listening.getsockname()[1]
    serving.end()
    thread.join(timeout=10)


def test_a_load_counts_requests_bytes_and_wrong_answers() -> None:
    requests = [drive.Request("/rows"), drive.Request("/same", {"If-None-Match": '"1"'}, 304), drive.Request("/none")]
    with served() as port, ThreadPoolExecutor(1) as thread:  # in this one a browser test may have left a loop running
        load = thread.submit(lambda: asyncio.run(drive.run(port, requests, 0.1, 4))).result()
    each = len(load.times) / 3
    assert each >= 1
    assert load.errors.keys() == {404}
    assert abs(load.errors[404] - each) < 1
    assert abs(load.size - 7 * each) < 7
    assert 0 < load.percentile(0.5) <= load.percentile(0.95) <= load.seconds


def test_the_report_takes_ratios_within_rounds_and_says_what_is_missed() -> None:
    def sample(rate: int) -> report.Sample:
        return report.Sample(drive.Load(seconds=1, times=[0.001] * rate, size=rate), 0.001, 0.002, report.MB)

    rates = {"limit": (100, 200, 400), "limit again": (100, 100, 400), "plain": (10, 20, 40), "ours": (50, 100, 100)}
    results = report.Results([1000], 3, 1.0, {("tagged", 1000, name): [sample(rate) for rate in row] for name, row in rates.items()})
    text = report.markdown(results)
    assert "| 2.00 / **2.00** / 4.00 | 1: missed, 2.0 x off | 2.50 / **5.00** / 5.00 | 25: missed, 5.0 x off | 10.00 / **10.00** / 10.00 |" in text
    assert "| 1,000 | 1.00 / **1.00** / 2.00 | 1.00 to 1.00 |" in text
    assert "| list of 50 with tags, by problem and relation | 1,000 | OURS | 100.0 | 1.0 | 1.0 | 1 | 1.00 | 2.00 | 0 |" in text
