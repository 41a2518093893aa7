"""The one gate for text that comes in: forms, API, services and formats all pass it.

Text is stored as given, in NFC, and escaped where it is shown.
"""

import re
import unicodedata

from problems import harm
from problems.errors import Unparsable

TITLE_LIMIT = 1_000
VENUE_LIMIT = 1_000
NAME_LIMIT = 300
AUTHORS_LIMIT = 5_000
ABSTRACT_LIMIT = 10_000
RATIONALE_LIMIT = 500
NOTE_LIMIT = 5_000
LOCATOR_LIMIT = 100
TITLE_KEY_LENGTH = 200

_BREAKS = re.compile(r"\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"\s+")
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
# Overrides, embeddings and isolates: with them "evil.exe" reads "exe.live". The plain marks (U+200E, U+200F) stay, Hebrew and Arabic need them.
_BIDI = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
# Tags carry text that nobody sees (prompts for machines, for example); non-characters are not allowed in XML feeds.
_HIDDEN = re.compile(r"[\U000e0000-\U000e007f\ufdd0-\ufdef\ufffe\uffff]")
_INVISIBLE_CATEGORIES = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Mn", "Me", "Zl", "Zp", "Zs"})
# Letters by category that show nothing: fillers of Hangul and the Braille blank.
_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")

_STROKES = str.maketrans("łŁøØđĐıħĦ", "lLoOdDihH")  # letters that Unicode does not take apart
_REFUSED = (
    (re.compile(r"\x00"), "a NUL character", "Delete it and try again."),
    (_CONTROLS, "a control character", "Type the text anew instead of pasting it, or delete the character."),
    (_SURROGATES, "half of a character (an unpaired surrogate)", "Send the text as valid UTF-8."),
    (_BIDI, "a character that reverses the reading direction", "Delete it; marks U+200E and U+200F are allowed."),
    (_HIDDEN, "a character that cannot be shown", "Delete it and try again."),
)


def is_blank(text: str) -> bool:
    """Whether there is nothing to see in `text`: it is empty, or all of it blanks, marks and invisible characters."""
    return all(character in _BLANK_LETTERS or unicodedata.category(character) in _INVISIBLE_CATEGORIES for character in text)


def clean_text(value: str, *, limit: int, field: str, required: bool = False, multiline: bool = False) -> str:
    """`value` in NFC without blanks at its ends. Without `multiline` every run of blanks and line ends becomes one space.

    Raises Unparsable with a sentence that names `field` where the text holds what cannot be stored or shown, is longer than `limit`
    characters, or is blank although `required`; Harmful where it must not be stored at all.
    """
    name = field.replace("_", " ")
    # NFC may treble a text and takes time: what is far too long is refused before.
    if len(value) > 4 * limit:
        raise _too_long(name, len(value), limit, field)
    if not value.isprintable():  # what is refused never is
        for pattern, what, hint in _REFUSED:
            if pattern.search(value):
                raise Unparsable(f"The {name} contains {what}.", hint, field=field)
    harm.refuse(value, field=field)
    text = unicodedata.normalize("NFC", value)
    text = _BREAKS.sub("\n", text).strip() if multiline else _BLANKS.sub(" ", text).strip()
    if len(text) > limit:
        raise _too_long(name, len(text), limit, field)
    if is_blank(text):
        if required:
            raise Unparsable(f"The {name} is missing.", "Write it in visible characters.", field=field)
        return ""
    return text


def fold(text: str) -> str:
    """`text` without case, accents and strokes: equal for spellings that people take for one another."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.translate(_STROKES)).casefold()
    return "".join(character for character in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(character))


def title_key(title: str) -> str:
    """Letters and digits of a title, without case and accents: equal for the same title in other spellings."""
    return "".join(filter(str.isalnum, fold(title)))[:TITLE_KEY_LENGTH]


def without_controls(value: str) -> str:
    """`value` with a space in place of all that `clean_text` would refuse: for files, whose authors cannot be asked."""
    if value.isprintable():  # what is refused never is
        return value
    for pattern, _, _ in _REFUSED:
        value = pattern.sub(" ", value)
    return value


def _too_long(name: str, length: int, limit: int, field: str) -> Unparsable:
    return Unparsable(f"The {name} has {length:,} characters.", f"Shorten it to {limit:,} or fewer.", field=field)
