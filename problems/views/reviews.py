"""Pages for reviewers: what waits, and one submission to decide on, part by part. The rules are services.reviews'."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from http import HTTPMethod, HTTPStatus
from typing import Any, Concatenate, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.datastructures import MultiValueDict
from django.views.decorators.http import require_POST, require_safe

from problems.choices import Passing, ReviewStatus, Role, SubmissionKind, SubmissionState
from problems.codebook import codebook
from problems.errors import Conflict, Invalid, TrackerError, Unparsable
from problems.filters import SubmissionFilter
from problems.forms.reviews import VERDICTS, DecisionForm, TagForm
from problems.models import CallToAction, Paper, Problem, RestrictedText, Review, Statement, Submission, Tag, Team, User
from problems.models.submissions import SubmissionQuerySet
from problems.pagination import CURSOR, Page, paginate
from problems.permissions import Action, require, role_of, shown_name, why_not
from problems.queries import duplicates, evidence, fairness, submissions, turns
from problems.queries import reviews as queue
from problems.queries.duplicates import Certainty
from problems.services import assignments, idempotency, reviews
from problems.services import import_reviews as import_service
from problems.services import opinions as second
from problems.services import queue as service
from problems.services.refusals import refusing
from problems.services.reviews import Parts, waiting_parts
from problems.services.submissions import full_record
from problems.views import discussions, import_reviews, leaving, opinions
from problems.views.asking import Fault, Query
from problems.views.keeping import keeps_typed, lead, typed
from problems.views.told import title_of, worded
from problems.workflow import UNDO_WITHIN, Move, allows

SIZE = 25
NEAR_SHOWN = 3
PUBLIC_ID = re.compile(r"[a-z0-9]{10}")
TABS = (
    ("", "Unclaimed", "unclaimed"),
    ("me", "Mine", "mine"),
    ("changes_requested", "Waiting for contributor", "changes_requested"),
    ("opinions", "Second opinions", "opinions"),
    ("all", "All that waits", "waiting"),
    ("left", "Left to others", "left"),
    ("decided", "Decided", ""),
)
ASSIGNED = (("me", "To me"), ("nobody", "To nobody"), ("others", "To others"))
LEVELS = (("0", "None"), ("1", "Up to 1"), ("2", "Up to 2"))
CLAIM_MOST = 100
SECOND = {
    "asked": "A second opinion is asked for. What you decided is kept back until it is given.",
    "different": "Your opinion differs from the first. It is settled on a page of its own: see “Second opinions”.",
}


def for_reviewers[**Rest](
    view: Callable[Concatenate[HttpRequest, Rest], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, Rest], HttpResponseBase]:
    """Lead visitors to the log-in and refuse others, whatever is asked for."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponseBase:
        if role_of(request.user) < Role.REVIEWER:
            require(request.user, Action.REVIEW, Submission())
        return view(request, *args, **kwargs)

    return answer


@login_required
@for_reviewers
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """Submissions: those that wait for whoever comes, the oldest first, or of another tab; filtered, a page at a time."""
    user, query = _user(request), Query(request)
    numbers, slugs = Problem.objects.values_list("number", flat=True), Team.objects.visible_to(user).values_list("slug", flat=True)
    asked = {
        "tab": query.one_of("tab", "Tab", [value for value, *_ in TABS], target="tabs"),
        "problem": query.one_of("problem", "Problem", [str(number) for number in numbers], target="filters"),
        "team": query.one_of("team", "Team", list(slugs), target="filters"),
        "kind": query.one_of("kind", "Kind", SubmissionKind.values, target="filters"),
        "advisory": query.one_of("advisory", "Advisory", [value for value, _ in LEVELS], target="filters"),
        "assigned": query.one_of("assigned", "Assigned", [value for value, _ in ASSIGNED], target="filters"),
    }
    tab = asked.pop("tab")
    default = "-submitted" if tab == "decided" else "submitted"
    ordering = query.one_of("ordering", "Order", ["submitted", "-submitted"], target="filters", default=default)
    own = queue.limits(user)
    of_tab = _of_tab(user, tab, own)

    def found(**changes: str) -> SubmissionFilter:
        given = {FILTERS.get(name, name): [value] for name, value in (asked | changes).items() if value}
        return SubmissionFilter(MultiValueDict(given), of_tab, request=request)

    filters = found()
    page = Page[Submission]([], "", "")
    try:
        page = paginate(submissions.with_parts(filters.qs), filters.ordering(ordering), cursor=request.GET.get(CURSOR, ""), size=SIZE)
    except Unparsable as error:
        query.faults.append(Fault("Page", str(error), "filters"))
    submissions.withhold(page.rows, request.user)
    turns.look(user, page.rows)
    fairness.look(user, page.rows)
    lane = queue.lane(user)
    counts = queue.counts(user, own)
    shown = [each for each in TABS if each[0] != "left" or counts["left"] or tab == "left"]
    context = {
        "tabs": query.options("tab", [(value, label, counts.get(count), "") for value, label, count in shown]),
        "due": queue.still_true(),
        "filters": list(_menus(query, asked, found)),
        "orderings": query.options(
            "ordering",
            [("submitted", "Oldest first", None, ""), ("-submitted", "Newest first", None, "")],
            default=default,
        ),
        "rows": [Row(each, request) for each in page.rows],
        "total": filters.qs.count(),
        "next": lane.following,
        "care": lane,
        "kept_out": queue.offered(user).count() - counts["unclaimed"] if not tab else 0,
        "filtered": bool(tab or any(asked.values())),
        "elsewhere": _elsewhere(counts["waiting"]),
        "toast": _toast(request),
        "left": leaving.just_left(request),
        "previous_url": query.address(**{CURSOR: page.previous}) if page.previous else None,
        "next_url": query.address(**{CURSOR: page.next}) if page.next else None,
    }
    return query.answer("review/index.html", context)


FILTERS = {"advisory": "advisory__lte"}


def _of_tab(user: User, tab: str, own: queue.Limits) -> SubmissionQuerySet:
    """What a tab is about."""
    seen: SubmissionQuerySet = Submission.objects.visible_to(user).exclude(state=SubmissionState.DRAFT)
    match tab:
        case "":
            return queue.within(queue.offered(user), own)
        case "me":
            return seen.of_reviewer(user)
        case "opinions":
            found: SubmissionQuerySet = seen.filter(pk__in=turns.mine(user).values("submission"))
            return found
        case "left":
            return queue.left(user)
        case "all":
            return seen.waiting()
        case _:
            of_state: SubmissionQuerySet = seen.filter(state=tab)
            return of_state


def _menus(query: Query, asked: Mapping[str, str], found: Callable[..., SubmissionFilter]) -> Iterator[dict[str, Any]]:
    """The filters, each with its choices and how many submissions each would leave."""
    by_problem, by_kind = queue.problems(found(problem="").qs), queue.kinds(found(kind="").qs)
    titles = {str(each.number): f"{each.number} {each.title}" for each in Problem.objects.all()}
    problems = [(value, label, by_problem[int(value)], "") for value, label in titles.items() if by_problem[int(value)] or value == asked["problem"]]
    yield _menu(query, "problem", "Problem", problems)
    yield _menu(query, "team", "Team", [(slug, name, number, "") for slug, name, number in queue.teams(found(team="").qs)])
    kinds = [(value, label, by_kind[value], "") for value, label in SubmissionKind.choices if by_kind[value] or value == asked["kind"]]
    yield _menu(query, "kind", "Kind", kinds)
    yield _menu(query, "advisory", "Advisory", [(value, label, None, "") for value, label in LEVELS])
    yield _menu(query, "assigned", "Assigned", [(value, label, None, "") for value, label in ASSIGNED])


def _menu(query: Query, name: str, label: str, choices: Sequence[tuple[str, str, int | None, str]]) -> dict[str, Any]:
    options = query.options(name, [("", "Any", None, ""), *choices])
    return {"label": label, "current": next((each.label for each in options if each.active and each.value), ""), "options": options}


def _elsewhere(number: int) -> str:
    """How many wait that are with others, or kept from oneself, in words."""
    return f"{number} submission{' waits' if number == 1 else 's wait'} in all, with other reviewers or not for you." if number else ""


class Row:
    """A submission as a list shows it."""

    def __init__(self, submission: Submission, request: HttpRequest) -> None:
        """Gather what is shown."""
        self.submission = submission
        self.paper = submission.paper
        self.tags = list(submission.tags.all())
        self.searches = list(submission.searches.all())
        self.title = title(submission)
        targets: list[Any] = [tag.target for tag in self.tags] + [search.statement or search.problem for search in self.searches]
        targets += [submission.corrected_tag.target] if submission.corrected_tag else []
        self.numbers = sorted(
            {each.problem.number if isinstance(each, Statement) else each.number for each in targets if not isinstance(each, CallToAction)}
        )
        self.calls = sorted({each.code for each in targets if isinstance(each, CallToAction)})
        self.since = submission.appealed_at or submission.submitted_at
        self.turn = submission.turn[0] if submission.turn else None
        self.turn_since = submission.turn[1] if submission.turn else None
        self.assigned_to_me = submission.asked_of is not None and submission.asked_of.pk == request.user.pk
        self.barred = (submission.bars or {}).get(request.user.pk or 0, "")
        self.held_by_me = submission.claim_ends is not None and submission.claimed_by_id == request.user.pk
        self.mine = submission.contributor_id == request.user.pk


def title(submission: Submission) -> str:
    """What a submission is called."""
    if submission.kind == SubmissionKind.SEARCH:
        return f"Search: {submission.content.get('search', {}).get('query', '')}"
    if submission.kind == SubmissionKind.IMPORT:
        return title_of(submission, None)
    name = submission.paper.title if submission.paper else submission.content.get("record", {}).get("title", "") or "Record withdrawn"
    return f"Correction: {name}" if submission.kind == SubmissionKind.CORRECTION else name


@keeps_typed
@for_reviewers
def detail(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One submission. Claim it, release it, decide on each of its parts or ask for changes; what was typed stays, whatever comes of it."""
    given = typed(request)
    submission = _one(request, public_id)
    if submission.kind == SubmissionKind.IMPORT:
        return import_reviews.detail(request, submission, _closed(request, submission), given)
    return _answered(request, submission, given)


def _answered(request: HttpRequest, submission: Submission, given: QueryDict | None) -> HttpResponseBase:
    public_id = submission.public_id
    if request.method != HTTPMethod.POST:
        if request.method == HTTPMethod.GET and submission.paper and submission.paper.advisory:
            service.opened(submission=submission, by=_user(request))
        return _page(request, submission, DecisionForm(_parts(request, submission), given), given=given)
    act = request.POST.get("act", "")
    form = DecisionForm(_parts(request, submission), request.POST, checked=act in {"decide", "ask", "opinion"})
    try:
        if act == "claim":
            reviews.claim(submission=submission, by=_user(request))
        elif act == "release":
            reviews.release(submission=submission, by=_user(request))
        elif form.is_valid():
            return HttpResponseRedirect(_sent(request, submission, form, act))
    except Invalid as error:
        form.refuse(error)
    except TrackerError as error:
        fresh = _one(request, public_id)
        parts = _parts(request, fresh)
        kept = "" if any((parts.record, parts.tags, parts.searches, parts.correction, parts.method)) else _said(submission, request)
        return _page(request, fresh, DecisionForm(parts, request.POST), status=error.status, refused=error, kept=kept)
    fresh = _one(request, public_id)
    if act in {"claim", "release"}:
        if not leaving.typed_on(request.POST):
            return HttpResponseRedirect(fresh.get_review_url())
        return _page(request, fresh, DecisionForm(_parts(request, fresh), request.POST))
    return _page(request, fresh, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)


def _sent(request: HttpRequest, submission: Submission, form: DecisionForm, act: str) -> str:
    """Send a decision, or a request for changes, once however often it is pressed; where to go then."""
    user, note = _user(request), form.note.cleaned_data["note"]
    try:
        seen = datetime.fromisoformat(request.POST.get("seen", ""))
    except ValueError:
        seen = datetime.min.replace(tzinfo=UTC)
    after = queue.lane(user, submission).following

    def write() -> idempotency.Answer:
        became = ""
        if act == "decide":
            became = "" if second.decide(submission=submission, by=user, rulings=form.rulings, note=note, seen=seen) else "different"
        elif act == "opinion":
            wanted = request.POST.get("wanted", "")
            second.ask(submission=submission, by=user, rulings=form.rulings, note=note, wanted=wanted, seen=seen)
            became = "asked"
        else:
            reviews.request_changes(submission=submission, by=user, note=note, asks=form.asks, method=form.asked_of_method, seen=seen)
        return idempotency.Answer(HTTPStatus.FOUND, became, {"Location": after.get_review_url() if after else reverse("reviews")})

    digest = idempotency.digest("POST", request.path, request.POST.urlencode().encode())
    with refusing():
        answer = idempotency.once(by=user, key=f"review {digest.hex()}", request=digest, write=write)
    if answer.body and second.stands(submission=submission, by=user):
        messages.success(request, SECOND[answer.body])
        return answer.headers["Location"]
    if not submission.reviews.filter(reviewer=user, undone_at=None).exists():
        text = "This was sent before, and was undone since."
        raise Conflict(text, "Open the submission again and decide anew.")
    return f"{answer.headers['Location']}?sent={submission.public_id}"


@login_required
@for_reviewers
@require_POST
def claim(request: HttpRequest) -> HttpResponseBase:
    """Claim those that were ticked in the queue; what others hold, or may not be decided on, is left and said."""
    names = [name for name in dict.fromkeys(request.POST.getlist("submission")) if PUBLIC_ID.fullmatch(name)][:CLAIM_MOST]
    refused: list[str] = []
    done = 0
    for submission in Submission.objects.visible_to(request.user).filter(public_id__in=names).order_by("submitted_at", "public_id"):
        try:
            reviews.claim(submission=submission, by=_user(request))
        except TrackerError as error:
            refused.append(f"{error.title} {error.hint}".strip())
        else:
            done += 1
    if done:
        messages.success(request, f"You hold {done} submission{'' if done == 1 else 's'} for 48 hours.")
    for sentence, number in Counter(refused).items():
        messages.warning(request, f"{number} left: {sentence}" if number > 1 else sentence)
    if not done and not refused:
        messages.warning(request, "Tick at least one submission that is there.")
    return HttpResponseRedirect(f"{reverse('reviews')}?tab=me" if done else reverse("reviews"))


@keeps_typed
@for_reviewers
def leave(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Leave a submission to others: for today, for good, or to one of them, without a reason. Then the next one; or have it back.

    What was typed of a decision waits for who comes back to it.
    """
    submission, user = _one(request, public_id), _user(request)
    if request.method != HTTPMethod.POST:
        return lead(request, submission.get_review_url())
    leaving.put_aside(request, submission)
    how = request.POST.get("how", "")
    after = queue.lane(user, submission).following
    try:
        if how == "take_back":
            service.take_back(submission=submission, by=user)
            return HttpResponseRedirect(submission.get_review_url())
        if how == "hand_over":
            to = _person(request)
            service.hand_over(submission=submission, by=user, to=to)
        else:
            service.leave(submission=submission, by=user, how=_passing(how))
    except TrackerError as error:
        return _refused(request, submission, error)
    place = after.get_review_url() if after and after.pk != submission.pk else reverse("reviews")
    return HttpResponseRedirect(f"{place}?left={submission.public_id}")


@keeps_typed
@for_reviewers
def assign(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Ask somebody to review it, or, with nobody chosen, leave it to whoever comes. What was typed of a decision stays."""
    submission = _one(request, public_id)
    if request.method != HTTPMethod.POST:
        return lead(request, submission.get_review_url())
    leaving.put_aside(request, submission)
    try:
        to = _person(request)
        assignments.assign(submission=submission, to=to, by=_user(request))
    except TrackerError as error:
        return _refused(request, submission, error)
    messages.success(request, f"Assigned to {shown_name(request.user, to)}." if to else "Assigned to nobody.")
    return HttpResponseRedirect(submission.get_review_url())


def _passing(how: str) -> Passing:
    words = {"skip": Passing.SKIPPED, "abstain": Passing.ABSTAINED}
    if how not in words:
        raise Invalid({"how": ["Choose one of: skip, abstain, hand_over, take_back."]})
    return words[how]


def _person(request: HttpRequest) -> User | None:
    """Whom the form names; None for nobody."""
    name = request.POST.get("to", "")
    found = queue.reviewers(_user(request)).filter(public_id=name).first() if PUBLIC_ID.fullmatch(name) else None
    if name and found is None:
        raise Invalid({"to": [assignments.NOBODY]})
    return found


def _refused(request: HttpRequest, submission: Submission, error: TrackerError) -> HttpResponseBase:
    """The page of a submission with what was refused, and with what was typed."""
    if submission.kind == SubmissionKind.IMPORT:
        raise error
    fresh = _one(request, submission.public_id)
    return _page(request, fresh, DecisionForm(_parts(request, fresh), request.POST), status=error.status, refused=error)


@login_required
@for_reviewers
@require_POST
def undo(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Take back one's last answer; the submission is one's claim again."""
    submission = _one(request, public_id)
    take_back = import_service.undo if submission.kind == SubmissionKind.IMPORT else reviews.undo
    take_back(submission=submission, by=_user(request))
    messages.success(request, "The decision is undone. You hold this submission again.")
    return HttpResponseRedirect(submission.get_review_url())


def _user(request: HttpRequest) -> User:
    return cast("User", request.user)


def _one(request: HttpRequest, public_id: str) -> Submission:
    known: SubmissionQuerySet = Submission.objects.visible_to(request.user).exclude(state=SubmissionState.DRAFT).filter(public_id=public_id)
    submission = submissions.with_parts(known).select_related("paper__twin_of", "corrected_tag__paper").first()
    if submission is None:
        raise Http404
    submissions.withhold([submission], request.user)
    fairness.look(request.user, [submission])
    turns.look(request.user, [submission])
    return submission


def _closed(request: HttpRequest, submission: Submission) -> str:
    """Why nothing can be decided here now; empty where it can."""
    if reason := why_not(request.user, Action.REVIEW, submission):
        return reason
    if not allows(submission.state, Move.DECIDE):
        return f"This submission is {submission.get_state_display().lower()}."
    if submission.holder and submission.holder != request.user:
        name, ends = shown_name(request.user, submission.holder), submission.claim_ends
        return f"{name[:1].upper()}{name[1:]} is reviewing this submission. The claim ends by itself on {ends:%-d %B, %H:%M} UTC at the latest."
    return ""


def _parts(request: HttpRequest, submission: Submission) -> Parts:
    """What can be decided on here now."""
    return Parts(None, [], [], correction=False) if _closed(request, submission) else waiting_parts(submission)


@dataclass(frozen=True, slots=True)
class Card:
    """A tag as the page shows it: its form where it waits, the state of its statement now and then, and what is there already."""

    tag: Tag
    form: TagForm | None
    restricted: RestrictedText | None
    outlook: evidence.Outlook | None
    standing: list[Tag]


def _page(  # what a page can be about
    request: HttpRequest,
    submission: Submission,
    form: DecisionForm,
    *,
    status: int = HTTPStatus.OK,
    refused: TrackerError | None = None,
    kept: str = "",
    given: QueryDict | None = None,
) -> HttpResponse:
    paper = submission.paper
    forms = {each.tag.public_id: each for each in form.tags}
    of_search = {each.place.partition(".")[2]: each for each in form.searches}
    tags = sorted(submission.tags.all(), key=lambda tag: list(forms).index(tag.public_id) if tag.public_id in forms else -1)
    hidden = [*tags, *filter(None, [submission.corrected_tag])]
    restricted = {text.tag_id: text for text in RestrictedText.objects.visible_to(request.user).filter(tag__in=hidden)}
    open_tags = [each.tag for each in form.tags]
    standing, outlooks = submissions.standing(open_tags), evidence.outlooks(open_tags)
    same = [paper.pk, paper.twin_of_id] if paper else []
    record = form.record is not None and paper is not None
    near = duplicates.near(user=request.user, record=paper.to_record()) if paper and record else []
    earlier = list(submission.reviews.all())
    context = {
        "submission": submission,
        "title": title(submission),
        "paper": paper,
        "type_label": codebook().types[paper.type].label if paper else "",
        "form": form,
        "errors": form.summary,
        "cards": [Card(tag, forms.get(tag.public_id), restricted.get(tag.pk), outlooks.get(tag.pk), standing.get(tag.pk, [])) for tag in tags],
        "searches": [(search, of_search.get(search.public_id)) for search in submission.searches.all()],
        "differences": _differences(submission, restricted) if submission.kind == SubmissionKind.CORRECTION else [],
        "reason": submission.content.get("correction", {}).get("reason", ""),
        "method": _method(submission, form),
        "near": _beside(paper, [each for each in near if each.paper.pk not in same]) if paper else [],
        "already": list(Tag.objects.visible_to(request.user).filter(paper__in=same, status=ReviewStatus.ACCEPTED).for_lists()),
        "earlier": earlier,
        "closed": _closed(request, submission),
        "may_undo": bool(earlier) and _may_undo(request, submission, earlier[0]),
        "may_release": not why_not(request.user, Action.RELEASE_CLAIM, submission),
        "held_by_me": submission.holder == request.user,
        "parts": len(form.parts),
        "targets": [*Statement.objects.current(), *CallToAction.objects.all(), *Problem.objects.all()] if form.tags else [],
        "lane": queue.lane(_user(request), submission),
        "refused": refused,
        "kept": kept,
        "toast": _toast(request),
        "leaving": leaving.panel(request, submission),
        "left": leaving.just_left(request),
        "second": opinions.panel(request, submission),
        "discussion": discussions.panel(request, submission, given or request.POST or None, beside=True),
    }
    context["lane_rows"] = [Row(each, request) for each in context["lane"].rows]
    return render(request, "review/detail.html", context, status=status)


@dataclass(frozen=True, slots=True)
class Beside:
    """A record that the waiting one may be: what differs, field by field, and what is the same in both."""

    paper: Paper
    certain: bool
    rows: list[dict[str, str]]
    same: list[str]


def _beside(paper: Paper, near: Sequence[duplicates.Near]) -> list[Beside]:
    """The records that a waiting one may be, the two side by side."""
    found = []
    for each in near[:NEAR_SHOWN]:
        rows = [
            {"label": label, "old": words(each.paper), "new": words(paper)}
            for label, words in (
                ("Title", lambda one: one.title),
                ("Authors", lambda one: "; ".join(name.inverted for name in one.people)),
                ("Date", lambda one: str(one.date or "")),
                ("Venue", lambda one: one.venue),
                ("Identifiers", lambda one: ", ".join(str(row) for row in one.identifiers.all())),
            )
        ]
        differing = [row for row in rows if row["old"] != row["new"]]
        same = [row["label"].lower() for row in rows if row["old"] == row["new"] != ""]
        found.append(Beside(each.paper, each.certainty == Certainty.CERTAIN, differing, same))
    return found


def _method(submission: Submission, form: DecisionForm) -> list[dict[str, str]]:
    """What is said of the method: each field as it is on record (of the one that it stands for, if so) and as it is proposed."""
    said, paper = submission.content.get("method", {}), submission.paper
    if paper is None or not any(said.values()):
        return []
    record = paper.twin_of or paper
    shown = form.method.method if form.method else said
    return [
        {"label": label, "old": worded(name, getattr(record, name)), "new": worded(name, shown[name])}
        for name, label in (("material", "Harmful material"), ("modalities", "Modality studied"))
        if shown.get(name)
    ]


def _may_undo(request: HttpRequest, submission: Submission, last: Review) -> bool:
    in_time = timezone.now() - last.at <= UNDO_WITHIN and last.outcome == submission.state
    return in_time and allows(submission.state, Move.UNDO) and not why_not(request.user, Action.UNDO_REVIEW, last)


def _toast(request: HttpRequest) -> Review | None:
    """What was just sent, as long as it can be undone."""
    sent = request.GET.get("sent", "")
    return queue.just_sent(_user(request), sent) if PUBLIC_ID.fullmatch(sent) else None


def _said(submission: Submission, request: HttpRequest) -> str:
    """What a reviewer wrote on parts that are no longer open to them, as text to copy."""
    codes = {data.get("id"): data.get("target", "") for data in submission.content.get("tags", [])}
    lines = [request.POST.get("note", "").strip()]
    for name, value in request.POST.items():
        verdict = str(value)
        place, _, field = name.rpartition(".")
        if field != "verdict":
            continue
        public_id = place.partition(".")[2]
        words = [worded(each, request.POST.get(f"{place}.{each}", "").strip()) for each in TagForm.uses.get(verdict, ())]
        lines.append(f"{codes.get(public_id) or place}: {'. '.join(filter(None, [VERDICTS.get(verdict, ''), *words]))}")
    return "\n".join(filter(None, lines))


def _differences(submission: Submission, restricted: Mapping[int, RestrictedText]) -> list[dict[str, str]]:
    """What a correction would change: each field as it is on record and as it is proposed."""
    tag, paper = submission.corrected_tag, submission.paper
    now: Mapping[str, Any] = {}
    if tag:
        text = restricted.get(tag.pk, tag)
        now = {"target": tag.code, "relation": tag.relation, "rationale": text.rationale, "locator": text.locator, "basis": tag.basis}
    elif paper:
        now = full_record(paper)
    proposed = submission.content.get("correction", {}).get("changes", {})
    return [
        {"label": name.replace("_", " ").capitalize(), "old": worded(name, now.get(name)), "new": worded(name, value)}
        for name, value in proposed.items()
    ]
