"""Lists of names as BibTeX and biblatex write them."""

import re

from bibtexparser.middlewares.names import parse_single_name_into_parts, split_multiple_persons_names

from problems.errors import Unparsable
from problems.formats._latex import to_text
from problems.records import PersonName
from problems.text import AUTHORS_LIMIT, NAME_LIMIT, clean_text, without_controls

# LaTeX takes more characters than what it stands for; a name longer than this is refused unread.
_SOURCE_LIMIT = 10 * NAME_LIMIT
_SUFFIX = re.compile(r"(?:jr|sr|[ivx]{1,4}|ph\.?d|m\.?d|esq)\.?", re.IGNORECASE)
_PART = re.compile(r"\s*(family|given|prefix|suffix|useprefix|(?:family|given|prefix|suffix)-i)\s*=\s*(.*)", re.IGNORECASE | re.DOTALL)
_CUT = re.compile(r"[\s,]*\bet\s+al\.?\s*\Z", re.IGNORECASE)
# Last words that no family has: the name is one of an organisation whose braces were forgotten.
_ORGANISATIONS = frozenset(
    "agency alliance association authority bureau center centre coalition commission commissioner committee company congress corporation council"
    " department foundation gmbh inc inc. institute laboratory laboratories ltd ltd. ministry network organisation organization parliament police"
    " project senate society team university".split()
)


def read_names(value: str, notes: list[str]) -> tuple[PersonName, ...]:
    """The people and organisations of an author field, in order. Adds to `notes` what had to be guessed. Raises Unparsable."""
    sources = [source.removeprefix("and ").strip() for source in split_multiple_persons_names(value)]
    if len(sources) > AUTHORS_LIMIT:
        message = f"The entry has {len(sources):,} authors."
        raise Unparsable(message, f"Shorten the list to {AUTHORS_LIMIT:,} or fewer.", field="authors")
    names: list[PersonName] = []
    for source in sources:
        if len(source) > _SOURCE_LIMIT:
            message = f"The name of an author has {len(source):,} characters."
            raise Unparsable(message, f"Shorten it to {NAME_LIMIT:,} or fewer, and part names with “and”.", field="authors")
        if source.lower() in {"others", "et al", "et al."}:
            notes.append("The list of authors is cut short (“and others”).")
            continue
        whole = _CUT.sub("", source)
        if whole != source:
            notes.append("The list of authors is cut short (“et al.”).")
        for single in _singles(whole, notes):
            name = _name(single, notes)
            if name.display:
                names.append(name)
    return tuple(names)


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
        return PersonName(
            family=named.get("family", ""), given=named.get("given", ""), particle=named.get("prefix", ""), suffix=named.get("suffix", "")
        )
    words = source.split()
    if len(sections) == 1 and len(words) > 1 and words[-1].lower() in _ORGANISATIONS:
        name = _clean(source)
        notes.append(f"“{name}” was read as an organisation; put such a name into braces.")
        return PersonName(literal=name)
    parsed = parse_single_name_into_parts(source, strict=False)
    family, given, particle, suffix = (_clean(" ".join(words)) for words in (parsed.last, parsed.first, parsed.von, parsed.jr))
    if not given and not particle and not suffix:
        return PersonName(literal=family)
    return PersonName(family=family, given=given, particle=particle, suffix=suffix)


def _is_braced(source: str) -> bool:
    """Whether one pair of braces holds the whole name: {World Health Organization}, and not {\\'E}."""
    if not (source.startswith("{") and source.endswith("}")) or source.startswith("{\\"):
        return False
    depth = 0
    for place, character in enumerate(source):
        depth += (character == "{") - (character == "}")
        if depth == 0:
            return place == len(source) - 1
    return False


def _clean(source: str) -> str:
    return clean_text(without_controls(to_text(source)), limit=NAME_LIMIT, field="name of an author")
