"""The one way by which a metadata service is asked: its configured host only, nothing inside our own network, within a time, a size and a rate."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from ssl import SSLContext
from types import TracebackType
from typing import Any, Self, override
from urllib.parse import urlencode, urlsplit

import httpcore
import httpx
import orjson
import stamina

from problems.errors import SourceDown
from problems.networks import is_loopback, is_public

CONNECT_SECONDS = 3.0
TRIES = 3
REDIRECTS = 3
BYTES_MOST = 2_000_000
AGAIN = "Try again in a moment, or fill in the form by hand."
TELL = "Tell the operator of this site."
_BY_HAND = "Fill in the form by hand."
_REDIRECTED = frozenset({301, 302, 303, 307, 308})
_TURNS: dict[str, float] = {}
_TURNS_LOCK = threading.Lock()

type Option = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


@dataclass(frozen=True, slots=True)
class Access:
    """How a service is reached: all of it settings of the installation, nothing of it from a user."""

    base: str
    """Origin of the service, checked by networks.base_address; empty: it is not asked."""
    agent: str
    contact: str = ""
    seconds: float = 10.0
    on_loopback: bool = False
    pause: float = 0.2
    """Seconds before the second try; more before the third."""


class _Later(Exception):
    """The service asks to come back, or cannot answer now; after so many seconds, where it says so."""

    def __init__(self, status: int, after: float | None) -> None:
        super().__init__(f"status {status}")
        self.status, self.after = status, after


class Client:
    """Asks one service for one thing: all that it does, tries and redirects included, has to be done by one deadline."""

    def __init__(self, name: str, label: str, access: Access, *, apart: float = 0.1) -> None:
        """`apart` are the seconds that this process lets pass between two requests to this service."""
        self.name, self.label, self.access, self.apart = name, label, access, apart
        self.deadline = time.monotonic() + access.seconds
        host = urlsplit(access.base).hostname or ""
        inside = access.on_loopback and (host == "localhost" or is_loopback(host))
        try:
            base = httpx.URL(access.base)
        except httpx.InvalidURL as error:
            raise SourceDown(f"{label} stands at an address that cannot be read.", TELL) from error
        self._http = httpx.Client(
            base_url=base,
            headers={"User-Agent": access.agent, "Accept-Encoding": "identity"},
            transport=_Transport(_Backend(label, is_loopback if inside else is_public, self.deadline)),
            follow_redirects=False,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        """Itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close what is open."""
        self._http.close()

    def json(self, path: str, params: Mapping[str, str]) -> dict[str, Any] | None:
        """The object at `path`; None where there is none. Raises SourceDown."""
        body = self.read(path, params, accept="application/json")
        if body is None:
            return None
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            found = None
        if not isinstance(found, dict):
            raise self.garbage()
        return found

    def read(self, path: str, params: Mapping[str, str], *, accept: str) -> bytes | None:
        """What stands at `path`; None where there is nothing. Raises SourceDown."""
        if not self.access.base:
            raise SourceDown(f"{self.label} is switched off here.", _BY_HAND)
        address = f"{path}?{urlencode(params)}" if params else path
        try:
            for attempt in stamina.retry_context(
                on=self._again, attempts=TRIES, timeout=self.left, wait_initial=self.access.pause, wait_max=2, wait_jitter=self.access.pause
            ):
                with attempt:
                    return self._follow(address, accept)
        except _Later as error:
            busy = error.status == HTTPStatus.TOO_MANY_REQUESTS
            says = "has too many questions at the moment" if busy else f"has a fault at the moment (status {error.status})"
            raise SourceDown(f"{self.label} {says}.", AGAIN) from error
        except httpx.TimeoutException as error:
            raise SourceDown(f"{self.label} did not answer in time.", AGAIN) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise SourceDown(f"{self.label} cannot be reached.", AGAIN) from error
        raise AssertionError  # the loop above returns or raises

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return max(self.deadline - time.monotonic(), 0.001)

    @property
    def polite(self) -> dict[str, str]:
        """The parameter by which some services want to know whom to write to."""
        return {"mailto": self.access.contact} if self.access.contact else {}

    def garbage(self) -> SourceDown:
        """What is said of an answer that makes no sense."""
        return SourceDown(f"{self.label} answered with something that cannot be read.", _BY_HAND)

    def _again(self, error: Exception) -> bool | float:
        """Whether to try once more, or after how many seconds."""
        if isinstance(error, _Later) and error.after is not None:
            return error.after if error.after < self.left else False
        return isinstance(error, (_Later, httpx.TransportError)) and self.left > self.access.pause

    def _follow(self, address: str, accept: str) -> bytes | None:
        url = self._http.build_request("GET", address).url
        here = (url.scheme, url.host, url.port)
        for _ in range(REDIRECTS + 1):
            self._wait_for_turn()
            answer = self._ask(url, accept)
            if not isinstance(answer, httpx.URL):
                return answer
            url = answer
            if (url.scheme, url.host, url.port) != here or url.userinfo:
                raise SourceDown(f"{self.label} sends us to another address, which is not followed.", _BY_HAND)
        raise SourceDown(f"{self.label} sends us from address to address.", _BY_HAND)

    def _ask(self, url: httpx.URL, accept: str) -> bytes | httpx.URL | None:
        timeout = httpx.Timeout(self.left, connect=min(CONNECT_SECONDS, self.left))
        with self._http.stream("GET", url, headers={"Accept": accept}, timeout=timeout) as response:
            status = response.status_code
            if status in _REDIRECTED:
                return url.join(response.headers.get("Location", ""))
            if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
                return None
            if status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                raise _Later(status, _seconds(response.headers.get("Retry-After", "")))
            if status != HTTPStatus.OK:
                raise SourceDown(f"{self.label} refuses the question (status {status}).", _BY_HAND)
            return self._body(response)

    def _body(self, response: httpx.Response) -> bytes:
        if response.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise self.garbage()  # packed, though it was asked not to be: what is small may unpack to what is huge
        body = bytearray()
        for part in response.iter_raw():
            body += part
            if len(body) > BYTES_MOST:
                raise SourceDown(f"{self.label} answered with more than {BYTES_MOST // 1_000_000} MB.", _BY_HAND)
        return bytes(body)

    def _wait_for_turn(self) -> None:
        with _TURNS_LOCK:
            now = time.monotonic()
            turn = max(now, _TURNS.get(self.name, now))
            if turn - now > self.left:
                raise SourceDown(f"{self.label} is asked for others at the moment.", AGAIN)
            _TURNS[self.name] = turn + self.apart
        time.sleep(max(turn - now, 0))


def _seconds(header: str) -> float | None:
    """Retry-After in seconds. A date is not worth reading: it lies behind our deadline."""
    return float(header) if header.isascii() and header.isdecimal() and len(header) < 6 else None  # noqa: PLR2004  # a day is far too long already


class _Transport(httpx.HTTPTransport):
    """The transport of httpx over connections of our own making."""

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        super().__init__(verify=_tls(), trust_env=False)
        self._pool = httpcore.ConnectionPool(ssl_context=_tls(), max_connections=1, network_backend=backend)


@cache
def _tls() -> SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class _Backend(httpcore.NetworkBackend):
    """Connects to addresses that were checked. A name is resolved once: what it stands for afterwards makes no difference."""

    def __init__(self, label: str, allowed: Callable[[str], bool], deadline: float) -> None:
        self._label, self._allowed, self._deadline = label, allowed, deadline
        self._addresses: dict[tuple[str, int], list[str]] = {}
        self._network = httpcore.SyncBackend()

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Option] | None = None,
    ) -> httpcore.NetworkStream:
        if (host, port) not in self._addresses:
            self._addresses[host, port] = self._checked(host, port)
        last: Exception = httpcore.ConnectError("no address")
        for address in self._addresses[host, port]:
            try:
                within = min(timeout or CONNECT_SECONDS, _left(self._deadline, httpcore.ConnectTimeout))
                stream = self._network.connect_tcp(address, port, within, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                last = error
                continue
            return _Stream(stream, self._deadline)
        raise last

    def _checked(self, host: str, port: int) -> list[str]:
        """Every address of `host`, if all of them may be asked. Raises SourceDown where one may not."""
        found = _resolved(host, port, _left(self._deadline, httpcore.ConnectTimeout))
        if not found:
            raise SourceDown(f"{self._label} cannot be reached: its name is not known.", AGAIN)
        if not all(self._allowed(address) for address in found):
            raise SourceDown(f"{self._label} stands at an address that may not be asked.", TELL)
        return found


def _resolved(host: str, port: int, seconds: float) -> list[str]:
    """Addresses of a host; none where there are none, or where that takes too long: the system's resolver knows no time-out."""
    found: list[str] = []

    def resolve() -> None:
        with suppress(OSError, UnicodeError):
            found.extend(dict.fromkeys(str(address[0]) for *_, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))

    thread = threading.Thread(target=resolve, daemon=True)
    thread.start()
    thread.join(min(seconds, CONNECT_SECONDS))
    return [] if thread.is_alive() else list(found)


def _left(deadline: float, error: type[Exception]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise error("the deadline has passed")
    return left


class _Stream(httpcore.NetworkStream):
    """A connection on which nothing outlasts the deadline, however small the drops in which it comes."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    @override
    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    @override
    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    @override
    def close(self) -> None:
        self._stream.close()

    @override
    def start_tls(self, ssl_context: SSLContext, server_hostname: str | None = None, timeout: float | None = None) -> httpcore.NetworkStream:
        within = min(timeout or CONNECT_SECONDS, _left(self._deadline, httpcore.ConnectTimeout))
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, within), self._deadline)

    @override
    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
