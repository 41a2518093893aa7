"""Merging two records that are one work, for curators: side by side, field by field; and undoing it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPMethod, HTTPStatus
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from problems.choices import Advisory, Visibility
from problems.codebook import codebook
from problems.errors import Invalid, TrackerError
from problems.forms.merging import MergeForm, PairForm
from problems.models import Merge, Paper
from problems.permissions import Action, require
from problems.queries import duplicates
from problems.queries.papers import pointed_at
from problems.services import merging
from problems.services.merging import FIELDS, KEPT, MERGED
from problems.services.refusals import refusing
from problems.views.keeping import keeps_typed, typed

NOT_THERE = "There is no such record. It may have been merged already."
LABELS = {"date": "Date", "material": "Harmful material", "modalities": "Modality studied"}


@dataclass(frozen=True, slots=True)
class Row:
    """A field of both records, as words; `choice` says whose stays, where they differ."""

    name: str
    label: str
    kept: str
    merged: str
    choice: str

    @property
    def differs(self) -> bool:
        """Whether there is something to choose."""
        return self.kept != self.merged


@keeps_typed
def compare(request: HttpRequest) -> HttpResponseBase:
    """Two records side by side (`keep`, `merge`), to be made one. Without both, the form that asks which."""
    require(request.user, Action.MERGE, Paper())
    given = typed(request)
    values = {name: str(value) for name, value in (given if given is not None else request.GET).items()}
    kept, merged = (pointed_at(values.get(name, ""), request.user) for name in ("keep", "merge"))
    if kept and merged and kept != merged:
        if request.method == HTTPMethod.POST:
            return _merged(request, kept, merged, values)
        form = MergeForm(initial={"reason": values.get("reason", "")})
        return _pair(request, kept, merged, values=values, form=form)
    if request.method == HTTPMethod.POST and (done := _done(values)):
        return HttpResponseRedirect(reverse("merge", args=[done.public_id]), status=HTTPStatus.SEE_OTHER)
    return _asked(request, kept, merged, values)


def _asked(request: HttpRequest, kept: Paper | None, merged: Paper | None, values: Mapping[str, str]) -> HttpResponse:
    """Ask which records, beside those that may be the same as the one to keep."""
    form = PairForm({name: values.get(name, "") for name in ("keep", "merge")})
    form.is_valid()
    for name, found in (("keep", kept), ("merge", merged)):
        if values.get(name, "").strip() and found is None:
            form.add_error(name, [ValidationError(NOT_THERE)])
    if kept and kept == merged:
        form.add_error("merge", [ValidationError("This is the record to keep itself. Name another.")])
    near = duplicates.near(user=request.user, record=kept.to_record()) if kept else []
    context = {"form": form, "kept": kept, "near": [each for each in near if each.paper != kept]}
    return render(request, "papers/merge_which.html", context, status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK)


def _pair(  # what the page is about
    request: HttpRequest, kept: Paper, merged: Paper, *, values: Mapping[str, str], form: MergeForm, status: int = HTTPStatus.OK
) -> HttpResponse:
    prefetch_related_objects([kept, merged], "authorships", "identifiers")
    tags = {paper.pk: list(_tags(paper)) for paper in (kept, merged)}
    stays = merging.left_behind(tags[kept.pk], tags[merged.pk])
    context = {
        "form": form,
        "kept": kept,
        "merged": merged,
        "rows": [_row(name, kept, merged, values) for name in FIELDS],
        "holds": list(_holds(kept, merged)),
        "identifiers": [each for paper in (kept, merged) for each in paper.identifiers.all()],
        "kept_tags": tags[kept.pk],
        "moving": [tag for tag in tags[merged.pk] if tag not in stays],
        "staying": stays,
        "seen": [paper.modified.isoformat() for paper in (kept, merged)],
    }
    return render(request, "papers/merge.html", context, status=status)


def _merged(request: HttpRequest, kept: Paper, merged: Paper, values: Mapping[str, str]) -> HttpResponseBase:
    form = MergeForm(values)
    form.is_valid()
    fields = {name: values[name] for name in FIELDS if values.get(name)}
    seen = {paper.pk: when for paper, name in ((kept, "seen_keep"), (merged, "seen_merge")) if (when := _time(values.get(name, "")))}
    try:
        with refusing():
            made = merging.merge(kept=kept, merged=merged, by=request.user, fields=fields, reason=form.cleaned_data["reason"], seen=seen)
    except TrackerError as error:
        form.refuse(Invalid({"reason": [str(error)]}))
        return _pair(request, kept, merged, values=values, form=form, status=error.status)
    messages.success(request, "The two records are one now.")
    return HttpResponseRedirect(reverse("merge", args=[made.public_id]), status=HTTPStatus.SEE_OTHER)


@keeps_typed
def detail(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """What was merged, and undoing it."""
    require(request.user, Action.MERGE, Paper())
    merge = Merge.objects.select_related("kept__merged_into", "merged", "by").filter(public_id=public_id).first()
    if merge is None or merge.kept.visibility == Visibility.TRASHED:
        raise Http404
    status, refused = HTTPStatus.OK, None
    if request.method == HTTPMethod.POST:
        try:
            with refusing():
                merging.undo(merge=merge, by=request.user)
        except TrackerError as error:
            status, refused = HTTPStatus(error.status), error
        else:
            messages.success(request, "They are two records again.")
            return HttpResponseRedirect(reverse("merge", args=[public_id]), status=HTTPStatus.SEE_OTHER)
    return render(request, "papers/merged.html", {"merge": merge, "refused": refused}, status=status)


def _done(values: Mapping[str, str]) -> Merge | None:
    """What a form that is sent twice did the first time."""
    pair = {"kept__public_id": values.get("keep", ""), "merged__public_id": values.get("merge", "")}
    return Merge.objects.filter(**pair, undone_at=None).first()


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text) if text else None
    except ValueError:
        return None


def _row(name: str, kept: Paper, merged: Paper, values: Mapping[str, str]) -> Row:
    chosen = values.get(name, "")
    choice = chosen if chosen in {KEPT, MERGED} else merging.default(name, kept, merged)
    return Row(name, LABELS.get(name, name.capitalize()), in_words(name, kept), in_words(name, merged), choice)


def in_words(name: str, paper: Paper) -> str:
    """A field of a record, as words."""
    book = codebook()
    said: dict[str, Any] = {
        "authors": "; ".join(person.inverted for person in paper.people),
        "date": paper.date or "",
        "type": book.types[paper.type].label,
        "address": paper.url,
        "material": book.materials[paper.material].label if paper.material else "",
        "modalities": ", ".join(book.modalities[value].label for value in paper.modalities),
    }
    return str(said[name] if name in said else getattr(paper, name))


def _holds(kept: Paper, merged: Paper) -> Any:
    """What is not chosen: the strictest of the two holds."""
    if paper := next((each for each in (kept, merged) if each.visibility == Visibility.RESTRICTED), None):
        yield f"Restricted to reviewers, as {'the record to keep' if paper == kept else 'the other record'} is."
    if level := max(kept.advisory, merged.advisory):
        yield f"Content advisory: {Advisory(level).label}."
    if kept.is_retracted or merged.is_retracted:
        yield "Marked as retracted."
    if kept.is_corrected or merged.is_corrected:
        yield "Marked as corrected."


def _tags(paper: Paper) -> Any:
    return paper.tags.select_related("statement__problem", "call", "problem", "contributor").order_by("status", "pk")
