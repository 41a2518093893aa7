"""Messages on a submission: who writes to whom, who is named, what stays plain text."""

import pytest
from django.test import override_settings
from django.utils import timezone

from problems.choices import Audience, OpinionState, Role, Subject
from problems.errors import Conflict, Invalid, Refused, TooMany
from problems.models import AuditEvent, Message, Notification, Paper, SecondOpinion, Submission, User
from problems.queries.messages import complete, said
from problems.services.messages import write
from problems.services.reviews import claim
from tests.factories import Cast, make_statement, make_submission, make_user, tag_data


@pytest.fixture
def submission(cast: Cast) -> Submission:
    return make_submission(cast.contributor, tag_data(make_statement()))


def read_by(submission: Submission, user: User) -> list[tuple[str, str]]:
    rows = list(said(submission, user))
    complete(rows, user)
    return [(row.by, row.words) for row in rows]


def test_each_audience_reads_its_thread(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Is the locator right?")
    write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="It is.")
    write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="Fine by me.")
    told = [("Contributor", "Is the locator right?"), ("a reviewer", "It is.")]
    assert {name: read_by(submission, getattr(cast, name)) for name in ("contributor", "teammate", "reader", "stranger")} == {
        "contributor": told,
        "teammate": told,
        "reader": [],
        "stranger": [],
    }
    whole = [("Contributor", "Is the locator right?"), ("Reviewer", "It is."), ("Reviewer", "Fine by me.")]
    assert read_by(submission, cast.reviewer) == read_by(submission, cast.curator) == whole


@pytest.mark.parametrize(
    ("who", "audience"),
    [("teammate", "contributor"), ("contributor", "reviewers"), ("teammate", "reviewers")],
)
def test_who_may_not_write(cast: Cast, submission: Submission, who: str, audience: str) -> None:
    with pytest.raises(Refused):
        write(submission=submission, by=getattr(cast, who), audience=audience, text="Hello.")
    assert not Message.objects.exists()


def test_nobody_writes_among_reviewers_on_their_own(cast: Cast) -> None:
    mine = make_submission(cast.reviewer, tag_data(make_statement()))
    with pytest.raises(Refused):
        write(submission=mine, by=cast.reviewer, audience=Audience.REVIEWERS, text="Hello.")
    write(submission=mine, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="Hello.")
    write(submission=mine, by=cast.curator, audience=Audience.REVIEWERS, text="Between us.")
    write(submission=mine, by=cast.curator, audience=Audience.CONTRIBUTOR, text="Hello, too.")
    assert read_by(mine, cast.reviewer) == [("Reviewer", "Hello."), ("a reviewer", "Hello, too.")]


def test_a_draft_has_no_messages(cast: Cast) -> None:
    draft = make_submission(cast.contributor, tag_data(make_statement()), draft=True)
    with pytest.raises(Conflict):
        write(submission=draft, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Hello.")


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001, "a\x00b"])
def test_what_is_no_message_is_refused(cast: Cast, submission: Submission, text: str) -> None:
    with pytest.raises(Invalid) as caught:
        write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text=text)
    assert list(caught.value.errors) == ["text"]


def test_an_unknown_audience_is_refused(cast: Cast, submission: Submission) -> None:
    with pytest.raises(Invalid) as caught:
        write(submission=submission, by=cast.reviewer, audience="everybody", text="Hello.")
    assert list(caught.value.errors) == ["audience"]


def test_it_comes_not_too_fast(cast: Cast, submission: Submission) -> None:
    with override_settings(WRITES_A_MINUTE=1):
        write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="One.")
        with pytest.raises(TooMany):
            write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Two.")


def test_the_record_holds_no_word_of_it(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="Fine by me.")
    event = AuditEvent.objects.get(object_type="message")
    assert (event.kind, event.actor_id, event.after) == ("created", cast.reviewer.pk, {"submission_id": submission.pk, "audience": "reviewers"})
    assert event not in AuditEvent.objects.visible_to(cast.contributor)


def mentioned(message: Message) -> set[str]:
    return {str(person) for person in message.mentions.all()}


def test_a_name_tells_that_person(cast: Cast, submission: Submission) -> None:
    other = make_user(Role.REVIEWER, display_name="Reviewer Two")
    message = write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="@reviewer two, and @Curator: see @Nobody, a@Curator.")
    assert mentioned(message) == {"Reviewer Two", "Curator"}
    assert read_by(submission, cast.curator) == [("Reviewer", "@Reviewer Two, and @Curator: see @Nobody, a@Curator.")]
    heard = Notification.objects.filter(message=message).values_list("user", "subject")
    assert set(heard) == {(other.pk, Subject.MENTION), (cast.curator.pk, Subject.MENTION)}


def test_the_longer_name_counts(cast: Cast, submission: Submission) -> None:
    make_user(Role.REVIEWER, display_name="Curator Jones")
    assert mentioned(write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="@Curator Jones?")) == {"Curator Jones"}
    assert mentioned(write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="@Curators?")) == set()


def test_a_hidden_name_is_as_an_unknown_one(cast: Cast, submission: Submission) -> None:
    """Holes 4, 14, 15: the answer is the same, and nobody is told."""
    make_user(Role.REVIEWER, display_name="Hidden Person", hide_name=True)
    for name in ("Hidden Person", "Unknown Person", "Reader"):  # the last may not read this
        message = write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text=f"Ask @{name}.")
        assert (message.text, mentioned(message)) == (f"Ask @{name}.", set())
    assert Notification.objects.filter(subject=Subject.MENTION).count() == 0
    message = write(submission=submission, by=cast.curator, audience=Audience.REVIEWERS, text="Ask @Hidden Person.")
    assert mentioned(message) == {"Hidden Person"}
    assert read_by(submission, cast.curator)[-1] == ("Curator", "Ask @Hidden Person.")
    assert read_by(submission, cast.reviewer)[-1] == ("Curator", "Ask @a contributor.")


def test_a_contributor_names_no_reviewer(cast: Cast, submission: Submission) -> None:
    message = write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="@Reviewer @Teammate @Stranger")
    assert mentioned(message) == {"Teammate"}
    write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="@Contributor, ask @Curator")
    assert read_by(submission, cast.contributor)[-1] == ("a reviewer", "@Contributor, ask @a reviewer")


def test_a_name_that_is_hidden_or_dropped_later_is_gone(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="Ask @Curator.")
    User.objects.filter(pk=cast.curator.pk).update(display_name="", hide_name=True)
    assert read_by(submission, cast.reviewer) == [("Reviewer", "Ask @a contributor.")]


def test_ten_names_at_most(cast: Cast, submission: Submission) -> None:
    names = [f"Ref {letter}" for letter in "abcdefghijk"]
    for name in names:
        make_user(Role.REVIEWER, display_name=name)
    with pytest.raises(Invalid):
        write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text=" ".join(f"@{name}" for name in names))
    message = write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text=" ".join(f"@{name}" for name in names[:10]))
    assert len(mentioned(message)) == 10


def test_messages_go_with_the_paper(cast: Cast, submission: Submission) -> None:
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Is the locator right?")
    Paper.objects.filter(pk=submission.paper_id).update(visibility="restricted")
    assert read_by(submission, cast.contributor) == []
    assert len(read_by(submission, cast.reviewer)) == 1
    with pytest.raises(Conflict):
        write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Hello?")


def test_the_second_decides_without_the_words_of_the_first(cast: Cast, submission: Submission) -> None:
    """Hole 15."""
    write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="I would accept, @Curator.")
    write(submission=submission, by=cast.reviewer, audience=Audience.CONTRIBUTOR, text="Is it Section 4?")
    opinion = SecondOpinion.objects.create(submission=submission, first=cast.reviewer)
    assert read_by(submission, cast.curator) == []
    assert [text for _, text in read_by(submission, cast.contributor)] == ["Is it Section 4?"]
    assert [name for name, _ in read_by(submission, cast.reviewer)] == ["Reviewer", "Reviewer"]
    opinion.state, opinion.second, opinion.given_at = OpinionState.DIFFERENT, cast.curator, timezone.now()
    opinion.save()
    assert [name for name, _ in read_by(submission, cast.curator)] == ["Reviewer", "Reviewer"]


def test_who_hears_of_a_message(cast: Cast, submission: Submission) -> None:
    claim(submission=submission, by=cast.reviewer)
    write(submission=submission, by=cast.contributor, audience=Audience.CONTRIBUTOR, text="Is the locator right?")
    write(submission=submission, by=cast.curator, audience=Audience.CONTRIBUTOR, text="It is.")
    write(submission=submission, by=cast.reviewer, audience=Audience.REVIEWERS, text="Fine by me.")
    rows = Notification.objects.filter(subject=Subject.MESSAGE).order_by("pk").values_list("user__display_name", "message__text")
    assert sorted(rows) == [("Contributor", "It is."), ("Reviewer", "Is the locator right?"), ("Reviewer", "It is.")]
