"""Rows for tests, stored by the services: each function sets what it must and takes the rest by name. Numbers in texts keep them apart."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from typing import Any

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.utils import timezone

from problems.choices import (
    RELATIONS_OF,
    Basis,
    EventKind,
    ImportState,
    Relation,
    ReviewStatus,
    Role,
    RowOutcome,
    Scheme,
    Section,
    SubmissionKind,
    SubmissionState,
    Visibility,
)
from problems.models import (
    Agenda,
    CallToAction,
    ChallengeType,
    Declaration,
    ImportRow,
    ImportRun,
    Paper,
    Phase,
    Problem,
    Search,
    Statement,
    Submission,
    Tag,
    Team,
    User,
)
from problems.records import PersonName
from problems.services import audit, declarations, papers, people, submissions, tags
from problems.services.catalogue import save as save_catalogue

_number = count(1)
RATIONALE = "It measures what the statement says is missing."
PASSWORD = "correct horse battery staple"


def make_agenda(**fields: Any) -> Agenda:
    """The one agenda of an installation."""
    given = {
        "title": "Open problems of testing",
        "authors": [{"given": "Ada", "family": "Lovelace"}],
        "organisations": ["Institute of Tests"],
        "year": 2026,
        "url": "https://example.org/agenda",
        "headline": "Open problems, and who works on them",
        "introduction": "An introduction.",
        "constraints_heading": "What sets this field apart",
        "bibtex": "@misc{agenda, title={Open problems of testing}}",
    }
    return _kept(Agenda(**given | fields))


def make_phase(slug: str = "", **fields: Any) -> Phase:
    """A phase; it has a `number` of its own."""
    number = next(_number)
    given = {
        "slug": slug or f"phase-{number}",
        "number": number,
        "title": f"Phase {number}",
        "label": f"Label {number}",
        "scope": "All of it",
        "icon": "database",
        "colour": "#3D4E9E",
        "colour_dark": "#A3B1F2",
        "soft": "#ECEEF8",
        "soft_dark": "#222A47",
    }
    return _kept(Phase(**given | fields))


def make_challenge(slug: str = "", **fields: Any) -> ChallengeType:
    """A challenge type."""
    number = next(_number)
    given = {
        "slug": slug or f"challenge-{number}",
        "position": number,
        "label": f"Challenge {number}",
        "title": f"The challenge {number}",
        "text": "What makes it hard.",
        "icon": "database",
        "colour": "#3D4E9E",
        "colour_dark": "#A3B1F2",
    }
    return _kept(ChallengeType(**given | fields))


def make_problem(number: int = 0, *, phase: Phase | None = None, challenges: Sequence[ChallengeType] = (), **fields: Any) -> Problem:
    """A problem, with a challenge type of its own unless told which."""
    number = number or Problem.objects.count() + 1
    given = {
        "number": number,
        "slug": f"problem-{number}",
        "title": f"Problem {number}",
        "question": "How does one test this?",
        "summary": "A summary.",
        "phase": phase or make_phase(),
    }
    return _kept(Problem(**given | fields), challenges=list(challenges or [make_challenge()]))


def make_statement(problem: Problem | None = None, *, section: str = Section.LIMITATION, **fields: Any) -> Statement:
    """A statement, by default a limitation, with the next free code of its problem."""
    problem = problem or make_problem()
    position = fields.pop("position", 0) or problem.statements.filter(section=section).count() + 1
    letter = "L" if section == Section.LIMITATION else "E"
    given = {"code": f"P{problem.number}.{letter}{position}", "text": f"Nobody has tested {position}.", "position": position}
    return _kept(Statement(problem=problem, section=section, **given | fields))


def make_call(*serves: Statement, **fields: Any) -> CallToAction:
    """A call to action that serves these limitations."""
    number = CallToAction.objects.count() + 1
    given: dict[str, Any] = {"code": f"C{number}", "position": number, "text": f"Build test {number}."}
    return _kept(CallToAction(**{"phase": fields.pop("phase", None) or make_phase()} | given | fields), serves=list(serves))


def make_paper(
    *,
    authors: Iterable[PersonName | str] = ("Author",),
    identifiers: Iterable[tuple[Scheme, str]] = (),
    visibility: str = Visibility.PUBLIC,
    logged_by: User | None = None,
    **fields: Any,
) -> Paper:
    """A paper, public by default; `authors` are names, or family names."""
    names = [name if isinstance(name, PersonName) else PersonName(family=name) for name in authors]
    paper = Paper(**{"title": f"Paper {next(_number)}", "year": 2024} | fields)
    papers.save(paper=paper, authors=names, identifiers=list(identifiers), by=None)
    if visibility != Visibility.PUBLIC or logged_by:
        Paper.objects.filter(pk=paper.pk).update(visibility=visibility, logged_by=logged_by)
    paper.refresh_from_db()
    return paper


def make_tag(
    target: Statement | CallToAction | Problem | None = None,
    paper: Paper | None = None,
    *,
    relation: str = "",
    status: str = ReviewStatus.ACCEPTED,
    contributor: User | None = None,
    decided_at: datetime | None = None,
    **fields: Any,
) -> Tag:
    """A tag of a paper to a target (by default a limitation), accepted now by default, with the first relation that fits."""
    target = target or make_statement()
    tag = Tag(
        paper=paper or make_paper(),
        status=status,
        contributor=contributor or make_user(Role.CONTRIBUTOR, display_name="Somebody"),
        **{"rationale": RATIONALE, "basis": Basis.GENERAL_PROXY} | fields,
    )
    setattr(tag, {Statement: "statement", CallToAction: "call", Problem: "problem"}[type(target)], target)
    if tag.target_kind is None:
        raise TypeError(target)
    tag.relation = relation or RELATIONS_OF[tag.target_kind][0]
    tag.decided_at = None if status == ReviewStatus.PROPOSED else decided_at or timezone.now()
    return tags.save(tag=tag, by=None)


def tag_data(target: Statement | CallToAction | Problem | str, relation: str = "", **more: str) -> dict[str, Any]:
    """A tag as it is handed in."""
    code = target if isinstance(target, str) else f"P{target.number}" if isinstance(target, Problem) else target.code
    first = {"L": Relation.NARROWS, "E": Relation.CONTRIBUTES}
    given = {"target": code, "relation": relation or (Relation.RESPONDS_TO if code.startswith("C") else Relation.RELEVANT)}
    if "." in code and not relation:
        given["relation"] = first[code.partition(".")[2][0]]
    return given | {"rationale": RATIONALE, "locator": "", "basis": Basis.GENERAL_PROXY} | more


def make_submission(
    by: User, *tags: dict[str, Any], paper: Paper | None = None, record: dict[str, Any] | None = None, draft: bool = False, message: str = ""
) -> Submission:
    """A submission of a new paper, or of tags on one that is on record, handed in unless it is to stay a draft."""
    content: dict[str, Any] = {"tags": list(tags)}
    if paper:
        content["paper"] = paper.public_id
    else:
        content["record"] = {"title": f"Submitted {next(_number)}", "authors": [{"family": "Author"}], "date": "2025"} | (record or {})
    make = submissions.create if draft else submissions.hand_in
    return make(by=by, kind=SubmissionKind.PAPER, content=content, message=message)


def make_import(by: User, number: int = 2, *, doi: str = "", title: str = "Imported", state: str = ImportState.FINISHED, **fields: Any) -> ImportRun:
    """A file that was read, and the submission that its `number` new records wait in; the first one has this DOI, if any."""
    now = timezone.now()
    given: dict[str, Any] = {
        "format": "bibtex",
        "size": 1000,
        "total": number,
        "done": number,
        "counts": {"created": number},
        "filename": "library.bib",
    }
    given |= (
        {"finished_at": now} if state not in {ImportState.QUEUED, ImportState.RUNNING} else {"started_at": now, "heartbeat_at": now, "data": b"x"}
    )
    if "submission" not in fields:
        handed_in = {"kind": SubmissionKind.IMPORT, "state": SubmissionState.SUBMITTED, "submitted_at": now}
        given["submission"] = Submission.objects.create(contributor=by, team=fields.get("team"), **handed_in)
    run = ImportRun.objects.create(by=by, state=state, **given | fields)
    for place in range(1, number + 1):
        paper = Paper(title=f"{title} {next(_number)}", year=2024)
        papers.save(paper=paper, authors=[PersonName(family=f"Author{place}")], identifiers=[(Scheme.DOI, doi)] if doi and place == 1 else [], by=by)
        paper.refresh_from_db()
        make_import_row(run, RowOutcome.CREATED, number=place, title=paper.title, paper=paper)
    return run


def make_import_row(run: ImportRun, outcome: str, *, number: int, **fields: Any) -> ImportRow:
    """An entry of a file that was dealt with."""
    given = {"key": f"entry{number}", "line": 10 * number, "title": f"Entry {number}"}
    return ImportRow.objects.create(run=run, outcome=outcome, number=number, **given | fields)


def make_search(target: Statement | Problem | None = None, *, status: str = ReviewStatus.ACCEPTED, by: User | None = None, **fields: Any) -> Search:
    """A search that found nothing, accepted by default."""
    given = {"where": "arXiv", "query": "tests", "searched_on": timezone.localdate()}
    search = Search(by=by or make_user(Role.CONTRIBUTOR), status=status, **given | fields)
    target = target or make_statement()
    setattr(search, "statement" if isinstance(target, Statement) else "problem", target)
    return tags.save_search(search=search, by=None)


def make_user(role: int = Role.READER, **fields: Any) -> User:
    """An account, with PASSWORD as its password."""
    number = next(_number)
    given = {"email": f"person{number}@example.org", "display_name": f"Person {number}"}
    return people.save(user=User(role=role, **given | fields), by=None, password=PASSWORD)


def make_team(*members: User, **fields: Any) -> Team:
    """A team of these people."""
    number = next(_number)
    return people.save_team(
        team=Team(**{"slug": f"team-{number}", "name": f"Team {number}"} | fields), by=None, members=dict.fromkeys(members, False)
    )


def declare(team: Team, target: Statement | CallToAction, by: User, **fields: Any) -> Declaration:
    """That a team works on something, for a month, as a member says."""
    given: dict[str, Any] = {"sentence": "We measure it on open data.", "until": timezone.localdate() + timedelta(days=30)}
    return declarations.declare(team=team, target=target.code, by=by, **given | fields)


def dated(obj: Any, when: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Any:
    """The same row, made and last changed at `when`."""
    type(obj)._base_manager.filter(pk=obj.pk).update(created=when, modified=when)
    obj.created = obj.modified = when
    return obj


@dataclass(frozen=True, slots=True)
class Cast:
    """One person of each kind that a rule tells apart. The teammate is in the contributor's team, the stranger contributes and is not."""

    reader: User
    contributor: User
    teammate: User
    stranger: User
    reviewer: User
    curator: User
    anonymous: AnonymousUser

    def everybody(self) -> dict[str, Any]:
        """All by the name of their part."""
        return {name: getattr(self, name) for name in self.__slots__}


def make_cast() -> Cast:
    """The whole cast, each with the name of the part; at once, as nearly every test begins with them."""
    roles = {
        "reader": Role.READER,
        "contributor": Role.CONTRIBUTOR,
        "teammate": Role.CONTRIBUTOR,
        "stranger": Role.CONTRIBUTOR,
        "reviewer": Role.REVIEWER,
        "curator": Role.CURATOR,
    }
    told = {name: User(role=role, email=f"{name}@example.org", display_name=name.capitalize(), password=_password()) for name, role in roles.items()}
    with transaction.atomic():
        User.objects.bulk_create(told.values())
        audit.record_all(audit.entry(EventKind.CREATED, user, by=None, after=audit.snapshot(user)) for user in told.values())
        cast = Cast(**told, anonymous=AnonymousUser())
        make_team(cast.contributor, cast.teammate)
    return cast


@cache
def _password() -> str:
    return make_password(PASSWORD)


def _kept[Row: (Agenda, Phase, ChallengeType, Problem, Statement, CallToAction)](thing: Row, **lists: Any) -> Row:
    save_catalogue(thing=thing, by=None, lists=lists)
    return thing
