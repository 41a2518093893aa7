"""The gate for text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problems.errors import Unparsable
from problems.text import clean_text, is_blank, without_controls


@pytest.mark.parametrize(
    ("value", "clean"),
    [
        ("  a \t b\r\nc\u2028d\u00a0e ", "a b c d e"),
        ("Cafe\u0301", "Caf\u00e9"),
        ("\u05e9\u05dc\u05d5\u05dd \u200fx", "\u05e9\u05dc\u05d5\u05dd \u200fx"),
        ("<script>alert(1)</script> & \u201cq\u201d", "<script>alert(1)</script> & \u201cq\u201d"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\u200d\U0001f52c"),
        (" \u200b\u2060\u3164 ", ""),
        ("", ""),
    ],
)
def test_text_of_one_line(value: str, clean: str) -> None:
    assert clean_text(value, limit=100, field="title") == clean


def test_text_of_several_lines_keeps_its_lines() -> None:
    assert clean_text("\n a \r\n\r\n\tb\rc\u2029d\n", limit=100, field="abstract", multiline=True) == "a \n\n\tb\nc\nd"


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("a\x00b", "a NUL character"),
        ("a\x07b", "a control character"),
        ("a\x1bb", "a control character"),
        ("a\x7fb", "a control character"),
        ("a\x9bb", "a control character"),
        ("a\ud800b", "half of a character (an unpaired surrogate)"),
        ("a\u202eb", "a character that reverses the reading direction"),
        ("a\u2067b", "a character that reverses the reading direction"),
        ("a\U000e0041b", "a character that cannot be shown"),
        ("a\uffffb", "a character that cannot be shown"),
    ],
)
@pytest.mark.parametrize("multiline", [True, False])
def test_what_cannot_be_stored_or_shown_is_refused(value: str, what: str, multiline: bool) -> None:  # noqa: FBT001
    with pytest.raises(Unparsable) as refusal:
        clean_text(value, limit=100, field="author_name", multiline=multiline)
    assert (refusal.value.title, refusal.value.field) == (f"The author name contains {what}.", "author_name")


@pytest.mark.parametrize("value", ["", "  ", "\u200b", "\u2800\u3164", "\u00ad\u0301", "\u200f \ufe0f"])
def test_required_text_needs_something_to_see(value: str) -> None:
    with pytest.raises(Unparsable, match="The title is missing"):
        clean_text(value, limit=100, field="title", required=True)


@pytest.mark.parametrize("value", ["x" * 11, "x" * 10_000_000, "\ufdfa" * 11, "\U0001f469" * 11])
def test_length_is_checked_and_named(value: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        clean_text(value, limit=10, field="title")
    assert str(refusal.value) == f"The title has {len(value):,} characters. Shorten it to 10 or fewer."


def test_length_counts_after_cleaning() -> None:
    assert clean_text(f"  {'e\u0301' * 10}  ", limit=10, field="title") == "\u00e9" * 10


def test_blank_is_what_shows_nothing() -> None:
    assert [is_blank(text) for text in ("", " \n", "\u200d", "\u2800", "a", ".", "\u4e00", "\U0001f600")] == [True] * 4 + [False] * 4


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_text_that_lost_its_controls_is_never_refused(value: str) -> None:
    clean = clean_text(without_controls(value), limit=1_000, field="title")
    assert clean_text(clean, limit=1_000, field="title") == clean
    clean.encode()
