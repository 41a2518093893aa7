"""Promises 1 and 2: bad input is an answer, never an accident. Generated requests over every address, parameter, header and raw line."""

import json
import random
import re
import socket
import time
from collections import Counter
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import pytest
from django.conf import settings
from django.test import Client

from problems.api.schema import openapi
from problems.choices import Role, TokenScope
from problems.filters import CallFilter, PaperFilter, ProblemFilter, SearchLogFilter, StatementFilter, SubmissionFilter, TagFilter
from problems.models import Paper, Submission, Tag, User
from problems.services import tokens
from tests.access import TABLE
from tests.factories import make_agenda, make_call, make_paper, make_problem, make_statement, make_submission, make_tag, make_user, tag_data
from tests.promises.figures import FULL, SEED, figure, told

REQUESTS = figure(10_000, 400)
SLOWEST = 5.0
INTERNALS = re.compile(rb"Traceback|psycopg|django\.|OperationalError|SELECT |problems_[a-z]+|/site-packages/")
METHODS = ("GET", "GET", "GET", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW", "get")
FILTERS = (PaperFilter, TagFilter, StatementFilter, ProblemFilter, CallFilter, SubmissionFilter, SearchLogFilter)
OTHERS = "ordering cursor page_size include format view sort frontier next problem__title__contains password __class__ _connector pk id__in"
NAMES = [*sorted({name for filters in FILTERS for name in filters.base_filters}), *OTHERS.split()]
PIECES = [
    b"\x00",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"\xe2\x80\xae",
    b"'",
    b'"',
    b"\\",
    b"%",
    b"%%",
    b"{{7*7}}",
    b"{%",
    b"${7}",
    b"%s",
    b"%n",
    b"()",
    b"((((",
    b"))))",
    b"|&!:*<->",
    b"1e999999",
    b"9" * 400,
    b"-1",
    b"0x10",
    b"NaN",
    b"20245",
    b"2024-02-30",
    b"../../etc/passwd",
    b"javascript:alert(1)",
    b"<script>alert(1)</script>",
    b"a" * 3000,
    b"\r\nX: y",
    b"\n\n",
    b"P5.L2",
    b"5",
    b"10.1234/abc",
    b"\xf0\x9f\x94\x94",
    b"   ",
    b"",
    b"null",
    b"[]",
    b"true",
    b"-",
    b"or or or",
    b"a:*",
    b"\xe2\x80\x8b",
    b"0",
    b"999999999999999999999",
]
HEADERS = (
    *(b"Cookie", b"Authorization", b"Accept", b"Content-Type", b"If-None-Match", b"If-Modified-Since"),
    *(b"Range", b"X-Forwarded-For", b"X-HTTP-Method-Override", b"Referer", b"Origin"),
)
TARGETS = sorted(
    {re.sub(r"\{[a-z_]+\}", "x", line.address) for line in TABLE}
    | {"/admin/", "/admin/problems/paper/", "/admin/autocomplete/", "/static/x", "/healthz", "/nothing/"}
)


def world() -> None:
    make_agenda()
    statement = make_statement(make_problem(5))
    make_tag(statement, make_paper(title="Watermarks"))
    make_tag(make_call(statement))


def noise(choose: random.Random, most: int = 3) -> bytes:
    return b"".join(choose.choice(PIECES) for _ in range(choose.randint(0, most)))


def in_one_line(data: bytes) -> bytes:
    return data.translate(None, b"\r\n\x00")


def request(choose: random.Random) -> bytes:
    """A request that is wrong somewhere: in its line, path, query, headers or body."""
    path = choose.choice(TARGETS).encode()
    if choose.random() < 0.3:
        path = b"/".join(choose.choice([part, quote_from_bytes(noise(choose)).encode()]) for part in path.split(b"/")) or b"/"
    pairs = [
        choose.choice(NAMES).encode() + b"=" + (quote_from_bytes(noise(choose)).encode() if choose.random() < 0.9 else in_one_line(noise(choose)))
        for _ in range(choose.randint(0, 4))
    ]
    if choose.random() < 0.05:
        pairs.append(b"q=" + b"x" * choose.choice([8_000, 40_000]))
    line = choose.choice(METHODS).encode() + b" " + path + (b"?" + b"&".join(pairs) if pairs else b"") + b" HTTP/1.1\r\n"
    if choose.random() < 0.03:
        line = noise(choose) + line
    body = choose.choice([b"", b"{", b"[" * 2000, b'{"a":1,"a":2}', b'{"a":NaN}', b"\x00", b"a=b&" * 500, noise(choose, 6)])
    headers = [b"Host: localhost", b"Connection: close", b"Content-Length: " + str(len(body)).encode()]
    headers += [name + b": " + in_one_line(noise(choose)) for name in HEADERS if choose.random() < 0.15]
    odd = [b"Cookie: session=" + in_one_line(noise(choose)), b"Content-Type: multipart/form-data; boundary=", b"Expect: 100-continue"]
    headers += [choose.choice(odd)] if choose.random() < 0.1 else []
    return line + b"\r\n".join(headers) + b"\r\n\r\n" + body


def ask(port: int, data: bytes) -> tuple[int, dict[str, str], bytes, float]:
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(data)
        method = data.split(b" ", 1)[0].decode("latin-1")
        with HTTPResponse(connection, method=method) as answer:
            answer.begin()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read(), time.monotonic() - began


def test_generated_requests_are_answered(site: str) -> None:
    world()
    port, choose = urlsplit(site).port or 0, random.Random(SEED)
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    slowest = 0.0
    for number in range(REQUESTS):
        data = request(choose)
        try:
            status, headers, body, seconds = ask(port, data)
        except (OSError, HTTPException) as error:
            faults.append(f"{number}: {error!r} for {data!r}")
            continue
        statuses[status] += 1
        slowest = max(slowest, seconds)
        if status >= 500 and status != 501:  # 501: a transfer encoding that HTTP lets a server not know
            faults.append(f"{number}: {status} for {data[:300]!r}")
        if INTERNALS.search(body) and status >= 400:
            faults.append(f"{number}: internals for {data[:200]!r}")
        if re.match(rb"[A-Za-z]+ /api/", data) and 400 <= status < 600 and headers.get("content-type") != "application/problem+json":
            faults.append(f"{number}: {status} {headers.get('content-type')} for {data[:200]!r}")
        if seconds > SLOWEST:
            faults.append(f"{number}: {seconds:.1f} s for {data[:200]!r}")
    told(1, f"{REQUESTS} generated requests, seed {SEED}: {dict(sorted(statuses.items()))}, slowest {slowest:.2f} s, faults {len(faults)}")
    assert faults == [], "\n".join(faults)
    assert statuses[200] > 0
    assert statuses[400] > 0


OPERATIONS = [
    (method.upper(), path, told.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {}))
    for path, item in openapi()["paths"].items()
    for method, told in item.items()
    if method != "get"
]
WRITES_SENT = figure(10_000, 400)
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    1e308,
    10**400,
    "",
    " ",
    "\u200b",
    "\x00",
    "\ud800",
    "\u202e",
    "a" * 1001,
    "a" * 11_000,
    [],
    {},
    [[]],
    {"": ""},
    "P5.L2",
    "\u0301" * 300,
]


def made_up(choose: random.Random, schema: dict[str, Any], depth: int = 0) -> Any:
    """A value that a schema allows, wrong somewhere in one of ten places."""
    if choose.random() < 0.1 or depth > 6:
        return choose.choice(ODD)
    found: Any
    match schema:
        case {"$ref": reference}:
            found = made_up(choose, openapi()["components"]["schemas"][reference.rpartition("/")[2]], depth)
        case {"allOf": several} | {"oneOf": several}:
            found = made_up(choose, choose.choice(several), depth)
        case {"enum": words}:
            found = choose.choice(words)
        case {"type": "array", "items": items}:
            found = [made_up(choose, items, depth + 1) for _ in range(choose.choice([0, 1, 2, 101]) if depth < 2 else 1)]
        case {"type": "object", "additionalProperties": dict(inner)}:
            found = {choose.choice(["aaaaaaaaaa", "a.b", ""]): made_up(choose, inner, depth + 1)}
        case {"type": "object"}:
            found = {name: made_up(choose, each, depth + 1) for name, each in schema.get("properties", {}).items() if choose.random() < 0.6}
            if choose.random() < 0.1:
                found[choose.choice(NAMES)] = choose.choice(ODD)
        case {"type": "boolean"}:
            found = choose.choice([True, False])
        case _:
            found = choose.choice(["P5.L2", "P5", "2026-01-31", "A text that is long enough to be taken.", "10.1000/x", "https://example.org/a"])
    return found


def sent(choose: random.Random, ids: dict[str, list[str]], people: list[str]) -> bytes:
    """A write of somebody with a token, its body made of what the document says of it, and mostly wrong somewhere."""
    method, path, schema = choose.choice(OPERATIONS)
    path = path.replace("{id}", choose.choice([*ids.get(path.split("/")[3], []), "aaaaaaaaaa", "x"]))
    body = json.dumps(made_up(choose, schema)).encode()
    if choose.random() < 0.15:
        place = choose.randint(0, len(body))
        body = body[:place] + noise(choose) + body[place:]
    headers = [b"Host: localhost", b"Connection: close", b"Content-Type: application/json", f"Authorization: Bearer {choose.choice(people)}".encode()]
    if choose.random() < 0.3:
        headers.append(b"Idempotency-Key: " + in_one_line(noise(choose)))
    if method != "POST" or choose.random() < 0.2:
        headers.append(b"If-Match: " + choose.choice([b"*", b'"x"', in_one_line(noise(choose))]))
    if choose.random() < 0.5:
        headers.append(b"Content-Length: " + str(len(body)).encode())
    else:
        headers.append(b"Transfer-Encoding: chunked")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if body else b"0\r\n\r\n"
    return f"{method} {path} HTTP/1.1\r\n".encode() + b"\r\n".join(headers) + b"\r\n\r\n" + body


def test_generated_writes_are_answered(site: str) -> None:
    """Promises 1 and 2, for every write that the document tells."""
    world()
    port, choose = urlsplit(site).port or 0, random.Random(SEED)
    people = []
    for role in (Role.READER, Role.CONTRIBUTOR, Role.REVIEWER, Role.CURATOR):
        user = make_user(role)
        people.append(tokens.make(user=user, name="Noise", scope=TokenScope.WRITE, by=user)[1])
    owner = User.objects.get(role=Role.CONTRIBUTOR, tokens__name="Noise")
    for number in range(3):
        make_submission(owner, tag_data("P5.L1"), draft=number == 1)
    ids = {
        "papers": [*Paper.objects.values_list("public_id", flat=True)],
        "tags": [*Tag.objects.values_list("public_id", flat=True)],
        "submissions": [*Submission.objects.values_list("public_id", flat=True)],
    }
    statuses: Counter[int] = Counter()
    faults: list[str] = []
    slowest = 0.0
    for number in range(WRITES_SENT):
        data = sent(choose, ids, people)
        status, headers, body, seconds = ask(port, data)
        statuses[status] += 1
        slowest = max(slowest, seconds)
        if status >= 500 or (status >= 400 and INTERNALS.search(body)) or seconds > SLOWEST:
            faults.append(f"{number}: {status} {seconds:.1f} s for {data[:600]!r}: {body[:200]!r}")
        if status >= 400 and headers.get("content-type") != "application/problem+json":
            faults.append(f"{number}: {status} {headers.get('content-type')} for {data[:600]!r}")
    told(1, f"{WRITES_SENT} generated writes, seed {SEED}: {dict(sorted(statuses.items()))}, slowest {slowest:.2f} s, faults {len(faults)}")
    assert faults == [], "\n".join(faults)
    assert {200, 400, 403, 404, 409, 422} <= set(statuses)
    assert not FULL or statuses[201] + statuses[202] > 0  # of a share all that is made may be refused


@pytest.mark.parametrize("framing", ["Content-Length", "Transfer-Encoding"])
def test_one_byte_over_the_limit_is_too_long(site: str, framing: str) -> None:
    """Hole 26; and what is as long as it may be is read."""
    user = make_user(Role.CONTRIBUTOR)
    secret = tokens.make(user=user, name="Long", scope=TokenScope.WRITE, by=user)[1]
    port = urlsplit(site).port or 0
    for length, expected in ((settings.MAX_BODY, 422), (settings.MAX_BODY + 1, 413)):
        body = b'{"title": "' + b"a" * (length - 13) + b'"}'
        head = f"POST /api/v1/papers/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer {secret}\r\n".encode()
        head += b"Content-Type: application/json\r\n"
        if framing == "Content-Length":
            data = head + b"Content-Length: %d\r\n\r\n" % length + body
        else:
            data = head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (length, body)
        status, headers, answer, _ = ask(port, data)
        assert (len(body), status, headers["content-type"]) == (length, expected, "application/problem+json"), answer


@pytest.mark.parametrize(
    "address", ["/papers/?q=", "/api/v1/papers/?q=", "/api/v1/statements/?q=", "/api/v1/tags/?q=", "/map/?phase=", "/papers/?statement="]
)
@pytest.mark.parametrize(
    "text", ["x" * 300, "(" * 300, '"' * 299, "- " * 150, "a" * 150 + " " + "b" * 149, "1e" + "9" * 298, "or " * 100, "\u0301" * 300]
)
@pytest.mark.django_db
def test_no_text_up_to_the_limit_is_slow(client: Client, address: str, text: str) -> None:
    """Hole 28."""
    make_tag(make_statement(), make_paper(title="Watermarks"))
    began = time.monotonic()
    status = client.get(address + quote_from_bytes(text.encode())).status_code
    assert (status in {200, 400}, time.monotonic() - began < 5) == (True, True)
    assert len(text) <= settings.MAX_SEARCH_LENGTH
