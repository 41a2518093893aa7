"""`python -m tracker.server`: serve the site.

waitress, because its one loop takes whole requests off the sockets before a thread works on them: with 60 requests held half-sent against 8
threads it answered in 1 ms. gunicorn's threads waited for half headers, granian's for half bodies, and neither answered within 5 s.
"""

import errno
import os
import re
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from copy import copy
from functools import partial
from http import HTTPStatus
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from threading import Lock
from types import FrameType
from typing import Any, ClassVar, NoReturn, override
from weakref import WeakSet

from django.core.checks import Tags, run_checks
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask
from waitress.utilities import Error

from tracker import database, environment

CONNECTIONS = 2000
BEGINNING = 8 * 1024  # bytes, in which a request line has its place
API = re.compile(rb"\s*\S+ /api/")
SESSION = re.compile(r"(?:^|[;,]\s*)(?:__Host-)?session=")
UPLOADS_AT_ONCE = 16  # files of records that may be arriving
OF_ONE_ADDRESS = 4  # of them
LEAST_RATE = 16 * 1024  # bytes a second that a file must bring on average
HALF_OF_IPV6 = 64  # bits that tell networks apart; the others are one client's to choose
SPARE = 4  # how many times the limit of a body is taken off the socket, so that who sends a little too much can still read the answer
REFUSALS = {
    400: "The request is not valid HTTP.",
    413: "The body is too long.",
    431: "The headers are too long.",
    501: "This transfer encoding is not known here.",
    503: "Too many files are arriving at once. Send yours again in a minute.",
}
TOO_LARGE = "The file is larger than {:,} bytes. Split it, and import the parts one by one."


class CannotListen(SystemExit):
    """Ends the process with a sentence on why the port cannot be had."""


class Busy(Error):
    """Refuses one file too many."""

    code = 503
    reason = "Service Unavailable"


class Parser(HTTPRequestParser):
    """Keeps how a request began: of one that cannot be read this says which face has to answer.

    A file of records may be longer than other bodies. That is for who is signed in: whether they are is asked later, but who does not even say so
    has no room; and only so many may be arriving at once, a part of them from one address.
    """

    beginning = b""
    is_upload = False
    arriving: ClassVar[WeakSet["Parser"]] = WeakSet()  # or waiting for a thread; who hangs up in the middle is collected
    _gate: ClassVar[Lock] = Lock()  # threads take themselves out

    def __init__(self, adj: Any, peer: str = "") -> None:
        """Keep who is at the other end of the connection."""
        super().__init__(adj)
        self.adj: Any = adj
        self.completed: bool = False
        self.client = self.peer = peer

    @override
    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        known = "AUTHORIZATION" in self.headers or SESSION.search(self.headers.get("COOKIE", ""))
        if self.command == "POST" and self.path in environment.UPLOADS and known:
            self.is_upload = True
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = self.adj.max_upload_size
            self.client = _client(self.peer, self.headers.get("X_FORWARDED_FOR", ""), self.adj.proxies)

    @override
    def received(self, data: bytes) -> int:
        if len(self.beginning) < BEGINNING:
            self.beginning = (self.beginning + data)[:BEGINNING]
        consumed: int = super().received(data)
        if self.is_upload and not self.completed and not self._has_room():
            self.error, self.completed = Busy("too many files"), True
        if self.completed:  # waitress would tell the client to continue, and wait for what has come already or never will
            self.expect_continue = False
        return consumed

    def _has_room(self) -> bool:
        """Whether a file may arrive: it is among those that do, or there is room for one more."""
        with self._gate:
            if self not in self.arriving:
                if len(self.arriving) >= UPLOADS_AT_ONCE or sum(other.client == self.client for other in self.arriving) >= OF_ONE_ADDRESS:
                    return False
                self.arriving.add(self)
            return True

    @override
    def get_body_stream(self) -> Any:
        """The body, for the thread that reads it: from then on it arrives no more."""
        with self._gate:
            self.arriving.discard(self)
        return super().get_body_stream()


class Refusal(WSGITask):
    """Lets the application answer what the server refuses, so that these answers have the same shape and headers as all others."""

    @override
    def execute(self) -> None:
        if self.request.error.code in REFUSALS:
            super().execute()
        else:  # the application has failed: it is not asked again
            self.complete = True
            ErrorTask.execute(self)

    @override
    def get_environment(self) -> dict[str, Any]:
        error, request = self.request.error, self.request
        path = "/api/" if API.match(request.beginning) else "/"
        if error.code == HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE:  # waitress has read no line, and made one up
            request.path = path
        for name, value in {"command": "GET", "path": path, "request_uri": "/", "query": "", "url_scheme": "http"}.items():
            if not getattr(request, name, ""):
                setattr(request, name, value)
        request.headers = {name: value for name, value in request.headers.items() if name == "HOST"}
        refused: dict[str, Any] = super().get_environment()
        self.set_close_on_finish()
        told = TOO_LARGE.format(request.adj.max_import) if error.code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE and request.is_upload else ""
        return refused | {"tracker.refused": (error.code, told or REFUSALS[error.code])}


class Channel(HTTPChannel):
    """A connection that must bring a request whole within a time, however busily it drips, and a file of records at a rate."""

    error_task_class = Refusal
    request_began: float | None = None

    def __init__(self, server: "Server", sock: socket.socket, addr: Any, adj: Any, map: Any = None) -> None:  # noqa: A002 - waitress names it so
        """Let its requests know who sends them."""
        super().__init__(server, sock, addr, adj, map)
        self.parser_class = partial(Parser, peer=str(addr[0]))

    @override
    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.request_began = time.time()
        answer: bool = super().received(data)
        if self.request is None:
            self.request_began = None
        return answer

    def is_late(self, now: float, longest: float) -> bool:
        """Whether a request under way has taken too long. A file may take longer than others, as long as it comes at the least rate."""
        if self.request_began is None:
            return False
        took = now - self.request_began
        if self.request is None or not self.request.is_upload:
            return took > longest
        return took > longest * SPARE or (took > longest / 3 and self.request.body_bytes_received < LEAST_RATE * took)

    @override
    def handle_close(self) -> None:
        if self.request is not None:
            self.request.close()  # its temporary file, at once
        super().handle_close()


class Server(TcpWSGIServer):
    """A server that closes connections whose request takes too long to arrive, and that another thread may end."""

    channel_class = Channel
    body_timeout = 30.0
    ended = False

    @override
    def run(self) -> None:
        with _ending(self.end):
            super().run()
        for channel in list(self.active_channels.values()):  # with the file that each may be sending, which close_all leaves open
            channel.handle_close()
        wasyncore.close_all(self._map)

    def end(self) -> None:
        """Make `run` return when the requests under way are finished."""
        self.ended = True
        with suppress(OSError):  # the loop may have seen it, and closed the trigger, already
            self.pull_trigger()

    @override
    def readable(self) -> bool:
        if self.ended:
            raise SystemExit
        answer: bool = super().readable()
        return answer

    @override
    def maintenance(self, now: float) -> None:
        super().maintenance(now)
        for channel in self.active_channels.values():
            if channel.is_late(now, self.body_timeout):
                channel.will_close = True


def _client(peer: str, forwarded: str, proxies: Sequence[IPv4Network | IPv6Network]) -> str:
    """The network or address that a request comes from: the last one that is no proxy of ours."""
    hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
    try:
        while hops and any(ip_address(peer) in network for network in proxies):
            peer = hops.pop()
        return str(ip_network((peer, HALF_OF_IPV6), strict=False)) if isinstance(ip_address(peer), IPv6Address) else peer
    except ValueError:  # what a proxy of ours has forwarded is no address
        return peer


def listen(host: str, port: int) -> socket.socket:
    """Return a socket on which nobody else listens, or end the process with a sentence."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(
                f"Port {port} is taken: stop what uses it, or choose another one with PORT=, as in `make run PORT={port + 1}`."
            ) from None
        raise CannotListen(f"Port {port} of {host} cannot be used ({error.strerror}): set WEB_HOST and PORT to an address of this machine.") from None
    return listening


def make(listening: socket.socket, application: Callable[..., Any], settings: environment.Environment) -> Server:
    """Return a server on this socket; its `run` answers requests until SystemExit or KeyboardInterrupt, and finishes those under way."""
    _allow_many_files(CONNECTIONS + 500)
    server = Server(
        application,
        _sock=listening,
        bind_socket=False,
        sockinfo=(listening.family, listening.type, listening.proto, listening.getsockname()),
        threads=settings.WEB_THREADS,
        ident="",  # no banner
        connection_limit=CONNECTIONS,
        backlog=1024,
        asyncore_use_poll=True,
        max_request_header_size=settings.MAX_HEADERS,
        max_request_body_size=settings.MAX_BODY * SPARE,
        channel_timeout=60,
        cleanup_interval=1,
        clear_untrusted_proxy_headers=False,  # TrustedProxies does
        log_socket_errors=False,
    )
    server.body_timeout = settings.BODY_TIMEOUT
    server.adj.proxies = [ip_network(network) for network in settings.TRUSTED_PROXIES]
    server.adj.max_import = settings.MAX_IMPORT
    server.adj.max_upload_size = settings.MAX_IMPORT + settings.MAX_BODY * SPARE
    return server


def _allow_many_files(wanted: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


@contextmanager
def _ending(end: Callable[[], None]) -> Iterator[None]:
    """While the loop runs, a signal only notes that it should end: an exception raised wherever it happens to be could be swallowed there."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda _signal, _frame: end()) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def stop_cleanly() -> None:
    """Make the signals that end a process raise SystemExit, so that requests are finished and the embedded database stops with us."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise SystemExit(0)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def main() -> None:
    """Serve the site with the settings of the environment."""
    stop_cleanly()
    settings = environment.read()
    listening = listen(settings.WEB_HOST, settings.PORT)
    database.ensure()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tracker.settings")
    from tracker.wsgi import application  # noqa: PLC0415 - it reads the settings, which must have been found good first

    database.check()
    for message in run_checks(tags=[Tags.database], databases=["default"]):
        sys.stderr.write(f"{message}\n")
    sys.stderr.write(f"Serving {settings.SITE_URL} on {settings.WEB_HOST}:{settings.PORT}; Ctrl-C stops it.\n")
    make(listening, application, settings).run()


if __name__ == "__main__":
    main()
