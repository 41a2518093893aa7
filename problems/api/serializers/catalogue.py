"""Agenda, phases, challenge types, problems, statements and calls to action."""

from typing import Any, override

from rest_framework import serializers

from problems.api.serializers.base import (
    CallReference,
    ChallengeReference,
    ObjectSerializer,
    PaperReference,
    PhaseReference,
    ProblemReference,
    StatementReference,
    TagReference,
)
from problems.api.serializers.tags import TagSerializer
from problems.api.serializers.teams import DeclarationSerializer
from problems.choices import Section, State
from problems.models import Agenda, Statement


class AgendaAuthorSerializer(serializers.Serializer[Any]):
    """An author of the agenda."""

    family = serializers.CharField(help_text="Family name.")
    given = serializers.CharField(default="", help_text="Given names.")


class AgendaSerializer(ObjectSerializer):
    """The agenda of open problems that this map follows."""

    id = serializers.SerializerMethodField(help_text="Always “agenda”: there is one.")
    title = serializers.CharField(help_text="Title of the paper.")
    authors = AgendaAuthorSerializer(many=True, help_text="Its authors, in order.")
    organisations = serializers.ListField(child=serializers.CharField(), help_text="Their organisations.")
    year = serializers.IntegerField(help_text="Its year.")
    address = serializers.URLField(source="url", help_text="Where to read it.")
    headline = serializers.CharField(help_text="What stands over this map.")
    introduction = serializers.CharField(help_text="What the agenda is about, in our words.")
    challenges_heading = serializers.CharField(source="constraints_heading", help_text="What stands over the challenge types.")
    challenges = ChallengeReference(many=True, help_text="The challenge types that it names.")
    bibtex = serializers.CharField(help_text="How to cite it, as BibTeX.")

    def get_id(self, _agenda: Agenda) -> str:
        """The one id."""
        return "agenda"


class PhaseSerializer(ObjectSerializer):
    """A phase of the life cycle; problems and calls are grouped by it."""

    id = serializers.CharField(source="slug", help_text="Its slug.")
    slug = serializers.CharField(help_text="Name in addresses and filters.")
    number = serializers.IntegerField(help_text="Place in the life cycle.")
    title = serializers.CharField(help_text="Full title.")
    label = serializers.CharField(help_text="Short name.")  # type: ignore[assignment]  # DRF takes fields out of the class
    scope = serializers.CharField(help_text="What of the life cycle it covers.")


class ChallengeSerializer(ObjectSerializer):
    """A kind of constraint that makes problems hard."""

    id = serializers.CharField(source="slug", help_text="Its slug.")
    slug = serializers.CharField(help_text="Name in addresses and filters.")
    label = serializers.CharField(help_text="Short name.")  # type: ignore[assignment]  # DRF takes fields out of the class
    title = serializers.CharField(help_text="Full title.")
    text = serializers.CharField(help_text="What it is, in our words.")


class StatesSerializer(serializers.Serializer[Any]):
    """How many limitations of a problem are in each state."""

    untouched = serializers.IntegerField(help_text="Limitations with no paper on record.")
    confirmed = serializers.IntegerField(help_text="Limitations that a paper confirms, and that none reports to have moved.")
    contested = serializers.IntegerField(help_text="Limitations on which papers disagree.")
    narrowed = serializers.IntegerField(help_text="Limitations that hold in fewer cases than before.")
    addressed = serializers.IntegerField(help_text="Limitations reported addressed by two papers without a common author.")


class ProblemSerializer(ObjectSerializer):
    """An open problem."""

    id = serializers.IntegerField(source="number", help_text="Its number.")
    number = serializers.IntegerField(help_text="Number in the agenda.")
    slug = serializers.CharField(help_text="Name in addresses of pages.")
    title = serializers.CharField(help_text="Title.")
    question = serializers.CharField(help_text="The research question.")
    summary = serializers.CharField(help_text="What the problem is about, in our words.")
    phase = PhaseReference(help_text="Phase of the life cycle.")
    challenges = ChallengeReference(many=True, help_text="Challenge types, in order.")
    states = StatesSerializer(help_text="The state of the problem: the distribution of its limitations over the states. Retired ones do not count.")
    papers = serializers.IntegerField(help_text="Public papers with an accepted tag to it or to one of its statements.")


class StepSerializer(serializers.Serializer[Any]):
    """A change of the state of a limitation."""

    before = serializers.ChoiceField(State.choices, help_text="State before.")
    after = serializers.ChoiceField(State.choices, help_text="State after.")
    at = serializers.DateTimeField(help_text="When the tag that moved it was accepted.")
    paper = PaperReference(source="tag.paper", help_text="The paper that moved it.")
    tag = TagReference(help_text="The tag that moved it.")


def _has_state(statement: Statement) -> bool:
    return statement.section == Section.LIMITATION and statement.retired_on is None


class StateField(serializers.ChoiceField):
    """State of a current limitation; null for all else."""

    @override
    def get_attribute(self, instance: Statement) -> Any:
        return super().get_attribute(instance) if _has_state(instance) else None


class SinceField(serializers.DateTimeField):
    """Since when it is in this state; null where it never moved or has none."""

    @override
    def get_attribute(self, instance: Statement) -> Any:
        return super().get_attribute(instance) if _has_state(instance) else None


class StatementSerializer(ObjectSerializer):
    """One claim of a problem's existing work or limitations."""

    id = serializers.CharField(source="code", help_text="Its code.")
    code = serializers.CharField(help_text="Stable code, which never changes its meaning: P5.E1 existing work, P5.L2 a limitation.")
    problem = ProblemReference(help_text="The problem that it belongs to.")
    section = serializers.ChoiceField(Section.choices, help_text="The list that it stands in.")
    text = serializers.CharField(help_text="The claim, in our words.")
    state = StateField(State.choices, allow_null=True, help_text="Derived from the accepted tags. Null for existing work and for what is retired.")
    state_since = SinceField(allow_null=True, help_text="When it came to this state. Null where it never moved, or has no state.")
    steps = StepSerializer(many=True, source="moves", help_text="How the state came about, oldest first. Empty where there is none.")
    searched = serializers.DateField(allow_null=True, help_text="Day of the last search that found nothing, within the last 12 months.")
    papers = serializers.IntegerField(help_text="Public papers with an accepted tag to it.")
    calls = CallReference(many=True, help_text="Calls to action that it would be served by.")
    being_worked_on = DeclarationSerializer(many=True, source="working", help_text="Teams that say they work on it today. It moves no state.")
    review_by = serializers.DateField(allow_null=True, help_text="The day on which it is asked whether it still holds. Null where it does not age.")
    retired_on = serializers.DateField(allow_null=True, help_text="Since when it is out of date.")
    successor = StatementReference(allow_null=True, help_text="The statement that stands in its place.")
    tags = TagSerializer(
        many=True, source="nested_tags", required=False, help_text="With include=tags: its accepted tags on public papers, the latest 20 of them."
    )
    more_tags = serializers.URLField(required=False, help_text="With include=tags, and only if it has more than 20: address of the list of all.")


class CallSerializer(ObjectSerializer):
    """A call to action of the agenda."""

    id = serializers.CharField(source="code", help_text="Its code.")
    code = serializers.CharField(help_text="Stable code, for instance C3.")
    phase = PhaseReference(help_text="Phase under which the agenda lists it.")
    text = serializers.CharField(help_text="What is asked for, in our words.")
    serves = StatementReference(many=True, source="served", help_text="Limitations that it serves, by our reading of the agenda.")
    problems = ProblemReference(many=True, help_text="Problems of those limitations.")
    papers = serializers.IntegerField(help_text="Public papers with an accepted tag to it.")
    being_worked_on = DeclarationSerializer(many=True, source="working", help_text="Teams that say they work on it today.")
