"""What the model says, apart from what people say in tags."""

from typing import Any, override

from rest_framework import serializers

from problems.api.serializers.base import PageAddress, PaperReference, ProblemReference, StatementReference

SCORE = "How likely, from 0 to 1, among all problems or statements: the model's word, no measurement."


class ScoreField(serializers.FloatField):
    """A likelihood, with as many digits as it is worth."""

    def __init__(self, **options: Any) -> None:
        """From 0 to 1."""
        super().__init__(min_value=0, max_value=1, **options)

    @override
    def to_representation(self, value: float) -> float:  # type: ignore[override]  # its base gives a number too, whatever the stubs say
        return round(value, 3)


class TellingWordSerializer(serializers.Serializer[Any]):
    """A word that speaks for a suggestion."""

    word = serializers.CharField(help_text="The word, as it stands in the title or abstract.")
    share = ScoreField(help_text="Its part in all that speaks for the suggestion.")


class SuggestedProblemSerializer(serializers.Serializer[Any]):
    """A problem that the paper likely bears on."""

    problem = ProblemReference(help_text="The problem.")
    title = serializers.CharField(source="text", help_text="Its title.")
    score = ScoreField(help_text=SCORE)
    words = TellingWordSerializer(many=True, help_text="The words that speak most for it.")


class SuggestedStatementSerializer(serializers.Serializer[Any]):
    """A statement that the paper likely bears on."""

    statement = StatementReference(source="target", help_text="The statement.")
    problem = ProblemReference(help_text="Its problem.")
    text = serializers.CharField(help_text="The claim, in our words.")
    score = ScoreField(help_text=SCORE)
    words = TellingWordSerializer(many=True, help_text="The words that speak most for it.")


class SuggestionsSerializer(serializers.Serializer[Any]):
    """What a paper likely bears on. Both lists are empty where it is about something else."""

    problems = SuggestedProblemSerializer(many=True, help_text="Problems, the most likely first; three at most.")
    statements = SuggestedStatementSerializer(
        many=True, help_text="Statements, the most likely first; six at most. Of a paper on record, none that you see it tagged with."
    )


class SuggestedPaperSerializer(serializers.Serializer[Any]):
    """A paper that likely bears on the statement."""

    paper = PaperReference(help_text="The paper.")
    html_url = PageAddress(help_text="Address of its page.")
    title = serializers.CharField(source="paper.title", help_text="Its title.")
    year = serializers.IntegerField(source="paper.year", allow_null=True, help_text="Its year.")
    score = ScoreField(help_text=SCORE)
    words = TellingWordSerializer(many=True, help_text="The words that speak most for it.")


class SuggestedPapersSerializer(serializers.Serializer[Any]):
    """Public papers that likely bear on a statement and that you see no tag of there."""

    papers = SuggestedPaperSerializer(many=True, help_text="The most likely first; ten at most.")
