"""Every source survives every failure: it is told plainly, within the time, and nobody is asked who should not be."""

import gzip
import time
from collections.abc import Callable, Iterable
from typing import Any

import httpcore
import pytest

from problems.choices import Scheme
from problems.errors import SourceDown
from problems.identifiers import Identifier
from problems.sources import SOURCES, Access, Source, ask
from problems.sources._client import BYTES_MOST, Client
from problems.sources.arxiv import read as read_feed
from tests.sources.conftest import AGENT, HEAD, Behave, Service, access, dripping, saying, silent, with_body

WANTED = {"arxiv": Identifier(Scheme.ARXIV, "2404.12241")}
DOI = Identifier(Scheme.DOI, "10.1145/3442188.3445922")
QUESTIONS: list[Any] = [
    *(pytest.param(source, WANTED.get(name, DOI), id=name) for name, source in SOURCES.items()),
    *(pytest.param(source, "On the dangers of stochastic parrots", id=f"{name}-title") for name, source in SOURCES.items() if source.search),
]
type Play = Callable[[Behave], Service]

BOMB = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;&b;&b;">]><feed xmlns="http://www.w3.org/2005/Atom">&d;</feed>'
UNREADABLE = "answered with something that cannot be read."
FAULTS: list[tuple[str, Behave, str]] = [
    ("garbage", with_body(b"\x00\xff{]garbage"), UNREADABLE),
    ("empty", with_body(b""), UNREADABLE),
    ("html", with_body(b"<!DOCTYPE html><html><body><h1>We will be back soon</h1></body></html>"), UNREADABLE),
    ("half", with_body(b'{"message": {"title": ["'), UNREADABLE),
    ("nested", with_body(b"[" * 100_000), UNREADABLE),
    ("text", with_body(b'"text"'), UNREADABLE),
    ("number", with_body(b"1e400"), UNREADABLE),
    ("bomb", with_body(BOMB), UNREADABLE),
    ("packed", with_body(gzip.compress(b" " * 10_000_000), "200 OK", "Content-Encoding: gzip"), UNREADABLE),
    ("large", with_body(b"{" + b" " * BYTES_MOST + b"}"), "answered with more than 2 MB."),
    ("400", with_body(b"{}", "400 Bad Request"), "refuses the question (status 400)."),
    ("no http", saying(b"SSH-2.0-OpenSSH_9.2\r\n"), "cannot be reached."),
    ("cut short", saying(HEAD + b"Content-Length: 1000\r\n\r\n{"), "cannot be reached."),
    ("nothing", saying(b""), "cannot be reached."),
    ("500", with_body(b"{}", "500 Internal Server Error"), "has a fault at the moment (status 500)."),
    ("503", with_body(b"{}", "503 Service Unavailable", "Retry-After: 0"), "has a fault at the moment (status 503)."),
    ("429", with_body(b"{}", "429 Too Many Requests"), "has too many questions at the moment."),
]
SLOW: list[tuple[str, Behave]] = [
    ("silent", silent),
    ("dripping body", dripping(HEAD + b"Content-Length: 1000000\r\n\r\n{")),
    ("dripping head", dripping(HEAD + b"X-More: ")),
]


@pytest.mark.parametrize(("source", "wanted"), QUESTIONS)
@pytest.mark.parametrize(("behave", "says"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS])
def test_a_fault_is_told(play: Play, source: Source, wanted: Any, behave: Behave, says: str) -> None:
    quick = Source(**{name: getattr(source, name) for name in ("name", "label", "schemes", "fetch", "search")}, apart=0)
    service = play(behave)
    with pytest.raises(SourceDown) as refusal:
        ask(quick, wanted, access(service.address))
    assert refusal.value.title == f"{source.label} {says}"
    assert refusal.value.hint
    again = any(word in says for word in ("at the moment", "cannot be reached"))
    assert len(service.requests) == (3 if again else 1)


@pytest.mark.parametrize(("source", "wanted"), QUESTIONS)
@pytest.mark.parametrize("behave", [behave for _, behave in SLOW], ids=[name for name, _ in SLOW])
def test_a_slow_service_ends_with_the_time(play: Play, source: Source, wanted: Any, behave: Behave) -> None:
    service = play(behave)
    began = time.monotonic()
    with pytest.raises(SourceDown) as refusal:
        ask(source, wanted, access(service.address, seconds=0.15))
    assert time.monotonic() - began < 1
    assert refusal.value.title == f"{source.label} did not answer in time."


SHAPES: list[object] = [
    None,
    [],
    {},
    "",
    "\u202e\x00",
    0,
    -1,
    1e9,
    True,
    [None],
    [[]],
    {"title": {}},
    "<script>" * 500,
    "x" * 30_000,
    [[99999, 99, 99]],
]
FIELDS: dict[str, tuple[str, Callable[[object], Any]]] = {
    "crossref": (
        "DOI title subtitle type author container-title event institution publisher relation issued ISBN abstract",
        lambda item: {"message": item},
    ),
    "datacite": (
        "doi titles types creators descriptions publisher relatedIdentifiers dates publicationYear url",
        lambda item: {"data": {"attributes": item}},
    ),
    "openalex": ("id doi ids display_name type authorships primary_location locations publication_date abstract_inverted_index", lambda item: item),
}


@pytest.mark.parametrize("name", FIELDS)
def test_any_shape_of_any_field_is_a_record_or_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names, wrapped = FIELDS[name]
    good: dict[str, Any] = {"DOI": DOI.value, "doi": DOI.value, "title": ["A"], "titles": [{"title": "A"}], "display_name": "A"}
    kept = 0
    for field in names.split():
        for shape in [
            *SHAPES,
            *([shape, shape] for shape in SHAPES),
            *({"name": shape, "title": shape, "source": shape, "id": shape} for shape in SHAPES),
        ]:
            answer = wrapped(good | {field: shape})
            monkeypatch.setattr(Client, "json", lambda *_args, answer=answer: answer)
            try:
                kept += ask(SOURCES[name], DOI, Access(base="https://example.org", agent=AGENT)) is not None
            except SourceDown:
                continue
    assert kept > 200


@pytest.mark.parametrize("start", [b"<!DOCTYPE feed>", b"<!doctype feed>", b"<! ENTITY x>", b'<!ENTITY a SYSTEM "file:///etc/hostname">'])
def test_a_feed_declares_nothing(start: bytes) -> None:
    with pytest.raises(Exception, match="declares") as refusal:
        read_feed(start + b'<feed xmlns="http://www.w3.org/2005/Atom"/>')
    assert type(refusal.value).__name__ == "Unparsable"


def test_a_feed_in_another_encoding_hides_nothing() -> None:
    feed = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE feed [<!ENTITY a "b">]><feed xmlns="http://www.w3.org/2005/Atom">&a;</feed>'
    for encoding in ("utf-16", "utf-7", "utf-16-be"):
        with pytest.raises(Exception, match=r"UTF-8|declares|no XML"):
            read_feed(feed.encode(encoding))


# -- redirects --


def redirecting(to: str) -> Behave:
    return with_body(b"", "302 Found", f"Location: {to}")


INWARDS = [
    *("http://127.0.0.1:1/works", "http://169.254.169.254/latest/", "https://example.org/", "//example.org/x", "http://localhost/", "http://[::1]/"),
    *("file:///etc/hostname", "gopher://127.0.0.1/", "http://user@{host}/", "http://2130706433/", "https://{host}/"),
]


@pytest.mark.parametrize("to", INWARDS)
def test_a_redirect_elsewhere_is_not_followed(play: Play, to: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    connect = httpcore.SyncBackend.connect_tcp

    def counted(self: Any, host: str, port: int, *rest: Any) -> Any:
        asked.append((host, port))
        return connect(self, host, port, *rest)

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", counted)
    service = play(silent)
    host = service.address.removeprefix("http://")
    service.behave = redirecting(to.format(host=host))
    with pytest.raises(SourceDown) as refusal:
        ask(SOURCES["crossref"], DOI, access(service.address))
    assert refusal.value.title == "Crossref sends us to another address, which is not followed."
    assert asked == [("127.0.0.1", int(host.partition(":")[2]))]


def test_a_redirect_to_the_same_host_is_followed_three_times(play: Play) -> None:
    service = play(redirecting("/works/elsewhere"))
    with pytest.raises(SourceDown, match="from address to address"):
        ask(SOURCES["crossref"], DOI, access(service.address))
    assert len(service.requests) == 4


# -- inner addresses --

CLOUD = "169.254.169.254"
INNER = [
    *("127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.0.0.1.", "0.0.0.0", "10.0.0.1", "192.168.1.1", CLOUD),  # noqa: S104
    *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[fe80::1]", "[fc00::1]", "[::127.0.0.1]"),
    *("localhost", "LOCALHOST", "localhost.", "inner.example.org"),
]


@pytest.mark.parametrize("host", INNER)
def test_an_inner_address_is_never_connected_to(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hole 33: even if a base address of that kind came past the settings."""
    asked: list[str] = []
    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda _self, host, *_rest: asked.append(host))
    resolve(monkeypatch, {"inner.example.org": [["93.184.216.34", "10.0.0.1"]]})
    for base in (f"https://{host}", f"http://{host}:8000"):
        with pytest.raises(SourceDown):
            ask(SOURCES["crossref"], DOI, Access(base=base, agent=AGENT, seconds=1, pause=0.01))
    assert asked == []


def resolve(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[list[str]]]) -> list[str]:
    """Let these names stand for one list of addresses after the other; the rest resolves as ever. What is asked is kept."""
    import socket  # noqa: PLC0415  # the one whose function is played

    real, asked = socket.getaddrinfo, []

    def played(host: Any, port: Any, *rest: Any, **options: Any) -> Iterable[Any]:
        if host not in names:
            return real(host, port, *rest, **options)
        asked.append(host)
        found = names[host].pop(0) if len(names[host]) > 1 else names[host][0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr("problems.sources._client.socket.getaddrinfo", played)
    return asked


def test_a_name_is_resolved_once_and_what_was_checked_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hole 34: the name changes its address between check and connection, and between tries."""
    asked: list[str] = []

    def refused(_self: Any, host: str, *_rest: Any) -> None:
        asked.append(host)
        raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", refused)
    resolved = resolve(monkeypatch, {"api.example.org": [["93.184.216.34"], ["127.0.0.1"]]})
    with pytest.raises(SourceDown, match="Crossref cannot be reached"):
        ask(SOURCES["crossref"], DOI, Access(base="https://api.example.org", agent=AGENT, pause=0.01))
    assert (resolved, asked) == (["api.example.org"], ["93.184.216.34"] * 3)


def test_the_certificate_is_asked_for_by_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names: list[str] = []

    class Stream(httpcore.MockStream):
        def start_tls(self, _context: Any, server_hostname: str | None = None, _timeout: float | None = None) -> Any:
            names.append(server_hostname or "")
            raise httpcore.ConnectError

    monkeypatch.setattr(httpcore.SyncBackend, "connect_tcp", lambda *_rest: Stream([]))
    resolve(monkeypatch, {"api.example.org": [["93.184.216.34"]]})
    with pytest.raises(SourceDown):
        ask(SOURCES["crossref"], DOI, Access(base="https://api.example.org", agent=AGENT, pause=0.01))
    assert names == ["api.example.org"] * 3


def test_loopback_is_for_loopback_only(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the setting a service may stand on this machine, and nowhere else inside; without it not even there."""
    service = play(with_body(b"{}"))
    with pytest.raises(SourceDown, match="may not be asked"):
        ask(SOURCES["crossref"], DOI, Access(base=service.address, agent=AGENT))
    assert service.requests == []
    resolve(monkeypatch, {"localhost": [["10.0.0.1"]], "inner.example.org": [["127.0.0.1"]]})
    for base in ("http://localhost:1", "https://inner.example.org"):
        with pytest.raises(SourceDown, match="may not be asked"):
            ask(SOURCES["crossref"], DOI, access(base))


def test_a_proxy_of_the_environment_is_not_used(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy, service = play(with_body(b"{}")), play(with_body(b"", "404 Not Found"))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY", "https_proxy"):
        monkeypatch.setenv(name, proxy.address)
    assert ask(SOURCES["crossref"], DOI, access(service.address)) is None
    assert (len(proxy.requests), len(service.requests)) == (0, 1)


# -- politeness --


def test_retry_after_is_kept_to(play: Play) -> None:
    service = play(with_body(b"{}", "429 Too Many Requests", "Retry-After: 1"))
    began = time.monotonic()
    with pytest.raises(SourceDown, match="too many questions"):
        ask(SOURCES["crossref"], DOI, access(service.address, seconds=1.6))
    assert time.monotonic() - began >= 1
    assert len(service.requests) == 2  # a third would come after the deadline


def test_retry_after_behind_the_deadline_ends_it_at_once(play: Play) -> None:
    service = play(with_body(b"{}", "503 Service Unavailable", "Retry-After: 3600"))
    began = time.monotonic()
    with pytest.raises(SourceDown, match="status 503"):
        ask(SOURCES["crossref"], DOI, access(service.address))
    assert time.monotonic() - began < 1
    assert len(service.requests) == 1


def test_requests_of_one_process_keep_their_distance(play: Play) -> None:
    service = play(with_body(b"", "404 Not Found"))
    source = Source("crossref", "Crossref", frozenset(), SOURCES["crossref"].fetch, apart=0.2)
    began = time.monotonic()
    for _ in range(3):
        assert ask(source, DOI, access(service.address)) is None
    assert time.monotonic() - began >= 0.4
    assert SOURCES["arxiv"].apart == 3


def test_a_turn_behind_the_deadline_is_not_waited_for(play: Play) -> None:
    service = play(with_body(b"", "404 Not Found"))
    source = Source("crossref", "Crossref", frozenset(), SOURCES["crossref"].fetch, apart=60)
    assert ask(source, DOI, access(service.address)) is None
    began = time.monotonic()
    with pytest.raises(SourceDown, match="is asked for others at the moment"):
        ask(source, DOI, access(service.address))
    assert time.monotonic() - began < 1
    assert len(service.requests) == 1
