"""manage.py learn_suggestions."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from problems.errors import TrackerError
from problems.lexical import reviewed
from problems.models import SuggestionModel
from problems.services import suggestions


class Command(BaseCommand):
    """Learns what suggestions are made by."""

    help = "Learn anew what suggestions are made by: from the catalogue, the glossary, titles of other fields, and the tags that were decided on."

    def add_arguments(self, parser: CommandParser) -> None:
        """The two lists."""
        parser.add_argument("--glossary", type=Path, default=reviewed.GLOSSARY, help="Words of the field, by problem.")
        parser.add_argument("--off-topic", type=Path, default=reviewed.OFF_TOPIC, help="Titles of other fields.")

        parser.add_argument("--if-none", action="store_true", help="Do nothing where something was learned before.")

    def handle(self, *, glossary: Path, off_topic: Path, if_none: bool, **_options: Any) -> None:
        """Learn, and print from what."""
        if if_none and SuggestionModel.objects.exists():
            return
        try:
            made = suggestions.learn(glossary=reviewed.glossary(glossary), off_topic=reviewed.off_topic(off_topic), by=None)
        except OSError as error:
            message = f"A list cannot be read: {error}"
            raise CommandError(message) from error
        except TrackerError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Learned from {made.texts} texts, {made.accepted} accepted and {made.declined} declined tags to statements among them.")
