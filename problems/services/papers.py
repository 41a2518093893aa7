"""Writes on papers: make or find, change, set who may see it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind, Scheme, Visibility
from problems.errors import Conflict, Duplicate, Invalid
from problems.identifiers import normalise
from problems.models import Authorship, Paper, PaperIdentifier, Tag, User
from problems.models.papers import PaperQuerySet
from problems.permissions import Action, Actor, require
from problems.records import PaperRecord, PersonName
from problems.services import audit, changes, coverage
from problems.text import fold

TITLE_KEY_LENGTH = 200
WORDS_MOST = 100_000  # of names to search by: the index of one row has a limit


class Outcome(StrEnum):
    """What became of a record that came in."""

    CREATED = "created"
    MATCHED = "matched"


def title_key(title: str) -> str:
    """Letters and digits of a title, without case and accents: equal for the same title in other spellings."""
    return "".join(character for character in fold(title) if character.isalnum())[:TITLE_KEY_LENGTH]


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
        require(by, needed, stored)
        kind = CHANGED_TO.get(Visibility(paper.visibility))
    paper.title_key = title_key(paper.title)
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
def remove(*, paper: Paper, by: Actor, reason: str = "") -> None:
    """Drop a record that was handed in and withdrawn before anybody decided on it; its caller has asked for the right."""
    audit.record(EventKind.DELETED, paper, by=by, before=audit.snapshot(paper), reason=reason)
    paper.delete()


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


def find(*, record: PaperRecord, by: Actor) -> Paper | None:
    """The paper on record that `record` certainly tells of, among those that `by` may know of.

    Certain: an identifier in common; or the same title, and where both say so the same year give or take one, and a family name in common;
    or the same address of a page (not of a whole site), unless the identifiers say that they are two.
    """
    visible: PaperQuerySet = Paper.objects.visible_to(by).prefetch_related("authorships", "identifiers")
    for scheme, value in record.identifiers:
        rows = PaperIdentifier.objects.filter(scheme=scheme, value=value, paper__in=visible.values("pk")).order_by("shadow", "pk")
        same = next((row.paper for row in rows.select_related("paper")[:1]), None)  # the record itself before one that stands for it
        if same is not None:
            return same
    key = title_key(record.title)
    for candidate in visible.filter(title_key=key, twin_of=None).order_by("pk") if key else ():
        years_apart = abs(candidate.year - record.date.year) if candidate.year and record.date else 0
        ours, theirs = _families(candidate.people), _families(record.authors)
        strangers = bool(ours and theirs) and not ours & theirs
        if years_apart <= 1 and not strangers and not _clash(candidate, record):
            return candidate
    same_page = visible.filter(url=record.url).order_by("pk") if urlsplit(record.url).path.strip("/") else ()
    return next((candidate for candidate in same_page if not _clash(candidate, record)), None)


def _families(names: Iterable[PersonName]) -> set[str]:
    """Family names alone: beside an equal title, initials that one source leaves out tell nothing."""
    return {title_key(name.family or name.literal) for name in names}


def _clash(paper: Paper, record: PaperRecord) -> bool:
    """Whether both carry different identifiers of a scheme that gives a work one only: then they are two works with one title."""
    single = {Scheme.ARXIV, Scheme.SSRN, Scheme.OPENALEX}
    mine = {Scheme(row.scheme): row.value for row in paper.identifiers.all() if row.scheme in single}
    return any(scheme in mine and mine[scheme] != value for scheme, value in record.identifiers)


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
    rows = [
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
    for row in rows:
        if not row.family and not row.literal:
            raise Invalid({"authors": ["An author needs a family name or a literal name."]})
        changes.validate(row, exclude=("paper", "position"), constraints=False)  # each would be a query, and there may be thousands
    paper.authorships.all().delete()
    Authorship.objects.bulk_create(rows)
    _forget(paper)


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
