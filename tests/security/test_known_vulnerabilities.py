"""Every known weakness of a locked version is answered, and looking nothing up is never taken for finding nothing."""

import re
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

from bot.settings import PROJECT_ROOT
from scripts.audit import ANSWERS, PAGE, audited, main, page, unanswered

KNOWN: dict[str, Any] = yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))
PINNED = {
    (match[1].lower().replace("_", "-"), match[2])
    for lock in ("app", "dev", "engine")
    for match in re.finditer(
        r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", (PROJECT_ROOT / "requirements" / f"{lock}.lock").read_text(), re.M
    )
}


def reported(*rows: dict[str, Any]) -> Any:
    return audited({"dependencies": list(rows)})


@pytest.mark.parametrize("finding", KNOWN["findings"], ids=lambda finding: finding["ids"][0])
def test_an_answer_belongs_to_a_version_that_is_locked(finding: dict[str, Any]) -> None:
    versions = {version for name, version in PINNED if name == finding["package"].lower()}
    assert any(version in SpecifierSet(finding["affected"], prereleases=True) for version in versions), "take the answer out"
    assert all(len(finding[part]) > 10 for part in ("weakness", "needs", "answer"))


def test_a_finding_without_an_answer_is_told() -> None:
    row = {"name": "future", "version": "1.0.0", "vulns": [{"id": "GHSA-x", "aliases": ["CVE-2025-50817"]}]}
    assert unanswered(reported(row), KNOWN) == []
    new = row | {"vulns": [{"id": "PYSEC-2027-1", "aliases": ["CVE-2027-1"]}]}
    assert unanswered(reported(new), KNOWN) == ["future 1.0.0: CVE-2027-1, PYSEC-2027-1"]
    assert unanswered(reported(new | {"name": "sanic"}), KNOWN) != []


def test_what_the_service_does_not_know_was_not_audited(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = reported({"name": "sanic", "skip_reason": "Dependency not found"}, {"name": "x", "version": "1", "vulns": []})
    assert (found.looked_up, found.not_looked_up) == (1, ("sanic",))
    monkeypatch.setattr("scripts.audit._asked", lambda _lock: found)
    assert (main([]), main(["--strict"])) == (0, 3)
    assert "NOT AUDITED" in capsys.readouterr().out


def test_the_page_is_what_the_answers_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(KNOWN)
