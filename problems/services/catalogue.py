"""Loads the catalogue from a file, and is the one way to change it."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NoReturn

import yaml
from django.db import models, transaction

from problems.choices import EventKind, Face, Section
from problems.errors import Conflict, TrackerError, Unparsable
from problems.models import Agenda, AuditEvent, CallToAction, ChallengeType, Phase, Problem, Statement
from problems.permissions import Action, Actor
from problems.queries.catalogue_file import SECTIONS
from problems.services import audit, changes, coverage

STATEMENT = re.compile(r"P(\d+)\.([EL])(\d+)")
CALL = re.compile(r"C(\d+)")


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that loading changes; `before` is None for a new object. `undoes` says that people wrote it on the site since."""

    name: str
    field: str
    before: object
    after: object
    undoes: bool = False

    def __str__(self) -> str:
        """As a line of a report."""
        mark = "  (published on the site)" if self.undoes else ""
        return f"{self.name}  {self.field}: {self.before!r} -> {self.after!r}{mark}" if self.field else f"{self.name}  new"


class Node(dict[str, Any]):
    """A mapping of the file that knows its line."""

    line = 0


class _Loader(yaml.SafeLoader):
    """Keeps lines, and refuses a key that stands twice."""


def _mapping(loader: yaml.SafeLoader, node: yaml.MappingNode) -> Node:
    keys = [loader.construct_object(key) for key, _ in node.value]
    if doubled := {str(key) for key in keys if keys.count(key) > 1}:
        title = f"Line {node.start_mark.line + 1}: “{doubled.pop()}” stands twice."
        raise Unparsable(title, "Keep one of them.")
    found = Node({str(key): value for key, value in loader.construct_mapping(node, deep=True).items()})
    found.line = node.start_mark.line + 1
    return found


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read(text: str) -> Node:
    """The document in `text`. Raises Unparsable, naming the line, where it is no YAML mapping."""
    try:
        document = yaml.load(text, _Loader)  # noqa: S506  # a SafeLoader with lines
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        title = f"Line {line}: {error.problem}."
        raise Unparsable(title, "Correct the YAML there.") from error
    except yaml.YAMLError as error:
        title = "The file holds a character that YAML does not allow."
        raise Unparsable(title, "Save it as UTF-8 text without control characters.") from error
    except ValueError as error:  # a day that no calendar has
        title = f"The file holds a value that cannot be read: {error}."
        raise Unparsable(title, "Correct it; days are written as 2026-11-24.") from error
    except RecursionError as error:
        title = "The file is nested too deeply."
        raise Unparsable(title, "A catalogue has four levels; see fixtures/catalogue.yaml.") from error
    if not isinstance(document, Node):
        title = "Line 1: the file is not a catalogue."
        raise Unparsable(title, "It starts with `agenda:`; see fixtures/catalogue.yaml.")
    return document


@transaction.atomic
def load(document: Node, *, by: Actor, reason: str = "", dry_run: bool = False, over_site: bool = False) -> list[Difference]:
    """Create or update the catalogue from `document` (see `read`); the second time it changes nothing. Returns what differs.

    With `dry_run` nothing is stored. Raises Unparsable with the line of what is wrong, or that misses an object on record: tags hang on those;
    and Conflict where it would change back what people published on the site, unless it is to go `over_site`.
    """
    loading = _Load(by, reason)
    loading.run(document)
    undone = [str(difference) for difference in loading.differences if difference.undoes]
    if undone and not (dry_run or over_site):
        title = f"It would change back what was published on the site: {'; '.join(undone)}."
        raise Conflict(title, "Write the catalogue of today with export_catalogue and bring both together, or load with --over-site.")
    if dry_run:
        transaction.set_rollback(True)
    else:
        coverage.refresh_all()
    return loading.differences


@transaction.atomic
def save(*, thing: models.Model, by: Actor, reason: str = "", lists: Mapping[str, Sequence[models.Model]] | None = None) -> bool:
    """Store a new or changed object of the catalogue; `lists` are its related objects by field. Raises Refused, Invalid, Conflict."""

    def parts(saved: Any) -> None:
        for name, things in (lists or {}).items():
            getattr(saved, name).set(things)

    was_retired = isinstance(thing, Statement) and thing.pk and Statement.objects.filter(pk=thing.pk, retired_on__isnull=False).exists()
    kind = EventKind.RETIRED if isinstance(thing, Statement) and thing.retired_on and not was_retired else None
    changed = changes.save(thing, by=by, action=Action.CHANGE_CATALOGUE, reason=reason, kind=kind, parts=parts)
    if isinstance(thing, Statement):
        coverage.refresh({thing.pk})
    return changed


@dataclass
class _Load:
    """One run over a document."""

    by: Actor
    reason: str
    differences: list[Difference] = field(default_factory=list)
    since: int = 0
    """Key of the last entry of the record before this run."""

    def run(self, document: Node) -> None:
        """All parts, in the order in which they need one another."""
        self.since = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        self.keys(document, "catalogue", {"agenda", "phases", "challenges", "problems", "calls"})
        self.agenda(self.child(document, "agenda", Node))
        phases = self.rows(document, "phases", Phase, "slug", self.phase)
        challenges = self.rows(document, "challenges", ChallengeType, "slug", self.challenge)
        problems = self.nodes(document, "problems")
        for node in problems:
            self.child(node, "number", int)
        self.nothing_lost(Problem, "number", problems, document.line)
        statements: dict[str, tuple[Statement, Node]] = {}
        for node in problems:
            self.problem(node, phases, challenges, statements)
        self.successors(statements)
        missing = sorted(set(Statement.objects.values_list("code", flat=True)) - set(statements))
        if missing:
            self.wrong(
                document,
                f"{', '.join(missing)} is on record and not in the file.",
                "Statements are never deleted: keep it, with `retired_on:` and `successor:`.",
            )
        self.rows(document, "calls", CallToAction, "code", lambda node, call, position: self.call(node, call, position, phases, statements))

    # -- the parts --

    def agenda(self, node: Node) -> None:
        """The one agenda."""
        self.keys(node, "agenda", {"title", "authors", "organisations", "year", "url", "headline", "introduction", "constraints", "bibtex"})
        agenda = Agenda.objects.first() or Agenda()
        agenda.title, agenda.headline, agenda.introduction = (self.text(node, key) for key in ("title", "headline", "introduction"))
        agenda.constraints_heading, agenda.bibtex, agenda.url = (self.text(node, key) for key in ("constraints", "bibtex", "url"))
        agenda.year = self.child(node, "year", int)
        agenda.organisations = self.child(node, "organisations", list)
        authors = self.child(node, "authors", list)
        if not all(isinstance(author, Node) and isinstance(author.get("family"), str) for author in authors):
            self.wrong(node, "An author lacks a family name.", "Write each as {given: Neil, family: Kale}.")
        agenda.authors = [dict(author) for author in authors]
        self.store(agenda, "agenda", node)

    def phase(self, node: Node, phase: Phase, _position: int) -> None:
        """A phase."""
        self.keys(node, "phase", {"slug", "number", "title", "label", "scope", "icon", "colour", "colour_dark", "soft", "soft_dark"})
        phase.number = self.child(node, "number", int)
        for key in ("title", "label", "scope", "icon", "colour", "colour_dark", "soft", "soft_dark"):
            setattr(phase, key, self.text(node, key))
        self.store(phase, f"phase {phase.slug}", node)

    def challenge(self, node: Node, challenge: ChallengeType, position: int) -> None:
        """A challenge type."""
        self.keys(node, "challenge", {"slug", "label", "title", "text", "icon", "colour", "colour_dark"})
        challenge.position = position
        for key in ("label", "title", "text", "icon", "colour", "colour_dark"):
            setattr(challenge, key, self.text(node, key))
        self.store(challenge, f"challenge {challenge.slug}", node)

    def problem(
        self, node: Node, phases: Mapping[str, Phase], challenges: Mapping[str, ChallengeType], statements: dict[str, tuple[Statement, Node]]
    ) -> None:
        """A problem and its statements."""
        self.keys(node, "problem", {"number", "slug", "title", "question", "summary", "phase", "challenges", *SECTIONS})
        number = self.child(node, "number", int)
        problem = Problem.objects.filter(number=number).first() or Problem(number=number)
        for key in ("slug", "title", "question", "summary"):
            setattr(problem, key, self.text(node, key))
        problem.phase = self.one_of(node, "phase", phases)
        wanted = [self.one_of(node, "challenges", challenges, slug) for slug in self.child(node, "challenges", list)]
        self.store(problem, f"problem {number}", node, {"challenges": wanted})
        for key, (section, letter) in SECTIONS.items():
            for row in self.nodes(node, key):
                code = self.text(row, "code")
                match = STATEMENT.fullmatch(code)
                if not match or int(match[1]) != number or match[2] != letter:
                    self.wrong(row, f"{code} is no code of this list.", f"Write P{number}.{letter} and a number.")
                if code in statements:
                    self.wrong(row, f"{code} stands twice.", "Each statement has a code of its own.")
                statements[code] = (self.statement(row, problem, section, int(match[3])), row)

    def statement(self, node: Node, problem: Problem, section: Section, position: int) -> Statement:
        """A statement, without its successor, which may stand further down."""
        self.keys(node, "statement", {"code", "text", "review_by", "retired_on", "successor"})
        statement = Statement.objects.filter(code=node["code"]).first() or Statement(code=node["code"])
        statement.problem, statement.section, statement.position = problem, section, position
        statement.text = self.text(node, "text")
        statement.review_by, statement.retired_on = self.day(node, "review_by"), self.day(node, "retired_on")
        if statement.retired_on is None:
            statement.successor = None
        self.store(statement, statement.code, node)
        return statement

    def successors(self, statements: Mapping[str, tuple[Statement, Node]]) -> None:
        """Point retired statements to their successors."""
        for statement, node in statements.values():
            code = node.get("successor")
            if code is not None and statement.retired_on is None:
                self.wrong(node, f"{statement.code} has a successor and is not retired.", "Add `retired_on:` with the day.")
            statement.successor = None if code is None else self.one_of(node, "successor", statements)[0]
            self.store(statement, statement.code, node)

    def call(
        self, node: Node, call: CallToAction, position: int, phases: Mapping[str, Phase], statements: Mapping[str, tuple[Statement, Node]]
    ) -> None:
        """A call to action."""
        self.keys(node, "call", {"code", "phase", "text", "serves"})
        call.position = position
        call.text = self.text(node, "text")
        call.phase = self.one_of(node, "phase", phases)
        limitations = {code: statement for code, (statement, _) in statements.items() if statement.section == Section.LIMITATION}
        serves = [self.one_of(node, "serves", limitations, code) for code in self.child(node, "serves", list)]
        self.store(call, call.code, node, {"serves": serves})

    # -- how --

    def rows[Row: models.Model](
        self, document: Node, name: str, model: type[Row], key: str, fill: Callable[[Node, Row, int], None]
    ) -> dict[str, Row]:
        """Each row of a list of the document as an object, found by its `key`."""
        nodes = self.nodes(document, name)
        for node in nodes:
            self.child(node, key, str)
        self.nothing_lost(model, key, nodes, document.line)
        found: dict[str, Row] = {}
        for position, node in enumerate(nodes, start=1):
            value = self.text(node, key)
            if value in found:
                self.wrong(node, f"{value} stands twice.", f"Each of {name} has a {key} of its own.")
            row = model._default_manager.filter(**{key: value}).first() or model(**{key: value})  # noqa: SLF001  # the documented way
            fill(node, row, position)
            found[value] = row
        return found

    def nothing_lost(self, model: type[models.Model], key: str, nodes: list[Node], line: int) -> None:
        """Refuse a file that lacks what is on record."""
        given = {node.get(key) for node in nodes}
        lost = [str(value) for value in model._default_manager.order_by("pk").values_list(key, flat=True) if value not in given]  # noqa: SLF001
        if lost:
            title = f"Line {line}: {model._meta.verbose_name} {', '.join(lost)} is on record and not in the file."  # noqa: SLF001
            raise Unparsable(title, "What tags and addresses hang on is never deleted: put it back.")

    def store(self, thing: models.Model, name: str, node: Node, lists: Mapping[str, Sequence[models.Model]] | None = None) -> None:
        """Write one object and note what differs."""
        stored = type(thing)._base_manager.filter(pk=thing.pk).first() if thing.pk else None  # noqa: SLF001
        before = audit.snapshot(stored) if stored else None
        try:
            if not save(thing=thing, by=self.by, reason=self.reason, lists=lists):
                return
        except Unparsable:
            raise
        except TrackerError as error:
            self.wrong(node, f"{name}: {error}", "")
        after = audit.snapshot(type(thing)._base_manager.get(pk=thing.pk))  # noqa: SLF001
        if before is None:
            self.differences.append(Difference(name, "", None, after))
        else:
            of_site = self.of_site(thing)
            differing = [key for key in after if before.get(key) != after[key]]
            self.differences += [Difference(name, key, before.get(key), after[key], key in of_site) for key in differing]

    def of_site(self, thing: models.Model) -> set[str]:
        """Fields of it that somebody wrote last, and no file."""
        found: dict[str, bool] = {}
        for entry in AuditEvent.objects.filter(pk__lte=self.since).about(thing).order_by("-pk"):
            for key in {**entry.before, **entry.after}:
                found.setdefault(key, entry.actor_id is not None or entry.face != Face.COMMAND)
        return {key for key, by_somebody in found.items() if by_somebody}

    def day(self, node: Node, key: str) -> date | None:
        """The day of `key`, which may be left out."""
        value = node.get(key)
        if value is not None and (not isinstance(value, date) or isinstance(value, datetime)):
            self.wrong(node, f"`{key}` is not a day.", "Write it as 2026-11-24.")
        return value

    def child[Kind](self, node: Node, key: str, kind: type[Kind]) -> Kind:
        """Value of `key`, of the kind that it has to be."""
        value = node.get(key)
        if not isinstance(value, kind) or isinstance(value, bool):
            wanted = {Node: "a mapping", list: "a list", int: "a number", str: "text"}[kind]
            self.wrong(node, f"`{key}` is missing or is not {wanted}.", "See fixtures/catalogue.yaml.")
        return value

    def nodes(self, node: Node, key: str) -> list[Node]:
        """The list of mappings of `key`."""
        rows = self.child(node, key, list)
        if not all(isinstance(row, Node) for row in rows):
            self.wrong(node, f"`{key}` is not a list of mappings.", "See fixtures/catalogue.yaml.")
        return rows

    def text(self, node: Node, key: str) -> str:
        """Text of `key`."""
        return self.child(node, key, str).strip()

    def one_of[Row](self, node: Node, key: str, known: Mapping[str, Row], value: object = None) -> Row:
        """The object of `known` that `key` names."""
        name = node.get(key) if value is None else value
        if not isinstance(name, str) or name not in known:
            self.wrong(node, f"“{name}” is not one of {', '.join(known)}.", f"Correct `{key}`.")
        return known[name]

    def keys(self, node: Node, what: str, known: set[str]) -> None:
        """Refuse a key that means nothing."""
        if unknown := [str(key) for key in node if key not in known]:
            self.wrong(node, f"A {what} has no “{unknown[0]}”.", f"It has: {', '.join(sorted(known))}.")

    def wrong(self, node: Node, title: str, hint: str) -> NoReturn:
        """Refuse the file, with the line."""
        message = f"Line {node.line}: {title}"
        raise Unparsable(message, hint)
