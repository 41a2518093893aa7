"""The record of changes only grows: the database refuses to update, delete or truncate it, whoever asks."""

from typing import ClassVar

from django.db import migrations

GUARD = """
CREATE FUNCTION problems_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The record of changes only grows: % is refused.', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER append_only_rows BEFORE UPDATE OR DELETE ON problems_auditevent FOR EACH ROW EXECUTE FUNCTION problems_append_only();
CREATE TRIGGER append_only_table BEFORE TRUNCATE ON problems_auditevent FOR EACH STATEMENT EXECUTE FUNCTION problems_append_only();
"""
UNGUARD = """
DROP TRIGGER append_only_table ON problems_auditevent;
DROP TRIGGER append_only_rows ON problems_auditevent;
DROP FUNCTION problems_append_only();
"""


class Migration(migrations.Migration):
    """Two triggers and their function."""

    dependencies: ClassVar[list[tuple[str, str]]] = [("problems", "0001_initial")]
    operations: ClassVar[list[migrations.operations.base.Operation]] = [migrations.RunSQL(GUARD, UNGUARD)]
