"""Slow, greedy and malformed clients, over real sockets."""

import json
import resource
import socket
import threading
import time
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPResponse
from ipaddress import ip_network
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


def test_what_cannot_be_read_is_answered_in_the_shape_of_its_address_however_long_its_method(port: int) -> None:
    for path, shape in (("/api/v1/papers/", "application/problem+json"), ("/papers/", "text/html; charset=utf-8")):
        status, headers, _ = raw(port, b"A" * 7000 + f" {path} HTTP/1.1\r\nHost: localhost\r\nno header\r\n\r\n".encode())
        assert (status, headers["content-type"]) == (400, shape)


UPLOAD = "POST {} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/octet-stream\r\n{}"
MEMBER = "Cookie: csrf=x; session=nonsense\r\n"


@pytest.mark.parametrize("path", environment.UPLOADS)
def test_a_file_that_is_too_large_is_refused_before_it_is_sent(port: int, path: str) -> None:
    began = time.perf_counter()
    for size in (1_000_000_000, SETTINGS.MAX_IMPORT + SETTINGS.MAX_BODY * server.SPARE):
        status, headers, body = raw(port, (UPLOAD.format(path, MEMBER) + f"Content-Length: {size}\r\n\r\n").encode(), b"x" * KIB)
        assert status == 413
        assert headers["content-type"] == ("application/problem+json" if path.startswith("/api/") else "text/html; charset=utf-8")
        assert b"larger than 20,000,000 bytes" in body
    assert time.perf_counter() - began < 2


def test_one_byte_over_the_limit_of_files_is_413_however_it_is_sent(port: int) -> None:
    size = SETTINGS.MAX_IMPORT + 64 * KIB + 1
    head = UPLOAD.format("/api/v1/imports/", "Authorization: Bearer nonsense\r\n").encode()
    assert raw(port, head, f"Content-Length: {size}\r\n\r\n".encode(), b"x" * size)[0] == 413
    assert raw(port, head, b"Transfer-Encoding: chunked\r\n\r\n", chunked(size))[0] == 413
    assert raw(port, head, b"Transfer-Encoding: chunked\r\n\r\n", chunked(size - 1))[0] == 401


@pytest.mark.parametrize(
    ("path", "head", "room"),
    [
        ("/imports/", MEMBER, True),
        ("/api/v1/imports/", "Authorization: Bearer nonsense\r\n", True),
        ("/imports/", "", False),
        ("/imports/", "Cookie: csrf=x\r\n", False),
        ("/imports/aaaaaaaaaa/", MEMBER, False),
        ("/log/", MEMBER, False),
        ("/api/v1/papers/", MEMBER, False),
    ],
)
def test_room_for_files_is_where_files_come_in_for_who_says_who_they_are(port: int, path: str, head: str, room: bool) -> None:  # noqa: FBT001
    size = SETTINGS.MAX_BODY * server.SPARE + 1
    status, _, body = raw(port, (UPLOAD.format(path, head) + f"Content-Length: {size}\r\n\r\n").encode(), b"x" * size if room else b"")
    assert (status == 413, b"body is too long" in body) == (not room, not room)


def test_only_so_many_files_arrive_at_once(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "UPLOADS_AT_ONCE", 2)
    head = (UPLOAD.format("/imports/", MEMBER) + "Content-Length: 1000\r\n\r\n").encode()
    with ExitStack() as held:
        for _ in range(2):
            connection = held.enter_context(socket.create_connection(("127.0.0.1", port)))
            connection.sendall(head)
        time.sleep(0.2)
        status, _, body = raw(port, head)
        assert (status, b"Too many files are arriving at once." in body) == (503, True)
        assert raw(port, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")[0] == 200
    time.sleep(0.2)
    assert raw(port, head, b"x" * 1000)[0] != 503


def test_one_address_leaves_room_for_the_files_of_others(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sixteen files that only begin, of one client, stop nobody: told by the address of the connection, or by what a proxy of ours says."""
    head = (UPLOAD.format("/imports/", MEMBER) + "Content-Length: 1000\r\n\r\n").encode()
    body = b"x" * 1000

    def status(source: str) -> int:
        with socket.create_connection(("127.0.0.1", port), timeout=10, source_address=(source, 0)) as connection:
            connection.sendall(head + body)
            return int(connection.recv(12).split()[1])

    with ExitStack() as held:
        for _ in range(16):
            held.enter_context(socket.create_connection(("127.0.0.1", port))).sendall(head)
        time.sleep(0.3)
        assert status("127.0.0.1") == 503
        assert status("127.0.0.2") != 503
    monkeypatch.setattr(server, "OF_ONE_ADDRESS", 1)
    time.sleep(0.2)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head)
        time.sleep(0.2)
        assert raw(port, head.replace(b"\r\n\r\n", b"\r\nX-Forwarded-For: 192.0.2.9\r\n\r\n"), body)[0] == 503  # of nobody whom we trust


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "198.51.100.7", "192.0.2.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.1", "203.0.113.5, 198.51.100.7", "198.51.100.7"),
        ("10.0.0.1", "198.51.100.7, 10.0.0.2", "198.51.100.7"),
        ("10.0.0.1", "nonsense", "nonsense"),
        ("2001:db8::1", "", "2001:db8::/64"),
        ("10.0.0.1", "2001:db8:0:0:ffff::1", "2001:db8::/64"),
    ],
)
def test_whose_file_it_is(peer: str, forwarded: str, client: str) -> None:
    assert server._client(peer, forwarded, [ip_network("10.0.0.0/8")]) == client


@pytest.fixture
def _waits_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BODY_TIMEOUT", "3")


@pytest.mark.usefixtures("_waits_three_seconds")
def test_a_file_that_hardly_comes_is_cut_off_long_before_one_that_comes_slowly(port: int) -> None:
    head = UPLOAD.format("/imports/", MEMBER) + "Content-Length: {}\r\n\r\n"
    with ExitStack() as held:
        idle, slow = (held.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5)) for _ in range(2))
        idle.sendall(head.format(1000).encode())
        slow.sendall(head.format(30 * 8 * KIB).encode())
        began = time.perf_counter()
        for _ in range(30):
            slow.sendall(b"x" * 8 * KIB)
            time.sleep(0.1)
        assert idle.recv(1) == b""
        assert time.perf_counter() - began < 3.5
        assert slow.recv(9) == b"HTTP/1.1 "


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
