"""What is refused at entry, and what is not: the addresses here are made up and lead nowhere."""

import json
import re
from pathlib import Path

import pytest
import yaml
from django.test import override_settings

from problems import harm
from problems.errors import Harmful, Unparsable
from problems.harm import Kind
from problems.identifiers import safe_url
from problems.text import clean_text

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
BASE32 = "abcdefghijklmnop2345"
ONION = f"{(BASE32 * 3)[:56]}.onion"
MD5, SHA1 = "0123456789abcdef" * 2, "0123456789abcdef0123" * 2
OTHER = "f0e1d2c3b4a59687" * 2

REFUSED = {
    Kind.ADDRESS: [
        f"See http://{ONION}/page.",
        f"See {ONION}",
        ONION.replace(".onion", " [.] onion"),
        ONION.replace(".onion", "(dot)onion"),
        ONION.upper(),
        ONION.replace("mnop", "mn\u200bop"),
        "".join(chr(ord(letter) + 0xFEE0) if letter.isalpha() else letter for letter in ONION),
        "http://example.i2p/",
        "abcdefghij.b32.i2p",
        f"magnet:?xt=urn:btih:{SHA1}",
        f"urn:btih:{SHA1}",
        "ed2k://|file|name|1|hash|/",
        "ipfs://example",
        f"https://gateway.example/ipfs/Qm{'a' * 44}",
        f"Qm{'Aa1' * 14}AB",
        f"SSK@{'Aa1-' * 10}",
    ],
    Kind.HASHES: [f"{MD5}\n{OTHER}", f"one {MD5} and another {OTHER}", f"{SHA1}, {SHA1[::-1]}", f"{'Ab1' * 60}"],
    Kind.PERSON: [
        "The child's school is Example School.",
        "The victim's real name is Example Person.",
        "The boy\u2019s phone number: 000 000 000",
        "The girl in the picture is called Example Person.",
        "Person Example, 9, attends Example School.",
        "İ: Person Example, 9, attends Example School.",
    ],
    Kind.FILE: ["data:image/png;base64,AAAA", "<img src='data:image/svg+xml,x'>", "DATA: application/pdf;base64,AAAA"],
}
PASSES = [
    "Hidden .onion services and the I2P network are measured.",
    "IPFS and magnet links are compared; so are MD5 and SHA-256.",
    "We use data: images and text, and data/text pairs.",
    f"The file has the MD5 {MD5}.",
    f"https://www.semanticscholar.org/paper/{SHA1} and https://www.semanticscholar.org/paper/{SHA1[::-1]}",
    "Children can call a helpline; the victim's rights are named. The survivor's voice is heard.",
    "A survey of 12 pupils at three schools, aged 9 to 17.",
    "Victims and survivors: their privacy, their names, their right to be forgotten.",
    "0" * 64 + " " + "1" * 64,
    "a" * 1000,
    "The Child Protection Act 1978, s 1.",
    "Smith, J., 2012, pupil premium and schools",
]


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in REFUSED.items() for text in texts])
def test_it_is_refused_with_words_that_repeat_nothing(kind: Kind, text: str) -> None:
    assert harm.look(text) == kind
    with pytest.raises(Unparsable) as refused:
        clean_text(f"Plain words. {text}", limit=10_000, field="note", multiline=True)
    said = str(refused.value)
    assert said.startswith("This text was not stored.")
    assert (refused.value.status, refused.value.field) == (422, "note")
    assert isinstance(refused.value, Harmful) == (kind != Kind.FILE)
    assert ("/about/#report" in said) == (kind != Kind.FILE)
    assert not any(word in said for word in re.findall(r"\w{6,}", text) if word.lower() not in {"picture", "address", "school", "victim"})


@pytest.mark.parametrize("text", PASSES)
def test_ordinary_texts_pass(text: str) -> None:
    assert harm.look(text) is None


def test_the_literature_and_the_catalogue_pass() -> None:
    """Of all that there is, nothing is refused: not a record, not a statement, not a title that is off topic."""
    lines = (FIXTURES / "literature.jsonl").read_text().splitlines()
    texts = [value for line in lines for value in _texts(json.loads(line))]
    for name in FIXTURES.glob("*.yaml"):
        texts += _texts(yaml.safe_load(name.read_text()))
    assert (len(lines) >= 239, [text for text in texts if harm.look(text)]) == (True, [])
    assert [name.name for name in FIXTURES.iterdir() if name.is_file() and harm.look(name.read_text(), whole_file=True)] == []


def _texts(value: object) -> list[str]:
    match value:
        case str():
            return [value]
        case dict():
            return [text for each in value.values() for text in _texts(each)]
        case list():
            return [text for each in value for text in _texts(each)]
        case _:
            return []


@override_settings(HARMFUL_HOSTS=["bad.example"])
def test_an_installation_names_further_hosts() -> None:
    for text in ("https://bad.example/x", "see BAD.EXAMPLE.", "https://www.bad.example"):
        assert harm.look(text) == Kind.ADDRESS
    for text in ("notbad.example", "bad.example.org", "bad.examples"):
        assert harm.look(text) is None
    with pytest.raises(Harmful):
        safe_url("https://bad.example/x")


def test_in_a_file_hashes_count_where_they_are_listed() -> None:
    entry = "@misc{{a, title = {{A title}}, note = {{{}}}}}\n"
    assert harm.look(entry.format(MD5) + entry.format(OTHER), whole_file=True) is None
    assert harm.look(entry.format(f"{MD5}, {OTHER}"), whole_file=True) == Kind.HASHES
    for encoding in ("utf-8", "utf-16"):
        with pytest.raises(Harmful):
            harm.refuse_file(entry.format(ONION).encode(encoding), field="file")
