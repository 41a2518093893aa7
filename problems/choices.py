"""The closed vocabularies that code depends on. Their labels, definitions and examples are one table: fixtures/codebook.yaml, read by codebook.py."""

from django.db.models import IntegerChoices, TextChoices


class Section(TextChoices):
    """The two lists of a problem."""

    EXISTING_WORK = "existing_work"
    LIMITATION = "limitation"


class Relation(TextChoices):
    """What a paper says about its target. Which relations fit which target stands in RELATIONS_OF."""

    CONTRIBUTES = "contributes"
    SURVEYS = "surveys"
    CHALLENGES = "challenges"
    ADDRESSES = "addresses"
    NARROWS = "narrows"
    CONFIRMS = "confirms"
    DISPUTES = "disputes"
    RESPONDS_TO = "responds_to"
    RELEVANT = "relevant"


class Target(TextChoices):
    """The kinds of thing that a tag points at."""

    EXISTING_WORK = "existing_work"
    LIMITATION = "limitation"
    CALL = "call"
    PROBLEM = "problem"


RELATIONS_OF: dict[Target, tuple[Relation, ...]] = {
    Target.EXISTING_WORK: (Relation.CONTRIBUTES, Relation.SURVEYS, Relation.CHALLENGES),
    Target.LIMITATION: (Relation.ADDRESSES, Relation.NARROWS, Relation.CONFIRMS, Relation.DISPUTES),
    Target.CALL: (Relation.RESPONDS_TO,),
    Target.PROBLEM: (Relation.RELEVANT,),
}


class Basis(TextChoices):
    """What the evidence was gathered on, since testing on the real thing is mostly unlawful."""

    OTHER_MODALITY = "other_modality"
    GENERAL_PROXY = "general_proxy"
    RELATED_BENIGN_CONCEPT = "related_benign_concept"
    VALIDATED_BY_AUTHORISED_BODY = "validated_by_authorised_body"
    NOT_APPLICABLE = "not_applicable"


class Material(TextChoices):
    """Whether a method needs harmful material."""

    NONE_NEEDED = "none_needed"
    PROXY_ONLY = "proxy_only"
    NEEDS_IT = "needs_it"


class Modality(TextChoices):
    """What kind of system or content was studied; a paper may have several."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    AGENTS = "agents"


class ReviewStatus(TextChoices):
    """Where a tag or a search stands in review."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    TRASHED = "trashed"


class Visibility(TextChoices):
    """Who may know of a paper; the rule itself is permissions.visible_papers."""

    WAITING = "waiting"
    PUBLIC = "public"
    RESTRICTED = "restricted"
    DECLINED = "declined"
    MERGED = "merged"
    TRASHED = "trashed"


class SubmissionKind(TextChoices):
    """What a submission hands in."""

    PAPER = "paper", "Paper and tags"
    SEARCH = "search", "Search"
    CORRECTION = "correction", "Correction"
    IMPORT = "import", "Import"


class SubmissionState(TextChoices):
    """Where a submission is; which moves lead from one to another stands in workflow.TABLE. Being in review is a claim on it, no state."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Submitted"
    CHANGES_REQUESTED = "changes_requested", "Changes requested"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DECIDED = "decided", "Decided"


class Part(TextChoices):
    """The kinds of thing in a submission that are decided on one by one."""

    RECORD = "record", "Record"
    TAG = "tag", "Tag"
    SEARCH = "search", "Search"
    CORRECTION = "correction", "Correction"
    METHOD = "method", "Method"


class Verdict(TextChoices):
    """What a reviewer says of one part."""

    ACCEPT = "accept", "Accepted"
    DECLINE = "decline", "Declined"
    RESTRICT = "restrict", "Restricted"
    CHANGE = "change", "To change"


class Reason(TextChoices):
    """Why a part is declined; words may say more."""

    NOT_SAID = "not_said"
    OTHER_STATEMENT = "other_statement"
    OTHER_RELATION = "other_relation"
    ON_RECORD = "on_record"
    OUT_OF_SCOPE = "out_of_scope"
    NOT_FOUND = "not_found"
    UNCLEAR = "unclear"
    OTHER = "other"


class ImportState(TextChoices):
    """Where the import of a file is."""

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


class RowOutcome(TextChoices):
    """What became of an entry of a file: a new record, one that is known, one that may be known, or none."""

    CREATED = "created", "Created"
    KNOWN = "known", "Known"
    UNCLEAR = "unclear", "Unclear"
    REFUSED = "refused", "Refused"


class Settlement(TextChoices):
    """What an unclear entry of a file is said to be."""

    SAME = "same"
    NEW = "new"


class LookupState(TextChoices):
    """What a metadata service has said so far."""

    PENDING = "pending", "Pending"
    FOUND = "found", "Found"
    NOTHING = "nothing", "Nothing found"
    FAILED = "failed", "Failed"


class TokenScope(TextChoices):
    """What a token may do."""

    READ = "read", "Read"
    WRITE = "write", "Read and write"


class State(TextChoices):
    """State of a limitation, derived by states.steps and never set by hand; in this order everywhere."""

    UNTOUCHED = "untouched"
    CONFIRMED = "confirmed"
    CONTESTED = "contested"
    NARROWED = "narrowed"
    ADDRESSED = "addressed"


class Role(IntegerChoices):
    """Each role may do all that the ones before it may."""

    READER = 10
    CONTRIBUTOR = 20
    REVIEWER = 30
    CURATOR = 40


class Scheme(TextChoices):
    """Identifier schemes; spelling and addresses are in identifiers.py."""

    DOI = "doi", "DOI"
    ARXIV = "arxiv", "arXiv"
    SSRN = "ssrn", "SSRN"
    OPENREVIEW = "openreview", "OpenReview"
    OPENALEX = "openalex", "OpenAlex"
    SEMANTIC_SCHOLAR = "semantic_scholar", "Semantic Scholar"
    PUBMED = "pubmed", "PubMed"
    ISBN = "isbn", "ISBN"


class PaperType(TextChoices):
    """Kinds of work."""

    ARTICLE = "article", "Journal article"
    CONFERENCE = "conference", "Conference paper"
    PREPRINT = "preprint", "Preprint"
    REPORT = "report", "Report"
    NEWS = "news", "News"
    WEB_PAGE = "web_page", "Web page"
    BOOK = "book", "Book"
    CHAPTER = "chapter", "Chapter"
    THESIS = "thesis", "Thesis"
    SOFTWARE = "software", "Software"
    DATASET = "dataset", "Data set"
    LEGAL = "legal", "Legal text"
    OTHER = "other", "Other"


class Advisory(IntegerChoices):
    """How hard an abstract is to read; from 1 on it is folded."""

    NONE = 0, "None"
    GENERAL = 1, "Names harmful concepts in general terms"
    SPECIFIC = 2, "Discusses harm or methods of abuse in some detail"
    GRAVE = 3, "Hard to read"


class Topic(TextChoices):
    """What an advised record is about, so that people can leave out what they do not want to read."""

    SEXUAL_ABUSE = "sexual_abuse"
    OFFENDING = "offending"
    VICTIMS = "victims"
    COERCION = "coercion"
    SELF_HARM = "self_harm"
    VIOLENCE = "violence"


class Turn(TextChoices):
    """Whose turn a submission is that somebody still has to do something about."""

    FIRST = "first_reviewer", "First reviewer"
    SECOND = "second_reviewer", "Second reviewer"
    SETTLE = "settle", "To settle"
    CONTRIBUTOR = "contributor", "Contributor"


class Passing(TextChoices):
    """How a reviewer left a submission to others: for today, or for good."""

    SKIPPED = "skipped"
    ABSTAINED = "abstained"


class BulkAct(TextChoices):
    """What can be done to many submissions at once."""

    ACCEPT = "accept", "Accept"
    DECLINE = "decline", "Decline"
    ASSIGN = "assign", "Assign"
    RETAG = "retag", "Re-tag"
    RESTRICT = "restrict", "Restrict"


class OpinionState(TextChoices):
    """Where a second opinion is: asked for, given and the same, given and different, settled, or taken back."""

    ASKED = "asked", "Asked for"
    AGREED = "agreed", "Agreed"
    DIFFERENT = "different", "Different"
    SETTLED = "settled", "Settled"
    WITHDRAWN = "withdrawn", "Withdrawn"


class Audience(TextChoices):
    """Who reads a message on a submission."""

    CONTRIBUTOR = "contributor", "Contributor and reviewers"
    REVIEWERS = "reviewers", "Reviewers only"


class Subject(TextChoices):
    """What a notification is about; a person sets a pace for each."""

    DECISION = "decision", "Answers to what you handed in"
    MESSAGE = "message", "Messages on your submissions and reviews"
    MENTION = "mention", "Messages that name you"
    ASSIGNMENT = "assignment", "Submissions assigned to you"
    OPINION = "opinion", "Second opinions asked of you, and differences to settle"
    FLAG = "flag", "Answers to your flags"
    FOLLOWED = "followed", "What you follow"
    ACCOUNT = "account", "Your role and your teams"


class Pace(TextChoices):
    """How often a kind of notification is sent by mail. In the app it shows at once, whatever this says."""

    AT_ONCE = "at_once", "At once"
    DAILY = "daily", "Daily"
    WEEKLY = "weekly", "Weekly"
    NONE = "none", "Never"


class FlagReason(TextChoices):
    """What is wrong with an entry, as a reader says."""

    WRONG = "wrong", "Something in it is wrong"
    DUPLICATE = "duplicate", "It is here twice"
    RETRACTED = "retracted", "The work was retracted or corrected"
    HARMFUL = "harmful", "It points to harmful material, or tells too much"
    PERSONAL = "personal", "It tells something about a person"
    OTHER = "other", "Something else"


class FlagState(TextChoices):
    """Where a flag is."""

    OPEN = "open", "Open"
    UPHELD = "upheld", "Upheld"
    DISMISSED = "dismissed", "Dismissed"


class ChangeKind(TextChoices):
    """What can be proposed for the catalogue."""

    WORDING = "wording", "Another wording"
    NEW = "new", "A new statement"
    RETIREMENT = "retirement", "A retirement"


class ChangeState(TextChoices):
    """Where a proposed change of the catalogue is."""

    PROPOSED = "proposed", "Proposed"
    PUBLISHED = "published", "Published"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    UNDONE = "undone", "Undone"


class Face(TextChoices):
    """Through which face a write came in."""

    SITE = "site"
    API = "api", "API"
    ADMIN = "admin"
    COMMAND = "command"


class EventKind(TextChoices):
    """What an entry of the record tells of."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    RESTRICTED = "restricted"
    PUBLISHED = "published"
    RETIRED = "retired"
    ROLE_CHANGED = "role_changed"
    SUBMITTED = "submitted"
    WITHDRAWN = "withdrawn"
    CLAIMED = "claimed"
    RELEASED = "released"
    DECIDED = "decided"
    CHANGES_REQUESTED = "changes_requested"
    UNDONE = "undone"
    APPEALED = "appealed"
    TEXT_RESTRICTED = "text_restricted"
    INVITED = "invited"
    MERGED = "merged"
    UNMERGED = "unmerged"
    JOINED = "joined"
    LEFT = "left"
    ASSIGNED = "assigned"
    OPINION_ASKED = "opinion_asked"
    OPINION_GIVEN = "opinion_given"
    SETTLED = "settled"
    TRASHED = "trashed"
    RESTORED = "restored"
    PURGED = "purged"
    FLAGGED = "flagged"
    ANSWERED = "answered"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"
    LINK_APPROVED = "link_approved"
