"""Second opinions: asked for with a decision that is kept back, given without seeing that one, applied where both agree, else settled.

The two rulings on a part are the same where their verdict, and of an accepted tag target and relation, are; of a method what would be set.
Where a part reads otherwise than the first read it, the two do not agree: it is settled. What each wrote beside that is kept from both.
Who decides calls `decide`, which knows whether an opinion is asked for.
"""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from problems.choices import EventKind, OpinionState, Verdict
from problems.errors import Conflict, Invalid, Stale
from problems.models import AuditEvent, Paper, Review, SecondOpinion, Submission, User
from problems.permissions import Action, out_of_reach, require, visible_reviewers
from problems.queries import fairness
from problems.queries.opinions import meant_of_tag
from problems.services import audit, changes, reviews
from problems.services.reviews import SEVERAL, SINGLE, Parts, Ruling, Rulings, waiting_parts
from problems.services.submissions import locked, unchanged
from problems.text import NOTE_LIMIT
from problems.workflow import Move

NOBODY = "Choose a reviewer who may decide on this submission, or leave it open to anybody."
NOT_OPEN = "No difference is open on this submission."
BESIDE = frozenset({"advisory", "topics", "link_approved"})  # what reviewers set of a record that they read


@transaction.atomic
def ask(  # what is kept back
    *, submission: Submission, by: User, rulings: Rulings, note: str = "", wanted: str = "", seen: datetime | None = None
) -> SecondOpinion:
    """Keep a decision back until another reviewer has given theirs: `wanted`, by public id, or anybody. The claim ends.

    Raises Refused, Conflict, Stale, and Invalid by part as `services.reviews.decide` does, or for "wanted".
    """
    submission = reviews.held(submission, by, seen, Action.ASK_OPINION)
    reviews.no_opinion(submission)
    _would_do(submission, by, rulings, note)
    other = _wanted(submission, by, wanted)
    opinion = SecondOpinion(submission=submission, first=by, rulings=rulings.dumped(), note=note, wanted=other)
    changes.validate(opinion)
    opinion.save()
    _hand_on(submission, other)
    audit.record(EventKind.OPINION_ASKED, submission, by=by)
    return opinion


@transaction.atomic
def decide(*, submission: Submission, by: User, rulings: Rulings, note: str = "", seen: datetime | None = None) -> Review | None:
    """Decide on a submission. Where a second opinion is asked for, this is it: None where it differs from the first, which is to be settled then.

    Raises what `services.reviews.decide` raises.
    """
    submission = reviews.held(submission, by, seen)
    opinion = _open(submission)
    if opinion is None:
        return reviews.close_with(submission, by, rulings, note)
    if opinion.state != OpinionState.ASKED:
        title = "Two reviewers differ on this submission."
        raise Conflict(title, "Settle it on its own page.")
    fairness.require(by, Action.GIVE_OPINION, opinion)
    return _give(opinion, submission, by, rulings, note)


def _give(opinion: SecondOpinion, submission: Submission, by: User, rulings: Rulings, note: str) -> Review | None:
    parts, first = waiting_parts(submission), Rulings.loaded(opinion.rulings)
    _would_do(submission, by, rulings, note)
    opinion.second, opinion.given_at = by, timezone.now()
    opinion.second_rulings, opinion.second_note = rulings.dumped(), note
    agreed = not differing(first, rulings, parts) and not _unread(submission, parts, opinion.asked_at)
    opinion.state = OpinionState.AGREED if agreed else OpinionState.DIFFERENT
    opinion.closed_at = timezone.now() if agreed else None
    review = reviews.close_with(submission, by, _both(first, rulings), _joined(opinion.note, note)) if agreed else None
    opinion.review = review
    changes.validate(opinion)
    opinion.save()
    if not agreed:
        _hand_on(submission, None)
    audit.record(EventKind.OPINION_GIVEN, submission, by=by, after={"opinion": opinion.state})
    return review


@transaction.atomic
def settle(*, submission: Submission, by: User, rulings: Rulings, note: str = "", seen: datetime | None = None) -> Review | None:
    """Settle a difference. A curator who gave neither opinion decides at once; one of the two proposes, and None says that the other has to confirm.

    Raises Refused, Conflict where nothing is to settle, Stale, Invalid by part.
    """
    submission, opinion = _different(submission, by, seen)
    if by.pk not in {opinion.first_id, opinion.second_id}:
        return _settled(opinion, submission, by, rulings, note)
    _would_do(submission, by, rulings, note)
    opinion.proposed, opinion.proposed_note = rulings.dumped(), note
    opinion.proposed_by, opinion.proposed_at = by, timezone.now()
    changes.validate(opinion)
    opinion.save()
    submission.save()  # who looked at it before is told that it has changed
    audit.record(EventKind.OPINION_GIVEN, submission, by=by, after={"opinion": "proposed"})
    return None


@transaction.atomic
def confirm(*, submission: Submission, by: User, seen: datetime | None = None) -> Review:
    """Settle a difference as the other of the two proposes. Raises Refused, Conflict where nothing of theirs is proposed, Stale, Invalid by part."""
    submission, opinion = _different(submission, by, seen)
    if by.pk not in {opinion.first_id, opinion.second_id} or opinion.proposed_by_id in {None, by.pk}:
        title = "There is no proposal of the other reviewer to confirm."
        raise Conflict(title, "Propose how to settle it.")
    return _settled(opinion, submission, by, Rulings.loaded(opinion.proposed), opinion.proposed_note)


@transaction.atomic
def withdraw(*, submission: Submission, by: User, seen: datetime | None = None) -> SecondOpinion:
    """Take the question back while nobody has answered. The submission is one's claim again, unless one may not decide on it any more.

    Raises Refused, Conflict, Stale.
    """
    submission = locked(submission, by)
    opinion = _open(submission)
    if opinion is None:
        title = "No second opinion is asked for on this submission."
        raise Conflict(title)
    require(by, Action.WITHDRAW_OPINION, opinion)
    unchanged(submission, seen)
    if opinion.state != OpinionState.ASKED:
        title = "The second opinion is given, so the question cannot be taken back."
        raise Conflict(title, "Settle the difference on its own page.")
    reviews.open_to(submission, by, Move.CLAIM)
    _withdrawn(opinion)
    if barred := out_of_reach(by, submission):
        submission.claimed_by = submission.claimed_at = None
    else:
        submission.claimed_by, submission.claimed_at = by, timezone.now()
    submission.assigned_to = submission.assigned_at = None
    submission.save()
    audit.record(EventKind.RELEASED if barred else EventKind.CLAIMED, submission, by=by)
    return opinion


def stands(*, submission: Submission, by: User) -> bool:
    """Whether `by` gave an opinion on it that was not taken back."""
    kept = submission.opinions.exclude(state=OpinionState.WITHDRAWN)
    return (kept.filter(first=by) | kept.filter(second=by)).exists()


def _withdrawn(opinion: SecondOpinion) -> None:
    opinion.state, opinion.closed_at = OpinionState.WITHDRAWN, timezone.now()
    opinion.save()


def drop_for(*, by: User) -> None:
    """Take back what `by` asked, and free what is asked of them, where they may not decide any more. For who declares a conflict of interest."""
    touched = Submission.objects.filter(pk__in=of(by).values("submission")).select_for_update(of=("self",)).order_by("pk")
    held = {submission.pk: submission for submission in touched}
    barred = fairness.reasons(by, Submission, list(held))
    for opinion in of(by).filter(submission__in=list(barred)).select_for_update(of=("self",)).order_by("pk"):
        submission = held[opinion.submission_id]
        mine = opinion.first_id == by.pk
        if mine:
            _withdrawn(opinion)
        else:
            opinion.wanted = None
            opinion.save()
        submission.save()  # who looked at it before is told that it has changed
        before, after = ({"opinion": OpinionState.ASKED}, {"opinion": opinion.state}) if mine else ({"wanted": by.pk}, {"wanted": None})
        audit.record(EventKind.RELEASED, submission, by=by, before=before, after=after)


def of(user: User) -> QuerySet[SecondOpinion]:
    """Those not given yet that `user` asked for, or that are asked of them."""
    return SecondOpinion.objects.filter(Q(first=user) | Q(wanted=user), state=OpinionState.ASKED)


def _open(submission: Submission) -> SecondOpinion | None:
    """The open one, held until the end of the transaction; it has this submission in hand, with what fairness has found."""
    opinion: SecondOpinion | None = submission.opinions.open().select_for_update(of=("self",)).first()
    if opinion is not None:
        opinion.submission = submission
    return opinion


def _different(submission: Submission, by: User, seen: datetime | None) -> tuple[Submission, SecondOpinion]:
    submission = locked(submission, by)
    opinion = _open(submission)
    if opinion is None or opinion.state != OpinionState.DIFFERENT:
        require(by, Action.LEAVE, submission)  # what is there to settle is told to reviewers only
        raise Conflict(NOT_OPEN, "Open the submission to see where it is.")
    require(by, Action.SETTLE, opinion)
    if seen is not None and submission.modified != seen:
        title = "This difference has changed since you read it."
        raise Stale(title, "Read it again, then settle it.")
    return submission, opinion


def _settled(opinion: SecondOpinion, submission: Submission, by: User, rulings: Rulings, note: str) -> Review:
    review = reviews.close_with(submission, by, rulings, note)
    opinion.state, opinion.settled_by, opinion.closed_at, opinion.review = OpinionState.SETTLED, by, timezone.now(), review
    opinion.save()
    audit.record(EventKind.SETTLED, submission, by=by)
    return review


def _hand_on(submission: Submission, to: User | None) -> None:
    """End the claim, and whose turn it was by assignment."""
    submission.claimed_by = submission.claimed_at = None
    submission.assigned_to, submission.assigned_at = to, timezone.now() if to else None
    submission.save()


def _wanted(submission: Submission, by: User, public_id: str) -> User | None:
    if not public_id:
        return None
    found = User.objects.filter(visible_reviewers(by), public_id=public_id).exclude(pk=by.pk).first()
    if found is None or not fairness.may_decide([found], submission):
        raise Invalid({"wanted": [NOBODY]})
    return found


def _would_do(submission: Submission, by: User, rulings: Rulings, note: str) -> None:
    """Write the decision and take it back at once: what would be wrong with it is said now."""
    fresh = Submission.objects.get(pk=submission.pk)
    fresh.bars, fresh.kept_from = submission.bars, submission.kept_from
    with transaction.atomic():
        reviews.close_with(fresh, by, rulings, note)
        transaction.set_rollback(True)


# -- the same, or not --


def differing(first: Rulings, second: Rulings, parts: Parts) -> list[str]:
    """Places of the parts on which the two say otherwise: "record", "tags.k3v9q1x0ab"."""
    found = []
    for name, waits in (("record", parts.record is not None), ("method", bool(parts.method)), ("correction", parts.correction)):
        pair = getattr(first, name), getattr(second, name)
        if waits and _meant(pair[0], parts, name) != _meant(pair[1], parts, name):
            found.append(name)
    for tag in parts.tags:
        now = {"target": tag.code, "relation": tag.relation}
        if len({_meant_of_tag(each.tags.get(tag.public_id), now) for each in (first, second)}) > 1:
            found.append(f"tags.{tag.public_id}")
    for search in parts.searches:
        key = search.public_id
        if _meant(first.searches.get(key), parts, "search") != _meant(second.searches.get(key), parts, "search"):
            found.append(f"searches.{key}")
    return found


def places(parts: Parts) -> list[str]:
    """Places of all parts that wait, in the order of the page."""
    found = ["record"] if parts.record else []
    found += [f"tags.{tag.public_id}" for tag in parts.tags]
    found += ["method"] if parts.method else []
    found += [f"searches.{search.public_id}" for search in parts.searches]
    return found + (["correction"] if parts.correction else [])


def _meant(ruling: Ruling | None, parts: Parts, name: str) -> Any:
    if ruling is None or name != "method" or ruling.verdict != Verdict.ACCEPT:
        return ruling and ruling.verdict
    said = {**parts.method, **{field: value for field, value in ruling.changes.items() if value}}
    return said.get("material", ""), frozenset(said.get("modalities", ()))


def _meant_of_tag(ruling: Ruling | None, now: Mapping[str, str]) -> Any:
    return ruling and meant_of_tag(ruling.verdict, ruling.changes, now)


def _unread(submission: Submission, parts: Parts, since: datetime) -> bool:
    """Whether a part that waits reads otherwise than who asked `since` read it. What reviewers say of a record beside it does not count."""
    tag = submission.corrected_tag
    if any(row.modified > since for row in (*parts.tags, *parts.searches, *([tag] if parts.correction and tag else []))):
        return True
    paper = submission.paper if parts.record or parts.method or (parts.correction and tag is None) else None
    if paper is None:
        return False
    written = AuditEvent.objects.filter(object_type=Paper._meta.model_name, object_id=paper.pk, at__gt=since)  # noqa: SLF001  # the documented API
    return any({*before, *after} - BESIDE for before, after in written.values_list("before", "after"))


def _both(first: Rulings, second: Rulings) -> Rulings:
    """What both said, of rulings that agree."""

    def one(mine: Ruling | None, other: Ruling | None) -> Ruling | None:
        if mine is None or other is None:
            return other
        return Ruling(
            verdict=other.verdict,
            reason=mine.reason or other.reason,
            words=_joined(mine.words, other.words),
            changes={**other.changes, **mine.changes},
            restrict_text=_joined(mine.restrict_text, other.restrict_text),
        )

    def each(mine: Mapping[str, Ruling], others: Mapping[str, Ruling]) -> dict[str, Ruling]:
        return {key: ruling for key, other in others.items() if (ruling := one(mine.get(key), other))}

    return Rulings(
        record=one(first.record, second.record),
        tags=each(first.tags, second.tags),
        searches=each(first.searches, second.searches),
        correction=one(first.correction, second.correction),
        method=one(first.method, second.method),
    )


def _joined(first: str, second: str) -> str:
    """Both texts, each once; where there is no room for both, the second."""
    texts = [text.strip() for text in dict.fromkeys((first, second)) if text.strip()]
    both = "\n\n".join(texts)
    return both if len(both) <= NOTE_LIMIT else second


def settling(opinion: SecondOpinion, parts: Parts, sides: Mapping[str, str]) -> Rulings:
    """The rulings of one side or the other: `sides` says, by the place of a part that differs, "first" or "second". What does not differ is both's.

    Raises Invalid by place where nothing, or something else, is chosen.
    """
    given = {FIRST: Rulings.loaded(opinion.rulings), SECOND: Rulings.loaded(opinion.second_rulings)}
    chosen = dict(rows_of(_both(given[FIRST], given[SECOND])))
    wrong = {}
    for place in differing(given[FIRST], given[SECOND], parts):
        side = sides.get(place, "")
        ruling = dict(rows_of(given[side])).get(place) if side in given else None
        if ruling is None:
            wrong[place] = ["Choose one of the two."]
        else:
            chosen[place] = ruling
    if wrong:
        raise Invalid(wrong)
    chosen = {place: ruling for place, ruling in chosen.items() if place in places(parts)}
    given_on: dict[str, Any] = {name: ruling for name, ruling in chosen.items() if name in SINGLE}
    for name in SEVERAL:
        given_on[name] = {place.partition(".")[2]: ruling for place, ruling in chosen.items() if place.startswith(f"{name}.")}
    return Rulings(**given_on)


FIRST, SECOND = "first", "second"


def rows_of(rulings: Rulings) -> list[tuple[str, Ruling]]:
    """Each ruling with the place of its part."""
    single = ((name, ruling) for name in SINGLE if (ruling := getattr(rulings, name)))
    several = ((f"{name}.{key}", ruling) for name in SEVERAL for key, ruling in getattr(rulings, name).items())
    return list(chain(single, several))
