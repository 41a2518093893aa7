"""Words, stems and features."""

import pytest

from problems.lexical import words
from problems.lexical.words import Block, features, is_kept, rarity, stem, vector


@pytest.mark.parametrize(
    "forms",
    [
        ("watermark", "watermarks", "watermarking", "watermarked"),
        ("moderation", "moderators", "moderating", "moderate"),
        ("immunisation", "immunization", "immunise", "immunizing"),
        ("filter", "filtering", "filters"),
        ("agent", "agents"),
        ("class", "classes"),
    ],
)
def test_forms_of_a_word_have_one_stem(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


def test_short_words_keep_their_letters() -> None:
    assert [stem(word) for word in ("red", "ing", "safe", "pass")] == ["red", "ing", "saf", "pass"]


def test_words_are_read_without_case_accents_and_small_words() -> None:
    assert [(word.shown, word.folded) for word in words.words("The Über-mark: of DÉTECTION, 2024!")] == [
        ("Über", "uber"),
        ("mark", "mark"),
        ("DÉTECTION", "detection"),
        ("2024", "2024"),
    ]


@pytest.mark.parametrize("text", ["", "   ", "!?…", "of the", "\u0301\u200b"])
def test_texts_without_words(text: str) -> None:
    assert words.words(text) == []
    assert features([]) == {}
    assert vector({}, {}) == {}


def test_an_endless_text_is_read_to_its_limit() -> None:
    assert len(words.words("mark " * 50_000)) == words.WORDS_MOST
    assert len(words.words("m" * 50_000)[0].shown) == words.LETTERS_MOST


def test_features_know_where_they_stand() -> None:
    found = features(words.words("marks mark red"))
    assert found["wmark"] == [(0,), (1,)]
    assert found["wmark mark"] == [(0, 1)]
    assert found["wmark red"] == [(1, 2)]
    assert found["c mark"] == [(0,), (1,)]
    assert found["c red "] == [(2,)]
    assert "ck r" not in found


def test_single_words_are_kept_from_the_first_text_on() -> None:
    assert [is_kept(name, 1) for name in ("wmark", "wmark red", "cmar")] == [True, False, False]
    assert all(is_kept(name, 2) for name in ("wmark", "wmark red", "cmar"))
    assert not is_kept("wmark", 0)


def test_both_blocks_have_the_length_one() -> None:
    found = features(words.words("mark red mark"))
    known = {name: rarity(1, 3) for name in found}
    values = vector(found, known)
    for block in Block:
        assert sum(value**2 for name, value in values.items() if name[0] == block) == pytest.approx(1)
    assert vector(found, {"wred": 2.0}) == {"wred": 1.0}
