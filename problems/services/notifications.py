"""Who hears of what: the record is the event. `audit` gives every entry to `deliver`, which notes for whom it is news; mails go out later.

A notification holds no text. What it says is made when it is shown or mailed, by queries/notifications.py, from what its reader may see by then.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Any

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from problems.choices import Audience, EventKind, Pace, Subject
from problems.errors import Invalid
from problems.models import (
    AuditEvent,
    CatalogueChange,
    Declaration,
    Flag,
    Message,
    Notification,
    NotificationPace,
    SecondOpinion,
    Statement,
    Submission,
    Tag,
    User,
    Watch,
)
from problems.queries import notifications as queries

type Heard = Iterable[tuple[int | None, Subject]]
type Hearing = Callable[[AuditEvent], Heard]

GROUPED = timedelta(minutes=1)
DIGEST_HOUR = 6  # of the time zone of the site; weekly ones on Mondays
SALT = "unsubscribe"
PERMANENT = 500  # from this code on a mail server will say the same again
log = structlog.get_logger("tracker.mail")


# -- who hears --


def _contributor(event: AuditEvent) -> Heard:
    return [(key, Subject.DECISION) for key in Submission.objects.filter(pk=event.object_id).values_list("contributor", flat=True)]


def _assigned(event: AuditEvent) -> Heard:
    return [(key, Subject.ASSIGNMENT) for key in Submission.objects.filter(pk=event.object_id).values_list("assigned_to", flat=True)]


def _opinion(*names: str) -> Hearing:
    def heard(event: AuditEvent) -> Heard:
        latest = SecondOpinion.objects.filter(submission=event.object_id).values_list(*names)[:1]
        return [(key, Subject.OPINION) for row in latest for key in row]

    return heard


def _message(event: AuditEvent) -> Heard:
    """Who wrote in the thread, and who works on the submission; who is named in it hears of that instead."""
    message = Message.objects.select_related("submission").get(pk=event.object_id)
    of = message.submission
    people = {of.claimed_by_id, of.assigned_to_id, *of.reviews.filter(undone_at=None).values_list("reviewer", flat=True)}
    people |= set(Message.objects.filter(submission=of, audience=message.audience).values_list("author", flat=True))
    if message.audience == Audience.CONTRIBUTOR:
        people.add(of.contributor_id)
    named = set(message.mentions.values_list("pk", flat=True))
    return [*((key, Subject.MENTION) for key in named), *((key, Subject.MESSAGE) for key in people - named)]


def _flag(event: AuditEvent) -> Heard:
    return [(key, Subject.FLAG) for key in Flag.objects.filter(pk=event.object_id).values_list("by", flat=True)]


def _proposal(event: AuditEvent) -> Heard:
    return [(key, Subject.DECISION) for key in CatalogueChange.objects.filter(pk=event.object_id).values_list("by", flat=True)]


def _watching(rule: Q) -> Heard:
    return [(key, Subject.FOLLOWED) for key in Watch.objects.filter(rule).values_list("user", flat=True)]


def _tag(event: AuditEvent) -> Heard:
    """A tag was accepted: news of its target, of the problem of that, and of the team that it comes from."""
    tag = Tag.objects.filter(pk=event.object_id)
    problems = Q(problem__in=tag.values("problem")) | Q(problem__in=tag.values("statement__problem"))
    return _watching(
        problems | Q(statement__in=tag.values("statement")) | Q(call__in=tag.values("call")) | Q(team__in=tag.values("submission__team"))
    )


def _new_statement(event: AuditEvent) -> Heard:
    return _watching(Q(problem__in=Statement.objects.filter(pk=event.object_id).values("problem")))


def _statement(event: AuditEvent) -> Heard:
    """It was reworded or retired; where it merely stands elsewhere, nobody needs to know."""
    if not {"text", "retired_on"} & event.after.keys():
        return []
    return _watching(Q(statement=event.object_id) | Q(problem__in=Statement.objects.filter(pk=event.object_id).values("problem")))


def _problem(event: AuditEvent) -> Heard:
    return _watching(Q(problem=event.object_id)) if {"title", "question", "summary"} & event.after.keys() else []


def _call(event: AuditEvent) -> Heard:
    return _watching(Q(call=event.object_id)) if "text" in event.after else []


def _declaration(event: AuditEvent) -> Heard:
    said = Declaration.objects.filter(pk=event.object_id)
    return _watching(Q(team__in=said.values("team")) | Q(statement__in=said.values("statement")) | Q(call__in=said.values("call")))


def _role(event: AuditEvent) -> Heard:
    return [(event.object_id, Subject.ACCOUNT)]


def _team(event: AuditEvent) -> Heard:
    """Whoever came in or went out, or leads now and did not, or the other way round."""
    if event.actor_id is None and event.kind == EventKind.CREATED:  # by a command, before anybody is there
        return []
    moved = queries.members_of(event.before) ^ queries.members_of(event.after)
    return [(key, Subject.ACCOUNT) for key in {key for key, _ in moved}]


HEARD: Mapping[tuple[str, str], Hearing] = {
    **{("submission", kind): _contributor for kind in (EventKind.DECIDED, EventKind.CHANGES_REQUESTED, EventKind.UNDONE)},
    ("submission", EventKind.ASSIGNED): _assigned,
    ("submission", EventKind.OPINION_ASKED): _opinion("wanted"),
    **{("submission", kind): _opinion("first", "second") for kind in (EventKind.OPINION_GIVEN, EventKind.SETTLED)},
    ("message", EventKind.CREATED): _message,
    ("flag", EventKind.ANSWERED): _flag,
    ("cataloguechange", EventKind.ANSWERED): _proposal,
    ("tag", EventKind.ACCEPTED): _tag,
    ("statement", EventKind.CREATED): _new_statement,
    **{("statement", kind): _statement for kind in (EventKind.CHANGED, EventKind.RETIRED)},
    ("problem", EventKind.CHANGED): _problem,
    ("calltoaction", EventKind.CHANGED): _call,
    ("declaration", EventKind.CREATED): _declaration,
    ("user", EventKind.ROLE_CHANGED): _role,
    **{("team", kind): _team for kind in (EventKind.CREATED, EventKind.CHANGED, EventKind.JOINED, EventKind.LEFT)},
}
"""By the kind of thing and what happened to it: who hears of it, and as what. Never who did it."""


def is_heard(event: AuditEvent) -> bool:
    """Whether an entry is news for anybody at all. No query."""
    return (event.object_type, event.kind) in HEARD


def deliver(events: Iterable[AuditEvent]) -> None:
    """Note for whom these stored entries are news, inside the transaction of the write. Five queries for each that somebody hears of."""
    for event in events:
        if hearing := HEARD.get((event.object_type, event.kind)):
            heard = {key: subject for key, subject in hearing(event) if key is not None and key != event.actor_id}
            if heard:
                _keep(event, heard)


def _keep(event: AuditEvent, heard: Mapping[int, Subject]) -> None:
    never = set(NotificationPace.objects.filter(user__in=heard, pace=Pace.NONE).values_list("user", "subject"))
    message = event.object_id if event.object_type == "message" else None
    rows = [
        Notification(user_id=key, subject=heard[key], event=event, message_id=message, mail=bool(email) and (key, heard[key].value) not in never)
        for key, email in User.objects.filter(pk__in=heard, is_active=True).order_by("pk").values_list("pk", "email")
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True)


# -- what people say about them --


@transaction.atomic
def read(*, by: User, notification: Notification | None = None, earlier: bool = False) -> int:
    """Mark a notification as read, with `earlier` also all before it; without one all that there are. How many are left."""
    unread = queries.shown(by).filter(read_at=None)
    if notification:
        unread = unread.filter(pk__lte=notification.pk) if earlier else unread.filter(pk=notification.pk)
    Notification.objects.filter(pk__in=list(unread.values_list("pk", flat=True))).update(read_at=timezone.now())
    return queries.unread(by)


@transaction.atomic
def set_paces(*, by: User, paces: Mapping[str, str]) -> None:
    """Say how often mails of these kinds come. With “never”, what waits to be mailed is not. Raises Invalid."""
    faults = {subject: [f"Choose among: {', '.join(Pace.values)}."] for subject, pace in paces.items() if pace not in Pace.values}
    faults |= {subject: ["There is no such kind."] for subject in paces if subject not in Subject.values}
    if faults:
        raise Invalid(faults)
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    for subject, pace in paces.items():
        NotificationPace.objects.update_or_create(user=by, subject=subject, defaults={"pace": pace})
    ended = [subject for subject, pace in paces.items() if pace == Pace.NONE]
    Notification.objects.filter(user=by, subject__in=ended, mailed_at=None).update(mail=False)


# -- mail --


def token(user: User, subjects: Iterable[str]) -> str:
    """What an address holds by which mails of these kinds are ended without a log-in. It names an account by its random id, nothing else."""
    return signing.dumps([user.public_id, sorted(subjects)], salt=SALT)


def named_by(text: str) -> tuple[User, list[Subject]] | None:
    """Whose mails of which kinds this token ends; None where it is not one of ours, or the account is closed."""
    try:
        public_id, subjects = signing.loads(text, salt=SALT)
    except signing.BadSignature:
        return None
    user = User.objects.filter(public_id=public_id, is_active=True).first()
    return (user, [Subject(each) for each in subjects]) if user else None


def due(now: datetime) -> Mapping[Pace, datetime]:
    """Until when something has to have happened to be mailed now, by pace."""
    local = timezone.localtime(now)
    today = local.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    today = today if today <= local else today - timedelta(days=1)
    return {Pace.AT_ONCE: now - GROUPED, Pace.DAILY: today, Pace.WEEKLY: today - timedelta(days=today.weekday())}


def send_due(now: datetime | None = None) -> int:
    """Send the mails that are due: one a person and pace. How many went out.

    What is mailed is marked first and sent then: a crash between the two loses a mail, and never doubles one; the notification stays in the app.
    Where the server cannot be reached the mark is taken away again, and the next call tries anew.
    """
    now = now or timezone.now()
    sent = 0
    for pace, until in due(now).items():
        for key in _waiting(pace, until):
            marked = _mark(key, pace, until, now)
            if not marked:
                continue
            try:
                _send(marked)
            except (OSError, SMTPException) as error:  # what it says names an address
                log.error("mail_failed", template="notifications", error=type(error).__name__)  # noqa: TRY400  # no traceback for the same reason
                if _for_good(error):
                    continue
                Notification.objects.filter(pk__in=[each.pk for each in marked]).update(mailed_at=None)
                return sent
            sent += 1
    return sent


def _for_good(error: Exception) -> bool:
    """Whether a mail server refuses this mail whenever it is asked."""
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _ in error.recipients.values())
    return isinstance(error, SMTPResponseException) and error.smtp_code >= PERMANENT


def _of_pace(pace: Pace, until: datetime) -> Q:
    """Notifications that wait for a mail of this pace. Weekly ones are those of which nothing else was said."""
    waits = Q(mail=True, mailed_at=None, read_at=None)
    waits &= Q(at__lt=until) if pace != Pace.AT_ONCE else Q()
    said = NotificationPace.objects.filter(pace=pace) if pace != Pace.WEEKLY else NotificationPace.objects.exclude(pace=pace)
    held = Q(pk__in=[])
    for subject in Subject:
        held |= Q(subject=subject, user__in=said.filter(subject=subject).values("user"))
    return waits & (held if pace != Pace.WEEKLY else ~held)


def _waiting(pace: Pace, until: datetime) -> list[int]:
    """Keys of the people who get a mail now: for those at once, where the first one is a minute old."""
    return list(Notification.objects.filter(_of_pace(pace, until), at__lt=until).order_by("user").values_list("user", flat=True).distinct())


@transaction.atomic
def _mark(key: int, pace: Pace, until: datetime, now: datetime) -> list[Notification]:
    """Take what is to be told to one person as mailed; what they may not know of any more, or can get no mail about, is not mailed at all."""
    waits = Notification.objects.filter(_of_pace(pace, until), user=key).select_for_update(skip_locked=True, of=("self",))
    rows = list(waits.order_by("pk"))
    user = User.objects.filter(pk=key, is_active=True, email__isnull=False).exclude(email="").first()
    told = set(queries.shown(user).filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True)) if user and rows else set()
    Notification.objects.filter(pk__in=told).update(mailed_at=now)
    Notification.objects.filter(pk__in={row.pk for row in rows} - told).update(mail=False)
    marked = [row for row in rows if row.pk in told]
    for row in marked:
        row.user = user  # type: ignore[assignment]  # there is one where anything is marked
    return marked


def _send(rows: Sequence[Notification]) -> None:
    """One mail: how many of which kind, and where they are. No title, no name, nobody's words."""
    user = rows[0].user
    counts: dict[Subject, int] = defaultdict(int)
    for row in rows:
        counts[Subject(row.subject)] += 1
    context: dict[str, Any] = {
        "total": len(rows),
        "kinds": [(number, subject.label, unsubscribe_address(user, [subject])) for subject, number in sorted(counts.items())],
        "site_url": settings.SITE_URL,
    }
    subject_line = render_to_string("notifications/email/digest_subject.txt", context).strip()
    body = render_to_string("notifications/email/digest_message.txt", context).strip()
    headers = {"List-Unsubscribe": f"<{unsubscribe_address(user, counts)}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    EmailMessage(subject_line, body, None, [user.email or ""], headers=headers).send()


def unsubscribe_address(user: User, subjects: Iterable[str]) -> str:
    """Address of the page that ends mails of these kinds."""
    return f"{settings.SITE_URL}/unsubscribe/{token(user, subjects)}/"
