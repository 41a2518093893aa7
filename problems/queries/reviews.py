"""What reviewers are shown beside a submission: what they may decide on and in which order, and what the queue is about.

Each function runs a fixed number of queries, whatever the number of rows.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from problems.choices import OpinionState, Part, Passing, SubmissionState
from problems.models import Care, Opened, Passed, Review, Search, SecondOpinion, Statement, Submission, Tag, User
from problems.models.submissions import SubmissionQuerySet
from problems.permissions import Action, visible_reviewers, why_not
from problems.queries import care, fairness, turns
from problems.queries.submissions import with_parts
from problems.workflow import ASSIGNED_LASTS, UNDO_WITHIN

LANE_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Limits:
    """What somebody set for themselves: how much of what is hard to read the queue offers them. Nobody else is told."""

    care: Care
    opened: frozenset[int]
    """Keys of the advised submissions that they opened today."""

    @property
    def reached(self) -> bool:
        """Whether they opened as many advised ones today as they allow themselves."""
        return self.care.daily is not None and len(self.opened) >= self.care.daily

    def lets(self, key: int, level: int | None, topics: Iterable[str] | None) -> bool:
        """Whether the queue offers them a submission whose paper has this advisory and these topics."""
        if not level and not topics:
            return True
        if (level or 0) > self.care.most_level or set(topics or ()) & set(self.care.left_out):
            return False
        return not level or not self.reached or key in self.opened

    @property
    def outside(self) -> Q:
        """Submissions that they leave out: always, and, once the day's number is reached, every advised one that they did not open today."""
        found = Q(paper__advisory__gt=self.care.most_level) | Q(paper__topics__overlap=self.care.left_out)
        return found | (Q(paper__advisory__gte=1) & ~Q(pk__in=self.opened)) if self.reached else found


def limits(user: User) -> Limits:
    """What `user` set. Two queries."""
    opened = Opened.objects.filter(user=user, day=timezone.localdate()).values_list("submission", flat=True)
    return Limits(care.of(user), frozenset(opened))


@dataclass(frozen=True, slots=True)
class Lane:
    """Where a submission stands among those that a reviewer may decide on: its number (0 where it is none of them), how many, the next ones."""

    number: int
    total: int
    rows: list[Submission]
    limits: Limits
    plain: int = field(default=0)
    """How many of the next ones carry no advisory, before one does."""
    keys: list[int] = field(default_factory=list)
    """All of them, in their order."""
    done: int = field(default=0)
    """How many they answered today already."""

    @property
    def step(self) -> int:
        """Which one of their day it is: those they answered today come before it."""
        return self.done + self.number

    @property
    def steps(self) -> int:
        """How many their day has: answered today, and waiting."""
        return self.done + self.total

    @property
    def following(self) -> Submission | None:
        """The one to open after it, or first."""
        rows = self.rows[1:] if self.number else self.rows
        return rows[0] if rows else None


def lane(user: User, at: Submission | None = None) -> Lane:
    """What waits for `user`, the oldest first, from `at` on and then from the start again; what they skipped today comes last.

    Left out is what they may not decide on, what others hold or were asked for of late, what they abstained from or gave an opinion on, and
    what goes beyond their own limits.
    """
    waiting = Submission.objects.visible_to(user).waiting().order_by("submitted_at", "public_id")
    columns = ("public_id", "state", "contributor_id", "appealed_against_id", "claimed_by_id", "claimed_at", "assigned_to_id", "assigned_at")
    facts: list[Any] = list(waiting.only(*columns).annotate(level=F("paper__advisory"), about=F("paper__topics")))
    fairness.look(user, facts)
    passed = {key: (how, at) for key, how, at in Passed.objects.filter(user=user).values_list("submission", "how", "at")}
    opinions = {each.submission_id: each for each in SecondOpinion.objects.open().only("submission", "state", "first", "wanted")}
    own, today = limits(user), timezone.localdate()
    first: list[Any] = []
    last: list[Any] = []
    for each in facts:
        how, when = passed.get(each.pk, ("", None))
        mine = each.claim_ends is not None and each.claimed_by_id == user.pk
        if why_not(user, Action.REVIEW, each) or not (mine or _offered(each, user, opinions.get(each.pk))):
            continue
        if not own.lets(each.pk, each.level, each.about) or (how == Passing.ABSTAINED and not mine):
            continue
        skipped = how == Passing.SKIPPED and when is not None and timezone.localdate(when) == today
        (last if skipped else first).append(each)
    keys = [each.pk for each in first + last]
    place = keys.index(at.pk) if at and at.pk in keys else 0
    turned = keys[place:] + keys[:place]
    rows = {row.pk: row for row in with_parts(Submission.objects.filter(pk__in=turned[:LANE_SHOWN]))}
    levels = {each.pk: each.level for each in facts}
    number = place + 1 if at and at.pk in keys else 0
    ahead = turned[1:] if number else turned
    return Lane(
        number=number,
        total=len(keys),
        rows=[rows[key] for key in turned[:LANE_SHOWN] if key in rows],
        limits=own,
        plain=next((place for place, key in enumerate(ahead) if levels[key]), len(ahead)),
        keys=keys,
        done=answered_today(user) if number else 0,
    )


def answered_today(user: User) -> int:
    """How many submissions `user` answered today that no longer wait."""
    today = Review.objects.filter(reviewer=user, undone_at=None, at__date=timezone.localdate())
    return today.exclude(submission__state=SubmissionState.SUBMITTED).order_by().aggregate(number=Count("submission", distinct=True))["number"] or 0


def _offered(submission: Submission, user: User, opinion: SecondOpinion | None) -> bool:
    """Whether nobody else is at it: by a claim, by an assignment, or since a second opinion is asked of somebody, or differs."""
    if submission.claim_ends is not None:
        return False
    if opinion is not None:
        return opinion.state == OpinionState.ASKED and opinion.first_id != user.pk and opinion.wanted_id in {None, user.pk}
    fresh = submission.assigned_at is not None and timezone.now() - submission.assigned_at < ASSIGNED_LASTS
    return not fresh or submission.assigned_to_id == user.pk


def counts(user: User, own: Limits) -> dict[str, int]:
    """How many submissions are in each tab of the queue of `user`, whose limits are `own`. A fixed number of queries."""
    seen = Submission.objects.visible_to(user)
    return seen.aggregate(
        waiting=Count("pk", filter=Q(state=SubmissionState.SUBMITTED)),
        changes_requested=Count("pk", filter=Q(state=SubmissionState.CHANGES_REQUESTED)),
    ) | {
        "unclaimed": within(offered(user), own).count(),
        "mine": seen.of_reviewer(user).count(),
        "opinions": seen.filter(pk__in=turns.mine(user).values("submission")).count(),
        "left": left(user).count(),
    }


def offered(user: User) -> SubmissionQuerySet:
    """What waits for whoever comes, without what `user` left to others for good."""
    passed = Passed.objects.filter(user=user, how=Passing.ABSTAINED)
    rows: SubmissionQuerySet = Submission.objects.visible_to(user).free_for(user).exclude(pk__in=passed.values("submission"))
    return rows


def within(submissions: SubmissionQuerySet, own: Limits) -> SubmissionQuerySet:
    """Without what somebody leaves out, as they set."""
    return submissions.exclude(pk__in=Submission.objects.filter(own.outside).order_by().values("pk"))


def left(user: User) -> SubmissionQuerySet:
    """What waits and `user` left to others, for today or for good: theirs alone to know."""
    today = Q(how=Passing.SKIPPED, at__date=timezone.localdate())
    found = Passed.objects.filter(Q(how=Passing.ABSTAINED) | today, user=user)
    rows: SubmissionQuerySet = Submission.objects.visible_to(user).waiting().filter(pk__in=found.values("submission"))
    return rows


def still_true() -> int:
    """How many statements are due to be asked: do they still hold?"""
    return Statement.objects.current().filter(review_by__lte=timezone.localdate()).count()


def kinds(submissions: QuerySet[Submission]) -> Counter[str]:
    """How many of these submissions are of which kind."""
    return Counter(dict(submissions.order_by().values_list("kind").annotate(number=Count("pk"))))


def problems(submissions: QuerySet[Submission]) -> Counter[int]:
    """How many of these submissions bear on which problem, by its number."""
    keys = submissions.order_by().values("pk")
    pairs: set[tuple[int, int | None]] = set()
    for path in ("statement__problem__number", "problem__number"):
        pairs |= set(Tag.objects.filter(submission__in=keys).order_by().values_list("submission", path))
        pairs |= set(Search.objects.filter(submission__in=keys).order_by().values_list("submission", path))
        pairs |= set(submissions.order_by().values_list("pk", f"corrected_tag__{path}"))
    return Counter(number for _, number in pairs if number is not None)


def teams(submissions: QuerySet[Submission]) -> list[tuple[str, str, int]]:
    """The teams on whose behalf these submissions are: slug, name, how many."""
    named = submissions.order_by().filter(team__isnull=False).values_list("team__slug", "team__name")
    return sorted(named.annotate(number=Count("pk")), key=lambda row: row[1].lower())


def reviewers(user: User, submission: Submission | None = None) -> QuerySet[User]:
    """To whom `user` may give something to review, by name. Who may not decide on it is refused when it is sent."""
    found = User.objects.filter(visible_reviewers(user))
    if submission:
        found = found.exclude(pk__in=[submission.contributor_id, user.pk])
    return found.order_by("display_name", "pk")


def has_left(user: User, submission: Submission) -> str:
    """How `user` left it, if they did."""
    return Passed.objects.filter(user=user, submission=submission).values_list("how", flat=True).first() or ""


def just_sent(user: User, public_id: str) -> Review | None:
    """The last answer of `user` to this submission, as long as it can be undone; with `tags`, how many it was about."""
    about = Review.objects.filter(submission__public_id=public_id, reviewer=user, undone_at=None, at__gt=timezone.now() - UNDO_WITHIN)
    return about.select_related("submission").annotate(tags=Count("decisions", filter=Q(decisions__part=Part.TAG))).first()


def waiting(user: Any) -> int:
    """How many submissions wait for a decision."""
    return Submission.objects.visible_to(user).waiting().count()
