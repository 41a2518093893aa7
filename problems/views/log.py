"""Logging a paper with its tags: what is pasted is recognised, what is known already is shown, then one form."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPMethod, HTTPStatus
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse

from problems import formats
from problems.choices import LookupState, Part, SubmissionKind, SubmissionState, Verdict, Visibility
from problems.errors import Duplicate, TrackerError, Unparsable
from problems.forms.log import PaperForm, as_values
from problems.handed_in import Data, Faults
from problems.identifiers import parse
from problems.models import Paper, Submission
from problems.queries import duplicates, papers, suggestions
from problems.queries.recognising import PASTE_LIMIT, Recognised, recognise
from problems.queries.submissions import withhold
from problems.services import imports, lookups
from problems.services.idempotency import Answer, digest, once
from problems.services.lookups import Looked
from problems.services.refusals import refusing
from problems.views import worklist
from problems.views.autosaving import autosaved
from problems.views.handing_in import DRAFT, SUBMIT, behalf, pick, refusal, seen, store, stored
from problems.views.keeping import AUTO, keeps_typed, typed
from problems.views.told import rows

DRAFTS_SHOWN, WORDS_SHOWN = 5, 3
LOOK, NEW, FILL, CLEAR = "look", "new", "fill", "clear"
BOOKMARKLET = (
    "javascript:(()=>{const m=n=>document.querySelector(`meta[name='${n}' i]`)?.content??'';"
    "location.href='%s?doi='+encodeURIComponent(m('citation_doi')||m('dc.identifier')||m('prism.doi'))"
    "+'&arxiv='+encodeURIComponent(m('citation_arxiv_id'))+'&url='+encodeURIComponent(location.href)"
    "+'&title='+encodeURIComponent(m('citation_title')||document.title)})()"
)
"""What a bookmark holds: it opens the form with what the page that is shown says of its paper. It is shown to be copied, and never run here."""


@keeps_typed
def index(request: HttpRequest) -> HttpResponse:
    """One field first (`what`); then, or with `paper` or `new`, the form. `statement` is a target to begin with."""
    refused = refusal(request, SubmissionKind.PAPER)
    if refused:
        return refused
    values = as_values(request.GET if (given := typed(request)) is None else given)
    do = values.get("do", "")
    if do == CLEAR and request.method == HTTPMethod.POST:
        request.session.pop(worklist.KEY, None)
        return HttpResponseRedirect(reverse("log"), status=HTTPStatus.SEE_OTHER)
    if given is None or do in {LOOK, NEW}:
        return _begin(request, values, do)
    paper = _paper(request, values["paper"]) if values.get("paper") else None
    if values.get("paper") and paper is None:
        form = PaperForm(values, None)  # what was typed stays
        form.add("", GONE)
        return page(request, form, status=HTTPStatus.NOT_FOUND)
    return answer(request, PaperForm(values, paper), do if request.method == HTTPMethod.POST else "")


def _begin(request: HttpRequest, values: Mapping[str, str], do: str) -> HttpResponse:
    """The field, or what it leads to."""
    what, statement = asked(values), values.get("statement", "").strip().upper()[:20]
    if values.get("paper"):
        return _tags_for(request, values["paper"], statement)
    if do == NEW or values.get("new"):
        return _new(request, what, statement)
    if what.strip() or do == LOOK:
        return _look(request, what, statement, values.get("once", "")[:100])
    return start(request, statement=statement)


def asked(values: Mapping[str, str]) -> str:
    """What the field, a bookmark or a link says: `what`, or the first of `doi`, `arxiv`, `url` and `title` that can be read."""
    said = {name: text for name in ("what", "doi", "arxiv", "url", "title") if (text := values.get(name, "").strip())}
    if "what" in said:
        return values["what"]
    if parse(arxiv := f"arXiv:{said.get('arxiv', '')}"):
        said["arxiv"] = arxiv
    return next((said[name] for name in ("doi", "arxiv", "url") if name in said and parse(said[name])), next(reversed(said.values()), ""))


ID = re.compile(r"[a-z0-9]{10}")
GONE = "There is no such paper."


def start(request: HttpRequest, what: str = "", statement: str = "", fault: str = "", status: int = HTTPStatus.OK) -> HttpResponse:
    """The one field, the list that is worked through, and the drafts of this person."""
    drafts = Submission.objects.visible_to(request.user).filter(contributor=request.user.pk, state=SubmissionState.DRAFT, kind=SubmissionKind.PAPER)
    latest = list(drafts.select_related("paper").order_by("-modified")[:DRAFTS_SHOWN])
    withhold(latest, request.user)
    errors = [{"label": "What", "text": fault, "target": "id_what"}] if fault else []
    listed = worklist.listed(request)
    log_url = request.build_absolute_uri(reverse("log"))
    context = {
        "what": what,
        "statement": statement,
        "errors": errors,
        "drafts": rows(latest, request.user),
        "listed": listed,
        "left": sum(each.left for each in listed),
        "log_url": log_url,
        "once": uuid4().hex,
        "bookmarklet": BOOKMARKLET % log_url,
    }
    return render(request, "log/start.html", context, status=status)


def _look(request: HttpRequest, what: str, statement: str, key: str) -> HttpResponse:
    try:
        lines = worklist.lines_of(what)
        found = Recognised() if lines or len(what) > PASTE_LIMIT else recognise(what)
        writes = bool(lines) or len(what) > PASTE_LIMIT or found.is_file
        if writes and request.method != HTTPMethod.POST:  # a link makes nothing
            return start(request, what, statement, "Press “Look it up” to go on with this.")
        if lines:
            worklist.keep(request, lines)
            return HttpResponseRedirect(reverse("log") + (f"?statement={statement}" if statement else ""), status=HTTPStatus.SEE_OTHER)
        if writes:
            return HttpResponseRedirect(_imported(request, what, key), status=HTTPStatus.SEE_OTHER)
    except TrackerError as error:
        return start(request, what, statement, str(error), error.status)
    known = known_records(request, found.record)
    return _known(request, found, what, statement, known) if known else _filled(request, found, what, statement)


def _imported(request: HttpRequest, what: str, key: str) -> str:
    """Address of the import that a pasted file becomes, once however often it is sent. Raises Unparsable where it is none."""
    by: Any = request.user

    def write() -> Answer:
        run = imports.start(data=what.encode(), filename="", by=by)
        return Answer(HTTPStatus.SEE_OTHER, None, {"Location": run.get_absolute_url()})

    if len(what) > PASTE_LIMIT:
        try:
            formats.sniff(what.encode())
        except Unparsable:
            recognise(what)  # says what is wrong with so long a text
    with refusing():
        return once(by=by, key=key or uuid4().hex, request=digest("POST", request.path, what.encode()), write=write).headers["Location"]


def _known(request: HttpRequest, found: Recognised, what: str, statement: str, known: Sequence[dict[str, Any]]) -> HttpResponse:
    return render(request, "log/known.html", {"what": what, "statement": statement, "recognised": found, "known": known})


def _new(request: HttpRequest, what: str, statement: str) -> HttpResponse:
    try:
        found = recognise(what) if what.strip() else Recognised()
    except TrackerError as error:
        return start(request, what, statement, str(error), HTTPStatus.UNPROCESSABLE_ENTITY)
    return _filled(request, found, what, statement, seen_before=True)


def _filled(request: HttpRequest, found: Recognised, what: str, statement: str, *, seen_before: bool = False) -> HttpResponse:
    """The form, with what is known so far: of the text itself, and of the service that was asked, if it has answered.

    What the service says may be on record where the text alone was not: then those records come first, unless they were `seen_before`.
    """
    looked = look_up(request, what)
    form = PaperForm.of({"record": found.record})
    if looked and looked.state == LookupState.FOUND:
        form = form.filled(looked.record)
    known = known_records(request, _record(form))
    if known and not seen_before and looked and looked.state == LookupState.FOUND:
        return _known(request, found, what, statement, known)
    form.dismissed = [each["paper"].public_id for each in known]
    if looked and looked.state in {LookupState.PENDING, LookupState.FAILED}:
        form.lookup = what
    if statement:
        form.add_tag(statement)
        form.focus = None
    return page(request, form, recognised=found if found.source else None, looked=looked)


def look_up(request: HttpRequest, what: str, wait: float = lookups.WAIT) -> Looked | None:
    """What a metadata service says of it, if it answers in time; None where there is nothing to ask for. What is wrong with it is told in it."""
    by: Any = request.user
    try:
        looked = lookups.look_up(what=what, by=by, wait=wait) if what.strip() else None
    except TrackerError as error:
        return Looked(Recognised(), LookupState.FAILED, told=str(error))
    return None if looked and looked.recognised.is_entry else looked


@keeps_typed
def looking(request: HttpRequest) -> HttpResponse:
    """Whether the answer to `what` has come, as data for the script of the form."""
    looked = look_up(request, request.GET.get("what", ""), wait=0)
    return JsonResponse({"state": looked.state if looked else LookupState.NOTHING})


def _fill(request: HttpRequest, form: PaperForm) -> tuple[PaperForm, Looked | None, list[dict[str, Any]]]:
    """The form with the answer that has come since, and the records that it now may be."""
    looked = look_up(request, form.lookup)
    if not looked or looked.state != LookupState.FOUND:
        return form, looked, []
    filled = form.filled(looked.record)
    filled.lookup = ""
    return filled, looked, _unasked(request, filled, None)


def _record(form: PaperForm) -> Data:
    return form.record.record(Faults()) if form.record else {}


def _tags_for(request: HttpRequest, public_id: str, statement: str) -> HttpResponse:
    paper = _paper(request, public_id)
    if paper is None:
        return start(request, fault=GONE, status=HTTPStatus.NOT_FOUND)
    form = PaperForm({}, paper)
    if statement:
        form.add_tag(statement)
    return page(request, form)


def _paper(request: HttpRequest, public_id: str) -> Paper | None:
    """The record of this id, or the one that it was merged into."""
    return papers.named(public_id, request.user) if ID.fullmatch(public_id) else None


def known_records(request: HttpRequest, record: Data) -> list[dict[str, Any]]:
    """Records that this may be, each with the tags that it has on the map."""
    found = duplicates.of_record(request.user, record)
    tags = papers.tags_on_map(found)
    return [{"paper": paper, "tags": tags.get(paper.pk, [])} for paper in found]


def edit(request: HttpRequest, submission: Submission, values: Mapping[str, str] | None, do: str) -> HttpResponse:
    """The same form for what was handed in or kept before."""
    joined = submission.paper is not None and submission.paper.visibility == Visibility.PUBLIC
    named = submission.content.get("paper", "")
    paper = _paper(request, named) if named else submission.paper if joined else None
    stored_now = {"message": submission.message, "team": behalf(submission), "seen": seen(submission)}
    form = PaperForm.of(submission.content, paper, **stored_now) if values is None else PaperForm(values, paper)
    if named and paper is None:
        form.add("", GONE)
    return answer(request, form, do, submission)


def answer(request: HttpRequest, form: PaperForm, do: str, submission: Submission | None = None) -> HttpResponse:
    """Do what the button says, and show the form again or lead on."""
    status, found, looked = int(HTTPStatus.OK), None, None
    known: list[dict[str, Any]] = []

    def check() -> None:
        known.extend(_unasked(request, form, submission))
        if known:
            raise Duplicate("This paper may be on record already.", "Look at the records below first.", field="known")

    if do == AUTO:
        return autosaved(request, form, submission)
    if do in {DRAFT, SUBMIT}:
        public_id, status = store(request, form, submission, submit=do == SUBMIT, check=check if do == SUBMIT else None)
        if public_id:
            return stored(request, public_id, submit=do == SUBMIT)
    elif do == FILL:
        form, looked, known = _fill(request, form)
    else:
        found = pick(form, do, add=form.add_tag, remove=form.remove_tag)
    return page(request, form, submission, status=status, known=known, found=found, looked=looked)


def _unasked(request: HttpRequest, form: PaperForm, submission: Submission | None) -> list[dict[str, Any]]:
    """Records that a new one may be, and that the person has not said no to."""
    if form.record is None or (submission and submission.paper):
        return []
    return [each for each in known_records(request, _record(form)) if each["paper"].public_id not in form.dismissed]


def page(  # a form has these sides
    request: HttpRequest,
    form: PaperForm,
    submission: Submission | None = None,
    *,
    status: int = HTTPStatus.OK,
    recognised: Recognised | None = None,
    looked: Looked | None = None,
    known: Sequence[dict[str, Any]] = (),
    found: Sequence[dict[str, str]] | None = None,
) -> HttpResponse:
    """The form."""
    context = {
        "form": form,
        "submission": submission,
        "recognised": recognised,
        "looked": looked,
        "known": known,
        "suggested": suggested(form),
        "focus_picker": form.focus is None and not form.summary and (form.paper is not None or form.record_is_told) and submission is None,
        "known_ids": " ".join([*form.dismissed, *(each["paper"].public_id for each in known)]),
        "found": found,
        "paper_tags": papers.tags_on_map([form.paper])[form.paper.pk] if form.paper else [],
        "tags": [(tag, words) for tag, words in zip(form.tags, _asked(form, submission), strict=True)],
        "note": asked_note(submission),
    }
    return render(request, "log/form.html", context, status=status)


def suggested(form: PaperForm) -> list[dict[str, Any]]:
    """Statements that the title (and the abstract) speak for, each with the words that do, and the number of the tag where it is chosen already."""
    about = (
        (form.paper.title, form.paper.abstract)
        if form.paper
        else (form.record.value("title"), form.record.value("abstract"))
        if form.record
        else None
    )
    found = suggestions.for_title(*about).statements if about and about[0].strip() else []
    chosen = {tag.code: tag.number for tag in form.tags}
    written = {tag.code for tag in form.tags if tag.value("rationale").strip()}  # not to be thrown away by a press
    return [
        {
            "code": each.code,
            "written": each.code in written,
            "text": each.text,
            "words": [reason.word for reason in each.words[:WORDS_SHOWN]],
            "chosen": each.code in chosen,
            "number": chosen.get(each.code),
        }
        for each in found
    ]


def asked_note(submission: Submission | None) -> str:
    """What a reviewer asked for, of the whole; empty where nothing was asked."""
    if submission is None or submission.state != SubmissionState.CHANGES_REQUESTED:
        return ""
    return next((review.note for review in submission.reviews.all()), "")


def _asked(form: PaperForm, submission: Submission | None) -> list[str]:
    """What a reviewer asked for, tag by tag; of the method it is told to its form."""
    words: dict[str, str] = {}
    if submission is not None and submission.state == SubmissionState.CHANGES_REQUESTED:
        for review in list(submission.reviews.all())[:1]:
            asks = [each for each in review.decisions.all() if each.verdict == Verdict.CHANGE]
            words = {each.tag.public_id: each.words for each in asks if each.tag}
            form.method.asked = next((each.words for each in asks if each.part == Part.METHOD), "")
    return [words.get(tag.value("id"), "") for tag in form.tags]
