"""What others wrote is locked by hash, what is secret is not in the tree, and nothing names a host to fetch from."""

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
GIT = shutil.which("git") or "git"
LOCKS = ["requirements.lock", "requirements-dev.lock", ".ci/uv.lock"]
SECRETS = {
    "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "token of a known kind": r"\b(?:AKIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|xox[abprs]-[\w-]{10,}|AIza[\w-]{35}|opt_[\w-]{43})",
    "password in an address": r"[a-z+]+://[^\s/:@\"'{}<>$]+:(?!password@|hush@|\.\.\.@)[^\s/@\"'{}<>$]{3,}@[\w.-]+",
    "assigned secret": r"(?i)\b(?:secret|secret_key|password|passwd|api_key|token)\b[\"']?\s*[:=]\s*[\"'](?=[^\"']*\d)[A-Za-z0-9+/_=.-]{20,}[\"']",
}


def tree() -> list[Path]:
    """Text files that are, or would be, under version control."""
    listed = subprocess.run([GIT, "ls-files", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file() and path.suffix not in {".png", ".ico", ".woff2"}]


def locked(name: str) -> dict[str, tuple[str, int]]:
    """Version and number of hashes of each package in a lock file."""
    blocks = re.split(r"\n(?=\S)", (ROOT / name).read_text())
    heads = [(re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([^\s;]+)", block), block) for block in blocks if not block.startswith("#")]
    assert all(head for head, _block in heads), f"{name} has a line that names no exact version"
    return {head[1].lower(): (head[2], block.count("--hash=sha256:")) for head, block in heads if head}


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_locked_by_version_and_hash(name: str) -> None:
    packages = locked(name)
    assert len(packages) >= 1
    assert [package for package, (_version, hashes) in packages.items() if not hashes] == []


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = {"requirements.lock": project["project"]["dependencies"]}
    asked["requirements-dev.lock"] = asked["requirements.lock"] + project["dependency-groups"]["dev"]
    for name, lines in asked.items():
        packages = locked(name)
        for requirement in map(Requirement, lines):
            assert packages[requirement.name.lower()][0] in requirement.specifier, f"{requirement} in {name}: run `make lock`"


def test_npm_packages_are_locked_by_version_and_hash_and_name_no_registry() -> None:
    asked = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())
    root, *packages = lock["packages"].values()
    assert (root["dependencies"], root["devDependencies"]) == (asked["dependencies"], asked["devDependencies"])
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in (root["dependencies"] | root["devDependencies"]).values())
    assert [package for package in packages if not package.get("integrity", "").startswith("sha512-")] == []
    assert [package for package in packages if "resolved" in package] == []


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_in_the_tree(kind: str) -> None:
    pattern = re.compile(SECRETS[kind])
    found = [f"{path.relative_to(ROOT)}: {match[0][:12]}" for path in tree() for match in pattern.finditer(path.read_text(errors="replace"))]
    assert found == []


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("private key", "-----BEGIN RSA " + "PRIVATE KEY-----"),
        ("token of a known kind", "opt_" + "aB3" * 14 + "x"),
        ("password in an address", "postgresql://tracker:" + "s3cret@db/tracker"),
        ("assigned secret", "SECRET_KEY = " + '"c29tZXRoaW5nIHNlY3JldCBoZXJl1"'),
    ],
)
def test_the_scan_finds_what_it_should(kind: str, text: str) -> None:
    assert re.search(SECRETS[kind], text)
