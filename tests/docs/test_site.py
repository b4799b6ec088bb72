"""The documentation builds without a broken link, asks no other host for anything, and a release refuses what is not ready."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bot.settings import PROJECT_ROOT
from scripts.docs_site import api_page
from scripts.release import checksums, problems

READY = "# Changelog\n\n## [1.2.0] - 2027-03-01\n\n### Added\n"


def test_the_site_builds_strictly_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path / "site")]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=PROJECT_ROOT, env=environment, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stdout + done.stderr
    loaded = re.compile(
        r'<(?:script|img|iframe|source)[^>]+src="(https?:)?//|<link[^>]+rel="(?:stylesheet|preconnect|icon)"[^>]+href="(https?:)?//'
    )
    pages = list((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 100
    assert [page.name for page in pages if loaded.search(page.read_text(encoding="utf-8"))] == []
    assert "POST /webchat/messages" in (tmp_path / "site" / "reference" / "gateway-api.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("source", ["gateway-api.yaml", "portal-api.yaml"])
def test_every_call_of_an_interface_stands_on_its_page(source: str) -> None:
    document = yaml.safe_load((PROJECT_ROOT / "docs" / source).read_text(encoding="utf-8"))
    page = api_page(document, source)
    calls = [
        f"`{method.upper()} {path}`"
        for path, one in document["paths"].items()
        for method in one
        if method in ("get", "post", "put", "delete")
    ]
    assert calls
    assert [call for call in calls if call not in page] == []


@pytest.mark.parametrize(
    ("version", "changelog", "changed", "tested", "told"),
    [
        ("1.2.0", READY, "", "abc", None),
        ("1.3.0", READY, "", "abc", "1.2.0"),
        ("1.2.0", READY.replace("2027-03-01", "Unreleased"), "", "abc", "none"),
        ("1.2.0", READY, " M README.md", "abc", "not committed"),
        ("1.2.0", READY, "", "older", "make test"),
    ],
)
def test_a_release_is_refused_until_everything_agrees(
    version: str, changelog: str, changed: str, tested: str, told: str | None
) -> None:
    found = problems(version, changelog, changed, "abc", {"TESTS_PASSED": tested})
    assert (found == []) if told is None else (len(found) == 1 and told in found[0])


def test_checksums_are_sha256sum_s(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"wheel")
    (tmp_path / "SHA256SUMS").write_text(checksums(tmp_path))
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.stdout == "a.whl: OK\n"
