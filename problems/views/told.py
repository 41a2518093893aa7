"""How submissions are told in lists and at the head of their page: a name, by whom the paper is, where it stands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from problems.choices import Part, RowOutcome, Scheme, SubmissionKind, SubmissionState, Verdict
from problems.codebook import codebook
from problems.forms.common import read_authors, record_values
from problems.models import Decision, Paper, Review, Submission
from problems.queries.imports import Tally, tallies
from problems.records import PersonName
from problems.templatetags.house import authors_short

UNNAMED, WITHHELD = "Untitled", "Withheld"
ICONS = {
    SubmissionState.DRAFT: ("pencil-line", "plain"),
    SubmissionState.SUBMITTED: ("send", "plain"),
    SubmissionState.CHANGES_REQUESTED: ("message-square", "against"),
    SubmissionState.WITHDRAWN: ("undo-2", "plain"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a submission stands: icon, words, tone."""

    icon: str
    label: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Row:
    """A submission in a list."""

    submission: Submission
    title: str
    by: str
    codes: list[str]
    standing: Standing
    since: Any
    reasons: list[Decision]
    note: str


def rows(found: Sequence[Submission], user: Any) -> list[Row]:
    """Submissions as lists tell them. Call `withhold` first. Three queries."""
    named = {submission.content.get("paper", "") for submission in found if not submission.paper}
    papers = (
        {paper.public_id: paper for paper in Paper.objects.visible_to(user).filter(public_id__in=named - {""}).for_lists()} if named - {""} else {}
    )
    told = tallies(found, user)
    return [_row(each, each.paper or papers.get(each.content.get("paper", "")), told.get(each.pk)) for each in found]


def _row(submission: Submission, paper: Paper | None, tally: Tally | None = None) -> Row:
    review = latest(submission)
    decisions = list(review.decisions.all()) if review else []
    return Row(
        submission,
        title=title_of(submission, paper),
        by=_by(submission, paper),
        codes=codes_of(submission),
        standing=_standing_of_import(submission, tally) if tally else standing_of(submission, decisions),
        since=submission.decided_at if submission.state == SubmissionState.DECIDED else submission.modified,
        reasons=[each for each in decisions if each.verdict in {Verdict.DECLINE, Verdict.CHANGE}],
        note=review.note if review else "",
    )


def title_of(submission: Submission, paper: Paper | None) -> str:
    """What it is called."""
    if submission.withheld:
        return WITHHELD
    if submission.kind == SubmissionKind.SEARCH:
        return f"Search for {', '.join(codes_of(submission)) or 'nothing yet'}"
    if submission.kind == SubmissionKind.IMPORT:
        run = getattr(submission, "import_run", None)
        number = int(run.counts.get(RowOutcome.CREATED, 0)) if run else 0
        return f"Import: {number:,} record{'' if number == 1 else 's'}"
    title = paper.title if paper else submission.content.get("record", {}).get("title", "") or UNNAMED
    return f"Correction: {title}" if submission.kind == SubmissionKind.CORRECTION else title


def _by(submission: Submission, paper: Paper | None) -> str:
    if submission.withheld or submission.kind == SubmissionKind.SEARCH:
        return str(submission.content.get("search", {}).get("where", ""))
    if paper:
        return f"{authors_short(paper)} {paper.year or ''}".strip()
    record = submission.content.get("record", {})
    names = [str(PersonName(**author)) for author in read_authors(record_values(record)["authors"])[:3]]
    return f"{', '.join(names)} {record.get('date', '')[:4]}".strip()


def codes_of(submission: Submission) -> list[str]:
    """Codes that it is about, as typed, each once."""
    if submission.corrected_tag:
        return [submission.corrected_tag.code]
    typed: Iterable[str] = (tag.get("target", "") for tag in submission.content.get("tags", []))
    return list(dict.fromkeys(code for code in (*typed, *submission.content.get("search", {}).get("targets", [])) if code))


def latest(submission: Submission) -> Review | None:
    """The answer of a reviewer that stands; none while it waits once more, or for a draft."""
    if submission.state not in {SubmissionState.DECIDED, SubmissionState.CHANGES_REQUESTED}:
        return None
    return next(iter(submission.reviews.all()), None)


def standing_of(submission: Submission, decisions: Iterable[Decision]) -> Standing:
    """Icon and words for where it is."""
    if submission.state == SubmissionState.DECIDED:
        told = list(decisions)
        verdicts = [each.verdict for each in told if each.part != Part.RECORD] or [each.verdict for each in told]
        accepted, declined = verdicts.count(Verdict.ACCEPT), verdicts.count(Verdict.DECLINE)
        if accepted and declined:
            return Standing("check", f"{accepted} accepted, {declined} declined", "good")
        return Standing("check", "Accepted", "good") if accepted else Standing("circle-minus", "Declined" if declined else "Decided")
    if submission.claim_ends:
        return Standing("eye", "In review", "moves")
    icon, tone = ICONS[SubmissionState(submission.state)]
    words = "Appealed" if submission.state == SubmissionState.SUBMITTED and submission.appealed_at else submission.get_state_display()
    return Standing(icon, words, tone)


def _standing_of_import(submission: Submission, tally: Tally) -> Standing:
    """The same for an import, of whose records some may be decided on while others wait."""
    done = [f"{number:,} {word}" for number, word in ((tally.accepted, "accepted"), (tally.declined, "declined")) if number]
    if submission.state == SubmissionState.DECIDED:
        return Standing("check", ", ".join(done), "good") if tally.accepted else Standing("circle-minus", ", ".join(done) or "Decided")
    plain = standing_of(submission, ())
    return Standing(plain.icon, ", ".join([plain.label, *done]), plain.tone)


def worded(name: str, value: Any) -> str:
    """A value of a record or tag in words."""
    book = codebook()
    tables = {"relation": book.relations, "basis": book.bases, "type": book.types, "reason": book.reasons, "material": book.materials}
    if value in (None, "", [], {}):
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "authors":
        return "; ".join(PersonName(**each).inverted for each in value)
    lists = {"modalities": book.modalities, "topics": book.topics}
    if name in lists:
        return ", ".join(lists[name][each].label for each in value if each in lists[name])
    if name == "identifiers":
        return "; ".join(f"{Scheme(scheme).label} {each}" for scheme, values in value.items() for each in values)
    return tables[name][value].label if name in tables and value in tables[name] else str(value)
