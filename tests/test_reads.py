"""Each reading of a restricted record leaves one row in the log, whatever the face (hole 40 of the promises, promise 14)."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from django.test import Client

import problems
from problems import sight
from problems.choices import Visibility
from problems.models import Paper, RestrictedRead, Tag
from problems.services import reads, tags, tokens
from problems.services.audit import COMMAND
from tests.factories import Cast, make_paper, make_statement, make_tag

pytestmark = pytest.mark.django_db
TITLE = "A record kept to reviewers"


@pytest.fixture
def paper(cast: Cast) -> Paper:
    """A restricted record with an accepted tag, beside a public one."""
    made = make_paper(title=TITLE, abstract="Its words.", visibility=Visibility.RESTRICTED, logged_by=cast.contributor)
    make_tag(make_statement(), made, contributor=cast.contributor)
    make_paper(title="A public record")
    return made


def rows() -> list[tuple[Any, ...]]:
    return list(RestrictedRead.objects.order_by("pk").values_list("reader__email", "face", "kind", "object_name"))


FACES: dict[str, tuple[str, str]] = {
    "the page": ("{page}", "site"),
    "its export": ("{page}?format=bibtex", "site"),
    "the list": ("/papers/", "site"),
    "a search": ("/papers/?q=reviewers", "site"),
    "the list as a file": ("/papers/?format=csv", "site"),
    "the API": ("/api/v1/papers/{key}/", "api"),
    "the API with tags": ("/api/v1/papers/{key}/?include=tags", "api"),
    "the list of the API": ("/api/v1/papers/", "api"),
    "the API as a file": ("/api/v1/papers/?format=jsonl", "api"),
    "its tags in the API": ("/api/v1/tags/?paper={key}", "api"),
    "its history": ("/api/v1/papers/{key}/history/", "api"),
    "duplicates": ("/api/v1/papers/{key}/duplicates/", "api"),
    "a correction": ("/papers/{key}/correct/", "site"),
    "the admin": ("/admin/problems/paper/{pk}/change/", "admin"),
    "the list of the admin": ("/admin/problems/paper/", "admin"),
    "tags in the admin": ("/admin/problems/tag/", "admin"),
    "an address that leads on": ("/papers/{key}/", "site"),
}


@pytest.mark.parametrize("face", FACES)
def test_one_reading_is_one_row(client: Client, cast: Cast, paper: Paper, face: str) -> None:
    address, where = FACES[face]
    client.force_login(cast.curator)
    answer = client.get(address.format(page=paper.get_absolute_url(), key=paper.public_id, pk=paper.pk))
    assert answer.status_code in {200, 301}
    _ = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    assert rows() == [(cast.curator.email, where, "paper", paper.public_id)]


def test_a_token_reads_under_its_owner(client: Client, cast: Cast, paper: Paper) -> None:
    _, secret = tokens.make(user=cast.reviewer, name="Script", scope="read", by=cast.reviewer)
    client.get(f"/api/v1/papers/{paper.public_id}/", headers={"authorization": f"Bearer {secret}"})
    assert rows() == [(cast.reviewer.email, "api", "paper", paper.public_id)]


@pytest.mark.parametrize("role", ["anonymous", "reader", "contributor", "teammate", "stranger"])
def test_who_is_not_let_through_reads_nothing(client: Client, cast: Cast, paper: Paper, role: str) -> None:
    if role != "anonymous":
        client.force_login(getattr(cast, role))
    for address, _ in FACES.values():
        answer = client.get(address.format(page=paper.get_absolute_url(), key=paper.public_id, pk=paper.pk))
        assert TITLE not in (b"".join(answer.streaming_content).decode() if answer.streaming else answer.text)  # type: ignore[attr-defined]
    assert rows() == []


@pytest.mark.usefixtures("paper")
def test_public_pages_log_nothing(client: Client, cast: Cast) -> None:
    client.force_login(cast.curator)
    other = Paper.objects.get(title="A public record")
    for address in ("/", "/map/", other.get_absolute_url(), f"/api/v1/papers/{other.public_id}/", "/feeds/new.atom", "/sitemap-papers.xml"):
        assert client.get(address).status_code == 200
    assert rows() == []


def test_the_text_of_a_tag_is_logged_as_such(client: Client, cast: Cast) -> None:
    tag = make_tag(make_statement(), make_paper())
    tags.restrict_text(tag=tag, by=cast.reviewer, reason="Too much detail.")
    client.force_login(cast.reviewer)
    assert tag.rationale in client.get(tag.paper.get_absolute_url()).text
    assert rows() == [(cast.reviewer.email, "site", "text", tag.public_id)]
    [read] = RestrictedRead.objects.all()
    assert (read.paper_id, read.tag_id, bool(read.request_id)) == (tag.paper_id, tag.pk, True)


def test_without_a_log_there_is_no_answer(client: Client, cast: Cast, paper: Paper, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> int:
        raise DatabaseError

    monkeypatch.setattr(reads, "log", refuse)
    client.force_login(cast.curator)
    for address in (paper.get_absolute_url(), f"/api/v1/papers/{paper.public_id}/"):
        answer = client.get(address)
        assert (answer.status_code, TITLE in answer.text) == (503, False)
    exported = client.get("/papers/?format=csv")
    with pytest.raises(DatabaseError):
        _ = list(exported.streaming_content)  # type: ignore[attr-defined]


def test_the_log_only_grows(cast: Cast) -> None:
    """The database refuses to change an entry, and to delete one within two years."""
    RestrictedRead.objects.create(reader=cast.reviewer, face="site", kind="paper", object_name="a" * 10)
    changes: list[Callable[[], object]] = [lambda: RestrictedRead.objects.update(reader=cast.curator), lambda: RestrictedRead.objects.all().delete()]
    for change in changes:
        with pytest.raises(DatabaseError, match="two years"), transaction.atomic():
            change()
    assert reads.forget() == 0
    assert RestrictedRead.objects.count() == 1


def test_a_record_told_of_elsewhere_is_read_too(cast: Cast, paper: Paper) -> None:
    """An entry of the record of changes, a tag or a submission holds words of its paper, though the paper itself is not read."""
    noted = sight.Noted()
    with sight.noting(noted):
        list(Tag.objects.filter(paper=paper))
        list(Paper.objects.filter(pk=paper.pk).only("title"))
    assert (noted.told_of, noted.restricted) == ({paper.pk}, {})
    assert [reads.log(noted=noted, reader=cast.reviewer, where=COMMAND), reads.log(noted=noted, reader=cast.reviewer, where=COMMAND)] == [1, 0]


def test_titles_are_read_as_rows() -> None:
    """What is read by values() makes no row, so it would be in no log: in these places one word is shown of it, or nothing."""
    pattern = re.compile(r"\.values(?:_list)?\([^()]*\"(?:\w+__)?(?:title|abstract|names|rationale|locator)\"")
    source = Path(problems.__file__).parent
    found = {path.relative_to(source).as_posix() for path in source.rglob("*.py") if pattern.search(path.read_text())}
    assert found == {"queries/search.py", "queries/titles.py", "queries/suggestions.py", "services/lookups.py"}  # the last: what a service answered
