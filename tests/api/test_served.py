"""What the real server sends, byte by byte: answers without a body have none, so that the next answer on a connection is read as what it is."""

from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from tests.factories import make_phase

PATH = "/api/v1/phases/"


@pytest.mark.parametrize("path", [PATH, "/api/v1/phases/nothing/", "/api/docs/", "/codebook/", "/nothing/"])
def test_answers_follow_one_another_on_a_connection(site: str, path: str) -> None:
    make_phase("design")
    connection = HTTPConnection(urlsplit(site).netloc, timeout=10)

    def ask(method: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        connection.request(method, path, headers={"Host": "localhost"} | headers)
        answer = connection.getresponse()
        return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}

    status, body, headers = ask("GET")
    assert headers["content-length"] == str(len(body))
    for _ in range(2):
        head = ask("HEAD")
        assert (head[0], head[1], head[2]["content-length"], head[2].get("etag")) == (status, b"", headers["content-length"], headers.get("etag"))
    if path == PATH:
        assert ask("OPTIONS")[:2] == (204, b"")
        assert ask("GET", **{"If-None-Match": headers["etag"]})[:2] == (304, b"")
        assert ask("POST")[0] == 405
    assert ask("GET")[:2] == (status, body)
    connection.close()
