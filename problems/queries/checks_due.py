"""Statements that age, and whose day has come: whether they still hold is asked of reviewers."""

from django.utils import timezone

from problems.models import Statement
from problems.models.catalogue import StatementQuerySet
from problems.pagination import Ordering

OLDEST = Ordering("review_by", "Oldest first", ("review_by", "code"))


def due() -> StatementQuerySet:
    """Those that are due today or were before, retired ones left out."""
    return Statement.objects.current().filter(review_by__lte=timezone.localdate()).select_related("problem")


def next_due() -> Statement | None:
    """The one whose day comes next."""
    later = Statement.objects.current().filter(review_by__gt=timezone.localdate())
    return later.select_related("problem").order_by("review_by", "code").first()
