"""What is learned, kept and explained."""

import json

import numpy as np
import pytest

from problems.lexical.model import ON, VERSION, Model
from problems.lexical.training import Corpus, Fold, Kind, Labels, Settings, Text, deal, fitting_temperature, held_out, train

LABELS = Labels(("P1", "P2"), {"P1.E1": "P1", "P1.L1": "P1", "P2.L1": "P2"}, frozenset({"P1.E1"}))
TEXTS = [
    Text("How can a watermark survive", Kind.CATALOGUE, frozenset({"P1"})),
    Text("Robust watermarks have been studied", Kind.CATALOGUE, frozenset({"P1", "P1.E1"})),
    Text("A watermark is lost by regeneration", Kind.CATALOGUE, frozenset({"P1", "P1.L1"})),
    Text("Unlearning is not exact", Kind.CATALOGUE, frozenset({"P2", "P2.L1"})),
    Text("provenance", Kind.GLOSSARY, frozenset({"P1"})),
    Text("forgetting concepts", Kind.GLOSSARY, frozenset({"P2"})),
    *(Text(f"A watermark for images {place}", Kind.TITLE, frozenset({"P1", "P1.E1"})) for place in "abc"),
    *(Text(f"Unlearning a concept {place}", Kind.TITLE, frozenset({"P2", "P2.L1"})) for place in "abc"),
    *(Text(f"Yield of wheat in county {place}", Kind.OFF_TOPIC) for place in "abcde"),
]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(TEXTS, LABELS)


def test_it_tells_problems_apart(model: Model) -> None:
    for title, right in (("A new watermark", "P1"), ("Exact unlearning", "P2"), ("Provenance", "P1")):
        asked = model.read(title)
        assert max(model.problems, key=lambda label: model.score(asked, label)) == right


def test_this_field_is_above_the_threshold(model: Model) -> None:
    assert model.bears(model.read("A watermark for images")) > 0
    assert model.bears(model.read("Unlearning a concept")) > 0


def test_it_tells_statements_of_a_problem_apart(model: Model) -> None:
    asked = model.read("Lost watermark after regeneration")
    assert model.score(asked, "P1.L1") - model.offset("P1.L1") > model.score(asked, "P1.E1") - model.offset("P1.E1")
    assert model.offset("P1.E1") - model.offset("P1.L1") == pytest.approx(Settings().lead)


def test_other_fields_are_below_the_threshold(model: Model) -> None:
    assert model.bears(model.read("Wheat yield by county")) < 0


@pytest.mark.parametrize("label", ["P1", "P1.L1", ON])
@pytest.mark.parametrize("title", ["A watermark, a watermark and its regeneration", "Unlearning wheat", "xyzzy", ""])
def test_shares_of_words_sum_to_the_score(model: Model, title: str, label: str) -> None:
    asked = model.read(title, "An abstract on watermarks.")
    shares = model.explain(asked, label)
    assert sum(share.share for share in shares) + model.offset(label) == pytest.approx(model.score(asked, label), abs=1e-12)
    assert shares == sorted(shares, key=lambda share: (-share.share, share.word))


def test_words_are_told_as_they_stand(model: Model) -> None:
    shares = model.explain(model.read("WATERMARKING the Wheat"), "P1")
    assert [share.word for share in shares] == ["WATERMARKING", "Wheat"]
    assert shares[0].share > 0 > shares[1].share


def test_an_abstract_counts_for_less_than_the_title(model: Model) -> None:
    title, abstract = "A watermark", "Unlearning a concept."
    alone, both = model.score(model.read(title), "P1"), model.score(model.read(title, abstract), "P1")
    assert model.score(model.read(abstract), "P1") < both < alone
    assert model.score(model.read(title, "  "), "P1") == alone


def test_it_survives_json(model: Model) -> None:
    again = Model.from_data(json.loads(json.dumps(model.as_data())))
    assert again == model
    asked = model.read("A watermark for unlearning")
    assert [again.score(asked, label) for label in model.columns] == [model.score(asked, label) for label in model.columns]


def test_weights_of_another_version_are_refused(model: Model) -> None:
    with pytest.raises(ValueError, match=f"of version {VERSION + 1}, not {VERSION}"):
        Model.from_data(model.as_data() | {"version": VERSION + 1})


def test_the_model_says_what_was_learned() -> None:
    """Rounded to steps and seen from the side of the features, it scores as the rows did."""
    corpus = Corpus(TEXTS, LABELS)
    every = np.arange(len(TEXTS), dtype=np.intp)
    learned = Fold(corpus, every).learn(Settings())
    model = learned.model(0.5, 0.1)
    for row, text in enumerate(TEXTS):
        asked = model.read(text.text)
        one = np.array([row], np.intp)
        assert [model.score(asked, label) for label in LABELS.problems] == pytest.approx(learned.problems(one)[0].tolist(), abs=1e-3)
        assert [model.score(asked, label) for label in LABELS.statements] == pytest.approx(learned.statements(one)[0].tolist(), abs=1e-3)
        assert model.bears(asked) == pytest.approx(float(learned.bears(one)[0]) - 0.5, abs=1e-3)


def test_what_was_declined_counts_against() -> None:
    title = "A watermark for images of maps"
    silent = train(TEXTS, LABELS)
    told = train([*TEXTS, *[Text(title, Kind.TITLE, frozenset(), frozenset({"P1", "P1.E1"}))] * 2], LABELS)
    for label in ("P1", "P1.E1"):
        assert told.score(told.read(title), label) < silent.score(silent.read(title), label)


def test_telling_words_are_of_the_reviewed_texts_only() -> None:
    model = train([*TEXTS, Text("A hallmark for watermarks", Kind.TITLE, frozenset({"P1", "P1.E1"}))], LABELS)
    assert set(model.telling["P1.L1"]) <= {"watermark", "watermarks", "survive", "robust", "studied", "lost", "regeneration", "provenance"}
    assert "regeneration" in model.telling["P1.L1"]
    assert "watermark" in {word.removesuffix("s") for word in model.telling["P1.L1"]}


def test_beliefs_sum_to_one(model: Model) -> None:
    beliefs = model.beliefs({"P1": 2.0, "P2": 1.0})
    assert sum(beliefs.values()) == pytest.approx(1)
    assert beliefs["P1"] > beliefs["P2"]
    assert model.beliefs({}) == {}


def test_folds_hold_out_each_title_once() -> None:
    corpus = Corpus(TEXTS, LABELS)
    every = np.arange(len(TEXTS), dtype=np.intp)
    outs = []
    for fold, out in held_out(corpus, every, 3, np.random.default_rng(0)):
        assert not set(fold.rows) & set(out)
        outs += out.tolist()
    assert sorted(outs) == sorted(corpus.rows(Kind.TITLE, Kind.OFF_TOPIC).tolist())
    parts = deal(corpus.rows(Kind.TITLE), corpus, 3, np.random.default_rng(0))
    assert [sorted(next(iter(TEXTS[row].labels))[:2] for row in part) for part in parts] == [["P1", "P2"]] * 3


def test_what_is_held_out_has_no_say() -> None:
    """Not even in the rarities: a fold without a text scores as if that text were not there."""
    corpus, shorter = Corpus(TEXTS, LABELS), Corpus(TEXTS[:-1], LABELS)
    rows = np.arange(len(TEXTS) - 1, dtype=np.intp)
    with_it, without = (Fold(each, rows).learn(Settings()).problems(rows) for each in (corpus, shorter))
    assert with_it == pytest.approx(without, abs=1e-6)


def test_the_temperature_follows_how_often_scores_are_right() -> None:
    scores = np.array([[1.0, 0.8], [1.0, 0.8], [0.8, 1.0]])
    sure, unsure = np.array([[1, 0], [1, 0], [0, 1]]), np.array([[1, 0], [0, 1], [0, 1]])
    assert fitting_temperature(scores, sure) < fitting_temperature(scores, unsure)
