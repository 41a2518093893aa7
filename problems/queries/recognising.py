"""What a pasted text is: an entry of a bibliography, an identifier, an address, or a title."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import islice

from problems import formats, handed_in, harm
from problems.choices import Scheme
from problems.errors import Unparsable
from problems.formats import Failed, Parsed
from problems.handed_in import Data
from problems.identifiers import normalise, parse, safe_url
from problems.text import TITLE_LIMIT, without_controls

_ADDRESS = re.compile(r"(?:https?://|www\.)\S+\Z|[a-z][a-z0-9+.-]{1,20}:\S+\Z", re.IGNORECASE | re.ASCII)
_STARTS = (
    ("bibtex", re.compile(r"\s*@\w+\s*[{(]")),
    ("ris", re.compile(r"\s*TY\s{1,2}-")),
    ("nbib", re.compile(r"\s*PMID\s?-")),
    ("csl-json", re.compile(r"\s*[\[{]\s*[{\"]")),
)
PASTE_LIMIT = 60_000
ENTRY = " entry"
PARTS = ("title", "authors", "date", "venue", "abstract")


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text says of a paper: the record, in which words to tell so, and what to know about it."""

    record: Data = field(default_factory=dict)
    source: str = ""
    told: str = ""
    notes: Sequence[str] = ()
    is_file: bool = False
    """Whether it is a whole file: there are more entries than this one."""

    @property
    def is_entry(self) -> bool:
        """Whether it is a whole record already."""
        return self.source.endswith(ENTRY)

    @property
    def identifiers(self) -> list[tuple[Scheme, str]]:
        """Its identifiers."""
        return [(Scheme(scheme), value) for scheme, values in self.record.get("identifiers", {}).items() for value in values]


def recognise(text: str) -> Recognised:
    """What `text` is: an entry of a bibliography, an identifier, an address, or else a title. Raises Unparsable where it cannot be read."""
    try:
        return _recognised(text.strip())
    except Unparsable as error:
        error.field = "what"
        raise


def _recognised(text: str) -> Recognised:
    if not text:
        raise Unparsable("There is nothing to look for.", "Write an identifier, an address, a title, or paste an entry.")
    if len(text) > PASTE_LIMIT:
        raise Unparsable(f"This is longer than {PASTE_LIMIT:,} characters.", "Paste one entry. A file of many is imported as a whole.")
    harm.refuse(text, field="what")
    for name, start in _STARTS:
        if start.match(text) and (form := formats.FORMATS.get(name)) and form.read:
            return _entry(form.label, list(islice(form.read(text.encode()), 20)))
    identifier = parse(text)
    if identifier:
        record: Data = {"identifiers": {identifier.scheme.value: [identifier.value]}}
        told = f"{identifier.scheme.label} {identifier.value}"
        if text.lower().startswith(("http://", "https://")) and not any(host in text for host in ("doi.org/", "arxiv.org/")):
            record["address"] = safe_url(text)
        return Recognised(record, "Identifier", told)
    prefix = text.partition(":")[0].lower()
    if prefix in Scheme.values:
        normalise(Scheme(prefix), text)  # says what is wrong with it
    if _ADDRESS.match(text):
        address = safe_url(f"https://{text}" if text.lower().startswith("www.") else text)
        return Recognised({"address": address}, "Web address", address)
    title = " ".join(without_controls(text).split())
    if len(title) > TITLE_LIMIT:
        hint = "Paste a BibTeX or RIS entry as a whole, or write the title."
        raise Unparsable(f"This is no identifier, address or entry that is known, and too long for a title ({len(title):,}).", hint)
    return Recognised({"title": title}, "Title", title)


def _entry(label: str, entries: Sequence[Parsed | Failed]) -> Recognised:
    first = next((entry for entry in entries if isinstance(entry, Parsed)), None)
    if first is None:
        failed = next((entry.reason for entry in entries if isinstance(entry, Failed)), "")
        raise Unparsable(f"This looks like {label} and cannot be read. {failed}".strip(), "Mend the entry, or write the record by hand.")
    record = handed_in.from_record(first.record)
    names = [name for name in PARTS if record.get(name)] + (["identifiers"] if record["identifiers"] else [])
    notes = list(first.notes)
    if len(entries) > 1:
        notes.insert(0, "There is more than one entry. The first that can be read was taken.")
    return Recognised(record, f"{label}{ENTRY}", f"filled in from it: {', '.join(names)}", notes, is_file=len(entries) > 1)
