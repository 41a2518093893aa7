"""Submissions, what reviewers said of them, and the record of changes."""

from typing import Any, override

from django.contrib.auth.models import AnonymousUser
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from problems.api.addresses import absolute
from problems.api.serializers.base import (
    ImportReference,
    Named,
    ObjectSerializer,
    PageAddress,
    PaperReference,
    PersonField,
    SearchReference,
    TagReference,
    TeamReference,
)
from problems.api.serializers.searches import SearchSerializer
from problems.api.serializers.tags import TagSerializer
from problems.choices import EventKind, OpinionState, Part, Reason, Role, SubmissionKind, SubmissionState, Turn, Verdict
from problems.models import AuditEvent, SecondOpinion, Submission, User
from problems.permissions import A_REVIEWER, role_of, shown_name, shown_reviewer
from problems.queries.changes import FIELDS


class ReviewerField(PersonField):
    """Who reviewed, by the name that the reader may see."""

    @override
    def to_representation(self, value: User) -> str:
        request = self.context.get("request")
        return shown_reviewer(request.user if request else AnonymousUser(), value)


class SubmissionReviewerField(PersonField):
    """Who reviewed a submission, by the name that the reader may see: queries.fairness has looked at it."""

    @override
    def get_attribute(self, instance: Any) -> Any:
        """The person, and of what they are the reviewer."""
        person = super().get_attribute(instance)
        return None if person is None else (person, instance if isinstance(instance, Submission) else instance.submission)

    @override
    def to_representation(self, value: tuple[User, Submission]) -> str:  # type: ignore[override]  # what get_attribute gives
        request = self.context.get("request")
        return shown_reviewer(request.user if request else AnonymousUser(), *value)


class OwnPage(PageAddress):
    """Page of a submission: for who handed it in and their team one, for reviewers another."""

    @override
    def to_representation(self, value: Any) -> str:
        user = self.context["request"].user
        mine = value.contributor_id == user.pk or role_of(user) < Role.REVIEWER
        return absolute(value.get_absolute_url() if mine else value.get_review_url())


class ClaimSerializer(serializers.Serializer[Any]):
    """A claim: somebody reviews it now."""

    by = SubmissionReviewerField(source="holder", help_text="Who holds it, by the name that you may see.")
    ends = serializers.DateTimeField(source="claim_ends", help_text="When the claim ends by itself, unless it is made anew.")


class DecisionSerializer(serializers.Serializer[Any]):
    """What a review says of one part."""

    part = serializers.ChoiceField(Part.choices, help_text="Which kind of part.")
    tag = TagReference(allow_null=True, help_text="The tag, if it is one.")
    search = SearchReference(allow_null=True, help_text="The search, if it is one.")
    verdict = serializers.ChoiceField(Verdict.choices, help_text="Accepted, declined, restricted, or to change.")
    reason = serializers.ChoiceField([*Reason.choices, ("", "")], help_text="Why; the codebook defines each. Empty where none was chosen.")
    words = serializers.CharField(help_text="Why, in words; may be empty.")
    edited = serializers.BooleanField(help_text="Whether the reviewer changed the tag, or moved it, before accepting it.")


class ReviewSerializer(serializers.Serializer[Any]):
    """One answer of a reviewer."""

    reviewer = SubmissionReviewerField(help_text="Who reviewed, by the name that you may see.")
    at = serializers.DateTimeField(help_text="When.")
    outcome = serializers.ChoiceField(
        [(state.value, state.label) for state in (SubmissionState.DECIDED, SubmissionState.CHANGES_REQUESTED)],
        help_text="Whether it was decided, or changes were asked for.",
    )
    note = serializers.CharField(help_text="A note to the contributor; may be empty.")
    decisions = DecisionSerializer(many=True, help_text="What it says of each part.")


class TurnSerializer(serializers.Serializer[Any]):
    """Whose turn it is, and for how long."""

    of = serializers.ChoiceField(Turn.choices, help_text="Whose.")
    since = serializers.DateTimeField(help_text="Since when.")


class AskedSerializer(serializers.Serializer[Any]):
    """An assignment: somebody is asked to review it."""

    to = SubmissionReviewerField(source="asked_of", help_text="Who is asked, by the name that you may see.")
    since = serializers.DateTimeField(source="assigned_at", help_text="Since when.")


@extend_schema_field(
    {"type": ["object", "null"], "description": "A decision on each part, in the fields that POST decision/ takes. Null while it is kept back."}
)
class RulingsField(serializers.Field[Any, Any, Any, Any]):
    """Rulings as they are, unless they are kept back."""

    @override
    def get_attribute(self, instance: SecondOpinion) -> Any:
        """Nothing while the second is to decide without it."""
        return None if instance.blind else super().get_attribute(instance) or None

    @override
    def to_representation(self, value: Any) -> Any:
        return value


class OpinionSerializer(Named):
    """A second opinion. Who gave the first, and what it says, is kept back from everybody else until the second is given."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    state = serializers.ChoiceField(OpinionState.choices, help_text="Asked for, agreed, different, settled, or taken back.")
    asked = serializers.DateTimeField(source="asked_at", help_text="When it was asked for.")
    wanted = SubmissionReviewerField(allow_null=True, help_text="Of whom it is asked, by the name that you may see; null for anybody.")
    first = serializers.SerializerMethodField(help_text="Who asked for it, by the name that you may see; null while that is kept back.")
    rulings = RulingsField(help_text="What the first says of each part.")
    note = serializers.SerializerMethodField(help_text="The note of the first; empty while it is kept back.")
    given = serializers.DateTimeField(source="given_at", allow_null=True, help_text="When the second was given.")
    second = SubmissionReviewerField(allow_null=True, help_text="Who gave it, by the name that you may see.")
    second_rulings = RulingsField(help_text="What the second says of each part.")
    second_note = serializers.CharField(help_text="The note of the second; may be empty.")
    proposed_by = SubmissionReviewerField(allow_null=True, help_text="Of two that differ, who proposes how to settle it.")
    proposed = RulingsField(help_text="What they propose.")
    settled_by = SubmissionReviewerField(allow_null=True, help_text="Who settled it.")
    closed = serializers.DateTimeField(source="closed_at", allow_null=True, help_text="When it was agreed, settled or taken back.")

    @extend_schema_field({"type": ["string", "null"]})
    def get_first(self, opinion: SecondOpinion) -> str | None:
        """The name."""
        return None if opinion.blind else shown_reviewer(self.context["request"].user, opinion.first, opinion.submission)

    def get_note(self, opinion: SecondOpinion) -> str:
        """The note."""
        return "" if opinion.blind else opinion.note


class AppealSerializer(serializers.Serializer[Any]):
    """An appeal."""

    text = serializers.CharField(source="appeal", help_text="Why somebody else should decide once more.")
    at = serializers.DateTimeField(source="appealed_at", help_text="When.")


@extend_schema_field(
    {
        "type": "object",
        "description": "What was handed in, as written: the fields that POST takes. Empty where it names what you may not know of any more.",
    }
)
class ContentField(serializers.Field[Any, Any, dict[str, Any], Any]):
    """Content as it is."""

    @override
    def to_representation(self, value: dict[str, Any]) -> dict[str, Any]:
        return value


class SubmissionSerializer(ObjectSerializer):
    """What a person hands in: a paper and its tags, a search, or a correction; and what reviewers said of it."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    html_url = OwnPage(help_text="Address of the page that shows it to you.")
    kind = serializers.ChoiceField(SubmissionKind.choices, help_text="What is handed in.")
    state = serializers.ChoiceField(SubmissionState.choices, help_text="Where it is. Being in review is a claim on it, no state.")
    contributor = PersonField(help_text="Who handed it in, by the name that you may see.")
    team = TeamReference(allow_null=True, help_text="The team on whose behalf it is; null where it is on none.")
    message = serializers.CharField(help_text="A message to the reviewers; may be empty.")
    content = ContentField(help_text="What was handed in, as written: the fields that POST takes.")
    paper = PaperReference(allow_null=True, help_text="The paper that it is about. Null while it is a draft.")
    imported = ImportReference(source="import_run", allow_null=True, help_text="Of kind import, the import; its entries name the records.")
    tags = TagSerializer(source="tags.all", many=True, help_text="The tags that it proposes or proposed, as they are now.")
    searches = SearchSerializer(source="searches.all", many=True, help_text="The searches that it proposes or proposed, as they are now.")
    submitted = serializers.DateTimeField(source="submitted_at", allow_null=True, help_text="When it was last handed in.")
    decided = serializers.DateTimeField(source="decided_at", allow_null=True, help_text="When it was decided.")
    claim = serializers.SerializerMethodField(help_text="Who reviews it now; null where nobody does.")
    turn = serializers.SerializerMethodField(help_text="Whose turn it is, as far as you may know; null where it is nobody's.")
    assigned = serializers.SerializerMethodField(help_text="Who is asked to review it, while it waits; null where nobody is.")
    reviews = ReviewSerializer(source="reviews.all", many=True, help_text="What reviewers said, the latest first.")
    opinions = OpinionSerializer(source="told_opinions", many=True, help_text="For reviewers: second opinions on it, the latest first.")
    appeal = serializers.SerializerMethodField(help_text="The appeal; null where there is none.")
    withheld = serializers.BooleanField(help_text="Whether it names what you may not know of any more, and is therefore told without content.")

    @extend_schema_field(ClaimSerializer(allow_null=True))
    def get_claim(self, submission: Submission) -> Any:
        """The claim."""
        return ClaimSerializer(submission, context=self.context).data if submission.holder else None

    @extend_schema_field(TurnSerializer(allow_null=True))
    def get_turn(self, submission: Submission) -> Any:
        """Whose turn it is."""
        return TurnSerializer({"of": submission.turn[0], "since": submission.turn[1]}).data if submission.turn else None

    @extend_schema_field(AskedSerializer(allow_null=True))
    def get_assigned(self, submission: Submission) -> Any:
        """Who is asked."""
        return AskedSerializer(submission, context=self.context).data if submission.asked_of else None

    @extend_schema_field(AppealSerializer(allow_null=True))
    def get_appeal(self, submission: Submission) -> Any:
        """The appeal."""
        return AppealSerializer(submission).data if submission.appealed_at else None


class EventSerializer(serializers.Serializer[Any]):
    """An entry of the record of changes: what happened, never how a text read before or after."""

    kind = serializers.ChoiceField(EventKind.choices, help_text="What happened.")
    at = serializers.DateTimeField(help_text="When.")
    actor = serializers.SerializerMethodField(help_text="Who did it, by the name that you may see; empty where no person did.")
    changed = serializers.SerializerMethodField(help_text="Names of the fields that changed, where some that were there did.")

    def get_actor(self, event: AuditEvent) -> str:
        """Name of who did it: of who handed the thing in as it is shown beside it, of others as that of a reviewer."""
        user = self.context["request"].user
        if event.actor is None:
            return ""
        if event.actor_id == self.context["owner"]:
            return shown_name(user, event.actor)
        return A_REVIEWER if self.context["kept"] and event.actor_id != user.pk else shown_reviewer(user, event.actor)

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_changed(self, event: AuditEvent) -> list[str]:
        """Names of fields."""
        there = {**event.before, **event.after}
        return list(dict.fromkeys(told for name, told in FIELDS.items() if name in there)) if event.before else []
