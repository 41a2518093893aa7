"""What people set for themselves about reading. Theirs alone: it is not recorded, listed or counted for anybody else."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from problems.choices import Passing, Topic
from problems.models import Care, Opened, Passed, User
from problems.permissions import Action, Actor, require
from problems.queries import care
from problems.services import changes

FIELDS = ("fold_from", "left_out", "most_level", "daily")
DAILY_MOST = 1000
DAY = timedelta(days=1)


@transaction.atomic
def save(*, user: User, by: Actor, values: Mapping[str, Any]) -> Care:
    """Keep how `user` wants to read; what is not among `values` stays. Nothing of it goes into the record. Raises Refused, Invalid."""
    require(by, Action.SET_CARE, user)
    list(User.objects.select_for_update(no_key=True).filter(pk=user.pk))  # two windows of one person, one after the other
    mine = care.of(user)
    for name in FIELDS:
        if name in values:
            setattr(mine, name, values[name])
    mine.left_out = [topic for topic in Topic.values if topic in mine.left_out] + [topic for topic in mine.left_out if topic not in Topic.values]
    changes.validate(mine, constraints=False)
    mine.save()
    return mine


def forget() -> dict[str, int]:
    """Drop what was opened before today, and what was skipped before today; how many of each."""
    today = timezone.localdate()
    return {
        "items opened": Opened.objects.filter(day__lt=today).delete()[0],
        "items skipped": Passed.objects.filter(how=Passing.SKIPPED, at__lt=timezone.now() - DAY).delete()[0],
    }
