"""What the bodies of writes hold: of each field how it is read, and the schema that says so to others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from problems.choices import (
    Advisory,
    Audience,
    Basis,
    BulkAct,
    ChangeKind,
    FlagReason,
    Material,
    Modality,
    Pace,
    PaperType,
    Reason,
    Relation,
    Role,
    Scheme,
    Section,
    Settlement,
    Subject,
    SubmissionKind,
    Topic,
    Verdict,
)
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
    count_or_none,
    flag,
    listed,
    number,
    of,
    text,
    word,
)
from problems.identifiers import IDENTIFIER_LIMIT, URL_LIMIT
from problems.models.reviewing import NEVER_FOLD
from problems.queries.recognising import PASTE_LIMIT
from problems.services.bulk_changes import MOST as BULK_MOST
from problems.services.care import DAILY_MOST
from problems.services.interests import KINDS as INTERESTS
from problems.services.interests import LONGEST as INTEREST_LONGEST
from problems.services.merging import FIELDS, KEPT, MERGED
from problems.text import ABSTRACT_LIMIT, AUTHORS_LIMIT, LOCATOR_LIMIT, NAME_LIMIT, NOTE_LIMIT, RATIONALE_LIMIT, TITLE_LIMIT, VENUE_LIMIT

type Schema = dict[str, Any]
type Fields = dict[str, tuple[Reader, Schema]]

RULINGS_LIMIT, ENTRIES_MOST = 200, 1_000_000
SLUG_LIMIT = 60
PROBLEMS_MOST = 999


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
    "topics": _list({"$ref": "#/components/schemas/Topic"}, len(Topic), "What the abstract speaks of, where it carries an advisory."),
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
_DECIDED: Fields = {name: both for name, both in DECISION.fields.items() if name != "records"}
OPINION = Body(
    "OpinionData",
    "A decision on every part that waits, to be kept back until a second opinion is given.",
    {**_DECIDED, "wanted": (text(ID_LIMIT), _text(ID_LIMIT, "Id of a reviewer, from reviewers/. Empty: anybody."))},
)
SETTLING = Body(
    "SettlingData",
    "How a difference is settled: a decision on every part that waits, or that what the other proposes is confirmed.",
    {**_DECIDED, "confirm": (flag, {"type": "boolean", "default": False, "description": "Whether what the other of the two proposes is confirmed."})},
)
INTEREST = Body(
    "InterestData",
    "With what you have a conflict of interest.",
    {
        "kind": (text(10), {"type": "string", "enum": [*INTERESTS], "description": "With a paper, an author or a team."}),
        "what": (
            text(INTEREST_LONGEST),
            _text(
                INTEREST_LONGEST, "Of a paper its id, DOI or address; of an author the ORCID, or family name, comma, given names; of a team its slug."
            ),
        ),
    },
    ("kind", "what"),
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
_TO = (text(ID_LIMIT), _text(ID_LIMIT, "Id of a reviewer, from reviewers/. Empty: nobody in particular."))
HAND_OVER = Body("HandOverData", "To whom, if to somebody.", {"to": _TO}, optional=True)
ASSIGNING = Body("AssigningData", "Who is asked to review it.", {"to": _TO}, ("to",))
ASSIGNMENT = Body(
    "AssignmentData",
    "What comes in for whom: a problem, a team or a person, one of the three.",
    {
        "reviewer": (text(ID_LIMIT), _text(ID_LIMIT, "Id of the reviewer, from reviewers/.")),
        "problem": (number(PROBLEMS_MOST), {"type": "integer", "minimum": 1, "maximum": PROBLEMS_MOST, "description": "Number of the problem."}),
        "team": (text(SLUG_LIMIT), _text(SLUG_LIMIT, "Slug of the team.")),
        "person": (text(ID_LIMIT), _text(ID_LIMIT, "Id of the account of the person.")),
    },
    ("reviewer",),
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
_BULK: Fields = {
    "act": (word(BulkAct), _word(BulkAct, "What is done to each of them.", empty=False)),
    "submissions": (
        listed(text(ID_LIMIT), BULK_MOST, "submissions"),
        _list({"type": "string", "maxLength": ID_LIMIT}, BULK_MOST, f"Ids of submissions, up to {BULK_MOST}."),
    ),
    "reason": (word(Reason), _word(Reason, "To decline: why; the codebook defines each.")),
    "words": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "To decline or to restrict: why, in words.")),
    "to": (text(ID_LIMIT), _text(ID_LIMIT, "To assign: the reviewer, by the id of the account.")),
    "source": (text(CODE_LIMIT), _text(CODE_LIMIT, "To re-tag: only tags that point at this. Empty: all that wait.")),
    "target": (text(CODE_LIMIT), _text(CODE_LIMIT, "To re-tag: what they should point at. Empty: as it is.")),
    "relation": (word(Relation), _word(Relation, "To re-tag: the relation that they should have. Empty: as it is.")),
}
BULK = Body("BulkData", "One act on many submissions. A preview says what it would change.", _BULK, ("act", "submissions"))
_MODIFIED: Schema = {
    "type": "object",
    "additionalProperties": {"type": "string", "format": "date-time"},
    "maxProperties": BULK_MOST,
    "description": "Of submissions, by id, when they had last changed as the preview said. One that has changed since is left.",
}
BULK_CHANGE = Body(
    "BulkChangeData",
    "One act on many submissions, to be done.",
    {**_BULK, "seen": (by_id(text(40), BULK_MOST), _MODIFIED)},
    ("act", "submissions"),
)
_LEVEL_REASON = (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why; may be empty."))
_TOPICS = (RECORD["topics"], _RECORD["topics"])
ADVISORY = Body(
    "AdvisoryData",
    "How hard a record is to read, and what it is about. Without a level there are no topics.",
    {"advisory": (RECORD["advisory"], _word(Advisory, "The level.", empty=False)), "topics": _TOPICS, "reason": _LEVEL_REASON},
    ("advisory",),
)
_ADDRESS = (text(URL_LIMIT), _text(URL_LIMIT, "As it stands in the record."))
LINK = Body("LinkData", "The address that you looked at.", {"address": _ADDRESS}, ("address",))
CARE = Body(
    "CareData",
    "How you want to read; what is left out stays.",
    {
        "fold_from": (
            number(NEVER_FOLD),
            {"type": "integer", "minimum": 1, "maximum": NEVER_FOLD, "description": "From which level on texts are folded; 4 for never."},
        ),
        "left_out": (_TOPICS[0], _TOPICS[1] | {"description": "Topics that are always folded, and that your queue leaves out."}),
        "most_level": (RECORD["advisory"], _word(Advisory, "The highest level that your queue offers.", empty=False)),
        "daily": (
            count_or_none(DAILY_MOST),
            {"type": ["integer", "null"], "minimum": 0, "maximum": DAILY_MOST, "description": "Advised items a day; null for no limit."},
        ),
    },
)
MESSAGE = Body(
    "MessageData",
    "What you want to say about a submission.",
    {
        "audience": (word(Audience), _word(Audience, "Who reads it. Reviewers write among themselves with reviewers.", empty=False)),
        "text": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "What you say. @ and a name tells that person.")),
    },
    ("audience", "text"),
)
READ = Body(
    "ReadData",
    "Whether all that came before it counts as read, too.",
    {"earlier": (flag, {"type": "boolean", "default": False, "description": "Also all that came before it."})},
    optional=True,
)
PACES = Body(
    "PacesData",
    "How often mails of each kind come; what is left out stays.",
    {subject.value: (word(Pace), _word(Pace, f"{subject.label}.", empty=False)) for subject in Subject},
)
FOLLOWED = Body(
    "FollowedData",
    "What you want to follow: a target or a team.",
    {"target": (text(CODE_LIMIT), _text(CODE_LIMIT, _CODE)), "team": (text(SLUG_LIMIT), _text(SLUG_LIMIT, "Slug of a team."))},
)
_DAY = (text(DAY_LIMIT), _text(DAY_LIMIT, "The day on which it is asked again whether it holds. Empty: it does not age."))
PROPOSAL = Body(
    "ProposalData",
    "A change of the catalogue: of kind wording with title, question, summary, text or review_by; of kind new with section, text and review_by; of "
    "kind retirement with successor.",
    {
        "kind": (word(ChangeKind), _word(ChangeKind, "What is to change.", empty=False)),
        "target": (text(CODE_LIMIT), _text(CODE_LIMIT, f"What it is about. {_CODE}")),
        "title": (text(TITLE_LIMIT), _text(TITLE_LIMIT, "Title of a problem.")),
        "question": (text(ABSTRACT_LIMIT, multiline=True), _text(ABSTRACT_LIMIT, "Question of a problem.")),
        "summary": (text(ABSTRACT_LIMIT, multiline=True), _text(ABSTRACT_LIMIT, "Summary of a problem.")),
        "text": (text(ABSTRACT_LIMIT, multiline=True), _text(ABSTRACT_LIMIT, "Words of a statement or a call.")),
        "section": (word(Section), _word(Section, "The list that a new statement stands in.")),
        "review_by": _DAY,
        "successor": (text(CODE_LIMIT), _text(CODE_LIMIT, "Code of the statement that stands in its place. Empty: none.")),
        "reason": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why.")),
    },
    ("kind", "target", "reason"),
)
PROPOSAL_ANSWER = Body(
    "ProposalAnswerData",
    "Why it stays as it is.",
    {"answer": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Read by who proposed it and by reviewers."))},
    ("answer",),
)
STILL_TRUE = Body(
    "StillTrueData",
    "That a statement still holds.",
    {
        "reason": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "What you looked at.")),
        "until": (text(DAY_LIMIT), _text(DAY_LIMIT, "The day on which it is asked again. Without it a year from today.")),
    },
    ("reason",),
)
FLAG = Body(
    "FlagData",
    "What is wrong with an entry: one of paper, tag and statement is named.",
    {
        "paper": (text(ID_LIMIT), _text(ID_LIMIT, "Id of the paper, if it is one.")),
        "tag": (text(ID_LIMIT), _text(ID_LIMIT, "Id of the tag, if it is one.")),
        "statement": (text(CODE_LIMIT), _text(CODE_LIMIT, "Code of the statement, if it is one.")),
        "reason": (word(FlagReason), {"type": "string", "enum": FlagReason.values, "description": "What is wrong."}),
        "text": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "In words.")),
    },
    ("reason",),
)
FLAG_ANSWER = Body(
    "FlagAnswerData",
    "What was made of a flag.",
    {
        "state": (text(20), {"type": "string", "enum": ["upheld", "dismissed"], "description": "Whether there was something wrong."}),
        "text": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Words for who raised it.")),
    },
    ("state", "text"),
)
ROLE = Body(
    "RoleData",
    "Another role, and why.",
    {
        "role": (text(20), {"type": "string", "enum": [role.name.lower() for role in Role], "description": "The role."}),
        "reason": (text(NOTE_LIMIT, multiline=True), _text(NOTE_LIMIT, "Why. It is kept in the record, which curators read.")),
    },
    ("role", "reason"),
)
NOTHING = Body("NothingData", "Nothing: an empty object, or no body.", {}, optional=True)

COMPONENTS = {
    body.name: body
    for body in (
        *(AUTHOR, RECORD_DATA, TAG_DATA, SEARCH_DATA, CHANGES_DATA, CORRECTION_DATA, SUBMISSION, SUBMISSION_CHANGES, PAPER, PAPER_CHANGES),
        *(TAG_NEW, TAG_CHANGES, SEARCH_NEW, RULING, TAG_RULING, DECISION, CHANGES_REQUEST, APPEAL, RESTRICTION, LOOKUP, TITLE, NOTHING),
        *(METHOD_DATA, METHOD_RULING, SETTLEMENT),
        *(MESSAGE, READ, PACES, FOLLOWED),
        *(HAND_OVER, ASSIGNING, ASSIGNMENT),
        *(PROPOSAL, PROPOSAL_ANSWER, STILL_TRUE),
        *(OPINION, SETTLING, INTEREST),
        *(ADVISORY, LINK, CARE),
        *(FLAG, FLAG_ANSWER, ROLE),
        *(MERGE, UNMERGE, BULK, BULK_CHANGE),
    )
}
"""All by name, as the OpenAPI document lists them."""
