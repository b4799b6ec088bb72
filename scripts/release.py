"""A release into dist/: wheel, bills of materials, documentation site, SHA256SUMS. ``--only sbom``, ``--only site``: one of them.

A whole release is made only where the tree is clean, and version and changelog agree. That the tests pass is said by whoever
releases (``TESTS_PASSED=<commit>``, the commit that ``make test`` ran on).
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from bot import __version__

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"
LOCKS = {"app": "application", "engine": "engine"}
_HEADING = re.compile(r"^## \[(?P<version>\d+\.\d+\.\d+)\] - (?P<day>\d{4}-\d\d-\d\d)$", re.MULTILINE)


def _run(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.strip()


def problems(version: str, changelog: str, changed: str, commit: str, environment: Mapping[str, str]) -> list[str]:
    """What forbids a release. ``changed``: Git's list of changed files."""
    found = []
    newest = _HEADING.search(changelog)
    if newest is None or newest["version"] != version:
        told = newest["version"] if newest else "none"
        found.append(f"bot/__init__.py says {version}, the newest entry of CHANGELOG.md {told}")
    if changed:
        found.append("the working tree has changes that are not committed")
    if environment.get("TESTS_PASSED") != commit:
        found.append(f"run make test on this commit, then TESTS_PASSED={commit} make release")
    return found


def bill_of_materials(target: Path, lock: str) -> Path:
    """The lock file as CycloneDX, validated against its schema."""
    path = target / f"sbom-{LOCKS[lock]}.cdx.json"
    command = (
        "requirements",
        f"requirements/{lock}.lock",
        "--of",
        "JSON",
        "-o",
        str(path),
        "--validate",
        "--output-reproducible",
    )
    _run(sys.executable, "-m", "cyclonedx_py", *command, "--pyproject", "pyproject.toml", "--mc-type", "application")
    return path


def site(target: Path) -> Path:
    """The documentation site; a broken link or a page outside the menu stops it."""
    path = target / "site"
    _run(sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(path.resolve()))
    return path


def wheel(target: Path) -> Path:
    """The wheel."""
    _run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target))
    return next(target.glob("*.whl"))


def checksums(target: Path) -> str:
    """``sha256sum``'s lines for every file below the folder."""
    files = sorted(path for path in target.rglob("*") if path.is_file() and path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target).as_posix()}" for path in files]
    return "\n".join(lines) + "\n"


PARTS: Mapping[str, Callable[[Path], object]] = {
    "sbom": lambda target: [bill_of_materials(target, lock) for lock in LOCKS],
    "site": site,
    "wheel": wheel,
}


def main() -> int:
    """Makes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    only = parser.parse_args().only
    if only is None:
        changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
        found = problems(
            __version__, changelog, _run("git", "status", "--porcelain"), _run("git", "rev-parse", "HEAD"), os.environ
        )
        if found:
            print("\n".join(f"no release: {one}" for one in found), file=sys.stderr)
            return 1
        shutil.rmtree(DIST, ignore_errors=True)
    DIST.mkdir(exist_ok=True)
    for name in [only] if only else PARTS:
        PARTS[name](DIST)
        print(f"made: {name}")
    if only is None:
        (DIST / "SHA256SUMS").write_text(checksums(DIST), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
