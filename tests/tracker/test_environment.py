"""Settings: all documented, and a wrong one is a sentence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from problems.formats import FILE_LIMIT
from tracker import database, environment
from tracker.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
GOOD = {"SECRET_KEY": "for tests: 0123456789 abcdefghijklmnopqrstuvwxyz 0123456789", "SITE_URL": "https://map.example.org"}


def start(command: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command with these settings and no others."""
    known = {name: value for name, value in os.environ.items() if name not in {*Environment.model_fields, "DJANGO_ALLOW_ASYNC_UNSAFE"}}
    known["DJANGO_SETTINGS_MODULE"] = "tracker.settings"
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=known | settings, capture_output=True, text=True, check=False)


def written(default: object) -> str:
    """A default as the page for operators shows it."""
    if default is PydanticUndefined:
        return "required"
    value = default.get_secret_value() if isinstance(default, SecretStr) else default
    if value in ("", []):
        return "empty"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def test_every_setting_has_its_line_in_the_docs() -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", (ROOT / "docs" / "operators.md").read_text(), flags=re.MULTILINE)
    fields = {(name, written(field.default), field.description) for name, field in Environment.model_fields.items()}
    assert set(rows) == fields
    assert len(rows) == len(fields)


def test_missing_settings_stop_the_start_with_a_sentence_each() -> None:
    result = start(["-m", "tracker.server"])
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"SECRET_KEY is missing: set the environment variable SECRET_KEY to {Environment.model_fields['SECRET_KEY'].description}.",
        "SITE_URL is missing: set the environment variable SITE_URL to the address under which people reach the site, such as https://map.example.org.",
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "Pr1vate"),
        ("SECRET_KEY", "a" * 60),
        ("SITE_URL", "map.example.org"),
        ("SITE_URL", "http://map.example.org"),
        ("SITE_URL", "https://map.example.org/path"),
        ("DATABASE_URL", "mysql://root@localhost/tracker"),
        ("DATABASE_URL", "postgresql://localhost"),
        ("TRUSTED_PROXIES", "10.0.0.0/8, everywhere"),
        ("MAIL_URL", "imap://localhost"),
        ("MAIL_URL", "smtp://localhost:99999"),
        ("DATABASE_URL", "postgresql://localhost:port/tracker"),
        ("MIGRATE_DATABASE_URL", "mysql://root@localhost/tracker"),
        ("MIGRATE_DATABASE_URL", "postgresql://tracker@localhost/tracker"),
        ("CROSSREF_BASE_URL", "http://api.crossref.org"),
        ("ARXIV_BASE_URL", "http://127.0.0.1:8001"),
        ("OPENALEX_BASE_URL", "https://2130706433"),
        ("DATACITE_BASE_URL", "https://[::ffff:10.0.0.1]"),
        ("DATACITE_BASE_URL", "https://printer.local"),
        ("PORT", "80000"),
        ("PORT", "web"),
        ("LOG_LEVEL", "LOUD"),
        ("STAFF_SECOND_FACTOR", "perhaps"),
        ("MAX_BODY", "0"),
        ("MAX_IMPORT", str(FILE_LIMIT + 1)),
        ("STATEMENT_TIMEOUT", "-1"),
        ("RATE_FACTOR", "1.5"),
    ],
)
def test_a_wrong_setting_is_named_and_not_shown(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for known, good in (GOOD | {"DATABASE_URL": "postgresql://tracker@localhost/tracker", name: value}).items():
        monkeypatch.setenv(known, good)
    with pytest.raises(environment.WrongSetting) as caught:
        environment.read()
    sentence = str(caught.value)
    assert re.fullmatch(rf"{name} is wrong \(.+\): set the environment variable {name} to .+\.", sentence)
    assert name != "SECRET_KEY" or value not in sentence


def test_empty_counts_as_not_set_and_lists_are_parted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"PORT": "", "ALLOWED_HOSTS": "a.example, b.example", "TRUSTED_PROXIES": "::1 10.0.0.0/8"}).items():
        monkeypatch.setenv(name, value)
    settings = environment.read()
    assert (settings.PORT, settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES) == (8000, ["a.example", "b.example"], ["::1/128", "10.0.0.0/8"])


def test_the_owner_s_database_needs_an_app_s(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"DATABASE_URL": "", "MIGRATE_DATABASE_URL": "postgresql://owner@db/tracker"}).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(environment.WrongSetting, match=r"^MIGRATE_DATABASE_URL is wrong \(database_url has to name another role\): "):
        environment.read()


def test_the_embedded_server_has_two_roles() -> None:
    code = "from django.conf import settings as s; print(s.DATABASES['default']['USER'], s.OWNER_DATABASE['USER'])"
    assert start(["-c", code], **GOOD).stdout == "tracker_app postgres\n"
    code = "from django.conf import settings as s; print(s.DATABASES['default']['USER'], s.OWNER_DATABASE)"
    assert start(["-c", code], DATABASE_URL="postgresql://tracker@db/tracker", **GOOD).stdout == "tracker None\n"


def test_secrets_are_not_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = {
        "DATABASE_URL": "postgresql://tracker:hush@db/t",
        "MIGRATE_DATABASE_URL": "postgresql://own:hush@db/t",
        "MAIL_URL": "smtp://me:hush@mail",
    }
    for name, value in (GOOD | secret).items():
        monkeypatch.setenv(name, value)
    assert "hush" not in f"{environment.read()!r} {environment.read()}"


def test_production_settings_pass_djangos_own_check() -> None:
    result = start(["manage.py", "check", "--deploy", "--fail-level", "DEBUG"], DATABASE_URL=os.environ["DATABASE_URL"], **GOOD)
    assert (result.returncode, result.stdout) == (0, "System check identified no issues (0 silenced).\n"), result.stderr


def test_a_database_that_is_too_old_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "OLDEST", 990000)
    with pytest.raises(database.NoDatabase, match=r"^The database is PostgreSQL \d+: set DATABASE_URL to a server of version 99 or newer\.$"):
        database.check()


def test_production_is_the_default_shape() -> None:
    names = (
        "DEBUG SESSION_COOKIE_NAME SESSION_COOKIE_SECURE CSRF_COOKIE_NAME SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS STAFF_SECOND_FACTOR ALLOWED_HOSTS"
    )
    code = f"from django.conf import settings\nprint([getattr(settings, name) for name in {names.split()!r}])"
    result = start(["-c", code], **GOOD)
    assert result.stdout == "[False, '__Host-session', True, '__Host-csrf', True, 31536000, True, ['map.example.org']]\n", result.stderr


def test_a_database_that_does_not_answer_is_a_sentence() -> None:
    result = start(["-m", "tracker.server"], DATABASE_URL="postgresql://nobody@127.0.0.1:1/tracker", PORT="18765", **GOOD)
    assert result.returncode == 1
    assert re.fullmatch(r"The database does not answer \(.+\): start it, or set DATABASE_URL to one that runs\.\n", result.stderr), result.stderr
