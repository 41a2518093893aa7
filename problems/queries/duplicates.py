"""Papers on record that a paper about to be handed in may be: by identifier, or by a title nearly the same."""

from collections.abc import Iterable
from typing import Any

from django.contrib.postgres.search import TrigramSimilarity
from django.db.models import Q
from django.db.models.functions import Upper

from problems.choices import Scheme
from problems.models import Paper
from problems.text import without_controls

SHOWN, LIKE = 5, 0.6


def known(*, user: Any, title: str = "", identifiers: Iterable[tuple[Scheme, str]] = ()) -> list[Paper]:
    """Papers that `user` may know of and that may be the same work: certain ones (an identifier in common) first. Four queries at most."""
    visible = Paper.objects.visible_to(user).for_lists()
    pairs, title = list(identifiers), without_controls(title)
    same = Q(pk__in=[])
    for scheme, value in pairs:
        same |= Q(identifiers__scheme=scheme, identifiers__value=value)
    certain = list(visible.filter(same).distinct()[:SHOWN]) if pairs else []
    like: list[Paper] = []
    if len(title) > 8:  # noqa: PLR2004  # a shorter one is like too many
        near = visible.annotate(capitals=Upper("title")).filter(capitals__trigram_similar=title.upper())
        like = list(
            near.annotate(likeness=TrigramSimilarity("capitals", title.upper())).filter(likeness__gte=LIKE).order_by("-likeness", "pk")[:SHOWN]
        )
    return list({paper.pk: paper for paper in [*certain, *like]}.values())[:SHOWN]
