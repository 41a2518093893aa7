"""Changes of the catalogue: proposed, looked at, published, declined and undone; and what stood there before, any two versions side by side."""

from collections.abc import Callable, Mapping
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from problems.choices import ChangeKind, ChangeState, Role
from problems.errors import Duplicate, Refused, TrackerError, Unparsable
from problems.forms.catalogue import KINDS, AnswerForm, ProposalForm, WhichForm, kinds_of
from problems.models import CatalogueChange, Problem
from problems.pagination import CURSOR, Page, paginate
from problems.permissions import Action, require, role_of, shown_reviewer, why_not
from problems.queries import proposals, targets, versions
from problems.queries.targets import AnyTarget, code_of
from problems.services import catalogue_changes as service
from problems.services.refusals import refusing
from problems.views.asking import Fault, Query, reads
from problems.views.keeping import keeps_typed, typed
from problems.views.reviews import for_reviewers

TABS = [(state.value, state.label) for state in ChangeState]


@require_safe
@login_required
@for_reviewers
def index(request: HttpRequest) -> HttpResponseBase:
    """Proposals by where they are, the latest first, a page at a time."""
    query = Query(request)
    state = query.one_of("state", "State", ChangeState.values, target="tabs", default=ChangeState.PROPOSED)
    found = proposals.listed(request.user).filter(state=state)
    page = Page[CatalogueChange]([], "", "")
    try:
        page = paginate(found, proposals.LATEST, cursor=request.GET.get(CURSOR, ""))
    except Unparsable as error:
        query.faults.append(Fault("Page", str(error), "tabs"))
    context = {
        "tabs": query.options("state", [(value, label, None, "") for value, label in TABS], default=ChangeState.PROPOSED),
        "rows": [{"change": each, "code": code_of(proposals.about(each)), "what": _what(each)} for each in page.rows],
        "total": found.count(),
        "previous_url": query.address(**{CURSOR: page.previous}) if page.previous else None,
        "next_url": query.address(**{CURSOR: page.next}) if page.next else None,
    }
    return query.answer("catalogue/index.html", context)


@keeps_typed
@for_reviewers
def propose(request: HttpRequest) -> HttpResponseBase:
    """The form of a proposal: `on` is a code, `kind` what is to change. Without the two, the form that asks for them."""
    given = typed(request)
    values: Mapping[str, Any] = given if given is not None else request.GET
    code = str(values.get("on", "")).strip().upper()[:20]
    thing = targets.by_code([code]).get(code) if code else None
    kind = str(values.get("kind", ""))
    if thing is None or kind not in proposals.kinds(thing):
        return _asked(request, code, thing)
    form = ProposalForm(given, kind=kind, thing=thing)
    status: int = HTTPStatus.OK
    if request.method == HTTPMethod.POST:
        form.is_valid()
        try:
            with refusing():
                made = service.propose(kind=kind, target=code, values=form.values, reason=form.cleaned_data["reason"], by=_user(request))
        except Duplicate as error:  # sent twice
            return HttpResponseRedirect(reverse("catalogue-change", args=[error.known]), status=HTTPStatus.SEE_OTHER)
        except TrackerError as error:
            form.refuse(error)
            status = error.status
        else:
            messages.success(request, "Proposed. A curator publishes or declines it.")
            return HttpResponseRedirect(made.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    context = {"form": form, "thing": thing, "code": code, "kind": kind, "kind_words": KINDS[ChangeKind(kind)], "others": _others(thing, code, kind)}
    return render(request, "catalogue/propose.html", context, status=status)


@keeps_typed
@for_reviewers
def detail(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """One proposal, what publishing it would do, and the answers to it."""
    change = proposals.listed(request.user).filter(public_id=public_id).first()
    if change is None:
        raise Http404
    given = typed(request)
    form = AnswerForm(given if given and "answer" in given else None)
    status: int = HTTPStatus.OK
    refused: TrackerError | None = None
    if request.method == HTTPMethod.POST and given is not None:
        form.is_valid()
        act, done = _act(str(given.get("do", "")))
        try:
            with refusing():
                act(change, request.user, str(form.cleaned_data.get("answer", "")) if form.is_bound else "")
        except Refused:
            raise
        except TrackerError as error:
            status, refused = error.status, error
            if given.get("do") == "decline" and error.status == HTTPStatus.UNPROCESSABLE_ENTITY:
                form.refuse(error)
                refused = None
            change = proposals.listed(request.user).get(pk=change.pk)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(change.get_absolute_url(), status=HTTPStatus.SEE_OTHER)
    waits = change.state == ChangeState.PROPOSED
    thing = proposals.about(change)
    context = {
        "change": change,
        "thing": thing,
        "code": code_of(thing),
        "what": _what(change),
        "preview": proposals.preview(change, request.user) if waits else None,
        "lines": [] if waits else _told(change),
        "form": form,
        "refused": refused,
        "answerer": shown_reviewer(request.user, change.answered_by) if change.answered_by else "",
        "publishes": not why_not(request.user, Action.PUBLISH_CHANGE, change),
        "withdraws": waits and not why_not(request.user, Action.WITHDRAW_CHANGE, change),
    }
    return render(request, "catalogue/detail.html", context, status=status)


@reads
def history(request: HttpRequest, code: str) -> HttpResponseBase:
    """Versions of a problem, statement or call, the latest first; `a` and `b` are two of them, side by side. All of it is public."""
    thing = targets.by_code([code]).get(code)
    if thing is None:
        raise Http404
    if code != code_of(thing):
        return HttpResponseRedirect(f"{reverse('versions', args=[code_of(thing)])}", status=HTTPStatus.MOVED_PERMANENTLY)
    found = versions.of(thing)
    numbers = [str(version.number) for version in found]
    query = Query(request)
    newest, before = (numbers[-1], numbers[-2] if len(numbers) > 1 else numbers[-1]) if numbers else ("", "")
    one = query.one_of("a", "Older", numbers, target="versions", default=before)
    other = query.one_of("b", "Newer", numbers, target="versions", default=newest)
    tells = role_of(request.user) >= Role.REVIEWER
    context = {
        "thing": thing,
        "code": code,
        "versions": [
            {
                "version": version,
                "who": shown_reviewer(request.user, version.actor) if version.actor else "a file",
                "reason": version.reason if tells else "",
                "labels": [versions.FIELDS[type(thing)][name] for name in version.changed],
            }
            for version in reversed(found)
        ],
        "one": found[int(one) - 1] if one else None,
        "other": found[int(other) - 1] if other else None,
        "lines": versions.beside(thing, found[int(one) - 1], found[int(other) - 1]) if one and other else [],
        "statements": list(thing.statements.values_list("code", flat=True)) if isinstance(thing, Problem) else [],
        "proposes": tells and bool(proposals.kinds(thing)),
    }
    return query.answer("catalogue/versions.html", context)


def _user(request: HttpRequest) -> Any:
    return request.user


def _asked(request: HttpRequest, code: str, thing: AnyTarget | None) -> HttpResponseBase:
    """Ask what the change is about, and of which kind it is."""
    require(request.user, Action.PROPOSE_CHANGE, CatalogueChange(by=_user(request)))
    form = WhichForm({"on": code})
    form.is_valid()
    if code and thing is None:
        form.add_error("on", [ValidationError(f"There is no “{code}”. Write a code like P5.L2, C3 or P5.")])
    elif thing is not None and not proposals.kinds(thing):
        form.add_error("on", [ValidationError(f"{code} is retired, and stays as it was.")])
    context = {"form": form, "thing": thing, "code": code, "kinds": _others(thing, code, "") if thing else []}
    return render(request, "catalogue/which.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _others(thing: AnyTarget, code: str, kind: str) -> list[dict[str, str]]:
    """Other kinds of change that there may be."""
    return [{"url": f"{reverse('catalogue-propose')}?on={code}&kind={value}", "label": label} for value, label in kinds_of(thing) if value != kind]


type Act = Callable[[CatalogueChange, Any, str], object]


def _act(name: str) -> tuple[Act, str]:
    """What a button does, and what is said when it is done."""
    acts: dict[str, tuple[Act, str]] = {
        "publish": (lambda change, by, _answer: service.publish(change=change, by=by), "Published."),
        "decline": (lambda change, by, answer: service.decline(change=change, answer=answer, by=by), "Declined."),
        "withdraw": (lambda change, by, _answer: service.withdraw(change=change, by=by), "Withdrawn."),
        "undo": (lambda change, by, _answer: service.undo(change=change, by=by), "Undone. All is as it was before."),
    }
    if name not in acts:
        title = "It is not said what to do."
        raise Unparsable(title, "Use one of the buttons of the page.")
    return acts[name]


def _what(change: CatalogueChange) -> str:
    """What it is, in words."""
    match change.kind:
        case ChangeKind.NEW:
            return f"New statement {change.statement.code}" if change.statement else "New statement"
        case ChangeKind.RETIREMENT:
            return f"Retirement, followed by {change.values['successor']}" if change.values.get("successor") else "Retirement"
        case _:
            return "Another wording"


def _told(change: CatalogueChange) -> list[versions.Line]:
    """What was proposed, when it was answered already."""
    if change.kind == ChangeKind.RETIREMENT:
        return [versions.line("successor", proposals.LABELS["successor"], "", change.values["successor"] or "None")]
    return proposals.lines(change)
