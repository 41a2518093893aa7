"""What is learned from, and what has no say."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from problems.choices import ReviewStatus, Visibility
from problems.errors import Conflict, Refused
from problems.lexical.model import Model
from problems.models import Paper, SuggestionModel, Tag
from problems.services import suggestions
from tests.factories import Cast, make_paper, make_statement, make_tag
from tests.teaching import GLOSSARY, OFF_TOPIC, ON_MARKS, learn, make_field

pytestmark = pytest.mark.django_db


def test_it_counts_what_it_learned_from() -> None:
    field = make_field()
    make_tag(field.forgets, make_paper(title="Unlearning of maps"), status=ReviewStatus.DECLINED)
    made = learn()
    catalogue, titles = 2 * 3 + 3, len(field.papers) + 1
    assert (made.texts, made.accepted, made.declined) == (catalogue + 6 + 10 + titles, 9, 1)
    assert Model.from_data(made.weights).parents == {"P1.E1": "P1", "P1.L1": "P1", "P2.L1": "P2"}


def test_a_hidden_paper_has_no_say() -> None:
    field = make_field()
    before = learn().weights
    for visibility in (Visibility.RESTRICTED, Visibility.WAITING, Visibility.DECLINED):
        for status in (ReviewStatus.ACCEPTED, ReviewStatus.DECLINED):
            hidden = make_paper(title=f"Zyxomark {visibility} {status}", abstract="Zyxomark.", visibility=visibility)
            for target in (field.moves, field.forgets, field.marks):
                make_tag(target, hidden, status=status)
    assert learn().weights == before
    Paper.objects.filter(visibility=Visibility.RESTRICTED).update(visibility=Visibility.PUBLIC)
    assert learn().weights != before


def test_what_waits_for_a_decision_has_no_say() -> None:
    field = make_field()
    before = learn().weights
    tag = make_tag(field.moves, field.papers[2], status=ReviewStatus.PROPOSED)
    assert learn().weights == before
    Tag.objects.filter(pk=tag.pk).update(status=ReviewStatus.ACCEPTED, decided_at=tag.created)
    assert learn().weights != before


def test_accepted_tags_speak_for_and_declined_ones_against() -> None:
    field = make_field()
    title = "Watermark for maps of streets"
    paper = make_paper(title=title)

    def score() -> float:
        model = Model.from_data(learn().weights)
        return model.score(model.read(title), "P1.L1")

    before = score()
    tag = make_tag(field.moves, paper)
    assert score() > before
    Tag.objects.filter(pk=tag.pk).update(status=ReviewStatus.DECLINED)
    assert score() < before


def test_retired_statements_are_left_out() -> None:
    field = make_field()
    make_statement(field.marks, text="Marks were lost.", retired_on="2026-01-01")
    assert "P1.L2" not in Model.from_data(learn().weights).columns


def test_of_a_problem_the_latest_papers_count(monkeypatch: pytest.MonkeyPatch) -> None:
    make_field()
    everything = learn().texts
    monkeypatch.setattr(suggestions, "TITLES_MOST", 3)
    assert everything - learn().texts == len(ON_MARKS) - 3 + 1


def test_the_last_three_are_kept() -> None:
    make_field()
    made = [learn().pk for _ in range(4)]
    assert list(SuggestionModel.objects.order_by("pk").values_list("pk", flat=True)) == made[1:]


def test_it_is_for_curators_and_the_operator(cast: Cast) -> None:
    make_field()
    given: dict[str, Any] = {"glossary": GLOSSARY, "off_topic": OFF_TOPIC}
    for person in (cast.anonymous, cast.reader, cast.contributor, cast.reviewer):
        with pytest.raises(Refused):
            suggestions.learn(**given, by=person)
    assert suggestions.learn(**given, by=cast.curator).pk


def test_without_a_catalogue_there_is_nothing_to_learn() -> None:
    with pytest.raises(Conflict, match="There is no statement to learn from"):
        learn()


def test_the_command_tells_what_it_learned_from(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_field()
    (tmp_path / "words.yaml").write_text("problems: {1: [watermark]}")
    (tmp_path / "titles.yaml").write_text("farming: [Yield of winter wheat]")
    call_command("learn_suggestions", glossary=tmp_path / "words.yaml", off_topic=tmp_path / "titles.yaml")
    made = SuggestionModel.objects.get()
    told = f"Learned from {made.texts} texts, 9 accepted and 0 declined tags to statements among them."
    assert capsys.readouterr().out.strip() == told
    call_command("learn_suggestions", if_none=True)
    assert SuggestionModel.objects.get() == made


def test_the_command_names_a_list_that_cannot_be_read(tmp_path: Path) -> None:
    make_field()
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("learn_suggestions", glossary=tmp_path / "none.yaml")
    (tmp_path / "bad.yaml").write_text("- a")
    with pytest.raises(CommandError, match=r"bad\.yaml is not a mapping"):
        call_command("learn_suggestions", off_topic=tmp_path / "bad.yaml")
    assert not SuggestionModel.objects.exists()
