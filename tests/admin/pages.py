"""Pages of the admin as a browser sees them."""

from html.parser import HTMLParser
from typing import Any

from django.db import models
from django.test import Client
from django.urls import reverse


class _Fields(HTMLParser):
    """Names and values of the form of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given and self._select:
            self.values.setdefault(self._select, []).append(given.get("value") or "")
        elif tag == "textarea":
            self._area = name
            self.values[name] = [""]
        elif (
            tag == "input" and name and not (given.get("type") in {"checkbox", "radio"} and "checked" not in given) and given.get("type") != "submit"
        ):
            self.values.setdefault(name, []).append(given.get("value") or "on" if given.get("type") == "checkbox" else given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.values[self._area][0] = self.values[self._area][0].removeprefix("\n")
            self._area = ""
        if tag == "select":
            self._select = ""


def url(model: type[models.Model], page: str = "changelist", *args: Any) -> str:
    """Address of a page of the admin."""
    return reverse(f"admin:problems_{model._meta.model_name}_{page}", args=args)


def said(page: Any) -> list[str]:
    """Every error that a page of the admin shows."""
    form = page.context["adminform"].form
    found = [text for texts in form.errors.values() for text in texts]
    for inline in page.context["inline_admin_formsets"]:
        found += [text for row in inline.formset.forms for texts in row.errors.values() for text in texts]
        found += list(inline.formset.non_form_errors())
    return found


def fields(desk: Client, address: str) -> dict[str, Any]:
    """What the form of a page holds, to be changed and sent back."""
    parser = _Fields()
    parser.feed(desk.get(address).content.decode())
    values = {name: value[0] if len(value) == 1 else value for name, value in parser.values.items()}
    return {name: value for name, value in values.items() if "__prefix__" not in name and name != "csrfmiddlewaretoken"}
