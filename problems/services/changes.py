"""How one row is written, whatever it is: right, lock, validation, row, record; in one transaction."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction

from problems.choices import EventKind
from problems.errors import Conflict, Invalid
from problems.permissions import Action, Actor, require
from problems.queries import fairness
from problems.services import audit


def validate(thing: models.Model, *, exclude: tuple[str, ...] = (), constraints: bool = True) -> None:
    """Hold `thing` against the rules of its model, cleaning its texts. Raises Invalid with a sentence per field."""
    try:
        if not constraints or not _sound(thing, exclude):
            thing.full_clean(exclude=exclude, validate_unique=constraints, validate_constraints=constraints)
    except ValidationError as error:
        raise Invalid({("" if field == NON_FIELD_ERRORS else field): list(sentences) for field, sentences in error.message_dict.items()}) from error


def _sound(thing: models.Model, exclude: tuple[str, ...]) -> bool:
    """Whether it keeps every rule. Most rows do, and Django would ask the database for each foreign key and three times for each condition.

    Here what is loaded counts as there, and all conditions are one query. A row that is not sound is asked in full, for its sentences.
    """
    meta, left_out = thing._meta, set(exclude)  # noqa: SLF001  # the documented Model._meta API
    keys = [field for field in meta.concrete_fields if isinstance(field, models.ForeignKey)]
    loaded = {key.name for key in keys if _points_at_loaded(thing, key)}
    try:
        thing.clean_fields(exclude=left_out | loaded)
        thing.clean()
        thing.validate_unique(exclude=left_out)
        for rule in meta.constraints if exclude else _rules(type(thing)):
            rule.validate(type(thing), thing, exclude=left_out)
    except ValidationError:
        return False
    return True


def _points_at_loaded(thing: models.Model, key: "models.ForeignKey[Any, Any]") -> bool:
    """Whether a foreign key names a row that is at hand and stored."""
    other, value = key.get_cached_value(thing, default=None), getattr(thing, key.attname)
    return other is not None and value is not None and value == getattr(other, key.target_field.attname)


@cache
def _rules(model: type[models.Model]) -> list[models.BaseConstraint]:
    """The constraints of a model, all conditions as one."""
    given = model._meta.constraints  # noqa: SLF001  # as above
    conditions = [each.condition for each in given if isinstance(each, models.CheckConstraint)]
    others = [each for each in given if not isinstance(each, models.CheckConstraint)]
    return [models.CheckConstraint(condition=models.Q(*conditions), name="all"), *others] if conditions else others


@transaction.atomic
def save[Row: models.Model](  # a write has this many sides
    thing: Row,
    *,
    by: Actor,
    action: Action,
    reason: str = "",
    kind: EventKind | None = None,
    parts: Callable[[Row], Any] | None = None,
) -> bool:
    """Store `thing`, new or changed, and record what changed; False where nothing did.

    `parts` stores the lists that belong to it, once it has a key.
    Raises Refused, Invalid, or Conflict where the database says that somebody was first.
    """
    manager = type(thing)._base_manager  # noqa: SLF001  # the documented way to reach every row
    stored = manager.select_for_update(of=("self",)).get(pk=thing.pk) if thing.pk else None
    if stored is not None:
        fairness.look_for(by, action, stored, like=thing)
    require(by, action, thing if stored is None else stored)
    before = audit.snapshot(stored) if stored else {}
    validate(thing)
    try:
        with transaction.atomic():
            if stored is None or differing(thing, stored):
                thing.save()
            if parts:
                parts(thing)
                if stored and audit.snapshot(manager.get(pk=thing.pk)) != before:
                    thing.save()  # a row is modified when a list of it is
    except IntegrityError as error:
        title = "Somebody stored the same thing a moment ago."
        raise Conflict(title, "Look at it first, then try again.") from error
    after = audit.snapshot(manager.get(pk=thing.pk)) if parts else audit.snapshot(thing)
    if after == before:
        return False
    audit.record(kind or (EventKind.CHANGED if stored else EventKind.CREATED), thing, by=by, before=before, after=after, reason=reason)
    return True


def differing(thing: models.Model, stored: models.Model | None) -> set[str]:
    """Names of the columns in which `thing` differs from what is stored."""
    now, then = _values(thing), _values(stored) if stored else {}
    return {name for name in now if name != "modified" and now[name] != then.get(name)}


def _values(thing: models.Model) -> dict[str, Any]:
    """All that the row holds, also what the record does not keep."""
    return {
        field.attname: field.value_from_object(thing)
        for field in thing._meta.concrete_fields  # noqa: SLF001  # the documented Model._meta API
        if not field.generated and not getattr(field, "auto_now", False)
    }
