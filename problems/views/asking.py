"""What all reading pages share: methods, an empty installation, values out of a fixed set, addresses with other values."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render

from problems.middleware import error_answer
from problems.models import Agenda
from problems.text import without_controls

SHOWN = 60


@dataclass(frozen=True, slots=True)
class Fault:
    """A value that cannot be used: the field as the page calls it, what is wrong, and the id of the element to go to."""

    label: str
    text: str
    target: str


@dataclass(frozen=True, slots=True)
class Option:
    """A link of a segment or menu."""

    value: str
    label: str
    url: str
    active: bool
    count: int | None = None
    icon: str = ""


def reads[**Rest](view: Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """Let a page be read only: other methods are answered with 405 and what is allowed."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if request.method in {"GET", "HEAD"}:
            return view(request, *args, **kwargs)
        refusal = error_answer(request, HTTPStatus.METHOD_NOT_ALLOWED, "This page can only be read.", "Open it with GET.")
        refusal.headers["Allow"] = "GET, HEAD"
        return refusal

    answer.csrf_exempt = True  # type: ignore[attr-defined]  # nothing is written, and 405 says more than 403
    return answer


def of_agenda[**Rest](
    view: Callable[Concatenate[HttpRequest, Agenda, Rest], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """Give a page the agenda; where none is loaded yet, say how to load one."""

    @reads
    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        agenda = Agenda.objects.first()
        return view(request, agenda, *args, **kwargs) if agenda else render(request, "no_catalogue.html")

    return answer


@dataclass
class Query:
    """The query of a page whose values come out of fixed sets; what is not among them becomes a fault."""

    request: HttpRequest
    values: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def one_of(self, name: str, label: str, allowed: Sequence[str], *, target: str, default: str = "") -> str:
        """Value of `name`, which is one of `allowed`, or the default."""
        given = self.request.GET.get(name, "")
        if given and given not in allowed:
            self.faults.append(Fault(label, f"“{shown(given)}” is not known. Choose one of: {', '.join(allowed)}.", target))
            given = ""
        self.values[name] = "" if given == default else given
        return given or default

    def some_of(self, name: str, label: str, allowed: Sequence[str], *, target: str) -> tuple[str, ...]:
        """Values of `name`, each one of `allowed`, in their order."""
        given = [value for value in self.request.GET.getlist(name) if value]
        if unknown := [value for value in given if value not in allowed]:
            self.faults.append(Fault(label, f"“{shown(unknown[0])}” is not known. Choose one of: {', '.join(allowed)}.", target))
        found = tuple(value for value in allowed if value in given)
        self.values[name] = found
        return found

    def address(self, anchor: str = "", **changes: str | tuple[str, ...]) -> str:
        """Address of this page with these values changed and the others kept."""
        pairs = [(name, each) for name, value in (self.values | changes).items() for each in ([value] if isinstance(value, str) else value)]
        return address(self.request.path, pairs, anchor)

    def toggles(self, name: str, choices: Iterable[tuple[str, str]], *, anchor: str = "") -> list[Option]:
        """A link for each of `choices` (value, label) that puts it on, or takes it off where it is on."""
        on, found = self.values[name], []
        words = dict(choices)
        for value, label in words.items():
            then = tuple(each for each in words if (each in on) != (each == value))
            found.append(Option(value, label, self.address(anchor, **{name: then}), value in on))
        return found

    def options(  # a menu has these sides
        self, name: str, choices: Iterable[tuple[str, str, int | None, str]], *, anchor: str = "", default: str = ""
    ) -> list[Option]:
        """A link for each of `choices` (value, label, count, icon), with the other values kept."""
        chosen = self.values[name] or default
        return [
            Option(value, label, self.address(anchor, **{name: "" if value == default else value}), value == chosen, count, icon)
            for value, label, count, icon in choices
        ]

    def answer(self, template: str, context: dict[str, Any]) -> HttpResponse:
        """The page; with status 400 and a summary of what is wrong where something is."""
        status = HTTPStatus.BAD_REQUEST if self.faults else HTTPStatus.OK
        return render(self.request, template, context | {"errors": self.faults}, status=status)


def address(path: str, values: Iterable[tuple[str, str]], anchor: str = "") -> str:
    """Path, query of the values that are not empty, and anchor."""
    query = urlencode([(name, value) for name, value in values if value])
    return f"{path}{'?' if query else ''}{query}{'#' if anchor else ''}{anchor}"


def shown(text: str) -> str:
    """`text` as somebody typed it, fit for a sentence."""
    text = without_controls(text)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
