"""No image and no file, ever: in no model, form, admin or API; no text becomes an image; `data:` is refused. It fails the day one is added."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import models
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework import serializers
from rest_framework.parsers import FileUploadParser, MultiPartParser

import problems
from problems.api.bodies import COMPONENTS
from problems.api.schema import openapi
from problems.errors import Unparsable
from problems.identifiers import safe_url
from problems.text import clean_text
from tests.factories import Cast, make_paper, make_statement, make_tag

TEMPLATES = Path(__file__).resolve().parent.parent / "templates"
BYTES = {
    "ImportRun.data": "the file of an import, until a worker has read it",
    **dict.fromkeys(("Invitation.digest", "TeamInvitation.digest", "ApiToken.digest", "IdempotencyKey.digest"), "a hash"),
    **dict.fromkeys(("FollowingFeed.digest", "Flag.digest", "Learned.weights"), "a hash, or numbers that the program has made"),
}
ADDRESSES = "https://example.org/a.png"
DRAWN = ("![A picture](https://example.org/a.png)", f"<img src='{ADDRESSES}'>", f'<svg><image href="{ADDRESSES}"/></svg>', f"[[File:{ADDRESSES}]]")


def modules() -> Iterator[ModuleType]:
    for each in pkgutil.walk_packages(problems.__path__, "problems."):
        if ".migrations" not in each.name and not each.name.endswith("__main__"):
            yield importlib.import_module(each.name)


def classes(base: type) -> set[type[Any]]:
    """Every class of ours that is one of these."""
    found = {each for module in modules() for _, each in inspect.getmembers(module, inspect.isclass) if issubclass(each, base)}
    return {each for each in found if each.__module__.startswith("problems.")}


def test_no_model_holds_one() -> None:
    for model in apps.get_models():
        for field in model._meta.get_fields():
            assert not isinstance(field, models.FileField | models.FilePathField), f"{model.__name__}.{field.name}"
    ours = apps.get_app_config("problems").get_models()
    held = {f"{model.__name__}.{field.name}" for model in ours for field in model._meta.concrete_fields if isinstance(field, models.BinaryField)}
    assert held - set(BYTES) == set()


def test_no_form_takes_one_but_that_of_imports() -> None:
    found = {
        f"{form.__name__}.{name}"
        for form in classes(forms.BaseForm)
        for name, field in {**getattr(form, "base_fields", {})}.items()
        if isinstance(field, forms.FileField | forms.FilePathField) or isinstance(field.widget, forms.FileInput)
    }
    assert found == {"ImportForm.file"}


@pytest.mark.django_db
def test_the_admin_takes_none(cast: Cast) -> None:
    request = RequestFactory().get("/admin/")
    request.user = cast.curator
    for model, each in admin.site._registry.items():
        form = each.get_form(request) if each.has_view_permission(request) else forms.Form
        inline = [row.get_formset(request).form for row in each.get_inline_instances(request)]
        for one in (form, *inline):
            taken = [name for name, field in one.base_fields.items() if isinstance(field, forms.FileField | forms.FilePathField)]
            assert taken == [], (model.__name__, taken)


def test_the_api_takes_and_gives_none() -> None:
    for each in classes(serializers.Serializer):
        for name, field in each._declared_fields.items():
            assert not isinstance(field, serializers.FileField | serializers.FilePathField), f"{each.__name__}.{name}"
    for view in views():
        parsers = getattr(view, "parser_classes", ())
        assert not any(issubclass(each, MultiPartParser | FileUploadParser) for each in parsers), view
    binary = [path for path, item in openapi()["paths"].items() for each in item.values() if '"binary"' in str(each).replace("'", '"')]
    assert binary == ["/api/v1/imports/"]
    assert "binary" not in str([body.schema for body in COMPONENTS.values()])


def views(resolver: Any = None) -> Iterator[Any]:
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            yield from views(each)
        elif isinstance(each, URLPattern):
            yield getattr(each.callback, "cls", each.callback)


def test_nothing_is_stored_or_served_as_a_file() -> None:
    assert settings.MEDIA_ROOT == settings.MEDIA_URL.strip("/") == ""
    assert settings.STORAGES["default"]["BACKEND"] == "django.core.files.storage.InMemoryStorage"
    assert settings.FILE_UPLOAD_HANDLERS == ["problems.views.uploading.NoFile"]


def test_no_template_draws_one_or_trusts_a_text() -> None:
    """The one picture is the code of a second factor, which the site draws itself; icons and figures are drawings of ours."""
    faults = [
        (path.name, found)
        for path in TEMPLATES.rglob("*.html")
        for found in re.findall(r"<(?:img|picture|video|audio|object|embed|iframe)\b[^>]*>|\|safe\b|autoescape off|type=\"file\"", path.read_text())
    ]
    assert [fault for fault in faults if "totp" not in str(fault) and fault[1] != 'type="file"'] == []


@pytest.mark.django_db
@pytest.mark.parametrize("text", DRAWN)
def test_no_text_becomes_an_image_or_a_link(client: Client, text: str) -> None:
    paper = make_paper(title=f"Title {text}", abstract=f"Abstract {text}", venue=text)
    make_tag(make_statement(), paper, rationale=f"Its rationale is long enough: {text}", locator=text)
    page = client.get(paper.get_absolute_url()).text
    assert (re.findall(r"<img\b|<image\b", page), f'href="{ADDRESSES}"' in page, f"src='{ADDRESSES}" in page) == ([], False, False)


@pytest.mark.parametrize("text", ["data:image/png;base64,AAAA", "See data:image/svg+xml,<svg>", "DATA:text/html;charset=utf-8,x"])
def test_data_addresses_are_refused(text: str) -> None:
    with pytest.raises(Unparsable, match="not stored"):
        clean_text(text, limit=1000, field="text")
    with pytest.raises(Unparsable):
        safe_url(text)
