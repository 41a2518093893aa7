"""Text that must not come in leaves nothing behind: whatever field of whatever face it is sent to, no table and no session holds a word of it."""

import re
from typing import Any
from urllib.parse import urljoin

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models
from django.test import Client

from problems.api.bodies import COMPONENTS
from problems.errors import Harmful
from problems.handed_in import Faults
from problems.models import IdempotencyKey, ImportRun, Paper
from problems.models.base import TextField
from problems.models.papers import AddressField
from problems.services import idempotency, imports
from tests.access import FORMS, TABLE
from tests.factories import Cast
from tests.promises.test_secrets import dump
from tests.test_access import client_of, world  # noqa: F401 - a fixture
from tests.views.html import Node, read

MARK = "qzxmarkerqzx"
POISON = f"ipfs://{MARK}"
TYPED = {"text", "search", "url", ""}


def kept() -> str:
    """Every row of every table, and what is packed in sessions."""
    return dump() + "".join(str(session.get_decoded()) for session in Session.objects.all())


def text_fields(form: Node) -> list[str]:
    inputs = [node["name"] for node in form.all("input") if node.attributes.get("type", "text") in TYPED and "name" in node.attributes]
    return inputs + [node["name"] for node in form.all("textarea") if "name" in node.attributes]


def others(form: Node) -> dict[str, Any]:
    """What a browser would send besides."""
    given: dict[str, Any] = {}
    for node in form.all("input"):
        kind, name = node.attributes.get("type", "text"), node.attributes.get("name", "")
        if name and (kind == "hidden" or (kind in {"radio", "checkbox"} and name not in given)):
            given[name] = node.attributes.get("value", "on")
    for node in form.all("select"):
        options = [option.attributes.get("value", "") for option in node.all("option")]
        given[node["name"]] = next(filter(None, reversed(options)), "")
    return given


@pytest.mark.parametrize("role", ["curator", "contributor"])
def test_no_form_of_the_site_keeps_it(cast: Cast, world: dict[str, Any], role: str) -> None:  # noqa: F811 - the fixture
    client, sent, seen = client_of(cast, role), 0, set()
    for line in TABLE:
        if getattr(line, role) != 200 or not line.route.startswith(FORMS) or "/{restricted" in line.address or "/{hidden" in line.address:
            continue
        address = line.address.format(**world)
        answer = client.get(address)
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        for form in read(answer).all("form"):
            fields = text_fields(form)
            target = urljoin(address, form.attributes.get("action") or address)
            shape = (target, form.attributes.get("method", "get"), tuple(fields))
            if form.attributes.get("method", "get").lower() != "post" or not fields or shape in seen or "delete" in target:
                continue
            seen.add(shape)
            buttons = [(node["name"], node.attributes.get("value", "")) for node in form.all("button") if node.attributes.get("name")]
            for name, value in buttons[: 2 if role == "contributor" else 1] or [("", "")]:
                status = client.post(target, others(form) | dict.fromkeys(fields, POISON) | {name: value}).status_code
                assert status < 500, (target, status)
                sent += 1
    assert sent > 5
    assert MARK not in kept()


def test_no_lost_session_keeps_it(cast: Cast) -> None:
    for address in ("/account/care/", "/log/search/", "/declare/"):
        answer = Client().post(address, {"where": f"Plain words, then {POISON}"})
        assert (answer.status_code, MARK in answer.text) == (422, False)
    assert (MARK in kept(), bool(cast)) == (False, True)


def test_no_reader_of_the_api_lets_it_through() -> None:
    """Each text of each body goes through one gate; what is a list or an object of texts is made of these."""
    through, texts = [], 0
    for body in COMPONENTS.values():
        for name, (reader, schema) in body.fields.items():
            if schema.get("type") != "string" or "enum" in schema:
                continue
            faults = Faults()
            texts += 1
            if MARK in str(reader(POISON, name, faults)) or not faults or MARK in str(faults):
                through.append((body.name, name))
    assert (through, texts > 50) == ([], True)


def test_every_text_of_a_model_has_the_gate() -> None:
    """Or is of a fixed shape: chosen, made by code, or held against a pattern."""
    free = [
        f"{model.__name__}.{field.name}"
        for model in apps.get_app_config("problems").get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not isinstance(field, TextField | AddressField | models.EmailField)
        and field.editable
        and not field.choices
        and not any(hasattr(validator, "regex") for validator in field.validators)
    ]
    assert set(free) - SHAPED == set()


SHAPED = {
    *(f"{model}.{name}" for model in ("AuditEvent", "RestrictedRead") for name in ("request_id", "object_name", "object_type", "reason")),
    *("IdempotencyKey.key", "ImportRun.format", "User.password", "Trashed.was", "PaperIdentifier.value"),
    *("Lookup.key", "Lookup.source", "Lookup.told"),
}
"""Ids, names of formats, a hash; reasons that were cleaned on the way in; keys that harm.py looks at where they come in (see below)."""


def test_keys_and_files_are_looked_at_before_they_are_stored(cast: Cast) -> None:
    with pytest.raises(Harmful):
        idempotency.once(by=cast.curator, key=POISON, request=b"x", write=lambda: idempotency.Answer(200, {}, {}))
    for name, data in (("a.bib", f"@misc{{a, title={{See {POISON}}}}}"), (f"{POISON}.bib", "@misc{a, title={A}}")):
        with pytest.raises(Harmful):
            imports.start(data=data.encode(), filename=name, by=cast.contributor)
    browser = Client()
    browser.force_login(cast.contributor)
    sent = SimpleUploadedFile("a.bib", f"@misc{{a, title={{See {POISON}}}}}".encode())
    answer = browser.post("/imports/", {"file": sent})
    assert (answer.status_code, "This text was not stored" in answer.text, MARK in answer.text) == (422, True, False)
    api = browser.post("/api/v1/imports/", f"@misc{{a, title={{See {POISON}}}}}", content_type="application/octet-stream")
    assert (api.status_code, MARK in api.text) == (422, False)
    for what in (f"See {POISON}", f"{MARK}.onion/x http://{MARK}.onion/"):
        told = browser.post("/api/v1/lookups/", {"what": what}, content_type="application/json")
        assert told.status_code == 422
    assert (ImportRun.objects.count(), IdempotencyKey.objects.count(), Paper.objects.count()) == (0, 0, 0)
    assert MARK not in kept()


def test_the_guidance_of_the_installation_stands_on_the_page(client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.factories import make_agenda  # noqa: PLC0415

    make_agenda()
    monkeypatch.setattr(settings, "REPORT_GUIDANCE", "Here people write to the desk of examples.")
    assert "desk of examples" in client.get("/about/").text
    assert (bool(re.search(r'id="report"', client.get("/about/").text)), bool(cast)) == (True, True)
