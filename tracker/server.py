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
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from types import FrameType
from typing import Any, NoReturn, override

from django.core.checks import Tags, run_checks
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ErrorTask, WSGITask

from tracker import database, environment

CONNECTIONS = 2000
BEGINNING = 200
API = re.compile(rb"\s*\S+ /api/")
SPARE = 4  # how many times the limit of a body is taken off the socket, so that who sends a little too much can still read the answer
REFUSALS = {
    400: "The request is not valid HTTP.",
    413: "The body is too long.",
    431: "The headers are too long.",
    501: "This transfer encoding is not known here.",
}


class CannotListen(SystemExit):
    """Ends the process with a sentence on why the port cannot be had."""


class Parser(HTTPRequestParser):
    """Keeps how a request began: of one that cannot be read this says which face has to answer."""

    beginning = b""

    @override
    def received(self, data: bytes) -> int:
        if len(self.beginning) < BEGINNING:
            self.beginning = (self.beginning + data)[:BEGINNING]
        consumed: int = super().received(data)
        if self.completed:  # waitress would tell the client to continue, and wait for what has come already or never will
            self.expect_continue = False
        return consumed


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
        return refused | {"tracker.refused": (error.code, REFUSALS[error.code])}


class Channel(HTTPChannel):
    """A connection that must bring a request whole within a time, however busily it drips."""

    error_task_class = Refusal
    parser_class = Parser
    request_began: float | None = None

    @override
    def received(self, data: bytes) -> bool:
        if self.request is None:
            self.request_began = time.time()
        answer: bool = super().received(data)
        if self.request is None:
            self.request_began = None
        return answer

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
            if channel.request_began is not None and channel.request_began < now - self.body_timeout:
                channel.will_close = True


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
