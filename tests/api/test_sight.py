"""What somebody may not know of does not exist for them: not in a list, a count, a filter, a search, a sorting, a nested tag, an error."""

import re
from typing import Any

import pytest
from django.test import Client

from problems.choices import ReviewStatus, Scheme, Visibility
from problems.models import Paper, Tag
from problems.services import papers as paper_service
from problems.services import reviews, tags
from tests.api.conftest import API, Ask, World, ids
from tests.factories import Cast, make_paper, make_search, make_statement, make_tag

ROLES = ("anonymous", "reader", "stranger", "contributor", "teammate", "reviewer", "curator")
SIGNATURE = re.compile(r"%3A[^\"]+")  # of a cursor; it holds the time
INSIDERS, OWN = {"reviewer", "curator"}, {"contributor", "teammate"}


@pytest.fixture
def hidden(world: World, cast: Cast) -> dict[str, Paper | Tag]:
    """A waiting and a restricted paper of the contributor, with a tag on each that is accepted, and a proposed tag on a public paper."""
    made: dict[str, Any] = {
        name: make_paper(
            title=f"Secret {name}",
            authors=[f"Secret{name}"],
            visibility=visibility,
            logged_by=cast.contributor,
            identifiers=[(Scheme.DOI, f"10.1000/{name}")],
        )
        for name, visibility in (("waiting", Visibility.WAITING), ("restricted", Visibility.RESTRICTED))
    }
    mine: dict[str, Any] = {"contributor": cast.contributor}
    made["tag_waiting"] = make_tag(world.elsewhere, made["waiting"], **mine)
    made["tag_restricted"] = make_tag(world.elsewhere, made["restricted"], **mine)
    made["tag_proposed"] = make_tag(world.elsewhere, world.papers[0], status=ReviewStatus.PROPOSED, **mine)
    make_search(world.elsewhere, status=ReviewStatus.PROPOSED, by=cast.contributor)
    return made


def seen_by(role: str) -> set[str]:
    """Which of the hidden ones this role may know of."""
    if role in INSIDERS:
        return {"waiting", "restricted", "tag_waiting", "tag_restricted", "tag_proposed"}
    return {"waiting", "tag_waiting", "tag_proposed"} if role in OWN else set()


@pytest.mark.parametrize("role", ROLES)
def test_each_sees_what_they_may_know_of(ask: Ask, cast: Cast, hidden: dict[str, Paper | Tag], role: str) -> None:
    by, known = getattr(cast, role), {row.public_id: name for name, row in hidden.items()}
    found = {known[key] for resource in ("papers", "tags") for key in ids(ask(f"{resource}/?page_size=200", by=by)) if key in known}
    assert found == seen_by(role)
    for name, row in hidden.items():
        resource = "tags" if name.startswith("tag") else "papers"
        status = 200 if name in seen_by(role) else 404
        answer = ask(f"{resource}/{row.public_id}/", status)
        assert (status == 404) == (answer == ask(f"{resource}/{'a' * 10}/", 404))


@pytest.mark.parametrize("role", ["anonymous", "reader", "stranger"])
@pytest.mark.parametrize(
    "query", ["q=secret", "q=secretwaiting", "doi=10.1000/restricted", "statement=P2.L1", "problem=2&relation=addresses", "paper={waiting}"]
)
def test_no_filter_finds_what_is_hidden(ask: Ask, cast: Cast, hidden: dict[str, Paper | Tag], role: str, query: str) -> None:
    query = query.format(**{name: row.public_id for name, row in hidden.items()})
    resources = ("papers", "tags") if query.startswith(("q=", "doi=")) else ("tags",)
    found = [ids(ask(f"{resource}/?{query}", by=getattr(cast, role))) for resource in resources]
    of_a_curator = [ids(ask(f"{resource}/?{query}", by=cast.curator)) for resource in resources]
    assert found == [[] for _ in resources]
    assert all(of_a_curator)


@pytest.mark.parametrize("role", ["anonymous", "reader", "stranger"])
def test_answers_are_the_same_bytes_with_and_without_what_is_hidden(client: Client, world: World, cast: Cast, role: str) -> None:
    if role != "anonymous":
        client.force_login(getattr(cast, role))
    paths = [
        *(f"{API}/{name}/" for name in ("problems", "statements", "calls", "phases", "challenges", "papers", "tags")),
        f"{API}/papers/?include=tags&page_size=2",
        f"{API}/statements/?include=tags&retired=true",
        f"{API}/statements/?searched=true",
        f"{API}/papers/?ordering=title&page_size=2",
        f"{API}/papers/{world.papers[0].public_id}/?include=tags",
    ]

    def answers() -> list[tuple[int, str]]:
        found = [client.get(path) for path in paths]
        return [(each.status_code, SIGNATURE.sub("", each.text)) for each in found]

    before = answers()
    secret = make_paper(title="Before all else", visibility=Visibility.RESTRICTED, logged_by=cast.contributor)
    make_paper(title="A paper that waits", visibility=Visibility.WAITING, logged_by=cast.contributor)
    for target in (world.elsewhere, world.calls[0], world.problems[0]):
        make_tag(target, secret, contributor=cast.contributor)
    make_tag(world.elsewhere, world.papers[0], status=ReviewStatus.PROPOSED, contributor=cast.contributor)
    make_search(world.elsewhere, status=ReviewStatus.PROPOSED, by=cast.contributor)
    assert answers() == before


def test_nested_tags_are_those_of_the_map_for_everybody(ask: Ask, world: World, cast: Cast, hidden: dict[str, Paper | Tag]) -> None:
    for by in cast.everybody().values():
        statement = ask("statements/P2.L1/?include=tags", by=by)
        assert (statement["tags"], statement["papers"], statement["state"], statement["searched"]) == ([], 0, "untouched", None)
        assert ids({"results": ask(f"papers/{world.papers[0].public_id}/?include=tags")["tags"]}) == [world.narrows.public_id]
    waiting = ask(f"papers/{hidden['waiting'].public_id}/?include=tags", by=cast.curator)
    assert waiting["tags"] == []


def test_restricting_a_paper_takes_it_out_of_everything(ask: Ask, world: World) -> None:
    moved = ask("statements/P1.L1/")
    assert (moved["state"], len(moved["steps"]), moved["papers"]) == ("narrowed", 1, 1)
    key, tag = world.papers[0].public_id, world.narrows.public_id
    restricted = Paper.objects.get(public_id=key)
    restricted.visibility = Visibility.RESTRICTED
    paper_service.save(paper=restricted, by=None)
    answers = [ask(f"{name}/?page_size=200{more}") for name, more in (("statements", "&include=tags&retired=true"), ("tags", ""), ("problems", ""))]
    assert all(secret not in str(answers) for secret in (key, tag, "lasting"))
    assert (ask("statements/P1.L1/")["state"], ask("problems/1/")["states"]["untouched"], ask("problems/1/")["papers"]) == ("untouched", 2, 1)


def test_what_a_paper_did_to_a_statement_that_is_retired_by_now_stays_untold(ask: Ask, world: World) -> None:
    """The steps of a retired statement are no longer derived: they must not keep the name of a paper that was restricted since."""
    assert world.retired.steps.count() == 1
    key = world.papers[1].public_id
    Paper.objects.filter(public_id=key).update(visibility=Visibility.RESTRICTED)
    assert key not in str(ask("statements/P1.L3/?include=tags"))
    assert ids(ask("statements/?state=contested&retired=true")) == []
    assert ids(ask("papers/?state=contested")) == []


def test_nobody_reads_a_private_field_of_a_person(ask: Ask, world: World, cast: Cast) -> None:
    """No include, sorting or filter leads to an account; what is told of one is the display name."""
    make_tag(world.elsewhere, contributor=cast.contributor, status=ReviewStatus.PROPOSED)
    for query in ("include=contributor", "fields=contributor", "ordering=contributor__email", "contributor__email=x", "contributor=1", "logged_by=1"):
        for resource in ("papers", "tags"):
            ask(f"{resource}/?{query}", 400, by=cast.curator)
    text = str([ask(f"{resource}/?page_size=200", by=cast.curator) for resource in ("papers", "tags", "statements")])
    assert all(secret not in text for secret in (cast.contributor.email or "-", cast.contributor.public_id, "argon2", "password"))
    assert "'contributor': 'Contributor'" in text


def test_a_closed_account_sees_what_a_visitor_sees(ask: Ask, client: Client, cast: Cast, hidden: dict[str, Paper | Tag]) -> None:
    client.force_login(cast.curator)
    type(cast.curator).objects.filter(pk=cast.curator.pk).update(is_active=False)
    ask(f"papers/{hidden['waiting'].public_id}/", 404)


def test_the_history_is_silent_on_what_was_out_of_sight_for_a_while(cast: Cast) -> None:
    paper = make_paper()
    tag = make_tag(make_statement(), paper)
    reviews.restrict_paper(paper=paper, by=cast.reviewer, reason="Because.")
    reviews.publish_paper(paper=paper, by=cast.curator, reason="Harmless.")
    tags.restrict_text(tag=tag, by=cast.reviewer, reason="Because.")
    tags.unrestrict_text(tag=Tag.objects.get(pk=tag.pk), by=cast.reviewer, reason="Harmless.")
    for user, paper_kinds, tag_kinds in (
        (None, ["created"], ["created"]),
        (cast.reviewer, ["published", "restricted", "created"], ["text_restricted", "text_restricted", "created"]),
    ):
        client = Client()
        if user:
            client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        for path, kinds in ((f"papers/{paper.public_id}", paper_kinds), (f"tags/{tag.public_id}", tag_kinds)):
            assert [event["kind"] for event in client.get(f"/api/v1/{path}/history/").json()["results"]] == kinds
