"""The record of changes only grows, knows no names, and tells who, what, why and by which face."""

import json
import os
from collections.abc import Iterator

import psycopg
import pytest
from django.conf import LazySettings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from psycopg.conninfo import make_conninfo
from psycopg.errors import InsufficientPrivilege
from psycopg.sql import SQL, Identifier

from problems.choices import EventKind, Face, Role
from problems.models import AuditEvent
from problems.services import audit, papers, people, roles
from tests.factories import Cast, make_paper, make_statement, make_tag, make_user


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE problems_auditevent SET reason = 'other'",
        "DELETE FROM problems_auditevent",
        "TRUNCATE problems_auditevent",
        "TRUNCATE problems_auditevent CASCADE",
        "WITH gone AS (DELETE FROM problems_auditevent RETURNING id) SELECT count(*) FROM gone",
        "INSERT INTO problems_auditevent SELECT * FROM problems_auditevent ON CONFLICT (id) DO UPDATE SET reason = 'other'",
        "MERGE INTO problems_auditevent one USING problems_auditevent two ON one.id = two.id WHEN MATCHED THEN UPDATE SET reason = 'other'",
    ],
)
@pytest.mark.django_db
def test_raw_sql_is_refused(attack: str) -> None:
    make_paper()
    rows = list(AuditEvent.objects.values())
    assert rows
    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert list(AuditEvent.objects.values()) == rows


def as_superuser(statement: SQL, role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement.format(Identifier(role)))


@pytest.fixture
def app_role(transactional_db: None) -> Iterator[str]:
    """A role with the rights of the app on this database."""
    del transactional_db
    name = f"test_tracker_app_{os.getpid()}"
    as_superuser(SQL("DROP ROLE IF EXISTS {}"), name)  # of a run that was killed
    as_superuser(SQL("CREATE ROLE {} LOGIN"), name)
    roles.grant(name)
    yield name
    as_superuser(SQL("DROP OWNED BY {}"), name)
    as_superuser(SQL("DROP ROLE {}"), name)


@pytest.fixture
def app(app_role: str) -> Iterator[psycopg.Connection]:
    """A connection of that role, where a paper with its entry has been stored."""
    make_paper()
    where = {name: connection.settings_dict[name.upper()] for name in ("host", "port") if connection.settings_dict[name.upper()]}
    with psycopg.connect(make_conninfo(dbname=connection.settings_dict["NAME"], user=app_role, **where), autocommit=True) as opened:
        yield opened


OWNER = "(SELECT relowner::regrole::text FROM pg_class WHERE relname = 'problems_auditevent')"
ATTACKS = [
    "UPDATE problems_auditevent SET reason = 'other'",
    "UPDATE problems_auditevent SET reason = 'other' WHERE false",
    "DELETE FROM problems_auditevent",
    "TRUNCATE problems_auditevent",
    "TRUNCATE problems_auditevent CASCADE",
    "TRUNCATE problems_paper CASCADE",
    "WITH gone AS (DELETE FROM problems_auditevent RETURNING id) SELECT count(*) FROM gone",
    "INSERT INTO problems_auditevent SELECT * FROM problems_auditevent ON CONFLICT (id) DO UPDATE SET reason = 'other'",
    "MERGE INTO problems_auditevent one USING problems_auditevent two ON one.id = two.id WHEN MATCHED THEN UPDATE SET reason = 'other'",
    "SELECT * FROM problems_auditevent FOR UPDATE",
    "DO $$ BEGIN LOCK problems_auditevent IN EXCLUSIVE MODE; END $$",
    "DROP TABLE problems_auditevent",
    "DROP TABLE problems_auditevent CASCADE",
    "DROP SCHEMA public CASCADE",
    "ALTER TABLE problems_auditevent DISABLE TRIGGER ALL",
    "ALTER TABLE problems_auditevent DISABLE TRIGGER append_only_rows",
    "ALTER TABLE problems_auditevent RENAME TO other",
    "ALTER TABLE problems_auditevent DROP COLUMN reason",
    "ALTER TABLE problems_auditevent ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE problems_auditevent OWNER TO CURRENT_USER",
    "DROP TRIGGER append_only_rows ON problems_auditevent",
    "DROP FUNCTION problems_append_only() CASCADE",
    "CREATE TRIGGER hush BEFORE INSERT ON problems_auditevent FOR EACH ROW EXECUTE FUNCTION problems_append_only()",
    "CREATE OR REPLACE FUNCTION problems_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "CREATE RULE hush AS ON INSERT TO problems_auditevent DO INSTEAD NOTHING",
    "CREATE VIEW other AS SELECT * FROM problems_auditevent",
    "CREATE TEMPORARY TABLE problems_auditevent (id int)",  # would stand before the real one for whoever uses this connection next
    "CREATE TEMPORARY VIEW problems_auditevent AS SELECT 1 AS id",
    "CREATE TABLE other (LIKE problems_auditevent)",
    "CREATE TABLE child () INHERITS (problems_auditevent)",
    "CREATE SCHEMA other",
    "CREATE EXTENSION dblink",
    "COPY problems_auditevent TO PROGRAM 'cat'",
    "COPY problems_auditevent FROM PROGRAM 'echo'",
    "COPY problems_auditevent TO '/dev/null'",
    f"DO $$ BEGIN EXECUTE 'SET ROLE ' || {OWNER}; END $$",
    f"DO $$ BEGIN EXECUTE 'SET SESSION AUTHORIZATION ' || {OWNER}; END $$",
    f"DO $$ BEGIN EXECUTE 'GRANT ' || {OWNER} || ' TO CURRENT_USER'; END $$",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "SET session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', false)",
    "DO $$ BEGIN UPDATE problems_auditevent SET reason = 'other'; END $$",
    "UPDATE pg_class SET relowner = 10",
    "SELECT setval(pg_get_serial_sequence('problems_auditevent', 'id'), 1)",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('problems', 'other', now())",
]
WITHOUT_EFFECT = ["GRANT ALL ON problems_auditevent TO CURRENT_USER", "GRANT UPDATE ON problems_auditevent TO PUBLIC"]  # PostgreSQL only warns


def test_the_role_of_the_app_reads_and_adds(app: psycopg.Connection) -> None:
    assert app.execute("SELECT count(*) FROM problems_auditevent").fetchone() == (1,)
    columns = ", ".join(str(field.column) for field in AuditEvent._meta.concrete_fields if field.column != "id")
    app.execute(f"INSERT INTO problems_auditevent ({columns}) SELECT {columns} FROM problems_auditevent".encode())  # noqa: S608  # our own names
    assert AuditEvent.objects.count() == 2


def test_the_role_of_the_app_can_do_nothing_else_to_the_record(app: psycopg.Connection, app_role: str) -> None:
    rows = list(AuditEvent.objects.values())
    assert rows
    answers = {}
    for attack in WITHOUT_EFFECT + ATTACKS:
        try:
            app.execute(attack.encode())
        except psycopg.Error as error:
            answers[attack] = type(error)
    assert answers == dict.fromkeys(ATTACKS, InsufficientPrivilege)
    assert not roles.may_change_record(app_role)
    assert list(AuditEvent.objects.values()) == rows


def test_check_and_migrate_tell_one_role_from_two(app_role: str, monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> None:
    def told() -> list[str]:
        return [message.id or "" for message in run_checks(databases=["default"])]

    assert told() == ["problems.I001"]
    settings.OWNER_DATABASE = connection.settings_dict
    monkeypatch.setattr(roles, "app_role", lambda: app_role)
    assert told() == []
    for loosen in (SQL("GRANT UPDATE ON problems_auditevent TO {}"), SQL("GRANT DELETE, TRUNCATE, TRIGGER ON problems_auditevent TO {}")):
        as_superuser(loosen, app_role)
        assert told() == ["problems.W001"]
        call_command("migrate", verbosity=0)
        assert told() == []
    as_superuser(SQL("ALTER ROLE {} SUPERUSER"), app_role)
    with pytest.raises(CommandError, match="could still change the record"):
        call_command("migrate", verbosity=0)


@pytest.mark.django_db
def test_the_orm_is_refused() -> None:
    make_paper()
    for attack in (AuditEvent.objects.all().delete, lambda: AuditEvent.objects.update(reason="other"), AuditEvent.objects.all()[0].delete):
        with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
            attack()


@pytest.mark.django_db
def test_a_deleted_row_keeps_its_entries() -> None:
    user = make_user()
    count = AuditEvent.objects.about(user).count()
    pk = user.pk
    user.delete()
    assert AuditEvent.objects.filter(object_type="user", object_id=pk).count() == count == 1


@pytest.mark.django_db
def test_it_tells_the_face_and_the_request() -> None:
    with audit.origin(Face.ADMIN, "a-request"):
        paper = make_paper()
    make_statement()
    event = AuditEvent.objects.about(paper).get()
    assert (event.kind, event.face, event.request_id, event.object_name) == (EventKind.CREATED, Face.ADMIN, "a-request", paper.public_id)
    latest = AuditEvent.objects.first()
    assert latest is not None
    assert (latest.face, latest.request_id) == (Face.COMMAND, "")


@pytest.mark.django_db
def test_it_holds_no_name_address_or_secret(cast: Cast) -> None:
    user = make_user(Role.READER, display_name="Zebulon Quix", email="zebulon@example.org")
    user.role = Role.REVIEWER
    user.display_name = "Zebulon Quix II"
    people.save(user=user, by=cast.curator, password="another horse battery", reason="Asked for it")
    event = AuditEvent.objects.about(user).get(kind=EventKind.ROLE_CHANGED)
    assert (event.before, event.after, event.actor) == ({"role": Role.READER}, {"role": Role.REVIEWER}, cast.curator)
    held = json.dumps(list(AuditEvent.objects.values()), default=str).lower()
    assert "quix" not in held
    assert "zebulon" not in held
    assert "argon2" not in held


@pytest.mark.django_db
def test_only_what_changed_is_kept(cast: Cast) -> None:
    paper = make_paper(title="Before", venue="Here")
    paper.title = "After"
    papers.save(paper=paper, by=cast.curator)
    event = AuditEvent.objects.about(paper).first()
    assert event is not None
    assert (event.before, event.after) == ({"title": "Before"}, {"title": "After"})


def test_who_reads_which_entries(cast: Cast) -> None:
    public, hidden = make_paper(), make_paper(visibility="restricted")
    waiting = make_paper(visibility="waiting", logged_by=cast.contributor)
    statement = make_statement()
    open_tag = make_tag(statement, public, contributor=cast.stranger)
    proposed = make_tag(make_statement(), public, status="proposed", contributor=cast.contributor)

    def about(name: str) -> list[str]:
        seen = AuditEvent.objects.visible_to(getattr(cast, name))
        things = {
            "public": public,
            "hidden": hidden,
            "waiting": waiting,
            "statement": statement,
            "tag": open_tag,
            "proposed": proposed,
            "user": cast.reader,
        }
        return [word for word, thing in things.items() if seen.about(thing).exists()]

    everybody = ["public", "statement", "tag"]
    assert about("anonymous") == about("reader") == about("stranger") == everybody
    assert about("contributor") == about("teammate") == ["public", "waiting", "statement", "tag", "proposed"]
    assert about("reviewer") == ["public", "hidden", "waiting", "statement", "tag", "proposed"]
    assert about("curator") == ["public", "hidden", "waiting", "statement", "tag", "proposed", "user"]
