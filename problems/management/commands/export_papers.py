"""manage.py export_papers [FILE]."""

from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.http import HttpRequest, QueryDict

from problems.downloads import by_name
from problems.errors import TrackerError
from problems.filters import PaperFilter
from problems.formats import by_suffix
from problems.models import Paper, User
from problems.queries import exports


class Command(BaseCommand):
    """Writes papers to a file."""

    help = "Write papers as a bibliography: those that anybody may see, or with --as those that somebody may. Filters are those of the site."

    def add_arguments(self, parser: CommandParser) -> None:
        """File, format, who asks, and an option for each filter."""
        parser.add_argument("file", type=Path, nargs="?", help="Where to; by default to standard output.")
        parser.add_argument("--format", help="Name of the format; by default the file's suffix says it, and without a file it is bibtex.")
        parser.add_argument("--as", metavar="E-MAIL", dest="person", help="Account whose sight counts; by default that of a visitor.")
        parser.add_argument("--ordering", default="", help="How to sort.")
        for name, each in PaperFilter.base_filters.items():
            parser.add_argument(f"--{name.replace('__', '-')}", action="append", dest=_option(name), metavar="VALUE", help=each.extra["help_text"])

    def handle(self, *, file: Path | None, format: str | None, person: str | None, ordering: str, **options: Any) -> None:  # noqa: A002  # argparse names it so
        """Write, and say how many. Exit code 2 where something that was asked for is not there."""
        request = HttpRequest()
        request.user = _person(person)
        given = QueryDict(mutable=True)
        for name in PaperFilter.base_filters:
            given.setlist(name, options.get(_option(name)) or [])
        filters = PaperFilter(given, Paper.objects.visible_to(request.user), request=request)
        if faults := [f"--{name.replace('__', '-')}: {' '.join(texts)}" for name, texts in filters.errors.items()]:
            raise CommandError("\n".join(faults), returncode=2)
        try:
            form = by_name(format or "bibtex") if format or file is None else by_suffix(file.name)
            order = filters.ordering(ordering)
        except TrackerError as error:
            raise CommandError(str(error), returncode=2) from error
        texts = form.write(exports.records(filters.qs, order)) if form.write else ()
        if file is None:
            for text in texts:
                self.stdout.write(text, ending="")
            return
        try:
            with file.open("w", encoding="utf-8", newline="") as target:
                target.writelines(texts)
        except OSError as error:
            message = f"{file} cannot be written: {error}"
            raise CommandError(message, returncode=2) from error
        self.stdout.write(f"{filters.qs.count()} papers written to {file}.")


def _option(name: str) -> str:
    return f"filter_{name}"


def _person(address: str | None) -> User | AnonymousUser:
    if not address:
        return AnonymousUser()
    found = User.objects.filter(email=address.strip().lower()).first()
    if found is None:
        message = f"No account has the address {address}."
        raise CommandError(message, returncode=2)
    return found
