"""JSON Lines: an object a line, with all that a record holds and nothing guessed."""

import re
from collections.abc import Iterable, Iterator

import orjson

from problems.errors import Unparsable
from problems.formats import Answers, Failed, Format, Parsed
from problems.formats._plain import ENTRY_LIMIT, decoded, few, from_plain, sentence, tidy_key, to_plain, told
from problems.records import PaperRecord


def read(data: bytes) -> Iterator[Parsed | Failed]:
    """One answer for each line that is not blank. Raises Unparsable for a file that is too large or empty."""
    lines = few(
        ((number, line) for number, line in enumerate(decoded(data).split("\n"), start=1) if line.strip()),
        "JSON",
        'Write one object a line, like {"title": "…"}.',
    )
    return Answers(lines, lambda numbered: _answer(*numbered))


def _answer(number: int, line: str) -> Parsed | Failed:
    if len(line) > ENTRY_LIMIT:
        return Failed("", number, f"The line has {len(line):,} characters. Shorten it to {ENTRY_LIMIT:,} or fewer.")
    notes: list[str] = []
    plain: object = None
    try:
        plain = orjson.loads(line)
        record = from_plain(plain, notes)
    except orjson.JSONDecodeError as error:
        return Failed("", number, sentence(f"The line is not JSON: {error.msg}. Write one whole object a line."))
    except Unparsable as error:
        return Failed(tidy_key(str(plain.get("id", ""))) if isinstance(plain, dict) else "", number, sentence(str(error)))
    return Parsed(record, record.key, number, told(notes))


def write(records: Iterable[PaperRecord]) -> Iterator[str]:
    """A line for each record."""
    for record in records:
        yield f"{orjson.dumps(to_plain(record)).decode()}\n"


FORMAT = Format(
    name="jsonl",
    label="JSON Lines",
    media_type="application/x-ndjson",
    suffixes=(".jsonl", ".ndjson"),
    read=read,
    write=write,
    starts=re.compile(r'\A\s*\{[^\n]*\}[ \t]*\n\s*\{|\A\s*\{(?=[^\n]*"(?:authors|identifiers|address)"\s*:)[^\n]*\}\s*\Z'),
)
