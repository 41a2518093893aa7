"""Narrowing by method: to papers that need no access to harmful material, or that studied a modality. Every list and the map ask here."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from problems.models import Tag

RULES: Mapping[str, Callable[[str, Iterable[str]], Q]] = {
    "material": lambda prefix, words: Q(**{f"{prefix}material__in": list(words)}),
    "modality": lambda prefix, words: Q(**{f"{prefix}modalities__overlap": list(words)}),
}
"""What a paper has to be like, by the name of the filter; `prefix` ("paper__") leads to it."""


@dataclass(frozen=True, slots=True)
class Method:
    """What is asked of the method of a paper: one of these words of each vocabulary; without words anything."""

    material: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.material or self.modality)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """As a query asks it."""
        return [("material", word) for word in self.material] + [("modality", word) for word in self.modality]

    @property
    def of_tags(self) -> Q:
        """The tags of such papers."""
        rule = Q()
        for name, words in (("material", self.material), ("modality", self.modality)):
            rule &= RULES[name]("paper__", words) if words else Q()
        return rule


ANY = Method()


def papers(method: Method) -> int:
    """How many papers on the map have such a method."""
    return Tag.objects.on_map().filter(method.of_tags).order_by().values("paper").distinct().count()
