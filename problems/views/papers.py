"""The list of papers, and the page of one."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponsePermanentRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse

from problems import downloads
from problems.choices import EventKind, Face, Relation, ReviewStatus, Role, Visibility
from problems.codebook import codebook
from problems.errors import Unparsable
from problems.filters import PaperFilter
from problems.middleware import error_answer
from problems.models import AuditEvent, ChallengeType, Paper, Phase, Problem, StateStep, Tag
from problems.pagination import CURSOR, Ordering, Page, paginate
from problems.permissions import role_of
from problems.queries import exports, fairness, papers, search, suggestions
from problems.views.asking import Fault, Option, address, reads, shown
from problems.views.bars import bars

SIZE = 25
TAGS_SHOWN = 4
FACETS = ("problem", "relation", "challenge", "material", "modality")
YEARS = ("year__gte", "year__lte")
LABELS = {"q": "Search", "mine": "My bibliography", "year__gte": "From year", "year__lte": "To year", "doi": "DOI", "arxiv": "arXiv"} | {
    "material": "Harmful material",
    "advisory": "Advisory",
    "topic": "Topic",
    "ordering": "Order",
    downloads.PARAMETER: "Format",
    CURSOR: "Page",
}


@reads
def index(request: HttpRequest) -> HttpResponseBase:
    """Papers that this reader may know of, filtered, searched (`q`), sorted (`ordering`), a page at a time (`cursor`) or all as a file (`format`)."""
    everything = Paper.objects.visible_to(request.user)
    filters = PaperFilter(request.GET, everything, request=request)
    asked = Asked(request.GET, filters)
    faults = [asked.fault(name, " ".join(map(str, texts))) for name, texts in filters.form.errors.items()]
    page, ordering = Page[Paper]([], "", ""), filters.orderings[0]
    try:
        ordering = filters.ordering(request.GET.get("ordering", ""))
        form = downloads.by_name(name) if (name := request.GET.get(downloads.PARAMETER, "")) else None
        if form and not faults:
            return downloads.answer(request, form, exports.records(filters.qs, ordering), downloads.name_of(filters.active))
        if not faults:
            page = paginate(filters.qs.for_lists(), ordering, cursor=request.GET.get(CURSOR, ""), size=SIZE)
    except Unparsable as error:
        faults.append(asked.fault(error.field, str(error)))
    total = 0 if faults else filters.qs.count()
    context = {
        "q": shown(asked.q),
        "total": total,
        "all_total": everything.count(),
        "shown": len(page.rows),
        "chips": asked.chips(),
        "clear_url": asked.address(keep=("q", "ordering")),
        "facets": asked.facets(),
        "years": {"gte": asked.typed("year__gte"), "lte": asked.typed("year__lte"), "bars": bars(filters.years(), filters.active)},
        "kept": asked.kept(),
        "sort": "" if ordering == filters.orderings[0] else ordering.name,
        "sort_options": asked.orderings(ordering),
        "rows": rows(page.rows, "" if faults else asked.q),
        "previous_url": asked.page(page.previous),
        "next_url": asked.page(page.next),
        "exports": asked.exports() if total else [],
        "suggestion": asked.suggestion(everything) if not total and not faults else None,
        "without_filters": asked.without_filters(everything) if not total and not faults else None,
        "errors": faults,
    }
    return render(request, "papers/list.html", context, status=HTTPStatus.BAD_REQUEST if faults else HTTPStatus.OK)


class Asked:
    """What a reader asks of the list, and the addresses of the same list asked otherwise. Names that are no filter are left out."""

    def __init__(self, query: QueryDict, filters: PaperFilter) -> None:
        """Keep the values that were given, in the order of the filters."""
        self.filters = filters
        self.given = [(name, value) for name in (*filters.filters, "ordering") for value in query.getlist(name) if value]
        self.q = query.get("q", "").strip()

    def address(self, *, keep: Iterable[str] | None = None, leave: Iterable[tuple[str, str]] = (), add: Iterable[tuple[str, str]] = ()) -> str:
        """Address of the list with these names only, without these pairs, with these added."""
        names = None if keep is None else set(keep)
        left = set(leave)
        return address(reverse("papers"), [pair for pair in self.given if (names is None or pair[0] in names) and pair not in left] + list(add))

    def exports(self) -> list[dict[str, str]]:
        """Addresses of the whole list as a file."""
        return [{"label": form.label, "url": self.address(add=[(downloads.PARAMETER, name)])} for name, form in downloads.WRITTEN.items()]

    def page(self, cursor: str) -> str | None:
        """Address of the page at `cursor`."""
        return self.address(add=[(CURSOR, cursor)]) if cursor else None

    def typed(self, name: str) -> str:
        """What was typed for a filter."""
        return next((shown(value) for key, value in self.given if key == name), "")

    def fault(self, name: str, text: str) -> Fault:
        """A fault in the value of `name`, with the field where it can be mended."""
        target = f"id_{name}" if name in YEARS else f"id_{name}_1" if name in FACETS and name not in PaperFilter.OWN_FACETS else "id_q"
        return Fault(label(name), shown_sentence(text), target)

    def chips(self) -> list[dict[str, str]]:
        """Each filter that is on, with the address of the list without it."""
        words = self.words()
        return [
            {
                "label": f"{label(name)}: {words[name](value) if name in words else shown(value)}",
                "url": self.address(leave=[(name, value)]),
            }
            for name, value in self.given
            if name not in {"q", "ordering"}
        ]

    def words(self) -> dict[str, Callable[[str], str]]:
        """How the values of some filters are said in words."""
        book = codebook()
        terms = {"relation": book.relations, "basis": book.bases, "state": book.states, "type": book.types}
        terms |= {"material": book.materials, "modality": book.modalities}
        terms |= {"advisory": book.advisories, "topic": book.topics}
        named: dict[str, dict[str, str]] = {name: {key: term.label for key, term in table.items()} for name, table in terms.items()}
        named["mine"] = {"true": "yes", "false": "no"}
        for name in ("challenge", "phase"):
            rows: Iterable[ChallengeType | Phase] = self.filters.active.get(name, ())
            named[name] = {row.slug: row.label for row in rows}
        return {name: lambda value, table=table: table.get(value, shown(value)) for name, table in named.items()}  # type: ignore[misc]

    def kept(self) -> list[tuple[str, str]]:
        """Filters without a control of their own, for the forms to keep."""
        return [(name, value) for name, value in self.given if name not in {"q", "ordering", *FACETS, *YEARS}]

    def orderings(self, chosen: Ordering) -> list[Option]:
        """The sortings there are."""
        default = self.filters.orderings[0]
        others = [pair for pair in self.given if pair[0] == "ordering"]
        return [
            Option(each.name, each.label, self.address(leave=others, add=[("ordering", "" if each == default else each.name)]), each == chosen)
            for each in self.filters.orderings
        ]

    def facets(self) -> list[dict[str, Any]]:
        """Values to tick, each with the papers that it leads to; problems with most papers first."""
        counts = {name: self.filters.facet(name) for name in FACETS}
        ticked = set(self.given)

        def option(name: str, value: str, words: str, key: Any, **more: Any) -> dict[str, Any]:
            checked = (name, value) in ticked
            return {"value": value, "label": words, "count": counts[name].get(key, 0), "checked": checked, "icon": "", "kind": name, **more}

        problems = [
            option("problem", str(each.number), each.title, each.number, number=each.number, phase=each.phase.slug)
            for each in Problem.objects.select_related("phase")
        ]
        problems.sort(key=lambda each: (not each["checked"], -each["count"], each["number"]))
        relations = [option("relation", value, term.label, value) for value, term in codebook().relations.items()]
        challenges = [option("challenge", each.slug, each.label, each.slug, icon=each.icon) for each in ChallengeType.objects.all()]
        materials = [option("material", value, term.label, value) for value, term in codebook().materials.items()]
        modalities = [option("modality", value, term.label, value) for value, term in codebook().modalities.items()]
        found = (
            ("problem", "Problem", problems),
            ("relation", "Relation", relations),
            ("challenge", "Challenge", challenges),
            ("material", "Harmful material", materials),
            ("modality", "Modality", modalities),
        )
        return [
            {"name": name, "label": words, "options": [each for each in options if each["count"] or each["checked"]]}
            for name, words, options in found
        ]

    def suggestion(self, everything: Any) -> dict[str, Any] | None:
        """The nearest spelling of the words that finds something."""
        if not self.q or not (nearest := search.nearest_spelling(everything, self.q)):
            return None
        changed = self.filters.data.copy()
        changed["q"] = nearest
        count = PaperFilter(changed, everything, request=self.filters.request).qs.count()
        others = [pair for pair in self.given if pair[0] == "q"]
        return {"q": nearest, "count": count, "url": self.address(leave=others, add=[("q", nearest)])} if count else None

    def without_filters(self, everything: Any) -> dict[str, Any] | None:
        """How many papers there are for the words alone."""
        if not self.chips():
            return None
        count = search.matching(everything, self.q).count() if self.q else everything.count()
        return {"count": count, "url": self.address(keep=("q", "ordering"))} if count else None


def label(name: str) -> str:
    """A filter as the page calls it."""
    return LABELS.get(name) or name.replace("__", " ").replace("_", " ").capitalize()


def shown_sentence(text: str) -> str:
    """A sentence that may hold what somebody typed."""
    limit = 300
    return text if len(text) <= limit else f"{text[:limit]}…"


def rows(found: Sequence[Paper], words: str) -> list[dict[str, Any]]:
    """Papers as a list shows them: hits of `words` marked, the first tags, and how many papers challenge what they contribute to."""
    shown = Paper.objects.filter(pk__in=[paper.pk for paper in found]) if words else Paper.objects.none()
    marked = search.marked(shown, words).in_bulk()
    tags = papers.tags_on_map(found)
    challengers = papers.challengers(tag for each in tags.values() for tag in each)
    return [_row(paper, search.segments(marked.get(paper.pk, paper)), tags.get(paper.pk, []), challengers) for paper in found]


def _row(paper: Paper, title: list[tuple[str, bool]], tags: list[Tag], challengers: Mapping[int, set[int]]) -> dict[str, Any]:
    against = {tag.code: others for tag in tags if tag.relation == Relation.CONTRIBUTES and (others := challengers.get(tag.statement_id or 0))}
    where = [*(("statement", code) for code in against), ("relation", Relation.CHALLENGES.value)]
    return {
        "paper": paper,
        "title_parts": title,
        "tags": tags[:TAGS_SHOWN],
        "more_tags": max(0, len(tags) - TAGS_SHOWN),
        "challenged": len(set().union(*against.values())),
        "challenged_url": address(reverse("papers"), where),
    }


@reads
def detail(request: HttpRequest, public_id: str, slug: str = "") -> HttpResponseBase:
    """A paper and what it says on the map. What this reader may not know of answers as what is not there.

    A wrong slug leads to the right one, and a record that was merged to the one that it is part of now.
    """
    del slug  # the address is compared as a whole
    paper = Paper.objects.visible_to(request.user).prefetch_related("authorships", "identifiers").filter(public_id=public_id).first()
    if paper is None:
        paper = papers.named(public_id, request.user)
    if paper is None:
        raise Http404
    if request.path != paper.get_absolute_url():
        query = request.META.get("QUERY_STRING", "")
        return HttpResponsePermanentRedirect(f"{paper.get_absolute_url()}{'?' if query else ''}{query}")
    if name := request.GET.get(downloads.PARAMETER, ""):
        try:
            form = downloads.by_name(name)
        except Unparsable as error:
            return error_answer(request, HTTPStatus.BAD_REQUEST, error.title, error.hint)
        return downloads.answer(request, form, exports.told([paper]), paper.slug)
    fairness.look(request.user, [paper])
    tags = papers.tags_of(paper, request.user)
    accepted = [tag for tag in tags if tag.status == ReviewStatus.ACCEPTED]
    by_call: dict[Any, list[Tag]] = defaultdict(list)
    for tag in tags:
        if tag.call:
            by_call[tag.call].append(tag)
    context = {
        "paper": paper,
        "type_label": codebook().types[paper.type].label,
        "groups": _groups(tags),
        "calls": [{"call": call, "tags": each} for call, each in by_call.items()],
        "identifiers": list(paper.identifiers.all()),
        "history": history(papers.events(paper, request.user), accepted, papers.steps(accepted), told_all=role_of(request.user) >= Role.REVIEWER),
        "merges": papers.merges_into(paper) if role_of(request.user) >= Role.CURATOR else [],
        "suggested": suggestions.for_paper(paper, request.user).statements if role_of(request.user) >= Role.CONTRIBUTOR else [],
        "related": papers.related(paper, tags),
        "cite": cite(paper),
        "exports": [{"label": form.label, "url": f"?{downloads.PARAMETER}={name}"} for name, form in downloads.WRITTEN.items()],
    }
    return render(request, "papers/detail.html", context)


def _groups(tags: Iterable[Tag]) -> list[dict[str, Any]]:
    """Tags to statements and whole problems, by problem and statement."""
    groups: dict[Problem, dict[Any, list[Tag]]] = defaultdict(lambda: defaultdict(list))
    for tag in tags:
        problem = tag.statement.problem if tag.statement else tag.problem
        if problem is not None:
            groups[problem][tag.statement].append(tag)
    return [
        {"problem": problem, "entries": [{"statement": statement, "tags": each} for statement, each in entries.items()]}
        for problem, entries in groups.items()
    ]


def cite(paper: Paper) -> list[dict[str, str]]:
    """How to cite a paper: as a line, and in each format that we write."""
    record = paper.to_record()
    line = ". ".join(part for part in (_names(paper), f"{paper.title.rstrip('.')}", paper.venue) if part)
    where = next((each.url for each in paper.identifiers.all()), paper.url)
    texts = [("text", "Text", f"{line}.{f' {where}' if where else ''}")]
    texts += [(each.name, each.label, each.citation(record)) for each in downloads.WRITTEN.values() if each.for_citing]
    return [{"name": name, "label": label, "text": text} for name, label, text in texts]


def _names(paper: Paper) -> str:
    names = "; ".join(name.inverted for name in paper.people)
    year = f"({paper.year})" if paper.year else ""
    return f"{names} {year}".strip()


FIELDS = {
    "title": "title",
    "abstract": "abstract",
    "year": "date",
    "month": "date",
    "day": "date",
    "venue": "venue",
    "type": "type",
    "url": "address",
    "is_retracted": "note of retraction",
    "is_corrected": "note of correction",
    "advisory": "content advisory",
    "topics": "content advisory",
    "link_approved": "address as a link",
    "material": "method",
    "modalities": "method",
    "authors": "authors",
    "orcids": "authors",
    "identifiers": "identifiers",
}


def history(events: Iterable[AuditEvent], accepted: Iterable[Tag], steps: Iterable[StateStep], *, told_all: bool) -> list[dict[str, Any]]:
    """What happened, latest first, in sentences: which fields changed but not their values; who may see it only where all is told."""
    lines: dict[datetime, list[str]] = defaultdict(list)
    for event in events:
        if sentence := _told(event, told_all=told_all):
            lines[event.at].append(sentence)
    by_time: dict[datetime, list[Tag]] = defaultdict(list)
    for tag in accepted:
        if tag.decided_at:
            by_time[tag.decided_at].append(tag)
    states = codebook().states
    for at, tags in by_time.items():
        said = ", ".join(f"{tag.code} {codebook().relations[tag.relation].label}" for tag in tags)
        lines[at].append(f"{len(tags)} tag{'s' if len(tags) > 1 else ''} accepted: {said}.")
    for step in steps:
        lines[step.at].append(f"{step.statement.code} became {states[step.after].label.lower()}.")
    return [{"at": at, "text": " ".join(sentences)} for at, sentences in sorted(lines.items(), reverse=True)]


def _told(event: AuditEvent, *, told_all: bool) -> str:
    match event.kind:
        case EventKind.CREATED:
            return "Record loaded." if event.face == Face.COMMAND else "Record logged."
        case EventKind.PUBLISHED:
            return "Made public."
        case EventKind.RESTRICTED:
            return "Restricted." if told_all else ""
        case EventKind.TRASHED | EventKind.RESTORED:  # told to curators only
            return "Moved to the trash." if event.kind == EventKind.TRASHED else "Restored from the trash."
        case EventKind.MERGED | EventKind.UNMERGED if "merged" not in event.before | event.after:
            return ""  # of the record that it went into, which says so itself
    changed = dict.fromkeys(FIELDS[name] for name in (event.after | event.before) if name in FIELDS)
    said = f"Changed: {', '.join(changed)}." if changed else ""
    if event.kind in {EventKind.MERGED, EventKind.UNMERGED}:
        said = f"{'Merged with' if event.kind == EventKind.MERGED else 'Separated again from'} another record. {said}".strip()
    hidden = told_all and event.after.get("visibility") == Visibility.WAITING
    return f"{said} Set back to waiting." if hidden else said
