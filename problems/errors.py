"""What can go wrong on purpose. A face turns each into its own shape: a message, a problem document, an exit code."""

from collections.abc import Mapping


class TrackerError(Exception):
    """A refusal: a sentence for the person (`title`), what to do (`hint`), an HTTP status and, where there is one, the field at fault."""

    status = 400

    def __init__(self, title: str, hint: str = "", *, field: str = "") -> None:
        """Say what is wrong, what to do, and which field it is about."""
        super().__init__(title)
        self.title = title
        self.hint = hint
        self.field = field

    def __str__(self) -> str:
        """Both sentences."""
        return f"{self.title} {self.hint}".strip()


class Refused(TrackerError):
    """The person may see the thing and may not do this with it."""

    status = 403


class Conflict(TrackerError):
    """Somebody else was first, or the thing is no longer in the state that this needs."""

    status = 409


class Duplicate(Conflict):
    """The same thing is on record already; `known` is its public id, where the person may know of it."""

    def __init__(self, title: str, hint: str = "", *, field: str = "", known: str = "") -> None:
        """Say what is there already."""
        super().__init__(title, hint, field=field)
        self.known = known


class Invalid(TrackerError):
    """Values that the rules of a model refuse; `errors` names each field and its sentences."""

    status = 422

    def __init__(self, errors: Mapping[str, list[str]]) -> None:
        """Keep the sentences by field; the first one is the title."""
        self.errors = dict(errors)
        field, sentences = next(iter(self.errors.items()))
        super().__init__(sentences[0], field=field)

    def __str__(self) -> str:
        """All sentences, each with its field."""
        return " ".join(f"{field}: {sentence}" for field, sentences in self.errors.items() for sentence in sentences)


class Unparsable(TrackerError):
    """Text that cannot be read as what it should be."""

    status = 422


class Harmful(Unparsable):
    """Text that reads like something that must not be stored: see harm.py. Its words repeat nothing of it."""


class Stale(TrackerError):
    """The thing has changed since the person read it."""

    status = 412


class TooMany(TrackerError):
    """A limit of rate was reached; `retry_after` is in seconds."""

    status = 429

    def __init__(self, title: str, hint: str = "", *, retry_after: int = 60) -> None:
        """Say which limit, and when to come back."""
        super().__init__(title, hint)
        self.retry_after = retry_after


class SourceDown(TrackerError):
    """A metadata service does not answer, or not with what it was asked for."""

    status = 503


class Busy(TrackerError):
    """The database could not do it in time."""

    status = 503
