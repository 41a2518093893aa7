"""Two roles in the database: one owns the tables and migrates, the other serves the app and cannot change the record of changes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection, transaction
from psycopg.sql import SQL, Identifier

from problems.models import AuditEvent, RestrictedRead

RECORD = AuditEvent._meta.db_table  # noqa: SLF001  # the documented Model._meta API
READS = RestrictedRead._meta.db_table  # noqa: SLF001  # as above
MIGRATIONS = "django_migrations"
GRANTS = """
REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};
GRANT USAGE ON SCHEMA public TO {role};
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role};
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role};
REVOKE UPDATE, DELETE ON {record} FROM {role};
REVOKE UPDATE ON {reads} FROM {role};
REVOKE INSERT, UPDATE, DELETE ON {migrations} FROM {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role};
"""
MAY_CHANGE = """
SELECT rolsuper OR pg_has_role(role.oid, record.relowner, 'MEMBER') OR has_table_privilege(role.oid, record.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')
FROM pg_roles role, pg_class record
WHERE role.rolname = COALESCE(NULLIF(%s, ''), current_user) AND record.oid = to_regclass(%s)
"""


@contextmanager
def as_owner() -> Iterator[None]:
    """Let the database connection of this thread be the owner's meanwhile, where there are two roles. Not inside a transaction."""
    if not settings.OWNER_DATABASE:
        yield
        return
    app = connection.settings_dict
    _reconnect(app | settings.OWNER_DATABASE)
    try:
        yield
    finally:
        _reconnect(app)


def _reconnect(values: dict[str, object]) -> None:
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]  # the backend for PostgreSQL has it
    connection.settings_dict = values


def app_role() -> str:
    """The role of the app; empty where DATABASE_URL leaves it to the account of the process."""
    return str(settings.DATABASES["default"]["USER"])


def grant(role: str) -> None:
    """Give `role` what the app needs, and nothing by which the record of changes could be changed. As the owner, after each migration."""
    names = {"database": connection.settings_dict["NAME"], "role": role, "record": RECORD, "reads": READS, "migrations": MIGRATIONS}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(SQL(GRANTS).format(**{word: Identifier(name) for word, name in names.items()}))


def may_change_record(role: str) -> bool:
    """Whether only triggers stand between `role` and the record; False before there is a record."""
    with connection.cursor() as cursor:
        cursor.execute(MAY_CHANGE, [role, RECORD])
        return any(may for (may,) in cursor.fetchall())


def analyse() -> None:
    """Tell the planner how much has come in, which only the owner of a table can."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute("ANALYZE")
