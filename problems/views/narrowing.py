"""Narrowing the map by method, on each page that shows it: the two menus, and the sentence that says that it is narrowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from problems.choices import Material, Modality
from problems.codebook import codebook
from problems.queries import methods
from problems.queries.methods import Method
from problems.views.asking import Option, Query, address

NEEDS: Mapping[str, str] = {
    Material.NONE_NEEDED: "need no access to harmful material",
    Material.PROXY_ONLY: "use proxy data only",
    Material.NEEDS_IT: "need harmful material",
}


@dataclass(frozen=True, slots=True)
class Menu:
    """One of the two menus."""

    name: str
    label: str
    options: list[Option]
    current: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the map is narrowed by: in words, how many papers are left, the address of all of it, and the query for links to papers and map."""

    words: str
    papers: int
    clear_url: str
    query: str

    @property
    def more(self) -> str:
        """The query, to be added to another one."""
        return self.query.replace("?", "&", 1)


def asked_method(asked: Query, *, target: str) -> Method:
    """What is asked of methods; a word that is not known becomes a fault."""
    return Method(
        material=asked.some_of("material", "Harmful material", Material.values, target=target),
        modality=asked.some_of("modality", "Modality", Modality.values, target=target),
    )


def menus(asked: Query, method: Method, *, anchor: str = "") -> list[Menu]:
    """A menu for each vocabulary; each word is put on or taken off alone."""
    book = codebook()
    found = []
    for name, label, terms, chosen in (
        ("material", "Harmful material", book.materials, method.material),
        ("modality", "Modality", book.modalities, method.modality),
    ):
        options = asked.toggles(name, [(value, term.label.capitalize()) for value, term in terms.items()], anchor=anchor)
        found.append(Menu(name, label, options, _or(terms[value].label for value in chosen)))
    return found


def narrowed(asked: Query, method: Method, *, anchor: str = "") -> Narrowed | None:
    """How the page says that it is narrowed; nothing where it is not."""
    if not method:
        return None
    book = codebook()
    parts = [f"methods that {_or(NEEDS[value] for value in method.material)}"] if method.material else ["work"]
    if method.modality:
        parts.append(f"on the modality {_or(book.modalities[value].label for value in method.modality)}")
    return Narrowed(
        words=" ".join(parts),
        papers=methods.papers(method),
        clear_url=asked.address(anchor, material="", modality=""),
        query=address("", method.pairs),
    )


def _or(words: Iterable[str]) -> str:
    listed = list(words)
    return " or ".join(filter(None, [", ".join(listed[:-1]), *listed[-1:]]))
