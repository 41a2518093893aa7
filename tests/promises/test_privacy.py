"""Promise 17: deletion keeps the map and drops the person; one's own data as a download; nothing of it in the log."""

import json
import logging
import re
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from problems.choices import Audience, Face, Part, ReviewStatus, Role, Subject, SubmissionState, Verdict, Visibility
from problems.errors import Conflict, Invalid, Refused
from problems.models import (
    Assignment,
    Flag,
    FollowingFeed,
    Interest,
    Message,
    Notification,
    NotificationPace,
    Opened,
    Paper,
    Passed,
    RestrictedRead,
    SecondOpinion,
    Submission,
    Tag,
    User,
    Watch,
)
from problems.services import care, messages, personal_data, reviews, submissions
from problems.services.reviews import Ruling, Rulings
from tests.factories import PASSWORD, Cast, make_import, make_statement, make_submission, make_team, make_user, tag_data
from tests.promises.test_secrets import dump
from tests.views.test_people import enter

NAME, MAIL = "Zelda Quixnort", "zelda.quixnort@example.net"
GIVEN = {"display_name": NAME, "password1": PASSWORD}


def becomes_somebody(cast: Cast, capture: DjangoCaptureOnCommitCallbacks) -> tuple[Client, User]:
    """Invite a person, who makes an account; their browser."""
    curator, person = Client(), Client()
    enter(curator, cast.curator)
    with capture(execute=True):
        curator.post("/people/invitations/", {"email": MAIL, "role": str(Role.CONTRIBUTOR.value)})
        curator.post("/people/invitations/", {"email": MAIL, "role": str(Role.CONTRIBUTOR.value)})
    link = re.findall(r"/invitations/([\w-]{43})/", str(mail.outbox[-1].body))[0]
    person.post(f"/invitations/{link}/", GIVEN)
    person.post("/accounts/reauthenticate/", {"password": PASSWORD})
    return person, User.objects.get(email=MAIL)


def accept(submission: Submission, by: User) -> None:
    """Accept all of it."""
    reviews.claim(submission=submission, by=by)
    rulings = Rulings(record=Ruling(Verdict.ACCEPT), tags={tag.public_id: Ruling(Verdict.ACCEPT) for tag in submission.tags.all()})
    reviews.decide(submission=submission, by=by, rulings=rulings)


def test_a_deleted_person_is_nowhere_and_the_map_stays(
    cast: Cast, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    caplog.set_level(logging.DEBUG)
    browser, user = becomes_somebody(cast, django_capture_on_commit_callbacks)
    make_team(user, cast.reader)
    code = make_statement().code
    on_map = make_submission(user, tag_data(code), message=f"Yours, {NAME}")
    accept(on_map, cast.reviewer)
    waits = make_submission(user, tag_data(code))
    draft = make_submission(user, draft=True, message=NAME)
    asked = make_submission(user, message=MAIL)
    reviews.request_changes(submission=reviews.claim(submission=asked, by=cast.reviewer), by=cast.reviewer, note="More.")
    page = browser.post("/account/tokens/", {"name": "Script", "scope": "write", "days": "90"}).content.decode()
    (token,) = set(re.findall(r"opt_[\w-]{43}", page))
    api = {"authorization": f"Bearer {token}", "idempotency-key": "a"}
    made = browser.post("/api/v1/submissions/", {"record": {"title": "By API"}}, content_type="application/json", headers=api)
    assert made.status_code == 201
    before = dump()
    assert NAME in before  # else this proves nothing
    assert MAIL in before

    mine = json.loads(browser.get("/account/data/").content)
    assert (mine["account"]["display_name"], mine["account"]["email"], [each["name"] for each in mine["tokens"]]) == (NAME, MAIL, ["Script"])
    assert {each["public_id"] for each in mine["submissions"]} >= {each.public_id for each in (on_map, waits, draft, asked)}
    assert [each["target"] for each in mine["tags"]] == [code, code]

    assert browser.post("/account/delete/", {}).status_code == 422
    assert browser.post("/account/delete/", {"sure": "on"})["Location"] == "/"
    assert browser.get("/account/").status_code == 302
    assert Client().get("/api/v1/submissions/", headers=api).status_code == 401
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1), tick=False):
        call_command("sweep")
    after = dump()
    assert [word for word in (NAME, MAIL, "Quixnort", "quixnort") if word in after] == []
    assert [word for word in (NAME, MAIL) if word in caplog.text] == []

    tag = Tag.objects.get(submission=on_map)
    assert (tag.status, tag.paper.visibility, str(tag.contributor)) == (ReviewStatus.ACCEPTED, Visibility.PUBLIC, "a contributor")
    states = dict(Submission.objects.values_list("public_id", "state"))
    assert (states[on_map.public_id], states[waits.public_id], states[asked.public_id]) == (
        SubmissionState.DECIDED,
        SubmissionState.SUBMITTED,
        SubmissionState.WITHDRAWN,
    )
    assert draft.public_id not in states
    accept(Submission.objects.get(pk=waits.pk), cast.reviewer)
    assert Paper.objects.filter(visibility=Visibility.PUBLIC).count() == 2


@pytest.mark.usefixtures("db")
def test_what_was_restricted_since_is_not_in_the_download(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()), record={"title": "Turned hidden"})
    reviews.restrict_paper(paper=Submission.objects.get(pk=submission.pk).paper or Paper(), by=cast.reviewer, reason="Detail")
    assert "Turned hidden" not in json.dumps(personal_data.of(cast.contributor), default=str)
    assert "Turned hidden" in json.dumps(personal_data.of(cast.reviewer) | {"all": list(Paper.objects.values("title"))}, default=str)


def test_who_may_delete_whom(cast: Cast) -> None:
    for by, error in ((cast.stranger, Refused), (cast.reviewer, Refused), (cast.curator, Invalid)):
        with pytest.raises(error), transaction.atomic():
            personal_data.delete(user=cast.contributor, by=by)
    personal_data.delete(user=cast.contributor, by=cast.curator, reason="At their wish, by letter.")
    with pytest.raises(Conflict, match="last curator"):
        personal_data.delete(user=cast.curator, by=cast.curator)
    call_command("delete_account", cast.reviewer.email)
    assert set(User.objects.filter(is_active=False).values_list("pk", flat=True)) == {cast.contributor.pk, cast.reviewer.pk}


def test_a_claim_of_who_leaves_is_free_again(cast: Cast) -> None:
    submission = make_submission(cast.contributor, tag_data(make_statement()))
    reviews.claim(submission=submission, by=cast.reviewer)
    personal_data.delete(user=cast.reviewer, by=cast.reviewer)
    other = make_user(Role.REVIEWER)
    reviews.claim(submission=submission, by=other)
    reviews.decide(
        submission=submission,
        by=other,
        rulings=Rulings(record=Ruling(Verdict.ACCEPT), tags={submission.tags.get().public_id: Ruling(Verdict.ACCEPT)}),
    )
    assert submission.reviews.get().decisions.filter(part=Part.RECORD).exists()


def test_the_sweep_leaves_what_is_still_good(cast: Cast, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> None:
    _, user = becomes_somebody(cast, django_capture_on_commit_callbacks)
    submissions.create(by=user, kind="paper", content={})
    with time_machine.travel(timezone.now() + timedelta(days=29), tick=False):
        counts = personal_data.sweep()
    assert counts["addresses of invitations"] == 0
    assert MAIL in dump()


def test_a_closed_account_is_deleted_too(cast: Cast) -> None:
    draft = make_submission(cast.contributor, draft=True)
    run = make_import(cast.contributor, filename="zelda-library.bib")
    asked = make_submission(cast.contributor)
    reviews.request_changes(submission=reviews.claim(submission=asked, by=cast.reviewer), by=cast.reviewer, note="More.")
    cast.contributor.is_active, cast.contributor.role = False, Role.READER
    cast.contributor.save()
    personal_data.delete(user=cast.contributor, by=None)
    asked.refresh_from_db()
    run.refresh_from_db()
    assert (asked.state, run.filename) == (SubmissionState.WITHDRAWN, "")
    assert not Submission.objects.filter(pk=draft.pk).exists()


def test_a_draft_goes_a_year_after_it_was_touched(cast: Cast) -> None:
    draft = make_submission(cast.contributor, draft=True)
    for days, left in ((364, True), (366, False)):
        with time_machine.travel(draft.modified + timedelta(days=days), tick=False):
            personal_data.sweep()
        assert Submission.objects.filter(pk=draft.pk).exists() is left


@pytest.fixture
def busy(cast: Cast) -> Submission:
    """A reviewer has said, set, followed, flagged, declared and left all that there is; somebody else has named them."""
    me, submission = cast.reviewer, make_submission(cast.contributor, tag_data(make_statement()))
    User.objects.filter(pk=me.pk).update(display_name=NAME)
    me.refresh_from_db()
    Message.objects.create(submission=submission, audience=Audience.REVIEWERS, author=me, text=f"My words, {NAME}")
    messages.write(submission=submission, by=cast.curator, audience=Audience.REVIEWERS, text=f"Asked @{NAME} about it")
    Watch.objects.create(user=me, statement=make_statement())
    FollowingFeed.objects.create(user=me, digest=b"x" * 32)
    Notification.objects.create(user=me, subject=Subject.MESSAGE)
    NotificationPace.objects.create(user=me, subject=Subject.MESSAGE, pace="none")
    Interest.objects.create(user=me, family="Quixnort", given="Z.")
    Passed.objects.create(user=me, submission=submission, how="skipped")
    care.save(user=me, by=me, values={"daily": 3, "left_out": ["violence"]})
    Opened.objects.create(user=me, submission=submission, day=timezone.localdate())
    Assignment.objects.create(reviewer=me, person=cast.contributor)
    Flag.objects.create(paper=submission.paper, by=me, digest=b"y" * 32, reason="wrong", text=f"I, {NAME}, saw it")
    SecondOpinion.objects.create(submission=submission, first=cast.curator, wanted=me, rulings={"x": 1}, note="Not theirs to see")
    Submission.objects.filter(pk=submission.pk).update(assigned_to=me, assigned_at=timezone.now())
    RestrictedRead.objects.create(reader=me, face=Face.SITE, kind="paper", object_name="a" * 10)
    return submission


@pytest.mark.usefixtures("busy")
def test_ones_own_data_hold_all_of_it_and_nothing_of_others(cast: Cast) -> None:
    mine = json.loads(json.dumps(personal_data.of(cast.reviewer), default=str))
    told = {name for name, value in mine.items() if value}
    assert told >= {
        *("account", "messages", "follows", "feed_of_follows", "notifications", "mails", "reading", "flags", "interests", "left_to_others"),
        *("opened", "assignments", "assigned", "restricted_reads"),
    }
    assert (mine["messages"][0]["text"], mine["reading"][0]["left_out"], len(mine["messages"])) == (f"My words, {NAME}", ["violence"], 1)
    assert "Not theirs to see" not in str(mine)
    SecondOpinion.objects.update(second=cast.reviewer, given_at=timezone.now(), state="different", second_note="My side")
    sides = personal_data.of(cast.reviewer)["second_opinions"]
    assert [each["note"] for each in sides] == ["My side"]


def test_deletion_takes_what_is_about_nobody_else_and_keeps_what_was_done(cast: Cast, busy: Submission) -> None:
    named = f"@{{{cast.reviewer.public_id}}}"
    assert ("Quixnort" in dump(), Message.objects.filter(text__contains=named).count()) == (True, 1)  # else this proves nothing
    personal_data.delete(user=cast.reviewer, by=cast.reviewer)
    assert [word for word in (NAME, "Quixnort", cast.reviewer.email) if word and word in dump()] == []
    left = {model.__name__: model._default_manager.filter(user=cast.reviewer).count() for model in personal_data.THEIRS}
    assert set(left.values()) == {0}
    assert Assignment.objects.count() == 0
    assert list(Message.objects.values_list("text", flat=True)) == ["", "Asked @a contributor about it"]
    flag, opinion = Flag.objects.get(), SecondOpinion.objects.get()
    assert (flag.text, flag.reason, opinion.wanted, Submission.objects.get(pk=busy.pk).assigned_to) == ("", "wrong", None, None)
    assert RestrictedRead.objects.filter(reader=cast.reviewer).count() == 1  # who read what is kept for its two years, under no name


@pytest.mark.usefixtures("busy")
def test_what_was_kept_long_enough_goes(cast: Cast) -> None:
    counted = {"day": (Opened, Passed), "year": (Notification,), "years": (RestrictedRead,)}
    Passed.objects.create(user=cast.curator, submission=Submission.objects.get(), how="abstained")

    def left_after(days: float) -> list[int]:
        with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
            personal_data.sweep()
        return [model._default_manager.count() for models in counted.values() for model in models]

    assert left_after(0) == [1, 2, 2, 1]
    assert left_after(1.01) == [0, 1, 2, 1]  # what is left for good stays left
    assert left_after(366) == [0, 1, 0, 1]
    assert left_after(700) == [0, 1, 0, 1]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE problems_restrictedread DISABLE TRIGGER USER")
        cursor.execute("UPDATE problems_restrictedread SET at = at - interval '2 years 3 days'")
        cursor.execute("ALTER TABLE problems_restrictedread ENABLE TRIGGER USER")
    assert left_after(0) == [0, 1, 0, 0]
