"""Many new rows of one table at once, by COPY: for imports, where the statements of the ORM would take longer than all else."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from psycopg.sql import SQL, Identifier


def keys(model: type[models.Model], count: int) -> list[int]:
    """So many new keys of the table of `model`."""
    meta = model._meta  # noqa: SLF001  # the documented Model._meta API
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)", [meta.db_table, meta.pk.column, count])
        return [key for (key,) in cursor.fetchall()]


def store(rows: Sequence[models.Model]) -> None:
    """Store these new rows of one model, which were validated before; those with a key keep it, or none has one."""
    if not rows:
        return
    first = rows[0]
    fields = [field for field in first._meta.concrete_fields if not field.generated and not (field.primary_key and first.pk is None)]  # noqa: SLF001  # as above
    values = ([field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields] for row in rows)
    copy(type(first), [str(field.column) for field in fields], values)


def copy(model: type[models.Model], columns: Sequence[str], values: Iterable[Sequence[Any]]) -> None:
    """Store rows that are given as values of these columns."""
    table = model._meta.db_table  # noqa: SLF001  # as above
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), SQL(", ").join(map(Identifier, columns)))
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as target:
        for each in values:
            target.write_row(each)
