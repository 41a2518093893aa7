"""What the bodies of writes hold: of each field how it is read, and the schema that says so to others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from problems.choices import Advisory, Basis, Material, Modality, PaperType, Reason, Relation, Scheme, Settlement, SubmissionKind, Verdict
from problems.handed_in import (
    CHANGES,
    CODE_LIMIT,
    CONTENT,
    CORRECTION,
    DAY_LIMIT,
    ID_LIMIT,
    IDENTIFIERS_LIMIT,
    METHOD,
    PERSON,
    QUERY_LIMIT,
    RECORD,
    SEARCH,
    TAG,
    TAGS_LIMIT,
    TARGETS_LIMIT,
    Reader,
    by_id,
    flag,
    number,
    of,
    text,
    word,
)
from problems.identifiers import IDENTIFIER_LIMIT, URL_LIMIT
from problems.queries.recognising import PASTE_LIMIT
from problems.services.merging import FIELDS, KEPT, MERGED
from problems.text import ABSTRACT_LIMIT, AUTHORS_LIMIT, LOCATOR_LIMIT, NAME_LIMIT, NOTE_LIMIT, RATIONALE_LIMIT, TITLE_LIMIT, VENUE_LIMIT

type Schema = dict[str, Any]
type Fields = dict[str, tuple[Reader, Schema]]

RULINGS_LIMIT, ENTRIES_MOST = 200, 1_000_000
SLUG_LIMIT = 60


@dataclass(frozen=True, slots=True)
class Body:
    """An object that is sent: what it is, its fields, and which of them have to be there."""

    name: str
    text: str
    fields: Fields
    required: tuple[str, ...] = ()
    optional: bool = field(default=False, kw_only=True)
    """Whether a request may come without a body."""

    @property
    def readers(self) -> dict[str, Reader]:
        """How each field is read."""
        return {name: reader for name, (reader, _) in self.fields.items()}

    @property
    def schema(self) -> Schema:
        """What it holds."""
        found: Schema = {
            "type": "object",
            "description": self.text,
            "properties": {name: schema for name, (_, schema) in self.fields.items()},
            "additionalProperties": False,
        }
        return found | ({"required": list(self.required)} if self.required else {})


def _text(limit: int, words: str) -> Schema:
    return {"type": "string", "maxLength": limit, "description": f"{words} Up to {limit:,} characters."}


def _word(vocabulary: Any, words: str, *, empty: bool = True) -> Schema:
    """A word of a vocabulary, which the document lists by its name; where it may be left open, an empty one too."""
    one = {"$ref": f"#/components/schemas/{vocabulary.__name__}"}
    return {"oneOf": [one, {"type": "string", "maxLength": 0}] if empty else [one], "description": words}


def _list(items: Schema, limit: int, words: str) -> Schema:
    return {"type": "array", "items": items, "maxItems": limit, "description": words}


def _ref(name: str, words: str) -> Schema:
    return {"allOf": [{"$ref": f"#/components/schemas/{name}"}], "description": words}


def _with(readers: Mapping[str, Reader], schemas: Mapping[str, Schema]) -> Fields:
    """Both sides of each field; a field that lacks one stops the start."""
    if left := readers.keys() ^ schemas.keys():
        raise LookupError(left)
    return {name: (readers[name], schemas[name]) for name in schemas}


_ID, _CODE = "Ten letters and digits.", "Code: P5.L2 for a statement, C3 for a call, P5 for a problem as a whole."
_PERSON = {
    "family": _text(NAME_LIMIT, "Family name."),
    "given": _text(NAME_LIMIT, "Given names."),
    "particle": _text(100, "As in van der Berg."),
    "suffix": _text(100, "As in Jr."),
    "literal": _text(NAME_LIMIT, "An organisation, or a name that has no parts."),
    "orcid": _text(19, "ORCID."),
}
_IDENTIFIERS: Schema = {
    "type": "object",
    "properties": {
        scheme.value: _list({"type": "string", "maxLength": IDENTIFIER_LIMIT}, IDENTIFIERS_LIMIT, f"{scheme.label}, in any spelling.")
        for scheme in Scheme
    },
    "additionalProperties": False,
    "description": "Identifiers by scheme, each a list.",
}
_RECORD: dict[str, Schema] = {
    "title": _text(TITLE_LIMIT, "Title."),
    "authors": _list({"$ref": "#/components/schemas/AuthorData"}, AUTHORS_LIMIT, f"Authors, in order, up to {AUTHORS_LIMIT:,}."),
    "date": _text(DAY_LIMIT, "Date as precise as it is known: 2024, 2024-05 or 2024-05-01."),
    "venue": _text(VENUE_LIMIT, "Journal, conference or publisher."),
    "type": _word(PaperType, "Kind of work."),
    "address": _text(URL_LIMIT, "Where to read it: an http or https address."),
    "abstract": _text(ABSTRACT_LIMIT, "Abstract."),
    "identifiers": _IDENTIFIERS,
    "advisory": _word(Advisory, "How hard the abstract is to read.", empty=False),
}
_TAG: dict[str, Schema] = {
    "id": _text(ID_LIMIT, "Of a tag that was handed in before, its id."),
    "target": _text(CODE_LIMIT, _CODE),
    "relation": _word(Relation, "What the paper says about it; the codebook defines each."),
    "rationale": _text(RATIONALE_LIMIT, "What in the paper bears on it."),
    "locator": _text(LOCATOR_LIMIT, "Page, section or figure."),
    "basis": _word(Basis, "What the evidence was gathered on; the codebook defines each."),
}
_SEARCH: dict[str, Schema] = {
    "targets": _list({"type": "string", "maxLength": CODE_LIMIT}, TARGETS_LIMIT, "Codes of statements, or of problems as a whole."),
    "where": _text(QUERY_LIMIT, "Where you looked."),
    "query": _text(QUERY_LIMIT, "What you looked for."),
    "searched_on": _text(DAY_LIMIT, "Day of the search, like 2026-01-31."),
}
_METHOD: dict[str, Schema] = {
    "material": _word(Material, "Whether the method needs harmful material; the codebook defines each."),
    "modalities": _list({"$ref": "#/components/schemas/Modality"}, len(Modality), "What kind of system or content was studied."),
}
_FLAGS: dict[str, Schema] = {
    "retracted": {"type": "boolean", "description": "Whether it was retracted."},
    "corrected": {"type": "boolean", "description": "Whether it was corrected."},
}
_CORRECTION: dict[str, Schema] = {
    "paper": _text(ID_LIMIT, "Id of the paper, if it is one that is to be corrected."),
    "tag": _text(ID_LIMIT, "Id of the tag, if it is one."),
    "changes": _ref("ChangesData", "The fields that should read otherwise."),
    "reason": _text(NOTE_LIMIT, "Why."),
}
_MESSAGE = (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "A message to the reviewers."))
_REASON = (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why: a short reason that names no detail."))
_NOTE = _text(NOTE_LIMIT, "A note to the contributor.")

AUTHOR = Body("AuthorData", "An author to be recorded: a family name or a literal name, and what else is known.", _with(PERSON, _PERSON))
RECORD_DATA = Body("RecordData", "A record to be handed in.", _with(RECORD, _RECORD))
TAG_DATA = Body("TagData", "A tag to be handed in.", _with(TAG, _TAG))
SEARCH_DATA = Body("SearchData", "A search that found nothing, to be handed in.", _with(SEARCH, _SEARCH))
CHANGES_DATA = Body(
    "ChangesData",
    "Fields of a paper, or of a tag, as they should read.",
    _with(CHANGES, {**_RECORD, **{name: schema for name, schema in _TAG.items() if name != "id"}, **_METHOD, **_FLAGS}),
)
METHOD_DATA = Body("MethodData", "What the method of a paper needs and what it was tried on, as far as known.", _with(METHOD, _METHOD))
CORRECTION_DATA = Body("CorrectionData", "What should read otherwise on a paper, or on a tag.", _with(CORRECTION, _CORRECTION))

_CONTENT: Mapping[SubmissionKind, dict[str, Schema]] = {
    SubmissionKind.PAPER: {
        "paper": _text(ID_LIMIT, "Id of the paper, if it is on record."),
        "record": _ref("RecordData", "Its record, if it is not."),
        "tags": _list({"$ref": "#/components/schemas/TagData"}, TAGS_LIMIT, "What it says about statements, calls and problems."),
        "method": _ref("MethodData", "What its method needs and what it was tried on: optional, decided on as one."),
    },
    SubmissionKind.SEARCH: {"search": _ref("SearchData", "The search.")},
    SubmissionKind.CORRECTION: {"correction": _ref("CorrectionData", "The correction.")},
}
_EVERY_CONTENT: Fields = {name: both for kind, schemas in _CONTENT.items() for name, both in _with(CONTENT[kind], schemas).items()}
_TEAM = (text(SLUG_LIMIT), _text(SLUG_LIMIT, "Slug of the team on whose behalf it is: one that you are in. Empty: none."))
_KIND = (word(SubmissionKind), _word(SubmissionKind, "What is handed in. Without it: paper.", empty=False))
_SUBMIT = (flag, {"type": "boolean", "default": False, "description": "Whether it is handed in at once. Else it stays a draft."})

SUBMISSION = Body(
    "SubmissionData",
    "A submission: of kind paper with paper or record, and tags; of kind search with search; of kind correction with correction.",
    {"kind": _KIND, "submit": _SUBMIT, "team": _TEAM, "message": _MESSAGE, **_EVERY_CONTENT},
)
SUBMISSION_CHANGES = Body(
    "SubmissionChanges",
    "Fields of a submission to be replaced, each as a whole; the others stay.",
    {"team": _TEAM, "message": _MESSAGE, **_EVERY_CONTENT},
)
PAPER = Body("PaperData", "A paper to be logged.", {**RECORD_DATA.fields, "team": _TEAM, "message": _MESSAGE}, ("title",))
PAPER_CHANGES = Body("PaperChanges", "Fields of a paper to be replaced, each as a whole; the others stay.", RECORD_DATA.fields)
_TAG_VALUES: Fields = {name: both for name, both in TAG_DATA.fields.items() if name != "id"}
TAG_NEW = Body(
    "NewTag",
    "A tag on a paper that is on record.",
    {"paper": (text(ID_LIMIT), _text(ID_LIMIT, f"Id of the paper. {_ID}")), **_TAG_VALUES, "team": _TEAM, "message": _MESSAGE},
    ("paper", "target", "relation", "rationale", "basis"),
)
TAG_CHANGES = Body("TagChanges", "Fields of a tag to be replaced; the others stay.", _TAG_VALUES)
SEARCH_NEW = Body(
    "NewSearch",
    "A search that found nothing, for one statement or one problem.",
    {
        "target": (text(CODE_LIMIT), _text(CODE_LIMIT, "Code of the statement, or of the problem as a whole.")),
        **{name: both for name, both in SEARCH_DATA.fields.items() if name != "targets"},
        "team": _TEAM,
        "message": _MESSAGE,
    },
    ("target", "where", "query", "searched_on"),
)

_RULING: Fields = {
    "verdict": (
        word(Verdict),
        _word(Verdict, "Accept, decline; or, for the record, restrict.", empty=False),
    ),
    "reason": (word(Reason), _word(Reason, "Why it is declined; the codebook defines each.")),
    "words": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why, in words.")),
}
RULING = Body("RulingData", "A decision on one part.", _RULING, ("verdict",))
TAG_RULING = Body(
    "TagRulingData",
    "A decision on one tag.",
    {
        **_RULING,
        "changes": (of(TAG_CHANGES.readers), _ref("TagChanges", "Of a tag that is accepted: fields that read otherwise. A new target moves it.")),
        "restrict_text": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why its rationale and locator are kept to reviewers, if so.")),
    },
    ("verdict",),
)


METHOD_RULING = Body(
    "MethodRulingData",
    "A decision on what is said of the method.",
    {
        **_RULING,
        "changes": (of(METHOD), _ref("MethodData", "Where it is accepted: fields that read otherwise. An empty one is left as it is on record.")),
    },
    ("verdict",),
)


def _by_id(body: Body, words: str) -> tuple[Reader, Schema]:
    schema: Schema = {
        "type": "object",
        "additionalProperties": {"$ref": f"#/components/schemas/{body.name}"},
        "maxProperties": RULINGS_LIMIT,
        "description": words,
    }
    return by_id(of(body.readers), RULINGS_LIMIT), schema


DECISION = Body(
    "DecisionData",
    "A decision on every part that waits.",
    {
        "record": (of(RULING.readers), _ref("RulingData", "On the record of the paper, if it waits.")),
        "tags": _by_id(TAG_RULING, "On each tag, by id."),
        "searches": _by_id(RULING, "On each search, by id."),
        "correction": (of(RULING.readers), _ref("RulingData", "On the correction.")),
        "method": (of(METHOD_RULING.readers), _ref("MethodRulingData", "On the method, if one waits.")),
        "records": _by_id(RULING, "Of an import alone: on each record, by the id of its paper; under the name all on all others that wait."),
        "note": (text(NOTE_LIMIT, multiline=True), _NOTE),
    },
)
_WORDS: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string", "maxLength": NOTE_LIMIT},
    "maxProperties": RULINGS_LIMIT,
    "description": "Words on single tags, by id.",
}
CHANGES_REQUEST = Body(
    "ChangesRequestData",
    "What should change: a note, words on single tags, words on the method, or several of them.",
    {
        "note": (text(NOTE_LIMIT, multiline=True), _NOTE),
        "tags": (by_id(text(NOTE_LIMIT, multiline=True), RULINGS_LIMIT), _WORDS),
        "method": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Words on what is said of the method.")),
    },
)
APPEAL = Body(
    "AppealData",
    "Why somebody else should decide once more.",
    {"text": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why it should be looked at once more."))},
    ("text",),
)
RESTRICTION = Body("ReasonData", "Why.", {"reason": _REASON}, ("reason",))
TITLE = Body(
    "TitleData",
    "A paper to make suggestions for.",
    {
        "title": (text(TITLE_LIMIT), _text(TITLE_LIMIT, "Title.")),
        "abstract": (text(ABSTRACT_LIMIT, multiline=True), _text(ABSTRACT_LIMIT, "Abstract; it counts for less than the title.")),
    },
    ("title",),
)
LOOKUP = Body(
    "LookupData",
    "What somebody knows of a paper.",
    {"what": (text(PASTE_LIMIT, multiline=True), _text(PASTE_LIMIT, "An identifier, an address, a title, or one entry of a bibliography."))},
    ("what",),
)
SETTLEMENT = Body(
    "SettlementData",
    "What an unclear entry of a file is.",
    {
        "entry": (number(ENTRIES_MOST), {"type": "integer", "minimum": 1, "maximum": ENTRIES_MOST, "description": "Its number in the file."}),
        "choice": (word(Settlement), {"type": "string", "enum": Settlement.values, "description": "The same work as the record named, or new."}),
    },
    ("entry", "choice"),
)
_MERGED = (text(ID_LIMIT), _text(ID_LIMIT, f"Id of the other paper. {_ID}"))
_SIDES: Schema = {
    "type": "object",
    "properties": {name: {"type": "string", "enum": [KEPT, MERGED]} for name in FIELDS},
    "additionalProperties": False,
    "description": "Whose value of a field stays. Without it: that of this paper, unless it has none.",
}
MERGE = Body(
    "MergeData",
    "Another paper that is the same work, and what of it is taken over.",
    {
        "merged": _MERGED,
        "fields": (of({name: text(len(MERGED)) for name in FIELDS}), _SIDES),
        "reason": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why they are one work, without detail.")),
    },
    ("merged",),
)
UNMERGE = Body("UnmergeData", "Which paper is to be a record of its own again.", {"merged": _MERGED}, ("merged",))
NOTHING = Body("NothingData", "Nothing: an empty object, or no body.", {}, optional=True)

COMPONENTS = {
    body.name: body
    for body in (
        *(AUTHOR, RECORD_DATA, TAG_DATA, SEARCH_DATA, CHANGES_DATA, CORRECTION_DATA, SUBMISSION, SUBMISSION_CHANGES, PAPER, PAPER_CHANGES),
        *(TAG_NEW, TAG_CHANGES, SEARCH_NEW, RULING, TAG_RULING, DECISION, CHANGES_REQUEST, APPEAL, RESTRICTION, LOOKUP, TITLE, NOTHING),
        *(METHOD_DATA, METHOD_RULING, SETTLEMENT),
        *(MERGE, UNMERGE),
    )
}
"""All by name, as the OpenAPI document lists them."""
