"""What all models share: times, public ids, text fields that clean what they hold, querysets that know who may see."""

import secrets
import string
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from problems.errors import Unparsable
from problems.text import clean_text

PUBLIC_ID = string.ascii_lowercase + string.digits


def public_id() -> str:
    """Ten random letters and digits: the id by which the outside names a row, never serial."""
    return "".join(secrets.choice(PUBLIC_ID) for _ in range(10))


class TextField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """Short text as given, composed (NFC) and stripped; control characters and half characters are refused with a sentence. Always has a limit."""

    multiline = False

    def clean(self, value: Any, model_instance: models.Model | None) -> str:
        """Clean text, before Django's own checks of length and choice."""
        try:
            value = clean_text(
                str(value or ""), limit=self.max_length or 0, field=str(self.verbose_name), required=not self.blank, multiline=self.multiline
            )
        except Unparsable as error:
            raise ValidationError(str(error), code="text") from error
        cleaned: str = super().clean(value, model_instance)
        return cleaned


class ProseField(TextField):
    """The same over several lines."""

    multiline = True


class PublicIdField(models.CharField):  # type: ignore[type-arg]  # generic in the stubs only
    """The public id of a row."""

    def __init__(self, **options: Any) -> None:
        """Fixed length, unique, made by itself."""
        fixed: dict[str, Any] = {"max_length": 10, "unique": True, "default": public_id, "editable": False, "verbose_name": "id"}
        super().__init__(**fixed | options)


class TimeStamped(models.Model):
    """When a row was made and when it last changed."""

    created = models.DateTimeField(auto_now_add=True, db_index=True)
    modified = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        """No table of its own."""

        abstract = True


class VisibleQuerySet[Row: models.Model](models.QuerySet[Row]):
    """A queryset that starts from what a person may know of."""

    def visible_to(self, user: Any) -> Self:
        """Rows that `user` may know of, by the rule of permissions.py."""
        return self.filter(self.rule(user))

    @staticmethod
    def rule(user: Any) -> Q:
        """The rule of permissions.py for this model."""
        raise NotImplementedError
