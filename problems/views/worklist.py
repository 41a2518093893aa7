"""Several links pasted at once: a list to work through, kept in the session until it is cleared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from problems.errors import TooMany, TrackerError, Unparsable
from problems.identifiers import parse
from problems.models import Paper
from problems.queries import papers
from problems.queries.recognising import Recognised, recognise
from problems.services import lookups

KEY = "log_list"
MOST = 50
LINE_MOST = 2_000


@dataclass(slots=True)
class Line:
    """One line: what it is read as, and the record that it names, where there is one; `first`: the one to go on with."""

    what: str
    told: str
    fault: str = ""
    title: str = ""
    """What a metadata service says that it is called."""
    paper: Paper | None = None
    first: bool = False

    @property
    def readable(self) -> bool:
        """Whether it names something."""
        return not self.fault

    @property
    def left(self) -> bool:
        """Whether it is still to be logged."""
        return self.readable and self.paper is None


def lines_of(text: str) -> list[str]:
    """The lines of `text`, each once, if it is a list: two or more of them are identifiers or addresses. Else none. Raises Unparsable."""
    lines = list(dict.fromkeys(filter(None, map(str.strip, text.splitlines()))))
    if sum(parse(line) is not None or line.lower().startswith(("http://", "https://")) for line in lines) < 2:  # noqa: PLR2004  # one is no list
        return []
    if len(lines) > MOST:
        raise Unparsable(f"These are {len(lines)} lines, and {MOST} are the most for a list.", "Paste it in parts, or import a file of references.")
    return [line[:LINE_MOST] for line in lines]


def keep(request: HttpRequest, lines: Sequence[str]) -> None:
    """Put these lines after what the list holds already, and have them looked up meanwhile, as many as may be. Raises Unparsable where it is full."""
    held = list(dict.fromkeys([*request.session.get(KEY, []), *lines]))
    if len(held) > MOST:
        raise Unparsable(f"Your list would have {len(held)} lines, and {MOST} are the most.", "Work through it, or clear it, before you paste more.")
    request.session[KEY] = held
    by: Any = request.user
    for line in lines:
        try:
            lookups.look_up(what=line, by=by, wait=0)
        except TooMany:
            return
        except TrackerError:  # it says so in the list
            continue


def listed(request: HttpRequest) -> list[Line]:
    """The list, with what is on record of it, as this person may know. Three queries, whatever its length."""
    read = [_read(line) for line in request.session.get(KEY, [])]
    found = papers.by_identifiers(user=request.user, identifiers={pair for _, each in read if each for pair in each.identifiers})
    for line, each in read:
        line.paper = next((found[pair] for pair in (each.identifiers if each else ()) if pair in found), None)
    left = [(line, each) for line, each in read if each and line.left]
    for (line, _), title in zip(left, lookups.titles([each for _, each in left]), strict=True):
        line.title = title
    lines = [line for line, _ in read]
    for line in lines:
        if line.left:
            line.first = True
            break
    return lines


def _read(text: str) -> tuple[Line, Recognised | None]:
    try:
        found = recognise(text)
    except TrackerError as error:
        return Line(text, text, fault=error.title), None
    return Line(text, found.told), found
