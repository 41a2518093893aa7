"""The two lists that people review."""

import json
from pathlib import Path

import pytest
import yaml

from problems.errors import Unparsable
from problems.lexical import reviewed
from problems.text import fold

FIXTURES = reviewed.FOLDER


def test_every_problem_of_the_catalogue_has_words() -> None:
    catalogue = yaml.safe_load((FIXTURES / "catalogue.yaml").read_text())
    found = reviewed.glossary()
    assert set(found) == {problem["number"] for problem in catalogue["problems"]}
    assert min(map(len, found.values())) >= 25


def test_there_are_enough_titles_of_other_fields() -> None:
    found = reviewed.off_topic()
    titles = [title for each in found.values() for title in each]
    assert len(titles) >= 250
    assert len(set(titles)) == len(titles)


def test_neither_list_holds_a_title_of_the_shipped_literature() -> None:
    lines = (FIXTURES / "literature.jsonl").read_text().splitlines()[1:]
    titles = {fold(json.loads(line)["title"]) for line in lines}
    listed = {fold(text) for texts in (*reviewed.glossary().values(), *reviewed.off_topic().values()) for text in texts}
    # The one title that is a word of the field as well
    assert titles & listed == {"machine unlearning"}


@pytest.mark.parametrize(
    "text", ["- a list", "problems: [a]", "problems: {one: [a]}", "problems: {1: a}", "problems: {1: ['']}", "other: {1: [a]}", "a: [", "{}"]
)
def test_a_wrong_glossary_is_refused_with_its_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "words.yaml"
    path.write_text(text)
    with pytest.raises(Unparsable, match=r"words\.yaml"):
        reviewed.glossary(path)


def test_a_title_with_a_colon_needs_quotation_marks(tmp_path: Path) -> None:
    path = tmp_path / "titles.yaml"
    path.write_text("physics:\n  - Spin: waves\n")
    with pytest.raises(Unparsable, match="“physics” is not a list of texts") as refused:
        reviewed.off_topic(path)
    assert "quotation marks" in refused.value.hint
