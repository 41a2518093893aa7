"""Reads a page as a reader sees it: elements by tag and class, with their text."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, override

from django.http import HttpResponseBase
from django.test import Client

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Node:
    """An element."""

    def __init__(self, tag: str = "", attributes: dict[str, str] | None = None) -> None:
        self.tag = tag
        self.attributes = attributes or {}
        self.children: list[Node | str] = []

    @property
    def text(self) -> str:
        """All text in it that is read out, blanks as one space."""
        return " ".join("".join(self._texts()).split())

    @property
    def classes(self) -> set[str]:
        """Its classes."""
        return set(self.attributes.get("class", "").split())

    def __getitem__(self, name: str) -> str:
        return self.attributes[name]

    def all(self, tag: str = "", *classes: str, **attributes: str) -> list["Node"]:
        """Elements in it of this tag, with these classes and attributes."""
        return [
            node
            for node in self._nodes()
            if (not tag or node.tag == tag)
            and set(classes) <= node.classes
            and all(node.attributes.get(key) == value for key, value in attributes.items())
        ]

    def one(self, tag: str = "", *classes: str, **attributes: str) -> "Node":
        """The one such element."""
        found = self.all(tag, *classes, **attributes)
        assert len(found) == 1, (tag, classes, attributes, len(found))
        return found[0]

    def _nodes(self) -> Iterator["Node"]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child._nodes()

    def _texts(self) -> Iterator[str]:
        for child in self.children:
            if isinstance(child, str):
                yield child
            elif child.tag == "br":
                yield " "
            elif child.attributes.get("aria-hidden") != "true":
                yield from child._texts()


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Node()
        self.open = [self.root]

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)

    @override
    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open[-1].tag == tag, f"{tag} closes {self.open[-1].tag}"
        self.open.pop()

    @override
    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def read(response: HttpResponseBase) -> Node:
    """The page; an element that is not closed, or closed by another, fails."""
    parser = _Parser()
    parser.feed(response.content.decode())  # type: ignore[attr-defined]  # pages are not streamed
    assert len(parser.open) == 1
    return parser.root


def visit(client: Client, address: str, *, status: int = 200, **query: Any) -> Node:
    """Open a page that answers with this status."""
    response = client.get(address, query or None)
    assert (address, response.status_code) == (address, status)
    return read(response)
