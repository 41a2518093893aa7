"""Every page of the admin opens, for curators only, with a number of queries that does not grow with its rows."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, models
from django.test import Client
from django.test.utils import CaptureQueriesContext

from problems.admin import site
from problems.choices import Role, Scheme, Section
from problems.models import (
    Agenda,
    AuditEvent,
    CallToAction,
    ChallengeType,
    Membership,
    Paper,
    Phase,
    Problem,
    Review,
    Search,
    Statement,
    StateStep,
    Submission,
    Tag,
    Team,
    User,
)
from problems.models.base import VisibleQuerySet
from problems.services import catalogue, reviews, submissions
from tests import factories as make
from tests.admin.pages import url
from tests.factories import Cast
from tests.services.test_submissions import decided


def answered(tags: int) -> Review:
    """A decision on a submission with so many tags."""
    submission = make.make_submission(make.make_user(Role.CONTRIBUTOR), *(make.tag_data(make.make_statement()) for _ in range(tags)))
    reviews.request_changes(submission=submission, by=make.make_user(Role.REVIEWER), note="Say where.")
    submissions.submit(submission=submission, by=submission.contributor)
    return decided(submission, make.make_user(Role.REVIEWER)).reviews.latest("at")


MAKERS: dict[type[models.Model], Callable[[], Any]] = {
    Agenda: make.make_agenda,
    Phase: make.make_phase,
    ChallengeType: make.make_challenge,
    Problem: lambda: make.make_statement().problem,
    Statement: make.make_statement,
    StateStep: make.make_tag,
    CallToAction: lambda: make.make_call(make.make_statement()),
    Paper: lambda: make.make_paper(authors=("A", "B"), logged_by=make.make_user()),
    Tag: make.make_tag,
    Search: make.make_search,
    User: make.make_user,
    Team: lambda: make.make_team(make.make_user()),
    AuditEvent: make.make_phase,
    Submission: lambda: make.make_submission(make.make_user(Role.CONTRIBUTOR), make.tag_data(make.make_statement())),
    Review: lambda: answered(2),
}
SINGLE = {Agenda}


def count(desk: Client, address: str) -> int:
    """Queries of a page that answers 200."""
    with CaptureQueriesContext(connection) as queries:
        page = desk.get(address)
    assert page.status_code == 200
    return len(queries)


def test_every_model_of_ours_has_its_pages_and_no_other() -> None:
    inline = {"authorship", "paperidentifier", "membership", "decision"}
    elsewhere = {"invitation", "apitoken", "idempotencykey", "restrictedtext", "declaration", "teaminvitation"}
    elsewhere |= {"importrun", "importrow", "merge"} | {"lookup", "suggestionmodel"}  # pages of their own; and what machines said
    elsewhere |= {"restrictedread", "interest", "secondopinion", "assignment", "passed", "care", "opened", "bulkchange"}
    elsewhere |= {"message", "watch", "followingfeed", "notification", "notificationpace", "probableduplicate", "trashed", "flag", "cataloguechange"}
    ours = {model._meta.model_name for model in Phase._meta.apps.get_app_config("problems").get_models()}
    assert {model._meta.model_name for model in site._registry} == ours - inline - elsewhere


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_lists_ask_the_same_number_of_queries_for_one_row_and_for_three(desk: Client, model: type[models.Model]) -> None:
    MAKERS[model]()
    desk.get(url(model))
    one = count(desk, url(model))
    if model in SINGLE:
        return
    MAKERS[model]()
    MAKERS[model]()
    assert count(desk, url(model)) == one


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_pages_of_one_object_open(desk: Client, model: type[models.Model]) -> None:
    MAKERS[model]()
    thing = model._default_manager.order_by("pk").last()
    assert thing is not None
    for page in ("change", "history"):
        assert desk.get(url(model, page, thing.pk)).status_code == 200


@pytest.mark.parametrize("model", MAKERS, ids=lambda model: model.__name__)
def test_nothing_is_deleted_here(desk: Client, model: type[models.Model]) -> None:
    MAKERS[model]()
    thing = model._default_manager.order_by("pk").last()
    assert thing is not None
    before = model._default_manager.count()
    assert desk.post(url(model, "delete", thing.pk), {"post": "yes"}).status_code == 403
    assert desk.post(url(model), {"action": "delete_selected", "_selected_action": thing.pk, "post": "yes"}).status_code in {200, 302}
    assert model._default_manager.count() == before


def with_rows(model: type[models.Model], rows: int) -> models.Model:
    """An object with so many rows in each of its inlines."""
    if model is Problem:
        problem = make.make_problem()
        for _ in range(rows):
            successor = make.make_statement(problem)
            make.make_statement(problem, section=Section.EXISTING_WORK, retired_on="2026-01-01", successor=successor)
        return problem
    if model is Submission:
        return answered(rows).submission
    if model is Review:
        return answered(rows)
    if model is Team:
        return make.make_team(*(make.make_user() for _ in range(rows)))
    paper = make.make_paper(authors=[f"Author {n}" for n in range(rows)], identifiers=[(Scheme.DOI, f"10.1234/{n}.{rows}") for n in range(rows)])
    for _ in range(rows):
        make.make_tag(paper=paper)
        make.make_tag(make.make_call(), paper=paper)
        make.make_tag(make.make_problem(), paper=paper)
    return paper


@pytest.mark.parametrize("model", [Problem, Paper, Team, Submission, Review], ids=lambda model: model.__name__)
def test_pages_ask_the_same_number_of_queries_for_one_row_and_for_three(desk: Client, model: type[models.Model]) -> None:
    one, three = with_rows(model, 1), with_rows(model, 3)
    desk.get(url(model, "change", one.pk))
    assert count(desk, url(model, "change", one.pk)) == count(desk, url(model, "change", three.pk))


def test_histories_ask_the_same_number_of_queries_for_one_entry_and_for_three(desk: Client, cast: Cast) -> None:
    phase = make.make_phase()
    one = count(desk, url(Phase, "history", phase.pk))
    for title in ("Another", "A third"):
        phase.title = title
        catalogue.save(thing=phase, by=cast.curator)
    assert count(desk, url(Phase, "history", phase.pk)) == one


@pytest.mark.parametrize("role", [None, Role.READER, Role.CONTRIBUTOR, Role.REVIEWER], ids=str)
def test_only_curators_enter(client: Client, db: None, role: Role | None) -> None:
    del db
    phase = make.make_phase()
    if role:
        client.force_login(make.make_user(role))
    pages = [url(model, page) for model in site._registry for page in ("changelist", "add")]
    pages += [
        url(Phase, "change", phase.pk),
        url(Phase, "history", phase.pk),
        "/admin/",
        "/admin/problems/",
        "/admin/autocomplete/",
        "/admin/jsi18n/",
        "/admin/nowhere/",
    ]
    for address in pages:
        for answer in (client.get(address), client.post(address, {"title": "Mine"})):
            assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/admin/login/"), address
    entrance = client.get("/admin/login/?next=/admin/problems/phase/")
    if role:
        assert entrance.status_code == 403
    else:
        assert (entrance.status_code, entrance["Location"]) == (302, "/accounts/login/?next=/admin/problems/phase/")
    assert Phase.objects.get().title == phase.title


def test_a_closed_curator_stays_outside(client: Client, db: None) -> None:
    del db
    user = make.make_user(Role.CURATOR)
    client.force_login(user)
    assert client.get("/admin/").status_code == 200
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.get("/admin/").status_code == 302


def test_the_front_pages_need_no_template_of_another_log_in(desk: Client) -> None:
    assert b"Open Problems Tracker" in desk.get("/admin/").content
    assert desk.get("/admin/login/")["Location"] == "/admin/"
    assert desk.get("/admin/password_change/")["Location"] == "/accounts/password/change/"
    assert desk.post("/admin/logout/").status_code == 302
    assert desk.get("/admin/").status_code == 302


@pytest.mark.parametrize("text", ["\x00", "%00", "x" * 5000, "'\"%_\\", "ﷺ" * 300, "99999999999999999999999"])
def test_odd_searches_are_answers(desk: Client, text: str) -> None:
    make.make_tag()
    for model in site._registry:
        assert desk.get(url(model), {"q": text}).status_code < 500, model
        for name in (
            "status",
            "id",
            "year",
            "pk__gt",
            "paper__id__exact",
            "visibility__exact",
            "created__gte",
            "phase__id__exact",
            "o",
            "p",
            "e",
            "is_active__exact",
        ):
            assert desk.get(url(model), {name: text}).status_code < 500, (model, name)
    for field in ("statement", "paper", "call", "problem", "contributor"):
        asked = {"app_label": "problems", "model_name": "tag", "field_name": field, "term": text}
        assert desk.get("/admin/autocomplete/", asked).status_code < 500, field


def test_lists_and_pickers_start_from_what_one_may_see(desk: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hole 5: were curators not to see all, the admin would follow at once."""
    tag = make.make_tag()
    search = make.make_search()
    asked: list[type[models.Model]] = []

    def nothing(self: VisibleQuerySet[Any], user: Any) -> VisibleQuerySet[Any]:
        assert user == cast.curator
        asked.append(self.model)
        return self.none()

    monkeypatch.setattr(VisibleQuerySet, "visible_to", nothing)
    for thing in (tag, tag.paper, search, AuditEvent.objects.latest("pk")):
        model = type(thing)
        assert desk.get(url(model)).context["cl"].result_count == 0
        assert desk.get(url(model, "change", thing.pk)).status_code == 302
        assert desk.get(url(model, "history", thing.pk)).status_code == 302
    found = desk.get("/admin/autocomplete/", {"app_label": "problems", "model_name": "tag", "field_name": "paper"}).json()
    assert found["results"] == []
    assert {Tag, Paper, Search, AuditEvent} <= set(asked)


def test_pickers_find_what_they_should(desk: Client) -> None:
    statement = make.make_statement(make.make_problem(5), position=2)
    make.make_statement()
    asked = {"app_label": "problems", "model_name": "tag", "field_name": "statement", "term": "P5.L2"}
    assert desk.get("/admin/autocomplete/", asked).json()["results"] == [{"id": str(statement.pk), "text": "P5.L2 Nobody has tested 2."}]


def test_inlines_are_only_for_models_without_a_page() -> None:
    assert Membership not in site._registry
