"""What sources share: values out of answers of any shape, text out of markup, names, dates and identifiers as a record holds them."""

import re
from collections.abc import Iterable
from html import unescape
from typing import Any

from problems.choices import Scheme
from problems.errors import Unparsable
from problems.identifiers import Identifier, parse, safe_url
from problems.records import PartialDate, PersonName
from problems.text import ABSTRACT_LIMIT, AUTHORS_LIMIT, NAME_LIMIT, TITLE_LIMIT, VENUE_LIMIT, clean_text, without_controls

IDENTIFIERS_MOST = 20
RAW_LIMIT = 4 * ABSTRACT_LIMIT
_HEADING = re.compile(r"<(?:jats:)?title\b[^<>]{0,200}>[^<>]{0,200}</(?:jats:)?title>", re.IGNORECASE)
_BLOCK = re.compile(r"</(?:jats:)?(?:p|sec|title|div|li)>|<br ?/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-z][a-z0-9:]{0,30}(?:\s[^<>]{0,500})?/?>", re.IGNORECASE | re.ASCII)
_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])", re.ASCII)
_PARTICLE = re.compile(r"((?:[a-z][a-z'\u2019]{0,9}\s+){1,4})(?=\S)")
_SUFFIXES = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?", re.ASCII)


def at(value: Any, *path: str | int) -> Any:
    """What stands at `path` in an answer; None where the answer has another shape."""
    for step in path:
        if isinstance(value, dict) and isinstance(step, str):
            value = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
        else:
            return None
    return value


def text_at(value: Any, *path: str | int) -> str:
    """The text there, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, str) else ""


def list_at(value: Any, *path: str | int) -> list[Any]:
    """The list there, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, list) else []


def line(raw: str, limit: int = TITLE_LIMIT) -> str:
    """One line of text without markup, cut where it is too long. Raises Unparsable for what cannot be kept."""
    return clean_text(_without_markup(raw[: 4 * limit])[:limit], limit=limit, field="text")


def title(raw: str) -> str:
    """A title. Raises Unparsable where there is none, or one that is too long."""
    return clean_text(_without_markup(raw[:RAW_LIMIT]), limit=TITLE_LIMIT, field="title", required=True)


def venue(*raw: str) -> str:
    """The first of these that says something."""
    return next((found for each in raw if (found := line(each, VENUE_LIMIT))), "")


def abstract(raw: str) -> str:
    """An abstract, its paragraphs apart, without a heading; none where it is too long to be kept."""
    raw = _BLOCK.sub("\n", _HEADING.sub("", raw[:RAW_LIMIT]))
    lines = (" ".join(each.split()) for each in _without_markup(raw).split("\n"))
    text = "\n\n".join(each for each in lines if each)
    return clean_text(text, limit=ABSTRACT_LIMIT, field="abstract", multiline=True) if len(text) <= ABSTRACT_LIMIT else ""


def _without_markup(raw: str) -> str:
    """Text for people: tags and entities of HTML or JATS resolved. What services hold is escaped once, at times twice."""
    return without_controls(unescape(_TAG.sub("", unescape(_TAG.sub("", raw)))))


def person(*, family: str = "", given: str = "", suffix: str = "", literal: str = "", orcid: str = "") -> PersonName | None:
    """A name of these parts; None where nothing of it is left."""
    family, given, suffix, literal = (line(part, NAME_LIMIT) for part in (family, given, suffix[:100], literal))
    match = _ORCID.fullmatch(orcid.strip())
    orcid = match[1] if match else ""
    if not family:
        whole = literal or given
        return PersonName(literal=whole, orcid=orcid) if whole else None
    particle = match[1] if (match := _PARTICLE.match(family)) else ""
    return PersonName(family=family[len(particle) :], given=given, particle=particle.strip(), suffix=suffix, orcid=orcid)


def person_in_reading_order(name: str, orcid: str = "") -> PersonName | None:
    """A name like "Ada M. van den Berg": the last word, and the small ones before it, are the family."""
    name = line(name, NAME_LIMIT)
    if "," in name:
        family, _, given = name.partition(",")
        return person(family=family.strip(), given=given.strip(), orcid=orcid)
    words = name.split()
    suffix = words.pop() if len(words) > 2 and words[-1].lower() in _SUFFIXES else ""  # noqa: PLR2004  # given, family, suffix
    if len(words) < 2:  # noqa: PLR2004  # given and family
        return person(literal=name, orcid=orcid)
    start = len(words) - 1
    while start > 1 and words[start - 1].isalpha() and words[start - 1].islower():
        start -= 1
    return person(family=" ".join(words[start:]), given=" ".join(words[:start]), suffix=suffix, orcid=orcid)


def people(found: Iterable[PersonName | None]) -> tuple[PersonName, ...]:
    """Those that are left, in order. Raises Unparsable where they are too many."""
    names = tuple(name for name in found if name)
    if len(names) > AUTHORS_LIMIT:
        raise Unparsable(f"The record has {len(names):,} authors.", field="authors")
    return names


def date(*found: object) -> PartialDate | None:
    """The first of these that is a date: a text like 2024-05-01, with or without a time, a year, or parts [2024, 5, 1]."""
    for each in found:
        parts: list[Any]
        if isinstance(each, list):
            parts = each
        elif match := _DATE.fullmatch(str(each)[:40]) if isinstance(each, (str, int)) else None:
            parts = [int(part) for part in match.groups() if part]
        else:
            continue
        numbers = [part for part in parts[:3] if type(part) is int]
        for length in range(len(numbers), 0, -1):
            try:
                return PartialDate(*numbers[:length])
            except Unparsable:
                continue
    return None


def identifiers(found: Iterable[str], *more: Identifier) -> tuple[tuple[Scheme, str], ...]:
    """Identifiers in these texts (DOIs, addresses, numbers with their prefix), normalised, each once, as a record holds them.

    A DOI that stands for an identifier of a preprint server is that, too.
    """
    kept = {(each.scheme, each.value) for each in more}
    for text in found:
        if identifier := parse(text):
            kept.add((identifier.scheme, identifier.value))
            if identifier.scheme == Scheme.DOI and identifier.value.startswith(SSRN_DOI):
                kept.add((Scheme.SSRN, identifier.value.removeprefix(SSRN_DOI)))
    return tuple(sorted(kept, key=lambda pair: (pair[0].value, pair[1])))[:IDENTIFIERS_MOST]


SSRN_DOI = "10.2139/ssrn."
ARXIV_DOI = "10.48550/arxiv."


def link(raw: str) -> str:
    """An address that can be shown as a link, or none: what a service says is no more to be trusted than what a file says."""
    try:
        return safe_url(raw) if raw else ""
    except Unparsable:
        return ""
