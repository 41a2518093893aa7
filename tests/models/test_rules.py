"""What holds for all models: no file, no image, ever; what can be hidden has a queryset that knows; the database says each rule again."""

from datetime import UTC, datetime

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from problems.choices import Relation, ReviewStatus, Visibility
from problems.models import (
    Agenda,
    Assignment,
    Authorship,
    BulkChange,
    CatalogueChange,
    Declaration,
    Flag,
    IdempotencyKey,
    ImportRow,
    ImportRun,
    Interest,
    Invitation,
    Lookup,
    Message,
    Notification,
    NotificationPace,
    Opened,
    Paper,
    PaperIdentifier,
    Passed,
    ProbableDuplicate,
    Problem,
    Search,
    SecondOpinion,
    Statement,
    Submission,
    Tag,
    TeamInvitation,
    Trashed,
    User,
    Watch,
)
from problems.models.base import PUBLIC_ID, VisibleQuerySet
from tests.factories import make_agenda, make_call, make_paper, make_problem, make_statement, make_tag, make_team, make_user

OURS = list(apps.get_app_config("problems").get_models(include_auto_created=True))


def test_no_model_has_a_file_or_an_image() -> None:
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.get_fields():
            assert not isinstance(field, models.FileField | models.FilePathField), f"{model.__name__}.{field.name}"
    fields = [field for model in apps.get_models(include_auto_created=True) for field in model._meta.get_fields()]
    binary = {f"{field.model.__name__}.{field.name}" for field in fields if isinstance(field, models.BinaryField)}
    hashes = {"ApiToken.digest", "IdempotencyKey.digest", "Invitation.digest", "TeamInvitation.digest", "Flag.digest", "FollowingFeed.digest"}
    assert binary == hashes | {"ImportRun.data"}  # a bibliography, while it is read


def test_what_can_be_hidden_has_a_queryset_that_knows() -> None:
    knowing = {model.__name__ for model in OURS if isinstance(model._default_manager.all(), VisibleQuerySet)}
    assert knowing == {"Paper", "Tag", "Search", "AuditEvent", "Submission", "RestrictedText", "ImportRun", "Declaration", "Team"} | {
        "RestrictedRead",
        "Assignment",
        "Interest",
        "SecondOpinion",
        "BulkChange",
        "Message",
        "Notification",
        "ProbableDuplicate",
        "Trashed",
        "Flag",
        "CatalogueChange",
    }


def test_every_text_has_a_limit() -> None:
    unlimited = {
        f"{model.__name__}.{field.name}"
        for model in OURS
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField) and field.editable and not field.max_length
    }
    assert unlimited == {"AuditEvent.reason"}


@pytest.mark.django_db
def test_public_ids_are_ten_random_letters_and_digits() -> None:
    ids = {make_paper().public_id, make_tag().public_id, make_user().public_id}
    assert len(ids) == 3
    assert all(len(each) == 10 and set(each) <= set(PUBLIC_ID) for each in ids)


def broken_rules() -> dict[str, models.Model]:
    """Rows that no service would write, by the constraint that has to stop them."""
    paper, statement, problem = make_paper(), make_statement(), make_problem()
    tag = make_tag(statement, paper, relation=Relation.NARROWS)
    now = datetime(2026, 11, 24, tzinfo=UTC)
    common = {"paper": paper, "rationale": "x" * 20, "basis": "general_proxy", "contributor": tag.contributor}
    identifier = PaperIdentifier.objects.create(paper=paper, scheme="doi", value="10.1234/abc")
    user = make_user(email="ada@example.org")
    PaperIdentifier.objects.create(paper=paper, scheme="doi", value="10.1234/shadow", shadow=True)
    proposed = make_tag(statement, status=ReviewStatus.PROPOSED, contributor=user)
    again = {name: getattr(proposed, name) for name in ("paper", "statement", "relation", "rationale", "basis", "contributor")}
    handed_in = {"contributor": user, "submitted_at": now, "state": "submitted"}
    IdempotencyKey.objects.create(user=user, key="k", digest=b"x")
    agenda = make_agenda()
    team = make_team(user)
    Declaration.objects.create(team=team, statement=statement, sentence="x", until=now.date(), by=user)
    row = ImportRow.objects.create(run=ImportRun.objects.create(by=user, size=1, format="ris"), number=1, outcome="created")
    return {
        "paper_title_given": Paper(title=""),
        "paper_year_known": Paper(title="x", year=2200),
        "paper_date_parts": Paper(title="x", month=3),
        "paper_visibility_known": Paper(title="x", visibility="secret"),
        "paper_twin_not_public": Paper(title="x", visibility="public", twin_of=paper),
        "authorship_named": Authorship(paper=paper, position=9),
        "authorship_position_unique": Authorship(paper=paper, position=1, family="x"),
        "identifier_unique": PaperIdentifier(paper=make_paper(), scheme="doi", value=identifier.value),
        "tag_once": Tag(statement=statement, relation=Relation.NARROWS, status=ReviewStatus.ACCEPTED, decided_at=now, **common),
        "identifier_once": PaperIdentifier(paper=paper, scheme="doi", value="10.1234/shadow", shadow=True),
        "tag_proposed_once": Tag(**again),
        "tag_restricted_text_apart": Tag(problem=problem, relation=Relation.RELEVANT, text_restricted=True, **common),
        "submission_words_known": Submission(contributor=user, state="lost", submitted_at=now),
        "submission_claim_whole": Submission(claimed_by=user, **handed_in),
        "submission_claim_while_submitted": Submission(contributor=user, claimed_by=user, claimed_at=now),
        "submission_handed_in_has_time": Submission(contributor=user, state="withdrawn"),
        "submission_decided_has_time": Submission(contributor=user, state="decided", submitted_at=now),
        "invitation_role_known": Invitation(email="x@example.org", role=99, digest=b"1", expires=now),
        "invitation_accepted_whole": Invitation(email="x@example.org", digest=b"2", expires=now, accepted_at=now),
        "idempotency_key_once": IdempotencyKey(user=user, key="k", digest=b"y"),
        "tag_one_target": Tag(relation=Relation.NARROWS, **common),
        "tag_relation_fits_target": Tag(call=make_call(), relation=Relation.NARROWS, **common),
        "tag_decided_has_time": Tag(problem=problem, relation=Relation.RELEVANT, status=ReviewStatus.ACCEPTED, **common),
        "tag_words_known": Tag(problem=problem, relation=Relation.RELEVANT, status="maybe", decided_at=now, **common),
        "search_one_target": Search(where="x", query="x", searched_on=now.date(), by=user),
        "statement_position_unique": Statement(
            code="P9.L9", problem=statement.problem, section=statement.section, position=statement.position, text="x"
        ),
        "statement_section_known": Statement(code="P9.L9", problem=problem, section="other", position=9, text="x"),
        "statement_state_known": Statement(code="P9.L9", problem=problem, section="limitation", position=9, text="x", state="done"),
        "statement_successor_of_retired": Statement(code="P9.L9", problem=problem, section="limitation", position=9, text="x", successor=statement),
        "user_email_unique": User(email=user.email, password="x"),
        "user_email_lower": User(email="Ben@example.org", password="x"),
        "user_role_known": User(email="ben@example.org", role=99, password="x"),
        "paper_merged_whole": Paper(title="x", visibility="merged"),
        "paper_material_known": Paper(title="x", material="some"),
        "import_state_known": ImportRun(by=user, size=1, state="lost", finished_at=now),
        "import_ended_keeps_no_file": ImportRun(by=user, size=1, state="finished", finished_at=now, data=b"x"),
        "import_row_once": ImportRow(run=row.run, number=1, outcome="created"),
        "import_row_outcome_known": ImportRow(run=row.run, number=2, outcome="lost"),
        "lookup_answered_has_time": Lookup(key="a", state="nothing", asked_at=now),
        "lookup_found_has_record": Lookup(key="b", state="found", asked_at=now, answered_at=now),
        "team_invitation_accepted_whole": TeamInvitation(team=team, digest=b"3", expires=now, accepted_at=now),
        "declaration_one_target": Declaration(team=team, sentence="x", until=now.date(), by=user),
        "declaration_once": Declaration(team=team, statement=statement, sentence="x", until=now.date(), by=user),
        **broken_rules_of_review(user, paper, statement, now),
        "agenda_only_one": Agenda(only=False, title=agenda.title, authors=[], year=2026, url="x", headline="x", constraints_heading="x"),
    }


def broken_rules_of_review(user: User, paper: Paper, statement: Statement, now: datetime) -> dict[str, models.Model]:
    """The same of what helps reviewers and curators."""
    submission = Submission.objects.create(contributor=user, state="submitted", submitted_at=now)
    other, team, later = make_user(), make_team(), make_paper()
    for row in (
        Interest(user=user, paper=paper),
        SecondOpinion(submission=submission, first=user),
        Assignment(reviewer=user, team=team),
        Passed(user=user, submission=submission, how="skipped"),
        Opened(user=user, submission=submission, day=now.date()),
        Watch(user=user, statement=statement),
        Notification(user=user, subject="message"),
        NotificationPace(user=user, subject="message"),
        ProbableDuplicate(first=paper, second=later),
        Trashed(paper=paper, was="public"),
    ):
        row.save()
    flag = {"paper": paper, "digest": b"f"}
    return {
        "submission_assignment_whole": Submission(contributor=user, state="submitted", submitted_at=now, assigned_to=user),
        "interest_one_thing": Interest(user=user),
        "interest_once": Interest(user=user, paper=paper),
        "opinion_words_known": SecondOpinion(submission=submission, first=user, state="lost"),
        "opinion_open_once": SecondOpinion(submission=submission, first=other),
        "opinion_given_whole": SecondOpinion(submission=submission, first=user, state="agreed", second=other),
        "opinion_of_another": SecondOpinion(submission=submission, first=user, state="agreed", second=user, given_at=now),
        "assignment_one_thing": Assignment(reviewer=user),
        "assignment_once": Assignment(reviewer=other, team=team),
        "passed_once": Passed(user=user, submission=submission, how="abstained"),
        "passed_words_known": Passed(user=other, submission=submission, how="lost"),
        "opened_once": Opened(user=user, submission=submission, day=now.date()),
        "bulk_words_known": BulkChange(by=user, act="lose"),
        "message_words_known": Message(submission=submission, author=user, audience="all", text="x"),
        "watch_one_thing": Watch(user=user),
        "watch_once": Watch(user=user, statement=statement),
        "notification_words_known": Notification(user=other, subject="lost"),
        "notification_once": Notification(user=user, subject="message"),
        "pace_words_known": NotificationPace(user=other, subject="message", pace="often"),
        "pace_once": NotificationPace(user=user, subject="message"),
        "duplicate_once": ProbableDuplicate(first=paper, second=later),
        "duplicate_in_order": ProbableDuplicate(first=later, second=paper),
        "trashed_one_thing": Trashed(was="public"),
        "trashed_once": Trashed(paper=paper, was="public"),
        "flag_one_thing": Flag(digest=b"f", reason="wrong"),
        "flag_words_known": Flag(reason="bored", **flag),
        "flag_answered_has_time": Flag(reason="wrong", state="upheld", **flag),
        "change_words_known": CatalogueChange(statement=statement, kind="burn", by=user),
        "change_of_something": CatalogueChange(kind="wording", by=user),
    }


@pytest.mark.django_db
def test_the_database_says_each_rule_again() -> None:
    for constraint, row in broken_rules().items():
        with pytest.raises(IntegrityError, match=f'"{constraint}"'), transaction.atomic():
            row.save(force_insert=True)


@pytest.mark.django_db
def test_every_constraint_of_ours_is_broken_above_or_is_a_plain_key() -> None:
    named = {constraint.name for model in OURS for constraint in model._meta.constraints}
    assert named - set(broken_rules()) == {"membership_once", "problem_number_positive"}


@pytest.mark.django_db
def test_a_list_does_not_fetch_the_search_column() -> None:
    make_paper()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        list(Paper.objects.for_lists())
    assert '"search"' not in queries.captured_queries[0]["sql"]
    assert '"abstract"' not in queries.captured_queries[0]["sql"]


@pytest.mark.django_db
def test_slugs_say_something() -> None:
    assert [Paper(title=title).slug for title in ("A Study: of Marks!", "研究", "Ünïcode " + "x" * 200)] == [
        "a-study-of-marks",
        "paper",
        "unicode-" + "x" * 72,
    ]
    assert make_paper(visibility=Visibility.WAITING).get_absolute_url().startswith("/papers/")


@pytest.mark.django_db(transaction=True)
def test_migrations_go_back_and_forth() -> None:
    executor = MigrationExecutor(connection)
    leaves = executor.loader.graph.leaf_nodes("problems")
    executor.migrate([("problems", None)])
    assert not [table for table in connection.introspection.table_names() if table.startswith("problems_")]
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    assert MigrationExecutor(connection).migration_plan(leaves) == []


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["P1.L2", "P1.E1", "P2.L1"])
def test_a_code_says_problem_list_and_place(code: str) -> None:
    make_problem(1)
    statement = make_statement(Problem.objects.get(number=1))
    assert statement.code == "P1.L1"
    statement.code = code
    with pytest.raises(ValidationError, match=f"{code} is no code of this list. It is P1.L1."):
        statement.full_clean()
