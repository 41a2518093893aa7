"""The record of changes only grows, knows no names, and tells who, what, why and by which face."""

import json

import pytest
from django.db import DatabaseError, connection, transaction

from problems.choices import EventKind, Face, Role
from problems.models import AuditEvent
from problems.services import audit, papers, people
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
