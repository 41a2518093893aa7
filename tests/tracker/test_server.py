"""Slow, greedy and malformed clients, over real sockets."""

import json
import resource
import socket
import threading
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tracker import environment, server

SETTINGS = environment.read()
KIB = 1024


@pytest.fixture
def port(site: str) -> int:
    return urlsplit(site).port or 0


def health(port: int) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", "/healthz", headers={"Connection": "close"})
    with connection.getresponse() as answer:
        return answer.status


def raw(port: int, *parts: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send these bytes as they are; status, headers and body of the answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for part in parts:
            connection.sendall(part)
        with HTTPResponse(connection) as answer:
            answer.begin()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()


HALVES = {
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nAccept: te",
    "body": b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nlogin=",
    "chunks": b"POST /accounts/login/ HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\nlogin=",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_half_sent_requests_stop_nobody(port: int, half: bytes) -> None:
    with ExitStack() as held:
        for _ in range(SETTINGS.WEB_THREADS * 5):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(half)
        time.sleep(0.2)
        for _ in range(5):
            began = time.perf_counter()
            assert health(port) == 200
            assert time.perf_counter() - began < 1


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BODY_TIMEOUT", "0.5")


@pytest.mark.usefixtures("_impatient")
def test_a_request_that_drips_is_cut_off(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        began = time.perf_counter()
        while time.perf_counter() - began < 20:
            try:
                connection.sendall(b"x")
            except OSError:
                return
            time.sleep(0.1)
    pytest.fail("The connection was still open after 20 s")


def chunked(size: int) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"x" * size)


@pytest.mark.parametrize("path", ["/accounts/login/", "/api/v1/papers/"])
@pytest.mark.parametrize("excess", [1, SETTINGS.MAX_BODY])
def test_a_body_over_the_limit_is_413(port: int, path: str, excess: int) -> None:
    size = SETTINGS.MAX_BODY + excess
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n".encode()
    for request in (
        [head, f"Content-Length: {size}\r\n\r\n".encode(), b"x" * size],
        [head, b"Transfer-Encoding: chunked\r\n\r\n", chunked(size)],
    ):
        status, headers, body = raw(port, *request)
        assert status == 413
        assert headers["x-content-type-options"] == "nosniff"
        if path.startswith("/api/"):
            assert headers["content-type"] == "application/problem+json"
            assert json.loads(body)["status"] == 413


def test_a_body_at_the_limit_is_read(port: int) -> None:
    size = SETTINGS.MAX_BODY
    head = b"POST /no-such-page/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    assert raw(port, head, f"Content-Length: {size}\r\n\r\n".encode(), b"x" * size)[0] == 404
    assert raw(port, head, b"Transfer-Encoding: chunked\r\n\r\n", chunked(size))[0] == 404


def test_huge_bodies_leave_memory_flat(port: int) -> None:
    piece = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            try:
                for _ in range(64 * 16):  # 64 MiB
                    connection.sendall(piece)
            except OSError:
                continue  # cut off, as it should be
            pytest.fail("64 MiB were taken")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 30 * KIB
    assert health(port) == 200


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (b"GET /?q=" + b"x" * 9 * KIB + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 33 * KIB + b"\r\n\r\n", 431),
        (b"GARBAGE\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", 400),
        (b"GET /static/ HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n", 400),
        (b"TRACE / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
        (b"BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n", 405),
    ],
)
def test_bad_requests_are_answered_like_all_others(port: int, request_head: bytes, status: int) -> None:
    answer, headers, body = raw(port, request_head)
    assert answer == status
    assert headers["content-security-policy"].startswith("default-src 'self';")
    assert headers["content-type"].startswith("text/html")
    assert {"server", "via", "x-powered-by"} & set(headers) == set()
    assert b"Traceback" not in body
    assert b"waitress" not in body


def test_a_connection_is_kept_for_further_requests(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    for _ in range(3):
        connection.request("GET", "/healthz")
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())) == (200, {"status": "ok"})
    connection.close()


def test_an_end_in_the_middle_of_a_file_leaves_none_open(tmp_path: Path) -> None:
    """A reader who takes nothing keeps the file waiting; when the server ends, it is closed."""
    path = tmp_path / "large"
    path.write_bytes(b"x" * 20_000 * KIB)
    opened: list[Any] = []

    def application(environ: dict[str, Any], start_response: Any) -> Any:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(path.stat().st_size))])
        opened.append(path.open("rb"))
        return environ["wsgi.file_wrapper"](opened[0])

    listening = server.listen("127.0.0.1", 0)
    serving = server.make(listening, application, SETTINGS)
    thread = threading.Thread(target=serving.run, daemon=True)
    thread.start()
    with socket.create_connection(("127.0.0.1", listening.getsockname()[1])) as reader:
        reader.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert reader.recv(12) == b"HTTP/1.1 200"
        serving.end()
        thread.join(timeout=10)
    assert [file.closed for file in opened] == [True]
