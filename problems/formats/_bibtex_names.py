"""Lists of names as BibTeX and biblatex write them."""

import re

from bibtexparser.middlewares.names import parse_single_name_into_parts

from problems.errors import Unparsable
from problems.formats._latex import to_text
from problems.records import PersonName
from problems.text import AUTHORS_LIMIT, NAME_LIMIT, clean_text, without_controls

# LaTeX takes more characters than what it stands for; a name longer than this is refused unread.
_SOURCE_LIMIT = 10 * NAME_LIMIT
_SHORT_PART_LIMIT = 100
_AND_OR_BRACE = re.compile(r"(?<!\\)[{}]|(?:^| )and(?= |$)", re.IGNORECASE)
_SUFFIX = re.compile(r"(?:jr|sr|[ivx]{1,4}|ph\.?d|m\.?d|esq)\.?", re.IGNORECASE)
_PART = re.compile(r"\s*(family|given|prefix|suffix|useprefix|(?:family|given|prefix|suffix)-i)\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)
_CUT = re.compile(r"\bet al\.?\Z", re.IGNORECASE)
# Last words that no family has: the name is one of an organisation whose braces were forgotten.
_ORGANISATIONS = re.compile(
    r"agency|alliance|association|authority|bureau|cent(?:er|re)|coalition|commission(?:er)?|committee|company|congress|corporation|council|department"
    r"|foundation|gmbh|inc\.?|institute|laborator(?:y|ies)|ltd\.?|ministry|network|organi[sz]ation|parliament|police|project|senate|society|team|university",
    re.IGNORECASE,
)


def read_names(value: str, notes: list[str]) -> tuple[PersonName, ...]:
    """The people and organisations of an author field, in order. Adds to `notes` what had to be guessed. Raises Unparsable."""
    sources = _parted(value)
    if len(sources) > AUTHORS_LIMIT:
        raise Unparsable(f"The entry has {len(sources):,} authors.", f"Shorten the list to {AUTHORS_LIMIT:,} or fewer.", field="authors")
    names: list[PersonName] = []
    for source in sources:
        if len(source) > _SOURCE_LIMIT:
            raise Unparsable(
                f"The name of an author has {len(source):,} characters.",
                f"Shorten it to {NAME_LIMIT:,} or fewer, and part names with “and”.",
                field="authors",
            )
        if source.lower() in {"others", "et al", "et al."}:
            notes.append("The list of authors is cut short (“and others”).")
            continue
        whole = _CUT.sub("", source)
        if whole != source:
            notes.append("The list of authors is cut short (“et al.”).")
        for single in _singles(whole.rstrip(" ,"), notes):
            name = _name(single, notes)
            if name.display:
                names.append(name)
    return tuple(names)


def _parted(value: str) -> list[str]:
    """What "and" outside of braces parts. The splitter of bibtexparser is not used: it loses an accent that follows an "and"."""
    value = " ".join(value.split())
    sources, depth, start = [], 0, 0
    for mark in _AND_OR_BRACE.finditer(value):
        if mark[0] == "{":
            depth += 1
        elif mark[0] == "}":
            depth = max(depth - 1, 0)
        elif depth == 0:
            sources.append(value[start : mark.start()].strip())
            start = mark.end()
    return [source for source in [*sources, value[start:].strip()] if source]


def _singles(source: str, notes: list[str]) -> list[str]:
    """More than one name where commas part whole names: "Ann Lee, Bo Chen, Cy Diaz"."""
    sections = _sections(source)
    if len(sections) > 2 and not any(_SUFFIX.fullmatch(section) for section in sections) and all(len(section.split()) > 1 for section in sections):  # noqa: PLR2004 (von Last, Jr, First)
        notes.append("Commas between whole names were read as “and”.")
        return sections
    return [source]


def _sections(source: str) -> list[str]:
    """What the commas outside of braces part."""
    sections, depth, start = [], 0, 0
    for place, character in enumerate(source):
        if character == "{":
            depth += 1
        elif character == "}":
            depth -= 1
        elif character == "," and depth <= 0:
            sections.append(source[start:place].strip())
            start = place + 1
    return [*sections, source[start:].strip()]


def _name(source: str, notes: list[str]) -> PersonName:
    if _is_braced(source):
        return PersonName(literal=_clean(source))
    sections = _sections(source)
    if all(parts := [_PART.fullmatch(section) for section in sections]):
        named = {part[1].lower(): _clean(part[2]) for part in parts if part}
        return _person(named.get("family", ""), named.get("given", ""), named.get("prefix", ""), named.get("suffix", ""))
    words = source.split()
    if len(sections) == 1 and len(words) > 1 and _ORGANISATIONS.fullmatch(words[-1]):
        name = _clean(source)
        notes.append(f"“{name}” was read as an organisation; put such a name into braces.")
        return PersonName(literal=name)
    parsed = parse_single_name_into_parts(source, strict=False)
    return _person(*(_clean(" ".join(words)) for words in (parsed.last, parsed.first, parsed.von, parsed.jr)))


def _person(family: str, given: str, particle: str, suffix: str) -> PersonName:
    """A name in parts; literal where it has only one, or parts that no name has."""
    name = PersonName(family=family, given=given, particle=particle, suffix=suffix)
    if not family or name.display == family or max(len(particle), len(suffix)) > _SHORT_PART_LIMIT:
        return PersonName(literal=_limited(name.display))
    return name


def _is_braced(source: str) -> bool:
    """Whether one pair of braces holds the whole name: {World Health Organization}, and not an accent on a letter."""
    if not (source.startswith("{") and source.endswith("}")) or source.startswith("{\\"):
        return False
    depth = 0
    for place, character in enumerate(source):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return place == len(source) - 1
    return False


def _clean(source: str) -> str:
    return _limited(without_controls(to_text(source)))


def _limited(text: str) -> str:
    return clean_text(text, limit=NAME_LIMIT, field="name of an author")
