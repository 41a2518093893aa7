"""One example of each answer, for the OpenAPI document. They are made up, and a test holds them against the document."""

from typing import Any

from rest_framework.serializers import Serializer

from problems.api.serializers.catalogue import (
    AgendaSerializer,
    CallSerializer,
    ChallengeSerializer,
    PhaseSerializer,
    ProblemSerializer,
    StatementSerializer,
)
from problems.api.serializers.imports import ImportEntrySerializer, ImportSerializer
from problems.api.serializers.lookups import LookupSerializer
from problems.api.serializers.papers import DuplicateSerializer, LoggedPaperSerializer, PaperSerializer
from problems.api.serializers.root import RootSerializer
from problems.api.serializers.searches import LoggedSearchSerializer, SearchSerializer
from problems.api.serializers.submissions import EventSerializer, SubmissionSerializer
from problems.api.serializers.suggestions import SuggestedPapersSerializer, SuggestionsSerializer
from problems.api.serializers.tags import LoggedTagSerializer, TagSerializer
from problems.api.serializers.teams import TeamSerializer

SITE = "https://map.example.org"
API = f"{SITE}/api/v1"
RESOURCES = (
    "agenda",
    "phases",
    "challenges",
    "problems",
    "statements",
    "calls",
    "papers",
    "tags",
    "searches",
    "submissions",
    "imports",
    "teams",
    "schema",
)


def _object(key: str | int, at: str, page: str, **fields: Any) -> dict[str, Any]:
    times = {"created": "2026-01-15T09:30:00Z", "modified": "2026-02-01T12:00:00Z"}
    return {"id": key, "url": f"{API}/{at}/", "html_url": f"{SITE}{page}"} | times | fields


def _to(resource: str, key: str | int) -> dict[str, Any]:
    return {"id": key, "url": f"{API}/{resource}/{key}/"}


_WORKING: dict[str, Any] = {
    "team": _to("teams", "provenance-lab") | {"name": "Provenance Lab"},
    "sentence": "We fine-tune marked models on open data.",
    "until": "2026-12-31",
}
EXAMPLES: dict[type[Serializer[Any]], dict[str, Any]] = {
    RootSerializer: {name: f"{API}/{name}/" for name in RESOURCES} | {"docs": f"{SITE}/api/docs/"},
    AgendaSerializer: _object(
        "agenda",
        "agenda",
        "/about/",
        title="Open problems of a field",
        authors=[{"family": "Berg", "given": "Ada"}],
        organisations=["Institute of Examples"],
        year=2026,
        address="https://example.org/agenda",
        headline="Open problems, and who works on them",
        introduction="What this field lacks.",
        challenges_heading="What sets this field apart",
        challenges=[_to("challenges", "data")],
        bibtex="@misc{berg2026open, title={Open problems of a field}}",
    ),
    PhaseSerializer: _object(
        "maintenance",
        "phases/maintenance",
        "/map/?phase=maintenance",
        slug="maintenance",
        number=3,
        title="Upkeep",
        label="Upkeep",
        scope="After release",
    ),
    ChallengeSerializer: _object(
        "adversarial",
        "challenges/adversarial",
        "/?challenge=adversarial#problems",
        slug="adversarial",
        label="Adversarial",
        title="Somebody works against it",
        text="Whatever is published is read by those whom it is meant to stop.",
    ),
    ProblemSerializer: _object(
        5,
        "problems/5",
        "/problems/5-watermark-robustness/",
        number=5,
        slug="watermark-robustness",
        title="Watermark robustness",
        question="How can a watermark survive?",
        summary="Watermarks are removed with little effort.",
        phase=_to("phases", "development"),
        challenges=[_to("challenges", "adversarial")],
        states={"untouched": 1, "confirmed": 0, "contested": 0, "narrowed": 2, "addressed": 0},
        papers=4,
    ),
    StatementSerializer: _object(
        "P5.L2",
        "statements/P5.L2",
        "/problems/5-watermark-robustness/#P5.L2",
        code="P5.L2",
        problem=_to("problems", 5),
        section="limitation",
        text="Watermarks do not survive fine-tuning.",
        state="narrowed",
        state_since="2026-02-01T12:00:00Z",
        steps=[
            {
                "before": "untouched",
                "after": "narrowed",
                "at": "2026-02-01T12:00:00Z",
                "paper": _to("papers", "k3v9q2m7xa"),
                "tag": _to("tags", "p8d4w1z6rb"),
            }
        ],
        searched=None,
        papers=1,
        calls=[_to("calls", "C3")],
        being_worked_on=[_WORKING],
        retired_on=None,
        successor=None,
    ),
    CallSerializer: _object(
        "C3",
        "calls/C3",
        "/calls/#C3",
        code="C3",
        phase=_to("phases", "development"),
        text="Build watermarks that survive.",
        serves=[_to("statements", "P5.L2")],
        problems=[_to("problems", 5)],
        papers=0,
        being_worked_on=[],
    ),
    PaperSerializer: _object(
        "k3v9q2m7xa",
        "papers/k3v9q2m7xa",
        "/papers/k3v9q2m7xa/a-watermark-that-survives/",
        title="A watermark that survives",
        abstract="",
        authors=[
            {"family": "Berg", "given": "Ada", "particle": "van den", "suffix": "", "literal": "", "orcid": "", "name": "Ada van den Berg"},
        ],
        identifiers={"doi": ["10.5555/12345678"], "arxiv": ["2601.00001"]},
        year=2026,
        date="2026-01",
        venue="Journal of Examples",
        type="article",
        address="https://doi.org/10.5555/12345678",
        retracted=False,
        corrected=False,
        advisory=0,
        material="none_needed",
        modalities=["image"],
        visibility="public",
    ),
    TagSerializer: _object(
        "p8d4w1z6rb",
        "tags/p8d4w1z6rb",
        "/papers/k3v9q2m7xa/a-watermark-that-survives/#tag-p8d4w1z6rb",
        paper=_to("papers", "k3v9q2m7xa"),
        statement=_to("statements", "P5.L2"),
        call=None,
        problem=None,
        relation="narrows",
        rationale="The watermark survives fine-tuning of small models.",
        locator="Section 4",
        basis="general_proxy",
        status="accepted",
        contributor="Ada",
        team=_to("teams", "provenance-lab") | {"name": "Provenance Lab"},
        accepted="2026-02-01T12:00:00Z",
    ),
}

_SUBMISSION = _to("submissions", "m5t2c8y4ne")
_SEARCH: dict[str, Any] = _object(
    "s7h3j9w5qd",
    "searches/s7h3j9w5qd",
    "/problems/5-watermark-robustness/#P5.L2",
    statement=_to("statements", "P5.L2"),
    problem=None,
    where="arXiv",
    query="watermark fine-tuning",
    searched_on="2026-01-31",
    stale=False,
    status="accepted",
    contributor="Ada",
)
EXAMPLES |= {
    TeamSerializer: {
        "id": "provenance-lab",
        "url": f"{API}/teams/provenance-lab/",
        "html_url": f"{SITE}/teams/provenance-lab/",
        "slug": "provenance-lab",
        "name": "Provenance Lab",
        "about": "Marks that survive what is done to them.",
        "tags": 12,
        "works_on": [
            {"statement": _to("statements", "P5.L2"), "call": None, "sentence": _WORKING["sentence"], "until": _WORKING["until"]},
        ],
    },
    SearchSerializer: _SEARCH,
    DuplicateSerializer: {"certainty": "probable", "paper": EXAMPLES[PaperSerializer]},
    LoggedPaperSerializer: EXAMPLES[PaperSerializer] | {"visibility": "waiting", "submission": _SUBMISSION},
    LoggedTagSerializer: EXAMPLES[TagSerializer] | {"status": "proposed", "accepted": None, "submission": _SUBMISSION},
    LoggedSearchSerializer: _SEARCH | {"status": "proposed", "submission": _SUBMISSION},
    EventSerializer: {"kind": "changed", "at": "2026-02-01T12:00:00Z", "actor": "Ada", "changed": ["title", "venue"]},
    SubmissionSerializer: _object(
        "m5t2c8y4ne",
        "submissions/m5t2c8y4ne",
        "/my/submissions/m5t2c8y4ne/",
        kind="paper",
        state="decided",
        contributor="Ada",
        team=_to("teams", "provenance-lab") | {"name": "Provenance Lab"},
        message="",
        content={
            "paper": "k3v9q2m7xa",
            "tags": [
                {
                    "id": "p8d4w1z6rb",
                    "target": "P5.L2",
                    "relation": "narrows",
                    "rationale": "The watermark survives fine-tuning of small models.",
                    "locator": "Section 4",
                    "basis": "general_proxy",
                }
            ],
            "method": {"material": "none_needed", "modalities": ["image"]},
        },
        paper=_to("papers", "k3v9q2m7xa"),
        imported=None,
        tags=[EXAMPLES[TagSerializer]],
        searches=[],
        submitted="2026-01-20T08:00:00Z",
        decided="2026-02-01T12:00:00Z",
        claim=None,
        reviews=[
            {
                "reviewer": "a reviewer",
                "at": "2026-02-01T12:00:00Z",
                "outcome": "decided",
                "note": "",
                "decisions": [
                    {
                        "part": "tag",
                        "tag": _to("tags", "p8d4w1z6rb"),
                        "search": None,
                        "verdict": "accept",
                        "reason": "",
                        "words": "",
                        "edited": False,
                    }
                ],
            }
        ],
        appeal=None,
        withheld=False,
    ),
}
EXAMPLES[LookupSerializer] = {
    "recognised": "Identifier",
    "as_read": "DOI 10.5555/12345678",
    "state": "found",
    "answered_by": "Crossref",
    "record": {
        "title": "A watermark that survives",
        "authors": [{"family": "Berg", "given": "Ada", "particle": "van den"}],
        "date": "2026-01",
        "venue": "Journal of Examples",
        "type": "article",
        "address": "https://doi.org/10.5555/12345678",
        "abstract": "",
        "identifiers": {"doi": ["10.5555/12345678"]},
    },
    "told": "",
    "notes": [],
    "known": [
        {
            "id": "k3v9q2m7xa",
            "url": f"{API}/papers/k3v9q2m7xa/",
            "html_url": f"{SITE}/papers/k3v9q2m7xa/a-watermark-that-survives/",
            "title": "A watermark that survives",
            "year": 2026,
            "tags": [_to("tags", "p8d4w1z6rb") | {"target": "P5.L2", "relation": "narrows"}],
        }
    ],
}

_WORDS: list[dict[str, Any]] = [{"word": "watermark", "share": 0.812}, {"word": "survives", "share": 0.131}]
EXAMPLES[SuggestionsSerializer] = {
    "problems": [{"problem": _to("problems", 5), "title": "Watermark robustness", "score": 0.941, "words": _WORDS}],
    "statements": [
        {
            "statement": _to("statements", "P5.L2"),
            "problem": _to("problems", 5),
            "text": "Watermarks do not survive fine-tuning.",
            "score": 0.412,
            "words": _WORDS,
        }
    ],
}
EXAMPLES[SuggestedPapersSerializer] = {
    "papers": [
        {
            "paper": _to("papers", "k3v9q2m7xa"),
            "html_url": f"{SITE}/papers/k3v9q2m7xa/a-watermark-that-survives/",
            "title": "A watermark that survives",
            "year": 2026,
            "score": 0.412,
            "words": _WORDS,
        }
    ]
}
EXAMPLES[ImportSerializer] = _object(
    "b4n8s1x6vc",
    "imports/b4n8s1x6vc",
    "/imports/b4n8s1x6vc/",
    by="Ada",
    team=None,
    filename="library.bib",
    format="bibtex",
    size=48213,
    state="finished",
    total=42,
    done=42,
    counts={"created": 38, "known": 2, "unclear": 1, "refused": 1},
    error="",
    finished="2026-01-15T09:30:12Z",
    submission=_SUBMISSION,
    records={"waiting": 0, "accepted": 37, "declined": 1},
    report=f"{SITE}/imports/b4n8s1x6vc/report.jsonl",
)
EXAMPLES[ImportEntrySerializer] = {
    "number": 7,
    "line": 93,
    "key": "berg2026watermark",
    "title": "A watermark that survives",
    "outcome": "created",
    "reason": "",
    "notes": ["The month was left out."],
    "record": None,
    "paper": _to("papers", "k3v9q2m7xa"),
}
