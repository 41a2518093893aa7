"""Messages, notifications, and what somebody follows."""

from typing import Any, override

from rest_framework import serializers

from problems.api.addresses import absolute
from problems.api.serializers.base import (
    ApiAddress,
    CallReference,
    Named,
    PageAddress,
    ProblemReference,
    StatementReference,
    SubmissionReference,
    TeamReference,
)
from problems.choices import Audience, Pace, Subject


class MessageSerializer(Named):
    """Something said about a submission, as you may read it."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    submission = SubmissionReference(help_text="What it is about.")
    audience = serializers.ChoiceField(Audience.choices, help_text="Who reads it: the contributor and reviewers, or reviewers only.")
    author = serializers.CharField(source="by", help_text="Who wrote it, by the name that you may see.")
    text = serializers.CharField(source="words", help_text="What it says. Whoever is named after @ stands there by the name that you may see.")
    created = serializers.DateTimeField(help_text="When.")


class LeadsTo(PageAddress):
    """Where a notification leads."""

    @override
    def to_representation(self, value: Any) -> str:
        return absolute(value.leads_to)


class NotificationSerializer(Named):
    """That something happened. It is told anew each time, from what you may see now."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API.")
    html_url = LeadsTo(help_text="Address of the page on what happened.")
    subject = serializers.ChoiceField(Subject.choices, help_text="What kind it is.")
    text = serializers.CharField(source="sentence", help_text="What happened, in a sentence that names nobody.")
    at = serializers.DateTimeField(help_text="When.")
    read = serializers.DateTimeField(source="read_at", allow_null=True, help_text="When you marked it as read; null where you did not.")


def _pace(subject: Subject) -> serializers.ChoiceField:
    return serializers.ChoiceField(Pace.choices, help_text=f"{subject.label}.")


class PacesSerializer(serializers.Serializer[Any]):
    """How often mails of each kind come to you."""

    decision = _pace(Subject.DECISION)
    message = _pace(Subject.MESSAGE)
    mention = _pace(Subject.MENTION)
    assignment = _pace(Subject.ASSIGNMENT)
    opinion = _pace(Subject.OPINION)
    flag = _pace(Subject.FLAG)
    followed = _pace(Subject.FOLLOWED)
    account = _pace(Subject.ACCOUNT)


class FeedSerializer(serializers.Serializer[Any]):
    """The feed of what you follow."""

    address = serializers.CharField(help_text="Its secret address, told this once: whoever has it can read the feed. Empty in a repeated answer.")


class FollowedPage(PageAddress):
    """Page of what is followed."""

    @override
    def to_representation(self, value: Any) -> str:
        return absolute((value.problem or value.statement or value.call or value.team).get_absolute_url())


class WatchSerializer(Named):
    """What you follow: a problem, a statement, a call or a team; the other three are null."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    url = ApiAddress(help_text="Address of this object in the API.")
    html_url = FollowedPage(help_text="Address of the page of what you follow.")
    created = serializers.DateTimeField(help_text="Since when.")
    problem = ProblemReference(allow_null=True, help_text="The problem.")
    statement = StatementReference(allow_null=True, help_text="The statement.")
    call = CallReference(allow_null=True, help_text="The call to action.")
    team = TeamReference(allow_null=True, help_text="The team.")
