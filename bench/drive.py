"""A load of requests from kept connections, each sending the next request when the last one is answered whole."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import override

END_OF_HEAD = b"\r\n\r\n"
BODILESS = (b"204", b"304")


@dataclass(frozen=True, slots=True)
class Request:
    """A path to ask for, with which headers, and the status that is right."""

    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200

    def encoded(self, port: int) -> bytes:
        """As it is sent to a port of this machine."""
        lines = [f"GET {self.path} HTTP/1.1", f"Host: 127.0.0.1:{port}", *(f"{name}: {value}" for name, value in self.headers.items()), "", ""]
        return "\r\n".join(lines).encode()


@dataclass(slots=True)
class Load:
    """What a load brought: seconds in all, seconds of each request, bytes of all bodies, answers by their status where it was a wrong one."""

    seconds: float = 0
    times: list[float] = field(default_factory=list)
    size: int = 0
    errors: dict[int, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Requests per second."""
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Seconds within which this share of the requests was answered."""
        return sorted(self.times)[min(int(len(self.times) * share), len(self.times) - 1)]


class Client(asyncio.Protocol):
    """One connection, opened anew where the server closes it after an answer."""

    def __init__(self, port: int, requests: Sequence[tuple[bytes, int]], place: "count[int]", until: float, load: Load) -> None:
        """Send `requests` in turn, the next one at the common `place`, until that time."""
        self.port, self.requests, self.place, self.until, self.load = port, requests, place, until, load
        self.loop = asyncio.get_running_loop()
        self.done: asyncio.Future[None] = self.loop.create_future()
        self.opening = self.loop.create_task(self.open())
        self.buffer = bytearray()
        self.expected, self.head, self.status, self.sent = 0, 0, 0, 0.0
        self.waiting = self.closes = False

    async def open(self) -> None:
        """Connect, and send the first request."""
        await self.loop.create_connection(lambda: self, "127.0.0.1", self.port)

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what TCP has
        self.transport = transport
        self.send()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        if self.waiting:
            self.done.set_exception(exc or ConnectionError("The server closed a connection instead of answering."))

    def send(self) -> None:
        """Send the next request, or end."""
        if time.perf_counter() >= self.until:
            self.transport.close()
            self.done.set_result(None)
            return
        request, self.status = self.requests[next(self.place) % len(self.requests)]
        self.sent = time.perf_counter()
        self.waiting = True
        self.transport.write(request)

    @override
    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.expected:
            self.head = self.buffer.find(END_OF_HEAD)
            if self.head < 0:
                return
            self.head += len(END_OF_HEAD)
            head = bytes(self.buffer[: self.head]).lower()
            self.expected = self.head + length(head)
            self.closes = b"\r\nconnection: close" in head
        if len(self.buffer) >= self.expected:
            self.answered()

    def answered(self) -> None:
        """Note what came, and go on."""
        self.load.times.append(time.perf_counter() - self.sent)
        self.load.size += self.expected - self.head
        status = int(self.buffer[9:12])
        if status != self.status:
            self.load.errors[status] = self.load.errors.get(status, 0) + 1
        self.buffer.clear()
        self.expected = 0
        self.waiting = False
        if self.closes and time.perf_counter() < self.until:
            self.transport.close()
            self.opening = self.loop.create_task(self.open())
        else:
            self.send()


def length(head: bytes) -> int:
    """Length of the body that follows these headers, which are in lower case."""
    if head[9:12] in BODILESS:
        return 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    raise ValueError("An answer says no length.")


async def run(port: int, requests: Sequence[Request], seconds: float, connections: int) -> Load:
    """Send these requests in turn over so many connections for some seconds; what is under way then is still counted."""
    ready = [(request.encoded(port), request.status) for request in requests]
    load, place = Load(), count()
    began = time.perf_counter()
    clients = [Client(port, ready, place, began + seconds, load) for _ in range(connections)]
    await asyncio.gather(*(client.done for client in clients))
    load.seconds = time.perf_counter() - began
    return load
