"""Text that must not come in: addresses of hidden networks, lists of file hashes, what identifies a victim, embedded files.

A help, not a safeguard: it is made to let ordinary texts pass, and review sees the rest. What it refuses is stored nowhere, and no message,
log or error repeats it. `text.clean_text`, `identifiers.safe_url` and the import of files ask here before anything else is done.
"""

import re
import unicodedata
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator, Mapping
from enum import StrEnum

from django.conf import settings

from problems.errors import Harmful, Unparsable


class Kind(StrEnum):
    """What a text reads like; the words stand in the refusal."""

    ADDRESS = "an address of harmful material"
    HASHES = "a list of file hashes"
    PERSON = "something that identifies a victim"
    FILE = "an embedded file"


ABOUT = "/about/#report"
NOT_STORED = "This text was not stored."

_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
_DOT = r"\s?[\[({]?\s?(?:\.|\bdot\b)\s?[\])}]?\s?"
# Marks are found first, by plain search; only what stands around one is held against its pattern. All is in small letters by then.
_BEFORE, _AFTER, _SPOTS = 80, 260, 3_000  # characters around a mark that are looked at, and how many of each
_ADDRESSES: Mapping[str, re.Pattern[str]] = {
    "onion": re.compile(rf"\b[a-z2-7]{{16,56}}{_DOT}onion\b|https?://[^\s/]{{1,60}}\.onion\b"),
    "i2p": re.compile(rf"https?://[^\s/]{{1,60}}\.i2p\b|\b[a-z0-9-]{{3,63}}(?:{_DOT}b32)?\.i2p\b"),
    "magnet:": re.compile(r"\bmagnet:\?\S{0,200}xt="),
    "urn:": re.compile(r"\burn:(?:btih|btmh|sha1|ed2k|tree:tiger):\w{16,}"),
    "ed2k:": re.compile(r"\bed2k://"),
    "ipfs": re.compile(r"\bipfs://\w|/ipfs/\w{20,}"),
    "ipns": re.compile(r"\bipns://\w|/ipns/\w{20,}"),
    "sk@": re.compile(r"\b[su]sk@[a-z0-9~-]{20,}"),
    "chk@": re.compile(r"\bchk@[a-z0-9~-]{20,}"),
}
_CONTENT_ID = re.compile(r"(?<![\w/=-])(?:Qm[1-9A-HJ-NP-Za-km-z]{44}|baf[a-z2-7]{50,})(?![\w=-])")
# Not after a slash or an equals sign: there it is part of an address, as of a record in another database.
_HEX = re.compile(r"(?<![\w/=-])[0-9a-fA-F]{32,288}(?![\w-])")
_LENGTHS = {32, 40, 56, 64, 96, 128, 288}
_PACKED = re.compile(r"(?<![\w+/=.:%-])[A-Za-z0-9+/]{170,}={0,2}(?![\w+/])")
_LISTED = 24  # characters between two hashes of one list, in a file
_EMBEDDED = re.compile(r"\bdata\s?:\s?[a-z]+/[a-z0-9.+-]+\s?[;,]")

_NAME = r"[A-Z][\w\u2019'-]+"
_WHO = ("victim", "survivor", "child", "girl", "boy", "minor", "infant", "toddler")
_ABOUT_SOMEBODY = re.compile(
    # a particular of one person: "the boy's phone number is …"
    r"(?i:\w+['\u2019]s\s(?:(?:real|full|first|last|family|birth)\s)?(?:name|address|home|school|phone|number|e-?mail|instagram|snapchat|passport)"
    r"(?:\s(?:number|address|account))?\s?(?:is|was|=|:)\s?:?\s?)[\"\u201c'\u2018]?[A-Z0-9+@]"
    # somebody in a picture, named
    r"|(?i:\w+\s(?:in|on|from|of)\s(?:the|this|that|these|those)\s(?:picture|photo|image|video|clip|film|file|series|set)s?\s"
    rf"(?:is|was|are|were)\s(?:called|named|identified\sas)?\s?)[\"\u201c'\u2018]?{_NAME}\s{_NAME}"
)
_WHERE = ("attends", "goes to", "lives at", "lives in", "lives on", "pupil at", "pupil of")
# a name, an age below 18, and a school or a home; of the text up to the mark, and after it
_SOMEBODY = re.compile(rf"\b{_NAME}(?:\s{_NAME})?,?\s(?:aged?\s)?(?:[1-9]|1[0-7]),?\s(?:years?\sold,?\s)?(?:and\s|a\s)?\Z")
_SOMEWHERE = re.compile(r"\s(?:the\s)?[A-Z0-9]")


def look(text: str, *, whole_file: bool = False) -> Kind | None:
    """What `text` reads like; None for text that may come in. In a `whole_file` hashes count where they stand in a list."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(_INVISIBLE)
    lowered = plain.lower()
    if any(pattern.search(lowered, max(0, spot - _BEFORE), spot + _AFTER) for mark, pattern in _ADDRESSES.items() for spot in _spots(lowered, mark)):
        return Kind.ADDRESS
    if ("Qm" in plain or "baf" in plain) and _CONTENT_ID.search(plain):
        return Kind.ADDRESS
    if settings.configured and any(_names(lowered, host) for host in settings.HARMFUL_HOSTS):
        return Kind.ADDRESS
    if any(_EMBEDDED.match(lowered, spot) for spot in _spots(lowered, "data")):
        return Kind.FILE
    if _has_hashes(plain, whole_file=whole_file):
        return Kind.HASHES
    if len(lowered) != len(plain):  # a letter that is two in small letters: places have to be the same in both
        lowered = "".join(small if len(small := each.lower()) == 1 else each for each in plain)
    return Kind.PERSON if _identifies(plain, lowered) else None


def _spots(text: str, mark: str) -> Iterator[int]:
    """Where `mark` stands in `text`, so many times: what stands deeper in a file is looked at once its entries are read, one by one."""
    spot = text.find(mark)
    for _ in range(_SPOTS):
        if spot < 0:
            return
        yield spot
        spot = text.find(mark, spot + len(mark))


def _identifies(plain: str, lowered: str) -> bool:
    if any(_ABOUT_SOMEBODY.match(plain, spot, spot + _AFTER) for word in _WHO for spot in _spots(lowered, word)):
        return True
    return any(
        _SOMEWHERE.match(plain, spot + len(mark)) and _SOMEBODY.search(plain, max(0, spot - _BEFORE), spot)
        for mark in _WHERE
        for spot in _spots(lowered, mark)
    )


def refuse(text: str, *, field: str = "", whole_file: bool = False) -> None:
    """Let `text` pass, or raise Harmful (Unparsable for an embedded file) with words that repeat nothing of it."""
    kind = look(text, whole_file=whole_file)
    if kind == Kind.FILE:
        raise Unparsable(f"{NOT_STORED} It holds {kind}.", "Images and files are not taken here. Write words only.", field=field)
    if kind:
        site = settings.SITE_URL if settings.configured else ""
        raise Harmful(f"{NOT_STORED} It reads like {kind}.", f"Do not send it again. Where to report it: {site}{ABOUT}", field=field)


def refuse_file(data: bytes, *, field: str) -> None:
    """The same for a file, before a byte of it is stored."""
    refuse(data.decode("utf-16" if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8", "replace"), field=field, whole_file=True)


def _has_hashes(text: str, *, whole_file: bool) -> bool:
    if len(text) < 2 * min(_LENGTHS):
        return False
    first, ended = "", 0
    for match in _HEX.finditer(text):
        value = match[0].lower()
        if len(value) not in _LENGTHS or value.isdecimal() or value.isalpha() or value == first:
            continue
        if first and (not whole_file or match.start() - ended <= _LISTED):
            return True
        first, ended = value, match.end()
    return not whole_file and any(_is_mixed(match[0]) for match in _PACKED.finditer(text))


def _is_mixed(run: str) -> bool:
    """Whether a run holds digits, small and capital letters alike, as packed bytes do and words do not."""
    kinds = (str.isdigit, str.islower, str.isupper)
    return all(sum(map(kind, run)) > len(run) // 20 for kind in kinds)


def _names(text: str, host: str) -> bool:
    """Whether `text` names this host, or one below it."""
    start = text.find(host)
    while start >= 0:
        before, after = text[start - 1 : start], text[start + len(host) : start + len(host) + 2]
        if not (before.isalnum() or before == "-") and not (after[:1].isalnum() or after[:1] == "-" or (after[:1] == "." and after[1:].isalnum())):
            return True
        start = text.find(host, start + 1)
    return False
