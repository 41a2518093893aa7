"""What each list can be filtered and sorted by: one set per resource, used by page, API and schema alike, named alike everywhere."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import django_filters
from django import forms
from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import CharField, Count, Exists, F, Func, Model, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from problems import identifiers, models
from problems.choices import (
    Advisory,
    Basis,
    BulkAct,
    ChangeKind,
    ChangeState,
    EventKind,
    Face,
    FlagReason,
    FlagState,
    ImportState,
    Material,
    Modality,
    PaperType,
    Relation,
    ReviewStatus,
    Role,
    RowOutcome,
    Scheme,
    Section,
    State,
    SubmissionKind,
    SubmissionState,
    Topic,
    Turn,
)
from problems.errors import Unparsable
from problems.models import (
    Assignment,
    AuditEvent,
    BulkChange,
    CallToAction,
    CatalogueChange,
    ChallengeType,
    Declaration,
    ImportRow,
    ImportRun,
    Interest,
    Message,
    Notification,
    Paper,
    Phase,
    ProbableDuplicate,
    Problem,
    RestrictedRead,
    Search,
    Statement,
    Submission,
    Tag,
    Team,
    Trashed,
    User,
    Watch,
)
from problems.pagination import Ordering
from problems.permissions import role_of
from problems.queries import changes, checks_due, curating, methods, reviews, search, turns
from problems.records import YEARS
from problems.text import clean_text

PUBLIC_ID = RegexValidator(r"\A[a-z0-9]{10}\Z", "An id has ten letters and digits.")


class YearField(forms.IntegerField):
    """A year of four digits."""

    def to_python(self, value: Any) -> int | None:
        """Refuse other numbers with a sentence."""
        try:
            year = super().to_python(value)
        except ValidationError:
            year = 0
        if year is not None and year not in YEARS:
            message = f"{str(value)[:20]} is not a year. Write four digits, for example 2024."
            raise ValidationError(message, code="year")
        return year


class TimeField(django_filters.fields.IsoDateTimeField):
    """A time in ISO 8601; without a zone it is UTC."""

    def to_python(self, value: Any) -> datetime | None:
        """Bring it to UTC: the database does not take every zone that the format allows."""
        try:
            time = super().to_python(value)
            return None if time is None else time.astimezone(UTC)
        except (ValidationError, OverflowError) as error:
            message = "This is not a time. Write it like 2026-01-31T12:00:00Z."
            raise ValidationError(message, code="time") from error


class SearchField(forms.CharField):
    """Words to search for."""

    def to_python(self, value: Any) -> str:
        """Refuse what is too long, or cannot be searched, with a sentence."""
        text = super().to_python(value) or ""
        try:
            text = clean_text(text, limit=settings.MAX_SEARCH_LENGTH, field="search")
        except Unparsable as error:
            raise ValidationError(str(error), code="text") from error
        if len(text.split()) > settings.MAX_SEARCH_WORDS:
            message = f"The search has more than {settings.MAX_SEARCH_WORDS} words. Leave some out."
            raise ValidationError(message, code="words")
        return text


class IdentifierField(forms.CharField):
    """An identifier of one scheme, in any spelling."""

    def __init__(self, *, scheme: Scheme, **options: Any) -> None:
        """Of this scheme."""
        super().__init__(**options)
        self.scheme = scheme

    def to_python(self, value: Any) -> str:
        """Normalise, or refuse with a sentence."""
        text = super().to_python(value)
        try:
            return identifiers.normalise(self.scheme, text) if text else ""
        except Unparsable as error:
            raise ValidationError(str(error), code="identifier") from error


class FewValues:
    """A field with several values, which are not too many and hold nothing that the database refuses."""

    def clean(self, value: Any) -> Any:
        """Refuse too many before each is looked up."""
        if value and len(value) > settings.MAX_FILTER_VALUES:
            message = f"More than {settings.MAX_FILTER_VALUES} values. Ask in several requests."
            raise ValidationError(message, code="values")
        if value and any("\x00" in str(each) for each in value):
            message = "A value contains a NUL character. Delete it and try again."
            raise ValidationError(message, code="text")
        return super().clean(value)  # type: ignore[misc]  # a mixin of form fields


class ManyChoicesField(FewValues, django_filters.fields.MultipleChoiceField):
    """Several words of a vocabulary."""

    def validate(self, value: Any) -> None:
        """Refuse other words with the ones there are."""
        known = [word for word, _ in self.choices]
        if unknown := [str(word) for word in value or () if word not in known]:
            message = f"“{unknown[0][:40]}” is not known. Choose among: {', '.join(known)}."
            raise ValidationError(message, code="invalid_choice")


class ManyRowsField(FewValues, django_filters.fields.ModelMultipleChoiceField):
    """Several rows by their public name."""


class YearFilter(django_filters.NumberFilter):
    """By year."""

    field_class = YearField

    def get_max_validator(self) -> None:
        """The field knows."""


class TimeFilter(django_filters.IsoDateTimeFilter):
    """By time."""

    field_class = TimeField


class SearchFilter(django_filters.CharFilter):
    """By words."""

    field_class = SearchField


class IdentifierFilter(django_filters.CharFilter):
    """By identifier."""

    field_class = IdentifierField


class Choices(django_filters.MultipleChoiceFilter):
    """By one of several words."""

    field_class = ManyChoicesField


class Flag(django_filters.TypedChoiceFilter):
    """By yes or no, written as true or false."""

    def __init__(self, **options: Any) -> None:
        """Of two words."""
        words: dict[str, Any] = {"choices": (("true", "yes"), ("false", "no")), "coerce": "true".__eq__, "empty_value": None}
        super().__init__(error_messages={"invalid_choice": "Write true or false."}, **words | options)


class Rows(django_filters.ModelMultipleChoiceFilter):
    """By one of several rows."""

    field_class = ManyRowsField


def _rows(model: type[Model], key: str, help_text: str) -> Rows:
    return Rows(queryset=model._default_manager.all(), to_field_name=key, label=help_text, help_text=help_text, method="ruled")  # noqa: SLF001  # the documented way


def _choices(vocabulary: Any, help_text: str, method: str = "ruled") -> Choices:
    return Choices(choices=vocabulary.choices, label=help_text, help_text=help_text, method=method)


class Filters(django_filters.FilterSet):
    """Common to all sets. A filter of several values holds where one of them does; several filters hold together."""

    ORDERINGS: ClassVar[tuple[Ordering, ...]]
    RULES: ClassVar[Mapping[str, Callable[[Any], Q]]] = {}

    modified__gte = TimeFilter(
        field_name="modified", lookup_expr="gte", label="Changed at or after", help_text="Changed at or after this time (ISO 8601)."
    )
    modified__lte = TimeFilter(
        field_name="modified", lookup_expr="lte", label="Changed at or before", help_text="Changed at or before this time (ISO 8601)."
    )

    @property
    def user(self) -> Any:
        """Who asks."""
        return self.request.user

    @property
    def active(self) -> dict[str, Any]:
        """Filters that are set, with their values. Empty unless all are valid."""
        if not self.is_valid():
            return {}
        given = {name: self.form.cleaned_data.get(name) for name in self.filters}
        return {
            name: value for name, value in given.items() if value is not None and value != "" and not (hasattr(value, "__len__") and not len(value))
        }

    def ruled(self, queryset: QuerySet[Any], name: str, value: Any) -> QuerySet[Any]:
        """By the rule of this name in RULES."""
        return queryset.filter(self.RULES[name](value)) if value else queryset

    @property
    def orderings(self) -> tuple[Ordering, ...]:
        """The sortings that these filters allow; the first one is the default."""
        return self.ORDERINGS

    def ordering(self, name: str) -> Ordering:
        """The sorting of this name, or for no name the first one. Raises Unparsable for one that is not there."""
        for ordering in self.orderings:
            if name in {ordering.name, ""}:
                return ordering
        title = f"There is no sorting by “{name[:40]}”."
        raise Unparsable(title, f"Choose one of: {', '.join(each.name for each in self.orderings)}.", field="ordering")


def _times(key: str) -> tuple[Ordering, ...]:
    return (
        Ordering("-modified", "Last changed", ("-modified", key)),
        Ordering("modified", "First changed", ("modified", key)),
        Ordering("-created", "Newest record", ("-created", key)),
        Ordering("created", "Oldest record", ("created", key)),
    )


def _method_rules(prefix: str = "") -> dict[str, Callable[[Any], Q]]:
    """What the method of a paper has to be like."""
    return {name: lambda words, rule=rule: rule(prefix, words) for name, rule in methods.RULES.items()}  # type: ignore[misc]  # bound now


def _problems(**lookups: Any) -> QuerySet[Problem]:
    return Problem.objects.filter(**lookups)


def _keys(rows: Iterable[Model]) -> list[int]:
    return [row.pk for row in rows]


# What a tag has to be like: filters of tags, and of papers by their tags.
TAG_RULES: Mapping[str, Callable[[Any], Q]] = {
    "problem": lambda rows: Q(statement__problem__in=rows) | Q(problem__in=rows),
    "statement": lambda rows: Q(statement__in=rows),
    "call": lambda rows: Q(call__in=rows),
    "relation": lambda words: Q(relation__in=words),
    "basis": lambda words: Q(basis__in=words),
    "challenge": lambda rows: Q(statement__problem__in=_problems(challenges__in=rows)) | Q(problem__in=_problems(challenges__in=rows)),
    "phase": lambda rows: Q(statement__problem__phase__in=rows) | Q(problem__phase__in=rows) | Q(call__phase__in=rows),
    "state": lambda words: Q(statement__section=Section.LIMITATION, statement__state__in=words, statement__retired_on=None),
}


class TaggedFilters(Filters):
    """Filters by what a tag says."""

    problem = _rows(Problem, "number", "Tagged to this problem, by number, or to a statement of it.")
    statement = _rows(Statement, "code", "Tagged to this statement, by code.")
    call = _rows(CallToAction, "code", "Responding to this call, by code.")
    relation = _choices(Relation, "With this relation.")
    basis = _choices(Basis, "With evidence on this basis.")
    challenge = _rows(ChallengeType, "slug", "Tagged to a problem with this challenge.")
    phase = _rows(Phase, "slug", "Tagged to a problem or call of this phase.")
    state = _choices(State, "Tagged to a limitation in this state.")
    material = _choices(Material, "Of papers whose method needs harmful material to this degree.")
    modality = _choices(Modality, "Of papers that studied this modality.")
    year = YearFilter(label="Year", help_text="Published in this year.")
    year__gte = YearFilter(label="From year", help_text="Published in this year or later.")
    year__lte = YearFilter(label="To year", help_text="Published in this year or earlier.")
    doi = IdentifierFilter(scheme=Scheme.DOI, label="DOI", help_text="With this DOI, in any spelling.", method="by_identifier")
    arxiv = IdentifierFilter(scheme=Scheme.ARXIV, label="arXiv number", help_text="With this arXiv number, in any spelling.", method="by_identifier")
    q = SearchFilter(label="Search", help_text="Words in title, authors, venue or abstract; “exact phrase”, -exclude.", method="by_words")


class PaperFilter(TaggedFilters):
    """Papers. All that is asked of a tag has to hold of one and the same accepted tag."""

    RULES = _method_rules()

    mine = Flag(label="My bibliography", help_text="With true, papers that you logged or tagged; without an account none.", method="by_owner")
    type = Choices(choices=PaperType.choices, label="Type", help_text="Of this type.", distinct=False)
    year = YearFilter(field_name="year", label="Year", help_text="Published in this year.")
    year__gte = YearFilter(field_name="year", lookup_expr="gte", label="From year", help_text="Published in this year or later.")
    year__lte = YearFilter(field_name="year", lookup_expr="lte", label="To year", help_text="Published in this year or earlier.")
    advisory = Choices(
        choices=[(str(value), label) for value, label in Advisory.choices],
        label="Advisory",
        help_text="With a content advisory of this level.",
        distinct=False,
    )
    topic = Choices(
        choices=[(value, value) for value in Topic.values],
        label="Topic",
        help_text="Advised on this topic; the codebook defines each.",
        method="by_topic",
    )

    ORDERINGS = (
        *_times("public_id")[2:],
        *_times("public_id")[:2],
        Ordering("-year", "Newest paper", ("-sort_year", "public_id")),
        Ordering("year", "Oldest paper", ("sort_year", "public_id")),
        Ordering("title", "Title", ("title", "public_id")),
    )
    BY_RANK = Ordering("relevance", "Most relevant", ("-rank", "public_id"))
    FACETS: ClassVar[Mapping[str, Any]] = {
        "problem": Coalesce("statement__problem__number", "problem__number"),
        "relation": F("relation"),
        "challenge": Coalesce("statement__problem__challenges__slug", "problem__challenges__slug"),
    }
    OWN_FACETS: ClassVar[Mapping[str, tuple[Q, Any]]] = {
        "material": (~Q(material=""), F("material")),
        "modality": (Q(modalities__overlap=Modality.values), Func(F("modalities"), function="unnest", output_field=CharField())),
    }
    """Facets of the paper itself: which papers have a value, and what it is."""

    class Meta:
        """Of papers; each filter is written out above."""

        model = Paper
        fields: ClassVar[list[str]] = []

    @property
    def orderings(self) -> tuple[Ordering, ...]:
        """By relevance first, where there are words to be relevant to."""
        return (self.BY_RANK, *self.ORDERINGS) if "q" in self.active else self.ORDERINGS

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Apply the filters on the paper itself, then one condition on its tags."""
        return self._tagged(self._untagged(queryset.annotate(sort_year=Coalesce("year", 0))), self.active)

    def facet(self, name: str) -> dict[Any, int]:
        """Papers by value of a facet, all other filters applied."""
        if name in self.OWN_FACETS:
            having, value = self.OWN_FACETS[name]
            own = self._tagged(self._untagged(self.queryset, leave=(name,)), self.active).filter(having)
            return dict(own.order_by().annotate(value=value.copy()).values_list("value").annotate(papers=Count("pk")))
        papers = self._untagged(self.queryset)
        others = {key: value for key, value in self.active.items() if key != name}
        tags = Tag.objects.on_map().filter(self._tag_rule(others), paper__in=papers.order_by().values("pk")).order_by()
        return dict(tags.values_list(self.FACETS[name].copy()).annotate(papers=Count("paper", distinct=True)))

    def years(self) -> dict[int, int]:
        """Papers by year, all filters but those by year applied."""
        papers = self._tagged(self._untagged(self.queryset, leave=("year", "year__gte", "year__lte")), self.active)
        return dict(papers.filter(year__isnull=False).order_by().values_list("year").annotate(papers=Count("pk")))

    def by_words(self, queryset: Any, _name: str, value: str) -> Any:
        """Full-text search."""
        return search.matching(queryset, value)

    def by_topic(self, queryset: QuerySet[Paper], _name: str, value: Any) -> QuerySet[Paper]:
        """Advised on one of these topics."""
        return queryset.filter(topics__overlap=value) if value else queryset

    def by_owner(self, queryset: QuerySet[Paper], _name: str, value: bool) -> QuerySet[Paper]:  # noqa: FBT001  # django-filter calls it so
        """Logged or tagged by who asks, or by others only."""
        if not self.user.is_authenticated:
            return queryset.none() if value else queryset
        mine = Q(logged_by=self.user) | Exists(Tag.objects.visible_to(self.user).filter(contributor=self.user, paper=OuterRef("pk")))
        return queryset.filter(mine) if value else queryset.exclude(mine)

    def by_identifier(self, queryset: QuerySet[Paper], name: str, value: str) -> QuerySet[Paper]:
        """The paper with this identifier."""
        return queryset.filter(identifiers__scheme=name, identifiers__value=value)

    def _untagged(self, queryset: QuerySet[Any], leave: tuple[str, ...] = ()) -> QuerySet[Any]:
        for name, value in self.active.items():
            if name not in TAG_RULES and name not in leave:
                queryset = self.filters[name].filter(queryset, value)
        return queryset

    def _tagged(self, queryset: QuerySet[Any], active: Mapping[str, Any]) -> QuerySet[Any]:
        if not any(name in TAG_RULES for name in active):
            return queryset
        return queryset.filter(Exists(Tag.objects.on_map().filter(self._tag_rule(active), paper=OuterRef("pk"))))

    def _tag_rule(self, active: Mapping[str, Any]) -> Q:
        rule = Q()
        for name, value in active.items():
            if name in TAG_RULES:
                rule &= TAG_RULES[name](value)
        return rule


class RetiredFilters(Filters):
    """Where retired statements are left out unless asked for."""

    RETIRED: ClassVar[str]
    retired = Flag(label="Retired", help_text="With true, retired statements are listed too.", method="with_retired")

    def with_retired(self, queryset: QuerySet[Any], _name: str, _value: object) -> QuerySet[Any]:
        """Settled below, since it also counts when it is not asked for."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Leave retired ones out unless asked for."""
        queryset = super().filter_queryset(queryset)
        return queryset if self.form.cleaned_data.get("retired") else queryset.filter(**{self.RETIRED: None})


class TagFilter(RetiredFilters, TaggedFilters):
    """Tags."""

    RULES: ClassVar[Mapping[str, Callable[[Any], Q]]] = {**TAG_RULES, **_method_rules("paper__")}
    RETIRED = "statement__retired_on"
    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    paper = django_filters.CharFilter(
        field_name="paper__public_id",
        label="Paper",
        help_text="Of this paper, by id.",
        validators=[RegexValidator(r"\A[a-z0-9]{10}\Z", "An id of a paper has ten letters and digits.")],
    )
    status = Choices(choices=ReviewStatus.choices, label="Status", help_text="In this status of review.", distinct=False)
    year = YearFilter(field_name="paper__year", label="Year", help_text="Paper published in this year.")
    year__gte = YearFilter(field_name="paper__year", lookup_expr="gte", label="From year", help_text="Paper published in this year or later.")
    year__lte = YearFilter(field_name="paper__year", lookup_expr="lte", label="To year", help_text="Paper published in this year or earlier.")

    class Meta:
        """Of tags; each filter is written out above."""

        model = Tag
        fields: ClassVar[list[str]] = []

    def by_words(self, queryset: QuerySet[Tag], _name: str, value: str) -> QuerySet[Tag]:
        """Of papers that match."""
        return queryset.filter(paper__in=search.matching(Paper.objects.visible_to(self.user), value).values("pk"))

    def by_identifier(self, queryset: QuerySet[Tag], name: str, value: str) -> QuerySet[Tag]:
        """Of the paper with this identifier."""
        return queryset.filter(paper__identifiers__scheme=name, paper__identifiers__value=value)


class MethodFilters(Filters):
    """Where a row is listed for the papers that are tagged to it. All that is asked of them has to hold of one and the same accepted tag."""

    TARGET: ClassVar[Q]
    """How a tag points at the row."""
    BY_TAG: ClassVar[Mapping[str, Callable[[Any], Q]]] = _method_rules("paper__")

    material = _choices(Material, "With a paper whose method needs harmful material to this degree.", method="by_tag")
    modality = _choices(Modality, "With a paper that studied this modality.", method="by_tag")

    def by_tag(self, queryset: QuerySet[Any], _name: str, _value: object) -> QuerySet[Any]:
        """Settled below, all at once."""
        return queryset

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """One condition on the tags of the row."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        rules = [rule(value) for name, rule in self.BY_TAG.items() if (value := self.form.cleaned_data.get(name))]
        return found.filter(Exists(Tag.objects.on_map().filter(self.TARGET, *rules))) if rules else found


class StatementFilter(RetiredFilters, MethodFilters):
    """Statements."""

    RETIRED = "retired_on"
    TARGET = Q(statement=OuterRef("pk"))
    BY_TAG: ClassVar[Mapping[str, Callable[[Any], Q]]] = {**MethodFilters.BY_TAG, "relation": lambda words: Q(relation__in=words)}
    RULES: ClassVar[Mapping[str, Callable[[Any], Q]]] = {
        "problem": lambda rows: Q(problem__in=rows),
        "statement": lambda rows: Q(pk__in=_keys(rows)),
        "call": lambda rows: Q(pk__in=Statement.objects.filter(calls__in=rows).values("pk")),
        "challenge": lambda rows: Q(problem__in=_problems(challenges__in=rows)),
        "phase": lambda rows: Q(problem__phase__in=rows),
        "section": lambda words: Q(section__in=words),
        "state": lambda words: Q(section=Section.LIMITATION, state__in=words, retired_on=None),
    }
    ORDERINGS = (Ordering("code", "Code", ("problem__number", "section", "position")), *_times("code"))

    problem = _rows(Problem, "number", "Of this problem, by number.")
    statement = _rows(Statement, "code", "With this code.")
    call = _rows(CallToAction, "code", "Served by this call, by code.")
    relation = _choices(Relation, "With an accepted tag of this relation.", method="by_tag")
    challenge = _rows(ChallengeType, "slug", "Of a problem with this challenge.")
    phase = _rows(Phase, "slug", "Of a problem of this phase.")
    section = _choices(Section, "Of this list: existing work, or limitations.")
    state = _choices(State, "Limitations in this state.")
    searched = Flag(label="Searched", help_text="Whether somebody searched in the last 12 months and found nothing.", method="by_search")
    being_worked_on = Flag(label="Being worked on", help_text="Whether a team says that it works on it today.", method="by_work")
    due = Flag(label="Due", help_text="Whether its day has come, on which it is asked whether it still holds.", method="by_day")
    q = SearchFilter(label="Search", help_text="Words in the text.", method="by_words")

    class Meta:
        """Of statements; each filter is written out above."""

        model = Statement
        fields: ClassVar[list[str]] = []

    def by_day(self, queryset: QuerySet[Statement], _name: str, value: bool) -> QuerySet[Statement]:  # noqa: FBT001  # django-filter calls it so
        """Whether it is due."""
        found = Q(pk__in=checks_due.due().order_by().values("pk"))
        return queryset.filter(found if value else ~found)

    def by_work(self, queryset: QuerySet[Statement], _name: str, value: bool) -> QuerySet[Statement]:  # noqa: FBT001  # the shape that django-filter calls
        """Whether a team works on it."""
        found = Q(pk__in=Declaration.objects.on_map().filter(statement__isnull=False).values("statement"))
        return queryset.filter(found if value else ~found)

    def by_search(self, queryset: QuerySet[Statement], _name: str, value: bool) -> QuerySet[Statement]:  # noqa: FBT001  # django-filter calls it so
        """Whether a search that found nothing is on record."""
        found = Exists(Search.objects.on_map().filter(statement=OuterRef("pk")))
        return queryset.filter(found if value else ~found)

    def by_words(self, queryset: QuerySet[Statement], _name: str, value: str) -> QuerySet[Statement]:
        """Full-text search."""
        return queryset.annotate(words=SearchVector("text", config="english")).filter(words=search.query(value))


class ProblemFilter(MethodFilters):
    """Problems."""

    TARGET = Q(statement__problem=OuterRef("pk")) | Q(problem=OuterRef("pk"))
    RULES: ClassVar[Mapping[str, Callable[[Any], Q]]] = {
        "problem": lambda rows: Q(pk__in=_keys(rows)),
        "statement": lambda rows: Q(pk__in=Statement.objects.filter(pk__in=_keys(rows)).values("problem")),
        "call": lambda rows: Q(pk__in=Statement.objects.current().filter(calls__in=rows).values("problem")),
        "challenge": lambda rows: Q(pk__in=_problems(challenges__in=rows).values("pk")),
        "phase": lambda rows: Q(phase__in=rows),
        "state": lambda words: Q(pk__in=Statement.objects.limitations().filter(state__in=words).values("problem")),
    }
    ORDERINGS = (Ordering("number", "Number", ("number",)), Ordering("-number", "Number, falling", ("-number",)), *_times("number"))

    problem = _rows(Problem, "number", "With this number.")
    statement = _rows(Statement, "code", "With this statement, by code.")
    call = _rows(CallToAction, "code", "With a limitation that this call serves, by code.")
    challenge = _rows(ChallengeType, "slug", "With this challenge.")
    phase = _rows(Phase, "slug", "Of this phase.")
    state = _choices(State, "With a limitation in this state.")
    q = SearchFilter(label="Search", help_text="Words in title, question and summary.", method="by_words")

    class Meta:
        """Of problems; each filter is written out above."""

        model = Problem
        fields: ClassVar[list[str]] = []

    def by_words(self, queryset: QuerySet[Problem], _name: str, value: str) -> QuerySet[Problem]:
        """Full-text search."""
        return queryset.annotate(words=SearchVector("title", "question", "summary", config="english")).filter(words=search.query(value))


class CallFilter(MethodFilters):
    """Calls to action."""

    TARGET = Q(call=OuterRef("pk"))
    RULES: ClassVar[Mapping[str, Callable[[Any], Q]]] = {
        "call": lambda rows: Q(pk__in=_keys(rows)),
        "phase": lambda rows: Q(phase__in=rows),
        "statement": lambda rows: Q(pk__in=CallToAction.objects.filter(serves__in=rows).values("pk")),
        "problem": lambda rows: Q(pk__in=_serving(problem__in=rows)),
        "challenge": lambda rows: Q(pk__in=_serving(problem__in=_problems(challenges__in=rows))),
        "state": lambda words: Q(pk__in=_serving(state__in=words, retired_on=None)),
    }
    ORDERINGS = (Ordering("code", "Code", ("position", "code")), *_times("code"))

    call = _rows(CallToAction, "code", "With this code.")
    phase = _rows(Phase, "slug", "Of this phase.")
    statement = _rows(Statement, "code", "Serving this limitation, by code.")
    problem = _rows(Problem, "number", "Serving a limitation of this problem, by number.")
    challenge = _rows(ChallengeType, "slug", "Serving a problem with this challenge.")
    state = _choices(State, "Serving a limitation in this state.")
    q = SearchFilter(label="Search", help_text="Words in the text.", method="by_words")

    class Meta:
        """Of calls; each filter is written out above."""

        model = CallToAction
        fields: ClassVar[list[str]] = []

    def by_words(self, queryset: QuerySet[CallToAction], _name: str, value: str) -> QuerySet[CallToAction]:
        """Full-text search."""
        return queryset.annotate(words=SearchVector("text", config="english")).filter(words=search.query(value))


def _serving(**lookups: Any) -> QuerySet[Any]:
    return CallToAction.objects.filter(**{f"serves__{name}": value for name, value in lookups.items()}).values("pk")


class PhaseFilter(Filters):
    """Phases."""

    ORDERINGS = (Ordering("number", "Number", ("number",)), *_times("slug"))

    class Meta:
        """Of phases."""

        model = Phase
        fields: ClassVar[list[str]] = []


class ChallengeFilter(Filters):
    """Challenge types."""

    ORDERINGS = (Ordering("position", "Order", ("position", "slug")), *_times("slug"))

    class Meta:
        """Of challenge types."""

        model = ChallengeType
        fields: ClassVar[list[str]] = []


# What a submission is about, by the tags that it proposes or proposed.
SUBMISSION_RULES: Mapping[str, Callable[[Any], Q]] = {
    "problem": lambda rows: (
        Q(pk__in=Tag.objects.filter(TAG_RULES["problem"](rows), submission__isnull=False).values("submission"))
        | Q(pk__in=Search.objects.filter(Q(statement__problem__in=rows) | Q(problem__in=rows), submission__isnull=False).values("submission"))
        | Q(corrected_tag__in=Tag.objects.filter(TAG_RULES["problem"](rows)))
    ),
    "team": lambda rows: Q(team__in=rows),
}


class TeamFilter(Filters):
    """Teams. Their times are not told: they would say when somebody joined or left."""

    ORDERINGS = (Ordering("name", "Name", ("name", "slug")), Ordering("-name", "Name, from the end", ("-name", "-slug")))
    modified__gte = modified__lte = None  # type: ignore[assignment]  # how django-filter takes a filter out

    class Meta:
        """Of teams."""

        model = Team
        fields: ClassVar[list[str]] = []


class ReviewerFilter(Filters):
    """Whom one can ask to review. When their accounts changed is not told."""

    ORDERINGS = (Ordering("name", "Name", ("display_name", "public_id")),)
    modified__gte = modified__lte = None  # type: ignore[assignment]  # how django-filter takes a filter out

    class Meta:
        """Of accounts."""

        model = User
        fields: ClassVar[list[str]] = []


class AssignmentFilter(Filters):
    """What comes in for whom."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    class Meta:
        """Of assignments."""

        model = Assignment
        fields: ClassVar[list[str]] = []


class InterestFilter(Filters):
    """Conflicts of interest."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    class Meta:
        """Of interests."""

        model = Interest
        fields: ClassVar[list[str]] = []


class SubmissionFilter(Filters):
    """Submissions."""

    RULES = SUBMISSION_RULES
    QUEUE = Ordering("submitted", "Handed in first", ("handed_in_at", "public_id"))
    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2], QUEUE, Ordering("-submitted", "Handed in last", ("-handed_in_at", "public_id")))

    state = Choices(choices=SubmissionState.choices, label="State", help_text="In this state.", distinct=False)
    kind = Choices(choices=SubmissionKind.choices, label="Kind", help_text="A paper with tags, a search, or a correction.", distinct=False)
    problem = _rows(Problem, "number", "With a tag or a search for this problem, by number, or for a statement of it.")
    claimed = django_filters.ChoiceFilter(
        choices=(("me", "Mine"), ("nobody", "Unclaimed"), ("others", "Others'")),
        label="Claim",
        help_text="Waiting, and held by me, by nobody, or by others.",
        method="by_claim",
    )
    assigned = django_filters.ChoiceFilter(
        choices=(("me", "To me"), ("nobody", "To nobody"), ("others", "To others")),
        label="Assigned",
        help_text="Waiting, and assigned to me, to nobody, or to others.",
        method="by_assignment",
    )
    turn = Choices(choices=Turn.choices, label="Turn", help_text="Whose turn it is, as far as you may know.", method="by_turn")
    team = _rows(Team, "slug", "On behalf of this team, by slug.")
    advisory__lte = django_filters.ChoiceFilter(
        choices=[(str(value), label) for value, label in Advisory.choices],
        label="Advisory up to",
        help_text="Whose paper carries no content advisory above this level.",
        method="by_advisory",
    )
    mine = Flag(label="Mine", help_text="With true: handed in by me. With false: by others.", method="by_owner")
    offered = Flag(
        label="Offered",
        help_text="Whether your queue offers it to you now; sorted by submitted, in its order but for what you skipped.",
        method="by_offer",
    )
    left = Flag(label="Left", help_text="Whether you skipped it today or abstained from it. Nobody else is told.", method="by_leaving")

    class Meta:
        """Of submissions; each filter is written out above."""

        model = Submission
        fields: ClassVar[list[str]] = []

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """With the time to sort by, which a draft has too."""
        annotated: QuerySet[Any] = queryset.annotate(handed_in_at=Coalesce("submitted_at", "created"))
        found: QuerySet[Any] = super().filter_queryset(annotated)
        return found

    def by_claim(self, queryset: Any, _name: str, value: str) -> Any:
        """Who holds it now."""
        waiting = queryset.waiting()
        if value == "nobody":
            return waiting.unclaimed()
        mine = waiting.claimed().filter(claimed_by=self.user.pk)
        return mine if value == "me" else waiting.claimed().exclude(claimed_by=self.user.pk)

    def by_assignment(self, queryset: Any, _name: str, value: str) -> Any:
        """Who is asked to review it; while a second opinion is asked for, that is told to nobody."""
        known = queryset.waiting().exclude(turns.is_of(self.user, [Turn.SECOND]))
        if value == "nobody":
            return queryset.waiting().exclude(pk__in=known.filter(assigned_to__isnull=False).order_by().values("pk"))
        return known.filter(assigned_to=self.user.pk) if value == "me" else known.filter(~Q(assigned_to=self.user.pk), assigned_to__isnull=False)

    def by_turn(self, queryset: QuerySet[Submission], _name: str, value: Any) -> QuerySet[Submission]:
        """Whose turn it is."""
        return queryset.filter(turns.is_of(self.user, value)) if value else queryset

    def by_advisory(self, queryset: QuerySet[Submission], _name: str, value: str) -> QuerySet[Submission]:
        """Not above this level. Of a paper that is out of sight nothing is told."""
        return queryset.exclude(paper__in=Paper.objects.visible_to(self.user).filter(advisory__gt=int(value)))

    def by_offer(self, queryset: QuerySet[Submission], _name: str, value: bool) -> QuerySet[Submission]:  # noqa: FBT001  # django-filter calls it so
        """Whether the queue offers it; to who reviews nothing it offers nothing."""
        found = Q(pk__in=reviews.lane(self.user).keys if role_of(self.user) >= Role.REVIEWER else [])
        return queryset.filter(found if value else ~found)

    def by_leaving(self, queryset: QuerySet[Submission], _name: str, value: bool) -> QuerySet[Submission]:  # noqa: FBT001  # django-filter calls it so
        """Whether who asks left it to others."""
        found = Q(pk__in=reviews.left(self.user).order_by().values("pk") if role_of(self.user) >= Role.REVIEWER else [])
        return queryset.filter(found if value else ~found)

    def by_owner(self, queryset: QuerySet[Submission], _name: str, value: bool) -> QuerySet[Submission]:  # noqa: FBT001  # django-filter calls it so
        """Whose it is."""
        return queryset.filter(contributor=self.user.pk) if value else queryset.exclude(contributor=self.user.pk)


class BulkChangeFilter(Filters):
    """What was done to many submissions at once."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    act = Choices(choices=BulkAct.choices, label="Act", help_text="By which this was done.", distinct=False)

    class Meta:
        """Of bulk changes."""

        model = BulkChange
        fields: ClassVar[list[str]] = []


class ProposalFilter(Filters):
    """Proposed changes of the catalogue."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    kind = Choices(choices=ChangeKind.choices, label="Kind", help_text="Of this kind.", distinct=False)
    state = Choices(choices=ChangeState.choices, label="State", help_text="In this state.", distinct=False)

    class Meta:
        """Of proposals."""

        model = CatalogueChange
        fields: ClassVar[list[str]] = []


class ImportFilter(Filters):
    """Imports of files."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    state = Choices(choices=ImportState.choices, label="State", help_text="In this state.", distinct=False)

    class Meta:
        """Of imports."""

        model = ImportRun
        fields: ClassVar[list[str]] = []


class ImportEntryFilter(Filters):
    """Entries of a file."""

    ORDERINGS = (Ordering("number", "In the order of the file", ("number",)), Ordering("-number", "From the end", ("-number",)))
    modified__gte = modified__lte = None  # type: ignore[assignment]  # so is a filter left out

    outcome = Choices(choices=RowOutcome.choices, label="Outcome", help_text="Of which this became.", distinct=False)

    class Meta:
        """Of entries."""

        model = ImportRow
        fields: ClassVar[list[str]] = []


class MessageFilter(Filters):
    """Messages on a submission."""

    ORDERINGS = (Ordering("-created", "Latest first", ("-created", "public_id")), Ordering("created", "In order", ("created", "public_id")))
    modified__gte = modified__lte = None  # type: ignore[assignment]  # so is a filter left out

    class Meta:
        """Of messages."""

        model = Message
        fields: ClassVar[list[str]] = []


class NotificationFilter(Filters):
    """Notifications."""

    ORDERINGS = (Ordering("-at", "Latest first", ("-at", "public_id")), Ordering("at", "Earliest first", ("at", "public_id")))
    modified__gte = modified__lte = None  # type: ignore[assignment]  # so is a filter left out

    unread = Flag(label="Unread", help_text="With true: those that you did not mark as read. With false: those that you did.", method="by_reading")

    class Meta:
        """Of notifications."""

        model = Notification
        fields: ClassVar[list[str]] = []

    def by_reading(self, queryset: QuerySet[Notification], _name: str, value: bool) -> QuerySet[Notification]:  # noqa: FBT001  # as above
        """Whether they were read."""
        return queryset.filter(read_at__isnull=value)


class WatchFilter(Filters):
    """What somebody follows."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    class Meta:
        """Of watches."""

        model = Watch
        fields: ClassVar[list[str]] = []


class ReadFilter(Filters):
    """The log of restricted reads."""

    ORDERINGS = (
        Ordering("-at", "Latest first", ("-at", "request_id", "kind", "object_name")),
        Ordering("at", "Earliest first", ("at", "request_id", "kind", "object_name")),
    )
    modified__gte = modified__lte = None  # type: ignore[assignment]  # so is a filter left out

    reader = django_filters.CharFilter(field_name="reader__public_id", label="Reader", help_text="By this person, by id.", validators=[PUBLIC_ID])
    record = django_filters.CharFilter(field_name="object_name", label="Record", help_text="Of this record or tag, by id.", validators=[PUBLIC_ID])
    day__gte = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label="From", help_text="On this day or later: 2026-01-31.")
    day__lte = django_filters.DateFilter(field_name="at", lookup_expr="date__lte", label="To", help_text="On this day or earlier: 2026-01-31.")

    class Meta:
        """Of reads."""

        model = RestrictedRead
        fields: ClassVar[list[str]] = []


class ChangeFilter(Filters):
    """The record of changes."""

    ORDERINGS = (changes.LATEST, changes.EARLIEST)
    modified__gte = modified__lte = None  # type: ignore[assignment]  # so is a filter left out

    kind = Choices(choices=EventKind.choices, label="What happened", help_text="Of this kind.", distinct=False)
    what = Choices(
        choices=list(changes.WHAT.items()), field_name="object_type", label="To what", help_text="On a thing of this kind.", distinct=False
    )
    problem = Rows(
        queryset=Problem.objects.all(),
        to_field_name="number",
        label="Problem",
        help_text="On this problem, by number, its statements, the tags on them, and records that are on the map there.",
        method="by_problem",
    )
    day__gte = django_filters.DateFilter(field_name="at", lookup_expr="date__gte", label="From", help_text="On this day or later: 2026-01-31.")
    day__lte = django_filters.DateFilter(field_name="at", lookup_expr="date__lte", label="To", help_text="On this day or earlier: 2026-01-31.")
    face = Choices(choices=Face.choices, label="By which face", help_text="Through this face. Nothing but for reviewers.", method="by_face")
    person = django_filters.CharFilter(
        label="Person", help_text="By this person, by id. Nothing but for reviewers.", validators=[PUBLIC_ID], method="by_person"
    )

    class Meta:
        """Of entries."""

        model = AuditEvent
        fields: ClassVar[list[str]] = []

    def by_problem(self, queryset: QuerySet[AuditEvent], _name: str, value: Any) -> QuerySet[AuditEvent]:
        """On these problems."""
        return changes.on_problem(queryset, self.user, list(value)) if value else queryset

    def by_face(self, queryset: QuerySet[AuditEvent], _name: str, value: Any) -> QuerySet[AuditEvent]:
        """Through one of these faces."""
        if not value:
            return queryset
        return queryset.filter(face__in=value) if role_of(self.user) >= Role.REVIEWER else queryset.none()

    def by_person(self, queryset: QuerySet[AuditEvent], _name: str, value: str) -> QuerySet[AuditEvent]:
        """By this person."""
        return changes.by_person(queryset, self.user, value)


class DuplicateFilter(Filters):
    """Pairs of records that may be one work."""

    ORDERINGS = (curating.CERTAIN_FIRST, *_times("public_id")[2:], *_times("public_id")[:2])

    certain = Flag(field_name="certain", label="Certain", help_text="With true: certainly one work. With false: probably.")

    class Meta:
        """Of pairs."""

        model = ProbableDuplicate
        fields: ClassVar[list[str]] = []


class TrashFilter(Filters):
    """What lies in the trash."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    class Meta:
        """Of what was thrown away."""

        model = Trashed
        fields: ClassVar[list[str]] = []


class FlagFilter(Filters):
    """What readers say is wrong with entries."""

    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    state = Choices(choices=FlagState.choices, label="State", help_text="In this state.", distinct=False)
    reason = Choices(choices=FlagReason.choices, label="Reason", help_text="For this reason.", distinct=False)

    class Meta:
        """Of flags."""

        model = models.Flag
        fields: ClassVar[list[str]] = []


class SearchLogFilter(Filters):
    """Searches that found nothing."""

    RULES: ClassVar[Mapping[str, Callable[[Any], Q]]] = {
        "problem": lambda rows: Q(statement__problem__in=rows) | Q(problem__in=rows),
        "statement": lambda rows: Q(statement__in=rows),
    }
    ORDERINGS = (*_times("public_id")[2:], *_times("public_id")[:2])

    problem = _rows(Problem, "number", "For this problem, by number, or for a statement of it.")
    statement = _rows(Statement, "code", "For this statement, by code.")
    status = Choices(choices=ReviewStatus.choices, label="Status", help_text="In this status of review.", distinct=False)
    mine = Flag(label="Mine", help_text="With true: logged by me.", method="by_owner")

    class Meta:
        """Of searches; each filter is written out above."""

        model = Search
        fields: ClassVar[list[str]] = []

    def by_owner(self, queryset: QuerySet[Search], _name: str, value: bool) -> QuerySet[Search]:  # noqa: FBT001  # as above
        """Whose it is."""
        return queryset.filter(by=self.user.pk) if value else queryset.exclude(by=self.user.pk)
