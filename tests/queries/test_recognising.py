"""What a pasted text is taken for."""

import pytest

from problems.errors import Unparsable
from problems.queries.recognising import PASTE_LIMIT, Recognised, recognise

BIBTEX = "@article{a,\n title={A watermark}, author={Berg, Ada}, year={2024}, doi={10.5555/1}\n}"
RIS = "TY  - JOUR\nTI  - A watermark\nAU  - Berg, Ada\nPY  - 2024\nDO  - 10.5555/1\nER  - \n"
CSL = '[{"id": "a", "type": "article-journal", "title": "A watermark", "author": [{"family": "Berg", "given": "Ada"}], "DOI": "10.5555/1"}]'
NBIB = "PMID- 23193287\nTI  - A watermark\nFAU - Berg, Ada\nDP  - 2024\nAID - 10.5555/1 [doi]\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10.5555/1", Recognised({"identifiers": {"doi": ["10.5555/1"]}}, "Identifier", "DOI 10.5555/1")),
        (" https://doi.org/10.5555/1 ", Recognised({"identifiers": {"doi": ["10.5555/1"]}}, "Identifier", "DOI 10.5555/1")),
        ("arXiv:2405.16341v2", Recognised({"identifiers": {"arxiv": ["2405.16341"]}}, "Identifier", "arXiv 2405.16341")),
        (
            "https://papers.ssrn.com/sol3/papers.cfm?abstract_id=5705186",
            Recognised(
                {"identifiers": {"ssrn": ["5705186"]}, "address": "https://papers.ssrn.com/sol3/papers.cfm?abstract_id=5705186"},
                "Identifier",
                "SSRN 5705186",
            ),
        ),
        ("www.example.org/a", Recognised({"address": "https://www.example.org/a"}, "Web address", "https://www.example.org/a")),
        ("A  watermark\nthat lasts", Recognised({"title": "A watermark that lasts"}, "Title", "A watermark that lasts")),
    ],
)
def test_one_thing(text: str, expected: Recognised) -> None:
    assert recognise(text) == expected
    assert not expected.is_entry


@pytest.mark.parametrize(("label", "text"), [("BibTeX", BIBTEX), ("RIS", RIS), ("CSL-JSON", CSL), ("NBIB", NBIB)])
def test_an_entry_fills_the_record(label: str, text: str) -> None:
    found = recognise(text)
    assert found.is_entry
    assert found.source.startswith(label)
    assert (found.record["title"], found.record["authors"]) == ("A watermark", [{"family": "Berg", "given": "Ada"}])
    assert ("doi", "10.5555/1") in [(scheme.value, value) for scheme, value in found.identifiers]


@pytest.mark.parametrize(
    "text",
    ["", " \n", "x" * (PASTE_LIMIT + 1), "doi: nonsense", "javascript:alert(1)", "http://user@example.org/", "word " * 300, "@article{a, title={"],
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(Unparsable) as refusal:
        recognise(text)
    assert (refusal.value.field, bool(refusal.value.hint)) == ("what", True)
