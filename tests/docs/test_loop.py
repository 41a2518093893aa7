"""The loop of docs/api.md, run as it is written there: from a search for the paper to the file taken home."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from problems.choices import Role, TokenScope
from problems.models import Submission, Tag
from problems.services import tokens
from tests.factories import make_problem, make_statement, make_user

DOCS = Path(__file__).parents[2] / "docs" / "api.md"
BLOCKS = {"bash": ["bash"], "python": [sys.executable]}


def block(language: str) -> str:
    """The block of code in this language that needs a token."""
    [found] = [code for code in re.findall(rf"```{language}\n(.*?)```", DOCS.read_text(), re.DOTALL) if "REVIEWER_TOKEN" in code]
    return str(found)


def token(role: Role) -> str:
    """Of somebody in this role."""
    user = make_user(role)
    return tokens.make(user=user, name="Loop", scope=TokenScope.WRITE, by=user)[1]


@pytest.mark.parametrize("language", BLOCKS)
def test_the_loop_runs_as_written(site: str, language: str) -> None:
    problem = make_problem(5)
    make_statement(problem)
    make_statement(problem)
    given = {"PATH": os.environ["PATH"], "MAP": site, "TOKEN": token(Role.CONTRIBUTOR), "REVIEWER_TOKEN": token(Role.REVIEWER)}
    done = subprocess.run(BLOCKS[language], input=block(language), env=given, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert sorted(Tag.objects.values_list("status", "relation")) == [("accepted", "relevant"), ("declined", "confirms")]
    assert Submission.objects.get().message == "Table 2 holds the numbers."
    assert "A watermark that survives" in done.stdout
    assert "doi={10.5555/watermark}" in done.stdout
