"""docs/workflow.md is drawn from the table of moves."""

from io import StringIO
from pathlib import Path

from django.core.management import call_command

from problems.workflow import TABLE

PAGE = Path(__file__).resolve().parents[2] / "docs" / "workflow.md"


def test_the_page_is_what_the_command_writes() -> None:
    written = StringIO()
    call_command("workflow", stdout=written)
    assert PAGE.read_text(encoding="utf-8") == written.getvalue()
    assert written.getvalue().count("    ") == len(TABLE) + 1  # each move once, and the start
