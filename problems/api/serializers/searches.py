"""Searches that found nothing."""

from typing import Any, override

from django.utils import timezone
from rest_framework import serializers

from problems.api.addresses import absolute
from problems.api.serializers.base import ObjectSerializer, PageAddress, PersonField, ProblemReference, StatementReference, SubmissionReference
from problems.choices import ReviewStatus
from problems.models import Search
from problems.models.tags import STALE_AFTER


class TargetPage(PageAddress):
    """Page of what was searched for, since a search has none of its own."""

    @override
    def to_representation(self, value: Any) -> str:
        return absolute((value.statement or value.problem).get_absolute_url())


class SearchSerializer(ObjectSerializer):
    """Somebody looked for work on a statement, or on a problem as a whole, and found nothing."""

    id = serializers.CharField(source="public_id", help_text="Ten letters and digits.")
    html_url = TargetPage(help_text="Address of the page, and the place on it, that shows what was searched for.")
    statement = StatementReference(allow_null=True, help_text="The statement that was searched for. Of statement and problem one is null.")
    problem = ProblemReference(allow_null=True, help_text="The problem that was searched for as a whole.")
    where = serializers.CharField(help_text="Where they looked.")
    query = serializers.CharField(help_text="What they looked for.")
    searched_on = serializers.DateField(help_text="Day of the search.")
    stale = serializers.SerializerMethodField(help_text="Whether it is older than twelve months, and so counts no more.")
    status = serializers.ChoiceField(ReviewStatus.choices, help_text="Where it stands in review. Only accepted searches count.")
    contributor = PersonField(source="by", help_text="Who looked, by the name that you may see.")

    def get_stale(self, search: Search) -> bool:
        """Whether it counts no more."""
        return search.searched_on <= timezone.localdate() - STALE_AFTER


class LoggedSearchSerializer(SearchSerializer):
    """A search that was logged, and the submission that it came in."""

    submission = SubmissionReference(help_text="The submission that it came in.")
