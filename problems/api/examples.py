"""One example of each answer, for the OpenAPI document. They are made up, and a test holds them against the document."""

from typing import Any

from rest_framework.serializers import Serializer

from problems.api.serializers.bulk_changes import BulkChangeSerializer, BulkPreviewSerializer
from problems.api.serializers.care import CareSerializer, RestrictedReadSerializer
from problems.api.serializers.catalogue import (
    AgendaSerializer,
    CallSerializer,
    ChallengeSerializer,
    PhaseSerializer,
    ProblemSerializer,
    StatementSerializer,
)
from problems.api.serializers.curating import (
    ChangeEntrySerializer,
    FlagSerializer,
    PairSerializer,
    RaisedFlagSerializer,
    RoleSerializer,
    TrashedSerializer,
)
from problems.api.serializers.imports import ImportEntrySerializer, ImportSerializer
from problems.api.serializers.interests import AgreementSerializer, InterestSerializer
from problems.api.serializers.lookups import LookupSerializer
from problems.api.serializers.papers import DuplicateSerializer, LoggedPaperSerializer, PaperSerializer
from problems.api.serializers.proposals import ChangeSerializer, VersionSerializer, WholeChangeSerializer
from problems.api.serializers.reviewing import AssignmentSerializer, ReviewerSerializer
from problems.api.serializers.root import RootSerializer
from problems.api.serializers.searches import LoggedSearchSerializer, SearchSerializer
from problems.api.serializers.submissions import EventSerializer, SubmissionSerializer
from problems.api.serializers.suggestions import SuggestedPapersSerializer, SuggestionsSerializer
from problems.api.serializers.tags import LoggedTagSerializer, TagSerializer
from problems.api.serializers.talk import FeedSerializer, MessageSerializer, NotificationSerializer, PacesSerializer, WatchSerializer
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
    "duplicates",
    "trash",
    "flags",
    "notifications",
    "following",
    "reviewers",
    "assignments",
    "bulk-changes",
    "interests",
    "catalogue-changes",
    "teams",
    "care",
    "restricted-reads",
    "changes",
    "notification-paces",
    "agreement",
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
_BULK_ITEM: dict[str, Any] = {
    "id": "m2t7x4c9qe",
    "submission": _to("submissions", "m2t7x4c9qe"),
    "left": "",
    "changes": [{"what": "Tag P5.L2 narrows", "before": "proposed", "after": "accepted"}],
}
EXAMPLES: dict[type[Serializer[Any]], dict[str, Any]] = {
    BulkPreviewSerializer: {
        "act": "accept",
        "items": [_BULK_ITEM | {"modified": "2026-02-01T12:00:00Z"}],
        "states": [{"statement": _to("statements", "P5.L2"), "before": "untouched", "after": "narrowed"}],
    },
    BulkChangeSerializer: _object(
        "c4n8w2y6ds",
        "bulk-changes/c4n8w2y6ds",
        "/review/bulk/c4n8w2y6ds/",
        act="accept",
        by="Ada Berg",
        undone=None,
        undoable=True,
        options={"reason": "", "words": "", "to": None, "source": "", "target": "", "relation": ""},
        items=[_BULK_ITEM],
    ),
    CareSerializer: {"fold_from": 1, "left_out": ["self_harm"], "most_level": 2, "daily": 10},
    RestrictedReadSerializer: {
        "at": "2026-02-01T12:00:00Z",
        "reader": "Ada Berg",
        "reader_id": "r4n8w2y6ds",
        "face": "site",
        "kind": "paper",
        "record": "k3v9q1x0ab",
        "request_id": "0f0e0d0c-0b0a-4908-8706-050403020100",
    },
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
        review_by="2027-03-01",
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
        address_is_link=True,
        retracted=False,
        corrected=False,
        advisory=0,
        topics=[],
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

_OPINION: dict[str, Any] = {
    "id": "q4r8t2v6wb",
    "state": "agreed",
    "asked": "2026-01-31T12:00:00Z",
    "wanted": None,
    "first": "Grace",
    "rulings": {"tags": {"p8d4w1z6rb": {"verdict": "accept"}}},
    "note": "",
    "given": "2026-02-01T12:00:00Z",
    "second": "Alan",
    "second_rulings": {"tags": {"p8d4w1z6rb": {"verdict": "accept"}}},
    "second_note": "",
    "proposed_by": None,
    "proposed": None,
    "settled_by": None,
    "closed": "2026-02-01T12:00:00Z",
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
        turn=None,
        assigned=None,
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
        opinions=[_OPINION],
        appeal=None,
        withheld=False,
    ),
}
_CHANGE = _object(
    "z6c3h8k2vu",
    "catalogue-changes/z6c3h8k2vu",
    "/catalogue/changes/z6c3h8k2vu/",
    kind="wording",
    state="proposed",
    problem=None,
    statement=_to("statements", "P5.L2"),
    call=None,
    values={"text": "Few watermarks survive fine-tuning."},
    before={"text": "Watermarks do not survive fine-tuning."},
    reason="One was shown to survive.",
    by="Grace",
    answer="",
    answered_by=None,
    answered=None,
    undone=None,
)
EXAMPLES |= {
    ChangeSerializer: _CHANGE,
    WholeChangeSerializer: _CHANGE
    | {
        "preview": {
            "obstacle": "",
            "changes": [
                {"field": "text", "before": "Watermarks do not survive fine-tuning.", "after": "Few watermarks survive fine-tuning."},
            ],
            "states": [],
            "moving": 0,
            "staying": 0,
            "moving_tags": [],
            "staying_tags": [],
            "searches": 0,
            "declarations": 0,
            "followers": 0,
            "calls": [],
        }
    },
    VersionSerializer: {
        "number": 2,
        "at": "2026-02-01T12:00:00Z",
        "kind": "changed",
        "actor": "a reviewer",
        "changed": ["text"],
        "values": {"text": "Few watermarks survive fine-tuning.", "review_by": "", "retired_on": "", "successor": ""},
    },
}
EXAMPLES |= {
    InterestSerializer: _to("interests", "j2k6m9p3xc")
    | {"created": "2026-01-15T09:30:00Z", "paper": _to("papers", "k3v9q2m7xa"), "team": None, "author": ""},
    AgreementSerializer: {
        "fewest": 5,
        "rows": [{"relation": "", "pairs": 24, "percent": 88}, {"relation": "narrows", "pairs": 3, "percent": None}],
    },
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
_REVIEWER = _to("reviewers", "h6j1s9f2kd") | {"name": "Grace"}
EXAMPLES |= {
    ReviewerSerializer: _REVIEWER,
    AssignmentSerializer: _to("assignments", "w2n7e5q8tb")
    | {"created": "2026-01-15T09:30:00Z", "reviewer": _REVIEWER, "problem": _to("problems", 5), "team": None, "person": None},
}
EXAMPLES |= {
    MessageSerializer: {
        "id": "q6w1r8t3yz",
        "submission": _SUBMISSION,
        "audience": "contributor",
        "author": "a reviewer",
        "text": "@Ada, is it Section 4?",
        "created": "2026-01-21T10:15:00Z",
    },
    NotificationSerializer: _to("notifications", "n9v4b7c2xk")
    | {
        "html_url": f"{SITE}/my/submissions/m5t2c8y4ne/",
        "subject": "decision",
        "text": "What you handed in was decided on: “A watermark that survives”.",
        "at": "2026-02-01T12:00:00Z",
        "read": None,
    },
    PacesSerializer: {
        "decision": "at_once",
        "message": "daily",
        "mention": "daily",
        "assignment": "weekly",
        "opinion": "weekly",
        "flag": "weekly",
        "followed": "weekly",
        "account": "none",
    },
    FeedSerializer: {"address": f"{SITE}/feeds/following/made-up-and-secret.atom"},
    WatchSerializer: _to("following", "f3d8s5a1qw")
    | {
        "html_url": f"{SITE}/problems/5-watermark-robustness/#P5.L2",
        "created": "2026-01-15T09:30:00Z",
        "problem": None,
        "statement": _to("statements", "P5.L2"),
        "call": None,
        "team": None,
    },
}
_FLAG: dict[str, Any] = _to("flags", "g5k2p7v9mx") | {
    "paper": _to("papers", "k3v9q2m7xa"),
    "tag": None,
    "statement": None,
    "reason": "wrong",
    "text": "The year is another one.",
    "by": "",
    "state": "open",
    "answer": "",
    "created": "2026-01-21T10:15:00Z",
    "answered": None,
}
EXAMPLES |= {
    PairSerializer: _to("duplicates", "d8r3t6w1yb")
    | {
        "certain": False,
        "first": EXAMPLES[PaperSerializer],
        "second": EXAMPLES[PaperSerializer],
        "created": "2026-01-15T09:30:00Z",
        "modified": "2026-01-15T09:30:00Z",
    },
    TrashedSerializer: _to("trash", "t4n9c2x7qe")
    | {
        "kind": "paper",
        "thing": "k3v9q2m7xa",
        "was": "public",
        "title": "A watermark that survives",
        "reason": "It is no work of its own.",
        "by": "Grace",
        "at": "2026-02-01T12:00:00Z",
        "restored": None,
    },
    FlagSerializer: _FLAG,
    RaisedFlagSerializer: _FLAG | {"follow": f"{SITE}/flags/kZ3vQ9m2Xa7pT1wR5yB8cN4dF6hJ0lS2uE9gV7iO3x/"},
    ChangeEntrySerializer: {
        "at": "2026-02-01T12:00:00Z",
        "kind": "changed",
        "what": "paper",
        "name": "k3v9q2m7xa",
        "html_url": f"{SITE}/papers/k3v9q2m7xa/a-watermark-that-survives/",
        "by": "a reviewer",
        "changed": ["title", "venue"],
        "face": "",
        "reason": "",
    },
    RoleSerializer: {"id": "h6j1s9f2kd", "name": "Grace", "role": "reviewer"},
}
