"""Services that are played: on loopback, by a real server, or by a socket that misbehaves."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from problems.sources import Access, _client

SAMPLES = Path(__file__).resolve().parents[1] / "samples" / "sources"
AGENT = "OpenProblemsTracker/1 (http://localhost; mailto:map@example.org)"


def access(base: str, seconds: float = 5) -> Access:
    """A service that stands at `base`, on loopback, tried again at once."""
    return Access(base=base, agent=AGENT, contact="map@example.org", seconds=seconds, on_loopback=True, pause=0.01)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a turn that an earlier test has taken."""
    monkeypatch.setattr(_client, "_TURNS", {})


type Behave = Callable[[socket.socket], None]


class Service:
    """A server of one trick: what it does with each connection is given; requests are kept."""

    def __init__(self, behave: Behave) -> None:
        self.behave, self.requests, self.ended = behave, [], threading.Event()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    requests: list[bytes]

    def _serve(self) -> None:
        while not self.ended.is_set():
            try:
                connection, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, suppress(OSError):
            self.requests.append(connection.recv(65536))
            self.behave(connection)

    def end(self) -> None:
        """No more."""
        self.ended.set()
        self.listening.close()


@pytest.fixture
def play() -> Iterator[Callable[[Behave], Service]]:
    """Start such a service; it ends with the test."""
    services: list[Service] = []

    def start(behave: Behave) -> Service:
        services.append(Service(behave))
        return services[-1]

    yield start
    for service in services:
        service.end()


def saying(answer: bytes) -> Behave:
    """Says this, and closes."""
    return lambda connection: connection.sendall(answer)


def with_body(body: bytes, status: str = "200 OK", *headers: str) -> Behave:
    """A whole answer of HTTP."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return saying("\r\n".join([*lines, "", ""]).encode() + body)


def silent(connection: socket.socket) -> None:
    """Takes the request and says nothing for a minute."""
    connection.settimeout(60)
    connection.recv(1)


def dripping(start: bytes) -> Behave:
    """Says a little every few moments, without end."""

    def behave(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(6000):
            connection.sendall(b" ")
            time.sleep(0.01)

    return behave


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
