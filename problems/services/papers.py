"""Writes on papers: make or find, change, set who may see it."""

from collections.abc import Iterable, Sequence
from enum import StrEnum
from urllib.parse import urlsplit

from django.db import transaction
from django.utils import timezone

from problems.choices import EventKind, Role, Scheme, Visibility
from problems.errors import Duplicate
from problems.identifiers import normalise
from problems.models import Authorship, Paper, PaperIdentifier, Tag, User
from problems.models.papers import PaperQuerySet
from problems.permissions import Action, Actor, require, role_of, why_not
from problems.records import PaperRecord, PersonName
from problems.services import changes, coverage
from problems.text import fold

TITLE_KEY_LENGTH = 200


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
    reason: str = "",
) -> Paper:
    """Store a new or changed paper. None for `authors` or `identifiers` leaves them as they are.

    A new one is public if a curator or a command makes it, else it waits until a reviewer accepts it; other changes of visibility
    need the right to set it.
    Raises Refused, Invalid, Conflict, or Duplicate where an identifier belongs to another paper.
    """
    stored = Paper.objects.select_for_update(of=("self",)).get(pk=paper.pk) if paper.pk else None
    kind, accepts = None, False
    if stored is None:
        paper.logged_by = by if isinstance(by, User) else None
        paper.visibility = Visibility.PUBLIC if role_of(by) >= Role.CURATOR else Visibility.WAITING
    elif paper.visibility != stored.visibility:
        accepts = (stored.visibility, paper.visibility) == (Visibility.WAITING, Visibility.PUBLIC) and not why_not(by, Action.ACCEPT_PAPER, stored)
        if not accepts:
            require(by, Action.SET_VISIBILITY, stored)
        kind = {Visibility.PUBLIC: EventKind.PUBLISHED, Visibility.RESTRICTED: EventKind.RESTRICTED}.get(Visibility(paper.visibility))
    paper.title_key = title_key(paper.title)
    names = list(authors) if authors is not None else list(paper.people) if stored else []
    paper.names = _words(names)

    def parts(saved: Paper) -> None:
        if authors is not None:
            _set_authors(saved, authors)
        if identifiers is not None:
            _set_identifiers(saved, identifiers, by)

    only_accepts = accepts and changes.differing(paper, stored) <= {"visibility"} and authors is None and identifiers is None
    action = Action.ACCEPT_PAPER if only_accepts else Action.CHANGE_PAPER if stored else Action.LOG_PAPER
    changes.save(paper, by=by, action=action, reason=reason, kind=kind, parts=parts)
    if stored:
        if paper.visibility != stored.visibility:
            Tag.objects.filter(paper=paper).update(modified=timezone.now())  # who polls for changes sees them come and go
        coverage.refresh_paper(paper.pk)
    return paper


@transaction.atomic
def create_or_find(*, record: PaperRecord, by: Actor, reason: str = "") -> tuple[Paper, Outcome]:
    """The paper that `record` tells of: the one on record, to which identifiers that it lacks are added, or a new one.

    Raises what `save` raises.
    """
    known = find(record=record, by=by)
    if known is None:
        return save(paper=_from_record(record), authors=record.authors, identifiers=record.identifiers, by=by, reason=reason), Outcome.CREATED
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
        same = visible.filter(identifiers__scheme=scheme, identifiers__value=value).first()
        if same is not None:
            return same
    for candidate in visible.filter(title_key=title_key(record.title)).order_by("pk"):
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


def _from_record(record: PaperRecord) -> Paper:
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
    return words if plain == words.casefold() else f"{words} {plain}"


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
        changes.validate(row, exclude=("paper", "position"))
    paper.authorships.all().delete()
    Authorship.objects.bulk_create(rows)
    _forget(paper)


def _set_identifiers(paper: Paper, wanted: Iterable[tuple[Scheme, str]], by: Actor) -> None:
    rows = [PaperIdentifier(paper=paper, scheme=scheme, value=normalise(scheme, value)) for scheme, value in wanted]
    for row in rows:
        if other := PaperIdentifier.objects.filter(scheme=row.scheme, value=row.value).exclude(paper=paper).select_related("paper").first():
            seen = Paper.objects.visible_to(by).filter(pk=other.paper_id).exists()
            title = f"{row} is on record already{f': {other.paper.title}' if seen else ''}."
            raise Duplicate(title, "Add to that record instead.", field="identifiers")
    have = {(row.scheme, row.value): row for row in paper.identifiers.all()}
    keep = {(row.scheme, row.value): row for row in rows}
    PaperIdentifier.objects.filter(pk__in=[row.pk for pair, row in have.items() if pair not in keep]).delete()
    PaperIdentifier.objects.bulk_create([row for pair, row in keep.items() if pair not in have])
    _forget(paper)


def _forget(paper: Paper) -> None:
    """Drop lists that were read before they changed."""
    getattr(paper, "_prefetched_objects_cache", {}).clear()
