"""Writes on papers: make or find, change, set who may see it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from enum import StrEnum
from itertools import batched
from operator import itemgetter
from typing import Any

from django.db import transaction
from django.db.models import TextChoices
from django.utils import timezone

from problems.choices import EventKind, Modality, Scheme, Topic, Visibility
from problems.errors import Conflict, Duplicate, Invalid, Stale
from problems.identifiers import normalise
from problems.links import is_link
from problems.models import Authorship, Merge, Paper, PaperIdentifier, Tag, User
from problems.models.papers import PaperQuerySet
from problems.permissions import Action, Actor, require
from problems.queries import duplicates, fairness
from problems.queries.duplicates import Certainty
from problems.records import PaperRecord, PersonName
from problems.services import audit, bulk, changes, coverage
from problems.text import fold, title_key

AT_ONCE = 1000  # rows of one statement
NAMELESS = "An author needs a family name or a literal name."
WORDS_MOST = 100_000  # of names to search by: the index of one row has a limit


class Outcome(StrEnum):
    """What became of a record that came in."""

    CREATED = "created"
    MATCHED = "matched"


@transaction.atomic
def save(  # a paper and the lists that belong to it
    *,
    paper: Paper,
    by: Actor,
    authors: Sequence[PersonName] | None = None,
    identifiers: Iterable[tuple[Scheme, str]] | None = None,
    imported: bool = False,
    correcting: bool = False,
    reason: str = "",
) -> Paper:
    """Store a new or changed paper. None for `authors` or `identifiers` leaves them as they are.

    A new one is public if a command makes it, or a curator's import (`imported`); else it waits until somebody else accepts it.
    `correcting` stores a correction that a reviewer accepted.
    Raises Refused, Invalid, Conflict, or Duplicate where an identifier belongs to another paper that `by` may know of. One that belongs to
    a hidden paper is taken as if it were new: the paper becomes its twin, and reviewers decide on both as one.
    """
    stored = Paper.objects.select_for_update(of=("self",)).get(pk=paper.pk) if paper.pk else None
    kind, change = None, Action.CORRECT if correcting else Action.CHANGE_PAPER
    needed = change
    if stored is None:
        if imported:
            require(by, Action.IMPORT_PAPERS, paper)
        paper.logged_by = by if isinstance(by, User) else None
        paper.visibility = Visibility.PUBLIC if imported or not isinstance(by, User) else Visibility.WAITING
        needed = Action.LOG_PAPER
    elif paper.visibility != stored.visibility:
        if stored.twin_of and paper.visibility == Visibility.PUBLIC:
            title = "This record stands for one that is on record."
            raise Conflict(title, "Decide on its submission: what is accepted goes to that record.")
        needed = _needed(stored, paper)
        fairness.require(by, needed, stored)
        paper.bars = stored.bars
        kind = CHANGED_TO.get(Visibility(paper.visibility))
    paper.title_key = title_key(paper.title)
    paper.modalities, paper.topics = in_order(paper.modalities), in_order(paper.topics, Topic)
    paper.link_approved = stored is not None and stored.link_approved and stored.url == paper.url  # another address is looked at anew
    names = list(authors) if authors is not None else list(paper.people) if stored else []
    paper.names = _words(names)

    def parts(saved: Paper) -> None:
        if authors is not None:
            _set_authors(saved, authors)
        if identifiers is not None:
            _set_identifiers(saved, identifiers, by)

    more = stored is not None and (changes.differing(paper, stored) - {"visibility"} or authors is not None or identifiers is not None)
    changes.save(paper, by=by, action=change if more else needed, reason=reason, kind=kind, parts=parts)
    if stored:
        if paper.visibility != stored.visibility:
            Tag.objects.filter(paper=paper).update(modified=timezone.now())  # who polls for changes sees them come and go
        coverage.refresh_paper(paper.pk)
    return paper


CHANGED_TO = {Visibility.PUBLIC: EventKind.PUBLISHED, Visibility.RESTRICTED: EventKind.RESTRICTED, Visibility.DECLINED: EventKind.DECLINED}


def _needed(stored: Paper, paper: Paper) -> Action:
    """The right that a change of visibility needs: to decide on what waits, to restrict, or to set anything."""
    if paper.visibility == Visibility.RESTRICTED:
        return Action.RESTRICT
    return Action.ACCEPT_PAPER if stored.visibility in {Visibility.WAITING, Visibility.DECLINED} else Action.SET_VISIBILITY


@transaction.atomic
def set_method(*, paper: Paper, values: Mapping[str, Any], by: Actor, reason: str = "") -> Paper:
    """Store what a reviewer accepted of a method: `material`, `modalities`, or both. Raises Refused, Invalid."""
    fresh: Paper = Paper.objects.select_for_update(of=("self",)).get(pk=paper.pk)
    fresh.material = values.get("material", fresh.material)
    fresh.modalities = in_order(values.get("modalities", fresh.modalities))
    changes.save(fresh, by=by, action=Action.SET_METHOD, reason=reason)
    return fresh


def advise(paper: Paper, level: int, topics: Iterable[str]) -> None:
    """Put on a record how hard it is to read, and what it is about; unsaved. Without a level there are no topics."""
    paper.advisory = level
    paper.topics = in_order(topics, Topic) if level else []


def raise_advisory(*, paper: Paper, level: int, topics: Sequence[str], by: Actor) -> None:
    """Add what somebody else says who hands in the same work, which waits: never less than is said of it already.

    Call it inside the transaction of the write. Of a record that is decided on, nobody says so by handing it in.
    """
    decided = paper.visibility not in {Visibility.WAITING, Visibility.DECLINED}
    if decided or (level <= paper.advisory and set(topics) <= set(paper.topics)):
        return
    before = audit.snapshot(paper)
    advise(paper, max(paper.advisory, level), [*paper.topics, *topics])
    paper.save(update_fields=["advisory", "topics", "modified"])
    audit.record(EventKind.CHANGED, paper, by=by, before=before, after=audit.snapshot(paper))


@transaction.atomic
def set_advisory(*, paper: Paper, level: int, topics: Iterable[str], by: Actor, reason: str = "", seen: Any = None) -> Paper:
    """Say how hard a record is to read, and what it is about; without a level there are no topics.

    To say that it is easier to read than it was said to be is for others than who logged it, and for nobody who may not decide on it.
    Raises Refused, Invalid, Conflict, Stale.
    """
    fresh = _current(paper, by, seen)
    action = Action.LOWER_ADVISORY if level < fresh.advisory else Action.SET_ADVISORY
    advise(fresh, level, topics)
    changes.save(fresh, by=by, action=action, reason=reason)
    return fresh


@transaction.atomic
def approve_link(*, paper: Paper, url: str, by: Actor, seen: Any = None) -> Paper:
    """Let the address of a record, which the person has looked at as `url`, be a link. Nothing is fetched.

    Raises Refused, Stale, Invalid where there is no address, Conflict where it is a link already.
    """
    fresh = _current(paper, by, seen)
    fairness.require(by, Action.APPROVE_LINK, fresh)
    if not fresh.url:
        raise Invalid({"address": ["This record has no address."]})
    if url != fresh.url:
        title = "The address of this record has changed."
        raise Stale(title, "Look at the new one first.")
    if is_link(fresh.url, approved=fresh.link_approved):
        title = "This address is a link already."
        raise Conflict(title)
    fresh.link_approved = True
    changes.save(fresh, by=by, action=Action.APPROVE_LINK, kind=EventKind.LINK_APPROVED)
    return fresh


def _current(paper: Paper, by: Actor, seen: Any) -> Paper:
    """The record as it is stored, locked. Raises Stale where it has changed since `seen`, Conflict where it has gone out of sight meanwhile."""
    fresh: Paper | None = Paper.objects.visible_to(by).select_for_update(of=("self",)).filter(pk=paper.pk).first()
    if fresh is None:
        title = "This record was withdrawn."
        raise Conflict(title)
    if seen is not None and seen != fresh.modified:
        title = "This has changed since you read it."
        raise Stale(title, "Read it again, then repeat the change.")
    return fresh


def in_order(given: Iterable[str], vocabulary: type[TextChoices] = Modality) -> list[str]:
    """These words, each once, in the order of the vocabulary; what it does not know comes last, for validation to refuse."""
    words = dict.fromkeys(given)
    return [value for value in vocabulary.values if value in words] + [value for value in words if value not in vocabulary.values]


@transaction.atomic
def put(*, paper: Paper, authors: Sequence[PersonName] | None = None) -> None:
    """Store a paper as it is, with what is derived from its title and its names; its caller has the right, and records the change. Raises Invalid."""
    if authors is not None:
        _set_authors(paper, authors)
    paper.title_key, paper.names = title_key(paper.title), _words(paper.people)
    changes.validate(paper)
    paper.save()


@transaction.atomic
def remove(*, paper: Paper, by: Actor, reason: str = "") -> None:
    """Drop a record that was handed in and withdrawn before anybody decided on it; its caller has asked for the right."""
    audit.record(EventKind.DELETED, paper, by=by, before=audit.snapshot(paper), reason=reason)
    paper.delete()


@transaction.atomic
def remove_all(*, rows: PaperQuerySet, by: Actor, reason: str = "") -> int:
    """Drop many such records at once, but those that tags, submissions or twins hang on; how many."""
    merges = Merge.objects.order_by()  # also those that were undone
    free = rows.filter(tags=None, submissions=None, twins=None, merged=None)
    free = free.exclude(pk__in=merges.values("merged")).exclude(pk__in=merges.values("kept"))
    some_held = Paper.objects.select_for_update(of=("self",)).filter(pk__in=list(free.values_list("pk", flat=True))).order_by("pk")
    keys = list(free.filter(pk__in=list(some_held.values_list("pk", flat=True))).values_list("pk", flat=True))  # once more: they are held by now
    for some in batched(keys, AT_ONCE, strict=False):
        dropped = Paper.objects.filter(pk__in=some).prefetch_related("authorships", "identifiers").defer("search")
        audit.record_all(audit.entry(EventKind.DELETED, row, by=by, before=audit.snapshot(row), reason=reason) for row in dropped)
        Paper.objects.filter(pk__in=some).delete()
    return len(keys)


@transaction.atomic
def create_or_find(*, record: PaperRecord, by: Actor, imported: bool = False, reason: str = "") -> tuple[Paper, Outcome]:
    """The paper that `record` tells of: the one on record, to which identifiers that it lacks are added, or a new one.

    Raises what `save` raises.
    """
    known = find(record=record, by=by)
    if known is None:
        fresh = save(paper=from_record(record), authors=record.authors, identifiers=record.identifiers, by=by, imported=imported, reason=reason)
        return fresh, Outcome.CREATED
    have = {(Scheme(row.scheme), row.value) for row in known.identifiers.all()}
    free = {pair for pair in record.identifiers if pair not in have and not PaperIdentifier.objects.filter(scheme=pair[0], value=pair[1]).exists()}
    if free:
        known = Paper.objects.select_for_update(of=("self",)).get(pk=known.pk)  # as it is now: somebody may have restricted it meanwhile
        save(paper=known, identifiers=sorted(have | free), by=by, reason=reason)
    return known, Outcome.MATCHED


@transaction.atomic
def create_all(*, records: Sequence[PaperRecord], by: User, reason: str = "") -> list[Paper | Invalid]:
    """Store many new records at once, each as `save` would: they wait. What is wrong with one stands in its place.

    They are clean, as formats make them, and the caller has looked: nobody holds an identifier of them, and no two have one in common. Raises
    Refused, and what the database says where that is not so.
    """
    require(by, Action.LOG_PAPER, Paper())
    made: list[Paper | Invalid] = [_made(record, by) for record in records]
    fresh = [(paper, record) for paper, record in zip(made, records, strict=True) if isinstance(paper, Paper)]
    for (paper, _), key in zip(fresh, bulk.keys(Paper, len(fresh)), strict=True):
        paper.pk = key
    bulk.store([paper for paper, _ in fresh])
    columns = ("paper_id", "position", "family", "given", "particle", "suffix", "literal", "orcid")
    people = ((paper.pk, place, *astuple(name)) for paper, record in fresh for place, name in enumerate(record.authors, start=1))
    bulk.copy(Authorship, columns, people)
    named = ((paper.pk, scheme.value, value, False) for paper, record in fresh for scheme, value in record.identifiers)
    ordered = sorted(named, key=itemgetter(1, 2))  # in one order, so that two imports at once do not wait for each other
    bulk.copy(PaperIdentifier, ("paper_id", "scheme", "value", "shadow"), ordered)
    audit.record_all(audit.entry(EventKind.CREATED, paper, by=by, after=audit.snapshot_of(paper, record), reason=reason) for paper, record in fresh)
    return made


def _made(record: PaperRecord, by: User) -> Paper | Invalid:
    paper = from_record(record)
    paper.logged_by, paper.visibility = by, Visibility.WAITING
    paper.title_key, paper.names = title_key(paper.title), _words(record.authors)
    if any(not name.family and not name.literal for name in record.authors):
        return Invalid({"authors": [NAMELESS]})
    return paper if paper.title_key else Invalid({"title": ["The title has no letter and no digit."]})


def find(*, record: PaperRecord, by: Actor) -> Paper | None:
    """The paper on record that `record` certainly tells of, among those that `by` may know of: queries/likeness.py says what is certain."""
    (candidates,) = duplicates.candidates_for([record], user=by)
    match = duplicates.classify(record, candidates)
    return Paper.objects.prefetch_related("authorships", "identifiers").get(pk=match.key) if match.certainty == Certainty.CERTAIN else None


def from_record(record: PaperRecord) -> Paper:
    """A paper to be stored, with what `record` says of the work itself."""
    date = record.date
    return Paper(
        title=record.title,
        abstract=record.abstract,
        year=date.year if date else None,
        month=date.month if date else None,
        day=date.day if date else None,
        venue=record.venue,
        type=record.type,
        url=record.url,
    )


def _words(names: Iterable[PersonName]) -> str:
    """Names as words to search, with accents and without."""
    words = " ".join(name.display for name in names)
    plain = fold(words)
    return (words if plain == words.casefold() else f"{words} {plain}")[:WORDS_MOST]


def _set_authors(paper: Paper, authors: Sequence[PersonName]) -> None:
    if list(paper.people) == list(authors):
        return
    rows = _authorships(paper, authors)
    for row in rows:
        if not row.family and not row.literal:
            raise Invalid({"authors": [NAMELESS]})
        changes.validate(row, exclude=("paper", "position"), constraints=False)  # each would be a query, and there may be thousands
    paper.authorships.all().delete()
    Authorship.objects.bulk_create(rows)
    _forget(paper)


def _authorships(paper: Paper, authors: Sequence[PersonName]) -> list[Authorship]:
    return [
        Authorship(
            paper=paper,
            position=position,
            family=name.family,
            given=name.given,
            particle=name.particle,
            suffix=name.suffix,
            literal=name.literal,
            orcid=name.orcid,
        )
        for position, name in enumerate(authors, start=1)
    ]


def _set_identifiers(paper: Paper, wanted: Iterable[tuple[Scheme, str]], by: Actor) -> None:
    rows = [PaperIdentifier(paper=paper, scheme=scheme, value=normalise(scheme, value)) for scheme, value in wanted]
    stands_for: Paper | None = None
    for row in rows:
        if other := holder(Scheme(row.scheme), row.value, besides=paper):
            if Paper.objects.visible_to(by).filter(pk=other.pk).exists():
                title = f"{row} is on record already: {other.title}."
                raise Duplicate(title, "Add to that record instead.", field="identifiers", known=other.public_id)
            row.shadow = True
            stands_for = other.twin_of or other
    if paper.visibility in {Visibility.WAITING, Visibility.DECLINED} and paper.twin_of != stands_for:
        paper.twin_of = stands_for
        Paper.objects.filter(pk=paper.pk).update(twin_of=stands_for)
    have = {(row.scheme, row.value): row for row in paper.identifiers.all()}
    keep = {(row.scheme, row.value): row for row in rows}
    PaperIdentifier.objects.filter(pk__in=[row.pk for pair, row in have.items() if pair not in keep]).delete()
    PaperIdentifier.objects.bulk_create([row for pair, row in keep.items() if pair not in have])
    _forget(paper)


def holder(scheme: Scheme, value: str, *, besides: Paper | None = None) -> Paper | None:
    """The paper that has this identifier, seen or hidden; never a twin. For matching behind the scenes: what it finds is told to nobody."""
    rows = PaperIdentifier.objects.filter(scheme=scheme, value=value, shadow=False).select_related("paper")
    row = rows.exclude(paper=besides.pk).first() if besides and besides.pk else rows.first()
    return row.paper if row else None


def _forget(paper: Paper) -> None:
    """Drop lists that were read before they changed."""
    getattr(paper, "_prefetched_objects_cache", {}).clear()
